"""The server's log: one object a line, each with its request's id, and nothing that somebody sent."""

import io
import json
import logging
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.logs import JsonLines
from api.settings import Settings
from recommender.blending import RankerSettings, Teams
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest
from tests.api.test_metrics import SECRETS, send_secrets
from tests.fakes import FakeRecommender
from tests.processes import copy_of, environment, serving

_LOG = logging.getLogger("recommender.stand_in")


class Log:
    """What was logged since it was opened."""

    def __init__(self, *, prompts: bool = False) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(JsonLines(prompts=prompts))

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if "route" in line]


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    made = Log(prompts=getattr(request, "param", False))
    root, ours = logging.getLogger(), logging.getLogger("api")
    level = ours.level
    root.addHandler(made.handler)
    ours.setLevel(logging.INFO)
    yield made
    root.removeHandler(made.handler)
    ours.setLevel(level)


class Talkative(FakeRecommender):
    """Says something while it works, and breaks where it is told to, quoting what it was asked."""

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | Teams | None = None) -> Playlist:
        _LOG.warning("working")
        if "break" in request.prompt:
            try:
                raise KeyError(request.prompt)
            except KeyError as error:
                raise ValueError(f"cannot do {request.prompt}") from error
        return super().recommend(request, settings)


@pytest.fixture
def talkative(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    app = create_app(settings, lambda _: Talkative(recommender.catalog))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_request_is_one_line_with_its_template_status_and_time(client: TestClient, log: Log) -> None:
    client.get("/v1/tracks/t1", headers={"X-Request-Id": "abc"})
    (line,) = log.lines
    at = datetime.fromisoformat(line.pop("timestamp"))
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    ms = line.pop("ms")
    assert 0 < ms < 60_000
    assert line == {
        "level": "INFO",
        "logger": "api.envelope",
        "message": f"GET /v1/tracks/{{track_id}} 200 in {ms} ms",
        "request_id": "abc",
        "method": "GET",
        "route": "/v1/tracks/{track_id}",
        "status": 200,
    }


def test_what_is_logged_while_a_request_is_worked_on_bears_its_id(talkative: TestClient, log: Log) -> None:
    for request_id in ("first", "second"):
        talkative.post("/v1/playlists", json={"prompt": "slow"}, headers={"X-Request-Id": request_id})
    logging.getLogger("api").info("nobody asks")
    said = [(line["message"].split()[0], line.get("request_id")) for line in log.lines]
    assert said == [
        ("working", "first"),
        ("POST", "first"),
        ("working", "second"),
        ("POST", "second"),
        ("nobody", None),
    ]


def test_an_answer_under_another_id_is_found_by_both(client: TestClient, log: Log) -> None:
    answers = [client.post("/v1/playlists", json={"prompt": "a"}, headers={"X-Request-Id": "same"}) for _ in range(2)]
    other = answers[1].headers["X-Request-Id"]
    assert other != "same"
    assert [line["request_id"] for line in log.lines if other in line["message"]] == ["same"]


def test_an_error_keeps_its_traceback_and_tells_nothing_of_what_was_asked(talkative: TestClient, log: Log) -> None:
    response = talkative.post("/v1/playlists", json={"prompt": "break hush"}, headers={"X-Request-Id": "abc"})
    assert response.status_code == 500
    (error,) = [line for line in log.lines if "traceback" in line]
    assert (error["level"], error["request_id"]) == ("ERROR", "abc")
    assert error["traceback"].count("Traceback (most recent call last)") == 2
    assert error["traceback"].index("KeyError") < error["traceback"].rindex("ValueError")
    assert "test_logs.py" in error["traceback"]
    assert "in recommend" in error["traceback"]
    assert "hush" not in log.text
    assert [line["status"] for line in log.requests()] == [500]


@pytest.mark.parametrize("log", [True], indirect=True)
def test_where_prompts_may_be_logged_an_error_says_what_it_says(talkative: TestClient, log: Log) -> None:
    talkative.post("/v1/playlists", json={"prompt": "break hush"})
    assert "cannot do break hush" in log.text


def test_errors_that_lead_to_each_other_are_told_once(log: Log, client: TestClient) -> None:
    first, second = ValueError("hush"), TypeError("hush")
    first.__cause__, second.__cause__ = second, first
    services = client.app.state.services  # type: ignore[attr-defined]

    def broken(*_: object, **__: object) -> None:
        raise first

    services.opened.recommend = broken
    assert client.post("/v1/playlists", json={"prompt": "slow"}).status_code == 500
    (error,) = [line["traceback"] for line in log.lines if "traceback" in line]
    assert (error.count("ValueError"), error.count("TypeError"), "hush" in error) == (1, 1, False)


def test_an_error_of_no_request_says_what_is_wrong(log: Log) -> None:
    try:
        raise OSError(28, "No space left on device")
    except OSError:
        logging.getLogger("api").exception("The log could not be sealed")
    assert "No space left on device" in log.lines[0]["traceback"]


@pytest.mark.parametrize("log_prompts", [False, True])
def test_prompts_are_logged_only_where_that_is_set(
    settings: Settings, recommender: FakeRecommender, log: Log, log_prompts: bool
) -> None:
    prompt = 'hush\n{"level": "ERROR"}'
    app = create_app(replace(settings, log_prompts=log_prompts), lambda _: recommender)
    with TestClient(app) as client:
        client.post("/v1/playlists", json={"prompt": prompt, "user_id": "somebody"})
    assert [line["prompt"] for line in log.lines if "prompt" in line] == [prompt] * log_prompts
    assert ("hush" in log.text) is log_prompts
    assert "somebody" not in log.text


def test_the_setting_is_read_and_off_unless_it_is_set() -> None:
    assert not Settings.from_env({}).log_prompts
    assert Settings.from_env({"CONSONANCE_LOG_PROMPTS": "true"}).log_prompts


def test_nothing_that_somebody_sent_is_in_the_log(client: TestClient, log: Log) -> None:
    send_secrets(client)
    assert len(log.requests()) == 13
    assert [secret for secret in SECRETS if secret in log.text] == []


@pytest.mark.slow
def test_all_that_a_server_says_is_an_object_a_line_and_each_request_is_told_once(
    demo_home: Path, tmp_path: Path
) -> None:
    with serving(copy_of(demo_home, tmp_path / "home"), workers=1) as server:
        with server.client() as client:
            send_secrets(client)
            client.get("/v1/tracks/nobody", headers={"X-Request-Id": "only-this"})
        httpx2.get(f"{server.url}/readyz")
        text = server.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"timestamp", "level", "logger", "message"} <= set(line) for line in lines)
    (told,) = [line for line in lines if line.get("request_id") == "only-this"]
    assert (told["route"], told["status"]) == ("/v1/tracks/{track_id}", 404)
    assert len([line for line in lines if line.get("route", "/readyz") != "/readyz"]) == 14
    assert any("Uvicorn running" in line["message"] for line in lines)
    assert [secret for secret in SECRETS if secret in text] == []


def test_a_terminal_gets_plain_lines() -> None:
    script = (
        "import logging; from api.logs import configure_logs; configure_logs(prompts=False); "
        "logging.getLogger('api.x').info('hello'); logging.getLogger('uvicorn.error').info('running'); "
        "logging.getLogger('uvicorn.access').info('GET /v1/tracks/hush'); "
        "assert not logging.getLogger('uvicorn.access').hasHandlers()"
    )
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", script], stderr=theirs, check=True, env=environment())
    os.close(theirs)
    said = os.read(ours, 10_000).decode().splitlines()
    os.close(ours)
    assert [line.split(" ", 2)[2] for line in said] == ["INFO api.x [-] hello", "INFO uvicorn.error [-] running"]
