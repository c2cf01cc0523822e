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

DEFAULT_LENGTH: Final = 20
"""Tracks in a list of which neither the request nor its prompt says how long it shall be."""

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
    NOT_TITLE = "not_title"
    LIKE_ALBUM = "like_album"
    ALBUM = "album"
    NOT_ALBUM = "not_album"
    LABEL = "label"
    NOT_LABEL = "not_label"
    NOT_YEARS = "not_years"
    POPULARITY = "popularity"
    NOVELTY = "novelty"
    NEW_ARTISTS = "new_artists"
    ARC = "arc"
    LANGUAGE = "language"
    NOT_LANGUAGE = "not_language"
    TAG = "tag"
    NOT_TAG = "not_tag"


NAMED: Final = frozenset({WishKind.ARTIST, WishKind.TITLE, WishKind.ALBUM, WishKind.LABEL})
"""What a prompt asks for by name."""

ALIKE: Final = frozenset({WishKind.LIKE_ARTIST, WishKind.LIKE_TITLE, WishKind.LIKE_ALBUM})
"""What a prompt names as an example."""

SHUNNED: Final = {
    WishKind.ARTIST: WishKind.NOT_ARTIST,
    WishKind.LIKE_ARTIST: WishKind.NOT_ARTIST,
    WishKind.TITLE: WishKind.NOT_TITLE,
    WishKind.LIKE_TITLE: WishKind.NOT_TITLE,
    WishKind.ALBUM: WishKind.NOT_ALBUM,
    WishKind.LIKE_ALBUM: WishKind.NOT_ALBUM,
    WishKind.LABEL: WishKind.NOT_LABEL,
}
"""What a name becomes that is negated ("nothing by ...")."""

LONGEST: Final = {WishKind.LENGTH: 1000, WishKind.MINUTES: 6000}
"""The most tracks, or minutes, that a prompt can ask for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish: its value, the words it came from (`start`, `end` in the prompt), and whether it must hold.

    Values: LENGTH an int (1 to 1,000), MINUTES a float (1 to 6,000), YEARS and TEMPO (low, high) inclusive with None for
    an open side, ENERGY "low" | "medium" | "high", INSTRUMENTAL and EXPLICIT a bool, the artist kinds an artist's key
    (`search_form`), the title and album kinds a tuple of (title key, artist key or None), the label kinds a label's key; NOT_YEARS
    as YEARS, POPULARITY "high" | "low", NOVELTY True for what the listener does not know and False for what they love,
    NEW_ARTISTS True, ARC "rising" | "falling" | "peak", the languages an ISO 639-1 code, the tags a tag's key.

    A wish of an earlier turn of the conversation that still holds has `start` and `end` -1, and that turn's words as
    `text`.
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
