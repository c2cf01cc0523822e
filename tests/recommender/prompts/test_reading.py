"""Prompts of our own, with artists and titles that do not exist, and what must be read from them."""

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.prompts.reading import PromptQuery, WishKind, normalise, parse
from tests.recommender.prompts.named_catalogs import names_of

Read = tuple[str, Any, bool]
"""Kind, value and hardness of a wish."""


NAMES = names_of(
    artists="Nina Vale; Harbour; The Hours; Glass Orchard; Juniper Kite; Rain; Sunday; Air; Yes; Love; Jazz; Calm; Drums; "
    "Late Night; No Hurry; The 1962; Velvet 7; Salt, Ash & Ember; K/LM; Of Moss and Men",
    titles="Ocean Floor; Night Ferry; Paper Moons; Summer; Love; Songs; Don't Look Down",
)


def read(prompt: str) -> PromptQuery:
    return parse(prompt, NAMES)


def wishes(prompt: str, *kinds: str) -> list[Read]:
    """Return kind, value and hardness of the wishes, or of those of some kinds."""
    found = [(wish.kind.value, wish.value, wish.hard) for wish in read(prompt).wishes]
    return [wish for wish in found if not kinds or wish[0] in kinds]


def values(prompt: str, kind: str) -> list[Any]:
    return [value for _, value, _ in wishes(prompt, kind)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("20 songs", 20),
        ("a dozen tracks", 12),
        ("half a dozen songs", 6),
        ("ten tracks", 10),
        ("twenty-five songs", 25),
        ("top 15", 15),
        ("the 20 best songs for a heatwave", 20),
        ("playlist of 30", 30),
        ("a playlist of 30 upbeat tracks", 30),
        ("30-song playlist", 30),
        ("20 calm acoustic songs", 20),
        ("10-15 songs", 15),
        ("between 20 and 30 songs", 30),
        ("no more than 25 songs", 25),
        ("give me 15", 15),
        ("20 Lieder für den Abend", 20),
        ("dix morceaux doux", 10),
        ("veinte canciones alegres", 20),
        ("\uff12\uff10 songs", 20),
        ("20 songs, no, make it 30", 30),
        ("1000 songs", 1000),
        ("5 songs by Velvet 7", 5),
    ],
)
def test_a_count_of_songs_is_the_length_of_the_playlist(prompt: str, expected: int) -> None:
    assert wishes(prompt, "length") == [("length", expected, True)]


@pytest.mark.parametrize(
    "prompt",
    [
        "3 minute songs",
        "these 3 songs",
        "two songs i love",
        "8 bit music",
        "5 star songs",
        "4 day road trip songs",
        "playlist of 90s rock",
        "playlist of 30 minutes",
        "songs about 7 seas",
        "Velvet 7 songs",
        "no 1 hits",
        "0 songs",
        "1001 songs",
        "100000 songs",
        "9" * 500 + " songs",
        "songs from 1994",
    ],
)
def test_other_numbers_are_no_length(prompt: str) -> None:
    assert wishes(prompt, "length") == []


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("45 minutes", 45),
        ("45 min", 45),
        ("90-minute set", 90),
        ("sixty-five minutes of drone", 65),
        ("an hour", 60),
        ("1.5 hours", 90),
        ("1,5 Stunden", 90),
        ("1h30", 90),
        ("2h", 120),
        ("1 hour 30 minutes", 90),
        ("an hour and 20 minutes", 80),
        ("an hour and a half", 90),
        ("two and a half hours", 150),
        ("half an hour", 30),
        ("half-hour", 30),
        ("\u00bd hour", 30),
        ("a quarter of an hour", 15),
        ("two hours", 120),
        ("a couple of hours", 120),
        ("hour-long mix", 60),
        ("45-60 minutes", 60),
        ("no longer than 45 minutes", 45),
        ("20 songs under 90 minutes", 90),
        ("45 minutes of songs", 45),
        ("eine halbe Stunde", 30),
        ("30 minuten ruhe", 30),
        ("une heure de piano", 60),
        ("dos horas de salsa", 120),
        ("hora y media de salsa", 90),
        ("30 minutes, or rather 40 minutes", 40),
    ],
)
def test_a_duration_is_the_playlists(prompt: str, expected: float) -> None:
    assert wishes(prompt, "minutes") == [("minutes", expected, True)]


