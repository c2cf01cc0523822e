"""Tables that tests import, and what they read back from the store."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalog.consent import ConsentRecord
from catalog.importers.json_rows import MAX_NESTING
from catalog.importers.reports import ImportReport
from catalog.importers.tables import import_table
from catalog.stores import CatalogStore
from catalog.tracks import Track, TrackId

HEADER = "track_id,title,artist"
DEEP = "[" * (MAX_NESTING + 1) + "1" + "]" * (MAX_NESTING + 1)


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return path


def jsonl(path: Path, *rows: Mapping[str, Any]) -> Path:
    return written(path, *map(json.dumps, rows))


def tracks_of(store: CatalogStore) -> dict[str, Track]:
    return {track.track_id: track for track in store.all_tracks()}


def records_of(store: CatalogStore, track_id: str) -> tuple[ConsentRecord, ...]:
    position = store.positions_of([TrackId(track_id)])[TrackId(track_id)]
    return store.facts([position])[1][position].records


def imported_track(store: CatalogStore, tmp_path: Path, **fields: Any) -> tuple[Track, ImportReport]:
    """Import one track from JSONL and return it."""
    row = {"track_id": "t1", "title": "Dawn", "artist": "Ada Ayer"} | fields
    report = import_table(store, "tracks", jsonl(tmp_path / "one.jsonl", row))
    return tracks_of(store)["t1"], report


def problems_of(report: ImportReport) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.field) for problem in report.problems]


FULL_ROW = {
    "track_id": "t1",
    "title": "Dawn",
    "artist": "Ada Ayer",
    "artist_id": "a1",
    "isrc": "QZ-ABC-24-00001",
    "album": "Hours",
    "year": "1994-05-01",
    "duration_s": "183.5",
    "genres": "folk;  chamber pop ;;folk",
    "moods": "calm",
    "instruments": "harp;voice",
    "tags": "morning",
    "tempo_bpm": "92",
    "energy": "-0.3",
    "valence": "0.8",
    "explicit": "No",
    "instrumental": "1",
    "language": "en",
    "label": "Hearth",
    "licence": "proprietary",
    "popularity": "17",
    "ISWC": "T-1",
    "note": "",
}
FULL_TRACK = Track(
    TrackId("t1"),
    "Dawn",
    "Ada Ayer",
    "a1",
    "QZABC2400001",
    "Hours",
    1994,
    183.5,
    ("folk", "chamber pop"),
    ("calm",),
    ("harp", "voice"),
    ("morning",),
    92.0,
    -0.3,
    0.8,
    False,
    True,
    "en",
    "Hearth",
    "proprietary",
    17.0,
    {"iswc": "T-1"},
)
