"""Nearest tracks to a vector, exactly, inside the permitted ones.

A flat index of half-precision vectors: measured up to a million tracks it loses nothing against full precision inside any
permitted set, which approximate indexes do (HNSW kept 66 % at 1 % permitted). Tracks that say the same in words share one
vector: catalogs without titles have many, and what is scanned is what a search costs. FAISS stays behind this file.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
import numpy.typing as npt

from recommender.encoders import Vectors
from recommender.playlists import Positions, ScoredTracks

Rows = npt.NDArray[np.int64]
"""For each track the row of its vector in the index, int64 of shape (tracks,)."""


class VectorIndex(Protocol):
    """Nearest neighbours by inner product of unit vectors."""

    def search(self, vector: Vectors, k: int, permitted: npt.NDArray[np.uint8]) -> ScoredTracks:
        """Return up to `k` permitted tracks, the nearest first; equal scores in the order of positions.

        `vector` is float32 of shape (dimensions,). `permitted` holds one bit a track, the lowest bit first, and may
        cover more tracks than the index, or fewer.
        """


class FlatVectorIndex:
    """Exact search over half-precision vectors."""

    def __init__(self, index: faiss.Index, rows: Rows) -> None:
        self._index = index
        self._rows = rows
        self._tracks = np.argsort(rows, kind="stable")
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=index.ntotal))])

    @classmethod
    def build(cls, vectors: Vectors) -> "FlatVectorIndex":
        """Index unit vectors, float32 of shape (tracks, dimensions)."""
        index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors[:1] if len(vectors) else np.zeros((1, vectors.shape[1]), np.float32))
        seen: dict[bytes, int] = {}
        rows = np.array([seen.setdefault(vector.tobytes(), len(seen)) for vector in vectors], dtype=np.int64)
        firsts = np.unique(rows, return_index=True)[1]
        index.add(np.ascontiguousarray(vectors[firsts]))
        return cls(index, rows)

    @classmethod
    def load(cls, path: Path) -> "FlatVectorIndex":
        """Read an index; its bundle has checked the files' sums (FAISS has none of its own)."""
        return cls(faiss.read_index(str(path)), np.load(_rows_file(path)))

    def save(self, path: Path) -> None:
        """Write the index to a file, and beside it which track has which vector."""
        faiss.write_index(self._index, str(path))
        np.save(_rows_file(path), self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def vectors(self) -> Vectors:
        """Return every track's vector, as kept (half precision widened), float32 of shape (tracks, dimensions)."""
        return np.asarray(self._index.reconstruct_n(0, self._index.ntotal)[self._rows], dtype=np.float32)

    def vectors_at(self, positions: Sequence[int]) -> Vectors:
        """Return the vectors of some tracks, as kept, float32 of shape (len(positions), dimensions)."""
        return np.asarray(self._index.reconstruct_batch(self._rows[list(positions)]), dtype=np.float32)

    def nearest_of_all(self, vector: Vectors, k: int) -> ScoredTracks:
        """Return the `k` nearest tracks whether permitted or not: to count what consent keeps out, never to return them."""
        return self._search(vector, k, None).first(k)

    def search(self, vector: Vectors, k: int, permitted: npt.NDArray[np.uint8]) -> ScoredTracks:
        """Return up to `k` permitted tracks, the nearest first; equal scores in the order of positions."""
        allowed = np.unpackbits(permitted, bitorder="little", count=min(len(self), 8 * len(permitted))).astype(bool)
        allowed = np.pad(allowed, (0, len(self) - len(allowed)))
        open_rows = np.zeros(self._index.ntotal, dtype=bool)
        open_rows[self._rows[allowed]] = True
        if not open_rows.any():
            return ScoredTracks(np.zeros(0, np.int64), np.zeros(0, np.float32))
        bitmap = np.packbits(open_rows, bitorder="little")
        found = self._search(vector, k, faiss.IDSelectorBitmap(bitmap))
        kept = allowed[found.positions]
        return ScoredTracks(found.positions[kept], found.scores[kept]).first(k)

    def _search(self, vector: Vectors, k: int, selector: faiss.IDSelector | None) -> ScoredTracks:
        """Return the tracks of the `k` nearest rows that a selector lets through, which are at least `k` tracks."""
        # A scan is bound by memory: a second thread does not speed it up, and threads that wait for each other are slow
        # where cores are busy. OpenMP keeps this setting for each calling thread.
        faiss.omp_set_num_threads(1)
        parameters = None if selector is None else faiss.SearchParameters(sel=selector)
        k = min(k, self._index.ntotal)
        if k == 0:
            return ScoredTracks(np.zeros(0, np.int64), np.zeros(0, np.float32))
        scores, rows = self._index.search(vector.reshape(1, -1), k, params=parameters)
        found = rows[0] >= 0
        positions, of_tracks = self._tracks_of(rows[0][found], scores[0][found])
        order = np.lexsort((positions, -of_tracks))
        return ScoredTracks(positions[order], of_tracks[order])

    def _tracks_of(self, rows: Rows, scores: npt.NDArray[np.float32]) -> tuple[Positions, npt.NDArray[np.float32]]:
        """Return every track of some rows, each with its row's score."""
        sizes = self._starts[rows + 1] - self._starts[rows]
        before = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        places = np.arange(sizes.sum()) + np.repeat(self._starts[rows] - before, sizes)
        return self._tracks[places], np.repeat(scores, sizes)


def _rows_file(path: Path) -> Path:
    return path.with_name(f"{path.stem}_rows.npy")
