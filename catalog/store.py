"""The catalog on disk: tracks, artists, listening, and append-only consent records, in one SQLite file.

Every track has a position, 0 to n - 1, that it keeps for ever; positions are what indexes and bitmaps are made of.
Reads take a snapshot; a write is one transaction that is durable when it returns. Written in SQLAlchemy Core, the most
widely maintained SQL layer, so that PostgreSQL can follow without another store.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

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
    insert,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError

from catalog.flags import SUSPICION_LASTS, Flag, FlagState, Takedown
from catalog.listening import Play, SavedPlaylist
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
from catalog.records import ConsentRecord, Subject, SubjectKind, Terms, album_key, terms_from_json, terms_to_json
from catalog.tracks import Artist, Track, TrackId, artist_key

BATCH = 500
"""Rows looked up by one statement; databases limit its parameters (SQLite to 32,766)."""

WAIT_FOR_WRITER_S = 30.0

Item = TypeVar("Item")


class StoreError(RuntimeError):
    """The catalog's file cannot be read or written; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a write did, in rows; `unknown` counts the tracks or artists named that the catalog does not have."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    unknown: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.unknown + other.unknown,
        )


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
    def writing(self) -> Iterator["CatalogWriter"]:
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
            yield from map(_track, rows)

    def tracks(self, positions: Sequence[int]) -> list[Track]:
        """Return the tracks at these positions, in this order. Raises KeyError for a position that there is not."""
        by_position: dict[int, Track] = {}
        with self._snapshot() as read:
            for batch in _batches(positions):
                rows = read(_TRACKS_SQL, positions=_json(batch))
                by_position.update((row[0], _track(row)) for row in rows)
        return [by_position[position] for position in positions]

    def positions_of(self, track_ids: Iterable[TrackId]) -> dict[TrackId, int]:
        """Return the positions of the tracks that there are, by id."""
        with self._transaction() as connection:
            return _positions_of(connection, track_ids)

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
            for batch in _batches(positions):
                covered: dict[tuple[str, str], list[int]] = {}
                for position, track_id, year, *subjects in read(_SUBJECTS_SQL, positions=_json(batch)):
                    named[position] = track_id, year
                    records[position] = []
                    for kind, value in zip(_SUBJECT_COLUMNS, subjects, strict=True):
                        if value is not None:
                            covered.setdefault((kind.value, value), []).append(position)
                values = sorted({value for _, value in covered})
                for row in read(_RECORDS_SQL, subjects=_json(values)):
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
            terms = replace(terms, expires_at=_instant(until))
        return ConsentRecord(
            Subject(SubjectKind(subject_kind), subject), terms, _instant(recorded_at), source, evidence
        )

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


