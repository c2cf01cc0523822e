"""SQLite files as this server uses them, made once by whichever process is first; and the journal's tables, with those of before."""

import json
import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from api.exposures.outcomes import play_of
from catalog.durable import to_disk


class Database:
    """A SQLite file that threads of a process share, one at a time. What keeps it from being used is raised as `error`."""

    error: ClassVar[type[RuntimeError]] = RuntimeError

    def __init__(self, path: Path, connection: sqlite3.Connection, *, durable: bool) -> None:
        self.durable = durable
        self._path, self._connection = path, connection
        self._lock, self._unsynced = threading.Lock(), False

    def close(self) -> None:
        """Close the file; what was written stays, on the disk."""
        self.sync()
        with self._lock:
            self._connection.close()

    def sync(self) -> None:
        """Write to the disk what was committed."""
        if self._unsynced:
            self._unsynced = False
            path = self._path.with_name(f"{self._path.name}-wal")
            try:
                with suppress(FileNotFoundError):  # then it all stands in the file itself, on the disk
                    to_disk(path)
            except OSError as error:
                raise self.error(f"{path}: {error}; see that its disk is sound and has room") from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                yield self._connection
        except (OSError, sqlite3.Error) as error:
            raise self.error(
                f"{self._path}: {error}; see that its disk is sound, has room and can be written"
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as opened, opened:
            opened.execute("BEGIN IMMEDIATE")
            yield opened
        self._unsynced = not self.durable


FIRST_SCHEMA = """
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
CREATE TABLE exposures (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL UNIQUE,
    playlist_id TEXT NOT NULL UNIQUE,
    entry TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE TABLE outcomes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    request_id TEXT NOT NULL,
    entry TEXT NOT NULL
);
CREATE TABLE segments (
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (name, number)
);
"""
"""The tables as they were until 0.4.0; `_SECOND` brings them to what they are."""

_SECOND = (
    "CREATE TABLE days (day TEXT PRIMARY KEY, first INTEGER NOT NULL)",
    "CREATE TABLE plays (recording TEXT NOT NULL, at TEXT NOT NULL, seconds REAL, territory TEXT, use TEXT, "
    "commercial_model TEXT, listener TEXT)",
    "CREATE INDEX plays_at ON plays (at)",
    "CREATE INDEX plays_listener ON plays (listener)",
    "ALTER TABLE outcomes RENAME TO outcomes_of_before",
    "CREATE TABLE outcomes (sequence INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, request_id TEXT NOT NULL, "
    "entry TEXT NOT NULL, UNIQUE (request_id, event_id))",
    "INSERT INTO outcomes SELECT * FROM outcomes_of_before",
    "DROP TABLE outcomes_of_before",
)

_PLAYED = """
SELECT outcomes.entry, exposures.entry, CASE WHEN json_valid(answer)
THEN json_extract(answer, '$.tracks[0].consent.basis.use') END
FROM outcomes JOIN exposures USING (request_id)
"""

KEEP_PLAY = "INSERT INTO plays VALUES (?, ?, ?, ?, ?, ?, ?)"


def utc_now() -> datetime:
    """Return this instant, in UTC."""
    return datetime.now(UTC)


def open_journal(path: Path, busy_seconds: float, today: str, *, durable: bool) -> sqlite3.Connection:
    """Open a journal, made or brought over from an earlier version if need be: what it holds counts as of `today`.

    Raises OSError or sqlite3.Error.
    """
    make_once(path, _make)
    journal = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    journal.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    if _version(journal) < 1:
        with journal:
            journal.execute("BEGIN IMMEDIATE")
            if _version(journal) < 1:  # no other process has brought it over meanwhile
                _bring_over(journal, today)
    return journal


def damage_of(path: Path) -> str | None:
    """Return what SQLite's integrity check finds wrong with a file, with the remedy; None where nothing is, or no file. Read-only.

    Pages and indexes are checked against each other, the words of a row are not.
    """
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            found = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        found = error
    return None if found == "ok" else f"{path}: {found}; move it away, or restore a copy"


def mark_day(journal: sqlite3.Connection, day: str) -> None:
    """Note that what is written from now on is of this day, unless that is known."""
    journal.execute(
        "INSERT OR IGNORE INTO days SELECT ?, coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'exposures'",
        (day,),
    )


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Yield a temporary file in the folder of `path`; it is deleted at the end unless it was renamed."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def make_once(path: Path, make: Callable[[Path], object]) -> None:
    """Make a file atomically unless it exists: of several processes that make one, the first wins."""
    if not path.exists():
        with draft_of(path) as draft:
            make(draft)
            to_disk(draft)
            with suppress(FileExistsError):
                path.hardlink_to(draft)
        to_disk(path.parent)


def _make(path: Path) -> None:
    with closing(sqlite3.connect(path)) as journal:
        journal.executescript(FIRST_SCHEMA)


def _version(journal: sqlite3.Connection) -> int:
    return int(journal.execute("PRAGMA user_version").fetchone()[0])


def _bring_over(journal: sqlite3.Connection, today: str) -> None:
    """Let an event's id be unique in its request only, keep plays apart, and count what is there as of today."""
    for statement in _SECOND:
        journal.execute(statement)
    journal.execute("INSERT INTO days SELECT ?, 0 WHERE EXISTS (SELECT 1 FROM exposures)", (today,))
    for event, shown, use in journal.execute(_PLAYED):
        with suppress(
            ValueError, KeyError, TypeError, AttributeError
        ):  # an entry that nobody can read is nobody's play
            if (play := play_of(json.loads(event), {"use": use, **json.loads(shown)})) is not None:
                journal.execute(KEEP_PLAY, play)
    journal.execute("PRAGMA user_version = 1")
