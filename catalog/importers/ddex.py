"""Importing DDEX ERN messages: a file or a folder of them, each in a transaction of its own."""

from collections.abc import Iterator
from pathlib import Path

from catalog.importers.ern.messages import Message, read_message
from catalog.importers.hardened_xml import MAX_BYTES
from catalog.importers.reports import CatalogImportError, ImportReport, Progress, untold
from catalog.store import CatalogStore
from catalog.writer import DeliveryChanges

SUFFIX = ".xml"


def import_ddex(store: CatalogStore, path: Path, progress: Progress = untold) -> ImportReport:
    """Import a message, or every `*.xml` in a folder and the folders in it, sorted by path.

    A message is taken as a whole before the next one is read, so an import that is stopped may simply be started again.
    `rows` of the report counts messages. In a folder, a file that cannot be imported is reported and the others are taken;
    alone, it raises CatalogImportError, as does a path with no message.
    """
    report = ImportReport(str(path))
    if not path.is_dir():
        _import(store, path, report)
        progress(1)
        return report
    files = list(_files(path))
    if not files:
        raise CatalogImportError(f"{path}: has no {SUFFIX} file; name a message or a folder of messages")
    for number, file in enumerate(files, 1):
        try:
            _import(store, file, report)
        except CatalogImportError as error:
            report.problem(None, "", str(error).removeprefix(f"{file}: "), str(file))
        progress(number)
    return report


def deliver_message(store: CatalogStore, content: bytes, name: str) -> tuple[Message, DeliveryChanges]:
    """Read one message and take it in, in one transaction.

    A purge of what was never held is taken too, as the delivery that it purges may come late (`known` is False then).
    Raises CatalogImportError for a message that cannot be read, with nothing changed.
    """
    message = read_message(content, name)
    with store.writing() as writer:
        changes = writer.deliver(message.delivery)
    return message, changes


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix.lower() == SUFFIX and path.is_file())


def _import(store: CatalogStore, path: Path, report: ImportReport) -> None:
    message, changes = deliver_message(store, _content(path), str(path))
    report.rows += 1
    report.add("tracks", changes.tracks)
    report.add("consent", changes.consent)
    for problem in message.problems:
        report.problem(None, problem.place, problem.reason, str(path))
    report.problem_count += message.problem_count - len(message.problems)
    if not changes.known:
        matters = ", ".join(statement.matter for statement in message.delivery.statements)
        report.problem(None, "", f"nothing is held of {matters}; it stays ended when it is delivered late", str(path))


def _content(path: Path) -> bytes:
    """Return what a file holds. Raises CatalogImportError where it is too big, which is not read, or cannot be read."""
    try:
        size = path.stat().st_size
        if size <= MAX_BYTES:
            return path.read_bytes()
    except OSError as error:
        raise CatalogImportError(f"{path}: cannot be read: {error.strerror or error}") from error
    raise CatalogImportError(f"{path}: has {size:,} bytes; at most {MAX_BYTES:,} are taken")
