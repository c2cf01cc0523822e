"""The lists of a home: one SQLite file (`playlists.sqlite`), apart from the log and from consent's file.

No listener's write holds a lock that a take-down needs. A list has numbered versions, which never change; one that is not kept
leaves as the log's answers do.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self

from api.exposures.journal import Database, make_once, utc_now
from api.exposures.retention import Retention, bytes_in_use, first_day

SCHEMA: Final = 1
"""The form in which requests and answers are written; each version says its own."""

REPLIES_DAYS: Final = 1
"""How long a reply is remembered for who sends the same request again."""

ANSWERED_WITHIN: Final = timedelta(minutes=2)

LEAVE_AT_ONCE: Final = 100

Refresh = Literal["never", "daily", "weekly"]

_TABLES: Final = """
PRAGMA journal_mode = WAL;
PRAGMA auto_vacuum = INCREMENTAL;
CREATE TABLE lists (
    playlist_id TEXT PRIMARY KEY, owner TEXT, listener TEXT, day TEXT NOT NULL, latest INTEGER NOT NULL,
    kept INTEGER NOT NULL DEFAULT 0, refresh TEXT NOT NULL DEFAULT 'never', share_id TEXT UNIQUE,
    shows_prompt INTEGER NOT NULL DEFAULT 0, titled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX lists_owner ON lists (owner, playlist_id);
CREATE INDEX lists_listener ON lists (listener);
CREATE INDEX lists_leaving ON lists (kept, day);
CREATE TABLE versions (
    playlist_id TEXT NOT NULL REFERENCES lists ON DELETE CASCADE, number INTEGER NOT NULL, at TEXT NOT NULL,
    schema INTEGER NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (playlist_id, number)
);
CREATE TABLE replies (
    caller TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, at TEXT NOT NULL, listener TEXT, reply TEXT,
    PRIMARY KEY (caller, key)
) WITHOUT ROWID;
"""

_OWN_TITLES: Final = (
    "ALTER TABLE lists ADD COLUMN titled INTEGER NOT NULL DEFAULT 0",
    "UPDATE lists SET titled = 1 WHERE (SELECT json_extract(answer, '$.title') FROM versions AS last "
    "WHERE last.playlist_id = lists.playlist_id AND number = latest) IS NOT (SELECT json_extract(answer, '$.title') "
    "FROM versions AS first WHERE first.playlist_id = lists.playlist_id AND number = 1)",
)
"""What lists of the first days of 0.5.0 lack: a title is its maker's own where it differs from the first version's."""


class ListStoreError(RuntimeError):
    """The lists cannot be read or written: which file, and what to do."""


class ChangedMeanwhileError(RuntimeError):
    """Another change of a list came first, or it was deleted."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a list: its number from 1, when it was made (ISO 8601, UTC), and request and answer as JSON."""

    number: int
    at: str
    request: str
    answer: str
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class SavedList:
    """A list: who made it (`owner` is a key's id, `listener` a pseudonym), how it lives, and one `version` of `latest`.

    `titled`: its title is its maker's own, and not made of the prompt's words.
    """

    playlist_id: str
    version: Version
    owner: str | None = None
    listener: str | None = None
    latest: int = 1
    kept: bool = False
    refresh: Refresh = "never"
    share_id: str | None = None
    shows_prompt: bool = False
    titled: bool = False


_COLUMNS: Final = (
    "lists.playlist_id, owner, listener, latest, kept, refresh, share_id, shows_prompt, titled, "
    "number, at, request, answer, schema"
)


def _saved(row: tuple[Any, ...]) -> SavedList:
    playlist_id, owner, listener, latest, kept, refresh, share_id, shows_prompt, titled, *version = row
    return SavedList(
        *(playlist_id, Version(*version), owner, listener, latest),
        *(bool(kept), refresh, share_id, bool(shows_prompt), bool(titled)),
    )


class ListStore(Database):
    """The lists of one home. Threads may share one; every process opens its own. All methods raise ListStoreError."""

    error = ListStoreError

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, durable: bool, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(path, connection, durable=durable)
        self._now = clock

    @classmethod
    def open(
        cls,
        home: Path,
        busy_seconds: float = 5.0,
        *,
        durable: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Open `<home>/playlists.sqlite`, made if need be; `durable`: what is written is on the disk when a call returns."""
        path = home / "playlists.sqlite"
        try:
            home.mkdir(parents=True, exist_ok=True)
            make_once(path, _make)
            connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("PRAGMA foreign_keys = ON")
            _bring_over(connection)
        except (OSError, sqlite3.Error) as error:
            raise ListStoreError(f"{path}: {error}; see that it can be read and written") from error
        return cls(path, connection, durable=durable, clock=clock)

    def write(self, *new: SavedList) -> None:
        """Commit new lists with their first versions, all or none."""
        with self._writing() as lists:
            for saved in new:
                lists.execute(
                    "INSERT INTO lists (playlist_id, owner, listener, day, latest) VALUES (?, ?, ?, ?, ?)",
                    (saved.playlist_id, saved.owner, saved.listener, self._today(), saved.version.number),
                )
                self._add(lists, saved.playlist_id, saved.version)

    def add(self, playlist_id: str, version: Version) -> None:
        """Commit the next version of a list. Raises ChangedMeanwhileError where it is not the next one."""
        with self._writing() as lists:
            changed = lists.execute(
                "UPDATE lists SET latest = ?, day = ? WHERE playlist_id = ? AND latest = ?",
                (version.number, self._today(), playlist_id, version.number - 1),
            ).rowcount
            if not changed:
                raise ChangedMeanwhileError(f"the list {playlist_id!r} was changed meanwhile; read it again")
            self._add(lists, playlist_id, version)

    def rewrite(self, playlist_id: str, version: Version) -> None:
        """Replace the answer of a version that nobody was told of yet."""
        with self._writing() as lists:
            lists.execute(
                "UPDATE versions SET answer = ? WHERE playlist_id = ? AND number = ?",
                (version.answer, playlist_id, version.number),
            )

    def read(self, playlist_id: str, number: int | None = None) -> SavedList | None:
        """Return a list with its latest version, or that of a number; None if there is none."""
        return self._one("lists.playlist_id = ? AND number = coalesce(?, latest)", playlist_id, number)

    def newest(self, owner: str) -> SavedList | None:
        """Return the list of an owner that was made or changed last, with its latest version; None if there is none."""
        # Not by `at`, which a request may choose: rows of versions are numbered as they are written.
        return self._one("owner = ? AND number = latest ORDER BY versions.rowid DESC LIMIT 1", owner)

    def shared(self, share_id: str) -> SavedList | None:
        """Return the list that is shared under an id, with its latest version; None if there is none."""
        return self._one("share_id = ? AND number = latest", share_id)

    def of_owner(self, owner: str, after: str, most: int) -> list[SavedList]:
        """Return up to `most` kept lists of a key, in the order of their ids, which come after one."""
        with self._reading() as lists:
            rows = lists.execute(
                f"SELECT {_COLUMNS} FROM lists JOIN versions USING (playlist_id) WHERE owner = ? AND kept = 1 "  # noqa: S608
                "AND lists.playlist_id > ? AND number = latest ORDER BY lists.playlist_id LIMIT ?",
                (owner, after, most),
            ).fetchall()
        return list(map(_saved, rows))

    def set(self, playlist_id: str, **columns: str | bool | None) -> None:
        """Set how a list lives: `kept`, `refresh`, `share_id`, `shows_prompt`, `titled`."""
        with self._writing() as lists:
            for name, value in columns.items():
                lists.execute(f"UPDATE lists SET {name} = ? WHERE playlist_id = ?", (value, playlist_id))  # noqa: S608

    def keep(self, playlist_id: str, owner: str | None, quota: int) -> bool:
        """Keep a list for ever, unless its owner keeps `quota` others already; return whether it is kept.

        `owner` is who keeps it: a list that is nobody's becomes theirs, so that it counts.
        """
        with self._writing() as lists:
            lists.execute(
                "UPDATE lists SET kept = 1, owner = coalesce(owner, ?2) WHERE playlist_id = ?1 AND (SELECT count(*) FROM lists "
                "AS others WHERE others.owner IS coalesce(lists.owner, ?2) AND others.kept = 1 AND playlist_id != ?1) < ?3",
                (playlist_id, owner, quota),
            )
            row = lists.execute("SELECT kept FROM lists WHERE playlist_id = ?", (playlist_id,)).fetchone()
        return bool(row and row[0])

    def delete(self, playlist_id: str) -> None:
        """Delete a list with all its versions."""
        with self._writing() as lists:
            lists.execute("DELETE FROM lists WHERE playlist_id = ?", (playlist_id,))

    def of_listener(self, listener: str) -> Iterator[SavedList]:
        """Yield every version of a listener's lists."""
        with self._reading() as lists:
            rows = lists.execute(
                f"SELECT {_COLUMNS} FROM lists JOIN versions USING (playlist_id) WHERE listener = ? ORDER BY day, number",  # noqa: S608
                (listener,),
            ).fetchall()
        yield from map(_saved, rows)

    def erase(self, listener: str) -> int:
        """Erase a listener's lists, and replies to them, so that their bytes are overwritten; return how many lists."""
        with self._reading() as lists:
            lists.execute("PRAGMA secure_delete = ON")
        with self._writing() as lists:
            gone = lists.execute("DELETE FROM lists WHERE listener = ?", (listener,)).rowcount
            lists.execute("DELETE FROM replies WHERE listener = ?", (listener,))
        with self._reading() as lists:  # else the pages as they were lie in the write-ahead log until it is full
            lists.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            lists.execute("PRAGMA secure_delete = OFF")
        return gone

    def begin(self, caller: str, key: str, digest: str) -> tuple[str, str | None] | None:
        """Note that a caller's request of a key is being answered: None, or the digest and reply of the one before it.

        The reply is None while it is still being answered; one that was for so long that its process must have ended is begun
        anew.
        """
        now = self._now()
        with self._writing() as lists:
            new = lists.execute(
                "INSERT INTO replies (caller, key, digest, at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at "
                "WHERE reply IS NULL AND digest = excluded.digest AND at < ?",
                (caller, key, digest, now.isoformat(), (now - ANSWERED_WITHIN).isoformat()),
            ).rowcount
            if new:
                return None
            row = lists.execute(
                "SELECT digest, reply FROM replies WHERE caller = ? AND key = ?", (caller, key)
            ).fetchone()
        return row[0], row[1]

    def end(self, caller: str, key: str, reply: str | None, playlist_id: str | None = None) -> None:
        """Remember the reply to a caller's request, about a list; None forgets that it was asked, so that it may be asked again."""
        with self._writing() as lists:
            if reply is None:
                lists.execute("DELETE FROM replies WHERE caller = ? AND key = ?", (caller, key))
            else:
                lists.execute(
                    "UPDATE replies SET reply = ?, listener = (SELECT listener FROM lists WHERE playlist_id = ?) "
                    "WHERE caller = ? AND key = ?",
                    (reply, playlist_id, caller, key),
                )

    def let_leave(self, keep: Retention) -> None:
        """Take out, oldest first, the lists that nobody keeps: after the days of `keep`, or when they take too many bytes."""
        first, more = first_day(keep.days, self._now()), True
        while more:
            with self._writing() as lists:
                too_many = bytes_in_use(lists) > keep.most_bytes
                leaving = lists.execute(
                    "SELECT playlist_id FROM lists WHERE kept = 0 AND (? OR day < ?) ORDER BY day LIMIT ?",
                    (too_many, first, LEAVE_AT_ONCE),
                ).fetchall()
                lists.executemany("DELETE FROM lists WHERE playlist_id = ?", leaving)
                lists.execute("DELETE FROM replies WHERE at < ?", (first_day(REPLIES_DAYS, self._now()),))
            more = bool(leaving)
            with self._reading() as lists:
                lists.executescript("PRAGMA incremental_vacuum(5000)")

    def _add(self, lists: sqlite3.Connection, playlist_id: str, version: Version) -> None:
        lists.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)",
            (playlist_id, version.number, version.at, version.schema, version.request, version.answer),
        )

    def _one(self, where: str, *values: str | int | None) -> SavedList | None:
        with self._reading() as lists:
            row = lists.execute(
                f"SELECT {_COLUMNS} FROM lists JOIN versions USING (playlist_id) WHERE {where}",  # noqa: S608
                values,
            ).fetchone()
        return None if row is None else _saved(row)

    def _today(self) -> str:
        return self._now().date().isoformat()


def _make(path: Path) -> None:
    with closing(sqlite3.connect(path)) as lists:
        lists.executescript(_TABLES)
        lists.execute(f"PRAGMA user_version = {SCHEMA}")


def _bring_over(lists: sqlite3.Connection) -> None:
    lacking = "SELECT 1 WHERE 'titled' NOT IN (SELECT name FROM pragma_table_info('lists'))"
    if lists.execute(lacking).fetchone():
        with lists:
            lists.execute("BEGIN IMMEDIATE")
            if lists.execute(lacking).fetchone():  # no other process has brought it over meanwhile
                for statement in _OWN_TITLES:
                    lists.execute(statement)
