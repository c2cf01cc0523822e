"""A visit to the page: whose device it is, in which language, and its answer as HTML, or as JSON for the page's script."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from unicodedata import normalize

from babel import Locale
from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.keys.callers import NOBODY, Caller
from api.lists.store import ListStoreError, SavedList
from api.negotiation import preferred
from api.pages import assets
from api.pages.device import AI_POLICIES, Choices
from api.pages.languages import LANGUAGES, Words, preferred_language, preferred_region
from api.pages.localised import localised, policy_in_language
from api.problems import ProblemError
from api.routes.bodies import accepted
from api.schemas.catalog import PoliciesResponse
from api.schemas.fields import DEFAULT_POLICY
from api.schemas.lists import SavedResponse
from api.schemas.playlists import PlaylistResponse
from api.services import Services, services_of
from api.usecases import examples
from catalog.consent import CommercialModel, ConsentSettings
from catalog.stores import StoreError
from catalog.tracks import TERRITORIES, Territory

HTML, JSON = "text/html", "application/json"

_EXAMPLES: Final = 4
_SHIPPED: Final = frozenset(ConsentSettings().offered)
_LIBRARY: Final = 200
"""Lists kept at the server that the page names at most."""

FOR_SCRIPTS: Final = (
    *("heard.", "tools.", "changes.", "problem.", "status.", "heading.", "list.", "panel."),
    *("keep.", "library.", "player."),
    *("wishes.must", "wishes.if_possible", "withheld.", "plain.ai_", "page."),
    *("models.", "facets.", "sources."),
)
"""How the keys of the words begin that the page's script says itself."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(assets.PAGES / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Visit:
    """A request for the page and what its device remembers; all that it is answered is in the visitor's language."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.services: Services = services_of(request)
        self.caller: Caller = request.scope["state"].get("caller", NOBODY)
        self.choices = Choices.of(request)
        language = self.choices.language or preferred_language(request.headers.get("accept-language", ""))
        self.words = Words.of(language if language in LANGUAGES else LANGUAGES[0])

    @property
    def wants_html(self) -> bool:
        """Whether a page is asked for, not what the page's script reads."""
        return preferred(accepted(self.request), (JSON, HTML)) == HTML

    @property
    def territory(self) -> Territory:
        """Where the visitor listens: where the operator's proxy says, else where they said, else where the service is."""
        return self.caller.territory or self.choices.territory or self.services.settings.territory

    @property
    def territory_abroad(self) -> Territory:
        """Where a visitor listens who opens what another shares: who never said it is where their browser's language is spoken."""
        region = preferred_region(self.request.headers.get("accept-language", ""))
        return self.caller.territory or self.choices.territory or region or self.services.settings.territory

    def page_of(
        self, saved: SavedList, shown: PlaylistResponse, *, mine: bool, shared: bool, fixed: bool
    ) -> dict[str, Any]:
        """Return a list as the page has it (`Page` in `scripts/types.d.ts`). Only its maker gets the token of its events."""
        said = localised(shown, self.words)
        tracks = [track.model_copy(update={"location": self._played_from(track.location)}) for track in said.tracks]
        return {
            "playlist": said.model_copy(update={"tracks": tracks}).model_dump(mode="json"),
            "explained": {code: self.words.say(f"plain_withheld.{code}") for code in _withheld(shown)},
            "audible": any(track.location for track in said.tracks),
            "mine": mine,
            "shared": shared,
            "event_token": self.services.tokens.event_token(shown.request_id) if mine else "",
            "made_at": saved.version.at or shown.at,
            "latest": max(saved.latest, saved.version.number),
            "fixed": fixed,
            "life": self._life(saved) if mine else None,
        }

    def _played_from(self, location: str | None) -> str | None:
        """Return where a track's audio is, None where the page may not play from there (`CONSONANCE_AUDIO`)."""
        from_here = re.match(r"/(?![/\\])", location or "")
        allowed = (location or "").startswith(tuple(f"{one}/" for one in self.services.settings.audio))
        return location if from_here or allowed else None

    def answer(self, page: Mapping[str, Any]) -> Response:
        """Send a list: it is never stored, as consent decides at each reading."""
        if self.wants_html:
            return self.html("page.html", page=page)
        return Response(json.dumps(page, ensure_ascii=False), media_type=JSON, headers={"Vary": "Accept, Cookie"})

    def html(
        self,
        template: str,
        status: int = 200,
        *,
        page: Mapping[str, Any] | None = None,
        problem: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Response:
        """Send a page made of a template. What is chosen from is left out where it cannot be read."""
        keyed = self.caller.key is not None
        territory = page["playlist"]["territory"] if page and page["shared"] else self.territory
        library = self._library() if keyed else None
        boot = {
            "page": page,
            "problem": problem,
            "language": self.words.language,
            "words": {key: text for key, text in self.words.texts.items() if key.startswith(FOR_SCRIPTS)},
            "settings": {**self.choices.model_dump(), "territory": territory},
            "keyed": keyed,
            "library": library,
        }
        text = _TEMPLATES.get_template(template).render(
            **boot,
            boot=boot,
            t=self.words.say,
            path=self.request.url.path,
            key_told=self.request.query_params.get("key"),
            country=self._country,
            clock=clock,
            amount=self._amount,
            exports=exports,
            form=self.request.scope["state"].get("form"),
            assets=assets,
            languages={code: Locale.parse(code).get_display_name() for code in LANGUAGES},
            **self._choosable(),
            **more,
        )
        return Response(text, status, media_type=HTML, headers={"Vary": "Accept, Accept-Language, Cookie"})

    def problem(self, document: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
        """Send a problem document as a page."""
        lines = [f"{one['field']}: {one['reason']}" for one in document.get("errors") or ()]
        told = {**{name: document[name] for name in ("type", "status", "title", "detail")}, "lines": lines}
        return self.html("page.html", document["status"], problem={**told, "retry_after": headers.get("retry-after")})

    def _choosable(self) -> dict[str, Any]:
        """Return what there is to choose from: territories where anything plays first, answers about AI, examples for this catalog."""
        names = Locale.parse(self.words.language).territories
        try:
            recommender = self.services.recommender()
            consent = recommender.consent
            found = recommender.permitted_in_each(CommercialModel.FREE_OF_CHARGE, DEFAULT_POLICY)
            suggested: Sequence[str] = examples(recommender, self.territory, DEFAULT_POLICY, _EXAMPLES)
        except (ProblemError, StoreError):
            consent, found, suggested = ConsentSettings(), dict.fromkeys(TERRITORIES, 0), []
        policies = PoliciesResponse.of(consent).policies
        own = {one.name: one.choice for one in policies if one.name not in _SHIPPED}
        return {
            "policies": [policy_in_language(one, self.words) for one in policies],
            "territories": [
                (code, names.get(code, code))
                for code in sorted(found, key=lambda code: (not found[code], normalize("NFD", names.get(code, code))))
            ],
            "ai_answers": {**{answer: self.words.say(f"ask.ai_{answer}") for answer in AI_POLICIES}, **own},
            "examples": suggested,
        }

    def _country(self, code: str) -> str:
        return str(Locale.parse(self.words.language).territories.get(code, code))

    def _amount(self, playlist: Mapping[str, Any]) -> str:
        seconds = sum(track["duration_s"] or 0 for track in playlist["tracks"])
        parts = [self.words.say("plain.tracks", count=len(playlist["tracks"])), *([clock(seconds)] if seconds else [])]
        return " · ".join([*parts, self._country(playlist["territory"])])

    def _library(self) -> list[dict[str, Any]]:
        try:
            kept = self.services.lists().of_owner(str(self.caller.key_id), "", _LIBRARY)
        except ListStoreError:
            return []
        told = map(SavedResponse.of, kept)
        return [{"id": one.playlist_id, "title": one.title, "at": one.made_at, "pinned": True} for one in told]

    def _life(self, saved: SavedList) -> dict[str, Any]:
        leaves = datetime.fromisoformat(saved.version.at) + timedelta(days=self.services.settings.log.days)
        told = {name: getattr(saved, name) for name in ("kept", "refresh", "share_id", "shows_prompt")}
        return {**told, "leaves": None if saved.kept else leaves.date().isoformat()}


def _withheld(shown: PlaylistResponse) -> Iterable[str]:
    return shown.withheld.by_reason if shown.withheld else ()


def exports(page: Mapping[str, Any], ending: str) -> str:
    """Return where a list that is shown is exported in a format: the version itself, or its share."""
    playlist = page["playlist"]
    if page["shared"]:
        return f"/v1/shares/{playlist['playlist_id']}.{ending}?territory={playlist['territory']}"
    return f"/v1/playlists/{playlist['playlist_id']}/{playlist['version']}.{ending}"


def clock(seconds: float | None) -> str:
    """Write a duration as a player does, "3:35" or "1:02:11"; "" where it is not known."""
    if not seconds:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
