"""Learn what the product's channels are worth, and judge it on queries that were not learned from.

examples:
  python -m eval weights requests:dialogs.jsonl:ids.txt jamendo:captions.jsonl .demo:demo.jsonl

Judged is the order of the channels' sums, before lists are made of it: with the artist gap and the other rules of lists `run`
tells other numbers of the same weights. Each set counts alike, however many queries it has. Clusters are dealt into folds;
each is judged by weights learned from the others. The weights shipped stand in `recommender/blending.py`; a build learns those
of examples and histories anew.
"""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from catalog.tracks import TrackId
from eval.commands.terminal import CHECKS, argument, console, progress, read_candidates
from eval.evaluation import EvaluationError
from eval.queries import Query, read_queries
from eval.reporting.remarks import counted, of_queries
from eval.reporting.results import paired_row
from eval.reporting.tables import ResultTable
from eval.running import RunSettings, open_bench
from eval.systems.blends import request_for
from recommender.blending import SHIPPED, QueryClass, Weights
from recommender.requests import RequestError
from recommender.training.learning import Case, case_of, fit_weights, ndcg, order
from recommender.training.parts import Progress

MEASURES = ("ndcg@10", "hit@10", "mrr@100", "recall@100")

_DEPTH = 100

_BEFORE_LISTS = "the order of the channels' sums: `run` judges lists, with the artist gap, and tells other numbers of the same weights"


ARGUMENTS = [
    argument("sets", nargs="+", metavar="HOME:QUERIES[:CANDIDATES]", help="a home and what to ask of it"),
    argument("--folds", type=int, default=10, metavar="N", help="2 or more (%(default)s)"),
    *CHECKS,
]


def run(arguments: Namespace) -> None:
    """Print the fitted weights and their out-of-fold metrics on each set."""
    sets = [_query_set(text, strict=arguments.strict) for text in arguments.sets]
    _, tables = learn_weights(sets, RunSettings(allow_unknown=arguments.allow_unknown), arguments.folds, progress)
    console().print(*tables)


def _query_set(text: str, *, strict: bool) -> "QuerySet":
    parts = text.split(":")
    if not 2 <= len(parts) <= 3 or not all(parts):
        raise ValueError(f"{text!r} is not a set of queries: write HOME:QUERIES or HOME:QUERIES:CANDIDATES")
    home, queries = Path(parts[0]), Path(parts[1])
    candidates = read_candidates(Path(parts[2])) if len(parts) == 3 else None
    return QuerySet(f"{home.name}, {queries.stem}", home, read_queries(queries, strict=strict), candidates)


@dataclass(frozen=True, eq=False, slots=True)
class Example:
    """Training example: a query's set, cluster and query class, and what the channels returned."""

    of: str
    cluster: str
    query_class: QueryClass
    case: Case


@dataclass(frozen=True, eq=False, slots=True)
class QuerySet:
    """Queries with the home and, where given, the candidates that they are evaluated on."""

    name: str
    home: Path
    queries: Sequence[Query]
    candidates: tuple[TrackId, ...] | None = None


