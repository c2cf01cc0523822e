import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.experiments.assignment import NO_EXPERIMENT
from api.exposures.log import ExposureLog
from api.lists.making import Desk, read
from api.lists.store import ListStore
from api.settings import Settings
from catalog.consent import parse_record
from catalog.stores import open_store
from catalog.tracks import Track, TrackId
from tests.api.conftest import TOKEN
from tests.api.keys.test_callers import key
from tests.fakes import FakeRecommender
from tests.homes import fill

SONGS = [
    Track(TrackId(f"s{number}"), f"Song {number}", "Nina Vale", isrc=f"QZABC21000{number:02}", duration_s=200)
    for number in range(30)
]
DEALS = [{"kind": "deal", "track_id": song.track_id, "licensor": "Harbour Records"} for song in SONGS]


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


class Maker:
    """Somebody who made a list and works on it."""

    def __init__(self, client: TestClient, **body: Any) -> None:
        self._client = client
        self.answer = client.post("/v1/playlists", json={"prompt": "slow", "length": 6, **body}).json()
        self.playlist_id = self.answer["playlist_id"]
        self.secret = {"X-Edit-Secret": self.answer["edit_secret"]}

    def does(self, change: str, **body: Any) -> Any:
        response = self._client.post(f"/v1/playlists/{self.playlist_id}/{change}", json=body, headers=self.secret)
        assert response.status_code < 300, response.text
        return response.json()

    def reads(self, ending: str = "") -> Any:
        return self._client.get(f"/v1/playlists/{self.playlist_id}{ending}").json()


def without_instants(answer: Any) -> Any:
    """Return an answer without the ids of decisions, which tell when they were made."""
    for track in answer["tracks"]:
        del track["consent"]["decision_id"]
    return answer


def order(answer: Any) -> dict[int, str]:
    return {track["position"]: track["track_id"] for track in answer["tracks"]}


def takedown(recommender: FakeRecommender, *names: str) -> None:
    with recommender.catalog.writing("test") as writer:
        writer.append([parse_record({"kind": "takedown", "track_id": name}) for name in names])


def test_kept_tracks_stay_and_removed_ones_never_come_back(client: TestClient) -> None:
    maker = Maker(client)
    assert order(maker.answer) == {place: f"s{place - 1}" for place in range(1, 7)}
    refined = maker.does("refine", prompt="other", keep=["s2"], remove=["s0", "s4"])
    assert order(refined)[3] == "s2"
    assert {"s0", "s4"}.isdisjoint(order(refined).values())
    assert [track["kept"] for track in refined["tracks"]][:6] == [False, False, True, False, False, False]
    again = maker.does("refine", seed=9)
    assert order(again)[3] == "s2"
    assert {"s0", "s4"}.isdisjoint(order(again).values())
    assert maker.does("refine", release=["s2"])["tracks"][2]["kept"] is False


def test_a_change_tells_what_stayed_moved_came_and_left_and_why(
    client: TestClient, recommender: FakeRecommender
) -> None:
    maker = Maker(client, keep=[{"track_id": "s5", "position": 6}])
    takedown(recommender, "s3")
    told = maker.does("refine", remove=["s1"], seed=0)["changes"]
    assert told["stayed"] == [{"track_id": "s0", "position": 1}, {"track_id": "s5", "position": 6}]
    assert told["moved"] == [
        {"track_id": "s2", "position": 2, "before": 3},
        {"track_id": "s4", "position": 3, "before": 5},
    ]
    assert told["came"] == [{"track_id": "s6", "position": 4}, {"track_id": "s7", "position": 5}]
    assert told["left"] == [
        {"track_id": "s3", "position": 4, "because": "TAKEDOWN_ACTIVE"},
        {"track_id": "s1", "position": 2, "because": "removed"},
    ]


def test_a_kept_track_that_was_taken_down_leaves_and_its_place_goes_to_another(
    client: TestClient, recommender: FakeRecommender
) -> None:
    maker = Maker(client, keep=[{"track_id": "s2", "position": 3}])
    takedown(recommender, "s2")
    assert [one["track_id"] for one in maker.reads()["left"]] == ["s2"]
    assert "s2" not in order(maker.does("refine", prompt="more")).values()


