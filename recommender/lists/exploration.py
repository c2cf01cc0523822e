"""Exploration: a list drawn from the best candidates, each list with a probability that is known exactly."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.arrays import Codes, Numbers, Positions
from catalog.tracks import Position
from recommender.lists.rules import ListRules, Places
from recommender.lists.variations import AND_MORE, DRAWN_FROM


@dataclass(frozen=True, slots=True)
class Draw:
    """A list drawn place by place: its `rows` of what it was drawn from, and the logarithm of each place's probability.

    That is the probability of the row given those before it. A list that the rules let go on with no track is shorter.
    """

    rows: list[int]
    log_propensities: list[float]


def pool_of(
    candidates: Sequence[Position], length: int, artist: Codes, exempt: frozenset[int], rules: ListRules
) -> list[Position]:
    """Return what a list of `length` is drawn from: the first 3 * length + 15 of ranked candidates that a list may hold.

    They are one by each artist (but for those in `exempt`, whose tracks may follow each other) where that is enough for a
    list: then spacing artists changes no draw.
    """
    fitting = [position for position in candidates if not rules.exclude(position)]
    seen, firsts = set[int](), list[Position]()
    for position in fitting:
        if (code := int(artist[position])) not in seen:
            firsts.append(position)
            seen.update({code} - exempt)
    return (firsts if len(firsts) >= length else fitting)[: DRAWN_FROM * length + AND_MORE]


def is_spaced(pool: Sequence[Position], artist: Codes, exempt: frozenset[int]) -> bool:
    """Return whether no two of a pool are by one artist, but for those in `exempt`."""
    codes = [code for code in artist[list(pool)].tolist() if code not in exempt]
    return len(set(codes)) == len(codes)


def of_its_own(seed: int, tracks: Sequence[Position]) -> list[int]:
    """Return a seed derived from a request's and from its tracks: one request seed draws independently from different pools."""
    return [seed, zlib.crc32(np.array(tracks, dtype=np.int64).tobytes())]


def drawn(strengths: Numbers, rules: ListRules, length: int, seed: int | Sequence[int]) -> Draw:
    """Draw a list of `length` by a Plackett-Luce model (Plackett, "The analysis of permutations", 1975).

    Each place gets a row of `strengths`, log-odds of shape (rows,), out of those that are left and that `rules`, which tell
    kinds by row, let stand there: with a probability proportional to exp(strength).
    """
    random = np.random.default_rng(seed)

    def by_lot(_: Positions, weights: Numbers) -> int:
        reached = np.cumsum(weights)
        return min(int(np.searchsorted(reached, random.random() * reached[-1], side="right")), len(weights) - 1)

    return _placed(strengths, rules, length, by_lot)


def log_propensities(rows: Sequence[int], strengths: Numbers, rules: ListRules) -> list[float] | None:
    """Return the logarithms of the probabilities with which `drawn` puts these rows into places; None where it never does."""
    waiting = iter(rows)

    def as_given(fitting: Positions, _: Numbers) -> int:
        place = int(np.searchsorted(fitting, row := next(waiting)))
        return place if place < len(fitting) and fitting[place] == row else -1

    placed = _placed(strengths, rules, len(rows), as_given)
    return placed.log_propensities if len(placed.rows) == len(rows) else None


def _placed(strengths: Numbers, rules: ListRules, length: int, pick: Callable[[Positions, Numbers], int]) -> Draw:
    """Fill places one after the other with what `pick` chooses among the rows that fit, by their weights; it ends at -1."""
    kinds = np.array([rules.kind(Position(row)) for row in range(len(strengths))], dtype=np.int64)
    left, places, draw = np.ones(len(strengths), dtype=bool), Places(rules), Draw([], [])
    for place in range(length):
        closed = [kind for kind in set(kinds.tolist()) if not places.is_open(kind, place)]
        fitting = np.flatnonzero(left & ~np.isin(kinds, closed) if closed else left)
        if not len(fitting):
            break
        below = strengths[fitting] - strengths[fitting].max()
        weights = np.exp(below)
        if (number := pick(fitting, weights)) < 0:
            break
        row = int(fitting[number])
        draw.rows.append(row)
        draw.log_propensities.append(float(below[number] - np.log(weights.sum())))
        places.put(int(kinds[row]), place)
        left[row] = False
    return draw
