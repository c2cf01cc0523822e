"""What consent does to lists, over a store with six tracks: planted leaks, wrong permits, and take-downs that come late."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import ConsentContext, Decision, Permits, ReasonCode
from catalog.tracks import TrackId
from eval.measures.consent_measures import (
    ANSWERS,
    Decide,
    Lags,
    OverBlocking,
    exact,
    leakage,
    overblocking,
    relevance_lost,
    revocation_lag,
    revocations,
    wanted_withheld,
)
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest, RequestError
from tests.homes import SMALL_CATALOG, copied_home, licensed, recommending
from tests.strategies import NOON

DE = ConsentContext("DE", NOON)
TRACK_IDS = [track.track_id for track in SMALL_CATALOG]
RAIN, TIDE, LAMP, MOSS, GLOW, FORD = TRACK_IDS

SAID = [
    *licensed(SMALL_CATALOG[:4]),
    {"kind": "deal", "track_id": GLOW, "end": NOON.isoformat()},
    {"kind": "takedown", "track_id": TIDE, "reason": "a quarrel"},
]
"""Rain, lamp and moss may play. Tide was taken down, the deal for glow has ended, and there was never one for the ford."""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    with recommending(tmp_path_factory.mktemp("home"), SMALL_CATALOG, SAID) as recommender:
        yield recommender


@pytest.fixture(scope="module")
def decide(product: PlaylistRecommender) -> Decide:
    return exact(product, DE, "strict")


def test_the_product_leaks_nothing(product: PlaylistRecommender, decide: Decide) -> None:
    lists = [
        [entry.track.track_id for entry in product.recommend(PlaylistRequest(prompt, "DE", at=NOON)).tracks]
        for prompt in ("jazz by the sea", "house music", "Ida Mole")
    ]
    assert sum(map(len, lists)) == 9
    assert leakage(lists, decide) == {}


def test_a_system_that_returns_what_is_withheld_is_caught_with_the_reasons(decide: Decide) -> None:
    found = leakage([[RAIN, TIDE], [TIDE, FORD, MOSS]], decide)
    assert found == {TIDE: ReasonCode.TAKEDOWN_ACTIVE, FORD: ReasonCode.NO_DEAL}


def test_what_the_catalog_does_not_have_has_leaked(decide: Decide) -> None:
    assert leakage([[RAIN, TrackId("nowhere")]], decide) == {"nowhere": ReasonCode.CONSENT_UNAVAILABLE}


def test_nothing_returned_leaks_nothing(decide: Decide) -> None:
    assert leakage([[], []], decide) == {}


def test_what_counts_is_the_instant_of_the_run(product: PlaylistRecommender) -> None:
    """The deal for glow holds until noon, exclusive."""
    before = replace(DE, at=NOON - timedelta(microseconds=1))
    assert leakage([[GLOW]], exact(product, before, "strict")) == {}
    assert list(leakage([[GLOW]], exact(product, DE, "strict"))) == [GLOW]


def test_each_track_is_decided_on_once(decide: Decide) -> None:
    asked: list[TrackId] = []

    def noted(track_ids: Sequence[TrackId]) -> Sequence[Decision]:
        asked.extend(track_ids)
        return decide(track_ids)

    leakage([[RAIN, MOSS], [MOSS, RAIN], [LAMP]], noted)
    wanted_withheld([[RAIN], [RAIN]], noted)
    assert asked == [RAIN, MOSS, LAMP, RAIN]


def test_nothing_is_measured_where_nothing_is_withheld(product: PlaylistRecommender, tmp_path: Path) -> None:
    auditing = PlaylistRecommender(tmp_path, product.catalog, product.model, audit_only=True)
    with pytest.raises(ValueError, match="under 'audit_only' nothing is withheld; decide by a policy that is offered"):
        leakage([[RAIN]], exact(auditing, DE, "strict"))


@pytest.mark.parametrize("policy", ["audit_only", "lenient"])
def test_a_policy_that_is_not_offered_decides_nothing(product: PlaylistRecommender, policy: str) -> None:
    with pytest.raises(ValueError, match=f"'{policy}' is not a policy here; there are strict"):
        exact(product, DE, policy)


def test_the_permits_that_are_compiled_block_nothing_by_mistake(product: PlaylistRecommender, decide: Decide) -> None:
    permitted = Permits(product.catalog).permitted(DE, product.consent.policy("strict"))
    found = overblocking(permitted.mask, TRACK_IDS, decide)
    assert found == OverBlocking(tracks=6, decided=6, allowed=3, left_out=0, let_through=0)
    assert (found.share, found.at_most) == (0, 0)


def test_wrong_permits_are_measured(decide: Decide) -> None:
    """Rain, lamp and moss are allowed; these permits leave out lamp, and let the ford through."""
    wrong = np.array([track_id in (RAIN, MOSS, FORD) for track_id in TRACK_IDS])
    found = overblocking(wrong, TRACK_IDS, decide)
    assert found == OverBlocking(tracks=6, decided=6, allowed=3, left_out=1, let_through=1)
    assert found.share == 1 / 3


@given(st.lists(st.booleans(), min_size=6, max_size=6), st.integers(0, 8), st.integers(0, 99))
def test_a_sample_finds_no_more_than_there_is_and_the_same_for_the_same_seed(
    decide: Decide, permitted: list[bool], sample: int, seed: int
) -> None:
    mask = np.array(permitted)
    found = overblocking(mask, TRACK_IDS, decide, sample, seed)
    whole = overblocking(mask, TRACK_IDS, decide)
    assert found == overblocking(mask, TRACK_IDS, decide, sample, seed)
    assert found.decided == min(sample, 6)
    assert found.left_out <= whole.left_out
    assert found.let_through <= whole.let_through
    if sample >= 6:
        assert found == whole
    if found.allowed:
        assert found.share <= found.at_most <= 1


def test_a_clean_sample_bounds_the_share_by_about_three_in_its_size() -> None:
    """If a share s were left out, none in 2,000 would be with (1 - s) ** 2,000, which is 5 % at 1 - 0.05 ** (1 / 2,000)."""
    found = OverBlocking(tracks=100_000, decided=2_500, allowed=2_000, left_out=0, let_through=0)
    assert found.at_most == pytest.approx(1 - 0.05 ** (1 / 2_000))
    assert found.at_most == pytest.approx(3 / 2_000, rel=0.01)
    assert replace(found, left_out=2_000).at_most == 1


def test_where_nothing_is_allowed_nothing_can_be_left_out() -> None:
    nothing = OverBlocking(tracks=10, decided=5, allowed=0, left_out=0, let_through=2)
    assert math.isnan(nothing.share)
    assert math.isnan(nothing.at_most)


def test_what_is_withheld_of_what_was_wanted_is_told_by_reason(decide: Decide) -> None:
    """Six wishes for tracks that there are: tide twice, the ford and glow once are withheld, rain and moss are not."""
    found = wanted_withheld([[RAIN, TIDE, FORD], [TIDE, GLOW, TrackId("nowhere")], [MOSS], []], decide)
    assert found == {
        ReasonCode.TAKEDOWN_ACTIVE: 2,
        ReasonCode.NO_DEAL: 1,
        ReasonCode.DEAL_EXPIRED: 1,
    }
    assert next(iter(found)) is ReasonCode.TAKEDOWN_ACTIVE
    assert wanted_withheld([[TrackId("nowhere")]], decide) == {}


def test_the_cost_of_a_policy_is_paired_by_query() -> None:
    """Queries differ by far more than the tenth that `strict` costs each: its interval has no width all the same."""
    without = np.array([0.9, 0.5, 0.1, 0.3])
    uneven = np.array([0.9, 0.1, 0.0, 0.2])
    strict, human_only = (relevance_lost(without, under, ["a", "b", "c", "d"]) for under in (without - 0.1, uneven))
    assert strict["without"].value == human_only["without"].value == pytest.approx(0.45)
    assert strict["under"].value == pytest.approx(0.35)
    assert [strict["lost"].low, strict["lost"].value, strict["lost"].high] == pytest.approx([0.1] * 3)
    assert strict["without"].low < strict["without"].high
    assert human_only["lost"].value == pytest.approx((0 + 0.4 + 0.1 + 0.1) / 4)
    assert human_only["lost"].low < human_only["lost"].value < human_only["lost"].high


class Stale:
    """A system that hears of a take-down `behind` answers late."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._taken_down: dict[TrackId, int] = {}

    def answer(self, prompt: str) -> list[TrackId]:
        found = [] if prompt == "nothing" else [name for name in TRACK_IDS if self._taken_down.get(name, 1) > 0]
        self._taken_down = {name: left - 1 for name, left in self._taken_down.items()}
        return found

    def take_down(self, track_id: TrackId) -> None:
        self._taken_down[track_id] = self._behind


