"""Lists that variants make: under which policy, with which bundle and reader, and what is logged of them."""

import json
import sqlite3
from contextlib import closing
from itertools import product
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.keys.store import KeyStore
from api.settings import Settings
from tests.api.test_playlists import ADMIN, ask, exposures, key_for
from tests.fakes import FakeRecommender


@pytest.mark.parametrize(
    ("asked", "wanted", "decides"),
    [
        ("labelled_ai", "human_only", "human_only"),
        ("strict", "editorial_safe", "editorial_safe"),
        ("human_only", "labelled_ai", "human_only"),
        ("editorial_safe", "strict", "editorial_safe"),
    ],
)
@pytest.mark.parametrize("way", ["one", "batch"])
def test_a_variants_policy_decides_only_where_it_tightens_what_was_asked_for(
    settings: Settings, recommender: FakeRecommender, asked: str, wanted: str, decides: str, way: str
) -> None:
    (settings.home / "experiments").mkdir()
    file = settings.home / "experiments" / "policies.toml"
    file.write_text(f'name = "policies"\nversion = 1\n[variants.careful]\npolicy = "{wanted}"\n')
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        if way == "one":
            answer = ask(client, policy=asked)
        else:
            line = json.dumps({"prompt": "slow", "policy": asked})
            headers = ADMIN | {"Content-Type": "application/x-ndjson"}
            answer = client.post("/v1/playlists/batch", content=line, headers=headers).json()
    assert (recommender.asked[-1].policy, answer["policy"]) == (decides, decides)
    (row,) = exposures(settings)
    assert row["policy"] == asked
    assert (row["experiments"][0]["experiment"], row["variant"], row["reason"]) == ("policies", "careful", "SPLIT")


def test_a_variants_bundle_and_reader_answer_those_who_get_it_and_nobody_else(
    settings: Settings, recommender: FakeRecommender
) -> None:
    version = "0123456789abcdef"
    for folder in ("experiments", f"bundles/{version}"):
        (settings.home / folder).mkdir(parents=True)
    (settings.home / "bundles" / version / "manifest.json").touch()
    for name, line in (("older", f'bundle = "{version}"'), ("own", 'reader = "own"')):
        text = f'name = "{name}"\nversion = 1\n[variants.control]\n[variants.other]\n{line}\n'
        (settings.home / "experiments" / f"{name}.toml").write_text(text)
    lines = [json.dumps({"prompt": f"slow {number}", "unit": f"u{number}"}) for number in range(16)]
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        headers = ADMIN | {"Content-Type": "application/x-ndjson"}
        answered = client.post("/v1/playlists/batch", content="\n".join(lines), headers=headers).text
        assert [json.loads(line)["prompt"] for line in answered.splitlines()] == [f"slow {n}" for n in range(16)]
        for override in ("older=other", "own=other", "older=other,own=other", "own=control"):
            told = ask(client, ADMIN, variant=override)["experiments"]
            assert [f"{one['experiment']}={one['variant']}" for one in told] == override.split(",")
    batched, single = recommender.used[:-3], recommender.used[-3:]
    assert set(batched) == {(version, False), (None, True), (version, True)}
    assert single == [(version, False), (None, True), (version, True)]
    rows = exposures(settings)[:16]
    assert {tuple(one["variant"] for one in row["experiments"]) for row in rows} == {
        *product(("control", "other"), repeat=2)
    }


def trial_of(settings: Settings) -> None:
    (settings.home / "experiments").mkdir()
    text = 'name = "trial"\nversion = 1\n[variants.control]\n[variants.names]\nsettings = {names = 5.0}\n'
    (settings.home / "experiments" / "trial.toml").write_text(text)


def refined(client: TestClient, made: dict[str, Any], prompt: str) -> None:
    path, secret = f"/v1/playlists/{made['playlist_id']}/refine", {"X-Edit-Secret": made["edit_secret"]}
    assert client.post(path, json={"prompt": prompt}, headers=secret).status_code == 200


def test_all_versions_of_a_list_of_nobody_are_of_one_unit_whose_plays_are_nobodys(
    settings: Settings, recommender: FakeRecommender
) -> None:
    trial_of(settings)
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        made = ask(client)
        refined(client, made, "slower")
        last = client.get(f"/v1/playlists/{made['playlist_id']}").json()["request_id"]
        play = {"event_id": "e", "request_id": last, "kind": "play", "track_id": "t1"}
        assert client.post("/v1/events", json=play, headers=ADMIN).json()["recorded"] == 1
    rows = exposures(settings)
    assert [row["unit"] for row in rows] == [made["request_id"]] * 2
    assert len({(one["variant"], one["bucket"]) for row in rows for one in row["experiments"]}) == 1
    with closing(sqlite3.connect(settings.home / "exposures" / "log.sqlite")) as journal:
        assert journal.execute("SELECT recording, listener FROM plays").fetchall() == [("t1", None)]


def test_a_variant_that_was_chosen_makes_all_versions_and_none_counts_also_when_it_is_gone(
    settings: Settings, recommender: FakeRecommender
) -> None:
    trial_of(settings)
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        made = [ask(client, ADMIN, variant=name, unit="u") for name in ("control", "names")]
        for one in made:
            refined(client, one, "slower")
    (settings.home / "experiments" / "trial.toml").unlink()
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        refined(client, made[0], "slower still")
    rows = [(row["variant"], row["reason"], len(row["experiments"])) for row in exposures(settings)]
    assert rows == [(name, "OVERRIDE", 1) for name in ("control", "names") * 2] + [("default", "DEFAULT", 0)]


def test_lines_of_a_batch_have_the_variant_that_is_chosen_for_them_and_need_the_key_for_it(
    settings: Settings, recommender: FakeRecommender
) -> None:
    trial_of(settings)
    said = [{}, {"variant": "control"}, {"variant": "nobody's"}, {"variant": "trial=names,trial=control"}]
    lines = "\n".join(json.dumps({"prompt": "slow", **one}) for one in said)
    headers = {"Content-Type": "application/x-ndjson", "X-Consonance-Variant": "names"}
    with closing(KeyStore(settings.home)) as keys:
        listens = {"Authorization": f"Bearer {keys.make(key_for('listen'))[1]}"}
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        assert client.post("/v1/playlists/batch", content=lines, headers=headers | listens).status_code == 403
        del headers["X-Consonance-Variant"]
        told = client.post("/v1/playlists/batch", content=lines, headers=headers | listens).text.splitlines()
        assert [json.loads(line).get("status") for line in told] == [None, 403, 403, 403]
        headers["X-Consonance-Variant"] = "names"
        told = client.post("/v1/playlists/batch", content=lines, headers=headers | ADMIN).text.splitlines()
    answers = [json.loads(line) for line in told]
    assert [one.get("status") for one in answers] == [None, None, 422, 422]
    assert [one["experiment"]["variant"] for one in answers[:2]] == ["names", "control"]
    assert "two variants of one experiment" in answers[3]["detail"]
    assert [row["reason"] for row in exposures(settings)] == ["SPLIT", "OVERRIDE", "OVERRIDE"]
