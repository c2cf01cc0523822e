"""Community lists of AI artists and recordings: they come in as suspicion only, matched by identifier, never by name.

A list is a table (see `table_files` for the formats), and a source of flags of its own, `list:NAME`, named after its file.
Its flags lapse as all suspicions do; the newest version renews those of its entries, and what it no longer names lapses.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from catalog.flags import Flag, FlagKind, FlagMode, FlagState
from catalog.importers.artist_ids import SCHEMES
from catalog.importers.cells import SHOWN, Cells, identifier, number, text
from catalog.importers.reports import CatalogImportError, ImportReport, Progress, RowError, untold
from catalog.importers.table_files import Row, read_rows
from catalog.presets import ConsentSettings
from catalog.records import ConsentRecord, Subject, SubjectKind
from catalog.store import CatalogStore
from catalog.tracks import parse_isrc

SCORE = 0.7
"""The suspicion of an entry without a score: middling, where a suspicion begins to count, but below the 0.9 from which
`strict` withholds. Who compiled the list had a reason, of which we know nothing."""

SHOWN_ARTISTS = 3
"""Artists that an error lists at most."""

NAME_ALONE = "a name alone may be somebody else's"

_BETWEEN_WORDS = re.compile(r"[\W_]+")

_MODES: Mapping[FlagMode, str] = {
    FlagMode.OBSERVE: "its flags are only counted: raise the mode of {0} in consent.toml to label or withhold",
    FlagMode.LABEL: "its flags put a label on and withhold nothing, as the mode of {0} in consent.toml says",
    FlagMode.WITHHOLD: "its flags withhold what a policy withholds, as the mode of {0} in consent.toml says",
}


@dataclass
class AiListReport(ImportReport):
    """What importing a list did. `source` is the list as a source of flags, and `mode` what its flags may do.

    `recordings` and `artists` count the entries that the catalog has, `unknown` those that it has not. Left out and
    among the problems: `ambiguous` entries, which lead to more than one artist or to a name, and those of a `name_only`.
    """

    source: str = ""
    mode: FlagMode = FlagMode.OBSERVE
    recordings: int = 0
    artists: int = 0
    ambiguous: int = 0
    unknown: int = 0
    name_only: int = 0

    def summary(self) -> str:
        """Return the counts, the first problems and what the flags may do, a line each."""
        counts = (
            f"{self.source}: recordings matched: {self.recordings:,}, artists matched: {self.artists:,}, "
            f"ambiguous: {self.ambiguous:,}, unknown: {self.unknown:,}, name only: {self.name_only:,}"
        )
        return "\n".join([super().summary(), counts, _MODES[self.mode].format(self.source)])


def import_ai_list(
    store: CatalogStore,
    path: Path,
    settings: ConsentSettings,
    *,
    columns: Mapping[str, str] | None = None,
    progress: Progress = untold,
) -> AiListReport:
    """Import a list in one transaction: an open suspicion of AI for each entry, from now on.

    A row names a recording by `isrc`, or without one by our own `track_id`: such a flag is kept for a recording that is
    not here yet, too. Else it names an artist by `artist_id` (our own), `isni`, `musicbrainz` or `spotify` (the last two
    also as addresses); the flag is about that artist's recordings if those that the catalog has agree on exactly one artist.
    `score` (0 to 1) is how strong the suspicion is, `evidence` and `url` are kept as its evidence; `name`, `artist` and
    all other columns are for people's eyes. `columns` gives the file's columns (keys) our names (values), `settings` tell
    the mode of the list. Raises CatalogImportError when the file cannot be imported, with nothing changed.
    """
    for ours in (columns or {}).values():
        if ours.strip().lower() not in COLUMNS:
            raise CatalogImportError(
                f"--column: {ours!r} is not a column of ai_list, which are {', '.join(COLUMNS)}; "
                "the file's own name stands before the ="
            )
    source = list_source(path)
    report = AiListReport(str(path), source=source, mode=settings.policy("strict").mode_of(source))
    rows = read_rows(path, report, (IDENTIFIERS,), columns, progress)
    # Dated, so that an entry that has not changed is told again and its 90 days begin anew.
    now = datetime.now(UTC)
    with store.writing() as writer:
        changes = writer.append(_suspicions(rows, _CatalogArtists(store), report, now))
    report.add("consent", changes)
    report.recordings -= changes.unknown
    report.unknown += changes.unknown
    return report


def list_source(path: Path) -> str:
    """Return a list as a source of flags: `Soul Over AI.csv.gz` is `list:soul-over-ai`.

    Keep the file's name from version to version: another name is another list. Raises CatalogImportError for a name
    without a letter or digit.
    """
    stem = Path(path.name.lower().removesuffix(".gz")).stem
    name = _BETWEEN_WORDS.sub("-", unicodedata.normalize("NFKC", stem)).strip("-")
    if not name:
        raise CatalogImportError(f"{path}: a list is named after its file; call it something such as ai-artists.csv")
    return f"list:{name}"


def _suspicions(
    rows: Iterable[Row], artists: "_CatalogArtists", report: AiListReport, now: datetime
) -> Iterator[ConsentRecord]:
    """Yield a flag for each row that leads somewhere, and count; of rows about the same, the first one counts."""
    lines: dict[Subject, int] = {}
    for row in rows:
        cells = Cells(row, report)
        try:
            subject = _recording(cells) or _artist(cells, artists, report)
            if subject is None:
                report.unknown += 1
                continue
            flag = Flag(FlagKind.AI_SUSPECTED, FlagState.OPEN, _score(cells))
            if lines.setdefault(subject, row.line) != row.line:
                raise RowError("", f"{subject.kind} {subject.value[:SHOWN]!r} was given in line {lines[subject]}")
        except RowError as error:
            report.problem(row.line, error.field, f"{error.reason}; the row was left out")
            continue
        if subject.kind is SubjectKind.ARTIST_ID:
            report.artists += 1
        else:
            report.recordings += 1
        yield ConsentRecord(subject, flag, now, report.source, _evidence(cells))


def _recording(cells: Cells) -> Subject | None:
    """Return the recording that a row names; an ISRC is the same everywhere, a track_id may be another catalog's."""
    if cells.has("isrc"):
        return Subject(SubjectKind.ISRC, cells.require("isrc", lambda value: parse_isrc(text(value))))
    if cells.has("track_id"):
        return Subject(SubjectKind.TRACK, cells.require("track_id", identifier))
    return None


