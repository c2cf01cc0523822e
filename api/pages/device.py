"""What the page remembers on a listener's device, in cookies that no script can read: choices, secrets of lists, a key, a visitor's id."""

import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.pages.forms import Form, checked
from api.problems import invalid
from api.schemas.fields import DEFAULT_POLICY, Name, TerritoryCode
from catalog.consent import ConsentSettings

CHOICES: Final = "choices"
EDIT: Final = "edit"
VISITOR: Final = "visitor"

_YEAR_S: Final = 365 * 24 * 3600
_LONGEST: Final = 3_800
"""Characters of a cookie: browsers drop longer ones without a word."""

NO_AI: Final = "none"
AI_POLICIES: Final = {NO_AI: DEFAULT_POLICY, "licensed": DEFAULT_POLICY, "labelled": "labelled_ai"}
"""The policy of each answer to "What about AI music?"; an operator's own policies are answers beside them."""


class Choices(BaseModel):
    """What a listener chose on this device: where they listen, what of AI may play, whom they never want to hear.

    `telling`: whether the page tells the server what they do with a list.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    territory: TerritoryCode | None = None
    ai: Name = "licensed"
    people: bool = False
    language: str = Field("", pattern=r"^[a-z]{0,8}$")
    telling: bool = True
    blocked: list[Name] = []

    @classmethod
    def of(cls, request: Request) -> "Choices":
        """Read the choices of a request's device; what cannot be read was never chosen."""
        try:
            return cls.model_validate_json(urlsafe_b64decode(request.cookies.get(CHOICES, "")))
        except (ValidationError, ValueError):
            return cls()

    def asked(self, form: Form) -> "Choices":
        """Return the choices with those of a form that asks how lists shall be; what is not ticked is not sent."""
        if not form.text("ai"):
            return self
        said = {"territory": form.text("territory") or None, "ai": form.text("ai"), "people": bool(form.text("people"))}
        return checked(Choices, {**self.model_dump(), **said})

    def told(self, form: Form) -> "Choices":
        """Return the choices with those of a form that asks about the page itself."""
        if not form.text("language"):
            return self
        said = {"language": form.text("language"), "telling": bool(form.text("telling"))}
        return checked(Choices, {**self.model_dump(), **said, "blocked": form.all("blocked")})

    def policy(self, consent: ConsentSettings) -> tuple[str, bool]:
        """Return the policy to ask for, and whether music labelled as made with AI is hidden (`hide_ai`).

        An operator's own that was chosen once and is gone becomes the most restrictive one, until another is chosen.
        """
        policy = "human_only" if self.people else AI_POLICIES.get(self.ai, self.ai)
        return consent.policy_then(policy).name, self.ai == NO_AI

    def remember(self, request: Request, response: Response) -> None:
        """Keep the choices on the device. Raises ProblemError where they are more than it can keep."""
        text = urlsafe_b64encode(json.dumps(self.model_dump()).encode()).decode()
        if len(text) > _LONGEST:
            raise invalid(
                [("blocked", f"{len(self.blocked):,} artists are more than this device can keep; take some off")]
            )
        set_cookie(request, response, CHOICES, text)


def visitor_of(request: Request, choices: Choices) -> str | None:
    """Return under which name this device's answers belong together, a new one where it has none; None where it tells nothing."""
    if not choices.telling:
        return None
    known = request.cookies.get(VISITOR, "")
    return known if re.fullmatch(r"[\w-]{22}", known, re.ASCII) else secrets.token_urlsafe(16)


def set_cookie(
    request: Request, response: Response, name: str, value: str, path: str = "/", seconds: int = _YEAR_S
) -> None:
    """Keep a value on the device, for this server alone and out of reach of scripts; "" takes it away."""
    if not value:
        response.delete_cookie(name, path)
        return
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, seconds, path=path, secure=secure, httponly=True, samesite="lax")
