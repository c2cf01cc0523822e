"""`consonance import`: a catalog, deliveries, what listeners did, consent records or suspicions, in portions of whole rows."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import IO

from api.reserve import Reserve
from api.terminal.tables import progress, say
from catalog.importers.ai_lists import import_ai_list
from catalog.importers.ddex import import_ddex
from catalog.importers.jamendo import import_jamendo
from catalog.importers.reports import CatalogImportError, ImportReport
from catalog.importers.tables import import_table
from catalog.settings import load_consent_settings
from catalog.stores import CatalogStore, Changes, open_store


def run(arguments: Namespace) -> None:
    """Import a file, or with `--check` only read it, and print what was left out and what it changed.

    Raises RuntimeError for a file that cannot be imported or of which more than half was left out, and for one of problems
    that is there already; ValueError for wrong words.
    """
    columns = _pairs("--column", arguments.column, "THEIRS=OURS, such as uid=track_id")
    constants = _pairs("--set", arguments.constants, "OURS=VALUE, such as user_id=me")
    if arguments.source in ("jamendo", "ddex") and (columns or constants):
        option = "--column" if columns else "--set"
        raise ValueError(f"{option} is for tables; {arguments.source}'s columns are known")
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
    with _new_file(arguments.problems) if arguments.problems else nullcontext() as problems:
        begun = partial(_run, arguments, columns, constants)
        # Records may restrict: they may use the room that is kept back for that.
        report = Reserve(arguments.home).spend_on(begun) if arguments.source == "consent" else begun()
        say(report.summary())
        if report.changes.get("tracks", Changes()).added and not arguments.check:
            say("new tracks come into lists with the next `consonance build`")
        if problems is not None:
            report.write_problems(problems)
    if report.is_mostly_left_out:
        raise RuntimeError(
            f"more than half of {arguments.path} was left out ({report.left_out:,} of {report.rows:,} {report.unit}): "
            "mend what the problems say, and import it again"
        )


def _run(arguments: Namespace, columns: dict[str, str], constants: dict[str, str]) -> ImportReport:
    with nullcontext() if arguments.check else open_store(arguments.home) as store:
        try:
            return _imported(arguments, columns, constants, store)
        except CatalogImportError as error:
            begun = [one.what for one in store.unfinished_imports()] if store else []
            here = f"{arguments.source} {arguments.path.absolute()}"
            told = "; the rows before are in, and the same command goes on" if here in begun else ""
            raise RuntimeError(f"{error}{told}") from error


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a new file, which is gone again where the import failed, so that the mended command may name it."""
    try:
        file = path.open("xb")
    except OSError as error:
        remedy = (
            "name another file, or remove it"
            if isinstance(error, FileExistsError)
            else "name one in a folder that is there"
        )
        raise RuntimeError(f"--problems {path}: {error.strerror}; {remedy}; nothing was imported") from error
    with file:
        try:
            yield file
        except BaseException:
            path.unlink()
            raise


def _imported(
    arguments: Namespace, columns: dict[str, str], constants: dict[str, str], store: CatalogStore | None
) -> ImportReport:
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
                store,
                arguments.path,
                settings,
                name=arguments.list_name,
                columns=columns,
                constants=constants,
                progress=tell,
            )
        return import_table(
            store,
            arguments.source,
            arguments.path,
            columns=columns,
            constants=constants,
            asserted_deal=arguments.assert_deal,
            progress=tell,
        )


def _pairs(option: str, given: list[str], form: str) -> dict[str, str]:
    pairs = {}
    for pair in given:
        left, equals, right = pair.partition("=")
        if not (left and equals and right):
            raise ValueError(f"{option} {pair!r} is not {form}")
        pairs[left] = right
    return pairs
