"""An operator's `consent.toml` is read from the home; what cannot be used is refused with the file's name."""

from pathlib import Path

import pytest

from catalog.consent import ConsentSettings, ConsentSettingsError
from catalog.settings import load_consent_settings


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


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "consent.toml").mkdir()
    with pytest.raises(ConsentSettingsError, match=r"consent\.toml: .*Is a directory"):
        load_consent_settings(tmp_path)
