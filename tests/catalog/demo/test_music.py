import re
import unicodedata
from collections import defaultdict

from catalog.consent import Flag, TrackFacts
from catalog.demo.generator import DemoCatalog
from catalog.demo.vocabulary import FAMILIES, GENRES
from catalog.names import identity, search_form
from catalog.tracks import Track, TrackId
from tests.catalog.demo.conftest import share

GENRE = {genre.name: genre for genre in GENRES}


def test_every_track_has_its_artist_on_record(demo: DemoCatalog) -> None:
    assert {identity(track.artist) for track in demo.tracks} == {artist.key for artist in demo.artists}


def test_every_track_is_fully_described_and_nothing_else_is_told_about_it(demo: DemoCatalog) -> None:
    for track in demo.tracks:
        described = (
            track.title,
            track.genres,
            track.moods,
            track.instruments,
            track.tags,
            track.year,
            track.duration_s,
        )
        assert all(described), track
        numbers = (track.tempo_bpm, track.energy, track.valence, track.explicit, track.instrumental, track.popularity)
        assert None not in numbers, track
        assert track.attributes == {}


def test_titles_differ_and_none_is_a_number(demo: DemoCatalog, suspicious: frozenset[TrackId]) -> None:
    titles = [track.title for track in demo.tracks]
    assert not [title for title in titles if re.match(r"track \d+", title, re.IGNORECASE) or re.search(r"[{}|]", title)]
    honest = [search_form(track.title) for track in demo.tracks if track.track_id not in suspicious]
    assert len(set(honest)) == len(honest)


def test_some_artists_are_called_by_everyday_words(demo: DemoCatalog) -> None:
    assert {"harbour", "hours", "kitchen", "sunday", "rain", "home"} <= {
        search_form(artist.name) for artist in demo.artists
    }


def test_there_are_many_genres_in_every_taste_group(demo: DemoCatalog) -> None:
    assert len({track.genres[0] for track in demo.tracks}) == len(GENRES) >= 25
    assert set(demo.truth.artist_taste.values()) == set(demo.truth.listener_taste.values()) == set(FAMILIES)


def test_sound_and_year_lie_within_the_genres_range(demo: DemoCatalog, suspicious: frozenset[TrackId]) -> None:
    for track in demo.tracks:
        if track.track_id in suspicious:
            continue
        genre = GENRE[track.genres[0]]
        for value, (low, high) in (
            (track.tempo_bpm, genre.tempo),
            (track.energy, genre.energy),
            (track.valence, genre.valence),
            (track.duration_s, genre.duration),
            (track.year, genre.years),
        ):
            assert value is not None
            assert low <= value <= high, (track, low, high)


def test_drones_are_slow_calm_and_without_voice(demo: DemoCatalog) -> None:
    drones = [track for track in demo.tracks if track.genres[0] == "drone"]
    assert len(drones) >= 30
    assert all((track.tempo_bpm or 0) <= 60 and (track.energy or 1) < 0.15 and track.instrumental for track in drones)


def test_a_track_is_instrumental_exactly_when_nobody_sings(demo: DemoCatalog) -> None:
    for track in demo.tracks:
        assert track.instrumental == ("vocals" not in track.instruments)
        assert track.instrumental == (track.language is None)
        assert not (track.instrumental and track.explicit)


def test_lively_tracks_have_lively_moods(demo: DemoCatalog) -> None:
    energy: dict[str, list[float]] = defaultdict(list)
    for track in demo.tracks:
        for mood in track.moods:
            energy[mood].append(track.energy or 0)
    mean = {mood: sum(values) / len(values) for mood, values in energy.items()}
    assert max(mean["calm"], mean["peaceful"], mean["lonely"]) < 0.35
    assert min(mean["euphoric"], mean["powerful"], mean["aggressive"]) > 0.65


def test_albums_have_one_year_and_six_to_twelve_tracks(demo: DemoCatalog, suspicious: frozenset[TrackId]) -> None:
    albums: dict[tuple[str, str | None], list[Track]] = defaultdict(list)
    for track in demo.tracks:
        if track.track_id not in suspicious:
            albums[track.artist_id, track.album].append(track)
    for album in albums.values():
        assert 6 <= len(album) <= 12
        assert len({(track.year, track.label) for track in album}) == 1


def test_only_hip_hop_and_its_like_is_mostly_explicit(demo: DemoCatalog) -> None:
    by_genre: dict[str, list[bool]] = defaultdict(list)
    for track in demo.tracks:
        by_genre[track.genres[0]].append(bool(track.explicit))
    assert share(by_genre["trap"]) > 0.6
    assert not any(by_genre["choral"] + by_genre["solo piano"] + by_genre["ambient"])


def test_near_duplicates_resemble_their_originals_and_most_go_unnoticed(
    demo: DemoCatalog, facts: dict[TrackId, TrackFacts]
) -> None:
    tracks = {track.track_id: track for track in demo.tracks}
    assert len(demo.truth.duplicates) == 60
    noticed = 0
    for copy, original in demo.truth.duplicates.items():
        assert tracks[original].title.casefold() in unicodedata.normalize("NFKC", tracks[copy].title).casefold()
        assert tracks[copy].title != tracks[original].title
        noticed += any(isinstance(record.terms, Flag) for record in facts[copy].records)
    assert noticed == 20
    other_artist = [
        tracks[copy].artist_id != tracks[original].artist_id for copy, original in demo.truth.duplicates.items()
    ]
    assert 0.3 < share(other_artist) < 0.7
