from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.credits import Performer, Role
from catalog.tracks import Track, TrackId
from recommender.prompts.wishes import Wish, WishKind
from recommender.tracks.features import ONE_RECORDING, TrackFeatures, decade_of, is_counted
from recommender.tracks.texts import MAX_TAGS
from tests.recommender.tracks.song_pairs import APART, SAME


def features(*known: dict[str, Any], plays: list[float] | None = None) -> TrackFeatures:
    tracks = [
        Track(**{"track_id": f"t{row}", "title": f"Title {row}", "artist": "Ada Quill", **fields})
        for row, fields in enumerate(known)
    ]
    return TrackFeatures.of(tracks, np.array(plays or [0.0] * len(tracks)))


def wish(kind: WishKind, value: Any) -> Wish:
    return Wish(kind, value, "", 0, 0, hard=True)


def told(found: Any) -> list[bool | None]:
    return [None if value < 0 else bool(value) for value in found]


MET = [
    (WishKind.YEARS, (1990, 1999), {"year": 1990}, {"year": 2000}),
    (WishKind.YEARS, (1990, 1999), {"year": 1999}, {"year": 1989}),
    (WishKind.YEARS, (None, 1979), {"year": 1979}, {"year": 1980}),
    (WishKind.YEARS, (2020, None), {"year": 2020}, {"year": 2019}),
    (WishKind.TEMPO, (None, 95.0), {"tempo_bpm": 95.0}, {"tempo_bpm": 95.5}),
    (WishKind.TEMPO, (120.0, 130.0), {"tempo_bpm": 125.0}, {"tempo_bpm": 131.0}),
    (WishKind.INSTRUMENTAL, True, {"instrumental": True}, {"instrumental": False}),
    (WishKind.INSTRUMENTAL, True, {"tags": ("No Vocals",)}, {"instruments": ("female vocals",)}),
    (WishKind.INSTRUMENTAL, False, {"tags": ("singing",)}, {"genres": ("instrumental",)}),
    (WishKind.EXPLICIT, False, {"explicit": False}, {"explicit": True}),
    (WishKind.NOT_YEARS, (1980, 1989), {"year": 1979}, {"year": 1984}),
    (WishKind.LANGUAGE, "fr", {"language": "French"}, {"language": "eng"}),
    (WishKind.LANGUAGE, "fr", {"language": "fra"}, {"instrumental": True}),
    (WishKind.NOT_LANGUAGE, "en", {"instrumental": True}, {"language": "en"}),
    (WishKind.ENERGY, "low", {"energy": -7.0}, {"energy": 12.0}),
    (WishKind.ENERGY, "high", {"energy": 12.0}, {"energy": -7.0}),
    (WishKind.YEARS, (1990, 1999), {"tags": ("90s",)}, {"tags": ("80s pop",)}),
    (WishKind.VOICE, "woman", {"tags": ("female vocals",)}, {"tags": ("male vocals",)}),
    (WishKind.VOICE, "man", {"tags": ("male singer",)}, {"tags": ("female vocalist",)}),
    (WishKind.VOICE, "choir", {"tags": ("choral", "women singing")}, {"tags": ("duet",)}),
    (WishKind.VOICE, "child", {"tags": ("children's choir",)}, {"tags": ("girl group",)}),
    (WishKind.NOT_VOICE, "woman", {"tags": ("male vocals",)}, {"tags": ("duet", "female vocals")}),
    (WishKind.NOT_TEMPO, (120.0, 130.0), {"tempo_bpm": 131.0}, {"tempo_bpm": 125.0}),
    (WishKind.SONG_MINUTES, (None, 4.0), {"duration_s": 240.0}, {"duration_s": 241.0}),
    (WishKind.NOT_SONG_MINUTES, (10.0, None), {"duration_s": 599.0}, {"duration_s": 600.0}),
    (WishKind.TEMPO_THAN, (None, 100.0), {"tempo_bpm": 100.0}, {"tempo_bpm": 101.0}),
    (WishKind.YEARS_THAN, (1990.0, None), {"year": 1990}, {"year": 1989}),
    (WishKind.SONG_MINUTES_THAN, (None, 3.0), {"duration_s": 180.0}, {"duration_s": 200.0}),
]


