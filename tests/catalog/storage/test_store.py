import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent.fields import RecordError
from catalog.consent.flags import SUSPICION_LASTS, Flag
from catalog.consent.kinds import terms_to_json
from catalog.consent.policy import TrackFacts
from catalog.consent.records import ConsentRecord, parse_record
from catalog.consent.rights import Block, Grant, GrantState, RightsClaim
from catalog.consent.sources import source_rank
from catalog.listening import Play, SavedPlaylist
from catalog.storage.rows import BATCH
from catalog.stores import CATALOG_FILE, CatalogStore, Changes, StoreError, open_store
from catalog.tracks import Artist, Track
from tests.strategies import Row, disclosures, flags, grants, rows, takedowns

DAY = datetime(2026, 3, 1, tzinfo=UTC)

SONG = Track("song", "Paper Lanterns", "Ada Quill", isrc="QZAB12600001", album="Harbour", label="North Pier")
TRACKS = [
    SONG,
    Track("tide", "Tide Table", "Ada Quill", album="Harbour", year=1999),
    Track("lamp", "Lamplight", "The Ferrymen", artist_id="ferry-1", label="North Pier", year=2024),
    Track("moss", "Moss", "Kestrel Choir", isrc="QZAB12600004", album="Harbour"),
]
FULL = Track(
    "full",
    "Everything Known",
    "Ada Quill",
    "ada-1",
    "QZAB12600002",
    "Harbour",
    2021,
    201.5,
    ("folk", "dream pop"),
    ("wistful",),
    ("harp",),
    ("night; rain", "Ünïcode"),
    92.0,
    0.4,
    -0.2,
    False,
    True,
    "de",
    "North Pier",
    "CC-BY-4.0",
    17.0,
    {"mastered_by": "Jo", "shelf": "7"},
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path) as opened:
        yield opened


def put(store: CatalogStore, tracks: Iterable[Track]) -> Changes:
    with store.writing() as writer:
        return writer.put_tracks(tracks)


def append(store: CatalogStore, *said: Row) -> Changes:
    with store.writing() as writer:
        return writer.append([parse_record(row) for row in said])


def on(day: int, row: Row, **more: Any) -> Row:
    """Date a row."""
    return {**row, **more, "recorded_at": (DAY + timedelta(days=day)).isoformat()}


def standing(store: CatalogStore, position: int = 0) -> tuple[ConsentRecord, ...]:
    return store.facts([position])[1][position].records


def said(records: Iterable[ConsentRecord]) -> Counter[tuple[str, str, str]]:
    """Return what records state and who says so, whenever it was."""
    return Counter((record.kind, terms_to_json(record.terms), record.source) for record in records)


def rows_in(store_path: Path) -> int:
    with sqlite3.connect(store_path) as connection:
        (count,) = connection.execute("SELECT count(*) FROM consent_records").fetchone()
    connection.close()
    return int(count)


# Tracks, artists, listening


def test_positions_are_dense_and_in_the_order_of_arrival(store: CatalogStore) -> None:
    put(store, TRACKS[:2])
    put(store, TRACKS[2:])
    assert [track.track_id for track in store.all_tracks()] == ["song", "tide", "lamp", "moss"]
    assert store.positions_of(["moss", "song", "nobody"]) == {"song": 0, "moss": 3}
    assert store.track_count() == 4


def test_positions_are_dense_over_many_batches_with_repeated_ids(store: CatalogStore) -> None:
    many = [Track(f"t{number % 1100}", f"Title {number % 1100}", "Ada Quill") for number in range(2 * BATCH + 700)]
    changes = put(store, many)
    assert changes.added == store.track_count() == 1100
    positions = store.positions_of(f"t{number}" for number in range(1100))
    assert sorted(positions.values()) == list(range(1100))
    assert [track.track_id for track in store.tracks([3, 1099, 0])] == ["t3", "t1099", "t0"]


def test_every_field_of_a_track_comes_back_as_it_went_in(store: CatalogStore) -> None:
    put(store, [SONG, FULL])
    assert list(store.all_tracks()) == [SONG, FULL]


def test_importing_the_same_tracks_again_changes_nothing(store: CatalogStore) -> None:
    assert put(store, TRACKS) == Changes(added=4)
    epoch, version = store.consent_epoch(), store.version()
    assert put(store, TRACKS) == Changes(unchanged=4)
    assert (store.consent_epoch(), store.version()) == (epoch, version)


