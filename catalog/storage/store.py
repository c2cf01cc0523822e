"""The catalog on disk: tracks, artists, listening, and append-only consent records, in one SQLite file.

Every track has a position, 0 to n - 1, that it keeps for ever; positions are what indexes and bitmaps are made of.
Reads take a snapshot; a write is one transaction that is durable when it returns. Written in SQLAlchemy Core, the most
widely maintained SQL layer, so that PostgreSQL can follow without another store.
"""

import gc
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from itertools import count
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    ClauseElement,
    Connection,
    Engine,
    Select,
    String,
    and_,
    bindparam,
    cast,
    create_engine,
    event,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError

from catalog.consent.flags import Flag
from catalog.consent.history import Entry, History, Received
from catalog.consent.kinds import Terms, terms_from_json
from catalog.consent.policy import TrackFacts
from catalog.consent.reach import Reach, counting
from catalog.consent.receipt import Newest, Spoken
from catalog.consent.records import ConsentRecord, Subject, SubjectKind
from catalog.consent.succession import RecordVersion
from catalog.instants import instant, microseconds
from catalog.names import label_form, search_form
from catalog.storage.migrations import migrate, missing_steps
from catalog.storage.rows import CREDITED, POSITIONS, SUBJECT_COLUMNS, WITHIN, among, batches, to_json, track_of
from catalog.storage.schema import (
    artist_names,
    artist_plays,
    artists,
    consent_records,
    consent_terms,
    deliveries,
    delivery_matters,
    playlists,
    state,
    track_credits,
    track_plays,
    tracks,
)
from catalog.storage.writer import SqliteCatalogWriter
from catalog.stores import CATALOG_FILE, CatalogStore, CatalogWriter, ConsentColumns, Reached, Stated, StoreError
from catalog.tracks import Artist, Track, TrackId

WAIT_FOR_WRITER_S = 30.0

ROWS_AT_ONCE = 50_000

MOST_NEAR = 20
"""Near names from which no more are looked for."""

ALIKE = 0.75
"""The share of letters (Ratcliff and Obershelp) from which a name is told as near to one that nobody bears."""


