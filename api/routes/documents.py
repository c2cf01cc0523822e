"""What this server says of itself: its description (OpenAPI), and what its problems mean."""

import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request, Response

from api.negotiation import preferred
from api.problems import ProblemError, ProblemKind
from api.routes.bodies import AnswerRoute, accepted
from api.routes.conditions import revalidated

router = APIRouter(include_in_schema=False, route_class=AnswerRoute)

_PROBLEMS = "/problems"
_PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, "text/html": {}}}}


@router.get("/openapi.json")
async def describe(request: Request) -> Response:
    """Return the OpenAPI 3.1 document."""
    return revalidated(request, json.dumps(request.app.openapi()), "application/json")


@router.get(_PROBLEMS, responses=_PAGE)
async def list_problems(request: Request) -> Response:
    """Return all kinds of problems, as a page or as JSON."""
    links = (f'<li>{kind.status} <a href="{kind.type}">{escape(kind.title)}</a></li>' for kind in ProblemKind)
    told = {"problems": [_told(kind) for kind in ProblemKind]}
    return _answer(request, "Problems", f"<ul>{''.join(links)}</ul>", told)


@router.get(f"{_PROBLEMS}/{{suffix}}", responses=_PAGE)
async def explain_problem(suffix: str, request: Request) -> Response:
    """Return what a kind of problem means and what to do, as a page or as JSON."""
    kind = {kind.type: kind for kind in ProblemKind}.get(f"{_PROBLEMS}/{suffix}")
    if kind is None:
        raise ProblemError(ProblemKind.NOT_FOUND, f"there is no problem {suffix!r}; {_PROBLEMS} lists them all")
    content = (
        f"<p>Status {kind.status}</p><p>{escape(kind.meaning)}</p><h2>What to do</h2><p>{escape(kind.remedy)}</p>"
        f'<p><a href="{_PROBLEMS}">All problems</a></p>'
    )
    return _answer(request, kind.title, content, _told(kind))


def _told(kind: ProblemKind) -> dict[str, str | int]:
    return {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "meaning": kind.meaning,
        "remedy": kind.remedy,
    }


def _answer(request: Request, title: str, content: str, told: object) -> Response:
    if preferred(accepted(request), ("text/html", "application/json")) == "application/json":
        return revalidated(request, json.dumps(told), "application/json")
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )
    return revalidated(request, page, "text/html")
