"""Which imports told a play, and how one of them is taken out again as if it had never been."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from catalog.storage.rows import among, execute_for, to_json
from catalog.storage.schema import (
    artist_plays,
    earlier_artist_plays,
    earlier_track_plays,
    imports,
    play_sources,
    track_plays,
)
from catalog.storage.writing.transaction import Transaction, upsert
from catalog.stores import Changes, StoreError

EARLIER = {track_plays: earlier_track_plays, artist_plays: earlier_artist_plays}
"""By each table of plays that of the counts which later imports took the place of."""

SOURCES = select(*play_sources.c["source_id", "import_id", "before"]).order_by(play_sources.c.source_id)


def told_by(tellers: Container[int | None], sources: Iterable[Any]) -> set[int]:
    """Return the ids of the `sources` (rows of `SOURCES`) that hold one of the imports `tellers`, directly or by an earlier source."""
    found: set[int] = set()
    for source, import_id, before in sources:
        if import_id in tellers or before in found:
            found.add(source)
    return found


class PlaySources(dict[int | None, int]):
    """Maps the source of a count (None for one that is new) to the source to store once this import tells it; inserts missing ones."""

    def __init__(self, connection: Connection, import_id: int) -> None:
        super().__init__((source, source) for source in told_by([import_id], connection.execute(SOURCES)))
        self._connection, self._import_id = connection, import_id

    def __missing__(self, before: int | None) -> int:
        made = insert(play_sources).values(import_id=self._import_id, before=before)
        self[before] = source = int(self._connection.execute(made).inserted_primary_key[0])  # type: ignore[index]
        self[source] = source
        return source


def put_told(
    connection: Connection, table: Table, plays: Mapping[tuple[str, Any, int], float], sources: PlaySources
) -> Changes:
    """Insert or replace counts by listener, item and instant; replaced counts of other imports go to the table's `EARLIER` one."""
    names = tuple(column.name for column in table.c)
    users, items = ({key[place] for key in plays} for place in (0, 1))
    near = select(table).where(table.c.user_id.in_(users), table.c[names[1]].in_(items))
    stored = {row[:3]: tuple(row) for row in connection.execute(near)} if plays else {}
    before = {key: stored[key] for key in plays.keys() & stored.keys()}
    same = {key for key, row in before.items() if row[3] == plays[key]}
    given = {key: (*key, count, sources[before[key][4] if key in same else None]) for key, count in plays.items()}
    written = [row for key, row in given.items() if before.get(key) != row]
    replaced = [row for key, row in before.items() if key not in same and row[4] != given[key][4]]
    execute_for(connection, upsert(table), [dict(zip(names, row, strict=True)) for row in written])
    execute_for(connection, insert(EARLIER[table]), [dict(zip(names, row, strict=True)) for row in replaced])
    return Changes(len(plays) - len(before), len(before) - len(same), len(same))


def forget_import(transaction: Transaction, import_id: int) -> int:
    """Take out what only this import told; where it took an earlier count's place, that one stands again."""
    connection = transaction.connection
    sources = connection.execute(SOURCES).fetchall()
    own = told_by([import_id], sources)
    if not own:
        raise StoreError(f"there is no import {import_id} of plays; `consonance forget interactions` lists them")
    connection.execute(update(play_sources).where(play_sources.c.import_id == import_id).values(import_id=None))
    connection.execute(delete(imports).where(imports.c.import_id == import_id, imports.c.import_id > 0))
    others = {other for _, other, _ in sources} - {import_id, None}
    untold = {"sources": to_json(sorted(own - told_by(others, sources)))}
    gone = 0
    for table, earlier in EARLIER.items():
        gone += connection.execute(delete(table).where(among(table.c.source, "sources")), untold).rowcount
        connection.execute(delete(earlier).where(among(earlier.c.source, "sources")), untold)
        names = tuple(column.name for column in table.c)
        latest = select(*earlier.c[names]).order_by(earlier.c.earlier_id.desc())
        connection.execute(insert(table).prefix_with("OR IGNORE").from_select(names, latest))
    transaction.note_content(Changes(changed=gone))
    return gone
