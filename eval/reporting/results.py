"""What a run found, as an analyst wants it: tables with intervals, comparisons, kinds of prompts, the worst of them; a folder.

The same run writes the same bytes. Times differ from run to run and are therefore kept apart, and only if asked for.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.arrays import Numbers
from eval.measures.metrics import LOWER_IS_BETTER, METRICS
from eval.measures.significance import Comparison, MetricValue, compare_all, intervals
from eval.prompts.kinds import PromptKind
from eval.queries import DatasetError
from eval.reporting.tables import Cell, ResultTable, polars_frame

Content = TypeVar("Content")

HEADLINE = ("ndcg@10", "hit@10", "mrr@100", "recall@100")
PRIMARY = "ndcg@10"
"""What a run's table shows, and by what systems are compared, unless others are asked for."""

SIGNIFICANT = 0.05
"""The chance, after Holm's correction, up to which a difference is called one."""

SURROUNDINGS = ("territory", "policy", "commercial_model", "catalog", "bundle", "consent_epoch", "ranked", "candidates")
"""What two runs should have in common for a comparison to be about their systems."""

LESS_IS_BETTER = LOWER_IS_BETTER | {"calibration", "gini", "leakage"}
MORE_IS_BETTER = METRICS.keys() - LOWER_IS_BETTER | {"fill", "wishes"}
"""Of the other measures neither more nor less is better."""

LEAST_OF_A_KIND = 5
"""Queries from which a kind of prompts gets a row of its own."""

TIMINGS = "timings.json"
"""The one file of a folder that another run writes differently; it is there if it was asked for."""

ORDINARY_LEAKS = 0.05
"""Share of queries up to which it is chance, or copies of playlists, that one listener or playlist holds all they want."""

FACTS = ("query_id", "cluster", "system", "prompt", "turn", "kinds")
"""The columns of `per_query.parquet` that are not measures."""

WHOLE_RUN = ("about", "controls", "policies", "worst")
"""What `run.json` holds."""


