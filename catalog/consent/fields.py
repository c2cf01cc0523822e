"""Fields of a consent record in its JSON form: how the value of each is read, what is refused, and what is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

from catalog.choices import choose
from catalog.consent.rights import Period, TerritoryScope
from catalog.instants import instant_text, parse_instant
from catalog.tracks import parse_territory, parse_territory_or_worldwide

Row = Mapping[str, Any]
"""A JSON object."""

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)


class RecordError(ValueError):
    """A consent record that cannot be taken: which field ("" for the record as a whole), and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Field:
    """How one attribute of what a record states is read from its JSON form, and what is written there.

    `read` raises RecordError, or ValueError where fields do not go together. `written` tells what each JSON field holds of
    what is stated, and `write` how it stands there.
    """

    attribute: str
    read: Callable[[Row], Any]
    written: Mapping[str, Callable[[Any], Any]]
    write: Callable[[Any], object]


def field(
    name: str,
    parse: Callable[[Any], Any],
    default: object = None,
    write: Callable[[Any], object] = lambda value: value,
    *,
    required: bool = False,
    remedy: str = "",
    attribute: str = "",
) -> Field:
    """Return an attribute that one JSON field gives (`read`, `needed`), which has its name unless another is given."""

    def value(row: Row) -> Any:
        found = needed(row, name, parse, remedy) if required else read(row, name, parse)
        return default if found is None else found

    attribute = attribute or name
    return Field(attribute, value, {name: attrgetter(attribute)}, write)


def period(start: str = "start", end: str = "end") -> Field:
    """Return the attribute `period`, of which the JSON form gives both ends."""
    return Field(
        "period",
        lambda row: Period(read(row, start, instant), read(row, end, instant)),
        {start: attrgetter("period.start"), end: attrgetter("period.end")},
        instant_text,
    )


def _codes(parse: Callable[[str], str], value: object) -> list[str]:
    return [parse(one if isinstance(one, str) else repr(one)) for one in elements(value)]


TERRITORIES = Field(
    "territories",
    lambda row: TerritoryScope.named(
        read(row, "territories", partial(_codes, parse_territory_or_worldwide)) or (),
        read(row, "excluded_territories", partial(_codes, parse_territory)) or (),
    ),
    {"territories": attrgetter("territories.included"), "excluded_territories": attrgetter("territories.excluded")},
    sorted,
)


def read(row: Row, name: str, parse: Callable[[Any], Value | None]) -> Value | None:
    """Return what `parse` makes of a field's value, None where it is missing, null or an empty text.

    Raises RecordError for a value that `parse` refuses with a ValueError.
    """
    value = row.get(name)
    return None if value is None or value == "" else checked(name, parse, value)


def needed(row: Row, name: str, parse: Callable[[Any], Value | None], remedy: str = "") -> Value:
    """Return what `parse` makes of a field's value. Raises RecordError as `read` does, and where there is none."""
    value = read(row, name, parse)
    if value is None:
        raise RecordError(name, f"is missing{remedy}")
    return value


def checked(name: str, parse: Callable[[Any], Value], value: object) -> Value:
    """Return what `parse` makes of a value; a ValueError that it raises becomes a RecordError of this name."""
    try:
        return parse(value)
    except RecordError:
        raise
    except ValueError as error:
        raise RecordError(name, str(error)) from error


def text(value: object) -> str | None:
    """Return a text without white space around it, None for one that is empty; a whole number is a text too."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"{value!r} is not a text")
    stripped = str(value).strip()
    try:
        stripped.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{value!r} is not valid Unicode") from error
    if "\0" in stripped:
        raise ValueError(f"{value!r} holds a NUL, which no text does")
    return stripped or None


def elements(value: object, *, may_be_none: bool = False) -> list[Any]:
    """Return the elements of a list, or the parts of a text that semicolons separate."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(";") if part.strip()]
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    if not (value or may_be_none):
        raise ValueError("is an empty list; leave it out to cover everything")
    return value


def texts(value: object) -> frozenset[str]:
    """Return the texts of a list. One that is empty is refused: a list of nothing else would cover everything."""
    found = ["" if one is None else text(one) for one in elements(value)]
    if not all(found):
        raise ValueError("holds an empty text; leave it out")
    return frozenset(map(str, found))


def one_of(choices: type[Choice]) -> Callable[[object], Choice]:
    """Return the reader of one of a few names."""
    return partial(choose, choices)


def some_of(choices: type[Choice]) -> Callable[[object], frozenset[Choice]]:
    """Return the reader of a list of some of a few names."""
    return lambda value: frozenset([choose(choices, one) for one in elements(value)])


def instant(value: object) -> datetime:
    """Return the instant that a text gives (`catalog.instants.parse_instant`)."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text such as 2026-01-31 or 2026-01-31T12:00:00Z")
    return parse_instant(value)


def truth(value: object) -> bool:
    """Return true or false, which nothing else stands for."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")
    return value


def number(highest: float, value: object) -> float:
    """Return a number from 0 to `highest`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        raise ValueError(f"{value!r} is not a number from 0 to {highest:g}")
    return float(value)
