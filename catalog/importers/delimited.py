"""CSV and TSV as rows: whatever the delimiter, and however a quotation mark that is not closed would swallow the rest.

A cell may hold line breaks where it stands in quotation marks. One that swallows lines which are rows by themselves was not
closed: its line is one bad row, and the next line is read as if nothing had been.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence

from catalog.formulas import bare
from catalog.importers.file_texts import MAX_LINE, TOO_LONG, as_utf8, lines
from catalog.importers.headers import Header, Read
from catalog.importers.reports import CatalogImportError, RowError

MAX_SPAN = 1_000
"""Lines of a row at most: a quotation mark that reaches farther was not closed."""

HEADER_WITHIN = 20
"""Lines of which one may name the columns; what stands above it is a title."""

DELIMITERS = ",;\t|"

_QUOTED = re.compile(r'"(?:[^"]|"")*""(?:[^"]|"")*"')
"""A cell that a CSV writer quoted because it holds quotation marks; TSV has no quoting, but some programs write it so."""

_IDS = re.compile(r".*_ids?|isrc|mbid")
"""Columns that our own CSV leaves as they are, formulas or not."""


def read_delimited(file: io.BufferedReader, header: Header, default: str) -> Iterator[Read]:
    """Yield the rows of a table; its delimiter is the one of its header, `default` where several fit equally."""
    source = _Lines(lines(as_utf8(file, header.report.path), header.report))
    delimiter = _find_header(source, header, default)
    is_quoted = delimiter != "\t"
    reader = csv.reader(
        source,
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE,
        skipinitialspace=True,
        strict=True,
    )
    csv.field_size_limit(MAX_LINE)
    _, theirs = next(_rows(reader, source, delimiter, 0), (0, []))
    if isinstance(theirs, RowError) or not any(theirs):
        wrong = theirs.reason if isinstance(theirs, RowError) else "its first line is empty; it has to name the columns"
        raise CatalogImportError(f"{header.path}: {wrong}")
    names = header.whole(theirs)
    named = [place for place, name in enumerate(names) if not _IDS.fullmatch(name)]
    short = 0
    for line, cells in _rows(reader, source, delimiter, len(names)):
        if isinstance(cells, RowError):
            yield line, cells
        elif cells == theirs:
            yield line, RowError("", "repeats the line that names the columns; it was left out")
        elif any(map(str.strip, cells)):
            if not is_quoted:
                cells = [cell[1:-1].replace('""', '"') if _QUOTED.fullmatch(cell) else cell for cell in cells]
            short += len(cells) < len(names)
            cells += [""] * (len(names) - len(cells))
            for place in named:
                cells[place] = bare(cells[place])
            yield line, dict(zip(names, cells, strict=True))
    if short:
        header.report.notes.append(
            f"{short:,} {'row has' if short == 1 else 'rows have'} fewer cells than there are columns: those missing at the end are empty"
        )


class _Lines(Iterator[str]):
    """Lines that can be put back: `taken` are those of the row that is read, `number` counts those of the rows before."""

    def __init__(self, found: Iterator[str]) -> None:
        self._found = found
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._found)
        self.taken.append(line)
        if len(self.taken) > MAX_SPAN:
            raise csv.Error("a quotation mark is not closed")
        return line

    def keep(self, count: int) -> None:
        """End a row after some of the lines taken, and put the others back."""
        self._waiting.extendleft(reversed(self.taken[count:]))
        self.number += count
        self.taken = []


def _find_header(source: _Lines, header: Header, default: str) -> str:
    """Return the delimiter, with the source before the line that names the columns: the first one that has all that are needed.

    Where there is none it is the first line, for whoever reads it to say what it lacks.
    """
    first = [line for line, _ in zip(source, range(HEADER_WITHIN), strict=False)]
    told = re.fullmatch(r"sep=(.)\s*", first[0]) if first else None
    delimiters = told[1] if told else default + DELIMITERS.replace(default, "")
    skipped = next((number for number, line in enumerate(first) if line.strip() and not told), bool(told))
    found = [
        (number, len(cells), delimiter)
        for number, line in enumerate(first)
        for delimiter in delimiters
        if (cells := _cells(line, delimiter)) and not header.missing(header.ours(cells))
    ]
    if found:
        number = min(found)[0]
        if number > skipped:
            header.report.notes.append(f"line {number + 1} names the columns; what stands above it is passed over")
    else:
        number = int(skipped)
        found = [(number, len(_cells(first[number], one)), one) for one in delimiters] if first[number:] else []
    source.keep(number)
    return max((one for one in found if one[0] == number), key=lambda one: one[1], default=(0, 0, default))[2]


def _rows(
    reader: Iterator[list[str]], source: _Lines, delimiter: str, columns: int
) -> Iterator[tuple[int, list[str] | RowError]]:
    """Yield the cells of each row by its first line; `columns` 0 takes any number of them."""
    while True:
        line, wrong = source.number + 1, ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells, wrong = [], f"cannot be cut into cells ({error}): a quotation mark is not closed?"
        taken = source.taken
        while columns and len(cells) > columns and not cells[-1].strip():
            cells.pop()
        if (
            len(taken) > 1
            and columns
            and (wrong or TOO_LONG in taken or len(cells) != columns or _swallowed(taken, delimiter, columns))
        ):
            wrong = f"a quotation mark is not closed: its cell would reach to line {line + len(taken) - 1}"
            source.keep(1)
        else:
            source.keep(len(taken))
        if TOO_LONG in taken:
            wrong = f"is longer than {MAX_LINE:,} bytes"
        if not wrong and columns and len(cells) > columns:
            wrong = f"has {len(cells)} cells instead of {columns}"
        yield line, RowError("", f"{wrong}; the row was left out") if wrong else cells


def _swallowed(taken: Sequence[str], delimiter: str, columns: int) -> bool:
    """Whether lines that a cell holds are rows by themselves: half of those in the middle, or the first and the last both."""
    middle = taken[1:-1]
    rows = sum(len(_cells(line, delimiter)) == columns for line in middle)
    ends = all(line.count(delimiter) + 1 == columns for line in (taken[0], taken[-1]))
    return ends or 0 < len(middle) <= 2 * rows


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, none where it is no row by itself."""
    if '"' not in line:
        return line.rstrip("\n").split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True), [])
    except csv.Error:
        return []
