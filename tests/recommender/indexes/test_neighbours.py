"""What is held together is near, and by how much."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from catalog.tracks import Position
from recommender.indexes.collaborative import NEAREST, SHRINKAGE, ListeningRows, NeighbourModel

Held = Sequence[Sequence[bool]]

ARTISTS = np.array([0, 0, 1, 2], dtype=np.int32)
"""Four tracks; columns 4, 5 and 6 are their artists."""


def fitted(held: npt.ArrayLike, artists: npt.NDArray[np.int32] = ARTISTS) -> NeighbourModel:
    return NeighbourModel.fit(csr_matrix(np.asarray(held, np.float32)), artists)


def nearness(held: npt.NDArray[np.bool_], one: int, other: int) -> float:
    """A slow reference: common rows, each worth 1 / log2(1 + its size), over the root of both counts plus 5."""
    if one == other:
        return 0.0
    common = sum(1 / np.log2(1 + row.sum()) for row in held if row[one] and row[other])
    return float(common / (np.sqrt(held[:, one].sum() * held[:, other].sum()) + SHRINKAGE))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=7, max_size=7), max_size=8), st.integers(0, 6), st.floats(0, 2))
def test_nearness_is_what_is_held_together_by_what_is_held_at_all(held: Held, column: int, share: float) -> None:
    rows = np.array(held, bool).reshape(-1, 7)
    near = [nearness(rows, column, other) for other in range(7)]
    expected = [near[track] + share * near[4 + artist] for track, artist in enumerate(ARTISTS)]
    assert fitted(rows).score({column: 1.0}, share) == pytest.approx(expected, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.integers(0, 6), st.floats(0, 3), max_size=4))
def test_what_several_things_are_near_to_adds_up_by_their_weights(held: dict[int, float]) -> None:
    model = fitted([[1, 1, 0, 0, 1, 0, 0], [1, 0, 1, 0, 1, 1, 0], [0, 1, 1, 1, 0, 1, 1]])
    expected = sum((weight * model.score({column: 1.0}, 0.5) for column, weight in held.items()), np.zeros(4))
    assert model.score(held, 0.5) == pytest.approx(expected, abs=1e-5)


def test_how_often_something_is_played_by_one_listener_makes_it_no_nearer() -> None:
    once, often = fitted([[1, 1, 0, 0, 1, 0, 0]]), fitted([[1, 50, 0, 0, 9, 0, 0]])
    assert once.score({0: 1.0}, 1.0).tolist() == often.score({0: 1.0}, 1.0).tolist()


def test_one_listener_in_common_makes_nothing_as_near_as_ten_do() -> None:
    """Without shrinkage both pairs, always held together, would be equally near."""
    pairs = [[1, 1, 0, 0, 0, 0, 0]] * 10 + [[0, 0, 1, 1, 0, 0, 0]]
    model = fitted(pairs)
    ten, one = model.score({0: 1.0}, 0.0)[1], model.score({2: 1.0}, 0.0)[3]
    share = 1 / np.log2(3)
    assert (ten, one) == (pytest.approx(10 * share / (10 + SHRINKAGE)), pytest.approx(share / (1 + SHRINKAGE)))


def test_a_listener_who_holds_everything_says_less_than_one_who_holds_two_tracks() -> None:
    model = fitted([[1, 1, 0, 0, 0, 0, 0], [1, 0, 1, 1, 1, 1, 1]])
    two, everything = model.score({0: 1.0}, 0.0)[[1, 2]]
    assert two > everything > 0


def test_an_artist_has_neighbours_and_is_one() -> None:
    """Ann and Bob play track 0 and 2; of Cleo only artists are known, the first and the third."""
    artists = np.array([0, 1, 2, 2], dtype=np.int32)
    rows = ListeningRows(artists, np.ones(4, dtype=bool))
    rows.add("listener", "ann", {Position(0): 3.0, Position(2): 1.0}, {})
    rows.add("listener", "bob", {Position(0): 1.0, Position(2): 5.0}, {})
    rows.add("listener", "cleo", {}, {0: 2.0, 2: 2.0})
    model = NeighbourModel.fit(rows.matrix(), artists)
    by_artist = model.score({4 + 0: 1.0}, 1.0)
    assert by_artist[2] > by_artist[3] > 0, "track 3 nobody played: it is near through its artist alone"
    assert by_artist[1] == 0
    assert model.score({4 + 0: 1.0}, 0.0)[3] == 0


def test_only_the_nearest_are_kept_equal_ones_by_position() -> None:
    """Everybody holds track 0 and one other, the last track twice as often."""
    size = NEAREST + 30
    held = np.zeros((size, size), np.float32)
    held[np.arange(size), np.arange(size)] = 1
    held[:, 0] = 1
    held = np.vstack([held, held[-1]])
    played = np.hstack([held, np.zeros((len(held), 1), np.float32)])
    scores = fitted(played, np.zeros(size, np.int32)).score({0: 1.0}, 0.0)
    assert np.flatnonzero(scores).tolist() == [*range(1, NEAREST), size - 1]
    assert scores.argmax() == size - 1


def test_where_nothing_was_played_nothing_is_near(tmp_path: Path) -> None:
    for held in (np.zeros((0, 7)), np.zeros((3, 7))):
        assert fitted(held).score({0: 1.0, 5: 1.0}, 1.0).tolist() == [0, 0, 0, 0]
    assert NeighbourModel.load_if_built(tmp_path, artist_of_track=ARTISTS) is None


def test_whoever_holds_nothing_is_near_to_nothing() -> None:
    assert fitted(np.ones((2, 7))).score({}, 1.0).tolist() == [0, 0, 0, 0]


def test_neighbours_read_from_their_folder_are_the_same(tmp_path: Path) -> None:
    model = fitted([[1, 1, 0, 0, 1, 0, 0], [1, 0, 1, 0, 1, 1, 0]])
    model.save(tmp_path)
    again = NeighbourModel.load_if_built(tmp_path, artist_of_track=ARTISTS)
    assert again is not None
    for column in range(7):
        assert again.score({column: 1.0}, 0.2).tolist() == model.score({column: 1.0}, 0.2).tolist()
