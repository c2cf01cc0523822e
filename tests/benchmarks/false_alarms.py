"""How often equal variants are told apart: 10,000 A/A experiments in process, from one log whose listeners have heavy tails.

Units are dealt to two variants by chance, again and again, and the laboratory judges the likes an answer: by one look at the
end, as `compare` does, and by bounds at the end of each of fourteen days, which must hold at all of them together. The status is
1 where the first rate is not between 4.5 and 5.5 %, or the second above 5 %.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from catalog.arrays import Mask, Numbers
from eval.experiments.comparing import ALPHA, LEAST_UNITS, Deals, boundary, compare
from eval.experiments.trial import DAY, Trial, parse_metric, read_trial
from eval.notebooks.planted import Planted, planted_log, write_log

FIXED, SEQUENTIAL = (0.045, 0.055), 0.05
AT_ONCE = 250

PLAN = Planted(listeners=600, days=14, before=14)


def main() -> int:
    """Print both rates. Returns 1 where one is not as it should be, else 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000, metavar="N", help="experiments (%(default)s)")
    parser.add_argument("--metric", default="like", metavar="NAME", help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another log, dealt otherwise (%(default)s)")
    wanted = parser.parse_args()
    trial = _trial(wanted.seed)
    days = [trial.sums(parse_metric(wanted.metric), int(trial.at.min()) + day * DAY) for day in range(1, PLAN.days + 1)]
    started = perf_counter()
    rng = np.random.default_rng(wanted.seed)
    once = always = 0
    for start in range(0, wanted.runs, AT_ONCE):
        dealt = rng.random((min(AT_ONCE, wanted.runs - start), len(trial.variant))) < 0.5
        once += sum(compare(days[-1], treated).p_value <= ALPHA for treated in dealt)
        always += int(np.count_nonzero(_alarmed(days, dealt)))
    fixed, sequential = once / wanted.runs, always / wanted.runs
    print(f"{wanted.runs:,} experiments of {len(trial.variant):,} units and {len(trial.at):,} answers")
    print(f"one look: {fixed:.2%} false alarms (from {FIXED[0]:.1%} to {FIXED[1]:.1%})")
    print(f"{len(days)} looks: {sequential:.2%} false alarms (at most {SEQUENTIAL:.0%})")
    print(f"in {perf_counter() - started:,.0f} s")
    return int(not FIXED[0] <= fixed <= FIXED[1] or sequential > SEQUENTIAL)


def _trial(seed: int) -> Trial:
    """Return the trial of a log that is written and read as that of a server."""
    songs = [(f"song-{place}", f"artist {place % 30}") for place in range(60)]
    with tempfile.TemporaryDirectory() as home:
        write_log(Path(home), *planted_log(Planted(PLAN.listeners, PLAN.days, PLAN.before, seed=seed), songs, "strict"))
        return read_trial(Path(home))


def _alarmed(days: Sequence[Numbers], dealt: Mask) -> Mask:
    """Return which experiments, (experiments,), are told apart at the end of any day."""
    alarmed = np.zeros(len(dealt), dtype=bool)
    for sums in days:
        there = sums[:, 1] > 0
        if np.count_nonzero(there) >= 2 * LEAST_UNITS:
            control, treatment, error = Deals(sums[there]).judged(dealt[:, there])
            alarmed |= np.abs(treatment - control) > boundary(int(np.count_nonzero(there))) * error
    return alarmed


if __name__ == "__main__":
    sys.exit(main())
