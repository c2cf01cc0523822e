"""Answers that other versions have logged, or something has damaged: read as far as they say what was shown, else told."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.settings import Settings
from catalog.consent import parse_record
from tests.fakes import FakeRecommender

Rewrite = Callable[[str], dict[str, Any]]


@pytest.fixture
def stored(client: TestClient, settings: Settings) -> tuple[str, dict[str, Any]]:
    """An answer in the log: its id and what it says."""
    answer = client.post("/v1/playlists", json={"prompt": "slow", "preferences": {"blocked_labels": ["none"]}}).json()
    return answer["playlist_id"], {k: v for k, v in answer.items() if k not in ("event_token", "edit_secret")}


def read(client: TestClient, home: Settings, playlist_id: str, text: object) -> Any:
    """Read an answer over HTTP when the log says `text` of it."""
    with closing(sqlite3.connect(home.home / "playlists.sqlite", isolation_level=None)) as lists:
        lists.execute("UPDATE versions SET answer = ? WHERE playlist_id = ?", [text, playlist_id])
    return client.get(f"/v1/playlists/{playlist_id}")


DESCRIBING = (
    *("title", "prompt", "policy", "preferences", "at", "interpretation", "not_understood", "contradictions"),
    *("withheld", "shortfall"),
    *("experiment", "experiments", "versions", "seed", "timings_ms", "logged", "version", "changes", "left"),
    *("sentence", "own_sentence", "cover"),
)
NEEDED = ("playlist_id", "request_id", "territory", "commercial_model", "tracks")


def test_the_fields_of_an_answer_are_all_told_apart(stored: tuple[str, dict[str, Any]]) -> None:
    assert {*DESCRIBING, *NEEDED} == set(stored[1])


@pytest.mark.parametrize("name", DESCRIBING)
def test_an_answer_without_a_field_that_only_describes_is_read(
    client: TestClient, settings: Settings, stored: tuple[str, dict[str, Any]], name: str
) -> None:
    playlist_id, answer = stored
    response = read(client, settings, playlist_id, json.dumps({k: v for k, v in answer.items() if k != name}))
    assert response.status_code == 200, response.text
    tracks = response.json()["tracks"]
    if name == "policy":  # then the most restrictive one counts, human_only
        assert [track["consent"]["human_evidence"] != [] for track in tracks] == [True] * len(tracks)
    else:
        assert [track["track_id"] for track in tracks] == ["t1", "t2"]
        assert all(track["consent"]["decision_id"] for track in tracks)


@pytest.mark.parametrize("name", NEEDED)
def test_an_answer_that_does_not_say_what_was_shown_and_on_which_terms_is_told(
    client: TestClient, settings: Settings, stored: tuple[str, dict[str, Any]], name: str
) -> None:
    playlist_id, answer = stored
    response = read(client, settings, playlist_id, json.dumps({k: v for k, v in answer.items() if k != name}))
    assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")
    assert "ask for it anew" in response.json()["detail"]


@pytest.mark.parametrize(
    "name", ["isrc", "title", "artist", "album", "year", "duration_s", "score", "parts", "reasons", "consent"]
)
def test_a_track_that_lacks_what_only_describes_it_is_read(
    client: TestClient, settings: Settings, stored: tuple[str, dict[str, Any]], name: str
) -> None:
    playlist_id, answer = stored
    for track in answer["tracks"]:
        del track[name]
    assert len(read(client, settings, playlist_id, json.dumps(answer)).json()["tracks"]) == 2


def test_what_a_listener_did_not_want_to_hear_is_never_passed_over(
    client: TestClient, settings: Settings, stored: tuple[str, dict[str, Any]]
) -> None:
    playlist_id, answer = stored
    for preferences in (None, {"blocked": ["Marta Quell"]}, {"hide_ai": "yes"}):
        response = read(client, settings, playlist_id, json.dumps({**answer, "preferences": preferences}))
        assert response.status_code == 404, response.text


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.integers(), max_size=2)
) | st.dictionaries(st.text(max_size=4), st.integers(), max_size=2)
NAMES = st.sampled_from((*DESCRIBING, *NEEDED))
CHANGES = st.one_of(
    st.tuples(st.just("answer"), NAMES, ODD),
    st.tuples(st.just("track"), st.sampled_from(("position", "track_id", "consent", "title", "parts", "year")), ODD),
)


@given(changes=st.lists(CHANGES, min_size=1, max_size=3))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_odd_value_in_an_old_answer_is_an_error_of_ours_or_lets_a_withheld_track_play(
    client: TestClient,
    settings: Settings,
    recommender: FakeRecommender,
    stored: tuple[str, dict[str, Any]],
    changes: list[tuple[str, str, Any]],
) -> None:
    with recommender.catalog.writing() as writer:
        writer.append([parse_record({"kind": "takedown", "track_id": "t1", "reason": "withdrawn"})])
    playlist_id, answer = stored
    changed = json.loads(json.dumps(answer))
    for where, name, value in changes:
        if where == "answer":
            changed[name] = value
        elif isinstance(changed["tracks"], list) and all(isinstance(track, dict) for track in changed["tracks"]):
            for track in changed["tracks"]:
                track[name] = value
    response = read(client, settings, playlist_id, json.dumps(changed))
    assert response.status_code in (200, 404), response.text
    assert response.status_code == 404 or "t1" not in {track["track_id"] for track in response.json()["tracks"]}


@given(content=st.binary(max_size=200), place=st.integers(0, 10_000), inside=st.booleans())
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_in_an_old_answer_are_an_error_of_ours(
    client: TestClient,
    settings: Settings,
    stored: tuple[str, dict[str, Any]],
    content: bytes,
    place: int,
    inside: bool,
) -> None:
    playlist_id, answer = stored
    text = json.dumps(answer).encode()
    found = text[:place] + content + text[place + len(content) :] if inside else content
    response = read(client, settings, playlist_id, found)
    assert response.status_code in (200, 404, 503), response.text


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "[" * 100_000, '{"tracks": [1]}', '"\\ud800"', "NaN"])
def test_what_is_no_answer_at_all_is_told(
    client: TestClient, settings: Settings, stored: tuple[str, dict[str, Any]], text: str
) -> None:
    assert read(client, settings, stored[0], text).status_code == 404
