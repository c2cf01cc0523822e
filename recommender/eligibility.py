"""Candidate filtering: permitted, not excluded by the listener, and in keeping with the hard wishes."""

import logging
from dataclasses import replace
from itertools import chain

import numpy as np

from catalog.arrays import Mask, Met
from catalog.consent import NO_PREFERENCES, ConsentContext, Permits, Permitted, Policy, Preferences, Standing
from catalog.names import search_form
from catalog.stores import CatalogStore
from recommender.model import Model
from recommender.prompts.reading import PromptQuery, WishKind
from recommender.prompts.wishes import NAMED, SHUNNED
from recommender.references import References, credited_positions
from recommender.requests import PlaylistRequest
from recommender.tracks.features import TrackFeatures

_LOG = logging.getLogger(__name__)

_NEGATED = frozenset(
    {WishKind.NOT_YEARS, WishKind.NOT_LANGUAGE, WishKind.NOT_TEMPO, WishKind.NOT_SONG_MINUTES, WishKind.NOT_VOICE}
)


def heard_about_ai(request: PlaylistRequest, policy: Policy, query: PromptQuery) -> tuple[PlaylistRequest, Policy]:
    """Return a request and its policy, tightened by what the prompt says of AI.

    "No AI" hides what is labelled as made with it, wholly or in part; "human made" asks for evidence of people as well. An
    audit withholds nothing, whatever is said.
    """
    said = {wish.value for wish in query.wishes if wish.kind is WishKind.AI}
    if not said or policy.audit:
        return request, policy
    policy = policy.human_only if "human" in said else policy
    return replace(request, preferences=replace(request.preferences, hide_ai=True)), policy


def permitted_tracks(
    context: ConsentContext,
    policy: Policy,
    preferences: Preferences,
    permits: Permits,
    model: Model,
    catalog: CatalogStore,
) -> Permitted:
    """Return the tracks that consent permits and the listener's preferences allow; none, with epoch -1, where consent cannot be read."""
    try:
        permitted = permits.permitted(context, policy)
    except Exception as error:  # whatever it is, nothing is known
        _LOG.warning("Consent cannot be read, so nothing plays: %s", error)
        return Permitted(np.zeros(0, dtype=np.uint8), -1)
    if preferences == NO_PREFERENCES:
        return permitted
    hidden = permitted.having(Standing.LABELLED) if preferences.hide_ai else np.zeros(len(permitted), bool)
    unwanted = [
        *credited_positions(sorted(preferences.blocked_artists), model, catalog),
        *chain.from_iterable(catalog.labelled(preferences.blocked_labels).values()),
    ]
    hidden[[position for position in unwanted if position < len(hidden)]] = True
    return permitted.without(hidden)


def known_tracks(request: PlaylistRequest, references: References, model: Model) -> Mask:
    """Return a mask of tracks that a prompt rules out because its listener knows them, bool of shape (tracks,).

    "Nothing I know" is every version of what they heard, "artists I don't know" all by the artists whom they heard.
    """
    wishes = references.query.wishes
    if not any(wish.kind is WishKind.NOVELTY and wish.value and wish.hard for wish in wishes):
        return np.zeros(len(model), dtype=bool)
    by_track, by_artist = references.plays
    heard = [*by_track, *references.positions(request.examples)]
    tracks = np.array([position for position in heard if position < len(model)], dtype=np.int64)
    features = model.features
    known = np.isin(features.song, features.song[tracks])
    if any(wish.kind is WishKind.NEW_ARTISTS for wish in wishes):
        known |= np.isin(features.artist, features.artist[tracks])
        for artist in map(search_form, by_artist):
            known[model.names.by(artist)] = True
    return known


def fitting_tracks(
    request: PlaylistRequest, references: References, model: Model, catalog: CatalogStore
) -> tuple[Mask, Mask]:
    """Return two masks, bool of shape (tracks,): what no hard wish excludes, and what is known to meet all; permitted or not.

    Of the years of a track too little is known to prefer every track from the nineties to all reggae of unknown years.
    """
    mask = np.ones(len(model), dtype=bool)
    query, tags = references.query, model.names.tags
    named = (*request.exclude_tracks, *request.disliked_tracks, *request.examples)
    mask[references.positions([*named, *(track_id for _, track_id in request.keep)])] = False
    mask[credited_positions(request.exclude_artists, model, catalog)] = False
    for wish in query.wishes:
        if wish.kind in SHUNNED.values():
            mask[references.tracks(wish)] = False
        elif wish.kind is WishKind.NOT_TAG and wish.hard:
            mask[tags.bearing(wish.value)] = False
    hard = [wish for wish in query.wishes if wish.hard]
    for only in (
        None if request.candidates is None else [references.positions(request.candidates)],
        [references.tracks(wish) for wish in hard if wish.kind in NAMED] or None,
        [tags.bearing(wish.value) for wish in hard if wish.kind is WishKind.TAG] or None,
    ):
        if only is not None:
            among = np.zeros(len(model), dtype=bool)
            among[np.concatenate(only).astype(np.int64)] = True
            mask &= among
    mask &= ~known_tracks(request, references, model)
    for phrase in query.excluded_words:
        mask[model.lexical.positions(phrase)] = False
    verified = mask.copy()
    for kind, met in wishes_met(query, model.features, hard=True).items():
        mask &= met != 0
        verified &= met != 0 if kind is WishKind.YEARS else met == 1
    return mask, verified


def narrowed(tracks: Permitted, mask: Mask) -> Permitted:
    """Intersect permitted tracks with a mask, bool of shape (tracks of the model,); the same object where nothing changes."""
    permitted = tracks.mask
    both, size = np.zeros_like(mask), min(len(mask), len(permitted))
    np.logical_and(mask[:size], permitted[:size], out=both[:size])
    if np.array_equal(both, permitted):
        return tracks
    return Permitted(np.uint8(Standing.PERMITTED) * both, tracks.epoch)


def wishes_met(query: PromptQuery, features: TrackFeatures, *, hard: bool) -> dict[WishKind, Met]:
    """Return for each kind of hard, or soft, wish whether tracks meet it (1, 0 or -1 for "not known").

    int8 of shape (tracks,). Wishes of one kind are alternatives, but of those for none of something all count.
    """
    by_kind: dict[WishKind, Met] = {}
    for wish in query.wishes:
        met = features.meets(wish) if wish.hard is hard else None
        if met is not None:
            join = np.minimum if wish.kind in _NEGATED else np.maximum
            by_kind[wish.kind] = join(by_kind.get(wish.kind, met), met)
    return by_kind
