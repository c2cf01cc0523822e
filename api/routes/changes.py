"""Changes of a playlist, for its maker: each makes a version; and how it lives and is shared."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response, Security

from api.lists import changes
from api.lists.editing import Editor
from api.problems import BODY_PROBLEMS, described
from api.routes.bodies import JsonRoute
from api.routes.playlists import sent
from api.schemas.lists import MadePlaylist, SavedResponse, ShareBody, ShareResponse
from api.schemas.requests import ChangeBody, RefineBody, ReorderBody, RestoreBody, SwapBody
from api.services import BEARER, EDIT_SECRET, CallerDep, DeskDep, RequestIdDep, ServicesDep
from api.threads import ON_LISTS

router = APIRouter(prefix="/v1/playlists/{playlist_id:playlist}", tags=["playlists"], route_class=JsonRoute)

_NOTHING_MORE = ShareBody()

_CHANGED = described(401, 403, 404, 409, 412, 429, *BODY_PROBLEMS)


def editor(
    services: ServicesDep,
    desk: DeskDep,
    caller: CallerDep,
    request_id: RequestIdDep,
    _: Annotated[object, Security(BEARER)],
    secret: Annotated[str | None, Security(EDIT_SECRET)],
    if_match: Annotated[str, Header(description="change it only as it was read")] = "",
) -> Editor:
    """Return who changes lists for the caller of a request."""
    return Editor(services, desk, caller, request_id, secret or "", if_match)


EditorDep = Annotated[Editor, Depends(editor)]
_MAKES: dict[str, Any] = {"response_model": MadePlaylist, "responses": _CHANGED}


@router.post("/refine", **_MAKES)
@ON_LISTS
def refine_playlist(playlist_id: str, body: RefineBody, editor: EditorDep) -> Response:
    """Make the next version by words, wishes or both. Kept tracks stay in their places, removed ones never come back."""
    return sent(editor.services, *editor.change(playlist_id, lambda asked, shown: changes.refined(asked, shown, body)))


@router.post("/swap", **_MAKES)
@ON_LISTS
def swap_track(playlist_id: str, body: SwapBody, editor: EditorDep) -> Response:
    """Put another track in one place; the one that stood there never comes back into this list."""
    return sent(
        editor.services, *editor.change(playlist_id, lambda asked, shown: changes.swapped(asked, shown, body.position))
    )


@router.post("/reorder", **_MAKES)
@ON_LISTS
def reorder_playlist(playlist_id: str, body: ReorderBody, editor: EditorDep) -> Response:
    """Put the tracks in another order; kept tracks have to stay where they are."""
    return sent(
        editor.services,
        *editor.change(playlist_id, lambda asked, shown: changes.reordered(asked, shown, body.track_ids)),
    )


@router.post("/restore", **_MAKES)
@ON_LISTS
def restore_playlist(playlist_id: str, body: RestoreBody, editor: EditorDep) -> Response:
    """Make the next version what one of the versions was, so that changes go on from there: undo. Consent is decided again."""
    return sent(editor.services, *editor.restore(playlist_id, body.version))


@router.patch("", responses=_CHANGED)
@ON_LISTS
def change_playlist(playlist_id: str, body: ChangeBody, editor: EditorDep) -> SavedResponse:
    """Give a list another title, sentence or cover, in one version; keep it for ever; or have it made anew by day or week."""
    return editor.set(playlist_id, body)


@router.delete("", status_code=204, responses=_CHANGED)
@ON_LISTS
def delete_playlist(playlist_id: str, editor: EditorDep) -> None:
    """Delete a list with all its versions, and its share."""
    editor.delete(playlist_id)


@router.post("/share", status_code=201, responses=_CHANGED)
@ON_LISTS
def share_playlist(
    playlist_id: str, editor: EditorDep, response: Response, body: ShareBody = _NOTHING_MORE
) -> ShareResponse:
    """Share a list: whoever has the address reads title, tracks and neutral reasons, and the prompt if `shows_prompt`."""
    share_id = editor.share(playlist_id, shows_prompt=body.shows_prompt)
    address = response.headers["Location"] = f"/v1/shares/{share_id}"
    return ShareResponse(share_id=share_id, address=address)


@router.delete("/share", status_code=204, responses=_CHANGED)
@ON_LISTS
def stop_sharing(playlist_id: str, editor: EditorDep) -> None:
    """Stop sharing a list: the address leads nowhere from now on."""
    editor.stop_sharing(playlist_id)
