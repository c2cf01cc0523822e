"""Hits or hidden gems, new to the listener or their favourites."""

import pytest

from tests.recommender.prompts.named_catalogs import read, wishes


@pytest.mark.parametrize(
    ("prompt", "value", "hard"),
    [
        ("summer hits", "high", False),
        ("chart toppers", "high", False),
        ("well-known songs", "high", False),
        ("hits everyone knows", "high", False),
        ("deep cuts and b-sides", "low", False),
        ("hidden gems", "low", False),
        ("obscure folk", "low", False),
        ("underground rap", "low", False),
        ("lesser known singers", "low", False),
        ("only hits", "high", True),
        ("hits only, please", "high", True),
        ("nothing but deep cuts", "low", True),
        ("nothing mainstream", "low", True),
        ("no hits", "low", True),
        ("no popular songs", "low", True),
        ("not too mainstream", "low", False),
        ("nothing obscure", "high", True),
        ("hits only, no, nothing mainstream", "low", True),
    ],
)
def test_how_many_know_it(prompt: str, value: str, hard: bool) -> None:
    assert wishes(prompt, "popularity") == [("popularity", value, hard)]


@pytest.mark.parametrize(
    "prompt", ["a song that hits hard", "famous last words", "the velvet underground", "it hits different", "pop songs"]
)
def test_other_hits_and_undergrounds(prompt: str) -> None:
    assert wishes(prompt, "popularity") == []


@pytest.mark.parametrize(
    "prompt",
    [
        "something I haven't heard",
        "songs I don't know",
        "nothing I know",
        "nothing I've heard before",
        "none of the songs I already know",
        "music that is new to me",
        "help me discover new music",
        "Lieder, die ich noch nicht kenne",
        "que je ne connais pas",
        "canciones que no conozco",
    ],
)
def test_what_is_new_to_the_listener_must_be_new(prompt: str) -> None:
    assert wishes(prompt) == [("novelty", True, True)]


def test_new_artists_are_asked_for_beside_new_songs() -> None:
    for prompt in ("artists I don't know", "bands I've never heard of", "no artists I know", "discover new artists"):
        assert wishes(prompt) == [("novelty", True, True), ("new_artists", True, True)]


@pytest.mark.parametrize(
    "prompt", ["my favourites", "songs I already love", "the music I always play", "familiar songs"]
)
def test_favourites_are_a_soft_wish(prompt: str) -> None:
    assert wishes(prompt) == [("novelty", False, False)]


@pytest.mark.parametrize(
    "prompt", ["my favourite band is Harbour", "my favorite album since age 7 is gone", "I know a place"]
)
def test_a_listener_who_only_tells_of_themselves_asks_for_nothing(prompt: str) -> None:
    assert wishes(prompt, "novelty") == []


def test_what_is_read_so_is_not_searched_for_as_words() -> None:
    assert read("folk I don't know").topic == "folk"
    assert read("hidden gems of folk").topic == "folk"