def test_a_track_that_changed_keeps_its_position_and_gives_the_catalog_another_version(store: CatalogStore) -> None:
    put(store, TRACKS)
    epoch, version = store.consent_epoch(), store.version()
    renamed = replace(TRACKS[1], title="Tide Table (Live)")
    assert put(store, [TRACKS[0], renamed]) == Changes(changed=1, unchanged=1)
    assert list(store.all_tracks()) == [TRACKS[0], renamed, *TRACKS[2:]]
    assert store.changed_since(epoch) == (epoch + 1, [1])
    assert store.version() != version


def test_a_position_that_there_is_not_is_a_key_error(store: CatalogStore) -> None:
    with pytest.raises(KeyError):
        store.tracks([0])


def test_what_a_later_row_leaves_out_of_an_artist_is_kept(store: CatalogStore) -> None:
    with store.writing() as writer:
        writer.put_artists([Artist("Ada Quill", ("folk",), "DE", ids={"ISNI": "0000"})])
        assert writer.put_artists([Artist("ADA QUILL", label="North Pier")]) == Changes(changed=1)
    (artist,) = store.artists()
    assert artist == Artist("ADA QUILL", ("folk",), "DE", "North Pier", {"ISNI": "0000"})


def test_plays_of_unknown_tracks_and_artists_are_counted_and_dropped(store: CatalogStore) -> None:
    put(store, TRACKS)
    plays = [
        Play("ann", "song", plays=2),
        Play("ann", "song", plays=3, at=DAY),
        Play("ann", "nobody"),
        Play("ann", artist="the ferrymen", plays=4),
        Play("ann", artist="Nobody at all"),
    ]
    with store.writing() as writer:
        assert writer.put_plays(plays) == Changes(added=3, unknown=2)
        assert writer.put_plays([replace(plays[0], plays=7)]) == Changes(changed=1)
    assert store.listener_plays("ann") == ({0: 10.0}, {"the ferrymen": 4.0})
    assert store.listener_plays("bob") == ({}, {})
    microseconds = int(DAY.timestamp()) * 1_000_000
    assert sorted(store.track_plays()) == [("ann", 0, 3.0, microseconds), ("ann", 0, 7.0, 0)]
    assert list(store.artist_plays()) == [("ann", "the ferrymen", 4.0, 0)]


def test_playlists_keep_the_tracks_that_are_known_in_their_order(store: CatalogStore) -> None:
    put(store, TRACKS)
    with store.writing() as writer:
        found = writer.put_playlists([SavedPlaylist("p", ("moss", "nobody", "song"), "Evening")])
    assert found == Changes(added=1, unknown=1)
    assert list(store.playlists()) == [("p", "Evening", [3, 0])]


# Transactions


def test_an_exception_while_writing_leaves_nothing(store: CatalogStore) -> None:
    put(store, TRACKS[:1])
    epoch = store.consent_epoch()

    def interrupted() -> None:
        with store.writing() as writer:
            writer.put_tracks(TRACKS)
            writer.put_artists([Artist("Ada Quill", ("folk",))])
            writer.append([parse_record({"kind": "deal", "track_id": "song"})])
            raise RecordError("row 4", "cannot be read")

    with pytest.raises(RecordError):
        interrupted()
    assert list(store.all_tracks()) == TRACKS[:1]
    assert list(store.artists()) == []
    assert standing(store) == ()
    assert store.consent_epoch() == epoch


def test_a_write_that_changes_nothing_leaves_the_epoch(store: CatalogStore) -> None:
    append(store, {"kind": "deal", "track_id": "song"})
    epoch = store.consent_epoch()
    append(store, {"kind": "deal", "track_id": "song"})
    with store.writing() as writer:
        writer.put_plays([])
    assert store.consent_epoch() == epoch


