"""Lists are made, changed and read here, one function each: routes and commands call them and translate the results."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

from api.experiments.assignment import Assignments, assign, said_by
from api.experiments.files import ExperimentFiles
from api.exposures.log import Exposure, ExposureLog, TakenError, new_id
from api.exposures.rows import exposure_of
from api.lists.changes import Asked, Change, compared, from_json, is_due, renewed, to_json
from api.lists.store import ChangedMeanwhileError, ListStore, SavedList, Version
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import PreferencesBody
from api.settings import Settings
from api.usecases import Recommender
from catalog.consent import CommercialModel, Decision
from catalog.instants import instant_text
from catalog.tracks import Territory, TrackId
from recommender.blending import RankerSettings, Teams
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import NotUnderstood, Playlist
from recommender.requests import PlaylistRequest, RequestError, UnknownNameError
from recommender.variants import Experiment


class UnreadableError(RuntimeError):
    """A stored answer that does not tell any more what was shown, and on which terms; or one that cannot be changed."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What making a list needs: the recommender, the log, the saved lists and the experiments in force."""

    recommender: Recommender
    log: ExposureLog
    lists: ListStore
    experiments: Sequence[Experiment]

    @classmethod
    @contextmanager
    def open(cls, home: Path, settings: Settings) -> Iterator[Self]:
        """Open all of it for a command. Raises what opening each part does."""
        with (
            closing(PlaylistRecommender.open(home, reader=settings.reader)) as recommender,
            closing(ExposureLog.open(home, durable=settings.durable_log)) as log,
            closing(ListStore.open(home, durable=settings.durable_log)) as lists,
        ):
            yield cls(recommender, log, lists, ExperimentFiles.of(home, settings).put_in_force())


def make(
    desk: Desk,
    request: PlaylistRequest,
    request_id: str,
    variant: str | None = None,
    *,
    unit: str | None = None,
    owner: str | None = None,
    not_understood: Sequence[NotUnderstood] = (),
) -> tuple[PlaylistResponse, str]:
    """Answer a request with a new list; return it and its JSON, which is stored and logged.

    The `unit` of the experiment is the listener where none is given, or else the request. A `request_id` that names an answer
    already is replaced by a new one, which the answer tells, so that events find the answer they belong to. `variant` is one that is chosen by hand
    (`assign`). `owner` is the id of the key that may
    change the list, `not_understood` is told beside what the recommender says of it. Raises RequestError, ExposureLogError,
    ListStoreError.
    """
    if desk.log.knows(request_id):
        not_understood = (*not_understood, NotUnderstood.of(request_id, "id_taken"))
        request_id = new_id()
    asked = Asked.first(request, unit, request_id, variant)
    return _answered(desk, Change(asked, request), request_id, new_id(), not_understood=not_understood, owner=owner)


def make_all(
    desk: Desk,
    asked: Sequence[tuple[PlaylistRequest, str | None, str | None, Sequence[NotUnderstood]]],
    owner: str | None,
) -> list[tuple[PlaylistResponse, str] | RequestError]:
    """Answer requests as `make` does, each with its unit, variant and `not_understood`, in one transaction of each store.

    A request that cannot be answered has its RequestError in the list.
    """
    wanted = []
    for request, unit, variant, told in asked:
        request_id = new_id()
        one = Asked.first(request, unit, request_id, variant)
        wanted.append((request_id, one, _assigned(desk, one, request), told))
    playlists = _recommended(
        desk, [(_as_given(desk, one.request, given, request_id), given) for request_id, one, given, _ in wanted]
    )
    answers: list[tuple[PlaylistResponse, str] | RequestError] = []
    new: list[SavedList] = []
    exposures: dict[object, list[tuple[Exposure, str]]] = {}
    for (request_id, one, given, told), playlist in zip(wanted, playlists, strict=True):
        if isinstance(playlist, RequestError):
            answers.append(playlist)
            continue
        playlist = _as_asked(playlist, one.request, told)
        response = PlaylistResponse.of(playlist, new_id(), request_id, given, durable=desk.log.durable)
        text = response.model_dump_json()
        new.append(_saved(desk.log, one, response, playlist, text, owner))
        together = exposures.setdefault((given.bundle, given.reader), [])  # read and encoded in one batch
        as_logged = _pseudonymous(desk.log, one.request)
        row = exposure_of(playlist, as_logged, request_id, _unit(desk.log, one), given, named=one.named)
        together.append((row, response.playlist_id))
        answers.append((response, text))
    if new:
        desk.lists.write(*new)
        desk.log.write_all(
            [
                ({**row, "beside": (place, len(together)) if len(together) > 1 else None}, name)
                for together in exposures.values()
                for place, (row, name) in enumerate(together)
            ]
        )
    return answers


