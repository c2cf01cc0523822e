from functools import partial
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import Standing
from catalog.tracks import Position, Track, TrackId
from recommender.lists.rules import ListRules
from recommender.lists.sequencing import (
    TAIL_S,
    TOLERANCE_S,
    Aim,
    artist_cap,
    distinct_songs,
    limited,
    of_duration,
    sequenced,
    shaped,
    space_artists,
    spread,
)
from recommender.tracks.features import TrackFeatures
from tests.examples import examples
from tests.positions import positions

NO_RULES = ListRules(lambda _: 0)

spaced = partial(space_artists, rules=NO_RULES)


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
    assert spaced(positions(7), artist, 3, 7) == [0, 3, 4, 5, 1, 6, 2]


def test_an_artist_who_was_asked_for_may_follow_themselves() -> None:
    assert spaced(positions(4), codes([0, 0, 1, 0]), 3, 4, exempt=frozenset({0})) == [0, 1, 2, 3]


def test_where_nothing_fits_the_best_that_is_left_is_taken() -> None:
    assert spaced(positions(4), codes([0, 0, 0, 1]), 2, 4) == [0, 3, 1, 2]
    assert spaced(positions(3), codes([0, 0, 0]), 0, 2) == [0, 1]


@examples(1.5)
@given(
    artists=st.lists(st.integers(0, 4), max_size=16),
    gap=st.integers(0, 5),
    length=st.integers(0, 18),
    exempt=st.frozensets(st.integers(0, 4), max_size=1),
    cap=st.none() | st.integers(1, 5),
)
def test_each_place_holds_the_best_track_that_fits_there(
    artists: list[int], gap: int, length: int, exempt: frozenset[int], cap: int | None
) -> None:
    """An artist has more than their share only where every waiting track's artist had it or would come too soon, and comes
    too soon only where every one would."""
    order = spaced(positions(len(artists)), codes(artists), gap, length, exempt=exempt, cap=cap)
    assert len(order) == len(set(order)) == min(length, len(artists))
    for place, position in enumerate(order):
        recent = {artists[other] for other in order[max(0, place - gap) : place]} - exempt
        before = [artists[other] for other in order[:place]]
        full = {artist for artist in before if cap is not None and before.count(artist) >= cap} - exempt
        waiting = sorted(set(range(len(artists))) - set(order[:place]))
        later = [other for other in waiting if artists[other] not in recent]
        fitting = [other for other in later if artists[other] not in full]
        assert position == (fitting or later or waiting)[0]


def test_no_artist_has_more_than_their_share_while_others_are_left() -> None:
    assert spaced(positions(7), codes([0, 0, 0, 0, 1, 2, 3]), 0, 5, cap=2) == [0, 1, 4, 5, 6]


def test_what_does_not_fit_into_twenty_tracks_comes_in_the_next() -> None:
    order = spaced(positions(50), codes([0] * 10 + list(range(1, 41))), 0, 40, cap=2)
    assert [place for place, position in enumerate(order) if position < 10] == [0, 1, 20, 21]


def test_the_share_of_an_artist_follows_from_how_many_artists_the_candidates_speak_of() -> None:
    assert artist_cap(positions(60), codes(list(range(60)))) == 1
    assert artist_cap(positions(60), codes([row % 20 for row in range(60)])) == 2
    assert artist_cap(positions(60), codes([row % 5 for row in range(60)])) == 8
    assert artist_cap(positions(60), codes([0] * 60)) == 40
    assert artist_cap(positions(90), codes([row if row < 60 else 60 for row in range(90)])) == 1
    assert artist_cap([], codes([])) == 20


def most_below(durations: list[int], target: int) -> int | None:
    """The most below the target that any choice lasts, by trying all; None where one is within 15 s."""
    sums = {sum(some) for size in range(len(durations) + 1) for some in combinations(durations, size)}
    near = [total for total in sums if abs(total - target) <= TOLERANCE_S]
    return None if near else max(total for total in sums if total < target)


