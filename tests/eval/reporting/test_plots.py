"""What plots show, read from what is handed to the library that draws them."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pytest
import vl_convert

from eval.reporting.charts import BLUE, COLOURS, GREY, WIDTH, count_plot
from eval.reporting.plots import (
    ALIKE,
    NOTHING_WITHHELD,
    ablation_plot,
    difference_plot,
    exposure_plot,
    featured,
    kind_plot,
    latency_plot,
    metric_plot,
    policy_cost_plot,
    policy_plot,
    shown,
    tradeoff_plot,
    turn_plot,
)
from eval.reporting.results import Run
from tests.eval.planted_runs import IDS, SIZE, planted

UNEVEN = np.resize([-0.04, 0.01, 0.03, 0.0], SIZE)
"""Some queries are harder than others, for everybody."""


def scored(**means: float) -> Run:
    """Return a run of systems with about these means of NDCG (`_` for `+` or `-` in their names), and some more measures."""
    measures = {
        name.replace("_and_", "+").replace("_", "-"): {
            "ndcg@10": mean + UNEVEN * (1 + mean),
            "hit@10": mean - 0.5 < UNEVEN,
            "clicks@10": np.full(SIZE, 10 * (1 - mean)),
            "novelty@10": np.full(SIZE, 8 + mean),
        }
        for name, mean in means.items()
    }
    return planted({name: {of: list(values) for of, values in by.items()} for name, by in measures.items()})


RUN = scored(random=0.05, bm25=0.4, hybrid=0.6, dense=0.3, hybrid_without_names=0.5, hybrid_without_dense=0.6)

POLICIES: dict[str, Any] = {
    policy: {
        "permitted": permitted,
        "wanted_withheld": 0.1,
        "metric": "ndcg@10",
        "systems": {
            system: {
                "without": {"value": 0.5, "low": 0.4, "high": 0.6},
                "under": {"value": 0.5 - lost, "low": 0.3, "high": 0.6},
                "lost": {"value": lost, "low": lost - 0.05, "high": lost + 0.05},
            }
            for system, lost in (("bm25", cost), ("hybrid", cost / 2))
        },
    }
    for policy, permitted, cost in (("human_only", 700, 0.2), ("strict", 900, 0.1))
}
TIMINGS: dict[str, Any] = {
    "milliseconds": {"hybrid": [30.0, 40.0, 50.0], "bm25": [1.0, 2.0, 3.0]},
    "revocations": {"milliseconds": [20.0, 40.0, 60.0], "still_held": [0, 0, 0]},
}


def spec(plot: alt.LayerChart) -> dict[str, Any]:
    found: dict[str, Any] = plot.to_dict()
    return found


def rows(plot: alt.LayerChart) -> list[dict[str, Any]]:
    made = spec(plot)
    found: list[dict[str, Any]] = made["datasets"][made["data"]["name"]]
    return found


def order(plot: alt.LayerChart) -> list[str]:
    """Return what stands along the left side, from the top."""
    found: list[str] = spec(plot)["layer"][-1]["encoding"]["y"]["sort"]
    return found


def test_systems_are_plotted_best_first_with_their_intervals() -> None:
    plot = metric_plot(RUN)
    assert order(plot) == ["hybrid", "bm25", "dense", "random"]
    for row in rows(plot):
        value = RUN.value(row["system"], "ndcg@10")
        assert (row["value"], row["low"], row["high"]) == (value.value, value.low, value.high)


def test_where_less_is_better_the_least_is_on_top_and_the_axis_says_so() -> None:
    plot = metric_plot(scored(bm25=0.4, hybrid=0.6), "clicks@10")
    assert order(plot) == ["hybrid", "bm25"]
    assert spec(plot)["layer"][0]["encoding"]["x"]["title"] == "clicks@10 (lower is better)"


def test_only_the_system_that_is_judged_stands_out() -> None:
    assert [row["system"] for row in rows(metric_plot(RUN)) if row["judged"] == "True"] == ["hybrid"]


def test_the_product_is_judged_or_else_the_first_system() -> None:
    assert RUN.reference == "hybrid"
    assert scored(rrf=0.2, bm25=0.4).reference == "rrf"


def test_of_the_blends_the_three_best_are_plotted_unless_others_are_named() -> None:
    run = scored(
        bm25=0.1,
        bm25_and_dense=0.2,
        bm25_and_cf=0.3,
        dense_and_cf=0.5,
        popularity_and_cf=0.4,
        popularity_and_bm25=0.05,
    )
    assert shown(run) == ["dense+cf", "popularity+cf", "bm25+cf", "bm25"]
    assert order(metric_plot(run, systems=["popularity+bm25"])) == ["popularity+bm25"]


def test_where_there_is_little_room_the_judged_system_comes_first_and_copies_without_a_channel_are_left_out() -> None:
    assert featured(RUN) == ["hybrid", "bm25", "dense", "random"]
    assert featured(scored(rrf=0.2, cf=0.3, bm25=0.1), 2) == ["rrf", "bm25"]


def test_a_system_without_a_value_keeps_its_row_and_has_no_point() -> None:
    run = planted({"hybrid": {"ndcg@10": [0.5] * SIZE}, "bm25": {"ndcg@10": [float("nan")] * SIZE}})
    plot = metric_plot(run)
    assert order(plot) == ["hybrid", "bm25"]
    assert [row for row in rows(plot) if "value" in row] == [
        {"system": "hybrid", "judged": "True", "value": 0.5, "low": 0.5, "high": 0.5}
    ]


def test_differences_are_told_by_the_verdicts_of_the_table() -> None:
    plot = difference_plot(RUN)
    verdicts = {row["system"]: row["verdict"] for row in RUN.against("hybrid").rows}
    assert {row["system"]: row["verdict"] for row in rows(plot)} == {
        system: verdicts[system] for system in ("bm25", "dense", "random")
    }
    assert {verdicts[system] for system in ("bm25", "dense", "random")} == {"worse"}


def test_differences_have_a_line_at_zero() -> None:
    assert spec(difference_plot(RUN))["layer"][0]["encoding"]["x"]["field"] == "zero"


def test_where_neither_more_nor_less_is_better_a_difference_is_higher_or_lower() -> None:
    found = rows(difference_plot(RUN, "bm25", "novelty@10"))
    assert {row["system"]: row["verdict"] for row in found} == {"hybrid": "higher", "dense": "lower", "random": "lower"}


def test_a_channel_helps_where_the_product_is_worse_without_it() -> None:
    plot = ablation_plot(RUN)
    assert order(plot) == ["names", "dense"]
    assert [row["verdict"] for row in rows(plot)] == ["the channel helps", "no difference shown"]


def test_kinds_are_plotted_from_the_one_that_is_served_best_with_how_many_queries_they_have() -> None:
    mood = np.array([kinds == ["mood"] for kinds in RUN.facts("kinds")])
    run = planted({"hybrid": {"ndcg@10": np.where(mood, 0.2, 0.7).tolist()}})
    plot = kind_plot(run)
    assert order(plot) == ["era (8)", "negation (8)", "mood (8)"]
    assert [row["value"] for row in rows(plot)] == pytest.approx([0.2, 0.7, 0.7])


def test_turns_are_plotted_in_their_order() -> None:
    assert [row["group"] for row in rows(turn_plot(RUN, systems=["hybrid"]))] == ["1 (8)", "2 (8)"]


def test_policies_are_plotted_below_nothing_withheld_from_the_one_that_permits_most() -> None:
    plot = policy_plot(replace(RUN, policies=POLICIES))
    assert order(plot) == [NOTHING_WITHHELD, "strict (900 tracks)", "human_only (700 tracks)"]
    of_bm25 = {row["policy"]: row["value"] for row in rows(plot) if row["system"] == "bm25"}
    assert of_bm25 == {
        NOTHING_WITHHELD: 0.5,
        "strict (900 tracks)": pytest.approx(0.4),
        "human_only (700 tracks)": pytest.approx(0.3),
    }


def test_what_policies_lose_is_plotted_by_system() -> None:
    found = rows(policy_cost_plot(replace(RUN, policies=POLICIES)))
    assert {(row["policy"], row["system"]): row["value"] for row in found} == {
        ("human_only (700 tracks)", "bm25"): 0.2,
        ("human_only (700 tracks)", "hybrid"): 0.1,
        ("strict (900 tracks)", "bm25"): 0.1,
        ("strict (900 tracks)", "hybrid"): 0.05,
    }


def test_exposure_counts_what_nobody_was_shown_and_no_place_deeper_than_the_least_depth() -> None:
    """Of four tracks bm25 shows everybody the same one, hybrid each of them as often; the second place is not read."""
    tracks = ["t0", "t1", "t2", "t3"]
    run = planted({"hybrid": {"hit@1": [1] * SIZE}, "bm25": {"hit@1": [1] * SIZE}}, about={"ranked": 4})
    run = replace(
        run,
        lists={
            "hybrid": {query_id: [tracks[place % 4], "t0"] for place, query_id in enumerate(IDS[:16])},
            "bm25": {query_id: ["t0", "t1"] for query_id in IDS},
        },
    )
    share = {(row["system"], row["tracks"]): row["share"] for row in rows(exposure_plot(run))}
    assert [share["bm25", percent] for percent in (0, 25, 64, 100)] == [0, 1, 1, 1]
    assert [share["hybrid", percent] for percent in (0, 25, 64, 100)] == [0, 0.25, 0.64, 1]
    assert [share[ALIKE, percent] for percent in (0, 25, 64, 100)] == [0, 0.25, 0.64, 1]


def test_exposure_is_shown_as_far_as_any_system_reaches() -> None:
    """Seventeen queries and one track a query: at most 17 of 1,200 tracks are heard."""
    found = rows(exposure_plot(planted({"hybrid": {"hit@1": [1] * SIZE}})))
    assert max(row["tracks"] for row in found) == pytest.approx(100 * 17 / 1200, abs=1e-4)
    ends = {row["system"]: row["share"] for row in found if row["tracks"] > 1.4}
    assert ends == {"hybrid": 1, ALIKE: pytest.approx(17 / 1200, abs=1e-4)}


def test_the_curve_of_few_tracks_has_many_points_beside_one_of_all_tracks() -> None:
    """bm25 shows ten of 1,200 tracks equally often, random all: ten tracks lie at the 9th of 100 steps under the root."""
    run = planted({name: {"hit@1": [1] * SIZE} for name in ("bm25", "random")}, about={"ranked": 1200})
    few = {query_id: [f"t{place % 10}"] for place, query_id in enumerate(IDS[:10])}
    run = replace(run, lists={"bm25": few, "random": {f"q{place}": [f"t{place}"] for place in range(1200)}})
    curve = [(row["tracks"], row["share"]) for row in rows(exposure_plot(run)) if row["system"] == "bm25"]
    rising = [(tracks, share) for tracks, share in curve if share < 1]
    assert len(rising) == 10
    assert [share for _, share in rising] == pytest.approx([tracks / 100 * 120 for tracks, _ in rising], abs=1e-4)


def test_a_system_that_returns_nothing_has_no_curve() -> None:
    run = replace(RUN, lists={name: {} for name in RUN.systems})
    assert {row["system"] for row in rows(exposure_plot(run))} == {ALIKE}


def test_a_tradeoff_has_a_point_for_each_system_and_names_all_but_blends() -> None:
    found = rows(tradeoff_plot(scored(hybrid=0.6, bm25=0.4, bm25_and_dense=0.5), "novelty@10"))
    assert [(row["system"], row["beside"], row["left"], row["right"]) for row in found] == [
        ("hybrid", pytest.approx(8.6), "hybrid", ""),
        ("bm25+dense", pytest.approx(8.5), "", ""),
        ("bm25", pytest.approx(8.4), "", "bm25"),
    ]


def test_a_tradeoff_has_the_intervals_of_both_measures() -> None:
    run = scored(hybrid=0.6, bm25=0.4)
    (row,) = (row for row in rows(tradeoff_plot(run, "novelty@10")) if row["system"] == "bm25")
    novelty, relevance = run.value("bm25", "novelty@10"), run.value("bm25", "ndcg@10")
    assert (row["beside_low"], row["beside_high"]) == (novelty.low, novelty.high)
    assert (row["low"], row["high"]) == (relevance.low, relevance.high)


def test_of_systems_that_lie_together_a_tradeoff_names_the_judged_one_then_those_that_are_featured() -> None:
    crowded = {"cf": 0.4, "dense": 0.4, "item-knn": 0.4, "hybrid": 0.4, "random": 0.1}
    named = {
        row["system"] for row in rows(tradeoff_plot(scored(**crowded), "novelty@10")) if row["left"] or row["right"]
    }
    assert named == {"hybrid", "random"}
    del crowded["hybrid"]
    named = {
        row["system"] for row in rows(tradeoff_plot(scored(**crowded), "novelty@10")) if row["left"] or row["right"]
    }
    assert named == {"cf", "random"}, "cf comes first in the run, so it is the one that is judged"


def test_no_interval_ends_on_an_axis() -> None:
    """The outermost ones are drawn some pixels from the left edge of the plot, and the line at zero from the right one."""
    drawn = vl_convert.vegalite_to_svg(spec(difference_plot(scored(hybrid=0.6, bm25=0.4, cf=0.5))))
    places = [float(place) for place in re.findall(r'rule mark" transform="translate\(([0-9.]+),', drawn)]
    assert len(places) == 3
    assert min(places) >= 5
    assert max(places) <= WIDTH - 5


def test_the_fastest_system_is_on_top_with_its_median() -> None:
    plot = latency_plot(replace(RUN, timings=TIMINGS))
    assert order(plot) == ["bm25", "hybrid"]
    assert [row["median"] for row in rows(plot)] == [2, 40]


@pytest.mark.parametrize(
    ("plot", "remedy"),
    [(policy_plot, "--policies"), (policy_cost_plot, "--policies"), (latency_plot, "--timings")],
)
def test_what_was_not_measured_names_the_option_that_measures_it(
    plot: Callable[[Run], alt.LayerChart], remedy: str
) -> None:
    with pytest.raises(ValueError, match=remedy):
        plot(RUN)


def test_a_run_in_which_no_channel_was_left_out_names_the_option() -> None:
    with pytest.raises(ValueError, match="--without"):
        ablation_plot(scored(hybrid=0.5))


def test_kinds_and_turns_of_too_few_queries_are_refused() -> None:
    few = planted({"hybrid": {"ndcg@10": [0.5] * SIZE}})
    few = replace(few, per_query=few.per_query.slice(0, 4))
    for plot in (kind_plot, turn_plot):
        with pytest.raises(ValueError, match="fewer than 5"):
            plot(few)


def test_a_measure_or_system_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="'ndcg@5' was not measured"):
        metric_plot(RUN, "ndcg@5")
    with pytest.raises(ValueError, match="'nobody' is not in this run"):
        metric_plot(RUN, systems=["nobody"])


@pytest.mark.parametrize(
    "plot",
    [
        metric_plot,
        difference_plot,
        ablation_plot,
        kind_plot,
        turn_plot,
        policy_plot,
        policy_cost_plot,
        exposure_plot,
        lambda run: tradeoff_plot(run, "novelty@10"),
        latency_plot,
    ],
)
def test_every_plot_can_be_drawn_and_joined_with_another(plot: Callable[[Run], alt.LayerChart]) -> None:
    made = plot(replace(RUN, policies=POLICIES, timings=TIMINGS))
    joined = alt.hconcat(made, made).to_dict()
    assert vl_convert.vegalite_to_svg(joined, vl_version=alt.SCHEMA_VERSION.rpartition(".")[0]).startswith("<svg")


def _luminance(colour: str) -> float:
    """Relative luminance, as the Web Content Accessibility Guidelines define it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("colour", [*COLOURS, GREY])
def test_every_colour_is_seen_on_white_and_on_black(colour: str) -> None:
    luminance = _luminance(colour)
    assert 1.05 / (luminance + 0.05) >= 3
    assert (luminance + 0.05) / 0.05 >= 3


COUNTS = {"in the catalog": 12, "strict": 7, "human_only": 0}


def bars(judged: str | None = None) -> list[dict[str, object]]:
    plot = count_plot(COUNTS, "Tracks permitted", judged).to_dict()
    (rows,) = plot["datasets"].values() if "datasets" in plot else (plot["data"]["values"],)
    return list(rows)


def test_every_count_has_a_bar_in_the_order_given() -> None:
    assert {row["name"]: row["tracks"] for row in bars()} == COUNTS
    assert count_plot(COUNTS, "").to_dict()["layer"][0]["encoding"]["y"]["sort"] == list(COUNTS)


def test_the_one_that_is_judged_stands_out() -> None:
    assert [row["colour"] for row in bars("strict")] == [GREY, BLUE, GREY]
    assert [row["colour"] for row in bars()] == [BLUE, BLUE, BLUE]


def test_nothing_counted_is_an_empty_plot() -> None:
    assert count_plot({}, "Withheld").to_dict()["title"]["text"] == "Withheld"
