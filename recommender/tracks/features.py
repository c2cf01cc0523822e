"""Features of every track, as columns: years, tempo, energy, vocals, language, popularity, near-duplicates."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, ClassVar, Final, Self

import numpy as np

from catalog.arrays import Codes, Column, Mask, Met, Numbers, Positions
from catalog.names import identity
from catalog.tracks import Position, Track
from recommender.array_files import ArrayFiles
from recommender.prompts.languages import UNSUNG, language_code
from recommender.prompts.wishes import COMPARED, Wish, WishKind
from recommender.tracks.texts import MAX_TAGS, leads, performer_key, song_name

_VOCAL_WORDS = frozenset(
    {"vocals", "voice", "singing", "female vocals", "male vocals", "female vocalists", "male vocalists"}
)
_INSTRUMENTAL_WORDS = frozenset({"instrumental", "instrumentals", "no vocals"})

ONE_RECORDING = 5
"""Songs and credits, as far as they can be told, that one ISRC may have: a recording is spelled in a few ways.

An ISRC of more is one that filled a column or an album, and names nothing.
"""

ENERGY_BANDS = {"low": (0.0, 0.4), "medium": (0.25, 0.75), "high": (0.6, 1.0)}
"""Energy as a share of the catalog that has less of it: scales differ between catalogs, the order does not."""

USUAL_TRACK_S: Final = 240.0

POPULARITY_BANDS = {"low": (0.0, 0.5), "high": (0.8, 1.0)}
"""Popularity as a share of the catalog that has less: a hit is among the top fifth, what few know in the lower half."""


VOICES: Final = {"woman": 1, "man": 2, "choir": 4, "duet": 8, "child": 16}
"""Whose voices are heard, as bits: of several all are told."""

_VOICE_TAGS: Final = tuple(
    (VOICES[voice], re.compile(pattern, re.IGNORECASE))
    for voice, pattern in {
        "woman": r"\b(?:fe-?male|wom[ae]n|girls?)(?:[ -](?:voc|voi|sing|front|led|artist|rapper|group|band)|$)|\bfemale voc",
        "man": r"(?<!fe)(?<!wo)\bm(?:ale|en|an)[ -](?:voc|voi|sing|front|artist|rapper)",
        "choir": r"\bchoir|\bchoral|\bchorus",
        "duet": r"\bduets?\b",
        "child": r"\b(?:child(?:ren)?'?s?|kids?|boys?) (?:voc|voi|choir|sing)",
    }.items()
)
_DECADE: Final = re.compile(r"(?:(19|20)?([0-9])0'?s)(?: .*)?", re.IGNORECASE)
_RECENT: Final = 2  # "10s" and "20s" are of this century, "30s" of the last


@dataclass(frozen=True, eq=False)
class TrackFeatures(ArrayFiles):
    """Columns by position; float32 of shape (tracks,) with NaN for "not known", codes int32 of shape (tracks,).

    `energy` is the share (0 to 1) of the catalog's tracks with less energy, `popularity` likewise (0 where not known);
    `log_popularity` is the logarithm of a track's popularity as a share of the greatest one's (0 to 1). `instrumental` and
    `explicit` are 0 or 1; `language` holds the letters of a code as a number, 0 where not known. Tracks share an `artist`
    code if they are credited alike, and a `song` code if they are near-duplicates of each other: by ISRC, or by title and
    lead performer. `voice` holds the bits of `VOICES` that tags tell of. `nameless` tracks, bool of shape (tracks,), have no letter in
    title and artist: they rank last.
    """

    prefix: ClassVar[str] = "feature"

    year: Column
    duration_s: Column
    tempo_bpm: Column
    energy: Column
    instrumental: Column
    explicit: Column
    popularity: Column
    log_popularity: Column = field(metadata={"file": "renown"})
    language: Codes
    artist: Codes
    song: Codes
    nameless: Mask
    voice: Codes

    @classmethod
    def of(
        cls, tracks: Sequence[Track], plays: Numbers, tags: Iterable[Sequence[str]] | None = None
    ) -> "TrackFeatures":
        """Collect the columns. `plays` float64 of shape (tracks,) stand in where no track has a popularity.

        `tags` are what each track, or else its artist, is tagged with: voices, and the decade where no year is known.
        """
        told = [track.tags for track in tracks] if tags is None else list(tags)
        popularity = _column(track.popularity for track in tracks)
        features = cls(
            year=_column(track.year or decade_of(said) for track, said in zip(tracks, told, strict=True)),
            duration_s=_column(track.duration_s for track in tracks),
            tempo_bpm=_column(track.tempo_bpm for track in tracks),
            energy=_share_below(_column(track.energy for track in tracks)),
            instrumental=_column(_is_instrumental(track) for track in tracks),
            explicit=_column(track.explicit for track in tracks),
            popularity=np.nan_to_num(_share_below(popularity)),
            log_popularity=_share_of_log(popularity),
            language=np.array([_language(track) for track in tracks], dtype=np.int32),
            artist=_codes([performer_key(track) for track in tracks]),
            song=_songs(tracks),
            nameless=np.array([not track.has_letters for track in tracks], dtype=bool),
            voice=np.array([_voices(said) for said in told], dtype=np.int32),
        )
        return features.counting(plays) if is_counted(tracks) else features

    def counting(self, plays: Numbers) -> Self:
        """Return the columns with popularity counted from `plays`, float64 of shape (tracks,)."""
        popularity = np.where(plays > 0, plays, np.nan).astype(np.float32)
        return replace(
            self, popularity=np.nan_to_num(_share_below(popularity)), log_popularity=_share_of_log(popularity)
        )

    def __len__(self) -> int:
        return len(self.year)

    def take(self, positions: Sequence[Position]) -> "TrackFeatures":
        """Return the features of some tracks, in this order."""
        rows = np.array(positions, dtype=np.int64)
        return TrackFeatures(**{column.name: getattr(self, column.name)[rows] for column in fields(self)})

    @cached_property
    def _by_popularity(self) -> Mapping[bool, Positions]:
        """All positions from the least popular on (True), and from the most popular on; equal ones by position."""
        return {
            least: np.argsort(self.popularity if least else -self.popularity, kind="stable") for least in (True, False)
        }

    def most_popular(self, among: Mask, k: int, *, least: bool = False) -> Positions:
        """Return the `k` most popular, or `least` popular, tracks of a mask of shape (tracks,); equal ones by position.

        The order of all is made once; as much of it is looked at as holds `k` of them.
        """
        order, reach = self._by_popularity[least], 4 * k
        while reach < len(order) and np.count_nonzero(among[order[:reach]]) < k:
            reach *= 4
        found = order[:reach]
        return found[among[found]][:k]

    def meets(self, wish: Wish) -> Met | None:
        """Return 1 where a track meets a wish, 0 where it does not, -1 where that is not known.

        int8 of shape (tracks,); None for wishes that no column speaks about.
        """
        column = _MEETING.get(wish.kind)
        if column is None or (wish.kind in COMPARED and isinstance(wish.value, bool)):
            return None
        return column(self, wish.value)

    @cached_property
    def lasting_s(self) -> Column:
        """Durations in seconds; where one is not known the catalog's median, or four minutes where it knows none."""
        known = self.duration_s[self.duration_s > 0]
        return np.where(
            self.duration_s > 0, self.duration_s, np.float32(np.median(known) if len(known) else USUAL_TRACK_S)
        )

    @property
    def minutes(self) -> Column:
        """Durations in minutes, NaN where not known."""
        return self.duration_s / np.float32(60)

    def sung_by(self, voice: str) -> Met:
        """Return where tags tell of a voice, as `meets` does; not known where they tell of none."""
        return _told((self.voice & VOICES[voice]) != 0, self.voice == 0)

    def in_language(self, code: str) -> Met:
        """Return where a track is sung in a language, as `meets` does."""
        return _told(self.language == _as_number(code), self.language == 0)


