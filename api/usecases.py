"""Use cases, one function each: HTTP routes and commands call them and translate the results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter
from random import Random
from typing import Protocol, Self

from catalog.consent import (
    CommercialModel,
    ConsentContext,
    ConsentReader,
    ConsentRecord,
    ConsentSettings,
    Decision,
    History,
    Policy,
    Preferences,
    Reached,
    RecordError,
    Story,
    Subject,
    SubjectKind,
    Takedown,
    TerritoryScope,
    source_rank,
    tell,
)
from catalog.stores import CatalogStore, Changes, TrackReader
from catalog.tracks import Position, Territory, Track, TrackId, isrc_in, parse_track_id
from recommender.blending import RankerSettings, Teams
from recommender.indexes.completions import Completion
from recommender.playlists import Playlist
from recommender.prompts.wishes import WishKind
from recommender.requests import PlaylistRequest, RequestError


class Recommender(Protocol):
    """What the server asks of `PlaylistRecommender`."""

    @property
    def catalog(self) -> CatalogStore:
        """The catalog that it recommends from."""

    @property
    def consent(self) -> ConsentSettings:
        """What the operator set about consent: the policies offered, and the use and service of every request."""

    @property
    def bundle_version(self) -> str:
        """The version of the bundle in use."""

    @property
    def refused_bundle(self) -> str | None:
        """Why the bundle that was built last is not used; None where it is."""

    @property
    def refused_consent(self) -> str | None:
        """Why the operator's settings about consent, as they stand, are not in force; None where they are."""

    def using(self, bundle: str | None = None, *, own_reader: bool = False) -> Self:
        """Return one that ranks with another bundle, or whose prompts no language model reads. Raises BundleError."""

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | Teams | None = None) -> Playlist:
        """Answer a request. Raises RequestError naming the field that cannot be used."""

    def recommend_all(
        self, requests: Sequence[tuple[PlaylistRequest, RankerSettings | Teams | None]]
    ) -> Sequence[Playlist | RequestError]:
        """Answer several requests: each with a playlist, or why it cannot be answered."""

    def decide(
        self,
        track_ids: Sequence[TrackId],
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        preferences: Preferences,
    ) -> Sequence[Decision]:
        """Decide on tracks now, from the committed state; what cannot be read is excluded."""

    def complete(
        self,
        kind: WishKind,
        typed: str,
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        k: int = 10,
    ) -> Sequence[Completion]:
        """Return the `k` best names of a kind that complete what was typed, of tracks permitted now; none where nothing can be read."""

    def suggestions(
        self,
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        k: int,
        rng: Random | None = None,
    ) -> Sequence[str]:
        """Return up to `k` prompts, each answered by many tracks that may be recommended here now. Raises StoreError, RequestError."""

    def permitted_in_each(self, commercial_model: CommercialModel, policy: str) -> Mapping[Territory, int]:
        """Return how many tracks may be recommended in each territory now. Raises StoreError."""

    def tracks(self, track_ids: Sequence[TrackId]) -> Mapping[TrackId, Track]:
        """Return the tracks of these ids that the catalog has."""

    def close(self) -> None:
        """Let go of the catalog and the indexes."""


def examples(recommender: Recommender, territory: Territory, policy: str, k: int = 6) -> Sequence[str]:
    """Return up to `k` prompts in plain words that this catalog answers well here now. Raises StoreError, RequestError."""
    return recommender.suggestions(territory, CommercialModel.FREE_OF_CHARGE, policy, k)


def surprise(recommender: Recommender, territory: Territory, policy: str, rng: Random) -> str | None:
    """Return one such prompt, drawn with `rng`; None where there are none. Raises StoreError, RequestError."""
    return next(iter(recommender.suggestions(territory, CommercialModel.FREE_OF_CHARGE, policy, 1, rng)), None)


class UnknownTracksError(ValueError):
    """Tracks that the catalog does not have, by the ids that were given."""

    def __init__(self, track_ids: Sequence[TrackId]) -> None:
        super().__init__(f"the catalog has no track {', '.join(map(repr, track_ids))}; ids stand in `--format csv`")
        self.track_ids = track_ids


def named_tracks(catalog: TrackReader, names: Sequence[str]) -> list[TrackId]:
    """Return the tracks of all names, each once, as `tracks_of_each` finds them. Raises UnknownTracksError."""
    return list(dict.fromkeys(chain.from_iterable(tracks_of_each(catalog, names).values())))


def tracks_of_each(catalog: TrackReader, names: Sequence[str]) -> dict[str, list[TrackId]]:
    """Return by name the tracks named by id, bare or as exports write it, or else by an ISRC: then all that have it.

    Raises UnknownTracksError where the catalog has none of a name.
    """
    ids = {name: parse_track_id(name) for name in names}
    known = catalog.positions_of(ids.values())
    by_isrc = {
        name: catalog.positions_of_isrc(isrc) for name in names if ids[name] not in known and (isrc := isrc_in(name))
    }
    if unknown := [TrackId(name) for name in names if ids[name] not in known and not by_isrc.get(name)]:
        raise UnknownTracksError(unknown)
    return {
        name: [ids[name]] if ids[name] in known else [track.track_id for track in catalog.tracks(by_isrc[name])]
        for name in names
    }


