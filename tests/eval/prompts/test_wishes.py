"""Prompts with the wishes in them, and lists that must meet them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.tracks import Track, TrackId
from eval.__main__ import DONE, main
from eval.prompts.wish_checks import WishChecker
from eval.prompts.wishes import (
    HALVES,
    SaidWish,
    WishedPrompt,
    WishReport,
    judge_wishes,
    read_wishes,
    set_names,
    wished_prompts,
)
from eval.queries import DatasetError
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Interpretation, Playlist
from recommender.prompts.wishes import WishKind
from recommender.requests import PlaylistRequest
from tests.homes import built_home, licensed, recommending, silent

NAMES = set_names()


def prompt(text: str, *wishes: SaidWish, kind: str = "everyday") -> WishedPrompt:
    return WishedPrompt(kind, text, (), wishes)


def test_the_set_has_the_kinds_of_prompts_that_break_readers_and_says_of_each_wish_which_words_made_it() -> None:
    development, confirmation = (wished_prompts(half) for half in HALVES)
    assert len(development) >= 200
    assert len(confirmation) >= 120
    assert len({(found.prompt, found.history) for found in (*development, *confirmation)}) >= 300
    kinds = {*WishKind, "without"}
    for found in (*development, *confirmation):
        assert {wish.kind for wish in found.wishes} <= kinds
        assert all(wish.text for wish in found.wishes)
    assert {found.kind for found in development} == {found.kind for found in confirmation}


def test_an_unknown_half_is_refused() -> None:
    with pytest.raises(DatasetError, match="'sealed' is not a half of the set; there are development and confirmation"):
        wished_prompts("sealed")


@pytest.mark.parametrize("half", HALVES)
def test_nearly_every_hard_wish_is_read_right(half: str) -> None:
    report = WishReport([read_wishes(found, NAMES) for found in wished_prompts(half)], [])
    assert report.hard.value >= 0.97
    invented = [wish for reading in report.readings for wish in reading.invented if wish.hard]
    assert len(invented) <= 0.03 * sum(wish.hard for reading in report.readings for wish in reading.prompt.wishes)


def test_a_wish_is_right_in_kind_value_hardness_and_words() -> None:
    jazz, vocals = SaidWish("tag", "jazz", False, "jazz"), SaidWish("instrumental", True, True, "no vocals")
    text = "jazz, no vocals"
    assert read_wishes(prompt(text, jazz, vocals), NAMES).right == (jazz, vocals)
    for wrong in (
        replace(vocals, hard=False),
        replace(vocals, value=False),
        replace(vocals, kind="explicit"),
        replace(vocals, text="jazz"),
    ):
        found = read_wishes(prompt(text, jazz, wrong), NAMES)
        assert (found.right, found.missed) == ((jazz,), (wrong,))
        assert [(wish.kind, wish.value, wish.hard) for wish in found.invented] == [("instrumental", True, True)]


def test_shares_are_told_by_wish_and_by_prompt_with_every_miss() -> None:
    jazz, vocals = SaidWish("tag", "jazz", True, "jazz"), SaidWish("instrumental", True, True, "no vocals")
    found = [prompt("jazz, no vocals", jazz, vocals), prompt("no vocals", vocals, kind="negation")]
    report = WishReport([read_wishes(one, NAMES) for one in found], [])
    assert report.hard.value == pytest.approx(2 / 3)
    rows = {row["wish"]: row for row in report.by_wish().rows}
    assert {name: row["in the set"] for name, row in rows.items()} == {
        "must instrumental": 2,
        "must tag": 1,
        "may tag": 0,
    }
    assert [row["hard wishes"] for row in report.by_prompt().rows] == [2, 1, 3]
    assert [row["missed"] for row in report.misses().rows] == ['must tag="jazz"']
    assert [row["invented"] for row in report.misses().rows] == ['may tag="jazz"']


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


@pytest.mark.slow
def test_every_list_of_the_demo_meets_every_hard_wish_of_its_prompt(demo_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "wishes.json"
    assert main(["wishes", "--home", str(demo_home), "--out", str(out)]) == DONE
    found = json.loads(out.read_text("utf-8"))
    assert found["lists"]["broken"] == []
    assert found["lists"]["checked"] > 1000
    assert found["hard_read_right"]["value"] >= 0.97


@pytest.mark.slow
def test_a_prompt_that_is_refused_has_no_list() -> None:
    report = judge_wishes(built_home(), [prompt("x" * 2001), prompt("only jazz")], "DE", silent)
    assert [found is None for found in report.lists] == [True, False]
    assert report.broken == []
    assert "1 lists of 1 tracks: 1 hard wishes checked, 0 broken" in report.summary()
