"""Route classes: what is answered is of a media type that was asked for, and what is read of one that the route takes."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.envelope import REQUEST_ID
from api.negotiation import preferred
from api.problems import ProblemError, ProblemKind, described
from api.routes.idempotency import HEADER as IDEMPOTENCY_KEY
from api.routes.idempotency import SANE, answered_once

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_REQUEST_ID: dict[str, Any] = {
    "name": REQUEST_ID,
    "in": "header",
    "description": "the answer bears it; one that is not of 1 to 128 printable ASCII characters is replaced",
    "schema": {"type": "string"},
}
_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "description": "such as a UUID: for a day, the same request under it is answered once, and then told the same again",
    "schema": {"type": "string", "pattern": f"^{SANE}$"},
}


def accepted(request: Request) -> str:
    """Return what a request accepts, of however many header lines."""
    return ", ".join(request.headers.getlist("accept"))


class AnswerRoute(APIRoute):
    """A route that answers what its description of 200 lists, else JSON; a request that accepts none of it is 406."""

    once: ClassVar[frozenset[str]] = frozenset()
    """Methods that honour an `Idempotency-Key`."""

    def __init__(
        self,
        *args: Any,
        methods: set[str] | list[str] | None = None,
        responses: dict[int | str, dict[str, Any]] | None = None,
        openapi_extra: dict[str, Any] | None = None,
        **named: Any,
    ) -> None:
        once = not self.once.isdisjoint(methods or ())
        super().__init__(
            *args,
            methods=methods,
            responses={**described(401, 406, *([409] if once else []), 429), **(responses or {})},
            openapi_extra={"parameters": [_REQUEST_ID, *([_IDEMPOTENCY_KEY] if once else [])], **(openapi_extra or {})},
            **named,
        )

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

    once = frozenset({"POST"})
    media_types: ClassVar[tuple[str, ...]] = ("application/json",)

    def get_route_handler(self) -> Handler:
        """Check the headers before the body is parsed."""
        handle = super().get_route_handler()

        async def check_first(request: Request) -> Response:
            if await request.body():
                headers = request.headers
                _check(self.media_types, headers.get("content-type", ""), headers.get("content-encoding", "identity"))
            return await (answered_once(request, handle) if request.method in self.once else handle(request))

        return check_first


class XmlRoute(JsonRoute):
    """A route whose body has to be sent as plain `application/xml` or `text/xml`."""

    media_types = ("application/xml", "text/xml")


class NdjsonRoute(JsonRoute):
    """A route whose body has to be sent as plain `application/x-ndjson`: a JSON value a line.

    What it answers is not kept to be told again.
    """

    once = frozenset()
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
