"""Exposure log: a journal of answers and outcomes in SQLite, sealed into Parquet segments for the analyst.

An answer is committed to the journal before it is sent, so that it outlives this process; where the log is `durable` it is
on the disk by then and outlives the machine's power, else within a second (`SYNC_SECONDS`). The journal also keeps the
answer's own text, for reading it again, until its day leaves (`retention`). Several processes may write the same journal.
Listeners stand in it under a pseudonym, whose key lies beside it.
"""

import hashlib
import hmac
import json
import secrets
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from pydantic_core import to_json

from api.exposures.journal import KEEP_PLAY, Database, damage_of, draft_of, make_once, mark_day, open_journal, utc_now
from api.exposures.outcomes import REPEAT, Outcome, impossible, play_of
from api.exposures.retention import Retention, first_day, let_leave, remove_segments, segment_path
from api.exposures.segments import row_of, write_segment
from api.reserve import Reserve
from recommender.prompts.remembered_readings import RememberedReadings

SEGMENT_ROWS = 10_000

FREED_AT_ONCE = 5_000
"""Pages of the journal that are given back to the disk in one transaction."""

SYNC_SECONDS = 1.0
"""How often a server writes what was committed to the disk, where its log is not durable anyway."""

_THEIRS = "WHERE CASE WHEN json_valid(entry) THEN json_extract(entry, '$.unit') END = ?"
_LAST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?"
_KEY_BYTES = 32
_TABLES = ("exposures", "outcomes")


def new_id() -> str:
    """Return an id that nobody can guess (122 random bits)."""
    return uuid.uuid4().hex


class ExposureLogError(RuntimeError):
    """The log cannot be read or written: which file, and what to do."""


class ImpossibleEventsError(ValueError):
    """Events that cannot have happened: `errors` are the place of each, its field, and why."""

    def __init__(self, errors: list[tuple[int, str, str]]) -> None:
        super().__init__("; ".join(f"{place}.{field}: {reason}" for place, field, reason in errors))
        self.errors = errors


class TakenError(ExposureLogError):
    """An answer is in the log already under this request id."""


Exposure = Mapping[str, Any]
"""One logged answer: a row with the columns of the segments (`api.exposures.rows`), `at` as an instant."""