@pytest.mark.parametrize(("kind", "value", "does", "does_not"), MET)
def test_a_wish_is_met_or_not_or_nobody_knows(kind: WishKind, value: Any, does: Any, does_not: Any) -> None:
    assert told(features(does, does_not, {}).meets(wish(kind, value))) == [True, False, None]


def test_a_track_whose_popularity_nobody_knows_is_no_hit_unless_nobody_knows_any() -> None:
    found = features({"popularity": 9.0}, *({"popularity": float(low)} for low in range(4)), {})
    assert told(found.meets(wish(WishKind.POPULARITY, "high"))) == [True, False, False, False, False, False]
    assert told(found.meets(wish(WishKind.POPULARITY, "low"))) == [False, True, True, True, False, True]
    assert told(features({}, {}).meets(wish(WishKind.POPULARITY, "high"))) == [None, None]


def test_no_column_speaks_about_names_and_lengths() -> None:
    for kind in (WishKind.LENGTH, WishKind.MINUTES, WishKind.ARTIST, WishKind.TITLE, WishKind.NOT_ARTIST):
        assert features({}).meets(wish(kind, "ada quill")) is None


def test_what_is_tagged_instrumental_and_sung_is_not_known_to_be_either() -> None:
    found = features({"tags": ("instrumental", "male vocalists")}, {"tags": ("instrumental",)}, {"tags": ("singing",)})
    assert told(found.meets(wish(WishKind.INSTRUMENTAL, True))) == [None, True, False]


def test_what_is_called_instrumental_after_many_other_tags_is_not_known_to_be() -> None:
    many = tuple(f"tag {number}" for number in range(MAX_TAGS))
    found = features({"tags": (*many, "instrumental")}, {"tags": (*many[1:], "instrumental")})
    assert told(found.meets(wish(WishKind.INSTRUMENTAL, True))) == [None, True]


def test_what_a_track_says_of_itself_counts_before_its_tags() -> None:
    found = features({"instrumental": False, "tags": ("instrumental",)})
    assert told(found.meets(wish(WishKind.INSTRUMENTAL, True))) == [False]


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.sampled_from([-3.0, 0.0, 0.5, 1.0, 100.0])), max_size=12))
def test_energy_is_the_share_of_known_tracks_with_less_equal_ones_counted_half(energies: list[float | None]) -> None:
    known = [energy for energy in energies if energy is not None]
    expected = [
        None
        if energy is None
        else (sum(other < energy for other in known) + sum(other <= energy for other in known)) / (2 * len(known))
        for energy in energies
    ]
    found = [
        None if np.isnan(share) else share
        for share in features(*({"energy": energy} for energy in energies)).energy.tolist()
    ]
    assert [None if share is None else round(share, 5) for share in found] == [
        None if share is None else round(share, 5) for share in expected
    ]


def test_listeners_stand_in_for_popularity_only_where_no_track_has_any() -> None:
    assert features({}, {}, plays=[0.0, 3.0]).popularity.tolist() == [0.0, 0.5]
    assert features({"popularity": 9.0}, {"popularity": 1.0}, {}, plays=[0.0, 5.0, 9.0]).popularity.tolist() == [
        0.75,
        0.25,
        0.0,
    ]


def test_near_duplicates_share_a_song_and_artists_a_code_in_any_spelling() -> None:
    found = features(
        {"title": "Moss"},
        {"title": "Moss (Live at the Pier)", "artist": "ADA QUILL"},
        {"title": "Moss - 2011 Remaster"},
        {"title": "Moss", "artist": "Ida Mole"},
        {"title": "Mossy"},
    )
    assert found.song.tolist() == [0, 0, 0, 1, 2]
    assert found.artist.tolist() == [0, 0, 0, 1, 0]


def songs(*known: dict[str, Any]) -> list[int]:
    return features(*known).song.tolist()  # type: ignore[no-any-return]


def by(*artists: str) -> list[dict[str, Any]]:
    return [{"title": "Paper Boats", "artist": artist} for artist in artists]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_titles_of_one_song_share_it(one: str, other: str) -> None:
    assert songs({"title": one}, {"title": other}) == [0, 0]


