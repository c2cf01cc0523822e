"""`python -m eval`: run systems over queries, compare two runs, make a page of one, judge the reading of wishes, bring sets in."""

import argparse
import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

from platformdirs import user_data_path
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from catalog.consent.presets import ConsentSettings
from catalog.consent.rights import CommercialModel
from catalog.tracks import TrackId, parse_territory
from eval.commands.running import COSTED, DEPTHS, RunSettings, run
from eval.commands.seeds import compare_seeds
from eval.commands.tag_lessons import teach
from eval.commands.weights import QuerySet, learn_weights
from eval.datasets import DATASETS, load_dataset, requests
from eval.datasets.files import Folder
from eval.measures.metrics import parse_metric
from eval.prompts.linking import judge, link, linking_table
from eval.prompts.wishes import HALVES, BrokenWishError, WishReport, judge_wishes, wished_prompts
from eval.queries import DatasetError, read_id, read_queries, write_queries
from eval.reporting.results import HEADLINE, PRIMARY, Run, compare_runs
from eval.reporting.tables import ResultTable
from eval.systems.lineup import DEFAULT, PEERS, PRODUCT, SYSTEMS, LineupError
from recommender.blending import CHANNELS
from recommender.bundles import open_bundle
from recommender.indexes.names import CatalogNames

DONE, FAILED, WRONG_WORDS = 0, 1, 2

NARROWEST = 160
"""Columns of a table that goes into a file or pipe."""

_EXAMPLES = """
examples, from a published set to the page of a change:
  python -m eval queries captions ~/data captions.jsonl
  python -m eval run --home ~/jamendo --queries captions.jsonl --out before
  python -m eval run --home ~/jamendo --queries captions.jsonl --out after
  python -m eval compare before after
  python -m eval report after

`python -m eval COMMAND --help` tells more of each.
"""

_RUN_EXAMPLES = f"""
examples:
  python -m eval run --queries captions.jsonl
  python -m eval run --queries captions.jsonl --systems bm25,hybrid --k 10,100 --out before
  python -m eval run --queries dialogs.jsonl --candidates ids.txt --territory GB --policy human_only
  python -m eval run --queries dialogs.jsonl --systems hybrid --without all    what each channel of the product is worth
  python -m eval run --queries dialogs.jsonl --policies all --timings          what consent costs, and how soon it counts

a line of a queries file:
  {{"query_id": "q1", "prompt": "late night coding, no vocals", "relevant": ["t17", "t4"], "liked": ["t9"]}}

systems: {", ".join(DEFAULT)}
peers, asked for by name, with the extra `peers` installed: {", ".join(PEERS)}
channels: {", ".join(CHANNELS)}
policies: {", ".join(ConsentSettings().offered)}, and those of the home's consent.toml
"""

_COMPARE_EXAMPLES = """
examples:
  python -m eval compare before after
  python -m eval compare before after --metric macro/hit@10
  python -m eval compare before after --metric songs/recall@100
"""

_REPORT_EXAMPLES = """
examples:
  python -m eval report after
  python -m eval report after --out ~/judged.html
"""

_WISHES_EXAMPLES = """
examples:
  python -m eval wishes
  python -m eval wishes --home .demo --half confirmation --out wishes.json

The status is 1 where a list breaks a wish that must hold, or is short and does not say so.
"""

_SEEDS_EXAMPLES = """
examples:
  python -m eval seeds --queries demo.jsonl
  python -m eval seeds --queries dialogs.jsonl --candidates ids.txt --seeds 9 --length 50
"""

_WEIGHTS_EXAMPLES = """
examples:
  python -m eval weights requests:dialogs.jsonl:ids.txt jamendo:captions.jsonl .demo:demo.jsonl

Each set counts alike, however many queries it has. Clusters are dealt into folds; each is judged by weights learned from the
others. The weights shipped stand in `recommender/blending.py`; a build learns those of examples and histories anew.
"""

_QUERIES_EXAMPLES = """
examples:
  python -m eval queries captions ~/data captions.jsonl
  python -m eval queries demo ~/.local/share/consonance/demo demo.jsonl
"""


_TAGS_EXAMPLES = """
examples:
  python -m eval tags ~/data recommender/indexes/tag_reader.npz
"""

