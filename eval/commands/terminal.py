"""What the commands share: arguments and their readers, a console for results, progress bars on stderr."""

import os
import tomllib
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import methodcaller
from pathlib import Path
from typing import Any, Protocol, TypeVar

from platformdirs import user_data_path
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from catalog.consent import CommercialModel
from catalog.importers.columns import meant
from catalog.tracks import DEFAULT_TERRITORY, TrackId, parse_territory
from eval.queries import DatasetError, read_id
from eval.reporting.tables import NARROWEST
from recommender.training.segments import unsealed

Read = TypeVar("Read")

Argument = Callable[[ArgumentParser], object]


class Command(Protocol):
    """Interface of a subcommand's module; its docstring is its help, the first line what it does, examples below."""

    ARGUMENTS: list[Argument]

    def run(self, arguments: Namespace) -> None:
        """Run the command. Raises OSError or RuntimeError where it fails, ValueError for wrong words."""


def add_commands(parser: ArgumentParser, name: str, commands: Mapping[str, Command]) -> None:
    """Add subcommands to a parser; its arguments hold the function of the one that was chosen under a name."""
    added = parser.add_subparsers(metavar=name.upper(), required=True)
    for word, command in commands.items():
        told, _, examples = (command.__doc__ or "").partition("\n\n")
        made = added.add_parser(
            word,
            help=f"{told[:1].lower()}{told[1:].rstrip('.')}",
            description=told,
            epilog=f"\n{examples}",
            formatter_class=RawDescriptionHelpFormatter,
        )
        for declare in command.ARGUMENTS:
            declare(made)
        made.set_defaults(**{name: command.run})


def argument(*names: str, **options: Any) -> Argument:
    """Return an argument by its names, with the options that argparse takes for it."""
    return methodcaller("add_argument", *names, **options)


