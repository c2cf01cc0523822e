"""`consonance backup` and `restore`: what is told."""

import json
from pathlib import Path

from tests.api.terminal.conftest import Command, assert_complaint


def test_a_backup_is_brought_back_and_told_what_was_carried_over(
    command: Command, changing: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kept.sqlite"
    assert command("backup", file, "--home", changing).status == 0
    assert_complaint(command("backup", file, "--home", changing), "is there already", status=1)
    heard = json.loads(command("playlist", "jazz", "--format", "json", "--home", changing).out)["tracks"][0]["track_id"]
    assert command("consent", "takedown", heard, "--reason", "a dispute", "--home", changing).status == 0
    ended = command("restore", file, "--home", changing)
    assert ended.status == 0
    assert "1 records that restrict and are not in the backup hold on:" in ended.out
    assert f"takedown of track_id '{heard}', by operator" in ended.out
    assert f'"{heard}"' not in command("playlist", "jazz", "--format", "json", "--home", changing).out
    assert_complaint(command("restore", tmp_path / "none", "--home", changing), "there is no backup", status=1)
