"""What a prompt names comes first, what it shuns never, and why is said."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from catalog.tracks import Track, TrackId
from eval.prompts.labelled import unmarked
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.prompts.reading import PromptReader
from recommender.requests import PlaylistRequest
from tests.homes import licensed, recommending
from tests.recommender.prompts.named_catalogs import TODAY, Marked

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


def recommended(recommender: PlaylistRecommender, marked: str, length: int) -> Playlist:
    """Return the answer to a prompt that is read as it is marked up."""
    reader = PromptReader(Marked(marked), recommender.model.names, lambda: TODAY)
    recommender.model = replace(recommender.model, reader=reader)
    return recommender.recommend(PlaylistRequest(unmarked(marked)[0], "DE", length=length))


def ids(recommender: PlaylistRecommender, marked: str, length: int) -> set[str]:
    return {entry.track.track_id for entry in recommended(recommender, marked, length).tracks}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("songs by {Nina Vale|artist}", {"floor", "ferry"}),
        ("songs by {nina valle|artist}", {"floor", "ferry"}),
        ("songs by {Harbour|artist}", {"ferry", "swing"}),
        ("the album {The Shallows|album}", {"floor", "moons"}),
        ("anything on {Northlight Records|label}", {"floor", "ferry"}),
        ("play {Old Swing|title} by {Harbour|artist}", {"swing"}),
    ],
)
def test_what_is_named_comes_first(recommender: PlaylistRecommender, marked: str, expected: set[str]) -> None:
    assert ids(recommender, marked, len(expected)) == expected


@pytest.mark.parametrize(
    ("marked", "shunned"),
    [
        ("{calm|energy=low} songs, nothing by {Harbour|artist:avoid}", {"ferry", "swing"}),
        ("{calm|energy=low} songs like {Mirelda|artist:example} but not her", {"moons"}),
        ("{calm|energy=low} songs like {Mirelda|artist:unlike}", {"moons"}),
        ("{calm|energy=low}, not from the album {The Shallows|album:avoid}", {"floor", "moons"}),
        ("{calm|energy=low}, nothing on {Northlight Records|label:avoid}", {"floor", "ferry"}),
        ('{calm|energy=low}, anything but "{Night Ferry|title:avoid}"', {"ferry"}),
    ],
)
def test_what_is_shunned_never_comes(recommender: PlaylistRecommender, marked: str, shunned: set[str]) -> None:
    every = {track.track_id for track in TRACKS}
    assert ids(recommender, marked, len(TRACKS)) == every - shunned


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("songs by {Harbour|artist}", "by Nina Vale & Harbour, whom you named"),
        ("the album {Low Tide|album}", "on Low Tide, the album you named"),
        ("anything on {Northlight Records|label}", "released on Northlight, the label you named"),
    ],
)
def test_a_track_says_that_it_was_named(recommender: PlaylistRecommender, marked: str, reason: str) -> None:
    found = recommended(recommender, marked, 4)
    (ferry,) = [entry for entry in found.tracks if entry.track.track_id == "ferry"]
    assert reason in ferry.reasons