@dataclass(frozen=True, eq=False)
class Run:
    """Every measure of every query by every system, and what was measured of the run as a whole.

    `per_query` has a row for each system and query, all queries of a system together and in the same order; its columns
    are `FACTS` and the measures, NaN where one is not defined. `whole` has measures that no single query has (coverage).
    `about` says what was run, on what and how systems were set; `controls` what was looked for that would make the numbers
    mean nothing; `policies` what consent costs, by policy; `worst` the worst prompts of each system; `lists` the track ids
    returned, by system and query. `timings` is empty unless it was asked for: `milliseconds` of each answer by system, and
    `revocations`, how soon take-downs counted. All of it is as it stands in the folder.
    """

    per_query: pa.Table
    whole: Mapping[str, Mapping[str, MetricValue]]
    about: Mapping[str, Any]
    controls: Mapping[str, Any]
    policies: Mapping[str, Any]
    worst: Sequence[Mapping[str, Any]]
    lists: Mapping[str, Mapping[str, Sequence[str]]]
    timings: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "Run":
        """Read what `write` wrote. Raises DatasetError naming the file that is missing, damaged or of another run."""
        per_query = _read(folder / "per_query.parquet", _per_query)
        systems, ids = (per_query.column(name).to_pylist() for name in ("system", "query_id"))

        def whole(content: bytes) -> dict[str, dict[str, MetricValue]]:
            metrics = json.loads(content)
            if list(metrics) != list(dict.fromkeys(systems)):
                raise ValueError("it is of another run than per_query.parquet")
            return {
                system: {
                    name: _metric_value(value)
                    for name, value in by_name.items()
                    if name.removeprefix("macro/") not in per_query.column_names
                }
                for system, by_name in metrics.items()
            }

        def lists(content: bytes) -> dict[str, dict[str, list[str]]]:
            rows = [json.loads(line) for line in content.splitlines()]
            if [(row["system"], row["query_id"]) for row in rows] != list(zip(systems, ids, strict=True)):
                raise ValueError("it is of another run than per_query.parquet")
            found: dict[str, dict[str, list[str]]] = {}
            for row in rows:
                found.setdefault(row["system"], {})[row["query_id"]] = row["tracks"]
            return found

        timings = folder / TIMINGS
        return cls(
            per_query=per_query,
            whole=_read(folder / "metrics.json", whole),
            lists=_read(folder / "run.jsonl", lists),
            timings=_read(timings, _object) if timings.exists() else {},
            **_read(folder / "run.json", _whole_run),
        )

    def write(self, folder: Path) -> None:
        """Write the run into a folder: `metrics.json`, `per_query.parquet`, `run.jsonl`, and the rest in `run.json`.

        Where the disk is full, what was there stays. The same run writes the same bytes; `timings.json`, where times were
        asked for, is the exception.
        """
        table = pa.BufferOutputStream()
        pq.write_table(self.per_query, table)
        metrics = {
            system: {name: asdict(value) for name, value in by_name.items()} for system, by_name in self.values.items()
        }
        lists = [
            json.dumps({"query_id": query_id, "system": system, "tracks": list(tracks)}, ensure_ascii=False) + "\n"
            for system, by_query in self.lists.items()
            for query_id, tracks in by_query.items()
        ]
        contents = {
            "metrics.json": _json(metrics),
            "run.json": _json({name: getattr(self, name) for name in WHOLE_RUN}),
            "run.jsonl": "".join(lists).encode(),
            "per_query.parquet": table.getvalue().to_pybytes(),
        }
        if self.timings:
            contents[TIMINGS] = _json(self.timings)
        folder.mkdir(parents=True, exist_ok=True)
        replace_files({folder / name: content for name, content in contents.items()})
        if not self.timings:
            (folder / TIMINGS).unlink(missing_ok=True)

    @property
    def systems(self) -> list[str]:
        """The systems, in the order in which they were named."""
        return list(self._rows)

    @property
    def measures(self) -> list[str]:
        """The measures that queries have."""
        return [name for name in self.per_query.column_names if name not in FACTS]

    @property
    def headline(self) -> list[str]:
        """What is told first: `HEADLINE`, as far as it was measured; systems are ranked and compared by the first of it."""
        return [name for name in HEADLINE if name in self.measures] or self.measures[:4]

    @cached_property
    def _rows(self) -> dict[str, slice]:
        names = self.per_query.column("system").to_pylist()
        starts = [place for place, name in enumerate(names) if not place or names[place - 1] != name]
        return {names[start]: slice(start, end) for start, end in zip(starts, [*starts[1:], len(names)], strict=True)}

    def facts(self, name: str) -> list[Any]:
        """Return one of `FACTS` for each query."""
        first = self._rows[self.systems[0]]
        found: list[Any] = self.per_query.column(name)[first].to_pylist()
        return found

    def column(self, system: str, measure: str) -> Numbers:
        """Return a measure of a system for each query, float64 of shape (queries,).

        Raises ValueError naming what there is.
        """
        if system not in self._rows:
            raise ValueError(f"{system!r} is not in this run; there is {', '.join(self.systems)}")
        if measure not in self.measures:
            raise ValueError(f"{measure!r} was not measured; there is {', '.join(self.measures)}")
        column = self.per_query.column(measure)[self._rows[system]]
        return np.asarray(column.to_numpy(), dtype=np.float64)

    @cached_property
    def values(self) -> dict[str, dict[str, MetricValue]]:
        """By system and measure the mean with its interval, over queries and (`macro/`) over the means of clusters."""
        clusters = self.facts("cluster")
        names = [*self.measures, *(f"macro/{name}" for name in self.measures)]
        macro = np.arange(len(names)) >= len(self.measures)
        found = {}
        for system in self.systems:
            table = np.stack([self.column(system, name) for name in self.measures], axis=1)
            values = intervals(np.concatenate([table, table], axis=1), clusters, macro)
            found[system] = {**dict(zip(names, values, strict=True)), **self.whole.get(system, {})}
        return found

    def value(self, system: str, measure: str) -> MetricValue:
        """Return a measure with its interval. Raises ValueError naming what there is."""
        if measure not in self.values.get(system, {}):
            self.column(system, measure.removeprefix("macro/"))
        return self.values[system][measure]

    def summary(self, measures: Sequence[str] | None = None, systems: Sequence[str] | None = None) -> ResultTable:
        """Return a row for each system: its measures (`headline`, or those named) with 95 % intervals."""
        rows: list[dict[str, Cell]] = [
            {"system": system, **{name: self.value(system, name) for name in measures or self.headline}}
            for system in systems or self.systems
        ]
        return ResultTable("", rows, "means over queries with 95 % bootstrap intervals over clusters")

    def compared(
        self, reference: str, measure: str = PRIMARY, systems: Sequence[str] | None = None
    ) -> dict[str, Comparison]:
        """Return how other systems (all, or those named) differ from a reference, with Holm's correction over them."""
        plain, macro = _form(measure)
        scores = {system: self.column(system, plain) for system in (reference, *(systems or self.systems))}
        return compare_all(scores, reference, self.facts("cluster"), macro)

    def against(self, reference: str, measure: str = PRIMARY) -> ResultTable:
        """Return a row for each other system: its difference from the reference, and whether that is more than chance."""
        title = f"{measure}: each system less {reference}"
        return comparison_table(title, "system", self.compared(reference, measure), measure)

    def ablation(self, measures: Sequence[str] = (PRIMARY,)) -> ResultTable:
        """Return a row for each channel that the product was run without: what its removal changes.

        Raises ValueError where no channel was left out, or a measure is not there.
        """
        names = [name for name in self.systems if "-without-" in name]
        if not names:
            raise ValueError("no channel was left out; run with --without all")
        whole = names[0].partition("-without-")[0]
        rows: list[dict[str, Cell]] = [{"without": name.partition("-without-")[2]} for name in names]
        for measure in measures:
            for row, found in zip(rows, self.compared(whole, measure, names).values(), strict=True):
                row[measure] = found.difference
                row[f"p ({measure})"] = found.p_holm
        return ResultTable(
            f"{whole} without a channel, less {whole}",
            rows,
            "a channel helps where the product is worse without it; p after Holm over the channels",
        )

    def by_kind(self, measure: str = PRIMARY, systems: Sequence[str] | None = None) -> ResultTable:
        """Return a row for each kind of prompts: the measure of each system on the prompts of that kind."""
        of_query = [set(kinds) for kinds in self.facts("kinds")]
        groups = {kind.value: [kind in kinds for kinds in of_query] for kind in PromptKind}
        return self._grouped(f"{measure} by kind of prompt", "kind", groups, measure, systems)

    def by_turn(self, measure: str = PRIMARY, systems: Sequence[str] | None = None) -> ResultTable:
        """Return a row for each turn of a conversation, the first prompt being turn 1."""
        turns = self.facts("turn")
        groups = {str(turn): [one == turn for one in turns] for turn in sorted(set(turns))}
        return self._grouped(f"{measure} by turn", "turn", groups, measure, systems)

    def _grouped(
        self,
        title: str,
        name: str,
        groups: Mapping[str, Sequence[bool]],
        measure: str,
        systems: Sequence[str] | None,
    ) -> ResultTable:
        plain, macro = _form(measure)
        names = systems or self.systems
        scores = np.stack([self.column(system, plain) for system in names], axis=1)
        clusters = np.array(self.facts("cluster"))
        rows: list[dict[str, Cell]] = []
        for group, chosen in groups.items():
            inside = np.array(chosen)
            if inside.sum() >= LEAST_OF_A_KIND:
                values = intervals(scores[inside], clusters[inside].tolist(), np.full(len(names), macro))
                rows.append({name: group, "queries": int(inside.sum()), **dict(zip(names, values, strict=True))})
        return ResultTable(title, rows, f"{name}s of fewer than {LEAST_OF_A_KIND} queries are left out")

    def settings(self) -> ResultTable:
        """Return how each system is set."""
        rows: list[dict[str, Cell]] = [
            {"system": name, "settings": text} for name, text in self.about["systems"].items()
        ]
        return ResultTable("How each system is set", rows)

    def description(self) -> list[str]:
        """Return what was run, in sentences."""
        told = self.about
        judged = f"{told['queries']:,} queries in {told['clusters']:,} clusters"
        if told["nothing_to_find"]:
            judged += f" ({told['nothing_to_find']:,} more have nothing left to find)"
        among = f" of {told['candidates']:,} candidates" if told["candidates"] is not None else ""
        lines = [
            f"{judged}; every system ranks the same {told['ranked']:,} tracks{among}, permitted in {told['territory']} "
            f"under {told['policy']} for {told['commercial_model']}",
            f"{told['wanted_outside']:.1%} of the wanted tracks are not among them and count as missed",
        ]
        held = told["held_out"]
        if any(held.values()):
            parts = [f"{held['plays']:,} plays", f"{held['playlists']:,} playlists"]
            if held["texts"]:
                parts.append(f"artists' tags in the texts of {held['texts']:,} tracks")
            lines.append(f"nothing was learned from what is judged: {', '.join(parts)} were held out")
        if touched := self._leaked_queries:
            lines.append(
                f"among them who held almost all that one of {touched:,} queries wants, by chance or as a copy"
            )
        return lines

    @property
    def _leaked_queries(self) -> int:
        return len({leak["query_id"] for leak in self.controls["leaks"]})

    def warnings(self) -> list[str]:
        """Return what would make the numbers mean less than they seem to, each with its remedy; none is good."""
        lines = []
        if leaked := self.about["leaked"]:
            lines.append(
                f"CONSENT LEAKED: {len(leaked):,} tracks were returned that are withheld, {_some(leaked)}; "
                "stop serving with this system until it is mended"
            )
        if (self.about["overblocking"]["share"] or 0) > 0:
            lines.append(
                f"{self.about['overblocking']['share']:.2%} of what consent allows is left out of the pool by mistake; "
                "compile the permits again"
            )
        touched = self._leaked_queries
        if touched > ORDINARY_LEAKS * self.about["queries"]:
            first = self.controls["leaks"][0]
            lines.append(
                f"LEAK: of {self.about['queries']:,} queries {touched:,} want what one listener or playlist in the catalog "
                f"holds ({first['kind']} {first['name']!r} has {first['held']} of {first['wanted']} of {first['query_id']!r}); "
                "those were held out as well, but there may be more: name them in the queries (user_id, playlist_id)"
            )
        for system, coin in self.controls["coins"].items():
            if coin["informed"]:
                lines.append(
                    f"INFORMED: {system} returned {coin['relevant']:,} tracks that a coin made wanted and "
                    f"{coin['decoys']:,} that fit as well (chance {coin['p_value']:.1e}): it has seen the answers"
                )
        if found := [trait for trait in self.controls["traits"] if trait["source"]]:
            shares = ", ".join(
                f"{trait['name']!r} ({trait['wanted']:.0%} against {trait['pool']:.0%})" for trait in found[:3]
            )
            lines.append(
                f"SOURCE: what is wanted differs from the pool by where rows come from: {shares}. A ranker can learn "
                "that instead of the request; rank among rows of one source with --candidates, or see the shares by system"
            )
        return lines

    def traits(self, systems: Sequence[str] | None = None) -> ResultTable:
        """Return a row for each trait of rows: its share of the pool, of what is wanted, and of each system's first ten."""
        rows: list[dict[str, Cell]] = [
            {
                "rows that are": trait["name"],
                "source": trait["source"],
                "pool": trait["pool"],
                "wanted": trait["wanted"],
                **{system: trait["listed"][system] for system in systems or self.systems},
            }
            for trait in self.controls["traits"]
        ]
        note = "shares; a system far from what BM25 returns, towards what is wanted, may have learned the source"
        return ResultTable("Where rows come from, in the pool, the wanted tracks and the first ten", rows, note)

    def policy_table(self) -> ResultTable:
        """Return a row for each policy and system: relevance with nothing withheld, under the policy, and what is lost."""
        rows: list[dict[str, Cell]] = [
            {
                "policy": policy,
                "permitted": found["permitted"],
                "wanted withheld": found["wanted_withheld"],
                "system": system,
                **{part: _metric_value(cost[part]) for part in ("without", "under", "lost")},
            }
            for policy, found in self.policies.items()
            for system, cost in found["systems"].items()
        ]
        metrics = dict.fromkeys(found["metric"] for found in self.policies.values())
        return ResultTable(
            f"What consent costs: {', '.join(metrics)} with nothing withheld, under the policy, and lost",
            rows,
            "nothing withheld is for measuring only; those lists are kept nowhere",
        )

    def latency_table(self) -> ResultTable:
        """Return a row for each system: the milliseconds of its answers, typical and slow.

        Raises ValueError where the run has no times.
        """
        if not self.timings:
            raise ValueError("no times were kept; run with --timings")
        rows: list[dict[str, Cell]] = []
        for system, milliseconds in self.timings["milliseconds"].items():
            typical, slow, slowest = np.quantile(milliseconds, [0.5, 0.95, 1]).tolist()
            rows.append(
                {"system": system, "answers": len(milliseconds), "median": typical, "p95": slow, "slowest": slowest}
            )
        return ResultTable("Milliseconds of an answer", rows, "p95: 95 % of the answers took no longer")

    def worst_prompts(self, system: str) -> ResultTable:
        """Return the worst prompts of a system: what was wanted and what was returned."""
        rows: list[dict[str, Cell]] = [
            {
                one["metric"]: one["value"],
                "prompt": " / ".join([*one["history"], one["prompt"]]),
                "wanted": "; ".join(one["wanted"]),
                "returned": "; ".join(one["returned"]),
            }
            for one in self.worst
            if one["system"] == system
        ]
        return ResultTable(f"The worst prompts of {system}", rows)

    def to_arrow(self) -> pa.Table:
        """Return the per-query table."""
        return self.per_query

    def to_pandas(self) -> Any:
        """Return the per-query table as a pandas frame. Raises ImportError where pandas is not installed (`lab` extra)."""
        return self.per_query.to_pandas()

    def to_polars(self) -> Any:
        """Return the per-query table as a polars frame. Raises ImportError where polars is not installed (`lab` extra)."""
        return polars_frame(self.per_query)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def comparison_table(title: str, name: str, found: Mapping[str, Comparison], measure: str) -> ResultTable:
    """Return a row for each comparison: the difference, its p-value, its size, and what the set could have detected.

    The verdict, and in how many clusters it is so, is better or worse, or higher or lower where neither is better.
    """
    more, less = ("better", "worse") if _plain(measure) in MORE_IS_BETTER | LESS_IS_BETTER else ("higher", "lower")
    if lower_is_better(measure):
        more, less = less, more
    rows: list[dict[str, Cell]] = []
    for key, one in found.items():
        clusters = {more: one.better, less: one.worse}
        verdict = more if one.difference.value > 0 else less
        rows.append(
            {
                name: key,
                "difference": one.difference,
                "p": one.p_value,
                "p (Holm)": one.p_holm,
                "effect (d)": one.effect_size,
                "detectable": one.detectable,
                **{f"clusters {word}": clusters[word] for word in sorted(clusters)},
                "verdict": verdict if one.p_holm <= SIGNIFICANT else "no difference shown",
            }
        )
    note = (
        "p: paired randomisation over clusters; effect: mean in standard deviations of the clusters' differences; "
        "detectable: the true difference that this set finds in 80 % of cases"
    )
    return ResultTable(title, rows, note)


