"""Rows of interactions and playlists: whom they mean, and which of those the catalog does not have."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from catalog.importers.cells import (
    SHOWN,
    Cells,
    Reader,
    checked,
    identifier,
    instant,
    list_written_as_text,
    name,
    positive,
    track_id,
)
from catalog.importers.reports import ImportReport, Weight
from catalog.listening import Play, SavedPlaylist
from catalog.names import identity
from catalog.stores import CatalogStore
from catalog.tracks import TrackId, isrc_in

MAX_PLAYS = 1e9

MAX_PLAYLIST_TRACKS = 10_000

ROWS_AT_ONCE = 500

DATED = 0.5
"""The share of plays with a date below which an import says what their lack means."""

_PLAY_COUNT = checked(positive, lambda plays: plays <= MAX_PLAYS, f"{{number:g}} is more than {MAX_PLAYS:g}")
_BETWEEN_IDS = re.compile(r"[;,|\s]+")

Item = TypeVar("Item")


def read_play(cells: Cells) -> Play:
    """Read a row of interactions; unlike a track, it means something else without a count or instant that it gives."""
    by_track = cells.has("track_id") or not cells.has("artist")
    return Play(
        user_id=cells.require("user_id", identifier),
        track_id=cells.require("track_id", track_id) if by_track else None,
        artist=None if by_track else cells.require("artist", name),
        plays=cells.require("plays", _PLAY_COUNT) if cells.has("plays") else 1.0,
        at=cells.require("at", instant) if cells.has("at") else None,
        line=cells.line,
    )


def summed(plays: Iterable[Play], report: ImportReport, rows_at: Counter[int]) -> Iterator[Play]:
    """Add up the plays of the same listener, track or artist, and instant; the first row stands for all.

    `rows_at` counts by its line the rows for which it stands. Where most have no date, a note says what that means.
    """
    totals: dict[tuple[str, TrackId | None, str | None, datetime | None], tuple[float, int]] = {}
    spelled: dict[str, str] = {}
    for play in plays:
        artist = None if play.artist is None else spelled.setdefault(identity(play.artist), play.artist)
        item = (play.user_id, play.track_id, artist, play.at)
        plays_so_far, line = totals.get(item, (0.0, play.line))
        totals[item] = plays_so_far + play.plays, line
        rows_at[line] += 1
    dated = sum(at is not None for *_, at in totals)
    if dated < DATED * len(totals):
        report.notes.append(
            f"of {len(totals):,} plays {f'{dated:,}' if dated else 'none'} {'has' if dated < 2 else 'have'} a date: splits by "
            "time hold out all that have none, and when people listen is not known of them; forget this import, then import "
            "again with `--column THEIRS=at` for the column that holds it"
        )
    for (user_id, track, artist, at), (total, line) in totals.items():
        yield Play(user_id, track, artist, total, at, line)


def read_playlist(cells: Cells) -> SavedPlaylist:
    """Read a row of playlists."""
    return SavedPlaylist(**cells.fields(_PLAYLIST, ("playlist_id", "track_ids")), line=cells.line)


def _track_ids(value: object) -> tuple[TrackId, ...]:
    """Read a playlist's tracks in their order, repeated ones included; spaces, `;`, `,` and `|` separate them in a cell."""
    given = value
    if isinstance(value, str):
        given = list_written_as_text(value) or list(filter(None, _BETWEEN_IDS.split(value)))
    if not isinstance(given, list):
        raise ValueError("is not a list; the ids of tracks are separated by spaces or ;")
    if len(given) > MAX_PLAYLIST_TRACKS:
        raise ValueError(f"has {len(given):,} tracks; at most {MAX_PLAYLIST_TRACKS:,} are taken")
    return tuple(map(track_id, given))


class MeantTracks:
    """The tracks that ids of a file mean: of an id that no track has, the one track that has it as its ISRC, in any wrapping."""

    def __init__(self, store: CatalogStore) -> None:
        self._store = store
        self._meant: dict[TrackId, TrackId] = {}

    def in_plays(self, plays: Iterable[Play]) -> Iterator[Play]:
        """Yield plays with the tracks that they mean."""
        for batch in batched(plays):
            self._look_up(play.track_id for play in batch if play.track_id)
            for play in batch:
                meant = self._meant.get(play.track_id) if play.track_id else None
                yield replace(play, track_id=meant) if meant else play

    def in_playlists(self, playlists: Iterable[SavedPlaylist]) -> Iterator[SavedPlaylist]:
        """Yield playlists with the tracks that they mean."""
        for batch in batched(playlists):
            self._look_up(one for playlist in batch for one in playlist.track_ids)
            for playlist in batch:
                yield replace(playlist, track_ids=tuple(self._meant.get(one, one) for one in playlist.track_ids))

    def _look_up(self, named: Iterable[TrackId]) -> None:
        isrcs = {one: isrc for one in named if one not in self._meant and (isrc := isrc_in(one))}
        known = self._store.positions_of(isrcs) if isrcs else {}
        for one in isrcs.keys() - known.keys():
            sharing = self._store.positions_of_isrc(isrcs[one])
            if len(sharing) == 1:
                self._meant[one] = self._store.tracks(sharing)[0].track_id


def batched(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield items in lists that are looked up together."""
    iterator = iter(items)
    while batch := list(islice(iterator, ROWS_AT_ONCE)):
        yield batch


def tell_unknown(report: ImportReport, line: int, field: str, name: str) -> None:
    """Report a track or artist that a row names and the catalog does not have."""
    what = "artist" if field == "artist" else "track"
    report.problem(line, field, f"{name[:SHOWN]!r} is no {what} of the catalog", weight=Weight.UNKNOWN)


def leave_out_unknown(report: ImportReport, rows_at: Counter[int], line: int, field: str, name: str) -> None:
    """Report a play of what the catalog does not have: the rows that tell it are left out, whose count is that of its line."""
    report.left_out += rows_at[line]
    tell_unknown(report, line, field, name)


_PLAYLIST: Mapping[str, Reader[Any]] = {"playlist_id": identifier, "track_ids": _track_ids, "title": name}