class SqliteCatalogStore(CatalogStore):
    """The catalog's file. Open it once a process; threads and processes may share the file."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._writer = engine.execution_options(consonance_writing=True)
        self._path = path
        self._terms: dict[int, Terms] = {}

    @classmethod
    def open(cls, home: Path) -> Self:
        """Open the catalog in `home`, creating or migrating it. Raises StoreError when the file is no catalog."""
        home.mkdir(parents=True, exist_ok=True)
        path = home / CATALOG_FILE
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": WAIT_FOR_WRITER_S})
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        store = cls(engine, path)
        with store._transaction() as connection:
            up_to_date = not missing_steps(connection)
        if not up_to_date:  # Looked at first, so that opening never waits for an import to end.
            with store._transaction(writing=True) as connection:
                migrate(connection)
        return store

    def close(self) -> None:
        """Close every connection to the file."""
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[CatalogWriter]:
        """Write in one transaction: all of it is durable when the block ends, none of it if the block raises."""
        with self._transaction(writing=True) as connection:
            writer = SqliteCatalogWriter(connection, self._epoch(connection) + 1)
            yield writer
            writer.finish()

    @contextmanager
    def _transaction(self, *, writing: bool = False) -> Iterator[Connection]:
        try:
            with (self._writer if writing else self._engine).begin() as connection:
                yield connection
        except DatabaseError as error:
            raise StoreError(f"{self._path}: {error.orig}; {_remedy(str(error.orig))}") from error

    @contextmanager
    def _snapshot(self) -> Iterator["_Reader"]:
        """Read on the driver itself, in one transaction, with statements that SQLAlchemy wrote once.

        Every request reads here several times, with caches that the encoder has just emptied: SQLAlchemy's own way costs
        0.4 ms a statement then, the driver's a tenth of that.
        """
        try:
            with closing(self._engine.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute("BEGIN")
                yield _Reader(cursor)
                cursor.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}; {_remedy(str(error))}") from error

    def consent_epoch(self) -> int:
        """Return a number that grows with every committed change of consent or tracks."""
        with self._snapshot() as read:
            return _epoch_of(read(_EPOCH_SQL))

    def _epoch(self, connection: Connection) -> int:
        return connection.scalar(_EPOCH) or 0

    def track_count(self) -> int:
        """Return how many tracks there are; their positions are 0 to this, exclusive."""
        with self._transaction() as connection:
            return connection.scalar(select(func.count()).select_from(tracks)) or 0

    def version(self) -> str:
        """Name the state of what is built from: how many tracks, and the epoch of the last change of tracks or listening."""
        with self._transaction() as connection:
            count = connection.scalar(select(func.count()).select_from(tracks))
            epoch = connection.scalar(select(state.c.value).where(state.c.key == "content"))
        return f"{count}-{epoch or 0}"

    def all_tracks(self) -> Iterator[Track]:
        """Yield every track in the order of positions."""
        with self._transaction() as connection:
            rows = connection.execution_options(stream_results=True).execute(select(tracks).order_by(tracks.c.position))
            yield from map(track_of, rows)

    def track_ids(self) -> list[TrackId]:
        """Return the id of every track, by position."""
        return [row.track_id for row in self._rows(select(tracks.c.track_id).order_by(tracks.c.position))]

    def tracks(self, positions: Sequence[int]) -> list[Track]:
        """Return the tracks at these positions, in this order. Raises KeyError for a position that there is not."""
        by_position: dict[int, Track] = {}
        with self._snapshot() as read:
            for batch in batches(positions):
                rows = read(_TRACKS_SQL, positions=to_json(batch))
                by_position.update((row[0], track_of(row)) for row in rows)
        return [by_position[position] for position in positions]

    def positions_of(self, track_ids: Iterable[TrackId]) -> dict[TrackId, int]:
        """Return the positions of the tracks that there are, by id."""
        with self._snapshot() as read:
            return dict(read(_POSITIONS_SQL, track_ids=to_json(list(track_ids))))

    def positions_of_isrc(self, isrc: str) -> list[int]:
        """Return the positions of the tracks with an ISRC in its twelve-character form, in order; several may share one."""
        with self._transaction() as connection:
            named = select(tracks.c.position).where(tracks.c.isrc == isrc).order_by(tracks.c.position)
            return list(connection.scalars(named))

    def first_positions(self, artists: Iterable[str]) -> dict[str, int]:
        """Return the first track of each of these artists (identity forms) under whose name alone there is one."""
        with self._snapshot() as read:
            return dict(read(_FIRST_SQL, artists=to_json(list(artists))))

    def artists_by_name(self) -> dict[str, Artist]:
        """Return what is known of artists by the identity form of the name under which tracks credit them.

        An artist whom no track names exactly so is the one of the same search form, if one credit and one artist bear it.
        """
        known = {artist.key: artist for artist in self.artists()}
        near: defaultdict[str, tuple[list[str], list[Artist]]] = defaultdict(lambda: ([], []))
        names = {row.artist_key for row in self._rows(select(tracks.c.artist_key).distinct())}
        for name in names - known.keys():
            near[search_form(name)][0].append(name)
        for key in known.keys() - names:
            near[search_form(key)][1].append(known[key])
        alone = (found for found in near.values() if len(found[0]) == len(found[1]) == 1)
        return known | {found[0][0]: found[1][0] for found in alone}

    def artists(self) -> Iterator[Artist]:
        """Yield every artist of whom something is known."""
        with self._transaction() as connection:
            for row in connection.execute(select(artists).order_by(artists.c.artist_key)):
                ids = json.loads(row.ids)
                yield Artist(row.name, tuple(json.loads(row.tags)), row.country, row.label, ids, row.kind)

    def credited_artists(self) -> Iterator[tuple[str, str]]:
        """Yield (artist id or "", identity of the name) of every artist that a track names; who share a name have a pair each."""
        yield from self._rows(select(*tracks.c["artist_id", "artist_key"]).distinct())

    def track_plays(self) -> Iterator[tuple[str, int, float, int]]:
        """Yield (user id, position, plays, microseconds since 1970 or 0), by listener."""
        yield from self._rows(
            select(*track_plays.c["user_id", "position", "plays", "at"]).order_by(track_plays.c.user_id)
        )

    def artist_plays(self) -> Iterator[tuple[str, str, float, int]]:
        """Yield (user id, artist key, plays, microseconds since 1970 or 0), by listener."""
        columns = artist_plays.c["user_id", "artist_key", "plays", "at"]
        yield from self._rows(select(*columns).order_by(artist_plays.c.user_id))

    def playlists(self) -> Iterator[tuple[str, str | None, list[int]]]:
        """Yield (playlist id, title, positions)."""
        for playlist_id, title, positions in self._rows(select(playlists).order_by(playlists.c.playlist_id)):
            yield playlist_id, title, json.loads(positions)

    def listener_plays(self, user_id: str) -> tuple[dict[int, float], dict[str, float]]:
        """Return what one listener played: plays by position, and plays by artist key where only that is known."""
        with self._transaction() as connection:
            by_track = connection.execute(_LISTENER_TRACKS, {"user_id": user_id})
            by_artist = connection.execute(_LISTENER_ARTISTS, {"user_id": user_id})
            return (
                {row[0]: row[1] for row in by_track},
                {row[0]: row[1] for row in by_artist},
            )

    def _rows(self, statement: Select[Any]) -> Iterator[Any]:
        with self._transaction() as connection:
            yield from connection.execution_options(stream_results=True).execute(statement)

    def facts(self, positions: Sequence[int], known_at: datetime | None = None) -> tuple[int, dict[int, TrackFacts]]:
        """Return the consent epoch and what is on record about each track, from one committed snapshot.

        With `known_at`, what was on record at that instant: records that came later are left out, and those that they
        replaced are back.
        """
        if known_at is not None:
            epoch, histories = self.histories(positions)
            return epoch, {position: history.known_at(known_at) for position, history in histories.items()}
        with self._snapshot() as read:
            epoch = _epoch_of(read(_EPOCH_SQL))
            named, covered = self._subjects(read, positions)
            records: dict[int, list[ConsentRecord]] = {position: [] for position in named}
            for row in read(_RECORDS_SQL, subjects=to_json(sorted({value for _, value in covered}))):
                about = covered.get((row[1], row[2]))
                if about is not None:
                    record = self._record(row)
                    for position, reach in about.items():
                        if (counted := as_reached(record, reach)) is not None:
                            records[position].append(counted)
        return epoch, {
            position: TrackFacts(one.track_id, tuple(records[position]), one.year, one.artists, one.label)
            for position, one in named.items()
        }

    def histories(self, positions: Sequence[int]) -> tuple[int, dict[int, History]]:
        """Return the consent epoch and all that was ever on record about each track, the oldest first."""
        with self._snapshot() as read:
            epoch = _epoch_of(read(_EPOCH_SQL))
            named, covered = self._subjects(read, positions)
            entries: dict[int, list[Entry]] = {position: [] for position in named}
            for row in read(_HISTORY_SQL, subjects=to_json(sorted({value for _, value in covered}))):
                columns, (record_id, identity, superseded_at, matter, delivery_id) = row[:12], row[12:]
                subject = (columns[1], columns[2])
                if subject not in covered:
                    continue
                record, (terms_id, recorded_at) = self._record(columns), (columns[3], columns[5])
                told = RecordVersion(
                    record_id,
                    record.kind,
                    subject,
                    identity,
                    terms_id,
                    recorded_at,
                    superseded_at,
                    record.source,
                    record.evidence,
                    record.terms,
                )
                for position, reach in covered[subject].items():
                    counted = as_reached(record, reach)
                    own = replace(told)  # settled anew for each track, whose history it is part of
                    entries[position].append(Entry(counted or record, own, matter, delivery_id, counted is not None))
            matters = sorted(
                {entry.matter for found in entries.values() for entry in found if entry.matter is not None}
            )
            received = [
                Received(
                    Spoken(matter, part_of, Newest(created_at, digest, delivery_id, message_id, received_at)), sender
                )
                for matter, part_of, received_at, created_at, digest, delivery_id, sender, message_id in read(
                    _RECEIVED_SQL, matters=to_json(matters)
                )
            ]
        return epoch, {
            position: History(one.track_id, one.year, one.artists, one.label, tuple(entries[position]), tuple(received))
            for position, one in named.items()
        }

    def _subjects(
        self, read: "_Reader", positions: Sequence[int]
    ) -> tuple[dict[int, "_Named"], dict[tuple[str, str], dict[int, Reach]]]:
        """Return of each track what decisions read, and by which names records may speak about it, how certainly."""
        chosen = to_json(list(positions))
        named: dict[int, _Named] = {}
        covered: defaultdict[tuple[str, str], dict[int, Reach]] = defaultdict(dict)
        for position, year, label, *values in read(_SUBJECTS_SQL, positions=chosen):
            subjects = dict(zip(SUBJECT_COLUMNS, values, strict=True))
            named[position] = _Named(subjects[SubjectKind.TRACK], year, label, set())
            for kind, value in subjects.items():
                if value is not None:
                    covered[kind.value, value][position] = Reach.CERTAIN
        for position, kind, value, role, reach in read(_CREDITS_SQL, positions=chosen):
            if kind == SubjectKind.ARTIST and role != WITHIN:
                named[position].artists.add(value)
            for subject in _SUBJECTS_IN[kind, role]:
                covered[subject, value][position] = _REACHES[reach]
        return named, covered

    def _record(self, row: Sequence[Any]) -> ConsentRecord:
        (
            kind,
            subject_kind,
            subject,
            terms_id,
            body,
            recorded_at,
            until,
            source,
            evidence,
            sender,
            stated_at,
            details,
        ) = row
        terms = self._terms.get(terms_id)
        if terms is None:
            terms = self._terms.setdefault(terms_id, terms_from_json(kind, body))
        if isinstance(terms, Flag) and until is not None:
            terms = replace(terms, expires_at=instant(until))
        return ConsentRecord(
            Subject(SubjectKind(subject_kind), subject),
            terms,
            instant(recorded_at),
            source,
            evidence,
            sender,
            None if stated_at is None else instant(stated_at),
            details,
        )

    def open_flags(self, at: datetime) -> dict[str, int]:
        """Return how many flags of each source that ever raised one are open at this instant, neither settled nor lapsed."""
        is_open = and_(_IN_FORCE, consent_records.c.until > microseconds(at))
        counted = select(consent_records.c.source, func.count().filter(is_open))
        found = counted.where(consent_records.c.kind == "flag").group_by(consent_records.c.source)
        return dict(self._rows(found.order_by(consent_records.c.source)))

    def reached_by(self, records: Iterable[ConsentRecord]) -> Reached:
        """Return what records about artists, labels and other subjects of many recordings reach now, and what is near.

        Near are the credits of other names in the same search form, and acts in whose names an artist's stands.
        """
        about = list(dict.fromkeys((record.subject, record.terms) for record in records))
        positions: set[int] = set()
        nobody: list[str] = []
        near: dict[str, int] = {}
        with self._snapshot() as read:
            for subject, terms in about:
                found = read(_REACHED_BY_SQL[subject.kind], subject=subject.value)
                reached = {position for position, reach in found if counting(terms, "", Reach(reach)) is not None}
                positions |= reached
                if not reached:
                    nobody.append(subject.value)
                if subject.kind in (SubjectKind.ARTIST, SubjectKind.LEAD_ARTIST) and len(near) < MOST_NEAR:
                    like = dict(read(_NEAR_SQL, name=subject.value, search=search_form(subject.value)))
                    alike = [] if found or like else self._alike(read, subject.value)
                    named = _REACHED_BY_SQL[SubjectKind.ARTIST]
                    near |= like or {name: len(read(named, subject=name)) for name in alike}
        named_too = {subject.value for subject, _ in about}
        near = {name: count for name, count in near.items() if name not in named_too}
        return Reached(len(positions), tuple(nobody), near)

    def crediting(self, forms: Iterable[str]) -> dict[str, list[int]]:
        """Return the positions of the tracks that credit a name, alone or beside others, by its search form."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        with self._snapshot() as read:
            for form, position in read(_CREDITING_SQL, forms=to_json(list(forms))):
                found[form].append(position)
        return found

    def labelled(self, forms: Iterable[str]) -> dict[str, list[int]]:
        """Return the positions of the tracks on labels, by the form that finds a label (`label_form`)."""
        wanted = set(forms)
        found: dict[str, list[int]] = {}
        with self._snapshot() as read:
            for (label,) in read(_LABELS_SQL) if wanted else ():
                if (form := label_form(label)) in wanted:
                    rows = read(_REACHED_BY_SQL[SubjectKind.LABEL], subject=label)
                    found.setdefault(form, []).extend(position for position, _ in rows)
        return found

    def artists_like(self, name: str) -> list[str]:
        """Return the names of the catalog's credits (identity forms) that are spelled most like one that is in none."""
        with self._snapshot() as read:
            return self._alike(read, name)

    def labels_like(self, name: str) -> list[str]:
        """Return the labels (identity forms) that are spelled most like a name."""
        with self._snapshot() as read:
            names = {label_form(label): label for (label,) in read(_LABELS_SQL)}
        return [names[near] for near in get_close_matches(label_form(name), names, n=3, cutoff=ALIKE)]

    def _alike(self, read: "_Reader", name: str) -> list[str]:
        form = search_form(name)
        names: defaultdict[str, list[str]] = defaultdict(list)
        for one, search in read(_ALIKE_SQL, begins=f"{form[:1]}%"):
            names[search].append(one)
        return [one for near in get_close_matches(form, names, n=3, cutoff=ALIKE) for one in names[near]]

    def consent_columns(self) -> ConsentColumns:
        """Return everything that is in force, as columns, from one committed snapshot."""
        ways: defaultdict[tuple[str, str | None, int | None, int], int] = defaultdict(count().__next__)
        positions, words = [_NO_POSITIONS], [_NO_POSITIONS]
        with _no_collection(), self._snapshot() as read:
            epoch = _epoch_of(read(_EPOCH_SQL))
            ((track_count,),) = read(_COUNT_SQL)
            years = [(year, _positions(packed)) for year, packed in read(_YEARS_SQL)]
            for (kind,) in read(_USED_KINDS_SQL):
                for rows in read.in_parts(_APPLIED_SQL[SubjectKind(kind)]):
                    position, terms_id, *said = zip(*rows, strict=True)
                    way = np.fromiter(map(ways.__getitem__, zip(*said, strict=True)), np.int64, len(rows))
                    positions.append(np.array(position, np.int64))
                    words.append(np.array(terms_id, np.int64) << _WAY_BITS | way)
            found, statements = np.unique(np.concatenate(words), return_inverse=True)
            terms = _read_terms(read.in_parts(_TERMS_SQL), set((found >> _WAY_BITS).tolist()))
        told = list(ways)
        stated = [_stated(terms[word >> _WAY_BITS], *told[word & ((1 << _WAY_BITS) - 1)]) for word in found.tolist()]
        places, which = np.concatenate(positions), statements.astype(np.int32)
        counts = np.array([one is not None for one in stated], dtype=bool)
        if not counts.all():
            kept = counts[which]
            places, which = places[kept], (np.cumsum(counts, dtype=np.int32) - np.int32(1))[which[kept]]
        return ConsentColumns(epoch, track_count, years, [one for one in stated if one], places, which)

    def changed_since(self, epoch: int) -> tuple[int, list[int]]:
        """Return the present epoch and the positions whose consent may have changed after `epoch`."""
        with self._snapshot() as read:
            now = _epoch_of(read(_EPOCH_SQL))
            if now == epoch:
                return now, []
            return now, sorted({position for position, _ in read(_CHANGED_SQL, epoch=epoch)})


