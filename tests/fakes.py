"""Stand-ins that do the same job in memory: no patching, no mocks."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from catalog.consent.deliveries import Delivery
from catalog.consent.findings import ConsentContext
from catalog.consent.history import Entry, History
from catalog.consent.policy import NO_PREFERENCES, Decision, Preferences, TrackFacts, decide
from catalog.consent.presets import POLICIES, ConsentSettings
from catalog.consent.records import ConsentRecord
from catalog.consent.rights import CommercialModel
from catalog.consent.succession import RecordVersion, identity_of
from catalog.instants import microseconds
from catalog.names import identity
from catalog.stores import Changes, DeliveryChanges, Reached
from catalog.tracks import Territory, Track, TrackId
from recommender.blending import RankerSettings
from recommender.playlists import Interpretation, Playlist, PlaylistTrack, Shortfall, Versions
from recommender.prompts.wishes import DEFAULT_LENGTH
from recommender.requests import PlaylistRequest, RequestError


class FakeCatalog:
    """A catalog in memory. Its records are what was appended; the epoch counts the transactions."""

    def __init__(self, tracks: Iterable[Track], records: Iterable[ConsentRecord] = ()) -> None:
        self.tracks = {track.track_id: track for track in tracks}
        self.records = list(records)
        self._epoch = 1

    @contextmanager
    def writing(self) -> Iterator["FakeCatalog"]:
        yield self
        self._epoch += 1

    def append(self, records: Iterable[ConsentRecord]) -> Changes:
        before = len(self.records)
        self.records += records
        return Changes(added=len(self.records) - before)

    def deliver(self, delivery: Delivery) -> DeliveryChanges:
        self.tracks |= {track.track_id: track for track in delivery.tracks}
        told = self.append(record for statement in delivery.statements for record in statement.records)
        return DeliveryChanges(Changes(added=len(delivery.tracks)), told)

    def positions_of(self, track_ids: Iterable[TrackId]) -> dict[TrackId, int]:
        known = list(self.tracks)
        return {name: known.index(name) for name in track_ids if name in self.tracks}

    def reached_by(self, records: Iterable[ConsentRecord]) -> Reached:
        named = {record.subject.value for record in records}
        return Reached(len(named & self.tracks.keys()), tuple(sorted(named - self.tracks.keys())), {})

    def histories(self, positions: Sequence[int]) -> tuple[int, dict[int, History]]:
        known = list(self.tracks.values())
        return self._epoch, {position: self._history(known[position]) for position in positions}

    def _history(self, track: Track) -> History:
        entries = [
            Entry(record, _told(number, record), None, None)
            for number, record in enumerate(self.records)
            if record.subject.value == track.track_id
        ]
        return History(track.track_id, track.year, {identity(track.artist)}, track.label, tuple(entries), ())

    def consent_epoch(self) -> int:
        return self._epoch


def _told(number: int, record: ConsentRecord) -> RecordVersion:
    subject = (record.subject.kind.value, record.subject.value)
    recorded_at = microseconds(record.recorded_at or datetime(2026, 1, 1, tzinfo=UTC))
    return RecordVersion(
        number,
        record.kind,
        subject,
        identity_of(record),
        number,
        recorded_at,
        None,
        record.source,
        record.evidence,
        record.terms,
    )


class FakeRecommender:
    """Recommends the catalog's tracks in their order, as far as the real policy permits them.

    It hears two wishes in every prompt. `settings` are those of the last request.
    """

    def __init__(self, catalog: FakeCatalog) -> None:
        self.catalog = catalog
        self.settings = RankerSettings()
        self.closed = False
        self.bundle_version = "bundle-1"
        self.consent = ConsentSettings()

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | None = None) -> Playlist:
        for track_id in request.seed_tracks:
            if track_id not in self.catalog.tracks:
                raise RequestError("seed_tracks", f"{track_id!r} is not a track of this catalog")
        self.settings = settings or RankerSettings()
        if request.policy not in self.consent.offered:
            raise RequestError("policy", f"{request.policy!r} is not a policy here")
        at = request.at or datetime.now(UTC)
        decisions = self.decide(
            list(self.catalog.tracks),
            request.territory,
            request.commercial_model,
            request.policy,
            request.preferences,
            at,
        )
        length = request.length or DEFAULT_LENGTH
        allowed = [decision for decision in decisions if decision.allowed][:length]
        withheld: dict[str, int] = {}
        for decision in decisions:
            if not decision.allowed:
                withheld[decision.primary] = withheld.get(decision.primary, 0) + 1
        missing = length - len(allowed)
        return Playlist(
            title=f"Music for: {request.prompt}",
            request=request,
            policy=request.policy,
            at=at,
            interpretation=(
                Interpretation("tempo", [60, 90], "slow", hard=False),
                Interpretation("instrumental", True, "no vocals", hard=True, unverified=1),
            ),
            tracks=tuple(
                PlaylistTrack(
                    self.catalog.tracks[decision.track_id],
                    score=1.0 / place,
                    parts={"dense": 0.5 / place, "lexical": 0.5 / place},
                    reasons=("close to what you asked for",),
                    decision=decision,
                )
                for place, decision in enumerate(allowed, 1)
            ),
            withheld=withheld if request.withheld else None,
            shortfall=Shortfall(missing, "the catalog has no more permitted tracks", ("no vocals", "policy"))
            if missing
            else None,
            versions=Versions("catalog-1", "bundle-1", POLICIES[request.policy].identity, self.catalog.consent_epoch()),
            eligible_count=len(allowed),
            eligible_hash="0f" * 16,
            timings_ms={"rank": 0.25},
        )

    def decide(
        self,
        track_ids: Sequence[TrackId],
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        preferences: Preferences = NO_PREFERENCES,
        at: datetime | None = None,
    ) -> list[Decision]:
        context = ConsentContext(territory, at or datetime.now(UTC), commercial_model)
        return [
            decide(self._facts(track_id), context, POLICIES[policy], preferences, track_id=track_id)
            for track_id in track_ids
        ]

    def tracks(self, track_ids: Sequence[TrackId]) -> dict[TrackId, Track]:
        return {name: self.catalog.tracks[name] for name in track_ids if name in self.catalog.tracks}

    def close(self) -> None:
        self.closed = True

    def _facts(self, track_id: TrackId) -> TrackFacts | None:
        track = self.catalog.tracks.get(track_id)
        if track is None:
            return None
        records = tuple(record for record in self.catalog.records if record.subject.value == track_id)
        return TrackFacts(track_id, records, track.year)
