"""The tracks that may be used in a context, compiled and kept up to date with the store.

A context keeps one byte for each case that is on record (`catalog.consent.compiling`) and one bit for each track. A change of
consent is decided on by itself, and where an instant passes at which something begins or ends, what that is part of.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from threading import Lock

import numpy as np
import numpy.typing as npt

from catalog.arrays import Bitmap, Mask, Positions
from catalog.consent.compiling import Cases, Instants, boundaries, boundaries_of
from catalog.consent.findings import ConsentContext
from catalog.consent.kinds import Terms
from catalog.consent.policy import TrackFacts, decide
from catalog.consent.presets import Policy
from catalog.consent.reader import ConsentReader
from catalog.consent.rights import Grant, GrantedUse
from catalog.consent.rules import Standing
from catalog.consent.timeline import plays_in
from catalog.instants import instant, microseconds
from catalog.sorted_sets import union
from catalog.tracks import Position, Territory

DECIDED_ONE_BY_ONE = 1000
"""Changed tracks, or cases of them, up to which deciding on each is cheaper than reading the records anew."""

TRACKS_A_READ = 10
"""Tracks of which all records are read in the time in which one alone is."""

KEPT_BYTES = 256 * 1024**2
"""What compiled contexts may take of a process's memory."""

_OF_EACH = 2048
"""Bytes that a compiled context takes whatever the catalog."""


@dataclass(frozen=True)
class Permitted:
    """The tracks that may be used in one context at one instant, by position.

    `standing_of` is uint8, the bits of `Standing` of each case; `case_of` (tracks,) tells whose that is, None where each
    track is a case of its own. `epoch` names the records that it rests on.
    """

    standing_of: npt.NDArray[np.uint8]
    epoch: int
    case_of: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.standing_of if self.case_of is None else self.case_of)

    def standing(self, position: Position) -> int:
        """Return the bits of `Standing` of one track."""
        return int(self.standing_of[position if self.case_of is None else self.case_of[position]])

    @property
    def standings(self) -> npt.NDArray[np.uint8]:
        """The bits of `Standing` of each track, uint8 of shape (tracks,)."""
        return self.standing_of if self.case_of is None else self.standing_of[self.case_of]

    @property
    def mask(self) -> Mask:
        """Whether each track may be used, bool of shape (tracks,); made anew each time, for it takes eight times the bitmap."""
        return _unpacked(self.bitmap, len(self))

    def having(self, standing: Standing) -> Mask:
        """Return where a bit of standing is set, bool of shape (tracks,)."""
        having = (self.standing_of & np.uint8(standing)).astype(bool)
        return having if self.case_of is None else having[self.case_of]

    def without(self, hidden: Mask) -> "Permitted":
        """Return what is left when the tracks of a mask of shape (tracks,) may not be used either."""
        standings = self.standings
        return Permitted(np.where(hidden, standings & ~np.uint8(Standing.PERMITTED), standings), self.epoch)

    @property
    def not_learned(self) -> Positions:
        """The positions of the tracks whose own vectors must not be used: somebody refused that we learn from them."""
        return np.flatnonzero(_unpacked(self._not_learned, len(self)))

    @cached_property
    def _not_learned(self) -> Bitmap:
        return np.packbits(self.having(Standing.NOT_LEARNED), bitorder="little")

    @cached_property
    def bitmap(self) -> Bitmap:
        """One bit a track, the lowest bit first: the form that FAISS reads."""
        return np.packbits(self.having(Standing.PERMITTED), bitorder="little")

    @cached_property
    def count(self) -> int:
        """How many tracks are permitted."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def digest(self) -> str:
        """A SHA-256 over the bitmap: equal sets have equal digests."""
        return hashlib.sha256(self.bitmap.tobytes()).hexdigest()


def _unpacked(bitmap: Bitmap, count: int) -> Mask:
    return np.unpackbits(bitmap, count=count, bitorder="little").view(bool)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What was decided of each case for an instant. It holds from `since` until the next boundary, `until`.

    `permitted` is the answer made of it, None until it is asked for and after tracks have changed.
    """

    standing_of: npt.NDArray[np.uint8]
    at: int
    since: int
    until: int
    permitted: Permitted | None


