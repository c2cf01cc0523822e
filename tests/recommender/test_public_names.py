"""The package's own names are the way in: imported when asked for, and for one version still found under their old paths."""

import subprocess
import sys
from importlib import import_module

import pytest

import recommender
from recommender import PlaylistRecommender, PlaylistRequest

PUBLIC = {"PlaylistRecommender": PlaylistRecommender, "PlaylistRequest": PlaylistRequest}
OLD_PATHS = [("recommender.pipeline", "PlaylistRecommender"), ("recommender.playlists", "PlaylistRequest")]


def test_the_package_names_what_an_analyst_needs() -> None:
    assert sorted(PUBLIC) == sorted(recommender.__all__)
    assert PlaylistRequest("jazz", "DE").policy == "strict"


@pytest.mark.parametrize(("module", "name"), OLD_PATHS)
def test_an_old_path_gives_the_same_thing_and_a_warning_that_names_the_new_one(module: str, name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"write `from recommender import {name}`") as told:
        found = getattr(import_module(module), name)
    assert found is PUBLIC[name]
    assert told[0].filename == __file__


@pytest.mark.parametrize("module", ["recommender", *(module for module, _ in OLD_PATHS)])
def test_a_name_that_there_never_was_is_an_attribute_error(module: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{module}' has no attribute 'Anything'"):
        _ = import_module(module).Anything


def test_reading_prompts_imports_no_model() -> None:
    told = "import sys, recommender.prompts.reading; print([m for m in ('faiss', 'onnxruntime', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
