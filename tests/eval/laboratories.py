"""A laboratory of our own: ten tracks in memory, four of them alike, and what four listeners play."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from catalog.consent import ConsentContext, learnable
from catalog.listening import Play, SavedPlaylist
from catalog.tracks import Track, TrackId
from eval.systems.holdout import Laboratory, Withheld
from recommender.indexes.collaborative import CollaborativeModel, NeighbourModel
from recommender.indexes.encoders import Encoder
from recommender.indexes.vectors import FlatVectorIndex
from recommender.playlist_recommender import PlaylistRecommender
from recommender.tracks.texts import describe
from recommender.training.learning import listening_rows
from tests.homes import WordEncoder, licensed, recommending
from tests.strategies import NOON

DE = ConsentContext("DE", NOON)

_DRONE = Track(TrackId("drone-1"), "Drone", "Nobody Much", tags=("ambient", "drone"))

TRACKS = (
    Track(TrackId("rain"), "Slow Rain", "Marta Quell", tags=("jazz", "piano")),
    _DRONE,
    Track(TrackId("fire"), "Loud Fire", "Ansel Ida", tags=("metal", "guitar")),
    Track(TrackId("moss"), "Moss", "Tilda Brook", tags=("jazz", "guitar")),
    replace(_DRONE, track_id=TrackId("drone-2")),
    Track(TrackId("tide"), "Tide", "Orla Fenn", tags=("ambient", "sea")),
    replace(_DRONE, track_id=TrackId("drone-3")),
    Track(TrackId("lamp"), "Lamp", "Juno Park", tags=("piano",)),
    Track(TrackId("dust"), "Dust", "Wim Laar", tags=("folk",)),
    replace(_DRONE, track_id=TrackId("drone-4")),
)
"""All but "dust" are licensed. The drones say the same, and nobody played them: no system can know one from another."""

PLAYS = (
    Play("ann", TrackId("rain"), plays=3),
    Play("ann", TrackId("moss")),
    Play("bob", TrackId("fire")),
    Play("bob", TrackId("moss"), plays=2),
    Play("cat", TrackId("lamp")),
    Play("cat", TrackId("rain")),
    Play("dan", artist="Orla Fenn", plays=5),
    Play("dan", TrackId("lamp")),
)
PLAYLISTS = (SavedPlaylist("evening", (TrackId("rain"), TrackId("lamp"), TrackId("tide"))),)


@contextmanager
def small_laboratory(
    folder: Path,
    encoder: Encoder | None = None,
    plays: Sequence[Play] = PLAYS,
    playlists: Sequence[SavedPlaylist] = PLAYLISTS,
) -> Iterator[Laboratory]:
    """Open a laboratory of `TRACKS` in a folder; without an `encoder` texts that share words are near."""
    encoder = encoder or WordEncoder()
    with recommending(folder, TRACKS, licensed(track for track in TRACKS if track.track_id != "dust")) as opened:
        store, features = opened.catalog, opened.model.features
        with store.writing() as writer:
            writer.put_plays(plays)
            writer.put_playlists(playlists)
        texts = [describe(track, {}) for track in TRACKS]
        allowed = learnable(store, NOON)
        rows = listening_rows(store, TRACKS, features, allowed)
        factors = rows.fit()
        model = replace(
            opened.model,
            encoder=encoder,
            vectors=FlatVectorIndex.of([np.asarray(encoder.encode([text.sentence for text in texts]))]),
            collaborative=None if factors is None else CollaborativeModel(factors, features.artist, allowed),
            neighbours=None if factors is None else NeighbourModel.fit(rows.matrix(), features.artist),
        )
        product = PlaylistRecommender(folder, store, model)
        yield Laboratory(product, TRACKS, texts, rows.names, rows.matrix(), Withheld(), ())
