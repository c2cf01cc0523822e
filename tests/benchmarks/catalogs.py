"""Catalogs of any size for measuring: random tags and vectors, and consent records such as a large catalog has."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from catalog.disclosures import AiDisclosure, AiFacet, AiLevel
from catalog.flags import Flag, FlagKind, FlagState, Takedown
from catalog.records import ConsentRecord, Subject, SubjectKind, Terms
from catalog.rights import Deal, Period, TerritoryScope, UseType
from catalog.store import CatalogStore
from catalog.tracks import Territory, Track, artist_key
from recommender.bundles import Bundle
from recommender.encoders import Encoder, Vectors
from recommender.lexical_index import LexicalIndex
from recommender.model import Model
from recommender.name_index import CatalogNames, NameIndex
from recommender.pipeline import PlaylistRecommender
from recommender.track_features import TrackFeatures
from recommender.track_texts import describe
from recommender.vector_index import FlatVectorIndex

PROMPTS = (
    "mellow acoustic guitar for a rainy afternoon",
    "rainy sunday jazz, no vocals",
    "fast punk rock for a run, 150 bpm",
    "calm piano to fall asleep",
    "90s electronic music, late at night",
)
"""What the catalogs are asked for; some of their tags are words of these."""

TAGS = (
    *(f"{kind}{number}" for kind in ("genre", "mood", "place", "tempo") for number in range(60)),
    *["mellow", "acoustic", "guitar", "rainy", "afternoon"],
)
TRACKS_PER_ARTIST = 8
LABELS = 500
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
DAYS = 9000
"""Deals begin on one of so many days from the first."""


def random_recommender(home: Path, size: int, permitted: float, encoder: Encoder) -> PlaylistRecommender:
    """Return a recommender over `size` random tracks, of which a share (0 to 1) is permitted in DE."""
    tracks = random_tracks(size)
    store = CatalogStore.open(home / "catalog.sqlite")
    fill(store, tracks, {"DE": permitted})
    return PlaylistRecommender(home, store, random_model(home, tracks, encoder))


def random_tracks(size: int) -> list[Track]:
    """Return `size` tracks, by one artist for every eight."""
    rng = np.random.default_rng(0)
    tags = rng.integers(0, len(TAGS), size=(size, 6))
    popularity = rng.pareto(1.2, size)
    return [
        Track(
            f"track-{number}",
            f"Song {number}",
            f"Artist {number % _artists(size)}",
            tags=tuple(TAGS[tag] for tag in tags[number]),
            duration_s=float(120 + number % 240),
            year=1960 + number % 65,
            popularity=float(popularity[number]),
        )
        for number in range(size)
    ]


def random_model(home: Path, tracks: Sequence[Track], encoder: Encoder) -> Model:
    """Return a model of random tracks, in memory, that finds each by a random vector."""
    size = len(tracks)
    texts = [describe(track, {}) for track in tracks]
    return Model(
        Bundle("benchmark", home, {"catalog_version": str(size), "tracks": size}),
        encoder,
        FlatVectorIndex.build(_vectors(size, encoder.dimensions)),
        LexicalIndex.build(texts),
        CatalogNames(
            NameIndex.build([artist_key(track.artist) for track in tracks]),
            NameIndex.build([artist_key(track.title) for track in tracks]),
        ),
        TrackFeatures.of(tracks, np.zeros(size)),
        None,
    )


def fill(store: CatalogStore, tracks: Sequence[Track], licensed: Mapping[Territory, float]) -> None:
    """Commit random tracks and their consent records, of which `licensed` says the share (0 to 1) in each territory.

    Every track has a record of its deal, if it has one: an artist's tracks have equal ones, different artists' differ by
    label, day and territories. Of a hundred tracks 10 have a disclosure, 5 a suspicion too slight to withhold them and 2 a
    take-down that was lifted, so that the deals alone decide what is permitted.
    """
    with store.writing() as writer:
        writer.put_tracks(tracks)
        writer.append(_records(tracks, licensed))


def _records(tracks: Sequence[Track], licensed: Mapping[Territory, float]) -> Iterator[ConsentRecord]:
    rng = np.random.default_rng(1)
    deals = [_deal(place, licensed, rng) for place in (rng.permutation(_artists(len(tracks))) / _artists(len(tracks)))]
    for number, (track, chance) in enumerate(zip(tracks, rng.random(len(tracks)).tolist(), strict=True)):
        for terms in (deals[number % len(deals)], _remark(chance)):
            if terms is not None:
                yield ConsentRecord(Subject(SubjectKind.TRACK, track.track_id), terms)


def _deal(place: float, licensed: Mapping[Territory, float], rng: np.random.Generator) -> Deal | None:
    """Return the deal of the artist who comes at `place` (0 to 1) among all: none beyond every territory's share."""
    territories = frozenset(territory for territory, share in licensed.items() if place < share)
    if not territories:
        return None
    return Deal(
        TerritoryScope(territories),
        frozenset({UseType.ON_DEMAND_STREAM}),
        period=Period(FIRST_DAY + timedelta(days=int(rng.integers(DAYS)))),
        licensor=f"Label {rng.integers(LABELS)}",
    )


def _remark(chance: float) -> Terms | None:
    """Return what is on record beside the deal, for a number drawn evenly from 0 to 1."""
    if chance < 0.07:
        return AiDisclosure(AiLevel.NONE)
    if chance < 0.10:
        return AiDisclosure(AiLevel.PARTLY, ((AiFacet.PRODUCTION, AiLevel.PARTLY),))
    if chance < 0.15:
        return Flag(FlagKind.SPAM_VOLUME, FlagState.OPEN, score=chance)
    if chance < 0.17:
        return Takedown(period=Period(FIRST_DAY, FIRST_DAY + timedelta(days=chance * DAYS)), reason="settled")
    return None


def _artists(size: int) -> int:
    return size // TRACKS_PER_ARTIST + 1


def _vectors(size: int, dimensions: int) -> Vectors:
    vectors = np.random.default_rng(2).standard_normal((size, dimensions), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
