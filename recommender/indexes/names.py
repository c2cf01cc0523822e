"""Exact names: which tracks are by an artist, on an album or a label, or bear a title, by a hash of the normalised name.

Hashes keep the index a few arrays that load at once, however many names there are; at 64 bits, two of a million names
share one with a probability of 3 in 100 million.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np

from catalog.arrays import Column, Counts, Hashes, Positions
from catalog.credits import Role
from catalog.names import label_form, search_form
from catalog.sorted_sets import intersection, union
from catalog.tracks import Track, credits_of
from recommender.array_files import ArrayFiles
from recommender.indexes.english import English
from recommender.indexes.spellings import Spellings, name_hash
from recommender.indexes.tag_meanings import TagMeanings
from recommender.indexes.tags import TagIndex
from recommender.prompts.wishes import Wish, WishKind
from recommender.tracks.texts import known_name

_INDEXES: Final = ("artist", "guest", "title", "album", "label")
_BEARING: Final = {
    WishKind.ARTIST: ("artists", "guests"),
    WishKind.TITLE: ("titles",),
    WishKind.ALBUM: ("albums",),
    WishKind.LABEL: ("labels",),
}


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
        """Return a number for each of `size` positions, int64, the same for those of one name; -1 for those of none."""
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
