"""Measures beyond accuracy, of lists and of a run: wishes met, diversity, novelty, calibration, coverage, fairness of exposure.

Lists are one table of integer positions (`listed`). Measures of one query return one number for each, NaN where the
measure is not defined; measures of a whole run return one number.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.special import rel_entr
from scipy.stats import t as student

from catalog.arrays import Mask, Met, Numbers, Positions, Vectors
from eval.evaluation import Evaluation
from eval.measures.significance import LEVEL, MetricValue
from eval.systems.holdout import Laboratory
from eval.systems.system import Pool
from recommender.eligibility import wishes_met as met_by_kind
from recommender.model import Model
from recommender.prompts.reading import PromptQuery, WishKind
from recommender.prompts.wishes import SHUNNED

Listed = npt.NDArray[np.int64]
"""Lists as int64 of shape (queries, k): the position of the track at each place, best first, `ENDED` where there is none."""


Amounts = npt.NDArray[np.floating] | npt.NDArray[np.integer]
"""One number a track, of shape (tracks,)."""

ENDED = -1

SHARES: Final = np.linspace(0, 1, 101) ** 2
"""Shares of the pool at which `exposure_curve` is read, dense where few tracks are: evenly spaced under a square root."""

HEAD = 10

MAJOR_SHARE = 0.05

SMOOTHING = 0.01
"""How much of the listener's own distribution is mixed into a list's, so that a missing genre costs no infinity."""


def listed(lists: Sequence[Positions], k: int) -> Listed:
    """Put the first `k` places of lists into one table, int64 of shape (lists, k).

    A track that the catalog does not have (a position below 0) leaves its place empty.
    """
    table = np.full((len(lists), k), ENDED, dtype=np.int64)
    for row, positions in zip(table, lists, strict=True):
        row[: len(positions)] = np.maximum(positions[:k], ENDED)
    return table


def wishes_met(lists: Listed, queries: Sequence[PromptQuery], model: Model) -> Numbers:
    """Return how far the listed tracks meet the hard wishes of the prompts, as `prompts.parse` reads them.

    For each query (0 to 1), the mean over its hard wishes of the share of tracks known to meet it among those of which it is
    known; NaN without such a wish, without a list, or where nothing is known of any track. Such a wish speaks about years,
    tempo, vocals or clean lyrics, or rules out an artist or a word; how long a list has to be is no property of its tracks.
    Whether a track meets it is decided as the product does, by what the catalog knows: a word is ruled out where a track's
    names or tags say it, so one of which nothing is said counts as without.
    """
    found = [
        (row, np.count_nonzero(met == 1), np.count_nonzero(met >= 0))
        for row, (places, query) in enumerate(zip(lists, queries, strict=True))
        for met in _hard_wishes(query, places[places != ENDED], model)
    ]
    rows, met, known = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return _means(rows, _ratio(met, known), len(lists))


def _hard_wishes(query: PromptQuery, positions: Positions, model: Model) -> Iterator[Met]:
    """Yield for each hard wish, and each track, 1 where it is met, 0 where not, -1 where that is not known."""
    yield from met_by_kind(query, model.features.take(positions.tolist()), hard=True).values()
    for wish in query.wishes:
        if wish.hard and wish.kind in SHUNNED.values():
            yield _outside(positions, model.names.tracks(wish))
    demanded = [
        model.names.tags.bearing(wish.value) for wish in query.wishes if wish.hard and wish.kind is WishKind.TAG
    ]
    if demanded:
        yield 1 - _outside(positions, np.concatenate(demanded))
    for phrase in query.excluded_words:
        yield _outside(positions, model.lexical.positions(phrase))


def _outside(positions: Positions, unwanted: Positions) -> Met:
    return np.isin(positions, unwanted, invert=True).view(np.int8)


def fill(lists: Listed, available: npt.NDArray[np.int64]) -> Numbers:
    """Return places filled / min(k, available), where `available` int64 (queries,) counts the tracks a listener may get.

    From 0 for an empty list to 1, also where a given list holds more than that; NaN where nothing may be had.
    """
    places = np.minimum(lists.shape[1], available)
    return _ratio(np.minimum(np.count_nonzero(lists != ENDED, axis=1), places), places)


def coverage(lists: Listed, pool: Mask) -> float:
    """Return the share of the pool (bool of shape (tracks,)) that is returned to anybody.

    |union of the lists, within the pool| / |pool|, from 0 for empty lists to 1 (catalog coverage: Ge, Delgado-Battenfeld
    and Jannach, "Beyond accuracy: evaluating recommender systems by coverage and serendipity", 2010).
    """
    returned = np.zeros(len(pool), dtype=bool)
    returned[lists[lists != ENDED]] = True
    return np.count_nonzero(returned & pool) / np.count_nonzero(pool)


def exposure(lists: Listed, size: int) -> Numbers:
    """Return how much each of `size` tracks is seen, float64 of shape (size,): the sum of 1 / log2(1 + place) of its places.

    Places count from 1 (Singh and Joachims, "Fairness of exposure in rankings", 2018).
    """
    seen = np.broadcast_to(1 / np.log2(np.arange(2, lists.shape[1] + 2)), lists.shape)
    filled = lists != ENDED
    return np.asarray(np.bincount(lists[filled], seen[filled], minlength=size), dtype=np.float64)


def gini(exposed: Numbers, pool: Mask) -> float:
    """Return the Gini coefficient of exposure over the n tracks of the pool.

    sum of (2 i - n - 1) x_i / (n sum of x), x ascending and i from 1: 0 where all are seen alike, 1 - 1/n where one track
    has everything, NaN where nothing is seen (over items: Fleder and Hosanagar, "Blockbuster culture's next rise or fall",
    2009).
    """
    ascending = np.sort(exposed[pool])
    size, total = len(ascending), ascending.sum()
    if total == 0:
        return np.nan
    return max(0.0, float((2 * np.arange(1, size + 1) - size - 1) @ ascending / (size * total)))


def exposure_curve(exposed: Numbers, pool: Mask) -> Numbers:
    """Return the share of exposure that the most exposed `SHARES` of the pool have, float64 of shape (101,).

    From 0 to 1, rising ever more slowly; a straight line where all are seen alike; NaN where nothing is seen. It is the
    Lorenz curve read from the top (Lorenz, "Methods of measuring the concentration of wealth", 1905); between two tracks it
    is interpolated.
    """
    so_far = np.concatenate([[0.0], np.cumsum(np.sort(exposed[pool])[::-1])])
    if so_far[-1] == 0:
        return np.full(len(SHARES), np.nan)
    tracks = SHARES * (len(so_far) - 1)
    return np.asarray(np.interp(tracks, np.arange(len(so_far)), so_far / so_far[-1]), dtype=np.float64)


def tail_share(exposed: Numbers, popularity: Amounts, pool: Mask) -> float:
    """Return the share (0 to 1) of exposure outside the most popular tenth of the pool, rounded up.

    `popularity` has a finite number a track, on any scale. Tracks that tie for the last places of that tenth belong to it in
    proportion, so that no order among them counts. NaN where nothing is seen (Abdollahpouri, Burke and Mobasher, "Managing
    popularity bias in recommender systems with personalized re-ranking", 2019, here by exposure).
    """
    seen, popular = exposed[pool], popularity[pool]
    if not seen.any():
        return np.nan
    head = -(-len(popular) // HEAD)
    threshold = np.partition(popular, -head)[-head]
    above, tied = popular > threshold, popular == threshold
    in_head = above + tied * (head - np.count_nonzero(above)) / np.count_nonzero(tied)
    return float((seen * (1 - in_head)).sum() / seen.sum())


def novelty(lists: Listed, counts: Amounts) -> Numbers:
    """Return the mean self-information of each list in bits: the mean of -log2 p(track).

    p = (count + 1) / (sum of counts + number of tracks), where `counts` (tracks,) says how often each was played (not a
    rank, nor a share). From 0 without bound, higher for lists of the little known; NaN for an empty list (Vargas and
    Castells, "Rank and relevance in novelty and diversity metrics for recommender systems", 2011).
    """
    # Where a list has ended any track is looked up, here and below, and not counted.
    told = np.log2(counts.sum() + len(counts)) - np.log2(counts + 1)
    filled = lists != ENDED
    return _ratio(np.where(filled, told[lists], 0).sum(axis=1), filled.sum(axis=1))


def diversity(lists: Listed, vectors: Vectors) -> Numbers:
    """Return the mean cosine distance, 1 - cos, over the pairs of tracks in each list.

    `vectors` is float32 of shape (tracks, dimensions); a vector of zeros is at distance 1 from everything. From 0 (all alike)
    to 2 (a pair of opposites); NaN below two tracks (Smyth and McClave, "Similarity vs. diversity", 2001; intra-list
    similarity: Ziegler et al., "Improving recommendation lists through topic diversification", 2005).
    """
    # Over pairs the mean is |sum of unit vectors|^2 less each one's own square; each track's unit vector is made once.
    rows, places = np.nonzero(lists != ENDED)
    used, unit_of = np.unique(lists[rows, places], return_inverse=True)
    wide = vectors[used].astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    units = wide / np.where(lengths > 0, lengths, 1)
    holds = csr_array((np.ones(len(rows)), (rows, unit_of)), shape=(len(lists), len(used)))
    tracks = np.bincount(rows, minlength=len(lists))
    total = np.square(holds @ units).sum(axis=1) - holds @ np.square(units).sum(axis=1)
    return np.clip(1 - _ratio(total, tracks * (tracks - 1)), 0, 2)


def artist_diversity(lists: Listed, artists: npt.NDArray[np.int32]) -> Numbers:
    """Return the number of artists in each list / its tracks; `artists` (tracks,) are codes from 0 (`TrackFeatures.artist`).

    From just above 0 to 1, where no artist comes twice; NaN for an empty list.
    """
    filled = lists != ENDED
    codes = np.sort(np.where(filled, artists[lists], ENDED), axis=1)
    return _ratio(np.count_nonzero(np.diff(codes, axis=1, prepend=ENDED), axis=1), filled.sum(axis=1))


def genre_shares(genres: Sequence[Sequence[str]]) -> csr_array:
    """Return p(genre | track) as a sparse matrix of shape (tracks, genres) from the genres of each track.

    Each of a track's genres, upper and lower case alike, has an equal share; a track without any has an empty row.
    """
    codes: dict[str, int] = {}
    rows = [{codes.setdefault(name.casefold(), len(codes)) for name in names} for names in genres]
    starts = np.cumsum([0, *map(len, rows)])
    return csr_array(
        ([1 / len(row) for row in rows for _ in row], [code for row in rows for code in sorted(row)], starts),
        shape=(len(rows), len(codes)),
    )


def calibration(lists: Listed, known: Sequence[Positions], genres: csr_array) -> Numbers:
    """Return how far the genres of each list are from those that its listener knows, in nats: lower is better.

    KL(p || q') = sum of p log(p / q') with q' = (1 - a) q + a p and a = 0.01, where p is the mean of `genre_shares` over the
    tracks that the listener knows (`known`, the positions for each query) and q over the list, as far as they have
    genres. From 0 for the same shares to log 100 for no genre in common; NaN where one side has no genre (Steck,
    "Calibrated recommendations", 2018).
    """
    listeners = np.repeat(np.arange(len(known)), [len(positions) for positions in known])
    rows, places = np.nonzero(lists != ENDED)
    p = _profiles(listeners, np.concatenate([np.zeros(0, np.int64), *known]), len(lists), genres)
    q = _profiles(rows, lists[rows, places], len(lists), genres)
    divergence = rel_entr(p, (1 - SMOOTHING) * q + SMOOTHING * p).sum(axis=1)
    return np.asarray(np.maximum(divergence, 0), dtype=np.float64)  # equal shares may come out below 0 by a rounding


def _profiles(rows: npt.NDArray[np.int64], positions: Positions, size: int, genres: csr_array) -> Numbers:
    """Return the share of each genre in the tracks of each row, float64 of shape (size, genres)."""
    shares = (csr_array((np.ones(len(rows)), (rows, positions)), shape=(size, genres.shape[0])) @ genres).toarray()
    return _ratio(shares, shares.sum(axis=1, keepdims=True))


def independent(labels: Sequence[str | None]) -> Numbers:
    """Return 1 for tracks of independent labels, 0 for those of majors, NaN without a label; float64 of shape (tracks,).

    `labels` are those of the whole catalog. A label with more than 5 % of its labelled tracks counts as a major: the line
    that IMPALA and WIN draw through the market, where it goes by companies and sales. Who owns a label, and what it sells, is
    not in a catalog: a major's imprints count as labels of their own, and a small catalog has none but majors.
    """
    known = np.array([bool(label) for label in labels], dtype=bool)
    _, which, sizes = np.unique(
        np.array([label for label in labels if label], dtype=str), return_inverse=True, return_counts=True
    )
    found = np.full(len(labels), np.nan)
    found[known] = (sizes <= MAJOR_SHARE * len(which))[which]
    return found


def independent_share(exposed: Numbers, on_independent: Numbers) -> float:
    """Return the share (0 to 1) of exposure that tracks of independent labels have among those whose label is known.

    `on_independent` is what `independent` returns. NaN where nothing is seen whose label is known.
    """
    known = ~np.isnan(on_independent)
    seen = exposed[known]
    return float((seen * on_independent[known]).sum() / seen.sum()) if seen.any() else np.nan


def _ratio(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> Numbers:
    """Divide; NaN by 0."""
    return np.asarray(
        np.divide(above, below, out=np.full(np.broadcast_shapes(above.shape, below.shape), np.nan), where=below > 0),
        dtype=np.float64,
    )


def _means(groups: npt.NDArray[np.int64], values: Numbers, size: int) -> Numbers:
    """Return the mean of each of `size` groups over the values that are not NaN; NaN for a group without any."""
    groups, values = groups[~np.isnan(values)], values[~np.isnan(values)]
    return _ratio(np.bincount(groups, values, minlength=size), np.bincount(groups, minlength=size))


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
