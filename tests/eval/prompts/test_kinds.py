"""What kinds a prompt is of: prompts of our own, with artists and titles that do not exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import TrackId
from eval.prompts.kinds import LONG, PromptKind, kinds_of
from eval.prompts.labelled import unmarked
from eval.queries import Asked

NAMES, GENRE, MOOD, ACTIVITY, ERA, NEGATION = (
    PromptKind.NAMES,
    PromptKind.GENRE,
    PromptKind.MOOD,
    PromptKind.ACTIVITY,
    PromptKind.ERA,
    PromptKind.NEGATION,
)


def kinds(marked: str) -> tuple[PromptKind, ...]:
    text, spans = unmarked(marked)
    return kinds_of(Asked(text), spans)


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{nina vale|artist}", {NAMES}),
        ("songs {like|cue} {Glass Orchard|artist:example}", {NAMES}),
        ("play {ocean floor|title} by {nina vale|artist}", {NAMES}),
        ("something by {no hurry|artist}", {NAMES}),
        ("on {Harbour|album} by {Tideline|label}", {NAMES}),
        ("{sad|mood} songs", {MOOD}),
        ("{Mellow|mood}, {wistful|mood} {folk|genre}", {MOOD, GENRE}),
        ("{high energy|energy=high} {techno|genre}", {MOOD, GENRE}),
        ("music to {study|activity} to", {ACTIVITY}),
        ("{90s|period=1990-1999} {hip hop|genre}", {ERA, GENRE}),
        ("{soul|genre} {before 1970|period=-1969}", {ERA, GENRE}),
        ("{jazz|genre}, {no|cue} {vocals|voice:avoid=any}", {NEGATION, GENRE}),
        ("{rap|genre} but {nothing|cue} {explicit|explicit:avoid=yes}", {NEGATION, GENRE}),
        ("{anything but|cue} {nina vale|artist:avoid}", {NAMES, NEGATION}),
        ("{swap|cue} {piano|instrument:instead} for {guitar|instrument}", {NEGATION}),
        ("{less|cue} {piano|instrument:less}", {PromptKind.OTHER}),
        ("{no more than 20 songs|count=-20}", {PromptKind.OTHER}),
        ("{jazz|genre} with {piano|instrument}", {GENRE}),
        ("", {PromptKind.OTHER}),
        ("?!", {PromptKind.OTHER}),
        (
            "{calm|mood} {80s|period=1980-1989} {synthpop|genre} for {driving|activity}, no {guitars|instrument:avoid}",
            {GENRE, MOOD, ACTIVITY, ERA, NEGATION},
        ),
    ],
)
def test_a_prompt_is_of_every_kind_that_it_speaks_of(marked: str, expected: set[PromptKind]) -> None:
    assert set(kinds(marked)) == expected


def test_what_a_prompt_comes_with_says_of_what_kind_it_is_too() -> None:
    """What somebody does not like says nothing of what they want."""
    text, spans = unmarked("something {calm|mood}")
    everything = Asked(text, history=("jazz",), liked=(TrackId("rain"),), user_id="ann")
    assert kinds_of(everything, spans) == (MOOD, PromptKind.FOLLOW_UP, PromptKind.EXAMPLES, PromptKind.HISTORY)
    assert kinds_of(Asked("something for me", user_id="ann"), ()) == (PromptKind.HISTORY,)
    assert kinds_of(Asked("something", disliked=(TrackId("rain"),)), ()) == (PromptKind.OTHER,)


def test_twenty_words_are_long() -> None:
    """The kinds come in one order, whatever the prompt's."""
    assert kinds("jazz " * (LONG - 1)) == (PromptKind.OTHER,)
    assert kinds("jazz " * LONG) == (PromptKind.LONG,)
    assert kinds("jazz " * LONG + "and {sad|mood} songs like {nina vale|artist}") == (NAMES, MOOD, PromptKind.LONG)


@given(
    st.lists(st.sampled_from(["no", "{sad|mood}", "{nina|artist}", "{90s|period}", "{jazz|genre:avoid}", "by"])).map(
        " ".join
    )
)
def test_any_text_is_of_some_kind_each_once(marked: str) -> None:
    found = kinds(marked)
    assert found
    assert len(set(found)) == len(found)
    assert PromptKind.OTHER not in found or len(found) == 1
