"""Marks that a reader puts, beside those that people put."""

import math

import pytest

from eval.measures.significance import MetricValue
from eval.prompts.kinds import PromptKind
from eval.prompts.labelled import LabelledPrompt, read_corpus, unmarked
from eval.prompts.readings import ALL, ReadPrompt, by_group, by_mark, in_normal_form, role
from eval.reporting.tables import ResultTable
from recommender.playlists import Interpretation, NotUnderstood, Playlist
from recommender.prompts.reading import normalise
from recommender.prompts.spans import Polarity, Span
from tests.eval.prompts.answers import listed


def read(
    said: str, found: str, playlist: Playlist | None = None, language: str = "en", after: tuple[str, ...] = ()
) -> ReadPrompt:
    """The same words marked by people and by a reader."""
    (text, spans), (same, others) = unmarked(said), unmarked(found)
    assert text == same
    return ReadPrompt(LabelledPrompt(language, text, spans, after), others, playlist)


def values(table: ResultTable, name: str) -> dict[str, float]:
    (row,) = (row for row in table.rows if next(iter(row.values())) == name)
    return {column: cell.value for column, cell in row.items() if isinstance(cell, MetricValue)}


RIGHT = read("{jazz|genre}, {no|cue} {vocals|voice:avoid=any}", "{jazz|genre}, {no|cue} {vocals|voice:avoid=any}")
NEAR = read("{slow funk|genre} please", "slow {funk|genre} please")
NEARER = read("{cool jazz|genre} please", "{cool jazz pl|genre}ease")
INVERTED = read("without {Nina Vale|artist:avoid}", "without {Nina Vale|artist}")
OTHER = read("{calm|mood} songs", "{calm|energy} songs")


@pytest.mark.parametrize(
    ("one", "exact", "half", "polarity"),
    [
        (RIGHT, 1, 1, 1),
        (NEAR, 0, 0, math.nan),
        (NEARER, 0, 1, 1),
        (INVERTED, 0, 0, 0),
        (OTHER, 0, 0, math.nan),
        (read("{jazz|genre} now", "jazz now"), 0, 0, math.nan),
        (read("{jazz|genre} {now|period}", "{jazz|genre} now"), 2 / 3, 2 / 3, 1),
        (read("{jazz|genre} now", "{jazz|genre} {now|period}"), 2 / 3, 2 / 3, 1),
    ],
)
def test_marks_agree_where_bounds_kind_and_polarity_do_or_bounds_by_half_of_the_longer(
    one: ReadPrompt, exact: float, half: float, polarity: float
) -> None:
    expected = {"F1": exact, "F1, half": half, "polarity": polarity}
    assert values(by_mark([one]), ALL) == pytest.approx(expected, nan_ok=True)
    assert one.f1 == half


def test_a_mark_agrees_with_one_other_at_most() -> None:
    halves = read("{jazzjazz|genre}", "{jazz|genre}{jazz|genre}")
    assert [(span.start, other.start) for span, other in halves.pairs] == [(0, 0)]


def test_marks_are_told_by_role_and_by_what_they_speak_of() -> None:
    table = by_mark([RIGHT, INVERTED])
    assert [row["marks"] for row in table.rows] == [ALL, "subject", "cue", "wish", "name", "artist", "genre", "voice"]
    assert [row["marked"] for row in table.rows] == [4, 1, 1, 1, 1, 1, 1, 1]
    assert (values(table, "wish")["F1"], values(table, "name")["F1"]) == (1, 0)


