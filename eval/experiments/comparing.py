"""Comparison of two variants: a ratio of means a unit, with the interval of one look and the bounds that hold at every look.

Units, the listeners that a variant is assigned to, are what varies: answers of one listener resemble each other, so that a
ratio of totals gets its standard error from the totals of units by the delta method (Deng, Knoblich and Lu, "Applying the
delta method in metric analytics", 2018), as tea-tasting computes it. How many standard errors chance makes is not read from
a table, which few units with heavy tails do not follow (between 3 and 9 % of false alarms at 5 %, measured), but from the
same units dealt anew.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from math import exp, inf, isnan, log, nan, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from tea_tasting.aggr import Aggregates

from catalog.arrays import Mask, Numbers
from eval.measures.significance import LEVEL, POWER, UNKNOWN, MetricValue, holm

ALPHA = 1 - LEVEL
"""The chance (0 to 1) that equal variants are told apart."""

LEAST_UNITS = 50
"""Units of each variant below which nothing is compared: means of fewer are not normal, and a single one decides."""

TIGHTEST = 1_000
"""Units of both variants together at which the bounds that hold at every look are tightest; the choice costs power, never truth."""

REDRAWS = 1_999

MOST_TIMES = 10
"""The multiple of the control's ratio above which a difference is not told in per cent of it."""

_COLUMNS = ("numerator", "denominator", "numerator_before", "denominator_before")
_PAIRS = list(combinations_with_replacement(range(len(_COLUMNS)), 2))
_ROUNDING = 1e-12
_MIXING = (-2 * log(ALPHA) + log(-2 * log(ALPHA)) + 1) / TIGHTEST
"""The variance of the mixture that is tightest at `TIGHTEST` units (equation 10 of what `boundary` cites, for an alpha of 5 %)."""

_AT_ONCE = 4_000_000  # units dealt that are held in memory at once


@dataclass(frozen=True, slots=True)
class Difference:
    """A ratio of two variants: `control`, `treatment`, and treatment less control.

    `once` is the difference with the 95 % interval of a single look, planned beforehand, and `p_value` its two-sided chance
    between equal variants; `always` has the bounds, and `p_always` the chance, that hold however often one looks. `detectable` is the smallest true difference found by one look with
    a power of 80 %. Of `units`, (control, treatment), are fewer than `LEAST_UNITS` in either, or nothing varies, all is NaN.
    `p_corrected` is Holm's, see `corrected`.
    """

    control: float
    treatment: float
    once: MetricValue
    p_value: float
    always: MetricValue
    p_always: float
    detectable: float
    units: tuple[int, int]
    p_corrected: float = nan

    def per_cent(self, *, once: bool) -> MetricValue:
        """Return the difference, of one look or any, in per cent of the control's ratio; NaN where that is next to nothing."""
        found = self.once if once else self.always
        one = abs(self.control) / 100 or nan
        if abs(found.value) > 100 * MOST_TIMES * one:
            one = nan
        return MetricValue(found.value / one, found.low / one, found.high / one)


@np.errstate(invalid="ignore", divide="ignore")  # what cannot be divided is NaN, and told as such
def compare(sums: Numbers, treated: Mask, alpha: float = ALPHA) -> Difference:
    """Compare total / total of treated units with that of the others.

    `sums` has shape (units, 2 or 4): the numerator and the denominator of each unit and, where there are four, both of what
    the unit did before it was assigned (CUPED: Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled
    experiments by utilizing pre-experiment data", 2013). `treated` is bool of shape (units,). `alpha` is the chance of a false
    alarm that the bounds of every look allow; the interval of one look is of 95 %.
    """
    units = (int(np.count_nonzero(~treated)), int(np.count_nonzero(treated)))
    used = Deals(sums)
    control, treatment, error = (float(part[0]) for part in used.judged(treated[None]))
    if min(units) < LEAST_UNITS or isnan(treatment - control) or not used.vary:
        return Difference(control, treatment, UNKNOWN, nan, UNKNOWN, nan, nan, units)
    value = treatment - control
    statistic = abs(value) / error if error else inf
    redrawn = np.sort(used.redrawn(treated))[::-1]
    once, always = float(redrawn[round(ALPHA * (REDRAWS + 1)) - 1]), boundary(sum(units), alpha)
    return Difference(
        control,
        treatment,
        MetricValue(value, value - once * error, value + once * error),
        (int(np.count_nonzero(redrawn >= statistic)) + 1) / (REDRAWS + 1),
        MetricValue(value, value - always * error, value + always * error),
        chance_at_any_look(statistic, sum(units)),
        (once + NormalDist().inv_cdf(POWER)) * error,
        units,
    )


def corrected(found: Sequence[Difference], *, once: bool = False) -> list[Difference]:
    """Return differences with their chances, of one look or any, corrected for all of them; what is unknown counts as 1."""
    chances = holm(np.nan_to_num([one.p_value if once else one.p_always for one in found], nan=1.0))
    return [replace(one, p_corrected=chance) for one, chance in zip(found, chances.tolist(), strict=True)]


