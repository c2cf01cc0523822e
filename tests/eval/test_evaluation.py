"""Runs over planted systems: an oracle, chance, and some that cheat."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import comb, log2
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import ConsentContext
from catalog.tracks import Position, Track, TrackId
from eval.evaluation import AUDIT_ONLY, Evaluation, EvaluationError, evaluate, open_pool
from eval.queries import Asked, Query
from eval.systems.baselines import bm25, chance, word_index
from eval.systems.holdout import sealed
from eval.systems.system import Pool, System, best_with_ties, ranked
from recommender.requests import RequestError
from recommender.scored_tracks import ScoredTracks
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import describe
from tests.homes import SMALL_CATALOG, licensed, recommending

SIZE = 60
TRACKS = [Track(TrackId(f"t{number}"), f"Song {number // 2}", f"Band {number // 6}") for number in range(SIZE)]
"""Two takes of each song, and three songs by each band."""

TRACK_IDS = [track.track_id for track in TRACKS]
FEATURES = TrackFeatures.of(TRACKS, np.zeros(SIZE))
POOL = Pool(
    TRACK_IDS, {track_id: Position(place) for place, track_id in enumerate(TRACK_IDS)}, np.ones(SIZE, dtype=bool)
)
QUERIES = [
    Query(f"q{number}", f"jazz {number}", {TrackId(f"t{number}"): 1.0, TrackId(f"t{number + 9}"): 2.0})
    for number in range(20)
]
DEPTHS = (5, 10)

SOUNDS = ("jazz", "jazz piano", "folk", "jazz piano sea", "", "metal")
TAGGED = [Track(TrackId(f"t{number}"), "", f"{number}", tags=(SOUNDS[number % 6],)) for number in range(SIZE)]


def planted(ranking: Callable[[Asked, Pool], Sequence[int]]) -> System:
    """Ranks as it was told to, whatever the pool says."""

    def rank(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        positions = np.array(ranking(asked, pool), dtype=np.int64)
        return ScoredTracks(positions, np.arange(len(positions), 0, -1, dtype=np.float32))

    return System("planted", rank)


def oracle(queries: Sequence[Query]) -> System:
    """Knows what every prompt wants."""
    relevant = {query.prompt: query.relevant for query in queries}

    def rank(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        wanted = relevant[asked.prompt]
        return best_with_ties(np.array([wanted.get(track_id, 0.0) for track_id in TRACK_IDS], np.float32), k, pool.mask)

    return System("knows the answers", rank)


def judged(queries: Sequence[Query] = QUERIES, pool: Pool = POOL, **systems: System) -> Evaluation:
    return evaluate(systems or {"oracle": oracle(queries)}, queries, pool, FEATURES, DEPTHS, lambda _: None)


def value(found: Evaluation, metric: str, system: str = "oracle") -> float:
    return float(found.column(system, metric).mean())


def test_an_oracle_scores_1_in_everything_and_needs_no_click() -> None:
    found = judged()
    assert {f"{unit}ndcg@{k}" for unit in ("", "songs/", "artists/") for k in DEPTHS} < set(map(str, found.metrics))
    for metric in found.metrics:
        expected = {"clicks": 0.0, "precision": None}.get(metric.name, 1.0)
        if expected is not None:
            assert found.column("oracle", str(metric)).tolist() == [expected] * 20, metric
    assert value(found, "precision@5") == pytest.approx(2 / 5)


def test_chance_scores_exactly_what_chance_gives() -> None:
    """Two of 60 tracks are wanted; all tie. By hand, for the first ten places."""
    found = judged(chance=ranked(chance(SIZE)))
    assert found.column("chance", "recall@10").tolist() == pytest.approx([10 / 60] * 20)
    assert found.column("chance", "precision@10").tolist() == pytest.approx([2 / 60] * 20)
    assert value(found, "hit@10", "chance") == pytest.approx(1 - comb(58, 10) / comb(60, 10))
    discounts = sum(1 / log2(place + 1) for place in range(1, 11))
    assert value(found, "ndcg@10", "chance") == pytest.approx(3 / 60 * discounts / (2 + 1 / log2(3)))


def test_tracks_that_tie_share_their_places_wherever_they_stand_in_the_catalog() -> None:
    """Ten tracks say both words and stand first, "t3" among them; ten more say one of them, "t1" among them."""
    system = ranked(bm25(word_index([describe(track, {}) for track in TAGGED])))
    queries = [Query("q", "piano sea", {TrackId("t3"): 1.0, TrackId("t1"): 1.0})]
    found = evaluate({"bm25": system}, queries, POOL, TrackFeatures.of(TAGGED, np.zeros(SIZE)), [5, 15], lambda _: None)
    assert value(found, "recall@5", "bm25") == pytest.approx((5 / 10) / 2)
    assert value(found, "recall@15", "bm25") == pytest.approx((1 + 5 / 10) / 2)


def test_what_a_system_returns_beyond_the_deepest_place_and_its_ties_is_not_read() -> None:
    """Ten tracks are five songs here: of a longer list "t18" would be the tenth song."""
    found = judged([Query("q", "jazz", {TrackId("t18"): 1.0})], long=planted(lambda asked, pool: range(SIZE)))
    assert found.lists["long"][0].tolist() == list(range(10))
    assert value(found, "songs/recall@10", "long") == 0


def test_near_duplicates_count_once_as_songs_and_a_band_once_as_an_artist() -> None:
    """ "t1" is wanted and its other take "t0" is returned: the song was found, and so was the band."""
    queries = [Query("q", "jazz", {TrackId("t1"): 1.0, TrackId("t2"): 1.0, TrackId("t3"): 1.0})]
    found = judged(queries, other=planted(lambda asked, pool: [0, 12, 13, 4]))
    assert value(found, "hit@5", "other") == 0
    assert value(found, "songs/mrr@5", "other") == 1
    assert value(found, "songs/recall@5", "other") == pytest.approx(1 / 2)
    assert value(found, "songs/precision@5", "other") == pytest.approx(1 / 5)
    assert value(found, "artists/recall@5", "other") == 1
    assert value(found, "artists/ndcg@5", "other") == 1


def test_takes_of_one_song_fill_one_place() -> None:
    found = judged([Query("q", "jazz", {TrackId("t4"): 1.0})], takes=planted(lambda asked, pool: [0, 1, 2, 3, 4]))
    assert value(found, "mrr@5", "takes") == pytest.approx(1 / 5)
    assert value(found, "songs/mrr@5", "takes") == pytest.approx(1 / 3)
    assert value(found, "artists/mrr@5", "takes") == 1


def test_gold_outside_the_pool_is_missed_and_its_share_is_told() -> None:
    even = replace(POOL, mask=np.arange(SIZE) % 2 == 0)
    found = judged(pool=even)
    assert found.gold_outside == 0.5
    assert value(found, "recall@10") == 0.5
    assert value(found, "rprecision@10") == 0.5


def test_gold_that_the_catalog_does_not_have_is_missed_however_much_of_it_there_is() -> None:
    """As tracks, songs and artists: each is one of its own. More of it than there are tracks has to work too."""
    queries = [
        Query("q", "jazz", {TrackId("t0"): 1.0, **{TrackId(f"nowhere-{number}"): 1.0 for number in range(SIZE + 3)}})
    ]
    found = judged(queries)
    assert found.gold_outside == pytest.approx((SIZE + 3) / (SIZE + 4))
    for unit in ("", "songs/", "artists/"):
        assert value(found, f"{unit}recall@10") == pytest.approx(1 / (SIZE + 4))


def test_what_is_liked_disliked_or_excluded_is_neither_returned_nor_counted() -> None:
    query = Query(
        "q",
        "jazz",
        {TrackId("t1"): 1.0, TrackId("t2"): 1.0, TrackId("t3"): 1.0, TrackId("t4"): 1.0, TrackId("t5"): 1.0},
        liked=(TrackId("t1"), TrackId("nowhere")),
        disliked=(TrackId("t4"),),
        exclude=(TrackId("t5"),),
    )
    found = judged([query])
    (ranked,) = found.track_ids("oracle", POOL)
    assert set(ranked[:2]) == {"t2", "t3"}
    assert not {"t1", "t4", "t5"} & set(ranked)
    assert value(found, "recall@5") == 1
    assert found.gold_outside == 0


def test_a_query_with_nothing_left_to_find_is_not_asked() -> None:
    done = Query("done", "nobody answers this", {TrackId("t1"): 1.0}, liked=(TrackId("t1"),))
    found = judged([*QUERIES, done, Query("empty", "nor this", {})], oracle=oracle(QUERIES))
    assert found.without_gold == 2
    assert found.queries == tuple(QUERIES)
    with pytest.raises(EvaluationError, match=r"left to find: 1 of 2 name no relevant track .* add others"):
        judged([done, Query("empty", "nor this", {})])


def test_a_prompt_that_a_system_refuses_is_told_beside_what_others_find() -> None:
    """A refusal of anything but the prompt is a mistake of the run, and stops it."""

    def refusing(field: str) -> System:
        def rank(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
            if asked.prompt == "jazz 3":
                raise RequestError(field, "it says nothing")
            return oracle(QUERIES).rank(asked, k, pool)

        return System("refuses one", rank)

    found = judged(oracle=oracle(QUERIES), choosy=refusing("prompt"))
    assert found.refused == {"oracle": {}, "choosy": {"q3": "it says nothing"}}
    assert found.column("choosy", "recall@10").tolist() == [float(query.query_id != "q3") for query in QUERIES]
    assert found.column("oracle", "recall@10").tolist() == [1.0] * 20
    with pytest.raises(RequestError, match="policy"):
        judged(choosy=refusing("policy"))


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        ([1, 7], "'t7' for query 'q', which is not permitted, not a candidate, or known"),
        ([5], "'t5' for query 'q', which is not permitted, not a candidate, or known to the listener already"),
        ([6], "'t6' for query 'q', which is not permitted, not a candidate, or known"),
        ([8], "'t8' for query 'q', which is not permitted, not a candidate, or known"),
        ([0, -1], "a track it does not have for query 'q', which is not permitted"),
        ([SIZE], "a track it does not have for query 'q', which is not permitted"),
        ([2, 1, 3, 1], "'t1' for query 'q', twice"),
    ],
    ids=["withheld", "liked", "disliked", "excluded", "unknown", "beyond", "twice"],
)
def test_a_system_that_returns_what_it_must_not_stops_the_run(returned: list[int], reason: str) -> None:
    query = Query(
        "q", "jazz", {TrackId("t1"): 1.0}, liked=(TrackId("t5"),), disliked=(TrackId("t6"),), exclude=(TrackId("t8"),)
    )
    with pytest.raises(EvaluationError, match=f"cheat returned {reason}.*; mend the system"):
        judged([query], POOL.without([TrackId("t7")]), cheat=planted(lambda asked, pool: returned))


def test_a_score_that_is_no_number_stops_the_run() -> None:
    undecided = System("0 / 0", lambda *_: ScoredTracks(np.array([3, 4]), np.array([1, np.nan], np.float32)))
    with pytest.raises(EvaluationError, match="undecided returned 't4' for query 'q0', with a score that is no number"):
        judged(undecided=undecided)


def test_a_smuggled_track_never_reaches_a_number() -> None:
    """Though only the last of 20 queries gets it, and though the honest system has answered all of them."""
    told: list[int] = []

    def smuggled(asked: Asked, pool: Pool) -> Sequence[int]:
        return [50] if asked.prompt == "jazz 19" else [51]

    with pytest.raises(EvaluationError, match="smuggler returned 't50' for query 'q19', which is not permitted"):
        evaluate(
            {"oracle": oracle(QUERIES), "smuggler": planted(smuggled)},
            QUERIES,
            POOL.without([TrackId("t50")]),
            FEATURES,
            DEPTHS,
            told.append,
        )
    assert sum(told) == 19


def test_a_system_that_reads_the_answers_is_stopped_at_the_file(tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text("[0, 9]")
    reader = planted(lambda asked, pool: [int(one) for one in answers.read_text().strip("[]").split(",")])
    with (
        pytest.raises(PermissionError, match=r"answers\.json holds the answers: .* mend the system"),
        sealed([answers]),
    ):
        judged(reader=reader)
    assert value(judged(reader=reader), "hit@5", "reader") > 0


def test_a_system_is_told_only_what_a_listener_says() -> None:
    heard: list[Asked] = []

    def listening(asked: Asked, pool: Pool) -> Sequence[int]:
        heard.append(asked)
        return []

    query = Query(
        "q",
        "slower",
        {TrackId("t1"): 1.0},
        ("jazz",),
        (TrackId("t2"),),
        (TrackId("t3"),),
        "ann",
        "dialog",
        "p1",
        decoys=(TrackId("t4"),),
        exclude=(TrackId("t5"),),
    )
    judged([query], listener=planted(listening))
    assert heard == [Asked("slower", ("jazz",), (TrackId("t2"),), (TrackId("t3"),), "ann", (TrackId("t5"),))]


def test_every_query_is_told_to_the_progress_bar_once() -> None:
    told: list[int] = []
    evaluate(
        {"oracle": oracle(QUERIES), "chance": ranked(chance(SIZE))},
        QUERIES,
        POOL,
        FEATURES,
        DEPTHS,
        told.append,
    )
    assert sum(told) == len(QUERIES)


def test_a_system_that_returns_nothing_finds_nothing() -> None:
    found = judged(silent=planted(lambda asked, pool: []))
    assert [len(ranked) for ranked in found.lists["silent"]] == [0] * 20
    assert not found.column("silent", "recall@10").any()
    assert found.column("silent", "clicks@10").tolist() == [2.0] * 20


def test_among_tracks_that_tie_the_catalogs_order_counts_for_nothing_and_every_run_draws_the_same() -> None:
    first, second = (judged(chance=ranked(chance(SIZE))) for _ in range(2))
    lists = np.array(first.lists["chance"])
    assert np.array_equal(lists, second.lists["chance"])
    assert len({tuple(ranked) for ranked in lists.tolist()}) == 20
    assert 20 < lists.mean() < 39


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=SIZE, max_size=SIZE), st.randoms())
def test_the_order_in_which_a_system_returns_what_ties_changes_nothing(scores: list[float], rng: Random) -> None:
    """Nor does the order of what does not tie: scores decide."""
    whole = best_with_ties(np.array(scores, np.float32), 10, POOL.mask)
    order = np.array(rng.sample(range(len(whole)), len(whole)))
    shuffled = whole[order]
    found = judged(QUERIES[:3], sorted=System("given", lambda *_: whole), shuffled=System("given", lambda *_: shuffled))
    assert np.array_equal(found.scores["sorted"], found.scores["shuffled"])
    assert [one.tolist() for one in found.lists["sorted"]] == [one.tolist() for one in found.lists["shuffled"]]


def test_a_system_scores_the_same_whoever_runs_beside_it() -> None:
    alone = judged(chance=ranked(chance(SIZE)))
    beside = judged(oracle=oracle(QUERIES), chance=ranked(chance(SIZE)))
    assert np.array_equal(alone.scores["chance"], beside.scores["chance"])
    assert np.array_equal(alone.lists["chance"], beside.lists["chance"])


def test_a_metric_that_was_not_measured_is_named_with_those_that_were() -> None:
    with pytest.raises(ValueError, match=r"'ndcg@7' was not measured; there is ndcg@5, hit@5"):
        judged().column("oracle", "ndcg@7")


DE = ConsentContext("DE", datetime(2026, 1, 2, tzinfo=UTC))


def inside(pool: Pool) -> list[TrackId]:
    return [pool.track_ids[position] for position in np.flatnonzero(pool.mask).tolist()]


def test_the_pool_is_what_is_permitted_and_a_candidate(tmp_path: Path) -> None:
    deals = licensed(track for track in SMALL_CATALOG if track.track_id != "moss")
    with recommending(tmp_path, SMALL_CATALOG, deals) as recommender:
        assert inside(open_pool(recommender, DE, "strict")) == ["rain", "tide", "lamp", "glow", "ford"]
        pool = open_pool(
            recommender, DE, "strict", (TrackId("ford"), TrackId("moss"), TrackId("nowhere"), TrackId("rain"))
        )
        assert inside(pool) == ["rain", "ford"]
        assert pool.candidates == ("ford", "moss", "nowhere", "rain")
        assert TrackId("rain") in pool
        assert not {"moss", "nowhere", "tide"} & {one for one in TRACK_IDS if one in pool}
        assert inside(open_pool(recommender, DE, "human_only")) == ["rain", "tide", "glow", "ford"]
        assert len(inside(open_pool(recommender, DE, AUDIT_ONLY))) == 6


def test_a_pool_without_tracks_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with recommending(tmp_path, SMALL_CATALOG, licensed(SMALL_CATALOG[:1], territories=["FR"])) as recommender:
        with pytest.raises(
            EvaluationError, match=r"0 of 6 are permitted in DE under strict for .*; record deals .*, or choose"
        ):
            open_pool(recommender, DE, "strict")
        with pytest.raises(EvaluationError, match=r"1 of 6 are permitted .* none of them is a candidate; name others"):
            open_pool(recommender, replace(DE, territory="FR"), "strict", (TrackId("tide"),))
        with pytest.raises(ValueError, match="lenient"):
            open_pool(recommender, DE, "lenient")
