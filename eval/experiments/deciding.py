"""The decision on an experiment: ship a variant, keep the control, or neither yet, and because of what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import IntEnum
from itertools import product
from math import inf, isnan
from pathlib import Path
from typing import Any, Final

import numpy as np

from eval.experiments.comparing import ALPHA, LEAST_UNITS, Difference, corrected
from eval.experiments.guardrails import Guardrail, guardrails
from eval.experiments.trial import Metric, Trial, parse_metric, read_trial
from eval.reporting.tables import Cell, PValue, ResultTable
from recommender.training.parts import Progress

DEFAULT_METRICS: Final = tuple(map(parse_metric, ("like", "play", "save", "skip")))
"""The first decides; the others are told, and must not get worse."""

LOOKS: Final = 20


class Decision(IntEnum):
    """What to do; the number is the command's exit status."""

    SHIP = 0
    KEEP = 3
    UNDECIDED = 4


@dataclass(frozen=True, eq=False, slots=True)
class Analysis:
    """An experiment as it was judged. The first of `metrics` decides.

    `differences` holds each metric of each treatment, less the control, their chances corrected over the treatments for the
    first metric, and over metrics and treatments for the others: of a single planned look where it is `final`, else of any
    look. `words` say why the `decision` is what it is.
    """

    trial: Trial
    metrics: tuple[Metric, ...]
    differences: Mapping[tuple[Metric, str], Difference]
    guardrails: Sequence[Guardrail]
    final: bool
    decision: Decision
    words: str

    def units_table(self) -> ResultTable:
        """Return how many units and answers each variant has, and what is not counted."""
        trial = self.trial
        of = trial.variant[trial.unit]
        rows: list[dict[str, Cell]] = [
            {
                "units": name,
                "share due": share,
                "counted": int((trial.variant == place).sum()),
                "answers": int((of == place).sum()),
            }
            for place, (name, share) in enumerate(trial.shares.items())
        ]
        rows += [
            {"units": f"not counted: {why}", "share due": None, "counted": units, "answers": answers}
            for why, (units, answers) in trial.apart.items()
        ]
        told = "; ".join(f"{name} {', '.join(versions)}" for name, versions in trial.versions.items())
        return ResultTable(
            f"{trial.experiment}: who was in", rows, f"several versions answered: {told}" if told else ""
        )

    def metrics_table(self) -> ResultTable:
        """Return what each metric is with each variant, and by how much treatments differ."""
        look = "one planned look" if self.final else "any look"
        return ResultTable(
            f"Totals an answer, or of another total, less those of {self.trial.control}",
            [
                {
                    "metric": str(metric),
                    "variant": variant,
                    self.trial.control: found.control,
                    "with it": found.treatment,
                    "difference, one look": found.once,
                    "p, one look": PValue(found.p_value),
                    "difference, any look": found.always,
                    "p, any look": PValue(found.p_always),
                    "p, corrected": PValue(found.p_corrected),
                    "detectable": found.detectable,
                }
                for (metric, variant), found in self.differences.items()
            ],
            f"decided by {self.metrics[0]} at {look}; detectable: the smallest true difference found in four of five cases by one look",
        )

    def guardrails_table(self) -> ResultTable:
        """Return what each guardrail found, the broken ones first."""
        return ResultTable(
            "Guardrails",
            [
                {"guardrail": one.name, "of": one.variant or "all", "broken": one.broken, "found": one.words}
                for one in sorted(self.guardrails, key=lambda one: not one.broken)
            ],
        )

    def history(self, treatment: str) -> list[tuple[datetime, Difference]]:
        """Return how the first metric stood at `LOOKS` instants, evenly spaced in answers, the last of them the end."""
        instants = np.quantile(self.trial.at, np.linspace(0, 1, LOOKS + 1)[1:], method="higher").tolist()
        trial, alpha = self.trial, ALPHA / len(self.trial.treatments)
        looks = [trial.difference(trial.sums(self.metrics[0], until), treatment, alpha) for until in instants]
        return list(zip((datetime.fromtimestamp(until / 1e6, UTC) for until in instants), looks, strict=True))

    def to_json(self) -> dict[str, Any]:
        """Return everything as a JSON object."""
        return {
            "experiment": self.trial.experiment,
            "decision": self.decision.name.lower(),
            "words": self.words,
            "final": self.final,
            "control": self.trial.control,
            "units": self.units_table().rows,
            "versions": self.trial.versions,
            "metrics": [
                {"metric": str(metric), "variant": variant, **asdict(found)}
                for (metric, variant), found in self.differences.items()
            ],
            "guardrails": [asdict(one) for one in self.guardrails],
        }


