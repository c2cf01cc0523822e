"""Lists of two variants drafted into one: whose each track is, and that nothing comes past the gate or the rules."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.tracks import Track, TrackId
from recommender.blending import RankerSettings
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest
from tests.homes import licensed, recommending
from tests.recommender.test_exploring import after_the_pool

TRACKS = [
    Track(
        TrackId(f"t{number:02}"),
        f"Song {number}",
        f"Artist {number % 15}",
        tags=("jazz", "piano") if number % 3 else ("jazz",),
        duration_s=180.0 + number,
        popularity=float(number),
    )
    for number in range(30)
]
WORDS, HITS = RankerSettings(popularity=0.0), RankerSettings(popularity=10.0, tags=0.0, dense=0.1, lexical=0.1)
TEAMS = {"words": WORDS, "hits": HITS}
ASKED = PlaylistRequest("piano jazz", "DE", length=8, seed=3)


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    with recommending(tmp_path_factory.mktemp("home"), TRACKS, licensed(TRACKS)) as made:
        yield made


def listed(playlist: Playlist) -> list[TrackId]:
    return [track.track.track_id for track in playlist.tracks]


def test_each_track_is_credited_to_the_variant_that_brought_it_with_its_score_there(
    recommender: PlaylistRecommender,
) -> None:
    alone = {name: recommender.recommend(replace(ASKED, seed=0), settings) for name, settings in TEAMS.items()}
    assert listed(alone["words"]) != listed(alone["hits"])
    playlist = recommender.recommend(ASKED, TEAMS)
    assert len(playlist.teams) == len(playlist.tracks) == 8
    assert playlist.teams.count("words") == playlist.teams.count("hits") == 4
    for track, team in zip(playlist.tracks, playlist.teams, strict=True):
        (there,) = [one for one in alone[team].tracks if one.track == track.track]
        assert (track.score, track.parts, track.why) == (there.score, there.parts, there.why)
    assert playlist.drawn is None


def test_one_seed_drafts_one_list_and_others_begin_with_either(recommender: PlaylistRecommender) -> None:
    assert listed(recommender.recommend(ASKED, TEAMS)) == listed(recommender.recommend(ASKED, TEAMS))
    begins = {recommender.recommend(replace(ASKED, seed=seed), TEAMS).teams[0] for seed in range(1, 12)}
    assert begins == {"words", "hits"}


def test_several_requests_at_once_are_drafted_as_each_by_itself(recommender: PlaylistRecommender) -> None:
    one, other = recommender.recommend_all([(ASKED, TEAMS), (ASKED, HITS)])
    assert isinstance(one, Playlist)
    assert isinstance(other, Playlist)
    assert (listed(one), one.teams) == (
        listed(recommender.recommend(ASKED, TEAMS)),
        recommender.recommend(ASKED, TEAMS).teams,
    )
    assert other.teams == ()


def test_artists_stay_spaced_in_a_draft(recommender: PlaylistRecommender) -> None:
    for seed in range(1, 8):
        artists = [track.track.artist for track in recommender.recommend(replace(ASKED, seed=seed), TEAMS).tracks]
        assert all(len(set(artists[start : start + 4])) == 4 for start in range(len(artists) - 3))


def test_kept_tracks_stand_in_their_places_for_neither_team(recommender: PlaylistRecommender) -> None:
    playlist = recommender.recommend(replace(ASKED, keep=((2, TrackId("t09")),)), TEAMS)
    assert listed(playlist)[1] == "t09"
    assert playlist.teams[1] == ""
    assert set(playlist.teams) == {"", "words", "hits"}
    assert len(playlist.tracks) == 8


def test_minutes_are_kept_to(recommender: PlaylistRecommender) -> None:
    playlist = recommender.recommend(replace(ASKED, length=None, minutes=20.0), TEAMS)
    assert sum(track.track.duration_s or 0 for track in playlist.tracks) == pytest.approx(20 * 60, abs=15)
    assert len(playlist.teams) == len(playlist.tracks)


def test_a_draft_out_of_nothing_is_an_empty_list_that_says_why(tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, ()) as recommender:
        playlist = recommender.recommend(ASKED, TEAMS)
    assert (playlist.tracks, playlist.teams) == ((), ())
    assert playlist.shortfall is not None


def test_what_is_withheld_after_both_lists_were_made_is_in_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate decides on the drafted list once more, whatever it said of the lists that it was drafted from."""
    with recommending(tmp_path, TRACKS, licensed(TRACKS)) as recommender:
        drafted = listed(recommender.recommend(ASKED, TEAMS))
        for gone in drafted[:2]:
            with after_the_pool(monkeypatch, recommender, {"kind": "takedown", "track_id": gone}):
                playlist = recommender.recommend(ASKED, TEAMS)
            assert gone not in listed(playlist)
            assert len(playlist.tracks) == 8


def test_rules_about_ai_hold_in_a_draft_of_lists_that_keep_to_them(tmp_path: Path) -> None:
    said = [
        *licensed(TRACKS),
        *({"kind": "disclosure", "track_id": f"t{n:02}", "level": "all"} for n in range(0, 30, 2)),
        *({"kind": "disclosure", "track_id": f"t{n:02}", "level": "none"} for n in range(1, 30, 2)),
    ]
    with recommending(tmp_path, TRACKS, said) as recommender:
        for seed in range(1, 6):
            playlist = recommender.recommend(replace(ASKED, seed=seed, policy="editorial_safe"), TEAMS)
            assert playlist.tracks
            assert {track.decision.ai for track in playlist.tracks} == {"none"}