def lower_is_better(measure: str) -> bool:
    """Whether less of a measure is better, such as "clicks@10", "macro/clicks@10" or "calibration@100"."""
    return _plain(measure) in LESS_IS_BETTER


def compare_runs(a: Run, b: Run, measure: str = PRIMARY) -> ResultTable:
    """Return for each system that two runs share how it changed from `a` to `b`, on the queries that both judged.

    Queries are the same where id and prompt are. The note says what else differs between the runs. Raises DatasetError
    where they share no system or no query, ValueError for a measure that one of them has not.
    """
    shared = [system for system in a.systems if system in b.systems]
    queries_a, queries_b = (list(zip(run.facts("query_id"), run.facts("prompt"), strict=True)) for run in (a, b))
    row_of = {query: row for row, query in enumerate(queries_b)}
    rows_a = [row for row, query in enumerate(queries_a) if query in row_of]
    rows_b = [row_of[queries_a[row]] for row in rows_a]
    if not shared or not rows_a:
        raise DatasetError(
            "the two runs share no query and system to compare; run the same --queries with the same --systems twice"
        )
    plain, macro = _form(measure)
    clusters = [a.facts("cluster")[row] for row in rows_a]
    first = np.stack([a.column(system, plain)[rows_a] for system in shared], axis=1)
    second = np.stack([b.column(system, plain)[rows_b] for system in shared], axis=1)
    differences = second - first
    # One reference of zeros and a difference for each system: Holm corrects over the systems.
    columns = {"": np.zeros(len(rows_a)), **dict(zip(shared, differences.T, strict=True))}
    table = comparison_table(
        f"{measure}: the second run less the first", "system", compare_all(columns, "", clusters, macro), measure
    )
    # Means of the queries that are compared: a measure may be defined for a query in one of the runs only.
    means = [
        intervals(np.where(np.isnan(differences), np.nan, scores), clusters, np.full(len(shared), macro))
        for scores in (first, second)
    ]
    rows: list[dict[str, Cell]] = [
        {"system": row["system"], "first": before.value, "second": after.value, **row}
        for row, before, after in zip(table.rows, *means, strict=True)
    ]
    note = f"{len(rows_a):,} queries that both runs judged, of {len(queries_a):,} and {len(queries_b):,}; {table.note}"
    if changed := [name for name in SURROUNDINGS if a.about[name] != b.about[name]]:
        told = ", ".join(f"{name} ({a.about[name]}, {b.about[name]})" for name in changed)
        note = f"the runs also differ in {told}; {note}"
    return ResultTable(table.title, rows, note)


