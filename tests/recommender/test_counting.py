"""Among how many tracks near the words was counted what consent withholds."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.tracks import Track, TrackId
from recommender.prompts.corrections import Correction
from recommender.requests import PlaylistRequest
from tests.homes import licensed, recommending

TRACKS = [
    Track(
        TrackId(f"t{number}"),
        f"Song {number}",
        "Ada Quill" if number < 4 else f"Artist {number}",
        year=1995 if number % 2 else 2005,
        tags=("jazz",) if number < 40 else ("polka",),
    )
    for number in range(60)
]
LICENSED = licensed(track for number, track in enumerate(TRACKS) if number % 4 < 2)
JAZZ = PlaylistRequest("jazz", "DE", length=10, relax=False)
NINETIES = (Correction("years", (1990, 1999), hard=True),)


@pytest.mark.parametrize(
    ("asked", "considered"),
    [
        (JAZZ, 19),
        (replace(JAZZ, corrections=NINETIES), 20),
        (replace(JAZZ, length=50, corrections=NINETIES), 30),
        (replace(JAZZ, length=1000), 60),
        (replace(JAZZ, withheld=False), 0),
        (replace(JAZZ, prompt="", seed_tracks=(TrackId("t0"),)), 21),
        (replace(JAZZ, prompt="", keep=((1, TrackId("t0")),)), 0),
    ],
)
def test_what_is_withheld_is_counted_among_the_nearest_that_would_be_in_place(
    tmp_path: Path, asked: PlaylistRequest, considered: int
) -> None:
    with recommending(tmp_path, TRACKS, LICENSED) as recommender:
        playlist = recommender.recommend(asked)
        assert playlist.considered == considered
        assert sum((playlist.withheld or {}).values()) <= considered
        assert asked.withheld is False or not considered or (playlist.withheld or {}).keys() == {"NO_DEAL"}
