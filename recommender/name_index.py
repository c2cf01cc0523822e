"""Exact names: which tracks are by an artist, or bear a title, looked up by a hash of the normalised name.

Hashes keep the index a few arrays that load at once, however many names there are; at 64 bits, two of a million names
share one with a probability of 3 in 100 million.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog.tracks import artist_key


class NameIndex:
    """Names to positions. `hashes` is sorted; row `r` stands for `positions[starts[r]:starts[r + 1]]`."""

    def __init__(
        self, hashes: npt.NDArray[np.uint64], starts: npt.NDArray[np.int64], positions: npt.NDArray[np.int64]
    ) -> None:
        self._hashes = hashes
        self._starts = starts
        self._positions = positions

    @classmethod
    def build(cls, keys: Sequence[str]) -> "NameIndex":
        """Index one normalised name (`artist_key`) a position; an empty one is not indexed."""
        every = np.array([_hash(key) for key in keys], dtype=np.uint64)
        named = np.flatnonzero(np.array([bool(key) for key in keys], dtype=bool))
        order = named[np.argsort(every[named], kind="stable")]
        hashes, counts = np.unique(every[order], return_counts=True)
        return cls(hashes, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), order.astype(np.int64))

    @classmethod
    def load(cls, folder: Path, name: str) -> "NameIndex":
        """Read what `save` wrote."""
        return cls(*(np.load(folder / f"{name}_{part}.npy") for part in ("hashes", "starts", "positions")))

    def save(self, folder: Path, name: str) -> None:
        """Write the index into a folder."""
        for part, array in (("hashes", self._hashes), ("starts", self._starts), ("positions", self._positions)):
            np.save(folder / f"{name}_{part}.npy", array)

    def positions(self, key: str) -> npt.NDArray[np.int64]:
        """Return the positions that bear a normalised name, in order; none if nobody does."""
        wanted = np.uint64(_hash(key))
        row = int(np.searchsorted(self._hashes, wanted))
        if row == len(self._hashes) or self._hashes[row] != wanted:
            return np.zeros(0, dtype=np.int64)
        return self._positions[self._starts[row] : self._starts[row + 1]]


class CatalogNames:
    """The names that a built catalog knows, for reading prompts."""

    def __init__(self, artists: NameIndex, titles: NameIndex) -> None:
        self.artists = artists
        self.titles = titles

    def artist(self, text: str) -> str | None:
        """Return the artist key if `text` is exactly an artist's name, else None."""
        key = artist_key(text)
        return key if len(self.artists.positions(key)) else None

    def title(self, text: str) -> str | None:
        """Return the title key if `text` is exactly a track's title, else None."""
        key = artist_key(text)
        return key if len(self.titles.positions(key)) else None


def _hash(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
