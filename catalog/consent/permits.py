"""The tracks that may be used in a context, compiled to one byte a track and kept up to date with the store.

Compiling observes each distinct statement once, ors the findings into one word a track, and reads the policy table once for
each distinct word: the same `observe` and `conclude` that `decide` uses, over columns. A change of consent is applied in
place, to the tracks that it touches.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from threading import Lock

import numpy as np
import numpy.typing as npt

from catalog.arrays import Bitmap, Mask, Positions
from catalog.consent.disclosures import AiDisclosure, AiFacet
from catalog.consent.findings import NO_DEAL, ConsentContext, observe, observe_first_published, shortcoming
from catalog.consent.kinds import Terms, period_of
from catalog.consent.policy import Precedence, decide, precedence
from catalog.consent.presets import Policy
from catalog.consent.reader import ConsentColumns, ConsentReader, Stated
from catalog.consent.rights import Deal, Grant, GrantedUse
from catalog.consent.rules import Standing, conclude
from catalog.instants import instant, microseconds
from catalog.sorted_sets import union
from catalog.tracks import Position

DECIDED_ONE_BY_ONE = 1000
"""Changed tracks up to which deciding on each is cheaper than reading the records anew."""

KEPT_CONTEXTS = 64
"""Compiled contexts kept in memory, some bytes a track each."""


@dataclass(frozen=True)
class Permitted:
    """The tracks that may be used in one context at one instant, by position.

    `standings` is uint8 of shape (tracks,), the bits of `Standing`; `epoch` names the records that it rests on.
    """

    standings: npt.NDArray[np.uint8]
    epoch: int

    @cached_property
    def mask(self) -> Mask:
        """Whether each track may be used, bool of shape (tracks,)."""
        return self.having(Standing.PERMITTED)

    def having(self, standing: Standing) -> Mask:
        """Return where a bit of standing is set, bool of shape (tracks,)."""
        return (self.standings & np.uint8(standing)).astype(bool)

    def without(self, hidden: Mask) -> "Permitted":
        """Return what is left when the tracks of a mask of shape (tracks,) may not be used either."""
        return Permitted(np.where(hidden, self.standings & ~np.uint8(Standing.PERMITTED), self.standings), self.epoch)

    @cached_property
    def not_learned(self) -> Positions:
        """The positions of the tracks whose own vectors must not be used: somebody refused that we learn from them."""
        return np.flatnonzero(self.having(Standing.NOT_LEARNED))

    @cached_property
    def bitmap(self) -> Bitmap:
        """One bit a track, the lowest bit first: the form that FAISS reads."""
        return np.packbits(self.mask, bitorder="little")

    @cached_property
    def count(self) -> int:
        """How many tracks are permitted."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def digest(self) -> str:
        """A SHA-256 over the bitmap: equal sets have equal digests."""
        return hashlib.sha256(self.bitmap.tobytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What holds from `since` until the next start or end of anything on record, `until`."""

    permitted: Permitted
    since: int
    until: int


@dataclass(slots=True)
class _Columns:
    """The records in force when they were read, each place of a statement until `lapses` of the place.

    `changed` are the positions whose records have changed since, and `epoch` the last change counted there. `kept` tells, by
    the facets that a policy blocks, which of the places count once disclosures have overruled each other.
    """

    records: ConsentColumns
    epoch: int
    lapses: npt.NDArray[np.int64]
    boundaries: npt.NDArray[np.int64]
    changed: set[Position] = field(default_factory=set)
    kept: dict[frozenset[AiFacet], Mask] = field(default_factory=dict)


_BEFORE_ALL, _FOREVER = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_DISTANCE_SHIFT = 56
"""A track's findings and, above them, the shortcoming of its closest deal make one word."""


class Permits:
    """Answers which tracks are permitted. Threads may share it; each answer is at least as new as the call."""

    def __init__(self, store: ConsentReader) -> None:
        self._store = store
        self._lock = Lock()
        self._columns: _Columns | None = None
        self._compiled: dict[tuple[ConsentContext, Policy], _Compiled] = {}

    def permitted(self, context: ConsentContext, policy: Policy) -> Permitted:
        """Return the tracks permitted in `context` by the records committed when this is called."""
        key = replace(context, at=instant(0)), policy  # one for all instants
        at = microseconds(context.at)
        with self._lock:
            compiled = self._compiled.pop(key, None)
            if compiled is not None and compiled.since <= at < compiled.until:
                compiled = self._updated(compiled, context, policy, at)
            else:
                compiled = self._compile(context, policy, at)
            self._compiled[key] = compiled
            if len(self._compiled) > KEPT_CONTEXTS:
                del self._compiled[next(iter(self._compiled))]
            return compiled.permitted

    def _updated(self, compiled: _Compiled, context: ConsentContext, policy: Policy, at: int) -> _Compiled:
        epoch, changed = self._store.changed_since(compiled.permitted.epoch)
        if epoch == compiled.permitted.epoch:
            return compiled
        if len(changed) > DECIDED_ONE_BY_ONE or (changed and changed[-1] >= len(compiled.permitted.standings)):
            return self._compile(context, policy, at)
        return self._decided(compiled, changed, epoch, context, policy, at)

    def _decided(
        self,
        compiled: _Compiled,
        changed: Iterable[Position],
        epoch: int,
        context: ConsentContext,
        policy: Policy,
        at: int,
    ) -> _Compiled:
        """Decide on the changed tracks one by one, from records at least as new as `epoch`."""
        _, facts = self._store.facts(list(changed))
        standings = compiled.permitted.standings.copy()
        for position, found in facts.items():
            standings[position] = decide(found, context, policy).standing
        since, until = _around(at, _boundaries(record.terms for found in facts.values() for record in found.records))
        return _Compiled(Permitted(standings, epoch), max(compiled.since, since), min(compiled.until, until))

    def _compile(self, context: ConsentContext, policy: Policy, at: int) -> _Compiled:
        columns = self._current_columns()
        records = columns.records
        observed, distances = _observed(records.stated, context, policy)
        findings = np.zeros(records.track_count, dtype=np.uint64)
        if policy.blocked_facets not in columns.kept:
            columns.kept[policy.blocked_facets] = ~_overruled(records, policy.blocked_facets)
        telling = (observed != 0)[records.statements] & (columns.lapses > at) & columns.kept[policy.blocked_facets]
        np.bitwise_or.at(findings, records.positions[telling], observed[records.statements[telling]])
        for year, positions in records.years:
            findings[positions] |= np.uint64(observe_first_published(year, policy))
        closest = np.full(records.track_count, NO_DEAL, dtype=np.uint64)
        deals = (distances < NO_DEAL)[records.statements]
        np.minimum.at(closest, records.positions[deals], distances[records.statements[deals]])
        words, which = np.unique(findings | closest << np.uint64(_DISTANCE_SHIFT), return_inverse=True)
        standing_of = np.array(
            [
                conclude(word & ((1 << _DISTANCE_SHIFT) - 1), word >> _DISTANCE_SHIFT, policy).standing
                for word in words.tolist()
            ],
            dtype=np.uint8,
        )
        compiled = _Compiled(Permitted(standing_of[which], columns.epoch), *_around(at, columns.boundaries))
        if not columns.changed:
            return compiled
        return self._decided(compiled, columns.changed, columns.epoch, context, policy, at)

    def _current_columns(self) -> _Columns:
        """Return the columns, of which the tracks in `changed` have to be decided one by one."""
        columns = self._columns
        if columns is not None:
            epoch, changed = self._store.changed_since(columns.epoch)
            if not changed or changed[-1] < columns.records.track_count:
                columns.changed.update(changed)
                columns.epoch = epoch
                if len(columns.changed) <= DECIDED_ONE_BY_ONE:
                    return columns
        records = self._store.consent_columns()
        until = np.array([_FOREVER if found.until is None else found.until for found in records.stated], np.int64)
        boundaries = _boundaries({id(found.terms): found.terms for found in records.stated}.values())
        self._columns = _Columns(records, records.epoch, until[records.statements], union(boundaries, until))
        return self._columns


def _observed(
    stated: list[Stated], context: ConsentContext, policy: Policy
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return the findings and the shortcoming of each statement; those that differ in nothing that decides are one object."""
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for one in stated:
        if (id(one.terms), one.source) not in found:
            findings = observe(one.terms, one.source, context, policy)
            found[id(one.terms), one.source] = findings, shortcoming(one.terms, context)
    pairs = [found[id(one.terms), one.source] for one in stated]
    findings_of = np.array([findings for findings, _ in pairs], dtype=np.uint64)
    return findings_of, np.array([away for _, away in pairs], dtype=np.uint64)


def _overruled(records: ConsentColumns, blocked_facets: frozenset[AiFacet]) -> Mask:
    """Return which places of statements hold a disclosure that another one about the same track overrules."""
    positions, statements, stated = records.positions, records.statements, records.stated
    overruled = np.zeros(len(positions), dtype=bool)
    disclosing = np.array([isinstance(found.terms, AiDisclosure) for found in stated], dtype=bool)
    if not disclosing.any():
        return overruled
    places = np.flatnonzero(disclosing[statements])
    tracks, how_often = np.unique(positions[places], return_counts=True)
    contested = np.zeros(records.track_count, dtype=bool)
    contested[tracks[how_often > 1]] = True
    places = places[contested[positions[places]]]
    dealing = np.array([isinstance(found.terms, Deal) for found in stated], dtype=bool)[statements]
    senders: dict[int, set[str | None]] = {}
    for place in np.flatnonzero(dealing & contested[positions]).tolist():
        if (sender := stated[statements[place]].sender) is not None:
            senders.setdefault(int(positions[place]), set()).add(sender)
    best: dict[int, tuple[Precedence, int]] = {}
    for place in places.tolist():
        position = int(positions[place])
        found = stated[statements[place]]
        order = precedence(found.terms, found.source, found.sender, senders.get(position, set()), blocked_facets)
        if position not in best or order < best[position][0]:
            best[position] = order, place
    overruled[places] = True
    overruled[[place for _, place in best.values()]] = False
    return overruled


def _boundaries(found: Iterable[Terms]) -> npt.NDArray[np.int64]:
    """Return, in order, every instant at which one of the statements begins or ceases to hold, and both ends of time."""
    periods = map(period_of, found)
    ends = {end for period in periods for end in (period.start, period.end) if end is not None}
    return np.array(sorted({_BEFORE_ALL, *map(microseconds, ends), _FOREVER}), dtype=np.int64)


def _around(at: int, boundaries: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Return the last boundary that is not after an instant, and the first that is."""
    later = np.searchsorted(boundaries, at, side="right")
    return int(boundaries[later - 1]), int(boundaries[later])


def learnable(store: ConsentReader, at: datetime) -> Mask:
    """Return the tracks that may be learned from, bool of shape (tracks,): those whose training nobody refused.

    Factors and rankers learn from listening, which is display of what is licensed; a refused (or constrained) training
    grant anywhere takes a recording out all the same.
    """
    raw = store.consent_columns()
    states = (found.terms for found in raw.stated)
    refusing = np.array(
        [
            isinstance(terms, Grant)
            and terms.use is GrantedUse.TRAINING
            and terms.state.refuses
            and terms.period.covers(at)
            for terms in states
        ],
        dtype=bool,
    )
    mask = np.ones(raw.track_count, dtype=bool)
    mask[raw.positions[refusing[raw.statements]]] = False
    return mask
