"""Bringing a backup back into a home, in one transaction beside running servers, without losing what restricts."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, func, select, update

from catalog.consent import ConsentRecord, restricts
from catalog.grouping import grouped
from catalog.storage.rows import TRACK_COLUMNS, to_json, track_of
from catalog.storage.schema import consent_records, metadata, migrations, state, tracks
from catalog.storage.store import SqliteCatalogStore, SqliteCatalogWriter
from catalog.storage.sums import COLUMNS, EVERY_RECORD
from catalog.storage.writing.transaction import upsert
from catalog.stores import CATALOG_FILE, Restored, StoreError
from catalog.tracks import Track

_TABLES = [table for table in metadata.sorted_tables if table is not migrations]
_ENTERED = EVERY_RECORD.add_columns(consent_records.c.entered_by)
_LATEST = select(func.max(state.c.value))


def restore(home: Path, backup: Path) -> Restored:
    """Bring a backup back, as `catalog.stores.restore` states."""
    if not backup.is_file():
        raise StoreError(f"there is no backup {backup}; `consonance backup` makes one")
    home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".restoring-", dir=home) as folder:
        copy = Path(folder) / CATALOG_FILE
        shutil.copyfile(backup, copy)
        with SqliteCatalogStore(copy.parent, make=False) as source:
            if damage := source.damage():
                raise StoreError(f"{backup} is damaged ({damage[0]}); nothing was restored, give another backup")
            count = source.track_count()
        if not (home / CATALOG_FILE).exists():
            copy.replace(home / CATALOG_FILE)
            return Restored(count, 0, (), None)
        with SqliteCatalogStore(home, make=False) as present:
            if damage := present.damage():
                raise StoreError(
                    f"{home / CATALOG_FILE} is damaged, so take-downs that the backup lacks would be lost; move it and its -wal "
                    f"away to restore without them, and say them again ({damage[0]})"
                )
            kept = home / f"catalog-before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite"
            present.back_up(kept)
            with present.attached(copy) as connection:
                later, carried = _replace(present, connection, count)
            return Restored(count, later, tuple(carried), kept)


def _replace(present: SqliteCatalogStore, connection: Connection, count: int) -> tuple[int, list[ConsentRecord]]:
    """Put the attached backup of `count` tracks in the place of what there is, but for later tracks and what restricts.

    A track keeps its position for ever, for bundles are made of positions. Return how many came later, and the records.
    """
    other = connection.exec_driver_sql(
        "SELECT count(*) FROM main.tracks JOIN backup.tracks AS b USING (position) WHERE main.tracks.track_id != b.track_id"
    ).scalar_one()
    if other:
        raise StoreError("it is a backup of another catalog, with other tracks; restore it into another --home")
    later = list(_tracks_from(connection, count))
    stated = {_leaf(row): row for row in connection.execute(_ENTERED)}
    latest = connection.scalar(_LATEST) or 0
    for table in reversed(_TABLES):
        connection.exec_driver_sql(f"DELETE FROM main.{table.name}")  # noqa: S608
    for table in _TABLES:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        connection.exec_driver_sql(f"INSERT INTO main.{table.name} ({names}) SELECT {names} FROM backup.{table.name}")  # noqa: S608
    for row in connection.execute(EVERY_RECORD):
        stated.pop(_leaf(row), None)
    records = ((row.entered_by, present.record_of(row)) for row in stated.values())
    carried = [(entered_by, record) for entered_by, record in records if restricts(record.terms)]
    latest = max(latest, connection.scalar(_LATEST) or 0)
    connection.execute(upsert(state), [{"key": "epoch", "value": latest}])
    writer = SqliteCatalogWriter(connection)
    writer.put_tracks(later)
    for entered_by, some in grouped(carried).items():
        writer.entered_by = entered_by
        writer.append(some)
    connection.execute(update(tracks).values(epoch=writer.epoch))  # so that every process reads all of it anew
    writer.changed |= {"epoch", "content"}
    writer.finish()
    return len(later), [record for _, record in carried]


def _leaf(row: Any) -> str:
    """Return a record as its subject's digest has it: ids of statements are each file's own."""
    return to_json([*row[:3], *row[4 : len(COLUMNS)]])


def _tracks_from(connection: Connection, position: int) -> Iterator[Track]:
    rows: Any = connection.execute(
        select(*TRACK_COLUMNS).where(tracks.c.position >= position).order_by(tracks.c.position)
    )
    return map(track_of, rows)
