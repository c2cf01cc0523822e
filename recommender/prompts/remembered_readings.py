"""Readings of a language model, remembered so that the same words get the same reading: one SQLite file in the home.

It holds no text of a prompt but digests, and what lies where in it; it leaves with the log of answers, and with the listener.
"""

import json
import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

from recommender.prompts.spans import Polarity, Span, SpanReader

MOST_READINGS: Final = 20_000
"""Some 20 MB; the oldest leave first."""

_TABLES: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS readings (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, prompt TEXT NOT NULL, day TEXT NOT NULL, spans TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS readings_prompt ON readings (prompt);
CREATE TABLE IF NOT EXISTS turns (
    prompt TEXT NOT NULL, earlier TEXT NOT NULL, PRIMARY KEY (prompt, earlier)
) WITHOUT ROWID;
"""
"""`day` is when it was last used; `turns` tells the earlier prompts of a conversation, which no log holds."""

_FORGET: Final = """
WITH said AS (SELECT value FROM json_each(?))
DELETE FROM readings WHERE prompt IN said OR prompt IN (SELECT earlier FROM turns WHERE prompt IN said)
"""


class RememberedReadingsError(RuntimeError):
    """The file cannot be read or written: which, and what to do."""


class RememberedReadings:
    """The readings of one home. Threads may share one; every process opens its own, at first need.

    Raises RememberedReadingsError where the file cannot be read or written.
    """

    def __init__(self, home: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = home / "readings.sqlite"
        self._now = clock
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; it is opened again at need."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def recall(self, version: str, prompt: str, sent: Sequence[str], after: Sequence[str]) -> tuple[Span, ...] | None:
        """Return what `version` read when the turns of `sent` went along, None if that is not remembered.

        `after` are all earlier turns, sent or not: whoever forgets this prompt forgets them too.
        """
        key, today = _key(version, prompt, sent), self._now().date().isoformat()
        with self._writing() as readings:
            known = _known(readings, key)
            readings.execute("UPDATE readings SET day = ? WHERE key = ? AND day < ?", (today, key, today))
            readings.executemany(
                "INSERT OR IGNORE INTO turns VALUES (?, ?)", [(_digest(prompt), _digest(turn)) for turn in after]
            )
        return known

    def remember(self, version: str, prompt: str, sent: Sequence[str], spans: Sequence[Span]) -> tuple[Span, ...]:
        """Keep a reading, unless another one of the same words came first; return the one that is kept."""
        row = json.dumps([(span.start, span.end, span.what, span.polarity, span.value) for span in spans])
        with self._writing() as readings:
            readings.execute(
                "INSERT INTO readings (key, prompt, day, spans) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (_key(version, prompt, sent), _digest(prompt), self._now().date().isoformat(), row),
            )
            readings.execute(
                "DELETE FROM readings WHERE number <= (SELECT max(number) FROM readings) - ?", (MOST_READINGS,)
            )
        return self.recall(version, prompt, sent, ()) or ()

    def forget(self, prompts: Iterable[str]) -> None:
        """Forget prompts, and the earlier turns of their conversations, whoever read them."""
        if not self.path.exists():
            return
        said = json.dumps([*map(_digest, prompts)])
        with self._writing(emptied=True) as readings:
            readings.execute(_FORGET, (said,))
            readings.execute("DELETE FROM turns WHERE prompt IN (SELECT value FROM json_each(?))", (said,))

    def let_leave(self, first: str) -> None:
        """Forget what was not used since a day (ISO 8601)."""
        if not self.path.exists():
            return
        with self._writing(emptied=True) as readings:
            readings.execute("DELETE FROM readings WHERE day < ?", (first,))
            readings.execute("DELETE FROM turns WHERE earlier NOT IN (SELECT prompt FROM readings)")

    @contextmanager
    def _writing(self, *, emptied: bool = False) -> Iterator[sqlite3.Connection]:
        """Hold one transaction; the file is made if need be, for its owner only.

        With `emptied` its write-ahead log is, which else keeps the pages as they were until it is full.
        """
        try:
            with self._lock:
                if self._connection is None:
                    self.path.touch(mode=0o600)
                    self._connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
                    self._connection.executescript(_TABLES)
                with self._connection:
                    self._connection.execute("BEGIN IMMEDIATE")
                    yield self._connection
                if emptied:
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (OSError, sqlite3.Error) as error:
            self.close()  # the file may be replaced
            raise RememberedReadingsError(
                f"{self.path}: {error}; see that its disk has room, or remove it: prompts are read again then"
            ) from error


class RecalledReader(SpanReader):
    """Reads again what a language model of a `version` read of a prompt, where that is remembered, and asks nobody.

    What is not remembered our own reader reads. To recall it here does not let it be remembered any longer.
    """

    def __init__(self, version: str, home: Path, own: SpanReader) -> None:
        self.version, self._own, self._path = version, own, home / "readings.sqlite"
        turns = re.search(r", (\d+) turns$", version)
        self._turns = int(turns[1]) if turns and self._path.exists() else None

    def read(self, prompt: str, after: Sequence[str] = ()) -> tuple[tuple[Span, ...], str]:
        """Return the spans of a normalised prompt, and the version of the reader that read them."""
        if self._turns is not None:
            key = _key(self.version, prompt, after[max(0, len(after) - self._turns) :])
            path = f"{self._path.absolute().as_uri()}?mode=ro"
            with suppress(sqlite3.Error), closing(sqlite3.connect(path, uri=True)) as readings:
                if (known := _known(readings, key)) is not None:
                    return known, self.version
        return self._own.read(prompt, after)


def _known(readings: sqlite3.Connection, key: str) -> tuple[Span, ...] | None:
    row = readings.execute("SELECT spans FROM readings WHERE key = ?", (key,)).fetchone()
    return row and tuple(
        Span(start, end, what, Polarity(how), value) for start, end, what, how, value in json.loads(row[0])
    )


def _digest(text: str) -> str:
    """Return a digest of the letters and digits of a text: what is to be forgotten is found in any form it was sent in."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
    return sha256(letters.encode(errors="replace")).hexdigest()


def _key(version: str, prompt: str, sent: Sequence[str]) -> str:
    return sha256(json.dumps([version, prompt, *sent]).encode()).hexdigest()
