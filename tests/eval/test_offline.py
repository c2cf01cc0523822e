"""Runs over planted systems: an oracle, chance, and some that cheat."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import TrackId
from eval.baselines import Pool
from eval.metrics import parse_metric
from eval.offline import Evaluation, EvaluationError, MetricValue, evaluate, intervals, write
from eval.queries import Query

SIZE = 200
TRACK_IDS = [f"t{number}" for number in range(SIZE)]
POOL = Pool(TRACK_IDS, {track_id: int(track_id[1:]) for track_id in TRACK_IDS}, np.ones(SIZE, dtype=bool))
QUERIES = [
    Query(f"q{number}", "jazz", {f"t{number}": 1.0, f"t{number + 1}": 2.0}, cluster=f"c{number // 3}")
    for number in range(60)
]
METRICS = [parse_metric(name) for name in ("ndcg@10", "hit@10", "recall@10", "map@10", "mrr@10", "macro/hit@10")]


class Planted:
    """A system that ranks by a function of the query and the tracks it may return."""

    def __init__(self, ranking: Callable[[Query, list[TrackId]], list[TrackId]]) -> None:
        self._ranking = ranking

    def rank(self, query: Query, k: int, pool: Pool) -> list[TrackId]:
        return self._ranking(query, [track_id for track_id in pool.track_ids if track_id in pool])[:k]


def _best_first(query: Query, tracks: list[TrackId]) -> list[TrackId]:
    return sorted(tracks, key=lambda track_id: -query.relevant.get(track_id, 0.0))


def _shuffled(query: Query, tracks: list[TrackId]) -> list[TrackId]:
    return [str(track_id) for track_id in np.random.default_rng(int(query.query_id[1:])).permutation(tracks)]


ORACLE = Planted(_best_first)
CHANCE = Planted(_shuffled)


def run(queries: Sequence[Query] = QUERIES, pool: Pool = POOL, **systems: Planted) -> Evaluation:
    return evaluate(systems, queries, pool, METRICS, lambda _: None)


def test_an_oracle_scores_1_in_everything() -> None:
    values = run(oracle=ORACLE).values["oracle"]
    assert values == {str(metric): MetricValue(1.0, 1.0, 1.0) for metric in METRICS}


def test_chance_scores_what_chance_gives() -> None:
    """Two of 200 tracks are wanted, ten are returned: each is among them with a probability of 5 %."""
    value = run(chance=CHANCE).values["chance"]["recall@10"]
    assert value.low <= 0.05 <= value.high
    assert value.value < 0.15


def test_gold_outside_the_pool_is_missed_and_its_share_is_told() -> None:
    half = replace(POOL, mask=np.arange(SIZE) % 2 == 0)
    found = run(pool=half, oracle=ORACLE)
    assert found.gold_outside == 0.5
    assert found.values["oracle"]["recall@10"].value == 0.5
    unknown = run([Query("q", "jazz", {"t0": 1.0, "nowhere": 1.0})], oracle=ORACLE)
    assert unknown.gold_outside == 0.5


def test_liked_tracks_are_neither_returned_nor_counted() -> None:
    query = Query("q", "jazz", {"t1": 1.0, "t2": 1.0, "t3": 1.0}, liked=("t1", "nowhere"), disliked=("t9",))
    found = run([query], oracle=ORACLE)
    (ranked,) = found.lists["oracle"]
    assert ranked[:2] == ["t2", "t3"]
    assert not {"t1", "t9"} & set(ranked)
    assert found.values["oracle"]["recall@10"].value == 1


def test_a_query_with_nothing_left_to_find_is_not_asked() -> None:
    done = Query("done", "jazz", {"t1": 1.0}, liked=("t1",))
    found = run([*QUERIES, done, Query("empty", "jazz", {})], oracle=ORACLE)
    assert found.without_gold == 2
    assert found.queries == tuple(QUERIES)
    with pytest.raises(EvaluationError, match="no query has anything left to find"):
        run([done], oracle=ORACLE)


@pytest.mark.parametrize(
    ("ranking", "reason"),
    [
        (lambda query, tracks: [*query.liked], "returned 't5' for query 'q', which is not permitted, or known"),
        (lambda query, tracks: ["nowhere"], "returned 'nowhere' for query 'q', which is not permitted"),
        (lambda query, tracks: ["t7"], "returned 't7' for query 'q', which is not permitted"),
        (lambda query, tracks: ["t1", "t1"], "returned 't1' for query 'q', twice"),
    ],
)
def test_a_system_that_returns_what_it_must_not_stops_the_run(
    ranking: Callable[[Query, list[TrackId]], list[TrackId]], reason: str
) -> None:
    pool = POOL.without(["t7"])
    with pytest.raises(EvaluationError, match=f"cheat {reason}"):
        run([Query("q", "jazz", {"t1": 1.0}, liked=("t5",))], pool, cheat=Planted(ranking))


def test_every_list_is_told_to_the_progress_bar() -> None:
    told: list[int] = []
    evaluate({"oracle": ORACLE, "chance": CHANCE}, QUERIES, POOL, METRICS, told.append)
    assert sum(told) == 2 * len(QUERIES)


def test_clusters_are_drawn_whole() -> None:
    """Twenty dialogs whose ten turns agree say as much as twenty single queries: their interval is as wide."""
    one_each = np.repeat([0.0, 1.0], 10)[:, None]
    micro = np.array([False])
    alone = intervals(one_each, [f"c{number}" for number in range(20)], micro)
    together = intervals(one_each.repeat(10, axis=0), [f"c{number // 10}" for number in range(200)], micro)
    as_if_apart = intervals(one_each.repeat(10, axis=0), [f"q{number}" for number in range(200)], micro)
    assert together[0].high - together[0].low == pytest.approx(alone[0].high - alone[0].low, abs=0.051)
    assert as_if_apart[0].high - as_if_apart[0].low < 0.5 * (together[0].high - together[0].low)


def test_an_interval_is_as_wide_as_theory_says() -> None:
    """Of 400 independent queries half are hit: the 95 % interval is 0.5 +- 1.96 * sqrt(0.25 / 400)."""
    scores = np.repeat([0.0, 1.0], 200)[:, None]
    (value,) = intervals(scores, [f"q{number}" for number in range(400)], np.array([False]))
    assert value.value == 0.5
    assert value.low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.006)
    assert value.high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.006)


def test_the_macro_form_averages_within_a_cluster_first() -> None:
    """One dialog with three hits and one with a single miss: 3/4 of the queries, 1/2 of the dialogs."""
    scores = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    micro, macro = intervals(scores, ["a", "a", "a", "b"], np.array([False, True]))
    assert (micro.value, macro.value) == (0.75, 0.5)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcd")), min_size=1, max_size=12),
    st.booleans(),
)
def test_an_interval_lies_within_the_scores_and_repeats(scored: list[tuple[float, str]], macro: bool) -> None:
    scores = np.array([[score] for score, _ in scored])
    clusters = [cluster for _, cluster in scored]
    (value,) = intervals(scores, clusters, np.array([macro]))
    lowest, highest = scores.min() - 1e-9, scores.max() + 1e-9
    assert lowest <= value.low <= value.high <= highest
    assert lowest <= value.value <= highest
    assert intervals(scores, clusters, np.array([macro])) == [value]


def test_a_run_is_written_as_documented_and_the_same_run_in_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        write(run(oracle=ORACLE, chance=CHANCE), tmp_path / folder)
    names = ["metrics.json", "per_query.parquet", "run.jsonl"]
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == names
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()

    values = json.loads((tmp_path / "first" / "metrics.json").read_text("utf-8"))
    assert set(values) == {"oracle", "chance"}
    assert set(values["oracle"]) == {str(metric) for metric in METRICS}
    assert values["oracle"]["macro/hit@10"] == {"value": 1.0, "low": 1.0, "high": 1.0}

    lines = [json.loads(line) for line in (tmp_path / "first" / "run.jsonl").read_text("utf-8").splitlines()]
    assert len(lines) == 2 * len(QUERIES)
    assert (lines[0]["query_id"], lines[0]["system"], lines[0]["tracks"][:2]) == ("q0", "oracle", ["t1", "t0"])

    rows = pq.read_table(tmp_path / "first" / "per_query.parquet").to_pylist()
    assert len(rows) == 2 * len(QUERIES)
    own = {"ndcg@10": 1.0, "hit@10": 1.0, "recall@10": 1.0, "map@10": 1.0, "mrr@10": 1.0}
    assert rows[0] == {"query_id": "q0", "cluster": "c0", "system": "oracle", **own}
    assert np.mean([row["ndcg@10"] for row in rows if row["system"] == "chance"]) == pytest.approx(
        values["chance"]["ndcg@10"]["value"]
    )
