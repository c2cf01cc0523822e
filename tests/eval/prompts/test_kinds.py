"""What kinds a prompt is of: prompts of our own, with artists and titles that do not exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import Track, TrackId
from eval.prompts.kinds import LONG, PromptKind, kinds
from tests.homes import model_of

NAMES, MOOD, ACTIVITY, ERA, NEGATION = (
    PromptKind.NAMES,
    PromptKind.MOOD,
    PromptKind.ACTIVITY,
    PromptKind.ERA,
    PromptKind.NEGATION,
)


CATALOG = model_of(
    [
        Track(TrackId("floor"), "Ocean Floor", "Nina Vale"),
        Track(TrackId("ferry"), "Night Ferry", "Glass Orchard"),
        Track(TrackId("slow"), "Untold", "No Hurry"),
    ]
).names


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("nina vale", {NAMES}),
        ("songs like Glass Orchard", {NAMES}),
        ("play ocean floor by nina vale", {NAMES}),
        ("something by no hurry", {NAMES}),
        ("sad songs", {MOOD}),
        ("Mellow, wistful folk", {MOOD}),
        ("high energy techno", {MOOD}),
        ("music to study to", {ACTIVITY}),
        ("cooking dinner", {ACTIVITY}),
        ("90s hip hop", {ERA}),
        ("disco from 1978", {ERA}),
        ("soul before 1970", {ERA}),
        ("jazz, no vocals", {NEGATION}),
        ("jazz without saxophone", {NEGATION}),
        ("rap but nothing explicit", {NEGATION}),
        ("anything but nina vale", {NEGATION}),
        ("I don\u2019t want vocals", {NEGATION}),
        ("instrumental jazz", {PromptKind.OTHER}),
        ("no more than 20 songs of jazz", {PromptKind.OTHER}),
        ("jazz with piano", {PromptKind.OTHER}),
        ("", {PromptKind.OTHER}),
        ("?!", {PromptKind.OTHER}),
        ("calm 80s synthpop for driving, no guitars", {MOOD, ACTIVITY, ERA, NEGATION}),
        ("a happy workout with glass orchard", {NAMES, MOOD, ACTIVITY}),
    ],
)
def test_a_prompt_is_of_every_kind_that_it_speaks_of(prompt: str, expected: set[PromptKind]) -> None:
    assert set(kinds(prompt, CATALOG)) == expected


def test_twenty_words_are_long() -> None:
    """The kinds come in one order, whatever the prompt's."""
    assert kinds("jazz " * (LONG - 1), CATALOG) == (PromptKind.OTHER,)
    assert kinds("jazz " * LONG, CATALOG) == (PromptKind.LONG,)
    assert kinds("jazz " * LONG + "and sad songs like nina vale", CATALOG) == (NAMES, MOOD, PromptKind.LONG)


@given(
    st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(["no", "not", "sad", "nina", "vale", "90s", "jazz", "but", "without", "by", ",", "-"])
        ).map(" ".join),
    )
)
def test_any_text_is_of_some_kind_each_once(prompt: str) -> None:
    found = kinds(prompt, CATALOG)
    assert found
    assert len(set(found)) == len(found)
    assert PromptKind.OTHER not in found or len(found) == 1
