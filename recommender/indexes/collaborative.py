"""Collaborative filtering: factors of tracks and artists, learned with implicit's ALS, and each one's nearest neighbours.

Tracks and artists are columns alike. A track counts for itself and, in part, for its artist: one that nobody has played is
found by who it is by, and an artist named in a prompt has neighbours too. Where factors generalise, neighbours remember: two
tracks that three playlists share are near, whatever else is played. Serving needs numpy only.
"""

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from catalog.arrays import Codes, Counts, Factors, Items, Mask, Numbers, Positions, Scores
from catalog.tracks import Position
from recommender.array_files import ArrayFiles

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FACTORS = 64
ITERATIONS = 15
REGULARISATION = 0.05
CONFIDENCE = 35.0
PLAYLIST_PLAYS = 3.0
"""What a track's place in a playlist is worth in plays."""

ARTIST_SHARE = 0.2
"""What an artist's fit counts beside a track's own where tracks are known and nothing else; else as much."""

NEAREST = 200
"""Neighbours that are kept of each track or artist."""

SHRINKAGE = 5.0
"""Keeps two columns that one listener shares from being near for that alone."""

_BLOCK = 1024


@dataclass(eq=False, slots=True)
class ListeningRows:
    """The interaction matrix: rows are listeners and playlists, columns are tracks and, behind them, artists."""

    artist_of_track: Codes
    learnable: Mask
    _rows: "array[int]" = field(default_factory=lambda: array("i"))
    _columns: "array[int]" = field(default_factory=lambda: array("i"))
    _plays: "array[float]" = field(default_factory=lambda: array("d"))
    _row_of: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, kind: str, name: str, by_track: Mapping[Position, float], by_artist: Mapping[int, float]) -> None:
        """Add the plays of one listener or playlist, by position and by artist code."""
        items = items_of(by_track, by_artist, self.artist_of_track, self.learnable)
        if not items:  # who holds only what nobody may learn from teaches nothing, not even by being there
            return
        row = self._row_of.setdefault((kind, name), len(self._row_of))
        for column, plays in items.items():
            self._rows.append(row)
            self._columns.append(column)
            self._plays.append(plays)

    @property
    def held(self) -> tuple[Positions, Positions, Numbers]:
        """The row, the column and the plays of every entry, of shape (entries,) each, in the order in which they came."""
        return np.array(self._rows, np.int64), np.array(self._columns, np.int64), np.array(self._plays, np.float64)

    @property
    def names(self) -> list[tuple[str, str]]:
        """The kind ("listener" or "playlist") and the name of each row."""
        return list(self._row_of)

    def matrix(self) -> "csr_matrix":
        """Return plays, float32 of shape (listeners and playlists, tracks + artists)."""
        # scipy costs a quarter of a second: only those who learn pay for it.
        from scipy.sparse import csr_matrix

        columns = len(self.artist_of_track) + int(self.artist_of_track.max(initial=-1)) + 1
        rows, items, plays = self.held
        return csr_matrix((plays, (rows, items)), shape=(len(self._row_of), columns), dtype=np.float32)

    def without(self, rows: Positions) -> "ListeningRows":
        """Return the matrix without the entries of some rows (int64, by number)."""
        left_out = np.zeros(len(self._row_of), dtype=bool)
        left_out[rows] = True
        kept = np.flatnonzero(~left_out[np.array(self._rows, np.int64)])
        return replace(
            self,
            **{
                name: (own := getattr(self, name)).__class__(own.typecode, np.array(own)[kept].tobytes())
                for name in ("_rows", "_columns", "_plays")
            },
        )

    def holders(self) -> Numbers:
        """Count the listeners and playlists that hold each track, float64 of shape (tracks,)."""
        return np.asarray((self.matrix() > 0).sum(axis=0), dtype=np.float64).ravel()[: len(self.artist_of_track)]

    def fit(self, progress: Callable[[int], None] | None = None, seed: int = 0) -> Factors | None:
        """Learn factors, float32 of shape (tracks + artists, 64), zero for what nobody played; None without plays.

        Alternating least squares on implicit feedback (Hu, Koren and Volinsky, 2008). `progress` is told of each
        iteration.
        """
        if not self._rows:
            return None
        # implicit costs half a second: only those who build pay for it.
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        matrix = self.matrix()
        matrix.data = _confidence(matrix.data)
        with threadpool_limits(1, "blas"):  # implicit runs threads of its own, and warns of a second set
            model = AlternatingLeastSquares(
                factors=FACTORS, iterations=ITERATIONS, regularization=REGULARISATION, alpha=1.0, random_state=seed
            )
            model.fit(
                matrix,
                show_progress=False,
                callback=lambda *_: progress(1) if progress is not None else None,
            )
        factors = np.asarray(model.item_factors, dtype=np.float32)
        factors[np.asarray(matrix.sum(axis=0)).ravel() == 0] = 0
        return factors


