"""What `/metrics` tells: counts that are right, of all workers together, and nothing that somebody sent."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.terminal.commands import serve
from recommender.blending import RankerSettings, Teams
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest
from tests.api.conftest import TOKEN, recommending_in_order
from tests.api.test_threads import Slow, Work, ask
from tests.fakes import FakeRecommender
from tests.processes import Server, copy_of, serving

ADMINISTRATOR = {"Authorization": f"Bearer {TOKEN}"}


class Scraped:
    """What was told, by name and labels; a series that is not told is None."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))
        samples = [sample for family in self.families for sample in family.samples]
        self._values = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
        assert len(self._values) == len(samples), "a series is told twice"

    def __call__(self, name: str, **labels: str) -> float | None:
        return self._values.get((f"consonance_{name}", frozenset(labels.items())))

    def labels(self, name: str) -> list[dict[str, str]]:
        return [dict(labels) for found, labels in self._values if found == f"consonance_{name}"]


def scrape(client: TestClient | httpx2.Client) -> Scraped:
    response = client.get("/metrics", headers=ADMINISTRATOR)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scraped(response.text)


def test_every_family_is_ours_and_says_what_it_is(client: TestClient) -> None:
    ask(client)
    families = scrape(client).families
    assert len(families) >= 11
    assert [family.name for family in families if not family.name.startswith("consonance_")] == []
    assert [family.name for family in families if len(family.documentation) < 30 or family.type == "unknown"] == []


def test_only_the_administrator_reads_metrics(client: TestClient, settings: Settings) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer guess"}).status_code == 401
    with TestClient(create_app(Settings(home=settings.home, hosts=("testserver",)))) as open_to_nobody:
        assert open_to_nobody.get("/metrics", headers=ADMINISTRATOR).status_code == 401


def test_the_description_names_its_media_type(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]["/metrics"]["get"]["responses"]
    assert set(described) == {"200", "401", "403", "406", "422", "429"}
    assert list(described["200"]["content"]) == ["text/plain"]


def test_requests_are_counted_by_template_method_and_class_of_status(client: TestClient) -> None:
    for track_id in ("t1", "t2", "unknown-1", "unknown-2", "unknown-3"):
        client.get(f"/v1/tracks/{track_id}")
    client.head("/v1/tracks/t1")
    client.delete("/v1/playlists")
    told, route = scrape(client), "/v1/tracks/{track_id}"
    assert told("requests_total", route=route, method="GET", status="2xx") == 2
    assert told("requests_total", route=route, method="GET", status="4xx") == 3
    assert told("requests_total", route=route, method="HEAD", status="2xx") == 1
    assert told("requests_total", route="/v1/playlists", method="DELETE", status="4xx") == 1
    assert told("request_seconds_count", route=route) == 6
    assert 0 < (told("request_seconds_sum", route=route) or 0) < 60


def test_an_error_that_nobody_foresaw_is_counted_as_one(client: TestClient, recommender: Any) -> None:
    def broken(*_: object) -> None:
        raise KeyError("hush")

    recommender.recommend = broken
    assert ask(client).status_code == 500
    assert scrape(client)("requests_total", route="/v1/playlists", method="POST", status="5xx") == 1


def test_no_address_and_no_method_that_somebody_makes_up_is_a_series_of_its_own(client: TestClient) -> None:
    before = {str(labels) for labels in scrape(client).labels("requests_total")}
    for number in range(30):
        client.request(f"BREW{number}", f"/coffee/{number}")
        client.get(f"/v1/playlists/no-{number}")
    after = scrape(client).labels("requests_total")
    assert sorted(f"{one['method']} {one['route']}" for one in after if str(one) not in before) == [
        "GET /metrics",
        "GET /v1/playlists/{playlist_id}",
        "other none",
    ]


def test_a_new_list_tells_its_steps_what_was_withheld_and_what_it_lacks(client: TestClient) -> None:
    client.post("/v1/playlists", json={"prompt": "slow", "length": 5})
    client.post("/v1/playlists", json={"prompt": "slow", "length": 2})
    client.post("/v1/playlists", json={"prompt": "slow", "minutes": 45, "withheld": False})
    told = scrape(client)
    assert told("playlists_total", fill="full") == 1
    assert told("playlists_total", fill="short") == 2
    assert told("missing_tracks_total") == 3
    assert told("missing_minutes_total") == 18, "the stand-in counts them as tracks"
    assert told("withheld_tracks_total", reason="NO_DEAL") == 2, "of the lists that told it"
    assert told("playlist_step_seconds_count", step="rank") == 3
    assert told("playlist_step_seconds_sum", step="rank") == pytest.approx(3 * 0.25 / 1000)


class Timed(FakeRecommender):
    """Hears minutes in every prompt."""

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | Teams | None = None) -> Playlist:
        answer = super().recommend(request, settings)
        return replace(answer, shortfall=answer.shortfall and replace(answer.shortfall, unit="minutes"))


