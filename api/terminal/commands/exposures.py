"""`consonance exposures`: what was logged becomes Parquet, for the analyst."""

from argparse import Namespace
from contextlib import closing

from api.exposures.log import ExposureLog
from api.terminal.tables import say


def run(arguments: Namespace) -> None:
    """Seal what is not sealed yet, let what is too old leave, and list every file."""
    with closing(ExposureLog.open(arguments.home)) as log:
        new = set(log.seal())
        log.let_leave(arguments.settings.log)
    for path in sorted((arguments.home / "exposures").glob("*.parquet")):
        say(f"{path}{'  (new)' if path in new else ''}")
