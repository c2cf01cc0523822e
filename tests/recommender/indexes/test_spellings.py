"""Names as people type them, found again."""

from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.indexes import names
from recommender.indexes.names import Spellings

FAMOUS = ("glass orchard", "ka lm", "marta quell", "old red barn and sons", "ferrymen", "nina vale", "rain")
OBSCURE = ("old rare bits and songs", "ferryman", "nina vane")
SPELLINGS = Spellings.build({**{key: 100.0 - place for place, key in enumerate(FAMOUS)}, **dict.fromkeys(OBSCURE, 1.0)})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("glassorchard", "glass orchard"),
        ("kalm", "ka lm"),
        ("old red barn sons", "old red barn and sons"),
        ("old red barn n sons", "old red barn and sons"),
        ("glass orchad", "glass orchard"),
        ("glass orchardd", "glass orchard"),
        ("glass orhcard", "glass orchard"),
        ("glass orchird", "glass orchard"),
        ("mrata quell", "marta quell"),
        ("glsas orchrad", None),
        ("marta bell", None),
        ("class orchard", None),
        ("glass of orchard", None),
        ("rane", None),
        ("rains", None),
        ("", None),
    ],
)
def test_a_name_is_found_with_one_error_and_not_with_other_words_or_another_beginning(
    typed: str, meant: str | None
) -> None:
    assert SPELLINGS.near(typed, initials=False) == meant


def test_of_two_names_that_are_equally_near_the_more_popular_is_meant() -> None:
    assert SPELLINGS.near("ferrymin", initials=False) == "ferrymen"
    assert SPELLINGS.near("nina vabe", initials=False) == "nina vale"


def test_the_name_with_fewer_errors_is_meant_before_the_more_popular() -> None:
    found = Spellings.build({"hollow cedars": 9.0, "hollow cadres": 1.0})
    assert found.near("hollow cadrees", initials=False) == "hollow cadres"


def test_initials_mean_the_popular_artist_and_only_where_asked_for() -> None:
    found = Spellings.build({"old red barn": 9.0, **{f"somebody {letter}": 1.0 for letter in ascii_lowercase}})
    assert found.near("orb", initials=True) == "old red barn"
    assert found.near("orb", initials=False) is None
    assert found.near("sa", initials=True) is None


def test_nobody_is_known_by_initials_whom_few_know() -> None:
    found = Spellings.build({"old red barn": 1.0, **{f"somebody {letter}": 9.0 for letter in ascii_lowercase}})
    assert found.near("orb", initials=True) is None


WORDS = st.text(ascii_lowercase, min_size=3, max_size=8).filter(lambda word: word != "and")
NAMES = st.lists(WORDS, min_size=2, max_size=3).map(" ".join)


@given(NAMES, st.data())
def test_any_long_name_is_found_with_a_letter_left_out_put_in_or_changed(name: str, data: st.DataObject) -> None:
    places = [place for place in range(1, len(name)) if " " not in name[place - 1 : place + 1]]
    place = data.draw(st.sampled_from(places))
    letter = data.draw(st.sampled_from(ascii_lowercase))
    found = Spellings.build({name: 1.0})
    for typed in (
        name[:place] + name[place + 1 :],
        name[:place] + letter + name[place:],
        name[:place] + letter + name[place + 1 :],
    ):
        assert found.near(typed, initials=False) == name


def test_names_read_from_their_folder_are_found_alike(tmp_path: Path) -> None:
    SPELLINGS.save(tmp_path)
    again = Spellings.load(tmp_path)
    assert again.near("glass orchad", initials=False) == "glass orchard"
    assert again.near("marta bell", initials=False) is None


def test_a_catalog_without_names_knows_none(tmp_path: Path) -> None:
    Spellings.build({}).save(tmp_path)
    assert Spellings.load(tmp_path).near("glass orchard", initials=True) is None


@pytest.mark.parametrize("typed", ["x" * 100_000, "old red barn and songs " + "o" * 30])
def test_a_word_longer_than_any_name_is_near_none_and_is_not_tried_without_each_of_its_letters(
    typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "_deletions", lambda letters: pytest.fail(f"{len(letters)} letters were tried"))
    assert SPELLINGS.near(typed, initials=False) is None
