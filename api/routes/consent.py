"""Changes of consent, for those who hold the administrator's token: records, take-downs, and deliveries (DDEX ERN messages)."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api import usecases
from api.keys.callers import Caller
from api.keys.store import Key, not_its_own, refusal
from api.problems import BODY_PROBLEMS, ProblemError, ProblemKind, described, invalid
from api.routes.bodies import JsonRoute, XmlRoute
from api.schemas.consent import (
    DeliveryResponse,
    ReachedResponse,
    RecordsBody,
    RecordsResponse,
    TakedownBody,
    TakedownResponse,
)
from api.services import CallerDep, RecommenderDep, ServicesDep, needs
from api.threads import ON_CONSENT
from catalog.consent import (
    ConsentRecord,
    RecordError,
    Subject,
    SubjectKind,
    Takedown,
    is_ahead,
    parse_record,
    received,
    restricts,
)
from catalog.importers import ddex
from catalog.importers.ern.messages import Message, read_message
from catalog.importers.ern.values import Problem
from catalog.importers.reports import KEPT_PROBLEMS, CatalogImportError
from catalog.instants import instant_text
from catalog.stores import TrackReader
from catalog.tracks import Track, TrackId

router = APIRouter(prefix="/v1/consent", tags=["consent"], route_class=JsonRoute, dependencies=[needs("consent")])

TOLD_ERRORS = 20
"""Wrong records that one problem names: it never grows with the request."""


@router.post("/records", status_code=201, responses=described(401, 403, *BODY_PROBLEMS))
@ON_CONSENT
def add_records(
    body: RecordsBody, recommender: RecommenderDep, services: ServicesDep, caller: CallerDep
) -> RecordsResponse:
    """Put consent records on record, all or none, in the form in which `consonance import consent` reads them.

    The answer is sent when they are durable. A record that repeats what is in force is counted as unchanged; one about a
    subject that the catalog does not have is kept, and counted as unknown. What allows is refused if its `recorded_at` lies
    more than a minute ahead; what restricts counts from now then.

    A take-down is lifted by one more of its kind with `lifted_at`, an instant by now, and the territories and uses that it
    has; whether it names the recording by `track_id` or `isrc` is the same. What would lift nothing is refused.
    """
    spoken: list[tuple[str, ConsentRecord]] = []
    ahead: list[int] = []
    errors: list[tuple[str, str]] = []
    now = datetime.now(UTC)
    for place, row in enumerate(body.records):
        try:
            record = parse_record(_spoken(row, caller))
            if received(record, now) != record and is_ahead(record.recorded_at, now):
                ahead.append(place)
            meant = usecases.as_liftings(recommender.catalog, record, now)
            spoken += ((f"records.{place}", one) for one in meant)
        except RecordError as error:
            errors.append((f"records.{place}.{error.field}", error.reason))
    if errors:
        raise invalid(errors[:TOLD_ERRORS])
    _refuse_others(caller, recommender, spoken)
    records = [record for _, record in spoken]
    add = partial(usecases.add_records, recommender.catalog, records, caller.entered_by)
    restricting = all(restricts(record.terms) for record in records)
    epoch, changes, reached = services.reserve.spend_on(add) if restricting else add()
    return RecordsResponse(
        consent_epoch=epoch,
        added=changes.added,
        unchanged=changes.unchanged,
        unknown=changes.unknown,
        counted_from_receipt=ahead,
        reached=ReachedResponse(**asdict(reached)),
    )


@router.post("/takedowns", status_code=201, responses=described(401, 403, *BODY_PROBLEMS))
@ON_CONSENT
def take_down(
    body: TakedownBody, recommender: RecommenderDep, services: ServicesDep, caller: CallerDep
) -> TakedownResponse:
    """Stop the use of tracks from now on. The answer is sent when the take-down is durable; all or none are taken down."""
    track_ids = list(dict.fromkeys(map(TrackId, body.track_ids)))
    source = _source(caller)
    terms = Takedown(body.scope, reason=body.reason)
    try:
        named = usecases.tracks_of_each(recommender.catalog, track_ids)
        records = (
            (f"track_ids.{place}", ConsentRecord(Subject(SubjectKind.TRACK, track_id), terms, source=source))
            for place, name in enumerate(body.track_ids)
            for track_id in named[name]
        )
        _refuse_others(caller, recommender, records)
        epoch, taken_down = services.reserve.spend_on(
            partial(
                usecases.take_down, recommender.catalog, track_ids, body.scope, body.reason, caller.entered_by, source
            )
        )
    except usecases.UnknownTracksError as error:
        places = ((place, name) for place, name in enumerate(body.track_ids) if name in error.track_ids)
        raise invalid(
            [(f"track_ids.{place}", f"{name!r} is not a track of this catalog", "unknown") for place, name in places]
        ) from error
    return TakedownResponse(consent_epoch=epoch, track_ids=[*taken_down], effective_at=instant_text(datetime.now(UTC)))


def _source(caller: Caller) -> str:
    """Return as whom a caller speaks who does not say so."""
    return caller.key.sources[0] if caller.key is not None and caller.key.sources else "operator"


def _spoken(row: dict[str, Any], caller: Caller) -> dict[str, Any]:
    return row if row.get("source") else {**row, "source": _source(caller)}


def _refuse_others(
    caller: Caller, recommender: usecases.Recommender, records: Iterable[tuple[str, ConsentRecord]]
) -> None:
    """Raise ProblemError (403) for records that are not the caller's to make: of other parties, or as another source.

    Each comes with the field of the request that asks for it, by which the problem names it.
    """
    key = caller.key
    if key is None or key.may("admin"):
        return
    errors = [
        (field, because)
        for field, record in records
        if (because := refusal(key, record, _named(recommender.catalog, record.subject)))
    ]
    if errors:
        raise invalid(errors[:TOLD_ERRORS], ProblemKind.FORBIDDEN)


def _named(catalog: TrackReader, about: Subject) -> list[Track]:
    """Return the tracks that a subject names one by one, by id or ISRC; none for an artist, a label or an album."""
    positions = (
        catalog.positions_of([TrackId(about.value)]) if about.kind in (SubjectKind.TRACK, SubjectKind.ISRC) else {}
    )
    by_isrc = catalog.positions_of_isrc(about.value) if about.kind is SubjectKind.ISRC else []
    return list(catalog.tracks(list(dict.fromkeys([*positions.values(), *by_isrc]))))


def _of_its_own(key: Key, catalog: TrackReader, message: Message) -> Message:
    """Return a message without what it says of recordings that are on record for other parties, each told as a problem.

    A recording that the catalog does not have yet is whoever's delivers it first.
    """
    named = ((subject, _named(catalog, subject)) for subject in message.delivery.subjects)
    others = {
        subject: because for subject, tracks in named if tracks and (because := not_its_own(key, subject, tracks))
    }
    if not others:
        return message
    left_out = [
        Problem("ResourceList/SoundRecording", f"{because}: what the message says of it was left out")
        for because in others.values()
    ]
    return replace(
        message,
        delivery=message.delivery.without(others.keys()),
        problems=(*left_out, *message.problems)[:KEPT_PROBLEMS],
        problem_count=message.problem_count + len(left_out),
    )


async def _content(request: Request) -> bytes:
    return await request.body()


_MESSAGE: dict[str, Any] = {
    "requestBody": {
        "description": "One ERN message of at most 10 MB: a new release message or a purge, ERN 3.8 to 4.3.2.",
        "required": True,
        "content": {media_type: {"schema": {"type": "string"}} for media_type in XmlRoute.media_types},
    }
}


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": DeliveryResponse, "description": "A test message: read and reported, and nothing of it is stored."},
    **described(401, 403, *BODY_PROBLEMS),
}


@ON_CONSENT
def deliver(
    content: Annotated[bytes, Depends(_content)], recommender: RecommenderDep, response: Response, caller: CallerDep
) -> DeliveryResponse:
    """Take in one message, as a whole or not at all. The same message again changes nothing.

    The answer is sent when it is durable. `problems` name what of it was left out, and why; `notes` what follows from it.
    A key speaks of recordings of its own parties, and of those that the catalog does not have yet: what a message says of
    others is left out, whether it licenses or withholds.
    A test message (`MessageControlType`) is answered with 200 and `stored` false.
    """
    try:
        message = read_message(content, "the message")
    except CatalogImportError as error:
        raise invalid([("body", str(error))]) from error
    sender = message.delivery.sender
    if caller.key is not None and not (caller.key.speaks_as("ern_message") and caller.key.speaks_for([sender])):
        raise ProblemError(
            ProblemKind.FORBIDDEN,
            f"this key does not bring the messages of {sender!r}: make one with --party {sender} and --source ern_message",
        )
    if caller.key is not None and not caller.key.may("admin"):
        message = _of_its_own(caller.key, recommender.catalog, message)
    if message.is_test:
        response.status_code = 200
    changes = ddex.deliver(recommender.catalog, message, caller.entered_by)
    notes = [*ddex.consequences(message, changes), *ddex.others_licensing(recommender.catalog, message.delivery)]
    return DeliveryResponse.of(message, changes, notes, recommender.catalog.consent_epoch())


router.add_api_route(
    "/deliveries",
    deliver,
    methods=["POST"],
    status_code=201,
    responses=_ANSWERS,
    openapi_extra=_MESSAGE,
    route_class_override=XmlRoute,
)
