"""The two forms of a name: one that tells who is who, and one that finds what people type.

*Identity* keeps every letter and sign: "DJ Сова" and "DJ Гора" are two people. *Search* folds as far as helps: "Elof
Sjogrim" finds Elof Sjøgrim. What is decided about a name rests on its identity; the search form only ever finds.
"""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ŋ": "n", "ı": "i", "ƒ": "f", "ə": "e", "ĸ": "k",
    "æ": "ae", "œ": "oe", "þ": "th",
})  # fmt: skip
"""Letters that Unicode does not take apart, as people type them who lack them; ß is folded with the case."""

_MARKED = re.compile(
    r"(?<=[a-z\u0370-\u03ff])[\u0300-\u036f]+"  # Latin and Greek
    r"|(?<=е)\u0308"  # Cyrillic ё; й and ї are letters of their own
    r"|[\u064b-\u0652\u0670\u05b0-\u05bd\u05bf-\u05c7]"  # vowels that Arabic and Hebrew rarely write
)
UNSEEN = re.compile(r"[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
"""Characters that nobody sees: marks of direction, soft hyphens, spaces of no width. Joiners (U+200C, U+200D) tell words apart."""

_COMPANY = re.compile(r"(?: (?:records|recordings|music|entertainment|label))+$")
_ARTICLE = re.compile(r"(?:the )+(?=.)")


_ASCII_WORDS = str.maketrans({char: " " for char in map(chr, range(128)) if not char.isalnum()})


@lru_cache(maxsize=65536)
def identity(name: str) -> str:
    """Return the form of a name that tells who is who: NFC, case folded letter by letter, white space evened.

    Every other sign that is seen is kept: ø is no o, and ß (which full case folding makes ss) no ss.
    """
    if name.isascii():
        return " ".join(name.lower().split())
    composed = UNSEEN.sub("", unicodedata.normalize("NFC", name))
    folded = (char if len(char := letter.casefold()) == 1 else letter.lower() for letter in composed)
    return " ".join(unicodedata.normalize("NFC", "".join(folded)).split())


def fold(text: str) -> str:
    """Return a text as people type it who lack its letters: lower case, no marks on Latin and Greek, no full width.

    The marks of other scripts, which tell words apart there, are kept.
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", UNSEEN.sub("", text)).casefold().translate(_LETTERS)
    return unicodedata.normalize("NFC", _MARKED.sub("", unicodedata.normalize("NFKD", plain)))


@lru_cache(maxsize=65536)
def search_form(name: str) -> str:
    """Return the form of a name that finds it: folded, letters and digits of any script, one space, no leading "the".

    A name of nothing but signs keeps its identity. Names that share it may well be two people.
    """
    folded = fold(name).replace("&", " and ")
    if (words := ascii_words(folded)) is None:
        words = "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in folded).split()
    form = " ".join(words)
    article = _ARTICLE.match(form)
    return form[article.end() :] if article else form or identity(name)


def ascii_words(text: str) -> list[str] | None:
    """Return the runs of letters and digits of a text; None for one that is not ASCII, which nine in ten are."""
    return text.translate(_ASCII_WORDS).split() if text.isascii() else None


def label_form(label: str) -> str:
    """Return the search form of a label's name, without "Records" and the like at its end."""
    return _COMPANY.sub("", search_form(label))
