"""Languages that prompts speak of, and what catalogs call them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.prompts.languages import language_code, language_name, language_said

SAID = """
    en = English / Englisch / auf Englisch / anglais / en anglaise / inglés / inglês / inglese / Engels / angielski / po angielsku / İngilizce
    en = английский / на английском / 英語 / 英語の曲 / 영어 / 영어 노래
    de = German / deutsch / deutsche / deutschsprachige / allemand / alemán / alemão / tedesco / Duits / niemiecku / Almanca / по-немецки
    de = немецкие песни / ドイツ語 / 독일어
    fr = French / sung in French / Französisch / französische / français / chansons françaises / francés / francês / francese / Frans
    fr = francuski / francuskie / Fransızca / французском / フランス語 / 프랑스어
    es = Spanish / Spanish-language / Spanisch / espagnol / espagnoles / español / castellano / espanhol / spagnolo / Spaans / hiszpański / İspanyolca
    es = испанский / スペイン語 / 스페인어 / en español
    pt = Portuguese / Portugiesisch / portugais / portugués / em português / portoghese / portugalski / 포르투갈어 / ポルトガル語
    it = Italian / Italienisch / italien / italienne / italiano / italiana / in italiano / włoski / İtalyanca / итальянский / イタリア語
    nl = Dutch / Niederländisch / néerlandais / Nederlands / Nederlandstalig / olandese
    pl = Polish / Polnisch / polonais / polaco / polacco / polski / po polsku / Lehçe
    tr = Turkish / Türkisch / turc / turco / Türkçe / turecki / турецкий
    ru = Russian / Russisch / russe / ruso / russo / rosyjski / Rusça / русский / на русском / ロシア語
    ja = Japanese / Japanisch / japonais / japonés / giapponese / Japonca / 日本語 / 日本語の歌 / 일본어 / Japanese-only
    ko = Korean / Koreanisch / coréen / coreano / Korece / 한국어 / 韓国語
    zh = Chinese / Mandarin / Chinesisch / chinois / 中国語
    cy = Welsh / Walisisch
"""
FORMS = [
    (code.strip(), words.strip())
    for line in SAID.strip().splitlines()
    for code, _, said in [line.partition("=")]
    for words in said.split("/")
]


def test_names_of_languages_are_known_in_any_form_of_a_dozen_languages() -> None:
    assert {words: language_said(words) for code, words in FORMS if language_said(words) != code} == {}


@pytest.mark.parametrize(
    "words",
    ["", "no such tongue", "whatever they sing in", "gibberish", "Latin America", "Latino", "Africa", "African"],
)  # fmt: skip
def test_other_words_are_no_languages(words: str) -> None:
    assert language_said(words) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"), ("EN", "en"), ("eng", "en"), ("ger", "de"), ("deu", "de"), ("pt-BR", "pt"), ("zh_Hans", "zh"), ("cmn", "zh"),
        ("English", "en"), ("Français", "fr"), ("Hawaiian", "haw"), ("yue", "yue"), ("zxx", "zxx"), ("Instrumental", "zxx"),
        ("und", None), ("mul", None), ("xx", None), ("no such tongue", None), ("", None), ("various", None), ("unknown", None),
        ("english/german", "en"),
    ],
)  # fmt: skip
def test_catalogs_write_languages_in_many_ways(text: str, code: str | None) -> None:
    """ "en" is English, though a language is called En."""
    assert language_code(text) == code


def test_languages_are_named_in_english() -> None:
    assert [language_name(code) for code in ("fr", "ja", "cy")] == ["French", "Japanese", "Welsh"]
    assert language_name("zxx") == "zxx"


@given(st.text())
def test_any_words_name_a_language_that_has_a_name_or_none(words: str) -> None:
    code = language_said(words)
    assert code is None or language_name(code) != code
    assert language_code(words) is None or len(str(language_code(words))) in (2, 3)
