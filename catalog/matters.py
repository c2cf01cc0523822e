"""What deliveries speak of: of all messages about one matter, the one created last is in force, whenever each arrived."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from catalog.receipt import Newest, Speaking
from catalog.records import terms_from_json
from catalog.rows import batches, microseconds
from catalog.schema import consent_records, consent_terms, deliveries, delivery_matters


def settle_matters(connection: Connection, matters: Sequence[int], now: datetime, epoch: int) -> set[int]:
    """Put in force what counts of each matter, and return those matters that have any records."""
    held: set[int] = set()
    for batch in batches(matters):
        messages = _messages(connection, batch)
        speaking = {matter: Speaking.of(map(_newest, spoken.values())) for matter, spoken in messages.items()}
        told = select(consent_records, consent_terms.c.body).join(consent_terms)
        stored = connection.execute(told.where(consent_records.c.matter.in_(batch))).fetchall()
        held.update(row.matter for row in stored)
        changed = []
        for row in stored:
            in_force = speaking[row.matter].counts(row.delivery_id, terms_from_json(row.kind, row.body))
            replaced_at = None if in_force else max(row.recorded_at, _since(speaking[row.matter], row.delivery_id))
            if replaced_at != row.superseded_at:
                changed.append({"_id": row.record_id, "superseded_at": replaced_at, "epoch": epoch})
        if changed:
            same = consent_records.c.record_id == bindparam("_id")
            connection.execute(update(consent_records).where(same), changed)
        if ended := _ended(stored, messages, speaking, microseconds(now), epoch):
            connection.execute(insert(consent_records), ended)
    return held


def _since(speaking: Speaking, delivery_id: int) -> int:
    """Return when others' word began to count instead (microseconds)."""
    others = [
        message for message in (speaking.newest, *speaking.ahead) if message and message.delivery_id != delivery_id
    ]
    return min((message.received_at for message in others), default=0)


def _messages(connection: Connection, matters: Sequence[int]) -> dict[int, dict[int, Any]]:
    """Return the messages about each matter, by delivery."""
    messages: dict[int, dict[int, Any]] = defaultdict(dict)
    spoken = connection.execute(
        select(*delivery_matters.c["matter", "ends_terms_id"], *deliveries.columns)
        .join(deliveries)
        .where(delivery_matters.c.matter.in_(matters))
    )
    for message in spoken:
        messages[message.matter][message.delivery_id] = message
    return messages


def _newest(message: Any) -> Newest:
    return Newest(message.created_at, message.digest, message.delivery_id, message.message_id, message.received_at)


def _ended(
    stored: Sequence[Any],
    messages: Mapping[int, Mapping[int, Any]],
    speaking: Mapping[int, Speaking],
    now: int,
    epoch: int,
) -> list[dict[str, Any]]:
    """Return the take-downs still to be recorded: a purge names a release, whose recordings may arrive after it."""
    noted = {(row.matter, row.delivery_id, row.subject_kind, row.subject) for row in stored}
    ended = {}
    for row in stored:
        for spoken in filter(None, (speaking[row.matter].newest, *speaking[row.matter].ahead)):
            message = messages[row.matter][spoken.delivery_id]
            subject = (row.matter, message.delivery_id, row.subject_kind, row.subject)
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
