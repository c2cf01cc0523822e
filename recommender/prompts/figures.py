"""Reconciles marked quantities with those that grammar finds, which knows the bounds and units beside a figure."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from recommender.prompts.meanings import FIGURES
from recommender.prompts.quantities import quantities, value_of
from recommender.prompts.spans import CUE, Polarity, Span, covered, touches
from recommender.prompts.wishes import Wish

_SURE: Final = 0.7
_SURE_OF_FIGURE: Final = 0.9
_SIZES: Final = frozenset({"count", "minutes", "song_minutes"})


def figures(text: str, marked: Sequence[Span], named: Sequence[Wish], today: date) -> Iterator[Span]:
    """Yield the quantities of a prompt as spans: as they are marked, or as grammar finds them where no other mark is sure."""
    names = covered(len(text), named)
    found = [span for span in marked if span.what in FIGURES and not touches(span, names)]
    sure = [span for span in marked if span.what not in FIGURES | {CUE} and span.certainty >= _SURE]
    other = covered(len(text), named, sure)
    told = [span for span in (_own(text, span, other) for span in quantities(text, today)) if not touches(span, other)]
    starts, ends = [span.start for span in told], [span.end for span in told]
    inside = [range(bisect_right(ends, span.start), bisect_left(starts, span.end)) for span in found]
    parts: defaultdict[int, list[Span]] = defaultdict(list)
    for span, numbers in zip(found, inside, strict=True):
        for number in numbers:
            parts[number].append(span)
    for span, numbers in zip(found, inside, strict=True):
        whole = [told[number] for number in numbers if len(parts[number]) == 1]  # "60s or 90s" are two where marked so
        split = [number for number in numbers if len({part.what for part in parts[number]}) > 1]
        if split:  # "drie kwartier" is no three and a quarter
            yield from (told[number] for number in split if parts[number][0] is span)
        else:
            yield from _figures(span, whole, text, today)
    places = covered(len(text), found)
    yield from (span for span in told if span.what != "position" and not touches(span, places))


def _own(text: str, span: Span, other: bytearray) -> Span:
    """Return a count without what is marked between its number and what it counts: "3 metal songs" are 3."""
    cut = other.find(1, span.start, span.end) if span.what == "count" else -1
    return replace(span, end=len(text[:cut].rstrip())) if cut > span.start else span


def _figures(span: Span, whole: Sequence[Span], text: str, today: date) -> Iterator[Span]:
    """Yield what a marked span says, of what grammar found in it: that sees bounds, negations, units and several in one."""
    plain = span.polarity in (Polarity.WANT, Polarity.MUST, Polarity.ONLY, Polarity.AVOID)
    words, better = text[span.start : span.end], whole[-1] if whole else span
    own = value_of(span.what, words, today)
    if len(whole) > 1 and plain and all(one.what == span.what for one in whole):
        yield from (replace(one, polarity=span.polarity) for one in whole)  # "1975 or 1985" are two
    elif better is span:
        if span.certainty >= _SURE_OF_FIGURE or span.value is not None or any(map(str.isalpha, words)):
            yield span  # and not "24/7", "12 inch"
    elif better.what != span.what:
        units = {better.what, span.what} <= _SIZES and plain  # grammar knows the unit: "an album's worth"
        yield replace(better, polarity=span.polarity) if units else span
    elif own and own != better.value and span.start <= better.start and better.end <= span.end:
        yield span  # "before my birth in 1990" is bounded from afar
    elif plain:
        denied = span.polarity is Polarity.AVOID and better.value == own
        yield replace(better, polarity=Polarity.AVOID) if denied else better
    else:
        yield span
