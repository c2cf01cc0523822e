"""Importing tables: what comes in, what is reported, and that nothing comes in by halves."""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent.records import ConsentRecord
from catalog.consent.rights import CommercialModel, Deal, Party, PartyKind, Period
from catalog.importers.cells import MAX_ATTRIBUTE, MAX_ENTRIES, MAX_ID, MAX_TEXT
from catalog.importers.reports import KEPT_PROBLEMS, MAX_REASON, CatalogImportError, ImportReport, RowProblem
from catalog.importers.table_files import MAX_ARRAY, MAX_LINE, MAX_NESTING, PROGRESS_EVERY
from catalog.importers.tables import MAX_PLAYLIST_TRACKS, import_table
from catalog.stores import CatalogStore, Changes, open_store
from catalog.tracks import Artist, Track

HEADER = "track_id,title,artist"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path / "home") as store:
        yield store


@pytest.fixture
def three_tracks(store: CatalogStore) -> CatalogStore:
    with store.writing() as writer:
        writer.put_tracks([Track("t1", "Dawn", "Ada Ayer"), Track("t2", "Noon", "Bo"), Track("t3", "Dusk", "Bo")])
    return store


DEEP = "[" * (MAX_NESTING + 1) + "1" + "]" * (MAX_NESTING + 1)


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return path


def jsonl(path: Path, *rows: Mapping[str, Any]) -> Path:
    return written(path, *map(json.dumps, rows))


def tracks_of(store: CatalogStore) -> dict[str, Track]:
    return {track.track_id: track for track in store.all_tracks()}


def records_of(store: CatalogStore, track_id: str) -> tuple[ConsentRecord, ...]:
    position = store.positions_of([track_id])[track_id]
    return store.facts([position])[1][position].records


def imported_track(store: CatalogStore, tmp_path: Path, **fields: Any) -> tuple[Track, ImportReport]:
    """Import one track from JSONL and return it."""
    row = {"track_id": "t1", "title": "Dawn", "artist": "Ada Ayer"} | fields
    report = import_table(store, "tracks", jsonl(tmp_path / "one.jsonl", row))
    return tracks_of(store)["t1"], report


def problems_of(report: ImportReport) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.field) for problem in report.problems]


FULL_ROW = {
    "track_id": "t1",
    "title": "Dawn",
    "artist": "Ada Ayer",
    "artist_id": "a1",
    "isrc": "QZ-ABC-24-00001",
    "album": "Hours",
    "year": "1994-05-01",
    "duration_s": "183.5",
    "genres": "folk;  chamber pop ;;folk",
    "moods": "calm",
    "instruments": "harp;voice",
    "tags": "morning",
    "tempo_bpm": "92",
    "energy": "-0.3",
    "valence": "0.8",
    "explicit": "No",
    "instrumental": "1",
    "language": "en",
    "label": "Hearth",
    "licence": "proprietary",
    "popularity": "17",
    "ISWC": "T-1",
    "note": "",
}
FULL_TRACK = Track(
    "t1",
    "Dawn",
    "Ada Ayer",
    "a1",
    "QZABC2400001",
    "Hours",
    1994,
    183.5,
    ("folk", "chamber pop"),
    ("calm",),
    ("harp", "voice"),
    ("morning",),
    92.0,
    -0.3,
    0.8,
    False,
    True,
    "en",
    "Hearth",
    "proprietary",
    17.0,
    {"iswc": "T-1"},
)


