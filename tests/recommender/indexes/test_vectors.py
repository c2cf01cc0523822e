from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.arrays import Vectors
from recommender.indexes.vectors import (
    IN_BYTES_FROM,
    SKETCHED_FROM,
    BytesVectorIndex,
    FlatVectorIndex,
    SketchedVectorIndex,
    build_index,
    load_index,
)

Kind = type[FlatVectorIndex]


def unit(vectors: npt.NDArray[np.float64]) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def unit_vectors(count: int, seed: int, dimensions: int = 16) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, dimensions)))


@cache
def clustered_vectors(count: int, dimensions: int = 384) -> Vectors:
    """Uneven as texts are: around fifty centres, with more spread in some directions than in others, none of them an axis."""
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.standard_normal((dimensions, dimensions)))[0] / np.sqrt(1 + np.arange(dimensions))
    centres, aside = rng.standard_normal((50, dimensions)), rng.standard_normal((count, dimensions))
    return unit((centres[rng.integers(50, size=count)] + 0.6 * aside) @ directions.T)


def bitmap(permitted: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    return np.packbits(permitted, bitorder="little")


def brute_force(vectors: Vectors, vector: Vectors, k: int, permitted: npt.NDArray[np.bool_]) -> list[tuple[int, float]]:
    """Score every permitted track and sort."""
    scores = (vectors.astype(np.float64) * vector).sum(axis=1)  # row by row: equal rows must score alike
    found = [(int(position), float(scores[position])) for position in np.flatnonzero(permitted)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]


@pytest.mark.parametrize("kind", [FlatVectorIndex, BytesVectorIndex, SketchedVectorIndex])
class TestEveryVectorIndex:
    """What holds of every index. The sketched one is exact as well, where its short list holds all that is permitted."""

    @settings(max_examples=60)
    @given(
        count=st.integers(1, 200),
        k=st.integers(0, 250),
        share=st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.9, 1.0]),
        seed=st.integers(0, 2**32 - 1),
    )
    def test_it_finds_what_a_brute_force_inside_the_permitted_set_finds(
        self, kind: Kind, count: int, k: int, share: float, seed: int
    ) -> None:
        """Some tracks have equal texts, and so equal vectors."""
        rng = np.random.default_rng(seed)
        vectors, vector = unit_vectors(count, seed)[rng.integers(0, count, count)], unit_vectors(1, seed + 1)[0]
        permitted = rng.random(count) < share
        index = kind.build(vectors)
        assert index.vectors() == pytest.approx(vectors, abs=1e-3)
        found = index.search(vector, k, bitmap(permitted))
        expected = brute_force(index.vectors(), vector, k, permitted)
        assert len(set(found.positions.tolist())) == len(found) == len(expected)
        assert permitted[found.positions].all()
        assert found.scores == pytest.approx(np.array([score for _, score in expected]), abs=1e-6)
        assert (index.vectors()[found.positions] @ vector) == pytest.approx(found.scores, abs=1e-6)

    def test_the_nearest_of_all_are_found_whoever_may_have_them(self, kind: Kind) -> None:
        vectors, vector = unit_vectors(100, 0), unit_vectors(1, 1)[0]
        index = kind.build(vectors)
        expected = brute_force(index.vectors(), vector, 9, np.ones(100, dtype=bool))
        assert index.nearest_of_all(vector, 9).positions.tolist() == [position for position, _ in expected]

    def test_the_next_permitted_tracks_are_found_behind_a_cluster_of_denied_ones(self, kind: Kind) -> None:
        """A filter after the search would return nothing: the 1,000 nearest are all denied."""
        vector = unit_vectors(1, 0)[0]
        flood = vector + 0.01 * unit_vectors(1000, 1)
        vectors = np.concatenate([flood / np.linalg.norm(flood, axis=1, keepdims=True), unit_vectors(100, 2)])
        permitted = np.arange(1100) >= 1000
        index = kind.build(vectors.astype(np.float32))
        found = index.search(vector, 20, bitmap(permitted))
        expected = brute_force(index.vectors(), vector, 20, permitted)
        assert found.positions.tolist() == [position for position, _ in expected]

    @pytest.mark.parametrize("share", [0.99, 0.5, 0.1, 0.01])
    def test_of_thousands_it_finds_what_is_nearest_and_always_as_many_as_are_asked_for(
        self, kind: Kind, share: float
    ) -> None:
        vectors = clustered_vectors(4000)
        index = kind.build(vectors)
        permitted = np.random.default_rng(1).random(4000) < share
        shares = []
        for vector in vectors[::400]:
            found = index.search(vector, 30, bitmap(permitted))
            expected = brute_force(index.vectors(), vector, 30, permitted)
            assert len(found) == len(expected)
            shares.append(np.isin([position for position, _ in expected], found.positions).mean())
        assert np.mean(shares) >= 0.98

    def test_with_the_nearest_tenth_denied_it_finds_as_near_ones_as_there_are(self, kind: Kind) -> None:
        vectors = clustered_vectors(4000)
        index = kind.build(vectors)
        for vector in vectors[::400]:
            scores = index.vectors() @ vector
            permitted = scores < np.partition(scores, -400)[-400]
            found = index.search(vector, 30, bitmap(permitted))
            expected = brute_force(index.vectors(), vector, 30, permitted)
            assert found.scores == pytest.approx(np.array([score for _, score in expected]), abs=1e-3)

    def test_a_short_answer_is_short_and_holds_no_fillers(self, kind: Kind) -> None:
        permitted = np.zeros(50, dtype=bool)
        permitted[[3, 30]] = True
        found = kind.build(unit_vectors(50, 0)).search(unit_vectors(1, 1)[0], 10, bitmap(permitted))
        assert sorted(found.positions.tolist()) == [3, 30]
        assert np.isfinite(found.scores).all()

    def test_equal_tracks_come_in_the_order_of_positions(self, kind: Kind) -> None:
        vectors = np.repeat(unit_vectors(2, 0), 20, axis=0)
        found = kind.build(vectors).search(vectors[25], 40, bitmap(np.ones(40, dtype=bool)))
        assert found.positions.tolist() == [*range(20, 40), *range(20)]

    def test_of_equal_tracks_a_permitted_one_is_found_whether_it_came_first_or_later(self, kind: Kind) -> None:
        index = kind.build(np.repeat(unit_vectors(3, 0), 2, axis=0))
        permitted = np.array([True, False, False, True, False, False])
        assert sorted(index.search(unit_vectors(1, 1)[0], 6, bitmap(permitted)).positions.tolist()) == [0, 3]

    def test_tracks_beyond_the_permitted_bits_are_not_permitted_and_bits_beyond_the_tracks_mean_nothing(
        self, kind: Kind
    ) -> None:
        index = kind.build(unit_vectors(40, 0))
        vector = unit_vectors(1, 1)[0]
        assert max(index.search(vector, 40, bitmap(np.ones(8, dtype=bool))).positions) == 7
        assert len(index.search(vector, 99, bitmap(np.ones(400, dtype=bool)))) == 40

    def test_an_empty_index_finds_nothing(self, kind: Kind) -> None:
        index = kind.build(np.zeros((0, 16), np.float32))
        assert len(index) == 0
        assert len(index.nearest_of_all(unit_vectors(1, 0)[0], 5)) == 0
        assert len(index.search(unit_vectors(1, 0)[0], 5, np.zeros(0, np.uint8))) == 0

    def test_an_index_read_from_its_file_is_of_the_same_kind_and_answers_the_same(
        self, kind: Kind, tmp_path: Path
    ) -> None:
        vectors = clustered_vectors(1500)
        index = kind.build(vectors)
        index.save(tmp_path / "vectors.faiss")
        again = load_index(tmp_path / "vectors.faiss")
        assert type(again) is kind
        assert len(again) == 1500
        every_other = bitmap(np.arange(1500) % 2 == 0)
        found, expected = again.search(vectors[1], 9, every_other), index.search(vectors[1], 9, every_other)
        assert found.positions.tolist() == expected.positions.tolist()
        assert found.scores.tolist() == expected.scores.tolist()
        assert again.vectors_at([7, 3]) == pytest.approx(vectors[[7, 3]], abs=1e-3)
        assert np.array_equal(again.vectors(), index.vectors())

    def test_vectors_that_went_through_half_precision_once_stay_as_they_are(self, kind: Kind) -> None:
        """So a rebuild that takes them from the last bundle gives the same bytes."""
        once = kind.build(unit_vectors(100, 0)).vectors()
        assert np.array_equal(kind.build(once).vectors(), once)