@pytest.mark.parametrize(
    "prompt",
    [
        "3 minute songs",
        "songs under 4 minutes",
        "tracks that are at least 6 minutes long",
        "24 hours a day",
        "after hours",
        "rush hour",
        "happy hour",
        "an hour ago",
        "the first 30 seconds",
        "songs by The Hours",
        "inf minutes",
        "nan hours",
        "0 minutes",
        "6001 minutes",
        "99999999 hours",
    ],
)
def test_other_times_are_no_duration_of_the_playlist(prompt: str) -> None:
    assert wishes(prompt, "minutes") == []


@pytest.mark.parametrize(
    ("prompt", "low", "high"),
    [
        ("90s rock", 1990, 1999),
        ("90s rock like Nina Vale", 1990, 1999),
        ("1990s rock", 1990, 1999),
        ("1990's rock", 1990, 1999),
        ("'80s pop", 1980, 1989),
        ("the eighties", 1980, 1989),
        ("nineties house", 1990, 1999),
        ("early 2000s", 2000, 2003),
        ("mid 70s", 1974, 1976),
        ("late 60s soul", 1967, 1969),
        ("mid-90s", 1994, 1996),
        ("from 1994", 1994, 1994),
        ("summer of '69", 1969, 1969),
        ("1994 to 1999", 1994, 1999),
        ("1994-1999", 1994, 1999),
        ("1994\u201399", 1994, 1999),
        ("between 1994 and 1999", 1994, 1999),
        ("from the 60s to the 80s", 1960, 1989),
        ("80s and 90s", 1980, 1999),
        ("70s/80s", 1970, 1989),
        ("late 80s to early 90s", 1987, 1993),
        ("1950s through today", 1950, None),
        ("before 1980", None, 1979),
        ("pre-1980", None, 1979),
        ("until 1985", None, 1985),
        ("after 2010", 2011, None),
        ("since 2015", 2015, None),
        ("2005 onwards", 2005, None),
        ("2016+", 2016, None),
        ("newer than 2010", 2011, None),
        ("nothing before 1980", 1980, None),
        ("nothing newer than 1999", None, 1999),
        ("no older than 2010", 2010, None),
        ("after 1990 but before 2000", 1991, 1999),
        ("90er Jahre", 1990, 1999),
        ("seit 2015", 2015, None),
        ("ann\u00e9es 80", 1980, 1989),
        ("antes de 1980", None, 1979),
    ],
)
def test_years_and_decades_must_hold(prompt: str, low: int | None, high: int | None) -> None:
    assert wishes(prompt, "years") == [("years", (low, high), True)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("sounds like the 90s", (1990, 1999)),
        ("90s style r&b", (1990, 1999)),
        ("90s vibes", (1990, 1999)),
        ("90s-like synths", (1990, 1999)),
        ("80s-inspired synthwave", (1980, 1989)),
        ("mostly 90s", (1990, 1999)),
        ("around 1994", (1992, 1996)),
        ("hits of the 20s", (1920, 1929)),
    ],
)
def test_the_sound_of_a_time_is_a_soft_wish_for_its_years(prompt: str, expected: tuple[int, int]) -> None:
    assert wishes(prompt, "years") == [("years", expected, False)]


@pytest.mark.parametrize("prompt", ["this year", "last year", "90 s intro", "in my late 20s", "year 19941", "1990 bpm"])
def test_what_names_no_year_is_no_wish_for_years(prompt: str) -> None:
    assert wishes(prompt, "years") == []


