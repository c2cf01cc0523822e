"""What every store of a catalog keeps."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from catalog.consent import Deal, Delivery, RecordError, parse_record
from catalog.importers.ern.messages import read_message
from catalog.listening import Play
from catalog.stores import CatalogStore, CatalogWriter, Changes, DeliveryChanges, StoreError
from catalog.tracks import Position, Track, TrackId
from tests.ern_messages import deal, new_release, recording, release_deal
from tests.positions import positions

RAIN = Track(
    TrackId("rain"), "Rain on Tin", "Ada Quill", isrc="QZAB12600001", album="Harbour", year=1994, label="North Pier"
)
TIDE = Track(TrackId("tide"), "Tide Table", "Ada Quill", genres=("jazz",), explicit=True, attributes={"shelf": "7"})
MOSS = Track(TrackId("moss"), "Moss", "Kestrel Choir", label="North Pier")
DEAL, TAKEDOWN = {"kind": "deal", "track_id": "rain"}, {"kind": "takedown", "label": "North Pier"}


DELIVERIES = [
    new_release("432"),
    new_release("432", deals="", message_id="m-2", created_at="2026-02-02T10:00:00Z"),
    new_release(
        "432",
        resources=recording("432", title="Last Rain"),
        deals=release_deal(deal("432", territories=["FR"])),
        message_id="m-3",
        created_at="2026-02-03T10:00:00Z",
    ),
]
"""Messages about one release: it is licensed worldwide, then nowhere, and at last in France, under another title."""


class CatalogStoreContract:
    """What every catalog's store keeps; `opened` opens one and the same store in `tmp_path`, which is empty at first."""

    @pytest.fixture
    def opened(self) -> Callable[[], CatalogStore]:
        raise NotImplementedError

    @pytest.fixture
    def store(self, opened: Callable[[], CatalogStore]) -> CatalogStore:
        store = opened()
        with store.writing() as writer:
            writer.put_tracks([RAIN, TIDE])
        return store

    def say(self, store: CatalogStore, *rows: dict[str, str]) -> Changes:
        with store.writing() as writer:
            return writer.append([parse_record(row) for row in rows])

    def put(self, store: CatalogStore, *tracks: Track) -> Changes:
        with store.writing() as writer:
            return writer.put_tracks(tracks)

    def deliver(self, store: CatalogStore, *deliveries: Delivery) -> list[DeliveryChanges]:
        with store.writing() as writer:
            return [writer.deliver(delivery) for delivery in deliveries]

    def test_a_track_keeps_its_position_for_ever(self, store: CatalogStore) -> None:
        renamed = replace(RAIN, title="Rain on Glass")
        with store.writing() as writer:
            assert writer.put_tracks([MOSS, renamed, TIDE]) == Changes(added=1, changed=1, unchanged=1)
        assert store.positions_of([TrackId("moss"), TrackId("rain"), TrackId("nobody")]) == {"rain": 0, "moss": 2}
        assert list(store.all_tracks()) == store.tracks(positions(3)) == [renamed, TIDE, MOSS]
        with pytest.raises(KeyError):
            store.tracks([Position(3)])

    def test_a_reader_keeps_its_snapshot(self, store: CatalogStore) -> None:
        reading = store.all_tracks()
        first = next(reading)
        with store.writing() as writer:
            writer.put_tracks([MOSS])
        assert [first, *reading] == [RAIN, TIDE]

    def test_a_transaction_that_raises_leaves_nothing(self, store: CatalogStore) -> None:
        epoch, version = store.consent_epoch(), store.version()
        with pytest.raises(RecordError), store.writing() as writer:  # noqa: PT012
            writer.put_tracks([MOSS])
            writer.append([parse_record(DEAL)])
            raise RecordError("row 4", "cannot be read")
        assert (store.consent_epoch(), store.version(), store.track_count()) == (epoch, version, 2)
        assert store.facts([Position(0)])[1][Position(0)].records == ()

    def test_a_write_that_fails_halfway_leaves_nothing_though_its_error_was_passed_over(
        self, store: CatalogStore, opened: Callable[[], CatalogStore]
    ) -> None:
        def interrupted() -> Iterator[Track]:
            yield from (Track(TrackId(f"t{number}"), "Tide", "Kestrel Choir") for number in range(700))
            raise ValueError("a row that cannot be read")

        before = store.facts(positions(4)), store.version()
        unreadable = replace(parse_record(DEAL), evidence="\ud800")
        writes: list[Callable[[CatalogWriter], object]] = [
            lambda writer: writer.put_tracks(interrupted()),
            lambda writer: writer.put_tracks([MOSS, replace(MOSS, track_id=TrackId("other"), year=2**70)]),
            lambda writer: writer.append([parse_record(TAKEDOWN), unreadable]),
        ]

        def passing_over(write: Callable[[CatalogWriter], object]) -> None:
            with store.writing() as writer:
                writer.append([parse_record(DEAL)])
                with suppress(ValueError, OverflowError):
                    write(writer)

        for write in writes:
            with pytest.raises(StoreError, match="halfway"):
                passing_over(write)
            with opened() as fresh:
                assert (store.facts(positions(4)), store.version()) == before
                assert (fresh.facts(positions(4)), fresh.version()) == before

    def test_what_is_refused_before_anything_of_it_is_written_may_be_passed_over(self, store: CatalogStore) -> None:
        ahead = replace(parse_record(DEAL), recorded_at=datetime.now(UTC) + timedelta(days=9))
        with store.writing() as writer:
            with suppress(RecordError):
                writer.append([ahead])
            writer.append([parse_record(DEAL)])
        (facts,) = store.facts(positions(1))[1].values()
        assert [record.kind for record in facts.records] == ["deal"]

    def test_what_is_written_is_durable_and_others_see_it_at_once(
        self, store: CatalogStore, opened: Callable[[], CatalogStore]
    ) -> None:
        with opened() as other:
            self.say(store, DEAL)
            assert other.facts(positions(2)) == store.facts(positions(2))
        store.close()
        with opened() as again:
            assert [record.kind for record in again.facts([Position(0)])[1][Position(0)].records] == ["deal"]

    def test_what_was_read_before_is_read_anew_after_every_commit_whoever_made_it(
        self, store: CatalogStore, opened: Callable[[], CatalogStore]
    ) -> None:
        everything = positions(3)
        with opened() as other:
            commits: list[Callable[[], Changes]] = [
                lambda: self.say(store, DEAL, {"kind": "deal", "track_id": "moss"}),
                lambda: self.say(other, TAKEDOWN),
                lambda: self.put(other, MOSS),
                lambda: self.put(store, replace(TIDE, label="North Pier")),
                lambda: self.say(other, {"kind": "party", "artist": "Kestrel Choir", "party_kind": "group"}),
            ]
            for commit in commits:
                kept = store.facts(everything), other.facts(everything)
                commit()
                with opened() as fresh:
                    now = fresh.facts(everything)
                assert store.facts(everything) == other.facts(everything) == now
                assert now[0] > kept[0][0] == kept[1][0]
                assert store.facts(everything[1:])[1] == {one: now[1][one] for one in everything[1:] if one in now[1]}

    def test_a_writer_names_the_epoch_from_which_its_changes_hold_whatever_others_write_later(
        self, store: CatalogStore
    ) -> None:
        named = []
        for rows in ([DEAL], [DEAL], [TAKEDOWN]):
            with store.writing() as writer:
                writer.append([parse_record(row) for row in rows])
                named.append(writer.consent_epoch)
            assert named[-1] == store.consent_epoch()
        assert named[0] == named[1] < named[2]

    def test_only_a_change_moves_the_epoch(self, store: CatalogStore) -> None:
        self.say(store, DEAL)
        epoch = store.consent_epoch()
        self.say(store, DEAL)
        with store.writing() as writer:
            assert writer.put_tracks([RAIN, TIDE]) == Changes(unchanged=2)
        assert store.changed_since(epoch) == (epoch, [])
        self.say(store, TAKEDOWN)
        assert store.changed_since(epoch) == (store.consent_epoch(), [0])
        assert store.consent_epoch() > epoch

    def test_facts_are_the_histories_known_now_and_the_columns(self, store: CatalogStore) -> None:
        self.say(store, DEAL, TAKEDOWN, {"kind": "grant", "track_id": "tide", "use": "voice", "state": "allowed"})
        self.say(store, {"kind": "grant", "track_id": "tide", "use": "voice", "state": "not_allowed"})
        epoch, facts = store.facts([Position(1), Position(0)])
        same_epoch, histories = store.histories(positions(2))
        for position, history in histories.items():
            assert set(history.known_at(datetime.now(UTC)).records) == set(facts[position].records)
        assert [len(histories[position].entries) for position in positions(2)] == [2, 2]
        columns = store.consent_columns()
        assert columns.epoch == epoch == same_epoch
        assert [(year, places.tolist()) for year, places in columns.years] == [(1994, [0])]
        assert np.bincount(columns.positions).tolist() == [len(facts[position].records) for position in positions(2)]

    @pytest.mark.parametrize("order", list(permutations(range(len(DELIVERIES)))))
    def test_of_deliveries_the_last_created_counts_in_whatever_order_they_arrive(
        self, store: CatalogStore, order: Sequence[int]
    ) -> None:
        deliveries = [read_message(DELIVERIES[number], "message").delivery for number in order]
        self.deliver(store, *deliveries)
        assert [track.title for track in store.tracks([Position(2)])] == ["Last Rain"]
        terms = [record.terms for record in store.facts([Position(2)])[1][Position(2)].records]
        assert [sorted(deal.territories.included) for deal in terms if isinstance(deal, Deal)] == [["FR"]]
        epoch = store.consent_epoch()
        assert self.deliver(store, *deliveries) == [DeliveryChanges(repeated=True)] * len(deliveries)
        assert store.consent_epoch() == epoch

    def test_a_damaged_store_is_refused(
        self, store: CatalogStore, opened: Callable[[], CatalogStore], tmp_path: Path
    ) -> None:
        store.close()
        for file in tmp_path.iterdir():
            file.write_bytes(b"These are somebody's notes." * 100)
        with pytest.raises(StoreError), opened() as damaged:
            damaged.track_count()

    def test_listening_of_what_the_catalog_lacks_is_counted_and_dropped(self, store: CatalogStore) -> None:
        with store.writing() as writer:
            told = [
                Play("ann", TrackId("rain"), plays=2),
                Play("ann", TrackId("nobody")),
                Play("ann", artist="ADA QUILL"),
            ]
            assert writer.put_plays(told) == Changes(added=2, unknown=1)
        assert store.listener_plays("ann") == ({0: 2.0}, {"ada quill": 1.0})

    def test_a_name_is_found_by_its_search_form(self, store: CatalogStore) -> None:
        assert store.crediting(["ada quill"]) == {"ada quill": [0, 1]}
        assert store.artists_like("Ada Quil") == ["ada quill"]
        reached = store.reached_by([parse_record({"kind": "takedown", "artist": "Ada Quill"})])
        assert (reached.recordings, reached.nobody) == (2, ())
