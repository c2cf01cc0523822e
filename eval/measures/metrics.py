"""Ranking metrics, for many lists at once; ties count by expectation.

A track is relevant where its gain is above 0. Tracks of equal score stand in no order, so what counts is the mean over
all the orders that they could have, exactly: McSherry and Najork, "Computing information retrieval performance measures
efficiently in the presence of tied scores", 2008. `Judged.from_gains` works out what is expected at each place; every metric adds
that up over the first `k` places, where `k` is at most the depth that was judged.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from catalog.arrays import Counts, Numbers, Positions

PAGE = 10
"""Tracks that a listener sees at once in the 2018 challenge; a click shows as many more."""

BLOCK = 256
"""Lists that are judged together: what is worked out on the way stays in the processor's cache."""

_NAME = re.compile(r"(macro/)?(?:(songs|artists)/)?([a-z]+)@([1-9][0-9]{0,5})")


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """Expected gains of n lists, place by place to the depth `k`, over all orders of tied tracks.

    `gain` (n, k) is the gain at each place. `precision` (n, k) is the precision at each place where its track is relevant,
    else 0. After 0 to k places, `found` (n, k + 1) counts the relevant tracks so far, and `missed` (n, k + 1) is the
    chance that there was none. `ideal` (n, k) has the wanted gains, largest first, and `wanted` (n,) counts those above 0.
    Nothing is relevant at the places that a short list leaves empty.
    """

    gain: Numbers
    precision: Numbers
    found: Numbers
    missed: Numbers
    ideal: Numbers
    wanted: Counts

    @property
    def k(self) -> int:
        """Return the depth to which the lists were read."""
        return int(self.gain.shape[1])

    @classmethod
    def from_gains(
        cls, gains: Iterable[Numbers], scores: Iterable[Numbers], wanted: Sequence[Numbers], k: int
    ) -> "Judged":
        """Judge each list by the gains (m,) along it, best first, and the gains (w,) of all that was wanted of it.

        `scores` (m,) fall along the list. Where place `k` ties with later ones, the list
        must hold all of these; anything after them is not read. Gains are 0 or more, `k` is 1 or more. Gains and scores
        are read once, a list at a time, so that they can be made as they are needed.

        Raises ValueError for scores that rise, and where the sizes differ.
        """
        tables = _read(gains, scores, len(wanted), k)
        blocks = [
            _expected(*(table[start : start + BLOCK] for table in tables))
            for start in range(0, len(wanted) or 1, BLOCK)
        ]
        gain, precision, found, missed = map(np.concatenate, zip(*blocks, strict=True))
        return cls(
            gain,
            precision,
            found,
            missed,
            _ideal(wanted, k),
            np.array([np.count_nonzero(values > 0) for values in wanted], dtype=np.int64),
        )


def ndcg(judged: Judged, k: int) -> Numbers:
    """Return the normalised discounted cumulative gain: DCG@k of the list over DCG@k of the best list there could be.

    DCG@k is the sum over places i = 1..k of gain_i / log2(i + 1). 0 to 1; an empty list gives 0.
    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002.
    """
    discount = np.log2(np.arange(2, k + 2))
    best = _total(judged.ideal[:, :k] / discount)
    share = np.zeros_like(best)
    np.divide(_total(judged.gain[:, :k] / discount), best, out=share, where=best > 0)
    # The mean of equal gains can be rounded to a little above them.
    return share.clip(max=1)


def hit(judged: Judged, k: int) -> Numbers:
    """Return whether a relevant track is among the first k (success@k): 1 - P(none). 0 to 1; an empty list gives 0.

    Of n tied tracks with r relevant, m are read: P(none) = C(n - r, m) / C(n, m).
    """
    return 1 - judged.missed[:, k]


def recall(judged: Judged, k: int) -> Numbers:
    """Return the share of the relevant tracks that are among the first k: |relevant in k| / |relevant|.

    0 to 1; an empty list gives 0. Cleverdon and Keen, "Factors determining the performance of indexing systems", 1966.
    """
    return judged.found[:, k] / np.maximum(judged.wanted, 1)


def precision(judged: Judged, k: int) -> Numbers:
    """Return the share of the first k places that hold a relevant track: |relevant in k| / k.

    0 to 1; an empty list gives 0, and places that a short list leaves empty count as not relevant.
    Cleverdon and Keen, "Factors determining the performance of indexing systems", 1966.
    """
    return judged.found[:, k] / k


