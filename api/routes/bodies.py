"""Route classes that accept one media type and no other: JSON, or XML."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.problems import ProblemError, ProblemKind
from api.routes.idempotency import answered_once


class JsonRoute(APIRoute):
    """A route whose body, if there is one, has to be sent as plain `application/json`."""

    media_types: ClassVar[tuple[str, ...]] = ("application/json",)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Check the headers before the body is parsed."""
        handle = super().get_route_handler()

        async def check_first(request: Request) -> Response:
            if await request.body():
                headers = request.headers
                _check(self.media_types, headers.get("content-type", ""), headers.get("content-encoding", "identity"))
            return await answered_once(request, handle)

        return check_first


class XmlRoute(JsonRoute):
    """A route whose body has to be sent as plain `application/xml` or `text/xml`."""

    media_types = ("application/xml", "text/xml")


class NdjsonRoute(JsonRoute):
    """A route whose body has to be sent as plain `application/x-ndjson`: a JSON value a line."""

    media_types = ("application/x-ndjson",)


def _check(media_types: tuple[str, ...], content_type: str, encoding: str) -> None:
    if content_type.partition(";")[0].strip().lower() not in media_types:
        raise ProblemError(
            ProblemKind.UNSUPPORTED_MEDIA_TYPE,
            f"the body is {content_type or 'unnamed'!r}; send {' or '.join(media_types)}",
        )
    if encoding.strip().lower() != "identity":
        raise ProblemError(
            ProblemKind.UNSUPPORTED_MEDIA_TYPE, f"the body is packed with {encoding!r}; send it as it is"
        )