class CatalogWriter:
    """One transaction on the catalog; get it from `CatalogStore.writing`."""

    def __init__(self, connection: Connection, epoch: int) -> None:
        self._connection = connection
        self._epoch = epoch
        self._now = datetime.now(UTC)
        self._consent_changed = False
        self._content_changed = False

    def finish(self) -> None:
        """Count this transaction as a change, if it was one."""
        if self._consent_changed or self._content_changed:
            self._mark("epoch")
        if self._content_changed:
            self._mark("content")

    def _mark(self, key: str) -> None:
        updated = self._connection.execute(update(state).where(state.c.key == key).values(value=self._epoch))
        if not updated.rowcount:
            self._connection.execute(insert(state).values(key=key, value=self._epoch))

    def _content(self, changes: Changes) -> Changes:
        """Note a change of what bundles are built from."""
        self._content_changed = self._content_changed or bool(changes.added or changes.changed)
        return changes

    def put_tracks(self, found: Iterable[Track]) -> Changes:
        """Add tracks, or change those that are there and differ."""
        changes = Changes()
        count = self._connection.scalar(select(func.count()).select_from(tracks)) or 0
        for batch in _batches(found):
            by_id = {track.track_id: track for track in batch}
            stored = {
                row.track_id: row
                for row in self._connection.execute(
                    select(*tracks.c["position", "track_id", "digest"]).where(tracks.c.track_id.in_(by_id))
                )
            }
            added: list[dict[str, Any]] = []
            changed: list[dict[str, Any]] = []
            for track in by_id.values():
                row = _track_row(track) | {"epoch": self._epoch}
                if track.track_id not in stored:
                    added.append(row | {"position": count + len(added)})
                elif stored[track.track_id].digest != row["digest"]:
                    changed.append(row | {"_position": stored[track.track_id].position})
            if added:
                self._connection.execute(insert(tracks), added)
            if changed:
                self._connection.execute(update(tracks).where(tracks.c.position == bindparam("_position")), changed)
            count += len(added)
            changes += Changes(len(added), len(changed), len(by_id) - len(added) - len(changed))
        return self._content(changes)

    def put_artists(self, found: Iterable[Artist]) -> Changes:
        """Add artists, or change those that are there and differ; what a later row leaves out is kept."""
        changes = Changes()
        for batch in _batches(found):
            by_key = {artist.key: artist for artist in batch}
            stored = {
                row.artist_key: dict(row._mapping)
                for row in self._connection.execute(select(artists).where(artists.c.artist_key.in_(by_key)))
            }
            added, changed = [], []
            for key, artist in by_key.items():
                row = {
                    "artist_key": key,
                    "name": artist.name,
                    "tags": _json(artist.tags),
                    "country": artist.country,
                    "label": artist.label,
                    "ids": _json(dict(sorted(artist.ids.items()))),
                    "kind": artist.kind,
                }
                if key not in stored:
                    added.append(row)
                    continue
                merged = stored[key] | {name: value for name, value in row.items() if value not in (None, "[]", "{}")}
                if merged != stored[key]:
                    changed.append(merged | {"_key": key})
            if added:
                self._connection.execute(insert(artists), added)
            if changed:
                self._connection.execute(update(artists).where(artists.c.artist_key == bindparam("_key")), changed)
            changes += Changes(len(added), len(changed), len(by_key) - len(added) - len(changed))
        return self._content(changes)

    def put_plays(self, found: Iterable[Play]) -> Changes:
        """Record plays; the same listener, item and instant again takes the earlier count's place."""
        changes = Changes()
        known_artists = set(self._connection.scalars(select(tracks.c.artist_key).distinct()))
        known_artists.update(self._connection.scalars(select(artists.c.artist_key)))
        for batch in _batches(found):
            positions = _positions_of(self._connection, {play.track_id for play in batch if play.track_id})
            by_track: dict[tuple[str, int, int], float] = {}
            by_artist: dict[tuple[str, str, int], float] = {}
            unknown = 0
            for play in batch:
                at = _microseconds(play.at) if play.at else 0
                if play.track_id in positions:
                    by_track[play.user_id, positions[play.track_id], at] = play.plays
                elif play.artist and artist_key(play.artist) in known_artists:
                    by_artist[play.user_id, artist_key(play.artist), at] = play.plays
                else:
                    unknown += 1
            changes += self._put_plays(track_plays, "position", by_track)
            changes += self._put_plays(artist_plays, "artist_key", by_artist) + Changes(unknown=unknown)
        return self._content(changes)

    def _put_plays(self, table: Any, item: str, plays: dict[Any, float]) -> Changes:
        if not plays:
            return Changes()
        users = {user_id for user_id, _, _ in plays}
        stored = {
            (row[0], row[1], row[2]): row[3]
            for row in self._connection.execute(
                select(*table.c["user_id", item, "at", "plays"]).where(
                    table.c.user_id.in_(users), table.c[item].in_({key[1] for key in plays})
                )
            )
        }
        added = [key for key in plays if key not in stored]
        changed = [key for key in plays if key in stored and stored[key] != plays[key]]
        if added:
            rows = [{"user_id": key[0], item: key[1], "at": key[2], "plays": plays[key]} for key in added]
            self._connection.execute(insert(table), rows)
        if changed:
            same = and_(
                table.c.user_id == bindparam("_user"),
                table.c[item] == bindparam("_item"),
                table.c.at == bindparam("_at"),
            )
            rows = [{"_user": key[0], "_item": key[1], "_at": key[2], "plays": plays[key]} for key in changed]
            self._connection.execute(update(table).where(same), rows)
        return Changes(len(added), len(changed), len(plays) - len(added) - len(changed))

    def put_playlists(self, found: Iterable[SavedPlaylist]) -> Changes:
        """Record playlists; unknown tracks are left out of them and counted."""
        changes = Changes()
        for batch in _batches(found):
            by_id = {playlist.playlist_id: playlist for playlist in batch}
            positions = _positions_of(self._connection, {track for one in by_id.values() for track in one.track_ids})
            stored = {
                row.playlist_id: row
                for row in self._connection.execute(select(playlists).where(playlists.c.playlist_id.in_(by_id)))
            }
            added, changed, unknown = [], [], 0
            for playlist_id, playlist in by_id.items():
                kept = [positions[track] for track in playlist.track_ids if track in positions]
                unknown += len(playlist.track_ids) - len(kept)
                row = {"playlist_id": playlist_id, "title": playlist.title, "positions": _json(kept)}
                if playlist_id not in stored:
                    added.append(row)
                elif dict(stored[playlist_id]._mapping) != row:
                    changed.append(row | {"_id": playlist_id})
            if added:
                self._connection.execute(insert(playlists), added)
            if changed:
                self._connection.execute(update(playlists).where(playlists.c.playlist_id == bindparam("_id")), changed)
            changes += Changes(len(added), len(changed), len(by_id) - len(added) - len(changed), unknown)
        return self._content(changes)

    def append(self, records: Iterable[ConsentRecord]) -> Changes:
        """Add consent records. A record of the same identity is superseded; a repeated one changes nothing.

        What counts is the order of `recorded_at`, in whatever order the records arrive; a record without one comes after
        all that are stored, and of those in one call that share an identity the last one counts. A flag that was cleared
        does not reopen without new evidence, and an open one does not take a confirmed one's place; such records are kept
        in the history, superseded at once. Records about subjects that the catalog does not have are kept too, and
        counted as unknown.
        """
        latest: dict[tuple[str, str, str, int, datetime | None], ConsentRecord] = {}
        for record in records:
            key = (record.kind, record.subject.kind.value, record.subject.value, _identity(record), record.recorded_at)
            latest.pop(key, None)
            latest[key] = record
        changes = Changes()
        for batch in _batches(latest.values()):
            changes += self._append(batch)
        self._consent_changed = self._consent_changed or bool(changes.added)
        return changes

    def _append(self, batch: Sequence[ConsentRecord]) -> Changes:
        terms_ids = self._terms_ids(batch)
        history = self._history(batch)
        added: list[tuple[_HistoryRow, ConsentRecord]] = []
        superseded: dict[int, int | None] = {}
        for record in batch:
            body = terms_to_json(record.terms)
            new = _HistoryRow(
                record_id=None,
                kind=record.kind,
                subject=(record.subject.kind.value, record.subject.value),
                identity=_identity(record),
                terms_id=terms_ids[record.kind, body],
                recorded_at=_microseconds(record.recorded_at or self._now),
                superseded_at=None,
                evidence=record.evidence,
                terms=record.terms,
            )
            told = history.setdefault((new.kind, *new.subject), [])
            matter = [old for old in told if _is_same_matter(new, old)]
            if record.recorded_at is None:
                new.recorded_at = max([new.recorded_at, *(old.recorded_at for old in matter)])
            if _tells_nothing_new(new, matter, record.recorded_at is not None):
                continue
            for old in _settle([*matter, new]):
                if old.record_id is not None:
                    superseded[old.record_id] = old.superseded_at
            told.append(new)
            added.append((new, record))
        if superseded:
            same = consent_records.c.record_id == bindparam("_id")
            rows = [{"_id": record_id, "superseded_at": at} for record_id, at in superseded.items()]
            self._connection.execute(update(consent_records).where(same), rows)
        if added:
            self._connection.execute(insert(consent_records), [self._row(new, record) for new, record in added])
        known = self._known_subjects({record.subject for record in batch})
        unknown = sum(record.subject not in known for record in batch)
        return Changes(added=len(added), unchanged=len(batch) - len(added), unknown=unknown)

    def _row(self, new: "_HistoryRow", record: ConsentRecord) -> dict[str, Any]:
        until = None
        if isinstance(record.terms, Flag) and record.terms.is_open:
            until = _microseconds(record.terms.expires_at or _instant(new.recorded_at) + SUSPICION_LASTS)
        return {
            "kind": new.kind,
            "subject_kind": new.subject[0],
            "subject": new.subject[1],
            "identity": new.identity,
            "terms_id": new.terms_id,
            "recorded_at": new.recorded_at,
            "superseded_at": new.superseded_at,
            "until": until,
            "source": record.source,
            "evidence": record.evidence,
            "epoch": self._epoch,
        }

    def _terms_ids(self, batch: Sequence[ConsentRecord]) -> dict[tuple[str, str], int]:
        wanted = {(record.kind, terms_to_json(record.terms)) for record in batch}
        bodies = [body for _, body in wanted]

        def stored() -> dict[tuple[str, str], int]:
            rows = self._connection.execute(select(consent_terms).where(consent_terms.c.body.in_(bodies)))
            return {(row.kind, row.body): row.terms_id for row in rows}

        if missing := wanted - stored().keys():
            rows = [{"kind": kind, "body": body} for kind, body in sorted(missing)]
            self._connection.execute(insert(consent_terms), rows)
        return stored()

    def _history(self, batch: Sequence[ConsentRecord]) -> dict[tuple[str, str, str], list["_HistoryRow"]]:
        history: dict[tuple[str, str, str], list[_HistoryRow]] = {}
        rows = self._connection.execute(
            select(consent_records, consent_terms.c.body)
            .join(consent_terms)
            .where(consent_records.c.subject.in_({record.subject.value for record in batch}))
            .order_by(consent_records.c.record_id)
        )
        for row in rows:
            terms = terms_from_json(row.kind, row.body) if row.kind in ("flag", "takedown") else None
            told = history.setdefault((row.kind, row.subject_kind, row.subject), [])
            told.append(
                _HistoryRow(
                    row.record_id,
                    row.kind,
                    (row.subject_kind, row.subject),
                    row.identity,
                    row.terms_id,
                    row.recorded_at,
                    row.superseded_at,
                    row.evidence,
                    terms,
                )
            )
        return history

    def _known_subjects(self, subjects: set[Subject]) -> set[Subject]:
        known: set[Subject] = set()
        for kind, column in _SUBJECT_COLUMNS.items():
            values = {subject.value for subject in subjects if subject.kind is kind}
            if values:
                found = self._connection.scalars(select(column).where(column.in_(values)).distinct())
                known.update(Subject(kind, value) for value in found)
        return known


