"""Readers of cell values as text, number, list or instant; each raises ValueError naming the value."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, TypeVar

from catalog.importers.reports import ImportReport, RowError
from catalog.instants import in_utc, parse_instant

MAX_ID = 300
MAX_TEXT = 1_000
MAX_ATTRIBUTE = 10_000
"""Characters of an identifier, of a name, title or entry of a list, and of a column kept as it is."""

MAX_ENTRIES = 1_000
"""Entries of a list within a cell."""

EARLIEST_YEAR, LATEST_YEAR = 1000, 2100
EARLIEST_EPOCH_S, LATEST_EPOCH_S = 10**8, 10**10
"""Numbers outside (1973 to 2286) are no seconds since 1970 but a date without hyphens, or milliseconds."""

SHOWN = 60
"""Characters of a value that an error quotes."""

_YEAR = re.compile(r"(\d{4})(\.0+|-\d{1,2}(-\d{1,2})?([T ].*)?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_TRUTH = {"true": True, "yes": True, "1": True, "1.0": True, "false": False, "no": False, "0": False, "0.0": False}

Value = TypeVar("Value")

Reader = Callable[[object], Value]
"""Reads a value; raises ValueError saying what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One row of a table, with typed access by column; a bad value that is not required is reported and read as missing.

    `line` is the row's line (in Parquet and JSON its number, from 1), `values` are by column, in lower case and under our
    names: texts in CSV and TSV; in JSON, JSONL and Parquet whatever the file holds.
    """

    line: int
    values: Mapping[str, object]
    report: ImportReport

    def read(self, column: str, reader: Reader[Value]) -> Value | None:
        """Return a value, or None where it is empty or bad (then it is reported)."""
        try:
            return self.require(column, reader) if self.has(column) else None
        except RowError as error:
            self.report.problem(self.line, column, f"{error.reason}; it was left out")
            return None

    def require(self, column: str, reader: Reader[Value]) -> Value:
        """Return a value that the row cannot do without. Raises RowError where it is empty or bad."""
        value = self.values.get(column)
        if is_empty(value):
            raise RowError(column, "is missing")
        try:
            return reader(value)
        except ValueError as error:
            raise RowError(column, str(error)) from error

    def fields(self, readers: Mapping[str, Reader[Any]], required: Collection[str]) -> dict[str, Any]:
        """Return the values of the columns that the row gives. Raises RowError where a required one is empty or bad."""
        values = (
            (column, (self.require if column in required else self.read)(column, reader))
            for column, reader in readers.items()
        )
        return {column: value for column, value in values if value is not None}

    def has(self, column: str) -> bool:
        """Whether the row gives a value."""
        return not is_empty(self.values.get(column))


def is_empty(value: object) -> bool:
    """Whether a cell is empty: null, an empty list or object, or a text of spaces."""
    return value in (None, [], {}) or (isinstance(value, str) and not value.strip())


def text(value: object, most: int = MAX_TEXT) -> str:
    """Read a name or title of one line, up to `most` characters; a number is taken as its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"{shown(value)} is not a text")
    line = attribute(value, most)
    if control := _CONTROL.search(line):
        raise ValueError(
            f"{shown(line)} holds the control character U+{ord(control[0]):04X}: a quotation mark is not closed?"
        )
    return line


def identifier(value: object) -> str:
    """Read an identifier: as `text`, up to `MAX_ID` characters."""
    return text(value, MAX_ID)


def attribute(value: object, most: int = MAX_ATTRIBUTE) -> str:
    """Read any value as a text of up to `most` characters; lists and objects as JSON, dates in ISO form."""
    if isinstance(value, float):
        value = number(value)
    if isinstance(value, bool | list | dict):
        line = json.dumps(value, ensure_ascii=False, default=str)
    else:
        line = value.isoformat() if isinstance(value, date) else str(value).strip()
    if len(line) > most:
        raise ValueError(f"has {len(line):,} characters; at most {most:,} are taken")
    if _NO_TEXT.search(line):
        raise ValueError(f"{shown(line)} is not valid Unicode text")
    return line


def entries(value: object) -> tuple[str, ...]:
    """Read a list, or a text whose entries are separated by `;`; empty and repeated entries are dropped."""
    if isinstance(value, str):
        value = value.split(";")
    if not isinstance(value, list):
        raise ValueError(f"{shown(value)} is not a list; entries of a cell are separated by ;")
    found = tuple(dict.fromkeys(text(entry) for entry in value if not is_empty(entry)))
    if len(found) > MAX_ENTRIES:
        raise ValueError(f"has {len(found):,} entries; at most {MAX_ENTRIES:,} are taken")
    return found


def number(value: object) -> float:
    """Read a finite number."""
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value.strip()) else value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{shown(value)} is not a number such as 3.5")
    with suppress(OverflowError):  # of an integer beyond any float
        if isfinite(read := float(value)):
            return read
    raise ValueError(f"{shown(value)} is not a finite number")


def checked(read: Reader[float], holds: Callable[[float], bool], wrong: str) -> Reader[float]:
    """Return a reader that refuses numbers for which `holds` is false; `wrong` is the message, with `{value}` or `{number}`."""

    def reader(value: object) -> float:
        found = read(value)
        if not holds(found):
            raise ValueError(wrong.format(value=shown(value), number=found))
        return found

    return reader


positive = checked(number, lambda found: found > 0, "{value} is not above 0")
not_negative = checked(number, lambda found: found >= 0, "{value} is below 0")


def year(value: object) -> int:
    """Read a year, or the year of a date such as 1994-05-01; "1994.0" is one too."""
    match = _YEAR.fullmatch(value.isoformat() if isinstance(value, date) else str(value).strip())
    if match is None or not EARLIEST_YEAR <= int(match[1]) <= LATEST_YEAR:
        raise ValueError(f"{shown(value)} is not a year from {EARLIEST_YEAR} to {LATEST_YEAR}")
    return int(match[1])


def truth(value: object) -> bool:
    """Read true or false, yes or no, 1 or 0."""
    answer = _TRUTH.get(str(value).strip().lower())
    if answer is None:
        raise ValueError(f"{shown(value)} is not true or false")
    return answer


def instant(value: object) -> datetime:
    """Read an instant in UTC: ISO 8601, or seconds since 1970."""
    if isinstance(value, date):
        return in_utc(value)
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return parse_instant(value.strip())
    seconds = number(value)
    if not EARLIEST_EPOCH_S <= seconds < LATEST_EPOCH_S:
        raise ValueError(f"{shown(value)} is neither a date such as 2026-01-31 nor in seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)


def shown(value: object) -> str:
    """Return a value as an error quotes it, shortened where it is long."""
    quoted = repr(value)
    return quoted if len(quoted) <= SHOWN else f"{quoted[:SHOWN]}..."
