"""`consonance forget`: imports of plays, and one of them taken out again."""

from argparse import Namespace

from api.terminal.tables import progress, say
from catalog.stores import open_store


def run(arguments: Namespace) -> None:
    """List the imports of plays, or forget one in one transaction. Raises StoreError for an id that none of them has."""
    with open_store(arguments.home, make=False) as store:
        if arguments.import_id is None:
            say(
                "import: plays that count (one for each listener, item and instant, however many rows told it), file, begun"
            )
            for one in store.imports_of_plays():
                say(f"{one.import_id}: {one.plays:,} plays, {one.what.removeprefix('interactions ')}, {one.begun_at}")
            say(
                f"{store.play_count():,} plays count in all; one that several imports told is counted with each of them"
            )
            return
        with progress("Forgetting plays", None) as advance, store.writing("command") as writer:
            gone = writer.forget_import(arguments.import_id)
            advance(gone)
    say(
        f"import {arguments.import_id} is forgotten: {gone:,} plays that it alone told; what another import told too stays"
    )
    say(
        "bundles keep what they learned from them until the next `consonance build`; before it, `python -m eval run` refuses "
        "this home, for the catalog was changed after it was built"
    )
