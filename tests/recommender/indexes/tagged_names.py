"""A catalog of three artists that has tags, for reading prompts."""

from collections.abc import Sequence
from typing import Any

from catalog.names import search_form
from recommender.prompts.reading import PromptQuery, parse
from recommender.prompts.wishes import WishKind
from recommender.tracks.tag_names import TagNames

TAGS = [
    "jazz",
    "acid jazz",
    "blues",
    "hip hop",
    "r and b",
    "lo fi",
    "drum and bass",
    "80s",
    "metal",
    "heavy metal",
    "rap",
    "country",
    "house",
    "folk",
    "piano",
    "solo piano",
    "guitar",
    "violin",
    "sad",
    "rainy",
    "chill",
    "party",
    "sleep",
    "dark",
    "female vocals",
    "songs",
    "the",
]


class TaggedNames:
    """Names of a catalog with `TAGS`."""

    artists = frozenset({"nina vale", "harbour", "love"})

    def __init__(self) -> None:
        self._tags = TagNames(TAGS)

    def key(self, kind: WishKind, text: str) -> str | None:
        return key if kind is WishKind.ARTIST and (key := search_form(text)) in self.artists else None

    def near_artist(self, text: str, *, initials: bool) -> str | None:
        return None

    def tag(self, text: str) -> str | None:
        row = self._tags.row(text)
        return None if row is None else TAGS[row]


NAMES = TaggedNames()


def read(prompt: str, history: Sequence[str] = ()) -> PromptQuery:
    return parse(prompt, NAMES, history)


def wishes(prompt: str, *kinds: str, history: Sequence[str] = ()) -> list[tuple[str, Any, bool]]:
    """Return kind, value and hardness of the wishes, or of those of some kinds."""
    found = [(wish.kind.value, wish.value, wish.hard) for wish in read(prompt, history).wishes]
    return [wish for wish in found if not kinds or wish[0] in kinds]
