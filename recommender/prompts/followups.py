"""Conversation state: which wishes of earlier turns a prompt keeps, overrules, refines or lifts."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from recommender.prompts.spans import SUBJECTS, Polarity, Span
from recommender.prompts.wishes import COMPARED, DEFAULT_LENGTH, LONGEST, SHUNNED, Wish, WishKind

_LONGER, _SHORTER = 1.5, 0.5
_LEAST_YEARS, _MOST_YEARS = 4, 10
_SIZES: Final = frozenset({WishKind.LENGTH, WishKind.MINUTES})
_ONCE: Final = COMPARED | {WishKind.SIZE_THAN}
RULED_BY: Final = {
    **dict.fromkeys(_SIZES, _SIZES),
    WishKind.ENERGY: frozenset({WishKind.ENERGY, WishKind.ENERGY_THAN, WishKind.ARC}),
    WishKind.TEMPO: frozenset({WishKind.TEMPO, WishKind.TEMPO_THAN}),
    WishKind.YEARS: frozenset({WishKind.YEARS, WishKind.YEARS_THAN}),
    WishKind.POPULARITY: frozenset({WishKind.POPULARITY, WishKind.POPULARITY_THAN}),
    WishKind.SONG_MINUTES: frozenset({WishKind.SONG_MINUTES, WishKind.SONG_MINUTES_THAN}),
    WishKind.NEW_ARTISTS: frozenset({WishKind.NOVELTY}),
}
OPPOSITES: Final = {
    WishKind.NOT_TITLE: WishKind.TITLE,
    WishKind.NOT_ALBUM: WishKind.ALBUM,
    WishKind.NOT_LABEL: WishKind.LABEL,
    WishKind.NOT_YEARS: WishKind.YEARS,
    WishKind.NOT_LANGUAGE: WishKind.LANGUAGE,
    WishKind.NOT_TAG: WishKind.TAG,
    WishKind.TAG: WishKind.NOT_TAG,
    WishKind.NOT_VOICE: WishKind.VOICE,
}
_DENIALS: Final = {
    WishKind.YEARS: WishKind.NOT_YEARS,
    WishKind.TEMPO: WishKind.NOT_TEMPO,
    WishKind.SONG_MINUTES: WishKind.NOT_SONG_MINUTES,
    WishKind.LANGUAGE: WishKind.NOT_LANGUAGE,
}
"""What an earlier wish is over by, where all of it is denied."""
_TAGS: Final = frozenset({WishKind.TAG, WishKind.NOT_TAG})


_GIVEN_UP: Final = {
    "voice": {WishKind.INSTRUMENTAL, WishKind.VOICE, WishKind.NOT_VOICE},
    "energy": {WishKind.ENERGY},
    "tempo": {WishKind.TEMPO, WishKind.NOT_TEMPO},
    "period": {WishKind.YEARS, WishKind.NOT_YEARS},
    "count": {WishKind.LENGTH},
    "minutes": {WishKind.MINUTES},
    "song_minutes": {WishKind.SONG_MINUTES, WishKind.NOT_SONG_MINUTES},
    "popularity": {WishKind.POPULARITY},
    "novelty": {WishKind.NOVELTY, WishKind.NEW_ARTISTS},
    "explicit": {WishKind.EXPLICIT},
    "language": {WishKind.LANGUAGE, WishKind.NOT_LANGUAGE},
    "per_artist": {WishKind.PER_ARTIST},
    "per_album": {WishKind.PER_ALBUM},
    "arc": {WishKind.ARC},
}
"""Which wishes are over when a turn gives up what they speak of; consent is not given up in passing: AI is not here."""


_ADDING: Final = re.compile(
    r"(?:and|also|plus|add|und|auch|dazu|et|aussi|ajoute[rz]?|y|también|añad\w+|agreg\w+|e|anche|aggiungi|também|adicion\w+"
    r"|acrescent\w+|ook|voeg|też|dodaj|и|ещё|еще|добавь|ve|bir de|ekle)\b",
    re.IGNORECASE,
)
"""How a turn begins that adds to the one before: conjunctions, and the verb."""


def given_up(spans: Sequence[Span]) -> frozenset[str]:
    """Return the attributes that a turn drops without a new value for them: tempo, in "forget the tempo"."""
    gone = frozenset(span.what for span in spans if span.polarity is Polarity.INSTEAD and span.what in _GIVEN_UP)
    return gone - {span.what for span in spans if span.polarity is not Polarity.INSTEAD}


def kinds_of(without: Collection[str]) -> frozenset[WishKind]:
    """Return which wishes are over when what a turn is `without` is given up."""
    return frozenset[WishKind]().union(*(_GIVEN_UP[what] for what in without))


def adds(prompt: str, spans: Sequence[Span]) -> bool:
    """Return whether a turn changes a part of what was said and leaves the rest: more of something, an exchange, "keep", "add"."""
    changing = (Polarity.MORE, Polarity.LESS, Polarity.MUCH, Polarity.INSTEAD)
    return _ADDING.match(prompt) is not None or any(
        span.what == "keep" or (span.what in SUBJECTS and span.polarity in changing) for span in spans
    )


def continued(
    wishes: Sequence[Wish], earlier: Sequence[Wish], *, adding: bool, without: Collection[str] = ()
) -> tuple[Wish, ...]:
    """Merge the wishes of a conversation: those of `earlier` turns that still hold, with places -1, then the prompt's own.

    Of earlier wishes the hard ones stay, and tags. What the prompt says of the same kind overrules them; tags stay beside
    its tags where it is `adding` to what was said; `without` what it gives up, or but allows. What compared was said of the list before, and is over.
    """
    lifted = frozenset(wish.kind for wish in wishes if _allows(wish, wishes, earlier))
    before = () if any(wish.kind is WishKind.YEARS for wish in wishes) else earlier
    own = [shifted(wish, before) for wish in (*wishes, *resized(wishes, earlier)) if wish.kind not in lifted]
    denied = {wish.value for wish in earlier if wish.kind is WishKind.NOT_TAG}
    adding = adding or any(wish.kind is WishKind.TAG and wish.value in denied for wish in own)
    over = lifted | kinds_of(without)
    kept = [w for w in earlier if w.kind not in over | _ONCE and _stays(w, own, adding=adding)]
    unsaid = {wish.text for wish in earlier if wish.kind not in _TAGS} - {
        wish.text for wish in kept if wish.kind not in _TAGS
    }
    # "Nothing from the 80s" keeps out a tag too, as long as it holds.
    kept = [wish for wish in kept if wish.kind is not WishKind.NOT_TAG or wish.text not in unsaid]
    return (*(replace(wish, start=-1, end=-1) for wish in kept), *own)


def _allows(wish: Wish, own: Sequence[Wish], earlier: Sequence[Wish]) -> bool:
    """Return whether a wish but lifts what had to hold: after "no vocals", singing "is fine"."""
    return (
        wish.kind is WishKind.INSTRUMENTAL
        and not wish.hard
        and not any(other.kind is WishKind.VOICE for other in own)
        and any(one.kind is wish.kind and one.hard and one.value != wish.value for one in earlier)
    )


def _stays(wish: Wish, own: Sequence[Wish], *, adding: bool) -> bool:
    """Return whether an earlier wish holds on beside a prompt's own."""
    if not wish.hard and wish.kind not in _TAGS:
        return False
    if any((other.kind, other.value) == (wish.kind, wish.value) for other in own):
        return False
    if wish.kind in SHUNNED.values():
        return not any(SHUNNED.get(other.kind) is wish.kind and other.value == wish.value for other in own)
    if any(other.kind is _DENIALS.get(wish.kind) and _lies_in(wish.value, other.value) for other in own):
        return False
    if opposite := OPPOSITES.get(wish.kind):
        if any(other.kind is opposite and (other.value == wish.value or opposite is WishKind.YEARS) for other in own):
            return False
        if wish.kind is not WishKind.TAG:
            return True
    kinds = {other.kind for other in own}
    return (adding and wish.kind is WishKind.TAG) or kinds.isdisjoint(RULED_BY.get(wish.kind, {wish.kind}))


