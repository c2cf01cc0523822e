"""Intervals and tests against hand-worked examples, slow references and simulated worlds whose truth is known."""

import math
from collections.abc import Callable, Sequence
from dataclasses import astuple
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from catalog.arrays import Numbers
from eval.measures.significance import Comparison, MetricValue, compare_all, holm, intervals, ratios, share_of

Draw = Callable[[np.random.Generator, npt.NDArray[np.int64]], Numbers]

WORLDS = 1_000
LONGEST = 30
MICRO = np.array([False])
EIGHTHS = st.integers(0, 8).map(lambda eighths: eighths / 8)


def compare(a: Numbers, b: Numbers, clusters: Sequence[str], macro: bool = False) -> Comparison:
    """How the scores `b` differ from the scores `a`."""
    return compare_all({"a": a, "b": b}, "a", clusters, macro)["b"]


def one_each(count: int) -> list[str]:
    return [f"c{number:04}" for number in range(count)]


def column(*scores: float) -> Numbers:
    return np.array(scores)[:, None]


class TestIntervals:
    def test_clusters_are_drawn_whole(self) -> None:
        """Twenty dialogs whose ten turns agree say as much as twenty single queries: their interval is as wide."""
        single = np.repeat([0.0, 1.0], 10)[:, None]
        (alone,) = intervals(single, one_each(20), MICRO)
        (together,) = intervals(single.repeat(10, axis=0), np.repeat(one_each(20), 10).tolist(), MICRO)
        (as_if_apart,) = intervals(single.repeat(10, axis=0), one_each(200), MICRO)
        assert astuple(together) == pytest.approx(astuple(alone))
        assert as_if_apart.high - as_if_apart.low < 0.5 * (together.high - together.low)

    def test_an_interval_is_as_wide_as_theory_says(self) -> None:
        """Of 400 independent queries half are hit: the 95 % interval is 0.5 +- 1.96 * sqrt(0.25 / 400)."""
        (value,) = intervals(np.repeat([0.0, 1.0], 200)[:, None], one_each(400), MICRO)
        assert value.value == 0.5
        assert value.low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.006)
        assert value.high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.006)

    def test_the_macro_form_averages_within_a_cluster_first(self) -> None:
        """One dialog with three hits and one with a single miss: 3/4 of the queries, 1/2 of the dialogs."""
        micro, macro = intervals(column(1, 1, 1, 0).repeat(2, axis=1), ["a", "a", "a", "b"], np.array([False, True]))
        assert (micro.value, macro.value) == (0.75, 0.5)

    def test_a_query_without_a_value_is_left_out_of_its_column_alone(self) -> None:
        """Dialog a has 1 and an undefined turn, b has 0 and 0: 1/3 of the queries, 1/2 of the dialogs."""
        scores = np.array([[1, 1, 1], [np.nan, np.nan, 1], [0, 0, 0], [0, 0, 0]])
        micro, macro, full = intervals(scores, ["a", "a", "b", "b"], np.array([False, True, False]))
        assert (micro.value, macro.value, full.value) == (1 / 3, 0.5, 0.5)

    def test_a_column_without_any_value_has_none(self) -> None:
        empty, beside = intervals(np.array([[np.nan, 1.0], [np.nan, 0.0]]), ["a", "b"], np.array([True, True]))
        assert all(math.isnan(number) for number in (empty.value, empty.low, empty.high))
        assert beside.value == 0.5

    @pytest.mark.parametrize("macro", [False, True])
    def test_one_cluster_has_no_spread(self, macro: bool) -> None:
        (value,) = intervals(column(0.1, 0.7, 0.6), ["a", "a", "a"], np.array([macro]))
        assert value.low == value.value == value.high == pytest.approx(1.4 / 3)

    @pytest.mark.parametrize("score", [0.0, 0.1, 1.0, -0.3])
    def test_equal_scores_have_no_spread(self, score: float) -> None:
        scores = np.full((30, 2), score)
        both = intervals(scores, np.repeat(one_each(3), 10).tolist(), np.array([False, True]))
        assert both == [MetricValue(score, score, score)] * 2

    def test_equal_tails_lean_to_the_side_on_which_rare_hits_may_have_been_missed(self) -> None:
        (value,) = intervals(np.repeat([1.0, 0.0], [5, 45])[:, None], one_each(50), MICRO)
        assert value.high - value.value > 1.2 * (value.value - value.low)

    def test_the_interval_of_differences_is_symmetric(self) -> None:
        (value,) = intervals(np.repeat([1.0, 0.0, -1.0], [9, 40, 1])[:, None], one_each(50), MICRO)
        assert value.high - value.value == pytest.approx(value.value - value.low)

    @pytest.mark.parametrize("macro", [False, True])
    def test_bounds_are_those_of_a_slow_bootstrap_t(self, macro: bool) -> None:
        """The reference draws lists of clusters and measures each anew, by the textbook's formulas."""
        rng = np.random.default_rng(3)
        dialogs = [rng.beta(1, 2, size=size) for size in rng.integers(1, 9, size=40)]

        def mean_and_error(drawn: Sequence[Numbers]) -> tuple[float, float]:
            if macro:
                means = [turns.mean() for turns in drawn]
                return float(np.mean(means)), float(np.std(means) / math.sqrt(len(means)))
            mean = np.concatenate(drawn).mean()
            size = np.mean([len(turns) for turns in drawn])
            return float(mean), float(np.std([(turns - mean).sum() for turns in drawn]) / size / math.sqrt(len(drawn)))

        mean, error = mean_and_error(dialogs)
        shifts = []
        for _ in range(4_000):
            resampled, own_error = mean_and_error([dialogs[number] for number in rng.integers(0, 40, size=40)])
            shifts.append((resampled - mean) / own_error)
        least, most = np.quantile(shifts, [0.025, 0.975])
        clusters = [name for name, turns in zip(one_each(40), dialogs, strict=True) for _ in turns]
        (value,) = intervals(np.concatenate(dialogs)[:, None], clusters, np.array([macro]))
        assert value.value == pytest.approx(mean)
        assert value.low == pytest.approx(mean - most * error, abs=0.2 * error)
        assert value.high == pytest.approx(mean - least * error, abs=0.2 * error)

    def test_bounds_are_near_those_of_scipy_where_clusters_are_many_and_alike(self) -> None:
        """With 400 single queries, and scores that are not skewed, the percentiles of scipy are nearly as good."""
        scores = np.random.default_rng(4).beta(2, 2, size=400)
        reference = stats.bootstrap((scores,), np.mean, method="percentile", rng=5).confidence_interval
        (value,) = intervals(scores[:, None], one_each(400), MICRO)
        width = reference.high - reference.low
        assert value.low == pytest.approx(reference.low, abs=0.06 * width)
        assert value.high == pytest.approx(reference.high, abs=0.06 * width)

    @given(
        st.lists(st.tuples(st.floats(-1, 1) | st.just(math.nan), st.sampled_from("abcd")), min_size=1, max_size=12),
        st.booleans(),
    )
    @settings(max_examples=50)
    def test_an_interval_lies_within_the_scores_and_repeats(self, scored: list[tuple[float, str]], macro: bool) -> None:
        scores = column(*(score for score, _ in scored))
        clusters = [cluster for _, cluster in scored]
        (value,) = intervals(scores, clusters, np.array([macro]))
        known = scores[~np.isnan(scores)]
        if known.size:
            assert known.min() <= value.low <= value.value <= value.high <= known.max()
            assert intervals(scores, clusters, np.array([macro])) == [value]
        else:
            assert math.isnan(value.value)

    @given(st.lists(st.tuples(EIGHTHS, st.sampled_from("abcd")), min_size=1, max_size=12), st.randoms(), st.booleans())
    @settings(max_examples=50)
    def test_the_order_of_queries_does_not_matter(
        self, scored: list[tuple[float, str]], random: Random, macro: bool
    ) -> None:
        shuffled = random.sample(scored, len(scored))
        first, second = (
            intervals(column(*(score for score, _ in some)), [name for _, name in some], np.array([macro]))
            for some in (scored, shuffled)
        )
        assert first == second

    def test_another_seed_draws_other_clusters(self) -> None:
        scores = np.random.default_rng(6).random((40, 1))
        assert intervals(scores, one_each(40), MICRO, seed=1) != intervals(scores, one_each(40), MICRO, seed=2)

    @pytest.mark.parametrize(("rows", "names", "columns"), [(3, 2, 1), (2, 2, 2), (0, 0, 1)])
    def test_lengths_that_disagree_are_told(self, rows: int, names: int, columns: int) -> None:
        with pytest.raises(
            ValueError, match=rf"scores of shape \({rows}, 1\) for {names} queries and {columns} columns"
        ):
            intervals(np.zeros((rows, 1)), one_each(names), np.zeros(columns, dtype=bool))


