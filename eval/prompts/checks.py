"""Checks of what comes back for a prompt: a measure of the list, and the bounds that it has to keep."""

import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan
from statistics import fmean
from typing import Any, Final, NewType

from catalog.consent import Verdict
from catalog.names import search_form
from catalog.tracks import Track
from eval.queries import read_text
from recommender.playlists import Playlist
from recommender.prompts.wishes import DEFAULT_LENGTH

FIRST: Final = 10
"""Tracks that are looked at for what a listener sees first."""

_SHORT_WORD: Final = 3  # letters; such words are shared by chance
_CLIMB: Final = 0.15
_ENOUGH_ARTISTS: Final = 15
_FIELDS: Final = ("energy", "valence", "tempo_bpm", "year", "duration_s", "popularity")

Field = NewType("Field", str)
"""One of the numbers that a catalog knows of a track."""

Value = NewType("Value", object)
"""The value of a wish, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A list that came back for a prompt, and what the home knows that it came from.

    `before` returns the tracks that came for the prompt before, none where there was none; `tags` the tags of a track and of
    its artist; `energy_rank` the share (0 to 1) of the catalog's tracks with less energy; `instead` the tracks that come for
    another prompt.
    """

    playlist: Playlist
    before: Callable[[], Sequence[Track]]
    tags: Callable[[Track], Iterable[str]]
    energy_rank: Callable[[float], float]
    instead: Callable[[str], Sequence[Track]]

    @property
    def tracks(self) -> list[Track]:
        """The tracks of the list."""
        return [entry.track for entry in self.playlist.tracks]


@dataclass(frozen=True, slots=True)
class Check:
    """A measure (one of `MEASURES`) with its arguments, and the least and most that it may give; `said` as it was written."""

    measure: str
    arguments: tuple[Any, ...]
    low: float
    high: float
    said: str

    def measured(self, answer: Answer) -> float:
        """Return what the measure gives, NaN where the list holds nothing that could be measured."""
        return MEASURES[self.measure](answer, *self.arguments)

    def holds(self, value: float) -> bool:
        """Return whether a measured value keeps the bounds; NaN never does."""
        return self.low <= value <= self.high


def read_check(row: object) -> Check:
    """Read a check, `[NAME, ARGUMENT, ...]`. Raises ValueError for a name that is unknown, or arguments that do not fit it."""
    if not isinstance(row, list) or not row or row[0] not in CHECKS:
        raise ValueError(f"{row!r} is no check; there are {', '.join(CHECKS)}, each with its arguments in a list")
    name, *given = row
    said = " ".join(map(str, row))
    form = CHECKS[name]
    try:
        measure, arguments, low, high = form(*given)
        wanted = list(inspect.signature(MEASURES[measure]).parameters.values())[1:]
        return Check(
            measure,
            tuple(_READERS[one.annotation](value) for one, value in zip(wanted, arguments, strict=True)),
            _number(low),
            _number(high),
            said,
        )
    except (TypeError, ValueError, LookupError, re.error) as error:
        raise ValueError(f"{said!r} does not say what {name} needs ({error})") from error


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _field(value: object) -> str:
    if value not in _FIELDS:
        raise ValueError(f"{value!r} is none of {', '.join(_FIELDS)}")
    return str(value)


_READERS: Final[Mapping[object, Callable[[Any], Any]]] = {
    str: read_text,
    float: _number,
    Field: _field,
    bool: _flag,
    Value: lambda value: value,
    re.Pattern[str]: lambda text: re.compile(read_text(text)),
}


def _share(flags: Iterable[bool]) -> float:
    return _mean(map(float, flags))


