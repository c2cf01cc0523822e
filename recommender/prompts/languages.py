"""Languages: those that a prompt asks for or rules out, and the catalog's own names and codes for them."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from recommender.prompts.vocabulary import LANGUAGE_WORDS, MUSIC_NOUNS, UNSUNG_WORDS
from recommender.prompts.wishes import MENTION, TAKEN, Reading, Wish, WishKind

UNSUNG: Final = "zxx"
"""The code of ISO 639-2 for what has no words."""

_NAMES: Final = "(?:" + "|".join(sorted(LANGUAGE_WORDS, key=len, reverse=True)) + ")"
_INFLECTED: Final = re.compile(rf"({_NAMES})(?:e[nmrs]?|sprachige?[nmrs]?)?")
_OR: Final = r"(?:,? (?:or|and|und|oder|et|ou|y|o|e) |, )"
_GOES_ON: Final = (
    rf"(?= ?(?:$|[,.;:!?)\"0-9{TAKEN}{MENTION}]|(?:and|or|but|with|from|for|please|only|by|not|no|at|of|under|over|about|to|that|which|like"
    r"|when|while|language|lyrics|songs|music|und|oder|et|ou|y|o|e|mit|ohne|aus|für|avec|des|de|pour|con|sin|sans|senza|sem"
    r"|para|degli|dos)\b))"
)
_DEMANDED: Final = (
    re.compile(rf"\b(?:(?:sung|singing|songs?|gesungen|chantée?s?|cantad[ao]s?|cantat[aeoi]) )?(?:in|auf|en|em) (?P<names>{_NAMES}(?:{_OR}{_NAMES})*)\b{_GOES_ON}"),
    re.compile(rf"\b(?P<names>{_NAMES}(?:{_OR}{_NAMES})*)[ -](?:language|lyrics?|vocals?|singing|singers?|speaking|sung|words)\b"),
    re.compile(rf"\b(?P<names>{_NAMES}(?:e[nmrs]?|sprachige?[nmrs]?)) (?:texten?|gesang)\b|\b(?P<spoken>{_NAMES})sprachige?[nmrs]?\b"),
    re.compile(rf"\b(?:paroles|letras?|testi) (?:en |in |em )?(?P<names>{_NAMES})\b"),
)  # fmt: skip
_SUPPOSED: Final = (
    re.compile(rf"\b(?P<names>(?!latin\b){_NAMES}(?:e[nmrs]?)?) (?:songs?|ballads?|tunes|lieder|chansons|canciones|canzoni|canções)\b"),
    re.compile(rf"\b(?:chansons?|canciones|canzoni|canções|músicas) (?P<names>{_NAMES})\b"),
)  # fmt: skip
_ABOUT_LANGUAGES: Final = (
    UNSUNG_WORDS | MUSIC_NOUNS | {"language", "languages", "speaking", "sung", "singer", "en", "auf", "em"}
)


def languages(reading: Reading) -> Iterator[Wish]:
    """Yield the languages asked for: hard for what is sung ("in French", "French lyrics"), soft for "French songs"."""
    for hard, patterns in ((True, _DEMANDED), (False, _SUPPOSED)):
        for pattern in patterns:
            for match in pattern.finditer(reading.text):
                said = match["names"] or match["spoken"]
                codes = dict.fromkeys(LANGUAGE_WORDS[name] for name in re.findall(rf"\b{_NAMES}", said))
                for code in codes:
                    yield reading.wish(WishKind.LANGUAGE, code, *match.span(), hard=hard)


def language_of(words: Sequence[str]) -> str | None:
    """Return the language that the words of a negation speak of and of nothing else ("English lyrics"), else None."""
    found = [_INFLECTED.fullmatch(word) for word in words if word not in _ABOUT_LANGUAGES]
    return LANGUAGE_WORDS[found[0][1]] if len(found) == 1 and found[0] else None


@lru_cache(maxsize=4096)
def language_code(text: str) -> str | None:
    """Return the ISO 639-1 code of what a catalog calls a language, or the three letters of ISO 639-3 where it has none.

    Names in English, codes of two or three letters and tags such as "pt-BR" are understood; None for anything else, and
    for "und", "mul" and "mis", which name no language.
    """
    said = text.strip().lower()
    if said in LANGUAGE_WORDS:
        return LANGUAGE_WORDS[said]
    code = re.split(r"[-_]", said)[0]
    if code in ("zxx", "instrumental"):
        return UNSUNG
    if code in ("cmn", "zho", "chi"):
        return "zh"
    found = _found(code, said)
    if found is None or found.alpha_3 in ("und", "mul", "mis"):
        return None
    return str(getattr(found, "alpha_2", found.alpha_3))


def _found(code: str, name: str) -> Any:
    """Return pycountry's language, codes before names: "en" is English, though a language of Vietnam is called En."""
    # It takes a tenth of a second to come, and only catalogs that are built have languages to be read.
    import pycountry

    if len(code) == 2:
        return pycountry.languages.get(alpha_2=code)
    if len(code) == 3 and (
        found := pycountry.languages.get(alpha_3=code) or pycountry.languages.get(bibliographic=code)
    ):
        return found
    try:
        return pycountry.languages.lookup(name)
    except LookupError:
        return None
