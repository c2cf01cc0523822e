"""Write a published set in the format of queries.

examples:
  python -m eval queries captions ~/data captions.jsonl
  python -m eval queries demo ~/.local/share/consonance/demo demo.jsonl
"""

from argparse import Namespace
from pathlib import Path

from eval.commands.terminal import UNPINNED, argument, console
from eval.datasets import DATASETS, load_dataset
from eval.queries import write_queries

ARGUMENTS = [
    argument("name", choices=list(DATASETS), metavar="NAME", help="%(choices)s"),
    argument("folder", type=Path, metavar="DIR", help="the data's folder"),
    argument("out", type=Path, metavar="OUT.jsonl"),
    UNPINNED,
]


def run(arguments: Namespace) -> None:
    """Write the file."""
    queries = load_dataset(arguments.name, arguments.folder, unpinned=arguments.unpinned)
    write_queries(queries, arguments.out)
    clusters = len({query.cluster for query in queries})
    console().print(f"{len(queries):,} queries in {clusters:,} clusters are in {arguments.out}")
