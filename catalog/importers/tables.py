"""Importer of tables of tracks, artists, interactions, playlists and consent records (see `table_files` for the formats).

A row that lacks what it needs is reported and left out. A bad value that a track, artist or playlist can do without is
reported too, and the row imported without it. An import is written in portions of whole rows: one that was cut
short is finished by the same command.

An open licence is a deal: a track whose `licence` is a Creative Commons id or address gets one.
"""

import re
import shlex
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from catalog.choices import choose
from catalog.consent import (
    ConsentRecord,
    Party,
    PartyKind,
    RecordError,
    Subject,
    SubjectKind,
    is_ahead,
    parse_record,
    received,
)
from catalog.importers.cells import SCHEMES, SHOWN, Cells, Reader, entries, is_cut_by, known_text, name, shown, text
from catalog.importers.columns import COLUMNS, meant, plain
from catalog.importers.listening_rows import (
    MeantTracks,
    leave_out_unknown,
    read_play,
    read_playlist,
    summed,
    tell_unknown,
)
from catalog.importers.reports import (
    KEPT_PROBLEMS,
    CatalogImportError,
    ImportReport,
    RowError,
    RowsRead,
    entered_by,
    unobserved,
)
from catalog.importers.table_files import check_columns, read_rows
from catalog.importers.track_rows import TRACK_COLUMNS, read_track, readers_of, tell_without_deal, write_tracks
from catalog.stores import CatalogStore, CatalogWriter
from catalog.tracks import Artist, TrackId

SAMPLE = 1_000
"""Rows at the beginning that tell how columns are meant, and which there are."""

ROWS_AT_ONCE = 500
"""Artists written together with what they are."""

SHOWN_COLUMNS = 30

_COUNT = re.compile(r"\d+(\.\d+)?", re.ASCII)

Item = TypeVar("Item")


def import_table(
    store: CatalogStore,
    source: str,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    asserted_deal: str | None = None,
    progress: RowsRead = unobserved,
) -> ImportReport:
    """Import one file, in portions of whole rows. `source` is tracks, artists, interactions, playlists or consent.

    `columns` gives the file's columns (keys) our names (values), `constants` the value of columns where a row has none, and
    `asserted_deal` the reason for giving every track a deal (worldwide, all uses and models, from 1900). `progress` is told the
    rows read so far. Raises CatalogImportError where not all can be imported: rows before are in, and importing again goes on.
    """
    if source not in (*COLUMNS, "consent"):
        raise CatalogImportError(f"{source!r} is not a table; the tables are {', '.join(COLUMNS)}, consent")
    if asserted_deal is not None and source != "tracks":
        raise CatalogImportError(f"--assert-deal gives tracks a deal; {source} take none")
    if source == "consent" and not path.name.lower().removesuffix(".gz").endswith((".json", ".jsonl")):
        raise CatalogImportError(f"{path}: consent records come as JSON objects, in .json or .jsonl (.gz too)")
    kind = COLUMNS.get(source)
    if kind is not None:
        check_columns(source, columns, constants, kind.names)
    report = ImportReport(str(path))
    found = read_rows(path, report, kind.needs if kind else (), columns, constants, progress)
    told: list[tuple[int, ConsentRecord]] = []
    without: list[TrackId] = []
    with store.importing(f"{source} {path.absolute()}", entered_by(path)) as writer:
        sample = list(islice(found, SAMPLE))
        rows = chain(sample, found)
        if kind is not None:
            report.columns = list(_told_columns(sample, source, kind.names, columns or {}))
        match source:
            case "tracks":
                read = partial(read_track, readers_of(sample, report))
                tracks = parsed(rows, read, "track_id", lambda told: told[0].track_id)
                without = write_tracks(store, writer, tracks, report, asserted_deal)
            case "artists":
                _write_artists(writer, parsed(rows, _artist, "artist", lambda artist: artist.key), report)
            case "interactions":
                rows_at = Counter[int]()
                plays = summed(MeantTracks(store).in_plays(parsed(rows, read_play)), report, rows_at)
                changes = writer.put_plays(plays, partial(leave_out_unknown, report, rows_at))
                report.add(source, changes)
                if changes.added or changes.changed or changes.unchanged:
                    forget = f"consonance forget interactions --import {writer.import_id}"
                    report.notes.append(f"this was import {writer.import_id}: `{forget}` takes its plays out again")
            case "playlists":
                playlists = parsed(rows, read_playlist, "playlist_id", lambda playlist: playlist.playlist_id)
                named = MeantTracks(store).in_playlists(playlists)
                report.add(source, writer.put_playlists(named, partial(tell_unknown, report)))
            case "consent":
                told = list(parsed(rows, lambda cells: (cells.line, _record(cells))))
                report.add(source, writer.append([record for _, record in told]))
    tell_without_deal(store, without, report)
    _tell_what_is_unknown(store, told, report)
    _tell_what_is_near(store, [record for _, record in told], report)
    return report


