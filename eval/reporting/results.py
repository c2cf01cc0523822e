"""Results of a run: tables with intervals, comparisons, breakdowns by kind of prompt, and the worst prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from catalog.arrays import Numbers
from eval.measures.metrics import LOWER_IS_BETTER, METRICS
from eval.measures.significance import Comparison, MetricValue, compare_all, intervals
from eval.prompts.kinds import PromptKind
from eval.queries import Gains
from eval.reporting.judgments import Measure, scores_by, write_trec
from eval.reporting.remarks import description, warnings
from eval.reporting.run_files import APART, FACTS, WHOLE_RUN, metric_value, read_run, write_run
from eval.reporting.tables import Cell, Frames, PValue, ResultTable
from eval.systems.lineup import PRODUCT

HEADLINE = ("ndcg@10", "hit@10", "mrr@100", "recall@100")
PRIMARY = "ndcg@10"
"""What a run's table shows, and by what systems are compared, unless others are asked for."""

SIGNIFICANT = 0.05
"""The chance, after Holm's correction, up to which a difference is called one."""

LESS_IS_BETTER = LOWER_IS_BETTER | {"calibration", "gini", "leakage", "refused"}
MORE_IS_BETTER = METRICS.keys() - LOWER_IS_BETTER | {"fill", "wishes"}
"""Of the other measures neither more nor less is better."""

Better = Literal["more", "less"]

LEAST_OF_A_KIND = 5
"""Queries from which a kind of prompts gets a row of its own."""