@dataclass(slots=True, eq=False)
class _HistoryRow:
    record_id: int | None
    kind: str
    subject: tuple[str, str]
    identity: int
    terms_id: int
    recorded_at: int
    superseded_at: int | None
    evidence: str | None
    terms: Terms | None

    def states_the_same(self, other: "_HistoryRow") -> bool:
        return (self.identity, self.terms_id, self.evidence) == (other.identity, other.terms_id, other.evidence)


def _is_same_matter(new: _HistoryRow, old: _HistoryRow) -> bool:
    """Whether one can bear on the other: flags of one kind, whoever raised them, or else the same identity."""
    if isinstance(new.terms, Flag) and isinstance(old.terms, Flag):
        return old.terms.kind is new.terms.kind
    return old.identity == new.identity


def _tells_nothing_new(new: _HistoryRow, matter: list[_HistoryRow], dated: bool) -> bool:
    """Whether a record repeats one: the very same dated statement, or undated what is in force (or was refused) anyway."""
    if dated:
        return any(new.states_the_same(old) and new.recorded_at == old.recorded_at for old in matter)
    earlier = sorted(matter, key=_told_at)
    if _sticks(new, earlier):
        return any(new.states_the_same(old) for old in matter)
    standing = [old for old in matter if old.superseded_at is None]
    said_already = any(new.states_the_same(old) for old in standing)
    return said_already and all(new.states_the_same(old) for old in standing if _replaces(new, old))


