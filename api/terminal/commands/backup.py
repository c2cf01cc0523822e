"""`consonance backup`: the catalog as it stands, in one file."""

from argparse import Namespace

from api.terminal.tables import say
from catalog.stores import open_store


def run(arguments: Namespace) -> None:
    """Copy tracks, listening and consent, beside running servers and imports. Raises StoreError with its remedy."""
    with open_store(arguments.home, make=False) as store:
        store.back_up(arguments.file)
    say(f"{arguments.file} holds tracks, listening and consent records; bundles are built anew, the log is not in it")
