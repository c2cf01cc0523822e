"""Offline evaluation: systems rank queries inside one permitted set; ties count by expectation."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from catalog.arrays import Numbers, Positions
from catalog.consent import ConsentContext
from catalog.tracks import Position, TrackId
from eval.measures.metrics import METRICS, Judged, Metric, Unit, collapsed, scores_of
from eval.queries import Query
from eval.systems.lists import GivenLists
from eval.systems.system import Pool, System
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import RequestError
from recommender.scored_tracks import ScoredTracks
from recommender.tracks.features import TrackFeatures

AUDIT_ONLY = "audit_only"
"""The policy under which nothing is withheld: for measuring what the others cost."""


_NOTHING_LEFT = (
    "no query has anything left to find: {:,} of {:,} name no relevant track with a gain above 0, the others like, dislike or "
    "exclude all of them already; add others"
)


class EvaluationError(RuntimeError):
    """An evaluation without meaningful numbers; the message says why, and what to do."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Metrics and ranked lists of every system on the same queries.

    `queries` are those that were judged; `without_gold` counts those that were left out because nothing is left to find.
    `gold_outside` is the share (0 to 1) of wanted tracks outside the pool, which count as missed. By system: `scores`,
    float64 of shape (queries, metrics), with ties by expectation and one column for each of `metrics`; `lists`, the
    positions returned for each query, ties in a drawn order; `milliseconds`, float64 of shape (queries,), of systems that
    were asked; and `refused`, the reason by query id for each refused prompt, whose list is empty. A position below 0 indexes
    `strangers` from the end: tracks of given lists that the catalog does not have.
    """

    metrics: tuple[Metric, ...]
    queries: tuple[Query, ...]
    without_gold: int
    gold_outside: float
    depths: tuple[int, ...]
    lists: Mapping[str, Sequence[Positions]]
    scores: Mapping[str, Numbers]
    milliseconds: Mapping[str, Numbers]
    refused: Mapping[str, Mapping[str, str]]
    strangers: Sequence[TrackId] = ()

    def column(self, system: str, metric: str) -> Numbers:
        """Return one metric of one system, float64 of shape (queries,). Raises ValueError for a metric not measured."""
        names = [str(one) for one in self.metrics]
        if metric not in names:
            raise ValueError(f"{metric!r} was not measured; there is {', '.join(names)}")
        return self.scores[system][:, names.index(metric)]

    def track_ids(self, system: str, pool: Pool) -> list[list[TrackId]]:
        """Return the lists of a system by track id."""
        ids = [*pool.track_ids, *self.strangers]
        return [[ids[position] for position in ranked] for ranked in self.lists[system]]


def open_pool(
    recommender: PlaylistRecommender,
    context: ConsentContext,
    policy: str,
    candidates: Sequence[TrackId] | None = None,
) -> Pool:
    """Return the tracks that are permitted in `context` and built, restricted to `candidates` where they are given.

    Under `audit_only` everything is: that is for measuring what the other policies cost, and its lists stay in memory.
    Raises EvaluationError when none is left, ValueError for an unknown policy.
    """
    size = len(recommender.model)
    track_ids = recommender.catalog.track_ids()[:size]
    positions = {track_id: Position(place) for place, track_id in enumerate(track_ids)}
    chosen = recommender.consent.audit_only if policy == AUDIT_ONLY else recommender.consent.policy(policy)
    mask = recommender.permits.permitted(context, chosen).mask[:size].copy()
    permitted = int(mask.sum())
    if candidates is not None:
        among = np.zeros(len(mask), dtype=bool)
        among[[positions[track_id] for track_id in candidates if track_id in positions]] = True
        mask &= among
    if not mask.any():
        deals = "record deals (`consonance import tracks FILE --assert-deal REASON`), or choose another context"
        left = "none of them is a candidate; name others" if permitted else deals
        raise EvaluationError(
            f"no track is left to rank: {permitted:,} of {len(mask):,} are permitted in {context.territory} under "
            f"{policy} for {context.commercial_model.value}; {left}"
        )
    return Pool(track_ids, positions, mask, None if candidates is None else tuple(candidates))


def evaluate(
    systems: Mapping[str, System | GivenLists],
    queries: Sequence[Query],
    pool: Pool,
    features: TrackFeatures,
    depths: Sequence[int],
    progress: Callable[[int], None],
) -> Evaluation:
    """Rank the pool with every system for every query, and judge the lists at each of `depths`, as `evaluating` does.

    `progress` is told of each query.
    """
    (found,) = together([evaluating(systems, queries, pool, features, depths)], progress)
    return found


def together(evaluations: Sequence[Iterator[Evaluation]], progress: Callable[[int], None]) -> tuple[Evaluation, ...]:
    """Run evaluations of the same queries in lockstep, and advance `progress` by one a query.

    Evaluations that share scorers reuse their cached answers this way; results equal those of separate runs.
    """
    for found in zip(*evaluations, strict=True):
        latest = found
        progress(1)
    return latest


def evaluating(
    systems: Mapping[str, System | GivenLists],
    queries: Sequence[Query],
    pool: Pool,
    features: TrackFeatures,
    depths: Sequence[int],
    only: Metric | None = None,
) -> Iterator[Evaluation]:
    """Rank the pool with every system, one query at a time; yield the same `Evaluation`, filled further, after each query.

    Lists are judged at each of `depths`, as tracks, as songs and as artists (`features` groups tracks), or in the `only`
    metric given. They are read down to the deepest place and its ties. Queries with nothing left to find are skipped. The
    result is deterministic. Raises EvaluationError when no query can be judged, or when a system returns a track outside the
    pool, one the listener knows, one twice, or one without a score; given lists may hold anything.
    """
    judged = [query for query in queries if query.wanted]
    if not judged:
        raise EvaluationError(_NOTHING_LEFT.format(sum(not query.relevant for query in queries), len(queries)))
    depth = max(depths)
    metrics = [only] if only else [Metric(name, k, unit=unit) for unit in Unit for k in depths for name in METRICS]
    codes = {unit: codes for unit, codes in _codes_of(features).items() if any(one.unit is unit for one in metrics)}
    lists: dict[str, list[Positions]] = {name: [] for name in systems}
    scores = {name: np.empty((len(judged), len(metrics))) for name in systems}
    milliseconds = {name: np.empty(len(judged)) for name, system in systems.items() if isinstance(system, System)}
    refused: dict[str, dict[str, str]] = {name: {} for name in systems}
    places, strangers = _places(systems, judged, pool)
    gold = [track_id in pool for query in judged for track_id in query.wanted]
    whole = Evaluation(
        tuple(metrics),
        tuple(judged),
        len(queries) - len(judged),
        gold.count(False) / len(gold),
        tuple(depths),
        lists,
        scores,
        milliseconds,
        refused,
        strangers,
    )
    for row, query in enumerate(judged):
        allowed = pool.without((*query.liked, *query.disliked, *query.exclude))
        luck = _luck(query, len(places))
        found: list[ScoredTracks] = []
        for name, system in systems.items():
            if isinstance(system, System):
                started = perf_counter()
                ranked, refusal = _ranked(system, query, depth, allowed)
                milliseconds[name][row] = (perf_counter() - started) * 1000
                refused[name] |= refusal
                _check(name, query, ranked, allowed)
            else:
                ranked = system.ranked(query.query_id, places)
            found.append(_read(ranked, luck, depth))
            lists[name].append(found[-1].positions[:depth])
        for name, values in zip(systems, _judged(found, query, places, codes, metrics, depth), strict=True):
            scores[name][row] = values
        yield whole


def _places(
    systems: Mapping[str, System | GivenLists], judged: Sequence[Query], pool: Pool
) -> tuple[dict[TrackId, Position], list[TrackId]]:
    """Return the position of every track that is wanted or listed, and those that the catalog does not have.

    Such a stranger has a position below 0, which counts from the end of what is returned. Raises EvaluationError for given
    lists of other queries.
    """
    named = [track_id for query in judged for track_id in query.wanted]
    for name, one in systems.items():
        if isinstance(one, GivenLists):
            listed = [track_id for query in judged for track_id in one.by_query.get(query.query_id, ())]
            if not listed:
                raise EvaluationError(
                    f"{name} lists nothing for any of the queries; give it the ids that --queries has"
                )
            named += listed
    strangers = [track_id for track_id in dict.fromkeys(named) if track_id not in pool.positions]
    last_first = {track_id: Position(-1 - place) for place, track_id in enumerate(reversed(strangers))}
    return {**pool.positions, **last_first}, strangers


def _ranked(system: System, query: Query, depth: int, allowed: Pool) -> tuple[ScoredTracks, dict[str, str]]:
    """Return what a system ranks; nothing where it refuses the prompt, and then why, by query id."""
    try:
        return system.rank(query.asked, depth, allowed), {}
    except RequestError as error:
        if error.field != "prompt":
            raise
        return ScoredTracks(np.empty(0, np.int64), np.empty(0, np.float32)), {query.query_id: error.reason}


def _read(ranked: ScoredTracks, luck: Numbers, depth: int) -> ScoredTracks:
    """Return the tracks down to a depth and all that tie with the last, those that tie in the order of their luck."""
    order = np.lexsort((luck[ranked.positions], -ranked.scores))
    return ranked[order[ranked.scores[order] >= ranked.scores[order[:depth]].min(initial=np.inf)]]


def _luck(query: Query, size: int) -> Numbers:
    """Return a tie-breaking number for each track, which depends neither on the system nor on the pool.

    Those of the catalog come first: strangers change none of theirs.
    """
    return np.random.default_rng(int.from_bytes(hashlib.sha256(query.query_id.encode()).digest()[:8])).random(size)


def _check(name: str, query: Query, ranked: ScoredTracks, allowed: Pool) -> None:
    positions = ranked.positions
    inside = (positions >= 0) & (positions < len(allowed.mask))
    inside[inside] = allowed.mask[positions[inside]]
    values, counts = np.unique(positions, return_counts=True)
    for wrong, why in (
        (positions[~inside], "which is not permitted, not a candidate, or known to the listener already"),
        (positions[np.isnan(ranked.scores)], "with a score that is no number"),
        (values[counts > 1], "twice"),
    ):
        if len(wrong):
            position = int(wrong[0])
            known = 0 <= position < len(allowed.mask)
            what = repr(allowed.track_ids[position]) if known else "a track it does not have"
            raise EvaluationError(f"{name} returned {what} for query {query.query_id!r}, {why}; mend the system")


def _judged(
    found: Sequence[ScoredTracks],
    query: Query,
    places: Mapping[TrackId, Position],
    codes: Mapping[Unit, Positions | None],
    metrics: Sequence[Metric],
    depth: int,
) -> Numbers:
    """Return the metrics of each system's list, of shape (systems, metrics)."""
    wanted = query.wanted
    positions = np.array([places[track_id] for track_id in wanted], dtype=np.int64)
    gains = np.fromiter(wanted.values(), np.float64, len(wanted))
    parts = []
    for unit, of_track in codes.items():
        of_wanted = _codes(positions, of_track)
        read = [
            collapsed(_codes(ranked.positions, of_track), ranked.scores.astype(np.float64), of_wanted, gains)
            for ranked in found
        ]
        along, scores, gains_wanted = zip(*read, strict=True)
        parts.append(
            scores_of(
                Judged.from_gains(along, scores, gains_wanted, depth),
                [metric for metric in metrics if metric.unit is unit],
            )
        )
    return np.concatenate(parts, axis=1)


def _codes_of(features: TrackFeatures) -> Mapping[Unit, Positions | None]:
    """Return the code of each track's unit; none where the track itself is it."""
    return {
        Unit.TRACK: None,
        Unit.SONG: features.song.astype(np.int64),
        Unit.ARTIST: features.artist.astype(np.int64),
    }


def _codes(positions: Positions, of_track: Positions | None) -> Positions:
    """Return the unit of each track; a stranger is a track, a song and an artist of its own."""
    return positions if of_track is None else np.where(positions < 0, positions, of_track[positions.clip(0)])