def as_json(value: Any) -> Any:
    """Return a value as JSON can hold it, tuples as lists, a number that is none or without end as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    return value


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write files so that a reader sees old or new ones, never half of one; where one cannot be written, the old ones stay.

    Raises OSError.
    """
    halves = {path: path.with_name(f"{path.name}.half") for path in contents}
    try:
        for path, half in halves.items():
            half.write_bytes(contents[path])
        for path, half in halves.items():
            half.replace(path)
    finally:
        for half in halves.values():
            half.unlink(missing_ok=True)


def _plain(measure: str) -> str:
    return measure.rpartition("/")[2].partition("@")[0]


def _form(measure: str) -> tuple[str, bool]:
    """Return a measure's name as queries have it, and whether it is asked for over the means of clusters."""
    return measure.removeprefix("macro/"), measure.startswith("macro/")


def _some(names: Mapping[str, str]) -> str:
    return ", ".join(f"{name!r} ({reason})" for name, reason in list(names.items())[:3])


def _metric_value(found: Mapping[str, float | None]) -> MetricValue:
    parts = (found["value"], found["low"], found["high"])
    return MetricValue(*(math.nan if part is None else part for part in parts))


def _json(value: object) -> bytes:
    return (json.dumps(as_json(value), ensure_ascii=False, indent=1) + "\n").encode()


def _read(path: Path, parse: Callable[[bytes], Content]) -> Content:
    try:
        return parse(path.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        told = f"{error} is missing" if isinstance(error, KeyError) else error
        raise DatasetError(
            f"{path} cannot be read as part of a run ({told}); name a folder that `python -m eval run --out` wrote, "
            "or run it again"
        ) from error


def _per_query(content: bytes) -> pa.Table:
    table = pq.read_table(pa.BufferReader(content))
    for name in FACTS:
        table.column(name)
    return table


def _object(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("it is not an object")
    return found


def _whole_run(content: bytes) -> dict[str, Any]:
    found = _object(content)
    return {name: found[name] for name in WHOLE_RUN}
