"""The vocabulary of the generated catalog, read from the TOML files beside this module: words, names, genres, schemes.

None of the names and titles composed from it is meant to be a real artist's.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from random import Random
from typing import Any, TypeVar

from catalog.tracks import Track

Banks = Mapping[str, Sequence[str]]
"""A slot's name and the words that may fill it."""

Row = TypeVar("Row")

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Genre:
    """One genre: how it sounds, who plays it, and how its titles read.

    `family` is the taste group that listens to it. `tempo` in beats per minute, `energy` and `valence` in [0, 1],
    `duration` in seconds and `years` are closed ranges. `instrumental` and `explicit` are shares in [0, 1], the latter of
    the sung tracks. Every track has the instruments of `core`; some of `colour` join. `names` are patterns of artists'
    names (one of `{first}` and `{last}` alone is a person's), `titles` names a group of `TITLES`. `acts` says how many
    artists play it.
    """

    name: str
    family: str
    broader: tuple[str, ...]
    tempo: tuple[int, int]
    energy: tuple[float, float]
    valence: tuple[float, float]
    duration: tuple[int, int]
    years: tuple[int, int]
    core: tuple[str, ...]
    colour: tuple[str, ...]
    moods: tuple[str, ...]
    tags: tuple[str, ...]
    names: tuple[str, ...]
    titles: str
    countries: tuple[str, ...]
    acts: int
    instrumental: float = 0.0
    explicit: float = 0.0
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Uploader:
    """An account of the flood: the words that people type and it stuffs into titles, and the genre it poses as."""

    name: str
    genre: str
    keywords: tuple[str, ...]
    moods: tuple[str, ...]
    instruments: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """What a playlist is about: its possible titles, and which tracks fit.

    These have any of `words` among their genres, moods and tags (no words: all have), the genre `within`, an energy and
    a year in the closed ranges, and no vocals where it is `instrumental`.
    """

    titles: tuple[str, ...]
    words: tuple[str, ...] = ()
    within: str | None = None
    energy: tuple[float, float] = (0.0, 1.0)
    years: tuple[int, int] = (0, 9999)
    instrumental: bool = False

    def fits(self, track: Track) -> bool:
        """Whether a track of the generated catalog belongs on a playlist of this theme."""
        return (
            (not self.words or not {*track.genres, *track.moods, *track.tags}.isdisjoint(self.words))
            and (self.within is None or self.within in track.genres)
            and self.energy[0] <= (track.energy or 0) <= self.energy[1]
            and self.years[0] <= (track.year or 0) <= self.years[1]
            and (not self.instrumental or bool(track.instrumental))
        )


def compose(rng: Random, patterns: Sequence[str], banks: Banks) -> str:
    """Fill the slots (`{town}`) of one of the patterns with words from the banks; words may have slots again.

    A word that the text has already is avoided where the bank has others.

    Raises KeyError naming a slot that has no bank.
    """
    text = rng.choice(patterns)
    while slot := _SLOT.search(text):
        bank = banks[slot[1]]
        text = (
            text[: slot.start()] + rng.choice([word for word in bank if word not in text] or bank) + text[slot.end() :]
        )
    return text


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("catalog.demo").joinpath(name).read_text("utf-8"))


def _rows(name: str, kind: Callable[..., Row]) -> tuple[Row, ...]:
    """Read each table of a data file as one `kind`, arrays as tuples."""
    (tables,) = _read(name).values()
    return tuple(
        kind(**{field: tuple(value) if isinstance(value, list) else value for field, value in table.items()})
        for table in tables
    )


GENRES = _rows("genres.toml", Genre)
UPLOADERS = _rows("flood.toml", Uploader)
THEMES = _rows("playlists.toml", Theme)

FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(genre.family for genre in GENRES))

_WORDS, _NAMES = _read("words.toml"), _read("names.toml")

WORDS: Banks = {**_WORDS["words"], **_NAMES["artists"]}
"""What titles and artists' names are made of."""

TITLES: Banks = _WORDS["titles"]
"""Patterns of titles by group."""

LABELS: Banks = _NAMES["labels"]
"""Labels by taste group."""

PEOPLE: Mapping[str, Banks] = {
    country: {"first": culture["first"], "last": culture["last"]}
    for culture in _NAMES["people"].values()
    for country in culture["countries"]
}
"""First and last names by country."""
