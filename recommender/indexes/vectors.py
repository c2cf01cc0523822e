"""Nearest tracks to a vector, inside the permitted ones: exactly where that is cheap, through a smaller copy where it is not.

Every vector is kept in half precision, on disk and mapped into memory: measured up to a million tracks that loses nothing
against full precision inside any permitted set. Tracks that say the same in words share one vector: catalogs without titles
have many, and what is scanned is what a search costs. FAISS stays behind this file.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Protocol, Self

import faiss
import numpy as np

from catalog.arrays import Bitmap, Mask, Positions, Scores, Vectors
from catalog.tracks import Position
from recommender.scored_tracks import NO_TRACKS, ScoredTracks

IN_BYTES_FROM = 20_000
"""Distinct vectors from which on they are scanned as bytes.

Measured on one thread: of 100,000 the 600 nearest take 2.3 ms instead of 3.3, for a scan takes as long as reading memory
does; the 150 nearest of half of them 4.4 ms instead of 7.5.
"""

COMPARED, LEAST_COMPARED = 1.5, 500
"""Vectors compared exactly after a scan of bytes: so many times the tracks asked for, and so many more at least.

With 1.5 times each of 60 prompts found the exact 300, 600 and 1,200 of 100,000; with 1.2 times one in 20,000 was another.
Where the nearest tenth is denied, near ties are left: 99 % of the exact 150, and none further than 0.00002 from its place.
"""

SKETCHED_FROM = 250_000
"""Distinct vectors from which on they are sketched.

Measured on one thread, the 150 nearest, half of the tracks permitted: at 1,000,000 the exact scan takes 60 ms and the sketch
17. At 100,000 bytes take 4 and the sketch 3, but a scan of the bytes of all, in which enough are permitted as a rule, takes
no longer, and is exact.
"""

QUERY_BITS = 4
"""Bits a dimension of what is searched for; with eight it takes twice as long and finds no more."""

SHORTLISTED, LEAST_SHORTLISTED = 40, 1000
"""Vectors compared exactly: so many times the tracks asked for, and never fewer.

Of 1,000,000, half of them permitted, 40 times find 99.4 % of the exact 150 in 17 ms, 24 times 98.5 % in 15 and 10 times 94 %.
With the nearest tenth denied what is left is near ties: at every place of the list 40 times come within 0.0005 of the exact
score, 10 times within 0.0014. Sketches of two bits a dimension need a third of that, and are no faster.
"""

_HALF, _BYTES = faiss.ScalarQuantizer.QT_fp16, faiss.ScalarQuantizer.QT_8bit_direct_signed

BLOCK = 16_384
"""Vectors that are held in single precision at once, 25 MB of them; of four times as many the sketches' centre is the mean."""


class VectorIndex(Protocol):
    """Nearest neighbours by inner product of unit vectors."""

    @property
    def filters_freely(self) -> bool:
        """Whether a search inside half of the tracks takes no longer than one of all."""

    def __len__(self) -> int:
        """How many tracks the index knows, at positions 0 to that, exclusive."""

    def search(self, vector: Vectors, k: int, permitted: Bitmap) -> ScoredTracks:
        """Return up to `k` permitted tracks, the nearest first; equal scores in the order of positions.

        `vector` is float32 of shape (dimensions,). `permitted` holds one bit a track, the lowest bit first, and may
        cover more tracks than the index, or fewer. The list is shorter than `k` only where fewer are permitted.
        """

    def nearest_of_all(self, vector: Vectors, k: int) -> ScoredTracks:
        """Return the `k` nearest tracks whether permitted or not: to count what consent keeps out, never to return them."""

    def vectors(self) -> Vectors:
        """Return every track's vector, as kept (half precision widened), float32 of shape (tracks, dimensions)."""

    def vectors_at(self, positions: Sequence[Position]) -> Vectors:
        """Return the vectors of some tracks, as kept, float32 of shape (len(positions), dimensions)."""

    def save(self, path: Path) -> None:
        """Write the index to a file, and beside it what else `load_index` reads."""


def build_index(blocks: Iterable[Vectors]) -> VectorIndex:
    """Index unit vectors, in blocks as `FlatVectorIndex.of` takes them: exactly, in bytes or as sketches, by their number."""
    exact = FlatVectorIndex.of(blocks)
    if exact.distinct >= SKETCHED_FROM:
        return SketchedVectorIndex.over(exact)
    return BytesVectorIndex.over(exact) if exact.distinct >= IN_BYTES_FROM else exact


def load_index(path: Path) -> VectorIndex:
    """Read what `save` wrote; its bundle has checked the files' sums (FAISS has none of its own)."""
    kinds: tuple[type[_RefinedVectorIndex], ...] = (SketchedVectorIndex, BytesVectorIndex)
    return next((kind for kind in kinds if kind.file_beside(path).exists()), FlatVectorIndex).load(path)


