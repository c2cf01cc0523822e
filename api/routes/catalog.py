"""The catalog, to choose from: names and tags to complete, territories, policies, and what every code means."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query

from api.problems import described
from api.routes.bodies import AnswerRoute
from api.schemas.catalog import (
    CodesResponse,
    CompletionQuery,
    CompletionsResponse,
    NothingQuery,
    PoliciesResponse,
    TerritoriesResponse,
    TerritoryResponse,
)
from api.schemas.fields import DEFAULT_POLICY
from api.services import RecommenderDep, ServicesDep
from api.threads import ON_CHOICES
from api.wording import country
from catalog.consent import CommercialModel
from recommender.indexes.completions import COMPLETED
from recommender.prompts.wishes import WishKind

router = APIRouter(prefix="/v1/catalog", tags=["catalog"], route_class=AnswerRoute)

Nothing = Annotated[NothingQuery, Query()]


def _completing(kind: WishKind) -> Callable[..., Awaitable[CompletionsResponse]]:
    @ON_CHOICES
    def complete(
        asked: Annotated[CompletionQuery, Query()], services: ServicesDep, recommender: RecommenderDep
    ) -> CompletionsResponse:
        """Complete what was typed with names of tracks that may be recommended here now; others are not named at all."""
        found = recommender.complete(
            kind,
            asked.q,
            asked.territory or services.settings.territory,
            CommercialModel(asked.commercial_model),
            asked.policy,
            asked.limit,
        )
        return CompletionsResponse(completions=list(found))

    return complete


for _kind in COMPLETED:
    router.add_api_route(
        f"/{_kind}s",
        _completing(_kind),
        name=f"complete_{_kind}s",
        summary=f"Complete {_kind}s",
        response_model=CompletionsResponse,
        response_model_exclude_none=True,
        responses=described(422, 503),
    )


@router.get("/territories", responses=described(422, 503))
@ON_CHOICES
def territories(_: Nothing, recommender: RecommenderDep) -> TerritoriesResponse:
    """Say where how many tracks may be recommended, for who names neither a policy nor a commercial model."""
    found = recommender.permitted_in_each(CommercialModel.FREE_OF_CHARGE, DEFAULT_POLICY)
    told = [TerritoryResponse(code=code, name=country(code).removeprefix("the "), tracks=found[code]) for code in found]
    return TerritoriesResponse(territories=sorted(told, key=lambda one: (-one.tracks, one.name)))


@router.get("/policies", responses=described(422, 503))
@ON_CHOICES
def policies(_: Nothing, recommender: RecommenderDep) -> PoliciesResponse:
    """Tell the policies that requests may name, the operator's own among them, and what each lets play."""
    return PoliciesResponse.of(recommender.consent)


@router.get("/codes", responses=described(422))
async def codes(_: Nothing) -> CodesResponse:
    """Tell what every code means."""
    return CodesResponse.all()
