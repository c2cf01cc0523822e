"""Tell how much other lists for one prompt share, and what they cost in relevance.

examples:
  python -m eval seeds --queries demo.jsonl
  python -m eval seeds --queries dialogs.jsonl --candidates ids.txt --seeds 9 --length 50
"""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from catalog.arrays import Positions
from catalog.settings import load_consent_settings
from eval.commands.terminal import CONTEXT, argument, console, context_of, progress
from eval.evaluation import Evaluation, evaluate
from eval.queries import Query, read_queries
from eval.reporting.remarks import of_queries
from eval.reporting.results import paired_row
from eval.reporting.tables import Cell, ResultTable
from eval.running import RunSettings, open_bench
from eval.systems.blends import pipeline
from recommender.blending import RankerSettings
from recommender.lists.variations import DRAWN_FROM, MOST_SHARED
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest
from recommender.training.parts import Progress

_BEST = "the best list"


ARGUMENTS = [
    *CONTEXT,
    argument("--seeds", type=int, default=5, metavar="N", help="compare seeds 1 to N with seed 0 (%(default)s)"),
    argument("--length", type=int, default=20, metavar="N", help="tracks in a list (%(default)s)"),
]


def run(arguments: Namespace) -> None:
    """Print the relevance cost of other seeds, and the overlap of their lists."""
    settings, queries = RunSettings(**context_of(arguments)), read_queries(arguments.queries, strict=arguments.strict)
    console().print(*compare_seeds(arguments.home, queries, settings, arguments.seeds, arguments.length, progress))


def compare_seeds(
    home: Path, queries: Sequence[Query], settings: RunSettings, seeds: int, length: int, progress: Progress
) -> tuple[ResultTable, ResultTable]:
    """Make the lists of `length` (10 at least) with seed 0 and with seeds 1 to `seeds` for each query, and compare them.

    Returns the price in relevance, with what would make it mislead as its note, and how many tracks lists have in common. The
    price is told with the mean of the other seeds for each query. What lists share is told of queries for which at least
    three times as many tracks as are asked for may be chosen. Raises what `run` raises, ValueError for fewer than one other
    seed or ten tracks.
    """
    if seeds < 1 or length < 10:
        raise ValueError(
            f"{seeds} other seeds of {length} tracks cannot be judged; ask for 1 seed and 10 tracks at least"
        )
    load_consent_settings(home).policy(settings.policy)
    with open_bench(home, queries, settings, progress) as bench:
        product = bench.laboratory.product
        fitting: list[int] = []

        def counted(request: PlaylistRequest, ranker: RankerSettings) -> Playlist:
            fitting.append(0)
            playlist = product.recommend(request, ranker)
            fitting[-1] = playlist.eligible_count
            return playlist

        systems = {_BEST: pipeline(counted, bench.context, settings.policy)} | {
            f"seed {seed}": pipeline(product.recommend, bench.context, settings.policy, seed=seed)
            for seed in range(1, seeds + 1)
        }
        with progress("Ranking", sum(bool(query.wanted) for query in queries)) as advance:
            found = evaluate(systems, queries, bench.pool, product.model.features, (10, length), advance)
    enough = [row for row, count in enumerate(fitting) if count >= DRAWN_FROM * length]
    others = [name for name in systems if name != _BEST]
    pairs = {
        f"{_BEST} and another": [(_BEST, name) for name in others],
        "two others": list(combinations(others, 2)),
    }
    return (
        ResultTable(
            f"What another list costs: {len(found.queries):,} queries, seeds 1 to {seeds}, lists of {length}",
            [
                _price(found, others, name)
                for name in dict.fromkeys(("ndcg@10", "hit@10", f"ndcg@{length}", f"recall@{length}"))
            ],
            "\n".join(of_queries(bench.checked, {"the product": found.refused[_BEST]})),
        ),
        ResultTable(
            "The share of its tracks that a list has in common with another",
            [
                _common(what, [(found.lists[one][row], found.lists[two][row]) for one, two in names for row in enough])
                for what, names in pairs.items()
            ],
            f"{len(enough):,} of {len(found.queries):,} queries, for which at least {DRAWN_FROM * length:,} tracks may be chosen",
        ),
    )


def _price(found: Evaluation, others: Sequence[str], measure: str) -> Mapping[str, Cell]:
    means = np.mean([found.column(system, measure) for system in others], axis=0)
    columns = {_BEST: found.column(_BEST, measure), "another list": means}
    return paired_row(measure, columns, [query.cluster for query in found.queries])


def _common(what: str, pairs: Sequence[tuple[Positions, Positions]]) -> Mapping[str, Cell]:
    shares = np.array([shared(one, other) for one, other in pairs] or [np.nan])
    return {
        "lists": what,
        "pairs": len(pairs),
        "mean": float(shares.mean()),
        "median": float(np.median(shares)),
        "95th percentile": float(np.quantile(shares, 0.95)),
        "most": float(shares.max()),
        f"share above {MOST_SHARED}": float((shares > MOST_SHARED).mean()) if pairs else np.nan,
    }


def shared(one: Positions, other: Positions) -> float:
    """Return the share (0 to 1) of the longer list's tracks that are in the other too; 0 where both are empty."""
    return len(np.intersect1d(one, other)) / max(len(one), len(other), 1)
