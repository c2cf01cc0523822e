"""Events: what listeners did with an answer."""

from datetime import UTC, datetime

from fastapi import APIRouter

from api.exposures.log import ImpossibleEventsError
from api.exposures.outcomes import Outcome
from api.problems import BODY_PROBLEMS, described, invalid
from api.routes.bodies import JsonRoute
from api.schemas.events import EventsBody, EventsResponse
from api.services import ExposureLogDep
from api.threads import ON_READS
from catalog.instants import parse_instant

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=JsonRoute)


TOLD = 20
"""Impossible events that one problem names: it never grows with the request."""


@router.post("", status_code=202, responses=described(*BODY_PROBLEMS))
@ON_READS
def record_events(body: EventsBody, log: ExposureLogDep) -> EventsResponse:
    """Log events, joined to answers by `request_id`: all of them, or none where one of them cannot have happened.

    Sent again under its `event_id`, an event of an answer counts once. One may be sent by itself.
    """
    now = datetime.now(UTC)
    try:
        new, duplicate, unknown = log.record(
            Outcome(at=parse_instant(event.at) if event.at else now, **event.model_dump(exclude={"at"}))
            for event in body.events
        )
    except ImpossibleEventsError as error:
        raise invalid([(f"events.{place}.{field}", reason) for place, field, reason in error.errors[:TOLD]]) from error
    return EventsResponse(
        recorded=new,
        duplicate=duplicate,
        unknown_request=len(unknown),
        unknown_request_events=unknown,
    )
