"""From a catalog to a bundle: texts, vectors, indexes, factors; only what changed is encoded again."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog.arrays import Mask, Positions, Vectors
from catalog.consent import learnable
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Artist, Track
from recommender.bundles import Bundle, BundleError, Needed, building, intact_bundle, switch
from recommender.indexes.encoders import DEFAULT_MODEL, Encoder, OnnxEncoder, export_encoder, model_fingerprint
from recommender.indexes.lexical import LexicalIndex
from recommender.indexes.multilingual import MultilingualEncoder, unpack
from recommender.indexes.names import CatalogNames
from recommender.indexes.tag_reader import TagReader, TagView
from recommender.indexes.tags import TagIndex
from recommender.indexes.translations import English, TagMeanings
from recommender.indexes.vectors import BLOCK, FlatVectorIndex, build_index
from recommender.tracks.features import TrackFeatures, is_counted
from recommender.tracks.texts import TrackText, describe, tags_of
from recommender.training.learning import learn, listeners_of, listening_rows
from recommender.training.parts import Parts, Progress, take_over

Digests = npt.NDArray[np.uint8]
"""Digests of texts, of shape (texts, 16)."""


def build(
    home: Path,
    at: datetime,
    progress: Progress,
    model: Path = DEFAULT_MODEL,
    needed: Needed = lambda _: (),
) -> Bundle:
    """Build a bundle from the catalog in `home` and switch to it; of those before the last, what is `needed` stays.

    Vectors of texts that the bundle in use already has are taken from it, and so are parts that are made from what has not
    changed. Raises BundleError when the catalog is empty or another process is building, EncoderError when the model cannot
    be used.
    """
    with open_store(home, make=False) as store, building(home) as folder:
        if not store.track_count():
            raise BundleError(f"the catalog in {home} is empty; run `consonance import` first")
        catalog_version = store.version()
        fingerprint = model_fingerprint(model)
        previous = intact_bundle(home)
        if previous is not None and previous.about.get("encoder") != fingerprint:
            previous = None
        parts, artists = Parts(folder, previous, progress), store.artists_by_name()
        tracks, digests = _read(store, artists, folder, progress)
        encoder = _encoder(folder, previous, model, progress)
        allowed = learnable(store, at)[: len(tracks)]
        texts = TextVectors(digests, None if previous is None else previous.folder)
        texts.save(folder)
        with ThreadPoolExecutor(1) as pool:  # Encoding leaves the interpreter free for what needs no vectors.
            indexed = pool.submit(_index, store, tracks, artists, allowed, encoder, parts)
            missing = [describe(tracks[position], artists).sentence for position in texts.missing]
            with progress("Encoding texts", len(missing)) as advance:
                texts.encode(missing, encoder, advance)
            with progress("Indexing names and tags", 1) as advance:
                features, tags = indexed.result()
                advance(1)
        with progress("Reading listening", 1) as advance:
            rows = listening_rows(store, tracks, features, allowed)
            advance(1)
        counted, size = is_counted(tracks), len(tracks)
        del tracks  # What follows takes as much memory again.
        with progress("Indexing vectors", size) as advance:
            build_index(texts.blocks(advance)).save(folder / "vectors.faiss")
        if (reader := TagReader.shipped(fingerprint)) is not None:

            def read_tags() -> None:
                with progress("Reading tags", 1) as advance:
                    TagView.build(tags, features.artist, encoder, reader).save(folder)
                    advance(1)

            made_of = (*tags.content(), features.artist)
            parts.make("how tags are read", made_of, ("tag_reader.npz", "tag_view_*.npy"), read_tags)
        words = tuple(np.frombuffer(key.encode(), np.uint8) for key in tags.keys)
        parts.make("words of many languages", (), ("words_*",), partial(_put_words, folder))
        known = MultilingualEncoder(folder)
        parts.make(
            "what tags mean", words, ("tag_meanings.npy",), lambda: TagMeanings.build(tags.keys, known).save(folder)
        )
        about = {"tracks": size, "catalog_version": catalog_version, "encoder": fingerprint}
        learn(rows, features, Bundle("unfinished", folder, about), parts, progress, counted=counted)
        return switch(home, folder, {**about, "made_from": parts.made_from}, needed)


def _put_words(folder: Path) -> None:
    unpack(folder)
    English.build(folder, MultilingualEncoder(folder))


def _read(
    store: CatalogStore, artists: Mapping[str, Artist], folder: Path, progress: Progress
) -> tuple[list[Track], Digests]:
    """Read the tracks, and what they say: of the words an index is saved, of the sentences only digests are kept."""
    tracks: list[Track] = []
    digests = bytearray()

    def texts(advance: Callable[[int], None]) -> Iterator[TrackText]:
        for track in store.all_tracks():
            tracks.append(track)
            text = describe(track, artists)
            digests.extend(hashlib.blake2b(text.sentence.encode(), digest_size=16).digest())
            yield text
            if len(tracks) % 1000 == 0:
                advance(1000)
        advance(len(tracks) % 1000)

    with progress("Reading tracks", store.track_count()) as advance:
        LexicalIndex.build(texts(advance)).save(folder)
    return tracks, np.frombuffer(bytes(digests), np.uint8).reshape(-1, 16)


def _encoder(folder: Path, previous: Bundle | None, model: Path, progress: Progress) -> OnnxEncoder:
    with progress("Exporting the encoder" if previous is None else "As before: the encoder", 1) as advance:
        if previous is None:
            export_encoder(folder, model)
        else:
            for name in ("encoder.onnx", "tokenizer.json"):
                take_over(previous.folder / name, folder)
        advance(1)
    return OnnxEncoder(folder, threads=os.cpu_count() or 1)


def _index(
    store: CatalogStore,
    tracks: Sequence[Track],
    artists: Mapping[str, Artist],
    allowed: Mask,
    encoder: Encoder,
    parts: Parts,
) -> tuple[TrackFeatures, TagIndex]:
    """Save what needs no vectors of tracks: features, tags and names."""
    features = TrackFeatures.of(tracks, listeners_of(store, allowed), (tags_of(track, artists) for track in tracks))
    features.save(parts.folder)
    before = None if parts.previous is None else TagIndex.load(parts.previous.folder)
    known = {} if before is None else dict(zip(before.keys, before.vectors, strict=True))
    tags = TagIndex.build((tags_of(track, artists) for track in tracks), encoder, known)
    CatalogNames.build(tracks, features.popularity, tags).save(parts.folder)
    return features, tags


class TextVectors:
    """Vectors of tracks by the digests of their texts. Equal texts are encoded once, and kept in half precision."""

    def __init__(self, digests: Digests, before: Path | None) -> None:
        self._digests = digests
        self._before = before
        kept: Digests = np.zeros((0, 16), np.uint8) if before is None else np.load(before / "text_digests.npy")
        self._kept = len(kept)
        self._places = _places(kept, digests)
        self._fresh = np.zeros((0, 0), np.float16)
        first: dict[bytes, int] = {}
        for position in np.flatnonzero(self._places < 0).tolist():
            first.setdefault(digests[position].tobytes(), position)
        self.missing = list(first.values())
        """The first position of each text that has to be encoded."""

    def encode(self, texts: Sequence[str], encoder: Encoder, advance: Callable[[int], None]) -> None:
        """Encode the texts of the tracks that are `missing`; `advance` is told of each batch's size."""
        self._fresh = np.empty((len(texts), encoder.dimensions), np.float16)
        for first in range(0, len(texts), BLOCK):
            self._fresh[first : first + BLOCK] = encoder.encode(texts[first : first + BLOCK], advance)
        unknown = self._places < 0
        self._places[unknown] = self._kept + _places(self._digests[self.missing], self._digests[unknown])

    def blocks(self, advance: Callable[[int], None]) -> Iterator[Vectors]:
        """Yield the vectors of all tracks, in blocks; `advance` is told of each one's size when it is done with.

        The bundle's vectors are opened for each block anew: what was read of a mapped file stays in memory while it is open.
        """
        for first in range(0, len(self._places), BLOCK):
            places = self._places[first : first + BLOCK]
            kept = places < self._kept
            block = np.empty((len(places), self._fresh.shape[1]), np.float32)
            block[~kept] = self._fresh[places[~kept] - self._kept]
            if self._before is not None:
                block[kept] = FlatVectorIndex.load(self._before / "vectors.faiss").vectors_at(places[kept].tolist())
            yield block
            advance(len(places))

    def save(self, folder: Path) -> None:
        """Write the digests into a folder, where the next build finds them."""
        np.save(folder / "text_digests.npy", self._digests)


def _places(known: Digests, wanted: Digests) -> Positions:
    """Return where each of the wanted digests stands among the known ones, -1 where it does not."""
    if not len(known):
        return np.full(len(wanted), -1, np.int64)
    heads, sought = (digests.view(np.uint64)[:, 0] for digests in (known, wanted))
    order = np.argsort(heads, kind="stable")
    found = order[np.minimum(np.searchsorted(heads, sought, sorter=order), len(known) - 1)]
    return np.where((known[found] == wanted).all(axis=1), found, -1)
