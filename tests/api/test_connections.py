"""Connections that send slowly, too much or nothing hold up nobody else."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api import connections
from api.connections import MAX_HEAD_BYTES
from tests.processes import copy_of, serving


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Read a body and say how long it was."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d bytes" % size})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serve on connections on which requests have to arrive within a second."""
    monkeypatch.setattr(connections, "ARRIVE_S", 1.0)
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(echo, http=connections.Connection, lifespan="off", log_level="error"))
    serving = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    serving.start()
    yield bound.getsockname()[1]
    server.should_exit = True
    serving.join()


def said(port: int, *parts: bytes, pause_s: float = 0) -> bytes:
    """Send parts, with pauses, and return all that is answered until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        answer = b""
        with suppress(ConnectionError):  # so it ends where the server did not read all that was sent
            for part in parts:
                client.sendall(part)
                time.sleep(pause_s)
            while more := client.recv(65536):
                answer += more
        return answer


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"


@pytest.mark.parametrize(
    "sent", [b"", b"POST / HT", HEAD[:-2], HEAD, HEAD + b"abc"], ids=["nothing", "a word", "a head", "no body", "half"]
)
def test_a_request_that_does_not_arrive_in_time_is_told_so_and_its_connection_closed(port: int, sent: bytes) -> None:
    started = time.monotonic()
    assert said(port, sent).startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - started < 10


def test_a_request_in_slow_parts_is_answered_while_it_is_in_time(port: int) -> None:
    answer = said(port, HEAD[:20], HEAD[20:], b"ab", b"cd", pause_s=0.05)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"4 bytes" in answer


def test_a_connection_that_is_kept_answers_many_requests(port: int) -> None:
    kept = HEAD.replace(b"Connection: close\r\n", b"")
    answer = said(port, kept + b"abcd", kept + b"abcd", HEAD + b"abcd", pause_s=0.6)
    assert answer.count(b"4 bytes") == 3


def test_a_head_has_a_longest_length_and_a_body_beside_it_another(port: int) -> None:
    long = b"POST / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * MAX_HEAD_BYTES
    assert said(port, long).startswith(b"HTTP/1.1 431 ")
    many = b"POST / HTTP/1.1\r\n" + b"X-Many: b\r\n" * (MAX_HEAD_BYTES // 10)
    assert said(port, many).startswith(b"HTTP/1.1 431 ")
    large = HEAD.replace(b"4\r\n", b"500000\r\n") + b"a" * 500_000
    assert b"500000 bytes" in said(port, large)


def test_requests_sent_at_once_wait_for_their_answers_up_to_a_number(port: int) -> None:
    kept = HEAD.replace(b"Connection: close\r\n", b"") + b"abcd"
    assert said(port, kept * 10).count(b"4 bytes") == 10
    assert said(port, kept * 50_000).count(b"4 bytes") < 50_000, "the connection is closed long before"
    assert said(port, b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 431 ")


def test_more_idle_connections_than_a_process_may_open_leave_room_for_those_who_ask(
    demo_home: Path, tmp_path: Path
) -> None:
    with ExitStack() as idle, serving(copy_of(demo_home, tmp_path / "home"), 1, most_files=256) as server:
        for _ in range(300):
            idle.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
        with server.client() as client:
            assert client.get("/healthz").status_code == 200
            assert client.post("/v1/playlists", json={"prompt": "jazz"}).status_code == 200
