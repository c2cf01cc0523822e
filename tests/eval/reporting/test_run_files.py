"""A run's folder: read as it was written, and damage is found out."""

import json
import resource
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from eval.measures.significance import MetricValue
from eval.queries import DatasetError
from eval.reporting.results import Run
from tests.eval.planted_runs import COIN, COST, HALF, LEAK, RUN, SIZE, TRAIT, planted

WHOLE = replace(
    RUN,
    whole={name: {"coverage@10": MetricValue(0.5, 0.25, 0.75), "independent@10": MetricValue(nan, nan, nan)} for name in RUN.whole},
    controls={"leaks": [LEAK], "coins": {"bm25": COIN}, "traits": [TRAIT]},
    policies={"strict": {"permitted": 9, "wanted_withheld": 0.0, "metric": "ndcg@10", "systems": {"bm25": COST}}},
    worst=[{"system": "bm25", "prompt": "Grüße, 夜", "wanted": []}],
    timings={"milliseconds": {"bm25": [1.5]}, "revocations": {"milliseconds": [2.5, None], "still_held": [0, 100]}},
)  # fmt: skip
FILES = ("gains.jsonl", "made.json", "metrics.json", "per_query.parquet", "run.json", "run.jsonl", "timings.json")
APART = ("made.json", "timings.json")


def test_a_run_that_is_read_again_is_the_same(tmp_path: Path) -> None:
    WHOLE.write(tmp_path / "new" / "run")
    found = Run.read(tmp_path / "new" / "run")
    assert repr(found.per_query.to_pydict()) == repr(WHOLE.per_query.to_pydict())
    for name in ("about", "controls", "policies", "worst", "lists", "timings", "gains", "made"):
        assert getattr(found, name) == getattr(WHOLE, name), name
    assert repr(found.whole) == repr(WHOLE.whole)
    assert repr(found.values) == repr(WHOLE.values)
    assert repr(found.summary(["ndcg@10", "wishes@10", "independent@10"]).rows) == repr(
        WHOLE.summary(["ndcg@10", "wishes@10", "independent@10"]).rows
    )


def test_the_folder_holds_what_is_documented(tmp_path: Path) -> None:
    WHOLE.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == list(FILES)
    metrics = strict(tmp_path / "metrics.json")
    assert metrics["hybrid"]["ndcg@10"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert metrics["bm25"]["macro/ndcg@10"]["value"] == pytest.approx(0.3125)
    assert metrics["bm25"]["wishes@10"] == {"value": None, "low": None, "high": None}
    lines = (tmp_path / "run.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 3 * SIZE
    assert json.loads(lines[SIZE]) == {"query_id": "q0", "system": "bm25", "tracks": ["t-q0", "t0"]}
    assert "Grüße, 夜" in (tmp_path / "run.json").read_text("utf-8")
    strict(tmp_path / "run.json")


def test_a_page_of_an_older_run_does_not_stay_beside_new_numbers(tmp_path: Path) -> None:
    WHOLE.write(tmp_path)
    (tmp_path / "report.html").write_text("older numbers")
    (tmp_path / "notes.html").write_text("somebody's own")
    WHOLE.write(tmp_path)
    assert {path.name for path in tmp_path.glob("*.html")} == {"notes.html"}


def strict(path: Path) -> Any:
    """Read JSON as others do, who know neither NaN nor Infinity."""
    return json.loads(path.read_text("utf-8"), parse_constant=lambda name: pytest.fail(f"{name} in {path.name}"))


def test_the_same_run_is_the_same_bytes_and_the_next_leaves_nothing_of_it(tmp_path: Path) -> None:
    """Times least of all, where the next was not asked for them, nor who made it, where nobody knows that of the next."""
    first, second = tmp_path / "first", tmp_path / "second"
    WHOLE.write(first)
    WHOLE.write(second)
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in second.iterdir()
    }
    replace(RUN, made={}, gains={}).write(first)
    assert {path.name for path in first.iterdir()} == {*FILES} - {*APART, "gains.jsonl"}
    assert Run.read(first).timings == Run.read(first).made == Run.read(first).gains == {}
    assert Run.read(first).about == RUN.about


def test_where_a_file_cannot_be_written_all_of_the_old_run_stays(tmp_path: Path) -> None:
    """No file may grow beyond 20,000 bytes here, as `run.json` would, while `metrics.json` could be written."""
    RUN.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    longer = replace(WHOLE, worst=[{"prompt": "x" * 20_000}])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            longer.write(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "another kind"])
def test_a_file_that_is_missing_or_damaged_is_named_with_the_remedy(tmp_path: Path, name: str, damage: str) -> None:
    WHOLE.write(tmp_path)
    path = tmp_path / name
    if damage == "missing":
        path.unlink()
        if name in (*APART, "gains.jsonl"):
            assert getattr(Run.read(tmp_path), path.stem) == {}
            return
    elif damage == "another kind":
        path.write_text('["an array"]\n')
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 if damage == "cut" else 0])
    with pytest.raises(
        DatasetError, match=rf"{name} cannot be read as part of a run \(.+\); name a folder that .* --out"
    ):
        Run.read(tmp_path)


@pytest.mark.parametrize("name", ["metrics.json", "run.jsonl", "gains.jsonl"])
def test_a_file_of_another_run_is_found_out(tmp_path: Path, name: str) -> None:
    RUN.write(tmp_path / "one")
    other = planted({"bm25": {"ndcg@10": HALF}})
    replace(other, gains={**other.gains, "q99": {}}).write(tmp_path / "other")
    (tmp_path / "other" / name).replace(tmp_path / "one" / name)
    with pytest.raises(DatasetError, match=f"{name} cannot .*it is of another run than per_query"):
        Run.read(tmp_path / "one")


def test_a_table_without_the_columns_of_a_run_is_not_a_run(tmp_path: Path) -> None:
    RUN.write(tmp_path)
    pq.write_table(RUN.per_query.drop_columns(["kinds"]), tmp_path / "per_query.parquet")
    with pytest.raises(DatasetError, match=r"per_query\.parquet cannot .*kinds.*is missing"):
        Run.read(tmp_path)
    with pytest.raises(DatasetError, match=r"no-such-folder/per_query\.parquet cannot be read as part of a run"):
        Run.read(tmp_path / "no-such-folder")
