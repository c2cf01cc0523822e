"""An answer is the same in every process, in whatever order its sets come (PYTHONHASHSEED)."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.stores import open_store
from tests.homes import SMALL_CATALOG, copied_home

pytestmark = pytest.mark.slow

ASKING = """
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from api.experiments.assignment import Assignments
from api.schemas.playlists import PlaylistResponse
from catalog.consent import Preferences
from recommender import PlaylistRecommender, PlaylistRequest

AT = datetime(2026, 11, 30, tzinfo=UTC)
PEOPLE = Preferences(blocked_artists=frozenset({"Nobody", "Ida Mole", "Someone"}))
REQUESTS = (
    PlaylistRequest("jazz", length=1, at=AT),
    PlaylistRequest("calm, dreamy and warm songs", at=AT),
    PlaylistRequest("house or folk, no vocals, nothing explicit, from the 90s", at=AT),
    PlaylistRequest("like Moss and Tide Table but with piano", length=4, at=AT, seed=5),
    PlaylistRequest("no jazz, no folk, no sea", at=AT, policy="human_only", preferences=PEOPLE),
    PlaylistRequest("louder, without the piano", at=AT, history=("calm piano by the sea", "only the 90s")),
    PlaylistRequest("ноч, mañana, \\u591c", at=AT, user_id="ann", exclude_tracks=("moss", "rain"), seed_tracks=("rain", "tide")),
)
with closing(PlaylistRecommender.open(Path(sys.argv[1]))) as recommender:
    for request in REQUESTS:
        answer = PlaylistResponse.of(recommender.recommend(request), "list", "request", Assignments())
        print(answer.model_dump_json(exclude={"timings_ms"}))
"""


def test_answers_are_the_same_bytes_whatever_the_hash_seed_of_the_process(tmp_path: Path) -> None:
    home = copied_home(tmp_path / "home")
    moods = ("lonely", "sombre", "mysterious", "dreamy", "warm", "Calm")
    with open_store(home) as store, store.writing() as writer:
        writer.put_tracks([replace(track, moods=moods) for track in SMALL_CATALOG])
    said = [
        subprocess.run(
            [sys.executable, "-c", ASKING, str(home)],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in (1, 2, 3)
    ]
    assert said[0].count(b"\n") == 7
    assert b'"sentence":"Lonely, sombre, mysterious, dreamy, warm, calm' in said[0]
    assert said[1:] == said[:1] * 2