def checked(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Return a reader whose ValueError, or OSError, argparse shows as its message, with the option."""

    def checking(text: str) -> Read:
        try:
            return read(text)
        except (OSError, ValueError) as error:
            raise ArgumentTypeError(str(error)) from error

    return checking


@checked
def file(text: str) -> Path:
    """Read the name of a file that is there."""
    path = Path(text)
    if not path.exists() or path.is_dir():
        raise ValueError(f"{text} is no file; name one that is there")
    return path


def default_home() -> Path:
    """Return the home that CONSONANCE_HOME names, else the one in the user's data folder."""
    return Path(os.environ.get("CONSONANCE_HOME") or user_data_path("consonance")).expanduser()


def home(told: str = "catalog and bundle") -> Argument:
    """Return `--home`, by default the `default_home`."""
    return lambda parser: parser.add_argument(
        "--home",
        type=Path,
        default=default_home(),
        metavar="DIR",
        help=f"{told} (%(default)s)",
    )


TERRITORY = argument(
    "--territory",
    type=checked(parse_territory),
    default=os.environ.get("CONSONANCE_TERRITORY") or DEFAULT_TERRITORY,
    metavar="CC",
    help="ISO 3166-1 alpha-2 (%(default)s)",
)
SUSPECTED = argument(
    "--suspected", type=file, metavar="FILE", help="listeners that are not counted, one a line: units or user ids"
)
UNPINNED = argument(
    "--unpinned", action="store_true", help="take another version of the files; its numbers are not comparable"
)
CHECKS = (
    argument("--strict", action="store_true", help="refuse queries with a field that has no meaning, such as `likd`"),
    argument(
        "--allow-unknown",
        action="store_true",
        help="judge even where most tracks that are wanted, or listed by --lists, are not in the catalog",
    ),
)

CONTEXT = (
    home(),
    argument("--queries", type=Path, required=True, metavar="FILE", help="queries as JSONL"),
    *CHECKS,
    argument("--candidates", type=Path, metavar="IDS.txt", help="rank only these tracks, one id a line"),
    TERRITORY,
    argument("--policy", default="strict", metavar="NAME", help="what consent has to say (%(default)s)"),
    argument(
        "--commercial-model",
        type=CommercialModel,
        choices=list(CommercialModel),
        default=CommercialModel.FREE_OF_CHARGE,
        metavar="MODEL",
        help="a DDEX CommercialModelType (%(default)s)",
    ),
)


def context_of(arguments: Namespace) -> dict[str, Any]:
    """Return what the arguments of `CONTEXT` say, by the fields of `RunSettings`. Raises DatasetError for a wrong list of ids."""
    names = ("territory", "policy", "commercial_model", "allow_unknown")
    candidates = None if arguments.candidates is None else read_candidates(arguments.candidates)
    return {"candidates": candidates, **{name: getattr(arguments, name) for name in names}}


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


def named(what: str, known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of comma-separated names; `all` stands for all of them."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(known if text == "all" else text.split(",")))
        if unknown := [name for name in names if name not in known]:
            raise ValueError(f"{unknown[0]!r} is not {what}; there are {', '.join(known)}")
        return names

    return checked(read)


def named_path(text: str) -> tuple[str, Path]:
    """Read `[NAME=]PATH`; the name is else the path's last part."""
    name, named, told = text.partition("=")
    path = Path(told if named else text).expanduser()
    return name if named else path.name, path


def console() -> Console:
    """Return the console for results."""
    made = Console(highlight=False, emoji=False, markup=False)
    if not made.is_terminal:
        made.width = max(made.width, NARROWEST)
    return made


def tell_unsealed(home: Path) -> None:
    """Say on stderr what of a home's log is not in Parquet yet, so that no command that reads it counts it."""
    answers, events = unsealed(home)
    if answers or events:
        told = f"not counted, for they are not in Parquet yet: {answers:,} answers and {events:,} events"
        Console(stderr=True, highlight=False, markup=False).print(
            f"{told}; `consonance exposures --home {home}` writes them", soft_wrap=True
        )


@contextmanager
def progress(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr; the yielded function advances it. One that ends early was of as many as it came to."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(name, total=total)
        yield lambda count: shown.advance(task, count)
        done = shown.tasks[0].completed
        shown.update(task, total=done, visible=done > 0)


CONFIG = "--config"


def configured(parser: ArgumentParser, arguments: Sequence[str]) -> list[str]:
    """Return arguments in which those of the file that `--config` names come first, where the parser has such an option.

    What the command line gives too is not taken from the file. Raises ValueError naming the file, and the option that there
    is not or that has no form on a command line.
    """
    options = {one[2:] for one in parser._option_string_actions if one.startswith("--")} - {"config", "help"}
    first = ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument(CONFIG, type=Path)
    known, rest = first.parse_known_args(arguments)
    if CONFIG not in parser._option_string_actions or known.config is None:
        return list(arguments)
    try:
        told = tomllib.loads(known.config.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{known.config} cannot be read as TOML ({error}); name a file of options") from error
    given = {one.partition("=")[0] for one in rest}
    found: list[str] = []
    for name, value in told.items():
        option = name.replace("_", "-")
        if option not in options:
            near = meant(option, sorted(options))
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(options))}"
            raise ValueError(f"{known.config}: {name!r} is no option; {hint}")
        if f"--{option}" not in given:
            found += _words(f"{known.config}: {name}", f"--{option}", value, each=option == "lists")
    return [*found, *rest]


def _words(where: str, option: str, value: Any, *, each: bool) -> Iterator[str]:
    """Yield a value as the command line has it: a list in one word, or each of it in its own."""
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        yield from (f"{option}={one}" for one in (value if each else [",".join(map(str, value))]))
    elif isinstance(value, bool):
        yield from [option] * value
    elif isinstance(value, str | int):
        yield f"{option}={value}"
    else:
        raise ValueError(f"{where} = {value!r} is no option's value; write a text, a number, true or false, or a list")
