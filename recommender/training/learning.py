"""What is learned from listening: factors and neighbours of tracks, and the channels' weights."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from typing import TYPE_CHECKING

import numpy as np

from catalog.arrays import Codes, Mask, Numbers, Positions, Ranks, Scores
from catalog.consent import Permitted, Standing
from catalog.names import identity
from catalog.stores import CatalogStore
from catalog.tracks import Position, Track
from recommender.blending import (
    RANK_CONSTANT,
    SHIPPED,
    Channel,
    QueryClass,
    Ranker,
    RankerSettings,
    Weights,
    candidates,
)
from recommender.bundles import Bundle
from recommender.channels import query_vectors, search_channels, unfiltered_neighbours
from recommender.indexes.collaborative import (
    ARTIST_SHARE,
    ITERATIONS,
    PLAYLIST_PLAYS,
    CollaborativeModel,
    ListeningRows,
    NeighbourModel,
)
from recommender.model import Model
from recommender.prompts.reading import PromptQuery
from recommender.references import Listener, References
from recommender.tracks.features import TrackFeatures
from recommender.training.parts import Parts, Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

RIDGE = 1e-2
"""The penalty on squared distances from the weights that learning starts from: cases that tell little move them little."""

SAMPLED, LEAST = 200, 40
"""Listeners, and playlists, that are asked how they go on: at most, and fewer than these teach nothing."""

SHARE = 0.1
"""The most of a catalog's listening that is set aside to learn weights from."""

DEPTH, DRAWN = 300, 1_000
"""Candidates of each channel, and tracks drawn alike, from which what was wanted has to stand out too."""

_JUDGED = 20

# Climbing: rounds at most, what a weight is multiplied with, and the NDCG that a step has to gain.
_ROUNDS = 5
_STEPS = (0.0, 0.5, 2.0)
_LEAST_GAIN = 1e-3

_Halves = tuple[dict[Position, float], dict[int, float], Positions]
"""What somebody holds, by position and by code of artist, and the positions of what they hold besides."""


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """A training case: the channels' scores of candidates, and which of them were wanted.

    `scores` float32 (channels, candidates), 0 to 1, in the order of `channels`; `ranks` int32 alike, the place of a candidate
    in each channel, 0 where it was not found; `wanted` float32 (candidates,), gains; `missing` how many more were wanted.
    """

    channels: tuple[str, ...]
    scores: Scores
    ranks: Ranks
    wanted: Scores
    missing: int = 0


def fit_weights(cases: Sequence[Case], start: Mapping[str, float], counting: Sequence[float] | None = None) -> Weights:
    """Fit the weight of each channel of `start`, in log-odds, never below 0.

    Conditional logit: the weighted sum is the logarithm of a track's odds to be wanted among the candidates of its case
    (McFadden, "Conditional logit analysis of qualitative choice behavior", 1974; ListNet's top-one loss, Cao et al., 2007),
    with a ridge penalty that pulls to `start`. A channel that no case hears keeps its weight of `start`; cases count alike
    unless `counting` says otherwise (one number a case, above 0).
    """
    # scipy's optimiser costs a third of a second: only those who learn pay for it.
    from scipy.optimize import minimize

    names = [name for name in start if any(name in case.channels for case in cases)]
    prepared = [
        (_rows(case, names), case.wanted / case.wanted.sum(), count)
        for case, count in zip(cases, counting or [1.0] * len(cases), strict=True)
        if case.wanted.any()
    ]
    whole = sum(count for _, _, count in prepared)
    if not prepared:
        return Weights(dict(start))
    first = np.array([start[name] for name in names])

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        total, slope = 0.0, np.zeros(len(names))
        for scores, wanted, count in prepared:
            logits = weights @ scores
            odds = np.exp(logits - logits.max())
            share = odds / odds.sum()
            total -= count * float(wanted @ np.log(share + 1e-30))
            slope += count * (scores @ (share - wanted))
        away = weights - first
        return total / whole + RIDGE * float(away @ away), slope / whole + 2 * RIDGE * away

    found = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(names)).x
    return Weights({**start, **{name: round(float(weight), 3) for name, weight in zip(names, found, strict=True)}})


