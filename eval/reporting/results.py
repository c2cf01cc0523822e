"""Results of a run: tables with intervals, comparisons, breakdowns by kind of prompt, and the worst prompts."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa

from catalog.arrays import Numbers
from eval.measures.significance import Comparison, compare_all, intervals
from eval.prompts.kinds import PromptKind
from eval.queries import as_tuple
from eval.reporting.judgments import Measure, scores_by, write_trec
from eval.reporting.measured import PRIMARY, SIGNIFICANT, Better, Measured, form_of
from eval.reporting.remarks import description, warnings
from eval.reporting.run_files import APART, WHOLE_RUN, metric_value, read_run, write_run
from eval.reporting.tables import Cell, PValue, ResultTable
from eval.systems.lineup import LineupError
from recommender.variants import parse_name

LEAST_OF_A_KIND = 5
"""Queries from which a kind of prompts gets a row of its own."""


@dataclass(frozen=True, eq=False, repr=False)
class Run(Measured):
    """A run: what it measured (`Measured`), in files, tables and sentences."""

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

    def to_mlflow(self, page: Path | None = None) -> str:
        """Log the run to MLflow, with the `page` of it if it is there, and return its id there (`eval.reporting.mlflow_log.log_run`).

        Where it goes is set as MLflow's users do: `mlflow.set_tracking_uri`, `mlflow.set_experiment`, or MLFLOW_TRACKING_URI
        and MLFLOW_EXPERIMENT_NAME. Raises LineupError where MLflow is not installed, RuntimeError where it does not take the run.
        """
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # whom one tells of a run, one has named
        try:
            from eval.reporting.mlflow_log import log_run

            return log_run(self, page)
        except ModuleNotFoundError as error:
            raise LineupError(
                f"logging needs {error.name}, which is not installed; run `pip install --constraint constraints.txt "
                "--editable '.[mlflow]'`"
            ) from error

    def with_measure(self, name: str, function: Measure, better: Better | None = "more") -> "Run":
        """Return the run with one more measure, of which more or less is `better`, or neither; it joins the headline.

        Lists are as deep as the run read them, what ties in an order drawn by chance. Raises ValueError for a name that is
        taken or cannot be one (`parse_name`) and for another `better` than "more", "less" and None, and what `scores_by` raises.
        """
        if better not in (*get_args(Better), None):
            raise ValueError(f'better={better!r} of {name!r} is not known; write "more", "less", or None for neither')
        if parse_name(name) in (*self.per_query.column_names, *self.whole[self.systems[0]]):
            raise ValueError(f"{name!r} is taken; call the measure otherwise")
        scores = pa.array(scores_by(name, function, self.per_query, self.lists, self.gains), pa.float64())
        return replace(
            self,
            per_query=self.per_query.append_column(name, scores),
            about={**self.about, "own_measures": {**self.own_measures, name: better}},
        )

    def summary(self, measures: Sequence[str] | None = None, systems: Sequence[str] | None = None) -> ResultTable:
        """Return a row for each system: its measures (`headline`, or those named) with 95 % intervals.

        Where a system refused prompts, how many of them each refused.
        """
        refused = {system: len(self.refused(system)) for system in as_tuple(systems or self.systems)}
        return ResultTable(
            "",
            [
                {
                    "system": system,
                    **{name: self.value(system, name) for name in as_tuple(measures or self.headline)},
                    **({"refused": refused[system]} if any(refused.values()) else {}),
                }
                for system in as_tuple(systems or self.systems)
            ],
            "means over queries with 95 % bootstrap intervals over clusters",
        )

    def against(self, reference: str, measure: str = PRIMARY, systems: Sequence[str] | None = None) -> ResultTable:
        """Return a row for each other system (or those named): its difference from the reference, and whether by chance.

        Holm's correction is over all that `compared` compares, shown or not.
        """
        names = as_tuple(systems or self.systems)
        found = {name: one for name, one in self.compared(reference, measure).items() if name in names}
        refused = {system: len(self.refused(system, reference)) for system in found}
        return comparison_table(
            f"{measure}: each system less {reference}", "system", found, self.better(measure), refused
        )

    def ablation(self, measures: Sequence[str] = (PRIMARY,)) -> ResultTable:
        """Return a row for each channel that the product was run without: what its removal changes.

        Raises ValueError where no channel was left out, or a measure is not there.
        """
        if not self.ablations:
            raise ValueError("no channel was left out; run with --without all")
        whole = self.reference
        rows: list[dict[str, Cell]] = [{"without": channel} for channel in self.ablations.values()]
        for measure in as_tuple(measures):
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
        return self._grouped(
            f"{measure} by kind of prompt",
            "kind",
            {kind.value: [kind in kinds for kinds in of_query] for kind in PromptKind},
            measure,
            systems,
        )

    def by_turn(self, measure: str = PRIMARY, systems: Sequence[str] | None = None) -> ResultTable:
        """Return a row for each turn of a conversation, the first prompt being turn 1."""
        turns = self.facts("turn")
        return self._grouped(
            f"{measure} by turn",
            "turn",
            {str(turn): [one == turn for one in turns] for turn in sorted(set(turns))},
            measure,
            systems,
        )

    def _grouped(
        self,
        title: str,
        name: str,
        groups: Mapping[str, Sequence[bool]],
        measure: str,
        systems: Sequence[str] | None,
    ) -> ResultTable:
        plain, macro = form_of(measure)
        names = as_tuple(systems or self.systems)
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
                    **{system: trait["listed"][system] for system in as_tuple(systems or self.systems)},
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
                "prompt": " / ".join([*one["history"], one["prompt"]]) + whose(one, " (listener {})"),
                "wanted": "; ".join(one["wanted"]),
                "returned": "; ".join(one["returned"]),
            }
            for one in self.worst
            if one["system"] == system
        ]
        return ResultTable(f"The worst prompts of {system}", rows)

    def __repr__(self) -> str:
        means = ", ".join(f"{name} {self.value(self.reference, name).value:.3f}" for name in self.headline)
        return (
            f"Run of {len(self.systems)} systems on {self.about['queries']:,} queries: {', '.join(self.systems)}\n"
            f"{self.reference}: {means}\nsummary() is the table of all, with intervals"
        )

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def comparison_table(
    title: str,
    name: str,
    found: Mapping[str, Comparison],
    better: Better | None = "more",
    refused: Mapping[str, int] | None = None,
) -> ResultTable:
    """Return a row for each comparison: difference, p-values, effect size, detectable difference, clusters and verdict.

    Verdict and counts of clusters say better or worse or, for a measure of which neither more nor less is better, higher or
    lower. A column counts the queries that either side `refused`, where there were any.
    """
    more, less = {"more": ("better", "worse"), "less": ("worse", "better"), None: ("higher", "lower")}[better]
    return ResultTable(
        title,
        [
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
        ],
        "p: paired randomisation over clusters; effect: mean in standard deviations of the clusters' differences; "
        "detectable: the true difference that this set finds in 80 % of cases",
    )


def whose(one: Mapping[str, Any], told: str) -> str:
    """Format who asked one of the worst prompts, as in "listener {}"; "" for an anonymous query."""
    return told.format(one["user_id"]) if "user_id" in one else ""


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
