"""A run as an analyst reads it: worked by hand on a planted one."""

import json
import resource
from collections.abc import Callable
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from eval.measures.significance import MetricValue
from eval.queries import DatasetError
from eval.reporting.results import Run, compare_runs
from eval.reporting.tables import ResultTable
from tests.eval.planted_runs import CLUSTERS, SIZE, TURNS, planted

HALF = [0.5] * SIZE
WORSE = [0.5 - 0.125 * (1 + (cluster in "abcd")) for cluster in CLUSTERS]
"""Every dialog loses: a to d 0.25 at each turn, e to h 0.125."""

MIXED = [0.75 if cluster in "abcd" else 0.25 for cluster in CLUSTERS]

RUN = planted(
    {
        "hybrid": {"ndcg@10": HALF, "clicks@10": [1.0] * SIZE, "novelty@10": HALF, "wishes@10": [nan] * 16 + [0.5]},
        "bm25": {"ndcg@10": WORSE, "clicks@10": [2.0] * SIZE, "novelty@10": [1.0] * SIZE, "wishes@10": [nan] * SIZE},
        "hybrid-without-names": {
            "ndcg@10": MIXED,
            "clicks@10": [0.0] * SIZE,
            "novelty@10": HALF,
            "wishes@10": [nan] * SIZE,
        },
    }
)

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
    assert column(table, "system") == ["hybrid", "bm25", "hybrid-without-names"]
    assert values(table, "ndcg@10")[:2] == pytest.approx([0.5, (8 * 0.25 + 9 * 0.375) / 17])
    assert values(table, "macro/ndcg@10")[:2] == pytest.approx([0.5, 0.3125])
    assert column(table, "coverage@10") == [MetricValue(0.5, 0.25, 0.75)] * 3
    assert column(RUN.summary(systems=["bm25"]), "system") == ["bm25"]


def test_a_summary_shows_what_was_measured_where_lists_are_not_read_that_deep() -> None:
    shallow = planted({"bm25": {"ndcg@3": HALF, "hit@3": HALF}})
    assert RUN.headline == ["ndcg@10"]
    assert shallow.summary().columns == ["system", "ndcg@3", "hit@3"]
    assert "ndcg@3" in shallow._repr_html_()


def test_a_mean_leaves_out_the_queries_for_which_a_measure_is_not_defined() -> None:
    assert RUN.value("hybrid", "wishes@10").value == 0.5
    assert isnan(RUN.value("bm25", "wishes@10").value)


def test_systems_are_compared_with_a_reference_by_dialog_and_corrected_for_how_many_they_are() -> None:
    """Bm25 loses in all of eight dialogs; the other gains as much in four as it loses in the others."""
    table = RUN.against("hybrid")
    assert column(table, "system") == ["bm25", "hybrid-without-names"]
    assert values(table, "difference") == pytest.approx([-(8 * 0.25 + 9 * 0.125) / 17, (8 * 0.25 - 9 * 0.25) / 17])
    assert column(table, "p")[0] == pytest.approx(SURE)
    assert column(table, "p (Holm)") == pytest.approx([2 * SURE, column(table, "p")[1]])
    assert column(table, "clusters better") == [0, 4]
    assert column(table, "clusters worse") == [8, 4]
    assert column(table, "verdict") == ["worse", "no difference shown"]


def test_fewer_clicks_are_better_and_more_novelty_is_neither() -> None:
    clicks = RUN.against("hybrid", "macro/clicks@10")
    assert values(clicks, "difference") == [1.0, -1.0]
    assert column(clicks, "clusters better") == [0, 8]
    assert column(clicks, "clusters worse") == [8, 0]
    assert column(clicks, "verdict") == ["worse", "better"]
    novelty = RUN.against("hybrid", "novelty@10")
    assert column(novelty, "clusters higher") == [8, 0]
    assert column(novelty, "clusters lower") == [0, 0]
    assert column(novelty, "verdict") == ["higher", "no difference shown"]


@pytest.mark.parametrize("measure", ["calibration@10", "leakage@10", "songs/clicks@10", "clicks@100"])
def test_less_of_these_is_better(measure: str) -> None:
    run = planted({"a": {measure: [0.25] * SIZE}, "b": {measure: HALF}})
    assert column(run.against("a", measure), "verdict") == ["worse"]


def test_an_ablation_tells_what_the_product_loses_without_a_channel() -> None:
    """Corrected for the channels only: one was left out."""
    table = RUN.ablation(["ndcg@10", "macro/clicks@10"])
    assert column(table, "without") == ["names"]
    assert values(table, "ndcg@10") == pytest.approx([(8 * 0.25 - 9 * 0.25) / 17])
    assert values(table, "macro/clicks@10") == [-1.0]
    assert column(table, "p (macro/clicks@10)") == [pytest.approx(SURE)]
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


