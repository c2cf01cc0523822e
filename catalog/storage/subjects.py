"""Which recordings a subject of consent records names, in SQL: by columns of `tracks`, or by rows of `credits`."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, literal_column, select

from catalog.consent import Reach, SubjectKind
from catalog.credits import Role
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
    """Return one of our own words as it stands in a statement that is written once."""
    return literal_column(f"'{word}'")


def is_named(kind: SubjectKind) -> ColumnElement[bool]:
    """Whether a row of `credits` is one that a kind of subject names."""
    credited_as, roles = CREDITED[kind]
    return and_(track_credits.c.kind == quoted(credited_as), track_credits.c.role.in_([quoted(role) for role in roles]))


def reached(kind: SubjectKind, *columns: Any) -> Select[Any]:
    """Select the positions that records of a kind of subject reach, with columns, and how certainly."""
    if kind in CREDITED:
        found = select(track_credits.c.position, *columns, track_credits.c.reach).select_from(consent_records)
        found = found.join(track_credits, and_(consent_records.c.subject == track_credits.c.value, is_named(kind)))
    else:
        found = select(tracks.c.position, *columns, _CERTAIN).select_from(consent_records)
        found = found.join(tracks, consent_records.c.subject == SUBJECT_COLUMNS[kind])
    return found.where(consent_records.c.subject_kind == quoted(kind))


def _named_by(kind: SubjectKind) -> Select[Any]:
    if kind in CREDITED:
        named = select(*track_credits.c["position", "reach"]).where(track_credits.c.value == bindparam("subject"))
        return named.where(is_named(kind))
    return select(tracks.c.position, _CERTAIN).where(SUBJECT_COLUMNS[kind] == bindparam("subject"))


NAMED_BY = {kind: _named_by(kind) for kind in SubjectKind}
"""Selects the positions that a `subject` of each kind names, and how certainly."""
