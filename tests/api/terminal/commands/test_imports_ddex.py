"""`consonance import ddex`: a licensor's messages from the command line."""

from pathlib import Path

import pytest

from api.terminal.main import main
from tests.ern_messages import new_release, only_a_test


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


def test_a_check_reads_and_reports_and_makes_no_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.xml"
    path.write_bytes(new_release("432", deals=""))
    assert imported(tmp_path, path, "--check") == 0
    told = capsys.readouterr()
    assert "only checked: nothing is stored" in told.out
    assert "licensed of ICPN:2000000000015 before ends" in told.out
    assert "Checking ddex" in told.err
    assert not (tmp_path / "home").exists()


def test_a_check_of_what_is_no_message_fails_as_an_import_does(tmp_path: Path) -> None:
    (tmp_path / "m.xml").write_bytes(b"<a/>")
    assert imported(tmp_path, tmp_path / "m.xml", "--check") == 1
    assert not (tmp_path / "home").exists()


def test_only_messages_can_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "songs.csv").write_text("track_id,title,artist\n")
    assert main(["import", "tracks", str(tmp_path / "songs.csv"), "--check"]) == 2
    assert "--check is for ddex" in capsys.readouterr().err


def test_a_test_message_is_checked_and_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.xml"
    path.write_bytes(only_a_test("432"))
    assert imported(tmp_path, path) == 0
    assert "it is a TestMessage: nothing of it is stored" in capsys.readouterr().out


def test_help_teaches_to_check_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "--help"]) == 0
    assert "consonance import ddex deliveries/ --check" in capsys.readouterr().out


@pytest.mark.parametrize("words", [("--column", "a=b"), ("--assert-deal", "ours")])
def test_words_for_tables_are_wrong_for_messages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str]
) -> None:
    (tmp_path / "m.xml").write_bytes(new_release("432"))
    assert imported(tmp_path, tmp_path / "m.xml", *words) == 2
    assert words[0] in capsys.readouterr().err
