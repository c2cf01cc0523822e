from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.conftest import TOKEN, TRACKS
from tests.ern_messages import CREATED, RAIN, SENDER, SENDER_NAME, deal, new_release, only_a_test, release_deal
from tests.fakes import FakeRecommender
from tests.homes import recommending

LICENSED = new_release("432", deals=release_deal(deal("432", models=["FreeOfChargeModel"])))

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
    before = recommender.catalog.consent_epoch()
    response = take_down(client, track_ids=["t1", "t9", "t2", "t8"])
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["track_ids.1", "track_ids.3"]
    assert "'t9'" in response.json()["errors"][0]["reason"]
    assert recommender.catalog.consent_epoch() == before
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


def test_without_a_token_on_the_server_nobody_without_a_key_changes_consent(
    settings: Settings, recommender: FakeRecommender
) -> None:
    app = create_app(replace(settings, admin_token=None), lambda _: recommender)
    with TestClient(app) as client:
        for headers in ({}, BEARER, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
            response = take_down(client, headers)
            assert response.status_code == 401
            assert "consonance keys" in response.json()["detail"]
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


@pytest.fixture
def over_a_store(settings: Settings, tmp_path: Path) -> Iterator[TestClient]:
    """A server over a catalog on disk in which nothing is said yet."""
    with recommending(tmp_path, TRACKS, []) as recommender:
        app = create_app(settings, lambda _: recommender)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


def put(client: TestClient, *records: Any, headers: dict[str, str] = BEARER) -> Any:
    return client.post("/v1/consent/records", json={"records": list(records)}, headers=headers)


def verdict(client: TestClient, track_id: str) -> str:
    answer: str = client.get(f"/v1/tracks/{track_id}/consent").json()["verdict"]
    return answer


def test_records_are_put_on_record_and_repeats_and_strangers_are_counted(over_a_store: TestClient) -> None:
    licence = {"kind": "deal", "track_id": "t1", "licensor": "Harbour Records"}
    assert verdict(over_a_store, "t1") == "exclude"
    response = put(over_a_store, licence, {"kind": "block", "label": "Nobody", "reason": "legal"})
    assert response.status_code == 201
    counts = {"consent_epoch": 2, "added": 2, "unchanged": 0, "unknown": 1, "counted_from_receipt": []}
    assert response.json() == {**counts, "reached": {"recordings": 1, "nobody": ["nobody"], "near": {}}}
    again = put(over_a_store, licence).json()
    assert (again["added"], again["unchanged"], again["unknown"]) == (0, 1, 0)
    assert verdict(over_a_store, "t1") == "allow"


@pytest.mark.parametrize("ahead", ["9999-12-31T23:59:59.999999Z", "2999-01-01"])
def test_what_allows_and_is_dated_ahead_is_refused_and_what_restricts_counts_from_now(
    over_a_store: TestClient, ahead: str
) -> None:
    licence = {"kind": "deal", "track_id": "t1"}
    response = put(over_a_store, {**licence, "recorded_at": ahead})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["field"] == "records.0.recorded_at"
    assert "lies ahead of now" in error["reason"]
    demand = {"kind": "takedown", "track_id": "t1", "reason": "court", "recorded_at": ahead}
    answer = put(over_a_store, licence, demand).json()
    assert (answer["added"], answer["counted_from_receipt"]) == (2, [1])
    assert verdict(over_a_store, "t1") == "exclude"
    assert put(over_a_store, {**demand, "recorded_at": None, "lifted_at": "2026-01-02"}).status_code == 201
    assert verdict(over_a_store, "t1") == "allow"


@pytest.mark.parametrize("taken_down", [{"track_id": "t1"}, {"isrc": "QZABC2100001"}])
@pytest.mark.parametrize("named", [{"track_id": "t1"}, {"isrc": "QZABC2100001"}, {"track_id": "QZ-ABC-21-00001"}])
def test_a_take_down_is_lifted_by_whatever_name_its_recording_has(
    over_a_store: TestClient, taken_down: dict[str, str], named: dict[str, str]
) -> None:
    put(over_a_store, {"kind": "deal", "track_id": "t1"}, {"kind": "takedown", **taken_down, "reason": "a dispute"})
    assert verdict(over_a_store, "t1") == "exclude"
    lifting = {"kind": "takedown", **named, "lifted_at": "2026-01-02"}
    elsewhere = put(over_a_store, {**lifting, "territories": ["FR"]})
    assert elsewhere.status_code == 422
    (error,) = elsewhere.json()["errors"]
    assert error["field"] == "records.0.lifted_at"
    assert "lifts nothing" in error["reason"]
    assert put(over_a_store, lifting).json()["added"] == 1
    assert verdict(over_a_store, "t1") == "allow"
    assert put(over_a_store, lifting).json()["unchanged"] == 1


def test_a_take_down_with_an_end_ahead_or_told_of_the_past_lifts_nothing_and_is_taken(over_a_store: TestClient) -> None:
    for told in ({"lifted_at": "2999-01-01"}, {"lifted_at": "2020-02-01", "recorded_at": "2020-02-01"}):
        assert put(over_a_store, {"kind": "takedown", "track_id": "t2", "reason": "x", **told}).status_code == 201


def test_one_wrong_record_keeps_all_out_and_each_is_named_with_its_field(over_a_store: TestClient) -> None:
    licence = {"kind": "deal", "track_id": "t1"}
    wrong = ({**licence, "territories": ["XX"]}, {"kind": "gift"}, {**licence, "end": 7}, {"kind": "deal"})
    response = put(over_a_store, licence, *wrong)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [
        *("records.1.territories", "records.2.kind", "records.3.end", "records.4.track_id")
    ]
    assert verdict(over_a_store, "t1") == "exclude"


def test_a_thousand_records_are_taken_at_once_and_one_more_is_too_many(over_a_store: TestClient) -> None:
    records = [{"kind": "deal", "track_id": "t1", "licensor": f"Label {number} {'x' * 200}"} for number in range(1001)]
    assert put(over_a_store, *records).status_code == 422
    assert put(over_a_store, *records[1:]).json()["added"] == 1000


def test_who_has_no_token_may_not_send_so_much(over_a_store: TestClient) -> None:
    record = {"kind": "deal", "track_id": "t1", "licensor": "x" * 100_000}
    assert put(over_a_store, record, headers={}).status_code == 413
    assert put(over_a_store, {"kind": "deal", "track_id": "t1"}, headers={}).status_code == 401


def test_a_problem_does_not_grow_with_the_number_of_wrong_records(over_a_store: TestClient) -> None:
    response = put(over_a_store, *({"kind": "x" * 500} for _ in range(1000)))
    assert response.status_code == 422
    assert len(response.content) < 20_000


def deliver(client: TestClient, message: bytes, kind: str = "application/xml", **headers: str) -> Any:
    return client.post("/v1/consent/deliveries", content=message, headers={"Content-Type": kind, **BEARER, **headers})


def test_a_message_is_taken_in_and_counted_and_the_same_again_changes_nothing(over_a_store: TestClient) -> None:
    response = deliver(over_a_store, LICENSED)
    assert response.status_code == 201
    answer = response.json()
    assert {
        name: answer[name] for name in ("message_id", "sender", "created_at", "schema", "tracks", "consent_epoch")
    } == {
        "message_id": "m-1",
        "sender": SENDER,
        "created_at": CREATED,
        "schema": "ERN 4.3.2",
        "tracks": {"added": 1, "changed": 0},
        "consent_epoch": 2,
    }
    assert answer["records"] > 0
    assert answer["known"]
    again = deliver(over_a_store, LICENSED, "text/xml; charset=utf-8").json()
    assert (again["records"], again["tracks"], again["consent_epoch"]) == (0, {"added": 0, "changed": 0}, 2)


def test_what_a_message_says_is_heard_at_once_and_what_withdraws_it_too(over_a_store: TestClient) -> None:
    deliver(over_a_store, LICENSED)
    place = f"/v1/tracks/{RAIN}/consent"
    story = over_a_store.get(place).json()
    assert story["verdict"] == "allow"
    (deal,) = (record for record in story["records"] if record["kind"] == "deal")
    assert deal["message"] == {"sender": SENDER_NAME, "message_id": "m-1", "created_at": CREATED}
    withdrawn = new_release("432", deals="", message_id="m-2", created_at="2026-02-02T10:00:00Z")
    assert deliver(over_a_store, withdrawn).status_code == 201
    assert over_a_store.get(place).json()["verdict"] == "exclude"


def test_what_of_a_message_was_left_out_is_named_with_its_place(over_a_store: TestClient) -> None:
    deals = release_deal(deal("432", territories=["DE", "XX"], models=["FreeOfChargeModel"]))
    answer = deliver(over_a_store, new_release("432", deals=deals)).json()
    assert answer["problem_count"] == len(answer["problems"]) >= 1
    assert all(problem["place"] and problem["reason"] for problem in answer["problems"])
    assert any("XX" in problem["reason"] for problem in answer["problems"])


def test_a_test_message_is_answered_and_not_stored(over_a_store: TestClient) -> None:
    response = deliver(over_a_store, only_a_test("432"))
    assert response.status_code == 200
    answer = response.json()
    assert (answer["stored"], answer["records"], answer["tracks"]) == (False, 0, {"added": 0, "changed": 0})
    assert "TestMessage" in answer["notes"][0]
    assert any(note.startswith("licensed in Worldwide, OnDemandStream, ") and RAIN in note for note in answer["notes"])
    assert over_a_store.get(f"/v1/tracks/{RAIN}/consent").status_code == 404
    assert deliver(over_a_store, LICENSED).json()["stored"]


def test_a_message_without_deals_says_what_follows(over_a_store: TestClient) -> None:
    deliver(over_a_store, LICENSED)
    withdrawn = new_release("432", deals="", message_id="m-2", created_at="2026-02-02T10:00:00Z")
    answer = deliver(over_a_store, withdrawn).json()
    assert any("it licenses nothing" in note for note in answer["notes"])
    assert answer.keys() >= {"ended", "stale_by"}


REFUSED_MESSAGES = {
    "nothing": b"",
    "no XML": b"Dear Sir or Madam",
    "cut off": new_release("432")[:500],
    "another document": b"<html/>",
    "a document type": b'<!DOCTYPE x [<!ENTITY a "b">]>' + new_release("432").partition(b"?>\n")[2],
}


@pytest.mark.parametrize("message", REFUSED_MESSAGES.values(), ids=REFUSED_MESSAGES)
def test_a_refused_message_is_422_with_one_line_and_changes_nothing(over_a_store: TestClient, message: bytes) -> None:
    response = deliver(over_a_store, message)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["field"] == "body"
    assert "\n" not in error["reason"]
    assert deliver(over_a_store, LICENSED).json()["consent_epoch"] == 2


def test_a_message_may_have_ten_megabytes_and_no_more(over_a_store: TestClient) -> None:
    head, end, tail = LICENSED.partition(b"</ern:")
    comments, rest = divmod(10_000_000 - len(LICENSED), 1000)
    large = head + (b"<!--" + b"." * 992 + b"-->\n") * comments + b" " * rest + end + tail
    response = deliver(over_a_store, large)
    assert response.status_code == 201, response.text
    response = deliver(over_a_store, large + b"\n")
    assert response.status_code == 413
    assert "10,000,000" in response.json()["detail"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_a_message_of_another_kind_is_415(over_a_store: TestClient, kind: str) -> None:
    response = deliver(over_a_store, LICENSED, kind)
    assert response.status_code == 415
    assert "application/xml" in response.json()["detail"]
    assert deliver(over_a_store, LICENSED, **{"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize("address", ["records", "deliveries", "takedowns"])
def test_no_change_of_consent_goes_without_the_token(over_a_store: TestClient, address: str) -> None:
    kind = "application/xml" if address == "deliveries" else "application/json"
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        response = over_a_store.post(f"/v1/consent/{address}", content=b"{}", headers={"Content-Type": kind, **headers})
        assert response.status_code == 401, response.text
