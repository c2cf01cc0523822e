import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.names import search_form
from catalog.tracks import Track, TrackId
from eval.prompts.cases import OUR_WISHES, Case
from eval.prompts.judging import read_prompts
from eval.prompts.labelled import unmarked
from recommender.blending import CHANNELS
from recommender.explanations import (
    CLOSE_RANK,
    CLOSEST_RANK,
    Reasons,
    interpretation,
    shortfall,
    title_of,
    wishes_known_met,
)
from recommender.indexes.names import CatalogNames
from recommender.playlists import REASON_CODES, Interpretation, Reason
from recommender.prompts.reading import PromptQuery
from recommender.prompts.wishes import COMPARED, SHUNNED, Wish, WishKind
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import content_words, words
from tests.homes import model_of
from tests.marked import read_marked
from tests.readers import reader_of

TOPICS = ("", "rainy night jazz", "piano by the sea", "dream pop 90s")
TAGS = ("jazz", "night", "dream pop", "sea shanty", "noise")
WISHES: list[tuple[WishKind, Any]] = [
    (WishKind.YEARS, (1990, 1999)),
    (WishKind.TEMPO, (None, 95.0)),
    (WishKind.ENERGY, "low"),
    (WishKind.ENERGY, "high"),
    (WishKind.INSTRUMENTAL, True),
    (WishKind.INSTRUMENTAL, False),
    (WishKind.EXPLICIT, True),
    (WishKind.EXPLICIT, False),
    (WishKind.LANGUAGE, "fr"),
    (WishKind.POPULARITY, "high"),
    (WishKind.POPULARITY, "low"),
    (WishKind.TAG, "pop"),
    (WishKind.ARTIST, "ada quill"),
    (WishKind.LIKE_ARTIST, "ida mole"),
    (WishKind.TITLE, ("night ferry", None)),
    (WishKind.NOT_ARTIST, "ida mole"),
    (WishKind.LENGTH, 10),
]

tracks = st.builds(
    Track,
    st.uuids().map(str),
    st.sampled_from(["Night Ferry", "Rain", "Sea Glass (Live)"]),
    st.sampled_from(["Ada Quill", "The Ida Mole"]),
    year=st.sampled_from([None, 1989, 1990, 1999, 2000]),
    genres=st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    tags=st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    tempo_bpm=st.sampled_from([None, 80.0, 95.0, 140.0]),
    energy=st.sampled_from([None, 0.1, 0.9]),
    explicit=st.sampled_from([None, True, False]),
    instrumental=st.sampled_from([None, True, False]),
    language=st.sampled_from([None, "French", "en"]),
    popularity=st.sampled_from([None, 1.0, 50.0]),
)
queries = st.builds(
    lambda topic, wishes: PromptQuery(
        topic, (topic,), tuple(Wish(kind, value, "", 0, 0, True) for kind, value in wishes)
    ),
    st.sampled_from(TOPICS),
    st.lists(st.sampled_from(WISHES), max_size=4),
)
all_ranks = st.dictionaries(st.sampled_from(CHANNELS), st.integers(1, 99))


Ranks = dict[str, int]
"""Places by channel, from 1."""


