"""Importer of DDEX ERN messages: a file or a folder of them, each in a transaction of its own."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from catalog.consent import AiDisclosure, CommercialModel, Deal, Delivery, covers_model, is_ahead, subject_of
from catalog.grouping import grouped
from catalog.importers.ern.messages import Message, read_message
from catalog.importers.hardened_xml import MAX_BYTES
from catalog.importers.reports import SHOWN_NOTES, CatalogImportError, ImportReport, RowsRead, entered_by, unobserved
from catalog.instants import instant_text
from catalog.names import identity
from catalog.stores import CatalogStore, DeliveryChanges
from catalog.tracks import TrackId

SUFFIX = ".xml"

SHOWN_RECORDINGS = 5

_CORRECTED = "send that one again with its right date, or one made after its receipt"


def import_ddex(store: CatalogStore | None, path: Path, progress: RowsRead = unobserved) -> ImportReport:
    """Import a message, or every `*.xml` in a folder and the folders in it, sorted by path; without a store only check them.

    A message is taken as a whole before the next one is read, so an import that is stopped may simply be started again.
    Of test messages nothing is stored. `rows` of the report counts messages. In a folder, a file that cannot be imported
    is reported and the others are taken; alone, it raises CatalogImportError, as does a path with no message.
    """
    report = ImportReport(str(path), unit="messages")
    if store is None:
        report.notes.append("they were only checked: nothing is stored")
    files = (
        sorted(file for file in path.rglob("*") if file.suffix.lower() == SUFFIX and file.is_file())
        if path.is_dir()
        else [path]
    )
    if not files:
        raise CatalogImportError(f"{path}: has no {SUFFIX} file; name a message or a folder of messages")
    for number, file in enumerate(files, 1):
        try:
            _import(store, file, report)
        except CatalogImportError as error:
            if file is path:
                raise
            report.rows += 1
            report.leave_out(None, "", str(error).removeprefix(f"{file}: "), str(file))
        progress(number)
    return report


def deliver(store: CatalogStore, message: Message, entered_by: str) -> DeliveryChanges | None:
    """Take in a message as a whole, or of a test message nothing (None); durable when it returns. Raises StoreError."""
    if message.is_test:
        return None
    with store.writing(entered_by) as writer:
        return writer.deliver(message.delivery)


def consequences(message: Message, changes: DeliveryChanges | None) -> list[str]:
    """Describe what follows from a message; `changes` is None where it was not stored, and all that it would do is told."""
    delivery = message.delivery
    who = delivery.sender_name
    told = ["it is a TestMessage: nothing of it is stored"] if message.is_test else []
    if changes is None:
        stated = list(_states(delivery))
        more = [f"and {len(stated) - SHOWN_NOTES:,} more of the like"] if len(stated) > SHOWN_NOTES else []
        told += [*stated[:SHOWN_NOTES], *more]
    elif changes.repeated:
        told.append("it is on record already: nothing changes")
    if is_ahead(delivery.created_at, datetime.now(UTC)):
        told.append(
            f"it is dated ahead ({instant_text(delivery.created_at)}): what it licenses does not count, what it ends or "
            f"withholds does from its receipt on; {_CORRECTED}"
        )
    deals = f"deals/{delivery.sender}/"
    releases = [statement for statement in delivery.statements if statement.matter.startswith(deals)]
    licensed = any(isinstance(record.terms, Deal) for statement in releases for record in statement.records)
    if not licensed and not any(statement.ends for statement in releases):
        why = "it has no deal" if delivery.tracks else "it describes no recording"
        named = [statement.matter.removeprefix(deals) for statement in releases if statement.part_of is None]
        ends = "ends" if changes else "would end"
        follows = f"what {who} licensed of {', '.join(named)} before {ends}" if named else "and it names no release"
        told.append(f"{why}, so it licenses nothing: {follows}")
    if changes and changes.ended:
        count = f"{len(changes.ended):,} recording{'s' * (len(changes.ended) > 1)}"
        told.append(f"deals of {who} for {count} ended: {_some(changes.ended)}")
    if changes and changes.stale_by:
        told.append(f"it came late: the later message {changes.stale_by} of {who} counts instead")
    if changes and changes.held_by:
        told.append(
            f"beside the message {changes.held_by} of {who}, which is dated ahead, it licenses nothing; {_CORRECTED}"
        )
    return told


def _states(delivery: Delivery) -> Iterator[str]:
    """Yield in the standard's words what a message states: recordings, deals, AI as it was understood, all else by kind."""
    if delivery.tracks:
        yield f"recordings: {_some([f'{subject_of(track).value} ({track.title})' for track in delivery.tracks])}"
    records = [record for statement in delivery.statements for record in statement.records]
    deals = grouped((record.terms, record.subject.value) for record in records if isinstance(record.terms, Deal))
    for deal, named in deals.items():
        yield f"licensed {_deal_words(deal)}: {_some(dict.fromkeys(named))}"
    if deals and not any(covers_model(deal.commercial_models, CommercialModel.FREE_OF_CHARGE) for deal in deals):
        yield "nothing of it plays free of charge (FreeOfChargeModel), as lists do for which no commercial model is named"
    declared = grouped((one.terms, one.subject.value) for one in records if isinstance(one.terms, AiDisclosure))
    for disclosure, named in declared.items():
        parts = ", ".join(f"{facet} {level}" for facet, level in disclosure.facets) or "no part is named"
        against = "".join(f"; contradicts itself: {why}" for why in disclosure.contradictions)
        yield f"AI in {_some(named)}: {disclosure.level} ({parts}){against}"
    others = Counter(record.kind for record in records if not isinstance(record.terms, Deal | AiDisclosure))
    if others:
        yield f"further records: {', '.join(f'{count} {kind}' for kind, count in others.items())}"
    for ended in (statement for statement in delivery.statements if statement.ends):
        yield f"ends what {delivery.sender_name} licensed of {ended.matter.rpartition('/')[2]}"


