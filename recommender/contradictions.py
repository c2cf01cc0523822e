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

_EITHER = {
    WishKind.INSTRUMENTAL: "music is either sung or instrumental",
    WishKind.EXPLICIT: "lyrics are either clean or explicit",
    WishKind.NOVELTY: "a track is either known or new to the listener",
    WishKind.POPULARITY: "a track is either much played or known to few",
    WishKind.LENGTH: "a list has one length",
    WishKind.MINUTES: "a list lasts so long or so long",
    WishKind.ARC: "a list goes one way",
}
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
        if because := _because(one, other):
            held = [wish for wish in (one, other) if (wish.kind, wish.value) in kept]
            decides = max(held, key=_rank, default=None)
            texts = tuple(dict.fromkeys((one.text, other.text)))
            yield Contradiction(texts, because, "" if decides is None else decides.text)
    yield from _of_lyrics(query)
    yield from _of_fields(request, query.said)


def _of_lyrics(query: PromptQuery) -> Iterator[Contradiction]:
    """Yield what shall be heard in words of music that shall have none: "instrumentals with meaningful lyrics"."""
    wordless = next((wish for wish in query.wishes if wish.kind is WishKind.INSTRUMENTAL and wish.value), None)
    for span in query.spans:
        said = _LYRICS.search(query.prompt, span.start, span.end) or _LYRICS.match(query.prompt, span.end)
        if wordless and said and span.what in SUBJECTS and span.polarity in WANTED:
            text = query.prompt[span.start : max(span.end, said.end())]
            yield Contradiction((wordless.text, text), _EITHER[WishKind.INSTRUMENTAL], wordless.text)


def _rank(wish: Wish) -> tuple[bool, int]:
    """Return what decides between two wishes that are both kept: what keeps out, and a duration; else what is said last."""
    return wish.kind is WishKind.MINUTES or wish.kind.value.startswith("not_"), wish.start


def _because(one: Wish, other: Wish) -> str | None:
    if one.kind is other.kind and one.kind in _RANGES:
        return "nothing lies in both" if _are_apart(one.value, other.value) else None
    if one.kind is other.kind:
        return _EITHER.get(one.kind) if one.value != other.value else None
    kinds = {one.kind, other.kind}
    if kinds == {WishKind.LENGTH, WishKind.MINUTES}:
        return "a number of tracks and a duration seldom agree; the duration decides"
    if kinds == {WishKind.LANGUAGE, WishKind.INSTRUMENTAL}:
        sung = one if one.kind is WishKind.INSTRUMENTAL else other
        return "what is instrumental is sung in no language" if sung.value else None
    opposed = (one.kind, other.kind) in _AGAINST or (other.kind, one.kind) in _AGAINST
    return "it is wanted and not wanted" if opposed and one.value == other.value else None


def _are_apart(one: tuple[float | None, float | None], other: tuple[float | None, float | None]) -> bool:
    """Return whether two ranges, one of which is open below and the other above, have nothing in common."""
    for (low, above), (below, high) in ((one, other), (other, one)):
        if above is None and below is None and low is not None and high is not None and low > high:
            return True
    return False


def _of_fields(request: PlaylistRequest, said: Sequence[Wish]) -> Iterator[Contradiction]:
    given = {"length": request.length, "minutes": request.minutes}
    for field, value in given.items():
        for wish in said:
            # Beside minutes a length decides nothing, and has overruled no words.
            overruled = wish.kind == field or (wish.kind in given and given[wish.kind] is None)
            if value is not None and overruled and (wish.kind, wish.value) != (field, value):
                yield Contradiction(
                    (f"{field} {value:g}", wish.text), "the request's own field decides", f"{field} {value:g}"
                )
    both = {*request.examples} & {*request.exclude_tracks, *request.disliked_tracks}
    for track_id in sorted(both):
        yield Contradiction((track_id,), "it is an example and excluded; it is an example, and not played", track_id)