def test_a_swap_changes_one_place_and_nothing_else(client: TestClient) -> None:
    maker = Maker(client)
    swapped = maker.does("swap", position=4)
    assert order(swapped) == {**order(maker.answer), 4: "s6"}
    assert order(maker.does("swap", position=4)) == {**order(maker.answer), 4: "s7"}
    assert "s3" not in order(maker.does("refine", prompt="more of it")).values()


def test_another_order_moves_tracks_and_no_kept_one(client: TestClient) -> None:
    maker = Maker(client)
    names = list(order(maker.answer).values())[::-1]
    assert list(order(maker.does("reorder", track_ids=names)).values()) == names
    maker.does("refine", keep=[names[0]])
    for wrong in (names[1:], [*names, "s9"], [*names[1:], names[1]], names[::-1]):
        response = client.post(
            f"/v1/playlists/{maker.playlist_id}/reorder", json={"track_ids": wrong}, headers=maker.secret
        )
        assert response.status_code == 422


def test_every_change_makes_a_version_that_stays_as_it_was(client: TestClient) -> None:
    maker = Maker(client)
    answers = [maker.answer, maker.does("swap", position=1), maker.does("refine", prompt="calmer")]
    client.patch(f"/v1/playlists/{maker.playlist_id}", json={"title": "Mine"}, headers=maker.secret)
    assert [answer["version"] for answer in answers] == [1, 2, 3]
    assert [order(maker.reads(f"/{number}")) for number in (1, 2, 3)] == list(map(order, answers))
    assert (maker.reads()["version"], maker.reads()["title"], maker.reads("/3")["title"]) == (
        4,
        "Mine",
        answers[0]["title"],
    )
    assert client.get(f"/v1/playlists/{maker.playlist_id}/5").status_code == 404


def test_another_title_says_that_those_stayed_that_may_still_play(
    client: TestClient, recommender: FakeRecommender
) -> None:
    maker = Maker(client)
    takedown(recommender, "s0")
    client.patch(f"/v1/playlists/{maker.playlist_id}", json={"title": "Mine"}, headers=maker.secret)
    read = maker.reads()
    assert [one["track_id"] for one in read["changes"]["stayed"]] == list(order(read).values())
    assert [one["track_id"] for one in read["left"]] == ["s0"]


def test_consent_is_decided_again_for_old_versions_too(client: TestClient, recommender: FakeRecommender) -> None:
    maker = Maker(client)
    maker.does("swap", position=1)
    takedown(recommender, "s0", "s1")
    for ending in ("/1", "/2", "", "/1.csv", ".xspf", "/2.jspf", ".m3u8"):
        text = client.get(f"/v1/playlists/{maker.playlist_id}{ending}").text
        assert "Song 1<" not in text.replace("Song 1\n", "Song 1<").replace("Song 1,", "Song 1<").replace(
            'Song 1"', "Song 1<"
        )
        assert "Song 0" not in text


@pytest.mark.parametrize(
    ("method", "change", "body"),
    [
        ("POST", "/refine", {"prompt": "calm"}),
        ("POST", "/swap", {"position": 1}),
        ("POST", "/reorder", {"track_ids": ["s0"]}),
        ("POST", "/restore", {"version": 1}),
        ("POST", "/share", {}),
        ("DELETE", "/share", None),
        ("PATCH", "", {"title": "Mine"}),
        ("DELETE", "", None),
    ],
)
def test_only_its_maker_changes_a_list(
    client: TestClient, settings: Settings, method: str, change: str, body: Any
) -> None:
    maker, other = Maker(client), Maker(client)
    for headers in ({}, {"X-Edit-Secret": "guess"}, other.secret, key(settings.home, "listen")):
        response = client.request(method, f"/v1/playlists/{maker.playlist_id}{change}", json=body, headers=headers)
        assert response.status_code == 403
    assert maker.reads()["version"] == 1
    missing = client.request(method, f"/v1/playlists/nobodys{change}", json=body, headers=maker.secret)
    assert missing.status_code == 404