class ExposureLog(Database):
    """The log of one home. Threads may share one; every process opens its own."""

    error = ExposureLogError

    def __init__(
        self, folder: Path, connection: sqlite3.Connection, key: bytes, *, durable: bool, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(folder / "log.sqlite", connection, durable=durable)
        self._folder, self._reserve = folder, Reserve(folder.parent)
        self._key, self._now, self._day = key, clock, ""

    @classmethod
    def open(
        cls,
        home: Path,
        busy_seconds: float = 5.0,
        *,
        durable: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Open the log in `<home>/exposures`, made if need be. A write waits for other processes up to `busy_seconds`.

        `durable`: what is written is on the disk when the call returns. `clock` tells now, in UTC. Raises ExposureLogError.
        """
        folder = home / "exposures"
        path = folder / "log.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _check_files(folder)
            journal = open_journal(path, busy_seconds, clock().date().isoformat(), durable=durable)
            return cls(folder, journal, _key(folder / "pseudonym.key"), durable=durable, clock=clock)
        except (OSError, sqlite3.Error) as error:
            raise ExposureLogError(f"{path}: {error}; see that the folder is there and can be written") from error

    def pseudonym(self, user_id: str) -> str:
        """Return the name under which a listener is logged. Deleting `pseudonym.key` cuts it from the person for ever."""
        return hmac.new(self._key, user_id.encode(), hashlib.sha256).hexdigest()

    def write(self, exposure: Exposure, playlist_id: str) -> None:
        """Commit an answer's row; `playlist_id` names the list, or a later version of it.

        Raises ExposureLogError if it is not committed: a TakenError where its request id names another answer.
        """
        self.write_all([(exposure, playlist_id)])

    def write_all(self, answers: Sequence[tuple[Exposure, str]]) -> None:
        """Commit the rows of several answers as `write` does, all or none."""
        rows = [
            (one["request_id"], name, to_json({**one, "at": one["at"].isoformat()}).decode()) for one, name in answers
        ]
        self.check()
        today = self._now().date().isoformat()
        with self._writing() as journal:
            if today != self._day:
                mark_day(journal, today)
                self._day = today
            try:
                journal.executemany(
                    "INSERT INTO exposures (request_id, playlist_id, entry, answer) VALUES (?, ?, ?, '')", rows
                )
            except sqlite3.IntegrityError as error:
                raise TakenError(f"{rows[0][0]!r} is the request_id of another answer") from error

    def knows(self, request_id: str) -> bool:
        """Whether an answer to this request was written."""
        with self._reading() as journal:
            return journal.execute("SELECT 1 FROM exposures WHERE request_id = ?", (request_id,)).fetchone() is not None

    def answer(self, playlist_id: str) -> str | None:
        """Return the text of an answer that a version before 0.5 kept here; None if there is none of this id."""
        with self._reading() as journal:
            row = journal.execute("SELECT answer FROM exposures WHERE playlist_id = ?", (playlist_id,)).fetchone()
        return None if row is None or not row[0] else str(row[0])

    def answered_with(self, request_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the list's name and the logged row of an answer, and of those that were made together with it, in order.

        None where it is not in the log.
        """
        with self._reading() as journal:
            row = journal.execute(
                "SELECT sequence, entry FROM exposures WHERE request_id = ?", (request_id,)
            ).fetchone()
            if row is None:
                return []
            place, count = json.loads(row[1]).get("beside") or (0, 1)
            rows = journal.execute(
                "SELECT playlist_id, entry FROM exposures WHERE sequence >= ?1 AND sequence < ?1 + ?2 ORDER BY sequence",
                (row[0] - place, count),
            ).fetchall()
        return [(name, json.loads(entry)) for name, entry in rows]

    def record(self, outcomes: Iterable[Outcome]) -> tuple[int, int, list[str]]:
        """Write events, each once in its request however often it is sent, and only those of requests that were answered.

        That one came again is an event of its own kind, `REPEAT`, once. Returns how many are new, how many had come before, and
        the ids of those of unknown requests. Raises ImpossibleEventsError or ExposureLogError, with nothing written.
        """
        new = duplicate = 0
        unknown: list[str] = []
        errors: list[tuple[int, str, str]] = []
        shown: dict[str, Any] = {}
        now = self._now()
        with self._writing() as journal:
            for place, outcome in enumerate(outcomes):
                if outcome.request_id not in shown:
                    shown[outcome.request_id] = _shown(journal, outcome.request_id)
                answer = shown[outcome.request_id]
                if answer is None:
                    unknown.append(outcome.event_id)
                    continue
                errors += ((place, field, reason) for field, reason in impossible(outcome, answer, now))
                event = {**asdict(outcome), "at": outcome.at.isoformat()}
                if not _recorded(journal, outcome.event_id, event):
                    duplicate += 1
                    _recorded(journal, f"{outcome.event_id}\n{REPEAT}", {**event, "kind": REPEAT})  # nobody's own id
                    continue
                new += 1
                if not errors and (play := play_of(event, answer)) is not None:
                    journal.execute(KEEP_PLAY, play)
            if errors:
                raise ImpossibleEventsError(errors)
        return new, duplicate, unknown

    def check(self) -> None:
        """Raise ExposureLogError where no answer could be written, or no list kept: nothing is written to find out."""
        if full := self._reserve.full():
            raise ExposureLogError(
                f"{self._folder / 'log.sqlite'}: the disk of {full} is full, but for what is kept back for changes of consent, or "
                "cannot be written; free some space, and answers go on by themselves"
            )

    def is_overdue(self, keep: Retention) -> bool:
        """Whether there are days that are to leave."""
        with self._reading() as journal:
            before = (first_day(keep.days, self._now()),)
            return journal.execute("SELECT 1 FROM days WHERE day < ?", before).fetchone() is not None

    def let_leave(self, keep: Retention) -> None:
        """Take out what is not to be kept any more: rows, their segments, and at last plays. Raises ExposureLogError.

        What a language model read of prompts leaves no more than a day after them: RememberedReadingsError.
        """
        more = True
        while more:
            with self._writing() as journal:
                more = let_leave(journal, self._folder, keep, self._now())
            with self._writing() as journal:
                for name in _TABLES:
                    remove_segments(journal, self._folder, name)
            with self._reading() as journal:  # as a script, for `execute` would free one page
                journal.executescript(f"PRAGMA incremental_vacuum({FREED_AT_ONCE})")
        oldest = "SELECT max(day) FROM days WHERE first <= (SELECT min(sequence) FROM exposures)"
        with self._reading() as journal:
            (kept,) = journal.execute(oldest).fetchone()
        with closing(RememberedReadings(self._folder.parent)) as readings:
            readings.let_leave(kept or first_day(keep.days, self._now()))

    def written_after(self, name: str, cursor: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """Return rows of `exposures` or `outcomes` in the order of their writing, each with its cursor, those behind one.

        No row comes before one that was returned already; some may have left. Raises ExposureLogError.
        """
        with self._reading() as journal:
            rows = _written_after(journal, name, cursor, limit)
        return [(sequence, row_of(entry)) for sequence, entry in rows]

    def last_cursor(self, name: str) -> int:
        """Return the cursor of what was written last, be it gone by now; 0 before the first. Raises ExposureLogError."""
        with self._reading() as journal:
            return int(journal.execute(_LAST, (name,)).fetchone()[0])

    def of_listener(self, user_id: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the logged answers of a listener, the events that followed them, and the plays that are kept."""
        name = self.pseudonym(user_id)
        columns = ("recording", "at", "seconds", "territory", "use", "commercial_model")
        with self._reading() as journal:
            answers = journal.execute(f"SELECT entry FROM exposures {_THEIRS}", (name,)).fetchall()  # noqa: S608
            events = journal.execute(
                f"SELECT entry FROM outcomes WHERE request_id IN (SELECT request_id FROM exposures {_THEIRS})",  # noqa: S608
                (name,),
            ).fetchall()
            plays = journal.execute(f"SELECT {', '.join(columns)} FROM plays WHERE listener = ?", (name,)).fetchall()  # noqa: S608
        told = [[json.loads(entry) for (entry,) in entries] for entries in (answers, events)]
        return told[0], told[1], [dict(zip(columns, row, strict=True)) for row in plays]

    def erase(self, user_id: str) -> int:
        """Erase what is logged of a listener, and what is kept of their plays; return how many rows that were.

        What a language model read of their prompts is forgotten. The segments are removed too: the next seal writes them anew.
        Raises ExposureLogError or RememberedReadingsError; then it is to be said again.
        """
        listener = (self.pseudonym(user_id),)
        with self._reading() as journal:
            said = journal.execute(f"SELECT json_extract(entry, '$.prompt') FROM exposures {_THEIRS}", listener)  # noqa: S608
            prompts = {prompt for (prompt,) in said if prompt is not None}
        with closing(RememberedReadings(self._folder.parent)) as readings:
            readings.forget(prompts)
        with self._reading() as journal:
            journal.execute("PRAGMA secure_delete = ON")  # what is freed is overwritten
        with self._writing() as journal:
            journal.execute(
                f"DELETE FROM outcomes WHERE request_id IN (SELECT request_id FROM exposures {_THEIRS})",  # noqa: S608
                listener,
            )
            gone = journal.execute(f"DELETE FROM exposures {_THEIRS}", listener).rowcount  # noqa: S608
            gone += journal.execute("DELETE FROM plays WHERE listener = ?", listener).rowcount
            for path in (*self._folder.glob("*.parquet"), *self._folder.glob(".*.parquet.*")):
                path.unlink()
            journal.execute("DELETE FROM segments")
        with self._reading() as journal:  # else the pages as they were lie in the write-ahead log until it is full
            journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            journal.execute("PRAGMA secure_delete = OFF")
        return gone

    def unsealed(self) -> int:
        """Return how many rows stand in no segment yet. Raises ExposureLogError."""
        with self._reading() as journal:
            return sum(
                journal.execute(
                    f"SELECT count(*) FROM {name} WHERE sequence > ?",  # noqa: S608
                    (_sealed(journal, name)[1],),
                ).fetchone()[0]
                for name in _TABLES
            )

    def seal(self) -> list[Path]:
        """Write what is not sealed yet into new Parquet segments and return them.

        A segment is complete before it gets its name, and its rows count as sealed in the same breath: a crash neither
        loses nor doubles a row, for the next run writes the segment of the same number again. Of several processes one wins.
        Raises ExposureLogError; what was sealed until then stays.
        """
        sealed = []
        try:
            for name in _TABLES:
                while (segment := self._seal_next(name)) is not None:
                    sealed.append(segment)
        except OSError as error:
            raise ExposureLogError(f"{self._folder}: {error}; see that it can be written and has room") from error
        return sealed

    def _seal_next(self, name: str) -> Path | None:
        with self._reading() as journal:
            number, last = _sealed(journal, name)
            rows = _written_after(journal, name, last, SEGMENT_ROWS)
        if not rows:
            return None
        segment = segment_path(self._folder, name, number + 1)
        # The rows are written before the journal is locked: no answer waits for Parquet.
        with draft_of(segment) as draft:
            write_segment(name, [entry for _, entry in rows], draft)
            with self._writing() as journal:
                if _sealed(journal, name) != (number, last):
                    return None
                draft.replace(segment)
                journal.execute("INSERT INTO segments VALUES (?, ?, ?)", (name, number + 1, rows[-1][0]))
        return segment


def _recorded(journal: sqlite3.Connection, event_id: str, event: Mapping[str, Any]) -> bool:
    """Write an event unless there is one of this id in its request; whether there was none."""
    written = journal.execute(
        "INSERT INTO outcomes (event_id, request_id, entry) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (event_id, event["request_id"], json.dumps(event, ensure_ascii=False)),
    )
    return written.rowcount > 0


def _shown(journal: sqlite3.Connection, request_id: str) -> dict[str, Any] | None:
    row = journal.execute("SELECT entry FROM exposures WHERE request_id = ?", (request_id,)).fetchone()
    return None if row is None else json.loads(row[0])


def _written_after(journal: sqlite3.Connection, name: str, last: int, limit: int) -> list[tuple[int, str]]:
    chosen = f"SELECT sequence, entry FROM {name} WHERE sequence > ? ORDER BY sequence LIMIT ?"  # noqa: S608
    return journal.execute(chosen, (last, limit)).fetchall()


def _sealed(journal: sqlite3.Connection, name: str) -> tuple[int, int]:
    number, last = journal.execute(
        "SELECT coalesce(max(number), 0), coalesce(max(last), 0) FROM segments WHERE name = ?", (name,)
    ).fetchone()
    return int(number), int(last)


def log_damage(home: Path) -> str | None:
    """Return what is damaged in a home's log or its key, with the remedy; None where nothing is. Read-only."""
    folder = home / "exposures"
    path, key = folder / "log.sqlite", folder / "pseudonym.key"
    if not folder.is_dir():
        return f"{folder} is no folder; move it away"
    try:
        _check_files(folder)
        if key.exists():
            _key(key)
        return damage_of(path)
    except (ExposureLogError, OSError) as error:
        return (
            f"{error}" if isinstance(error, ExposureLogError) else f"{path}: {error}; move it away, or restore a copy"
        )


def _check_files(folder: Path) -> None:
    for path in (folder / "log.sqlite", folder / "pseudonym.key"):
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise ExposureLogError(f"{path} is no file; move it away")


def _key(path: Path) -> bytes:
    """Return the key of the pseudonyms, made at first need, for its owner only."""
    make_once(path, lambda draft: draft.write_bytes(secrets.token_bytes(_KEY_BYTES)))
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise ExposureLogError(
            f"{path} has {len(key)} bytes instead of {_KEY_BYTES}; restore it, or delete it for new pseudonyms"
        )
    return key