def is_true(reason: str, track: Track, catalog: list[Track], query: PromptQuery, ranks: Ranks, personal: bool) -> bool:
    """Read a reason and check it against the track itself."""
    asked = set(content_words(query.topic))
    wished = [(wish.kind, wish.value) for wish in query.wishes]
    sought = "your words" if query.topic else "what you named"
    held = "what you have been playing" if personal else "what you named"
    energies = [other.energy for other in catalog if other.energy is not None]
    if match := re.fullmatch(r"by (.+), whom you named", reason):
        return match[1] == track.artist and any(
            (kind, search_form(track.artist)) in wished for kind in (WishKind.ARTIST, WishKind.LIKE_ARTIST)
        )
    if reason == "has the title you named":
        return any(kind is WishKind.TITLE and value[0] == search_form(track.title) for kind, value in wished)
    if match := re.fullmatch(r"tagged (.+)", reason):
        said = match[1].split(", ")
        pop = (WishKind.TAG, "pop") in wished
        return all(
            tag in (*track.genres, *track.tags) and (asked & set(words(tag)) or (pop and tag.endswith(" pop")))
            for tag in said
        )
    if match := re.fullmatch(r"its title says (.+)", reason):
        return set(match[1].split(", ")) <= asked & set(words(track.title))
    if match := re.fullmatch(r"from (\d+)", reason):
        return track.year == int(match[1]) and 1990 <= track.year <= 1999
    if match := re.fullmatch(r"(\d+) bpm", reason):
        return track.tempo_bpm == float(match[1]) and track.tempo_bpm <= 95
    if match := re.fullmatch(r"(low|high) energy", reason):
        less = sum(energy < (track.energy or 0) for energy in energies)
        more = sum(energy > (track.energy or 0) for energy in energies)
        return track.energy is not None and (less < more if match[1] == "low" else less > more)
    if reason in ("instrumental", "with vocals"):
        return track.instrumental is (reason == "instrumental")
    if reason in ("explicit lyrics", "nothing explicit"):
        return track.explicit is (reason == "explicit lyrics")
    if reason == "sung in French":
        return track.language == "French" and (WishKind.LANGUAGE, "fr") in wished
    if reason == "in the most played fifth of this catalog":
        return sum((other.popularity or 0) > (track.popularity or 0) for other in catalog) / len(catalog) < 0.2
    if reason == "in the less played half of this catalog":
        known = [other.popularity for other in catalog if other.popularity is not None]
        less = sum(popularity < (track.popularity or 0) for popularity in known)
        more = sum(popularity > (track.popularity or 0) for popularity in known)
        return bool(known) and less <= more
    if reason == "fits what you have been playing":
        return personal and "collaborative" in ranks
    if reason == "listeners of what you named play it, or its artist":
        return not personal and "collaborative" in ranks
    if reason == f"it, or its artist, is played together with {held}":
        return "neighbours" in ranks
    if reason == f"its tags, or its artist's, fit {sought}":
        return ranks["tags"] <= CLOSE_RANK
    if match := re.fullmatch(rf"(among the closest|close) to {sought}", reason):
        return ranks["dense"] <= (CLOSE_RANK if match[1] == "close" else CLOSEST_RANK)
    if reason == "in the most played tenth of this catalog":
        above = sum((other.popularity or 0) > (track.popularity or 0) for other in catalog)
        return track.popularity is not None and above / len(catalog) < 0.1
    if match := re.fullmatch(r"among the (closest to .+|most popular) of what may still play here", reason):
        by_meaning = {"dense", "lexical", "tags"} & set(ranks)
        return match[1] == (f"closest to {sought}" if by_meaning else "most popular")
    return False


@settings(max_examples=150)
@given(catalog=st.lists(tracks, min_size=1, max_size=12), query=queries, ranks=all_ranks, personal=st.booleans())
def test_every_reason_is_true_of_its_track_and_there_is_always_one(
    catalog: list[Track], query: PromptQuery, ranks: Ranks, personal: bool
) -> None:
    features = TrackFeatures.of(catalog, np.zeros(len(catalog)))
    met = wishes_known_met(query, features)
    for position, track in enumerate(catalog):
        said = words_of(Reasons(query, met[position], features, personal).of(track, position, ranks))
        assert said
        assert len(said) == len(set(said))
        for reason in said:
            assert is_true(reason, track, catalog, query, ranks, personal), reason


def test_the_most_telling_reason_comes_first() -> None:
    track = Track(TrackId("night"), "Night Ferry", "Ada Quill", year=1994, genres=("jazz",))
    query = PromptQuery(
        "",
        ("jazz",),
        (Wish(WishKind.YEARS, (1990, 1999), "", 0, 0, True), Wish(WishKind.ARTIST, "ada quill", "", 0, 0, False)),
    )
    features = TrackFeatures.of([track], np.zeros(1))
    (met,) = wishes_known_met(query, features)
    assert words_of(Reasons(query, met, features, False).of(track, 0, {"dense": 1})) == (
        "by Ada Quill, whom you named",
        "tagged jazz",
        "from 1994",
        "among the closest to your words",
    )


def words_of(reasons: Sequence[Reason]) -> tuple[str, ...]:
    """Return what reasons say, after a look at their codes."""
    assert {reason.code for reason in reasons} <= REASON_CODES.keys()
    return tuple(reason.words for reason in reasons)


def told(track: Track, query: PromptQuery, personal: bool = False, **ranks: int) -> tuple[str, ...]:
    """Return the reasons for the only track of a catalog."""
    features = TrackFeatures.of([track], np.zeros(1))
    (met,) = wishes_known_met(query, features)
    return words_of(Reasons(query, met, features, personal).of(track, 0, ranks))


