"""The whole way of a request, on one page: read the prompt, search inside what is permitted, blend, sequence, decide again."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Self

import numpy as np
import numpy.typing as npt

from catalog.permits import Permits, Permitted
from catalog.policy import ConsentContext, Decision, Policy, ReasonCode, decide, policy_named
from catalog.rights import CommercialModel
from catalog.store import CatalogStore, StoreError
from catalog.tracks import Territory, Track, TrackId, artist_key, parse_territory
from recommender.blending import Blend, RankerSettings, rank_fusion, scaled
from recommender.bundles import BundleError, current_version
from recommender.explanations import Evidence, reasons, title_of
from recommender.model import Model
from recommender.playlists import (
    DEFAULT_LENGTH,
    MAX_LENGTH,
    MAX_MINUTES,
    MAX_PROMPT_CHARACTERS,
    MAX_SEED,
    Interpretation,
    Playlist,
    PlaylistRequest,
    PlaylistTrack,
    RequestError,
    ScoredTracks,
    Shortfall,
    Versions,
)
from recommender.prompts import PromptQuery, Wish, WishKind, parse
from recommender.retrieval import (
    Eligible,
    Listener,
    example_tracks,
    named_tracks,
    query_vector,
    search_channels,
)
from recommender.sequencing import TAIL_CANDIDATES, TOLERANCE_S, apart, distinct_songs, of_duration
from recommender.track_features import Column

CANDIDATES = 300
"""Candidates asked of each channel at least; three times the list where that is more."""

SHORTEST_TRACK_S = 60.0
SOFT_PENALTY = 0.6
"""What a track keeps of its score for each soft wish that it is known not to meet."""

JITTER = 0.1
"""How far a seed other than 0 may move a score, up or down: another list, about as good."""


@dataclass(frozen=True, slots=True)
class _Aim:
    """How much is wanted: a number of tracks, or minutes."""

    length: int
    minutes: float | None

    @property
    def most_tracks(self) -> int:
        """How many tracks the list can hold at most."""
        return self.length if self.minutes is None else max(1, int(self.minutes * 60 / SHORTEST_TRACK_S))


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

    def __init__(self, home: Path, catalog: CatalogStore, model: Model) -> None:
        self.catalog = catalog
        self._home = home
        self.model = model
        self._permits = Permits(catalog)
        self._reloading = Lock()

    @classmethod
    def open(cls, home: Path) -> Self:
        """Open the catalog and the bundle in use. Raises BundleError or StoreError, each with its remedy."""
        model = Model.load(home)
        return cls(home, CatalogStore.open(home / "catalog.sqlite"), model)

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
        request, context, policy = _checked(request)
        model = self._current_model()
        with step("parse"):
            query = parse(request.prompt, model.names)
            aim = _aim(request, query)
        with step("consent"):
            permitted = self._permitted(context, policy)
            eligible, verified = self._eligible(request, query, aim, model, permitted)
        with step("listener"):
            examples = [*example_tracks(model, query), *self._known(request.seed_tracks + request.liked_tracks, model)]
            listener = self._listener(request, model, examples)
        with step("encode"):
            vector = query_vector(model, query, examples)
        with step("withheld"):
            missed = _missed(model, query, vector, aim.most_tracks, permitted) if request.withheld else []
        decisions: dict[int, Decision] = {}
        for allowed, k in _searches(verified, eligible, max(CANDIDATES, 3 * aim.most_tracks)):
            with step("search"):
                channels = search_channels(model, query, request.history, vector, listener, allowed, k)
            with step("blend"):
                blend = _blend(channels, query, model, request.seed, settings)
            with step("sequence"):
                candidates = _candidates(blend, model, verified, listener)
            sequence = partial(_sequenced, aim=aim, query=query, model=model, settings=settings)
            chosen, epoch = self._admitted(candidates, missed, sequence, (context, policy), decisions, step)
            if _is_full(chosen, aim, model):
                break
        with step("explain"):
            tracks = self._explained(chosen, decisions, blend, channels, query, model, listener)
        refused = Counter(decision.primary.value for decision in decisions.values() if not decision.allowed)
        return Playlist(
            title=title_of(query.prompt),
            request=request,
            at=context.at,
            interpretation=_interpretation(query, chosen, model),
            tracks=tracks,
            withheld=dict(sorted(refused.items())) if request.withheld else None,
            shortfall=_shortfall(chosen, aim, query, model, permitted, eligible, decisions),
            versions=Versions(
                str(model.bundle.about["catalog_version"]),
                model.bundle.version,
                f"{policy.name}-{policy.version}",
                epoch,
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
        at: datetime | None = None,
    ) -> list[Decision]:
        """Decide on tracks from the records committed now; an unknown or unreadable one is withheld.

        Raises ValueError for an unknown policy.
        """
        context = ConsentContext(territory, at or datetime.now(UTC), commercial_model)
        chosen = policy_named(policy)
        try:
            positions = self.catalog.positions_of(track_ids)
            _, facts = self.catalog.facts(list(positions.values()))
        except StoreError:
            positions, facts = {}, {}
        return [decide(facts.get(positions.get(track_id, -1)), context, chosen, track_id) for track_id in track_ids]

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
        try:
            return self._permits.permitted(context, policy)
        except StoreError:
            return Permitted(np.zeros(0, dtype=bool), -1)

    def _eligible(
        self, request: PlaylistRequest, query: PromptQuery, aim: _Aim, model: Model, permitted: Permitted
    ) -> tuple[Eligible, Eligible]:
        """Return what no hard wish forbids, and of that what is known to meet every one of them.

        Only what has a known duration can fill minutes.
        """
        mask = np.zeros(len(model), dtype=bool)
        size = min(len(model), len(permitted.mask))
        mask[:size] = permitted.mask[:size]
        named = request.exclude_tracks + request.disliked_tracks + request.liked_tracks + request.seed_tracks
        mask[self._known(named, model)] = False
        if request.candidates is not None:
            among = np.zeros(len(model), dtype=bool)
            among[self._known(request.candidates, model)] = True
            mask &= among
        if aim.minutes is not None:
            mask &= model.features.duration_s > 0
        shunned = [wish.value for wish in query.wishes if wish.kind is WishKind.NOT_ARTIST]
        for artist in (*shunned, *map(artist_key, request.exclude_artists)):
            mask[model.names.artists.positions(artist)] = False
        for phrase in query.excluded_words:
            mask[model.lexical.positions(phrase)] = False
        verified = mask.copy()
        for met in _met(query, model, hard=True):
            mask &= met != 0
            verified &= met == 1
        return Eligible(mask), Eligible(verified)

    def _known(self, track_ids: Iterable[TrackId], model: Model) -> list[int]:
        ids = list(track_ids)
        found = self.catalog.positions_of(ids) if ids else {}
        return sorted(position for position in found.values() if position < len(model))

    def _listener(self, request: PlaylistRequest, model: Model, examples: Sequence[int]) -> Listener:
        known = frozenset(examples)
        if model.collaborative is None:
            return Listener(None, False, known)
        if examples:
            return Listener(model.collaborative.taste(dict.fromkeys(examples, 1.0), {}), False, known)
        if request.user_id is None:
            return Listener(None, False, known)
        by_track, by_artist = self.catalog.listener_plays(request.user_id)
        heard = {position: plays for position, plays in by_track.items() if position < len(model)}
        codes = {
            int(model.features.artist[positions[0]]): plays
            for key, plays in by_artist.items()
            if len(positions := model.names.artists.positions(key))
        }
        return Listener(model.collaborative.taste(heard, codes), True, known)

    def _admitted(
        self,
        candidates: Sequence[int],
        missed: Sequence[int],
        sequence: Callable[[Sequence[int]], list[int]],
        gate: tuple[ConsentContext, Policy],
        decisions: dict[int, Decision],
        step: _Steps,
    ) -> tuple[list[int], int]:
        """Sequence candidates and let the last gate decide; while it withholds any, the next ones take their places.

        All of a list is decided on from one snapshot, whose epoch is returned; what was `missed` is decided on with it, so
        that its reasons can be told. Decisions are added to `decisions`.
        """
        while True:
            with step("sequence"):
                open_to = [
                    position for position in candidates if position not in decisions or decisions[position].allowed
                ]
                chosen = sequence(open_to)
            with step("gate"):
                epoch, decided = self._gate([*chosen, *missed], *gate)
                decisions.update(decided)
            if all(decisions[position].allowed for position in chosen):
                return chosen, epoch
            if any(decided[position].primary is ReasonCode.CONSENT_UNAVAILABLE for position in decided):
                return [], epoch

    def _gate(
        self, positions: Sequence[int], context: ConsentContext, policy: Policy
    ) -> tuple[int, dict[int, Decision]]:
        try:
            epoch, facts = self.catalog.facts(positions)
        except StoreError:
            return -1, {position: decide(None, context, policy, str(position)) for position in positions}
        return epoch, {position: decide(facts.get(position), context, policy) for position in positions}

    def _explained(
        self,
        chosen: Sequence[int],
        decisions: Mapping[int, Decision],
        blend: Blend,
        channels: Mapping[str, ScoredTracks],
        query: PromptQuery,
        model: Model,
        listener: Listener,
    ) -> tuple[PlaylistTrack, ...]:
        if not chosen:
            return ()
        ranks = {name: dict(zip(found.positions.tolist(), count(1))) for name, found in channels.items()}
        rows = {int(position): row for row, position in enumerate(blend.positions)}
        features = model.features.take(chosen)
        explained = []
        for place, (position, track) in enumerate(zip(chosen, self.catalog.tracks(chosen), strict=True)):
            row = rows[position]
            found_at = {channel: places[position] for channel, places in ranks.items() if position in places}
            parts = zip(blend.channels, blend.parts[:, row].tolist(), strict=True)
            explained.append(
                PlaylistTrack(
                    track,
                    float(blend.scores[row]),
                    {channel: part for channel, part in parts if part},
                    reasons(track, place, query, features, Evidence(found_at, listener.personal)),
                    decisions[position],
                )
            )
        return tuple(explained)


def _checked(request: PlaylistRequest) -> tuple[PlaylistRequest, ConsentContext, Policy]:
    """Return the request with its prompt normalised (NFKC), and what it asks of consent."""
    try:
        request.prompt.encode()
    except UnicodeEncodeError as error:
        raise RequestError("prompt", "it holds a lone surrogate, which is no character") from error
    prompt = unicodedata.normalize("NFKC", request.prompt)
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise RequestError("prompt", f"it has {len(prompt):,} characters; at most {MAX_PROMPT_CHARACTERS:,} are read")
    if not any(char.isalnum() or unicodedata.category(char) == "So" for char in prompt):
        raise RequestError("prompt", "it says nothing; describe what you want to hear")
    if request.length is not None and not 1 <= request.length <= MAX_LENGTH:
        raise RequestError("length", f"{request.length} is not from 1 to {MAX_LENGTH:,}")
    if request.minutes is not None and not 1 <= request.minutes <= MAX_MINUTES:
        raise RequestError("minutes", f"{request.minutes} is not from 1 to {MAX_MINUTES:,}")
    if not 0 <= request.seed <= MAX_SEED:
        raise RequestError("seed", f"{request.seed} is not from 0 to {MAX_SEED}")
    try:
        territory = parse_territory(request.territory)
    except ValueError as error:
        raise RequestError("territory", str(error)) from error
    try:
        policy = policy_named(request.policy)
    except ValueError as error:
        raise RequestError("policy", str(error)) from error
    at = (request.at or datetime.now(UTC)).astimezone(UTC)
    return (
        replace(request, prompt=prompt, territory=territory),
        ConsentContext(territory, at, request.commercial_model),
        policy,
    )


def _missed(
    model: Model, query: PromptQuery, vector: npt.NDArray[np.float32] | None, k: int, permitted: Permitted
) -> list[int]:
    """Return what consent keeps from this listener: of the `k` nearest tracks and those named, the ones not permitted.

    This scan goes past consent, only to count: what it finds is decided on and told as withheld, never returned.
    """
    near = named_tracks(model, query)
    if vector is not None:
        everything = np.full((len(model) + 7) // 8, 255, dtype=np.uint8)
        near = np.union1d(near, model.vectors.search(vector, k, everything).positions)
    size = len(permitted.mask)
    return [int(position) for position in near if position >= size or not permitted.mask[position]]


def _aim(request: PlaylistRequest, query: PromptQuery) -> _Aim:
    """Minutes decide, in the request before in words; then a length, likewise; then 20 tracks."""
    said = {wish.kind: wish.value for wish in query.wishes}
    minutes = request.minutes if request.minutes is not None else said.get(WishKind.MINUTES)
    length = request.length or said.get(WishKind.LENGTH) or DEFAULT_LENGTH
    return _Aim(length, minutes)


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


def _met(query: PromptQuery, model: Model, *, hard: bool) -> list[Column]:
    """Return for each kind of hard, or soft, wish whether tracks meet it: wishes of one kind are alternatives."""
    by_kind: dict[WishKind, Column] = {}
    for wish in query.wishes:
        met = model.features.meets(wish) if wish.hard is hard else None
        if met is not None:
            by_kind[wish.kind] = np.maximum(by_kind.get(wish.kind, met), met)
    return list(by_kind.values())


def _blend(
    channels: Mapping[str, ScoredTracks], query: PromptQuery, model: Model, seed: int, settings: RankerSettings
) -> Blend:
    blend = rank_fusion(channels, settings)
    factors = np.ones(len(blend), dtype=np.float32)
    for met in _met(query, model, hard=False):
        factors[met[blend.positions] == 0] *= SOFT_PENALTY
    if seed:
        factors *= np.random.default_rng(seed).uniform(1 - JITTER, 1 + JITTER, len(blend)).astype(np.float32)
    return scaled(blend, factors)


def _candidates(blend: Blend, model: Model, verified: Eligible, listener: Listener) -> list[int]:
    """Order candidates: those known to meet every hard wish first; near-duplicates and what is known already left out."""
    unverified = ~verified.mask[blend.positions]
    order = np.argsort(unverified, kind="stable")
    known_songs = frozenset(int(model.features.song[position]) for position in listener.known)
    return distinct_songs(blend.positions[order].tolist(), model.features.song, known_songs)


def _sequenced(
    candidates: Sequence[int], aim: _Aim, query: PromptQuery, model: Model, settings: RankerSettings
) -> list[int]:
    features = model.features
    named = frozenset(
        int(features.artist[positions[0]])
        for wish in query.wishes
        if wish.kind is WishKind.ARTIST and len(positions := model.names.artists.positions(wish.value))
    )
    if aim.minutes is None:
        return apart(candidates, features.artist, settings.artist_gap, aim.length, named)
    spaced = apart(candidates, features.artist, settings.artist_gap, aim.most_tracks + TAIL_CANDIDATES, named)
    chosen = of_duration(spaced, features.duration_s, aim.minutes * 60)
    return apart(chosen, features.artist, settings.artist_gap, len(chosen), named)


def _lasting_s(chosen: Sequence[int], model: Model) -> float:
    return float(model.features.duration_s[list(chosen)].sum())


def _is_full(chosen: Sequence[int], aim: _Aim, model: Model) -> bool:
    if aim.minutes is None:
        return len(chosen) >= aim.length
    return _lasting_s(chosen, model) >= aim.minutes * 60 - TOLERANCE_S


def _interpretation(query: PromptQuery, chosen: Sequence[int], model: Model) -> tuple[Interpretation, ...]:
    positions = list(chosen)
    found = []
    for wish in query.wishes:
        met = model.features.meets(wish)
        unverified = int(np.isnan(met[positions]).sum()) if met is not None and positions else 0
        found.append(Interpretation(wish.kind.value, wish.value, wish.text, wish.hard, unverified))
    found += [Interpretation("without", phrase, phrase, True) for phrase in query.excluded_words]
    if query.topic:
        found.append(Interpretation("topic", query.topic, query.topic, False))
    return tuple(found)


def _shortfall(
    chosen: Sequence[int],
    aim: _Aim,
    query: PromptQuery,
    model: Model,
    permitted: Permitted,
    eligible: Eligible,
    decisions: Mapping[int, Decision],
) -> Shortfall | None:
    if _is_full(chosen, aim, model):
        return None
    missing: float = aim.length - len(chosen)
    unit = "tracks"
    if aim.minutes is not None:
        missing = round(aim.minutes - _lasting_s(chosen, model) / 60, 1)
        unit = "minutes"
    unavailable = any(decision.primary is ReasonCode.CONSENT_UNAVAILABLE for decision in decisions.values())
    if unavailable or permitted.epoch < 0:
        return Shortfall(missing, "consent could not be read, so nothing is recommended", ("try again later",))
    hard = [wish.text for wish in query.wishes if wish.hard and _restricts(wish)] + list(query.excluded_words)
    relax = [*hard]
    if permitted.count < len(model):
        relax += ["policy", "territory", "commercial_model"]
    because = f"{eligible.count:,} tracks are permitted here and now"
    if hard:
        because += f" and in keeping with {', '.join(repr(text) for text in hard)}"
    if aim.minutes is not None and np.isnan(model.features.duration_s[: len(permitted.mask)][permitted.mask]).any():
        because += "; others of unknown duration cannot fill minutes"
        relax.append("minutes")
    return Shortfall(
        missing, f"only {because}, near-duplicates counted once; {missing:g} {unit} are missing", tuple(relax)
    )


def _restricts(wish: Wish) -> bool:
    return wish.kind not in (WishKind.LENGTH, WishKind.MINUTES)
