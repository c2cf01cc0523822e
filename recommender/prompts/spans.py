"""What the words of a prompt can speak of, and how they can be meant: the form of a reading, whoever reads."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Final, Protocol

from recommender.prompts.wishes import Wish

Polarity = StrEnum("Polarity", "WANT MUST ONLY AVOID LESS MORE MUCH INSTEAD EXAMPLE UNLIKE")
"""How something is meant. `LESS` and `MORE` compare, `MUCH` is too much of it, `INSTEAD` goes away in an exchange; an
`EXAMPLE` is what the list shall be like, `UNLIKE` one that must not be in it."""

NAMES: Final = frozenset({"artist", "title", "album", "label"})
SUBJECTS: Final = frozenset({"genre", "mood", "instrument", "activity", "place", "theme", "sound"})
WISHES: Final = frozenset(
    {"voice", "energy", "tempo", "period", "count", "minutes", "song_minutes", "popularity", "novelty", "explicit"}
    | {"language", "origin", "ai", "per_artist", "per_album", "arc", "version", "variety", "audience"}
)
ACTS: Final = frozenset({"other", "keep", "reset", "position"})
"""What a follow-up does with the list before: another one, leave the rest, forget all, this place of it."""

CUE, UNCLEAR = "cue", "unclear"
WHATS: Final = NAMES | SUBJECTS | WISHES | ACTS | {CUE, UNCLEAR}

VALUES: Final = {
    "voice": frozenset({"any", "woman", "man", "choir", "duet", "child"}),
    "energy": frozenset({"low", "medium", "high"}),
    "popularity": frozenset({"high", "low"}),
    "novelty": frozenset({"new", "known"}),
    "explicit": frozenset({"yes"}),
    "ai": frozenset({"human", "yes"}),
    "arc": frozenset({"up", "down", "peak", "other"}),
    "version": frozenset({"live", "acoustic", "remix", "cover", "demo", "original", "instrumental"}),
    "variety": frozenset({"high", "low"}),
}
"""The values of what has few."""

RANGED: Final = {
    **dict.fromkeys(("period", "count", "minutes", "song_minutes", "per_artist", "per_album"), frozenset[str]()),
    "position": frozenset({"last"}),
    "tempo": frozenset({"slow", "fast"}),
}
"""What has a number or a range, LOW-HIGH with an open side empty, and which words beside."""

WORDED: Final = frozenset({"language", "origin", "audience"})
"""What has a code or a word or two."""

_NUMBER: Final = r"\d{1,6}(?:\.\d{1,3})?"
_RANGE: Final = re.compile(rf"{_NUMBER}(?:-(?:{_NUMBER})?)?|-{_NUMBER}", re.ASCII)
_WORDS: Final = re.compile(r"(?=.{0,31}$)\w+(?:[ -]\w+)*")


def has_value(what: str, value: str) -> bool:
    """Whether `value` is one of those that `what` can have."""
    if what in WORDED:
        return _WORDS.fullmatch(value) is not None
    if what in RANGED:
        return value in RANGED[what] or _RANGE.fullmatch(value) is not None
    return value in VALUES.get(what, ())


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a prompt, `text[start:end]`, what they speak of, how that is meant, and its value if it has one.

    `certainty`, 0 to 1, is how sure the reader is of what they speak of.
    """

    start: int
    end: int
    what: str
    polarity: Polarity = Polarity.WANT
    value: str | None = None
    certainty: float = 1.0


Turn = tuple[str, tuple[str, ...]]
"""A prompt and the earlier ones of its conversation, the oldest first."""


class SpanReader(Protocol):
    """Marks the words of a prompt; whoever it is, names are looked up and values checked after it.

    A reader defines `spans`, or `read` where another may have to read in its place.
    """

    version: str
    steady: bool = True
    """Whether it always reads the same words the same way, so that a reading may be remembered."""

    @property
    def own(self) -> "SpanReader":
        """Our own reader: this one, unless it is another that falls back to it."""
        return self

    def spans(self, prompt: str, after: Sequence[str] = ()) -> tuple[Span, ...]:
        """Return the spans of a normalised prompt, in order, none over another; `after` holds the earlier prompts."""
        return self.read(prompt, after)[0]

    def read(self, prompt: str, after: Sequence[str] = ()) -> tuple[tuple[Span, ...], str]:
        """Return the spans, and the version of the reader that marked them: another one where it may fall back to that."""
        return self.spans(prompt, after), self.version

    def read_all(self, turns: Sequence[Turn]) -> list[tuple[tuple[Span, ...], str]]:
        """Read several prompts, each with its earlier ones: as `read` does, up to rounding where that is faster together."""
        return [self.read(*turn) for turn in turns]


def covered(length: int, *places: Iterable[Span | Wish]) -> bytearray:
    """Return a mask of a text's characters, 1 for each that a span or wish covers."""
    mask = bytearray(length)
    for place in chain.from_iterable(places):
        mask[place.start : place.end] = b"\1" * (place.end - place.start)
    return mask


def uncovered(text: str, *places: Iterable[Span | Wish]) -> str:
    """Return a text without what spans and wishes cover, its words one space apart."""
    told = covered(len(text), *places)
    return " ".join("".join(char for char, out in zip(text, told, strict=True) if not out).split())


def touches(place: Span, taken: bytearray) -> bool:
    """Return whether a span overlaps what is taken."""
    return 1 in taken[place.start : place.end]