def test_two_decades_apart_are_alternatives() -> None:
    assert wishes("60s and 90s pop") == [("years", (1960, 1969), True), ("years", (1990, 1999), True)]


@pytest.mark.parametrize(
    ("prompt", "expected", "hard"),
    [
        ("150 bpm", (142.5, 157.5), True),
        ("around 120 bpm", (114, 126), True),
        ("120-130 bpm", (120, 130), True),
        ("between 100 and 110 bpm", (100, 110), True),
        ("at least 140 bpm", (140, None), True),
        ("140+ bpm", (140, None), True),
        ("under 90 bpm", (None, 90), True),
        ("slow songs", (None, 95), False),
        ("fast songs", (130, None), False),
        ("uptempo swing", (130, None), False),
        ("midtempo house", (95, 130), False),
        ("not too fast", (None, 130), False),
        ("nothing slow", (95, None), False),
        ("langsame lieder", (None, 95), False),
    ],
)
def test_a_tempo_in_figures_is_hard_and_in_words_soft(prompt: str, expected: tuple[Any, Any], hard: bool) -> None:
    assert wishes(prompt) == [("tempo", expected, hard)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("calm piano", ["low"]),
        ("something to sleep", ["low"]),
        ("chill, but not sleepy", ["low"]),
        ("workout mix", ["high"]),
        ("energetic and intense", ["high"]),
        ("high energy funk", ["high"]),
        ("party", ["high"]),
        ("dinner party", ["medium"]),
        ("medium energy", ["medium"]),
        ("not too energetic", ["medium"]),
        ("no high energy", ["low"]),
        ("nothing calm", ["high"]),
        ("ruhige abendmusik", ["low"]),
        ("the energy industry", []),
    ],
)
def test_words_of_energy_are_soft_wishes(prompt: str, expected: list[str]) -> None:
    assert wishes(prompt, "energy") == [("energy", level, False) for level in expected]


@pytest.mark.parametrize(
    ("prompt", "value", "hard"),
    [
        ("instrumental hip hop", True, True),
        ("no vocals", True, True),
        ("without singing", True, True),
        ("without lyrics", True, True),
        ("no lyrics or vocals", True, True),
        ("no drums or vocals", True, True),
        ("songs with no words", True, True),
        ("nothing with vocals", True, True),
        ("wordless folk", True, True),
        ("vocal-free", True, True),
        ("ohne Gesang", True, True),
        ("sans paroles", True, True),
        ("sin voz", True, True),
        ("preferably no vocals", True, False),
        ("no vocals if possible", True, False),
        ("with vocals", False, True),
        ("songs with singing", False, True),
        ("not instrumental", False, True),
        ("no instrumentals", False, True),
        ("female vocals", False, False),
        ("mit Gesang", False, True),
        ("instrumental, no wait, with vocals", False, True),
        ("instrumental with a hint of female vocals", True, True),
        ("with vocals, then no vocals", True, True),
    ],
)
def test_instrumental_or_sung(prompt: str, value: bool, hard: bool) -> None:
    assert wishes(prompt, "instrumental") == [("instrumental", value, hard)]


@pytest.mark.parametrize(
    "prompt", ["instrumental solos", "no rap vocals", "with or without vocals", "famous last words"]
)
def test_words_about_voices_that_ask_for_nothing(prompt: str) -> None:
    assert wishes(prompt, "instrumental") == []


@pytest.mark.parametrize(
    ("prompt", "value", "hard"),
    [
        ("clean rap for the office", False, True),
        ("rap, clean", False, True),
        ("clean pop songs", False, True),
        ("keep it clean please", False, True),
        ("no explicit lyrics", False, True),
        ("nothing explicit", False, True),
        ("non-explicit trap", False, True),
        ("no swearing", False, True),
        ("no bad language", False, True),
        ("family friendly party", False, True),
        ("kid-friendly", False, True),
        ("radio edits", False, True),
        ("explicit trap", True, False),
        ("uncensored hip hop", True, False),
    ],
)
def test_clean_or_explicit(prompt: str, value: bool, hard: bool) -> None:
    assert wishes(prompt, "explicit") == [("explicit", value, hard)]


