"""The listener's page: plain HTML under real addresses, and for its script the same as JSON; every change is a form."""

import re
from random import SystemRandom
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.keys.callers import KEY_COOKIE
from api.lists import making
from api.lists.editing import Editor, found
from api.lists.store import SavedList
from api.pages.actions import act
from api.pages.covers import draw_cover
from api.pages.device import AI_POLICIES, EDIT, VISITOR, set_cookie, visitor_of
from api.pages.forms import Form, FormDep, checked
from api.pages.visits import Visit
from api.problems import ProblemError, ProblemKind, invalid
from api.routes.playlists import made
from api.routes.shares import opened
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import PlaylistBody
from api.services import DeskDep, RequestIdDep
from api.threads import ON_CHOICES, ON_LISTS
from api.usecases import surprise
from catalog.consent import CommercialModel, ReasonCode
from recommender.playlists import REASON_CODES

router = APIRouter(include_in_schema=False)

_OWN: Final = re.compile(r"/(?:about|p/[\w-]+(?:/[0-9]+)?)?")
"""Addresses of the page: forms lead back to no others."""


async def _visit(request: Request) -> Visit:
    return Visit(request)


VisitDep = Annotated[Visit, Depends(_visit)]


@router.get("/")
@ON_CHOICES
def ask(visit: VisitDep) -> Response:
    """Return the page that asks, with the visitor's lists."""
    return visit.html("page.html")


@router.get("/about")
@ON_CHOICES
def about(visit: VisitDep) -> Response:
    """Return what labels, policies and reasons mean."""
    return visit.html("about.html", codes=list(ReasonCode), reasons=REASON_CODES)


@router.post("/")
@ON_LISTS
def make(visit: VisitDep, form: FormDep, desk: DeskDep, request_id: RequestIdDep) -> Response:
    """Make a list, which this device may change from now on, and lead to it."""
    choices = visit.choices.asked(form)
    if form.text("ai") and choices.ai not in {*AI_POLICIES, *desk.recommender.consent.offered}:
        raise invalid([("ai", f"{choices.ai!r} is no answer; there are {', '.join(AI_POLICIES)}")])
    policy, hide_ai = choices.policy(desk.recommender.consent)
    territory = choices.territory or visit.services.settings.territory
    prompt = form.text("example") or form.text("prompt")
    if form.text("surprise"):
        prompt = surprise(desk.recommender, territory, policy, SystemRandom()) or ""
    visitor = visitor_of(visit.request, choices)
    body = checked(
        PlaylistBody,
        {
            "prompt": prompt,
            "minutes" if form.text("unit") == "minutes" else "length": form.whole("amount"),
            "territory": territory,
            "policy": policy,
            "wishes": form.objects("wish"),
            "drop": form.objects("drop"),
            "seed": form.whole("seed") or 0,
            "preferences": {"hide_ai": hide_ai, "blocked_artists": choices.blocked},
            "unit": visitor,
        },
    )
    response, _ = made(visit.services, desk, visit.caller, body, request_id)
    secret = visit.services.tokens.edit_secret(response.playlist_id)
    answer = _changed(visit, _editor(visit, desk, request_id, secret), response.playlist_id)
    set_cookie(visit.request, answer, EDIT, secret, f"/p/{response.playlist_id}")
    if visitor is not None:
        set_cookie(visit.request, answer, VISITOR, visitor)
    choices.remember(visit.request, answer)
    return answer


@router.get("/p/{playlist_id}")
@ON_LISTS
def read(playlist_id: str, visit: VisitDep, desk: DeskDep, request_id: RequestIdDep) -> Response:
    """Return the latest version of a list, or of what is shared under an id; consent is decided again, for who reads."""
    return _shown(visit, _editor(visit, desk, request_id), playlist_id, None)


