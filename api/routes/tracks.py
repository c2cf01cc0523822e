"""Tracks: as the catalog describes them, and what consent says of each, with how that came about."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.answers import Recommender
from api.consent_schemas import ConsentQuery, ConsentStoryResponse, TrackDescription
from api.problems import ProblemError, ProblemKind, described, invalid
from api.services import RecommenderDep, ServicesDep
from catalog.consent.findings import ConsentContext
from catalog.consent.rights import CommercialModel
from catalog.consent.timeline import tell
from catalog.instants import parse_instant
from catalog.tracks import Track, TrackId

router = APIRouter(prefix="/v1/tracks", tags=["tracks"])


@router.get("/{track_id}", responses=described(404, 422, 503))
def describe_track(track_id: TrackId, recommender: RecommenderDep) -> TrackDescription:
    """Return a track as the catalog describes it."""
    return TrackDescription.of(_track(recommender, track_id))


@router.get("/{track_id}/consent", responses=described(404, 422, 503))
def explain_consent(
    track_id: TrackId,
    asked: Annotated[ConsentQuery, Query()],
    services: ServicesDep,
    recommender: RecommenderDep,
) -> ConsentStoryResponse:
    """Say whether a track may be recommended in a context, why, what would change it, and how that came about.

    `known_at` answers by what was on record then; `at` is then the same instant unless it is given. Public: scores of
    suspicions, and free texts that were kept as evidence, stay inside.
    """
    track = _track(recommender, track_id)
    try:
        policy = recommender.consent.policy(asked.policy)
    except ValueError as error:
        raise invalid([("policy", str(error))]) from error
    known_at = parse_instant(asked.known_at) if asked.known_at else datetime.now(UTC)
    context = ConsentContext(
        asked.territory or services.settings.territory,
        parse_instant(asked.at) if asked.at else known_at,
        CommercialModel(asked.commercial_model),
        recommender.consent.use,
        recommender.consent.channel,
    )
    (position,) = recommender.catalog.positions_of([track_id]).values()
    epoch, histories = recommender.catalog.histories([position])
    return ConsentStoryResponse.of(track, tell(histories[position], context, policy, known_at), epoch)


def _track(recommender: Recommender, track_id: TrackId) -> Track:
    track = recommender.tracks([track_id]).get(track_id)
    if track is None:
        raise ProblemError(ProblemKind.NOT_FOUND, f"there is no track {track_id!r}")
    return track
