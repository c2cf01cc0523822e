"""What is said of differences, within a run and from one run to another: worked by hand on planted ones."""

from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pytest

from catalog.tracks import TrackId
from eval.measures.significance import MetricValue
from eval.queries import DatasetError
from eval.reporting.comparing import NOT_KEPT, compare_runs, finding
from eval.reporting.results import Run
from tests.eval.planted_runs import ABOUT, HALF, MADE, MIXED, RUN, SIZE, WORSE, planted
from tests.eval.reporting.test_results import SURE, column, values

BETTER = [value + 0.125 for value in HALF]


def said(measure: str = "ndcg@10", **scores: list[float]) -> str:
    """What is found of systems, `_` standing for `-` in their names."""
    run = planted({name.replace("_", "-"): {measure: values} for name, values in scores.items()})
    return finding(run, measure)


def test_a_gain_without_a_channel_is_said_before_that_a_baseline_is_worse() -> None:
    told = said(hybrid=HALF, bm25=WORSE, hybrid_without_names=[0.507] * SIZE)
    assert told.startswith(
        "hybrid reaches ndcg@10 0.500 (0.500 to 0.500); without names ndcg@10 is 0.007 higher (p 0.016 after Holm over 2); "
        "the best of the others, bm25, reaches 0.316"
    )
    assert told.endswith(": bm25 is worse.")


def test_the_largest_gain_is_said_whoever_has_it() -> None:
    told = said(hybrid=HALF, bm25=[0.75] * SIZE, hybrid_without_names=BETTER)
    assert (
        told
        == "hybrid reaches ndcg@10 0.500 (0.500 to 0.500); with bm25 ndcg@10 is 0.250 higher (p 0.016 after Holm over 2)."
    )


def test_where_nothing_is_better_the_channel_that_helps_most_is_said() -> None:
    told = said(hybrid=HALF, bm25=MIXED, hybrid_without_names=WORSE, hybrid_without_dense=[0.45] * SIZE)
    assert "; without names ndcg@10 is 0.184 lower (p 0.023 after Holm over 3); the best of the others, bm25" in told
    assert told.endswith(": no difference shown.")


def test_where_nothing_holds_that_is_said_beside_the_best_of_the_others() -> None:
    told = said(hybrid=HALF, bm25=MIXED, dense=HALF)
    assert (
        "; no difference in ndcg@10 is shown between it and any of the 2 that it was compared with; the best of the"
        in told
    )
    assert said(hybrid=HALF) == "hybrid reaches ndcg@10 0.500 (0.500 to 0.500)."
    assert said(hybrid=HALF, hybrid_without_names=MIXED).endswith("it and the one that it was compared with.")


def test_where_nothing_holds_by_the_first_measure_what_holds_by_another_is_said() -> None:
    """Of four sign patterns in eight dialogs 2 / 256 is the rarest: four times that holds after Holm."""
    scores = {
        "hybrid": {"ndcg@10": HALF, "recall@100": HALF},
        "hybrid-without-names": {"ndcg@10": MIXED, "recall@100": WORSE},
        "bm25": {"ndcg@10": MIXED, "recall@100": WORSE},
    }
    told = finding(planted(scores), ["ndcg@10", "recall@100"])
    assert (
        "; no difference in ndcg@10 is shown between it and any of the 2 that it was compared with; without names"
        in told
    )
    assert "without names recall@100 is 0.184 lower (p 0.031 after Holm over 4); the best of the others, bm25" in told


def test_a_variant_that_is_worse_is_a_finding_and_a_baseline_that_is_worse_is_not() -> None:
    assert "; with hybrid-loud ndcg@10 is 0.184 lower (p " in said(hybrid=HALF, hybrid_loud=WORSE, bm25=MIXED)
    assert "with bm25" not in said(hybrid=HALF, hybrid_loud=MIXED, bm25=WORSE)


def test_where_less_is_better_a_gain_is_less() -> None:
    told = said("clicks@10", hybrid=HALF, bm25=[0.75] * SIZE, hybrid_without_names=WORSE)
    assert "; without names clicks@10 is 0.184 lower (p 0.016 after Holm over 2); the best of the others, bm25" in told
    assert told.endswith(": bm25 is worse.")


def test_without_the_product_the_first_system_is_judged_and_a_system_that_has_no_value_is_never_the_best() -> None:
    told = said(rrf=HALF, dense=[nan] * SIZE, bm25=WORSE)
    assert told.startswith("rrf reaches ")
    assert "the best of the others, bm25, reaches" in told