def lag_of(behind: int, prompts: Sequence[str] = ("jazz",), trials: int = 4) -> Lags:
    stale = Stale(behind)
    return revocations(prompts, stale.answer, stale.take_down, trials)


def test_answers_that_still_hold_a_track_are_counted() -> None:
    assert lag_of(behind=0)["still_held"] == [0, 0, 0, 0]
    assert lag_of(behind=3)["still_held"] == [3, 3, 3, 3]


def test_a_take_down_that_never_counts_takes_for_ever() -> None:
    found = lag_of(behind=10**9, trials=1)
    assert found == {"milliseconds": [math.inf], "still_held": [ANSWERS]}


def test_a_prompt_that_finds_nothing_is_no_trial() -> None:
    assert len(lag_of(0, ["jazz", "nothing"])["milliseconds"]) == 2
    with pytest.raises(ValueError, match="none of 1 prompts found a track to take down"):
        lag_of(0, ["nothing"])


def contents(home: Path) -> dict[str, str]:
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = copied_home(tmp_path_factory.mktemp("lag") / "home")
    (home / "consent.toml").write_text('[policies.night]\nversion = "1"\npreset = "strict"\n', "utf-8")
    return home


def test_a_take_down_counts_in_the_next_answer_of_the_product_and_the_home_stays_as_it_was(home: Path) -> None:
    """Six tracks: each of five trials takes one away for good, "?" says nothing, and the operator's own policy is read."""
    before = contents(home)
    found = revocation_lag(home, ["jazz", "?", "calm music"], "DE", "night", trials=7)
    assert found["still_held"] == [0] * 5
    assert all(0 < milliseconds < math.inf for milliseconds in found["milliseconds"])
    assert contents(home) == before


def test_a_wrong_policy_is_refused(home: Path) -> None:
    with pytest.raises(RequestError, match="policy: 'lenient' is not a policy here"):
        revocation_lag(home, ["jazz"], "DE", "lenient", trials=1)
