"""Reading a prompt: what to look for, what must hold, what is excluded."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


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

    Values: LENGTH an int, MINUTES a float, YEARS and TEMPO (low, high) inclusive with None for an open side, ENERGY
    "low" | "medium" | "high", INSTRUMENTAL and EXPLICIT a bool, the artist kinds an artist's key (`artist_key`), the title
    kinds a tuple of (title key, artist key or None).
    """

    kind: WishKind
    value: Any
    text: str
    start: int
    end: int
    hard: bool


@dataclass(frozen=True, slots=True)
class PromptQuery:
    """A prompt, read. `topic` is what is left to look for once the wishes' own words are taken out.

    `excluded_words` are words that the prompt negates ("no drums": drums): they must not count as wanted.
    """

    prompt: str
    topic: str
    wishes: tuple[Wish, ...] = ()
    excluded_words: tuple[str, ...] = ()


class Names(Protocol):
    """The names that a catalog knows."""

    def artist(self, text: str) -> str | None:
        """Return the artist key if `text` is exactly an artist's name (after `artist_key`), else None."""

    def title(self, text: str) -> str | None:
        """Return the title key if `text` is exactly a track's title (after `artist_key`), else None."""
