"""`consonance serve`: the API and the listener's page."""

import os
from argparse import Namespace

import uvicorn


def run(arguments: Namespace) -> None:
    """Serve until stopped. Every worker process reads its settings from the environment, so the home is put there."""
    os.environ["CONSONANCE_HOME"] = str(arguments.home.absolute())
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        log_level="info",
        timeout_graceful_shutdown=10,
    )
