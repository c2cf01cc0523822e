"""Another list for the same prompt: drawn with a seed, unlike the best list and other draws, and about as good."""

from collections.abc import Callable, Sequence

import numpy as np

from catalog.arrays import Numbers, Positions, Scores
from catalog.tracks import Position

MOST_SHARED = 0.7
"""The share of its tracks that another list has in common with the best one at most, where enough others fit."""

DRAWN_FROM, AND_MORE = 3, 15
"""Another list is drawn from the best list and those that would follow it: this many times as many tracks, and some more."""

_DEVIATIONS = 3.0
_STEPS = 24
_NEAR = 1e-9
"""Moments of arrival that are the same, on the scale of the logarithm of time."""


def varied_candidates(
    candidates: Sequence[Position],
    scores: Scores,
    sequence: Callable[[Sequence[Position]], list[Position]],
    missing: Callable[[Sequence[Position]], float],
    seed: int,
) -> list[Position]:
    """Order ranked candidates so that `sequence` makes another list of them: its tracks first, in the order of rank.

    `scores` (candidates,) say how good they are, `missing` what a list is short of. The best list, and those that are made
    when its tracks are gone, are what is drawn from (`plackett_luce_order`); what is drawn of the best list beyond 0.7 of it is left out,
    or where the list would be shorter without it, comes last of all. One seed always gives one list.
    """
    best = sequence(candidates)
    pool, left = list(best), _without(candidates, best)
    while len(pool) < DRAWN_FROM * len(best) + AND_MORE and (more := sequence(left)):
        pool += more
        left = _without(left, more)
    if not best:
        return list(candidates)
    order = [pool[row] for row in plackett_luce_order(worth_of(candidates, scores, pool), len(best), seed)]
    shared = set(best)
    spare = [position for position in order if position in shared][int(MOST_SHARED * len(best)) :]
    usable = [*_without(order, spare), *left]
    found = sequence(usable)
    if missing(found) > missing(best):
        usable += spare
        found = sequence(usable)
    chosen = set(found)
    return [position for position in candidates if position in chosen] + _without(usable, chosen)


def worth_of(candidates: Sequence[Position], scores: Scores, pool: Sequence[Position]) -> Numbers:
    """Return how good tracks of a pool are, float64 of shape (pool,), from the `scores` (candidates,) of ranked candidates.

    What is put behind for another reason than its score (it is not known to fit) is no better than what is before.
    """
    worth = dict(zip(candidates, np.minimum.accumulate(scores).tolist(), strict=True))
    return np.array([worth[position] for position in pool], dtype=np.float64)


def plackett_luce_order(scores: Numbers, length: int, seed: int) -> Positions:
    """Return rows in an order drawn by a Plackett-Luce model of their scores, int64 of shape (rows,).

    One after the other is drawn, with the probability exp(score / temperature) among those that are left: by ordering
    score / temperature + Gumbel noise (Kool, van Hoof and Welling, "Stochastic beams and where to find them", 2019). The
    temperature is `temperature`'s, so that only the proportions between differences of scores count.
    """
    noise = np.random.default_rng(seed).gumbel(size=len(scores))
    return np.argsort(-(scores / temperature(scores, length) + noise), kind="stable")


def temperature(scores: Numbers, length: int) -> float:
    """Return the temperature at which two draws of `length` share as many tracks as `expected_share` says.

    Where even draws by lot share more, because there are too few candidates, the temperature is one that makes it a lot.
    """
    spread = float(np.ptp(scores)) or 1.0
    cold, hot = spread * 1e-3, spread * 1e3
    wanted = expected_share(length) * length
    for _ in range(_STEPS):
        middle = float(np.sqrt(cold * hot))
        if np.square(_inclusions((scores - scores.max()) / middle, length)).sum() > wanted:
            cold = middle
        else:
            hot = middle
    return hot


def expected_share(length: int) -> float:
    """Return the share of tracks that two draws may have in common on average, so that hardly a pair shares over 0.7.

    Wilson's lower bound (1927) of 0.7 in `length` trials, three standard deviations away: .38 for 20 tracks, .55 for 100.
    """
    squared = _DEVIATIONS**2 / length
    reach = _DEVIATIONS * np.sqrt(MOST_SHARED * (1 - MOST_SHARED) / length + squared / (4 * length))
    return float((MOST_SHARED + squared / 2 - reach) / (1 + squared))


def _inclusions(utilities: Numbers, length: int) -> Numbers:
    """Return about how probable it is for each row to be among the first `length` drawn; utilities are 0 at most.

    Each row arrives at an exponential time with the rate exp(utility): the probability to arrive before the moment by which
    `length` are expected (Rosen, "Asymptotic theory for order sampling", 1997).
    """
    if length >= len(utilities):
        return np.ones(len(utilities))
    # Fewer arrive than their rates say, so this moment is early; Newton's steps go on from it, halves where they leave the bounds.
    moment = low = float(np.log(length / np.exp(utilities).sum()))
    high = float(-utilities.min()) + 10.0
    for _ in range(3 * _STEPS):
        rates = np.exp(np.minimum(utilities + moment, 50.0))
        arrived = -np.expm1(-rates)
        more = arrived.sum() - length
        low, high = (low, moment) if more > 0 else (moment, high)
        slope = float((rates * (1 - arrived)).sum())
        step = moment - more / slope if slope else high
        moment, before = (step if low < step < high else (low + high) / 2), moment
        if abs(moment - before) < _NEAR:
            break
    return np.asarray(arrived)


def _without(positions: Sequence[Position], gone: Sequence[Position] | set[Position]) -> list[Position]:
    taken = set(gone)
    return [position for position in positions if position not in taken]
