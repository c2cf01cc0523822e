"""Consent records as decisions and histories read them of given tracks, and as columns of all that is in force."""

import gc
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial
from itertools import count
from pathlib import Path
from sqlite3 import Cursor
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import String, and_, bindparam, cast, func, literal_column, or_, select, union_all

from catalog.consent import (
    ConsentColumns,
    ConsentReader,
    ConsentRecord,
    Entry,
    Flag,
    History,
    Reach,
    RecordVersion,
    Spoken,
    Stated,
    Subject,
    SubjectKind,
    Terms,
    TrackFacts,
    counting,
    terms_from_json,
)
from catalog.grouping import grouped
from catalog.instants import instant, microseconds
from catalog.storage import sums
from catalog.storage.rows import TRACK_COUNT, among, to_json
from catalog.storage.schema import (
    consent_records,
    consent_terms,
    deliveries,
    delivery_matters,
    state,
    subject_sums,
    track_credits,
    track_sums,
    tracks,
)
from catalog.storage.sqlite import Database, Snapshot
from catalog.storage.subjects import CREDITED, SUBJECT_COLUMNS, WITHIN, quoted, reached
from catalog.tracks import Position, TrackId

_IN_FORCE = consent_records.c.superseded_at.is_(None)
_CHOSEN = among(tracks.c.position, "positions")
_SUBJECTS = sums.SUBJECTS.where(_CHOSEN)
_CREDITS = sums.CREDITS.where(among(track_credits.c.position, "positions"))
_ABOUT = among(consent_records.c.subject, "subjects")
_RECORDS = select(*sums.COLUMNS).join(consent_terms).where(_ABOUT, _IN_FORCE)
_SUMS = sums.OF_SUBJECTS.where(among(subject_sums.c.subject, "subjects"))
_TRACK_SUMS = sums.OF_TRACKS.where(among(track_sums.c.position, "positions"))
_HISTORY = (
    select(
        *sums.COLUMNS,
        *consent_records.c["record_id", "identity", "superseded_at", "matter", "delivery_id", "entered_by"],
    )
    .join(consent_terms)
    .where(_ABOUT)
    .order_by(consent_records.c.recorded_at, consent_records.c.record_id)
)
_MATTERS = among(delivery_matters.c.matter, "matters")
_RECEIVED = (
    select(
        *deliveries.c["created_at", "digest", "delivery_id", "message_id", "received_at"],
        *delivery_matters.c["matter", "part_of"],
        *deliveries.c["sender_name", "entered_by"],
    )
    .select_from(delivery_matters)
    .join(deliveries)
    .where(or_(_MATTERS, delivery_matters.c.matter.in_(select(delivery_matters.c.part_of).where(_MATTERS))))
)
_OPEN_FLAGS = (
    select(consent_records.c.source, func.count().filter(and_(_IN_FORCE, consent_records.c.until > bindparam("at"))))
    .where(consent_records.c.kind == quoted("flag"))
    .group_by(consent_records.c.source)
    .order_by(consent_records.c.source)
)
EPOCH = select(state.c.value).where(state.c.key == quoted("epoch"))
_USED_KINDS = select(consent_records.c.subject_kind).distinct()
_APPLIED = {
    kind: reached(kind, *consent_records.c["terms_id", "source", "sender", "until"]).where(_IN_FORCE)
    for kind in SubjectKind
}
_TERMS = select(consent_terms)
# Positions travel as one text for each group: a row for each of a million tracks would cost a second.
_PACKED = func.group_concat(cast(tracks.c.position, String))
_YEARS = select(tracks.c.year, _PACKED).where(tracks.c.year.is_not(None)).group_by(tracks.c.year)
_CHANGED = union_all(
    select(tracks.c.position, literal_column("0")).where(tracks.c.epoch > bindparam("epoch")),
    *(reached(kind).where(consent_records.c.epoch > bindparam("epoch")) for kind in SubjectKind),
)
# Inside a text a quote is escaped, so only a member of the object itself begins like this.
_IDLE_WORDS = {
    kind: re.compile(rf',?"{field}":"(?:[^"\\]|\\.)*"')
    for kind, field in (("deal", "licensor"), ("takedown", "reason"))
}
_NO_POSITIONS = np.zeros(0, np.int64)
ROWS_AT_ONCE = 50_000
MOST_KEPT = 50_000
"""Tracks whose facts are kept, and statements that are kept as they were read: a kilobyte or two each."""
_WAY_BITS = 32
"""A statement and, below it, the way in which it was said (source, sender, lapse) make one word."""
_REACHES = {int(reach): reach for reach in Reach}  # calling the enumeration costs as much as all else here
_SUBJECTS_IN = grouped(
    ((credited_as.value, str(role)), kind.value) for kind, (credited_as, roles) in CREDITED.items() for role in roles
)
"""The kinds of subject that name a row of `credits`, by its kind and role."""


