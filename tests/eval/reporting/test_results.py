"""A run as an analyst reads it: worked by hand on a planted one."""

from collections.abc import Callable
from dataclasses import replace
from math import isnan
from typing import Any

import pytest

from eval.measures.significance import MetricValue
from eval.reporting.comparing import compare_runs
from eval.reporting.tables import ResultTable
from tests.eval.planted_runs import COST, HALF, RUN, SIZE, TRAIT, TURNS, WORSE, planted

SURE = 2 / 2**8
"""The chance that eight dialogs all fall on one side."""


def column(table: ResultTable, name: str) -> list[Any]:
    return [row[name] for row in table.rows]


def values(table: ResultTable, name: str) -> list[float]:
    """The values of a column of intervals, each inside of its own."""
    found = column(table, name)
    assert all(one.low <= one.value <= one.high for one in found)
    return [one.value for one in found]


def test_a_summary_has_the_means_over_queries_and_over_dialogs() -> None:
    """The dialog of three turns weighs more over queries: (8 * 0.25 + 9 * 0.375) / 17, and (0.25 + 0.375) / 2."""
    table = RUN.summary(["ndcg@10", "macro/ndcg@10", "coverage@10"])
    assert column(table, "system") == ["hybrid", "bm25"]
    assert values(table, "ndcg@10") == pytest.approx([0.5, (8 * 0.25 + 9 * 0.375) / 17])
    assert values(table, "macro/ndcg@10") == pytest.approx([0.5, 0.3125])
    assert column(table, "coverage@10") == [MetricValue(0.5, 0.25, 0.75)] * 2
    assert column(RUN.summary(systems=["bm25"]), "system") == ["bm25"]


def test_refused_prompts_stand_beside_means_and_verdicts_on_either_side_and_only_where_there_are_any() -> None:
    refused = {"hybrid": {"q0": "too long", "q1": "too long"}, "bm25": {"q1": "too long"}, "hybrid-without-names": {}}
    run = replace(RUN, about={**RUN.about, "refused": refused})
    assert column(run.summary(["ndcg@10"]), "refused") == [2, 1]
    assert column(run.against("hybrid"), "refused") == [2]
    assert column(run.against("hybrid-without-names"), "refused") == [2, 1]
    assert column(compare_runs(RUN, run), "refused") == [2, 1, 0]
    for table in (RUN.summary(["ndcg@10"]), RUN.against("hybrid"), compare_runs(RUN, RUN)):
        assert "refused" not in table.columns


def test_a_summary_shows_what_was_measured_where_lists_are_not_read_that_deep() -> None:
    shallow = planted({"bm25": {"ndcg@3": HALF, "hit@3": HALF}})
    assert RUN.headline == ["ndcg@10"]
    assert shallow.summary().columns == ["system", "ndcg@3", "hit@3"]
    assert "ndcg@3" in shallow._repr_html_()


def test_a_mean_leaves_out_the_queries_for_which_a_measure_is_not_defined() -> None:
    assert RUN.value("hybrid", "wishes@10").value == 0.5
    assert isnan(RUN.value("bm25", "wishes@10").value)


def test_systems_are_compared_with_a_reference_by_dialog_and_corrected_for_all_that_are_compared() -> None:
    """Bm25 loses in all of eight dialogs; the ablation gains as much in four as it loses in the others."""
    assert column(RUN.against("hybrid"), "system") == ["bm25"]
    assert column(RUN.against("hybrid"), "p (Holm)") == [pytest.approx(2 * SURE)]
    table = RUN.against("hybrid", systems=list(RUN.compared("hybrid")))
    assert column(table, "system") == ["bm25", "hybrid-without-names"]
    assert values(table, "difference") == pytest.approx([-(8 * 0.25 + 9 * 0.125) / 17, (8 * 0.25 - 9 * 0.25) / 17])
    assert column(table, "p")[0] == pytest.approx(SURE)
    assert column(table, "p (Holm)") == pytest.approx([2 * SURE, column(table, "p")[1]])
    assert column(table, "clusters better") == [0, 4]
    assert column(table, "clusters worse") == [8, 4]
    assert column(table, "verdict") == ["worse", "no difference shown"]


