"""Bad rows of tables: each one is reported, and costs no other."""

import gzip
from pathlib import Path

import pytest

from catalog.importers.cells import MAX_ATTRIBUTE, MAX_ENTRIES, MAX_ID, MAX_TEXT
from catalog.importers.reports import KEPT_PROBLEMS, MAX_REASON, CatalogImportError, RowProblem
from catalog.importers.table_files import MAX_ARRAY, MAX_LINE
from catalog.importers.tables import import_table
from catalog.stores import CatalogStore
from catalog.tracks import Track, TrackId
from tests.catalog.importers.table_rows import DEEP, HEADER, imported_track, jsonl, problems_of, tracks_of, written


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