def take_down(
    catalog: CatalogStore,
    track_ids: Sequence[TrackId],
    territories: TerritoryScope,
    reason: str,
    entered_by: str,
    source: str = "operator",
) -> tuple[int, list[TrackId]]:
    """Stop the use of tracks from now on, all or none; return the consent epoch from which that holds, and the tracks.

    `entered_by` is through what the demand came (`CatalogStore.writing`). Durable when it returns. Raises UnknownTracksError,
    StoreError.
    """
    tracks = named_tracks(catalog, track_ids)
    # Without a start it holds whatever any server's clock says.
    terms = Takedown(territories, reason=reason)
    with catalog.writing(entered_by) as writer:
        writer.append(ConsentRecord(Subject(SubjectKind.TRACK, track_id), terms, source=source) for track_id in tracks)
        return writer.consent_epoch, tracks


def liftable(history: History, now: datetime) -> Iterator[tuple[ConsentRecord, Takedown]]:
    """Yield the take-downs of the recording itself that hold or will hold, and came in no delivery."""
    for record in history.known_at(now).records:
        own = record.subject.kind in (SubjectKind.TRACK, SubjectKind.ISRC) and record.sender is None
        if own and isinstance(record.terms, Takedown) and not record.terms.period.ended_by(now):
            yield record, record.terms


def as_liftings(catalog: CatalogStore, record: ConsentRecord, now: datetime) -> list[ConsentRecord]:
    """Return what a record says, of a lifting one for each name (id or ISRC) under which its recording is taken down.

    A lifting is a take-down said now that is over by now. Raises RecordError where it would lift nothing: no take-down of
    that recording for the same territories and uses, by a source of its rank or a lower one, holds.
    """
    terms, about = record.terms, record.subject
    lifts = isinstance(terms, Takedown) and terms.period.ended_by(now) and record.recorded_at is None
    if not lifts or about.kind not in (SubjectKind.TRACK, SubjectKind.ISRC):
        return [record]
    by_isrc = catalog.positions_of_isrc(isrc) if (isrc := isrc_in(about.value)) else []
    positions = {*catalog.positions_of([TrackId(about.value)]).values(), *by_isrc}
    _, histories = catalog.histories(sorted(positions))
    lifted = {
        found.subject
        for history in histories.values()
        for found, _ in liftable(history, now)
        if found.identity == record.identity and source_rank(record.source) <= source_rank(found.source)
    }
    # The same lifting again changes nothing, as with every record.
    lifted |= {
        found.subject
        for history in histories.values()
        for found in history.known_at(now).records
        if (found.terms, found.source) == (terms, record.source)
    }
    if not lifted:
        raise RecordError(
            "lifted_at",
            f"lifts nothing: {about.value!r} is not taken down for exactly these territories and uses by a source that "
            f"{record.source} can overrule; its story names what holds, and what a delivery or an artist's record took down "
            "is for its sender to end",
        )
    return [replace(record, subject=subject) for subject in sorted(lifted, key=attrgetter("value"))]


def add_records(
    catalog: CatalogStore, records: Sequence[ConsentRecord], entered_by: str, *, refuse_unknown: bool = False
) -> tuple[int, Changes, Reached]:
    """Put consent records on record, all or none; return the consent epoch, what changed, and what the records reach.

    `entered_by` is through what they came (`CatalogStore.writing`). Durable when it returns. Records of a subject that the catalog does not have are kept and counted, or with
    `refuse_unknown` raise ValueError with nothing changed. Raises StoreError.
    """
    with catalog.writing(entered_by) as writer:
        changes = writer.append(records)
        if changes.unknown and refuse_unknown:
            reached = catalog.reached_by(records)
            near = f"; near are {', '.join(map(repr, reached.near))}" if reached.near else ""
            nobody = ", ".join(map(repr, reached.nobody))
            raise ValueError(f"the catalog has no {records[0].subject.kind} {nobody}{near}; nothing was recorded")
        epoch = writer.consent_epoch
    return epoch, changes, catalog.reached_by(records)


def tell_story(
    catalog: ConsentReader,
    consent: ConsentSettings,
    position: Position,
    policy: Policy,
    territory: Territory,
    commercial_model: CommercialModel,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> tuple[int, Story]:
    """Return the consent epoch, and what is decided on the track at a position of the catalog and how that came about.

    `known_at` None is now: answered by all that is on record; `at` None is the same instant as `known_at`.
    """
    known_at = known_at or datetime.now(UTC)
    context = ConsentContext(territory, at or known_at, commercial_model, consent.use, consent.service_dpid)
    epoch, histories = catalog.histories([position])
    return epoch, tell(histories[position], context, policy, known_at)
