"""Wishes, and a prompt in the form in which its readers look for them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

MENTION: Final = "\0"
"""Stands in a reading for every character of a name; no prompt contains it."""

TAKEN: Final = "\1"
"""Stands in a reading for every character that a wish has used up; no prompt contains it."""

_PLAIN: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u02bc`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2013\u2014\u2212", "-")
    | {"\u2044": "/"}
)
_SOFTENER: Final = re.compile(
    r"\b(?:preferably|ideally|mostly|mainly|maybe|more|perhaps|if possible|lieber|plutôt)(?: the| from)? $"
)
_SOFTENED: Final = re.compile(r",? (?:if possible|ideally|preferably)\b")


class WishKind(StrEnum):
    """What a wish speaks about. Values by kind are listed with `Wish`."""

    LENGTH = "length"
    MINUTES = "minutes"
    YEARS = "years"
    TEMPO = "tempo"
    ENERGY = "energy"
    INSTRUMENTAL = "instrumental"
    EXPLICIT = "explicit"
    LIKE_ARTIST = "like_artist"
    ARTIST = "artist"
    NOT_ARTIST = "not_artist"
    LIKE_TITLE = "like_title"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish: its value, the words it came from (`start`, `end` in the prompt), and whether it must hold.

    Values: LENGTH an int (1 to 1,000), MINUTES a float (1 to 6,000), YEARS and TEMPO (low, high) inclusive with None for
    an open side, ENERGY "low" | "medium" | "high", INSTRUMENTAL and EXPLICIT a bool, the artist kinds an artist's key
    (`artist_key`), the title kinds a tuple of (title key, artist key or None).
    """

    kind: WishKind
    value: Any
    text: str
    start: int
    end: int
    hard: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt beside the form that readers see: as long, lower case, plain quotes and dashes, used-up words blanked."""

    prompt: str
    text: str

    @classmethod
    def of(cls, prompt: str) -> Self:
        """Return the reading of a normalised prompt."""
        text = prompt.lower()
        if len(text) != len(prompt):  # a few capitals have a longer lower case, and spans must fit
            text = "".join(c.lower() if len(c.lower()) == 1 else c for c in prompt)
        return cls(prompt, text.translate(_PLAIN))

    def without(self, spans: Iterable[tuple[int, int]], mark: str = TAKEN) -> Self:
        """Return the reading with `spans` (start, end) blanked by `mark`."""
        text = list(self.text)
        for start, end in spans:
            text[start:end] = mark * (end - start)
        return replace(self, text="".join(text))

    def wish(self, kind: WishKind, value: Any, start: int, end: int, *, hard: bool) -> Wish:
        """Return a wish over `prompt[start:end]`; "preferably", "mostly" or "if possible" beside it make it soft."""
        softened = hard and (_SOFTENER.search(self.text, max(0, start - 20), start) or _SOFTENED.match(self.text, end))
        return Wish(kind, value, self.prompt[start:end], start, end, hard and not softened)