def hits(rate: float) -> Draw:
    """Turns that are hit or not, in dialogs some of which are easier (a correlation of 0.1 between turns)."""

    def draw(rng: np.random.Generator, sizes: npt.NDArray[np.int64]) -> Numbers:
        ease = rng.beta(9 * rate, 9 * (1 - rate), size=(*sizes.shape, 1))
        return (rng.random((*sizes.shape, LONGEST)) < ease).astype(np.float64)

    return draw


def graded(rng: np.random.Generator, sizes: npt.NDArray[np.int64]) -> Numbers:
    """Six of ten turns score 0, the others anything up to 1, and a third of the turns has no score: the mean is 2/15."""
    scores = hits(0.4)(rng, sizes) * rng.beta(1, 2, size=(*sizes.shape, LONGEST))
    return np.where(rng.random(scores.shape) < 1 / 3, np.nan, scores)


def skewed(rng: np.random.Generator, sizes: npt.NDArray[np.int64]) -> Numbers:
    """Exponential scores in dialogs whose own means are skewed too: the mean is 1."""
    scores: Numbers = rng.exponential(rng.gamma(2, 0.5, size=(*sizes.shape, 1)), size=(*sizes.shape, LONGEST))
    return scores


def paired(rng: np.random.Generator, sizes: npt.NDArray[np.int64]) -> Numbers:
    """What the hits of two equal systems differ by, in dialogs of which most are hard for both: the mean is 0."""
    ease = rng.beta(1, 3, size=(*sizes.shape, 1))
    hit: Numbers = (rng.random((2, *sizes.shape, LONGEST)) < ease).astype(np.float64)
    difference: Numbers = hit[0] - hit[1]
    return difference


