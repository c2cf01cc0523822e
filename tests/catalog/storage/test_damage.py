"""What a store does with a file that was damaged, moved, made read-only or never there."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from catalog.consent import ConsentContext, Permits, decide, parse_record
from catalog.consent.presets import POLICIES
from catalog.stores import CATALOG_FILE, CatalogStore, StoreError, open_store, restore
from catalog.tracks import Position, Track, TrackId
from tests.positions import positions
from tests.strategies import NOON

TRACKS = [
    Track(TrackId(f"t{number}"), f"Title {number}", "Ada Quill", isrc=f"QZAB1260000{number}", label=f"Pier {number}")
    for number in range(4)
]
ASKED, STRICT = ConsentContext("DE", NOON), POLICIES["strict"]
SAID = [
    {"kind": "deal", "artist": "Ada Quill"},
    {"kind": "takedown", "track_id": "t1"},
    {"kind": "grant", "use": "recommendation", "state": "not_allowed", "isrc": "QZAB12600002"},
    {"kind": "block", "reason": "legal", "label": "Pier 3"},
]


@pytest.fixture
def home() -> Iterator[Path]:
    """A home where others than its owner may come."""
    with TemporaryDirectory() as folder:
        with open_store(Path(folder)) as store, store.writing() as writer:
            writer.put_tracks(TRACKS)
            writer.append([parse_record(row) for row in SAID])
        yield Path(folder)


def playing(store: CatalogStore) -> set[int]:
    """Return the positions that may play."""
    _, facts = store.facts(positions(len(TRACKS)))
    context, policy = ConsentContext("DE", NOON), POLICIES["strict"]
    return {
        position for position in range(len(TRACKS)) if decide(facts.get(Position(position)), context, policy).allowed
    }


DAMAGE = {
    "a record no longer counts": "UPDATE consent_records SET superseded_at = 1 WHERE kind = 'takedown'",
    "a record has another subject": "UPDATE consent_records SET subject = 't9' WHERE kind = 'takedown'",
    "a record says something else": "UPDATE consent_records SET terms_id = 1 WHERE kind != 'deal'",
    "what records say is another text": "UPDATE consent_terms SET body = replace(body, 'not_allowed', 'not_ollowed')",
    "a record is gone": "DELETE FROM consent_records WHERE kind = 'block'",
    "a record was never made": (
        "INSERT INTO consent_records (kind, subject_kind, subject, identity, terms_id, recorded_at, source, epoch) "
        "SELECT kind, 'track_id', 't1', 1, terms_id, recorded_at, source, epoch FROM consent_records WHERE kind = 'deal'"
    ),
    "a track has another id": "UPDATE tracks SET track_id = 't8' WHERE track_id = 't1'",
    "a track has another ISRC": "UPDATE tracks SET isrc = NULL WHERE track_id = 't2'",
    "a track has another label": "UPDATE tracks SET label_key = 'pier 9' WHERE track_id = 't3'",
    "a credit is gone": "DELETE FROM credits WHERE position = 1",
    "a sum is another": "UPDATE subject_sums SET records = records + 1",
    "a sum is gone": "DELETE FROM track_sums",
    "what is stored is no JSON": "UPDATE consent_terms SET body = 'x'",
    "what is stored is no text": "UPDATE consent_terms SET body = CAST(x'ff' AS TEXT)",
    "what is stored is no number": "UPDATE consent_records SET recorded_at = 'x'",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_no_damage_lets_a_withheld_track_play(home: Path, damage: str) -> None:
    with closing(sqlite3.connect(home / CATALOG_FILE)) as file, file:
        file.execute(damage)
    with open_store(home) as store, suppress(StoreError):  # nothing plays
        assert playing(store) <= {0}


def test_what_is_not_damaged_goes_on_playing(home: Path) -> None:
    with open_store(home) as store:
        with store.writing() as writer:
            writer.append([parse_record({"kind": "takedown", "track_id": "t1", "lifted_at": "2026-01-01T00:00:00Z"})])
        assert playing(store) == {0, 1}
    with closing(sqlite3.connect(home / CATALOG_FILE)) as file, file:
        file.execute("DELETE FROM credits WHERE position = 1")
    with open_store(home) as store:
        assert playing(store) == {0}


def test_who_only_reads_makes_no_catalog(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no catalog in .*; run `consonance import`"):
        open_store(tmp_path / "home", make=False)
    assert not (tmp_path / "home").exists()
    (tmp_path / CATALOG_FILE).touch()
    with pytest.raises(StoreError, match="is empty; run `consonance import`"):
        open_store(tmp_path, make=False)
    assert not (tmp_path / CATALOG_FILE).stat().st_size


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / CATALOG_FILE)
    with pytest.raises(StoreError, match="is no file"):
        open_store(tmp_path)


@pytest.mark.parametrize("put_there", [False, True], ids=["moved", "replaced"])
def test_a_file_that_was_moved_or_replaced_is_refused(home: Path, put_there: bool) -> None:
    with open_store(home) as store:
        assert playing(store) == {0}
        (home / CATALOG_FILE).rename(home / "elsewhere")
        if put_there:
            open_store(home).close()
        with pytest.raises(StoreError, match="moved or replaced after it was opened"):
            playing(store)
        with pytest.raises(StoreError, match="moved or replaced"), store.writing():
            pass


@contextmanager
def without_rights(home: Path) -> Iterator[None]:
    """Be somebody who may only read."""
    for path in (*home.iterdir(), home):
        path.chmod(0o555)
    as_root = os.geteuid() == 0
    if as_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if as_root:
            os.seteuid(0)
        for path in (home, *home.iterdir()):
            path.chmod(0o755)


def test_a_home_that_cannot_be_written_is_read_and_its_changes_are_seen(home: Path) -> None:
    with without_rights(home), open_store(home, make=False) as store:
        assert playing(store) == {0}
        with (
            pytest.raises(StoreError, match="check that the file and its folder can be read and written"),
            store.writing(),
        ):
            pass
        as_root = os.geteuid() != 0 and os.getuid() == 0
        if as_root:
            os.seteuid(0)
            with open_store(home) as other, other.writing() as writer:
                writer.append([parse_record({"kind": "takedown", "track_id": "t0"})])
            os.seteuid(65534)
            assert playing(store) == set()


def test_a_backup_restored_is_the_catalog_as_it_was_but_loses_no_restriction(home: Path, tmp_path: Path) -> None:
    """Beside an open store, which goes on with what was restored: tracks keep their positions, and later ones their places."""
    with open_store(home) as store:
        store.back_up(tmp_path / "kept.sqlite")
        with store.writing() as writer:
            writer.put_tracks([Track(TrackId("late"), "Late", "Ada Quill"), replace(TRACKS[0], title="Renamed")])
            writer.append(
                [
                    parse_record({"kind": "takedown", "track_id": "t1", "lifted_at": "2026-01-01T00:00:00Z"}),
                    parse_record({"kind": "deal", "track_id": "late"}),
                ]
            )
        assert playing(store) == {0, 1}
        assert Permits(store).permitted(ASKED, STRICT).mask.tolist() == [True, True, False, False, True]
        permits = Permits(store)
        permits.permitted(ASKED, STRICT)
        with store.writing() as writer:
            writer.append([parse_record({"kind": "takedown", "track_id": "t0", "reason": "since"})])

        done = restore(home, tmp_path / "kept.sqlite")

        assert (done.tracks, done.later) == (4, 1)
        assert [(record.kind, record.subject.value) for record in done.carried] == [("takedown", "t0")]
        assert [track.title for track in store.all_tracks()] == [*(track.title for track in TRACKS), "Late"]
        assert playing(store) == set()
        assert permits.permitted(ASKED, STRICT).mask.tolist() == [
            False,
            False,
            False,
            False,
            True,
        ]  # by its artist's deal
        assert store.damage() == []
        assert done.kept is not None
    with TemporaryDirectory() as other:
        restore(Path(other), done.kept)
        with open_store(Path(other), make=False) as before:
            assert before.tracks([Position(0)])[0].title == "Renamed"


def test_a_restore_that_could_lose_something_is_refused(home: Path, tmp_path: Path) -> None:
    with open_store(home) as store:
        store.back_up(tmp_path / "kept.sqlite")
        with pytest.raises(StoreError, match="is there already"):
            store.back_up(tmp_path / "kept.sqlite")
    with TemporaryDirectory() as other:
        with open_store(Path(other)) as store, store.writing() as writer:
            writer.put_tracks([Track(TrackId("x"), "X", "X")])
        with pytest.raises(StoreError, match="a backup of another catalog"):
            restore(Path(other), tmp_path / "kept.sqlite")
    with closing(sqlite3.connect(home / CATALOG_FILE)) as file, file:
        file.execute("DELETE FROM consent_records WHERE kind = 'takedown'")
    with pytest.raises(StoreError, match="take-downs that the backup lacks would be lost"):
        restore(home, tmp_path / "kept.sqlite")
    with closing(sqlite3.connect(tmp_path / "kept.sqlite")) as file, file:
        file.execute("DELETE FROM consent_records WHERE kind = 'takedown'")
    with pytest.raises(StoreError, match=r"is damaged .*; nothing was restored"):
        restore(home, tmp_path / "kept.sqlite")
