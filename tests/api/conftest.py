"""A server over four fictional tracks: one plain, one partly AI, one wholly AI without a known source, one without a deal."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog.stores import open_store
from catalog.tracks import Track, TrackId
from tests.fakes import FakeRecommender
from tests.homes import fill
from tests.strategies import Row

TOKEN = "open sesame"

TRACKS = (
    Track(TrackId("t1"), "Slow Rain", "Marta Quell", isrc="QZABC2100001", album="Harbour", year=2014, duration_s=215.4),
    Track(TrackId("t2"), "<img src=x onerror=alert(1)>", '=Ansel & "Ida"', year=2023, duration_s=61.0),
    Track(TrackId("t3"), "Machine Lullaby", "Nobody", duration_s=30.0),
    Track(TrackId("t4"), "Unsigned", "The Lost Papers"),
)

CONSENT: tuple[Row, ...] = (
    {
        "kind": "deal",
        "track_id": "t1",
        "start": "2020-01-01",
        "licensor": "Harbour Records",
        "source": "ern_message",
    },
    {"kind": "deal", "track_id": "t2", "territories": ["DE", "FR"], "licensor": "Ida Music"},
    {
        "kind": "disclosure",
        "track_id": "t2",
        "level": "partly",
        "facets": [{"facet": "production", "level": "all"}],
    },
    {"kind": "flag", "track_id": "t2", "flag": "ai_suspected", "state": "open", "score": 0.654321},
    {"kind": "deal", "track_id": "t3"},
    {"kind": "disclosure", "track_id": "t3", "level": "all"},
)


@contextmanager
def recommending_in_order(folder: Path, tracks: Iterable[Track] = TRACKS) -> Iterator[FakeRecommender]:
    """Open a stand-in for the recommender over a catalog in a folder."""
    with open_store(folder) as store:
        fill(store, tracks, CONSENT)
        yield FakeRecommender(store)


@pytest.fixture
def recommender(tmp_path: Path) -> Iterator[FakeRecommender]:
    with recommending_in_order(tmp_path) as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, admin_token=TOKEN, trust_callers=True, hosts=("testserver",))


@pytest.fixture
def client(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    with TestClient(create_app(settings, lambda _: recommender), raise_server_exceptions=False) as client:
        yield client


def loaded(client: TestClient) -> list[str]:
    """Return the addresses of what the page loads: its styles, its icon, its scripts."""
    found = dict.fromkeys(re.findall(r'(?:href|src)="(/page/[^"]+)"', client.get("/").text))
    assert {address.rpartition(".")[2] for address in found} == {"css", "svg", "js"}
    return list(found)
