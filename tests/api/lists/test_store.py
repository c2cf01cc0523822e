import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.exposures.retention import Retention
from api.lists.store import ChangedMeanwhileError, ListStore, ListStoreError, SavedList, Version

AT = "2026-03-01T12:00:00Z"


class Calendar:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def lists(tmp_path: Path, calendar: Calendar) -> Iterator[ListStore]:
    with closing(ListStore.open(tmp_path, clock=calendar)) as opened:
        yield opened


def saved(name: str, owner: str | None = None, listener: str | None = None) -> SavedList:
    return SavedList(name, Version(1, AT, '{"prompt": "slow"}', f'{{"title": "{name}"}}'), owner, listener)


def version(number: int) -> Version:
    return Version(number, AT, "{}", f'{{"title": "version {number}"}}')


def test_a_list_is_read_as_it_was_written_by_any_process(lists: ListStore, tmp_path: Path) -> None:
    lists.write(saved("p1", "k1", "ada"))
    with closing(ListStore.open(tmp_path)) as other:
        assert other.read("p1") == other.read("p1", 1) == saved("p1", "k1", "ada")
        assert other.read("p1", 2) is None
        assert other.read("p2") is None


def test_versions_are_numbered_one_after_the_other_and_never_change(lists: ListStore) -> None:
    lists.write(saved("p1"))
    lists.add("p1", version(2))
    for number in (1, 2, 4):
        with pytest.raises(ChangedMeanwhileError):
            lists.add("p1", version(number))
    latest, first = lists.read("p1"), lists.read("p1", 1)
    assert latest is not None
    assert first is not None
    assert (latest.version, latest.latest) == (version(2), 2)
    assert first.version == saved("p1").version


def test_of_many_changes_at_once_one_comes_first_and_the_others_are_told(lists: ListStore) -> None:
    lists.write(saved("p1"))
    refused: list[int] = []

    def add(number: int) -> None:
        try:
            lists.add("p1", version(2))
        except ChangedMeanwhileError:
            refused.append(number)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7


def test_a_deleted_list_takes_its_versions_along_and_cannot_be_changed(lists: ListStore) -> None:
    lists.write(saved("p1"), saved("p2"))
    lists.add("p1", version(2))
    lists.delete("p1")
    assert lists.read("p1") is lists.read("p1", 1) is None
    assert lists.read("p2") is not None
    with pytest.raises(ChangedMeanwhileError):
        lists.add("p1", version(3))


def test_several_lists_are_written_all_or_none(lists: ListStore) -> None:
    lists.write(saved("p1"))
    with pytest.raises(ListStoreError):
        lists.write(saved("p2"), saved("p1"))
    assert lists.read("p2") is None


def test_a_quota_counts_an_owners_kept_lists_alone(lists: ListStore) -> None:
    lists.write(saved("p1", "k1"), saved("p2", "k1"), saved("p3", "k1"), saved("p4", "k2"))
    assert [lists.keep(name, owner, 2) for name, owner in (("p1", "k1"), ("p2", "k1"), ("p3", "k1"), ("p4", "k2"))] == [
        True,
        True,
        False,
        True,
    ]
    assert lists.keep("p1", "k1", 2)  # which is kept already
    lists.delete("p1")
    assert lists.keep("p3", "k1", 2)


def test_a_list_of_nobody_counts_for_the_key_that_keeps_it(lists: ListStore) -> None:
    lists.write(saved("p1"), saved("p2"))
    assert [lists.keep(name, "k1", 1) for name in ("p1", "p2")] == [True, False]
    assert [one.playlist_id for one in lists.of_owner("k1", "", 9)] == ["p1"]


def test_pages_stay_put_while_lists_come_and_go(lists: ListStore) -> None:
    for name in "bdfh":
        lists.write(saved(name, "k1"))
        assert lists.keep(name, "k1", 10)
    lists.write(saved("e", "k1"), saved("c", "k2"))  # one that is not kept, and another's
    first = [one.playlist_id for one in lists.of_owner("k1", "", 2)]
    lists.delete("b")
    lists.write(saved("a", "k1"))
    lists.keep("a", "k1", 10)
    assert first == ["b", "d"]
    assert [one.playlist_id for one in lists.of_owner("k1", first[-1], 2)] == ["f", "h"]


def test_what_nobody_keeps_leaves_when_its_days_are_over_and_what_is_kept_stays(
    lists: ListStore, calendar: Calendar
) -> None:
    lists.write(saved("old"), saved("kept", "k1"), saved("changed"))
    lists.keep("kept", "k1", 1)
    calendar.now += timedelta(days=20)
    lists.add("changed", version(2))
    lists.write(saved("new"))
    calendar.now += timedelta(days=15)
    lists.let_leave(Retention(days=30))
    assert {name for name in ("old", "kept", "changed", "new") if lists.read(name)} == {"kept", "changed", "new"}


def test_where_lists_take_too_many_bytes_the_oldest_leave_that_nobody_keeps(
    lists: ListStore, calendar: Calendar
) -> None:
    for day in range(300):
        calendar.now += timedelta(hours=2)
        lists.write(SavedList(f"p{day:03}", Version(1, AT, "{}", "x" * 5000)))
    lists.keep("p000", None, 1)
    lists.let_leave(Retention(days=36_500, most_bytes=1_000_000))
    left = [day for day in range(300) if lists.read(f"p{day:03}")]
    assert 0 in left
    assert 299 in left
    assert 50 < len(left) < 250


def test_an_erased_listener_leaves_no_byte_behind(lists: ListStore, tmp_path: Path) -> None:
    secret = "whatever ada wrote"
    lists.write(SavedList("p1", Version(1, AT, f'"{secret}"', "{}"), None, "ada"), saved("p2", None, "bo"))
    lists.begin("k1", "once", "d")
    lists.end("k1", "once", f'"{secret}"', "p1")
    assert [one.playlist_id for one in lists.of_listener("ada")] == ["p1"]
    assert lists.erase("ada") == 1
    assert lists.erase("ada") == 0
    assert lists.read("p2") is not None
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("playlists.sqlite*"))
    assert secret.encode() not in stored


def test_a_reply_is_told_again_to_the_same_caller_alone(lists: ListStore) -> None:
    assert lists.begin("k1", "once", "digest") is None
    assert lists.begin("k1", "once", "digest") == ("digest", None)
    lists.end("k1", "once", "reply")
    assert lists.begin("k1", "once", "another") == ("digest", "reply")
    assert lists.begin("k2", "once", "digest") is None


def test_what_failed_may_be_tried_again_and_what_a_dead_process_began_too(lists: ListStore, calendar: Calendar) -> None:
    assert lists.begin("k1", "failed", "d") is None
    lists.end("k1", "failed", None)
    assert lists.begin("k1", "failed", "d") is None
    calendar.now += timedelta(minutes=3)
    assert lists.begin("k1", "failed", "another") == ("d", None)
    assert lists.begin("k1", "failed", "d") is None


def test_replies_are_forgotten_after_a_day(lists: ListStore, calendar: Calendar) -> None:
    lists.begin("k1", "once", "d")
    lists.end("k1", "once", "reply")
    calendar.now += timedelta(days=3)
    lists.let_leave(Retention())
    assert lists.begin("k1", "once", "d") is None


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "playlists.sqlite").write_text("no database, but long enough to look like one" * 30)
    with pytest.raises(ListStoreError, match=r"playlists\.sqlite"), closing(ListStore.open(tmp_path)) as lists:
        lists.read("p1")
