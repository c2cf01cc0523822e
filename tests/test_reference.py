"""The packages as others install them: types, version, and a reference made of every docstring."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import api
import catalog
import recommender
from eval import __version__ as version_of_eval

ROOT = Path(__file__).parents[1]


def test_every_package_says_its_version_and_that_it_is_typed() -> None:
    (declared,) = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert {api.__version__, catalog.__version__, recommender.__version__, version_of_eval} == {declared}
    assert all((ROOT / name / "py.typed").is_file() for name in ("api", "catalog", "eval", "recommender"))


@pytest.mark.slow
def test_the_reference_is_made_without_a_warning_and_has_the_public_names(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.reference", str(tmp_path)]
    made = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert (made.returncode, made.stderr) == (0, "")
    for page, name in [
        ("recommender", "PlaylistRequest"),
        ("recommender/playlist_recommender", "PlaylistRecommender.recommend_batch"),
        ("recommender/playlists", "Playlist.to_arrow"),
        ("eval/running", "run"),
        ("eval/queries", "read_queries"),
        ("eval/exposures", "units"),
        ("eval/datasets/own", "history"),
        ("api/client", "PlaylistClient"),
    ]:
        assert f'id="{name}"' in (tmp_path / f"{page}.html").read_text("utf-8")
    assert not (tmp_path / "eval" / "notebooks.html").exists()