@pytest.mark.parametrize(
    ("count", "fewer", "kind"),
    [(IN_BYTES_FROM, FlatVectorIndex, BytesVectorIndex), (SKETCHED_FROM, BytesVectorIndex, SketchedVectorIndex)],
)
def test_as_many_different_vectors_as_are_worth_it_are_searched_another_way_and_one_less_is_not(
    count: int, fewer: Kind, kind: Kind
) -> None:
    vectors = unit_vectors(count, 0, dimensions=8)
    assert type(build_index(vectors)) is kind
    assert type(build_index(np.concatenate([vectors[1:], vectors[1:2]]))) is fewer


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_bytes_find_what_an_exact_search_finds(seed: int, k: int) -> None:
    """Where many more are near than are compared exactly."""
    vectors = clustered_vectors(4000)
    vector = unit(np.random.default_rng(seed).standard_normal((1, 384)) + 20 * vectors[seed % 4000])[0]
    exact, found = FlatVectorIndex.build(vectors), BytesVectorIndex.build(vectors)
    assert np.array_equal(found.nearest_of_all(vector, k).positions, exact.nearest_of_all(vector, k).positions)


@pytest.mark.parametrize(("kind", "name"), [(BytesVectorIndex, "bytes"), (SketchedVectorIndex, "sketches")])
def test_building_twice_gives_the_same_bytes(kind: Kind, name: str, tmp_path: Path) -> None:
    """A bundle's version is the sum of its files."""
    for folder in ("one", "another"):
        (tmp_path / folder).mkdir()
        kind.build(clustered_vectors(500)).save(tmp_path / folder / "vectors.faiss")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(["vectors.faiss", "vectors_rows.npy", f"vectors_{name}.faiss"])
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "another" / file).read_bytes() for file in files)
