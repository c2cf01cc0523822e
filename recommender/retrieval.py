"""The channels: each finds candidates for a prompt in its own way, and each only among the eligible tracks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from catalog.permits import Permitted
from recommender.blending import RankerSettings
from recommender.collaborative import Taste
from recommender.eligibility import Eligible
from recommender.encoders import Vectors
from recommender.model import Model
from recommender.playlists import Positions, ScoredTracks
from recommender.prompts import PromptQuery, WishKind
from recommender.track_texts import content_words, decayed

MOST_AROUND = 2000
"""Nearest tracks asked for at most in one scan that serves two purposes; beyond, sorting costs more than a second scan."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What a request says of its listener: a taste, whether it is their own history, and what they know already."""

    taste: Taste | None
    personal: bool
    known: frozenset[int]


def query_vector(model: Model, query: PromptQuery, seeds: Iterable[int]) -> Vectors | None:
    """Return what to look for as a unit vector: the topic, leaning to the tracks named as examples; None for neither."""
    seeds = sorted(seeds)
    parts = []
    if query.topic:
        parts.append(model.encoder.encode([query.topic])[0])
    if seeds:
        centre = model.vectors.vectors_at(seeds).mean(axis=0)
        parts.append(centre / max(float(np.linalg.norm(centre)), 1e-9))
    if not parts:
        return None
    total = np.sum(parts, axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), dtype=np.float32)


def example_tracks(model: Model, query: PromptQuery, limit: int = 50) -> list[int]:
    """Return the tracks that the prompt gives as examples ("like ARTIST", "like TITLE"), the most popular first."""
    found: list[Positions] = []
    for wish in query.wishes:
        if wish.kind is WishKind.LIKE_ARTIST:
            found.append(model.names.artists.positions(wish.value))
        elif wish.kind is WishKind.LIKE_TITLE:
            found.append(_titled(model, *wish.value))
    positions = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    order = np.lexsort((positions, -model.features.popularity[positions]))
    return [int(position) for position in positions[order][:limit]]


def named_tracks(model: Model, query: PromptQuery) -> Positions:
    """Return the tracks that the prompt names themselves: by an artist, or by their title."""
    found = [np.zeros(0, np.int64)]
    for wish in query.wishes:
        if wish.kind is WishKind.ARTIST:
            found.append(model.names.artists.positions(wish.value))
        elif wish.kind is WishKind.TITLE:
            found.append(_titled(model, *wish.value))
    return np.unique(np.concatenate(found))


def _titled(model: Model, title: str, artist: str | None) -> Positions:
    positions = model.names.titles.positions(title)
    if artist is None:
        return positions
    return np.intersect1d(positions, model.names.artists.positions(artist))


def surroundings(model: Model, vector: Vectors | None, least: int, k: int, eligible: Eligible) -> ScoredTracks:
    """Return the nearest tracks, permitted or not: at least `least`, to count what consent kept out of them.

    Where that is cheap they are so many that `k` eligible ones are probably among them: the dense channel takes those and
    needs no scan of its own, which with half of the tracks permitted would take twice as long as this one.
    """
    if vector is None:
        return ScoredTracks(np.zeros(0, np.int64), np.zeros(0, np.float32))
    reach = 2 * k * len(model) / max(eligible.count, 1)
    return model.vectors.nearest_of_all(vector, max(least, int(reach) if reach <= MOST_AROUND else 0))


def missed_tracks(model: Model, query: PromptQuery, near: ScoredTracks, least: int, permitted: Permitted) -> list[int]:
    """Return what consent keeps from this listener: of the `least` nearest tracks and those named, the ones not permitted."""
    size = len(permitted.mask)
    found = np.union1d(near.positions[:least], named_tracks(model, query)).tolist()
    return [position for position in found if position >= size or not permitted.mask[position]]


def _nearest(model: Model, vector: Vectors, k: int, eligible: Eligible, near: ScoredTracks) -> ScoredTracks:
    """Return the `k` nearest eligible tracks: those already `near` where they are enough, for then they are the very same."""
    inside = np.flatnonzero(eligible.mask[near.positions])[:k]
    if len(inside) == min(k, eligible.count):
        return ScoredTracks(near.positions[inside], near.scores[inside])
    return model.vectors.search(vector, k, eligible.bitmap)


def search_channels(
    model: Model,
    query: PromptQuery,
    history: tuple[str, ...],
    vector: Vectors | None,
    near: ScoredTracks,
    listener: Listener,
    eligible: Eligible,
    k: int,
    not_learned: Positions,
    settings: RankerSettings,
) -> Mapping[str, ScoredTracks]:
    """Return up to `k` candidates of every channel that has a weight and something to say, by channel name.

    The tracks at `not_learned` may be found by what is said of them, but not by what was learned of them.
    Popularity ranks the candidates that the other channels found, and behind them, where those are fewer than `k`, the
    most popular of the rest: with or without a weight, for lists must be full.
    """
    popularity = model.features.popularity
    channels: dict[str, ScoredTracks] = {}
    if vector is not None and settings.dense:
        channels["dense"] = _nearest(model, vector, k, eligible, near)
    if settings.lexical and (terms := lexical_terms(query, history)):
        channels["lexical"] = model.lexical.search(terms, k, eligible.mask, popularity)
    named = named_tracks(model, query)
    named = named[eligible.mask[named]]
    if len(named) and settings.names:
        order = np.lexsort((named, -popularity[named]))[:k]
        channels["names"] = ScoredTracks(named[order], popularity[named[order]])
    if settings.collaborative and listener.taste is not None and model.collaborative is not None:
        known = listener.known.union(not_learned.tolist())
        channels["collaborative"] = model.collaborative.search(listener.taste, k, eligible.mask, known)
    found = np.unique(np.concatenate([np.zeros(0, np.int64), *(one.positions for one in channels.values())]))
    rest = np.setdiff1d(np.flatnonzero(eligible.mask), found) if len(found) < k else np.zeros(0, np.int64)
    ranked = [among[np.lexsort((among, -popularity[among]))] for among in (found, rest)]
    popular = np.concatenate(ranked)[:k]
    channels["popularity"] = ScoredTracks(popular, popularity[popular])
    return {name: candidates for name, candidates in channels.items() if len(candidates)}


def lexical_terms(query: PromptQuery, history: tuple[str, ...]) -> dict[str, float]:
    """Return the words to look up with their weights: the prompt's in full, earlier turns' less and less."""
    excluded = {word for phrase in query.excluded_words for word in content_words(phrase)}
    terms: dict[str, float] = {}
    for text, weight in decayed([*history, query.topic]):
        for word in content_words(text):
            if word not in excluded:
                terms[word] = max(terms.get(word, 0.0), weight)
    return terms