def test_the_key_that_made_a_list_and_the_administrator_change_it_without_the_secret(
    client: TestClient, settings: Settings
) -> None:
    own, other = key(settings.home, "listen"), key(settings.home, "listen")
    made = client.post("/v1/playlists", json={"prompt": "slow"}, headers=own).json()
    address = f"/v1/playlists/{made['playlist_id']}/swap"
    answers = [
        client.post(address, json={"position": 1}, headers=headers).status_code
        for headers in (own, other, {"Authorization": f"Bearer {TOKEN}"})
    ]
    assert answers == [200, 403, 200]


def test_lists_are_kept_up_to_a_keys_quota_and_listed_page_by_page(client: TestClient, settings: Settings) -> None:
    own = key(settings.home, "listen", quota=3)
    names = [client.post("/v1/playlists", json={"prompt": "slow"}, headers=own).json()["playlist_id"] for _ in range(4)]
    kept = [client.patch(f"/v1/playlists/{name}", json={"kept": True}, headers=own).status_code for name in names]
    assert kept == [200, 200, 200, 403]
    first = client.get("/v1/playlists?limit=2", headers=own).json()
    second = client.get(f"/v1/playlists?limit=2&after={first['next']}", headers=own).json()
    assert [one["playlist_id"] for one in (*first["playlists"], *second["playlists"])] == sorted(names[:3])
    assert second["next"] is None
    assert client.get("/v1/playlists", headers=key(settings.home, "listen")).json() == {"playlists": [], "next": None}
    assert client.get("/v1/playlists").status_code == 401
    assert client.get("/v1/playlists?after=zzz", headers=own).status_code == 422


def test_a_share_shows_neither_the_prompt_nor_who_made_it(client: TestClient) -> None:
    maker = Maker(client, prompt="for my secret sister", unit="sister-7")
    shared = maker.does("share")
    response = client.get(shared["address"])
    assert response.headers["X-Robots-Tag"] == "noindex"
    for text in (
        response.text,
        *(client.get(f"{shared['address']}.{ending}").text for ending in ("xspf", "jspf", "csv", "m3u8")),
    ):
        assert "Song 0" in text
        for private in ("sister", maker.playlist_id, maker.answer["request_id"], "close to what you asked for"):
            assert private not in text
    assert client.get(maker.does("share", shows_prompt=True)["address"]).json()["prompt"] == "for my secret sister"
    client.delete(f"/v1/playlists/{maker.playlist_id}/share", headers=maker.secret)
    assert client.get(shared["address"]).status_code == 404


def test_a_share_needs_no_body_and_is_found_where_the_answer_says(client: TestClient) -> None:
    maker = Maker(client)
    address, once = f"/v1/playlists/{maker.playlist_id}/share", {"Idempotency-Key": "b1946ac9", **maker.secret}
    first, again = (client.post(address, headers=once) for _ in range(2))
    assert again.headers["Idempotency-Replayed"] == "true"
    for response in (first, again, client.post(address, json={}, headers=maker.secret)):
        assert (response.status_code, response.json()) == (201, first.json())
        assert response.headers["Location"] == response.json()["address"]
    assert client.get(first.headers["Location"]).json()["prompt"] is None


def test_a_list_is_saved_as_a_file_of_its_title_and_a_share_as_one_of_what_it_shows(client: TestClient) -> None:
    maker = Maker(client, prompt="for my secret sister")
    address = f"/v1/playlists/{maker.playlist_id}"
    shared = maker.does("share")["address"]
    for ending in ("xspf", "jspf", "m3u8", "csv"):
        saved, others = (client.get(f"{place}.{ending}").headers["Content-Disposition"] for place in (address, shared))
        assert saved == f'attachment; filename="Music for for my secret sister.{ending}"'
        assert others == f'attachment; filename="A shared playlist.{ending}"'
    for place in (address, f"{address}/1"):
        asked = client.get(place, headers={"Accept": "audio/mpegurl"})
        assert asked.headers["Content-Disposition"].endswith('sister.m3u8"')
        assert "Content-Disposition" not in client.get(place).headers
    client.patch(address, json={"title": "Für Elise"}, headers=maker.secret)
    saved = client.get(f"{address}.xspf").headers["Content-Disposition"]
    assert saved == "attachment; filename*=UTF-8''F%C3%BCr%20Elise.xspf"


