"""Problems as pages, for those who asked for one: the remedy stands above the form, and in it the words that were sent."""

import json
from typing import Final

from anyio import to_thread
from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.pages.visits import Visit
from api.problems import PROBLEM

_FOR_PROGRAMS: Final = ("/v1", "/ofrep", "/healthz", "/readyz", "/metrics", "/openapi.json", "/problems")
_KEPT: Final = ("allow", "retry-after")


class Readable:
    """ASGI: turns problem documents, but for those of addresses for programs, into pages; their status stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(_FOR_PROGRAMS) or not Visit(Request(scope)).wants_html:
            await self._app(scope, receive, send)
            return
        begun: Message | None = None
        body = b""

        async def send_readable(message: Message) -> None:
            nonlocal begun, body
            if (
                message["type"] == "http.response.start"
                and Headers(raw=message["headers"]).get("content-type") == PROBLEM
            ):
                begun = message
            elif begun is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    told = Headers(raw=begun["headers"])
                    page = await to_thread.run_sync(Visit(Request(scope)).problem, json.loads(body), dict(told))
                    page.headers.update({name: told[name] for name in _KEPT if name in told})
                    await page(scope, receive, send)

        await self._app(scope, receive, send_readable)
