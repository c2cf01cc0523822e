"""What a form of the page does with a list: the same changes that the API makes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from api.exposures.log import new_id
from api.exposures.outcomes import Outcome
from api.lists import changes
from api.lists.editing import Editor
from api.pages.forms import Form, checked
from api.problems import ProblemError, ProblemKind, invalid
from api.schemas.events import Event
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import ChangeBody, RefineBody
from api.schemas.tracks import TrackResponse
from catalog.consent import Preferences
from catalog.credits import read_credit

Fields = Mapping[str, Any]

_REFINES: Final[Mapping[str, Callable[[Form], Fields]]] = {
    "refine": lambda form: {
        "prompt": form.text("prompt"),
        "wishes": form.objects("wish"),
        "drop": form.objects("drop"),
        "seed": form.whole("seed"),
    },
    "lock": lambda form: {"keep": [form.track_id]},
    "release": lambda form: {"release": [form.track_id]},
    "more": lambda form: {"more": [form.track_id]},
    "less": lambda form: {"less": [form.track_id]},
}
"""What makes a version by refining, by what a form does."""

_LIVES: Final[Mapping[str, Callable[[Form], Fields]]] = {
    "describe": lambda form: {
        **{name: text for name in ("title", "sentence") if (text := form.text(name))},
        "cover": form.whole("cover"),
    },
    "keep": lambda _: {"kept": True},
    "unkeep": lambda _: {"kept": False},
    "refresh": lambda form: {"refresh": form.text("refresh")},
}
"""What changes how a list is called, looks and lives."""


def act(editor: Editor, playlist_id: str, form: Form, blocked: Sequence[str]) -> list[str]:
    """Do with a list what a form says; a change goes on from the version that was shown, and brings nothing by who is `blocked`.

    Return who is blocked on the device from now on: going back to a version takes back the blocks that came after it. Raises
    ProblemError, RequestError.
    """
    _, shown = editor.open(playlist_id)
    if form.do != "report" and any(one.track_id == form.track_id for one in shown.left):
        raise ProblemError(
            ProblemKind.PRECONDITION_FAILED, f"{form.track_id!r} may not play any more; read the list again"
        )
    do, version = form.do, form.whole("version") or shown.version
    never = _artist_of(shown, form) if do == "never" else None
    if version != shown.version and do in {*_REFINES, *_MOVES, "never", "describe"}:
        shown, _ = editor.restore(playlist_id, version)
        editor = editor.from_here()
    if fields := _REFINES.get(do):
        body = checked(RefineBody, fields(form))
        editor.change(playlist_id, lambda asked, shown: changes.refined(asked, shown, body), blocked)
    elif change := _MOVES.get(do):
        editor.change(playlist_id, lambda asked, shown: change(form, asked, shown), blocked)
    elif never is not None:
        body = checked(RefineBody, {"block": [never]})
        editor.change(playlist_id, lambda asked, shown: changes.refined(asked, shown, body), blocked)
    elif do == "restore":
        again, _ = editor.restore(playlist_id, form.whole("to") or version)
        taken_back = set(shown.preferences.blocked_artists).difference(again.preferences.blocked_artists)
        return [
            name for name in blocked if not Preferences(blocked_artists=frozenset({name})).blocked_artists <= taken_back
        ]
    elif living := _LIVES.get(do):
        editor.set(playlist_id, checked(ChangeBody, living(form)))
    elif do == "share":
        editor.share(playlist_id, shows_prompt=bool(form.text("shows_prompt")))
    elif do == "unshare":
        editor.stop_sharing(playlist_id)
    elif do == "delete":
        editor.delete(playlist_id)
    elif do == "report":
        _report(editor, shown, form)
    else:
        raise invalid([("do", f"{do!r} is nothing that a list can be asked; there are {', '.join(sorted(_DOES))}")])
    return [*blocked, *([never] if never and never not in blocked else [])]


def _moved(form: Form, asked: changes.Asked, shown: PlaylistResponse) -> changes.Change:
    to = form.whole("to")
    if to is None:
        raise invalid([("to", "is required: the place, from 1, that the track shall have")])
    return changes.moved(asked, shown, form.track_id, to)


def _swapped(form: Form, asked: changes.Asked, shown: PlaylistResponse) -> changes.Change:
    return changes.swapped(asked, shown, form.whole("position") or _track_of(shown, form).position)


_MOVES: Final[Mapping[str, Callable[[Form, changes.Asked, PlaylistResponse], changes.Change]]] = {
    "remove": lambda form, asked, shown: changes.removed(asked, shown, form.track_id),
    "swap": _swapped,
    "move": _moved,
}
"""What makes a version of single places."""

_DOES: Final = {*_REFINES, *_LIVES, *_MOVES, "restore", "never", "share", "unshare", "delete", "report"}


def _track_of(shown: PlaylistResponse, form: Form) -> TrackResponse:
    for track in shown.tracks:
        if track.track_id == form.track_id:
            return track
    raise invalid([("track_id", f"{form.track_id!r} is not in this list", "unknown")])


def _artist_of(shown: PlaylistResponse, form: Form) -> str:
    """Return who leads the track of a form, without their guests. Raises ProblemError (422) for one that is not shown."""
    track = _track_of(shown, form)
    return read_credit(track.artist, track.title, lambda _: 0).performers[0].name


def _report(editor: Editor, shown: PlaylistResponse, form: Form) -> None:
    if all(one.track_id != form.track_id for one in shown.left):  # what left meanwhile may be reported all the same
        _track_of(shown, form)
    said = {"reason": form.text("reason") or None, "text": form.text("text") or None, "track_id": form.track_id}
    event = checked(Event, {**said, "event_id": new_id(), "request_id": shown.request_id, "kind": "report"})
    editor.desk.log.record([Outcome(at=datetime.now(UTC), **event.model_dump(exclude={"at", "event_token"}))])
