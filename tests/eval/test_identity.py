"""What tells two runs apart."""

import shlex
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import pytest

from catalog.tracks import TrackId
from eval import identity as module
from eval.identity import identity, made
from eval.queries import Query
from eval.running import RunSettings

RAIN, MOSS = TrackId("rain"), TrackId("moss")
QUERIES = (Query("q1", "jazz", {RAIN: 1.0, MOSS: 2.0}), Query("q2", "calm", {MOSS: 1.0}, liked=(RAIN,)))
SETTINGS = asdict(RunSettings())
WHOLE = identity(QUERIES, [RAIN, MOSS], SETTINGS)


def differing(other: dict[str, str]) -> set[str]:
    return {name for name in WHOLE if other[name] != WHOLE[name]}


def test_the_same_queries_candidates_and_gains_in_another_order_are_the_same() -> None:
    turned = replace(QUERIES[0], relevant={MOSS: 2.0, RAIN: 1.0})
    assert identity([QUERIES[1], turned], [MOSS, RAIN, MOSS], SETTINGS) == WHOLE


@pytest.mark.parametrize("changed", [{"prompt": "folk"}, {"history": ("jazz",)}, {"user_id": "ann"}, {"cluster": "a"}])
def test_another_word_of_a_query_is_told_and_no_other_gains(changed: dict[str, object]) -> None:
    other = replace(QUERIES[0], **changed)  # type: ignore[arg-type]
    assert differing(identity([other, QUERIES[1]], [RAIN, MOSS], SETTINGS)) == {"queries"}


def test_other_gains_are_told_and_no_other_queries() -> None:
    other = replace(QUERIES[0], relevant={RAIN: 1.0, MOSS: 1.0})
    assert differing(identity([other, QUERIES[1]], [RAIN, MOSS], SETTINGS)) == {"gains"}


def test_as_many_other_candidates_and_other_settings_are_told() -> None:
    assert differing(identity(QUERIES, [RAIN, TrackId("tide")], SETTINGS)) == {"candidates"}
    assert identity(QUERIES, None, SETTINGS)["candidates"] == "all"
    assert differing(identity(QUERIES, [RAIN, MOSS], asdict(RunSettings(policy="human_only")))) == {"settings"}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of our own that has the packages' folders."""
    for name in ("catalog", "recommender", "eval"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "code.py").write_text("VALUE = 1\n")
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


def test_two_states_of_a_changed_tree_are_told_apart_and_both_are_marked_as_changed(repository: Path) -> None:
    commit, clean = made()["commit"], identity(QUERIES, None, SETTINGS)["sources"]
    seen = {clean}
    for number in (2, 3):
        (repository / "recommender" / "code.py").write_text(f"VALUE = {number}\n")
        seen.add(identity(QUERIES, None, SETTINGS)["sources"])
        assert made()["commit"] == f"{commit}-dirty"
    (repository / "recommender" / "code.py").write_text("VALUE = 1\n")
    (repository / "eval" / "README.md").write_text("words\n")
    assert identity(QUERIES, None, SETTINGS)["sources"] == clean
    assert (len(seen), made()["commit"]) == (3, commit)


def test_outside_of_a_repository_there_is_no_commit(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nor where another repository lies around the packages, or git cannot read what there is."""
    monkeypatch.setattr(module, "ROOT", tmp_path / "eval")
    assert made()["commit"] is None
    (tmp_path / "eval" / ".git").write_text("no repository")
    assert made()["commit"] is None


def test_a_run_says_when_it_was_made_and_by_which_command() -> None:
    told = made()
    assert datetime.fromisoformat(told["date"] or "").tzinfo is not None
    assert (told["command"] or "").startswith("python ")
    assert shlex.split(told["command"] or "")[1:] == sys.orig_argv[1:]
