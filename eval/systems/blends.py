"""Fusion of baselines (CombSUM, reciprocal rank fusion), and the product as a system."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.stats import rankdata

from catalog.consent import ConsentContext
from eval.queries import Asked
from eval.systems.system import Pool, Scorer, System, best_with_ties
from recommender.blending import RankerSettings
from recommender.playlists import Playlist
from recommender.requests import MAX_LENGTH, PlaylistRequest
from recommender.scored_tracks import ScoredTracks

RANK_CONSTANT = 60
FUSED = 1_000
"""The k of reciprocal rank fusion, and how many tracks of each part it reads."""

_AS_SHIPPED = RankerSettings()


def summed(parts: Sequence[Scorer]) -> System:
    """Return the sum of scorers, each scaled to 0..1 between the least and the most it gives within the pool (CombSUM).

    Fox and Shaw, "Combination of multiple searches", 1994. A track that a part does not return gets 0 from it; where all
    that it returns score alike, they get 1.
    """

    def rank(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        total = np.zeros(len(pool.mask), np.float32)
        returned = np.zeros(len(pool.mask), dtype=bool)
        for part in parts:
            scores = part.score(asked)
            said = pool.mask & np.isfinite(scores)
            if said.any():
                low, high = scores[said].min(), scores[said].max()
                total[said] += (scores[said] - low) / (high - low) if high > low else 1
                returned |= said
        return best_with_ties(np.where(returned, total, np.float32(-np.inf)), k, pool.mask)

    return System("the parts scaled to 0..1 in the pool, added", rank)


def rank_fusion(parts: Mapping[str, Scorer]) -> System:
    """Return reciprocal rank fusion: the sum of 1 / (60 + rank) over the parts; tracks that tie share the mean of their ranks.

    Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods",
    2009.
    """

    def rank(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        # Summed in double precision: the same ranks from other parts are the same sum, whatever the order of the parts.
        total = np.zeros(len(pool.mask))
        for part in parts.values():
            found = best_with_ties(part.score(asked), FUSED, pool.mask)
            total[found.positions] += 1 / (RANK_CONSTANT + rankdata(-found.scores))
        return best_with_ties(np.where(total > 0, total, -np.inf).astype(np.float32), k, pool.mask)

    return System(f"{', '.join(parts)}; 1 / ({RANK_CONSTANT} + rank), the first {FUSED:,} of each", rank)


def pipeline(
    recommend: Callable[[PlaylistRequest, RankerSettings], Playlist],
    context: ConsentContext,
    policy: str,
    ranker: RankerSettings = _AS_SHIPPED,
    seed: int = 0,
) -> System:
    """Return the product's own pipeline, asked for lists of 1,000 tracks at most.

    `recommend` is `PlaylistRecommender.recommend`, which raises RequestError for a prompt that it refuses and for a wrong
    policy. The order of the list is the product's, its ties included.
    """

    def rank(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        found = [
            entry.track.track_id
            for entry in recommend(request_for(asked, k, pool, context, policy, seed), ranker).tracks
        ]
        return ScoredTracks(
            np.array([pool.positions.get(track_id, -1) for track_id in found], dtype=np.int64),
            np.arange(len(found), 0, -1, dtype=np.float32),
        )

    return System(str(ranker).removeprefix("RankerSettings(").removesuffix(")"), rank)


def request_for(
    asked: Asked, k: int, pool: Pool, context: ConsentContext, policy: str, seed: int = 0
) -> PlaylistRequest:
    """Return what is asked as a request for `k` tracks of the pool, 1,000 at most."""
    return PlaylistRequest(
        asked.prompt,
        context.territory,
        length=min(k, MAX_LENGTH),
        policy=policy,
        commercial_model=context.commercial_model,
        user_id=asked.user_id,
        liked_tracks=asked.liked,
        disliked_tracks=asked.disliked,
        history=asked.history,
        exclude_tracks=asked.exclude,
        candidates=pool.candidates,
        seed=seed,
        withheld=False,
        relax=False,
        at=context.at,
    )
