"""Tables as rows, columns under our names: CSV, TSV, JSON, JSONL and Parquet, each also compressed with gzip.

What is wrong with one row is reported and the next one read; what is wrong with the file (another kind of file, cut off, a
column that is not there) raises CatalogImportError. Rows are read one by one: memory does not grow with the file. Only a JSON
array is read as a whole; it has to be small.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from catalog.importers.cells import Cells, is_empty
from catalog.importers.columns import Required, meant, plain
from catalog.importers.delimited import read_delimited
from catalog.importers.file_texts import unpacked
from catalog.importers.headers import Header, Read
from catalog.importers.json_rows import read_json, read_json_lines
from catalog.importers.parquet_rows import read_parquet
from catalog.importers.reports import CatalogImportError, ImportReport, RowError, RowsRead, unobserved

PROGRESS_EVERY = 1_000


def read_rows(
    path: Path,
    report: ImportReport,
    required: Required = (),
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    progress: RowsRead = unobserved,
) -> Iterator[Cells]:
    """Yield the rows of a table; its format is told by the file's name (.csv, .tsv, .json, .jsonl, .parquet, or that and .gz).

    `columns` and `constants` are those of a `Header`. Names are compared without case and outer spaces. Rows are counted in
    `report`, and those that cannot be read are reported there. Raises CatalogImportError when the file cannot be read, lacks
    a column of `required` (in JSON and JSONL, where each row has its own, nothing is required) or of `columns`, or gives two
    columns one name.
    """
    reader = _READERS.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    if reader is None:
        raise CatalogImportError(
            f"{path}: the format is told by the file's name, which has to end in {', '.join(_READERS)}, or that and .gz"
        )
    header = Header(report, columns or {}, required, constants or {})
    for line, cells in _opened(path, reader, header):
        report.rows += 1
        if isinstance(cells, RowError):
            report.leave_out(line, cells.field, cells.reason)
        else:
            for name, value in header.constants.items():
                if is_empty(cells.get(name)):
                    cells[name] = value
            yield Cells(line, cells, report)
        if report.rows % PROGRESS_EVERY == 0:
            progress(report.rows)
    progress(report.rows)


def check_columns(
    source: str, columns: Mapping[str, str] | None, constants: Mapping[str, str] | None, known: Sequence[str]
) -> None:
    """Raise CatalogImportError if one of our names (see `read_rows`) is not a column that the source knows."""
    for option, names in (("--column", (columns or {}).values()), ("--set", constants or {})):
        for ours in names:
            if plain(ours) not in known:
                near = f" (did you mean {found}?)" if (found := meant(ours, known)) else ""
                own = "; the file's own name stands before the =" if option == "--column" else ""
                kept = "; others are kept under the file's own name" if source == "tracks" else ""
                raise CatalogImportError(
                    f"{option}: {ours!r} is not a column of {source}{near}, which are {', '.join(known)}{own}{kept}"
                )


def _opened(path: Path, reader: "_Reader", header: Header) -> Iterator[Read]:
    try:
        with unpacked(path) as file:
            yield from reader(file, header)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CatalogImportError(
            f"{path}: is no complete gzip file ({error}); nothing was imported; fetch it again, "
            "or name it without .gz if it is not compressed"
        ) from error
    except OSError as error:
        raise CatalogImportError(f"{path}: cannot be read: {error.strerror or error}; nothing was imported") from error


_Reader = Callable[[io.BufferedReader, Header], Iterator[Read]]

_READERS: Mapping[str, _Reader] = {
    ".csv": partial(read_delimited, default=","),
    ".tsv": partial(read_delimited, default="\t"),
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".parquet": read_parquet,
}
