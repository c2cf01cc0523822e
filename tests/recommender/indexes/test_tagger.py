"""What the tagger that is shipped marks: never anything that is no mark, and mostly what people mark."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.prompts.labelled import LabelledPrompt, read_corpus, unmarked
from eval.prompts.readings import ReadPrompt, in_normal_form
from recommender.indexes.tagger import BUCKETS, SHIPPED, Tagger, spellings
from recommender.prompts.reading import normalise
from recommender.prompts.repairs import repaired
from recommender.prompts.spans import CUE, WHATS, Polarity, Span, Turn, has_value
from tests.readers import multilingual, tagger

PIECES = """
no not without more calm Nina Vale Harbour 20 songs 45 minutes 90s , . " - ( jazz \N{VIOLIN} traurige Lieder ohne Gesang chansons françaises
грустные песни 雨の日 ジャズ 재즈 노래 ½ \u0130 \ufdfa another one like the third
"""
LISTS_OF_PIECES = st.lists(st.sampled_from(PIECES.split()), max_size=25)
TEXTS = st.one_of(st.text(), LISTS_OF_PIECES.map(" ".join), LISTS_OF_PIECES.map("".join)).map(normalise)


def _is_sound(text: str, spans: Sequence[Span]) -> None:
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    for span in spans:
        said = text[span.start : span.end]
        assert said == said.strip()
        assert any(char not in " ,;:!?\"'()" for char in said)
        assert span.what in WHATS
        assert span.polarity in Polarity
        assert span.value is None or has_value(span.what, span.value)
        assert 0 < span.certainty < 1.001


@given(TEXTS, st.lists(TEXTS, max_size=1))
def test_marks_lie_in_the_prompt_in_order_and_say_what_there_is(text: str, after: list[str]) -> None:
    _is_sound(text, tagger().spans(text, after))


TURNS = st.tuples(TEXTS, st.lists(TEXTS, max_size=1).map(tuple))


@given(st.lists(TURNS, max_size=6), st.integers(0, 6))
def test_prompts_read_together_are_marked_as_each_alone(turns: list[Turn], place: int) -> None:
    turns.insert(place, ("no jazz, some folk; " * 110, ()))  # more than are read at once
    read = tagger().read_all(turns)
    for (together, version), alone in zip(read, (tagger().spans(*turn) for turn in turns), strict=True):
        assert version == tagger().version
        assert [replace(span, certainty=1.0) for span in together] == [replace(span, certainty=1.0) for span in alone]
        assert [span.certainty for span in together] == pytest.approx([span.certainty for span in alone], abs=1e-4)


@cache
def _another() -> Tagger:
    return Tagger(multilingual())


@given(TEXTS, TEXTS)
def test_the_same_words_are_read_the_same_whatever_was_read_before(text: str, before: str) -> None:
    first = tagger().spans(text)
    tagger().spans(before)
    assert tagger().spans(text) == first == _another().spans(text)


def test_nothing_is_marked_in_nothing() -> None:
    assert tagger().spans("") == ()


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Tagger]:
    """Return a maker of taggers that have learned nothing: their weights are drawn from a seed."""
    folder = tmp_path_factory.mktemp("taggers")

    def made(seed: int) -> Tagger:
        path = folder / f"{seed}.npz"
        if not path.exists():
            _draw(path, seed)
        return Tagger(multilingual(), path)

    return made


def _draw(path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    with np.load(SHIPPED) as file:
        shapes = {name: file[name].shape for name in file.files}
    np.savez(path, **{name: chance.normal(0, 0.3, shape).astype(np.float16) for name, shape in shapes.items()})


@given(TEXTS, st.integers(0, 2))
def test_whatever_was_learned_marks_are_sound(learned: Callable[[int], Tagger], text: str, seed: int) -> None:
    _is_sound(text, learned(seed).spans(text))
    _is_sound(text, learned(seed).spans(text, ["jazz"]))


def test_what_was_learned_has_a_version_of_its_own(learned: Callable[[int], Tagger]) -> None:
    versions = [learned(0).version, learned(1).version, tagger().version]
    assert len(set(versions)) == 3
    assert Tagger(multilingual()).version == tagger().version


def test_earlier_turns_tell_a_tagger_that_a_prompt_follows_but_not_what_they_said(
    learned: Callable[[int], Tagger],
) -> None:
    text = "and now some sad jazz without any singing, please, and the third one again"
    assert learned(0).spans(text, ["jazz"]) == learned(0).spans(text, ["rock", "loud"]) != learned(0).spans(text)


def test_spellings_are_of_pieces_of_their_words_and_of_nothing_else() -> None:
    text = "calm Calm, calmer 90s"
    rows = spellings(text, [(0, 4), (4, 9), (9, 10), (10, 15), (15, 17), (17, 19)])
    assert rows.shape == (6, 6)
    assert rows.min() >= 0
    assert rows.max() < BUCKETS
    small, large, comma, comparative, ending, figure = rows.tolist()
    assert [one == other for one, other in zip(small, large, strict=True)] == [True, False, True, True, True, True]
    assert [one == other for one, other in zip(comparative, small, strict=True)][:4] == [True, True, False, True]
    assert ending[2:] == comparative[2:]
    assert len({small[1], large[1], comma[1], figure[1]}) == 4
    assert spellings("", []).shape == (0, 6)


CLEAR = """
{no|cue} {vocals|voice:avoid=any}
{20|count} {sad|mood} {piano|instrument} songs
{nothing|cue} from {the 80s|period:avoid}
{calm|energy=low} {jazz|genre} {for|cue} {studying|activity}
songs {like|cue} {Radiohead|artist:example}
more {like|cue} {Björk|artist:example}, but {no|cue} {techno|genre:avoid}
{upbeat|energy=high} {funk|genre} for {cleaning the house|activity}
{slow|tempo=slow} {blues|genre}, {45 minutes|minutes}
{90s|period} {hip hop|genre} {without|cue} {swearing|explicit:avoid}
{sad|mood} songs in {French|language}
{no|cue} {metal|genre:avoid}, {no|cue} {punk|genre:avoid}
{rock|genre} with {female vocals|voice=woman}
{hidden gems|popularity=low} of {soul|genre}
{traurige|mood} Lieder für {Regentage|theme}
{ohne|cue} {Gesang|voice:avoid=any}
{30 Minuten|minutes} {ruhige|energy=low} {Klaviermusik|instrument}
{kein|cue} {Schlager|genre:avoid}
{du jazz|genre} pour {étudier|activity}
{sans|cue} {paroles|voice:avoid=any}
{rien de|cue} {triste|mood:avoid}
canciones {alegres|mood} para {bailar|activity}
{sin|cue} {reguetón|genre:avoid}
{veinte canciones|count} de {rock|genre} de {los 80|period}
{jazz|genre} {tranquillo|energy=low} per {cena|activity}
{senza|cue} {voce|voice:avoid=any}
música {calma|energy=low} para {dormir|activity}
{spokojny|energy=low} {jazz|genre} na {wieczór|theme}
{bez|cue} {wokalu|voice:avoid=any}
{грустные|mood} песни на {русском|language}
{без|cue} {вокала|voice:avoid=any}
{sakin|energy=low} {piyano|instrument}
{雨の日|theme}に{聴きたい|cue}{ジャズ|genre}
{재즈|genre} {20곡|count}
"""


def test_clear_phrases_are_mostly_read_as_people_read_them() -> None:
    """One of seven may be read otherwise: the tagger was learned, and is learned again."""
    missed = [(text, text[span.start : span.end]) for text, span in _clear() if not _is_read(text, span)]
    assert len(missed) <= 0.15 * len(list(_clear())), missed


def _clear() -> list[tuple[str, Span]]:
    prompts = map(unmarked, CLEAR.strip().splitlines())
    return [(text, span) for text, spans in prompts for span in spans if span.what != CUE]


def _is_read(text: str, span: Span) -> bool:
    """Return whether some mark over its words says of them what it says."""
    return any(
        (found.what, found.polarity) == (span.what, span.polarity) and span.value in (None, found.value)
        for found in repaired(text, tagger().spans(text))
        if found.start < span.end and span.start < found.end
    )


@pytest.fixture(scope="module")
def confirmed() -> list[ReadPrompt]:
    """Return every twelfth prompt of the corpus that nothing is learned from, as it is read."""
    prompts = map(in_normal_form, list(read_corpus("confirmation"))[::12])
    return [ReadPrompt(prompt, _read(prompt)) for prompt in prompts]


def _read(prompt: LabelledPrompt) -> tuple[Span, ...]:
    return repaired(prompt.text, tagger().spans(prompt.text, prompt.after))


def test_prompts_of_people_never_seen_are_read_as_people_read_them_in_a_good_part(confirmed: list[ReadPrompt]) -> None:
    """Where two people read the same prompts, .77 of their marks agree so, and the polarity of .96 of those."""
    pairs, agreed = (
        sum(len(of) for of in every) for every in ([r.pairs for r in confirmed], [r.agreed for r in confirmed])
    )
    marks = sum(len(read.prompt.spans) + len(read.spans) for read in confirmed)
    assert 2 * pairs / marks > 0.5
    assert agreed / pairs > 0.8
