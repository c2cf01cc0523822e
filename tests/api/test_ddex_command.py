"""`consonance import ddex`: a licensor's messages from the command line."""

import os
from pathlib import Path

import pytest

from api.cli import main
from tests.ern_messages import new_release


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have set something."""
    for name in [name for name in os.environ if name.startswith("CONSONANCE_")]:
        monkeypatch.delenv(name)


def imported(tmp_path: Path, path: Path, *words: str) -> int:
    return main(["import", "ddex", str(path), "--home", str(tmp_path / "home"), *words])


def test_a_folder_of_messages_is_imported_and_what_was_wrong_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.xml").write_bytes(new_release("432"))
    (folder / "page.xml").write_bytes(b"<!DOCTYPE html><html></html>")
    assert imported(tmp_path, folder) == 0
    told = capsys.readouterr().out
    assert "tracks: 1 added" in told
    assert "consent: 1 added" in told
    assert f"{folder / 'page.xml'}: has a document type declaration" in told


def test_a_file_that_is_no_message_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.xml"
    path.write_bytes(b"<a/>")
    assert imported(tmp_path, path) == 1
    complaint = capsys.readouterr().err
    assert "m.xml" in complaint
    assert complaint.count("NewReleaseMessage") == 1


@pytest.mark.parametrize("words", [("--column", "a=b"), ("--assert-deal", "ours")])
def test_words_for_tables_are_wrong_for_messages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str]
) -> None:
    (tmp_path / "m.xml").write_bytes(new_release("432"))
    assert imported(tmp_path, tmp_path / "m.xml", *words) == 2
    assert words[0] in capsys.readouterr().err
