"""What leaves the log and what is kept: days pass by the log's own clock."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exposures import retention
from api.exposures.journal import FIRST_SCHEMA
from api.exposures.log import ExposureLog
from api.exposures.outcomes import Outcome
from api.exposures.retention import Retention, needed_bundles
from recommender.prompts.remembered_readings import RememberedReadings
from tests.api.exposures.test_log import sealed_ids
from tests.contracts.exposures import AT, exposure

DAY = timedelta(days=1)
ROOMY = Retention(days=30, most_bytes=10**9, play_days=1_000)


class Calendar:
    """A log whose clock is set by hand, and what it holds."""

    def __init__(self, home: Path) -> None:
        self.home, self.now = home, AT
        self.log = ExposureLog.open(home, clock=lambda: self.now)

    def answer(self, request_id: str, **changes: Any) -> None:
        self.log.write({**exposure(request_id), "at": self.now, **changes}, f"p-{request_id}")

    def play(self, request_id: str, event_id: str = "e", track_id: str | None = "t1", seconds: float = 9.0) -> None:
        self.log.record([Outcome(event_id, request_id, self.now, "play", track_id, None, seconds)])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "exposures" / "log.sqlite")) as journal:
            return journal.execute(query).fetchall()

    @property
    def answers(self) -> list[str]:
        return [str(request_id) for (request_id,) in self.rows("SELECT request_id FROM exposures ORDER BY sequence")]


@contextmanager
def calendar(home: Path) -> Iterator[Calendar]:
    made = Calendar(home)
    with closing(made.log):
        yield made


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Calendar]:
    with calendar(tmp_path) as made:
        yield made


def test_a_day_leaves_the_journal_and_the_segments_when_its_time_has_come(log: Calendar) -> None:
    for day in range(3):
        log.now = AT + day * DAY
        log.answer(f"r{day}")
        log.play(f"r{day}")
        log.log.seal()
    log.now = AT + 31 * DAY
    assert log.log.is_overdue(ROOMY)
    log.log.let_leave(ROOMY)
    assert not log.log.is_overdue(ROOMY)
    assert log.answers == sealed_ids(log.home) == sealed_ids(log.home, "outcomes") == ["r1", "r2"]
    assert log.log.answer("p-r0") is None
    assert log.log.record([Outcome("late", "r0", log.now, "skip")]) == (0, 0, ["late"])


def test_a_bundle_is_needed_as_long_as_answers_in_the_log_name_it_up_to_a_number(log: Calendar) -> None:
    built = ["4444444444444444", "3333333333333333", "2222222222222222", "1111111111111111"]
    assert needed_bundles(log.home, 9, built) == []
    for day, version in enumerate(reversed(built)):
        log.now = AT + day * DAY
        log.answer(f"r{day}", versions={"bundle": version, "catalog": "c", "policy": "p", "consent_epoch": 1})
    del built[1]
    assert needed_bundles(log.home, 9, built) == built
    assert needed_bundles(log.home, 2, built) == built[:2]
    log.now = AT + 31 * DAY
    log.log.let_leave(ROOMY)
    assert needed_bundles(log.home, 9, built) == built[:2]


def test_where_there_is_no_log_no_bundle_is_needed_and_where_it_is_damaged_all_may_be(tmp_path: Path) -> None:
    assert needed_bundles(tmp_path, 9, ["1111111111111111"]) == []
    assert not list(tmp_path.iterdir())
    (tmp_path / "exposures").mkdir()
    (tmp_path / "exposures" / "log.sqlite").write_bytes(b"x" * 4096)
    assert needed_bundles(tmp_path, 1, ["2222222222222222", "1111111111111111"]) == ["2222222222222222"]


def test_a_number_of_a_segment_is_never_given_twice(log: Calendar) -> None:
    log.answer("r0")
    log.log.seal()
    log.now += 40 * DAY
    log.log.let_leave(ROOMY)
    assert not log.log.unsealed()
    log.answer("r1")
    assert log.log.unsealed()
    assert [path.name for path in log.log.seal()] == ["exposures-000002.parquet"]
    assert sealed_ids(log.home) == ["r1"]


def test_a_play_is_kept_with_what_statements_need_when_its_day_has_left(log: Calendar) -> None:
    log.answer("r1", use="OnDemandStream")
    log.play("r1", "e1")
    log.log.record(
        [Outcome("e2", "r1", log.now, "play", position=2, value=31.5), Outcome("e3", "r1", log.now, "skip", "t1")]
    )
    log.answer("r2", unit="r2")
    log.play("r2")
    log.now += 40 * DAY
    log.log.let_leave(ROOMY)
    assert log.answers == []
    at = AT.isoformat()
    assert log.rows("SELECT * FROM plays ORDER BY rowid") == [
        ("t1", at, 9.0, "DE", "OnDemandStream", "FreeOfChargeModel", "u"),
        ("t2", at, 31.5, "DE", "OnDemandStream", "FreeOfChargeModel", "u"),
        ("t1", at, 9.0, "DE", None, "FreeOfChargeModel", None),
    ]
    log.now += 1_000 * DAY
    log.log.let_leave(ROOMY)
    assert log.rows("SELECT * FROM plays") == []


def test_a_listener_is_erased_with_their_events_and_plays_and_the_others_stay_in_files_written_anew(
    log: Calendar,
) -> None:
    ada, bo = log.log.pseudonym("ada"), log.log.pseudonym("bo")
    for number, unit in enumerate((ada, bo, ada)):
        log.answer(f"r{number}", unit=unit)
        log.play(f"r{number}")
        log.log.seal()
    (log.home / "exposures" / ".exposures-000007.parquet.abcd1234").write_bytes(
        ada.encode()
    )  # of a seal that was killed
    assert log.log.erase("ada") == 4
    left = b"".join(path.read_bytes() for path in (log.home / "exposures").iterdir())
    assert ada.encode() not in left, "nor in pages that were freed, nor in the write-ahead log"
    assert sealed_ids(log.home) == []
    log.log.seal()
    assert log.answers == sealed_ids(log.home) == sealed_ids(log.home, "outcomes") == ["r1"]
    assert log.rows("SELECT listener FROM plays") == [(bo,)]
    stored = b"".join(path.read_bytes() for path in (log.home / "exposures").glob("*.parquet"))
    assert ada.encode() not in stored
    assert log.log.erase("ada") == 0


def test_what_a_language_model_read_leaves_with_the_log_and_with_the_listener(log: Calendar) -> None:
    def known(prompt: str) -> bool:
        return readings.recall("v1", prompt, (), ()) is not None

    with closing(RememberedReadings(log.home, lambda: log.now)) as readings:
        log.answer("r1", unit=log.log.pseudonym("ada"), prompt="music for my divorce")
        for prompt in ("music for my divorce", "jazz"):
            readings.remember("v1", prompt, (), ())
        log.log.erase("ada")
        assert (known("music for my divorce"), known("jazz")) == (False, True)
        log.answer("r2", prompt="jazz")
        log.log.let_leave(ROOMY)
        assert known("jazz")
        log.now += 31 * DAY
        log.log.let_leave(ROOMY)
        assert not known("jazz")


def test_a_play_sent_again_is_kept_once_and_one_that_was_refused_is_not_kept(log: Calendar) -> None:
    log.answer("r1")
    log.play("r1")
    log.play("r1")
    with pytest.raises(ValueError, match="not in that list"):
        log.log.record([Outcome("e2", "r1", log.now, "play", "t1"), Outcome("e3", "r1", log.now, "play", "nobody's")])
    assert len(log.rows("SELECT * FROM plays")) == 1


def test_a_log_that_is_too_large_lets_its_oldest_answers_leave(log: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "LEAVE_AT_ONCE", 3)
    for number in range(60):
        log.answer(f"r{number}", prompt="x" * 20_000)
    log.log.seal()
    log.log.let_leave(Retention(30, 700_000, 1_000))
    kept = log.answers
    assert 10 < len(kept) < 40
    assert kept == [f"r{number}" for number in range(60)][-len(kept) :]
    with closing(sqlite3.connect(log.home / "exposures" / "log.sqlite")) as journal:
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    size = (log.home / "exposures" / "log.sqlite").stat().st_size
    assert size < 900_000, "what left gives its room back"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), st.integers(0, 3)),
        st.tuples(st.just("play"), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.integers(0, 20)),
        st.tuples(st.just("seal"), st.just(0)),
        st.tuples(st.just("leave"), st.integers(1, 30)),
        st.tuples(st.just("little room"), st.just(0)),
    ),
    max_size=30,
)


@given(STEPS)
def test_no_day_leaves_before_its_time_and_none_takes_a_play_along(steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder, calendar(Path(folder)) as log:
        written: dict[str, datetime] = {}
        plays: Counter[str] = Counter()
        for step, number in steps:
            log.now += timedelta(seconds=1)
            if step == "answer":
                for _ in range(number):
                    log.answer(name := f"r{len(written)}")
                    written[name] = log.now
            elif step == "play":
                for request_id in log.answers[-number:]:
                    log.play(request_id, event_id := f"e{plays.total()}", seconds=float(event_id[1:]))
                    plays[event_id] += 1
            elif step == "wait":
                log.now += number * DAY
            elif step == "seal":
                log.log.seal()
            else:
                before = set(log.answers)
                keep = Retention(number, 10**9, 10_000) if step == "leave" else Retention(30, 1, 10_000)
                log.log.let_leave(keep)
                if step == "leave":
                    first = (log.now - number * DAY).date()
                    assert set(log.answers) == {name for name in before if written[name].date() >= first}
                else:
                    assert log.answers == []
            assert set(sealed_ids(log.home)) <= set(written)
        kept = Counter(f"e{seconds:.0f}" for (seconds,) in log.rows("SELECT seconds FROM plays"))
        assert kept == plays
        log.log.seal()
        assert set(sealed_ids(log.home)) >= set(log.answers)


def old_log(home: Path, *answers: tuple[str, str, str]) -> None:
    """Write a journal as version 0.4.0 made it: rows of a request id, an entry and an answer, each played once."""
    folder = home / "exposures"
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "log.sqlite", isolation_level=None)) as journal:
        journal.executescript(FIRST_SCHEMA)
        for request_id, entry, answer in answers:
            journal.execute(
                "INSERT INTO exposures (request_id, playlist_id, entry, answer) VALUES (?, ?, ?, ?)",
                (request_id, f"p-{request_id}", entry, answer),
            )
            event = {"event_id": f"e-{request_id}", "request_id": request_id, "at": AT.isoformat(), "kind": "play"}
            journal.execute(
                "INSERT INTO outcomes (event_id, request_id, entry) VALUES (?, ?, ?)",
                (
                    event["event_id"],
                    request_id,
                    json.dumps({**event, "track_id": "t2", "position": None, "value": 4.5}),
                ),
            )


ENTRY = json.dumps({**exposure("r1"), "at": AT.isoformat()})
BASIS = json.dumps({"tracks": [{"consent": {"basis": {"use": "NonInteractiveStream"}}}]})


def test_a_log_of_an_earlier_version_is_brought_over_with_its_plays_and_kept_as_of_today(tmp_path: Path) -> None:
    old_log(tmp_path, ("r1", ENTRY, BASIS), ("r2", "no entry", "no answer"), ("r3", ENTRY, "{}"))
    with closing(ExposureLog.open(tmp_path)) as log:
        assert log.answer("p-r1") == BASIS
        assert log.record([Outcome("e-r1", "r1", AT, "play", "t2")]) == (0, 1, [])
        assert log.record([Outcome("e-r1", "r3", AT, "play", "t2")]) == (1, 0, [])
        log.let_leave(ROOMY)
        assert log.knows("r1")
    later = ExposureLog.open(tmp_path, clock=lambda: datetime.now(UTC) + 31 * DAY)
    with closing(later):
        later.let_leave(ROOMY)
        assert not later.knows("r1")
    with closing(sqlite3.connect(tmp_path / "exposures" / "log.sqlite")) as journal:
        plays = journal.execute("SELECT recording, seconds, use, listener FROM plays").fetchall()
    assert plays == [("t2", 4.5, "NonInteractiveStream", "u"), ("t2", 4.5, None, "u"), ("t2", None, None, "u")]


def test_of_many_that_open_an_old_log_at_once_one_brings_it_over(tmp_path: Path) -> None:
    old_log(tmp_path, ("r1", ENTRY, BASIS))
    with ThreadPoolExecutor(8) as pool:
        for opened in pool.map(lambda _: ExposureLog.open(tmp_path, busy_seconds=60), range(8)):
            opened.close()
    with closing(sqlite3.connect(tmp_path / "exposures" / "log.sqlite")) as journal:
        assert journal.execute("SELECT count(*) FROM plays").fetchall() == [(1,)]
