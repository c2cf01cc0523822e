"""What the OpenAPI document says holds of the server."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from recommender.playlist_recommender import PlaylistRecommender
from tests.api.conftest import TOKEN
from tests.homes import copied_home

KEY, REQUEST_ID, NDJSON = "Idempotency-Key", "X-Request-Id", "application/x-ndjson"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def document(client: TestClient) -> Any:
    return client.get("/openapi.json").json()


def header(operation: Any, name: str) -> Any:
    """Return how an operation describes a header, None where it does not."""
    found = [one for one in operation["parameters"] if (one["in"], one["name"]) == ("header", name)]
    assert len(found) <= 1
    return found[0] if found else None


def wrong(document: Any, schema: Any, value: Any) -> list[str]:
    """Return what a schema of the document finds wrong with a value."""
    whole = {**schema, "components": document["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def test_the_description_is_openapi_3_1_and_knows_problems(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        *("/v1/playlists", "/v1/playlists/{playlist_id}", "/v1/events", "/healthz", "/readyz"),
        *("/v1/playlists/batch", "/v1/playlists/{playlist_id}/{version}", "/v1/shares/{share_id}"),
        *(f"/v1/playlists/{{playlist_id}}/{change}" for change in ("refine", "swap", "reorder", "restore", "share")),
        *("/v1/listeners/export", "/v1/listeners/erase", "/v1/exposures", "/v1/outcomes"),
        "/v1/replays/{request_id}",
        *("/v1/tracks/{track_id}", "/v1/tracks/{track_id}/consent"),
        "/metrics",
        *("/v1/experiments", "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/{key}"),
        *("/v1/catalog/artists", "/v1/catalog/titles", "/v1/catalog/albums", "/v1/catalog/labels", "/v1/catalog/tags"),
        *("/v1/catalog/territories", "/v1/catalog/policies", "/v1/catalog/codes"),
        *("/v1/consent/takedowns", "/v1/consent/records", "/v1/consent/deliveries"),
    }
    responses = document["paths"]["/v1/playlists"]["post"]["responses"]
    assert list(responses["422"]["content"]) == ["application/problem+json"]
    assert {"ProblemDocument", "FieldError", "PlaylistBody", "PlaylistResponse"} <= set(
        document["components"]["schemas"]
    )
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_406_is_described_wherever_json_is_answered(client: TestClient) -> None:
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            described = operation["responses"].get("406", {})
            assert list(described.get("content", ())) == ["application/problem+json"], (method, path)


def test_every_operation_takes_a_request_id_of_any_text(client: TestClient, document: Any) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            assert header(operation, REQUEST_ID)["schema"] == {"type": "string"}
    assert client.get("/healthz", headers={REQUEST_ID: "x" * 129}).headers[REQUEST_ID] != "x" * 129


def test_an_idempotency_key_is_described_wherever_it_is_honoured(client: TestClient, document: Any) -> None:
    """A key that cannot be one is refused there, and no other operation looks at it, but for batches, which refuse any."""
    honoured = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answer = client.request(method, re.sub(r"\{.+?\}", "1", path), headers={KEY: "a b", **ADMIN})
            refused = answer.status_code == 422 and [one["field"] for one in answer.json()["errors"]] == [KEY]
            described = header(operation, KEY) is not None
            assert refused == (described or path == "/v1/playlists/batch"), (method, path)
            assert ("409" in operation["responses"]) >= described
            honoured |= {(method, path)} if described else set()
    assert ("post", "/v1/events") in honoured
    assert ("post", "/v1/playlists/batch") not in honoured


@pytest.mark.parametrize("key", ["k", "8e03978e-40d5-43e8-bc93-6894a57f9324", "~" * 255, "k" * 256, "a b", "", "\xe9"])
def test_the_pattern_of_an_idempotency_key_admits_what_the_server_takes(
    client: TestClient, document: Any, key: str
) -> None:
    schema = header(document["paths"]["/v1/playlists"]["post"], KEY)["schema"]
    answer = client.post("/v1/playlists", json={"prompt": "slow"}, headers=[(KEY.encode(), key.encode("latin-1"))])
    assert (answer.status_code == 200) == (wrong(document, schema, key) == [])


def test_the_lines_of_a_batch_are_described_one_by_one(client: TestClient, document: Any) -> None:
    batch = document["paths"]["/v1/playlists/batch"]["post"]
    asked, told = (
        batch["requestBody"]["content"][NDJSON]["schema"],
        batch["responses"]["200"]["content"][NDJSON]["schema"],
    )
    lines: list[Any] = [{"prompt": "slow", "length": 1}, {"prompt": "slow", "length": 0}, {"prompt": ""}]
    content = "\n".join(map(json.dumps, lines))
    text = client.post("/v1/playlists/batch", content=content, headers={"Content-Type": NDJSON, **ADMIN}).text
    answers = [json.loads(line) for line in text.splitlines()]
    assert [answer.get("status") for answer in answers] == [None, 422, 422]
    assert wrong(document, told, answers) == []
    assert wrong(document, told, [{}]) != []
    assert wrong(document, asked, lines[:1]) == []
    assert wrong(document, asked, lines[1:2]) != []
    assert wrong(document, asked, []) != []


def test_how_long_a_body_may_be_stands_where_it_is_described(client: TestClient, document: Any) -> None:
    for path, said in (
        ("/v1/playlists", "a body may have 65,536 bytes"),
        ("/v1/events", "a body may have 262,144 bytes"),
        ("/v1/consent/records", "a body may have 65,536 bytes, with a key of scope `consent` 1,048,576"),
    ):
        told = document["paths"][path]["post"]["responses"]["413"]["description"]
        assert told == f"The request is too large: {said}"
        longest = int(said.removeprefix("a body may have ").split()[0].replace(",", ""))
        for size, is_refused in ((longest, False), (longest + 1, True)):
            answer = client.post(path, content=b" " * size, headers={"Content-Type": "application/json"})
            assert (answer.status_code == 413) == is_refused


def examples(document: Any) -> dict[str, list[Any]]:
    """Return the whole bodies that the document shows, by the path of the POST that takes them."""
    found = {}
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if shown := document["components"]["schemas"].get(name, {}).get("examples"):
            found[path] = shown
    return found


def test_whole_requests_that_the_description_shows_run_and_are_understood(tmp_path: Path) -> None:
    home = copied_home(tmp_path / "home")
    app = create_app(Settings(home, hosts=("testserver",)), PlaylistRecommender.open)
    with TestClient(app) as client:
        document = client.get("/openapi.json").json()
        shown = examples(document)
        assert list(shown) == ["/v1/playlists"]
        for path, bodies in shown.items():
            schema = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
            for body in bodies:
                assert wrong(document, schema, body) == []
                answer = client.post(path, json=body)
                assert answer.status_code == 200, answer.text
                assert answer.json()["contradictions"] == []
                assert {one["said"] for one in answer.json()["interpretation"]} >= {"low energy", "no vocals"}


def test_every_limit_of_a_field_is_one_that_json_schema_knows(document: Any) -> None:
    assert re.findall(r'"(?:ge|gt|le|lt)":', json.dumps(document)) == []


def test_share_needs_no_body_and_every_other_change_does(document: Any) -> None:
    required = {
        path.rpartition("/")[2]: operations["post"]["requestBody"].get("required", False)
        for path, operations in document["paths"].items()
        if path.startswith("/v1/playlists/{playlist_id}/") and "post" in operations
    }
    assert required == {"refine": True, "swap": True, "reorder": True, "restore": True, "share": False}
