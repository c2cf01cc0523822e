"""Catalogs of any size for measuring: the demo's tracks shuffled, and consent records such as a large catalog has.

A track is described like one of the demo's (some of its words dropped) and named like another, so that words are as frequent
as in a real catalog and prompts find some. Its vector lies between those of the two, a little aside: as unevenly spread as
texts are, where random directions would all be equally far from a prompt. Encoding a million texts would take hours.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog.arrays import Vectors
from catalog.consent import (
    AiDisclosure,
    AiFacet,
    AiLevel,
    ConsentRecord,
    Deal,
    Flag,
    FlagKind,
    FlagState,
    Period,
    Subject,
    SubjectKind,
    Takedown,
    Terms,
    TerritoryScope,
    UseType,
)
from catalog.demo.generator import generate
from catalog.stores import CatalogStore
from catalog.tracks import Territory, Track
from recommender.bundles import Bundle, building, switch
from recommender.indexes.encoders import OnnxEncoder
from recommender.indexes.vectors import FlatVectorIndex
from recommender.tracks.texts import describe
from recommender.training.building import build

PROMPTS = (
    "mellow acoustic guitar for a rainy afternoon",
    "rainy sunday jazz, no vocals",
    "fast punk rock for a run, 150 bpm",
    "calm piano to fall asleep",
    "90s electronic music, late at night",
)
"""What the catalogs are asked for."""

SOURCES = 720
"""Tracks of the demo that the others are made from."""
KEPT_WORDS = 0.8
NAMED, ASIDE = 0.6, 0.25
"""How long the vector of a track's name is, and how far it lies aside, against that of its description."""
TRACKS_PER_ARTIST = 8
LABELS = 500
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
DAYS = 9000
"""Deals begin on one of so many days from the first."""


def random_tracks(size: int) -> list[Track]:
    """Return `size` tracks, by one artist for every eight."""
    sources, (described, named) = _sources(), _pairs(size)
    rng = np.random.default_rng(0)
    popularity = rng.pareto(1.2, size)
    tracks = []
    for number, (sound, name) in enumerate(zip(described.tolist(), named.tolist(), strict=True)):
        like, called, artist = sources[sound], sources[name], number % _artists(size)
        kept = iter((rng.random(32) < KEPT_WORDS).tolist())
        genres, moods, instruments, tags = (
            tuple(word for word in words if next(kept))
            for words in (like.genres, like.moods, like.instruments, like.tags)
        )
        tracks.append(
            replace(
                like,
                track_id=f"track-{number}",
                title=called.title,
                artist=f"{sources[artist % SOURCES].artist} {artist}",
                artist_id=f"artist-{artist}",
                album=called.album,
                isrc=None,
                genres=genres,
                moods=moods,
                instruments=instruments,
                tags=tags,
                popularity=float(popularity[number]),
            )
        )
    return tracks


def build_random(home: Path, tracks: Sequence[Track], source: Bundle) -> None:
    """Build the bundle of random tracks, which are in the catalog of `home` already, with the encoder of another bundle.

    The vectors are laid down as those of a bundle in use, from which a build takes what it has.
    """
    with building(home) as folder:
        for path in (*source.folder.glob("encoder.*"), source.folder / "tokenizer.json", *source.folder.glob("tag_*")):
            (folder / path.name).write_bytes(path.read_bytes())
        FlatVectorIndex.of([_vectors(len(tracks), OnnxEncoder(folder, threads=2))]).save(folder / "vectors.faiss")
        digests = (hashlib.blake2b(describe(track, {}).sentence.encode(), digest_size=16).digest() for track in tracks)
        np.save(folder / "text_digests.npy", np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 16))
        switch(home, folder, source.about)
    build(home, datetime.now(UTC), _silently)


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


@cache
def _sources() -> tuple[Track, ...]:
    tracks = generate().tracks
    return tracks[:: len(tracks) // SOURCES][:SOURCES]


def _pairs(size: int) -> npt.NDArray[np.int64]:
    """Return the rows in `_sources` that describe and that name each track, int64 of shape (2, size)."""
    return np.random.default_rng(2).integers(SOURCES, size=(2, size))


def _vectors(size: int, encoder: OnnxEncoder) -> Vectors:
    of_sources = encoder.encode([describe(track, {}).sentence for track in _sources()])
    described, named = _pairs(size)
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((size, encoder.dimensions), dtype=np.float32)
    vectors *= ASIDE / encoder.dimensions**0.5
    vectors += of_sources[described]
    vectors += NAMED * of_sources[named]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _silently(what: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda done: None)