@pytest.mark.parametrize(
    "prompt",
    ["clean guitar", "clean production", "cleaning the house", "clean electric guitars", "explicitly political songs"],
)
def test_other_things_that_are_clean(prompt: str) -> None:
    assert wishes(prompt, "explicit") == []


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("songs like Nina Vale", ["like_artist nina vale"]),
        ("similar to Nina Vale", ["like_artist nina vale"]),
        ("artists similar to harbour or rain", ["like_artist harbour", "like_artist rain"]),
        ("\u00e0 la Nina Vale", ["like_artist nina vale"]),
        ("in the style of harbour", ["like_artist harbour"]),
        ("for fans of The Hours", ["like_artist hours"]),
        ("sounds like rain", ["like_artist rain"]),
        ("songs like Yes", ["like_artist yes"]),
        ("Nina Vale-style ballads", ["like_artist nina vale"]),
        ("musik wie Nina Vale", ["like_artist nina vale"]),
        ("songs like The 1962", ["like_artist 1962"]),
        (
            "like Nina Vale, Harbour and The Hours",
            ["like_artist nina vale", "like_artist harbour", "like_artist hours"],
        ),
        ("like Harbour, Somebody Unknown, Glass Orchard", ["like_artist harbour", "like_artist glass orchard"]),
        ("like A Song We Never Heard by Harbour", ["like_artist harbour"]),
        ("i like Nina Vale and Harbour", ["like_artist nina vale", "like_artist harbour"]),
        ("songs by Nina Vale", ["artist nina vale"]),
        ("songs by yes", ["artist yes"]),
        ("songs from Harbour", ["artist harbour"]),
        ("Nina Vale songs", ["artist nina vale"]),
        ("glass orchard", ["artist glass orchard"]),
        ("more glass orchard please", ["artist glass orchard"]),
        ("of moss and men", ["artist of moss and men"]),
        ("I want some Harbour", ["artist harbour"]),
        ("rainy evenings with Harbour", ["artist harbour"]),
        ("Play Harbour", ["artist harbour"]),
        ("Harbour", ["artist harbour"]),
        ('"harbour"', ["artist harbour"]),
        ("harbour, rain, nina vale", ["artist harbour", "artist rain", "artist nina vale"]),
        ("Nina Vale, Harbour and The Hours", ["artist nina vale", "artist harbour", "artist hours"]),
        ("Air, Love and Sunday", ["artist air", "artist love", "artist sunday"]),
        ("Salt, Ash & Ember live", ["artist salt ash and ember"]),
        ("K/LM or Velvet 7", ["artist k lm", "artist velvet 7"]),
        ("like No Hurry", ["like_artist no hurry"]),
        ("not Nina Vale", ["not_artist nina vale"]),
        ("no harbour please", ["not_artist harbour"]),
        ("jazz without Harbour", ["not_artist harbour"]),
        ("anything but rain", ["not_artist rain"]),
        ("i don't like harbour", ["not_artist harbour"]),
        ("nothing by Glass Orchard", ["not_artist glass orchard"]),
        ("nothing like Glass Orchard", ["not_artist glass orchard"]),
        ("Nina Vale, but not Harbour", ["artist nina vale", "not_artist harbour"]),
        ("not Jazz", ["not_artist jazz"]),
        (
            "everything except Nina Vale, Harbour and The Hours",
            ["not_artist nina vale", "not_artist harbour", "not_artist hours"],
        ),
        ("jazz, not Nina Vale, Harbour", ["not_artist nina vale", "artist harbour"]),
    ],
)
def test_artists_that_are_named(prompt: str, expected: list[str]) -> None:
    assert [f"{kind} {value}" for kind, value, _ in wishes(prompt) if "artist" in kind] == expected


