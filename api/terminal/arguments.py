"""Arguments of every command, declared in one table that imports nothing a command needs to run."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from api.keys.store import PER_MINUTE, QUOTA, SCOPES
from api.settings import Settings
from api.terminal.examples import PROMPT, examples
from api.terminal.parsing import (
    Argument,
    Command,
    Parser,
    checked_by,
    file,
    folder,
    fraction,
    one_of,
    territory,
    whole_number,
)
from api.wording import HIDE_AI, POLICY_DESCRIPTIONS
from catalog import __version__
from catalog.consent import SOURCE_KINDS, CommercialModel, FlagKind, FlagState, GrantedUse, GrantState
from catalog.instants import parse_instant

MAX_WORKERS = 256
LATEST_IMPORT = 2**63 - 1


def parser(settings: Settings) -> Parser:
    """Return the parser of the command line; territory and home are those of the settings where none is given."""
    made = Parser(
        prog="consonance",
        description="Playlists from a prompt, in which every track has a known right and a known consent state.",
        epilog=examples(""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"consonance {__version__}")
    commands = made.add_subparsers(metavar="COMMAND", required=True)
    for command in _commands(settings):
        added = _add(commands, command, command.help, command.name)
        added.set_defaults(command=command.name)
        if command.actions:
            actions = added.add_subparsers(metavar="ACTION", required=True)
            for action in command.actions:
                name, told = f"{command.name} {action.name}", f"{action.help[0].upper()}{action.help[1:]}."
                _add(actions, action, told, name).set_defaults(action=action.name)
    return made


def _add(parsers: "argparse._SubParsersAction[Parser]", command: Command, description: str, name: str) -> Parser:
    added = parsers.add_parser(
        command.name,
        help=command.help,
        description=description,
        epilog=examples(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for taken in command.takes:
        group = added if isinstance(taken, Argument) else added.add_mutually_exclusive_group()
        for argument in [taken] if isinstance(taken, Argument) else taken:
            group.add_argument(*argument.names, **argument.options)
    return added


_IN_TERRITORIES = Argument(
    "--territory",
    type=territory,
    action="append",
    metavar="CC",
    help="only there; may be repeated (everywhere)",
)
_SEED = Argument(
    "--seed", type=int, default=0, metavar="N", help="another seed, another list about as good (%(default)s)"
)
_POLICY_MODEL_AT = (
    Argument(
        "--policy",
        metavar="NAME",
        help="strict, labelled_ai, human_only, editorial_safe, or one of the home's consent.toml (strict); "
        f"human_only is: {POLICY_DESCRIPTIONS['human_only']}",
    ),
    Argument(
        "--commercial-model",
        type=one_of(CommercialModel),
        choices=list(CommercialModel),
        metavar="MODEL",
        help=f"a DDEX CommercialModelType ({CommercialModel.FREE_OF_CHARGE})",
    ),
    Argument(
        "--at",
        type=checked_by(parse_instant),
        metavar="INSTANT",
        help="answer as of another moment, such as 2026-01-31T12:00:00Z",
    ),
)
_SUBJECT = (
    [
        Argument("--artist", metavar="NAME", help="all recordings that credit exactly this name, guests too"),
        Argument("--artist-id", metavar="ID", help="all recordings of the artist of this id"),
        Argument("--label", metavar="NAME", help="all recordings of this label"),
    ],
    Argument(
        "track", nargs="?", metavar="TRACK", help="a track id or an ISRC, unless --artist, --artist-id or --label"
    ),
    Argument("--as-lead", action="store_true", help="only recordings that the artist leads"),
    Argument("--also", action="append", default=[], metavar="NAME", help="a near name to take along; may be repeated"),
)
_IMPORT = (
    Argument(
        "source",
        choices=("tracks", "artists", "interactions", "playlists", "consent", "ai_list", "ddex", "jamendo"),
        metavar="SOURCE",
        help="%(choices)s",
    ),
    Argument(
        "path",
        type=Path,
        metavar="PATH",
        help="CSV, TSV, JSON, JSONL or Parquet, .gz allowed; an ERN message (XML) or a folder of them for ddex; a folder for jamendo",
    ),
    Argument(
        "--column",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="call one of the file's columns by our name; dots lead into objects (track_metadata.artist_name=artist); may be repeated",
    ),
    Argument(
        "--set",
        dest="constants",
        action="append",
        default=[],
        metavar="OURS=VALUE",
        help="the value of one of our columns where a row has none (user_id=me); may be repeated",
    ),
    Argument(
        "--problems",
        type=Path,
        metavar="FILE",
        help="write every problem into a file, a line each, what costs most first",
    ),
    Argument(
        "--source", dest="list_name", metavar="NAME", help="what a list of AI artists is called, if not as its file"
    ),
    Argument(
        "--assert-deal",
        metavar="REASON",
        help="record one worldwide deal for every track imported, on your word; the reason is kept as its evidence",
    ),
    Argument("--check", action="store_true", help="for ddex: read and report only; the home is left alone"),
)
_FORGET = (
    Argument("what", choices=("interactions",), metavar="WHAT", help="%(choices)s: plays that were imported"),
    Argument(
        "--import",
        dest="import_id",
        type=whole_number(0, LATEST_IMPORT),
        metavar="ID",
        help="take out what this import told, and no other; without it they are listed",
    ),
)
_BUILD = (
    Argument(
        "--learn-from-log",
        action="store_true",
        help="afterwards learn factors of the channels from what followed answers of a variant that explores, judge them on later "
        "ones, and write them, where they do better beyond chance, as a candidate in HOME/candidates",
    ),
    Argument("--suspected", type=file, metavar="FILE", help="units or listeners not to learn from, one a line"),
)

_PLAYLIST = (
    Argument(
        "prompt", nargs="*", metavar="PROMPT", help="what you would like to hear, in your words; - reads standard input"
    ),
    Argument("--then", action="store_true", help="go on with the last list: the prompt says what shall change"),
    [
        Argument("--length", type=int, metavar="N", help="tracks, 1 to 1,000 (20, unless the prompt says)"),
        Argument("--minutes", type=float, metavar="M", help="minutes, 1 to 6,000"),
    ],
    Argument("--user", metavar="ID", help="a listener of the catalog, for a personal order"),
    Argument("--hide-ai", action="store_true", help=HIDE_AI),
    Argument(
        "--block-artist", action="append", default=[], metavar="NAME", help="nothing by this artist; may be repeated"
    ),
    Argument(
        "--block-label", action="append", default=[], metavar="NAME", help="nothing on this label; may be repeated"
    ),
    Argument(
        "--format",
        choices=("table", "json", "jspf", "xspf", "m3u8", "csv", "txt"),
        default="table",
        help="%(choices)s (%(default)s)",
    ),
)
_SHOW = (
    Argument("track", metavar="TRACK", help="a track id or an ISRC, with or without hyphens"),
    Argument(
        "--known-at",
        type=checked_by(parse_instant),
        metavar="INSTANT",
        help="answer by what was on record then; --at is then the same instant unless it is given",
    ),
)
_GRANT = (
    Argument("use", type=one_of(GrantedUse), choices=list(GrantedUse), metavar="USE", help="%(choices)s"),
    Argument("state", type=one_of(GrantState), choices=list(GrantState), metavar="STATE", help="%(choices)s"),
    _IN_TERRITORIES,
    Argument("--from", dest="start", type=checked_by(parse_instant), metavar="DATE", help="from then on"),
    Argument("--until", dest="end", type=checked_by(parse_instant), metavar="DATE", help="until before then"),
    Argument("--by", required=True, metavar="SOURCE", help=f"who said so: {', '.join(SOURCE_KINDS)} or a name"),
    Argument("--evidence", metavar="TEXT", help="kept on record"),
)
_FLAG = (
    Argument("kind", type=one_of(FlagKind), choices=list(FlagKind), metavar="KIND", help="%(choices)s"),
    Argument("state", type=one_of(FlagState), choices=list(FlagState), metavar="STATE", help="%(choices)s"),
    Argument("--score", type=fraction, metavar="X", help="how strongly, 0 to 1; without one it counts in full"),
    Argument("--by", default="operator", metavar="SOURCE", help="who says so (%(default)s)"),
    Argument("--evidence", metavar="TEXT", help="kept on record; a cleared suspicion needs new evidence to reopen"),
)
_TAKEDOWN = (
    Argument("tracks", nargs="+", metavar="TRACK"),
    _IN_TERRITORIES,
    Argument("--reason", required=True, help="kept on record"),
    Argument(
        "--lift",
        action="store_true",
        help="lift the take-downs of these tracks instead; with --territory, those for exactly these",
    ),
)
_REPLAY = (
    [
        Argument(
            "requests", nargs="*", default=[], metavar="REQUEST_ID", help="of the answers; `last` is the newest list's"
        ),
        Argument("--all", action="store_true", help="every answer in the log"),
        Argument("--since", type=checked_by(parse_instant), metavar="DATE", help="those since then"),
    ],
)
_ERASE = Argument(
    "--erase-listener", metavar="ID", help="first erase a listener: log, plays, lists, imported listening"
)
_SERVE = (
    Argument("--host", default="127.0.0.1", help="%(default)s"),
    Argument("--port", type=whole_number(1, 65_535), default=8000, metavar="N", help="%(default)s"),
    Argument("--workers", type=whole_number(1, MAX_WORKERS), default=1, metavar="N", help="processes (%(default)s)"),
)


def _commands(settings: Settings) -> list[Command]:
    home = _home(settings.home)
    demo_home = _home(settings.home if settings.home_given else settings.home / "demo")
    where = Argument("--territory", type=territory, metavar="CC", help=f"ISO 3166-1 alpha-2 ({settings.territory})")
    context = (where, *_POLICY_MODEL_AT)
    prompt = Argument("prompt", nargs="*", metavar="PROMPT", help=f"{PROMPT!r} if not given; - reads standard input")
    return [
        Command(
            "demo",
            "generate the demo catalog, build it, and print a playlist with its consent evidence",
            (demo_home, *context, _SEED, prompt),
        ),
        Command(
            "import",
            "import a catalog, deliveries, what listeners did, consent records, or a list of suspected AI",
            (home, *_IMPORT),
        ),
        Command("forget", "list imports of plays, or take one out again", (home, *_FORGET)),
        Command(
            "build",
            "encode and index what changed, learn again where listening did, then switch to the new bundle",
            (home, *_BUILD),
        ),
        Command("playlist", "print a playlist for a prompt", (home, *context, _SEED, *_PLAYLIST)),
        Command(
            "explain",
            "say why each track of a playlist is in it, and what was withheld and why",
            (home, Argument("playlist_id", metavar="PLAYLIST_ID", help="as it stands under a list, or `last`")),
        ),
        Command("replay", "answer again from the log, for audits, and say what differs or is gone", (home, *_REPLAY)),
        Command("consent", "show or change what is on record about a track", actions=_consent_actions(home, context)),
        Command("serve", "serve the API and the listener's page", (home, *_SERVE)),
        Command("keys", "make, list and revoke the API's keys", actions=_keys_actions(home)),
        Command(
            "experiments", "list, check and move experiments, or print vectors", actions=_experiments_actions(home)
        ),
        Command(
            "exposures", "write what was logged and is not sealed yet into Parquet, and list the files", (home, _ERASE)
        ),
        Command(
            "backup",
            "copy the catalog to a file, beside running servers",
            (home, Argument("file", type=Path, metavar="FILE", help="the file to make")),
        ),
        Command(
            "restore",
            "bring a backup back; what restricts and is not in it is carried over",
            (home, Argument("file", type=Path, metavar="FILE", help="what `consonance backup` made")),
        ),
        Command("doctor", "say what is installed, built, stale or broken, and the remedy", (home,)),
    ]


def _keys_actions(home: Argument) -> list[Command]:
    scopes = "; ".join(f"{scope}: {words}" for scope, words in SCOPES.items())
    return [
        Command(
            "make",
            "make a key, which is shown once",
            (
                home,
                Argument("label", metavar="LABEL", help="whose key it is, in words"),
                Argument("--scope", action="append", choices=SCOPES, required=True, help=f"again for more. {scopes}"),
                Argument(
                    "--party",
                    action="append",
                    default=[],
                    metavar="NAME",
                    help="for whom a consent key may speak: names or ids of artists and labels, and of whom it delivers messages, their DPID",
                ),
                Argument("--source", action="append", default=[], choices=SOURCE_KINDS, help="as whom it may speak"),
                Argument(
                    "--per-minute",
                    type=whole_number(1, 1_000_000),
                    default=PER_MINUTE,
                    metavar="N",
                    help="%(default)s",
                ),
                Argument(
                    "--quota",
                    type=whole_number(0, 1_000_000),
                    default=QUOTA,
                    metavar="N",
                    help="lists it may keep (%(default)s)",
                ),
            ),
        ),
        Command("list", "list every key, without its secret", (home,)),
        Command(
            "revoke",
            "let a key open nothing any more",
            (home, Argument("key", metavar="KEY", help="its id")),
        ),
    ]


def _experiments_actions(home: Argument) -> list[Command]:
    files = Argument("file", nargs="+", type=file, metavar="FILE", help="in place of those that describe the same ones")
    units = Argument("--units", type=file, metavar="FILE", help="say which of these units move, one a line")
    count = Argument("count", type=whole_number(1, 1_000_000), metavar="N", help="how many")
    return [
        Command("list", "list what is in force", (home,)),
        Command(
            "check",
            "say whether files could come into force beside the others; nothing changes",
            (home, files),
        ),
        Command(
            "move",
            "turn a lone experiment.toml into a file of the folder, and say who moves",
            (home, units),
        ),
        Command(
            "vectors",
            "print units and their buckets (JSON lines) that other implementations equal",
            (home, count),
        ),
    ]


def _consent_actions(home: Argument, context: Sequence[Argument]) -> list[Command]:
    return [
        Command(
            "show",
            "tell the story of a recording: what is decided, why, and what would change it",
            (home, *context, *_SHOW),
        ),
        Command(
            "grant",
            "put on record what artist or rightsholder allow, and what not",
            (home, *_SUBJECT, *_GRANT),
        ),
        Command(
            "flag",
            "put a suspicion on record, confirm it or clear it",
            (home, *_SUBJECT, *_FLAG),
        ),
        Command(
            "reasons",
            "list every reason code with what it means and what would change it",
            (home,),
        ),
        Command("takedown", "stop using tracks, from now on", (home, *_TAKEDOWN)),
    ]


def _home(default: Path) -> Argument:
    return Argument(
        "--home", type=folder, default=default, metavar="DIR", help="catalog, bundles and log (%(default)s)"
    )
