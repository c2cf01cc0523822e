"""The whole way of a request, on one page: read the prompt, search inside what is permitted, blend, sequence, decide again."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Self

import numpy as np

from catalog.arrays import Scores, Vectors
from catalog.consent.findings import ConsentContext
from catalog.consent.permits import Permits, Permitted
from catalog.consent.policy import NO_PREFERENCES, Decision, Preferences, Standing, decide
from catalog.consent.presets import ConsentSettings, Policy
from catalog.consent.rights import CommercialModel
from catalog.names import search_form
from catalog.settings import load_consent_settings
from catalog.stores import CatalogStore, StoreError, open_store
from catalog.tracks import Territory, Track, TrackId
from recommender.blending import Blend, Channel, QueryClass, RankerSettings, blended, scaled
from recommender.bundles import BundleError, current_version
from recommender.channels import (
    Listener,
    decayed_turns,
    example_tracks,
    missed_tracks,
    query_vector,
    search_channels,
    unfiltered_neighbours,
)
from recommender.eligibility import NOTHING_HEARD, Eligible, Heard, asks_for_new, eligible_tracks, wishes_met
from recommender.explanations import (
    Evidence,
    interpretation,
    reasons,
    shortfall,
    title_of,
    unreadable,
    wishes_known_met,
)
from recommender.indexes.collaborative import ARTIST_SHARE, PLAYLIST_PLAYS
from recommender.lists.last_gate import LastGate
from recommender.lists.rules import ListRules
from recommender.lists.sequencing import Aim, distinct_songs, sequenced
from recommender.lists.variations import varied_candidates
from recommender.model import Model
from recommender.playlists import NotUnderstood, Playlist, PlaylistRequest, PlaylistTrack, Versions, checked
from recommender.prompts.reading import PromptQuery, WishKind, parse
from recommender.references import Examples, unknown_references, unused_example, usable, withheld_titles
from recommender.tracks.features import TrackFeatures

CANDIDATES = 150
"""Candidates asked of each channel at least; three times the list where that is more."""

MOST_NAMED = 50
"""Tracks of one name that say what is liked."""

SOFT_PENALTY = 0.6
"""What a track keeps of its score for each soft wish that it is known not to meet."""


@dataclass(slots=True)
class _Steps:
    """Measures the steps of one request, in milliseconds."""

    timings_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.timings_ms[name] = self.timings_ms.get(name, 0.0) + (perf_counter() - started) * 1000


@dataclass(frozen=True, eq=False, slots=True)
class _Asked:
    """What a request comes to before anything is searched for."""

    query: PromptQuery
    aim: Aim
    permitted: Permitted
    eligible: Eligible
    verified: Eligible
    listener: Listener
    vector: Vectors | None
    not_understood: tuple[NotUnderstood, ...]

    @property
    def candidates(self) -> int:
        """How many candidates each channel is asked for."""
        return max(CANDIDATES, 3 * self.aim.most_tracks)


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
        consent = load_consent_settings(home)
        model = Model.load(home)
        return cls(home, open_store(home), model, consent, audit_only=audit_only)

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
        asked = self._asked(request, context, policy, model, step)
        query, aim, permitted, listener = asked.query, asked.aim, asked.permitted, asked.listener
        eligible, verified = asked.eligible, asked.verified
        k = asked.candidates
        with step("scan"):
            to_count = aim.most_tracks if request.withheld else 0
            near = unfiltered_neighbours(model, asked.vector, to_count, k, eligible)
            missed = missed_tracks(model, query, near, to_count, permitted) if request.withheld else []
        gate = LastGate(self.catalog, context, policy, request.preferences, permitted)
        for allowed, depth in _searches(verified, eligible, k):
            with step("search"):
                channels = search_channels(
                    model,
                    query,
                    asked.vector,
                    near,
                    listener,
                    allowed,
                    depth,
                    permitted.not_learned,
                    settings,
                )
            with step("blend"):
                blend = _blend(channels, query, model, listener, settings)
                candidates = _candidates(blend, model, verified, listener)
            with step("sequence and gate"):
                sequence = partial(
                    sequenced,
                    aim=aim,
                    features=model.features,
                    gap=settings.artist_gap,
                    exempt=_named_artists(query, model),
                    rules=ListRules(gate.standing, policy.max_ai_share),
                    arc=next((wish.value for wish in query.wishes if wish.kind is WishKind.ARC), None),
                )
                if request.seed:
                    candidates = varied_candidates(
                        candidates,
                        _scores_of(candidates, blend),
                        sequence,
                        partial(aim.missing, features=model.features),
                        request.seed,
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
            not_understood=asked.not_understood,
        )

    def channels(self, request: PlaylistRequest) -> tuple[QueryClass, Mapping[str, Channel], Eligible]:
        """Return what the channels say of a request, in which situation, and of which tracks: to learn their weights from.

        No list is made and nothing decided on: this is for whoever judges the ranking, never to be shown. Raises
        RequestError.
        """
        request, context, policy = checked(request, self.consent)
        model = self._current_model()
        asked = self._asked(request, context, policy, model, _Steps())
        channels = search_channels(
            model,
            asked.query,
            asked.vector,
            unfiltered_neighbours(model, asked.vector, 0, asked.candidates, asked.eligible),
            asked.listener,
            asked.eligible,
            asked.candidates,
            asked.permitted.not_learned,
            RankerSettings(),
        )
        return _query_class(asked.query, asked.listener), channels, asked.eligible

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

    def _asked(
        self, request: PlaylistRequest, context: ConsentContext, policy: Policy, model: Model, step: _Steps
    ) -> "_Asked":
        """Read a request, and find out what may be returned, who asks and what to look for."""
        with step("parse"):
            query = parse(request.prompt, model.names, request.history)
            aim = Aim.of(request, query)
        with step("consent"):
            permitted = self._wanted(self._permitted(context, policy), request.preferences, model)
            known = partial(self._positions, model)
            heard = self._heard(request, query, model)
            timed = aim.minutes is not None
            eligible, verified = eligible_tracks(request, query, model, permitted, known, timed=timed, heard=heard)
            shunned = self._crediting(model, request.exclude_artists)
            eligible, verified = eligible.without(shunned), verified.without(shunned)
        with step("listener"):
            examples = usable(known(request.seed_tracks + request.liked_tracks), permitted)
            told = self._not_understood(request, query, model, context, policy, permitted, examples)
            listener = self._listener(request, query, model, permitted, examples)
        with step("encode"):
            named = usable(example_tracks(model, query), permitted).used
            vector = query_vector(model, query, [*named, *examples.used])
        return _Asked(query, aim, permitted, eligible, verified, listener, vector, told)

    def _not_understood(
        self,
        request: PlaylistRequest,
        query: PromptQuery,
        model: Model,
        context: ConsentContext,
        policy: Policy,
        permitted: Permitted,
        examples: Examples,
    ) -> tuple[NotUnderstood, ...]:
        """Say what of a request did not count; nothing where the catalog cannot be read, which is told by the shortfall."""
        try:
            told = unknown_references(request, self.catalog)
            withheld = dict.fromkeys(examples.unused, "") | withheld_titles(model, query, permitted)
            if withheld:
                _, facts = self.catalog.facts(list(withheld))
                decided = [(text, decide(facts[position], context, policy)) for position, text in withheld.items()]
                told += map(unused_example, *zip(*decided, strict=True))
        except StoreError:
            return ()
        return tuple(told)

    def _crediting(self, model: Model, artists: Sequence[str]) -> list[int]:
        """Return the positions of the tracks that credit artists, by names as people type them."""
        if not artists:
            return []
        found = self.catalog.crediting(map(search_form, artists)).values()
        return [position for positions in found for position in positions if position < len(model)]

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
        unwanted = [np.array(self._crediting(model, sorted(preferences.blocked_artists)), np.int64)]
        unwanted += [np.array(found, np.int64) for found in self.catalog.labelled(preferences.blocked_labels).values()]
        found = np.concatenate(unwanted)
        hidden[found[found < len(hidden)]] = True
        return permitted.without(hidden)

    def _positions(self, model: Model, track_ids: Iterable[TrackId]) -> list[int]:
        """Return the positions of the tracks that the model knows."""
        ids = list(track_ids)
        found = self.catalog.positions_of(ids) if ids else {}
        return sorted(position for position in found.values() if position < len(model))

    def _heard(self, request: PlaylistRequest, query: PromptQuery, model: Model) -> Heard:
        """Return what the listener knows, where the prompt asks for what they do not."""
        if not asks_for_new(query):
            return NOTHING_HEARD
        played: Mapping[int, float] = {}
        artists: Mapping[str, float] = {}
        if request.user_id is not None:
            played, artists = self.catalog.listener_plays(request.user_id)
        named = self._positions(model, request.seed_tracks + request.liked_tracks)
        return Heard(
            tuple(position for position in (*played, *named) if position < len(model)), tuple(map(search_form, artists))
        )

    def _listener(
        self, request: PlaylistRequest, query: PromptQuery, model: Model, permitted: Permitted, examples: Examples
    ) -> Listener:
        """Collect what is known of the listener: what they name, now and in earlier turns, or else what they played."""
        by_track, by_artist, known = self._named(query, model, permitted, examples)
        personal = not by_track and not by_artist and request.user_id is not None
        if personal and request.user_id is not None:
            by_track, by_artist = self._played(request.user_id, model)
        for position in permitted.not_learned.tolist():
            by_track.pop(position, None)
        share = ARTIST_SHARE if by_track and not query.topic else 1.0
        return Listener.of(model, by_track, by_artist, share=share, personal=personal, known=known)

    def _named(
        self, query: PromptQuery, model: Model, permitted: Permitted, examples: Examples
    ) -> tuple[dict[int, float], dict[int, float], frozenset[int]]:
        """Return what a request names as liked: tracks and codes of artists with weights, and tracks not to return again."""
        known = [*examples.used, *examples.unused]
        by_track = dict.fromkeys(examples.used, PLAYLIST_PLAYS)
        by_artist: dict[int, float] = {}
        for wishes, weight in decayed_turns(query):
            for wish in wishes:
                positions = model.names.tracks(wish)
                if wish.kind in (WishKind.LIKE_TITLE, WishKind.LIKE_ALBUM):
                    liked = usable(positions[:MOST_NAMED].tolist(), permitted).used
                    by_track.update(dict.fromkeys(liked, weight * PLAYLIST_PLAYS))
                    known += positions.tolist()
                elif wish.kind in (WishKind.ARTIST, WishKind.LIKE_ARTIST) and len(positions):
                    by_artist.update({int(model.features.artist[positions[0]]): weight})
        return by_track, by_artist, frozenset(known)

    def _played(self, user_id: str, model: Model) -> tuple[dict[int, float], dict[int, float]]:
        """Return what a listener played: tracks and codes of artists."""
        by_track, by_artist = self.catalog.listener_plays(user_id)
        first = self.catalog.first_positions(by_artist) if by_artist else {}
        codes = {
            int(model.features.artist[position]): by_artist[name]
            for name, position in first.items()
            if position < len(model)
        }
        return {position: plays for position, plays in by_track.items() if position < len(model)}, codes

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


def _query_class(query: PromptQuery, listener: Listener) -> QueryClass:
    if listener.personal and listener.held:
        return QueryClass.HISTORY
    if any(query.mentioned) or query.named:
        return QueryClass.NAMES
    return QueryClass.WORDS if query.topic or not listener.held else QueryClass.EXAMPLES


def _blend(
    channels: Mapping[str, Channel], query: PromptQuery, model: Model, listener: Listener, settings: RankerSettings
) -> Blend:
    blend = blended(channels, model.ranker.weights[_query_class(query, listener)], settings)
    if all(wish.hard for wish in query.wishes):
        return blend
    factors = np.ones(len(blend), dtype=np.float32)
    for met in wishes_met(query, model.features.take(blend.positions.tolist()), hard=False).values():
        factors[met == 0] *= SOFT_PENALTY
    return scaled(blend, factors)


def _candidates(blend: Blend, model: Model, verified: Eligible, listener: Listener) -> list[int]:
    """Order candidates: those known to meet every hard wish first; near-duplicates and what is known already left out."""
    unverified = ~verified.mask[blend.positions]
    order = np.argsort(unverified, kind="stable")
    known_songs = frozenset(int(model.features.song[position]) for position in listener.known)
    return distinct_songs(blend.positions[order], model.features.song, known_songs)


def _scores_of(candidates: Sequence[int], blend: Blend) -> Scores:
    order = np.argsort(blend.positions)
    return blend.scores[order[np.searchsorted(blend.positions, candidates, sorter=order)]]


def _named_artists(query: PromptQuery, model: Model) -> frozenset[int]:
    """Return the codes of the artists that a conversation asks for by name: their tracks may follow each other."""
    wishes = [wish for turn, _ in decayed_turns(query) for wish in turn if wish.kind is WishKind.ARTIST]
    named = [model.names.artists.positions(wish.value) for wish in wishes]
    return frozenset(int(model.features.artist[positions[0]]) for positions in named if len(positions))
