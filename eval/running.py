"""A whole evaluation run: hold out, rank with every system, measure, and check the controls."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from catalog.arrays import Numbers
from catalog.consent import CommercialModel, ConsentContext, ReasonCode
from catalog.demo.truth import TRUTH_FILE
from catalog.settings import load_consent_settings
from catalog.stores import open_store
from catalog.tracks import DEFAULT_TERRITORY, Territory, TrackId
from eval.answers import Answers, Pipeline, Product, processes
from eval.checking import check
from eval.evaluation import AUDIT_ONLY, Evaluation, EvaluationError, evaluating, open_pool, together
from eval.identity import identity, made
from eval.measures.beyond_accuracy import of_queries, of_the_whole
from eval.measures.consent_measures import (
    Decide,
    exact,
    leakage,
    overblocking,
    revocation_lag,
)
from eval.measures.controls import coins, traits
from eval.measures.metrics import parse_metric
from eval.measures.policy_costs import PolicyCosts, under
from eval.notebooks.workspace import quietly
from eval.prompts.kinds import kinds_of
from eval.queries import Query, as_tuple
from eval.reporting.measured import PRIMARY
from eval.reporting.results import Run
from eval.reporting.run_files import as_json
from eval.systems.blends import pipeline
from eval.systems.holdout import Laboratory, open_laboratory, sealed
from eval.systems.lineup import DEFAULT, PRODUCT, Lineup, Own, ablations, without
from eval.systems.lists import GivenLists
from eval.systems.system import Pool, System
from recommender.prompts.reading import PromptQuery
from recommender.training.parts import Progress
from recommender.variants import Variant

DEPTHS = (10, 20, 100)

WORST = 10
NAMED = 10
"""The worst prompts kept of each system, and the tracks of each that are named."""

COSTED = ("bm25", "dense", PRODUCT)
"""The systems whose relevance under each policy is measured, where they run."""

CANARIES = 20


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What to run: systems by name, the product also as `variants` and `without` some channels, lists read to each of `depths`.

    Lists hold what is permitted in the territory, under the policy, for the commercial model, restricted to `candidates`
    where they are given. `policies` are those whose cost in relevance is measured beside it; "all" for all that are
    offered. `timings` keeps how long answers took, and times take-downs on a copy of the home. `allow_unknown` judges even
    where the catalog does not know most of what is wanted. So many `jobs` (1 or more) ask the product, each a process that
    needs a processor and the memory of a server; never more than there are queries, and how many changes no number. Lists
    may be of any kind, and one name, depth or variant stands for a list of it. Raises ValueError for a depth that is no
    whole number above 0.
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
    jobs: int = 1

    def __post_init__(self) -> None:
        for name in ("systems", "without", "variants", "depths", "candidates", "policies"):
            if (given := getattr(self, name)) is not None:
                object.__setattr__(self, name, as_tuple(given))
        if wrong := [one for one in self.depths if not (isinstance(one, int | np.integer) and one > 0)]:
            raise ValueError(f"depths: {wrong[0]!r} is no whole number above 0")


@dataclass(frozen=True, eq=False, slots=True)
class Bench:
    """Test bench of a run: the laboratory of a home, the consent context, the pool, and what was found of the queries."""

    laboratory: Laboratory
    context: ConsentContext
    pool: Pool
    checked: Mapping[str, Any]


@contextmanager
def open_bench(
    home: Path, queries: Sequence[Query], settings: RunSettings, progress: Progress, at: datetime | None = None
) -> Iterator[Bench]:
    """Open the laboratory of a home in the context of `settings`, as of `at` or else of now, check the queries, and close it
    afterwards.

    Raises what `open_laboratory`, `open_pool` and `check` raise, and EvaluationError at the end if the home was changed
    meanwhile: one half would have been judged by other records than the other.
    """
    at = at or datetime.now(UTC)
    laboratory = open_laboratory(home, queries, progress, at)
    with closing(laboratory.product) as product:
        before = (product.catalog.version(), product.catalog.consent_epoch(), product.consent)
        context = ConsentContext(
            settings.territory,
            at,
            settings.commercial_model,
            product.consent.use,
            product.consent.service_dpid,
        )
        pool = open_pool(product, context, settings.policy, settings.candidates)
        with open_store(home, make=False) as store:
            found = check(
                queries, pool, store, exact(product, context, settings.policy), allow_unknown=settings.allow_unknown
            )
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
    settings = _checked(home, settings)
    told = asdict(replace(settings, candidates=None, timings=False))
    made_of, made_by = identity(queries, settings.candidates, {**told, "jobs": None}), made()
    answers = (home / TRUTH_FILE, *answers)
    at = datetime.now(UTC)
    # Libraries add up in another order on another number of threads: on one, however many processes there are, all is the same.
    with (
        processes(
            min(settings.jobs, len(queries) or 1), partial(_open_product, home, queries, settings, at, answers)
        ) as workers,
        open_bench(home, queries, settings, progress, at) as bench,
        threadpool_limits(1, "blas"),
    ):
        laboratory, pool = bench.laboratory, bench.pool
        with sealed(answers):
            lineup = Lineup(laboratory, pool, bench.context, settings.policy)
            ours = lineup.systems(*_named(settings))
            systems = {**ours, **lineup.own(extra or {}, ours)}
            product = _product(home, bench, settings, ours)
            in_order = [query.query_id for query in queries]  # of which the digests tell nothing
            of_queries = (in_order, made_of["queries"], made_of["gains"])
            keys = product.keys([laboratory.made_from, *of_queries, *_circumstances(home, bench)])
            costed = {name: systems[name] for name in COSTED if name in systems}
            metric, own = _primary(settings.depths), bool(costed.keys() - ours.keys())
            costs = PolicyCosts(costed, product, keys, metric, own=own)
            to_ask = [query.asked for query in queries if query.wanted]
            asked = Answers(costs.product, to_ask, keys, workers)
            if not settings.timings:
                systems |= {name: asked.system(name) for name in ours if name in product.pipelines}
            judge = partial(
                evaluating, queries=queries, features=laboratory.product.model.features, depths=settings.depths
            )
            with progress("Ranking", len(to_ask)) as advance:
                found, *limited = together([judge(systems, pool=pool), *costs.evaluations(asked, judge)], advance)
            costs.measure(limited)
            parsed = [asked.reading(query.prompt) for query in found.queries]
        measured = _measured(home, bench, lineup, systems, found, parsed, settings, progress)
    costs.keep()
    asked.keep()  # only now: what was answered while consent changed is of neither state
    measured["about"]["identity"] = made_of
    return Run(**measured, policies=as_json(costs.values), made=made_by)


def _circumstances(home: Path, bench: Bench) -> tuple[object, ...]:
    """Return where and when the product is asked, beside what it learned: of the instant the day, which prompts speak of."""
    context = bench.context
    consent = bench.laboratory.product.consent
    return home.resolve(), consent, context.territory, context.commercial_model, context.at.date()


def _measured(
    home: Path,
    bench: Bench,
    lineup: Lineup,
    systems: Mapping[str, System | GivenLists],
    found: Evaluation,
    parsed: Sequence[PromptQuery],
    settings: RunSettings,
    progress: Progress,
) -> dict[str, Any]:
    """Return the fields of a `Run` that tell what was run and what lists are like; `parsed` is how each prompt is read."""
    laboratory, pool = bench.laboratory, bench.pool
    with progress("Measuring", 3) as advance:
        decide = exact(laboratory.product, bench.context, settings.policy)
        leaked = leakage((ids for name in found.lists for ids in found.track_ids(name, pool)), decide)
        about = _about(bench, found, systems, settings, decide) | _returned(found, systems, leaked, pool)
        advance(1)
        known = [lineup.known(query.asked) for query in found.queries]
        is_leaked = np.zeros(len(pool.mask), dtype=bool)
        is_leaked[pool.known(list(leaked))] = True
        measures = of_queries(found, laboratory, pool, known, is_leaked, parsed)
        whole = of_the_whole(found, laboratory, pool)
        advance(1)
        controls = _controls(laboratory, found, pool)
        advance(1)
    ids = [query.query_id for query in found.queries]
    return {
        "per_query": _per_query(found, measures, parsed),
        "whole": whole,
        "about": as_json(about),
        "controls": as_json(controls),
        "worst": as_json(list(_worst(found, laboratory, pool, leaked))),
        "lists": {name: dict(zip(ids, found.track_ids(name, pool), strict=True)) for name in found.lists},
        "timings": as_json(_timings(home, found, settings)) if settings.timings else {},
        "gains": {query.query_id: query.wanted for query in found.queries},
    }


def _about(
    bench: Bench,
    found: Evaluation,
    systems: Mapping[str, System | GivenLists],
    settings: RunSettings,
    decide: Decide,
) -> dict[str, Any]:
    laboratory, pool = bench.laboratory, bench.pool
    product = laboratory.product
    undated = {query.user_id for query in found.queries if query.user_id and query.as_of is None}
    permits = overblocking(open_pool(product, bench.context, settings.policy).mask, pool.track_ids, decide)
    return {
        "queries": len(found.queries),
        "clusters": len({query.cluster for query in found.queries}),
        "nothing_to_find": found.without_gold,
        "undated_listeners": len(undated),
        "unheard_listeners": sum(not any(product.catalog.listener_plays(name)) for name in undated),
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
        "unchanged": [one.name for one in settings.variants if _is_product(one, settings.policy)],
        "overblocking": {"share": permits.share, "at_most": permits.at_most, "let_through": permits.let_through},
        "wanted_withheld": bench.checked["withheld"],
        "checked": bench.checked,
        "refused": found.refused,
        "perfect": [name for name in systems if found.column(name, _primary(found.depths)).min() == 1],
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
    prompts = list(dict.fromkeys(query.prompt for query in found.queries))[:CANARIES]
    lag = revocation_lag(home, prompts, settings.territory, settings.policy, settings.commercial_model, CANARIES)
    return {
        "milliseconds": {name: values.tolist() for name, values in found.milliseconds.items()},
        "revocations": lag,
    }


def _checked(home: Path, settings: RunSettings) -> RunSettings:
    """Return settings with all policies named. Raises ValueError for one that is not offered, and for impossible jobs."""
    if settings.jobs < 1 or (settings.jobs > 1 and settings.timings):
        raise ValueError(
            f"{settings.jobs} jobs: give 1 or more, and 1 with timings, which other processes would disturb"
        )
    consent = load_consent_settings(home)
    if settings.policies == ("all",):
        settings = replace(settings, policies=consent.offered)
    of_variants = (one.policy for one in settings.variants if one.policy is not None)
    for name in (settings.policy, *settings.policies, *of_variants):
        consent.policy(name)
    return settings


def _named(settings: RunSettings) -> tuple[tuple[str, ...], tuple[Variant, ...]]:
    """Return the names of systems, and the variants of the product that change it; what variants are of is named too."""
    of_variants = [] if not (settings.variants or settings.without) else [PRODUCT]
    changing = (one for one in settings.variants if not _is_product(one, settings.policy))
    return (*settings.systems, *of_variants), (*changing, *map(without, settings.without))


def _is_product(variant: Variant, policy: str) -> bool:
    """Return whether a variant is what it is a variant of, as the control of an experiment is."""
    return variant.changes in ({}, {"policy": policy})


@contextmanager
def _open_product(
    home: Path, queries: Sequence[Query], settings: RunSettings, at: datetime, answers: Sequence[Path]
) -> Iterator[Product]:
    """Open the product in a process of its own, at the instant of the run."""
    with open_bench(home, queries, settings, quietly, at) as bench, sealed(answers):
        names, variants = _named(settings)
        lineup = Lineup(bench.laboratory, bench.pool, bench.context, settings.policy)
        yield _product(home, bench, settings, lineup.systems([name for name in names if name == PRODUCT], variants))


def _product(home: Path, bench: Bench, settings: RunSettings, ours: Mapping[str, System]) -> Product:
    """Return the product as it is judged: in the line-up, and where its relevance is measured, under each policy and under none."""
    product, context = bench.laboratory.product, bench.context
    policy_of = {f"{PRODUCT}-{one.name}": one.policy or settings.policy for one in settings.variants}
    found = {
        name: Pipeline(system, bench.pool, policy_of.get(name, settings.policy))
        for name, system in ours.items()
        if name == PRODUCT or name.startswith(f"{PRODUCT}-")
    }
    if not settings.policies:
        return Product(found, max(settings.depths), product.model.reader)
    # Made as the product was: with the model that it was given, whatever is built meanwhile.
    open_to_all = type(product)(home, product.catalog, product.model, product.consent, audit_only=True)
    everything = open_pool(open_to_all, context, AUDIT_ONLY, settings.candidates)
    found[under(AUDIT_ONLY)] = Pipeline(
        pipeline(open_to_all.recommend, context, settings.policy), everything, AUDIT_ONLY
    )
    for policy in settings.policies:
        try:
            pool = open_pool(product, context, policy, settings.candidates)
        except EvaluationError:  # it withholds everything, which is a cost like any other
            pool = replace(everything, mask=np.zeros_like(everything.mask))
        found[under(policy)] = Pipeline(pipeline(product.recommend, context, policy), pool, policy)
    return Product(found, max(settings.depths), product.model.reader)


def _primary(depths: Sequence[int]) -> str:
    """Return the metric by which systems are compared, or its like where lists are not read that deep."""
    return PRIMARY if parse_metric(PRIMARY).k in depths else str(replace(parse_metric(PRIMARY), k=depths[0]))


def _controls(laboratory: Laboratory, found: Evaluation, pool: Pool) -> dict[str, Any]:
    return {
        "leaks": [asdict(leak) for leak in laboratory.leaks],
        "coins": {name: asdict(coin) for name, coin in coins(found.queries, found.lists, pool).items()},
        "traits": [
            asdict(trait)
            for trait in traits(laboratory.tracks, laboratory.holders > 0, pool, found.queries, found.lists)
        ],
    }


def _per_query(
    found: Evaluation, measures: Mapping[str, Mapping[str, Numbers]], parsed: Sequence[PromptQuery]
) -> pa.Table:
    size = len(found.scores)
    columns: dict[str, Any] = {
        "query_id": [query.query_id for query in found.queries] * size,
        "cluster": [query.cluster for query in found.queries] * size,
        "system": [name for name in found.scores for _ in found.queries],
        "prompt": [query.prompt for query in found.queries] * size,
        "turn": [len(query.history) + 1 for query in found.queries] * size,
        "kinds": [
            [kind.value for kind in kinds_of(query.asked, read.spans)]
            for query, read in zip(found.queries, parsed, strict=True)
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

    primary = _primary(found.depths)
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
                **({"user_id": query.user_id} if query.user_id else {}),
                "metric": primary,
                "value": float(value[row]),
                "wanted": [named(track_id) for track_id in islice(query.wanted, NAMED)],
                "returned": [named(track_id) for track_id in returned[row][:NAMED]],
            }