@pytest.mark.parametrize(
    "prompt",
    [
        "rainy sunday jazz",
        "rain",
        "rain sounds",
        "harbour seals and sea shanties",
        "Sunday morning coffee",
        "feels like sunday morning",
        "love songs",
        "songs about love",
        "late night drives",
        "the hours",
        "Rainy Sunday Jazz For Coding",
        "songs like Pearl Harbour",
        "corrupted by rain",
        "no rain",
        "no love songs",
        "no drums",
        "not jazz",
        "calm",
    ],
)
def test_everyday_words_that_are_also_names_mean_themselves(prompt: str) -> None:
    assert [wish for wish in wishes(prompt) if "artist" in wish[0]] == []


@pytest.mark.parametrize(
    ("prompt", "kind", "value"),
    [
        ('"Ocean Floor"', "title", ("ocean floor", None)),
        ("play \u201cOcean Floor\u201d", "title", ("ocean floor", None)),
        ('"Summer"', "title", ("summer", None)),
        ("Ocean Floor by Nina Vale", "title", ("ocean floor", "nina vale")),
        ("Nina Vale - Ocean Floor", "title", ("ocean floor", "nina vale")),
        ("Nina Vale's Ocean Floor", "title", ("ocean floor", "nina vale")),
        ("like Ocean Floor", "like_title", ("ocean floor", None)),
        ('like "Love"', "like_title", ("love", None)),
        ("like night ferry by Harbour", "like_title", ("night ferry", "harbour")),
        ('songs like "Paper Moons" by Juniper Kite', "like_title", ("paper moons", "juniper kite")),
        ("songs like Don\u2019t Look Down", "like_title", ("don t look down", None)),
    ],
)
def test_titles_that_are_named(prompt: str, kind: str, value: tuple[str, str | None]) -> None:
    assert wishes(prompt) == [(kind, value, False)]


@pytest.mark.parametrize(
    "prompt", ["summer by the sea", "songs like summer", 'like "Paper Moons Over Water"', "Low Ocean Floor by Somebody"]
)
def test_words_of_titles_are_not_titles(prompt: str) -> None:
    assert [wish for wish in wishes(prompt) if "title" in wish[0]] == []


@pytest.mark.parametrize(
    ("prompt", "excluded", "topic"),
    [
        ("no drums or synths, just piano", ("drums", "synths"), "just piano"),
        ("not too sad", ("sad",), ""),
        ("ballads, not too sad", ("sad",), "ballads"),
        ("rock but no heavy metal", ("heavy metal",), "rock"),
        ("no drums, synths or guitars", ("drums", "synths", "guitars"), ""),
        ("no vocals and drums", ("drums",), ""),
        ("no vocals, jazz or blues", (), "jazz or blues"),
        ("no rap, metal or country", ("rap", "metal", "country"), ""),
        ("no songs about love", ("love",), ""),
        ("nothing from the 80s", (), ""),
        ("anything but jazz", ("jazz",), ""),
        ("i don't want any rap", ("rap",), ""),
        ("not Jazz", ("jazz",), ""),
        ("no screamed vocals", ("screamed",), ""),
        ("ohne schlagzeug, mit klavier", ("schlagzeug",), "klavier"),
        ("sans batterie", ("batterie",), ""),
        ("no guitars whatsoever", ("guitars",), ""),
        ("nothing but jazz", (), "nothing but jazz"),
        ("can't get enough of jazz", (), "can't get enough of jazz"),
        ("no matter what, jazz", (), "no matter what, jazz"),
        ("no problem, jazz", (), "no problem, jazz"),
        ("no rush, jazz", (), "no rush, jazz"),
        ("not only jazz", (), "not only jazz"),
        ("non-stop disco", (), "non-stop disco"),
        ('songs like "No Complaints" tonight', (), 'songs like "No Complaints" tonight'),
    ],
)
def test_a_negation_excludes_what_it_reaches_and_no_more(prompt: str, excluded: tuple[str, ...], topic: str) -> None:
    query = read(prompt)
    assert (query.excluded_words, query.topic) == (excluded, topic)


