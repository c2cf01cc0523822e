"""What each policy costs in relevance, beside a run in which nothing is withheld."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from eval.answers import Answers, Product
from eval.evaluation import Evaluation
from eval.identity import digest
from eval.kept import keep_json, kept_json
from eval.measures.consent_measures import relevance_lost
from eval.measures.metrics import parse_metric
from eval.systems.lineup import PRODUCT
from eval.systems.lists import GivenLists
from eval.systems.system import System

_FILE = "costs.json"


def under(policy: str) -> str:
    """Return the name of the product's pipeline under a policy whose cost is measured."""
    return f"under {policy}"


class PolicyCosts:
    """What each policy that `product` has a pipeline for costs the `judged` systems, in a `metric`.

    Of these pipelines the first is the one in which nothing is withheld; its lists are kept nowhere. What comes of them all is
    kept under a digest of all that it is made from (`keys` are those of `Product.keys`), unless one of the systems is
    somebody's `own`. Where it was kept, `product` has none of these pipelines, and nothing is judged anew. `values` holds by
    policy how many tracks are `permitted`, which share of what is wanted it withholds, and what each system loses.
    """

    def __init__(
        self,
        judged: Mapping[str, System | GivenLists],
        product: Product,
        keys: Mapping[str, str],
        metric: str,
        *,
        own: bool,
    ) -> None:
        self._judged, self._metric = judged, metric
        costed = {name: one for name, one in product.pipelines.items() if name == under(one.policy)} if judged else {}
        told = [(name, system.settings) for name, system in judged.items()]
        self._key = None if own else digest(["costs", metric, told, [(name, keys[name]) for name in costed]])
        known = None if self._key is None else kept_json(self._key, _FILE)
        self._costed = costed if known is None else {}
        self.values: Mapping[str, Any] = known or {}
        self.product = replace(
            product,
            pipelines={
                name: one for name, one in product.pipelines.items() if name in self._costed or name not in costed
            },
        )

    def evaluations(self, asked: Answers, judge: Callable[..., Iterator[Evaluation]]) -> list[Iterator[Evaluation]]:
        """Return what is to be evaluated, in the order in which `measure` takes it; `judge` is `evaluating` for the queries."""
        return [
            judge(
                {**self._judged, PRODUCT: asked.system(name)} if PRODUCT in self._judged else self._judged,
                pool=one.pool,
                only=parse_metric(self._metric),
            )
            for name, one in self._costed.items()
        ]

    def measure(self, found: Sequence[Evaluation]) -> None:
        """Compare what was found under each policy with what is found where nothing is withheld."""
        self.values = self.values or {
            one.policy: {
                "permitted": int(one.pool.mask.sum()),
                "wanted_withheld": limited.gold_outside - found[0].gold_outside,
                "metric": self._metric,
                "systems": {name: self._lost(name, found[0], limited) for name in self._judged},
            }
            for one, limited in list(zip(self._costed.values(), found, strict=True))[1:]
        }

    def keep(self) -> None:
        """Keep what was measured for the next run."""
        if self._key is not None and self._costed:
            keep_json(self._key, _FILE, self.values)

    def _lost(self, name: str, unlimited: Evaluation, limited: Evaluation) -> dict[str, Any]:
        without, under_it = (one.column(name, self._metric) for one in (unlimited, limited))
        return {
            part: asdict(value)
            for part, value in relevance_lost(without, under_it, [query.cluster for query in limited.queries]).items()
        }
