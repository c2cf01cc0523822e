"""How known the music of a prompt shall be: hits or hidden gems, new to the listener or their favourites."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from recommender.prompts.vocabulary import FUNCTION_WORDS, MUSIC_NOUNS, OBSCURE_WORDS, POPULAR_WORDS
from recommender.prompts.wishes import Reading, Wish, WishKind

_POPULAR: Final = re.compile(
    r"\b(?:(?:greatest|biggest|big|radio|summer|chart|number[ -]one|smash|club|party) hits|(?<!that )(?<!it )(?<!this )(?<!which )hits"
    r"(?! (?:you|me|us|different|hard|the spot|home)\b)|chart[ -]?topp(?:ers?|ing)|well[ -]known|best[ -]known|(?:most )?popular"
    r"|(?:most )?famous(?! last words)|mainstream|top 40|crowd[ -]pleasers?|every(?:one|body) knows|radio[ -]friendly"
    r"|(?:in|from|on) the charts|bekannte[nrs]?|populäre[nrs]?|tubes|éxitos|sucessos|grandi successi)\b"
)
_OBSCURE: Final = re.compile(
    r"\b(?:deep cuts?|b-?sides?|hidden (?:gems?|treasures?)|(?:more )?obscure|(?<!velvet )underground|(?:lesser|little|less|not so well)[ -]known"
    r"|unknown (?=artists?|bands?|singers?|songs?|tracks?|music)|under the radar|underrated|undiscovered|overlooked"
    r"|off the beaten (?:path|track)|niche|never (?:made|hit|reached|were in|was in) the charts|unbekannte[nrs]?|geheimtipps?"
    r"|méconnue?s?|pépites|(?:poco|pouco) conocid[ao]s|poco not[ei]|joyas ocultas)\b"
)
_MORE: Final = frozenset(
    {"big", "biggest", "greatest", "usual", "obvious", "well", "best", "known", "most", "top", "radio"}
)
_KNOWN: Final = r"(?:know|heard|hear|recogni[sz]e|played?|listen(?:ed)? to|love|own)"
_NOT_KNOWN: Final = (
    r"(?:i|we) (?:(?:don't|do not|dont|haven't|have not|havent|have never|never|didn't|wouldn't) (?:already |yet |ever |really )*"
    r"(?:know|heard|hear|recogni[sz]e|played|listened to))(?: of\b| about\b)?(?: before\b| yet\b| already\b)?"
    r"|(?:i|we)'ve never (?:heard|played|listened to)(?: of\b)?(?: before\b)?"
)
_WHAT: Final = r"(?:(?:artists?|bands?|singers?|musicians?|acts|songs?|tracks?|music|tunes|stuff|something|anything|things|ones) )?(?:that |which |who )?"
_UNHEARD: Final = re.compile(
    rf"\b(?:{_WHAT}(?:{_NOT_KNOWN})"
    rf"|(?:nothing|none|no|not)(?: of)?(?: the| my)?(?: \w{{1,20}}){{0,2}}?(?: that)? (?:i|we)(?:'ve| have)?(?: already| probably| often| ever)* {_KNOWN}(?: before\b)?"
    r"|(?:new|unfamiliar|unknown) to (?:me|us)"
    r"|(?:discover|explore|find)(?: me)?(?: some)? (?:new|unknown) (?:music|songs?|tracks?|artists?|bands?)|new discoveries"
    r"|(?:die|das|den|was) ich (?:noch )?nicht kenne|nichts,? (?:was|das) ich (?:schon )?kenne"
    r"|que je ne connais pas(?: encore)?|rien que je connaisse|que no (?:conozco|conozca|he escuchado)|nada que (?:ya )?(?:conozca|conozco)"
    r"|che (?:ancora )?non conosco|que (?:eu )?(?:ainda )?não conheço)\b"
)
_OF_ARTISTS: Final = re.compile(r"\b(?:artists?|bands?|singers?|musicians?|acts)\b")
_LOVED: Final = re.compile(
    r"\bmy (?:own |all-time |old )?(?:favou?rites|favs|usuals|(?:favou?rite|usual) (?:songs|tracks|music|tunes|artists|bands))\b(?! (?:\w+ ){0,2}(?:is|are|was|of)\b)"
    r"|\b(?:the )?(?:songs?|tracks?|music|tunes|artists|bands|stuff|things) (?:that )?(?:i|we) (?:already |always |often |usually |know and )*"
    r"(?:love|know|play|listen to)\b|\bmy liked songs\b|\bfamiliar (?:songs?|music|tunes|favou?rites|tracks)\b"
    r"|\bmeine lieblings\w+|\bmes (?:chansons |morceaux |titres )?préférée?s\b|\bmis (?:canciones )?favoritas\b"
    r"|\ble mie (?:canzoni )?preferite\b|\bas minhas (?:músicas )?favoritas\b"
)


def popularity(reading: Reading) -> Iterator[Wish]:
    """Yield wishes for hits ("high") and for what few people know ("low"), all soft."""
    for value, pattern in (("high", _POPULAR), ("low", _OBSCURE)):
        for match in pattern.finditer(reading.text):
            yield reading.wish(WishKind.POPULARITY, value, *match.span(), hard=False)


def unpopularity(words: Sequence[str]) -> str | None:
    """Return the popularity that is left when the words of a negation are ruled out ("mainstream": "low"), else None."""
    telling = [word for word in words if word not in MUSIC_NOUNS - POPULAR_WORDS and word not in _MORE | FUNCTION_WORDS]
    popular = "known" in words or not POPULAR_WORDS.isdisjoint(telling)
    if popular and POPULAR_WORDS.issuperset(telling):
        return "low"
    return "high" if telling and OBSCURE_WORDS.issuperset(telling) else None


def novelty(reading: Reading) -> Iterator[Wish]:
    """Yield wishes for what the listener does not know (True, hard; of new artists too, where it says so) or loves (False)."""
    unheard = list(_UNHEARD.finditer(reading.text))
    for match in unheard:
        yield reading.wish(WishKind.NOVELTY, True, *match.span(), hard=True)
        if _OF_ARTISTS.search(match[0]):
            yield reading.wish(WishKind.NEW_ARTISTS, True, *match.span(), hard=True)
    for match in _LOVED.finditer(reading.without(match.span() for match in unheard).text):
        yield reading.wish(WishKind.NOVELTY, False, *match.span(), hard=False)
