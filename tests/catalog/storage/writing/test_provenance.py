"""An import of plays is taken out again as if it had never been."""

import sqlite3
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.listening import Play
from catalog.storage.writing import transaction
from catalog.stores import CATALOG_FILE, CatalogStore, Changes, StoreError, open_store
from catalog.tracks import TrackId
from tests.catalog.storage.songs import DAY, TRACKS, put

SONG, TIDE = TrackId("song"), TrackId("tide")

PLAYS = st.builds(
    lambda user, item, at, plays: Play(user, **item, at=at, plays=plays),
    st.sampled_from(["ann", "bea"]),
    st.sampled_from([{"track_id": SONG}, {"track_id": TIDE}, {"artist": "The Ferrymen"}]),
    st.sampled_from([None, DAY, DAY + timedelta(days=1)]),
    st.sampled_from([1.0, 2.0]),
)
FILES = st.lists(st.lists(PLAYS, max_size=6, unique_by=lambda play: (play.user_id, play.track_id, play.at)), max_size=3)


def imported(store: CatalogStore, name: str, plays: Iterable[Play]) -> int:
    with store.importing(f"interactions {name}") as writer:
        writer.put_plays(plays)
        return writer.import_id


def forgotten(store: CatalogStore, import_id: int) -> int:
    with store.writing() as writer:
        return writer.forget_import(import_id)


def rows(store: CatalogStore) -> list[tuple[object, ...]]:
    return [*sorted(store.track_plays()), *sorted(store.artist_plays())]


def rows_after(files: Sequence[Sequence[Play]]) -> list[tuple[object, ...]]:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        for number, plays in enumerate(files):
            imported(store, str(number), plays)
        return rows(store)


@settings(max_examples=20, deadline=None)
@given(FILES, st.data())
def test_forgetting_imports_in_any_order_leaves_the_plays_of_the_others_as_if_they_alone_had_come(
    files: list[list[Play]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        ids = [imported(store, str(number), plays) for number, plays in enumerate(files)]
        left = dict(zip(ids, files, strict=True))
        for import_id in data.draw(st.permutations([one for one in ids if left[one]])):
            forgotten(store, import_id)
            del left[import_id]
            assert rows(store) == rows_after(list(left.values()))
            assert {one.import_id for one in store.imports_of_plays()} <= left.keys()


def test_what_an_import_alone_told_is_gone_and_an_earlier_count_stands_again(store: CatalogStore) -> None:
    put(store, TRACKS)
    first = imported(store, "a", [Play("ann", SONG, plays=2), Play("bea", SONG)])
    second = imported(store, "b", [Play("ann", SONG, plays=5), Play("bea", SONG), Play("bea", TIDE)])
    assert [one.plays for one in store.imports_of_plays()] == [1, 3]
    version = store.version()
    assert forgotten(store, second) == 2
    assert rows(store) == [("ann", 0, 2.0, 0), ("bea", 0, 1.0, 0)]
    assert store.version() != version
    assert [(one.import_id, one.what) for one in store.imports_of_plays()] == [(first, "interactions a")]


def test_a_repeated_import_changes_nothing_and_needs_no_more_rows(store: CatalogStore, tmp_path: Path) -> None:
    put(store, TRACKS)
    plays = [Play("ann", SONG, plays=2), Play("bea", artist="The Ferrymen")]
    imported(store, "a", plays)
    epoch, version = store.consent_epoch(), store.version()
    for _ in range(3):
        with store.importing("interactions a") as writer:
            assert writer.put_plays(plays) == Changes(unchanged=2)
    assert (store.consent_epoch(), store.version()) == (epoch, version)
    assert [one.plays for one in store.imports_of_plays()] == [2, 2, 2, 2]
    with closing(sqlite3.connect(tmp_path / CATALOG_FILE)) as file:
        counted = [file.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ALL]
    assert counted == [1, 1, 0, 0]


ALL = ("track_plays", "artist_plays", "earlier_track_plays", "earlier_artist_plays")


def test_an_import_that_was_cut_short_and_gone_on_with_is_one(
    store: CatalogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "PORTION_S", -1.0)
    put(store, TRACKS)
    with pytest.raises(OSError, match="cut"), store.importing("interactions a") as writer:  # noqa: PT012
        writer.put_plays([Play("ann", SONG, plays=2), Play("bea", SONG)])
        raise OSError("cut")
    (known,) = store.unfinished_imports()
    imported(store, "b", [Play("ann", SONG, plays=3)])
    assert imported(store, "a", [Play("ann", SONG, plays=2), Play("bea", SONG)]) == known.import_id
    assert (rows(store), store.unfinished_imports()) == ([("ann", 0, 2.0, 0), ("bea", 0, 1.0, 0)], [])
    forgotten(store, known.import_id)
    assert rows(store) == [("ann", 0, 3.0, 0)]


def test_an_import_that_is_forgotten_while_it_is_at_work_leaves_nothing(
    store: CatalogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "PORTION_S", -1.0)
    put(store, TRACKS)

    def import_on_and_on(others: ThreadPoolExecutor) -> None:
        with store.importing("interactions a") as writer:
            writer.put_plays([Play("ann", SONG)])
            others.submit(forgotten, store, writer.import_id)
            for day in range(500):
                writer.put_plays([Play("ann", TIDE, at=DAY + timedelta(days=day))])

    with ThreadPoolExecutor(1) as others, pytest.raises(StoreError, match="was forgotten"):
        import_on_and_on(others)
    assert (rows(store), store.imports_of_plays()) == ([], [])


def test_a_listener_who_was_erased_does_not_come_back_with_an_earlier_count(store: CatalogStore) -> None:
    put(store, TRACKS)
    imported(store, "a", [Play("ann", SONG, plays=2), Play("ann", artist="The Ferrymen", plays=2)])
    later = imported(store, "b", [Play("ann", SONG, plays=3), Play("ann", artist="The Ferrymen", plays=3)])
    with store.writing() as writer:
        assert writer.forget_listener("ann") == 4
    forgotten(store, later)
    assert rows(store) == []


@pytest.mark.parametrize("import_id", [1, 99])
def test_an_import_that_there_is_not_is_told_and_nothing_changes(store: CatalogStore, import_id: int) -> None:
    put(store, TRACKS)
    with pytest.raises(StoreError, match=f"no import {import_id} of plays"):
        forgotten(store, import_id)
