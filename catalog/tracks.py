"""Tracks, artists and their identifiers."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NewType
from urllib.parse import unquote

from catalog.credits import Credit, Performer, names_nobody, read_credit
from catalog.names import identity, search_form

TrackId = NewType("TrackId", str)
"""The catalog's own name of a track."""

Position = NewType("Position", int)
"""The place of a track, 0 to n - 1, that it keeps for ever: a row of the store, a bit of a bitmap, a vector of an index."""

Territory = str
"""ISO 3166-1 alpha-2, upper case."""

WORLDWIDE = "Worldwide"

DEFAULT_TERRITORY: Territory = "DE"
"""Where a request is answered for that names no territory, and `CONSONANCE_TERRITORY` names none either."""

TERRITORIES: frozenset[Territory] = frozenset((
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB",
    "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY",
    "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX",
    "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK",
    "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS",
    "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR",
    "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA",
    "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE",
    "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM",
    "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG",
    "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF",
    "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY",
    "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
))  # fmt: skip
"""Every territory that ISO 3166-1 assigns, as pycountry has them, which takes a tenth of a second to say so."""

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_WRAPPED_ISRC = re.compile(r"(?:urn:)?isrc\b[\s:/=]*", re.IGNORECASE)
_AROUND_ISRC = " -\u2010\u2011\u2012\u2013\u2014\u2212._'\"`<>()[]{}\t\r\n\u00a0\u200b\ufeff"

TRACK_URN, ISRC_URN = "urn:consonance:track:", "urn:isrc:"
"""Before the id of a track, percent-encoded, and before an ISRC in our exports."""


@dataclass(frozen=True, slots=True)
class Track:
    """One recording as the catalog describes it; None or something empty means "not known".

    `energy` and `valence` may come on any finite scale: only their order within the catalog is used.
    `popularity` is a non-negative count or score on the catalog's own scale, `duration_s` in seconds, `tempo_bpm`
    in beats per minute. `location` is the path or address of its audio, `mbid` MusicBrainz's id of the recording (a UUID in
    lower case). `attributes` keeps the columns that we have no name for. `performers` are those that a delivery
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
    location: str | None = None
    mbid: str | None = None

    @property
    def has_letters(self) -> bool:
        """Whether title or artist has a letter of any script; nobody knows music without one by its name."""
        return any(map(str.isalpha, self.title)) or any(map(str.isalpha, self.artist))


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
    alone = cache(lambda artist: read_credit(artist, "", recordings.__getitem__))
    for track in tracks:
        if track.performers:
            yield Credit(track.performers)
        elif names_nobody(track.title):
            yield alone(track.artist)
        else:
            yield read_credit(track.artist, track.title, recordings.__getitem__)


def credited_forms(track: Track) -> frozenset[str]:
    """Return the search forms of a credit and of all whom it may name, cut wherever it can be."""
    credit = read_credit(track.artist, track.title, lambda _: 0)
    return frozenset(search_form(name) for name in (track.artist, *(one.name for one in credit.performers)))


def parse_isrc(text: str) -> str:
    """Return an ISRC (ISO 3901) in its twelve-character form, without hyphens, blanks, `urn:isrc:` and brackets around it.

    Raises ValueError when the syntax is not two letters, three alphanumerics and seven digits.
    """
    bare = _WRAPPED_ISRC.sub("", unicodedata.normalize("NFKC", text).strip(), count=1)
    isrc = bare.translate(dict.fromkeys(map(ord, _AROUND_ISRC)))
    if not isrc.isascii() or not _ISRC.fullmatch(isrc := isrc.upper()):  # the capital of ß is SS
        raise ValueError(f"{text!r} is not an ISRC: two letters, three letters or digits, seven digits")
    return isrc


def isrc_in(text: str) -> str | None:
    """Return the ISRC that a text is, in whatever wrapping (`parse_isrc`); None where it is something else."""
    try:
        return parse_isrc(text)
    except ValueError:
        return None


def parse_track_id(text: str) -> TrackId:
    """Return the id of a track, also from the form in which our exports name it."""
    return TrackId(unquote(text[len(TRACK_URN) :]) if text.lower().startswith(TRACK_URN) else text)


@lru_cache(maxsize=1024)
def parse_territory(text: str) -> Territory:
    """Return an ISO 3166-1 alpha-2 code in upper case.

    Raises ValueError for anything that ISO 3166-1 does not assign.
    """
    code = text.strip().upper()
    if not text.isascii() or code not in TERRITORIES:  # the capital of ß is SS
        raise ValueError(f"{text!r} is not a territory: use an ISO 3166-1 alpha-2 code such as DE")
    return code


def parse_territory_or_worldwide(text: str) -> Territory:
    """Return `Worldwide`, in any case, as it is spelt, or a territory (`parse_territory`)."""
    return WORLDWIDE if text.strip().lower() == WORLDWIDE.lower() else parse_territory(text)
