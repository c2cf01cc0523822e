"""`eval/README.md` names what there is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from catalog.tracks import TrackId
from eval.datasets import DATASETS
from eval.measures.metrics import METRICS
from eval.queries import Query
from eval.running import RunSettings, run
from eval.systems.lineup import BLENDS, SYSTEMS
from recommender.blending import CHANNELS
from tests.homes import built_home, silent

FOLDER = Path(__file__).resolve().parents[2] / "eval"
NAMED = set(re.findall(r"`([^`\n]+)`", (FOLDER / "README.md").read_text("utf-8")))


@pytest.mark.parametrize("name", [*DATASETS, *SYSTEMS, *CHANNELS, *METRICS, *(field.name for field in fields(Query))])
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
