"""Rows of tracks: the reader of every column, what a column as a whole turns out to hold, and what a file leaves unsaid.

An open licence is a deal: a track whose `licence` is a Creative Commons id or address gets one. What a file has no column for
stays as it was; an empty cell says that nothing is known.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from statistics import median
from typing import Any

import numpy as np

from catalog.consent import OPEN_LICENCE, ConsentRecord, Deal, Period, Subject, SubjectKind
from catalog.importers.cells import (
    Cells,
    Reader,
    artist_id,
    attribute,
    checked,
    entries,
    identifier,
    is_cut_by,
    isrc,
    known_text,
    milliseconds,
    name,
    not_negative,
    number,
    recording,
    seconds,
    shown,
    text,
    track_id,
    truth,
    year,
)
from catalog.importers.reports import CatalogImportError, ImportReport
from catalog.licences import deal_of_licence
from catalog.names import identity
from catalog.stores import CatalogStore, CatalogWriter
from catalog.tracks import Track, TrackId

TRACKS_AT_ONCE = 250
"""Tracks written together with their deals, whole."""

LONGEST_MEDIAN_S = 36_000
"""Half the tracks of no catalog are longer than ten hours: a column of which that is so holds milliseconds."""

SLOWEST_BPM, FASTEST_BPM = 20, 400

MAX_LOCATION = 4_000

ASSERTED_FROM = datetime(1900, 1, 1, tzinfo=UTC)

_TEMPO = checked(
    number,
    lambda tempo: SLOWEST_BPM <= tempo <= FASTEST_BPM,
    f"{{number:g}} is not from {SLOWEST_BPM} to {FASTEST_BPM} beats per minute",
)

_NAMING = frozenset({"isrc", "artist_id", "album", "label"})
"""What records may name a recording by: an empty cell does not take it out of their reach, only another name does."""

Told = tuple[Track, Collection[str]]
"""A track, and the columns that its row speaks about: empty ones too, but for names, and none whose value was refused."""


def readers_of(sample: Sequence[Cells], report: ImportReport) -> Mapping[str, Reader[Any]]:
    """Return the reader of each column, with separators and units as the first rows show them; deviations are noted in `report`."""
    readers = dict(_TRACK)
    for column in _LISTS:
        cells = [value for row in sample if isinstance(value := row.values.get(column), str)]
        separator = next((sign for sign in ";|," if any(is_cut_by(sign, cell) for cell in cells)), ";")
        if separator != ";":
            readers[column] = partial(entries, separator=separator)
            report.notes.append(f"{column}: {separator!r} separates its entries, as none of the first cells has a ;")
        elif whole := [cell for cell in cells if ";" not in cell and is_cut_by(",", cell)]:
            report.notes.append(
                f"{column}: {shown(whole[0])} and its like are one entry, as other cells have a ; between theirs"
            )
    lengths = [found for row in sample if (found := row.glance("duration_s", number))]
    if lengths and median(lengths) > LONGEST_MEDIAN_S:
        readers["duration_s"] = milliseconds
        report.notes.append(
            f"duration_s: the middle one of its lengths would be {median(lengths) / 3600:,.0f} hours, so they are read as milliseconds"
        )
    return readers


def read_track(readers: Mapping[str, Reader[Any]], cells: Cells) -> Told:
    """Read a row. Raises RowError where it has no id, title or artist."""
    read = cells.fields(readers, ("track_id", "title", "artist"))
    silent = {column for column in _TRACK if column not in read and (cells.has(column) or column in _NAMING)}
    if "duration_ms" in read:
        read.setdefault("duration_s", read.pop("duration_ms"))
    track = Track(**read, attributes=read_attributes(cells, TRACK_COLUMNS))
    if not track.has_letters:
        cells.report.problem(cells.line, "title", "neither it nor the artist has a letter; the track ranks last")
    return track, cells.values.keys() - silent


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


def write_tracks(
    store: CatalogStore,
    writer: CatalogWriter,
    told: Iterable[Told],
    report: ImportReport,
    asserted_deal: str | None = None,
) -> list[TrackId]:
    """Write tracks, and the deals that their open licences or the operator's word amount to; return those that got none.

    The evidence of an open licence is the attribute `licence_url` where a track has one, else the licence.
    Raises CatalogImportError when `asserted_deal` gives no reason.
    """
    if asserted_deal is not None and not asserted_deal.strip():
        raise CatalogImportError("--assert-deal needs the reason why you may use these tracks")
    told = iter(told)
    kept: Counter[str] = Counter()
    without: list[TrackId] = []
    while batch := list(islice(told, TRACKS_AT_ONCE)):
        tracks = list(_with_what_was_known(store, batch, kept))
        report.add("tracks", writer.put_tracks(tracks))
        deals = {track.track_id: list(_deals(track, asserted_deal)) for track in tracks}
        without += [track_id for track_id, records in deals.items() if not records]
        if records := [record for of_track in deals.values() for record in of_track]:
            report.add("consent", writer.append(records))
        writer.pause()
    report.notes += (
        f"the file does not tell {column}: {count:,} {'track keeps' if count == 1 else 'tracks keep'} what was known"
        for column, count in kept.items()
    )
    return without


def tell_without_deal(store: CatalogStore, track_ids: Collection[TrackId], report: ImportReport) -> None:
    """Note how many of some tracks have no deal in the catalog: nothing plays without one."""
    if not track_ids:
        return
    in_force = store.consent_columns()
    is_deal = np.array([isinstance(one.terms, Deal) for one in in_force.stated], dtype=bool)
    licensed = set(in_force.positions[is_deal[in_force.statements]].tolist())
    if count := sum(position not in licensed for position in store.positions_of(track_ids).values()):
        report.notes.append(
            f"{count:,} of the tracks {'has' if count == 1 else 'have'} no deal, and nothing plays without one: say why you "
            "may play them (--assert-deal REASON), or import their deals (`consonance import consent`, `ddex`)"
        )


def _with_what_was_known(store: CatalogStore, batch: Sequence[Told], kept: Counter[str]) -> Iterator[Track]:
    """Yield tracks with what the catalog knew about what their rows do not speak of, counted by field.

    An id belongs to the artist that it came with, and performers to the title too: of another they would say too much.
    """
    positions = store.positions_of([track.track_id for track, _ in batch])
    known = dict(zip(positions, store.tracks(list(positions.values())), strict=True))
    for track, spoken in batch:
        earlier = known.get(track.track_id)
        if earlier is None:
            yield track
            continue
        same_artist = identity(earlier.artist) == identity(track.artist)
        same = {"artist_id": same_artist, "performers": same_artist and earlier.title == track.title}
        unsaid = {
            column: value
            for column in _OPTIONAL
            if column not in spoken
            and same.get(column, True)
            and (value := getattr(earlier, column)) not in (None, "", ())
        }
        if "duration_ms" in spoken:
            unsaid.pop("duration_s", None)
        kept.update(unsaid.keys())
        attributes = {column: value for column, value in earlier.attributes.items() if column not in spoken}
        yield replace(track, **unsaid, attributes={**attributes, **track.attributes})


def _deals(track: Track, asserted_deal: str | None) -> Iterator[ConsentRecord]:
    subject = Subject(SubjectKind.TRACK, track.track_id)
    if track.licence and (deal := deal_of_licence(track.licence, track.artist)):
        yield ConsentRecord(
            subject, deal, source=OPEN_LICENCE, evidence=track.attributes.get("licence_url", track.licence)
        )
    if asserted_deal is not None:
        deal = Deal(period=Period(start=ASSERTED_FROM), licensor="operator")
        yield ConsentRecord(subject, deal, source=asserted_deal.strip())


_LISTS = ("genres", "moods", "instruments", "tags")

_TRACK: Mapping[str, Reader[Any]] = {
    "track_id": track_id,
    "title": name,
    "artist": name,
    "artist_id": artist_id,
    "isrc": isrc,
    "mbid": recording,
    "album": known_text,
    "year": year,
    "duration_s": seconds,
    "duration_ms": milliseconds,
    **dict.fromkeys(_LISTS, entries),
    "tempo_bpm": _TEMPO,
    "energy": number,
    "valence": number,
    "explicit": truth,
    "instrumental": truth,
    "language": known_text,
    "label": known_text,
    "licence": known_text,
    "popularity": not_negative,
    "location": partial(text, most=MAX_LOCATION),
}
"""The reader of each column, by the field of the same name; all but a track's performers come in tables."""

TRACK_COLUMNS = frozenset(_TRACK) | {"performers"}

_OPTIONAL = {field.name for field in fields(Track)} - {"track_id", "title", "artist", "attributes"}