def _mean(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return fmean(known) if known else nan


def _within(low: float, high: float, value: float | None) -> bool:
    return value is not None and low <= value <= high


def _long_words(text: str) -> set[str]:
    return {word for word in search_form(text).split() if len(word) > _SHORT_WORD}


def _is_by(track: Track, artist: str) -> bool:
    return f" {search_form(artist)} " in f" {search_form(track.artist)} "


def _collision(answer: Answer, name: str) -> float:
    words = _long_words(name)
    return _share(
        not _is_by(track, name) and not words.isdisjoint(_long_words(f"{track.title} {track.artist}"))
        for track in answer.tracks[:FIRST]
    )


def _artist_share(answer: Answer, artist: str) -> float:
    return _share(_is_by(track, artist) for track in answer.tracks[:FIRST])


def _artist_anywhere(answer: Answer, artist: str) -> float:
    return _share(_is_by(track, artist) for track in answer.tracks)


def _title_words(answer: Answer, words: re.Pattern[str]) -> float:
    begun = re.compile(rf"\b(?:{words.pattern})")
    return _share(begun.search(search_form(track.title)) is not None for track in answer.tracks[:FIRST])


def _titled(answer: Answer, title: str) -> float:
    return float(any(search_form(title) in search_form(track.title) for track in answer.tracks[:FIRST]))


def _tag_share(answer: Answer, tag: re.Pattern[str]) -> float:
    whole = re.compile(rf"\b(?:{tag.pattern})\b", re.IGNORECASE)
    return _share(any(map(whole.search, answer.tags(track))) for track in answer.tracks)


def _instrumental(answer: Answer) -> float:
    return _mean(track.instrumental for track in answer.tracks)


def _explicit(answer: Answer) -> float:
    return _mean(track.explicit for track in answer.tracks)


def _labelled(answer: Answer) -> float:
    decisions = [entry.decision for entry in answer.playlist.tracks]
    return _share(one.ai in ("partly", "all") or one.verdict is Verdict.ALLOW_LABELLED for one in decisions)


def _year_share(answer: Answer, low: float, high: float) -> float:
    return _share(_within(low, high, track.year) for track in answer.tracks)


def _tempo_share(answer: Answer, low: float, high: float) -> float:
    return _share(_within(low, high, track.tempo_bpm) for track in answer.tracks if track.tempo_bpm is not None)


def _duration_share(answer: Answer, low: float, high: float) -> float:
    return _share(_within(low, high, track.duration_s) for track in answer.tracks)


def _change(answer: Answer, field: Field) -> float:
    now, before = (_mean(getattr(track, field) for track in tracks) for tracks in (answer.tracks, answer.before()))
    return now - before


def _overlap(answer: Answer, prompt: str) -> float:
    others = {track.track_id for track in answer.instead(prompt)}
    return len(others & {track.track_id for track in answer.tracks}) / DEFAULT_LENGTH


def _energy_rank(answer: Answer) -> float:
    energy = _mean(track.energy for track in answer.tracks)
    return energy if isnan(energy) else answer.energy_rank(energy)


def _climb(answer: Answer) -> float:
    energies = [track.energy for track in answer.tracks if track.energy is not None]
    third = len(energies) // 3
    return _mean(energies[len(energies) - third :]) - _mean(energies[:third])


def _length(answer: Answer) -> float:
    return len(answer.tracks)


def _minutes(answer: Answer) -> float:
    return sum(track.duration_s or 0.0 for track in answer.tracks) / 60


def _artists_once(answer: Answer) -> float:
    artists = {search_form(track.artist) for track in answer.tracks}
    return len(artists) if len(artists) == len(answer.tracks) else nan


def _reads(answer: Answer, kind: str, value: Value, must: bool) -> float:
    # A value as JSON has it: a pair is a list there.
    told = [(one.kind, json.loads(json.dumps(one.value)), one.hard) for one in answer.playlist.interpretation]
    return float((kind, value, must) in told)


def _told(answer: Answer) -> float:
    playlist = answer.playlist
    # Lists of what was not understood or contradicts itself, and what is missing: any of them says something.
    return float(bool(playlist.not_understood or getattr(playlist, "contradictions", ()) or playlist.shortfall))


MEASURES: Final[Mapping[str, Callable[..., float]]] = {
    "collision": _collision,
    "artist_share": _artist_share,
    "artist_anywhere": _artist_anywhere,
    "title_words": _title_words,
    "titled": _titled,
    "tag_share": _tag_share,
    "instrumental": _instrumental,
    "explicit": _explicit,
    "labelled": _labelled,
    "year_share": _year_share,
    "tempo_share": _tempo_share,
    "duration_share": _duration_share,
    "change": _change,
    "overlap": _overlap,
    "energy_rank": _energy_rank,
    "climb": _climb,
    "length": _length,
    "minutes": _minutes,
    "artists_once": _artists_once,
    "reads": _reads,
    "told": _told,
}

_Form = Callable[..., tuple[str, tuple[Any, ...], Any, Any]]


def _at_least(measure: str) -> _Form:
    return lambda *given: (measure, given[:-1], given[-1], inf)


def _at_most(measure: str) -> _Form:
    return lambda *given: (measure, given[:-1], -inf, given[-1])


CHECKS: Final[Mapping[str, _Form]] = {
    **{f"{name}_min": _at_least(name) for name in MEASURES},
    **{f"{name}_max": _at_most(name) for name in MEASURES},
    "no_artist": lambda artist: ("artist_anywhere", (artist,), -inf, 0),
    "has_title": lambda title: ("titled", (title,), 1, inf),
    "tempo_share": _at_least("tempo_share"),
    "duration_share": _at_least("duration_share"),
    "higher": _at_least("change"),
    "lower": lambda field, by: ("change", (field,), -inf, -_number(by)),
    "year_mean_higher": lambda by: ("change", ("year",), by, inf),
    "year_mean_lower": lambda by: ("change", ("year",), -inf, -_number(by)),
    "length": lambda low, high: ("length", (), low, high),
    "minutes": lambda low, high: ("minutes", (), low, high),
    "nonempty": _at_least("length"),
    "artists_distinct": lambda: ("artists_once", (), _ENOUGH_ARTISTS, inf),
    "arc": lambda way: ("climb", (), *{"up": (_CLIMB, inf), "down": (-inf, -_CLIMB)}[way]),
    "reads": lambda kind, value, must: ("reads", (kind, value, must), 1, inf),
    "says": lambda: ("told", (), 1, inf),
}
"""The names of checks, and what each measures within which bounds. `eval/README.md` explains them."""
