"""A server over four fictional tracks: one plain, one partly AI, one wholly AI without a known source, one without a deal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog.consent.records import ConsentRecord, parse_record
from catalog.tracks import Track
from tests.fakes import FakeCatalog, FakeRecommender

TOKEN = "open sesame"

TRACKS = (
    Track("t1", "Slow Rain", "Marta Quell", isrc="QZABC2100001", album="Harbour", year=2014, duration_s=215.4),
    Track("t2", "<img src=x onerror=alert(1)>", '=Ansel & "Ida"', year=2023, duration_s=61.0),
    Track("t3", "Machine Lullaby", "Nobody", duration_s=30.0),
    Track("t4", "Unsigned", "The Lost Papers"),
)


def consent_of_tracks() -> list[ConsentRecord]:
    rows: list[dict[str, Any]] = [
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
    ]
    return [parse_record(row) for row in rows]


@pytest.fixture
def recommender() -> FakeRecommender:
    return FakeRecommender(FakeCatalog(TRACKS, consent_of_tracks()))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, admin_token=TOKEN)


@pytest.fixture
def client(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    with TestClient(create_app(settings, lambda _: recommender), raise_server_exceptions=False) as client:
        yield client
