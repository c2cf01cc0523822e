"""Catalogs by whose names prompts are read, and prompts whose words are marked by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from catalog.tracks import Track, TrackId
from eval.prompts.labelled import unmarked
from recommender.indexes.names import CatalogNames
from recommender.indexes.tags import TagIndex
from recommender.prompts.reading import PromptQuery, PromptReader
from recommender.prompts.spans import Span, SpanReader
from tests.homes import WordEncoder

TODAY = date(2026, 5, 20)

TAGS = [
    "jazz",
    "acid jazz",
    "blues",
    "hip hop",
    "r and b",
    "lo fi",
    "drum and bass",
    "80s",
    "metal",
    "heavy metal",
    "rap",
    "country",
    "house",
    "folk",
    "piano",
    "solo piano",
    "guitar",
    "violin",
    "sad",
    "rainy",
    "chill",
    "party",
    "sleep",
    "dark",
    "female vocals",
    "songs",
    "the",
]


def names_of(artists: str, titles: str = "", tags: Sequence[str] = ()) -> CatalogNames:
    """Return the names of a catalog of these artists, the first of whom bears all tags, and titles by artists of no name."""
    tracks = [Track(TrackId(f"a{place}"), f"Untitled {place}", name) for place, name in enumerate(artists.split("; "))]
    tracks += [Track(TrackId(f"t{place}"), title, "") for place, title in enumerate(titles.split("; ")) if title]
    index = TagIndex.build((tags if place == 0 else () for place in range(len(tracks))), WordEncoder())
    return CatalogNames.build(tracks, np.zeros(len(tracks), np.float32), index)


NAMES = names_of("Nina Vale; Harbour; Love", tags=TAGS)


class Marked(SpanReader):
    """Marks the prompts that it is given as they are marked up, `{horns|instrument:avoid}`, and knows no others."""

    version = "marked"

    def __init__(self, *marked: str, certainty: float = 1.0) -> None:
        self._spans = dict(map(unmarked, marked))
        self._certainty = certainty

    def spans(self, prompt: str, after: Sequence[str] = ()) -> tuple[Span, ...]:
        return tuple(replace(span, certainty=self._certainty) for span in self._spans[prompt])


def read(
    marked: str, history: Sequence[str] = (), *, names: CatalogNames = NAMES, certainty: float = 1.0
) -> PromptQuery:
    """Return the query of a prompt that is marked up, and so are the prompts before it."""
    reader = PromptReader(Marked(*history, marked, certainty=certainty), names, lambda: TODAY)
    return reader.read(unmarked(marked)[0], [unmarked(turn)[0] for turn in history])


def wishes(
    marked: str, *kinds: str, history: Sequence[str] = (), names: CatalogNames = NAMES, certainty: float = 1.0
) -> list[tuple[str, Any, bool]]:
    """Return kind, value and hardness of the wishes, or of those of some kinds."""
    query = read(marked, history, names=names, certainty=certainty)
    found = [(wish.kind.value, wish.value, wish.hard) for wish in query.wishes]
    return [wish for wish in found if not kinds or wish[0] in kinds]
