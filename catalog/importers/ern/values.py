"""Values of an ERN message: dates, periods, durations and flags, and the problems and limits met in reading them."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from catalog.consent import Period
from catalog.importers.cells import shown
from catalog.importers.hardened_xml import Element
from catalog.importers.reports import KEPT_PROBLEMS
from catalog.instants import parse_instant

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_DURATION = re.compile(
    r"P(?:0{1,9}Y)?(?:0{1,9}M)?(?:0{1,9}W)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_SECONDS = (86_400, 3_600, 60, 1)

MAX_DURATION_S = 86_400
"""What is longer, or of no length at all, stands in for a duration that the sender does not know."""


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a message, something left out or worth a look: where, as a path below the root, and why."""

    place: str
    reason: str


class Problems:
    """The problems of one message; the first `KEPT_PROBLEMS` with their text, all of them counted."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.count = 0

    def report(self, at: Element, reason: str) -> None:
        """Report something about an element."""
        self.count += 1
        if len(self.found) < KEPT_PROBLEMS:
            self.found.append(Problem(at.place, reason))


@dataclass(slots=True)
class Limit:
    """The most that one message may have of something; `told` says what, and what to do."""

    most: int
    told: str
    counted: int = 0

    def count(self, number: int) -> None:
        """Count some more. Raises ValueError where there are too many now."""
        self.counted += number
        if self.counted > self.most:
            raise ValueError(self.told.format(self.most))


def attempt(
    element: Element, read: Callable[[Element], Value], problems: Problems, told: str = "{}; it was left out"
) -> Value | None:
    """Return the value of an element, or None where `read` raises ValueError, which is reported in the words of `told`."""
    try:
        return read(element)
    except ValueError as error:
        problems.report(element, told.format(error))
        return None


def first_read(
    elements: Iterable[Element], read: Callable[[str], Value], problems: Problems, told: str = "{}; it was left out"
) -> Value | None:
    """Return the first text of elements that can be read; those before it are reported."""
    found = (attempt(element, lambda given: read(given.text), problems, told) for element in elements)
    return next((value for value in found if value is not None), None)


def known(values: Iterable[Value | None]) -> Value | None:
    """Return the first value that is neither None nor empty."""
    return next(filter(None, values), None)


def is_set(parent: Element, path: str) -> bool:
    """Whether a flag is given and is not false: one that withholds counts in whatever words."""
    return parent.text_of(path).lower() not in ("", "false", "0")


def read_duration(text: str) -> float:
    """Return an ISO 8601 duration such as PT3M1S in seconds. Raises ValueError for another text, 0 s and more than 24 hours."""
    match = _DURATION.fullmatch(text)
    seconds = sum(float(part) * unit for part, unit in zip(match.groups("0"), _SECONDS, strict=True)) if match else 0.0
    if not 0 < seconds <= MAX_DURATION_S:
        raise ValueError(f"{shown(text)} is not a duration such as PT3M1S, above 0 and of at most 24 hours")
    return seconds


def read_period(element: Element) -> Period:
    """Return a period, its dates whole days in UTC and the last one included.

    Raises ValueError where neither start nor end is given, one cannot be read, or they are in the wrong order.
    """
    start_at, end_at = element.text_of("StartDateTime"), element.text_of("EndDateTime")
    start_day, end_day = element.text_of("StartDate"), element.text_of("EndDate")
    if not (start_at or end_at or start_day or end_day):
        raise ValueError("has neither a start nor an end")
    start = parse_instant(start_at) if start_at else first_instant(start_day) if start_day else None
    end = parse_instant(end_at) if end_at else _after(end_day) if end_day else None
    return Period(start, end)


def first_instant(date: str) -> datetime:
    """Return the midnight, in UTC, with which a date begins; `2026-01` and `2026` are dates too. Raises ValueError for others."""
    match = _DATE.fullmatch(date)
    with suppress(ValueError):  # of no such day: told below, with the remedy
        if match:
            return datetime(int(match[1]), int(match[2] or 1), int(match[3] or 1), tzinfo=UTC)
    raise ValueError(f"{shown(date)} is not a date such as 2026-01-31")


def _after(date: str) -> datetime | None:
    """Return the midnight after a date; None after the last day of the calendar, which stands for "for ever"."""
    first = first_instant(date)
    try:
        if len(date) == len("2026"):
            return first.replace(year=first.year + 1)
        if len(date) == len("2026-01"):
            return (first + timedelta(days=31)).replace(day=1)
        return first + timedelta(days=1)
    except (OverflowError, ValueError):
        return None
