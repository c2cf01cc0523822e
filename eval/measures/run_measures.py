"""Measures beyond accuracy of a run: for each query, and with jackknife intervals for the whole."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from catalog.arrays import Mask, Numbers, Positions
from eval.evaluation import Evaluation
from eval.measures.beyond_accuracy import (
    Listed,
    artist_diversity,
    calibration,
    coverage,
    diversity,
    exposure,
    fill,
    genre_shares,
    gini,
    independent,
    independent_share,
    listed,
    novelty,
    tail_share,
    wishes_met,
)
from eval.measures.significance import LEVEL, MetricValue
from eval.systems.holdout import Laboratory
from eval.systems.system import Pool
from recommender.prompts.reading import PromptQuery

GROUPS = 20
"""Groups of clusters that the jackknife leaves out in turn."""


def of_queries(
    found: Evaluation,
    laboratory: Laboratory,
    pool: Pool,
    known: Sequence[Positions],
    leaked: Mask,
    parsed: Sequence[PromptQuery],
) -> dict[str, dict[str, Numbers]]:
    """Return the measures of each query by system, float64 of shape (queries,): whether it was refused (0 or 1), and what
    lists are like at the least and largest depth.

    NaN where a measure is not defined for a query. `known` are the tracks that each query's listener knows, `leaked` (bool
    of shape (tracks,)) those that the exact decision withholds although they were returned, `parsed` how each
    prompt is read.
    """
    model = laboratory.product.model
    genres = genre_shares([track.genres or track.tags[:3] for track in laboratory.tracks])
    available = np.array(
        [int(pool.without((*query.liked, *query.disliked, *query.exclude)).mask.sum()) for query in found.queries]
    )
    measures: dict[str, dict[str, Numbers]] = {}
    for name, ranked in found.lists.items():
        refused = [query.query_id in found.refused[name] for query in found.queries]
        measures[name] = {"refused": np.array(refused, dtype=np.float64)}
        for k in dict.fromkeys((min(found.depths), max(found.depths))):
            lists = listed(ranked, k)
            returned = lists >= 0
            measures[name] |= {
                f"fill@{k}": fill(lists, available),
                f"leakage@{k}": (leaked[lists] & returned).sum(axis=1) / np.maximum(returned.sum(axis=1), 1),
                f"wishes@{k}": wishes_met(lists, parsed, model),
                f"novelty@{k}": novelty(lists, laboratory.holders),
                f"diversity@{k}": diversity(lists, laboratory.vectors),
                f"artist_diversity@{k}": artist_diversity(lists, model.features.artist),
                f"calibration@{k}": calibration(lists, known, genres),
            }
    return measures


def of_the_whole(found: Evaluation, laboratory: Laboratory, pool: Pool) -> dict[str, dict[str, MetricValue]]:
    """Return the measures of the whole run by system: coverage and distribution of exposure, at the least depth."""
    k = min(found.depths)
    on_independent = independent([track.label for track in laboratory.tracks])
    groups = np.unique([query.cluster for query in found.queries], return_inverse=True)[1] % GROUPS

    def measures(lists: Listed) -> list[float]:
        seen = exposure(lists, len(pool.mask))
        return [
            coverage(lists, pool.mask),
            gini(seen, pool.mask),
            tail_share(seen, laboratory.holders, pool.mask),
            independent_share(seen, on_independent),
        ]

    names = (f"coverage@{k}", f"gini@{k}", f"tail@{k}", f"independent@{k}")
    return {
        name: dict(zip(names, jackknifed(measures, listed(ranked, k), groups), strict=True))
        for name, ranked in found.lists.items()
    }


def jackknifed(
    measures: Callable[[Listed], Sequence[float]], lists: Listed, groups: npt.NDArray[np.int64]
) -> list[MetricValue]:
    """Return measures (0 to 1) of all lists with 95 % intervals by the delete-a-group jackknife.

    `groups` (lists,) says what is left out together. A bootstrap draws lists twice, which makes coverage smaller than it
    is; leaving groups out does not (Kott, "The delete-a-group jackknife", 2001). One group has no spread.
    """
    value = np.array(measures(lists))
    names = np.unique(groups)
    if len(names) < 2:
        return [MetricValue(one, one, one) for one in value.tolist()]
    without = np.array([measures(lists[groups != group]) for group in names])
    error = np.sqrt((len(names) - 1) / len(names) * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    # What is not defined without some group could be anything.
    reach = np.nan_to_num(student.ppf((1 + LEVEL) / 2, len(names) - 1) * error, nan=1)
    bounds = value, np.clip(value - reach, 0, 1), np.clip(value + reach, 0, 1)
    return [MetricValue(*one) for one in np.stack(bounds, axis=1).tolist()]
