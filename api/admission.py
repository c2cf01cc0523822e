"""Who is let in: small bodies only, and only so many requests at once.

uvicorn's own `limit_concurrency` counts idle connections and tells nobody when to come back.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ProblemError, ProblemKind, unavailable

MAX_BODY_BYTES = 64 * 1024


class Admission:
    """ASGI: of the requests below `/v1`, at most `max_in_flight` are worked on at once, with bodies of 64 KiB at most.

    A body is read before its request takes a place, so slow senders hold nobody up. Other addresses are never held.
    """

    def __init__(self, app: ASGIApp, max_in_flight: int) -> None:
        self._app = app
        self._free = max_in_flight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or turn it away with a problem."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(scope, receive)
        except ProblemError as problem:
            await problem.response()(scope, receive, send)
            return
        if body is None:
            return
        if not self._free:
            busy = unavailable(ProblemKind.OVERLOADED, "this server is busy; ask again in a second")
            await busy.response()(scope, receive, send)
            return
        self._free -= 1
        try:
            await self._app(scope, _replay(body, receive), send)
        finally:
            self._free += 1


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """Read the whole body; None if the sender hangs up first. Raises ProblemError as soon as it is known to be too large."""
    too_large = ProblemError(ProblemKind.TOO_LARGE, f"a body may have {MAX_BODY_BYTES:,} bytes")
    declared = Headers(scope=scope).get("content-length", "0")
    if declared.isdigit() and (len(declared) > 18 or int(declared) > MAX_BODY_BYTES):
        raise too_large
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            raise too_large
    return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives `body` first and then what the server still has to tell."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay
