"""Conversations: what holds on, what is overruled, what starts anew."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.prompts.labelled import unmarked
from tests.recommender.prompts.named_catalogs import names_of, read, wishes

MUTED = "no {vocals|voice:avoid=any}"


@pytest.mark.parametrize(
    ("history", "marked", "expected"),
    [
        (["{jazz|genre}, no {vocals|voice:avoid=any}"], "{livelier|energy:more}", [("tag", "jazz", False), ("instrumental", True, True), ("energy_than", True, False)]),
        (["{sad|mood} songs, {calm|energy=low}"], "{20 songs|count}", [("tag", "sad", False), ("length", 20, True)]),
        (["{calm|energy:must=low}"], "{20 songs|count}", [("energy", "low", True), ("length", 20, True)]),
        (["{calm|energy:must=low}"], "{building up|arc=up}", [("arc", "rising", False)]),
        (["{20 songs|count}"], "{longer|count:more}", [("size_than", True, True), ("length", 30, True)]),
        (["{30 minutes|minutes}"], "{shorter|minutes:less}", [("size_than", False, True), ("minutes", 15.0, True)]),
        (["{30 minutes|minutes}", "{longer|minutes:more}"], "{longer|minutes:more}", [("size_than", True, True), ("minutes", 67.5, True)]),
        (["something"], "{longer|count:more}", [("size_than", True, True), ("length", 30, True)]),
        (["{1000 songs|count}"], "{longer|count:more}", [("size_than", True, True), ("length", 1000, True)]),
        (["{1 song|count=1}"], "{shorter|count:less}", [("size_than", False, True), ("length", 1, True)]),
        (["{20 songs|count}"], "{longer|count:more}, {25 songs|count}", [("size_than", True, True), ("length", 25, True)]),
        (["{an hour|minutes}"], "{10 songs|count}", [("length", 10, True)]),
        (["{90s|period=1990-1999}"], "{80s|period=1980-1989}", [("years", (1980, 1989), True)]),
        (["{90s|period=1990-1999}"], "{older|period:less}", [("years", (1980, 1989), True)]),
        (["{90s|period=1990-1999}", "{newer|period:more}"], "{plus vieux|period:less}", [("years", (1990, 1999), True)]),
        (["{1985|period=1985-1985}"], "{älter|period:less}", [("years", (1981, 1981), True)]),
        (["{60s to 90s|period=1960-1999}"], "{newer|period:more}", [("years", (1970, 2009), True)]),
        (["{before 1980|period=-1979}"], "{older|period:less}", [("years_than", False, False)]),
        (["no {80s|period:avoid=1980-1989}"], "{80s|period=1980-1989}", [("years", (1980, 1989), True)]),
        (["no {80s|period:avoid=1980-1989}"], "{folk|genre}", [("not_years", (1980, 1989), True), ("not_tag", "80s", True), ("tag", "folk", False)]),
        (["{120 to 125 bpm|tempo=120-125}"], "{slower|tempo:less}", [("tempo_than", False, False)]),
        (["{slower|tempo:less}"], "{folk|genre}", [("tag", "folk", False)]),
        ([MUTED], "with {vocals|voice:must=any}", [("instrumental", False, True)]),
        ([MUTED], "{women|voice=woman}", [("voice", "woman", False), ("instrumental", False, False)]),
        (["no {women|voice:avoid=woman}"], "{women|voice:must=woman}", [("voice", "woman", True), ("instrumental", False, False)]),
        (["no {swearing|explicit:avoid=yes}"], "{swearing|explicit=yes}", [("explicit", True, False)]),
        (["in {French|language}"], "in {Italian|language}", [("language", "it", True)]),
        (["nothing {English|language:avoid}"], "in {English|language}", [("language", "en", True)]),
        (["nothing {English|language:avoid}"], "nothing {French|language:avoid}", [("not_language", "en", True), ("not_language", "fr", True)]),
        (["only {jazz|genre:only}"], "{folk|genre}", [("tag", "folk", False)]),
        (["only {jazz|genre:only}"], "more {piano|instrument:more}", [("tag", "jazz", True), ("tag", "piano", False)]),
        (["{jazz|genre}"], "less {piano|instrument:less}", [("tag", "jazz", False), ("not_tag", "piano", False)]),
        (["{jazz|genre}"], "{keep the rest|keep}, {folk|genre}", [("tag", "jazz", False), ("tag", "folk", False)]),
        (["{jazz|genre}, {rap|genre}"], "{folk|genre} instead of {rap|genre:instead}", [("tag", "jazz", False), ("tag", "folk", False), ("not_tag", "rap", True)]),
        (["{jazz|genre}"], "no {jazz|genre:avoid}", [("not_tag", "jazz", True)]),
        (["no {jazz|genre:avoid}"], "a bit of {jazz|genre} is fine", [("tag", "jazz", False)]),
        (["no {jazz|genre:avoid}"], "no {rap|genre:avoid}", [("not_tag", "jazz", True), ("not_tag", "rap", True)]),
        (["no {Harbour|artist:avoid}"], "songs by {Harbour|artist}", [("artist", "harbour", False)]),
        (["no {Harbour|artist:avoid}"], "songs by {Nina Vale|artist}", [("not_artist", "harbour", True), ("artist", "nina vale", False)]),
        (["songs by {Harbour|artist}"], "{folk|genre}", [("tag", "folk", False)]),
        (["{jazz|genre}, no {vocals|voice:avoid=any}, {45 minutes|minutes}"], "{forget that|reset}, {folk|genre}", [("tag", "folk", False)]),
        (["{20 songs|count}", MUTED, "{folk|genre}", "{rainy|theme}"], "{dark|mood}", [("instrumental", True, True), ("tag", "dark", False)]),
    ],
)  # fmt: skip
def test_earlier_turns_hold_on_unless_overruled(history: list[str], marked: str, expected: list[Any]) -> None:
    assert wishes(marked, history=history) == expected


def test_what_holds_on_keeps_its_words_and_has_no_place_in_the_prompt() -> None:
    (kept, _) = read("{rainy|theme} evenings", [MUTED]).wishes
    assert (kept.text, kept.start, kept.end) == ("vocals", -1, -1)


@pytest.mark.parametrize(
    ("before", "marked", "kind"),
    [
        ("{house|genre} at {120 bpm|tempo=120}", "{forget|cue} {the tempo|tempo:instead}", "tempo"),
        ("{jazz|genre}, {no vocals|voice:avoid=any}", "{singing|voice:instead} is fine after all", "instrumental"),
        ("{rock|genre} {from the 80s|period=1980-1989}", "{the decade|period:instead} doesn't matter", "years"),
        ("{rock|genre} {in French|language}", "{any language|language:instead}", "language"),
    ],
)
def test_what_a_turn_gives_up_holds_no_longer_and_the_rest_does(before: str, marked: str, kind: str) -> None:
    assert wishes(before, kind)
    assert wishes(marked, kind, history=[before]) == []
    assert wishes(marked, "tag", history=[before]) == wishes(before, "tag")


def test_what_is_allowed_again_is_not_demanded_and_the_rest_stays() -> None:
    assert wishes("{singing|voice=any} is fine", history=[f"{{jazz|genre}} {MUTED}"]) == [("tag", "jazz", False)]
    assert wishes("it must be {sung|voice:must=any}", "instrumental", history=[MUTED]) == [
        ("instrumental", False, True)
    ]
    assert wishes("{piano|instrument} is fine", history=["{jazz|genre}, no {piano|instrument:avoid}"]) == [
        ("tag", "jazz", False),
        ("tag", "piano", False),
    ]


@pytest.mark.parametrize(
    ("before", "marked", "kind"),
    [
        ("{jazz|genre} at {120 bpm|tempo=120}", "{drop|cue} the {120 bpm|tempo:avoid=120}", "tempo"),
        ("{jazz|genre} from {the 70s|period=1970-1979}", "not from {the 70s|period:avoid=1970-1979}", "years"),
        ("{jazz|genre} in {French|language}", "not in {French|language:avoid}", "language"),
    ],
)
def test_what_was_wanted_and_is_denied_now_holds_no_longer(before: str, marked: str, kind: str) -> None:
    assert wishes(before, kind)
    assert wishes(marked, kind, history=[before]) == []


def test_a_part_that_is_denied_leaves_the_rest() -> None:
    before = "{jazz|genre} from {the 70s|period=1970-1979}"
    held = wishes("not {1975|period:avoid=1975}", "years", "not_years", history=[before])
    assert held == [("years", (1970, 1979), True), ("not_years", (1975, 1975), True)]


def test_those_of_whom_a_turn_speaks_are_those_whom_the_one_before_named() -> None:
    before = ["like {Nina Vale|artist:example}"]
    assert wishes("not {her|artist:avoid}", "not_artist", history=before) == [("not_artist", "nina vale", True)]
    assert wishes("more by {her|artist:more}", "artist", history=before) == [("artist", "nina vale", False)]
    assert wishes("not {her|artist:avoid}", history=["{jazz|genre}"]) == [("tag", "jazz", False)]


def test_a_turn_that_begins_by_adding_leaves_what_was_said() -> None:
    for said in ("add some {folk|genre}", "und noch {folk|genre}", "also {folk|genre}"):
        assert [tag for _, tag, _ in wishes(said, "tag", history=["{jazz|genre}"])] == ["jazz", "folk"]
    for said in ("I would like {folk|genre}", "in the end {folk|genre}", "entonces {folk|genre}"):
        assert [tag for _, tag, _ in wishes(said, "tag", history=["{jazz|genre}"])] == ["folk"]


def test_nothing_is_given_up_for_another_of_its_kind_and_ai_never_in_passing() -> None:
    before = "{rock|genre} {from the 80s|period=1980-1989}, {no AI|ai:avoid=yes}"
    assert wishes(
        "{90s|period=1990-1999} {instead of|cue} {80s|period:instead=1980-1989}", "years", history=[before]
    ) == [("years", (1990, 1999), True)]
    assert wishes("{forget AI|ai:instead=yes}", "ai", history=[before]) == [("ai", "none", True)]


def test_earlier_subjects_are_the_context_until_they_are_given_up() -> None:
    history = ["{rainy|theme} walks", "with {Guitar|instrument} and {choirs|sound}"]
    assert read("{livelier|energy:more}", history).context == (("rainy",), ("Guitar", "choirs"))
    assert read("no {guitar|instrument:avoid}", history).context == (("rainy",), ("choirs",))
    assert read("no {rainy|theme:avoid} things", history).context == ((), ("Guitar", "choirs"))
    assert read("{forget that|reset}: {folk|genre}", history).context == ()
    assert read("{folk|genre}").context == ()


@pytest.mark.parametrize(
    ("marked", "since"),
    [
        ("{in the 90s|period=1990-1999}, {calm|energy=low}", 1),
        ("{sung in French|language}, no {drums|instrument:avoid}", 1),
        ("some {folk|genre}", 0),
        ("{Nina Vale|artist}", 0),
        ("{Unheard Of|title}", 0),
        ("more like {them|artist:example}", 0),
    ],
)
def test_only_what_is_wanted_or_named_is_a_new_subject(marked: str, since: int) -> None:
    assert read(marked, ["{20 songs|count}", "like {Nina Vale|artist:example}"]).since == since


def test_what_earlier_turns_named_is_remembered_each_by_itself() -> None:
    history = ["like {Nina Vale|artist:example}", "{folk|genre}", "no {Harbour|artist:avoid}"]
    mentioned = read("{calmer|energy:less}", history).mentioned
    assert [[wish.value for wish in turn] for turn in mentioned] == [["nina vale"], [], []]
    assert read("{forget that|reset}", history).mentioned == ()


def test_excluded_words_hold_on_until_they_are_wanted() -> None:
    history = ["no {screaming|sound:avoid}"]
    assert read("{livelier|energy:more}", history).excluded_words == ("screaming",)
    assert read("now some {Screaming|sound}", history).excluded_words == ()


def test_titles_are_looked_for_until_others_are_named() -> None:
    history = ["{Paper Moons|title}"]
    assert read("{calmer|energy:less}", history).titles == ("Paper Moons",)
    assert read("{Old Swing|title}", history).titles == ("Old Swing",)


def test_a_turn_that_changes_nothing_is_told_and_an_answer_is_no_band() -> None:
    for said in ("thanks", "the opposite"):
        assert [told.text for told in read(said, ["{rock|genre}"]).not_read] == [said]
    names = names_of("Yes; Nina Vale", tags=["rock"])
    assert wishes("yes", history=["{rock|genre}"], names=names) == [("tag", "rock", False)]
    assert wishes("{yes|artist}", "artist", history=["{rock|genre}"], names=names) == [("artist", "yes", False)]
    assert wishes("yes", names=names) == [("artist", "yes", False)]


def test_another_list_of_the_same_is_asked_for_in_its_own_turn_only() -> None:
    assert read("{another one|other}", ["{jazz|genre}"]).another
    assert wishes("{another one|other}", history=["{jazz|genre}"]) == [("tag", "jazz", False)]
    assert not read("{folk|genre}", ["{jazz|genre}", "{another one|other}"]).another


TURNS = (
    *("{jazz|genre}", "only {folk|genre:only}", "no {rap|genre:avoid}", "more {piano|instrument:more}", MUTED, "{calm|energy=low}"),
    *("{vocals|voice=any}", "{20 songs|count}", "{45 minutes|minutes}", "{longer|count:more}", "{forget|reset}"),
    *("{80s|period=1980-1989}", "no {80s|period:avoid=1980-1989}", "in {French|language}", "{new|novelty=new}", "{hits|popularity=high}"),
    *("{Harbour|artist}", "no {Harbour|artist:avoid}", "{rising|arc=up}", "{clean|explicit:avoid=yes}", "{keep it|keep}", "{other|other}"),
)  # fmt: skip
PROMPTS = (
    st.lists(st.sampled_from(TURNS), max_size=4, unique=True)
    .filter(
        lambda said: not {"{Harbour|artist}", "{slower|tempo:less}"} <= {*said}
    )  # first, that is somebody to be like
    .map(", ".join)
)


@given(PROMPTS, st.lists(PROMPTS, max_size=5))
def test_in_any_conversation_wishes_hold_from_the_prompt_or_from_before(marked: str, history: list[str]) -> None:
    query, alone = read(marked, history), read(marked)
    if "no {" not in marked:  # in a first turn "no rap, jazz" is jazz
        assert (query.prompt, query.topic, query.said) == (alone.prompt, alone.topic, alone.said)
        own = query.wishes[len(query.wishes) - len(alone.wishes) :]
        assert own == alone.wishes or "longer" in marked or "{vocals" in marked
    turns = [unmarked(turn)[0] for turn in history[-3:]]
    for wish in query.wishes:
        if wish.start >= 0:
            assert query.prompt[wish.start : wish.end] == wish.text != ""
        else:
            assert wish.end == -1
            assert wish.hard or wish.kind.value in ("tag", "not_tag")
            assert any(wish.text in turn for turn in turns)
    places = [wish.start for wish in query.wishes]
    assert all(one < 0 or other >= 0 for one, other in pairwise(places))
    kinds = [wish.kind.value for wish in query.wishes]
    for kind in ("length", "minutes", "instrumental", "explicit", "popularity", "novelty", "arc"):
        assert kinds.count(kind) <= 1


@given(PROMPTS)
def test_without_history_a_prompt_has_no_context_and_no_wish_of_before(marked: str) -> None:
    assert (read(marked).context, read(marked).mentioned) == ((), ())
    assert all(wish.start >= 0 for wish in read(marked).wishes)


@given(PROMPTS, PROMPTS)
def test_a_turn_that_starts_anew_is_read_as_if_nothing_had_been_said(marked: str, before: str) -> None:
    anew = f"{{never mind|reset}} {marked}".strip()
    assert read(anew, [before]) == read(anew)


@pytest.mark.parametrize(
    "marked",
    ["{forget|reset} {the years|period}", "jahre sind egal", "{年代|period:avoid}は気にしないで", "забудь про годы"],
)
def test_a_kind_of_wish_that_is_let_go_is_over_and_all_else_holds(marked: str) -> None:
    query = read(marked, ["{jazz|genre}", "{only|cue} {the 80s|period:only}"])
    assert [wish.value for wish in query.wishes] == ["jazz"]
    assert (query.context, query.not_read) == ((("jazz",), ()), ())
