"""Admission control: limits on body sizes and on requests in flight.

uvicorn's own `limit_concurrency` counts idle connections and tells nobody when to come back.
"""

import asyncio
import hmac

from anyio import CancelScope
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ProblemError, ProblemKind, unavailable

MAX_BODY_BYTES = 64 * 1024

MAX_ADMINISTRATORS_BYTES = {"/v1/consent/records": 1024 * 1024, "/v1/consent/deliveries": 10_000_000}
"""What the administrator may send to these addresses: a thousand records, a message of thousands of recordings."""


_CONSENT, _PLAYLISTS, _LISTS = "/v1/consent/", "/v1/playlists", "/v1/"


def is_administrator(authorization: str, token: str | None) -> bool:
    """Whether an `Authorization` header carries the administrator's token; nobody is one where there is no token."""
    scheme, _, given = authorization.partition(" ")
    if token is None or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode(), token.encode())


class Admission:
    """ASGI: of the requests below `/v1`, at most `max_in_flight` wait or are worked on, with bodies of 64 KiB at most.

    Changes of consent are counted apart, so many again: no rush of listeners turns a take-down away. Only who sends the
    administrator's token may send more, where that is called for, so that no stranger fills the memory. A body is read before
    its request takes a place, so slow senders hold nobody up. Other addresses are never held.
    """

    def __init__(self, app: ASGIApp, max_in_flight: int, admin_token: str | None = None) -> None:
        self._app = app
        self._free = {_CONSENT: max_in_flight, _LISTS: max_in_flight}
        self._admin_token = admin_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or turn it away with a problem."""
        if scope["type"] != "http" or not scope["path"].startswith(_LISTS):
            await self._app(scope, receive, send)
            return
        try:
            longest = MAX_BODY_BYTES
            if is_administrator(Headers(scope=scope).get("authorization", ""), self._admin_token):
                longest = MAX_ADMINISTRATORS_BYTES.get(scope["path"], MAX_BODY_BYTES)
            body = await _read(scope, receive, longest)
        except ProblemError as problem:
            await problem.response()(scope, receive, send)
            return
        if body is None:
            return
        kind = _CONSENT if scope["path"].startswith(_CONSENT) else _LISTS
        if not self._free[kind]:
            busy = unavailable(ProblemKind.OVERLOADED, "this server is busy; ask again in a second")
            await busy.response()(scope, receive, send)
            return
        self._free[kind] -= 1
        try:
            if scope["path"].startswith(_PLAYLISTS):
                await _unless_left(self._app, scope, body, receive, send)
            else:  # a take-down or an event counts, whoever hears of it
                await self._app(scope, _replay(body, receive), send)
        finally:
            self._free[kind] += 1


async def _read(scope: Scope, receive: Receive, longest: int) -> bytes | None:
    """Read the whole body; None if the sender hangs up first. Raises ProblemError as soon as it is known to be too large."""
    too_large = ProblemError(ProblemKind.TOO_LARGE, f"a body may have {longest:,} bytes")
    declared = Headers(scope=scope).get("content-length", "0")
    if declared.isdigit() and (len(declared) > 18 or int(declared) > longest):
        raise too_large
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > longest:
            raise too_large
    return bytes(body)


async def _unless_left(app: ASGIApp, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    """Answer a request, unless its client leaves before the answer begins: nobody waits for what nobody waits for."""
    begun = False

    async def begin(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    async def watch(answering: CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if not begun:
            answering.cancel()

    with CancelScope() as answering:
        watching = asyncio.create_task(watch(answering))
        try:
            await app(scope, _replay(body, asyncio.Future), begin)  # the rest is watched here
        finally:
            watching.cancel()


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives `body` first and then what the server still has to tell."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay
