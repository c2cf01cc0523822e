"""Readers of cell values as text, number, list, instant or identifier; each raises ValueError naming the value.

Identifiers that others assign to artists and recordings are read bare or as an address, and returned bare.
What a value can only mean is read, in whatever form it stands (3:25, PT3M25S, 0,5); what it may mean or not is refused.
"""

import ast
import json
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, TypeVar

import stdnum.isni

from catalog.importers.reports import ImportReport, RowError
from catalog.instants import in_utc, parse_instant
from catalog.names import UNSEEN
from catalog.tracks import TrackId, parse_isrc, parse_track_id

MAX_ID = 300
MAX_TEXT = 1_000
MAX_ATTRIBUTE = 10_000
"""Characters of an identifier, of a name, title or entry of a list, and of a column kept as it is."""

MAX_ENTRIES = 1_000

EARLIEST_YEAR, LATEST_YEAR = 1000, 2100
EARLIEST_EPOCH_S, LATEST_EPOCH_S = 10**8, 10**10
"""Numbers outside (1973 to 2286) are no seconds since 1970 but a date without hyphens, or milliseconds since then."""

LONGEST_S = 86_400
"""Seconds of a track at most; what is longer was told in milliseconds, or is no length."""

SHOWN = 60
"""Characters of a value that an error quotes."""

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?"
_YEARS = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        r"(\d{4})(?:\.0+|([-./])\d{1,2}(?:\2\d{1,2})?(?:[T ].*)?)?",
        r"(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|[12]\d|3[01])\1(?P<year>\d{4})(?: .*)?",
        r"(\d{4})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
        rf"(?:\d{{1,2}}\.? )?{_MONTH} (?:\d{{1,2}}, )?(?P<year>\d{{4}})",
    )
)
"""1994, 1994-05-01, 1994/05; 01.05.1994; 19940501; 1 May 1994, May 1, 1994."""

_INSTANTS = tuple(day + time for day in ("%d %b %Y", "%Y/%m/%d", "%d.%m.%Y") for time in (" %H:%M", " %H:%M:%S", ""))
"""6 Oct 2023, 2023/10/06, 06.10.2023, with and without a time. Of 06/10/2023 nobody can tell which is the month."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d*,(?!\d{3}$)\d+|0,\d+|\d{1,3}(?:\.\d{3})+,\d+)", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3}){2,}|(?:,\d{3})+\.\d+|(?:[ \u00a0\u202f'’]\d{3})+)", re.ASCII)
"""Of "1,234" nobody can tell whether the comma is one of thousands."""
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]?\d(?:[.,]\d+)?)", re.ASCII)
_PERIOD = re.compile(r"(?:P(?:0+[YMWD])*T)?(?:(\d+)H ?)?(?:(\d+)M ?)?(?:(\d+(?:[.,]\d+)?)S)?", re.ASCII | re.IGNORECASE)
_BREAKS = re.compile(r"[ \t]*[\t\n\v\f\r\x85\u2028\u2029][\s]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NOTHING = frozenset(
    {"\\n", "#n/a", "n/a", "n.a.", "<na>", "nan", "null", "none", "undefined", "unknown", "-", "--", "?"}
)
"""How programs write that there is no value, in lower case."""
_NO_NAME = frozenset({"\\N", "#N/A", "<NA>", "nan"})
"""Those which are nobody's name: songs are called None, Null and ?."""
_CUT = re.compile(r"[;,|\s]")
_ENUMERATION = re.compile(r",\s*(?:&|and\b)", re.IGNORECASE)
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_YES = "true t yes y 1 1.0 x wahr ja j vrai oui verdadero sí si verdadeiro sim vero sì prawda tak waar doğru evet да истина はい 예"
_NO = "false f no n 0 0.0 falsch nein faux non falso não nao fałsz nie onwaar nee yanlış hayır нет ложь いいえ 아니요"
_TRUTH = {**dict.fromkeys(_YES.split(), True), **dict.fromkeys(_NO.split(), False)}
"""Also as spreadsheet programs in other languages, and people, write them."""

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

    def glance(self, column: str, reader: Reader[Value]) -> Value | None:
        """Return a value, or None where it is empty or bad; nothing is reported."""
        with suppress(ValueError):
            return reader(self.values[column]) if self.has(column) else None
        return None

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
    """Whether a cell is empty: null, an empty list or object, or a text of which nothing is seen."""
    if isinstance(value, str):
        return not value.strip() or (not value.isascii() and not UNSEEN.sub("", value).strip())
    return value in (None, [], {})


