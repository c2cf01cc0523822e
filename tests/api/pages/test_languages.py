import re
from pathlib import Path

import pytest
from babel import Locale

from api.pages.languages import (
    ENGLISH,
    LANGUAGES,
    PLURAL_FORMS,
    Text,
    Words,
    preferred_language,
    preferred_region,
    texts_of,
)
from api.pages.visits import FOR_SCRIPTS

COUNTED = Words(
    "fr", {"list.tracks": {"one": "{count} titre", "other": "{count} titres"}, "list.from": "de {year}, {share} %"}
)


def placeholders(text: Text) -> set[str]:
    forms = [text] if isinstance(text, str) else list(text.values())
    return {name for form in forms for name in re.findall(r"{([a-z_]*)}", form)}


def test_a_count_takes_the_form_of_its_language() -> None:
    said = [COUNTED.say("list.tracks", count) for count in (0, 1, 2, 1_000_000)]

    assert said == ["0 titre", "1 titre", "2 titres", "1\u202f000\u202f000 titres"]


def test_numbers_are_written_as_the_language_writes_them_and_strings_as_they_are() -> None:
    assert COUNTED.say("list.from", year="1968", share=12.5) == "de 1968, 12,5 %"


def test_a_key_that_english_lacks_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"list\.nonsense"):
        Words.of(ENGLISH).say("list.nonsense")


def test_a_language_without_a_file_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="no words in 'tlh'; there are en"):
        Words.of("tlh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_keys_of_english_and_their_placeholders(language: str) -> None:
    english, texts = texts_of(ENGLISH), texts_of(language)

    assert not sorted(english.keys() - texts.keys()), f"languages/{language}.toml lacks these"
    assert not sorted(texts.keys() - english.keys()), f"languages/en.toml lacks these of {language}.toml"
    differing = [key for key, text in texts.items() if placeholders(text) != placeholders(english[key])]
    assert not differing, f"other placeholders in languages/{language}.toml than in en.toml"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_counts_has_forms_of_its_language_alone(language: str) -> None:
    forms = Locale.parse(language).plural_form.tags | {"other"}
    counting = {key: text for key, text in texts_of(language).items() if not isinstance(text, str)}

    assert forms <= PLURAL_FORMS
    assert not {key: text for key, text in counting.items() if not {"one", "other"} <= text.keys() <= forms}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("en-US,en;q=0.5,xx", "en"),
        ("tlh, xx;q=0.9", "en"),
        ("de;q=0, en;q=0.1", "en"),
        ("nonsense;;q=;=,,", "en"),
    ],
)
def test_a_header_chooses_the_language_it_likes_best_of_those_that_there_are(header: str, language: str) -> None:
    assert preferred_language(header) == language


@pytest.mark.parametrize(
    ("header", "region"),
    [
        ("ja-JP,en-US;q=0.8", "JP"),
        ("en,de-at;q=0.9", "AT"),
        ("zh-Hant-TW", "TW"),
        ("fr", None),
        ("en-XX", None),
        ("", None),
    ],
)
def test_a_header_names_the_region_of_the_language_it_likes_best(header: str, region: str | None) -> None:
    assert preferred_region(header) == region


def test_scripts_are_sent_every_text_that_they_say() -> None:
    scripts = (Path(__file__).parents[3] / "api/pages/scripts").rglob("*.js")
    said = {begun for file in scripts for begun in re.findall(r"""["'`]([a-z_]+\.[a-z_]*)""", file.read_text("utf-8"))}
    keys = [key for key in texts_of(ENGLISH) if any(key.startswith(begun) for begun in said)]

    assert [key for key in keys if key in said or key.startswith("models.") if not key.startswith(FOR_SCRIPTS)] == []
    assert {"page.title", "wishes.must", "models.FreeOfChargeModel"} <= {*keys}
