from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from recommender.collaborative import (
    CONFIDENCE,
    FACTORS,
    ITERATIONS,
    REGULARISATION,
    CollaborativeModel,
    Factors,
    ListeningRows,
    Taste,
)

BOARD: Mapping[str, Mapping[int, float]] = {
    "ann": {0: 5.0, 2: 3.0, 4: 2.0},
    "bob": {1: 4.0, 3: 4.0, 5: 4.0},
    "cleo": {2: 1.0, 4: 6.0},
}
"""A checkerboard: even tracks are heard together, odd tracks are heard together."""

ARTISTS = np.arange(6, dtype=np.int32)
ALL = np.ones(6, dtype=bool)


def fitted(
    board: Mapping[str, Mapping[int, float]] = BOARD,
    artists: npt.NDArray[np.int32] = ARTISTS,
    learnable: npt.NDArray[np.bool_] = ALL,
) -> Factors:
    rows = ListeningRows(artists, learnable)
    for name, plays in board.items():
        rows.add("listener", name, plays, {})
    factors = rows.fit()
    assert factors is not None
    return factors


def taste_of(model: CollaborativeModel, *positions: int) -> Taste:
    taste = model.taste(dict.fromkeys(positions, 1.0), {})
    assert taste is not None
    return taste


def test_who_likes_one_square_of_the_board_is_given_the_squares_of_its_colour_first() -> None:
    model = CollaborativeModel(fitted(), ARTISTS, ALL)
    assert set(model.search(taste_of(model, 0), 2, ALL, known=[0]).positions.tolist()) == {2, 4}
    assert set(model.search(taste_of(model, 1), 2, ALL, known=[1]).positions.tolist()) == {3, 5}


def test_only_permitted_tracks_are_returned_however_few_there_are() -> None:
    model = CollaborativeModel(fitted(), ARTISTS, ALL)
    taste = taste_of(model, 0)
    for permitted in ([4], [2, 4], [3, 5], []):
        mask = np.isin(np.arange(6), permitted)
        found = model.search(taste, 10, mask)
        assert set(found.positions.tolist()) <= set(permitted)
        assert (found.scores > 0).all()


def test_tracks_come_in_the_order_of_their_scores() -> None:
    model = CollaborativeModel(fitted(), ARTISTS, ALL)
    everything = model.search(taste_of(model, 0, 2), 6, ALL)
    assert everything.scores.tolist() == sorted(everything.scores, reverse=True)
    for k in range(1, len(everything)):
        assert model.search(taste_of(model, 0, 2), k, ALL).positions.tolist() == everything.positions[:k].tolist()


def test_a_track_nobody_heard_is_found_by_its_artist_behind_those_that_were_heard() -> None:
    artists = np.array([0, 1, 2, 1, 4, 5, 0], dtype=np.int32)
    learnable = np.ones(7, dtype=bool)
    factors = fitted(artists=artists, learnable=learnable)
    assert not factors[6].any()
    model = CollaborativeModel(factors, artists, learnable)
    found = model.search(taste_of(model, 2, 4), 7, learnable, known=[2, 4])
    assert found.positions.tolist()[:2] == [0, 6]


def test_a_track_scores_its_own_fit_and_a_share_of_its_artists() -> None:
    """A fifth for whoever brings tracks; all of it for whoever brings artists alone."""
    artists = np.array([0, 0, 1, 1, 2, 2], dtype=np.int32)
    factors = fitted(artists=artists)
    model = CollaborativeModel(factors, artists, ALL)
    for taste, share in ((model.taste({0: 1.0}, {}), 0.2), (model.taste({}, {0: 1.0}), 1.0)):
        assert taste is not None
        own, of_artist = factors[:6] @ taste.factors, factors[6:] @ taste.factors
        assert model.score(taste) == pytest.approx(own + share * of_artist[artists], abs=1e-6)


def test_a_track_whose_training_is_refused_is_neither_learned_from_nor_scored() -> None:
    learnable = ALL.copy()
    learnable[2] = False
    factors = fitted(learnable=learnable)
    assert not factors[2].any()
    assert not factors[6 + 2].any()
    model = CollaborativeModel(factors, ARTISTS, learnable)
    assert model.taste({2: 9.0}, {}) is None
    found = model.search(taste_of(model, 4), 6, ALL)
    assert 2 not in found.positions


