"""Experiments at the terminal: what is in force, checks before that, the move from the form before, and golden vectors."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from api.experiments.assignment import evaluate
from api.experiments.files import ExperimentFiles
from api.settings import Settings
from recommender.variants import bucket, read_experiment
from tests.api.browser import browsing, opened
from tests.api.terminal.conftest import Command, written

LONE = '# why we do this\nname = "More names!"\nsalt = "s"\n[variants.a]\n[variants.b]\n[variants.c]\n'
NEW = 'name = "names"\nversion = 1\nlayer = "ranking"\ntraffic = 0.5\n[targeting]\nterritory = ["DE"]\n[variants.a]\n'


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def test_what_is_in_force_is_listed(command: Command, tmp_path: Path) -> None:
    assert "no experiment is described" in command("experiments", "list", "--home", tmp_path).out
    (tmp_path / "experiments").mkdir()
    written(tmp_path / "experiments", "names.toml", NEW)
    written(tmp_path / "experiments", "held.toml", 'name = "held"\nversion = 2\nlayer = "ranking"\nholdout = 0.05\n')
    out = on_one_line(command("experiments", "list", "--home", tmp_path).out)
    for told in ("names", "running", "ranking", "50.0%", "territory DE", "a 100.0%", "holdout 5.0%"):
        assert told in out


def test_where_a_file_is_refused_what_was_in_force_is_listed_and_a_check_says_which_file_is_well(
    command: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "experiments"
    folder.mkdir()
    written(folder, "names.toml", NEW)
    ExperimentFiles.of(tmp_path, Settings(tmp_path)).put_in_force()
    written(folder, "names.toml", NEW.replace("version = 1", "version = 0"))
    ended = command("experiments", "list", "--home", tmp_path)
    assert (ended.status, ended.out) == (2, "in force, as the files were before: names, version 1, running\n")
    draft = written(tmp_path, "draft.toml", NEW.replace('"names"', '"apart"').replace("ranking", "apart"))
    ended = command("experiments", "check", draft, "--home", tmp_path)
    assert "apart by itself can be read, and cannot come into force: " in ended.err
    assert "names.toml" in ended.err


def test_a_file_is_checked_beside_the_others_and_stays_out_of_force(command: Command, tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    written(tmp_path / "experiments", "names.toml", NEW)
    draft = written(tmp_path, "draft.toml", NEW.replace("version = 1", "version = 2"))
    ended = command("experiments", "check", draft, "--home", tmp_path)
    assert ended.status == 0
    assert ended.out.splitlines()[-2:] == [
        "names: a changes nothing",
        "names can come into force: version 2 after 1",
    ]
    written(tmp_path, "draft.toml", NEW.replace('"names"', '"apart"').replace("ranking", "apart"))
    written(tmp_path, "draft.toml", f"{(tmp_path / 'draft.toml').read_text()}settings = {{names = 2.0}}\n")
    ended = command("experiments", "check", draft, "--home", tmp_path)
    assert ended.out.splitlines()[-2:] == [
        "apart: a changes names = 2.0",
        "apart can come into force: version 1, a new one",
    ]
    written(tmp_path, "draft.toml", NEW.replace('"names"', '"others"'))
    ended = command("experiments", "check", draft, "--home", tmp_path)
    assert ended.status == 2
    assert f"{draft}: buckets = [0, 9999] overlap with those of 'names'" in ended.err
    assert "give it buckets that are free, or another layer" in ended.err
    assert not (tmp_path / "exposures").exists()


def test_a_lone_experiment_is_moved_and_units_stay_where_they_can(command: Command, tmp_path: Path) -> None:
    lone = written(tmp_path, "experiment.toml", LONE)
    before = read_experiment(lone)
    names = [f"listener {number}" for number in range(30_000)]
    units = written(tmp_path, "units.txt", "\n".join(names))
    ended = command("experiments", "move", "--home", tmp_path, "--units", units)
    assert ended.status == 0
    moved = tmp_path / "experiments" / "more-names.toml"
    assert moved.read_text() == f"version = 1\n{LONE}"
    assert (lone.exists(), (tmp_path / "experiment.toml.moved").read_text()) == (False, LONE)
    after = read_experiment(moved)
    was, now = ([evaluate([one], unit, {})[0].variant for unit in names] for one in (before, after))
    away = [unit for unit, old, new in zip(names, was, now, strict=True) if old != new]
    # Of the two buckets across a boundary, 2/3 and 1/3 lie beyond it: a ten-thousandth of all.
    assert "0.010% of all units get another variant" in ended.out
    assert 0 < len(away) < 15
    assert [line.partition(":")[0] for line in ended.out.splitlines()[1:-1]] == away
    assert f"of the 30,000 units given, {len(away)} move" in ended.out
    assert command("experiments", "move", "--home", tmp_path).status == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('name = "x"\nsalt = "s"\n', "variants"),
        (
            'name = "x"\nsalt = "s"\n[variants.a]\nweight = 1000000\n[variants.b]\n',
            "is less than one of 10,000 buckets",
        ),
    ],
)
def test_what_cannot_be_moved_stays_as_it_is(command: Command, tmp_path: Path, text: str, problem: str) -> None:
    written(tmp_path, "experiment.toml", text)
    ended = command("experiments", "move", "--home", tmp_path)
    assert (ended.status, problem in ended.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["experiment.toml"]


def vectors(command: Command, count: int, home: Path) -> list[dict[str, str | int]]:
    return [json.loads(line) for line in command("experiments", "vectors", count, "--home", home).out.splitlines()]


@pytest.mark.slow
def test_ten_thousand_golden_vectors_are_equal_in_a_browser(command: Command, tmp_path: Path) -> None:
    golden = vectors(command, 10_000, tmp_path)
    assert len({(one["salt"], one["unit"]) for one in golden}) == 10_000
    assert all(bucket(str(one["salt"]), str(one["unit"])) == one["bucket"] for one in golden)
    with browsing() as browser, opened(browser) as page:
        assert in_javascript(page, golden, tmp_path) == [one["bucket"] for one in golden]


def in_javascript(page: Page, golden: list[dict[str, str | int]], folder: Path) -> list[int]:
    """Return the buckets that the published snippet computes, on a page that the browser trusts as it would one on https."""
    source = Path(__file__).parents[4] / "api" / "experiments" / "bucket.js"
    script = source.read_text("utf-8").replace("export async", "async")
    written(folder, "page.html", f"<!doctype html><meta charset=utf-8><script>{script}</script>")
    page.goto((folder / "page.html").as_uri())
    found: list[int] = page.evaluate("(golden) => Promise.all(golden.map((one) => bucket(one.salt, one.unit)))", golden)
    return found
