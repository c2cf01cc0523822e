"""What no system learns from or sees: the listening that queries were made from, leaks of it, and files with the answers.

A listener or a playlist that is judged on is unseen as a whole by whatever is learned (popularity, neighbours, factors);
where queries are split by time, so is everything that anybody played from then on, or at an instant that nobody noted. What
the judged listener did besides is known when they ask, as it would be to a service; what they are to be offered is not.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_matrix

from catalog.arrays import Codes, Column, Mask, Vectors
from catalog.consent import learnable
from catalog.instants import microseconds
from catalog.names import identity
from catalog.stores import CatalogStore
from catalog.tracks import Position, Track, TrackId
from eval.identity import digest, libraries, sources
from eval.kept import keep, kept, one_at_a_time
from eval.queries import ARTIST_TAGS, Query
from recommender.blending import Ranker
from recommender.bundles import BundleError
from recommender.indexes.collaborative import ITERATIONS, CollaborativeModel, ListeningRows, NeighbourModel
from recommender.indexes.lexical import LexicalIndex
from recommender.indexes.vectors import FlatVectorIndex
from recommender.model import Model
from recommender.playlist_recommender import PlaylistRecommender
from recommender.tracks.features import TrackFeatures, is_counted
from recommender.tracks.texts import TrackText, describe
from recommender.training.learning import SAMPLED, learn_items, learn_ranker, listeners_of, listening_rows
from recommender.training.parts import Progress

LEAKED, LEAST_LEAKED = 0.9, 5
"""The share of a query's wanted tracks that one listener or playlist holds, and the fewest of them, that are no accident.

Tastes overlap: where nothing leaks, some listener holds as much for 2 to 3 % of the queries made from playlists and plays (at
0.8, for a tenth).
"""

_sealed: set[str] = set()


@contextmanager
def sealed(files: Iterable[Path]) -> Iterator[None]:
    """Let nobody in this process open these files: a system that looks up the answers fails, and says at which file.

    For what opens files in Python. Raises PermissionError in the one who tries.
    """
    _watch()
    added = {os.path.realpath(file) for file in files} - _sealed
    _sealed.update(added)
    try:
        yield
    finally:
        _sealed.difference_update(added)


@cache
def _watch() -> None:
    """Watch what is opened, once a process: there is no way to take an audit hook away again."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if _sealed and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if path in _sealed:
            raise PermissionError(
                f"{path} holds the answers: a system that is judged must not read it; mend the system"
            )


@dataclass(frozen=True, slots=True)
class Leak:
    """A query of whose `wanted` tracks (or artists, where only those are known) the listener or playlist `name` holds `held`."""

    query_id: str
    kind: str
    name: str
    held: int
    wanted: int


def leaks(
    queries: Sequence[Query],
    listening: csr_matrix,
    rows: Sequence[tuple[str, str]],
    positions: Mapping[TrackId, Position],
    artist: Codes,
) -> tuple[Leak, ...]:
    """Return the training rows that hold at least nine tenths, and five, of what a query wants.

    `listening` has a row for each of `rows`, a column for each track and, behind them, each artist; `artist` (tracks,) says
    whose a track is. Of rows that hold no track artists are compared. In the order of queries, the largest first.
    """
    if not rows or not queries:
        return ()
    size = len(artist)
    held = (listening > 0).astype(np.float32)
    artists_alone = np.diff(held[:, :size].indptr) == 0
    known = [[positions[track_id] for track_id in query.wanted if track_id in positions] for query in queries]
    found = [
        (query, row, count, wanted)
        for unit, columns, among in (
            (known, held[:, :size], ~artists_alone),
            ([np.unique(artist[one]).tolist() for one in known], held[:, size:], artists_alone),
        )
        for query, row, count, wanted in _holding(unit, columns)
        if among[row]
    ]
    found.sort(key=lambda one: (one[0], -one[2], one[1]))
    return tuple(Leak(queries[query].query_id, *rows[row], count, wanted) for query, row, count, wanted in found)


