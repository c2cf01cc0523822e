"""Catalogs of any size for measuring: random tags and vectors, a deal for a chosen share of the tracks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from catalog.records import ConsentRecord, Subject, SubjectKind
from catalog.rights import Deal, UseType
from catalog.store import CatalogStore
from catalog.tracks import Track, artist_key
from recommender.bundles import Bundle
from recommender.encoders import Encoder, Vectors
from recommender.lexical_index import LexicalIndex
from recommender.model import Model
from recommender.name_index import CatalogNames, NameIndex
from recommender.pipeline import PlaylistRecommender
from recommender.track_features import TrackFeatures
from recommender.track_texts import describe
from recommender.vector_index import FlatVectorIndex

DEAL = Deal(use_types=frozenset({UseType.ON_DEMAND_STREAM}), licensor="Benchmark Records")
TAGS = (
    *(f"{kind}{number}" for kind in ("genre", "mood", "place", "tempo") for number in range(60)),
    *["mellow", "acoustic", "guitar", "rainy", "afternoon"],
)


def random_recommender(home: Path, size: int, permitted: float, encoder: Encoder) -> PlaylistRecommender:
    """Return a recommender over `size` random tracks, of which a share (0 to 1) has a deal; its store lies in `home`."""
    rng = np.random.default_rng(0)
    tracks = list(_tracks(size, rng))
    store = CatalogStore.open(home / "catalog.sqlite")
    licensed = np.flatnonzero(rng.random(size) < permitted).tolist()
    with store.writing() as writer:
        writer.put_tracks(tracks)
        writer.append(ConsentRecord(Subject(SubjectKind.TRACK, f"track-{number}"), DEAL) for number in licensed)
    texts = [describe(track, {}) for track in tracks]
    artists = NameIndex.build([artist_key(track.artist) for track in tracks])
    titles = NameIndex.build([artist_key(track.title) for track in tracks])
    model = Model(
        Bundle("benchmark", home, {"catalog_version": str(size), "tracks": size}),
        encoder,
        FlatVectorIndex.build(_vectors(size, encoder.dimensions, rng)),
        LexicalIndex.build(texts),
        CatalogNames(artists, titles),
        TrackFeatures.of(tracks, np.zeros(size)),
        None,
    )
    return PlaylistRecommender(home, store, model)


def _tracks(size: int, rng: np.random.Generator) -> Iterator[Track]:
    tags = rng.integers(0, len(TAGS), size=(size, 6))
    popularity = rng.pareto(1.2, size)
    for number in range(size):
        yield Track(
            f"track-{number}",
            f"Song {number}",
            f"Artist {number % (size // 8 + 1)}",
            tags=tuple(TAGS[tag] for tag in tags[number]),
            duration_s=float(120 + number % 240),
            year=1960 + number % 65,
            popularity=float(popularity[number]),
        )


def _vectors(size: int, dimensions: int, rng: np.random.Generator) -> Vectors:
    vectors = rng.standard_normal((size, dimensions), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
