"""What the product makes of prompts that say nothing."""

from pathlib import Path

import numpy as np
import pytest

from catalog.listening import Play
from catalog.tracks import Track, TrackId
from eval.datasets.listeners import SOMETHING_FOR_ME
from eval.datasets.playlists import MORE_LIKE_THESE
from recommender.indexes.collaborative import CollaborativeModel
from recommender.requests import PlaylistRequest
from recommender.tracks.features import TrackFeatures
from tests.homes import licensed, recommending

WORDS = ("more", "something", "these")
LANTERNS = [Track(TrackId(f"l{place}"), f"Lantern {place}", f"Lampman {place}", tags=WORDS) for place in range(6)]
ANCHORS = [Track(TrackId(f"a{place}"), f"Anchor {place}", f"Sailor {place}", tags=WORDS) for place in range(6)]
TRACKS = [*LANTERNS, *ANCHORS]


def tastes() -> CollaborativeModel:
    """Who likes a lantern likes lanterns, who likes an anchor anchors."""
    kinds = np.repeat(np.eye(2, dtype=np.float32), 6, axis=0)
    artist = TrackFeatures.of(TRACKS, np.zeros(len(TRACKS))).artist
    of_artists = np.zeros_like(kinds)
    of_artists[artist] = kinds
    return CollaborativeModel(np.concatenate([kinds, of_artists]), artist, np.ones(len(TRACKS), dtype=bool))


@pytest.mark.parametrize("liked", [LANTERNS[:2], ANCHORS[:2]])
def test_more_like_these_rests_on_the_liked_tracks_alone(tmp_path: Path, liked: list[Track]) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS), collaborative=tastes()) as recommender:
        known = tuple(track.track_id for track in liked)
        playlist = recommender.recommend(PlaylistRequest(MORE_LIKE_THESE, "DE", liked_tracks=known, length=4))
    assert playlist.interpretation == ()
    assert {entry.track.title[:-2] for entry in playlist.tracks} == {liked[0].title[:-2]}
    assert all({"dense", "collaborative"} == set(entry.parts) for entry in playlist.tracks)


@pytest.mark.parametrize("heard", [LANTERNS[0], ANCHORS[0]])
def test_something_for_me_rests_on_the_listeners_history_alone(tmp_path: Path, heard: Track) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS), collaborative=tastes()) as recommender:
        with recommender.catalog.writing() as writer:
            writer.put_plays([Play("ann", heard.track_id, plays=5)])
        playlist = recommender.recommend(PlaylistRequest(SOMETHING_FOR_ME, "DE", user_id="ann", length=4))
    assert playlist.interpretation == ()
    assert {entry.track.title[:-2] for entry in playlist.tracks} == {heard.title[:-2]}
    assert all({"collaborative"} == set(entry.parts) for entry in playlist.tracks)
