from dataclasses import replace
from pathlib import Path

import pytest

from api.exposures.retention import Retention
from api.settings import Settings, SettingsError
from recommender.prompts.language_model import LanguageModel


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
            "CONSONANCE_EXPERIMENTS": str(tmp_path),
            "CONSONANCE_ADMIN_TOKEN": "open sesame",
            "CONSONANCE_MAX_IN_FLIGHT": "8",
            "CONSONANCE_SEAL_SECONDS": "5",
            "CONSONANCE_TRUST_CALLERS": "true",
            "CONSONANCE_HOSTS": "music.example.org, [fd00::1],",
            "CONSONANCE_ORIGINS": "https://app.example.org, http://localhost:5173,capacitor://localhost,",
            "CONSONANCE_LOG_DAYS": "7",
            "CONSONANCE_LOG_BYTES": "1000000",
            "CONSONANCE_PLAY_DAYS": "90",
            "CONSONANCE_BUNDLES": "40",
            "CONSONANCE_DURABLE_LOG": "true",
        }
    )
    named = Settings(tmp_path, "FR", file, "open sesame", 8, 5)
    hosts, log = ("music.example.org", "[fd00::1]"), Retention(7, 1_000_000, 90)
    origins = ("https://app.example.org", "http://localhost:5173", "capacitor://localhost")
    named = replace(named, trust_callers=True, hosts=hosts, origins=origins, log=log, durable_log=True)
    assert settings == replace(named, experiments=tmp_path, bundles=40)


def test_an_empty_value_counts_as_not_set() -> None:
    settings = Settings.from_env({"CONSONANCE_ADMIN_TOKEN": "", "CONSONANCE_TERRITORY": "", "CONSONANCE_HOME": ""})
    assert settings == Settings.from_env({})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("CONSONANCE_TERRITORY", "XX"),
        ("CONSONANCE_ADMIN_TOKEN", "x"),
        ("CONSONANCE_COUNTRY_HEADER", "CF IPCountry"),
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
        ("CONSONANCE_ORIGINS", "*"),
        ("CONSONANCE_ORIGINS", "https://app.example.org,*"),
        ("CONSONANCE_ORIGINS", "null"),
        ("CONSONANCE_ORIGINS", "app.example.org"),
        ("CONSONANCE_ORIGINS", "https://app.example.org/"),
        ("CONSONANCE_ORIGINS", "https://*.example.org"),
        ("CONSONANCE_ORIGINS", "https://App.example.org"),
        ("CONSONANCE_ORIGINS", "https://me@app.example.org"),
        ("CONSONANCE_ORIGINS", "https://app.example.org:443"),
        ("CONSONANCE_ORIGINS", "http://localhost:80"),
        ("CONSONANCE_ORIGINS", "https://app.example.org\nX: 1"),
        ("CONSONANCE_EXPERIMENT", "/nowhere/trial.toml"),
        ("CONSONANCE_EXPERIMENTS", "/nowhere/experiments"),
        ("CONSONANCE_READER", "ollama"),
    ],
)
def test_a_wrong_value_names_its_key(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=key):
        Settings.from_env({key: value})


READER = {
    "CONSONANCE_READER": "openai",
    "CONSONANCE_READER_URL": "https://models.example.org/v1/",
    "CONSONANCE_READER_MODEL": "some-model",
}


def test_no_language_model_reads_unless_that_is_set() -> None:
    assert Settings.from_env({**READER, "CONSONANCE_READER": ""}).reader is None


def test_a_language_model_can_be_set() -> None:
    completions = "https://models.example.org/v1/chat/completions"
    assert Settings.from_env(READER).reader == LanguageModel(completions, "some-model")
    more = {"CONSONANCE_READER_KEY": "s3cret", "CONSONANCE_READER_TIMEOUT_S": "3", "CONSONANCE_READER_HISTORY": "true"}
    settings = Settings.from_env({**READER, **more, "CONSONANCE_READER_URL": completions})
    assert settings.reader == LanguageModel(completions, "some-model", "s3cret", 3, history=True)
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:11434/v1",
        "http://127.0.0.1:1/v1",
        "http://[::1]/v1",
        "https://models.example.org?api-version=1",
    ],
)
def test_a_language_model_is_asked_over_https_or_on_this_machine(url: str) -> None:
    reader = Settings.from_env({**READER, "CONSONANCE_READER_URL": url}).reader
    assert reader is not None
    assert "/chat/completions" in reader.url


def test_a_network_of_ones_own_may_be_plain() -> None:
    environ = {**READER, "CONSONANCE_READER_URL": "http://ollama:11434/v1"}
    with pytest.raises(SettingsError, match="CONSONANCE_READER_PLAIN_HTTP"):
        Settings.from_env(environ)
    reader = Settings.from_env({**environ, "CONSONANCE_READER_PLAIN_HTTP": "true"}).reader
    assert reader == LanguageModel("http://ollama:11434/v1/chat/completions", "some-model")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("CONSONANCE_READER_URL", ""),
        ("CONSONANCE_READER_URL", "localhost:11434"),
        ("CONSONANCE_READER_URL", "ftp://localhost/v1"),
        ("CONSONANCE_READER_URL", "http://localhost:port/v1"),
        ("CONSONANCE_READER_URL", "http://[::1/v1"),
        ("CONSONANCE_READER_URL", "http://localhost@example.org/v1"),
        ("CONSONANCE_READER_URL", "http://127.0.0.1.example.org/v1"),
        ("CONSONANCE_READER_URL", "http://local host/v1"),
        ("CONSONANCE_READER_URL", "http://192.168.1.7/v1"),
        ("CONSONANCE_READER_URL", "https://me:s3cret@models.example.org/v1"),
        ("CONSONANCE_READER_MODEL", ""),
        ("CONSONANCE_READER_KEY", "s3cret\nX-More: 1"),
        ("CONSONANCE_READER_KEY", "s3crét"),
        ("CONSONANCE_READER_TIMEOUT_S", "0"),
        ("CONSONANCE_READER_TIMEOUT_S", "1.5"),
        ("CONSONANCE_READER_HISTORY", "yes"),
        ("CONSONANCE_READER_PLAIN_HTTP", "1"),
    ],
)
def test_a_wrong_value_of_a_language_model_names_its_key_and_tells_no_secret(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=key) as refused:
        Settings.from_env({**READER, key: value})
    assert "s3cr" not in str(refused.value)