class TestFormats:
    @pytest.mark.parametrize(
        "suffix",
        [".csv", ".tsv", ".json", ".jsonl", ".parquet", ".csv.gz", ".tsv.gz", ".json.gz", ".jsonl.gz", ".parquet.gz"],
    )
    def test_every_format_gives_the_same_track(self, store: CatalogStore, tmp_path: Path, suffix: str) -> None:
        plain = tmp_path / f"tracks{suffix.removesuffix('.gz')}"
        if ".parquet" in suffix:
            pq.write_table(pa.Table.from_pylist([FULL_ROW]), plain)
        elif ".json" in suffix:  # An array, or one object a line.
            written(plain, json.dumps(FULL_ROW if ".jsonl" in suffix else [FULL_ROW]))
        else:
            with plain.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(FULL_ROW), delimiter="," if ".csv" in suffix else "\t")
                writer.writeheader()
                writer.writerow(FULL_ROW)
        path = plain
        if suffix.endswith(".gz"):
            path = tmp_path / f"tracks{suffix}"
            path.write_bytes(gzip.compress(plain.read_bytes()))

        report = import_table(store, "tracks", path)

        assert tracks_of(store) == {"t1": FULL_TRACK}
        assert (report.rows, report.problems, report.changes["tracks"]) == (1, [], Changes(added=1))

    def test_parquet_and_json_values_need_not_be_texts(self, store: CatalogStore, tmp_path: Path) -> None:
        row = {
            "track_id": 214,
            "title": 1979,
            "artist": "Bo",
            "year": date(1994, 5, 1),
            "duration_s": 60,
            "genres": ["folk", "pop"],
            "explicit": True,
            "checked": datetime(2026, 1, 31, 12, tzinfo=UTC),
            "charts": [1, 2],
            "remastered": False,
        }
        path = tmp_path / "tracks.parquet"
        pq.write_table(pa.Table.from_pylist([row]), path)

        report = import_table(store, "tracks", path)

        assert report.problems == []
        track = tracks_of(store)["214"]
        assert (track.title, track.year, track.duration_s, track.genres) == ("1979", 1994, 60.0, ("folk", "pop"))
        assert track.explicit is True
        assert track.attributes == {"checked": "2026-01-31T12:00:00+00:00", "charts": "[1, 2]", "remastered": "false"}

    def test_header_case_outer_spaces_and_byte_order_mark_do_not_matter(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        path = tmp_path / "TRACKS.CSV"
        path.write_bytes("\ufeff Track_ID ,TITLE,Artist\r\nt1, Dawn ,Ada Ayer\r\n\r\n".encode())

        import_table(store, "tracks", path)

        assert tracks_of(store) == {"t1": Track("t1", "Dawn", "Ada Ayer")}

    def test_an_unknown_format_names_those_there_are(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(CatalogImportError, match=r"tracks\.xlsx: .*\.csv, \.tsv, \.json, \.jsonl, \.parquet"):
            import_table(store, "tracks", written(tmp_path / "tracks.xlsx", HEADER))

    def test_an_unknown_source_names_those_there_are(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(CatalogImportError, match="'songs' is not a table; the tables are tracks, artists"):
            import_table(store, "songs", tmp_path / "songs.csv")

    @settings(max_examples=30)
    @given(
        titles=st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40).filter(str.strip),
            max_size=8,
        ),
        delimiter=st.sampled_from([(",", "csv"), ("\t", "tsv")]),
    )
    def test_titles_that_csv_wrote_come_back(self, titles: list[str], delimiter: tuple[str, str]) -> None:
        with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
            path = Path(folder) / f"tracks.{delimiter[1]}"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, delimiter=delimiter[0])
                writer.writerow(HEADER.split(","))
                writer.writerows([f"t{number}", title, "Bo"] for number, title in enumerate(titles))

            report = import_table(store, "tracks", path)

            assert report.problems == []
            assert [track.title for track in store.all_tracks()] == [title.strip() for title in titles]

    @settings(max_examples=30)
    @given(
        content=st.binary(max_size=300),
        name=st.sampled_from(["t.csv", "t.tsv", "t.json", "t.jsonl", "t.parquet", "t.csv.gz"]),
    )
    def test_no_bytes_do_more_than_be_refused(self, content: bytes, name: str) -> None:
        with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
            path = Path(folder) / name
            path.write_bytes(content)
            try:
                report = import_table(store, "tracks", path)
            except CatalogImportError:
                assert store.track_count() == 0
            else:
                assert report.rows <= report.problem_count + store.track_count()


