from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.arrays import Vectors
from catalog.tracks import Position
from recommender.indexes.vectors import (
    IN_BYTES_FROM,
    SKETCHED_FROM,
    BytesVectorIndex,
    FlatVectorIndex,
    SketchedVectorIndex,
    build_index,
    load_index,
)
from tests.contracts.indexes import VectorIndexContract, bitmap, brute_force, unit, unit_vectors

Kind = type[FlatVectorIndex]


def flat(vectors: Vectors) -> FlatVectorIndex:
    return FlatVectorIndex.of([vectors])


def in_bytes(vectors: Vectors) -> BytesVectorIndex:
    return BytesVectorIndex.over(flat(vectors))


def sketched(vectors: Vectors) -> SketchedVectorIndex:
    return SketchedVectorIndex.over(flat(vectors))


Build = Callable[[Vectors], FlatVectorIndex]


@cache
def clustered_vectors(count: int, dimensions: int = 384) -> Vectors:
    """Uneven as texts are: around fifty centres, with more spread in some directions than in others, none of them an axis."""
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.standard_normal((dimensions, dimensions)))[0] / np.sqrt(1 + np.arange(dimensions))
    centres, aside = rng.standard_normal((50, dimensions)), rng.standard_normal((count, dimensions))
    return unit((centres[rng.integers(50, size=count)] + 0.6 * aside) @ directions.T)


class TestFlatVectorIndex(VectorIndexContract):
    build = staticmethod(flat)


class TestBytesVectorIndex(VectorIndexContract):
    build = staticmethod(in_bytes)


class TestSketchedVectorIndex(VectorIndexContract):
    """Exact as well, where its short list holds all that is permitted."""

    build = staticmethod(sketched)


@pytest.mark.parametrize("build", [flat, in_bytes, sketched])
class TestEveryVectorIndex:
    """What holds of every index besides, of many vectors and of files."""

    @pytest.mark.parametrize("share", [0.99, 0.5, 0.1, 0.01])
    def test_of_thousands_it_finds_what_is_nearest_and_always_as_many_as_are_asked_for(
        self, build: Build, share: float
    ) -> None:
        vectors = clustered_vectors(4000)
        index = build(vectors)
        permitted = np.random.default_rng(1).random(4000) < share
        shares = []
        for vector in vectors[::400]:
            found = index.search(vector, 30, bitmap(permitted))
            expected = brute_force(index.vectors(), vector, 30, permitted)
            assert len(found) == len(expected)
            shares.append(np.isin([position for position, _ in expected], found.positions).mean())
        assert np.mean(shares) >= 0.98

    def test_with_the_nearest_tenth_denied_it_finds_as_near_ones_as_there_are(self, build: Build) -> None:
        vectors = clustered_vectors(4000)
        index = build(vectors)
        for vector in vectors[::400]:
            scores = index.vectors() @ vector
            permitted = scores < np.partition(scores, -400)[-400]
            found = index.search(vector, 30, bitmap(permitted))
            expected = brute_force(index.vectors(), vector, 30, permitted)
            assert found.scores == pytest.approx(np.array([score for _, score in expected]), abs=1e-3)

    def test_an_index_read_from_its_file_is_of_the_same_kind_and_answers_the_same(
        self, build: Build, tmp_path: Path
    ) -> None:
        vectors = clustered_vectors(1500)
        index = build(vectors)
        index.save(tmp_path / "vectors.faiss")
        again = load_index(tmp_path / "vectors.faiss")
        assert type(again) is type(index)
        assert len(again) == 1500
        every_other = bitmap(np.arange(1500) % 2 == 0)
        found, expected = again.search(vectors[1], 9, every_other), index.search(vectors[1], 9, every_other)
        assert found.positions.tolist() == expected.positions.tolist()
        assert found.scores.tolist() == expected.scores.tolist()
        assert again.vectors_at([Position(7), Position(3)]) == pytest.approx(vectors[[7, 3]], abs=1e-3)
        assert np.array_equal(again.vectors(), index.vectors())

    def test_vectors_that_went_through_half_precision_once_stay_as_they_are(self, build: Build) -> None:
        """So a rebuild that takes them from the last bundle gives the same bytes."""
        once = build(unit_vectors(100, 0)).vectors()
        assert np.array_equal(build(once).vectors(), once)


@pytest.mark.parametrize(
    ("count", "fewer", "kind"),
    [(IN_BYTES_FROM, FlatVectorIndex, BytesVectorIndex), (SKETCHED_FROM, BytesVectorIndex, SketchedVectorIndex)],
)
def test_as_many_different_vectors_as_are_worth_it_are_searched_another_way_and_one_less_is_not(
    count: int, fewer: Kind, kind: Kind
) -> None:
    vectors = unit_vectors(count, 0, dimensions=8)
    assert type(build_index([vectors])) is kind
    assert type(build_index([vectors[1:], vectors[1:2]])) is fewer


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_bytes_find_what_an_exact_search_finds(seed: int, k: int) -> None:
    """Where many more are near than are compared exactly."""
    vectors = clustered_vectors(4000)
    vector = unit(np.random.default_rng(seed).standard_normal((1, 384)) + 20 * vectors[seed % 4000])[0]
    exact, found = flat(vectors), in_bytes(vectors)
    assert np.array_equal(found.nearest_of_all(vector, k).positions, exact.nearest_of_all(vector, k).positions)


@pytest.mark.parametrize(("build", "name"), [(in_bytes, "bytes"), (sketched, "sketches")])
def test_building_twice_gives_the_same_bytes(build: Build, name: str, tmp_path: Path) -> None:
    """A bundle's version is the sum of its files."""
    for folder in ("one", "another"):
        (tmp_path / folder).mkdir()
        build(clustered_vectors(500)).save(tmp_path / folder / "vectors.faiss")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(["vectors.faiss", "vectors_rows.npy", f"vectors_{name}.faiss"])
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "another" / file).read_bytes() for file in files)
