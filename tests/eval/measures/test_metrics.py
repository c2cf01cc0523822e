"""Metrics: worked by hand, equal to trec_eval without ties, and with ties the mean over every order that there could be."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import permutations
from statistics import fmean

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from catalog.arrays import Numbers
from catalog.tracks import TrackId
from eval.measures.metrics import (
    LOWER_IS_BETTER,
    METRICS,
    Judged,
    Metric,
    Unit,
    collapsed,
    parse_metric,
    scores_of,
)
from tests.eval.judging import Gains, judge

RANKED = list(map(TrackId, "abcde"))

# Each metric's name in trec_eval; reciprocal rank has no depth there, so the run is cut, and R-precision has none at all.
OF_TREC = {
    "ndcg": "ndcg_cut_{k}",
    "hit": "success_{k}",
    "recall": "recall_{k}",
    "precision": "P_{k}",
    "map": "map_cut_{k}",
    "mrr": "recip_rank",
    "rprecision": "Rprec",
}

depths = st.integers(1, 8)
gains = st.integers(0, 3).map(float)
wants = st.dictionaries(st.sampled_from([*RANKED, TrackId("y"), TrackId("z")]), st.floats(0, 10))


def one(
    name: str, ranked: Sequence[str], wanted: Gains | Mapping[str, float], scores: Sequence[float] | None = None
) -> float:
    """Return a single list's metric."""
    metric = parse_metric(name)
    gains_of = {TrackId(track_id): gain for track_id, gain in wanted.items()}
    judged = judge([list(map(TrackId, ranked))], [gains_of], metric.k, None if scores is None else [scores])
    return float(scores_of(judged, [metric])[0, 0])


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        # Places 2 and 4 hold gain 1: DCG = 1/log2(3) + 1/log2(5); the best list of three would start with all of them.
        (
            "ndcg@5",
            {"b": 1, "d": 1, "z": 1},
            (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / math.log2(4)),
        ),
        # Within three places only b counts, and the best list has three places too.
        ("ndcg@3", {"b": 1, "d": 1, "z": 1}, (1 / math.log2(3)) / (1 + 1 / math.log2(3) + 1 / math.log2(4))),
        # Gains count in proportion: 1 at place 1 and 3 at place 2, where 3 and then 1 would have been best.
        ("ndcg@5", {"a": 1, "b": 3}, (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))),
        # More is wanted than there are places: the best list is full of gains of 1.
        ("ndcg@2", {"a": 1, "b": 1, "c": 1}, 1),
        ("hit@1", {"b": 1}, 0),
        ("hit@2", {"b": 1}, 1),
        ("recall@2", {"a": 1, "b": 1, "e": 1, "z": 1}, 2 / 4),
        ("recall@5", {"a": 1, "b": 1, "e": 1, "z": 1}, 3 / 4),
        ("precision@2", {"a": 1, "e": 1}, 1 / 2),
        # A list of five has no tenth place, yet ten were asked for.
        ("precision@10", {"a": 1, "e": 1}, 2 / 10),
        # Precision is 1/1 at a and 2/3 at c; z is never found.
        ("map@5", {"a": 1, "c": 1, "z": 1}, (1 / 1 + 2 / 3) / 3),
        ("map@2", {"a": 1, "c": 1, "z": 1}, (1 / 1) / 3),
        ("mrr@5", {"c": 1, "e": 1}, 1 / 3),
        ("mrr@2", {"c": 1, "e": 1}, 0),
        # Three are wanted, and of the first three places one holds such a track; within two places none does.
        ("rprecision@5", {"c": 1, "d": 1, "z": 1}, 1 / 3),
        ("rprecision@2", {"c": 1, "d": 1, "z": 1}, 0),
        # The first ten tracks show without a click; where none of them is wanted, the count is one more than 10 / 10.
        ("clicks@10", {"e": 1}, 0),
        ("clicks@10", {"z": 1}, 2),
        ("clicks@500", {"z": 1}, 51),
        # A gain of 0 is as if the track had not been named.
        ("recall@5", {"a": 1, "b": 0}, 1),
        ("hit@5", {"b": 0}, 0),
    ],
)
def test_a_metric_is_what_its_formula_gives_by_hand(name: str, wanted: Mapping[str, float], expected: float) -> None:
    assert one(name, RANKED, wanted) == pytest.approx(expected)