class TestRenaming:
    def test_columns_are_renamed_without_regard_to_case(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", "UID,title,artist,Arousal,tempo", "x1,Dawn,Bo,0.5,slow")

        import_table(store, "tracks", path, columns={"uid": "track_id", "arousal": "energy", "tempo": "pace"})

        track = tracks_of(store)["x1"]
        assert (track.energy, track.attributes) == (0.5, {"pace": "slow"})

    def test_two_columns_can_swap_names(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", HEADER, "t1,Bo,Dawn")

        import_table(store, "tracks", path, columns={"title": "artist", "artist": "title"})

        assert tracks_of(store)["t1"] == Track("t1", "Dawn", "Bo")

    @pytest.mark.parametrize("name", ["t.csv", "t.json", "t.jsonl"])
    def test_a_column_that_the_file_lacks_is_named_with_those_it_has(
        self, store: CatalogStore, tmp_path: Path, name: str
    ) -> None:
        path = (
            written(tmp_path / name, HEADER, "t1,Dawn,Bo")
            if name == "t.csv"
            else written(tmp_path / name, '{"track_id": "t1", "title": "Dawn", "artist": "Bo"}')
        )
        if name == "t.json":
            written(path, f"[{path.read_text('utf-8')}]")

        with pytest.raises(CatalogImportError, match="'uid', but the file's columns are 'track_id', 'title', 'artist'"):
            import_table(store, "tracks", path, columns={"uid": "track_id"})
        assert store.track_count() == 0

    @pytest.mark.parametrize(
        ("header", "columns"),
        [
            ("track_id,title,artist,name", {"name": "artist"}),
            ("track_id,title,singer,band", {"singer": "artist", "band": "artist"}),
            ("track_id,title,artist,Artist", {}),
        ],
    )
    def test_two_columns_of_one_name_are_refused(
        self, store: CatalogStore, tmp_path: Path, header: str, columns: dict[str, str]
    ) -> None:
        with pytest.raises(CatalogImportError, match="are both called 'artist'"):
            import_table(store, "tracks", written(tmp_path / "t.csv", header, "t1,Dawn,Bo,Bo"), columns=columns)

    def test_one_column_cannot_get_two_names(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", HEADER)
        with pytest.raises(CatalogImportError, match="names a column twice"):
            import_table(store, "tracks", path, columns={"title": "album", "Title": "label"})

    def test_a_name_that_the_table_does_not_know_is_refused(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(
            CatalogImportError, match="'uid' is not a column of playlists, which are playlist_id, title, track_ids"
        ):
            import_table(store, "playlists", tmp_path / "p.csv", columns={"track_ids": "uid"})

    def test_a_missing_column_is_named_with_those_there_are(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(
            CatalogImportError, match=r"no column 'artist'; its columns are .*'singer'.*--column THEIRS=artist"
        ):
            import_table(store, "tracks", written(tmp_path / "t.csv", "track_id,title,singer"))


class TestDamagedFiles:
    def test_a_missing_file_is_named(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(CatalogImportError, match=r"none\.csv: cannot be read: No such file"):
            import_table(store, "tracks", tmp_path / "none.csv")

    @pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
    def test_a_table_without_a_header_is_refused(self, store: CatalogStore, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        path.write_bytes(b"")
        with pytest.raises(CatalogImportError, match="its first line is empty"):
            import_table(store, "tracks", path)

    def test_a_header_alone_is_a_table_without_rows(self, store: CatalogStore, tmp_path: Path) -> None:
        assert import_table(store, "tracks", written(tmp_path / "t.csv", HEADER)).rows == 0

    @pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
    def test_another_encoding_is_refused_with_its_line_and_the_remedy(
        self, store: CatalogStore, tmp_path: Path, encoding: str
    ) -> None:
        path = tmp_path / "t.csv"
        path.write_bytes(f"{HEADER}\nt1,Dawn,Bo\nt2,Dämmerung,Bo\n".encode(encoding))

        with pytest.raises(CatalogImportError, match=rf"line {1 if encoding == 'utf-16' else 3}: is not UTF-8 .*iconv"):
            import_table(store, "tracks", path)
        assert store.track_count() == 0

    def test_a_truncated_gzip_file_leaves_the_catalog_as_it_was(self, store: CatalogStore, tmp_path: Path) -> None:
        path = tmp_path / "t.csv.gz"
        rows = "\n".join(f"t{number},Song {number * 7919},Bo" for number in range(5_000))
        path.write_bytes(gzip.compress(f"{HEADER}\n{rows}\n".encode())[:-2_000])

        with pytest.raises(CatalogImportError, match="no complete gzip file"):
            import_table(store, "tracks", path)
        assert store.track_count() == 0

    @pytest.mark.parametrize("name", ["t.csv.gz", "t.parquet"])
    def test_a_file_that_is_not_what_its_name_says_is_refused(
        self, store: CatalogStore, tmp_path: Path, name: str
    ) -> None:
        with pytest.raises(CatalogImportError, match=r"is no (complete gzip|readable Parquet) file"):
            import_table(store, "tracks", written(tmp_path / name, HEADER, "t1,Dawn,Bo"))

    def test_an_endless_line_is_refused(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(CatalogImportError, match="line 2: is longer than"):
            import_table(store, "tracks", written(tmp_path / "t.csv", HEADER, "x" * (MAX_LINE + 1)))


class TestBadRows:
    def test_ragged_rows_are_reported_and_the_others_imported(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", HEADER, "t1,Dawn,Bo", "t2,Noon", "t3,Dusk,Bo,more", "t4,Night,Bo")

        report = import_table(store, "tracks", path)

        assert list(tracks_of(store)) == ["t1", "t4"]
        assert report.rows == 4
        assert report.problems == [
            RowProblem(str(path), 3, "", "has 2 cells instead of 3; the row was left out"),
            RowProblem(str(path), 4, "", "has 4 cells instead of 3; the row was left out"),
        ]

    def test_an_unclosed_quotation_mark_costs_its_rows_and_says_how_far_it_reached(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        path = written(tmp_path / "t.csv", HEADER, 't1,"Dawn,Bo', "t2,Noon,Bo", 't3,"Dusk",Bo', "t4,Night,Bo")

        report = import_table(store, "tracks", path)

        assert list(tracks_of(store)) == ["t4"]
        assert problems_of(report) == [(2, "")]
        assert "reaches to line 4: a quotation mark is not closed?" in report.problems[0].reason

    def test_an_unclosed_quotation_mark_in_the_last_column_does_not_become_a_name(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        report = import_table(store, "tracks", written(tmp_path / "t.csv", HEADER, 't1,Dawn,"Bo', "t2,Noon,Bo"))

        assert store.track_count() == 0
        assert problems_of(report) == [(2, "")]

    def test_a_quoted_title_with_words_after_it_is_reported_rather_than_changed(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        path = written(tmp_path / "t.tsv", HEADER.replace(",", "\t"), 't1\t"Dawn" (live)\tBo', "t2\tNoon\tBo")

        report = import_table(store, "tracks", path)

        assert list(tracks_of(store)) == ["t2"]
        assert problems_of(report) == [(2, "")]

    def test_a_name_over_two_lines_is_no_name(self, store: CatalogStore, tmp_path: Path) -> None:
        report = import_table(store, "tracks", written(tmp_path / "t.csv", HEADER, 't1,"Dawn', 'Noon",Bo'))

        assert problems_of(report) == [(2, "title")]

    def test_line_ends_of_old_macs_are_refused(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(CatalogImportError, match="line 1: new-line character"):
            import_table(store, "tracks", written(tmp_path / "t.csv", f"{HEADER}\rt1,Dawn,Bo"))

    def test_a_cell_beyond_all_bounds_is_reported_and_later_rows_are_read(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        half = "x" * (MAX_LINE // 2)
        path = written(tmp_path / "t.csv", HEADER, f'"{half}', half, f"{half}", "t2,Noon,Bo")

        report = import_table(store, "tracks", path)

        assert list(tracks_of(store)) == ["t2"]
        assert report.problems[0].line == 2

    @pytest.mark.parametrize(
        "line",
        ["{", "NaNa", "[1]", '"t1"', "null", "[" * 100_000, '{"track_id": ' + "9" * 5_000 + "}", f'{{"a": {DEEP}}}'],
    )
    def test_lines_that_are_not_json_objects_are_reported(self, store: CatalogStore, tmp_path: Path, line: str) -> None:
        good = '{"track_id": "t1", "title": "Dawn", "artist": "Bo"}'

        report = import_table(store, "tracks", written(tmp_path / "t.jsonl", good, line, good.replace("t1", "t2")))

        assert list(tracks_of(store)) == ["t1", "t2"]
        assert problems_of(report) == [(2, "")]

    def test_entries_of_an_array_that_are_no_objects_or_nested_too_deeply_are_reported_by_number(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        good = '{"track_id": "t1", "title": "Dawn", "artist": "Bo"}'
        entries = [good, "[1]", f'{{"track_id": {DEEP}}}', "null", good.replace("t1", "t2")]

        report = import_table(store, "tracks", written(tmp_path / "t.json", "\ufeff[", ",\n".join(entries), "]"))

        assert list(tracks_of(store)) == ["t1", "t2"]
        assert problems_of(report) == [(2, ""), (3, ""), (4, "")]
        assert "nested more than 32 levels deep" in report.problems[1].reason

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "is not JSON"),
            ('[{"track_id": "t1", "title": "Dawn", "artist": "Bo"},', "is not JSON .* fetch it again"),
            ('[{"track_id": "t1", "title": "Dawn", "artist": "Bo"}', "is not JSON"),
            ('{"track_id": "t1"}\n{"track_id": "t2"}', r"one object a line, call it \.jsonl"),
            ('{"tracks": []}', r"no array of objects such as \[\{\.\.\.\}"),
            ("[" * 100_000, "is not JSON"),
            ("[" + "9" * 5_000 + "]", "is not JSON"),
            (f"[{' ' * MAX_ARRAY}]", r"more than 20,000,000 bytes; save it as \.jsonl"),
        ],
    )
    def test_a_file_that_is_no_array_says_why_and_changes_nothing(
        self, store: CatalogStore, tmp_path: Path, text: str, words: str
    ) -> None:
        for path in (tmp_path / "t.json", tmp_path / "t.json.gz"):
            path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
            with pytest.raises(CatalogImportError, match=words):
                import_table(store, "tracks", path)
        assert store.track_count() == 0

    def test_an_array_that_is_not_utf_8_says_so(self, store: CatalogStore, tmp_path: Path) -> None:
        path = tmp_path / "t.json"
        path.write_bytes('[{"track_id": "t1", "title": "Doué", "artist": "Bo"}]'.encode("latin1"))

        with pytest.raises(CatalogImportError, match=r"is not JSON .*utf-8.* 0xe9"):
            import_table(store, "tracks", path)

    @pytest.mark.parametrize("field", ["track_id", "title", "artist"])
    @pytest.mark.parametrize("value", [None, "", "  ", "a\x00b", "x" * (MAX_TEXT + 1), "\ud800", True, ["a"], {"a": 1}])
    def test_a_row_without_a_usable_id_title_or_artist_is_left_out(
        self, store: CatalogStore, tmp_path: Path, field: str, value: object
    ) -> None:
        row: dict[str, object] = {"track_id": "t1", "title": "Dawn", "artist": "Bo"}

        report = import_table(store, "tracks", jsonl(tmp_path / "t.jsonl", row | {field: value}))

        assert store.track_count() == 0
        assert problems_of(report) == [(1, field)]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("isrc", "12345"),
            ("year", "soon"),
            ("year", 999),
            ("year", "2101"),
            ("year", "19945"),
            ("duration_s", 0),
            ("duration_s", "-3"),
            ("duration_s", "3:45"),
            ("duration_s", float("nan")),
            ("duration_s", "1_000"),
            ("tempo_bpm", 19.9),
            ("tempo_bpm", 401),
            ("tempo_bpm", float("inf")),
            ("energy", float("nan")),
            ("energy", "NaN"),
            ("energy", "Infinity"),
            ("valence", "1e999"),
            ("valence", 10**400),
            ("valence", True),
            ("popularity", -1),
            ("explicit", "maybe"),
            ("instrumental", 2),
            ("genres", 3),
            ("genres", {"folk": 1}),
            ("tags", [["nested"]]),
            ("tags", [f"tag {number}" for number in range(MAX_ENTRIES + 1)]),
            ("moods", "x" * (MAX_TEXT + 1)),
            ("album", "x" * (MAX_TEXT + 1)),
            ("album", float("nan")),
            ("label", "two\nlines"),
            ("comment", "x" * (MAX_ATTRIBUTE + 1)),
            ("comment", "a\x00b"),
            ("comment", float("nan")),
            ("x" * (MAX_ID + 1), "named at too great length"),
        ],
    )
    def test_a_bad_optional_value_is_reported_and_the_track_imported_without_it(
        self, store: CatalogStore, tmp_path: Path, field: str, value: object
    ) -> None:
        track, report = imported_track(store, tmp_path, **{field: value})

        assert track == Track("t1", "Dawn", "Ada Ayer")
        assert problems_of(report) == [(1, field if len(field) <= MAX_REASON else f"{field[:MAX_REASON]}...")]
        assert report.problems[0].reason.endswith("it was left out")

    def test_a_column_whose_name_is_no_unicode_is_left_out(self, store: CatalogStore, tmp_path: Path) -> None:
        track, report = imported_track(store, tmp_path, **{"a\ud800": "x"})

        assert track.attributes == {}
        assert problems_of(report) == [(1, "a\\ud800")]

    @pytest.mark.parametrize(
        ("value", "year"),
        [
            ("1994", 1994),
            ("1994.0", 1994),
            (1994.0, 1994),
            ("1994-05", 1994),
            ("1994-05-01T10:00:00Z", 1994),
            (2100, 2100),
        ],
    )
    def test_a_year_may_come_as_a_number_or_date(
        self, store: CatalogStore, tmp_path: Path, value: object, year: int
    ) -> None:
        track, report = imported_track(store, tmp_path, year=value)
        assert (track.year, report.problems) == (year, [])

    @pytest.mark.parametrize("value", ["true", "YES", "1", 1, True])
    def test_yes_may_be_said_in_several_ways(self, store: CatalogStore, tmp_path: Path, value: object) -> None:
        assert imported_track(store, tmp_path, explicit=value)[0].explicit is True

    @pytest.mark.parametrize("value", ["False", "no", "0", 0, False])
    def test_no_may_be_said_in_several_ways(self, store: CatalogStore, tmp_path: Path, value: object) -> None:
        assert imported_track(store, tmp_path, instrumental=value)[0].instrumental is False

    def test_of_two_rows_with_one_id_the_first_counts(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", HEADER, "t1,Dawn,Bo", "t1,Noon,Bo")

        report = import_table(store, "tracks", path)

        assert tracks_of(store)["t1"].title == "Dawn"
        assert [str(problem) for problem in report.problems] == [
            f"{path}, line 3, track_id: 't1' was given in line 2; the row was left out"
        ]

    def test_all_problems_are_counted_and_the_first_ones_kept(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", HEADER, *["t1,,Bo"] * (KEPT_PROBLEMS + 5))

        report = import_table(store, "tracks", path)

        assert (len(report.problems), report.problem_count) == (KEPT_PROBLEMS, KEPT_PROBLEMS + 5)
        assert "1,005 problems:" in report.summary()
        assert report.summary().endswith("and 995 more")

    def test_a_reason_quotes_a_long_value_only_in_part(self, store: CatalogStore, tmp_path: Path) -> None:
        row = {"kind": "deal", "track_id": "t1", "use_types": ["x" * 5_000]}

        report = import_table(store, "consent", jsonl(tmp_path / "c.jsonl", row))

        assert len(report.problems[0].reason) == MAX_REASON + len("...")


class TestOneTransaction:
    def test_importing_twice_changes_nothing(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", f"{HEADER},licence", "t1,Dawn,Bo,CC-BY-4.0", "t2,Noon,Bo,")
        import_table(store, "tracks", path, asserted_deal="we own it")
        epoch = store.consent_epoch()

        report = import_table(store, "tracks", path, asserted_deal="we own it")

        assert report.changes == {"tracks": Changes(unchanged=2), "consent": Changes(unchanged=3)}
        assert store.consent_epoch() == epoch

    def test_an_import_that_is_stopped_midway_leaves_the_old_catalog(
        self, three_tracks: CatalogStore, tmp_path: Path
    ) -> None:
        rows = [f"t{number},Song,Bo" for number in range(3 * PROGRESS_EVERY)]
        path = written(tmp_path / "t.csv", HEADER, *rows)
        told: list[int] = []

        def stop(done: int) -> None:
            told.append(done)
            if done == 2 * PROGRESS_EVERY:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_table(three_tracks, "tracks", path, asserted_deal="ours", progress=stop)
        assert told == [PROGRESS_EVERY, 2 * PROGRESS_EVERY]
        assert [track.title for track in three_tracks.all_tracks()] == ["Dawn", "Noon", "Dusk"]
        assert records_of(three_tracks, "t1") == ()

    def test_progress_ends_with_all_rows(self, store: CatalogStore, tmp_path: Path) -> None:
        told: list[int] = []

        import_table(store, "tracks", written(tmp_path / "t.csv", HEADER, "t1,Dawn,Bo", "bad"), progress=told.append)

        assert told == [2]

    def test_a_file_that_breaks_off_after_good_rows_leaves_the_old_catalog(
        self, three_tracks: CatalogStore, tmp_path: Path
    ) -> None:
        path = tmp_path / "t.csv"
        rows = "".join(f"n{number},Song,Bo\n" for number in range(6_000))
        path.write_bytes(f"{HEADER}\n{rows}".encode() + b"n,\xff,Bo\n")

        with pytest.raises(CatalogImportError, match="line 6002: is not UTF-8"):
            import_table(three_tracks, "tracks", path)
        assert three_tracks.track_count() == 3


class TestDeals:
    def test_an_asserted_deal_covers_everything_and_keeps_its_reason(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", HEADER, "t1,Dawn,Bo")

        report = import_table(store, "tracks", path, asserted_deal=" catalog contract 7 ")

        (record,) = records_of(store, "t1")
        assert record.terms == Deal(period=Period(datetime(1900, 1, 1, tzinfo=UTC)), licensor="operator")
        assert (record.source, record.evidence) == ("catalog contract 7", None)
        assert report.changes["consent"] == Changes(added=1)

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_an_asserted_deal_needs_a_reason(self, store: CatalogStore, tmp_path: Path, reason: str) -> None:
        with pytest.raises(CatalogImportError, match="needs the reason"):
            import_table(store, "tracks", written(tmp_path / "t.csv", HEADER, "t1,Dawn,Bo"), asserted_deal=reason)

    def test_only_tracks_take_an_asserted_deal(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(CatalogImportError, match="artists take none"):
            import_table(store, "artists", tmp_path / "a.csv", asserted_deal="ours")

    def test_a_creative_commons_licence_is_a_deal_and_another_licence_is_none(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        address = "http://creativecommons.org/licenses/by-nc-sa/2.0/fr/"
        path = written(
            tmp_path / "t.csv", f"{HEADER},licence", f"t1,Dawn,Bo,{address}", "t2,Noon,Bo,proprietary", "t3,Dusk,Bo,"
        )

        import_table(store, "tracks", path)

        (record,) = records_of(store, "t1")
        assert isinstance(record.terms, Deal)
        assert record.terms.commercial_models == {CommercialModel.FREE_OF_CHARGE}
        assert (record.terms.licensor, record.source, record.evidence) == ("Bo", "creative_commons", address)
        assert records_of(store, "t2") == records_of(store, "t3") == ()

    def test_a_corrected_licence_takes_the_place_of_the_wider_one(self, store: CatalogStore, tmp_path: Path) -> None:
        for licence in ("CC-BY-4.0", "CC-BY-NC-4.0"):
            import_table(store, "tracks", written(tmp_path / "t.csv", f"{HEADER},licence", f"t1,Dawn,Bo,{licence}"))

        (record,) = records_of(store, "t1")
        assert isinstance(record.terms, Deal)
        assert record.terms.commercial_models == {CommercialModel.FREE_OF_CHARGE}


def imported_artists(store: CatalogStore, tmp_path: Path, *lines: str) -> tuple[list[Artist], ImportReport]:
    report = import_table(store, "artists", written(tmp_path / "artists.tsv", *lines), columns={"name": "artist"})
    return list(store.artists()), report


class TestArtists:
    def test_tags_are_ordered_by_count_and_other_columns_ignored(self, store: CatalogStore, tmp_path: Path) -> None:
        artists, report = imported_artists(
            store,
            tmp_path,
            "artist_key\tname\tlisteners\ttags\tcountry\tlabel\tISNI\tmusicbrainz\tkind",
            "ada ayer\tAda Ayer\t7\tfolk:2;live: at dawn;re:mix:12; harp : 3;:4;folk:1\tFR\tHearth\t0000 0001 2103 2683\t\tPerson",
        )

        assert artists == [
            Artist(
                "Ada Ayer",
                ("re:mix", "harp", "folk", "live: at dawn", ":4"),
                "FR",
                "Hearth",
                {"isni": "0000000121032683"},
                "person",
            )
        ]
        assert report.problems == []

    def test_identifiers_of_artists_are_kept_bare_and_bad_ones_are_told_and_left_out(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        uuid = "0f5e2a11-93d4-4c55-8a6e-1b2c3d4e5f60"
        artists, report = imported_artists(
            store,
            tmp_path,
            "name\tisni\tmusicbrainz\tspotify",
            f"Bo\thttps://isni.org/isni/0000000121032683\t{uuid.upper()}\tspotify:artist:1AdaQuill0000000000AbC",
            f"Cy\t0000000121032684\thttps://musicbrainz.org/artist/{uuid}/works\t-",
        )

        assert [dict(artist.ids) for artist in artists] == [
            {"isni": "0000000121032683", "musicbrainz": uuid, "spotify": "1AdaQuill0000000000AbC"},
            {"musicbrainz": uuid},
        ]
        assert problems_of(report) == [(3, "isni"), (3, "spotify")]

    def test_of_two_spellings_of_one_artist_the_first_counts(self, store: CatalogStore, tmp_path: Path) -> None:
        artists, report = imported_artists(store, tmp_path, "name\ttags", "The Bo\tfolk", "THE  bo\tpop", "\tpop")

        assert [artist.name for artist in artists] == ["The Bo"]
        assert problems_of(report) == [(3, "artist"), (4, "artist")]

    def test_artists_whose_names_differ_in_a_letter_are_two(self, store: CatalogStore, tmp_path: Path) -> None:
        artists, report = imported_artists(store, tmp_path, "name\ttags", "Łona\tfolk", "Ona\tpop", "DJ Сова\tpop")

        assert {artist.name for artist in artists} == {"Łona", "Ona", "DJ Сова"}
        assert problems_of(report) == []

    def test_what_kind_of_party_an_artist_is_goes_on_record_for_the_tracks(
        self, three_tracks: CatalogStore, tmp_path: Path
    ) -> None:
        lines = ["name\tkind", "Bo\tAI persona", "Ada Ayer\trobot"]
        _, report = imported_artists(three_tracks, tmp_path, *lines)

        (record,) = records_of(three_tracks, "t2")
        assert (record.terms, record.source) == (Party(PartyKind.AI_PERSONA, name="Bo"), "artists")
        assert records_of(three_tracks, "t1") == ()
        assert problems_of(report) == [(3, "kind")]
        _, again = imported_artists(three_tracks, tmp_path, *lines)
        assert again.changes == {"artists": Changes(unchanged=2), "consent": Changes(unchanged=1)}


class TestInteractions:
    def test_plays_of_one_listener_item_and_instant_are_added_up(
        self, three_tracks: CatalogStore, tmp_path: Path
    ) -> None:
        path = written(
            tmp_path / "i.csv",
            "user_id,track_id,artist,plays,at",
            "u1,t1,,2,",
            "u1,t1,,,",
            "u1,t1,,5,2026-01-31T12:00:00Z",
            "u1,t1,,1,1769860800",
            "u1,,The BO,4,",
            "u1,,bo,0.5,",
            "u2,t9,,1,",
            "u2,,Nobody,1,",
        )

        report = import_table(three_tracks, "interactions", path)

        assert list(three_tracks.track_plays()) == [("u1", 0, 3.0, 0), ("u1", 0, 6.0, 1769860800_000_000)]
        assert list(three_tracks.artist_plays()) == [("u1", "bo", 4.5, 0)]
        assert report.changes["interactions"] == Changes(added=3, unknown=2, near=1)
        assert import_table(three_tracks, "interactions", path).changes["interactions"] == Changes(
            unchanged=3, unknown=2, near=1
        )

    def test_a_renamed_artist_key_finds_the_artist(self, three_tracks: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "i.tsv", "user_id\tartist_key\tplays", "u1\tada ayer\t3")

        import_table(three_tracks, "interactions", path, columns={"artist_key": "artist"})

        assert three_tracks.listener_plays("u1") == ({}, {"ada ayer": 3.0})

    @pytest.mark.parametrize("value", ["0", "-1", "NaN", "inf", "1e10", "many"])
    def test_plays_that_cannot_be_are_left_out(self, three_tracks: CatalogStore, tmp_path: Path, value: str) -> None:
        path = written(tmp_path / "i.csv", "user_id,track_id,plays", f"u1,t1,{value}", "u1,t2,1")

        report = import_table(three_tracks, "interactions", path)

        assert problems_of(report) == [(2, "plays")]
        assert three_tracks.listener_plays("u1") == ({1: 1.0}, {})

    @pytest.mark.parametrize("value", ["yesterday", "20260131", "1769860800000", "2026-02-30", "0", "-5"])
    def test_instants_that_cannot_be_are_left_out(self, three_tracks: CatalogStore, tmp_path: Path, value: str) -> None:
        report = import_table(
            three_tracks, "interactions", written(tmp_path / "i.csv", "user_id,track_id,at", f"u1,t1,{value}")
        )

        assert problems_of(report) == [(2, "at")]
        assert list(three_tracks.track_plays()) == []

    def test_a_row_without_listener_or_item_is_left_out(self, three_tracks: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "i.csv", "user_id,track_id,artist", ",t1,", "u1,,")

        assert problems_of(import_table(three_tracks, "interactions", path)) == [(2, "user_id"), (3, "track_id")]

    def test_a_file_without_tracks_and_artists_is_refused(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(CatalogImportError, match="no column 'track_id' or 'artist'"):
            import_table(store, "interactions", written(tmp_path / "i.csv", "user_id,plays"))

    def test_parquet_instants_are_taken_to_the_microsecond(self, three_tracks: CatalogStore, tmp_path: Path) -> None:
        path = tmp_path / "i.parquet"
        at = pa.array([1769860800_000_001_999], pa.timestamp("ns", tz="UTC"))
        pq.write_table(pa.table({"user_id": ["u1"], "track_id": ["t1"], "at": at}), path)

        import_table(three_tracks, "interactions", path)

        assert list(three_tracks.track_plays()) == [("u1", 0, 1.0, 1769860800_000_001)]


class TestPlaylists:
    def test_unknown_tracks_are_dropped_one_by_one_and_counted(
        self, three_tracks: CatalogStore, tmp_path: Path
    ) -> None:
        path = written(
            tmp_path / "p.tsv", "playlist_id\ttrack_uids\ttitle", "p1\tt3 t9;t1  t8\tEvening", "p2\t\tNone", "p1\tt1\t"
        )

        report = import_table(three_tracks, "playlists", path, columns={"track_uids": "track_ids"})

        assert list(three_tracks.playlists()) == [("p1", "Evening", [2, 0])]
        assert report.changes["playlists"] == Changes(added=1, unknown=2)
        assert problems_of(report) == [(3, "track_ids"), (4, "playlist_id")]

    @pytest.mark.parametrize("track_ids", [["t1"] * (MAX_PLAYLIST_TRACKS + 1), 7, ["t1", None], [["t1"]]])
    def test_lists_that_cannot_be_are_left_out(
        self, three_tracks: CatalogStore, tmp_path: Path, track_ids: object
    ) -> None:
        path = jsonl(tmp_path / "p.jsonl", {"playlist_id": "p1", "track_ids": track_ids})

        assert problems_of(import_table(three_tracks, "playlists", path)) == [(1, "track_ids")]
        assert list(three_tracks.playlists()) == []


class TestConsent:
    def test_records_are_kept_and_those_about_unknown_subjects_counted(
        self, three_tracks: CatalogStore, tmp_path: Path
    ) -> None:
        rows: Sequence[Mapping[str, Any]] = [
            {"kind": "deal", "track_id": "t1", "territories": ["Worldwide"], "use_types": ["ondemandstream"]},
            {"kind": "takedown", "track_id": "t9", "reason": "asked to"},
            {"kind": "deal", "track_id": "t1", "territories": ["XX"]},
            {"kind": "wish", "track_id": "t1"},
            {"kind": "flag", "track_id": "t1", "flag": "spam", "state": "open", "score": float("nan")},
        ]
        path = jsonl(tmp_path / "c.jsonl", *rows)

        report = import_table(three_tracks, "consent", path)

        assert [record.kind for record in records_of(three_tracks, "t1")] == ["deal"]
        assert report.changes["consent"] == Changes(added=2, unknown=1)
        assert problems_of(report) == [(3, "territories"), (4, "kind"), (5, "score")]
        assert import_table(three_tracks, "consent", path).changes["consent"] == Changes(unchanged=2, unknown=1)

    def test_records_in_another_format_are_refused(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(CatalogImportError, match=r"come as \.jsonl"):
            import_table(store, "consent", written(tmp_path / "c.csv", "kind,track_id", "deal,t1"))


def test_a_summary_tells_counts_and_problems(three_tracks: CatalogStore, tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", "playlist_id,track_ids", "p1,t1 t9", ",t1")

    assert import_table(three_tracks, "playlists", path).summary().splitlines() == [
        f"{path}: 2 rows read",
        "playlists: 1 added, 0 changed, 0 unchanged; 1 that name a track or artist the catalog does not have",
        "1 problem:",
        f"  {path}, line 3, playlist_id: is missing; the row was left out",
    ]