@pytest.mark.parametrize(("one", "other"), APART)
def test_titles_of_two_songs_do_not(one: str, other: str) -> None:
    assert songs({"title": one}, {"title": other}) == [0, 1]


def test_one_recording_under_four_spellings_is_one_song_by_its_isrc() -> None:
    spelled = ["Paper Boats", "Papier Boote", "紙の舟", "Paprboats"]
    assert songs(*({"title": title, "isrc": "QZHAR2600001"} for title in spelled)) == [0, 0, 0, 0]
    assert songs({"title": "Moss", "isrc": "QZHAR2600001"}, {"title": "Moss", "isrc": "QZHAR2600002"}) == [0, 0]


def test_an_isrc_of_many_songs_names_none() -> None:
    filled = [
        {"title": f"Song of {word}", "isrc": "QZHAR2600001"}
        for word in ("salt", "tin", "moss", "rain", "glass", "fern")
    ]
    assert songs(*filled[:ONE_RECORDING]) == [0] * ONE_RECORDING
    assert songs(*filled) == list(range(len(filled)))


def test_many_uploads_of_one_recording_do_not_make_its_isrc_doubtful() -> None:
    uploads = [{"title": f"Moss (Live {year})", "isrc": "QZHAR2600001"} for year in range(1990, 2000)]
    assert set(songs(*uploads, {"title": "Mos", "isrc": "QZHAR2600001"})) == {0}


def test_credits_that_share_a_lead_share_their_song() -> None:
    assert songs(*by("Mira Vale", "Mira Vale & Jon Marsh", "Mira Vale feat. Ida Mole", "MIRA VALE")) == [0, 0, 0, 0]


def test_a_guest_shares_no_song() -> None:
    assert songs(*by("Mira Vale feat. Jon Marsh", "Jon Marsh")) == [0, 1]


def test_an_act_is_not_cut_into_people() -> None:
    """Of two recordings by "Salt & Anchor" none is by Anchor, whoever that is."""
    assert songs(*by("Salt & Anchor", "Salt & Anchor", "Anchor Jones")) == [0, 0, 1]


def test_leads_are_compared_by_identity() -> None:
    assert songs(*by("DJ Øre", "DJ Ore")) == [0, 1]


def test_delivered_performers_count_before_the_credit() -> None:
    leads = (Performer("Mira Vale"), Performer("Jon Marsh", Role.FEATURED))
    one, *others = by("The Lamps", "Mira Vale", "Jon Marsh")
    assert songs({**one, "performers": leads}, *others) == [0, 0, 1]


def test_orchestras_without_a_name_make_no_two_credits_one() -> None:
    assert songs(*by("Mira Vale & Her Orchestra", "Ida Mole & Her Orchestra", "Mira Vale")) == [0, 1, 0]


def test_each_movement_of_an_ensemble_is_a_song_of_its_own() -> None:
    movements = ["I. Allegro", "II. Andante con moto", "III. Scherzo", "IV. Finale: Presto"]
    works = [
        {"title": title, "album": f"Quartet of {city}"}
        for city in ("Bremen", "Lund", "Graz", "Gent")
        for title in movements
    ]
    assert songs(*works) == list(range(16))
    one_album = [
        {"title": title, "album": "Quartets", "duration_s": 200.0 + 31 * work}
        for work in range(4)
        for title in movements
    ]
    assert songs(*one_album) == list(range(16))


def test_a_catalog_without_tracks_has_no_songs() -> None:
    assert songs() == []


def test_artists_and_songs_whose_names_nobody_knows_are_told_apart_by_their_ids() -> None:
    unknown = {"title": "[untitled]", "artist": "[unknown]"}
    found = features({**unknown, "artist_id": "a"}, {**unknown, "artist_id": "b"}, {**unknown, "artist_id": "a"})
    assert found.artist.tolist() == [0, 1, 0]
    assert found.song.tolist() == [0, 1, 2]


