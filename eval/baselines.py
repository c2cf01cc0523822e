"""The systems that are compared, each behind one verb: popularity, BM25, nearest vectors, and the product itself.

Equal scores are put in an order drawn by chance, always the same one for the same query: short tags and tracks without a
title tie by the hundred, and whoever orders those by an accident of the catalog is flattered or harmed by it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from catalog.findings import ConsentContext
from catalog.permits import Mask
from catalog.tracks import TrackId
from eval.queries import Query
from recommender.encoders import Encoder
from recommender.lexical_index import LexicalIndex
from recommender.pipeline import PlaylistRecommender
from recommender.playlists import MAX_LENGTH, Playlist, PlaylistRequest, Positions, RequestError
from recommender.track_texts import content_words
from recommender.vector_index import VectorIndex

Scores = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Pool:
    """The tracks that every system ranks among.

    `track_ids` names the track at each position, `positions` is the reverse, `mask` (bool of shape (tracks,)) says which
    may be returned. `candidates` are the tracks that the run was restricted to; None if it was not.
    """

    track_ids: Sequence[TrackId]
    positions: Mapping[TrackId, int]
    mask: Mask
    candidates: tuple[TrackId, ...] | None = None

    def __contains__(self, track_id: TrackId) -> bool:
        position = self.positions.get(track_id)
        return position is not None and bool(self.mask[position])

    def without(self, track_ids: Sequence[TrackId]) -> "Pool":
        """Return the pool without some tracks; those that it does not know are passed over."""
        mask = self.mask.copy()
        mask[[self.positions[track_id] for track_id in track_ids if track_id in self.positions]] = False
        return replace(self, mask=mask)


class System(Protocol):
    """Ranks tracks for a query."""

    def rank(self, query: Query, k: int, pool: Pool) -> list[TrackId]:
        """Return up to `k` tracks of the pool, the best first, each once."""


@dataclass(frozen=True, eq=False)
class Popularity:
    """The same list for everyone: the most popular first. `popularity` has one number a track."""

    popularity: Scores

    def rank(self, query: Query, k: int, pool: Pool) -> list[TrackId]:
        """Return the most popular tracks of the pool."""
        positions = np.flatnonzero(pool.mask)
        return _best(positions, self.popularity[positions], query, k, pool)


@dataclass(frozen=True, eq=False)
class Bm25:
    """BM25 with every word of the history and the prompt, as often as it was said, stop words out.

    Tracks that share no word with them are not returned.
    """

    index: LexicalIndex

    def rank(self, query: Query, k: int, pool: Pool) -> list[TrackId]:
        """Return the tracks of the pool with the highest scores."""
        terms: dict[str, float] = {}
        for word in content_words(" ".join((*query.history, query.prompt))):
            terms[word] = terms.get(word, 0.0) + 1.0
        scores = self.index.score(terms)
        positions = np.flatnonzero((scores > 0) & pool.mask)
        return _best(positions, scores[positions], query, k, pool)


@dataclass(frozen=True, eq=False)
class Dense:
    """The tracks whose texts lie nearest to the prompt alone, as it was typed."""

    encoder: Encoder
    index: VectorIndex

    def rank(self, query: Query, k: int, pool: Pool) -> list[TrackId]:
        """Return the nearest tracks of the pool."""
        # Every track is scored: a search for the k nearest would break the last ties by position.
        found = self.index.search(
            self.encoder.encode([query.prompt])[0], len(pool.mask), np.packbits(pool.mask, bitorder="little")
        )
        return _best(found.positions, found.scores, query, k, pool)


@dataclass(frozen=True)
class Hybrid:
    """The product's own pipeline, asked for `k` tracks; a prompt that it refuses finds nothing.

    `recommend` is `PlaylistRecommender.recommend`. The order of the list is the product's, its ties included.
    """

    recommend: Callable[[PlaylistRequest], Playlist]
    context: ConsentContext
    policy: str

    def rank(self, query: Query, k: int, pool: Pool) -> list[TrackId]:
        """Return the tracks of the product's playlist, of 1,000 at most. Raises RequestError for a wrong policy."""
        request = PlaylistRequest(
            query.prompt,
            self.context.territory,
            length=min(k, MAX_LENGTH),
            policy=self.policy,
            commercial_model=self.context.commercial_model,
            user_id=query.user_id,
            liked_tracks=query.liked,
            disliked_tracks=query.disliked,
            history=query.history,
            candidates=pool.candidates,
            withheld=False,
            at=self.context.at,
        )
        try:
            return [entry.track.track_id for entry in self.recommend(request).tracks]
        except RequestError as error:
            if error.field == "prompt":
                return []
            raise


SYSTEMS: Mapping[str, Callable[[PlaylistRecommender, ConsentContext, str], System]] = {
    "popularity": lambda product, _context, _policy: Popularity(product.model.features.popularity),
    "bm25": lambda product, _context, _policy: Bm25(product.model.lexical),
    "dense": lambda product, _context, _policy: Dense(product.model.encoder, product.model.vectors),
    "hybrid": lambda product, context, policy: Hybrid(product.recommend, context, policy),
}
"""The systems by name, each made from an open recommender, the context to rank in and a policy's name."""


def _best(positions: Positions, scores: Scores, query: Query, k: int, pool: Pool) -> list[TrackId]:
    """Return the `k` tracks with the highest scores, equal ones in an order drawn from the query's id."""
    seed = int.from_bytes(hashlib.sha256(query.query_id.encode()).digest()[:8])
    # Drawn for every track of the catalog, so that a track's luck depends neither on the system nor on the pool.
    luck = np.random.default_rng(seed).random(len(pool.mask))
    order = np.lexsort((luck[positions], -scores))[:k]
    return [pool.track_ids[position] for position in positions[order]]
