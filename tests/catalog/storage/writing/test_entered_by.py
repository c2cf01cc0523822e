"""Through what each record and message came stays with it: over replacements, older versions and a restored backup."""

import ast
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.consent import (
    ConsentContext,
    ConsentRecord,
    Delivery,
    Statement,
    Subject,
    SubjectKind,
    Takedown,
    Turn,
    tell,
)
from catalog.consent.presets import POLICIES
from catalog.importers.ddex import import_ddex
from catalog.importers.tables import import_table
from catalog.stores import CATALOG_FILE, CatalogStore, open_store, restore
from catalog.tracks import Position, Track, TrackId
from tests.catalog.storage.test_migrations import SEVENTH_VERSION
from tests.ern_messages import RAIN, new_release
from tests.homes import fill
from tests.strategies import Row
from tests.test_architecture import MODULES

SONG = Track(TrackId("song"), "Moss", "Ada Quill")
DEAL: Row = {"kind": "deal", "track_id": "song"}
REFUSED: Row = {"kind": "grant", "track_id": "song", "use": "training", "state": "not_allowed"}
TAKEN_DOWN: Row = {"kind": "takedown", "track_id": "song", "reason": "a dispute"}


def entered(store: CatalogStore, position: int = 0) -> list[tuple[str, str | None]]:
    """Return the kinds of all records of a track, each with through what it came."""
    _, histories = store.histories([Position(position)])
    return [(entry.record.kind, entry.entered_by) for entry in histories[Position(position)].entries]


def test_a_record_keeps_through_what_it_came_and_one_that_repeats_it_changes_nothing(store: CatalogStore) -> None:
    fill(store, [SONG], [DEAL], entered_by="import:records.jsonl")
    fill(store, said=[REFUSED], entered_by="key:k3f9a1c2")
    fill(store, said=[DEAL, REFUSED], entered_by="command")
    fill(store, said=[{**REFUSED, "state": "allowed"}])
    assert entered(store) == [("deal", "import:records.jsonl"), ("grant", "key:k3f9a1c2"), ("grant", None)]
    assert store.damage() == []


def test_of_a_longer_text_a_hundred_characters_are_kept(store: CatalogStore) -> None:
    fill(store, [SONG], [DEAL], entered_by=f"import:{'x' * 300}")
    assert entered(store) == [("deal", f"import:{'x' * 93}")]


def test_what_replaced_a_record_is_told_with_its_own_key_and_one_out_of_order_with_the_one_that_it_came_through(
    store: CatalogStore,
) -> None:
    """Recorded late, but about an earlier day: it is the later day's word that ends it, by whichever key that came."""
    fill(store, [SONG], [{**REFUSED, "state": "allowed", "recorded_at": "2026-02-02"}], entered_by="key:k2")
    fill(store, said=[{**REFUSED, "recorded_at": "2026-02-01"}], entered_by="key:k1")
    now = datetime.now(UTC)
    _, histories = store.histories([Position(0)])
    story = tell(histories[Position(0)], ConsentContext("DE", now), POLICIES["strict"], now)
    happened = [[(one.turn, one.entered_by) for one in event.happenings] for event in story.events]
    assert happened == [[(Turn.TOLD, "key:k1")], [(Turn.TOLD, "key:k2"), (Turn.REPLACED, "key:k2")]]


def delivered(number: int, *statements: Statement) -> Delivery:
    at = datetime(2026, 2, number, tzinfo=UTC)
    tracks = (Track(TrackId(RAIN), "Rain", "Ada Quill", isrc=RAIN),)
    return Delivery(f"m{number}", "S", "Sender", at, "ERN 4.3.2", f"digest {number}", tracks, statements)


@pytest.mark.parametrize(("purged_by", "ended_by"), [("key:purger", "key:purger"), (None, "delivery")])
def test_a_recording_that_arrives_after_its_purge_is_ended_by_the_purge_whoever_brings_it(
    store: CatalogStore, purged_by: str | None, ended_by: str
) -> None:
    fill(store, [Track(TrackId(RAIN), "Rain", "Ada Quill", isrc=RAIN)])
    ends = Takedown(reason="purged", withdrawn_by="Sender")
    block = ConsentRecord(Subject(SubjectKind.ISRC, RAIN), Takedown(), source="ern_message", sender="S")
    with store.writing(purged_by) as writer:
        writer.deliver(delivered(2, Statement("deals/S/ICPN:1", ends=ends)))
    with store.writing("key:late") as writer:
        writer.deliver(delivered(1, Statement("deals/S/ICPN:1", (block,))))
    assert sorted(entered(store)) == sorted([("takedown", "key:late"), ("takedown", ended_by)])