def test_fewer_clicks_are_better_and_more_novelty_is_neither() -> None:
    both = ["bm25", "hybrid-without-names"]
    clicks = RUN.against("hybrid", "macro/clicks@10", both)
    assert values(clicks, "difference") == [1.0, -1.0]
    assert column(clicks, "clusters better") == [0, 8]
    assert column(clicks, "clusters worse") == [8, 0]
    assert column(clicks, "verdict") == ["worse", "better"]
    novelty = RUN.against("hybrid", "novelty@10", both)
    assert column(novelty, "clusters higher") == [8, 0]
    assert column(novelty, "clusters lower") == [0, 0]
    assert column(novelty, "verdict") == ["higher", "no difference shown"]


@pytest.mark.parametrize("measure", ["calibration@10", "leakage@10", "songs/clicks@10", "clicks@100"])
def test_less_of_these_is_better(measure: str) -> None:
    run = planted({"a": {measure: [0.25] * SIZE}, "b": {measure: HALF}})
    assert column(run.against("a", measure), "verdict") == ["worse"]


def test_an_ablation_tells_what_the_product_loses_without_a_channel() -> None:
    """Corrected for all that was compared with the product: a channel left out, and bm25."""
    table = RUN.ablation(["ndcg@10", "macro/clicks@10"])
    assert column(table, "without") == ["names"]
    assert values(table, "ndcg@10") == pytest.approx([(8 * 0.25 - 9 * 0.25) / 17])
    assert values(table, "macro/clicks@10") == [-1.0]
    assert column(table, "p (macro/clicks@10)") == [pytest.approx(2 * SURE)]
    assert "over all 2 that were compared" in table.note
    with pytest.raises(ValueError, match="no channel was left out; run with --without all"):
        planted({"hybrid": {"ndcg@10": HALF}}).ablation()


def test_a_kind_of_prompts_has_a_row_where_five_are_of_it() -> None:
    """Eight prompts are moods, the first of each dialog; the one long prompt has no row."""
    scores = [0.5 if turn == 1 else 0.25 for turn in TURNS]
    table = planted({"bm25": {"ndcg@10": scores}, "dense": {"ndcg@10": WORSE}}).by_kind()
    assert column(table, "kind") == ["mood", "era", "negation"]
    assert column(table, "queries") == [8, 8, 8]
    assert values(table, "bm25") == [0.5, 0.25, 0.25]
    assert values(table, "dense") == [0.3125] * 3
    assert "fewer than 5 queries are left out" in table.note


def test_a_turn_has_a_row_where_five_dialogs_reach_it() -> None:
    table = RUN.by_turn("macro/ndcg@10", ["bm25"])
    assert table.columns == ["turn", "queries", "bm25"]
    assert column(table, "turn") == ["1", "2"]
    assert column(table, "queries") == [8, 8]
    assert values(table, "bm25") == [0.3125, 0.3125]


def test_a_table_of_policies_tells_what_each_costs_each_system() -> None:
    policies = {"strict": {"permitted": 1200, "wanted_withheld": 0.25, "metric": "ndcg@5", "systems": {"bm25": COST}}}
    table = replace(RUN, policies=policies).policy_table()
    assert "ndcg@5" in table.title
    assert table.rows == [
        {
            "policy": "strict",
            "permitted": 1200,
            "wanted withheld": 0.25,
            "system": "bm25",
            "without": MetricValue(0.5, 0.4, 0.6),
            "under": MetricValue(0.3, 0.2, 0.4),
            "lost": MetricValue(0.2, 0.1, 0.3),
        }
    ]
    assert not RUN.policy_table().rows


def test_the_worst_prompts_of_a_system_show_the_dialog_and_both_lists() -> None:
    worst = {
        "system": "bm25",
        "query_id": "q1",
        "prompt": "slower",
        "history": ["jazz", "no vocals"],
        "metric": "ndcg@3",
        "value": 0.0,
        "wanted": ["Rain on Tin - Ada Quill", "t9 (unknown)"],
        "returned": ["Glow - Ida Mole"],
    }
    run = replace(RUN, worst=[worst, {**worst, "system": "dense"}])
    assert run.worst_prompts("bm25").rows == [
        {
            "ndcg@3": 0.0,
            "prompt": "jazz / no vocals / slower",
            "wanted": "Rain on Tin - Ada Quill; t9 (unknown)",
            "returned": "Glow - Ida Mole",
        }
    ]
    (row,) = replace(RUN, worst=[{**worst, "user_id": "ann"}]).worst_prompts("bm25").rows
    assert row["prompt"] == "jazz / no vocals / slower (listener ann)"


