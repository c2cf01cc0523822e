"""What a prompt speaks of: words and pictures as the catalog's tags call them, in English where another language's are known."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from recommender.prompts.languages import language_said
from recommender.prompts.meanings import DENIED, SPOKEN, WANTED
from recommender.prompts.mentions import Names
from recommender.prompts.name_signs import ABOUT
from recommender.prompts.spans import CUE, NAMES, SUBJECTS, Polarity, Span
from recommender.prompts.vocabulary import GENRES, NO_SIGNS, YES_SIGNS
from recommender.prompts.wishes import Told, Wish, WishKind

_WORD: Final = re.compile(r"\w+")
_SURE: Final = 0.7
_LEAST: Final = 4  # letters of a word that says something by itself
_PICTURE: Final = re.compile("[\U0001f1e6-\U0001f1ff]{2}|[^\\w\\s]")
_MINUS: Final = re.compile(r"(?<!\S)-(?=\w)")
_STYLES: Final = frozenset({"genre", "sound"})
_UNTAGGED: Final = frozenset({"activity", "place", "theme", "instrument"})
"""Of what there are too many for a catalog to have a tag for each."""
_BY_VOICE: Final = {
    "woman": "female vocals",
    "man": "male vocals",
    "choir": "choir",
    "duet": "duet",
    "child": "children",
}
_BY_ENERGY: Final = {"low": "calm", "high": "energetic"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is spoken of: a span, what it says in its `own` words and in `english` ("" if unknown), and the catalog's `tags` for it."""

    span: Span
    own: str
    english: str
    tags: tuple[str, ...]


def spoken_of(names: Names, text: str, spans: Iterable[Span], *, foreign: bool) -> Iterator[Spoken]:
    """Yield the subjects of a prompt with their tags; in a `foreign` prompt with their English words."""
    spoken = [span for span in spans if span.what in SPOKEN and span.value != "instrumental"]
    said = [_words(text, span) for span in spoken]
    called = _called(names, said) if foreign else said
    near = names.near_tags(called)
    for span, own, english, meant in zip(spoken, said, called, near, strict=True):
        key = names.tag(own) or names.tag(english)
        if key is not None:
            yield Spoken(span, own, own if key == names.tag(own) else english, (key,))
        elif span.polarity in WANTED:  # a home is no house music
            yield Spoken(span, own, english, tuple(tag for tag in meant if span.what in _STYLES or tag not in GENRES))
        else:  # What shall be left out is only what is said, "guitar solos" are no guitars; in another language what is meant.
            yield Spoken(span, own, english, meant[:1] if foreign else ())


def _called(names: Names, said: Sequence[str]) -> list[str]:
    """Return what words of another language are called in English, as a whole or word by word; empty where nobody knows."""
    whole = names.in_english(said)
    known = [words if names.tag(words) is not None else other for words, other in zip(said, whole, strict=True)]
    parts = [
        [word for word in _WORD.findall(words) if len(word) >= _LEAST or not word.isascii()] if called is None else []
        for words, called in zip(said, known, strict=True)
    ]
    each = iter(names.in_english(list(chain.from_iterable(parts))))
    return [
        called or " ".join(word for word in (next(each) for _ in words) if word)
        for called, words in zip(known, parts, strict=True)
    ]


def said_in_titles(names: Names, text: str, spoken: Iterable[Spoken]) -> Iterator[str]:
    """Yield search words for titles: what songs shall be about, and a prompt that is nothing but a title."""
    if names.tag(text) is None and names.key(WishKind.TITLE, text) is not None:
        yield text
    for one in spoken:
        if one.span.polarity in WANTED and _is_title(text, one.span):
            yield one.own


def _is_title(text: str, span: Span) -> bool:
    """Return whether what a song shall be about may stand in names: after "about", in capitals, or beside a film."""
    capital = any(word[:1].isupper() for word in text[max(span.start, 1) : span.end].split())
    spoken_of = ABOUT.search(text, max(0, span.start - 20), span.end) is not None
    return span.what == "theme" and (spoken_of or (capital and not text.isupper()))


