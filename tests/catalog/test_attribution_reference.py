"""Whom a record is about, and when it counts, agrees with a second reading of the catalog's README, and keeps its laws."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Self
from unittest.mock import patch

from hypothesis import given, settings

from catalog.findings import ConsentContext
from catalog.permits import Permits
from catalog.policy import Decision, Standing, Verdict, decide
from catalog.presets import POLICIES
from catalog.records import RecordError, parse_record
from catalog.store import CatalogStore
from tests.reference_attribution import Song, Told, World, ahead, allows, restricts, standing, tell
from tests.reference_policy import Row, reference_decide
from tests.strategies import NOON
from tests.worlds import Event, Input, artist_of, inputs, track_of

AGREEMENT = settings(max_examples=4 * settings().max_examples)
STEP = timedelta(seconds=10)
IN_GERMANY = "DE"


@cache
def _empty() -> Path:
    """Make an empty catalog once: to copy it is faster than to make another."""
    folder = Path(mkdtemp(prefix="empty-"))
    with CatalogStore.open(folder / "catalog.sqlite"):
        pass
    return folder / "catalog.sqlite"


@contextmanager
def empty_store() -> Iterator[CatalogStore]:
    shared = Path("/dev/shm")
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        shutil.copy(_empty(), Path(folder) / "catalog.sqlite")
        with CatalogStore.open(Path(folder) / "catalog.sqlite") as store:
            yield store


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Let the catalog receive what comes now at this instant."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(instant.timestamp(), tz)

    with patch("catalog.writer.datetime", Clock):
        yield


class Taken:
    """What was taken in, as the second reading keeps it."""

    def __init__(self) -> None:
        self.songs: dict[str, Song] = {}
        self.artists: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.rows: list[tuple[Row, datetime]] = []
        self.last = NOON

    def standing(self) -> list[Told]:
        return standing(tell(self.rows))

    def world(self) -> World:
        parties = [row for row, _ in self.rows if row["kind"] == "party"]
        return World(list(self.songs.values()), list(self.artists.values()), parties)


def take_in(store: CatalogStore, given: Input, step: timedelta = STEP) -> Taken:
    """Take in what is given; what is dated ahead is refused where it allows, and taken where it restricts."""
    taken = Taken()
    for number, transaction in enumerate(given.transactions):
        now = NOON + number * step
        taken.last = now
        with clock_at(now), store.writing() as writer:
            for event in transaction:
                add(writer, event, now, taken)
    return taken


def add(writer: Any, event: Event, now: datetime, taken: Taken) -> None:
    if event.song is not None:
        writer.put_tracks([track_of(event.song)])
        taken.songs[event.song.track_id] = event.song
    if event.artist is not None:
        writer.put_artists([artist_of(event.artist)])
        taken.artists[event.artist[0]] = event.artist
    if event.row is not None:
        try:
            writer.append([parse_record(event.row)])
        except RecordError as error:
            assert error.field == "recorded_at", error
            assert ahead(event.row, now), event.row
            assert not restricts(event.row) or allows(event.row) or eases(event.row), event.row
            return
        assert not (ahead(event.row, now) and allows(event.row) and not restricts(event.row)), event.row
        taken.rows.append((event.row, now))


def eases(row: Row) -> bool:
    """Say whether a row that restricts may end one that restricts more: those with an end of their own."""
    return bool(row.get("end") or row.get("lifted_at"))


def finding(decision: Decision) -> tuple[str, str, frozenset[str]]:
    return decision.verdict, decision.primary, frozenset(decision.codes)


def views(store: CatalogStore, context: ConsentContext, now: datetime) -> dict[str, dict[str, list[Any]]]:
    """Return, by preset and track, what list, gate, story and replay say."""
    ids = store.track_ids()
    positions = list(range(len(ids)))
    facts = store.facts(positions)[1]
    replayed = store.facts(positions, known_at=now)[1]
    histories = store.histories(positions)[1]
    permits = Permits(store)
    found: dict[str, dict[str, list[Any]]] = {}
    for name, policy in POLICIES.items():
        standings = permits.permitted(context, policy).standings
        found[name] = {}
        for position in positions:
            gate = finding(decide(facts[position], context, policy))
            story = finding(decide(histories[position].known_at(now), context, policy))
            replay = finding(decide(replayed[position], context, policy))
            standing = Standing(int(standings[position]))
            listed = (Standing.PERMITTED in standing, Standing.LABELLED in standing)
            found[name][ids[position]] = [gate, story, replay, listed]
    return found


@AGREEMENT
@given(inputs())
def test_list_gate_story_and_replay_agree_with_each_other_and_with_the_second_reading(given: Input) -> None:
    with empty_store() as store:
        taken = take_in(store, given)
        now = taken.last + timedelta(minutes=2)
        context = ConsentContext(IN_GERMANY, now)
        found = views(store, context, now)
    check(taken, context, found)


def check(taken: Taken, context: ConsentContext, found: dict[str, dict[str, list[Any]]]) -> None:
    world, told = taken.world(), taken.standing()
    for name, tracks in found.items():
        for track_id, (gate, story, replay, listed) in tracks.items():
            song = taken.songs[track_id]
            where = (name, song)
            assert story == gate, (where, "story and gate")
            assert replay == gate, (where, "replay and gate")
            allowed = gate[0] != Verdict.EXCLUDE
            assert listed[0] == allowed, (where, "list and gate")
            assert not allowed or listed[1] == (gate[0] == Verdict.ALLOW_LABELLED), (where, "label of list and gate")
            rows = world.on_record(song, told)
            expected = reference_decide(rows, song.year, context, name)
            assert gate == expected, (where, gate, expected, rows)
