from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.sequencing import TAIL_CANDIDATES, TAIL_S, TOLERANCE_S, apart, distinct_songs, of_duration


def floats(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def codes(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(values, np.int32)


@given(songs=st.lists(st.integers(0, 5), max_size=20), taken=st.frozensets(st.integers(0, 5)))
def test_the_first_of_each_song_is_kept_and_none_of_a_song_that_is_taken(
    songs: list[int], taken: frozenset[int]
) -> None:
    kept = distinct_songs(np.arange(len(songs)), codes(songs), taken)
    assert kept == [place for place, song in enumerate(songs) if song not in taken and song not in songs[:place]]


def test_three_tracks_lie_between_two_by_one_artist() -> None:
    artist = codes([0, 0, 0, 1, 2, 3, 4])
    assert apart(range(7), artist, 3, 7) == [0, 3, 4, 5, 1, 6, 2]


def test_an_artist_who_was_asked_for_may_follow_themselves() -> None:
    assert apart(range(4), codes([0, 0, 1, 0]), 3, 4, frozenset({0})) == [0, 1, 2, 3]


def test_where_nothing_fits_the_best_that_is_left_is_taken() -> None:
    assert apart(range(4), codes([0, 0, 0, 1]), 2, 4) == [0, 3, 1, 2]
    assert apart(range(3), codes([0, 0, 0]), 0, 2) == [0, 1]


@settings(max_examples=80)
@given(
    artists=st.lists(st.integers(0, 4), max_size=16),
    gap=st.integers(0, 5),
    length=st.integers(0, 18),
    exempt=st.frozensets(st.integers(0, 4), max_size=1),
)
def test_each_place_holds_the_best_track_that_fits_there(
    artists: list[int], gap: int, length: int, exempt: frozenset[int]
) -> None:
    """What is guaranteed: an artist comes too soon only where every waiting track's artist would."""
    order = apart(range(len(artists)), codes(artists), gap, length, exempt)
    assert len(order) == len(set(order)) == min(length, len(artists))
    for place, position in enumerate(order):
        recent = {artists[other] for other in order[max(0, place - gap) : place]} - exempt
        waiting = sorted(set(range(len(artists))) - set(order[:place]))
        fitting = [other for other in waiting if artists[other] not in recent]
        assert position == (fitting or waiting)[0]


@settings(max_examples=80)
@given(
    durations=st.lists(st.integers(20, 700), max_size=9),
    target=st.integers(60, 1200),
)
def test_whole_seconds_come_within_15_seconds_whenever_any_choice_does_and_else_to_the_most_below(
    durations: list[int], target: int
) -> None:
    chosen = of_duration(range(len(durations)), floats(*durations), target)
    assert len(set(chosen)) == len(chosen)
    sums = {sum(some) for size in range(len(durations) + 1) for some in combinations(durations, size)}
    total = sum(durations[row] for row in chosen)
    if min(abs(total - target) for total in sums) <= TOLERANCE_S:
        assert abs(total - target) <= TOLERANCE_S
    else:
        assert total == max(total for total in sums if total < target)


@settings(max_examples=40)
@given(
    durations=st.lists(st.floats(100, 400, width=32), min_size=60, max_size=160),
    minutes=st.integers(15, 180),
)
def test_sixty_songs_of_any_durations_fill_any_minutes_that_they_last_within_15_seconds(
    durations: list[float], minutes: int
) -> None:
    target = min(minutes * 60, sum(durations) / 2)
    chosen = of_duration(range(len(durations)), floats(*durations), target)
    different = len({round(duration) for duration in durations})
    if different > 20:
        assert abs(sum(durations[row] for row in chosen) - target) <= TOLERANCE_S


def test_what_comes_before_the_last_twenty_minutes_is_in_the_order_of_rank() -> None:
    durations = floats(*([200.0] * 50))
    chosen = of_duration(range(50), durations, 60 * 60)
    head = int((60 * 60 - TAIL_S) // 200) - 1
    assert chosen[:head] == list(range(head))
    assert len(chosen) == 18


def test_early_tracks_are_preferred_where_several_choices_fit() -> None:
    assert of_duration(range(10), floats(*[300.0] * 10), 900) == [0, 1, 2]


def test_tracks_of_unknown_duration_or_none_and_those_longer_than_the_list_are_left_out() -> None:
    durations = floats(np.nan, 0.0, 9000.0, 300.0, 310.0)
    assert of_duration(range(5), durations, 600) == [3, 4]
    long_first = floats(*[90_000.0], *[240.0] * (TAIL_CANDIDATES * 2))
    assert len(of_duration(range(len(long_first)), long_first, 40_000)) == 40_000 // 240


def test_nothing_to_choose_from_is_nothing_chosen() -> None:
    assert of_duration([], floats(), 600) == []
    assert of_duration([0], floats(4000.0), 600) == []
