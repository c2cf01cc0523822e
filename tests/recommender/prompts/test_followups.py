"""Conversations: what holds on, what is overruled, what starts anew."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recommender.prompts.named_catalogs import read, wishes


@pytest.mark.parametrize(
    ("history", "prompt", "expected"),
    [
        (["jazz, no vocals"], "more upbeat", [("tag", "jazz", False), ("instrumental", True, True), ("energy", "high", False)]),
        (["sad songs, calm"], "20 songs", [("tag", "sad", False), ("length", 20, True)]),
        (["20 songs"], "longer", [("length", 30, True)]),
        (["30 minutes"], "shorter please", [("minutes", 15.0, True)]),
        (["something"], "make it longer", [("length", 30, True)]),
        (["1000 songs"], "twice as long", [("length", 1000, True)]),
        (["an hour"], "10 songs", [("length", 10, True)]),
        (["from the 90s"], "but from the 80s", [("years", (1980, 1989), True)]),
        (["nothing from the 80s"], "okay, 80s", [("years", (1980, 1989), True)]),
        (["at 120-125 bpm"], "slower", [("tempo", (None, 120.0), False)]),
        (["at 120-125 bpm"], "faster", [("tempo", (125.0, None), False)]),
        (["no vocals"], "with vocals", [("instrumental", False, True)]),
        (["no vocals"], "vocals are fine", []),
        (["clean"], "swearing is fine again", []),
        (["in French"], "in Italian", [("language", "it", True)]),
        (["no English songs"], "in English", [("language", "en", True)]),
        (["only jazz"], "folk", [("tag", "folk", False)]),
        (["only jazz"], "with more piano", [("tag", "jazz", True), ("tag", "piano", False)]),
        (["jazz"], "no jazz", [("not_tag", "jazz", True)]),
        (["no jazz"], "a bit of jazz is fine", [("tag", "jazz", False)]),
        (["no jazz"], "no rap", [("not_tag", "jazz", True), ("not_tag", "rap", True)]),
        (["no Harbour"], "songs by Harbour", [("artist", "harbour", False)]),
        (["folk"], "less vocals", [("tag", "folk", False), ("instrumental", True, False)]),
        (["jazz, no vocals, 45 minutes"], "forget that, folk", [("tag", "folk", False)]),
        (["only jazz"], "something else", []),
        (["20 songs", "no vocals", "folk", "rainy"], "dark", [("instrumental", True, True), ("tag", "dark", False)]),
    ],
)  # fmt: skip
def test_earlier_turns_hold_on_unless_overruled(history: list[str], prompt: str, expected: list[Any]) -> None:
    assert wishes(prompt, history=history) == expected


def test_what_holds_on_keeps_its_words_and_has_no_place_in_the_prompt() -> None:
    (kept,) = read("rainy evenings", ["no vocals"]).wishes[:1]
    assert (kept.text, kept.start, kept.end) == ("no vocals", -1, -1)


def test_earlier_topics_are_the_context_until_the_listener_starts_anew() -> None:
    assert read("more upbeat", ["rainy walks", "with guitar"]).context == ("rainy walks", "guitar")
    assert read("something else: folk", ["rainy walks"]).context == ()
    assert read("folk").context == ()


def test_excluded_words_hold_on_until_they_are_wanted() -> None:
    assert read("upbeat", ["no screaming"]).excluded_words == ("screaming",)
    assert read("now some screaming", ["no screaming"]).excluded_words == ()


PIECES = """
no not only just less more vocals jazz rap 20 songs 45 minutes longer shorter slower faster forget that something else from the 80s in French
English nothing I know hits hidden gems start calm and build up , . are fine \N{NO ENTRY SIGN} \N{MUSICAL KEYBOARD}
"""
PROMPTS = st.lists(st.sampled_from(PIECES.split()), max_size=12).map(" ".join)


@given(PROMPTS, st.lists(PROMPTS, max_size=5))
def test_any_conversation_is_read_alike_twice_and_its_wishes_hold_from_the_prompt_or_from_before(
    prompt: str, history: list[str]
) -> None:
    query = read(prompt, history)
    assert query == read(prompt, history)
    alone = read(prompt)
    assert (query.prompt, query.topic) == (alone.prompt, alone.topic)
    for wish in query.wishes:
        if wish.start >= 0:
            assert query.prompt[wish.start : wish.end] == wish.text != ""
        else:
            assert wish.end == -1
            assert wish.hard or wish.kind.value in ("tag", "not_tag")
            assert any(
                wish.text.lower() in turn.lower() for turn in map(str, (read(turn).prompt for turn in history[-3:]))
            )
    kinds = [wish.kind.value for wish in query.wishes]
    assert kinds.count("length") + kinds.count("minutes") <= 2
    for kind in ("length", "minutes", "instrumental", "explicit", "popularity", "novelty", "arc"):
        assert kinds.count(kind) <= 1


@given(PROMPTS)
def test_without_history_a_prompt_has_no_context_and_no_wish_of_before(prompt: str) -> None:
    assert read(prompt).context == ()
    assert all(wish.start >= 0 for wish in read(prompt).wishes)


def test_longer_than_nothing_is_no_length() -> None:
    assert wishes("something longer") == []
