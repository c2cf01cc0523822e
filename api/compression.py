"""Answers packed with gzip, for those who accept it."""

from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware, IdentityResponder
from starlette.types import ASGIApp, Receive, Scope, Send

from api.negotiation import preferred

SMALLEST: Final = 1_000
"""Bytes of an answer; below, packing costs more than it saves."""

LEVEL: Final = 5
"""Of zlib: 9 takes three times as long for a list of 250 tracks, and saves two bytes in a hundred."""

AS_THEY_ARE: Final = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/x-ndjson")
"""What is packed already, and lines that are sent one by one and have to arrive so."""


class Compression(GZipMiddleware):
    """ASGI: Starlette's, which does not hear that `gzip;q=0` refuses."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, SMALLEST, LEVEL, exclude_content_types=AS_THEY_ARE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        accepted = Headers(scope=scope).get("accept-encoding", "") if scope["type"] == "http" else ""
        if preferred(accepted, ("gzip",)) is None:
            plain = IdentityResponder(self.app, self.minimum_size, exclude_content_types=self.exclude_content_types)
            await plain(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
