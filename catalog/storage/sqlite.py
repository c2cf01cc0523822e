"""The SQLite file of a catalog: its connections, snapshots to read and transactions to write, and remedies where it fails."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic, sleep
from typing import Any

from sqlalchemy import ClauseElement, Connection, Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError

from catalog.durable import to_disk
from catalog.stores import StoreError

WAIT_FOR_WRITER_S = 10.0
MOST_WAITING = 8
"""Writers of one process, the one at work among them: who comes then is refused at once."""

PAUSE_S = 0.02
"""How long an import lets others write between its portions; who waits tries again four times as often."""

_BUILT = "current"
"""What a build leaves in a home: it tells that there was a catalog."""

_AS_EFFECTIVE = os.access in os.supports_effective_ids

Snapshot = Callable[..., sqlite3.Cursor]
"""Reads on the driver, inside one transaction: takes a statement that a module keeps and its parameters by name, and gives the
rows one by one as they are asked for."""


@cache
def _sql(statement: ClauseElement) -> str:
    """Write a statement in SQLite's words, once: to be asked for by statements that modules keep."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))


class Database:
    """A catalog's file, which the parts of a store read. Raises StoreError, with the remedy, where that or writing fails.

    Readers have connections of their own and wait for no writer. What is not there is made only where `make` says so. Where
    file or folder cannot be written it is read all the same.
    """

    def __init__(self, path: Path, *, make: bool) -> None:
        self._path = path
        try:
            if make and not path.exists() and not (path.parent / _BUILT).exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}; {_remedy('')}") from error
        self._file = _place_of(path)
        if not self._file:
            gone = (path.parent / _BUILT).exists()  # a new one would know of no take-down
            remedy = (
                f"though one was built here: put {path.name} back, or `consonance restore` a backup"
                if gone
                else "run `consonance import`"
            )
            raise StoreError(
                f"there is no catalog in {path.parent}{', ' if gone else '; '}{remedy}, or name another --home"
            )
        if not path.is_file():  # a pipe would be waited for
            raise StoreError(f"{path} is no file; {_remedy('')}")
        self._fixed = not all(os.access(one, os.W_OK, effective_ids=_AS_EFFECTIVE) for one in (path, path.parent))
        self._readers, self._writers = self._engine(writing=False), self._engine(writing=True)
        self._queue, self._turn = BoundedSemaphore(MOST_WAITING), Lock()

    def close(self) -> None:
        """Close every connection to the file."""
        self._readers.dispose()
        self._writers.dispose()

    def _read(self, statement: ClauseElement, **values: object) -> list[Any]:
        with self._snapshot() as read:
            return read(statement, **values).fetchall()

    def _rows(self, statement: ClauseElement, made: Callable[[Any], Any] = tuple) -> Iterator[Any]:
        """Yield what is made of the rows of one snapshot, which is held until the last is taken."""
        with self._snapshot() as read:
            yield from map(made, read(statement))

    @contextmanager
    def _snapshot(self) -> Iterator[Snapshot]:
        """Read on the driver itself, in one transaction, with statements that SQLAlchemy wrote once.

        Every request reads here several times, with caches that the encoder has just emptied: SQLAlchemy's own way costs
        0.4 ms a statement then, the driver's a tenth of that.
        """
        with self._explained(), self._in_place(), closing(self._readers.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            try:
                driver.execute("BEGIN")
                yield lambda statement, **values: driver.execute(_sql(statement), values)
                driver.execute("COMMIT")
            except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                if isinstance(error, UnicodeEncodeError):  # that is what was asked for, not what is stored
                    raise
                raise StoreError(f"{self._path}: what is stored cannot be read ({error!r}); {_DAMAGED}") from error

    @contextmanager
    def _inspected(self) -> Iterator[Connection]:
        """Read with SQLAlchemy, which tells of tables."""
        with self._explained(), self._in_place(), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, Callable[[], None]]]:
        """Begin a transaction of those that wait for each other, and commit it at the end.

        With it comes what commits it before, lets others write, and begins the next one.
        """
        with self._explained(), self._in_place(), ExitStack() as turn, self._writers.connect() as connection:
            turn.enter_context(self._in_turn())

            def go_on() -> None:
                connection.commit()
                turn.close()
                sleep(PAUSE_S)
                turn.enter_context(self._in_turn())
                connection.begin()

            connection.begin()
            yield connection, go_on
            connection.commit()

    def back_up(self, target: Path) -> None:
        """Copy what is committed to another file, which is on the disk before it gets its name. Nothing is overwritten."""
        draft = target.with_name(f".{target.name}.unfinished")
        if target.exists():
            raise StoreError(f"{target} is there already; name another file, or remove it")
        try:
            draft.unlink(missing_ok=True)
            with self._explained(), self._in_place(), closing(self._readers.raw_connection()) as connection:
                driver: Any = connection.driver_connection
                with closing(sqlite3.connect(draft)) as copied:
                    driver.backup(copied)
                    copied.execute("PRAGMA journal_mode = DELETE")
            to_disk(draft)
            target.hardlink_to(draft)
            to_disk(target.parent)
        except OSError as error:
            raise StoreError(
                f"{target}: {error.strerror}; check that its folder can be written and has room"
            ) from error
        finally:
            draft.unlink(missing_ok=True)

    @contextmanager
    def attached(self, backup: Path) -> Iterator[Connection]:
        """Open a write transaction with another catalog's file attached as the schema `backup`. Raises StoreError."""
        with self._explained(), self._in_place(), self._in_turn(), self._writers.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("ATTACH DATABASE ? AS backup", (str(backup),))
            try:
                with connection.begin():
                    yield connection
            finally:
                driver.execute("DETACH DATABASE backup")

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Wait until no other thread of this process writes."""
        if not self._queue.acquire(blocking=False):
            raise StoreError(f"{self._path}: {MOST_WAITING} changes are waiting for each other already; try again")
        try:
            if not self._turn.acquire(timeout=WAIT_FOR_WRITER_S):
                raise StoreError(f"{self._path}: {_remedy('locked')}")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._queue.release()

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """Raise StoreError where another file has the name by now, or one that nobody locks was written meanwhile."""
        before = _place_of(self._path)
        if before[:2] != self._file[:2]:
            raise StoreError(
                f"{self._path}: the file was moved or replaced after it was opened; put it back, or start this anew"
            )
        yield
        if self._fixed and _place_of(self._path) != before:
            raise StoreError(f"{self._path}: it was written while it was read; try again")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (DatabaseError, sqlite3.Error) as error:
            message = str(error.orig if isinstance(error, DatabaseError) else error)
            raise StoreError(f"{self._path}: {message}; {_remedy(message)}") from error

    def _engine(self, *, writing: bool) -> Engine:
        """Return connections: any number to read, one to write, none that is kept where changes would not be noticed."""
        pool: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1 if writing else 8, "max_overflow": -1}
        if self._fixed:
            pool = {"poolclass": NullPool}
        engine = create_engine("sqlite://", creator=lambda: self._connect(writing=writing), **pool)
        event.listen(engine, "begin", _begin_writing if writing else _begin_reading)
        return engine

    def _connect(self, *, writing: bool) -> sqlite3.Connection:
        """Give SQLAlchemy the say over transactions, and make a commit durable."""
        mode = "rw"
        if self._fixed and not writing:
            log = self._path.with_name(f"{self._path.name}-wal")
            mode = "ro" if log.exists() else "ro&immutable=1"
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        settings = (
            ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON") if writing else ("query_only = ON",)
        )
        for setting in settings:
            connection.execute(f"PRAGMA {setting}")
        return connection


def _place_of(path: Path) -> tuple[int, ...]:
    """Return what tells a file from another (device, number), and one state of it from the next (instant, bytes)."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Wait for other processes to end their transaction. SQLite's own waiting looks ten times a second only."""
    driver: Any = connection.connection.driver_connection
    patience = monotonic() + WAIT_FOR_WRITER_S
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > patience:
                    raise
            sleep(PAUSE_S / 4)
    finally:
        driver.execute("PRAGMA busy_timeout = 5000")


_DAMAGED = "it is no catalog, or a damaged one; move it and its -wal away and `consonance restore` a backup, or import into another --home"


def _remedy(message: str) -> str:
    if "locked" in message:
        return f"another process has been writing for more than {WAIT_FOR_WRITER_S:.0f} s; try again when it is done"
    if "full" in message:
        return "the disk is full; nothing was changed; free some space and run it again"
    if "not a database" in message or "malformed" in message:
        return _DAMAGED
    return "check that the file and its folder can be read and written"
