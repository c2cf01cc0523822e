"""The desk where the consent records of the generated catalog are made, each at a random moment."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import NamedTuple

from catalog.consent import AiLevel, ConsentRecord, Subject, SubjectKind, Terms, album_key
from catalog.demo.music import Act, Recording
from catalog.tracks import TrackId

REFERENCE = datetime(2026, 11, 1, tzinfo=UTC)
"""Everything was recorded before this instant. What is open stays so, and what has not begun does not begin, for decades."""


def subject_of(recording: Recording, kind: SubjectKind) -> Subject:
    """Return a recording, or its album, as the subject of a record."""
    track = recording.track
    if kind is SubjectKind.ALBUM:
        return Subject(kind, album_key(track.artist, track.album or ""))
    return Subject(kind, track.isrc or "" if kind is SubjectKind.ISRC else track.track_id)


def artist_subject(act: Act) -> Subject:
    """An artist as the subject of a record, by id."""
    return Subject(SubjectKind.ARTIST_ID, act.artist_id)


class Note(NamedTuple):
    """Terms to be recorded at some moment within `days` of `since`, but before REFERENCE."""

    terms: Terms
    source: str
    since: datetime
    days: int = 20
    evidence: str | None = None


class ConsentDesk:
    """Records notes, each at a random moment of its days, and keeps what a service cannot know for certain.

    `taken_down` are the tracks under a take-down in force at REFERENCE somewhere; `ai_made` leads from a track to the
    level of AI that really is in it (tracks without AI are left out).
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._records: list[ConsentRecord] = []
        self.taken_down: list[TrackId] = []
        self.ai_made: dict[TrackId, AiLevel] = {}

    def note(self, subjects: Iterable[Subject], *notes: Note) -> None:
        """Record the same notes about each of the subjects."""
        for subject, (terms, source, since, days, evidence) in product(subjects, notes):
            seconds = min(timedelta(days=days), REFERENCE - since).total_seconds()
            at = since + timedelta(seconds=int(self._rng.random() * seconds))
            self._records.append(ConsentRecord(subject, terms, at, source, evidence))

    def enter(
        self,
        recordings: Iterable[Recording],
        *notes: Note,
        ai: AiLevel | None = None,
        kind: SubjectKind = SubjectKind.TRACK,
    ) -> None:
        """Record the same notes about each of the recordings; `ai` is the level of AI that really is in them, if any."""
        recordings = list(recordings)
        if ai is not None:
            self.ai_made.update((recording.track.track_id, ai) for recording in recordings)
        self.note((subject_of(recording, kind) for recording in recordings), *notes)

    def in_order(self) -> tuple[ConsentRecord, ...]:
        """Return all records, the oldest first."""
        return tuple(
            sorted(self._records, key=lambda record: (record.recorded_at, record.subject.value, record.identity))
        )


def shuffled(recordings: Iterable[Recording], rng: Random) -> Iterator[Recording]:
    """Yield recordings in random order: each is picked for one thing."""
    pool = sorted(recordings, key=lambda recording: recording.track.track_id)
    rng.shuffle(pool)
    return iter(pool)
