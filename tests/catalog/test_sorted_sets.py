"""Sorted arrays hold what sets hold."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catalog.arrays import Positions
from catalog.sorted_sets import intersection, union

PARTS = st.lists(st.lists(st.integers(0, 30)), max_size=4)


def positions(found: list[int]) -> Positions:
    return np.array(found, dtype=np.int64)


@given(PARTS)
def test_a_union_holds_everything_once_in_order(parts: list[list[int]]) -> None:
    found = union(*map(positions, parts))
    assert found.tolist() == sorted({position for part in parts for position in part})
    assert found.dtype == np.int64


@given(st.frozensets(st.integers(0, 30)), st.frozensets(st.integers(0, 30)))
def test_an_intersection_holds_what_is_in_both(one: frozenset[int], other: frozenset[int]) -> None:
    assert intersection(positions(sorted(one)), positions(sorted(other))).tolist() == sorted(one & other)
