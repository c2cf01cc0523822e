"""Lists are held to the wishes of which they say that they must hold."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.tracks import Track, TrackId
from eval.prompts.wish_checks import WishChecker
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Interpretation, Playlist
from recommender.requests import PlaylistRequest
from tests.homes import licensed, recommending

TRACKS = [
    Track(
        TrackId("a"),
        "Ash",
        "Ada Quill",
        year=1984,
        genres=("acid jazz",),
        language="English",
        tempo_bpm=120.0,
        explicit=True,
    ),
    Track(
        TrackId("b"),
        "Birch Rap",
        "Ida Mole",
        year=1994,
        genres=("jazz rap",),
        language="fra",
        energy=0.1,
        popularity=1.0,
    ),
    Track(TrackId("c"), "Cedar", "Ida Mole", year=2004, tags=("trap",), instrumental=True, energy=0.9, popularity=9.0),
    Track(TrackId("d"), "Dogwood", "Kestrel Choir"),
]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("years", [1990, None], [False, True, True, None]),
        ("not_years", [1980, 1989], [False, True, True, None]),
        ("tempo", [110.0, 120.0], [True, None, None, None]),
        ("energy", "low", [None, True, False, None]),
        ("popularity", "low", [None, True, False, None]),
        ("explicit", False, [False, None, None, None]),
        ("instrumental", True, [None, None, True, None]),
        ("language", "fr", [False, True, False, None]),
        ("not_language", "en", [False, True, True, None]),
        ("tag", "jazz", [True, False, False, False]),
        ("tag", "rap", [False, True, False, False]),
        ("not_tag", "trap", [True, True, False, True]),
        ("without", "rap", [True, False, True, True]),
        ("not_title", ["cedar", None], [True, True, False, True]),
        ("not_album", ["cedar", "ida mole"], [True, True, True, True]),
        ("not_label", "ember", [True, True, True, True]),
        ("not_artist", "ida mole", [True, False, False, True]),
        ("length", 3, [True, True, True, True]),
    ],
)
def test_tracks_are_checked_by_what_the_catalog_says_of_them(
    tmp_path: Path, kind: str, value: object, expected: list[bool | None]
) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS)) as recommender:
        checker = WishChecker(recommender.catalog)
        assert [checker.meets(track, kind, value) for track in TRACKS] == expected


def answer(recommender: PlaylistRecommender, text: str) -> Playlist:
    return recommender.recommend(PlaylistRequest(text, "DE"))


def test_a_broken_wish_an_overlong_list_and_a_silent_short_one_are_found(tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS)) as recommender:
        checker = WishChecker(recommender.catalog)
        good = answer(recommender, "4 songs")
        assert checker.check(good).broken == ()
        wish = Interpretation("years", (1990, 1999), "90s", True)
        broken = checker.check(replace(good, interpretation=(*good.interpretation, wish)))
        assert sorted(broken.broken) == ["a breaks years ('90s')", "c breaks years ('90s')"]
        assert broken.unknown == 1
        other = replace(wish, value=(2000, 2009), text="2000s")
        alternatives = checker.check(replace(good, interpretation=(*good.interpretation, wish, other)))
        assert alternatives.broken == ("a breaks years ('90s', '2000s')",)
        assert checker.check(replace(good, tracks=good.tracks[:2])).broken == ("the list is short and does not say so",)
        assert checker.check(replace(good, tracks=good.tracks * 2)).broken == ("the list is longer than was asked for",)
        short = answer(recommender, "5 songs")
        assert short.shortfall is not None
        assert checker.check(short).broken == ()