def test_columns_read_from_their_folder_are_the_same(tmp_path: Path) -> None:
    before = features({"year": 1994, "energy": 0.5}, {"popularity": 3.0})
    before.save(tmp_path)
    after = TrackFeatures.load(tmp_path)
    assert len(after) == 2
    for name in (column.name for column in fields(TrackFeatures)):
        assert np.array_equal(getattr(after, name), getattr(before, name), equal_nan=True)


def test_renown_is_the_logarithm_of_popularity_as_a_share_of_the_greatest() -> None:
    """By hand: log(8) is three times, log(4) twice log(2); what is not known is played by nobody."""
    known = features({"popularity": 7.0}, {"popularity": 1.0}, {"popularity": 0.0}, {"popularity": 3.0}, {})
    assert known.log_popularity == pytest.approx([1, 1 / 3, 0, 2 / 3, 0])
    assert features({}, {}).log_popularity.tolist() == [0, 0]


def test_renown_and_popularity_are_counted_from_plays_where_the_catalog_tells_none() -> None:
    counted = features({}, {}, {}, plays=[1.0, 0.0, 3.0])
    assert counted.log_popularity == pytest.approx([0.5, 0, 1])
    assert counted.popularity.tolist() == [0.25, 0, 0.75]
    again = counted.counting(np.array([0.0, 5.0, 0.0]))
    assert (again.log_popularity.tolist(), again.popularity.tolist()) == ([0, 1, 0], [0, 0.5, 0])
    assert features({"popularity": 2.0}, {}, plays=[0.0, 9.0]).log_popularity.tolist() == [1, 0]


def test_one_track_whose_popularity_is_told_is_enough_for_none_to_be_counted() -> None:
    untold, told_ = Track(TrackId("t0"), "Rain", "Ada Quill"), Track(TrackId("t1"), "Moss", "Ada Quill", popularity=0.0)
    assert is_counted([untold, untold])
    assert not is_counted([untold, told_])


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=60),
    st.integers(1, 20),
    st.booleans(),
)
def test_the_most_or_least_popular_of_some_are_those_that_sorting_all_of_them_gives(
    tracks: list[tuple[int, bool]], k: int, least: bool
) -> None:
    found = features(*({"popularity": float(popularity)} for popularity, _ in tracks))
    among = [place for place, (_, chosen) in enumerate(tracks) if chosen]
    ordered = sorted(among, key=lambda place: (tracks[place][0] if least else -tracks[place][0], place))
    assert found.most_popular(np.array([chosen for _, chosen in tracks], bool), k, least=least).tolist() == ordered[:k]


@pytest.mark.parametrize(
    ("tags", "year"),
    [
        (("90s",), 1995),
        (("1990s",), 1995),
        (("60's pop",), 1965),
        (("00s",), 2005),
        (("10s",), 2015),
        (("30s",), 1935),
        (("2020s",), 2025),
        (("jazz", "80s", "90s"), 1985),
        (("1995", "the 90s", "90score"), None),
        ((), None),
    ],
)
def test_a_decade_that_tags_tell_is_its_middle_year(tags: tuple[str, ...], year: int | None) -> None:
    assert decade_of(tags) == year


def test_a_year_that_is_known_counts_before_what_tags_tell() -> None:
    assert features({"year": 2003, "tags": ("90s",)}, {"tags": ("90s",)}).year.tolist() == [2003, 1995]


def test_a_comparison_that_has_no_bounds_yet_is_met_or_not_by_no_column() -> None:
    assert features({"energy": 1.0}).meets(wish(WishKind.ENERGY_THAN, True)) is None


def test_a_track_of_unknown_duration_counts_as_the_median_or_four_minutes() -> None:
    known = features({"duration_s": 100.0}, {"duration_s": 200.0}, {"duration_s": 900.0}, {}, {"duration_s": 0.0})
    assert known.lasting_s.tolist() == [100, 200, 900, 200, 200]
    assert features({}, {}).lasting_s.tolist() == [240, 240]


def test_tracks_without_a_letter_in_title_and_artist_are_nameless(tmp_path: Path) -> None:
    features = TrackFeatures.of([Track(TrackId("t1"), "?", "-"), Track(TrackId("t2"), "Dawn", "-")], np.zeros(2))
    features.save(tmp_path)
    assert TrackFeatures.load(tmp_path).nameless.tolist() == [True, False]
