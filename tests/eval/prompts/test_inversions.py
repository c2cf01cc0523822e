"""Pairs of what a catalog has: one wanted, the other not."""

from pathlib import Path

import numpy as np
import pytest

from catalog.tracks import Territory, Track, TrackId
from eval.__main__ import WRONG_WORDS, main
from eval.measures.significance import share_of
from eval.prompts.inversions import FORMS, Inversion, inversions_table, judge_inversions
from recommender.requests import PlaylistRequest
from tests.homes import built_home, licensed, recommending, silent

TRACKS = [
    Track(
        TrackId(f"t{row}"),
        f"Song {row}",
        f"Singer {row // 60}",
        genres=("jazz", "soul") if row % 2 else ("jazz", "folk"),
    )
    for row in range(120)
]


def test_pairs_are_drawn_by_the_seed_and_shares_are_those_of_the_lists(tmp_path: Path) -> None:
    place = Territory("DE")
    with recommending(tmp_path, TRACKS, licensed(TRACKS)) as recommender:
        judged = judge_inversions(recommender, place, 40, 3, silent)
        assert judged == judge_inversions(recommender, place, 40, 3, silent)
        assert judged != judge_inversions(recommender, place, 40, 4, silent)
        for one in judged[:10]:
            found = recommender.recommend(PlaylistRequest(one.prompt, place)).tracks
            wanted, unwanted = next(
                (a, b)
                for a in ("jazz", "soul", "folk")
                for b in ("jazz", "soul", "folk", "singer 0", "singer 1")
                if one.prompt in [form.format(a=a, b=b) for form in FORMS[one.language]]
            )
            theirs = [unwanted in (*entry.track.genres, entry.track.artist.lower()) for entry in found]
            assert one.after == (np.mean(theirs) if theirs else 0.0)
            assert wanted != unwanted
    assert all(one.before > 0 for one in judged[1::2])
    assert {one.language for one in judged} == set(FORMS)


def test_the_table_tells_what_comes_and_what_is_inverted_by_language() -> None:
    judged = [
        Inversion("de", "a ohne b", 0.2, 0.5),
        Inversion("de", "a ohne c", 0.2, 0.1),
        Inversion("fr", "a sans b", 0, 0),
    ]
    german, french, every = inversions_table(judged).rows
    assert german["more B without it"] == share_of(1, 2)
    assert german["still some B"] == share_of(2, 2)
    assert french["B comes for A"] == share_of(0, 1)
    assert every["language"] == "all"
    assert every["pairs"] == 3


def test_a_catalog_with_too_little_to_pair_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inversions", "--home", str(built_home())]) == WRONG_WORDS
    assert "tags and artists of this catalog have 50 tracks" in capsys.readouterr().err
