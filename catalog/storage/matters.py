"""What deliveries speak of: of all messages about one matter, the one created last is in force, whenever each arrived."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from catalog.consent.kinds import Terms, terms_from_json
from catalog.consent.receipt import Newest, Speaking, Spoken, speaking_of
from catalog.instants import microseconds
from catalog.storage.rows import among, to_json
from catalog.storage.schema import consent_records, consent_terms, deliveries, delivery_matters

_NAMED = among(delivery_matters.c.matter, "matters")
_PARTS = select(delivery_matters.c.matter).where(among(delivery_matters.c.part_of, "matters"))
_WHOLES = select(delivery_matters.c.part_of).where(_NAMED)
_SPOKEN = (
    select(*delivery_matters.c["matter", "ends_terms_id", "part_of"], *deliveries.columns)
    .join(deliveries)
    .where(or_(_NAMED, delivery_matters.c.matter.in_(_WHOLES)))
)
_STORED = select(consent_records).where(among(consent_records.c.matter, "matters"))
_TERMS = select(consent_terms).where(among(consent_terms.c.terms_id, "terms_ids"))
_REPLACE = update(consent_records).where(consent_records.c.record_id == bindparam("_id"))
_END = insert(consent_records)


@dataclass(slots=True)
class Settled:
    """What settling did: the matters that have any records, whose word counts, and the recordings whose deals ended.

    A recording is a pair of a subject's kind and value.
    """

    held: set[int] = field(default_factory=set)
    speaking: dict[int, Speaking] = field(default_factory=dict)
    licensed_before: set[tuple[str, str]] = field(default_factory=set)
    licensed: set[tuple[str, str]] = field(default_factory=set)


def settle_matters(connection: Connection, matters: Sequence[int], now: datetime, epoch: int) -> Settled:
    """Put in force what counts of each matter and of the parts of each."""
    settled = Settled()
    named = to_json(matters)
    named = to_json(sorted({*matters, *connection.scalars(_PARTS, {"matters": named})}))
    messages: dict[int, dict[int, Any]] = defaultdict(dict)
    for message in connection.execute(_SPOKEN, {"matters": named}):
        messages[message.matter][message.delivery_id] = message
    speaking = settled.speaking = speaking_of(
        Spoken(matter, message.part_of, _newest(message))
        for matter, spoken in messages.items()
        for message in spoken.values()
    )
    stored = connection.execute(_STORED, {"matters": named}).fetchall()
    settled.held = {row.matter for row in stored}
    terms = _terms(connection, {row.terms_id for row in stored if speaking[row.matter].ahead})
    changed = []
    for row in stored:
        in_force = speaking[row.matter].counts(row.delivery_id, terms.get(row.terms_id))
        replaced_at = None if in_force else max(row.recorded_at, _since(speaking[row.matter], row.delivery_id))
        if row.kind == "deal":
            settled.licensed_before.update([(row.subject_kind, row.subject)] if row.superseded_at is None else ())
            settled.licensed.update([(row.subject_kind, row.subject)] if in_force else ())
        if replaced_at != row.superseded_at:
            changed.append({"_id": row.record_id, "superseded_at": replaced_at, "epoch": epoch})
    if changed:
        connection.execute(_REPLACE, changed)
    if ended := _ended(stored, _by_delivery(messages), speaking, microseconds(now), epoch):
        connection.execute(_END, ended)
    return settled


def _since(speaking: Speaking, delivery_id: int) -> int:
    """Return when others' word began to count instead (microseconds)."""
    others = [
        message for message in (speaking.newest, *speaking.ahead) if message and message.delivery_id != delivery_id
    ]
    return min((message.received_at for message in others), default=0)


def _terms(connection: Connection, terms_ids: set[int]) -> dict[int, Terms]:
    """Return statements by id; they matter only where a message dated ahead speaks."""
    if not terms_ids:
        return {}
    rows = connection.execute(_TERMS, {"terms_ids": to_json(sorted(terms_ids))})
    return {row.terms_id: terms_from_json(row.kind, row.body) for row in rows}


def _newest(message: Any) -> Newest:
    return Newest(message.created_at, message.digest, message.delivery_id, message.message_id, message.received_at)


def _by_delivery(messages: Mapping[int, Mapping[int, Any]]) -> dict[int, Any]:
    """Return messages that end a matter, by delivery; one ends what it names, and all parts of it, in the same words."""
    ending = (message for spoken in messages.values() for message in spoken.values())
    return {message.delivery_id: message for message in ending if message.ends_terms_id is not None}


def _ended(
    stored: Iterable[Any], ending: Mapping[int, Any], speaking: Mapping[int, Speaking], now: int, epoch: int
) -> list[dict[str, Any]]:
    """Return the take-downs still to be recorded: a purge names a release, whose recordings may arrive after it."""
    stored = list(stored)
    noted = {(row.matter, row.delivery_id, row.subject_kind, row.subject) for row in stored}
    ended = {}
    for row in stored:
        for spoken in filter(None, (speaking[row.matter].newest, *speaking[row.matter].ahead)):
            subject = (row.matter, spoken.delivery_id, row.subject_kind, row.subject)
            message = ending.get(spoken.delivery_id)
            if message is None or subject in noted:
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
