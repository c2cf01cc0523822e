"""What the commands share."""

from contextlib import suppress

import pytest

from eval.commands.terminal import progress


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
