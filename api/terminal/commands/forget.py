"""`consonance forget`: imports of plays, and one of them taken out again."""

from argparse import Namespace

from api.terminal.tables import progress, say
from catalog.stores import open_store


def run(arguments: Namespace) -> None:
    """List the imports of plays, or forget one in one transaction. Raises StoreError for an id that none of them has."""
    with open_store(arguments.home, make=False) as store:
        if arguments.import_id is None:
            for one in store.imports_of_plays():
                say(f"{one.import_id}: {one.plays:,} plays, {one.what.removeprefix('interactions ')}, {one.begun_at}")
            return
        with progress("Forgetting plays", None) as advance, store.writing("command") as writer:
            gone = writer.forget_import(arguments.import_id)
            advance(gone)
    say(
        f"import {arguments.import_id} is forgotten: {gone:,} plays that it alone told; what another import told too stays"
    )
    say("bundles keep what they learned from them until the next `consonance build`")
