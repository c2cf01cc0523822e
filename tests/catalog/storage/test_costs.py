"""What SQLite has to do for a request or a take-down does not grow with the catalog: no index is walked for nothing.

SQLite counts the instructions of its virtual machine, which hang on the query plan and on no clock.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event

from catalog.consent import parse_record
from catalog.importers.ern.messages import read_message
from catalog.listening import Play
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Artist, Track, TrackId
from tests.contracts.stores import DELIVERIES
from tests.positions import positions

FEW, MANY = 100, 3000
MOST = 1.3
"""Instructions for the same thing in a catalog thirty times as large; a tree of an index is one level deeper there."""

Does = Callable[[CatalogStore], object]


class Counted:
    """Counts the instructions that SQLite executes on every connection of this process, in tens."""

    def __init__(self) -> None:
        self.tens = 0

    def __call__(self, connection: sqlite3.Connection, _: object) -> None:
        connection.set_progress_handler(self._count, 10)

    def _count(self) -> int:
        self.tens += 1
        return 0

    def during(self, does: Does, store: CatalogStore) -> int:
        before = self.tens
        does(store)
        return self.tens - before


@pytest.fixture(scope="module")
def counted() -> Iterator[Counted]:
    found = Counted()
    event.listen(Engine, "connect", found)
    yield found
    event.remove(Engine, "connect", found)


def filled(store: CatalogStore, size: int) -> CatalogStore:
    """Give a store tracks by as many artists, each with a deal, a take-down that was lifted, a flag and some plays."""
    artists = [f"Artist {number:05}" for number in range(size)]
    with store.writing() as writer:
        writer.put_tracks(
            Track(
                TrackId(f"t{number}"),
                f"Song {number}",
                artist,
                f"id-{number}",
                f"QZAB1{number:07}",
                label=f"Label {number // 20}",
            )
            for number, artist in enumerate(artists)
        )
        writer.put_artists(Artist(artist, ("folk",)) for artist in artists)
        writer.put_plays(Play(f"listener {number % 10}", TrackId(f"t{number}")) for number in range(min(size, FEW)))
        for number in range(size):
            track, isrc = {"track_id": f"t{number}"}, {"isrc": f"QZAB1{number:07}"}
            writer.append(
                [
                    parse_record({"kind": "deal", **track, "start": f"20{number % 20 + 10}-03-01T00:00:00Z"}),
                    parse_record(
                        {"kind": "flag", **isrc, "flag": "spam", "state": "open", "source": f"reporter {number % 7}"}
                    ),
                    parse_record({"kind": "grant", **track, "use": "voice", "state": "not_allowed"}),
                ]
            )
    return store


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, counted: Counted) -> Iterator[list[CatalogStore]]:
    folder = tmp_path_factory.mktemp("catalogs")
    homes = [folder / "few", folder / "many"]
    for home in homes:
        home.mkdir()
    with open_store(homes[0]) as few, open_store(homes[1]) as many:
        yield [filled(few, FEW), filled(many, MANY)]


def writes(**row: str) -> Does:
    def does(store: CatalogStore) -> None:
        with store.writing() as writer:
            writer.append([parse_record(row)])

    return does


def delivers(store: CatalogStore) -> None:
    with store.writing() as writer:
        for message in DELIVERIES:
            writer.deliver(read_message(message, "a message").delivery)


def renames(store: CatalogStore) -> None:
    (track,) = store.tracks(positions(7, 8))
    with store.writing() as writer:
        writer.put_tracks([replace(track, title="Another")])


KINDS: dict[str, Does] = {
    "a take-down of a track": writes(kind="takedown", track_id="t3"),
    "a take-down of a recording": writes(kind="takedown", isrc="QZAB10000005"),
    "a take-down of an artist": writes(kind="takedown", artist="Artist 00009"),
    "a take-down of a label": writes(kind="takedown", label="Label 2"),
    "a refusal by an artist's id": writes(kind="grant", artist_id="id-11", use="training", state="not_allowed"),
    "who an artist is": writes(kind="party", artist="Artist 00013", party_kind="person"),
    "a deal": writes(kind="deal", track_id="t15", start="2031-01-01T00:00:00Z"),
    "messages of a licensor": delivers,
    "a track renamed": renames,
    "what is on record about twenty tracks": lambda store: store.facts(positions(40, 60)),
    "the history of twenty tracks": lambda store: store.histories(positions(40, 60)),
    "twenty tracks": lambda store: store.tracks(positions(40, 60)),
    "tracks by id": lambda store: store.positions_of([TrackId("t1"), TrackId("t99"), TrackId("none")]),
    "tracks by ISRC": lambda store: store.positions_of_isrc("QZAB10000005"),
    "tracks by an artist": lambda store: store.crediting(["artist 00009"]),
    "an artist's first track": lambda store: store.first_positions(["artist 00009"]),
    "what a listener played": lambda store: store.listener_plays("listener 3"),
    "what records reach": lambda store: store.reached_by(
        [parse_record({"kind": "takedown", "artist": "Artist 00021"})]
    ),
    "the epoch": lambda store: store.consent_epoch(),
    "that nothing changed": lambda store: store.changed_since(store.consent_epoch()),
    "what the last write changed": lambda store: store.changed_since(store.consent_epoch() - 1),
    "the version": lambda store: store.version(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_cost_of_a_request_or_a_write_does_not_grow_with_the_catalog(
    kind: str, stores: list[CatalogStore], counted: Counted
) -> None:
    few, many = (counted.during(KINDS[kind], store) for store in stores)
    assert few > 0
    assert many <= MOST * few + 5


def test_the_count_sees_a_catalog_that_is_walked(stores: list[CatalogStore], counted: Counted) -> None:
    few, many = (counted.during(lambda store: store.open_flags(datetime.now(UTC)), store) for store in stores)
    assert many > 10 * few
