"""Lists that variants make: under which policy, with which bundle and reader, and what is logged of them."""

import json
from itertools import product

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.test_playlists import ADMIN, ask, exposures
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
            ask(client, ADMIN, variant=override)
    batched, single = recommender.used[:-3], recommender.used[-3:]
    assert set(batched) == {(version, False), (None, True), (version, True)}
    assert single == [(version, False), (None, True), (version, True)]
    rows = exposures(settings)[:16]
    assert {tuple(one["variant"] for one in row["experiments"]) for row in rows} == {
        *product(("control", "other"), repeat=2)
    }
