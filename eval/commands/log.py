"""Log a run to MLflow: settings, what it was made from, every measure of every system with its interval, and its files.

examples:
  python -m eval log after                                    into ./mlflow.db
  MLFLOW_TRACKING_URI=https://mlflow.example.org MLFLOW_EXPERIMENT_NAME=ranker python -m eval log after
"""

from argparse import Namespace
from pathlib import Path

from eval.commands.terminal import argument, console, progress
from eval.reporting.results import Run
from eval.reporting.run_files import PAGE

ARGUMENTS = [argument("folder", type=Path, metavar="DIR", help="what `run --out` wrote, with the page of `report`")]


def run(arguments: Namespace) -> None:
    """Log the run. Raises LineupError where MLflow is not installed, and RuntimeError where it does not take the run."""
    with progress("Logging to MLflow", 1) as advance:
        run_id = Run.read(arguments.folder).to_mlflow(arguments.folder / PAGE)
        advance(1)
    console().print(f"the run is in MLflow as {run_id}", soft_wrap=True)
