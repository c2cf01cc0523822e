"""Importer of community lists of AI artists and recordings: suspicion only, matched by identifier, never by name.

A list is a table (see `table_files` for the formats), and a source of flags of its own, `list:NAME`, named after its file
unless the operator names it. Its flags lapse as all suspicions do; the newest version renews those of its entries, and what
it no longer names lapses. Where an entry is marked as `removed`, what the list said ends at once.

The list of Soul Over AI (souloverai.com, `dist/artists.json`) is read as it is published.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from catalog.consent import ConsentRecord, ConsentSettings, Flag, FlagKind, FlagMode, FlagState, Subject, SubjectKind
from catalog.grouping import grouped
from catalog.importers.cells import (
    MAX_ATTRIBUTE,
    MAX_TEXT,
    SCHEMES,
    SHOWN,
    Cells,
    Reader,
    artist_id,
    checked,
    identifier,
    is_empty,
    isrc,
    number,
    text,
    truth,
)
from catalog.importers.reports import CatalogImportError, ImportReport, RowError, RowsRead, entered_by, unobserved
from catalog.importers.table_files import check_columns, read_rows
from catalog.stores import CatalogStore

SCORE = 0.7
"""The suspicion of an entry without a score: middling, where a suspicion begins to count, but below the 0.9 from which
`strict` withholds. Who compiled the list had a reason, of which we know nothing."""

FEW, SHRUNK = 20, 10
"""From how many open flags on a version that leads to at most one in ten of them renews nothing. No list that is kept up drops
nine tenths at once, but a download that broke off does, and another list of the same name; of fewer, a tenth is one entry."""

SHOWN_ARTISTS = 3

NAME_ALONE = "a name alone may be somebody else's"

_BETWEEN_WORDS = re.compile(r"[\W_]+")

_MODES: Mapping[FlagMode, str] = {
    FlagMode.OBSERVE: "its flags are only counted: raise the mode of {0} in consent.toml to label or withhold",
    FlagMode.LABEL: "its flags put a label on and withhold nothing, as the mode of {0} in consent.toml says",
    FlagMode.WITHHOLD: "its flags withhold what a policy withholds, as the mode of {0} in consent.toml says",
}


@dataclass
class AiListReport(ImportReport):
    """The result of importing a list. `source` is the list as a source of flags, and `mode` what its flags may do.

    `recordings` and `artists` count the entries that the catalog has, `removed` those of them that were taken off the
    list, `unknown` those that it has not. Left out and among the problems: `ambiguous` entries, which lead to more than
    one artist or to a name, and those of a `name_only`. `hints` say which identifiers of artists the catalog would need.
    """

    source: str = ""
    mode: FlagMode = FlagMode.OBSERVE
    recordings: int = 0
    artists: int = 0
    ambiguous: int = 0
    unknown: int = 0
    name_only: int = 0
    removed: int = 0
    hints: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return the counts, the first problems and what the flags may do, a line each."""
        counts = (
            f"{self.source}: recordings matched: {self.recordings:,}, artists matched: {self.artists:,}, "
            f"ambiguous: {self.ambiguous:,}, unknown: {self.unknown:,}, name only: {self.name_only:,}, "
            f"removed: {self.removed:,}"
        )
        return "\n".join([super().summary(), counts, *self.hints, _MODES[self.mode].format(self.source)])


def import_ai_list(
    store: CatalogStore,
    path: Path,
    settings: ConsentSettings,
    *,
    name: str | None = None,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    progress: RowsRead = unobserved,
) -> AiListReport:
    """Import a list: an open suspicion of AI for each entry, from now on.

    A row names a recording by `isrc`, or without one by our own `track_id`: such a flag is kept for a recording that is
    not here yet, too. Else it names an artist by `artist_id` (our own), `isni`, `musicbrainz` or `spotify` (the last two
    also as addresses); the flag is about that artist's recordings if those that the catalog has agree on exactly one artist.
    `score` (0 to 1) is how strong the suspicion is; `evidence`, `url` and what Soul Over AI tells of its reasons are kept as
    its evidence, also how far the artist is said to disclose the use of AI: a list declares nothing. `removed` (true, or why)
    ends the suspicion of this list, and of no other source. `name`, `artist` and all other columns are for people's eyes.

    `name` is the list's where its file's name is not. `columns` gives the file's columns (keys) our names (values), `constants` the value of
    columns where a row has none, `settings` tell the mode of the list. Raises CatalogImportError, with nothing changed, when the file cannot be imported,
    or leads to so little of what the list has flagged that it cannot be all of it (`SHRUNK`).
    """
    check_columns("ai_list", columns, constants, COLUMNS)
    source = list_source(path, name)
    report = AiListReport(str(path), source=source, mode=settings.policy("strict").mode_of(source))
    rows = read_rows(path, report, (IDENTIFIERS,), columns, constants, progress)
    # Dated, so that an entry that has not changed is told again and its 90 days begin anew.
    now = datetime.now(UTC)
    with store.importing(f"ai_list {path.absolute()}", entered_by(path)) as writer:
        artists = _CatalogArtists(store)
        listed, removed = _entries(rows, artists, report, now)
        report.hints = tuple(artists.hints(report.rows))
        flagged = store.open_flags(now).get(source, 0)
        if flagged >= FEW and (len(listed) + len(removed)) * SHRUNK <= flagged:
            raise CatalogImportError(
                f"{path}: leads to {len(listed) + len(removed):,} recordings and artists, and {flagged:,} are flagged by "
                f"{source}: a truncated file? nothing was imported; give the whole list, or --source another name"
                + "".join(f"; {hint}" for hint in report.hints)
            )
        changes = writer.append(listed.values())
        report.add("consent", changes)
        report.add("consent", writer.append(removed.values()))
    report.artists = sum(subject.kind is SubjectKind.ARTIST_ID for subject in listed)
    report.recordings = len(listed) - report.artists - changes.unknown
    report.unknown += changes.unknown
    report.removed = len(removed)
    return report


