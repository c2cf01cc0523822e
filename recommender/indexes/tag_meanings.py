"""The catalog's most frequent tags by what they mean in many languages: "traurige" finds "sad", "pump iron" may find nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np

from catalog.arrays import Vectors
from recommender.indexes.multilingual import MultilingualEncoder

MOST: Final = 1500
"""Tags that are known by meaning, the most frequent; rarer ones are found by their spelling."""

NEAR, NEAR_IN_OTHER_SCRIPTS = 0.7, 0.58
"""The cosines from which words are taken for a tag: "traurige" and "sad" have .76, "work out" and "at work" .66.

In another script than Latin the first cost is smaller: such words mean nothing to whatever else reads them.
"""

_FILE: Final = "tag_meanings.npy"
_REMEMBERED: Final = 10_000  # texts; people say the same few moods and activities


@dataclass(frozen=True, eq=False, slots=True)
class TagMeanings:
    """Tags' `keys` beside their `vectors`, float32 of shape (tags, dimensions)."""

    keys: tuple[str, ...]
    vectors: Vectors
    encoder: MultilingualEncoder
    _found: dict[str, str | None] = field(default_factory=dict)

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

    def near(self, texts: Sequence[str]) -> list[str | None]:
        """Return for each text the key of the tag that means about the same, None where none is near."""
        unknown = [text for text in dict.fromkeys(texts) if text not in self._found]
        if unknown and self.keys:
            cosines = self.encoder.encode(unknown) @ self.vectors.T
            best = zip(unknown, cosines.argmax(axis=1).tolist(), cosines.max(axis=1).tolist(), strict=True)
            if len(self._found) > _REMEMBERED:
                self._found.clear()
            for text, row, cosine in best:
                near = NEAR if any(map(str.isascii, text)) else NEAR_IN_OTHER_SCRIPTS
                self._found[text] = self.keys[row] if cosine >= near else None
        return [self._found.get(text) for text in texts]