def _lies_in(wanted: Any, denied: Any) -> bool:
    """Return whether all of a wanted range, or language, is denied."""
    if not isinstance(wanted, tuple):
        return bool(wanted == denied)
    low, high = (denied[0] is None, wanted[0], denied[0]), (denied[1] is None, denied[1], wanted[1])
    return all(free or (least is not None and most is not None and least >= most) for free, least, most in (low, high))


def resized(wishes: Sequence[Wish], earlier: Sequence[Wish]) -> Iterator[Wish]:
    """Yield the size that "longer" or "shorter" asks for, unless the prompt itself says how long the list shall be."""
    compared = next((wish for wish in wishes if wish.kind is WishKind.SIZE_THAN), None)
    if compared is None or any(wish.kind in _SIZES for wish in wishes):
        return
    sizes = {wish.kind: wish.value for wish in earlier if wish.kind in _SIZES}
    kind = WishKind.MINUTES if WishKind.MINUTES in sizes else WishKind.LENGTH
    size = sizes.get(kind, DEFAULT_LENGTH) * (_LONGER if compared.value else _SHORTER)
    size = min(max(1.0, size), LONGEST[kind])
    yield replace(compared, kind=kind, value=round(size) if kind is WishKind.LENGTH else size)


def shifted(wish: Wish, earlier: Iterable[Wish]) -> Wish:
    """Return the years that "older" or "newer" asks for where years had to hold: as many as those, before or after them.

    They move a decade at most, and no less than a listener hears. Another wish, or one after no two years, is returned as it is.
    """
    held = next((one.value for one in earlier if one.kind is WishKind.YEARS and one.hard), None)
    if wish.kind is not WishKind.YEARS_THAN or held is None or None in held:
        return wish
    low, high = held
    step = min(max(high - low + 1, _LEAST_YEARS), _MOST_YEARS) * (1 if wish.value else -1)
    return replace(wish, kind=WishKind.YEARS, value=(low + step, high + step), hard=True)