@examples(1.5)
@given(
    durations=st.lists(st.integers(20, 700) | st.sampled_from([60, 240, 1500, 3600, 7200]), max_size=9),
    target=st.integers(60, 1200) | st.integers(1200, 20_000),
)
def test_whole_seconds_come_within_15_seconds_whenever_any_choice_does_and_else_to_the_most_below(
    durations: list[int], target: int
) -> None:
    chosen = of_duration(positions(len(durations)), floats(*durations), target)
    assert chosen == sorted(set(chosen))
    total = sum(durations[row] for row in chosen)
    wanted = most_below(durations, target)
    assert abs(total - target) <= TOLERANCE_S if wanted is None else total == wanted


def reachable(durations: list[int], target: int) -> bool:
    """Whether some choice lasts the target within 15 s: sums as bits of one large number."""
    sums = 1
    for duration in durations:
        sums |= sums << duration
    return any(sums >> total & 1 for total in range(max(0, target - 15), target + 16))


@examples(0.6)
@given(
    unit=st.sampled_from([1, 7, 60, 97, 240]),
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=60),
    target=st.integers(300, 9000),
)
def test_many_tracks_of_awkward_durations_come_as_near_as_sums_of_them_can(
    unit: int, sizes: list[int], target: int
) -> None:
    durations = [unit * size for size in sizes]
    total = sum(durations[row] for row in of_duration(positions(len(sizes)), floats(*durations), target))
    assert (abs(total - target) <= TOLERANCE_S) == reachable(durations, target)


@examples(0.4)
@given(
    durations=st.lists(st.floats(100, 400, width=32), min_size=60, max_size=160),
    minutes=st.integers(5, 180),
)
def test_sixty_songs_of_any_durations_fill_any_minutes_that_they_last_within_15_seconds(
    durations: list[float], minutes: int
) -> None:
    target = min(minutes * 60, sum(durations) / 2)
    chosen = of_duration(positions(len(durations)), floats(*durations), target)
    different = len({round(duration) for duration in durations})
    if different > 20:
        assert abs(sum(durations[row] for row in chosen) - target) <= TOLERANCE_S


def test_the_search_goes_on_where_the_first_hundred_candidates_do_not_fit() -> None:
    durations = floats(*[240.0] * 500, 100.0)
    assert of_duration(positions(501), durations, 580) == [0, 1, 500]


def test_a_head_that_leaves_a_rest_which_nothing_fills_is_made_again() -> None:
    durations = floats(3000.0, 3000.0, 1600.0, 1400.0)
    assert of_duration(positions(4), durations, 6000) == [0, 1]
    durations = floats(3100.0, 3000.0, 2950.0, 2900.0)
    assert of_duration(positions(4), durations, 6000) == [0, 3]


def test_a_list_of_a_hundred_hours_is_found_or_given_up_in_a_search_that_ends() -> None:
    minutes = 240 + np.arange(18_000) % 3 * 60
    chosen = of_duration(positions(len(minutes)), minutes.astype(np.float32), 6000 * 60)
    assert float(minutes[chosen].sum()) == 6000 * 60
    chosen = of_duration(positions(len(minutes)), minutes.astype(np.float32), 6000 * 60 - 30)
    assert float(minutes[chosen].sum()) == 6000 * 60 - 60


