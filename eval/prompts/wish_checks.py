"""Independent check of lists against hard wishes, by the catalog's rows alone."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pycountry

from catalog.grouping import grouped
from catalog.names import identity, search_form
from catalog.stores import CatalogStore
from catalog.tracks import Artist, Track
from recommender.playlists import Playlist
from recommender.prompts.wishes import DEFAULT_LENGTH
from recommender.tracks.features import ENERGY_BANDS, POPULARITY_BANDS

_NOT_LETTERS: Final = re.compile(r"[^a-z0-9]+")
_ROUNDING: Final = 1e-4  # the product keeps numbers in single precision
_TOLERANCE_S: Final = 15.0
_JOINED: Final = 4
_NEGATED: Final = frozenset(
    {"not_years", "not_language", "not_tag", "not_artist", "not_title", "not_album", "not_label", "without"}
)


@dataclass(frozen=True, slots=True)
class CheckedList:
    """Result of a check of `tracks`: hard wishes checked, those of which nothing is known, and those broken.

    `broken` are sentences. A list shorter than was asked for that does not say so is broken too.
    """

    tracks: int
    checked: int
    unknown: int
    broken: tuple[str, ...]


class WishChecker:
    """Reads a catalog once, and then checks lists."""

    def __init__(self, store: CatalogStore) -> None:
        tracks = list(store.all_tracks())
        self._artists = store.artists_by_name()
        self._energy = sorted(track.energy for track in tracks if track.energy is not None)
        popularity = {track.track_id: track.popularity for track in tracks if track.popularity is not None}
        if not popularity:
            listeners = Counter(position for _, position, _, _ in store.track_plays())
            popularity = {tracks[position].track_id: float(count) for position, count in listeners.items()}
        self._popularity = popularity
        self._popularities = sorted(popularity.values())

    def check(self, playlist: Playlist) -> CheckedList:
        """Check every track of a list against every hard wish that the list itself says was read."""
        demanded = grouped((wish.kind, wish) for wish in playlist.interpretation if wish.hard)
        checked, unknown, broken = 0, 0, self._size(playlist)
        for track in (entry.track for entry in playlist.tracks):
            for kind, wishes in demanded.items():
                met = [self.meets(track, kind, wish.value) for wish in wishes]
                joined = _all(met) if kind in _NEGATED else _any(met)
                checked += 1
                unknown += joined is None
                if joined is False:
                    said = ", ".join(repr(wish.text) for wish in wishes)
                    broken.append(f"{track.track_id} breaks {kind} ({said})")
        return CheckedList(len(playlist.tracks), checked, unknown, tuple(broken))

    def meets(self, track: Track, kind: str, value: Any) -> bool | None:
        """Return whether a track meets a wish, None where nobody knows; True for wishes that no single track can break."""
        match kind:
            case "years":
                return _between(track.year, *value)
            case "tempo":
                return _between(track.tempo_bpm, *value)
            case "energy":
                return _between(_share(self._energy, track.energy), *ENERGY_BANDS[value])
            case "popularity":
                share = _share(self._popularities, self._popularity.get(track.track_id))
                return _between(share if self._popularities and share is not None else None, *POPULARITY_BANDS[value])
            case "instrumental" | "explicit":
                return _same(getattr(track, kind), value)
            case "language":
                return _same(_language(track), value)
            case "not_years" | "not_language":
                return _negated(self.meets(track, kind.removeprefix("not_"), value))
            case "tag":
                return any(_says(tag, value) for tag in self._tags(track))
            case "not_tag":
                return not any(_letters(tag) == _letters(value) for tag in self._tags(track))
            case "not_artist":
                return bool(search_form(track.artist) != value)
            case "not_title" | "not_album":
                title, artist = value
                named = track.title if kind == "not_title" else track.album or ""
                return search_form(named) != title or (artist is not None and search_form(track.artist) != artist)
            case "not_label":
                return not search_form(track.label or "").startswith(value)
            case "without":
                texts = (track.title, track.artist, track.album or "", *self._tags(track))
                return not set(_words(value)) <= {word for text in texts for word in _words(text)}
        return True

    def tags(self, track: Track) -> list[str]:
        """Return the tags of a track and those of its artist."""
        return [*_own_tags(track), *self._artist_tags(track)]

    def energy_rank(self, energy: float) -> float:
        """Return the share of the catalog's known energies below one, equal ones counted half."""
        return _share(self._energy, energy) or 0.0

    def _tags(self, track: Track) -> Sequence[str]:
        return _own_tags(track) or self._artist_tags(track)

    def _artist_tags(self, track: Track) -> Sequence[str]:
        artist: Artist | None = self._artists.get(identity(track.artist))
        return artist.tags if artist else ()

    def _size(self, playlist: Playlist) -> list[str]:
        """Return what is wrong with the size of a list: too much, or too little and not a word of it."""
        wanted = {wish.kind: wish.value for wish in playlist.interpretation}
        if "minutes" in wanted:
            target_s = float(wanted["minutes"]) * 60
            lasts_s = sum(entry.track.duration_s or 0.0 for entry in playlist.tracks)
            too_long, too_short = lasts_s > target_s + _TOLERANCE_S + 1, lasts_s < target_s - _TOLERANCE_S - 1
        else:
            length = wanted.get("length", DEFAULT_LENGTH)
            too_long, too_short = len(playlist.tracks) > length, len(playlist.tracks) < length
        if too_long:
            return ["the list is longer than was asked for"]
        return ["the list is short and does not say so"] if too_short and playlist.shortfall is None else []


def _own_tags(track: Track) -> list[str]:
    return [*track.genres, *track.moods, *track.instruments, *track.tags]


def _all(met: Iterable[bool | None]) -> bool | None:
    answers = set(met)
    return False if False in answers else None if None in answers else True


def _any(met: Iterable[bool | None]) -> bool | None:
    return _negated(_all(_negated(answer) for answer in met))


def _negated(met: bool | None) -> bool | None:
    return None if met is None else not met


def _same(known: Any, wanted: Any) -> bool | None:
    return None if known is None else bool(known == wanted)


def _between(value: float | None, low: float | None, high: float | None) -> bool | None:
    if value is None:
        return None
    return (low is None or value >= low - _ROUNDING) and (high is None or value <= high + _ROUNDING)


def _share(ordered: Sequence[float], value: float | None) -> float | None:
    return None if value is None else (bisect_left(ordered, value) + bisect_right(ordered, value)) / (2 * len(ordered))


def _letters(tag: str) -> str:
    return _NOT_LETTERS.sub("", tag.casefold().replace("&", " and "))


def _says(tag: str, wanted: str) -> bool:
    """Return whether a tag is the one wanted, or a kind of it by its last words."""
    return _letters(tag).endswith(_letters(wanted)) and (
        len(wanted) >= _JOINED
        or _words(tag)[-len(_words(wanted)) :] == _words(wanted)
        or _letters(tag) == _letters(wanted)
    )


def _words(text: str) -> list[str]:
    return _NOT_LETTERS.sub(" ", search_form(text)).split()


def _language(track: Track) -> str | None:
    """Return the two-letter code of a track's language, "" for music that has no words."""
    if track.language is None:
        return "" if track.instrumental else None
    said = track.language.strip().lower().split("-")[0].split("_")[0]
    if said in ("zxx", "instrumental"):
        return ""
    keys = {2: "alpha_2", 3: "alpha_3"}
    found = pycountry.languages.get(**{keys.get(len(said), "name"): said if len(said) < 4 else said.title()})
    if found is None:
        return "" if track.instrumental else None
    return str(getattr(found, "alpha_2", found.alpha_3))
