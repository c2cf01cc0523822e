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

_STEPS: Final[Mapping[WishKind, float]] = {
    WishKind.ENERGY_THAN: 0.15,
    WishKind.TEMPO_THAN: 12.0,
    WishKind.YEARS_THAN: 4.0,
    WishKind.POPULARITY_THAN: 0.15,
    WishKind.SONG_MINUTES_THAN: 0.5,
}
"""How far from the mean of the list before: shares of the catalog, beats per minute, years, minutes."""

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
    """Return a query in which what compares has bounds: those that it reaches from the mean of the tracks `before`.

    Without such tracks, or where nothing is known of them, it stands for the plain wish: "calmer" for calm.
    """
    if not any(wish.kind in COMPARED for wish in query.wishes):
        return query
    wishes = [_bounded(wish, before, features) if wish.kind in COMPARED else wish for wish in query.wishes]
    return replace(query, wishes=tuple(wishes))


def _bounded(wish: Wish, before: Sequence[Position], features: TrackFeatures) -> Wish:
    column, more = _column(wish.kind, features), bool(wish.value)
    had = column[list(before)]
    if not len(had) or np.isnan(had).all():
        return _plain(wish, more, features)
    mean, known = float(np.nanmean(had)), column[~np.isnan(column)]
    if more:
        bound = min(mean + _STEPS[wish.kind], float(np.quantile(known, 1 - _LEAST_LEFT)))
        return replace(wish, value=(bound, None), hard=True)
    bound = max(mean - _STEPS[wish.kind], float(np.quantile(known, _LEAST_LEFT)))
    return replace(wish, value=(None, bound), hard=True)


def _column(kind: WishKind, features: TrackFeatures) -> Column:
    match kind:
        case WishKind.ENERGY_THAN:
            return features.energy
        case WishKind.TEMPO_THAN:
            return features.tempo_bpm
        case WishKind.YEARS_THAN:
            return features.year
        case WishKind.POPULARITY_THAN:
            return features.popularity
        case _:
            return features.minutes


def _plain(wish: Wish, more: bool, features: TrackFeatures) -> Wish:
    """Return the wish that a comparison with nothing amounts to."""
    plain = absolute(wish)
    if plain.kind is not wish.kind:
        return plain
    known = _column(wish.kind, features)
    known = known[~np.isnan(known)]
    middle = float(np.median(known)) if len(known) else 0.0
    return replace(wish, value=(middle, None) if more else (None, middle))
