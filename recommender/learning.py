"""What each channel is worth, learned: from tracks that were wanted, and from how a catalog's own listeners go on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recommender.blending import RANK_CONSTANT, SHIPPED, Channel, Ranker, RankerSettings, Situation, Weights
from recommender.collaborative import ARTIST_SHARE, CollaborativeModel, ListeningRows
from recommender.eligibility import Eligible
from recommender.model import Model
from recommender.neighbours import NeighbourModel
from recommender.playlists import Positions
from recommender.prompts import PromptQuery
from recommender.retrieval import Listener, query_vector, search_channels, surroundings

RIDGE = 1e-2
"""The penalty on squared distances from the weights that learning starts from: cases that tell little move them little."""

SAMPLED, LEAST = 200, 40
"""Listeners, and playlists, that are asked how they go on: at most, and fewer than these teach nothing."""

SHARE = 0.1
"""The most of a catalog's listening that is set aside to learn weights from."""

DEPTH = 300
"""Candidates of each channel."""

DRAWN = 1_000
"""Tracks drawn alike, from which what was wanted has to stand out too."""

_JUDGED = 20

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """What channels said of candidates, and which of them were wanted.

    `said` float32 (channels, candidates), 0 to 1, in the order of `channels`; `ranks` int32 alike, the place of a candidate
    in each channel, 0 where it was not found; `wanted` float32 (candidates,), gains; `missing` how many more were wanted.
    """

    channels: tuple[str, ...]
    said: Numbers
    ranks: npt.NDArray[np.int32]
    wanted: Numbers
    missing: int = 0


