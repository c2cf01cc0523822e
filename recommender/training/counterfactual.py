"""Counterfactual estimates: what other weights would have brought, from logged lists that were drawn with known chances.

A list of 20 out of 75 tracks is drawn by hardly any other weights with a chance like its own, so weights of whole lists are
hopeless. What is known is the reward of every place, and two assumptions make that enough:

* independent: a track's reward depends on the track and its place (listeners may look at the first places more), not on the
  other tracks of the list. A place is weighed by the chance that the target puts this track there over the chance that the
  logged draw did: the item-position estimator of Li et al. ("Offline evaluation of ranking policies with click models",
  2018). Both chances are exact, or where rules about AI bind the draw corrected by drawn lists.
* cascade: it may depend on the tracks before it as well (a listener has had enough). A place is weighed by the chances of all
  places up to it: the reward-interaction estimator of McInerney et al. ("Counterfactual evaluation of slate recommendations
  with sequential reward interactions", 2020). Its weights grow from place to place: ask for the first places only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from catalog.arrays import Counts, Numbers, Positions
from catalog.consent import Standing

LEVEL = 0.95
LEAST_EFFECTIVE, LEAST_UNITS, LARGEST_SHARE = 100, 30, 0.1
"""An estimate is refused with fewer effective answers, fewer units, or where one unit has a larger share of all weight."""

DRAWS = 250
"""Lists drawn to know the chances of places where rules bind a draw."""

ESTIMATORS = ("ips", "snips", "dr")

_STEP, _EARLIEST, _LATEST = 0.5, 1e-15, 35.0
_LEAST = 1e-300
_PRIOR = 10.0  # drawn lists that the exact chance counts as
_RIDGE = 1.0  # of the reward model: one place more that was worth nothing


def place_chances(strengths: Numbers, places: int) -> Numbers:
    """Return the chance of each track at each place of a Plackett-Luce draw, (places, tracks); each place sums to 1.

    `strengths` (tracks,) are logarithms of the odds to be drawn next; `places` is at most their number. Tracks are drawn in
    the order in which exponential clocks with these rates go off, so the chance is that of exactly k - 1 other clocks before
    a track's own, over all instants: a Poisson-binomial distribution, and an integral that the trapezoidal rule over the
    logarithm of time gives to about 1e-15 (Trefethen and Weideman, "The exponentially convergent trapezoidal rule", 2014).
    """
    rates = np.exp(strengths - strengths.max())
    last = np.sort(rates)[::-1][min(places, len(rates) - 1)]
    step = float(_STEP / np.sqrt(max(places, 6)))
    times = np.exp(np.arange(np.log(_EARLIEST / rates.sum()), np.log(_LATEST / last) + step, step))
    early = times < np.log(2)  # no clock has gone off with a chance above a half
    chances = _among_others(rates, times[early], places) + _among_others(rates, times[~early], places)
    return np.maximum(step * chances, 0.0)


def _among_others(rates: Numbers, times: Numbers, places: int) -> Numbers:
    """Return the density of each clock going off after so many others, times each instant, summed over instants."""
    left, gone = np.exp(-np.outer(rates, times)), -np.expm1(-np.outer(rates, times))
    steep = bool((gone > 0.5).any())
    among = np.zeros((len(rates) + 1 if steep else places, len(times)))  # the chance that so many clocks have gone off
    among[0] = 1
    for track in range(len(rates)):
        among[1:] = among[1:] * left[track] + among[:-1] * gone[track]
        among[0] *= left[track]
    # Without a track's own clock: divided out from below or from above, whichever loses no digits.
    others = np.zeros((places, *left.shape))
    from_below, from_above = np.zeros_like(left), np.zeros_like(left)
    with np.errstate(all="ignore"):
        for count in range(places):
            others[count] = from_below = (among[count] - gone * from_below) / left
        for count in range(len(rates) - 1, -1, -1) if steep else ():
            from_above = (among[count + 1] - left * from_above) / gone
            if count < places:
                others[count] = np.where(gone > 0.5, from_above, others[count])
    return np.asarray(np.einsum("kmt,mt->km", others, rates[:, None] * times * left))


def next_chances(
    strengths: Numbers, shown: Positions, kinds: Positions | None = None, max_ai_share: float | None = None
) -> Numbers:
    """Return the chance of each track at each place given the `shown` tracks before it, (len(shown), tracks).

    `kinds` (tracks,) are what rules about AI ask of each (`ListRules.kind`), nothing if not given.
    """
    if kinds is None:
        kinds = np.zeros(len(strengths), np.int64)
    return _followed(strengths, shown[None, :], kinds, max_ai_share)


def ruled_chances(
    strengths: Numbers, places: int, kinds: Positions, max_ai_share: float | None, draws: int = DRAWS
) -> Numbers:
    """Return what `place_chances` does, to a few per cent, where rules about AI bind the draw; the same arguments give the same.

    It is the exact chance without rules, times how much more often a place has a track with them than without: by the exact
    chances given those before, over as many lists drawn either way with the same numbers. What hardly any list has keeps its
    exact chance.
    """
    exact, undrawn = place_chances(strengths, places), np.full((draws, places), -1)
    ruled, free = (
        draws * _followed(strengths, undrawn, some, share) + _PRIOR * exact
        for some, share in ((kinds, max_ai_share), (np.zeros_like(kinds), None))
    )
    return exact * np.divide(ruled, free, out=np.ones_like(exact), where=free > 0)


def _followed(strengths: Numbers, lists: Positions, kinds: Positions, max_ai_share: float | None) -> Numbers:
    """Return the mean chances of tracks at places, (places, tracks), over `lists` (lists, places), where -1 is yet to be drawn.

    A place is open to what `recommender.lists.rules.Places` lets a list go on with.
    """
    rng, every = np.random.default_rng(0), np.arange(len(lists))
    labelled, refusing = (kinds & Standing.LABELLED) > 0, (kinds & Standing.NO_AI_NEIGHBOUR) > 0
    left = np.ones((len(lists), len(strengths)), dtype=bool)
    beside, count = np.zeros((2, len(lists), 1), dtype=bool), np.zeros((len(lists), 1))
    chances = np.empty((lists.shape[1], len(strengths)))
    for place in range(lists.shape[1]):
        closed = (labelled & beside[1]) | (refusing & beside[0])
        if max_ai_share is not None:
            closed |= labelled & (count + 1 > max_ai_share * (place + 1) + 1e-9)
        logits = np.where(left & ~closed, strengths, -np.inf)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        reached = np.cumsum(odds, axis=1)
        chances[place] = (odds / reached[:, -1:]).mean(axis=0)
        drawn = (reached <= rng.random((len(lists), 1)) * reached[:, -1:]).sum(axis=1)
        chosen = np.where(lists[:, place] < 0, np.minimum(drawn, len(strengths) - 1), lists[:, place])
        left[every, chosen] = False
        beside = np.stack([labelled[chosen], refusing[chosen]])[:, :, None]
        count += beside[0]
    return chances


@dataclass(frozen=True, eq=False, slots=True)
class Weighed:
    """One logged list under a target: arrays with a row a place.

    `rewards` (places,) followed, and weigh `weights` (places,); `before` (places,) is the weight of the places before.
    `features` (places, features) tell the reward model of each shown track, `expected` alike of what the target would show.
    """

    unit: str
    rewards: Numbers
    weights: Numbers
    before: Numbers
    features: Numbers
    expected: Numbers

    @classmethod
    def of(
        cls,
        unit: str,
        shown: Positions,
        rewards: Numbers,
        features: Numbers,
        chances: tuple[Numbers, Numbers],
        *,
        cascade: bool = False,
    ) -> "Weighed":
        """Weigh the `shown` tracks of a pool with `features` (features, tracks), by the chances (places, tracks) of the target
        and of the logged draw: those of `place_chances`, or with `cascade` those of `next_chances`.
        """
        target, logged = chances
        places = np.arange(len(shown))
        ratios = target[places, shown] / logged[places, shown]
        weights = np.asarray(np.cumprod(ratios) if cascade else ratios, np.float64)
        before = np.concatenate(([1.0], weights[:-1])) if cascade else np.ones(len(shown))
        return cls(unit, rewards, weights, before, features[:, shown].T, target @ features.T)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The reward a list expected under a target, and its `gain` over the logged draw, each with a 95 % interval."""

    value: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Estimates by name (`ESTIMATORS`) and what they rest on. Where `refused` says why not, there are none.

    `logged` is the mean reward a list in the log; `effective` the answers that would tell as much without weights (Kong's
    effective sample size over all places, from 0 to `answers`); `largest` (0 to 1) the largest weight of a unit in all.
    """

    estimates: Mapping[str, Estimate]
    answers: int
    units: int
    logged: float
    effective: float
    largest: float
    refused: str


def judged(lists: Sequence[Weighed]) -> Judged:
    """Estimate the reward of a list under a target from lists that were weighed for it.

    * ips: rewards times weights (Horvitz and Thompson, 1952).
    * snips: over the sum of the weights, times the mean length (Swaminathan and Joachims, "The self-normalized estimator for
      counterfactual learning", 2015).
    * dr: what a ridge regression on `features` and places foresees for the target, and the weighted rest of what it foresaw
      for the shown (Dudik, Langford and Li, "Doubly robust policy evaluation and learning", 2011; with `before` as Kiyohara
      et al., "Doubly robust off-policy evaluation for ranking policies under the cascade behavior model", 2022). It is
      learned on one half of the units for the other (Chernozhukov et al., 2018) and may be wrong: the rest makes up for it.

    Intervals are linearised over whole units, with Student's t of units - 1, for all that follows one unit belongs together.
    Refused are fewer than 100 effective answers, fewer than 30 units, and more than a tenth of all weight on one unit: below,
    intervals covered the truth in fewer than 93 % of redrawn logs. Raises ValueError where there is no list.
    """
    if not lists:
        raise ValueError("no list was drawn with known chances; let a variant explore (settings = {explore = 0.5})")
    names, unit_of = np.unique([one.unit for one in lists], return_inverse=True)
    lengths = np.array([len(one.rewards) for one in lists])
    unit = np.repeat(unit_of, lengths)
    place = np.concatenate([np.arange(length) for length in lengths])
    rewards = np.concatenate([one.rewards for one in lists])
    weights = np.concatenate([one.weights for one in lists])
    before = np.concatenate([one.before for one in lists])

    def by_unit(values: Numbers) -> Numbers:
        return np.bincount(unit, values, len(names)).astype(np.float64)

    share = by_unit(weights)
    effective = float(weights.sum() ** 2 / max((weights**2).sum(), _LEAST) * len(lists) / len(weights))
    largest = float(share.max() / max(share.sum(), _LEAST))
    refused = _refusal(effective, len(names), largest)
    answers = np.bincount(unit_of, minlength=len(names)).astype(np.float64)
    logged = _Mean.of(by_unit(rewards), answers)
    if refused:
        return Judged({}, len(lists), len(names), logged.value, effective, largest, refused)
    seen, foreseen = _foreseen(lists, place, rewards, unit % 2)
    a_place, length = _Mean.of(by_unit(weights * rewards), share), _Mean.of(by_unit(np.ones(len(unit))), answers)
    found = {
        "ips": _Mean.of(by_unit(weights * rewards), answers),
        "snips": _Mean(a_place.value * length.value, a_place.rests * length.value + length.rests * a_place.value),
        "dr": _Mean.of(by_unit(before * foreseen + weights * (rewards - seen)), answers),
    }
    estimates = {
        name: Estimate(*one.interval(), *_Mean(one.value - logged.value, one.rests - logged.rests).interval())
        for name, one in found.items()
    }
    return Judged(estimates, len(lists), len(names), logged.value, effective, largest, "")


@dataclass(frozen=True, eq=False, slots=True)
class _Mean:
    """A ratio of totals over units, and what each unit has beyond its share of it, `rests` (units,), which sum to 0."""

    value: float
    rests: Numbers

    @classmethod
    def of(cls, parts: Numbers, wholes: Numbers) -> "_Mean":
        value = float(parts.sum() / wholes.sum())
        return cls(value, (parts - value * wholes) / wholes.sum())

    def interval(self) -> tuple[float, float, float]:
        units = len(self.rests)
        reach = float(stdtrit(units - 1, (1 + LEVEL) / 2)) * np.sqrt(units / (units - 1)) * np.linalg.norm(self.rests)
        return self.value, self.value - float(reach), self.value + float(reach)


def _refusal(effective: float, units: int, largest: float) -> str:
    wrong = {
        f"{units} units are too few, of {LEAST_UNITS} at least; log more": units < LEAST_UNITS,
        f"the log shows too little of what these weights would: {effective:.0f} effective answers, of {LEAST_EFFECTIVE} "
        "at least; log more, explore more, or judge weights nearer to the logged ones": effective < LEAST_EFFECTIVE,
        f"one unit has {largest:.0%} of all weight, of {LARGEST_SHARE:.0%} at most; log more units": largest
        > LARGEST_SHARE,
    }
    return next((because for because, holds in wrong.items() if holds), "")


def _foreseen(lists: Sequence[Weighed], place: Counts, rewards: Numbers, half: Counts) -> tuple[Numbers, Numbers]:
    """Return the reward foreseen for each shown track, and for what the target would show there, (all places,)."""
    at_place = np.eye(place.max() + 1)[place]
    seen = np.hstack([np.concatenate([one.features for one in lists]), at_place])
    expected = np.hstack([np.concatenate([one.expected for one in lists]), at_place])
    said = np.empty((2, len(rewards)))
    for fold in (0, 1):
        taught, asked = half != fold, half == fold
        normal = seen[taught].T @ seen[taught] + _RIDGE * np.eye(seen.shape[1])
        learned = np.linalg.solve(normal, seen[taught].T @ rewards[taught])
        said[:, asked] = seen[asked] @ learned, expected[asked] @ learned
    return said[0], said[1]
