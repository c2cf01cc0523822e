from hypothesis import given
from hypothesis import strategies as st

from catalog.credits import Performer, Role
from catalog.tracks import Artist, Track, TrackId
from recommender.tracks.texts import MAX_TAGS, content_words, decayed, describe, leads, performer_key, song_name, words

RAIN = Track(TrackId("rain"), "Rain on Tin", "Ada Quill", album="Harbour", year=1994, genres=("jazz",), moods=("calm",))


def test_a_track_is_put_in_words_by_its_name_tags_and_decade() -> None:
    text = describe(RAIN, {})
    assert text.sentence == "Rain on Tin by Ada Quill. jazz, calm. 1990s"
    assert text.names == ("Rain on Tin", "Ada Quill", "Harbour")
    assert text.tags == ("jazz", "calm", "1994", "1990s", "90s", "")


def test_what_is_known_of_an_artist_stands_in_where_a_track_has_no_tags() -> None:
    artists = {"ada quill": Artist("Ada Quill", ("folk", "harp"))}
    assert describe(Track(TrackId("moss"), "Moss", "ADA QUILL"), artists).sentence == "Moss by ADA QUILL. folk, harp"
    assert "folk" not in describe(RAIN, artists).sentence


def test_a_long_tail_of_tags_is_left_to_the_lexical_index() -> None:
    text = describe(Track(TrackId("moss"), "Moss", "Ada Quill", tags=tuple(f"tag{number}" for number in range(40))), {})
    assert f"tag{MAX_TAGS - 1}" in text.sentence
    assert f"tag{MAX_TAGS}" not in text.sentence
    assert "tag39" in text.tags


def test_stand_ins_for_names_that_nobody_knows_are_no_words() -> None:
    text = describe(Track(TrackId("x"), "[untitled]", "[unknown]", instrumental=True), {})
    assert text.sentence == "instrumental"
    assert text.names == ("", "", "")


def test_a_decade_of_this_century_is_written_in_two_ways_too() -> None:
    assert describe(Track(TrackId("x"), "X", "Y", year=2004), {}).tags == ("2004", "2000s", "00s", "")


def test_words_are_lower_case_without_diacritics_or_apostrophes() -> None:
    assert words("Don't STOP, Café_del_Mar: 99 Straßen!") == ["dont", "stop", "cafe", "del", "mar", "99", "strassen"]
    assert words("\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL S}\N{BLACK-LETTER CAPITAL H}") == ["sh"]


def test_content_words_are_those_that_say_something_about_music() -> None:
    assert content_words("Please play me some songs for a rainy Sunday") == ["rainy", "sunday"]


def test_vowel_signs_stand_inside_words_and_tell_them_apart() -> None:
    assert words("कागज़ की नाव") == ["कागज़", "की", "नाव"]
    assert words("เพลงรักที่นี่") == ["เพลงรักที่นี่"]
    assert words("がき") != words("かき")
    assert words("мой") != words("мои")
    assert words("Ærøskøbing") == ["aeroskobing"]


def names(*titles: str) -> set[str]:
    return {song_name(Track(TrackId("x"), title, "Ada Quill")) for title in titles}


def test_versions_of_a_song_have_the_same_name() -> None:
    assert names("Moss", "moss!", "Moss (Live)", "Moss [2011 Remaster]", "Moss - Radio Edit", "MOSS – Demo") == {"moss"}
    assert len(names("Sea Glass & Salt", "Seaglass and Salt", "Sea-Glass & Salt...")) == 1


def test_other_songs_have_other_names_whatever_they_are_written_in() -> None:
    other = [
        "Moss",
        "Mossy",
        "夜",
        "夢",
        "!!!",
        "???",
        "かき",
        "がき",
        "दिल",
        "दल",
        "C",
        "C#",
        "C+",
        "Moss ☂",
        "Moss ☀",
    ]
    assert len(names(*other)) == len(other)


def song(title: str, album: str | None = None, **known: float) -> str:
    return song_name(Track("x", title, "Ada Quill", album=album, **known))  # type: ignore[arg-type]


def test_an_intro_is_the_same_only_on_the_same_album() -> None:
    assert song("Intro", "Harbour") == song("Intro (Remastered)", "Harbour (Deluxe Edition)")
    assert song("Intro", "Harbour") != song("Intro", "Tin Roofs")


def test_what_names_no_song_has_no_name_without_an_album() -> None:
    assert song("Intro") == song("II. Andante") == song("[untitled]", "Harbour") == ""


def test_on_one_album_lengths_and_numbers_of_versions_tell_apart_what_titles_do_not() -> None:
    assert song("Adagio", "Quartets", duration_s=301.0) == song("Adagio", "Quartets", duration_s=302.4)
    assert song("Adagio", "Quartets", duration_s=301.0) != song("Adagio", "Quartets", duration_s=391.0)
    assert song("Untitled (Take 1)", "Sketches") != song("Untitled (Take 2)", "Sketches")
    assert song("Moss (Take 1)", "Sketches") == song("Moss (Take 2)", "Sketches")


def led(artist: str, *performers: Performer, title: str = "Moss", counts: dict[str, int] | None = None) -> set[str]:
    track = Track(TrackId("x"), title, artist, artist_id="artist-7", performers=performers)
    return set(leads(track, (counts or {}).get if counts else lambda name: 0))  # type: ignore[arg-type]


def test_leads_are_read_from_the_credit_and_guests_are_none() -> None:
    assert led("Ada Quill & Ben Ode") == {"ada quill", "ben ode"}
    assert led("Ada Quill feat. Ben Ode", title="Moss (feat. Ida Mole)") == {"ada quill"}
    assert led("Salt & Anchor", counts={"salt & anchor": 5, "salt": 0, "anchor": 0}) == {"salt & anchor"}


def test_delivered_leads_count_before_what_the_credit_says() -> None:
    assert led("Ada & Ben", Performer("Ada Quill"), Performer("Ben Ode", Role.FEATURED)) == {"ada quill"}
    assert led("Ada Quill", Performer("Ben Ode", Role.FEATURED)) == {"ada quill"}


def test_her_orchestra_is_nobody_whom_two_credits_share() -> None:
    assert led("Ada Quill & Her Orchestra") == {"ada quill"}
    assert led("Various Artists") == {"various artists"}


def test_who_has_no_known_name_is_known_by_id() -> None:
    assert led("[unknown]") == {performer_key(Track(TrackId("x"), "Moss", "[unknown]", artist_id="artist-7"))}


def test_credits_are_told_apart_letter_by_letter() -> None:
    one, other, again = (performer_key(Track(TrackId("x"), "Moss", name)) for name in ("DJ Øre", "DJ Ore", "dj ØRE"))
    assert one == again != other


def test_older_turns_of_a_conversation_weigh_less_and_less() -> None:
    assert decayed(["a", "b", "c"], 0.5) == [("a", 0.25), ("b", 0.5), ("c", 1.0)]
    assert decayed(["a", "b", "c"], 0.5, since=1) == [("a", 0.5), ("b", 1.0), ("c", 1.0)]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_names_can_be_put_in_words(title: str, artist: str) -> None:
    track = Track(TrackId("x"), title, artist, year=7)
    text = describe(track, {})
    assert text == describe(track, {})
    assert song_name(track) == song_name(track)
    assert leads(track, lambda name: 0)
    assert all(word == word.lower() for word in words(text.sentence))
