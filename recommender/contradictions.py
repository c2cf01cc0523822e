"""What of a request cannot hold together: words against words, and fields against words or each other."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from recommender.playlists import Contradiction
from recommender.prompts.meanings import WANTED
from recommender.prompts.reading import PromptQuery
from recommender.prompts.spans import SUBJECTS
from recommender.prompts.wishes import SHUNNED, Wish, WishKind
from recommender.requests import PlaylistRequest

_SINGLE = frozenset(
    {
        WishKind.INSTRUMENTAL,
        WishKind.EXPLICIT,
        WishKind.NOVELTY,
        WishKind.POPULARITY,
        WishKind.LENGTH,
        WishKind.MINUTES,
        WishKind.ARC,
    }
)
"""Of these a list has one; the code of two is the kind's own."""
_LYRICS = re.compile(
    r" ?\b(?:lyrics?|texte?|paroles|letras?|testi|teksty?|текст\w*|sözler\w*|歌詞|가사)\b", re.IGNORECASE
)
_RANGES = frozenset({WishKind.YEARS, WishKind.TEMPO, WishKind.SONG_MINUTES})
_AGAINST = {
    (WishKind.TAG, WishKind.NOT_TAG),
    (WishKind.LANGUAGE, WishKind.NOT_LANGUAGE),
    (WishKind.VOICE, WishKind.NOT_VOICE),
    *((kind, shunned) for kind, shunned in SHUNNED.items() if kind.value == shunned.value.removeprefix("not_")),
}


def contradictions(request: PlaylistRequest, query: PromptQuery) -> Iterator[Contradiction]:
    """Yield what of a request cannot hold together, why, and what was kept."""
    kept = {(wish.kind, wish.value) for wish in query.wishes}
    for one, other in combinations(query.said, 2):
        if code := _code(one, other):
            held = [wish for wish in (one, other) if (wish.kind, wish.value) in kept]
            decides = max(held, key=_rank).text if held else ""
            yield Contradiction.of(tuple(dict.fromkeys((one.text, other.text))), code, decides)
    yield from _of_lyrics(query)
    yield from _of_parts(query)
    yield from _of_fields(request, query.said)


def _of_lyrics(query: PromptQuery) -> Iterator[Contradiction]:
    """Yield what shall be heard in words of music that shall have none: "instrumentals with meaningful lyrics"."""
    wordless = next((wish for wish in query.wishes if wish.kind is WishKind.INSTRUMENTAL and wish.value), None)
    for span in query.spans:
        said = _LYRICS.search(query.prompt, span.start, span.end) or _LYRICS.match(query.prompt, span.end)
        if wordless and said and span.what in SUBJECTS and span.polarity in WANTED:
            text = query.prompt[span.start : max(span.end, said.end())]
            yield Contradiction.of((wordless.text, text), WishKind.INSTRUMENTAL, wordless.text)


def _of_parts(query: PromptQuery) -> Iterator[Contradiction]:
    """Yield what is wanted of an instrument that shall not play: "no guitar" and "a guitar solo"."""
    denied = [wish.text for wish in query.said if wish.kind is WishKind.NOT_TAG]
    for span in query.spans:
        text = query.prompt[span.start : span.end]
        if span.what == "instrument" and span.polarity in WANTED:
            for none in denied:
                if none != text and re.search(rf"(?<!\w){re.escape(none)}(?!\w)", text, re.IGNORECASE):
                    yield Contradiction.of((none, text), "opposed", none)


def _rank(wish: Wish) -> tuple[bool, int]:
    """Return what decides between two wishes that are both kept: what keeps out, and a duration; else what is said last."""
    return wish.kind is WishKind.MINUTES or wish.kind.value.startswith("not_"), wish.start


def _code(one: Wish, other: Wish) -> str | None:
    """Return why two wishes cannot both hold, a code of `CONTRADICTIONS`; None where they can."""
    if one.kind is other.kind and one.kind in _RANGES:
        return "apart" if _are_apart(one.value, other.value) else None
    if one.kind is other.kind:
        return one.kind.value if one.kind in _SINGLE and one.value != other.value else None
    kinds = {one.kind, other.kind}
    if kinds == {WishKind.LENGTH, WishKind.MINUTES}:
        return "length_or_minutes"
    if kinds == {WishKind.LANGUAGE, WishKind.INSTRUMENTAL}:
        sung = one if one.kind is WishKind.INSTRUMENTAL else other
        return "sung" if sung.value else None
    opposed = (one.kind, other.kind) in _AGAINST or (other.kind, one.kind) in _AGAINST
    return "opposed" if opposed and one.value == other.value else None


def _are_apart(one: tuple[float | None, float | None], other: tuple[float | None, float | None]) -> bool:
    """Return whether two ranges, one of which is open below and the other above, have nothing in common."""
    return any(
        above is None and below is None and low is not None and high is not None and low > high
        for (low, above), (below, high) in ((one, other), (other, one))
    )


def _of_fields(request: PlaylistRequest, said: Sequence[Wish]) -> Iterator[Contradiction]:
    given = {"length": request.length, "minutes": request.minutes}
    for field, value in given.items():
        for wish in said:
            # Beside minutes a length decides nothing, and has overruled no words.
            overruled = wish.kind == field or (wish.kind in given and given[wish.kind] is None)
            if value is not None and overruled and (wish.kind, wish.value) != (field, value):
                asked = f"{value:g} {'track' if field == 'length' else 'minute'}{'' if value == 1 else 's'}"
                yield Contradiction.of((asked, wish.text), "field", asked, field, f"{value:g}")
    for track_id in sorted({*request.examples} & {*request.exclude_tracks, *request.disliked_tracks}):
        yield Contradiction.of((track_id,), "example_excluded", track_id)
