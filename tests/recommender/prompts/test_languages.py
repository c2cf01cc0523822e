"""What is sung, and what catalogs call it."""

import pytest

from recommender.prompts.languages import language_code
from tests.recommender.prompts.named_catalogs import wishes


@pytest.mark.parametrize(
    ("prompt", "code", "hard"),
    [
        ("sung in French", "fr", True),
        ("songs in Spanish", "es", True),
        ("rock auf Deutsch", "de", True),
        ("rock en français", "fr", True),
        ("em português", "pt", True),
        ("canzoni in italiano", "it", True),
        ("Japanese lyrics", "ja", True),
        ("Spanish-language pop", "es", True),
        ("deutschsprachiger Pop", "de", True),
        ("only in Welsh", "cy", True),
        ("preferably in French", "fr", False),
        ("Italian songs", "it", False),
        ("chansons françaises", "fr", False),
    ],
)
def test_a_language_is_hard_where_it_is_sung(prompt: str, code: str, hard: bool) -> None:
    assert wishes(prompt) == [("language", code, hard)]


@pytest.mark.parametrize(
    "prompt", ["no English songs", "nothing in English", "not in English", "no English lyrics", "non-English"]
)
def test_a_language_is_ruled_out(prompt: str) -> None:
    assert wishes(prompt) == [("not_language", "en", True)]


@pytest.mark.parametrize(
    "prompt", ["in French cafés", "French house", "Latin songs", "English horn", "Spanish guitar", "no French house"]
)
def test_places_and_styles_are_no_languages(prompt: str) -> None:
    assert wishes(prompt, "language", "not_language") == []


def test_two_languages_are_alternatives() -> None:
    assert wishes("in French or Italian") == [("language", "fr", True), ("language", "it", True)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"), ("EN", "en"), ("eng", "en"), ("ger", "de"), ("deu", "de"), ("pt-BR", "pt"), ("zh_Hans", "zh"), ("cmn", "zh"),
        ("English", "en"), ("Français", "fr"), ("Hawaiian", "haw"), ("yue", "yue"), ("zxx", "zxx"), ("Instrumental", "zxx"),
        ("und", None), ("mul", None), ("xx", None), ("no such tongue", None), ("", None),
    ],
)  # fmt: skip
def test_catalogs_write_languages_in_many_ways(text: str, code: str | None) -> None:
    """ "en" is English, though a language is called En."""
    assert language_code(text) == code
