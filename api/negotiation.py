"""What headers such as `Accept` admit (RFC 9110, 12.5), and answers packed with gzip for those who accept it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware, IdentityResponder
from starlette.types import ASGIApp, Receive, Scope, Send

MOST_RANGES = 50
"""Of one header; more are not read, so that a long header costs no more than a short one."""


SMALLEST: Final = 1_000
"""Bytes of an answer; below, packing costs more than it saves."""

LEVEL: Final = 5
"""Of zlib: 9 takes three times as long for a list of 250 tracks, and saves two bytes in a hundred."""

AS_THEY_ARE: Final = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/x-ndjson")
"""What is packed already, and lines that are sent one by one and have to arrive so."""


@lru_cache(maxsize=256)
def preferred(accept: str, kinds: tuple[str, ...]) -> str | None:
    """Return which of `kinds` (media types or codings, in lower case) a header likes best, or None if it takes none.

    An empty header takes anything; between equals, the first of `kinds` is chosen.
    """
    if not accept.strip():
        return kinds[0]
    liked = dict(ranges(accept))
    qualities = {kind: _quality(kind, liked) for kind in kinds}
    best = max(qualities, key=qualities.__getitem__)
    return best if qualities[best] > 0 else None


def ranges(header: str) -> list[tuple[str, float]]:
    """Return what a header names, in lower case and its order, with the weights from 0 to 1."""
    return list(map(_range, header.split(",", MOST_RANGES)[:MOST_RANGES]))


def _range(text: str) -> tuple[str, float]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
    return kind, float(weights[0]) if weights and re.fullmatch(r"[01](\.\d{0,3})?", weights[0]) else 1.0


def _quality(kind: str, liked: Mapping[str, float]) -> float:
    """How much `kind` is liked: what is said most specifically about it counts."""
    for pattern in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        if pattern in liked:
            return liked[pattern]
    return 0.0


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
