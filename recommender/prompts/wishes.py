"""Wishes, and a prompt in the form in which its readers look for them."""

from collections.abc import Iterable, Mapping
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


class WishKind(StrEnum):
    """The kind of a wish; its values are described by `WISH_VALUES`."""

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
    VOICE = "voice"
    NOT_VOICE = "not_voice"
    AI = "ai"
    NOT_TEMPO = "not_tempo"
    SONG_MINUTES = "song_minutes"
    NOT_SONG_MINUTES = "not_song_minutes"
    PER_ARTIST = "per_artist"
    PER_ALBUM = "per_album"
    ENERGY_THAN = "energy_than"
    TEMPO_THAN = "tempo_than"
    YEARS_THAN = "years_than"
    POPULARITY_THAN = "popularity_than"
    SONG_MINUTES_THAN = "song_minutes_than"
    SIZE_THAN = "size_than"


_BETWEEN = "[least, most], both inclusive, null for an open side"
_TITLED = "[key of the name, key of the artist or null]"
_COMPARED = "true for more than the list before had, false for less, or the range that follows from it"

WISH_VALUES: Final[Mapping[str, str]] = {
    WishKind.LENGTH: "a whole number of tracks, 1 to 1,000",
    WishKind.MINUTES: "a number of minutes, 1 to 6,000",
    **dict.fromkeys((WishKind.YEARS, WishKind.NOT_YEARS), f"years: {_BETWEEN}"),
    **dict.fromkeys((WishKind.TEMPO, WishKind.NOT_TEMPO), f"beats per minute: {_BETWEEN}"),
    **dict.fromkeys((WishKind.SONG_MINUTES, WishKind.NOT_SONG_MINUTES), f"minutes that a track lasts: {_BETWEEN}"),
    WishKind.ENERGY: "low, medium or high",
    WishKind.INSTRUMENTAL: "true for no vocals, false for vocals",
    WishKind.EXPLICIT: "true for explicit words, false for none",
    **dict.fromkeys((WishKind.ARTIST, WishKind.LIKE_ARTIST, WishKind.NOT_ARTIST), "an artist's key"),
    **dict.fromkeys((WishKind.TITLE, WishKind.LIKE_TITLE, WishKind.NOT_TITLE), _TITLED),
    **dict.fromkeys((WishKind.ALBUM, WishKind.LIKE_ALBUM, WishKind.NOT_ALBUM), _TITLED),
    **dict.fromkeys((WishKind.LABEL, WishKind.NOT_LABEL), "a label's key"),
    WishKind.POPULARITY: "high or low",
    WishKind.NOVELTY: "true for what the listener does not know, false for what they love",
    WishKind.NEW_ARTISTS: "true",
    WishKind.ARC: "rising, falling, peak, dip or wave",
    **dict.fromkeys((WishKind.LANGUAGE, WishKind.NOT_LANGUAGE), "an ISO 639-1 code"),
    **dict.fromkeys((WishKind.TAG, WishKind.NOT_TAG), "a tag's key"),
    **dict.fromkeys((WishKind.VOICE, WishKind.NOT_VOICE), "woman, man, choir, duet or child"),
    WishKind.AI: "none or human",
    **dict.fromkeys((WishKind.PER_ARTIST, WishKind.PER_ALBUM), "how many tracks at most"),
    **dict.fromkeys((kind for kind in WishKind if kind.endswith("_than")), _COMPARED),
    "topic": "words that are looked for by their meaning",
    "without": "words that no track may bear",
}
"""What values wishes have, by kind, as answers write them; the last two are what answers say of words without a kind."""

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

LIKE: Final = {
    WishKind.ARTIST: WishKind.LIKE_ARTIST,
    WishKind.TITLE: WishKind.LIKE_TITLE,
    WishKind.ALBUM: WishKind.LIKE_ALBUM,
}
"""What a name becomes that is an example ("like ...")."""

COMPARED: Final = frozenset(
    {
        WishKind.ENERGY_THAN,
        WishKind.TEMPO_THAN,
        WishKind.YEARS_THAN,
        WishKind.POPULARITY_THAN,
        WishKind.SONG_MINUTES_THAN,
    }
)
"""What moves from what the list before had, up (True) or down."""

LONGEST: Final = {WishKind.LENGTH: 1000, WishKind.MINUTES: 6000}
"""The most tracks, or minutes, that a prompt can ask for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish: its value, the words it came from (`start`, `end` in the prompt), and whether it must hold.

    Which values a kind has stands in `WISH_VALUES`; the keys of names are their search forms.

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
        """Return a wish over `prompt[start:end]`."""
        return Wish(kind, value, self.prompt[start:end], start, end, hard)


@dataclass(frozen=True, slots=True)
class Told:
    """Words of a prompt that count for nothing, and why: a code of `NOT_UNDERSTOOD` with its values."""

    text: str
    code: str
    values: tuple[str, ...] = ()


def share_words(one: Wish, other: Wish) -> bool:
    """Return whether two wishes come from the same words, or those of one end those of the other ("no 90s" and "90s")."""
    if one.start < 0 or other.start < 0:
        return one.start == other.start and (one.text.endswith(other.text) or other.text.endswith(one.text))
    return one.start < other.end and other.start < one.end


_LAST_COUNTS: Final = frozenset({WishKind.LENGTH, WishKind.MINUTES, WishKind.ARC})
_HARD_COUNTS: Final = frozenset({WishKind.INSTRUMENTAL, WishKind.EXPLICIT, WishKind.POPULARITY, WishKind.NOVELTY})
_RANGES: Final = frozenset({WishKind.YEARS, WishKind.TEMPO, WishKind.SONG_MINUTES})


def settled(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    """Return the wishes in the order of the prompt, repetitions and overruled ones left out."""
    chosen: dict[object, Wish] = {}
    for wish in _within(wishes):
        single = wish.kind in _LAST_COUNTS or wish.kind in _HARD_COUNTS
        key = wish.kind if single else (wish.kind, wish.value)
        earlier = chosen.get(key)
        if (
            earlier is None
            or wish.kind in _LAST_COUNTS
            or (
                wish.kind in _HARD_COUNTS
                and (wish.hard > earlier.hard or (wish.hard == earlier.hard and wish.value != earlier.value))
            )
        ):
            chosen[key] = wish
        elif wish.kind not in _HARD_COUNTS and wish.hard:
            chosen[key] = replace(earlier, hard=True)
    return tuple(sorted(chosen.values(), key=lambda wish: (wish.start, wish.end)))


def _within(wishes: Iterable[Wish]) -> list[Wish]:
    """Return wishes in the order of the prompt, two open ranges that overlap as one: "after 1979 but before 1990"."""
    found: list[Wish] = []
    for wish in sorted(wishes, key=lambda wish: (wish.start, wish.end)):
        other = next((one for one in found if one.kind is wish.kind), None) if wish.kind in _RANGES else None
        sides = [] if other is None else [*zip(other.value, wish.value, strict=True)]
        if other is not None and all((one is None) != (two is None) for one, two in sides):
            low, high = (two if one is None else one for one, two in sides)
            if low < high or (low == high and wish.kind is WishKind.YEARS):
                found[found.index(other)] = replace(other, value=(low, high), hard=other.hard or wish.hard)
                continue
        found.append(wish)
    return found