def _deal_words(deal: Deal) -> str:
    scope, period = deal.territories, deal.period
    parts = (
        f"in {', '.join(sorted(scope.included)) or 'Worldwide'}",
        f"not in {', '.join(sorted(scope.excluded))}" if scope.excluded else "",
        ", ".join(sorted(deal.use_types)) or "every use",
        ", ".join(sorted(deal.commercial_models)) or "every commercial model",
        f"from {instant_text(period.start)}" if period.start else "",
        f"until {instant_text(period.end)}" if period.end else "",
    )
    return ", ".join(filter(None, parts))


def others_licensing(store: CatalogStore, delivery: Delivery) -> list[str]:
    """Return a line for each other licensor whose deals are in force for recordings that a message licenses."""
    deals = [record for told in delivery.statements for record in told.records if isinstance(record.terms, Deal)]
    own = {
        identity(licensor) for record in deals if isinstance(record.terms, Deal) and (licensor := record.terms.licensor)
    }
    by_other: dict[str, list[str]] = {}
    for subject in dict.fromkeys(record.subject for record in deals):
        by_id = store.positions_of([TrackId(subject.value)]).values()
        _, facts = store.facts(store.positions_of_isrc(subject.value) or list(by_id))
        for record in chain.from_iterable(found.records for found in facts.values()):
            licensor = record.terms.licensor if isinstance(record.terms, Deal) else None
            if licensor and identity(licensor) not in own and record.sender != delivery.sender:
                by_other.setdefault(licensor, []).append(subject.value)
    return [
        f"{_some(dict.fromkeys(named))} {'is' if len(set(named)) == 1 else 'are'} licensed by {licensor} too"
        for licensor, named in by_other.items()
    ]


def _some(names: Collection[str]) -> str:
    shown, more = list(names)[:SHOWN_RECORDINGS], len(names) - SHOWN_RECORDINGS
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def _import(store: CatalogStore | None, path: Path, report: ImportReport) -> None:
    message = read_message(_content(path), str(path))
    changes = None if store is None else deliver(store, message, entered_by(path))
    if changes:
        report.add("tracks", changes.tracks)
        report.add("consent", changes.consent)
    report.rows += 1
    told = consequences(message, changes) + (others_licensing(store, message.delivery) if store else [])
    report.notes += (f"{path}: {words}" for words in told)
    for problem in message.problems:
        report.problem(None, problem.place, problem.reason, str(path))
    report.problem_count += message.problem_count - len(message.problems)
    # What it purges may come late.
    if changes and not changes.known:
        matters = ", ".join(statement.matter for statement in message.delivery.statements)
        report.problem(None, "", f"nothing is held of {matters}; it stays ended when it is delivered late", str(path))


def _content(path: Path) -> bytes:
    """Return the content of a file. Raises CatalogImportError where it is too big, which is not read, or cannot be read."""
    try:
        size = path.stat().st_size
        if size <= MAX_BYTES:
            return path.read_bytes()
    except OSError as error:
        raise CatalogImportError(f"{path}: cannot be read: {error.strerror or error}") from error
    raise CatalogImportError(f"{path}: has {size:,} bytes; at most {MAX_BYTES:,} are taken")
