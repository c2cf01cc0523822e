"""What consent asks of a list as a whole holds in every list, and costs as few places as it must."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import Standing
from catalog.tracks import Position
from recommender.lists.rules import ListRules, Places
from recommender.lists.sequencing import space_artists
from tests.positions import positions

PLAIN = Standing.PERMITTED
MADE_WITH_AI = Standing.PERMITTED | Standing.LABELLED
NOT_BESIDE_AI = Standing.PERMITTED | Standing.NO_AI_NEIGHBOUR
STANDINGS = (PLAIN, PLAIN, MADE_WITH_AI, NOT_BESIDE_AI, MADE_WITH_AI | Standing.NO_AI_NEIGHBOUR)


def listed(standings: list[Standing], share: float | None = None, length: int = 99, gap: int = 0) -> list[Position]:
    """Order tracks of these standings, the best first; neighbours in rank are by one artist."""
    artist = np.array([place // 2 for place in range(len(standings))], np.int32)
    rules = ListRules(lambda position: int(standings[position]), share)
    return space_artists(positions(len(standings)), artist, gap, length, rules=rules)


def test_a_track_that_shuns_ai_music_stands_beside_none() -> None:
    assert listed([MADE_WITH_AI, NOT_BESIDE_AI, PLAIN]) == [0, 2, 1]
    assert listed([NOT_BESIDE_AI, MADE_WITH_AI, PLAIN, MADE_WITH_AI]) == [0, 2, 1, 3]


def test_it_is_put_earlier_where_nothing_that_is_left_may_follow() -> None:
    assert listed([PLAIN, MADE_WITH_AI, NOT_BESIDE_AI]) == [2, 0, 1]


def test_what_can_stand_nowhere_is_left_out() -> None:
    assert listed([MADE_WITH_AI, NOT_BESIDE_AI]) == [0]


def test_every_beginning_of_a_list_keeps_the_share() -> None:
    assert listed([MADE_WITH_AI, PLAIN, MADE_WITH_AI, PLAIN, PLAIN, PLAIN], share=0.5) == [1, 0, 3, 2, 4, 5]
    assert listed([MADE_WITH_AI, PLAIN], share=0.0) == [1]
    assert listed([MADE_WITH_AI, MADE_WITH_AI], share=1.0) == [0, 1]


@pytest.mark.parametrize(("share", "labelled", "plain"), [(0.58, 29, 21), (0.29, 29, 71), (0.57, 57, 43)])
def test_a_share_that_floating_point_cannot_hold_loses_no_place(share: float, labelled: int, plain: int) -> None:
    assert len(listed([PLAIN] * plain + [MADE_WITH_AI] * labelled, share=share, length=100)) == labelled + plain


@given(
    st.lists(st.sampled_from(STANDINGS), max_size=14),
    st.sampled_from([None, 0.0, 0.2, 0.5, 1.0]),
    st.integers(0, 14),
    st.integers(0, 3),
)
def test_the_rules_hold_in_every_list_and_nothing_that_fits_is_left_out(
    standings: list[Standing], share: float | None, length: int, gap: int
) -> None:
    order = listed(standings, share, length, gap)
    assert len(order) == len(set(order)) <= length
    assert keeps_the_rules([standings[position] for position in order], share)
    if len(order) < length:
        for position in set(range(len(standings))) - set(order):
            for place in range(len(order) + 1):
                with_it = [*order[:place], position, *order[place:]]
                assert not keeps_the_rules([standings[one] for one in with_it], share)


def keeps_the_rules(standings: list[Standing], share: float | None) -> bool:
    """Read the rules from their words, pair by pair and beginning by beginning."""
    for one, other in pairwise(standings):
        if Standing.LABELLED in one and Standing.NO_AI_NEIGHBOUR in other:
            return False
        if Standing.LABELLED in other and Standing.NO_AI_NEIGHBOUR in one:
            return False
    beginnings = (standings[:size] for size in range(1, len(standings) + 1))
    return share is None or all(
        sum(Standing.LABELLED in standing for standing in beginning) <= share * len(beginning)
        for beginning in beginnings
    )


@given(
    st.lists(st.tuples(st.sampled_from(STANDINGS), st.floats(0, 1)), max_size=12),
    st.sampled_from([None, 0.0, 0.1, 0.34, 0.5, 1.0]),
)
def test_a_place_is_open_to_a_kind_where_the_list_with_it_keeps_the_rules(
    puts: list[tuple[Standing, float]], share: float | None
) -> None:
    rules = ListRules(lambda place: int(STANDINGS[place]), share)
    places, order = Places(rules), list[Standing]()
    for standing, at in puts:
        for number, other in enumerate(STANDINGS):
            kind = rules.kind(Position(number))
            held = [keeps_the_rules([*order[:place], other, *order[place:]], share) for place in range(len(order) + 1)]
            assert [places.is_open(kind, place) for place in range(len(order) + 1)] == held
            assert places.last_open(kind) == max((place for place, fits in enumerate(held[:-1]) if fits), default=None)
        place = round(at * len(order))
        kind = rules.kind(Position(STANDINGS.index(standing)))
        if places.is_open(kind, place):
            places.put(kind, place)
            order.insert(place, standing)
