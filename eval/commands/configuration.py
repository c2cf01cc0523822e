"""A file that holds the options of a command: `--config run.toml`."""

import tomllib
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from catalog.importers.columns import meant

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