def after(change: float = 0.0, **given: Any) -> Run:
    return planted(
        {
            "bm25": {"ndcg@10": [0.5 + change] * SIZE, "clicks@10": [1.0 - change] * SIZE},
            "dense": {"ndcg@10": [0.25] * SIZE, "clicks@10": [1.0] * SIZE},
            "cf": {"ndcg@10": [0.25] * SIZE, "clicks@10": [1.0] * SIZE},
        },
        **given,
    )


def test_two_runs_are_compared_system_by_system_and_corrected_for_how_many_they_share() -> None:
    table = compare_runs(after(), after(0.125))
    assert column(table, "system") == ["bm25", "dense", "cf"]
    assert column(table, "first") == [0.5, 0.25, 0.25]
    assert column(table, "second") == [0.625, 0.25, 0.25]
    assert values(table, "difference") == [0.125, 0.0, 0.0]
    assert column(table, "p") == pytest.approx([SURE, 1, 1])
    assert column(table, "p (Holm)") == pytest.approx([3 * SURE, 1, 1])
    assert column(table, "verdict") == ["better", "no difference shown", "no difference shown"]
    assert table.note.startswith("17 queries that both runs judged, of 17 and 17; ")
    assert column(compare_runs(after(0.125), after()), "verdict")[0] == "worse"


def test_fewer_clicks_after_a_change_are_better() -> None:
    table = compare_runs(after(), after(0.125), "macro/clicks@10")
    assert values(table, "difference") == [-0.125, 0.0, 0.0]
    assert (column(table, "clusters better")[0], column(table, "verdict")[0]) == (8, "better")


def test_runs_are_paired_by_query_whatever_their_order_and_only_what_both_judged_counts() -> None:
    """The second judged the last ten in the reverse order, and others besides: pairs differ by 0.125 each."""
    steps = [number / 32 for number in range(SIZE)]
    a = planted({"bm25": {"ndcg@10": steps}})
    ids = [f"q{number}" for number in range(16, 6, -1)] + [f"new-{number}" for number in range(7)]
    again = [number / 32 + 0.125 for number in range(16, 6, -1)] + [0.0] * 7
    table = compare_runs(a, planted({"bm25": {"ndcg@10": again}, "dense": {"ndcg@10": again}}, ids=ids))
    (row,) = table.rows
    assert row["difference"] == MetricValue(0.125, 0.125, 0.125)
    assert row["first"] == pytest.approx(np.mean(steps[7:]))
    assert table.note.startswith(
        "only the second run has dense: name two to compare, as in A:SYSTEM B:SYSTEM; "
        "10 queries that both runs judged, of 17 and 17; "
    )


def test_the_macro_form_of_a_comparison_has_means_over_dialogs_throughout() -> None:
    table = compare_runs(planted({"bm25": {"ndcg@10": HALF}}), planted({"bm25": {"ndcg@10": WORSE}}), "macro/ndcg@10")
    (row,) = table.rows
    assert (row["first"], row["second"]) == (0.5, 0.3125)
    assert values(table, "difference") == [-0.1875]


def test_a_query_for_which_a_measure_is_defined_in_one_run_only_is_left_out_of_both_means() -> None:
    a = planted({"bm25": {"wishes@10": [0.25] * 8 + [nan] * 9}})
    b = planted({"bm25": {"wishes@10": [nan] * 4 + [0.5] * 4 + [1.0] * 9}})
    (row,) = compare_runs(a, b, "wishes@10").rows
    assert (row["first"], row["second"], row["difference"]) == (0.25, 0.5, MetricValue(0.25, 0.25, 0.25))


def test_a_comparison_says_what_else_changed() -> None:
    told = compare_runs(after(), after(about={"policy": "human_only", "ranked": 900})).note
    assert told.startswith("the runs also differ in policy (strict, human_only), ranked (1200, 900); 17 queries")


def test_runs_that_share_no_query_or_no_system_are_not_compared() -> None:
    """A query of the same name with another prompt is another query."""
    remedy = "share no query and system to compare; run the same --queries with the same --systems twice"
    others = [f"other-{number}" for number in range(SIZE)]
    with pytest.raises(DatasetError, match=remedy):
        compare_runs(after(), after(ids=others))
    with pytest.raises(DatasetError, match=remedy):
        compare_runs(after(), planted({"hybrid": {"ndcg@10": HALF}}))
    renamed = RUN.per_query.set_column(3, "prompt", [["something else"] * 3 * SIZE])
    with pytest.raises(DatasetError, match=remedy):
        compare_runs(RUN, replace(RUN, per_query=renamed))


