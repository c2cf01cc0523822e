"""What spans ask for: a wish by what the words speak of and how that is meant, a subject to look for, or what to tell."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from recommender.prompts.languages import language_said
from recommender.prompts.quantities import value_of
from recommender.prompts.spans import SUBJECTS, UNCLEAR, Polarity, Span
from recommender.prompts.wishes import LONGEST, Told, Wish, WishKind

WANTED: Final = frozenset({Polarity.WANT, Polarity.MUST, Polarity.ONLY, Polarity.MORE, Polarity.EXAMPLE})
DENIED: Final = frozenset({Polarity.AVOID, Polarity.INSTEAD, Polarity.UNLIKE})
FIGURES: Final = frozenset(
    {"count", "minutes", "song_minutes", "period", "tempo", "per_artist", "per_album", "position"}
)
SPOKEN: Final = SUBJECTS | {"version", "origin", "audience", "language"}
"""What is searched for by its words."""

SLOW, FAST = (None, 95.0), (130.0, None)
"""Beats per minute of what is called slow or fast; between them is what is called neither."""

_MARGIN: Final = 0.05  # a single tempo reaches so far up and down
_SHORTER_THAN: Final = 0.9  # "under 30 minutes" is a list of 27
_OPPOSITE: Final = {"low": "high", "high": "low"}
_ARCS: Final = {"up": "rising", "down": "falling", "peak": "peak"}
_ARTISTS: Final = re.compile(
    r"artist|band|singer|musician|\bacts?\b|künstler|sänger|gruppe|chanteu|groupe|cantant|grupo|cantor|wykonawc|zespoł|исполнител|групп|sanatç|アーティスト|歌手|가수",
    re.IGNORECASE,
)
_KNOWING: Final = re.compile(
    r"\b(?:know|known|heard|familiar|kenn\w*|gekannt|bekannt\w*|gehört|connai\w*|connu\w*|entendu\w*|écouté\w*)\b",
    re.IGNORECASE,
)
_UNKNOWING: Final = re.compile(r"n't\b|\b(?:dont|not|never|nicht|nie|niemals|ne|n'\w+|pas|jamais)\b", re.IGNORECASE)
_TWICE: Final = re.compile(r"twice|double|doppelt|le double|el doble|il doppio|o dobro|dubbel|dwa razy|вдвое|iki kat")

_ABSOLUTE: Final = {
    WishKind.ENERGY_THAN: (WishKind.ENERGY, "high", "low"),
    WishKind.TEMPO_THAN: (WishKind.TEMPO, FAST, SLOW),
    WishKind.POPULARITY_THAN: (WishKind.POPULARITY, "high", "low"),
}

Found = Wish | Told


def absolute(wish: Wish) -> Wish:
    """Return a comparative wish as its absolute one where there is one ("ruhiger Jazz" is calm); other wishes unchanged."""
    kind, more, less = _ABSOLUTE.get(wish.kind, (wish.kind, wish.value, wish.value))
    return replace(wish, kind=kind, value=more if wish.value else less)


@dataclass(frozen=True, slots=True)
class Said:
    """A span with its words, interpreted on the day `today`."""

    span: Span
    words: str
    today: date

    def wish(self, kind: WishKind, value: object, *, hard: bool | None = None) -> Wish:
        """Return a wish over the span; hard where it must hold, or nothing of it is wanted."""
        must = self.polarity in (Polarity.MUST, Polarity.ONLY) or self.denied
        return Wish(kind, value, self.words, self.span.start, self.span.end, must if hard is None else hard)

    def told(self, code: str, *values: str) -> Told:
        """Return the span's words as not understood, with the code that says why."""
        return Told(self.words, code, values)

    @property
    def polarity(self) -> Polarity:
        """The polarity of the span."""
        return self.span.polarity

    @property
    def denied(self) -> bool:
        """Whether the span is negated."""
        return self.polarity in DENIED

    @property
    def figures(self) -> str | None:
        """The number or range as its reader gave it, else as grammar reads the words; None where there is none."""
        given = self.span.value
        return value_of(self.span.what, self.words, self.today) if given in (None, "slow", "fast") else given

    @property
    def range(self) -> tuple[float | None, float | None] | None:
        """The range that the words say; None where they say none."""
        value = self.figures
        if value is None or value == "last":
            return None
        low, dash, high = value.partition("-")
        return (float(low) if low else None, float(high) if high else None) if dash else (float(low), float(low))


def meaning(said: Said) -> Iterator[Found]:
    """Yield the wishes of a span, or why it has none; nothing for names, subjects and filler."""
    reader = _READERS.get(said.span.what)
    if reader is not None:
        yield from reader(said)


