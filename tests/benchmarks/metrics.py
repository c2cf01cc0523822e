"""Prints how long judging takes beside trec_eval (pytrec_eval) on the same lists, measured in turn in the same run.

Ours counts ties by expectation and reads every metric at 10, 20 and 100; trec_eval, in C, breaks ties by name.
"""

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import pytrec_eval

from eval.measures.metrics import METRICS, Metric, scores_of
from tests.eval.judging import judge

DEPTHS = (10, 20, 100)
MEASURES = {"ndcg_cut.10,20,100", "map_cut.10,20,100", "P.10,20,100", "recall.10,20,100", "success.10", "recip_rank"}


def main() -> None:
    """Judge random lists, without ties and with."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.metrics", description=__doc__)
    parser.add_argument("--queries", type=int, default=10_000, help="lists that are judged (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (%(default)s)")
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    names = [f"t{number}" for number in range(5_000)]
    lists = [[names[place] for place in rng.permutation(5_000)[:100]] for _ in range(arguments.queries)]
    wanted = [{names[place]: 1.0 for place in rng.permutation(5_000)[:20]} for _ in range(arguments.queries)]
    falling = [np.arange(100, 0, -1.0) for _ in lists]
    tied = [scores // 7 for scores in falling]
    metrics = [Metric(name, k) for name in METRICS for k in DEPTHS]
    runs = {
        str(row): dict(zip(ids, scores.tolist(), strict=True))
        for row, (ids, scores) in enumerate(zip(lists, falling, strict=True))
    }
    qrels = {str(row): dict.fromkeys(gains, 1) for row, gains in enumerate(wanted)}
    jobs: dict[str, Callable[[], object]] = {
        "trec_eval": lambda: pytrec_eval.RelevanceEvaluator(qrels, MEASURES).evaluate(runs),
        "ours, no ties": lambda: scores_of(judge(lists, wanted, 100, falling), metrics),
        "ours, ties": lambda: scores_of(judge(lists, wanted, 100, tied), metrics),
    }
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(arguments.rounds):
        for name, job in jobs.items():
            started = perf_counter()
            job()
            seconds[name].append(perf_counter() - started)
    print(f"{arguments.queries:,} lists of 100, {len(metrics)} metrics; median of {arguments.rounds}")
    peer = median(seconds["trec_eval"])
    for name, taken in seconds.items():
        print(f"{name:<16}{median(taken):7.3f} s {median(taken) / peer:6.2f} x trec_eval")


if __name__ == "__main__":
    main()
