"""Homes that earlier code left open with today's: nothing is permitted that was not, no licence is lost, the log is read."""

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.experiments.assignment import assign
from api.experiments.files import ExperimentFiles
from api.exposures.log import ExposureLog
from api.keys.store import KeyStore
from api.settings import Settings
from api.terminal.commands.doctor import _home
from catalog.consent import ConsentContext, decide
from catalog.settings import load_consent_settings
from catalog.stores import CATALOG_FILE, open_store
from catalog.tracks import TrackId
from recommender.training.segments import read_segments
from tests.fakes import FakeRecommender

NAMESAKES = ("harbour-1", "harbour-2")
"""Their credit has an id on some recordings and none on others: since names are told apart, what allows it by name alone allows
neither. Code from before that took all for one."""

COLUMNS = (
    *(
        "request_id",
        "at",
        "unit",
        "variant",
        "reason",
        "experiments",
        "policy",
        "territory",
        "tracks",
        "ai",
        "propensities",
    ),
    *("pool", "positions", "settings", "known_at", "versions", "timings_ms"),
)
"""What analyses read of answers."""

HOMES = sorted((Path(__file__).parent / "old_homes").glob("*.tar.xz"))


@pytest.fixture(params=HOMES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def told(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Lay out a home as an earlier commit left it, and return what that told."""
    packed: Path = request.param
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "home", filter="data")
    read: dict[str, Any] = json.loads(packed.with_name(packed.name.replace(".tar.xz", ".json")).read_text("utf-8"))
    return read


@pytest.fixture
def old(told: dict[str, Any], tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """Give the home, and what that commit decided: by track, place and policy."""
    return tmp_path / "home", told["decided"]


@pytest.fixture
def client(old: tuple[Path, dict[str, Any]]) -> Iterator[TestClient]:
    """Serve the home, as after a build."""
    home, _ = old
    with open_store(home) as store:
        app = create_app(Settings(home=home, hosts=("testserver",)), lambda _: FakeRecommender(store))
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


def decided(home: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what today's code decides where the earlier was asked."""
    consent, now = load_consent_settings(home), datetime.now(UTC)
    found: dict[str, Any] = {}
    with open_store(home, make=False) as store:
        for name in asked:
            track_id, place, policy = name.split()
            (position,) = store.positions_of([TrackId(track_id)]).values()
            context = ConsentContext(place, now, use=consent.use, service_dpid=consent.service_dpid)
            _, facts = store.facts([position])
            decision = decide(facts[position], context, consent.policy(policy))
            found[name] = {
                "verdict": decision.verdict.value,
                "primary": decision.primary,
                "basis": decision.basis is not None,
                "story": sorted({record.kind for record in facts[position].records}),
            }
    return found


def test_every_decision_and_every_story_is_as_it_was_also_when_it_is_opened_again(
    old: tuple[Path, dict[str, Any]],
) -> None:
    home, before = old
    for _ in range(2):
        after = decided(home, before)
        told_apart = {name for name in before if name.startswith(NAMESAKES)}
        assert {name: after[name] for name in before.keys() - told_apart} == {
            name: before[name] for name in before.keys() - told_apart
        }
        assert all(after[name]["verdict"] == "exclude" for name in told_apart)
    assert [name for name, one in after.items() if one["basis"] and name.startswith("glow FR")]


def test_a_home_that_was_brought_over_without_its_albums_is_mended(old: tuple[Path, dict[str, Any]]) -> None:
    home, before = old
    expected = decided(home, before)
    engine = create_engine(f"sqlite:///{home / CATALOG_FILE}")
    with engine.begin() as catalog:
        catalog.execute(text("DELETE FROM credits WHERE kind = 'album'"))
        catalog.execute(text("DELETE FROM migrations WHERE name = '_m10_credits'"))
    engine.dispose()
    assert decided(home, before) == expected


def test_its_answers_and_events_are_read_sealed_or_not(old: tuple[Path, dict[str, Any]]) -> None:
    home, _ = old
    with closing(ExposureLog.open(home)) as log:
        answers = [row for _, row in log.written_after("exposures", 0, 100)]
        assert len(answers) >= 4
        assert len(log.written_after("outcomes", 0, 100)) == 6
        assert log.of_listener("ann")[0]
        log.seal()
    sealed = [row for table in read_segments(home, "exposures", COLUMNS) for row in table.to_pylist()]
    assert {row["request_id"]: row["tracks"] for row in sealed} == {row["request_id"]: row["tracks"] for row in answers}


def test_doctor_finds_nothing_broken_but_the_bundle_and_says_to_build(old: tuple[Path, dict[str, Any]]) -> None:
    home, _ = old
    broken = [finding for finding in _home(home, Settings(home=home)) if finding.state == "broken"]
    assert [(finding.what, finding.remedy) for finding in broken] == [("bundle", "run `consonance build`")]


def test_who_is_in_an_experiment_stays_in_their_variant(old: tuple[Path, dict[str, Any]]) -> None:
    home, _ = old
    experiments = ExperimentFiles.of(home, Settings(home)).read()
    with closing(ExposureLog.open(home)) as log:
        units = {log.pseudonym(user): user for user in ("ann", "bea", "cleo")}
        for _, row in log.written_after("exposures", 0, 100):
            assert assign(experiments, units.get(row["unit"], row["unit"])).first.variant == row["variant"]


def test_every_logged_answer_is_read_again(old: tuple[Path, dict[str, Any]], client: TestClient) -> None:
    home, _ = old
    with closing(sqlite3.connect(home / "exposures" / "log.sqlite")) as log:
        logged = log.execute("SELECT playlist_id, entry FROM exposures").fetchall()
    for name, entry in logged:
        answer = client.get(f"/v1/playlists/{name if '/' in name else f'{name}/1'}")
        assert answer.status_code == 200, answer.text
        shown = [track["track_id"] for part in ("tracks", "left") for track in answer.json()[part]]
        assert sorted(shown) == sorted(json.loads(entry)["tracks"])


def test_the_list_that_was_kept_is_there_in_every_version_shared_under_its_title_and_its_makers_to_change(
    old: tuple[Path, dict[str, Any]], told: dict[str, Any], client: TestClient
) -> None:
    kept = told.get("kept")
    if not kept:
        return
    address = f"/v1/playlists/{kept['playlist_id']}"
    versions = [client.get(f"{address}/{number}").json() for number in (1, 2, 3)]
    assert [one["title"] for one in versions] == kept["titles"]
    assert [[track["track_id"] for track in one["tracks"]] for one in versions] == kept["tracks"]
    assert client.get(f"/v1/shares/{kept['share_id']}").json()["title"] == "Kept of old"
    home, _ = old
    with closing(sqlite3.connect(home / "playlists.sqlite")) as lists:
        assert lists.execute("SELECT playlist_id FROM lists WHERE titled OR kept").fetchall() == [
            (kept["playlist_id"],)
        ]
    secret = {"X-Edit-Secret": kept["edit_secret"]}
    for change, body in (("refine", {"prompt": "brighter"}), ("restore", {"version": 1})):
        changed = client.post(f"{address}/{change}", json=body, headers=secret)
        assert changed.status_code == 200, changed.text
    with closing(KeyStore(home)) as keys:
        assert [(key.label, key.scopes) for key in keys.all()] == [("a harness of old", frozenset({"events"}))]
