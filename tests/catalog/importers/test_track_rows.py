"""Rows of tracks: what columns as wholes hold, what importing again keeps, and ids in the forms in which people have them."""

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import Subject, SubjectKind, Takedown, parse_record
from catalog.importers.cells import LONGEST_S, entries, number, seconds, year
from catalog.importers.columns import COLUMNS, meant
from catalog.importers.reports import CatalogImportError
from catalog.importers.tables import import_table
from catalog.stores import CatalogStore
from catalog.tracks import Track, TrackId, parse_isrc, parse_track_id
from tests.catalog.importers.table_rows import HEADER, imported_track, records_of, tracks_of, written

ISRC = "QZABC2400001"
FULL = f"{HEADER},artist_id,isrc,genres,licence,gernes"


class TestColumns:
    def test_lengths_of_which_most_would_be_days_are_milliseconds(self, store: CatalogStore, tmp_path: Path) -> None:
        lengths = ("213000", "45000", "180500")
        rows = (f"t{n},Song,Bo,{length}" for n, length in enumerate(lengths))

        report = import_table(store, "tracks", written(tmp_path / "t.csv", f"{HEADER},duration_s", *rows))

        assert [track.duration_s for track in store.all_tracks()] == [213.0, 45.0, 180.5]
        note, _ = report.notes
        assert "read as milliseconds" in note

    def test_a_length_of_days_among_lengths_of_minutes_is_left_out(self, store: CatalogStore, tmp_path: Path) -> None:
        rows = (f"t{n},Song,Bo,{length}" for n, length in enumerate(("213", "213000", "180")))

        report = import_table(store, "tracks", written(tmp_path / "t.csv", f"{HEADER},duration_s", *rows))

        assert [track.duration_s for track in store.all_tracks()] == [213.0, None, 180.0]
        assert "duration_ms" in report.problems[0].reason

    @pytest.mark.parametrize(
        ("cells", "genres"),
        [
            (("pop, dance", "folk"), [("pop", "dance"), ("folk",)]),
            (("pop|dance", "folk, world"), [("pop", "dance"), ("folk, world",)]),
            (("pop, dance", "folk; world"), [("pop, dance",), ("folk", "world")]),
            (("Folk, World, & Country", "pop, dance"), [("Folk, World, & Country",), ("pop", "dance")]),
        ],
    )
    def test_what_separates_entries_is_told_by_the_column(
        self, store: CatalogStore, tmp_path: Path, cells: tuple[str, ...], genres: list[tuple[str, ...]]
    ) -> None:
        rows = (f't{n},Song,Bo,"{cell}"' for n, cell in enumerate(cells))

        report = import_table(store, "tracks", written(tmp_path / "t.csv", f"{HEADER},genres", *rows))

        assert [track.genres for track in store.all_tracks()] == genres
        assert report.problems == []

    def test_a_column_that_is_none_of_ours_is_named_with_what_it_may_be_meant_for(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        report = import_table(store, "tracks", written(tmp_path / "t.csv", f"{HEADER},gernes,xyz", "t1,Dawn,Bo,pop,1"))

        assert report.columns == [
            "columns used: track_id, title, artist",
            "columns kept as attributes: 'gernes' (did you mean genres? --column gernes=genres), 'xyz'",
        ]

    def test_nothing_is_said_to_be_meant_for_a_column_that_the_file_has(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        path = written(tmp_path / "t.csv", f"{HEADER},length,duration,performers", "t1,Dawn,Bo,183,3:03,Bo")
        report = import_table(store, "tracks", path, columns={"length": "duration_s"})

        assert report.columns == [
            "columns used: track_id, title, artist, duration_s (their length)",
            "columns kept as attributes: 'duration'",
            "columns not read: 'performers'",
        ]

    @pytest.mark.parametrize(
        ("source", "theirs", "ours"),
        [
            ("interactions", "time", "at"),
            ("interactions", "timestamp", "at"),
            ("interactions", "date", "at"),
            ("interactions", "Played At", "at"),
            ("interactions", "user", "user_id"),
            ("interactions", "uid", "user_id"),
            ("interactions", "track", "track_id"),
            ("interactions", "play_count", "plays"),
            ("tracks", "bpm", "tempo_bpm"),
            ("tracks", "tempo", "tempo_bpm"),
            ("tracks", "duration", "duration_s"),
            ("tracks", "length", "duration_s"),
            ("tracks", "lenght", "duration_s"),
            ("tracks", "genre", "genres"),
            ("tracks", "date", "year"),
            ("tracks", "uid", "track_id"),
            ("tracks", "shelf", None),
            ("tracks", "", None),
            ("playlists", "tracks", "track_ids"),
        ],
    )
    def test_what_others_call_a_column_is_known_by_meaning_and_by_spelling(
        self, source: str, theirs: str, ours: str | None
    ) -> None:
        assert meant(theirs, COLUMNS[source].names) == ours

    @pytest.mark.parametrize("option", [{"columns": {"gernes": "lenght"}}, {"constants": {"lenght": "3:03"}}])
    def test_no_column_is_renamed_to_what_is_none_of_ours(
        self, store: CatalogStore, tmp_path: Path, option: dict[str, dict[str, str]]
    ) -> None:
        path = written(tmp_path / "t.csv", f"{HEADER},gernes", "t1,Dawn,Bo,pop")

        with pytest.raises(
            CatalogImportError, match=r"'lenght' is not a column of tracks \(did you mean duration_s\?\)"
        ):
            import_table(store, "tracks", path, **option)  # type: ignore[arg-type]
        assert store.track_count() == 0


class TestImportingAgain:
    def imported(self, store: CatalogStore, tmp_path: Path, header: str, row: str) -> tuple[Track, list[str]]:
        report = import_table(store, "tracks", written(tmp_path / "t.csv", header, row))
        return tracks_of(store)["t1"], report.notes

    def test_what_the_file_has_no_column_for_is_kept_and_told(self, store: CatalogStore, tmp_path: Path) -> None:
        before, _ = self.imported(store, tmp_path, FULL, f"t1,Dawn,Bo,a1,{ISRC},pop,CC-BY-4.0,x")
        after, notes = self.imported(store, tmp_path, f"{HEADER},language", "t1,Dusk,Bo,")

        assert (after.title, after.isrc) == ("Dusk", ISRC)
        assert (after.artist_id, after.genres, after.attributes) == (before.artist_id, before.genres, {"gernes": "x"})
        assert [note.split(":")[0] for note in sorted(notes) if "does not tell" in note] == [
            f"the file does not tell {column}" for column in ("artist_id", "genres", "isrc", "licence")
        ]

    def test_a_value_that_is_refused_takes_nothing_away(self, store: CatalogStore, tmp_path: Path) -> None:
        before, _ = self.imported(store, tmp_path, f"{FULL},year", f"t1,Dawn,Bo,a1,{ISRC},pop,,,1994")
        after, _ = self.imported(store, tmp_path, f"{FULL},year", "t1,Dawn,Bo,n/a,QZ-BAD,n/a,,,banana")

        assert after == replace(before, attributes=after.attributes)

    @pytest.mark.parametrize("column", ["isrc", "artist_id", "label", "album"])
    @pytest.mark.parametrize("cell", ["", "n/a", "-"])
    def test_no_cell_without_a_name_takes_a_track_out_of_reach_of_a_take_down(
        self, store: CatalogStore, tmp_path: Path, column: str, cell: str
    ) -> None:
        value = ISRC if column == "isrc" else "a1"
        self.imported(store, tmp_path, f"{HEADER},{column}", f"t1,Dawn,Bo,{value}")
        with store.writing() as writer:
            subject = {column: value, **({"artist": "Bo"} if column == "album" else {})}
            writer.append([parse_record({"kind": "takedown", **subject, "reason": "asked to"})])
        self.imported(store, tmp_path, f"{HEADER},{column}", f"t1,Dawn,Bo,{cell}")

        assert [type(record.terms) for record in records_of(store, "t1")] == [Takedown]

    def test_an_id_does_not_pass_to_another_artist(self, store: CatalogStore, tmp_path: Path) -> None:
        self.imported(store, tmp_path, FULL, f"t1,Dawn,Bo,a1,{ISRC},pop,,")
        after, _ = self.imported(store, tmp_path, HEADER, "t1,Dawn,Ida")

        assert (after.artist, after.artist_id, after.isrc) == ("Ida", "", ISRC)

    def test_a_length_in_milliseconds_takes_the_place_of_one_in_seconds(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        self.imported(store, tmp_path, f"{HEADER},duration_s", "t1,Dawn,Bo,3:25")
        after, notes = self.imported(store, tmp_path, f"{HEADER},duration_ms", "t1,Dawn,Bo,61000")

        assert (after.duration_s, notes[:-1]) == (61.0, [])


@pytest.fixture
def known(store: CatalogStore, tmp_path: Path) -> CatalogStore:
    rows = (f"t1,Dawn,Bo,{ISRC}", "a b,Noon,Bo,QZABC2400002", "t3,Dusk,Bo,QZABC2400002")
    import_table(store, "tracks", written(tmp_path / "known.csv", f"{HEADER},isrc", *rows))
    return store


WRAPPED = (ISRC, f"urn:isrc:{ISRC}", "qz-abc-24-00001", f"ISRC: {ISRC}", f"[{ISRC}]", "QZ ABC 24 00001")


class TestIds:
    @pytest.mark.parametrize("wrapped", WRAPPED)
    def test_interactions_take_an_isrc_in_any_wrapping_for_the_one_track_that_has_it(
        self, known: CatalogStore, tmp_path: Path, wrapped: str
    ) -> None:
        rows = (f"u1,{wrapped}", "u1,urn:consonance:track:a%20b", "u1,QZABC2400002")

        report = import_table(known, "interactions", written(tmp_path / "i.csv", "user_id,track_id", *rows))

        assert known.listener_plays("u1") == ({0: 1.0, 1: 1.0}, {})
        assert [problem.reason for problem in report.problems] == ["'QZABC2400002' is no track of the catalog"]

    def test_playlists_take_them_too(self, known: CatalogStore, tmp_path: Path) -> None:
        ids = f"urn:isrc:{ISRC},t3|urn:consonance:track:a%20b"

        import_table(known, "playlists", written(tmp_path / "p.csv", "playlist_id,track_ids", f'p1,"{ids}"'))

        assert list(known.playlists()) == [("p1", None, [0, 2, 1])]

    def test_records_of_consent_take_them_too(self, known: CatalogStore) -> None:
        record = {"kind": "takedown", "reason": "asked to"}
        subjects = [
            parse_record(record | {"track_id": name}).subject
            for name in (f"urn:isrc:{ISRC}", "urn:consonance:track:a%20b")
        ]

        assert subjects == [Subject(SubjectKind.ISRC, ISRC), Subject(SubjectKind.TRACK, "a b")]
        with known.writing() as writer:
            writer.append([parse_record(record | {"isrc": f"ISRC {ISRC}"})])
        assert [found.kind for found in records_of(known, "t1")] == ["takedown"]

    @given(
        st.from_regex(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", fullmatch=True), st.sampled_from(["-", " ", "–", "\u00a0", ""])
    )
    def test_an_isrc_is_read_out_of_its_wrappings(self, isrc: str, sign: str) -> None:
        parts = sign.join((isrc[:2], isrc[2:5], isrc[5:7], isrc[7:])).lower()
        for wrapped in (parts, f"urn:isrc:{parts}", f" ISRC: {parts}", f"['{parts}']", f"<{parts}>"):
            assert parse_isrc(wrapped) == isrc

    @pytest.mark.parametrize("value", [f"{ISRC};{ISRC}", f"{ISRC} {ISRC}", "ßABC2400001", "isrc", ""])
    def test_what_is_no_isrc_is_refused(self, value: str) -> None:
        with pytest.raises(ValueError, match="is not an ISRC"):
            parse_isrc(value)

    def test_an_id_is_read_as_exports_write_it(self) -> None:
        assert parse_track_id("urn:consonance:track:a%20b%2F%C3%A9") == TrackId("a b/é")
        assert parse_track_id("a%20b") == TrackId("a%20b")

    def test_a_recording_is_known_by_its_musicbrainz_id(self, store: CatalogStore, tmp_path: Path) -> None:
        mbid = "f27ec8db-af05-4f36-916e-3d57f91ecf5e"
        address = f"https://musicbrainz.org/recording/{mbid.upper()}"
        track, report = imported_track(store, tmp_path, mbid=address, location="/music/1.flac")

        assert (track.mbid, track.location, report.problems) == (mbid, "/music/1.flac", [])


@given(st.integers(1, LONGEST_S))
def test_a_length_is_the_same_in_every_form(length: int) -> None:
    hours, minutes, rest = length // 3600, length // 60 % 60, length % 60
    forms = [
        *(
            length,
            str(length),
            f"{length}.0",
            timedelta(seconds=length),
            f"PT{length}S",
            f"PT{hours}H{minutes}M{rest}S",
        ),
        *(f"{hours}:{minutes:02}:{rest:02}", f"{hours:02}:{minutes:02}:{rest:02}.000", f"{hours}h {minutes}m {rest}s"),
        *([f"{length // 60}:{rest:02}"] if length < 60_000 else []),
        *([time(hours, minutes, rest)] if hours < 24 else []),
    ]
    assert {seconds(form) for form in forms} == {length}


@given(st.dates(date(1000, 1, 1), date(2100, 12, 31)))
def test_a_date_gives_its_year_in_every_form(day: date) -> None:
    iso = day.isoformat()
    named = f"{day:%d %B} {day.year}"
    for text in (iso, iso[:7], iso.replace("-", "/"), iso.replace("-", ""), f"{day:%d.%m}.{day.year}", named, day):
        assert year(text) == day.year


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0,8", 0.8),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567.0),
        ("1 234", 1234.0),
        ("0,500", 0.5),
    ],
)
def test_a_comma_that_can_mean_one_thing_is_read(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["1,234", "12,34,56", "1.234.5", "1,2,3", ","])
def test_a_comma_that_may_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        number(text)


@pytest.mark.parametrize("text", ["['pop', 'dance']", '["pop", "dance"]', "pop;dance;nan", " pop ; dance; pop"])
def test_a_list_is_read_as_programs_write_it(text: str) -> None:
    assert entries(text) == ("pop", "dance")


def test_a_comma_within_entries_is_told_where_other_cells_have_semicolons(store: CatalogStore, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('track_id,title,artist,genres\nt1,Moss,Ida,folk;dub\nt2,Fern,Ida,"soul, house"\n', encoding="utf-8")
    report = import_table(store, "tracks", path)
    assert any("'soul, house' and its like are one entry" in note for note in report.notes)


def test_a_number_that_parquet_does_not_have_is_no_problem(store: CatalogStore, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    two = {"track_id": ["t1", "t2"], "title": ["Moss", "Fern"], "artist": ["Ida", "Ida"]}
    pq.write_table(pa.table({**two, "duration_s": pa.array([205.0, float("nan")])}), path)
    assert import_table(store, "tracks", path).problems == []
    assert [track.duration_s for track in store.all_tracks()] == [205, None]


def test_texts_of_parquet_that_repeat_without_bounds_are_refused(store: CatalogStore, tmp_path: Path) -> None:
    ids = pa.array([f"t{n}" for n in range(1_000)])
    same = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000, pa.int32()), pa.array(["x" * (1 << 20)]))
    path = tmp_path / "t.parquet"
    for lyrics in (same, pa.ListArray.from_arrays(pa.array(range(1_001), pa.int32()), same)):
        pq.write_table(pa.table({"track_id": ids, "title": ids, "artist": ids, "lyrics": lyrics}), path)
        with pytest.raises(CatalogImportError, match="unpacks to more than"):
            import_table(store, "tracks", path)
    assert store.track_count() == 0
