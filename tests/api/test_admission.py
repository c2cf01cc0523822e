import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.admission import CALM_S, MAX_BODY_BYTES, MAX_HELD_BYTES, Admission, Lane
from api.keys.callers import Caller, Callers
from api.keys.store import KeyStore
from api.metrics import Metrics


def scope_of(path: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> Scope:
    """A request of somebody without a key."""
    caller = Caller(None, "address:127.0.0.1")
    return {"type": "http", "method": "POST", "path": path, "headers": list(headers), "state": {"caller": caller}}


class Gate:
    """An application that waits until it is let go, and keeps the bodies it was sent."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append((await receive())["body"])
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def call(
    app: ASGIApp,
    path: str = "/v1/playlists",
    parts: Sequence[bytes] = (b"{}",),
    left: asyncio.Event | None = None,
    **headers: str,
) -> Any:
    """Send a body in parts and return the start of the answer and its body; the client leaves when it is told to."""
    sent: list[Message] = []
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        await (left or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await app(scope_of(path, fields), receive, send)
    return sent


def test_requests_beyond_the_limit_are_told_when_to_come_back_and_the_others_are_answered() -> None:
    async def scene() -> None:
        gate = Gate()
        app = Admission(gate, max_in_flight=2, metrics=Metrics())
        working = [asyncio.create_task(call(app)) for _ in range(2)]
        await asyncio.sleep(0)
        start, body = await call(app)
        assert start["status"] == 503
        assert (b"retry-after", b"1") in start["headers"]
        assert json.loads(body["body"])["type"] == "/problems/overloaded"
        gate.go.set()
        assert [(await task)[0]["status"] for task in working] == [200, 200]
        assert (await call(app))[0]["status"] == 200

    asyncio.run(scene())


def test_health_is_never_held_up() -> None:
    async def scene() -> None:
        gate = Gate()
        app = Admission(gate, max_in_flight=1, metrics=Metrics())
        working = asyncio.create_task(call(app))
        await asyncio.sleep(0)
        health = asyncio.create_task(call(app, "/healthz"))
        gate.go.set()
        assert (await health)[0]["status"] == 200
        await working

    asyncio.run(scene())


def test_a_place_is_given_back_when_the_application_fails() -> None:
    async def scene() -> None:
        async def broken(scope: Scope, receive: Receive, send: Send) -> None:
            raise ValueError("broken")

        app = Admission(broken, max_in_flight=1, metrics=Metrics())
        for _ in range(3):
            try:
                await call(app)
            except ValueError:
                continue
            raise AssertionError("the failure was swallowed")

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("path", "answers"), [("/v1/playlists", 0), ("/v1/events", 1), ("/v1/consent/takedowns", 1), ("/v1/playlists/p", 0)]
)
def test_who_leaves_before_a_list_is_begun_makes_nobody_wait_but_what_is_told_counts(path: str, answers: int) -> None:
    async def scene() -> None:
        gate, left = Gate(), asyncio.Event()
        app = Admission(gate, max_in_flight=1, metrics=Metrics())
        working = asyncio.create_task(call(app, path, left=left))
        await asyncio.sleep(0.01)
        left.set()
        await asyncio.sleep(0.01)
        gate.go.set()
        assert len(await working) == 2 * answers
        assert (await call(app, path))[0]["status"] == 200

    asyncio.run(scene())


def test_a_body_sent_in_parts_arrives_whole() -> None:
    async def scene() -> None:
        gate = Gate()
        gate.go.set()
        await call(
            Admission(gate, max_in_flight=1, metrics=Metrics()), parts=[b"a" * 40_000, b"b" * (MAX_BODY_BYTES - 40_000)]
        )
        assert gate.bodies == [b"a" * 40_000 + b"b" * (MAX_BODY_BYTES - 40_000)]

    asyncio.run(scene())


def test_a_body_too_large_is_refused_whether_declared_or_not() -> None:
    async def scene() -> None:
        gate = Gate()
        app = Admission(gate, max_in_flight=1, metrics=Metrics())
        undeclared = await call(app, parts=[b"a" * 40_000] * 2)
        declared = await call(app, content_length=str(MAX_BODY_BYTES + 1))
        absurd = await call(app, content_length="9" * 5000)
        assert [sent[0]["status"] for sent in (undeclared, declared, absurd)] == [413] * 3
        assert gate.bodies == []

    asyncio.run(scene())


def test_a_sender_that_hangs_up_takes_no_place() -> None:
    async def scene() -> None:
        gate = Gate()

        async def hang_up() -> Message:
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            raise AssertionError("nobody is there to be answered")

        await Admission(gate, 1, Metrics())(scope_of("/v1/events"), hang_up, send)
        assert gate.bodies == []

    asyncio.run(scene())


def test_a_request_that_is_refused_is_so_before_its_body_is_read() -> None:
    async def scene() -> None:
        gate, asked = Gate(), 0
        app = Admission(gate, max_in_flight=1, metrics=Metrics())
        working = asyncio.create_task(call(app))
        await asyncio.sleep(0)
        sent: list[Message] = []

        async def receive() -> Message:
            nonlocal asked
            asked += 1
            return {"type": "http.request", "body": b"{", "more_body": True}

        async def send(message: Message) -> None:
            sent.append(message)

        await app(scope_of("/v1/playlists"), receive, send)
        assert (sent[0]["status"], asked) == (503, 0)
        gate.go.set()
        await working

    asyncio.run(scene())


def test_only_who_has_a_key_has_the_lane_of_consent() -> None:
    async def scene() -> None:
        gate = Gate()
        app = Callers(
            Admission(gate, max_in_flight=1, metrics=Metrics()), KeyStore(Path("nowhere")), "open sesame", 6000
        )
        path, token = "/v1/consent/takedowns", "Bearer open sesame"
        stranger = asyncio.create_task(call(app, path))
        await asyncio.sleep(0)
        assert (await call(app, path))[0]["status"] == 503
        assert (await call(app, path, authorization="Bearer guess"))[0]["status"] == 401
        administrator = asyncio.create_task(call(app, path, authorization=token))
        await asyncio.sleep(0)
        gate.go.set()
        assert [(await task)[0]["status"] for task in (stranger, administrator)] == [200, 200]

    asyncio.run(scene())


def test_what_strangers_send_is_held_up_to_a_limit_and_given_back() -> None:
    async def scene() -> None:
        gate, hold = Gate(), asyncio.Event()
        gate.go.set()
        app = Admission(gate, max_in_flight=10_000, metrics=Metrics())

        async def half() -> None:
            parts: list[Message] = [{"type": "http.request", "body": b"a" * MAX_BODY_BYTES, "more_body": True}]

            async def receive() -> Message:
                if parts:
                    return parts.pop()
                await hold.wait()
                return {"type": "http.disconnect"}

            async def send(message: Message) -> None:
                raise AssertionError("nobody is there to be answered")

            await app(scope_of("/v1/events"), receive, send)

        slow = [asyncio.create_task(half()) for _ in range(MAX_HELD_BYTES // MAX_BODY_BYTES)]
        await asyncio.sleep(0)
        assert (await call(app, "/v1/events"))[0]["status"] == 503
        hold.set()
        await asyncio.gather(*slow)
        assert (await call(app, "/v1/events"))[0]["status"] == 200

    asyncio.run(scene())


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("api.admission.monotonic", lambda: self.now)


def enter(lane: Lane, many: int) -> int:
    """Let so many in as there is place for, and return how many that are."""
    came = 0
    for _ in range(many):
        if lane.has_place():
            lane.__enter__()
            came += 1
    return came


def test_a_burst_may_wait_but_where_some_wait_all_the_time_few_do(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, lane = Clock(monkeypatch), Lane("lists", 10, 2, Metrics())
    assert enter(lane, 20) == 10
    for _ in range(8):
        lane.__exit__()
    clock.now += CALM_S
    assert enter(lane, 20) == 8, "nobody waited, and nobody was turned away for a while"
    lane.__exit__()
    clock.now += CALM_S + 1
    assert enter(lane, 1) == 0, "some have waited all the time"
    for _ in range(7):
        lane.__exit__()
    assert enter(lane, 20) == 1, "it was full a moment ago: two are at work and one waits"
    for _ in range(3):
        lane.__exit__()
    clock.now += CALM_S
    assert enter(lane, 20) == 10
