"""The command line: `consonance COMMAND`. Each command's work is in the module of its name in `api/terminal/commands`."""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from api.settings import Settings, SettingsError
from api.words import HIDE_AI, POLICIES, on_one_line
from catalog.consent.flags import FlagKind, FlagState
from catalog.consent.rights import CommercialModel, GrantedUse, GrantState
from catalog.consent.sources import SOURCE_KINDS
from catalog.instants import parse_instant
from catalog.tracks import parse_territory

DONE, FAILED, WRONG_WORDS = 0, 1, 2

MAX_WORKERS = 256
LONGEST_COMPLAINT = 600
"""Characters of an error's line: it may quote what was typed."""

_EXAMPLES = """
  consonance demo                                       a generated catalog, built, and a playlist from it
  consonance import jamendo ~/jamendo                   a Creative Commons catalog; its licences become deals
  consonance import ddex deliveries/                    a licensor's ERN messages: tracks, deals, what was made with AI
  consonance import tracks songs.csv --column uid=track_id --assert-deal "our own recordings"
  consonance import ai_list harbour-watch.csv           a community's list: suspicions, matched by identifier
  consonance import ai_list artists.json --source soul-over-ai
  consonance build                                      embeddings, indexes and factors, switched atomically
  consonance playlist "rainy sunday jazz, no vocals, 45 minutes"
  consonance consent takedown trk_0042 --reason "dispute"
"""


_IMPORT_EXAMPLES = """
  consonance import tracks songs.csv --column uid=track_id --assert-deal "our own recordings"
  consonance import ddex deliveries/ --check            read every message and say what it would do; nothing is stored
  consonance import ddex deliveries/                    the last word of each sender counts, in whatever order they come

A purge, or a message without deals, ends what its sender licensed; the summary says of how many recordings, and which
later message counts where one came late. Of test messages nothing is stored.
"""
_SHOW_EXAMPLES = """
  consonance consent show trk_0042
  consonance consent show QZ-ABC-21-00001 --territory FR --policy labelled_ai
  consonance consent show trk_0042 --known-at 2026-03-03      what was said then, by what was known then
"""
_GRANT_EXAMPLES = """
  consonance consent grant trk_0042 training not_allowed --by artist_statement
  consonance consent grant --artist "Marta Quell" recommendation not_allowed --territory FR --by artist_statement
  consonance consent grant --label "North Pier" ai_placement not_allowed --from 2026-12-01 --by "North Pier Legal"
  consonance consent grant trk_0042 ai_source allowed --by registry --evidence "licence 17 of 2026"
"""
_FLAG_EXAMPLES = """
  consonance consent flag trk_0042 duplicate open --evidence "same as trk_0007"
  consonance consent flag trk_0042 ai_suspected open --score 0.8 --by detector:aurora-2
  consonance consent flag trk_0042 duplicate cleared --by human_review
"""
_REASONS_EXAMPLES = """
  consonance consent reasons
"""


class _Parser(argparse.ArgumentParser):
    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        sys.stdout.flush()  # Help may go into a closed pipe too.
        super().exit(status, message)

    def error(self, message: str) -> NoReturn:
        raise _WrongWordsError(f"{message} (try `{self.prog} --help`)")


