"""`eval/README.md` names what there is."""

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from catalog.tracks import TrackId
from eval.commands.queries import CONTINUE, HISTORY
from eval.datasets import DATASETS
from eval.measures.metrics import METRICS
from eval.queries import Query
from eval.running import RunSettings, run
from eval.systems.lineup import BLENDS, SYSTEMS
from recommender.blending import CHANNELS
from tests.homes import built_home, silent
from tests.processes import environment

FOLDER = Path(__file__).resolve().parents[2] / "eval"
PAGE = (FOLDER / "README.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


@pytest.mark.parametrize(
    "name", [*DATASETS, HISTORY, CONTINUE, *SYSTEMS, *CHANNELS, *METRICS, *(field.name for field in fields(Query))]
)
def test_every_set_system_channel_metric_and_field_is_named(name: str) -> None:
    assert name in NAMED | set(BLENDS) | {word for name in NAMED for word in re.findall(r"[a-z_]+", name)}


@pytest.mark.parametrize("name", sorted({path.name for path in FOLDER.glob("*.py")} - {"__init__.py", "__main__.py"}))
def test_every_module_has_its_place(name: str) -> None:
    assert name in NAMED


@pytest.mark.slow
def test_whatever_is_measured_of_lists_is_explained() -> None:
    found = run(built_home(), [Query("q", "harbour jazz", {TrackId("rain"): 1.0})], RunSettings(("random",)), silent)
    measured = [*found.measures, *found.whole["random"]]
    assert NAMED | set(METRICS) >= {name.partition("@")[0] for name in measured if "/" not in name}


def own_files(folder: Path) -> None:
    """Forty songs, of which each of twelve listeners plays twenty, one a day."""
    songs = [f"song-{n},Song Number {n},Artist {n % 7},{('folk', 'jazz', 'house')[n % 3]}" for n in range(40)]
    plays = [f"u{u},song-{(3 * u + n) % 40},2026-01-{n + 1:02}" for u in range(12) for n in range(20)]
    (folder / "songs.csv").write_text("\n".join(["track_id,title,artist,genres", *songs]) + "\n")
    (folder / "plays.csv").write_text("\n".join(["user_id,track_id,at", *plays]) + "\n")


@pytest.mark.slow
def test_the_first_hour_of_an_analyst_goes_as_it_is_written(tmp_path: Path) -> None:
    own_files(tmp_path)
    hour = PAGE.partition("## An analyst's first hour")[2].partition("\n`make lab`")[0]
    ((_, script), (_, code)) = re.findall(r"^```(sh|python)\n(.*?)^```$", hour, re.MULTILINE | re.DOTALL)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    told = ""
    for words in (["bash", "-euo", "pipefail", "-c", script], [sys.executable, "-c", code]):
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=environment(PATH=path, PYTHONPATH=str(FOLDER.parent)),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{words[-1]}\n{done.stdout}\n{done.stderr}"
        told += done.stdout
    assert "12 queries in 12 clusters written to own.jsonl" in told
    assert "hybrid" in told
    assert "channel_dense" in told
