import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.pages.languages import Words
from api.settings import Settings
from catalog.consent import CommercialModel, ReasonCode
from recommender.variants import ExperimentError
from tests.api.conftest import loaded
from tests.fakes import FakeRecommender

HEAVY = ("torch", "sentence_transformers", "implicit", "scipy", "pyarrow")


def test_serving_imports_nothing_heavy() -> None:
    """Each of these costs a start seconds or a process hundreds of megabytes; they belong to building and sealing."""
    script = f"import sys, api.app; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_the_words_of_the_edge_need_no_web_framework() -> None:
    """The command line uses them, and should start at once."""
    script = (
        "import sys, api.schemas.consent, api.formats, api.exposures.log, api.usecases; print('fastapi' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_playlist_on_the_command_line_needs_no_reader_of_messages() -> None:
    script = "import sys, api.terminal.commands.playlist; print('lxml' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_the_server_lives_before_anything_is_built(settings: Settings) -> None:
    def unbuilt(home: Path) -> FakeRecommender:
        raise RuntimeError("run `consonance build`")

    with TestClient(create_app(settings, unbuilt)) as client:
        assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (200, {"status": "ok"})
        assert client.get("/").status_code == 200
        assert client.get("/readyz").json()["type"] == "/problems/not-ready"


def test_a_server_that_can_answer_is_ready(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"ready": True, "versions": {"bundle": "bundle-1", "consent_epoch": 1}}


def test_a_server_that_can_read_no_key_is_not_ready_until_it_can(client: TestClient, settings: Settings) -> None:
    keys = settings.home / "keys.sqlite"
    keys.write_text("no database, but long enough to look like one" * 20)
    told = client.get("/readyz")
    assert (told.status_code, told.json()["type"]) == (503, "/problems/not-ready")
    assert re.fullmatch(
        r"no key can be read: …/keys\.sqlite: .+; see that it can be read and written", told.json()["detail"]
    )
    keys.unlink()
    assert client.get("/readyz").status_code == 200


def test_a_wrong_experiment_stops_the_start(settings: Settings) -> None:
    (settings.home / "experiment.toml").write_text('name = "trial"\nsalt = "s"\n')
    with pytest.raises(ExperimentError, match="variants"):
        create_app(settings)


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("DELETE", "/v1/playlists", 405, "method-not-allowed"),
        ("POST", "/healthz", 405, "method-not-allowed"),
        ("GET", "/docs", 404, "not-found"),
    ],
)
def test_a_wrong_address_or_method_is_a_problem(
    client: TestClient, method: str, path: str, status: int, kind: str
) -> None:
    response = client.request(method, path, headers={"X-Request-Id": "abc"})
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == f"/problems/{kind}"
    assert response.headers["X-Request-Id"] == "abc"
    assert ("Allow" in response.headers) == (status == 405)


def test_an_unforeseen_error_tells_nothing_of_the_inside(client: TestClient, recommender: Any) -> None:
    recommender.catalog = None
    response = client.post("/v1/playlists", json={"prompt": "slow"}, headers={"X-Request-Id": "abc"})
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-Id"] == "abc"
    assert "NoneType" not in response.text


def test_every_answer_carries_the_headers_that_protect_the_page(client: TestClient) -> None:
    for path in ("/", *loaded(client), "/problems", "/problems/not-found", "/openapi.json", "/healthz", "/nowhere"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(client: TestClient) -> None:
    playlist_id = client.post("/v1/playlists", json={"prompt": "slow"}).json()["playlist_id"]
    for path in ("/", "/about", f"/p/{playlist_id}"):
        page = client.get(path, headers={"Accept": "text/html"}).text
        assert "://" not in page.partition('id="boot"')[0]
        assert " style=" not in page
        assert not re.search(r"\son[a-z]+=", page.partition('id="boot"')[0])
        for script in re.findall(r"<script[^>]*>", page):
            assert 'src="/page/' in script or 'type="application/json"' in script


def test_the_page_has_words_for_everything_it_may_be_told() -> None:
    words = Words.of("en").texts
    assert {f"{part}.{code}" for part in ("withheld", "plain_withheld") for code in ReasonCode} <= words.keys()
    assert {f"models.{model.value}" for model in CommercialModel} <= words.keys()
