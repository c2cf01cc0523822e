"""Shares: a list as others may read it, where they are and by what they pay."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.lists import making
from api.lists.making import Desk, UnreadableError
from api.lists.store import SavedList
from api.problems import ProblemError, ProblemKind
from api.routes.bodies import JsonRoute, accepted
from api.routes.playlists import READ, format_of
from api.schemas.lists import SharedPlaylist, ShareQuery, as_shared
from api.schemas.playlists import PlaylistResponse
from api.services import CallerDep, DeskDep, ServicesDep
from api.threads import ON_LISTS
from catalog.tracks import Territory

router = APIRouter(prefix="/v1/shares", tags=["playlists"], route_class=JsonRoute)


@router.get("/{share_id}", response_model=SharedPlaylist, responses=READ)
@ON_LISTS
def read_share(
    share_id: str,
    asked: Annotated[ShareQuery, Query()],
    services: ServicesDep,
    desk: DeskDep,
    caller: CallerDep,
    request: Request,
) -> Response:
    """Return a shared list, with consent decided for whoever opens it: `left` tells what may not play for them, and why."""
    name, written = format_of(share_id, accepted(request))
    territory = caller.territory or asked.territory or services.settings.territory
    found = opened(desk, name, territory, asked.commercial_model)
    if found is None:
        raise ProblemError(ProblemKind.NOT_FOUND, f"nothing is shared under {name!r}")
    saved, shown = found
    if written.name == "json":
        text = SharedPlaylist.model_validate(
            {**shown.model_dump(), "prompt": shown.prompt if saved.shows_prompt else None}
        ).model_dump_json()
    else:
        text = written.write(shown)
    if written.name == "txt":  # a message says where what it tells of stands; a list's own id is no address to pass on
        text += f"\n{request.base_url}p/{name}\n"
    headers = {"Vary": "Accept", "X-Robots-Tag": "noindex", **written.headers(shown.title)}
    return Response(text, media_type=written.content_type, headers=headers)


def opened(
    desk: Desk, share_id: str, territory: Territory, commercial_model: str
) -> tuple[SavedList, PlaylistResponse] | None:
    """Return what is shared under an id, as somebody else may hear it; None where nothing is. Raises ProblemError (404)."""
    saved = desk.lists.shared(share_id)
    if saved is None:
        return None
    try:
        return saved, as_shared(saved, making.shown_to(desk.recommender, saved, territory, commercial_model))
    except UnreadableError as error:
        raise ProblemError(ProblemKind.NOT_FOUND, str(error)) from error
