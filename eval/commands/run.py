"""Rank with systems, and print what each is worth, with intervals.

examples:
  python -m eval run --queries captions.jsonl
  python -m eval run --queries captions.jsonl --systems bm25,hybrid --k 10,100 --out before
  python -m eval run --queries dialogs.jsonl --candidates ids.txt --territory GB --policy human_only
  python -m eval run --queries dialogs.jsonl --systems hybrid --without all    what each channel of the product is worth
  python -m eval run --queries dialogs.jsonl --policies all --timings          what consent costs, and how soon it counts
  python -m eval run --queries dialogs.jsonl --variants experiment.toml        the product as each variant of an experiment
  python -m eval run --queries dialogs.jsonl --systems hybrid,mine             a system that an installed package brings
  python -m eval run --queries dialogs.jsonl --lists mine=recs.parquet         lists made elsewhere, judged as they are
  python -m eval run --queries dialogs.jsonl --out before --trec trec          also in the files of trec_eval
  python -m eval run --config run.toml --jobs 2                                a whole run as a file says; options overrule it

run.toml, whose names are the options', what is separated by commas also as a list:
  queries = "dialogs.jsonl"
  systems = ["bm25", "hybrid"]
  without = "all"
  candidates = "ids.txt"
  lists = ["mine=recs.parquet"]
  timings = false
  out = "before"

a line of a queries file:
  {"query_id": "q1", "prompt": "late night coding, no vocals", "relevant": ["t17", "t4"], "liked": ["t9"]}

lines of a file of lists (.csv; .tsv, .json, .jsonl and .parquet with the same columns), in which `score` may stand for `rank`:
  query_id,track_id,rank
  q1,t4,1

a measure of one's own, in Python; the report shows it like the others:
  Run.read(Path("before")).with_measure("length", lambda tracks, query: len(tracks), better=None).write(Path("before"))
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from catalog.consent import ConsentSettings
from eval.commands.terminal import CONFIG, CONTEXT, argument, checked, console, context_of, named, named_path, progress
from eval.identity import digest_of
from eval.measures.metrics import parse_metric
from eval.queries import read_queries
from eval.reporting.comparing import finding
from eval.reporting.measured import HEADLINE
from eval.reporting.results import Run
from eval.reporting.run_files import queries_of
from eval.reporting.tables import ResultTable
from eval.running import COSTED, DEPTHS, RunSettings
from eval.running import run as judge
from eval.systems.lineup import DEFAULT, GROUP, PEERS, SYSTEMS, installed
from eval.systems.lists import read_lists
from recommender.blending import CHANNELS
from recommender.variants import read_experiment

MOST_JOBS, MOST_PLACES = 64, 1000


def _list_names(parser: ArgumentParser) -> None:
    parser.epilog = f"""{parser.epilog}
