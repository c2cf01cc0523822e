"""`consonance exposures`: files of the log."""

from pathlib import Path

from tests.api.terminal.conftest import Command


def test_exposures_are_sealed_once_and_listed_each_time(command: Command, changing: Path) -> None:
    for prompt in ("jazz", "techno"):
        command("playlist", prompt, "--home", changing)
    first = command("exposures", "--home", changing).out.splitlines()
    second = command("exposures", "--home", changing).out.splitlines()
    assert [line.endswith("exposures-000001.parquet  (new)") for line in first] == [True]
    assert second == [first[0].removesuffix("  (new)")]
