"""Routes that read JSON, and only JSON that says so."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.problems import ProblemError, ProblemKind


class JsonRoute(APIRoute):
    """A route whose body, if there is one, has to be sent as plain `application/json`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Check the headers before the body is parsed."""
        handle = super().get_route_handler()

        async def check_first(request: Request) -> Response:
            if await request.body():
                _check(request.headers.get("content-type", ""), request.headers.get("content-encoding", "identity"))
            return await handle(request)

        return check_first


def _check(content_type: str, encoding: str) -> None:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(
            ProblemKind.UNSUPPORTED_MEDIA_TYPE, f"the body is {content_type or 'unnamed'!r}; send application/json"
        )
    if encoding.strip().lower() != "identity":
        raise ProblemError(
            ProblemKind.UNSUPPORTED_MEDIA_TYPE, f"the body is packed with {encoding!r}; send it as it is"
        )
