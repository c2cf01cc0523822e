"""Stand-ins that do the same job in memory: no patching, no mocks."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Self

from catalog.consent import (
    NO_PREFERENCES,
    CommercialModel,
    ConsentContext,
    ConsentSettings,
    Decision,
    Preferences,
    decide,
)
from catalog.consent.presets import POLICIES
from catalog.names import label_form, search_form
from catalog.stores import CatalogStore
from catalog.tracks import TERRITORIES, Position, Territory, Track, TrackId
from recommender.blending import RankerSettings, Teams
from recommender.indexes.completions import Completion
from recommender.playlists import (
    Droppable,
    Interpretation,
    Playlist,
    PlaylistTrack,
    Reason,
    Relaxation,
    Shortfall,
    Versions,
)
from recommender.prompts.wishes import DEFAULT_LENGTH, WishKind
from recommender.requests import PlaylistRequest, RequestError, checked
from recommender.suggestions import LEAST_TRACKS
from recommender.tracks.texts import tags_of


class FakeRecommender:
    """Recommends the catalog's tracks in their order, as far as the real policy permits them.

    It hears two wishes in every prompt. `settings` are those of the last request.
    """

    def __init__(self, catalog: CatalogStore) -> None:
        self.catalog = catalog
        self.settings = RankerSettings()
        self.asked: list[PlaylistRequest] = []
        self.used: list[tuple[str | None, bool]] = []
        self.closed = False
        self.bundle_version = "bundle-1"
        self.refused_bundle: str | None = None
        self.refused_consent: str | None = None
        self.consent = ConsentSettings()

    def using(self, bundle: str | None = None, *, own_reader: bool = False) -> Self:
        self.used.append((bundle, own_reader))
        return self

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | Teams | None = None) -> Playlist:
        tracks = {track.track_id: track for track in self.catalog.all_tracks()}
        for track_id in request.seed_tracks:
            if track_id not in tracks:
                raise RequestError("seed_tracks", f"{track_id!r} is not a track of this catalog")
        checked(request, self.consent)
        self.settings = settings if isinstance(settings, RankerSettings) else RankerSettings()
        self.asked.append(request)
        at = request.at or datetime.now(UTC)
        decisions = self.decide(
            list(tracks),
            request.territory,
            request.commercial_model,
            request.policy,
            request.preferences,
            at,
        )
        length = request.length or DEFAULT_LENGTH
        may_play = {decision.track_id: decision for decision in decisions if decision.allowed}
        chosen = _placed(request, list(may_play), length)
        allowed = [may_play[track_id] for _, track_id in chosen]
        withheld = dict(Counter[str](decision.primary for decision in decisions if not decision.allowed))
        missing = length - len(allowed)
        return Playlist(
            title=f"Music for: {request.prompt}",
            request=request,
            policy=request.policy,
            at=at,
            interpretation=(
                Interpretation("tempo", [60, 90], "slow", hard=False, span=(0, 4), said="60 to 90 bpm"),
                Interpretation(
                    "instrumental", True, "no vocals", True, 1, polarity="must", span=(6, 15), said="no vocals"
                ),
            ),
            tracks=tuple(
                PlaylistTrack(
                    place,
                    tracks[track_id],
                    score=1.0 / place,
                    parts={"dense": 0.5 / place, "lexical": 0.5 / place},
                    why=(Reason("near", (str(place),), "close to what you asked for"),),
                    decision=may_play[track_id],
                )
                for place, track_id in chosen
            ),
            withheld=withheld if request.withheld else None,
            considered=len(decisions),
            shortfall=Shortfall(
                missing,
                "the catalog has no more permitted tracks",
                (Relaxation((Droppable("instrumental", True, "no vocals"),), 3),),
                "minutes" if request.minutes else "tracks",
            )
            if missing > 0
            else None,
            versions=Versions("catalog-1", "bundle-1", POLICIES[request.policy].identity, self.catalog.consent_epoch()),
            eligible_count=len(allowed),
            eligible_hash="0f" * 16,
            timings_ms={"rank": 0.25},
        )

    def recommend_all(
        self, requests: Sequence[tuple[PlaylistRequest, RankerSettings | Teams | None]]
    ) -> list[Playlist | RequestError]:
        answers: list[Playlist | RequestError] = []
        for request, settings in requests:
            try:
                answers.append(self.recommend(request, settings))
            except RequestError as error:
                answers.append(error)
        return answers

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
        positions = self.catalog.positions_of(track_ids)
        _, facts = self.catalog.facts(list(positions.values()))
        return [
            decide(
                facts.get(positions.get(track_id, Position(-1))),
                context,
                self.consent.policy_then(policy),
                preferences,
                track_id=track_id,
            )
            for track_id in track_ids
        ]

    def complete(
        self,
        kind: WishKind,
        typed: str,
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        k: int = 10,
    ) -> list[Completion]:
        if policy not in self.consent.offered:
            raise RequestError("policy", f"{policy!r} is not a policy here")
        titled, form = kind in (WishKind.TITLE, WishKind.ALBUM), search_form(typed)
        held: dict[tuple[str, str], list[tuple[str, Track]]] = {}
        tracks = list(self.catalog.all_tracks())
        decided = self.decide([track.track_id for track in tracks], territory, commercial_model, policy)
        for track, decision in zip(tracks, decided, strict=True):
            if decision.allowed:
                named = tags_of(track, {}) if kind is WishKind.TAG else (getattr(track, kind) or "",)
                whose = search_form(track.artist) if titled else ""
                for form_of, name in {search_form(name): name for name in reversed(named)}.items():
                    held.setdefault((form_of, whose), []).append((name, track))
        fitting = [named for named in held if f" {named[0]}".find(f" {form}") >= 0]
        fitting.sort(key=lambda named: (named[0] != form, not named[0].startswith(form), -len(held[named]), named))
        return [
            Completion(
                kind,
                name if kind is WishKind.TAG else held[name, whose][0][0],
                label_form(name) if kind is WishKind.LABEL else name,
                len(held[name, whose]),
                held[name, whose][0][1].artist if titled else None,
                held[name, whose][0][1].track_id if kind is WishKind.TITLE else None,
            )
            for name, whose in fitting[:k]
        ]

    def suggestions(
        self,
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        k: int,
        rng: Random | None = None,
    ) -> list[str]:
        tags = self.complete(WishKind.TAG, "", territory, commercial_model, policy, k=60)
        found = [f"{one.value}, 30 minutes" for one in tags if one.tracks >= LEAST_TRACKS]
        return (found if rng is None else rng.sample(found, len(found)))[:k]

    def permitted_in_each(self, commercial_model: CommercialModel, policy: str) -> dict[Territory, int]:
        ids = self.catalog.track_ids()
        return {
            territory: sum(decision.allowed for decision in self.decide(ids, territory, commercial_model, policy))
            for territory in TERRITORIES
        }

    def tracks(self, track_ids: Sequence[TrackId]) -> dict[TrackId, Track]:
        return {track.track_id: track for track in self.catalog.all_tracks() if track.track_id in track_ids}

    def close(self) -> None:
        self.closed = True


def _placed(request: PlaylistRequest, may_play: Sequence[TrackId], length: int) -> list[tuple[int, TrackId]]:
    """Return what may play in its order, and kept tracks in their places, from 1."""
    kept = {place: track_id for place, track_id in request.keep if track_id in may_play}
    gone = {*kept.values(), *request.exclude_tracks}
    candidates = may_play if request.candidates is None else request.candidates
    others = [track_id for track_id in may_play if track_id in candidates and track_id not in gone]
    chosen: list[tuple[int, TrackId]] = []
    for place in range(1, max([length, *kept]) + 1):
        if place in kept:
            chosen.append((place, kept[place]))
        elif others and len(chosen) < max(length, len(kept)):
            chosen.append((place, others.pop(0)))
    return chosen
