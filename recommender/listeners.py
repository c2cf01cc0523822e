"""The listener of a request: what they name or played, as items that models of listening know, and what they have heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from catalog.arrays import Factors
from catalog.consent import Permitted
from catalog.stores import CatalogStore
from catalog.tracks import Position
from recommender.indexes.collaborative import ARTIST_SHARE, PLAYLIST_PLAYS
from recommender.model import Model
from recommender.prompts.reading import PromptQuery
from recommender.prompts.wishes import WishKind
from recommender.references import Examples, decayed_turns, usable
from recommender.requests import PlaylistRequest

MOST_NAMED = 50
"""Tracks of one name that say what is liked."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What a request says of its listener.

    `items` are the tracks and, behind them, artists that they play or name, with weights, `user_factors` what factors make
    of them; `artist_share` is what an artist's fit counts beside a track's own. `personal`: all this is their own history,
    not named now. `known` are tracks that are not returned again.
    """

    items: Mapping[int, float]
    user_factors: Factors | None
    artist_share: float
    personal: bool
    known: frozenset[Position]

    @classmethod
    def of(
        cls,
        model: Model,
        by_track: Mapping[Position, float],
        by_artist: Mapping[int, float],
        *,
        share: float,
        personal: bool = False,
        known: frozenset[Position] = frozenset(),
    ) -> Self:
        """Fold in a listener from plays by position and by code of artist."""
        if model.collaborative is None or not (by_track or by_artist):
            return cls({}, None, share, personal, known)
        items = model.collaborative.items_of(by_track, by_artist)
        return cls(items, model.collaborative.user_factors(items), share, personal, known)


def listener_of(
    request: PlaylistRequest,
    query: PromptQuery,
    model: Model,
    catalog: CatalogStore,
    permitted: Permitted,
    examples: Examples,
) -> Listener:
    """Collect what is known of the listener: what they name, now and in earlier turns, or else what they played."""
    by_track, by_artist, known = _named(query, model, permitted, examples)
    personal = not by_track and not by_artist and request.user_id is not None
    if personal and request.user_id is not None:
        by_track, by_artist = _played(request.user_id, model, catalog)
    for position in permitted.not_learned.tolist():
        by_track.pop(position, None)
    share = ARTIST_SHARE if by_track and not query.topic else 1.0
    return Listener.of(model, by_track, by_artist, share=share, personal=personal, known=known)


def _named(
    query: PromptQuery, model: Model, permitted: Permitted, examples: Examples
) -> tuple[dict[Position, float], dict[int, float], frozenset[Position]]:
    """Return what a request names as liked: tracks and codes of artists with weights, and tracks not to return again."""
    known = [*examples.used, *examples.unused]
    by_track = dict.fromkeys(examples.used, PLAYLIST_PLAYS)
    by_artist: dict[int, float] = {}
    for wishes, weight in decayed_turns(query):
        for wish in wishes:
            positions = model.names.tracks(wish)
            if wish.kind in (WishKind.LIKE_TITLE, WishKind.LIKE_ALBUM):
                liked = usable(positions[:MOST_NAMED].tolist(), permitted).used
                by_track.update(dict.fromkeys(liked, weight * PLAYLIST_PLAYS))
                known += positions.tolist()
            elif wish.kind in (WishKind.ARTIST, WishKind.LIKE_ARTIST) and len(positions):
                by_artist[int(model.features.artist[positions[0]])] = weight
    return by_track, by_artist, frozenset(known)


def _played(user_id: str, model: Model, catalog: CatalogStore) -> tuple[dict[Position, float], dict[int, float]]:
    """Return what a listener played: plays by track and by code of artist."""
    by_track, by_artist = catalog.listener_plays(user_id)
    first = catalog.first_positions(by_artist) if by_artist else {}
    codes = {
        int(model.features.artist[position]): by_artist[name]
        for name, position in first.items()
        if position < len(model)
    }
    return {position: plays for position, plays in by_track.items() if position < len(model)}, codes
