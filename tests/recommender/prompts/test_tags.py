"""The catalog's own words, and what "only" makes of them."""

import pytest

from recommender.tracks.tag_names import TagNames, tag_form
from tests.recommender.prompts.named_catalogs import read, wishes


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("rainy sunday jazz", ["rainy", "jazz"]),
        ("acid jazz", ["acid jazz"]),
        ("Hip-Hop", ["hip hop"]),
        ("hiphop", ["hip hop"]),
        ("rnb or R&B", ["r and b"]),
        ("rhythm and blues", ["r and b"]),
        ("lofi and lo-fi", ["lo fi"]),
        ("drum'n'bass", ["drum and bass"]),
        ("guitars", ["guitar"]),
        ("something blue", []),
        ("the songs", []),
        ("clean the house", []),
        ("\N{MUSICAL KEYBOARD} and \N{VIOLIN}", ["piano", "violin"]),
        ("songs like harbour", []),
    ],
)
def test_tags_are_soft_wishes_in_any_spelling(prompt: str, expected: list[str]) -> None:
    assert wishes(prompt, "tag") == [("tag", tag, False) for tag in expected]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("only jazz", [("jazz", True)]),
        ("jazz only", [("jazz", True)]),
        ("strictly jazz", [("jazz", True)]),
        ("nothing but solo piano", [("solo piano", True)]),
        ("it must be folk", [("folk", True)]),
        ("exclusively folk, with guitar", [("folk", True), ("guitar", False)]),
        ("just jazz", [("jazz", True)]),
        ("just realized I like jazz", [("jazz", False)]),
        ("only songs with piano", [("piano", True)]),
        ("only jazz and blues", [("jazz", True), ("blues", True)]),
        ("only jazz, blues or folk", [("jazz", True), ("blues", True), ("folk", True)]),
        ("only sad jazz", [("sad", False), ("jazz", True)]),
        ("jazz, only from the 60s", [("jazz", False)]),
        ("not only jazz", [("jazz", False)]),
        ("nur jazz", [("jazz", True)]),
        ("uniquement du jazz", [("jazz", True)]),
        ("preferably jazz", [("jazz", False)]),
    ],
)
def test_only_makes_of_tags_what_must_be_played(prompt: str, expected: list[tuple[str, bool]]) -> None:
    assert wishes(prompt, "tag") == [("tag", tag, hard) for tag, hard in expected]


def test_only_makes_energy_and_tempo_hard_and_the_tag_of_that_name_stays_soft() -> None:
    assert wishes("only chill music") == [("energy", "low", True), ("tag", "chill", False)]
    assert wishes("only slow songs") == [("tempo", (None, 95.0), True)]


@pytest.mark.parametrize(
    ("prompt", "tag", "hard"),
    [
        ("no heavy metal", "heavy metal", True),
        ("no hip-hop", "hip hop", True),
        ("nothing sad", "sad", True),
        ("not too sad", "sad", False),
        ("\N{NO ENTRY SIGN} rap", "rap", True),
        ("\N{CROSS MARK}\N{VIOLIN} please", "violin", True),
        ("senza rap", "rap", True),
        ("sem rap", "rap", True),
        ("nichts mit rap", "rap", True),
        ("never any rap", "rap", True),
        ("less rap", "rap", False),
    ],
)
def test_a_negated_tag_is_a_wish(prompt: str, tag: str, hard: bool) -> None:
    assert wishes(prompt) == [("not_tag", tag, hard)]


def test_words_that_a_prompt_negates_are_excluded_too_but_not_those_it_wants_less_of() -> None:
    assert read("no heavy metal").excluded_words == ("heavy metal",)
    assert read("less rap").excluded_words == ()


def test_pictures_are_words_in_the_topic_and_wishes_for_energy() -> None:
    assert read("\N{CLOUD WITH RAIN}\ufe0f folk").topic == "rain folk"
    assert wishes("\N{SLEEPING FACE}") == [("energy", "low", False), ("tag", "sleep", False)]
    assert wishes("\N{NO ENTRY SIGN}\N{MICROPHONE} folk") == [("instrumental", True, True), ("tag", "folk", False)]


def test_forms_of_tags() -> None:
    assert tag_form("1980s") == tag_form("80s")
    assert tag_form("1980s") != tag_form("1880s")
    assert tag_form("Hip-Hop") == tag_form("hiphop")
    assert TagNames(["blues"]).row("blue") is None
    assert TagNames(["ballads"]).row("ballad") == TagNames(["ballad"]).row("Ballads") == 0
