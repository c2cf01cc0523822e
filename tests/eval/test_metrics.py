"""Metrics, worked by hand: the list a b c d e against what was wanted of it."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import METRICS, Metric, parse_metric

RANKED = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("name", "relevant", "expected"),
    [
        # Places 2 and 4 hold gain 1: DCG = 1/log2(3) + 1/log2(5); the best list of three would start with all of them.
        (
            "ndcg@5",
            {"b": 1, "d": 1, "z": 1},
            (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / math.log2(4)),
        ),
        # Within three places only b counts, and the best list has three places too.
        ("ndcg@3", {"b": 1, "d": 1, "z": 1}, (1 / math.log2(3)) / (1 + 1 / math.log2(3) + 1 / math.log2(4))),
        # Gains count in proportion: 1 at place 1 and 3 at place 2, where 3 and then 1 would have been best.
        ("ndcg@5", {"a": 1, "b": 3}, (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))),
        # More is wanted than there are places: the best list is full of gains of 1.
        ("ndcg@2", {"a": 1, "b": 1, "c": 1}, 1),
        ("hit@1", {"b": 1}, 0),
        ("hit@2", {"b": 1}, 1),
        ("recall@2", {"a": 1, "b": 1, "e": 1, "z": 1}, 2 / 4),
        ("recall@5", {"a": 1, "b": 1, "e": 1, "z": 1}, 3 / 4),
        ("precision@2", {"a": 1, "e": 1}, 1 / 2),
        # A list of five has no tenth place, yet ten were asked for.
        ("precision@10", {"a": 1, "e": 1}, 2 / 10),
        # Precision is 1/1 at a and 2/3 at c; z is never found.
        ("map@5", {"a": 1, "c": 1, "z": 1}, (1 / 1 + 2 / 3) / 3),
        ("map@2", {"a": 1, "c": 1, "z": 1}, (1 / 1) / 3),
        ("mrr@5", {"c": 1, "e": 1}, 1 / 3),
        ("mrr@2", {"c": 1, "e": 1}, 0),
        # A gain of 0 is as if the track had not been named.
        ("recall@5", {"a": 1, "b": 0}, 1),
        ("hit@5", {"b": 0}, 0),
    ],
)
def test_a_metric_is_what_its_formula_gives_by_hand(name: str, relevant: Mapping[str, float], expected: float) -> None:
    assert parse_metric(name).score(RANKED, relevant) == pytest.approx(expected)


@pytest.mark.parametrize("name", METRICS)
def test_an_empty_list_and_an_empty_truth_give_0(name: str) -> None:
    assert Metric(name, 10).score([], {"a": 1}) == 0
    assert Metric(name, 10).score(RANKED, {}) == 0
    assert Metric(name, 10).score([], {}) == 0


@given(
    st.sampled_from(sorted(METRICS)),
    st.permutations(RANKED),
    st.dictionaries(st.sampled_from([*RANKED, "y", "z"]), st.floats(0, 10), min_size=1),
    st.integers(1, 8),
)
def test_a_metric_lies_from_0_to_1_and_a_better_place_never_lowers_it(
    name: str, ranked: list[str], relevant: dict[str, float], k: int
) -> None:
    metric = Metric(name, k)
    best_first = sorted(ranked, key=lambda track_id: -relevant.get(track_id, 0))
    assert 0 <= metric.score(ranked, relevant) <= metric.score(best_first, relevant) + 1e-12 <= 1 + 2e-12


@pytest.mark.parametrize("text", ["ndcg@10", "macro/hit@10", "mrr@100"])
def test_a_name_is_read_and_written_alike(text: str) -> None:
    assert str(parse_metric(text)) == text


@pytest.mark.parametrize(
    "text", ["ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "gini@10", "micro/hit@10", "hit@10 ", "hit@1e3", ""]
)
def test_a_name_that_is_none_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="is not a metric: write one of ndcg, hit, recall, precision, map, mrr"):
        parse_metric(text)
