"""What listening teaches: how many hold a track, who holds what, and the parts of a bundle that are learned from it."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from catalog.arrays import Mask, Numbers
from catalog.names import identity
from catalog.stores import CatalogStore
from catalog.tracks import Track
from recommender.blending import SHIPPED, Ranker
from recommender.bundles import Bundle
from recommender.indexes.collaborative import ITERATIONS, PLAYLIST_PLAYS, ListeningRows
from recommender.model import Model
from recommender.tracks.features import TrackFeatures
from recommender.training.learning import SAMPLED, learn_items, learn_ranker
from recommender.training.parts import Parts, Progress


def listeners_of(store: CatalogStore, allowed: Mask) -> Numbers:
    """Count who holds each track, listeners and playlists: not plays, because one listener can play a track all day.

    Tracks that are not `allowed` (bool of shape (tracks,)) to be learned from count for nothing.
    """
    played = (position for _, position, _, _ in store.track_plays())
    collected = (position for _, _, positions in store.playlists() for position in set(positions))
    held = np.fromiter(chain(played, collected), dtype=np.int64)
    return np.asarray(np.bincount(held[held < len(allowed)], minlength=len(allowed)) * allowed, dtype=np.float64)


def listening_rows(
    store: CatalogStore, tracks: Sequence[Track], features: TrackFeatures, allowed: Mask
) -> ListeningRows:
    """Collect what listeners and playlists hold; tracks that are not `allowed` (bool of shape (tracks,)) teach nothing."""
    codes = {identity(track.artist): int(code) for track, code in zip(tracks, features.artist, strict=True)}
    rows = ListeningRows(features.artist, allowed)
    for user_id, position, plays, _ in store.track_plays():
        if position < len(tracks):
            rows.add("listener", user_id, {position: plays}, {})
    for user_id, key, plays, _ in store.artist_plays():
        if key in codes:
            rows.add("listener", user_id, {}, {codes[key]: plays})
    for playlist_id, _, positions in store.playlists():
        held = {position: PLAYLIST_PLAYS for position in positions if position < len(tracks)}
        rows.add("playlist", playlist_id, held, {})
    return rows


def learn(
    rows: ListeningRows, features: TrackFeatures, bundle: Bundle, parts: Parts, progress: Progress, *, counted: bool
) -> None:
    """Make what is learned from listening: factors and neighbours, and what channels are worth (see `learn_ranker`).

    What channels are worth is learned with the descriptions of that day, and not again where only these change: that would
    take longer than all the rest of a build, and move the weights by chance.
    """
    playlists = np.array([kind == "playlist" for kind, _ in rows.names], dtype=bool)
    heard = (*rows.held, playlists, rows.artist_of_track, rows.learnable)

    def items() -> None:
        with progress("Learning from listening", ITERATIONS) as advance:
            for learned in learn_items(rows, advance) or ():
                learned.save(bundle.folder)

    def ranker() -> None:
        Ranker(SHIPPED).save(bundle.folder)
        if rows.names:
            with progress("Learning what channels are worth", 2 * SAMPLED) as advance:
                learn_ranker(Model.of(bundle), rows, advance, counted=counted).save(bundle.folder)

    parts.make("what listening teaches", heard, ("factors.npy", "learnable.npy", "neighbours_*.npy"), items)
    popularity = (np.array(counted), features.popularity, features.log_popularity)
    parts.make("what channels are worth", (*heard, *popularity), ("ranker.json",), ranker)
