"""Many ask for lists at once: two are worked on, the others wait, and nothing else waits behind them."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from recommender.blending import RankerSettings, Teams
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest
from tests.api.conftest import TOKEN, recommending_in_order
from tests.fakes import FakeRecommender


@dataclass
class Work:
    """What is worked on: who begins waits until `go` is set."""

    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    at_work: int = 0
    most: int = 0


class Slow(FakeRecommender):
    work: Work | None = None

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | Teams | None = None) -> Playlist:
        if (work := self.work) is not None:
            work.at_work += 1
            work.most = max(work.most, work.at_work)
            work.begun.release()
            assert work.go.wait(30)
            work.at_work -= 1
        return super().recommend(request, settings)


@dataclass
class Scene:
    """A server of which lists were asked that are not answered yet; `work` holds two of them."""

    client: TestClient
    work: Work
    asked: list["Future[Any]"]

    def statuses(self) -> list[int]:
        """Let all be answered, and return how."""
        self.work.go.set()
        return [answer.result().status_code for answer in self.asked]


def ask(client: TestClient) -> Any:
    return client.post("/v1/playlists", json={"prompt": "slow"})


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Seven lists are asked for where six may be: two are at work, four wait, and one is refused at once."""
    settings = Settings(home=tmp_path, admin_token=TOKEN, max_in_flight=6, hosts=("testserver",))
    with recommending_in_order(tmp_path) as made, ThreadPoolExecutor(7) as listeners:
        slow = Slow(made.catalog)
        with TestClient(create_app(settings, lambda _: slow)) as client:
            slow.work = Work()
            try:
                asked = [listeners.submit(ask, client) for _ in range(7)]
                assert all(slow.work.begun.acquire(timeout=30) for _ in range(2))
                (refused,), others = wait(asked, timeout=30, return_when=FIRST_COMPLETED)
                assert refused.result().status_code == 503
                assert refused.result().headers["Retry-After"] == "1"
                yield Scene(client, slow.work, list(others))
            finally:
                slow.work.go.set()


def test_two_lists_are_worked_on_at_once_and_those_that_wait_are_answered_too(scene: Scene) -> None:
    assert scene.work.most == 2
    assert scene.statuses() == [200] * 6
    assert scene.work.most == 2
    assert ask(scene.client).status_code == 200


def test_changes_of_consent_and_readiness_never_wait_behind_lists(scene: Scene) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    down = scene.client.post("/v1/consent/takedowns", json={"track_ids": ["t1"], "reason": "court"}, headers=headers)
    assert down.status_code == 201
    assert [scene.client.get(path).status_code for path in ("/readyz", "/healthz", "/", "/about")] == [200] * 4
    assert not any(answer.done() for answer in scene.asked)
    assert scene.statuses() == [200] * 6
    assert all("t1" not in str(answer.result().json()["tracks"]) for answer in scene.asked)


_THREADS = """
import sys
from pathlib import Path
from starlette.testclient import TestClient
from threadpoolctl import threadpool_info
from api.app import create_app
from api.settings import Settings

def threads():
    return {pool["num_threads"] for pool in threadpool_info() if "numpy" in pool["filepath"]}

before = threads()
with TestClient(create_app(Settings(home=Path(sys.argv[1])))):
    assert threads() == {1}, threads()
assert threads() == before
"""


def test_numpy_brings_no_threads_of_its_own_while_a_server_runs(tmp_path: Path) -> None:
    """In a process of its own: in this one other tests' servers come and go."""
    done = subprocess.run([sys.executable, "-c", _THREADS, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