_NAMES_EXAMPLES = """
examples:
  python -m eval names ~/data --home ~/requests
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_WORDS, f"{self.prog}: {_one_line(message)} (try `{self.prog} --help`)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 done, 1 failed with one line on stderr, 2 the words were wrong."""
    try:
        chosen = _parser().parse_args(arguments)
        chosen.command(chosen)
    except SystemExit as stop:
        return int(stop.code or 0)
    except (OSError, RuntimeError) as error:
        return _complain(str(error), FAILED)
    except ValueError as error:
        return _complain(str(error), WRONG_WORDS)
    except KeyboardInterrupt:
        return _complain("stopped; nothing was written", FAILED)
    return DONE


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m eval",
        description="Judges the recommender beside baselines, all inside the same permitted set.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[Namespace], None], told: str, examples: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=told,
            description=f"{told[0].upper()}{told[1:]}.",
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(command=run)
        return made

    runs = command("run", _run, "rank with systems, and print what each is worth, with intervals", _RUN_EXAMPLES)
    home = Path(os.environ.get("CONSONANCE_HOME") or user_data_path("consonance")).expanduser()
    _ask(runs, home)
    runs.add_argument(
        "--systems",
        type=_argument(_named("a system", SYSTEMS)),
        default=DEFAULT,
        metavar="NAMES",
        help="separated by commas; `all` for all of them (all but the peers)",
    )
    runs.add_argument(
        "--without",
        type=_argument(_named("a channel", CHANNELS)),
        default=(),
        metavar="CHANNELS",
        help="the product also without each of these channels; `all` for all",
    )
    runs.add_argument(
        "--k", type=_argument(_depths), default=DEPTHS, metavar="DEPTHS", help="places that are read (10,20,100)"
    )
    runs.add_argument(
        "--metrics",
        type=_argument(_metrics),
        default=(),
        metavar="NAMES",
        help=f"what is printed and compared, such as artists/recall@20 or macro/hit@10 ({','.join(HEADLINE)})",
    )
    runs.add_argument(
        "--policies",
        type=lambda text: tuple(dict.fromkeys(text.split(","))),
        default=(),
        metavar="NAMES",
        help="measure what these policies cost in relevance; `all` for all that the home offers",
    )
    runs.add_argument("--timings", action="store_true", help="keep how long answers and take-downs took")
    runs.add_argument(
        "--out", type=Path, metavar="DIR", help="write metrics.json, per_query.parquet and run.jsonl here"
    )

    compare = command(
        "compare", _compare, "tell what changed from one run to another, and whether by chance", _COMPARE_EXAMPLES
    )
    compare.add_argument("first", type=Path, metavar="A/", help="the folder of a run")
    compare.add_argument("second", type=Path, metavar="B/", help="the folder of the run after the change")
    compare.add_argument("--metric", default=PRIMARY, metavar="NAME", help="such as macro/hit@10 (%(default)s)")

    report = command(
        "report", _report, "make an HTML page of a run: tables, plots, the worst prompts", _REPORT_EXAMPLES
    )
    report.add_argument("folder", type=Path, metavar="DIR", help="what `run --out` wrote")
    report.add_argument("--out", type=Path, metavar="FILE.html", help="where the page goes (DIR/report.html)")

    wishes = command(
        "wishes", _wishes, "read the wishes in prompts of our own, and check that the lists meet them", _WISHES_EXAMPLES
    )
    wishes.add_argument("--home", type=Path, default=home, metavar="DIR", help="catalog and bundle (%(default)s)")
    wishes.add_argument("--half", choices=HALVES, help="only this half of the prompts: %(choices)s")
    wishes.add_argument(
        "--territory", type=_argument(parse_territory), default="DE", metavar="CC", help="ISO 3166-1 alpha-2 (DE)"
    )
    wishes.add_argument("--out", type=Path, metavar="FILE.json", help="write everything that was found here")

    seeds = command(
        "seeds",
        _seeds,
        "tell how much other lists for one prompt share, and what they cost in relevance",
        _SEEDS_EXAMPLES,
    )
    _ask(seeds, home)
    seeds.add_argument(
        "--seeds", type=int, default=5, metavar="N", help="compare seeds 1 to N with seed 0 (%(default)s)"
    )
    seeds.add_argument("--length", type=int, default=20, metavar="N", help="tracks in a list (%(default)s)")

    weights = command(
        "weights",
        _weights,
        "learn what the product's channels are worth, and judge it on queries that were not learned from",
        _WEIGHTS_EXAMPLES,
    )
    weights.add_argument("sets", nargs="+", metavar="HOME:QUERIES[:CANDIDATES]", help="a home and what to ask of it")
    weights.add_argument("--folds", type=int, default=10, metavar="N", help="2 or more (%(default)s)")

    queries = command("queries", _queries, "write a published set in the format of queries", _QUERIES_EXAMPLES)
    queries.add_argument("name", choices=list(DATASETS), metavar="NAME", help="%(choices)s")
    queries.add_argument("folder", type=Path, metavar="DIR", help="the data's folder")
    queries.add_argument("out", type=Path, metavar="OUT.jsonl")
    queries.add_argument(
        "--unpinned", action="store_true", help="take another version of the files; its numbers are not comparable"
    )

    tags = command("tags", _tags, "learn which tags prompts speak of, from descriptions with tags", _TAGS_EXAMPLES)
    tags.add_argument("folder", type=Path, metavar="DIR", help="the data's folder")
    tags.add_argument("out", type=Path, metavar="OUT.npz")
    tags.add_argument("--home", type=Path, default=home, metavar="DIR", help="whose encoder is taken (%(default)s)")

    names = command("names", _names, "tell how well artists named in requests are found", _NAMES_EXAMPLES)
    names.add_argument("folder", type=Path, metavar="DIR", help="the data's folder")
    names.add_argument("--home", type=Path, default=home, metavar="DIR", help="whose names are known (%(default)s)")
    names.add_argument(
        "--unpinned", action="store_true", help="take another version of the files; its numbers are not comparable"
    )
    return parser


