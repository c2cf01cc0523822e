"""Queries of a home's own plays and playlists."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog.listening import Play, SavedPlaylist
from catalog.stores import StoreError, open_store
from catalog.tracks import Track, TrackId
from eval.__main__ import DONE, FAILED, WRONG_WORDS, main
from eval.datasets import own
from eval.datasets.playlists import MORE_LIKE_THESE
from eval.queries import DatasetError, read_queries
from eval.systems.holdout import HoldOut

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TRACKS = [TrackId(f"t{number}") for number in range(40)]


def home_of(folder: Path, plays: Iterable[Play] = (), playlists: Iterable[SavedPlaylist] = ()) -> Path:
    with open_store(folder) as store, store.writing() as writer:
        writer.put_tracks([Track(track_id, f"Song {track_id}", "Ada Quill") for track_id in TRACKS])
        writer.put_plays(plays)
        writer.put_playlists(playlists)
    return folder


def day(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


def plays_of(listeners: int, days: int = 20) -> list[Play]:
    """Each listener plays another track a day."""
    return [
        Play(f"u{user}", TRACKS[(user + number) % 40], at=day(number))
        for user in range(listeners)
        for number in range(days)
    ]


def test_the_last_seventh_of_dated_plays_is_to_be_found_where_no_split_is_given(tmp_path: Path) -> None:
    told: list[str] = []
    undated = [Play("u0", TRACKS[39]), Play("u1", TRACKS[39])]
    queries = own.history(home_of(tmp_path, [*plays_of(12), *undated]), None, told.append)
    assert len(queries) == 12
    assert {query.as_of for query in queries} == {day(17)}
    (query,) = [query for query in queries if query.user_id == "u0"]
    assert set(query.relevant) == {TRACKS[17], TRACKS[18], TRACKS[19]}
    assert query.exclude == tuple(sorted([*TRACKS[:17], TRACKS[39]])), "what they know is no answer"
    assert told == [
        "split at 2026-01-18T00:00:00Z: 15.0% of the dated plays are from then on, and to be found",
        "2 of 242 plays have no date: they are neither asked for nor learned from",
    ]
    assert HoldOut.of(queries).since == day(17)


def test_a_split_that_is_named_is_taken(tmp_path: Path) -> None:
    queries = own.history(home_of(tmp_path, plays_of(12)), day(5), lambda _: None)
    assert {(query.as_of, len(query.relevant)) for query in queries} == {(day(5), 15)}


def test_of_many_listeners_five_hundred_are_asked(tmp_path: Path) -> None:
    assert len(own.history(home_of(tmp_path, plays_of(505, days=4)), day(2), lambda _: None)) == 500


def test_too_few_listeners_are_an_error_with_the_dates_there_are(tmp_path: Path) -> None:
    home = home_of(tmp_path, plays_of(9))
    with pytest.raises(DatasetError, match=r"^9 listeners .* at least 10 are needed.*2026-01-01T.*2026-01-20T"):
        own.history(home, None, lambda _: None)
    with pytest.raises(DatasetError, match=r"^0 listeners .* before 2027-01-01T00:00:00Z"):
        own.history(home, datetime(2027, 1, 1, tzinfo=UTC), lambda _: None)


def test_plays_without_dates_are_an_error_with_the_remedy(tmp_path: Path) -> None:
    home = home_of(tmp_path, [Play(f"u{user}", track_id) for user in range(12) for track_id in TRACKS[:9]])
    with pytest.raises(DatasetError, match=r"no play .* has a date: import plays with a column `at`"):
        own.history(home, None, lambda _: None)


def playlists_of(count: int, length: int = 9, title: str | None = None) -> list[SavedPlaylist]:
    return [SavedPlaylist(f"p{n}", tuple(TRACKS[n % 20 : n % 20 + length]), title) for n in range(count)]


def test_a_fifth_of_the_playlists_is_continued_and_held_out(tmp_path: Path) -> None:
    told: list[str] = []
    short = SavedPlaylist("short", tuple(TRACKS[:7]))
    queries = own.continued(home_of(tmp_path, (), [*playlists_of(60), short]), told.append)
    assert told == ["12 of 60 playlists with 8 tracks or more are asked for, and held out whole"]
    assert len(queries) == len(HoldOut.of(queries).playlists) == 12
    assert {(query.prompt, len(query.liked), len(query.relevant)) for query in queries} == {(MORE_LIKE_THESE, 4, 5)}


def test_a_title_asks_for_the_whole_playlist(tmp_path: Path) -> None:
    queries = own.continued(home_of(tmp_path, (), playlists_of(10, title=" Grey mornings ")), lambda _: None)
    titled = [query for query in queries if query.prompt == "Grey mornings"]
    assert (len(queries), len(titled), len({query.cluster for query in queries})) == (20, 10, 10)
    assert {len(query.relevant) for query in titled} == {9}


def test_too_few_playlists_are_an_error_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"^9 playlists .* 8 tracks or more, at least 10 are needed; import more"):
        own.continued(home_of(tmp_path, (), playlists_of(9)), lambda _: None)


def test_a_folder_without_a_catalog_is_no_home_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        own.history(tmp_path, None, print)
    with pytest.raises(StoreError):
        own.continued(tmp_path, print)
    assert not list(tmp_path.iterdir())


def test_the_command_writes_what_can_be_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, out = home_of(tmp_path / "home", plays_of(12), playlists_of(12)), tmp_path / "own.jsonl"
    assert main(["queries", "history", str(home), str(out), "--split", "11.01.2026"]) == DONE
    assert "split at 2026-01-11T00:00:00Z: 50.0% of the dated plays" in capsys.readouterr().out
    assert main(["queries", "history", str(home), str(out), "--split", "2026-01-11"]) == DONE
    assert "split at 2026-01-11T00:00:00Z: 50.0% of the dated plays" in capsys.readouterr().out
    assert read_queries(out) == own.history(home, day(10), lambda _: None)
    assert main(["queries", "continue", str(home), str(out)]) == DONE
    assert read_queries(out) == own.continued(home, lambda _: None)
    assert main(["queries", "continue", str(home), str(out), "--split", "2026-01-11"]) == WRONG_WORDS
    assert "--split is for history" in capsys.readouterr().err
    assert main(["queries", "history", str(home), str(out), "--split", "January"]) == WRONG_WORDS
    assert main(["queries", "history", str(home), str(out), "--split", "2029-01-01"]) == FAILED