def learn_weights(
    sets: Sequence[QuerySet], settings: RunSettings, folds: int, progress: Progress
) -> tuple[Mapping[QueryClass, Weights], list[ResultTable]]:
    """Fit channel weights for every query class on all sets, equally weighted, and evaluate them out of fold.

    Clusters (dialogs, captioned tracks) are dealt into `folds` (2 or more); each is judged by weights that were learned from
    the others. What would make a set's numbers mislead is its table's note; queries that the product refuses teach nothing
    and are told there. Raises what `open_bench` raises, EvaluationError for a set that teaches nothing, and ValueError for
    fewer than 2 folds.
    """
    if folds < 2:
        raise ValueError(f"{folds} fold leaves nothing to learn from; ask for 2 at least")
    notes: dict[str, list[str]] = {each.name: [] for each in sets}
    examples = [one for each in sets for one in _examples(each, settings, progress, notes[each.name])]
    if silent := [each.name for each in sets if all(one.of != each.name for one in examples)]:
        raise EvaluationError(f"{silent[0]} teaches nothing: {'; '.join(notes[silent[0]]) or 'no query wants a track'}")
    clusters = sorted({(one.of, one.cluster) for one in examples})
    fold_of = dict(zip(clusters, np.random.default_rng(0).permutation(len(clusters)) % folds, strict=True))
    sizes = {each.name: sum(one.of == each.name for one in examples) for each in sets}
    learned: dict[QueryClass, Weights] = {}
    scores: dict[str, dict[int, list[float]]] = {"shipped": {}, "out of fold": {}}
    for query_class in QueryClass:
        rows = [row for row, one in enumerate(examples) if one.query_class is query_class]
        if not rows:
            continue
        learned[query_class] = _fitted([examples[row] for row in rows], sizes, query_class)
        for fold in range(folds):
            inside = [row for row in rows if fold_of[examples[row].of, examples[row].cluster] == fold]
            others = [examples[row] for row in rows if fold_of[examples[row].of, examples[row].cluster] != fold]
            fitted = {"shipped": SHIPPED[query_class], "out of fold": _fitted(others, sizes, query_class)}
            for name, weights in fitted.items():
                scores[name] |= {row: _measured(examples[row].case, weights) for row in inside}
    weights_table = ResultTable(
        "What each channel's full score is worth, in log-odds, learned from all queries",
        [
            {
                "situation": query_class.value,
                "queries": sum(one.query_class is query_class for one in examples),
                **{name: float(weight) for name, weight in weights.of.items()},
            }
            for query_class, weights in learned.items()
        ],
        "a build learns a home's own; a variant sets factors of those (`run --variants`): settings = {neighbours = 2.0} doubles one",
    )
    return learned, [weights_table, *_judged(examples, scores, notes)]


def _measured(case: Case, weights: Weights) -> list[float]:
    """Return the `MEASURES` of candidates ranked by the weighted sum of their channels."""
    wanted = order(case, weights)[:_DEPTH] > 0
    first = float(np.argmax(wanted)) if wanted.any() else np.inf
    every = int((case.wanted > 0).sum()) + case.missing
    return [ndcg(case, weights, 10), float(wanted[:10].any()), 1 / (1 + first), float(wanted.sum()) / max(every, 1)]


def _fitted(examples: Sequence[Example], sizes: Mapping[str, int], query_class: QueryClass) -> Weights:
    """Fit the weights of one query class; each query weighs 1 / `sizes` of its set, so that sets count alike."""
    return fit_weights([one.case for one in examples], SHIPPED[query_class].of, [1 / sizes[one.of] for one in examples])


def _examples(each: QuerySet, settings: RunSettings, progress: Progress, notes: list[str]) -> Iterator[Example]:
    """Yield for every query the channels' scores of wanted tracks and of sampled others; note what would mislead."""
    with open_bench(each.home, each.queries, replace(settings, candidates=each.candidates), progress) as bench:
        product, pool = bench.laboratory.product, bench.pool
        refused: dict[str, str] = {}
        wanting = [query for query in each.queries if query.wanted]
        rng = np.random.default_rng(0)
        with progress(f"Asking the channels: {each.name}", len(wanting)) as advance:
            for query in wanting:
                advance(1)
                try:
                    prepared = product.prepare(request_for(query.asked, _DEPTH, pool, bench.context, settings.policy))
                except RequestError as error:
                    refused[query.query_id] = str(error)
                    continue
                # What is not known to meet the wishes is learned from too.
                channels = product.rank(replace(prepared, verified=prepared.eligible)).channels
                yield Example(
                    each.name,
                    query.cluster,
                    prepared.query_class,
                    case_of(channels, pool.known(tuple(query.wanted)), prepared.eligible, rng),
                )
        notes += of_queries(bench.checked, {"the product": refused})


def _judged(
    examples: Sequence[Example], scores: Mapping[str, Mapping[int, list[float]]], notes: Mapping[str, Sequence[str]]
) -> Iterator[ResultTable]:
    for name in dict.fromkeys(one.of for one in examples):
        rows = [row for row, one in enumerate(examples) if one.of == name]
        clusters = [examples[row].cluster for row in rows]
        of_set = {who: np.array([kept[row] for row in rows]) for who, kept in scores.items()}
        yield ResultTable(
            f"{name}: {counted(len(rows), 'query', 'queries')}, by the shipped weights and by weights learned without them",
            [
                paired_row(measure, {who: table[:, place] for who, table in of_set.items()}, clusters)
                for place, measure in enumerate(MEASURES)
            ],
            "\n".join([_BEFORE_LISTS, *notes[name]]),
        )
