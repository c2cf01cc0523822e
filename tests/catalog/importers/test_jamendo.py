"""Importing MTG-Jamendo: small tables of its shape, and the data set itself where it is at hand."""

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.consent import CommercialModel, ConsentRecord, Deal, UseType
from catalog.importers.jamendo import UNKNOWN_ARTIST, UNTITLED, import_jamendo
from catalog.importers.reports import CatalogImportError
from catalog.stores import CatalogStore, Changes, open_store
from catalog.tracks import Track, TrackId

SHARED = Path(__file__).parents[4] / "shared" / "data" / "jamendo"

COLUMNS = (
    *("track_id", "artist_id", "album_id", "duration_s", "genre", "instrument", "mood_theme"),
    *("title", "artist", "licence", "licence_url", "rate_listened_total"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path / "home") as store:
        yield store


def table(*rows: dict[str, str]) -> str:
    lines = ["\t".join(COLUMNS)]
    lines += ["\t".join(({"artist_id": "a1"} | row).get(column, "") for column in COLUMNS) for row in rows]
    return "\n".join(lines) + "\n"


def imported(store: CatalogStore, tmp_path: Path, *rows: dict[str, str]) -> dict[str, Track]:
    path = tmp_path / "tracks.tsv"
    path.write_text(table(*rows), encoding="utf-8")
    assert import_jamendo(store, path).problems == []
    return {track.track_id: track for track in store.all_tracks()}


def records_of(store: CatalogStore, track_id: str) -> tuple[ConsentRecord, ...]:
    position = store.positions_of([TrackId(track_id)])[TrackId(track_id)]
    return store.facts([position])[1][position].records


def test_a_row_becomes_a_track_in_readable_words(store: CatalogStore, tmp_path: Path) -> None:
    row = {
        "track_id": "7",
        "artist_id": "artist_1",
        "album_id": "album_2",
        "duration_s": "124.6",
        "genre": "drumnbass;90s;singersongwriter;pop",
        "instrument": "acousticguitar;voice",
        "mood_theme": "calm",
        "title": "Tide",
        "artist": "Ada Ayer",
        "licence": "CC-BY-NC-SA-2.0",
        "licence_url": "http://creativecommons.org/licenses/by-nc-sa/2.0/fr/",
        "rate_listened_total": "44663",
    }

    assert imported(store, tmp_path, row)["7"] == Track(
        TrackId("7"),
        "Tide",
        "Ada Ayer",
        "artist_1",
        duration_s=124.6,
        genres=("drum and bass", "singer-songwriter", "pop"),
        moods=("calm",),
        instruments=("acoustic guitar", "vocals"),
        tags=("90s",),
        instrumental=False,
        licence="CC-BY-NC-SA-2.0",
        popularity=44663.0,
        attributes={"album_id": "album_2", "licence_url": "http://creativecommons.org/licenses/by-nc-sa/2.0/fr/"},
    )


@pytest.mark.parametrize(
    ("genre", "instrument", "instrumental"),
    [
        ("instrumentalpop", "", True),
        ("instrumentalrock", "piano", True),
        ("instrumentalrock", "voice", False),
        ("pop", "piano", None),
    ],
)
def test_only_tags_that_say_so_make_a_track_instrumental_or_sung(
    store: CatalogStore, tmp_path: Path, genre: str, instrument: str, instrumental: bool | None
) -> None:
    tracks = imported(store, tmp_path, {"track_id": "1", "genre": genre, "instrument": instrument})
    assert tracks["1"].instrumental is instrumental


def test_a_missing_artist_takes_the_name_that_most_other_rows_give_the_id(store: CatalogStore, tmp_path: Path) -> None:
    tracks = imported(
        store,
        tmp_path,
        {"track_id": "1"},
        {"track_id": "2", "artist": "live"},
        {"track_id": "3", "artist": "Ada Ayer", "title": "Tide"},
        {"track_id": "4", "artist": "Ada Ayer"},
        {"track_id": "5", "artist_id": "a2"},
    )

    assert [track.artist for track in tracks.values()] == ["Ada Ayer", "live", "Ada Ayer", "Ada Ayer", UNKNOWN_ARTIST]
    assert [track.title for track in tracks.values()] == [UNTITLED, UNTITLED, "Tide", UNTITLED, UNTITLED]


def test_a_creative_commons_licence_is_a_deal_and_nothing_else_is(store: CatalogStore, tmp_path: Path) -> None:
    url = "http://creativecommons.org/licenses/by-nc-sa/2.0/fr/"
    imported(
        store,
        tmp_path,
        {"track_id": "1", "artist": "Ada Ayer", "licence": "CC-BY-NC-SA-2.0", "licence_url": url},
        {"track_id": "2", "licence": "LAL", "licence_url": "http://artlibre.org/licence/lal/"},
        {"track_id": "3", "licence": "OTHER"},
        {"track_id": "4"},
    )

    (record,) = records_of(store, "1")
    assert record.terms == Deal(
        use_types=frozenset({UseType.STREAM}),
        commercial_models=frozenset({CommercialModel.FREE_OF_CHARGE}),
        licensor="Ada Ayer",
    )
    assert (record.source, record.evidence) == ("creative_commons", url)
    assert [records_of(store, track_id) for track_id in "234"] == [(), (), ()]


def test_the_folder_will_do_and_importing_twice_changes_nothing(store: CatalogStore, tmp_path: Path) -> None:
    (tmp_path / "tracks.tsv.gz").write_bytes(gzip.compress(table({"track_id": "1", "licence": "CC-BY-3.0"}).encode()))

    first = import_jamendo(store, tmp_path, asserted_deal="for a test")
    second = import_jamendo(store, tmp_path, asserted_deal="for a test")

    assert first.changes == {"tracks": Changes(added=1), "consent": Changes(added=2)}
    assert second.changes == {"tracks": Changes(unchanged=1), "consent": Changes(unchanged=2)}


def test_rows_without_ids_and_bad_values_are_reported_once(store: CatalogStore, tmp_path: Path) -> None:
    path = tmp_path / "tracks.tsv"
    path.write_text(
        table({"track_id": ""}, {"track_id": "1", "duration_s": "long"}, {"track_id": "1"}), encoding="utf-8"
    )

    report = import_jamendo(store, path)

    assert [(problem.line, problem.field) for problem in report.problems] == [
        (2, "track_id"),
        (3, "duration_s"),
        (4, "track_id"),
    ]
    assert store.track_count() == 1


def test_a_folder_without_the_data_set_is_refused(store: CatalogStore, tmp_path: Path) -> None:
    with pytest.raises(CatalogImportError, match=r"neither tracks\.tsv\.gz nor tracks\.tsv"):
        import_jamendo(store, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not beside the project (../shared/data/jamendo)")
def test_the_whole_data_set_has_the_published_counts(store: CatalogStore) -> None:
    report = import_jamendo(store, SHARED)

    assert (report.rows, report.problem_count) == (55_525, 0)
    # 11,565 tracks have a licence; LAL (15) and OTHER (2) are not Creative Commons.
    assert report.changes == {"tracks": Changes(added=55_525), "consent": Changes(added=11_548)}
    tracks = list(store.all_tracks())
    assert sum(track.artist != UNKNOWN_ARTIST for track in tracks) == 39_512
    assert sum(track.title != UNTITLED for track in tracks) == 13_201
    assert sum(track.popularity is not None for track in tracks) == 9_858
    genres = Counter(genre for track in tracks for genre in track.genres)
    assert genres["easy listening"] == 4_833
    assert genres["drum and bass"] == 501
    assert sum(track.instrumental is False for track in tracks) == 1_604
