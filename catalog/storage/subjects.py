"""Which recordings a subject of consent records names, in SQL: by columns of `tracks`, or by rows of `credits`."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, bindparam, literal_column, select

from catalog.consent import Reach, SubjectKind
from catalog.credits import Role
from catalog.storage.rows import among
from catalog.storage.schema import consent_records, track_credits, tracks

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

_CERTAIN: Any = literal_column(str(int(Reach.CERTAIN)))


def quoted(word: str) -> ColumnElement[str]:
    """Return a constant of ours as an SQL string literal; nothing is escaped, so it is not for what users give."""
    return literal_column(f"'{word}'")


def _naming(kind: SubjectKind) -> tuple[Column[Any], Column[Any], Any, list[ColumnElement[bool]]]:
    """Return where a subject of a kind is named: the columns of positions and of values, how certainly, and in which rows."""
    if kind in CREDITED:
        credited_as, roles = CREDITED[kind]
        rows = [track_credits.c.kind == quoted(credited_as), track_credits.c.role.in_([quoted(role) for role in roles])]
        return track_credits.c.position, track_credits.c.value, track_credits.c.reach, rows
    return tracks.c.position, SUBJECT_COLUMNS[kind], _CERTAIN, []


_NAMING = {kind: _naming(kind) for kind in SubjectKind}


def reached(kind: SubjectKind, *columns: Any) -> Select[Any]:
    """Select the positions that records of a kind of subject reach, with columns, and how certainly."""
    position, value, reach, rows = _NAMING[kind]
    found = select(position, *columns, reach).select_from(consent_records)
    found = found.join(position.table, and_(consent_records.c.subject == value, *rows))
    return found.where(consent_records.c.subject_kind == quoted(kind))


NAMED_BY = {
    kind: select(position, reach).where(value == bindparam("subject"), *rows)
    for kind, (position, value, reach, rows) in _NAMING.items()
}
"""Selects the positions that a `subject` of each kind names, and how certainly."""

KNOWN = {
    kind: select(value).where(among(value, "values"), *rows).distinct() for kind, (_, value, _, rows) in _NAMING.items()
}
"""Selects those `values` of each kind that name a recording of the catalog."""
