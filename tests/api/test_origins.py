"""Pages elsewhere, and OPTIONS: who may ask for what."""

from collections.abc import Iterator
from dataclasses import replace

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.fakes import FakeRecommender

OURS = "https://app.example.org"


@pytest.fixture
def opened(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    app = create_app(replace(settings, origins=(OURS, "http://localhost:5173")), lambda _: recommender)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def preflight(
    client: TestClient, origin: str, method: str, headers: str = "", path: str = "/v1/playlists"
) -> httpx.Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "X-Request-Id": "abc"}
    return client.options(path, headers=asked | ({"Access-Control-Request-Headers": headers} if headers else {}))


def words(header: str) -> set[str]:
    return {word.strip() for word in header.split(",")}


def test_a_page_that_the_operator_names_may_ask_and_read_what_it_needs(opened: TestClient) -> None:
    headers = "authorization,content-type,idempotency-key,if-match,if-none-match,x-consonance-variant,x-request-id"
    allowed = preflight(opened, OURS, "POST", headers)
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (200, OURS)
    assert words(headers) <= words(allowed.headers["Access-Control-Allow-Headers"].lower())
    assert (allowed.headers["X-Request-Id"], allowed.headers["X-Frame-Options"]) == ("abc", "DENY")
    answer = opened.post("/v1/playlists", json={"prompt": "slow"}, headers={"Origin": OURS})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == OURS
    assert "Origin" in words(answer.headers["Vary"])
    assert words(answer.headers["Access-Control-Expose-Headers"]) == {
        *("X-Request-Id", "ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "Server-Timing", "Location", "Link"),
        *("Content-Disposition", "Idempotency-Replayed"),
    }
    for told in (allowed, answer):
        assert "Access-Control-Allow-Credentials" not in told.headers


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "null", "http://app.example.org", "https://app.example.org:8443"),
        *("https://app.example.org.evil.example", "https://sub.app.example.org", "https://app.example.org/", ""),
    ],
)
def test_no_other_page_may(opened: TestClient, origin: str) -> None:
    for answer in (preflight(opened, origin, "POST"), opened.get("/healthz", headers={"Origin": origin})):
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert preflight(opened, origin, "POST").status_code == 400


def test_headers_and_methods_that_nobody_needs_are_not_allowed(opened: TestClient) -> None:
    assert preflight(opened, OURS, "POST", "x-secret").status_code == 400
    assert preflight(opened, OURS, "TRACE").status_code == 400


def test_errors_can_be_read_by_a_page_elsewhere_too(opened: TestClient, recommender: FakeRecommender) -> None:
    headers = {"Origin": OURS, "Accept": "text/html"}
    answers = [opened.get("/v1/tracks/gone", headers={"Origin": OURS}), opened.get("/v1/tracks/t1", headers=headers)]
    recommender.catalog = None  # type: ignore[assignment]
    answers.append(opened.post("/v1/playlists", json={"prompt": "slow"}, headers={"Origin": OURS}))
    assert [answer.status_code for answer in answers] == [404, 406, 500]
    assert {answer.headers.get("Access-Control-Allow-Origin") for answer in answers} == {OURS}


def test_a_preflight_for_another_host_is_misdirected(opened: TestClient) -> None:
    asked = {"Origin": OURS, "Access-Control-Request-Method": "POST", "Host": "evil.example"}
    answer = opened.options("/v1/playlists", headers=asked)
    assert (answer.status_code, answer.json()["type"]) == (421, "/problems/misdirected")


def test_unless_an_operator_says_so_no_page_elsewhere_may_ask(client: TestClient) -> None:
    for answer in (preflight(client, OURS, "POST"), client.get("/healthz", headers={"Origin": OURS})):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


ADDRESSES = {
    "/v1/playlists": {"GET", "HEAD", "POST", "OPTIONS"},
    "/v1/playlists/anything": {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"},
    "/v1/playlists/anything/refine": {"POST", "OPTIONS"},
    "/v1/playlists/batch": {"POST", "OPTIONS"},
    "/v1/events": {"POST", "OPTIONS"},
    "/v1/tracks/t1": {"GET", "HEAD", "OPTIONS"},
    "/v1/consent/takedowns": {"POST", "OPTIONS"},
    "/healthz": {"GET", "HEAD", "OPTIONS"},
    "/": {"GET", "HEAD", "OPTIONS", "POST"},
    "/about": {"GET", "HEAD", "OPTIONS"},
    "/openapi.json": {"GET", "HEAD", "OPTIONS"},
    "/problems/not-found": {"GET", "HEAD", "OPTIONS"},
}


@pytest.mark.parametrize(("path", "methods"), ADDRESSES.items())
def test_options_tells_the_methods_of_an_address(
    client: TestClient, opened: TestClient, path: str, methods: set[str]
) -> None:
    for asked in (client, opened):
        answer = asked.options(path, headers={"X-Request-Id": "abc"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert words(answer.headers["Allow"]) == methods
        assert (answer.headers["X-Request-Id"], answer.headers["X-Frame-Options"]) == ("abc", "DENY")


def test_a_method_that_an_address_does_not_take_is_told_the_same_ones(client: TestClient) -> None:
    for path, methods in ADDRESSES.items():
        answer = client.put(path)
        assert (answer.status_code, words(answer.headers["Allow"])) == (405, methods)


def test_options_of_an_unknown_address_is_404(client: TestClient) -> None:
    for path in ("/nowhere", "/v1/playlists/", "/v1", "/page.js"):
        assert client.options(path).status_code == 404