class _Described(NamedTuple):
    """What decisions read of a track itself; `artists` are the identity forms of all whom its credit names."""

    track_id: TrackId
    year: int | None
    artists: set[str]
    label: str | None


_Covered = dict[tuple[str, str], dict[Position, Reach]]
"""By which names records may speak about tracks, and how certainly about each."""


_Told = dict[Position, tuple[Any, list[Any]]]
"""The row of a track, and those of its credits."""


class RecordReader(Database, ConsentReader):
    """Reads consent records; statements are parsed once, for they never change."""

    def __init__(self, path: Path, *, make: bool) -> None:
        super().__init__(path, make=make)
        self._terms = lru_cache(maxsize=MOST_KEPT)(terms_from_json)
        self._kept: tuple[int, dict[Position, TrackFacts]] = 0, {}
        """What was read of tracks, as of a consent epoch: it holds exactly as long as nothing is committed."""

    def consent_epoch(self) -> int:
        with self._snapshot() as read:
            return number_of(read(EPOCH))

    def facts(
        self, positions: Sequence[Position], known_at: datetime | None = None
    ) -> tuple[int, dict[Position, TrackFacts]]:
        if known_at is not None:
            epoch, histories = self.histories(positions)
            return epoch, {position: history.known_at(known_at) for position, history in histories.items()}
        with self._snapshot() as read:
            epoch = number_of(read(EPOCH))
            kept_at, kept = self._kept
            if kept_at != epoch or len(kept) + len(positions) > MOST_KEPT:
                kept = {}
                if len(positions) <= MOST_KEPT:
                    self._kept = epoch, kept
            if missing := [position for position in positions if position not in kept]:
                described, covered, told = _subjects(read, missing)
                rows = read(_RECORDS, subjects=_values(covered)).fetchall()
                damaged = _damaged(read, told, covered, rows)
                about = self._about(rows, covered)
                records = grouped((position, counted) for position, _, counted, _ in about if counted is not None)
                for position, one in described.items():
                    if position not in damaged:
                        counted = tuple(records.get(position, ()))
                        kept[position] = TrackFacts(one.track_id, counted, one.year, one.artists, one.label)
            return epoch, {position: kept[position] for position in positions if position in kept}

    def histories(self, positions: Sequence[Position]) -> tuple[int, dict[Position, History]]:
        with self._snapshot() as read:
            described, covered, _ = _subjects(read, positions)
            entries: dict[Position, list[Entry]] = {position: [] for position in described}
            for position, record, counted, row in self._about(read(_HISTORY, subjects=_values(covered)), covered):
                record_id, identity, superseded_at, matter, delivery_id, entered_by = row[len(sums.COLUMNS) :]
                version = RecordVersion(  # superseded anew for each track, whose history it is part of
                    record_id,
                    record.kind,
                    (row[1], row[2]),
                    identity,
                    row[3],
                    row[5],
                    superseded_at,
                    record.source,
                    record.evidence,
                    record.terms,
                )
                entries[position].append(
                    Entry(counted or record, version, matter, delivery_id, counted is not None, entered_by)
                )
            matters = {entry.matter for found in entries.values() for entry in found if entry.matter is not None}
            received = tuple(Spoken(*row) for row in read(_RECEIVED, matters=to_json(sorted(matters))))
            return number_of(read(EPOCH)), {
                position: History(*one, tuple(entries[position]), received) for position, one in described.items()
            }

    def consent_columns(self) -> ConsentColumns:
        with self._snapshot() as read:
            return _columns(read)

    def changed_since(self, epoch: int) -> tuple[int, list[Position]]:
        with self._snapshot() as read:
            now = number_of(read(EPOCH))
            return now, [] if now == epoch else sorted({position for position, _ in read(_CHANGED, epoch=epoch)})

    def open_flags(self, at: datetime) -> dict[str, int]:
        return dict(self._read(_OPEN_FLAGS, at=microseconds(at)))

    def _about(
        self, rows: Iterable[Any], covered: _Covered
    ) -> Iterator[tuple[Position, ConsentRecord, ConsentRecord | None, Any]]:
        """Yield of each record about each track the position, the record, what of it counts there, and its row."""
        for row in rows:
            if (about := covered.get((row[1], row[2]))) is not None:
                record = self.record_of(row)
                for position, reach in about.items():
                    yield position, record, _as_reached(record, reach), row

    def record_of(self, row: Sequence[Any]) -> ConsentRecord:
        """Return the record of a row of `sums.COLUMNS`."""
        (
            kind,
            subject_kind,
            subject,
            _,
            body,
            recorded_at,
            until,
            source,
            evidence,
            sender,
            stated_at,
            details,
        ) = row[: len(sums.COLUMNS)]
        terms = self._terms(kind, body)
        if isinstance(terms, Flag) and until is not None:
            terms = replace(terms, expires_at=instant(until))
        return ConsentRecord(
            Subject(SubjectKind(subject_kind), subject),
            terms,
            instant(recorded_at),
            source,
            evidence,
            sender,
            None if stated_at is None else instant(stated_at),
            details,
        )


