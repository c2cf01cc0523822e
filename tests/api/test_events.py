import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.fakes import FakeRecommender


@pytest.fixture
def request_id(client: TestClient) -> str:
    return str(client.post("/v1/playlists", json={"prompt": "slow"}).json()["request_id"])


def test_events_are_recorded_once(client: TestClient, request_id: str) -> None:
    events = [{"event_id": f"e{number}", "request_id": request_id, "kind": "play"} for number in range(3)]
    counts = {"recorded": 3, "duplicate": 0, "unknown_request": 0, "unknown_request_events": []}
    first = client.post("/v1/events", json={"events": events})
    assert (first.status_code, first.json()) == (202, counts)
    assert client.post("/v1/events", json={"events": events}).json() == {**counts, "recorded": 0, "duplicate": 3}


def test_one_event_may_come_by_itself(client: TestClient, request_id: str) -> None:
    event = {"event_id": "e1", "request_id": request_id, "kind": "skip", "track_id": "t1", "position": 1, "value": 3}
    assert client.post("/v1/events", json=event).json()["recorded"] == 1


def test_events_of_unknown_requests_are_counted_and_named_and_the_others_accepted(
    client: TestClient, request_id: str
) -> None:
    events = [
        {"event_id": "e1", "request_id": request_id, "kind": "like"},
        {"event_id": "e2", "request_id": "nobody's", "kind": "like"},
    ]
    response = client.post("/v1/events", json={"events": events})
    assert response.status_code == 202
    assert response.json() == {"recorded": 1, "duplicate": 0, "unknown_request": 1, "unknown_request_events": ["e2"]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "dance"}, "events.0.kind"),
        ({"at": "yesterday"}, "events.0.at"),
        ({"position": 0}, "events.0.position"),
        ({"value": "3"}, "events.0.value"),
        ({"event_id": ""}, "events.0.event_id"),
        ({"track_id": "\ud800"}, "events.0.track_id"),
        ({"mood": "fine"}, "events.0.mood"),
    ],
)
def test_a_wrong_event_is_422_and_named(
    client: TestClient, request_id: str, change: dict[str, Any], field: str
) -> None:
    event = {"event_id": "e1", "request_id": request_id, "kind": "play", **change}
    body = json.dumps({"events": [event]}).encode()
    response = client.post("/v1/events", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("events", [[], [{"event_id": "e", "request_id": "r", "kind": "play"}] * 501])
def test_a_batch_has_1_to_500_events(client: TestClient, events: list[Any]) -> None:
    response = client.post("/v1/events", json={"events": events})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "events")


def test_an_event_reaches_the_analyst_with_its_instant_in_utc(settings: Settings, recommender: FakeRecommender) -> None:
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        request_id = client.post("/v1/playlists", json={"prompt": "slow"}).json()["request_id"]
        event = {"event_id": "e1", "request_id": request_id, "kind": "save", "at": "2026-03-01T14:00:00+02:00"}
        client.post("/v1/events", json=event)
    (row,) = pq.read_table(settings.home / "exposures" / "outcomes-000001.parquet").to_pylist()
    assert (row["request_id"], row["kind"], row["at"].isoformat()) == (request_id, "save", "2026-03-01T12:00:00+00:00")
