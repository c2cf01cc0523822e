"""What prompts of other languages say, in English."""

from pathlib import Path

import pytest

from eval.prompts.labelled import read_corpus
from recommender.indexes.translations import SHIPPED, English
from tests.readers import english

ENGLISH = english()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("traurige", "sad"),
        ("Einschlafen", "falling asleep"),
        ("feliz", "happy"),
        ("allegre", "cheerful"),
        ("フルート", "flute"),
        ("скрипка", "violin"),
        ("düğün", "wedding"),
    ],
)
def test_words_are_called_what_they_mean(said: str, meant: str) -> None:
    assert ENGLISH.called([said]) == ENGLISH.called([said.upper()]) == [meant]


def test_words_that_nobody_said_are_called_as_those_near_them_are() -> None:
    """None of these is in what was collected."""
    said = {
        "traurigstem": "sad",
        "melancholisch-traurig": "melancholic",
        "ヴァイオリンとピアノ": "violin",
        "gitarristisch": "guitar",
    }
    new = [words for words in said if words not in ENGLISH.said]
    assert len(new) >= 3
    called = ENGLISH.called(new)
    assert sum(said[words] in (one or "") for words, one in zip(new, called, strict=True)) >= 2, called


def test_nonsense_is_called_nothing() -> None:
    assert ENGLISH.called(["0000 1111", "§§ 242 BGB Treu und Glauben"]) == [None] * 2


def test_english_is_told_from_other_languages_in_prompts_by_other_hands() -> None:
    right = [
        ENGLISH.is_foreign(prompt.text) == (prompt.language != "en")
        for prompt in read_corpus("confirmation")
        if prompt.language != "nl"  # never learned from
    ]
    assert sum(right) >= 0.97 * len(right)


def test_what_is_shipped_is_small() -> None:
    assert SHIPPED.stat().st_size < 300_000
    assert len(ENGLISH.said) == len(ENGLISH.vectors) == len(ENGLISH.english) > 10_000


def test_a_bundle_is_read_with_what_it_was_built_with_whatever_is_shipped_by_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of another version's vectors would be other phrases."""
    English.build(tmp_path, ENGLISH.encoder)
    monkeypatch.setattr("recommender.indexes.translations.SHIPPED", tmp_path / "none.npz")
    loaded = English.load(tmp_path, ENGLISH.encoder)
    assert loaded.said == ENGLISH.said
    assert loaded.called(["traurige", "traurigstem"]) == ENGLISH.called(["traurige", "traurigstem"])


def test_what_is_remembered_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.indexes.translations._REMEMBERED", 0)
    said = ["ヴァイオリンとピアノ", "traurigstem", "gitarristisch"]
    assert ENGLISH.called(said) == ENGLISH.called(said) == [one for text in said for one in ENGLISH.called([text])]
