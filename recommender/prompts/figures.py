"""What a prompt says in figures, of what is marked and of what grammar finds: the bounds and units beside them are grammar's."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Final

from recommender.prompts.meanings import FIGURES
from recommender.prompts.quantities import quantities, value_of
from recommender.prompts.spans import Polarity, Span, covered, touches
from recommender.prompts.wishes import Wish

_SURE: Final = 0.7
_SURE_OF_FIGURE: Final = 0.9
_SIZES: Final = frozenset({"count", "minutes", "song_minutes"})


def figures(text: str, marked: Sequence[Span], named: Sequence[Wish], today: date) -> Iterator[Span]:
    """Yield what is said in figures: as it is marked, or, where nothing sure is, as grammar finds it."""
    names = covered(len(text), named)
    found = [span for span in marked if span.what in FIGURES and not touches(span, names)]
    sure = [span for span in marked if span.what not in FIGURES and span.certainty >= _SURE]
    other = covered(len(text), named, sure)
    told = [span for span in quantities(text, today) if not touches(span, other)]
    starts, ends = [span.start for span in told], [span.end for span in told]
    inside = [range(bisect_right(ends, span.start), bisect_left(starts, span.end)) for span in found]
    times = Counter(chain.from_iterable(inside))  # "60s or 90s" are two where they are marked as two
    for span, numbers in zip(found, inside, strict=True):
        whole = [told[number] for number in numbers if times[number] == 1]
        plain = span.polarity in (Polarity.WANT, Polarity.MUST, Polarity.ONLY, Polarity.AVOID)
        if len(whole) > 1 and plain and all(one.what == span.what for one in whole):
            yield from (replace(one, polarity=span.polarity) for one in whole)  # "1975 or 1985" are two
            continue
        # Grammar sees the bounds beside a figure, and their negation: "nothing after", "late", "at least".
        better = whole[-1] if whole else span
        words = text[span.start : span.end]
        if (
            better is span
            and span.certainty < _SURE_OF_FIGURE
            and not any(map(str.isalpha, words))
            and span.value is None
        ):
            continue  # "24/7", "12 inch"
        own = value_of(span.what, words, today)
        if (
            better.what == span.what
            and own
            and own != better.value
            and span.start <= better.start < better.end <= span.end
        ):
            yield span  # "before my birth in 1990" is bounded from afar
            continue
        if better.what != span.what and {better.what, span.what} <= _SIZES and plain:
            yield replace(better, polarity=span.polarity)  # grammar knows the unit: "an album's worth"
        elif better.what == span.what and better is not span and plain:
            denied = span.polarity is Polarity.AVOID and better.value == own
            yield replace(better, polarity=Polarity.AVOID) if denied else better
        else:
            yield span
    places = covered(len(text), found)
    yield from (span for span in told if span.what != "position" and not touches(span, places))