def text(value: object, most: int = MAX_TEXT) -> str:
    """Read a name or title, up to `most` characters; line breaks in it are spaces, and a number is taken as its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"{shown(value)} is not a text")
    line = attribute(value, most)
    if not line.isprintable() and (control := _CONTROL.search(line := _BREAKS.sub(" ", line))):
        raise ValueError(f"{shown(line)} holds the control character U+{ord(control[0]):04X}")
    return line


def name(value: object) -> str:
    """Read a title or name. Raises ValueError for what databases and spreadsheets write for no value."""
    line = text(value)
    if line in _NO_NAME:
        raise ValueError(f"{shown(line)} stands for no value")
    return line


def known_text(value: object) -> str:
    """Read a word that may be missing. Raises ValueError for whatever people and programs write for no value."""
    line = text(value)
    if line.lower() in _NOTHING:
        raise ValueError(f"{shown(line)} stands for no value")
    return line


def identifier(value: object) -> str:
    """Read an identifier: as `text`, up to `MAX_ID` characters. Raises ValueError for what programs write for no value."""
    name = text(value, MAX_ID)
    if name.lower() in _NOTHING:
        raise ValueError(f"{shown(name)} is no id: it stands for no value")
    return name


def artist_id(value: object) -> str:
    """Read the id of one artist. Raises ValueError for a name, several ids, and what has no letter or digit."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    name = identifier(value)
    bare = name.strip("[](){}<>").lower()
    if bare in _NOTHING or not bare.strip("0.-_"):
        raise ValueError(f"{shown(name)} is no id: it stands for no value")
    if _CUT.search(name):
        raise ValueError(
            f"{shown(name)} is no id of one artist: an id has no spaces, and several ids are several artists"
        )
    return name


def track_id(value: object) -> TrackId:
    """Read the id of a track, bare or as our exports write it."""
    return parse_track_id(identifier(value))


def isrc(value: object) -> str:
    """Read an ISRC, in whatever wrapping."""
    return parse_isrc(text(value[0] if isinstance(value, list) and len(value) == 1 else value))


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
    if not line.isprintable() and _NO_TEXT.search(line):
        raise ValueError(f"{shown(line)} is not valid Unicode text")
    return line


def entries(value: object, separator: str = ";") -> tuple[str, ...]:
    """Read a list, also one that was written as a text ("['pop', 'dance']"), or a text with a separator between entries.

    Empty and repeated entries are dropped.
    """
    if isinstance(value, str):
        parts = value.split(separator) if is_cut_by(separator, value) else [value]
        value = parts if (written := list_written_as_text(value)) is None else written
    if not isinstance(value, list):
        raise ValueError(f"{shown(value)} is not a list; entries of a cell are separated by ;")
    given = [text(entry) for entry in value if not is_empty(entry)]
    found = tuple(dict.fromkeys(entry for entry in given if entry.lower() not in _NOTHING))
    if given and not found:
        raise ValueError(f"{shown(given[0])} stands for no value")
    if len(found) > MAX_ENTRIES:
        raise ValueError(f"has {len(found):,} entries; at most {MAX_ENTRIES:,} are taken")
    return found


def is_cut_by(separator: str, value: str) -> bool:
    """Whether a text has entries between separators; a comma before "and" or "&" is part of a name ("Folk, World, & Country")."""
    return (
        separator in value
        and value.strip()[:1] not in ("[", "{")
        and not (separator == "," and _ENUMERATION.search(value))
    )


def list_written_as_text(value: str) -> list[object] | None:
    """Return the list that JSON or Python wrote as a text; None for any other text."""
    for read in (json.loads, ast.literal_eval) if value.strip()[:1] == "[" else ():
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            if isinstance(found := read(value.strip()), list):
                return found
    return None


def number(value: object) -> float:
    """Read a finite number; a comma may part decimals or thousands where it can only do one of them."""
    if isinstance(value, str):
        digits = value.strip()
        if _DECIMAL_COMMA.fullmatch(digits):
            digits = digits.replace(".", "").replace(",", ".")
        elif _THOUSANDS.fullmatch(digits):
            digits = re.sub(r"[^\d.+-]", "", digits)
        value = float(digits) if _NUMBER.fullmatch(digits) else value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{shown(value)} is not a number such as 3.5")
    with suppress(OverflowError):  # of an integer beyond any float
        if isfinite(read := float(value)):
            return read
    raise ValueError(f"{shown(value)} is not a finite number")


