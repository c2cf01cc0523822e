"""What a run measured: every measure of every query by every system, their means with intervals, and their differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from catalog.arrays import Numbers
from catalog.frames import Frames
from eval.measures.metrics import LOWER_IS_BETTER, METRICS
from eval.measures.significance import Comparison, MetricValue, compare_all, intervals
from eval.queries import Gains
from eval.reporting.run_files import FACTS
from eval.systems.lineup import PRODUCT

HEADLINE = ("ndcg@10", "hit@10", "mrr@100", "recall@100")
PRIMARY = "ndcg@10"
"""What a run's table shows, and by what systems are compared, unless others are asked for."""

SIGNIFICANT = 0.05
"""The chance, after Holm's correction, up to which a difference is called one."""

LESS_IS_BETTER = LOWER_IS_BETTER | {"calibration", "gini", "leakage", "refused"}
MORE_IS_BETTER = METRICS.keys() - LOWER_IS_BETTER | {"fill", "wishes"}
"""Of the other measures neither more nor less is better."""

NAMED = 12
"""Names that a complaint about a wrong one tells, the nearest first."""

Better = Literal["more", "less"]


@dataclass(frozen=True, eq=False)
class Measured(Frames):
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
        return dict(self.about.get("ablations", {}))

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
            raise ValueError(f"{system!r} is not in this run; there is {_near_first(system, list(self._rows))}")
        if measure not in self.measures:
            raise ValueError(f"{measure!r} was not measured; there is {_near_first(measure, self.measures)}")
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
            found[system] = {
                **dict(zip(names, intervals(np.concatenate([table, table], axis=1), clusters, macro), strict=True)),
                **self.whole.get(system, {}),
            }
        return found

    def value(self, system: str, measure: str) -> MetricValue:
        """Return a measure with its interval. Raises ValueError naming what there is."""
        if measure not in self.values.get(system, {}):
            self.column(system, measure.removeprefix("macro/"))
        return self.values[system][measure]

    def compared(self, reference: str, measure: str = PRIMARY) -> dict[str, Comparison]:
        """Return how all other systems and the ablations differ from a reference, with Holm's correction over all of them."""
        plain, macro = form_of(measure)
        return compare_all(
            {name: self.column(name, plain) for name in (reference, *self._rows)},
            reference,
            self.facts("cluster"),
            macro,
        )

    def to_arrow(self) -> pa.Table:
        """Return the per-query table."""
        return self.per_query


def form_of(measure: str) -> tuple[str, bool]:
    """Return a measure's name as queries have it, and whether it is asked for over the means of clusters."""
    return measure.removeprefix("macro/"), measure.startswith("macro/")


def _near_first(name: str, known: Sequence[str]) -> str:
    """Return names that there are, those that are spelled nearly so first; of many the first `NAMED`."""
    ordered = list(dict.fromkeys([*get_close_matches(name, known), *known]))
    more = [f"{len(known) - NAMED:,} more"] if len(known) > NAMED else []
    return ", ".join([*ordered[:NAMED], *more])
