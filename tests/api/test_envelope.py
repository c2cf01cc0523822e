"""What holds for every address: HEAD, hosts, and that problems tell nothing of where this server keeps its files."""

import gzip
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.problems import without_places
from api.settings import Settings
from tests.api.browser import serving
from tests.api.conftest import loaded
from tests.fakes import FakeRecommender
from tests.processes import copy_of


def test_head_is_answered_wherever_get_is_with_the_same_headers_and_no_body(client: TestClient) -> None:
    client.headers["Accept-Encoding"] = "identity"  # a list read twice tells other decisions, which pack differently
    playlist_id = client.post("/v1/playlists", json={"prompt": "slow"}).json()["playlist_id"]
    paths = ("/", *loaded(client), "/about", "/openapi.json", "/problems", "/healthz", "/readyz")
    for path in (*paths, f"/v1/playlists/{playlist_id}", "/v1/tracks/t1", "/v1/tracks/t1/consent", "/v1/tracks/gone"):
        whole, head = (client.request(method, path, headers={"X-Request-Id": "r"}) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (whole.status_code, b""), path
        assert int(head.headers["Content-Length"]) > 0, path
        varying = {
            "server-timing",
            "ratelimit",
            *(["content-length"] if path.startswith("/v1/tracks/t1/consent") else []),
        }
        assert {k: v for k, v in head.headers.items() if k not in varying} == {
            k: v for k, v in whole.headers.items() if k not in varying
        }


def test_head_is_no_way_to_post(client: TestClient) -> None:
    assert client.head("/v1/events").status_code == 405


@pytest.fixture
def public(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    ours = Settings(home=settings.home, hosts=("Music.Example.org",))
    with TestClient(create_app(ours, lambda _: recommender)) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "[::1]", "[::1]:80", "music.example.org", "MUSIC.example.org:443"]
)
def test_a_host_of_loopback_or_of_the_operators_list_is_answered(public: TestClient, host: str) -> None:
    assert public.get("/openapi.json", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example:80", "localhost:x", "::1", "[", "x" * 5_000],
)
def test_another_host_is_misdirected_and_told_with_the_remedy(public: TestClient, host: str) -> None:
    told = public.post("/v1/playlists", json={"prompt": "slow"}, headers={"Host": host})
    assert (told.status_code, told.json()["type"]) == (421, "/problems/misdirected")
    assert host[:100] in told.json()["detail"]
    assert "CONSONANCE_HOSTS" in told.json()["detail"] or len(host) > 100
    assert public.get("/healthz", headers={"Host": host}).status_code == 200, "probes ask by address"


HEADS = {
    "none": (b"GET /openapi.json HTTP/1.1\r\n", 400),
    "none, by a probe": (b"GET /healthz HTTP/1.1\r\n", 400),
    "none, of HTTP/1.0, which knows none": (b"GET /healthz HTTP/1.0\r\n", 200),
    "none, of HTTP/1.0, which might be for anybody": (b"GET /openapi.json HTTP/1.0\r\n", 421),
    "two": (b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nHost: 127.0.0.1\r\n", 400),
    "two, the first wrong": (b"GET /openapi.json HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n", 400),
    "one": (b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n", 200),
}


@pytest.mark.parametrize(("head", "status"), HEADS.values(), ids=HEADS)
def test_a_request_has_one_host(settings: Settings, recommender: FakeRecommender, head: bytes, status: int) -> None:
    with serving(create_app(settings, lambda _: recommender)) as address:
        answer = raw(address, head + b"Connection: close\r\n\r\n")
    assert int(answer.split()[1]) == status
    assert (b'"/problems/malformed-request"' in answer) == (status == 400)
    assert b"x-request-id: " in answer
    assert b"x-frame-options: DENY" in answer


def raw(address: str, request: bytes) -> bytes:
    """Send bytes to a server and return all that it answers."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_over_the_wire_head_has_the_length_of_get_packed_too(settings: Settings, recommender: FakeRecommender) -> None:
    asked = b" /openapi.json HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    with serving(create_app(settings, lambda _: recommender)) as address:
        (whole, body), (head, nothing) = (
            raw(address, method + asked).split(b"\r\n\r\n", 1) for method in (b"GET", b"HEAD")
        )
    assert nothing == b""
    length = f"content-length: {len(body)}".encode()
    assert length in head.splitlines()
    assert length in whole.splitlines()
    assert len(gzip.decompress(body)) > len(body) > 0


def test_no_address_is_redirected(client: TestClient) -> None:
    for path in ("/v1/playlists/", "/healthz/", "/v1/tracks/t1/", "/problems/"):
        for method in ("GET", "POST", "HEAD"):
            answer = client.request(method, path, follow_redirects=False)
            assert (answer.status_code, "location" in answer.headers) == (404, False), (method, path)


def timings(response: httpx.Response) -> dict[str, float]:
    parts = [part.strip().split(";dur=") for part in response.headers.get("Server-Timing", "").split(",") if part]
    return {name: float(milliseconds) for name, milliseconds in parts}


def test_every_answer_below_v1_says_how_long_it_took_and_others_do_not(client: TestClient) -> None:
    for path in ("/v1/tracks/t1", "/v1/tracks/gone", "/v1/nowhere", "/v1/playlists"):
        assert list(timings(client.get(path))) == ["total"], path
    for path in ("/healthz", "/nowhere", "/"):
        assert timings(client.get(path)) == {}


def test_a_playlist_says_how_long_its_steps_took_by_names_that_are_tokens(
    client: TestClient, recommender: FakeRecommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = recommender.recommend
    taken = {"sequence and gate": 12.34, "rank": 0.25, 'a"b;c,d=é': 3.0}
    monkeypatch.setattr(recommender, "recommend", lambda *asked: replace(plain(*asked), timings_ms=taken))
    answer = client.post("/v1/playlists", json={"prompt": "slow"})
    told = timings(answer)
    assert told.pop("total") > 0
    assert told == {"sequence-and-gate": 12.3, "rank": 0.2, "a-b-c-d-": 3.0}
    assert answer.json()["timings_ms"] == taken


def test_what_does_not_say_how_long_it_may_be_kept_is_not_stored(client: TestClient) -> None:
    playlist_id = client.post("/v1/playlists", json={"prompt": "slow"}).json()["playlist_id"]
    paths = ("/v1/tracks/t1", "/v1/tracks/gone", f"/v1/playlists/{playlist_id}", "/healthz", "/readyz", "/nowhere")
    for path in (*paths, "/problems/nothing"):
        assert client.get(path).headers["Cache-Control"] == "no-store", path
    refused = client.post("/v1/playlists", content=b"{")
    assert (refused.status_code, refused.headers["Cache-Control"]) == (415, "no-store")


FOLDERS = st.lists(
    st.text("abcdefgh .-_0", min_size=1).filter(lambda text: text.strip() == text), min_size=1, max_size=5
)


@given(
    FOLDERS,
    st.text("0123456789abcdef", min_size=16, max_size=64),
    st.sampled_from(("{}", "'{}'", "at {}: no", "`see --home {}`; {}", "({})")),
)
def test_what_is_said_of_files_names_them_but_neither_folders_nor_sums(
    folders: list[str], digest: str, said: str
) -> None:
    path = "".join(f"/{folder}" for folder in ("srv", "secret", *folders))
    told = without_places(
        f"{said.replace('{}', path + '/log.sqlite')}; it has SHA-256 {digest}, run `consonance build`"
    )
    assert "srv" not in told
    assert "secret" not in told
    assert digest not in told
    assert "log.sqlite" in told
    assert "run `consonance build`" in told


def test_a_damaged_bundle_is_told_without_places_and_sums(
    demo_home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = copy_of(demo_home, tmp_path / "home")
    vectors = next(home.glob("bundles/*/vectors.faiss"))
    content = vectors.read_bytes()
    vectors.unlink()  # the copy shares its bytes
    vectors.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with TestClient(create_app(Settings(home=home, hosts=("testserver",)))) as client:
        for told in (client.get("/readyz"), client.post("/v1/playlists", json={"prompt": "slow"})):
            assert told.status_code == 503
            assert "vectors.faiss" in told.json()["detail"]
            assert "consonance build" in told.json()["detail"]
            assert str(tmp_path) not in told.text
            assert not re.search("[0-9a-f]{16}", told.json()["detail"])
    (logged,) = [record.getMessage() for record in caplog.records if "Not ready" in record.getMessage()]
    assert str(vectors) in logged
