"""What a prompt says in tags: for each of some hundred words of music how much a prompt speaks of it.

A prompt's vector lies near the tags that it shares words or a topic with. A tag reader has learned from people who
described what they heard, in sentences and in tags, which tags their sentences stand for: "by the fireplace" for calm,
"belting" for vocals. It is a ridge regression (Hoerl and Kennard, 1970) from vectors to tags, solved exactly: the same
descriptions give the same reader.

A tag view scores tracks by that: from their own tags and their artists'. In the vector of a track's text its tags fade into
each other and into names; here each counts by itself. Catalogs tag sparsely: what an artist's tracks are tagged with stands
beside a track's own tags.
"""

import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from catalog.arrays import Codes, Counts, Numbers, Positions, Scores, Vectors
from recommender.array_files import ArrayFiles
from recommender.indexes.encoders import Encoder
from recommender.indexes.tags import TagIndex
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

_LIKENESS: Final = 0.6
"""The cosine from which a catalog's tag is taken for the most similar one that was learned."""

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
    return sorted(
        min(spelt[phrase].items(), key=lambda entry: (-entry[1], entry[0]))[0]
        for phrase, count in bearing.items()
        if count >= least
    )


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
    return {
        singular[start:end]: " ".join(said[start:end])
        for start in range(len(said))
        for end in range(start + 1, min(start + _LONGEST_PHRASE, len(said)) + 1)
    }


@dataclass(frozen=True, eq=False)
class _Profiles(ArrayFiles):
    """Weighted tags by row; rows that are equal share one profile.

    Row `i` has the profile `profile[i] - 1`, or none for 0; profile `p` bears `tags[starts[p]:starts[p + 1]]` (the last one
    all the rest) with `weights` alike.
    """

    profile: Codes
    starts: Counts
    tags: Codes
    weights: Scores

    @classmethod
    def of(cls, row: Positions, tag: Positions, weight: Numbers, size: int) -> Self:
        """Collect the entries of `size` rows, in any order, none of them twice."""
        order = np.lexsort((tag, row))
        entries = np.empty(len(order), dtype=[("tag", np.int32), ("weight", np.float32)])
        entries["tag"], entries["weight"] = tag[order], weight[order]
        content, width = entries.tobytes(), entries.itemsize
        ends = np.cumsum(np.bincount(row, minlength=size)).tolist()
        seen: dict[bytes, int] = {b"": 0}
        profile = np.array(
            [
                seen.setdefault(content[width * start : width * end], len(seen))
                for start, end in zip([0, *ends], ends, strict=False)
            ],
            dtype=np.int32,
        )
        distinct = [np.frombuffer(one, dtype=entries.dtype) for one in seen]
        starts = np.cumsum([len(one) for one in distinct])[:-1]
        kept = np.concatenate(distinct)
        return cls(profile, starts.astype(np.int64), kept["tag"].copy(), kept["weight"].copy())

    def score(self, readings: Readings, rows: Positions) -> Scores:
        wanted, place = np.unique(self.profile[rows], return_inverse=True)
        scores = np.zeros(len(wanted), dtype=np.float32)
        profiles = wanted[wanted > 0] - 1
        if len(profiles):
            first = self.starts[profiles]
            sizes = np.append(self.starts, len(self.tags))[profiles + 1] - first
            before = np.cumsum(sizes) - sizes
            entries = np.arange(sizes.sum()) + np.repeat(first - before, sizes)
            scores[wanted > 0] = np.add.reduceat(readings[self.tags[entries]] * self.weights[entries], before)
        return scores[place]


@dataclass(frozen=True, eq=False, slots=True)
class TagView:
    """Scores tracks by the learned tags that a prompt speaks of."""

    _reader: TagReader
    _tracks: _Profiles
    _artists: _Profiles
    artist: Codes

    @classmethod
    def build(cls, index: TagIndex, artist: Codes, encoder: Encoder, reader: TagReader) -> Self:
        """Map the tags of an index to those that a reader of the same encoder has learned.

        `artist` holds each track's code, int32 of shape (tracks,), counting up from 0. A track's tags count 1 / sqrt(n)
        each: ten that fit are more than one, but not ten times as much. Those of its artist count as their mean over
        the artist's tracks.
        """
        learned, likeness = _learned(index, encoder, reader)
        held = [index.positions(key) for key in index.keys]
        row = np.repeat(np.arange(len(held)), [len(positions) for positions in held])
        position = np.concatenate([np.zeros(0, np.int64), *held])
        kept = likeness[row] > 0
        position, tag, weight = position[kept], learned[row[kept]], likeness[row[kept]]
        order = np.lexsort((-weight, tag, position))  # of a track's entries for one learned tag the strongest counts
        position, tag, weight = position[order], tag[order], weight[order]
        first = np.ones(len(order), dtype=np.bool_)
        first[1:] = (np.diff(position) != 0) | (np.diff(tag) != 0)
        position, tag, weight = position[first], tag[first], weight[first]
        weight = weight / np.sqrt(np.bincount(position, minlength=len(artist)))[position]
        count = int(artist.max(initial=-1)) + 1
        shared, entry = np.unique(artist[position].astype(np.int64) * len(reader.keys) + tag, return_inverse=True)
        by, of = np.divmod(shared, len(reader.keys))
        mean = np.bincount(entry, weight, len(shared)) / np.bincount(artist, minlength=count)[by]
        return cls(
            reader,
            _Profiles.of(position, tag, weight, len(artist)),
            _Profiles.of(by, of, mean, count),
            artist,
        )

    @classmethod
    def load(cls, folder: Path) -> "TagView | None":
        """Read what `save` wrote; None where the bundle was built without a tag view."""
        path = folder / "tag_reader.npz"
        if not path.exists():
            return None
        tracks, artists = (_Profiles.load(folder, f"tag_view_{name}") for name in ("tracks", "artists"))
        return cls(TagReader.load(path), tracks, artists, np.load(folder / "tag_view_artist.npy"))

    def save(self, folder: Path) -> None:
        """Write the view, its reader with it, into a folder."""
        self._reader.save(folder / "tag_reader.npz")
        self._tracks.save(folder, "tag_view_tracks")
        self._artists.save(folder, "tag_view_artists")
        np.save(folder / "tag_view_artist.npy", self.artist)

    def score(self, vector: Vectors, positions: Positions) -> Scores:
        """Return how well some tracks' tags, and their artists', meet a prompt: float32 (positions,), 0 for not at all.

        `vector` is a unit vector, float32 of shape (dimensions,).
        """
        readings = self._reader.read(vector)
        of_artists = self._artists.score(readings, self.artist[positions].astype(np.int64))
        return np.asarray(self._tracks.score(readings, positions) + of_artists, dtype=np.float32)


def _learned(index: TagIndex, encoder: Encoder, reader: TagReader) -> tuple[Positions, Numbers]:
    """Return for each tag of the index the learned one that it is taken for, and how much of it counts.

    1 for one of the same words, else the squared cosine, and 0 where that is not near.
    """
    cosines = index.vectors @ encoder.encode(reader.keys).T
    nearest = cosines.argmax(axis=1)
    cosine = cosines.max(axis=1, initial=0)
    likeness = np.where(cosine >= _LIKENESS, np.square(cosine, dtype=np.float64), 0.0)
    numbers = {phrase_of(key): number for number, key in enumerate(reader.keys)}
    for row, key in enumerate(index.keys):
        if (number := numbers.get(phrase_of(key))) is not None:
            nearest[row], likeness[row] = number, 1.0
    return nearest, likeness
