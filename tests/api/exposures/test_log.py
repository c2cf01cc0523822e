"""The log is written through its public surface; files are copied to be where a crash would have left them."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.exposures.log import SEGMENT_ROWS, ExposureLog, ExposureLogError
from api.exposures.outcomes import Outcome
from tests.contracts.exposures import AT, ExposureLogContract, exposure, write


def sealed_ids(home: Path, name: str = "exposures", column: str = "request_id") -> list[str]:
    files = sorted((home / "exposures").glob(f"{name}-*.parquet"))
    return [value for file in files for value in pq.read_table(file)[column].to_pylist()]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ExposureLog]:
    log = ExposureLog.open(tmp_path)
    yield log
    log.close()


class TestExposureLog(ExposureLogContract):
    """The log in SQLite keeps the contract."""


def test_a_segment_has_the_documented_columns_and_the_very_values(log: ExposureLog) -> None:
    write(log, "r1")
    (path,) = log.seal()
    assert path.name == "exposures-000001.parquet"
    table = pq.read_table(path)
    assert table.column_names == [
        *("request_id", "at", "unit", "variant", "reason", "experiments", "prompt", "wishes", "policy", "territory"),
        *("commercial_model", "tracks", "scores", "parts", "propensities", "slate_propensity", "eligible_count"),
        *("eligible_hash", "versions", "seed", "timings_ms", "schema", "code", "request", "reading", "policy_digest"),
        *("positions", "artists", "ai", "withheld", "pool", "strengths", "pool_parts", "pool_kinds", "max_ai_share"),
        *("teams", "settings", "known_at", "places", "beside"),
    ]
    assert table.schema.field("at").type == pa.timestamp("us", tz="UTC")
    (row,) = table.to_pylist()
    assert row["at"] == AT
    assert row["prompt"] == "slow \N{MUSIC SHARP SIGN}\x00"
    assert row["wishes"] == [{"kind": "years", "value": "[1990, null]", "text": "90s on", "hard": True}]
    assert dict(row["parts"]) == {"dense": [0.75, 0.0], "names": [0.25, 0.5]}
    assert (row["tracks"], row["scores"], row["seed"]) == (["t1", "t2"], [1.0, 0.5], 2**62)
    assert row["versions"]["consent_epoch"] == 3
    assert (row["schema"], row["positions"], row["artists"], row["ai"]) == (2, [1, 2], ["Ada", "Bo"], ["none", "all"])
    assert (row["pool"], row["strengths"], dict(row["pool_parts"])) == (
        ["t2", "t1"],
        [2.5, 1.25],
        {"dense": [0.5, 0.25]},
    )
    assert (row["pool_kinds"], row["max_ai_share"], row["withheld"], row["teams"]) == ([0, 1], 0.5, 4, ["a", "b"])
    assert (row["settings"], row["known_at"], row["places"], row["beside"]) == ("{}", AT, [2, 3], [1, 2])
    assert (row["request"], row["reading"], row["policy_digest"], row["code"]) == ("{}", "[]", "d1", "0.5.0")


def test_rows_of_earlier_versions_are_sealed_with_nulls_for_what_they_lack(log: ExposureLog) -> None:
    since = {
        "schema",
        "experiments",
        "code",
        "request",
        "reading",
        "policy_digest",
        "artists",
        "ai",
        "withheld",
        "pool",
    }
    since |= {"strengths", "pool_parts", "pool_kinds", "max_ai_share", "teams"}
    since |= {"settings", "known_at", "places", "beside"}
    log.write({name: value for name, value in exposure("r1").items() if name not in since}, "p1")
    (path,) = log.seal()
    (row,) = pq.read_table(path).to_pylist()
    assert row["schema"] == 1
    assert {row[name] for name in since - {"schema"}} == {None}
    assert row["tracks"] == ["t1", "t2"]
    ((_, told),) = log.written_after("exposures", 0, 10)
    assert told.keys() == row.keys()
    assert {told[name] for name in since - {"schema"}} == {None}


def test_outcomes_are_joined_by_request_and_counted_once(log: ExposureLog, tmp_path: Path) -> None:
    write(log, "r1")
    played = Outcome("e1", "r1", AT, "play", "t1", 1, 12.5)
    stray = Outcome("e2", "nobody's", AT, "skip")
    assert log.record([played, stray, played]) == (1, 1, ["e2"])
    assert log.record([played]) == (0, 1, [])
    log.seal()
    first, again = pq.read_table(tmp_path / "exposures" / "outcomes-000001.parquet").to_pylist()
    assert first == {
        "event_id": "e1",
        "request_id": "r1",
        "at": AT,
        "kind": "play",
        "reason": None,
        "text": None,
        "track_id": "t1",
        "position": 1,
        "value": 12.5,
    }
    assert again == {**first, "kind": "repeat"}


def test_nothing_new_seals_nothing(log: ExposureLog) -> None:
    assert log.seal() == []
    write(log, "r1")
    assert len(log.seal()) == 1
    assert log.seal() == []


def test_what_comes_after_a_seal_goes_into_the_next_segment(log: ExposureLog, tmp_path: Path) -> None:
    write(log, "r1", "r2")
    log.seal()
    write(log, "r3")
    assert [path.name for path in log.seal()] == ["exposures-000002.parquet"]
    assert sealed_ids(tmp_path) == ["r1", "r2", "r3"]


def test_many_rows_are_sealed_in_several_segments(log: ExposureLog, tmp_path: Path) -> None:
    write(log, "r1")
    events = [Outcome(f"e{number}", "r1", AT, "play") for number in range(SEGMENT_ROWS + 5)]
    log.record(events)
    assert len(log.seal()) == 3
    assert sealed_ids(tmp_path, "outcomes", "event_id") == [event.event_id for event in events]


def test_a_crash_between_segment_and_mark_neither_loses_nor_doubles(tmp_path: Path) -> None:
    journal, saved = tmp_path / "exposures" / "log.sqlite", tmp_path / "saved.sqlite"
    log = ExposureLog.open(tmp_path)
    write(log, "r1", "r2")
    log.close()
    shutil.copy(journal, saved)
    log = ExposureLog.open(tmp_path)
    log.seal()
    log.close()
    shutil.copy(saved, journal)  # The segment has its name, but the mark was never committed.
    log = ExposureLog.open(tmp_path)
    write(log, "r3")
    log.seal()
    log.close()
    assert sealed_ids(tmp_path) == ["r1", "r2", "r3"]


def test_several_writers_and_sealers_seal_every_row_once(tmp_path: Path) -> None:
    def work(name: str) -> None:
        log = ExposureLog.open(tmp_path, busy_seconds=60)
        for number in range(20):
            write(log, f"{name}-{number}")
            if number % 5 == 4:
                log.seal()
        log.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = ExposureLog.open(tmp_path)
    log.seal()
    log.close()
    assert sorted(sealed_ids(tmp_path)) == sorted(f"{name}-{number}" for name in "abcd" for number in range(20))
    assert not [path for path in (tmp_path / "exposures").iterdir() if path.name.startswith(".")]


def test_a_locked_journal_is_an_error_and_nothing_is_written(tmp_path: Path) -> None:
    log = ExposureLog.open(tmp_path, busy_seconds=0.01)
    other = sqlite3.connect(tmp_path / "exposures" / "log.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ExposureLogError, match="locked"):
        write(log, "r1")
    with pytest.raises(ExposureLogError, match="locked"):
        log.record([Outcome("e1", "r1", AT, "play")])
    other.execute("ROLLBACK")
    other.close()
    assert not log.knows("r1")
    write(log, "r1")
    assert log.knows("r1")
    log.close()


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "exposures").write_text("in the way")
    with pytest.raises(ExposureLogError, match=r"log\.sqlite"):
        ExposureLog.open(tmp_path)


def test_a_segment_that_cannot_be_written_leaves_its_rows_for_later(log: ExposureLog, tmp_path: Path) -> None:
    write(log, "r1")
    in_the_way = tmp_path / "exposures" / "exposures-000001.parquet"
    in_the_way.mkdir()
    with pytest.raises(ExposureLogError):
        log.seal()
    in_the_way.rmdir()
    log.seal()
    assert sealed_ids(tmp_path) == ["r1"]


def test_a_pseudonym_is_stable_for_a_home_and_foreign_to_another(tmp_path: Path) -> None:
    def pseudonym(home: Path) -> str:
        log = ExposureLog.open(home)
        try:
            return log.pseudonym("ada@example.org")
        finally:
            log.close()

    here = pseudonym(tmp_path)
    assert here == pseudonym(tmp_path)
    assert here != pseudonym(tmp_path / "other")
    assert "@" not in here
    key = tmp_path / "exposures" / "pseudonym.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    assert pseudonym(tmp_path) != here


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    ExposureLog.open(tmp_path).close()
    (tmp_path / "exposures" / "pseudonym.key").write_bytes(b"short")
    with pytest.raises(ExposureLogError, match="5 bytes instead of 32"):
        ExposureLog.open(tmp_path)
