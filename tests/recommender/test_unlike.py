"""What is most like a track that is not liked sinks, by what the product's own encoder makes of the words of tracks."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from catalog.consent import parse_record
from catalog.tracks import Track, TrackId
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest
from recommender.training.building import build
from tests.homes import copied_home, licensed, silent
from tests.strategies import NOON

pytestmark = pytest.mark.slow

KINDS = ("smooth jazz", "delta blues", "techno", "folk")
TRACKS = [
    Track(TrackId(f"{kind}-{number}"), f"Song {number} {kind[0]}", f"Artist {number} {kind}", tags=(kind, "evening"))
    for number in range(8)
    for kind in KINDS
]
ASKED = PlaylistRequest("music for the evening", length=24, relax=False)


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    home = copied_home(tmp_path_factory.mktemp("unlike") / "home")
    opened = PlaylistRecommender.open(home)
    with opened.catalog.writing("test") as writer:
        writer.put_tracks(TRACKS)
        writer.append(map(parse_record, licensed(TRACKS)))
    opened.close()
    build(home, NOON, silent)
    again = PlaylistRecommender.open(home)
    yield again
    again.close()


def kinds(recommender: PlaylistRecommender, request: PlaylistRequest) -> list[str]:
    return [one.track.track_id.partition("-")[0] for one in recommender.recommend(request).tracks]


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_has_less_of_what_is_like_a_track_that_is_not_liked(recommender: PlaylistRecommender, kind: str) -> None:
    gone = TrackId(f"{kind}-0")
    without, less = replace(ASKED, exclude_tracks=(gone,)), replace(ASKED, disliked_tracks=(gone,))
    assert kinds(recommender, less).count(kind) < kinds(recommender, without).count(kind)
    assert len(kinds(recommender, less)) == 24


def test_what_is_withheld_steers_nothing(recommender: PlaylistRecommender) -> None:
    with recommender.catalog.writing("test") as writer:
        writer.append([parse_record({"kind": "takedown", "track_id": "folk-0", "territories": ["FR"]})])
    abroad = replace(ASKED, territory="FR")
    assert kinds(recommender, replace(abroad, disliked_tracks=(TrackId("folk-0"),))) == kinds(recommender, abroad)
