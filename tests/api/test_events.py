import json
from datetime import UTC, datetime, timedelta, timezone
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


def test_500_events_with_every_field_that_an_app_sends_are_one_body(client: TestClient, request_id: str) -> None:
    said = {"request_id": request_id, "event_token": "t" * 22, "kind": "play", "track_id": "t1", "position": 1}
    said |= {"at": datetime.now(UTC).isoformat(), "value": 181.25}
    events = [{"event_id": f"8e03978e-40d5-43e8-bc93-{number:012}{'x' * 150}", **said} for number in range(500)]
    assert len(json.dumps({"events": events})) > 200_000
    assert client.post("/v1/events", json={"events": events}).status_code == 202


def test_the_id_of_an_event_is_unique_in_its_request_and_independent_elsewhere(client: TestClient) -> None:
    """Two apps may both count their events from 1."""
    for _ in range(2):
        request_id = client.post("/v1/playlists", json={"prompt": "slow"}).json()["request_id"]
        event = {"event_id": "1", "request_id": request_id, "kind": "skip"}
        assert client.post("/v1/events", json=event).json()["recorded"] == 1
        assert client.post("/v1/events", json=event).json()["duplicate"] == 1


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"position": 99}, "position", "99 is not a place of that list, which has 2"),
        ({"track_id": "t4"}, "track_id", "'t4' was not in that list"),
        ({"track_id": "nobody's", "position": 1}, "track_id", "not in that list"),
        ({"track_id": "t2", "position": 1}, "position", "1 is not where 't2' stood"),
        ({"at": "2020-01-01"}, "at", "before that list was made"),
        ({"at": "2999-01-01"}, "at", "still to come"),
        ({"value": -1.0}, "value", "-1.0 seconds were not played"),
    ],
)
def test_an_event_that_cannot_have_happened_is_named_and_none_of_its_batch_counts(
    client: TestClient, request_id: str, change: dict[str, Any], field: str, said: str
) -> None:
    fine, wrong = ({"event_id": f"e{number}", "request_id": request_id, "kind": "play"} for number in range(2))
    response = client.post("/v1/events", json={"events": [fine, {**wrong, **change}]})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["field"] == f"events.1.{field}"
    assert said in error["reason"]
    assert client.post("/v1/events", json=fine).json()["recorded"] == 1


def test_a_listeners_clock_may_be_some_minutes_off(client: TestClient, request_id: str) -> None:
    for minutes in (-4, 4):
        at = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
        event = {"event_id": f"{minutes}", "request_id": request_id, "kind": "play", "at": at}
        assert client.post("/v1/events", json=event).json()["recorded"] == 1


def test_a_flood_of_impossible_events_gets_a_short_answer(client: TestClient, request_id: str) -> None:
    events = [{"event_id": f"{n}", "request_id": request_id, "kind": "play", "position": 99} for n in range(500)]
    assert len(client.post("/v1/events", json={"events": events}).json()["errors"]) == 20


def test_an_event_reaches_the_analyst_with_its_instant_in_utc(settings: Settings, recommender: FakeRecommender) -> None:
    here = datetime.now(timezone(timedelta(hours=2)))
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        request_id = client.post("/v1/playlists", json={"prompt": "slow"}).json()["request_id"]
        event = {"event_id": "e1", "request_id": request_id, "kind": "save", "at": here.isoformat()}
        client.post("/v1/events", json=event)
    (row,) = pq.read_table(settings.home / "exposures" / "outcomes-000001.parquet").to_pylist()
    assert (row["request_id"], row["kind"], row["at"]) == (request_id, "save", here)
    assert row["at"].utcoffset() == timedelta(0)
