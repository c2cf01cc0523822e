"""Rows that hold what a query wants are found; tastes that overlap are left alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from catalog.tracks import TrackId
from eval.queries import Query
from eval.systems.holdout import Leak, leaks
from tests.positions import positions

POSITIONS = {TrackId(f"t{number}"): number for number in positions(10)}
ROWS = [("listener", "ann"), ("listener", "bob"), ("playlist", "evening")]


def held(*by_row: str) -> csr_matrix:
    """Return who holds which of ten tracks, named by their digits, and behind them three artists whom all hold."""
    matrix = np.zeros((len(by_row), 13), dtype=np.float32)
    matrix[:, 10:] = 5
    for row, tracks in enumerate(by_row):
        matrix[row, [int(digit) for digit in tracks]] = 2
    return csr_matrix(matrix)


OWNERS = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2], dtype=np.int32)
"""Which of the three artists each of the ten tracks is by."""


def found_in(
    queries: Sequence[Query], listening: csr_matrix, rows: Sequence[tuple[str, str]] = ROWS
) -> tuple[Leak, ...]:
    return leaks(queries, listening, rows, POSITIONS, OWNERS)


def wanting(digits: str, query_id: str = "q") -> Query:
    return Query(query_id, "slow jazz", {TrackId(f"t{digit}"): 1.0 for digit in digits})


def test_a_listener_or_a_playlist_that_holds_what_a_query_wants_is_named() -> None:
    """Both were made from rows that were learned from, and nobody declared it."""
    queries = [wanting("01234", "of a listener"), wanting("13579", "of nobody"), wanting("456789", "of a playlist")]
    assert found_in(queries, held("012348", "028", "3456789")) == (
        Leak("of a listener", "listener", "ann", held=5, wanted=5),
        Leak("of a playlist", "playlist", "evening", held=6, wanted=6),
    )


def test_of_several_rows_the_one_that_holds_most_is_named_first() -> None:
    found = found_in([wanting("0123456789")], held("012345678", "0123456789", "12345678"))
    assert found == (Leak("q", "listener", "bob", held=10, wanted=10), Leak("q", "listener", "ann", held=9, wanted=10))


@pytest.mark.parametrize(
    ("wanted", "row"),
    [
        pytest.param("0123456789", "01234567", id="four fifths"),
        pytest.param("0123456789", "01234", id="half"),
        pytest.param("0123", "0123456789", id="all, but only four"),
        pytest.param("01234", "56789", id="nothing"),
        pytest.param("", "0123456789", id="all of nothing"),
    ],
)
def test_tastes_that_overlap_are_no_leak(wanted: str, row: str) -> None:
    assert found_in([wanting(wanted)], held(row, "5", "5")) == ()


def test_tracks_that_the_catalog_does_not_have_can_hide_no_leak() -> None:
    query = wanting("01234")
    query = replace(query, relevant={**query.relevant, TrackId("unknown"): 1.0, TrackId("foreign"): 1.0})
    assert found_in([query], held("01234", "5", "5")) == (Leak("q", "listener", "ann", held=5, wanted=5),)


def test_of_who_is_known_by_artists_alone_artists_are_compared() -> None:
    """Fifteen tracks by six artists are wanted; one listener is known to play five, another all six of them."""
    owners = np.repeat(np.arange(6, dtype=np.int32), 5)
    held = {TrackId(f"t{number}"): number for number in positions(30)}
    listening = np.zeros((2, 36), dtype=np.float32)
    listening[0, 30:35] = listening[1, 30:36] = 3
    query = Query("q", "slow jazz", {TrackId(f"t{number}"): 1.0 for number in range(0, 30, 2)})
    found = leaks([query], csr_matrix(listening), ROWS[:2], held, owners)
    assert found == (Leak("q", "listener", "bob", held=6, wanted=6),)


def test_where_nobody_listens_nothing_leaks() -> None:
    assert found_in([wanting("01234")], held(), []) == ()
    assert found_in([], held("01234", "5", "5")) == ()
