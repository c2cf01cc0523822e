"""`consonance serve`: the API and the listener's page."""

import os
import signal
import sys
from argparse import Namespace

import uvicorn

from api.experiments.assignment import load_experiment


def run(arguments: Namespace) -> None:
    """Serve until stopped; SIGTERM lets requests in flight finish and ends with status 0.

    Every worker process reads its settings from the environment, so the home is put there. Raises ExperimentError here,
    once, for an experiment that no worker could start with.
    """
    load_experiment(arguments.settings.experiment or arguments.home / "experiment.toml")
    os.environ["CONSONANCE_HOME"] = str(arguments.home.absolute())
    # A lone worker shuts down in order and then raises the signal again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        log_level="info",
        timeout_graceful_shutdown=10,
    )
