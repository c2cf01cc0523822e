"""What is answered is what was asked for: media types, packed or not, kept or not."""

import asyncio
import gzip
import json
from hashlib import sha256
from typing import Any

import pytest
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient
from starlette.types import Message

from api.negotiation import MOST_RANGES, SMALLEST, Compression, preferred
from api.pages import assets
from tests.api.conftest import TOKEN, loaded

JSON = [
    *(("GET", path) for path in ("/healthz", "/readyz", "/openapi.json")),
    *(("GET", path) for path in ("/v1/tracks/t1", "/v1/tracks/t1/consent")),
    ("POST", "/v1/playlists"),
    ("POST", "/v1/events"),
    ("POST", "/v1/consent/takedowns"),
    ("POST", "/v1/consent/records"),
]


@pytest.mark.parametrize(("method", "path"), JSON)
@pytest.mark.parametrize(
    "accept", ["text/html", "application/json;q=0", "*/*;q=0", "image/*, text/*", "application/*;q=0.0"]
)
def test_who_accepts_no_json_is_told_what_there_is(client: TestClient, method: str, path: str, accept: str) -> None:
    answer = client.request(method, path, headers={"Accept": accept, "X-Request-Id": "abc"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (406, "application/problem+json")
    assert answer.json()["type"] == "/problems/not-acceptable"
    assert "application/json" in answer.json()["detail"]
    assert answer.headers["X-Request-Id"] == "abc"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [path for method, path in JSON if method == "GET"])
@pytest.mark.parametrize("accept", ["", "*/*", "application/*", "application/json", "text/html, */*;q=0.1"])
def test_who_accepts_json_gets_it(client: TestClient, path: str, accept: str) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_no_accept_header_at_all_takes_anything(client: TestClient) -> None:
    del client.headers["Accept"]
    assert client.get("/healthz").status_code == 200


def test_what_cannot_be_answered_is_not_done(client: TestClient) -> None:
    headers = {"Accept": "text/html", "Authorization": f"Bearer {TOKEN}"}
    body = {"track_ids": ["t1"], "reason": "gone"}
    assert client.post("/v1/consent/takedowns", json=body, headers=headers).status_code == 406
    assert client.get("/v1/tracks/t1/consent").json()["verdict"] == "allow"
    del headers["Accept"]
    assert client.post("/v1/consent/takedowns", json=body, headers=headers).status_code == 201
    assert client.get("/v1/tracks/t1/consent").json()["verdict"] == "exclude"


def test_lines_of_one_header_are_read_as_one(client: TestClient) -> None:
    playlist_id = client.post("/v1/playlists", json={"prompt": "slow"}).json()["playlist_id"]
    lines = [("Accept", "image/png"), ("Accept", "text/csv")]
    answer = client.get(f"/v1/playlists/{playlist_id}", headers=lines)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_a_long_header_costs_no_more_than_a_short_one() -> None:
    kinds = ("application/json",)
    assert preferred(",".join(["image/png"] * (MOST_RANGES - 1) + ["application/json"]), kinds) == "application/json"
    assert preferred(",".join(["image/png"] * MOST_RANGES + ["application/json"]), kinds) is None


PACKED = [
    ("gzip", True),
    ("gzip, br;q=0.5", True),
    ("br", False),
    ("gzip;q=0", False),
    ("identity, gzip;q=0.0", False),
    ("", False),
]


@pytest.mark.parametrize(("accept", "packed"), PACKED)
def test_long_answers_are_packed_for_those_who_take_it(client: TestClient, accept: str, packed: bool) -> None:
    answer = client.get("/openapi.json", headers={"Accept-Encoding": accept})
    assert answer.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert set(answer.json()) >= {"paths", "components"}


def test_short_answers_are_sent_as_they_are(client: TestClient) -> None:
    answer = client.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert len(answer.content) < SMALLEST
    assert "Content-Encoding" not in answer.headers
    assert "Vary" not in answer.headers


def streamed(media_type: str) -> list[Message]:
    """Return what is sent of three long lines that come one by one."""
    lines = [json.dumps({"line": line, "text": "slow " * 1_000}) + "\n" for line in range(3)]
    sent: list[Message] = []

    async def lines_one_by_one() -> Any:
        for line in lines:
            yield line

    async def receive() -> Message:
        return await asyncio.Future()

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    scope["asgi"] = {"spec_version": "2.4"}
    asyncio.run(Compression(StreamingResponse(lines_one_by_one(), media_type=media_type))(scope, receive, send))
    return sent


def test_lines_that_come_one_by_one_are_never_packed() -> None:
    start, *parts = streamed("application/x-ndjson")
    assert b"content-encoding" not in dict(start["headers"])
    assert [json.loads(part["body"])["line"] for part in parts if part["body"]] == [0, 1, 2]
    start, *parts = streamed("text/csv")
    assert dict(start["headers"])[b"content-encoding"] == b"gzip"
    assert len(gzip.decompress(b"".join(part["body"] for part in parts)).splitlines()) == 3


@pytest.fixture(params=["/openapi.json", "/problems", "/problems/overloaded"])
def kept(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_who_has_an_answer_already_is_told_so(client: TestClient, kept: str) -> None:
    whole = client.get(kept)
    tag = whole.headers["ETag"]
    assert whole.headers["Cache-Control"] == "no-cache"
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        answer = client.get(kept, headers={"If-None-Match": known, "X-Request-Id": "abc"})
        assert (answer.status_code, answer.content) == (304, b""), known
        assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == (tag, "no-cache")
        assert {"Accept", "Accept-Encoding"} <= set(answer.headers["Vary"].split(", "))
        assert (answer.headers["X-Request-Id"], answer.headers["X-Frame-Options"]) == ("abc", "DENY")
    for other in ('"other"', "", tag[:-2] + '"'):
        assert client.get(kept, headers={"If-None-Match": other}).status_code == 200


def test_other_content_has_another_tag(client: TestClient) -> None:
    paths = ("/openapi.json", "/problems", "/problems/overloaded", "/problems/not-found")
    assert len({client.get(path).headers["ETag"] for path in paths}) == len(paths)
    page, told = (client.get("/problems", headers={"Accept": kind}) for kind in ("text/html", "application/json"))
    assert page.headers["ETag"] != told.headers["ETag"]


def test_what_the_page_loads_may_be_kept_for_ever_under_an_address_of_its_content(client: TestClient) -> None:
    for address in loaded(client):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        digest = address.split("/")[2]
        assert client.get(address.replace(digest, digest[::-1])).status_code == 404
        assert digest == sha256(repr(list(assets.FILES.items())).encode()).hexdigest()[:16]
