"""Forms of the page: who may send them, and what stands in their fields."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from api.problems import ProblemError, ProblemKind, invalid, of_validation
from api.services import ServicesDep

Said = TypeVar("Said", bound=BaseModel)

_MOST_FIELDS = 500


class Form:
    """The fields of a form by name; a button's name and value are a field, as `remove:t1` is of what to do, and with what."""

    def __init__(self, fields: FormData) -> None:
        self._fields = fields
        self.do, _, self.what = self.text("do").partition(":")

    def text(self, name: str) -> str:
        """Return what was last written into a field, "" where it is not there."""
        return str(self._fields.get(name, "")).replace("\r\n", "\n")

    @property
    def track_id(self) -> str:
        """The track that something is done with."""
        return self.what or self.text("track_id")

    def all(self, name: str) -> list[str]:
        """Return every value of a field, in their order."""
        return list(map(str, self._fields.getlist(name)))

    def objects(self, name: str) -> list[Any]:
        """Return every value of a field that holds JSON. Raises ProblemError (422)."""
        try:
            return list(map(json.loads, self.all(name)))
        except (ValueError, RecursionError) as error:
            raise invalid([(name, "is no JSON")]) from error

    def whole(self, name: str) -> int | None:
        """Return the whole number in a field, None where nothing is written. Raises ProblemError (422)."""
        if not (text := self.text(name).strip()):
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise invalid([(name, f"{text[:40]!r} is no whole number")])
        return int(text)


def checked(model: type[Said], fields: Mapping[str, Any]) -> Said:
    """Return fields as the body that they would be over HTTP. Raises ProblemError (422) as that would."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise of_validation([dict(details) for details in found]) from error


async def _sent(request: Request, services: ServicesDep) -> Form:
    _refuse_foreign(request, services.settings.hosts)
    request.state.form = Form(await request.form(max_files=0, max_fields=_MOST_FIELDS))
    return cast(Form, request.state.form)


FormDep = Annotated[Form, Depends(_sent)]


def _refuse_foreign(request: Request, hosts: tuple[str, ...]) -> None:
    """Raise ProblemError (403) for what the page of another site posts (W3C, Fetch Metadata; RFC 6454, section 7)."""
    site, origin = request.headers.get("sec-fetch-site", "same-origin"), request.headers.get("origin")
    host = request.headers.get("host", "")
    own = origin is None or urlsplit(origin).netloc == host or urlsplit(origin).hostname in hosts
    if site != "same-origin" or not own:
        raise ProblemError(ProblemKind.FORBIDDEN, "another site's page sent this; do it on this page")