def order(case: Case, weights: Weights) -> Scores:
    """Return the gains of the candidates, float32, ranked by the weighted sum of the channels' scores."""
    worth = np.array([weights.of.get(name, 0.0) for name in case.channels])
    scores = np.where(case.ranks > 0, 1 / (RANK_CONSTANT + case.ranks), 0) if weights.by_rank else case.scores
    found = case.ranks.any(axis=0)
    return case.wanted[found][np.argsort(-(worth @ scores[:, found]), kind="stable")]


def ndcg(case: Case, weights: Weights, depth: int = _JUDGED) -> float:
    """Return the NDCG at a depth, 0 to 1, of what channels found in the order of `order` (Jarvelin and Kekalainen, 2002)."""
    gains = order(case, weights)[:depth]
    discount = 1 / np.log2(2 + np.arange(depth))
    ideal = np.sort(np.concatenate([case.wanted, np.ones(case.missing, np.float32)]))[::-1][:depth]
    return float(gains @ discount[: len(gains)] / max(float(ideal @ discount[: len(ideal)]), 1e-9))


def _rows(case: Case, names: Sequence[str]) -> Numbers:
    absent = np.zeros(len(case.wanted))
    rows = [case.scores[case.channels.index(name)] if name in case.channels else absent for name in names]
    return np.array(rows, np.float64).reshape(len(names), len(case.wanted))


def learn_items(
    rows: ListeningRows, progress: Callable[[int], None] | None = None
) -> tuple[CollaborativeModel, NeighbourModel] | None:
    """Learn factors and neighbours of items from listening; None without plays. `progress` is told of each iteration."""
    factors = rows.fit(progress)
    if factors is None:
        return None
    artist = rows.artist_of_track
    return CollaborativeModel(factors, artist, rows.learnable), NeighbourModel.fit(rows.matrix(), artist)


def learn_ranker(model: Model, rows: ListeningRows, advance: Callable[[int], None], *, counted: bool) -> Ranker:
    """Learn the channel weights for examples and for histories from how a catalog's own listeners go on.

    Of a tenth of the listeners and playlists, at most 200 of each, half of what they hold is set aside; what is left learns
    factors and neighbours, which are asked for it, given the rest. A listener's rest is learned from too, as it will be when
    they ask; who asks with a playlist's tracks is nobody that was learned from. What is learned from these cases is kept
    where it orders those that it was not learned from better than the shipped weights do, and than rank fusion; else the
    better of those two stays. `counted`: popularity was counted from this very listening, and has to be counted again
    without what is set aside. `advance` is told of every case.
    """
    weights = dict(SHIPPED)
    rng = np.random.default_rng(0)
    kinds = np.array([kind for kind, _ in rows.names])
    aside = {
        situation: _sample(rows, np.flatnonzero(kinds == kind), rng)
        for situation, kind in ((QueryClass.EXAMPLES, "playlist"), (QueryClass.HISTORY, "listener"))
    }
    held_out = np.concatenate(list(aside.values()))
    if max(map(len, aside.values())) < LEAST:
        return Ranker(weights)
    plays = rows.matrix()
    halves = {
        situation: [_halved(plays[row], rows.artist_of_track, rng) for row in chosen.tolist()]
        for situation, chosen in aside.items()
    }
    taught = rows.without(held_out)
    for row, (by_track, by_artist, _) in zip(aside[QueryClass.HISTORY], halves[QueryClass.HISTORY], strict=True):
        kind, name = rows.names[row]
        taught.add(kind, name, by_track, by_artist)
    learned = learn_items(taught)
    if learned is None:
        return Ranker(weights)
    collaborative, neighbours = learned
    blind = replace(
        model,
        features=model.features.counting(taught.holders()) if counted else model.features,
        collaborative=collaborative,
        neighbours=neighbours,
    )
    for situation, asked in halves.items():
        if len(asked) >= LEAST:
            cases = [case for case in _cases(blind, asked, situation, rng, advance) if case.wanted.any()]
            weights[situation] = _better(cases, SHIPPED[situation])
    return Ranker(weights)