def _tags(arguments: Namespace) -> None:
    reader = teach(open_bundle(arguments.home), Folder(arguments.folder), _progress)
    reader.save(arguments.out)
    _console().print(f"{len(reader):,} tags are read by {escape(str(arguments.out))}")


def _names(arguments: Namespace) -> None:
    names = CatalogNames.load(open_bundle(arguments.home).folder)
    folder = Folder(arguments.folder, arguments.unpinned)
    _console().print(linking_table({part: judge(link(requests.load(folder, part), names)) for part in requests.PARTS}))


def _ask(parser: argparse.ArgumentParser, home: Path) -> None:
    """Add what says which queries are asked of what."""
    parser.add_argument("--home", type=Path, default=home, metavar="DIR", help="catalog and bundle (%(default)s)")
    parser.add_argument("--queries", type=Path, required=True, metavar="FILE", help="queries as JSONL")
    parser.add_argument("--candidates", type=Path, metavar="IDS.txt", help="rank only these tracks, one id a line")
    parser.add_argument(
        "--territory", type=_argument(parse_territory), default="DE", metavar="CC", help="ISO 3166-1 alpha-2 (DE)"
    )
    parser.add_argument("--policy", default="strict", metavar="NAME", help="what consent has to say (%(default)s)")
    parser.add_argument(
        "--commercial-model",
        type=CommercialModel,
        choices=list(CommercialModel),
        default=CommercialModel.FREE_OF_CHARGE,
        metavar="MODEL",
        help="a DDEX CommercialModelType (%(default)s)",
    )


def _seeds(arguments: Namespace) -> None:
    settings = RunSettings(
        candidates=None if arguments.candidates is None else _ids(arguments.candidates),
        territory=arguments.territory,
        policy=arguments.policy,
        commercial_model=arguments.commercial_model,
    )
    queries = read_queries(arguments.queries)
    found = compare_seeds(arguments.home, queries, settings, arguments.seeds, arguments.length, _progress)
    out = _console()
    for table in (found.price, found.common):
        out.print(table)


def _weights(arguments: Namespace) -> None:
    sets = [_query_set(text) for text in arguments.sets]
    _, tables = learn_weights(sets, RunSettings(), arguments.folds, _progress)
    out = _console()
    for table in tables:
        out.print(table)


def _query_set(text: str) -> QuerySet:
    """Read HOME:QUERIES[:CANDIDATES]. Raises ValueError for anything else."""
    parts = text.split(":")
    if not 2 <= len(parts) <= 3 or not all(parts):
        raise ValueError(f"{text!r} is not a set of queries: write HOME:QUERIES or HOME:QUERIES:CANDIDATES")
    home, queries = Path(parts[0]), Path(parts[1])
    candidates = _ids(Path(parts[2])) if len(parts) == 3 else None
    return QuerySet(f"{home.name}, {queries.stem}", home, read_queries(queries), candidates)


def _queries(arguments: Namespace) -> None:
    queries = load_dataset(arguments.name, arguments.folder, unpinned=arguments.unpinned)
    write_queries(queries, arguments.out)
    clusters = len({query.cluster for query in queries})
    _console().print(f"{len(queries):,} queries in {clusters:,} clusters are in {escape(str(arguments.out))}")