def list_source(path: Path, name: str | None = None) -> str:
    """Return a list as a source of flags, by its name or else its file's: `Soul Over AI.csv.gz` is `list:soul-over-ai`.

    Keep the name from version to version: another name is another list. Raises CatalogImportError for a name without a
    letter or digit.
    """
    stem = Path(path.name.lower().removesuffix(".gz")).stem if name is None else name.lower().removeprefix("list:")
    plain = _BETWEEN_WORDS.sub("-", unicodedata.normalize("NFKC", stem)).strip("-")
    if not plain:
        raise CatalogImportError(
            f"{path}: a list is named after its file, or with --source; call it something such as ai-artists"
        )
    return f"list:{plain}"


def _entries(
    rows: Iterable[Cells], artists: "_CatalogArtists", report: AiListReport, now: datetime
) -> tuple[dict[Subject, ConsentRecord], dict[Subject, ConsentRecord]]:
    """Read the rows that match something: into open flags from `now` on, and into expired ones, by subject.

    Of rows about the same, the first one counts; what one row lists, another does not remove.
    """
    listed: dict[Subject, ConsentRecord] = {}
    removed: dict[Subject, ConsentRecord] = {}
    lines: dict[Subject, int] = {}
    for cells in rows:
        try:
            subject = _recording(cells) or _artist(cells, artists, report)
            if subject is None:
                report.unknown += 1
            elif why := cells.read("removed", _removal):
                # Not cleared: that would clear what other lists, detectors and listeners said too.
                removed[subject] = ConsentRecord(
                    subject, Flag(FlagKind.AI_SUSPECTED, FlagState.EXPIRED), source=report.source, evidence=why
                )
            elif subject in listed:
                raise RowError("", f"{subject.kind} {subject.value[:SHOWN]!r} was given in line {lines[subject]}")
            else:
                score = cells.require("score", _FRACTION) if cells.has("score") else SCORE
                listed[subject] = ConsentRecord(
                    subject, Flag(FlagKind.AI_SUSPECTED, FlagState.OPEN, score), now, report.source, _evidence(cells)
                )
                lines[subject] = cells.line
        except RowError as error:
            report.leave_out(cells.line, error.field, f"{error.reason}; the row was left out")
    return listed, {subject: record for subject, record in removed.items() if subject not in listed}


def _recording(cells: Cells) -> Subject | None:
    """Return the recording that a row names; an ISRC is the same everywhere, a track_id may be another catalog's."""
    return next((cells.require(column, read) for column, read in _RECORDING_IDS.items() if cells.has(column)), None)


