"""What holds for every address: HEAD, hosts, and that problems tell nothing of where this server keeps its files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.problems import without_places
from api.settings import Settings
from tests.fakes import FakeRecommender
from tests.processes import copy_of


def test_head_is_answered_wherever_get_is_with_the_same_headers_and_no_body(client: TestClient) -> None:
    playlist_id = client.post("/v1/playlists", json={"prompt": "slow"}).json()["playlist_id"]
    paths = ("/", "/page.js", "/page.css", "/icon.svg", "/words.json", "/openapi.json", "/healthz", "/readyz")
    for path in (*paths, f"/v1/playlists/{playlist_id}", "/v1/tracks/t1", "/v1/tracks/t1/consent", "/v1/tracks/gone"):
        whole, head = (client.request(method, path, headers={"X-Request-Id": "r"}) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (whole.status_code, b""), path
        varying = {"content-length"} if path.startswith("/v1/tracks/t1/consent") else set()
        assert {k: v for k, v in head.headers.items() if k not in varying} == {
            k: v for k, v in whole.headers.items() if k not in varying
        }


def test_head_is_no_way_to_post(client: TestClient) -> None:
    assert client.head("/v1/playlists").status_code == 405


@pytest.fixture
def public(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    ours = Settings(home=settings.home, hosts=("Music.Example.org",))
    with TestClient(create_app(ours, lambda _: recommender)) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "[::1]", "[::1]:80", "music.example.org", "MUSIC.example.org:443"]
)
def test_a_host_of_loopback_or_of_the_operators_list_is_answered(public: TestClient, host: str) -> None:
    assert public.get("/words.json", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example:80", "localhost:x", "::1", "[", "x" * 5_000],
)
def test_another_host_is_misdirected_and_told_with_the_remedy(public: TestClient, host: str) -> None:
    told = public.post("/v1/playlists", json={"prompt": "slow"}, headers={"Host": host})
    assert (told.status_code, told.json()["type"]) == (421, "urn:consonance:problem:misdirected")
    assert host[:100] in told.json()["detail"]
    assert "CONSONANCE_HOSTS" in told.json()["detail"] or len(host) > 100
    assert public.get("/healthz", headers={"Host": host}).status_code == 200, "probes ask by address"


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
