"""A team draft: both lists in their order, no team ahead by more than one, and either begins by lot."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from catalog.tracks import Position
from recommender.lists.interleaving import team_draft
from tests.positions import positions

TRACKS = st.lists(st.integers(0, 12).map(Position), unique=True)


@given(one=TRACKS, other=TRACKS, seed=st.integers(0, 2**63 - 1))
def test_a_draft_holds_all_tracks_once_and_each_team_picks_its_best_that_is_left(
    one: list[Position], other: list[Position], seed: int
) -> None:
    lists = {"one": one, "other": other}
    drafted = team_draft(lists, seed)
    assert set(drafted) == {*one, *other}
    there: list[Position] = []
    picks = Counter[str]()
    for track, team in drafted.items():
        assert track == next(position for position in lists[team] if position not in there)
        rival = "other" if team == "one" else "one"
        assert picks[team] <= picks[rival] or not set(lists[rival]) - set(there)
        there.append(track)
        picks[team] += 1


def test_two_equal_lists_are_drafted_in_their_order_and_credited_to_either_by_lot() -> None:
    begins = Counter[str]()
    for seed in range(2_000):
        drafted = team_draft({"one": positions(8), "other": positions(8)}, seed)
        assert list(drafted) == positions(8)
        assert Counter(drafted.values()) == {"one": 4, "other": 4}
        begins[drafted[Position(0)]] += 1
    assert stats.binomtest(begins["one"], 2_000).pvalue > 1e-4


def test_each_round_begins_by_a_lot_of_its_own_and_one_seed_drafts_one_list() -> None:
    begins = Counter[tuple[str, ...]]()
    for seed in range(2_000):
        drafted = team_draft({"one": positions(3), "other": positions(3, 6)}, seed)
        begins[tuple(list(drafted.values())[::2])] += 1
    assert len(begins) == 8
    assert stats.chisquare([*begins.values()]).pvalue > 1e-4
    assert team_draft({"one": positions(3), "other": positions(3, 6)}, 5) == team_draft(
        {"one": positions(3), "other": positions(3, 6)}, 5
    )