@dataclass(frozen=True, slots=True)
class _Named:
    """What decisions read of a track itself; `artists` are the identity forms of all whom its credit names."""

    track_id: TrackId
    year: int | None
    label: str | None
    artists: set[str]


def as_reached(record: ConsentRecord, reach: Reach) -> ConsentRecord | None:
    """Return what of a record counts for a recording that it reaches like this, None for nothing."""
    if reach is Reach.CERTAIN:
        return record
    counted = counting(record.terms, record.source, reach)
    return None if counted is None else replace(record, terms=counted[0], source=counted[1])


def _stated(terms: Terms, source: str, sender: str | None, until: int | None, reach: int) -> Stated | None:
    counted = counting(terms, source, Reach(reach))
    return None if counted is None else Stated(counted[0], counted[1], sender, until)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Collect no garbage meanwhile: rows make no cycles, and looking for some takes two fifths of the time of reading."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Reader:
    """Reads on the driver, inside one transaction."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __call__(self, statement: str, **values: object) -> list[Any]:
        return list(self._cursor.execute(statement, values).fetchall())

    def in_parts(self, statement: str) -> Iterator[list[Any]]:
        """Yield the rows in lists: a million at once would take more memory than all that is made of them."""
        self._cursor.execute(statement)
        while rows := self._cursor.fetchmany(ROWS_AT_ONCE):
            yield rows


def _read_terms(parts: Iterable[list[Any]], wanted: set[int]) -> dict[int, Terms]:
    """Read the statements of these ids. Thousands of deals differ in their licensor alone, which decides nothing."""
    read: dict[tuple[str, str], Terms] = {}
    terms: dict[int, Terms] = {}
    for rows in parts:
        for terms_id, kind, body in rows:
            if terms_id in wanted:
                told = _IDLE_WORDS[kind].sub("", body).replace("{,", "{", 1) if kind in _IDLE_WORDS else body
                if (kind, told) not in read:
                    read[kind, told] = terms_from_json(kind, told)
                terms[terms_id] = read[kind, told]
    return terms


# Inside a text a quote is escaped, so only a member of the object itself begins like this.
_IDLE_WORDS = {
    kind: re.compile(rf',?"{field}":"(?:[^"\\]|\\.)*"')
    for kind, field in (("deal", "licensor"), ("takedown", "reason"))
}
_NO_POSITIONS = np.zeros(0, np.int64)
_WAY_BITS = 32
"""A statement and, below it, the way in which it was said (source, sender, lapse) make one word."""
_IN_FORCE = consent_records.c.superseded_at.is_(None)


def _sql(statement: ClauseElement) -> str:
    """Write a statement once, in SQLite's words, with named parameters."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))


