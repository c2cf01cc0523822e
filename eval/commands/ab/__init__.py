"""Plan an experiment, drive it with simulated listeners, and judge it by what a home logged: `plan`, `run`, `analyse`.

examples:
  python -m eval ab plan --home .demo --metric like --effect 0.05      how long to run, and what can be found
  python -m eval ab run --home .demo --url http://127.0.0.1:8000 --experiment names --prompts prompts.txt --requests 5000 --rate 10
  python -m eval ab analyse .demo --experiment names                   the decision, and everything that it rests on
  python -m eval ab analyse .demo --experiment names --final           the one look that was planned
  python -m eval ab analyse .demo --suspected bots.txt --out judged    left out, and a page with plots
"""

from argparse import ArgumentParser, Namespace

from eval.commands.ab import analyse, drive, plan
from eval.commands.terminal import Argument

STEPS = {"plan": plan, "run": drive, "analyse": analyse}


def _steps(parser: ArgumentParser) -> None:
    """Add a subcommand for each step."""
    steps = parser.add_subparsers(metavar="STEP", required=True)
    for name, step in STEPS.items():
        told = (step.__doc__ or "").strip()
        made = steps.add_parser(name, help=told[:1].lower() + told[1:].rstrip("."), description=told)
        for declare in step.ARGUMENTS:
            declare(made)
        made.set_defaults(step=step.run)


ARGUMENTS: list[Argument] = [_steps]


def run(arguments: Namespace) -> None:
    """Run the step that is named. Raises what it raises."""
    arguments.step(arguments)
