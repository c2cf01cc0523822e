"""What tells damage: of each subject how many records are in force and a digest of them, of each track one of who may be meant.

The digests are kept in tables of their own, so that no one page holds both what is told and what it is checked by. They are
SHA-256 over the canonical JSON of what is read: such as the leaf of a ledger has to be.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from catalog.grouping import grouped
from catalog.storage.rows import Row, among, batches, execute_for, to_json
from catalog.storage.schema import consent_records, consent_terms, subject_sums, track_credits, track_sums, tracks

COLUMNS = (
    *consent_records.c["kind", "subject_kind", "subject", "terms_id"],
    consent_terms.c.body,
    *consent_records.c["recorded_at", "until", "source", "evidence", "sender", "stated_at", "details"],
)
"""What is read of a record in force, its subject in the places 1 and 2."""

SUBJECTS = select(*tracks.c["position", "year", "label", "track_id", "isrc", "label_key"])
CREDITS = select(*track_credits.c["position", "kind", "value", "role", "reach"])
"""What is read of whom a track is of: from its own row, and from those of its credits."""

OF_SUBJECTS = select(*subject_sums.c["subject_kind", "subject", "records", "digest"])
OF_TRACKS = select(*track_sums.c["position", "digest"])

_RECORDS = select(*COLUMNS).join(consent_terms).where(consent_records.c.superseded_at.is_(None))
_OF_SOME = _RECORDS.where(among(consent_records.c.subject, "subjects"))
_FORGET_SUBJECTS = delete(subject_sums).where(among(subject_sums.c.subject, "subjects"))
_ADD_SUBJECTS = insert(subject_sums)
_SUBJECTS_OF_SOME = SUBJECTS.where(among(tracks.c.position, "positions"))
_CREDITS_OF_SOME = CREDITS.where(among(track_credits.c.position, "positions"))
_FORGET_TRACKS = delete(track_sums).where(among(track_sums.c.position, "positions"))
_ADD_TRACKS = insert(track_sums)
EVERY_RECORD = _RECORDS.order_by(consent_records.c.subject, consent_records.c.subject_kind)

Sum = tuple[int, bytes]

AT_ONCE = 5_000


def sum_of(records: Iterable[Sequence[Any]]) -> Sum:
    """Return how many records in force there are about a subject (the values of `COLUMNS` each), and their digest."""
    leaves = sorted(to_json([*row[:3], *row[4:]]) for row in records)
    return len(leaves), hashlib.sha256(f"[{','.join(leaves)}]".encode()).digest()


NOTHING = sum_of(())


def digest_of(track: Sequence[Any], credited: Iterable[Sequence[Any]]) -> bytes:
    """Return the digest of what is read of one track: the values of `SUBJECTS`, and of `CREDITS`."""
    told = [list(track), sorted(list(credit[1:]) for credit in credited)]
    return hashlib.sha256(to_json(told).encode()).digest()


def keep_subjects(connection: Connection, subjects: Iterable[str]) -> None:
    """Recompute and store the count and digest of the records in force about each subject, given by its value."""
    for batch in batches(sorted(subjects)):
        named = {"subjects": to_json(batch)}
        connection.execute(_FORGET_SUBJECTS, named)
        _put_subjects(connection, sorted(connection.execute(_OF_SOME, named), key=itemgetter(2, 1)))


def keep_tracks(connection: Connection, positions: Sequence[int]) -> None:
    """Recompute and store the digest of whom each of the tracks, given by position, is of."""
    rows = _rows(connection, positions)
    connection.execute(_FORGET_TRACKS, {"positions": to_json(list(positions))})
    execute_for(connection, _ADD_TRACKS, rows)


def _rows(connection: Connection, positions: Sequence[int]) -> list[Row]:
    named = {"positions": to_json(list(positions))}
    credited = grouped((row.position, row) for row in connection.execute(_CREDITS_OF_SOME, named))
    return [
        {"position": row.position, "digest": digest_of(row, credited.get(row.position, ()))}
        for row in connection.execute(_SUBJECTS_OF_SOME, named)
    ]


def sum_up(connection: Connection) -> None:
    """Compute and store the sums of every subject and track, for tables of sums that are empty."""
    last = connection.scalar(select(func.max(tracks.c.position)))
    for positions in batches(range(0 if last is None else last + 1), AT_ONCE):
        keep_tracks(connection, positions)
    _put_subjects(connection, connection.execute(EVERY_RECORD))


def _put_subjects(connection: Connection, records: Iterable[Any]) -> None:
    rows = (
        dict(zip(("subject_kind", "subject", "records", "digest"), (*subject, *sum_of(about)), strict=True))
        for subject, about in groupby(records, key=itemgetter(1, 2))
    )
    for portion in batches(rows, AT_ONCE):
        connection.execute(_ADD_SUBJECTS, portion)


def disagreeing(connection: Connection) -> tuple[int, int]:
    """Return how many subjects, and how many tracks, have stored rows that differ from their sums."""
    summed = {(kind, subject): (count, digest) for kind, subject, count, digest in connection.execute(OF_SUBJECTS)}
    found = groupby(connection.execute(EVERY_RECORD), key=itemgetter(1, 2))
    subjects = sum(summed.pop(subject, NOTHING) != sum_of(about) for subject, about in found) + len(summed)
    digests = dict(tuple(row) for row in connection.execute(OF_TRACKS))
    positions = sorted({*digests, *connection.scalars(select(tracks.c.position))})
    stored = {
        row["position"]: row["digest"] for batch in batches(positions, AT_ONCE) for row in _rows(connection, batch)
    }
    return subjects, sum(stored.get(position) != digests.get(position) for position in positions)
