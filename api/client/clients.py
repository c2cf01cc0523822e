"""Clients of the API, for threads and for event loops: both send the same calls, in the same way."""

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, Protocol, Self, TypeVar, overload

import anyio
import httpx2
from anyio.from_thread import start_blocking_portal

from api.app import create_app
from api.client.calls import (
    FORM,
    PLAYLIST,
    VERSION,
    ApiError,
    Asked,
    Call,
    arguments,
    asking,
    changing,
    many,
    posting,
    reading,
    writing,
)
from api.listeners import Erased, Known
from api.routes.listeners import ListenerBody
from api.schemas.catalog import CompletionQuery, CompletionsResponse, NothingQuery
from api.schemas.consent import ConsentQuery, ConsentStoryResponse, TakedownBody, TakedownResponse, TrackDescription
from api.schemas.events import Event, EventsBody, EventsResponse
from api.schemas.lists import (
    ListPage,
    MadePlaylist,
    SavedResponse,
    ShareBody,
    SharedPlaylist,
    ShareQuery,
    ShareResponse,
)
from api.schemas.requests import ChangeBody, PlaylistBody, RefineBody, ReorderBody, RestoreBody, SwapBody
from api.settings import Settings

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
Item = TypeVar("Item")
Result = TypeVar("Result", covariant=True)

_TRACK: Final = "track_id: the track's id."

MADE, SAVED = MadePlaylist.model_validate_json, SavedResponse.model_validate_json

PATIENCE_S: Final = 10.0

MOST_TRIES: Final = 3

FIRST_WAIT_S: Final = 0.5
"""Before the second try, where no answer says how long to wait; twice that before the third."""

TIMEOUT_S: Final = 60
"""So long nothing may come of an answer."""


_RAISES: Final = """Raises ApiError for an answer that is a problem, and for arguments that cannot be used (status 422, `errors` names them);
httpx2.TransportError where no answer came; RuntimeError where the client is not open."""


class Sent(Generic[Given, Answer]):
    """A method of both clients: it sends a call, and returns its answer or what awaits it.

    `told` are its arguments in words, a line each, where the call's own docstring does not hold them.
    """

    def __init__(self, says: str, call: Callable[Given, Call[Answer]], told: str | None = None) -> None:
        self._says, self._call = f"{says}\n\n{told or call.__doc__}\n\n{_RAISES}", call

    @overload
    def __get__(self, client: "PlaylistClient", _: type) -> Callable[Given, Answer]: ...
    @overload
    def __get__(self, client: "AsyncPlaylistClient", _: type) -> Callable[Given, Coroutine[Any, Any, Answer]]: ...
    def __get__(self, client: "PlaylistClient | AsyncPlaylistClient", _: type) -> Callable[Given, Any]:
        def send(*args: Given.args, **fields: Given.kwargs) -> Any:
            return client.send(self._call(*args, **fields))

        send.__name__ = send.__qualname__ = self._name
        send.__doc__, send.__annotations__ = self._says, {}
        return send

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name


class Prompting(Protocol[Given, Result]):
    """A method whose prompt may be given by place."""

    @overload
    def __call__(self, prompt: str, /, *args: Given.args, **fields: Given.kwargs) -> Result: ...
    @overload
    def __call__(self, *args: Given.args, **fields: Given.kwargs) -> Result: ...