def test_refusing_one_track_leaves_the_factors_that_its_plays_alone_would_have_changed() -> None:
    without = {name: {track: plays for track, plays in row.items() if track != 2} for name, row in BOARD.items()}
    learnable = ALL.copy()
    learnable[2] = False
    assert np.array_equal(fitted(learnable=learnable), fitted(without))


def test_a_refused_track_of_a_heard_artist_is_not_found_by_it() -> None:
    artists = np.array([0, 1, 2, 1, 4, 5, 0], dtype=np.int32)
    learnable = np.array([True] * 6 + [False])
    model = CollaborativeModel(fitted(artists=artists, learnable=learnable), artists, learnable)
    assert 6 not in model.search(taste_of(model, 0), 7, np.ones(7, dtype=bool)).positions


def test_a_listener_of_whom_only_artists_are_known_has_a_taste_too() -> None:
    model = CollaborativeModel(fitted(), ARTISTS, ALL)
    taste = model.taste({}, {0: 3.0})
    assert taste is not None
    assert set(model.search(taste, 3, ALL).positions.tolist()) == {0, 2, 4}
    assert model.taste({}, {}) is None


def test_folding_in_solves_the_least_squares_of_that_listener() -> None:
    factors = fitted()
    plays = {0: 5.0, 2: 3.0}
    taste = CollaborativeModel(factors, ARTISTS, ALL).taste(plays, {})
    confidence = np.zeros(12)
    for position, count in plays.items():
        confidence[[position, 6 + position]] = 1 + CONFIDENCE * np.log1p(count) / np.log(100)
    weights = np.diag(np.where(confidence > 0, confidence, 1.0))
    wide = factors.astype(np.float64)
    left = wide.T @ weights @ wide + REGULARISATION * np.eye(FACTORS)
    expected = np.linalg.solve(left, wide.T @ (confidence * (confidence > 0)))
    assert taste is not None
    assert taste.factors == pytest.approx(expected, abs=1e-3)


def test_folding_in_gives_what_implicit_itself_would_give() -> None:
    factors = fitted()
    taste = CollaborativeModel(factors, ARTISTS, ALL).taste({0: 5.0, 2: 3.0}, {})
    assert taste is not None
    row = np.zeros((1, 12), dtype=np.float32)
    for position, count in ((0, 5.0), (2, 3.0)):
        row[0, [position, 6 + position]] = 1 + CONFIDENCE * np.log1p(count) / np.log(100)
    with threadpool_limits(1, "blas"):
        theirs = AlternatingLeastSquares(FACTORS, iterations=ITERATIONS, regularization=REGULARISATION, alpha=1.0)
        theirs.item_factors = factors
        expected = np.ravel(theirs.recalculate_user(0, csr_matrix(row)))
    assert factors @ taste.factors == pytest.approx(factors @ expected, abs=0.02)


def test_plays_of_one_listener_told_in_parts_count_together() -> None:
    parts = ListeningRows(ARTISTS, ALL)
    for name, plays in BOARD.items():
        for track, count in plays.items():
            parts.add("listener", name, {track: count}, {})
    assert parts.fit() == pytest.approx(fitted(), abs=1e-5)


def test_without_plays_there_is_nothing_to_learn() -> None:
    assert ListeningRows(ARTISTS, ALL).fit() is None
    nothing_allowed = ListeningRows(ARTISTS, ~ALL)
    nothing_allowed.add("listener", "ann", {0: 1.0}, {})
    assert nothing_allowed.fit() is None


def test_each_iteration_is_told_and_the_same_plays_give_the_same_factors() -> None:
    told: list[int] = []
    rows = ListeningRows(ARTISTS, ALL)
    for name, plays in BOARD.items():
        rows.add("listener", name, plays, {})
    factors = rows.fit(told.append)
    assert factors is not None
    assert np.array_equal(factors, fitted())
    assert sum(told) == ITERATIONS


def test_a_model_read_from_its_folder_answers_the_same(tmp_path: Path) -> None:
    assert CollaborativeModel.load(tmp_path, ARTISTS) is None
    factors = fitted()
    CollaborativeModel.save(tmp_path, factors, ALL)
    again = CollaborativeModel.load(tmp_path, ARTISTS)
    assert again is not None
    fresh = CollaborativeModel(factors, ARTISTS, ALL)
    assert np.array_equal(again.score(taste_of(again, 0)), fresh.score(taste_of(fresh, 0)))
