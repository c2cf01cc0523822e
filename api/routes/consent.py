"""Changes of consent, for those who hold the administrator's token."""

from dataclasses import asdict
from datetime import UTC, datetime

from fastapi import APIRouter

from api import usecases
from api.problems import BODY_PROBLEMS, described, invalid
from api.routes.bodies import JsonRoute
from api.schemas.consent import ReachedResponse, RecordsBody, RecordsResponse, TakedownBody, TakedownResponse
from api.services import AdministratorDep, RecommenderDep
from catalog.consent import ConsentRecord, RecordError, is_ahead, parse_record, received
from catalog.instants import instant_text
from catalog.tracks import TrackId

router = APIRouter(prefix="/v1/consent", tags=["consent"], route_class=JsonRoute, dependencies=[AdministratorDep])

TOLD_ERRORS = 20
"""Wrong records that one problem names: it never grows with the request."""


@router.post("/records", status_code=201, responses=described(401, 403, *BODY_PROBLEMS))
def add_records(body: RecordsBody, recommender: RecommenderDep) -> RecordsResponse:
    """Put consent records on record, all or none, in the form in which `consonance import consent` reads them.

    The answer is sent when they are durable. A record that repeats what is in force is counted as unchanged; one about a
    subject that the catalog does not have is kept, and counted as unknown. What allows is refused if its `recorded_at` lies
    more than a minute ahead; what restricts counts from now then.
    """
    records: list[ConsentRecord] = []
    ahead: list[int] = []
    errors: list[tuple[str, str]] = []
    now = datetime.now(UTC)
    for place, row in enumerate(body.records):
        try:
            records.append(parse_record(row))
            if received(records[-1], now) != records[-1] and is_ahead(records[-1].recorded_at, now):
                ahead.append(place)
        except RecordError as error:
            errors.append((f"records.{place}.{error.field}", error.reason))
    if errors:
        raise invalid(errors[:TOLD_ERRORS])
    epoch, changes, reached = usecases.add_records(recommender.catalog, records)
    return RecordsResponse(
        consent_epoch=epoch,
        added=changes.added,
        unchanged=changes.unchanged,
        unknown=changes.unknown,
        counted_from_receipt=ahead,
        reached=ReachedResponse(**asdict(reached)),
    )


@router.post("/takedowns", status_code=201, responses=described(401, 403, *BODY_PROBLEMS))
def take_down(body: TakedownBody, recommender: RecommenderDep) -> TakedownResponse:
    """Stop the use of tracks from now on. The answer is sent when the take-down is durable; all or none are taken down."""
    track_ids = list(dict.fromkeys(map(TrackId, body.track_ids)))
    try:
        epoch, taken_down = usecases.take_down(recommender.catalog, track_ids, body.scope, body.reason)
    except usecases.UnknownTracksError as error:
        places = ((place, name) for place, name in enumerate(body.track_ids) if name in error.track_ids)
        raise invalid(
            [(f"track_ids.{place}", f"{name!r} is not a track of this catalog") for place, name in places]
        ) from error
    return TakedownResponse(consent_epoch=epoch, track_ids=[*taken_down], effective_at=instant_text(datetime.now(UTC)))
