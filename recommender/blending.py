"""How channels become one score: reciprocal rank fusion with named weights."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recommender.playlists import Positions, ScoredTracks


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """What a variant of the ranker may change; the defaults are the product's.

    Weights (0 to 10) say how much each channel's rank counts, 0 switches it off. `rank_constant` (1 to 1,000) is the k of
    reciprocal rank fusion: the larger, the less the first places stand out. `artist_gap` (0 to 20) is how many tracks lie
    between two by one artist where the list allows it.
    """

    dense: float = 1.0
    lexical: float = 1.0
    names: float = 2.0
    collaborative: float = 1.0
    popularity: float = 0.5
    rank_constant: int = 60
    artist_gap: int = 3

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Self:
        """Read settings by name; those left out keep their defaults.

        Raises ValueError naming an unknown setting or a value out of range, and what is allowed.
        """
        limits = {"rank_constant": (1, 1000), "artist_gap": (0, 20)}
        known = [field.name for field in fields(cls)]
        for name, value in settings.items():
            if name not in known:
                raise ValueError(f"{name!r} is not a ranker setting; there are {', '.join(known)}")
            low, high = limits.get(name, (0, 10))
            whole = name in limits
            if (
                isinstance(value, bool)
                or not isinstance(value, int if whole else int | float)
                or not low <= value <= high
            ):
                raise ValueError(
                    f"{name} = {value!r} is not {'an integer' if whole else 'a number'} from {low} to {high}"
                )
        return cls(**settings)

    def weight(self, channel: str) -> float:
        """Return how much a channel counts."""
        return float(getattr(self, channel))


@dataclass(frozen=True, slots=True)
class Blend:
    """Candidates of all channels, best first. `parts` float32 (channels, candidates) sum up to `scores`.

    `ranks` int32 (channels, candidates) are the places, from 1, that the channels gave; 0 where one did not find a track.
    """

    positions: Positions
    scores: npt.NDArray[np.float32]
    channels: tuple[str, ...]
    parts: npt.NDArray[np.float32]
    ranks: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.positions)


def rank_fusion(channels: Mapping[str, ScoredTracks], settings: RankerSettings) -> Blend:
    """Blend channels by reciprocal rank: a track's score is the sum of weight / (k + rank) over the channels that found it.

    Cormack, Clarke and Buettcher, 2009. Equal scores are ordered by position.
    """
    positions = np.unique(np.concatenate([found.positions for found in channels.values()] or [np.zeros(0, np.int64)]))
    ranks = np.zeros((len(channels), len(positions)), dtype=np.int32)
    for row, found in enumerate(channels.values()):
        ranks[row, np.searchsorted(positions, found.positions)] = np.arange(1, len(found) + 1)
    weights = np.array([[settings.weight(name)] for name in channels], dtype=np.float32).reshape(-1, 1)
    parts = np.where(ranks > 0, weights / (settings.rank_constant + ranks), 0).astype(np.float32)
    return ordered(Blend(positions, parts.sum(axis=0), tuple(channels), parts, ranks))


def scaled(blend: Blend, factors: npt.NDArray[np.float32]) -> Blend:
    """Multiply each candidate's score, and its parts, by a factor (float32 of shape (candidates,)), and order again."""
    return ordered(Blend(blend.positions, blend.scores * factors, blend.channels, blend.parts * factors, blend.ranks))


def ordered(blend: Blend) -> Blend:
    """Order candidates by score, the best first; equal scores by position."""
    order = np.lexsort((blend.positions, -blend.scores))
    return Blend(
        blend.positions[order], blend.scores[order], blend.channels, blend.parts[:, order], blend.ranks[:, order]
    )
