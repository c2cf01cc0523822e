"""A whole evaluation run: hold out, rank with every system, measure, and check the controls."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from catalog.arrays import Numbers
from catalog.consent import CommercialModel, ConsentContext, ReasonCode
from catalog.demo.truth import TRUTH_FILE
from catalog.settings import load_consent_settings
from catalog.stores import open_store
from catalog.tracks import DEFAULT_TERRITORY, Territory, TrackId
from eval.checking import check
from eval.evaluation import AUDIT_ONLY, Evaluation, EvaluationError, evaluate, open_pool
from eval.identity import identity, made
from eval.measures.consent_measures import (
    Decide,
    exact,
    leakage,
    overblocking,
    relevance_lost,
    revocation_lag,
)
from eval.measures.controls import coins, traits
from eval.measures.run_measures import of_queries, of_the_whole
from eval.prompts.kinds import kinds_of
from eval.queries import Query
from eval.reporting.measured import PRIMARY
from eval.reporting.results import Run
from eval.reporting.run_files import as_json
from eval.systems.blends import pipeline
from eval.systems.holdout import Laboratory, open_laboratory
from eval.systems.leaks import sealed
from eval.systems.lineup import DEFAULT, PRODUCT, Lineup, Own, ablations, without
from eval.systems.lists import GivenLists
from eval.systems.system import Pool, System
from recommender.playlist_recommender import PlaylistRecommender
from recommender.training.parts import Progress
from recommender.variants import Variant

DEPTHS = (10, 20, 100)

WORST = 10
NAMED = 10
"""The worst prompts kept of each system, and the tracks of each that are named."""

COSTED = ("bm25", "dense", PRODUCT)
"""The systems whose relevance under each policy is measured, where they run."""

CANARIES = 20
"""Take-downs that are timed."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What to run: systems by name, the product also as `variants` and `without` some channels, lists read to each of `depths`.

    Lists hold what is permitted in the territory, under the policy, for the commercial model, restricted to `candidates`
    where they are given. `policies` are those whose cost in relevance is measured beside it; "all" for all that are
    offered. `timings` keeps how long answers took, and times take-downs on a copy of the home. `allow_unknown` judges even
    where the catalog does not know most of what is wanted.
    """

    systems: tuple[str, ...] = DEFAULT
    without: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    depths: tuple[int, ...] = DEPTHS
    candidates: tuple[TrackId, ...] | None = None
    territory: Territory = DEFAULT_TERRITORY
    policy: str = "strict"
    commercial_model: CommercialModel = CommercialModel.FREE_OF_CHARGE
    policies: tuple[str, ...] = ()
    timings: bool = False
    allow_unknown: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Bench:
    """Test bench of a run: the laboratory of a home, the consent context, the pool, and what was found of the queries."""

    laboratory: Laboratory
    context: ConsentContext
    pool: Pool
    checked: Mapping[str, Any]

    def evaluate(
        self,
        systems: Mapping[str, System | GivenLists],
        queries: Sequence[Query],
        depths: Sequence[int],
        progress: Progress,
    ) -> Evaluation:
        """Rank the pool with every system for every query. Raises what `eval.evaluation.evaluate` raises."""
        with progress("Ranking", sum(bool(query.wanted) for query in queries)) as advance:
            return evaluate(systems, queries, self.pool, self.laboratory.product.model.features, depths, advance)


@contextmanager
def open_bench(home: Path, queries: Sequence[Query], settings: RunSettings, progress: Progress) -> Iterator[Bench]:
    """Open the laboratory of a home in the context of `settings`, as of now, check the queries, and close it afterwards.

    Raises what `open_laboratory`, `open_pool` and `check` raise, and EvaluationError at the end if the home was changed
    meanwhile: one half would have been judged by other records than the other.
    """
    laboratory = open_laboratory(home, queries, progress)
    with closing(laboratory.product) as product:
        before = (product.catalog.version(), product.catalog.consent_epoch(), product.consent)
        context = ConsentContext(
            settings.territory,
            datetime.now(UTC),
            settings.commercial_model,
            product.consent.use,
            product.consent.service_dpid,
        )
        pool = open_pool(product, context, settings.policy, settings.candidates)
        with open_store(home, make=False) as store:
            decide = exact(product, context, settings.policy)
            found = check(queries, pool, store, decide, allow_unknown=settings.allow_unknown)
        yield Bench(laboratory, context, pool, found)
        if before != (product.catalog.version(), product.catalog.consent_epoch(), product.consent):
            raise EvaluationError(f"the catalog or the consent of {home} was changed while it was judged; run it again")


def run(
    home: Path,
    queries: Sequence[Query],
    settings: RunSettings,
    progress: Progress,
    answers: Sequence[Path] = (),
    extra: Mapping[str, Own | GivenLists] | None = None,
) -> Run:
    """Judge systems on queries over the catalog of a home, those of an analyst's own (`extra`, by name) beside ours.

    Nothing that is wanted is learned from or told to a system, and the files that hold the truth (`answers`, and the
    demo's) cannot be read while systems are made and rank. What variants and ablations are of runs whole beside them. The
    same home, queries and settings give the same run, times aside. Raises EvaluationError where no number would mean
    anything, LineupError for a system that cannot be made or used, ValueError for a policy that is not offered, and what
    `open_laboratory` raises.
    """
    consent = load_consent_settings(home)
    if settings.policies == ("all",):
        settings = replace(settings, policies=consent.offered)
    variants = (*settings.variants, *map(without, settings.without))
    for name in (settings.policy, *settings.policies, *(one.policy for one in variants if one.policy is not None)):
        consent.policy(name)
    names = (*settings.systems, PRODUCT) if variants else settings.systems
    told = asdict(replace(settings, candidates=None, timings=False))
    made_of, made_by = identity(queries, settings.candidates, told), made()
    with open_bench(home, queries, settings, progress) as bench:
        laboratory, pool = bench.laboratory, bench.pool
        with sealed((home / TRUTH_FILE, *answers)):
            lineup = Lineup(laboratory, pool, bench.context, settings.policy)
            ours = lineup.systems(names, variants)
            systems = {**ours, **lineup.own(extra or {}, ours)}
            found = bench.evaluate(systems, queries, settings.depths, progress)
            costs = _costs(home, bench, found, systems, settings, progress)
        with progress("Measuring", 3) as advance:
            decide = exact(laboratory.product, bench.context, settings.policy)
            leaked = leakage((ids for name in found.lists for ids in found.track_ids(name, pool)), decide)
            about = _about(bench, found, systems, settings, decide) | _returned(found, systems, leaked, pool)
            advance(1)
            known = [lineup.known(query.asked) for query in found.queries]
            is_leaked = np.zeros(len(pool.mask), dtype=bool)
            is_leaked[pool.known(list(leaked))] = True
            measures = of_queries(found, laboratory, pool, known, is_leaked)
            whole = of_the_whole(found, laboratory, pool)
            advance(1)
            controls = _controls(laboratory, found, pool)
            advance(1)
        ids = [query.query_id for query in found.queries]
        return Run(
            per_query=_per_query(found, measures, laboratory),
            whole=whole,
            about=as_json({**about, "identity": made_of}),
            controls=as_json(controls),
            policies=as_json(costs),
            worst=as_json(list(_worst(found, laboratory, pool, leaked))),
            lists={name: dict(zip(ids, found.track_ids(name, pool), strict=True)) for name in found.lists},
            timings=as_json(_timings(home, found, settings)) if settings.timings else {},
            gains={query.query_id: query.wanted for query in found.queries},
            made=made_by,
        )


def _about(
    bench: Bench,
    found: Evaluation,
    systems: Mapping[str, System | GivenLists],
    settings: RunSettings,
    decide: Decide,
) -> dict[str, Any]:
    """Return what was run, on what and how systems were set, and what consent withholds of it."""
    laboratory, pool = bench.laboratory, bench.pool
    product = laboratory.product
    permits = overblocking(open_pool(product, bench.context, settings.policy).mask, pool.track_ids, decide)
    return {
        "queries": len(found.queries),
        "clusters": len({query.cluster for query in found.queries}),
        "nothing_to_find": found.without_gold,
        "wanted_outside": found.gold_outside,
        "ranked": int(pool.mask.sum()),
        "tracks": len(pool.mask),
        "candidates": None if pool.candidates is None else len(pool.candidates),
        "territory": settings.territory,
        "policy": settings.policy,
        "commercial_model": settings.commercial_model.value,
        "held_out": asdict(laboratory.withheld),
        "catalog": product.model.bundle.about["catalog_version"],
        "bundle": product.bundle_version,
        "consent_epoch": product.catalog.consent_epoch(),
        "systems": {name: system.settings for name, system in systems.items()},
        "ablations": ablations(settings.without),
        "overblocking": {"share": permits.share, "at_most": permits.at_most, "let_through": permits.let_through},
        "wanted_withheld": bench.checked["withheld"],
        "checked": bench.checked,
        "refused": found.refused,
        "empty": {
            name: sum(not len(one) for one in lists) - len(found.refused[name]) for name, lists in found.lists.items()
        },
    }


def _returned(
    found: Evaluation, systems: Mapping[str, System | GivenLists], leaked: Mapping[TrackId, ReasonCode], pool: Pool
) -> dict[str, Any]:
    """Return what systems leaked, and apart from it what is strange in given lists, of which nothing was ever served."""
    given = {name: one for name, one in systems.items() if isinstance(one, GivenLists)}
    served = {one for name in systems.keys() - given.keys() for ids in found.track_ids(name, pool) for one in ids}
    return {
        "leaked": {track_id: reason.value for track_id, reason in leaked.items() if track_id in served},
        "lists": {name: lists.strange(found.queries, pool, leaked) for name, lists in given.items()},
    }


def _timings(home: Path, found: Evaluation, settings: RunSettings) -> dict[str, Any]:
    """Return the milliseconds of each answer by system, and those from a take-down to the first answer without it."""
    prompts = list(dict.fromkeys(query.prompt for query in found.queries))[:CANARIES]
    lag = revocation_lag(home, prompts, settings.territory, settings.policy, settings.commercial_model, CANARIES)
    return {
        "milliseconds": {name: values.tolist() for name, values in found.milliseconds.items()},
        "revocations": lag,
    }


def _costs(
    home: Path,
    bench: Bench,
    found: Evaluation,
    systems: Mapping[str, System | GivenLists],
    settings: RunSettings,
    progress: Progress,
) -> dict[str, Any]:
    """Return what each policy costs in relevance beside a run in which nothing is withheld, which is kept nowhere."""
    judged = {name: systems[name] for name in COSTED if name in systems}
    if not settings.policies or not judged:
        return {}
    product, context = bench.laboratory.product, bench.context
    # Made as the product was: with the model that it was given, whatever is built meanwhile.
    open_to_all = type(product)(home, product.catalog, product.model, product.consent, audit_only=True)
    metric = _primary(found)
    clusters = [query.cluster for query in found.queries]
    costs: dict[str, Any] = {}
    with progress("Measuring what policies cost", (1 + len(settings.policies)) * len(found.queries)) as advance:

        def scores(pool: Pool, asked: PlaylistRecommender, policy: str) -> Evaluation:
            among = {**judged, PRODUCT: pipeline(asked.recommend, context, policy)} if PRODUCT in judged else judged
            return evaluate(among, found.queries, pool, product.model.features, found.depths, advance)

        everything = open_pool(open_to_all, context, AUDIT_ONLY, settings.candidates)
        unlimited = scores(everything, open_to_all, settings.policy)
        for policy in settings.policies:
            try:
                pool = open_pool(product, context, policy, settings.candidates)
            except EvaluationError:  # it withholds everything, which is a cost like any other
                pool = replace(everything, mask=np.zeros_like(everything.mask))
            under = scores(pool, product, policy)
            costs[policy] = {
                "permitted": int(pool.mask.sum()),
                "wanted_withheld": under.gold_outside - unlimited.gold_outside,
                "metric": metric,
                "systems": {
                    name: {
                        part: asdict(value)
                        for part, value in relevance_lost(
                            unlimited.column(name, metric), under.column(name, metric), clusters
                        ).items()
                    }
                    for name in judged
                },
            }
    return costs


def _primary(found: Evaluation) -> str:
    """Return the metric by which systems are compared, or the first where lists are not read that deep."""
    measured = [str(metric) for metric in found.metrics]
    return PRIMARY if PRIMARY in measured else measured[0]


def _controls(laboratory: Laboratory, found: Evaluation, pool: Pool) -> dict[str, Any]:
    return {
        "leaks": [asdict(leak) for leak in laboratory.leaks],
        "coins": {name: asdict(coin) for name, coin in coins(found.queries, found.lists, pool).items()},
        "traits": [
            asdict(trait)
            for trait in traits(laboratory.tracks, laboratory.holders > 0, pool, found.queries, found.lists)
        ],
    }


def _per_query(found: Evaluation, measures: Mapping[str, Mapping[str, Numbers]], laboratory: Laboratory) -> pa.Table:
    """Return one row a system and query, all queries of a system together."""
    size = len(found.scores)
    reader = laboratory.product.model.reader
    columns: dict[str, Any] = {
        "query_id": [query.query_id for query in found.queries] * size,
        "cluster": [query.cluster for query in found.queries] * size,
        "system": [name for name in found.scores for _ in found.queries],
        "prompt": [query.prompt for query in found.queries] * size,
        "turn": [len(query.history) + 1 for query in found.queries] * size,
        "kinds": [
            [kind.value for kind in kinds_of(query.asked, reader.read(query.prompt).spans)] for query in found.queries
        ]
        * size,
    }
    table = np.concatenate(list(found.scores.values()))
    columns |= {str(metric): table[:, column] for column, metric in enumerate(found.metrics)}
    for measure in next(iter(measures.values())):
        columns[measure] = np.concatenate([of_system[measure] for of_system in measures.values()])
    return pa.table(columns)


def _worst(
    found: Evaluation, laboratory: Laboratory, pool: Pool, leaked: Mapping[TrackId, ReasonCode]
) -> Iterator[dict[str, Any]]:
    """Yield for each system the prompts that it served worst, with what was wanted and what was returned."""

    def named(track_id: TrackId) -> str:
        if (position := pool.positions.get(track_id)) is None:
            return f"{track_id} (unknown)"
        if track_id in leaked:
            return f"{track_id} (withheld)"
        track = laboratory.tracks[position]
        return f"{track.title or track_id} - {track.artist}"

    primary = _primary(found)
    for name in found.scores:
        value, found_at_all = found.column(name, primary), found.column(name, f"recall@{max(found.depths)}")
        returned = found.track_ids(name, pool)
        for row in np.lexsort((found_at_all, value))[:WORST].tolist():
            query = found.queries[row]
            yield {
                "system": name,
                "query_id": query.query_id,
                "prompt": query.prompt,
                "history": list(query.history),
                "metric": primary,
                "value": float(value[row]),
                "wanted": [named(track_id) for track_id in islice(query.wanted, NAMED)],
                "returned": [named(track_id) for track_id in returned[row][:NAMED]],
            }
