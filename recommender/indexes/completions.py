"""Completing what a listener types: names and tags of tracks that may be recommended to them, and of no others."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Self

import numpy as np

from catalog.arrays import Counts, Mask, Positions
from catalog.credits import read_credit
from catalog.names import label_form, search_form
from catalog.tracks import Track, TrackId
from recommender.indexes.names import CatalogNames
from recommender.prompts.wishes import WishKind
from recommender.tracks.texts import known_name

COMPLETED: Final = (WishKind.ARTIST, WishKind.TITLE, WishKind.ALBUM, WishKind.LABEL, WishKind.TAG)


@dataclass(frozen=True, slots=True)
class Completion:
    """A name or tag that completes what was typed, as a permitted track spells it, and how many permitted `tracks` bear it.

    `key` is the form by which prompts find it. A title or an album is one `artist`'s; `track_id` is a track of that title.
    """

    kind: WishKind
    value: str
    key: str
    tracks: int
    artist: str | None = None
    track_id: TrackId | None = None

    @classmethod
    def of(cls, kind: WishKind, form: str, tracks: int, track: Track) -> Self | None:
        """Return a name, given in search form, as a track spells it; None where the track has no such name any more."""
        spelt = form if kind is WishKind.TAG else next((n for n in _names(kind, track) if search_form(n) == form), None)
        titled, key = kind in (WishKind.TITLE, WishKind.ALBUM), label_form(form) if kind is WishKind.LABEL else form
        artist, track_id = track.artist if titled else None, track.track_id if kind is WishKind.TITLE else None
        return None if spelt is None else cls(kind, spelt, key, tracks, artist, track_id)


@dataclass(frozen=True, eq=False)
class CompletionIndex:
    """Names in search form, one a line of `text`, in order: line `r` begins at `lines[r]`, and one more stands behind the last.

    `words` are the places in `text` where words begin, in the order of what follows there. Line `r` is borne by
    `positions[starts[r]:starts[r + 1]]`.
    """

    _text: str
    _lines: Counts
    _words: Counts
    _starts: Counts
    _positions: Positions

    @classmethod
    def build(cls, kind: WishKind, names: CatalogNames, tracks: Iterable[Track]) -> Self:
        """Index the names of a kind (`COMPLETED`) that a bundle knows, as its tracks, in the order of positions, have them."""
        held: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for name, whose, position in _named(kind, names, tracks):
            held[name, whose].append(position)
        named = sorted(one for one in held if one[0])
        text = "".join(f"{name}\n" for name, _ in named)
        words = [found.start() for found in re.finditer("[^ \n]+", text)]
        return cls(
            text,
            np.cumsum([0, *(len(name) + 1 for name, _ in named)]).astype(np.int64),
            np.array(sorted(words, key=lambda place: text[place : text.index("\n", place)]), dtype=np.int64),
            np.cumsum([0, *(len(held[one]) for one in named)]).astype(np.int64),
            np.array([position for one in named for position in held[one]], dtype=np.int64),
        )

    def complete(self, typed: str, permitted: Mask, k: int) -> list[tuple[str, Positions]]:
        """Return the `k` best completions of what was typed, each with its permitted tracks, one at least.

        `typed` is in search form, `permitted` of shape (tracks,). Best is the whole name, then its beginning, then the
        beginning of a word; then who has most tracks; then the order of the alphabet.
        """
        first, last = (
            find(self._words, typed, key=lambda place: self._text[place : place + len(typed)])
            for find in (bisect_left, bisect_right)
        )
        places = self._words[first:last]
        lines = np.searchsorted(self._lines, places, side="right") - 1
        before = np.concatenate([[0], np.cumsum(permitted[self._positions])])
        counts = before[self._starts[lines + 1]] - before[self._starts[lines]]
        begins = places == self._lines[lines]
        whole = begins & (self._lines[lines + 1] == places + len(typed) + 1)
        order = np.lexsort((lines, -counts - (len(self._positions) + 1) * (begins + whole.astype(np.int64))))
        found = list(islice(dict.fromkeys(lines[order][counts[order] > 0].tolist()), k))
        bearing = [self._positions[self._starts[line] : self._starts[line + 1]] for line in found]
        return [
            (self._text[self._lines[line] : self._lines[line + 1] - 1], positions[permitted[positions]])
            for line, positions in zip(found, bearing, strict=True)
        ]


def _named(kind: WishKind, names: CatalogNames, tracks: Iterable[Track]) -> Iterator[tuple[str, str, int]]:
    """Yield each name of a kind in search form, whose title or album it is, and a position that bears it.

    Of an artist the tracks that credit nobody else come first: they spell the name for sure.
    """
    match kind:
        case WishKind.TAG:
            for key in names.tags.keys:
                yield from ((key, "", position) for position in names.tags.positions(key).tolist())
        case WishKind.ARTIST:
            for form in {search_form(name) for track in tracks for name in _names(kind, track)}:
                own, within = names.artists.positions(form), names.guests.positions(form)
                yield from ((form, "", position) for position in dict.fromkeys((*own.tolist(), *within.tolist())))
        case _:
            for position, track in enumerate(tracks):
                whose = "" if kind is WishKind.LABEL else search_form(known_name(track.artist))
                yield from ((search_form(known_name(name)), whose, position) for name in _names(kind, track))


def _names(kind: WishKind, track: Track) -> tuple[str, ...]:
    """Return the names of a kind that a track has, as they are spelt there: of artists the whole credit, and all within."""
    if kind is not WishKind.ARTIST:
        return tuple(filter(None, (getattr(track, kind),)))
    performers = track.performers or read_credit(track.artist, track.title, lambda _: 0).performers
    return (track.artist, *(one.name for one in performers))