def longer_is_easier(rng: np.random.Generator, sizes: npt.NDArray[np.int64]) -> Numbers:
    """Short dialogs (5 turns or fewer) are hit at 0.1, longer ones at 0.3."""
    return (rng.random((*sizes.shape, LONGEST)) < np.where(sizes <= 5, 0.1, 0.3)[..., None]).astype(np.float64)


def worlds_of(draw: Draw, clusters: int, seed: int) -> tuple[Numbers, list[str]]:
    """1,000 worlds of dialogs of 1 to 30 turns, 6 on average, as columns: missing turns are NaN."""
    rng = np.random.default_rng(seed)
    sizes = np.minimum(rng.geometric(1 / 6, size=(WORLDS, clusters)), LONGEST)
    scores = np.where(np.arange(LONGEST) < sizes[..., None], draw(rng, sizes), np.nan)
    return np.ascontiguousarray(scores.reshape(WORLDS, -1).T), np.repeat(one_each(clusters), LONGEST).tolist()


LENGTHS = np.minimum(np.arange(1, 400), LONGEST)
CHANCES = stats.geom.pmf(np.arange(1, 400), 1 / 6)
EASES = np.where(LENGTHS <= 5, 0.1, 0.3)
LONGER = {
    False: float((EASES * LENGTHS * CHANCES).sum() / (LENGTHS * CHANCES).sum()),
    True: float((EASES * CHANCES).sum()),
}


@pytest.mark.parametrize("macro", [False, True], ids=["micro", "macro"])
@pytest.mark.parametrize(
    ("draw", "clusters", "truth"),
    [
        (hits(0.05), 50, 0.05),
        (hits(0.1), 30, 0.1),
        (hits(0.2), 20, 0.2),
        (hits(0.5), 20, 0.5),
        (graded, 30, 2 / 15),
        (skewed, 80, 1),
        (paired, 50, 0),
        (longer_is_easier, 40, None),
    ],
    ids=["5 % hits", "10 % hits", "20 % hits", "50 % hits", "graded", "skewed", "paired", "longer is easier"],
)
def test_the_interval_covers_the_truth_in_93_to_97_of_100_worlds(
    draw: Draw, clusters: int, truth: float | None, macro: bool
) -> None:
    """The tolerance is the sampling error of 1,000 worlds: over 8,000 each of these kinds was covered in 94 to 96 of 100."""
    scores, names = worlds_of(draw, clusters, seed=12)
    true = LONGER[macro] if truth is None else truth
    values = intervals(scores, names, np.full(WORLDS, macro))
    covered = np.mean([value.low <= true <= value.high for value in values])
    assert 0.93 <= covered <= 0.97


