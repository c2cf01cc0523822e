"""Other seeds make other lists: different enough, the same each time, and of the best tracks."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import Position, Track, TrackId
from recommender.lists.rules import ListRules
from recommender.lists.sequencing import Aim, sequenced, space_artists
from recommender.lists.variations import (
    MOST_SHARED,
    expected_share,
    plackett_luce_order,
    temperature,
    varied_candidates,
)
from recommender.tracks.features import TrackFeatures
from tests.examples import examples
from tests.positions import positions

NO_RULES = ListRules(lambda _: 0)


def first(length: int, candidates: Sequence[Position]) -> list[Position]:
    return list(candidates[:length])


def short(length: int, found: Sequence[Position]) -> int:
    return length - len(found)


def falling(size: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array([1 / (60 + row) for row in range(size)], np.float32)


def other(length: int, size: int, seed: int) -> list[Position]:
    """The other list of `length` out of `size` candidates, as positions that are ranks."""
    sequence = partial(first, length)
    return sequence(varied_candidates(positions(size), falling(size), sequence, partial(short, length), seed))


@examples(0.6)
@given(length=st.integers(1, 60), times=st.integers(3, 6), seed=st.integers(1, 2**63 - 1))
def test_another_list_shares_at_most_seventy_percent_with_the_best_where_three_times_as_many_fit(
    length: int, times: int, seed: int
) -> None:
    found = other(length, times * length, seed)
    assert len(found) == len(set(found)) == length
    assert len(set(found) & set(range(length))) <= MOST_SHARED * length


@pytest.mark.parametrize("length", [5, 10, 20, 50])
def test_two_other_lists_hardly_ever_share_more_than_that(length: int) -> None:
    lists = [set(other(length, 5 * length, seed)) for seed in range(1, 41)]
    shared = [len(one & two) / length for row, one in enumerate(lists) for two in lists[:row]]
    assert np.mean(np.array(shared) > MOST_SHARED) <= 0.01
    assert np.mean(shared) == pytest.approx(expected_share(length), abs=0.04)


def test_a_seed_always_makes_the_same_list_and_others_make_others() -> None:
    assert other(20, 100, 7) == other(20, 100, 7)
    assert len({tuple(other(20, 100, seed)) for seed in range(1, 30)}) == 29


def test_another_list_keeps_the_order_of_rank_and_goes_no_further_down_than_three_more_lists() -> None:
    found = other(20, 500, 3)
    assert found == sorted(found)
    assert found[-1] < 80


def test_better_tracks_are_drawn_more_often() -> None:
    often = np.zeros(80)
    for seed in range(1, 200):
        often[other(20, 300, seed)] += 1
    assert often[:20].sum() > often[20:40].sum() > often[40:].sum() > 0


@given(size=st.integers(0, 14), length=st.integers(1, 8), seed=st.integers(1, 99))
def test_nothing_is_lost_where_few_tracks_fit(size: int, length: int, seed: int) -> None:
    order = varied_candidates(positions(size), falling(size), partial(first, length), partial(short, length), seed)
    assert len(first(length, order)) == len(set(order) & set(first(length, order))) == min(length, size)


def test_what_is_ranked_behind_for_another_reason_than_its_score_is_not_drawn_for_its_score() -> None:
    scores = falling(60)
    scores[40:] = 5.0  # not known to fit: behind, whatever its score
    often = np.zeros(60)
    for seed in range(1, 100):
        often[first(20, varied_candidates(positions(60), scores, partial(first, 20), partial(short, 20), seed))] += 1
    assert often[:20].mean() > often[40:].mean()


def test_minutes_and_artists_are_kept_in_another_list_too() -> None:
    tracks = [
        Track(TrackId(str(row)), f"Song {row}", f"Artist {row % 40}", duration_s=180 + 7 * row % 90)
        for row in range(120)
    ]
    features = TrackFeatures.of(tracks, np.zeros(len(tracks)))
    sequence = partial(sequenced, aim=Aim(20, 60), features=features, gap=3, exempt=frozenset[int](), rules=NO_RULES)
    missing = partial(Aim(20, 60).missing, features=features)
    best = sequence(positions(120))
    for seed in range(1, 20):
        found = sequence(varied_candidates(positions(120), falling(120), sequence, missing, seed))
        assert abs(float(features.duration_s[found].sum()) - 3600) <= 15
        assert len(set(found) & set(best)) <= MOST_SHARED * len(best)
        assert all(len(set(features.artist[found[row : row + 4]])) == 4 for row in range(len(found) - 3))


def test_artists_are_kept_apart_without_more_of_the_best_list() -> None:
    """Seven of ten tracks are by one artist: what keeps them apart is soon all in the best list."""
    artist = np.array([row % 10 if row % 10 < 3 else 3 for row in range(100)], np.int32)
    sequence = partial(space_artists, artist=artist, gap=3, length=20, rules=NO_RULES)
    best = sequence(positions(100))
    for seed in range(1, 20):
        order = varied_candidates(positions(100), falling(100), sequence, partial(short, 20), seed)
        assert len(set(sequence(order)) & set(best)) <= MOST_SHARED * 20


def test_only_the_proportions_between_scores_count() -> None:
    scores = falling(60).astype(np.float64)
    assert temperature(100 * scores - 7, 20) == pytest.approx(100 * temperature(scores, 20), rel=1e-3)
    assert plackett_luce_order(100 * scores - 7, 20, 5).tolist() == plackett_luce_order(scores, 20, 5).tolist()


def test_equal_scores_are_drawn_by_lot() -> None:
    often = np.zeros(60)
    for seed in range(1, 400):
        often[plackett_luce_order(np.ones(60), 20, seed)[:20]] += 1
    assert often.min() > 0.6 * often.mean()


def test_longer_lists_may_have_more_in_common() -> None:
    assert [round(expected_share(length), 2) for length in (5, 20, 100, 1000)] == [0.18, 0.38, 0.55, 0.65]
