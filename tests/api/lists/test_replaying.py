"""Answers made again from the log: byte for byte, or what differs, or which version is gone."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.exposures.log import new_id
from api.lists.making import Desk, make
from api.lists.replaying import Replayer
from api.schemas.playlists import ReplayResponse
from api.settings import Settings
from catalog.consent import parse_record
from recommender.blending import RankerSettings
from recommender.bundles import open_bundle
from recommender.playlist_recommender import PlaylistRecommender
from recommender.replaying import GoneError
from recommender.requests import PlaylistRequest
from recommender.variants import Experiment, Variant
from tests.api.keys.test_callers import key
from tests.homes import SMALL_CATALOG, copied_home, reweighed
from tests.replays import live

pytestmark = pytest.mark.slow

JAZZ = PlaylistRequest("calm jazz", length=3)
PROMPTS = (
    "calm jazz",
    "loud house, no vocals",
    "songs of last year",
    "folk, made by people",
    "like Moss",
    "3 calm songs",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return copied_home(tmp_path / "home")


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with Desk.open(home, Settings(home)) as opened:
        yield opened


def say(desk: Desk, **row: Any) -> None:
    with desk.recommender.catalog.writing("test") as writer:
        writer.append([parse_record(row)])


def replayed(desk: Desk, home: Path, request_id: str) -> ReplayResponse:
    found = Replayer(desk, home).replay(request_id)
    assert found is not None
    return found


def test_150_answers_by_three_bundles_and_20_changes_of_consent_are_the_same_byte_for_byte(
    desk: Desk, home: Path
) -> None:
    """Lists of every kind: new ones of listeners and of nobody, in batches, changed by words and in a place."""
    live(desk, home, 150, 20, PROMPTS, ["ann"])
    replayer, logged = (
        Replayer(desk, home),
        [row["request_id"] for _, row in desk.log.written_after("exposures", 0, 999)],
    )
    found = [replayer.replay(request_id) for request_id in logged]
    assert [one and (one.same, one.difference) for one in found] == [(True, None)] * len(logged)
    assert len(logged) >= 150
    assert all(one and one.compared_with == ["log", "answer"] for one in found)
    assert len({one.answer.versions.bundle for one in found if one}) == 3


def test_lists_that_were_drawn_or_drafted_are_so_again(desk: Desk, home: Path) -> None:
    exploring, far = Variant("exploring", settings=RankerSettings(explore=2.0)), RankerSettings(dense=0, popularity=9)
    teams = (Variant("a"), Variant("b", settings=far), Variant("both", interleave=("a", "b")))
    for override, variants in (("exploring", (exploring,)), ("both", teams)):
        running = replace(desk, experiments=(Experiment("e", "s", variants),))
        for number in range(4):
            answer, _ = make(running, JAZZ, f"{override}-{number}", override)
            assert answer.seed > 0
            found = replayed(desk, home, answer.request_id)
            assert (found.same, found.answer.experiment.variant) == (True, override)


def test_a_replay_is_logged_as_no_answer_and_marks_what_is_withheld_today(desk: Desk, home: Path) -> None:
    answer, _ = make(desk, JAZZ, new_id())
    gone = answer.tracks[0]
    say(desk, kind="takedown", track_id=gone.track_id)
    found = replayed(desk, home, answer.request_id)
    assert found.same
    assert [track.track_id for track in found.answer.tracks] == [track.track_id for track in answer.tracks]
    (marked,) = found.withheld_now
    assert (marked.track_id, marked.position, marked.because) == (gone.track_id, 1, "TAKEDOWN_ACTIVE")
    assert found.answer.tracks[0].location is None
    assert [row["request_id"] for _, row in desk.log.written_after("exposures", 0, 9)] == [answer.request_id]


def test_a_difference_is_named_with_what_may_have_made_it(desk: Desk, home: Path) -> None:
    answer, _ = make(desk, JAZZ, new_id())
    title = answer.tracks[1].title
    (track,) = (one for one in SMALL_CATALOG if one.title == title)
    with desk.recommender.catalog.writing("test") as writer:
        writer.put_tracks([replace(track, title="Another Name")])
    found = replayed(desk, home, answer.request_id)
    assert not found.same
    assert found.difference is not None
    told = (found.difference.where, found.difference.then, found.difference.now)
    assert told == ("tracks.1.title", title, "Another Name")
    assert "what the catalog says of them is as it stands today" in (found.because or "")


def test_an_answer_whose_list_has_left_is_compared_with_the_log_alone(desk: Desk, home: Path) -> None:
    answer, _ = make(desk, JAZZ, new_id())
    of_ann, _ = make(desk, replace(JAZZ, user_id="ann"), new_id())
    for made in (answer, of_ann):
        desk.lists.delete(made.playlist_id)
    found = replayed(desk, home, answer.request_id)
    assert (found.same, found.compared_with) == (True, ["log"])
    with pytest.raises(GoneError, match=r"^listener: the list that names who asked was deleted"):
        replayed(desk, home, of_ann.request_id)


def changed(home: Path, request_id: str, **columns: Any) -> None:
    """Change what the log says of an answer."""
    with closing(sqlite3.connect(home / "exposures" / "log.sqlite")) as journal, journal:
        (entry,) = journal.execute("SELECT entry FROM exposures WHERE request_id = ?", (request_id,)).fetchone()
        row = json.dumps({**json.loads(entry), **columns})
        journal.execute("UPDATE exposures SET entry = ? WHERE request_id = ?", (row, request_id))


def test_of_a_log_that_says_otherwise_the_first_difference_is_told(desk: Desk, home: Path) -> None:
    answer, _ = make(desk, JAZZ, new_id())
    changed(home, answer.request_id, eligible_hash="0f")
    found = replayed(desk, home, answer.request_id)
    assert not found.same
    assert found.difference is not None
    assert (found.difference.where, found.difference.then) == ("eligible_hash", "0f")
    assert (found.because or "").startswith("nothing was committed since: it was answered on another kind of processor")
    say(desk, kind="takedown", track_id="glow")
    later = replayed(desk, home, answer.request_id)
    assert "cannot be told apart from what came later" in (later.because or "")


def test_what_an_answer_rested_on_and_is_gone_is_named(desk: Desk, home: Path) -> None:
    answer, _ = make(desk, JAZZ, new_id())
    changed(home, answer.request_id, code="0.4.0")
    with pytest.raises(GoneError, match=r"^code: 0\.4\.0 answered this"):
        replayed(desk, home, answer.request_id)
    versions = {**asdict(answer.versions), "reader": "some model, form 0a1b2c3d, 0 turns"}
    changed(home, answer.request_id, code="0.5.0", versions=versions)
    with pytest.raises(GoneError, match=r"^reader: some model, form 0a1b2c3d, 0 turns read the prompt"):
        replayed(desk, home, answer.request_id)


def test_an_answer_as_of_another_moment_rests_on_what_was_known_when_it_was_asked_for(desk: Desk, home: Path) -> None:
    say(desk, kind="takedown", track_id="rain")
    answer, _ = make(desk, replace(JAZZ, at=datetime(2026, 3, 1, tzinfo=UTC)), new_id())
    assert replayed(desk, home, answer.request_id).same


def test_over_http_it_needs_a_key_for_audits_and_says_what_is_unknown_or_gone(home: Path) -> None:
    app = create_app(Settings(home, hosts=("testserver",)), PlaylistRecommender.open)
    with TestClient(app, raise_server_exceptions=False) as client:
        made = client.post("/v1/playlists", json={"prompt": "calm jazz", "length": 3}).json()
        address, auditor = f"/v1/replays/{made['request_id']}", key(home, "audit")
        assert client.post(address).status_code == 401
        assert client.post(address, headers=key(home, "listen", "consent")).status_code == 403
        assert client.post("/v1/replays/nobody", headers=auditor).status_code == 404
        found = client.post(address, headers=auditor)
        assert found.status_code == 200, found.text
        told = found.json()
        assert (told["same"], told["difference"], told["withheld_now"]) == (True, None, [])
        tracks = [{**track, "consent": {**track["consent"], "decision_id": ""}} for track in told["answer"]["tracks"]]
        assert tracks == [{**one, "consent": {**one["consent"], "decision_id": ""}} for one in made["tracks"]]
        old = open_bundle(home)
        reweighed(home, "popularity")
        (old.folder / "manifest.json").unlink()
        client.post("/v1/playlists", json={"prompt": "calm jazz"})  # from now on the new one answers
        gone = client.post(address, headers=auditor)
        assert (gone.status_code, gone.json()["type"]) == (410, "/problems/gone")
        assert gone.json()["detail"].startswith(f"bundle: {old.version} is not here any more")
