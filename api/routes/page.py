"""The listener's page: static files, no build, nothing from elsewhere. What it loads has an address of its own for each content."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.problems import ProblemError
from api.routes.bodies import AnswerRoute
from api.routes.conditions import revalidated
from api.schemas.catalog import CodesResponse, PoliciesResponse
from api.services import Services, ServicesDep
from api.wording import HIDE_AI
from catalog.consent import ConsentSettings
from catalog.tracks import TERRITORIES

_PAGES = Path(__file__).parent.parent / "pages"
_INDEX = (_PAGES / "index.html").read_text(encoding="utf-8")
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index(request: Request, services: ServicesDep) -> Response:
    """Return the page, with the service's own territory chosen."""
    return revalidated(request, _INDEX.replace("{{territory}}", services.settings.territory), "text/html")


def words(request: Request, services: ServicesDep) -> Response:
    """Return what the codes of an answer mean in words, and the policies and territories that a listener may choose."""
    codes, policies = CodesResponse.all(), PoliciesResponse.of(_consent(services)).policies
    told = {
        "withheld": {reason.code: reason.words for reason in codes.reasons},
        "models": {model.code: model.meaning for model in codes.commercial_models},
        "policies": {policy.name: policy.description for policy in policies},
        "policy_choices": {policy.name: policy.choice for policy in policies},
        "hide_ai": HIDE_AI,
        "territories": sorted(TERRITORIES),
    }
    return revalidated(request, json.dumps(told), "application/json")


def _consent(services: Services) -> ConsentSettings:
    """Return what the operator set; before anything is built, the policies as shipped."""
    try:
        return services.recommender().consent
    except ProblemError:
        return ConsentSettings()


def _file(content: bytes, media_type: str) -> Callable[[], Awaitable[Response]]:
    async def send() -> Response:
        return Response(content, media_type=media_type, headers=_FOR_EVER)

    return send


router.add_api_route("/words.json", words, route_class_override=AnswerRoute)
for _name, _media_type in (("page.js", "text/javascript"), ("page.css", "text/css"), ("icon.svg", "image/svg+xml")):
    _content = (_PAGES / _name).read_bytes()
    _address = f".{sha256(_content).hexdigest()[:16]}.".join(f"/{_name}".split("."))
    _INDEX = _INDEX.replace(f"/{_name}", _address)
    router.add_api_route(_address, _file(_content, _media_type))