def fit_weights(cases: Sequence[Case], start: Mapping[str, float], counting: Sequence[float] | None = None) -> Weights:
    """Learn what each channel of `start` is worth, in log-odds, never below 0.

    Conditional logit: the weighted sum is the logarithm of a track's odds to be wanted among the candidates of its case
    (McFadden, "Conditional logit analysis of qualitative choice behavior", 1974; ListNet's top-one loss, Cao et al., 2007),
    with a ridge penalty that pulls to `start`. A channel that no case hears keeps its weight of `start`; cases count alike unless `counting`
    says otherwise (one number a case, above 0).
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

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        total, slope = 0.0, np.zeros(len(names))
        for said, wanted, count in prepared:
            scores = weights @ said
            odds = np.exp(scores - scores.max())
            share = odds / odds.sum()
            total -= count * float(wanted @ np.log(share + 1e-30))
            slope += count * (said @ (share - wanted))
        away = weights - first
        return total / whole + RIDGE * float(away @ away), slope / whole + 2 * RIDGE * away

    found = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(names)).x
    return Weights({**start, **{name: round(float(weight), 3) for name, weight in zip(names, found, strict=True)}})


def order(case: Case, weights: Weights) -> Numbers:
    """Return the gains of what channels found, float32, in the order of the weighted sums, the best first."""
    worth = np.array([weights.of.get(name, 0.0) for name in case.channels])
    said = np.where(case.ranks > 0, 1 / (RANK_CONSTANT + case.ranks), 0) if weights.by_rank else case.said
    found = case.ranks.any(axis=0)
    return case.wanted[found][np.argsort(-(worth @ said[:, found]), kind="stable")]


def ndcg(case: Case, weights: Weights, depth: int = _JUDGED) -> float:
    """Return the NDCG at a depth, 0 to 1, of what channels found in the order of `order` (Jarvelin and Kekalainen, 2002)."""
    gains = order(case, weights)[:depth]
    discount = 1 / np.log2(2 + np.arange(depth))
    ideal = np.sort(np.concatenate([case.wanted, np.ones(case.missing, np.float32)]))[::-1][:depth]
    return float(gains @ discount[: len(gains)] / max(float(ideal @ discount[: len(ideal)]), 1e-9))


def _rows(case: Case, names: Sequence[str]) -> npt.NDArray[np.float64]:
    said = np.zeros((len(names), len(case.wanted)))
    for row, name in enumerate(names):
        if name in case.channels:
            said[row] = case.said[case.channels.index(name)]
    return said


def learn_ranker(model: Model, rows: ListeningRows, advance: Callable[[int], None], *, counted: bool) -> Ranker:
    """Learn what the channels are worth for examples and for histories from how a catalog's own listeners go on.

    A tenth of the listeners and playlists, at most 200 of each, is set aside; what is left learns factors and neighbours,
    which are asked for the second half of what each of those set aside holds, given the first. Half of these cases learn
    weights, which are kept, learned again of all cases, where they judge the other half better than the shipped ones and
    than rank fusion; else the better of those two stays. `counted`: popularity was counted from this very listening, and
    has to be counted again without those set aside. `advance` is told of every case.
    """
    weights = dict(SHIPPED)
    rng = np.random.default_rng(0)
    kinds = np.array([kind for kind, _ in rows.names])
    aside = {
        situation: _sample(rows, np.flatnonzero(kinds == kind), rng)
        for situation, kind in ((Situation.EXAMPLES, "playlist"), (Situation.HISTORY, "listener"))
    }
    held_out = np.concatenate(list(aside.values()))
    if max(map(len, aside.values())) < LEAST:
        return Ranker(weights)
    taught = rows.without(held_out)
    factors = taught.fit()
    if factors is None:
        return Ranker(weights)
    blind = replace(
        model,
        features=model.features.counting(taught.holders()) if counted else model.features,
        collaborative=CollaborativeModel(factors, rows.artist_of_track, rows.learnable),
        neighbours=NeighbourModel.fit(taught.matrix(), rows.artist_of_track),
    )
    for situation, chosen in aside.items():
        if len(chosen) >= LEAST:
            cases = [case for case in _cases(blind, rows, chosen, situation, rng, advance) if case.wanted.any()]
            weights[situation] = _better(cases, SHIPPED[situation])
    return Ranker(weights)


def _better(cases: Sequence[Case], shipped: Weights) -> Weights:
    """Return what does best on the second half of cases: weights learned from the first, the shipped ones, or ranks."""
    half = len(cases) // 2
    learned = fit_weights(cases[:half], shipped.of)
    fused = Weights(dict.fromkeys(shipped.of, 1.0), by_rank=True)
    judged = {
        name: np.mean([ndcg(case, one) for case in cases[half:]] or [0.0])
        for name, one in (("shipped", shipped), ("learned", learned), ("fused", fused))
    }
    best = max(judged, key=lambda name: judged[name])
    return {"shipped": shipped, "learned": fit_weights(cases, shipped.of), "fused": fused}[best]


def _sample(rows: ListeningRows, among: Positions, rng: np.random.Generator) -> Positions:
    """Choose whom to ask: those who hold four tracks, or artists, at least."""
    sizes = np.diff(rows.matrix().indptr)[among] if len(among) else np.zeros(0)
    able = among[sizes >= 4]
    return np.sort(rng.permutation(able)[: min(SAMPLED, int(SHARE * len(among)))])


def _cases(
    model: Model,
    rows: ListeningRows,
    chosen: Positions,
    situation: Situation,
    rng: np.random.Generator,
    advance: Callable[[int], None],
) -> Iterator[Case]:
    matrix, size = rows.matrix(), len(model)
    for row in chosen.tolist():
        inside = slice(matrix.indptr[row], matrix.indptr[row + 1])
        columns, plays = matrix.indices[inside], dict(zip(matrix.indices[inside], matrix.data[inside], strict=True))
        tracks, artists = columns[columns < size], columns[columns >= size] - size
        # Whoever played tracks goes on with tracks; of whom only artists are known goes on with theirs.
        units = rng.permutation(tracks if len(tracks) >= 4 else artists)
        first, rest = units[: len(units) // 2], units[len(units) // 2 :]
        if len(tracks) >= 4:
            by_track, by_artist, wanted = {track: plays[track] for track in first.tolist()}, dict[int, float](), rest
        else:
            by_track, by_artist = dict[int, float](), {code: plays[size + code] for code in first.tolist()}
            wanted = np.flatnonzero(np.isin(rows.artist_of_track, rest))
        yield _case(model, by_track, by_artist, wanted, situation, rng)
        advance(1)


def _case(
    model: Model,
    by_track: Mapping[int, float],
    by_artist: Mapping[int, float],
    wanted: Positions,
    situation: Situation,
    rng: np.random.Generator,
) -> Case:
    known = np.fromiter(by_track, np.int64, len(by_track))
    mask = ~np.isin(model.features.artist, list(by_artist))
    mask[known] = False
    eligible, query = Eligible(mask), PromptQuery("", "")
    vector = query_vector(model, query, known.tolist() if situation is Situation.EXAMPLES else ())
    channels = search_channels(
        model,
        query,
        vector,
        surroundings(model, vector, 0, DEPTH, eligible),
        Listener.of(model, by_track, by_artist, share=ARTIST_SHARE if by_track else 1.0),
        eligible,
        DEPTH,
        np.zeros(0, np.int64),
        RankerSettings(),
    )
    return case_of(channels, wanted, eligible, rng)


def case_of(channels: Mapping[str, Channel], wanted: Positions, eligible: Eligible, rng: np.random.Generator) -> Case:
    """Return what channels say of what they found, of what was wanted, and of 1,000 eligible tracks drawn alike.

    What the channels found is what weights have to order. Alone it would be no fair sample: among the most popular of what
    has little to do with a prompt, to be popular speaks against a track.
    """
    among = wanted[eligible.mask[wanted]]
    others = np.flatnonzero(eligible.mask)
    drawn = rng.choice(others, min(DRAWN, len(others)), replace=False)
    positions = np.unique(np.concatenate([among, drawn, *(one.found.positions for one in channels.values())]))
    ranks = np.zeros((len(channels), len(positions)), np.int32)
    for row, channel in enumerate(channels.values()):
        _, here, there = np.intersect1d(positions, channel.found.positions, return_indices=True)
        ranks[row, here] = there + 1
    said = np.zeros(ranks.shape, np.float32)
    for row, channel in enumerate(channels.values()):
        said[row] = channel.score(positions)
    return Case(tuple(channels), said, ranks, np.isin(positions, among).astype(np.float32), len(wanted) - len(among))
