"""Tracks, artists and their identifiers."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NewType

import pycountry

from catalog.credits import Credit, Performer, read_credit
from catalog.names import identity, search_form

TrackId = NewType("TrackId", str)
"""The catalog's own name of a track."""

Position = NewType("Position", int)
"""The place of a track, 0 to n - 1, that it keeps for ever: a row of the store, a bit of a bitmap, a vector of an index."""

Territory = str
"""ISO 3166-1 alpha-2, upper case."""

WORLDWIDE = "Worldwide"

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")


@dataclass(frozen=True, slots=True)
class Track:
    """One recording as the catalog describes it; None or something empty means "not known".

    `energy` and `valence` may come on any finite scale: only their order within the catalog is used.
    `popularity` is a non-negative count or score on the catalog's own scale, `duration_s` in seconds, `tempo_bpm`
    in beats per minute. `attributes` keeps the columns that we have no name for. `performers` are those that a delivery
    credits one by one; where there are none, `artist` and `title` are read (`catalog.credits`).
    """

    track_id: TrackId
    title: str
    artist: str
    artist_id: str = ""
    isrc: str | None = None
    album: str | None = None
    year: int | None = None
    duration_s: float | None = None
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tempo_bpm: float | None = None
    energy: float | None = None
    valence: float | None = None
    explicit: bool | None = None
    instrumental: bool | None = None
    language: str | None = None
    label: str | None = None
    licence: str | None = None
    popularity: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    performers: tuple[Performer, ...] = ()


@dataclass(frozen=True, slots=True)
class Artist:
    """What is known of an artist; it counts for the tracks that know less. `tags` are ordered by weight."""

    name: str
    tags: tuple[str, ...] = ()
    country: str | None = None
    label: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None

    @property
    def key(self) -> str:
        """The identity form of the name, by which this artist is joined with tracks and plays."""
        return identity(self.name)


def credits_of(tracks: Sequence[Track]) -> Iterator[Credit]:
    """Yield who performs each of the tracks, which are the whole catalog: what is an act of its own, they tell."""
    recordings = Counter(identity(track.artist) for track in tracks)
    for track in tracks:
        if track.performers:
            yield Credit(track.performers)
        else:
            yield read_credit(track.artist, track.title, recordings.__getitem__)


def credited_forms(track: Track) -> frozenset[str]:
    """Return the search forms of a credit and of all whom it may name, cut wherever it can be."""
    credit = read_credit(track.artist, track.title, lambda _: 0)
    return frozenset(search_form(name) for name in (track.artist, *(one.name for one in credit.performers)))


def parse_isrc(text: str) -> str:
    """Return an ISRC (ISO 3901) in its twelve-character form, hyphens removed.

    Raises ValueError when the syntax is not two letters, three alphanumerics and seven digits.
    """
    isrc = text.replace("-", "").replace(" ", "").upper()
    if not _ISRC.fullmatch(isrc):
        raise ValueError(f"{text!r} is not an ISRC: two letters, three letters or digits, seven digits")
    return isrc


@lru_cache(maxsize=1024)
def parse_territory(text: str) -> Territory:
    """Return an ISO 3166-1 alpha-2 code in upper case.

    Raises ValueError for anything that ISO 3166-1 does not assign.
    """
    code = text.strip().upper()
    if not (len(code) == 2 and code.isascii() and code.isalpha()) or pycountry.countries.get(alpha_2=code) is None:
        raise ValueError(f"{text!r} is not a territory: use an ISO 3166-1 alpha-2 code such as DE")
    return code


def parse_territory_or_worldwide(text: str) -> Territory:
    """Return `Worldwide`, in any case, as it is spelt, or a territory (`parse_territory`)."""
    return WORLDWIDE if text.strip().lower() == WORLDWIDE.lower() else parse_territory(text)
