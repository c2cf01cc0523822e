import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from api.keys.store import Key, KeyStore
from api.settings import Settings
from api.terminal.commands.serve import OPTIONS
from tests.api.conftest import TOKEN
from tests.fakes import FakeRecommender


@pytest.fixture
def strangers(settings: Settings) -> Settings:
    """Settings of a server that trusts nobody."""
    return replace(settings, trust_callers=False)


@pytest.fixture
def client(strangers: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    with TestClient(create_app(strangers, lambda _: recommender), raise_server_exceptions=False) as client:
        yield client


def key(home: Path, *scopes: str, **changes: Any) -> dict[str, str]:
    """Make a key and return the headers that bear it."""
    with closing(KeyStore(home)) as keys:
        _, secret = keys.make(Key("", "test", frozenset(scopes), **changes))
    return {"Authorization": f"Bearer {secret}"}


SLOW = {"prompt": "slow"}


def test_a_listener_is_heard_only_for_who_has_a_key_for_persons(
    client: TestClient, strangers: Settings, recommender: FakeRecommender
) -> None:
    asked = {**SLOW, "user_id": "ada"}
    for headers, heard in (
        ({}, None),
        (key(strangers.home, "listen"), None),
        (key(strangers.home, "listen", "personal"), "ada"),
    ):
        assert client.post("/v1/playlists", json=asked, headers=headers).status_code == 200
        assert recommender.asked[-1].user_id == heard


def test_a_unit_picks_a_variant_and_opens_no_history(client: TestClient, recommender: FakeRecommender) -> None:
    assert client.post("/v1/playlists", json={**SLOW, "unit": "ada"}).status_code == 200
    assert recommender.asked[-1].user_id is None


@pytest.mark.parametrize("bearer", ["Bearer cns_nobody", "Bearer", "Basic YTpi", "Bearer ", "cns_nobody"])
def test_a_key_that_opens_nothing_is_refused_wherever_it_is_sent(client: TestClient, bearer: str) -> None:
    for path in ("/v1/playlists", "/v1/tracks/t1", "/healthz"):
        response = client.get(path, headers={"Authorization": bearer})
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_does_what_its_scopes_say_and_nothing_else(client: TestClient, strangers: Settings) -> None:
    takedown = {"track_ids": ["t1"], "reason": "asked"}
    listens = key(strangers.home, "listen")
    assert client.post("/v1/consent/takedowns", json=takedown, headers=listens).status_code == 403
    assert client.post("/v1/listeners/export", json={"user_id": "ada"}, headers=listens).status_code == 403
    assert client.get("/metrics", headers=listens).status_code == 403
    assert client.post("/v1/playlists", json=SLOW, headers=key(strangers.home, "consent")).status_code == 403
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_consent_key_takes_down_its_own_partys_recordings_alone(client: TestClient, strangers: Settings) -> None:
    desk = key(strangers.home, "consent", parties=("Marta Quell",), sources=("artist_statement",))
    theirs = client.post("/v1/consent/takedowns", json={"track_ids": ["t1"], "reason": "asked"}, headers=desk)
    others = client.post("/v1/consent/takedowns", json={"track_ids": ["t2"], "reason": "asked"}, headers=desk)
    both = client.post("/v1/consent/takedowns", json={"track_ids": ["t1", "t2"], "reason": "asked"}, headers=desk)
    assert (theirs.status_code, others.status_code, both.status_code) == (201, 403, 403)
    played = {track["track_id"] for track in client.post("/v1/playlists", json=SLOW).json()["tracks"]}
    assert played == {"t2"}


def test_what_a_consent_key_may_not_put_on_record_is_named_with_its_field(
    client: TestClient, strangers: Settings
) -> None:
    desk = key(strangers.home, "consent", parties=("Marta Quell",), sources=("artist_statement",))
    takedown = {"track_ids": ["t1", "t2", "t1", "t3"], "reason": "asked"}
    refused = client.post("/v1/consent/takedowns", json=takedown, headers=desk).json()
    assert refused["type"] == "/problems/forbidden"
    assert refused["errors"] == [
        {"field": field, "reason": f"{track!r} is not this key's; its parties are Marta Quell", "code": "unusable"}
        for field, track in (("track_ids.1", "t2"), ("track_ids.3", "t3"))
    ]
    own = {"kind": "grant", "track_id": "t1", "use": "training", "state": "not_allowed"}
    rows = [own, {**own, "source": "registry"}, {**own, "track_id": "t4"}]
    refused = client.post("/v1/consent/records", json={"records": rows}, headers=desk).json()
    assert [(error["field"], error["reason"].split(";")[0]) for error in refused["errors"]] == [
        ("records.1", "this key does not speak as 'registry'"),
        ("records.2", "'t4' is not this key's"),
    ]
    many = client.post("/v1/consent/records", json={"records": rows[1:] * 500}, headers=desk)
    assert (many.status_code, len(many.json()["errors"])) == (403, 20)


def test_a_track_that_an_isrc_names_is_refused_under_the_place_of_the_isrc(
    client: TestClient, strangers: Settings
) -> None:
    desk = key(strangers.home, "consent", parties=("Nobody",), sources=("artist_statement",))
    takedown = {"track_ids": ["t3", "QZABC2100001"], "reason": "asked"}
    refused = client.post("/v1/consent/takedowns", json=takedown, headers=desk).json()
    assert [error["field"] for error in refused["errors"]] == ["track_ids.1"]


def test_records_of_a_consent_key_are_of_its_source_unless_they_say_another(
    client: TestClient, strangers: Settings
) -> None:
    desk = key(strangers.home, "consent", parties=("Marta Quell",), sources=("artist_statement", "registry"))
    row = {"kind": "grant", "track_id": "t1", "use": "training", "state": "not_allowed"}
    for source, status in ((None, 201), ("registry", 201), ("court_or_legal", 403), ("operator", 403)):
        records = [row if source is None else {**row, "source": source}]
        assert client.post("/v1/consent/records", json={"records": records}, headers=desk).status_code == status
    admin = {"Authorization": f"Bearer {TOKEN}"}
    told = client.get("/v1/tracks/t1/consent", headers=admin).json()["records"]
    assert {one["source"] for one in told if one["kind"] == "grant"} == {"artist_statement", "registry"}
    assert {one["entered_by"] for one in told if one["kind"] == "grant"} == {
        f"key:{made.key_id}" for made in KeyStore(strangers.home).all()
    }


def test_who_asks_too_much_is_told_when_to_come_back_and_others_go_on(
    strangers: Settings, recommender: FakeRecommender
) -> None:
    app = create_app(replace(strangers, per_minute=3), lambda _: recommender)
    with TestClient(app) as client:
        answers = [client.get("/v1/tracks/t1") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["RateLimit"].startswith('"minute";r=2;')
        assert answers[0].headers["RateLimit-Policy"] == '"minute";q=3;w=60'
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
        assert client.get("/v1/tracks/t1", headers=key(strangers.home, "listen")).status_code == 200
        assert client.get("/healthz").status_code == 200


def test_nobody_is_believed_about_their_address_unless_they_are_our_proxy(
    strangers: Settings, recommender: FakeRecommender
) -> None:
    with TestClient(create_app(replace(strangers, per_minute=2), lambda _: recommender)) as client:
        answers = [client.get("/v1/tracks/t1", headers={"X-Forwarded-For": f"1.1.1.{n}"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_behind_a_proxy_each_address_is_a_caller_and_no_header_makes_another(
    strangers: Settings, recommender: FakeRecommender
) -> None:
    app = create_app(replace(strangers, per_minute=1, proxies=(ip_network("10.0.0.0/8"),)), lambda _: recommender)
    with TestClient(app, client=("10.0.0.1", 1)) as client:

        def status(forwarded: str) -> int:
            return client.get("/v1/tracks/t1", headers={"X-Forwarded-For": forwarded}).status_code

        assert [status("1.1.1.1"), status("2.2.2.2"), status("1.1.1.1")] == [200, 200, 429]
        assert status("7.7.7.7, 1.1.1.1, 10.0.0.9") == 429  # whatever they claim to stand in front of them


def test_the_country_that_our_proxy_says_counts_instead_of_a_claim(
    strangers: Settings, recommender: FakeRecommender
) -> None:
    settings = replace(strangers, proxies=(ip_network("10.0.0.0/8"),), country_header="X-Country")
    for peer, heard in (("10.0.0.1", "FR"), ("9.9.9.9", "US")):
        with TestClient(create_app(settings, lambda _: recommender), client=(peer, 1)) as client:
            client.post("/v1/playlists", json={**SLOW, "territory": "US"}, headers={"X-Country": "FR"})
        assert recommender.asked[-1].territory == heard


@pytest.mark.parametrize("said", [{}, {"X-Country": ""}, {"X-Country": "T1"}, {"X-Country": "deu"}])
def test_where_our_proxy_names_no_country_the_servers_own_counts_and_the_answer_says_so(
    strangers: Settings, recommender: FakeRecommender, said: dict[str, str]
) -> None:
    settings = replace(strangers, proxies=(ip_network("10.0.0.0/8"),), country_header="X-Country", territory="SE")
    with TestClient(create_app(settings, lambda _: recommender), client=("10.0.0.1", 1)) as client:
        told = client.post("/v1/playlists", json={**SLOW, "territory": "US"}, headers=said).json()["not_understood"]
    assert recommender.asked[-1].territory == "SE"
    assert [(one["text"], one["code"]) for one in told] == [("territory", "no_country")]


def test_a_real_server_believes_its_proxy_about_country_address_and_https_together(
    strangers: Settings, recommender: FakeRecommender
) -> None:
    own = replace(strangers, per_minute=1, proxies=(ip_network("127.0.0.1"),), country_header="X-Country")
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(own, lambda _: recommender), **OPTIONS))
    running = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    running.start()
    headers = {"X-Country": "FR", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    with httpx2.Client(base_url=f"http://127.0.0.1:{bound.getsockname()[1]}", headers=headers) as client:
        first, again = (client.post("/v1/playlists", json={**SLOW, "territory": "US"}) for _ in range(2))
        other = client.post("/settings", data={"territory": "FR"}, headers={"X-Forwarded-For": "203.0.113.10"})
    server.should_exit = True
    running.join()
    assert (first.status_code, again.status_code) == (200, 429)
    assert recommender.asked[-1].territory == "FR"
    assert "secure" in other.headers["set-cookie"].lower()