@np.errstate(invalid="ignore", divide="ignore")
def ratio(sums: Numbers) -> tuple[float, float]:
    """Return total / total of units, and its standard error times the root of their number, less what units did before.

    `sums` is what `compare` takes. NaN where nothing can be divided.
    """
    every = Deals(sums)
    value, variance = every.of(every.moments.sum(axis=0)[None], np.array([float(len(sums))]))
    return float(value[0]), sqrt(max(float(variance[0]) * len(sums), 0.0))


class Deals:
    """Sums by unit, as `compare` takes them, and how two variants differ if the units are dealt to them in some way."""

    def __init__(self, sums: Numbers) -> None:
        known = sums if sums[:, 3:].any() else sums[:, :2]
        self.digest = hashlib.sha256(np.ascontiguousarray(known).tobytes()).digest()
        sums = np.hstack([known, np.tile([0.0, 1.0], (len(known), 2 - known.shape[1] // 2))])  # nothing was before
        self.mean = sums.sum(axis=0) / len(sums)
        apart = sums - self.mean
        self.moments = np.hstack([apart, *(apart[:, [one]] * apart[:, [other]] for one, other in _PAIRS)])
        self.whole = self._side(self.moments.sum(axis=0)[None], np.array([float(len(sums))]))
        # Of a difference before, the share that is taken off one afterwards.
        self.share = np.nan_to_num(self.whole.ratio_cov(*_COLUMNS) / self.whole.ratio_var(*_COLUMNS[2:]))
        self.vary = bool(self.whole.ratio_var(*_COLUMNS[:2])[0] > _ROUNDING * self.whole.var(_COLUMNS[0])[0])

    def judged(self, treated: Mask) -> tuple[Numbers, Numbers, Numbers]:
        """Return the control's and the treatment's ratio, and the standard error of their difference, each (deals,).

        `treated` is bool of shape (deals, units).
        """
        totals, counts = treated.astype(np.float64) @ self.moments, treated.sum(axis=1)
        rest = self.moments.sum(axis=0) - totals, treated.shape[1] - counts
        (control, one), (treatment, other) = (self.of(*side) for side in (rest, (totals, counts)))
        return control, treatment, np.sqrt(np.maximum(one + other, 0))

    def redrawn(self, treated: Mask) -> Numbers:
        """Return by how many standard errors, from 0, variants differ when units are dealt anew, float64 of shape (REDRAWS,).

        The randomisation distribution of the studentised difference, which is exact where the variants are equal, whatever the
        tails, and holds for large samples where only their means are (Wu and Ding, "Randomization tests for weak null
        hypotheses in randomized experiments", 2021). Each unit is treated with the chance that it had in the sample. The same
        units give the same draws.
        """
        rng = np.random.default_rng(
            int.from_bytes(hashlib.sha256(self.digest + np.packbits(treated).tobytes()).digest()[:8])
        )
        found, block = [], max(1, min(REDRAWS, _AT_ONCE // len(treated)))
        for start in range(0, REDRAWS, block):
            drawn = rng.random((min(block, REDRAWS - start), len(treated)), dtype=np.float32) < treated.mean()
            control, treatment, error = self.judged(drawn)
            found.append(np.abs(treatment - control) / error)
        return np.nan_to_num(np.concatenate(found), nan=inf)

    def of(self, totals: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
        """Return the ratio of each deal's one side, less what was before, and its squared standard error."""
        side = self._side(totals, counts)
        before, usual = (one.mean(_COLUMNS[2]) / one.mean(_COLUMNS[3]) for one in (side, self.whole))
        value = side.mean(_COLUMNS[0]) / side.mean(_COLUMNS[1]) - self.share * (before - usual)
        variance = side.ratio_var(*_COLUMNS[:2]) - 2 * self.share * side.ratio_cov(*_COLUMNS)
        return value, (variance + self.share**2 * side.ratio_var(*_COLUMNS[2:])) / counts

    def _side(self, totals: Numbers, counts: Numbers) -> Any:
        """Return the aggregates of one side of each deal, of which each is an array of shape (deals,)."""
        apart, products = np.split(totals / counts[:, None], [len(_COLUMNS)], axis=1)
        spread = products - np.stack([apart[:, one] * apart[:, other] for one, other in _PAIRS], axis=1)
        spread *= (counts / (counts - 1))[:, None]
        covariances = {(_COLUMNS[i], _COLUMNS[j]): of for (i, j), of in zip(_PAIRS, spread.T, strict=True)}
        return Aggregates(
            counts,
            dict(zip(_COLUMNS, (apart + self.mean).T, strict=True)),
            {name: covariances[name, name] for name in _COLUMNS},
            covariances,
        )


def boundary(units: int, alpha: float = ALPHA) -> float:
    """Return the standard errors, above 0, within which the difference of equal variants stays at every look, 1 - `alpha` of the time.

    The normal mixture boundary of an asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas,
    "Time-uniform central limit theory and asymptotic confidence sequences", 2024, theorem 2.2), tightest at `TIGHTEST` units.
    """
    times = units * _MIXING
    return sqrt((1 + 1 / times) * log((1 + times) / alpha**2))


def chance_at_any_look(z: float, units: int) -> float:
    """Return the smallest alpha (0 to 1) at which a difference of `z` standard errors lies outside the `boundary`."""
    times = units * _MIXING
    return min(1.0, sqrt(1 + times) * exp(-(z**2) * times / (1 + times) / 2))
