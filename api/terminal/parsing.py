"""How arguments are declared, and the values that several of them take."""

import argparse
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

from api.wording import country
from catalog.choices import meant, not_one_of
from catalog.tracks import TERRITORIES, Territory, parse_territory


class UsageError(ValueError):
    """A command line that names no command, or an argument that none could take."""


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError instead of ending the process, so that the caller words the line."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Flush first: help may go into a closed pipe too."""
        sys.stdout.flush()
        super().exit(status, message)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse all arguments; those that are not known are an error of the command that they were given to."""
        chosen, unknown = super().parse_known_args(args, namespace)
        if unknown:
            first = unknown[0]
            remedy = meant(first, self._option_string_actions) or (
                "" if first.startswith("-") else "; words that belong together stand together, or in quotes"
            )
            self.error(f"{first!r} is nothing that {self.prog} takes{remedy}")
        return chosen, []

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, not_one_of(str(value), map(str, action.choices)))

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with where to find help."""
        raise UsageError(f"{message} (try `{self.prog} --help`)")


class Argument:
    """An argument by its names, with the options that argparse takes for it."""

    def __init__(self, *names: str, **options: Any) -> None:
        self.names, self.options = names, options


class Command(NamedTuple):
    """A command, or an action of one. Of arguments in a list at most one may be given."""

    name: str
    help: str
    takes: Sequence[Argument | list[Argument]] = ()
    actions: Sequence["Command"] = ()


Read = TypeVar("Read")
Name = TypeVar("Name", bound=StrEnum)


def checked_by(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Let argparse show what a reader says of a wrong value."""

    def checked(text: str) -> Read:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked


def one_of(names: type[Name]) -> Callable[[str], Name]:
    """Read one of a few names; argparse says which there are."""

    def checked(text: str) -> Name:
        try:
            return names(text)
        except ValueError:
            raise argparse.ArgumentTypeError(not_one_of(text, names)) from None

    return checked


def territory(text: str) -> Territory:
    """Read the code of a territory; an error names the country that may have been meant."""
    try:
        return parse_territory(text)
    except ValueError as error:
        codes = {country(code).removeprefix("the "): code for code in sorted(TERRITORIES)} | {"UK": Territory("GB")}
        near = meant(text.strip(), codes)
        name = near.removeprefix("; did you mean ").removesuffix("?")
        told = f"; did you mean {codes[name]} ({name})?" if near else ""
        raise argparse.ArgumentTypeError(f"{error}{told}") from error


def folder(text: str) -> Path:
    """Read the name of a folder."""
    if not text:
        raise argparse.ArgumentTypeError("is empty; name a folder")
    return Path(text)


def file(text: str) -> Path:
    """Read the name of a file that is there."""
    path = Path(text)
    if not path.exists() or path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no file; name one that is there")
    return path


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """Read a whole number of a range."""

    def read(text: str) -> int:
        if not (text.isdecimal() and lowest <= int(text) <= highest):
            raise ValueError(f"{text!r} is not a whole number from {lowest} to {highest:,}")
        return int(text)

    return checked_by(read)


def fraction(text: str) -> float:
    """Read a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value
