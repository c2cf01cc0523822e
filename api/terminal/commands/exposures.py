"""`consonance exposures`: what was logged becomes Parquet, for the analyst."""

from argparse import Namespace
from contextlib import ExitStack, closing

from api.exposures.log import ExposureLog
from api.listeners import erase
from api.lists.store import ListStore
from api.terminal.tables import say
from catalog.stores import has_catalog, open_store


def run(arguments: Namespace) -> None:
    """Erase a listener if that is asked for, seal what is not sealed yet, let what is too old leave, and list every file."""
    home = arguments.home
    with closing(ExposureLog.open(home)) as log, closing(ListStore.open(home)) as lists:
        if arguments.erase_listener is not None:
            with ExitStack() as opened:
                catalog = opened.enter_context(open_store(home)) if has_catalog(home) else None
                gone = erase(arguments.erase_listener, catalog, log, lists)
            say(
                f"erased of {arguments.erase_listener!r}: {gone.logged:,} answers and plays, {gone.lists:,} lists, "
                f"{gone.listening:,} rows of imported listening"
            )
            say("backups are not reached; what was learned of their plays goes with the next `consonance build`")
        new = set(log.seal())
        log.let_leave(arguments.settings.log)
        lists.let_leave(arguments.settings.log)
    for path in sorted((home / "exposures").glob("*.parquet")):
        say(f"{path}{'  (new)' if path in new else ''}")
