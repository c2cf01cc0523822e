"""Listeners: everything that is known of one, for services that speak for them."""

from fastapi import APIRouter, Response
from pydantic import Field

from api import listeners
from api.listeners import Erased, Known
from api.problems import BODY_PROBLEMS, described
from api.routes.bodies import JsonRoute
from api.schemas.fields import Body, Name
from api.services import DeskDep, needs
from api.threads import ON_READS

router = APIRouter(prefix="/v1/listeners", tags=["listeners"], route_class=JsonRoute, dependencies=[needs("personal")])

_ANSWERS = described(401, 403, 429, *BODY_PROBLEMS)


class ListenerBody(Body):
    """Whom it is about: in the body, for addresses are written into logs."""

    user_id: Name = Field(description="the listener's id, as in requests")


@router.post("/export", responses=_ANSWERS)
@ON_READS
def export_listener(body: ListenerBody, desk: DeskDep, response: Response) -> Known:
    """Return everything about a listener: log, events, plays, lists and imported listening; empty where nothing is known."""
    response.headers["Content-Disposition"] = 'attachment; filename="listener.json"'
    return listeners.known_of(body.user_id, desk.recommender.catalog, desk.log, desk.lists)


@router.post("/erase", responses=_ANSWERS)
@ON_READS
def erase_listener(body: ListenerBody, desk: DeskDep) -> Erased:
    """Erase everything about a listener; factors learned of their plays go with the next build. Said again, it erases nothing."""
    return listeners.erase(body.user_id, desk.recommender.catalog, desk.log, desk.lists)