def test_another_process_sees_what_was_committed_and_is_seen(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from catalog.consent.records import parse_record
from catalog.stores import open_store

with open_store(Path(sys.argv[1])) as store:
    print(store.track_count(), len(store.facts([0])[1][0].records))
    with store.writing() as writer:
        writer.append([parse_record({"kind": "takedown", "track_id": "song"})])
"""
    with open_store(tmp_path) as store:
        put(store, TRACKS)
        append(store, {"kind": "deal", "track_id": "song"})
        epoch = store.consent_epoch()
        done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["4", "1"]
        assert [record.kind for record in standing(store)] == ["deal", "takedown"]
        assert store.changed_since(epoch) == (epoch + 1, [0])


def test_threads_that_write_at_once_wait_for_each_other(store: CatalogStore) -> None:
    put(store, TRACKS)
    epoch, at_once = store.consent_epoch(), Barrier(2)

    def write(name: str) -> None:
        at_once.wait()
        for number in range(10):
            append(store, {"kind": "deal", "track_id": "song", "licensor": f"{name} {number}"})

    threads = [Thread(target=write, args=(name,)) for name in ("Kestrel", "North Pier")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(standing(store)) == 20
    assert store.consent_epoch() == epoch + 20


def test_a_reader_keeps_its_snapshot_while_another_thread_writes(store: CatalogStore) -> None:
    put(store, TRACKS[:2])
    reading = store.all_tracks()
    first = next(reading)
    put(store, TRACKS)
    assert [first, *reading] == TRACKS[:2]
    assert store.track_count() == 4


def test_a_file_that_is_no_catalog_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / CATALOG_FILE
    path.write_bytes(b"These are somebody's notes and no database." * 100)
    with pytest.raises(StoreError, match=r"catalog\.sqlite: .*; it is no catalog, or a damaged one; restore a copy"):
        open_store(tmp_path)
    assert path.read_bytes().startswith(b"These are somebody's notes")


def test_a_damaged_catalog_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / CATALOG_FILE
    with open_store(tmp_path) as store:
        put(store, [Track(f"t{number}", "Title " * 20, "Ada Quill") for number in range(500)])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="a damaged one; restore a copy"), open_store(tmp_path) as store:
        list(store.all_tracks())


def test_a_path_that_cannot_be_a_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / CATALOG_FILE).mkdir()
    with pytest.raises(StoreError, match="check that the file and its folder can be read and written"):
        open_store(tmp_path)


def test_opening_a_catalog_again_finds_everything(tmp_path: Path) -> None:
    with open_store(tmp_path / "home") as store:
        put(store, TRACKS)
        append(store, {"kind": "deal", "track_id": "song"})
        before = store.facts(range(4))
    with open_store(tmp_path / "home") as store:
        assert store.facts(range(4)) == before
        assert list(store.all_tracks()) == TRACKS


# Which record takes the place of which

TAKEDOWN: Row = {"kind": "takedown", "track_id": "song"}
LIFTED: Row = {**TAKEDOWN, "lifted_at": DAY.isoformat()}
GRANT: Row = {"kind": "grant", "track_id": "song", "use": "voice", "state": "allowed"}
REFUSAL: Row = {**GRANT, "state": "not_allowed"}
OPEN: Row = {"kind": "flag", "track_id": "song", "flag": "spam", "state": "open", "score": 0.8, "source": "detector"}
CONFIRMED: Row = {**OPEN, "state": "confirmed"}
CLEARED: Row = {**OPEN, "state": "cleared", "source": "human_review"}
BY_DETECTOR: Row = {**CLEARED, "source": "detector"}


def outcome(*told: Row) -> list[tuple[str, str]]:
    """Return what stands in the end, as (state or kind, source), after telling each row in a transaction of its own."""
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        for row in told:
            append(store, row)
        records = standing(store)
        return sorted((getattr(record.terms, "state", record.kind), record.source) for record in records)


def test_a_take_down_is_lifted_by_a_later_record_of_the_same_scope(store: CatalogStore) -> None:
    put(store, TRACKS)
    append(store, on(0, TAKEDOWN))
    append(store, on(1, LIFTED))
    (record,) = standing(store)
    assert record.terms == parse_record(LIFTED).terms


def test_lifting_a_take_down_in_one_territory_leaves_the_one_everywhere_in_force() -> None:
    told = outcome(TAKEDOWN, {**LIFTED, "territories": ["DE"]})
    assert told == [("takedown", "operator"), ("takedown", "operator")]


def test_a_take_down_repeated_after_it_was_lifted_is_in_force_however_late_the_lifting_arrives(
    store: CatalogStore,
) -> None:
    put(store, TRACKS)
    append(store, on(0, TAKEDOWN))
    append(store, on(2, TAKEDOWN))
    append(store, on(1, LIFTED))
    assert sorted(record.terms == parse_record(TAKEDOWN).terms for record in standing(store)) == [False, True]


def test_a_lifting_dated_ahead_is_refused_and_an_undated_take_down_counts(store: CatalogStore) -> None:
    put(store, TRACKS)
    with pytest.raises(RecordError, match="recorded_at: 2299-12-15T00:00:00"):
        append(store, on(100_000, LIFTED))
    append(store, TAKEDOWN)
    assert parse_record(TAKEDOWN).terms in [record.terms for record in standing(store)]


def test_one_more_demand_for_later_never_ends_one_that_is_in_force(store: CatalogStore) -> None:
    put(store, TRACKS)
    append(store, TAKEDOWN)
    append(store, {**TAKEDOWN, "effective_at": "2090-01-01"})
    assert parse_record(TAKEDOWN).terms in [record.terms for record in standing(store)]


def test_the_newest_grant_of_a_source_wins_and_an_older_one_that_arrives_late_does_not() -> None:
    assert outcome(on(0, GRANT), on(1, REFUSAL)) == [("not_allowed", "operator")]
    assert outcome(on(1, REFUSAL), on(0, GRANT)) == [("not_allowed", "operator")]
    assert outcome(on(0, GRANT), on(2, GRANT), on(1, REFUSAL)) == [("allowed", "operator")]


def test_grants_for_other_territories_and_by_other_sources_stand_beside_each_other() -> None:
    told = outcome(GRANT, {**REFUSAL, "territories": ["DE"]}, {**REFUSAL, "source": "registry"})
    assert told == [("allowed", "operator"), ("not_allowed", "operator"), ("not_allowed", "registry")]


def test_each_source_has_one_disclosure_its_newest(store: CatalogStore) -> None:
    put(store, TRACKS)
    disclosure: Row = {"kind": "disclosure", "track_id": "song"}
    for day, level, source in ((0, "none", "label"), (2, "all", "label"), (1, "partly", "label"), (0, "none", "other")):
        append(store, on(day, disclosure, level=level, source=source))
    found = sorted((record.source, terms_to_json(record.terms)) for record in standing(store))
    assert found == [
        ("label", '{"assurance":"asserted","level":"all"}'),
        ("other", '{"assurance":"asserted","level":"none"}'),
    ]


def test_deals_blocks_and_derivations_add_up(store: CatalogStore) -> None:
    put(store, TRACKS)
    deal: Row = {"kind": "deal", "track_id": "song"}
    append(store, {**deal, "territories": ["DE"]}, {**deal, "territories": ["FR"]}, {**deal, "source": "label"})
    append(store, {"kind": "block", "track_id": "song", "reason": "legal"})
    append(store, {"kind": "block", "track_id": "song", "reason": "rights_conflict"})
    append(store, {"kind": "derivation", "track_id": "song", "relation": "voice_of", "source_party": "Jo"})
    append(store, {"kind": "derivation", "track_id": "song", "relation": "voice_of", "source_party": "Ida"})
    assert Counter(record.kind for record in standing(store)) == {"deal": 3, "block": 2, "derivation": 2}


def test_a_cleared_flag_does_not_reopen_without_new_evidence() -> None:
    assert outcome(OPEN, CLEARED, OPEN) == [("cleared", "human_review")]
    assert outcome(OPEN, CLEARED, {**OPEN, "score": 0.95}) == [("cleared", "human_review")]
    assert outcome(OPEN, BY_DETECTOR, {**OPEN, "source": "user_report"}) == [("cleared", "detector")]
    assert outcome(on(0, OPEN), on(1, CLEARED), on(2, OPEN)) == [("cleared", "human_review")]


def test_evidence_that_was_known_when_a_flag_was_cleared_is_not_new() -> None:
    with_case = {**OPEN, "evidence": "case 7"}
    assert outcome(with_case, CLEARED, with_case) == [("cleared", "human_review")]
    assert outcome(on(0, with_case), on(1, CLEARED), on(2, with_case)) == [("cleared", "human_review")]


def test_a_cleared_flag_reopens_with_new_evidence_and_can_be_cleared_again() -> None:
    again = {**OPEN, "evidence": "case 8"}
    assert ("open", "detector") in outcome({**OPEN, "evidence": "case 7"}, CLEARED, again)
    assert outcome({**OPEN, "evidence": "case 7"}, CLEARED, again, CLEARED) == [("cleared", "human_review")]


def test_clearing_by_human_review_clears_what_a_detector_said_of_that_kind_only() -> None:
    other = {**OPEN, "flag": "duplicate"}
    assert outcome(OPEN, other, CLEARED) == [("cleared", "human_review"), ("open", "detector")]
    assert outcome(CONFIRMED, CLEARED) == [("cleared", "human_review")]


def test_nobody_clears_what_a_source_of_higher_rank_said() -> None:
    by_operator = {**CLEARED, "source": "operator"}
    confirmed = {**CONFIRMED, "source": "court_or_legal"}
    assert set(outcome(confirmed, by_operator)) == {("confirmed", "court_or_legal"), ("cleared", "operator")}
    assert ("open", "court_or_legal") in outcome(OPEN, by_operator, {**OPEN, "source": "court_or_legal"})


def test_an_open_flag_does_not_take_a_confirmed_ones_place() -> None:
    assert outcome(CONFIRMED, OPEN) == [("confirmed", "detector")]
    assert outcome(CONFIRMED, {**OPEN, "evidence": "case 9"}) == [("confirmed", "detector")]
    assert outcome(on(1, OPEN), on(0, CONFIRMED)) == [("confirmed", "detector")]


def test_an_open_flag_without_an_expiry_lapses_after_ninety_days_and_fresh_evidence_keeps_it_alive(
    store: CatalogStore,
) -> None:
    put(store, TRACKS)
    append(store, on(0, OPEN))
    append(store, on(30, OPEN))
    (record,) = standing(store)
    assert isinstance(record.terms, Flag)
    assert record.terms.expires_at == DAY + timedelta(days=30) + SUSPICION_LASTS


@pytest.mark.parametrize(
    ("rows", "in_force"),
    [
        ([REFUSAL, GRANT], [GRANT]),
        ([CONFIRMED, OPEN], [CONFIRMED]),
        ([TAKEDOWN, LIFTED], [LIFTED]),
        ([LIFTED, TAKEDOWN], [LIFTED, TAKEDOWN]),
        ([REFUSAL, {**GRANT, "start": "2090-01-01"}], [REFUSAL, {**GRANT, "start": "2090-01-01"}]),
    ],
)
def test_what_is_said_without_dates_in_one_call_is_said_one_after_the_other(
    store: CatalogStore, rows: list[Row], in_force: list[Row]
) -> None:
    """Also when it is said again."""
    put(store, TRACKS)
    for added in (len(rows), 0):
        assert append(store, *rows).added == added
        terms = [record.terms for record in standing(store)]
        assert terms == [parse_record(row).terms for row in in_force]


def test_many_records_said_again_change_nothing(store: CatalogStore) -> None:
    others = [{**GRANT, "track_id": f"other-{number}"} for number in range(600)]
    for added in (602, 0):
        assert append(store, GRANT, *others, REFUSAL).added == added


def test_a_demand_of_a_court_outlives_the_lifting_of_the_same_demand_by_others(store: CatalogStore) -> None:
    put(store, TRACKS)
    by_court = {**TAKEDOWN, "source": "court_or_legal"}
    append(store, {**TAKEDOWN, "source": "user_report"}, by_court)
    append(store, LIFTED)
    assert parse_record(by_court).terms in [record.terms for record in standing(store)]


def test_records_imported_twice_change_nothing(tmp_path: Path) -> None:
    told = [TAKEDOWN, LIFTED, GRANT, REFUSAL, CONFIRMED, OPEN, CLEARED, {**OPEN, "source": "user_report"}]
    dated = [on(day, {**row, "track_id": "tide"}) for day, row in enumerate(told)]
    with open_store(tmp_path) as store:
        put(store, TRACKS)
        append(store, *told, *dated, *reversed(dated))
        facts, count, epoch = store.facts(range(4)), rows_in(tmp_path / CATALOG_FILE), store.consent_epoch()
        assert append(store, *told, *dated).added == 0
        assert append(store, *reversed(dated)).added == 0
        assert (store.facts(range(4)), store.consent_epoch()) == (facts, epoch)
        assert rows_in(tmp_path / CATALOG_FILE) == count


@settings(max_examples=40)
@given(st.lists(st.one_of(flags(), grants(), takedowns(), disclosures()), max_size=6), st.booleans())
def test_any_records_imported_twice_leave_what_stands(found: list[Row], dated: bool) -> None:
    """An undated clearing after an undated confirmation is told again, and so is the confirmation."""
    told = [on(day, row) for day, row in enumerate(found)] if dated else found
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        append(store, *told)
        before = said(without_lapse(standing(store)))
        added = append(store, *told).added
        assert said(without_lapse(standing(store))) == before
        assert not (added and dated)


def reference_standing(found: Sequence[ConsentRecord]) -> Counter[tuple[str, str, str]]:
    """Read the rules of succession from their words: records of one subject, none of one instant, told in order."""
    newest: dict[Any, list[ConsentRecord]] = {}
    flagged: dict[str, dict[str, ConsentRecord]] = {}
    weighed: dict[tuple[str, str], set[str | None]] = {}
    demands: dict[Any, list[ConsentRecord]] = {}
    for record in sorted(found, key=lambda record: record.recorded_at or DAY):
        terms: Any = record.terms
        if record.kind == "takedown":
            of_scope = demands.setdefault((terms.territories, terms.use_types), [])
            if terms.period.end is not None:  # whoever is believed more than who lifts it goes on demanding it
                rank = source_rank(record.source)
                of_scope[:] = [demand for demand in of_scope if source_rank(demand.source) < rank]
            of_scope.append(record)
            continue
        if record.kind != "flag":
            key: Any = (record.kind, terms_to_json(terms), record.source)
            if record.kind == "grant":
                key = ("grant", terms.use, terms.territories, record.source)
            elif record.kind in ("disclosure", "party"):
                key = (record.kind, record.source)
            elif record.kind == "block":
                scope = (terms.territories, terms.use_types, terms.commercial_models)
                key = ("block", terms.reason, scope, record.source)
            elif record.kind == "derivation":
                key = ("derivation", terms.relation, terms.source_party, terms.source_track, record.source)
            elif record.kind == "rights_claim":
                who = (terms.level, terms.controller, terms.role, terms.territories)
                key = ("rights_claim", who, record.source)
            if not begins_later_or_allows_no_more(record):
                newest[key] = []
            newest.setdefault(key, []).append(record)
            continue
        of_kind, rank = flagged.setdefault(terms.kind, {}), source_rank(record.source)
        everybody = {source: other.terms.state for source, other in of_kind.items() if isinstance(other.terms, Flag)}
        stays_cleared = any(
            state == "cleared" and source_rank(source) <= rank and record.evidence in weighed[terms.kind, source]
            for source, state in everybody.items()
        )
        if terms.state == "cleared":
            for source in [source for source in of_kind if rank <= source_rank(source)]:
                del of_kind[source]
            evidence = {other.evidence for other in found if flag_until(other, terms.kind, record.recorded_at)}
            weighed[terms.kind, record.source] = evidence | {None}
        if terms.is_open and (stays_cleared or everybody.get(record.source) == "confirmed"):
            continue
        of_kind[record.source] = record
    flags_left = [record for of_kind in flagged.values() for record in of_kind.values()]
    others = [record for told in newest.values() for record in told]
    return said([*others, *flags_left, *(record for of_scope in demands.values() for record in of_scope)])


def begins_later_or_allows_no_more(record: ConsentRecord) -> bool:
    """Say whether a choice, block or claim takes no earlier one's place: it has not begun, or it allowed until earlier."""
    terms, told = record.terms, record.recorded_at or DAY
    if not isinstance(terms, Grant | Block | RightsClaim):
        return False
    refuses = isinstance(terms, Block) or terms.state in (GrantState.NOT_ALLOWED, GrantState.CONSTRAINED)
    over = terms.period.end is not None and terms.period.end <= told
    return (terms.period.start is not None and terms.period.start > told) or (over and not refuses)


def flag_until(record: ConsentRecord, kind: str, at: datetime | None) -> bool:
    is_flag = isinstance(record.terms, Flag) and record.terms.kind == kind
    return is_flag and record.recorded_at is not None and at is not None and record.recorded_at <= at


def without_lapse(records: Iterable[ConsentRecord]) -> list[ConsentRecord]:
    """Leave out when an open flag lapses: the store fills that in."""
    return [
        replace(record, terms=replace(record.terms, expires_at=None)) if isinstance(record.terms, Flag) else record
        for record in records
    ]


few_flags = st.sampled_from([OPEN, CONFIRMED, CLEARED, BY_DETECTOR, {**OPEN, "source": "user_report"}])
histories = st.lists(
    st.tuples(
        st.one_of(few_flags, few_flags, rows(), grants(), takedowns(), st.sampled_from([TAKEDOWN, LIFTED])),
        st.sampled_from(["operator", "detector", "human_review"]),
        st.sampled_from([None, None, "case 7", "case 8"]),
    ),
    max_size=9,
)


def song_history(history: Iterable[tuple[Row, str, str | None]]) -> list[ConsentRecord]:
    told = []
    for day, (row, source, evidence) in enumerate(history):
        told.append(parse_record(on(day, row, source=row.get("source", source), evidence=evidence)))
    return told


@settings(max_examples=80)
@given(history=histories, data=st.data())
def test_what_stands_depends_on_when_things_were_said_and_not_on_the_order_of_arrival(
    history: list[tuple[Row, str, str | None]], data: st.DataObject
) -> None:
    told = song_history(history)
    arriving = data.draw(st.permutations(told))
    cut = data.draw(st.integers(0, len(told)))
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        for part in (arriving[:cut], arriving[cut:], arriving[:cut]):
            with store.writing() as writer:
                writer.append(part)
        assert said(without_lapse(standing(store))) == reference_standing(without_lapse(told))


def test_nothing_is_ever_deleted(tmp_path: Path) -> None:
    path = tmp_path / CATALOG_FILE
    with open_store(tmp_path) as store:
        put(store, TRACKS)
        for count, row in enumerate([OPEN, CLEARED, {**OPEN, "evidence": "case 8"}, CONFIRMED, CLEARED], 1):
            append(store, row)
            assert rows_in(path) == count


# Subjects that cover several tracks

COVERING: list[tuple[Row, set[str]]] = [
    ({"isrc": "QZ-AB1-26-00001"}, {"song"}),
    ({"label": "North Pier"}, {"song", "lamp"}),
    ({"artist_id": "ferry-1"}, {"lamp"}),
    ({"artist": "ada QUILL"}, {"song", "tide"}),
    ({"album": "Harbour", "artist": "ADA QUILL"}, {"song", "tide"}),
    ({"track_id": "moss"}, {"moss"}),
]


@pytest.mark.parametrize(("subject", "covered"), COVERING, ids=[" and ".join(subject) for subject, _ in COVERING])
def test_a_record_covers_the_tracks_of_its_subject_whenever_they_are_imported(
    store: CatalogStore, subject: Row, covered: set[str]
) -> None:
    put(store, TRACKS[:1])
    append(store, {"kind": "takedown", **subject})
    put(store, TRACKS)
    _, facts = store.facts(range(4))
    assert {found.track_id for found in facts.values() if found.records} == covered


def test_a_party_covers_the_tracks_of_the_artist_of_that_name(store: CatalogStore) -> None:
    append(store, {"kind": "party", "artist": "The Ferrymen", "party_kind": "group"})
    put(store, TRACKS)
    assert [record.kind for record in standing(store, 2)] == ["party"]


def test_a_track_that_moves_to_another_label_moves_under_that_labels_records(store: CatalogStore) -> None:
    put(store, TRACKS)
    append(store, {"kind": "takedown", "label": "North Pier"})
    epoch = store.consent_epoch()
    put(store, [replace(SONG, label="Kestrel Records")])
    assert standing(store) == ()
    assert store.changed_since(epoch) == (epoch + 1, [0])


def test_records_about_what_the_catalog_does_not_have_are_kept_and_counted_as_unknown(store: CatalogStore) -> None:
    assert append(store, {"kind": "deal", "track_id": "later"}) == Changes(added=1, unknown=1)
    put(store, [Track("later", "Later", "Ada Quill")])
    assert [record.kind for record in standing(store)] == ["deal"]


ANY_SUBJECT = st.sampled_from([subject for subject, _ in COVERING] + [{"track_id": "song"}, {"track_id": "nobody"}])


@settings(max_examples=25)
@given(st.lists(st.tuples(rows(), ANY_SUBJECT), max_size=10))
def test_facts_are_what_a_naive_reading_of_the_file_finds(found: list[tuple[Row, Row]]) -> None:
    told = [{**{name: value for name, value in row.items() if name != "track_id"}, **about} for row, about in found]
    told = [row | {"artist": "Ada Quill"} if row["kind"] == "party" else row for row in told]
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        append(store, *told)
        epoch, facts = store.facts([3, 1, 0, 2])
        assert epoch == store.consent_epoch()
        assert {position: of_facts(found) for position, found in facts.items()} == naive_facts(Path(folder))


def of_facts(facts: TrackFacts) -> tuple[int | None, Counter[Any]]:
    return facts.first_published, Counter(
        (record.kind, record.subject.kind.value, record.subject.value, record.source, terms_to_json(record.terms))
        for record in without_lapse(facts.records)
    )


def naive_facts(home: Path) -> dict[int, tuple[int | None, Counter[Any]]]:
    connection = sqlite3.connect(home / CATALOG_FILE)
    connection.row_factory = sqlite3.Row
    tracks = connection.execute("SELECT * FROM tracks").fetchall()
    records = connection.execute("SELECT * FROM consent_records NATURAL JOIN consent_terms").fetchall()
    connection.close()
    facts: dict[int, tuple[int | None, Counter[Any]]] = {}
    columns = {"artist": "artist_key", "album": "album_key", "label": "label_key"}
    for track in tracks:
        about: Counter[Any] = Counter()
        for row in records:
            column = columns.get(row["subject_kind"], row["subject_kind"])
            if row["superseded_at"] is None and track[column] == row["subject"]:
                body = row["body"]
                if row["kind"] == "flag":
                    terms = parse_record({"kind": "flag", "track_id": "x", **_json(body)}).terms
                    assert isinstance(terms, Flag)
                    body = terms_to_json(replace(terms, expires_at=None))
                about[row["kind"], row["subject_kind"], row["subject"], row["source"], body] += 1
        facts[track["position"]] = (track["year"], about)
    return facts


def _json(body: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found


def test_facts_about_more_tracks_than_a_statement_can_name_are_complete(store: CatalogStore) -> None:
    count = 2 * BATCH + 3
    put(store, [Track(f"t{number}", "Title", "Ada Quill") for number in range(count)])
    append(store, *({"kind": "deal", "track_id": f"t{number}"} for number in range(count)))
    _, facts = store.facts(range(count))
    assert len(facts) == count
    assert all(len(found.records) == 1 for found in facts.values())


@settings(max_examples=25)
@given(st.lists(st.lists(ANY_SUBJECT, max_size=3), min_size=1, max_size=4), st.integers(0, 3))
def test_changed_since_finds_exactly_the_tracks_whose_records_changed(steps: list[list[Row]], since: int) -> None:
    covered = {tuple(subject.items()): names for subject, names in COVERING}
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        epochs, changed = [store.consent_epoch()], []
        for number, step in enumerate(steps):
            append(store, *({"kind": "deal", **subject, "licensor": f"number {number}"} for subject in step))
            epochs.append(store.consent_epoch())
            names = {"nobody": set(), "song": {"song"}}
            changed.append(
                {
                    name
                    for subject in step
                    for name in covered.get(tuple(subject.items()), names.get(subject.get("track_id", ""), set()))
                }
            )
        since = min(since, len(steps))
        positions = {"song": 0, "tide": 1, "lamp": 2, "moss": 3}
        expected = sorted({positions[name] for names in changed[since:] for name in names})
        assert store.changed_since(epochs[since]) == (epochs[-1], expected)


def test_a_catalog_opens_and_answers_while_another_process_is_writing(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        put(store, TRACKS)
        with store.writing() as writer:
            writer.append([parse_record(TAKEDOWN)])
            with open_store(tmp_path) as other:
                assert other.track_count() == len(TRACKS)


def test_what_is_told_beside_what_decides_comes_back_with_the_record(store: CatalogStore) -> None:
    put(store, TRACKS)
    append(store, {**GRANT, "grantor": "Ada Quill"})
    (record,) = standing(store)
    assert record.details == '{"grantor":"Ada Quill"}'


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "grant", "track_id": "song", "use": "recommendation", "state": "not_allowed"},
        {"kind": "block", "track_id": "song", "reason": "legal"},
        {"kind": "rights_claim", "track_id": "song", "controller": "Quill Publishing", "claim_status": "not_allowed"},
    ],
    ids=["grant", "block", "rights_claim"],
)
def test_what_begins_later_leaves_what_holds_on_record(store: CatalogStore, said: Row) -> None:
    put(store, TRACKS)
    append(store, on(1, said))
    append(store, on(2, said, start="2299-01-01"))
    assert len(standing(store)) == 2
    append(store, on(0, said))  # what comes late has all of them told again
    assert len(standing(store)) == 2