def _run(arguments: Namespace) -> None:
    for name in arguments.metrics:
        if parse_metric(name).k not in arguments.k:
            raise ValueError(f"--metrics {name}: lists are not read to that depth; add it to --k")
    queries = read_queries(arguments.queries)
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
    settings = RunSettings(
        arguments.systems,
        arguments.without,
        arguments.k,
        None if arguments.candidates is None else _ids(arguments.candidates),
        arguments.territory,
        arguments.policy,
        arguments.commercial_model,
        arguments.policies,
        arguments.timings,
    )
    found = run(arguments.home, queries, settings, _progress, [arguments.queries])
    if arguments.out is not None:
        found.write(arguments.out)
    _report_run(found, arguments)


def _report_run(found: Run, arguments: Namespace) -> None:
    out = _console()
    for line in found.description():
        out.print(escape(line), soft_wrap=True)
    for line in found.warnings():
        out.print(f"[bold yellow]{escape(line)}[/]", soft_wrap=True)
    for table in _tables(found, arguments.metrics or found.headline):
        if table.rows:
            out.print(table)
    if arguments.out is not None:
        out.print(
            f"written to {escape(str(arguments.out))}; `python -m eval report {escape(str(arguments.out))}` makes a page of it",
            soft_wrap=True,
        )


def _tables(found: Run, metrics: Sequence[str]) -> Iterator[ResultTable]:
    primary = metrics[0]
    yield found.summary(metrics)
    yield found.settings()
    yield found.against(PRODUCT if PRODUCT in found.systems else found.systems[0], primary)
    if any("-without-" in name for name in found.systems):
        yield found.ablation([primary])
    shown = [name for name in COSTED if name in found.systems] or found.systems[:3]
    yield found.by_kind(primary, shown)
    if len(set(found.facts("turn"))) > 1:
        yield found.by_turn(primary, shown)
    yield found.policy_table()


def _compare(arguments: Namespace) -> None:
    out = _console()
    out.print(compare_runs(Run.read(arguments.first), Run.read(arguments.second), arguments.metric))


def _report(arguments: Namespace) -> None:
    try:
        # The plots need packages that only the laboratory does: an extra, asked for by name.
        from eval.reporting.report import write_report
    except ModuleNotFoundError as error:
        raise LineupError(f"a report needs {error.name}, which is not installed; run `make lab`") from error
    path = arguments.out or arguments.folder / "report.html"
    write_report(Run.read(arguments.folder), path)
    _console().print(f"the report is in {escape(str(path))}", soft_wrap=True)


def _wishes(arguments: Namespace) -> None:
    halves = HALVES if arguments.half is None else (arguments.half,)
    prompts = [prompt for half in halves for prompt in wished_prompts(half)]
    found = judge_wishes(arguments.home, prompts, arguments.territory, _progress)
    if arguments.out is not None:
        arguments.out.write_text(
            json.dumps(found.as_json(), indent=1, ensure_ascii=False, allow_nan=True) + "\n", "utf-8"
        )
    _report_wishes(found)
    if found.broken:
        raise BrokenWishError(f"{len(found.broken):,} promises are broken, the first: {found.broken[0]}")


def _report_wishes(found: WishReport) -> None:
    out = _console()
    for table in (found.by_wish(), found.by_prompt(), found.misses()):
        if table.rows:
            out.print(table)
    out.print(escape(found.summary()), soft_wrap=True)
    for sentence in found.broken:
        out.print(f"[bold red]{escape(sentence)}[/]", soft_wrap=True)


def _named(what: str, known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of names separated by commas; `all` stands for all of them."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(known if text == "all" else text.split(",")))
        for name in names:
            if name not in known:
                raise ValueError(f"{name!r} is not {what}; there are {', '.join(known)}")
        return names

    return read


def _metrics(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(parse_metric(name)) for name in text.split(",")))


def _depths(text: str) -> tuple[int, ...]:
    depths = []
    for part in dict.fromkeys(text.split(",")):
        if not (part.isascii() and part.isdigit() and 1 <= int(part) <= 1000):
            raise ValueError(f"{part!r} is not a depth from 1 to 1,000")
        depths.append(int(part))
    return tuple(depths)


def _ids(path: Path) -> tuple[TrackId, ...]:
    try:
        ids = [read_id(line) for line in path.read_text("utf-8-sig").split("\n") if line.strip()]
    except ValueError as error:
        raise DatasetError(
            f"{path} is no list of tracks ({error}); save it as UTF-8 text, one track id a line"
        ) from error
    if not ids:
        raise DatasetError(f"{path} names no track; write one track id a line")
    return tuple(ids)


@contextmanager
def _progress(name: str, total: int) -> Iterator[Callable[[int], None]]:
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


def _console() -> Console:
    made = Console(highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = max(made.width, NARROWEST)
    return made


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
    line = f"python -m eval: {_one_line(text)}"
    sys.stderr.write(line.encode(errors="backslashreplace").decode() + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