_EPOCH = select(state.c.value).where(state.c.key == literal_column("'epoch'"))


_CHOSEN = among(tracks.c.position, "positions")
_TRACKS_BY_POSITION = select(tracks).where(_CHOSEN)
_SUBJECTS_OF = select(*tracks.c["position", "year", "label"], *SUBJECT_COLUMNS.values()).where(_CHOSEN)
_CREDITS_OF = select(track_credits).where(among(track_credits.c.position, "positions"))
_REACHES = {int(reach): reach for reach in Reach}  # calling the enumeration costs as much as all else here
_SUBJECTS_IN: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
"""The kinds of subject that name a row of `credits`, by its kind and role."""
for _kind, (_credited_as, _roles) in CREDITED.items():
    for _role in _roles:
        _SUBJECTS_IN[_credited_as.value, _role].append(_kind.value)
_ABOUT = among(consent_records.c.subject, "subjects")
_RECORD_COLUMNS = (
    *consent_records.c["kind", "subject_kind", "subject", "terms_id"],
    consent_terms.c.body,
    *consent_records.c["recorded_at", "until", "source", "evidence", "sender", "stated_at", "details"],
)
_RECORDS_ABOUT = select(*_RECORD_COLUMNS).join(consent_terms).where(_ABOUT, _IN_FORCE)
_HISTORY_ABOUT = (
    select(*_RECORD_COLUMNS, *consent_records.c["record_id", "identity", "superseded_at", "matter", "delivery_id"])
    .join(consent_terms)
    .where(_ABOUT)
    .order_by(consent_records.c.recorded_at, consent_records.c.record_id)
)
_MATTERS = among(delivery_matters.c.matter, "matters")
_RECEIVED = (
    select(
        *delivery_matters.c["matter", "part_of"],
        *deliveries.c["received_at", "created_at", "digest", "delivery_id", "sender_name", "message_id"],
    )
    .join(deliveries)
    .where(or_(_MATTERS, delivery_matters.c.matter.in_(select(delivery_matters.c.part_of).where(_MATTERS))))
)
# Positions travel as one text for each group: a row for each of a million tracks would cost a second.
_PACKED = func.group_concat(cast(tracks.c.position, String))
_YEARS = select(tracks.c.year, _PACKED).where(tracks.c.year.is_not(None)).group_by(tracks.c.year)
_CERTAIN: Any = literal_column(str(int(Reach.CERTAIN)))