def digests(home: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / CATALOG_FILE)) as file:
        return file.execute("SELECT * FROM subject_sums ORDER BY 1, 2").fetchall()


def test_a_home_from_before_opens_with_the_digests_that_it_had_and_nothing_invented(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        fill(store, [SONG], [DEAL, REFUSED, TAKEN_DOWN], entered_by="command")
    with closing(sqlite3.connect(tmp_path / CATALOG_FILE)) as file:
        file.executescript(SEVENTH_VERSION)
    before = digests(tmp_path)
    with open_store(tmp_path) as store:
        assert digests(tmp_path) == before
        assert store.damage() == []
        assert entered(store) == [("deal", None), ("grant", None), ("takedown", None)]
        fill(store, said=[{"kind": "block", "track_id": "song", "reason": "legal"}], entered_by="key:k1")
        assert entered(store)[-1] == ("block", "key:k1")
        assert store.damage() == []


def test_through_what_it_came_is_in_no_digest(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("one", "other")]
    said = [{**row, "recorded_at": "2026-01-01"} for row in (DEAL, REFUSED, TAKEN_DOWN)]
    for home, entered_by in zip(homes, ("command", None), strict=True):
        home.mkdir()
        with open_store(home) as store:
            fill(store, [SONG], said, entered_by=entered_by)
    assert digests(homes[0]) == digests(homes[1])


def test_a_restored_backup_and_what_is_carried_over_keep_through_what_they_came(tmp_path: Path) -> None:
    home, backup = tmp_path / "home", tmp_path / "kept.sqlite"
    home.mkdir()
    with open_store(home) as store:
        fill(store, [SONG], [DEAL], entered_by="import:deals.jsonl")
        store.back_up(backup)
        fill(store, said=[REFUSED], entered_by="key:k1")
        fill(store, said=[TAKEN_DOWN], entered_by="key:k2")
        done = restore(home, backup)
        assert {record.kind for record in done.carried} == {"grant", "takedown"}
        expected = [("deal", "import:deals.jsonl"), ("grant", "key:k1"), ("takedown", "key:k2")]
        assert entered(store) == expected
        assert store.damage() == []
    assert restore(tmp_path / "elsewhere", backup).tracks == 1
    with open_store(tmp_path / "elsewhere") as other:
        assert entered(other) == expected[:1]


def test_a_backup_of_an_earlier_version_is_restored(tmp_path: Path) -> None:
    home, backup = tmp_path / "home", tmp_path / "kept.sqlite"
    home.mkdir()
    with open_store(home) as store:
        fill(store, [SONG], [DEAL], entered_by="command")
        store.back_up(backup)
        with closing(sqlite3.connect(backup)) as file:
            file.executescript(SEVENTH_VERSION)
        fill(store, said=[TAKEN_DOWN], entered_by="key:k2")
        restore(home, backup)
        assert entered(store) == [("deal", None), ("takedown", "key:k2")]


def test_importers_leave_the_name_of_the_file(store: CatalogStore, tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text("track_id,title,artist,licence\nsong,Moss,Ada Quill,CC-BY-4.0\n")
    (tmp_path / "said.jsonl").write_text('{"kind": "takedown", "track_id": "song", "reason": "x"}\n')
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "m1.xml").write_bytes(new_release("432"))
    import_table(store, "tracks", tmp_path / "songs.csv")
    import_table(store, "consent", tmp_path / "said.jsonl")
    import_ddex(store, tmp_path / "in")
    assert entered(store) == [("deal", "import:songs.csv"), ("takedown", "import:said.jsonl")]
    assert {by for _, by in entered(store, 1)} == {"import:m1.xml"}


def test_a_message_in_a_file_whose_name_is_no_text_is_taken_in(store: CatalogStore, tmp_path: Path) -> None:
    odd = tmp_path / "in"
    odd.mkdir()
    Path(f"{odd}/m\udcff.xml").write_bytes(new_release("432"))
    import_ddex(store, odd)
    assert {by for _, by in entered(store)} == {"import:m?.xml"}


def test_whoever_writes_to_a_catalog_says_through_what() -> None:
    silent = [
        f"{path}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if len(node.args) < {"writing": 1, "importing": 2}.get(node.func.attr, 0)
    ]
    assert not silent
