"""Peer libraries as their documentation shows them: bm25s, implicit, and sentence-transformers with FAISS."""

from collections.abc import Sequence

import bm25s
import faiss
import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from catalog.arrays import Positions, Scores, Vectors
from catalog.tracks import Track
from eval.queries import Asked
from eval.systems.baselines import UserItems
from eval.systems.system import Pool, Scorer, System, best_with_ties
from recommender.indexes.encoders import DEFAULT_MODEL
from recommender.scored_tracks import NO_TRACKS, ScoredTracks

OVERFETCHED = 10
"""How many times `k` the tutorial's script fetches before it drops what is not permitted."""


def bm25s_as_it_comes(tracks: Sequence[Track]) -> Scorer:
    """Return the bm25s library as its README shows it: its own tokens and stop words, Lucene's BM25, history and prompt as one text."""
    texts = [
        " ".join((track.title, track.artist, track.album or "", *track.genres, *track.moods, *track.tags))
        for track in tracks
    ]
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)

    def score(asked: Asked) -> Scores:
        (tokens,) = bm25s.tokenize(
            [" ".join((*asked.history, asked.prompt))], stopwords="en", return_ids=False, show_progress=False
        )
        if not tokens:
            return np.full(len(texts), -np.inf, np.float32)  # bm25s raises where there is no word to look up
        scores = np.asarray(index.get_scores(tokens), dtype=np.float32)
        return np.where(scores > 0, scores, np.float32(-np.inf))

    return Scorer("bm25s.BM25() as it comes, stopwords='en', over title, artist, album and tags", score)


def implicit_alone(listening: csr_matrix, tracks: int, heard: UserItems) -> System:
    """Return implicit's ALS as its README shows it, over tracks alone; `items` keeps it inside the pool.

    It ranks for somebody who holds the tracks that are known of the asker.
    """
    with threadpool_limits(1, "blas"):  # implicit runs threads of its own, and warns of a second set
        model = AlternatingLeastSquares(factors=64, regularization=0.05, alpha=2.0, random_state=0, num_threads=1)
        model.fit((listening[:, :tracks] > 0).astype(np.float32).tocsr(), show_progress=False)

    def rank(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        by_track, _ = heard.plays(asked)
        allowed = np.flatnonzero(pool.mask)
        if not by_track or not len(allowed):
            return NO_TRACKS
        row = csr_matrix((np.ones(len(by_track), np.float32), sorted(by_track), [0, len(by_track)]), shape=(1, tracks))
        positions, scores = model.recommend(
            0, row, N=len(allowed), items=allowed, recalculate_user=True, filter_already_liked_items=False
        )
        return _best(positions, scores, k, pool)

    return System("AlternatingLeastSquares(factors=64, regularization=0.05, alpha=2.0), tracks only", rank)


def tutorial_faiss(vectors: Vectors) -> System:
    """Return sentence-transformers and a flat FAISS index as tutorials show them: fetch ten times as many, filter afterwards.

    Of those that tie with the last one fetched, FAISS chose some.
    """
    # torch takes seconds to import: only those who ask for this peer pay for it.
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(DEFAULT_MODEL), device="cpu")
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)

    def rank(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        scores, positions = index.search(
            encoder.encode([asked.prompt], normalize_embeddings=True, show_progress_bar=False),
            min(OVERFETCHED * k, index.ntotal),
        )
        return _best(positions[0], scores[0], k, pool)

    return System(f"SentenceTransformer + IndexFlatIP, {OVERFETCHED} x k fetched, filtered afterwards", rank)


def _best(positions: Positions, scores: Scores, k: int, pool: Pool) -> ScoredTracks:
    """Return the `k` best of what a library found in the pool, and all that tie with the last of them."""
    found = np.full(len(pool.mask), -np.inf, np.float32)
    found[positions] = scores
    return best_with_ties(found, k, pool.mask)
