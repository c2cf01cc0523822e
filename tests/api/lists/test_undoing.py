"""Versions that come back, and what a maker says of a list."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog.stores import open_store
from catalog.tracks import TrackId
from tests.api.lists.test_working_on_lists import DEALS, SONGS, Maker, order, takedown
from tests.fakes import FakeRecommender
from tests.homes import fill


@pytest.fixture
def recommender(tmp_path: Path) -> Iterator[FakeRecommender]:
    with open_store(tmp_path) as store:
        fill(store, SONGS, DEALS)
        yield FakeRecommender(store)


@pytest.fixture
def client(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    app = create_app(replace(settings, trust_callers=False), lambda _: recommender)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_undo_brings_a_version_back_and_what_went_may_come_again(client: TestClient) -> None:
    maker = Maker(client)
    maker.does("refine", keep=["s2"], remove=["s0"])
    undone = maker.does("restore", version=1)
    assert (undone["version"], order(undone), undone["request_id"]) == (
        *(3, order(maker.answer)),
        maker.answer["request_id"],
    )
    assert [one["track_id"] for one in undone["changes"]["came"]] == ["s0"]
    assert {one["because"] for one in undone["changes"]["left"]} == {"restored"}
    assert not any(track["kept"] for track in undone["tracks"])
    event = {"event_id": "e1", "request_id": undone["request_id"], "kind": "play", "track_id": "s0", "position": 1}
    counted = client.post("/v1/events", json={**event, "event_token": undone["event_token"]}).json()
    assert (counted["recorded"], counted["unknown_request"]) == (1, 0)
    assert "s0" in order(maker.does("refine", prompt="more of it")).values()
    address = f"/v1/playlists/{maker.playlist_id}/restore"
    missing = client.post(address, json={"version": 9}, headers=maker.secret)
    assert (missing.status_code, "version 9" in missing.json()["detail"]) == (404, True)
    assert client.post(address, json={"version": 1}, headers={**maker.secret, "If-Match": '"2"'}).status_code == 412


def test_what_is_withheld_by_now_stays_away_from_a_version_that_comes_back(
    client: TestClient, recommender: FakeRecommender
) -> None:
    maker = Maker(client)
    maker.does("swap", position=1)
    takedown(recommender, "s0", "s6")
    undone = maker.does("restore", version=1)
    assert [one["track_id"] for one in undone["left"]] == ["s0"]
    assert [(one["track_id"], one["because"]) for one in undone["changes"]["left"]] == [("s6", "TAKEDOWN_ACTIVE")]
    assert undone["changes"]["came"] == []
    assert order(undone) == order(maker.reads()) == {place: f"s{place - 1}" for place in range(2, 7)}


def test_a_sentence_and_a_cover_live_on_until_they_are_taken_back(client: TestClient) -> None:
    maker = Maker(client)
    address = f"/v1/playlists/{maker.playlist_id}"
    own = {"sentence": "For Sunday,\nwith coffee", "cover": 17}
    assert client.patch(address, json=own, headers=maker.secret).json()["version"] == 2
    refined = maker.does("refine", prompt="calmer")
    assert (refined["sentence"], refined["cover"], refined["title"]) == (*own.values(), maker.answer["title"])
    assert "# For Sunday, with coffee\n" in client.get(f"{address}.m3u8").text
    assert "<annotation>For Sunday, with coffee</annotation>" in client.get(f"{address}.xspf").text
    client.patch(address, json={"sentence": ""}, headers=maker.secret)
    assert (maker.reads()["sentence"], maker.reads()["cover"]) == (maker.answer["sentence"], 17)
    for wrong in ({"cover": 10_000}, {"cover": -1}, {"sentence": "x" * 301}):
        assert client.patch(address, json=wrong, headers=maker.secret).status_code == 422


def test_a_title_that_was_undone_is_not_taken_for_its_makers_own_in_a_share(client: TestClient) -> None:
    maker = Maker(client, prompt="for my secret sister")
    shared = maker.does("share")["address"]
    client.patch(f"/v1/playlists/{maker.playlist_id}", json={"title": "Mine", "sentence": "Ours"}, headers=maker.secret)
    titles = [client.get(shared).json()["title"]]
    for number in (1, 2):
        maker.does("restore", version=number)
        assert "sister" not in client.get(shared).text
        titles.append(client.get(shared).json()["title"])
    assert titles == ["Mine", "A shared playlist", "Mine"]
    assert client.get(shared).json()["sentence"] == "Ours"


def test_more_like_a_track_keeps_it_as_an_example_and_less_sends_it_away(
    client: TestClient, recommender: FakeRecommender
) -> None:
    maker = Maker(client)
    more = maker.does("refine", more=["s2"], less=["s1"])
    assert (order(more)[3], more["tracks"][2]["kept"], "s1" in order(more).values()) == ("s2", True, False)
    asked = recommender.asked[-1]
    assert (asked.seed_tracks, asked.disliked_tracks, asked.exclude_tracks) == (("s2",), ("s1",), ("s1",))
    assert [one["because"] for one in more["changes"]["left"] if one["track_id"] == "s1"] == ["removed"]
    maker.does("refine", release=["s2"])
    maker.does("refine", prompt="other")
    assert (recommender.asked[-1].seed_tracks, recommender.asked[-1].keep) == ((), ())
    maker.does("restore", version=1)
    maker.does("refine", prompt="other")
    asked = recommender.asked[-1]
    assert (asked.seed_tracks, asked.disliked_tracks, asked.exclude_tracks) == ((), (), ())
    address = f"/v1/playlists/{maker.playlist_id}/refine"
    unknown = client.post(address, json={"less": ["s29"]}, headers=maker.secret)
    assert [one["field"] for one in unknown.json()["errors"]] == ["less.0"]


def test_a_blocked_artist_is_never_heard_in_the_list_again_until_that_is_undone(
    client: TestClient, recommender: FakeRecommender
) -> None:
    other = [replace(song, track_id=TrackId(f"o{song.track_id}"), artist="Ida Mole", isrc=None) for song in SONGS]
    fill(recommender.catalog, other, [{"kind": "deal", "track_id": song.track_id} for song in other])
    maker = Maker(client)
    blocked = maker.does("refine", block=["Nina Vale"])
    assert blocked["preferences"]["blocked_artists"] == ["nina vale"]
    assert {track["artist"] for track in blocked["tracks"]} == {"Ida Mole"}
    assert [track["position"] for track in blocked["tracks"]] == [1, 2, 3, 4, 5, 6]
    assert {track["artist"] for track in maker.does("refine", prompt="other")["tracks"]} == {"Ida Mole"}
    assert maker.does("restore", version=1)["preferences"]["blocked_artists"] == []
    assert {track["artist"] for track in maker.does("swap", position=1)["tracks"]} == {"Nina Vale"}


def test_a_share_as_text_says_where_it_stands_and_a_list_does_not(client: TestClient) -> None:
    maker = Maker(client, length=2)
    shared = maker.does("share")
    text = client.get(f"{shared['address']}.txt").text
    assert text.startswith("A shared playlist\n")
    assert "1. Nina Vale - Song 0 (3:20)\n" in text
    assert text.endswith(f"\n\nhttp://testserver/p/{shared['share_id']}\n")
    assert "http" not in client.get(f"/v1/playlists/{maker.playlist_id}.txt").text