def climbed(cases: Sequence[Case], weights: Weights) -> Weights:
    """Return weights that order cases better: one after the other is left out, halved or doubled where that helps.

    Coordinate ascent on the NDCG itself (Metzler and Croft, "Linear feature-based models for information retrieval", 2007):
    what makes the wanted tracks likely among all does not always put them first.
    """
    best, reached = weights, _mean_ndcg(cases, weights)
    heard = [name for name in weights.of if any(name in case.channels for case in cases)]
    for _ in range(_ROUNDS):
        before = reached
        for name, factor in product(heard, _STEPS):
            tried = Weights({**best.of, name: round(best.of[name] * factor, 3)})
            if (found := _mean_ndcg(cases, tried)) > reached + _LEAST_GAIN:
                best, reached = tried, found
        if reached == before:
            break
    return best


def _better(cases: Sequence[Case], shipped: Weights) -> Weights:
    """Return what orders cases best: the shipped weights, ranks, or what a way to learn makes of all of them.

    Each way is judged on each half of the cases by what it makes of the other.
    """
    ways: Sequence[Callable[[Sequence[Case]], Weights]] = (
        lambda _: shipped,
        lambda some: fit_weights(some, shipped.of),
        lambda some: climbed(some, fit_weights(some, shipped.of)),
        lambda _: Weights(dict.fromkeys(shipped.of, 1.0), by_rank=True),
    )
    halves = (cases[::2], cases[1::2])
    judged = [sum(_mean_ndcg(others, way(some)) for some, others in (halves, halves[::-1])) for way in ways]
    return ways[int(np.argmax(judged))](cases)


def _mean_ndcg(cases: Sequence[Case], weights: Weights) -> float:
    return float(np.mean([ndcg(case, weights) for case in cases] or [0.0]))


def _sample(rows: ListeningRows, among: Positions, rng: np.random.Generator) -> Positions:
    """Sample rows that hold four tracks, or artists, at least."""
    able = among[np.diff(rows.matrix().indptr)[among] >= 4]
    return np.sort(rng.permutation(able)[: min(SAMPLED, int(SHARE * len(among)))])


