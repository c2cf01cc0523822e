"""Exposure log: a journal of answers and outcomes in SQLite, sealed into Parquet segments for the analyst.

An answer is committed to the journal before it is sent. The journal also keeps the answer's own text, for reading it again.
Several processes may write the same journal. Listeners stand in it under a pseudonym, whose key lies beside it.
"""

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:  # a process that only seals does without the recommender
    from api.experiments.assignment import Assignment
    from recommender.playlists import Playlist

SEGMENT_ROWS = 10_000
"""Rows of a Parquet segment at most."""

_KEY_BYTES = 32
_TABLES = ("exposures", "outcomes")

_SCHEMA = """
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


def new_id() -> str:
    """Return an id that nobody can guess (122 random bits)."""
    return uuid.uuid4().hex


class ExposureLogError(RuntimeError):
    """The log cannot be read or written: which file, and what to do."""


class TakenError(ExposureLogError):
    """An answer is in the log already under this request id."""


Exposure = Mapping[str, Any]
"""One logged answer: a row with the columns of the segments (`_write_parquet`), `at` as an instant.

Lists are by place; `parts` holds a list for each channel. `unit` is the listener's pseudonym or, without a listener, the
request's id. `propensities` are each place's, given the places before it, `slate_propensity` is the whole list's: 1 where
nothing was sampled, None where something was and the exact chance is not known.
"""


def exposure_of(playlist: "Playlist", request_id: str, unit: str, assignment: "Assignment") -> Exposure:
    """Return what to log of a playlist. Without a seed nothing is sampled, so every propensity is 1.

    With one the list is drawn, but rules, the last gate and sequencing come after the draw: the exact chance is not known.
    """
    propensity = None if playlist.request.seed else 1.0
    request, ranked = playlist.request, playlist.tracks
    channels = sorted({channel for track in ranked for channel in track.parts})
    return {
        "request_id": request_id,
        "at": playlist.at,
        "unit": unit,
        "variant": assignment.variant,
        "reason": assignment.reason,
        "prompt": request.prompt,
        "wishes": [
            {"kind": wish.kind, "value": json.dumps(wish.value), "text": wish.text, "hard": wish.hard}
            for wish in playlist.interpretation
        ],
        "policy": request.policy,
        "territory": request.territory,
        "commercial_model": request.commercial_model,
        "tracks": [track.track.track_id for track in ranked],
        "scores": [float(track.score) for track in ranked],
        "parts": {channel: [float(track.parts.get(channel, 0.0)) for track in ranked] for channel in channels},
        "propensities": [propensity] * len(ranked),
        "slate_propensity": propensity,
        "eligible_count": playlist.eligible_count,
        "eligible_hash": playlist.eligible_hash,
        "versions": asdict(playlist.versions),
        "seed": request.seed,
        "timings_ms": dict(playlist.timings_ms),
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """One event that followed an answer. `position` counts from 1; `value` is whatever the kind is measured in."""

    event_id: str
    request_id: str
    at: datetime
    kind: str
    track_id: str | None = None
    position: int | None = None
    value: float | None = None


class ExposureLog:
    """The log of one home. Threads may share one; every process opens its own."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, key: bytes) -> None:
        self._folder = folder
        self._connection = connection
        self._key = key
        self._lock = threading.Lock()

    @classmethod
    def open(cls, home: Path, busy_seconds: float = 5.0) -> Self:
        """Open the log in `<home>/exposures`, made if need be. A write waits for other processes up to `busy_seconds`.

        Raises ExposureLogError.
        """
        folder = home / "exposures"
        path = folder / "log.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _make_once(path, _make_journal)
            connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA synchronous = NORMAL")
            return cls(folder, connection, _key(folder / "pseudonym.key"))
        except (OSError, sqlite3.Error) as error:
            raise ExposureLogError(f"{path}: {error}; see that the folder is there and can be written") from error

    def close(self) -> None:
        """Close the journal; what was written stays."""
        with self._lock:
            self._connection.close()

    def pseudonym(self, user_id: str) -> str:
        """Return the name under which a listener is logged. Deleting `pseudonym.key` cuts it from the person for ever."""
        return hmac.new(self._key, user_id.encode(), hashlib.sha256).hexdigest()

    def write(self, exposure: Exposure, playlist_id: str, answer: str) -> None:
        """Commit an answer: its row, and its text to be read again.

        Raises ExposureLogError if it is not committed: a TakenError where its request id names another answer.
        """
        entry = json.dumps({**exposure, "at": exposure["at"].isoformat()}, ensure_ascii=False)
        with self._journal() as journal:
            try:
                journal.execute(
                    "INSERT INTO exposures (request_id, playlist_id, entry, answer) VALUES (?, ?, ?, ?)",
                    (exposure["request_id"], playlist_id, entry, answer),
                )
            except sqlite3.IntegrityError as error:
                raise TakenError(f"{exposure['request_id']!r} is the request_id of another answer") from error

    def knows(self, request_id: str) -> bool:
        """Whether an answer to this request was written."""
        with self._journal() as journal:
            return _known(journal, request_id)

    def answer(self, playlist_id: str) -> str | None:
        """Return the text of an answer as it was sent, None if there is none of this id."""
        with self._journal() as journal:
            row = journal.execute("SELECT answer FROM exposures WHERE playlist_id = ?", (playlist_id,)).fetchone()
        return None if row is None else str(row[0])

    def record(self, outcomes: Iterable[Outcome]) -> tuple[int, int, list[str]]:
        """Write events, each once however often it is sent, and only those of requests that were answered.

        Returns how many are new, how many had come before, and the ids of those of unknown requests. Raises
        ExposureLogError, with nothing written.
        """
        new = duplicate = 0
        unknown = []
        with self._journal() as journal, journal:
            journal.execute("BEGIN IMMEDIATE")
            for outcome in outcomes:
                if not _known(journal, outcome.request_id):
                    unknown.append(outcome.event_id)
                    continue
                entry = json.dumps({**asdict(outcome), "at": outcome.at.isoformat()}, ensure_ascii=False)
                written = journal.execute(
                    "INSERT INTO outcomes (event_id, request_id, entry) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (outcome.event_id, outcome.request_id, entry),
                ).rowcount
                new += written
                duplicate += 1 - written
        return new, duplicate, unknown

    def is_sealed(self) -> bool:
        """Whether every row stands in a segment."""
        with self._journal() as journal:
            return all(
                _sealed(journal, name)[1]
                == journal.execute(f"SELECT coalesce(max(sequence), 0) FROM {name}").fetchone()[0]  # noqa: S608
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
        with self._journal() as journal:
            number, last = _sealed(journal, name)
            rows = journal.execute(
                f"SELECT sequence, entry FROM {name} WHERE sequence > ? ORDER BY sequence LIMIT ?",  # noqa: S608
                (last, SEGMENT_ROWS),
            ).fetchall()
        if not rows:
            return None
        segment = self._folder / f"{name}-{number + 1:06}.parquet"
        # The rows are written before the journal is locked: no answer waits for Parquet.
        with _draft(segment) as draft:
            _write_parquet(name, [entry for _, entry in rows], draft)
            with self._journal() as journal, journal:
                journal.execute("BEGIN IMMEDIATE")
                if _sealed(journal, name) != (number, last):
                    return None
                draft.replace(segment)
                journal.execute("INSERT INTO segments VALUES (?, ?, ?)", (name, number + 1, rows[-1][0]))
        return segment

    @contextmanager
    def _journal(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                yield self._connection
        except (OSError, sqlite3.Error) as error:
            raise ExposureLogError(f"{self._folder / 'log.sqlite'}: {error}") from error


def _known(journal: sqlite3.Connection, request_id: str) -> bool:
    return journal.execute("SELECT 1 FROM exposures WHERE request_id = ?", (request_id,)).fetchone() is not None


def _sealed(journal: sqlite3.Connection, name: str) -> tuple[int, int]:
    """Return the number of the last segment and the last row in it, zeros before the first."""
    number, last = journal.execute(
        "SELECT coalesce(max(number), 0), coalesce(max(last), 0) FROM segments WHERE name = ?", (name,)
    ).fetchone()
    return int(number), int(last)


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Give a new file beside `path`, and take it away again unless it was moved."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _make_once(path: Path, make: Callable[[Path], object]) -> None:
    """Make a file unless it is there, complete before it gets its name: of several processes making one, the first wins."""
    if not path.exists():
        with _draft(path) as draft:
            make(draft)
            with suppress(FileExistsError):
                path.hardlink_to(draft)


def _make_journal(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_SCHEMA)


def _key(path: Path) -> bytes:
    """Return the key of the pseudonyms, made at first need, for its owner only."""
    _make_once(path, lambda draft: draft.write_bytes(secrets.token_bytes(_KEY_BYTES)))
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise ExposureLogError(
            f"{path} has {len(key)} bytes instead of {_KEY_BYTES}; restore it, or delete it for new pseudonyms"
        )
    return key


def _write_parquet(name: str, entries: Sequence[str], path: Path) -> None:
    # pyarrow takes 0.2 s and 60 MB to import; only a process that seals pays for it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    instant, numbers = pa.timestamp("us", tz="UTC"), pa.list_(pa.float64())
    wish = pa.struct({"kind": pa.string(), "value": pa.string(), "text": pa.string(), "hard": pa.bool_()})
    versions = pa.struct(
        {"catalog": pa.string(), "bundle": pa.string(), "policy": pa.string(), "consent_epoch": pa.int64()}
    )
    schemas = {
        "exposures": {
            "request_id": pa.string(),
            "at": instant,
            "unit": pa.string(),
            "variant": pa.string(),
            "reason": pa.string(),
            "prompt": pa.string(),
            "wishes": pa.list_(wish),
            "policy": pa.string(),
            "territory": pa.string(),
            "commercial_model": pa.string(),
            "tracks": pa.list_(pa.string()),
            "scores": numbers,
            "parts": pa.map_(pa.string(), numbers),
            "propensities": numbers,
            "slate_propensity": pa.float64(),
            "eligible_count": pa.int64(),
            "eligible_hash": pa.string(),
            "versions": versions,
            "seed": pa.int64(),
            "timings_ms": pa.map_(pa.string(), pa.float64()),
        },
        "outcomes": {
            "event_id": pa.string(),
            "request_id": pa.string(),
            "at": instant,
            "kind": pa.string(),
            "track_id": pa.string(),
            "position": pa.int32(),
            "value": pa.float64(),
        },
    }
    table = pa.Table.from_pylist([_row(entry) for entry in entries], pa.schema(schemas[name]))
    with path.open("wb") as file:
        pq.write_table(table, file)
        file.flush()
        os.fsync(file.fileno())


def _row(entry: str) -> dict[str, Any]:
    row = json.loads(entry)
    row["at"] = datetime.fromisoformat(row["at"]).astimezone(UTC)
    return {key: list(value.items()) if key in ("parts", "timings_ms") else value for key, value in row.items()}
