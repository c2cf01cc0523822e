"""Metrics of a ranked list against the tracks that were wanted; each reads the first `k` places.

A track is relevant where its gain is above 0. Every metric is 0 for an empty list, and where nothing is relevant.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from catalog.tracks import TrackId

Gains = Mapping[TrackId, float]
"""What each wanted track is worth, 0 or more; a track that is not named is worth 0."""

_NAME = re.compile(r"(macro/)?([a-z]+)@([1-9][0-9]{0,5})")


def ndcg(ranked: Sequence[TrackId], relevant: Gains, k: int) -> float:
    """Return the normalised discounted cumulative gain: DCG@k of the list over DCG@k of the best list there could be.

    DCG@k is the sum over places i = 1..k of gain_i / log2(i + 1). 0 to 1.
    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002.
    """
    best = np.sort(np.fromiter(relevant.values(), np.float64, len(relevant)))[::-1][:k]
    ideal = _discounted(best)
    return _discounted(_gains(ranked, relevant, k)) / ideal if ideal else 0.0


def hit(ranked: Sequence[TrackId], relevant: Gains, k: int) -> float:
    """Return 1 if a relevant track is among the first k, else 0 (success@k)."""
    return float(_found(ranked, relevant, k).any())


def recall(ranked: Sequence[TrackId], relevant: Gains, k: int) -> float:
    """Return the share of the relevant tracks that are among the first k: |relevant in k| / |relevant|. 0 to 1."""
    return float(_found(ranked, relevant, k).sum()) / max(1, _count(relevant))


def precision(ranked: Sequence[TrackId], relevant: Gains, k: int) -> float:
    """Return the share of the first k places that hold a relevant track: |relevant in k| / k. 0 to 1.

    Places that a short list leaves empty count as not relevant.
    """
    return float(_found(ranked, relevant, k).sum()) / k


def average_precision(ranked: Sequence[TrackId], relevant: Gains, k: int) -> float:
    """Return the mean over all relevant tracks of the precision at their place, 0 for those beyond k ("map").

    AP@k is the sum over places i = 1..k of rel_i * precision@i, over |relevant|: 0 to min(k, |relevant|) / |relevant|.
    Buckley and Voorhees, "Evaluating evaluation measure stability", 2000; trec_eval's `map_cut`.
    """
    found = _found(ranked, relevant, k)
    places = np.arange(1, len(found) + 1)
    return float((found * found.cumsum() / places).sum()) / max(1, _count(relevant))


def reciprocal_rank(ranked: Sequence[TrackId], relevant: Gains, k: int) -> float:
    """Return 1 / the place of the first relevant track, 0 if there is none among the first k ("mrr"). 0 to 1.

    Voorhees, "The TREC-8 question answering track report", 1999.
    """
    places = np.flatnonzero(_found(ranked, relevant, k))
    return 1.0 / (float(places[0]) + 1.0) if len(places) else 0.0


METRICS: Mapping[str, Callable[[Sequence[TrackId], Gains, int], float]] = {
    "ndcg": ndcg,
    "hit": hit,
    "recall": recall,
    "precision": precision,
    "map": average_precision,
    "mrr": reciprocal_rank,
}
"""The metrics by the names that they have in files and on the command line."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric at a depth `k`; the `macro` form averages the queries of a cluster first, then the clusters."""

    name: str
    k: int
    macro: bool = False

    def __str__(self) -> str:
        return f"{'macro/' if self.macro else ''}{self.name}@{self.k}"

    def score(self, ranked: Sequence[TrackId], relevant: Gains) -> float:
        """Return the metric of one list."""
        return METRICS[self.name](ranked, relevant, self.k)


def parse_metric(text: str) -> Metric:
    """Read a metric's name and depth, such as "ndcg@10" or "macro/hit@10".

    Raises ValueError naming what there is.
    """
    match = _NAME.fullmatch(text)
    if match is None or match[2] not in METRICS:
        raise ValueError(
            f"{text!r} is not a metric: write one of {', '.join(METRICS)} with a depth, as in ndcg@10 or macro/hit@10"
        )
    return Metric(match[2], int(match[3]), match[1] is not None)


def _gains(ranked: Sequence[TrackId], relevant: Gains, k: int) -> npt.NDArray[np.float64]:
    return np.array([relevant.get(track_id, 0.0) for track_id in ranked[:k]], dtype=np.float64)


def _found(ranked: Sequence[TrackId], relevant: Gains, k: int) -> npt.NDArray[np.bool_]:
    return _gains(ranked, relevant, k) > 0


def _count(relevant: Gains) -> int:
    return sum(gain > 0 for gain in relevant.values())


def _discounted(gains: npt.NDArray[np.float64]) -> float:
    return float((gains / np.log2(np.arange(2, len(gains) + 2))).sum())