def _ranged(
    said: Said, kind: WishKind, shunned: WishKind, bounds: tuple[float | None, float | None], step: float
) -> Wish:
    """Return the wish for a range; one for none of an open one is for the other side: "nothing after 1970" is up to 1970."""
    low, high = bounds
    if not said.denied:
        return said.wish(kind, bounds, hard=True)
    if low is None and high is not None:
        return said.wish(kind, (high + step, None), hard=True)
    if high is None and low is not None:
        return said.wish(kind, (None, low - step), hard=True)
    return said.wish(shunned, bounds, hard=True)


def _voice(said: Said) -> Iterator[Found]:
    value = said.span.value or "any"
    lessened = said.denied or said.polarity in (Polarity.LESS, Polarity.MUCH)
    if value == "any":
        yield said.wish(WishKind.INSTRUMENTAL, lessened, hard=said.denied or None)
    else:
        yield said.wish(WishKind.NOT_VOICE if lessened else WishKind.VOICE, value, hard=said.denied or None)
        if not lessened:
            yield said.wish(WishKind.INSTRUMENTAL, False, hard=False)


def _energy(said: Said) -> Iterator[Found]:
    value = said.span.value
    match said.polarity:
        case Polarity.LESS | Polarity.MORE if value is None:
            yield said.wish(WishKind.ENERGY_THAN, said.polarity is Polarity.MORE)
        case Polarity.LESS | Polarity.MORE:
            yield said.wish(WishKind.ENERGY_THAN, (said.polarity is Polarity.MORE) == (value == "high"))
        case Polarity.MUCH:
            yield said.wish(WishKind.ENERGY_THAN, value == "low")
        case _ if said.denied and value in _OPPOSITE:
            yield said.wish(WishKind.ENERGY, _OPPOSITE[value], hard=False)
        case _ if value is not None and not said.denied:
            yield said.wish(WishKind.ENERGY, value)


def _tempo(said: Said) -> Iterator[Found]:
    figures = said.range
    value = said.span.value
    if figures is None and said.polarity in (Polarity.LESS, Polarity.MORE):
        yield said.wish(WishKind.TEMPO_THAN, (said.polarity is Polarity.MORE) == (value != "slow"))
    elif figures is None and said.polarity is Polarity.MUCH:
        yield said.wish(WishKind.TEMPO_THAN, value == "slow")
    elif figures is None and value in ("slow", "fast"):
        slow = (value == "slow") != said.denied
        yield said.wish(WishKind.TEMPO, SLOW if slow else FAST, hard=said.polarity in (Polarity.MUST, Polarity.ONLY))
    elif figures is not None and not any(map(str.isdigit, said.words)):
        yield said.wish(WishKind.TEMPO, figures, hard=False)  # "mid-tempo", "not too slow"
    elif figures is not None:
        low, high = figures
        if low is not None and low == high:
            low, high = round(low * (1 - _MARGIN), 2), round(low * (1 + _MARGIN), 2)
        if all(side is None or 20 <= side <= 400 for side in (low, high)):
            yield _ranged(said, WishKind.TEMPO, WishKind.NOT_TEMPO, (low, high), 0.0)
        else:
            yield said.told("tempo_beyond")
    else:
        yield said.told("unclear")


def _period(said: Said) -> Iterator[Found]:
    years = said.range
    compares = said.polarity in (Polarity.LESS, Polarity.MORE, Polarity.MUCH)
    if compares and (years is None or (None in years and not any(map(str.isdigit, said.words)))):
        old = years is not None and years[0] is None
        newer = old if said.polarity is Polarity.MUCH else said.polarity is Polarity.MORE and not old
        yield said.wish(WishKind.YEARS_THAN, newer)
    elif years is None:
        yield said.told("no_years")
    else:
        low, high = (None if side is None else int(side) for side in years)
        if said.polarity in (Polarity.LESS, Polarity.MUCH):
            yield said.wish(WishKind.NOT_YEARS, (low, high), hard=False)
        elif said.polarity is Polarity.EXAMPLE:
            yield said.wish(WishKind.YEARS, (low, high), hard=False)
        else:
            yield _ranged(said, WishKind.YEARS, WishKind.NOT_YEARS, (low, high), 1)


def _size(said: Said) -> Iterator[Found]:
    kind = WishKind.LENGTH if said.span.what == "count" else WishKind.MINUTES
    figures = said.range
    if _TWICE.match(said.words.lower()):
        yield said.wish(WishKind.SIZE_THAN, True, hard=True)
    elif figures is None and said.polarity in (Polarity.LESS, Polarity.MORE, Polarity.MUCH):
        yield said.wish(WishKind.SIZE_THAN, said.polarity is Polarity.MORE, hard=True)
    elif figures is None or said.denied:
        yield said.told("no_number")
    else:
        low, high = figures
        size = low if high is None else high if low is None else (low + high) / 2
        if low is None and size is not None and kind is WishKind.MINUTES:
            size *= _SHORTER_THAN
        if size is not None and 1 <= size <= LONGEST[kind]:
            yield said.wish(kind, round(size) if kind is WishKind.LENGTH else size, hard=True)
        else:
            yield said.told("tracks_beyond" if kind is WishKind.LENGTH else "minutes_beyond", str(LONGEST[kind]))


