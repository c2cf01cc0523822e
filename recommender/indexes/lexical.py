"""BM25 over what tracks say in words: names (title, artist, album) and tags, inside the permitted ones."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog.arrays import Counts, Mask, Positions, Scores
from recommender.scored_tracks import ScoredTracks, top_k
from recommender.tracks.texts import TrackText, all_words, words

SATURATION = 0.9
LENGTH_NORMALISATION = 0.4


class LexicalIndex:
    """An inverted index whose postings hold finished BM25 weights, so that a search only adds them up.

    `terms` maps a word to its row; row `r` posts to `positions[starts[r]:starts[r + 1]]` with `weights` alike. The
    weights are Okapi BM25 (Robertson and Zaragoza, 2009) with the non-negative idf ln(1 + (N - n + 0.5) / (n + 0.5)).
    """

    def __init__(
        self,
        terms: Mapping[str, int],
        starts: Counts,
        positions: npt.NDArray[np.int32],
        weights: Scores,
        size: int,
    ) -> None:
        self._terms = terms
        self._starts = starts
        self._positions = positions
        self._weights = weights
        self._size = size

    @classmethod
    def build(
        cls,
        texts: Iterable[TrackText],
        saturation: float = SATURATION,
        length_normalisation: float = LENGTH_NORMALISATION,
    ) -> "LexicalIndex":
        """Index texts, one a position. `saturation` (k1) is above 0, `length_normalisation` (b) from 0 to 1."""
        terms: dict[str, int] = {}
        rows: list[int] = []
        positions: list[int] = []
        counts: list[int] = []
        lengths: list[int] = []
        for position, text in enumerate(texts):
            frequencies = Counter(all_words((*text.names, *text.tags)))
            lengths.append(frequencies.total())
            for word, count in frequencies.items():
                rows.append(terms.setdefault(word, len(terms)))
                positions.append(position)
                counts.append(count)
        row, position_of = np.array(rows, np.int64), np.array(positions, np.int32)
        frequency, length = np.array(counts, np.float64), np.array(lengths, np.float64)
        having = np.bincount(row, minlength=len(terms))
        idf = np.log1p((len(length) - having + 0.5) / (having + 0.5))
        average = length.mean() if len(length) and length.any() else 1.0
        damping = saturation * (1 - length_normalisation + length_normalisation * length[position_of] / average)
        weights = idf[row] * frequency * (saturation + 1) / (frequency + damping)
        order = np.lexsort((position_of, row))
        starts = np.concatenate([[0], np.cumsum(having)]).astype(np.int64)
        return cls(terms, starts, position_of[order], weights[order].astype(np.float32), len(length))

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex":
        """Read what `save` wrote."""
        terms = (folder / "lexical_terms.txt").read_text("utf-8").split("\n")
        arrays = [np.load(folder / f"lexical_{name}.npy") for name in ("starts", "positions", "weights", "size")]
        starts, positions, weights, size = arrays
        return cls({term: row for row, term in enumerate(terms) if term}, starts, positions, weights, int(size))

    def save(self, folder: Path) -> None:
        """Write the index into a folder."""
        (folder / "lexical_terms.txt").write_text("\n".join(self._terms), "utf-8")
        np.save(folder / "lexical_starts.npy", self._starts)
        np.save(folder / "lexical_positions.npy", self._positions)
        np.save(folder / "lexical_weights.npy", self._weights)
        np.save(folder / "lexical_size.npy", np.int64(self._size))

    def score(self, query: Mapping[str, float]) -> Scores:
        """Return each track's BM25 score, float32 of shape (tracks,), for words with weights."""
        scores = np.zeros(self._size, dtype=np.float32)
        for word, weight in query.items():
            row = self._terms.get(word)
            if row is not None:
                start, end = self._starts[row], self._starts[row + 1]
                np.add.at(scores, self._positions[start:end], np.float32(weight) * self._weights[start:end])
        return scores

    def positions(self, phrase: str) -> Positions:
        """Return the tracks that hold every word of a phrase; none for a phrase without words."""
        found: Positions | None = None
        for word in words(phrase):
            row = self._terms.get(word)
            start, end = (0, 0) if row is None else (self._starts[row], self._starts[row + 1])
            posted = self._positions[start:end].astype(np.int64)
            found = posted if found is None else np.intersect1d(found, posted)
        return np.zeros(0, np.int64) if found is None else found

    def search(
        self,
        query: Mapping[str, float],
        k: int,
        permitted: Mask,
        tie_break: Scores,
    ) -> ScoredTracks:
        """Return up to `k` permitted tracks that hold a word of the query, the best first.

        Short tags make many equal scores: those are ordered by `tie_break` (float32 of shape (tracks,), higher first).
        """
        scores = self.score(query)
        scores *= permitted[: self._size]
        return top_k(scores, k, tie_break)
