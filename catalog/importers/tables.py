"""Importer of tables of tracks, artists, interactions, playlists and consent records (see `table_files` for the formats).

A row that lacks what it needs is reported and left out. A bad value that a track, artist or playlist can do without is
reported too, and the row imported without it. One import is one transaction: if it fails or is stopped, nothing changed.

An open licence is a deal: a track whose `licence` is a Creative Commons id or address gets one.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from catalog.choices import choose
from catalog.consent import (
    OPEN_LICENCE,
    ConsentRecord,
    Deal,
    Party,
    PartyKind,
    Period,
    RecordError,
    Subject,
    SubjectKind,
    is_ahead,
    parse_record,
    received,
)
from catalog.importers.artist_ids import SCHEMES
from catalog.importers.cells import (
    SHOWN,
    Cells,
    Reader,
    attribute,
    checked,
    entries,
    identifier,
    instant,
    not_negative,
    number,
    positive,
    text,
    truth,
    year,
)
from catalog.importers.reports import KEPT_PROBLEMS, CatalogImportError, ImportReport, RowError, RowsRead, unobserved
from catalog.importers.table_files import Required, check_columns, read_rows
from catalog.licences import deal_of_licence
from catalog.listening import Play, SavedPlaylist
from catalog.names import identity
from catalog.stores import CatalogStore, CatalogWriter
from catalog.tracks import Artist, Track, TrackId, parse_isrc

TRACKS_AT_ONCE = 5_000
"""Tracks held in memory together with their deals."""

MAX_PLAYS = 1e9
"""The most plays that one row may state."""

MAX_PLAYLIST_TRACKS = 10_000

SLOWEST_BPM, FASTEST_BPM = 20, 400

TRACK_COLUMNS = frozenset(field.name for field in fields(Track)) - {"attributes"}

ASSERTED_FROM = datetime(1900, 1, 1, tzinfo=UTC)

_COUNT = re.compile(r"\d+(\.\d+)?", re.ASCII)

_TEMPO = checked(
    number,
    lambda tempo: SLOWEST_BPM <= tempo <= FASTEST_BPM,
    f"{{number:g}} is not from {SLOWEST_BPM} to {FASTEST_BPM} beats per minute",
)
_PLAY_COUNT = checked(positive, lambda plays: plays <= MAX_PLAYS, f"{{number:g}} is more than {MAX_PLAYS:g}")

Item = TypeVar("Item")


def import_table(
    store: CatalogStore,
    source: str,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    asserted_deal: str | None = None,
    progress: RowsRead = unobserved,
) -> ImportReport:
    """Import one file in one transaction. `source` is tracks, artists, interactions, playlists or consent.

    `columns` gives the file's columns (keys) our names (values). `asserted_deal` is the operator's reason for giving
    every track of the file a deal (worldwide, all uses and models, from 1900). `progress` is told the rows read so far.
    Raises CatalogImportError when the file cannot be imported, with nothing changed.
    """
    if source not in _REQUIRED:
        raise CatalogImportError(f"{source!r} is not a table; the tables are {', '.join(_REQUIRED)}")
    if asserted_deal is not None and source != "tracks":
        raise CatalogImportError(f"--assert-deal gives tracks a deal; {source} take none")
    if source == "consent" and not path.name.lower().removesuffix(".gz").endswith(".jsonl"):
        raise CatalogImportError(f"{path}: consent records come as .jsonl or .jsonl.gz, one JSON object a line")
    if source in _COLUMNS:
        check_columns(source, columns, sorted(_COLUMNS[source]))
    report = ImportReport(str(path))
    rows = read_rows(path, report, _REQUIRED[source], columns, progress)
    records: list[ConsentRecord] = []
    with store.writing() as writer:
        match source:
            case "tracks":
                write_tracks(
                    writer, parsed(rows, read_track, "track_id", lambda track: track.track_id), report, asserted_deal
                )
            case "artists":
                _write_artists(writer, parsed(rows, _artist, "artist", lambda artist: artist.key), report)
            case "interactions":
                report.add(source, writer.put_plays(_summed(parsed(rows, _play))))
            case "playlists":
                report.add(
                    source,
                    writer.put_playlists(parsed(rows, _playlist, "playlist_id", lambda playlist: playlist.playlist_id)),
                )
            case "consent":
                records = list(parsed(rows, _record))
                report.add(source, writer.append(records))
    _tell_what_is_near(store, records, report)
    return report


def _record(cells: Cells) -> ConsentRecord:
    """Read a consent record. Raises RecordError for what allows and is dated ahead; what restricts counts from now then."""
    record = parse_record(cells.values)
    now = datetime.now(UTC)
    if is_ahead(record.recorded_at, now) and received(record, now).recorded_at is None:
        cells.report.problem(cells.line, "recorded_at", f"{cells.values['recorded_at']} lies ahead; it counts from now")
    return record


def _tell_what_is_near(store: CatalogStore, records: Iterable[ConsentRecord], report: ImportReport) -> None:
    """Report names of artists that records reach nobody under, and near ones that they do not reach."""
    by_name = (SubjectKind.ARTIST, SubjectKind.LEAD_ARTIST)
    for record in islice((record for record in records if record.subject.kind in by_name), KEPT_PROBLEMS):
        reached = store.reached_by([record])
        if reached.nobody or reached.near:
            report.problem(None, record.subject.kind.value, f"{record.subject.value!r}: {'; '.join(reached.told())}")


def parsed(
    rows: Iterable[Cells],
    parse: Callable[[Cells], Item],
    column: str = "",
    key: Callable[[Item], Hashable] | None = None,
) -> Iterator[Item]:
    """Yield what `parse` makes of the rows; reports those that it refuses.

    With a `key`, which `column` gives, a row whose key came before is reported and left out too.
    """
    lines: dict[Hashable, int] = {}
    for cells in rows:
        try:
            item = parse(cells)
            if key is not None and lines.setdefault(key(item), cells.line) != cells.line:
                raise RowError(column, f"{str(key(item))[:SHOWN]!r} was given in line {lines[key(item)]}")
        except RecordError as error:
            cells.report.problem(cells.line, error.field, f"{error.reason}; the row was left out")
        else:
            yield item


def write_tracks(
    writer: CatalogWriter, tracks: Iterable[Track], report: ImportReport, asserted_deal: str | None = None
) -> None:
    """Write tracks, and the deals that their open licences or the operator's word amount to.

    The evidence of an open licence is the attribute `licence_url` where a track has one, else the licence.
    Raises CatalogImportError when `asserted_deal` gives no reason.
    """
    if asserted_deal is not None and not asserted_deal.strip():
        raise CatalogImportError("--assert-deal needs the reason why you may use these tracks")
    tracks = iter(tracks)
    while batch := list(islice(tracks, TRACKS_AT_ONCE)):
        report.add("tracks", writer.put_tracks(batch))
        if records := [record for track in batch for record in _deals(track, asserted_deal)]:
            report.add("consent", writer.append(records))


def _deals(track: Track, asserted_deal: str | None) -> Iterator[ConsentRecord]:
    subject = Subject(SubjectKind.TRACK, track.track_id)
    if track.licence and (deal := deal_of_licence(track.licence, track.artist)):
        yield ConsentRecord(
            subject, deal, source=OPEN_LICENCE, evidence=track.attributes.get("licence_url", track.licence)
        )
    if asserted_deal is not None:
        deal = Deal(period=Period(start=ASSERTED_FROM), licensor="operator")
        yield ConsentRecord(subject, deal, source=asserted_deal.strip())


def read_track(cells: Cells) -> Track:
    """Read a row of tracks. Raises RowError where it has no id, title or artist."""
    return Track(
        **cells.fields(_TRACK, ("track_id", "title", "artist")), attributes=read_attributes(cells, TRACK_COLUMNS)
    )


def read_attributes(cells: Cells, known: frozenset[str]) -> dict[str, str]:
    """Return the columns that are not among the `known` ones and not empty, as texts."""
    return {
        name: value
        for name in cells.values
        if name and name not in known and (value := cells.read(name, partial(_attribute, name)))
    }


def _attribute(name: str, value: object) -> str:
    identifier(name)  # in JSONL every row has names of its own
    return attribute(value)


def _artist(cells: Cells) -> Artist:
    fields = cells.fields(_ARTIST, ("artist",))
    ids = {scheme: fields.pop(scheme) for scheme in SCHEMES if scheme in fields}
    return Artist(name=fields.pop("artist"), ids=ids, **fields)


def _weighted_tags(value: object) -> tuple[str, ...]:
    """Read tags, each alone or as tag:count (no count is 1), and order them by count."""
    weights: dict[str, float] = {}
    for entry in entries(value):
        tag, _, count = map(str.strip, entry.rpartition(":"))
        tag, weight = (tag, float(count)) if tag and _COUNT.fullmatch(count) else (entry, 1.0)
        weights[tag] = max(weight, weights.get(tag, weight))
    return tuple(sorted(weights, key=lambda tag: -weights[tag]))


def _party_kind(value: object) -> str:
    return choose(PartyKind, re.sub(r"[\s-]+", "_", text(value).lower())[:SHOWN]).value


def _write_artists(writer: CatalogWriter, artists: Iterable[Artist], report: ImportReport) -> None:
    """Write artists; what kind of party one is counts in decisions, so it becomes a consent record."""
    parties: list[ConsentRecord] = []

    def noted() -> Iterator[Artist]:
        for artist in artists:
            if artist.kind:
                party = Party(PartyKind(artist.kind), name=artist.name)
                parties.append(ConsentRecord(Subject.artist(artist.name), party, source="artists"))
            yield artist

    report.add("artists", writer.put_artists(noted()))
    if parties:
        report.add("consent", writer.append(parties))


def _play(cells: Cells) -> Play:
    """Read a row of interactions; unlike a track, it means something else without a count or instant that it gives."""
    by_track = cells.has("track_id") or not cells.has("artist")
    return Play(
        user_id=cells.require("user_id", identifier),
        track_id=TrackId(cells.require("track_id", identifier)) if by_track else None,
        artist=None if by_track else cells.require("artist", text),
        plays=cells.require("plays", _PLAY_COUNT) if cells.has("plays") else 1.0,
        at=cells.require("at", instant) if cells.has("at") else None,
    )


def _summed(plays: Iterable[Play]) -> Iterator[Play]:
    """Add up the plays of the same listener, track or artist, and instant."""
    totals: dict[tuple[str, TrackId | None, str | None, datetime | None], float] = {}
    spelled: dict[str, str] = {}
    for play in plays:
        artist = None if play.artist is None else spelled.setdefault(identity(play.artist), play.artist)
        item = (play.user_id, play.track_id, artist, play.at)
        totals[item] = totals.get(item, 0.0) + play.plays
    for (user_id, track_id, artist, at), total in totals.items():
        yield Play(user_id, track_id, artist, total, at)


def _playlist(cells: Cells) -> SavedPlaylist:
    return SavedPlaylist(**cells.fields(_PLAYLIST, ("playlist_id", "track_ids")))


def _track_ids(value: object) -> tuple[TrackId, ...]:
    """Read a playlist's tracks in their order, repeated ones included; spaces and `;` separate them in a cell."""
    given = value.replace(";", " ").split() if isinstance(value, str) else value
    if not isinstance(given, list):
        raise ValueError("is not a list; the ids of tracks are separated by spaces or ;")
    if len(given) > MAX_PLAYLIST_TRACKS:
        raise ValueError(f"has {len(given):,} tracks; at most {MAX_PLAYLIST_TRACKS:,} are taken")
    return tuple(TrackId(identifier(track_id)) for track_id in given)