def _settle(matter: list[_HistoryRow]) -> list[_HistoryRow]:
    """Tell a matter again in the order of `recorded_at`, and return the records whose `superseded_at` that changes.

    Replaying it makes the order of arrival irrelevant; it decides only between records of one instant.
    """
    before = [(row, row.superseded_at) for row in matter]
    told: list[_HistoryRow] = []
    for row in sorted(matter, key=_told_at):
        if _sticks(row, told):
            row.superseded_at = row.recorded_at
        else:
            row.superseded_at = None
            for old in told:
                if old.superseded_at is None and _replaces(row, old):
                    old.superseded_at = row.recorded_at
        told.append(row)
    return [row for row, superseded_at in before if row.superseded_at != superseded_at]


def _told_at(row: _HistoryRow) -> int:
    return row.recorded_at


def _replaces(new: _HistoryRow, old: _HistoryRow) -> bool:
    """Whether a record takes an earlier one's place.

    Clearing a flag clears what every source said of that kind; otherwise sources speak for themselves. Only a take-down
    with an end, a lifting, replaces others: one more demand, even for later, never ends one that is in force.
    """
    if isinstance(new.terms, Takedown) and new.terms.period.end is None:
        return False
    clears = isinstance(new.terms, Flag) and new.terms.state is FlagState.CLEARED
    return clears or old.identity == new.identity


