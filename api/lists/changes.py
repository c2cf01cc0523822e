"""What a change asks for: from a list as it stands to the request that makes its next version, and what that did."""

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import TypeAdapter, ValidationError

from api.lists.store import Refresh
from api.schemas.playlists import ChangesResponse, LeftResponse, MovedResponse, PlaceResponse, PlaylistResponse
from api.schemas.requests import RefineBody, corrections_of
from api.schemas.tracks import TrackResponse
from catalog.consent import Decision
from catalog.tracks import TrackId
from recommender.prompts.corrections import Correction
from recommender.prompts.wishes import COMPARED
from recommender.requests import PlaylistRequest, RequestError, UnknownNameError


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for with, by now: the whole request, and the `unit` of the experiment that it counts for.

    That is whoever was `named`, or else the first request's id. A `variant` that was chosen by hand makes all versions.
    """

    request: PlaylistRequest
    unit: str
    named: bool
    variant: str | None = None

    @classmethod
    def first(cls, request: PlaylistRequest, unit: str | None, request_id: str, variant: str | None) -> Self:
        """Return what a new list is asked for with; the unit is the listener where none is given."""
        name = unit or request.user_id
        return cls(request, name or request_id, name is not None, variant)


@dataclass(frozen=True, slots=True)
class Change:
    """What the next version is `asked` for with from now on, and the `request` that makes it, which may hold more in place.

    Where it does, `places` are those of the list that its places from 1 stand for, and what was understood stays as it was.
    """

    asked: Asked
    request: PlaylistRequest
    places: tuple[int, ...] = ()

    def blocking(self, artists: Iterable[str]) -> Self:
        """Return the change with artists who are never to be heard in the list from now on."""
        if not (new := frozenset(artists)):
            return self
        asked, request = (
            replace(one, preferences=replace(one.preferences, blocked_artists=one.preferences.blocked_artists | new))
            for one in (self.asked.request, self.request)
        )
        return replace(self, asked=replace(self.asked, request=asked), request=request)


_ASKED = TypeAdapter(Asked)


def to_json(asked: Asked) -> str:
    """Return the form in which `from_json` reads it again."""
    return _ASKED.dump_json(asked).decode()


def from_json(text: str) -> Asked | None:
    """Read what `to_json` wrote; None where this version does not understand it. What its corrections did not find was told."""
    try:
        asked = _ASKED.validate_json(text)
    except ValidationError:
        return None
    told = tuple(replace(one, told=True) for one in asked.request.corrections)
    return replace(asked, request=replace(asked.request, corrections=told))


def refined(asked: Asked, before: PlaylistResponse, body: RefineBody) -> Change:
    """Ask for what a list is to become by words or wishes; without either only the places of what is gone are filled.

    Words are a follow-up to what was said before. A track that was an example is none any more once it is released: it would
    not come again by itself. Raises UnknownNameError for tracks that are not in the list.
    """
    shown = {track.track_id: track.position for track in before.tracks}
    for field in ("keep", "remove", "more", "less"):
        for number, track_id in enumerate(getattr(body, field)):
            if track_id not in shown:
                raise UnknownNameError(f"{field}.{number}", f"{track_id!r} is not in this list")
    gone, free = {*body.remove, *body.less}, {*body.remove, *body.less, *body.release}
    request = _still_kept(asked.request, shown, free)
    keep = {track_id: place for place, track_id in request.keep}
    keep |= {TrackId(track_id): shown[track_id] for track_id in (*body.keep, *body.more) if track_id not in gone}
    preferences = request.preferences
    request = replace(
        request,
        keep=tuple(sorted((place, track_id) for track_id, place in keep.items())),
        exclude_tracks=_with(request.exclude_tracks, (*body.remove, *body.less)),
        seed_tracks=_with(
            [one for one in request.seed_tracks if one not in free], [one for one in body.more if one not in gone]
        ),
        disliked_tracks=_with(request.disliked_tracks, body.less),
        preferences=replace(preferences, blocked_artists=preferences.blocked_artists.union(body.block)),
        seed=request.seed if body.seed is None else body.seed,
    )
    said = body.prompt.strip()
    if not (said or body.wishes or body.drop or body.more or body.less) and body.seed is None:
        others = [(place, TrackId(name)) for name, place in shown.items() if name not in gone]
        empty = [one.position for one in before.left]
        return _in_place(replace(asked, request=request), others, [*shown.values(), *empty])
    history, corrections = request.history, request.corrections
    if (said and request.prompt.strip()) or not _SIZES.isdisjoint(one.kind for one in body.wishes):
        corrections = (*corrections, *_said_in_fields(request))
        request = replace(request, length=None, minutes=None)
    if said:
        history = (*history, request.prompt) if request.prompt.strip() else history
        request = replace(request, prompt=body.prompt)
    compares = bool(said) or not COMPARED.isdisjoint(one.kind for one in body.wishes)
    request = replace(
        request,
        history=history,
        # What was compared before is reached by now: only what compares anew moves from this list.
        previous_tracks=tuple(map(TrackId, shown)) if compares else request.previous_tracks,
        corrections=(*corrections, *corrections_of(body.drop, body.wishes, turn=len(history))),
    )
    return Change(replace(asked, request=request), request)


def _with(tracks: Iterable[TrackId], more: Iterable[str]) -> tuple[TrackId, ...]:
    return tuple(dict.fromkeys([*tracks, *map(TrackId, more)]))


_SIZES = frozenset({"length", "minutes", "size_than"})


def _still_kept(request: PlaylistRequest, shown: Container[str], gone: Container[str] = ()) -> PlaylistRequest:
    """Return a request that keeps those of its tracks that are in the list: whose place another has is kept no more."""
    keep = ((place, track_id) for place, track_id in request.keep if track_id in shown and track_id not in gone)
    return replace(request, keep=tuple(keep))


def _said_in_fields(request: PlaylistRequest) -> Iterable[Correction]:
    """Yield the size that fields of a request gave, as wishes: later words overrule them as they would words."""
    for kind in ("length", "minutes"):
        if (value := getattr(request, kind)) is not None:
            yield Correction(kind, value, hard=True, turn=len(request.history))


def swapped(asked: Asked, before: PlaylistResponse, position: int) -> Change:
    """Ask for another track in one place of a list, and all others where they stand.

    Raises UnknownNameError where it has no such place.
    """
    shown = {track.track_id: track.position for track in before.tracks}
    gone = next((track_id for track_id, place in shown.items() if place == position), None)
    if gone is None:
        raise UnknownNameError("position", f"{position} is not a place of this list")
    request = _still_kept(asked.request, shown, {gone})
    request = replace(request, exclude_tracks=_with(request.exclude_tracks, [gone]))
    others = [(place, TrackId(track_id)) for track_id, place in shown.items() if track_id != gone]
    return _in_place(replace(asked, request=request), others, shown.values())


def reordered(asked: Asked, before: PlaylistResponse, track_ids: Sequence[str]) -> Change:
    """Ask for the tracks of a list in another order. Raises RequestError where they are others, or a kept one would move."""
    shown = {track.track_id: track.position for track in before.tracks}
    if sorted(track_ids) != sorted(shown):
        raise RequestError("track_ids", "they are not the tracks of this list, each once")
    request = _still_kept(asked.request, shown)
    order = list(zip(sorted(shown.values()), map(TrackId, track_ids), strict=True))
    for place, track_id in request.keep:
        if (place, track_id) not in order:
            raise RequestError("track_ids", f"{track_id!r} is kept in place {place}; release it first")
    change = _in_place(replace(asked, request=request), order, shown.values())
    return replace(change, request=replace(change.request, candidates=()))  # nothing else may come


def moved(asked: Asked, before: PlaylistResponse, track_id: str, to: int) -> Change:
    """Ask for a track in another place of a list: kept tracks stay in theirs, the others move up around them in their order.

    Where a kept track stands at `to` it comes next to it, on the side that it comes from. Raises UnknownNameError,
    RequestError.
    """
    shown = {track.track_id: track.position for track in before.tracks}
    kept: dict[str, int] = {kept: place for place, kept in _still_kept(asked.request, shown).keep}
    if track_id not in shown:
        raise UnknownNameError("track_id", f"{track_id!r} is not in this list")
    if track_id in kept:
        raise RequestError("track_id", f"{track_id!r} is kept in place {kept[track_id]}; release it first")
    free = sorted(place for track, place in shown.items() if track not in kept)
    others = [track for track in sorted(shown, key=shown.__getitem__) if track not in kept and track != track_id]
    before_it = [place for place in free if place <= to]
    place = len(before_it) - 1 if to > shown[track_id] else bisect_left(free, to)
    others.insert(min(max(place, 0), len(others)), track_id)
    places = kept | dict(zip(others, free, strict=True))
    return reordered(asked, before, sorted(shown, key=places.__getitem__))


def removed(asked: Asked, before: PlaylistResponse, track_id: str) -> Change:
    """Ask for a list without a track, shorter by it: kept tracks stay in their places, the others move up around them.

    It never comes back into this list. Raises UnknownNameError.
    """
    shown = {track.track_id: track.position for track in before.tracks}
    if track_id not in shown:
        raise UnknownNameError("track_id", f"{track_id!r} is not in this list")
    request = _still_kept(asked.request, shown, {track_id})
    request = replace(request, exclude_tracks=_with(request.exclude_tracks, [track_id]))
    kept = {TrackId(track): place for place, track in request.keep}
    free = sorted(place for place in shown.values() if place not in kept.values())
    left = [TrackId(track) for track in sorted(shown, key=shown.__getitem__) if track != track_id and track not in kept]
    places = kept | dict(zip(left, free, strict=False))
    change = _in_place(replace(asked, request=request), [(at, track) for track, at in places.items()], places.values())
    return replace(change, request=replace(change.request, candidates=()))  # nothing else may come


def renewed(asked: Asked, refresh: Refresh, now: datetime) -> Change:
    """Ask for the list of another day or week: kept tracks stay, the rest is about as good."""
    request = replace(asked.request, seed=_period(refresh, now))
    return Change(replace(asked, request=request), request)


def is_due(made_at: str, refresh: Refresh, now: datetime) -> bool:
    """Return whether a list of that instant (ISO 8601) is of an earlier day, or ISO week, than now, in UTC."""
    made = datetime.fromisoformat(made_at).astimezone(UTC)
    return refresh != "never" and _period(refresh, made) < _period(refresh, now)


def _period(refresh: Refresh, at: datetime) -> int:
    day = at.astimezone(UTC).toordinal()
    return day if refresh == "daily" else (day - 1) // 7


def _in_place(asked: Asked, keep: Iterable[tuple[int, TrackId]], places: Iterable[int]) -> Change:
    request, taken = asked.request, tuple(sorted(set(places)))
    held = replace(
        request,
        keep=tuple((taken.index(place) + 1, track_id) for place, track_id in keep),
        length=max(len(taken), 1),
        minutes=None,
        withheld=False,
        relax=False,
    )
    return Change(asked, held, taken)


def compared(
    before: Sequence[TrackResponse],
    after: Sequence[TrackResponse],
    removed: Iterable[str],
    decide: Callable[[Sequence[TrackId]], Sequence[Decision]],
    kept: Iterable[str] = (),
    otherwise: Literal["replaced", "restored"] = "replaced",
) -> ChangesResponse:
    """Return what became of the tracks of a list; `decide` tells what consent says by now of those that are gone.

    `otherwise` is why those are gone that were neither removed nor withheld. A track that was to be `kept` and is permitted is gone because a rule about the list as a whole lets it stand nowhere.
    """
    was = {track.track_id: track.position for track in before}
    now = {track.track_id: track.position for track in after}
    gone = [TrackId(track_id) for track_id in was if track_id not in now]
    taken_out, held = frozenset(removed), frozenset(kept)
    left = []
    for decision in decide(gone) if gone else ():
        track_id = str(decision.track_id)
        because = "removed" if track_id in taken_out else "rules" if track_id in held else otherwise
        told = {"because": because if decision.allowed else decision.primary}
        left.append(LeftResponse.model_validate({"track_id": track_id, "position": was[track_id], **told}))
    return ChangesResponse(
        stayed=[PlaceResponse(track_id=one, position=at) for one, at in now.items() if was.get(one) == at],
        moved=[
            MovedResponse(track_id=one, position=at, before=was[one])
            for one, at in now.items()
            if one in was and was[one] != at
        ],
        came=[PlaceResponse(track_id=one, position=at) for one, at in now.items() if one not in was],
        left=left,
    )
