"""Catalogs and models of our own making: in memory with an encoder of a few lines, or built into a home."""

import atexit
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from catalog.arrays import Vectors
from catalog.consent import parse_record
from catalog.listening import Play, SavedPlaylist
from catalog.storage.store import SqliteCatalogStore
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Artist, Track, TrackId
from recommender.blending import SHIPPED, Ranker, Weights
from recommender.bundles import Bundle, building, current_version, open_bundle, switch
from recommender.indexes.collaborative import CollaborativeModel, NeighbourModel
from recommender.indexes.lexical import LexicalIndex
from recommender.indexes.names import CatalogNames
from recommender.indexes.tags import TagIndex
from recommender.indexes.vectors import FlatVectorIndex
from recommender.model import Model
from recommender.playlist_recommender import PlaylistRecommender
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import describe, tags_of, words
from recommender.training.building import build
from recommender.training.parts import take_over
from tests.readers import reader_of
from tests.strategies import NOON, Row


class WordEncoder:
    """Encodes a text as the sum of its words' directions: texts that share words are near. Same interface, no model."""

    dimensions = 64

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        vectors = np.array([self._sum(text) for text in texts], np.float32).reshape(len(texts), self.dimensions)
        if progress is not None:
            progress(len(texts))
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    def _sum(self, text: str) -> Vectors:
        return np.asarray(np.sum([_direction(word) for word in words(text) or [""]], axis=0), dtype=np.float32)


@cache
def _direction(word: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).standard_normal(WordEncoder.dimensions).astype(np.float32)


def model_of(
    tracks: Sequence[Track],
    collaborative: CollaborativeModel | None = None,
    neighbours: NeighbourModel | None = None,
) -> Model:
    """Build a model of tracks in memory, with a `WordEncoder`."""
    texts = [describe(track, {}) for track in tracks]
    encoder = WordEncoder()
    tags = TagIndex.build((tags_of(track, {}) for track in tracks), encoder)
    names = CatalogNames.build(tracks, np.zeros(len(tracks), np.float32), tags)
    return Model(
        Bundle("in memory", Path(), {"tracks": len(tracks), "catalog_version": f"{len(tracks)}-1"}),
        encoder,
        FlatVectorIndex.of([encoder.encode([text.sentence for text in texts])]),
        LexicalIndex.build(texts),
        names,
        reader_of(names),
        TrackFeatures.of(tracks, np.zeros(len(tracks))),
        collaborative,
        neighbours,
        None,
        Ranker(SHIPPED),
    )


def fill(
    store: CatalogStore, tracks: Iterable[Track] = (), said: Iterable[Row] = (), entered_by: str | None = None
) -> None:
    """Commit tracks and consent records, in the JSON form, in one transaction."""
    with store.writing(entered_by) as writer:
        writer.put_tracks(tracks)
        writer.append([parse_record(row) for row in said])


@contextmanager
def recommending(
    folder: Path,
    tracks: Sequence[Track],
    said: Iterable[Row],
    *,
    kind: type[SqliteCatalogStore] = SqliteCatalogStore,
    collaborative: CollaborativeModel | None = None,
    neighbours: NeighbourModel | None = None,
) -> Iterator[PlaylistRecommender]:
    """Open a recommender over a store on disk and a model in memory."""
    with kind(folder) as store:
        fill(store, tracks, said)
        (folder / "current").write_text("in memory\n")
        yield PlaylistRecommender(folder, store, model_of(tracks, collaborative, neighbours))


def licensed(tracks: Iterable[Track], **limits: object) -> list[Row]:
    """Return a deal for each track, without limits but those given."""
    return [{"kind": "deal", "track_id": track.track_id, **limits} for track in tracks]


def named(name: str, **known: object) -> Track:
    """Return a track whose id is its title in lower case."""
    return replace(Track(name.lower().replace(" ", "-"), name, "Ada Quill"), **known)  # type: ignore[arg-type]


SMALL_CATALOG = [
    Track(TrackId("rain"), "Rain on Tin", "Ada Quill", album="Harbour", year=1994, duration_s=201, genres=("jazz",)),
    Track(TrackId("tide"), "Tide Table", "Ada Quill", year=2003, duration_s=187, tags=("calm", "sea")),
    Track(TrackId("lamp"), "Lamplight", "The Ferrymen", year=2024, duration_s=244, genres=("folk",), instrumental=True),
    Track(TrackId("moss"), "Moss", "Kestrel Choir", duration_s=305, tempo_bpm=64),
    Track(TrackId("glow"), "Glow", "Ida Mole", year=1999, duration_s=222, genres=("house",), energy=0.9, explicit=True),
    Track(TrackId("ford"), "The Ford", "Ida Mole", year=1998, duration_s=198, instruments=("piano",), energy=0.2),
]


@contextmanager
def silent(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show no progress."""
    yield lambda advanced: None


@cache
def built_home() -> Path:
    """Build `SMALL_CATALOG` with the embedded model once for all tests that want it (15 s); it goes when they end.

    Whoever changes it works on a `copied_home`.
    """
    home = Path(mkdtemp(prefix="home-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    with open_store(home) as store, store.writing() as writer:
        writer.put_tracks(SMALL_CATALOG)
        writer.put_artists([Artist("Kestrel Choir", ("choral", "a cappella"))])
        writer.put_plays(
            [
                Play("ann", TrackId("rain"), plays=3),
                Play("ann", TrackId("tide")),
                Play("bob", TrackId("glow")),
                Play("bob", TrackId("ford")),
            ]
        )
        writer.put_playlists([SavedPlaylist("evening", (TrackId("rain"), TrackId("lamp")), "Evening")])
        writer.append([parse_record(row) for row in licensed(SMALL_CATALOG)])
    build(home, NOON, silent)
    return home


def copied_home(target: Path) -> Path:
    """Copy the built home to where it may be changed; the files of bundles are linked, for they never change."""

    def copy(source: str, destination: str) -> None:
        (os.link if "bundles" in source else shutil.copy2)(source, destination)

    shutil.copytree(built_home(), target, copy_function=copy)
    return target


def forget_parts(home: Path) -> None:
    """Leave of the bundle in use untold what its parts are made from, so that the next build makes them all."""
    bundle = open_bundle(home)
    with building(home) as folder:
        for path in bundle.folder.iterdir():
            if path.name != "manifest.json":
                take_over(path, folder)
        switch(home, folder, {key: value for key, value in bundle.about.items() if key != "made_from"})


def reweighed(home: Path, channel: str) -> Bundle:
    """Switch to a bundle that differs from the one in use in its weights: one channel counts alone. No bundle leaves."""
    bundle = open_bundle(home)
    with building(home) as folder:
        for path in bundle.folder.iterdir():
            if path.name not in ("manifest.json", "ranker.json"):
                take_over(path, folder)
        Ranker({name: Weights({channel: 1.0}) for name in SHIPPED}).save(folder)
        return switch(home, folder, bundle.about, needed=lambda versions: versions)


def exported_encoder() -> Path:
    """Return a folder with the embedded model as it is exported."""
    home = built_home()
    return home / "bundles" / str(current_version(home))
