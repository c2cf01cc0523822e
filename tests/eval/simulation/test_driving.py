"""What the driver sends and counts, against a server of a few lines."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.admission import MAX_BODY_BYTES
from eval.simulation.driving import Driver, Plan, failure
from tests.eval.simulation.crowds import JAZZ, METAL, crowd_in
from tests.examples import examples

PLAN = Plan("names", requests=12, rate=1000, length=10)
PROMPTS = ["jazz for a drive", "metal"]

Arrived = list[tuple[str, dict[str, Any]]]
Reply = Callable[[int], Awaitable[httpx2.Response | None]]


async def at_once(number: int) -> None:
    return None


def drive(
    home: Path,
    plan: Plan = PLAN,
    reply: Reply = at_once,
    variants: tuple[str, str] = ("control", "other"),
    stop_at: int | None = None,
    **said: Any,
) -> tuple[Mapping[str, Any], Arrived]:
    """Drive a server: `reply` may wait, or answer a list in another way, by its number; return the report and what arrived.

    The driver is stopped while it asks for list `stop_at`. The first variant answers with jazz, the second, which every other listener gets, with metal.
    """
    crowd, arrived, drivers = crowd_in(home), Arrived(), list[Driver]()

    async def answer(request: httpx2.Request) -> httpx2.Response:
        path, body = request.url.path, json.loads(request.content)
        if len(request.content) > MAX_BODY_BYTES:
            return httpx2.Response(413)
        number = sum(path == earlier for earlier, _ in arrived)
        arrived.append((path, body))
        if path == "/v1/events":
            return httpx2.Response(
                200, json={"recorded": len(body["events"]), "duplicate": 0, "unknown_request_events": []}
            )
        if number == stop_at:
            drivers[0].stop("interrupted")
        if other := await reply(number):
            return other
        second = crowd.names.index(body["user_id"]) // 2 % 2
        return httpx2.Response(
            200,
            json={
                "request_id": f"{number:032}",
                "event_token": "t" * 22,
                "tracks": [{"track_id": one} for one in (METAL if second else JAZZ)[: body["length"]]],
                "not_understood": [],
                "experiments": [{"experiment": "names", "variant": variants[second], "reason": "SPLIT"}],
                **said,
            },
        )

    async def run() -> Mapping[str, Any]:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://server") as client:
            drivers.append(Driver(client, crowd, PROMPTS, plan))
            return await drivers[0].run(lambda _: None)

    return asyncio.run(run()), arrived


def events(arrived: Arrived) -> list[Mapping[str, Any]]:
    """What was told, without the instants."""
    return [{**event, "at": ""} for path, body in arrived if path == "/v1/events" for event in body["events"]]


def by_request(told: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(told, key=lambda event: (event["request_id"], event["position"], event["kind"]))


def test_a_request_is_sent_at_its_time_though_none_before_it_was_answered(tmp_path: Path) -> None:
    """A driver that waits for answers never sends the last one."""

    async def after_all(number: int) -> None:
        asked.append(number)
        while len(asked) < PLAN.requests:
            await asyncio.sleep(0.001)

    asked: list[int] = []
    report, _ = drive(tmp_path, reply=after_all)
    assert report["all"]["answers"] == PLAN.requests
    assert failure(report) is None


def test_latency_counts_from_the_planned_time(tmp_path: Path) -> None:
    """The server blocks everything for a while at the first request: those that could not even be sent were late too."""

    async def stalls(number: int) -> None:
        if number == 0:
            time.sleep(0.2)

    report, _ = drive(tmp_path, reply=stalls)
    assert report["all"]["p50_ms"] > 150
    assert report["behind_p99_ms"] > 150


@examples(0.05)
@given(st.text(min_size=1), st.text(min_size=1))
def test_names_of_variants_change_nothing_that_listeners_do(
    tmp_path_factory: pytest.TempPathFactory, one: str, two: str
) -> None:
    runs = [drive(tmp_path_factory.mktemp("home"), variants=names) for names in ((one, two), (two, one))]
    assert by_request(events(runs[0][1])) == by_request(events(runs[1][1]))


def test_a_listener_hears_lists_in_the_order_in_which_they_were_asked_for(tmp_path: Path) -> None:
    async def the_first_last(number: int) -> None:
        await asyncio.sleep(0.2 - number / 100)

    plan = Plan("names", requests=20, rate=10_000)
    in_order, turned = (
        drive(tmp_path / name, plan, reply)[1] for name, reply in (("a", at_once), ("b", the_first_last))
    )
    assert by_request(events(in_order)) == by_request(events(turned))


def test_a_server_that_says_when_is_asked_again_then(tmp_path: Path) -> None:
    async def busy(number: int) -> httpx2.Response | None:
        return httpx2.Response(503, headers={"Retry-After": "0"}) if number < 5 else None

    report, _ = drive(tmp_path, reply=busy)
    assert (report["calls"]["sent again"], report["errors"], report["all"]["answers"]) == (5, {}, PLAN.requests)


def test_late_events_come_after_everything_else_and_duplicates_under_one_id(tmp_path: Path) -> None:
    report, arrived = drive(tmp_path, Plan("names", requests=120, rate=1000, late=1.0, duplicates=1.0))
    told = events(arrived)
    assert [path for path, _ in arrived[:120]] == 120 * ["/v1/playlists"]
    assert {len([event for event in told if event == one]) for one in told} == {2}
    assert report["events"]["late"] == len(told) == report["events"]["recorded"] > 500
    assert report["errors"] == {}


def test_a_server_that_refuses_the_key_is_left_alone(tmp_path: Path) -> None:
    async def refuse(number: int) -> httpx2.Response:
        return httpx2.Response(401, json={"detail": "no such key"})

    report, arrived = drive(tmp_path, Plan("names", requests=1000, rate=100), reply=refuse)
    assert len(arrived) < 10
    assert "no such key" in (failure(report) or "")


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ({"not_understood": [{"text": "user_id", "because": "only a key of scope `personal`"}]}, "scope `personal`"),
        ({"tracks": [{"track_id": "nowhere"}]}, "does not have track 'nowhere'"),
    ],
)
def test_a_server_of_another_home_or_without_listeners_is_left_alone(tmp_path: Path, said: Any, because: str) -> None:
    report, _ = drive(tmp_path, Plan("names", requests=1000, rate=100), **said)
    assert report["sent"] < 10
    assert because in (failure(report) or "")


ANOTHER = {"experiment": "another", "variant": "theirs", "reason": "SPLIT"}


def test_of_several_experiments_in_an_answer_the_one_that_is_driven_counts(tmp_path: Path) -> None:
    report, _ = drive(tmp_path, experiments=[ANOTHER, {"experiment": "names", "variant": "ours", "reason": "SPLIT"}])
    assert [(one["variant"], one["answers"]) for one in report["variants"]] == [("ours", PLAN.requests)]
    assert failure(report) is None


@pytest.mark.parametrize("experiments", [[], [ANOTHER]])
def test_a_run_in_which_the_experiment_gave_nobody_a_variant_fails(
    tmp_path: Path, experiments: list[Mapping[str, str]]
) -> None:
    report, _ = drive(tmp_path, experiments=experiments)
    assert "'names' gave nobody a variant" in (failure(report) or "")


@pytest.mark.parametrize("answer", [httpx2.Response(500), httpx2.ReadTimeout("slow")])
def test_failures_are_counted_by_kind_and_too_many_fail_the_run(
    tmp_path: Path, answer: httpx2.Response | Exception
) -> None:
    async def first_fails(number: int) -> httpx2.Response | None:
        if number == 0 and isinstance(answer, Exception):
            raise answer
        return answer if number == 0 and isinstance(answer, httpx2.Response) else None

    report, _ = drive(tmp_path, reply=first_fails)
    assert sum(report["errors"].values()) == 1
    assert "/v1/playlists" in (failure(report) or "")


def test_a_run_that_is_stopped_sends_no_more_and_hears_what_it_asked_for(tmp_path: Path) -> None:
    report, arrived = drive(tmp_path, Plan("names", requests=1000, rate=100, late=1.0), stop_at=4)
    assert 5 <= report["sent"] == report["all"]["answers"] < 10
    assert arrived[-1][0] == "/v1/events"
    assert failure(report) == f"interrupted; {report['sent']} of 1,000 requests were sent"
