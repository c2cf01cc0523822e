"""Deliveries: messages of licensors, which describe recordings and state what holds of the matters that they speak of.

Of all messages about one matter, the one created last is in force, whenever each arrived.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_once

from catalog.consent import (
    Delivery,
    Speaking,
    Spoken,
    is_ahead,
    numbered,
    speaking_of,
    terms_from_json,
    terms_to_json,
)
from catalog.instants import microseconds
from catalog.storage.attribution import ALSO_CREDITED, CREDITS_APART
from catalog.storage.rows import TRACK_COLUMNS, Row, among, execute_for, to_json, track_of
from catalog.storage.schema import consent_records, consent_terms, deliveries, delivery_matters, state, tracks
from catalog.storage.writing.records import ADD_RECORDS, record_row, terms_ids
from catalog.storage.writing.tracks_and_listening import put_tracks
from catalog.storage.writing.transaction import Transaction
from catalog.stores import Changes, DeliveryChanges
from catalog.tracks import Track

BEFORE_PARTS = "before_parts"
"""The state that names the last delivery which was taken in before track releases were kept under their main release."""

_DESCRIBED = (
    select(*TRACK_COLUMNS)
    .where(or_(among(tracks.c.track_id, "track_ids"), among(tracks.c.isrc, "isrcs")))
    .order_by(tracks.c.position)
)
_ADD_MATTERS = insert_once(delivery_matters).on_conflict_do_nothing()
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


def deliver(transaction: Transaction, delivery: Delivery) -> DeliveryChanges:
    """Take in one message, as `catalog.stores.CatalogWriter.deliver` states."""
    connection = transaction.connection
    if connection.scalar(select(deliveries.c.delivery_id).where(deliveries.c.digest == delivery.digest)):
        return DeliveryChanges(repeated=True)
    transaction.changed.add("epoch")
    noted = connection.execute(
        insert(deliveries).values(
            message_id=delivery.message_id,
            sender=delivery.sender,
            sender_name=delivery.sender_name,
            created_at=microseconds(delivery.created_at),
            received_at=microseconds(transaction.now),
            schema=delivery.schema,
            digest=delivery.digest,
            entered_by=transaction.entered_by,
        )
    )
    delivery_id = int((noted.inserted_primary_key or (0,))[0])
    described = put_tracks(transaction, _described(transaction, delivery))
    matters, records = _rows(transaction, delivery, delivery_id)
    execute_for(connection, _ADD_MATTERS, matters)
    execute_for(connection, ADD_RECORDS, records)
    speaking, is_held, ended = _put_in_force(transaction, [row["matter"] for row in matters])
    spoken = [speaking[row["matter"]] for row in matters if row["delivery_id"] == delivery_id]
    stale = (one.newest for one in spoken if delivery_id not in one.delivery_ids)
    return DeliveryChanges(
        described,
        Changes(added=len(records)),
        is_held or all(row["ends_terms_id"] is None for row in matters),
        ended,
        next((newest.message_id for newest in stale if newest is not None), None),
        next((ahead.message_id for one in spoken for ahead in one.ahead if ahead.delivery_id != delivery_id), None),
    )


def _rows(transaction: Transaction, delivery: Delivery, delivery_id: int) -> tuple[list[Row], list[Row]]:
    """Return what a message states as rows: the matters that it speaks of, and the records about them."""
    ids = terms_ids(
        transaction.connection,
        [record.terms for statement in delivery.statements for record in statement.records]
        + [statement.ends for statement in delivery.statements if statement.ends is not None],
    )
    matters: list[Row] = []
    records: list[Row] = []
    for statement in delivery.statements:
        matter = numbered(statement.matter)
        ends_id = None if statement.ends is None else ids["takedown", terms_to_json(statement.ends)]
        part_of = None if statement.part_of is None else numbered(statement.part_of)
        matters.append({"matter": matter, "delivery_id": delivery_id, "ends_terms_id": ends_id, "part_of": part_of})
        matters += _formerly(transaction, matter, statement.formerly, delivery_id)
        for record in dict.fromkeys(statement.records):
            row = record_row(
                record,
                numbered(record.identity),
                ids[record.kind, terms_to_json(record.terms)],
                microseconds(transaction.now),
                transaction,
            )
            records.append(row | {"matter": matter, "delivery_id": delivery_id})
    return matters, records


def _formerly(transaction: Transaction, matter: int, names: Iterable[str], delivery_id: int) -> list[Row]:
    """Let a delivery, and those that earlier versions took in under former names of a matter, speak of both."""
    numbers = [numbered(name) for name in names]
    boundary = (
        transaction.connection.scalar(select(state.c.value).where(state.c.key == BEFORE_PARTS)) if numbers else None
    )
    if not boundary:
        return []
    earlier = select(*delivery_matters.c["matter", "delivery_id"]).where(
        delivery_matters.c.matter.in_(numbers), delivery_matters.c.delivery_id <= boundary
    )
    nothing = {"ends_terms_id": None, "part_of": None}
    found = transaction.connection.execute(earlier).fetchall()
    return [
        *({"matter": row.matter, "delivery_id": delivery_id, **nothing} for row in found),
        *({"matter": matter, "delivery_id": row.delivery_id, **nothing} for row in found),
    ]


def _described(transaction: Transaction, delivery: Delivery) -> list[Track]:
    """Return the tracks of a message that the catalog lacks, or has from a message that was created earlier."""
    isrcs = [track.isrc for track in delivery.tracks if track.isrc]
    named = {"track_ids": to_json([track.track_id for track in delivery.tracks]), "isrcs": to_json(isrcs)}
    stored = [track_of(row) for row in transaction.connection.execute(_DESCRIBED, named)]
    by_id = {track.track_id: track for track in stored} | {track.isrc: track for track in stored if track.isrc}
    if is_ahead(delivery.created_at, transaction.now):  # what it describes anew is not believed before its time
        now = {"delivered_at": transaction.now.isoformat()}
        return [
            replace(track, attributes={**track.attributes, **now})
            for track in delivery.tracks
            if not by_id.keys() & {track.isrc, track.track_id}
        ]
    wanted = []
    for track in delivery.tracks:
        known = by_id.get(track.isrc or "") or by_id.get(track.track_id)
        if known is None:
            wanted.append(track)
        elif "delivered_at" in known.attributes:
            wanted.append(_described_by_both(known, replace(track, track_id=known.track_id)))
    return wanted


def _described_by_both(old: Track, new: Track) -> Track:
    """Return a recording as the message that was created last describes it, with whom the other says that it is by.

    A refusal reaches a recording by its credit: nobody must take it away from it by delivering it under another name.
    """
    last, other = (new, old) if _told_in(old.attributes) < _told_in(new.attributes) else (old, new)
    also = {*filter(None, (*_also(old), *_also(new))), other.artist} - {last.artist}
    told = {**last.attributes, ALSO_CREDITED: CREDITS_APART.join(sorted(also))}
    return replace(last, attributes={name: value for name, value in told.items() if value})


def _also(track: Track) -> list[str]:
    return track.attributes.get(ALSO_CREDITED, "").split(CREDITS_APART)


def _told_in(attributes: Mapping[str, str]) -> tuple[datetime, str]:
    """Order what messages say of a track: by when they were created, of one instant by their senders."""
    return datetime.fromisoformat(attributes["delivered_at"]), attributes["delivered_by"]


def _put_in_force(
    transaction: Transaction, matters: Sequence[int]
) -> tuple[Mapping[int, Speaking], bool, tuple[str, ...]]:
    """Put in force what counts of each matter and of the parts of each.

    Returns whose word counts then, whether there are any records, and the recordings of which deals ended.
    """
    connection = transaction.connection
    named = {"matters": to_json(sorted({*matters, *connection.scalars(_PARTS, {"matters": to_json(matters)})}))}
    messages = connection.execute(_SPOKEN, named).fetchall()
    speaking = speaking_of(
        Spoken(row.created_at, row.digest, row.delivery_id, row.message_id, row.received_at, row.matter, row.part_of)
        for row in messages
    )
    stored = connection.execute(_STORED, named).fetchall()
    # What is stated matters only where a message dated ahead speaks.
    ahead = sorted({row.terms_id for row in stored if speaking[row.matter].ahead})
    found = connection.execute(_TERMS, {"terms_ids": to_json(ahead)}).fetchall() if ahead else []
    terms = {row.terms_id: terms_from_json(row.kind, row.body) for row in found}
    in_force = {row.record_id: speaking[row.matter].counts(row.delivery_id, terms.get(row.terms_id)) for row in stored}
    changed = []
    for row in stored:
        replaced_at = (
            None if in_force[row.record_id] else max(row.recorded_at, _since(speaking[row.matter], row.delivery_id))
        )
        if replaced_at != row.superseded_at:
            changed.append({"_id": row.record_id, "superseded_at": replaced_at, "epoch": transaction.epoch})
    execute_for(connection, _REPLACE, changed)
    # One message ends what it names, and all parts of it, in the same words.
    ending = {message.delivery_id: message for message in messages if message.ends_terms_id is not None}
    execute_for(connection, ADD_RECORDS, _ended(stored, ending, speaking, transaction))
    transaction.told.update(row.subject for row in stored)
    deals = [row for row in stored if row.kind == "deal"]
    before = {(row.subject_kind, row.subject) for row in deals if row.superseded_at is None}
    after = {(row.subject_kind, row.subject) for row in deals if in_force[row.record_id]}
    return speaking, bool(stored), tuple(sorted(subject for _, subject in before - after))


def _since(speaking: Speaking, delivery_id: int) -> int:
    """Return when others' word began to count instead (microseconds)."""
    return min(
        (one.received_at for one in (speaking.newest, *speaking.ahead) if one and one.delivery_id != delivery_id),
        default=0,
    )


def _ended(
    stored: Sequence[Any], ending: Mapping[int, Any], speaking: Mapping[int, Speaking], transaction: Transaction
) -> list[Row]:
    """Return the take-downs still to be recorded: a purge names a release, whose recordings may arrive after it."""
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
                "recorded_at": microseconds(transaction.now),
                "source": "ern_message",
                "evidence": f"message {message.message_id}",
                "epoch": transaction.epoch,
                "entered_by": message.entered_by or "delivery",  # it may have come before that was kept
                "sender": message.sender,
                "stated_at": message.created_at,
                "matter": row.matter,
                "delivery_id": message.delivery_id,
            }
    return list(ended.values())
