from pathlib import Path

import pytest
from starlette.testclient import TestClient

from catalog.consent import parse_record
from tests.api.conftest import TRACKS, recommending_in_order
from tests.api.test_playlists import ask
from tests.fakes import FakeRecommender


def test_an_answer_can_be_read_again(client: TestClient) -> None:
    sent = ask(client)
    response = client.get(f"/v1/playlists/{sent['playlist_id']}")
    assert response.headers["Vary"].split(", ")[0] == "Accept"
    read = response.json()
    assert sent.pop("event_token") != sent.pop("edit_secret")
    for answer in (sent, read):
        for track in answer["tracks"]:
            del track["consent"]["decision_id"]
    assert read == sent


@pytest.mark.parametrize(
    ("accept", "content_type", "start"),
    [
        ("application/json", "application/json", '{"playlist_id"'),
        ("application/jspf+json", "application/jspf+json", '{"playlist"'),
        ("application/xspf+xml", "application/xspf+xml; charset=utf-8", "<?xml"),
        ("audio/x-mpegurl", "audio/x-mpegurl; charset=utf-8", "#EXTM3U"),
        ("audio/mpegurl", "audio/mpegurl; charset=utf-8", "#EXTM3U"),
        ("application/vnd.apple.mpegurl", "application/vnd.apple.mpegurl; charset=utf-8", "#EXTM3U"),
        ("text/csv", "text/csv; charset=utf-8", "\ufeffposition,"),
    ],
)
def test_an_answer_is_read_in_the_format_asked_for(
    client: TestClient, accept: str, content_type: str, start: str
) -> None:
    response = client.get(f"/v1/playlists/{ask(client)['playlist_id']}", headers={"Accept": accept})
    assert response.headers["Content-Type"] == content_type
    assert response.text.startswith(start)
    assert "Slow Rain" in response.text


def test_another_format_is_406_and_names_those_there_are(client: TestClient) -> None:
    response = client.get(f"/v1/playlists/{ask(client)['playlist_id']}", headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert "text/csv" in response.json()["detail"]


def test_an_unknown_playlist_is_404(client: TestClient) -> None:
    response = client.get("/v1/playlists/nothing")
    assert response.status_code == 404
    assert response.json()["type"] == "/problems/not-found"


@pytest.mark.parametrize("accept", ["application/json", "application/xspf+xml", "audio/mpegurl", "text/csv"])
def test_consent_withdrawn_since_takes_a_track_out_of_every_format(
    client: TestClient, recommender: FakeRecommender, accept: str
) -> None:
    sent = ask(client)
    takedown = {"kind": "takedown", "track_id": "t1", "reason": "withdrawn"}
    with recommender.catalog.writing() as writer:
        writer.append([parse_record(row) for row in [takedown]])
    response = client.get(f"/v1/playlists/{sent['playlist_id']}", headers={"Accept": accept})
    assert response.status_code == 200
    assert "Slow Rain" not in response.text
    assert "onerror" in response.text


def test_what_is_withheld_at_reading_is_counted_and_the_rest_keep_their_places(
    client: TestClient, recommender: FakeRecommender
) -> None:
    sent = ask(client)
    with recommender.catalog.writing() as writer:
        writer.append([parse_record(row) for row in [{"kind": "takedown", "track_id": "t1", "reason": "withdrawn"}]])
    read = client.get(f"/v1/playlists/{sent['playlist_id']}").json()
    assert [(track["position"], track["track_id"]) for track in read["tracks"]] == [(2, "t2")]
    assert read["withheld"] == {
        "count": 3,
        "of": 5,
        "by_reason": {"AI_SOURCE_UNKNOWN": 1, "NO_DEAL": 1, "TAKEDOWN_ACTIVE": 1},
    }
    assert read["versions"]["consent_epoch"] == 2


def test_a_track_that_the_catalog_no_longer_knows_is_withheld(
    client: TestClient, recommender: FakeRecommender, tmp_path: Path
) -> None:
    sent = ask(client, withheld=False)
    with recommending_in_order(tmp_path / "another", TRACKS[1:]) as another:
        recommender.catalog = another.catalog
        read = client.get(f"/v1/playlists/{sent['playlist_id']}").json()
    assert [track["track_id"] for track in read["tracks"]] == ["t2"]
    assert read["withheld"] == {"count": 1, "of": 1, "by_reason": {"CONSENT_UNAVAILABLE": 1}}
