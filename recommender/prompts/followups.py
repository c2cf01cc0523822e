"""What a prompt leaves of the turns before it: it starts anew, overrules, refines, or allows again what was ruled out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from recommender.prompts.vocabulary import SWEAR_WORDS, VOICE_WORDS
from recommender.prompts.wishes import DEFAULT_LENGTH, LONGEST, SHUNNED, Reading, Wish, WishKind

_RESET: Final = re.compile(
    r"\b(?:forget (?:that|it|all that|everything|what i said)|something (?:(?:completely|totally|entirely|quite) )?(?:else|different)"
    r"|(?:an? )?(?:whole )?new (?:playlist|list|mix)|start (?:over|again|from scratch|afresh)|never ?mind|scratch that"
    r"|(?:et)?was (?:ganz )?anderes|vergiss (?:das|es|alles)|neue (?:playlist|liste)|autre chose|oublie (?:ça|tout)|nouvelle (?:playlist|liste)"
    r"|otra cosa|olvida (?:eso|todo)|nueva (?:playlist|lista)|qualcos'altro|dimentica(?: tutto)?|nuova (?:playlist|lista)|outra coisa|esquece(?: tudo)?)\b"
)
_ADDS: Final = re.compile(
    r"(?:but|also|and|plus|with|add|more|some more|mix in|aber|auch|mit|mais|aussi|avec|pero|también|con|ma|anche|mas|também|com)\b"
    r"|.*\b(?:as well|too|also|with (?:more|some|a bit of))\b"
)
_ALLOWED: Final = re.compile(
    r"\b(?P<what>\w+)(?: \w+)?(?: (?:is|are|would be)|'s|'re) (?:totally |also |now )?(?:fine|ok|okay|allowed|welcome|all right)(?: again| too| now)?\b"
)
_RELATIVE: Final = re.compile(
    r"\b(?:(?P<twice>twice as long)|(?P<half>half as long)|(?P<longer>(?:make it |a bit |a little |much |even )*longer(?! (?:than|songs|tracks|pieces))"
    r"|too short|länger|plus long(?:ue)?|más larg[ao]|più lung[ao]|mais long[ao])"
    r"|(?P<shorter>(?:make it |a bit |a little |much |even )*shorter(?! (?:than|songs|tracks|pieces))"
    r"|too long|kürzer|plus court(?:e)?|más cort[ao]|più cort[ao]|mais curt[ao]))\b"
)
_FACTORS: Final = {"twice": 2.0, "half": 0.5, "longer": 1.5, "shorter": 0.5}
_SLOWER: Final = frozenset({"slower", "langsamer"})
_FASTER: Final = frozenset({"faster", "schneller"})

_SIZES: Final = frozenset({WishKind.LENGTH, WishKind.MINUTES})
_RULED_BY: Final = {
    **dict.fromkeys(_SIZES, _SIZES),
    WishKind.ENERGY: frozenset({WishKind.ENERGY, WishKind.ARC}),
    WishKind.NEW_ARTISTS: frozenset({WishKind.NOVELTY}),
}
_OPPOSITES: Final = {
    WishKind.NOT_TITLE: WishKind.TITLE,
    WishKind.NOT_ALBUM: WishKind.ALBUM,
    WishKind.NOT_LABEL: WishKind.LABEL,
    WishKind.NOT_YEARS: WishKind.YEARS,
    WishKind.NOT_LANGUAGE: WishKind.LANGUAGE,
    WishKind.NOT_TAG: WishKind.TAG,
    WishKind.TAG: WishKind.NOT_TAG,
}


def resets(reading: Reading) -> list[tuple[int, int]]:
    """Return where a prompt says that it starts anew ("forget that", "something else")."""
    return [match.span() for match in _RESET.finditer(reading.text)]


def allowed(reading: Reading) -> Iterator[tuple[WishKind, int, int]]:
    """Yield the kinds of wishes that a prompt gives up, with the words that say so ("vocals are fine")."""
    for match in _ALLOWED.finditer(reading.text):
        if match["what"] in VOICE_WORDS or match["what"] == "instrumental":
            yield WishKind.INSTRUMENTAL, *match.span()
        elif match["what"] in SWEAR_WORDS:
            yield WishKind.EXPLICIT, *match.span()


def continued(reading: Reading, wishes: Sequence[Wish], earlier: Sequence[Wish]) -> tuple[Wish, ...]:
    """Return the wishes that hold after a prompt: what stays of `earlier` ones, with places -1, and then its own.

    Of earlier wishes the hard ones stay, and tags. What the prompt says of the same kind overrules them; tags stay beside
    its tags where it adds to what was said ("with more piano"). "Longer" and "slower" start from what was wished before.
    """
    if resets(reading):
        return tuple(wishes)
    own = [*wishes, *_resized(reading, wishes, earlier)]
    released = {kind for kind, _, _ in allowed(reading)}
    kept = [
        wish
        for wish in earlier
        if wish.kind not in released and _stays(wish, own, adds=_ADDS.match(reading.text) is not None)
    ]
    return (*(replace(wish, start=-1, end=-1) for wish in kept), *(_relative(wish, earlier) for wish in own))


def _stays(wish: Wish, own: Sequence[Wish], *, adds: bool) -> bool:
    """Return whether an earlier wish holds on beside a prompt's own."""
    if not wish.hard and wish.kind not in (WishKind.TAG, WishKind.NOT_TAG):
        return False
    if any((other.kind, other.value) == (wish.kind, wish.value) for other in own):
        return False
    if wish.kind in SHUNNED.values():
        return not any(SHUNNED.get(other.kind) is wish.kind and other.value == wish.value for other in own)
    if opposite := _OPPOSITES.get(wish.kind):
        if any(other.kind is opposite and (other.value == wish.value or opposite is WishKind.YEARS) for other in own):
            return False
        if wish.kind is not WishKind.TAG:
            return True
    kinds = {other.kind for other in own}
    return (adds and wish.kind is WishKind.TAG) or kinds.isdisjoint(_RULED_BY.get(wish.kind, {wish.kind}))


def _resized(reading: Reading, wishes: Sequence[Wish], earlier: Sequence[Wish]) -> Iterator[Wish]:
    """Yield the size that "longer" or "shorter" asks for, unless the prompt itself says how long the list shall be."""
    match = _RELATIVE.search(reading.text)
    if match is None or any(wish.kind in _SIZES for wish in wishes):
        return
    factor = _FACTORS[str(match.lastgroup)]
    kind, size = next(
        ((wish.kind, wish.value) for wish in earlier if wish.kind is WishKind.MINUTES),
        next(
            ((wish.kind, wish.value) for wish in earlier if wish.kind is WishKind.LENGTH),
            (WishKind.LENGTH, DEFAULT_LENGTH),
        ),
    )
    resized = min(max(1.0, size * factor), LONGEST[kind])
    yield reading.wish(kind, round(resized) if kind is WishKind.LENGTH else resized, *match.span(), hard=True)


def _relative(wish: Wish, earlier: Sequence[Wish]) -> Wish:
    """Return the wish for "slower" or "faster" as one for less or more than the tempo that was wished before."""
    said = wish.text.lower()
    if wish.kind is not WishKind.TEMPO or said not in _SLOWER | _FASTER:
        return wish
    for low, high in (before.value for before in earlier if before.kind is WishKind.TEMPO):
        if said in _SLOWER and (low or high) is not None:
            return replace(wish, value=(None, low or high))
        if said in _FASTER and (high or low) is not None:
            return replace(wish, value=(high or low, None))
    return wish
