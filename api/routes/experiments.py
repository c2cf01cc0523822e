"""Experiments: what is in force, and who gets which variant, as OpenFeature's clients ask (OFREP 0.2)."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.experiments.assignment import Assignment, evaluate
from api.keys.callers import Caller
from api.problems import described, without_places
from api.routes.bodies import AnswerRoute, Handler, JsonRoute
from api.routes.conditions import is_known
from api.schemas.experiments import ExperimentsResponse, FlagBody, FlagResponse, FlagsResponse
from api.services import CallerDep, Services, ServicesDep, needs, require

_FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"description": "The context cannot be used; `errorCode` is OpenFeature's"},
    404: {"description": "There is no such flag (`FLAG_NOT_FOUND`)"},
    "4XX": {"description": "Other problems, as everywhere"},
    **described(403, 413, 415, 503),
}


class FlagRoute(JsonRoute):
    """A route whose errors of a body are told as OFREP wants them: 400, with one of OpenFeature's error codes."""

    once = frozenset()

    def get_route_handler(self) -> Handler:
        """Tell what is wrong with a body."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except HTTPException as error:  # what the framework cannot read at all
                return _failure(request.path_params, 400, "PARSE_ERROR", str(error.detail))
            except RequestValidationError as error:
                found = error.errors()[0]
                details = f"{'.'.join(map(str, found['loc']))}: {found['msg']}"
                return _failure(request.path_params, 400, _code_of(found), details)

        return told


in_force = APIRouter(prefix="/v1/experiments", tags=["experiments"], route_class=AnswerRoute)
flags = APIRouter(prefix="/ofrep/v1/evaluate/flags", tags=["experiments"], route_class=FlagRoute)


@in_force.get("", dependencies=[needs("experiments")], responses=described(401, 403, 503))
async def list_experiments(services: ServicesDep) -> ExperimentsResponse:
    """Return the experiments in force."""
    running, refused = services.experiments.value, services.experiments.refused
    return ExperimentsResponse(experiments=running, refused=refused and without_places(refused))


@flags.post("", response_model=FlagsResponse, responses={304: {"description": "As you have it"}, **_FAILURES})
async def evaluate_flags(body: FlagBody, request: Request, services: ServicesDep, caller: CallerDep) -> Response:
    """Return what a unit gets of every experiment, as flags. Nothing is logged: what a list was made with is told in the list."""
    evaluated = [FlagResponse.of(got) for got in _evaluated(body, services, caller).values()]
    text = FlagsResponse(flags=evaluated).model_dump_json(exclude_none=True)
    headers = {"ETag": f'"{sha256(text.encode()).hexdigest()[:32]}"'}
    if is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="application/json", headers=headers)


@flags.post("/{key:path}", response_model=FlagResponse, responses=_FAILURES, response_model_exclude_none=True)
async def evaluate_flag(
    key: str, body: FlagBody, request: Request, services: ServicesDep, caller: CallerDep
) -> FlagResponse | Response:
    """Return what a unit gets of one experiment, as a flag of its name."""
    evaluated = _evaluated(body, services, caller)
    if key not in evaluated:
        there = ", ".join(map(repr, evaluated)) or "none"
        return _failure(
            request.path_params, 404, "FLAG_NOT_FOUND", f"{key!r} is no experiment in force; there are {there}"
        )
    return FlagResponse.of(evaluated[key])


router = APIRouter()
router.include_router(in_force)
router.include_router(flags)


def _evaluated(body: FlagBody, services: Services, caller: Caller) -> Mapping[str, Assignment]:
    require(caller, "listen")
    said = body.context.model_dump()
    said["territory"] = caller.territory or body.context.territory or services.settings.territory
    found = evaluate(services.experiments.value, body.context.targeting_key, said)
    return {got.experiment: got for got in found}


def _code_of(found: Mapping[str, Any]) -> str:
    if found["type"] == "json_invalid":
        return "PARSE_ERROR"
    missing = found["type"] == "missing" or found.get("input") == ""
    return (
        "TARGETING_KEY_MISSING"
        if missing and set(found["loc"]) <= {"body", "context", "targetingKey"}
        else "INVALID_CONTEXT"
    )


def _failure(path: Mapping[str, Any], status: int, code: str, details: str) -> Response:
    key = {"key": path["key"]} if "key" in path else {}
    return JSONResponse({**key, "errorCode": code, "errorDetails": details[:300]}, status)