def _words(text: str, span: Span) -> str:
    """Return the words of a span; of a picture, its name; of a flag, the country's."""
    said = text[span.start : span.end]
    if _PICTURE.fullmatch(said):
        import emoji

        return emoji.demojize(said, delimiters=("", "")).replace("_", " ")
    return said


def pictures(text: str, taken: bytearray) -> Iterator[Span]:
    """Yield the pictures that no span holds, each as a theme, flags as places; behind a sign that forbids, as not wanted."""
    for picture in _PICTURE.finditer(text):
        place, end = picture.span()
        if 1 not in taken[place:end] and (end - place == 2 or _is_picture(text[place])):
            denied = text[max(0, place - 2) : place].rstrip().endswith(tuple(NO_SIGNS))
            what, polarity = "place" if end - place == 2 else "theme", Polarity.AVOID if denied else Polarity.WANT
            yield Span(place, end, what, polarity, certainty=0.5)


def _is_picture(char: str) -> bool:
    return ord(char) > 0x2000 and unicodedata.category(char) == "So" and char not in NO_SIGNS + YES_SIGNS


def genres(names: Names, text: str, spans: Iterable[Span]) -> list[Span]:
    """Return spans, those of no name or language though taken for one, not surely, as the genre that another script calls so."""
    return [
        replace(span, what="genre") if _is_genre(names, text[span.start : span.end], span) else span for span in spans
    ]


def _is_genre(names: Names, words: str, span: Span) -> bool:
    if span.what not in NAMES | {"language"} or span.certainty >= _SURE or words.isascii():
        return False
    known = names.key(WishKind[span.what.upper()], words) if span.what in NAMES else language_said(words)
    english = names.in_english([words])[0] if known is None else None
    return english is not None and names.tag(english) is not None


def denied_by_minus(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return spans, those behind a minus as not wanted: "-rap +soul"."""
    minus = ((span, _MINUS.search(text, max(0, span.start - 1), span.start + 2)) for span in spans)
    return [
        replace(span, start=max(span.start, sign.end()), polarity=Polarity.AVOID)
        if sign and span.polarity is Polarity.WANT and span.what != CUE and sign.end() < span.end
        else span
        for span, sign in minus
    ]


def tag_wishes(spoken: Spoken, text: str) -> Iterator[Wish]:
    """Yield the wishes for, or against, the tags that mean what is spoken of; those that are wanted are alternatives."""
    span = spoken.span
    denied = span.polarity in (*DENIED, Polarity.LESS, Polarity.MUCH)
    hard = span.polarity in (Polarity.MUST, Polarity.ONLY, *DENIED)
    for tag in spoken.tags if span.what in SUBJECTS else ():
        yield Wish(
            WishKind.NOT_TAG if denied else WishKind.TAG, tag, text[span.start : span.end], span.start, span.end, hard
        )


def implied(wishes: Iterable[Wish]) -> Iterator[str]:
    """Yield the tags that wishes imply: for voices, energies, a decade."""
    for wish in wishes:
        if wish.kind is WishKind.VOICE:
            yield _BY_VOICE[wish.value]
        elif wish.kind is WishKind.ENERGY and wish.value in _BY_ENERGY:
            yield _BY_ENERGY[wish.value]
        elif (
            wish.kind is WishKind.YEARS
            and None not in wish.value
            and wish.value[0] % 10 == 0
            and wish.value[1] - wish.value[0] == 9
        ):
            yield f"{wish.value[0] % 100:02d}s"


def looked_for(names: Names, spoken: Iterable[Spoken]) -> Iterator[str]:
    """Yield what is searched for: what is wanted, in English, and the tags that mean it."""
    for one in spoken:
        if one.span.polarity in WANTED and one.english:
            yield one.english
            yield from (tag for tag in one.tags if tag != names.tag(one.english))


def unknown(spoken: Spoken) -> Iterator[Told]:
    """Yield the wanted subjects that are not known: without English words, or without a tag of the catalog."""
    if spoken.span.polarity in WANTED and not spoken.english:
        yield Told(spoken.own, "word_unknown")
    elif spoken.span.polarity in WANTED and not spoken.tags and spoken.span.what in _UNTAGGED:
        yield Told(spoken.own, "word_searched")
