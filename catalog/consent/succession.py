"""Which consent record takes an earlier one's place: what was told about one subject, replayed in the order it was told."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from catalog.consent.flags import SUSPICION_LASTS, Flag, FlagState, Takedown
from catalog.consent.kinds import Terms
from catalog.consent.reach import restricts
from catalog.consent.rights import Block, Grant, RightsClaim
from catalog.consent.sources import source_rank
from catalog.grouping import grouped
from catalog.instants import instant, microseconds

REPLACED_BY_TERMS = frozenset({"flag", "takedown", "grant", "block", "rights_claim"})
"""Kinds of which it matters what is stated when one takes another's place."""


@dataclass(slots=True, eq=False)
class RecordVersion:
    """A record as the history of its subject knows it; instants in microseconds, `record_id` None until it is stored."""

    record_id: int | None
    kind: str
    subject: tuple[str, str]
    identity: int
    terms_id: int
    recorded_at: int
    superseded_at: int | None
    source: str
    evidence: str | None
    terms: Terms | None

    @property
    def statement(self) -> tuple[int, str, str | None]:
        """What is said, by whom, on which evidence."""
        return self.terms_id, self.source, self.evidence

    def lapsed_by(self, at: int) -> bool:
        """Whether it is a suspicion that has lapsed by then."""
        if not (isinstance(self.terms, Flag) and self.terms.is_open):
            return False
        return at >= microseconds(self.terms.expires_at or instant(self.recorded_at) + SUSPICION_LASTS)


def lineage_of(told: RecordVersion) -> tuple[object, ...]:
    """Return what records share of which one can bear on the other: flags of one kind, whoever raised them, or an identity."""
    return told.kind, *told.subject, told.terms.kind if isinstance(told.terms, Flag) else told.identity


def tell_after(lineage: Iterable[RecordVersion], new: Iterable[RecordVersion]) -> None:
    """Set `recorded_at` of undated records so that they follow their lineage and each other by at least a microsecond."""
    last = max((one.recorded_at for one in lineage), default=0)
    for one in new:
        one.recorded_at = last = max(one.recorded_at, last + 1)


def tells_nothing_new(new: Sequence[RecordVersion], lineage: Sequence[RecordVersion], *, dated: bool) -> bool:
    """Whether records told one after the other repeat what is told of their lineage.

    Dated ones do that where the very same was told then; those without a date where each was told and has not lapsed, and
    after them as before the same would be in force.
    """

    def repeats(one: RecordVersion, old: RecordVersion) -> bool:
        holds = one.recorded_at == old.recorded_at if dated else not old.lapsed_by(one.recorded_at)
        return holds and one.statement == old.statement

    if not all(any(repeats(one, old) for old in lineage) for one in new):
        return False
    if dated:
        return True
    again = [replace(one) for one in (*lineage, *new)]
    supersede(again)
    return _in_force(again) == _in_force(lineage)


def _in_force(lineage: Iterable[RecordVersion]) -> set[tuple[int, str, str | None]]:
    return {one.statement for one in lineage if one.superseded_at is None}


def supersede(lineage: list[RecordVersion]) -> list[RecordVersion]:
    """Tell a lineage again in the order of `recorded_at`, and return the records whose `superseded_at` that changes.

    Replaying it makes the order of arrival irrelevant. Of records of one instant none takes another's place.
    """
    before = [(row, row.superseded_at) for row in lineage]
    told: list[RecordVersion] = []
    for row in sorted(lineage, key=attrgetter("recorded_at")):
        if _sticks(row, told):
            row.superseded_at = row.recorded_at
        else:
            row.superseded_at = None
            for old in told:
                if old.superseded_at is None and old.recorded_at < row.recorded_at and _replaces(row, old):
                    old.superseded_at = row.recorded_at
        told.append(row)
    return [row for row, superseded_at in before if row.superseded_at != superseded_at]


def settle_all(told: Sequence[RecordVersion]) -> list[RecordVersion]:
    """Settle every lineage among records of any subjects, and return the records whose `superseded_at` that changes."""
    lineages = grouped((lineage_of(row), row) for row in told)
    return [row for lineage in lineages.values() for row in supersede(lineage)]


def _replaces(new: RecordVersion, old: RecordVersion) -> bool:
    """Whether a record takes an earlier one's place, of the same lineage.

    Clearing a flag clears what sources of the same or a lower rank said of that kind: an operator does not overrule a
    court. Otherwise sources speak for themselves. Only a take-down with an end, a lifting, replaces others, those of the
    same or a lower rank: one more demand, even for later, never ends one that is in force. Nor does a choice or block that
    begins later, or does not restrict and is over.
    """
    if isinstance(new.terms, Takedown):
        return new.terms.period.end is not None and source_rank(new.source) <= source_rank(old.source)
    if isinstance(new.terms, Grant | Block | RightsClaim):
        at, period = instant(new.recorded_at), new.terms.period
        if period.begins_after(at) or not (restricts(new.terms) or period.covers(at)):
            return False
    return _clears(new, old) or old.identity == new.identity


def _clears(new: RecordVersion, old: RecordVersion) -> bool:
    cleared = isinstance(new.terms, Flag) and new.terms.state is FlagState.CLEARED
    return cleared and source_rank(new.source) <= source_rank(old.source)


def _sticks(new: RecordVersion, earlier: Sequence[RecordVersion]) -> bool:
    """Whether a cleared or confirmed flag, of those told `earlier`, stands against reopening it.

    Evidence is new if nobody had brought it forward when the flag was cleared.
    """
    if not (isinstance(new.terms, Flag) and new.terms.is_open):
        return False
    for old in earlier:
        if old.recorded_at == new.recorded_at or old.superseded_at is not None or not isinstance(old.terms, Flag):
            continue
        weighed = {None, *(one.evidence for one in earlier if one.recorded_at <= old.recorded_at)}
        if _clears(old, new) and new.evidence in weighed:
            return True
        if old.terms.state is FlagState.CONFIRMED and old.identity == new.identity:
            return True
    return False


def numbered(name: str) -> int:
    """Return a name as a 64-bit number: the first bytes of its BLAKE2b digest. Identities are stored and compared so."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
