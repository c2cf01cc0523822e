"""Corrections: what a person says of how a prompt was read. They drop something of it, or wish for something beside it."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from catalog.names import label_form, search_form
from recommender.prompts.followups import OPPOSITES, RULED_BY, resized, shifted
from recommender.prompts.languages import language_code
from recommender.prompts.meanings import absolute
from recommender.prompts.mentions import Names
from recommender.prompts.spans import VALUES, Polarity
from recommender.prompts.subjects import implied
from recommender.prompts.wishes import (
    ALIKE,
    COMPARED,
    LIKE,
    LONGEST,
    NAMED,
    SHUNNED,
    WISH_VALUES,
    Told,
    Wish,
    WishKind,
    share_words,
)

if TYPE_CHECKING:
    from recommender.prompts.reading import PromptQuery

TOPIC, WITHOUT = "topic", "without"
"""What an interpretation calls words that are looked for, and words that are kept out, beside the kinds of wishes."""

KINDS: Final = (*(kind.value for kind in WishKind), TOPIC, WITHOUT)
POLARITIES: Final = tuple(
    one.value for one in (Polarity.WANT, Polarity.MUST, Polarity.AVOID, Polarity.LESS, Polarity.MORE, Polarity.EXAMPLE)
)


@dataclass(frozen=True, slots=True)
class Correction:
    """A wish beside the words, or with `drop` what is not to count of what was read: all of a kind, or only that value.

    `kind` is one of `KINDS`, `value` as `Wish` and an interpretation have it, where names, tags and words may be as people
    write them. `polarity` is one of `POLARITIES`. It is said of the prompt that had `turn` others before it, and what a later
    prompt says overrules it as it would words. What it does not find is told, unless that was `told` with an earlier version.
    """

    kind: str
    value: Any = None
    polarity: str = Polarity.WANT.value
    hard: bool = False
    drop: bool = False
    turn: int = 0
    told: bool = False


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _one_of(*choices: str) -> Callable[[Any], bool]:
    return lambda value: value in choices


def _is_range(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(one is None or _number(one) for one in value):
        return False
    low, high = value
    return not (low is None and high is None) and (low is None or high is None or low <= high)


def _is_direction(value: Any) -> bool:
    return _is_truth(value) or (_is_range(value) and None in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(search_form(value))


def _is_work(value: Any) -> bool:
    pair = isinstance(value, list | tuple) and len(value) == 2
    return _is_text(value) or (pair and _is_text(value[0]) and (value[1] is None or _is_text(value[1])))


def _is_count(value: Any) -> bool:
    return type(value) is int and 1 <= value <= LONGEST[WishKind.LENGTH]


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


_TAKES: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(KINDS, _is_text),
    **dict.fromkeys(COMPARED, _is_direction),
    **dict.fromkeys(
        (WishKind.SIZE_THAN, WishKind.INSTRUMENTAL, WishKind.EXPLICIT, WishKind.NOVELTY, WishKind.NEW_ARTISTS),
        _is_truth,
    ),
    **dict.fromkeys((WishKind.YEARS, WishKind.TEMPO, WishKind.SONG_MINUTES), _is_range),
    **dict.fromkeys((WishKind.NOT_YEARS, WishKind.NOT_TEMPO, WishKind.NOT_SONG_MINUTES), _is_range),
    **dict.fromkeys((WishKind.TITLE, WishKind.LIKE_TITLE, WishKind.NOT_TITLE), _is_work),
    **dict.fromkeys((WishKind.ALBUM, WishKind.LIKE_ALBUM, WishKind.NOT_ALBUM), _is_work),
    **dict.fromkeys((WishKind.LENGTH, WishKind.PER_ARTIST, WishKind.PER_ALBUM), _is_count),
    WishKind.MINUTES: lambda value: _number(value) and 1 <= value <= LONGEST[WishKind.MINUTES],
    WishKind.ENERGY: _one_of("low", "medium", "high"),
    WishKind.POPULARITY: _one_of("high", "low"),
    WishKind.ARC: _one_of("rising", "falling", "peak", "dip", "wave"),
    WishKind.AI: _one_of("none", "human"),
    **dict.fromkeys((WishKind.VOICE, WishKind.NOT_VOICE), _one_of(*VALUES["voice"] - {"any"})),
    **dict.fromkeys(
        (WishKind.LANGUAGE, WishKind.NOT_LANGUAGE), lambda value: isinstance(value, str) and bool(language_code(value))
    ),
}

_DENIED: Final = {
    **SHUNNED,
    **{opposite: kind for kind, opposite in OPPOSITES.items() if kind.value.startswith("not_")},
    WishKind.TEMPO: WishKind.NOT_TEMPO,
    WishKind.SONG_MINUTES: WishKind.NOT_SONG_MINUTES,
}
_TAGS: Final = frozenset({WishKind.TAG, WishKind.NOT_TAG})
_BESIDE: Final = frozenset({WishKind.TAG, WishKind.LANGUAGE, WishKind.VOICE, *SHUNNED})
"""Of these a list may have several wishes: one more overrules none."""


def refused(one: Correction) -> tuple[str, str] | None:
    """Return the field of a correction that cannot be used, and what it should be; None for a good one."""
    if one.kind not in _TAKES:
        return "kind", f"{one.kind!r} is no kind of wish; there are {', '.join(KINDS)}"
    if one.drop and one.value is None:
        return None
    if one.polarity not in POLARITIES:
        return "polarity", f"{one.polarity!r} is none of {', '.join(POLARITIES)}"
    avoided = one.polarity in (Polarity.AVOID, Polarity.LESS) and not one.drop and _meant(one) == one.kind
    moves_down = one.kind in COMPARED and not _is_truth(one.value)
    if avoided and not (one.kind.startswith("not_") or one.kind == WITHOUT or moves_down):
        return "polarity", f"{one.kind} cannot be avoided; wish for another value"
    if not one.drop and not _TAKES[one.kind](one.value):
        return "value", f"{one.value!r} is no value of {one.kind}, which takes {WISH_VALUES[one.kind]}"
    return None


def corrected(query: "PromptQuery", corrections: Iterable[Correction], names: Names) -> "PromptQuery":
    """Apply corrections to a query, one after the other; those that change nothing are told in `not_read`."""
    for one in corrections:
        read = _dropped(query, one) if one.drop else _added(query, one, names)
        query = replace(read, not_read=query.not_read) if one.told else read
    return query


def _as_read(kind: str, value: Any) -> Any:
    """Return a value as readers have it: of the range that a comparison came to only where it leads, up (True) or down."""
    if isinstance(value, list | tuple):
        return value[0] is not None if kind in COMPARED else tuple(value)
    return value


def _says(wish: Wish, kind: str, value: Any) -> bool:
    """Return whether a wish is of a kind and value (None: any), or says that by itself: so what compares with nothing is told."""
    return any(one.kind == kind and value in (None, one.value) for one in (wish, absolute(wish)))


def _standing_in(topic: str, words: Iterable[str]) -> list[str]:
    """Return which words a topic tells, whole and in whatever case, as `interpretation` joins them."""
    return [word for word in words if f", {word.lower()}, " in f", {topic.lower()}, "]


def _dropped(query: "PromptQuery", one: Correction) -> "PromptQuery":
    """Return a query without what is not to count, and without the words that were looked for because of it."""
    value = _as_read(one.kind, one.value)
    said = str(value).lower()
    wishes = [wish for wish in query.wishes if _says(wish, one.kind, value)]
    # Of the same words "no vocals" is two wishes: against a column, and against a tag.
    same = [wish for wish in wishes if wish.kind not in _TAGS]
    gone = [w for w in query.wishes if w in wishes or (w.kind in _TAGS and any(share_words(w, one) for one in same))]
    left = {wish.text.lower() for wish in query.wishes if wish not in gone}
    words = {wish.text.lower() for wish in gone} - left
    subjects = words | {word.lower() for wish in gone for word in (str(wish.value), *implied([wish]))}
    if one.kind == TOPIC:
        looked_for = {word.lower() for turn in (*query.context, query.subjects) for word in turn}
        subjects = looked_for if value is None else set(_standing_in(said, looked_for))
    elif one.kind == WITHOUT:
        words = set(query.excluded_words) if value is None else {said}.intersection(query.excluded_words)
    if not (gone or (one.kind == TOPIC and subjects) or (one.kind == WITHOUT and words)):
        told = Told(value if isinstance(value, str) else one.kind.replace("_", " "), "nothing_dropped")
        return replace(query, not_read=(*query.not_read, told))
    return replace(
        query,
        wishes=tuple(wish for wish in query.wishes if wish not in gone),
        subjects=tuple(word for word in query.subjects if word.lower() not in subjects),
        context=tuple(tuple(word for word in turn if word.lower() not in subjects) for turn in query.context),
        mentioned=tuple(
            tuple(wish for wish in turn if not any((w.kind, w.value) == (wish.kind, wish.value) for w in gone))
            for turn in query.mentioned
        ),
        titles=tuple(word for word in query.titles if word.lower() not in subjects | words),
        about=tuple(word for word in query.about if word.lower() not in subjects | words),
        excluded_words=tuple(word for word in query.excluded_words if word not in words),
        sentence="",  # its words would still say it
    )


def _meant(one: Correction) -> str:
    """Return the kind that a wish is of, meant as it is: a tag to avoid is "not_tag"."""
    kind = one.kind
    if kind not in set(WishKind):
        return WITHOUT if one.polarity == Polarity.AVOID else kind
    if one.polarity in (Polarity.AVOID, Polarity.LESS):
        return _DENIED.get(WishKind(kind), WishKind(kind)).value
    return LIKE.get(WishKind(kind), WishKind(kind)).value if one.polarity == Polarity.EXAMPLE else kind


def _added(query: "PromptQuery", one: Correction, names: Names) -> "PromptQuery":
    kind = _meant(one)
    if kind == WITHOUT:
        return replace(query, excluded_words=tuple(dict.fromkeys([*query.excluded_words, one.value.lower()])))
    if kind == TOPIC:
        if ", ".join(_standing_in(one.value, query.subjects)).lower() == one.value.lower():
            return query
        return replace(query, subjects=tuple(dict.fromkeys([*query.subjects, one.value])), sentence="", since=0)
    value, text = _value(WishKind(kind), one.value, names)
    if value is None:
        if kind == WishKind.TAG:
            query = replace(query, subjects=(*query.subjects, text), sentence="", since=0)
        told = Told(text, f"no_{kind.removeprefix('not_').removeprefix('like_')}")
        return replace(query, not_read=(*query.not_read, told))
    hard = one.hard or one.polarity in (Polarity.MUST, Polarity.AVOID)
    wish = Wish(WishKind(kind), value, text, len(query.prompt), len(query.prompt), hard)
    again = [_says(other, kind, value) for other in query.wishes]
    if any(again):
        wishes = zip(query.wishes, again, strict=True)
        as_said = (replace(other, kind=wish.kind, value=value, hard=hard) if said else other for other, said in wishes)
        return replace(query, wishes=tuple(as_said))
    if wish.kind is WishKind.SIZE_THAN:
        (wish,) = resized([wish], query.wishes)
    wish = shifted(wish, query.wishes)
    overruled = [other for other in query.wishes if _overrules(wish, other)]
    unsaid = {word.lower() for other in overruled for word in (other.text, *implied([other]))}
    looked_for = [word for word in query.subjects if word.lower() not in unsaid] if overruled else query.subjects
    also = [value] if wish.kind is WishKind.TAG else implied([wish])
    return replace(
        query,
        wishes=(*(other for other in query.wishes if other not in overruled), wish),
        subjects=tuple(dict.fromkeys([*looked_for, *also])),
        sentence="" if overruled or wish.kind is WishKind.TAG else query.sentence,
        since=0 if wish.kind in NAMED | ALIKE | {WishKind.TAG} else query.since,
    )


def _overrules(wish: Wish, other: Wish) -> bool:
    """Return whether a wish takes the place of one that was read."""
    opposed = OPPOSITES.get(wish.kind) is other.kind or OPPOSITES.get(other.kind) is wish.kind
    if opposed or SHUNNED.get(other.kind) is wish.kind or SHUNNED.get(wish.kind) is other.kind:
        return bool(wish.value == other.value)
    if wish.kind in _BESIDE or wish.kind.value.startswith(("not_", "like_")):
        return False
    return other.kind in RULED_BY.get(wish.kind, frozenset({wish.kind}))


def _value(kind: WishKind, value: Any, names: Names) -> tuple[Any, str]:
    """Return the value of a wish as the catalog knows it, None where it has no such name, and how it is told."""
    if kind in (WishKind.TAG, WishKind.NOT_TAG):
        return names.tag(value), value
    if kind in (WishKind.LANGUAGE, WishKind.NOT_LANGUAGE):
        return language_code(value), value
    named = {shunned: plain for plain, shunned in SHUNNED.items() if plain not in LIKE.values()}
    plain = named.get(kind, {like: wanted for wanted, like in LIKE.items()}.get(kind, kind))
    if plain in (WishKind.TITLE, WishKind.ALBUM):
        work, artist = (value, None) if isinstance(value, str) else value
        key = names.key(plain, work)
        by = None if artist is None else search_form(artist)
        return None if key is None else (key, by), work
    if plain in (WishKind.ARTIST, WishKind.LABEL):
        key = names.key(plain, value)
        return key and (label_form(value) if plain is WishKind.LABEL else key), value
    return _as_read(kind, value), str(value)
