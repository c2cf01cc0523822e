from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.conftest import TOKEN
from tests.fakes import FakeRecommender

BEARER = {"Authorization": f"Bearer {TOKEN}"}


def take_down(client: TestClient, headers: dict[str, str] = BEARER, **body: Any) -> Any:
    return client.post("/v1/consent/takedowns", json={"track_ids": ["t1"], "reason": "court", **body}, headers=headers)


def titles(client: TestClient, territory: str = "DE") -> list[str]:
    answer = client.post("/v1/playlists", json={"prompt": "slow", "territory": territory}).json()
    return [track["track_id"] for track in answer["tracks"]]


def test_a_track_taken_down_is_not_played_afterwards(client: TestClient) -> None:
    response = take_down(client)
    assert response.status_code == 201
    answer = response.json()
    assert (answer["consent_epoch"], answer["track_ids"]) == (2, ["t1"])
    assert answer["effective_at"].endswith("Z")
    assert titles(client) == ["t2"]


def test_a_take_down_may_be_for_some_territories(client: TestClient) -> None:
    assert take_down(client, territories=["fr", "US"]).status_code == 201
    assert titles(client) == ["t1", "t2"]
    assert titles(client, "FR") == ["t2"]
    take_down(client, territories=["Worldwide"])
    assert titles(client) == ["t2"]


def test_unknown_tracks_are_named_and_nothing_is_taken_down(client: TestClient, recommender: FakeRecommender) -> None:
    before = list(recommender.catalog.records)
    response = take_down(client, track_ids=["t1", "t9", "t2", "t8"])
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["track_ids.1", "track_ids.3"]
    assert "'t9'" in response.json()["errors"][0]["reason"]
    assert recommender.catalog.records == before
    assert titles(client) == ["t1", "t2"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": b"Bearer \xe9\xff"},
    ],
)
def test_without_the_token_it_is_401(client: TestClient, headers: dict[str, str]) -> None:
    response = take_down(client, headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert titles(client) == ["t1", "t2"]


def test_without_a_token_on_the_server_it_is_403(settings: Settings, recommender: FakeRecommender) -> None:
    app = create_app(replace(settings, admin_token=None), lambda _: recommender)
    with TestClient(app) as client:
        for headers in ({}, BEARER, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
            response = take_down(client, headers)
            assert response.status_code == 403
            assert "CONSONANCE_ADMIN_TOKEN" in response.json()["detail"]
        assert titles(client) == ["t1", "t2"]


def test_who_may_not_change_consent_learns_nothing_about_the_body(client: TestClient) -> None:
    assert take_down(client, {}, track_ids=["t9"], territories=["XX"]).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"track_ids": []}, "track_ids"),
        ({"track_ids": "t1"}, "track_ids"),
        ({"territories": []}, "territories"),
        ({"territories": ["XX"]}, "territories.0"),
        ({"reason": ""}, "reason"),
        ({"reason": None}, "reason"),
        ({"effective_at": "2020-01-01"}, "effective_at"),
    ],
)
def test_a_wrong_take_down_is_422_and_named(client: TestClient, change: dict[str, Any], field: str) -> None:
    response = take_down(client, **change)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
