import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.exposures.log import ExposureLog, ExposureLogError
from api.exposures.retention import Retention
from api.exposures.sealing import seal_beside
from api.settings import Settings
from tests.api.exposures.test_log import sealed_ids
from tests.contracts.exposures import write
from tests.fakes import FakeRecommender


def test_a_log_is_sealed_by_another_process_while_this_one_goes_on_writing(tmp_path: Path) -> None:
    with closing(ExposureLog.open(tmp_path)) as log:
        assert not log.unsealed()
        write(log, "r1", "r2")
        assert log.unsealed()
        seal_beside(tmp_path, Retention())
        assert not log.unsealed()
        write(log, "r3")
        assert log.unsealed()
        assert log.seal() != []
    assert sealed_ids(tmp_path) == ["r1", "r2", "r3"]


def test_what_keeps_that_process_from_sealing_is_told_and_the_rows_stay(tmp_path: Path) -> None:
    with closing(ExposureLog.open(tmp_path)) as log:
        write(log, "r1")
        in_the_way = tmp_path / "exposures" / "exposures-000001.parquet"
        in_the_way.mkdir()
        with pytest.raises(ExposureLogError, match=r"^[^\n]*directory[^\n]*$"):
            seal_beside(tmp_path, Retention())
        in_the_way.rmdir()
        seal_beside(tmp_path, Retention())
    assert sealed_ids(tmp_path) == ["r1"]


def test_a_server_seals_now_and_then_and_what_is_left_when_it_stops(
    settings: Settings, recommender: FakeRecommender
) -> None:
    with TestClient(create_app(replace(settings, seal_seconds=1), lambda _: recommender)) as client:
        first = client.post("/v1/playlists", json={"prompt": "slow"}).json()["request_id"]
        patience = time.monotonic() + 60
        while sealed_ids(settings.home) != [first] and time.monotonic() < patience:
            time.sleep(0.05)
        assert sealed_ids(settings.home) == [first]
        last = client.post("/v1/playlists", json={"prompt": "slow"}).json()["request_id"]
    assert sealed_ids(settings.home) == [first, last]
