"""Admission control: limits on body sizes, on the requests in flight, and on how long they wait for their turn.

uvicorn's own `limit_concurrency` counts idle connections and tells nobody when to come back.
"""

import asyncio
from time import monotonic

from anyio import CancelScope
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.keys.callers import caller_of
from api.metrics import Metrics
from api.problems import ProblemError, ProblemKind, unavailable
from api.schemas.events import MAX_EVENTS_BYTES
from api.threads import ON_LISTS

MAX_BODY_BYTES = 64 * 1024

EVENTS = "/v1/events"

BATCH = "/v1/playlists/batch"

LARGE_BODIES = {
    "/v1/consent/records": ("consent", 1024 * 1024),
    "/v1/consent/deliveries": ("consent", 10_000_000),
    BATCH: ("listen", 32_000_000),
}
"""What may be sent to these addresses by whom a key of that scope belongs to: a thousand records, a message of thousands of
recordings, ten thousand requests."""

MAX_HELD_BYTES = 16 * 1024 * 1024
"""Of all bodies together that strangers send at one time."""

BURST_S = 0.25
"""So long some may wait at any time before this counts as a queue that stands, which no waiting makes shorter."""

CALM_S = 1.0
"""A queue that stood is let grow again when for so long nobody had to be turned away."""

_CONSENT, _BELOW = "/v1/consent/", ("/v1/", "/ofrep/", "/p/")
_LISTS = ("/v1/playlists", "/p/")


def longest_bodies(path: str) -> tuple[int, int, str]:
    """Return the bytes of a body that anybody may send to an address, that a key's holder may, and the scope of that key."""
    anybody = MAX_EVENTS_BYTES if path == EVENTS else MAX_BODY_BYTES
    scope, most = LARGE_BODIES.get(path, ("consent", anybody))
    return anybody, most, scope


def body_words(path: str) -> str:
    """Say how long a body may be, as OpenAPI describes the address."""
    anybody, most, scope = longest_bodies(path)
    more = "" if most == anybody else f", with a key of scope `{scope}` {most:,}"
    return f"The request is too large: a body may have {anybody:,} bytes{more}"


class Lane:
    """The places of one kind of request, of which `working` are worked on at once and the others wait.

    A burst may wait, `most` requests in all. Where more come than can be answered a queue only makes everybody late: once
    some wait all the time, one at a time may, and the others are told at once. (As in Maurer, "Fail at Scale", ACM Queue
    13(8), 2015, but by places, since a request is refused before it is read.)
    """

    def __init__(self, name: str, most: int, working: int, metrics: Metrics) -> None:
        self._most, self._working = most, working
        self._taken = 0
        self.sheds = metrics.sheds.labels(name)
        self._shown = [metrics.queue.labels(name, state) for state in ("working", "waiting")]
        self._waiting_since: float | None = None
        self._turned_away = -CALM_S

    def has_place(self) -> bool:
        """Return whether one more may come in; whoever asks in vain is turned away, which is remembered."""
        now = monotonic()
        stands = self._waiting_since is not None and now - self._waiting_since > BURST_S
        short = stands or now - self._turned_away < CALM_S
        if self._taken < (min(self._most, self._working + 1) if short else self._most):
            return True
        self._turned_away = now
        return False

    def __enter__(self) -> None:
        self._taken += 1
        if self._taken > self._working and self._waiting_since is None:
            self._waiting_since = monotonic()
        self._show()

    def __exit__(self, *_: object) -> None:
        self._taken -= 1
        if self._taken <= self._working:
            self._waiting_since = None
        self._show()

    def _show(self) -> None:
        working = min(self._taken, self._working)
        for gauge, count in zip(self._shown, (working, self._taken - working), strict=True):
            gauge.set(count)


class Admission:
    """ASGI: of what is posted, and of requests for lists and data, at most `max_in_flight` wait or are worked on, with bodies as long as `longest_bodies` says.

    There are lanes for lists, for what holders of keys send on consent, and for the rest: no rush of listeners turns a
    take-down away. A request that has to be refused is so before its body is read; its body is read before it takes a place,
    so slow senders hold nobody up. Only who has a key may send more, where that is called for, so that no stranger fills the
    memory. Other addresses are never held.
    """

    def __init__(self, app: ASGIApp, max_in_flight: int, metrics: Metrics) -> None:
        self._app = app
        self._lists = Lane("lists", max_in_flight, ON_LISTS.count, metrics)
        self._consent, self._others = (
            Lane(name, max_in_flight, max_in_flight, metrics) for name in ("consent", "others")
        )
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or turn it away with a problem."""
        if scope["type"] != "http" or not (scope["method"] == "POST" or scope["path"].startswith(_BELOW)):
            await self._app(scope, receive, send)
            return
        anybody, most, needed = longest_bodies(scope["path"])
        caller = caller_of(scope)
        trusted = caller.key is not None and caller.may(needed)
        path = scope["path"]
        if lists := path == "/" or (path.startswith(_LISTS) and path != BATCH):
            lane = self._lists
        else:
            lane = self._consent if trusted and scope["path"].startswith(_CONSENT) else self._others
        longest = most if trusted else anybody
        try:
            self._check(lane)
            body = await self._read(scope, receive, longest, counted=not trusted)
            if body is None:
                return
            self._check(lane)
        except ProblemError as problem:
            if problem.kind is ProblemKind.OVERLOADED:
                lane.sheds.inc()
            await problem.response()(scope, receive, send)
            return
        with lane:
            if lists:
                await _unless_left(self._app, scope, body, receive, send)
            else:  # a take-down or an event counts, whoever hears of it
                await self._app(scope, _replay(body, receive), send)

    def _check(self, lane: Lane) -> None:
        if not lane.has_place():
            raise unavailable(ProblemKind.OVERLOADED, "this server is busy; ask again in a second")

    async def _read(self, scope: Scope, receive: Receive, longest: int, *, counted: bool) -> bytes | None:
        """Read the whole body; None if the sender hangs up first. Raises ProblemError as soon as it may not be held."""
        too_large = ProblemError(ProblemKind.TOO_LARGE, f"a body may have {longest:,} bytes")
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and (len(declared) > 18 or int(declared) > longest):
            raise too_large
        body = bytearray()
        more = True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                part = message.get("body", b"")
                body += part
                self._held += len(part) * counted
                more = message.get("more_body", False)
                if len(body) > longest:
                    raise too_large
                if counted and self._held > MAX_HELD_BYTES:
                    raise unavailable(
                        ProblemKind.OVERLOADED, "this server is sent too much at once; ask again in a second"
                    )
        finally:
            self._held -= len(body) * counted
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
