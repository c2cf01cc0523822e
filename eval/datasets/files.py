"""Source files of data sets: location, pinned version, parsing of rows into records, and what is drawn of them for testing."""

import csv
import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from eval.queries import DatasetError, json_lines, required

Row = Mapping[str, Any]
"""The values of one row by field: texts in a table, whatever JSON holds in a JSONL file."""

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class SourceFile(Generic[Record]):
    """A published file (`.jsonl`, or a table with a header, `.tsv.gz`, `.csv` or `.csv.gz`): its `path` below the data's folder.

    `sha256` of the file as it lies and the count of its `records` are those of the version that numbers are quoted for.
    `read` makes a record of a row, or raises ValueError, "field: reason".
    """

    path: str
    sha256: str
    records: int
    read: Callable[[Row], Record]


@dataclass(frozen=True, slots=True)
class Folder:
    """The data's folder, or the one that a set's files lie in themselves; `unpinned` takes other versions of them too."""

    path: Path
    unpinned: bool = False

    def find(self, name: str) -> Path:
        """Return the path of a file. Raises DatasetError where it is missing."""
        for place in (self.path / name, self.path / Path(name).name):
            if place.is_file():
                return place
        raise DatasetError(f"{self.path / name} is not there; name the folder that holds {name}")

    def read(self, file: SourceFile[Record]) -> list[Record]:
        """Return the records of a file, in its order.

        Raises DatasetError where it is absent or another version than the pinned one, and for a row that is wrong its
        line and field: a row left out would change every number.
        """
        path = self.find(file.path)
        if not self.unpinned:
            _check_version(path, file)
        records = []
        for line, row in (json_lines if path.suffix == ".jsonl" else _table_lines)(path):
            try:
                records.append(file.read(row))
            except ValueError as error:
                raise DatasetError(f"{path}, line {line}, {error}") from error
        if not self.unpinned and len(records) != file.records:
            raise DatasetError(
                f"{path} was read as {len(records):,} records, {file.path} is pinned to {file.records:,}: report this"
            )
        return records


def record_of(make: Callable[..., Record], **fields: Callable[[object], Any]) -> Callable[[Row], Record]:
    """Return a row parser: each field is required and read by its own reader, in this order."""
    return lambda row: make(*(required(row, name, read) for name, read in fields.items()))


def _check_version(path: Path, file: SourceFile[Record]) -> None:
    with path.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != file.sha256:
        raise DatasetError(
            f"{path} has SHA-256 {found}, {file.path} is pinned to {file.sha256}: fetch that version, "
            "or take this one with --unpinned; numbers are then not comparable"
        )


def _table_lines(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        commas = ".csv" in path.suffixes
        with (
            gzip.open(path, "rt", encoding="utf-8", newline="")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8", newline="") as file
        ):
            rows = csv.reader(file, delimiter="," if commas else "\t")
            names = next(rows, [])
            for cells in rows:
                if len(cells) != len(names):
                    raise DatasetError(
                        f"{path}, line {rows.line_num}: it has {len(cells)} cells, the header {len(names)}; "
                        f"separate them by {'commas' if commas else 'tabs'}"
                    )
                yield rows.line_num, dict(zip(names, cells, strict=True))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(f"{path} is no complete gzip file ({error}); fetch it again") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is not UTF-8 text ({error.reason}); save it as such") from error
    except csv.Error as error:
        raise DatasetError(f"{path}, line {rows.line_num}: it is no row of a table ({error}); mend it") from error


def chance(name: str) -> float:
    """Return a name's hash as a number from 0 to 1 (exclusive): the first 48 bits of its SHA-256.

    Splits go by it, so that adding units moves no other.
    """
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48


def drawn(name: str, share: float) -> bool:
    """Return whether a name is among the `share` (0 to 1) of all names that is drawn. `share` 0.5 is a fair coin."""
    return chance(name) < share
