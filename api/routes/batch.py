"""Many playlists at once: a request a line in, an answer or problem a line out (NDJSON), in the same order."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, Header, Request
from pydantic import ValidationError
from starlette.responses import StreamingResponse

from api.keys.callers import Caller
from api.lists import making
from api.lists.making import Desk
from api.problems import (
    BODY_PROBLEMS,
    ProblemDocument,
    ProblemError,
    ProblemKind,
    described,
    invalid,
    of_request,
    of_validation,
    schema_of,
    unavailable,
)
from api.routes.bodies import NdjsonRoute
from api.routes.idempotency import HEADER as IDEMPOTENCY_KEY
from api.routes.playlists import chosen, request_of
from api.schemas.lists import MadePlaylist
from api.schemas.requests import OVERRIDES, PlaylistBody
from api.services import CallerDep, DeskDep, Services, ServicesDep, needs
from api.threads import ON_LISTS
from recommender.requests import RequestError

router = APIRouter(prefix="/v1/playlists", tags=["playlists"], route_class=NdjsonRoute)

MOST_LINES = 10_000

TOGETHER = 32
"""Requests that are encoded, stored and logged together: others who ask for a list wait no longer than these take."""

AHEAD = 2
"""So many of them are worked on while the first are sent."""

_NDJSON = "application/x-ndjson"


def _lines_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of lines of a schema, described as an array of them.

    So OpenAPI's registry of media types models sequential JSON. `itemSchema` came with OpenAPI 3.2: validators of 3.1 refuse it.
    """
    return {_NDJSON: {"schema": {"type": "array", "items": schema, "minItems": 1, "maxItems": MOST_LINES}}}


_BODY: dict[str, Any] = {
    "requestBody": {
        "description": f"Up to {MOST_LINES:,} requests as `POST /v1/playlists` takes them, one a line.",
        "required": True,
        "content": _lines_of(schema_of(PlaylistBody)),
    }
}


async def _lines(request: Request) -> list[bytes]:
    if IDEMPOTENCY_KEY in request.headers:
        reason = "answers of a batch are not told again: leave it out, and send only those lines again that were not answered"
        raise invalid([(IDEMPOTENCY_KEY, reason)])
    body = await request.body()
    lines = body.removesuffix(b"\n").split(b"\n") if body.strip() else []
    if not 1 <= len(lines) <= MOST_LINES:
        raise invalid([("body", f"has {len(lines):,} lines; send 1 to {MOST_LINES:,} requests, one a line")])
    return lines


@router.post(
    "/batch",
    response_class=StreamingResponse,
    dependencies=[needs("listen")],
    openapi_extra=_BODY,
    responses={
        200: {
            "description": "An answer, or a problem, for each line.",
            "content": _lines_of({"anyOf": [schema_of(MadePlaylist), schema_of(ProblemDocument)]}),
        },
        **described(401, 403, 429, *BODY_PROBLEMS),
    },
)
async def create_playlists(
    lines: Annotated[list[bytes], Depends(_lines)],
    services: ServicesDep,
    desk: DeskDep,
    caller: CallerDep,
    x_consonance_variant: Annotated[str | None, Header(description=OVERRIDES)] = None,
) -> StreamingResponse:
    """Answer up to 10,000 requests; needs a key. Each line out is the answer to the line in, or the problem with it, blank ones too."""
    if caller.key is None and not caller.trusted:
        raise ProblemError(ProblemKind.UNAUTHENTICATED, "many lists at once need a key of scope `listen`")
    variant = chosen(x_consonance_variant, desk, caller)
    return StreamingResponse(_answers(lines, services, desk, caller, variant), media_type=_NDJSON)


async def _answers(
    lines: Sequence[bytes], services: Services, desk: Desk, caller: Caller, variant: str | None
) -> AsyncIterator[bytes]:
    waiting = [lines[start : start + TOGETHER] for start in range(0, len(lines), TOGETHER)]
    answered: dict[int, bytes] = {}
    async with anyio.create_task_group() as working:
        ready = [anyio.Event() for _ in waiting]

        async def answer(number: int, portion: Sequence[bytes]) -> None:
            answered[number] = await _portion(portion, services, desk, caller, variant)
            ready[number].set()

        for number in range(min(AHEAD, len(waiting))):
            working.start_soon(answer, number, waiting[number])
        for number in range(len(ready)):
            await ready[number].wait()
            if number + AHEAD < len(ready):
                working.start_soon(answer, number + AHEAD, waiting[number + AHEAD])
            yield answered.pop(number)


@ON_LISTS
def _portion(lines: Sequence[bytes], services: Services, desk: Desk, caller: Caller, variant: str | None) -> bytes:
    texts: dict[int, str] = {}
    asked = {}
    for number, line in enumerate(lines):
        try:
            body = PlaylistBody.model_validate_json(line)
            request, told = request_of(body, services, caller)
            asked[number] = (request, body.unit, chosen(body.variant, desk, caller) or variant, told)
        except ValidationError as error:
            texts[number] = of_validation(error.errors(include_url=False)).text()
        except RequestError as error:
            texts[number] = of_request(error).text()
        except ProblemError as error:
            texts[number] = error.text()
    try:
        answers = making.make_all(desk, list(asked.values()), caller.key_id)
    except (RuntimeError, OSError) as error:  # what keeps one from being answered keeps all of them
        problem = unavailable(ProblemKind.LOG_UNAVAILABLE, str(error)).text()
        answers, texts = [], texts | dict.fromkeys(asked, problem)
    for number, one in zip(asked, answers, strict=False):
        if isinstance(one, RequestError):
            texts[number] = of_request(one).text()
        else:
            response, text = one
            services.metrics.count_playlist(response)
            texts[number] = services.tokens.beside(text, response.playlist_id, response.request_id, secret=True)
    return b"".join(f"{texts[number]}\n".encode() for number in range(len(lines)))
