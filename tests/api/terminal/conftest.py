"""Commands run in this process, and homes to run them in."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from api.schemas.playlists import PlaylistResponse
from api.terminal.main import main
from tests.processes import copy_of


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have set something."""
    for name in [name for name in os.environ if name.startswith("CONSONANCE_") or name == "COLUMNS"]:
        monkeypatch.delenv(name)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def run_here(*words: object) -> Ended:
        capsys.readouterr()
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Ended(status, captured.out, captured.err)

    return run_here


@pytest.fixture(scope="module")
def home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home to read and to log answers in; its catalog and bundle stay as they are."""
    return copy_of(demo_home, tmp_path_factory.mktemp("read"))


@pytest.fixture
def changing(demo_home: Path, tmp_path: Path) -> Path:
    """A home of one test's own."""
    return copy_of(demo_home, tmp_path / "home")


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def answered(ended: Ended) -> PlaylistResponse:
    assert ended.status == 0, ended.err
    return PlaylistResponse.model_validate_json(ended.out)


def assert_complaint(ended: Ended, *said: str, status: int | None = None) -> None:
    """It ended with one line on standard error that says this, and nothing on standard output."""
    assert ended.status in ((1, 2) if status is None else (status,)), ended
    assert ended.out == ""
    assert ended.err.startswith("consonance: ")
    assert ended.err.count("\n") == 1
    assert ended.err.endswith("\n")
    assert len(ended.err) < 1_000
    for words in said:
        assert words in ended.err
