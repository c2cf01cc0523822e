"""Tracks seen through what a prompt says in tags: a score for each track, from its own tags and its artist's.

In the vector of a track's text its tags fade into each other and into names; here each counts by itself. Catalogs tag
sparsely: what an artist's tracks are tagged with stands beside a track's own tags.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np

from catalog.arrays import Codes, Counts, Numbers, Positions, Scores, Vectors
from recommender.array_files import ArrayFiles
from recommender.indexes.encoders import Encoder
from recommender.indexes.tag_reader import Readings, TagReader, phrase_of
from recommender.indexes.tags import TagIndex

_LIKENESS: Final = 0.6
"""The cosine from which a catalog's tag is taken for the most similar one that was learned."""


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
            parts = readings[self.tags[entries]] * self.weights[entries]
            scores[wanted > 0] = np.add.reduceat(parts, before)
        return scores[place]


@dataclass(frozen=True, eq=False, slots=True)
class TagView:
    """What a prompt says in tags, met by tracks."""

    _reader: TagReader
    _tracks: _Profiles
    _artists: _Profiles
    artist: Codes

    @classmethod
    def build(cls, index: TagIndex, artist: Codes, encoder: Encoder, reader: TagReader) -> Self:
        """See the tracks of an index through a reader of the same encoder.

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