def against_nothing(differences: Numbers, clusters: Sequence[str], macro: bool = False) -> list[Comparison]:
    """Compare each column, the differences of one pair of systems, with zero: many pairs at once."""
    pairs = {str(number): differences[:, number] for number in range(differences.shape[1])}
    return list(compare_all({"none": np.zeros(len(clusters)), **pairs}, "none", clusters, macro).values())


def share_called(found: Sequence[Comparison]) -> float:
    return float(np.mean([comparison.p_value <= 0.05 for comparison in found]))


class TestCompare:
    def test_three_queries_by_hand(self) -> None:
        """b wins by 0.1, 0.2, 0.3: of the 8 ways to flip the signs, all plus and all minus reach a mean of 0.2."""
        found = compare(np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.4, 0.6]), ["x", "y", "z"])
        assert found.difference.value == pytest.approx(0.2)
        assert found.p_value == found.p_holm == 2 / 8
        assert found.effect_size == pytest.approx(0.2 / 0.1)
        assert found.detectable == pytest.approx((1.959964 + 0.841621) * 0.1 / math.sqrt(3))
        assert (found.clusters, found.better, found.worse, found.equal) == (3, 3, 0, 0)

    def test_the_signs_of_whole_clusters_are_flipped(self) -> None:
        """Dialog x gains 1 in each of three turns, y loses 1 and z gains 1 in one.

        Over queries the sum is 3: of +-3 +-1 +-1 six of eight are at least as far from 0. Over dialogs it is 1, which all
        eight reach.
        """
        b, names = np.array([1.0, 1, 1, -1, 1]), ["x", "x", "x", "y", "z"]
        micro, macro = (compare(np.zeros(5), b, names, macro=macro) for macro in (False, True))
        assert (micro.difference.value, micro.p_value) == (3 / 5, 6 / 8)
        assert macro.difference.value == pytest.approx(1 / 3)
        assert macro.p_value == 1
        assert (micro.better, micro.worse, micro.equal) == (macro.better, macro.worse, macro.equal) == (2, 1, 0)

    def test_the_effect_over_queries_weighs_clusters_by_their_size(self) -> None:
        """x has 3 turns that gain 1, y one that gains 0, z two that gain 0: the mean is 1/2.

        x has 3 - 3/2 more than its share, y and z -1/2 and -1. Of clusters of 2 turns on average that is a variance of
        (9/4 + 1/4 + 1) / 2 / 2^2 = 7/16.
        """
        found = compare(np.zeros(6), np.array([1.0, 1, 1, 0, 0, 0]), ["x", "x", "x", "y", "z", "z"])
        assert found.effect_size == pytest.approx(0.5 / math.sqrt(7 / 16))
        assert found.detectable == pytest.approx((1.959964 + 0.841621) * math.sqrt(7 / 16 / 3))

    def test_gains_and_losses_that_cancel_within_a_cluster_make_it_equal(self) -> None:
        """0.1 + 0.2 - 0.3 is not 0 in floating point."""
        found = compare(np.zeros(4), np.array([0.1, 0.2, -0.3, 0.5]), ["x", "x", "x", "y"])
        assert (found.better, found.worse, found.equal) == (1, 0, 1)
        assert found.p_value == 1

    def test_a_system_does_not_differ_from_itself(self) -> None:
        scores = np.random.default_rng(7).random(50)
        found = compare(scores, scores, one_each(50))
        assert found.difference == MetricValue(0, 0, 0)
        assert (found.p_value, found.equal) == (1, 50)
        assert math.isnan(found.effect_size)
        assert math.isnan(found.detectable)

    def test_queries_without_a_value_in_either_are_left_out(self) -> None:
        rng = np.random.default_rng(8)
        a, b = rng.random((2, 60))
        names = np.repeat(one_each(20), 3)
        gaps = np.arange(60) % 3 == 1
        kept = ~gaps
        without = compare(a[kept], b[kept], names[kept].tolist())
        assert compare(np.where(gaps, np.nan, a), b, names.tolist()) == without
        assert compare(a, np.where(gaps, np.nan, b), names.tolist()) == without

    def test_without_any_common_query_nothing_is_told(self) -> None:
        found = compare(np.array([1.0, np.nan]), np.array([np.nan, 1.0]), ["x", "y"])
        assert math.isnan(found.difference.value)
        assert (found.p_value, found.clusters) == (1, 0)

    @pytest.mark.parametrize("size", [1, 2])
    def test_few_clusters_have_the_p_value_of_scipy_in_which_all_ways_are_counted(self, size: int) -> None:
        differences = np.random.default_rng(9).normal(0.3, 1, size=(11, size))
        found = compare(np.zeros(11 * size), differences.ravel(), np.repeat(one_each(11), size).tolist())
        reference = stats.permutation_test(
            (differences.sum(axis=1),), np.sum, permutation_type="samples", n_resamples=np.inf
        )
        assert found.p_value == pytest.approx(reference.pvalue)

    def test_many_clusters_have_nearly_the_p_value_of_scipy_with_other_draws(self) -> None:
        differences = np.random.default_rng(10).normal(size=100)
        differences += 0.2 - differences.mean()
        found = compare(np.zeros(100), differences, one_each(100))
        reference = stats.permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=9_999, rng=1)
        assert 0.01 < found.p_value < 0.1
        assert found.p_value == pytest.approx(reference.pvalue, abs=0.01)

    def test_no_p_value_is_below_one_of_the_draws(self) -> None:
        found = compare(np.zeros(60), np.ones(60), one_each(60))
        assert found.p_value == 1 / 10_001

    def test_effect_size_and_detectable_difference_are_those_of_the_paired_t_test(self) -> None:
        """t is the effect times the root of n, and the mean over its standard error."""
        differences = np.random.default_rng(11).normal(0.2, 1, size=80)
        found = compare(np.zeros(80), differences, one_each(80))
        assert found.effect_size * math.sqrt(80) == pytest.approx(stats.ttest_1samp(differences, 0).statistic)
        assert found.detectable == pytest.approx(stats.norm.ppf([0.975, 0.8]).sum() * stats.sem(differences))

    @given(
        st.lists(st.tuples(EIGHTHS, EIGHTHS, st.sampled_from("abcdef")), min_size=1, max_size=15),
        st.randoms(),
        st.booleans(),
    )
    @settings(max_examples=50)
    def test_swapping_the_systems_mirrors_and_reordering_the_queries_changes_nothing(
        self, scored: list[tuple[float, float, str]], random: Random, macro: bool
    ) -> None:
        def found(rows: Sequence[tuple[float, float, str]], swapped: bool) -> Comparison:
            a, b = (np.array([row[side] for row in rows]) for side in (0, 1))
            names = [row[2] for row in rows]
            return compare(b, a, names, macro) if swapped else compare(a, b, names, macro)

        forth, back = found(scored, False), found(scored, True)
        assert repr(found(random.sample(scored, len(scored)), False)) == repr(forth)
        assert astuple(back.difference) == pytest.approx(
            (-forth.difference.value, -forth.difference.high, -forth.difference.low)
        )
        assert (back.better, back.worse, back.equal) == (forth.worse, forth.better, forth.equal)
        assert back.p_value == forth.p_value
        assert (back.effect_size, back.detectable) == pytest.approx((-forth.effect_size, forth.detectable), nan_ok=True)

    @pytest.mark.parametrize("macro", [False, True])
    def test_no_level_is_exceeded_when_every_way_to_flip_is_equally_likely(self, macro: bool) -> None:
        """Between equal systems each of the 2^8 flipped tables was as likely as the one that was seen.

        The share of them with a p-value of at most any level is at most that level: exactly, without a simulation.
        """
        rng = np.random.default_rng(12)
        sizes = rng.integers(1, 6, size=8)
        signs = 1 - 2 * (np.arange(256)[:, None] >> np.arange(8) & 1)
        tables = rng.normal(size=sizes.sum())[:, None] * np.repeat(signs.T, sizes, axis=0)
        p_values = np.array(
            [found.p_value for found in against_nothing(tables, np.repeat(one_each(8), sizes).tolist(), macro)]
        )
        assert all((p_values <= level).mean() <= level for level in np.arange(1, 257) / 256)
        assert (p_values <= 0.05).mean() == 12 / 256

    def test_equal_systems_are_called_different_in_at_most_50_of_1000_runs(self) -> None:
        """No allowance for sampling: turns of dialogs are unequal and coarse, which leaves the test at 3.6 % (8,000 runs).

        Nor is it asleep: it calls at least 20.
        """
        differences, names = worlds_of(paired, 30, seed=12)
        assert 0.02 <= share_called(against_nothing(differences, names)) <= 0.05

    def test_a_difference_as_large_as_the_detectable_one_is_found_in_8_of_10_runs(self) -> None:
        true = (1.959964 + 0.841621) * 0.3 / math.sqrt(60)
        differences = np.random.default_rng(13).normal(true, 0.3, size=(60, WORLDS))
        found = against_nothing(differences, one_each(60))
        assert np.median([comparison.detectable for comparison in found]) == pytest.approx(true, rel=0.02)
        assert share_called(found) == pytest.approx(0.8, abs=0.03)