def test_times_are_shown_where_they_were_kept() -> None:
    milliseconds = {"bm25": [float(number) for number in range(1, 101)], "dense": [7.0]}
    table = replace(RUN, timings={"milliseconds": milliseconds, "revocations": {}}).latency_table()
    assert column(table, "answers") == [100, 1]
    assert column(table, "median") == [50.5, 7.0]
    assert column(table, "p95") == [pytest.approx(95.05), 7.0]
    assert column(table, "slowest") == [100.0, 7.0]
    with pytest.raises(ValueError, match="no times were kept; run with --timings"):
        RUN.latency_table()


def test_traits_of_rows_are_shown_beside_what_systems_return() -> None:
    run = replace(RUN, controls={"leaks": [], "coins": {}, "traits": [TRAIT]})
    assert run.traits(["hybrid", "bm25"]).rows == [
        {"rows that are": "tagged", "source": True, "pool": 0.5, "wanted": 1.0, "hybrid": 0.5, "bm25": 0.75}
    ]


@pytest.mark.parametrize(
    "asked",
    [
        lambda: RUN.column("dense", "ndcg@10"),
        lambda: RUN.value("dense", "coverage@10"),
        lambda: RUN.against("dense"),
        lambda: RUN.by_kind("ndcg@10", ["dense"]),
    ],
)
def test_a_system_that_did_not_run_is_named_with_those_that_did(asked: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="'dense' is not in this run; there is hybrid, bm25, hybrid-without-names"):
        asked()


@pytest.mark.parametrize(
    "asked",
    [
        lambda measure: RUN.column("bm25", measure),
        lambda measure: RUN.summary([measure]),
        lambda measure: RUN.against("bm25", measure),
        lambda measure: RUN.by_turn(measure),
        lambda measure: compare_runs(RUN, RUN, f"macro/{measure}"),
    ],
)
def test_a_measure_that_was_not_taken_is_named_with_those_that_were(asked: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match=r"'ndcg@7' was not measured; there is ndcg@10, clicks@10, novelty@10, wishes"):
        asked("ndcg@7")


def test_of_many_measures_the_near_ones_are_named_first_and_the_rest_shortly() -> None:
    many = {f"{name}@{k}": HALF for name in ("hit", "clicks", "recall", "ndcg") for k in range(1, 11)}
    with pytest.raises(
        ValueError, match=r"'ndgc@10' was not measured; there is ndcg@10, ndcg@1, .*, hit@1, .*, 28 more$"
    ):
        planted({"bm25": many}).column("bm25", "ndgc@10")


def test_the_rows_of_a_run_are_there_for_pandas_and_polars() -> None:
    assert RUN.to_arrow().num_rows == 3 * SIZE
    assert list(RUN.to_pandas()["ndcg@10"][:2]) == [0.5, 0.5]
    assert RUN.to_polars()["kinds"].to_list()[:2] == [["mood"], ["era", "negation"]]


def test_the_text_of_a_run_is_a_few_lines() -> None:
    assert repr(RUN).splitlines() == [
        "Run of 2 systems on 17 queries: hybrid, bm25",
        "hybrid: ndcg@10 0.500",
        "summary() is the table of all, with intervals",
    ]


def test_one_name_where_tables_ask_for_a_list_is_a_list_of_it() -> None:
    assert RUN.summary("ndcg@10", "bm25").columns == ["system", "ndcg@10"]
    assert [row["system"] for row in RUN.against("hybrid", systems="bm25").rows] == ["bm25"]
    assert RUN.by_kind(systems="bm25").columns == ["kind", "queries", "bm25"]
    assert RUN.ablation("ndcg@10").rows == RUN.ablation().rows