def wish(kind: WishKind, value: Any, text: str) -> Wish:
    return Wish(kind, value, text, 0, len(text), False)


FERRY = Track(TrackId("night"), "Night Ferry", "Ada Quill")
LIKE_IDA = PromptQuery("like Ida Mole", (), (wish(WishKind.LIKE_ARTIST, "ida mole", "Ida Mole"),))


def test_of_what_listening_teaches_the_nearer_is_told_and_whose_listening_it_was() -> None:
    together = "it, or its artist, is played together with"
    assert told(FERRY, LIKE_IDA, neighbours=90, collaborative=1) == (f"{together} what you named",)
    assert told(FERRY, LIKE_IDA, collaborative=1) == ("listeners of what you named play it, or its artist",)
    assert told(FERRY, PromptQuery("", ()), True, neighbours=90, collaborative=1) == (
        f"{together} what you have been playing",
    )
    assert told(FERRY, PromptQuery("", ()), True, collaborative=1) == ("fits what you have been playing",)


def test_a_track_by_whom_the_prompt_names_is_told_as_that_and_not_as_played_together_with_itself() -> None:
    like_ada = wish(WishKind.LIKE_ARTIST, "ada quill", "Ada Quill")
    for query in (PromptQuery("like Ada Quill", (), (like_ada,)), PromptQuery("faster", (), mentioned=((like_ada,),))):
        assert told(FERRY, query, neighbours=1, collaborative=1) == ("by Ada Quill, whom you named",)


def test_without_words_closeness_is_to_what_was_named() -> None:
    assert told(FERRY, LIKE_IDA, dense=3) == ("among the closest to what you named",)
    assert told(FERRY, LIKE_IDA, dense=CLOSEST_RANK + 1) == ("close to what you named",)
    assert told(FERRY, LIKE_IDA, tags=3) == ("its tags, or its artist's, fit what you named",)
    assert told(FERRY, LIKE_IDA, dense=99) == ("among the closest to what you named of what may still play here",)


def test_tags_that_fit_without_the_words_are_told_when_they_fit_best_and_nothing_closer_is() -> None:
    query, fits = PromptQuery("heartbreak", ("heartbreak",)), "its tags, or its artist's, fit your words"
    sad = replace(FERRY, moods=("sad",))
    assert told(sad, query, tags=CLOSE_RANK) == (fits,)
    assert fits not in told(sad, query, tags=CLOSE_RANK + 1)
    assert told(sad, query, tags=1, dense=1) == ("among the closest to your words",)
    assert told(replace(FERRY, moods=("heartbreak",)), query, tags=1) == ("tagged heartbreak",)


def test_a_tag_is_told_once_in_its_most_telling_form_and_not_beside_the_wish_that_it_repeats() -> None:
    nineties = wish(WishKind.YEARS, (1990, 1999), "90s")
    query = PromptQuery("90s jazz", ("90s jazz",), (nineties, wish(WishKind.TAG, "jazz", "jazz")))
    track = Track(
        TrackId("night"), "Night Ferry", "Ada Quill", year=1994, genres=("cool jazz", "jazz"), tags=("Jazz", "90s")
    )
    assert told(track, query) == ("tagged cool jazz", "from 1994")
    without_year = told(replace(track, year=None), query)
    assert without_year[0].startswith("tagged cool jazz")
    assert "from None" not in without_year


def test_a_wished_tag_is_told_however_it_is_spelt_and_a_short_one_by_its_kinds() -> None:
    query = PromptQuery("", (), (wish(WishKind.TAG, "hip hop", "hiphop"), wish(WishKind.TAG, "pop", "pop")))
    assert told(replace(FERRY, genres=("Hip-Hop", "dream pop", "trap")), query) == ("tagged Hip-Hop, dream pop",)


def test_a_title_that_shares_words_with_a_name_in_the_prompt_says_nothing() -> None:
    night_owls = wish(WishKind.LIKE_ARTIST, "night owls", "Night Owls")
    query = PromptQuery("songs like Night Owls", ("songs like Night Owls",), (night_owls,))
    assert told(FERRY, query, collaborative=1) == ("listeners of what you named play it, or its artist",)


