"""A track over HTTP: as the catalog describes it, and the story of its consent as data, by a real recommender and store."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog.consent import REASONS, CommercialModel, ConsentRecord, ReasonCode, Turn, Verdict
from catalog.tracks import TERRITORIES, Track, TrackId
from recommender.playlist_recommender import PlaylistRecommender
from tests.homes import recommending

RAIN = Track(
    TrackId("rain"), "Slow Rain", "Ada Quill", isrc="QZABC2100001", album="Harbour", year=2014, genres=("jazz",)
)
SAID: list[dict[str, Any]] = [
    {"kind": "deal", "track_id": "rain", "licensor": "Harbour Records", "end": "2099-01-01", "recorded_at": "2026-01-01"},
    {"kind": "flag", "track_id": "rain", "flag": "spam", "state": "open", "score": 0.7354, "recorded_at": "2026-02-01",
     "expires_at": "2026-05-01", "evidence": "a confidential tip"},
    {"kind": "takedown", "track_id": "rain", "territories": ["AT"], "reason": "a private quarrel", "recorded_at": "2026-02-01"},
]  # fmt: skip


@pytest.fixture
def recommender(tmp_path: Path) -> Iterator[PlaylistRecommender]:
    with recommending(tmp_path, [RAIN], SAID) as recommender:
        yield recommender


@pytest.fixture
def client(tmp_path: Path, recommender: PlaylistRecommender) -> Iterator[TestClient]:
    settings = Settings(tmp_path, admin_token="open sesame", hosts=("testserver",))
    with TestClient(create_app(settings, lambda _: recommender), raise_server_exceptions=False) as client:
        yield client


def consent(client: TestClient, **asked: str) -> Any:
    response = client.get("/v1/tracks/rain/consent", params=asked)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_track_is_described_as_the_catalog_knows_it(client: TestClient) -> None:
    described = client.get("/v1/tracks/rain").json()
    assert (described["track_id"], described["title"], described["isrc"]) == ("rain", "Slow Rain", "QZABC2100001")
    assert (described["genres"], described["year"], described["duration_s"]) == (["jazz"], 2014, None)


@pytest.mark.parametrize("address", ["/v1/tracks/nope", "/v1/tracks/nope/consent", "/v1/tracks/%00", "/v1/tracks/%ff"])
def test_an_unknown_track_is_404(client: TestClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert response.json()["type"] == "/problems/not-found"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"territory": "XX"}, "territory"),
        ({"at": "yesterday"}, "at"),
        ({"known_at": "2026-13-01"}, "known_at"),
        ({"policy": "lenient"}, "policy"),
        ({"policy": "audit_only"}, "policy"),
        ({"commercial_model": "Barter"}, "commercial_model"),
        ({"teritory": "FR"}, "teritory"),
    ],
)
def test_what_cannot_be_used_is_422_and_named(client: TestClient, asked: dict[str, str], field: str) -> None:
    response = client.get("/v1/tracks/rain/consent", params=asked)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("name", ["QZNEW2600001", "QZ-NEW-26-00001", "urn:isrc:qznew2600001"])
def test_a_track_is_found_by_its_isrc_unless_several_share_it(
    client: TestClient, recommender: PlaylistRecommender, name: str
) -> None:
    with recommender.catalog.writing() as writer:
        writer.put_tracks([Track(TrackId("new"), "Slow Sun", "Marta Quell", isrc="QZNEW2600001")])
    assert client.get(f"/v1/tracks/{name}/consent").json()["track_id"] == "new"
    with recommender.catalog.writing() as writer:
        writer.put_tracks([Track(TrackId("newer"), "Slow Sun", "Marta Quell", isrc="QZNEW2600001")])
    response = client.get(f"/v1/tracks/{name}/consent")
    assert response.status_code == 404
    assert "name one of new, newer" in response.json()["detail"]


def test_a_decision_says_why_and_what_would_change_it(client: TestClient) -> None:
    answer = consent(client, at="2026-03-01")
    assert (answer["verdict"], answer["primary"]) == ("exclude", "SPAM_SUSPECTED")
    assert answer["territory"] == "DE"
    assert [(reason["code"], reason["withholds"]) for reason in answer["reasons"]] == [
        ("SPAM_SUSPECTED", True),
        ("AI_UNDECLARED", False),
    ]
    assert answer["reasons"][0]["remedy"] == REASONS[ReasonCode.SPAM_SUSPECTED].remedy
    assert answer["basis"]["licensor"] == "Harbour Records"
    assert answer["next_change"]["at"] == "2026-05-01T00:00:00Z"
    assert [one["what"] for one in answer["next_change"]["happened"]] == [Turn.LAPSES]
    assert answer["next_change"]["verdict"] == Verdict.ALLOW


def test_the_decision_is_that_of_a_playlist(client: TestClient, recommender: PlaylistRecommender) -> None:
    at, known_at = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)
    decided = recommender.decide(
        [TrackId("rain")], "DE", CommercialModel.FREE_OF_CHARGE, "labelled_ai", at=at, known_at=known_at
    )
    asked = {"at": "2026-03-01", "known_at": "2026-01-15", "policy": "labelled_ai"}
    assert consent(client, **asked)["decision_id"] == decided[0].decision_id


def test_it_is_answered_by_what_was_known_then(client: TestClient) -> None:
    then = consent(client, known_at="2026-01-15")
    assert (then["verdict"], then["at"], then["known_at"]) == ("allow", "2026-01-15T00:00:00Z", "2026-01-15T00:00:00Z")
    assert [record["kind"] for record in then["records"]] == ["deal"]


def test_the_timeline_is_in_order_with_what_followed_each_time(client: TestClient) -> None:
    events = consent(client, at="2026-06-01")["timeline"]["events"]
    assert [(event["at"][:10], len(event["happened"]), event["verdict"]) for event in events] == [
        ("2026-01-01", 1, "allow"),
        ("2026-02-01", 2, "exclude"),
        ("2026-05-01", 1, "allow"),
        ("2099-01-01", 1, "exclude"),
    ]


def test_it_says_where_it_plays_and_which_records_are_in_force(client: TestClient) -> None:
    answer = consent(client, at="2026-06-01")
    assert answer["plays_in"] == {"allowed": sorted(TERRITORIES - {"AT"}), "withheld": ["AT"]}
    assert [(record["kind"], record["in_force"]) for record in answer["records"]] == [
        *[("deal", True), ("flag", False), ("takedown", True)]
    ]


def test_scores_and_private_texts_stay_inside(client: TestClient) -> None:
    text = json.dumps(consent(client, at="2026-03-01"))
    assert "0.7354" not in text
    assert "score" not in text
    assert "tip" not in text
    assert "quarrel" not in text


def test_a_change_is_seen_by_the_next_question(client: TestClient, recommender: PlaylistRecommender) -> None:
    before = consent(client, at="2026-06-01")
    body = {"records": [{"kind": "block", "track_id": "rain", "reason": "legal"}]}
    assert client.post("/v1/consent/records", json=body, headers={"Authorization": "Bearer open sesame"}).is_success
    after = consent(client, at="2026-06-01")
    assert (before["verdict"], after["verdict"], after["primary"]) == ("allow", "exclude", "BLOCK_ACCESS")
    assert after["consent_epoch"] == before["consent_epoch"] + 1


def test_every_record_is_of_the_form_that_imports_read(client: TestClient, recommender: PlaylistRecommender) -> None:
    for record in consent(client, at="2026-06-01")["records"]:
        assert set(record) == {"kind", "about", "states", "source", "recorded_at", "in_force", "message"}
        assert not set(record["states"]) & set(ConsentRecord.__slots__)
