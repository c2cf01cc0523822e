"""Judge an experiment. The status is 0 to ship, 3 to keep the control, 4 for no decision."""

import json
from argparse import Namespace
from pathlib import Path

from eval.commands.terminal import SUSPECTED, argument, console, default_home, progress, tell_unsealed
from eval.reporting.run_files import as_json, replace_files
from recommender.training.feedback import read_suspected

ANALYSIS, PAGE = "analysis.json", "analysis.html"

ARGUMENTS = [
    argument(
        "home", type=Path, nargs="?", default=default_home(), metavar="HOME", help="whose log is read (%(default)s)"
    ),
    argument("--experiment", metavar="NAME", help="needed where the log has several"),
    argument(
        "--control", metavar="VARIANT", help="what the others are compared with (control, else the first by name)"
    ),
    argument(
        "--metric",
        dest="metrics",
        type=lambda text: tuple(text.split(",")),
        default=("like", "play", "save", "skip"),
        metavar="NAMES",
        help="events an answer, or of others such as skip/play; the first decides (like,play,save,skip)",
    ),
    SUSPECTED,
    argument(
        "--final", action="store_true", help="decide by the one look that was planned, not by bounds for any look"
    ),
    argument("--out", type=Path, metavar="DIR", help=f"write {ANALYSIS} and {PAGE} here"),
]


def run(arguments: Namespace) -> None:
    """Print the decision and its tables. Raises SystemExit with the decision's status."""
    # The statistics need packages that only the laboratory does: an extra, asked for by name.
    from eval.experiments.deciding import analyse
    from eval.experiments.trial import parse_metric
    from eval.reporting.experiment_page import write_experiment_page

    tell_unsealed(arguments.home)
    found = analyse(
        arguments.home,
        progress,
        arguments.experiment,
        [parse_metric(name) for name in arguments.metrics],
        arguments.control,
        read_suspected(arguments.suspected, arguments.home),
        final=arguments.final,
    )
    out = console()
    out.print(found.words, soft_wrap=True)
    out.print(found.guardrails_table(), found.metrics_table(), found.units_table())
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(as_json(found.to_json()), ensure_ascii=False, indent=1)
        replace_files({arguments.out / ANALYSIS: f"{text}\n".encode()})
        write_experiment_page(found, arguments.out / PAGE)
        out.print(f"written to {arguments.out}", soft_wrap=True)
    raise SystemExit(found.decision)
