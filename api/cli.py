"""The command line: `consonance COMMAND`. Each command's work is in the module of its name in `api/commands`."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

from api.settings import Settings, SettingsError
from catalog.records import parse_instant
from catalog.rights import CommercialModel
from catalog.tracks import parse_territory

DONE, FAILED, WRONG_WORDS = 0, 1, 2

_EXAMPLES = """
  consonance demo                                       a generated catalog, built, and a playlist from it
  consonance import jamendo ~/jamendo                   a Creative Commons catalog; its licences become deals
  consonance import tracks songs.csv --column uid=track_id --assert-deal "our own recordings"
  consonance build                                      embeddings, indexes and factors, switched atomically
  consonance playlist "rainy sunday jazz, no vocals, 45 minutes"
  consonance consent takedown trk_0042 --reason "dispute"
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_WORDS, f"{self.prog}: {_one_line(message)} (try `{self.prog} --help`)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 done, 1 failed with one line on stderr, 2 the words were wrong."""
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as error:
        return _complain(str(error), WRONG_WORDS)
    try:
        chosen = _parser(settings).parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    chosen.settings = settings
    command = importlib.import_module(f"api.commands.{chosen.module}")
    try:
        command.run(chosen)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # The reader has gone; say nothing more.
    except (OSError, RuntimeError) as error:
        return _complain(str(error) or type(error).__name__, FAILED)
    except ValueError as error:
        return _complain(str(error), WRONG_WORDS)
    except KeyboardInterrupt:
        return _complain("stopped; nothing is half done", FAILED)
    return DONE


def _parser(settings: Settings) -> _Parser:
    parser = _Parser(
        prog="consonance",
        description="Playlists from a prompt, in which every track has a known right and a known consent state.",
        epilog=f"examples:{_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    home = _Parser(add_help=False)
    home.add_argument(
        "--home", type=Path, default=settings.home, metavar="DIR", help="catalog, bundles and log (%(default)s)"
    )
    context = _Parser(add_help=False)
    context.add_argument(
        "--territory",
        type=_argument(parse_territory),
        default=settings.territory,
        metavar="CC",
        help="ISO 3166-1 alpha-2 (%(default)s)",
    )
    context.add_argument(
        "--policy", default="strict", metavar="NAME", help="strict, labelled_ai or human_only (%(default)s)"
    )
    context.add_argument(
        "--commercial-model",
        type=CommercialModel,
        choices=list(CommercialModel),
        default=CommercialModel.FREE_OF_CHARGE,
        metavar="MODEL",
        help="a DDEX CommercialModelType (%(default)s)",
    )
    context.add_argument(
        "--at",
        type=_argument(parse_instant),
        metavar="INSTANT",
        help="answer as of another moment, such as 2026-01-31T12:00:00Z",
    )

    def add(name: str, help_: str, *parents: _Parser, module: str | None = None) -> _Parser:
        command = commands.add_parser(name, help=help_, description=help_, parents=[home, *parents])
        command.set_defaults(module=module or name)
        return command

    demo = add("demo", "generate the demo catalog, build it, and print a playlist with its consent evidence", context)
    demo.add_argument("prompt", nargs="?", default="rainy sunday jazz, no vocals", metavar="PROMPT", help="%(default)r")
    demo.set_defaults(home=None)
    demo.add_argument("--seed", type=int, default=0, help="another seed, another list about as good")

    imports = add("import", "import a catalog, what listeners did, or consent records", module="imports")
    imports.add_argument(
        "source",
        choices=("tracks", "artists", "interactions", "playlists", "consent", "jamendo"),
        metavar="SOURCE",
        help="%(choices)s",
    )
    imports.add_argument(
        "path", type=Path, metavar="PATH", help="CSV, TSV, JSONL or Parquet, .gz allowed; a folder for jamendo"
    )
    imports.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="call one of the file's columns by our name; may be repeated",
    )
    imports.add_argument(
        "--assert-deal",
        metavar="REASON",
        help="record one worldwide deal for every track imported, on your word; the reason is kept as its evidence",
    )

    add("build", "encode, index and learn what changed, then switch to the new bundle")

    playlist = add("playlist", "print a playlist for a prompt", context)
    playlist.add_argument("prompt", metavar="PROMPT")
    size = playlist.add_mutually_exclusive_group()
    size.add_argument("--length", type=int, metavar="N", help="tracks, 1 to 1,000 (20, unless the prompt says)")
    size.add_argument("--minutes", type=float, metavar="M", help="minutes, 1 to 6,000")
    playlist.add_argument("--user", metavar="ID", help="a listener of the catalog, for a personal order")
    playlist.add_argument("--seed", type=int, default=0, help="another seed, another list about as good")
    playlist.add_argument(
        "--format",
        choices=("table", "json", "jspf", "xspf", "m3u8", "csv"),
        default="table",
        help="%(choices)s (%(default)s)",
    )

    explain = add("explain", "say why each track of a playlist is in it, and what was withheld and why")
    explain.add_argument("playlist_id", metavar="PLAYLIST_ID")

    consent = add("consent", "show or change what is on record about a track")
    actions = consent.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="what is on record about a track, and what follows", parents=[home, context])
    show.add_argument("track", metavar="TRACK")
    show.set_defaults(action="show")
    takedown = actions.add_parser("takedown", help="stop using tracks, from now on", parents=[home])
    takedown.add_argument("tracks", nargs="+", metavar="TRACK")
    takedown.add_argument(
        "--territory",
        type=_argument(parse_territory),
        action="append",
        metavar="CC",
        help="only there; may be repeated (everywhere)",
    )
    takedown.add_argument("--reason", required=True, help="kept on record")
    takedown.set_defaults(action="takedown")

    serve = add("serve", "serve the API and the listener's page")
    serve.add_argument("--host", default="127.0.0.1", help="%(default)s")
    serve.add_argument("--port", type=int, default=8000, help="%(default)s")
    serve.add_argument("--workers", type=int, default=1, help="processes (%(default)s)")

    add("exposures", "write what was logged and is not sealed yet into Parquet, and list the files")
    add("doctor", "say what is installed, built, stale or broken, and the remedy")
    return parser


Read = TypeVar("Read")


def _argument(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Let argparse show what a reader says of a wrong value."""

    def checked(text: str) -> Read:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _complain(text: str, status: int) -> int:
    line = f"consonance: {_one_line(text)}"
    sys.stderr.write(line.encode(errors="backslashreplace").decode() + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
