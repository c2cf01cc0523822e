"""The listener's page: static files, no build, nothing from elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse

from api.problems import ProblemError
from api.schemas.catalog import CodesResponse, PoliciesResponse
from api.services import Services, ServicesDep
from api.wording import HIDE_AI
from catalog.consent import ConsentSettings
from catalog.tracks import TERRITORIES

_PAGES = Path(__file__).parent.parent / "pages"

router = APIRouter(include_in_schema=False)


@router.get("/")
def index(services: ServicesDep) -> HTMLResponse:
    """Return the page, with the service's own territory chosen."""
    page = (_PAGES / "index.html").read_text(encoding="utf-8")
    return HTMLResponse(page.replace("{{territory}}", services.settings.territory))


@router.get("/words.json")
def words(services: ServicesDep) -> dict[str, Any]:
    """Return what the codes of an answer mean in words, and the policies and territories that a listener may choose."""
    codes, policies = CodesResponse.all(), PoliciesResponse.of(_consent(services)).policies
    return {
        "withheld": {reason.code: reason.words for reason in codes.reasons},
        "models": {model.code: model.meaning for model in codes.commercial_models},
        "policies": {policy.name: policy.description for policy in policies},
        "policy_choices": {policy.name: policy.choice for policy in policies},
        "hide_ai": HIDE_AI,
        "territories": sorted(TERRITORIES),
    }


def _consent(services: Services) -> ConsentSettings:
    """Return what the operator set; before anything is built, the policies as shipped."""
    try:
        return services.recommender().consent
    except ProblemError:
        return ConsentSettings()


def _file(name: str, media_type: str) -> Callable[[], FileResponse]:
    return lambda: FileResponse(_PAGES / name, media_type=media_type)


for _name, _media_type in (("page.js", "text/javascript"), ("page.css", "text/css"), ("icon.svg", "image/svg+xml")):
    router.add_api_route(f"/{_name}", _file(_name, _media_type))
