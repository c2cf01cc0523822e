"""The listener's page: static files, no build, nothing from elsewhere."""

from pathlib import Path
from typing import Any

import pycountry
from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse

from api.problems import ProblemError
from api.services import Services, ServicesDep
from api.wording import ABOUT_AI, HIDE_AI, MODELS, POLICY_CHOICES, POLICY_DESCRIPTIONS, WITHHELD, policy_words
from catalog.consent import ConsentSettings

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
    consent = _consent(services)
    descriptions = POLICY_DESCRIPTIONS | dict(consent.descriptions)
    return {
        "withheld": WITHHELD,
        "models": MODELS,
        "policies": {name: descriptions[name] for name in consent.offered},
        "policy_choices": {name: POLICY_CHOICES.get(name, policy_words(name)) for name in consent.offered},
        "hide_ai": HIDE_AI,
        "about_ai": ABOUT_AI,
        "territories": sorted(country.alpha_2 for country in pycountry.countries),
    }


def _consent(services: Services) -> ConsentSettings:
    """Return what the operator set; before anything is built, the policies as shipped."""
    try:
        return services.recommender().consent
    except ProblemError:
        return ConsentSettings()


@router.get("/page.js")
def script() -> FileResponse:
    """Return the page's script."""
    return FileResponse(_PAGES / "page.js", media_type="text/javascript")


@router.get("/page.css")
def style() -> FileResponse:
    """Return the page's style."""
    return FileResponse(_PAGES / "page.css", media_type="text/css")


@router.get("/icon.svg")
def icon() -> FileResponse:
    """Return the page's icon."""
    return FileResponse(_PAGES / "icon.svg", media_type="image/svg+xml")
