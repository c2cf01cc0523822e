from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import recommender.prompts.remembered_readings as remembered
from recommender.prompts.remembered_readings import RememberedReadings, RememberedReadingsError
from recommender.prompts.spans import Polarity, Span

READ = (Span(0, 4, "genre", Polarity.AVOID), Span(5, 8, "count", value="20"))


@pytest.fixture
def readings(tmp_path: Path) -> Iterator[RememberedReadings]:
    with closing(RememberedReadings(tmp_path)) as opened:
        yield opened


def known(readings: RememberedReadings, prompt: str, *sent: str) -> bool:
    return readings.recall("v1", prompt, sent, ()) is not None


def test_a_reading_is_remembered_by_version_prompt_and_what_went_along(readings: RememberedReadings) -> None:
    assert readings.recall("v1", "slower", ["rock"], ()) is None
    readings.remember("v1", "slower", ["rock"], READ)
    assert readings.recall("v1", "slower", ["rock"], ()) == READ
    assert not known(readings, "slower")
    assert not known(readings, "slower", "pop")
    assert readings.recall("v2", "slower", ["rock"], ()) is None


def test_an_empty_reading_is_one(readings: RememberedReadings) -> None:
    readings.remember("v1", "hm", (), ())
    assert readings.recall("v1", "hm", (), ()) == ()


def test_of_two_readings_at_once_the_first_counts(readings: RememberedReadings) -> None:
    readings.remember("v1", "jazz", (), READ)
    assert readings.remember("v1", "jazz", (), ()) == READ


def test_its_file_is_for_its_owner_only_and_holds_no_prompt(readings: RememberedReadings) -> None:
    readings.remember("v1", "music for my divorce", (), READ)
    files = sorted(readings.path.parent.iterdir())
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert not any(b"divorce" in file.read_bytes() for file in files)


def test_the_oldest_leave_first(readings: RememberedReadings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST_READINGS", 3)
    for number in range(5):
        readings.remember("v1", str(number), (), READ)
    assert [known(readings, str(number)) for number in range(5)] == [False, False, True, True, True]


def test_what_is_not_used_leaves_with_its_day(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 1, tzinfo=UTC)]
    with closing(RememberedReadings(tmp_path, lambda: now[0])) as readings:
        readings.remember("v1", "jazz", (), READ)
        readings.remember("v1", "rock", (), READ)
        now[0] += timedelta(days=19)
        assert known(readings, "jazz")
        readings.let_leave("2026-11-02")
        assert (known(readings, "jazz"), known(readings, "rock")) == (True, False)


def test_forgotten_prompts_leave_no_trace_whoever_read_them_and_others_stay(readings: RememberedReadings) -> None:
    for version in ("v1", "v2"):
        readings.remember(version, "music for my divorce", (), (Span(0, 5, "origin", value="Absurdistan"),))
    readings.remember("v1", "jazz", (), READ)
    readings.forget(["Music for my  divorce", "never said"])
    assert readings.recall("v1", "music for my divorce", (), ()) is None
    assert readings.recall("v2", "music for my divorce", (), ()) is None
    assert known(readings, "jazz")
    assert not any(b"Absurdistan" in file.read_bytes() for file in readings.path.parent.iterdir())


def test_the_earlier_turns_of_a_conversation_are_forgotten_with_its_last(readings: RememberedReadings) -> None:
    """The log holds the last prompt only."""
    for prompt, after in (("rock", ()), ("slower", ("rock",)), ("pop", ())):
        readings.recall("v1", prompt, (), after)
        readings.remember("v1", prompt, (), READ)
    readings.forget(["slower"])
    assert [known(readings, prompt) for prompt in ("rock", "slower", "pop")] == [False, False, True]


def test_where_nothing_is_remembered_nothing_is_made(tmp_path: Path) -> None:
    readings = RememberedReadings(tmp_path)
    readings.forget(["jazz"])
    readings.let_leave("2026-11-02")
    assert not readings.path.exists()


def test_a_file_that_is_damaged_is_named_with_the_remedy(readings: RememberedReadings) -> None:
    readings.path.write_bytes(b"noise" * 1000)
    with pytest.raises(RememberedReadingsError, match=r"readings\.sqlite: .* remove it"):
        readings.recall("v1", "jazz", (), ())
    readings.path.unlink()
    assert readings.remember("v1", "jazz", (), READ) == READ
