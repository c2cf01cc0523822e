"""What deliveries speak of: of all messages about one matter, the one created last is in force, whenever each arrived."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from catalog.rows import batches, microseconds
from catalog.schema import consent_records, deliveries, delivery_matters


class Newest(NamedTuple):
    """A message that speaks of a matter, in the order in which messages count; `created_at` in microseconds since 1970."""

    created_at: int
    digest: str
    delivery_id: int


def settle_matters(connection: Connection, matters: Sequence[int], now: datetime, epoch: int) -> set[int]:
    """Put in force what the newest message of each matter states, and return those matters that have any records."""
    held: set[int] = set()
    for batch in batches(matters):
        newest = _newest(connection, batch)
        stored = connection.execute(select(consent_records).where(consent_records.c.matter.in_(batch))).fetchall()
        held.update(row.matter for row in stored)
        changed = []
        for row in stored:
            message = newest[row.matter]
            in_force = row.delivery_id == message.delivery_id
            replaced_at = None if in_force else max(row.recorded_at, message.received_at)
            if replaced_at != row.superseded_at:
                changed.append({"_id": row.record_id, "superseded_at": replaced_at, "epoch": epoch})
        if changed:
            same = consent_records.c.record_id == bindparam("_id")
            connection.execute(update(consent_records).where(same), changed)
        if ended := _ended(stored, newest, microseconds(now), epoch):
            connection.execute(insert(consent_records), ended)
    return held


def _newest(connection: Connection, matters: Sequence[int]) -> dict[int, Any]:
    newest: dict[int, Any] = {}
    spoken = connection.execute(
        select(*delivery_matters.c["matter", "ends_terms_id"], *deliveries.columns)
        .join(deliveries)
        .where(delivery_matters.c.matter.in_(matters))
    )
    for message in spoken:
        newest[message.matter] = max(message, newest.get(message.matter, message), key=_order)
    return newest


def _order(message: Any) -> Newest:
    return Newest(message.created_at, message.digest, message.delivery_id)


def _ended(stored: Sequence[Any], newest: Mapping[int, Any], now: int, epoch: int) -> list[dict[str, Any]]:
    """Return the take-downs still to be recorded: a purge names a release, whose recordings may arrive after it."""
    noted = {
        (row.matter, row.subject_kind, row.subject)
        for row in stored
        if row.delivery_id == newest[row.matter].delivery_id
    }
    ended = {}
    for row in stored:
        message, subject = newest[row.matter], (row.matter, row.subject_kind, row.subject)
        if message.ends_terms_id is None or subject in noted:
            continue
        ended[subject] = {
            "kind": "takedown",
            "subject_kind": row.subject_kind,
            "subject": row.subject,
            "identity": 0,  # a matter's records are replaced together, never one by one
            "terms_id": message.ends_terms_id,
            "recorded_at": now,
            "source": "ern_message",
            "evidence": f"message {message.message_id}",
            "epoch": epoch,
            "sender": message.sender,
            "stated_at": message.created_at,
            "matter": row.matter,
            "delivery_id": message.delivery_id,
        }
    return list(ended.values())
