"""A song's title without what is said of a version; all titles are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.credits import without_guests
from recommender.tracks.versions import names_a_song, song_title

REMARKS = [
    "Live", "live at the Harbour Hall, 1999", "Live; Tin Arena, '72", "Recorded Live in Bremen", "Live 2003", "Live (2001)",
    "Remastered", "Remastered 2011", "2011 Remaster", "2009 Digital Remaster", "Remastered Version", "Ben Ode Remix",
    "Radio Edit", "Extended Mix", "Extended", "Single Version", "Album Version", "Ada's Version", "Mono", "Demo", "Demo 1994",
    "Early Demo", "Acoustic", "Acoustic Version", "Versi\N{LATIN SMALL LETTER O WITH ACUTE}n ac\N{LATIN SMALL LETTER U WITH ACUTE}stica",
    "Unplugged", "Instrumental", "Instrumental Version", "No Drums", "Karaoke Version", "In the Style of Ben Ode", "Sped Up",
    "sped up version", "Slowed", "slowed + reverb", "Slowed & Reverb", "Nightcore", "8D Audio", "Re-Recorded",
    "feat. Ben Ode", "ft. Ben Ode", "with Ben Ode", "From the Vault", 'From "Tin Roofs"', "Bonus Track", "Take 3",
    "Alternate Take", "Official Video", "Official Lyric Video", "Explicit", "Clean", "Ao Vivo", "En vivo", "Dal vivo",
]  # fmt: skip

NAMES = [
    "moss, pt. 2", "moss (part 1)", "moss (part 2)", "theme - part 1", "theme - part 2", "moss (reprise)", "moss 2", "1979",
    "(you won't find any) moss", "moss (yellow rain)", "symphony no. 5: ii. andante", "sonata in c - ii. largo",
    "suite - live wire", "live and learn", "alive", "remix", "demo", "live", "the mix", "edit", "99 - 100",
    "take five", "with or without moss", "moss live forever", "ada quill - tin roofs", "!!!", "夜 (夢)",
]  # fmt: skip


@pytest.mark.parametrize("remark", REMARKS)
def test_a_remark_on_the_version_is_no_part_of_the_title(remark: str) -> None:
    assert song_title(f"Moss ({remark})") == "moss"
    assert song_title(f"Moss [{remark}]") == "moss"
    assert song_title(f"Moss - {remark}") == "moss"
    assert song_title(f"1979 ({remark})") == "1979"
    assert song_title(f"Moss, Pt. 2 (feat. Ada) [{remark}]") == "moss, pt. 2"


@pytest.mark.parametrize("name", NAMES)
def test_parts_movements_subtitles_and_numbers_belong_to_the_name(name: str) -> None:
    assert song_title(name.upper()) == name
    assert song_title(f"{name} (Remastered 2011)") == name


@pytest.mark.parametrize(
    "title",
    [
        "Moss sped up", "Moss nightcore", "Moss slowed + reverb", "Moss Remastered 2011", "Moss feat. Ben Ode", "Moss ft. Ben Ode",
        "Moss feat. Ben Ode - Live", "Moss Acoustic Version", "Moss Radio Edit", "Moss (feat. Ben Ode) [Live] - 2011 Remaster",
        "  M\N{LATIN SMALL LETTER O WITH ACUTE}ss  ",
    ],
)  # fmt: skip
def test_what_can_only_be_a_remark_needs_no_bracket(title: str) -> None:
    assert song_title(title) == "moss"


def test_what_comes_behind_a_guest_and_a_dash_is_the_title() -> None:
    assert song_title("Ada feat. Ben - Moss") != song_title("Ada feat. Ben - Fern")


@pytest.mark.parametrize("title", ["Intro", "OUTRO", "Interlude 2", "(Interlude)", "Skit", "Untitled", "Track 07"])
def test_an_intro_names_no_song(title: str) -> None:
    assert not names_a_song(song_title(title))


def test_a_title_that_only_begins_like_an_intro_names_one() -> None:
    assert names_a_song(song_title("Intro to Moss"))
    assert names_a_song(song_title("Untitled Harbour"))


NAMELESS = [
    "Allegro", "II. Andante con moto", "Allegro ma non troppo", "IV. Finale: Presto", "Rondo. Allegro vivace", "Scherzo",
    "Tempo di Menuetto", "Prelude in C-sharp minor", "Menuet in G", "Lento", "1. Langsam", "Sehr langsam", "Très lent", "II. Slow",
    "アレグロ", "快板", "알레그로", "Анданте", "Movement 3", "Movement II: Adagio", "First Movement", "Deuxième mouvement",
    "Erster Satz", "1. Satz", "第2楽章", "第二乐章", "제2악장", "Часть 1", "1 часть", "Ч. 2", "Μέρος 1", "الحركة 2", "भाग 2",
    "Part II", "Pt. 3", "Part One", "Teil 2", "Side A", "Lado B", "Track 04", "Трек 5", "トラック04", "Hidden Track", "CD 1",
    "Act II", "Chapter 3", "Variation XII", "No. 5", "No. III", "Nº 5", "№ 5", "01", "III", "Demo 3", "Untitled (Take 2)",
    "Vorspiel", "Интро", "インタールード", "서곡",
]  # fmt: skip

NAMING = [
    "Sonata: III. Presto", "Symphony No. 5: II. Andante", "Adagio for Strings", "Waltz No. 2", "Moss II", "Moss, Part 2", "22",
    "1979", "4:44", "#1", "X", "XXX", "I", "Number 41", "No One", "N.I.B.", "In C", "A Minor", "Movement", "Hidden", "Slow",
    "Tempo", "Take Five", "Part of Me", "A Part", "One Side", "Fast Track", "À vif", "La fuga", "Disco 80", "Version of Me",
]  # fmt: skip


@pytest.mark.parametrize("title", NAMELESS)
def test_a_tempo_a_movement_or_a_place_names_no_song_in_any_language(title: str) -> None:
    assert not names_a_song(song_title(title))
    assert not names_a_song(song_title(f"{title} (Live)"))


@pytest.mark.parametrize("title", NAMING)
def test_a_work_a_number_or_a_word_with_another_sense_names_a_song(title: str) -> None:
    assert names_a_song(song_title(title))


@pytest.mark.parametrize(
    ("title", "left"),
    [
        ("Moss (feat. Ben Ode)", "Moss"),
        ("Moss feat. Ben Ode (Live)", "Moss (Live)"),
        ("Moss - feat. 50 Lamps", "Moss"),
        ("Мох п.у. Бен Ода", "Мох"),
        ("Musgo (con la participación de Ben Ode)", "Musgo"),
        ("Moos (mit Ben Ode)", "Moos"),
        ("Moss (with a little rain)", "Moss (with a little rain)"),
        ("Moss, Part. 2", "Moss, Part. 2"),
        ("Moss (Part. II)", "Moss (Part. II)"),
        ("Mein Gast im Haus", "Mein Gast im Haus"),
        ("Ada feat. Ben - Moss", "Ada - Moss"),
    ],
)
def test_guests_leave_a_title_and_nothing_else_does(title: str, left: str) -> None:
    assert without_guests(title) == left


@pytest.mark.parametrize(
    "subtitle", ["So Long", "Where We Live", "On the Radio", "Live and Learn", "Conversion", "Happy Anniversary"]
)
def test_a_subtitle_that_ends_like_a_remark_stays(subtitle: str) -> None:
    assert song_title(f"Moss ({subtitle})") == f"moss ({subtitle.lower()})"
    assert song_title(f"Harbour - {subtitle}") == f"harbour - {subtitle.lower()}"


def test_marks_are_taken_from_latin_and_greek_only() -> None:
    assert song_title("Ελάτε Öde") == "ελατε ode"
    assert song_title("Мой") != song_title("Мои")
    assert song_title("かき") != song_title("がき")
    assert song_title("दिल") == "दिल"


@pytest.mark.parametrize("title", ["(live)", "[demo] (live)", "(instrumental) - 2011 remaster"])
def test_a_title_that_is_nothing_but_remarks_is_its_own_name(title: str) -> None:
    assert song_title(title) == title


@given(
    st.lists(st.sampled_from(["moss", *"()[]{}", " ", " - ", " feat. ", "live", "slowed", "2011", "remaster"])).map(
        "".join
    )
)
def test_of_any_title_something_is_left(title: str) -> None:
    assert bool(song_title(title)) == bool(title.strip())


@given(st.text(max_size=80))
def test_white_space_around_a_title_does_not_matter(title: str) -> None:
    assert song_title(f" {title}\n") == song_title(title)