def _artist(cells: Cells, artists: "_CatalogArtists", report: AiListReport) -> Subject | None:
    """Return the artist that a row names, or None if the catalog does not have it.

    Raises RowError for a row that names nobody by an identifier, or of whom the catalog cannot tell who it is.
    """
    given = {column: cells.require(column, read) for column, read in _ARTIST_IDS.items() if cells.has(column)}
    fields = ", ".join(given)
    if not given and (cells.has("name") or cells.has("artist")):
        report.name_only += 1
        raise RowError("", f"{NAME_ALONE}; give an identifier")
    if not given:
        raise RowError("", f"names no recording and no artist; give one of {', '.join(IDENTIFIERS)}")
    leads = [found for found in map(artists.called, given.items()) if found]
    if not leads:
        return None
    agreed = set.intersection(*leads)
    if len(agreed) != 1:
        report.ambiguous += 1
        several = sorted(set.union(*leads))
        shown = ", ".join(repr(artist_id[:SHOWN]) for artist_id in several[:SHOWN_ARTISTS])
        raise RowError(fields, f"leads to {len(several):,} artists of the catalog, such as {shown}")
    (artist_id,) = agreed
    if artist_id in artists.known_by_name:
        report.ambiguous += 1
        raise RowError(
            fields,
            f"the catalog knows {artist_id[:SHOWN]!r} by name only, and {NAME_ALONE}; "
            "import the tracks with an artist_id",
        )
    return Subject(SubjectKind.ARTIST_ID, artist_id)


class _CatalogArtists:
    """The artists who have tracks, by their identifiers.

    What is known of artists is joined with tracks by name, so that an identifier leads to every artist of that name. In
    `known_by_name` are the ids of those whose tracks came without one: there the name itself stands in for it.
    """

    def __init__(self, store: CatalogStore) -> None:
        self.known_by_name: set[str] = set()
        self._found: dict[tuple[str, str], set[str]] = {}
        ids_of: dict[str, set[str]] = {}
        for artist_id, name in store.credited_artists():
            ids_of.setdefault(name, set()).add(artist_id)
            self._found["artist_id", artist_id] = {artist_id}
            if artist_id == name:
                self.known_by_name.add(artist_id)
        for artist in store.artists():
            for scheme, read in SCHEMES.items():
                try:
                    bare = read(artist.ids.get(scheme, ""))
                except ValueError:  # It names nobody, here as in a list.
                    continue
                self._found.setdefault((scheme, bare), set()).update(ids_of.get(artist.key, ()))

    def called(self, named: tuple[str, str]) -> set[str]:
        """Return the ids of all artists that an identifier, a column and its value, leads to."""
        return self._found.get(named, set())


def _score(cells: Cells) -> float:
    return cells.require("score", _fraction) if cells.has("score") else SCORE


def _fraction(value: object) -> float:
    score = number(value)
    if not 0 <= score <= 1:
        raise ValueError(f"{score:g} is not from 0 to 1")
    return score


def _evidence(cells: Cells) -> str | None:
    return " ".join(filter(None, (cells.read(column, text) for column in _EVIDENCE))) or None


_ARTIST_IDS: Mapping[str, Callable[[object], str]] = {"artist_id": identifier, **SCHEMES}
_EVIDENCE = ("evidence", "url")

IDENTIFIERS = ("isrc", "track_id", *_ARTIST_IDS)
"""Columns that say whom or what an entry means; a file has to have one of them."""

COLUMNS = (*IDENTIFIERS, "score", *_EVIDENCE, "name", "artist")
