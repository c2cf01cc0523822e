"""What a request names by id or name: which of it the catalog has, which examples may be used, and what is told of the rest."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from catalog.consent import REASONS, ConsentContext, Permitted, Policy, Standing, decide
from catalog.names import label_form, search_form
from catalog.stores import CatalogStore, StoreError
from catalog.tracks import Position, TrackId
from recommender.model import Model
from recommender.playlists import NotUnderstood
from recommender.prompts.reading import PromptQuery
from recommender.prompts.wishes import ALIKE, NAMED, Wish, WishKind
from recommender.requests import PlaylistRequest
from recommender.tracks.texts import decayed


def known_positions(track_ids: Iterable[TrackId], model: Model, catalog: CatalogStore) -> list[Position]:
    """Return the positions of the tracks that the model knows, in order."""
    ids = list(track_ids)
    found = catalog.positions_of(ids) if ids else {}
    return sorted(position for position in found.values() if position < len(model))


def credited_positions(artists: Sequence[str], model: Model, catalog: CatalogStore) -> list[Position]:
    """Return the positions of the tracks that credit artists, by names as people type them."""
    found = catalog.crediting(map(search_form, artists)) if artists else {}
    return [position for positions in found.values() for position in positions if position < len(model)]


def decayed_turns(query: PromptQuery) -> list[tuple[tuple[Wish, ...], float]]:
    """Return what each turn names, wanted or as an example, with the turn's weight: the oldest first."""
    return decayed([*query.mentioned, tuple(wish for wish in query.wishes if wish.kind in NAMED | ALIKE)])


@dataclass(frozen=True, slots=True)
class Examples:
    """The tracks that a request gives as examples: positions to learn the wish from, and those that may not be used."""

    used: tuple[Position, ...]
    unused: tuple[Position, ...]


def usable(positions: Iterable[Position], permitted: Permitted) -> Examples:
    """Split examples into those that consent lets us use, and those that are withheld here or refuse training.

    A track that must not be shown does not steer what is shown, and a vector that nobody may learn from is no wish.
    """
    known = [position for position in positions if position < len(permitted.mask)]
    may = Standing.PERMITTED | Standing.NOT_LEARNED
    used = {position for position in known if permitted.standings[position] & may == Standing.PERMITTED}
    return Examples(tuple(sorted(used)), tuple(sorted(set(known) - used)))


def not_understood(
    request: PlaylistRequest,
    query: PromptQuery,
    model: Model,
    catalog: CatalogStore,
    context: ConsentContext,
    policy: Policy,
    permitted: Permitted,
    examples: Examples,
) -> tuple[NotUnderstood, ...]:
    """Say what of a request did not count; nothing where the catalog cannot be read, which is told by the shortfall."""
    try:
        told = unknown_references(request, catalog)
        withheld = dict.fromkeys(examples.unused, "")
        for wish in query.wishes:
            if wish.kind in (WishKind.LIKE_TITLE, WishKind.LIKE_ALBUM):
                named = usable(model.names.tracks(wish).tolist(), permitted)
                if named.unused and not named.used:
                    withheld[named.unused[0]] = wish.text
        facts = catalog.facts(list(withheld))[1] if withheld else {}
    except StoreError:
        return ()
    for position, text in withheld.items():
        decision = decide(facts[position], context, policy)
        because = "somebody refused that we learn from it" if decision.allowed else REASONS[decision.primary].meaning
        told.append(NotUnderstood(text or decision.track_id, f"it does not count as an example: {because}"))
    return tuple(told)


def unknown_references(request: PlaylistRequest, catalog: CatalogStore) -> list[NotUnderstood]:
    """Say which ids and names of a request the catalog does not have, with the nearest names."""
    lists = (request.seed_tracks, request.liked_tracks, request.disliked_tracks, request.exclude_tracks)
    ids = list(dict.fromkeys(track_id for named in lists for track_id in named))
    known = catalog.positions_of(ids) if ids else {}
    told = [NotUnderstood(track_id, "the catalog has no track of this id") for track_id in ids if track_id not in known]
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
            told.append(
                NotUnderstood(name, f"no {kind} of the catalog bears this name{f'; near are {near}' if near else ''}")
            )
    return told