COST = {
    "without": {"value": 0.5, "low": 0.4, "high": 0.6},
    "under": {"value": 0.3, "low": 0.2, "high": 0.4},
    "lost": {"value": 0.2, "low": 0.1, "high": 0.3},
}


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


def test_times_are_shown_where_they_were_kept() -> None:
    milliseconds = {"bm25": [float(number) for number in range(1, 101)], "dense": [7.0]}
    table = replace(RUN, timings={"milliseconds": milliseconds, "revocations": {}}).latency_table()
    assert column(table, "answers") == [100, 1]
    assert column(table, "median") == [50.5, 7.0]
    assert column(table, "p95") == [pytest.approx(95.05), 7.0]
    assert column(table, "slowest") == [100.0, 7.0]
    with pytest.raises(ValueError, match="no times were kept; run with --timings"):
        RUN.latency_table()


def test_a_run_says_what_was_run() -> None:
    about = {
        "nothing_to_find": 3,
        "candidates": 2000,
        "held_out": {"plays": 1234, "playlists": 2, "texts": 7},
    }
    assert planted({"bm25": {"ndcg@10": HALF}}, about=about).description() == [
        "17 queries in 8 clusters (3 more have nothing left to find); every system ranks the same 1,200 tracks of 2,000 "
        "candidates, permitted in DE under strict for FreeOfChargeModel",
        "25.0% of the wanted tracks are not among them and count as missed",
        "nothing was learned from what is judged: 1,234 plays, 2 playlists, artists' tags in the texts of 7 tracks were "
        "held out",
    ]
    assert len(RUN.description()) == 2
    assert RUN.settings().rows == [
        {"system": "hybrid", "settings": "dense=1.0"},
        {"system": "bm25", "settings": "k1 0.9"},
    ]


TRAIT = {"name": "tagged", "pool": 0.5, "wanted": 1.0, "source": True, "listed": {"bm25": 0.75, "hybrid": 0.5}}
LEAK = {"kind": "playlist", "name": "evening", "held": 5, "wanted": 5, "query_id": "q3"}
COIN = {"relevant": 30, "decoys": 2, "p_value": 1.5e-7, "informed": True}


@pytest.mark.parametrize(
    ("about", "controls", "line"),
    [
        (
            {"leaked": {"t9": "TAKEDOWN"}},
            {},
            "CONSENT LEAKED: 1 tracks were returned that are withheld, 't9' (TAKEDOWN)",
        ),
        ({"overblocking": {"share": 0.0125, "at_most": 0.02, "let_through": 0}}, {}, "1.25% of what consent allows is"),
        (
            {},
            {"leaks": [LEAK]},
            "LEAK: of 17 queries 1 want what .* (playlist 'evening' has 5 of 5 of 'q3'); those were held out as well",
        ),
        ({}, {"coins": {"bm25": COIN}}, "INFORMED: bm25 returned 30 tracks that a coin made wanted and 2 that fit as"),
        ({}, {"traits": [TRAIT]}, "SOURCE: what is wanted differs .* 'tagged' (100% against 50%)"),
    ],
    ids=["leaked", "overblocked", "leak", "informed", "source"],
)
def test_a_run_warns_of_what_makes_its_numbers_mean_less(about: Any, controls: Any, line: str) -> None:
    nothing: dict[str, Any] = {"leaks": [], "coins": {}, "traits": []}
    run = planted({"bm25": {"ndcg@10": HALF}}, about=about, controls={**nothing, **controls})
    (warning,) = run.warnings()
    start, _, end = line.partition(" .* ")
    assert warning.startswith(start)
    assert end in warning


def test_a_run_without_anything_to_warn_of_is_silent_though_nothing_could_be_compared() -> None:
    """A sample without a permitted track says nothing of over-blocking."""
    assert RUN.warnings() == []
    unknown = {"share": None, "at_most": None, "let_through": 0}
    quiet = {"coins": {"bm25": {**COIN, "informed": False}}, "leaks": [], "traits": [{**TRAIT, "source": False}]}
    run = planted({"bm25": {"ndcg@10": HALF}}, about={"overblocking": unknown}, controls=quiet)
    assert run.warnings() == []


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


def test_the_rows_of_a_run_are_there_for_pandas_and_polars() -> None:
    assert RUN.to_arrow().num_rows == 3 * SIZE
    assert list(RUN.to_pandas()["ndcg@10"][:2]) == [0.5, 0.5]
    assert RUN.to_polars()["kinds"].to_list()[:2] == [["mood"], ["era", "negation"]]