class FlatVectorIndex:
    """Exact search: every permitted vector is scanned."""

    filters_freely = False

    def __init__(self, exact: faiss.Index, rows: Positions) -> None:
        self._exact = exact
        self._rows = rows
        self._tracks = np.argsort(rows, kind="stable")
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=exact.ntotal))])
        self._first_tracks = self._tracks[self._starts[:-1]]
        later = np.ones(len(rows), dtype=bool)
        later[self._first_tracks] = False
        self._later_tracks = np.flatnonzero(later)

    @classmethod
    def of(cls, blocks: Iterable[Vectors]) -> Self:
        """Index unit vectors in blocks of tracks, one at least, float32 of shape (tracks, dimensions) each.

        A block is let go before the next is asked for: a million vectors in single precision take 1.5 GB. Vectors that are
        equal as they are kept are one, so that those read back from an index make the same one again.
        """
        exact: faiss.Index | None = None
        seen: dict[bytes, int] = {}
        rows: list[Positions] = []
        for block in blocks:
            exact = exact or faiss.IndexScalarQuantizer(block.shape[1], _HALF, faiss.METRIC_INNER_PRODUCT)
            kept = block.astype(np.float16)
            digests = (hashlib.blake2b(vector, digest_size=16).digest() for vector in kept)
            rows.append(np.array([seen.setdefault(digest, len(seen)) for digest in digests], dtype=np.int64))
            known = np.maximum.accumulate(np.concatenate([[exact.ntotal - 1], rows[-1]]))
            exact.add(kept[known[1:] > known[:-1]].astype(np.float32))
        return cls(exact, np.concatenate(rows))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. The vectors stay in their file, whose pages processes share."""
        return cls(*_read(path))

    def save(self, path: Path) -> None:
        faiss.write_index(self._exact, str(path))
        np.save(_rows_file(path), self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def distinct(self) -> int:
        """How many different vectors the tracks have."""
        return int(self._exact.ntotal)

    def vectors(self) -> Vectors:
        return np.asarray(self._exact.reconstruct_n(0, self.distinct)[self._rows], dtype=np.float32)

    def vectors_at(self, positions: Sequence[Position]) -> Vectors:
        return np.asarray(self._exact.reconstruct_batch(self._rows[list(positions)]), dtype=np.float32)

    def nearest_of_all(self, vector: Vectors, k: int) -> ScoredTracks:
        return self._search(vector, k, None)[:k]

    def search(self, vector: Vectors, k: int, permitted: Bitmap) -> ScoredTracks:
        allowed = np.zeros(len(self), dtype=bool)
        known = min(len(self), 8 * len(permitted))
        allowed[:known] = np.unpackbits(permitted, bitorder="little", count=known)
        open_rows = self._rows_of(allowed)
        if not open_rows.any():
            return NO_TRACKS
        found = self._search(vector, k, faiss.IDSelectorBitmap(np.packbits(open_rows, bitorder="little")))
        return found[allowed[found.positions]][:k]

    def _rows_of(self, allowed: Mask) -> Mask:
        if self.distinct == len(self):
            return allowed
        rows: Mask = allowed[self._first_tracks]
        rows[self._rows[self._later_tracks[allowed[self._later_tracks]]]] = True
        return rows

    def _search(self, vector: Vectors, k: int, selector: faiss.IDSelector | None) -> ScoredTracks:
        """Return the tracks of the `k` nearest rows that a selector lets through, which are at least `k` tracks."""
        # A scan is bound by memory: a second thread does not speed it up, and threads that wait for each other are slow
        # where cores are busy. OpenMP keeps this setting for each calling thread.
        faiss.omp_set_num_threads(1)
        k = min(k, self.distinct)
        if k == 0:
            return NO_TRACKS
        scores, rows = self._scan(vector.reshape(1, -1), k, selector)
        found = rows[0] >= 0
        positions, of_tracks = self._tracks_of(rows[0][found], scores[0][found])
        return ScoredTracks(positions, of_tracks)[np.lexsort((positions, -of_tracks))]

    def _scan(self, query: Vectors, k: int, selector: faiss.IDSelector | None) -> tuple[Vectors, Positions]:
        """Return the scores and rows of the `k` nearest, of shape (1, k); row -1 where there are fewer."""
        parameters = None if selector is None else faiss.SearchParameters(sel=selector)
        scores, rows = self._exact.search(query, k, params=parameters)
        return scores, rows

    def _tracks_of(self, rows: Positions, scores: Scores) -> tuple[Positions, Scores]:
        sizes = self._starts[rows + 1] - self._starts[rows]
        before = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        places = np.arange(sizes.sum()) + np.repeat(self._starts[rows] - before, sizes)
        return self._tracks[places], np.repeat(scores, sizes)


class _RefinedVectorIndex(FlatVectorIndex):
    """Scans a smaller copy of the vectors, and compares a short list of the best exactly.

    Every permitted one is scanned: a list is shorter than asked for only where fewer tracks are permitted, and exact where no
    more are than the short list holds.
    """

    name: ClassVar[str]
    """What the copy is called in the name of its file."""

    reading: ClassVar[int] = 0
    """FAISS's flags for reading that file: with 0 it is read whole."""

    def __init__(self, exact: faiss.Index, rows: Positions, copy: faiss.Index) -> None:
        super().__init__(exact, rows)
        self._copy = copy
        self._refined = faiss.IndexRefine(copy, exact)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. The vectors stay in their file, of which a search reads the short list."""
        return cls(*_read(path), faiss.read_index(str(cls.file_beside(path)), cls.reading))

    @classmethod
    def file_beside(cls, path: Path) -> Path:
        """Return where the copy of an index in a file lies."""
        return path.with_name(f"{path.stem}_{cls.name}.faiss")

    def save(self, path: Path) -> None:
        super().save(path)
        faiss.write_index(self._copy, str(self.file_beside(path)))


class BytesVectorIndex(_RefinedVectorIndex):
    """Scans one byte a dimension: what it finds is the exact answer, near ties aside."""

    name = "bytes"
    reading = faiss.IO_FLAG_MMAP_IFC

    @classmethod
    def over(cls, flat: FlatVectorIndex) -> Self:
        """Round the vectors of an exact index to bytes, after scaling all of them so that the greatest component fills one."""
        exact = flat._exact
        copy = faiss.IndexScalarQuantizer(exact.d, _BYTES, faiss.METRIC_INNER_PRODUCT)
        vectors = exact.reconstruct_n(0, exact.ntotal)
        vectors *= np.float32(_scale(vectors))
        np.round(vectors, out=vectors)
        copy.train(vectors)
        copy.add(vectors)
        return cls(exact, flat._rows, copy)

    def _scan(self, query: Vectors, k: int, selector: faiss.IDSelector | None) -> tuple[Vectors, Positions]:
        # What is searched for is cut to bytes too: it is made as long as they hold, and scores as much smaller again.
        scale = _scale(query)
        compared = max(int(COMPARED * k), k + LEAST_COMPARED)
        parameters = faiss.IndexRefineSearchParameters(
            k_factor=compared / k, base_index_params=faiss.SearchParameters(sel=selector)
        )
        scores, rows = self._refined.search(query * scale, k, params=parameters)
        return scores / scale, rows


class SketchedVectorIndex(_RefinedVectorIndex):
    """Scans sketches of one bit a dimension: RaBitQ's (Gao and Long, 2024)."""

    filters_freely = True
    name = "sketches"

    @classmethod
    def over(cls, flat: FlatVectorIndex) -> Self:
        """Sketch the vectors of an exact index, in blocks; their centre is that of a sample."""
        exact, sketches = flat._exact, faiss.IndexRaBitQ(flat._exact.d, faiss.METRIC_INNER_PRODUCT)
        sample = np.linspace(0, exact.ntotal - 1, min(exact.ntotal, 4 * BLOCK)).astype(np.int64)
        sketches.train(exact.reconstruct_batch(sample))
        for first in range(0, exact.ntotal, BLOCK):
            sketches.add(exact.reconstruct_n(first, min(BLOCK, exact.ntotal - first)))
        return cls(exact, flat._rows, sketches)

    def _scan(self, query: Vectors, k: int, selector: faiss.IDSelector | None) -> tuple[Vectors, Positions]:
        of_sketches = faiss.RaBitQSearchParameters(sel=selector, qb=QUERY_BITS)
        shortlisted = max(SHORTLISTED * k, LEAST_SHORTLISTED)
        parameters = faiss.IndexRefineSearchParameters(k_factor=shortlisted / k, base_index_params=of_sketches)
        scores, rows = self._refined.search(query, k, params=parameters)
        return scores, rows


def _scale(vectors: Vectors) -> float:
    """Return what the greatest component has to be multiplied with to fill a signed byte."""
    return 127 / max(float(vectors.max(initial=0)), -float(vectors.min(initial=0)), 1e-9)


def _read(path: Path) -> tuple[faiss.Index, Positions]:
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), np.load(_rows_file(path))


def _rows_file(path: Path) -> Path:
    return path.with_name(f"{path.stem}_rows.npy")
