"""Bad rows of tables: each one is reported, and costs no other."""

import gzip
from pathlib import Path

import pytest

from catalog.importers.cells import MAX_ATTRIBUTE, MAX_ENTRIES, MAX_ID, MAX_TEXT
from catalog.importers.file_texts import MAX_LINE
from catalog.importers.json_rows import MAX_ARRAY
from catalog.importers.reports import KEPT_PROBLEMS, MAX_REASON, CatalogImportError, RowProblem
from catalog.importers.tables import import_table
from catalog.stores import CatalogStore
from catalog.tracks import Track, TrackId
from tests.catalog.importers.table_rows import DEEP, HEADER, imported_track, jsonl, problems_of, tracks_of, written


class TestBadRows:
    def test_rows_with_too_many_cells_are_reported_and_short_ones_lack_what_stands_last(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        path = written(tmp_path / "t.csv", HEADER, "t1,Dawn,Bo", "t2,Noon", "t3,Dusk,Bo,more", "t4,Night,Bo")

        report = import_table(store, "tracks", path)

        assert list(tracks_of(store)) == ["t1", "t4"]
        assert report.rows == 4
        assert report.problems == [
            RowProblem(str(path), 4, "", "has 4 cells instead of 3; the row was left out"),
            RowProblem(str(path), 3, "artist", "is missing; the row was left out"),
        ]
        assert report.notes[:-1] == ["1 row has fewer cells than there are columns: those missing at the end are empty"]

    @pytest.mark.parametrize("then", [['t3,"Dusk",Bo'], ['t3,Dusk",Bo'], ["t3,Dusk,Bo", "t5,Noon,Bo"], []])
    def test_an_unclosed_quotation_mark_costs_its_row_alone(
        self, store: CatalogStore, tmp_path: Path, then: list[str]
    ) -> None:
        path = written(tmp_path / "t.csv", HEADER, 't1,"Dawn,Bo', "t2,Noon,Bo", *then, "t4,Night,Bo")

        report = import_table(store, "tracks", path)

        assert list(tracks_of(store)) == ["t2", *(line[:2] for line in then), "t4"]
        assert problems_of(report) == [(2, "")]
        assert (report.left_out, report.is_mostly_left_out) == (1, False)

    def test_an_unclosed_quotation_mark_in_the_last_column_does_not_become_a_name(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        report = import_table(store, "tracks", written(tmp_path / "t.csv", HEADER, 't1,Dawn,"Bo', "t2,Noon,Bo"))

        assert list(tracks_of(store)) == ["t2"]
        assert problems_of(report) == [(2, "")]

    def test_a_quoted_title_with_words_after_it_is_reported_rather_than_changed(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        report = import_table(store, "tracks", written(tmp_path / "t.csv", HEADER, 't1,"Dawn" (live),Bo', "t2,Noon,Bo"))

        assert list(tracks_of(store)) == ["t2"]
        assert problems_of(report) == [(2, "")]

    def test_quotation_marks_of_tsv_are_text_unless_a_csv_writer_doubled_them(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        rows = ['t1\t"Dawn" (live)\tBo', 't2\t"Noon"\t"Bo', 't3\t"The ""Dusk"""\tBo']

        report = import_table(store, "tracks", written(tmp_path / "t.tsv", HEADER.replace(",", "\t"), *rows))

        assert report.problems == []
        assert [(track.title, track.artist) for track in store.all_tracks()] == [
            ('"Dawn" (live)', "Bo"),
            ('"Noon"', '"Bo'),
            ('The "Dusk"', "Bo"),
        ]

    def test_a_line_break_within_quotation_marks_is_a_space_of_the_name(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        report = import_table(store, "tracks", written(tmp_path / "t.csv", HEADER, 't1,"Dawn', 'Noon",Bo'))

        assert report.problems == []
        assert tracks_of(store)["t1"].title == "Dawn Noon"

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

    @pytest.mark.parametrize(
        ("row", "field"),
        [
            ('{"track_id": "t2", "title": "Dawn", "artist": "Bo", "title": "Noon"}', "title"),
            ('{"track_id": "t2", "title": "Dawn", "artist": "Bo", "Title": "Noon"}', "title"),
            ('{"track_id": "t2", "title": "Dawn", "artist": "Bo", "more": [{"key": 1, "key": 2}]}', "key"),
        ],
    )
    def test_an_object_that_gives_a_name_twice_costs_itself(
        self, store: CatalogStore, tmp_path: Path, row: str, field: str
    ) -> None:
        good = '{"track_id": "t1", "title": "Dawn", "artist": "Bo"}'

        report = import_table(store, "tracks", written(tmp_path / "t.json", f"[{good}, {row}]"))

        assert list(tracks_of(store)) == ["t1"]
        assert problems_of(report) == [(2, field)]

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
            ("duration_s", "3:75"),
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
            ("label", "two\x07"),
            ("album", "nan"),
            ("genres", "None"),
            ("artist_id", "n/a"),
            ("artist_id", "Ada Ayer"),
            ("artist_id", "a1;a2"),
            ("mbid", "https://musicbrainz.org/artist/0f5e2a11-93d4-4c55-8a6e-1b2c3d4e5f60"),
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

        assert track == Track(TrackId("t1"), "Dawn", "Ada Ayer")
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

    @pytest.mark.parametrize("value", ["true", "YES", "1", 1, True, "WAHR", "ja", "Oui", "sí", "да", "はい"])
    def test_yes_may_be_said_in_several_ways(self, store: CatalogStore, tmp_path: Path, value: object) -> None:
        assert imported_track(store, tmp_path, explicit=value)[0].explicit is True

    @pytest.mark.parametrize("value", ["False", "no", "0", 0, False, "FALSCH", "nein", "Non", "não", "нет", "いいえ"])
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
        assert report.summary().endswith("and 995 more; --problems FILE writes them all")
        with (tmp_path / "problems.txt").open("wb") as file:
            report.write_problems(file)
        assert len((tmp_path / "problems.txt").read_text("utf-8").splitlines()) == KEPT_PROBLEMS + 5

    def test_problems_that_cost_a_row_are_told_before_those_that_cost_a_value(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        path = written(tmp_path / "t.csv", f"{HEADER},year", *[f"t{n},Dawn,Bo,soon" for n in range(12)], "t99,,Bo,")

        report = import_table(store, "tracks", path)

        with (tmp_path / "problems.txt").open("wb") as file:
            report.write_problems(file)
        (first, *others) = (tmp_path / "problems.txt").read_text("utf-8").splitlines()
        assert first == f"{path}, line 14, title: is missing; the row was left out"
        assert len(others) == 12
        assert report.summary().splitlines()[0] == f"{path}: left out 1 of 13 rows read"
        assert first in report.summary()

    def test_a_reason_quotes_a_long_value_only_in_part(self, store: CatalogStore, tmp_path: Path) -> None:
        row = {"kind": "deal", "track_id": "t1", "use_types": ["x" * 5_000]}

        report = import_table(store, "consent", jsonl(tmp_path / "c.jsonl", row))

        assert len(report.problems[0].reason) == MAX_REASON + len("...")