WHOLE = replace(
    RUN,
    whole={name: {"coverage@10": MetricValue(0.5, 0.25, 0.75), "independent@10": MetricValue(nan, nan, nan)} for name in RUN.systems},
    controls={"leaks": [LEAK], "coins": {"bm25": COIN}, "traits": [TRAIT]},
    policies={"strict": {"permitted": 9, "wanted_withheld": 0.0, "metric": "ndcg@10", "systems": {"bm25": COST}}},
    worst=[{"system": "bm25", "prompt": "Grüße, 夜", "wanted": []}],
    timings={"milliseconds": {"bm25": [1.5]}, "revocations": {"milliseconds": [2.5, None], "still_held": [0, 100]}},
)  # fmt: skip
FILES = ("metrics.json", "per_query.parquet", "run.json", "run.jsonl", "timings.json")


def test_a_run_that_is_read_again_is_the_same(tmp_path: Path) -> None:
    WHOLE.write(tmp_path / "new" / "run")
    found = Run.read(tmp_path / "new" / "run")
    assert repr(found.per_query.to_pydict()) == repr(WHOLE.per_query.to_pydict())
    for name in ("about", "controls", "policies", "worst", "lists", "timings"):
        assert getattr(found, name) == getattr(WHOLE, name), name
    assert repr(found.whole) == repr(WHOLE.whole)
    assert repr(found.values) == repr(WHOLE.values)
    assert repr(found.summary(["ndcg@10", "wishes@10", "independent@10"]).rows) == repr(
        WHOLE.summary(["ndcg@10", "wishes@10", "independent@10"]).rows
    )


def test_the_folder_holds_what_is_documented(tmp_path: Path) -> None:
    WHOLE.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == list(FILES)
    metrics = strict(tmp_path / "metrics.json")
    assert metrics["hybrid"]["ndcg@10"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert metrics["bm25"]["macro/ndcg@10"]["value"] == pytest.approx(0.3125)
    assert metrics["bm25"]["wishes@10"] == {"value": None, "low": None, "high": None}
    lines = (tmp_path / "run.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 3 * SIZE
    assert json.loads(lines[SIZE]) == {"query_id": "q0", "system": "bm25", "tracks": ["t-q0", "t0"]}
    assert "Grüße, 夜" in (tmp_path / "run.json").read_text("utf-8")
    strict(tmp_path / "run.json")


def strict(path: Path) -> Any:
    """Read JSON as others do, who know neither NaN nor Infinity."""
    return json.loads(path.read_text("utf-8"), parse_constant=lambda name: pytest.fail(f"{name} in {path.name}"))


def test_the_same_run_is_the_same_bytes_and_the_next_leaves_nothing_of_it(tmp_path: Path) -> None:
    """Times least of all, where the next was not asked for them."""
    first, second = tmp_path / "first", tmp_path / "second"
    WHOLE.write(first)
    WHOLE.write(second)
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in second.iterdir()
    }
    RUN.write(first)
    assert sorted(path.name for path in first.iterdir()) == list(FILES[:4])
    assert Run.read(first).timings == {}
    assert Run.read(first).about == RUN.about


def test_where_a_file_cannot_be_written_all_of_the_old_run_stays(tmp_path: Path) -> None:
    """No file may grow beyond 20,000 bytes here, as `run.json` would, while `metrics.json` could be written."""
    RUN.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    longer = replace(WHOLE, worst=[{"prompt": "x" * 20_000}])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            longer.write(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "another kind"])
def test_a_file_that_is_missing_or_damaged_is_named_with_the_remedy(tmp_path: Path, name: str, damage: str) -> None:
    WHOLE.write(tmp_path)
    path = tmp_path / name
    if damage == "missing":
        path.unlink()
        if name == "timings.json":
            assert Run.read(tmp_path).timings == {}
            return
    elif damage == "another kind":
        path.write_text('["an array"]\n')
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 if damage == "cut" else 0])
    with pytest.raises(
        DatasetError, match=rf"{name} cannot be read as part of a run \(.+\); name a folder that .* --out"
    ):
        Run.read(tmp_path)


@pytest.mark.parametrize("name", ["metrics.json", "run.jsonl"])
def test_a_file_of_another_run_is_found_out(tmp_path: Path, name: str) -> None:
    RUN.write(tmp_path / "one")
    planted({"bm25": {"ndcg@10": HALF}}).write(tmp_path / "other")
    (tmp_path / "other" / name).replace(tmp_path / "one" / name)
    with pytest.raises(DatasetError, match=f"{name} cannot .*it is of another run than per_query"):
        Run.read(tmp_path / "one")


def test_a_table_without_the_columns_of_a_run_is_not_a_run(tmp_path: Path) -> None:
    RUN.write(tmp_path)
    pq.write_table(RUN.per_query.drop_columns(["kinds"]), tmp_path / "per_query.parquet")
    with pytest.raises(DatasetError, match=r"per_query\.parquet cannot .*kinds.*is missing"):
        Run.read(tmp_path)
    with pytest.raises(DatasetError, match=r"no-such-folder/per_query\.parquet cannot be read as part of a run"):
        Run.read(tmp_path / "no-such-folder")


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
    assert table.note.startswith("10 queries that both runs judged, of 17 and 17; ")


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
