"""Reading a prompt: what to look for, what must hold, what is excluded."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from recommender.figures import lengths, minutes, tempos, years
from recommender.mentions import Names, mentions
from recommender.negations import Negation, negations
from recommender.sounds import explicit, instrumental, moods, unwanted
from recommender.vocabulary import FUNCTION_WORDS, GENRES, MUSIC_NOUNS, VOICE_WORDS
from recommender.wishes import MENTION, Reading, Wish, WishKind

__all__ = ["Names", "PromptQuery", "Wish", "WishKind", "normalise", "parse"]


@dataclass(frozen=True, slots=True)
class PromptQuery:
    """A prompt, read. `topic` is what is left to look for once the wishes' own words are taken out.

    `prompt` is in its normalised form, which the wishes' places refer to. `wishes` are in the order of the prompt, at most
    one each of LENGTH, MINUTES, INSTRUMENTAL and EXPLICIT, and at most one hard one each of YEARS and TEMPO.
    `excluded_words` are words or phrases in lower case that the prompt negates ("no drums or heavy metal": drums, heavy
    metal): they must not count as wanted.
    """

    prompt: str
    topic: str
    wishes: tuple[Wish, ...] = ()
    excluded_words: tuple[str, ...] = ()


_LAST_COUNTS: Final = frozenset({WishKind.LENGTH, WishKind.MINUTES})
_HARD_COUNTS: Final = frozenset({WishKind.INSTRUMENTAL, WishKind.EXPLICIT})
_RANGES: Final = frozenset({WishKind.YEARS, WishKind.TEMPO})

_LIST: Final = (
    r"(?:(?:an?|the|my|this|new) ){0,2}(?:(?:great|good|nice|perfect|music|song) )?"
    r"(?:playlist|mixtape|(?:list|mix|set|selection|soundtrack)(?= (?:of|with|for|to|that)\b))"
    r"(?: (?:of|with|for|that (?:is|has)|von|mit|de|avec|con)\b)?"
)
_FILLER: Final = re.compile(
    r"(?:(?:hi|hello|hey)(?: there)?|thanks|thank you|please|ok|okay|bitte|por favor|s'il (?:te|vous) plaît|svp"
    r"|(?:can|could|would|will) (?:you|u|i|we)|(?:i|we) would (?:like|love)|(?:i|we)'d (?:like|love)|(?:i|we) (?:just )?(?:want|need)"
    r"|i wanna|i am|i'm|im|looking for|searching for|in the mood for|let me|let's|help me"
    rf"|to (?:hear|listen to|have|make|create|find|get|build)|hear|listen to|(?:find|give|show|get|make|add|put on)(?= (?:(?:me|us|an?|some|my)\b|{MENTION}))"
    r"|play|create|generate|recommend|suggest|put together"
    r"|spiele?|ich (?:will|möchte|hätte gern|brauche|suche)|mach mir|gib mir|joue|je (?:veux|voudrais|cherche)|quiero|escuchar|ponme|busco"
    rf"|me|us|mir|some|any|{_LIST})(?![\w'-])[ ,:!.]*"
)
_SENTENCE: Final = re.compile(r"(?:^|(?<=[.!?;]))[ \"(-]*")
_ASIDE: Final = re.compile(
    r",? ?\b(?:please|thanks|thank you|preferably|ideally|if possible|with or without \w+|bitte|por favor|svp|s'il (?:te|vous) plaît)\b"
)
_LINK: Final = (
    r"(?:and|or|but|with|of|for|by|plus|that|which|is|are|from|und|oder|aber|mit|et|ou|mais|avec|y|o|pero|con)"
)
_TIDYING: Final = (
    re.compile(r"\( ?\)|\[ ?\]|\" ?\""),
    re.compile(rf"(?: {_LINK}\b){{1,4}}(?= ?[,.;:!?)]| ?$)"),
    re.compile(r" (?=[,.;:!?)])|[ ,;:]{1,4}(?=\"$)"),
    re.compile(r"(?<=[,.;:!?])(?: ?[,.;:!?])+"),
    re.compile(rf"^(?:[ ,.;:!?)\]/&+-]|{_LINK}\b(?!['-]))+"),
    re.compile(r"(?<![ ,.;:!?(\[/&+-])[ ,.;:!?(\[/&+-]+$"),
)
_WORD: Final = re.compile(rf"[^\W_]+|{MENTION}+")


def normalise(prompt: str) -> str:
    """Return a prompt in NFKC, without control and format characters and lone surrogates, its white space single spaces."""
    kept = "".join(c for c in prompt if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def parse(prompt: str, names: Names) -> PromptQuery:
    """Read a prompt of any content, in time linear in its length; raises nothing.

    Names come first and hide their words from all other readers ("Maroon 5 songs" asks for no five songs), then figures,
    then negations, then what is left. Of two lengths or durations the last counts; of contradicting demands for sung or
    for clean music the last hard one.
    """
    whole = Reading.of(normalise(prompt))
    named = mentions(whole, names, _filler_end(whole.text, 0))
    reading = unnamed = whole.without(_spans(named), MENTION)
    figures: list[Wish] = []
    for figure_reader in (minutes, lengths, tempos):
        found = list(figure_reader(reading))
        reading = reading.without(_spans(found))
        figures += found
    dated = years(reading)
    limits = [wish for wish in dated if None in wish.value]
    denials = list(negations(reading.without(_spans(limits)).text))
    denied = {place for denial in denials for place in range(denial.start, denial.end)}
    unwished, excluded = _denied(reading, denials, {wish.start: wish for wish in named})
    reading = reading.without((denial.start, denial.end) for denial in denials)
    clean, moved = list(explicit(reading)), list(moods(reading))
    said = {wish.kind for wish in moved}  # "chill, but not sleepy" is chill
    unwished = [wish for wish in unwished if wish.kind not in said]
    wishes = [wish for wish in (*named, *dated) if wish.start not in denied]
    wishes += (*unwished, *figures, *clean, *instrumental(reading), *moved)
    nothing = [wish for wish in limits if wish.text.lower().startswith("no")]
    removed = {place for wish in (*figures, *clean, *nothing) for place in range(wish.start, wish.end)} | denied
    return PromptQuery(whole.prompt, _topic(unnamed, removed), _settled(wishes), excluded)


def _spans(wishes: Iterable[Wish]) -> Iterator[tuple[int, int]]:
    return ((wish.start, wish.end) for wish in wishes)


def _denied(
    reading: Reading, denials: Iterable[Negation], named: Mapping[int, Wish]
) -> tuple[list[Wish], tuple[str, ...]]:
    """Return the wishes that negations amount to, and the words that they exclude. `named` holds mentions by their start."""
    wishes: list[Wish] = []
    excluded: list[str] = []
    for denial in denials:
        for item in denial.items:
            wish = unwanted(reading, item, denial.start)
            if wish is not None:
                wishes.append(wish)
            elif words := [word for word in item.content if word[0] != MENTION and word not in VOICE_WORDS]:
                excluded.append(" ".join(words))
            for _, start, end in item.words:
                if (mention := named.get(start)) and mention.kind in (WishKind.ARTIST, WishKind.LIKE_ARTIST):
                    wishes.append(
                        reading.wish(WishKind.NOT_ARTIST, mention.value, denial.start, end, hard=not item.mild)
                    )
                    excluded += [word for word in (mention.text.lower(),) if word in GENRES]
    return wishes, tuple(dict.fromkeys(excluded))


def _settled(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    """Return the wishes in the order of the prompt, repetitions and overruled ones left out.

    Where several ranges of years or of tempo are demanded ("60s and 90s") none stays hard: no track lies in all of them.
    """
    chosen: dict[object, Wish] = {}
    for wish in sorted(wishes, key=lambda wish: (wish.start, wish.end)):
        single = wish.kind in _LAST_COUNTS or wish.kind in _HARD_COUNTS
        key = wish.kind if single else (wish.kind, wish.value)
        earlier = chosen.get(key)
        if earlier is None or wish.kind in _LAST_COUNTS or (wish.kind in _HARD_COUNTS and wish.hard >= earlier.hard):
            chosen[key] = wish
        elif wish.hard and not earlier.hard and wish.kind not in _HARD_COUNTS:
            chosen[key] = replace(earlier, hard=True)
    ranges = Counter(wish.kind for wish in chosen.values() if wish.hard and wish.kind in _RANGES)
    settled = (replace(wish, hard=False) if ranges[wish.kind] > 1 else wish for wish in chosen.values())
    return tuple(sorted(settled, key=lambda wish: (wish.start, wish.end)))


def _filler_end(text: str, position: int) -> int:
    """Return where the words of courtesy and command end that start at `position`."""
    while match := _FILLER.match(text, position):
        position = match.end()
    return position


def _topic(reading: Reading, removed: set[int]) -> str:
    """Return the prompt without the places removed and without filler, tidied; empty if only empty words are left."""
    reading = _cut(reading, removed)
    sentences = [match.end() for match in _SENTENCE.finditer(reading.text)]
    filler = {place for start in sentences for place in range(start, _filler_end(reading.text, start))}
    reading = _cut(reading, filler)
    for pattern in (_ASIDE, *_TIDYING):
        reading = _cut(reading, {place for match in pattern.finditer(reading.text) for place in range(*match.span())})
    words = _WORD.findall(reading.text)
    return "" if all(word in FUNCTION_WORDS or word in MUSIC_NOUNS for word in words) else reading.prompt


def _cut(reading: Reading, places: set[int]) -> Reading:
    """Return a reading without the characters at `places`, and without the doubled spaces that this leaves."""
    if not places:
        return reading
    kept: list[int] = []
    for place, character in enumerate(reading.prompt):
        if place not in places and not (character == " " and kept and reading.prompt[kept[-1]] == " "):
            kept.append(place)
    return Reading("".join(reading.prompt[i] for i in kept), "".join(reading.text[i] for i in kept))
