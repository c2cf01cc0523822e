"""Tell what changed from one run to another, and whether by chance.

examples:
  python -m eval compare before after
  python -m eval compare before after --metric macro/hit@10
  python -m eval compare before after --metric songs/recall@100
  python -m eval compare before:bm25 after:hybrid             a system of one run and one of another, or of the same
"""

from argparse import Namespace
from pathlib import Path

from eval.commands.terminal import argument, checked, console
from eval.reporting.comparing import compare_runs
from eval.reporting.measured import PRIMARY
from eval.reporting.results import Run


def _named(text: str) -> tuple[Path, str]:
    """Read the folder of a run and, behind a colon, a system of it: empty for all. A folder may have a colon in its name.

    Raises ValueError where nothing stands before the colon, or behind it.
    """
    folder, colon, system = text.rpartition(":")
    if colon and not Path(text).exists() and not (folder and system.strip()):
        raise ValueError(f"{text!r} names no folder and system; write A:SYSTEM, or A alone")
    return (Path(folder), system) if colon and not Path(text).exists() else (Path(text), "")


ARGUMENTS = [
    argument("first", type=checked(_named), metavar="A/", help="the folder of a run; A/:SYSTEM for one of its systems"),
    argument(
        "second", type=checked(_named), metavar="B/", help="that of the run after the change, which may be the same"
    ),
    argument("--metric", default=PRIMARY, metavar="NAME", help="such as macro/hit@10 (%(default)s)"),
]


def run(arguments: Namespace) -> None:
    """Print the paired difference for each system that both runs share, or for those that are named.

    A system that is named of one run only is compared with that of the same name.
    """
    (first, one), (second, other) = arguments.first, arguments.second
    pair = (one or other, other or one) if one or other else None
    console().print(compare_runs(Run.read(first), Run.read(second), arguments.metric, pair))
