"""Readers of tables as rows: CSV, TSV, JSON, JSONL and Parquet, each also compressed with gzip, columns under our names.

What is wrong with one row is reported and the next one read; what is wrong with the file (not UTF-8, cut off, a column
that is not there) raises CatalogImportError. Rows are read one by one: memory does not grow with the file. Only a JSON
array is read as a whole; it has to be small.
"""

import csv
import gzip
import io
import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import count, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.importers.cells import Cells
from catalog.importers.reports import CatalogImportError, ImportReport, RowError, RowsRead, unobserved

MAX_LINE = 1 << 20
"""Bytes of a line and characters of a cell; a playlist of 10,000 tracks fits."""

MAX_ARRAY = 20_000_000
"""Bytes of a JSON array, which is read as a whole: some 20,000 artists with all that a list says of them."""

MAX_NESTING = 32
"""Lists and objects within each other in a row; what writes or shows a value goes down all of them."""

PROGRESS_EVERY = 1_000
LISTED_COLUMNS = 50
"""Columns that an error lists at most."""

Required = Sequence[Sequence[str]]
"""Columns that a file must have; of each group one is enough."""

_Read = tuple[int, dict[str, object] | RowError]


def read_rows(
    path: Path,
    report: ImportReport,
    required: Required = (),
    columns: Mapping[str, str] | None = None,
    progress: RowsRead = unobserved,
) -> Iterator[Cells]:
    """Yield the rows of a table; its format is told by the file's name (.csv, .tsv, .json, .jsonl, .parquet, or that and .gz).

    `columns` gives the file's columns (keys) our names (values). Names are compared without case and outer spaces.
    Rows are counted in `report`, and those that cannot be read are reported there. Raises CatalogImportError when the
    file cannot be read, lacks a column of `required` (in JSON and JSONL, where each row has its own, nothing is required) or
    of `columns`, or gives two columns one name.
    """
    reader = _READERS.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    if reader is None:
        raise CatalogImportError(
            f"{path}: the format is told by the file's name, which has to end in {', '.join(_READERS)}, or that and .gz"
        )
    for line, cells in _opened(path, reader, _Header(path, columns or {}, required)):
        report.rows += 1
        if isinstance(cells, RowError):
            report.problem(line, cells.field, cells.reason)
        else:
            yield Cells(line, cells, report)
        if report.rows % PROGRESS_EVERY == 0:
            progress(report.rows)
    progress(report.rows)


def check_columns(source: str, columns: Mapping[str, str] | None, known: Sequence[str]) -> None:
    """Raise CatalogImportError if one of our names in `columns` (see `read_rows`) is not a column that the source knows."""
    for ours in (columns or {}).values():
        if ours.strip().lower() not in known:
            raise CatalogImportError(
                f"--column: {ours!r} is not a column of {source}, which are {', '.join(known)}; "
                "the file's own name stands before the ="
            )


def _opened(path: Path, reader: "_Reader", header: "_Header") -> Iterator[_Read]:
    is_packed = path.name.lower().endswith(".gz")
    try:
        with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) if is_packed else nullcontext(raw) as file:
            yield from reader(file, header)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CatalogImportError(
            f"{path}: is no complete gzip file ({error}); nothing was imported; fetch it again, "
            "or name it without .gz if it is not compressed"
        ) from error
    except OSError as error:
        raise CatalogImportError(f"{path}: cannot be read: {error.strerror or error}; nothing was imported") from error


class _Header:
    """Renames the columns of a file, and checks that those needed are there."""

    def __init__(self, path: Path, columns: Mapping[str, str], required: Required) -> None:
        self.path = path
        self._required = required
        self._renames = {_plain(theirs): _plain(ours) for theirs, ours in columns.items()}
        if len(self._renames) < len(columns):
            raise CatalogImportError(f"{path}: --column names a column twice among {', '.join(columns)}")

    def names(self, theirs: Collection[str]) -> list[str]:
        """Return our names of these columns, in their order; columns without a name are called ""."""
        names = [self._renames.get(_plain(column), _plain(column)) for column in theirs]
        ours: dict[str, str] = {}
        for name, column in zip(names, theirs, strict=True):
            if name and name in ours:
                raise CatalogImportError(
                    f"{self.path}: the columns {ours[name]!r} and {column!r} are both called {name!r}; "
                    "rename or leave out one of them"
                )
            ours[name] = column
        return names

    def check_renamed(self, theirs: Collection[str]) -> None:
        """Raise CatalogImportError if a column to rename is not among the file's."""
        for missing in sorted(self._renames.keys() - {_plain(column) for column in theirs}):
            raise CatalogImportError(
                f"{self.path}: --column names {missing!r}, but the file's columns are {_listed(theirs)}"
            )

    def whole(self, theirs: Sequence[str]) -> list[str]:
        """Return our names of all columns of a file whose rows have the same ones.

        Raises CatalogImportError if one to rename, or a required one, is not among them.
        """
        self.check_renamed(theirs)
        names = self.names(theirs)
        for group in self._required:
            if not set(group) & set(names):
                raise CatalogImportError(
                    f"{self.path}: has no column {' or '.join(map(repr, group))}; its columns are {_listed(theirs)}; "
                    f"if one of them holds it, say so with --column THEIRS={group[0]}"
                )
        return names


