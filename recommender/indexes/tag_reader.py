"""What a prompt says in tags: for each of some hundred words of music how much a prompt speaks of it.

A prompt's vector lies near the tags that it shares words or a topic with. A tag reader has learned from people who
described what they heard, in sentences and in tags, which tags their sentences stand for: "by the fireplace" for calm,
"belting" for vocals. It is a ridge regression (Hoerl and Kennard, 1970) from vectors to tags, solved exactly: the same
descriptions give the same reader.
"""

import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from catalog.arrays import Vectors
from recommender.tracks.texts import STOP_WORDS, words

Readings = npt.NDArray[np.float32]
"""How much a prompt speaks of each tag, float32 of shape (tags,): 0 for no more than prompts do on average, never below."""

Labels = npt.NDArray[np.bool_]
"""Which descriptions bear which tags, bool of shape (descriptions, tags)."""

Phrase = tuple[str, ...]

SHIPPED: Final = Path(__file__).with_name("tag_reader.npz")

RIDGE: Final = 5.0
"""The penalty on weights: between 2 and 10 nothing changes that could be told from chance."""

_RAREST: Final = 1e-3
"""Added to each tag's variance, so that one that hardly anybody bears is not read into every prompt."""

_LONGEST_PHRASE: Final = 3
_LONGEST_KEY: Final = 2
_SHORTEST_PLURAL: Final = 4


class TagReaderError(RuntimeError):
    """A tag reader that cannot be learned or opened; the message says why and what to do."""


@dataclass(frozen=True, eq=False, slots=True)
class TagReader:
    """Reads tags out of the vectors of one encoder, whose fingerprint is `encoder`.

    `keys` are the tags in lower-case words, `weights` float32 (tags, dimensions); `centre`, float32 (dimensions,), is a
    prompt that speaks of nothing.
    """

    keys: tuple[str, ...]
    weights: Vectors
    centre: Vectors
    encoder: str

    @classmethod
    def learn(cls, keys: Sequence[str], vectors: Vectors, labels: Labels, encoder: str) -> Self:
        """Learn to read those of `keys` that some description bears.

        `vectors`, float32 (descriptions, dimensions), are of the descriptions' sentences. Raises TagReaderError when no
        description bears a tag.
        """
        borne = np.flatnonzero(labels.any(axis=0))
        if not len(borne):
            raise TagReaderError("no description bears any of the tags; learn from descriptions with tags")
        centre, share = vectors.mean(axis=0, dtype=np.float64), labels[:, borne].mean(axis=0)
        away = vectors - centre
        within = away.T @ away + RIDGE * np.eye(vectors.shape[1])
        weights = np.linalg.solve(within, away.T @ (labels[:, borne] - share)) / np.sqrt(share * (1 - share) + _RAREST)
        return cls(
            tuple(keys[column] for column in borne.tolist()),
            weights.T.astype(np.float32),
            centre.astype(np.float32),
            encoder,
        )

    @classmethod
    def shipped(cls, encoder: str) -> Self | None:
        """Return the reader that comes with the package, or None where it was learned for another encoder."""
        reader = cls.load(SHIPPED)
        return reader if reader.encoder == encoder else None

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. Raises TagReaderError for a file that is no tag reader."""
        try:
            with np.load(path) as file:
                keys, encoder = (bytes(file[name]).decode() for name in ("keys", "encoder"))
                weights, centre = (file[name].astype(np.float32) for name in ("weights", "centre"))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise TagReaderError(
                f"{path} is no tag reader ({error}); install again, or learn one with `python -m eval tags`"
            ) from error
        return cls(tuple(keys.split("\n")), weights, centre, encoder)

    def save(self, path: Path) -> None:
        """Write the reader to a file in half precision, which moves readings by less than 0.01."""
        with path.open("wb") as file:
            np.savez(
                file,
                keys=np.frombuffer("\n".join(self.keys).encode(), dtype=np.uint8),
                encoder=np.frombuffer(self.encoder.encode(), dtype=np.uint8),
                weights=self.weights.astype(np.float16),
                centre=self.centre.astype(np.float16),
            )

    def read(self, vector: Vectors) -> Readings:
        """Return how much a prompt speaks of each tag. `vector` is a unit vector, float32 of shape (dimensions,)."""
        return np.asarray(np.maximum(self.weights @ (vector - self.centre), 0), dtype=np.float32)


def common_keys(tags: Iterable[Iterable[str]], least: int) -> list[str]:
    """Return the words and pairs of words that stand in the tags of at least `least` descriptions, by the alphabet.

    Of spellings with and without a plural's s the most frequent one is taken; stop words are no tags.
    """
    bearing: Counter[Phrase] = Counter()
    spelt: dict[Phrase, Counter[str]] = {}
    for said in tags:
        spellings = {
            phrase: spelling
            for tag in said
            for phrase, spelling in _phrases(tag).items()
            if len(phrase) <= _LONGEST_KEY and not STOP_WORDS.intersection(phrase)
        }
        bearing.update(spellings.keys())
        for phrase, spelling in spellings.items():
            spelt.setdefault(phrase, Counter())[spelling] += 1
    common = [phrase for phrase, count in bearing.items() if count >= least]
    return sorted(min(spelt[phrase].items(), key=lambda entry: (-entry[1], entry[0]))[0] for phrase in common)


def labelled(tags: Iterable[Iterable[str]], keys: Sequence[str]) -> Labels:
    """Return which descriptions (the tags of each) bear which of `keys`: those whose words stand within one of its tags.

    "Acoustic guitars" bears "guitar", and "acoustic guitar".
    """
    column_of = {phrase_of(key): column for column, key in enumerate(keys)}
    rows = [{phrase for tag in said for phrase in _phrases(tag)} for said in tags]
    labels = np.zeros((len(rows), len(keys)), dtype=np.bool_)
    for row, phrases in enumerate(rows):
        labels[row, [column_of[phrase] for phrase in phrases & column_of.keys()]] = True
    return labels


def phrase_of(tag: str) -> Phrase:
    """Return a tag's words in the singular, as far as English forms plurals with an s."""
    return tuple(
        word[:-1] if len(word) >= _SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss") else word
        for word in words(tag)
    )


def _phrases(tag: str) -> dict[Phrase, str]:
    """Return the runs of words within a tag, with how each is spelt."""
    said, singular = words(tag), phrase_of(tag)
    spans = [
        (start, end)
        for start in range(len(said))
        for end in range(start + 1, min(start + _LONGEST_PHRASE, len(said)) + 1)
    ]
    return {singular[start:end]: " ".join(said[start:end]) for start, end in spans}
