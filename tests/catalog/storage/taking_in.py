"""Inputs of the second reading taken into a catalog, and what it then finds in every view of its records."""

import atexit
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Self, TypeVar
from unittest.mock import patch

from catalog.consent import ConsentContext, Decision, Permits, RecordError, Standing, Verdict, decide, parse_record
from catalog.consent.presets import POLICIES
from catalog.stores import CATALOG_FILE, CatalogStore, open_store
from catalog.tracks import TrackId
from tests.examples import examples
from tests.positions import positions
from tests.reference_attribution import (
    ID_SCHEMES,
    RecordVersion,
    Song,
    World,
    ahead,
    allows,
    restricts,
    standing,
    tell,
)
from tests.reference_policy import VERDICTS, Row
from tests.strategies import NOON
from tests.worlds import Event, Input, artist_of, track_of

# By default 100 examples, and 2,000 of mere texts.
AGREEMENT = examples(1, at_night=4)
LAW = examples(1)
TEXTS = examples(20)
STEP = timedelta(seconds=10)
IN_GERMANY = "DE"
GIVEN_IDS = ("party_id", "artist_id", *ID_SCHEMES)

Key = TypeVar("Key")


@cache
def _empty() -> Path:
    """Make an empty catalog once: to copy it is faster than to make another."""
    folder = Path(mkdtemp(prefix="empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with open_store(folder):
        pass
    return folder / CATALOG_FILE


@contextmanager
def empty_store() -> Iterator[CatalogStore]:
    shared = Path("/dev/shm")
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        shutil.copy(_empty(), Path(folder))
        with open_store(Path(folder)) as store:
            yield store


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Let the catalog receive what comes now at this instant."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(instant.timestamp(), tz)

    with patch("catalog.storage.writing.transaction.datetime", Clock):
        yield


class Taken:
    """What was taken in, as the second reading keeps it."""

    def __init__(self) -> None:
        self.songs: dict[str, Song] = {}
        self.artists: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.rows: list[tuple[Row, datetime]] = []
        self.last = NOON

    def standing(self) -> list[RecordVersion]:
        return standing(tell(self.rows))

    def world(self) -> World:
        parties = [row for row, _ in self.rows if row["kind"] == "party"]
        return World(list(self.songs.values()), list(self.artists.values()), parties)


def take_in(store: CatalogStore, given: Input, start: datetime = NOON, step: timedelta = STEP) -> Taken:
    """Take in what is given; what is dated ahead is refused where it allows, and taken where it restricts."""
    taken = Taken()
    for number, transaction in enumerate(given.transactions):
        now = start + number * step
        taken.last = now
        with clock_at(now), store.writing() as writer:
            for kind in dict.fromkeys(map(kind_of, transaction)):
                add(writer, [event for event in transaction if kind_of(event) == kind], now, taken)
    return taken


def kind_of(event: Event) -> str:
    return "songs" if event.song is not None else "artists" if event.artist is not None else "rows"


def add(writer: Any, events: Sequence[Event], now: datetime, taken: Taken) -> None:
    """Take in what is of one kind; what is dated ahead comes one by one, for it may be refused."""
    songs = [event.song for event in events if event.song is not None]
    artists = [event.artist for event in events if event.artist is not None]
    if songs:
        writer.put_tracks(map(track_of, songs))
        taken.songs |= {song.track_id: song for song in songs}
    if artists:
        writer.put_artists(map(artist_of, artists))
        taken.artists |= {artist[0]: artist for artist in artists}
    rows = [event.row for event in events if event.row is not None]
    for is_ahead, some in groupby(rows, lambda row: ahead(row, now)):
        for batch in ([row] for row in some) if is_ahead else [list(some)]:
            append(writer, batch, now, taken)


def append(writer: Any, rows: Sequence[Row], now: datetime, taken: Taken) -> None:
    try:
        writer.append([parse_record(row) for row in rows])
    except RecordError as error:
        assert error.field == "recorded_at", error  # noqa: PT017
        assert all(ahead(row, now) for row in rows), rows
        assert not all(restricts(row) for row in rows) or any(allows(row) or eases(row) for row in rows), rows
        return
    for row in rows:
        assert not (ahead(row, now) and allows(row) and not restricts(row)), row
    taken.rows += [(row, now) for row in rows]


def eases(row: Row) -> bool:
    """Say whether a row that restricts may end one that restricts more: those with an end of their own."""
    return bool(row.get("end") or row.get("lifted_at"))


def finding(decision: Decision) -> tuple[str, str, frozenset[str]]:
    return decision.verdict, decision.primary, frozenset(decision.codes)


def views(store: CatalogStore, context: ConsentContext, now: datetime) -> dict[str, dict[str, list[Any]]]:
    """Return, by preset and track, what list, gate, story and replay say."""
    ids = store.track_ids()
    everything = positions(len(ids))
    facts = store.facts(everything)[1]
    replayed = store.facts(everything, known_at=now)[1]
    histories = store.histories(everything)[1]
    permits = Permits(store)
    found: dict[str, dict[str, list[Any]]] = {}
    for name, policy in POLICIES.items():
        standings = permits.permitted(context, policy).standings
        found[name] = {}
        for position in everything:
            gate = finding(decide(facts[position], context, policy))
            story = finding(decide(histories[position].known_at(now), context, policy))
            replay = finding(decide(replayed[position], context, policy))
            standing = Standing(int(standings[position]))
            listed = (Standing.PERMITTED in standing, Standing.LABELLED in standing)
            found[name][ids[position]] = [gate, story, replay, listed]
    return found


def gates(store: CatalogStore, now: datetime) -> dict[tuple[str, TrackId], tuple[str, str, frozenset[str]]]:
    """Return what the gate finds, by preset and track."""
    found = {}
    for position, facts in store.facts(positions(store.track_count()))[1].items():
        for name, policy in POLICIES.items():
            context = ConsentContext(IN_GERMANY, now)
            found[name, store.track_ids()[position]] = finding(decide(facts, context, policy))
    return found


LATER = NOON + STEP


def at_once(events: Sequence[Event], cuts: Sequence[int] = ()) -> Input:
    bounds = [0, *cuts, len(events)]
    parts = [tuple(events[start:end]) for start, end in pairwise(bounds)]
    return Input(tuple(part for part in parts if part))


def outcome(given: Input) -> dict[tuple[str, TrackId], tuple[str, str, frozenset[str]]]:
    """Return what the gate finds where everything is received in the same second."""
    with empty_store() as store:
        take_in(store, given, start=LATER, step=timedelta(0))
        return gates(store, LATER + timedelta(minutes=2))


def assert_views_agree(found: dict[str, dict[str, list[Any]]]) -> None:
    for name, tracks in found.items():
        for track_id, (gate, story, replay, listed) in tracks.items():
            assert gate == story == replay, (name, track_id)
            assert listed[0] == (gate[0] != Verdict.EXCLUDE), (name, track_id)


def severities(found: Mapping[Key, tuple[str, str, frozenset[str]]]) -> dict[Key, int]:
    return {key: VERDICTS.index(verdict) for key, (verdict, _, _) in found.items()}
