"""What can be checked of every track, as columns: years, tempo, energy, vocals, duration, artist, near-duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from catalog.tracks import Track
from recommender.prompts import Wish, WishKind
from recommender.track_texts import duplicate_key, performer_key

Column = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_VOCAL_WORDS = frozenset(
    {"vocals", "voice", "singing", "female vocals", "male vocals", "female vocalists", "male vocalists"}
)
_INSTRUMENTAL_WORDS = frozenset({"instrumental", "instrumentals", "no vocals"})

ENERGY_BANDS = {"low": (0.0, 0.4), "medium": (0.25, 0.75), "high": (0.6, 1.0)}
"""Energy as a share of the catalog that has less of it: scales differ between catalogs, the order does not."""


@dataclass(frozen=True, slots=True)
class TrackFeatures:
    """Columns by position; float32 of shape (tracks,) with NaN for "not known", codes int32 of shape (tracks,).

    `energy` is the share (0 to 1) of the catalog's tracks with less energy, `popularity` likewise (0 where not known);
    `instrumental` and `explicit` are 0 or 1. Tracks share an `artist` code by normalised name, and a `song` code if they
    are near-duplicates of each other.
    """

    year: Column
    duration_s: Column
    tempo_bpm: Column
    energy: Column
    instrumental: Column
    explicit: Column
    popularity: Column
    artist: Codes
    song: Codes

    @classmethod
    def of(cls, tracks: Sequence[Track], plays: npt.NDArray[np.float64]) -> "TrackFeatures":
        """Collect the columns. `plays` float64 of shape (tracks,) stand in where no track has a popularity."""
        popularity = _column(track.popularity for track in tracks)
        if np.isnan(popularity).all():
            popularity = np.where(plays > 0, plays, np.nan).astype(np.float32)
        return cls(
            year=_column(track.year for track in tracks),
            duration_s=_column(track.duration_s for track in tracks),
            tempo_bpm=_column(track.tempo_bpm for track in tracks),
            energy=_share_below(_column(track.energy for track in tracks)),
            instrumental=_column(_is_instrumental(track) for track in tracks),
            explicit=_column(track.explicit for track in tracks),
            popularity=np.nan_to_num(_share_below(popularity)),
            artist=_codes([performer_key(track) for track in tracks]),
            song=_codes([duplicate_key(track) for track in tracks]),
        )

    @classmethod
    def load(cls, folder: Path) -> "TrackFeatures":
        """Read what `save` wrote."""
        return cls(**{field.name: np.load(folder / f"feature_{field.name}.npy") for field in fields(cls)})

    def save(self, folder: Path) -> None:
        """Write the columns into a folder."""
        for field in fields(self):
            np.save(folder / f"feature_{field.name}.npy", getattr(self, field.name))

    def __len__(self) -> int:
        return len(self.year)

    def take(self, positions: Sequence[int]) -> "TrackFeatures":
        """Return the features of some tracks, in this order."""
        return TrackFeatures(**{field.name: getattr(self, field.name)[list(positions)] for field in fields(self)})

    def meets(self, wish: Wish) -> Column | None:
        """Return 1 where a track meets a wish, 0 where it does not, NaN where that is not known.

        float32 of shape (tracks,); None for wishes that no column speaks about.
        """
        match wish.kind:
            case WishKind.YEARS:
                return _within(self.year, *wish.value)
            case WishKind.TEMPO:
                return _within(self.tempo_bpm, *wish.value)
            case WishKind.ENERGY:
                return _within(self.energy, *ENERGY_BANDS[wish.value])
            case WishKind.INSTRUMENTAL:
                return _equals(self.instrumental, wish.value)
            case WishKind.EXPLICIT:
                return _equals(self.explicit, wish.value)
            case _:
                return None


def _column(values: Any) -> Column:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def _codes(keys: Sequence[str]) -> Codes:
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int32)


def _share_below(column: Column) -> Column:
    """Return for each known value the share of known values below it, equal ones counted half."""
    known = ~np.isnan(column)
    ordered = np.sort(column[known])
    shares = np.full(len(column), np.nan, dtype=np.float32)
    if len(ordered):
        below = np.searchsorted(ordered, column[known], "left") + np.searchsorted(ordered, column[known], "right")
        shares[known] = below / (2 * len(ordered))
    return shares


def _is_instrumental(track: Track) -> bool | None:
    if track.instrumental is not None:
        return track.instrumental
    said = {word.casefold() for word in (*track.genres, *track.instruments, *track.tags)}
    if said & _INSTRUMENTAL_WORDS:
        return True
    return False if said & _VOCAL_WORDS else None


def _within(column: Column, low: float | None, high: float | None) -> Column:
    met = np.ones(len(column), dtype=bool)
    if low is not None:
        met &= column >= low
    if high is not None:
        met &= column <= high
    return np.where(np.isnan(column), np.float32(np.nan), met.astype(np.float32))


def _equals(column: Column, wanted: bool) -> Column:
    return np.where(np.isnan(column), np.float32(np.nan), (column == float(wanted)).astype(np.float32))
