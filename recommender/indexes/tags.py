"""The catalog's tags, found however they are spelt: which tracks bear each, and where each lies among the vectors of texts."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import ClassVar, Final, Self

import numpy as np

from catalog.arrays import Counts, Positions, Vectors
from catalog.names import search_form
from catalog.sorted_sets import union
from catalog.tracks import Position
from recommender.array_files import ArrayFiles
from recommender.indexes.encoders import Encoder
from recommender.prompts.vocabulary import GENRES

MOST_TAGS: Final = 5000
"""Tags that are known: those of most tracks. The rest is spelling mistakes and what one person noted for themselves."""

_JOINED: Final = 4
"""Letters of a tag that is found at the end of a joined one ("acousticguitar"), but "rap" not in "trap"."""

_SHORTEST_PLURAL: Final = 4
_SAME: Final = {"randb": "rnb", "rhythmandblues": "rnb", "drumnbass": "drumandbass", "dnb": "drumandbass"}
_CENTURY: Final = re.compile(r"(?:19|20)([0-9]0s)")


@lru_cache(maxsize=65536)
def tag_form(text: str) -> str:
    """Return what all spellings of a tag have in common ("Hip-Hop", "hiphop"; "R&B", "rnb"; "1980s", "80s"); may be empty."""
    joined = "".join(search_form(text).replace(" n ", " and ").split())
    form = _SAME.get(joined, joined)
    return century[1] if (century := _CENTURY.fullmatch(form)) else form


@dataclass(frozen=True, eq=False)
class TagIndex(ArrayFiles):
    """Tags to positions, the most frequent first.

    `keys` are the tags as the catalog spells them most often, normalised; `vectors` float32 of shape (tags, dimensions) are
    theirs by the encoder. Row `r` stands for `tagged[starts[r]:starts[r + 1]]`.
    """

    prefix: ClassVar[str] = "tag"
    last_line_ends: ClassVar[bool] = True

    keys: tuple[str, ...]
    _starts: Counts
    _tagged: Positions = field(metadata={"file": "positions"})
    vectors: Vectors

    @cached_property
    def _row_of(self) -> Mapping[str, int]:
        return {tag_form(key): row for row, key in enumerate(self.keys)}

    @classmethod
    def build(cls, tags: Iterable[Iterable[str]], encoder: Encoder, known: Mapping[str, Vectors] | None = None) -> Self:
        """Index the tags of each track, in the order of positions; vectors that are `known` by key are not encoded again."""
        held: defaultdict[str, list[int]] = defaultdict(list)
        spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for position, own in enumerate(tags):
            for form, tag in {form: tag for tag in own if (form := tag_form(tag))}.items():
                held[form].append(position)
                spellings[form][" ".join(search_form(tag).split())] += 1
        forms = sorted(held, key=lambda form: (-len(held[form]), form))[:MOST_TAGS]
        keys = [min(spellings[form].items(), key=lambda entry: (-entry[1], entry[0]))[0] for form in forms]
        starts = np.cumsum([0, *(len(held[form]) for form in forms)]).astype(np.int64)
        positions = np.array([position for form in forms for position in held[form]], dtype=np.int64)
        vectors = dict(known or {})
        if missing := [key for key in keys if key not in vectors]:
            vectors.update(zip(missing, encoder.encode(missing), strict=True))
        placed = np.stack([vectors[key] for key in keys]) if keys else np.zeros((0, encoder.dimensions), np.float32)
        return cls(tuple(keys), starts, positions, placed)

    def profile(self, positions: Sequence[Position]) -> Vectors | None:
        """Return the mean vector of some tracks' tags, weighted by how many bear each and by its inverse frequency; None without tags.

        Rare by the logarithm of all tracks to those that bear it (Spaerck Jones, 1972).
        """
        starts, rows = self._by_position
        held = np.concatenate(
            [np.zeros(0, np.int64), *(rows[starts[at] : starts[at + 1]] for at in positions if at + 1 < len(starts))]
        )
        if not len(held):
            return None
        found, times = np.unique(held, return_counts=True)
        having = self._starts[found + 1] - self._starts[found]
        weights = times * np.log(1 + len(starts) / having)
        return np.asarray(weights @ self.vectors[found] / weights.sum(), dtype=np.float32)

    @cached_property
    def _by_position(self) -> tuple[Counts, Positions]:
        """Return the tags of each position: those of `p` are `rows[starts[p]:starts[p + 1]]`."""
        row = np.repeat(np.arange(len(self.keys)), np.diff(self._starts))
        starts = np.concatenate([[0], np.cumsum(np.bincount(self._tagged))]).astype(np.int64)
        return starts, row[np.argsort(self._tagged, kind="stable")].astype(np.int64)

    def tag(self, text: str) -> str | None:
        """Return the key of the tag that `text` spells, in the singular or plural, else None."""
        return next((self.keys[self._row_of[form]] for form in _forms(tag_form(text)) if form in self._row_of), None)

    def positions(self, key: str) -> Positions:
        """Return the positions of the tracks that bear a tag, in order; none for a key that no tag has."""
        return self._rows([self._row_of[form] for form in (tag_form(key),) if form in self._row_of])

    def bearing(self, key: str) -> Positions:
        """Return the positions of the tracks that bear a tag or a kind of it, in order: "acid jazz" is jazz, "jazz rap" is not."""
        return self._rows([row for row, other in enumerate(self.keys) if is_kind_of(other, key)])

    def _rows(self, rows: Sequence[int]) -> Positions:
        return union(*(self._tagged[self._starts[row] : self._starts[row + 1]] for row in rows))


def _forms(form: str) -> Iterator[str]:
    """Yield a form and, after it, its singular and plural; "blue" is no singular of "blues"."""
    yield form
    if len(form) >= _SHORTEST_PLURAL:
        if form.endswith("s") and form not in GENRES:
            yield form.removesuffix("s")
        if f"{form}s" not in GENRES:
            yield f"{form}s"


def is_kind_of(tag: str, key: str) -> bool:
    """Return whether a tag (both normalised) says the same as another or more: English says what a thing is at the end."""
    return tag == key or tag.endswith(f" {key}") or (len(key) >= _JOINED and tag.endswith(key))
