"""What a prompt comes to, given what its words are marked as; artists and titles do not exist."""

import subprocess
import sys
from dataclasses import replace
from functools import cache, partial
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.prompts.corrections import Correction
from recommender.prompts.reading import PromptQuery, PromptReader, WishKind, normalise
from recommender.prompts.spans import WHATS, Polarity, Span, SpanReader
from tests.readers import reader_of
from tests.recommender.prompts.named_catalogs import NAMES, TAGS, TODAY, names_of, read, wishes

CATALOG = names_of(
    artists="Nina Vale; Harbour; The Hours; Glass Orchard; Rain; Love; Jazz; Velvet 7; Jazz, Salt & Ember",
    titles="Ocean Floor; Night Ferry; Summer",
    tags=TAGS,
)

READER = cache(partial(reader_of, CATALOG))
"""The reader that is shipped."""

Read = tuple[str, Any, bool]
"""Kind, value and hardness of a wish."""


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("songs by {Nina Vale|artist}", [("artist", "nina vale", False)]),
        ("songs like {Nina Vale|artist:example}", [("like_artist", "nina vale", False)]),
        ("nothing by {Nina Vale|artist:avoid}", [("not_artist", "nina vale", True)]),
        ("{Harbour|artist} instead of {Nina Vale|artist:instead}", [("artist", "harbour", False), ("not_artist", "nina vale", True)]),
        ("too much {Nina Vale|artist:much}", [("not_artist", "nina vale", True)]),
        ("less {Nina Vale|artist:less}", [("not_artist", "nina vale", True)]),
        ("more {Nina Vale|artist:more}", [("artist", "nina vale", False)]),
        ("like {Nina Vale|artist:unlike}", [("like_artist", "nina vale", False), ("not_artist", "nina vale", True)]),
        ("like {Nina Vale|artist:example}, but not her", [("like_artist", "nina vale", False), ("not_artist", "nina vale", True)]),
        ('"{Ocean Floor|title}"', [("title", ("ocean floor", None), False)]),
        ('anything but "{Ocean Floor|title:avoid}"', [("not_title", ("ocean floor", None), True)]),
        ("{Ocean Floor|title} by {Nina Vale|artist}", [("title", ("ocean floor", "nina vale"), False)]),
        ("I fancy some {nina valle|artist}, please", [("artist", "nina vale", False)]),
        ("I fancy some {nina valle|artist} tonight, when all the others are out", []),
        ("I fancy some {harbour|artist}, please", [("artist", "harbour", False)]),
        ("hum {ocean floor|title} to me", [("title", ("ocean floor", None), False)]),
    ],
)  # fmt: skip
def test_names_are_meant_as_they_are_marked(marked: str, expected: list[Read]) -> None:
    assert wishes(marked, names=CATALOG) == expected


def test_only_a_reader_who_is_sure_makes_names_of_words_that_nothing_announces() -> None:
    for certainty, found in ((0.95, True), (0.75, False)):
        assert bool(wishes("I fancy some {harbour|artist}, please", names=CATALOG, certainty=certainty)) is found
    for certainty, found in ((0.75, True), (0.5, False)):
        assert bool(wishes("hum {ocean floor|title} to me", names=CATALOG, certainty=certainty)) is found


def test_what_compares_with_nothing_says_what_it_says_by_itself() -> None:
    assert wishes("{ruhiger|energy:less} {jazz|genre}", "energy") == [("energy", "low", False)]
    assert wishes("{faster|tempo:more} {jazz|genre}", "tempo") == [("tempo", (130.0, None), False)]
    assert wishes("{ruhiger|energy:less}", "energy", "energy_than", history=["{jazz|genre}"]) == [
        ("energy_than", False, False)
    ]


def test_who_is_named_to_be_compared_with_is_an_example_unless_a_list_before_is() -> None:
    marked = "{Nina Vale|artist} but {louder|energy:more}"
    assert wishes(marked, names=CATALOG) == [("like_artist", "nina vale", False), ("energy_than", True, False)]
    assert wishes(marked, history=["{jazz|genre}"], names=CATALOG)[1:] == [
        ("artist", "nina vale", False),
        ("energy_than", True, False),
    ]


def test_words_that_are_surely_something_else_are_nobodys_name() -> None:
    assert wishes("for fans of {Rain|theme}", "like_artist", names=CATALOG) == []
    assert wishes("for fans of {Rain|theme}", "like_artist", names=CATALOG, certainty=0.4) != []
    assert wishes("for fans of {Nina Vale|theme}", "like_artist", names=CATALOG) != []