def test_minutes_that_a_prompt_asked_for_are_missing_as_minutes(
    settings: Settings, recommender: FakeRecommender
) -> None:
    with TestClient(create_app(settings, lambda _: Timed(recommender.catalog))) as client:
        ask(client)
        told = scrape(client)
    assert (told("missing_minutes_total"), told("missing_tracks_total")) == (18, 0)


def test_the_epoch_of_consent_shows_a_change_until_a_list_rests_on_it(client: TestClient) -> None:
    ask(client)
    first = scrape(client)
    assert first("consent_epoch", seen_by="answer") == first("consent_epoch", seen_by="catalog") == 1
    client.post("/v1/consent/takedowns", json={"track_ids": ["t1"], "reason": "court"}, headers=ADMINISTRATOR)
    changed = scrape(client)
    assert (changed("consent_epoch", seen_by="answer"), changed("consent_epoch", seen_by="catalog")) == (1, 2)
    ask(client)
    assert scrape(client)("consent_epoch", seen_by="answer") == 2


def test_the_age_of_the_bundle_is_that_of_the_one_in_use(
    client: TestClient, settings: Settings, recommender: Any
) -> None:
    assert scrape(client).labels("bundle_age_seconds") == [], "there is no such bundle"
    for version, hours in (("bundle-1", 2), ("bundle-2", 1)):
        manifest = settings.home / "bundles" / version / "manifest.json"
        manifest.parent.mkdir(parents=True)
        manifest.write_text("{}")
        os.utime(manifest, (0, time.time() - 3600 * hours))
    assert scrape(client)("bundle_age_seconds", version="bundle-1") == pytest.approx(7200, abs=60)
    recommender.bundle_version = "bundle-2"
    assert scrape(client).labels("bundle_age_seconds") == [{"version": "bundle-2"}]


def test_rows_are_unsealed_until_they_are_sealed(client: Any) -> None:
    for _ in range(3):
        ask(client)
    assert scrape(client)("log_unsealed_rows") == 3
    client.app.state.services.log().seal()
    assert scrape(client)("log_unsealed_rows") == 0


def test_a_server_without_anything_built_tells_what_it_counts(settings: Settings) -> None:
    def unbuilt(home: Path) -> FakeRecommender:
        raise RuntimeError("run `consonance build`")

    with TestClient(create_app(settings, unbuilt)) as client:
        assert ask(client).status_code == 503
        told = scrape(client)
        assert told("requests_total", route="/v1/playlists", method="POST", status="5xx") == 1
        assert told("sheds_total", lane="lists") == 0, "it has nothing to do"


def test_two_applications_in_one_process_count_apart(settings: Settings, recommender: FakeRecommender) -> None:
    with TestClient(create_app(settings, lambda _: recommender)) as first:
        ask(first)
        second = TestClient(create_app(settings, lambda _: recommender))
        assert scrape(first)("playlists_total", fill="short") == 1
        assert scrape(second)("playlists_total", fill="short") is None


def test_who_is_turned_away_is_counted_and_who_waits_is_shown(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, admin_token=TOKEN, max_in_flight=3, hosts=("testserver",))
    with recommending_in_order(tmp_path) as made, ThreadPoolExecutor(3) as listeners:
        slow = Slow(made.catalog)
        with TestClient(create_app(settings, lambda _: slow)) as client:
            slow.work = Work()
            try:
                asked = [listeners.submit(ask, client) for _ in range(3)]
                assert all(slow.work.begun.acquire(timeout=30) for _ in range(2))
                patience = time.monotonic() + 30
                while (told := scrape(client))("queue_requests", lane="lists", state="waiting") != 1:
                    assert time.monotonic() < patience
                assert ask(client).status_code == 503
                assert told("sheds_total", lane="lists") == 0
                told = scrape(client)
                assert told("queue_requests", lane="lists", state="working") == 2
                assert {lane: told("sheds_total", lane=lane) for lane in ("lists", "consent", "others")} == {
                    "lists": 1,
                    "consent": 0,
                    "others": 0,
                }
            finally:
                slow.work.go.set()
            assert [answer.result().status_code for answer in asked] == [200] * 3
            told = scrape(client)
            assert [told("queue_requests", lane="lists", state=state) for state in ("working", "waiting")] == [0, 0]
            assert told("requests_total", route="/v1/playlists", method="POST", status="5xx") == 1


SECRETS = ("hush-prompt", "hush-user", "hush-track", "hush-playlist", "hush-header", "hush-variant", TOKEN)


