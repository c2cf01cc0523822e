"""What compares: "calmer", "older", "less known" move from what the list before had, or from what is named as an example."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from catalog.arrays import Column
from catalog.tracks import Position
from recommender.prompts.meanings import DENIED, absolute
from recommender.prompts.reading import PromptQuery
from recommender.prompts.spans import Polarity
from recommender.prompts.wishes import COMPARED, Wish, WishKind
from recommender.tracks.features import TrackFeatures

_UNWANTED: Final = DENIED | {Polarity.MUCH, Polarity.LESS}

_MOVED: Final[Mapping[WishKind, tuple[str, float]]] = {
    WishKind.ENERGY_THAN: ("energy", 0.15),
    WishKind.TEMPO_THAN: ("tempo_bpm", 12.0),
    WishKind.YEARS_THAN: ("year", 4.0),
    WishKind.POPULARITY_THAN: ("popularity", 0.15),
    WishKind.SONG_MINUTES_THAN: ("minutes", 0.5),
}
"""The column of features that a comparison speaks of, and how far it moves from the mean of the list before, in its unit."""

_LEAST_LEFT: Final = 0.1
"""The share of the catalog that a comparison leaves at least: what is loudest already gets little louder."""


def looks_back(query: PromptQuery) -> bool:
    """Return whether a prompt speaks of the list before it."""
    return query.another or bool(query.places) or any(wish.kind in COMPARED for wish in query.wishes)


def unwanted_places(query: PromptQuery, before: Sequence[Position]) -> list[Position]:
    """Return the tracks of the list before that must not come again: all of it for another list, or its unwanted places."""
    return list(before) if query.another else _places(query, before, _UNWANTED)


def wanted_places(query: PromptQuery, before: Sequence[Position]) -> list[Position]:
    """Return the tracks of the list before that the prompt points at as examples ("more like the third")."""
    return _places(query, before, frozenset(Polarity) - _UNWANTED)


def _places(query: PromptQuery, before: Sequence[Position], polarities: frozenset[Polarity]) -> list[Position]:
    found: list[Position] = []
    for place in query.places:
        if place.polarity in polarities:
            low, dash, high = (place.value or "").partition("-")
            if low == "last":
                found += before[-1:]
            elif all(side == "" or (side.isdecimal() and int(side)) for side in (low, high)):
                first = int(low or 1)
                found += before[first - 1 : int(high) if high else len(before) if dash else first]
    return found


def compared(query: PromptQuery, before: Sequence[Position], features: TrackFeatures) -> PromptQuery:
    """Return the query with each comparison ("calmer") turned into bounds, a step from the mean of the tracks `before`.

    Without such tracks, or where nothing is known of them, it stands for the plain wish: "calmer" for calm.
    """
    if not any(wish.kind in COMPARED for wish in query.wishes):
        return query
    return replace(
        query,
        wishes=tuple(_bounded(wish, before, features) if wish.kind in COMPARED else wish for wish in query.wishes),
    )


def _bounded(wish: Wish, before: Sequence[Position], features: TrackFeatures) -> Wish:
    name, step = _MOVED[wish.kind]
    column: Column = getattr(features, name)
    had, known = column[list(before)], column[~np.isnan(column)]
    compared = len(had) > 0 and not np.isnan(had).all()
    if not compared and (plain := absolute(wish)).kind is not wish.kind:
        return plain
    if not compared:
        bound = float(np.median(known)) if len(known) else 0.0
    elif wish.value:
        bound = min(float(np.nanmean(had)) + step, float(np.quantile(known, 1 - _LEAST_LEFT)))
    else:
        bound = max(float(np.nanmean(had)) - step, float(np.quantile(known, _LEAST_LEFT)))
    return replace(wish, value=(bound, None) if wish.value else (None, bound), hard=compared or wish.hard)
