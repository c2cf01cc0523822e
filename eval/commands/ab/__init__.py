"""Drive an experiment: `run`.

examples:
  python -m eval ab run --home .demo --url http://127.0.0.1:8000 --experiment names --prompts prompts.txt --requests 5000 --rate 10
"""

from argparse import ArgumentParser, Namespace

from eval.commands.ab import drive
from eval.commands.terminal import Argument

STEPS = {"run": drive}


def _steps(parser: ArgumentParser) -> None:
    """Declare the steps, each a module whose docstring is its help."""
    steps = parser.add_subparsers(metavar="STEP", required=True)
    for name, step in STEPS.items():
        made = steps.add_parser(name, help=step.__doc__, description=step.__doc__)
        for declare in step.ARGUMENTS:
            declare(made)
        made.set_defaults(step=step.run)


ARGUMENTS: list[Argument] = [_steps]


def run(arguments: Namespace) -> None:
    """Run the step that is named. Raises what it raises."""
    arguments.step(arguments)
