"""`consonance backup` and `restore`: what is told, and the rules that go with a catalog."""

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


def test_a_backup_takes_the_rules_along_and_a_home_that_has_rules_keeps_its_own(
    command: Command, changing: Path, tmp_path: Path
) -> None:
    file, rules = tmp_path / "kept.sqlite", "[sources]\n'detector:aurora' = 'withhold'\n"
    (changing / "consent.toml").write_text(rules)
    assert "kept.sqlite.consent.toml" in command("backup", file, "--home", changing).out
    assert command("restore", file, "--home", tmp_path / "new").status == 0
    assert (tmp_path / "new" / "consent.toml").read_text() == rules
    (changing / "consent.toml").write_text("")
    assert "stays as it is; the backup has another" in command("restore", file, "--home", changing).out
    assert (changing / "consent.toml").read_text() == ""
