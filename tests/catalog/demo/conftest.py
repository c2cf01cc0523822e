from collections import defaultdict
from collections.abc import Iterable

import pytest

from catalog.consent import ConsentRecord, Subject, SubjectKind, TrackFacts, album_key
from catalog.demo.generator import DemoCatalog, generate
from catalog.tracks import Track, TrackId


@pytest.fixture(scope="package")
def demo() -> DemoCatalog:
    return generate()


@pytest.fixture(scope="package")
def suspicious(demo: DemoCatalog) -> frozenset[TrackId]:
    """The tracks that were not recorded as they are described: flood, impersonations, near-duplicates."""
    return frozenset((*demo.truth.flood, *demo.truth.impersonations, *demo.truth.duplicates))


@pytest.fixture(scope="package")
def facts(demo: DemoCatalog) -> dict[TrackId, TrackFacts]:
    """Every track with the records whose subject covers it, later ones in the place of earlier ones."""
    current: dict[Subject, dict[tuple[str, str], ConsentRecord]] = defaultdict(dict)
    for record in demo.records:
        current[record.subject][record.kind, record.identity] = record
    return {
        track.track_id: TrackFacts(
            track.track_id,
            tuple(record for subject in subjects_of(track) for record in current.get(subject, {}).values()),
            track.year,
        )
        for track in demo.tracks
    }


def subjects_of(track: Track) -> tuple[Subject, ...]:
    return (
        Subject(SubjectKind.TRACK, track.track_id),
        Subject(SubjectKind.ISRC, track.isrc or ""),
        Subject(SubjectKind.ARTIST_ID, track.artist_id),
        Subject.artist(track.artist),
        Subject.label(track.label or ""),
        Subject(SubjectKind.ALBUM, album_key(track.artist, track.album or "")),
    )


def share(cases: Iterable[bool]) -> float:
    counted = list(cases)
    return sum(counted) / len(counted)
