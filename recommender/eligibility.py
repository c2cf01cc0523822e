"""Which tracks may be returned at all: permitted, not excluded by the listener, and in keeping with the hard wishes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from catalog.permits import Permitted
from catalog.tracks import TrackId, artist_key
from recommender.model import Model
from recommender.playlists import PlaylistRequest
from recommender.prompts import PromptQuery, WishKind
from recommender.track_features import Column, TrackFeatures


@dataclass(frozen=True, eq=False)
class Eligible:
    """Tracks that may be returned. `mask` is bool of shape (tracks,), by position."""

    mask: npt.NDArray[np.bool_]

    @cached_property
    def bitmap(self) -> npt.NDArray[np.uint8]:
        """One bit a track, the lowest first."""
        return np.packbits(self.mask, bitorder="little")

    @cached_property
    def count(self) -> int:
        """How many tracks are eligible."""
        return int(np.count_nonzero(self.mask))


def eligible_tracks(
    request: PlaylistRequest,
    query: PromptQuery,
    model: Model,
    permitted: Permitted,
    positions_of: Callable[[Iterable[TrackId]], list[int]],
    *,
    timed: bool,
) -> tuple[Eligible, Eligible]:
    """Return what no hard wish forbids, and of that what is known to meet every one of them.

    Where minutes are to be filled (`timed`), only tracks of known duration can.
    """
    mask = np.zeros(len(model), dtype=bool)
    size = min(len(model), len(permitted.mask))
    mask[:size] = permitted.mask[:size]
    named = request.exclude_tracks + request.disliked_tracks + request.liked_tracks + request.seed_tracks
    mask[positions_of(named)] = False
    if request.candidates is not None:
        among = np.zeros(len(model), dtype=bool)
        among[positions_of(request.candidates)] = True
        mask &= among
    if timed:
        mask &= model.features.duration_s > 0
    shunned = [wish.value for wish in query.wishes if wish.kind is WishKind.NOT_ARTIST]
    for artist in (*shunned, *map(artist_key, request.exclude_artists)):
        mask[model.names.artists.positions(artist)] = False
    for phrase in query.excluded_words:
        mask[model.lexical.positions(phrase)] = False
    verified = mask.copy()
    for met in wishes_met(query, model.features, hard=True):
        mask &= met != 0
        verified &= met == 1
    return Eligible(mask), Eligible(verified)


def wishes_met(query: PromptQuery, features: TrackFeatures, *, hard: bool) -> list[Column]:
    """Return for each kind of hard, or soft, wish whether tracks meet it (1, 0 or NaN for "not known").

    float32 of shape (tracks,). Wishes of one kind are alternatives.
    """
    by_kind: dict[WishKind, Column] = {}
    for wish in query.wishes:
        met = features.meets(wish) if wish.hard is hard else None
        if met is not None:
            by_kind[wish.kind] = np.maximum(by_kind.get(wish.kind, met), met)
    return list(by_kind.values())