@router.get("/p/{playlist_id}/{version:version}")
@ON_LISTS
def read_version(playlist_id: str, version: str, visit: VisitDep, desk: DeskDep, request_id: RequestIdDep) -> Response:
    """Return a version of a list, or with the ending `.svg` its cover."""
    number, _, ending = version.partition(".")
    if ending == "svg":
        _, shown, _ = _found(visit, _editor(visit, desk, request_id), playlist_id, int(number))
        return Response(draw_cover(shown), media_type="image/svg+xml")
    if ending:
        raise ProblemError(ProblemKind.NOT_FOUND, f"there is no cover of the kind {ending!r}; there is .svg")
    return _shown(visit, _editor(visit, desk, request_id), playlist_id, int(number))


@router.post("/p/{playlist_id}")
@ON_LISTS
def change(playlist_id: str, visit: VisitDep, form: FormDep, desk: DeskDep, request_id: RequestIdDep) -> Response:
    """Do with a list what a form says, and lead to what became of it."""
    editor = _editor(visit, desk, request_id, latest=form.text("latest"))
    blocked = act(editor, playlist_id, form, visit.choices.blocked)
    if form.do == "delete":
        answer: Response = RedirectResponse("/", 303) if visit.wants_html else Response(status_code=204)
        set_cookie(visit.request, answer, EDIT, "", f"/p/{playlist_id}")
        return answer
    answer = _changed(visit, _editor(visit, desk, request_id), playlist_id)
    if blocked != visit.choices.blocked:
        visit.choices.model_copy(update={"blocked": blocked}).remember(visit.request, answer)
    return answer


@router.post("/settings")
@ON_CHOICES
def choose(visit: VisitDep, form: FormDep) -> Response:
    """Remember on the device what its listener chose, be it of lists that are to come or of the page."""
    choices = visit.choices.asked(form).told(form)
    answer = _back(form)
    choices.remember(visit.request, answer)
    if not choices.telling:
        set_cookie(visit.request, answer, VISITOR, "")
    return answer


@router.post("/key")
@ON_CHOICES
def use_key(visit: VisitDep, form: FormDep) -> Response:
    """Keep a key on the device, so that lists are its owner's, or forget it where none is given; the page says which, at the field."""
    key = form.text("key").strip()
    if key and visit.services.keys.of(key) is None:
        return _back(form, "?key=unknown#key")
    answer = _back(form, "?key=taken#key" if key else "")
    set_cookie(visit.request, answer, KEY_COOKIE, key)
    return answer


def _editor(visit: Visit, desk: making.Desk, request_id: str, secret: str | None = None, *, latest: str = "") -> Editor:
    secret = visit.request.cookies.get(EDIT, "") if secret is None else secret
    return Editor(visit.services, desk, visit.caller, request_id, secret, latest)


def _found(
    visit: Visit, editor: Editor, playlist_id: str, number: int | None
) -> tuple[SavedList, PlaylistResponse, bool]:
    """Return a list as it may be shown to a visitor, and whether through its share. Raises ProblemError (404)."""
    share = opened(editor.desk, playlist_id, visit.territory_abroad, CommercialModel.FREE_OF_CHARGE)
    if share and number not in (None, share[1].version):
        raise ProblemError(ProblemKind.NOT_FOUND, f"only the latest version is shared under {playlist_id!r}")
    return (*(share or found(editor.desk, playlist_id, number)), share is not None)


def _shown(visit: Visit, editor: Editor, playlist_id: str, number: int | None) -> Response:
    saved, shown, shared = _found(visit, editor, playlist_id, number)
    mine = not shared and editor.may_change(saved)
    return visit.answer(visit.page_of(saved, shown, mine=mine, shared=shared, fixed=number is not None))


def _changed(visit: Visit, editor: Editor, playlist_id: str) -> Response:
    """Lead a browser to a list that was changed, so that loading it again changes nothing; show it to the page's script."""
    if visit.wants_html:
        return RedirectResponse(f"/p/{playlist_id}", 303)
    return _shown(visit, editor, playlist_id, None)


def _back(form: Form, to: str = "") -> Response:
    back = form.text("back")
    return RedirectResponse(f"{back if _OWN.fullmatch(back) else '/'}{to}", 303)
