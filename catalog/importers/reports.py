"""Import reports: counts, changes, and the problems of a file row by row."""

import dataclasses
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import IO

from catalog.consent import RecordError
from catalog.stores import Changes

KEPT_PROBLEMS = 1_000
"""Problems of a weight kept with their text; further ones are only counted, and written with the others."""

SHOWN_PROBLEMS, SHOWN_NOTES = 10, 20

MAX_REASON = 300
"""Characters kept of a reason or field: it may quote a value of any length."""

HELD_BYTES = 1 << 20
"""Bytes of problems of a weight in memory; more are held in a temporary file."""

RowsRead = Callable[[int], None]
"""Takes the number of rows read so far; called now and then, and at the end."""


def entered_by(path: Path) -> str:
    """Say through what the records of a file come, as the catalog keeps it. A name may be no text."""
    return f"import:{path.name}".encode(errors="replace").decode()


def unobserved(rows: int) -> None:
    """Ignore the progress of an import."""


class CatalogImportError(ValueError):
    """A file that cannot be imported, or not to its end: rows before that may be in. The message names the file and the remedy."""


class RowError(RecordError):
    """A row that cannot be taken: which field ("" for the row as a whole), and why."""


class Weight(IntEnum):
    """How much a problem costs: the whole row, a value, or a track or artist named that the catalog does not have."""

    ROW = 0
    VALUE = 1
    UNKNOWN = 2


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something wrong in one row. `line` counts from 1 (rows of a Parquet file too); `field` "" is the whole row.

    A message has no lines: `line` is None, and `field` is the place inside it, such as `ResourceList/SoundRecording[2]`.
    """

    file: str
    line: int | None
    field: str
    reason: str
    weight: Weight = dataclasses.field(default=Weight.VALUE, compare=False)

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}, {self.field}: {self.reason}" if self.field else f"{where}: {self.reason}"


@dataclass(slots=True)
class ImportReport:
    """The result of one import: rows (or messages) read, changes by kind ("tracks", "consent" ...), and the problems met on the way.

    `left_out` counts the rows that were left out as a whole, also plays of what the catalog does not have. `problems` holds the
    first `KEPT_PROBLEMS` of each weight; `problem_count` counts all of them. `columns` say what became of a table's columns,
    `notes` what follows from a message, `unit` what is counted.
    """

    file: str
    rows: int = 0
    left_out: int = 0
    changes: dict[str, Changes] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)
    problem_count: int = 0
    columns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unit: str = "rows"
    _counts: Counter[Weight] = field(default_factory=Counter, init=False, repr=False)
    _held: dict[Weight, IO[bytes]] = field(default_factory=dict, init=False, repr=False)

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.file)

    @property
    def is_mostly_left_out(self) -> bool:
        """Whether more than half of the rows were left out: then it is hardly the file that was meant."""
        return self.left_out * 2 > self.rows

    def add(self, kind: str, changes: Changes) -> None:
        """Add the changes of one write."""
        self.changes[kind] = self.changes.get(kind, Changes()) + changes

    def leave_out(self, line: int | None, field: str, reason: str, file: str | None = None) -> None:
        """Report a row or message that is left out."""
        self.left_out += 1
        self.problem(line, field, reason, file, Weight.ROW)

    def problem(
        self, line: int | None, field: str, reason: str, file: str | None = None, weight: Weight = Weight.VALUE
    ) -> None:
        """Report something wrong in a row or message, of a `file` in the folder that is imported."""
        self.problem_count += 1
        self._counts[weight] += 1
        found = RowProblem(file or self.file, line, _printable(field), _printable(reason), weight)
        if self._counts[weight] <= KEPT_PROBLEMS:
            self.problems.append(found)
        if weight not in self._held:
            self._held[weight] = tempfile.SpooledTemporaryFile(HELD_BYTES)  # noqa: SIM115 it lives as long as the report
        self._held[weight].write(" ".join(str(found).splitlines()).encode() + b"\n")

    def write_problems(self, file: IO[bytes]) -> None:
        """Write all problems into a file, a line each, those that cost most first."""
        for _, held in sorted(self._held.items()):
            held.seek(0)
            shutil.copyfileobj(held, file)

    def __del__(self) -> None:
        for held in self._held.values():
            held.close()

    def summary(self) -> str:
        """Return the counts and the problems that cost most, a line each."""
        unit = self.unit if self.rows != 1 else self.unit.removesuffix("s")
        left_out = f"left out {self.left_out:,} of " if self.left_out else ""
        lines = [f"{self.file}: {left_out}{self.rows:,} {unit} read"]
        for kind, changes in self.changes.items():
            counts = f"{changes.added:,} added, {changes.changed:,} changed, {changes.unchanged:,} unchanged"
            unknown = f"; {changes.unknown:,} that name a track or artist the catalog does not have"
            near = f"; {changes.near:,} whose artist was found by the nearest spelling, which one artist alone bears"
            lines.append(f"{kind}: {counts}{unknown if changes.unknown else ''}{near if changes.near else ''}")
        lines += [*self.columns, *map(_printable, self.notes[:SHOWN_NOTES])]
        if len(self.notes) > SHOWN_NOTES:
            lines.append(f"and {len(self.notes) - SHOWN_NOTES:,} more of the like")
        if self.problem_count:
            lines.append("1 problem:" if self.problem_count == 1 else f"{self.problem_count:,} problems:")
            heaviest = sorted(self.problems, key=lambda problem: problem.weight)
            lines += [f"  {problem}" for problem in heaviest[:SHOWN_PROBLEMS]]
        if self.problem_count > SHOWN_PROBLEMS:
            lines.append(f"  and {self.problem_count - SHOWN_PROBLEMS:,} more; --problems FILE writes them all")
        return "\n".join(lines)


def _printable(text: str) -> str:
    """Return a text cut to `MAX_REASON`, with escapes for what no encoding can write."""
    short = text if len(text) <= MAX_REASON else f"{text[:MAX_REASON]}..."
    return short.encode(errors="backslashreplace").decode()