def _reached(kind: SubjectKind, *columns: Any) -> Select[Any]:
    """Select the positions that records of a kind of subject reach, with columns, and how certainly."""
    of_kind = consent_records.c.subject_kind == literal_column(f"'{kind}'")
    if kind not in CREDITED:
        reached = select(tracks.c.position, *columns, _CERTAIN).select_from(consent_records)
        return reached.join(tracks, consent_records.c.subject == SUBJECT_COLUMNS[kind]).where(of_kind)
    reached = select(track_credits.c.position, *columns, track_credits.c.reach).select_from(consent_records)
    return reached.join(track_credits, and_(consent_records.c.subject == track_credits.c.value, _names(kind))).where(
        of_kind
    )


def _names(kind: SubjectKind) -> Any:
    """Whether a row of `credits` is one that a kind of subject names."""
    credited_as, roles = CREDITED[kind]
    in_role = track_credits.c.role.in_([literal_column(f"'{role}'") for role in roles])
    return and_(track_credits.c.kind == literal_column(f"'{credited_as}'"), in_role)


_APPLIED = {
    kind: _reached(kind, *consent_records.c["terms_id", "source", "sender", "until"]).where(_IN_FORCE)
    for kind in SubjectKind
}
_CHANGED = union_all(
    select(tracks.c.position, literal_column("0")).where(tracks.c.epoch > bindparam("epoch")),
    *(_reached(kind).where(consent_records.c.epoch > bindparam("epoch")) for kind in SubjectKind),
)


