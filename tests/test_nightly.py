"""The checks that take long are told, and run part by part."""

import sys
from pathlib import Path

import pytest

from tests import nightly
from tests.nightly import PARTS, ROOT, Part, main


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(nightly, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(nightly, "ROOT", tmp_path)
    return tmp_path / "kept"


def run(monkeypatch: pytest.MonkeyPatch, *parts: str) -> int:
    monkeypatch.setattr(sys, "argv", ["nightly", *parts])
    return main()


@pytest.mark.parametrize("name", PARTS)
def test_every_part_names_tests_or_a_program_that_exist(name: str) -> None:
    given = [argument for argument in PARTS[name].arguments if argument.startswith("tests")]
    assert given
    for argument in given:
        path = ROOT / argument.replace(".", "/") if not argument.endswith(".py") else ROOT / argument
        assert path.exists() or path.with_suffix(".py").exists(), argument


def test_what_passed_at_a_commit_is_not_run_again_and_what_failed_is(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    parts = {"good": Part("it works", ("-c", "print('ran')")), "bad": Part("it fails", ("-c", "print('ran'); exit(3)"))}
    monkeypatch.setattr(nightly, "PARTS", parts)
    monkeypatch.setattr(nightly, "_commit", lambda: "abc")
    assert run(monkeypatch) == 1
    told = capfd.readouterr().out
    assert told.count("ran\n") == 2
    assert "good: passed in 0 s" in told
    assert "bad: failed in 0 s" in told
    assert run(monkeypatch) == 1
    told = capfd.readouterr().out
    assert told.count("ran\n") == 1
    assert "good: passed at this commit before" in told
    monkeypatch.setattr(nightly, "_commit", lambda: "")
    assert run(monkeypatch, "good") == 0
    assert "ran\n" in capfd.readouterr().out


def test_a_part_that_there_is_not_is_named_with_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, "everything")
    assert f"there is no part everything; there are {', '.join(PARTS)}" in capsys.readouterr().err
