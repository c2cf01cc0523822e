"""Planning an experiment: what it will find, and how long it takes, by what listeners of the log did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Final

from eval.experiments.comparing import ALPHA, LEAST_UNITS, boundary, ratio
from eval.experiments.trial import Metric, read_windows
from eval.measures.significance import POWER
from eval.queries import DatasetError
from eval.reporting.tables import ResultTable
from recommender.training.parts import Progress

DURATIONS: Final = (1, 2, 3, 7, 14, 21, 28)
"""Days that are planned for, as far as the log goes back."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an experiment of some `days` finds. `units` come in, of which the control and the smallest treatment get `shares`.

    `value` is the metric, and `deviation` that of one unit, less what it did before. Lifts are shares of the value by which a
    variant multiplies what every unit does.
    """

    days: int
    units: int
    shares: tuple[float, float]
    value: float
    deviation: float
    alpha: float

    def detectable(self, power: float = POWER, *, always: bool = False) -> float:
        """Return the smallest lift that is found with a power, by one look or, `always`, by bounds for any; infinite if none is.

        What multiplies what units do multiplies their spread too: the lift l solves
        (l value)^2 = k^2 deviation^2 (1 / n0 + (1 + l)^2 / n1), k the quantiles of the test and of the power.
        """
        errors = (boundary(self.units, self.alpha) if always else self._critical) + _NORMAL.inv_cdf(power)
        part = (errors * self.deviation / self.value) ** 2 / self.units
        control, treatment = (part / share for share in self.shares)
        if treatment >= 1:
            return inf
        return (treatment + sqrt(treatment**2 + (1 - treatment) * (control + treatment))) / (1 - treatment)

    def power(self, lift: float) -> float:
        """Return how often (0 to 1) one look finds a lift."""
        return _NORMAL.cdf(self._errors(lift) - self._critical)

    def needed(self, lift: float) -> float:
        """Return the units with which one look finds a lift in four cases of five."""
        return self.units * ((self._critical + _NORMAL.inv_cdf(POWER)) / self._errors(lift)) ** 2

    def _errors(self, lift: float) -> float:
        spread = 1 / self.shares[0] + (1 + lift) ** 2 / self.shares[1]
        return abs(lift) * self.value / self.deviation * sqrt(self.units / spread)

    @property
    def _critical(self) -> float:
        return _NORMAL.inv_cdf(1 - self.alpha / 2)


def plan(
    home: Path,
    metric: Metric,
    weights: Sequence[int],
    progress: Progress,
    traffic: float = 1.0,
    suspected: Collection[str] = (),
) -> list[Plan]:
    """Return what experiments of each of `DURATIONS` would find, had they ended with the log.

    `weights` are those of the variants, the control's first; `traffic` (above 0, to 1) is the share of units that come in. What
    units did before a duration began is taken off as it will be. Raises DatasetError where there is no log, or too short a one,
    ValueError for fewer than two variants.
    """
    if len(weights) < 2:
        raise ValueError(
            f"{len(weights)} variants cannot be compared; name an experiment of two or more that have a weight"
        )
    shares = (weights[0] / sum(weights), min(weights[1:]) / sum(weights))
    found = []
    with progress("Looking back", len(DURATIONS)) as advance:
        for days, trial in read_windows(home, DURATIONS, suspected):
            advance(1)
            units = round(traffic * len(trial.variant))
            sums = trial.sums(metric)
            happened = [bool(one.any()) for one in sums[:, :2].T]
            value, deviation = ratio(sums) if all(happened) else (0.0, 0.0)
            if units * min(shares) >= LEAST_UNITS and value > 0 and deviation > 0:
                found.append(Plan(days, units, shares, value, deviation, ALPHA / (len(weights) - 1)))
    if never := [kind for kind, did in zip((metric.numerator, metric.denominator), happened, strict=True) if not did]:
        raise DatasetError(
            f"{home}/exposures holds no `{never[0]}` in the days that are looked back on ({days}); plan with another --metric"
        )
    if not found:
        raise DatasetError(
            f"{home}/exposures holds {metric} of too few units to plan by: {LEAST_UNITS} of each variant are needed; "
            "collect answers and events first"
        )
    return found


def plan_table(metric: Metric, plans: Sequence[Plan], lift: float | None) -> ResultTable:
    """Return a row a duration, with the power for a lift where one is given."""
    return ResultTable(
        f"What an experiment on {metric} finds",
        [
            {
                "days": one.days,
                "units": one.units,
                str(metric): one.value,
                "deviation of a unit": one.deviation,
                "found by one look": f"{one.detectable():+.1%}",
                "found at any look": f"{one.detectable(always=True):+.1%}",
                **({} if lift is None else {f"power for {lift:+.1%}": one.power(lift)}),
            }
            for one in plans
        ],
        "found: the smallest lift that is found in four cases of five, were it as the last days of the log",
    )


def words(metric: Metric, plans: Sequence[Plan], lift: float | None) -> str:
    """Return in a sentence how long to run, or what the longest experiment finds."""
    last = plans[-1]
    if lift is None:
        return f"In {last.days} days {last.units:,} units come in, and a lift of {metric} by {last.detectable():.1%} is found."
    enough = next((one for one in plans if one.power(lift) >= POWER), None)
    if enough is not None:
        return f"A lift of {metric} by {lift:+.1%} is found in {enough.days} days, with {enough.units:,} units."
    needed = last.needed(lift)
    days = f"{last.days * needed / last.units:,.0f} days or more at the pace of the log"
    return f"A lift of {metric} by {lift:+.1%} needs {needed:,.0f} units, {days}."