def test_what_comes_before_the_last_twenty_minutes_is_in_the_order_of_rank() -> None:
    durations = floats(*([200.0] * 50))
    chosen = of_duration(positions(50), durations, 60 * 60)
    head = int((60 * 60 - TAIL_S) // 200) - 1
    assert chosen[:head] == list(range(head))
    assert len(chosen) == 18


def test_early_tracks_are_preferred_where_several_choices_fit() -> None:
    assert of_duration(positions(10), floats(*[300.0] * 10), 900) == [0, 1, 2]


@examples(0.8)
@given(durations=st.lists(st.integers(60, 400), max_size=9), target=st.integers(60, 1200))
def test_a_short_list_goes_no_further_down_the_ranking_than_it_must(durations: list[int], target: int) -> None:
    chosen = of_duration(positions(len(durations)), floats(*durations), target)
    if abs(sum(durations[row] for row in chosen) - target) <= TOLERANCE_S and sum(durations) > target:
        assert most_below(durations[: chosen[-1]], target) is not None


def test_tracks_of_unknown_duration_or_none_and_those_longer_than_the_list_are_left_out() -> None:
    durations = floats(np.nan, 0.0, 9000.0, 300.0, 310.0)
    assert of_duration(positions(5), durations, 600) == [3, 4]
    long_first = floats(*[90_000.0], *[240.0] * 240)
    assert len(of_duration(positions(len(long_first)), long_first, 40_000)) == 40_000 // 240


def test_nothing_to_choose_from_is_nothing_chosen() -> None:
    assert of_duration([], floats(), 600) == []
    assert of_duration([Position(0)], floats(4000.0), 600) == []


def features(tracks: list[Track]) -> TrackFeatures:
    return TrackFeatures.of(tracks, np.zeros(len(tracks)))


def of_energies(*energies: float | None, tempos: tuple[float | None, ...] = ()) -> TrackFeatures:
    return features(
        [
            Track(
                TrackId(str(row)),
                f"Song {row}",
                f"Artist {row}",
                energy=energy,
                tempo_bpm=dict(enumerate(tempos)).get(row),
            )
            for row, energy in enumerate(energies)
        ]
    )


def test_energy_rises_falls_or_goes_up_and_down_again_as_it_was_asked_for() -> None:
    known = of_energies(0.5, 0.1, 0.9, 0.3, 0.7)
    assert shaped(positions(5), "rising", known) == [1, 3, 0, 4, 2]
    assert shaped(positions(5), "falling", known) == [2, 4, 0, 3, 1]
    assert shaped(positions(5), "peak", known) == [1, 0, 2, 4, 3]
    assert shaped(positions(5), "dip", known) == [4, 3, 1, 0, 2]


def test_a_wave_goes_up_and_down_every_eight_tracks() -> None:
    known = of_energies(*(number / 24 for number in range(24)))
    order = shaped(positions(24), "wave", known)
    assert {order[place] < 3 for place in (0, 8, 16)} == {True}
    assert {order[place] >= 21 for place in (4, 12, 20)} == {True}
    for low in (0, 8, 16):
        assert order[low : low + 5] == sorted(order[low : low + 5])
        assert order[low + 4 : low + 8] == sorted(order[low + 4 : low + 8], reverse=True)


def test_a_track_of_unknown_energy_keeps_its_place() -> None:
    assert shaped(positions(4), "rising", of_energies(0.9, None, 0.5, 0.1)) == [3, 1, 2, 0]
    assert shaped(positions(2), "rising", of_energies(None, None)) == [0, 1]
    assert shaped([], "peak", of_energies()) == []


def test_tempo_stands_in_where_no_energy_is_known() -> None:
    known = of_energies(0.9, None, None, 0.1, tempos=(80, 170, None, 90))
    assert shaped(positions(4), "rising", known) == [3, 1, 2, 0]
    assert shaped(positions(3), "falling", of_energies(None, None, None, tempos=(80, 170, 120))) == [1, 2, 0]


@examples(0.8)
@given(
    energies=st.lists(st.none() | st.floats(0, 1, width=32), max_size=12),
    arc=st.sampled_from(["rising", "falling", "peak", "dip"]),
)
def test_an_arc_orders_the_same_tracks_without_a_step_against_it(energies: list[float | None], arc: str) -> None:
    known = of_energies(*energies)
    order = shaped(positions(len(energies)), arc, known)
    assert sorted(order) == list(range(len(energies)))
    level = [energy for position in order if (energy := energies[position]) is not None]
    if arc == "dip":
        level = [-energy for energy in level]
    top = {"rising": len(level), "falling": 0}.get(arc, int(np.argmax(level)) if level else 0)
    assert level[:top] == sorted(level[:top])
    assert level[top:] == sorted(level[top:], reverse=True)


def listed(tracks: list[Track], aim: Aim, arc: str | None = None, rules: ListRules = NO_RULES) -> list[Position]:
    return sequenced(positions(len(tracks)), aim, features(tracks), 1, frozenset(), rules, arc)


def test_a_list_with_an_arc_holds_the_best_tracks_and_keeps_artists_apart() -> None:
    tracks = [Track(TrackId(str(row)), f"Song {row}", f"Artist {row // 2}", energy=1 - row / 10) for row in range(8)]
    assert listed(tracks, Aim(6, None), "rising") == [6, 4, 3, 1, 2, 0]


def test_minutes_are_met_with_tracks_that_may_stand_together() -> None:
    lasting = [
        Track(TrackId(str(row)), f"Song {row}", f"Artist {row}", duration_s=seconds)
        for row, seconds in enumerate([300, 290, 310, 305])
    ]
    standings = [
        Standing.PERMITTED | Standing.LABELLED,
        Standing.PERMITTED | Standing.NO_AI_NEIGHBOUR,
        *[Standing.PERMITTED] * 2,
    ]
    rules = ListRules(lambda position: int(standings[position]))
    assert listed(lasting, Aim(20, 10)) == [0, 1]
    assert listed(lasting, Aim(20, 10), rules=rules) in ([0, 2], [0, 3])


@given(
    artist=st.lists(st.integers(0, 4), max_size=40),
    groups=st.lists(st.frozensets(st.integers(0, 39)), max_size=3),
    most=st.integers(1, 4),
    each=st.none() | st.integers(1, 4),
)
def test_each_group_has_one_in_ten_places_and_the_rest_keep_their_order(
    artist: list[int], groups: list[frozenset[Position]], most: int, each: int | None
) -> None:
    kept = limited(positions(len(artist)), groups, most, [] if each is None else [(codes(artist), each)])
    assert len(set(kept)) == len(kept)
    for group in groups:
        places = [place for place, position in enumerate(kept) if position in group]
        assert len(places) <= most
        assert all(place >= 10 * earlier for earlier, place in enumerate(places))
    free = [position for position in kept if not any(position in group for group in groups)]
    assert free == sorted(free)
    if each is None:
        assert free == [one for one in positions(len(artist)) if not any(one in group for group in groups)]
    else:
        assert all(sum(artist[one] == artist[other] for other in kept) <= each for one in kept)


def test_one_in_ten_is_an_examples_own_and_two_by_each_artist_are_the_best_ranked() -> None:
    example = frozenset(positions(0, 6))
    assert limited(positions(8), [example], 2, []) == [0, 6, 7]
    assert limited(positions(20), [example], 2, []) == [
        0,
        *positions(6, 15),
        1,
        *positions(15, 20),
    ]
    assert limited(positions(8), [], 2, [(codes([0, 1, 0, 1, 0, 1, 0, 2]), 2)]) == [0, 1, 2, 3, 7]
    assert limited(positions(3), [frozenset()], 2, [(codes([-1, -1, -1]), 1)]) == [0, 1, 2]


def test_tracks_of_unknown_duration_fill_a_list_by_what_they_usually_last() -> None:
    known = [Track(TrackId(f"t{row}"), f"Song {row}", f"Artist {row}", duration_s=300.0) for row in range(3)]
    unknown = [Track(TrackId(f"u{row}"), f"Untimed {row}", f"Other {row}") for row in range(3)]
    for tracks, minutes in ((known + unknown, 30), (unknown, 12)):
        chosen = listed(tracks, Aim(20, minutes))
        assert chosen == positions(len(tracks))
        assert Aim(20, minutes).missing(chosen, features(tracks)) == 0
    assert Aim(20, 40).missing(positions(6), features(known + unknown)) == 10
    assert Aim(20, 13).missing(positions(3), features(unknown)) == 0  # 12 minutes, of four each as far as anybody knows
    assert Aim(20, 15).missing(positions(3), features(unknown)) == 3
    assert Aim(20, 16).missing(positions(3), features(known)) == 1


@given(st.lists(st.integers(0, 200), unique=True), st.frozensets(st.integers(0, 200)))
def test_of_a_group_one_in_ten_comes_and_the_rest_of_it_last_each_in_its_order(
    candidates: list[Position], group: frozenset[Position]
) -> None:
    kept = spread(candidates, group)
    assert sorted(kept) == sorted(candidates)
    mine, others = [p for p in candidates if p in group], [p for p in candidates if p not in group]
    assert [p for p in kept if p not in group] == others
    assert [p for p in kept if p in group] == mine
    for end in range(len(kept) + 1):
        before_the_rest = any(p not in group for p in kept[end:])
        assert not before_the_rest or sum(p in group for p in kept[:end]) <= -(-end // 10)
