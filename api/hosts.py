"""Host names that this server answers to: a page that rebinds its own name to this address (DNS rebinding) reads nothing."""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import ProblemError, ProblemKind

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

PROBED = frozenset({"/healthz", "/readyz"})
"""Asked by address, by whatever restarts servers."""


class Hosts:
    """ASGI: requests whose `Host` is neither loopback nor among `names` are misdirected (421). Ports do not count."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = LOOPBACK | {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or turn it away with a problem."""
        if scope["type"] == "http" and scope["path"] not in PROBED:
            for host in Headers(scope=scope).getlist("host") or [""]:
                if _name(host) not in self._names:
                    problem = ProblemError(
                        ProblemKind.MISDIRECTED,
                        f"the host {host!r} is not one that this server answers to; its operator adds it to CONSONANCE_HOSTS",
                    )
                    await problem.response()(scope, receive, send)
                    return
        await self._app(scope, receive, send)


def _name(host: str) -> str:
    """Return a `Host` without its port; an IPv6 address keeps its brackets."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()
