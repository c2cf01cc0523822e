"""Offline runs: systems over queries, inside one permitted set, with intervals that respect what belongs together."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.findings import ConsentContext
from catalog.permits import Permits
from catalog.tracks import TrackId
from eval.baselines import Pool, System
from eval.metrics import Metric
from eval.queries import Query
from recommender.pipeline import PlaylistRecommender

RESAMPLES = 1_000
LEVEL = 0.95
"""Resamples of a bootstrap, and how much of them an interval covers."""

Table = npt.NDArray[np.float64]


class EvaluationError(RuntimeError):
    """A run whose numbers would mean nothing: why, and what to do."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric's mean with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a run found.

    `queries` are those that were judged; `without_gold` counts those that had nothing left to find. `gold_outside` is the
    share (0 to 1) of all wanted tracks that no system could return; they count as missed. By system: `lists` has the
    tracks returned for each query, `scores` (float64 of shape (queries, metrics)) each query's metrics.
    """

    metrics: tuple[Metric, ...]
    queries: tuple[Query, ...]
    without_gold: int
    gold_outside: float
    lists: Mapping[str, Sequence[Sequence[TrackId]]]
    scores: Mapping[str, Table]
    values: Mapping[str, Mapping[str, MetricValue]]


def open_pool(
    recommender: PlaylistRecommender,
    context: ConsentContext,
    policy: str,
    candidates: Sequence[TrackId] | None = None,
) -> Pool:
    """Return the tracks that are permitted in `context` and built, restricted to `candidates` where they are given.

    Raises EvaluationError when none is left, ValueError for an unknown policy.
    """
    track_ids = [track.track_id for track in recommender.catalog.all_tracks()][: len(recommender.model)]
    positions = {track_id: position for position, track_id in enumerate(track_ids)}
    mask = (
        Permits(recommender.catalog)
        .permitted(context, recommender.consent.policy(policy))
        .mask[: len(track_ids)]
        .copy()
    )
    permitted = int(mask.sum())
    if candidates is not None:
        among = np.zeros(len(mask), dtype=bool)
        among[[positions[track_id] for track_id in candidates if track_id in positions]] = True
        mask &= among
    if not mask.any():
        left = "none of them is a candidate; name others" if permitted else "record deals, or choose another context"
        raise EvaluationError(
            f"no track is left to rank: {permitted:,} of {len(mask):,} are permitted in {context.territory} under "
            f"{policy} for {context.commercial_model.value}; {left}"
        )
    return Pool(track_ids, positions, mask, None if candidates is None else tuple(candidates))


def evaluate(
    systems: Mapping[str, System],
    queries: Sequence[Query],
    pool: Pool,
    metrics: Sequence[Metric],
    progress: Callable[[int], None],
    seed: int = 0,
) -> Evaluation:
    """Rank the pool with every system for every query, and judge the lists. `progress` is told of each list.

    Queries with nothing left to find are not asked. The same arguments give the same numbers.
    Raises EvaluationError when no query can be judged, or a system returns what it must not: a track outside the pool,
    one that the listener knows, or one twice.
    """
    judged = [query for query in queries if query.wanted]
    if not judged:
        raise EvaluationError("no query has anything left to find: every relevant track is liked already; add others")
    depth = max(metric.k for metric in metrics)
    lists: dict[str, list[list[TrackId]]] = {}
    scores: dict[str, Table] = {}
    for name, system in systems.items():
        lists[name] = []
        for query in judged:
            allowed = pool.without((*query.liked, *query.disliked))
            ranked = system.rank(query, depth, allowed)
            _check(name, query, ranked, allowed)
            lists[name].append(ranked)
            progress(1)
        scores[name] = np.array(
            [
                [metric.score(ranked, query.wanted) for metric in metrics]
                for query, ranked in zip(judged, lists[name], strict=True)
            ]
        )
    macro = np.array([metric.macro for metric in metrics])
    clusters = [query.cluster for query in judged]
    gold = [track_id in pool for query in judged for track_id in query.wanted]
    return Evaluation(
        tuple(metrics),
        tuple(judged),
        len(queries) - len(judged),
        1 - sum(gold) / len(gold),
        lists,
        scores,
        {
            name: dict(zip(map(str, metrics), intervals(table, clusters, macro, seed), strict=True))
            for name, table in scores.items()
        },
    )


def _check(name: str, query: Query, ranked: Sequence[TrackId], allowed: Pool) -> None:
    seen: set[TrackId] = set()
    for track_id in ranked:
        if track_id in seen or track_id not in allowed:
            why = "twice" if track_id in seen else "which is not permitted, or known to the listener already"
            raise EvaluationError(f"{name} returned {track_id!r} for query {query.query_id!r}, {why}; mend the system")
        seen.add(track_id)


def intervals(scores: Table, clusters: Sequence[str], macro: npt.NDArray[np.bool_], seed: int = 0) -> list[MetricValue]:
    """Return the mean of each column of `scores` (queries, metrics) with a 95 % bootstrap interval over clusters.

    Clusters are drawn whole, with replacement, 1,000 times, because the queries of a dialog resemble each other; the
    interval lies between the 2.5th and 97.5th percentile of the means (Efron, "Bootstrap methods: another look at the
    jackknife", 1979; whole clusters: Field and Welsh, "Bootstrapping clustered data", 2007). The mean is over queries, or
    where `macro` (bool of shape (metrics,)) says so over the means of the clusters. A single cluster has no spread.
    """
    names, members = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(members).astype(np.float64)
    sums = np.zeros((len(names), scores.shape[1]))
    np.add.at(sums, members, scores)
    cluster_means = sums / sizes[:, None]
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES).astype(np.float64)

    def means(weights: Table) -> Table:
        over_clusters = weights @ cluster_means / len(names)
        return np.where(macro, over_clusters, weights @ sums / (weights @ sizes)[:, None])

    value = means(np.ones((1, len(names))))[0]
    low, high = np.quantile(means(draws), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return [MetricValue(*map(float, column)) for column in zip(value, low, high, strict=True)]


def write(found: Evaluation, folder: Path) -> None:
    """Write a run into a folder: `metrics.json`, `per_query.parquet` and `run.jsonl`; the same run gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    values = {
        name: {metric: asdict(value) for metric, value in by_metric.items()} for name, by_metric in found.values.items()
    }
    (folder / "metrics.json").write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", "utf-8")
    pq.write_table(_per_query(found), folder / "per_query.parquet")
    lines = [
        json.dumps({"query_id": query.query_id, "system": name, "tracks": list(ranked)}, ensure_ascii=False) + "\n"
        for name, lists in found.lists.items()
        for query, ranked in zip(found.queries, lists, strict=True)
    ]
    (folder / "run.jsonl").write_text("".join(lines), "utf-8")


def _per_query(found: Evaluation) -> pa.Table:
    """Return one row a query and system: what it is, and each metric that is one query's own."""
    size = len(found.lists)
    columns = {
        "query_id": [query.query_id for query in found.queries] * size,
        "cluster": [query.cluster for query in found.queries] * size,
        "system": [name for name in found.lists for _ in found.queries],
    }
    table = np.concatenate(list(found.scores.values()))
    own = {str(metric): table[:, column] for column, metric in enumerate(found.metrics) if not metric.macro}
    return pa.table({**columns, **own})