def test_who_opens_a_share_is_told_what_may_not_play_for_them(client: TestClient, recommender: FakeRecommender) -> None:
    maker = Maker(client)
    with recommender.catalog.writing("test") as writer:
        writer.append([parse_record({"kind": "takedown", "track_id": "s1", "territories": ["FR"]})])
    address = maker.does("share")["address"]
    abroad, here = (client.get(f"{address}?territory={territory}").json() for territory in ("FR", "DE"))
    assert abroad["left"] == [{"track_id": "s1", "position": 2, "because": "TAKEDOWN_ACTIVE"}]
    assert [track["position"] for track in abroad["tracks"]] == [1, 3, 4, 5, 6]
    assert here["left"] == []


def test_what_was_read_before_is_not_sent_again_and_not_changed_over(client: TestClient) -> None:
    maker = Maker(client)
    address = f"/v1/playlists/{maker.playlist_id}"
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(f"{address}.csv", headers={"If-None-Match": tag}).status_code == 200
    maker.does("swap", position=1)
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200
    late = client.post(f"{address}/swap", json={"position": 1}, headers={**maker.secret, "If-Match": tag})
    assert late.status_code == 412
    new = client.get(address).headers["ETag"]
    assert (
        client.post(f"{address}/swap", json={"position": 1}, headers={**maker.secret, "If-Match": new}).status_code
        == 200
    )


def test_a_request_under_one_idempotency_key_is_answered_once(client: TestClient, recommender: FakeRecommender) -> None:
    asked, once = {"prompt": "slow"}, {"Idempotency-Key": "b1946ac9"}
    before = len(recommender.asked)
    first, second = (client.post("/v1/playlists", json=asked, headers=once) for _ in range(2))
    assert second.headers["Idempotency-Replayed"] == "true"
    assert without_instants(second.json()) == without_instants(first.json())
    assert second.headers["X-Request-Id"] == first.headers["X-Request-Id"]
    assert len(recommender.asked) == before + 1
    assert client.post("/v1/playlists", json=asked, headers={"Idempotency-Key": "a b"}).status_code == 422


def test_an_idempotency_key_with_another_request_is_a_problem_of_its_own(client: TestClient) -> None:
    once = {"Idempotency-Key": "b1946ac9"}
    assert client.post("/v1/playlists", json={"prompt": "slow"}, headers=once).status_code == 200
    for address, body in (("/v1/playlists", {"prompt": "fast"}), ("/v1/events", {"prompt": "slow"})):
        refused = client.post(address, json=body, headers=once)
        problem = refused.json()
        assert (refused.status_code, problem["type"]) == (422, "/problems/idempotency-key-reused")
        assert [error["field"] for error in problem["errors"]] == ["Idempotency-Key"]
    assert client.get(problem["type"], headers={"Accept": "application/json"}).json()["title"] == problem["title"]


def test_an_answer_that_is_told_again_holds_nothing_that_was_taken_down_since(
    client: TestClient, recommender: FakeRecommender
) -> None:
    maker = Maker(client)
    once = {"Idempotency-Key": "b1946ac9", **maker.secret}
    address, asked = f"/v1/playlists/{maker.playlist_id}/refine", {"prompt": "calmer"}
    assert "s3" in order(client.post(address, json=asked, headers=once).json()).values()
    takedown(recommender, "s3")
    again = client.post(address, json=asked, headers=once).json()
    assert "s3" not in order(again).values()
    assert [one["track_id"] for one in again["left"]] == ["s3"]
    refused = client.post(address, json=asked, headers={**once, "X-Edit-Secret": "guess"})
    assert refused.status_code == 422  # whoever has not the secret is not told what it did
    assert "event_token" not in refused.text


def test_what_is_only_kept_or_removed_moves_nothing_else(client: TestClient, recommender: FakeRecommender) -> None:
    maker = Maker(client)
    assert order(maker.does("refine", keep=["s2", "s5"])) == order(maker.answer)
    assert order(maker.does("refine", remove=["s1"])) == {**order(maker.answer), 2: "s6"}
    takedown(recommender, "s0")
    assert order(maker.does("refine")) == {**order(maker.answer), 1: "s7", 2: "s6"}


