"""Classification of prompts, for results by kind."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from recommender.prompts.spans import NAMES, Polarity, Span
from recommender.tracks.texts import words

LONG = 20
"""Words from which a prompt counts as long."""


class PromptKind(StrEnum):
    """What a prompt speaks of; most prompts are of several kinds."""

    NAMES = "names"
    MOOD = "mood"
    ACTIVITY = "activity"
    ERA = "era"
    NEGATION = "negation"
    LONG = "long"
    OTHER = "other"


_LEFT_OUT: Final = frozenset({Polarity.AVOID, Polarity.INSTEAD, Polarity.UNLIKE})


def kinds_of(prompt: str, spans: Iterable[Span]) -> tuple[PromptKind, ...]:
    """Return the kinds of a prompt whose words are marked: names, moods, what people do meanwhile, years, what to leave out,
    twenty words or more; OTHER for none of these.
    """
    marks = list(spans)
    whats = {span.what for span in marks}
    found = {
        PromptKind.NAMES: not whats.isdisjoint(NAMES),
        PromptKind.MOOD: not whats.isdisjoint({"mood", "energy"}),
        PromptKind.ACTIVITY: "activity" in whats,
        PromptKind.ERA: "period" in whats,
        PromptKind.NEGATION: any(span.polarity in _LEFT_OUT for span in marks),
        PromptKind.LONG: len(words(prompt)) >= LONG,
    }
    return tuple(kind for kind, holds in found.items() if holds) or (PromptKind.OTHER,)
