"""`consonance import`: a catalog, deliveries, what listeners did, consent records or suspicions; all of a file comes in, or nothing."""

from argparse import Namespace
from contextlib import nullcontext

from api.terminal.tables import progress, say
from catalog.importers.ai_lists import import_ai_list
from catalog.importers.ddex import import_ddex
from catalog.importers.jamendo import import_jamendo
from catalog.importers.reports import CatalogImportError, ImportReport
from catalog.importers.tables import import_table
from catalog.settings import load_consent_settings
from catalog.stores import CatalogStore, open_store


def run(arguments: Namespace) -> None:
    """Import a file, or with `--check` only read it, and print what it changed.

    Raises RuntimeError for a file that cannot be imported, ValueError for wrong words.
    """
    columns = _renamed(arguments.column)
    if arguments.source in ("jamendo", "ddex") and columns:
        raise ValueError(f"--column is for tables; {arguments.source}'s columns are known")
    if arguments.source not in ("tracks", "jamendo") and arguments.assert_deal:
        why = (
            "messages bring their deals"
            if arguments.source == "ddex"
            else f"{arguments.source} has no tracks of its own"
        )
        raise ValueError(f"--assert-deal is for tracks and jamendo; {why}")
    if arguments.source != "ai_list" and arguments.list_name is not None:
        raise ValueError(f"--source names a list of AI artists (ai_list); {arguments.source} needs no name")
    if arguments.check and arguments.source != "ddex":
        raise ValueError(f"--check is for ddex; {arguments.source} is only imported")
    if not arguments.path.exists():
        raise RuntimeError(f"there is no {arguments.path}; nothing was imported")
    with nullcontext() if arguments.check else open_store(arguments.home) as store:
        try:
            say(_imported(arguments, columns, store).summary())
        except CatalogImportError as error:
            raise RuntimeError(str(error)) from error


def _imported(arguments: Namespace, columns: dict[str, str], store: CatalogStore | None) -> ImportReport:
    with progress(f"{'Importing' if store else 'Checking'} {arguments.source}", None) as advance:
        done = 0

        def tell(rows: int) -> None:
            nonlocal done
            advance(rows - done)
            done = rows

        if arguments.source == "ddex" or store is None:
            return import_ddex(store, arguments.path, tell)
        if arguments.source == "jamendo":
            return import_jamendo(store, arguments.path, asserted_deal=arguments.assert_deal, progress=tell)
        if arguments.source == "ai_list":
            settings = load_consent_settings(arguments.home)
            return import_ai_list(
                store, arguments.path, settings, name=arguments.list_name, columns=columns, progress=tell
            )
        return import_table(
            store, arguments.source, arguments.path, columns=columns, asserted_deal=arguments.assert_deal, progress=tell
        )


def _renamed(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        theirs, equals, ours = pair.partition("=")
        if not (theirs and equals and ours):
            raise ValueError(f"--column {pair!r} is not THEIRS=OURS, such as uid=track_id")
        columns[theirs] = ours
    return columns