def change(
    desk: Desk, saved: SavedList, before: PlaylistResponse, wanted: Change, request_id: str
) -> tuple[PlaylistResponse, str]:
    """Make the next version of a list; return it and its JSON. `before` is its latest one, with consent decided by now.

    Raises RequestError, ChangedMeanwhileError where another change came first, ExposureLogError, ListStoreError.
    """
    if desk.log.knows(request_id):
        request_id = new_id()
    return _answered(desk, wanted, request_id, saved.playlist_id, saved=saved, before=before)


def described(desk: Desk, saved: SavedList, before: PlaylistResponse, **said: str | int) -> None:
    """Give a list another `title`, `own_sentence` or `cover`, in a version of its own.

    `before` is its latest version, with consent decided by now. What is withheld today stays in it, and is withheld when it
    is read. Raises ChangedMeanwhileError, ListStoreError.
    """
    stayed = compared(before.tracks, before.tracks, (), lambda _: ())
    _stored_next(desk, saved, saved, stored(saved).model_copy(update={**said, "changes": stayed}))
    if "title" in said:
        desk.lists.set(saved.playlist_id, titled=True)


def restored(
    desk: Desk, saved: SavedList, before: PlaylistResponse, then: SavedList, shown: PlaylistResponse
) -> tuple[PlaylistResponse, str]:
    """Make the next version of a list what an earlier one was, and what it was asked for with; return it and its JSON.

    `before` is its latest version and `shown` the earlier one, with consent decided by now: what is withheld today stays in
    it, and is withheld when it is read. It is the answer that was logged when it was made, and is not logged again. Raises
    ChangedMeanwhileError, ListStoreError, UnreadableError.
    """
    first, answer = desk.lists.read(saved.playlist_id, 1), stored(then)
    decide = partial(_decided, desk.recommender, answer)
    changes = compared(before.tracks, shown.tracks, (), decide, otherwise="restored")
    withheld = {one.track_id for one in shown.left}
    gone = [one for one in before.left if one.track_id not in withheld]
    said = {"version": saved.version.number + 1, "changes": changes.model_copy(update={"left": [*gone, *changes.left]})}
    own = first is not None and stored(first).title != answer.title
    if not own:  # before anybody can read words of the prompt as a title of its own
        desk.lists.set(saved.playlist_id, titled=False)
    _stored_next(desk, saved, then, answer.model_copy(update=said))
    if own:
        desk.lists.set(saved.playlist_id, titled=True)
    shown = shown.model_copy(update=said)
    return shown, shown.model_dump_json()


def _stored_next(desk: Desk, saved: SavedList, asked: SavedList, answer: PlaylistResponse) -> None:
    number, now = saved.version.number + 1, instant_text(datetime.now(UTC))
    text = answer.model_copy(update={"version": number}).model_dump_json()
    desk.lists.add(saved.playlist_id, replace(asked.version, number=number, at=now, answer=text))


def asked_for(saved: SavedList) -> Asked:
    """Return what a list was asked for with. Raises UnreadableError where an earlier version kept that in another form."""
    asked = from_json(saved.version.request)
    if asked is None:
        raise UnreadableError(f"the playlist {saved.playlist_id!r} was made by another version; ask for it anew")
    return asked


def read(
    desk: Desk, playlist_id: str, number: int | None = None, *, now: datetime | None = None
) -> tuple[SavedList, PlaylistResponse] | None:
    """Return a list, or one version of it, with consent decided again, now; None if there is none.

    The latest version of a list that is refreshed is made anew first where it is due. Raises UnreadableError,
    ExposureLogError, ListStoreError.
    """
    saved = desk.lists.read(playlist_id, number)
    if saved is None:
        logged = desk.log.answer(playlist_id) if number in (None, 1) else None
        if not logged:
            return None
        saved = SavedList(playlist_id, Version(1, "", "", logged))
    shown = checked_again(desk.recommender, stored(saved))
    now = now or datetime.now(UTC)
    if number is None and is_due(saved.version.at or instant_text(now), saved.refresh, now):
        with suppress(ChangedMeanwhileError):  # another reader was first
            change(desk, saved, shown, renewed(asked_for(saved), saved.refresh, now), new_id())
        return read(desk, playlist_id, saved.version.number + 1, now=now)
    return saved, shown


