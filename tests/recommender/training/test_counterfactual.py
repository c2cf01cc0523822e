"""What other weights would have brought is estimated without bias, with intervals that hold, or not at all."""

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.arrays import Numbers
from catalog.consent import Standing
from recommender.blending import RankerSettings
from recommender.lists.rules import ListRules, Places
from recommender.training.counterfactual import (
    ESTIMATORS,
    LEAST_EFFECTIVE,
    LEAST_UNITS,
    Weighed,
    judged,
    next_chances,
    place_chances,
    ruled_chances,
)
from tests.explored import Explored, covered


def every_list(strengths: Numbers, places: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield every list with its chance, as Plackett and Luce have it: place by place out of what is left."""
    rates = np.exp(strengths)
    for rows in permutations(range(len(rates)), places):
        left = np.ones(len(rates), dtype=bool)
        chance = 1.0
        for row in rows:
            chance *= rates[row] / rates[left].sum()
            left[row] = False
        yield rows, chance


strengths = st.lists(st.floats(-8, 8), min_size=1, max_size=6).map(np.array)


@given(strengths, st.integers(1, 6))
def test_the_chance_of_a_track_at_a_place_is_that_of_all_lists_that_have_it_there(said: Numbers, wanted: int) -> None:
    places = min(wanted, len(said))
    expected = np.zeros((places, len(said)))
    for rows, chance in every_list(said, places):
        expected[np.arange(places), rows] += chance
    assert place_chances(said, places) == pytest.approx(expected, abs=1e-12)


@given(strengths)
def test_the_chances_of_places_given_those_before_multiply_to_that_of_the_list(said: Numbers) -> None:
    places = min(3, len(said))
    for rows, chance in every_list(said, places):
        by_place = next_chances(said, np.array(rows))
        assert by_place.sum(axis=1) == pytest.approx(1)
        assert by_place[np.arange(places), rows].prod() == pytest.approx(chance, rel=1e-9)


def test_chances_of_a_long_list_out_of_a_large_and_steep_pool_add_up() -> None:
    said = np.linspace(0, 40, 75)
    chances = place_chances(said, 20)
    assert chances.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert chances.sum(axis=0).max() <= 1 + 1e-12


LABELLED, REFUSING = int(Standing.LABELLED), int(Standing.NO_AI_NEIGHBOUR)


@pytest.mark.parametrize("share", [None, 0.4])
def test_where_rules_about_ai_bind_a_draw_chances_are_those_of_the_lists_that_they_let_be(share: float | None) -> None:
    """Beside a labelled track stands none that refuses that, and no beginning has more than the share of labelled ones."""
    said = np.array([0.5, 1.0, 0.2, -0.3, 0.8, 0.0])
    kinds = np.array([0, LABELLED, REFUSING, LABELLED, 0, REFUSING])
    expected, whole = np.zeros((3, 6)), 0.0
    for rows, _ in every_list(said, 3):
        places, chance = Places(ListRules(lambda row: int(kinds[row]), share)), 1.0
        for place, row in enumerate(rows):
            free = [one for one in range(6) if one not in rows[:place] and places.is_open(int(kinds[one]), place)]
            chance *= np.exp(said[row]) / np.exp(said[free]).sum() if row in free else 0
            assert (
                next_chances(said, np.array(rows), kinds, share)[place, row]
                == pytest.approx(np.exp(said[row]) / np.exp(said[free]).sum() if row in free else 0)
                or not chance
            )
            places.put(int(kinds[row]), place)
        expected[np.arange(3), rows] += chance
        whole += chance
    assert whole == pytest.approx(1)
    assert ruled_chances(said, 3, kinds, share, 40_000) == pytest.approx(expected, abs=0.005)
    assert ruled_chances(said, 3, kinds * 0, None, 40_000) == pytest.approx(place_chances(said, 3), abs=0.005)


LOGGED, TARGET = np.array([1.0, 0.3, 0.0, -0.5]), np.array([-0.4, 0.8, 0.0, 0.6])


def every_judgement(reward: Numbers, *, cascade: bool, tires: float) -> tuple[dict[str, float], float]:
    """Return what IPS and DR say on average over all lists of two that may be logged, and what the target brings.

    A track brings `reward` at its place, at the second less by `tires` times what the first brings.
    """

    def brings(rows: tuple[int, ...]) -> Numbers:
        first, second = reward[0, rows[0]], reward[1, rows[1]]
        return np.array([first, second - tires * first])

    features = np.array([[1.0, 0.2, -0.3, 0.4]])
    said, truth = {"ips": 0.0, "dr": 0.0}, sum(chance * brings(rows).sum() for rows, chance in every_list(TARGET, 2))
    for rows, chance in every_list(LOGGED, 2):
        shown = np.array(rows)
        chances = [next_chances(one, shown) if cascade else place_chances(one, 2) for one in (TARGET, LOGGED)]
        one = Weighed.of("u", shown, brings(rows), features, (chances[0], chances[1]), cascade=cascade)
        model = np.array([0.7])  # any model, however wrong
        foreseen, seen = one.expected @ model, one.features @ model
        said["ips"] += chance * float((one.weights * one.rewards).sum())
        said["dr"] += chance * float((one.before * foreseen + one.weights * (one.rewards - seen)).sum())
    return said, truth


REWARD = np.array([[0.9, 0.2, 0.5, 0.7], [0.4, 0.1, 0.3, 0.3]])


@pytest.mark.parametrize("cascade", [False, True])
def test_over_all_lists_ips_and_dr_say_what_the_target_brings(cascade: bool) -> None:
    said, truth = every_judgement(REWARD, cascade=cascade, tires=0)
    assert said == pytest.approx({"ips": truth, "dr": truth})


def test_where_a_reward_depends_on_the_track_before_only_cascades_are_unbiased() -> None:
    said, truth = every_judgement(REWARD, cascade=True, tires=0.5)
    assert said == pytest.approx({"ips": truth, "dr": truth})
    said, truth = every_judgement(REWARD, cascade=False, tires=0.5)
    assert abs(said["ips"] - truth) > 0.01


def test_a_target_that_is_what_was_logged_gains_nothing() -> None:
    world = Explored.of(120, 60)
    logged = world.chances(RankerSettings())
    found = judged(world.redrawn(None, logged, logged, np.random.default_rng(1)))
    assert found.effective == pytest.approx(120)
    assert list(found.estimates) == list(ESTIMATORS)
    for name in ("ips", "snips"):
        one = found.estimates[name]
        assert one.value == pytest.approx(found.logged)
        assert [one.gain, one.gain_low, one.gain_high] == pytest.approx([0, 0, 0], abs=1e-9)
    assert found.estimates["dr"].gain_low < 0 < found.estimates["dr"].gain_high


@pytest.mark.parametrize("units", [80, None])
def test_intervals_cover_the_truth_of_a_simulator_in_about_95_of_100_redrawn_logs(units: int | None) -> None:
    """With units drawn anew intervals of values do, too; of the same requests again they are wider than need be."""
    world = Explored.of(300, 120, seed=3)
    for value, gain in covered(world, RankerSettings(dense=0.6, tags=1.6), 250, units).values():
        assert 0.91 <= value <= (0.985 if units else 1)
        assert 0.91 <= gain <= 0.985


def test_dr_is_nearer_to_the_truth_than_ips() -> None:
    world, target = Explored.of(200, 100), RankerSettings(dense=0.5, tags=2.0)
    chances, logged = world.chances(target), world.chances(RankerSettings())
    found = judged(world.redrawn(None, chances, logged, np.random.default_rng(1))).estimates
    assert found["dr"].gain_high - found["dr"].gain_low < found["ips"].gain_high - found["ips"].gain_low


def weighed(count: int, weight: float = 1.0, unit: str = "") -> list[Weighed]:
    one = np.ones(1)
    return [
        Weighed(unit or f"{number}", one * (number % 2), one * weight, one, one[:, None], one[:, None])
        for number in range(count)
    ]


def test_too_few_effective_answers_or_units_or_one_unit_that_weighs_too_much_are_refused_with_what_helps() -> None:
    """Of two hundred answers one that weighs a hundred times as much leaves 9 effective ones."""
    assert f"{LEAST_UNITS - 1} units are too few" in judged(weighed(LEAST_UNITS - 1)).refused
    thin = judged([*weighed(199), *weighed(1, 100.0, "another")])
    assert "9 effective answers" in thin.refused
    assert not thin.estimates
    assert f"{LEAST_EFFECTIVE} at least; log more" in judged(weighed(LEAST_EFFECTIVE - 1)).refused
    assert "one unit has 20% of all weight" in judged([*weighed(200), *weighed(50, 1.0, "one")]).refused
    assert not judged(weighed(LEAST_EFFECTIVE)).refused


def test_without_any_list_there_is_nothing_to_judge() -> None:
    with pytest.raises(ValueError, match="let a variant explore"):
        judged([])
