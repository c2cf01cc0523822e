"""An exploring list is drawn with probabilities that are exact: they sum to 1, and lists come as often as they say."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from catalog.consent import Standing
from catalog.tracks import Position
from recommender.lists.exploration import drawn, is_spaced, log_propensities, pool_of
from recommender.lists.rules import ListRules
from tests.positions import positions

NO_RULES = ListRules(lambda _: 0)


def at(*places: int) -> list[Position]:
    return [Position(place) for place in places]


STRENGTHS = np.array([2.5, 2.5, 1.0, 0.0, -3.0, -30.0])
PLAIN, LABELLED, REFUSING = Standing(0), Standing.LABELLED, Standing.NO_AI_NEIGHBOUR
MIXED = (LABELLED, PLAIN, REFUSING, PLAIN, LABELLED, PLAIN)


def of(*standings: Standing, share: float | None = None) -> ListRules:
    return ListRules(lambda row: int(standings[row]), share)


def fits(row: int, before: tuple[int, ...], standings: tuple[Standing, ...], share: float | None) -> bool:
    """The rules in their words: who may come next."""
    pair = {standings[row], standings[before[-1]]} if before else {standings[row]}
    labelled = sum(standings[one] == LABELLED for one in (*before, row))
    return pair != {LABELLED, REFUSING} and (share is None or labelled <= share * (len(before) + 1))


def chance(order: tuple[int, ...], standings: tuple[Standing, ...] = (PLAIN,) * 6, share: float | None = None) -> float:
    """The probability of a list, place by place as the model's words say it."""
    product = 1.0
    for place, row in enumerate(order):
        before = order[:place]
        left = [one for one in range(6) if one not in before and fits(one, before, standings, share)]
        product *= np.exp(STRENGTHS[row]) / np.exp(STRENGTHS[left]).sum() if row in left else 0.0
    return float(product)


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize(("standings", "share"), [((PLAIN,) * 6, None), (MIXED, None), (MIXED, 0.5), (MIXED, 0.34)])
def test_the_propensities_of_all_lists_sum_to_one(
    length: int, standings: tuple[Standing, ...], share: float | None
) -> None:
    rules = of(*standings, share=share)
    lists = list(permutations(range(6), length))
    told = [log_propensities(one, STRENGTHS, rules) for one in lists]
    chances = [0.0 if one is None else float(np.exp(sum(one))) for one in told]
    assert chances == pytest.approx([chance(one, standings, share) for one in lists], rel=1e-12, abs=1e-300)
    assert abs(sum(chances) - 1) < 1e-12


@pytest.mark.parametrize(("standings", "share"), [((PLAIN,) * 6, None), (MIXED, 0.5)])
def test_lists_come_as_often_as_their_propensities_say(standings: tuple[Standing, ...], share: float | None) -> None:
    rules, draws = of(*standings, share=share), 6_000
    seen = Counter(tuple(drawn(STRENGTHS, rules, 3, seed).rows) for seed in range(draws))
    expected = {one: draws * chance(one, standings, share) for one in permutations(range(6), 3)}
    often = [one for one in expected if expected[one] >= 5]
    rest = draws - sum(expected[one] for one in often)
    found = [*(seen[one] for one in often), draws - sum(seen[one] for one in often)]
    assert stats.chisquare(found, [*(expected[one] for one in often), rest]).pvalue > 1e-4
    for place in range(3):
        marginal = [sum(expected[one] for one in expected if one[place] == row) for row in range(6)]
        in_place = [sum(seen[one] for one in seen if one[place] == row) for row in range(6)]
        kept = [row for row in range(6) if marginal[row] >= 5]
        assert (
            stats.chisquare(
                [*(in_place[row] for row in kept), draws - sum(in_place[row] for row in kept)],
                [*(marginal[row] for row in kept), draws - sum(marginal[row] for row in kept)],
            ).pvalue
            > 1e-4
        )


def test_a_draw_tells_the_propensities_of_what_it_drew_and_one_seed_draws_one_list() -> None:
    for seed in range(50):
        draw = drawn(STRENGTHS, of(*MIXED, share=0.5), 4, seed)
        assert draw.log_propensities == log_propensities(draw.rows, STRENGTHS, of(*MIXED, share=0.5))
        assert draw == drawn(STRENGTHS, of(*MIXED, share=0.5), 4, seed)


def test_strengths_that_differ_by_thousands_still_have_finite_propensities() -> None:
    strengths = np.linspace(7e5, -7e5, 80)
    draw = drawn(strengths, NO_RULES, 80, 1)
    assert draw.rows == list(range(80))
    assert draw.log_propensities == [0.0] * 80


def test_a_list_that_can_not_go_on_ends_and_one_that_always_can_is_known() -> None:
    closed = of(LABELLED, REFUSING)
    assert len(drawn(np.zeros(2), closed, 2, 1).rows) == 1
    assert log_propensities([0, 1], np.zeros(2), closed) is None
    assert not closed.never_end(at(0, 1), 2)
    assert of(*MIXED, share=0.5).never_end(at(*range(6)), 3)
    assert not of(*MIXED, share=0.5).never_end(at(*range(6)), 4)
    assert not of(*MIXED).never_end(at(*range(6)), 4)
    assert of(LABELLED, LABELLED).never_end(at(0, 1), 2)
    assert of(*MIXED).bind(at(0, 1, 2))
    assert of(*MIXED, share=0.5).bind(at(0, 1))
    assert not of(*MIXED).bind(at(0, 1, 4))
    assert of(REFUSING, PLAIN, share=0.0).never_end(at(0, 1), 2)
    assert of(LABELLED, PLAIN, share=1.0).never_end(at(0, 1), 2)


def test_a_pool_is_one_by_each_artist_where_that_is_enough_for_a_list() -> None:
    artist = np.array([0, 0, 1, 1, 2, 3, 3], np.int32)
    assert pool_of(positions(7), 4, artist, frozenset(), NO_RULES) == [0, 2, 4, 5]
    assert pool_of(positions(7), 5, artist, frozenset(), NO_RULES) == positions(7)
    assert pool_of(positions(7), 5, artist, frozenset({1}), NO_RULES) == [0, 2, 3, 4, 5]
    assert is_spaced(at(0, 2, 4), artist, frozenset())
    assert not is_spaced(at(0, 2, 3), artist, frozenset())
    assert is_spaced(at(0, 2, 3), artist, frozenset({1}))


def test_a_pool_is_three_times_as_many_as_the_list_and_fifteen_more() -> None:
    assert pool_of(positions(100), 4, np.arange(100, dtype=np.int32), frozenset(), NO_RULES) == positions(27)


def test_what_may_stand_in_no_list_is_in_no_pool() -> None:
    standings, artist = (LABELLED, PLAIN, REFUSING), np.arange(3, dtype=np.int32)
    assert pool_of(positions(3), 2, artist, frozenset(), of(*standings, share=0.0)) == [1, 2]
    assert pool_of(positions(3), 2, artist, frozenset(), of(*standings, share=0.5)) == [0, 1, 2]
