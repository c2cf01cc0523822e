"""Route classes: what is answered is of a media type that was asked for, and what is read of one that the route takes."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.negotiation import preferred
from api.problems import ProblemError, ProblemKind, described
from api.routes.idempotency import answered_once

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def accepted(request: Request) -> str:
    """Return what a request accepts, of however many header lines."""
    return ", ".join(request.headers.getlist("accept"))


class AnswerRoute(APIRoute):
    """A route that answers what its description of 200 lists, else JSON; a request that accepts none of it is 406."""

    def __init__(self, *args: Any, responses: dict[int | str, dict[str, Any]] | None = None, **named: Any) -> None:
        super().__init__(*args, responses={**described(401, 406, 429), **(responses or {})}, **named)

    def get_route_handler(self) -> Handler:
        """Check what is accepted before anything is done."""
        handle = super().get_route_handler()
        kinds = tuple(self.responses.get(200, {}).get("content", ())) or ("application/json",)

        async def accept_first(request: Request) -> Response:
            if preferred(accepted(request), kinds) is None:
                raise ProblemError(ProblemKind.NOT_ACCEPTABLE, f"this address answers {', '.join(kinds)}")
            return await handle(request)

        return accept_first


class JsonRoute(AnswerRoute):
    """A route whose body, if there is one, has to be sent as plain `application/json`."""

    media_types: ClassVar[tuple[str, ...]] = ("application/json",)

    def get_route_handler(self) -> Handler:
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
