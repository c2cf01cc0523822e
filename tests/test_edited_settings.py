"""An operator edits `consent.toml` and experiments beside a running server."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog import settings
from catalog.tracks import Track, TrackId
from tests.homes import licensed, recommending

TRACKS = [Track(TrackId(f"t{number}"), f"Rain {number}", f"Artist {number}") for number in range(3)]
FLAG = {"kind": "flag", "track_id": "t1", "flag": "spam", "state": "confirmed", "source": "detector:new"}
WITHHOLDING = '[sources]\n"detector:new" = "withhold"\n'


@dataclass
class Server:
    """A running server and the home that it serves."""

    client: TestClient
    home: Path

    def edit(self, name: str, text: str) -> None:
        """Write a file of the operator's, and let it be until it counts."""
        (self.home / name).write_text(text, encoding="utf-8")
        time.sleep(settings.SETTLED_S)

    def answer(self) -> Any:
        """Ask for a list."""
        return self.client.post("/v1/playlists", json={"prompt": "rain", "length": 3}).json()

    def played(self) -> set[str]:
        """Ask for a list and return its tracks."""
        return {track["track_id"] for track in self.answer()["tracks"]}

    def refused(self) -> dict[str, str]:
        """What the server says that it does not use."""
        ready = self.client.get("/readyz")
        assert ready.status_code == 200
        return {name: said for name, said in ready.json().items() if name.startswith("refused")}


@pytest.fixture(autouse=True)
def _settles_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SETTLED_S", 0.2)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with (
        recommending(tmp_path, TRACKS, [*licensed(TRACKS), FLAG]) as made,
        TestClient(create_app(Settings(home=tmp_path, hosts=("testserver",)), lambda _: made)) as client,
    ):
        yield Server(client, tmp_path)


def test_a_changed_policy_holds_for_every_list_from_then_on_and_a_damaged_one_loosens_nothing(server: Server) -> None:
    before = server.answer()
    assert {track["track_id"] for track in before["tracks"]} == {"t0", "t1", "t2"}
    server.edit("consent.toml", WITHHOLDING)
    assert server.played() == {"t0", "t2"}
    again = server.client.get(f"/v1/playlists/{before['playlist_id']}").json()
    assert {track["track_id"] for track in again["tracks"]} == {"t0", "t2"}
    for damaged in ('[sources]\n"detector:new" = "with', ""):
        server.edit("consent.toml", damaged)
        assert server.played() == {"t0", "t2"}
        assert list(server.refused()) == ["refused_consent"]
        assert "consent.toml" in server.refused()["refused_consent"]
    (server.home / "consent.toml").unlink()
    assert server.played() == {"t0", "t2"}
    server.edit("consent.toml", WITHHOLDING.replace("withhold", "observe"))
    assert server.played() == {"t0", "t1", "t2"}
    assert server.refused() == {}


def test_a_changed_experiment_assigns_anew_and_a_wrong_one_leaves_the_last_running(server: Server) -> None:
    assert server.answer()["experiment"]["variant"] == "default"
    server.edit("experiment.toml", 'name = "x"\nsalt = "s"\n\n[variants.only]\n')
    assert server.answer()["experiment"]["variant"] == "only"
    server.edit("experiment.toml", 'name = "x"\nsalt = "s"\n')
    assert server.answer()["experiment"]["variant"] == "only"
    assert list(server.refused()) == ["refused_experiment"]
    server.edit("experiment.toml", 'name = "x"\nsalt = "s"\n\n[variants.other]\n')
    assert server.answer()["experiment"]["variant"] == "other"
    assert server.refused() == {}


def test_experiments_move_into_a_folder_beside_a_server_and_one_wrong_file_leaves_all_in_force(server: Server) -> None:
    server.edit("experiment.toml", 'name = "x"\nsalt = "s"\n\n[variants.only]\n')
    assert server.answer()["experiment"]["variant"] == "only"
    (server.home / "experiments").mkdir()
    server.edit("experiments/x.toml", 'name = "x"\nversion = 1\n[variants.first]\n')
    assert server.answer()["experiment"]["variant"] == "first"
    server.edit("experiments/y.toml", 'name = "y"\nversion = 1\n')
    assert server.answer()["experiment"]["variant"] == "first"
    assert "y.toml: variants" in server.refused()["refused_experiment"]
    (server.home / "experiments" / "y.toml").unlink()
    assert server.refused() == {}
    server.edit("experiments/x.toml", 'name = "x"\nversion = 2\n[variants.other]\n')
    assert "units would move" in server.refused()["refused_experiment"]
    assert server.answer()["experiment"]["variant"] == "first"


@pytest.mark.parametrize("kind", ["pipe", "link"])
@pytest.mark.parametrize("place", ["of the file", "beside it"])
def test_a_pipe_or_a_link_to_nothing_among_the_experiments_stops_no_answer_and_is_named(
    server: Server, kind: str, place: str
) -> None:
    (server.home / "experiments").mkdir()
    server.edit("experiments/x.toml", 'name = "x"\nversion = 1\n[variants.first]\n')
    assert server.answer()["experiment"]["variant"] == "first"
    path = server.home / "experiments" / ("x.toml" if place == "of the file" else "y.toml")
    path.unlink(missing_ok=True)
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("gone")
    time.sleep(settings.SETTLED_S)
    assert server.answer()["experiment"]["variant"] == "first"
    assert f"{path.name}: cannot be read as TOML: is no file" in server.refused()["refused_experiment"]
    path.unlink()
    server.edit("experiments/x.toml", 'name = "x"\nversion = 1\n[variants.first]\n')
    assert server.refused() == {}


@pytest.mark.parametrize("left", [None, "", "# what it said is still to be written\n"])
def test_a_worker_that_is_replaced_does_not_come_back_under_looser_policies(tmp_path: Path, left: str | None) -> None:
    path = tmp_path / "consent.toml"
    if left is not None:
        path.write_text(left)
    with (
        recommending(tmp_path, TRACKS, [*licensed(TRACKS), FLAG]) as made,
        TestClient(
            create_app(Settings(home=tmp_path, consent_file=True, hosts=("testserver",)), lambda _: made)
        ) as client,
    ):
        for asked in (client.get("/readyz"), client.post("/v1/playlists", json={"prompt": "rain"})):
            assert asked.status_code == 503
            assert "put it back, or start the server anew without it" in asked.json()["detail"]
        path.write_text(WITHHOLDING)
        assert client.get("/readyz").status_code == 200
