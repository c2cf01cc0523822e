"""Experiments of a running server whose bundles are lost or damaged: they stand still, and everything else goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog import settings as watched
from catalog.stores import CatalogStore
from recommender.bundles import building, open_bundle, switch
from tests.api.test_playlists import ADMIN, ask
from tests.fakes import FakeRecommender

UNITS = [f"u{number}" for number in range(16)]
SOON_S = 0.1


class ChecksBundles(FakeRecommender):
    """Reads the bundle that a variant names as the real one does, and keeps it."""

    def __init__(self, catalog: CatalogStore, home: Path) -> None:
        super().__init__(catalog)
        self.home, self.loaded = home, set[str]()

    def using(self, bundle: str | None = None, *, own_reader: bool = False) -> "ChecksBundles":
        if bundle not in {None, *self.loaded}:
            self.loaded.add(open_bundle(self.home, bundle).version)
        return self


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The file of a bundle that an experiment names, beside one that needs none."""
    with building(tmp_path) as folder:
        (folder / "vectors.faiss").write_bytes(b"numbers")
        bundle = switch(tmp_path, folder, {})
    (tmp_path / "experiments").mkdir()
    write(tmp_path, "older", "older", f'bundle = "{bundle.version}"')
    write(tmp_path, "louder", "louder", "settings = {names = 2.0}")
    return bundle.folder / "vectors.faiss"


def write(home: Path, name: str, variant: str, line: str, version: int = 1) -> None:
    text = f'name = "{name}"\nversion = {version}\n[variants.control]\n[variants.{variant}]\n{line}\n'
    (home / "experiments" / f"{name}.toml").write_text(text)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.experiments.in_force.TRY_AGAIN_S", SOON_S)
    monkeypatch.setattr(watched, "SETTLED_S", SOON_S)


@contextmanager
def serving(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    checking = ChecksBundles(recommender.catalog, settings.home)
    with TestClient(create_app(settings, lambda _: checking)) as client:
        yield client


def values(client: TestClient) -> dict[str, set[str | None]]:
    """Return which variants units get of each experiment; each of them gets a list, too."""
    got: dict[str, set[str | None]] = {}
    for unit in UNITS:
        ask(client, unit=unit)
        flags = client.post("/ofrep/v1/evaluate/flags", json={"context": {"targetingKey": unit}}).json()["flags"]
        for flag in flags:
            got.setdefault(flag["key"], set()).add(flag.get("value"))
    return got


def wait_for(client: TestClient, wanted: dict[str, set[str | None]]) -> None:
    patience = time.monotonic() + 10
    while values(client) != wanted:
        assert time.monotonic() < patience, values(client)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelname == "WARNING" and "older" in one.getMessage()]


BOTH: dict[str, set[str | None]] = {"older": {"control", "older"}, "louder": {"control", "louder"}}
ONE_STANDS: dict[str, set[str | None]] = {**BOTH, "older": {None}}


@pytest.mark.parametrize("how", ["damaged", "missing"])
def test_an_experiment_whose_bundle_is_lost_stands_still_with_one_warning_until_it_is_restored(
    settings: Settings, recommender: FakeRecommender, older: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    with serving(settings, recommender) as client:
        assert values(client) == BOTH
        assert "refused_experiment" not in client.get("/readyz").json()
    older.write_bytes(b"numbars") if how == "damaged" else older.parent.rename(older.parents[1] / "away")
    with serving(settings, recommender) as client:
        for _ in range(3):
            assert values(client) == ONE_STANDS
            ready = client.get("/readyz")
            time.sleep(SOON_S)
        assert ready.status_code == 200
        for said in (
            "experiment 'older' stands still, for variants.older.bundle",
            older.parent.name[:12],
            "restore this bundle, or take it out of the file",
        ):
            assert said in ready.json()["refused_experiment"]
        told = client.get("/v1/experiments", headers=ADMIN).json()
        assert {one["name"]: one["state"] for one in told["experiments"]} == {"louder": "running", "older": "stopped"}
        assert "stands still" in told["refused"]
        assert len(warnings(caplog)) == 1
        assert older.parent.name in warnings(caplog)[0]
        older.write_bytes(b"numbers") if how == "damaged" else (older.parents[1] / "away").rename(older.parent)
        wait_for(client, BOTH)
        assert "refused_experiment" not in client.get("/readyz").json()


def test_what_counted_before_goes_on_until_the_bundle_of_a_changed_file_was_tried(
    settings: Settings, recommender: FakeRecommender, older: Path
) -> None:
    older.write_bytes(b"numbars")
    file = settings.home / "experiments" / "older.toml"
    described = file.read_text()
    file.write_text(
        'name = "older"\nversion = 1\n[variants.control]\n[variants.older]\nsettings = {popularity = 2.0}\n'
    )
    with serving(settings, recommender) as client:
        assert values(client) == BOTH
        file.write_text(described.replace("version = 1", "version = 2"))
        wait_for(client, ONE_STANDS)
        file.write_text(described.replace("version = 1", "version = 3").replace("bundle", "# bundle"))
        wait_for(client, BOTH)
