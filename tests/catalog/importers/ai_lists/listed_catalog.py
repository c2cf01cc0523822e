"""A catalog to import AI lists into, and what the tests read back from it."""

from datetime import datetime
from pathlib import Path
from typing import Any

from catalog.consent import ConsentRecord, ConsentSettings, Deal, Flag, Subject, SubjectKind
from catalog.importers.ai_lists import AiListReport, import_ai_list
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Artist, Track, TrackId

LIST = "list:harbour-watch"
AS_SHIPPED = ConsentSettings()
ADA_ISNI = "0000000990000018"
ADA_MUSICBRAINZ = "0f5e2a11-93d4-4c55-8a6e-1b2c3d4e5f60"
ADA_SPOTIFY = "1AdaQuill0000000000AbC"
IDA_ISNI = "0000000990000026"
NOBODY_ISNI = "0000000990000034"
FERRYMEN_SPOTIFY = "2Ferrymen0000000000AbC"
TRACKS = [
    Track(TrackId("t1"), "Dawn", "Ada Quill", "a1", "QZABC2400001"),
    Track(TrackId("t2"), "Noon", "Ada Quill", "a1"),
    # Two artists share this name: one is a human, one is said to be AI.
    Track(TrackId("t3"), "Dusk", "Ida Mole", "a2", "QZABC2400003"),
    Track(TrackId("t4"), "Night", "Ida Mole", "a3"),
    Track(TrackId("t5"), "Tide", "The Ferrymen"),
    Track(TrackId("t6"), "Moss", "Kestrel Choir", "a6"),
]
ARTISTS = [
    Artist("Ada Quill", ids={"isni": ADA_ISNI, "musicbrainz": ADA_MUSICBRAINZ, "spotify": ADA_SPOTIFY}),
    Artist("Ida Mole", ids={"isni": IDA_ISNI}),
    Artist("The Ferrymen", ids={"spotify": FERRYMEN_SPOTIFY}),
    Artist("Kestrel Choir", ids={"isni": "not known", "spotify": "-"}),
    Artist("Without Tracks", ids={"isni": NOBODY_ISNI}),
]


def filled(home: Path) -> CatalogStore:
    store = open_store(home)
    with store.writing() as writer:
        writer.put_tracks(TRACKS)
        writer.put_artists(ARTISTS)
        writer.append([ConsentRecord(Subject(SubjectKind.TRACK, track.track_id), Deal()) for track in TRACKS])
    return store


def imported(
    store: CatalogStore, path: Path, *lines: str, consent: ConsentSettings = AS_SHIPPED, **options: Any
) -> AiListReport:
    """Write the lines of a list and import it."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return import_ai_list(store, path, consent, **options)


def flags_on(store: CatalogStore, track_id: str) -> list[ConsentRecord]:
    position = store.positions_of([TrackId(track_id)])[TrackId(track_id)]
    return [record for record in store.facts([position])[1][position].records if isinstance(record.terms, Flag)]


def flagged(store: CatalogStore) -> set[str]:
    return {track.track_id for track in TRACKS if flags_on(store, track.track_id)}


def flag_of(record: ConsentRecord) -> Flag:
    assert isinstance(record.terms, Flag)
    return record.terms


def counts(report: AiListReport) -> dict[str, int]:
    """What was counted, zeros left out."""
    found = {name: getattr(report, name) for name in ("recordings", "artists", "ambiguous", "unknown", "name_only")}
    return {name: count for name, count in found.items() if count}


def reasons(report: AiListReport) -> list[tuple[int | None, str, str]]:
    return [(problem.line, problem.field, problem.reason) for problem in report.problems]


def said(store: CatalogStore, flag: Flag, source: str, at: datetime | None = None) -> None:
    """Record what somebody says about the recording t1 by its ISRC."""
    with store.writing() as writer:
        subject = Subject(SubjectKind.ISRC, "QZABC2400001")
        writer.append([ConsentRecord(subject, flag, recorded_at=at, source=source)])
