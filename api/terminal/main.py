"""The command line: `consonance COMMAND`. Each command's work is in the module of its name in `api/terminal/commands`."""

import argparse
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence

from api.settings import Settings
from api.terminal.arguments import parser
from api.terminal.parsing import UsageError
from api.wording import on_one_line

DONE, FAILED, MISUSED = 0, 1, 2

_MODULES = {"import": "imports"}

ALLOCATED = 50_000
"""New objects after which Python looks for cycles among them: after 700, as it would, costs a tenth of a cold start."""

_OF_A_HOME = {
    *(("experiments", action) for action in ("list", "check", "move")),
    *(("keys", action) for action in ("list", "revoke")),
    ("exposures", None),
}
"""Commands and their actions that would find nothing, or begin a home, where there is none."""

LONGEST_COMPLAINT = 600
"""Characters of an error's line: it may quote what was typed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 done, 1 failed with one line on stderr, 2 the command line was wrong."""
    gc.set_threshold(ALLOCATED, *gc.get_threshold()[1:])
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # What the formats promise.
    try:
        settings = Settings.from_env(os.environ)
        chosen = parser(settings).parse_args(arguments)
        _check(chosen)
        chosen.settings = settings
        importlib.import_module(f"api.terminal.commands.{_MODULES.get(chosen.command, chosen.command)}").run(chosen)
        sys.stdout.flush()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # The reader has gone; say nothing more.
    except (OSError, RuntimeError) as error:
        return _complain(str(error) or type(error).__name__, FAILED)
    except ValueError as error:
        return _complain(str(error), MISUSED)
    except KeyboardInterrupt:
        return _complain("stopped; nothing is half done, and the same command goes on with an import", FAILED)
    return DONE


def _check(chosen: argparse.Namespace) -> None:
    """Raise UsageError for arguments that no command could use, RuntimeError for a home that is not there where one is read."""
    if chosen.home.exists() and not chosen.home.is_dir():
        raise UsageError(f"--home {chosen.home} is a file; name a folder")
    if not chosen.home.exists() and (chosen.command, getattr(chosen, "action", None)) in _OF_A_HOME:
        raise RuntimeError(f"there is no home {chosen.home}; run `consonance import`, or name another --home")
    for name, value in vars(chosen).items():
        for text in value if isinstance(value, list) else [value]:
            try:
                str(text).encode("utf-8", "strict" if isinstance(text, str) else "surrogateescape")
            except UnicodeEncodeError as error:
                raise UsageError(f"{name} {text!r} is not UTF-8; check what the terminal sends") from error


def _complain(text: str, status: int) -> int:
    line = on_one_line(f"consonance: {text}")
    if len(line) > LONGEST_COMPLAINT:
        line = f"{line[:LONGEST_COMPLAINT]}..."
    sys.stderr.write(line.encode(errors="backslashreplace").decode() + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
