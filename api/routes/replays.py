"""Replays of answers, for whoever audits them."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.lists.replaying import Replayer
from api.problems import ProblemError, ProblemKind, described
from api.routes.bodies import AnswerRoute
from api.schemas.replays import ReplayResponse
from api.services import DeskDep, ServicesDep, needs
from api.threads import ON_REPLAYS
from recommender.replaying import GoneError

router = APIRouter(prefix="/v1/replays", tags=["audit"], route_class=AnswerRoute)


@router.post("/{request_id}", dependencies=[needs("audit")], responses=described(401, 403, 404, 410, 422, 429, 503))
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