@pytest.mark.parametrize(("place", "expected"), [(1, 0), (10, 0), (11, 1), (20, 1), (21, 2), (30, 2), (31, 4)])
def test_every_ten_tracks_before_the_first_wanted_one_are_a_click(place: int, expected: float) -> None:
    ranked = [f"t{number}" for number in range(1, 41)]
    assert one("clicks@30", ranked, {f"t{place}": 1, "t40": 1}) == expected


@pytest.mark.parametrize(("ranked", "wanted"), [([], {"a": 1}), (RANKED, {}), (RANKED, {"a": 0}), ([], {})])
def test_an_empty_list_and_an_empty_truth_give_the_worst(ranked: list[TrackId], wanted: Mapping[str, float]) -> None:
    for name in METRICS:
        assert one(f"{name}@10", ranked, wanted) == (2 if name in LOWER_IS_BETTER else 0)


def test_no_lists_give_no_numbers() -> None:
    assert scores_of(judge([], [], 10), [Metric("hit", 10), Metric("ndcg", 5)]).shape == (0, 2)


def test_a_thousand_runs_equal_trec_eval() -> None:
    """Four queries a run: lists of 0 to 30 tracks or none at all, up to 8 tracks wanted, of gain 0 to 3."""
    rng = np.random.default_rng(20)
    track_ids = [f"t{number:02}" for number in range(40)]
    for _ in range(1_000):
        wanted: dict[str, dict[TrackId, int]] = {
            f"q{query}": {
                TrackId(track_id): int(rng.integers(4)) for track_id in rng.choice(track_ids, rng.integers(1, 9))
            }
            for query in range(4)
        }
        run = {
            query: list(map(TrackId, rng.permutation(track_ids)[: rng.integers(31) * rng.integers(2)]))
            for query in wanted
            if rng.random() < 0.8
        }
        depth = int(rng.integers(1, 12))
        for k in (depth, 20):
            metrics = [Metric(name, k) for name in OF_TREC]
            found = scores_of(judge([run.get(query, []) for query in wanted], list(wanted.values()), 20), metrics)
            expected = _of_trec(wanted, run, k)
            # Its R-precision reads as many places as there are relevant tracks: the same from that depth on.
            deep = [sum(gain > 0 for gain in gains.values()) <= k for gains in wanted.values()]
            same = np.array([[name != "rprecision" or reached for name in OF_TREC] for reached in deep])
            assert np.abs(found - expected)[same].max(initial=0) < 1e-9


def _of_trec(gains: Mapping[str, Mapping[TrackId, int]], run: Mapping[str, Sequence[str]], k: int) -> np.ndarray:
    """Return what trec_eval says of each query, 0 where it is not in the run."""
    wanted = {query: {str(track_id): gain for track_id, gain in found.items()} for query, found in gains.items()}
    cut = {
        query: {track_id: -float(place) for place, track_id in enumerate(ranked[:k])} for query, ranked in run.items()
    }
    full = {query: {track_id: -float(place) for place, track_id in enumerate(ranked)} for query, ranked in run.items()}
    measures = [name.format(k=k) for name in OF_TREC.values()]
    asked = {name.replace(f"_{k}", f".{k}") for name in measures}
    deep = pytrec_eval.RelevanceEvaluator(wanted, asked).evaluate(full)
    first = pytrec_eval.RelevanceEvaluator(wanted, {"recip_rank"}).evaluate(cut)
    return np.array(
        [
            [{**deep.get(query, {}), **first.get(query, {})}.get(measure, 0.0) for measure in measures]
            for query in wanted
        ]
    )


