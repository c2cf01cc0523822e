"""Fusion of baselines (CombSUM, reciprocal rank fusion), and the product as a system."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from scipy.stats import rankdata

from catalog.consent import ConsentContext
from eval.queries import Asked
from eval.systems.system import Pool, Scorer, best_with_ties
from recommender.blending import RankerSettings
from recommender.playlists import Playlist
from recommender.requests import MAX_LENGTH, PlaylistRequest, RequestError
from recommender.scored_tracks import ScoredTracks

RANK_CONSTANT = 60
FUSED = 1_000
"""The k of reciprocal rank fusion, and how many tracks of each part it reads."""


@dataclass(frozen=True, eq=False)
class Sum:
    """The sum of scorers, each scaled to 0..1 between the least and the most it gives within the pool (CombSUM).

    Fox and Shaw, "Combination of multiple searches", 1994. A track that a part does not return gets 0 from it; where all
    that it returns score alike, they get 1.
    """

    parts: tuple[Scorer, ...]
    settings: ClassVar[str] = "the parts scaled to 0..1 in the pool, added"

    def rank(self, asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        """Return the tracks of the pool with the highest sums."""
        total = np.zeros(len(pool.mask), np.float32)
        returned = np.zeros(len(pool.mask), dtype=bool)
        for part in self.parts:
            scores = part.score(asked)
            said = pool.mask & np.isfinite(scores)
            if said.any():
                low, high = scores[said].min(), scores[said].max()
                total[said] += (scores[said] - low) / (high - low) if high > low else 1
                returned |= said
        return best_with_ties(np.where(returned, total, np.float32(-np.inf)), k, pool.mask)


@dataclass(frozen=True, eq=False)
class RankFusion:
    """Reciprocal rank fusion: the sum of 1 / (60 + rank) over the parts; tracks that tie share the mean of their ranks.

    Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods",
    2009.
    """

    parts: Mapping[str, Scorer]

    @property
    def settings(self) -> str:
        """What is fused, and how."""
        return f"{', '.join(self.parts)}; 1 / ({RANK_CONSTANT} + rank), the first {FUSED:,} of each"

    def rank(self, asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        """Return the tracks of the pool with the highest sums."""
        # Summed in double precision: the same ranks from other parts are the same sum, whatever the order of the parts.
        total = np.zeros(len(pool.mask))
        for part in self.parts.values():
            found = best_with_ties(part.score(asked), FUSED, pool.mask)
            total[found.positions] += 1 / (RANK_CONSTANT + rankdata(-found.scores))
        return best_with_ties(np.where(total > 0, total, -np.inf).astype(np.float32), k, pool.mask)


@dataclass(frozen=True, eq=False)
class Product:
    """The product's own pipeline, asked for `k` tracks with a seed; a prompt that it refuses finds nothing.

    `recommend` is `PlaylistRecommender.recommend`. The order of the list is the product's, its ties included.
    """

    recommend: Callable[[PlaylistRequest, RankerSettings], Playlist]
    context: ConsentContext
    policy: str
    ranker: RankerSettings = field(default_factory=RankerSettings)
    seed: int = 0

    @property
    def settings(self) -> str:
        """How its ranker is set."""
        return str(self.ranker).removeprefix("RankerSettings(").removesuffix(")")

    def rank(self, asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        """Return the tracks of the product's playlist, of 1,000 at most. Raises RequestError for a wrong policy."""
        try:
            playlist = self.recommend(self.request(asked, k, pool), self.ranker)
            found = [entry.track.track_id for entry in playlist.tracks]
        except RequestError as error:
            if error.field != "prompt":
                raise
            found = []
        positions = np.array([pool.positions.get(track_id, -1) for track_id in found], dtype=np.int64)
        return ScoredTracks(positions, np.arange(len(found), 0, -1, dtype=np.float32))

    def request(self, asked: Asked, k: int, pool: Pool) -> PlaylistRequest:
        """Return what is asked as a request for `k` tracks of the pool, 1,000 at most."""
        return PlaylistRequest(
            asked.prompt,
            self.context.territory,
            length=min(k, MAX_LENGTH),
            policy=self.policy,
            commercial_model=self.context.commercial_model,
            user_id=asked.user_id,
            liked_tracks=asked.liked,
            disliked_tracks=asked.disliked,
            history=asked.history,
            exclude_tracks=asked.exclude,
            candidates=pool.candidates,
            seed=self.seed,
            withheld=False,
            at=self.context.at,
        )
