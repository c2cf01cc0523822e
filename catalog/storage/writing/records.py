"""Consent records as they come in one by one: what each of them supersedes, and what is stored of it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_once

from catalog.consent import (
    KIND_OF,
    REPLACED_BY_TERMS,
    SUSPICION_LASTS,
    ConsentRecord,
    Flag,
    Party,
    RecordVersion,
    Subject,
    SubjectKind,
    Terms,
    lineage_of,
    numbered,
    received,
    source_rank,
    supersede,
    tell_after,
    tells_nothing_new,
    terms_from_json,
    terms_to_json,
)
from catalog.grouping import grouped
from catalog.instants import instant, microseconds
from catalog.storage.rows import BATCH, Row, among, batches, execute_for, to_json
from catalog.storage.schema import consent_records, consent_terms
from catalog.storage.subjects import CREDITED, KNOWN
from catalog.storage.writing.transaction import Transaction
from catalog.stores import Changes

_TERMS = select(consent_terms).where(among(consent_terms.c.kind, "kinds"), among(consent_terms.c.body, "bodies"))
_TOLD = (
    select(consent_records, consent_terms.c.body)
    .join(consent_terms)
    .where(among(consent_records.c.subject, "subjects"), consent_records.c.matter.is_(None))
    .order_by(consent_records.c.record_id)
)
_ADD_TERMS = insert_once(consent_terms).on_conflict_do_nothing()
ADD_RECORDS = insert(consent_records)
_SUPERSEDE = update(consent_records).where(consent_records.c.record_id == bindparam("_id"))

_News = list[tuple[RecordVersion, ConsentRecord]]


def append(transaction: Transaction, records: Iterable[ConsentRecord]) -> Changes:
    """Add consent records, as `catalog.stores.CatalogWriter.append` states."""
    everything = [received(record, transaction.now) for record in records]
    changes = Changes()
    for portion in _portions(everything) if transaction.is_import else [everything]:
        changes += _append(transaction, portion)
        transaction.pause()
    return changes


def _portions(records: Iterable[ConsentRecord]) -> Iterator[list[ConsentRecord]]:
    """Yield records in portions; those of one subject stay together, for their order among each other counts."""
    portion: list[ConsentRecord] = []
    for about in grouped((record.subject, record) for record in records).values():
        portion += about
        if len(portion) >= BATCH:
            yield portion
            portion = []
    yield portion


def _append(transaction: Transaction, batch: Sequence[ConsentRecord]) -> Changes:
    transaction.attribution.bear(_parties(batch), told=True)
    added, superseded = _succession(transaction, batch)
    mark_superseded(transaction.connection, superseded)
    transaction.told.update(version.subject[1] for version in (*superseded, *(new for new, _ in added)))
    if added:
        rows = [
            record_row(record, new.identity, new.terms_id, new.recorded_at, transaction)
            | {"superseded_at": new.superseded_at}
            for new, record in added
        ]
        transaction.connection.execute(ADD_RECORDS, rows)
        transaction.changed.add("epoch")
    known = _known_subjects(transaction, {record.subject for record in batch})
    return Changes(
        added=len(added),
        unchanged=len(batch) - len(added),
        unknown=sum(record.subject not in known for record in batch),
    )


def _succession(transaction: Transaction, batch: Sequence[ConsentRecord]) -> tuple[_News, list[RecordVersion]]:
    """Return which of the records tell anything new, and the stored ones that they supersede or put in force again."""
    ids = terms_ids(transaction.connection, (record.terms for record in batch))
    versions = (
        RecordVersion(
            record_id=None,
            kind=record.kind,
            subject=(record.subject.kind.value, record.subject.value),
            identity=numbered(record.identity),
            terms_id=ids[record.kind, terms_to_json(record.terms)],
            recorded_at=microseconds(record.recorded_at or transaction.now),
            superseded_at=None,
            source=record.source,
            evidence=record.evidence,
            terms=record.terms,
        )
        for record in batch
    )
    news = grouped((lineage_of(new), (new, record)) for new, record in zip(versions, batch, strict=True))
    stored = told_about(transaction.connection, {record.subject.value for record in batch})
    history = grouped((lineage_of(version), version) for version in stored)
    added: _News = []
    superseded: list[RecordVersion] = []
    for key, told in news.items():
        lineage = history.get(key, [])
        for dated, run in groupby(told, lambda one: one[1].recorded_at is not None):
            for some in ([one] for one in run) if dated else [list(run)]:
                new_ones = [new for new, _ in some]
                if not dated:
                    tell_after(lineage, new_ones)
                if not tells_nothing_new(new_ones, lineage, dated=dated):
                    lineage += new_ones
                    added += some
                    superseded += supersede(lineage)
    return added, superseded


def mark_superseded(connection: Connection, versions: Iterable[RecordVersion]) -> None:
    """Store since when records are superseded, of those that are stored."""
    stored = {version.record_id: version.superseded_at for version in versions if version.record_id is not None}
    rows = [{"_id": record_id, "superseded_at": at} for record_id, at in stored.items()]
    execute_for(connection, _SUPERSEDE, rows)


def record_row(record: ConsentRecord, identity: int, terms_id: int, recorded_at: int, transaction: Transaction) -> Row:
    """Return the row of a record that is in force; `until` is when an open flag lapses, None for all else."""
    until = None
    if isinstance(record.terms, Flag) and record.terms.is_open:
        until = microseconds(record.terms.expires_at or instant(recorded_at) + SUSPICION_LASTS)
    return {
        "kind": record.kind,
        "subject_kind": record.subject.kind.value,
        "subject": record.subject.value,
        "identity": identity,
        "terms_id": terms_id,
        "recorded_at": recorded_at,
        "until": until,
        "source": record.source,
        "evidence": record.evidence,
        "details": record.details,
        "epoch": transaction.epoch,
        "entered_by": transaction.entered_by,
        "sender": record.sender,
        "stated_at": None if record.stated_at is None else microseconds(record.stated_at),
    }


def terms_ids(connection: Connection, found: Iterable[Terms]) -> dict[tuple[str, str], int]:
    """Store the statements that are not stored yet, and return the ids of all by kind and JSON form. Raises RecordError."""
    wanted = {(KIND_OF[type(terms)], terms_to_json(terms)) for terms in found}
    for kind, body in wanted:
        terms_from_json(kind, body)  # one that could not be read again would keep all that is on record from being read
    ids: dict[tuple[str, str], int] = {}
    for batch in batches(sorted(wanted)):
        connection.execute(_ADD_TERMS, [{"kind": kind, "body": body} for kind, body in batch])
        kinds, bodies = (to_json(sorted(set(parts))) for parts in zip(*batch, strict=True))
        rows = connection.execute(_TERMS, {"kinds": kinds, "bodies": bodies})
        ids.update(((row.kind, row.body), row.terms_id) for row in rows)
    return ids


def _known_subjects(transaction: Transaction, subjects: set[Subject]) -> set[Subject]:
    known: set[Subject] = set()
    for kind in {subject.kind for subject in subjects}:
        if kind in CREDITED:
            transaction.attribution.refresh()
        values = to_json([subject.value for subject in subjects if subject.kind is kind])
        known.update(Subject(kind, value) for value in transaction.connection.scalars(KNOWN[kind], {"values": values}))
    return known


def told_about(connection: Connection, subjects: Iterable[str]) -> list[RecordVersion]:
    """Return all that was ever told of subjects (their values) outside deliveries, in order."""
    return [
        RecordVersion(
            row.record_id,
            row.kind,
            (row.subject_kind, row.subject),
            row.identity,
            row.terms_id,
            row.recorded_at,
            row.superseded_at,
            row.source,
            row.evidence,
            terms_from_json(row.kind, row.body) if row.kind in REPLACED_BY_TERMS else None,
        )
        for row in connection.execute(_TOLD, {"subjects": to_json(list(subjects))})
    ]


def _parties(records: Iterable[ConsentRecord]) -> Iterator[tuple[list[str], str]]:
    """Yield the ids that records of parties give together, and the names that they are told of."""
    for record in records:
        if isinstance(record.terms, Party) and source_rank(record.source) <= source_rank("operator"):
            ids = [f"{scheme}:{value}" if scheme in ("ipi", "ipn") else value for scheme, value in record.terms.ids]
            by_id = record.subject.kind is SubjectKind.ARTIST_ID
            name = record.terms.name if by_id else record.subject.value
            if ids or (by_id and name):
                yield [*([record.subject.value] if by_id else ()), *ids], name or ""
