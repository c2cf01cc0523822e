"""Importing tables: what comes in, what is reported, and that nothing comes in by halves."""

import gzip
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.consent import CommercialModel, Deal, Party, PartyKind, Period, parse_record
from catalog.importers.listening_rows import MAX_PLAYLIST_TRACKS
from catalog.importers.reports import CatalogImportError, ImportReport, RowProblem
from catalog.importers.table_files import PROGRESS_EVERY
from catalog.importers.tables import import_table
from catalog.storage.writing import transaction
from catalog.stores import CatalogStore, Changes
from catalog.tracks import Artist
from tests.catalog.importers.table_rows import HEADER, jsonl, problems_of, records_of, written


def write_records(store: CatalogStore, *rows: Mapping[str, Any]) -> None:
    with store.writing() as writer:
        writer.append([parse_record(row) for row in rows])


class TestPortions:
    def test_importing_twice_changes_nothing(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", f"{HEADER},licence", "t1,Dawn,Bo,CC-BY-4.0", "t2,Noon,Bo,")
        import_table(store, "tracks", path, asserted_deal="we own it")
        epoch = store.consent_epoch()

        report = import_table(store, "tracks", path, asserted_deal="we own it")

        assert report.changes == {"tracks": Changes(unchanged=2), "consent": Changes(unchanged=3)}
        assert store.consent_epoch() == epoch

    def test_an_import_that_is_stopped_midway_is_known_and_the_same_command_finishes_it(
        self, three_tracks: CatalogStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What came in by then is whole: every track has its deal."""
        monkeypatch.setattr(transaction, "PORTION_S", -1.0)
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
        count = three_tracks.track_count()
        assert 3 < count < len(rows)
        assert all(records_of(three_tracks, f"t{number}") for number in (3, count - 1))
        assert [one.what for one in three_tracks.unfinished_imports()] == [f"tracks {path}"]
        import_table(three_tracks, "tracks", path, asserted_deal="ours")
        assert (three_tracks.track_count(), three_tracks.unfinished_imports()) == (len(rows), [])
        assert records_of(three_tracks, f"t{len(rows) - 1}")

    def test_others_write_between_the_portions_of_an_import(
        self, three_tracks: CatalogStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transaction, "PORTION_S", -1.0)
        path = written(tmp_path / "t.csv", HEADER, *(f"n{number},Song,Bo" for number in range(3 * PROGRESS_EVERY)))
        taken_down: list[Future[object]] = []
        with ThreadPoolExecutor(1) as others:

            def meanwhile(_: int) -> None:
                found.append([record.kind for record in records_of(three_tracks, "t1")])
                if not taken_down:
                    takedown = {"kind": "takedown", "track_id": "t1"}
                    taken_down.append(others.submit(write_records, three_tracks, takedown))

            found: list[list[str]] = []
            import_table(three_tracks, "tracks", path, progress=meanwhile)
            taken_down[0].result()
        assert found[0] == []
        assert found[-1] == ["takedown"]

    def test_progress_ends_with_all_rows(self, store: CatalogStore, tmp_path: Path) -> None:
        told: list[int] = []

        import_table(store, "tracks", written(tmp_path / "t.csv", HEADER, "t1,Dawn,Bo", "bad"), progress=told.append)

        assert told == [2]

    def test_a_file_that_breaks_off_is_refused_and_known_as_unfinished_where_rows_came_in(
        self, three_tracks: CatalogStore, tmp_path: Path
    ) -> None:
        path = tmp_path / "t.csv.gz"
        rows = "".join(f"n{number},Song {number * 7919},Bo\n" for number in range(9_000))
        path.write_bytes(gzip.compress(f"{HEADER}\n{rows}".encode())[:-2_000])

        with pytest.raises(CatalogImportError, match="no complete gzip file"):
            import_table(three_tracks, "tracks", path)
        known = [one.what for one in three_tracks.unfinished_imports()]
        assert known == ([f"tracks {path}"] if three_tracks.track_count() > 3 else [])


class TestDeals:
    def test_an_asserted_deal_covers_everything_and_keeps_its_reason(self, store: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", HEADER, "t1,Dawn,Bo")

        report = import_table(store, "tracks", path, asserted_deal=" catalog contract 7 ")

        (record,) = records_of(store, "t1")
        assert record.terms == Deal(period=Period(datetime(1900, 1, 1, tzinfo=UTC)), licensor="operator")
        assert (record.source, record.evidence) == ("catalog contract 7", None)
        assert report.changes["consent"] == Changes(added=1)

    def test_tracks_that_no_deal_lets_play_are_counted_whenever_their_deal_came(
        self, store: CatalogStore, tmp_path: Path
    ) -> None:
        path = written(tmp_path / "t.csv", f"{HEADER},licence", "t1,Dawn,Bo,CC-BY-4.0", "t2,Dusk,Bo,", "t3,Noon,Bo,")
        with store.writing() as writer:
            writer.append([parse_record({"kind": "deal", "track_id": "t3", "territories": ["Worldwide"]})])
        (told,) = import_table(store, "tracks", path).notes
        assert told.startswith("1 of the tracks has no deal, and nothing plays without one: say why")
        assert import_table(store, "tracks", path, asserted_deal="ours").notes == []
        assert import_table(store, "tracks", path).notes == []

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
            "u1,t1,,0.5,1769860800",
            "u1,t1,,0.5,1769860800000",
            "u1,,The BO,4,",
            "u1,,bo,0.5,",
            "u2,t9,,1,",
            "u2,,Nobody,1,",
        )

        report = import_table(three_tracks, "interactions", path)

        assert list(three_tracks.track_plays()) == [("u1", 0, 3.0, 0), ("u1", 0, 6.0, 1769860800_000_000)]
        assert list(three_tracks.artist_plays()) == [("u1", "bo", 4.5, 0)]
        assert report.changes["interactions"] == Changes(added=3, unknown=2, near=1)
        assert [str(problem).removeprefix(f"{path}, ") for problem in report.problems] == [
            "line 9, track_id: 't9' is no track of the catalog",
            "line 10, artist: 'Nobody' is no artist of the catalog",
        ]
        assert import_table(three_tracks, "interactions", path).changes["interactions"] == Changes(
            unchanged=3, unknown=2, near=1
        )

    @pytest.mark.parametrize(
        ("instants", "said"),
        [
            (["", "", ""], "of 3 plays none has a date"),
            (["2026-01-31", "", ""], "of 3 plays 1 has a date"),
            (["2026-01-31", "2026-02-01", ""], None),
        ],
    )
    def test_plays_of_which_few_have_a_date_are_told_with_what_that_means(
        self, three_tracks: CatalogStore, tmp_path: Path, instants: list[str], said: str | None
    ) -> None:
        rows = (f"u{number},t1,{at}" for number, at in enumerate(instants))
        report = import_table(three_tracks, "interactions", written(tmp_path / "i.csv", "user_id,track_id,at", *rows))

        assert [note for note in report.notes if "date" in note and not note.startswith(said or "?")] == []
        assert any("--column THEIRS=at" in note for note in report.notes) == (said is not None)

    def test_plays_whose_dates_are_called_otherwise_are_told_how_to_be_read_and_forgotten(
        self, three_tracks: CatalogStore, tmp_path: Path
    ) -> None:
        path = written(tmp_path / "i.csv", "user_id,track_id,time", "u1,t1,2026-01-31", "u1,t2,2026-02-01")
        report = import_table(three_tracks, "interactions", path)

        assert report.columns == [
            "columns used: user_id, track_id",
            "columns not read: 'time' (did you mean at? --column time=at)",
        ]
        (known,) = three_tracks.imports_of_plays()
        assert f"`consonance forget interactions --import {known.import_id}`" in report.notes[-1]
        with three_tracks.writing() as writer:
            assert writer.forget_import(known.import_id) == 2
        assert import_table(three_tracks, "interactions", path, columns={"time": "at"}).notes[:-1] == []
        assert [at > 0 for *_, at in three_tracks.track_plays()] == [True, True]

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

    @pytest.mark.parametrize(
        "value", ["01.05.2024 18:30", "1 May 2024, 18:30:00", "2024/05/01 18:30", "2024-05-01T18:30Z"]
    )
    def test_an_instant_may_stand_as_people_write_it(
        self, three_tracks: CatalogStore, tmp_path: Path, value: str
    ) -> None:
        path = written(tmp_path / "i.tsv", "user_id\ttrack_id\tat", f"u1\tt1\t{value}")
        assert problems_of(import_table(three_tracks, "interactions", path)) == []
        at = datetime(2024, 5, 1, 18, 30, tzinfo=UTC)
        assert [row[3] for row in three_tracks.track_plays()] == [int(at.timestamp() * 1_000_000)]

    @pytest.mark.parametrize(
        "value", ["yesterday", "20260131", "1769860800000000", "2026-02-30", "32.01.2026", "05/06/2026", "0", "-5"]
    )
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
        assert sorted(report.problems, key=lambda problem: problem.weight) == [
            RowProblem(str(path), 3, "track_ids", "is missing; the row was left out"),
            RowProblem(str(path), 4, "playlist_id", "'p1' was given in line 2; the row was left out"),
            RowProblem(str(path), 2, "track_ids", "'t9' is no track of the catalog"),
            RowProblem(str(path), 2, "track_ids", "'t8' is no track of the catalog"),
        ]

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
        assert problems_of(report) == [(3, "territories"), (4, "kind"), (5, "score"), (2, "track_id")]
        assert import_table(three_tracks, "consent", path).changes["consent"] == Changes(unchanged=2, unknown=1)

    def test_records_come_as_an_array_too(self, three_tracks: CatalogStore, tmp_path: Path) -> None:
        path = written(tmp_path / "c.json", '[{"kind": "takedown",', '"track_id": "t1", "reason": "asked to"}]')
        assert import_table(three_tracks, "consent", path).changes["consent"] == Changes(added=1)

    def test_records_in_another_format_are_refused(self, store: CatalogStore, tmp_path: Path) -> None:
        with pytest.raises(CatalogImportError, match=r"in \.json or \.jsonl"):
            import_table(store, "consent", written(tmp_path / "c.csv", "kind,track_id", "deal,t1"))


def test_a_summary_tells_counts_and_problems(three_tracks: CatalogStore, tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", "playlist_id,track_ids", "p1,t1 t9", ",t1")

    assert import_table(three_tracks, "playlists", path).summary().splitlines() == [
        f"{path}: left out 1 of 2 rows read",
        "playlists: 1 added, 0 changed, 0 unchanged; 1 that name a track or artist the catalog does not have",
        "columns used: playlist_id, track_ids",
        "2 problems:",
        f"  {path}, line 3, playlist_id: is missing; the row was left out",
        f"  {path}, line 2, track_ids: 't9' is no track of the catalog",
    ]
