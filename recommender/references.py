"""What a request refers to: tracks and names that the catalog has, examples that may be used, its listener, and what is told of the rest."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final, Self

import numpy as np

from catalog.arrays import Factors, Positions
from catalog.consent import ConsentContext, Permitted, Policy, Standing, decide
from catalog.names import label_form, search_form
from catalog.sorted_sets import union
from catalog.stores import CatalogStore, StoreError
from catalog.tracks import Position, TrackId
from recommender.indexes.collaborative import ARTIST_SHARE, PLAYLIST_PLAYS, items_of
from recommender.indexes.names import CatalogNames
from recommender.model import Model
from recommender.playlists import NotUnderstood
from recommender.prompts.reading import PromptQuery
from recommender.prompts.wishes import ALIKE, NAMED, SHUNNED, Wish, WishKind
from recommender.requests import PlaylistRequest
from recommender.tracks.texts import decayed

MOST_NAMED = 50
"""Tracks of one name that say what is liked."""

_NAMING: Final = NAMED | ALIKE | frozenset(SHUNNED.values())
_NOBODY: Final[Positions] = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class References:
    """What a prompt and its request refer to in this catalog, looked up once a request.

    `turns` hold what each turn names, wanted or as an example, with the turn's weight, the oldest first; `by_wish` the
    positions of the tracks that a wish names, wanted or not; `by_id` where the catalog has the tracks of the request's ids,
    which a model of `size` tracks need not know yet. `plays` are those of the request's listener, by position and by artist
    key where only that is known.
    """

    query: PromptQuery
    turns: tuple[tuple[tuple[Wish, ...], float], ...]
    by_wish: Mapping[Wish, Positions]
    size: int
    by_id: Mapping[TrackId, Position] = field(default_factory=dict)
    plays: tuple[Mapping[Position, float], Mapping[str, float]] = ({}, {})

    @classmethod
    def of_prompt(cls, query: PromptQuery, model: Model) -> Self:
        """Look up what a prompt names."""
        asked = (wish for wish in query.wishes if wish.kind in NAMED | ALIKE)
        turns = tuple(decayed([*query.mentioned, tuple(asked)], since=query.since))
        naming = (wish for wish in chain(query.wishes, *query.mentioned) if wish.kind in _NAMING)
        return cls(query, turns, {wish: _named_tracks(wish, model.names) for wish in naming}, len(model))

    @classmethod
    def of(cls, request: PlaylistRequest, query: PromptQuery, model: Model, catalog: CatalogStore) -> Self:
        """Look up what a prompt names, the ids beside it, and what its listener played. Raises StoreError."""
        named = cls.of_prompt(query, model)
        ids = list(dict.fromkeys(chain(*_ids(request), request.candidates or ())))
        by_id = catalog.positions_of(ids) if ids else {}
        plays = named.plays if request.user_id is None else catalog.listener_plays(request.user_id)
        return replace(named, by_id=by_id, plays=plays)

    def tracks(self, wish: Wish) -> Positions:
        """Return the positions of the tracks that a wish names, in order; none for a wish that names nothing."""
        return self.by_wish.get(wish, _NOBODY)

    def tracks_of(self, kinds: frozenset[WishKind]) -> Positions:
        """Return the positions of the tracks that the wishes of some kinds name, in order, each once."""
        return union(*(self.tracks(wish) for wish in self.query.wishes if wish.kind in kinds))

    def kept(self, request: PlaylistRequest) -> dict[int, Position]:
        """Return the tracks that stay where they are, by place from 1."""
        places = ((place, self.positions([track_id])) for place, track_id in request.keep)
        return {place: positions[0] for place, positions in places if positions}

    def positions(self, track_ids: Iterable[TrackId]) -> list[Position]:
        """Return the positions of those tracks of the request that the model knows, in order."""
        found = {self.by_id[track_id] for track_id in track_ids if track_id in self.by_id}
        return sorted(position for position in found if position < self.size)


def _named_tracks(wish: Wish, names: CatalogNames) -> Positions:
    """Return the tracks that a wish names; of an example that the catalog has not, those of the artist that it is by."""
    found = names.tracks(wish)
    if not len(found) and wish.kind in (WishKind.LIKE_TITLE, WishKind.LIKE_ALBUM) and wish.value[1] is not None:
        return names.by(wish.value[1])
    return found


def credited_positions(artists: Sequence[str], model: Model, catalog: CatalogStore) -> list[Position]:
    """Return the positions of the tracks that credit artists, by names as people type them."""
    found = catalog.crediting(map(search_form, artists)).values() if artists else ()
    return [position for position in chain.from_iterable(found) if position < len(model)]


@dataclass(frozen=True, slots=True)
class Examples:
    """The tracks that a request gives as examples: positions to learn the wish from, and those that may not be used."""

    used: tuple[Position, ...]
    unused: tuple[Position, ...]


def usable(positions: Iterable[Position], permitted: Permitted) -> Examples:
    """Split examples into those that consent lets us use, and those that are withheld here or refuse training.

    A track that must not be shown does not steer what is shown, and a vector that nobody may learn from is no wish.
    """
    known = [position for position in positions if position < len(permitted)]
    may = Standing.PERMITTED | Standing.NOT_LEARNED
    used = {position for position in known if permitted.standing(position) & may == Standing.PERMITTED}
    return Examples(tuple(sorted(used)), tuple(sorted(set(known) - used)))


def not_understood(
    request: PlaylistRequest,
    references: References,
    catalog: CatalogStore,
    context: ConsentContext,
    policy: Policy,
    permitted: Permitted,
    examples: Examples,
) -> tuple[NotUnderstood, ...]:
    """Say what of a request did not count; nothing where the catalog cannot be read, which is told by the shortfall."""
    told = [NotUnderstood.of(one.text, one.code, *one.values) for one in references.query.not_read]
    if not (
        references.query.wishes
        or references.query.topic
        or references.query.context
        or request.examples
        or not request.prompt
    ):
        told.append(NotUnderstood.of(request.prompt, "nothing_read"))
    try:
        told += _unknown(request, references, catalog)
        withheld = dict.fromkeys(examples.unused, "")
        for wish in references.query.wishes:
            if wish.kind in (WishKind.LIKE_TITLE, WishKind.LIKE_ALBUM):
                named = usable(references.tracks(wish).tolist(), permitted)
                if named.unused and not named.used:
                    withheld[named.unused[0]] = wish.text
        kept = {place: one for place, one in references.kept(request).items() if not usable([one], permitted).used}
        facts = catalog.facts([*withheld, *kept.values()])[1] if withheld or kept else {}
    except StoreError:
        return tuple(told)
    for position in kept.values():
        decision = decide(facts[position], context, policy, request.preferences)
        if not decision.allowed:
            told.append(NotUnderstood.of(decision.track_id, "not_kept", decision.primary))
    for position, text in withheld.items():
        decision = decide(facts[position], context, policy)
        why = ("not_learned",) if decision.allowed else ("no_example", decision.primary.value)
        told.append(NotUnderstood.of(text or decision.track_id, *why))
    return tuple(told)


def _ids(request: PlaylistRequest) -> Iterator[Sequence[TrackId]]:
    yield from (request.examples, request.disliked_tracks, request.exclude_tracks)
    yield tuple(track_id for _, track_id in request.keep)


def _unknown(request: PlaylistRequest, references: References, catalog: CatalogStore) -> list[NotUnderstood]:
    """Say which ids and names of a request the catalog does not have, with the nearest names."""
    unknown = (track_id for track_id in dict.fromkeys(chain(*_ids(request))) if track_id not in references.by_id)
    told = [NotUnderstood.of(track_id, "no_track") for track_id in unknown]
    if request.user_id is not None and not any(references.plays):  # not by their id, which no answer repeats
        told.append(NotUnderstood.of("user_id", "no_history"))
    blocked = request.preferences.blocked_artists
    artists = {search_form(name): name for name in (*sorted(blocked), *request.exclude_artists)}
    told += _unknown_names(artists, catalog.crediting(artists), "artist", catalog.artists_like)
    labels = {label_form(name): name for name in sorted(request.preferences.blocked_labels)}
    told += _unknown_names(labels, catalog.labelled(labels), "label", catalog.labels_like)
    return told


def _unknown_names(
    names: dict[str, str], known: dict[str, list[Position]], kind: str, like: Callable[[str], list[str]]
) -> list[NotUnderstood]:
    told = []
    for form, name in names.items():
        if not known.get(form):
            near = ", ".join(map(repr, like(name)))
            why = (f"near_{kind}s", near) if near else (f"no_{kind}",)
            told.append(NotUnderstood.of(name, *why))
    return told


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