def shown_to(
    recommender: Recommender, saved: SavedList, territory: Territory, commercial_model: str
) -> PlaylistResponse:
    """Return a list with consent decided for somebody else, where they are and by what they pay. Raises UnreadableError."""
    said = {"territory": territory, "commercial_model": commercial_model, "preferences": PreferencesBody()}
    return checked_again(recommender, stored(saved).model_copy(update=said))


def checked_again(recommender: Recommender, stored: PlaylistResponse) -> PlaylistResponse:
    """Return an answer with consent decided again, now."""
    decisions = _decided(recommender, stored, [TrackId(track.track_id) for track in stored.tracks])
    return stored.checked_again(decisions, recommender.catalog.consent_epoch())


def _decided(recommender: Recommender, stored: PlaylistResponse, track_ids: Sequence[TrackId]) -> Sequence[Decision]:
    try:
        return recommender.decide(
            track_ids,
            stored.territory,
            CommercialModel(stored.commercial_model),
            stored.policy,
            stored.preferences.to_preferences(),
        )
    except ValueError as error:
        raise UnreadableError(
            f"the playlist {stored.playlist_id!r} was stored in a form that is not read any more"
        ) from error


def stored(saved: SavedList) -> PlaylistResponse:
    """Return the answer of a version as it was stored. Raises UnreadableError."""
    try:
        return PlaylistResponse.stored(saved.version.answer)
    except ValueError as error:
        raise UnreadableError(
            f"the playlist {saved.playlist_id!r} was stored in a form that is not read any more"
        ) from error


def _answered(
    desk: Desk,
    wanted: Change,
    request_id: str,
    playlist_id: str,
    *,
    saved: SavedList | None = None,
    before: PlaylistResponse | None = None,
    not_understood: Sequence[NotUnderstood] = (),
    owner: str | None = None,
) -> tuple[PlaylistResponse, str]:
    asked, log = wanted.asked, desk.log
    assignment = _assigned(desk, asked, wanted.request)
    request = _as_given(desk, wanted.request, assignment, request_id)
    playlist = _recommender(desk, assignment).recommend(request, _settings_of(assignment))
    playlist = _as_asked(playlist, wanted.request, not_understood)
    response = PlaylistResponse.of(playlist, playlist_id, request_id, assignment, durable=log.durable)
    if saved is not None and before is not None:
        response = following(desk.recommender, saved.version.number, before, wanted, response)
    text = response.model_dump_json()
    new = _saved(log, asked, response, playlist, text, owner)
    version = new.version
    if saved is None:
        desk.lists.write(new)
    else:
        desk.lists.add(playlist_id, version)
    unit, as_logged = _unit(log, asked), _pseudonymous(log, wanted.request)
    name = playlist_id if response.version == 1 else f"{playlist_id}/{response.version}"
    while True:
        try:
            places = [track.position for track in response.tracks]
            row = exposure_of(
                playlist,
                as_logged,
                response.request_id,
                unit,
                assignment,
                places,
                wanted.places,
                named=asked.named,
            )
            log.write(row, name)
        except TakenError:  # by another request of the same moment
            response = response.model_copy(update={"request_id": new_id()})
            text = response.model_dump_json()
            desk.lists.rewrite(playlist_id, replace(version, answer=text))
            continue
        return response, text


def _assigned(desk: Desk, asked: Asked, request: PlaylistRequest) -> Assignments:
    """Return what a list is made with; nothing of any experiment where the variant that was chosen for it is gone."""
    try:
        return assign(desk.experiments, asked.unit, said_by(request, named=asked.named), asked.variant)
    except UnknownNameError:
        return Assignments()


