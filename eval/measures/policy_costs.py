"""What each policy costs in relevance, beside a run in which nothing is withheld."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from eval.answers import Answers, Product
from eval.evaluation import Evaluation, evaluate
from eval.measures.consent_measures import relevance_lost
from eval.systems.holdout import Laboratory
from eval.systems.lineup import PRODUCT
from eval.systems.lists import GivenLists
from eval.systems.system import System
from recommender.training.parts import Progress


def under(policy: str) -> str:
    """Return the name of the product's pipeline under a policy whose cost is measured."""
    return f"under {policy}"


def costs_of(
    judged: Mapping[str, System | GivenLists],
    found: Evaluation,
    asked: Answers,
    product: Product,
    laboratory: Laboratory,
    metric: str,
    progress: Progress,
) -> dict[str, Any]:
    """Return what each policy that `product` has a pipeline for costs the `judged` systems, by policy, in a `metric`.

    The first of these pipelines is the one in which nothing is withheld; its lists are kept nowhere.
    """
    policies = [one.policy for name, one in product.pipelines.items() if name == under(one.policy)]
    if not policies or not judged:
        return {}
    clusters = [query.cluster for query in found.queries]
    features = laboratory.product.model.features
    with progress("Measuring what policies cost", len(policies) * len(found.queries)) as advance:

        def scores(policy: str) -> Evaluation:
            among = {**judged, PRODUCT: asked.system(under(policy))} if PRODUCT in judged else judged
            pool = product.pipelines[under(policy)].pool
            return evaluate(among, found.queries, pool, features, found.depths, advance)

        unlimited, *limited = map(scores, policies)
    return {
        policy: {
            "permitted": int(product.pipelines[under(policy)].pool.mask.sum()),
            "wanted_withheld": one.gold_outside - unlimited.gold_outside,
            "metric": metric,
            "systems": {
                name: {
                    part: asdict(value)
                    for part, value in relevance_lost(
                        unlimited.column(name, metric), one.column(name, metric), clusters
                    ).items()
                }
                for name in judged
            },
        }
        for policy, one in zip(policies[1:], limited, strict=True)
    }
