"""The whole way of a request, on one page: read the prompt, search inside what is permitted, blend, sequence, decide again."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Self

import numpy as np

from catalog.findings import ConsentContext
from catalog.permits import Permits, Permitted
from catalog.policy import NO_PREFERENCES, Decision, Preferences, Standing, decide
from catalog.presets import ConsentSettings, Policy, load_consent_settings
from catalog.rights import CommercialModel
from catalog.store import CatalogStore, StoreError
from catalog.tracks import Territory, Track, TrackId
from recommender.blending import Blend, RankerSettings, rank_fusion, scaled
from recommender.bundles import BundleError, current_version
from recommender.eligibility import Eligible, eligible_tracks, wishes_met
from recommender.explanations import (
    Evidence,
    interpretation,
    reasons,
    shortfall,
    title_of,
    unreadable,
    wishes_known_met,
)
from recommender.gate import LastGate
from recommender.list_rules import ListRules
from recommender.model import Model
from recommender.playlists import Playlist, PlaylistRequest, PlaylistTrack, ScoredTracks, Versions, checked
from recommender.prompts import PromptQuery, WishKind, parse
from recommender.retrieval import (
    Listener,
    example_tracks,
    missed_tracks,
    query_vector,
    search_channels,
    surroundings,
)
from recommender.sequencing import Aim, distinct_songs, sequenced
from recommender.track_features import TrackFeatures

CANDIDATES = 150
"""Candidates asked of each channel at least; three times the list where that is more."""

HISTORY, EXAMPLES_ALONE = 2.0, 4.0
"""How many times the collaborative channel counts where it rests on a listener's history, or on examples without a word."""

SOFT_PENALTY = 0.6
"""What a track keeps of its score for each soft wish that it is known not to meet."""

JITTER = 0.1
"""How far a seed other than 0 may move a score, up or down: another list, about as good."""


@dataclass(slots=True)
class _Steps:
    """Measures the steps of one request, in milliseconds."""

    timings_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.timings_ms[name] = self.timings_ms.get(name, 0.0) + (perf_counter() - started) * 1000


