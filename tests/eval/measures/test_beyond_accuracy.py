"""What lists are like, worked by hand on six tracks, and what must hold for any lists."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.arrays import Numbers
from catalog.tracks import Track, TrackId
from eval.measures.beyond_accuracy import (
    ENDED,
    SHARES,
    Listed,
    artist_diversity,
    calibration,
    coverage,
    diversity,
    exposure,
    exposure_curve,
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
from tests.homes import model_of
from tests.marked import read_marked

SIZE = 6
POOL = np.ones(SIZE, dtype=bool)
SECOND, THIRD = 1 / math.log2(3), 1 / math.log2(4)
"""How much a second and a third place are seen; a first one counts 1."""

TRACKS = (
    Track(TrackId("rain"), "Slow Rain", "Marta Quell", year=1994, tags=("jazz", "drums"), instrumental=True),
    Track(TrackId("fire"), "Loud Fire", "Ansel Ida", year=1991, tags=("metal", "drums"), instrumental=False),
    Track(TrackId("moss"), "Moss", "Tilda Brook", year=2004, tags=("jazz",)),
    Track(TrackId("tide"), "Tide", "Orla Fenn", tags=("ambient",), instrumental=True),
    Track(TrackId("lamp"), "Lamp", "Marta Quell", year=1999, tags=("piano",), instrumental=True),
)
MODEL = model_of(TRACKS)


def lists_of(*lists: Sequence[int], k: int = 3) -> Listed:
    return listed([np.array(positions, dtype=np.int64) for positions in lists], k)


def column(*values: float) -> npt.NDArray[np.float64]:
    return np.array(values)


some_lists = st.lists(st.lists(st.integers(0, SIZE - 1), max_size=SIZE, unique=True), min_size=1, max_size=5).map(
    lambda lists: lists_of(*lists, k=SIZE)
)
filled_lists = some_lists.filter(lambda lists: bool((lists != ENDED).any()))


def test_lists_are_read_to_k_and_a_short_one_ends_early() -> None:
    assert lists_of([4, 2, 0, 1], [5], []).tolist() == [[4, 2, 0], [5, ENDED, ENDED], [ENDED] * 3]


NINETIES = "{90s|period=1990-1999}"
INSTRUMENTAL = "{instrumental|voice:avoid=any}"


def met(marked: str, *positions: int) -> Numbers:
    return wishes_met(lists_of(positions, k=5), [read_marked(MODEL.names, marked)], MODEL)


def test_a_wish_is_met_by_its_share_of_the_tracks_of_which_it_is_known() -> None:
    """Rain (1994) and fire (1991) are of the nineties, moss (2004) is not, and nobody knows of tide: 2 of 3."""
    assert met(f"music from the {NINETIES}", 0, 1, 2, 3).tolist() == pytest.approx([2 / 3])


def test_each_hard_wish_of_a_query_counts_alike() -> None:
    """By fire and lamp: both of the nineties (1), one instrumental (1/2), one without drums (1/2), one not by Marta Quell."""
    shares = {
        f"music from the {NINETIES}": 1,
        INSTRUMENTAL: 0.5,
        "no {drums|instrument:avoid}": 0.5,
        "no {Marta Quell|artist:avoid}": 0.5,
    }
    assert {wish: met(wish, 1, 4).item() for wish in shares} == shares
    assert met(", ".join(shares), 1, 4).tolist() == [(1 + 0.5 + 0.5 + 0.5) / 4]


@pytest.mark.parametrize(
    "marked",
    [
        "{less|cue} from the {90s|period:less=1990-1999}",
        "songs by {Marta Quell|artist}",
        "{10 songs|count=10}",
        "{45 minutes|minutes=45}",
        "{jazz|genre}",
    ],
)
def test_soft_wishes_names_and_lengths_demand_nothing_of_a_track(marked: str) -> None:
    assert np.isnan(met(marked, 2)).all()


def test_a_wish_of_which_nothing_is_known_is_neither_met_nor_missed() -> None:
    """Of moss nobody knows whether it is sung: what counts is the year alone, which it misses."""
    assert met(f"{INSTRUMENTAL} music from the {NINETIES}", 2).tolist() == [0]
    assert math.isnan(met(INSTRUMENTAL, 2).item())


def test_an_empty_list_neither_meets_nor_misses_a_wish() -> None:
    queries = [MODEL.reader.read("music from the 90s")] * 2
    found = wishes_met(lists_of([], [0]), queries, MODEL)
    assert np.isnan(found).tolist() == [True, False]


def test_fill_compares_with_what_could_be_had() -> None:
    """Two of three places, though three could be had; both that there were; none of three; nothing to be had."""
    found = fill(lists_of([0, 1], [0, 1], [], []), np.array([5, 2, 3, 0]))
    np.testing.assert_array_equal(found, column(2 / 3, 1, 0, math.nan))


def test_coverage_is_the_share_of_the_pool_that_anybody_gets() -> None:
    """Tracks 0, 1 and 5 are returned; of the pool of 0 to 3 these are two."""
    pool = np.array([True, True, True, True, False, False])
    assert coverage(lists_of([0, 1], [1, 5]), pool) == 2 / 4


@given(some_lists, st.lists(st.integers(0, SIZE - 1), max_size=SIZE, unique=True))
def test_another_list_never_lowers_coverage(lists: Listed, more: list[int]) -> None:
    with_more = np.concatenate([lists, lists_of(more, k=SIZE)])
    assert 0 <= coverage(lists, POOL) <= coverage(with_more, POOL) <= 1


def test_exposure_adds_up_the_places_of_a_track() -> None:
    """Track 4 is first twice, track 0 second and third."""
    np.testing.assert_allclose(
        exposure(lists_of([4, 0], [4, 1, 0]), SIZE), [SECOND + THIRD, SECOND, 0, 0, 2, 0], rtol=1e-12
    )


def test_gini_by_hand() -> None:
    """Of 1, 1, 2 and 6 in all 10: (-3 * 1 - 1 * 1 + 1 * 2 + 3 * 6) / (4 * 10)."""
    assert gini(column(6, 1, 2, 1), np.ones(4, dtype=bool)) == pytest.approx(16 / 40)


def test_gini_is_0_where_all_are_seen_alike_and_near_1_where_one_has_everything() -> None:
    pool = np.ones(1000, dtype=bool)
    assert gini(np.full(1000, 0.3), pool) == pytest.approx(0, abs=1e-12)
    assert gini(np.eye(1000)[3], pool) == pytest.approx(1 - 1 / 1000)


@given(filled_lists, st.permutations(range(SIZE)), st.floats(0.01, 100))
def test_gini_and_the_curve_depend_neither_on_who_is_who_nor_on_how_many_were_asked(
    lists: Listed, order: list[int], factor: float
) -> None:
    seen = exposure(lists, SIZE)
    assert gini(seen[order] * factor, POOL) == pytest.approx(gini(seen, POOL))
    np.testing.assert_allclose(exposure_curve(seen[order] * factor, POOL), exposure_curve(seen, POOL))


@given(filled_lists)
def test_the_curve_rises_ever_more_slowly_and_half_the_gini_lies_between_it_and_the_diagonal(lists: Listed) -> None:
    """The area between holds for the curve at the tracks themselves; 101 points cut its corners by less than 0.02."""
    seen = exposure(lists, SIZE)
    curve = exposure_curve(seen, POOL)
    assert curve[0] == 0
    assert curve[-1] == pytest.approx(1)
    assert (np.diff(curve) >= -1e-12).all()
    assert (np.diff(np.diff(curve) / np.diff(SHARES)) <= 1e-9).all()
    area = float(((curve[1:] + curve[:-1]) / 2) @ np.diff(SHARES))
    assert 2 * (area - 0.5) == pytest.approx(gini(seen, POOL), abs=0.02)


def test_the_curve_by_hand() -> None:
    """Of four tracks the first quarter has 6 of 10, the first half 8; in between it is a straight line."""
    curve = exposure_curve(column(6, 1, 2, 1), np.ones(4, dtype=bool))
    assert curve[[0, 20, 50, 60, 80, 100]].tolist() == pytest.approx([0, 0.096, 0.6, 0.688, 0.856, 1])


def test_nobody_seen_gives_no_number() -> None:
    nothing = np.zeros(SIZE)
    assert math.isnan(gini(nothing, POOL))
    assert np.isnan(exposure_curve(nothing, POOL)).all()
    assert math.isnan(tail_share(nothing, np.arange(SIZE), POOL))
    assert math.isnan(independent_share(nothing, np.ones(SIZE)))


def test_the_tail_is_what_lies_outside_the_most_popular_tenth_of_the_pool() -> None:
    """Of twenty tracks, 18 and 19 are the head; 21, more popular still, is not in the pool."""
    pool = np.arange(22) < 20
    seen = np.zeros(22)
    seen[[19, 18, 3, 21]] = [3, 1, 4, 9]
    assert tail_share(seen, np.arange(22), pool) == 4 / 8


def test_tracks_that_tie_for_the_head_share_its_places() -> None:
    """The head of twenty has two places; one track is the most popular, four tie for the other: a quarter each."""
    popularity = np.array([9, 5, 5, 5, 5, *[1] * 15])
    seen = np.zeros(20)
    seen[[0, 2]] = 1
    assert tail_share(seen, popularity, np.ones(20, dtype=bool)) == pytest.approx((0 + 3 / 4) / 2)


@given(filled_lists, st.lists(st.integers(0, 3), min_size=SIZE, max_size=SIZE))
def test_the_share_of_the_tail_lies_from_0_to_1(lists: Listed, popularity: list[int]) -> None:
    assert 0 <= tail_share(exposure(lists, SIZE), np.array(popularity), POOL) <= 1


def test_novelty_is_the_mean_of_the_bits_that_a_track_tells() -> None:
    """Counts of 11, 3, 1 and 0, each one more, are 12, 4, 2 and 1 of 19: -log2 of 4/19 and 1/19 at the places of list 1."""
    found = novelty(lists_of([1, 3], [0], []), column(11, 3, 1, 0))
    np.testing.assert_allclose(found, [(math.log2(19 / 4) + math.log2(19)) / 2, math.log2(19 / 12), math.nan])


@given(some_lists)
def test_the_less_it_is_played_the_more_novel_a_track_is(lists: Listed) -> None:
    counts = np.arange(SIZE)[::-1] * 10
    alone = novelty(lists_of(*([position] for position in range(SIZE))), counts)
    assert (np.diff(alone) > 0).all()
    found = novelty(lists, counts)
    assert ((found >= alone[0] - 1e-12) & (found <= alone[-1] + 1e-12))[~np.isnan(found)].all()


def test_diversity_is_the_mean_distance_of_pairs() -> None:
    """At right angles 1, in one direction 0, opposite 2, to nothing 1: the pairs of list 1 are 1, 0 and 1."""
    vectors = np.array([[1, 0], [0, 2], [3, 0], [-1, 0], [0, 0]], dtype=np.float32)
    found = diversity(lists_of([0, 1, 2], [0, 3], [0, 2], [1, 4], [0], []), vectors)
    np.testing.assert_allclose(found, [2 / 3, 2, 0, 1, math.nan, math.nan])


@given(st.lists(st.integers(0, SIZE - 1), min_size=2, max_size=SIZE, unique=True))
def test_diversity_is_what_a_loop_over_pairs_gives(positions: list[int]) -> None:
    vectors = np.random.default_rng(1).standard_normal((SIZE, 4)).astype(np.float32)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    distances = [1 - float(units[a] @ units[b]) for a in positions for b in positions if a < b]
    assert diversity(lists_of(positions, k=SIZE), vectors)[0] == pytest.approx(np.mean(distances), abs=1e-6)


def test_artist_diversity_counts_each_artist_once() -> None:
    """Artists 7, 0, 7: two of three; alone; nobody."""
    artists = np.array([7, 0, 7, 7], dtype=np.int32)
    found = artist_diversity(lists_of([0, 1, 2], [3], []), artists)
    np.testing.assert_array_equal(found, column(2 / 3, 1, math.nan))


GENRES = genre_shares([("Jazz",), ("jazz", "Soul"), ("Soul",), (), ("Metal", "metal")])


def calibrated(positions: Sequence[int], *known: int) -> float:
    return float(calibration(lists_of(positions, k=5), [np.array(known, dtype=np.int64)], GENRES)[0])


def test_a_genre_counts_once_in_a_track_however_it_is_written() -> None:
    assert GENRES.toarray().tolist() == [[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_calibration_by_hand() -> None:
    """Known: jazz 1/2, soul 1/2. Listed: jazz 3/4, soul 1/4, the track without a genre left out."""
    jazz, soul = 0.99 * 0.75 + 0.01 * 0.5, 0.99 * 0.25 + 0.01 * 0.5
    expected = 0.5 * math.log(0.5 / jazz) + 0.5 * math.log(0.5 / soul)
    assert calibrated([0, 1, 3], 0, 2) == pytest.approx(expected)


def test_calibration_is_0_for_the_listeners_own_mix_and_log_100_without_a_genre_in_common() -> None:
    assert calibrated([1, 3], 0, 2) == pytest.approx(0, abs=1e-12)
    assert calibrated([4], 0, 2) == pytest.approx(math.log(100))


def test_calibration_needs_a_genre_on_both_sides() -> None:
    assert math.isnan(calibrated([0]))
    assert math.isnan(calibrated([0], 3))
    assert math.isnan(calibrated([3], 0))
    assert math.isnan(calibrated([], 0))


@given(some_lists, st.lists(st.integers(0, 4), max_size=4))
def test_calibration_lies_from_0_to_log_100(lists: Listed, known: list[int]) -> None:
    tracks = genre_shares([("jazz",), ("jazz", "soul"), ("soul",), (), ("metal",), ("folk", "jazz")])
    found = calibration(lists, [np.array(known, dtype=np.int64)] * len(lists), tracks)
    within = found[~np.isnan(found)]
    assert ((within >= -1e-12) & (within <= math.log(100) + 1e-12)).all()


def test_a_label_is_independent_that_holds_at_most_a_twentieth_of_what_is_labelled() -> None:
    """Of forty labelled tracks the harbour has two, exactly 5 %, the pier three; four more have no label, or an empty one."""
    labels = ["Harbour"] * 2 + ["Pier"] * 3 + ["Colossus"] * 35 + [None, None, "", ""]
    found = independent(labels)
    assert found[:40].tolist() == [1] * 2 + [0] * 38
    assert np.isnan(found[40:]).all()
    assert np.isnan(independent([None])).all()


def test_the_independent_share_is_read_among_tracks_whose_label_is_known() -> None:
    seen = column(1, 2, 1, 5)
    assert independent_share(seen, column(1, 0, 1, math.nan)) == 2 / 4
    assert math.isnan(independent_share(seen, np.full(4, math.nan)))


@given(filled_lists, st.lists(st.sampled_from([0, 1, math.nan]), min_size=SIZE, max_size=SIZE))
def test_the_independent_share_lies_from_0_to_1(lists: Listed, on_independent: list[float]) -> None:
    found = independent_share(exposure(lists, SIZE), np.array(on_independent))
    assert math.isnan(found) or 0 <= found <= 1
