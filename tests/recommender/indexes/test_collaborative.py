from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from catalog.arrays import Factors
from catalog.tracks import Position
from recommender.indexes.collaborative import (
    ARTIST_SHARE,
    CONFIDENCE,
    FACTORS,
    ITERATIONS,
    REGULARISATION,
    CollaborativeModel,
    ListeningRows,
    items_of,
)

BOARD: Mapping[str, Mapping[Position, float]] = {
    name: {Position(place): heard for place, heard in plays.items()}
    for name, plays in {
        "ann": {0: 5.0, 2: 3.0, 4: 2.0},
        "bob": {1: 4.0, 3: 4.0, 5: 4.0},
        "cleo": {2: 1.0, 4: 6.0},
    }.items()
}
"""A checkerboard: even tracks are heard together, odd tracks are heard together."""

ARTISTS = np.arange(6, dtype=np.int32)
ALL = np.ones(6, dtype=bool)


def fitted(
    board: Mapping[str, Mapping[Position, float]] = BOARD,
    artists: npt.NDArray[np.int32] = ARTISTS,
    learnable: npt.NDArray[np.bool_] = ALL,
) -> Factors:
    rows = ListeningRows(artists, learnable)
    for name, plays in board.items():
        rows.add("listener", name, plays, {})
    factors = rows.fit()
    assert factors is not None
    return factors


def taste_of(model: CollaborativeModel, *positions: int) -> Factors:
    user_factors = model.user_factors(items(model, dict.fromkeys(map(Position, positions), 1.0), {}))
    assert user_factors is not None
    return user_factors


def fits(model: CollaborativeModel, *positions: int, share: float = ARTIST_SHARE) -> Factors:
    """Return how well each track fits who holds some."""
    return model.score(taste_of(model, *positions), share)


def best(scores: Factors, k: int, known: Sequence[int] = ()) -> set[int]:
    """Return the `k` tracks with the highest scores, but for what is known."""
    return set([track for track in np.argsort(-scores, kind="stable").tolist() if track not in known][:k])


def items(model: CollaborativeModel, by_track: dict[Position, float], by_artist: dict[int, float]) -> dict[int, float]:
    return items_of(by_track, by_artist, model.artist_of_track, model.learnable)


def test_who_likes_one_square_of_the_board_is_given_the_squares_of_its_colour_first() -> None:
    model = CollaborativeModel(fitted(), ARTISTS, ALL)
    assert best(fits(model, 0), 2, known=[0]) == {2, 4}
    assert best(fits(model, 1), 2, known=[1]) == {3, 5}


def test_a_track_nobody_heard_is_found_by_its_artist_behind_those_that_were_heard() -> None:
    artists = np.array([0, 1, 2, 1, 4, 5, 0], dtype=np.int32)
    learnable = np.ones(7, dtype=bool)
    factors = fitted(artists=artists, learnable=learnable)
    assert not factors[6].any()
    scores = fits(CollaborativeModel(factors, artists, learnable), 2, 4)
    assert scores[0] > scores[6] > 0
    assert best(scores, 2, known=[2, 4]) == {0, 6}


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_a_track_scores_its_own_fit_and_a_share_of_its_artists(share: float) -> None:
    artists = np.array([0, 0, 1, 1, 2, 2], dtype=np.int32)
    factors = fitted(artists=artists)
    model = CollaborativeModel(factors, artists, ALL)
    for held in (items(model, {Position(0): 1.0}, {}), items(model, {}, {0: 1.0})):
        user_factors = model.user_factors(held)
        assert user_factors is not None
        own, of_artist = factors[:6] @ user_factors, factors[6:] @ user_factors
        assert model.score(user_factors, share) == pytest.approx(own + share * of_artist[artists], abs=1e-6)


def test_plays_count_for_the_track_and_add_up_for_its_artist() -> None:
    """Columns behind the tracks are artists: 6 is that of tracks 0 and 1."""
    artists = np.array([0, 0, 1, 1, 2, 2], dtype=np.int32)
    model = CollaborativeModel(fitted(artists=artists), artists, ALL)
    assert items(model, {Position(0): 2.0, Position(1): 3.0}, {0: 4.0, 2: 1.0}) == {0: 2.0, 1: 3.0, 6: 9.0, 8: 1.0}
    assert items(model, {}, {}) == {}


def test_a_track_whose_training_is_refused_is_neither_learned_from_nor_scored() -> None:
    learnable = ALL.copy()
    learnable[2] = False
    factors = fitted(learnable=learnable)
    assert not factors[2].any()
    assert not factors[6 + 2].any()
    model = CollaborativeModel(factors, ARTISTS, learnable)
    assert items(model, {Position(2): 9.0}, {}) == {}
    assert model.user_factors({2: 9.0}) is None
    assert fits(model, 4)[2] == 0


def test_refusing_one_track_leaves_the_factors_that_its_plays_alone_would_have_changed() -> None:
    without = {name: {track: plays for track, plays in row.items() if track != 2} for name, row in BOARD.items()}
    learnable = ALL.copy()
    learnable[2] = False
    assert np.array_equal(fitted(learnable=learnable), fitted(without))


