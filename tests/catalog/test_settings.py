"""An operator's `consent.toml` is read from the home; what cannot be used is refused with the file's name."""

import time
from pathlib import Path

import pytest

from catalog import settings
from catalog.consent import ConsentSettings, ConsentSettingsError
from catalog.settings import WatchedFile, load_consent_settings


def test_without_a_file_everything_is_as_shipped(tmp_path: Path) -> None:
    assert load_consent_settings(tmp_path) == ConsentSettings()


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "consent.toml"
    path.write_text('use = "Radio"', encoding="utf-8")
    with pytest.raises(ConsentSettingsError) as refused:
        load_consent_settings(tmp_path)
    assert str(refused.value).startswith(f"{path}: use = 'Radio' is not one of ")


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "consent.toml"
    path.write_text("channel = ?", encoding="utf-8")
    with pytest.raises(ConsentSettingsError, match=r"consent\.toml: Invalid value .*line 1.*; it is TOML in UTF-8$"):
        load_consent_settings(tmp_path)


def test_what_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "consent.toml"
    path.write_bytes('channel = "É"'.encode("latin-1"))
    with pytest.raises(ConsentSettingsError, match=r"consent\.toml: 'utf-8' codec can't decode"):
        load_consent_settings(tmp_path)


def test_a_link_that_leads_nowhere_is_refused_and_does_not_count_as_nothing_said(tmp_path: Path) -> None:
    (tmp_path / "consent.toml").symlink_to("gone.toml")
    with pytest.raises(ConsentSettingsError, match=r"consent\.toml: is no file"):
        load_consent_settings(tmp_path)


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "consent.toml").mkdir()
    with pytest.raises(ConsentSettingsError, match=r"consent\.toml: is no file"):
        load_consent_settings(tmp_path)


@pytest.fixture(autouse=True)
def _settles_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SETTLED_S", 0.2)


@pytest.fixture
def watched(tmp_path: Path) -> WatchedFile[str]:
    """A file that may say anything but nonsense."""

    def read() -> str:
        text = path.read_text(encoding="utf-8")
        if text == "nonsense":
            raise ConsentSettingsError(f"{path} says nonsense")
        return text

    path = tmp_path / "said.txt"
    path.write_text("first", encoding="utf-8")
    return WatchedFile([path], read, "nothing")


def standing(watched: WatchedFile[str]) -> tuple[str, str | None]:
    """What is in force, and why the file as it stands is not."""
    return watched.value, watched.refused


def settled(path: Path, text: str) -> None:
    """Write a file, and let it be until it counts as written."""
    path.write_text(text, encoding="utf-8")
    time.sleep(settings.SETTLED_S)


def test_an_edited_file_counts_once_it_is_written(tmp_path: Path, watched: WatchedFile[str]) -> None:
    settled(tmp_path / "said.txt", "second")
    assert standing(watched) == ("second", None)
    settled(tmp_path / "other.txt", "third")
    (tmp_path / "other.txt").replace(tmp_path / "said.txt")
    time.sleep(settings.SETTLED_S)
    assert standing(watched) == ("third", None)


def test_a_file_that_is_being_written_is_left_alone(
    tmp_path: Path, watched: WatchedFile[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SETTLED_S", 3600)
    (tmp_path / "said.txt").write_text("half of ", encoding="utf-8")
    assert standing(watched) == ("first", None)
    monkeypatch.setattr(settings, "SETTLED_S", 0)
    (tmp_path / "said.txt").write_text("half of it", encoding="utf-8")
    assert standing(watched) == ("half of it", None)


def test_a_file_that_was_written_to_while_it_was_read_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "said.txt"
    path.write_text("first", encoding="utf-8")
    written_meanwhile = ["the whole of it"]

    def read() -> str:
        text = path.read_text(encoding="utf-8")
        if text == "half" and written_meanwhile:
            settled(path, written_meanwhile.pop())
        return text

    watched = WatchedFile([path], read, "nothing")
    settled(path, "half")
    assert watched.value == "first"
    assert watched.value == "the whole of it"


def test_a_wrong_file_leaves_the_last_good_one_in_force_and_is_logged_once(
    tmp_path: Path, watched: WatchedFile[str], caplog: pytest.LogCaptureFixture
) -> None:
    settled(tmp_path / "said.txt", "nonsense")
    assert [watched.value for _ in range(5)] == ["first"] * 5
    assert watched.refused == f"{tmp_path / 'said.txt'} says nonsense"
    assert [record.getMessage() for record in caplog.records] == [f"What was read before goes on: {watched.refused}"]
    settled(tmp_path / "said.txt", "mended")
    assert standing(watched) == ("mended", None)


def test_a_file_that_is_gone_or_says_nothing_leaves_what_it_said_in_force(
    tmp_path: Path, watched: WatchedFile[str]
) -> None:
    """Without a file everything is as shipped, which may permit more: a server that runs does not go back to that."""
    path = tmp_path / "said.txt"
    settled(path, "")
    assert watched.value == "first"
    assert watched.refused is not None
    path.unlink()
    assert watched.value == "first"
    settled(path, "nothing")
    assert watched.value == "first"
    assert watched.refused == f"{path} is gone or says nothing; put it back, or start anew without it"
    settled(path, "back")
    assert standing(watched) == ("back", None)
