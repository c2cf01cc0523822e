"""What every answer bears, errors included: request id, security headers, whether it may be stored, how long it took."""

import logging
import re
from collections.abc import Mapping, Sequence
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.exposures.log import new_id
from api.logs import REQUEST
from api.metrics import Metrics
from api.problems import METHODS, ProblemError, ProblemKind

_LOG = logging.getLogger(__name__)


REQUEST_ID = "X-Request-Id"
SERVER_TIMING = "Server-Timing"

_TIMED = "/v1/"
_COUNTED = frozenset({"HEAD", "OPTIONS", *METHODS})
"""Methods counted by name: whoever makes one up makes no new series."""
_SANE_ID = re.compile(r"[\x20-\x7e]{1,128}")
_NO_TOKEN = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]+")

_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
_SECURITY = (
    # "no-referrer" would take the origin from the page's own forms, which is checked.
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


def server_timing(timings_ms: Mapping[str, float]) -> str:
    """Return steps and their milliseconds as a `Server-Timing` header (W3C, Server Timing); names become tokens."""
    return ", ".join(f"{_NO_TOKEN.sub('-', name)};dur={milliseconds:.1f}" for name, milliseconds in timings_ms.items())


class Envelope:
    """ASGI: takes or makes `X-Request-Id` (1 to 128 printable ASCII characters) and echoes it; sets security headers.

    An answer may have been given another id, which stands. One that does not say how long it may be kept is not to be
    stored. Below `/v1` each tells how long it took until it began. HEAD is answered wherever GET is, without the body.

    `audio`: origins from which the page may play.

    Requests are counted and logged under the template of their route, one of `routes` for those that are turned away before
    it is looked for: neither ids nor words of an address are kept.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, audio: Sequence[str] = (), routes: Sequence[BaseRoute] = ()
    ) -> None:
        self._app, self._metrics, self._routes = app, metrics, routes
        policy = " ".join([f"{_POLICY}; media-src 'self'", *audio])
        self._security = [(b"content-security-policy", policy.encode()), *_SECURITY]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _SANE_ID.fullmatch(given) else new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST.set(request_id)  # the server works on every request in a task of its own
        status = 0
        method = scope["method"] if scope["method"] in _COUNTED else "other"
        only_head = method == "HEAD"
        if only_head:
            scope = {**scope, "method": "GET"}

        async def send_in_envelope(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault(REQUEST_ID, request_id)
                headers.setdefault("Cache-Control", "no-store")
                headers.raw.extend(self._security)
                if scope["path"].startswith(_TIMED):
                    headers.append(SERVER_TIMING, server_timing({"total": (perf_counter() - began) * 1000}))
            elif only_head:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(scope, receive, send_in_envelope)
        finally:
            self._tell(method, self._template(scope), status, perf_counter() - began)

    def _template(self, scope: Scope) -> str:
        route = scope.get("route") or next((one for one in self._routes if one.matches(scope)[0] is Match.FULL), None)
        return getattr(route, "path_format", "none")

    def _tell(self, method: str, route: str, status: int, seconds: float) -> None:
        self._metrics.count_request(method, route, status, seconds)
        ms = round(seconds * 1000, 2)
        fields = {"method": method, "route": route, "status": status or None, "ms": ms}
        _LOG.info("%s %s %s in %s ms", method, route, status or "(left)", ms, extra={"fields": fields})


class Unforeseen:
    """ASGI: an error that nobody foresaw is logged under the id of its request, and answered with a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises what comes after an answer has begun."""
        begun = False

        async def begin(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, begin)
        except Exception:
            if scope["type"] != "http":
                raise
            _LOG.exception("The request failed")
            if begun:
                raise
            # The answer tells nothing of the inside.
            problem = ProblemError(
                ProblemKind.INTERNAL, "the cause is in the server's log, under this answer's X-Request-Id"
            )
            await problem.response()(scope, receive, send)
