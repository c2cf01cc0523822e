"""`consonance import ddex`: a licensor's messages from the command line."""

from pathlib import Path

import pytest

from api.terminal.main import main
from tests.ern_messages import RAIN, deal, new_release, only_a_test, purge, recording, release_deal


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
    assert "licensed of ICPN:2000000000015 before would end" in told.out
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


FREE = release_deal(deal("432", territories=["DE", "FR"], models=["FreeOfChargeModel"]))
AHEAD = "2100-03-01T09:00:00Z"


def told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, *words: str) -> str:
    """Import one message and return what is said of it."""
    path = tmp_path / "m.xml"
    path.write_bytes(content)
    assert imported(tmp_path, path, *words) == 0
    return capsys.readouterr().out


def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["consent", "show", RAIN, "--territory", "DE", "--home", str(tmp_path / "home")]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_a_check_says_what_a_good_message_would_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song = recording("432", more="<ContainsAI>Partly</ContainsAI>")
    deals = release_deal(deal("432", territories=["FR", "DE"], end="2027-01-01T00:00:00Z"))
    told = told_of(tmp_path, capsys, new_release("432", resources=song, deals=deals), "--check")
    assert f"recordings: {RAIN} (Tin Rain)" in told
    period = "from 2026-01-01T00:00:00Z, until 2027-01-01T00:00:00Z"
    assert f"licensed in DE, FR, OnDemandStream, SubscriptionModel, {period}: {RAIN}" in told
    assert f"AI in {RAIN}: partly (no part is named)" in told
    assert "nothing of it plays free of charge (FreeOfChargeModel)" in told
    assert "free of charge" not in told_of(tmp_path, capsys, new_release("432", deals=FREE), "--check")
    assert "ends what North Pier Records licensed of ICPN:2000000000015" in told_of(
        tmp_path, capsys, purge("432"), "--check"
    )


def test_the_same_message_again_is_told_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "on record already" not in told_of(tmp_path, capsys, new_release("432"))
    assert "it is on record already: nothing changes" in told_of(tmp_path, capsys, new_release("432"))


@pytest.mark.parametrize("words", [(), ("--check",)])
def test_a_message_dated_ahead_says_what_of_it_counts_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert "dated ahead" not in told_of(tmp_path, capsys, new_release("432", deals=FREE), *words)
    told = told_of(tmp_path, capsys, new_release("432", deals=FREE, created_at=AHEAD, message_id="m-2"), *words)
    assert f"it is dated ahead ({AHEAD}): what it licenses does not count" in told
    assert "send that one again with its right date, or one made after its receipt" in told


def test_a_message_beside_one_dated_ahead_says_that_it_licenses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told_of(tmp_path, capsys, new_release("432", deals=FREE, created_at=AHEAD, message_id="m-7"))
    told = told_of(tmp_path, capsys, new_release("432", deals=FREE, message_id="m-8"))
    assert "beside the message m-7 of North Pier Records, which is dated ahead, it licenses nothing" in told
    right = {"created_at": "2026-02-03T10:00:00Z", "message_id": "m-7"}
    assert "dated ahead" not in told_of(tmp_path, capsys, new_release("432", deals=FREE, **right))
    assert "Allowed in Germany" in shown(tmp_path, capsys)


def test_a_story_keeps_its_past_and_tells_the_remedy_after_a_message_dated_ahead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told_of(tmp_path, capsys, new_release("432", deals=FREE))
    told_of(tmp_path, capsys, new_release("432", deals=FREE, created_at=AHEAD, message_id="m-7"))
    story = shown(tmp_path, capsys)
    _, happened = story.split("What happened, and what lies ahead")
    assert "North Pier Records licenses streaming" in happened
    assert "Dated ahead of its receipt, and set" in happened
    assert "The message m-7 of North Pier Records is dated ahead (1 March 2100, 09:00 UTC, received on" in story
    assert "it comes again with its right date, or one follows that was made after its receipt" in story
    assert "The licensor delivers a deal" not in story
