"""Plan an experiment, drive it with simulated listeners, and judge it by what a home logged: `plan`, `run`, `analyse`.

examples:
  python -m eval ab plan --home .demo --metric like --effect 0.05      how long to run, and what can be found
  python -m eval ab run --home .demo --url http://127.0.0.1:8000 --experiment names --prompts prompts.txt --requests 5000 --rate 10
  python -m eval ab analyse .demo --experiment names                   the decision, and everything that it rests on
  python -m eval ab analyse .demo --experiment names --final           the one look that was planned
  python -m eval ab analyse .demo --suspected bots.txt --out judged    left out, and a page with plots
"""

from argparse import Namespace
from collections.abc import Mapping

from eval.commands.ab import analyse, drive, plan
from eval.commands.terminal import Argument, Command, add_commands

STEPS: Mapping[str, Command] = {"plan": plan, "run": drive, "analyse": analyse}

ARGUMENTS: list[Argument] = [lambda parser: add_commands(parser, "step", STEPS)]


def run(arguments: Namespace) -> None:
    """Run the step that is named. Raises what it raises."""
    arguments.step(arguments)