def test_a_prompt_that_is_nothing_but_a_name_asks_for_it_unless_it_is_a_tag() -> None:
    assert wishes("{harbour|theme}", names=CATALOG) == [("artist", "harbour", False)]
    assert wishes("{love|theme}", names=CATALOG) == [("artist", "love", False)]
    assert wishes("{jazz|genre}", names=CATALOG) == [("tag", "jazz", False)]


def test_a_name_hides_its_words_from_what_else_is_read() -> None:
    query = read("songs by {Velvet 7|artist} songs, {Jazz|genre}, {Salt|theme} & {Ember|theme} live", names=CATALOG)
    assert [(wish.kind.value, wish.value) for wish in query.wishes] == [
        ("artist", "velvet 7"),
        ("artist", "jazz salt and ember"),
    ]
    assert query.topic == ""


def test_names_that_the_catalog_has_not_are_told_and_looked_for_in_names() -> None:
    query = read("{Paper Moons|title} by {Somebody Unheard|artist}", names=CATALOG)
    assert query.wishes == ()
    assert [(told.text, told.code) for told in query.not_read] == [
        ("Paper Moons", "no_title"),
        ("Somebody Unheard", "no_artist"),
    ]
    assert query.titles == ("Paper Moons", "Somebody Unheard")
    assert read("like {Somebody Unheard|artist:example}", names=CATALOG).titles == ()
    assert read("not {Paper Moons|title:avoid}", names=CATALOG).titles == ()


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{20 songs|count=20}", [("length", 20, True)]),
        ("20 songs", [("length", 20, True)]),
        ("{45 minutes|minutes}", [("minutes", 45.0, True)]),
        ("{jazz|genre}, 45 minutes", [("tag", "jazz", False), ("minutes", 45.0, True)]),
        ("nothing before {1980|period}", [("years", (1980, None), True)]),
        ("no later than {1980|period}", [("years", (None, 1980), True)]),
        ("{20 minutes|title}", []),
        ("make {the second|position} longer", []),
        ("the second song", []),
    ],
)
def test_figures_count_as_they_are_marked_or_as_grammar_finds_them(marked: str, expected: list[Read]) -> None:
    assert wishes(marked) == expected


def test_places_of_the_list_before_are_kept_with_their_figures() -> None:
    query = read(
        "more like {the third one|position:example}, without {the last|position:avoid=last} and {whatever|position}"
    )
    assert [(place.value, place.polarity) for place in query.places] == [
        ("3", Polarity.EXAMPLE),
        ("last", Polarity.AVOID),
    ]


@pytest.mark.parametrize(
    ("marked", "topic", "excluded", "tags"),
    [
        ("{rainy|theme} {sunday|theme} {jazz|genre}", "rainy, sunday, jazz", (), [("tag", "rainy", False), ("tag", "jazz", False)]),
        ("{Guitars|instrument}, {guitars|instrument}", "Guitars, guitars", (), [("tag", "guitar", False)]),
        ("must be {folk|genre:must}", "folk", (), [("tag", "folk", True)]),
        ("only {folk|genre:only}", "folk", (), [("tag", "folk", True)]),
        ("more {folk|genre:more}", "folk", (), [("tag", "folk", False)]),
        ("like {folk|genre:example}", "folk", (), [("tag", "folk", False)]),
        ("no {Heavy Metal|genre:avoid}", "", ("heavy metal",), [("not_tag", "heavy metal", True)]),
        ("{folk|genre} instead of {rap|genre:instead}", "folk", ("rap",), [("tag", "folk", False), ("not_tag", "rap", True)]),
        ("less {rap|genre:less}", "", (), [("not_tag", "rap", False)]),
        ("too {sad|mood:much}", "", (), [("not_tag", "sad", False)]),
        ("no {screaming|sound:avoid}", "", ("screaming",), []),
        ("{kitchen|place}, {live|version=live}", "kitchen, live", (), []),
        ("{women|voice=woman}, {calm|energy=low}", "female vocals, calm", (), []),
        ("no {women|voice:avoid=woman}", "", (), []),
        ("{the 80s|period=1980-1989}", "80s", (), []),
        ("{from 1984 on|period=1984-}", "", (), []),
        ("{karaoke|version=instrumental}", "", (), []),
        ("{please|cue} {some music|unclear}", "", (), []),
    ],
)  # fmt: skip
def test_subjects_are_the_topic_or_excluded_and_wishes_for_tags(
    marked: str, topic: str, excluded: tuple[str, ...], tags: list[Read]
) -> None:
    query = read(marked)
    assert (query.topic, query.excluded_words) == (topic, excluded)
    assert wishes(marked, "tag", "not_tag") == tags