def _told_columns(
    sample: Iterable[Cells], source: str, known: Sequence[str], renamed: Mapping[str, str]
) -> Iterator[str]:
    """Say which columns are used, which are kept as attributes or not read, and which of ours these may be meant for."""
    theirs = {plain(ours): column for column, ours in renamed.items()}
    met = dict.fromkeys(name for cells in sample for name in cells.values if name)
    used = [name for name in met if name in known]
    if not met:
        return
    yield _listed("columns used", [f"{name} (their {theirs[name]})" if name in theirs else name for name in used])
    led = {plain(column.partition(".")[0]) for column in renamed}
    strangers = [name for name in met if not (name in known or name in led)]
    hints = {name: found for name in strangers if (found := meant(name, known)) and found not in used}
    strangers.sort(key=lambda name: name not in hints)
    kept = [name for name in strangers if source == "tracks" and name not in TRACK_COLUMNS]
    unread = [name for name in strangers if source != "tracks" or name in TRACK_COLUMNS]
    for fate, columns in (("kept as attributes", kept), ("not read", unread)):
        if columns:
            yield _listed(f"columns {fate}", [_hinted(column, hints.get(column)) for column in columns])


def _hinted(name: str, near: str | None) -> str:
    return f"{shown(name)} (did you mean {near}? --column {shlex.quote(f'{name}={near}')})" if near else shown(name)


def _listed(what: str, columns: Sequence[str]) -> str:
    more = f" and {len(columns) - SHOWN_COLUMNS:,} more" if len(columns) > SHOWN_COLUMNS else ""
    return f"{what}: {', '.join(columns[:SHOWN_COLUMNS]) or 'none'}{more}"


def _record(cells: Cells) -> ConsentRecord:
    """Read a consent record. Raises RecordError for what allows and is dated ahead; what restricts counts from now then."""
    record = parse_record(cells.values)
    now = datetime.now(UTC)
    if is_ahead(record.recorded_at, now) and received(record, now).recorded_at is None:
        cells.report.problem(cells.line, "recorded_at", f"{cells.values['recorded_at']} lies ahead; it counts from now")
    return record


def _tell_what_is_unknown(store: CatalogStore, told: Iterable[tuple[int, ConsentRecord]], report: ImportReport) -> None:
    """Report the records about tracks that the catalog does not have (yet): they are kept for these."""
    by_id = {record.subject.value: line for line, record in told if record.subject.kind is SubjectKind.TRACK}
    by_isrc = {record.subject.value: line for line, record in told if record.subject.kind is SubjectKind.ISRC}
    known = store.positions_of(map(TrackId, by_id))
    unknown = [(by_id[one], "track_id", one) for one in by_id if one not in known]
    unknown += [(line, "isrc", one) for one, line in by_isrc.items() if not store.positions_of_isrc(one)]
    for line, field, named in sorted(unknown):
        tell_unknown(report, line, field, named)


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
            cells.report.leave_out(cells.line, error.field, f"{error.reason}; the row was left out")
        else:
            yield item


def _artist(cells: Cells) -> Artist:
    fields = cells.fields(_ARTIST, ("artist",))
    ids = {scheme: fields.pop(scheme) for scheme in SCHEMES if scheme in fields}
    return Artist(name=fields.pop("artist"), ids=ids, **fields)


def _weighted_tags(value: object) -> tuple[str, ...]:
    """Read tags, each alone or as tag:count (no count is 1), and order them by count."""
    weights: dict[str, float] = {}
    for entry in entries(value, "," if isinstance(value, str) and ";" not in value and is_cut_by(",", value) else ";"):
        tag, _, count = map(str.strip, entry.rpartition(":"))
        tag, weight = (tag, float(count)) if tag and _COUNT.fullmatch(count) else (entry, 1.0)
        weights[tag] = max(weight, weights.get(tag, weight))
    return tuple(sorted(weights, key=lambda tag: -weights[tag]))


def _party_kind(value: object) -> str:
    return choose(PartyKind, re.sub(r"[\s-]+", "_", text(value).lower())[:SHOWN]).value


def _write_artists(writer: CatalogWriter, artists: Iterable[Artist], report: ImportReport) -> None:
    """Write artists; what kind of party one is counts in decisions, so it becomes a consent record."""
    artists = iter(artists)
    while batch := list(islice(artists, ROWS_AT_ONCE)):
        report.add("artists", writer.put_artists(batch))
        parties = [
            ConsentRecord(
                Subject.artist(artist.name), Party(PartyKind(artist.kind), name=artist.name), source="artists"
            )
            for artist in batch
            if artist.kind
        ]
        if parties:
            report.add("consent", writer.append(parties))
        writer.pause()


_ARTIST: Mapping[str, Reader[Any]] = {
    **SCHEMES,
    "artist": name,
    "tags": _weighted_tags,
    "country": known_text,
    "label": known_text,
    "kind": _party_kind,
}
"""The reader of each column, by the field of the same name."""
