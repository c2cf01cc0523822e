"""What holds of spans whoever read them: they end where words do, and what is listed together is meant alike."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from recommender.prompts.spans import ACTS, CUE, NAMES, RANGED, UNCLEAR, Polarity, Span

_SCRIPTS_WITHOUT_SPACES: Final = 0x0E00  # Thai, Hangul with its particles, kana and signs begin there
_LINK: Final = re.compile(
    r"\s*[,/&+;、・]?\s*(?:(?:and|or|nor|und|oder|noch|et|ou|ni|y|e|o|en|of|noch|i|lub|ani|и|или|ни|ve|veya|ya da)\s+|[とや]|(?:하고|이나)\s*)?"
)
_ONLY: Final = re.compile(
    r"(?<!the )(?<!not )(?<!nicht )(?<!non )(?<!pas )(?<!no )(?<!nie )(?<!не )\b(?:only|strictly|exclusively|purely|solely|nothing (?:but|except|other than)|has to be|must be"
    r"|nur|ausschließlich|nichts (?:außer|als)|uniquement|exclusivement|seulement|rien que|que (?:du|de la|des)|solamente|únicamente|exclusivamente"
    r"|nada más que|solo|sólo|soltanto|solamente|esclusivamente|nient'altro che|apenas|somente|só|alleen(?: maar)?|uitsluitend|niets dan|tylko|wyłącznie"
    r"|sadece|yalnızca|только|исключительно)\b|だけ|のみ|만(?!\w)",
    re.IGNORECASE,
)
"""What says that nothing else shall play, of what it stands beside: grammar, which a tagger learns from few examples."""

_CLAUSE: Final = 120  # characters that "only" reaches at most
_BREAK: Final = re.compile(r"[,.;:!?()]")
_DEMANDED: Final = frozenset(
    {"genre", "mood", "instrument", "sound", "energy", "tempo", "popularity", "voice", "language"}
)
_SHARED: Final = frozenset(Polarity) - {Polarity.WANT, Polarity.MORE, Polarity.MUST}
_ALONE: Final = frozenset({CUE, UNCLEAR}) | ACTS


def repaired(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans that begin and end with whole words, pieces of one joined, and lists meant as their first item is."""
    whole: list[Span] = []
    for span in (_whole(text, span) for span in spans):
        before = whole[-1] if whole else None
        if before is not None and span.start < before.end:
            span = replace(span, start=before.end + (text[before.end : before.end + 1] == " "))
            if span.start >= span.end:
                continue
        if before is not None and _is_one(text, before, span):
            whole[-1] = replace(before, end=span.end, value=before.value or span.value)
        else:
            whole.append(span)
    return tuple(_listed(text, _demanded(text, _listed(text, whole))))


def _whole(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    if span.what in RANGED:
        end = start + len(text[start:end].split(", ")[0])
    if end - start == 1 and unicodedata.category(text[start]) == "So":
        return replace(span, what="theme", value=None)
    while start > 0 and _joins(text, start):
        start -= 1
    while end < len(text) and _joins(text, end):
        end += 1
    return span if (start, end) == (span.start, span.end) else replace(span, start=start, end=end)


def _joins(text: str, place: int) -> bool:
    """Return whether letters on both sides of a place belong to one word."""
    sides = text[place - 1], text[place]
    return all(char.isalnum() and ord(char) < _SCRIPTS_WITHOUT_SPACES for char in sides)


def _is_one(text: str, one: Span, other: Span) -> bool:
    return (
        (one.what, one.polarity) == (other.what, other.polarity)
        and one.what not in _ALONE
        and text[one.end : other.start] in ("", "-")
        and (one.value == other.value or None in (one.value, other.value))
    )


def _listed(text: str, spans: Sequence[Span]) -> list[Span]:
    """Give the items of a list the polarity of the first: "no metal, punk or grunge" is a "no" to all three."""
    found = list(spans[:1])
    for span in spans[1:]:
        first, gap = found[-1], text[found[-1].end : span.start]
        listed = first.what == span.what and bool(gap.strip()) and _LINK.fullmatch(gap) is not None
        shared = listed and span.polarity is Polarity.WANT and first.polarity in _SHARED
        found.append(replace(span, polarity=first.polarity) if shared else span)
    return found


def _demanded(text: str, spans: Sequence[Span]) -> list[Span]:
    """Let "only" hold of what follows it in its clause, or where nothing does, of what it follows; of several the last."""
    found, starts = list(spans), [span.start for span in spans]
    for only in _ONLY.finditer(text):
        here = bisect_left(starts, only.end())
        if here and found[here - 1].what in NAMES and found[here - 1].end > only.start():
            continue
        stop = _BREAK.search(text, only.end(), only.end() + _CLAUSE)
        clause = stop.start() if stop else only.end() + _CLAUSE
        after = range(here, bisect_left(starts, clause))
        before = [here - 1] if here and not _BREAK.search(text, found[here - 1].end, only.start()) else []
        before = [here - 2] if before and found[here - 1].what == CUE and here > 1 else before
        *leading, last = _side_by_side(text, found, after) or before or [-1]
        for number in leading:  # "only sad jazz" must be jazz
            found[number] = replace(found[number], polarity=Polarity.WANT)
        misread = (
            last >= 0 and found[last].polarity is Polarity.AVOID and found[last].what != "voice"
        )  # "only instrumental"
        if last >= 0 and found[last].what in _DEMANDED and (misread or found[last].polarity is Polarity.WANT):
            found[last] = replace(found[last], polarity=Polarity.ONLY)
    return found


def _side_by_side(text: str, spans: Sequence[Span], numbers: range) -> list[int]:
    """Return the first of some spans that is no cue, and those right beside it."""
    run = [next((number for number in numbers if spans[number].what not in _ALONE), -1)]
    if run == [-1]:
        return []
    while run and run[-1] + 1 in numbers and text[spans[run[-1]].end : spans[run[-1] + 1].start] == " ":
        run.append(run[-1] + 1)
    return run