def _reached_by(kind: SubjectKind) -> Select[Any]:
    """Select the positions that a subject names, and how certainly."""
    if kind in CREDITED:
        named = (track_credits.c.value == bindparam("subject"), _names(kind))
        return select(*track_credits.c["position", "reach"]).where(*named)
    return select(tracks.c.position, _CERTAIN).where(SUBJECT_COLUMNS[kind] == bindparam("subject"))


_REACHED_BY_SQL = {kind: _sql(_reached_by(kind)) for kind in SubjectKind}
_NAMED_IN = track_credits.alias()
_NEAR_SQL = _sql(
    union_all(
        select(track_credits.c.value, func.count())
        .join(artist_names, artist_names.c.name == track_credits.c.value)
        .where(artist_names.c.search == bindparam("search"), artist_names.c.name != bindparam("name"))
        .where(track_credits.c.role != literal_column(f"'{WITHIN}'"))
        .group_by(track_credits.c.value),
        select(tracks.c.artist_key, func.count())
        .join(_NAMED_IN, _NAMED_IN.c.position == tracks.c.position)
        .where(_NAMED_IN.c.value == bindparam("name"), _NAMED_IN.c.role == literal_column(f"'{WITHIN}'"))
        .group_by(tracks.c.artist_key),
    )
)
_CREDITING_SQL = _sql(
    select(artist_names.c.search, track_credits.c.position)
    .join(track_credits, track_credits.c.value == artist_names.c.name)
    .where(among(artist_names.c.search, "forms"), track_credits.c.kind == literal_column(f"'{SubjectKind.ARTIST}'"))
    .where(track_credits.c.role != literal_column(f"'{WITHIN}'"))
)
_LABELS_SQL = _sql(select(tracks.c.label_key).where(tracks.c.label_key.is_not(None)).distinct())
_IS_CREDITED = (
    select(track_credits.c.position)
    .where(track_credits.c.value == artist_names.c.name, track_credits.c.role != literal_column(f"'{WITHIN}'"))
    .exists()
)
_ALIKE_SQL = _sql(
    select(*artist_names.c["name", "search"]).where(artist_names.c.search.like(bindparam("begins")), _IS_CREDITED)
)
_EPOCH_SQL = _sql(_EPOCH)
_TRACKS_SQL = _sql(_TRACKS_BY_POSITION)
_SUBJECTS_SQL = _sql(_SUBJECTS_OF)
_CREDITS_SQL = _sql(_CREDITS_OF)
_COUNT_SQL = _sql(select(func.count()).select_from(tracks))
_YEARS_SQL = _sql(_YEARS)
_USED_KINDS_SQL = _sql(select(consent_records.c.subject_kind).distinct())
_APPLIED_SQL = {kind: _sql(statement) for kind, statement in _APPLIED.items()}
_TERMS_SQL = _sql(select(consent_terms))
_FIRST_SQL = _sql(
    select(tracks.c.artist_key, func.min(tracks.c.position))
    .where(among(tracks.c.artist_key, "artists"))
    .group_by(tracks.c.artist_key)
)
_POSITIONS_SQL = _sql(POSITIONS)
_RECORDS_SQL = _sql(_RECORDS_ABOUT)
_HISTORY_SQL = _sql(_HISTORY_ABOUT)
_RECEIVED_SQL = _sql(_RECEIVED)
_CHANGED_SQL = _sql(_CHANGED)
_LISTENER_TRACKS = (
    select(track_plays.c.position, func.sum(track_plays.c.plays))
    .where(track_plays.c.user_id == bindparam("user_id"))
    .group_by(track_plays.c.position)
    .order_by(track_plays.c.position)
)
_LISTENER_ARTISTS = (
    select(artist_plays.c.artist_key, func.sum(artist_plays.c.plays))
    .where(artist_plays.c.user_id == bindparam("user_id"))
    .group_by(artist_plays.c.artist_key)
    .order_by(artist_plays.c.artist_key)
)


def _epoch_of(rows: list[Any]) -> int:
    return int(rows[0][0]) if rows else 0


def _configure(connection: sqlite3.Connection, _: object) -> None:
    """Give SQLAlchemy the say over transactions, and make a commit durable."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("consonance_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _positions(packed: str) -> npt.NDArray[np.int64]:
    return np.fromstring(packed, dtype=np.int64, sep=",")


def _remedy(message: str) -> str:
    if "locked" in message:
        return f"another process has been writing for more than {WAIT_FOR_WRITER_S:.0f} s; try again when it is done"
    if "full" in message:
        return "the disk is full; nothing was changed; free some space and run it again"
    if "not a database" in message or "malformed" in message:
        return "it is no catalog, or a damaged one; restore a copy or import into another --home"
    return "check that the file and its folder can be read and written"


def copy_file(path: Path, target: Path) -> None:
    """Copy what is committed of a catalog's file to another file."""
    with (
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as source,
        closing(sqlite3.connect(target)) as copied,
    ):
        source.execute("PRAGMA query_only = ON")
        source.backup(copied)
