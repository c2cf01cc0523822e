"""`python -m eval`: run systems over queries, and bring the published sets into the format of queries."""

import argparse
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeVar

from platformdirs import user_data_path
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from catalog.findings import ConsentContext
from catalog.presets import POLICIES
from catalog.rights import CommercialModel
from catalog.tracks import TrackId, parse_territory
from eval.baselines import SYSTEMS, Pool
from eval.datasets import DATASETS, load_dataset
from eval.metrics import METRICS, parse_metric
from eval.offline import Evaluation, MetricValue, evaluate, open_pool, write
from eval.queries import DatasetError, read_queries, write_queries
from recommender.pipeline import PlaylistRecommender

DONE, FAILED, WRONG_WORDS = 0, 1, 2

NARROWEST = 110
"""Columns of a table that goes into a file or pipe."""

_EXAMPLES = """
examples:
  python -m eval queries captions ~/data captions.jsonl
  python -m eval run --home ~/jamendo --queries captions.jsonl --systems bm25,dense,hybrid --out runs/captions
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_WORDS, f"{self.prog}: {_one_line(message)} (try `{self.prog} --help`)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 done, 1 failed with one line on stderr, 2 the words were wrong."""
    try:
        chosen = _parser().parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        chosen.command(chosen)
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

    run = commands.add_parser("run", help="rank with systems, and print their metrics with 95 %% intervals")
    run.set_defaults(command=_run)
    home = Path(os.environ.get("CONSONANCE_HOME") or user_data_path("consonance")).expanduser()
    run.add_argument("--home", type=Path, default=home, metavar="DIR", help="catalog and bundle (%(default)s)")
    run.add_argument("--queries", type=Path, required=True, metavar="FILE", help="queries as JSONL")
    run.add_argument(
        "--systems", type=_argument(_systems), default=list(SYSTEMS), metavar="NAMES", help=f"of {','.join(SYSTEMS)}"
    )
    run.add_argument(
        "--k", type=_argument(_depths), default=[10, 20, 100], metavar="DEPTHS", help="places that are read (10,20,100)"
    )
    run.add_argument("--candidates", type=Path, metavar="IDS.txt", help="rank only these tracks, one id a line")
    run.add_argument(
        "--territory", type=_argument(parse_territory), default="DE", metavar="CC", help="ISO 3166-1 alpha-2 (DE)"
    )
    run.add_argument("--policy", choices=list(POLICIES), default="strict", help="%(choices)s (%(default)s)")
    run.add_argument(
        "--commercial-model",
        type=CommercialModel,
        choices=list(CommercialModel),
        default=CommercialModel.FREE_OF_CHARGE,
        metavar="MODEL",
        help="a DDEX CommercialModelType (%(default)s)",
    )
    run.add_argument("--out", type=Path, metavar="DIR", help="write metrics.json, per_query.parquet and run.jsonl here")

    queries = commands.add_parser("queries", help="write a published set in the format of queries")
    queries.set_defaults(command=_queries)
    queries.add_argument("name", choices=list(DATASETS), metavar="NAME", help="%(choices)s")
    queries.add_argument("folder", type=Path, metavar="DIR", help="the data's folder")
    queries.add_argument("out", type=Path, metavar="OUT.jsonl")
    return parser


def _queries(arguments: Namespace) -> None:
    queries = load_dataset(arguments.name, arguments.folder)
    write_queries(queries, arguments.out)
    clusters = len({query.cluster for query in queries})
    _console().print(f"{len(queries):,} queries in {clusters:,} clusters are in {escape(str(arguments.out))}")


def _run(arguments: Namespace) -> None:
    queries = read_queries(arguments.queries)
    candidates = None if arguments.candidates is None else _ids(arguments.candidates)
    context = ConsentContext(arguments.territory, datetime.now(UTC), arguments.commercial_model)
    metrics = [parse_metric(f"{form}{name}@{k}") for form in ("", "macro/") for k in arguments.k for name in METRICS]
    with closing(PlaylistRecommender.open(arguments.home)) as product:
        pool = open_pool(product, context, arguments.policy, candidates)
        systems = {name: SYSTEMS[name](product, context, arguments.policy) for name in arguments.systems}
        judged = sum(bool(query.wanted) for query in queries)
        with _progress("Ranking", len(systems) * judged) as advance:
            found = evaluate(systems, queries, pool, metrics, advance)
    if arguments.out is not None:
        write(found, arguments.out)
    _report(found, pool, arguments)


def _report(found: Evaluation, pool: Pool, arguments: Namespace) -> None:
    out = _console()
    clusters = len({query.cluster for query in found.queries})
    judged = f"{len(found.queries):,} queries in {clusters:,} clusters"
    if found.without_gold:
        judged += f" ({found.without_gold:,} more have nothing left to find)"
    within = " of the candidates" if pool.candidates is not None else ""
    out.print(
        f"{judged}; every system ranks the same {pool.mask.sum():,} tracks{within}, permitted in {arguments.territory} "
        f"under {arguments.policy} for {arguments.commercial_model.value}",
        soft_wrap=True,
    )
    out.print(f"{found.gold_outside:.1%} of the wanted tracks are not among them and count as missed")
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("metric")
    for name in found.values:
        table.add_column(name, justify="right")
    for metric in found.metrics:
        if not metric.macro:
            table.add_row(str(metric), *(_cell(values[str(metric)]) for values in found.values.values()))
    out.print(table)
    out.print("[dim]means over queries with 95 % bootstrap intervals over clusters[/]")
    if arguments.out is not None:
        out.print(f"written to {escape(str(arguments.out))}, the means over clusters (macro/) too", soft_wrap=True)


def _cell(value: MetricValue) -> str:
    return f"{value.value:.3f} [dim]{value.low:.3f}..{value.high:.3f}[/]"


def _systems(text: str) -> list[str]:
    names = list(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in SYSTEMS:
            raise ValueError(f"{name!r} is not a system; there are {', '.join(SYSTEMS)}")
    return names


def _depths(text: str) -> list[int]:
    depths = []
    for part in dict.fromkeys(text.split(",")):
        if not (part.isascii() and part.isdigit() and 1 <= int(part) <= 1000):
            raise ValueError(f"{part!r} is not a depth from 1 to 1,000")
        depths.append(int(part))
    return depths


def _ids(path: Path) -> list[TrackId]:
    try:
        ids = [line.strip() for line in path.read_text("utf-8").split("\n") if line.strip()]
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is not UTF-8 text; save it as such, with one track id a line") from error
    if not ids:
        raise DatasetError(f"{path} names no track; write one track id a line")
    return ids


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
