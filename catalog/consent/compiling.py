"""What is on record about whole catalogs, told apart into cases, and what a context makes of each case.

Tracks about which the same is on record share a case. Compiling observes each distinct statement once, ors the findings into
one word a case, and reads the policy table once for each distinct word: the same `observe` and `conclude` that `decide` uses,
over columns. When an instant passes at which something begins or ends, only the cases that it is part of are concluded again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from catalog.arrays import Mask
from catalog.consent.disclosures import AiDisclosure, AiFacet
from catalog.consent.findings import NO_DEAL, ConsentContext, observe, observe_first_published, shortcoming
from catalog.consent.kinds import Terms, period_of
from catalog.consent.policy import Precedence, precedence
from catalog.consent.presets import Policy
from catalog.consent.reader import ConsentColumns, Stated
from catalog.consent.rights import ANYWHERE, Deal
from catalog.consent.rules import conclude
from catalog.instants import microseconds
from catalog.tracks import TERRITORIES, Territory

_NO_YEAR = np.iinfo(np.int64).min
_DISTANCE_SHIFT = 56
"""A case's findings and, above them, the shortcoming of its closest deal make one word."""
_LOW = 32
"""Two numbers below 2 to the power of this make one word."""

Instants = npt.NDArray[np.int64]
"""Microseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases as columns: `stated[statements[i]]` applies in case `cases[i]`, which is in order.

    `years` of first publication are int64 of shape (cases,); `cases` and `statements` are int64 of shape (places,): narrower ones take three times as long to look up.
    `kept` tells, by the facets that a policy blocks, which places count once disclosures have overruled each other.
    """

    years: npt.NDArray[np.int64]
    stated: list[Stated]
    cases: npt.NDArray[np.int64]
    statements: npt.NDArray[np.int64]
    kept: dict[frozenset[AiFacet], Mask] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: ConsentColumns) -> tuple[Self, npt.NDArray[np.int64]]:
        """Tell cases apart; return them, and the case of each track, int64 of shape (tracks,)."""
        years = np.full(columns.track_count, _NO_YEAR, dtype=np.int64)
        for year, positions in columns.years:
            years[positions] = year
        words = np.sort(columns.positions << _LOW | columns.statements)
        words = words[np.diff(words, prepend=-1) != 0]
        positions, statements = words >> _LOW, words & ((1 << _LOW) - 1)
        counts = np.bincount(positions, minlength=columns.track_count)
        starts = np.cumsum(counts) - counts
        case = np.unique(years, return_inverse=True)[1].astype(np.int64)
        # One statement after the other: what was one case so far and differs in the next one is two.
        rank, told = 0, np.flatnonzero(counts)
        while len(told):
            pairs = case[told] << _LOW | statements[starts[told] + rank]
            case[told] = case.max() + 1 + np.unique(pairs, return_inverse=True)[1]
            rank += 1
            told = told[counts[told] > rank]
        _, first, case_of = np.unique(case, return_index=True, return_inverse=True)
        places, cases = _ranges(starts[first], counts[first])
        return cls(years[first], columns.stated, cases, statements[places]), case_of.astype(np.int64)

    def __len__(self) -> int:
        return len(self.years)

    def stating(self, statements: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the cases of which any of these statements is part, in order."""
        among = np.zeros(len(self.stated), dtype=bool)
        among[statements] = True
        found: npt.NDArray[np.int64] = self.cases[among[self.statements]]
        once: npt.NDArray[np.int64] = found[np.diff(found, prepend=-1) != 0]
        return once

    def only(self, chosen: npt.NDArray[np.int64]) -> "Cases":
        """Return some of the cases, numbered by their place among the `chosen`."""
        starts = np.searchsorted(self.cases, chosen)
        places, cases = _ranges(starts, np.searchsorted(self.cases, chosen, side="right") - starts)
        used, statements = np.unique(self.statements[places], return_inverse=True)
        stated = [self.stated[one] for one in used.tolist()]
        return Cases(self.years[chosen], stated, cases, statements.astype(np.int64))

    def standings(self, context: ConsentContext, policy: Policy) -> npt.NDArray[np.uint8]:
        """Return the bits of `Standing` of each case in a context, uint8 of shape (cases,)."""
        observed, distances = _observed(self.stated, context, policy)
        if policy.blocked_facets not in self.kept:
            self.kept[policy.blocked_facets] = ~_overruled(self, policy.blocked_facets)
        telling = (observed != 0)[self.statements] & self.kept[policy.blocked_facets]
        findings = np.zeros(len(self), dtype=np.uint64)
        np.bitwise_or.at(findings, self.cases[telling], observed[self.statements[telling]])
        for year in np.unique(self.years).tolist():
            found = observe_first_published(None if year == _NO_YEAR else year, policy)
            findings[self.years == year] |= np.uint64(found)
        closest = np.full(len(self), NO_DEAL, dtype=np.uint64)
        deals = (distances < NO_DEAL)[self.statements]
        np.minimum.at(closest, self.cases[deals], distances[self.statements[deals]])
        words, which = np.unique(findings | closest << np.uint64(_DISTANCE_SHIFT), return_inverse=True)
        standing_of = np.array(
            [
                conclude(word & ((1 << _DISTANCE_SHIFT) - 1), word >> _DISTANCE_SHIFT, policy).standing
                for word in words.tolist()
            ],
            dtype=np.uint8,
        )
        standings: npt.NDArray[np.uint8] = standing_of[which]
        return standings

    def standings_in_each(
        self, context: ConsentContext, policy: Policy
    ) -> Iterator[tuple[Territory, npt.NDArray[np.uint8]]]:
        """Yield every territory with the standing of each case there, one array that changes in place from one to the next.

        They follow each other as they are alike: only cases of which a statement covers one of two neighbours are concluded
        again.
        """
        scope_of = [getattr(one.terms, "territories", ANYWHERE) for one in self.stated]
        numbers = {scope: number for number, scope in enumerate(dict.fromkeys((*scope_of, ANYWHERE)))}
        covered = {one: np.array([scope.covers(one) for scope in numbers]) for one in TERRITORIES}
        each = sorted(sorted(TERRITORIES), key=lambda one: covered[one].tobytes())
        number_of = np.array([numbers[scope] for scope in scope_of], dtype=np.int64)
        standing_of = self.standings(replace(context, territory=each[0]), policy)
        for before, territory in zip([each[0], *each], each, strict=False):
            moved = self.stating(np.flatnonzero((covered[before] != covered[territory])[number_of]))
            if len(moved):
                standing_of[moved] = self.only(moved).standings(replace(context, territory=territory), policy)
            yield territory, standing_of


def _ranges(
    starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return all numbers of ranges one after the other, and which range each is of."""
    which = np.repeat(np.arange(len(starts)), counts)
    return np.arange(len(which)) + (starts - np.cumsum(counts) + counts)[which], which


def _observed(
    stated: list[Stated], context: ConsentContext, policy: Policy
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return the findings and the shortcoming of each statement; those that differ in nothing that decides are one object."""
    at = microseconds(context.at)
    found: dict[tuple[int, str], tuple[int, int]] = {}
    pairs = []
    for one in stated:
        if one.until is not None and one.until <= at:
            pairs.append((0, NO_DEAL))
            continue
        key = id(one.terms), one.source
        if key not in found:
            found[key] = int(observe(one.terms, one.source, context, policy)), shortcoming(one.terms, context)
        pairs.append(found[key])
    findings, distances = np.array(pairs, dtype=np.uint64).reshape(-1, 2).T
    return findings, distances


def _overruled(among: Cases, blocked_facets: frozenset[AiFacet]) -> Mask:
    """Return which places of statements hold a disclosure that another one in the same case overrules."""
    cases, statements, stated = among.cases, among.statements, among.stated
    overruled = np.zeros(len(cases), dtype=bool)
    disclosing = np.array([isinstance(found.terms, AiDisclosure) for found in stated], dtype=bool)
    if not disclosing.any():
        return overruled
    places = np.flatnonzero(disclosing[statements])
    contested = np.bincount(cases[places], minlength=len(among)) > 1
    places = places[contested[cases[places]]]
    dealing = np.array([isinstance(found.terms, Deal) for found in stated], dtype=bool)[statements]
    senders: dict[int, set[str | None]] = {}
    for place in np.flatnonzero(dealing & contested[cases]).tolist():
        if (sender := stated[statements[place]].sender) is not None:
            senders.setdefault(int(cases[place]), set()).add(sender)
    best: dict[int, tuple[Precedence, int]] = {}
    for place in places.tolist():
        case = int(cases[place])
        found = stated[statements[place]]
        order = precedence(found.terms, found.source, found.sender, senders.get(case, set()), blocked_facets)
        if case not in best or order < best[case][0]:
            best[case] = order, place
    overruled[places] = True
    overruled[[place for _, place in best.values()]] = False
    return overruled


def boundaries_of(terms: Terms) -> tuple[int, ...]:
    """Return the instants (microseconds) at which a statement begins and ceases to hold, where it does."""
    period = period_of(terms)
    return tuple(microseconds(end) for end in (period.start, period.end) if end is not None)


def boundaries(stated: list[Stated]) -> tuple[Instants, npt.NDArray[np.int64]]:
    """Return, in order, every instant at which a statement begins or ceases to hold, and which statement that is."""
    ends_of = {id(one.terms): one.terms for one in stated}
    known = {number: boundaries_of(terms) for number, terms in ends_of.items()}
    pairs = [(at, number) for number, one in enumerate(stated) for at in known[id(one.terms)]]
    pairs += [(one.until, number) for number, one in enumerate(stated) if one.until is not None]
    instants, numbers = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    return np.ascontiguousarray(instants), np.ascontiguousarray(numbers)
