"""What of a request cannot hold together is told, and nothing that can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import Track, TrackId
from recommender.contradictions import contradictions
from recommender.playlists import Contradiction
from recommender.prompts.reading import PromptQuery
from recommender.prompts.wishes import Wish, WishKind
from recommender.requests import PlaylistRequest
from tests.homes import model_of
from tests.marked import read_marked

NAMES = model_of([Track(TrackId("a"), "Night Ferry", "Ada Quill", tags=("jazz", "rock", "piano"))]).names


def told(marked: str, *history: str, **fields: object) -> list[Contradiction]:
    request = PlaylistRequest("as marked", "DE", **fields)  # type: ignore[arg-type]
    return list(contradictions(request, read_marked(NAMES, marked, *history)))


@pytest.mark.parametrize(
    ("marked", "texts", "kept"),
    [
        (
            "{no|cue} {vocals|voice:avoid=any}, {must have|cue} {singing|voice:must=any}",
            ("vocals", "singing"),
            "singing",
        ),
        (
            "{nothing|cue} {explicit|explicit:avoid=yes} but {dirty lyrics|explicit=yes}",
            ("explicit", "dirty lyrics"),
            "explicit",
        ),
        (
            "{what I know|novelty=known}, {nothing I know|novelty=new}",
            ("what I know", "nothing I know"),
            "nothing I know",
        ),
        ("{10 songs|count=10} or {20 songs|count=20}", ("10 songs", "20 songs"), "20 songs"),
        ("{an hour|minutes=60}. No, {two hours|minutes=120}", ("an hour", "two hours"), "two hours"),
        ("{building up|arc=up}, {winding down|arc=down}", ("building up", "winding down"), "winding down"),
        ("{10 songs|count=10}, {an hour|minutes=60}", ("10 songs", "an hour"), "an hour"),
        ("{an hour|minutes=60}, {10 songs|count=10}", ("an hour", "10 songs"), "an hour"),
        ("{in French|language}, {no|cue} {French|language:avoid}", ("in French", "French"), "French"),
        ("{no|cue} {French|language:avoid}, but {in French|language}", ("French", "in French"), "French"),
        (
            "{women singing|voice=woman}, {no|cue} {female vocals|voice:avoid=woman}",
            ("women singing", "female vocals"),
            "female vocals",
        ),
        (
            "{instrumental|voice:avoid=any} with {clever lyrics|theme}",
            ("instrumental", "clever lyrics"),
            "instrumental",
        ),
        (
            "songs {over 6 minutes|song_minutes=6-}, {under 2 minutes|song_minutes=-2}",
            ("over 6 minutes", "under 2 minutes"),
            "under 2 minutes",
        ),
        (
            "{sung in French|language}, {no|cue} {vocals|voice:avoid=any}",
            ("sung in French", "vocals"),
            None,
        ),
    ],
)
def test_words_against_words_are_told_with_what_was_kept(marked: str, texts: tuple[str, ...], kept: str | None) -> None:
    (one,) = told(marked)
    assert one.texts == texts
    assert one.because
    if kept is not None:
        assert one.kept == kept


@pytest.mark.parametrize(
    "marked", ["{jazz|genre}, {no|cue} {Jazz|genre:avoid}", "{no|cue} {Jazz|genre:avoid} but {jazz|genre}"]
)
def test_a_tag_that_is_wanted_and_not_wanted_is_not_played_and_told_so(marked: str) -> None:
    (one,) = told(marked)
    assert one.kept == "Jazz"


@pytest.mark.parametrize(
    "marked",
    [
        "{jazz|genre}",
        "{jazz|genre}, {no|cue} {rock|genre:avoid}",
        "{in French|language} or {in English|language}",
        "{in French|language}, {no|cue} {English|language:avoid}",
        "{90s|period=1990-1999} and {80s|period=1980-1989}",
        "{sung|voice:must=any} {in French|language}",
        "{like|cue} {Ada Quill|artist:unlike}",
        "{10 songs|count=10}, only {10 songs|count=10}",
        "{women|voice=woman}, {no|cue} {men|voice:avoid=man}",
        "{calm|energy=low} then {loud|energy=high}",
    ],
)
def test_what_holds_together_is_told_nothing_of(marked: str) -> None:
    assert told(marked) == []


def test_a_turn_that_changes_what_an_earlier_one_said_contradicts_nothing() -> None:
    assert told("{sung|voice:must=any}", "{no|cue} {vocals|voice:avoid=any}") == []


def test_fields_of_a_request_decide_over_its_words_and_both_are_told() -> None:
    (one,) = told("{20 songs|count=20} of {jazz|genre}", length=10)
    assert (one.texts, one.kept) == (("10 tracks", "20 songs"), "10 tracks")
    (one,) = told("{an hour|minutes=60} of {jazz|genre}", minutes=30.5)
    assert (one.texts, one.kept) == (("30.5 minutes", "an hour"), "30.5 minutes")
    (one,) = told("{calm|mood} {jazz|genre}, {an hour|minutes=60}", length=12)
    assert (one.texts, one.kept) == (("12 tracks", "an hour"), "12 tracks")
    (one,) = told("{20 songs|count=20} of {jazz|genre}", minutes=30.5)
    assert (one.texts, one.kept) == (("30.5 minutes", "20 songs"), "30.5 minutes")
    (one,) = told("{an hour|minutes=60} of {jazz|genre}", length=12, minutes=30.0)
    assert one.texts == ("30 minutes", "an hour")
    assert told("{20 songs|count=20} of {jazz|genre}", length=20) == []
    assert told("{jazz|genre}", length=20, minutes=30.0) == []


def test_an_example_that_is_excluded_is_told_once_for_each_track() -> None:
    a, b, c = map(TrackId, "abc")
    found = told("{jazz|genre}", seed_tracks=(b, a), liked_tracks=(b,), exclude_tracks=(a, c), disliked_tracks=(b,))
    assert [one.texts for one in found] == [("a",), ("b",)]
    assert [one.kept for one in found] == ["a", "b"]


KINDS: list[tuple[WishKind, object]] = [
    (WishKind.INSTRUMENTAL, True),
    (WishKind.INSTRUMENTAL, False),
    (WishKind.LENGTH, 10),
    (WishKind.LENGTH, 20),
    (WishKind.MINUTES, 60.0),
    (WishKind.TAG, "jazz"),
    (WishKind.NOT_TAG, "jazz"),
    (WishKind.LANGUAGE, "fr"),
    (WishKind.NOT_LANGUAGE, "fr"),
    (WishKind.YEARS, (1990, 1999)),
    (WishKind.ARTIST, "ada quill"),
    (WishKind.NOT_ARTIST, "ada quill"),
]


@given(st.lists(st.sampled_from(KINDS), max_size=6, unique=True))
def test_whatever_is_said_only_its_own_words_are_told_and_in_any_order_as_many(
    said: list[tuple[WishKind, object]],
) -> None:
    wishes = [Wish(kind, value, f"words {place}", place, place + 1, True) for place, (kind, value) in enumerate(said)]
    request = PlaylistRequest("as said", "DE")
    found = list(contradictions(request, PromptQuery("", wishes=tuple(wishes), said=tuple(wishes))))
    turned = list(contradictions(request, PromptQuery("", wishes=tuple(wishes), said=tuple(wishes[::-1]))))
    texts = {wish.text for wish in wishes}
    assert {text for one in found for text in one.texts} <= texts
    assert all(one.because and len(one.texts) == 2 and one.kept in one.texts for one in found)
    assert {frozenset(one.texts) for one in found} == {frozenset(one.texts) for one in turned}
    assert len(found) == len(turned)


def test_a_solo_of_an_instrument_that_shall_not_play_is_told() -> None:
    (one,) = told("{rock|genre} {without|cue} {piano|instrument:avoid} but a {piano solo|instrument}")
    assert one.texts == ("piano", "piano solo")
    assert not told("{rock|genre} {without|cue} {piano|instrument:avoid}")
