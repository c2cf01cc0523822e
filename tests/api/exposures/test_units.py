"""What the laboratory reads of a served home's log, and its dictionary of every column."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.exposures.log import ExposureLog
from api.exposures.segments import write_segment
from api.schemas.events import EventKind
from api.settings import Settings
from eval.exposures import OUTCOMES, units
from eval.queries import DatasetError
from tests.api.conftest import TOKEN
from tests.fakes import FakeRecommender

DICTIONARY = (Path(__file__).parents[3] / "eval" / "EXPOSURES.md").read_text("utf-8")


ADMIN = {"Authorization": f"Bearer {TOKEN}"}
EXPERIMENT = 'name = "n"\nsalt = "s"\n[variants.a]\n[variants.b]\nweight = 0\n'


@pytest.fixture
def client(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    """A server on which an experiment runs."""
    (settings.home / "experiment.toml").write_text(EXPERIMENT)
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        yield client


def ask(client: TestClient, user: str | None = None, **headers: str) -> str:
    body = {"prompt": "slow"} | ({"user_id": user} if user else {})
    return str(client.post("/v1/playlists", json=body, headers=headers).json()["request_id"])


def tell(client: TestClient, request_id: str, *kinds: str) -> None:
    events = [{"event_id": f"e{n}", "request_id": request_id, "kind": kind} for n, kind in enumerate(kinds)]
    assert client.post("/v1/events", json={"events": events}).status_code == 202


def seal(home: Path) -> None:
    with closing(ExposureLog.open(home)) as log:
        log.seal()


def test_units_of_a_served_home_count_answers_and_what_followed(client: TestClient, settings: Settings) -> None:
    first, second = ask(client, "ann"), ask(client, "ann")
    override = ask(client, "ann", **ADMIN, **{"X-Consonance-Variant": "b"})
    nobody = ask(client)
    tell(client, first, "play", "play", "skip")
    tell(client, second, "play")
    tell(client, override, "like")
    seal(settings.home)
    found = units(str(settings.home))
    rows: list[dict[str, Any]] = found.to_pylist()
    ann = rows[0]["unit"]
    assert [(row["unit"], row["variant"], row["reason"], row["answers"]) for row in rows] == [
        (ann, "a", "SPLIT", 2),
        (ann, "b", "OVERRIDE", 1),
        (nobody, "a", "SPLIT", 1),
    ]
    assert [(row["play"], row["skip"], row["like"], row["save"]) for row in rows] == [
        (3, 1, 0, 0),
        (0, 0, 1, 0),
        (0, 0, 0, 0),
    ]
    assert rows[0]["first"] < rows[0]["last"] < rows[1]["first"] == rows[1]["last"]
    frame = found.to_pandas()
    assert list(frame.columns) == [*("unit", "variant", "reason", "answers"), *OUTCOMES, *("first", "last")]
    assert frame["play"].tolist() == [3, 0, 0]


def test_units_are_there_without_any_outcome(client: TestClient, settings: Settings) -> None:
    ask(client)
    seal(settings.home)
    assert units(settings.home)["play"].to_pylist() == [0]


def test_a_home_without_a_written_log_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds no answers; run `consonance exposures --home "):
        units(tmp_path)


def test_a_damaged_segment_is_named(client: TestClient, settings: Settings) -> None:
    ask(client)
    seal(settings.home)
    (settings.home / "exposures" / "exposures-000002.parquet").write_bytes(b"PAR1")
    with pytest.raises(DatasetError, match=r"exposures-000002\.parquet cannot be read"):
        units(settings.home)


def test_every_kind_of_event_is_a_column() -> None:
    assert list(get_args(EventKind)) == OUTCOMES


@pytest.mark.parametrize("name", ["exposures", "outcomes"])
def test_the_dictionary_names_every_column_with_its_type(name: str, tmp_path: Path) -> None:
    write_segment(name, [], tmp_path / "segment")
    written = [(field.name, str(field.type)) for field in pq.read_schema(tmp_path / "segment")]
    (part,) = re.findall(rf"^## {name.title()}$(.*?)(?=^## |\Z)", DICTIONARY, re.MULTILINE | re.DOTALL)
    assert re.findall(r"^\| `(\w+)` \| `([^`]+)` \| \S.* \|$", part, re.MULTILINE) == written
