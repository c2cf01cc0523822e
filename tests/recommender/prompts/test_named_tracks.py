"""What a prompt names comes first, what it shuns never, and why is said."""

from collections.abc import Iterator

import pytest

from catalog.tracks import Track, TrackId
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest
from tests.homes import licensed, recommending

TRACKS = (
    Track(
        TrackId("floor"), "Ocean Floor", "Nina Vale", album="The Shallows", label="Northlight Records", tags=("calm",)
    ),
    Track(TrackId("ferry"), "Night Ferry", "Nina Vale & Harbour", album="Low Tide", label="Northlight", tags=("calm",)),
    Track(TrackId("moons"), "Paper Moons", "Mirelda", album="The Shallows", label="Black Kettle", tags=("calm",)),
    Track(TrackId("swing"), "Old Swing", "Harbour", label="Black Kettle", tags=("calm",)),
    *(Track(TrackId(f"more-{place}"), f"More {place}", f"Somebody {place}", tags=("calm",)) for place in range(8)),
)


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    with recommending(tmp_path_factory.mktemp("home"), TRACKS, licensed(TRACKS)) as made:
        yield made


def ids(recommender: PlaylistRecommender, prompt: str, length: int) -> set[str]:
    found = recommender.recommend(PlaylistRequest(prompt, "DE", length=length))
    return {entry.track.track_id for entry in found.tracks}


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("songs by Nina Vale", {"floor", "ferry"}),
        ("songs by nina valle", {"floor", "ferry"}),
        ("songs by Harbour", {"ferry", "swing"}),
        ("the album The Shallows", {"floor", "moons"}),
        ("anything on Northlight Records", {"floor", "ferry"}),
        ("play Old Swing by Harbour", {"swing"}),
    ],
)
def test_what_is_named_comes_first(recommender: PlaylistRecommender, prompt: str, expected: set[str]) -> None:
    assert ids(recommender, prompt, len(expected)) == expected


@pytest.mark.parametrize(
    ("prompt", "shunned"),
    [
        ("calm songs, nothing by Harbour", {"ferry", "swing"}),
        ("calm songs like Mirelda but not her", {"moons"}),
        ("calm, not from the album The Shallows", {"floor", "moons"}),
        ("calm, nothing on Northlight Records", {"floor", "ferry"}),
        ('calm, anything but "Night Ferry"', {"ferry"}),
    ],
)
def test_what_is_shunned_never_comes(recommender: PlaylistRecommender, prompt: str, shunned: set[str]) -> None:
    every = {track.track_id for track in TRACKS}
    assert ids(recommender, prompt, len(TRACKS)) == every - shunned


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("songs by Harbour", "by Nina Vale & Harbour, whom you named"),
        ("the album Low Tide", "on Low Tide, the album you named"),
        ("anything on Northlight Records", "released on Northlight, the label you named"),
    ],
)
def test_a_track_says_that_it_was_named(recommender: PlaylistRecommender, prompt: str, reason: str) -> None:
    found = recommender.recommend(PlaylistRequest(prompt, "DE", length=4))
    (ferry,) = [entry for entry in found.tracks if entry.track.track_id == "ferry"]
    assert reason in ferry.reasons