systems: {", ".join((*DEFAULT, *installed()))}
peers, asked for by name, with the extra `peers` installed: {", ".join(PEERS)}
channels: {", ".join(CHANNELS)}
policies: {", ".join(ConsentSettings().offered)}, and those of the home's consent.toml
"""


def _metrics(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(parse_metric(name)) for name in text.split(",")))


def _whole(text: str, what: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise ValueError(f"{text!r} is not a {what} from 1 to {most:,}")
    return int(text)


def _depths(text: str) -> tuple[int, ...]:
    return tuple(_whole(part, "depth", MOST_PLACES) for part in dict.fromkeys(text.split(",")))


ARGUMENTS = [
    _list_names,
    argument(CONFIG, type=Path, metavar="FILE.toml", help="a file of these options, which the command line overrules"),
    *CONTEXT,
    argument(
        "--systems",
        type=lambda text: named("a system", (*SYSTEMS, *installed()))(text),
        default=DEFAULT,
        metavar="NAMES",
        help=f"separated by commas, also entry points of {GROUP}; `all` for all of them (ours but the peers)",
    ),
    argument(
        "--without",
        type=named("a channel", CHANNELS),
        default=(),
        metavar="CHANNELS",
        help="the product also without each of these channels; `all` for all",
    ),
    argument(
        "--variants",
        type=checked(lambda text: read_experiment(Path(text)).variants),
        default=(),
        metavar="FILE",
        help="the product as each variant of this file that changes something, as hybrid-NAME: name, version = 1, and for each a "
        "table such as [variants.louder] with settings = {neighbours = 2.0}, factors of the weights that were learned",
    ),
    argument(
        "--lists",
        type=named_path,
        action="append",
        default=[],
        metavar="[NAME=]FILE",
        help="lists made elsewhere: query_id, track_id, and rank or score, as .parquet, .csv, .tsv, .json or .jsonl; once for each file "
        "(NAME is else the file's, with its ending)",
    ),
    argument("--k", type=checked(_depths), default=DEPTHS, metavar="DEPTHS", help="places that are read (10,20,100)"),
    argument(
        "--metrics",
        type=checked(_metrics),
        default=(),
        metavar="NAMES",
        help=f"what is printed and compared, such as artists/recall@20 or macro/hit@10 ({','.join(HEADLINE)})",
    ),
    argument(
        "--policies",
        type=lambda text: tuple(dict.fromkeys(text.split(","))),
        default=(),
        metavar="NAMES",
        help="measure what these policies cost in relevance; `all` for all that the home offers",
    ),
    argument(
        "--jobs",
        type=checked(lambda text: _whole(text, "number of processes", MOST_JOBS)),
        default=1,
        metavar="N",
        help="processes that ask the product (%(default)s)",
    ),
    argument("--timings", action="store_true", help="keep how long answers and take-downs took"),
    argument("--out", type=Path, metavar="DIR", help="write metrics.json, per_query.parquet and run.jsonl here"),
    argument("--trec", type=Path, metavar="DIR", help="write qrels.txt and SYSTEM.run for trec_eval here"),
]


def run(arguments: Namespace) -> None:
    """Run the evaluation, print its tables, and write it to `--out`."""
    if deeper := [name for name in arguments.metrics if parse_metric(name).k not in arguments.k]:
        raise ValueError(f"--metrics {deeper[0]}: lists are not read to that depth; add it to --k")
    queries = read_queries(arguments.queries, strict=arguments.strict)
    extra = {name: read_lists(path, allow_unknown=arguments.allow_unknown) for name, path in arguments.lists}
    if len(extra) < len(arguments.lists):
        raise ValueError(f"--lists: two files have one name among {', '.join(extra)}; write NAME=FILE for each")
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        if queries_of(arguments.out) not in (None, digest_of(queries)):
            raise ValueError(
                f"--out {arguments.out} holds a run of other queries, which would be lost; name another folder, or remove it"
            )
    settings = RunSettings(
        **context_of(arguments),
        systems=arguments.systems,
        without=arguments.without,
        variants=arguments.variants,
        depths=arguments.k,
        policies=arguments.policies,
        timings=arguments.timings,
        jobs=arguments.jobs,
    )
    found = judge(arguments.home, queries, settings, progress, [arguments.queries], extra)
    out = console()
    if arguments.out is not None:
        found.write(arguments.out)
    metrics = arguments.metrics or found.headline
    out.print(finding(found, metrics), soft_wrap=True)
    for line in found.description():
        out.print(line, soft_wrap=True)
    for line in found.warnings():
        out.print(Text(line, "bold yellow"), soft_wrap=True)
    for table in _tables(found, metrics):
        if table.rows:
            out.print(table)
    if arguments.out is not None:
        folder = arguments.out
        out.print(f"written to {folder}; `python -m eval report {folder}` makes a page of it", soft_wrap=True)
    if arguments.trec is not None:
        scale = found.to_trec(arguments.trec)
        told = f"; gains were multiplied by {scale}, for qrels hold whole numbers" if scale > 1 else ""
        out.print(f"runs and qrels written to {arguments.trec}{told}", soft_wrap=True)


def _tables(found: Run, metrics: Sequence[str]) -> Iterator[ResultTable]:
    primary = metrics[0]
    yield found.summary(metrics)
    yield found.settings()
    yield found.against(found.reference, primary)
    if found.ablations:
        yield found.ablation(metrics)
    shown = [name for name in COSTED if name in found.systems] or found.systems[:3]
    yield found.by_kind(primary, shown)
    if len(set(found.facts("turn"))) > 1:
        yield found.by_turn(primary, shown)
    yield found.policy_table()
