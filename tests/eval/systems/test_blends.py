"""Joins of scorers against numbers worked by hand and a slow reference; and the product's own playlist as a system."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import CommercialModel
from catalog.tracks import Position, Track, TrackId
from eval.evaluation import open_pool
from eval.queries import Asked
from eval.systems.blends import FUSED, pipeline, rank_fusion, summed
from eval.systems.system import Pool, Scorer
from recommender.blending import RankerSettings
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import MAX_LENGTH, PlaylistRequest, RequestError
from recommender.scored_tracks import ScoredTracks
from tests.eval.laboratories import DE, TRACKS
from tests.homes import licensed, recommending

NONE = -np.inf
"""The score of what is not returned."""


def given_scores(scores: Sequence[float]) -> Scorer:
    """A scorer that says what it is given to say."""
    return Scorer("given", lambda _asked: np.array(scores, np.float32))


def pool_of(*permitted: bool) -> Pool:
    track_ids = [f"t{number}" for number in range(len(permitted))]
    return Pool(
        list(map(TrackId, track_ids)),
        {TrackId(track_id): Position(place) for place, track_id in enumerate(track_ids)},
        np.array(permitted, bool),
    )


ALL_FOUR = pool_of(True, True, True, True)


def scored(found: ScoredTracks) -> dict[int, float]:
    return dict(zip(found.positions.tolist(), found.scores.tolist(), strict=True))


def test_a_sum_adds_its_parts_each_scaled_from_0_to_1() -> None:
    """2, 4, 6 and 10 are 0, 1/4, 1/2 and 1 of the way; 0.1, 0.5 and 0.3 are 0, 1 and 1/2."""
    blend = summed((given_scores([2, 4, 6, 10]), given_scores([NONE, 0.1, 0.5, 0.3])))
    found = blend.rank(Asked("jazz"), 4, ALL_FOUR)
    assert found.positions.tolist() == [2, 3, 1, 0]
    assert scored(found) == pytest.approx({0: 0.0, 1: 0.25, 2: 1.5, 3: 1.5})


def test_a_sum_scales_between_the_least_and_the_most_within_the_pool() -> None:
    """Of 2, 4 and 6 the 4 is half way, whatever tracks outside the pool score."""
    blend = summed((given_scores([2, 4, 6, 1000]), given_scores([7, NONE, NONE, -50])))
    found = blend.rank(Asked("jazz"), 4, pool_of(True, True, True, False))
    assert scored(found) == pytest.approx({0: 1.0, 1: 0.5, 2: 1.0})


def test_a_part_that_returns_nothing_adds_nothing_to_a_sum() -> None:
    alone, silent = given_scores([1, 2, NONE, 3]), given_scores([NONE] * 4)
    for parts in ((alone, silent), (silent, alone)):
        assert scored(summed(parts).rank(Asked("jazz"), 4, ALL_FOUR)) == {0: 0.0, 1: 0.5, 3: 1.0}
    assert len(summed((silent, silent)).rank(Asked("jazz"), 4, ALL_FOUR)) == 0


def test_the_only_track_that_a_part_returns_gets_1_from_it() -> None:
    blend = summed((given_scores([NONE, 0.3, NONE, NONE]), given_scores([9, 1, 5, 1])))
    assert scored(blend.rank(Asked("jazz"), 4, ALL_FOUR)) == {0: 1.0, 1: 1.0, 2: 0.5, 3: 0.0}


def test_a_sum_returns_all_that_tie_with_the_last() -> None:
    blend = summed((given_scores([3, 1, 2, 1]), given_scores([1, 3, 2, 1])))
    assert sorted(blend.rank(Asked("jazz"), 1, ALL_FOUR).positions.tolist()) == [0, 1, 2]


def test_rank_fusion_adds_the_reciprocals_of_ranks() -> None:
    """Ranks 1, 2, 3 of one part and 2, 1 of the other: 1/61 + 1/62 for the first two, 1/63 for the third."""
    fused = rank_fusion({"one": given_scores([9, 8, 7, NONE]), "other": given_scores([0.1, 0.2, NONE, NONE])})
    found = fused.rank(Asked("jazz"), 4, ALL_FOUR)
    assert scored(found) == pytest.approx({0: 1 / 61 + 1 / 62, 1: 1 / 61 + 1 / 62, 2: 1 / 63})
    assert found.scores[0] == found.scores[1]


def test_tracks_that_tie_in_a_part_share_the_mean_of_their_ranks() -> None:
    """One stands first, two share the second and third place, one is fourth."""
    found = rank_fusion({"one": given_scores([5, 9, 5, 1])}).rank(Asked("jazz"), 2, ALL_FOUR)
    assert scored(found) == pytest.approx({1: 1 / 61, 0: 1 / 62.5, 2: 1 / 62.5})


def test_the_same_ranks_from_other_parts_tie() -> None:
    """Ranks 1, 2, 3 in each of the six orders: added in single precision, not all of them are the same number."""
    parts = {
        "a": given_scores([3, 3, 2, 2, 1, 1]),
        "b": given_scores([2, 1, 3, 1, 3, 2]),
        "c": given_scores([1, 2, 1, 3, 2, 3]),
    }
    found = rank_fusion(parts).rank(Asked("jazz"), 1, pool_of(*[True] * 6))
    assert len(found) == 6


def test_rank_fusion_reads_the_first_thousand_of_each_part_and_all_that_tie_with_the_last() -> None:
    scores = np.arange(FUSED + 5, 0, -1)
    scores[FUSED] = scores[FUSED - 1]
    found = rank_fusion({"one": given_scores(scores.tolist())}).rank(
        Asked("jazz"), 2 * FUSED, pool_of(*[True] * len(scores))
    )
    assert found.positions.tolist() == list(range(FUSED + 1))


def _slow_fusion(parts: Sequence[Sequence[float]], permitted: Sequence[bool]) -> Mapping[int, float]:
    """sum of 1 / (60 + rank); the rank of a track is 1 + those above it + half of the others that tie with it."""
    sums: dict[int, float] = {}
    for scores in parts:
        may = [position for position, score in enumerate(scores) if permitted[position] and score != NONE]
        for position in may:
            above = sum(1 for other in may if scores[other] > scores[position])
            level = sum(1 for other in may if scores[other] == scores[position]) - 1
            sums[position] = sums.get(position, 0.0) + 1 / (60 + 1 + above + level / 2)
    return sums


PART = st.lists(st.sampled_from([NONE, -1.0, 0.0, 0.5, 2.0]), min_size=7, max_size=7)


@given(st.lists(PART, min_size=1, max_size=4), st.lists(st.booleans(), min_size=7, max_size=7))
def test_rank_fusion_is_what_a_slow_reference_says(parts: list[list[float]], permitted: list[bool]) -> None:
    fused = rank_fusion({str(number): given_scores(scores) for number, scores in enumerate(parts)})
    found = fused.rank(Asked("jazz"), 7, pool_of(*permitted))
    assert scored(found) == pytest.approx(dict(_slow_fusion(parts, permitted)), rel=1e-6)
    assert (np.diff(found.scores) <= 0).all()


def test_a_blend_says_what_it_is_made_of() -> None:
    assert rank_fusion({"bm25": given_scores([]), "dense": given_scores([])}).settings.startswith("bm25, dense;")
    assert "0..1" in summed(()).settings


JAZZ = Asked("jazz with piano and guitar")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    """All but "dust" are licensed."""
    some = [track for track in TRACKS if track.track_id != "dust"]
    with recommending(tmp_path_factory.mktemp("home"), TRACKS, licensed(some)) as recommender:
        yield recommender


@pytest.fixture(scope="module")
def pool(product: PlaylistRecommender) -> Pool:
    return open_pool(product, DE, "strict")


def _named(found: ScoredTracks) -> list[str]:
    return [TRACKS[position].track_id for position in found.positions]


def test_the_product_returns_its_own_playlist_in_its_own_order(product: PlaylistRecommender, pool: Pool) -> None:
    playlist = product.recommend(PlaylistRequest(JAZZ.prompt, "DE", length=4, at=DE.at))
    found = pipeline(product.recommend, DE, "strict").rank(JAZZ, 4, pool)
    assert _named(found) == [entry.track.track_id for entry in playlist.tracks]
    assert found.scores.tolist() == [4, 3, 2, 1]


def test_the_product_is_told_all_that_a_system_is_told(product: PlaylistRecommender, pool: Pool) -> None:
    """What the listener likes is context, and neither it nor what they dislike or exclude comes back."""
    requests: list[PlaylistRequest] = []

    def noted(request: PlaylistRequest, ranker: RankerSettings) -> object:
        requests.append(request)
        return product.recommend(request, ranker)

    asked = Asked(JAZZ.prompt, ("something slow",), (TrackId("lamp"),), (TrackId("fire"),), "ann", (TrackId("moss"),))
    context = replace(DE, commercial_model=CommercialModel.SUBSCRIPTION)
    few = replace(
        pool, candidates=(TrackId("lamp"), TrackId("fire"), TrackId("moss"), TrackId("rain"), TrackId("tide"))
    )
    found = pipeline(noted, context, "strict").rank(asked, 10, few)  # type: ignore[arg-type]
    assert set(_named(found)) == {"rain", "tide"}
    (request,) = requests
    assert request == PlaylistRequest(
        JAZZ.prompt,
        "DE",
        length=10,
        policy="strict",
        commercial_model=CommercialModel.SUBSCRIPTION,
        user_id="ann",
        liked_tracks=(TrackId("lamp"),),
        disliked_tracks=(TrackId("fire"),),
        history=("something slow",),
        exclude_tracks=(TrackId("moss"),),
        candidates=few.candidates,
        withheld=False,
        relax=False,
        at=DE.at,
    )


def test_the_product_is_asked_for_no_more_than_it_gives(product: PlaylistRecommender, pool: Pool) -> None:
    assert len(pipeline(product.recommend, DE, "strict").rank(JAZZ, MAX_LENGTH + 1, pool)) == 6


@pytest.mark.parametrize("prompt", ["?!", "", "jazz " * 500])
def test_a_prompt_that_the_product_refuses_is_no_empty_list(
    prompt: str, product: PlaylistRecommender, pool: Pool
) -> None:
    with pytest.raises(RequestError, match="prompt: it"):
        pipeline(product.recommend, DE, "strict").rank(Asked(prompt), 10, pool)


def test_a_policy_that_there_is_not_is_no_prompt_to_pass_over(product: PlaylistRecommender, pool: Pool) -> None:
    with pytest.raises(RequestError, match="policy"):
        pipeline(product.recommend, DE, "lenient").rank(JAZZ, 10, pool)


def test_a_track_of_the_product_that_the_pool_does_not_know_has_no_position(product: PlaylistRecommender) -> None:
    """The harness refuses it: a track must not be taken for another one, nor be passed over."""
    known: list[Track] = [track for track in TRACKS if track.track_id != "rain"]
    smaller = Pool(
        [track.track_id for track in known],
        {track.track_id: Position(place) for place, track in enumerate(known)},
        np.ones(len(known), dtype=bool),
    )
    found = pipeline(product.recommend, DE, "strict").rank(JAZZ, 10, smaller)
    assert np.count_nonzero(found.positions == -1) == 1


def test_the_product_says_how_its_ranker_is_set(product: PlaylistRecommender) -> None:
    settings = pipeline(product.recommend, DE, "strict", RankerSettings(dense=0.0)).settings
    assert settings.startswith("dense=0.0, lexical=1.0,")
    assert settings.endswith("explore=0.0")
