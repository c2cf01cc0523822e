"""The vector of what each track says: taken from the bundle in use where that has it, encoded where it has not."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog.arrays import Positions, Vectors
from recommender.indexes.encoders import Encoder
from recommender.indexes.vectors import BLOCK, FlatVectorIndex

Digests = npt.NDArray[np.uint8]
"""Digests of texts, of shape (texts, 16)."""


def digest(text: str) -> bytes:
    """Return 16 bytes that stand for a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class TextVectors:
    """Vectors of tracks by the digests of their texts. Equal texts are encoded once, and kept in half precision."""

    def __init__(self, digests: Digests, before: Path | None) -> None:
        """Look digests up in the bundle of a folder; None for no bundle."""
        self._digests = digests
        self._before = before
        kept: Digests = np.zeros((0, 16), np.uint8) if before is None else np.load(before / "text_digests.npy")
        self._kept = len(kept)
        self._places = _places(kept, digests)
        self._fresh = np.zeros((0, 0), np.float16)
        first: dict[bytes, int] = {}
        for position in np.flatnonzero(self._places < 0).tolist():
            first.setdefault(digests[position].tobytes(), position)
        self.missing = list(first.values())
        """The first position of each text that has to be encoded."""

    def encode(self, texts: Sequence[str], encoder: Encoder, advance: Callable[[int], None]) -> None:
        """Encode the texts of the tracks that are `missing`; `advance` is told of each batch's size."""
        self._fresh = np.empty((len(texts), encoder.dimensions), np.float16)
        for first in range(0, len(texts), BLOCK):
            self._fresh[first : first + BLOCK] = encoder.encode(texts[first : first + BLOCK], advance)
        unknown = self._places < 0
        self._places[unknown] = self._kept + _places(self._digests[self.missing], self._digests[unknown])

    def blocks(self, advance: Callable[[int], None]) -> Iterator[Vectors]:
        """Yield the vectors of all tracks, in blocks; `advance` is told of each one's size when it is done with.

        The bundle's vectors are opened for each block anew: what was read of a mapped file stays in memory while it is open.
        """
        for first in range(0, len(self._places), BLOCK):
            places = self._places[first : first + BLOCK]
            kept = places < self._kept
            block = np.empty((len(places), self._fresh.shape[1]), np.float32)
            block[~kept] = self._fresh[places[~kept] - self._kept]
            if self._before is not None:
                block[kept] = FlatVectorIndex.load(self._before / "vectors.faiss").vectors_at(places[kept].tolist())
            yield block
            advance(len(places))

    def save(self, folder: Path) -> None:
        """Write the digests into a folder, where the next build finds them."""
        np.save(folder / "text_digests.npy", self._digests)


def _places(known: Digests, wanted: Digests) -> Positions:
    """Return where each of the wanted digests stands among the known ones, -1 where it does not."""
    if not len(known):
        return np.full(len(wanted), -1, np.int64)
    heads, sought = (digests.view(np.uint64)[:, 0] for digests in (known, wanted))
    order = np.argsort(heads, kind="stable")
    found = order[np.minimum(np.searchsorted(heads, sought, sorter=order), len(known) - 1)]
    return np.where((known[found] == wanted).all(axis=1), found, -1)