def send_secrets(client: TestClient | httpx2.Client) -> None:
    """Ask in every way that puts something of the asker's into a request."""
    headers = {**ADMINISTRATOR, "User-Agent": "hush-header", "X-Consonance-Variant": "hush-variant"}
    body: dict[str, Any] = {"prompt": "hush-prompt", "user_id": "hush-user"}
    client.post("/v1/playlists", json=body, headers=headers)
    client.post("/v1/playlists", json={**body, "seed_tracks": ["hush-track"]}, headers=headers)
    client.post("/v1/playlists", json={**body, "hush-prompt": 1, "policy": "hush-prompt"}, headers=headers)
    client.post("/v1/playlists", content=b'{"prompt": "hush-prompt', headers=headers)
    for path in ("v1/tracks/hush-track", "v1/tracks/hush-track/consent", "v1/playlists/hush-playlist", "hush-prompt"):
        client.get(f"/{path}?policy=hush-prompt&at=hush-user", headers=headers)
    client.post("/v1/consent/takedowns", json={"track_ids": ["hush-track"], "reason": "hush-user"}, headers=headers)
    client.post("/v1/consent/records", json={"records": [{"kind": "hush-prompt"}]}, headers=headers)
    client.post("/v1/consent/deliveries", content=b"<hush-prompt/>", headers={**headers, "Content-Type": "text/xml"})
    event = {"event_id": "hush-user", "request_id": "hush-playlist", "kind": "play", "track_id": "hush-track"}
    client.post("/v1/events", json={"events": [event]}, headers=headers)
    client.get("/healthz", headers={**headers, "Host": "hush-header.example"})


def test_nothing_that_somebody_sent_is_in_metrics(client: TestClient) -> None:
    send_secrets(client)
    told = scrape(client)
    assert [secret for secret in SECRETS if secret in told.text] == []
    assert told("requests_total", route="/v1/events", method="POST", status="2xx") == 1


def test_folders_of_killed_servers_are_removed_and_those_of_running_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_MEMORY", tmp_path)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    left, other = tmp_path / "consonance-metrics-left", tmp_path / "somebody-elses"
    for folder in (left, other):
        folder.mkdir()
        (folder / "counter_1.db").write_bytes(b"1")
    with serve.counting_together():
        running = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        assert sorted(tmp_path.iterdir()) == sorted([running, other])
        (running / "counter_2.db").write_bytes(b"2")
        with serve.counting_together():
            mine = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
            assert list(mine.iterdir()) == []
            assert (running / "counter_2.db").read_bytes() == b"2"
    assert list(tmp_path.iterdir()) == [other]


@pytest.fixture(scope="module")
def server(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(copy_of(demo_home, tmp_path_factory.mktemp("metrics") / "home"), workers=2) as server:
        yield server


def connected_anew(server: Server) -> Scraped:
    """Scrape over a connection of its own: whichever worker gets it answers."""
    with server.client() as client:
        return scrape(client)


def workers_of(server: Server) -> list[int]:
    """Return the process ids of those that count (Linux)."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if folder_of(int(pid)) is not None]


def folder_of(worker: int) -> Path | None:
    """Return the folder in which a worker counts, None where it has none or has ended."""
    try:
        environ = Path(f"/proc/{worker}/environ").read_text()
    except OSError:
        return None
    for entry in environ.split("\0"):
        name, _, value = entry.partition("=")
        if name == "PROMETHEUS_MULTIPROC_DIR" and (Path(value) / f"counter_{worker}.db").exists():
            return Path(value)
    return None


@pytest.mark.slow
def test_two_workers_are_told_as_one_whichever_is_asked(server: Server) -> None:
    before = connected_anew(server)("requests_total", route="/healthz", method="GET", status="2xx") or 0
    for _ in range(40):
        httpx2.get(f"{server.url}/healthz").raise_for_status()
    told = [connected_anew(server) for _ in range(8)]
    assert [one("requests_total", route="/healthz", method="GET", status="2xx") for one in told] == [before + 40] * 8
    counts = [one("requests_total", route="/metrics", method="GET", status="2xx") or 0 for one in told]
    assert counts == [counts[0] + place for place in range(8)], "each scrape knows those before it"
    with server.client() as client:
        client.post("/v1/playlists", json={"prompt": "rainy sunday jazz", "length": 3}).raise_for_status()
    told = [connected_anew(server) for _ in range(4)]
    assert {one("playlists_total", fill="full") for one in told} == {1}
    assert {one("consent_epoch", seen_by="answer") for one in told} == {told[0]("consent_epoch", seen_by="catalog")}
    (labels,) = told[0].labels("bundle_age_seconds")
    assert 0 < (told[0]("bundle_age_seconds", **labels) or 0) < 86_400
    assert {"parse", "consent", "encode", "search", "explain"} <= {
        one["step"] for one in told[0].labels("playlist_step_seconds_count")
    }


@pytest.mark.slow
def test_a_worker_that_died_leaves_its_counts_and_no_live_gauges(server: Server) -> None:
    httpx2.get(f"{server.url}/healthz").raise_for_status()
    before = connected_anew(server)("requests_total", route="/healthz", method="GET", status="2xx")
    killed = workers_of(server)[0]
    folder = folder_of(killed)
    assert folder is not None
    live = folder / f"gauge_livesum_{killed}.db"
    assert live.exists()
    os.kill(killed, signal.SIGKILL)
    patience = time.monotonic() + 60
    while killed in workers_of(server) or len(workers_of(server)) < 2:
        assert time.monotonic() < patience
        time.sleep(0.1)
    told = connected_anew(server)
    assert not live.exists()
    assert told("queue_requests", lane="lists", state="waiting") == 0
    assert told("requests_total", route="/healthz", method="GET", status="2xx") == before