def test_what_counts_for_nothing_is_told() -> None:
    (told,) = read("for {my late aunt's bank account|unclear}, {jazz|genre}").not_read
    assert told.text == "my late aunt's bank account"


def test_of_several_sizes_the_last_counts_and_all_are_said() -> None:
    query = read("{20 songs|count=20}, no, {30 songs|count=30}")
    assert [wish.value for wish in query.wishes] == [30]
    assert [wish.value for wish in query.said] == [20, 30]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("no {vocals|voice:avoid=any}, no wait, {vocals|voice:must=any}", False),
        ("{vocals|voice:must=any}, no wait, no {vocals|voice:avoid=any}", True),
        ("no {vocals|voice:avoid=any}, a {singer|voice=any}", True),
        ("a {singer|voice=any}, no {vocals|voice:avoid=any}", True),
    ],
)
def test_of_contradicting_demands_the_last_hard_one_counts(marked: str, expected: bool) -> None:
    assert wishes(marked, "instrumental") == [("instrumental", expected, True)]


def test_several_of_another_kind_are_alternatives_and_what_is_said_twice_is_hard_where_it_once_was() -> None:
    assert wishes("{60s|period=1960-1969} or {90s|period=1990-1999}") == [
        ("years", (1960, 1969), True),
        ("years", (1990, 1999), True),
    ]
    assert wishes("{jazz|genre}, really {jazz|genre:must}") == [("tag", "jazz", True)]


def test_a_prompt_is_normalised_before_it_is_read() -> None:
    assert normalise("\N{CLOUD WITH RAIN}\ufe0f") == "\N{CLOUD WITH RAIN}"
    assert normalise("  \u200bca\u00adlm\t\u202epiano\ud800\n\uff14\uff15 minutes ") == "calm piano 45 minutes"
    reader = PromptReader(Strict(), NAMES, lambda: TODAY)
    query = reader.read("\uff14\uff15  minutes", ["\u200bjazz  songs"])
    assert query.prompt == "45 minutes"
    assert [wish.text for wish in query.wishes] == ["45 minutes"]


class Strict(SpanReader):
    """Marks nothing, and demands prompts in their normal form."""

    version = "strict"

    def spans(self, prompt: str, after: Any = ()) -> tuple[Span, ...]:
        assert [prompt, *after] == [normalise(text) for text in (prompt, *after)]
        return ()


def test_capitals_throughout_say_no_more_than_small_letters() -> None:
    given = Given((Span(5, 9, "genre"),))
    query = PromptReader(given, NAMES, lambda: TODAY).read("SOME JAZZ SONGS")
    assert given.prompts == ["some jazz songs"]
    assert (query.prompt, query.subjects, query.reader) == ("SOME JAZZ SONGS", ("JAZZ",), "given")
    PromptReader(given, NAMES, lambda: TODAY).read("Some Jazz Songs")
    assert given.prompts[1:] == ["Some Jazz Songs"]


def test_pictures_are_words_and_a_sign_before_them_forbids_them() -> None:
    assert read("\N{CLOUD WITH RAIN} {folk|genre}").topic == "folk, cloud with rain"
    assert read("\N{CLOUD WITH RAIN}, {\N{VIOLIN}|instrument}").subjects == ("violin", "cloud with rain")
    assert read("\N{NO ENTRY SIGN}\N{VIOLIN} {folk|genre}").excluded_words == ("violin",)
    assert read("\N{NO ENTRY SIGN} {rap|genre}, {folk|genre}").excluded_words == ("rap",)
    assert read("\N{NO ENTRY SIGN}").topic == ""


PIECES = """
no not without except like by or and , . " ' - ( Nina Vale Harbour The Hours Ocean Floor 20 songs 45 minutes an hour 90s 1994 the third one
before to between 120 bpm vocals instrumental clean explicit rain jazz too drums please only a half \u00bd \u0130 \N{NO ENTRY SIGN} \N{VIOLIN}
"""
LISTS_OF_PIECES = st.lists(st.sampled_from(PIECES.split()), max_size=30)
PROMPTS = st.one_of(st.text(), LISTS_OF_PIECES.map(" ".join), LISTS_OF_PIECES.map("".join))


