from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.blending import RankerSettings, rank_fusion, scaled
from recommender.playlists import ScoredTracks


def ranked(*positions: int) -> ScoredTracks:
    return ScoredTracks(np.array(positions, np.int64), np.linspace(1, 0.1, len(positions)).astype(np.float32))


def test_a_score_is_the_sum_of_weight_by_constant_and_rank() -> None:
    """By hand: track 7 is 1st of dense (1) and 2nd of names (2): 1 / 61 + 2 / 62; track 3 is 2nd and 1st; track 5 3rd."""
    blend = rank_fusion({"dense": ranked(7, 3, 5), "names": ranked(3, 7)}, RankerSettings())
    assert blend.positions.tolist() == [3, 7, 5]
    assert blend.scores == pytest.approx([1 / 62 + 2 / 61, 1 / 61 + 2 / 62, 1 / 63])
    assert blend.channels == ("dense", "names")
    assert blend.parts == pytest.approx(np.array([[1 / 62, 1 / 61, 1 / 63], [2 / 61, 2 / 62, 0]]))


def test_weights_and_the_constant_are_settings() -> None:
    settings_ = RankerSettings(dense=3.0, lexical=0.0, rank_constant=1)
    blend = rank_fusion({"dense": ranked(7), "lexical": ranked(5, 7)}, settings_)
    assert blend.positions.tolist() == [7, 5]
    assert blend.scores.tolist() == [1.5, 0.0]


def test_equal_scores_are_ordered_by_position() -> None:
    blend = rank_fusion({"dense": ranked(9, 4), "lexical": ranked(4, 9)}, RankerSettings())
    assert blend.positions.tolist() == [4, 9]


def test_no_channel_is_no_candidate() -> None:
    assert len(rank_fusion({}, RankerSettings())) == 0


def test_a_factor_scales_a_score_with_its_parts_and_changes_the_order() -> None:
    blend = scaled(rank_fusion({"dense": ranked(7, 3)}, RankerSettings()), np.array([0.5, 1.0], np.float32))
    assert blend.positions.tolist() == [3, 7]
    assert blend.parts[0] == pytest.approx([1 / 62, 0.5 / 61])


channels = st.dictionaries(
    st.sampled_from(["dense", "lexical", "names", "collaborative", "popularity"]),
    st.lists(st.integers(0, 30), unique=True, max_size=12),
)


@settings(max_examples=60)
@given(channels)
def test_parts_sum_up_to_scores_and_nothing_is_lost_or_added(found: dict[str, list[int]]) -> None:
    blend = rank_fusion({name: ranked(*positions) for name, positions in found.items()}, RankerSettings())
    assert sorted(blend.positions.tolist()) == sorted(
        {position for positions in found.values() for position in positions}
    )
    assert blend.parts.sum(axis=0) == pytest.approx(blend.scores)
    assert blend.scores.tolist() == sorted(blend.scores, reverse=True)


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
        ({"rank_constant": 0}, "rank_constant = 0 is not an integer from 1 to 1000"),
        ({"rank_constant": 60.0}, "rank_constant = 60.0 is not an integer"),
        ({"artist_gap": 21}, "artist_gap = 21 is not an integer from 0 to 20"),
    ],
)
def test_a_setting_that_is_unknown_or_out_of_range_is_refused(given_: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        RankerSettings.from_mapping(given_)