def average_precision(judged: Judged, k: int) -> Numbers:
    """Return the mean over all relevant tracks of the precision at their place, 0 for those beyond k ("map").

    AP@k is the sum over places i = 1..k of rel_i * precision@i, over |relevant|: 0 to min(k, |relevant|) / |relevant|; an
    empty list gives 0. Buckley and Voorhees, "Evaluating evaluation measure stability", 2000; trec_eval's `map_cut`.
    """
    return _total(judged.precision[:, :k]) / np.maximum(judged.wanted, 1)


def reciprocal_rank(judged: Judged, k: int) -> Numbers:
    """Return 1 / the place of the first relevant track, 0 if there is none among the first k ("mrr").

    0 to 1; an empty list gives 0. Voorhees, "The TREC-8 question answering track report", 1999.
    """
    return _total(_first_relevant(judged, k) / np.arange(1, k + 1))


def r_precision(judged: Judged, k: int) -> Numbers:
    """Return the precision at place R, where R is the number of relevant tracks: |relevant in min(R, k)| / R.

    0 to 1; an empty list gives 0. Where k >= R it is trec_eval's `Rprec`, which reads R places however many they are.
    Buckley and Voorhees, "Retrieval system evaluation", in "TREC: experiment and evaluation in information retrieval", 2005.
    """
    places = np.minimum(judged.wanted, k)
    return judged.found[np.arange(len(places)), places] / np.maximum(judged.wanted, 1)