_Key = tuple[ConsentContext, Policy]
_OnRecord = tuple[int | None, frozenset[tuple[Terms, str, str | None]]]
"""All of a track's facts that a decision without preferences rests on: equal ones are one case."""


@dataclass(frozen=True, slots=True)
class _Records:
    """What is on record at an epoch: the cases that were read together, and behind them those of tracks changed since.

    `passing` are the instants, in order, at which one of the statements of `cases` begins or ends, and which; `later` has the
    facts of each further case, and its instants. `boundaries` are all of these. `compiled` are the contexts, the one asked
    for last at the end. `counts` are those of all territories, from one instant until before another.
    """

    epoch: int
    cases: Cases
    case_of: npt.NDArray[np.int64]
    passing: tuple[Instants, npt.NDArray[np.int64]]
    boundaries: Instants
    later: Mapping[_OnRecord | None, tuple[TrackFacts | None, tuple[int, ...]]] = field(default_factory=dict)
    compiled: dict[_Key, _Compiled] = field(default_factory=dict)
    counts: dict[_Key, tuple[int, int, Mapping[Territory, int]]] = field(default_factory=dict)

    @property
    def most_compiled(self) -> int:
        """How many contexts are kept: each has a byte a case, and two bits a track."""
        return max(1, KEPT_BYTES // (_OF_EACH + len(self.cases) + len(self.later) + len(self.case_of) // 4))

    def stays(self, at: int) -> tuple[int, int]:
        """Return from when until before when all is as at an instant, in microseconds."""
        later = np.searchsorted(self.boundaries, at, side="right")
        since, until = self.boundaries[later - 1 : later + 1].tolist()
        return since, until


_ENDS_OF_TIME = np.array([np.iinfo(np.int64).min, np.iinfo(np.int64).max])


class Permits:
    """Answers which tracks are permitted. Threads may share it; each answer is at least as new as the call."""

    def __init__(self, store: ConsentReader) -> None:
        self._store = store
        self._reading, self._lock = Lock(), Lock()
        self._records: _Records | None = None

    def permitted(self, context: ConsentContext, policy: Policy) -> Permitted:
        """Return the tracks permitted in `context` by the records committed when this is called."""
        records = self._current()
        key = replace(context, at=instant(0)), policy  # one for all instants
        at = microseconds(context.at)
        with self._lock:
            before = records.compiled.pop(key, None)
            if before is not None and before.permitted is not None and before.since <= at < before.until:
                records.compiled[key] = before
                return before.permitted
        standing_of = _standings(records, before, context, policy, at)
        permitted = Permitted(standing_of, records.epoch, records.case_of)
        since, until = records.stays(at)
        with self._lock:
            records.compiled[key] = _Compiled(standing_of, at, since, until, permitted)
            if len(records.compiled) > records.most_compiled:
                del records.compiled[next(iter(records.compiled))]
        return permitted

    def counts(self, context: ConsentContext, policy: Policy) -> Mapping[Territory, int]:
        """Return how many tracks are permitted in each territory, all else as in `context`, by the records committed by now."""
        records, at = self._current(), microseconds(context.at)
        key = replace(context, territory="", at=instant(0)), policy
        since, until, counts = records.counts.get(key, (at, at, {}))
        if not since <= at < until:
            tracks = np.bincount(records.case_of, minlength=len(records.cases) + len(records.later))
            compiled, later = np.split(tracks, [len(records.cases)])
            counts = {
                territory: int(compiled[(standing_of & np.uint8(Standing.PERMITTED)).astype(bool)].sum())
                for territory, standing_of in records.cases.standings_in_each(context, policy)
            }
            for (facts, _), count in zip(records.later.values(), later.tolist(), strict=True):
                for territory in () if facts is None else plays_in(facts, context, policy):
                    counts[territory] += count
            records.counts[key] = *records.stays(at), counts
        return counts

    def as_known(self, then: ConsentReader) -> "Permits":
        """Return the permits of `then`, a reader of the same records fixed at an earlier epoch; what was compiled here is reused."""
        records, made = self._current(), Permits(then)
        epoch = then.consent_epoch()
        made._records = made._changed(records, epoch, self._store.changed_since(epoch)[1])
        return made

    def _current(self) -> _Records:
        """Return what is on record now; where that is not known yet, one thread reads it and the others wait for that."""
        records = self._records
        if records is not None and records.epoch == self._store.consent_epoch():
            return records
        with self._reading:
            if (records := self._records) is not None:
                epoch, changed = self._store.changed_since(records.epoch)
                if epoch == records.epoch:
                    return records
                most = max(DECIDED_ONE_BY_ONE, len(records.case_of) // TRACKS_A_READ)
                records = self._changed(records, epoch, changed) if len(changed) <= most else None
            if records is None or len(records.later) > DECIDED_ONE_BY_ONE:
                columns = self._store.consent_columns()
                cases, case_of = Cases.of(columns)
                passing = boundaries(cases.stated)
                records = _Records(columns.epoch, cases, case_of, passing, union(passing[0], _ENDS_OF_TIME))
            self._records = records
            return records

    def _changed(self, before: _Records, epoch: int, changed: Sequence[Position]) -> _Records:
        """Read what is on record of changed tracks, at least as new as `epoch`."""
        _, facts = self._store.facts(changed)
        later, numbers = dict(before.later), {key: number for number, key in enumerate(before.later)}
        case_of = np.zeros(max([len(before.case_of), *(position + 1 for position in changed)]), dtype=np.int64)
        case_of[: len(before.case_of)] = before.case_of
        for position in changed:
            found = facts.get(position)  # None where it cannot be read
            said = ((one.terms, one.source, one.sender) for one in found.records) if found else ()
            key = (found.first_published, frozenset(said)) if found else None
            if key not in later:
                numbers[key] = len(later)
                later[key] = (
                    found,
                    tuple(end for record in (found.records if found else ()) for end in boundaries_of(record.terms)),
                )
            case_of[position] = len(before.cases) + numbers[key]
        ends = {end for _, ends in islice(later.values(), len(before.later), None) for end in ends}
        with self._lock:
            compiled = {key: replace(one, permitted=None) for key, one in before.compiled.items()}
        return replace(
            before,
            epoch=epoch,
            case_of=case_of,
            boundaries=union(before.boundaries, np.array(sorted(ends), dtype=np.int64)) if ends else before.boundaries,
            later=later,
            compiled=compiled,
            counts={},
        )


def _standings(
    records: _Records, before: _Compiled | None, context: ConsentContext, policy: Policy, at: int
) -> npt.NDArray[np.uint8]:
    """Return the standing of each case, uint8 of shape (cases,): what was decided `before` is decided anew only where it moved."""
    count = len(records.cases)
    standing_of = np.zeros(count + len(records.later), dtype=np.uint8)
    if before is None:
        known, low, high = count, at, at
        standing_of[:count] = records.cases.standings(context, policy)
    else:
        known, (low, high) = len(before.standing_of), sorted((before.at, at))
        standing_of[:known] = before.standing_of
        instants, statements = records.passing
        first, last = np.searchsorted(instants, (low, high), side="right")
        if first < last:
            moved = records.cases.stating(statements[first:last])
            standing_of[moved] = records.cases.only(moved).standings(context, policy)
    for case, (facts, ends) in enumerate(records.later.values(), count):
        if case >= known or any(low < end <= high for end in ends):
            standing_of[case] = decide(facts, context, policy).standing
    return standing_of


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
