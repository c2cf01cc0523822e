"""Tell what an experiment will find, and how long it takes, by what listeners of the log did."""

from argparse import Namespace
from math import inf

from eval.commands.terminal import SUSPECTED, argument, checked, console, file, home, progress, tell_unsealed
from recommender.training.feedback import read_suspected
from recommender.variants import BUCKETS, Experiment, Variant, read_experiment


def _lift(text: str) -> float:
    lift = float(text)
    if not -1 <= lift < inf or lift == 0:
        raise ValueError(f"{text} is no lift; write a share from -1 (all are lost) up, other than 0, such as 0.05")
    return lift


_TWO_HALVES = Experiment("two halves", "two halves", (Variant("control"), Variant("treatment")))


ARGUMENTS = [
    home("whose log is read"),
    argument(
        "--metric",
        default="like",
        metavar="NAME",
        help="events an answer, or of others such as skip/play (%(default)s)",
    ),
    argument(
        "--effect", type=checked(_lift), metavar="LIFT", help="the lift to be found: 0.05 is 5 %% more, -0.05 5 %% less"
    ),
    argument(
        "--variants",
        type=file,
        metavar="FILE",
        help="an experiment: its weights, buckets and traffic count (two halves of all)",
    ),
    SUSPECTED,
]


def run(arguments: Namespace) -> None:
    """Print the plan. Raises DatasetError where the log is too short."""
    from eval.experiments.planning import plan, plan_table, words
    from eval.experiments.trial import parse_metric

    tell_unsealed(arguments.home)
    metric = parse_metric(arguments.metric)
    tried = read_experiment(arguments.variants) if arguments.variants else _TWO_HALVES
    weights = [one.weight for one in sorted(tried.variants, key=lambda one: one.name != "control") if one.weight]
    first, last = tried.buckets
    traffic = tried.traffic * (last - first + 1) / BUCKETS
    plans = plan(
        arguments.home, metric, weights, progress, traffic, read_suspected(arguments.suspected, arguments.home)
    )
    out = console()
    out.print(words(metric, plans, arguments.effect), soft_wrap=True)
    out.print(plan_table(metric, plans, arguments.effect))
