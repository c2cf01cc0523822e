"""Shares: a list as others may read it, where they are and by what they pay."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.lists import making
from api.lists.making import UnreadableError
from api.problems import ProblemError, ProblemKind
from api.routes.bodies import JsonRoute, accepted
from api.routes.playlists import READ, format_of
from api.schemas.lists import SharedPlaylist, ShareQuery, neutral
from api.services import CallerDep, DeskDep, ServicesDep
from api.threads import ON_LISTS

UNTITLED = "A shared playlist"
"""What a list is called that is named after its prompt, which its maker does not show."""

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
    saved = desk.lists.shared(name)
    if saved is None:
        raise ProblemError(ProblemKind.NOT_FOUND, f"nothing is shared under {name!r}")
    territory = caller.territory or asked.territory or services.settings.territory
    try:
        shown = making.shown_to(desk.recommender, saved, territory, asked.commercial_model)
    except UnreadableError as error:
        raise ProblemError(ProblemKind.NOT_FOUND, str(error)) from error
    prompt = shown.prompt if saved.shows_prompt else None
    shown = shown.model_copy(
        update={
            "title": shown.title if saved.titled or prompt is not None else UNTITLED,
            "prompt": prompt or "",
            "playlist_id": name,
            "tracks": list(map(neutral, shown.tracks)),
        }
    )
    if written.name == "json":
        text = SharedPlaylist.model_validate({**shown.model_dump(), "prompt": prompt}).model_dump_json()
    else:
        text = written.write(shown)
    headers = {"Vary": "Accept", "X-Robots-Tag": "noindex", **written.headers(shown.title)}
    return Response(text, media_type=written.content_type, headers=headers)
