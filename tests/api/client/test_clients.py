"""Four ways to reach the API, one contract; and what of a client shows without a server."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from api.client import ApiError, AsyncPlaylistClient, PlaylistClient
from api.client.calls import Call
from api.client.clients import Sent, _Client
from api.keys.store import Key, KeyStore
from api.schemas.lists import MadePlaylist
from api.schemas.requests import PlaylistBody
from tests.contracts.clients import ClientContract, Connect, Line, MakeKey
from tests.homes import copied_home
from tests.processes import TOKEN, Server, serving

SERVER_PAGE = Path(__file__).parents[3] / "api" / "README.md"


class Driven:
    """An asynchronous client as one that waits: each of its methods runs to its end in an event loop of their own."""

    def __init__(self, client: AsyncPlaylistClient, runner: asyncio.Runner) -> None:
        self._client, self._runner = client, runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(*args: Any, **fields: Any) -> Any:
            made = method(*args, **fields)
            return self._each(made) if isinstance(made, AsyncIterator) else self._runner.run(made)

        return call

    def _each(self, found: AsyncIterator[object]) -> Iterator[object]:
        async def following() -> object:
            return await anext(found, None)

        while (item := self._runner.run(following())) is not None:
            yield item


@contextmanager
def driven(client: AsyncPlaylistClient) -> Iterator[PlaylistClient]:
    with asyncio.Runner() as runner:
        runner.run(client.__aenter__())
        try:
            yield cast(PlaylistClient, Driven(client, runner))
        finally:
            runner.run(client.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Server]]:
    home = copied_home(tmp_path_factory.mktemp("served") / "home")
    with serving(home, workers=1) as server:
        yield home, server


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_home(tmp_path_factory.mktemp("own") / "home")


def _make_key(home: Path) -> MakeKey:
    def make(key: Key) -> str:
        with closing(KeyStore(home)) as keys:
            return keys.make(key)[1]

    return make


def _beside(running: PlaylistClient | AsyncPlaylistClient, line: Line | None) -> httpx2.AsyncBaseTransport:
    """Return what leads to the application that another client runs: to start one for every caller takes seconds."""
    transport = running._http._transport
    if line is not None:
        line.through = transport
    return line or transport


def _key_of(running: PlaylistClient | AsyncPlaylistClient) -> str:
    return running._http.headers["Authorization"].removeprefix("Bearer ")


class _Served(ClientContract):
    @pytest.fixture
    def client(self, connect: Connect) -> Iterator[PlaylistClient]:
        with connect() as client:
            yield client

    @pytest.fixture
    def make_key(self, served: tuple[Path, Server]) -> MakeKey:
        return _make_key(served[0])


class _InProcess(ClientContract):
    @pytest.fixture
    def make_key(self, own_home: Path) -> MakeKey:
        return _make_key(own_home)


@pytest.mark.slow
class TestSyncOverHttp(_Served):
    @pytest.fixture
    def connect(self, served: tuple[Path, Server]) -> Connect:
        def connect(key: str = TOKEN, line: Line | None = None, **more: Any) -> AbstractContextManager[PlaylistClient]:
            return PlaylistClient(served[1].url, key, transport=line, **more)

        return connect


@pytest.mark.slow
class TestAsyncOverHttp(_Served):
    @pytest.fixture
    def connect(self, served: tuple[Path, Server]) -> Connect:
        def connect(key: str = TOKEN, line: Line | None = None, **more: Any) -> AbstractContextManager[PlaylistClient]:
            return driven(AsyncPlaylistClient(served[1].url, key, transport=line, **more))

        return connect


@pytest.mark.slow
class TestSyncInProcess(_InProcess):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, own_home: Path) -> Iterator[PlaylistClient]:
        with PlaylistClient.in_process(own_home) as client:
            yield client

    @pytest.fixture
    def connect(self, client: PlaylistClient) -> Connect:
        def connect(
            key: str | None = None, line: Line | None = None, **more: Any
        ) -> AbstractContextManager[PlaylistClient]:
            beside = _beside(client, line)
            return PlaylistClient("http://localhost", key or _key_of(client), transport=beside, **more)

        return connect


@pytest.mark.slow
class TestAsyncInProcess(_InProcess):
    @pytest.fixture(scope="class")
    @classmethod
    def running(cls, own_home: Path) -> AsyncPlaylistClient:
        return AsyncPlaylistClient.in_process(own_home)

    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, running: AsyncPlaylistClient) -> Iterator[PlaylistClient]:
        with driven(running) as client:
            yield client

    @pytest.fixture
    def connect(self, running: AsyncPlaylistClient, client: PlaylistClient) -> Connect:
        def connect(
            key: str | None = None, line: Line | None = None, **more: Any
        ) -> AbstractContextManager[PlaylistClient]:
            beside = _beside(running, line)
            return driven(AsyncPlaylistClient("http://localhost", key or _key_of(running), transport=beside, **more))

        return connect


class Answers(httpx2.AsyncBaseTransport):
    """Gives the same answers one after the other, and counts how many were asked for."""

    def __init__(self, *answers: httpx2.Response) -> None:
        self.answers, self.asked = answers, 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        return self.answers[self.asked - 1]


def _client(transport: httpx2.AsyncBaseTransport, **more: Any) -> PlaylistClient:
    return PlaylistClient("http://localhost", transport=transport, **more)


@pytest.mark.slow
def test_the_example_of_the_servers_page_runs(served: tuple[Path, Server], capsys: pytest.CaptureFixture[str]) -> None:
    example, _ = re.findall(r"^```python\n(.*?)^```$", SERVER_PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    exec(example.replace("http://127.0.0.1:8000", served[1].url))
    assert capsys.readouterr().out.startswith("2 ")


METHODS = sorted(name for name in dir(PlaylistClient) if isinstance(vars(_Client).get(name), Sent))


@pytest.mark.parametrize("client", [PlaylistClient, AsyncPlaylistClient])
@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_its_arguments_mean_and_what_it_raises(client: type[_Client], name: str) -> None:
    says, arguments, *_ = getattr(client, name).__doc__.split("\n\n")
    assert says.endswith((".", "typed."))
    assert all(re.fullmatch(r" {4}\w+: [^;].{6,}\.", line) for line in filter(None, arguments.splitlines())), arguments
    assert "ApiError" in getattr(client, name).__doc__
    if name == "create":
        assert "length: tracks; 20 where nothing else says; from 1 to 1,000." in arguments
        assert all(f"    {field}: " in arguments for field in PlaylistBody.model_fields)


def test_a_client_that_is_not_open_says_how_to_open_it(tmp_path: Path) -> None:
    for client in (PlaylistClient("http://localhost"), PlaylistClient.in_process(tmp_path)):
        for ask in (
            lambda made: made.track("rain"),
            lambda made: next(made.playlists()),
            lambda made: [*made.batch([])],
        ):
            with pytest.raises(RuntimeError, match=r"`with PlaylistClient\(...\) as client:`"):
                ask(client)

    async def asking(made: AsyncPlaylistClient) -> None:
        for answer in (made.track("rain"), anext(made.playlists()), anext(made.batch([]))):
            with pytest.raises(RuntimeError, match="`async with AsyncPlaylistClient"):
                await answer

    asyncio.run(asking(AsyncPlaylistClient("http://localhost")))


def test_the_application_starts_and_ends_with_its_client(tmp_path: Path) -> None:
    def sealers() -> int:
        return sum(thread.name == "sealer" for thread in threading.enumerate())

    before = sealers()
    with PlaylistClient.in_process(tmp_path) as client:
        assert sealers() == before + 1
        with pytest.raises(ApiError) as caught:
            client.create(prompt="calm")
    assert (caught.value.status, caught.value.type, caught.value.retry_after) == (503, "/problems/not-ready", 30)
    assert sealers() == before
    with pytest.raises(RuntimeError, match="not open"):
        client.create("calm")


@pytest.mark.slow
def test_whoever_has_no_key_is_a_stranger(served: tuple[Path, Server]) -> None:
    with PlaylistClient(served[1].url) as client, pytest.raises(ApiError) as caught:
        client.take_down(track_ids=["rain"], reason="mine")
    assert (caught.value.status, caught.value.type) == (401, "/problems/unauthenticated")


@pytest.mark.slow
def test_a_list_whose_asker_left_may_be_asked_for_again(served: tuple[Path, Server]) -> None:
    body = '{"prompt": "calm songs for an evening, no drums"}'
    headers = {"Content-Type": "application/json", "Idempotency-Key": "once-only", "Authorization": f"Bearer {TOKEN}"}
    lines = [
        f"{name}: {value}" for name, value in {"Host": "localhost", "Content-Length": len(body), **headers}.items()
    ]
    with socket.create_connection(("127.0.0.1", served[1].port)) as leaving:
        leaving.sendall("\r\n".join(["POST /v1/playlists HTTP/1.1", *lines, "", body]).encode())
        time.sleep(0.01)
    with PlaylistClient(served[1].url, TOKEN, patience_s=3) as client:
        call = Call("POST", "/v1/playlists", MadePlaylist.model_validate_json, {}, body, headers)
        assert client.send(call).version == 1


class Lines(httpx2.AsyncByteStream):
    """Lines of a batch that come in two parts, and the second only after the first line was read."""

    def __init__(self, content: bytes, cut: int) -> None:
        self.parts, self.given = (content[:cut], content[cut:]), 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            self.given += 1
            yield part


@pytest.mark.slow
def test_answers_of_a_batch_are_there_as_they_come(served: tuple[Path, Server]) -> None:
    with PlaylistClient(served[1].url) as asker:
        line = f"{asker.create(prompt='calm', length=1).model_dump_json()}\n".encode()
    stream = Lines(line * 3, len(line) + 20)
    with _client(Answers(httpx2.Response(200, stream=stream))) as client:
        answers = iter(client.batch([PlaylistBody(prompt="calm")] * 3))
        assert isinstance(next(answers), MadePlaylist)
        assert stream.given == 1
        assert len(list(answers)) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_it_is_tried_again_after_the_time_that_an_answer_names(status: int) -> None:
    busy = httpx2.Response(status, headers={"Retry-After": "0"}, text="busy")
    transport = Answers(busy, busy, httpx2.Response(200, json={"completions": []}))
    with _client(transport) as client:
        assert client.complete("artist", q="ada").completions == []
    assert transport.asked == 3


def test_an_answer_that_keeps_failing_is_told_after_three_tries() -> None:
    transport = Answers(*[httpx2.Response(503, headers={"Retry-After": "0"}, text="busy")] * 9)
    with _client(transport) as client, pytest.raises(ApiError) as caught:
        client.create(prompt="calm")
    assert transport.asked == 3
    assert (caught.value.status, caught.value.type, caught.value.detail) == (503, "about:blank", "busy")


@pytest.mark.parametrize("status", [301, 400, 404, 409, 500, 502])
def test_what_no_waiting_mends_is_told_at_once(status: int) -> None:
    transport = Answers(*[httpx2.Response(status, text="<html>no</html>")] * 9)
    with _client(transport) as client, pytest.raises(ApiError) as caught:
        client.create(prompt="calm")
    assert transport.asked == 1
    assert caught.value.status == status


def test_a_request_that_is_still_being_answered_is_asked_for_again() -> None:
    transport = Answers(
        httpx2.Response(409, headers={"Retry-After": "0"}, text="being answered"), httpx2.Response(404, text="")
    )
    with _client(transport) as client, pytest.raises(ApiError) as caught:
        client.create(prompt="calm")
    assert (transport.asked, caught.value.status) == (2, 404)


def test_nobody_waits_longer_than_their_patience() -> None:
    transport = Answers(*[httpx2.Response(503, headers={"Retry-After": "1"}, text="busy")] * 9)
    with _client(transport, patience_s=1.5) as client, pytest.raises(ApiError):
        client.read("a-list")
    assert transport.asked == 2


def test_an_id_is_one_part_of_an_address(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.raw_path.partition(b"?")[0])
        return httpx2.Response(404, text="")

    with _client(httpx2.MockTransport(answer)) as client:
        for ask in (client.read, client.track, client.shared):
            with pytest.raises(ApiError):
                ask("a/b?c#d")
    assert [path.rpartition(b"/")[2] for path in seen] == [b"a%2Fb%3Fc%23d"] * 3
