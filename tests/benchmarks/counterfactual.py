"""Redraws logs of a simulator that explores, and prints what estimates and learning make of them; run it as a module, with --help.

Its listeners have tastes, moods and look at the first places more. For several targets, near the logged weights and far from
them, the lists of 300 answers are drawn and liked or not again and again, by units drawn anew (which is what intervals over
units are about) and for the same requests once more (then only gains have no spread but the draw's). Then factors are
learned from logs of 750 shorter lists by listeners who want something else than what is ranked best as shipped, and by such as
want just that. The exit status is 1 where an interval that has to covers the truth in fewer than 93 or more than 97 % of the
logs, or where learning wins in more than 5 % of those in which nothing can be won.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from catalog.stores import open_store
from recommender.blending import RankerSettings
from recommender.training.learning_from_log import learn_from_log
from recommender.training.segments import LogError
from tests.explored import MISLED, SATISFIED, Explored, catalog_of_all, covered, write_log
from tests.homes import silent
from tests.strategies import NOON

TARGETS = {
    "near": RankerSettings(dense=0.9, tags=1.2),
    "further": RankerSettings(dense=0.6, tags=1.6),
    "far": RankerSettings(dense=0.3, tags=2.0, lexical=0.5, popularity=0.7),
}
LEAST, MOST = 0.93, 0.97
MOST_WINS = 0.05
ANSWERS, PLACES = 750, 5


def learned(tastes: Sequence[float], seeds: Iterable[int]) -> list[tuple[str, float]]:
    """Return of a log for each seed what became of learning from it, and what that would really bring more a list."""
    found = []
    with TemporaryDirectory() as folder:
        home = Path(folder)
        catalog_of_all(home)
        for seed in seeds:
            world = Explored.of(ANSWERS, ANSWERS // 2, tastes, seed, PLACES)
            write_log(home, world.log(seed))
            try:
                with open_store(home) as store:
                    candidate = learn_from_log(home, store, NOON + timedelta(days=30), silent)
            except LogError:
                found.append(("refused", 0.0))
                continue
            some = Explored(world.answers[::5], world.welcome[::5], PLACES)
            before, after = (some.values(some.chances(one)).mean() for one in (RankerSettings(), candidate.settings))
            found.append(("wins" if candidate.wins else "does not win", float(after - before)))
    return found


def main() -> int:
    """Print the rates; return 1 where one is out of bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--redraws", type=int, default=1_000, metavar="N", help="logs of each kind (%(default)s)")
    parser.add_argument(
        "--runs", type=int, default=200, metavar="N", help="logs to learn from, of each kind (%(default)s)"
    )
    wanted = parser.parse_args()
    world, fine = Explored.of(300, 120, seed=3), True
    for tastes, told, runs in (
        (SATISFIED, "the shipped weights are best", wanted.runs),
        (MISLED, "others are better", wanted.runs // 4),
    ):
        found = learned(tastes, range(runs))
        became = Counter(what for what, _ in found)
        gained = float(np.mean([gain for _, gain in found]))
        fine &= tastes is MISLED or became["wins"] <= MOST_WINS * runs
        print(f"learning where {told}: of {runs} logs {dict(became)}, gains {gained:+.3f} a list", flush=True)
    print(f"{'target':<8}  {'redrawn':<24}  {'estimator':<9}  value  gain")
    for name, target in TARGETS.items():
        for units, told in ((120, "units, lists, outcomes"), (None, "lists, outcomes")):
            for estimator, (value, gain) in covered(world, target, wanted.redraws, units).items():
                held = LEAST <= gain <= MOST and (units is None or LEAST <= value <= MOST)
                fine &= held
                print(
                    f"{name:<8}  {told:<24}  {estimator:<9}  {value:.3f}  {gain:.3f}{'' if held else '  !'}", flush=True
                )
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main())