def _as_reached(record: ConsentRecord, reach: Reach) -> ConsentRecord | None:
    """Return what of a record counts for a recording that it reaches like this, None for nothing."""
    if reach is Reach.CERTAIN:
        return record
    counted = counting(record.terms, record.source, reach)
    return None if counted is None else replace(record, terms=counted[0], source=counted[1])


def _subjects(read: Snapshot, positions: Sequence[Position]) -> tuple[dict[Position, _Described], _Covered, _Told]:
    """Return of each track what decisions read, by which names records may speak about it, how certainly, and all as stored."""
    chosen = to_json(list(positions))
    described: dict[Position, _Described] = {}
    covered: defaultdict[tuple[str, str], dict[Position, Reach]] = defaultdict(dict)
    told: _Told = {}
    for row in read(_SUBJECTS, positions=chosen):
        position, year, label, *values = row
        told[position] = row, []
        subjects = dict(zip(SUBJECT_COLUMNS, values, strict=True))
        described[position] = _Described(subjects[SubjectKind.TRACK], year, set(), label)
        for kind, value in subjects.items():
            if value is not None:
                covered[kind.value, value][position] = Reach.CERTAIN
    for row in read(_CREDITS, positions=chosen):
        position, kind, value, role, reach = row
        if position not in told:
            continue
        told[position][1].append(row)
        if kind == SubjectKind.ARTIST and role != WITHIN:
            described[position].artists.add(value)
        for subject in _SUBJECTS_IN.get((kind, role), ()):
            covered[subject, value][position] = _REACHES[reach]
    return described, covered, told


def _values(covered: _Covered) -> str:
    return to_json(sorted({value for _, value in covered}))


