"""Connections that hold nothing for long: limits of time, size and number, for which uvicorn has no settings."""

import resource
from asyncio import TimerHandle, Transport
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ARRIVE_S: Final = 30.0
"""A request has to be here, whole, so long after its connection was made or its first byte came."""

MAX_HEAD_BYTES: Final = 32 * 1024
"""Address and headers of one request."""

SLICE: Final = 4 * 1024
"""Bytes that are parsed at once."""

MOST_WAITING: Final = 16
"""Requests of one connection that may wait for the answers to those before them."""

SPARE_FILES: Final = 100
"""Descriptors that connections leave to catalog, bundles and log."""


def _most_connections() -> int:
    """Return how many connections a process may hold, after raising what it may open as far as it is let."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard > 65_536:
        hard = max(soft, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return max(hard - SPARE_FILES, hard // 2)


class Connection(HttpToolsProtocol):
    """An HTTP/1.1 connection that is closed where its request does not arrive in time, or its head grows too long.

    Where there are more connections than descriptors allow, those give way that have waited longest for a request to come.
    """

    _waiting: ClassVar[dict["Connection", TimerHandle]] = {}
    _most: ClassVar[int | None] = None
    _head_bytes: int | None = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for a request."""
        super().connection_made(transport)
        cls = type(self)
        if cls._most is None:
            cls._most = _most_connections()
        if len(self.connections) > cls._most and self._waiting:
            next(iter(self._waiting)).transport.abort()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take some more of a request, little by little: what is sent at once may hold thousands of them."""
        self._wait()
        for start in range(0, len(data), SLICE):
            if self.transport.is_closing():
                return
            part = data[start : start + SLICE]
            if self._head_bytes is not None:
                self._head_bytes += len(part)
            super().data_received(part)
            if self._head_bytes is not None and self._head_bytes > MAX_HEAD_BYTES:
                self._refuse("431 Request Header Fields Too Large", f"a head may have {MAX_HEAD_BYTES:,} bytes")
            elif len(self.pipeline) > MOST_WAITING:
                self._refuse("429 Too Many Requests", f"at most {MOST_WAITING} requests may wait on a connection")

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._head_bytes = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop waiting: it is the server's turn."""
        self._arrived()
        self._head_bytes = 0
        super().on_message_complete()

    def _wait(self) -> None:
        if self not in self._waiting:
            self._waiting[self] = self.loop.call_later(ARRIVE_S, self._late)

    def _arrived(self) -> None:
        if (timer := self._waiting.pop(self, None)) is not None:
            timer.cancel()

    def _late(self) -> None:
        self._arrived()
        if self._head_bytes is not None and self.cycle is not None and not self.cycle.response_complete:
            self._wait()  # what was asked before it is being answered
        else:
            self._refuse("408 Request Timeout", f"a request has to arrive within {ARRIVE_S:.0f} seconds")

    def _refuse(self, status: str, detail: str) -> None:
        self.transport.write(
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(detail)}\r\n"
            f"Connection: close\r\n\r\n{detail}".encode()
        )
        self.transport.close()
