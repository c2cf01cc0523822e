"""The tracks that may be used in a context, compiled to one bit a track and kept up to date with the store.

Compiling observes each distinct statement once, ors the findings into one word a track, and reads the policy table once for
each distinct word: the same `observe` and `conclude` that `decide` uses, over columns. A change of consent is applied in
place, to the tracks that it touches.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock

import numpy as np
import numpy.typing as npt

from catalog.disclosures import AiDisclosure
from catalog.flags import Flag, Takedown
from catalog.policy import ConsentContext, Policy, conclude, decide, observe, observe_first_published
from catalog.records import Terms
from catalog.rights import CommercialModel, Deal, Grant, GrantedUse, GrantState, UseType
from catalog.rows import microseconds
from catalog.store import CatalogStore
from catalog.tracks import Territory

Mask = npt.NDArray[np.bool_]

RECOMPILE_ABOVE = 1000
"""Changed tracks beyond which compiling afresh is cheaper than deciding one by one."""

KEPT_CONTEXTS = 64
"""Compiled contexts kept in memory, one bit and one byte a track each."""


@dataclass(frozen=True)
class Permitted:
    """The tracks that may be used in one context at one instant. `mask` is bool of shape (tracks,), by position."""

    mask: Mask
    epoch: int

    @cached_property
    def bitmap(self) -> npt.NDArray[np.uint8]:
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
class _Key:
    territory: Territory
    commercial_model: CommercialModel
    use: UseType
    policy: Policy


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What holds from `since` until the next start or end of anything on record, `until`."""

    permitted: Permitted
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class _Columns:
    epoch: int
    track_count: int
    years: list[tuple[int, npt.NDArray[np.int64]]]
    positions: npt.NDArray[np.int64]
    terms_ids: npt.NDArray[np.int64]
    lapses: npt.NDArray[np.int64]
    terms: dict[int, Terms]
    several_disclosures: list[int]
    boundaries: npt.NDArray[np.int64]


_FOREVER = np.iinfo(np.int64).max
_BEFORE_ALL = np.iinfo(np.int64).min


class Permits:
    """Answers which tracks are permitted. Threads may share it; each answer is at least as new as the call."""

    def __init__(self, store: CatalogStore) -> None:
        self._store = store
        self._lock = Lock()
        self._columns: _Columns | None = None
        self._compiled: dict[_Key, _Compiled] = {}

    def permitted(self, context: ConsentContext, policy: Policy) -> Permitted:
        """Return the tracks permitted in `context` by the records committed when this is called."""
        key = _Key(context.territory, context.commercial_model, context.use, policy)
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
        size = len(compiled.permitted.mask)
        if len(changed) > RECOMPILE_ABOVE or (changed and changed[-1] >= size):
            return self._compile(context, policy, at)
        _, facts = self._store.facts(changed)
        mask = compiled.permitted.mask.copy()
        since, until = compiled.since, compiled.until
        for position in changed:
            mask[position] = decide(facts[position], context, policy).allowed
            boundaries = np.array(
                sorted(_boundaries(record.terms for record in facts[position].records)), dtype=np.int64
            )
            since, until = max(since, _last_before(boundaries, at)), min(until, _first_after(boundaries, at))
        return _Compiled(Permitted(mask, epoch), since, until)

    def _compile(self, context: ConsentContext, policy: Policy, at: int) -> _Compiled:
        columns = self._current_columns()
        observed = np.zeros(max(columns.terms, default=0) + 1, dtype=np.uint64)
        for terms_id, terms in columns.terms.items():
            observed[terms_id] = observe(_without_expiry(terms), context, policy)
        findings = np.zeros(columns.track_count, dtype=np.uint64)
        standing = columns.lapses > at
        np.bitwise_or.at(findings, columns.positions[standing], observed[columns.terms_ids[standing]])
        for year, positions in columns.years:
            findings[positions] |= np.uint64(observe_first_published(year, policy))
        distinct, which = np.unique(findings, return_inverse=True)
        allowed = np.array([conclude(int(found), policy).verdict != "exclude" for found in distinct], dtype=bool)
        mask = allowed[which] if len(distinct) else np.zeros(0, dtype=bool)
        if columns.several_disclosures:
            _, facts = self._store.facts(columns.several_disclosures)
            for position, found in facts.items():
                mask[position] = decide(found, context, policy).allowed
        boundaries = columns.boundaries
        return _Compiled(Permitted(mask, columns.epoch), _last_before(boundaries, at), _first_after(boundaries, at))

    def _current_columns(self) -> _Columns:
        if self._columns is None or self._columns.epoch != self._store.consent_epoch():
            self._columns = _read_columns(self._store)
        return self._columns