def test_to_be_popular_is_no_reason_for_those_who_asked_for_deep_cuts() -> None:
    deep = PromptQuery("deep cuts", (), (wish(WishKind.POPULARITY, "low", "deep cuts"),))
    catalog = [replace(FERRY, track_id=TrackId(f"night-{plays}"), popularity=float(plays)) for plays in range(20)]
    features = TrackFeatures.of(catalog, np.zeros(len(catalog)))
    said, of_a_ferry = (
        words_of(Reasons(query, (), features, False).of(catalog[-1], 19, {"dense": 2}))
        for query in (deep, PromptQuery("ferry", ("ferry",)))
    )
    assert said == ("among the closest to what you named",)
    assert of_a_ferry[-1] == "in the most played tenth of this catalog"


def test_a_playlist_is_named_after_the_first_words_of_its_prompt() -> None:
    assert title_of("rainy  sunday jazz") == "Rainy sunday jazz"
    assert title_of("a " * 50, limit=10) == "A a a a a\N{HORIZONTAL ELLIPSIS}"
    assert title_of("rain, wind and snow", limit=10) == "Rain\N{HORIZONTAL ELLIPSIS}"
    assert title_of("x" * 80) == "X" + "x" * 59 + "\N{HORIZONTAL ELLIPSIS}"


COLUMNS = frozenset(
    kind
    for kind, value in {
        **dict(WISHES),
        WishKind.NOT_LANGUAGE: "fr",
        **dict.fromkeys((WishKind.VOICE, WishKind.NOT_VOICE), "woman"),
        **dict.fromkeys((*COMPARED, WishKind.NOT_YEARS, WishKind.NOT_TEMPO), (1, 2)),
        **dict.fromkeys((WishKind.SONG_MINUTES, WishKind.NOT_SONG_MINUTES), (1, 2)),
    }.items()
    if TrackFeatures.of([FERRY], np.zeros(1)).meets(Wish(kind, value, "", 0, 0, True)) is not None
)
"""Kinds of which a column knows whether a track keeps them: `recommender.eligibility.wishes_met`."""

KEPT = {kind.value for kind in COLUMNS} | {
    *(kind.value for kind in SHUNNED.values()),  # tracks of the name: `fitting_tracks`
    *("tag", "not_tag"),  # tracks that bear it: `fitting_tracks`
    "ai",  # what is labelled: `heard_about_ai`
    *("per_artist", "per_album"),  # candidates: `limited`
    *("novelty", "new_artists"),  # what the listener knows: `known_tracks`
    "without",  # texts that say it: `fitting_tracks`
    *("length", "minutes", "size_than"),  # the list as a whole: `Aim`
}
"""Kinds of wishes that a filter keeps a whole list to."""

AI_PROMPTS = (
    "no AI",
    "no ai",
    "no ai music, calm piano",
    "without AI",
    "no AI at all",
    "no AIs",
    "non-AI music",
    "jazz without AI vocals",
    "not AI generated",
    "no ai-generated songs",
    "nothing made with AI",
    "no generated music",
    "no artificial intelligence, jazz",
    "no AI or drums",
    "not too much AI",
    "less AI",
    "No A.I. please",
    "no a.i.",
    "AI-free jazz",
    "human made music",
    "only human-made piano",
    "music by humans",
    "real musicians only",
    "avoid AI, no suno",
    "keine KI, Klavier",
    "KI-frei",
    "ohne k\u00fcnstliche Intelligenz",
    "sans IA",
    "sin inteligencia artificial",
)


NOT_ABOUT_AI = (
    "j'ai envie de jazz",
    "ai margini del bosco",
    "pyaar ki dhun",
    "World War II",
    "piano, no drums",
    "folk for my friend Aisha",
)

LEAST_READ = 0.85
"""The share of clear phrases that the shipped tagger has to read as they are meant: it is learned, and learned again."""


def understood(prompt: str, names: CatalogNames, *history: str) -> tuple[Interpretation, ...]:
    return interpretation(reader_of(names).read(prompt, history), TrackFeatures.of([FERRY], np.zeros(1)), lambda _: 1)


@pytest.fixture(scope="module", params=["plain", "tags about AI"])
def names(request: pytest.FixtureRequest) -> CatalogNames:
    """The names of a catalog with tags that prompts speak of, and with those about AI that it may have too."""
    about_ai = ("ai", "ai generated", "human made", "artificial intelligence", "ki") if request.param != "plain" else ()
    return model_of([replace(FERRY, tags=("jazz", "rock", "folk", "techno", "piano", "calm", *about_ai))]).names


def test_whatever_must_hold_is_of_a_kind_that_a_filter_keeps(names: CatalogNames) -> None:
    cases = [one for one in read_prompts([OUR_WISHES]) if isinstance(one, Case)]
    must = {told.kind for one in cases for told in understood(one.prompt, names, *one.history) if told.hard}
    assert {"years", "instrumental", "tag", "without"} <= must <= KEPT


