"""Request ids and security headers on every response, errors included; every request is counted, and logged in one line."""

import logging
import re
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.exposures.log import new_id
from api.logs import REQUEST
from api.metrics import Metrics
from api.problems import ProblemError, ProblemKind

_LOG = logging.getLogger(__name__)


REQUEST_ID = "X-Request-Id"

_SANE_ID = re.compile(r"[\x20-\x7e]{1,128}")

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
"""Those counted by name: whoever makes one up makes no new series."""

_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Envelope:
    """ASGI: takes or makes `X-Request-Id` (1 to 128 printable ASCII characters) and echoes it; sets security headers.

    An answer may have been given another id, which stands. HEAD is answered wherever GET is, without the body. An error
    that nobody foresaw is logged here under that id, and answered with a problem.

    Requests are counted and logged under the template of their route: neither ids nor words of an address are kept.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _SANE_ID.fullmatch(given) else new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST.set(request_id)  # the server works on every request in a task of its own
        started, status = perf_counter(), 0
        method = scope["method"] if scope["method"] in _METHODS else "other"
        only_head = method == "HEAD"
        if only_head:
            scope = {**scope, "method": "GET"}

        async def send_in_envelope(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault(REQUEST_ID, request_id)
                headers.update(_SECURITY)
            elif only_head:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(scope, receive, send_in_envelope)
        except Exception:
            _LOG.exception("The request failed")
            if status:
                raise
            # The answer tells nothing of the inside.
            problem = ProblemError(
                ProblemKind.INTERNAL, "the cause is in the server's log, under this answer's X-Request-Id"
            )
            await problem.response()(scope, receive, send_in_envelope)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._tell(method, route, status, perf_counter() - started)

    def _tell(self, method: str, route: str, status: int, seconds: float) -> None:
        self._metrics.count_request(method, route, status, seconds)
        ms = round(seconds * 1000, 2)
        fields = {"method": method, "route": route, "status": status or None, "ms": ms}
        _LOG.info("%s %s %s in %s ms", method, route, status or "(left)", ms, extra={"fields": fields})