class TestCompareAll:
    def test_holm_by_hand(self) -> None:
        """0.005 * 4, 0.01 * 3, 0.03 * 2, and 0.04 * 1, which may not be below the one before."""
        assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
        assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])
        assert holm([0.6, 0.7]) == pytest.approx([1, 1])

    def test_every_system_is_compared_with_the_reference_as_if_alone_but_for_holm(self) -> None:
        rng = np.random.default_rng(14)
        names = one_each(40)
        scores = {"bm25": rng.random(40), "dense": rng.random(40), "hybrid": rng.random(40) + 0.5}
        found = compare_all(scores, "bm25", names)
        assert list(found) == ["dense", "hybrid"]
        alone = [compare(scores["bm25"], scores[name], names) for name in found]
        corrected = holm([comparison.p_value for comparison in alone])
        for comparison, single, p_holm in zip(found.values(), alone, corrected, strict=True):
            assert comparison.p_holm == p_holm
            assert (comparison.p_value, comparison.better) == (single.p_value, single.better)
            assert astuple(comparison.difference) == pytest.approx(astuple(single.difference))
        assert found["hybrid"].p_holm == 2 * found["hybrid"].p_value < 0.01

    def test_a_reference_alone_has_nothing_to_be_compared_with(self) -> None:
        assert compare_all({"bm25": np.ones(2)}, "bm25", ["x", "y"]) == {}

    def test_an_unknown_reference_is_told(self) -> None:
        with pytest.raises(ValueError, match="no scores of the reference 'bm26'; choose among bm25, dense"):
            compare_all({"bm25": np.ones(2), "dense": np.ones(2)}, "bm26", ["x", "y"])

    def test_scores_of_another_length_are_told(self) -> None:
        with pytest.raises(ValueError, match=r"dense: scores of shape \(3,\) for 2 queries; give one a query"):
            compare_all({"bm25": np.ones(2), "dense": np.ones(3)}, "bm25", ["x", "y"])

    def test_among_8_equal_systems_any_is_called_different_in_at_most_50_of_1000_runs(self) -> None:
        """No allowance for sampling: a common reference leaves Holm at 3.8 % (5,000 runs). Uncorrected it is one in four."""
        rng = np.random.default_rng(1)
        names = one_each(12)
        called = np.zeros(2)
        for _ in range(1_000):
            scores = {f"system {number}": column for number, column in enumerate(rng.beta(1, 2, size=(9, 12)))}
            found = compare_all(scores, "system 0", names).values()
            called += [
                any(comparison.p_holm <= 0.05 for comparison in found),
                any(comparison.p_value <= 0.05 for comparison in found),
            ]
        corrected, uncorrected = called / 1_000
        assert 0.02 <= corrected <= 0.05
        assert uncorrected > 0.2


