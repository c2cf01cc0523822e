from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import Artist, Track
from recommender.track_texts import MAX_TAGS, content_words, decayed, describe, song_name, words

RAIN = Track("rain", "Rain on Tin", "Ada Quill", album="Harbour", year=1994, genres=("jazz",), moods=("calm",))


def test_a_track_is_put_in_words_by_its_name_tags_and_decade() -> None:
    text = describe(RAIN, {})
    assert text.sentence == "Rain on Tin by Ada Quill. jazz, calm. 1990s"
    assert text.names == ("Rain on Tin", "Ada Quill", "Harbour")
    assert text.tags == ("jazz", "calm", "1994", "1990s", "90s", "")


def test_what_is_known_of_an_artist_stands_in_where_a_track_has_no_tags() -> None:
    artists = {"ada quill": Artist("Ada Quill", ("folk", "harp"))}
    assert describe(Track("moss", "Moss", "ADA QUILL"), artists).sentence == "Moss by ADA QUILL. folk, harp"
    assert "folk" not in describe(RAIN, artists).sentence


def test_a_long_tail_of_tags_is_left_to_the_lexical_index() -> None:
    text = describe(Track("moss", "Moss", "Ada Quill", tags=tuple(f"tag{number}" for number in range(40))), {})
    assert f"tag{MAX_TAGS - 1}" in text.sentence
    assert f"tag{MAX_TAGS}" not in text.sentence
    assert "tag39" in text.tags


def test_stand_ins_for_names_that_nobody_knows_are_no_words() -> None:
    text = describe(Track("x", "[untitled]", "[unknown]", instrumental=True), {})
    assert text.sentence == "instrumental"
    assert text.names == ("", "", "")


def test_a_decade_of_this_century_is_written_in_two_ways_too() -> None:
    assert describe(Track("x", "X", "Y", year=2004), {}).tags == ("2004", "2000s", "00s", "")


def test_words_are_lower_case_without_diacritics_or_apostrophes() -> None:
    assert words("Don't STOP, Café_del_Mar: 99 Straßen!") == ["dont", "stop", "cafe", "del", "mar", "99", "strassen"]
    assert words("\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL S}\N{BLACK-LETTER CAPITAL H}") == ["sh"]


def test_content_words_are_those_that_say_something_about_music() -> None:
    assert content_words("Please play me some songs for a rainy Sunday") == ["rainy", "sunday"]


def keys(*tracks: Track) -> list[str]:
    return [song_name(track) for track in tracks]


def test_versions_of_a_song_by_one_artist_have_the_same_key() -> None:
    same = ["Moss", "moss!", "Moss (Live)", "Moss [2011 Remaster]", "Moss - Radio Edit", "MOSS \N{EN DASH} Demo"]
    assert len(set(keys(*(Track(str(row), title, "Ada Quill") for row, title in enumerate(same))))) == 1
    one, other = keys(Track("a", "Moss", "Ada Quill"), Track("b", "Moss (Live)", "Ben Ode"))
    assert one != other


def test_other_songs_have_other_keys_whatever_they_are_written_in() -> None:
    other = ["Moss", "Moss-Grown", "Mossy", "夜", "夢", "!!!", "???"]
    assert len(set(keys(*(Track(str(row), title, "Ada Quill") for row, title in enumerate(other))))) == len(other)


def test_an_intro_is_the_same_only_on_the_same_album() -> None:
    first = Track("a", "Intro", "Ada Quill", album="Harbour")
    again = Track("b", "Intro (Remastered)", "Ada Quill", album="Harbour (Deluxe Edition)")
    elsewhere = Track("c", "Intro", "Ada Quill", album="Tin Roofs")
    nowhere = [Track(name, "Intro", "Ada Quill") for name in ("d", "e")]
    assert song_name(first) == song_name(again)
    assert len(set(keys(first, elsewhere, *nowhere))) == 4


def test_a_track_whose_title_nobody_knows_is_alone() -> None:
    assert len(set(keys(*(Track(name, "[untitled]", "Ada Quill") for name in "ab")))) == 2


def test_older_turns_of_a_conversation_weigh_less_and_less() -> None:
    assert decayed(["a", "b", "c"], 0.5) == [("a", 0.25), ("b", 0.5), ("c", 1.0)]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_names_can_be_put_in_words(title: str, artist: str) -> None:
    track = Track("x", title, artist, year=7)
    text = describe(track, {})
    assert text == describe(track, {})
    assert song_name(track)
    assert all(word == word.casefold() for word in words(text.sentence))