def seconds(value: object) -> float:
    """Read a length in seconds: a number, 3:25, 0:03:25, or PT3M25S (ISO 8601). Raises ValueError for more than a day."""
    if isinstance(value, timedelta):
        found = value.total_seconds()
    elif isinstance(value, time):
        found = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    elif isinstance(value, str) and (match := _CLOCK.fullmatch(value.strip()) or _PERIOD.fullmatch(value.strip())):
        hours, minutes, rest = (float((part or "0").replace(",", ".")) for part in match.groups())
        found = hours * 3600 + minutes * 60 + rest
    else:
        try:
            found = number(value)
        except ValueError as error:
            raise ValueError(f"{shown(value)} is not a length such as 205, 3:25 or PT3M25S") from error
    if found <= 0:
        raise ValueError(f"{shown(value)} is not above 0")
    if found > LONGEST_S:
        raise ValueError(
            f"{shown(value)} is {found / 3600:,.0f} hours; where it is in milliseconds, call its column duration_ms"
        )
    return found


def milliseconds(value: object) -> float:
    """Read a length in milliseconds as seconds."""
    return seconds(number(value) / 1000)


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
    """Read a year, or the year of a date in any common form; "1994.0" is one too."""
    given = value.isoformat() if isinstance(value, date) else str(value).strip()
    match = next(filter(None, (form.fullmatch(given) for form in _YEARS)), None)
    found = int(match.groupdict().get("year") or match[1]) if match else 0
    if not EARLIEST_YEAR <= found <= LATEST_YEAR:
        raise ValueError(f"{shown(value)} is not a year from {EARLIEST_YEAR} to {LATEST_YEAR}")
    return found


def truth(value: object) -> bool:
    """Read true or false, yes or no, 1 or 0."""
    answer = _TRUTH.get(str(value).strip().lower())
    if answer is None:
        raise ValueError(f"{shown(value)} is not true or false, yes or no, 1 or 0")
    return answer


def instant(value: object) -> datetime:
    """Read an instant in UTC: ISO 8601, or seconds or milliseconds since 1970."""
    if isinstance(value, date):
        return in_utc(value)
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        words = value.replace(",", "").strip()
        for form in _INSTANTS:
            with suppress(ValueError):
                return datetime.strptime(words, form).replace(tzinfo=UTC)
        return parse_instant(value.strip())
    passed = number(value)
    passed = passed if passed < LATEST_EPOCH_S else passed / 1000
    if not EARLIEST_EPOCH_S <= passed < LATEST_EPOCH_S:
        raise ValueError(f"{shown(value)} is neither a date such as 2026-01-31 nor in seconds since 1970")
    return datetime.fromtimestamp(passed, UTC)


def shown(value: object) -> str:
    """Return a value as an error quotes it, shortened where it is long."""
    quoted = repr(value)
    return quoted if len(quoted) <= SHOWN else f"{quoted[:SHOWN]}..."


def isni(value: object) -> str:
    """Read an ISNI (ISO 27729) as its sixteen characters. Raises ValueError where the check digit is wrong."""
    name = identifier(value)
    bare: str = stdnum.isni.compact(name.rpartition("/")[2])
    if not stdnum.isni.is_valid(bare):
        raise ValueError(
            f"{name[:SHOWN]!r} is not an ISNI: sixteen digits, of which the last one (or X) is a check digit"
        )
    return bare


def _matched(pattern: str, what: str, plain: Callable[[str], str] = str) -> Reader[str]:
    """Return a reader of what `pattern` captures; of anything else it says that it is not `what`."""
    form = re.compile(pattern)

    def read(value: object) -> str:
        name = identifier(value[0] if isinstance(value, list) and len(value) == 1 else value)
        if (match := form.fullmatch(name)) is None:
            raise ValueError(f"{name[:SHOWN]!r} is not {what}")
        return plain(match[1])

    return read


_UUID = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[/?#].*)?"

recording = _matched(
    rf"(?i)(?:.*/recording/|(?:urn:)?(?:uuid|mbid):)?{_UUID}",
    "the UUID or address of a MusicBrainz recording",
    str.lower,
)

SCHEMES: Mapping[str, Reader[str]] = {
    "isni": isni,
    "musicbrainz": _matched(
        rf"(?i)(?:.*/artist/|(?:urn:)?(?:uuid|mbid):)?{_UUID}",
        "the UUID or address of a MusicBrainz artist",
        str.lower,
    ),
    "spotify": _matched(
        r"(?:.*[/:]artist[/:])?([0-9A-Za-z]{22})(?:[/?#].*)?",
        "the 22 letters and digits, or the address, of a Spotify artist",
    ),
}
"""The reader of each scheme, by its column in tables of artists and in lists: it returns the bare form, UUIDs in lower case,
and raises ValueError for anything else, addresses of other things too."""