def _as_given(desk: Desk, request: PlaylistRequest, given: Assignments, request_id: str) -> PlaylistRequest:
    """Return a request as its variants have it answered: under a policy that tightens what was asked for, and with a seed.

    Where a variant draws lists that is the request's own or, where it has none, one that nobody can foretell from its id (48
    bits: so many a client in JavaScript can send back exactly).
    """
    consent, policy, seed = desk.recommender.consent, given.policy, request.seed
    if policy in consent.offered and request.policy in consent.offered:
        wanted, asked = consent.policy(policy), consent.policy(request.policy)
        if wanted.tightens(asked, hide_ai=request.preferences.hide_ai):
            request = replace(request, policy=policy)
    if (given.settings.explore or given.interleave) and not seed:
        seed = 1 + int(desk.log.pseudonym(f"seed {request_id}")[:12], 16)
    return replace(request, seed=seed)


def _settings_of(given: Assignments) -> RankerSettings | Teams:
    return dict(given.interleave) or given.settings


def _recommender(desk: Desk, given: Assignments) -> Recommender:
    if given.bundle is given.reader is None:
        return desk.recommender
    return desk.recommender.using(given.bundle, own_reader=given.reader is not None)


def _recommended(desk: Desk, wanted: Sequence[tuple[PlaylistRequest, Assignments]]) -> list[Playlist | RequestError]:
    answers: dict[int, Playlist | RequestError] = {}
    for how in dict.fromkeys((given.bundle, given.reader) for _, given in wanted):
        alike = [number for number, (_, given) in enumerate(wanted) if (given.bundle, given.reader) == how]
        asked = [(wanted[one][0], _settings_of(wanted[one][1])) for one in alike]
        answers |= zip(alike, _recommender(desk, wanted[alike[0]][1]).recommend_all(asked), strict=True)
    return [answers[number] for number in range(len(wanted))]


def _as_asked(playlist: Playlist, asked: PlaylistRequest, told: Sequence[NotUnderstood]) -> Playlist:
    """Return a playlist as of the policy that was asked for, whichever decided (`policy`), with what is told beside."""
    request = replace(playlist.request, policy=asked.policy)
    return replace(playlist, request=request, not_understood=(*playlist.not_understood, *told))


def _saved(
    log: ExposureLog, asked: Asked, response: PlaylistResponse, playlist: Playlist, text: str, owner: str | None
) -> SavedList:
    version = Version(response.version, instant_text(playlist.at), to_json(asked), text)
    listener = None if asked.request.user_id is None else log.pseudonym(asked.request.user_id)
    return SavedList(response.playlist_id, version, owner, listener)


def _unit(log: ExposureLog, asked: Asked) -> str:
    """Return under which name an answer is logged: a pseudonym, or the list's first request where nobody is behind it."""
    return log.pseudonym(asked.unit) if asked.named else asked.unit


def _pseudonymous(log: ExposureLog, request: PlaylistRequest) -> PlaylistRequest:
    """Return a request as it is logged: it names its listener by their pseudonym."""
    return request if request.user_id is None else replace(request, user_id=log.pseudonym(request.user_id))


_UNDERSTOOD = ("interpretation", "contradictions", "withheld", "shortfall")


def following(
    recommender: Recommender, number: int, before: PlaylistResponse, wanted: Change, response: PlaylistResponse
) -> PlaylistResponse:
    """Return an answer as the version after that of a number: its title, why tracks that stay are in it, what changed."""
    kept = {track_id for _, track_id in wanted.asked.request.keep}
    held = {track_id for _, track_id in wanted.request.keep}
    were = {track.track_id: track for track in before.tracks}
    tracks = []
    for track in response.tracks:
        place = wanted.places[track.position - 1] if wanted.places else track.position
        shown = were.get(track.track_id, track) if track.track_id in held else track
        told = {"position": place, "consent": track.consent, "kept": track.track_id in kept}
        tracks.append(shown.model_copy(update=told))
    decide = partial(_decided, recommender, response)
    removed = wanted.asked.request.exclude_tracks
    changes = compared(before.tracks, tracks, removed, decide, held)
    changes = changes.model_copy(update={"left": [*before.left, *changes.left]})
    understood = {name: getattr(before, name) for name in _UNDERSTOOD} if wanted.places else {}
    if wanted.places:
        understood["not_understood"] = [one for one in before.not_understood if one in response.not_understood]
    return response.model_copy(
        update={
            **understood,
            **{name: getattr(before, name) for name in ("title", "own_sentence", "cover")},
            "version": number + 1,
            "tracks": tracks,
            "changes": changes,
        }
    )
