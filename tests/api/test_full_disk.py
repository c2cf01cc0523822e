"""A full disk, a real one of a few megabytes: answers stop, what restricts goes on, and everybody is told what to do."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.lists.store import ListStore
from api.reserve import SIZE, Reserve
from api.settings import Settings
from tests.api.conftest import TOKEN, recommending_in_order
from tests.fakes import FakeRecommender
from tests.processes import run

AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True)
    tried = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"a small disk cannot be mounted here ({tried.stderr.strip()}); run the tests as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk") as folder:
        yield folder


def fill(disk: Path) -> None:
    """Leave no byte."""
    with (disk / "others").open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    assert shutil.disk_usage(disk).free == 0


@pytest.fixture
def recommender(disk: Path) -> Iterator[FakeRecommender]:
    with recommending_in_order(disk) as made:
        yield made


@pytest.fixture
def client(disk: Path, recommender: FakeRecommender) -> Iterator[TestClient]:
    settings = Settings(home=disk, admin_token=TOKEN, hosts=("testserver",), seal_seconds=86_400)
    with TestClient(create_app(settings, lambda _: recommender), raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient) -> Any:
    return client.post("/v1/playlists", json={"prompt": "slow"})


def take_down(client: TestClient, reason: str) -> int:
    body = {"track_ids": ["t1"], "reason": reason}
    return client.post("/v1/consent/takedowns", json=body, headers=AUTHORISED).status_code


def test_take_downs_go_on_where_answers_stop_and_answers_go_on_when_there_is_room_again(
    client: TestClient, disk: Path
) -> None:
    sent = ask(client)
    assert sent.status_code == client.get("/readyz").status_code == 200
    fill(disk)
    for told in (ask(client), client.get("/readyz")):
        assert (told.status_code, told.json()["type"]) == (503, "/problems/log-unavailable")
    assert [take_down(client, f"dispute {number}") for number in range(40)] == [201] * 40
    opted_out = {"kind": "grant", "track_id": "t2", "use": "recommendation", "state": "not_allowed"}
    records = client.post("/v1/consent/records", json={"records": [opted_out]}, headers=AUTHORISED)
    assert records.status_code == 201
    for told in (ask(client), client.get("/readyz")):
        assert (told.status_code, told.json()["type"]) == (503, "/problems/log-unavailable")
        assert "log.sqlite" in told.json()["detail"]
        assert "free some space" in told.json()["detail"]
        assert told.headers["Retry-After"]
    again = client.get(f"/v1/playlists/{sent.json()['playlist_id']}")
    assert (again.status_code, again.json()["tracks"]) == (200, [])
    (disk / "others").unlink()
    assert ask(client).status_code == client.get("/readyz").status_code == 200
    assert Reserve(disk).path.stat().st_size == SIZE


def test_take_downs_find_room_even_where_somebody_fills_it_again(client: TestClient, disk: Path) -> None:
    for again in range(4):
        fill(disk)
        assert take_down(client, f"dispute {again}") == 201


def test_what_allows_waits_for_room_as_listeners_do(
    client: TestClient, disk: Path, recommender: FakeRecommender
) -> None:
    fill(disk)
    deals = [{"kind": "deal", "track_id": f"new-{n}", "licensor": "x" * 400} for n in range(1_000)]
    response = client.post("/v1/consent/records", json={"records": deals}, headers=AUTHORISED)
    assert (response.status_code, response.json()["type"]) == (503, "/problems/catalog-unavailable")
    assert "free some space" in response.json()["detail"]
    assert Reserve(disk).path.stat().st_size == SIZE


def test_an_error_that_is_not_the_disks_gives_nothing_up(tmp_path: Path) -> None:
    reserve, tried = Reserve(tmp_path), []

    def locked() -> None:
        tried.append(1)
        raise RuntimeError("locked")

    assert reserve.hold()
    with pytest.raises(RuntimeError, match="locked"):
        reserve.spend_on(locked)
    assert tried == [1]
    assert reserve.path.exists()


@pytest.mark.parametrize("what", ["exposures", "playlists.sqlite"])
def test_a_disk_of_its_own_that_is_full_is_told_by_answers_readiness_and_doctor(tmp_path: Path, what: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    own = home / "exposures" if what == "exposures" else tmp_path / "own"
    with mounted(own), recommending_in_order(home) as recommender:
        if own.parent == tmp_path:
            ListStore.open(home).close()
            shutil.move(home / what, own)
            (home / what).symlink_to(own / what)
        settings = Settings(home=home, admin_token=TOKEN, hosts=("testserver",), seal_seconds=86_400)
        with TestClient(create_app(settings, lambda _: recommender), raise_server_exceptions=False) as client:
            assert ask(client).status_code == client.get("/readyz").status_code == 200
            fill(own)
            for told in (ask(client), client.get("/readyz")):
                assert (told.status_code, told.json()["type"]) == (503, "/problems/log-unavailable")
            assert f"the disk of …/{what} is full" in told.json()["detail"]
            assert take_down(client, "dispute") == 201
            status, out, err = run("doctor", "--home", home)
            assert (status, err.splitlines()[-1]) == (1, "consonance: broken: log; the remedies stand above")
            doctor = "".join(out.split())  # a long path is broken anywhere
            assert f"0.0GiBfreein{home / what}" in doctor
            assert f"freesomespaceonthediskof{home / what}" in doctor
            (own / "others").unlink()
            assert ask(client).status_code == client.get("/readyz").status_code == 200


def test_a_command_takes_down_on_a_full_disk_and_doctor_says_what_to_do(disk: Path) -> None:
    with recommending_in_order(disk):
        assert Reserve(disk).hold()
    fill(disk)
    status, _, err = run("consent", "takedown", "t1", "--reason", "dispute", "--home", disk)
    assert status == 0, err
    status, out, err = run("doctor", "--home", disk)
    assert status == 1
    assert "log" in err
    assert "free some space" in out