def test_a_kept_track_that_was_taken_down_holds_no_place_any_more(
    client: TestClient, recommender: FakeRecommender
) -> None:
    maker = Maker(client, keep=[{"track_id": "s2", "position": 3}])
    takedown(recommender, "s2")
    filled = maker.does("refine")
    newcomer = order(filled)[3]
    assert maker.does("refine", keep=[newcomer])["tracks"][2]["kept"]
    assert order(maker.does("refine", prompt="more"))[3] == newcomer


def test_a_list_with_empty_places_is_swapped_and_reordered_as_it_is(
    client: TestClient, recommender: FakeRecommender
) -> None:
    maker = Maker(client, length=12, keep=[{"track_id": "s11", "position": 12}])
    takedown(recommender, *(f"s{number}" for number in (*range(4, 11), *range(12, 28))))
    gap = order(maker.does("refine", prompt="shorter"))
    assert gap == {1: "s0", 2: "s1", 3: "s2", 4: "s3", 5: "s28", 6: "s29", 12: "s11"}
    last = {"event_id": "e", "kind": "play", "position": 12, "track_id": "s11"}
    refined = maker.does("refine", release=["s11"])
    told = {**last, "request_id": refined["request_id"], "event_token": refined["event_token"]}
    assert client.post("/v1/events", json=told).json()["recorded"] == 1
    assert client.post("/v1/events", json={**told, "event_id": "f", "position": 7}).status_code == 422
    names = [*gap.values()][::-1]
    assert order(maker.does("reorder", track_ids=names)) == dict(zip(gap, names, strict=True))


def test_another_caller_never_gets_the_answer_of_an_idempotency_key(client: TestClient, settings: Settings) -> None:
    once = {"Idempotency-Key": "b1946ac9"}
    answers = [
        client.post("/v1/playlists", json={"prompt": "slow"}, headers={**once, **headers}).json()["playlist_id"]
        for headers in ({}, key(settings.home, "listen"), key(settings.home, "listen"))
    ]
    assert len(set(answers)) == 3


def test_what_was_refused_under_an_idempotency_key_may_be_mended_and_sent_again(client: TestClient) -> None:
    once = {"Idempotency-Key": "b1946ac9"}
    assert client.post("/v1/playlists", json={"prompt": ""}, headers=once).status_code == 422
    assert client.post("/v1/playlists", json={"prompt": "slow"}, headers=once).status_code == 200


def test_a_batch_answers_each_line_in_order_and_problems_in_place(client: TestClient, settings: Settings) -> None:
    lines = [{"prompt": f"song {number}", "length": number % 5 + 1} for number in range(100)]
    texts = [json.dumps(line) for line in lines]
    texts[7], texts[20], texts[40], texts[99] = '{"prompt": ""}', " ", "no json", '{"prompt": "a", "seed": -1}'
    own = {**key(settings.home, "listen"), "Content-Type": "application/x-ndjson"}
    response = client.post("/v1/playlists/batch", content="\n".join(texts), headers=own)
    answers = [json.loads(line) for line in response.text.splitlines()]
    assert [number for number, answer in enumerate(answers) if "status" in answer] == [7, 20, 40, 99]
    assert {answers[number]["status"] for number in (7, 99)} == {422}
    assert all(
        (answer["prompt"], len(answer["tracks"])) == (line["prompt"], line["length"])
        for line, answer in zip(lines, answers, strict=True)
        if "tracks" in answer
    )
    assert client.get(f"/v1/playlists/{answers[0]['playlist_id']}").status_code == 200
    told = {"event_id": "e", "request_id": answers[0]["request_id"], "kind": "play", "position": 1}
    with_token = {**told, "event_token": answers[0]["event_token"]}
    assert client.post("/v1/events", json=with_token).json()["recorded"] == 1
    assert (
        client.post("/v1/playlists/batch", content="{}", headers={"Content-Type": "application/x-ndjson"}).status_code
        == 401
    )