@pytest.mark.parametrize(
    ("prompt", "topic"),
    [
        ("rainy sunday jazz, no vocals, 45 minutes", "rainy sunday jazz"),
        ("play me 20 calm songs", "calm songs"),
        ("make me a playlist of slow ballads please", "slow ballads"),
        ("i want 90s rock like Nina Vale", "90s rock like Nina Vale"),
        ("Hello! Can you play some acoustic folk, thanks", "acoustic folk"),
        ("a 30-song playlist of quiet piano", "quiet piano"),
        ("techno, 125-130 bpm", "techno"),
        ("Nina Vale without Harbour (no live takes)", "Nina Vale"),
        ("clean rap for the office", "rap for the office"),
        ("20 songs", ""),
        ("please, some music", ""),
        ("", ""),
        ("...", ""),
    ],
)
def test_the_topic_is_what_is_left_to_look_for(prompt: str, topic: str) -> None:
    assert read(prompt).topic == topic


def test_everything_at_once() -> None:
    query = read(
        "Give me 15 slow songs like Night Ferry by Harbour from the early 90s, no explicit lyrics or drums, 1h30"
    )
    assert wishes(query.prompt) == [
        ("length", 15, True),
        ("tempo", (None, 95), False),
        ("like_title", ("night ferry", "harbour"), False),
        ("years", (1990, 1993), True),
        ("explicit", False, True),
        ("minutes", 90, True),
    ]
    assert query.excluded_words == ("drums",)
    assert query.topic == "slow songs like Night Ferry by Harbour from the early 90s"


def test_a_prompt_is_normalised_before_it_is_read() -> None:
    query = read("  \u200bca\u00adlm\t\u202epiano\ud800\n\uff14\uff15 minutes ")
    assert query.prompt == "calm piano 45 minutes"
    assert query.wishes[-1].text == "45 minutes"


PIECES = """
no not without except like by or and , . " ' - ( Nina Vale Harbour The Hours Ocean Floor 20 songs 45 minutes an hour 90s 1994
before to between 120 bpm vocals instrumental clean explicit rain jazz too drums please play me a half \u00bd \u0130
"""
LISTS_OF_PIECES = st.lists(st.sampled_from(PIECES.split()))


@given(st.one_of(st.text(), LISTS_OF_PIECES.map(" ".join), LISTS_OF_PIECES.map("".join)))
def test_any_text_is_read_alike_twice_and_every_wish_points_at_its_words(prompt: str) -> None:
    query = read(prompt)
    assert query == read(prompt)
    assert normalise(query.prompt) == query.prompt
    for wish in query.wishes:
        assert query.prompt[wish.start : wish.end] == wish.text != ""
    assert not {"\0", "\1"} & set(query.topic + "".join(query.excluded_words))
    kinds = [wish.kind for wish in query.wishes]
    for kind in (WishKind.LENGTH, WishKind.MINUTES, WishKind.INSTRUMENTAL, WishKind.EXPLICIT):
        assert kinds.count(kind) <= 1


HOSTILE = """
a |no |no a,|like the |by |20 to |20 a b c |harbour, |nina vale - |"|'|90s to |late |between 10 and |not too |, or |and
make me a playlist of |an hour and a half |.|1|\u0130|\ufdfa|(|-|1990-|don't |clean hip hop |songs from the |or ,"
"""


@pytest.mark.parametrize("piece", HOSTILE.strip().replace("\n", "|").split("|"))
def test_hostile_repetition_comes_to_an_end(piece: str) -> None:
    query = read((piece * 2000)[:2000])
    assert query == read((piece * 2000)[:2000])


def test_importing_the_reader_loads_nothing_heavy() -> None:
    """A command line that only reads a prompt must not wait for numpy, a model or a database."""
    heavy = "{'numpy', 'torch', 'faiss', 'sqlalchemy', 'onnxruntime', 'fastapi'}"
    code = f"import sys, recommender.prompts; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
