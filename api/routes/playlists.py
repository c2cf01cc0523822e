"""Playlists: asked for in words, read again later, and worked on."""

import logging
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.convertors import StringConvertor, register_url_convertor

from api.envelope import REQUEST_ID, SERVER_TIMING, server_timing
from api.experiments.assignment import assign
from api.formats import FORMATS, MEDIA_TYPES, PlaylistFormat, negotiate
from api.keys.callers import Caller
from api.lists import making
from api.lists.editing import found
from api.lists.making import Desk
from api.problems import BODY_PROBLEMS, ProblemError, ProblemKind, described
from api.routes.bodies import JsonRoute, accepted
from api.routes.conditions import etag_of, is_known
from api.schemas.lists import ListPage, ListQuery, MadePlaylist, SavedResponse
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import OVERRIDES, PlaylistBody
from api.services import CallerDep, DeskDep, RequestIdDep, Services, ServicesDep, needs, require
from api.threads import ON_LISTS, ON_READS
from recommender.playlists import NotUnderstood
from recommender.requests import PlaylistRequest

_LOG = logging.getLogger(__name__)


class _Playlist(StringConvertor):
    regex = r"(?!batch$|batch/)[^/]+"


class _Version(StringConvertor):
    regex = r"[0-9]{1,9}(?:\.[a-z0-9]{1,9})?"


register_url_convertor("playlist", _Playlist())
register_url_convertor("version", _Version())

router = APIRouter(prefix="/v1/playlists", tags=["playlists"], route_class=JsonRoute)

READ: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA_TYPES}},
    304: {"description": "It is as it was when you read it (If-None-Match)"},
    **described(404, 422, 429, 503),
}


def request_of(body: PlaylistBody, services: Services, caller: Caller) -> tuple[PlaylistRequest, list[NotUnderstood]]:
    """Return the recommender's request of a caller, and what of the body does not count."""
    request = body.to_request(services.settings.territory)
    told: list[NotUnderstood] = []
    if caller.territory is not None:
        request = replace(request, territory=caller.territory)
    if caller.place_unknown:
        told.append(NotUnderstood.of("territory", "no_country"))
    if request.user_id is not None and not caller.may("personal"):
        request = replace(request, user_id=None)
        told.append(NotUnderstood.of("user_id", "not_trusted"))
    return request, told


@router.post(
    "",
    response_model=MadePlaylist,
    responses=described(403, 409, *BODY_PROBLEMS),
    openapi_extra={"security": [{}, {"key": ["listen"]}, {"key": ["listen", "experiments"]}]},
)
@ON_LISTS
def create_playlist(
    body: PlaylistBody,
    services: ServicesDep,
    desk: DeskDep,
    caller: CallerDep,
    request_id: RequestIdDep,
    x_consonance_variant: Annotated[str | None, Header(description=OVERRIDES)] = None,
) -> Response:
    """Turn a prompt into a playlist of tracks that consent permits here and now. It is stored and logged before it is sent.

    The `edit_secret`, which nobody is told again, changes the list; so does the key that asked. The `event_token` goes with
    events of this answer.
    """
    response, text = made(services, desk, caller, body, request_id, body.variant or x_consonance_variant)
    return sent(services, response, text, secret=True)


def made(
    services: Services, desk: Desk, caller: Caller, body: PlaylistBody, request_id: str, variant: str | None = None
) -> tuple[PlaylistResponse, str]:
    """Answer a caller's wish with a new list, which is theirs; return it and its JSON. Raises ProblemError, RequestError."""
    require(caller, "listen")
    variant = chosen(variant, desk, caller)
    request, told = request_of(body, services, caller)
    if services.settings.log_prompts:
        _LOG.info("Asked for %r", request.prompt, extra={"fields": {"prompt": request.prompt}})
    response, text = making.make(
        desk, request, request_id, variant, unit=body.unit, owner=caller.key_id, not_understood=told
    )
    services.metrics.count_playlist(response)
    if response.request_id != request_id:
        _LOG.info("Answered as %s, for there is an answer to this request", response.request_id)
    return response, text


def chosen(variant: str | None, desk: Desk, caller: Caller) -> str | None:
    """Return a variant that is chosen by hand, if one is. Raises RequestError where there is none such, ProblemError (403)."""
    if variant is not None:
        require(caller, "experiments")
        assign(desk.experiments, "", override=variant)
    return variant


def sent(services: Services, response: PlaylistResponse, text: str, *, secret: bool = False) -> Response:
    """Send a version that was just made, with the token of its events and, to its maker, the edit secret."""
    headers = {
        REQUEST_ID: response.request_id,
        "ETag": etag_of(response),
        "Location": f"/v1/playlists/{response.playlist_id}",
        SERVER_TIMING: server_timing(response.timings_ms),
    }
    text = services.tokens.beside(text, response.playlist_id, response.request_id, secret=secret)
    return Response(text, media_type="application/json", headers=headers)


@router.get("", dependencies=[needs("listen")], responses=described(401, 403, 422, 429, 503))
@ON_READS
def list_playlists(asked: Annotated[ListQuery, Query()], desk: DeskDep, caller: CallerDep) -> ListPage:
    """Return the lists that the caller's key keeps, in an order that stays; `next` is the cursor of the page after."""
    if caller.key_id is None:
        raise ProblemError(ProblemKind.UNAUTHENTICATED, "a key keeps lists; send Authorization: Bearer with one")
    kept = desk.lists.of_owner(caller.key_id, asked.after or "", asked.limit + 1)
    page = [SavedResponse.of(saved) for saved in kept[: asked.limit]]
    return ListPage(playlists=page, next=page[-1].playlist_id if len(kept) > asked.limit else None)


@router.get("/{playlist_id:playlist}", response_model=PlaylistResponse, responses=READ)
@ON_LISTS
def read_playlist(
    playlist_id: str,
    desk: DeskDep,
    request: Request,
) -> Response:
    """Return the latest version of a playlist as JSON, JSPF, XSPF, M3U8, CSV or text, chosen by `Accept` or by an ending (`.xspf`).

    Consent is decided again: what it withholds now is left out, and told in `left`.
    """
    return _written(desk, playlist_id, None, request)


@router.get(
    "/{playlist_id:playlist}/{version:version}", response_model=PlaylistResponse, responses=READ | described(405)
)
@ON_LISTS
def read_version(
    playlist_id: str,
    version: str,
    desk: DeskDep,
    request: Request,
) -> Response:
    """Return one version of a playlist, which never changes but for what consent withholds by now."""
    number, _, ending = version.partition(".")
    return _written(desk, f"{playlist_id}.{ending}" if ending else playlist_id, int(number), request)


def _written(desk: Desk, name: str, number: int | None, request: Request) -> Response:
    playlist_id, written = format_of(name, accepted(request))
    _, shown = found(desk, playlist_id, number)
    etag = etag_of(shown, written.name)
    headers = {"Vary": "Accept", "ETag": etag}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    headers |= written.headers(shown.title)
    return Response(written.write(shown), media_type=written.content_type, headers=headers)


def format_of(name: str, accept: str) -> tuple[str, PlaylistFormat]:
    """Return the id in an address and the format of its ending, or else of an `Accept` header. Raises ProblemError (406)."""
    playlist_id, dot, ending = name.partition(".")
    written = FORMATS.get(ending) if dot else negotiate(accept)
    if written is None:
        raise ProblemError(ProblemKind.NOT_ACCEPTABLE, f"there are {', '.join(MEDIA_TYPES)}, or .{', .'.join(FORMATS)}")
    return playlist_id, written
