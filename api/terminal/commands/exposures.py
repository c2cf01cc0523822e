"""`consonance exposures`: what was logged becomes Parquet, for the analyst."""

from argparse import Namespace
from contextlib import closing

from api.exposures.log import ExposureLog
from api.terminal.tables import say


def run(arguments: Namespace) -> None:
    """Seal what is not sealed yet, and list every file."""
    with closing(ExposureLog.open(arguments.home)) as log:
        new = set(log.seal())
    for path in sorted((arguments.home / "exposures").glob("*.parquet")):
        say(f"{path}{'  (new)' if path in new else ''}")