@dataclass(frozen=True, eq=False)
class Run(Frames):
    """Every measure of every query by every system, and what was measured of the run as a whole.

    `per_query` has a row for each system and query, all queries of a system together and in the same order; its columns
    are `FACTS` and the measures, NaN where one is not defined. `whole` has measures that no single query has (coverage).
    `about` says what was run, on what and how systems were set; `controls` what was looked for that would make the numbers
    mean nothing; `policies` what consent costs, by policy; `worst` the worst prompts of each system; `lists` the track ids
    returned, by system and query. `timings` is empty unless it was asked for: `milliseconds` of each answer by system, and
    `revocations`, how soon take-downs counted. `gains` are those of the tracks that were left to find, by query; none where an
    earlier version wrote the run. `made` says when the run was made, by which command and from which commit
    (`eval.identity.made`). All of it is as it stands in the folder.
    """

    per_query: pa.Table
    whole: Mapping[str, Mapping[str, MetricValue]]
    about: Mapping[str, Any]
    controls: Mapping[str, Any]
    policies: Mapping[str, Any]
    worst: Sequence[Mapping[str, Any]]
    lists: Mapping[str, Mapping[str, Sequence[str]]]
    timings: Mapping[str, Any]
    gains: Gains = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "Run":
        """Read what `write` wrote. Raises DatasetError naming the file that is missing, damaged or of another run."""
        return cls(**read_run(folder))

    def write(self, folder: Path) -> None:
        """Write the run into a folder: `metrics.json`, `per_query.parquet`, `run.jsonl`, `gains.jsonl`, and the rest in `run.json`.

        Where the disk is full, what was there stays. The same home, queries and settings write the same bytes, but for
        `made.json` and, where times were asked for, `timings.json`.
        """
        whole_run, apart = ({name: getattr(self, name) for name in names} for names in (WHOLE_RUN, APART))
        write_run(folder, self.per_query, self.values, self.lists, self.gains, whole_run, apart)

    def to_trec(self, folder: Path) -> int:
        """Write runs and judgments for trec_eval, and return what gains were multiplied by. Raises what `write_trec` raises."""
        return write_trec(folder, self.lists, self.gains)

    def with_measure(self, name: str, function: Measure, better: Better | None = "more") -> "Run":
        """Return the run with one more measure, of which more or less is `better`, or neither; it joins the headline.

        Lists are as deep as the run read them, what ties in an order drawn by chance. Raises ValueError for a name that is
        taken, and what `scores_by` raises.
        """
        if name in (*self.per_query.column_names, *self.whole[self.systems[0]]) or name.startswith("macro/"):
            raise ValueError(f"{name!r} is taken; call the measure otherwise")
        scores = pa.array(scores_by(function, self.per_query, self.lists, self.gains), pa.float64())
        about = {**self.about, "own_measures": {**self.own_measures, name: better}}
        return replace(self, per_query=self.per_query.append_column(name, scores), about=about)

    @property
    def own_measures(self) -> Mapping[str, Better | None]:
        """The measures of `with_measure`, each with what is better of it."""
        return dict(self.about.get("own_measures", {}))

    def better(self, measure: str) -> Better | None:
        """Return whether more or less of a measure is better, such as of "macro/clicks@10"; None where neither is."""
        if (name := measure.removeprefix("macro/")) in self.own_measures:
            return self.own_measures[name]
        stem = name.rpartition("/")[2].partition("@")[0]
        return "less" if stem in LESS_IS_BETTER else "more" if stem in MORE_IS_BETTER else None

    @property
    def systems(self) -> list[str]:
        """The systems, in the order in which they were named; ablations are none."""
        return [name for name in self._rows if name not in self.ablations]

    @property
    def ablations(self) -> Mapping[str, str]:
        """The channel that each ablation of the product leaves out, by the name under which it ran."""
        found: Mapping[str, str] = self.about.get("ablations", {})
        return found

    @property
    def reference(self) -> str:
        """The system that everything else is compared with: the product, or else the first."""
        return PRODUCT if PRODUCT in self.systems else self.systems[0]

    @property
    def measures(self) -> list[str]:
        """The measures that queries have."""
        return [name for name in self.per_query.column_names if name not in FACTS]

    @property
    def headline(self) -> list[str]:
        """The main measures: `HEADLINE`, as far as measured, and one's own; systems are ranked and compared by the first."""
        main = [name for name in HEADLINE if name in self.measures] or self.measures[:4]
        return [*dict.fromkeys([*main, *self.own_measures])]

    @cached_property
    def _rows(self) -> dict[str, slice]:
        names = self.per_query.column("system").to_pylist()
        starts = [place for place, name in enumerate(names) if not place or names[place - 1] != name]
        return {names[start]: slice(start, end) for start, end in zip(starts, [*starts[1:], len(names)], strict=True)}

    def facts(self, name: str) -> list[Any]:
        """Return one of `FACTS` for each query."""
        return list(self.per_query.column(name)[next(iter(self._rows.values()))].to_pylist())

    def column(self, system: str, measure: str) -> Numbers:
        """Return a measure of a system for each query, float64 of shape (queries,).

        Raises ValueError naming what there is.
        """
        if system not in self._rows:
            raise ValueError(f"{system!r} is not in this run; there is {', '.join(self._rows)}")
        if measure not in self.measures:
            raise ValueError(f"{measure!r} was not measured; there is {', '.join(self.measures)}")
        return np.asarray(self.per_query.column(measure)[self._rows[system]].to_numpy(), dtype=np.float64)

    def refused(self, *systems: str) -> set[str]:
        """Return the ids of the queries that any of these systems refused; a run of before 0.5.0 does not tell."""
        return {query_id for system in systems for query_id in self.about.get("refused", {}).get(system, ())}

    @cached_property
    def values(self) -> dict[str, dict[str, MetricValue]]:
        """By system and measure the mean with its interval, over queries and (`macro/`) over the means of clusters."""
        clusters = self.facts("cluster")
        names = [*self.measures, *(f"macro/{name}" for name in self.measures)]
        macro = np.arange(len(names)) >= len(self.measures)
        found = {}
        for system in self._rows:
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
        """Return a row for each system: its measures (`headline`, or those named) with 95 % intervals.

        Where a system refused prompts, how many of them each refused.
        """
        refused = {system: len(self.refused(system)) for system in systems or self.systems}
        return ResultTable(
            "",
            [
                {
                    "system": system,
                    **{name: self.value(system, name) for name in measures or self.headline},
                    **({"refused": refused[system]} if any(refused.values()) else {}),
                }
                for system in systems or self.systems
            ],
            "means over queries with 95 % bootstrap intervals over clusters",
        )

    def compared(self, reference: str, measure: str = PRIMARY) -> dict[str, Comparison]:
        """Return how all other systems and the ablations differ from a reference, with Holm's correction over all of them."""
        plain, macro = form_of(measure)
        scores = {name: self.column(name, plain) for name in (reference, *self._rows)}
        return compare_all(scores, reference, self.facts("cluster"), macro)

    def against(self, reference: str, measure: str = PRIMARY, systems: Sequence[str] | None = None) -> ResultTable:
        """Return a row for each other system (or those named): its difference from the reference, and whether by chance.

        Holm's correction is over all that `compared` compares, shown or not.
        """
        names = systems or self.systems
        found = {name: one for name, one in self.compared(reference, measure).items() if name in names}
        refused = {system: len(self.refused(system, reference)) for system in found}
        title = f"{measure}: each system less {reference}"
        return comparison_table(title, "system", found, self.better(measure), refused)

    def ablation(self, measures: Sequence[str] = (PRIMARY,)) -> ResultTable:
        """Return a row for each channel that the product was run without: what its removal changes.

        Raises ValueError where no channel was left out, or a measure is not there.
        """
        if not self.ablations:
            raise ValueError("no channel was left out; run with --without all")
        whole = self.reference
        rows: list[dict[str, Cell]] = [{"without": channel} for channel in self.ablations.values()]
        for measure in measures:
            found = self.compared(whole, measure)
            for row, name in zip(rows, self.ablations, strict=True):
                row[measure] = found[name].difference
                row[f"p ({measure})"] = PValue(found[name].p_holm)
        return ResultTable(
            f"{whole} without a channel, less {whole}",
            rows,
            f"a channel helps where the product is worse without it; p after Holm over all {len(self._rows) - 1} that were "
            "compared with it",
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
        plain, macro = form_of(measure)
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
        return ResultTable(
            "How each system is set",
            [{"system": name, "settings": text} for name, text in self.about["systems"].items()],
        )

    def description(self) -> list[str]:
        """Return what was run, in sentences."""
        return description(self.about, self.controls)

    def warnings(self) -> list[str]:
        """Return what would make the numbers mean less than they seem to, each with its remedy; none is good."""
        return list(warnings(self.about, self.controls))

    def traits(self, systems: Sequence[str] | None = None) -> ResultTable:
        """Return a row for each trait of rows: its share of the pool, of what is wanted, and of each system's first ten."""
        return ResultTable(
            "Where rows come from, in the pool, the wanted tracks and the first ten",
            [
                {
                    "rows that are": trait["name"],
                    "source": trait["source"],
                    "pool": trait["pool"],
                    "wanted": trait["wanted"],
                    **{system: trait["listed"][system] for system in systems or self.systems},
                }
                for trait in self.controls["traits"]
            ],
            "shares; a system far from what BM25 returns, towards what is wanted, may have learned the source",
        )

    def policy_table(self) -> ResultTable:
        """Return a row for each policy and system: relevance with nothing withheld, under the policy, and what is lost."""
        metrics = dict.fromkeys(found["metric"] for found in self.policies.values())
        return ResultTable(
            f"What consent costs: {', '.join(metrics)} with nothing withheld, under the policy, and lost",
            [
                {
                    "policy": policy,
                    "permitted": found["permitted"],
                    "wanted withheld": found["wanted_withheld"],
                    "system": system,
                    **{part: metric_value(cost[part]) for part in ("without", "under", "lost")},
                }
                for policy, found in self.policies.items()
                for system, cost in found["systems"].items()
            ],
            "nothing withheld is for measuring only; those lists are kept nowhere",
        )

    def latency_table(self) -> ResultTable:
        """Return a row for each system: the milliseconds of its answers, typical and slow.

        Raises ValueError where the run has no times.
        """
        if not self.timings:
            raise ValueError("no times were kept; run with --timings")
        return ResultTable(
            "Milliseconds of an answer",
            [
                {
                    "system": system,
                    "answers": len(milliseconds),
                    "median": float(np.quantile(milliseconds, 0.5)),
                    "p95": float(np.quantile(milliseconds, 0.95)),
                    "slowest": float(np.max(milliseconds)),
                }
                for system, milliseconds in self.timings["milliseconds"].items()
            ],
            "p95: 95 % of the answers took no longer",
        )

    def worst_prompts(self, system: str) -> ResultTable:
        """Return the worst prompts of a system: what was wanted and what was returned."""
        rows = [
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

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def comparison_table(
    title: str,
    name: str,
    found: Mapping[str, Comparison],
    better: Better | None = "more",
    refused: Mapping[str, int] | None = None,
) -> ResultTable:
    """Return a row for each comparison: the difference, its p-value, its size, and what the set could have detected.

    The verdict, and in how many clusters it is so, is better or worse, or higher or lower where neither is better. Beside it
    stands on how many queries it rests that either side `refused`, where any was.
    """
    more, less = {"more": ("better", "worse"), "less": ("worse", "better"), None: ("higher", "lower")}[better]
    rows: list[dict[str, Cell]] = [
        {
            name: key,
            "difference": one.difference,
            "p": PValue(one.p_value),
            "p (Holm)": PValue(one.p_holm),
            "effect (d)": one.effect_size,
            "detectable": one.detectable,
            **{f"clusters {word}": count for word, count in sorted(((more, one.better), (less, one.worse)))},
            **({"refused": refused[key]} if refused and any(refused.values()) else {}),
            "verdict": (more if one.difference.value > 0 else less)
            if one.p_holm <= SIGNIFICANT
            else "no difference shown",
        }
        for key, one in found.items()
    ]
    note = (
        "p: paired randomisation over clusters; effect: mean in standard deviations of the clusters' differences; "
        "detectable: the true difference that this set finds in 80 % of cases"
    )
    return ResultTable(title, rows, note)


def paired_row(measure: str, columns: Mapping[str, Numbers], clusters: Sequence[str]) -> dict[str, Cell]:
    """Return a measure of two systems as a row: both means, and the difference of the second from the first with its p.

    `columns` has the scores of each, float64 of shape (queries,).
    """
    reference, other = columns
    compared = compare_all(columns, reference, clusters)[other]
    return {
        "measure": measure,
        **{name: float(column.mean()) for name, column in columns.items()},
        "difference": compared.difference,
        "p": PValue(compared.p_value),
    }


def form_of(measure: str) -> tuple[str, bool]:
    """Return a measure's name as queries have it, and whether it is asked for over the means of clusters."""
    return measure.removeprefix("macro/"), measure.startswith("macro/")
