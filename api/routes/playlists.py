"""Playlists: asked for in words, and read again later."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from api import usecases
from api.envelope import REQUEST_ID, SERVER_TIMING, server_timing
from api.formats import FORMATS, MEDIA_TYPES, negotiate
from api.problems import BODY_PROBLEMS, ProblemError, ProblemKind, described
from api.routes.bodies import JsonRoute, accepted
from api.schemas.playlists import PlaylistBody, PlaylistResponse
from api.services import ExposureLogDep, RecommenderDep, RequestIdDep, ServicesDep
from api.threads import ON_LISTS
from recommender.playlists import NotUnderstood

router = APIRouter(prefix="/v1/playlists", tags=["playlists"], route_class=JsonRoute)

UNTRUSTED = "this server takes nobody's word for who listens; its operator may set CONSONANCE_TRUST_CALLERS"
"""What an answer says that does not count the `user_id` it was sent: whoever names a listener would hear what they play."""

_READ = {200: {"content": {kind: {} for kind in MEDIA_TYPES}}, **described(404, 422, 503)}


@router.post("", response_model=PlaylistResponse, responses=described(*BODY_PROBLEMS))
@ON_LISTS
def create_playlist(
    body: PlaylistBody,
    services: ServicesDep,
    recommender: RecommenderDep,
    log: ExposureLogDep,
    request_id: RequestIdDep,
    x_consonance_variant: Annotated[str | None, Header(description="overrides the assignment, for tests")] = None,
) -> Response:
    """Turn a prompt into a playlist of tracks that consent permits here and now. It is logged before it is sent."""
    request = body.to_request(services.settings.territory)
    told: list[NotUnderstood] = []
    if request.user_id is not None and not services.settings.trust_callers:
        request = replace(request, user_id=None)
        told.append(NotUnderstood("user_id", UNTRUSTED))
    variant = body.variant or x_consonance_variant
    response, text = usecases.answer(
        recommender, log, services.experiment.value, request, request_id, variant, not_understood=told
    )
    headers = {REQUEST_ID: response.request_id, SERVER_TIMING: server_timing(response.timings_ms)}
    return Response(text, media_type="application/json", headers=headers)


@router.get("/{playlist_id}", response_model=PlaylistResponse, responses=_READ)
@ON_LISTS
def read_playlist(playlist_id: str, request: Request, recommender: RecommenderDep, log: ExposureLogDep) -> Response:
    """Return a playlist as JSON, JSPF, XSPF, M3U8 or CSV. Consent is decided again: what it withholds now is left out."""
    written = negotiate(accepted(request)) or FORMATS["json"]  # the route has refused what none of them meets
    try:
        response = usecases.read_again(recommender, log, playlist_id)
    except usecases.UnreadableError as error:
        raise ProblemError(ProblemKind.NOT_FOUND, f"{error}; ask for it anew") from error
    if response is None:
        raise ProblemError(ProblemKind.NOT_FOUND, f"there is no playlist {playlist_id!r}")
    return Response(written.write(response), media_type=written.content_type, headers={"Vary": "Accept"})
