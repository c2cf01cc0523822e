"""Hostile requests against a real server over a real catalog: it tells what is wrong, answers the next one, and never 5xx."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Server, copy_of, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(copy_of(demo_home, tmp_path_factory.mktemp("hostile") / "home"), workers=1) as server:
        yield server


REFUSED = {
    "NaN": (b'{"prompt": "slow", "minutes": NaN}', "minutes"),
    "Infinity": (b'{"prompt": "slow", "minutes": -Infinity}', "minutes"),
    "huge number": (b'{"prompt": "slow", "length": 1e999}', "length"),
    "huge seed": (b'{"prompt": "slow", "seed": 99999999999999999999999999}', "seed"),
    "lone surrogate": (b'{"prompt": "slow \\ud800"}', "prompt"),
    "surrogate in a list": (b'{"prompt": "slow", "liked_tracks": ["\\udfff"]}', "liked_tracks"),
    "wrong type": (b'{"prompt": ["slow"], "length": "20"}', "prompt"),
    "no prompt": (b"{}", "prompt"),
    "10,000 characters": (json.dumps({"prompt": "a" * 10_000}).encode(), "prompt"),
    "100,000 characters": (json.dumps({"prompt": "a" * 100_000}).encode(), None),
    "characters that grow": (json.dumps({"prompt": "\ufdfa" * 2_000}).encode(), "prompt"),
    "only zero-width": (json.dumps({"prompt": "\u200b\u200d\ufeff"}).encode(), "prompt"),
    "unknown territory": (b'{"prompt": "slow", "territory": "QQ"}', "territory"),
    "unknown policy": (b'{"prompt": "slow", "policy": "lenient"}', "policy"),
    "unknown field": (b'{"prompt": "slow", "permitted": ["everything"]}', "permitted"),
    "no object": (b'["slow"]', None),
    "not JSON": (b'{"prompt": ', None),
    "not UTF-8": (b'{"prompt": "\xff\xfe"}', None),
    "deep nesting": (b"[" * 50_000, None),
    "deep nesting inside": (b'{"prompt": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", None),
}


@pytest.mark.parametrize(("body", "field"), REFUSED.values(), ids=REFUSED)
def test_a_hostile_body_is_told_with_its_field(server: Server, body: bytes, field: str | None) -> None:
    status, headers, answer = server.send("/v1/playlists", body)
    assert 400 <= status < 500, answer
    assert headers["content-type"] == "application/problem+json"
    problem = json.loads(answer)
    assert problem["status"] == status
    assert problem["type"].startswith("/problems/")
    assert len(answer) < 4_000
    if field is not None:
        assert status == 422
        assert {error["field"].partition(".")[0] for error in problem["errors"]} >= {field}


HARMLESS = {
    "bidirectional": "slow \u202eniar\u202c \u2066jazz\u2069",
    "zero width": "s\u200bl\u200co\u200dw\ufeff rain",
    "SQL": "'; DROP TABLE tracks; --",
    "full-text syntax": 'title:* AND (a OR NOT b~2^3 [1 TO 2]) "unclosed',
    "HTML": "<script>alert(1)</script>",
    "shell": "$(reboot) `id` | cat /etc/passwd",
    "template": "{{7*7}} ${7*7} %s %n {0.__class__}",
    "controls": "slow\x00\r\nX-Injected: yes\x1b[31m",
    "numbers": "9" * 400 + " minutes from 99999 to 0 at 1e999 bpm",
    "another script": "موسيقى هادئة 雨の日のジャズ",
    "emoji alone": "\U0001f3b7",
}


@pytest.mark.parametrize("prompt", HARMLESS.values(), ids=HARMLESS)
def test_odd_words_are_a_prompt_or_are_told(server: Server, prompt: str) -> None:
    status, headers, answer = server.send("/v1/playlists", json.dumps({"prompt": prompt, "length": 3}).encode())
    assert status in (200, 422), answer
    assert "X-Injected" not in headers
    if status == 200:
        assert all(track["consent"]["basis"] for track in json.loads(answer)["tracks"])
    else:
        assert [error["field"] for error in json.loads(answer)["errors"]] == ["prompt"]


def test_after_all_that_the_catalog_is_whole_and_the_server_answers(server: Server) -> None:
    status, _, answer = server.send("/v1/playlists", b'{"prompt": "rainy sunday jazz"}')
    assert status == 200
    assert len(json.loads(answer)["tracks"]) == 20
    assert "Traceback" not in server.log.read_text()
