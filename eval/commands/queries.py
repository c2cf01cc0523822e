"""Write a published set in the format of queries.

examples:
  python -m eval queries captions ~/data captions.jsonl
  python -m eval queries demo ~/.local/share/consonance/demo demo.jsonl
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from rich.markup import escape

from eval.commands.arguments import add_unpinned
from eval.commands.terminal import console
from eval.datasets import DATASETS, load_dataset
from eval.queries import write_queries


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", choices=list(DATASETS), metavar="NAME", help="%(choices)s")
    parser.add_argument("folder", type=Path, metavar="DIR", help="the data's folder")
    parser.add_argument("out", type=Path, metavar="OUT.jsonl")
    add_unpinned(parser)


def run(arguments: Namespace) -> None:
    """Write the file."""
    queries = load_dataset(arguments.name, arguments.folder, unpinned=arguments.unpinned)
    write_queries(queries, arguments.out)
    clusters = len({query.cluster for query in queries})
    console().print(f"{len(queries):,} queries in {clusters:,} clusters are in {escape(str(arguments.out))}")
