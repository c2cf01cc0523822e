"""From a catalog to a bundle: texts, vectors, indexes, factors; only what changed is encoded again."""

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog.arrays import Mask, Numbers, Vectors
from catalog.consent import learnable
from catalog.names import identity
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Track
from recommender.blending import SHIPPED, Ranker
from recommender.bundles import Bundle, BundleError, building, intact_bundle, switch
from recommender.indexes.collaborative import ITERATIONS, PLAYLIST_PLAYS, ListeningRows
from recommender.indexes.encoders import DEFAULT_MODEL, Encoder, OnnxEncoder, export_encoder, model_fingerprint
from recommender.indexes.lexical import LexicalIndex
from recommender.indexes.names import CatalogNames
from recommender.indexes.tag_reader import TagReader
from recommender.indexes.tag_view import TagView
from recommender.indexes.tags import TagIndex
from recommender.indexes.vectors import FlatVectorIndex, build_index
from recommender.model import Model
from recommender.tracks.features import TrackFeatures, is_counted
from recommender.tracks.texts import TrackText, describe, tags_of
from recommender.training.learning import SAMPLED, learn_items, learn_ranker

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""`with progress("what", total) as advance: advance(how_many)`."""


def build(home: Path, at: datetime, progress: Progress, model: Path = DEFAULT_MODEL) -> Bundle:
    """Build a bundle from the catalog in `home` and switch to it.

    Vectors of texts that the bundle in use already has are taken from it. Raises BundleError when the catalog is empty or
    another process is building, EncoderError when the model cannot be used.
    """
    with open_store(home) as store, building(home) as folder:
        if not store.track_count():
            raise BundleError(f"the catalog in {home} is empty; run `consonance import` first")
        catalog_version = store.version()
        fingerprint = model_fingerprint(model)
        previous = intact_bundle(home)
        if previous is not None and previous.about.get("encoder") != fingerprint:
            previous = None
        tracks, texts = _read(store, progress)
        encoder = _encoder(folder, previous, model, progress)
        build_index([_vectors(texts, encoder, previous, folder, progress)]).save(folder / "vectors.faiss")
        LexicalIndex.build(texts).save(folder)
        allowed = learnable(store, at)[: len(tracks)]
        features = TrackFeatures.of(tracks, listeners_of(store, allowed))
        features.save(folder)
        tags = _tags(store, tracks, encoder, previous)
        CatalogNames.build(tracks, features.popularity, tags).save(folder)
        if (reader := TagReader.shipped(fingerprint)) is not None:
            TagView.build(tags, features.artist, encoder, reader).save(folder)
        about = {"tracks": len(tracks), "catalog_version": catalog_version, "encoder": fingerprint}
        _learn(store, tracks, features, allowed, Bundle("unfinished", folder, about), progress)
        return switch(home, folder, about)


def _read(store: CatalogStore, progress: Progress) -> tuple[list[Track], list[TrackText]]:
    artists = store.artists_by_name()
    tracks: list[Track] = []
    texts: list[TrackText] = []
    with progress("Reading tracks", store.track_count()) as advance:
        for track in store.all_tracks():
            tracks.append(track)
            texts.append(describe(track, artists))
            if len(tracks) % 1000 == 0:
                advance(1000)
        advance(len(tracks) % 1000)
    return tracks, texts


def _encoder(folder: Path, previous: Bundle | None, model: Path, progress: Progress) -> OnnxEncoder:
    with progress("Exporting the encoder", 1) as advance:
        if previous is None:
            export_encoder(folder, model)
        else:
            for name in ("encoder.onnx", "tokenizer.json"):
                _link(previous.folder / name, folder / name)
        advance(1)
    return OnnxEncoder(folder, threads=os.cpu_count() or 1)


def _link(source: Path, target: Path) -> None:
    """Share the bytes where the file system can; bundles never change."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _vectors(
    texts: Sequence[TrackText], encoder: Encoder, previous: Bundle | None, folder: Path, progress: Progress
) -> Vectors:
    digests = [hashlib.blake2b(text.sentence.encode(), digest_size=16).digest() for text in texts]
    known: dict[bytes, Vectors] = {}
    if previous is not None:
        kept: npt.NDArray[np.uint8] = np.load(previous.folder / "text_digests.npy")
        vectors = FlatVectorIndex.load(previous.folder / "vectors.faiss").vectors()
        known = {digest.tobytes(): vector for digest, vector in zip(kept, vectors, strict=True)}
    missing = {digest: text.sentence for digest, text in zip(digests, texts, strict=True) if digest not in known}
    with progress("Encoding texts", len(missing)) as advance:
        known.update(zip(missing, encoder.encode(list(missing.values()), advance), strict=True))
    np.save(folder / "text_digests.npy", np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 16))
    return np.stack([known[digest] for digest in digests])


def _tags(store: CatalogStore, tracks: Sequence[Track], encoder: Encoder, previous: Bundle | None) -> TagIndex:
    artists = store.artists_by_name()
    before = None if previous is None else TagIndex.load(previous.folder)
    known = {} if before is None else dict(zip(before.keys, before.vectors, strict=True))
    return TagIndex.build((tags_of(track, artists) for track in tracks), encoder, known)


def listeners_of(store: CatalogStore, allowed: Mask) -> Numbers:
    """Count who holds each track, listeners and playlists: not plays, because one listener can play a track all day.

    Tracks that are not `allowed` (bool of shape (tracks,)) to be learned from count for nothing.
    """
    played = (position for _, position, _, _ in store.track_plays())
    collected = (position for _, _, positions in store.playlists() for position in set(positions))
    held = np.fromiter(chain(played, collected), dtype=np.int64)
    return np.asarray(np.bincount(held[held < len(allowed)], minlength=len(allowed)) * allowed, dtype=np.float64)


def _learn(
    store: CatalogStore,
    tracks: Sequence[Track],
    features: TrackFeatures,
    allowed: Mask,
    bundle: Bundle,
    progress: Progress,
) -> None:
    Ranker(SHIPPED).save(bundle.folder)
    with progress("Reading listening", 1) as advance:
        rows = listening_rows(store, tracks, features, allowed)
        advance(1)
    with progress("Learning from listening", ITERATIONS) as advance:
        learned = learn_items(rows, advance)
    if learned is not None:
        for items in learned:
            items.save(bundle.folder)
        with progress("Learning what channels are worth", 2 * SAMPLED) as advance:
            ranker = learn_ranker(Model.of(bundle), rows, advance, counted=is_counted(tracks))
            ranker.save(bundle.folder)


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
