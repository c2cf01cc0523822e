"""Lists as their makers may change them: whose they are, and every change of how one is made, called, kept and shared."""

from collections.abc import Callable, Sequence

from api.exposures.log import new_id
from api.keys.callers import Caller
from api.lists import making
from api.lists.changes import Asked, Change
from api.lists.making import Desk, UnreadableError
from api.lists.store import SavedList
from api.problems import ProblemError, ProblemKind
from api.routes.conditions import refuse_unless_matched
from api.schemas.lists import SavedResponse
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import ChangeBody
from api.services import Services


def found(desk: Desk, playlist_id: str, number: int | None = None) -> tuple[SavedList, PlaylistResponse]:
    """Return a list as it may be shown now. Raises ProblemError (404)."""
    try:
        one = making.read(desk, playlist_id, number)
    except UnreadableError as error:
        raise ProblemError(ProblemKind.NOT_FOUND, f"{error}; ask for it anew") from error
    if one is None:
        which = "" if number is None else f" of version {number}"
        raise ProblemError(ProblemKind.NOT_FOUND, f"there is no playlist {playlist_id!r}{which}")
    return one


class Editor:
    """Changes lists for a caller who may: whose key made them, or who has their edit secret."""

    def __init__(
        self, services: Services, desk: Desk, caller: Caller, request_id: str, secret: str, if_match: str = ""
    ) -> None:
        self.services, self.desk, self.caller, self.request_id = services, desk, caller, request_id
        self._secret, self._if_match = secret, if_match

    def from_here(self) -> "Editor":
        """Return an editor for a further change, under a new request id and without this one's `If-Match` condition."""
        return Editor(self.services, self.desk, self.caller, new_id(), self._secret)

    def may_change(self, saved: SavedList) -> bool:
        """Return whether a list is the caller's own."""
        key = self.caller.key
        own = key is not None and (key.key_id == saved.owner or key.may("admin"))
        return own or self.services.tokens.may_edit(saved.playlist_id, self._secret)

    def open(self, playlist_id: str) -> tuple[SavedList, PlaylistResponse]:
        """Return a list that the caller may change, as it stands. Raises ProblemError (403, 404, 412)."""
        saved, shown = found(self.desk, playlist_id)
        if not self.may_change(saved):
            raise ProblemError(
                ProblemKind.FORBIDDEN,
                "send X-Edit-Secret, which its maker got, or Authorization with the key that made it",
            )
        refuse_unless_matched(self._if_match, shown.version)
        return saved, shown

    def change(
        self, playlist_id: str, wanted: Callable[[Asked, PlaylistResponse], Change], blocked: Sequence[str] = ()
    ) -> tuple[PlaylistResponse, str]:
        """Make the next version of a list as `wanted` says, without artists who are `blocked`; return it and its JSON.

        Raises ProblemError, RequestError.
        """
        saved, shown = self.open(playlist_id)
        try:
            asked = making.asked_for(saved)
        except UnreadableError as error:
            raise ProblemError(ProblemKind.CONFLICT, str(error)) from error
        return making.change(self.desk, saved, shown, wanted(asked, shown).blocking(blocked), self.request_id)

    def restore(self, playlist_id: str, number: int) -> tuple[PlaylistResponse, str]:
        """Make the next version of a list what one of its versions was; return it and its JSON. Raises ProblemError."""
        saved, shown = self.open(playlist_id)
        return making.restored(self.desk, saved, shown, *found(self.desk, playlist_id, number))

    def set(self, playlist_id: str, body: ChangeBody) -> SavedResponse:
        """Set how a list is called, looks and lives, and return how it lives then. Raises ProblemError (403)."""
        saved, before = self.open(playlist_id)
        lists = self.desk.lists
        if body.kept and not lists.keep(playlist_id, self.caller.key_id, self.caller.quota):
            quota = f"{self.caller.quota:,} lists may be kept; delete one, or ask for a key with a higher quota"
            raise ProblemError(ProblemKind.FORBIDDEN, quota if self.caller.quota else "keeping a list needs a key")
        if body.kept is False:
            lists.set(playlist_id, kept=False)
        if body.refresh is not None:
            lists.set(playlist_id, refresh=body.refresh)
        words = {"title": body.title, "own_sentence": body.sentence, "cover": body.cover}
        if said := {name: value for name, value in words.items() if value is not None}:
            making.described(self.desk, saved, before, **said)
        living = lists.read(playlist_id)
        if living is None:
            raise ProblemError(ProblemKind.NOT_FOUND, f"there is no playlist {playlist_id!r}")
        return SavedResponse.of(living)

    def delete(self, playlist_id: str) -> None:
        """Delete a list with all its versions, and its share."""
        self.open(playlist_id)
        self.desk.lists.delete(playlist_id)

    def share(self, playlist_id: str, *, shows_prompt: bool) -> str:
        """Share a list and return the id of its share; one that is shared keeps it."""
        saved, _ = self.open(playlist_id)
        share_id = saved.share_id or new_id()
        self.desk.lists.set(playlist_id, share_id=share_id, shows_prompt=shows_prompt)
        return share_id

    def stop_sharing(self, playlist_id: str) -> None:
        """Stop sharing a list: its address leads nowhere from now on."""
        self.open(playlist_id)
        self.desk.lists.set(playlist_id, share_id=None, shows_prompt=False)