def clicks(judged: Judged, k: int) -> Numbers:
    """Return the number of clicks for ten more tracks before the first relevant one; lower is better.

    floor((place of the first relevant track - 1) / 10), or k / 10 + 1 if there is none among the first k: 51 at the
    challenge's k = 500. 0 to k / 10 + 1; an empty list gives k / 10 + 1.
    Chen, Lamere, Schedl and Zamani, "RecSys Challenge 2018: automatic music playlist continuation", 2018.
    """
    return _total(_first_relevant(judged, k) * (np.arange(k) // PAGE)) + judged.missed[:, k] * (k / PAGE + 1)


METRICS: Mapping[str, Callable[[Judged, int], Numbers]] = {
    "ndcg": ndcg,
    "hit": hit,
    "recall": recall,
    "precision": precision,
    "map": average_precision,
    "mrr": reciprocal_rank,
    "rprecision": r_precision,
    "clicks": clicks,
}

LOWER_IS_BETTER = frozenset({"clicks"})


class Unit(StrEnum):
    """The unit that lists are judged in: tracks, or the songs or artists they belong to, each counted once."""

    TRACK = "tracks"
    SONG = "songs"
    ARTIST = "artists"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric at a depth `k`, in `unit`s; the `macro` form averages the queries of a cluster first, then the clusters."""

    name: str
    k: int
    macro: bool = False
    unit: Unit = Unit.TRACK

    def __str__(self) -> str:
        unit = "" if self.unit is Unit.TRACK else f"{self.unit}/"
        return f"{'macro/' if self.macro else ''}{unit}{self.name}@{self.k}"


def parse_metric(text: str) -> Metric:
    """Read a metric's name and depth, such as "ndcg@10", "songs/recall@100" or "macro/hit@10".

    Raises ValueError naming what there is.
    """
    match = _NAME.fullmatch(text)
    if match is None or match[3] not in METRICS:
        raise ValueError(
            f"{text!r} is not a metric: write one of {', '.join(METRICS)} with a depth, "
            "as in ndcg@10, songs/recall@100, artists/hit@10 or macro/songs/hit@10"
        )
    return Metric(match[3], int(match[4]), match[1] is not None, Unit(match[2]) if match[2] else Unit.TRACK)


def scores_of(judged: Judged, metrics: Sequence[Metric]) -> Numbers:
    """Return each metric of each list, of shape (lists, metrics). The lists were judged in the metrics' unit.

    Raises ValueError for a metric that reads deeper than the lists were judged.
    """
    for metric in metrics:
        if metric.k > judged.k:
            raise ValueError(
                f"{metric} reads deeper than the {judged.k:,} places that were judged; judge to {metric.k:,}"
            )
    return np.column_stack([METRICS[metric.name](judged, metric.k) for metric in metrics])


def collapsed(
    codes: Positions, scores: Numbers, wanted_codes: Positions, wanted_gains: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Read a list of tracks, best first, as the songs or artists that they belong to, each once.

    Returns what `Judged.from_gains` takes: the gains and scores along the list, and all gains that were wanted.
    `codes` and `scores` (m,) are those along the list, `wanted_codes` and `wanted_gains` (w,) those of the wanted tracks. A
    song stands where its best track stands, and is worth its best wanted track, whichever of its tracks was returned.
    Where songs tie, each counts as one, however many tracks it has. A depth of `k` songs needs a list with `k` of them.
    """
    distinct, first = np.unique(codes, return_index=True)
    wanted, index = np.unique(wanted_codes, return_inverse=True)
    best = np.zeros(len(wanted))
    np.maximum.at(best, index, wanted_gains)
    gains = np.zeros(len(distinct))
    _, listed, among = np.intersect1d(distinct, wanted, assume_unique=True, return_indices=True)
    gains[listed] = best[among]
    order = first.argsort()
    return gains[order], scores[first[order]], best


def _expected(gains: Numbers, scores: Numbers, beyond: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return the gain, precision, found and missed of `Judged` for lists (n, k), read as `_read` reads them."""
    n, k = gains.shape
    # Where there is no score, there is NaN, which equals nothing: a group of its own.
    starts = np.ones((n, k), dtype=bool)
    starts[:, 1:] = scores[:, 1:] != scores[:, :-1]
    first = np.flatnonzero(starts)
    length = np.diff(first, append=gains.size)
    is_relevant = gains > 0
    # Of each group of equal scores: its tracks, the relevant ones, their gains, the relevant before it, where it starts.
    groups = np.stack(
        [
            length.astype(np.float64),
            np.add.reduceat(is_relevant.ravel(), first, dtype=np.float64),
            np.add.reduceat(gains.ravel(), first),
            (is_relevant.cumsum(axis=1) - is_relevant).ravel()[first],
            first,
        ]
    )
    groups[:3, starts.sum(axis=1).cumsum() - 1] += beyond.T
    size, relevant, gain, before, start = np.repeat(groups, length, axis=1).reshape(len(groups), n, k)
    offset = np.arange(gains.size).reshape(n, k) - start
    found, missed = np.zeros((n, k + 1)), np.ones((n, k + 1))
    found[:, 1:] = before + relevant * (offset + 1) / size
    # As long as none was relevant, a group's relevant tracks are spread over what is left of it. Where they must fill
    # the rest, the chance of none falls to 0, and stays there.
    missed[:, 1:] = np.cumprod(1 - relevant / (size - offset), axis=1)
    # Where a track of a group is relevant, the others that are relevant are spread over the rest of the group.
    up_to = before + 1 + offset * (relevant - 1) / np.maximum(size - 1, 1)
    return gain / size, relevant / size * up_to / np.arange(1, k + 1), found, missed


def _read(gains: Iterable[Numbers], scores: Iterable[Numbers], n: int, k: int) -> tuple[Numbers, Numbers, Numbers]:
    """Return the first `k` gains and scores of each list (n, k), 0 and NaN where there is none, and what lies beyond.

    Of the places beyond `k` that tie with it, (n, 3): how many they are, how many are relevant, and their gains in total.
    """
    listed, scored, beyond = np.zeros((n, k)), np.full((n, k), np.nan), np.zeros((n, 3))
    for row, along, falling in zip(range(n), gains, scores, strict=True):
        listed[row, : len(along)] = along[:k]
        if len(falling) != len(along):
            raise ValueError(
                f"list {row} has {len(along):,} places and {len(falling):,} scores; give one for each place"
            )
        scored[row, : len(along)] = falling[:k]
        if len(along) > k:
            tied = along[k:][falling[k:] == falling[k - 1]]
            beyond[row] = len(tied), np.count_nonzero(tied > 0), tied.sum()
    rising = np.argwhere(scored[:, 1:] > scored[:, :-1])
    if len(rising):
        row, place = rising[0]
        raise ValueError(
            f"list {row} rises from {scored[row, place]} to {scored[row, place + 1]}; give the highest score first"
        )
    return listed, scored, beyond


def _ideal(wanted: Sequence[Numbers], k: int) -> Numbers:
    """Return the wanted gains of each list (n, k), the largest first, 0 where there are no more."""
    ideal = np.zeros((len(wanted), k))
    for row, gains in enumerate(wanted):
        ideal[row, : len(gains)] = np.sort(gains)[::-1][:k]
    return ideal


def _first_relevant(judged: Judged, k: int) -> Numbers:
    """Return the chance that the first relevant track stands at each of the first `k` places (n, k)."""
    return judged.missed[:, :k] - judged.missed[:, 1 : k + 1]


def _total(table: Numbers) -> Numbers:
    return np.asarray(table.sum(axis=1))
