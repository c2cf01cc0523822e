"""What one line says of a list."""

from dataclasses import replace
from typing import Any

import pytest

from api.schemas.sentences import sentence_of
from api.schemas.tracks import ConsentResponse, ReasonResponse, TrackResponse
from recommender.playlists import Interpretation

CONSENT = ConsentResponse(verdict="allow", codes=[], ai="none", ai_facets=[], basis=None, decision_id="")
JAZZ = Interpretation("tag", "jazz", "jazz", hard=False, said="jazz")
CALM = Interpretation("energy", "low", "calm", hard=False, said="low energy")
NO_VOCALS = Interpretation("instrumental", True, "no vocals", hard=True, said="no vocals")
NO_METAL = Interpretation("not_tag", "metal", "no metal", hard=True, said="no metal")
SIXTIES = Interpretation("years", (1960, 1969), "sixties", hard=True, said="from 1960 to 1969")

TAGGED, IS_CALM = (
    ReasonResponse(code="tagged", values=["cool Jazz"]),
    ReasonResponse(code="meets", values=["energy", "low"]),
)


def track(*why: ReasonResponse, **known: Any) -> TrackResponse:
    unsaid = dict.fromkeys(("isrc", "album", "year", "duration_s"))
    told = {"position": 1, "track_id": "t", "title": "T", "artist": "A", "score": 0.0, "parts": {}, "reasons": []}
    return TrackResponse.model_validate({**unsaid, **told, "consent": CONSENT, "why": list(why), **known})


@pytest.mark.parametrize(
    ("asked", "tracks", "sentence"),
    [
        (
            [JAZZ, CALM, NO_VOCALS],
            [track(TAGGED, IS_CALM, year=1964)] * 3,
            "Calm jazz without vocals, mostly from the 1960s",
        ),
        ([JAZZ, CALM, NO_METAL], [track(TAGGED), track(TAGGED, IS_CALM)], "Jazz, no metal"),
        ([JAZZ, CALM], [track(), track(TAGGED, IS_CALM)], ""),
        ([replace(NO_VOCALS, unverified=1)], [track()], ""),
        ([SIXTIES], [track(year=1964)], "Music, from 1960 to 1969"),
        ([JAZZ], [track(moods=["Dreamy"], year=1994), track(moods=["dreamy", "warm"])], "Dreamy music"),
        ([NO_VOCALS], [], ""),
    ],
)
def test_a_sentence_says_what_holds_for_most_of_a_list_and_nothing_else(
    asked: list[Interpretation], tracks: list[TrackResponse], sentence: str
) -> None:
    assert sentence_of(asked, tracks) == sentence