def _sticks(new: _HistoryRow, earlier: Sequence[_HistoryRow]) -> bool:
    """Whether a cleared or confirmed flag, of those told `earlier`, stands against reopening it.

    Evidence is new if nobody had brought it forward when the flag was cleared.
    """
    if not (isinstance(new.terms, Flag) and new.terms.is_open):
        return False
    weighed: set[str | None] = {None}
    for old in earlier:
        weighed.add(old.evidence)
        if old.superseded_at is not None or not isinstance(old.terms, Flag):
            continue
        if old.terms.state is FlagState.CLEARED and new.evidence in weighed:
            return True
        if old.terms.state is FlagState.CONFIRMED and old.identity == new.identity:
            return True
    return False


_SUBJECT_COLUMNS = {
    SubjectKind.TRACK: tracks.c.track_id,
    SubjectKind.ISRC: tracks.c.isrc,
    SubjectKind.ARTIST_ID: tracks.c.artist_id,
    SubjectKind.ARTIST: tracks.c.artist_key,
    SubjectKind.LABEL: tracks.c.label,
    SubjectKind.ALBUM: tracks.c.album_key,
}

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
_SUBJECTS_OF = select(*tracks.c["position", "track_id", "year"], *_SUBJECT_COLUMNS.values()).where(_CHOSEN)
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
    for kind, column in _SUBJECT_COLUMNS.items()
}
_CHANGED = union_all(
    select(tracks.c.position).where(tracks.c.epoch > bindparam("epoch")),
    *(
        select(tracks.c.position)
        .select_from(consent_records)
        .join(tracks, _covers(kind, column))
        .where(consent_records.c.epoch > bindparam("epoch"))
        for kind, column in _SUBJECT_COLUMNS.items()
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


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _positions_of(connection: Connection, track_ids: Iterable[TrackId]) -> dict[TrackId, int]:
    found: dict[TrackId, int] = {}
    for batch in _batches(track_ids):
        rows = connection.execute(select(*tracks.c["track_id", "position"]).where(tracks.c.track_id.in_(batch)))
        found.update((row.track_id, row.position) for row in rows)
    return found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _track_row(track: Track) -> dict[str, Any]:
    row: dict[str, Any] = {
        "track_id": track.track_id,
        "title": track.title,
        "artist": track.artist,
        "artist_id": track.artist_id,
        "artist_key": artist_key(track.artist),
        "isrc": track.isrc,
        "album": track.album,
        "album_key": album_key(track.artist, track.album) if track.album else None,
        "year": track.year,
        "duration_s": track.duration_s,
        "genres": _json(track.genres),
        "moods": _json(track.moods),
        "instruments": _json(track.instruments),
        "tags": _json(track.tags),
        "tempo_bpm": track.tempo_bpm,
        "energy": track.energy,
        "valence": track.valence,
        "explicit": track.explicit,
        "instrumental": track.instrumental,
        "language": track.language,
        "label": track.label,
        "licence": track.licence,
        "popularity": track.popularity,
        "attributes": _json(dict(sorted(track.attributes.items()))),
    }
    digest = hashlib.blake2b(_json(list(row.values())).encode(), digest_size=16).hexdigest()
    return row | {"digest": digest}


def _track(row: Any) -> Track:
    (
        _, track_id, title, artist, artist_id, _, isrc, album, _, year, duration_s, genres, moods, instruments, tags,
        tempo_bpm, energy, valence, explicit, instrumental, language, label, licence, popularity, attributes, _, _,
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
    )


def _words(stored: str) -> tuple[str, ...]:
    return () if stored == "[]" else tuple(json.loads(stored))


def _identity(record: ConsentRecord) -> int:
    digest = hashlib.blake2b(record.identity.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH_START) // timedelta(microseconds=1)


def _instant(microseconds: int) -> datetime:
    return _EPOCH_START + timedelta(microseconds=microseconds)
