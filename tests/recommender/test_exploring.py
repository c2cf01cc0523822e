"""Lists of settings that explore: what is told of a draw, and when its chances are not told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from catalog.consent import parse_record
from catalog.tracks import Track, TrackId
from recommender.blending import RankerSettings
from recommender.lists.last_gate import LastGate
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.prompts.corrections import Correction
from recommender.requests import PlaylistRequest
from tests.homes import licensed, recommending

TRACKS = [
    Track(
        TrackId(f"t{number}"),
        f"Song {number}",
        f"Artist {number}",
        tags=("jazz", "piano") if number % 3 else ("jazz",),
        duration_s=180.0 + 10 * number,
        energy=number / 10,
        popularity=float(number),
    )
    for number in range(5)
]
HOT = RankerSettings(explore=1.0)
ASKED = PlaylistRequest("piano jazz", "DE", length=2)


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    with recommending(tmp_path_factory.mktemp("home"), TRACKS, licensed(TRACKS)) as made:
        yield made


def listed(playlist: Playlist) -> tuple[str, ...]:
    return tuple(track.track.track_id for track in playlist.tracks)


def chance(playlist: Playlist) -> float:
    """The chance of a list, read from what is told of its pool, place by place."""
    assert playlist.drawn is not None
    left, product = dict(zip(playlist.drawn.pool, playlist.drawn.strengths, strict=True)), 1.0
    for one in listed(playlist):
        product *= np.exp(left[TrackId(one)]) / sum(map(np.exp, left.values()))
        del left[TrackId(one)]
    return product


def test_the_propensities_of_all_lists_of_a_catalog_sum_to_one(recommender: PlaylistRecommender) -> None:
    told: dict[tuple[str, ...], float] = {}
    for seed in range(1, 2_000):
        playlist = recommender.recommend(replace(ASKED, seed=seed), RankerSettings(explore=10))
        assert playlist.drawn is not None
        assert playlist.drawn.propensities is not None
        assert playlist.drawn.list_propensity == pytest.approx(chance(playlist), rel=1e-12)
        assert np.prod(playlist.drawn.propensities) == pytest.approx(chance(playlist), rel=1e-12)
        told[listed(playlist)] = playlist.drawn.list_propensity or 0.0
        if len(told) == 20:
            break
    assert set(told) == set(permutations((track.track_id for track in TRACKS), 2))
    assert abs(sum(told.values()) - 1) < 1e-12


def test_strengths_are_scores_by_the_temperature_and_parts_sum_up_to_scores(recommender: PlaylistRecommender) -> None:
    best = recommender.recommend(replace(ASKED, length=5))
    drawn = recommender.recommend(replace(ASKED, seed=3), RankerSettings(explore=0.5)).drawn
    assert drawn is not None
    assert drawn.pool == listed(best)
    assert drawn.strengths == pytest.approx([track.score / 0.5 for track in best.tracks])
    assert np.sum([*drawn.parts.values()], axis=0) == pytest.approx([track.score for track in best.tracks])


def test_a_cold_draw_is_the_best_list_and_a_seed_repeats_one(recommender: PlaylistRecommender) -> None:
    best = listed(recommender.recommend(ASKED))
    for seed in range(1, 6):
        request = replace(ASKED, seed=seed)
        assert listed(recommender.recommend(request, RankerSettings(explore=0.001))) == best
        assert recommender.recommend(request, HOT).drawn == recommender.recommend(request, HOT).drawn


def test_nothing_is_told_of_a_draw_where_nothing_is_drawn(recommender: PlaylistRecommender) -> None:
    assert recommender.recommend(ASKED).drawn is None
    assert recommender.recommend(replace(ASKED, seed=5)).drawn is None


@pytest.mark.parametrize(
    "request_",
    [
        replace(ASKED, length=None, minutes=7.0),
        replace(ASKED, corrections=(Correction("arc", "rising"),)),
        replace(ASKED, keep=((1, TrackId("t0")),)),
        replace(ASKED, length=9),
    ],
    ids=["minutes", "arc", "kept", "shortfall"],
)
def test_what_was_drawn_and_then_changed_has_no_propensity(
    recommender: PlaylistRecommender, request_: PlaylistRequest
) -> None:
    for seed in range(1, 6):
        playlist = recommender.recommend(replace(request_, seed=seed), HOT)
        assert playlist.drawn is not None
        assert playlist.drawn.pool
        assert playlist.drawn.propensities is None
        assert playlist.drawn.list_propensity is None


def test_two_artists_of_one_name_in_a_pool_leave_no_propensity(tmp_path: Path) -> None:
    tracks = [replace(track, artist=f"Artist {number % 2}") for number, track in enumerate(TRACKS)]
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender:
        spaced = recommender.recommend(replace(ASKED, seed=1), HOT).drawn
        assert spaced is not None
        assert len(spaced.pool) == 2
        assert spaced.propensities is not None
        crowded = recommender.recommend(replace(ASKED, seed=1, length=3), HOT).drawn
        assert crowded is not None
        assert len(crowded.pool) == 5
        assert crowded.propensities is None


def test_a_pool_holds_only_what_the_gate_admits_and_what_is_withheld_after_it_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Consent changes between the pool and the list: the gate decides once more, and tells no chance of what it changed."""
    with recommending(tmp_path, TRACKS, licensed(TRACKS)) as recommender:
        request = replace(ASKED, seed=1)
        as_drawn = listed(recommender.recommend(request, HOT))
        with after_the_pool(monkeypatch, recommender, {"kind": "takedown", "track_id": as_drawn[0]}):
            playlist = recommender.recommend(request, HOT)
        assert playlist.drawn is not None
        assert as_drawn[0] in playlist.drawn.pool
        assert as_drawn[0] not in listed(playlist)
        assert len(playlist.tracks) == 2
        assert playlist.drawn.propensities is None
        again = recommender.recommend(request, HOT)
        assert again.drawn is not None
        assert as_drawn[0] not in again.drawn.pool
        assert again.drawn.list_propensity == pytest.approx(chance(again), rel=1e-12)


@contextmanager
def after_the_pool(
    monkeypatch: pytest.MonkeyPatch, recommender: PlaylistRecommender, said: dict[str, str]
) -> Iterator[None]:
    """Commit a record right after the gate admitted the first time it was asked."""
    admit, waiting = LastGate.admit, [said]

    def admitting(gate: LastGate, *asked: object) -> object:
        found = admit(gate, *asked)  # type: ignore[arg-type]
        if waiting:
            with recommender.catalog.writing() as writer:
                writer.append([parse_record(waiting.pop())])
        return found

    with monkeypatch.context() as patched:
        patched.setattr(LastGate, "admit", admitting)
        yield


@pytest.mark.parametrize("value", [1e-9, -1, 11, True, "hot"])
def test_a_temperature_is_zero_or_within_its_limits(value: object) -> None:
    with pytest.raises(ValueError, match="explore = "):
        RankerSettings.from_mapping({"explore": value})
    assert RankerSettings.from_mapping({"explore": 0.5}) == RankerSettings(explore=0.5)
