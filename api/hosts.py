"""Host names that this server answers to: a page that rebinds its own name to this address (DNS rebinding) reads nothing."""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import ProblemError, ProblemKind

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

PROBED = frozenset({"/healthz", "/readyz"})
"""Asked by address, by whatever restarts servers."""


class Hosts:
    """ASGI: requests whose `Host` is neither loopback nor among `names` are misdirected (421). Ports do not count.

    One of HTTP/1.1 without a `Host`, or any with several, is malformed (400; RFC 9112, 3.2), probes too.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = LOOPBACK | {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or turn it away with a problem."""
        if scope["type"] == "http" and (problem := self._problem(scope)) is not None:
            await problem.response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _problem(self, scope: Scope) -> ProblemError | None:
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) > 1 or (not hosts and scope["http_version"] != "1.0"):
            return ProblemError(
                ProblemKind.MALFORMED,
                f"the request has {len(hosts) or 'no'} Host headers; send one, with this server's name",
            )
        host = "".join(hosts)
        if _name(host) in self._names or scope["path"] in PROBED:
            return None
        return ProblemError(
            ProblemKind.MISDIRECTED,
            f"the host {host!r} is not one that this server answers to; its operator adds it to CONSONANCE_HOSTS",
        )


def _name(host: str) -> str:
    """Return a `Host` without its port; an IPv6 address keeps its brackets."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()