_MEETING: Final[Mapping[WishKind, Callable[[TrackFeatures, Any], Met]]] = {
    WishKind.YEARS: lambda features, years: _within(features.year, *years),
    WishKind.NOT_YEARS: lambda features, years: _unlike(_within(features.year, *years)),
    WishKind.TEMPO: lambda features, tempos: _within(features.tempo_bpm, *tempos),
    WishKind.ENERGY: lambda features, band: _within(features.energy, *ENERGY_BANDS[band]),
    WishKind.INSTRUMENTAL: lambda features, wanted: _within(features.instrumental, wanted, wanted),
    WishKind.EXPLICIT: lambda features, wanted: _within(features.explicit, wanted, wanted),
    # Nobody knows where no popularity is known; else what is not known is played by nobody.
    WishKind.POPULARITY: lambda features, band: _within(
        np.where(features.popularity.any(), features.popularity, np.float32(np.nan)), *POPULARITY_BANDS[band]
    ),
    WishKind.LANGUAGE: lambda features, code: features.in_language(code),
    WishKind.NOT_LANGUAGE: lambda features, code: _unlike(features.in_language(code)),
    WishKind.NOT_TEMPO: lambda features, tempos: _unlike(_within(features.tempo_bpm, *tempos)),
    WishKind.SONG_MINUTES: lambda features, minutes: _within(features.minutes, *minutes),
    WishKind.NOT_SONG_MINUTES: lambda features, minutes: _unlike(_within(features.minutes, *minutes)),
    WishKind.VOICE: lambda features, voice: features.sung_by(voice),
    WishKind.NOT_VOICE: lambda features, voice: _unlike(features.sung_by(voice)),
    WishKind.ENERGY_THAN: lambda features, bounds: _within(features.energy, *bounds),
    WishKind.TEMPO_THAN: lambda features, bounds: _within(features.tempo_bpm, *bounds),
    WishKind.YEARS_THAN: lambda features, bounds: _within(features.year, *bounds),
    WishKind.POPULARITY_THAN: lambda features, bounds: _within(features.popularity, *bounds),
    WishKind.SONG_MINUTES_THAN: lambda features, bounds: _within(features.minutes, *bounds),
}