def _confidence(plays: Numbers) -> Scores:
    """Return ALS confidences: logarithmic, so that one listener's thousand plays do not outweigh a thousand listeners."""
    return np.asarray(1 + CONFIDENCE * np.log1p(plays) / np.log(100), dtype=np.float32)


def items_of(
    by_track: Mapping[Position, float],
    by_artist: Mapping[int, float],
    artist_of_track: Codes,
    learnable: Mask,
) -> dict[int, float]:
    """Return plays by item: tracks and, behind them, artists, each with the plays of all its tracks.

    Tracks that are not `learnable` (bool of shape (tracks,)) are left out.
    """
    first_artist = len(artist_of_track)
    columns: dict[int, float] = {}
    for position, plays in by_track.items():
        if learnable[position]:
            columns[position] = columns.get(position, 0.0) + plays
            artist = first_artist + int(artist_of_track[position])
            columns[artist] = columns.get(artist, 0.0) + plays
    for code, plays in by_artist.items():
        columns[first_artist + code] = columns.get(first_artist + code, 0.0) + plays
    return columns


@dataclass(frozen=True, eq=False)
class CollaborativeModel(ArrayFiles):
    """Matrix factorisation of listening. `factors` float32 (tracks + artists, 64); `artist_of_track` int32 (tracks,)."""

    mapped: ClassVar[bool] = True

    _factors: Factors
    artist_of_track: Codes = field(metadata={"file": None})
    learnable: Mask

    @cached_property
    def _gram(self) -> Factors:
        factors = self._factors
        return np.asarray(factors.T @ factors + REGULARISATION * np.eye(factors.shape[1], dtype=np.float32))

    def user_factors(self, items: Mapping[int, float]) -> Factors | None:
        """Fold in a listener: the factors, float32 (64,), that explain plays by item; None if nothing of it is known.

        The least-squares step of ALS for one row (Hu, Koren and Volinsky, 2008).
        """
        learned = [item for item in items if self._factors[item].any()]
        if not learned:
            return None
        confidence = _confidence(np.array([items[item] for item in learned]))
        factors = self._factors[learned]
        left = self._gram + (factors.T * (confidence - 1)) @ factors
        return np.asarray(np.linalg.solve(left, factors.T @ confidence), dtype=np.float32)

    def score(self, user_factors: Factors, artist_share: float) -> Scores:
        """Return the score of each track for a user's factors, float32 of shape (tracks,): its own, and a share of its artist's.

        0 where nothing was learned, nor may be.
        """
        # Row by row: a matrix product rounds equal rows differently, by where they stand, and parts what ties.
        fits = np.vecdot(self._factors, user_factors)
        tracks = len(self.artist_of_track)
        of_artist = np.float32(artist_share) * fits[tracks:][self.artist_of_track]
        return np.asarray(fits[:tracks] + of_artist * self.learnable, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class NeighbourModel(ArrayFiles):
    """Item-item neighbours: scores tracks by their similarity to the items of a listener.

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
        """Return each track's similarity to weighted items, float32 of shape (tracks,).

        A track counts for itself, and `artist_share` of its artist's similarity is added.
        """
        near = np.zeros(len(self._starts) - 1, dtype=np.float32)
        for item, weight in items.items():
            start, end = self._starts[item], self._starts[item + 1]
            near[self._columns[start:end]] += np.float32(weight) * self._similarity[start:end]
        tracks = len(self.artist_of_track)
        return np.asarray(near[:tracks] + np.float32(artist_share) * near[tracks:][self.artist_of_track])
