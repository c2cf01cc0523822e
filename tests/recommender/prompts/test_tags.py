"""The catalog's own words, however a prompt spells them or in whatever language."""

from dataclasses import replace

import pytest

from recommender.indexes.tag_meanings import TagMeanings
from recommender.tracks.tag_names import TagNames, tag_form
from tests.readers import multilingual
from tests.recommender.prompts.named_catalogs import NAMES, TAGS, read, wishes

MEANT = replace(NAMES, meanings=TagMeanings.build(TAGS, multilingual()))


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


def test_a_subject_in_another_language_is_the_tag_that_means_it() -> None:
    for words, tag in (("traurige", "sad"), ("女性ボーカル", "female vocals"), ("ピアノ", "piano")):
        query = read(f"{{{words}|mood}} songs", names=MEANT)
        assert query.subjects == (tag,)
        assert [(wish.value, wish.text) for wish in query.wishes] == [(tag, words)]


def test_what_shall_be_left_out_is_only_what_is_said() -> None:
    query = read("no {traurige|mood:avoid} songs", names=MEANT)
    assert (query.excluded_words, query.wishes) == (("traurige",), ())


def test_forms_of_tags() -> None:
    assert tag_form("1980s") == tag_form("80s")
    assert tag_form("1980s") != tag_form("1880s")
    assert tag_form("Hip-Hop") == tag_form("hiphop")
    assert TagNames(["blues"]).row("blue") is None
    assert TagNames(["ballads"]).row("ballad") == TagNames(["ballad"]).row("Ballads") == 0
