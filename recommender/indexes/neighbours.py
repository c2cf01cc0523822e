"""Which tracks and artists are held together: each one's nearest neighbours over listeners and playlists.

Where factors generalise, neighbours remember: two tracks that three playlists share are near, whatever else is played.
Tracks and artists are columns alike, so an artist named in a prompt has neighbours too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from catalog.arrays import Codes, Counts, Items, Scores
from recommender.array_files import ArrayFiles

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

NEAREST = 200
"""Neighbours that are kept of each track or artist."""

SHRINKAGE = 5.0
"""Keeps two columns that one listener shares from being near for that alone."""

_BLOCK = 1024


@dataclass(frozen=True, eq=False)
class NeighbourModel(ArrayFiles):
    """Scores tracks by the neighbours of what somebody holds.

    Columns are tracks and, behind them, artists. The neighbours of column `c` are `columns[starts[c]:starts[c + 1]]`, int32,
    with `similarity` float32 alike; `artist_of_track` int32 of shape (tracks,).
    """

    prefix: ClassVar[str] = "neighbours"
    mapped: ClassVar[bool] = True

    _starts: Counts
    _columns: Items
    _similarity: Scores = field(metadata={"file": "nearness"})
    artist_of_track: Codes = field(metadata={"file": None})

    @classmethod
    def fit(cls, plays: "csr_matrix", artist_of_track: Codes) -> Self:
        """Learn from plays, float32 of shape (listeners and playlists, tracks + artists).

        near(i, j) = w_ij / (sqrt(n_i n_j) + 5): w_ij adds up 1 / log2(1 + size) of the rows that hold both, because who holds
        everything says little, and n counts the rows that hold one (Deshpande and Karypis, "Item-based top-N
        recommendation algorithms", 2004; shrinkage: Bell and Koren, 2007). Each column keeps its nearest 200.
        """
        counts = np.diff(plays.tocsc().indptr)
        held = (plays > 0).astype(np.float32).tocsr()
        sizes = np.diff(held.indptr)
        weighed = held.copy()
        weighed.data = np.repeat(1 / np.log2(1 + np.maximum(sizes, 1)), sizes).astype(np.float32)
        of_columns = held.T.tocsr()
        known = np.flatnonzero(counts)
        starts = np.zeros(plays.shape[1] + 1, dtype=np.int64)
        columns, similarity = [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
        for first in range(0, len(known), _BLOCK):
            block = known[first : first + _BLOCK]
            together = (of_columns[block] @ weighed).tocsr()
            for row, column in enumerate(block.tolist()):
                inside = slice(together.indptr[row], together.indptr[row + 1])
                others, shared = together.indices[inside], together.data[inside]
                near = shared / (np.sqrt(counts[column] * counts[others]) + SHRINKAGE)
                near[others == column] = 0
                order = np.lexsort((others, -near))[: min(NEAREST, np.count_nonzero(near))]
                starts[column + 1] = len(order)
                columns.append(others[order].astype(np.int32))
                similarity.append(near[order].astype(np.float32))
        return cls(np.cumsum(starts), np.concatenate(columns), np.concatenate(similarity), artist_of_track)

    def score(self, items: Mapping[int, float], artist_share: float) -> Scores:
        """Return how near each track is to items with weights, float32 of shape (tracks,).

        A track counts for itself, and `artist_share` of its artist's similarity is added.
        """
        near = np.zeros(len(self._starts) - 1, dtype=np.float32)
        for item, weight in items.items():
            start, end = self._starts[item], self._starts[item + 1]
            near[self._columns[start:end]] += np.float32(weight) * self._similarity[start:end]
        tracks = len(self.artist_of_track)
        return np.asarray(near[:tracks] + np.float32(artist_share) * near[tracks:][self.artist_of_track])