@pytest.mark.parametrize(
    ("what", "polarity", "expected"),
    [
        ("artist", Polarity.WANT, "name"),
        ("title", Polarity.AVOID, "name"),
        ("artist", Polarity.EXAMPLE, "example"),
        ("album", Polarity.UNLIKE, "example"),
        ("mood", Polarity.EXAMPLE, "subject"),
        ("count", Polarity.MUST, "wish"),
        ("reset", Polarity.WANT, "wish"),
        ("cue", Polarity.WANT, "cue"),
        ("unclear", Polarity.WANT, "not understood"),
    ],
)
def test_what_a_mark_is_for_follows_from_what_it_speaks_of_and_whether_as_an_example(
    what: str, polarity: Polarity, expected: str
) -> None:
    assert role(Span(0, 1, what, polarity)) == expected


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("{calm|mood} {sixties|period=1960-1969} songs", {PromptKind.MOOD, PromptKind.ERA}),
        ("{quiet|energy=low}, for {a run|activity}", {PromptKind.MOOD, PromptKind.ACTIVITY}),
        ("like {Nina Vale|artist:unlike}", {PromptKind.NAMES, PromptKind.NEGATION}),
        ("{trumpets|instrument}", {PromptKind.OTHER}),
        ("la " * 20, {PromptKind.LONG}),
    ],
)
def test_kinds_of_a_labelled_prompt_are_those_of_its_marks(said: str, kinds: set[str]) -> None:
    assert set(read(said, unmarked(said)[0]).kinds) == kinds
    again = {*kinds, PromptKind.FOLLOW_UP} - {PromptKind.OTHER}
    assert set(read(said, unmarked(said)[0], after=("jazz",)).kinds) == again


def linked(kind: str, text: str) -> Playlist:
    return listed(interpretation=(Interpretation(kind, "value", text, hard=False),))


@pytest.mark.parametrize(
    ("playlist", "invented"),
    [
        (linked("artist", "The End"), ["The End"]),
        (linked("like_artist", "end"), ["end"]),
        (linked("not_title", "school"), ["school"]),
        (linked("artist", "Nina Vale"), []),
        (linked("artist", "nina"), []),
        (linked("tag", "year"), ["year"]),
        (linked("tag", "calm"), []),
        (linked("artist", "calm"), ["calm"]),
        (linked("years", "year"), []),
        (linked("artist", "of the prompt before"), []),
        (None, []),
    ],
)
def test_a_name_is_invented_where_nobody_marked_one_and_a_tag_where_nothing_is_marked(
    playlist: Playlist | None, invented: list[str]
) -> None:
    said = "{calm|mood} songs like {Nina Vale|artist:example} for the end {of|cue} the school year"
    assert read(said, unmarked(said)[0], playlist).invented == invented


def test_what_is_invented_and_not_understood_is_told_by_language() -> None:
    nothing = listed(not_understood=(NotUnderstood("qwrt!", "it is no word"),))
    prompts = [
        read("songs, qwrt!", "songs, qwrt!", nothing),
        read("the end", "the end", linked("artist", "the end")),
        read("{Jazz|genre}", "{Jazz|genre}", listed(), "de"),
    ]
    table = by_group(prompts, "language", lambda one: {one.prompt.language})
    assert [(row["language"], row["prompts"]) for row in table.rows] == [("de", 1), ("en", 2), (ALL, 3)]
    assert values(table, "en")["names invented"] == 1 / 2
    assert values(table, "en")["not understood"] == 4 / 15
    assert values(table, "de")["not understood"] == 0


def test_marks_stay_on_their_words_where_readers_are_given_the_normal_form() -> None:
    text, spans = unmarked("more…  {\uff2aazz|genre} ﬁne {❤\ufe0f love|theme}, {slow|tempo}")
    found = in_normal_form(LabelledPrompt("en", text, spans, ("so…",)))
    assert found.text == "more... Jazz fine ❤ love, slow"
    assert [found.text[span.start : span.end] for span in found.spans] == ["Jazz", "❤ love", "slow"]
    assert found.after == ("so...",)


@pytest.mark.parametrize("part", ["training", "confirmation"])
def test_the_words_that_are_marked_in_the_corpus_are_the_same_in_normal_form(part: str) -> None:
    for prompt in read_corpus(part):
        found = in_normal_form(prompt)
        for span, other in zip(prompt.spans, found.spans, strict=True):
            assert found.text[other.start : other.end] == normalise(prompt.text[span.start : span.end])
