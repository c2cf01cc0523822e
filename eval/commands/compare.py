"""Tell what changed from one run to another, and whether by chance.

examples:
  python -m eval compare before after
  python -m eval compare before after --metric macro/hit@10
  python -m eval compare before after --metric songs/recall@100
"""

from argparse import Namespace
from pathlib import Path

from eval.commands.terminal import argument, console
from eval.reporting.results import PRIMARY, Run, compare_runs

ARGUMENTS = [
    argument("first", type=Path, metavar="A/", help="the folder of a run"),
    argument("second", type=Path, metavar="B/", help="the folder of the run after the change"),
    argument("--metric", default=PRIMARY, metavar="NAME", help="such as macro/hit@10 (%(default)s)"),
]


def run(arguments: Namespace) -> None:
    """Print the paired difference for each system that both runs share."""
    console().print(compare_runs(Run.read(arguments.first), Run.read(arguments.second), arguments.metric))
