"""Command line of the laboratory, `python -m eval`: one subcommand for each module of `eval.commands`."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

from rich.console import Console

from eval.commands.terminal import add_commands, configured

DONE, FAILED, WRONG_WORDS = 0, 1, 2

_EXAMPLES = """
examples, from a published set to the page of a change:
  python -m eval queries captions ~/data captions.jsonl
  python -m eval run --home ~/jamendo --queries captions.jsonl --out before
  python -m eval run --home ~/jamendo --queries captions.jsonl --systems hybrid --variants change.toml --out after
  python -m eval compare before after
  python -m eval report after

change.toml, a change of what channels count:
  name = "a trial"
  version = 1
  [variants.more-neighbours]
  settings = {neighbours = 2.0}

`python -m eval COMMAND --help` tells more of each.
"""


COMMANDS = (
    *("run", "compare", "report", "log", "prompts", "inversions", "seeds", "weights", "counterfactual", "queries"),
    *("tagger", "english", "ab", "tags", "names"),
)


class _Parser(ArgumentParser):
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments, and those of a file of options before them."""
        return super().parse_known_args(configured(self, sys.argv[1:] if args is None else args), namespace)

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_WORDS, f"{self.prog}: {_one_line(message)} (try `{self.prog} --help`)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 done, 1 failed with one line on stderr, 2 the words were wrong."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        with Console(stderr=True).status("Starting the laboratory"):  # what only other commands need is not imported
            named = [word for word in words[:1] if word in COMMANDS] or COMMANDS
            commands = {name: import_module(f"eval.commands.{name}") for name in named}
        chosen = _parser(commands).parse_args(words)
        chosen.command(chosen)
    except SystemExit as stop:
        return int(stop.code or 0)
    except ModuleNotFoundError as error:
        return _complain(f"this needs {error.name}, which is not installed; run `make lab`", FAILED)
    except FileNotFoundError as error:
        return _complain(f"{error.filename} is not there; name a file or folder that is", FAILED)
    except (OSError, RuntimeError) as error:
        return _complain(str(error), FAILED)
    except ValueError as error:
        return _complain(str(error), WRONG_WORDS)
    except KeyboardInterrupt:
        return _complain("stopped; nothing was written", FAILED)
    return DONE


def _parser(commands: Mapping[str, Any]) -> _Parser:
    parser = _Parser(
        prog="python -m eval",
        description="Judges the recommender beside baselines, all inside the same permitted set.",
        epilog=_EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    add_commands(parser, "command", commands)
    return parser


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _complain(text: str, status: int) -> int:
    sys.stderr.write(f"python -m eval: {_one_line(text)}\n".encode(errors="backslashreplace").decode())
    return status


if __name__ == "__main__":
    sys.exit(main())
