"""The catalog's most frequent tags by what they mean in many languages: "traurige" finds "sad", "pump iron" may find nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import numpy as np

from catalog.arrays import Vectors
from recommender.indexes.multilingual import MultilingualEncoder

MOST: Final = 1500
"""Tags that are known by meaning, the most frequent; rarer ones are found by their spelling."""

NEAR_IN_ITS_WORDS, NEAR, NEAR_IN_OTHER_SCRIPTS = 0.78, 0.7, 0.58
"""The cosines from which words are taken for a tag: "traurige" and "sad" have .76, "work time" and "at work" .71.

Words that are words of tags are found by those as they stand. In another script than Latin a mistake costs least: such words
mean nothing to whatever else reads them.
"""

_AT_MOST, SPREAD = 3, 0.05
"""Tags that a text is taken for together, and how far behind the nearest: "sad" is wistful and melancholic alike."""

_FILE: Final = "tag_meanings.npy"
_REMEMBERED: Final = 10_000  # texts; people say the same few moods and activities


@dataclass(frozen=True, eq=False)
class TagMeanings:
    """Tags' `keys` beside their `vectors`, float32 of shape (tags, dimensions)."""

    keys: tuple[str, ...]
    vectors: Vectors
    encoder: MultilingualEncoder
    _found: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def build(cls, keys: Sequence[str], encoder: MultilingualEncoder) -> Self:
        """Know tags, the most frequent first, by meaning."""
        keys = tuple(keys[:MOST])
        return cls(keys, encoder.encode(keys), encoder)

    @classmethod
    def load(cls, folder: Path, keys: Sequence[str], encoder: MultilingualEncoder) -> Self:
        """Read what `save` wrote, for the same tags."""
        return cls(tuple(keys[:MOST]), np.load(folder / _FILE).astype(np.float32), encoder)

    def save(self, folder: Path) -> None:
        """Write the vectors into a folder, in half precision."""
        np.save(folder / _FILE, self.vectors.astype(np.float16))

    def near(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Return for each text the keys of the tags that mean about the same, the nearest first, none where none is near."""
        # Another thread may forget everything at any moment: each text is looked up once.
        found = {text: known for text in texts if (known := self._found.get(text)) is not None}
        unknown = [text for text in dict.fromkeys(texts) if text and text not in found]
        if unknown and self.keys:
            cosines = self.encoder.encode(unknown) @ self.vectors.T
            for text, row in zip(unknown, cosines, strict=True):
                nearest = np.argsort(-row, kind="stable")[:_AT_MOST]
                least = max(self._near(text), float(row[nearest[0]]) - SPREAD)
                found[text] = tuple(self.keys[place] for place in nearest.tolist() if row[place] >= least)
            if len(self._found) > _REMEMBERED:
                self._found.clear()
            self._found.update((text, found[text]) for text in unknown)
        return [found.get(text, ()) for text in texts]

    def in_its_words(self, text: str) -> bool:
        """Return whether every word of a text is one of tags: it is probably in their language."""
        return self._words.issuperset(text.lower().split())

    def _near(self, text: str) -> float:
        if not any(map(str.isascii, text)):
            return NEAR_IN_OTHER_SCRIPTS
        return NEAR_IN_ITS_WORDS if self.in_its_words(text) else NEAR

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for key in self.keys for word in key.split())
