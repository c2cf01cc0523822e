"""Lists of a variant that explores: each answer has a seed of its own, and the log holds what it was drawn from."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import numpy as np
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog import __version__
from catalog.tracks import Track, TrackId
from recommender.lists.exploration import log_propensities
from recommender.lists.rules import ListRules
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest
from tests.homes import licensed, recommending

EXPERIMENT = 'name = "n"\nsalt = "s"\n[variants.draws]\nsettings = {explore = 1.5}\n'
TOGETHER = """name = "together"
version = 1

[variants.plain]
weight = 0

[variants.hits]
weight = 0
settings = {popularity = 10.0, dense = 0.0, lexical = 0.0, tags = 0.0}

[variants.both]
interleave = ["plain", "hits"]
"""
TRACKS = [
    Track(TrackId(f"t{number}"), f"Song {number}", f"Artist {number}", tags=("jazz",), popularity=float(number))
    for number in range(9)
]


@pytest.fixture
def recommender(tmp_path: Path) -> Iterator[PlaylistRecommender]:
    with recommending(tmp_path / "catalog", TRACKS, licensed(TRACKS)) as made:
        yield made


@contextmanager
def serving(settings: Settings, recommender: PlaylistRecommender) -> Iterator[TestClient]:
    (settings.home / "experiment.toml").write_text(EXPERIMENT)
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        yield client


def ask(client: TestClient, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/playlists", json={"prompt": "quiet jazz", "length": 3, **body}).json()
    return answer


def logged(settings: Settings) -> list[dict[str, Any]]:
    files = sorted((settings.home / "exposures").glob("exposures-*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_a_drawn_answer_is_logged_with_its_pool_and_exact_propensities(
    settings: Settings, recommender: PlaylistRecommender
) -> None:
    with serving(settings, recommender) as client:
        answers = [ask(client) for _ in range(8)]
    for row, answer in zip(logged(settings), answers, strict=True):
        assert row["tracks"] == [track["track_id"] for track in answer["tracks"]]
        assert row["seed"] == answer["seed"] > 0
        places = [row["pool"].index(one) for one in row["tracks"]]
        rules = ListRules(row["pool_kinds"].__getitem__, row["max_ai_share"])
        told = log_propensities(places, np.array(row["strengths"]), rules)
        assert told is not None
        assert row["propensities"] == pytest.approx(np.exp(told), rel=1e-12)
        assert row["slate_propensity"] == pytest.approx(np.exp(sum(told)), rel=1e-12)
        scores = np.sum([parts for _, parts in row["pool_parts"]], axis=0)
        assert row["strengths"] == pytest.approx(np.minimum.accumulate(scores) / 1.5, rel=1e-5)


def test_each_answer_is_drawn_anew_and_its_seed_repeats_it_which_is_then_no_draw(
    settings: Settings, recommender: PlaylistRecommender
) -> None:
    with serving(settings, recommender) as client:
        first, *others = [ask(client) for _ in range(6)]
        again = ask(client, seed=first["seed"])
    assert len({answer["seed"] for answer in (first, *others)}) == 6
    assert len({tuple(track["track_id"] for track in answer["tracks"]) for answer in (first, *others)}) > 1
    assert again["seed"] == first["seed"] < 2**53
    assert again["tracks"] == [{**track, "consent": ANY} for track in first["tracks"]]
    chances = [row["slate_propensity"] for row in logged(settings)]
    assert [chance is None for chance in chances] == [False] * 6 + [True]


def test_a_batch_draws_each_of_its_lists(settings: Settings, recommender: PlaylistRecommender) -> None:
    with serving(settings, recommender) as client:
        lines = "".join(f'{{"prompt": "quiet jazz {n}", "length": 3}}\n' for n in range(4))
        sent = {"Content-Type": "application/x-ndjson"}
        assert client.post("/v1/playlists/batch", content=lines, headers=sent).status_code == 200
    rows = logged(settings)
    assert len({row["seed"] for row in rows}) == 4
    assert all(row["pool"] and None not in row["propensities"] for row in rows)


def test_a_change_in_place_keeps_what_it_keeps_and_tells_no_chance(
    settings: Settings, recommender: PlaylistRecommender
) -> None:
    with serving(settings, recommender) as client:
        made = ask(client)
        path, secret = f"/v1/playlists/{made['playlist_id']}", {"X-Edit-Secret": made["edit_secret"]}
        swapped = client.post(f"{path}/swap", json={"position": 2}, headers=secret).json()
    first, second = logged(settings)
    stayed = [track["track_id"] for track in made["tracks"]]
    assert [track["track_id"] for track in swapped["tracks"]][::2] == stayed[::2]
    assert (second["propensities"], second["slate_propensity"]) == ([None] * 3, None)
    assert first["slate_propensity"] is not None


def test_the_request_is_logged_as_it_was_asked_with_the_listener_under_their_pseudonym(
    settings: Settings, recommender: PlaylistRecommender
) -> None:
    with serving(settings, recommender) as client:
        ask(client, user_id="ada@example.org", exclude_artists=["Artist 3"], history=["jazz"])
    (row,) = logged(settings)
    request = TypeAdapter(PlaylistRequest).validate_json(row["request"])
    asked = PlaylistRequest("quiet jazz", length=3, exclude_artists=("Artist 3",), history=("jazz",))
    assert replace(request, user_id=None) == asked
    assert request.user_id == row["unit"]
    assert "ada" not in json.dumps(row, default=str)
    assert json.loads(row["reading"]).keys() == {"interpretation", "not_understood", "contradictions"}
    assert (row["schema"], row["code"], row["variant"]) == (2, __version__, "draws")
    assert row["artists"] == [track.artist for one in row["tracks"] for track in TRACKS if track.track_id == one]
    assert row["ai"] == ["undeclared"] * 3
    assert row["versions"]["policy"].endswith(row["policy_digest"])


def test_a_variant_that_interleaves_drafts_each_answer_anew_and_credits_each_track(
    settings: Settings, recommender: PlaylistRecommender
) -> None:
    (settings.home / "experiments").mkdir()
    (settings.home / "experiments" / "together.toml").write_text(TOGETHER)
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        answers = [ask(client, length=6) for _ in range(8)]
        again = ask(client, length=6, seed=answers[0]["seed"])
        batch = client.post(
            "/v1/playlists/batch",
            content='{"prompt": "quiet jazz", "length": 6}\n',
            headers={"Content-Type": "application/x-ndjson"},
        )
    assert batch.status_code == 200
    rows = logged(settings)
    for row in rows:
        assert row["variant"] == "both"
        assert [row["teams"].count(team) for team in ("plain", "hits")] == [3, 3]
        assert (row["propensities"], row["slate_propensity"], row["pool"]) == ([None] * 6, None, [])
    assert len({row["seed"] for row in rows}) == 9
    assert {row["teams"][0] for row in rows} == {"plain", "hits"}
    assert [track["track_id"] for track in again["tracks"]] == rows[0]["tracks"]
    assert rows[8]["teams"] == rows[0]["teams"]
    (assigned,) = rows[0]["experiments"]
    assert assigned == {
        "experiment": "together",
        "layer": "together",
        "variant": "both",
        "reason": "SPLIT",
        "version": 1,
        "bucket": ANY,
        "propensity": 1.0,
    }
