"""Baselines: random, popularity, BM25, dense retrieval, item-based neighbours and ALS."""

from collections.abc import Mapping, Sequence

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix, diags_array
from threadpoolctl import threadpool_limits

from catalog.arrays import Positions, Scores, Vectors
from catalog.names import identity
from catalog.sorted_sets import union
from catalog.stores import CatalogStore
from catalog.tracks import Position, TrackId
from eval.queries import Asked
from eval.systems.system import Scorer
from recommender.indexes.encoders import Encoder
from recommender.indexes.lexical import LexicalIndex
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import TrackText, content_words, decayed, words

SHRINKAGE = 5.0
FACTORS, ITERATIONS, ALPHA, REGULARISATION = 64, 15, 10.0, 0.05
ARTIST_SHARE = 0.2
"""Of neighbours and factors: tuned on playlists and listeners other than those that are judged."""

_SHARES = f"an artist's score counts {ARTIST_SHARE:g} beside a track's own, 1 where only artists are known of the asker"

SATURATION, LENGTH_NORMALISATION = 0.9, 0.4
"""k1 and b of BM25 (Anserini's defaults); on dialogs and captions as good as any other, and better than 1.2 and 0.75."""

DECAY = 0.6
"""What each older turn counts of the next."""

_BM25 = f"k1 {SATURATION}, b {LENGTH_NORMALISATION}, over title, artist, album, tags, year and language"


def word_index(texts: Sequence[TrackText]) -> LexicalIndex:
    """Return the index of the BM25 baselines: one of their own, so that they stay what they are when the product changes."""
    return LexicalIndex.build(texts, SATURATION, LENGTH_NORMALISATION, in_names="")


def chance(tracks: int) -> Scorer:
    """Return the random baseline: all of `tracks` tracks tie, so that the expectation over all orders counts."""
    return Scorer("all permitted tracks tie", lambda _asked: np.zeros(tracks, np.float32))


def popularity(listening: csr_matrix, features: TrackFeatures) -> Scorer:
    """Return the popularity baseline: the tracks that most listeners and playlists hold.

    Where nobody holds anything, it is what the catalog says.
    """
    held = np.asarray((listening > 0).sum(axis=0), dtype=np.float32).ravel()
    tracks, artists = held[: len(features)], held[len(features) :]
    scores = tracks + artists[features.artist] / np.float32(artists.max() + 1) if held.any() else features.popularity
    return Scorer(
        "listeners and playlists that hold a track, then its artist; else the catalog's own count",
        lambda _asked: scores,
    )


def bm25(index: LexicalIndex) -> Scorer:
    """Return BM25 with the words of the history and the prompt, stop words out, older turns counting less.

    Tracks that share no word with them are not returned. A word said in several turns counts as in the newest of them.
    """

    def score(asked: Asked) -> Scores:
        weights: dict[str, float] = {}
        for text, weight in decayed([*asked.history, asked.prompt], DECAY):
            for word in content_words(text):
                weights[word] = max(weights.get(word, 0.0), weight)
        return _said(index.score(weights))

    return Scorer(f"{_BM25}; stop words out; each older turn counts {DECAY} of the next", score)


def bm25_all_words(index: LexicalIndex) -> Scorer:
    """Return BM25 with every word of the history and the prompt, each once: the form of the CPCD paper."""
    return Scorer(
        f"{_BM25}; every word of history and prompt, each once",
        lambda asked: _said(index.score(dict.fromkeys(words(" ".join((*asked.history, asked.prompt))), 1.0))),
    )


def _said(scores: Scores) -> Scores:
    return np.where(scores > 0, scores, np.float32(-np.inf))


def dense(encoder: Encoder, vectors: Vectors) -> Scorer:
    """Return dense retrieval by the prompt alone, as it was typed. `vectors` float32 (tracks, dimensions)."""
    return Scorer(
        "cosine of the bundle's encoder between the prompt alone and each track's text",
        # Row by row: a matrix product rounds equal rows differently, by where they stand, and parts what ties.
        lambda asked: np.asarray(np.vecdot(vectors, encoder.encode([asked.prompt])[0])),
    )


