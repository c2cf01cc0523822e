"""Write a published set, or what a home's own listeners played and saved, in the format of queries.

examples:
  python -m eval queries captions ~/data captions.jsonl
  python -m eval queries demo ~/.local/share/consonance/demo demo.jsonl
  python -m eval queries history ~/.local/share/consonance history.jsonl --split 2026-09-01
  python -m eval queries continue ~/.local/share/consonance playlists.jsonl
"""

from argparse import Namespace
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from catalog.importers.cells import instant
from catalog.instants import parse_instant
from eval.commands.terminal import UNPINNED, argument, checked, console
from eval.datasets import DATASETS, load_dataset, own
from eval.queries import write_queries
from eval.reporting.remarks import counted

HISTORY, CONTINUE = "history", "continue"


def _day(text: str) -> datetime:
    """Read ISO 8601, or whatever form of a date an import reads."""
    with suppress(ValueError):
        return parse_instant(text)
    return instant(text)


ARGUMENTS = [
    argument("name", choices=[*DATASETS, HISTORY, CONTINUE], metavar="NAME", help="%(choices)s"),
    argument("folder", type=Path, metavar="DIR", help="the data's folder; of history and continue a home"),
    argument("out", type=Path, metavar="OUT.jsonl"),
    argument(
        "--split",
        type=checked(_day),
        metavar="DATE",
        help="of history: what was played from then on is to be found (the last 15 %% of plays)",
    ),
    UNPINNED,
]


def run(arguments: Namespace) -> None:
    """Write the file. Raises ValueError for a --split of a set that is not split by time."""
    name, folder, tell = arguments.name, arguments.folder, console().print
    if arguments.split is not None and name != HISTORY:
        raise ValueError(f"--split is for {HISTORY}: {name} is not split by time")
    if name == HISTORY:
        queries = own.history(folder, arguments.split, tell)
    elif name == CONTINUE:
        queries = own.continued(folder, tell)
    else:
        queries = load_dataset(name, folder, unpinned=arguments.unpinned)
    write_queries(queries, arguments.out)
    clusters = counted(len({query.cluster for query in queries}), "cluster")
    tell(f"{counted(len(queries), 'query', 'queries')} in {clusters} written to {arguments.out}")
