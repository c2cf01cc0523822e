"""Whether the server lives, and whether it can answer."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.problems import described, without_places
from api.routes.bodies import AnswerRoute
from api.services import ExposureLogDep, RecommenderDep, ServicesDep
from api.threads import ON_READINESS

router = APIRouter(tags=["health"], route_class=AnswerRoute)


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Playlists can be asked for. What is `refused` says why the newest bundle, `consent.toml` or experiment is not in force."""

    ready: Literal[True] = True
    versions: dict[str, str | int]
    refused_bundle: str | None = None
    refused_consent: str | None = None
    refused_experiment: str | None = None


@router.get("/healthz")
async def healthz() -> Health:
    """Tell that the process lives; always 200."""
    return Health()


@router.get("/readyz", responses=described(503), response_model_exclude_none=True)
@ON_READINESS
def readyz(recommender: RecommenderDep, log: ExposureLogDep, services: ServicesDep) -> Readiness:
    """Tell that playlists can be asked for, else what is missing and what to do."""
    log.check()
    return Readiness(
        versions={"bundle": recommender.bundle_version, "consent_epoch": recommender.catalog.consent_epoch()},
        refused_bundle=_public(recommender.refused_bundle),
        refused_consent=_public(recommender.refused_consent),
        refused_experiment=_public(services.experiment.refused),
    )


def _public(refused: str | None) -> str | None:
    return None if refused is None else without_places(refused)
