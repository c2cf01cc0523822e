"""`consonance exposures`: files of the log."""

from pathlib import Path

import pyarrow.parquet as pq

from tests.api.terminal.conftest import Command


def test_exposures_are_sealed_once_and_listed_each_time(command: Command, changing: Path) -> None:
    for prompt in ("jazz", "techno"):
        command("playlist", prompt, "--home", changing)
    first = command("exposures", "--home", changing).out.splitlines()
    second = command("exposures", "--home", changing).out.splitlines()
    assert [line.endswith("exposures-000001.parquet  (new)") for line in first] == [True]
    assert second == [first[0].removesuffix("  (new)")]


def test_a_listener_is_erased_from_answers_plays_and_files(command: Command, changing: Path) -> None:
    command("playlist", "jazz", "--user", "ada", "--home", changing)
    command("playlist", "jazz", "--user", "bo", "--home", changing)
    command("exposures", "--home", changing)
    erased = command("exposures", "--erase-listener", "ada", "--home", changing).out
    assert "erased: 1 answers and plays of 'ada'" in erased
    (file,) = (changing / "exposures").glob("exposures-*.parquet")
    assert pq.read_table(file).num_rows == 1
    assert "erased: 0 answers" in command("exposures", "--erase-listener", "ada", "--home", changing).out
