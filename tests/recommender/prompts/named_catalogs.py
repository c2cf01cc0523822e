"""Catalogs by whose names prompts are read."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from catalog.tracks import Track, TrackId
from recommender.indexes.names import CatalogNames
from recommender.indexes.tags import TagIndex
from recommender.prompts.reading import PromptQuery, parse
from tests.homes import WordEncoder

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


def read(prompt: str, history: Sequence[str] = ()) -> PromptQuery:
    return parse(prompt, NAMES, history)


def wishes(prompt: str, *kinds: str, history: Sequence[str] = ()) -> list[tuple[str, Any, bool]]:
    """Return kind, value and hardness of the wishes, or of those of some kinds."""
    found = [(wish.kind.value, wish.value, wish.hard) for wish in read(prompt, history).wishes]
    return [wish for wish in found if not kinds or wish[0] in kinds]
