"""Application factory. Nothing is built at import; `uvicorn --factory api.app:create_app` reads the environment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from api.admission import Admission
from api.envelope import Envelope
from api.hosts import Hosts
from api.problems import problem_schemas, tell_problems
from api.routes import catalog, consent, events, health, page, playlists, tracks
from api.services import OpenRecommender, Services
from api.settings import Settings
from recommender.playlist_recommender import PlaylistRecommender


class Application(FastAPI):
    """FastAPI application whose OpenAPI 3.1 document describes the problems too."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document at `/openapi.json`."""
        if self.openapi_schema is None:
            super().openapi()["components"]["schemas"].update(problem_schemas())
        return super().openapi()


def create_app(settings: Settings | None = None, open_recommender: OpenRecommender | None = None) -> FastAPI:
    """Return the application for these settings, or for those of the environment.

    Raises SettingsError or ExperimentError for what an operator set wrongly.
    """
    settings = settings or Settings.from_env()
    services = Services(
        settings,
        open_recommender or partial(PlaylistRecommender.open, audit_only=settings.audit_only, reader=settings.reader),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.start()
        try:
            yield
        finally:
            services.stop()

    # The interactive documentation that comes with the framework loads its scripts from elsewhere.
    app = Application(
        title="Consonance", version=version("consonance"), lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.services = services
    tell_problems(app)
    app.add_middleware(Admission, max_in_flight=settings.max_in_flight, admin_token=settings.admin_token)
    app.add_middleware(Hosts, names=settings.hosts)
    app.add_middleware(Envelope)
    for routes in (playlists, events, tracks, catalog, consent, health, page):
        app.include_router(routes.router)
    return app
