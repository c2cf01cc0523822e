"""Languages: those that a prompt speaks of, and the catalog's own names and codes for them."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final

from catalog.names import search_form

UNSUNG: Final = "zxx"
"""The code of ISO 639-2 for what has no words."""

_NAMED_IN: Final = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "ru", "ja", "ko")
_SHORTEST_STEM: Final = 5
_ENDING: Final = 2  # letters by which forms of one name differ: "испанский", "на испанском"
_ALSO: Final = {"mandarin": "zh", "castellano": "es", "farsi": "fa", "afrikaans": "af"}
_SELDOM_MEANT: Final = frozenset({"la", "af"})  # "latin" and "african" speak of genres and of places
_SIGNS: Final = 0x2E80  # from here on a name has few signs, and what follows it is another word


@lru_cache(maxsize=1024)
def language_said(words: str) -> str | None:
    """Return the ISO 639-1 code of the first language that words name, in any form of a dozen languages; else None.

    The names are those of Unicode's Common Locale Data Repository.
    """
    said = search_form(words).split()
    return next((code for word in said for name, code in _names().items() if _is_form_of(word, name)), None)


def language_name(code: str) -> str:
    """Return the English name of a language by its code."""
    return _in_language("en").get(code, code)


def _is_form_of(word: str, name: str) -> bool:
    if ord(name[0]) >= _SIGNS:
        return word.startswith(name)
    stem = max(_SHORTEST_STEM, len(name) - _ENDING)
    inflected = len(name) >= _SHORTEST_STEM and word[:stem] == name[:stem] and len(word) <= len(name) + _ENDING + 1
    return word == name or inflected or (len(name) > _SHORTEST_STEM and word.startswith(name))


@cache
def _names() -> Mapping[str, str]:
    """Return the languages of one word by name, those of most listeners first: of forms alike the first counts."""
    named = [(search_form(name), code) for told in _NAMED_IN for code, name in _in_language(told).items()]
    common_first = sorted(named, key=lambda entry: entry[1] not in _NAMED_IN)
    names = dict(_ALSO)
    for name, code in common_first:
        if name and " " not in name and code not in _SELDOM_MEANT:
            names.setdefault(name, code)
    return names


@cache
def _in_language(told: str) -> Mapping[str, str]:
    """Return what a language calls the languages of two letters."""
    from babel import Locale  # only who speaks of a language pays for the names

    return {str(code): str(name) for code, name in Locale.parse(told).languages.items() if len(code) == 2}


@lru_cache(maxsize=4096)
def language_code(text: str) -> str | None:
    """Return the ISO 639-1 code of what a catalog calls a language, or the three letters of ISO 639-3 where it has none.

    Names in English, codes of two or three letters and tags such as "pt-BR" are understood; None for anything else, and
    for "und", "mul" and "mis", which name no language.
    """
    said = text.strip().lower()
    code = re.split(r"[-_]", said)[0]
    if code in ("zxx", "instrumental"):
        return UNSUNG
    if code in ("cmn", "zho", "chi"):
        return "zh"
    found = _found(code, said)
    if found is None and len(said) > _SHORTEST_STEM:
        return language_said(said)
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
