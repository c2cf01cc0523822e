"""Whether the server lives, whether it can answer, and what it has counted."""

from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel

from api.keys.store import KeyStoreError
from api.problems import ProblemKind, described, unavailable, without_places
from api.routes.bodies import AnswerRoute
from api.services import ExposureLogDep, RecommenderDep, ServicesDep, needs
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
    try:
        services.keys.of("")
    except KeyStoreError as error:
        raise unavailable(ProblemKind.NOT_READY, f"no key can be read: {error}", retry_after=30) from error
    return Readiness(
        versions={"bundle": recommender.bundle_version, "consent_epoch": recommender.catalog.consent_epoch()},
        refused_bundle=_public(recommender.refused_bundle),
        refused_consent=_public(recommender.refused_consent),
        refused_experiment=_public(services.experiments.refused),
    )


@router.get(
    "/metrics",
    dependencies=[needs("admin")],
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **described(401, 403, 422)},
)
@ON_READINESS
def metrics(services: ServicesDep) -> Response:
    """Tell what this server has counted since its start, all its workers together, in Prometheus's text format."""
    return Response(generate_latest(services.metrics), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _public(refused: str | None) -> str | None:
    return None if refused is None else without_places(refused)
