import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier, Thread

import pytest

from catalog.consent import RecordError, parse_record
from catalog.stores import CATALOG_FILE, CatalogStore, StoreError, open_store
from catalog.tracks import Artist, Track, TrackId
from tests.catalog.storage.songs import TAKEDOWN, TRACKS, append, put, standing
from tests.contracts.stores import CatalogStoreContract
from tests.positions import positions


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
    with pytest.raises(
        StoreError,
        match=r"catalog\.sqlite: .*; it is no catalog, or a damaged one; move it .* `consonance restore` a backup",
    ):
        open_store(tmp_path)
    assert path.read_bytes().startswith(b"These are somebody's notes")


def test_a_damaged_catalog_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / CATALOG_FILE
    with open_store(tmp_path) as store:
        put(store, [Track(TrackId(f"t{number}"), "Title " * 20, "Ada Quill") for number in range(500)])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with (
        pytest.raises(StoreError, match=r"a damaged one; move it .* `consonance restore` a backup"),
        open_store(tmp_path) as store,
    ):
        list(store.all_tracks())


def test_a_path_that_cannot_be_a_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / CATALOG_FILE).mkdir()
    with pytest.raises(StoreError, match="check that the file and its folder can be read and written"):
        open_store(tmp_path)


def test_opening_a_catalog_again_finds_everything(tmp_path: Path) -> None:
    with open_store(tmp_path / "home") as store:
        put(store, TRACKS)
        append(store, {"kind": "deal", "track_id": "song"})
        before = store.facts(positions(4))
    with open_store(tmp_path / "home") as store:
        assert store.facts(positions(4)) == before
        assert list(store.all_tracks()) == TRACKS


def test_a_catalog_opens_and_answers_while_another_process_is_writing(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        put(store, TRACKS)
        with store.writing() as writer:
            writer.append([parse_record(TAKEDOWN)])
            with open_store(tmp_path) as other:
                assert other.track_count() == len(TRACKS)


class TestSqlite(CatalogStoreContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Iterator[Callable[[], CatalogStore]]:
        with ExitStack() as stores:
            yield lambda: stores.enter_context(open_store(tmp_path))
