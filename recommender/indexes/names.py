"""Names: which tracks are by an artist, on an album or a label, or bear a title, and which artist a misspelt name means.

All are looked up by a hash of the normalised name, without a pass over all names. Hashes keep the index a few arrays that load at once, however many names there are; at 64 bits, two of a million names
share one with a probability of 3 in 100 million.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from catalog.arrays import Column, Counts, Hashes, Positions
from catalog.credits import Role
from catalog.names import label_form, search_form
from catalog.sorted_sets import intersection, union
from catalog.tracks import Track, credits_of
from recommender.array_files import ArrayFiles
from recommender.indexes.tags import TagIndex
from recommender.indexes.translations import English, TagMeanings
from recommender.prompts.wishes import Wish, WishKind
from recommender.tracks.texts import known_name

_LEAST_LETTERS: Final = 5
_TWO_ERRORS: Final = 9
_LEAST_INITIALS: Final = 3
_KNOWN_BY_INITIALS: Final = 5  # one artist in so many, the most popular: nobody abbreviates whom few know
_JOINTS: Final = frozenset({"and", "n"})
_INDEXES: Final = ("artist", "guest", "title", "album", "label")
_BEARING: Final = {
    WishKind.ARTIST: ("artists", "guests"),
    WishKind.TITLE: ("titles",),
    WishKind.ALBUM: ("albums",),
    WishKind.LABEL: ("labels",),
}


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


@dataclass(frozen=True, eq=False)
class NameIndex(ArrayFiles):
    """Names to positions. `hashes` is sorted; row `r` stands for `positions[starts[r]:starts[r + 1]]`."""

    _hashes: Hashes
    _starts: Counts
    _positions: Positions

    @classmethod
    def build(cls, names: Iterable[tuple[int, str]]) -> Self:
        """Index positions with one of their normalised names each, in the order of the positions; no empty name is indexed."""
        named = [(position, name_hash(key)) for position, key in names if key]
        every = np.array([found for _, found in named], dtype=np.uint64)
        order = np.argsort(every, kind="stable")
        hashes, counts = np.unique(every, return_counts=True)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(hashes, starts, np.array([position for position, _ in named], dtype=np.int64)[order])

    def positions(self, key: str) -> Positions:
        """Return the positions that bear a normalised name, in order; none if nobody does."""
        row = self._row(key)
        return self._positions[:0] if row is None else self._positions[self._starts[row] : self._starts[row + 1]]

    def codes(self, size: int) -> Positions:
        """Return a group code for each of `size` positions, int64: equal for equal names, -1 for positions without a name."""
        found = np.full(size, -1, dtype=np.int64)
        found[self._positions] = np.repeat(np.arange(len(self._hashes)), np.diff(self._starts))
        return found

    def __contains__(self, key: str) -> bool:
        return self._row(key) is not None

    def _row(self, key: str) -> int | None:
        wanted = np.uint64(name_hash(key))
        row = int(np.searchsorted(self._hashes, wanted))
        return row if row < len(self._hashes) and self._hashes[row] == wanted else None


@dataclass(frozen=True, eq=False, slots=True)
class CatalogNames:
    """The names that a built catalog knows, for reading prompts and for finding what they name.

    `artists`, `titles`, `albums` and `labels` are by whole name, `guests` holds the tracks that credit an artist beside
    others ("Nina Vale" in "Nina Vale & Harbour" and in "Harbour feat. Nina Vale"). `tags` are the catalog's own.
    """

    artists: NameIndex
    guests: NameIndex
    titles: NameIndex
    albums: NameIndex
    labels: NameIndex
    spellings: Spellings
    tags: TagIndex
    meanings: TagMeanings | None = None
    english: English | None = None

    @classmethod
    def build(cls, tracks: Sequence[Track], popularity: Sequence[float] | Column, tags: TagIndex) -> Self:
        """Index the names of tracks. `popularity` has shape (tracks,) and is a share, 0 to 1.

        Of several artists that a misspelt name may mean the most popular counts: each track speaks for its artist with
        1 plus its popularity.
        """
        keys = [search_form(known_name(track.artist)) for track in tracks]
        weights: dict[str, float] = {}
        for key, weight in zip(keys, popularity, strict=True):
            if key:
                weights[key] = weights.get(key, 0.0) + 1 + float(weight)
        credit = [
            (position, part)
            for position, read in enumerate(credits_of(tracks))
            for one in (read.performers if len(read.performers) > 1 else ())
            if (part := search_form(one.name)) in weights
            or (one.role is Role.LEAD and read.performers[-1].role is Role.FEATURED)
        ]
        for position, part in credit:
            weights[part] = weights.get(part, 0.0) + 1 + float(popularity[position])
        return cls(
            NameIndex.build(enumerate(keys)),
            NameIndex.build(credit),
            NameIndex.build((position, search_form(known_name(track.title))) for position, track in enumerate(tracks)),
            NameIndex.build(
                (position, search_form(known_name(track.album or ""))) for position, track in enumerate(tracks)
            ),
            NameIndex.build(
                (position, label_form(known_name(track.label or ""))) for position, track in enumerate(tracks)
            ),
            Spellings.build(weights),
            tags,
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        artists, guests, titles, albums, labels = (NameIndex.load(folder, name) for name in _INDEXES)
        return cls(artists, guests, titles, albums, labels, Spellings.load(folder), TagIndex.load(folder))

    def save(self, folder: Path) -> None:
        """Write the names into a folder."""
        for name in _INDEXES:
            getattr(self, f"{name}s").save(folder, name)
        self.spellings.save(folder)
        self.tags.save(folder)

    def key(self, kind: WishKind, text: str) -> str | None:
        """Return the key of what has exactly the name `text`: an ARTIST (in a credit too), TITLE, ALBUM or LABEL; else None.

        A label's name may be with or without "Records".
        """
        key = label_form(text) if kind is WishKind.LABEL else search_form(text)
        return key if any(key in getattr(self, index) for index in _BEARING[kind]) else None

    def near_artist(self, text: str, *, initials: bool) -> str | None:
        """Return the key of the artist whose name `text` most likely misspells, or else None; see `Spellings.near`."""
        return self.spellings.near(search_form(text), initials=initials)

    def tag(self, text: str) -> str | None:
        """Return the key of the tag that `text` spells, in the singular or plural, else None."""
        return self.tags.tag(text)

    def near_tags(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Return for each text the keys of the tags that mean about the same in any language; see `TagMeanings.near`."""
        return [()] * len(texts) if self.meanings is None else self.meanings.near(texts)

    def in_english(self, texts: Sequence[str]) -> list[str | None]:
        """Return for each text what English prompts call it, None where that is not known; see `English.called`."""
        return [None] * len(texts) if self.english is None else self.english.called(texts)

    def is_foreign(self, text: str) -> bool:
        """Return whether a text is likelier in another language than English; see `English.is_foreign`."""
        return self.english is not None and self.english.is_foreign(text)

    def tracks(self, wish: Wish) -> Positions:
        """Return the positions of the tracks that a wish names, wanted or not, in order; none for a wish that names nothing."""
        match wish.kind:
            case WishKind.ARTIST | WishKind.LIKE_ARTIST | WishKind.NOT_ARTIST:
                return self.by(wish.value)
            case WishKind.TITLE | WishKind.LIKE_TITLE | WishKind.NOT_TITLE:
                return self._works(self.titles, *wish.value)
            case WishKind.ALBUM | WishKind.LIKE_ALBUM | WishKind.NOT_ALBUM:
                return self._works(self.albums, *wish.value)
            case WishKind.LABEL | WishKind.NOT_LABEL:
                return self.labels.positions(wish.value)
        return np.zeros(0, dtype=np.int64)

    def _works(self, index: NameIndex, name: str, artist: str | None) -> Positions:
        positions = index.positions(name)
        return positions if artist is None else intersection(positions, self.by(artist))

    def by(self, artist: str) -> Positions:
        """Return the positions of an artist's tracks (by key), alone or with others, in order."""
        return union(self.artists.positions(artist), self.guests.positions(artist))


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
