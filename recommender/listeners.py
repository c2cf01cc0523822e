"""The listener of a request: what they name or played, as items that models of listening know, and what they have heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from catalog.arrays import Factors
from catalog.consent import Permitted
from catalog.stores import CatalogStore
from catalog.tracks import Position
from recommender.indexes.collaborative import ARTIST_SHARE, PLAYLIST_PLAYS, items_of
from recommender.model import Model
from recommender.prompts.wishes import WishKind
from recommender.references import Examples, References, usable
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
        learned = model.collaborative
        items = items_of(by_track, by_artist, learned.artist_of_track, learned.learnable)
        return cls(items, learned.user_factors(items), share, personal, known)


def listener_of(
    request: PlaylistRequest,
    references: References,
    model: Model,
    catalog: CatalogStore,
    permitted: Permitted,
    examples: Examples,
) -> Listener:
    """Collect what is known of the listener: what they name, now and in earlier turns, or else what they played."""
    known = [*examples.used, *examples.unused]
    by_track = dict.fromkeys(examples.used, PLAYLIST_PLAYS)
    by_artist: dict[int, float] = {}
    for wishes, weight in references.turns:
        for wish in wishes:
            positions = references.tracks(wish)
            if wish.kind in (WishKind.LIKE_TITLE, WishKind.LIKE_ALBUM):
                liked = usable(positions[:MOST_NAMED].tolist(), permitted).used
                by_track.update(dict.fromkeys(liked, weight * PLAYLIST_PLAYS))
                known += positions.tolist()
            elif wish.kind in (WishKind.ARTIST, WishKind.LIKE_ARTIST) and len(positions):
                by_artist[int(model.features.artist[positions[0]])] = weight
    user_id = None if by_track or by_artist else request.user_id
    if user_id is not None:
        tracks, artists = references.plays
        first = catalog.first_positions(artists) if artists else {}
        codes = model.features.artist
        by_track = {position: plays for position, plays in tracks.items() if position < len(model)}
        by_artist = {int(codes[at]): artists[name] for name, at in first.items() if at < len(model)}
    for position in permitted.not_learned.tolist():
        by_track.pop(position, None)
    share = ARTIST_SHARE if by_track and not references.query.topic else 1.0
    return Listener.of(model, by_track, by_artist, share=share, personal=user_id is not None, known=frozenset(known))
