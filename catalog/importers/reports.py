"""Import reports: counts, changes, and the problems of a file row by row."""

from collections.abc import Callable
from dataclasses import dataclass, field

from catalog.consent import RecordError
from catalog.stores import Changes

KEPT_PROBLEMS = 1_000
"""Problems kept with their text; further ones are only counted."""

SHOWN_PROBLEMS, SHOWN_NOTES = 10, 20
"""Problems and notes that a summary spells out."""

MAX_REASON = 300
"""Characters kept of a reason or field: it may quote a value of any length."""

RowsRead = Callable[[int], None]
"""Takes the number of rows read so far; called now and then, and at the end."""


def unobserved(rows: int) -> None:
    """Ignore the progress of an import."""


class CatalogImportError(ValueError):
    """A file that cannot be imported; nothing of it was. The message names the file and what to do."""


class RowError(RecordError):
    """A row that cannot be taken: which field ("" for the row as a whole), and why."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something wrong in one row. `line` counts from 1 (rows of a Parquet file too); `field` "" is the whole row.

    A message has no lines: `line` is None, and `field` is the place inside it, such as `ResourceList/SoundRecording[2]`.
    """

    file: str
    line: int | None
    field: str
    reason: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}, {self.field}: {self.reason}" if self.field else f"{where}: {self.reason}"


@dataclass(slots=True)
class ImportReport:
    """The result of one import: rows (or messages) read, changes by kind ("tracks", "consent" ...), and the problems met on the way.

    `problems` holds the first `KEPT_PROBLEMS`; `problem_count` counts all of them. `notes` say what follows from a
    message, and `unit` what is counted.
    """

    file: str
    rows: int = 0
    changes: dict[str, Changes] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)
    problem_count: int = 0
    notes: list[str] = field(default_factory=list)
    unit: str = "rows"

    def add(self, kind: str, changes: Changes) -> None:
        """Add the changes of one write."""
        self.changes[kind] = self.changes.get(kind, Changes()) + changes

    def problem(self, line: int | None, field: str, reason: str, file: str | None = None) -> None:
        """Report something wrong in a row or message, of a `file` in the folder that is imported."""
        self.problem_count += 1
        if len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(RowProblem(file or self.file, line, _printable(field), _printable(reason)))

    def summary(self) -> str:
        """Return the counts and the first problems, a line each."""
        lines = [f"{self.file}: {self.rows:,} {self.unit if self.rows != 1 else self.unit.removesuffix('s')} read"]
        for kind, changes in self.changes.items():
            counts = f"{changes.added:,} added, {changes.changed:,} changed, {changes.unchanged:,} unchanged"
            unknown = f"; {changes.unknown:,} that name a track or artist the catalog does not have"
            near = f"; {changes.near:,} whose artist was found by the nearest spelling, which one artist alone bears"
            lines.append(f"{kind}: {counts}{unknown if changes.unknown else ''}{near if changes.near else ''}")
        lines += map(_printable, self.notes[:SHOWN_NOTES])
        if len(self.notes) > SHOWN_NOTES:
            lines.append(f"and {len(self.notes) - SHOWN_NOTES:,} more of the like")
        if self.problem_count:
            lines.append("1 problem:" if self.problem_count == 1 else f"{self.problem_count:,} problems:")
            lines += [f"  {problem}" for problem in self.problems[:SHOWN_PROBLEMS]]
        if self.problem_count > SHOWN_PROBLEMS:
            lines.append(f"  and {self.problem_count - SHOWN_PROBLEMS:,} more")
        return "\n".join(lines)


def _printable(text: str) -> str:
    """Return a text cut to `MAX_REASON`, with escapes for what no encoding can write."""
    short = text if len(text) <= MAX_REASON else f"{text[:MAX_REASON]}..."
    return short.encode(errors="backslashreplace").decode()