class _WrongWordsError(Exception):
    """Words that are no command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 done, 1 failed with one line on stderr, 2 the words were wrong."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # What the formats promise.
    try:
        settings = Settings.from_env(os.environ)
        chosen = _parser(settings).parse_args(arguments)
        _check(chosen)
        chosen.settings = settings
        importlib.import_module(f"api.terminal.commands.{chosen.module}").run(chosen)
        sys.stdout.flush()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # The reader has gone; say nothing more.
    except (OSError, RuntimeError) as error:
        return _complain(str(error) or type(error).__name__, FAILED)
    except (SettingsError, _WrongWordsError, ValueError) as error:
        return _complain(str(error), WRONG_WORDS)
    except KeyboardInterrupt:
        return _complain("stopped; nothing is half done", FAILED)
    return DONE


def _check(chosen: argparse.Namespace) -> None:
    """Raise for words that no command could do anything with."""
    if chosen.home.exists() and not chosen.home.is_dir():
        raise _WrongWordsError(f"--home {chosen.home} is a file; name a folder")
    for name, value in vars(chosen).items():
        for text in value if isinstance(value, list) else [value]:
            try:
                str(text).encode("utf-8", "strict" if isinstance(text, str) else "surrogateescape")
            except UnicodeEncodeError as error:
                raise _WrongWordsError(f"{name} {text!r} is not UTF-8; check what the terminal sends") from error


def _parser(settings: Settings) -> _Parser:
    parser = _Parser(
        prog="consonance",
        description="Playlists from a prompt, in which every track has a known right and a known consent state.",
        epilog=f"examples:{_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    context = _Parser(add_help=False)
    context.add_argument(
        "--territory",
        type=_argument(parse_territory),
        default=settings.territory,
        metavar="CC",
        help="ISO 3166-1 alpha-2 (%(default)s)",
    )
    context.add_argument(
        "--policy",
        default="strict",
        metavar="NAME",
        help="strict, labelled_ai, human_only, editorial_safe, or one of the home's consent.toml (%(default)s); "
        f"human_only is: {POLICIES['human_only']}",
    )
    context.add_argument(
        "--commercial-model",
        type=_one_of(CommercialModel),
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

    def in_home(folder: Path) -> _Parser:
        home = _Parser(add_help=False)
        home.add_argument(
            "--home", type=_folder, default=folder, metavar="DIR", help="catalog, bundles and log (%(default)s)"
        )
        return home

    home = in_home(settings.home)
    demo_home = in_home(settings.home if settings.home_given else settings.home / "demo")
    seeded = _Parser(add_help=False)
    seeded.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another seed, another list about as good (%(default)s)"
    )

    def add(name: str, help_: str, *parents: _Parser, module: str | None = None) -> _Parser:
        command = commands.add_parser(name, help=help_, description=help_, parents=list(parents))
        command.set_defaults(module=module or name)
        return command

    demo_help = "generate the demo catalog, build it, and print a playlist with its consent evidence"
    demo = add("demo", demo_help, demo_home, context, seeded)
    demo.add_argument("prompt", nargs="?", default="rainy sunday jazz, no vocals", metavar="PROMPT", help="%(default)r")

    imports = add(
        "import",
        "import a catalog, deliveries, what listeners did, consent records, or a list of suspected AI",
        home,
        module="imports",
    )
    imports.epilog = f"examples:{_IMPORT_EXAMPLES}"
    imports.formatter_class = argparse.RawDescriptionHelpFormatter
    imports.add_argument(
        "source",
        choices=("tracks", "artists", "interactions", "playlists", "consent", "ai_list", "ddex", "jamendo"),
        metavar="SOURCE",
        help="%(choices)s",
    )
    imports.add_argument(
        "path",
        type=Path,
        metavar="PATH",
        help="CSV, TSV, JSONL or Parquet, .gz allowed; an ERN message (XML) or a folder of them for ddex; a folder for jamendo",
    )
    imports.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="call one of the file's columns by our name; may be repeated",
    )
    imports.add_argument(
        "--source", dest="list_name", metavar="NAME", help="what a list of AI artists is called, if not as its file"
    )
    imports.add_argument(
        "--assert-deal",
        metavar="REASON",
        help="record one worldwide deal for every track imported, on your word; the reason is kept as its evidence",
    )
    imports.add_argument("--check", action="store_true", help="for ddex: read and report only; the home is left alone")

    add("build", "encode, index and learn what changed, then switch to the new bundle", home)

    playlist = add("playlist", "print a playlist for a prompt", home, context, seeded)
    playlist.add_argument("prompt", metavar="PROMPT")
    size = playlist.add_mutually_exclusive_group()
    size.add_argument("--length", type=int, metavar="N", help="tracks, 1 to 1,000 (20, unless the prompt says)")
    size.add_argument("--minutes", type=float, metavar="M", help="minutes, 1 to 6,000")
    playlist.add_argument("--user", metavar="ID", help="a listener of the catalog, for a personal order")
    playlist.add_argument("--hide-ai", action="store_true", help=HIDE_AI)
    playlist.add_argument(
        "--block-artist", action="append", default=[], metavar="NAME", help="nothing by this artist; may be repeated"
    )
    playlist.add_argument(
        "--block-label", action="append", default=[], metavar="NAME", help="nothing on this label; may be repeated"
    )
    playlist.add_argument(
        "--format",
        choices=("table", "json", "jspf", "xspf", "m3u8", "csv"),
        default="table",
        help="%(choices)s (%(default)s)",
    )

    explain = add("explain", "say why each track of a playlist is in it, and what was withheld and why", home)
    explain.add_argument("playlist_id", metavar="PLAYLIST_ID")

    consent = add("consent", "show or change what is on record about a track", module="consent")
    actions = consent.add_subparsers(metavar="ACTION", required=True)
    _add_consent_actions(actions, home, context)
    takedown = actions.add_parser(
        "takedown", help="stop using tracks, from now on", description="Stop using tracks, from now on.", parents=[home]
    )
    takedown.add_argument("tracks", nargs="+", metavar="TRACK")
    takedown.add_argument(
        "--territory",
        type=_argument(parse_territory),
        action="append",
        metavar="CC",
        help="only there; may be repeated (everywhere)",
    )
    takedown.add_argument("--reason", required=True, help="kept on record")
    takedown.add_argument(
        "--lift",
        action="store_true",
        help="lift the take-downs of these tracks instead; with --territory, those for exactly these",
    )
    takedown.set_defaults(action="takedown")

    serve = add("serve", "serve the API and the listener's page", home)
    serve.add_argument("--host", default="127.0.0.1", help="%(default)s")
    serve.add_argument("--port", type=_whole_number(1, 65_535), default=8000, metavar="N", help="%(default)s")
    serve.add_argument(
        "--workers", type=_whole_number(1, MAX_WORKERS), default=1, metavar="N", help="processes (%(default)s)"
    )

    add("exposures", "write what was logged and is not sealed yet into Parquet, and list the files", home)
    add("doctor", "say what is installed, built, stale or broken, and the remedy", home)
    return parser


def _add_consent_actions(actions: "argparse._SubParsersAction[_Parser]", home: _Parser, context: _Parser) -> None:
    """Add what may be shown and said about a recording; take-downs stand beside it."""

    def add(name: str, help_: str, *parents: _Parser, examples: str) -> _Parser:
        action = actions.add_parser(
            name,
            help=help_,
            description=f"{help_[0].upper()}{help_[1:]}.",
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=list(parents),
        )
        action.set_defaults(action=name)
        return action

    def add_subject(action: _Parser) -> None:
        subject = action.add_mutually_exclusive_group()
        subject.add_argument(
            "--artist", metavar="NAME", help="all recordings that credit exactly this name, guests too"
        )
        subject.add_argument("--artist-id", metavar="ID", help="all recordings of the artist of this id")
        subject.add_argument("--label", metavar="NAME", help="all recordings of this label")
        action.add_argument(
            "track", nargs="?", metavar="TRACK", help="a track id or an ISRC, unless --artist, --artist-id or --label"
        )
        action.add_argument("--as-lead", action="store_true", help="only recordings that the artist leads")
        action.add_argument(
            "--also", action="append", default=[], metavar="NAME", help="a near name to take along; may be repeated"
        )

    show = add("show", "tell the story of a recording: what is decided, why, and what would change it", home, context,
               examples=_SHOW_EXAMPLES)  # fmt: skip
    show.add_argument("track", metavar="TRACK", help="a track id or an ISRC, with or without hyphens")
    show.add_argument(
        "--known-at",
        type=_argument(parse_instant),
        metavar="INSTANT",
        help="answer by what was on record then; --at is then the same instant unless it is given",
    )

    grant = add(
        "grant", "put on record what artist or rightsholder allow, and what not", home, examples=_GRANT_EXAMPLES
    )
    add_subject(grant)
    grant.add_argument("use", type=_one_of(GrantedUse), choices=list(GrantedUse), metavar="USE", help="%(choices)s")
    grant.add_argument("state", type=_one_of(GrantState), choices=list(GrantState), metavar="STATE", help="%(choices)s")
    grant.add_argument(
        "--territory",
        type=_argument(parse_territory),
        action="append",
        metavar="CC",
        help="only there; may be repeated (everywhere)",
    )
    grant.add_argument("--from", dest="start", type=_argument(parse_instant), metavar="DATE", help="from then on")
    grant.add_argument("--until", dest="end", type=_argument(parse_instant), metavar="DATE", help="until before then")
    grant.add_argument(
        "--by", required=True, metavar="SOURCE", help=f"who said so: {', '.join(SOURCE_KINDS)} or a name"
    )
    grant.add_argument("--evidence", metavar="TEXT", help="kept on record")

    flag = add("flag", "put a suspicion on record, confirm it or clear it", home, examples=_FLAG_EXAMPLES)
    add_subject(flag)
    flag.add_argument("kind", type=_one_of(FlagKind), choices=list(FlagKind), metavar="KIND", help="%(choices)s")
    flag.add_argument("state", type=_one_of(FlagState), choices=list(FlagState), metavar="STATE", help="%(choices)s")
    flag.add_argument(
        "--score", type=_fraction, metavar="X", help="how strongly, 0 to 1; without one it counts in full"
    )
    flag.add_argument("--by", default="operator", metavar="SOURCE", help="who says so (%(default)s)")
    flag.add_argument(
        "--evidence", metavar="TEXT", help="kept on record; a cleared suspicion needs new evidence to reopen"
    )

    add(
        "reasons",
        "list every reason code with what it means and what would change it",
        home,
        examples=_REASONS_EXAMPLES,
    )


Read = TypeVar("Read")
Name = TypeVar("Name", bound=StrEnum)


def _argument(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Let argparse show what a reader says of a wrong value."""

    def checked(text: str) -> Read:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked


def _one_of(names: type[Name]) -> Callable[[str], Name]:
    """Read one of a few names; argparse says which there are."""

    def checked(text: str) -> Name:
        try:
            return names(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(names)}") from None

    return checked


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("is empty; name a folder")
    return Path(text)


def _whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isdecimal() and lowest <= int(text) <= highest):
            raise ValueError(f"{text!r} is not a whole number from {lowest} to {highest:,}")
        return int(text)

    return _argument(read)


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def _complain(text: str, status: int) -> int:
    line = on_one_line(f"consonance: {text}")
    if len(line) > LONGEST_COMPLAINT:
        line = f"{line[:LONGEST_COMPLAINT]}..."
    sys.stderr.write(line.encode(errors="backslashreplace").decode() + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