class TestShares:
    def test_ratios_are_the_means_of_the_units_that_queries_hold_drawn_with_their_query(self) -> None:
        """Three queries hold 2 of 4, 0 of 2 and 1 of 1: the same as seven units in three clusters, one more has none."""
        found = ratios(np.array([[2.0], [0], [1], [0]]), np.array([[4.0], [2], [1], [0]]))
        units = column(1, 1, 0, 0, 0, 0, 1)
        assert found == intervals(units, ["a"] * 4 + ["b"] * 2 + ["c"], MICRO)
        assert found[0].value == pytest.approx(3 / 7)

    def test_each_ratio_stays_within_what_was_seen_and_nothing_counted_is_no_number(self) -> None:
        parts, wholes = np.array([[3.0, 0, 0], [2, 0, 0]]), np.array([[3.0, 4, 0], [2, 1, 0]])
        whole, none, unknown = ratios(parts, wholes)
        assert (astuple(whole), astuple(none)) == ((1, 1, 1), (0, 0, 0))
        assert math.isnan(unknown.value)
        assert all(math.isnan(one.value) for one in ratios(parts * 0, wholes * 0))

    def test_the_interval_of_a_share_is_wilsons(self) -> None:
        """9 of 10: (0.9 + 0.192 +- 1.96 sqrt(0.009 + 0.0096)) / 1.384."""
        assert astuple(share_of(9, 10)) == pytest.approx((0.9, 0.5958, 0.9821), abs=1e-4)
        assert share_of(0, 5).low == 0
        assert math.isnan(share_of(0, 0).value)
