"""The SQLite file of a catalog: its connections, snapshots to read and transactions to write, and remedies where it fails."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ClauseElement, Connection, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError

from catalog.stores import StoreError

WAIT_FOR_WRITER_S = 30.0

Snapshot = Callable[..., sqlite3.Cursor]
"""Reads on the driver, inside one transaction: takes a statement that a module keeps and its parameters by name, and gives the
rows one by one as they are asked for."""


@cache
def _sql(statement: ClauseElement) -> str:
    """Write a statement in SQLite's words, once: to be asked for by statements that modules keep."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))


class Database:
    """A catalog's file, which the parts of a store read. Raises StoreError, with the remedy, where that or writing fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": WAIT_FOR_WRITER_S})
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)

    def close(self) -> None:
        """Close every connection to the file."""
        self._engine.dispose()

    def _read(self, statement: ClauseElement, **values: object) -> list[Any]:
        with self._snapshot() as read:
            return read(statement, **values).fetchall()

    def _rows(self, statement: ClauseElement) -> Iterator[Any]:
        """Yield the rows of one snapshot, which is held until the last is taken."""
        with self._snapshot() as read:
            yield from read(statement)

    @contextmanager
    def _snapshot(self) -> Iterator[Snapshot]:
        """Read on the driver itself, in one transaction, with statements that SQLAlchemy wrote once.

        Every request reads here several times, with caches that the encoder has just emptied: SQLAlchemy's own way costs
        0.4 ms a statement then, the driver's a tenth of that.
        """
        with self._explained(), closing(self._engine.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            driver.execute("BEGIN")
            yield lambda statement, **values: driver.execute(_sql(statement), values)
            driver.execute("COMMIT")

    @contextmanager
    def _transaction(self, *, writing: bool) -> Iterator[Connection]:
        """Begin a transaction, one of those that wait for each other where it is `writing`, and commit it at the end."""
        with self._explained(), self._engine.execution_options(writing=writing).begin() as connection:
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (DatabaseError, sqlite3.Error) as error:
            message = str(error.orig if isinstance(error, DatabaseError) else error)
            raise StoreError(f"{self._path}: {message}; {_remedy(message)}") from error


def _configure(connection: sqlite3.Connection, _: object) -> None:
    """Give SQLAlchemy the say over transactions, and make a commit durable."""
    connection.isolation_level = None
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options()["writing"] else "BEGIN")


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
