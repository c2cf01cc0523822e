"""Names as people type them: joined or parted, with a letter wrong, as initials; looked up without a pass over all names."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from catalog.arrays import Hashes
from recommender.array_files import ArrayFiles

_LEAST_LETTERS: Final = 5
_TWO_ERRORS: Final = 9
_LEAST_INITIALS: Final = 3
_KNOWN_BY_INITIALS: Final = 5  # one artist in so many, the most popular: nobody abbreviates whom few know
_JOINTS: Final = frozenset({"and", "n"})


@dataclass(frozen=True, eq=False)
class Spellings(ArrayFiles):
    """Artists' keys, the most popular first, and the forms in which each is found.

    A form is a hash with what kind of form it is: the key's letters without spaces and "and" ("ac dc": acdc), the same with
    any one letter left out, from five letters on (the symmetric deletions of Garbe, "SymSpell", 2012), and the initials of
    three words or more where the artist is popular. `hashes` is sorted, and among equal ones the more popular artist stands first; `rows` are places
    in `keys`, of the same shape.
    """

    prefix: ClassVar[str] = "spelling"

    _keys: tuple[str, ...]
    _hashes: Hashes
    _rows: npt.NDArray[np.int32]

    @classmethod
    def build(cls, weights: Mapping[str, float]) -> Self:
        """Index artists' keys by how they may be spelt; `weights` say how popular each is."""
        keys = sorted(weights, key=lambda key: (-weights[key], key))
        known = -(-len(keys) // _KNOWN_BY_INITIALS)
        found = [(name_hash(form), row) for row, key in enumerate(keys) for form in _forms(key, initials=row < known)]
        hashes = np.array([one for one, _ in found], dtype=np.uint64)
        order = np.argsort(hashes, kind="stable")
        return cls(tuple(keys), hashes[order], np.array([row for _, row in found], dtype=np.int32)[order])

    def near(self, key: str, *, initials: bool) -> str | None:
        """Return the artist whose key has the same letters, or is one error away, or with `initials` begins so; else None.

        An error is a letter more, less or other, or two that changed places; from nine letters on also one left out and
        another put in. Names of five letters or more count (of six where a letter is another), with as many words, and the first letter of each must be right: it
        nearly always is (Kukich, "Techniques for automatically correcting words in text", 1992), and where it is not, the
        name is more often another one. Of several artists the nearest counts, then the most popular.
        """
        letters = _letters(key)
        if same := next(self._found([f"={letters}"]), None):
            return same
        if initials and len(key) >= _LEAST_INITIALS and (whole := next(self._found([f"#{key}"]), None)):
            return whole
        if not _LEAST_LETTERS <= len(letters) <= self._longest + 1:
            return None
        allowed = 1 if len(letters) < _TWO_ERRORS else 2
        near = [
            (errors, name)
            for name in self._found(_deletions(letters))
            if _initials(name) == _initials(key) and (errors := _errors(letters, _letters(name))) <= allowed
        ]
        return min(near, key=lambda one: one[0])[1] if near else None

    @cached_property
    def _longest(self) -> int:
        """How many letters a key has at most: what is longer is near none, and has as many forms as letters."""
        return max(map(len, self._keys), default=0)

    def _found(self, forms: list[str]) -> Iterator[str]:
        """Yield the artists that have one of the forms, for each form the most popular first."""
        wanted = np.array([name_hash(form) for form in forms], dtype=np.uint64)
        starts = np.searchsorted(self._hashes, wanted, side="left")
        ends = np.searchsorted(self._hashes, wanted, side="right")
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            for row in self._rows[start:end].tolist():
                yield self._keys[row]


def _letters(key: str) -> str:
    """Return a key's letters and digits without spaces, "and" and "n" within it left out."""
    words = key.split()
    return "".join(word for i, word in enumerate(words) if word not in _JOINTS or i in (0, len(words) - 1))


def _forms(key: str, *, initials: bool) -> Iterator[str]:
    letters = _letters(key)
    yield f"={letters}"
    if len(letters) >= _LEAST_LETTERS:
        yield from _deletions(letters)
    if initials and len(short := _initials(key)) >= _LEAST_INITIALS:
        yield f"#{short}"


def _initials(key: str) -> str:
    return "".join(word[0] for word in key.split())


def _deletions(letters: str) -> list[str]:
    """Return the letters, and them without each one of them: names one error apart share at least one of these."""
    without = (letters[:i] + letters[i + 1 :] for i in range(len(letters)))
    return [f"~{form}" for form in dict.fromkeys([letters, *without])]


def _errors(one: str, other: str) -> int:
    """Return how many errors lie between two different names that share a deletion: 1 or 2.

    Another letter in a name of five counts twice: every second such name is somebody else's.
    """
    if len(one) != len(other):
        return 1
    wrong = [i for i, (letter, meant) in enumerate(zip(one, other, strict=True)) if letter != meant]
    first, last = wrong[0], wrong[-1]
    if last == first + 1 and one[first] == other[last] and one[last] == other[first]:
        return 1
    return 2 if last > first or len(one) == _LEAST_LETTERS else 1


@lru_cache(maxsize=65536)
def name_hash(name: str) -> int:
    """Return 64 bits that stand for a name (BLAKE2b, RFC 7693): the same on every machine."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
