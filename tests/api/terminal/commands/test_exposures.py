"""`consonance exposures`: files of the log."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.api.terminal.conftest import Command, answered
from tests.recommender.prompts.chat_server import marks, saying, serving


def test_exposures_are_sealed_once_and_listed_each_time(command: Command, changing: Path) -> None:
    for prompt in ("jazz", "techno"):
        command("playlist", prompt, "--home", changing)
    first = command("exposures", "--home", changing).out.splitlines()
    second = command("exposures", "--home", changing).out.splitlines()
    assert [line.endswith("exposures-000001.parquet  (new)") for line in first] == [True]
    assert second == [first[0].removesuffix("  (new)")]


def test_a_listener_is_erased_from_answers_plays_and_files(command: Command, changing: Path) -> None:
    command("playlist", "jazz", "--user", "ada", "--home", changing)
    command("playlist", "jazz", "--user", "bo", "--home", changing)
    command("exposures", "--home", changing)
    erased = command("exposures", "--erase-listener", "ada", "--home", changing).out
    assert "erased of 'ada': 1 answers and plays, 1 lists" in erased
    (file,) = (changing / "exposures").glob("exposures-*.parquet")
    assert pq.read_table(file).num_rows == 1
    assert "erased of 'ada': 0 answers" in command("exposures", "--erase-listener", "ada", "--home", changing).out


def test_a_model_hears_no_listener_and_forgets_with_them(
    command: Command, changing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(saying(marks(("rainy", "mood"), ("jazz", "genre")))) as chat:
        monkeypatch.setenv("CONSONANCE_READER", "openai")
        monkeypatch.setenv("CONSONANCE_READER_URL", chat.url)
        monkeypatch.setenv("CONSONANCE_READER_MODEL", "some-model")
        for user in ("ada-lovelace", "bo"):
            asked = command("playlist", f"rainy jazz {user[0]}", "--user", user, "--home", changing, "--format", "json")
            assert answered(asked).versions.reader.startswith("some-model, ")
    assert not any("ada-lovelace" in str(body) for body in chat.asked)
    with closing(sqlite3.connect(changing / "readings.sqlite")) as readings:
        assert readings.execute("SELECT count(*) FROM readings").fetchone() == (2,)
        command("exposures", "--erase-listener", "ada-lovelace", "--home", changing)
        assert readings.execute("SELECT count(*) FROM readings").fetchone() == (1,)
