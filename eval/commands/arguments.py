"""Command-line arguments that several commands share, and their readers."""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from platformdirs import user_data_path

from catalog.consent import CommercialModel
from catalog.tracks import TrackId, parse_territory
from eval.queries import DatasetError, read_id
from eval.running import RunSettings

Read = TypeVar("Read")


def add_home(parser: ArgumentParser, told: str = "catalog and bundle") -> None:
    """Add `--home`, by default the home that CONSONANCE_HOME names, else the one in the user's data folder."""
    home = Path(os.environ.get("CONSONANCE_HOME") or user_data_path("consonance")).expanduser()
    parser.add_argument("--home", type=Path, default=home, metavar="DIR", help=f"{told} (%(default)s)")


def add_territory(parser: ArgumentParser) -> None:
    """Add `--territory`."""
    parser.add_argument(
        "--territory", type=argument(parse_territory), default="DE", metavar="CC", help="ISO 3166-1 alpha-2 (DE)"
    )


def add_context(parser: ArgumentParser) -> None:
    """Add the home, the queries and the consent context, which `settings_of` reads."""
    add_home(parser)
    parser.add_argument("--queries", type=Path, required=True, metavar="FILE", help="queries as JSONL")
    parser.add_argument("--candidates", type=Path, metavar="IDS.txt", help="rank only these tracks, one id a line")
    add_territory(parser)
    parser.add_argument("--policy", default="strict", metavar="NAME", help="what consent has to say (%(default)s)")
    parser.add_argument(
        "--commercial-model",
        type=CommercialModel,
        choices=list(CommercialModel),
        default=CommercialModel.FREE_OF_CHARGE,
        metavar="MODEL",
        help="a DDEX CommercialModelType (%(default)s)",
    )


def add_unpinned(parser: ArgumentParser) -> None:
    """Add `--unpinned`."""
    parser.add_argument(
        "--unpinned",
        action="store_true",
        help="take another version of the files; its numbers are not comparable",
    )


def settings_of(arguments: Namespace) -> RunSettings:
    """Return run settings from the arguments of `add_context`. Raises DatasetError for an invalid list of ids."""
    return RunSettings(
        candidates=None if arguments.candidates is None else read_candidates(arguments.candidates),
        territory=arguments.territory,
        policy=arguments.policy,
        commercial_model=arguments.commercial_model,
    )


def read_candidates(path: Path) -> tuple[TrackId, ...]:
    """Read a list of tracks, one id a line. Raises DatasetError where it is no text, or names no track."""
    try:
        ids = [TrackId(read_id(line)) for line in path.read_text("utf-8-sig").split("\n") if line.strip()]
    except ValueError as error:
        raise DatasetError(
            f"{path} is no list of tracks ({error}); save it as UTF-8 text, one track id a line"
        ) from error
    if not ids:
        raise DatasetError(f"{path} names no track; write one track id a line")
    return tuple(ids)


def argument(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Return a reader whose ValueError argparse shows as its message."""

    def checked(text: str) -> Read:
        try:
            return read(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    return checked


def named(what: str, known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of comma-separated names; `all` stands for all of them."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(known if text == "all" else text.split(",")))
        if unknown := [name for name in names if name not in known]:
            raise ValueError(f"{unknown[0]!r} is not {what}; there are {', '.join(known)}")
        return names

    return argument(read)