def _is_sound(query: PromptQuery) -> None:
    assert normalise(query.prompt) == query.prompt
    for wish in (*query.wishes, *query.said):
        assert query.prompt[wish.start : wish.end] == wish.text != ""
    assert {(wish.kind, wish.value) for wish in query.wishes} <= {(wish.kind, wish.value) for wish in query.said}
    assert not {"\0", "\1"} & set(query.topic + "".join(query.excluded_words))
    kinds = [wish.kind for wish in query.wishes]
    for kind in (WishKind.LENGTH, WishKind.MINUTES, WishKind.INSTRUMENTAL, WishKind.EXPLICIT, WishKind.ARC):
        assert kinds.count(kind) <= 1


@given(PROMPTS)
def test_any_text_is_read_alike_twice_and_every_wish_points_at_its_words(prompt: str) -> None:
    query = READER().read(prompt)
    assert query == READER().read(prompt)
    _is_sound(query)


SAID = st.lists(PROMPTS, min_size=1, max_size=6)
CORRECTIONS = st.lists(
    st.builds(Correction, st.just("tag"), st.sampled_from(TAGS), drop=st.booleans(), turn=st.integers(0, 5)),
    max_size=2,
)


@given(st.lists(st.tuples(SAID, CORRECTIONS), max_size=4))
def test_conversations_read_together_are_read_as_each_alone(said: list[tuple[list[str], list[Correction]]]) -> None:
    asked = [(turns[-1], turns[:-1], corrections) for turns, corrections in said]
    together = READER().read_all(asked)
    assert [*map(_as_marked, together)] == [_as_marked(READER().read(*one)) for one in asked]


def _as_marked(query: PromptQuery) -> PromptQuery:
    """Return a query without how sure its marks are, which may differ in the last bits."""
    spans, places = (tuple(replace(span, certainty=1.0) for span in of) for of in (query.spans, query.places))
    return replace(query, spans=spans, places=places)


@given(PROMPTS, st.data())
def test_however_words_are_marked_every_wish_points_at_them(prompt: str, data: st.DataObject) -> None:
    text = normalise(prompt)
    places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)))
    kinds = st.tuples(st.sampled_from(sorted(WHATS)), st.sampled_from(Polarity), st.sampled_from([0.4, 0.8, 1.0]))
    spans = []
    for start, end in zip(places[::2], places[1::2], strict=False):
        what, polarity, certainty = data.draw(kinds)
        if text[start:end].strip() == text[start:end]:
            spans.append(Span(start, end, what, polarity, certainty=certainty))
    _is_sound(PromptReader(Given(tuple(spans)), CATALOG, lambda: TODAY).read(prompt))


class Given(SpanReader):
    """Marks any prompt with the same spans, and notes which it was."""

    version = "given"

    def __init__(self, spans: tuple[Span, ...]) -> None:
        self._spans = spans
        self.prompts: list[str] = []

    def spans(self, prompt: str, after: Any = ()) -> tuple[Span, ...]:
        self.prompts.append(prompt)
        return self._spans


HOSTILE = """
a |no |no a,|like the |by |20 to |20 a b c |harbour, |nina vale - |"|'|90s to |late |between 10 and |only jazz |, or |and
make me a playlist of |an hour and a half |.|1|\u0130|\ufdfa|(|-|1990-|don't |\N{NO ENTRY SIGN}|\N{VIOLIN}|songs from the |or ,"
"""


@pytest.mark.parametrize("piece", HOSTILE.strip().replace("\n", "|").split("|"))
def test_hostile_repetition_comes_to_an_end(piece: str) -> None:
    _is_sound(READER().read((piece * 2000)[:2000]))


@pytest.mark.parametrize(
    "piece", ["jazz, ", "no jazz and ", "only jazz ", "20 songs, ", "90s or ", "harbour, ", "\N{VIOLIN}"]
)
def test_twice_as_long_a_prompt_takes_about_twice_as_many_steps(piece: str) -> None:
    READER().read("jazz")  # what is only read once
    once, twice = (_steps((piece * 1000)[:length]) for length in (1000, 2000))
    assert twice < 2.25 * once


def _steps(prompt: str) -> int:
    """Return how many functions are called to read a prompt."""
    steps = 0

    def step(frame: FrameType, event: str, argument: object) -> None:
        nonlocal steps
        steps += event == "call"

    sys.setprofile(step)
    try:
        READER().read(prompt)
    finally:
        sys.setprofile(None)
    return steps


