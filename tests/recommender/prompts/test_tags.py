"""The catalog's own words, however a prompt spells them or in whatever language."""

from dataclasses import replace

import pytest

from recommender.indexes.translations import TagMeanings
from tests.readers import english, multilingual
from tests.recommender.prompts.named_catalogs import NAMES, TAGS, read, wishes

MEANT = replace(NAMES, meanings=TagMeanings.build(TAGS, multilingual()), english=english())


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{acid jazz|genre}", ["acid jazz"]),
        ("{Hip-Hop|genre}", ["hip hop"]),
        ("{hiphop|genre}", ["hip hop"]),
        ("{rnb|genre} or {R&B|genre}", ["r and b"]),
        ("{rhythm and blues|genre}", ["r and b"]),
        ("{lofi|genre} and {lo-fi|genre}", ["lo fi"]),
        ("{drum'n'bass|genre}", ["drum and bass"]),
        ("{guitars|instrument}", ["guitar"]),
        ("{1980s|theme}", ["80s"]),
        ("something {blue|mood}", []),
        ("{the|cue} {songs|unclear}", []),
        ("clean the {house|place}", ["house"]),
        ("clean the house", []),
        ("{country|origin}", []),
        ("songs {like|cue} {Harbour|artist:example}", []),
    ],
)
def test_subjects_are_tags_in_any_spelling(marked: str, expected: list[str]) -> None:
    assert wishes(marked, "tag") == [("tag", tag, False) for tag in expected]


def test_a_subject_in_another_language_is_looked_for_in_english_and_as_the_tag_that_means_it() -> None:
    for words, tag in (("traurige", "sad"), ("女性ボーカル", "female vocals"), ("ピアノ", "piano")):
        query = read(f"{{{words}|mood}} musik", names=MEANT)
        assert query.subjects == (tag,)
        assert [(wish.value, wish.text) for wish in query.wishes] == [(tag, words)]


def test_a_subject_whose_english_nobody_knows_is_told_and_looked_for_as_it_stands() -> None:
    query = read("{Quasselstrippenvertäfelung|theme} für den Abend", names=MEANT)
    assert query.subjects == ("Quasselstrippenvertäfelung",)
    assert [told.text for told in query.not_read] == ["Quasselstrippenvertäfelung"]


def test_a_place_that_no_tag_knows_is_told_and_a_home_is_no_house_music() -> None:
    query = read("{sad|mood} songs for the {home|place}", names=MEANT)
    assert [wish.value for wish in query.wishes] == ["sad"]
    assert [told.text for told in query.not_read] == ["home"]
    assert read("{sad|mood} songs", names=MEANT).not_read == ()


def test_what_shall_be_left_out_is_what_is_said_and_in_another_language_what_is_meant() -> None:
    query = read("keine {traurigen|mood:avoid} Lieder", names=MEANT)
    assert query.excluded_words == ("traurigen",)
    assert [(wish.kind, wish.value, wish.hard) for wish in query.wishes] == [("not_tag", "sad", True)]
    assert read("no {guitar solos|sound:avoid} please, I beg you", names=MEANT).wishes == ()


def test_a_sentence_is_what_a_prompt_says_of_its_subjects_in_the_language_of_tags() -> None:
    said = "{ten|count=10} {sad|mood} songs for a {piano|instrument} {like|cue} {Nina Vale|artist:example}, {no|cue} {horns|instrument:avoid}"
    assert read(said, names=MEANT).sentence == "sad songs for a piano ,"
    assert read("{traurige|mood} Lieder am Klavier", names=MEANT).sentence == ""
    assert read("{ten|count=10} songs please", names=MEANT).sentence == ""


def test_pictures_are_looked_for_by_their_names_and_flags_by_their_countries() -> None:
    assert (
        read("{salsa|genre} \N{REGIONAL INDICATOR SYMBOL LETTER C}\N{REGIONAL INDICATOR SYMBOL LETTER U}").topic
        == "salsa, Cuba"
    )
    assert read("{salsa|genre} \N{VIOLIN}").topic == "salsa, violin"
    assert read("{salsa|genre} \N{NO ENTRY SIGN}\N{VIOLIN}").excluded_words == ("violin",)


@pytest.mark.parametrize(
    ("marked", "wanted", "unwanted"),
    [
        ("\N{CROSS MARK} {rap|genre}, {jazz|genre}", {"jazz"}, {"rap"}),
        ("{rap|genre:avoid} \N{CROSS MARK} {jazz|genre} \N{WHITE HEAVY CHECK MARK}", {"jazz"}, {"rap"}),
        ("-{rap|genre} +{jazz|genre}", {"jazz"}, {"rap"}),
        ("{-rap|genre} {jazz|genre}", {"jazz"}, {"rap"}),
        ("{lo-fi|genre} - {jazz|genre}", {"lo fi", "jazz"}, set()),
    ],
)
def test_signs_forbid_what_they_stand_before_or_what_they_were_said_of(
    marked: str, wanted: set[str], unwanted: set[str]
) -> None:
    query = read(marked)
    assert {wish.value for wish in query.wishes if wish.kind == "tag"} == wanted
    assert {wish.value for wish in query.wishes if wish.kind == "not_tag"} == unwanted
    assert not query.not_read


@pytest.mark.parametrize(
    ("marked", "kept_out"),
    [
        ("{blues|genre}, {no|cue} {heavy|sound:avoid} metal", {"heavy metal"}),
        ("{blues|genre}, {no|cue} {solo|sound:avoid} piano please", {"solo piano"}),
        ("{blues|genre}, {no|cue} {rap|cue:avoid}", {"rap"}),
        ("{blues|genre}, {no|cue} {heavy|sound:avoid}, metal", set()),
        ("{blues|genre}, {no|cue} {heavy|sound:avoid} {metal|genre}", set()),
    ],
)
def test_a_tag_that_goes_on_behind_what_is_denied_is_kept_out(marked: str, kept_out: set[str]) -> None:
    assert {wish.value for wish in read(marked).wishes if wish.kind == "not_tag"} == kept_out