def test_a_system_of_one_run_is_compared_with_another_of_the_other_or_of_the_same() -> None:
    for first, second in ((after(), after(0.125)), (after(), after())):
        (row,) = compare_runs(first, second, pair=("dense", "bm25")).rows
        expected = second.column("bm25", "ndcg@10")[0]
        assert (row["system"], row["first"], row["second"]) == ("bm25 less dense", 0.25, expected)
        assert row["verdict"] == "better"
        assert row["p (Holm)"] == pytest.approx(SURE)
    with pytest.raises(ValueError, match="'hybrid' is not in this run; there is bm25, dense, cf"):
        compare_runs(after(), after(), pair=("bm25", "hybrid"))


def test_runs_in_which_the_same_queries_had_other_gains_are_not_compared() -> None:
    """Of queries that one of them did not judge nothing is asked."""
    others = {
        query_id: gains if place % 4 else {TrackId("another"): 1.0}
        for place, (query_id, gains) in enumerate(RUN.gains.items())
    }
    edited = replace(RUN, gains=others)
    with pytest.raises(
        DatasetError, match=r"of 17 queries that both runs judged 5 had other gains \('q0', 'q4', 'q8'\)"
    ):
        compare_runs(RUN, edited)
    elsewhere = [f"q{number}" if number % 4 else f"new-{number}" for number in range(SIZE)]
    assert "12 queries that both" in compare_runs(after(), after(ids=elsewhere)).note


def test_a_comparison_says_how_many_queries_are_others_and_names_some() -> None:
    identity = {"identity": {**ABOUT["identity"], "queries": "another"}}
    elsewhere = [f"q{number}" if number else "new" for number in range(SIZE)]
    told = compare_runs(after(), after(about=identity, ids=elsewhere)).note
    assert told.startswith(
        "the runs also differ in queries (2 only in one run or with another prompt: 'new', 'q0'); 16"
    )
    told = compare_runs(after(), after(about=identity)).note
    assert told.startswith("the runs also differ in queries (of the same ids and prompts, but what they come with or")


@pytest.mark.parametrize("name", ["candidates", "version", "sources"])
def test_a_comparison_names_every_part_of_the_identity_that_differs(name: str) -> None:
    other = after(about={"identity": {**ABOUT["identity"], name: "another"}})
    assert compare_runs(after(), other).note.startswith(
        f"the runs also differ in {name} ({ABOUT['identity'][name]}, another); 17"
    )


def test_changes_of_the_product_that_only_the_second_run_has_are_compared_with_the_product_of_the_first() -> None:
    before = planted({"hybrid": {"ndcg@10": HALF}, "cf": {"ndcg@10": HALF}})
    after = planted({name: {"ndcg@10": of} for name, of in (("hybrid", HALF), ("hybrid-loud", WORSE), ("rrf", HALF))})
    table = compare_runs(before, after)
    assert [(row["system"], row["verdict"]) for row in table.rows] == [
        ("hybrid", "no difference shown"),
        ("hybrid-loud less hybrid", "worse"),
    ]
    assert "only the first run has cf: name two to compare, as in A:SYSTEM B:SYSTEM" in table.note
    assert "only the second run has rrf: " in table.note
    assert "only the" not in compare_runs(before, after, pair=("cf", "rrf")).note


def test_a_comparison_names_other_commits_and_other_settings_of_the_systems_that_it_compares() -> None:
    """What another run does not have, or says of a system that is not compared, is no difference."""
    settings = {"systems": {**ABOUT["systems"], "bm25": "k1 1.2"}}
    changed = replace(after(about=settings), made={**MADE, "commit": "0123456789ab-dirty", "date": "another"})
    told = compare_runs(after(), changed).note
    assert told.startswith(
        "the runs also differ in commit (0123456789ab, 0123456789ab-dirty), settings of bm25 (k1 0.9, k1 1.2); 17"
    )
    assert "settings" not in compare_runs(after(), changed, pair=("dense", "bm25")).note


def test_of_a_folder_of_an_older_version_a_comparison_says_what_it_did_not_keep() -> None:
    old = replace(
        after(),
        made={},
        about={name: value for name, value in ABOUT.items() if name != "identity"},
        gains={},
    )
    told = compare_runs(old, after()).note
    for name, kept in {**ABOUT["identity"], "commit": MADE["commit"], "gains": "kept"}.items():
        assert (f"{name} ({NOT_KEPT}, {kept})" in told) == (name not in ("settings",))
    assert "gains (not kept, not kept)" in compare_runs(old, old).note
