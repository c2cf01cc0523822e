import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.scored_tracks import top_k


def test_equal_scores_are_ordered_by_the_tie_break_and_then_by_position() -> None:
    scores, tie_break = np.ones(6, np.float32), np.array([0.1, 0.9, 0.1, 0.9, 0.5, 0.1], np.float32)
    assert top_k(scores, 6, tie_break).positions.tolist() == [1, 3, 4, 0, 2, 5]
    assert top_k(scores, 3, tie_break).positions.tolist() == [1, 3, 4]


def test_the_best_of_many_ties_are_the_same_however_many_are_asked_for() -> None:
    scores = np.array([1, 2, 2, 0, 2, 1], np.float32)
    tie_break = np.array([0, 1, 3, 9, 2, 0], np.float32)
    everything = top_k(scores, 6, tie_break).positions.tolist()
    assert everything == [2, 4, 1, 0, 5]
    assert all(top_k(scores, k, tie_break).positions.tolist() == everything[:k] for k in range(1, 6))


@settings(max_examples=40)
@given(
    size=st.integers(0, 3000),
    k=st.integers(1, 60),
    share=st.sampled_from([0.0, 0.01, 0.5, 1.0]),
    levels=st.sampled_from([2, 50, 10**6]),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_best_of_thousands_are_those_of_a_whole_sort(
    size: int, k: int, share: float, levels: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = (rng.integers(1, levels, size) * (rng.random(size) < share)).astype(np.float32)
    tie_break = rng.integers(3, size=size).astype(np.float32)
    ranked = sorted(np.flatnonzero(scores), key=lambda one: (-scores[one], -tie_break[one], one))[:k]
    found = top_k(scores, k, tie_break)
    assert found.positions.tolist() == ranked
    assert found.scores.tolist() == scores[ranked].tolist()


def test_of_scores_that_are_all_0_nothing_is_found() -> None:
    assert len(top_k(np.zeros(3, np.float32), 5, np.zeros(3, np.float32))) == 0