def test_a_batch_refuses_a_key_under_which_it_would_not_be_told_again(client: TestClient, settings: Settings) -> None:
    own = {**key(settings.home, "listen"), "Content-Type": "application/x-ndjson", "Idempotency-Key": "b1946ac9"}
    answer = client.post("/v1/playlists/batch", content='{"prompt": "slow"}', headers=own)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_an_event_needs_the_token_of_its_own_answer(client: TestClient, settings: Settings) -> None:
    one, other = Maker(client).answer, Maker(client).answer
    event = {"event_id": "e1", "request_id": one["request_id"], "kind": "like", "position": 1}
    for token in ({}, {"event_token": other["event_token"]}, {"event_token": "guess"}):
        told = client.post("/v1/events", json={**event, **token}).json()
        assert (told["recorded"], told["unknown_request_events"]) == (0, ["e1"])
    unknown = client.post("/v1/events", json={**event, "request_id": "nobody's"}).json()
    assert unknown == told  # who has no token cannot tell whether there is such an answer
    assert client.post("/v1/events", json={**event, "event_token": one["event_token"]}).json()["recorded"] == 1
    assert (
        client.post("/v1/events", json={**event, "event_id": "e2"}, headers=key(settings.home, "events")).json()[
            "recorded"
        ]
        == 1
    )


def test_everything_about_a_listener_is_told_and_then_erased(client: TestClient, settings: Settings) -> None:
    speaks = key(settings.home, "listen", "personal", "events")
    made = client.post("/v1/playlists", json={"prompt": "for ada", "user_id": "ada"}, headers=speaks).json()
    client.post("/v1/playlists", json={"prompt": "for bo", "user_id": "bo"}, headers=speaks)
    played = {"event_id": "e", "request_id": made["request_id"], "kind": "play", "position": 1, "value": 30}
    client.post("/v1/events", json=played, headers=speaks)
    export = client.post("/v1/listeners/export", json={"user_id": "ada"}, headers=speaks)
    assert export.headers["Content-Disposition"] == 'attachment; filename="listener.json"'
    known = export.json()
    assert [len(known[part]) for part in ("answers", "events", "plays", "lists")] == [1, 1, 1, 1]
    assert "for bo" not in json.dumps(known)
    gone = client.post("/v1/listeners/erase", json={"user_id": "ada"}, headers=speaks).json()
    assert (gone["logged"], gone["lists"]) == (2, 1)
    nobody = client.post("/v1/listeners/export", json={"user_id": "nobody"}, headers=speaks).json()
    empty = client.post("/v1/listeners/export", json={"user_id": "ada"}, headers=speaks).json()
    assert {**empty, "user_id": ""} == {**nobody, "user_id": ""}
    assert client.get(f"/v1/playlists/{made['playlist_id']}").status_code == 404
    stored = b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    assert b"for ada" not in stored
    assert b"for bo" in stored


def test_a_list_is_made_anew_at_the_first_reading_of_a_day_and_keeps_what_is_kept(
    settings: Settings, recommender: FakeRecommender, client: TestClient
) -> None:
    maker = Maker(client, keep=[{"track_id": "s9", "position": 2}])
    client.patch(f"/v1/playlists/{maker.playlist_id}", json={"refresh": "daily"}, headers=maker.secret)
    today = datetime.now(UTC)
    with closing(ExposureLog.open(settings.home)) as log, closing(ListStore.open(settings.home)) as lists:
        desk = Desk(recommender, log, lists, NO_EXPERIMENT)

        def version(at: datetime) -> tuple[int, str]:
            found = read(desk, maker.playlist_id, now=at)
            assert found is not None
            return found[1].version, found[1].tracks[1].track_id

        assert version(today) == (1, "s9")
        tomorrow = today + timedelta(days=1)
        assert version(tomorrow)[1] == "s9"
        asked = recommender.asked[-1]
        assert asked.seed == tomorrow.toordinal()
        client.patch(f"/v1/playlists/{maker.playlist_id}", json={"refresh": "never"}, headers=maker.secret)
        last = version(tomorrow)
        assert version(tomorrow + timedelta(days=60)) == last