def _holding(wanted: Sequence[Sequence[int]], held: csr_matrix) -> Iterator[tuple[int, int, int, int]]:
    """Yield (query, row, how much of what it wants the row holds, how much it wants) where that is almost all."""
    sizes = np.array([len(columns) for columns in wanted], dtype=np.int64)
    columns = np.array([column for of_query in wanted for column in of_query], dtype=np.int64)
    asked = csr_matrix(
        (np.ones(len(columns), np.float32), (np.repeat(np.arange(len(wanted)), sizes), columns)),
        shape=(len(wanted), held.shape[1]),
    )
    both = (asked @ held.T).tocoo()
    almost = both.data >= np.maximum(LEAST_LEAKED, LEAKED * sizes[both.row])
    for query, row, count in zip(both.row[almost].tolist(), both.col[almost].tolist(), both.data[almost], strict=True):
        yield query, row, int(count), int(sizes[query])


@dataclass(frozen=True, slots=True)
class HoldOut:
    """The data that queries were made from: listeners, playlists, all plays from `since` on, and the tags of artists.

    `wanted` maps each listener to the tracks that are to be found, which are removed from their known plays.
    """

    listeners: frozenset[str]
    playlists: frozenset[str]
    since: datetime | None
    artist_tags: bool
    wanted: dict[str, frozenset[TrackId]]

    @classmethod
    def of(cls, queries: Iterable[Query]) -> "HoldOut":
        """Collect what the queries say of themselves."""
        given = list(queries)
        wanted: dict[str, frozenset[TrackId]] = {}
        for query in given:
            if query.user_id is not None:
                wanted[query.user_id] = wanted.get(query.user_id, frozenset()).union(query.wanted)
        return cls(
            frozenset(query.user_id for query in given if query.as_of is None and query.user_id is not None),
            frozenset(query.playlist_id for query in given if query.playlist_id is not None),
            min((query.as_of for query in given if query.as_of is not None), default=None),
            any(ARTIST_TAGS in query.unseen for query in given),
            wanted,
        )

    def and_those(self, leaked: Iterable[Leak]) -> "HoldOut":
        """Hold out the listeners and playlists of leaks as well."""
        names = [(leak.kind, leak.name) for leak in leaked]
        return replace(
            self,
            listeners=self.listeners.union(name for kind, name in names if kind == "listener"),
            playlists=self.playlists.union(name for kind, name in names if kind == "playlist"),
        )


@dataclass(slots=True)
class Withheld:
    """How much was held out: `plays` (of tracks or artists), `playlists`, and tracks whose text lost an artist's tags."""

    plays: int = 0
    playlists: int = 0
    texts: int = 0


class _Kept(PlaylistRecommender):
    """The product with the model that it was given: a bundle built meanwhile has learned from what is held out."""

    def _current_model(self) -> Model:
        return self.model


