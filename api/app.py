"""Application factory. Nothing is built at import; `uvicorn --factory api.app:create_app` reads the environment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api.admission import Admission, body_words
from api.envelope import REQUEST_ID, SERVER_TIMING, Envelope, Unforeseen
from api.hosts import Hosts
from api.keys.callers import Callers
from api.logs import configure_logs
from api.negotiation import Compression
from api.pages import assets
from api.pages.readable import Readable
from api.problems import METHODS, problem_schemas, tell_problems
from api.routes import (
    audit,
    batch,
    catalog,
    changes,
    consent,
    documents,
    events,
    experiments,
    health,
    listeners,
    page,
    playlists,
    shares,
    tracks,
)
from api.services import OpenRecommender, Services
from api.settings import Settings
from catalog import __version__
from recommender.playlist_recommender import PlaylistRecommender

FROM_ELSEWHERE = (
    *("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"),
    *("X-Consonance-Variant", "X-Edit-Secret", REQUEST_ID),
)
"""Headers that a page elsewhere may send, if an operator lets it ask at all."""

TO_ELSEWHERE = (
    *("Content-Disposition", "ETag", "Idempotency-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy"),
    *("Retry-After", SERVER_TIMING, REQUEST_ID),
)
"""Headers of an answer that such a page may read."""


_ROUTES = (
    *(batch, playlists, changes, shares, listeners, events, experiments, audit, tracks),
    *(catalog, consent, health, documents, assets, page),
)


class Application(FastAPI):
    """FastAPI application whose OpenAPI 3.1 document describes the problems too."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document at `/openapi.json`."""
        if self.openapi_schema is None:
            super().openapi()["components"]["schemas"].update(problem_schemas())
            self.openapi_schema = _with_whole_numbers(self.openapi_schema)
            for path, operations in self.openapi_schema["paths"].items():
                for operation in operations.values():
                    if "413" in operation["responses"]:
                        operation["responses"]["413"]["description"] = body_words(path)
            events = self.openapi_schema["paths"]["/v1/events"]["post"]["requestBody"]["content"]["application/json"]
            events["schema"] = {"anyOf": [events["schema"], {"$ref": "#/components/schemas/Event"}]}
        return super().openapi()


def _with_whole_numbers(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _with_whole_numbers(value) for key, value in document.items()}
    if isinstance(document, list):
        return list(map(_with_whole_numbers, document))
    return int(document) if isinstance(document, float) and document.is_integer() else document


def create_app(settings: Settings | None = None, open_recommender: OpenRecommender | None = None) -> FastAPI:
    """Return the application for these settings, or for those of the environment: then the process logs as they say.

    Raises SettingsError or ExperimentError for what an operator set wrongly.
    """
    if settings is None:
        settings = Settings.from_env()
        configure_logs(prompts=settings.log_prompts)
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

    app = Application(
        title="Consonance",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,  # `documents` answers it; interactive pages, whose scripts come from elsewhere, go with it
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,  # behind a proxy a redirect would leave https
    )
    app.state.services = services
    tell_problems(app)
    # The last one is the outermost: what it sets is on every answer of those before it.
    app.add_middleware(Admission, max_in_flight=settings.max_in_flight, metrics=services.metrics)
    app.add_middleware(
        Callers,
        keys=services.keys,
        admin_token=settings.admin_token,
        per_minute=settings.per_minute,
        proxies=settings.proxies,
        country_header=settings.country_header,
        territory=settings.territory,
        trusted=settings.trust_callers,
    )
    app.add_middleware(Unforeseen)
    app.add_middleware(Readable)
    app.add_middleware(Compression)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=("HEAD", *METHODS),
            allow_headers=FROM_ELSEWHERE,
            expose_headers=TO_ELSEWHERE,
        )
    app.add_middleware(Hosts, names=settings.hosts)
    known = [route for routes in _ROUTES for route in routes.router.routes]
    app.add_middleware(Envelope, metrics=services.metrics, audio=settings.audio, routes=known)
    for routes in _ROUTES:
        app.include_router(routes.router)
    return app