def test_nearly_every_prompt_that_forbids_ai_is_told_so_and_hardly_one_that_only_looks_like_it(
    names: CatalogNames,
) -> None:
    reader, features = reader_of(names), TrackFeatures.of([FERRY], np.zeros(1))

    def is_held_to_it(prompt: str) -> bool:
        return any(one.kind == "ai" and one.hard for one in interpretation(reader.read(prompt), features, lambda _: 1))

    assert sum(map(is_held_to_it, AI_PROMPTS)) >= LEAST_READ * len(AI_PROMPTS)
    assert sum(map(is_held_to_it, NOT_ABOUT_AI)) <= (1 - LEAST_READ) * len(NOT_ABOUT_AI)


MARKED_ABOUT_AI = (
    "{no|cue} {AI|ai:avoid}, {jazz|genre}",
    "{human made|ai:must=human} {jazz|genre}",
    "{less|cue} {AI|ai:less} {jazz|genre}",
)


@pytest.mark.parametrize("marked", MARKED_ABOUT_AI)
def test_what_is_said_of_ai_must_hold_and_still_does_a_turn_later(names: CatalogNames, marked: str) -> None:
    for said in (told_of(names, marked), told_of(names, "{piano|instrument}", marked)):
        assert [(told.role, told.polarity, told.hard) for told in said if told.kind == "ai"] == [("wish", "must", True)]
        assert not any(told.hard for told in said if told.kind != "ai")


def test_music_is_not_chosen_for_being_made_with_ai_and_who_asks_for_it_is_told(names: CatalogNames) -> None:
    query = read_marked(names, "{AI songs|ai}, {jazz|genre}")
    assert "ai" not in {told.kind for told in told_of(names, "{AI songs|ai}, {jazz|genre}")}
    assert [told.text for told in query.not_read] == ["AI songs"]


def told_of(names: CatalogNames, marked: str, *history: str) -> tuple[Interpretation, ...]:
    return interpretation(read_marked(names, marked, *history), TrackFeatures.of([FERRY], np.zeros(1)), lambda _: 1)


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{jazz|genre}", ("tag", "subject", "want", "jazz", "jazz")),
        ("{only|cue} {jazz|genre:only}", ("tag", "subject", "must", "jazz", "jazz")),
        ("{no|cue} {jazz|genre:avoid}", ("not_tag", "subject", "avoid", "jazz", "no jazz")),
        ("{no|cue} {vocals|voice:avoid=any}", ("instrumental", "wish", "must", "vocals", "no vocals")),
        ("{a woman singing|voice=woman}", ("voice", "wish", "want", "a woman singing", "women's voices")),
        ("{without|cue} {choirs|voice:avoid=choir}", ("not_voice", "wish", "avoid", "choirs", "no choirs")),
        ("{90s|period=1990-1999}", ("years", "wish", "must", "90s", "1990 to 1999")),
        ("{after 2010|period=2011-}", ("years", "wish", "must", "after 2010", "2011 or later")),
        ("{up to 100 bpm|tempo=-100}", ("tempo", "wish", "must", "up to 100 bpm", "at most 100 bpm")),
        ("{calm|energy=low}", ("energy", "wish", "want", "calm", "low energy")),
        ("{20 songs|count=20}", ("length", "wish", "must", "20 songs", "20 tracks")),
        ("{one song|count=1}", ("length", "wish", "must", "one song", "1 track")),
        ("{an hour|minutes=60}", ("minutes", "wish", "must", "an hour", "60 minutes")),
        ("{short|song_minutes=-4}", ("song_minutes", "wish", "must", "short", "songs of at most 4 minutes")),
        (
            "{two each|per_artist=2}",
            ("per_artist", "wish", "must", "two each", "at most 2 tracks by one artist"),
        ),
        ("{hits|popularity=high}", ("popularity", "wish", "want", "hits", "much played")),
        ("{building up|arc=up}", ("arc", "wish", "want", "building up", "building up")),
        ("{in French|language}", ("language", "wish", "must", "in French", "sung in French")),
        ("{clean|explicit:avoid=yes}", ("explicit", "wish", "must", "clean", "nothing explicit")),
        ("{no|cue} {AI|ai:avoid}", ("ai", "wish", "must", "AI", "nothing labelled as made with AI")),
        ("{human made|ai=human}", ("ai", "wish", "must", "human made", "made by people")),
        ("{like|cue} {Ada Quill|artist:example}", ("like_artist", "example", "example", "Ada Quill", "like Ada Quill")),
        ("{by|cue} {Ada Quill|artist}", ("artist", "name", "want", "Ada Quill", "Ada Quill")),
        ("{not|cue} {Ada Quill|artist:avoid}", ("not_artist", "name", "avoid", "Ada Quill", "no Ada Quill")),
    ],
)
def test_what_is_read_is_told_with_its_role_polarity_and_place_and_in_words(
    marked: str, expected: tuple[str, ...]
) -> None:
    read = model_of([replace(FERRY, tags=("jazz", "rock", "piano"))]).names
    prompt = unmarked(marked)[0]
    first = told_of(read, marked)[0]
    assert first.span is not None
    assert prompt[slice(*first.span)] == first.text
    assert (first.kind, first.role, first.polarity, first.text, first.said) == expected


