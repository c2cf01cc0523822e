"""How the music of a prompt shall sound: sung or not, clean or not, how lively, how fast in words."""

import re
from collections.abc import Iterator
from typing import Final

from recommender.prompts.familiarity import unpopularity
from recommender.prompts.languages import language_of
from recommender.prompts.negations import Item
from recommender.prompts.vocabulary import (
    EMOJI_WORDS,
    ENERGY_PHRASES,
    ENERGY_WORDS,
    GENRES,
    SWEAR_PHRASES,
    SWEAR_WORDS,
    TEMPO_PHRASES,
    TEMPO_WORDS,
    UNSUNG_WORDS,
    VOICE_WORDS,
)
from recommender.prompts.wishes import Reading, Wish, WishKind

_VOICE: Final = "|".join(sorted(VOICE_WORDS, key=len, reverse=True))
_UNSUNG: Final = re.compile(
    r"\b(?:instrumentals?|instrumentale[ns]?|instrumentales|instrumentalmusik|instrumentaux|strumental[ei]|wordless|(?:vocal|lyric|voice)s?-free)\b"
    r"(?! (?:solos?|parts?|breaks?|sections?|intros?|passages?)\b)"
)
_SUNG: Final = re.compile(
    rf"\b(?:(?P<hard>(?:with|mit|avec|con|com) (?:some |the |good |great )?(?:{_VOICE}|words)|singing)"
    rf"|(?<!without )(?P<soft>singer-songwriters?|sing-?alongs?|a ?cappella|acapella|{_VOICE}))\b"
)
_CLEAN: Final = re.compile(
    rf"\bclean(?= (?:(?:{'|'.join(sorted(GENRES, key=len, reverse=True))}) )?(?:songs|music|tracks|versions?|lyrics|edits?|language"
    r"|playlist|hits|bangers)\b| (?:rap|hip[ -]?hop|trap|drill|r&b)\b)"
    r"|\b(?:keep it clean|squeaky clean|all clean|clean only|only clean)\b(?! (?!please|and|but)\w)"
    r"|(?:^|(?<=[,;(])|(?<=[,;] )|(?<=, and ))clean(?= ?(?:$|[,;.!)]))"
    r"|\b(?:(?:family|kids?|child|children|work|office|school)[ -](?:friendly|safe|appropriate)|safe for (?:kids|children|work|school)"
    r"|suitable for (?:kids|children)|radio edits?|sfw|censored|jugendfrei)\b"
)
_EXPLICIT: Final = re.compile(r"\b(?:explicit|uncensored|nsfw)\b")
_WORD: Final = re.compile(rf"[^\W_]+(?:-[^\W_]+)*|[{''.join(EMOJI_WORDS)}]")
_OPPOSITE: Final = {"low": "high", "high": "low"}


def instrumental(reading: Reading) -> Iterator[Wish]:
    """Yield wishes for instrumental music (True, hard) and for voices (False; hard if asked for with "with" or "singing")."""
    for match in _UNSUNG.finditer(reading.text):
        yield reading.wish(WishKind.INSTRUMENTAL, True, *match.span(), hard=True)
    for match in _SUNG.finditer(reading.text):
        yield reading.wish(WishKind.INSTRUMENTAL, False, *match.span(), hard=match["hard"] is not None)


def explicit(reading: Reading) -> Iterator[Wish]:
    """Yield wishes for clean lyrics (False, hard) and for explicit ones (True, soft)."""
    for match in _CLEAN.finditer(reading.text):
        yield reading.wish(WishKind.EXPLICIT, False, *match.span(), hard=True)
    for match in _EXPLICIT.finditer(reading.text):
        yield reading.wish(WishKind.EXPLICIT, True, *match.span(), hard=False)


def moods(reading: Reading) -> Iterator[Wish]:
    """Yield the energies and the tempos that words speak of, all soft."""
    words = [(EMOJI_WORDS.get(match[0], match[0]), *match.span()) for match in _WORD.finditer(reading.text)]
    taken = -1
    for (word, start, end), (following, next_start, next_end) in zip(words, [*words[1:], ("", -1, -1)], strict=False):
        if start < taken:
            continue
        phrase = f"{word} {following}" if next_start == end + 1 else ""
        if phrase in TEMPO_PHRASES:
            yield reading.wish(WishKind.TEMPO, TEMPO_PHRASES[phrase], start, next_end, hard=False)
        energy = ENERGY_PHRASES.get(phrase)
        if energy is not None:
            end = taken = next_end
        energy = energy or ENERGY_WORDS.get(word)
        if energy is not None:
            yield reading.wish(WishKind.ENERGY, energy, start, end, hard=False)
        elif word in TEMPO_WORDS:
            yield reading.wish(WishKind.TEMPO, TEMPO_WORDS[word], start, end, hard=False)


def unwanted(reading: Reading, item: Item, start: int) -> Wish | None:
    """Return the wish that a negated item amounts to, its words taken from `start` (the negator), or None.

    "no vocals" asks for instrumental music, "not too energetic" for medium energy, "not energetic" for low energy,
    "not too fast" for a tempo that is not fast, "no English lyrics" for any other language, "no hits" for what few know.
    """
    content, end = item.content, item.words[-1][2]
    phrase = " ".join(word for word, _, _ in item.words)
    hard = not item.mild
    if SWEAR_WORDS.intersection(content) or phrase in SWEAR_PHRASES:
        return reading.wish(WishKind.EXPLICIT, False, start, end, hard=hard)
    if content and UNSUNG_WORDS.issuperset(content):
        return reading.wish(WishKind.INSTRUMENTAL, True, start, end, hard=hard)
    if phrase.startswith("instrumental"):
        return reading.wish(WishKind.INSTRUMENTAL, False, start, end, hard=hard)
    if language := language_of([word for word, _, _ in item.words]):
        return reading.wish(WishKind.NOT_LANGUAGE, language, start, end, hard=hard)
    if popularity := unpopularity([word for word, _, _ in item.words]):
        return reading.wish(WishKind.POPULARITY, popularity, start, end, hard=hard)
    energy = ENERGY_PHRASES.get(" ".join(content)) or (ENERGY_WORDS.get(content[0]) if len(content) == 1 else None)
    if energy in _OPPOSITE:
        return reading.wish(WishKind.ENERGY, "medium" if item.mild else _OPPOSITE[energy], start, end, hard=False)
    if len(content) == 1 and content[0] in TEMPO_WORDS:
        low, high = TEMPO_WORDS[content[0]]
        if low is None or high is None:
            return reading.wish(WishKind.TEMPO, (high, low), start, end, hard=False)
    return None
