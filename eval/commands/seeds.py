"""What "another list" is worth: how much lists with other seeds share with the best one and each other, and their price."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np

from catalog.arrays import Positions
from catalog.consent.findings import ConsentContext
from catalog.settings import load_consent_settings
from eval.commands.running import RunSettings
from eval.measures.offline import evaluate, open_pool
from eval.measures.significance import compare_all
from eval.queries import Query
from eval.reporting.tables import Cell, ResultTable
from eval.systems.blends import Product
from eval.systems.holdout import open_laboratory
from recommender.blending import RankerSettings
from recommender.lists.variations import DRAWN_FROM, MOST_SHARED
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest
from recommender.training.building import Progress

_BEST, _OTHERS = "the best list", "another list"


@dataclass(frozen=True, eq=False)
class SeedsCompared:
    """What a comparison of seeds found: `price` in relevance, and how many tracks lists have in `common`."""

    price: ResultTable
    common: ResultTable


def compare_seeds(
    home: Path, queries: Sequence[Query], settings: RunSettings, seeds: int, length: int, progress: Progress
) -> SeedsCompared:
    """Make the lists of `length` (10 at least) with seed 0 and with seeds 1 to `seeds` for each query, and compare them.

    The price is told with the mean of the other seeds for each query. What lists share is told of queries for which at least
    three times as many tracks as are asked for may be chosen. Raises what `run` raises, ValueError for fewer than one other
    seed or ten tracks.
    """
    if seeds < 1 or length < 10:
        raise ValueError(
            f"{seeds} other seeds of {length} tracks cannot be judged; ask for 1 seed and 10 tracks at least"
        )
    consent = load_consent_settings(home)
    consent.policy(settings.policy)
    laboratory = open_laboratory(home, queries, progress)
    with closing(laboratory.product) as product:
        context = ConsentContext(
            settings.territory, datetime.now(UTC), settings.commercial_model, consent.use, consent.channel
        )
        pool = open_pool(product, context, settings.policy, settings.candidates)
        fitting: list[int] = []

        def counted(request: PlaylistRequest, ranker: RankerSettings) -> Playlist:
            fitting.append(0)
            playlist = product.recommend(request, ranker)
            fitting[-1] = playlist.eligible_count
            return playlist

        systems = {_BEST: Product(counted, context, settings.policy)} | {
            f"seed {seed}": Product(product.recommend, context, settings.policy, seed=seed)
            for seed in range(1, seeds + 1)
        }
        with progress("Ranking", sum(bool(query.wanted) for query in queries)) as advance:
            found = evaluate(systems, queries, pool, product.model.features, (10, length), advance)
    clusters = [query.cluster for query in found.queries]
    price: list[Mapping[str, Cell]] = []
    for name in dict.fromkeys(("ndcg@10", "hit@10", f"ndcg@{length}", f"recall@{length}")):
        others = np.mean([found.column(system, name) for system in systems if system != _BEST], axis=0)
        columns = {_BEST: found.column(_BEST, name), _OTHERS: others}
        compared = compare_all(columns, _BEST, clusters)[_OTHERS]
        price.append(
            {
                "measure": name,
                _BEST: float(columns[_BEST].mean()),
                _OTHERS: float(others.mean()),
                "difference": compared.difference,
                "p": compared.p_value,
            }
        )
    enough = [row for row, count in enumerate(fitting) if count >= DRAWN_FROM * length]
    pairs = {
        f"{_BEST} and another": [(_BEST, name) for name in systems if name != _BEST],
        "two others": list(combinations([name for name in systems if name != _BEST], 2)),
    }
    common = [
        _common(what, [(found.lists[one][row], found.lists[two][row]) for one, two in named for row in enough])
        for what, named in pairs.items()
    ]
    return SeedsCompared(
        ResultTable(
            f"What another list costs: {len(found.queries):,} queries, seeds 1 to {seeds}, lists of {length}", price
        ),
        ResultTable(
            "The share of its tracks that a list has in common with another",
            common,
            f"{len(enough):,} of {len(found.queries):,} queries, for which at least {DRAWN_FROM * length:,} tracks may be chosen",
        ),
    )


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