class PlaylistRecommender:
    """Answers requests from a catalog and the bundle built from it. Threads may share one; open it once a process."""

    def __init__(
        self,
        home: Path,
        catalog: CatalogStore,
        model: Model,
        consent: ConsentSettings | None = None,
        *,
        audit_only: bool = False,
    ) -> None:
        self.catalog = catalog
        self.model = model
        self.consent = consent or ConsentSettings()
        self._audit_only = audit_only
        self._home = home
        self._permits = Permits(catalog)
        self._reloading = Lock()

    @classmethod
    def open(cls, home: Path, *, audit_only: bool = False) -> Self:
        """Open the catalog, the bundle in use, and the operator's `consent.toml`.

        `audit_only` is for staging: nothing is withheld, and every answer says so and what would have been. Raises
        BundleError, ConsentSettingsError or StoreError, each with its remedy.
        """
        consent = load_consent_settings(home / "consent.toml")
        model = Model.load(home)
        return cls(home, CatalogStore.open(home / "catalog.sqlite"), model, consent, audit_only=audit_only)

    def close(self) -> None:
        """Let go of the catalog's file."""
        self.catalog.close()

    @property
    def bundle_version(self) -> str:
        """The version of the bundle in use."""
        return self.model.bundle.version

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | None = None) -> Playlist:
        """Return a playlist in which every track was decided on from committed records, after this was called.

        Raises RequestError naming the field that cannot be answered.
        """
        step = _Steps()
        settings = settings or RankerSettings()
        request, context, policy = checked(request, self.consent)
        policy = self.consent.audit_only if self._audit_only else policy
        model = self._current_model()
        with step("parse"):
            query = parse(request.prompt, model.names)
            aim = Aim.of(request, query)
            k = max(CANDIDATES, 3 * aim.most_tracks)
        with step("consent"):
            permitted = self._wanted(self._permitted(context, policy), request.preferences, model)
            known = partial(self._positions, model)
            eligible, verified = eligible_tracks(request, query, model, permitted, known, timed=aim.minutes is not None)
        with step("listener"):
            examples = [*example_tracks(model, query), *known(request.seed_tracks + request.liked_tracks)]
            listener = self._listener(request, model, examples, permitted)
        with step("encode"):
            vector = query_vector(model, query, examples)
        settings = _weighed(settings, query, listener)
        with step("scan"):
            to_count = aim.most_tracks if request.withheld else 0
            near = surroundings(model, vector, to_count, k, eligible)
            missed = missed_tracks(model, query, near, to_count, permitted) if request.withheld else []
        gate = LastGate(self.catalog, context, policy, request.preferences, permitted)
        for allowed, depth in _searches(verified, eligible, k):
            with step("search"):
                channels = search_channels(
                    model,
                    query,
                    request.history,
                    vector,
                    near,
                    listener,
                    allowed,
                    depth,
                    permitted.not_learned,
                    settings,
                )
            with step("blend"):
                blend = _blend(channels, query, model, request.seed, settings)
                candidates = _candidates(blend, model, verified, listener)
            with step("sequence and gate"):
                sequence = partial(
                    sequenced,
                    aim=aim,
                    features=model.features,
                    gap=settings.artist_gap,
                    exempt=_named_artists(query, model),
                    rules=ListRules(gate.standing, policy.max_ai_share),
                )
                chosen = gate.admit(candidates, missed, sequence)
            missing = aim.missing(chosen, model.features)
            if not missing:
                break
        with step("explain"):
            shown = model.features.take(chosen)
            tracks = self._explained(chosen, gate.decisions, blend, shown, query, listener)
        short = None
        if missing and (gate.unreadable or permitted.epoch < 0):
            short = unreadable(missing)
        elif missing:
            unit = "tracks" if aim.minutes is None else "minutes"
            short = shortfall(missing, unit, query, model.features, permitted, eligible.count)
        withheld = Counter(decision.primary.value for decision in gate.refused)
        return Playlist(
            title=title_of(query.prompt),
            request=request,
            policy=policy.name,
            at=context.at,
            interpretation=interpretation(query, shown),
            tracks=tracks,
            withheld=dict(sorted(withheld.items())) if request.withheld else None,
            shortfall=short,
            versions=Versions(
                str(model.bundle.about["catalog_version"]),
                model.bundle.version,
                policy.identity,
                gate.epoch,
            ),
            eligible_count=eligible.count,
            eligible_hash=hashlib.sha256(eligible.bitmap.tobytes()).hexdigest(),
            timings_ms=step.timings_ms,
        )

    def decide(
        self,
        track_ids: Sequence[TrackId],
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        preferences: Preferences = NO_PREFERENCES,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> list[Decision]:
        """Decide on tracks as they stand now, or at another instant; an unknown or unreadable one is withheld.

        With `known_at`, by what was on record then: what would have been answered. A policy that is no longer offered
        gives way to the most restrictive one.
        """
        context = ConsentContext(
            territory, at or datetime.now(UTC), commercial_model, self.consent.use, self.consent.channel
        )
        chosen = self.consent.audit_only if self._audit_only else self.consent.policy_then(policy)
        try:
            positions = self.catalog.positions_of(track_ids)
            _, facts = self.catalog.facts(list(positions.values()), known_at)
        except StoreError:
            positions, facts = {}, {}
        return [
            decide(facts.get(positions.get(track_id, -1)), context, chosen, preferences, track_id=track_id)
            for track_id in track_ids
        ]

    def tracks(self, track_ids: Iterable[TrackId]) -> dict[TrackId, Track]:
        """Return the tracks that there are, by id."""
        positions = self.catalog.positions_of(track_ids)
        return {track.track_id: track for track in self.catalog.tracks(list(positions.values()))}

    def _current_model(self) -> Model:
        """Return the bundle in use, after a build the new one; one that cannot be read does not replace a good one."""
        if current_version(self._home) != self.model.bundle.version and self._reloading.acquire(blocking=False):
            try:
                self.model = Model.load(self._home)
            except BundleError:
                return self.model
            finally:
                self._reloading.release()
        return self.model

    def _permitted(self, context: ConsentContext, policy: Policy) -> Permitted:
        """Return what is permitted; nothing, as of no epoch, where consent cannot be read."""
        try:
            return self._permits.permitted(context, policy)
        except StoreError:
            return Permitted(np.zeros(0, dtype=bool), -1)

    def _wanted(self, permitted: Permitted, preferences: Preferences, model: Model) -> Permitted:
        """Leave out what the listener never wants to hear."""
        if preferences == NO_PREFERENCES or permitted.epoch < 0:
            return permitted
        hidden = permitted.having(Standing.LABELLED) if preferences.hide_ai else np.zeros(len(permitted.mask), bool)
        unwanted = [model.names.artists.positions(artist) for artist in sorted(preferences.blocked_artists)]
        unwanted.append(np.array(self.catalog.positions_labelled(preferences.blocked_labels), np.int64))
        found = np.concatenate(unwanted)
        hidden[found[found < len(hidden)]] = True
        return permitted.without(hidden)

    def _positions(self, model: Model, track_ids: Iterable[TrackId]) -> list[int]:
        """Return the positions of the tracks that the model knows."""
        ids = list(track_ids)
        found = self.catalog.positions_of(ids) if ids else {}
        return sorted(position for position in found.values() if position < len(model))

    def _listener(
        self, request: PlaylistRequest, model: Model, examples: Sequence[int], permitted: Permitted
    ) -> Listener:
        known = frozenset(examples)
        if model.collaborative is None:
            return Listener(None, False, known)
        unlearned = set(permitted.not_learned.tolist())
        if examples:
            heard = {position: 1.0 for position in examples if position not in unlearned}
            return Listener(model.collaborative.taste(heard, {}), False, known)
        if request.user_id is None:
            return Listener(None, False, known)
        by_track, by_artist = self.catalog.listener_plays(request.user_id)
        heard = {
            position: plays
            for position, plays in by_track.items()
            if position < len(model) and position not in unlearned
        }
        codes = {
            int(model.features.artist[positions[0]]): plays
            for key, plays in by_artist.items()
            if len(positions := model.names.artists.positions(key))
        }
        return Listener(model.collaborative.taste(heard, codes), True, known)

    def _explained(
        self,
        chosen: Sequence[int],
        decisions: Mapping[int, Decision],
        blend: Blend,
        shown: TrackFeatures,
        query: PromptQuery,
        listener: Listener,
    ) -> tuple[PlaylistTrack, ...]:
        if not chosen:
            return ()
        rows = {position: row for row, position in enumerate(blend.positions.tolist())}
        met = wishes_known_met(query, shown)
        explained = []
        for place, (position, track) in enumerate(zip(chosen, self.catalog.tracks(chosen), strict=True)):
            row = rows[position]
            ranks = {
                name: rank for name, rank in zip(blend.channels, blend.ranks[:, row].tolist(), strict=True) if rank
            }
            parts = zip(blend.channels, blend.parts[:, row].tolist(), strict=True)
            explained.append(
                PlaylistTrack(
                    track,
                    float(blend.scores[row]),
                    {channel: part for channel, part in parts if part},
                    reasons(track, place, query, shown, Evidence(ranks, listener.personal, met[place])),
                    decisions[position],
                )
            )
        return tuple(explained)


def _searches(verified: Eligible, eligible: Eligible, k: int) -> Iterator[tuple[Eligible, int]]:
    """Yield where to search, and for how many candidates, until the list is full.

    What is known to meet the wishes comes first; a deeper search is for catalogs in which near-duplicates crowd out the
    rest.
    """
    for allowed in (verified, eligible) if 0 < verified.count < eligible.count else (eligible,):
        depth = k
        yield allowed, depth
        while depth < allowed.count:
            depth *= 4
            yield allowed, depth


def _weighed(settings: RankerSettings, query: PromptQuery, listener: Listener) -> RankerSettings:
    """Let taste count for more where it rests on a history, and most where the words say nothing beside examples."""
    if listener.personal:
        return replace(settings, collaborative=HISTORY * settings.collaborative)
    if listener.taste is not None and not query.topic:
        return replace(settings, collaborative=EXAMPLES_ALONE * settings.collaborative)
    return settings


def _blend(
    channels: Mapping[str, ScoredTracks], query: PromptQuery, model: Model, seed: int, settings: RankerSettings
) -> Blend:
    blend = rank_fusion(channels, settings)
    factors = np.ones(len(blend), dtype=np.float32)
    for met in wishes_met(query, model.features, hard=False):
        factors[met[blend.positions] == 0] *= SOFT_PENALTY
    if seed:
        factors *= np.random.default_rng(seed).uniform(1 - JITTER, 1 + JITTER, len(blend)).astype(np.float32)
    return scaled(blend, factors)


def _candidates(blend: Blend, model: Model, verified: Eligible, listener: Listener) -> list[int]:
    """Order candidates: those known to meet every hard wish first; near-duplicates and what is known already left out."""
    unverified = ~verified.mask[blend.positions]
    order = np.argsort(unverified, kind="stable")
    known_songs = frozenset(int(model.features.song[position]) for position in listener.known)
    return distinct_songs(blend.positions[order], model.features.song, known_songs)


def _named_artists(query: PromptQuery, model: Model) -> frozenset[int]:
    """Return the codes of the artists that a prompt asks for by name: their tracks may follow each other."""
    named = [model.names.artists.positions(wish.value) for wish in query.wishes if wish.kind is WishKind.ARTIST]
    return frozenset(int(model.features.artist[positions[0]]) for positions in named if len(positions))
