from dataclasses import replace
from pathlib import Path

import pytest

from api.exposures.retention import Retention
from api.settings import Settings, SettingsError


def test_an_empty_environment_gives_the_shipped_settings() -> None:
    settings = Settings.from_env({})
    assert (settings.territory, settings.admin_token, settings.max_in_flight) == ("DE", None, 16)
    assert settings.home.name == "consonance"


def test_every_setting_can_be_set(tmp_path: Path) -> None:
    file = tmp_path / "trial.toml"
    file.touch()
    settings = Settings.from_env(
        {
            "CONSONANCE_HOME": str(tmp_path),
            "CONSONANCE_TERRITORY": "fr",
            "CONSONANCE_EXPERIMENT": str(file),
            "CONSONANCE_ADMIN_TOKEN": "secret",
            "CONSONANCE_MAX_IN_FLIGHT": "8",
            "CONSONANCE_SEAL_SECONDS": "5",
            "CONSONANCE_TRUST_CALLERS": "true",
            "CONSONANCE_HOSTS": "music.example.org, [fd00::1],",
            "CONSONANCE_LOG_DAYS": "7",
            "CONSONANCE_LOG_BYTES": "1000000",
            "CONSONANCE_PLAY_DAYS": "90",
            "CONSONANCE_DURABLE_LOG": "true",
        }
    )
    named = Settings(tmp_path, "FR", file, "secret", 8, 5)
    hosts, log = ("music.example.org", "[fd00::1]"), Retention(7, 1_000_000, 90)
    assert settings == replace(named, trust_callers=True, hosts=hosts, log=log, durable_log=True)
    assert settings.experiment_file == file


def test_an_experiment_lies_in_the_home_unless_said_otherwise(tmp_path: Path) -> None:
    assert Settings(tmp_path).experiment_file == tmp_path / "experiment.toml"


def test_an_empty_value_counts_as_not_set() -> None:
    settings = Settings.from_env({"CONSONANCE_ADMIN_TOKEN": "", "CONSONANCE_TERRITORY": "", "CONSONANCE_HOME": ""})
    assert settings == Settings.from_env({})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("CONSONANCE_TERRITORY", "XX"),
        ("CONSONANCE_MAX_IN_FLIGHT", "0"),
        ("CONSONANCE_MAX_IN_FLIGHT", "many"),
        ("CONSONANCE_MAX_IN_FLIGHT", "9" * 5000),
        ("CONSONANCE_MAX_IN_FLIGHT", "\N{ARABIC-INDIC DIGIT ONE}"),
        ("CONSONANCE_SEAL_SECONDS", "-1"),
        ("CONSONANCE_TRUST_CALLERS", "yes"),
        ("CONSONANCE_LOG_DAYS", "0"),
        ("CONSONANCE_LOG_BYTES", "10 GB"),
        ("CONSONANCE_PLAY_DAYS", "36501"),
        ("CONSONANCE_DURABLE_LOG", "1"),
        ("CONSONANCE_HOSTS", "https://music.example.org"),
        ("CONSONANCE_HOSTS", "music.example.org:8000"),
        ("CONSONANCE_EXPERIMENT", "/nowhere/trial.toml"),
    ],
)
def test_a_wrong_value_names_its_key(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=key):
        Settings.from_env({key: value})
