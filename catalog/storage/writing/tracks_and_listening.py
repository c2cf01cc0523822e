"""Tracks, artists, plays and playlists as they come in."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from sqlalchemy import Connection, delete, select

from catalog.grouping import grouped
from catalog.instants import microseconds
from catalog.listening import Play, SavedPlaylist
from catalog.names import identity, search_form
from catalog.storage.rows import TRACK_COUNT, Row, among, batches, execute_for, positions_of, to_json, track_row
from catalog.storage.schema import artist_plays, artists, playlists, track_plays, tracks
from catalog.storage.writing.provenance import EARLIER, PlaySources, put_told
from catalog.storage.writing.transaction import Transaction, put, upsert
from catalog.stores import Changes, Unknown, untold
from catalog.tracks import Artist, Track

_STORED = select(*tracks.c["position", "track_id", "digest", "artist_key", "artist_id"]).where(
    among(tracks.c.track_id, "track_ids")
)


def put_tracks(transaction: Transaction, given: Iterable[Track]) -> Changes:
    """Add tracks behind the last position, or change those that are there and differ."""
    changes = Changes()
    count = transaction.connection.scalar(TRACK_COUNT) or 0
    for batch in batches(given):
        by_id = {track.track_id: track for track in batch}
        stored = {
            row.track_id: row for row in transaction.connection.execute(_STORED, {"track_ids": to_json(list(by_id))})
        }
        added: list[Row] = []
        changed: list[Row] = []
        renamed: list[str] = []
        for track_id, track in by_id.items():
            row = track_row(track) | {"epoch": transaction.epoch}
            if (old := stored.get(track_id)) is None:
                added.append(row | {"position": count + len(added)})
            elif old.digest != row["digest"]:
                changed.append(row | {"position": old.position})
                if (old.artist_key, old.artist_id) != (row["artist_key"], row["artist_id"]):
                    renamed.append(old.artist_key)
        touched = [*added, *changed]
        execute_for(transaction.connection, upsert(tracks), touched)
        transaction.attribution.note_tracks(touched, renamed)
        transaction.attribution.bear(borne_ids(by_id[row["track_id"]] for row in touched), told=False)
        count += len(added)
        changes += transaction.note_content(Changes(len(added), len(changed), len(by_id) - len(touched)))
    return changes


def borne_ids(found: Iterable[Track]) -> Iterator[tuple[list[str], str]]:
    """Yield (ids given together, name) of each artist and performer of tracks that comes with ids."""
    for track in found:
        own = [track.artist_id] if track.artist_id else []
        if len(track.performers) == 1:
            own += track.performers[0].ids
        if own:
            yield own, track.artist
        yield from ((list(one.ids), one.name) for one in track.performers if one.ids)


def put_artists(transaction: Transaction, found: Iterable[Artist]) -> Changes:
    """Add artists, or change those that are there and differ; what a later row leaves out is kept."""
    changes = Changes()
    for batch in batches(found):
        by_key = {artist.key: artist for artist in batch}
        rows = transaction.connection.execute(select(artists).where(artists.c.artist_key.in_(by_key)))
        stored: dict[str, Row] = {row.artist_key: dict(row._mapping) for row in rows}
        given: dict[str, Row] = {
            key: {
                "artist_key": key,
                "name": artist.name,
                "tags": to_json(artist.tags),
                "country": artist.country,
                "label": artist.label,
                "ids": to_json(dict(sorted(artist.ids.items()))),
                "kind": artist.kind,
            }
            for key, artist in by_key.items()
        }
        for key, earlier in stored.items():
            given[key] = earlier | {
                name: value for name, value in given[key].items() if value not in (None, "[]", "{}")
            }
        changes += transaction.note_content(put(transaction.connection, artists, given, stored))
        transaction.attribution.bear(
            [(sorted(artist.ids.values()), artist.name) for artist in by_key.values() if artist.ids], told=True
        )
    return changes


def put_plays(transaction: Transaction, found: Iterable[Play], unknown: Unknown = untold) -> Changes:
    """Record plays; the same listener, item and instant again takes the earlier count's place."""
    connection, changes = transaction.connection, Changes()
    names, sources = _NamesOfPlays(connection), PlaySources(connection, transaction.import_id)
    for batch in batches(found):
        positions = positions_of(connection, {play.track_id for play in batch if play.track_id})
        by_track: dict[tuple[str, int, int], float] = {}
        by_artist: dict[tuple[str, str, int], float] = {}
        missing = near = 0
        for play in batch:
            at = microseconds(play.at) if play.at else 0
            if play.track_id in positions:
                by_track[play.user_id, positions[play.track_id], at] = play.plays
            elif play.artist and (name := names.of(play.artist)):
                near += name != identity(play.artist)
                by_artist[play.user_id, name, at] = by_artist.get((play.user_id, name, at), 0.0) + play.plays
            else:
                missing += 1
                unknown(play.line, "track_id" if play.track_id else "artist", play.track_id or play.artist or "")
        changes += transaction.note_content(put_told(connection, track_plays, by_track, sources))
        changes += transaction.note_content(put_told(connection, artist_plays, by_artist, sources))
        changes += Changes(unknown=missing, near=near)
        transaction.pause()
    return changes


def forget_listener(transaction: Transaction, user_id: str) -> int:
    """Delete what a listener played; return how many rows that were."""
    gone = sum(
        transaction.connection.execute(delete(table).where(table.c.user_id == user_id)).rowcount
        for table in (*EARLIER, *EARLIER.values())
    )
    transaction.note_content(Changes(changed=gone))
    return gone


def put_playlists(transaction: Transaction, found: Iterable[SavedPlaylist], unknown: Unknown = untold) -> Changes:
    """Record playlists; unknown tracks are left out of them and counted."""
    connection, changes = transaction.connection, Changes()
    for batch in batches(found):
        by_id = {playlist.playlist_id: playlist for playlist in batch}
        positions = positions_of(connection, {track for one in by_id.values() for track in one.track_ids})
        known = {name: [positions[one] for one in by_id[name].track_ids if one in positions] for name in by_id}
        given = {
            name: {"playlist_id": name, "title": by_id[name].title, "positions": to_json(kept)}
            for name, kept in known.items()
        }
        rows = connection.execute(select(playlists).where(playlists.c.playlist_id.in_(by_id)))
        stored = {row.playlist_id: dict(row._mapping) for row in rows}
        changes += transaction.note_content(put(connection, playlists, given, stored))
        missing = [(one.line, track) for one in by_id.values() for track in one.track_ids if track not in positions]
        for line, track in missing:
            unknown(line, "track_ids", track)
        changes += Changes(unknown=len(missing))
        transaction.pause()
    return changes


class _NamesOfPlays:
    """Which artist a play means: by the identity of the name, else by its search form where one artist alone bears it."""

    def __init__(self, connection: Connection) -> None:
        self._known = set(connection.scalars(select(tracks.c.artist_key).distinct()))
        self._known.update(connection.scalars(select(artists.c.artist_key)))

    @cached_property
    def _by_search(self) -> dict[str, list[str]]:
        return grouped((search_form(name), name) for name in self._known)

    def of(self, artist: str) -> str | None:
        if (name := identity(artist)) in self._known:
            return name
        near = self._by_search.get(search_form(artist), ())
        return next(iter(near)) if len(near) == 1 else None
