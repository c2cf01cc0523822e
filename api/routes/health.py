"""Whether the server lives, and whether it can answer."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.problems import described
from api.services import RecommenderDep
from api.threads import ON_READINESS

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Playlists can be asked for. `refused_bundle` says why the bundle that was built last is not used."""

    ready: Literal[True] = True
    versions: dict[str, str | int]
    refused_bundle: str | None = None


@router.get("/healthz")
async def healthz() -> Health:
    """Tell that the process lives; always 200."""
    return Health()


@router.get("/readyz", responses=described(503), response_model_exclude_none=True)
@ON_READINESS
def readyz(recommender: RecommenderDep) -> Readiness:
    """Tell that playlists can be asked for, else what is missing and what to do."""
    return Readiness(
        versions={"bundle": recommender.bundle_version, "consent_epoch": recommender.catalog.consent_epoch()},
        refused_bundle=recommender.refused_bundle,
    )