class TestTies:
    """Equal scores stand in no order."""

    @pytest.mark.parametrize(
        ("name", "ranked", "scores", "wanted", "expected"),
        [
            # a and b tie and a is wanted: it is first in one of two orders, second in the other.
            ("mrr@2", "ab", [1, 1], {"a": 1}, (1 + 1 / 2) / 2),
            ("ndcg@2", "ab", [1, 1], {"a": 1}, (1 + 1 / math.log2(3)) / 2),
            # Two of four tied tracks are read, and two of them are wanted: C(2, 2) = 1 of C(4, 2) = 6 pairs has neither.
            ("hit@2", "abcd", [1, 1, 1, 1], {"c": 1, "d": 1}, 5 / 6),
            ("recall@2", "abcd", [1, 1, 1, 1], {"c": 1, "d": 1}, 1 / 2),
            # Place 1 is a's; b or c has place 2, and one of them is wanted: precision 2/2 at place 2, or 2/3 at place 3.
            ("map@3", "abc", [2, 1, 1], {"a": 1, "b": 1}, (1 + (2 / 2 + 2 / 3) / 2) / 2),
            # Two places are read: only in one of the two orders is the second wanted track seen.
            ("map@2", "abc", [2, 1, 1], {"a": 1, "b": 1}, (1 + (2 / 2 + 0) / 2) / 2),
            # Gains of 3 and 1 tie at the top: either may come first, each place is worth 2 on average.
            ("ndcg@1", "ab", [1, 1], {"a": 3, "b": 1}, 2 / 3),
            # Twenty tracks tie: the wanted one needs no click at ten places, and one click at the ten others.
            ("clicks@20", "abcdefghijklmnopqrst", [0] * 20, {"a": 1}, 1 / 2),
            # Read to place 10, it is missed half of the time, which counts 10 / 10 + 1.
            ("clicks@10", "abcdefghijklmnopqrst", [0] * 20, {"a": 1}, 1),
        ],
    )
    def test_count_by_expectation(
        self, name: str, ranked: str, scores: list[float], wanted: Mapping[str, float], expected: float
    ) -> None:
        assert one(name, list(ranked), wanted, scores) == pytest.approx(expected, abs=1e-12)

    def test_count_alike_whatever_the_tracks_are_called_unlike_in_trec_eval(self) -> None:
        """trec_eval puts the last name of a tie first, so that calling the wanted track z makes it twice as good."""
        for wanted, by_name in (("a", 1 / 2), ("z", 1 / 1)):
            run = {"q": {wanted: 1.0, "m": 1.0}}
            of_trec = pytrec_eval.RelevanceEvaluator({"q": {wanted: 1}}, {"recip_rank"}).evaluate(run)
            assert of_trec["q"]["recip_rank"] == by_name
            # First in one order, second in the other: (1/1 + 1/2) / 2.
            assert one("mrr@2", [wanted, "m"], {TrackId(wanted): 1}, [1, 1]) == pytest.approx(3 / 4)

    @given(st.lists(st.tuples(st.integers(0, 2), gains), max_size=5), st.lists(gains, max_size=3), depths)
    def test_are_the_mean_over_every_order(
        self, tracks: list[tuple[int, float]], never_found: list[float], k: int
    ) -> None:
        tracks.sort(key=lambda track: -track[0])
        wanted = [*(gain for _, gain in tracks), *never_found]
        orders = [order for order in permutations(tracks) if [score for score, _ in order] == [s for s, _ in tracks]]
        metrics = [Metric(name, k) for name in METRICS]
        judged = Judged.from_gains(
            [np.array([gain for _, gain in tracks])], [np.array([score for score, _ in tracks])], [np.array(wanted)], k
        )
        every = [
            [slowly(metric.name, [gain for _, gain in order], wanted, k) for metric in metrics] for order in orders
        ]
        assert scores_of(judged, metrics)[0] == pytest.approx(np.mean(every, axis=0), abs=1e-9)

    def test_of_a_whole_catalog_are_exact(self) -> None:
        """80,000 tracks tie behind one that is better, 8 of them are wanted, and 100 places are read."""
        size, wanted, read = 80_000, 8, 99
        along = np.zeros(size + 1)
        along[1 :: size // wanted] = 1
        judged = Judged.from_gains([along], [np.array([1.0] + [0.0] * size)], [np.ones(wanted)], 100)
        # The first wanted track is preceded by j others in C(size - 1 - j, wanted - 1) of C(size, wanted) cases.
        first = [Fraction(math.comb(size - 1 - j, wanted - 1), math.comb(size, wanted)) for j in range(read)]
        missed = 1 - sum(first)
        expected = {
            "hit": 1 - Fraction(math.comb(size - wanted, read), math.comb(size, read)),
            "recall": Fraction(read, size),
            "mrr": sum(chance / (j + 2) for j, chance in enumerate(first)),
            "clicks": sum(chance * ((j + 1) // 10) for j, chance in enumerate(first)) + missed * 11,
        }
        for name, value in expected.items():
            assert METRICS[name](judged, 100)[0] == pytest.approx(float(value), rel=1e-9)

    def test_end_where_the_score_changes(self) -> None:
        """Beyond the depth, only what ties with the last place can stand in it."""
        ranked, scores = ["a", "b", "c", "d", "e"], [3.0, 2.0, 2.0, 1.0, 1.0]
        assert one("recall@2", ranked, {TrackId("d"): 1}, scores) == 0
        assert one("recall@2", ranked, {TrackId("c"): 1}, scores) == 1 / 2

    def test_do_not_reach_from_one_list_into_the_next(self) -> None:
        judged = judge(
            [[TrackId("a"), TrackId("b")], [TrackId("c"), TrackId("d")]],
            [{TrackId("b"): 1}, {TrackId("c"): 1}],
            2,
            [[1, 0], [0, 0]],
        )
        assert METRICS["mrr"](judged, 2).tolist() == [1 / 2, 3 / 4]


def slowly(name: str, along: Sequence[float], wanted: Sequence[float], k: int) -> float:
    """Return a metric of one order without ties, by counting."""
    worth, number = sorted(wanted, reverse=True), sum(gain > 0 for gain in wanted)
    places = [place for place, gain in enumerate(along, 1) if gain > 0 and place <= k]
    if name == "clicks":
        return (places[0] - 1) // 10 if places else k / 10 + 1
    if not places:
        return 0.0
    if name == "ndcg":
        dcg, best = (sum(g / math.log2(i + 1) for i, g in enumerate(row[:k], 1)) for row in (along, worth))
        return dcg / best
    return {
        "hit": 1.0,
        "recall": len(places) / number,
        "precision": len(places) / k,
        "map": sum(found / place for found, place in enumerate(places, 1)) / number,
        "mrr": 1 / places[0],
        "rprecision": sum(place <= number for place in places) / number,
    }[name]


class TestProperties:
    """What holds of every list."""

    @given(
        st.sampled_from(sorted(METRICS)),
        st.permutations(RANKED),
        wants,
        depths,
        st.lists(st.integers(0, 2), min_size=5, max_size=5),
    )
    def test_a_metric_keeps_its_range_and_better_places_never_make_it_worse(
        self, name: str, ranked: list[TrackId], wanted: dict[TrackId, float], k: int, scores: list[int]
    ) -> None:
        best_first = sorted(ranked, key=lambda track_id: -wanted.get(track_id, 0))
        tied = one(f"{name}@{k}", ranked, wanted, sorted(scores, reverse=True))
        best = one(f"{name}@{k}", best_first, wanted)
        for value in (tied, one(f"{name}@{k}", ranked, wanted), best):
            assert 0 <= value <= (k / 10 + 1 if name in LOWER_IS_BETTER else 1)
            assert value >= best - 1e-12 if name in LOWER_IS_BETTER else value <= best + 1e-12

    @given(st.dictionaries(st.sampled_from(RANKED), st.floats(0.001, 10), min_size=1), depths)
    def test_the_ideal_order_has_an_ndcg_of_1(self, wanted: dict[TrackId, float], k: int) -> None:
        ideal = sorted(wanted, key=wanted.__getitem__, reverse=True)
        assert one(f"ndcg@{k}", ideal, wanted) == 1

    def test_the_mean_of_tied_gains_is_not_rounded_to_above_1(self) -> None:
        """0.1 + 0.1 + 0.1 is more than 0.3 to a computer."""
        assert one("ndcg@3", ["a", "b", "c"], dict.fromkeys(RANKED[:3], 0.1), [1, 1, 1]) == 1

    @given(st.permutations(RANKED), wants, depths, st.lists(st.integers(0, 2), min_size=5, max_size=5))
    def test_how_deep_lists_were_judged_does_not_matter_to_what_is_read_of_them(
        self, ranked: list[TrackId], wanted: dict[TrackId, float], k: int, scores: list[int]
    ) -> None:
        metrics = [Metric(name, k) for name in METRICS]
        found = [scores_of(judge([ranked], [wanted], deep, [sorted(scores)[::-1]]), metrics)[0] for deep in (k, 9)]
        assert found[0] == pytest.approx(found[1], abs=1e-12)

    @given(st.permutations(RANKED), wants, depths, st.lists(st.integers(0, 2), min_size=5, max_size=5))
    def test_a_last_track_that_nobody_wants_changes_nothing(
        self, ranked: list[TrackId], wanted: dict[TrackId, float], k: int, scores: list[int]
    ) -> None:
        falling = sorted(scores, reverse=True)
        for name in METRICS:
            longer = one(f"{name}@{k}", [*ranked, "nobody's"], wanted, [*falling, -1])
            assert longer == one(f"{name}@{k}", ranked, wanted, falling)

    @given(st.lists(gains, min_size=1, max_size=5), depths)
    def test_a_last_track_that_nobody_wants_takes_its_share_of_the_places_that_it_ties_for(
        self, along: list[float], k: int
    ) -> None:
        """With n tracks tied and k of n places read, k / n of what is relevant is expected; then k / (n + 1)."""
        relevant = sum(gain > 0 for gain in along)
        for places in (along, [*along, 0.0]):
            judged = Judged.from_gains([np.array(places)], [np.zeros(len(places))], [np.array(along)], k)
            assert METRICS["precision"](judged, k)[0] == pytest.approx(relevant * min(1, k / len(places)) / k)

    @given(st.lists(st.tuples(st.permutations(RANKED), wants, st.integers(0, 5)), min_size=1, max_size=4))
    def test_a_list_is_judged_alike_alone_and_among_others(
        self, rows: list[tuple[list[TrackId], dict[TrackId, float], int]]
    ) -> None:
        metrics = [Metric(name, k) for name in METRICS for k in (2, 6)]
        lists = [ranked[:length] for ranked, _, length in rows]
        wanted = [gains for _, gains, _ in rows]
        scores = [[0.0] * len(ranked) for ranked in lists]
        together = scores_of(judge(lists, wanted, 6, scores), metrics)
        alone = [scores_of(judge([a], [b], 6, [c]), metrics)[0] for a, b, c in zip(lists, wanted, scores, strict=True)]
        assert together.tolist() == np.array(alone).tolist()


def test_many_lists_are_judged_as_each_of_them() -> None:
    wanted = [{TrackId("b" if number % 3 else "e"): 1.0} for number in range(1_000)]
    assert METRICS["mrr"](judge([RANKED] * 1_000, wanted, 5), 5).tolist() == [
        1 / 2 if number % 3 else 1 / 5 for number in range(1_000)
    ]
    assert fmean(METRICS["hit"](judge([RANKED] * 1_000, wanted, 5), 2)) == pytest.approx(0.666)


class TestSongs:
    """A list read as songs or artists."""

    def read(
        self, ranked: Sequence[int], scores: Sequence[float], wanted: Mapping[int, float]
    ) -> tuple[Numbers, Numbers, Numbers]:
        """Return gains, scores and wanted gains of a list of tracks, of which the tens are the song: 10, 11 and 12 are one song."""
        return collapsed(
            np.array(ranked, dtype=np.int64) // 10,
            np.array(scores, dtype=np.float64),
            np.array(list(wanted), dtype=np.int64) // 10,
            np.array(list(wanted.values()), dtype=np.float64),
        )

    def test_a_song_stands_once_where_its_best_track_stands(self) -> None:
        along, scores, _ = self.read([30, 10, 31, 20, 11], [9, 8, 7, 6, 5], {10: 1, 20: 2, 30: 3})
        assert (along.tolist(), scores.tolist()) == ([3, 1, 2], [9, 8, 6])

    def test_a_song_is_found_by_any_of_its_tracks_and_worth_its_best(self) -> None:
        """12 and 13 are wanted, 10 is returned; of 2 and 4 only 4 can be found, as 2 was never returned."""
        along, _, wanted = self.read([30, 10, 40], [9, 8, 7], {12: 1, 13: 3, 20: 1, 41: 2})
        assert along.tolist() == [0, 3, 2]
        assert sorted(wanted) == [1, 2, 3]

    def test_near_duplicates_are_counted_once(self) -> None:
        """Both tracks of song 1 are wanted and lead the list: two of three tracks found, but one of two songs."""
        along, scores, wanted = self.read([10, 11, 30], [9, 8, 7], {10: 1, 11: 1, 20: 1})
        judged = Judged.from_gains([along], [scores], [wanted], 10)
        assert METRICS["recall"](judged, 10).tolist() == [1 / 2]
        assert METRICS["map"](judged, 10).tolist() == [1 / 2]

    def test_songs_that_tie_count_by_expectation(self) -> None:
        along, scores, wanted = self.read([10, 11, 20], [5, 5, 5], {20: 1})
        judged = Judged.from_gains([along], [scores], [wanted], 10)
        assert METRICS["mrr"](judged, 10).tolist() == [3 / 4]

    def test_nothing_becomes_nothing(self) -> None:
        assert [len(part) for part in self.read([], [], {})] == [0, 0, 0]

    @given(st.lists(st.integers(0, 40), unique=True), st.dictionaries(st.integers(0, 40), gains))
    def test_where_every_track_is_its_own_song_nothing_changes(
        self, ranked: list[int], wanted: dict[int, float]
    ) -> None:
        falling = range(len(ranked), 0, -1)
        along, scores, every = self.read(
            [10 * track for track in ranked], falling, {10 * t: g for t, g in wanted.items()}
        )
        assert scores.tolist() == list(falling)
        assert along.tolist() == [wanted.get(track, 0) for track in ranked]
        assert sorted(every) == sorted(wanted.values())


class TestRefusals:
    """Numbers that would mean nothing are not given."""

    def test_scores_that_rise(self) -> None:
        with pytest.raises(ValueError, match=r"list 1 rises from 1\.0 to 2\.0; give the highest score first"):
            judge([[TrackId("a")], [TrackId("b"), TrackId("c")]], [{}, {}], 5, [[1.0], [1.0, 2.0]])

    def test_places_without_a_score(self) -> None:
        with pytest.raises(ValueError, match="list 0 has 2 places and 1 scores; give one for each place"):
            judge([[TrackId("a"), TrackId("b")]], [{}], 5, [[1.0]])

    def test_lists_without_a_truth(self) -> None:
        gains = [np.ones(1), np.zeros(1)]
        with pytest.raises(ValueError, match="longer"):
            Judged.from_gains(gains, gains, [np.ones(1)], 5)

    def test_a_depth_that_was_not_judged(self) -> None:
        with pytest.raises(ValueError, match="hit@20 reads deeper than the 10 places that were judged; judge to 20"):
            scores_of(judge([[TrackId("a")]], [{}], 10), [Metric("hit", 10), Metric("hit", 20)])


class TestNames:
    """A metric by its name."""

    @pytest.mark.parametrize(
        ("text", "metric"),
        [
            ("ndcg@10", Metric("ndcg", 10)),
            ("macro/hit@10", Metric("hit", 10, macro=True)),
            ("songs/mrr@100", Metric("mrr", 100, unit=Unit.SONG)),
            ("artists/clicks@500", Metric("clicks", 500, unit=Unit.ARTIST)),
            ("macro/artists/rprecision@20", Metric("rprecision", 20, macro=True, unit=Unit.ARTIST)),
        ],
    )
    def test_is_read_and_written_alike(self, text: str, metric: Metric) -> None:
        assert parse_metric(text) == metric
        assert str(metric) == text

    @pytest.mark.parametrize(
        "text",
        [
            "ndcg",
            "ndcg@",
            "ndcg@0",
            "ndcg@-1",
            "gini@10",
            "micro/hit@10",
            "tracks/hit@10",
            "songs/macro/hit@10",
            "hit@10 ",
            "hit@1e3",
            "",
        ],
    )
    def test_that_is_none_is_refused_with_those_there_are(self, text: str) -> None:
        with pytest.raises(
            ValueError, match=r"is not a metric: write one of ndcg, hit, recall, .*, clicks with a depth"
        ) as no:
            parse_metric(text)
        assert str(no.value).startswith(repr(text))
