"""Search for names: the tracks that credit an artist or are on a label, what records by name reach, and names near to one."""

from collections.abc import Iterable
from difflib import get_close_matches

from sqlalchemy import bindparam, func, select, union_all

from catalog.consent import ConsentRecord, Reach, Reached, SubjectKind, counting
from catalog.grouping import grouped
from catalog.names import label_form, search_form
from catalog.storage.rows import among, to_json
from catalog.storage.schema import artist_names, track_credits, tracks
from catalog.storage.sqlite import Database, Snapshot
from catalog.storage.subjects import NAMED_BY, WITHIN, quoted
from catalog.stores import NameSearch
from catalog.tracks import Position

MOST_NEAR = 20
"""Near names from which no more are looked for."""

ALIKE = 0.75
"""The share of letters (Ratcliff and Obershelp) from which a name is told as near to one that nobody bears."""

_IS_WITHIN = track_credits.c.role == quoted(WITHIN)
_CREDITING = (
    select(artist_names.c.search, track_credits.c.position)
    .join(track_credits, track_credits.c.value == artist_names.c.name)
    .where(among(artist_names.c.search, "forms"), track_credits.c.kind == quoted(SubjectKind.ARTIST), ~_IS_WITHIN)
)
_LABELS = select(tracks.c.label_key).where(tracks.c.label_key.is_not(None)).distinct()
_IS_CREDITED = (
    select(track_credits.c.position).where(track_credits.c.value == artist_names.c.name, ~_IS_WITHIN).exists()
)
_BEGINNING = select(*artist_names.c["name", "search"]).where(
    artist_names.c.search.like(bindparam("begins")), _IS_CREDITED
)
_NAMED_IN = track_credits.alias()
_NEAR = union_all(
    select(track_credits.c.value, func.count())
    .join(artist_names, artist_names.c.name == track_credits.c.value)
    .where(artist_names.c.search == bindparam("search"), artist_names.c.name != bindparam("name"), ~_IS_WITHIN)
    .group_by(track_credits.c.value),
    select(tracks.c.artist_key, func.count())
    .join(_NAMED_IN, _NAMED_IN.c.position == tracks.c.position)
    .where(_NAMED_IN.c.value == bindparam("name"), _NAMED_IN.c.role == quoted(WITHIN))
    .group_by(tracks.c.artist_key),
)


class NameReader(Database, NameSearch):
    """Finds tracks by names, and names that are near to others."""

    def crediting(self, forms: Iterable[str]) -> dict[str, list[Position]]:
        return grouped(self._read(_CREDITING, forms=to_json(list(forms))))

    def labelled(self, forms: Iterable[str]) -> dict[str, list[Position]]:
        wanted = set(forms)
        with self._snapshot() as read:
            labels = [label for (label,) in read(_LABELS)] if wanted else []
            return grouped(
                (form, position)
                for label in labels
                if (form := label_form(label)) in wanted
                for position, _ in _named(read, SubjectKind.LABEL, label)
            )

    def artists_like(self, name: str) -> list[str]:
        with self._snapshot() as read:
            return _artists_like(read, name)

    def labels_like(self, name: str) -> list[str]:
        names = {label_form(label): label for (label,) in self._read(_LABELS)}
        return [names[near] for near in get_close_matches(label_form(name), names, n=3, cutoff=ALIKE)]

    def reached_by(self, records: Iterable[ConsentRecord]) -> Reached:
        """Return what records reach now, and names that are near to theirs and not reached."""
        about = dict.fromkeys((record.subject, record.terms) for record in records)
        positions: set[Position] = set()
        nobody: list[str] = []
        near: dict[str, int] = {}
        with self._snapshot() as read:
            for subject, terms in about:
                found = _named(read, subject.kind, subject.value)
                reached = {position for position, reach in found if counting(terms, "", Reach(reach)) is not None}
                positions |= reached
                if not reached:
                    nobody.append(subject.value)
                if subject.kind in (SubjectKind.ARTIST, SubjectKind.LEAD_ARTIST) and len(near) < MOST_NEAR:
                    like = dict(read(_NEAR, name=subject.value, search=search_form(subject.value)))
                    alike = [] if found or like else _artists_like(read, subject.value)
                    near |= like or {name: len(_named(read, SubjectKind.ARTIST, name)) for name in alike}
        named_too = {subject.value for subject, _ in about}
        near = {name: count for name, count in near.items() if name not in named_too}
        return Reached(len(positions), tuple(nobody), near)


def _artists_like(read: Snapshot, name: str) -> list[str]:
    form = search_form(name)
    names = grouped((search, one) for one, search in read(_BEGINNING, begins=f"{form[:1]}%"))
    return [one for near in get_close_matches(form, names, n=3, cutoff=ALIKE) for one in names[near]]


def _named(read: Snapshot, kind: SubjectKind, value: str) -> list[tuple[Position, int]]:
    return read(NAMED_BY[kind], subject=value).fetchall()