def _halved(row: "csr_matrix", artist_of_track: Codes, rng: np.random.Generator) -> _Halves:
    """Return half of what a row of plays holds, by track and by artist, and the tracks of the other half.

    Whoever played tracks goes on with tracks; of whom only artists are known goes on with theirs.
    """
    plays, size = dict(zip(row.indices.tolist(), row.data.tolist(), strict=True)), len(artist_of_track)
    tracks = [column for column in plays if column < size]
    units = rng.permutation(tracks if len(tracks) >= 4 else [column for column in plays if column >= size])
    given, rest = np.split(units, [len(units) // 2])
    held = {column: plays[column] for column in given.tolist()}
    if len(tracks) >= 4:
        return held, {}, rest
    by_artist = {column - size: weight for column, weight in held.items()}
    return {}, by_artist, np.flatnonzero(np.isin(artist_of_track, rest - size))


def _cases(
    model: Model,
    asked: Iterable[_Halves],
    situation: QueryClass,
    rng: np.random.Generator,
    advance: Callable[[int], None],
) -> Iterator[Case]:
    """Yield a training case for each halved row: its channels are searched with one half for the other."""
    references = References.of_prompt(PromptQuery(""), model)
    for by_track, by_artist, wanted in asked:
        known = np.fromiter(by_track, np.int64, len(by_track))
        mask = ~np.isin(model.features.artist, list(by_artist))
        mask[known] = False
        eligible = Permitted(np.uint8(Standing.PERMITTED) * mask, -1)
        vector = query_vectors(model, [references.query], [known.tolist() if situation is QueryClass.EXAMPLES else ()])[
            0
        ]
        channels = search_channels(
            model,
            references,
            vector,
            unfiltered_neighbours(model, vector, 0, DEPTH, eligible),
            Listener.of(model, by_track, by_artist, share=ARTIST_SHARE if by_track else 1.0),
            eligible,
            DEPTH,
            np.zeros(0, np.int64),
            np.zeros(0, np.int64),
            RankerSettings(),
        )
        yield case_of(channels, wanted, eligible, rng)
        advance(1)


def case_of(channels: Mapping[str, Channel], wanted: Positions, eligible: Permitted, rng: np.random.Generator) -> Case:
    """Collect the channels' scores of what they found, of what was wanted, and of 1,000 eligible tracks drawn alike.

    What the channels found is what weights have to order. Alone it would be no fair sample: among the most popular of what
    has little to do with a prompt, to be popular speaks against a track.
    """
    among = wanted[eligible.mask[wanted]]
    others = np.flatnonzero(eligible.mask)
    drawn = rng.choice(others, min(DRAWN, len(others)), replace=False)
    positions, ranks = candidates(channels, among, drawn)
    scores = np.array([channel.score(positions) for channel in channels.values()], np.float32).reshape(ranks.shape)
    return Case(tuple(channels), scores, ranks, np.isin(positions, among).astype(np.float32), len(wanted) - len(among))


def listeners_of(store: CatalogStore, allowed: Mask) -> Numbers:
    """Count the listeners and playlists of each track, float64 of shape (tracks,); plays are not counted: one listener can play a track all day.

    Tracks that are not `allowed` (bool of shape (tracks,)) to be learned from count for nothing.
    """
    played = (position for _, position, _, _ in store.track_plays())
    collected = (position for _, _, positions in store.playlists() for position in set(positions))
    held = np.fromiter(chain(played, collected), dtype=np.int64)
    return np.asarray(np.bincount(held[held < len(allowed)], minlength=len(allowed)) * allowed, dtype=np.float64)


def listening_rows(
    store: CatalogStore, tracks: Sequence[Track], features: TrackFeatures, allowed: Mask
) -> ListeningRows:
    """Collect the interaction matrix of a catalog; tracks that are not `allowed` (bool of shape (tracks,)) are left out of it."""
    codes = {identity(track.artist): int(code) for track, code in zip(tracks, features.artist, strict=True)}
    rows = ListeningRows(features.artist, allowed)
    for user_id, position, plays, _ in store.track_plays():
        if position < len(tracks):
            rows.add("listener", user_id, {position: plays}, {})
    for user_id, key, plays, _ in store.artist_plays():
        if key in codes:
            rows.add("listener", user_id, {}, {codes[key]: plays})
    for playlist_id, _, positions in store.playlists():
        held = {position: PLAYLIST_PLAYS for position in positions if position < len(tracks)}
        rows.add("playlist", playlist_id, held, {})
    return rows


def learn(
    rows: ListeningRows, features: TrackFeatures, bundle: Bundle, parts: Parts, progress: Progress, *, counted: bool
) -> None:
    """Make the parts of a bundle that are learned from listening: factors and neighbours, and channel weights (see `learn_ranker`).

    What channels are worth is learned with the descriptions of that day, and not again where only these change: that would
    take longer than all the rest of a build, and move the weights by chance.
    """
    is_playlist = np.array([kind == "playlist" for kind, _ in rows.names], dtype=bool)
    heard = (*rows.held, is_playlist, rows.artist_of_track, rows.learnable)

    def items() -> None:
        with progress("Learning from listening", ITERATIONS) as advance:
            for learned in learn_items(rows, advance) or ():
                learned.save(bundle.folder)

    def ranker() -> None:
        Ranker(SHIPPED).save(bundle.folder)
        if rows.names:
            with progress("Learning what channels are worth", 2 * SAMPLED) as advance:
                learn_ranker(Model.of(bundle), rows, advance, counted=counted).save(bundle.folder)

    parts.make("what listening teaches", heard, ("factors.npy", "learnable.npy", "neighbours_*.npy"), items)
    popularity = (np.array(counted), features.popularity, features.log_popularity)
    parts.make("what channels are worth", (*heard, *popularity), ("ranker.json",), ranker)
