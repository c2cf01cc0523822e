"""Systems and scorers: what each is set to and does. Equal scores stay equal: no order among ties is an accident.

Whoever brings one of their own writes one of these two; `eval.running.run` takes it beside ours (`extra`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from catalog.arrays import Mask, Numbers, Positions, Scores
from catalog.tracks import Position, TrackId
from eval.queries import Asked
from recommender.scored_tracks import ScoredTracks


@dataclass(frozen=True, eq=False)
class Pool:
    """The tracks that every system ranks among.

    `track_ids` names the track at each position, `positions` is the reverse, `mask` (bool of shape (tracks,)) says which
    may be returned. `candidates` are the tracks that the run was restricted to; None if it was not. Nobody can write into
    the mask: what is checked afterwards is what was permitted.
    """

    track_ids: Sequence[TrackId]
    positions: Mapping[TrackId, Position]
    mask: Mask
    candidates: tuple[TrackId, ...] | None = None

    def __post_init__(self) -> None:
        self.mask.flags.writeable = False

    def __contains__(self, track_id: TrackId) -> bool:
        position = self.positions.get(track_id)
        return position is not None and bool(self.mask[position])

    def known(self, track_ids: Sequence[TrackId]) -> Positions:
        """Return the positions of the tracks that the catalog has, int64, in their order."""
        return np.array([self.positions[one] for one in track_ids if one in self.positions], dtype=np.int64)

    def without(self, track_ids: Sequence[TrackId]) -> "Pool":
        """Return the pool without some tracks; those that it does not know are passed over."""
        mask = self.mask.copy()
        mask[self.known(track_ids)] = False
        return replace(self, mask=mask)


@dataclass(frozen=True, eq=False)
class System:
    """A ranking function with a description of its settings.

    `rank(asked, k, pool)` returns the `k` best tracks of the pool, each once, best first, and all that tie with the last. A
    track outside the pool, or one twice, stops the run. RequestError of the field `prompt` refuses a prompt, and is counted.
    `settings` is shown in the tables of a run.
    """

    settings: str
    rank: Callable[[Asked, int, Pool], ScoredTracks]


@dataclass(frozen=True, eq=False)
class Scorer:
    """A scoring function over the whole catalog, float32 of shape (tracks,), -inf for tracks that are not returned.

    `settings` is shown in the tables of a run.
    """

    settings: str
    score: Callable[[Asked], Scores]


def remembering(scorer: Scorer) -> Scorer:
    """Return a scorer that caches its last answer: blends ask what their parts were asked just before."""
    return replace(scorer, score=lru_cache(maxsize=1)(scorer.score))


def ranked(scorer: Scorer) -> System:
    """Return the system of a scorer: the tracks of the pool with the highest scores."""
    return System(scorer.settings, lambda asked, k, pool: best_with_ties(scorer.score(asked), k, pool.mask))


def in_order(values: Numbers) -> Scores:
    """Map real numbers of any dtype to float32 scores with the same order and ties; -inf and NaN are kept."""
    return np.where(np.isnan(values) | np.isneginf(values), values, np.unique(values, return_inverse=True)[1]).astype(
        np.float32
    )


def best_with_ties(scores: Scores, k: int, mask: Mask) -> ScoredTracks:
    """Return the `k` tracks of `mask` with the highest finite scores and all that tie with the last, equal ones by position."""
    positions = np.flatnonzero(mask & np.isfinite(scores))
    if len(positions) > k:
        threshold = np.partition(scores[positions], len(positions) - k)[len(positions) - k]
        positions = positions[scores[positions] >= threshold]
    order = np.argsort(-scores[positions], kind="stable")
    return ScoredTracks(positions[order], scores[positions[order]])