def _read_columns(store: CatalogStore) -> _Columns:
    raw = store.consent_columns()
    sizes = [len(found.positions) for found in raw.applied]
    positions = _joined([found.positions for found in raw.applied])
    terms_ids = np.repeat(np.array([found.terms_id for found in raw.applied], np.int64), sizes)
    until = [_FOREVER if found.until is None else found.until for found in raw.applied]
    lapses = np.repeat(np.array(until, np.int64), sizes)
    disclosed = [found.positions for found in raw.applied if isinstance(raw.terms[found.terms_id], AiDisclosure)]
    disclosed_once, how_often = np.unique(_joined(disclosed), return_counts=True)
    terms = {found.terms_id: raw.terms[found.terms_id] for found in raw.applied}
    boundaries = np.unique(np.array([*_boundaries(terms.values()), *until], np.int64))
    return _Columns(
        raw.epoch,
        raw.track_count,
        raw.years,
        positions,
        terms_ids,
        lapses,
        terms,
        disclosed_once[how_often > 1].tolist(),
        boundaries,
    )


def _joined(arrays: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int64)


def _without_expiry(terms: Terms) -> Terms:
    """When a suspicion lapses is a column of its own, because it may count from when it was recorded."""
    return Flag(terms.kind, terms.state, terms.score) if isinstance(terms, Flag) else terms


def _boundaries(found: Iterable[Terms]) -> set[int]:
    """Return every instant at which one of the statements begins or ceases to hold."""
    instants: set[datetime | None] = set()
    for terms in found:
        if isinstance(terms, Deal | Grant | Takedown):
            instants |= {terms.period.start, terms.period.end}
        elif isinstance(terms, Flag):
            instants.add(terms.expires_at)
    return {microseconds(instant) for instant in instants if instant is not None}


def _last_before(boundaries: npt.NDArray[np.int64], at: int) -> int:
    earlier = int(np.searchsorted(boundaries, at, side="right"))
    return int(boundaries[earlier - 1]) if earlier else int(_BEFORE_ALL)


def _first_after(boundaries: npt.NDArray[np.int64], at: int) -> int:
    later = int(np.searchsorted(boundaries, at, side="right"))
    return int(boundaries[later]) if later < len(boundaries) else int(_FOREVER)


def learnable(store: CatalogStore, at: datetime) -> Mask:
    """Return the tracks that may be learned from, bool of shape (tracks,): those whose training nobody refused.

    Factors and rankers learn from listening, which is display of what is licensed; a refused (or constrained) training
    grant anywhere takes a recording out all the same.
    """
    raw = store.consent_columns()
    refusing = {
        terms_id
        for terms_id, terms in raw.terms.items()
        if isinstance(terms, Grant)
        and terms.use is GrantedUse.TRAINING
        and terms.state in (GrantState.NOT_ALLOWED, GrantState.CONSTRAINED)
        and terms.period.covers(at)
    }
    mask = np.ones(raw.track_count, dtype=bool)
    for found in raw.applied:
        if found.terms_id in refusing:
            mask[found.positions] = False
    return mask