class Prompted(Sent[Given, Answer]):
    """A method whose body begins with a prompt."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, client: "PlaylistClient", _: type) -> Prompting[Given, Answer]: ...
        @overload
        def __get__(self, client: "AsyncPlaylistClient", _: type) -> Prompting[Given, Coroutine[Any, Any, Answer]]: ...
        def __get__(self, client: "PlaylistClient | AsyncPlaylistClient", _: type) -> Any: ...


class _Client:
    """The API at an `address` (http://...), for whoever has a `key`, or for a stranger. A block opens and closes it.

    What only reads, and lists that are made or changed, are sent up to three times, for the server makes no such change twice;
    nothing else is sent again. One call waits up to `patience_s` seconds for its next tries, all together.
    """

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        patience_s: float = PATIENCE_S,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx2.AsyncClient(base_url=address, headers=headers, timeout=TIMEOUT_S, transport=transport)
        self._application: AbstractAsyncContextManager[object] = nullcontext()
        self._patience_s = patience_s
        self._is_open = False

    @classmethod
    def in_process(cls, home: Path, key: str | None = None, *, patience_s: float = PATIENCE_S) -> Self:
        """Return a client of the application over a home in this process, without a socket; without a key it may do everything.

        Settings are those of the environment. The answers of a batch come when all of them are there. Raises as `create_app`.
        """
        token = secrets.token_urlsafe()
        application = create_app(replace(Settings.from_env(), home=home, admin_token=token))
        transport = httpx2.ASGITransport(application)
        client = cls("http://localhost", key or token, patience_s=patience_s, transport=transport)
        client._application = application.router.lifespan_context(application)
        return client

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        async with self._application, self._http:
            self._is_open = True
            try:
                yield
            finally:
                self._is_open = False

    def _check(self) -> None:
        if not self._is_open:
            block = "async with" if isinstance(self, AsyncPlaylistClient) else "with"
            raise RuntimeError(
                f"this client is not open; use it in a block: `{block} {type(self).__name__}(...) as client:`"
            )

    async def _answer(self, call: Call[Answer]) -> Answer:
        self._check()
        left_s, tries = self._patience_s, 0
        while True:
            try:
                return call.answered(await self._http.request(**call.request))
            except (ApiError, httpx2.TransportError) as error:
                tries += 1
                may_pass, told = (error.may_pass, error.retry_after) if isinstance(error, ApiError) else (True, None)
                wait_s = FIRST_WAIT_S * tries if told is None else told
                if not (call.repeatable and may_pass and tries < MOST_TRIES and wait_s <= left_s):
                    error.add_note(f"asked was {self._http.base_url}")
                    raise
            left_s -= wait_s
            await anyio.sleep(wait_s)

    async def _playlists(self, limit: int) -> AsyncGenerator[SavedResponse]:
        params: dict[str, object] = {"limit": limit}
        while True:
            page = await self._answer(Call("GET", "/v1/playlists", ListPage.model_validate_json, params))
            for saved in page.playlists:
                yield saved
            if page.next is None:
                return
            params["after"] = page.next

    async def _batch(self, requests: Iterable[Asked]) -> AsyncGenerator[MadePlaylist | ApiError]:
        self._check()
        call, rest = many(requests), b""
        async with self._http.stream(**call.request) as answer:
            if not answer.is_success:
                await answer.aread()
                raise ApiError.of(answer)
            async for part in answer.aiter_bytes():
                *lines, rest = (rest + part).split(
                    b"\n"
                )  # httpx2 would end a line at each sign that Unicode has for it
                for line in lines:
                    yield call.read(line)

    create = Prompted(
        'Ask for a list: `create("rainy jazz")`.', posting("/v1/playlists", PlaylistBody, MadePlaylist, once=True)
    )
    read = Sent(
        "Read a list as it stands, or a version of it, with consent decided now.", reading, f"{PLAYLIST}\n{VERSION}"
    )
    written = Sent("Read a list, or a version of it, as the text of a file.", writing, f"{PLAYLIST}\n{FORM}\n{VERSION}")
    refine = Sent("Make the next version by words or wishes.", changing("POST", "/refine", RefineBody, MADE, once=True))
    swap = Sent("Put another track in one place.", changing("POST", "/swap", SwapBody, MADE, once=True))
    reorder = Sent("Put the tracks in another order.", changing("POST", "/reorder", ReorderBody, MADE, once=True))
    restore = Sent(
        "Make a version of a list the latest one.", changing("POST", "/restore", RestoreBody, MADE, once=True)
    )
    change = Sent(
        "Change a list's title, sentence and cover, and how it lives.", changing("PATCH", "", ChangeBody, SAVED)
    )
    delete = Sent("Delete a list with all its versions.", changing("DELETE", "", NothingQuery, lambda _: None))
    share = Sent("Share a list.", changing("POST", "/share", ShareBody, ShareResponse.model_validate_json))
    stop_sharing = Sent("Stop sharing a list.", changing("DELETE", "/share", NothingQuery, lambda _: None))
    shared = Sent(
        "Read what is shared under an id.",
        asking("/v1/shares/{}", ShareQuery, SharedPlaylist, "share_id: what `share` returned."),
    )
    complete = Sent(
        "Complete the name of an `artist`, `title`, `album`, `label` or `tag`, of which `q` was typed.",
        asking("/v1/catalog/{}s", CompletionQuery, CompletionsResponse, "kind: one of these five."),
    )
    track = Sent("Describe a track.", asking("/v1/tracks/{}", NothingQuery, TrackDescription, _TRACK))
    consent = Sent(
        "Tell the story of a track's consent.",
        asking("/v1/tracks/{}/consent", ConsentQuery, ConsentStoryResponse, _TRACK),
    )
    take_down = Sent("Stop the use of tracks.", posting("/v1/consent/takedowns", TakedownBody, TakedownResponse))
    record_events = Sent(
        "Tell what became of answers.",
        posting("/v1/events", EventsBody, EventsResponse),
        f"{arguments(EventsBody)}\n\nAn event has\n\n{arguments(Event)}",
    )
    export_listener = Sent("Return all about a listener.", posting("/v1/listeners/export", ListenerBody, Known))
    erase_listener = Sent("Erase all about a listener.", posting("/v1/listeners/erase", ListenerBody, Erased))


class AsyncPlaylistClient(_Client):
    """The client for event loops."""

    async def __aenter__(self) -> Self:
        self._open = AsyncExitStack()
        await self._open.enter_async_context(self._opened())
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._open.aclose()

    async def send(self, call: Call[Answer]) -> Answer:
        """Send a call and return its answer. Raises as every method."""
        return await self._answer(call)

    def playlists(self, limit: int = 50) -> AsyncIterator[SavedResponse]:
        """Return the lists that the key keeps, of which `limit`, 1 to 200, are asked for at a time."""
        return self._playlists(limit)

    def batch(self, requests: Iterable[Asked]) -> AsyncIterator[MadePlaylist | ApiError]:
        """Return the answers to up to 10,000 `requests` (bodies, or dicts of their fields), in order and as they come.

        What is wrong with one is its answer, an ApiError. Raises as every method where all of them are refused.
        """
        return self._batch(requests)


class PlaylistClient(_Client):
    """The client for threads, which may share it."""

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._portal = opening.enter_context(start_blocking_portal())
            opening.enter_context(self._portal.wrap_async_context_manager(self._opened()))
            self._open = opening.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def send(self, call: Call[Answer]) -> Answer:
        """Send a call and return its answer. Raises as every method."""
        self._check()
        return self._portal.call(self._answer, call)

    def playlists(self, limit: int = 50) -> Iterator[SavedResponse]:
        """Yield the lists that the key keeps, of which `limit`, 1 to 200, are asked for at a time."""
        return self._each(self._playlists(limit))

    def batch(self, requests: Iterable[Asked]) -> Iterator[MadePlaylist | ApiError]:
        """Yield the answers to up to 10,000 `requests` (bodies, or dicts of their fields), in order and as they come.

        What is wrong with one is its answer, an ApiError. Raises as every method where all of them are refused.
        """
        return self._each(self._batch(requests))

    def _each(self, found: AsyncGenerator[Item]) -> Iterator[Item]:
        async def following() -> Item | None:
            return await anext(found, None)

        self._check()
        try:
            while (item := self._portal.call(following)) is not None:
                yield item
        finally:
            self._portal.call(found.aclose)
