"""Whatever is sent, the answer is a document that says what was wrong; nothing breaks the server."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.schemas.events import Event
from api.schemas.requests import PlaylistBody
from api.settings import Settings
from tests.api.conftest import TOKEN, recommending_in_order

PATHS = ("/v1/playlists", "/v1/events", "/v1/consent/takedowns", "/v1/consent/records", "/v1/consent/deliveries")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(tmp_path_factory.mktemp("home"), admin_token=TOKEN, hosts=("testserver",))
    with recommending_in_order(settings.home) as recommender:
        app = create_app(settings, lambda _: recommender)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


def send(server: TestClient, path: str, body: bytes, **headers: str) -> Any:
    kind = headers.pop("content_type", "application/json")
    fields = {"Content-Type": kind, "Authorization": f"Bearer {TOKEN}", **headers}
    return server.post(path, content=body, headers=fields)


def assert_told(response: Any) -> None:
    """The answer is a problem document, and where it is about fields it names them."""
    assert 400 <= response.status_code < 500, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-Id"]
    document = response.json()
    assert document["status"] == response.status_code
    assert document["type"].startswith("/problems/")
    assert document["title"]
    assert document["detail"]
    if response.status_code == 422:
        assert document["errors"]
        assert all(error["field"] and error["reason"] for error in document["errors"])
    response.text.encode()


def of_prompt(value: str) -> bytes:
    return b'{"prompt": ' + value.encode() + b"}"


def with_field(field: str, value: str) -> bytes:
    return f'{{"prompt": "slow", "{field}": {value}}}'.encode()


REFUSED = {
    "empty": b"",
    "blank": b"  \n",
    "not JSON": b"prompt=slow",
    "half": b'{"prompt": "slow"',
    "two documents": b'{"prompt": "slow"} {"prompt": "slow"}',
    "comment": b'{"prompt": "slow"} // now',
    "invalid UTF-8": b'{"prompt": "\xff\xfe\xfa"}',
    "overlong UTF-8": b'{"prompt": "\xc0\xaf"}',
    "raw surrogate": b'{"prompt": "\xed\xa0\x80"}',
    "null": b"null",
    "number": b"7",
    "text": b'"slow"',
    "array": b'[{"prompt": "slow"}]',
    "empty array": b"[]",
    "nothing inside": b"{}",
    "not a number": b"NaN",
    "deep arrays": b"[" * 10_000,
    "deep arrays, closed": b"[" * 10_000 + b"]" * 10_000,
    "deep objects": b'{"prompt":' * 6_000 + b"1" + b"}" * 6_000,
    "nested within reach": of_prompt("[" * 900 + "]" * 900),
    "too large": of_prompt('"' + "a" * 100_000 + '"'),
    "too large, spaces": b" " * 100_000,
    "long prompt": of_prompt('"' + "a" * 60_000 + '"'),
    "prompt grows when normalised": of_prompt('"' + "\ufdfa" * 2_000 + '"'),
    "prompt NaN": of_prompt("NaN"),
    "prompt Infinity": of_prompt("Infinity"),
    "prompt -Infinity": of_prompt("-Infinity"),
    "prompt number": of_prompt("1e999"),
    "prompt null": of_prompt("null"),
    "prompt true": of_prompt("true"),
    "prompt list": of_prompt('["slow"]'),
    "prompt object": of_prompt('{"$ne": null}'),
    "prompt empty": of_prompt('""'),
    "prompt spaces": of_prompt('" \\t\\n\\u3000"'),
    "prompt invisible": of_prompt('"\\u200b\\u200e\\u202e\\ufeff"'),
    "prompt private use": of_prompt('"\\ue000 \\udbff\\udfff"'),
    "prompt control characters": of_prompt('"\\u0000\\u0007\\u001b"'),
    "prompt lone surrogate": of_prompt('"slow \\ud800"'),
    "prompt reversed surrogates": of_prompt('"\\udc00\\ud800"'),
    "surrogate in a key": b'{"prompt": "slow", "\\ud800": 1}',
    "unknown field": with_field("limit", "3"),
    "prototype": with_field("__proto__", '{"admin": true}'),
    "operators only": with_field("at", '"1999-01-01"'),
    "audit_only": with_field("policy", '"audit_only"'),
    "last of two": b'{"prompt": "slow", "length": 5, "length": "x"}',
    "long unknown field": b'{"prompt": "slow", "' + b"k" * 60_000 + b'": 1}',
    "length -0": with_field("length", "-0"),
    "length NaN": with_field("length", "NaN"),
    "length 1e999": with_field("length", "1e999"),
    "length of 4,000 digits": with_field("length", "9" * 4_000),
    "length of 5,000 digits": with_field("length", "9" * 5_000),
    "length as text": with_field("length", '"20"'),
    "length true": with_field("length", "true"),
    "minutes -0.0": with_field("minutes", "-0.0"),
    "minutes NaN": with_field("minutes", "NaN"),
    "minutes Infinity": with_field("minutes", "Infinity"),
    "minutes 1e999": with_field("minutes", "1e999"),
    "minutes of 4,000 digits": with_field("minutes", "9" * 4_000),
    "minutes true": with_field("minutes", "true"),
    "seed 1.5": with_field("seed", "1.5"),
    "seed of 4,000 digits": with_field("seed", "9" * 4_000),
    "withheld as number": with_field("withheld", "1"),
    "withheld as text": with_field("withheld", '"false"'),
    "territory null byte": with_field("territory", '"DE\\u0000"'),
    "territory as list": with_field("territory", '["DE"]'),
    "territory injected": with_field("territory", "\"DE' OR '1'='1\""),
    "territory long": with_field("territory", '"' + "D" * 50_000 + '"'),
    "policy surrogate": with_field("policy", '"strict\\udfff"'),
    "policy null": with_field("policy", "null"),
    "commercial model as object": with_field("commercial_model", "{}"),
    "variant unknown": with_field("variant", '"../../etc/passwd"'),
    "user too long": with_field("user_id", '"' + "u" * 201 + '"'),
    "user as number": with_field("user_id", "7"),
    "seed tracks as text": with_field("seed_tracks", '"t1"'),
    "seed tracks as object": with_field("seed_tracks", '{"0": "t1"}'),
    "liked tracks of null": with_field("liked_tracks", "[null]"),
    "too many tracks": with_field("exclude_tracks", json.dumps(["t"] * 1_001)),
    "history as text": with_field("history", '"slow"'),
    "history too long": with_field("history", json.dumps([""] * 51)),
    "history of surrogates": with_field("history", '["\\ud83d"]'),
    "user of surrogates": with_field("user_id", '"\\ud800"'),
    "variant of surrogates": with_field("variant", '"\\udead"'),
    "excluded artists of surrogates": with_field("exclude_artists", '["\\ud800"]'),
    "excluded artists nested": with_field("exclude_artists", "[[]]"),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_a_hostile_body_is_refused_and_told_why(server: TestClient, body: bytes) -> None:
    assert_told(send(server, "/v1/playlists", body))


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("path", PATHS[1:])
def test_a_hostile_body_breaks_no_other_route(server: TestClient, path: str, body: bytes) -> None:
    assert_told(send(server, path, body))


HARMLESS = {
    "SQL": "'; DROP TABLE tracks; --",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "shell": "$(reboot) `id` | cat /etc/passwd && :(){ :|:& };:",
    "template": "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> %s %n {0.__class__}",
    "lucene": "title:* AND (a OR NOT b~2^3 [1 TO 2]",
    "path": "../../../../etc/passwd\\..\\..",
    "bidirectional": "slow \u202edrow\u202c \u2066x\u2069",
    "zero width": "s\u200bl\u200co\u200dw\ufeff",
    "null byte": "slow\x00fast",
    "controls": "slow\r\nX-Injected: yes\x1b[31m",
    "combining": "s" + "\u0301" * 500,
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3b7",
    "right to left": "موسيقى هادئة",
    "2,000 characters": "a" * 2_000,
}


@pytest.mark.parametrize("prompt", HARMLESS.values(), ids=HARMLESS)
def test_a_strange_prompt_is_a_prompt(server: TestClient, prompt: str) -> None:
    response = send(server, "/v1/playlists", json.dumps({"prompt": prompt}).encode())
    assert response.status_code == 200
    assert response.json()["prompt"] == prompt
    assert "X-Injected" not in response.headers
    again = server.get(f"/v1/playlists/{response.json()['playlist_id']}")
    assert again.json()["prompt"] == prompt


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "\xff", "json"]
)
def test_another_content_type_is_415(server: TestClient, kind: str) -> None:
    response = send(server, "/v1/playlists", b'{"prompt": "slow"}', content_type=kind.encode("latin-1"))  # type: ignore[arg-type]
    assert response.status_code == 415
    assert_told(response)


@pytest.mark.parametrize("body", [gzip.compress(b'{"prompt": "slow"}', mtime=0), b"\x1f\x8b garbage"])
def test_a_packed_body_is_415(server: TestClient, body: bytes) -> None:
    response = send(server, "/v1/playlists", body, **{"Content-Encoding": "gzip"})
    assert response.status_code == 415
    assert_told(response)
    assert_told(send(server, "/v1/playlists", body))


def test_a_charset_beside_the_content_type_is_fine(server: TestClient) -> None:
    kind = "Application/JSON; charset=utf-8"
    assert send(server, "/v1/playlists", b'{"prompt": "slow"}', content_type=kind).status_code == 200


def test_a_problem_never_grows_with_the_request(server: TestClient) -> None:
    assert len(send(server, "/v1/playlists", REFUSED["long unknown field"]).content) < 2_000
    assert len(send(server, "/v1/playlists", REFUSED["territory long"]).content) < 2_000


@pytest.mark.parametrize(
    "path", ["/v1/playlists/%00", "/v1/playlists/%ff%fe", "/v1/playlists/..%2f..%2fetc", "/v1/%ud800"]
)
def test_a_hostile_address_is_told_too(server: TestClient, path: str) -> None:
    assert_told(server.get(path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


def bodies(model: type[Any]) -> st.SearchStrategy[Any]:
    """Objects with the fields of a body, each of any value, among any other JSON."""
    return json_values | st.fixed_dictionaries({}, optional=dict.fromkeys(model.model_fields, json_values))


@given(bodies(PlaylistBody))
def test_no_json_breaks_playlists(server: TestClient, body: Any) -> None:
    assert send(server, PATHS[0], json.dumps(body).encode()).status_code < 500


@given(bodies(Event))
def test_no_json_breaks_events(server: TestClient, body: Any) -> None:
    assert send(server, PATHS[1], json.dumps(body).encode()).status_code < 500
    assert send(server, PATHS[1], json.dumps({"events": [body]}).encode()).status_code < 500


@given(st.binary(max_size=200))
def test_no_bytes_break_anything(server: TestClient, body: bytes) -> None:
    for path in PATHS:
        assert send(server, path, body).status_code < 500
