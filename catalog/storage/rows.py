"""Rows of the catalog's tables: how tracks and texts are written into them and read back."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from catalog.consent.records import SubjectKind, album_key
from catalog.credits import Performer, Role
from catalog.names import identity
from catalog.storage.schema import tracks
from catalog.tracks import Track, TrackId

BATCH = 500
"""Rows looked up by one statement; databases limit its parameters (SQLite to 32,766)."""

Item = TypeVar("Item")

SUBJECT_COLUMNS = {
    SubjectKind.TRACK: tracks.c.track_id,
    SubjectKind.ISRC: tracks.c.isrc,
    SubjectKind.LABEL: tracks.c.label_key,
}
"""The column of `tracks` that a subject of each kind names; artists, and albums by them, are named in `credits`."""

WHOLE, WITHIN = "whole", "within"
"""Roles in `credits` beside those of performers: the credit as it stands, and a name inside that of an act."""

CREDITED = {
    SubjectKind.ARTIST: (SubjectKind.ARTIST, (WHOLE, *Role)),
    SubjectKind.ARTIST_ID: (SubjectKind.ARTIST_ID, (WHOLE, *Role)),
    SubjectKind.LEAD_ARTIST: (SubjectKind.ARTIST, (WHOLE, Role.LEAD)),
    SubjectKind.LEAD_ARTIST_ID: (SubjectKind.ARTIST_ID, (WHOLE, Role.LEAD)),
    SubjectKind.ALBUM: (SubjectKind.ALBUM, (WHOLE, *Role)),
}
"""The rows of `credits` that a subject of each other kind names: of which kind, in which roles."""


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Whether a column is among the values of a JSON list, the parameter `name`: one statement for lists of any length."""
    found: ColumnElement[bool] = column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return found


LAST_POSITION = select(func.max(tracks.c.position))  # counting a million tracks costs more than a message does
POSITIONS = select(*tracks.c["track_id", "position"]).where(among(tracks.c.track_id, "track_ids"))


def positions_of(connection: Connection, track_ids: Iterable[TrackId]) -> dict[TrackId, int]:
    """Return the positions of the tracks that there are, by id."""
    rows = connection.execute(POSITIONS, {"track_ids": to_json(list(track_ids))})
    return {row.track_id: row.position for row in rows}


def to_json(value: Any) -> str:
    """Write a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def track_row(track: Track) -> dict[str, Any]:
    """Return a track as a row of `tracks`, less its position and epoch; `digest` tells whether it changed."""
    row: dict[str, Any] = {
        "track_id": track.track_id,
        "title": track.title,
        "artist": track.artist,
        "artist_id": track.artist_id,
        "artist_key": identity(track.artist),
        "isrc": track.isrc,
        "album": track.album,
        "album_key": album_key(track.artist, track.album) if track.album else None,
        "year": track.year,
        "duration_s": track.duration_s,
        "genres": to_json(track.genres),
        "moods": to_json(track.moods),
        "instruments": to_json(track.instruments),
        "tags": to_json(track.tags),
        "tempo_bpm": track.tempo_bpm,
        "energy": track.energy,
        "valence": track.valence,
        "explicit": track.explicit,
        "instrumental": track.instrumental,
        "language": track.language,
        "label": track.label,
        "licence": track.licence,
        "popularity": track.popularity,
        "attributes": to_json(dict(sorted(track.attributes.items()))),
        "performers": to_json([(one.name, one.role, one.ids) for one in track.performers]),
        "label_key": identity(track.label) if track.label else None,
    }
    digest = hashlib.blake2b(to_json(list(row.values())).encode(), digest_size=16).hexdigest()
    return row | {"digest": digest}


def track_of(row: Any) -> Track:
    """Return the track of a whole row of `tracks`, columns in their order."""
    (
        _, track_id, title, artist, artist_id, _, isrc, album, _, year, duration_s, genres, moods, instruments, tags,
        tempo_bpm, energy, valence, explicit, instrumental, language, label, licence, popularity, attributes, _, _, performers, _,
    ) = row  # fmt: skip
    return Track(
        track_id,
        title,
        artist,
        artist_id,
        isrc,
        album,
        year,
        duration_s,
        _words(genres),
        _words(moods),
        _words(instruments),
        _words(tags),
        tempo_bpm,
        energy,
        valence,
        None if explicit is None else bool(explicit),
        None if instrumental is None else bool(instrumental),
        language,
        label,
        licence,
        popularity,
        {} if attributes == "{}" else json.loads(attributes),
        () if performers == "[]" else performers_of(performers),
    )


def performers_of(stored: str) -> tuple[Performer, ...]:
    """Read the performers of a stored track."""
    return tuple(Performer(name, Role(role), tuple(ids)) for name, role, ids in json.loads(stored))


@lru_cache(maxsize=65536)
def _words(stored: str) -> tuple[str, ...]:
    """Catalogs say the same few thousand lists over and over."""
    return () if stored == "[]" else tuple(json.loads(stored))
