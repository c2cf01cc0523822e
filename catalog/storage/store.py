"""The catalog on disk: tracks, artists, listening, and append-only consent records, in one SQLite file.

Written in SQLAlchemy Core, the most widely maintained SQL layer, so that PostgreSQL can follow without another store.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Update, bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert

from catalog.grouping import grouped
from catalog.instants import instant_text
from catalog.names import search_form
from catalog.storage.migrations import STEPS, migrate, missing_steps
from catalog.storage.reading.consent import RecordReader, number_of
from catalog.storage.reading.names import NameReader
from catalog.storage.rows import POSITIONS, TRACK_COLUMNS, TRACK_COUNT, among, to_json, track_of
from catalog.storage.schema import artist_plays, artists, imports, playlists, state, track_plays, tracks
from catalog.storage.subjects import quoted
from catalog.storage.sums import disagreeing
from catalog.storage.writing import deliveries, provenance, records, tracks_and_listening
from catalog.storage.writing.transaction import Transaction
from catalog.stores import CATALOG_FILE, CatalogStore, CatalogWriter, Import, StoreError
from catalog.tracks import Artist, Position, Track, TrackId

_ALL = 2**31 - 1
SHOWN_DAMAGE = 3

_CONTENT = select(state.c.value).where(state.c.key == quoted("content"))
_ALL_TRACKS = select(*TRACK_COLUMNS).order_by(tracks.c.position)
_TRACKS = select(tracks.c.position, *TRACK_COLUMNS).where(among(tracks.c.position, "positions"))
_TRACK_IDS = select(tracks.c.track_id).order_by(tracks.c.position)
_OF_ISRC = select(tracks.c.position).where(tracks.c.isrc == bindparam("isrc")).order_by(tracks.c.position)
_FIRST = (
    select(tracks.c.artist_key, func.min(tracks.c.position))
    .where(among(tracks.c.artist_key, "artists"))
    .group_by(tracks.c.artist_key)
)
_ARTISTS = select(*artists.c["name", "tags", "country", "label", "ids", "kind"]).order_by(artists.c.artist_key)
_ARTIST_KEYS = select(tracks.c.artist_key).distinct()
_CREDITED = select(*tracks.c["artist_id", "artist_key"]).distinct()
_TRACK_PLAYS = select(*track_plays.c["user_id", "position", "plays", "at"]).order_by(track_plays.c.user_id)
_ARTIST_PLAYS = select(*artist_plays.c["user_id", "artist_key", "plays", "at"]).order_by(artist_plays.c.user_id)
_BEGIN_IMPORT = insert(imports).on_conflict_do_nothing()
_UNDER_WAY = select(imports.c.import_id).where(imports.c.what == bindparam("of"), imports.c.ended_at.is_(None))
_WRITTEN = update(imports).where(imports.c.import_id == bindparam("of")).values(written_at=bindparam("now"))
_ENDED = _WRITTEN.values(ended_at=bindparam("now"))
_IMPORTS = select(*imports.c["import_id", "what", "begun_at", "written_at"]).order_by(imports.c.import_id)
_UNFINISHED = _IMPORTS.where(imports.c.ended_at.is_(None))
_COUNTED = [select(of.c.source, func.count()).group_by(of.c.source) for of in (track_plays, artist_plays)]
_PLAYLISTS = select(playlists).order_by(playlists.c.playlist_id)
_OF_LISTENER = {
    item: select(item, func.sum(item.table.c.plays))
    .where(item.table.c.user_id == bindparam("user_id"))
    .group_by(item)
    .order_by(item)
    for item in (track_plays.c.position, artist_plays.c.artist_key)
}


def _artist_of(row: Any) -> Artist:
    name, tags, country, label, ids, kind = row
    return Artist(name, tuple(json.loads(tags)), country, label, json.loads(ids), kind)


Write = TypeVar("Write", bound=Callable[..., Any])


def _whole(write: Write) -> Write:
    """Make a write that breaks the transaction where it fails halfway, so that nothing half is ever committed."""

    @wraps(write)
    def writing(transaction: Transaction, *given: Any) -> Any:
        before = transaction.written
        try:
            return write(transaction, *given)
        except Exception:  # after an interruption the connection is of no use any more
            transaction.broken |= transaction.written != before
            raise

    return cast(Write, writing)


class SqliteCatalogWriter(Transaction, CatalogWriter):
    """One transaction on the catalog, in which tracks, listening and consent records come in."""

    put_tracks = _whole(tracks_and_listening.put_tracks)
    put_artists = _whole(tracks_and_listening.put_artists)
    put_plays = _whole(tracks_and_listening.put_plays)
    put_playlists = _whole(tracks_and_listening.put_playlists)
    forget_listener = _whole(tracks_and_listening.forget_listener)
    forget_import = _whole(provenance.forget_import)
    append = _whole(records.append)
    deliver = _whole(deliveries.deliver)


class SqliteCatalogStore(RecordReader, NameReader, CatalogStore):
    """The catalog in a home's SQLite file, migrated when it is opened; processes may share it."""

    def __init__(self, home: Path, *, make: bool = True) -> None:
        super().__init__(home / CATALOG_FILE, make=make)
        with self._inspected() as connection:
            missing = missing_steps(connection)
        if missing == list(STEPS) and not make:
            raise StoreError(f"{self._path} is empty; run `consonance import`")
        if missing:  # Looked at first, so that opening never waits for an import to end.
            with self._writing() as (connection, _):
                migrate(connection)

    @contextmanager
    def writing(self, entered_by: str | None = None) -> Iterator[CatalogWriter]:
        with self._writing() as (connection, _):
            writer = SqliteCatalogWriter(connection, entered_by)
            yield writer
            writer.finish()

    @contextmanager
    def importing(self, what: str, entered_by: str | None = None) -> Iterator[CatalogWriter]:
        with self._writing() as (connection, go_on):

            def end(statement: Update) -> None:
                noted = connection.execute(statement, {"of": import_id, "now": instant_text(datetime.now(UTC))})
                if not noted.rowcount:
                    raise StoreError(
                        f"{what} was forgotten while it was imported; import it again, or leave it at that"
                    )

            def next_portion() -> None:
                end(_WRITTEN)
                go_on()

            now = instant_text(datetime.now(UTC))
            connection.execute(_BEGIN_IMPORT, {"what": what, "begun_at": now, "written_at": now})
            import_id = connection.execute(_UNDER_WAY, {"of": what}).scalar_one()
            writer = SqliteCatalogWriter(connection, entered_by, next_portion, import_id)
            yield writer
            writer.finish()
            end(_ENDED)

    def unfinished_imports(self) -> list[Import]:
        return [Import(*row) for row in self._read(_UNFINISHED)]

    def imports_of_plays(self) -> list[Import]:
        with self._snapshot() as read:
            counts = [count for counted in _COUNTED for count in read(counted)]
            sources = read(provenance.SOURCES).fetchall()
            tellers = {import_id for _, import_id, _ in sources}
            found = [(row, provenance.told_by([row[0]], sources)) for row in read(_IMPORTS) if row[0] in tellers]
        told = [
            Import(*row)._replace(plays=sum(count for source, count in counts if source in own)) for row, own in found
        ]
        return [one for one in told if one.plays]

    def play_count(self) -> int:
        with self._snapshot() as read:
            return sum(count for counted in _COUNTED for _, count in read(counted))

    def damage(self) -> list[str]:
        with self._inspected() as connection:
            found = connection.exec_driver_sql(f"PRAGMA quick_check({_ALL})").scalars()
            # SQLite 3.40 takes the column behind a key that it put first for the one that had its place.
            if faults := [fault for fault in found if fault not in ("ok", "NULL value in artist_ids.artist")]:
                return faults[:SHOWN_DAMAGE]
            subjects, altered = disagreeing(connection)
        told = [f"{subjects:,} subjects of consent records have other records than were written"] if subjects else []
        return [*told, *([f"{altered:,} tracks have other credits than were written"] if altered else [])]

    def track_count(self) -> int:
        with self._snapshot() as read:
            return number_of(read(TRACK_COUNT))

    def version(self) -> str:
        with self._snapshot() as read:
            return f"{number_of(read(TRACK_COUNT))}-{number_of(read(_CONTENT))}"

    def all_tracks(self) -> Iterator[Track]:
        return self._rows(_ALL_TRACKS, track_of)

    def track_ids(self) -> list[TrackId]:
        return [track_id for (track_id,) in self._rows(_TRACK_IDS)]

    def tracks(self, positions: Sequence[Position]) -> list[Track]:
        with self._snapshot() as read:
            rows = read(_TRACKS, positions=to_json(list(positions)))
            by_position = {position: track_of(values) for position, *values in rows}
        return [by_position[position] for position in positions]

    def positions_of(self, track_ids: Iterable[TrackId]) -> dict[TrackId, Position]:
        return dict(self._read(POSITIONS, track_ids=to_json(list(track_ids))))

    def positions_of_isrc(self, isrc: str) -> list[Position]:
        return [position for (position,) in self._read(_OF_ISRC, isrc=isrc)]

    def first_positions(self, artists: Iterable[str]) -> dict[str, Position]:
        return dict(self._read(_FIRST, artists=to_json(list(artists))))

    def artists_by_name(self) -> dict[str, Artist]:
        known = {artist.key: artist for artist in self.artists()}
        credited = {name for (name,) in self._read(_ARTIST_KEYS)}
        near = grouped((search_form(name), name) for name in credited - known.keys())
        others = grouped((search_form(key), artist) for key, artist in known.items() if key not in credited)
        alone = {form: found[0] for form, found in others.items() if len(found) == 1}
        return known | {names[0]: alone[form] for form, names in near.items() if len(names) == 1 and form in alone}

    def artists(self) -> Iterator[Artist]:
        return self._rows(_ARTISTS, _artist_of)

    def credited_artists(self) -> Iterator[tuple[str, str]]:
        return self._rows(_CREDITED)

    def track_plays(self) -> Iterator[tuple[str, Position, float, int]]:
        return self._rows(_TRACK_PLAYS)

    def artist_plays(self) -> Iterator[tuple[str, str, float, int]]:
        return self._rows(_ARTIST_PLAYS)

    def playlists(self) -> Iterator[tuple[str, str | None, list[Position]]]:
        return self._rows(_PLAYLISTS, lambda row: (*row[:2], json.loads(row[2])))

    def listener_plays(self, user_id: str) -> tuple[dict[Position, float], dict[str, float]]:
        with self._snapshot() as read:
            by_track, by_artist = (dict(read(heard, user_id=user_id)) for heard in _OF_LISTENER.values())
            return by_track, by_artist