def decade_of(tags: Iterable[str]) -> int | None:
    """Return the middle year of the first decade that tags tell ("80s", "1990s", "60s pop"), None if none does."""
    for tag in tags:
        if match := _DECADE.fullmatch(tag.strip()):
            century = int(match[1] or ("20" if int(match[2]) <= _RECENT else "19"))
            return century * 100 + int(match[2]) * 10 + 5
    return None


def _voices(tags: Iterable[str]) -> int:
    return sum({bit for tag in tags for bit, pattern in _VOICE_TAGS if pattern.search(tag)})


def is_counted(tracks: Iterable[Track]) -> bool:
    """Return whether popularity has to be counted from listening, because the catalog tells none."""
    return all(track.popularity is None for track in tracks)


def _column(values: Any) -> Column:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def _codes(keys: Sequence[str]) -> Codes:
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int32)


def _songs(tracks: Sequence[Track]) -> Codes:
    """Return codes that tracks share if they have an ISRC in common, or a song's name and a lead performer."""
    credited = Counter(identity(track.artist) for track in tracks)
    examples = {(track.artist, track.artist_id, track.performers): track for track in tracks}
    by = {credit: leads(track, credited.__getitem__) for credit, track in examples.items()}
    named = [(track, song_name(track)) for track in tracks]
    spelled = {(track.isrc, name or track.track_id, performer_key(track)) for track, name in named if track.isrc}
    spellings = Counter(isrc for isrc, _, _ in spelled)
    rows, codes = array("i"), array("i")
    seen: dict[str, int] = {}
    for row, (track, name) in enumerate(named):
        told = [f"{name}\x1f{lead}" for lead in by[track.artist, track.artist_id, track.performers] if name]
        told += [track.isrc] if track.isrc and spellings[track.isrc] <= ONE_RECORDING else []
        rows.extend([row] * len(told))
        codes.extend(seen.setdefault(key, len(seen)) for key in told)
    # scipy costs a quarter of a second: only building pays for it.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joined = np.array(rows, np.int32), len(tracks) + np.array(codes, np.int32)
    graph = coo_array((np.ones(len(rows), np.int8), joined), shape=(len(tracks) + len(seen),) * 2)
    return np.asarray(connected_components(graph, directed=False)[1][: len(tracks)], dtype=np.int32)


def _share_below(column: Column) -> Column:
    """Return for each known value the share of known values below it, equal ones counted half."""
    known = ~np.isnan(column)
    ordered = np.sort(column[known])
    shares = np.full(len(column), np.nan, dtype=np.float32)
    if len(ordered):
        below = np.searchsorted(ordered, column[known], "left") + np.searchsorted(ordered, column[known], "right")
        shares[known] = below / (2 * len(ordered))
    return shares


def _share_of_log(column: Column) -> Column:
    logarithms = np.log1p(np.nan_to_num(column))
    return np.asarray(logarithms / max(float(logarithms.max(initial=0)), 1e-9), dtype=np.float32)


def _is_instrumental(track: Track) -> bool | None:
    if track.instrumental is not None:
        return track.instrumental
    first = {word.casefold() for word in (*track.genres, *track.instruments, *track.tags[:MAX_TAGS])}
    said = {*first, *map(str.casefold, track.tags)}
    # Many people tag one track, and not all are right: what few say, or others deny, is not known.
    if said & _VOCAL_WORDS or _voices(said):
        return None if said & _INSTRUMENTAL_WORDS else False
    return True if first & _INSTRUMENTAL_WORDS else None


def _language(track: Track) -> int:
    """Return the number of a track's language; music without words has none, which is known."""
    code = None if track.language is None else language_code(track.language)
    return _as_number(code or (UNSUNG if track.instrumental else ""))


def _as_number(code: str) -> int:
    return int.from_bytes(code.encode(), "big")


def _within(column: Column, low: float | None, high: float | None) -> Met:
    met = (column >= (-np.inf if low is None else low)) & (column <= (np.inf if high is None else high))
    return _told(met, np.isnan(column))


def _told(met: Mask, unknown: Mask) -> Met:
    """Return 1 where met, -1 where that is not known (and so not met), else 0: a byte a track, five times as fast as NaN."""
    return np.subtract(met.view(np.int8), unknown.view(np.int8))


def _unlike(met: Met) -> Met:
    """Return where a wish for the opposite is met; what is not known stays so."""
    return np.where(met < 0, met, 1 - met)
