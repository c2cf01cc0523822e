"""`consonance exposures`: what was logged becomes Parquet, for the analyst."""

from argparse import Namespace
from contextlib import closing

from api.exposures.log import ExposureLog
from api.terminal.tables import say


def run(arguments: Namespace) -> None:
    """Erase a listener if that is asked for, seal what is not sealed yet, let what is too old leave, and list every file."""
    with closing(ExposureLog.open(arguments.home)) as log:
        if arguments.erase_listener is not None:
            say(f"erased: {log.erase(arguments.erase_listener):,} answers and plays of {arguments.erase_listener!r}")
            say("what was imported of a listener (interactions), and backups, are not the log's: they stay")
        new = set(log.seal())
        log.let_leave(arguments.settings.log)
    for path in sorted((arguments.home / "exposures").glob("*.parquet")):
        say(f"{path}{'  (new)' if path in new else ''}")
