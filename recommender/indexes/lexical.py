"""BM25 over what tracks say in words: names (title, artist, album) and tags, apart from each other."""

import sys
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from catalog.arrays import Counts, Positions, Scores
from catalog.sorted_sets import intersection, union
from recommender.array_files import ArrayFiles
from recommender.tracks.texts import TrackText, words

SATURATION = 0.9
LENGTH_NORMALISATION = 0.4

IN_NAMES = "="
"""Stands before a word of a name: "running" is a tag, "=running" a word of a title. No word holds it."""

_AT_ONCE = 4_000_000  # postings that are weighed in double precision together


@dataclass(frozen=True, eq=False)
class LexicalIndex(ArrayFiles):
    """An inverted index whose postings hold finished BM25 weights, so that a search only adds them up.

    `terms` are the words by row; row `r` posts to `positions[starts[r]:starts[r + 1]]` with `weights` alike. The
    weights are Okapi BM25 (Robertson and Zaragoza, 2009) with the non-negative idf ln(1 + (N - n + 0.5) / (n + 0.5)).
    """

    prefix: ClassVar[str] = "lexical"

    _terms: tuple[str, ...]
    _starts: Counts
    _positions: npt.NDArray[np.int32]
    _weights: Scores
    _size: np.int64

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return {term: row for row, term in enumerate(self._terms)}

    @classmethod
    def build(
        cls,
        texts: Iterable[TrackText],
        saturation: float = SATURATION,
        length_normalisation: float = LENGTH_NORMALISATION,
        *,
        in_names: str = IN_NAMES,
    ) -> "LexicalIndex":
        """Index texts, one a position. `saturation` (k1) is above 0, `length_normalisation` (b) from 0 to 1.

        With `in_names` empty, words of names and of tags are the same.
        """
        terms: defaultdict[str, int] = defaultdict(count().__next__)
        said, lengths = array("i"), array("i")
        for text in texts:
            before = len(said)
            said.extend(terms[in_names + word] for word in words(" ".join(text.names)))
            said.extend(map(terms.__getitem__, words(" ".join(text.tags))))
            lengths.append(len(said) - before)
        length = np.array(lengths, np.int64)
        # A posting is a term and a position in one number: sorted, those of a term stand together, and equal ones are counted.
        posted = np.array(said, np.int64)
        del said
        posted *= len(length)
        posted += np.repeat(np.arange(len(length)), length)
        posted.sort()
        new = np.ones(len(posted), bool)
        np.not_equal(posted[1:], posted[:-1], out=new[1:])
        first = np.flatnonzero(new).astype(np.int32)
        frequency = np.diff(first, append=np.int32(len(posted)))
        posted = posted[first]
        starts = np.searchsorted(posted, np.arange(len(terms) + 1) * len(length))
        having = np.diff(starts)
        idf = np.log1p((len(length) - having + 0.5) / (having + 0.5))
        average = length.mean() if length.any() else 1.0
        damping = saturation * (1 - length_normalisation + length_normalisation * length / average)
        positions, weights = np.empty(len(posted), np.int32), np.empty(len(posted), np.float32)
        for start in range(0, len(posted), _AT_ONCE):
            block = slice(start, start + _AT_ONCE)
            row, positions[block] = np.divmod(posted[block], len(length))
            times = frequency[block]
            weights[block] = idf[row] * times * (saturation + 1) / (times + damping[positions[block]])
        return cls(tuple(terms), starts, positions, weights, np.int64(len(length)))

    def score(self, query: Mapping[str, float]) -> Scores:
        """Return each track's BM25 score, float32 of shape (tracks,), for words with weights."""
        scores = np.zeros(self._size, dtype=np.float32)
        for word, weight in query.items():
            posted = self._posted(word)
            np.add.at(scores, self._positions[posted], np.float32(weight) * self._weights[posted])
        return scores

    def positions(self, phrase: str) -> Positions:
        """Return the tracks that hold every word of a phrase, in names or tags; none for a phrase without words."""
        found: Positions | None = None
        for word in words(phrase):
            posted = union(*(self._positions[self._posted(term)].astype(np.int64) for term in (word, IN_NAMES + word)))
            found = posted if found is None else intersection(found, posted)
        return np.zeros(0, np.int64) if found is None else found

    def holding(self, terms: Iterable[str]) -> Positions:
        """Return the tracks that hold any of some terms, in order."""
        return union(*(self._positions[self._posted(term)].astype(np.int64) for term in terms))

    def beginning(self, prefix: str) -> list[str]:
        """Return the terms that begin with a prefix, in order."""
        return self._in_order[
            bisect_left(self._in_order, prefix) : bisect_left(self._in_order, prefix + chr(sys.maxunicode))
        ]

    @cached_property
    def _in_order(self) -> list[str]:
        return sorted(self._terms)

    def _posted(self, word: str) -> slice:
        row = self._rows.get(word)
        return slice(0) if row is None else slice(self._starts[row], self._starts[row + 1])