def analyse(
    home: Path,
    progress: Progress,
    experiment: str | None = None,
    metrics: Sequence[Metric] = DEFAULT_METRICS,
    control: str | None = None,
    suspected: Collection[str] = (),
    *,
    final: bool = False,
) -> Analysis:
    """Judge an experiment by what a home logged; the first of `metrics` decides.

    `final` is for the one look that was planned; without it the decision holds however often one looks. Raises what
    `read_trial` raises, and StoreError where the catalog cannot be read.
    """
    trial, metrics = read_trial(home, experiment, control, suspected), tuple(dict.fromkeys(metrics))
    treatments, found = trial.treatments, dict[tuple[Metric, str], Difference]()
    with progress("Comparing", len(metrics) * len(treatments)) as advance:
        for family in (metrics[:1], metrics[1:]):
            pairs = list(product(family, treatments))
            compared = []
            for metric, treatment in pairs:
                compared.append(trial.difference(trial.sums(metric), treatment, ALPHA / len(treatments)))
                advance(1)
            found |= dict(zip(pairs, corrected(compared, once=final), strict=True))
    guarded = guardrails(home, trial, progress)
    return Analysis(trial, metrics, found, guarded, final, *_decided(trial, found, guarded, final=final))


def _decided(
    trial: Trial,
    found: Mapping[tuple[Metric, str], Difference],
    guarded: Sequence[Guardrail],
    *,
    final: bool,
) -> tuple[Decision, str]:
    broken = [one for one in guarded if one.broken]
    if untrue := "; ".join(f"{_named(one)}: {one.words}" for one in broken if one.stops):
        return Decision.UNDECIDED, f"No decision, because the numbers are not to be trusted. {untrue}."
    primary = next(metric for metric, _ in found)
    turns = {pair: moved(pair[0], difference) for pair, difference in found.items()}
    harms = {one.variant: f"{_named(one)}: {one.words}" for one in reversed(broken)}
    sign = 1 if primary.less_is_better else -1
    best = min(
        trial.treatments,
        key=lambda name: (name in harms, np.nan_to_num(sign * found[primary, name].once.value, nan=inf)),
    )
    if best in harms:
        return Decision.KEEP, f"Keep {trial.control}, because of {harms[best]}."
    if not trial.streamed["counts"].any():
        return Decision.UNDECIDED, "No decision, because no event followed any of these answers."
    told = _told(primary, best, found[primary, best], final=final)
    worse = [str(metric) for metric, name in found if name == best and metric != primary and turns[metric, name] < 0]
    if (units := min(found[primary, best].units)) < LEAST_UNITS:
        few = f"a variant has {units} units, and nothing is told of fewer than {LEAST_UNITS}; go on"
        return Decision.UNDECIDED, f"No decision, because {few}: {told}."
    if turns[primary, best] < 0:
        return Decision.KEEP, f"Keep {trial.control}, because {told}."
    if turns[primary, best] == 0:
        return Decision.UNDECIDED, f"No decision, because chance may have made the difference: {told}."
    if worse:
        return Decision.UNDECIDED, f"No decision, because {told}, but {', '.join(worse)} got worse: weigh them."
    return Decision.SHIP, f"Ship {best}, because {told}, and no guardrail of it is broken."


def _named(one: Guardrail) -> str:
    return f"{one.name} of {one.variant}" if one.variant else one.name


def _told(metric: Metric, treatment: str, found: Difference, *, final: bool) -> str:
    share, of = found.per_cent(once=final), found.once if final else found.always
    look = "one planned look" if final else "any look"
    if isnan(share.value):
        bounds = "" if isnan(of.value) else f" ({of.value:+.3g}, 95 % at {look}: {of.low:+.3g} to {of.high:+.3g})"
        before, after = round(found.control, 12), round(found.treatment, 12)  # less what was before may be next to 0
        return f"{metric} is {before:.3g} without and {after:.3g} with {treatment}{bounds}"
    return f"{metric} is {share.value:+.1f}% with {treatment} (95 % at {look}: {share.low:+.1f}% to {share.high:+.1f}%)"


def moved(metric: Metric, found: Difference) -> int:
    """Return 1 where a difference beyond chance is for the better, -1 where it is for the worse, 0 where there is none."""
    if not found.p_corrected <= ALPHA:
        return 0
    return 1 if (found.once.value > 0) != metric.less_is_better else -1