def _artist(cells: Cells, artists: "_CatalogArtists", report: AiListReport) -> Subject | None:
    """Return the artist that a row names, or None if the catalog does not have it.

    Raises RowError for a row that names nobody by an identifier, or of whom the catalog cannot tell who it is.
    """
    given = {column: cells.require(column, read) for column, read in _ARTIST_IDS.items() if cells.has(column)}
    fields = ", ".join(given)
    if not given and (cells.has("name") or cells.has("artist")):
        report.name_only += 1
        raise RowError("", f"{NAME_ALONE}; give an identifier, {', '.join(_ARTIST_IDS)}")
    if not given:
        raise RowError("", f"names no recording and no artist; give one of {', '.join(IDENTIFIERS)}")
    leads = [ids for named in given.items() if (ids := artists.ids_of.get(named))]
    if not leads:
        artists.missed.update(list(given))
        return None
    agreed = set.intersection(*leads)
    if len(agreed) == 1 and (artist_id := next(iter(agreed))):
        return Subject(SubjectKind.ARTIST_ID, artist_id)
    report.ambiguous += 1
    if "" in agreed:
        raise RowError(
            fields,
            f"the catalog knows recordings under this name by the name only, and {NAME_ALONE}; "
            "import the tracks with an artist_id",
        )
    several = sorted(set.union(*leads) - {""})
    shown = ", ".join(repr(artist_id[:SHOWN]) for artist_id in several[:SHOWN_ARTISTS])
    raise RowError(
        fields,
        f"leads to {len(several):,} artists of the catalog, such as {shown}; "
        + ("say which one with an artist_id" if agreed else "leave only the identifiers of the one that is meant"),
    )


class _CatalogArtists:
    """Index of the artists who have tracks, by identifier; "" stands for those whose tracks name them without one.

    What is known of an artist is joined with tracks by its own `artist_id`; where that is not known, by name, so that its
    identifiers lead to every artist of that name. `ids_of` holds the ids of all artists that an identifier, a column and
    its value, leads to; `missed` counts, by column, entries that lead nowhere.
    """

    def __init__(self, store: CatalogStore) -> None:
        self.missed: Counter[str] = Counter()
        named = grouped((key, artist_id) for artist_id, key in store.credited_artists())
        own = set().union(*named.values()) - {""}
        self.ids_of = {("artist_id", artist_id): {artist_id} for artist_id in own}
        self._count = len(named)
        self._having = Counter(artist_id=sum(ids != [""] for ids in named.values()))
        for artist in store.artists():
            given = artist.ids.get("artist_id")
            leads = set(named.get(artist.key, ())) if given is None else own & {given}
            for scheme, read in SCHEMES.items():
                try:
                    bare = read(artist.ids.get(scheme, ""))
                except ValueError:  # It names nobody, here as in a list.
                    continue
                self.ids_of.setdefault((scheme, bare), set()).update(leads)
                self._having[scheme] += bool(leads)

    def hints(self, entries: int) -> Iterator[str]:
        """Yield the identifiers that would help to match: most of the entries give them, and most artists of the catalog lack them."""
        for column, count in self.missed.items():
            if count * 2 > entries and self._having[column] * 2 < self._count:
                yield (
                    f"{count:,} of {entries:,} entries lead nowhere by {column}, which {self._having[column]:,} of the "
                    f"catalog's {self._count:,} artists have: import "
                    f"{'tracks' if column == 'artist_id' else 'artists'} with a column {column}"
                )


def _removal(value: object) -> str:  # Why an entry was taken off its list; "" if it was not.
    try:
        return "removed from the list" if truth(value) else ""
    except ValueError:
        return text(value)


def _evidence(cells: Cells) -> str | None:
    told = (f"{words}{value}" for column, words in _EVIDENCE.items() if (value := cells.read(column, _told)))
    return " ".join(told)[:MAX_ATTRIBUTE] or None


def _told(value: object) -> str:
    """Read a text, or a list or object of texts in a stable order, as one line."""
    if isinstance(value, dict):
        return " ".join(_told(inner) for inner in value.values() if not is_empty(inner))
    if isinstance(value, list):
        return "; ".join(sorted(_told(inner) for inner in value if not is_empty(inner)))
    return text(" ".join(value.split())[:MAX_TEXT] if isinstance(value, str) else value)


_FRACTION = checked(number, lambda score: 0 <= score <= 1, "{number:g} is not from 0 to 1")

_RECORDING_IDS: Mapping[str, Reader[Subject]] = {
    "isrc": lambda value: Subject(SubjectKind.ISRC, isrc(value)),
    "track_id": lambda value: Subject.track(identifier(value)),
}
_ARTIST_IDS: Mapping[str, Reader[str]] = {"artist_id": artist_id, **SCHEMES}
_EVIDENCE: Mapping[str, str] = {
    "evidence": "",
    "url": "",
    "disclosure": "disclosure: ",
    "disclosuretypes": "of: ",
    "disclosurenotes": "",
    "markers": "markers: ",
    "markernotes": "",
    "notes": "",
    "urls": "",
}
"""What is kept of an entry's reasons, by column, and the words before it. Its text tells new evidence from what was weighed
before: what changes without a reason, such as dates, is not part of it."""


IDENTIFIERS = (*_RECORDING_IDS, *_ARTIST_IDS)
"""Columns that say whom or what an entry means; a file has to have one of them."""

COLUMNS = (*IDENTIFIERS, "score", "removed", *_EVIDENCE, "name", "artist")