@dataclass(eq=False)
class BlindStore:
    """A catalog's store whose listening lacks what is held out; tracks, rights and consent are the store's own."""

    store: CatalogStore
    held_out: HoldOut

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.store.close()

    def track_plays(self) -> Iterator[tuple[str, Position, float, int]]:
        """Yield the plays of tracks that may be learned from, as the store does."""
        return filter(self._is_learnable, self.store.track_plays())

    def artist_plays(self) -> Iterator[tuple[str, str, float, int]]:
        """Yield the plays of artists that may be learned from, as the store does."""
        return filter(self._is_learnable, self.store.artist_plays())

    def _is_learnable(self, row: tuple[str, int | str, float, int]) -> bool:
        user_id, _, _, at = row
        return user_id not in self.held_out.listeners and self._is_earlier(at)

    def playlists(self) -> Iterator[tuple[str, str | None, list[Position]]]:
        """Yield the playlists that may be learned from, as the store does."""
        return (row for row in self.store.playlists() if row[0] not in self.held_out.playlists)

    def listener_plays(self, user_id: str) -> tuple[dict[Position, float], dict[str, float]]:
        """Return what is known of a listener when they ask: what they played before, without what is to be found."""
        by_track, by_artist = self._before.get(user_id) or self.store.listener_plays(user_id)
        wanted = self.held_out.wanted.get(user_id, frozenset())
        unknown = set(self.store.positions_of(wanted).values())
        artists = {identity(track.artist) for track in self.store.tracks(list(unknown))}
        return (
            {position: plays for position, plays in by_track.items() if position not in unknown},
            {key: plays for key, plays in by_artist.items() if key not in artists},
        )

    @cached_property
    def _before(self) -> dict[str, tuple[dict[Position, float], dict[str, float]]]:
        """What each judged listener played before the instant that queries are split at; nothing where they are not."""
        if self.held_out.since is None:
            return {}
        before: dict[str, tuple[dict[Position, float], dict[str, float]]] = {
            user_id: ({}, {}) for user_id in self.held_out.wanted
        }
        for unit, rows in enumerate((self.store.track_plays(), self.store.artist_plays())):
            for user_id, key, plays, at in rows:
                if user_id in before and self._is_earlier(at):
                    heard: dict[Any, float] = before[user_id][unit]
                    heard[key] = heard.get(key, 0.0) + plays
        return before

    def _is_earlier(self, at: int) -> bool:
        """Whether a play came before the split, if there is one; `at` in microseconds since 1970, 0 where it is not known."""
        return self._since is None or (at != 0 and at < self._since)

    @cached_property
    def _since(self) -> int | None:
        return None if self.held_out.since is None else microseconds(self.held_out.since)

    def withheld(self) -> Withheld:
        """Count what the store holds and does not show."""
        kept = sum(1 for _ in self.track_plays()) + sum(1 for _ in self.artist_plays())
        plays = sum(1 for _ in self.store.track_plays()) + sum(1 for _ in self.store.artist_plays())
        playlists = sum(1 for _ in self.store.playlists()) - sum(1 for _ in self.playlists())
        return Withheld(plays - kept, playlists)


@dataclass(frozen=True, eq=False)
class Laboratory:
    """The material for making systems: the product without the held-out data, and its listening as a matrix.

    `tracks` are those that the model knows, in its order, `texts` what is said of them. `listening` has one row a listener
    or playlist of `rows` (its kind and name), and a column for each track and, behind them, each artist
    (`recommender.indexes.collaborative.ListeningRows.matrix`). `leaks` are those who held almost all that a query wants although it
    does not name them: they were held out too. `made_from` is the digest of all that it was learned from.
    """

    product: PlaylistRecommender
    tracks: Sequence[Track]
    texts: Sequence[TrackText]
    rows: Sequence[tuple[str, str]]
    listening: csr_matrix
    withheld: Withheld
    leaks: Sequence[Leak]
    made_from: str = ""

    @cached_property
    def vectors(self) -> Vectors:
        """Each track's vector, float32 of shape (tracks, dimensions)."""
        return self.product.model.vectors.vectors()

    @cached_property
    def holders(self) -> Column:
        """How many listeners and playlists hold each track, float32 (tracks,); without any, what the catalog counted."""
        held = np.asarray((self.listening > 0).sum(axis=0), dtype=np.float32).ravel()[: len(self.tracks)]
        if held.any() or self.withheld.plays:
            return held
        return np.array([track.popularity or 0.0 for track in self.tracks], dtype=np.float32)


def open_laboratory(home: Path, queries: Sequence[Query], progress: Progress, at: datetime | None = None) -> Laboratory:
    """Open the product of a home, learned without what the queries were made from if any of it is in the store.

    What was learned before from the same is not learned again (`eval.kept`). What consent lets learn is as of `at`, else now.
    Raises BundleError, also where the catalog was changed after it was built, ConsentSettingsError or StoreError, each with
    its remedy.
    """
    product = PlaylistRecommender.open(home)
    held_out = HoldOut.of(queries)
    store = BlindStore(product.catalog, held_out)
    model = product.model
    if store.version() != model.bundle.about["catalog_version"]:
        store.close()
        raise BundleError(f"the catalog in {home} was changed after it was built; run `consonance build` first")
    tracks = list(islice(store.all_tracks(), len(model)))
    allowed = learnable(store, at or datetime.now(UTC))[: len(tracks)]
    rows = listening_rows(store, tracks, model.features, allowed)
    positions = {track.track_id: Position(place) for place, track in enumerate(tracks)}
    leaked = leaks(queries, rows.matrix(), rows.names, positions, model.features.artist)
    if leaked:
        store.held_out = held_out.and_those(leaked)
        rows = listening_rows(store, tracks, model.features, allowed)
    withheld = store.withheld()
    made_from = _made_from(store, product.bundle_version, allowed)
    if withheld.plays or withheld.playlists:
        # A catalog's own popularity may have been counted from the very plays that are held out.
        untold = [replace(track, popularity=None) for track in tracks] if withheld.plays else tracks
        with one_at_a_time(made_from):
            model = _learned(made_from, model) or _learn(made_from, model, store, untold, rows, progress)
    artists = store.artists_by_name()
    texts = [describe(track, artists) for track in tracks]
    if held_out.artist_tags:
        untagged = [describe(track, {}) for track in tracks]
        model, withheld.texts = _described_anew(f"{made_from}-texts", model, texts, untagged, progress)
        texts = untagged
    return Laboratory(
        _Kept(home, store, model, product.consent),
        tracks,
        texts,
        rows.names,
        rows.matrix(),
        withheld,
        leaked,
        made_from,
    )


