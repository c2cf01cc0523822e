"""The catalog on disk: tracks, artists, listening, and append-only consent records, in one SQLite file.

Every track has a position, 0 to n - 1, that it keeps for ever; positions are what indexes and bitmaps are made of.
Reads take a snapshot; a write is one transaction that is durable when it returns. Written in SQLAlchemy Core, the most
widely maintained SQL layer, so that PostgreSQL can follow without another store.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

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
    select,
    union_all,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError

from catalog.flags import Flag
from catalog.migrations import (
    artist_plays,
    artists,
    consent_records,
    consent_terms,
    migrate,
    missing_steps,
    playlists,
    state,
    track_plays,
    tracks,
)
from catalog.policy import TrackFacts
from catalog.records import ConsentRecord, Subject, SubjectKind, Terms, terms_from_json
from catalog.rows import SUBJECT_COLUMNS, batches, instant, positions_of, to_json, track_of
from catalog.tracks import Artist, Track, TrackId
from catalog.writer import CatalogWriter

WAIT_FOR_WRITER_S = 30.0


class StoreError(RuntimeError):
    """The catalog's file cannot be read or written; the message says which file and what to do."""


class CatalogStore:
    """The catalog's file. Open it once a process; threads and processes may share the file."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._writer = engine.execution_options(consonance_writing=True)
        self._path = path
        self._terms: dict[int, Terms] = {}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the catalog at `path`, creating or migrating it. Raises StoreError when the file is no catalog."""
        path.parent.mkdir(parents=True, exist_ok=True)
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[CatalogWriter]:
        """Write in one transaction: all of it is durable when the block ends, none of it if the block raises."""
        with self._transaction(writing=True) as connection:
            writer = CatalogWriter(connection, self._epoch(connection) + 1)
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
    def _snapshot(self) -> Iterator[Callable[..., list[Any]]]:
        """Read on the driver itself, in one transaction, with statements that SQLAlchemy wrote once.

        Every request reads here several times, with caches that the encoder has just emptied: SQLAlchemy's own way costs
        0.4 ms a statement then, the driver's a tenth of that.
        """
        try:
            with closing(self._engine.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute("BEGIN")
                yield lambda statement, **values: cursor.execute(statement, values).fetchall()
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
        with self._transaction() as connection:
            return positions_of(connection, track_ids)

    def artists(self) -> Iterator[Artist]:
        """Yield every artist of whom something is known."""
        with self._transaction() as connection:
            for row in connection.execute(select(artists).order_by(artists.c.artist_key)):
                ids = json.loads(row.ids)
                yield Artist(row.name, tuple(json.loads(row.tags)), row.country, row.label, ids, row.kind)

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

    def facts(self, positions: Sequence[int]) -> tuple[int, dict[int, TrackFacts]]:
        """Return the consent epoch and what is on record about each track, from one committed snapshot."""
        with self._snapshot() as read:
            epoch = _epoch_of(read(_EPOCH_SQL))
            named: dict[int, tuple[TrackId, int | None]] = {}
            records: dict[int, list[ConsentRecord]] = {}
            for batch in batches(positions):
                covered: dict[tuple[str, str], list[int]] = {}
                for position, track_id, year, *subjects in read(_SUBJECTS_SQL, positions=to_json(batch)):
                    named[position] = track_id, year
                    records[position] = []
                    for kind, value in zip(SUBJECT_COLUMNS, subjects, strict=True):
                        if value is not None:
                            covered.setdefault((kind.value, value), []).append(position)
                values = sorted({value for _, value in covered})
                for row in read(_RECORDS_SQL, subjects=to_json(values)):
                    for position in covered.get((row[1], row[2]), ()):
                        records[position].append(self._record(row))
        return epoch, {
            position: TrackFacts(track_id, tuple(records[position]), year)
            for position, (track_id, year) in named.items()
        }

    def _record(self, row: Any) -> ConsentRecord:
        kind, subject_kind, subject, terms_id, body, recorded_at, until, source, evidence = row
        terms = self._terms.get(terms_id)
        if terms is None:
            terms = self._terms.setdefault(terms_id, terms_from_json(kind, body))
        if isinstance(terms, Flag) and until is not None:
            terms = replace(terms, expires_at=instant(until))
        return ConsentRecord(Subject(SubjectKind(subject_kind), subject), terms, instant(recorded_at), source, evidence)

    def consent_columns(self) -> "ConsentColumns":
        """Return everything that is in force, as columns, from one committed snapshot."""
        with self._transaction() as connection:
            epoch = self._epoch(connection)
            count = connection.scalar(select(func.count()).select_from(tracks)) or 0
            years = [(year, _positions(packed)) for year, packed in connection.execute(_YEARS)]
            used = connection.scalars(select(consent_records.c.subject_kind).distinct()).all()
            applied = [
                Applied(terms_id, until, _positions(packed))
                for kind in used
                for terms_id, until, packed in connection.execute(_APPLIED[SubjectKind(kind)])
            ]
            terms = {
                terms_id: terms_from_json(kind, body)
                for terms_id, kind, body in connection.execute(select(consent_terms))
            }
        return ConsentColumns(epoch, count, years, applied, terms)

    def changed_since(self, epoch: int) -> tuple[int, list[int]]:
        """Return the present epoch and the positions whose consent may have changed after `epoch`."""
        with self._snapshot() as read:
            now = _epoch_of(read(_EPOCH_SQL))
            if now == epoch:
                return now, []
            return now, sorted({position for (position,) in read(_CHANGED_SQL, epoch=epoch)})


class Applied(NamedTuple):
    """Where one statement is in force: at `positions` (int64), until a suspicion lapses (microseconds) or for ever."""

    terms_id: int
    until: int | None
    positions: npt.NDArray[np.int64]


class ConsentColumns(NamedTuple):
    """The consent records in force as columns: `years` of first publication with their positions, and what applies where.

    `terms` says what the ids in `applied` stand for.
    """

    epoch: int
    track_count: int
    years: list[tuple[int, npt.NDArray[np.int64]]]
    applied: list[Applied]
    terms: dict[int, Terms]


_IN_FORCE = consent_records.c.superseded_at.is_(None)


def _covers(kind: SubjectKind, column: Any) -> Any:
    return and_(consent_records.c.subject == column, consent_records.c.subject_kind == literal_column(f"'{kind}'"))


def _sql(statement: ClauseElement) -> str:
    """Write a statement once, in SQLite's words, with named parameters."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))


_EPOCH = select(state.c.value).where(state.c.key == literal_column("'epoch'"))


def _among(column: Any, name: str) -> Any:
    """Whether a column is among the values of a JSON list: one statement for lists of any length, prepared once."""
    return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))


_CHOSEN = _among(tracks.c.position, "positions")
_TRACKS_BY_POSITION = select(tracks).where(_CHOSEN)
_SUBJECTS_OF = select(*tracks.c["position", "track_id", "year"], *SUBJECT_COLUMNS.values()).where(_CHOSEN)
_RECORDS_ABOUT = (
    select(
        *consent_records.c["kind", "subject_kind", "subject", "terms_id"],
        consent_terms.c.body,
        *consent_records.c["recorded_at", "until", "source", "evidence"],
    )
    .join(consent_terms)
    .where(_among(consent_records.c.subject, "subjects"), _IN_FORCE)
)
# Positions travel as one text for each group: a row for each of a million tracks would cost a second.
_PACKED = func.aggregate_strings(cast(tracks.c.position, String), ",")
_YEARS = select(tracks.c.year, _PACKED).where(tracks.c.year.is_not(None)).group_by(tracks.c.year)
_APPLIED = {
    kind: select(consent_records.c.terms_id, consent_records.c.until, _PACKED)
    .select_from(consent_records)
    .join(tracks, _covers(kind, column))
    .where(_IN_FORCE)
    .group_by(consent_records.c.terms_id, consent_records.c.until)
    for kind, column in SUBJECT_COLUMNS.items()
}
_CHANGED = union_all(
    select(tracks.c.position).where(tracks.c.epoch > bindparam("epoch")),
    *(
        select(tracks.c.position)
        .select_from(consent_records)
        .join(tracks, _covers(kind, column))
        .where(consent_records.c.epoch > bindparam("epoch"))
        for kind, column in SUBJECT_COLUMNS.items()
    ),
)
_EPOCH_SQL = _sql(_EPOCH)
_TRACKS_SQL = _sql(_TRACKS_BY_POSITION)
_SUBJECTS_SQL = _sql(_SUBJECTS_OF)
_RECORDS_SQL = _sql(_RECORDS_ABOUT)
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
