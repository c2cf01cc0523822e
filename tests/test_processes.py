"""Real processes, as they are run: a server under take-downs, builds and kills, and commands that are killed midway."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.consent import parse_record
from catalog.stores import CATALOG_FILE, open_store
from recommender.bundles import current_version, open_bundle
from tests.processes import Server, copy_of, environment, kill, run, serving, start

pytestmark = pytest.mark.slow

PROMPTS = ("rainy sunday jazz, no vocals", "dark techno", "songs for a long drive", "90s hip hop", "quiet folk")

EXPOSURE_COLUMNS = [
    *("request_id", "at", "unit", "variant", "reason", "experiments", "prompt", "wishes", "policy"),
    *("territory", "commercial_model"),
    *("tracks", "scores", "parts", "propensities", "slate_propensity", "eligible_count", "eligible_hash"),
    *("versions", "seed", "timings_ms", "schema", "code", "request", "reading", "policy_digest", "positions"),
    *("artists", "ai", "withheld", "pool", "strengths", "pool_parts", "pool_kinds", "max_ai_share", "teams"),
    *("settings", "known_at", "places", "beside"),
]
OUTCOME_COLUMNS = ["event_id", "request_id", "at", "kind", "track_id", "position", "value", "reason", "text"]


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    return copy_of(demo_home, tmp_path / "home")


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    with serving(home) as server:
        yield server


@dataclass(frozen=True)
class Answer:
    """An answer, and the moment before it was asked for."""

    asked_at: float
    playlist: dict[str, Any]

    @property
    def tracks(self) -> list[str]:
        return [track["track_id"] for track in self.playlist["tracks"]]


@dataclass
class Listening:
    """What listeners were answered so far, by threads."""

    answers: list[Answer] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def ask(self, server: Server, count: int, seed: int) -> None:
        """Ask for lists until there are `count`, or the listening is over."""
        rng = random.Random(seed)
        with server.client() as client:
            for _ in range(count):
                if self.stopped.is_set():
                    return
                self.hear(client, rng.choice(PROMPTS), rng.randrange(9))

    def hear(self, client: httpx2.Client, prompt: str, seed: int) -> Answer:
        """Ask for one list; when the server is busy, wait as long as it says and ask again."""
        for _ in range(120):
            asked_at = time.monotonic()
            response = client.post("/v1/playlists", json={"prompt": prompt, "seed": seed})
            if response.status_code != 503:
                break
            time.sleep(float(response.headers["retry-after"]))
        assert response.status_code == 200, response.text
        self.answers.append(answer := Answer(asked_at, response.json()))
        return answer

    def until(self, count: int) -> list[Answer]:
        """Wait for so many answers."""
        patience = time.monotonic() + 120
        while len(self.answers) < count and time.monotonic() < patience:
            time.sleep(0.005)
        return self.answers[:]


def taken_down(server: Server, track_id: str) -> float:
    """Take a track down over HTTP; the moment when that was acknowledged."""
    with server.client() as client:
        response = client.post("/v1/consent/takedowns", json={"track_ids": [track_id], "reason": "a dispute"})
        assert response.status_code == 201, response.text
        return time.monotonic()


def taken_down_by_command(home: Path, track_id: str) -> float:
    """Take a track down in another process; the moment when that process had ended."""
    status, _, err = run("consent", "takedown", track_id, "--reason", "a dispute", "--home", home)
    assert status == 0, err
    return time.monotonic()


def test_no_answer_begun_after_a_take_down_holds_the_track_and_lists_stay_full(server: Server, home: Path) -> None:
    """420 answers by two workers, while tracks just heard are taken down in two ways; then the same is asked again."""
    rng = random.Random(0)
    listening = Listening()
    gone: dict[str, float] = {}
    with ThreadPoolExecutor(4) as listeners:
        asked = [listeners.submit(listening.ask, server, 100, seed) for seed in range(4)]
        for step in range(20):
            latest = listening.until(15 * (step + 1))[-1]
            track_id = rng.choice([track for track in latest.tracks if track not in gone])
            by_command = step % 5 == 4
            gone[track_id] = taken_down_by_command(home, track_id) if by_command else taken_down(server, track_id)
            with server.client() as client:
                listening.hear(client, latest.playlist["prompt"], latest.playlist["seed"])
        for each in asked:
            each.result()
    assert len(listening.answers) == 420
    late = 0
    for answer in listening.answers:
        assert len(answer.tracks) == 20
        assert answer.playlist["shortfall"] is None
        for track_id, acknowledged in gone.items():
            if answer.asked_at > acknowledged:
                late += 1
                assert track_id not in answer.tracks
    assert late > 400

    heard = next(answer for answer in listening.answers if set(answer.tracks) & gone.keys())
    lost = set(heard.tracks) & gone.keys()
    with server.client() as client:
        again = client.get(f"/v1/playlists/{heard.playlist['playlist_id']}").json()
    assert [track["track_id"] for track in again["tracks"]] == [track for track in heard.tracks if track not in lost]
    counted = again["withheld"]["by_reason"]["TAKEDOWN_ACTIVE"]
    assert counted == len(lost) + heard.playlist["withheld"]["by_reason"].get("TAKEDOWN_ACTIVE", 0)


def test_a_track_is_heard_again_once_another_process_has_lifted_its_take_down(server: Server, home: Path) -> None:
    listening = Listening()
    with server.client() as client, open_store(home) as catalog:
        before = listening.hear(client, PROMPTS[0], 0)
        track_id = before.tracks[0]
        taken_down(server, track_id)
        assert track_id not in listening.hear(client, PROMPTS[0], 0).tracks
        lifted_at = datetime.now(UTC).isoformat()
        lifting = parse_record({"kind": "takedown", "track_id": track_id, "lifted_at": lifted_at, "reason": "settled"})
        with catalog.writing() as writer:
            writer.append([lifting])
        assert listening.hear(client, PROMPTS[0], 0).tracks == before.tracks


def test_a_build_beside_a_server_is_taken_up_without_a_failed_request(
    server: Server, home: Path, tmp_path: Path
) -> None:
    before = current_version(home)
    new = tmp_path / "new.csv"
    new.write_text("track_id,title,artist,tags\nn1,Zugzwang,Ada Quill,chess jazz\n")
    assert run("import", "tracks", new, "--assert-deal", "ours", "--home", home)[0] == 0
    listening = Listening()
    with ThreadPoolExecutor(2) as listeners:
        asked = [listeners.submit(listening.ask, server, 5_000, seed) for seed in range(2)]
        try:
            listening.until(10)
            status, _, err = run("build", "--home", home)
            assert status == 0, err
            built_at = time.monotonic()
            patience = built_at + 60
            while time.monotonic() < patience:
                versions = [answer.playlist["versions"]["bundle"] for answer in listening.answers[-40:]]
                if set(versions) == {current_version(home)}:
                    break
                time.sleep(0.05)
        finally:
            listening.stopped.set()
        for each in asked:
            each.result()
    after = current_version(home)
    assert before != after
    assert {answer.playlist["versions"]["bundle"] for answer in listening.answers} == {before, after}
    assert {answer.playlist["versions"]["bundle"] for answer in listening.answers[-40:]} == {after}
    with server.client() as client:
        named = client.post("/v1/playlists", json={"prompt": "Zugzwang by Ada Quill", "length": 1}).json()
    assert named["tracks"][0]["track_id"] == "n1"


def state_of(home: Path) -> tuple[int, int, str | None]:
    with open_store(home) as store:
        return store.track_count(), store.consent_epoch(), open_bundle(home).version


def test_an_import_that_is_killed_leaves_whole_rows_and_the_next_one_completes(home: Path, tmp_path: Path) -> None:
    """Killed as it starts, and when its transaction has grown to different sizes on disk."""
    rows = "".join(f"x{n},Title {n},Artist {n % 97},jazz\n" for n in range(20_000))
    path = tmp_path / "many.csv"
    path.write_text(f"track_id,title,artist,genres\n{rows}")
    before = state_of(home)
    words = ("import", "tracks", path, "--assert-deal", "ours", "--home", home)
    wal = home / f"{CATALOG_FILE}-wal"
    for bytes_written in (0, 1, 500_000, 3_000_000):
        process = start(*words)
        patience = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < patience:
            if bytes_written == 0 or (wal.exists() and wal.stat().st_size >= bytes_written):
                break
            time.sleep(0.002)
        kill(process)
        assert process.returncode == -signal.SIGKILL, "it ended before it was killed: give it more rows"
        with open_store(home) as store:
            written = [track.track_id for track in store.all_tracks()][before[0] :]
            positions = store.positions_of(written)
            facts = store.facts(list(positions.values()))[1]
        assert written == [f"x{n}" for n in range(len(written))]
        assert all(facts[position].records for position in positions.values()), "with the track comes its deal"
    status, out, err = run("playlist", "jazz", "--home", home, "--format", "json")
    assert status == 0, err
    assert len(json.loads(out)["tracks"]) == 20
    status, out, err = run(*words)
    assert status == 0, err
    assert f"tracks: {20_000 - len(written):,} added" in out
    assert state_of(home)[0] == before[0] + 20_000


def test_a_build_that_is_killed_leaves_the_bundle_in_use_and_the_next_one_completes(home: Path, tmp_path: Path) -> None:
    """Killed as it starts, as its files appear, and as it seals them."""
    new = tmp_path / "new.csv"
    rows = "".join(f"x{n},Title {n},Artist {n % 97},jazz\n" for n in range(300))
    new.write_text(f"track_id,title,artist,genres\n{rows}")
    assert run("import", "tracks", new, "--assert-deal", "ours", "--home", home)[0] == 0
    before = state_of(home)
    unfinished = home / "bundles" / ".unfinished"
    for name in (".", "encoder.onnx", "text_digests.npy", "vectors.faiss", "manifest.json"):
        process = start("build", "--home", home)
        patience = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < patience:
            if (unfinished / name).exists():
                break
            time.sleep(0.001)
        err = kill(process)
        if name != "manifest.json":  # From there it takes but a moment, and either bundle is right.
            assert process.returncode == -signal.SIGKILL, f"{name}: {err}"
            assert state_of(home) == before
        status, out, err = run("playlist", "jazz", "--home", home, "--format", "json")
        assert status == 0, err
        assert len(json.loads(out)["tracks"]) == 20
    status, out, err = run("build", "--home", home)
    assert status == 0, err
    assert open_bundle(home).about["tracks"] == before[0]
    assert not unfinished.exists()
    assert len([path for path in (home / "bundles").iterdir() if path.is_dir()]) <= 2


def parquet(home: Path, name: str) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted((home / "exposures").glob(f"{name}-*.parquet"))])


def test_every_answer_received_is_in_the_log_of_a_killed_server_once_and_joined_to_its_outcomes(home: Path) -> None:
    listening = Listening()
    with serving(home) as server:
        with ThreadPoolExecutor(3) as listeners:
            asked = [listeners.submit(listening.ask, server, 500, seed) for seed in range(3)]
            listening.until(60)
            kill(server.process)
            failures = [each.exception() for each in asked]
        assert all(failures), "every listener's connection breaks"
    received = {answer.playlist["request_id"]: answer for answer in listening.answers}
    assert len(received) >= 60
    chosen = next(iter(received))
    first = received[chosen].tracks[0]
    event = {"event_id": "e1", "request_id": chosen, "kind": "play", "track_id": first, "position": 1, "value": 31.5}
    with serving(home) as server, server.client() as client:
        again = client.get(f"/v1/playlists/{received[chosen].playlist['playlist_id']}")
        assert again.status_code == 200
        assert client.post("/v1/events", json=event).json()["recorded"] == 1
        assert client.post("/v1/events", json=event).json()["duplicate"] == 1
        other = {"event_id": "e2", "request_id": "nobody's", "kind": "skip"}
        assert client.post("/v1/events", json=other).json()["unknown_request"] == 1
    status, out, err = run("exposures", "--home", home)
    assert status == 0, err
    assert "exposures-000001.parquet" in out
    exposures = parquet(home, "exposures")
    assert exposures.column_names == EXPOSURE_COLUMNS
    request_ids = exposures["request_id"].to_pylist()
    assert len(request_ids) == len(set(request_ids))
    assert set(request_ids) >= set(received)
    for row in exposures.to_pylist():
        if row["request_id"] not in received:
            continue
        answer = received[row["request_id"]]
        assert row["tracks"] == answer.tracks
        assert row["scores"] == [track["score"] for track in answer.playlist["tracks"]]
        assert row["prompt"] == answer.playlist["prompt"]
        assert row["propensities"] == [None if row["seed"] else 1.0] * 20
        assert row["versions"] == answer.playlist["versions"]
        assert all(len(parts) == 20 for _, parts in row["parts"])
    outcomes = parquet(home, "outcomes")
    assert outcomes.column_names == OUTCOME_COLUMNS
    told = [(row["event_id"], row["request_id"], row["kind"], row["value"]) for row in outcomes.to_pylist()]
    assert told == [("e1", chosen, event["kind"], 31.5), ("e1", chosen, "repeat", 31.5)]


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_ends_a_server_with_status_0(home: Path, workers: int) -> None:
    with serving(home, workers) as server:
        with server.client() as client:
            client.post("/v1/playlists", json={"prompt": "jazz"}).raise_for_status()
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(timeout=15) == 0
        assert "Traceback" not in server.log.read_text()
    assert pq.read_table(next((home / "exposures").glob("exposures-*.parquet"))).num_rows == 1


def listening(port: int) -> int:
    """How many sockets listen on a port (Linux)."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def test_every_worker_listens_on_a_socket_of_its_own_also_one_that_takes_the_place_of_another(home: Path) -> None:
    with serving(home) as server:
        patience = time.monotonic() + 60
        while listening(server.port) < 2 and time.monotonic() < patience:
            time.sleep(0.05)
        assert listening(server.port) == 2
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        workers = [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(workers[0], signal.SIGKILL)
        while listening(server.port) == 2 and time.monotonic() < patience:
            time.sleep(0.01)
        for _ in range(20):  # the other one takes all meanwhile
            with server.client() as client:
                assert client.get("/healthz").status_code == 200
        while listening(server.port) < 2 and time.monotonic() < patience:
            time.sleep(0.05)
        assert listening(server.port) == 2
        status, _, err = run("serve", "--workers", "2", "--port", str(server.port), "--home", home)
        assert status != 0
        assert "Address already in use" in err


def test_a_broken_experiment_stops_a_server_at_once_with_one_line(home: Path) -> None:
    (home / "experiment.toml").write_text('name = "x"\n')
    status, out, err = run("serve", "--workers", "2", "--home", home)
    assert (status, out) == (2, "")
    assert err.startswith("consonance: ")
    assert err.count("\n") == 1
    assert "experiment.toml" in err


def test_a_playlist_is_printed_without_importing_what_only_building_needs(home: Path) -> None:
    script = (
        "import sys\n"
        "from api.terminal.main import main\n"
        "status = main(sys.argv[1:])\n"
        "needless = {'torch', 'sentence_transformers', 'transformers', 'implicit', 'scipy', 'pyarrow', 'fastapi', 'onnx'}\n"
        "print(*sorted(needless & set(sys.modules)), file=sys.stderr)\n"
        "sys.exit(status)\n"
    )
    words = ["playlist", "rainy sunday jazz", "--home", str(home), "--format", "json"]
    ended = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, env=environment(), timeout=120
    )
    assert ended.returncode == 0
    assert ended.stderr.strip() == ""
    assert len(json.loads(ended.stdout)["tracks"]) == 20


def test_the_workers_of_a_server_that_was_killed_end_by_themselves(server: Server) -> None:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    workers = [int(pid) for pid in children.read_text().split()]
    assert len(workers) >= 2
    server.process.kill()
    patience = time.monotonic() + 60
    while any(_runs(pid) for pid in workers):
        assert time.monotonic() < patience, workers
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
