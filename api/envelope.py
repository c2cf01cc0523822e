"""Request ids and security headers on every response, errors included."""

import logging
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.exposures.log import new_id
from api.problems import ProblemError, ProblemKind

_LOG = logging.getLogger(__name__)


REQUEST_ID = "X-Request-Id"

_SANE_ID = re.compile(r"[\x20-\x7e]{1,128}")

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
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _SANE_ID.fullmatch(given) else new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        only_head = scope["method"] == "HEAD"
        if only_head:
            scope = {**scope, "method": "GET"}
        started = False

        async def send_in_envelope(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers.setdefault(REQUEST_ID, request_id)
                headers.update(_SECURITY)
            elif only_head:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(scope, receive, send_in_envelope)
        except Exception:
            _LOG.exception("Request %s failed", request_id)
            if started:
                raise
            # The answer tells nothing of the inside.
            problem = ProblemError(
                ProblemKind.INTERNAL, "the cause is in the server's log, under this answer's X-Request-Id"
            )
            await problem.response()(scope, receive, send_in_envelope)
