"""The log over HTTP: in the order of writing, page by page, while rows are written, sealed and leave."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.exposures.log import ExposureLog
from api.exposures.outcomes import Outcome
from api.exposures.retention import Retention
from api.settings import Settings
from tests.api.conftest import TOKEN
from tests.api.keys.test_callers import key
from tests.fakes import FakeRecommender

AUDITOR = {"Authorization": f"Bearer {TOKEN}"}
NDJSON = "application/x-ndjson"


def read(client: TestClient, address: str = "/v1/exposures", **headers: str) -> Any:
    answer = client.get(address, headers={**AUDITOR, **headers})
    assert answer.status_code == 200, answer.text
    return answer


def ask(client: TestClient, count: int = 1, **body: Any) -> list[str]:
    return [client.post("/v1/playlists", json={"prompt": "slow", **body}).json()["request_id"] for _ in range(count)]


def pages(client: TestClient, limit: int, after: int = 0) -> Iterator[list[dict[str, Any]]]:
    while rows := (page := read(client, f"/v1/exposures?after={after}&limit={limit}").json())["rows"]:
        yield rows
        after = page["next"]


def test_pages_tell_every_answer_once_in_the_order_of_writing(client: TestClient) -> None:
    asked = ask(client, 5)
    told = [row["request_id"] for page in pages(client, 2) for row in page]
    assert told == asked


def test_a_link_names_the_page_behind_and_the_last_page_has_none(client: TestClient) -> None:
    asked = ask(client, 3)
    first = read(client, "/v1/exposures?limit=2")
    second = read(client, first.links["next"]["url"])
    assert [row["request_id"] for row in second.json()["rows"]] == asked[2:]
    assert "next" not in second.links
    assert read(client, f"/v1/exposures?after={second.json()['next']}").json() == {
        "rows": [],
        "next": second.json()["next"],
    }
    ask(client)
    assert len(read(client, f"/v1/exposures?after={second.json()['next']}").json()["rows"]) == 1


def test_ndjson_is_a_row_a_line_with_its_cursor(client: TestClient) -> None:
    ask(client, 3)
    lines = read(client, "/v1/exposures?limit=2", Accept=NDJSON)
    assert lines.headers["content-type"] == NDJSON
    rows = [json.loads(line) for line in lines.text.splitlines()]
    assert rows == read(client, "/v1/exposures?limit=2").json()["rows"]
    rest = read(client, f"/v1/exposures?after={rows[0]['cursor']}", Accept=NDJSON).text.splitlines()
    assert len(rest) == 2


def test_rows_are_what_is_sealed_and_stay_the_same_when_they_were(client: TestClient, settings: Settings) -> None:
    (request_id,) = ask(client, user_id="ada@example.org")
    event = {"event_id": "e", "request_id": request_id, "kind": "play", "position": 1, "value": 3.5}
    client.post("/v1/events", json={"events": [event]}, headers=AUDITOR)
    before = {name: read(client, f"/v1/{name}").json() for name in ("exposures", "outcomes")}
    with closing(ExposureLog.open(settings.home)) as log:
        sealed = {path.name.partition("-")[0]: pq.read_table(path) for path in log.seal()}
    assert before == {name: read(client, f"/v1/{name}").json() for name in ("exposures", "outcomes")}
    assert "example.org" not in json.dumps(before)
    for name, table in sealed.items():
        (row,), (column,) = before[name]["rows"], [table.column_names]
        assert row.keys() - {"cursor"} == set(column)
        told = table.to_pylist()[0]
        assert row["request_id"] == told["request_id"] == request_id
        for one in ("tracks", "scores", "schema", "request", "event_id", "value"):
            assert row.get(one) == told.get(one)


def test_pages_are_whole_while_rows_are_written(client: TestClient) -> None:
    writing = [Thread(target=ask, args=(client, 8)) for _ in range(3)]
    for one in writing:
        one.start()
    told: list[str] = []
    after = 0
    while len(told) < 24:
        page = read(client, f"/v1/exposures?after={after}&limit=3").json()
        told += [row["request_id"] for row in page["rows"]]
        after = page["next"]
    for one in writing:
        one.join()
    assert told == [row["request_id"] for page in pages(client, 100) for row in page]
    assert len(set(told)) == 24


def test_what_has_left_is_a_gap(client: TestClient, settings: Settings) -> None:
    ask(client, 2)
    first = read(client, "/v1/exposures?limit=1").json()
    later = datetime.now(UTC) + timedelta(days=40)
    with closing(ExposureLog.open(settings.home, clock=lambda: later)) as log:
        log.let_leave(Retention())
    assert read(client, f"/v1/exposures?after={first['next']}").json() == {"rows": [], "next": first["next"]}
    (asked,) = ask(client)
    (row,) = read(client, f"/v1/exposures?after={first['next']}").json()["rows"]
    assert row["request_id"] == asked
    assert row["cursor"] > first["next"] + 1


def test_a_cursor_beyond_the_end_of_this_log_is_refused_with_the_last_one_and_where_to_begin(
    client: TestClient, settings: Settings
) -> None:
    (request_id, _) = ask(client, 2)
    event = {"event_id": "e", "request_id": request_id, "kind": "play", "position": 1}
    client.post("/v1/events", json={"events": [event]}, headers=AUDITOR)
    for name, last in (("exposures", 2), ("outcomes", 1)):
        assert read(client, f"/v1/{name}?after={last}").json() == {"rows": [], "next": last}
        refused = client.get(f"/v1/{name}?after={last + 1}", headers=AUDITOR)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/cursor-unknown")
        (error,) = refused.json()["errors"]
        assert (error["field"], error["code"]) == ("after", "unknown")
        assert f"the last cursor of this log, {last}: it is of another; begin again at 0" in error["reason"]
    later = datetime.now(UTC) + timedelta(days=40)
    with closing(ExposureLog.open(settings.home, clock=lambda: later)) as log:
        log.let_leave(Retention())
    assert read(client, "/v1/exposures?after=2").json() == {"rows": [], "next": 2}  # what has left was given, too


def test_of_an_empty_log_only_the_beginning_is_a_cursor(client: TestClient) -> None:
    assert read(client, "/v1/exposures?after=0").json() == {"rows": [], "next": 0}
    assert client.get("/v1/exposures?after=1", headers=AUDITOR).json()["type"] == "/problems/cursor-unknown"


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=1001", "cursor=1"])
def test_what_is_no_page_is_422(client: TestClient, query: str) -> None:
    answer = client.get(f"/v1/exposures?{query}", headers=AUDITOR)
    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize("path", ["/v1/exposures", "/v1/outcomes"])
def test_only_a_key_of_scope_audit_reads_the_log(settings: Settings, recommender: FakeRecommender, path: str) -> None:
    with TestClient(create_app(replace(settings, trust_callers=False), lambda _: recommender)) as client:
        assert client.get(path).status_code == 401
        assert client.get(path, headers=key(settings.home, "listen", "personal", "events")).status_code == 403
        assert client.get(path, headers=key(settings.home, "audit")).status_code == 200
        assert client.get(path, headers={**AUDITOR, "Accept": "text/html"}).status_code == 406


def test_events_that_come_late_and_in_any_order_are_told_while_their_answer_is_kept(
    client: TestClient, settings: Settings
) -> None:
    (request_id,) = ask(client)
    made = datetime.now(UTC)
    late = made + timedelta(days=20)
    with closing(ExposureLog.open(settings.home, clock=lambda: late)) as log:
        days = [12, 3, 19, 0]
        for day in days:
            log.record([Outcome(f"e{day}", request_id, made + timedelta(days=day), "play", position=1)])
    rows = read(client, "/v1/outcomes").json()["rows"]
    assert [row["event_id"] for row in rows] == [f"e{day}" for day in days]
    gone = made + timedelta(days=40)
    with closing(ExposureLog.open(settings.home, clock=lambda: gone)) as log:
        log.let_leave(Retention())
        assert log.record([Outcome("e", request_id, gone, "play", position=1)]) == (0, 0, ["e"])
    assert read(client, "/v1/outcomes").json()["rows"] == []
