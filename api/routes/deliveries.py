"""Deliveries: DDEX ERN messages, from those who hold the administrator's token."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api.problems import BODY_PROBLEMS, described, invalid
from api.routes.bodies import XmlRoute
from api.schemas.consent import DeliveryResponse
from api.services import AdministratorDep, RecommenderDep
from catalog.importers import ddex
from catalog.importers.ern.messages import read_message
from catalog.importers.reports import CatalogImportError

router = APIRouter(prefix="/v1/consent", tags=["consent"], route_class=XmlRoute, dependencies=[AdministratorDep])


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


@router.post("/deliveries", status_code=201, responses=_ANSWERS, openapi_extra=_MESSAGE)
def deliver(
    content: Annotated[bytes, Depends(_content)], recommender: RecommenderDep, response: Response
) -> DeliveryResponse:
    """Take in one message, as a whole or not at all. The same message again changes nothing.

    The answer is sent when it is durable. `problems` name what of it was left out, and why; `notes` what follows from it.
    A test message (`MessageControlType`) is answered with 200 and `stored` false.
    """
    try:
        message = read_message(content, "the message")
    except CatalogImportError as error:
        raise invalid([("body", str(error))]) from error
    if message.is_test:
        response.status_code = 200
    changes = ddex.deliver(recommender.catalog, message)
    return DeliveryResponse.of(message, changes, recommender.catalog.consent_epoch())
