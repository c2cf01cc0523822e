"""Classification of what is asked, by its prompt and by what comes with it, for results by kind."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from eval.queries import Asked
from recommender.prompts.spans import NAMES, Polarity, Span
from recommender.tracks.texts import words

LONG = 20


class PromptKind(StrEnum):
    """What a prompt speaks of, and what it comes with; most are of several kinds."""

    NAMES = "names"
    GENRE = "genre"
    MOOD = "mood"
    ACTIVITY = "activity"
    ERA = "era"
    NEGATION = "negation"
    LONG = "long"
    FOLLOW_UP = "follow-up"
    EXAMPLES = "examples"
    HISTORY = "history"
    OTHER = "other"


_LEFT_OUT: Final = frozenset({Polarity.AVOID, Polarity.INSTEAD, Polarity.UNLIKE})


def kinds_of(asked: Asked, spans: Iterable[Span]) -> tuple[PromptKind, ...]:
    """Return the kinds of what is asked, the words of its prompt being marked; OTHER for none.

    By the prompt: names, genres, moods, what people do meanwhile, years, what to leave out, twenty words or more. By what it
    comes with: earlier prompts, tracks that are liked, and somebody whose plays are known.
    """
    marks = list(spans)
    whats = {span.what for span in marks}
    found = {
        PromptKind.NAMES: not whats.isdisjoint(NAMES),
        PromptKind.GENRE: "genre" in whats,
        PromptKind.MOOD: not whats.isdisjoint({"mood", "energy"}),
        PromptKind.ACTIVITY: "activity" in whats,
        PromptKind.ERA: "period" in whats,
        PromptKind.NEGATION: any(span.polarity in _LEFT_OUT for span in marks),
        PromptKind.LONG: len(words(asked.prompt)) >= LONG,
        PromptKind.FOLLOW_UP: bool(asked.history),
        PromptKind.EXAMPLES: bool(asked.liked),
        PromptKind.HISTORY: asked.user_id is not None,
    }
    return tuple(kind for kind, holds in found.items() if holds) or (PromptKind.OTHER,)
