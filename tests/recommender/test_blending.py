"""Channels become one score: weighted sums of what they say, or of their ranks, and every part is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.blending import (
    SHIPPED,
    Channel,
    QueryClass,
    Ranker,
    RankerSettings,
    Weights,
    blended,
    candidates,
    scaled,
)
from recommender.scored_tracks import ScoredTracks

NAMES = ("dense", "lexical", "tags", "names", "neighbours", "collaborative", "popularity")
TRACKS = 31
PLAIN = RankerSettings()


def saying(scores: Mapping[int, float], *positions: int) -> Channel:
    """Return a channel that finds tracks in this order and has a score for others too."""
    column = np.array([scores.get(position, 0.0) for position in range(TRACKS)], np.float32)
    found = np.array(positions, np.int64)
    return Channel(ScoredTracks(found, column[found]), column.__getitem__)


def ranked(*positions: int) -> Channel:
    return saying({position: 1 / place for place, position in enumerate(positions, 1)}, *positions)


def test_a_score_is_the_weighted_sum_of_what_channels_say_whichever_found_the_track() -> None:
    """By hand: names found track 3 alone, but dense speaks of it too: 2 * 0.25 + 3 * 1; track 7 gets 2 * 0.5."""
    channels = {"dense": saying({7: 0.5, 3: 0.25}, 7), "names": saying({3: 1.0}, 3)}
    blend = blended(channels, Weights({"dense": 2.0, "names": 3.0}), PLAIN)
    assert blend.positions.tolist() == [3, 7]
    assert blend.scores.tolist() == [3.5, 1.0]
    assert blend.channels == ("dense", "names")
    assert blend.parts.tolist() == [[0.5, 1.0], [3.0, 0.0]]
    assert blend.ranks.tolist() == [[0, 1], [1, 0]]


def test_by_rank_a_score_is_the_sum_of_weight_by_60_and_rank() -> None:
    """By hand: track 7 is 1st of dense (1) and 2nd of names (2): 1 / 61 + 2 / 62; track 3 is 2nd and 1st; track 5 3rd."""
    weights = Weights({"dense": 1.0, "names": 2.0}, by_rank=True)
    blend = blended({"dense": ranked(7, 3, 5), "names": ranked(3, 7)}, weights, PLAIN)
    assert blend.positions.tolist() == [3, 7, 5]
    assert blend.scores == pytest.approx([1 / 62 + 2 / 61, 1 / 61 + 2 / 62, 1 / 63])
    assert blend.parts == pytest.approx(np.array([[1 / 62, 1 / 61, 1 / 63], [2 / 61, 2 / 62, 0]]))


@pytest.mark.parametrize("by_rank", [True, False])
def test_a_factor_counts_beside_the_weight_and_0_switches_a_channel_off(by_rank: bool) -> None:
    channels = {"dense": ranked(7), "lexical": ranked(5, 7)}
    weights = Weights({"dense": 2.0, "lexical": 1.0}, by_rank=by_rank)
    blend = blended(channels, weights, RankerSettings(dense=3.0, lexical=0.0))
    assert blend.positions.tolist() == [7, 5]
    assert blend.scores == pytest.approx([6 / 61 if by_rank else 6.0, 0.0])
    assert not blend.parts[1].any()


def test_a_channel_without_a_weight_adds_its_candidates_and_nothing_to_their_scores() -> None:
    blend = blended({"dense": ranked(7), "lexical": ranked(5)}, Weights({"dense": 1.0}), PLAIN)
    assert (blend.positions.tolist(), blend.scores.tolist()) == ([7, 5], [1.0, 0.0])


def test_equal_scores_are_ordered_by_position() -> None:
    blend = blended({"dense": ranked(9, 4), "lexical": ranked(4, 9)}, Weights({"dense": 1.0, "lexical": 1.0}), PLAIN)
    assert blend.positions.tolist() == [4, 9]


def test_no_channel_is_no_candidate() -> None:
    assert len(blended({}, SHIPPED[QueryClass.WORDS], PLAIN)) == 0
    positions, ranks = candidates({})
    assert (len(positions), ranks.shape) == (0, (0, 0))


def test_a_factor_scales_a_score_with_its_parts_and_changes_the_order() -> None:
    blend = blended({"dense": ranked(7, 3)}, Weights({"dense": 1.0}), PLAIN)
    halved = scaled(blend, np.array([0.25, 1.0], np.float32))
    assert halved.positions.tolist() == [3, 7]
    assert halved.parts.tolist() == [[0.5, 0.25]]


shares = st.floats(0, 1, width=32)
channels_found = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(
        st.lists(st.integers(0, TRACKS - 1), unique=True, max_size=12),
        st.dictionaries(st.integers(0, TRACKS - 1), shares),
    ),
)
all_weights = st.builds(
    Weights, st.dictionaries(st.sampled_from(NAMES), st.floats(0, 10, width=32)), by_rank=st.booleans()
)


@settings(max_examples=80)
@given(channels_found, all_weights, st.sampled_from(NAMES))
def test_parts_sum_up_to_scores_nothing_is_lost_or_added_and_what_is_off_has_no_part(
    found: dict[str, tuple[list[int], dict[int, float]]], weights: Weights, off: str
) -> None:
    channels = {name: saying(scores, *positions) for name, (positions, scores) in found.items()}
    blend = blended(channels, weights, RankerSettings.from_mapping({off: 0}))
    assert sorted(blend.positions.tolist()) == sorted({one for positions, _ in found.values() for one in positions})
    assert blend.parts.sum(axis=0) == pytest.approx(blend.scores, rel=1e-5, abs=1e-6)
    assert blend.scores.tolist() == sorted(blend.scores, reverse=True)
    rows = dict(zip(blend.channels, blend.parts, strict=True))
    assert not np.any(rows.get(off, 0))


@settings(max_examples=60)
@given(channels_found, st.dictionaries(st.sampled_from(NAMES), st.floats(0, 10, width=32)))
def test_by_rank_equals_reciprocal_rank_fusion(
    found: dict[str, tuple[list[int], dict[int, float]]], weights: dict[str, float]
) -> None:
    """A slow reference, one track at a time (Cormack, Clarke and Buettcher, 2009)."""
    channels = {name: saying(scores, *positions) for name, (positions, scores) in found.items()}
    blend = blended(channels, Weights(weights, by_rank=True), PLAIN)
    expected: dict[int, float] = {}
    for name, (positions, _) in found.items():
        for rank, position in enumerate(positions, 1):
            expected[position] = expected.get(position, 0.0) + weights.get(name, 0.0) / (60 + rank)
    assert dict(zip(blend.positions.tolist(), blend.scores.tolist(), strict=True)) == pytest.approx(expected, rel=1e-5)


def test_a_ranker_read_from_its_folder_is_the_same(tmp_path: Path) -> None:
    ranker = Ranker({**SHIPPED, QueryClass.HISTORY: Weights({"dense": 0.125, "popularity": 1.5}, by_rank=True)})
    ranker.save(tmp_path)
    assert Ranker.load(tmp_path) == ranker


def test_the_shipped_weights_know_every_situation_and_every_channel() -> None:
    assert set(SHIPPED) == set(QueryClass)
    assert all(set(weights.of) == set(NAMES) for weights in SHIPPED.values())
    assert all(getattr(PLAIN, name) == 1 for name in NAMES)


def test_settings_left_out_keep_their_defaults() -> None:
    assert RankerSettings.from_mapping({}) == RankerSettings()
    assert RankerSettings.from_mapping({"names": 0, "artist_gap": 20}) == RankerSettings(names=0, artist_gap=20)


@pytest.mark.parametrize(
    ("given_", "complaint"),
    [
        ({"magic": 1}, "'magic' is not a ranker setting; there are dense, lexical"),
        ({"dense": 11}, "dense = 11 is not a number from 0 to 10"),
        ({"dense": -0.1}, "dense = -0.1 is not a number"),
        ({"dense": float("nan")}, "dense = nan is not a number"),
        ({"dense": True}, "dense = True is not a number"),
        ({"dense": "1"}, "dense = '1' is not a number"),
        ({"artist_gap": 21}, "artist_gap = 21 is not an integer from 0 to 20"),
        ({"artist_gap": 3.0}, "artist_gap = 3.0 is not an integer"),
    ],
)
def test_a_setting_that_is_unknown_or_out_of_range_is_refused(given_: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        RankerSettings.from_mapping(given_)
