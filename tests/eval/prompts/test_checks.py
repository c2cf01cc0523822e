"""Each check, on answers that just hold and just do not."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from catalog.tracks import Track
from eval.prompts.checks import CHECKS, MEASURES, read_check
from recommender.playlists import Interpretation, NotUnderstood, Shortfall
from tests.eval.prompts.answers import listed, plain_answer, song


def holds(tracks: Sequence[Track], *check: object, **known: Any) -> bool:
    answer = plain_answer(listed(tracks), **known)
    found = read_check(list(check))
    return found.holds(found.measured(answer))


def each(field: str, *values: Any) -> list[Track]:
    return [song(f"Song {number}", **{field: value}) for number, value in enumerate(values)]


NAMESAKES = [song("Bluebird"), song("Vale of Tears", "Ida Mole"), song("Nina", "The Ferrymen")]


@pytest.mark.parametrize(
    ("tracks", "good", "bad"),
    [
        (NAMESAKES, ["collision_max", "Nina Vale", 0.7], ["collision_max", "Nina Vale", 0.6]),
        ([song()] * 10 + NAMESAKES, ["collision_max", "Nina Vale", 0], ["artist_share_max", "Nina Vale", 0.9]),
        (NAMESAKES, ["artist_share_min", "nina vale", 0.3], ["artist_share_min", "Nina", 0.4]),
        ([song("A", "The Ferrymen feat. Ida Mole")], ["artist_share_min", "Ida Mole", 1], ["no_artist", "ferrymen"]),
        ([song(artist="Ida Molen")], ["no_artist", "Ida Mole"], ["artist_share_min", "Ida Mole", 0.1]),
        ([song("Rúnning Home"), song("Overrun")], ["title_words_max", "run|walk", 0.5], ["title_words_max", "run", 0.4]),
        ([song("The Long Way Home")], ["has_title", "long way"], ["has_title", "longer way"]),
        (each("tags", ("Acid Jazz",), ("jazzy",)), ["tag_share_min", "jazz", 0.5], ["tag_share_min", "jazz|soul", 0.6]),
        (each("tags", ("metal",), ("rock",)), ["tag_share_max", "metal", 0.5], ["tag_share_max", "metal|rock", 0.5]),
        (each("instrumental", True, False, None), ["instrumental_min", 0.5], ["instrumental_max", 0.4]),
        (each("explicit", True, False), ["explicit_max", 0.5], ["explicit_max", 0]),
        (each("year", 1990, 1999, None, 2000), ["year_share_min", 1990, 1999, 0.5], ["year_share_max", 1990, 1999, 0.4]),
        (each("tempo_bpm", 120.0, 140.0, None), ["tempo_share", 100, 130, 0.5], ["tempo_share_max", 100, 130, 0.4]),
        (each("duration_s", 100.0, None), ["duration_share", 0, 100, 0.5], ["duration_share", 0, 100, 0.6]),
        (each("energy", 0.4, 0.6), ["energy_rank_min", 0.5], ["energy_rank_max", 0.4]),
        (each("energy", 0.1, 0.9, 0.3), ["arc", "up"], ["arc", "down"]),
        (each("energy", 0.3, 0.9, 0.1), ["arc", "down"], ["arc", "up"]),
        (each("energy", 0.3, 0.3, 0.3, 0.4), ["nonempty", 4], ["arc", "up"]),
        (each("duration_s", 60.0, 90.0, None), ["minutes", 2, 3], ["minutes", 3, 4]),
        (each("year", *range(3)), ["length", 3, 4], ["length", 4, 5]),
        (each("year", *range(3)), ["nonempty", 3], ["nonempty", 4]),
        ([song(artist=f"Act {number}") for number in range(15)], ["artists_distinct"], ["nonempty", 16]),
        ([song(artist=f"Act {number}") for number in range(14)], ["nonempty", 14], ["artists_distinct"]),
        ([song(artist=f"Act {min(number, 15)}") for number in range(17)], ["nonempty", 17], ["artists_distinct"]),
    ],
)  # fmt: skip
def test_a_check_holds_up_to_its_bound(tracks: Sequence[Track], good: Sequence[object], bad: Sequence[object]) -> None:
    assert holds(tracks, *good)
    assert not holds(tracks, *bad)


def test_comparisons_are_with_the_list_that_came_before() -> None:
    before = each("year", 2000, 2010)
    assert holds(each("year", 2010, None), "year_mean_higher", 5, before=before)
    assert not holds(each("year", 2009), "year_mean_higher", 5, before=before)
    assert holds(each("year", 1999), "year_mean_lower", 5, before=before)
    assert holds(each("energy", 0.5), "lower", "energy", 0.25, before=each("energy", 0.75))
    assert holds(each("tempo_bpm", 120.0), "higher", "tempo_bpm", 20, before=each("tempo_bpm", 100.0))
    assert not holds(each("tempo_bpm", 119.0), "higher", "tempo_bpm", 20, before=each("tempo_bpm", 100.0))
    assert not holds(each("year", 2010), "year_mean_higher", 5)


def test_tracks_in_common_are_counted_of_a_list_of_the_usual_length() -> None:
    tracks = each("year", *range(20))
    assert holds(tracks[:6], "overlap_min", "calm songs", 0.3, others={"calm songs": tracks})
    assert not holds(tracks[:5], "overlap_min", "calm songs", 0.3, others={"calm songs": tracks})


def test_what_is_labelled_as_ai_in_part_or_whole_counts() -> None:
    check = read_check(["labelled_max", 0.5])
    levels = {"A": "partly", "B": "all", "C": "undeclared"}
    assert check.measured(plain_answer(listed([song(title) for title in "ABCD"], levels))) == 0.5


def test_a_wish_is_read_where_the_answer_tells_its_kind_value_and_whether_it_must_hold() -> None:
    told = listed(interpretation=(Interpretation("years", (1990, None), "since 1990", hard=True),))
    for check, expected in (
        (["reads", "years", [1990, None], True], True),
        (["reads", "years", [1990, None], False], False),
        (["reads", "years", [1990, 1999], True], False),
        (["reads", "tempo", [1990, None], True], False),
    ):
        found = read_check(check)
        assert found.holds(found.measured(plain_answer(told))) is expected


def test_whatever_a_list_says_of_what_it_could_not_do_is_said() -> None:
    said = read_check(["says"])
    silent = listed([song()])
    assert not said.holds(said.measured(plain_answer(silent)))
    for telling in (
        replace(silent, not_understood=(NotUnderstood("qwrt", "it is no word"),)),
        replace(silent, shortfall=Shortfall(3, "there are no more", ())),
    ):
        assert said.holds(said.measured(plain_answer(telling)))


@pytest.mark.parametrize(
    "check",
    [
        ["collision_max", "Nina Vale", 1],
        ["artist_share_max", "Nina Vale", 1],
        ["no_artist", "Nina Vale"],
        ["title_words_max", "run", 1],
        ["has_title", "run"],
        ["tag_share_max", "rock", 1],
        ["instrumental_max", 1],
        ["explicit_max", 1],
        ["labelled_max", 1],
        ["year_share_max", 1900, 2000, 1],
        ["tempo_share_max", 1, 300, 1],
        ["duration_share", 1, 300, 0],
        ["lower", "energy", 0],
        ["artists_distinct"],
        ["overlap_min", "jazz", 0.1],
        ["energy_rank_max", 1],
        ["arc", "down"],
        ["nonempty", 1],
    ],
)
def test_an_empty_list_holds_nothing(check: list[object]) -> None:
    assert not holds([], *check, others={"jazz": [song()]})


def test_every_measure_has_a_check_with_a_least_and_one_with_a_most() -> None:
    assert {*CHECKS} >= {f"{name}_{bound}" for name in MEASURES for bound in ("min", "max")}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("says", "'says' is no check; there are"),
        ([], "is no check; there are collision_min"),
        (["tag_shares_max", "jazz", 1], "is no check"),
        (["tag_share_max", "jazz"], "'tag_share_max jazz' does not say what tag_share_max needs ("),
        (["tag_share_max", 3, 1], "3 is not a text"),
        (["tag_share_max", "(", 1], "does not say what tag_share_max needs"),
        (["tag_share_max", "jazz", "half"], "'half' is no number"),
        (["length", 1, True], "True is no number"),
        (["lower", "loudness", 1], "'loudness' is none of energy"),
        (["lower", "energy", "much"], "'much' is no number"),
        (["arc", "sideways"], "does not say what arc needs"),
        (["no_artist"], "does not say what no_artist needs"),
        (["year_share_min", 1], "does not say what year_share_min needs"),
        (["reads", "tag", "jazz", "must"], "'must' is neither true nor false"),
        (["nonempty"], "does not say what nonempty needs"),
    ],
)
def test_what_is_no_check_is_told_with_what_it_needs(row: object, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read_check(row)
