"""Files of tables: formats, renamed columns, and files that are damaged."""

import csv
import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.importers.file_texts import MAX_LINE
from catalog.importers.reports import CatalogImportError
from catalog.importers.tables import import_table
from catalog.stores import CatalogStore, Changes, open_store
from catalog.tracks import Track, TrackId
from tests.catalog.importers.table_rows import (
    FULL_ROW,
    FULL_TRACK,
    HEADER,
    tracks_of,
    written,
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

        assert tracks_of(store) == {"t1": Track(TrackId("t1"), "Dawn", "Ada Ayer")}

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
        path = written(tmp_path / "t.csv", "UID,title,artist,Arousal,Pace", "x1,Dawn,Bo,0.5,slow")

        import_table(store, "tracks", path, columns={"uid": "track_id", "arousal": "Energy"})

        track = tracks_of(store)["x1"]
        assert (track.energy, track.attributes) == (0.5, {"pace": "slow"})

    def test_two_columns_can_swap_names(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", HEADER, "t1,Bo,Dawn")

        import_table(store, "tracks", path, columns={"title": "artist", "artist": "title"})

        assert tracks_of(store)["t1"] == Track(TrackId("t1"), "Dawn", "Bo")

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
            CatalogImportError,
            match=r"'uid' is not a column of playlists \(did you mean playlist_id\?\), which are playlist_id, track_ids, title",
        ):
            import_table(store, "playlists", tmp_path / "p.csv", columns={"track_ids": "uid"})

    def test_a_missing_column_is_named_with_those_there_are(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(
            CatalogImportError, match=r"no column 'artist'; its columns are .*'singer'.*--column singer=artist"
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

    @pytest.mark.parametrize(
        ("encoding", "name"),
        [("cp1251", "Северный берег"), ("cp1253", "Θάλασσα"), ("shift_jis", "ひかりのまち"), ("gb18030", "山间小路")],
    )
    def test_what_is_in_another_encoding_is_refused_with_the_remedy(
        self, store: CatalogStore, tmp_path: Path, encoding: str, name: str
    ) -> None:
        path = tmp_path / "songs.csv"
        path.write_bytes(
            "".join(["track_id,title,artist\n", *(f"t{n},{name},{name}\n" for n in range(4))]).encode(encoding)
        )
        with pytest.raises(CatalogImportError, match="save it as UTF-8"):
            import_table(store, "tracks", path)
        assert store.track_count() == 0

    def test_a_word_in_capitals_with_marks_is_still_windows_1252(self, store: CatalogStore, tmp_path: Path) -> None:
        path = tmp_path / "songs.csv"
        path.write_bytes(
            "track_id,title,artist\nt1,ÄÖÜÄÖÜ,Ida Mole\nt2,Déjà vu,Ida Mole\nt3,Moss,Ida Mole\n".encode("cp1252")
        )
        import_table(store, "tracks", path)
        assert [track.title for track in store.all_tracks()] == ["ÄÖÜÄÖÜ", "Déjà vu", "Moss"]

    @pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_encodings_line_ends_and_delimiters_are_told_by_the_file_itself(
        self, store: CatalogStore, tmp_path: Path, encoding: str, end: str, delimiter: str
    ) -> None:
        path = tmp_path / "t.csv"
        rows = (HEADER, "t1,Dawn,Bo", "t2,Dämmerung,Bo")
        path.write_bytes("".join(row.replace(",", delimiter) + end for row in rows).encode(encoding))

        report = import_table(store, "tracks", path)

        assert [track.title for track in store.all_tracks()] == ["Dawn", "Dämmerung"]
        assert (report.problems, len(report.notes) - 1) == ([], encoding == "cp1252")

    def test_a_truncated_gzip_file_is_refused_and_known_as_unfinished_where_rows_came_in(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        path = tmp_path / "t.csv.gz"
        rows = "\n".join(f"t{number},Song {number * 7919},Bo" for number in range(5_000))
        path.write_bytes(gzip.compress(f"{HEADER}\n{rows}\n".encode())[:-2_000])

        with pytest.raises(CatalogImportError, match="no complete gzip file"):
            import_table(store, "tracks", path)
        assert bool(store.track_count()) == bool(store.unfinished_imports())

    @pytest.mark.parametrize("name", ["t.csv.gz", "t.parquet"])
    def test_a_file_that_is_not_what_its_name_says_is_refused(
        self, store: CatalogStore, tmp_path: Path, name: str
    ) -> None:
        with pytest.raises(CatalogImportError, match=r"is no (complete gzip|readable Parquet) file"):
            import_table(store, "tracks", written(tmp_path / name, HEADER, "t1,Dawn,Bo"))

    @pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl"])
    def test_an_endless_line_costs_itself(self, store: CatalogStore, tmp_path: Path, name: str) -> None:
        good = (HEADER.replace(",", "\t"), "t2\tNoon\tBo") if name == "t.tsv" else (HEADER, "t2,Noon,Bo")
        if name == "t.jsonl":
            good = ("", '{"track_id": "t2", "title": "Noon", "artist": "Bo"}')

        report = import_table(store, "tracks", written(tmp_path / name, good[0], "x" * (2 * MAX_LINE), good[1]))

        assert list(tracks_of(store)) == ["t2"]
        assert [(problem.line, problem.reason) for problem in report.problems] == [
            (2, "is longer than 1,048,576 bytes; the row was left out")
        ]

    def test_a_column_named_by_a_path_and_a_constant_come_in_beside_the_others(
        self, three_tracks: CatalogStore, tmp_path: Path
    ) -> None:
        listens = [{"listened_at": 1769860800, "track_metadata": {"artists": [{"name": "Bo"}]}}, {"listened_at": 3}]
        path = written(tmp_path / "i.jsonl", *map(json.dumps, listens))

        report = import_table(
            three_tracks,
            "interactions",
            path,
            columns={"track_metadata.artists.0.name": "artist", "listened_at": "at"},
            constants={"user_id": "me"},
        )

        assert list(three_tracks.artist_plays()) == [("me", "bo", 1.0, 1769860800_000_000)]
        assert [(problem.line, problem.field) for problem in report.problems] == [(2, "track_id")]