def _plain(column: str) -> str:
    return column.strip().lower()


def _listed(columns: Collection[str]) -> str:
    more = f" and {len(columns) - LISTED_COLUMNS} more" if len(columns) > LISTED_COLUMNS else ""
    return ", ".join(map(repr, islice(columns, LISTED_COLUMNS))) + more if columns else "none"


def _lines(file: io.BufferedIOBase, path: Path) -> Iterator[str]:
    for number in count(1):
        line = file.readline(MAX_LINE + 1)
        if not line:
            return
        if len(line) > MAX_LINE:
            raise CatalogImportError(
                f"{path}, line {number}: is longer than {MAX_LINE:,} bytes; check that the file is what its name says "
                "and that its lines end in line feeds"
            )
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise CatalogImportError(
                f"{path}, line {number}: is not UTF-8 ({error.reason} 0x{line[error.start]:02x}); nothing was imported; "
                "save the file as UTF-8, for example with: iconv -f latin1 -t utf-8"
            ) from error


def _delimited(file: io.BufferedIOBase, header: _Header, delimiter: str) -> Iterator[_Read]:
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(_lines(file, header.path), delimiter=delimiter, strict=True)
    try:
        theirs = next(reader, [])
    except csv.Error as error:
        raise CatalogImportError(f"{header.path}, line 1: {error}") from error
    if not theirs:
        raise CatalogImportError(f"{header.path}: its first line is empty; it has to name the columns")
    names = header.whole(theirs)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, RowError("", f"{error}; the row was left out{_span(line, reader.line_num)}")
            continue
        if len(cells) == len(names):
            yield line, dict(zip(names, cells, strict=True))
        elif cells:
            wrong = f"has {len(cells)} cells instead of {len(names)}; the row was left out"
            yield line, RowError("", wrong + _span(line, reader.line_num))


def _span(first: int, last: int) -> str:
    return f"; it reaches to line {last}: a quotation mark is not closed?" if last > first else ""


def _read_jsonl(file: io.BufferedIOBase, header: _Header) -> Iterator[_Read]:
    lines = enumerate(_lines(file, header.path), 1)
    return _objects(((line, _parsed(text)) for line, text in lines if text.strip()), header)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return RowError("", f"is not JSON: {error}")


def _read_json(file: io.BufferedIOBase, header: _Header) -> Iterator[_Read]:
    content = file.read(MAX_ARRAY + 1)
    if len(content) > MAX_ARRAY:
        raise CatalogImportError(
            f"{header.path}: is a JSON array of more than {MAX_ARRAY:,} bytes; save it as .jsonl, one object a line, "
            "for example with: jq -c '.[]'"
        )
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CatalogImportError(
            f"{header.path}: is not JSON ({error}); nothing was imported; if the file is cut short, fetch it again, "
            "and if it has one object a line, call it .jsonl"
        ) from error
    if not isinstance(found, list):
        raise CatalogImportError(f"{header.path}: is JSON, but no array of objects such as [{{...}}, {{...}}]")
    yield from _objects(enumerate(found, 1), header)


def _objects(found: Iterable[tuple[int, object]], header: _Header) -> Iterator[_Read]:
    keys: dict[str, None] = {}
    for line, value in found:
        if isinstance(value, RowError):
            yield line, value
        elif not isinstance(value, dict):
            yield line, RowError("", 'is not a JSON object such as {"track_id": "t1"}')
        elif _is_deeper(value, MAX_NESTING):
            yield line, RowError("", f"is nested more than {MAX_NESTING} levels deep; the row was left out")
        else:
            keys.update(dict.fromkeys(value))
            yield line, dict(zip(header.names(value), value.values(), strict=True))
    header.check_renamed(keys)


def _is_deeper(value: object, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or _is_deeper(inner, levels - 1) for inner in inside)


def _read_parquet(file: io.BufferedIOBase, header: _Header) -> Iterator[_Read]:
    try:
        with tempfile.TemporaryFile() as plain:
            is_packed = isinstance(file, gzip.GzipFile)
            if is_packed:  # it cannot be read from its end, where Parquet keeps its schema
                shutil.copyfileobj(file, plain)
            table = pq.ParquetFile(plain if is_packed else file)
            names = header.whole(table.schema_arrow.names)
            numbers = count(1)
            for batch in table.iter_batches(batch_size=PROGRESS_EVERY):
                columns = [  # with instants as exact as Python's
                    column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
                    if pa.types.is_timestamp(column.type)
                    else column
                    for column in batch.columns
                ]
                for cells in pa.RecordBatch.from_arrays(columns, names=names).to_pylist():
                    yield next(numbers), cells
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise CatalogImportError(
            f"{header.path}: is no readable Parquet file ({error}); nothing was imported"
        ) from error


_Reader = Callable[[io.BufferedIOBase, _Header], Iterator[_Read]]

_READERS: Mapping[str, _Reader] = {
    ".csv": partial(_delimited, delimiter=","),
    ".tsv": partial(_delimited, delimiter="\t"),
    ".json": _read_json,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}