def test_a_refused_track_of_a_heard_artist_is_not_found_by_it() -> None:
    artists = np.array([0, 1, 2, 1, 4, 5, 0], dtype=np.int32)
    learnable = np.array([True] * 6 + [False])
    model = CollaborativeModel(fitted(artists=artists, learnable=learnable), artists, learnable)
    assert fits(model, 0, share=1.0)[6] == 0


def test_a_listener_of_whom_only_artists_are_known_has_a_taste_too() -> None:
    model = CollaborativeModel(fitted(), ARTISTS, ALL)
    user_factors = model.user_factors(items(model, {}, {0: 3.0}))
    assert user_factors is not None
    assert best(model.score(user_factors, 1.0), 3) == {0, 2, 4}
    assert model.user_factors({}) is None


def test_rows_left_out_teach_nothing_and_keep_their_numbers() -> None:
    rows = ListeningRows(ARTISTS, ALL)
    for name, plays in BOARD.items():
        rows.add("listener", name, plays, {})
    left = rows.without(np.array([1]))
    assert np.array_equal(np.diff(left.matrix().indptr) > 0, [True, False, True])
    assert left.names == rows.names
    factors = left.fit()
    assert factors is not None
    assert not factors[[1, 3, 5]].any()
    assert rows.matrix()[1].nnz == 6, "the whole is as it was"


def test_folding_in_solves_the_least_squares_of_that_listener() -> None:
    factors = fitted()
    plays = {Position(0): 5.0, Position(2): 3.0}
    model = CollaborativeModel(factors, ARTISTS, ALL)
    user_factors = model.user_factors(items(model, plays, {}))
    confidence = np.zeros(12)
    for position, count in plays.items():
        confidence[[position, 6 + position]] = 1 + CONFIDENCE * np.log1p(count) / np.log(100)
    weights = np.diag(np.where(confidence > 0, confidence, 1.0))
    wide = factors.astype(np.float64)
    left = wide.T @ weights @ wide + REGULARISATION * np.eye(FACTORS)
    expected = np.linalg.solve(left, wide.T @ (confidence * (confidence > 0)))
    assert user_factors is not None
    assert user_factors == pytest.approx(expected, abs=1e-3)


def test_folding_in_gives_what_implicit_itself_would_give() -> None:
    factors = fitted()
    model = CollaborativeModel(factors, ARTISTS, ALL)
    user_factors = model.user_factors(items(model, {Position(0): 5.0, Position(2): 3.0}, {}))
    assert user_factors is not None
    row = np.zeros((1, 12), dtype=np.float32)
    for position, count in ((0, 5.0), (2, 3.0)):
        row[0, [position, 6 + position]] = 1 + CONFIDENCE * np.log1p(count) / np.log(100)
    with threadpool_limits(1, "blas"):
        theirs = AlternatingLeastSquares(FACTORS, iterations=ITERATIONS, regularization=REGULARISATION, alpha=1.0)
        theirs.item_factors = factors
        expected = np.ravel(theirs.recalculate_user(0, csr_matrix(row)))
    assert factors @ user_factors == pytest.approx(factors @ expected, abs=0.02)


def test_plays_of_one_listener_told_in_parts_count_together() -> None:
    parts = ListeningRows(ARTISTS, ALL)
    for name, plays in BOARD.items():
        for track, count in plays.items():
            parts.add("listener", name, {Position(track): count}, {})
    assert parts.fit() == pytest.approx(fitted(), abs=1e-5)


def test_who_holds_a_track_is_counted_once_however_often_it_is_played() -> None:
    rows = ListeningRows(ARTISTS, ALL)
    for name, plays in BOARD.items():
        rows.add("listener", name, plays, {})
    rows.add("playlist", "evening", {Position(4): 3.0}, {})
    rows.add("listener", "dora", {}, {5: 9.0})
    assert rows.holders().tolist() == [1, 1, 2, 1, 3, 1]


def test_without_plays_there_is_nothing_to_learn() -> None:
    assert ListeningRows(ARTISTS, ALL).fit() is None
    nothing_allowed = ListeningRows(ARTISTS, ~ALL)
    nothing_allowed.add("listener", "ann", {Position(0): 1.0}, {})
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
    assert CollaborativeModel.load_if_built(tmp_path, artist_of_track=ARTISTS) is None
    factors = fitted()
    CollaborativeModel(factors, ARTISTS, ALL).save(tmp_path)
    again = CollaborativeModel.load_if_built(tmp_path, artist_of_track=ARTISTS)
    assert again is not None
    fresh = CollaborativeModel(factors, ARTISTS, ALL)
    assert np.array_equal(fits(again, 0), fits(fresh, 0))


def test_who_holds_only_what_nobody_may_learn_from_changes_nothing_not_even_by_being_there() -> None:
    learnable = np.array([True, True, True, True, True, False])
    refused: Mapping[str, Mapping[Position, float]] = {name: {Position(5): 7.0} for name in ("dan", "eve")}
    alone, beside = (
        fitted(BOARD, learnable=learnable),
        fitted({**refused, **BOARD, "fay": refused["eve"]}, learnable=learnable),
    )
    assert np.array_equal(alone, beside)