class UserItems:
    """User profiles: the tracks somebody likes, else what they played, as columns of listening."""

    def __init__(self, store: CatalogStore, features: TrackFeatures, positions: Mapping[TrackId, Position]) -> None:
        self._store = store
        self._features = features
        self._positions = positions
        self._artists = {
            identity(artist): int(features.artist[position])
            for position, artist in enumerate(track.artist for track in store.all_tracks())
            if position < len(features)
        }

    def plays(self, asked: Asked) -> tuple[dict[Position, float], dict[int, float]]:
        """Return plays by track position, and plays by artist code where only that is known."""
        if liked := [self._positions[track_id] for track_id in asked.liked if track_id in self._positions]:
            return dict.fromkeys(liked, 1.0), {}
        if asked.user_id is None:
            return {}, {}
        by_track, by_artist = self._store.listener_plays(asked.user_id)
        tracks = {position: plays for position, plays in by_track.items() if position < len(self._features)}
        return tracks, {self._artists[key]: plays for key, plays in by_artist.items() if key in self._artists}

    def artist_share(self, asked: Asked) -> float:
        """Return how much an artist's score counts beside a track's own: whoever brings no track can only mean artists."""
        return ARTIST_SHARE if self.plays(asked)[0] else 1.0

    def with_artists(self, scores: Scores, asked: Asked) -> Scores:
        """Return for each track its own column's score and a share of its artist's; -inf where that is not above 0."""
        artist = self._features.artist
        return _said(scores[: len(artist)] + np.float32(self.artist_share(asked)) * scores[len(artist) :][artist])

    def columns(self, asked: Asked) -> Positions:
        """Return the columns of listening that these are: tracks, their artists, and artists known alone."""
        by_track, by_artist = self.plays(asked)
        tracks = np.fromiter(by_track, np.int64, len(by_track))
        codes = union(self._features.artist[tracks], np.fromiter(by_artist, np.int64, len(by_artist)))
        return np.concatenate([tracks, len(self._features) + codes]).astype(np.int64)


def item_knn(listening: csr_matrix, heard: UserItems) -> Scorer:
    """Return item-based nearest neighbours over listeners and playlists.

    sim(i, j) = w_ij / (sqrt(n_i n_j) + shrinkage): w_ij adds up 1 / log2(1 + size) of the rows that hold both, because who
    holds everything says little, and n counts the rows that hold one (Deshpande and Karypis, "Item-based top-N
    recommendation algorithms", 2004; shrinkage: Bell and Koren, "Improved neighborhood-based collaborative filtering",
    2007). A track scores the sum over what the asker holds, and a share of its artist's sum. `listening` is float32 of shape
    (rows, tracks + artists).
    """
    held = (listening > 0).astype(np.float32)
    sizes = np.maximum(np.diff(held.indptr), 1)
    rows_of = held.tocsc()
    columns_of = (diags_array((1 / np.log2(1 + sizes)).astype(np.float32)) @ held).T.tocsr()
    counts = np.asarray(held.sum(axis=0), dtype=np.float32).ravel()

    def score(asked: Asked) -> Scores:
        seeds = heard.columns(asked)
        together = (columns_of @ rows_of[:, seeds]).tocoo()
        near = together.data / (np.sqrt(counts[together.row] * counts[seeds[together.col]]) + SHRINKAGE)
        return heard.with_artists(
            np.bincount(together.row, weights=near, minlength=len(counts)).astype(np.float32), asked
        )

    return Scorer(f"cosine with shrinkage {SHRINKAGE:g}, large rows count less; {_SHARES}", score)


def factorised(listening: csr_matrix, heard: UserItems) -> Scorer:
    """Return matrix factorisation by alternating least squares; the asker is folded in.

    Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback datasets", 2008: everything held has preference 1
    and confidence 1 + alpha. A track scores its own column's prediction and a share of its artist's. Returns nothing to
    somebody of whom nothing is known. `listening` is float32 of shape (rows, tracks + artists).
    """
    held = listening.copy()
    held.data[:] = 1 + ALPHA
    factors = np.zeros((held.shape[1], FACTORS), np.float32)
    if held.nnz:
        with threadpool_limits(1, "blas"):  # implicit runs threads of its own, and warns of a second set
            model = AlternatingLeastSquares(
                factors=FACTORS, iterations=ITERATIONS, regularization=REGULARISATION, alpha=1.0, random_state=0
            )
            model.fit(held, show_progress=False)
        factors = np.asarray(model.item_factors, dtype=np.float32)
        factors[np.asarray(held.sum(axis=0)).ravel() == 0] = 0
    gram = factors.T @ factors + REGULARISATION * np.eye(FACTORS, dtype=np.float32)

    def score(asked: Asked) -> Scores:
        known = factors[heard.columns(asked)]
        known = known[known.any(axis=1)]
        # The least-squares step of ALS for one row.
        user_factors = np.linalg.solve(gram + ALPHA * known.T @ known, (1 + ALPHA) * known.sum(axis=0))
        # Row by row, as for `dense`: tracks that say the same tie.
        return heard.with_artists(np.asarray(np.vecdot(factors, user_factors), dtype=np.float32), asked)

    return Scorer(
        f"implicit's ALS, {FACTORS} factors, {ITERATIONS} iterations, alpha {ALPHA:g}, regularisation {REGULARISATION:g}; "
        f"{_SHARES}",
        score,
    )
