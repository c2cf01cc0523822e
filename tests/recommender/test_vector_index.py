from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.encoders import Vectors
from recommender.vector_index import FlatVectorIndex


def unit_vectors(count: int, seed: int, dimensions: int = 16) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def bitmap(permitted: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    return np.packbits(permitted, bitorder="little")


def brute_force(vectors: Vectors, vector: Vectors, k: int, permitted: npt.NDArray[np.bool_]) -> list[tuple[int, float]]:
    """Score every permitted track and sort."""
    scores = (vectors.astype(np.float64) * vector).sum(axis=1)  # row by row: equal rows must score alike
    found = [(int(position), float(scores[position])) for position in np.flatnonzero(permitted)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]


@settings(max_examples=60)
@given(
    count=st.integers(1, 200),
    k=st.integers(0, 250),
    share=st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.9, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_finds_what_a_brute_force_inside_the_permitted_set_finds(
    count: int, k: int, share: float, seed: int
) -> None:
    """Some tracks have equal texts, and so equal vectors."""
    rng = np.random.default_rng(seed)
    vectors, vector = unit_vectors(count, seed)[rng.integers(0, count, count)], unit_vectors(1, seed + 1)[0]
    permitted = rng.random(count) < share
    index = FlatVectorIndex.build(vectors)
    assert index.vectors() == pytest.approx(vectors, abs=1e-3)
    found = index.search(vector, k, bitmap(permitted))
    expected = brute_force(index.vectors(), vector, k, permitted)
    assert len(set(found.positions.tolist())) == len(found) == len(expected)
    assert permitted[found.positions].all()
    assert found.scores == pytest.approx(np.array([score for _, score in expected]), abs=1e-6)
    assert (index.vectors()[found.positions] @ vector) == pytest.approx(found.scores, abs=1e-6)


def test_the_next_permitted_tracks_are_found_behind_a_cluster_of_denied_ones() -> None:
    """A filter after the search would return nothing: the 1,000 nearest are all denied."""
    vector = unit_vectors(1, 0)[0]
    flood = vector + 0.01 * unit_vectors(1000, 1)
    vectors = np.concatenate([flood / np.linalg.norm(flood, axis=1, keepdims=True), unit_vectors(100, 2)])
    permitted = np.arange(1100) >= 1000
    index = FlatVectorIndex.build(vectors.astype(np.float32))
    found = index.search(vector, 20, bitmap(permitted))
    expected = brute_force(index.vectors(), vector, 20, permitted)
    assert found.positions.tolist() == [position for position, _ in expected]


def test_a_short_answer_is_short_and_holds_no_fillers() -> None:
    permitted = np.zeros(50, dtype=bool)
    permitted[[3, 30]] = True
    found = FlatVectorIndex.build(unit_vectors(50, 0)).search(unit_vectors(1, 1)[0], 10, bitmap(permitted))
    assert sorted(found.positions.tolist()) == [3, 30]
    assert np.isfinite(found.scores).all()


def test_equal_tracks_come_in_the_order_of_positions() -> None:
    vectors = np.repeat(unit_vectors(2, 0), 20, axis=0)
    found = FlatVectorIndex.build(vectors).search(vectors[25], 40, bitmap(np.ones(40, dtype=bool)))
    assert found.positions.tolist() == [*range(20, 40), *range(20)]


def test_tracks_beyond_the_permitted_bits_are_not_permitted_and_bits_beyond_the_tracks_mean_nothing() -> None:
    index = FlatVectorIndex.build(unit_vectors(40, 0))
    vector = unit_vectors(1, 1)[0]
    assert max(index.search(vector, 40, bitmap(np.ones(8, dtype=bool))).positions) == 7
    assert len(index.search(vector, 99, bitmap(np.ones(400, dtype=bool)))) == 40


def test_an_empty_index_finds_nothing() -> None:
    index = FlatVectorIndex.build(np.zeros((0, 16), np.float32))
    assert len(index) == 0
    assert len(index.search(unit_vectors(1, 0)[0], 5, np.zeros(0, np.uint8))) == 0


def test_an_index_read_from_its_file_answers_the_same(tmp_path: Path) -> None:
    index = FlatVectorIndex.build(unit_vectors(100, 0))
    index.save(tmp_path / "vectors.faiss")
    again = FlatVectorIndex.load(tmp_path / "vectors.faiss")
    vector, all_of_them = unit_vectors(1, 1)[0], bitmap(np.ones(100, dtype=bool))
    assert len(again) == 100
    assert (
        again.search(vector, 9, all_of_them).positions.tolist()
        == index.search(vector, 9, all_of_them).positions.tolist()
    )
    assert again.vectors_at([7, 3]) == pytest.approx(unit_vectors(100, 0)[[7, 3]], abs=1e-3)


def test_vectors_that_went_through_half_precision_once_stay_as_they_are() -> None:
    """So a rebuild that takes them from the last bundle gives the same bytes."""
    once = FlatVectorIndex.build(unit_vectors(100, 0)).vectors()
    assert np.array_equal(FlatVectorIndex.build(once).vectors(), once)