def _damaged(read: Snapshot, told: _Told, covered: _Covered, records: Iterable[Any]) -> set[Position]:
    """Return the tracks of which, or about which, not all is stored as it was written; `covered` loses subjects of that kind."""
    kept = dict(read(_TRACK_SUMS, positions=to_json(list(told))))
    damaged = {position for position, one in told.items() if kept.get(position) != sums.digest_of(*one)}
    about = grouped(((row[1], row[2]), row) for row in records)
    summed = {
        (kind, subject): (count, digest) for kind, subject, count, digest in read(_SUMS, subjects=_values(covered))
    }
    for subject in about.keys() | summed.keys():
        if subject in covered and sums.sum_of(about.get(subject, ())) != summed.get(subject, sums.NOTHING):
            damaged.update(covered.pop(subject))
    return damaged


def _columns(read: Snapshot) -> ConsentColumns:
    ways: defaultdict[tuple[str, str | None, int | None, int], int] = defaultdict(count().__next__)
    positions, words = [_NO_POSITIONS], [_NO_POSITIONS]
    with _no_collection():
        years = [(year, np.fromstring(packed, dtype=np.int64, sep=",")) for year, packed in read(_YEARS)]
        for (kind,) in read(_USED_KINDS):
            for rows in _in_parts(read(_APPLIED[SubjectKind(kind)])):
                position, terms_id, *said = zip(*rows, strict=True)
                way = np.fromiter(map(ways.__getitem__, zip(*said, strict=True)), np.int64, len(rows))
                positions.append(np.array(position, np.int64))
                words.append(np.array(terms_id, np.int64) << _WAY_BITS | way)
        found, statements = np.unique(np.concatenate(words), return_inverse=True)
        terms = _read_terms(_in_parts(read(_TERMS)), set((found >> _WAY_BITS).tolist()))
    told = list(ways)
    stated = [_stated(terms[word >> _WAY_BITS], *told[word & ((1 << _WAY_BITS) - 1)]) for word in found.tolist()]
    places, which = np.concatenate(positions), statements.astype(np.int32)
    counts = np.array([one is not None for one in stated], dtype=bool)
    if not counts.all():
        kept = counts[which]
        places, which = places[kept], (np.cumsum(counts, dtype=np.int32) - np.int32(1))[which[kept]]
    return ConsentColumns(
        number_of(read(EPOCH)), number_of(read(TRACK_COUNT)), years, [one for one in stated if one], places, which
    )


def _stated(terms: Terms, source: str, sender: str | None, until: int | None, reach: int) -> Stated | None:
    counted = counting(terms, source, Reach(reach))
    return None if counted is None else Stated(*counted, sender, until)


def number_of(rows: Iterator[Any]) -> int:
    """Return the one number that a statement asks for, 0 where there is none."""
    return int(next(rows, (0,))[0])


def _in_parts(rows: Cursor) -> Iterator[list[Any]]:
    """Return the rows in lists: a million at once would take more memory than all that is made of them."""
    return iter(partial(rows.fetchmany, ROWS_AT_ONCE), [])


@contextmanager
def _no_collection() -> Iterator[None]:
    """Collect no garbage meanwhile: rows make no cycles, and looking for some takes two fifths of the time of reading."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_terms(parts: Iterable[list[Any]], wanted: set[int]) -> dict[int, Terms]:
    """Read the statements of these ids. Thousands of deals differ in their licensor alone, which decides nothing."""
    read: dict[tuple[str, str], Terms] = {}
    terms: dict[int, Terms] = {}
    for rows in parts:
        for terms_id, kind, body in rows:
            if terms_id in wanted:
                told = _IDLE_WORDS[kind].sub("", body).replace("{,", "{", 1) if kind in _IDLE_WORDS else body
                if (kind, told) not in read:
                    read[kind, told] = terms_from_json(kind, told)
                terms[terms_id] = read[kind, told]
    return terms
