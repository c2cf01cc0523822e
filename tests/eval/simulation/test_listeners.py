"""What simulated listeners do, by what is known of people who listen to lists."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.events import EventsBody
from catalog.stores import open_store
from eval.simulation.listeners import PROFILES, Crowd, Outcome
from tests.eval.simulation.crowds import JAZZ, METAL, crowd_in

PROMPT = "songs for a drive"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Whoever was away for long has forgotten all, so that tests may share it."""
    return crowd_in(tmp_path_factory.mktemp("crowd"))


@pytest.fixture(scope="module")
def indifferent(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    return crowd_in(tmp_path_factory.mktemp("indifferent"), "indifferent")


def heard(
    crowd: Crowd, who: int, tracks: Sequence[str], *, times: int = 60, hours: float = 1e6, prompt: str = PROMPT
) -> list[Outcome]:
    return [
        outcome
        for time in range(times)
        for outcome in crowd.listen(who, hours if time else 1e6, prompt, tracks, crowd.chance(99, who, time))
    ]


def share_played(outcomes: Sequence[Outcome]) -> float:
    kinds = Counter(outcome["kind"] for outcome in outcomes)
    return kinds["play"] / (kinds["play"] + kinds["skip"])


def test_listeners_play_more_of_what_they_played_before(crowd: Crowd) -> None:
    for who in range(6):
        jazz, metal = (share_played(heard(crowd, who, tracks)) for tracks in (JAZZ, METAL))
        assert (jazz > metal) == (who % 2 == 0)


def test_tastes_are_worth_something_on_plays_that_were_held_out(crowd: Crowd) -> None:
    assert np.mean(crowd.agreement) > 0.7


def test_the_further_down_a_track_stands_the_fewer_look_at_it(crowd: Crowd) -> None:
    looked = Counter(
        o["position"] for who in range(20) for o in heard(crowd, who, JAZZ, times=10) if o["kind"] in ("play", "skip")
    )
    assert looked[1] > looked[5] > looked[10] > looked[20]


def test_what_was_just_heard_pleases_less_and_recovers(crowd: Crowd) -> None:
    once, again, later = (
        np.mean([share_played(heard(crowd, who, JAZZ[:5], hours=hours)) for who in range(20)])
        for hours in (1e6, 0.1, 1e6)
    )
    assert again < once - 0.1
    assert later == pytest.approx(once)


def test_what_a_prompt_names_pleases_more(crowd: Crowd) -> None:
    named, other = (
        np.mean([share_played(heard(crowd, who, JAZZ[:5], prompt=prompt)) for who in range(20)])
        for prompt in ("Smoky JAZZ, please", "metal for the gym")
    )
    assert named > other + 0.1


def test_what_listeners_do_is_what_the_route_of_events_takes(crowd: Crowd) -> None:
    outcomes = [outcome for who in range(20) for outcome in heard(crowd, who, JAZZ, times=5)]
    assert {outcome["kind"] for outcome in outcomes} == {"play", "skip", "like", "save", "remove"}
    for outcome in outcomes:
        EventsBody.model_validate({"event_id": "e", "request_id": "r", **outcome})
        assert (outcome["value"] is not None) == (outcome["kind"] in ("play", "skip"))


def test_lists_are_given_up_after_skips(crowd: Crowd) -> None:
    given_up = [
        crowd.listen(who, 1e6, PROMPT, METAL if who % 2 == 0 else JAZZ, crowd.chance(98, who, time))
        for who in range(20)
        for time in range(20)
    ]
    skipped = sum(
        bool(done) and {o["kind"] for o in done if o["position"] >= done[-1]["position"] - 1} <= {"skip", "remove"}
        for done in given_up
    )
    assert skipped > len(given_up) / 4


def test_some_listeners_come_far_more_often_and_in_sessions(crowd: Crowd) -> None:
    visits = list(crowd.visits(2000, 3))
    often = sorted(Counter(who for who, _, _ in visits).values())
    assert often[-1] > 4 * often[len(often) // 2]
    assert {prompt for _, prompt, _ in visits} == {0, 1, 2}
    assert 0.5 < sum(hours == 0.5 for _, _, hours in visits) / len(visits) < 0.8  # three lists a session: two of three


def test_one_seed_gives_the_same_and_another_seed_something_else(tmp_path: Path) -> None:
    one, same, other = (crowd_in(tmp_path / str(n), seed=seed) for n, seed in enumerate((7, 7, 8)))
    assert list(one.visits(50, 3)) == list(same.visits(50, 3)) != list(other.visits(50, 3))
    assert heard(one, 3, JAZZ) == heard(same, 3, JAZZ) != heard(other, 3, JAZZ)


def test_what_others_did_before_changes_nothing(tmp_path: Path) -> None:
    alone, among = crowd_in(tmp_path / "alone"), crowd_in(tmp_path / "among")
    heard(among, 5, METAL)
    assert heard(among, 3, JAZZ) == heard(alone, 3, JAZZ)


@given(st.permutations(JAZZ + METAL))
def test_the_indifferent_do_the_same_at_a_place_whatever_stands_there(indifferent: Crowd, tracks: list[str]) -> None:
    shown, permuted = (
        [{**outcome, "track_id": ""} for outcome in heard(indifferent, 3, order, hours=0.5, times=5)]
        for order in (JAZZ + METAL, tracks)
    )
    assert shown == permuted


def test_a_track_that_the_catalog_does_not_have_is_an_error(crowd: Crowd) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        heard(crowd, 0, ["nowhere"])


def test_a_home_in_which_nobody_played_has_no_listeners(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, pytest.raises(ValueError, match="import plays"):
        Crowd(store, PROFILES["simulated"], 0)