def test_importing_the_reader_loads_nothing_heavy() -> None:
    """Whoever only speaks of queries must not wait for a model, a table of names or a database."""
    heavy = "{'numpy', 'torch', 'faiss', 'sqlalchemy', 'onnxruntime', 'fastapi', 'babel', 'pycountry', 'emoji'}"
    code = f"import sys, recommender.prompts.reading; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_denied_and_is_a_tag_too_is_kept_out_by_the_tag() -> None:
    assert ("not_tag", "80s", True) in wishes("nothing from {80s|period:avoid}", names=NAMES)
    assert wishes("{80s|period}", "not_tag", names=NAMES) == []
    assert wishes("fewer {80s|period:less}", "not_tag", names=NAMES) == []


@pytest.mark.parametrize(
    ("marked", "about"),
    [
        ("songs from the movie {Paper Moons|theme}", ("Paper Moons",)),
        ("songs {about|cue} {the sea|theme}", ("the sea",)),
        ("{crying alone|theme} songs", ()),
        ("songs from {High Tide Hotel|theme} please", ("High Tide Hotel",)),
        ("nothing {about|cue} {the sea|theme:avoid}", ()),
    ],
)
def test_what_songs_are_about_may_stand_in_names_where_the_prompt_says_so(marked: str, about: tuple[str, ...]) -> None:
    assert read(marked, names=CATALOG).about == about


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("after {1979|period} but before {1990|period}", [("years", (1980, 1989), True)]),
        ("before {1990|period} but after {1979|period}", [("years", (1980, 1989), True)]),
        ("before {1980|period} or after {1999|period}", [("years", (None, 1979), True), ("years", (2000, None), True)]),
        ("over {100 bpm|tempo} but under {120 bpm|tempo}", [("tempo", (100.0, 120.0), True)]),
    ],
)
def test_two_open_ranges_that_overlap_are_one_the_others_are_alternatives(marked: str, expected: list[Read]) -> None:
    assert wishes(marked, names=CATALOG) == expected


def test_a_name_that_is_not_wanted_is_kept_out_by_its_words_where_the_catalog_has_none_and_by_its_tag() -> None:
    query = read("no {Somebody Unheard|artist:avoid}", names=CATALOG)
    assert query.excluded_words == ("somebody unheard",)
    assert [told.text for told in query.not_read] == ["Somebody Unheard"]


def test_words_that_only_answer_name_nobody_in_a_conversation() -> None:
    names = names_of("Thanks; Nina Vale")
    assert read("{thanks|keep}", ["{folk|genre}"], names=names).named == ()
    assert [wish.value for wish in read("Nina Vale", ["{folk|genre}"], names=names).named] == ["nina vale"]


def test_a_prompt_that_is_nothing_but_the_one_word_of_a_title_is_looked_for_in_titles() -> None:
    names = names_of("Nina Vale", titles="Lamplight", tags=["jazz"])
    query = read("{Lamplight|theme}", names=names)
    assert query.about == ("Lamplight",)
    assert query.named == ()
    assert read("{jazz|genre}", names=names_of("Nina Vale", titles="Jazz", tags=["jazz"])).about == ()


@pytest.mark.parametrize("prompt", ["no vocals\n1990s", "\nJazz\r\nohne  Gesang\n\n 90er", "jazz sans voix\nannées 90"])
def test_a_line_begins_anew_what_it_says_of_years(prompt: str) -> None:
    found = {(wish.kind.value, wish.value, wish.hard) for wish in READER().read(prompt).wishes}
    assert {("years", (1990, 1999), True), ("instrumental", True, True)} <= found


@pytest.mark.parametrize(
    ("marked", "new"),
    [
        ("{jazz|genre}, {nothing I know|novelty:avoid=new}", True),
        ("{kein|cue} Lied, {das ich kenne|novelty:avoid=new}", True),
        ("{pas de|cue} {morceaux que je connais|novelty:avoid=new}", True),
        ("{nothing|cue} {new|novelty:avoid=new}", False),
        ("{no|cue} {songs I haven't heard|novelty:avoid=new}", False),
    ],
)
def test_none_of_what_the_listener_knows_is_what_is_new_to_them(marked: str, new: bool) -> None:
    assert wishes(marked, "novelty") == [("novelty", new, new)]
