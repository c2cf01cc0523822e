"""Retention: what leaves the log, oldest first. The plays of what leaves are kept for longer, in a table of their own.

Plays are put there as they are recorded, so nothing that leaves takes one along. The bundles that answered stay as long as
their answers do, so that these can be replayed.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

LEAVE_AT_ONCE = 100
"""Answers that leave in one transaction: no answer that is to be written waits long for those that leave."""


@dataclass(frozen=True)
class Retention:
    """For how many days answers and their events are kept, in how many bytes at most, and for how many days plays are."""

    days: int = 30
    most_bytes: int = 10_000_000_000
    play_days: int = 1_096


def needed_bundles(home: Path, most: int, versions: Sequence[str]) -> list[str]:
    """Return the first `most` of the bundle `versions` that logged answers name; of a log that cannot be read, the first of all."""
    path = home / "exposures" / "log.sqlite"
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as journal:
            named = "SELECT 1 FROM exposures WHERE instr(entry, ?) LIMIT 1"  # in whatever form an entry is written
            return list(islice((one for one in versions if journal.execute(named, (one,)).fetchone()), most))
    except sqlite3.Error:
        return list(versions[:most])


def first_day(days: int, now: datetime) -> str:
    """Return the first day that is kept where `days` are, as ISO 8601."""
    return (now - timedelta(days=days)).date().isoformat()


def let_leave(journal: sqlite3.Connection, folder: Path, keep: Retention, now: datetime) -> bool:
    """Take the oldest answers with their events out of the journal, as far as they are not to be kept; whether there may be more.

    Called in a transaction, again and again.
    """
    first = first_day(keep.days, now)
    (kept,) = journal.execute("SELECT min(first) FROM days WHERE day >= ?", (first,)).fetchone()
    oldest = journal.execute("SELECT sequence FROM exposures ORDER BY sequence LIMIT ?", (LEAVE_AT_ONCE,)).fetchall()
    leaving = [row for (row,) in oldest if kept is None or row < kept]
    if not leaving and used_bytes(journal, folder) > keep.most_bytes:
        leaving = [row for (row,) in oldest]
    if leaving:
        span = (leaving[0], leaving[-1])
        journal.execute(
            "DELETE FROM outcomes WHERE request_id IN (SELECT request_id FROM exposures WHERE sequence BETWEEN ? AND ?)",
            span,
        )
        journal.execute("DELETE FROM exposures WHERE sequence BETWEEN ? AND ?", span)
    else:
        journal.execute("DELETE FROM days WHERE day < ?", (first,))
        journal.execute("DELETE FROM plays WHERE at < ?", (first_day(keep.play_days, now),))
    return bool(leaving)


def remove_segments(journal: sqlite3.Connection, folder: Path, name: str) -> None:
    """Remove the segments of which every row has left; the last one's number is kept, so that none is given twice."""
    gone = journal.execute(
        f"SELECT number FROM segments WHERE name = ? AND last < (SELECT coalesce(min(sequence), 1 << 62) FROM {name})",  # noqa: S608
        (name,),
    ).fetchall()
    for (number,) in gone:
        segment_path(folder, name, number).unlink(missing_ok=True)
    journal.executemany(
        "DELETE FROM segments WHERE name = ?1 AND number = ?2 AND number < (SELECT max(number) FROM segments WHERE name = ?1)",
        [(name, number) for (number,) in gone],
    )


def segment_path(folder: Path, name: str, number: int) -> Path:
    """Return where a segment lies."""
    return folder / f"{name}-{number:06}.parquet"


def used_bytes(journal: sqlite3.Connection, folder: Path) -> int:
    """Return how many bytes the log takes: the pages of the journal that are in use, and the segments."""
    return bytes_in_use(journal) + sum(path.stat().st_size for path in folder.glob("*.parquet"))


def bytes_in_use(database: sqlite3.Connection) -> int:
    """Return how many bytes the pages of a database take that are not free."""
    pages, free, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