def _song_minutes(said: Said) -> Iterator[Found]:
    figures = said.range
    if figures is not None:
        low, high = figures
        if low is not None and low == high:
            low, high = low - 0.5, low + 0.5
        yield _ranged(said, WishKind.SONG_MINUTES, WishKind.NOT_SONG_MINUTES, (low, high), 0.0)
    elif said.polarity in (Polarity.LESS, Polarity.MORE, Polarity.MUCH):
        yield said.wish(WishKind.SONG_MINUTES_THAN, said.polarity is Polarity.MORE)
    else:
        yield said.told("unclear")


def _share(said: Said) -> Iterator[Found]:
    kind = WishKind.PER_ALBUM if said.span.what == "per_album" else WishKind.PER_ARTIST
    figures = said.range
    most = None if figures is None else figures[1] or figures[0]
    if said.denied and figures is not None and figures[0] is not None:
        most = figures[0] - 1  # "not two by the same"
    yield said.wish(kind, max(1, round(most)), hard=True) if most is not None else said.told("unclear")


def _popularity(said: Said) -> Iterator[Found]:
    value = said.span.value
    if said.polarity in (Polarity.LESS, Polarity.MORE, Polarity.MUCH):
        yield said.wish(WishKind.POPULARITY_THAN, (said.polarity is Polarity.MORE) == (value != "low"))
    elif value is not None:
        yield said.wish(WishKind.POPULARITY, _OPPOSITE[value] if said.denied else value)


def _novelty(said: Said) -> Iterator[Found]:
    # "Nothing I know" speaks of what is known, so that none of it is what is new.
    speaks_of_known = _KNOWING.search(said.words) is not None and _UNKNOWING.search(said.words) is None
    known = (said.span.value == "known" or (said.denied and speaks_of_known)) != said.denied
    yield said.wish(WishKind.NOVELTY, not known, hard=not known)
    if not known and _ARTISTS.search(said.words):
        yield said.wish(WishKind.NEW_ARTISTS, True, hard=True)


def _explicit(said: Said) -> Iterator[Found]:
    clean = said.denied or said.polarity in (Polarity.LESS, Polarity.MUCH)
    yield said.wish(WishKind.EXPLICIT, not clean, hard=clean)


def _audience(said: Said) -> Iterator[Found]:
    if said.span.value in ("children", "family", None) and not said.denied:
        yield said.wish(WishKind.EXPLICIT, False, hard=True)


def _ai(said: Said) -> Iterator[Found]:
    if said.span.value == "human":
        yield said.told("not_for_ai") if said.denied else said.wish(WishKind.AI, "human", hard=True)
    elif said.denied or said.polarity in (Polarity.LESS, Polarity.MUCH):
        yield said.wish(WishKind.AI, "none", hard=True)
    else:
        yield said.told("not_for_ai")


def _language(said: Said) -> Iterator[Found]:
    code = language_said(said.words)
    if code is None:
        yield said.told("no_language")
    else:
        yield said.wish(WishKind.NOT_LANGUAGE if said.denied else WishKind.LANGUAGE, code, hard=True)


def _origin(said: Said) -> Iterator[Found]:
    """Yield the language that an origin suggests: "Korean songs" are mostly sung in Korean."""
    code = language_said(said.words)
    if code is not None and said.polarity in WANTED:
        yield said.wish(WishKind.LANGUAGE, code, hard=False)


def _version(said: Said) -> Iterator[Found]:
    if said.span.value == "instrumental":
        yield said.wish(WishKind.INSTRUMENTAL, not said.denied, hard=True)


def _arc(said: Said) -> Iterator[Found]:
    if said.span.value in _ARCS and not said.denied:
        yield said.wish(WishKind.ARC, _ARCS[said.span.value], hard=False)
    else:
        yield said.told("no_arc")


def _variety(said: Said) -> Iterator[Found]:
    if (said.span.value != "low") == (said.polarity not in (Polarity.LESS, Polarity.MUCH, *DENIED)):
        yield said.wish(WishKind.PER_ARTIST, 1, hard=False)


def _unclear(said: Said) -> Iterator[Found]:
    yield said.told("no_list")


_READERS: Final[Mapping[str, Callable[[Said], Iterator[Found]]]] = {
    "voice": _voice,
    "energy": _energy,
    "tempo": _tempo,
    "period": _period,
    "count": _size,
    "minutes": _size,
    "song_minutes": _song_minutes,
    "per_artist": _share,
    "per_album": _share,
    "popularity": _popularity,
    "novelty": _novelty,
    "explicit": _explicit,
    "audience": _audience,
    "ai": _ai,
    "language": _language,
    "origin": _origin,
    "version": _version,
    "arc": _arc,
    "variety": _variety,
    UNCLEAR: _unclear,
}
