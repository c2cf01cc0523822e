"""Events: what listeners did with an answer."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request

from api.exposures.log import ImpossibleEventsError
from api.exposures.outcomes import Outcome
from api.pages.device import Choices
from api.problems import BODY_PROBLEMS, described, invalid
from api.routes.bodies import JsonRoute
from api.schemas.events import EventsBody, EventsResponse
from api.services import CallerDep, ExposureLogDep, ServicesDep
from api.threads import ON_READS
from catalog.instants import parse_instant

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=JsonRoute)


TOLD = 20
"""Impossible events that one problem names: it never grows with the request."""


@router.post("", status_code=202, responses=described(*BODY_PROBLEMS))
@ON_READS
def record_events(
    body: EventsBody, log: ExposureLogDep, caller: CallerDep, services: ServicesDep, request: Request
) -> EventsResponse:
    """Log events, joined to answers by `request_id`: all of them, or none where one of them cannot have happened.

    Those without their answer's `event_token`, or a key of scope `events`, count as of a request that nobody knows. Sent again under its `event_id`, an event of an answer counts once. One may be sent by itself.
    """
    if not Choices.of(request).telling:  # a tab of the page that was opened before its listener said so
        return EventsResponse(recorded=0, duplicate=0, unknown_request=0, unknown_request_events=[])
    now = datetime.now(UTC)
    any_answer, may_tell = caller.may("events"), services.tokens.may_tell
    believed = {
        place: event
        for place, event in enumerate(body.events)
        if any_answer or may_tell(event.request_id, event.event_token)
    }
    try:
        new, duplicate, unknown = log.record(
            Outcome(at=parse_instant(event.at) if event.at else now, **event.model_dump(exclude={"at", "event_token"}))
            for event in believed.values()
        )
    except ImpossibleEventsError as error:
        places = list(believed)
        raise invalid(
            [(f"events.{places[place]}.{field}", reason) for place, field, reason in error.errors[:TOLD]]
        ) from error
    unknown += [event.event_id for place, event in enumerate(body.events) if place not in believed]
    return EventsResponse(
        recorded=new,
        duplicate=duplicate,
        unknown_request=len(unknown),
        unknown_request_events=unknown,
    )
