"""Judge variants from the log, without showing anybody anything.

examples:
  python -m eval counterfactual --home HOME --variants candidate.toml
  python -m eval counterfactual --home HOME --variants candidate.toml --welcomed like,save --suspected accounts.txt
  python -m eval counterfactual --home HOME --variants candidate.toml --cascade --places 5

The log has to hold answers of a variant that explored. Status 1 where it shows too little of what a variant would do.
"""

from argparse import Namespace

from eval.commands.terminal import SUSPECTED, argument, console, file, home, named, progress, tell_unsealed
from eval.counterfactual import counterfactual
from eval.exposures import OUTCOMES
from recommender.training.feedback import WELCOMED, read_suspected
from recommender.training.segments import LogError
from recommender.variants import read_experiment

ARGUMENTS = [
    home("its log"),
    argument("--variants", type=file, required=True, metavar="FILE.toml", help="an experiment's file"),
    argument(
        "--welcomed",
        type=named("an outcome", OUTCOMES),
        default=WELCOMED,
        metavar="KINDS",
        help=f"outcomes that count, with commas ({','.join(WELCOMED)})",
    ),
    SUSPECTED,
    argument("--explore", type=float, metavar="T", help="draw at this temperature; 0 draws nothing (as the log did)"),
    argument("--cascade", action="store_true", help="a reward may depend on the tracks before it"),
    argument("--places", type=int, metavar="N", help="the first N places only"),
]


def run(arguments: Namespace) -> None:
    """Print the table. Raises LogError where every variant was refused."""
    tell_unsealed(arguments.home)
    variants = read_experiment(arguments.variants).variants
    table = counterfactual(
        arguments.home,
        {variant.name: variant.settings for variant in variants},
        progress,
        welcomed=arguments.welcomed,
        suspected=read_suspected(arguments.suspected, arguments.home),
        explore=arguments.explore,
        cascade=arguments.cascade,
        places=arguments.places,
    )
    console().print(table)
    if not any(row["judged"] for row in table.rows):
        raise LogError("no variant can be judged from this log; see above why")
