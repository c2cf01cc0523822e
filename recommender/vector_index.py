"""Nearest tracks to a vector, exactly, inside the permitted ones.

A flat index of half-precision vectors: measured up to a million tracks it loses nothing against full precision inside any
permitted set, which approximate indexes do (HNSW kept 66 % at 1 % permitted). FAISS stays behind this file.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
import numpy.typing as npt

from recommender.encoders import Vectors
from recommender.playlists import ScoredTracks


class VectorIndex(Protocol):
    """Nearest neighbours by inner product of unit vectors."""

    def search(self, vector: Vectors, k: int, permitted: npt.NDArray[np.uint8]) -> ScoredTracks:
        """Return up to `k` permitted tracks, the nearest first; equal scores in the order of positions.

        `vector` is float32 of shape (dimensions,). `permitted` holds one bit a track, the lowest bit first, and may
        cover more tracks than the index.
        """


class FlatVectorIndex:
    """Exact search over half-precision vectors."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> "FlatVectorIndex":
        """Index unit vectors, float32 of shape (tracks, dimensions)."""
        index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors[:1] if len(vectors) else np.zeros((1, vectors.shape[1]), np.float32))
        index.add(vectors)
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> "FlatVectorIndex":
        """Read an index; its bundle has checked the file's sum (FAISS has none of its own)."""
        return cls(faiss.read_index(str(path)))

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def vectors(self) -> Vectors:
        """Return every vector, as kept (half precision widened), float32 of shape (tracks, dimensions)."""
        return np.asarray(self._index.reconstruct_n(0, len(self)), dtype=np.float32)

    def vectors_at(self, positions: Sequence[int]) -> Vectors:
        """Return the vectors of some tracks, as kept, float32 of shape (len(positions), dimensions)."""
        return np.asarray(self._index.reconstruct_batch(np.array(positions, np.int64)), dtype=np.float32)

    def search(self, vector: Vectors, k: int, permitted: npt.NDArray[np.uint8]) -> ScoredTracks:
        """Return up to `k` permitted tracks, the nearest first; equal scores in the order of positions."""
        size = len(self)
        if size == 0 or k == 0:
            return ScoredTracks(np.zeros(0, np.int64), np.zeros(0, np.float32))
        # A scan is bound by memory: a second thread does not speed it up, and threads that wait for each other are slow
        # where cores are busy. OpenMP keeps this setting for each calling thread.
        faiss.omp_set_num_threads(1)
        selector = faiss.IDSelectorBitmap(permitted)
        parameters = faiss.SearchParameters(sel=selector)
        scores, positions = self._index.search(vector.reshape(1, -1), min(k, size), params=parameters)
        found = positions[0] >= 0
        positions, scores = positions[0][found], scores[0][found]
        order = np.lexsort((positions, -scores))
        return ScoredTracks(positions[order], scores[order])