def _made_from(store: BlindStore, bundle: str, allowed: Mask) -> str:
    """Return the digest of all that is learned from: the bundle's version is the sum of its own files."""
    held_out = store.held_out
    return digest(
        {
            "sources": [sources(), libraries()],
            "bundle": [bundle, store.version(), store.consent_epoch(), np.packbits(allowed).tobytes().hex()],
            "held out": [sorted(held_out.listeners), sorted(held_out.playlists), held_out.since, held_out.artist_tags],
        }
    )


def _learned(made_from: str, model: Model) -> Model | None:
    """Return the model with the parts that `_learn` kept, None where it did not."""
    if (folder := kept(made_from)) is None:
        return None
    features = TrackFeatures.load(folder)
    return replace(
        model,
        features=features,
        collaborative=CollaborativeModel.load_if_built(folder, artist_of_track=features.artist),
        neighbours=NeighbourModel.load_if_built(folder, artist_of_track=features.artist),
        ranker=Ranker.load(folder),
    )


def _learn(
    made_from: str, model: Model, store: BlindStore, tracks: Sequence[Track], rows: ListeningRows, progress: Progress
) -> Model:
    """Return the model with popularity, factors, neighbours and weights learned from `rows`, and keep them."""
    model = replace(model, features=TrackFeatures.of(tracks, listeners_of(store, rows.learnable)))
    with progress("Learning again without what is judged", ITERATIONS) as advance:
        collaborative, neighbours = learn_items(rows, advance) or (None, None)
    model = replace(model, collaborative=collaborative, neighbours=neighbours)
    with progress("Learning again what channels are worth", 2 * SAMPLED) as advance:
        model = replace(model, ranker=learn_ranker(model, rows, advance, counted=is_counted(tracks)))

    def write(folder: Path) -> None:
        for part in (model.features, collaborative, neighbours, model.ranker):
            if part is not None:
                part.save(folder)

    if made_from == _made_from(store, model.bundle.version, rows.learnable):  # nothing was changed meanwhile
        keep(made_from, write)
    return model


def _described_anew(
    made_from: str, model: Model, before: Sequence[TrackText], texts: Sequence[TrackText], progress: Progress
) -> tuple[Model, int]:
    """Return the model of other texts, and how many differ; only those are encoded again."""
    changed = [position for position, text in enumerate(texts) if text != before[position]]
    if not changed:
        return model, 0
    sentences = sorted({texts[position].sentence for position in changed})
    if (folder := kept(made_from)) is not None:
        found = np.load(folder / "vectors.npy")
    else:
        with progress("Encoding texts without artists' tags", len(sentences)) as advance:
            found = model.encoder.encode(sentences, advance)
        keep(made_from, lambda folder: np.save(folder / "vectors.npy", found))
    encoded = dict(zip(sentences, found, strict=True))
    vectors = model.vectors.vectors()
    vectors[changed] = np.stack([encoded[texts[position].sentence] for position in changed])
    return replace(model, vectors=FlatVectorIndex.of([vectors]), lexical=LexicalIndex.build(texts)), len(changed)