def test_words_without_a_tag_and_the_topic_are_told_too_and_an_earlier_turn_has_no_place(names: CatalogNames) -> None:
    first = told_of(names, "{no|cue} {saxophone solos|instrument:avoid} but {piano|instrument}")
    without = next(told for told in first if told.kind == "without")
    topic = next(told for told in first if told.kind == "topic")
    assert (without.role, without.polarity, without.said) == ("subject", "avoid", "no saxophone solos")
    assert (topic.role, topic.polarity, topic.said, topic.hard) == ("subject", "want", "piano", False)
    later = told_of(names, "{jazz|genre}", "{no|cue} {rock|genre:avoid}")
    assert [(told.said, told.span) for told in later if told.kind == "not_tag"] == [("no rock", None)]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{no|cue} {vocals|voice:avoid=any}", ["no vocals"]),
        ("{no|cue} {90s|period:avoid=1990-1999}", ["not 1990 to 1999"]),
    ],
)
def test_no_wish_is_told_twice(marked: str, expected: list[str]) -> None:
    names = model_of([replace(FERRY, tags=("piano", "vocals", "90s"))]).names
    assert [one.said for one in told_of(names, marked)] == expected
    assert [*shortfall(3, "tracks", read_marked(names, marked), 0, 0).values] == expected


def test_a_comparison_is_told_by_what_it_asks_for_and_then_by_its_bound() -> None:
    features = TrackFeatures.of([FERRY], np.zeros(1))
    calmer = Wish(WishKind.ENERGY_THAN, False, "calmer", 0, 6, False)
    for wish, polarity, said in (
        (replace(calmer, value=(None, 0.4)), "less", "calmer"),
        (replace(calmer, value=(0.4, None)), "more", "livelier"),
        (Wish(WishKind.TEMPO_THAN, (None, 98.0), "slower", 0, 6, True), "less", "at most 98 bpm"),
        (Wish(WishKind.TEMPO_THAN, True, "faster", 0, 6, False), "want", "faster"),
        (Wish(WishKind.YEARS_THAN, (2004.0, None), "newer", 0, 5, True), "more", "2004 or later"),
    ):
        (told,) = interpretation(PromptQuery("", wishes=(wish,)), features, lambda _: 1)
        assert (told.polarity, told.said) == (polarity, said)


SHORT = ((0, 0), (1, 1), (3, 3), (1200, 3))


def test_what_must_hold_is_why_a_list_is_short(names: CatalogNames) -> None:
    query = read_marked(
        names, "{no|cue} {vocals|voice:avoid=any}, {no|cue} {saxophone solos|instrument:avoid}, {calm|energy=low}"
    )
    because = {eligible: shortfall(20 - shown, "tracks", query, eligible, shown).because for eligible, shown in SHORT}
    wished = "“no vocals” and “saxophone solos”"
    assert because == {
        0: f"nothing that may play here and now fits {wished}",
        1: f"only one track that may play here and now fits {wished}",
        3: f"only 3 tracks that may play here and now fit {wished}",
        1200: f"only 1,200 tracks that may play here and now fit {wished}, and copies of one song count once",
    }
    without = [shortfall(20 - shown, "tracks", PromptQuery(""), eligible, shown).because for eligible, shown in SHORT]
    assert without == [
        "nothing may play here and now",
        "only one track may play here and now",
        "only 3 tracks may play here and now",
        "only 1,200 tracks may play here and now, and copies of one song count once",
    ]
