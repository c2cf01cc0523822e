"""Make an HTML page of a run: tables, plots, the worst prompts.

examples:
  python -m eval report after
  python -m eval report after --out ~/judged.html
"""

from argparse import Namespace
from pathlib import Path

from eval.commands.terminal import argument, console
from eval.reporting.results import Run
from eval.reporting.run_files import PAGE

ARGUMENTS = [
    argument("folder", type=Path, metavar="DIR", help="what `run --out` wrote"),
    argument("--out", type=Path, metavar="FILE.html", help="where the page goes (DIR/report.html)"),
]


def run(arguments: Namespace) -> None:
    """Write the page."""
    # The plots need packages that only the laboratory does: an extra, asked for by name.
    from eval.reporting.report import write_report

    path = arguments.out or arguments.folder / PAGE
    write_report(Run.read(arguments.folder), path)
    console().print(f"the report is in {path}", soft_wrap=True)
