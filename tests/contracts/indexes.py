"""What every encoder and every index of vectors keeps."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.arrays import Bitmap, Mask, Numbers, Vectors
from recommender.indexes.encoders import Encoder
from recommender.indexes.vectors import VectorIndex


class EncoderContract:
    """An encoder of texts, given by the fixture `encoder`."""

    TEXTS: tuple[str, ...] = (
        "rainy sunday jazz, no vocals",
        "a",
        "calm piano",
        "夜のドライブ",
        "loud " * 400,
        "Straße, déjà vu, naïve café",
    )

    def test_vectors_are_unit_vectors_and_every_text_is_told(self, encoder: Encoder) -> None:
        told: list[int] = []
        vectors = encoder.encode(self.TEXTS, told.append)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(self.TEXTS), encoder.dimensions)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(self.TEXTS)), abs=1e-5)
        assert sum(told) == len(self.TEXTS)

    def test_no_texts_are_no_vectors(self, encoder: Encoder) -> None:
        assert encoder.encode([]).shape == (0, encoder.dimensions)

    def test_a_text_has_the_same_vector_alone_and_among_others(self, encoder: Encoder) -> None:
        together = encoder.encode(self.TEXTS * 20)
        alone = np.concatenate([encoder.encode([text]) for text in self.TEXTS])
        assert np.abs(together.reshape(20, len(self.TEXTS), -1) - alone).max() < 1e-5

    def test_a_text_alone_has_the_same_vector_each_time(self, encoder: Encoder) -> None:
        assert np.array_equal(encoder.encode(self.TEXTS[:1]), encoder.encode(self.TEXTS[:1]))


def unit(vectors: Numbers) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def unit_vectors(count: int, seed: int, dimensions: int = 16) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, dimensions)))


def bitmap(permitted: Mask) -> Bitmap:
    return np.packbits(permitted, bitorder="little")


def brute_force(vectors: Vectors, vector: Vectors, k: int, permitted: Mask) -> list[tuple[int, float]]:
    """Score every permitted track and sort."""
    scores = (vectors.astype(np.float64) * vector).sum(axis=1)  # row by row: equal rows must score alike
    found = [(int(position), float(scores[position])) for position in np.flatnonzero(permitted)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]


class VectorIndexContract:
    """An index of vectors, made of them by `build`; exact wherever few are searched."""

    build: Callable[[Vectors], VectorIndex]

    @settings(max_examples=60, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
    @given(
        count=st.integers(1, 200),
        k=st.integers(0, 250),
        share=st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.9, 1.0]),
        seed=st.integers(0, 2**32 - 1),
    )
    def test_it_finds_what_a_brute_force_inside_the_permitted_set_finds(
        self, count: int, k: int, share: float, seed: int
    ) -> None:
        """Some tracks have equal texts, and so equal vectors."""
        rng = np.random.default_rng(seed)
        vectors, vector = unit_vectors(count, seed)[rng.integers(0, count, count)], unit_vectors(1, seed + 1)[0]
        permitted = rng.random(count) < share
        index = self.build(vectors)
        assert index.vectors() == pytest.approx(vectors, abs=1e-3)
        found = index.search(vector, k, bitmap(permitted))
        expected = brute_force(index.vectors(), vector, k, permitted)
        assert len(set(found.positions.tolist())) == len(found) == len(expected)
        assert permitted[found.positions].all()
        assert found.scores == pytest.approx(np.array([score for _, score in expected]), abs=1e-6)
        assert (index.vectors()[found.positions] @ vector) == pytest.approx(found.scores, abs=1e-6)

    def test_the_nearest_of_all_are_found_whoever_may_have_them(self) -> None:
        vectors, vector = unit_vectors(100, 0), unit_vectors(1, 1)[0]
        index = self.build(vectors)
        expected = brute_force(index.vectors(), vector, 9, np.ones(100, dtype=bool))
        assert index.nearest_of_all(vector, 9).positions.tolist() == [position for position, _ in expected]

    def test_the_next_permitted_tracks_are_found_behind_a_cluster_of_denied_ones(self) -> None:
        """A filter after the search would return nothing: the 1,000 nearest are all denied."""
        vector = unit_vectors(1, 0)[0]
        flood = vector + 0.01 * unit_vectors(1000, 1)
        vectors = np.concatenate([flood / np.linalg.norm(flood, axis=1, keepdims=True), unit_vectors(100, 2)])
        permitted = np.arange(1100) >= 1000
        index = self.build(vectors.astype(np.float32))
        found = index.search(vector, 20, bitmap(permitted))
        expected = brute_force(index.vectors(), vector, 20, permitted)
        assert found.positions.tolist() == [position for position, _ in expected]

    def test_a_short_answer_is_short_and_holds_no_fillers(self) -> None:
        permitted = np.zeros(50, dtype=bool)
        permitted[[3, 30]] = True
        found = self.build(unit_vectors(50, 0)).search(unit_vectors(1, 1)[0], 10, bitmap(permitted))
        assert sorted(found.positions.tolist()) == [3, 30]
        assert np.isfinite(found.scores).all()

    def test_equal_tracks_come_in_the_order_of_positions(self) -> None:
        vectors = np.repeat(unit_vectors(2, 0), 20, axis=0)
        found = self.build(vectors).search(vectors[25], 40, bitmap(np.ones(40, dtype=bool)))
        assert found.positions.tolist() == [*range(20, 40), *range(20)]

    def test_of_equal_tracks_a_permitted_one_is_found_whether_it_came_first_or_later(self) -> None:
        index = self.build(np.repeat(unit_vectors(3, 0), 2, axis=0))
        permitted = np.array([True, False, False, True, False, False])
        assert sorted(index.search(unit_vectors(1, 1)[0], 6, bitmap(permitted)).positions.tolist()) == [0, 3]

    def test_tracks_beyond_the_permitted_bits_are_not_permitted_and_bits_beyond_the_tracks_mean_nothing(self) -> None:
        index = self.build(unit_vectors(40, 0))
        vector = unit_vectors(1, 1)[0]
        assert max(index.search(vector, 40, bitmap(np.ones(8, dtype=bool))).positions) == 7
        assert len(index.search(vector, 99, bitmap(np.ones(400, dtype=bool)))) == 40

    def test_an_empty_index_finds_nothing(self) -> None:
        index = self.build(np.zeros((0, 16), np.float32))
        assert len(index) == 0
        assert len(index.nearest_of_all(unit_vectors(1, 0)[0], 5)) == 0
        assert len(index.search(unit_vectors(1, 0)[0], 5, np.zeros(0, np.uint8))) == 0
