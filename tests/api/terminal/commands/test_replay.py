"""`consonance replay`: answers made again from the log."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.api.terminal.conftest import Command, answered, assert_complaint


def test_answers_are_the_same_again_after_a_take_down_which_is_told(command: Command, changing: Path) -> None:
    first = answered(command("playlist", "jazz", "--length", "5", "--format", "json", "--home", changing))
    command("consent", "takedown", first.tracks[0].track_id, "--reason", "asked for", "--home", changing)
    second = answered(command("playlist", "jazz", "--length", "5", "--format", "json", "--home", changing))
    assert first.tracks[0].track_id not in {track.track_id for track in second.tracks}
    ended = command("replay", first.request_id, "--home", changing)
    told = f"{first.request_id}  same; withheld today: 1\n1 same\n"
    assert (ended.status, ended.out) == (0, told)
    for wanted in (["--all"], ["--since", first.at[:10]]):
        assert command("replay", *wanted, "--home", changing).out == "2 same\n"
    assert command("replay", "--since", "2999-01-01", "--home", changing).out == "no answer is in the log\n"


def test_what_differs_is_unknown_or_gone_is_told_one_by_one(command: Command, changing: Path) -> None:
    same, changed, gone = (
        answered(command("playlist", "techno", "--length", "3", "--format", "json", "--home", changing)).request_id
        for _ in range(3)
    )
    with closing(sqlite3.connect(changing / "exposures" / "log.sqlite")) as journal, journal:
        for request_id, column, value in ((changed, "$.eligible_count", 1), (gone, "$.versions.bundle", "0" * 16)):
            journal.execute(
                "UPDATE exposures SET entry = json_set(entry, ?, ?) WHERE request_id = ?", (column, value, request_id)
            )
    ended = command("replay", same, changed, gone, "nobody", "--home", changing)
    lines = ended.out.splitlines()
    assert lines[0] == f"{same}  same"
    assert lines[1].startswith(f"{changed}  differs in eligible_count: 1 then, ")
    assert lines[2].startswith(f"{gone}  gone: bundle: 0000000000000000 is not here any more")
    assert lines[3] == "nobody  unknown: the log has no answer of this id"
    assert lines[4] == "1 same, 1 differs, 1 gone, 1 unknown"
    assert ended.status == 1
    assert ended.err.splitlines()[-1].startswith("consonance: 2 of 4 answers differ or are not in the log")


def test_which_answers_has_to_be_said(command: Command, changing: Path) -> None:
    assert_complaint(command("replay", "--home", changing), "--all or --since DATE", status=2)
