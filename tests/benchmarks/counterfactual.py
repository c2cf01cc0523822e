"""Redraws logs of a simulator that explores, and prints how often intervals cover its truth; run it as a module, with --help.

Its listeners have tastes, moods and look at the first places more. For several targets, near the logged weights and far from
them, the lists of 300 answers are drawn and liked or not again and again, by units drawn anew (which is what intervals over
units are about) and for the same requests once more (then only gains have no spread but the draw's). The exit status is 1
where an interval that has to covers the truth in fewer than 93 or more than 97 % of the logs.
"""

import argparse
import sys

from recommender.blending import RankerSettings
from tests.explored import Explored, covered

TARGETS = {
    "near": RankerSettings(dense=0.9, tags=1.2),
    "further": RankerSettings(dense=0.6, tags=1.6),
    "far": RankerSettings(dense=0.3, tags=2.0, lexical=0.5, popularity=0.7),
}
LEAST, MOST = 0.93, 0.97


def main() -> int:
    """Print the rates; return 1 where one is out of bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--redraws", type=int, default=1_000, metavar="N", help="logs of each kind (%(default)s)")
    wanted = parser.parse_args()
    world, fine = Explored.of(300, 120, seed=3), True
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
