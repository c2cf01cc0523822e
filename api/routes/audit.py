"""The log for analysts and auditors: answers and events by cursor, in the order of writing, and answers made again."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.exposures.log import ExposureLog
from api.lists.replaying import Replayer
from api.negotiation import preferred
from api.problems import ProblemError, ProblemKind, described, invalid
from api.routes.bodies import AnswerRoute, accepted
from api.schemas.fields import Body, Whole
from api.schemas.playlists import ReplayResponse
from api.services import DeskDep, ExposureLogDep, ServicesDep, needs
from api.threads import ON_READS, ON_REPLAYS
from recommender.replaying import GoneError
from recommender.requests import MAX_SEED

router = APIRouter(prefix="/v1", route_class=AnswerRoute, dependencies=[needs("audit")])

_KINDS = ("application/json", "application/x-ndjson")
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in _KINDS}},
    **described(401, 403, 422, 429, 503),
}


class RowsQuery(Body):
    """A page: up to `limit` rows behind a cursor."""

    after: Annotated[Whole, Field(strict=False)] = Field(
        0,
        ge=0,
        le=MAX_SEED,
        description="`next` of the page before, or the `cursor` of any row; beyond the last of this log is 422 (`cursor-unknown`)",
    )
    limit: Annotated[Whole, Field(strict=False)] = Field(100, ge=1, le=1_000)


class RowsPage(BaseModel):
    """Rows with the columns of `eval/EXPOSURES.md` and a `cursor`; `next` is that of the last one, or what was asked for."""

    rows: list[dict[str, Any]]
    next: int


@router.get("/exposures", tags=["log"], response_model=RowsPage, responses=_ANSWERS)
@ON_READS
def read_exposures(asked: Annotated[RowsQuery, Query()], log: ExposureLogDep, request: Request) -> Response:
    """Return answers in the order of writing, as JSON or a row a line. Listeners are pseudonyms.

    A cursor beyond the last of this log is of another one, and refused: its rows would be passed over in silence.
    """
    return _page("exposures", asked, log, request)


@router.get("/outcomes", tags=["log"], response_model=RowsPage, responses=_ANSWERS)
@ON_READS
def read_outcomes(asked: Annotated[RowsQuery, Query()], log: ExposureLogDep, request: Request) -> Response:
    """Return events in the order of writing, as JSON or a row a line; they belong to answers by `request_id`.

    A cursor beyond the last of this log is refused, as of `/v1/exposures`.
    """
    return _page("outcomes", asked, log, request)


@router.post("/replays/{request_id}", tags=["audit"], responses=described(401, 403, 404, 410, 422, 429, 503))
@ON_REPLAYS
def replay_answer(
    request_id: Annotated[str, Path(description="of the answer, as its `request_id` or `X-Request-Id` told it")],
    desk: DeskDep,
    services: ServicesDep,
) -> ReplayResponse:
    """Make an answer again, from the log, and say whether it is the same; needs a key of scope `audit`.

    It is answered by the bundle, policy and reader of then, and by what was known of consent then; where one of them is gone
    the problem (410) names it. Nobody is shown it: it is not logged, and `withheld_now` names the tracks that are withheld today.
    """
    try:
        found = Replayer(desk, services.settings.home).replay(request_id)
    except GoneError as error:
        raise ProblemError(ProblemKind.GONE, str(error)) from error
    if found is None:
        raise ProblemError(ProblemKind.NOT_FOUND, f"the log has no answer {request_id!r}")
    return found


def _page(name: str, asked: RowsQuery, log: ExposureLog, request: Request) -> Response:
    found = log.written_after(name, asked.after, asked.limit + 1)
    if not found and asked.after > (last := log.last_cursor(name)):
        reason = f"{asked.after} is beyond the last cursor of this log, {last}: it is of another; begin again at 0"
        raise invalid([("after", reason, "unknown")], ProblemKind.CURSOR_UNKNOWN)
    rows = [{"cursor": cursor, **row} for cursor, row in found[: asked.limit]]
    after = rows[-1]["cursor"] if rows else asked.after
    more = f'</v1/{name}?after={after}&limit={asked.limit}>; rel="next"'
    kind = preferred(accepted(request), _KINDS)
    if kind == _KINDS[0]:
        text = json.dumps({"rows": rows, "next": after}, ensure_ascii=False)
    else:
        text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    headers = {"Vary": "Accept", **({"Link": more} if len(found) > asked.limit else {})}
    return Response(text, media_type=kind, headers=headers)
