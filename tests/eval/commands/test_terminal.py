"""What the commands share."""

from contextlib import closing, suppress
from pathlib import Path

import pytest

from api.exposures.log import ExposureLog
from eval.commands.terminal import progress, tell_unsealed
from tests.contracts.exposures import write


@pytest.mark.parametrize("total", [400, 277])
def test_a_progress_bar_that_ends_early_was_of_as_many_as_it_came_to(
    total: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with progress("Learning", total) as advance:
        for _ in range(277):
            advance(1)
    assert "277/277" in capfd.readouterr().err


def test_a_progress_bar_of_what_failed_stays_where_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    with suppress(RuntimeError), progress("Learning", 400) as advance:
        advance(2)
        raise RuntimeError
    assert "2/400" in capfd.readouterr().err


def test_answers_and_events_that_wait_for_parquet_are_told_until_they_are_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tell_unsealed(tmp_path)
    with closing(ExposureLog.open(tmp_path)) as log:
        write(log, "r1")
        log.seal()
        tell_unsealed(tmp_path)
        assert capfd.readouterr().err == ""
        write(log, "r2", "r3")
        tell_unsealed(tmp_path)
        told = "not counted, for they are not in Parquet yet: 2 answers and 0 events"
        assert capfd.readouterr().err == f"{told}; `consonance exposures --home {tmp_path}` writes them\n"
