"""What a catalog suggests to ask for: prompts that it answers well, and nothing of what is withheld."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from api.usecases import examples, surprise
from catalog.consent import parse_record
from catalog.tracks import Track, TrackId
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest, RequestError
from tests.homes import licensed, recommending

TRACKS = [
    Track(
        TrackId(f"{genre}-{number}"),
        f"Song {number}",
        f"Artist {number}",
        genres=(genre,),
        tags=("rain",) if number % 2 else ("seldom",),
        instruments=("piano",),
        year=year,
        energy=0.1 if genre == "jazz" else 0.9,
        instrumental=genre == "jazz",
        duration_s=180,
    )
    for genre, year, count in (("jazz", 1964, 25), ("rock", 1995, 25), ("polka", 1950, 25), ("ska", 1980, 19))
    for number in range(count)
]
POLKA = [{"kind": "takedown", "track_id": track.track_id} for track in TRACKS if track.genres == ("polka",)]


@contextmanager
def opened(folder: Path) -> Iterator[PlaylistRecommender]:
    with recommending(folder, TRACKS, [*licensed(TRACKS), *POLKA]) as recommender:
        yield recommender


def test_suggestions_are_of_what_many_permitted_tracks_are_and_of_nothing_withheld(tmp_path: Path) -> None:
    with opened(tmp_path) as recommender:
        told = examples(recommender, "DE", "strict", 50)
        assert told[:2] == examples(recommender, "DE", "strict", 2)
        assert {"jazz from the 1960s", "calm jazz, no vocals", "rock from the 1990s", "rain music, 30 minutes"} <= {
            *told
        }
        said = " ".join(told)
        assert not any(word in said for word in ("polka", "ska", "piano", "calm rock"))
        for prompt in told:
            playlist = recommender.recommend(PlaylistRequest(prompt, "DE"))
            assert (playlist.shortfall, playlist.not_understood) == (None, ())


def test_a_surprise_is_another_one_each_time_and_what_is_taken_down_since_is_none(tmp_path: Path) -> None:
    with opened(tmp_path) as recommender:
        rng = Random(7)
        assert len({surprise(recommender, "DE", "strict", rng) for _ in range(40)}) > 4
        with recommender.catalog.writing("test") as writer:
            writer.append([parse_record({"kind": "takedown", "track_id": track.track_id}) for track in TRACKS])
        assert surprise(recommender, "DE", "strict", rng) is None
        assert examples(recommender, "DE", "strict") == []
        with pytest.raises(RequestError, match="policy"):
            examples(recommender, "DE", "no such policy")
