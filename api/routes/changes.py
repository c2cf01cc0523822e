"""Changes of a playlist, for its maker: each makes a version; and how it lives and is shared."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response, Security

from api.exposures.log import new_id
from api.lists import changes, making
from api.lists.changes import Asked, Change
from api.lists.making import UnreadableError
from api.lists.store import SavedList
from api.problems import BODY_PROBLEMS, ProblemError, ProblemKind, described
from api.routes.bodies import JsonRoute
from api.routes.conditions import refuse_unless_matched
from api.routes.playlists import found, sent
from api.schemas.lists import MadePlaylist, SavedResponse, ShareBody, ShareResponse
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import ChangeBody, RefineBody, ReorderBody, SwapBody
from api.services import BEARER, EDIT_SECRET, CallerDep, DeskDep, RequestIdDep, ServicesDep
from api.threads import ON_LISTS

router = APIRouter(prefix="/v1/playlists/{playlist_id:playlist}", tags=["playlists"], route_class=JsonRoute)

_NOTHING_MORE = ShareBody()

_CHANGED = described(401, 403, 404, 409, 412, 429, *BODY_PROBLEMS)


class Editor:
    """Who may change a list: whose key made it, or who has its edit secret."""

    def __init__(
        self,
        services: ServicesDep,
        desk: DeskDep,
        caller: CallerDep,
        request_id: RequestIdDep,
        _: Annotated[object, Security(BEARER)],
        secret: Annotated[str | None, Security(EDIT_SECRET)],
        if_match: Annotated[str, Header(description="change it only as it was read")] = "",
    ) -> None:
        self.services, self.desk, self.caller, self.request_id = services, desk, caller, request_id
        self._secret, self._if_match = secret or "", if_match

    def open(self, playlist_id: str) -> tuple[SavedList, PlaylistResponse]:
        """Return a list that the caller may change, as it stands. Raises ProblemError (403, 404, 412)."""
        saved, shown = found(self.desk, playlist_id)
        key = self.caller.key
        own = key is not None and (key.key_id == saved.owner or key.may("admin"))
        if not (own or self.services.tokens.may_edit(playlist_id, self._secret)):
            raise ProblemError(
                ProblemKind.FORBIDDEN,
                "send X-Edit-Secret, which its maker got, or Authorization with the key that made it",
            )
        refuse_unless_matched(self._if_match, shown.version)
        return saved, shown

    def change(self, playlist_id: str, wanted: Callable[[Asked, PlaylistResponse], Change]) -> Response:
        """Make the next version of a list as `wanted` says, and send it. Raises ProblemError, RequestError."""
        saved, shown = self.open(playlist_id)
        try:
            asked = making.asked_for(saved)
        except UnreadableError as error:
            raise ProblemError(ProblemKind.CONFLICT, str(error)) from error
        response, text = making.change(self.desk, saved, shown, wanted(asked, shown), self.request_id)
        return sent(self.services, response, text)


EditorDep = Annotated[Editor, Depends(Editor)]
_MAKES: dict[str, Any] = {"response_model": MadePlaylist, "responses": _CHANGED}


@router.post("/refine", **_MAKES)
@ON_LISTS
def refine_playlist(playlist_id: str, body: RefineBody, editor: EditorDep) -> Response:
    """Make the next version by words, wishes or both. Kept tracks stay in their places, removed ones never come back."""
    return editor.change(playlist_id, lambda asked, shown: changes.refined(asked, shown, body))


@router.post("/swap", **_MAKES)
@ON_LISTS
def swap_track(playlist_id: str, body: SwapBody, editor: EditorDep) -> Response:
    """Put another track in one place; the one that stood there never comes back into this list."""
    return editor.change(playlist_id, lambda asked, shown: changes.swapped(asked, shown, body.position))


@router.post("/reorder", **_MAKES)
@ON_LISTS
def reorder_playlist(playlist_id: str, body: ReorderBody, editor: EditorDep) -> Response:
    """Put the tracks in another order; kept tracks have to stay where they are."""
    return editor.change(playlist_id, lambda asked, shown: changes.reordered(asked, shown, body.track_ids))


@router.patch("", responses=_CHANGED)
@ON_LISTS
def change_playlist(playlist_id: str, body: ChangeBody, editor: EditorDep) -> SavedResponse:
    """Give a list another title, which makes a version; keep it for ever; or have it made anew each day or week."""
    saved, before = editor.open(playlist_id)
    lists = editor.desk.lists
    if body.kept and not lists.keep(playlist_id, editor.caller.key_id, editor.caller.quota):
        quota = f"{editor.caller.quota:,} lists may be kept; delete one, or ask for a key with a higher quota"
        raise ProblemError(ProblemKind.FORBIDDEN, quota if editor.caller.quota else "keeping a list needs a key")
    if body.kept is False:
        lists.set(playlist_id, kept=False)
    if body.refresh is not None:
        lists.set(playlist_id, refresh=body.refresh)
    if body.title is not None:
        making.retitled(editor.desk, saved, before, body.title)
    return _living(editor, playlist_id)


@router.delete("", status_code=204, responses=_CHANGED)
@ON_LISTS
def delete_playlist(playlist_id: str, editor: EditorDep) -> None:
    """Delete a list with all its versions, and its share."""
    editor.open(playlist_id)
    editor.desk.lists.delete(playlist_id)


@router.post("/share", status_code=201, responses=_CHANGED)
@ON_LISTS
def share_playlist(
    playlist_id: str, editor: EditorDep, response: Response, body: ShareBody = _NOTHING_MORE
) -> ShareResponse:
    """Share a list: whoever has the address reads title, tracks and neutral reasons, and the prompt if `shows_prompt`."""
    saved, _ = editor.open(playlist_id)
    share_id = saved.share_id or new_id()
    editor.desk.lists.set(playlist_id, share_id=share_id, shows_prompt=body.shows_prompt)
    address = response.headers["Location"] = f"/v1/shares/{share_id}"
    return ShareResponse(share_id=share_id, address=address)


@router.delete("/share", status_code=204, responses=_CHANGED)
@ON_LISTS
def stop_sharing(playlist_id: str, editor: EditorDep) -> None:
    """Stop sharing a list: the address leads nowhere from now on."""
    editor.open(playlist_id)
    editor.desk.lists.set(playlist_id, share_id=None, shows_prompt=False)


def _living(editor: Editor, playlist_id: str) -> SavedResponse:
    saved = editor.desk.lists.read(playlist_id)
    if saved is None:
        raise ProblemError(ProblemKind.NOT_FOUND, f"there is no playlist {playlist_id!r}")
    return SavedResponse.of(saved)
