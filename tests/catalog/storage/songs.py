"""Songs, sayings and short ways to store them, for the tests of the catalog's store."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.consent import ConsentRecord, Flag, parse_record, terms_to_json
from catalog.stores import CatalogStore, Changes
from catalog.tracks import Position, Track, TrackId
from tests.strategies import Row

DAY = datetime(2026, 3, 1, tzinfo=UTC)

SONG = Track(TrackId("song"), "Paper Lanterns", "Ada Quill", isrc="QZAB12600001", album="Harbour", label="North Pier")
TRACKS = [
    SONG,
    Track(TrackId("tide"), "Tide Table", "Ada Quill", album="Harbour", year=1999),
    Track(TrackId("lamp"), "Lamplight", "The Ferrymen", artist_id="ferry-1", label="North Pier", year=2024),
    Track(TrackId("moss"), "Moss", "Kestrel Choir", isrc="QZAB12600004", album="Harbour"),
]
FULL = Track(
    TrackId("full"),
    "Everything Known",
    "Ada Quill",
    "ada-1",
    "QZAB12600002",
    "Harbour",
    2021,
    201.5,
    ("folk", "dream pop"),
    ("wistful",),
    ("harp",),
    ("night; rain", "Ünïcode"),
    92.0,
    0.4,
    -0.2,
    False,
    True,
    "de",
    "North Pier",
    "CC-BY-4.0",
    17.0,
    {"mastered_by": "Jo", "shelf": "7"},
)


def put(store: CatalogStore, tracks: Iterable[Track]) -> Changes:
    with store.writing() as writer:
        return writer.put_tracks(tracks)


def append(store: CatalogStore, *said: Row) -> Changes:
    with store.writing() as writer:
        return writer.append([parse_record(row) for row in said])


def on(day: int, row: Row, **more: Any) -> Row:
    """Date a row."""
    return {**row, **more, "recorded_at": (DAY + timedelta(days=day)).isoformat()}


def standing(store: CatalogStore, position: int = 0) -> tuple[ConsentRecord, ...]:
    (facts,) = store.facts([Position(position)])[1].values()
    return facts.records


def said(records: Iterable[ConsentRecord]) -> Counter[tuple[str, str, str]]:
    """Return what records state and who says so, whenever it was."""
    return Counter((record.kind, terms_to_json(record.terms), record.source) for record in records)


def rows_in(store_path: Path) -> int:
    with sqlite3.connect(store_path) as connection:
        (count,) = connection.execute("SELECT count(*) FROM consent_records").fetchone()
    connection.close()
    return int(count)


TAKEDOWN: Row = {"kind": "takedown", "track_id": "song"}
LIFTED: Row = {**TAKEDOWN, "lifted_at": DAY.isoformat()}
GRANT: Row = {"kind": "grant", "track_id": "song", "use": "voice", "state": "allowed"}
REFUSAL: Row = {**GRANT, "state": "not_allowed"}
OPEN: Row = {"kind": "flag", "track_id": "song", "flag": "spam", "state": "open", "score": 0.8, "source": "detector"}
CONFIRMED: Row = {**OPEN, "state": "confirmed"}
CLEARED: Row = {**OPEN, "state": "cleared", "source": "human_review"}
BY_DETECTOR: Row = {**CLEARED, "source": "detector"}


def without_lapse(records: Iterable[ConsentRecord]) -> list[ConsentRecord]:
    """Leave out when an open flag lapses: the store fills that in."""
    return [
        replace(record, terms=replace(record.terms, expires_at=None)) if isinstance(record.terms, Flag) else record
        for record in records
    ]