_TRACK: Mapping[str, Reader[Any]] = {
    "track_id": identifier,
    "title": text,
    "artist": text,
    "artist_id": identifier,
    "isrc": lambda value: parse_isrc(text(value)),
    "album": text,
    "year": year,
    "duration_s": positive,
    "genres": entries,
    "moods": entries,
    "instruments": entries,
    "tags": entries,
    "tempo_bpm": _TEMPO,
    "energy": number,
    "valence": number,
    "explicit": truth,
    "instrumental": truth,
    "language": text,
    "label": text,
    "licence": text,
    "popularity": not_negative,
}
_ARTIST: Mapping[str, Reader[Any]] = {
    **SCHEMES,
    "artist": text,
    "tags": _weighted_tags,
    "country": text,
    "label": text,
    "kind": _party_kind,
}
_PLAYLIST: Mapping[str, Reader[Any]] = {"playlist_id": identifier, "track_ids": _track_ids, "title": text}
"""The reader of each column, by the field of the same name; all but a track's performers come in tables."""

_REQUIRED: Mapping[str, Required] = {
    "tracks": (("track_id",), ("title",), ("artist",)),
    "artists": (("artist",),),
    "interactions": (("user_id",), ("track_id", "artist")),
    "playlists": (("playlist_id",), ("track_ids",)),
    "consent": (),
}
"""The columns that a table has to have, by source."""

_COLUMNS: Mapping[str, Iterable[str]] = {
    "artists": _ARTIST,
    "interactions": ("user_id", "track_id", "artist", "plays", "at"),
    "playlists": _PLAYLIST,
}
"""All columns that a source knows; the others know any."""
