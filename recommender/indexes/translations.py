"""What words of any language mean, by likeness: English phrases, and the catalog's most frequent tags.

What is searched is English: tags, texts and their encoder. What a prompt says in another language is looked for by the English
words of those phrases that mean most nearly the same (Cover and Hart, "Nearest neighbor pattern classification", 1967). They
come from `eval/prompts/corpus`; `python -m eval english` collects them again.

Tags are found by what they mean: "traurige" finds "sad", "pump iron" may find nothing.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import numpy as np

from catalog.arrays import Positions, Vectors
from recommender.indexes.multilingual import MultilingualEncoder

SHIPPED: Final = Path(__file__).with_name("english.npz")

BUCKETS: Final = 16384
"""Weights of what tells English from other languages: parts of words share them by their sums."""

_NEAR: Final = 0.72
"""The cosine from which a phrase has a say: "allegre" and "allegri" have .8, words that the encoder does not know .7 with any."""

_VOTES: Final = 5
_STEM: Final = 5  # letters that words of one stem share
_REMEMBERED: Final = 10_000  # texts; people say the same few moods and activities
_PHRASES, _VECTORS = "words_english.npz", "words_english.npy"

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


@dataclass(frozen=True, eq=False)
class English:
    """Phrases that were `said`, in any language, beside their `vectors`, float32 (said, dimensions), and what they are in English.

    `english` holds the place of each one's own in `phrases`; `foreign`, float32 (BUCKETS,), what parts of words say of the
    language.
    """

    said: tuple[str, ...]
    phrases: tuple[str, ...]
    english: Positions
    foreign: Vectors
    vectors: Vectors
    encoder: MultilingualEncoder
    _found: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def build(folder: Path, encoder: MultilingualEncoder) -> None:
        """Write what is shipped into a folder, and the vectors of what was said: 29 MB, which are mapped."""
        (folder / _PHRASES).write_bytes(SHIPPED.read_bytes())
        np.save(folder / _VECTORS, encoder.encode(_read(SHIPPED)[0]))

    @classmethod
    def load(cls, folder: Path, encoder: MultilingualEncoder) -> Self:
        """Read what `build` wrote, whatever is shipped by now."""
        return cls(*_read(folder / _PHRASES), np.load(folder / _VECTORS, mmap_mode="r").view(np.ndarray), encoder)

    @staticmethod
    def is_built(folder: Path) -> bool:
        """Return whether a folder holds what `build` writes."""
        return (folder / _PHRASES).exists() and (folder / _VECTORS).exists()

    def called(self, texts: Sequence[str]) -> list[str | None]:
        """Translate each text to English by its nearest known phrases, ignoring case; None where none is near."""
        low = [text.lower() for text in texts]
        # Another thread may forget everything at any moment: each text is looked up once.
        found = {text: known for text in low if (known := self._found.get(text)) is not None}
        for text in dict.fromkeys(low):
            if text not in found and (spelt := next(filter(None, map(self._known.get, _spellings(text))), None)):
                found[text] = spelt
        if unknown := [text for text in dict.fromkeys(low) if text not in found]:
            cosines = self.encoder.encode(unknown) @ self.vectors.T
            nearest = np.argpartition(-cosines, _VOTES, axis=1)[:, :_VOTES]
            for text, row, places in zip(unknown, cosines, nearest, strict=True):
                votes = np.zeros(len(self.phrases))
                np.add.at(votes, self.english[places], np.maximum(row[places] - _NEAR, 0))
                found[text] = self.phrases[int(votes.argmax())] if votes.any() else ""
            if len(self._found) > _REMEMBERED:
                self._found.clear()
            self._found.update((text, found[text]) for text in unknown)
        return [found[text] or None for text in low]

    def is_foreign(self, text: str) -> bool:
        """Return whether a text is likelier in another language than English."""
        return bool(self.foreign[[zlib.crc32(part.encode()) % BUCKETS for part in parts(text)]].sum() > 0)

    @cached_property
    def _known(self) -> dict[str, str]:
        """Return what is said, and what that is without its last letters, with what most of those are called."""
        votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text, place in zip(self.said, self.english.tolist(), strict=True):
            for spelling in _spellings(text):
                votes[spelling][self.phrases[place]] += 1 if spelling != text else len(self.said)
        return {spelling: counted.most_common(1)[0][0] for spelling, counted in votes.items()}


def _spellings(text: str) -> Iterator[str]:
    """Yield a text, and what is left of it without one letter and two: "allegre" is "allegro" and "allegri"."""
    yield text
    yield from (text[:-cut] + "-" for cut in (1, 2) if len(text) - cut >= _STEM)


def parts(text: str) -> Iterator[str]:
    """Yield the features that tell the language of a text: its words and their letter trigrams, ends marked."""
    for word in text.lower().split():
        yield word
        ended = f"<{word}>"
        yield from (ended[start : start + 3] for start in range(len(ended) - 2))


def _read(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], Positions, Vectors]:
    with np.load(path) as file:
        said, phrases = (tuple(file[name].tobytes().decode().split("\n")) for name in ("said", "phrases"))
        return said, phrases, file["english"].astype(np.int64), file["foreign"].astype(np.float32)


@dataclass(frozen=True, eq=False)
class TagMeanings:
    """Tags' `keys` beside their `vectors`, float32 of shape (tags, dimensions)."""

    keys: tuple[str, ...]
    vectors: Vectors
    encoder: MultilingualEncoder
    _found: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def build(cls, keys: Sequence[str], encoder: MultilingualEncoder) -> Self:
        """Encode up to 1,500 tags, the most frequent first."""
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
