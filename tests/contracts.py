"""What every implementation of a seam keeps, and every stand-in for one: a class of tests each, run against each of them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.exposures.log import Exposure, ExposureLog, ExposureLogError, Outcome
from catalog.arrays import Bitmap, Mask, Numbers, Vectors
from catalog.consent import Deal, Delivery, RecordError, parse_record
from catalog.importers.ern.messages import read_message
from catalog.listening import Play
from catalog.stores import CatalogStore, CatalogWriter, Changes, DeliveryChanges, StoreError
from catalog.tracks import Position, Track, TrackId
from recommender import PlaylistRecommender, PlaylistRequest
from recommender.indexes.encoders import Encoder
from recommender.indexes.vectors import VectorIndex
from recommender.requests import RequestError
from tests.ern_messages import deal, new_release, recording, release_deal
from tests.fakes import FakeRecommender
from tests.positions import positions
from tests.strategies import NOON

AT = datetime(2026, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)


def exposure(request_id: str) -> Exposure:
    return {
        "request_id": request_id,
        "at": AT,
        "unit": "u",
        "variant": "default",
        "reason": "DEFAULT",
        "prompt": "slow \N{MUSIC SHARP SIGN}\x00",
        "wishes": ({"kind": "years", "value": "[1990, null]", "text": "90s on", "hard": True},),
        "policy": "strict",
        "territory": "DE",
        "commercial_model": "FreeOfChargeModel",
        "tracks": ("t1", "t2"),
        "scores": (1.0, 0.5),
        "parts": {"dense": [0.75, 0.0], "names": [0.25, 0.5]},
        "propensities": (1.0, 1.0),
        "slate_propensity": 1.0,
        "eligible_count": 7,
        "eligible_hash": "abc",
        "versions": {"catalog": "c", "bundle": "b", "policy": "strict/1", "consent_epoch": 3},
        "seed": 2**62,
        "timings_ms": {"rank": 1.5},
    }


def write(log: ExposureLog, *request_ids: str) -> None:
    for request_id in request_ids:
        log.write(exposure(request_id), f"playlist of {request_id}", "{}")


class ExposureLogContract:
    """A log of answers and events. The fixture `log` is an empty one."""

    def test_an_answer_is_read_again_as_it_was_written(self, log: ExposureLog) -> None:
        log.write(exposure("r1"), "p1", '{"title": "Ünïcode \x00"}')
        assert log.answer("p1") == '{"title": "Ünïcode \x00"}'
        assert log.answer("p2") is None
        assert log.knows("r1")
        assert not log.knows("r2")

    def test_one_log_serves_many_threads(self, log: ExposureLog) -> None:
        threads = [threading.Thread(target=write, args=(log, f"r{number}")) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(log.knows(f"r{number}") for number in range(30))

    def test_the_same_request_cannot_be_written_twice(self, log: ExposureLog) -> None:
        write(log, "r1")
        with pytest.raises(ExposureLogError, match="request_id"):
            log.write(exposure("r1"), "another playlist", "{}")

    def test_events_count_once_and_only_for_answers_that_there_are(self, log: ExposureLog) -> None:
        write(log, "r1")
        played, stray = Outcome("e1", "r1", AT, "play", "t1", 1, 12.5), Outcome("e2", "nobody's", AT, "skip")
        assert log.record([played, stray, played]) == (1, 1, ["e2"])
        assert log.record([played]) == (0, 1, [])

    def test_a_listener_has_one_pseudonym_that_names_nobody(self, log: ExposureLog) -> None:
        assert log.pseudonym("ada@example.org") == log.pseudonym("ada@example.org") != log.pseudonym("bo@example.org")
        assert "ada" not in log.pseudonym("ada@example.org")


Recommender = PlaylistRecommender | FakeRecommender


class EncoderContract:
    """An encoder of texts, given by the fixture `encoder`."""

    TEXTS: tuple[str, ...] = (
        "rainy sunday jazz, no vocals",
        "a",
        "calm piano",
        "夜のドライブ",
        "loud " * 400,
        "Straße, déjà vu, naïve café",
    )

    def test_vectors_are_unit_vectors_and_every_text_is_told(self, encoder: Encoder) -> None:
        told: list[int] = []
        vectors = encoder.encode(self.TEXTS, told.append)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(self.TEXTS), encoder.dimensions)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(self.TEXTS)), abs=1e-5)
        assert sum(told) == len(self.TEXTS)

    def test_no_texts_are_no_vectors(self, encoder: Encoder) -> None:
        assert encoder.encode([]).shape == (0, encoder.dimensions)

    def test_a_text_has_the_same_vector_alone_and_among_others(self, encoder: Encoder) -> None:
        together = encoder.encode(self.TEXTS * 20)
        alone = np.concatenate([encoder.encode([text]) for text in self.TEXTS])
        assert np.abs(together.reshape(20, len(self.TEXTS), -1) - alone).max() < 1e-5

    def test_a_text_alone_has_the_same_vector_each_time(self, encoder: Encoder) -> None:
        assert np.array_equal(encoder.encode(self.TEXTS[:1]), encoder.encode(self.TEXTS[:1]))


def unit(vectors: Numbers) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def unit_vectors(count: int, seed: int, dimensions: int = 16) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, dimensions)))


def bitmap(permitted: Mask) -> Bitmap:
    return np.packbits(permitted, bitorder="little")


def brute_force(vectors: Vectors, vector: Vectors, k: int, permitted: Mask) -> list[tuple[int, float]]:
    """Score every permitted track and sort."""
    scores = (vectors.astype(np.float64) * vector).sum(axis=1)  # row by row: equal rows must score alike
    found = [(int(position), float(scores[position])) for position in np.flatnonzero(permitted)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]


class VectorIndexContract:
    """An index of vectors, made of them by `build`; exact wherever few are searched."""

    build: Callable[[Vectors], VectorIndex]

    @settings(max_examples=60, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
    @given(
        count=st.integers(1, 200),
        k=st.integers(0, 250),
        share=st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.9, 1.0]),
        seed=st.integers(0, 2**32 - 1),
    )
    def test_it_finds_what_a_brute_force_inside_the_permitted_set_finds(
        self, count: int, k: int, share: float, seed: int
    ) -> None:
        """Some tracks have equal texts, and so equal vectors."""
        rng = np.random.default_rng(seed)
        vectors, vector = unit_vectors(count, seed)[rng.integers(0, count, count)], unit_vectors(1, seed + 1)[0]
        permitted = rng.random(count) < share
        index = self.build(vectors)
        assert index.vectors() == pytest.approx(vectors, abs=1e-3)
        found = index.search(vector, k, bitmap(permitted))
        expected = brute_force(index.vectors(), vector, k, permitted)
        assert len(set(found.positions.tolist())) == len(found) == len(expected)
        assert permitted[found.positions].all()
        assert found.scores == pytest.approx(np.array([score for _, score in expected]), abs=1e-6)
        assert (index.vectors()[found.positions] @ vector) == pytest.approx(found.scores, abs=1e-6)

    def test_the_nearest_of_all_are_found_whoever_may_have_them(self) -> None:
        vectors, vector = unit_vectors(100, 0), unit_vectors(1, 1)[0]
        index = self.build(vectors)
        expected = brute_force(index.vectors(), vector, 9, np.ones(100, dtype=bool))
        assert index.nearest_of_all(vector, 9).positions.tolist() == [position for position, _ in expected]

    def test_the_next_permitted_tracks_are_found_behind_a_cluster_of_denied_ones(self) -> None:
        """A filter after the search would return nothing: the 1,000 nearest are all denied."""
        vector = unit_vectors(1, 0)[0]
        flood = vector + 0.01 * unit_vectors(1000, 1)
        vectors = np.concatenate([flood / np.linalg.norm(flood, axis=1, keepdims=True), unit_vectors(100, 2)])
        permitted = np.arange(1100) >= 1000
        index = self.build(vectors.astype(np.float32))
        found = index.search(vector, 20, bitmap(permitted))
        expected = brute_force(index.vectors(), vector, 20, permitted)
        assert found.positions.tolist() == [position for position, _ in expected]

    def test_a_short_answer_is_short_and_holds_no_fillers(self) -> None:
        permitted = np.zeros(50, dtype=bool)
        permitted[[3, 30]] = True
        found = self.build(unit_vectors(50, 0)).search(unit_vectors(1, 1)[0], 10, bitmap(permitted))
        assert sorted(found.positions.tolist()) == [3, 30]
        assert np.isfinite(found.scores).all()

    def test_equal_tracks_come_in_the_order_of_positions(self) -> None:
        vectors = np.repeat(unit_vectors(2, 0), 20, axis=0)
        found = self.build(vectors).search(vectors[25], 40, bitmap(np.ones(40, dtype=bool)))
        assert found.positions.tolist() == [*range(20, 40), *range(20)]

    def test_of_equal_tracks_a_permitted_one_is_found_whether_it_came_first_or_later(self) -> None:
        index = self.build(np.repeat(unit_vectors(3, 0), 2, axis=0))
        permitted = np.array([True, False, False, True, False, False])
        assert sorted(index.search(unit_vectors(1, 1)[0], 6, bitmap(permitted)).positions.tolist()) == [0, 3]

    def test_tracks_beyond_the_permitted_bits_are_not_permitted_and_bits_beyond_the_tracks_mean_nothing(self) -> None:
        index = self.build(unit_vectors(40, 0))
        vector = unit_vectors(1, 1)[0]
        assert max(index.search(vector, 40, bitmap(np.ones(8, dtype=bool))).positions) == 7
        assert len(index.search(vector, 99, bitmap(np.ones(400, dtype=bool)))) == 40

    def test_an_empty_index_finds_nothing(self) -> None:
        index = self.build(np.zeros((0, 16), np.float32))
        assert len(index) == 0
        assert len(index.nearest_of_all(unit_vectors(1, 0)[0], 5)) == 0
        assert len(index.search(unit_vectors(1, 0)[0], 5, np.zeros(0, np.uint8))) == 0


TRACKS = [
    Track(
        TrackId(f"t{number}"),
        f"Song {number}",
        f"Artist {number}",
        tags=("jazz",),
        popularity=float(number),
        duration_s=200,
    )
    for number in range(8)
]


class RecommenderContract:
    """A recommender over `TRACKS`, of which all but the last have a deal, given by the fixture `recommender`."""

    request = PlaylistRequest("jazz", "DE", length=5, at=NOON)

    def test_every_track_was_decided_on_and_may_play(self, recommender: Recommender) -> None:
        playlist = recommender.recommend(self.request)
        ids = [entry.track.track_id for entry in playlist.tracks]
        decisions = recommender.decide(ids, "DE", self.request.commercial_model, "strict", at=playlist.at)
        assert len(set(ids)) == len(ids) == 5
        assert all(entry.decision.allowed for entry in playlist.tracks)
        assert [entry.decision.verdict for entry in playlist.tracks] == [decision.verdict for decision in decisions]

    def test_the_parts_of_a_track_sum_to_its_score_and_there_are_reasons(self, recommender: Recommender) -> None:
        for entry in recommender.recommend(self.request).tracks:
            assert sum(entry.parts.values()) == pytest.approx(entry.score, rel=1e-5)
            assert entry.reasons

    def test_a_short_list_says_what_is_missing(self, recommender: Recommender) -> None:
        full, short = (recommender.recommend(replace(self.request, length=length)) for length in (7, 12))
        assert (len(full.tracks), full.shortfall) == (7, None)
        assert len(short.tracks) == 7
        assert short.shortfall is not None
        assert short.shortfall.missing == 5

    def test_what_consent_keeps_out_is_counted_where_it_is_asked_for(self, recommender: Recommender) -> None:
        counted = recommender.recommend(replace(self.request, length=12)).withheld
        assert counted == {"NO_DEAL": 1}
        assert recommender.recommend(replace(self.request, withheld=False)).withheld is None

    def test_the_same_request_gives_the_same_list(self, recommender: Recommender) -> None:
        one, other = recommender.recommend(self.request), recommender.recommend(self.request)
        assert one.tracks == other.tracks
        assert one.versions == other.versions

    def test_a_policy_that_is_not_offered_is_refused_by_its_field(self, recommender: Recommender) -> None:
        with pytest.raises(RequestError) as refused:
            recommender.recommend(replace(self.request, policy="none of these"))
        assert refused.value.field == "policy"

    def test_an_unknown_track_is_withheld_and_no_track(self, recommender: Recommender) -> None:
        unknown, known = recommender.decide(
            [TrackId("nobody's"), TrackId("t0")], "DE", self.request.commercial_model, "strict"
        )
        assert (unknown.track_id, unknown.allowed, known.allowed) == ("nobody's", False, True)
        assert list(recommender.tracks([TrackId("t3"), TrackId("nobody's")])) == ["t3"]

    def test_a_take_down_counts_from_the_next_list_on(self, recommender: Recommender) -> None:
        now = replace(self.request, at=None, length=12)
        epoch = recommender.recommend(now).versions.consent_epoch
        with recommender.catalog.writing() as writer:
            writer.append([parse_record({"kind": "takedown", "track_id": "t2", "reason": "the rightsholder asked"})])
        after = recommender.recommend(now)
        assert "t2" not in [entry.track.track_id for entry in after.tracks]
        assert after.versions.consent_epoch > epoch


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
        assert self.deliver(store, *deliveries) == [DeliveryChanges()] * len(deliveries)
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
