"""Tracks with scores: the one type that passes between channels, indexes and evaluated systems."""

from dataclasses import dataclass

import numpy as np

from catalog.arrays import Mask, Positions, Scores

_GROUP = 64


@dataclass(frozen=True, slots=True)
class ScoredTracks:
    """Tracks with scores, best first. `positions` int64 of shape (n,), `scores` float32 of shape (n,)."""

    positions: Positions
    scores: Scores

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, rows: slice | Mask | Positions) -> "ScoredTracks":
        return ScoredTracks(self.positions[rows], self.scores[rows])


NO_TRACKS = ScoredTracks(np.zeros(0, np.int64), np.zeros(0, np.float32))


def top_k(scores: Scores, k: int, tie_break: Scores) -> ScoredTracks:
    """Return the `k` highest positive scores, equal ones by `tie_break` and then by position; `k` is 1 or more."""
    positions = np.flatnonzero(scores >= _reached(scores, k))
    if len(positions) > k:
        threshold = np.partition(scores[positions], len(positions) - k)[len(positions) - k]
        positions = positions[scores[positions] >= threshold]
    order = np.lexsort((positions, -tie_break[positions], -scores[positions]))[:k]
    return ScoredTracks(positions[order], scores[positions[order]])


def _reached(scores: Scores, k: int) -> np.float32:
    """Return a positive score that `k` tracks reach, or the least there is: what is below need not be sorted.

    The tracks are dealt into groups; the `k`-th highest of the groups' peaks is reached in `k` groups at least.
    """
    least = np.finfo(np.float32).smallest_subnormal
    groups = len(scores) // _GROUP
    if groups <= k:
        return least
    peaks = scores[: groups * _GROUP].reshape(_GROUP, groups).max(axis=0)
    return max(np.partition(peaks, groups - k)[groups - k], least)
