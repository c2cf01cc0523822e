"""Tracks: as the catalog describes them, and what consent says of each, with how that came about."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api import usecases
from api.problems import ProblemError, ProblemKind, described, invalid
from api.routes.bodies import AnswerRoute
from api.schemas.consent import ConsentQuery, ConsentStoryResponse, TrackDescription
from api.services import MaySeeWhoDep, RecommenderDep, ServicesDep
from api.threads import ON_READS
from catalog.consent import CommercialModel
from catalog.instants import parse_instant
from catalog.tracks import Track, TrackId

router = APIRouter(prefix="/v1/tracks", tags=["tracks"], route_class=AnswerRoute)


@router.get("/{track_id}", response_model=TrackDescription, responses=described(404, 422, 503))
@ON_READS
def describe_track(track_id: TrackId, recommender: RecommenderDep) -> BaseModel:
    """Return a track as the catalog describes it."""
    return TrackDescription.model_validate(_track(recommender, track_id), from_attributes=True)


@router.get("/{track_id}/consent", responses=described(404, 422, 503))
@ON_READS
def explain_consent(
    track_id: TrackId,
    asked: Annotated[ConsentQuery, Query()],
    services: ServicesDep,
    recommender: RecommenderDep,
    may_see_who: MaySeeWhoDep,
) -> ConsentStoryResponse:
    """Say whether a track may be recommended in a context, why, what would change it, and how that came about.

    `known_at` answers by what was on record then; `at` is then the same instant unless it is given. Public: scores of
    suspicions, and free texts that were kept as evidence, stay inside. Who asked for what takes a recording away, and who
    entered each record, is told to the administrator only.
    """
    track = _track(recommender, track_id)
    try:
        policy = recommender.consent.policy(asked.policy)
    except ValueError as error:
        raise invalid([("policy", str(error), "unknown")]) from error
    (position,) = recommender.catalog.positions_of([track.track_id]).values()
    epoch, story = usecases.tell_story(
        recommender.catalog,
        recommender.consent,
        position,
        policy,
        asked.territory or services.settings.territory,
        CommercialModel(asked.commercial_model),
        at=parse_instant(asked.at) if asked.at else None,
        known_at=parse_instant(asked.known_at) if asked.known_at else None,
    )
    return ConsentStoryResponse.of(track, story, epoch, may_see_who=may_see_who)


def _track(recommender: usecases.Recommender, track_id: TrackId) -> Track:
    """Return the track of an id or an ISRC. Raises ProblemError (404) where there is none, or several share the ISRC."""
    try:
        found = usecases.named_tracks(recommender.catalog, [track_id])
    except usecases.UnknownTracksError as error:
        raise ProblemError(ProblemKind.NOT_FOUND, f"there is no track {track_id!r}; give its id or its ISRC") from error
    if len(found) > 1:
        raise ProblemError(
            ProblemKind.NOT_FOUND, f"{track_id!r} is the ISRC of several tracks; name one of {', '.join(found)}"
        )
    return recommender.tracks(found)[found[0]]
