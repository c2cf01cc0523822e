"""Rows of the catalog's tables: how tracks and texts are written into them and read back.

A column of a track is a field of `Track` and a column of that name in `catalog.storage.schema`; its type tells its form.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from sys import intern
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import ColumnElement, Connection, Executable, bindparam, func, literal_column, select

from catalog.consent import album_key
from catalog.credits import Performer, Role
from catalog.names import identity
from catalog.storage.schema import tracks
from catalog.tracks import Position, Track, TrackId

BATCH = 500
"""Rows looked up by one statement; databases limit its parameters (SQLite to 32,766)."""

Item = TypeVar("Item")
Row = dict[str, Any]


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Return the condition that a column is one of the values of a JSON array, bound as the parameter `name`, of any length."""
    found: ColumnElement[bool] = column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return found


TRACK_COUNT = select(func.coalesce(func.max(tracks.c.position) + literal_column("1"), literal_column("0")))
"""How many tracks there are, told by the last position: to count a million costs more than a message does."""
POSITIONS = select(*tracks.c["track_id", "position"]).where(among(tracks.c.track_id, "track_ids"))


def positions_of(connection: Connection, track_ids: Iterable[TrackId]) -> dict[TrackId, Position]:
    """Return the positions of the tracks that there are, by id."""
    return {
        row.track_id: row.position for row in connection.execute(POSITIONS, {"track_ids": to_json(list(track_ids))})
    }


def execute_for(connection: Connection, statement: Executable, rows: Sequence[Row]) -> None:
    """Execute a statement for each of the rows, where there are any."""
    if rows:
        connection.execute(statement, rows)


def to_json(value: Any) -> str:
    """Write a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=65536)
def _words(stored: str) -> tuple[str, ...]:
    """Catalogs say the same few thousand lists over and over."""
    return () if stored == "[]" else tuple(json.loads(stored))


def performers_of(stored: str) -> tuple[Performer, ...]:
    """Read the performers of a stored track."""
    return (
        ()
        if stored == "[]"
        else tuple(Performer(name, Role(role), tuple(ids)) for name, role, ids in json.loads(stored))
    )


_FIELDS = get_type_hints(Track)
_read_json = json.JSONDecoder().raw_decode
"""Looks for no spaces around, which we never write: a third of what `json.loads` takes."""
_WRITERS: Mapping[Any, Callable[[Any], str]] = {
    tuple[str, ...]: to_json,
    tuple[Performer, ...]: lambda performers: to_json([(one.name, one.role, one.ids) for one in performers]),
    Mapping[str, str]: lambda attributes: to_json(dict(sorted(attributes.items()))),
}
_READERS: Mapping[Any, Callable[[Any], object]] = {
    tuple[str, ...]: _words,
    tuple[Performer, ...]: performers_of,
    Mapping[str, str]: lambda stored: {} if stored == "{}" else _read_json(stored)[0],
    bool | None: lambda stored: None if stored is None else bool(stored),
}
"""How fields of these types are written and read; all others are stored as they are."""
_WRITTEN = [(name, _WRITERS[kind]) for name, kind in _FIELDS.items() if kind in _WRITERS]
_READ = [(place, _READERS[kind]) for place, kind in enumerate(_FIELDS.values()) if kind in _READERS]
_REPEATED = [
    place
    for place, name in enumerate(_FIELDS)
    if name in ("artist", "artist_id", "album", "language", "label", "licence")
]
"""Fields that many tracks share with each other: their words are kept once, a third of what a million tracks take."""
_SINCE_0_5 = ("location", "mbid")
"""Columns that count for the digest only where they are known: tracks that were stored without them have not changed."""
_DIGESTED = [column.name for column in tracks.c if column.name not in ("position", "digest", "epoch", *_SINCE_0_5)]

TRACK_COLUMNS = [tracks.c[name] for name in _FIELDS]
"""The columns of `tracks` that `track_of` reads, in its order."""


def track_row(track: Track) -> Row:
    """Return a track as a row of `tracks`, less its position and epoch; `digest` tells whether it changed."""
    row: Row = {name: getattr(track, name) for name in _FIELDS}
    for name, write in _WRITTEN:
        row[name] = write(row[name])
    row["artist_key"] = identity(track.artist)
    row["album_key"] = album_key(track.artist, track.album) if track.album else None
    row["label_key"] = identity(track.label) if track.label else None
    told = [row[name] for name in _DIGESTED] + [{name: row[name]} for name in _SINCE_0_5 if row[name] is not None]
    row["digest"] = hashlib.blake2b(to_json(told).encode(), digest_size=16).hexdigest()
    return row


def track_of(stored: Iterable[Any]) -> Track:
    """Return the track of the values of `TRACK_COLUMNS`."""
    values = list(stored)
    for place in _REPEATED:
        values[place] = values[place] and intern(values[place])
    for place, read in _READ:
        values[place] = read(values[place])
    return Track(*values)
