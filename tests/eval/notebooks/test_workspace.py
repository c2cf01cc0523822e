from pathlib import Path

import pytest

from eval.notebooks.workspace import Prose, home_in_use, quietly

REPOSITORY = Path(__file__).resolve().parents[3]


def test_a_notebook_reads_the_home_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSONANCE_HOME", str(tmp_path))
    assert home_in_use() == tmp_path


@pytest.mark.parametrize("named", [None, "", ".demo"])
def test_the_demo_is_found_from_whatever_directory_a_notebook_runs_in(
    named: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONSONANCE_HOME", raising=False)
    if named is not None:
        monkeypatch.setenv("CONSONANCE_HOME", named)
    monkeypatch.chdir(tmp_path)
    assert home_in_use() == REPOSITORY / ".demo"


def test_progress_can_be_kept_out_of_a_notebook(capfd: pytest.CaptureFixture[str]) -> None:
    with quietly("Ranking", 2) as advance:
        advance(2)
    assert capfd.readouterr() == ("", "")


def test_prose_is_shown_as_markdown() -> None:
    assert Prose("**two** tracks")._repr_markdown_() == "**two** tracks"
