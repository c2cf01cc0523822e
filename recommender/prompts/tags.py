"""The catalog's tags in a prompt, and the demands that nothing else be played ("only jazz")."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from recommender.prompts.mentions import Names
from recommender.prompts.vocabulary import EMOJI_WORDS, ENERGY_WORDS, FUNCTION_WORDS, MUSIC_NOUNS, TEMPO_WORDS
from recommender.prompts.wishes import Reading, Wish, WishKind

_MOST_WORDS: Final = 4
_TOKEN: Final = re.compile(rf"[^\W_]+|[{''.join(EMOJI_WORDS)}]")
_GAP: Final = re.compile(r" ?[ '&/-]?n?[ '-]?")
_ELSEWHERE: Final = re.compile(r"\b(?:the|my|our|your|this|moving|tree) (?:house|country|soul|trap|club)\b")
_EMPTY: Final = FUNCTION_WORDS | MUSIC_NOUNS
_SOUNDS: Final = ENERGY_WORDS.keys() | TEMPO_WORDS.keys()

_ONLY: Final = (
    r"(?<!not )(?<!nicht )(?<!if )(?<!pas )(?<!non )\b(?:only|strictly|exclusively|purely|solely|nothing (?:but|except|other than)"
    r"|(?:must|has to|have to|should) (?:all |only |really )?be|nur|ausschließlich|nichts (?:außer|als)|uniquement|exclusivement|seulement"
    r"|rien que|que (?=du |de la |des )|solamente|únicamente|exclusivamente|nada más que|soltanto|esclusivamente|apenas|somente|só|sólo"
    r"|solo (?=m[uú]sica|canciones|canzoni))\b(?! if\b)"
)
_JUST: Final = re.compile(r"(?:^|(?<=[,.;:(] )|(?<=and )|(?<=play ))just (?=\S)")
_LED: Final = (
    r"(?: (?:play|give me|want|hear|songs?|music|tracks?|tunes|stuff|things?|the|some|real|good|pure|(?:that|which) (?:is|are)|with|featuring"
    r"|in|du|de la|des|de|musik|música|musique|musica|canciones|lieder|canzoni|chansons)\b)*"
)
_BROKEN: Final = (
    r"\b(?:but|for|with|that|which|please|because|when|while|to|no|not|without|from|about|by|like|at|on|under|over|around|sung|before"
    r"|after|since|in|or rather|für|aus|mit|ohne|bitte|pour|sans|avec|para|sin|con|senza|sem|com)\b"
)
_LIST: Final = r"(?:, [\w'&-]+(?: [\w'&-]+)?){1,6},? (?:and|or|und|oder|et|ou|y|e) [\w'&-]+(?: [\w'&-]+)?"
_AFTER_ONLY: Final = re.compile(rf"(?:{_ONLY}){_LED}")
_BODY: Final = re.compile(rf"(?:(?!{_BROKEN})[^,.;:!?()]){{0,120}}(?:{_LIST})?")
_THEN_ONLY: Final = re.compile(r"(?<!not)(?<!not the) only(?= ?(?:$|[,.;:!?)]|(?:please|for|from|in|and|but|no)\b))")
_BREAK: Final = re.compile(rf"[,.;:!?()]|{_BROKEN}")
_LONGEST_PHRASE: Final = 60

_DEMANDABLE: Final = frozenset({WishKind.TAG, WishKind.ENERGY, WishKind.TEMPO, WishKind.POPULARITY})


def tags(reading: Reading, known: Names) -> Iterator[Wish]:
    """Yield the catalog's tags among the words that no other wish has used up, the longest first, all soft."""
    reading = reading.without(match.span() for match in _ELSEWHERE.finditer(reading.text))
    tokens = list(_TOKEN.finditer(reading.text))
    place = 0
    while place < len(tokens):
        for end in _ends(reading, tokens, place):
            if key := _tag(reading, known, tokens[place:end]):
                yield reading.wish(WishKind.TAG, key, tokens[place].start(), tokens[end - 1].end(), hard=False)
                place = end
                break
        else:
            place += 1


def _ends(reading: Reading, tokens: Sequence[re.Match[str]], place: int) -> list[int]:
    """Return where a tag that starts with a token may end (exclusive), longest first."""
    ends = [place + 1]
    for end in range(place + 1, min(place + _MOST_WORDS, len(tokens))):
        if not _GAP.fullmatch(reading.text, tokens[end - 1].end(), tokens[end].start()):
            break
        ends.append(end + 1)
    return ends[::-1]


def _tag(reading: Reading, known: Names, tokens: Sequence[re.Match[str]]) -> str | None:
    said = [token[0] for token in tokens]
    if len(said) > 1:
        return None if _EMPTY.issuperset(said) else known.tag(reading.text[tokens[0].start() : tokens[-1].end()])
    word = EMOJI_WORDS.get(said[0], said[0])
    return None if word in _EMPTY or len(word) == 1 or word.isdigit() else known.tag(word)


def demanded(reading: Reading, wishes: Iterable[Wish]) -> list[Wish]:
    """Return the wishes, those hard of which nothing else shall be played ("only jazz", "hits only", "strictly slow").

    Of tags side by side the last says what shall be played and those before it how: "only sad jazz" must be jazz. Tags
    that are words of energy or tempo stay soft, because the wish for that energy becomes hard.
    """
    spans = list(_spans(reading.text))
    found = list(wishes)
    starts = {wish.start for wish in found if wish.kind in (WishKind.TAG, WishKind.POPULARITY)}

    def is_demanded(wish: Wish) -> bool:
        if wish.kind not in _DEMANDABLE or not any(start <= wish.start < end for start, end in spans):
            return False
        modifies = wish.end + 1 in starts and reading.text[wish.end] == " "
        return wish.kind is not WishKind.TAG or not (modifies or wish.text.lower() in _SOUNDS)

    return [replace(wish, hard=True) if is_demanded(wish) else wish for wish in found]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the phrases stand that "only" speaks of, before it or after it."""
    for match in _AFTER_ONLY.finditer(text):
        if body := _BODY.match(text, match.end()):
            yield match.start(), body.end()
    for match in _JUST.finditer(text):
        yield match.end(), match.end() + 1
    for match in _THEN_ONLY.finditer(text):
        first = max(0, match.start() - _LONGEST_PHRASE)
        breaks = [found.end() for found in _BREAK.finditer(text, first, match.start())]
        yield breaks[-1] if breaks else first, match.end()
