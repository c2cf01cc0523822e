"""Importing community lists: modes, truncated lists, hints, formats, and rows meant to harm."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent import (
    SUSPICION_LASTS,
    ConsentContext,
    ConsentRecord,
    ConsentSettings,
    Flag,
    FlagKind,
    FlagMode,
    FlagState,
    Subject,
    SubjectKind,
    Verdict,
    decide,
    read_consent_settings,
)
from catalog.importers.ai_lists import COLUMNS, IDENTIFIERS, SCORE, AiListReport, import_ai_list, list_source
from catalog.importers.reports import CatalogImportError
from catalog.importers.tables import import_table
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Track, TrackId
from tests.catalog.importers.ai_lists.listed_catalog import (
    ADA_ISNI,
    ADA_MUSICBRAINZ,
    ADA_SPOTIFY,
    AS_SHIPPED,
    IDA_ISNI,
    LIST,
    NOBODY_ISNI,
    counts,
    filled,
    flag_of,
    flagged,
    flags_on,
    imported,
    reasons,
)


class TestMode:
    def verdicts(self, store: CatalogStore, consent: ConsentSettings) -> tuple[Verdict, Verdict]:
        """Decide on t1 under strict and labelled_ai."""
        position = store.positions_of([TrackId("t1")])[TrackId("t1")]
        facts = store.facts([position])[1][position]
        context = ConsentContext("DE", datetime.now(UTC))
        strict, labelled = (decide(facts, context, consent.policy(name)).verdict for name in ("strict", "labelled_ai"))
        return strict, labelled

    @pytest.mark.parametrize(
        ("mode", "words", "verdicts"),
        [
            (None, "only counted: raise the mode of list:harbour-watch in consent.toml", (Verdict.ALLOW,) * 2),
            ("label", "put a label on", (Verdict.ALLOW_LABELLED, Verdict.ALLOW_LABELLED)),
            ("withhold", "withhold what a policy withholds", (Verdict.EXCLUDE, Verdict.ALLOW_LABELLED)),
        ],
    )
    def test_a_list_is_only_counted_until_an_operator_raises_its_mode_and_the_report_says_which(
        self, store: CatalogStore, path: Path, mode: str | None, words: str, verdicts: tuple[Verdict, Verdict]
    ) -> None:
        consent = read_consent_settings(f'[sources]\n"{LIST}" = "{mode}"\n' if mode else "")
        report = imported(store, path, "isrc,score", "QZABC2400001,1", consent=consent)
        assert report.mode is FlagMode(mode or "observe")
        assert words in report.summary()
        assert self.verdicts(store, consent) == verdicts

    def test_the_report_counts_what_became_of_the_rows(self, store: CatalogStore, path: Path) -> None:
        rows = ["t1,,,", ",a1,,", f",,{IDA_ISNI},", ",nobody,,", "t77,,,", ",,,Ada Quill"]
        report = imported(store, path, "track_id,artist_id,isni,name", *rows)
        told = report.summary().splitlines()
        assert told[0] == f"{path}: left out 2 of 6 rows read"
        counted = "recordings matched: 1, artists matched: 1, ambiguous: 1, unknown: 2, name only: 1, removed: 0"
        assert f"{LIST}: {counted}" in told
        assert "2 problems:" in told


def test_an_entry_without_a_flag_before_may_be_removed_too(store: CatalogStore, path: Path) -> None:
    report = imported(store, path, "artist_id,isrc,removed", "a1,,true", ",QZABC2400009,true", "nobody,,true")
    assert (counts(report), report.removed) == ({"unknown": 1}, 2)
    assert store.open_flags(datetime.now(UTC)) == {LIST: 0}


class TestShrunk:
    def listed(self, count: int, removed: int = 0) -> list[str]:
        rows = [f"QZABC25{number:05}," for number in range(count)]
        return ["isrc,removed", *rows, *(f"QZABC26{number:05},yes" for number in range(removed))]

    @pytest.mark.parametrize(("before", "after"), [(40, 4), (40, 0), (20, 2)])
    def test_a_version_with_a_tenth_of_what_is_flagged_or_less_is_refused_and_changes_nothing(
        self, store: CatalogStore, path: Path, before: int, after: int
    ) -> None:
        imported(store, path, *self.listed(before))
        epoch = store.consent_epoch()
        told = f"leads to {after} recordings and artists, and {before} are flagged by {LIST}: a truncated file\\?"
        with pytest.raises(CatalogImportError, match=f"{told} nothing was imported; .*--source another name"):
            imported(store, path, *self.listed(after))
        assert store.consent_epoch() == epoch

    @pytest.mark.parametrize(("before", "after", "removed"), [(40, 5, 0), (19, 1, 0), (19, 0, 0), (40, 1, 4)])
    def test_one_with_more_of_it_or_of_a_list_of_few_is_taken_and_removals_count_as_told(
        self, store: CatalogStore, path: Path, before: int, after: int, removed: int
    ) -> None:
        imported(store, path, *self.listed(before))
        assert imported(store, path, *self.listed(after, removed)).rows == after + removed

    def test_another_name_is_another_list(self, store: CatalogStore, path: Path) -> None:
        imported(store, path, *self.listed(40))
        imported(store, path, *self.listed(1), name="pier watch")
        assert store.open_flags(datetime.now(UTC)) == {LIST: 40, "list:pier-watch": 1}

    def test_flags_that_lapsed_do_not_count(self, store: CatalogStore, path: Path) -> None:
        long_ago = datetime.now(UTC) - SUSPICION_LASTS - timedelta(days=1)
        flag = Flag(FlagKind.AI_SUSPECTED, FlagState.OPEN, SCORE)
        with store.writing() as writer:
            writer.append(
                ConsentRecord(Subject(SubjectKind.TRACK, f"x{number}"), flag, long_ago, LIST) for number in range(40)
            )
        assert counts(imported(store, path, "isrc", "QZABC2400001")) == {"recordings": 1}


class TestHints:
    def test_entries_by_identifiers_that_the_catalogs_artists_lack_say_which_column_would_help(
        self, store: CatalogStore, path: Path
    ) -> None:
        rows = [f"3Nobody000000000000000,{name}" for name in ("Eb Roe", "Fay Lund", "Gil Orr")]
        report = imported(store, path, "spotify,name", *rows, f"{ADA_SPOTIFY},Ada Quill", ",Hob Tarn")
        hint = (
            "3 of 5 entries lead nowhere by spotify, which 2 of the catalog's 4 artists have: "
            "import artists with a column spotify"
        )
        assert hint not in report.summary()
        with store.writing() as writer:
            writer.put_tracks(
                [Track(TrackId("t8"), "Reed", "Jo Wren", "a8"), Track(TrackId("t9"), "Fern", "Kit Vale", "a9")]
            )
        report = imported(store, path, "spotify,name", *rows, f"{ADA_SPOTIFY},Ada Quill", ",Hob Tarn")
        assert hint.replace("4 artists", "6 artists") in report.summary().splitlines()

    def test_a_list_of_our_own_ids_needs_tracks_that_have_them(self, tmp_path: Path, path: Path) -> None:
        with open_store(tmp_path / "other") as store:
            with store.writing() as writer:
                writer.put_tracks([Track(TrackId("t1"), "Dawn", "Ada Quill")])
            report = imported(store, path, "artist_id", "a1", "a2")
        assert report.hints == (
            "2 of 2 entries lead nowhere by artist_id, which 0 of the catalog's 1 artists have: "
            "import tracks with a column artist_id",
        )

    def test_a_version_that_is_refused_says_it_too(self, store: CatalogStore, path: Path) -> None:
        imported(store, path, "isrc", *(f"QZABC25{number:05}" for number in range(40)))
        with pytest.raises(CatalogImportError, match="1 of 1 entries lead nowhere by musicbrainz, which 1 of"):
            imported(store, path, "musicbrainz", ADA_MUSICBRAINZ.replace("f", "e"))


def soul_over_ai(name: str, **fields: object) -> dict[str, object]:
    """An entry in the shape in which Soul Over AI publishes its list, about an artist of ours."""
    return {
        "id": name.lower().replace(" ", "-"),
        "name": name,
        "dateAdded": "2026-01-02T19:06:04.000Z",
        "dateUpdated": None,
        "removed": False,
        "issue": None,
        "disclosure": "none",
        "disclosureNotes": None,
        "disclosureTypes": [],
        "urls": [],
        "markers": [],
        "markerNotes": None,
        "genres": [],
        "popularity": None,
        "followers": None,
        "shScore": None,
        "spotify": None,
        "apple": "1000000001",
        "amazon": "B0AAAAAAAA",
        "youtube": None,
        "tiktok": "@someone",
        "instagram": None,
    } | fields


class TestSoulOverAi:
    def told(self, store: CatalogStore, tmp_path: Path, *entries: dict[str, object]) -> AiListReport:
        path = tmp_path / "artists.json"
        path.write_text(json.dumps(entries, indent=2), "utf-8")
        return import_ai_list(store, path, AS_SHIPPED, name="soul-over-ai")

    def test_its_array_is_read_as_it_is_published(self, store: CatalogStore, tmp_path: Path) -> None:
        report = self.told(
            store,
            tmp_path,
            soul_over_ai(
                "Ada Quill",
                spotify=ADA_SPOTIFY,
                disclosure="partial",
                disclosureTypes=["vocals", "lyrics"],
                disclosureNotes="The bio says:\n  made with machines.",
                markers=["high-output", "ai-visuals"],
                markerNotes="40 albums in a year.",
                urls=[{"url": "https://example.org/1", "notes": "an interview"}, "https://example.org/2"],
            ),
            soul_over_ai("Kestrel Choir", youtube="UC0000000000000000000000"),
            soul_over_ai("New Name", spotify="3Nobody000000000000000"),
        )
        assert counts(report) == {"artists": 1, "unknown": 1, "name_only": 1}
        (record,) = flags_on(store, "t2")
        assert (record.source, flag_of(record).score) == ("list:soul-over-ai", SCORE)
        assert record.evidence == (
            "disclosure: partial of: lyrics; vocals The bio says: made with machines. markers: ai-visuals; high-output "
            "40 albums in a year. https://example.org/1 an interview; https://example.org/2"
        )
        assert len(report.problems) == 1

    def test_what_it_says_of_disclosure_is_no_disclosure_on_record(self, store: CatalogStore, tmp_path: Path) -> None:
        self.told(store, tmp_path, soul_over_ai("Ada Quill", spotify=ADA_SPOTIFY, disclosure="full"))
        position = store.positions_of([TrackId("t1")])[TrackId("t1")]
        assert {record.kind for record in store.facts([position])[1][position].records} == {"deal", "flag"}

    def test_an_entry_with_removed_set_ends_the_suspicion(self, store: CatalogStore, tmp_path: Path) -> None:
        self.told(store, tmp_path, soul_over_ai("Ada Quill", spotify=ADA_SPOTIFY))
        assert store.open_flags(datetime.now(UTC)) == {"list:soul-over-ai": 1}
        report = self.told(store, tmp_path, soul_over_ai("Ada Quill", spotify=ADA_SPOTIFY, removed=True))
        assert report.removed == 1
        assert store.open_flags(datetime.now(UTC)) == {"list:soul-over-ai": 0}

    def test_dates_numbers_and_another_order_are_no_new_evidence(self, store: CatalogStore, tmp_path: Path) -> None:
        entry = soul_over_ai("Ada Quill", spotify=ADA_SPOTIFY, markers=["anonymous", "ai-visuals"])
        self.told(store, tmp_path, entry)
        with store.writing() as writer:
            cleared = Flag(FlagKind.AI_SUSPECTED, FlagState.CLEARED)
            writer.append([ConsentRecord(Subject(SubjectKind.ARTIST_ID, "a1"), cleared, source="human_review")])
        changed = entry | {"dateUpdated": "2026-05-01", "followers": 7, "markers": ["ai-visuals", "anonymous"]}
        self.told(store, tmp_path, changed)
        assert store.open_flags(datetime.now(UTC))["list:soul-over-ai"] == 0
        self.told(store, tmp_path, changed | {"markers": ["ai-visuals", "anonymous", "high-output"]})
        assert store.open_flags(datetime.now(UTC))["list:soul-over-ai"] == 1

    def test_long_notes_are_cut_and_not_lost(self, store: CatalogStore, tmp_path: Path) -> None:
        report = self.told(
            store,
            tmp_path,
            soul_over_ai("Ada Quill", spotify=ADA_SPOTIFY, markerNotes="so " * 500, urls=["u" * 900] * 20),
        )
        assert report.problems == []
        evidence = flags_on(store, "t1")[0].evidence
        assert evidence is not None
        assert len(evidence) == 10_000


ENTRY = {"isni": ADA_ISNI, "score": 0.5}


class TestFiles:
    @pytest.mark.parametrize("suffix", [".csv", ".tsv", ".json", ".jsonl", ".parquet", ".json.gz"])
    def test_every_format_says_the_same(self, store: CatalogStore, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"Harbour Watch{suffix}"
        delimiter = "\t" if suffix == ".tsv" else ","
        if suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist([ENTRY]), path)
        elif "json" in suffix:
            row = json.dumps(ENTRY if suffix == ".jsonl" else [ENTRY]).encode()
            path.write_bytes(gzip.compress(row) if suffix.endswith(".gz") else row)
        else:
            path.write_text(f"{delimiter.join(ENTRY)}\n{delimiter.join(map(str, ENTRY.values()))}\n", "utf-8")
        report = import_ai_list(store, path, AS_SHIPPED)
        assert (report.source, counts(report), report.problems) == (LIST, {"artists": 1}, [])
        assert [flag_of(record).score for record in flags_on(store, "t2")] == [0.5]

    @pytest.mark.parametrize(
        ("name", "source"),
        [
            ("soul-over-ai.csv", "list:soul-over-ai"),
            ("Soul_Over  AI (2026).TSV.GZ", "list:soul-over-ai-2026"),
            ("v1.2.parquet", "list:v1-2"),
            ("港 名單.jsonl", "list:港-名單"),
        ],
    )
    def test_a_list_is_named_after_its_file(self, name: str, source: str) -> None:
        assert list_source(Path("somewhere") / name) == source

    @pytest.mark.parametrize("name", ["soul-over-ai", "Soul Over AI", "list:Soul_Over_AI"])
    def test_or_by_the_name_that_it_is_given(self, name: str) -> None:
        assert list_source(Path("somewhere/artists.json"), name) == "list:soul-over-ai"

    @pytest.mark.parametrize("name", ["v1.2", "crew.csv"])
    def test_such_a_name_has_no_ending_to_take_away(self, name: str) -> None:
        assert list_source(Path("artists.json"), name) == f"list:{name.replace('.', '-')}"

    def test_a_name_without_letters_is_refused(self, store: CatalogStore, path: Path) -> None:
        with pytest.raises(CatalogImportError, match="--source"):
            imported(store, path, "isrc", "QZABC2400001", name="--- ")
        assert flagged(store) == set()

    def test_columns_are_renamed_without_case(self, store: CatalogStore, path: Path) -> None:
        report = imported(
            store, path, "Code,Certainty", "QZABC2400001,1", columns={"code": "ISRC", "certainty": "score"}
        )
        assert counts(report) == {"recordings": 1}
        assert flag_of(*flags_on(store, "t1")).score == 1

    @pytest.mark.parametrize(
        ("name", "lines", "columns", "words"),
        [
            ("watch.csv", ["name,url", "Ada Quill,x"], {}, ["'isrc' or 'track_id'", "'name', 'url'", "--column"]),
            ("watch.csv", ["code", "QZABC2400001"], {"code": "title"}, ["'title' is not a column", "isrc"]),
            ("watch.csv", ["isrc", "QZABC2400001"], {"code": "isrc"}, ["'code'", "'isrc'"]),
            ("watch.txt", ["isrc", "QZABC2400001"], {}, [".csv"]),
            ("---.csv", ["isrc", "QZABC2400001"], {}, ["named after its file"]),
        ],
    )
    def test_a_file_that_cannot_be_imported_says_why_and_changes_nothing(
        self,
        store: CatalogStore,
        tmp_path: Path,
        name: str,
        lines: list[str],
        columns: dict[str, str],
        words: list[str],
    ) -> None:
        epoch = store.consent_epoch()
        with pytest.raises(CatalogImportError) as raised:
            imported(store, tmp_path / name, *lines, columns=columns)
        assert all(word in str(raised.value) for word in words)
        assert (store.consent_epoch(), flagged(store)) == (epoch, set())

    def test_a_file_that_breaks_off_changes_nothing(self, store: CatalogStore, tmp_path: Path) -> None:
        path = tmp_path / "harbour-watch.csv.gz"
        path.write_bytes(gzip.compress(b"isrc\nQZABC2400001\n" * 500)[:-9])
        with pytest.raises(CatalogImportError, match="gzip"):
            import_ai_list(store, path, AS_SHIPPED)
        assert flagged(store) == set()

    @pytest.mark.parametrize("score", ["1.01", "-0.1", "85", "nan", "inf", "high"])
    def test_a_score_that_is_none_leaves_its_row_out(self, store: CatalogStore, path: Path, score: str) -> None:
        report = imported(store, path, "track_id,score", f"t1,{score}", "t6,0")
        assert flagged(store) == {"t6"}
        assert [(line, field) for line, field, _ in reasons(report)] == [(2, "score")]

    def test_of_rows_about_the_same_the_first_one_counts(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "artist_id,isni,score", "a1,,0.4", f",{ADA_ISNI},0.99")
        assert counts(report) == {"artists": 1}
        assert reasons(report) == [(3, "", "artist_id 'a1' was given in line 2; the row was left out")]
        assert flag_of(*flags_on(store, "t1")).score == 0.4

    def test_a_table_of_artists_is_what_identifiers_are_looked_up_in(
        self, store: CatalogStore, tmp_path: Path, path: Path
    ) -> None:
        artists = tmp_path / "artists.csv"
        artists.write_text(f"artist,isni\nKestrel Choir,{NOBODY_ISNI}\n", "utf-8")
        import_table(store, "artists", artists)
        imported(store, path, "isni", NOBODY_ISNI)
        assert flagged(store) == {"t6"}


HOSTILE = [
    None,
    "",
    " ",
    "a1",
    "Ada Quill",
    "\x00",
    "\x1b[2J",
    "x" * 5_000,
    "\ud800",
    7,
    0.5,
    True,
    [],
    ["a1"],
    {"a": 1},
]


@given(
    st.lists(
        st.dictionaries(st.sampled_from(COLUMNS), st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=4),
        max_size=6,
    )
)
@settings(max_examples=40)
def test_hostile_rows_are_told_and_never_raise(rows: Sequence[dict[str, object]]) -> None:
    """Every row ends as a flag of the list, unknown or told; no name ever leads anywhere."""
    with TemporaryDirectory() as folder, filled(Path(folder)) as store:
        path = Path(folder) / "harbour-watch.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
        report = import_ai_list(store, path, AS_SHIPPED)
        assert report.rows == len(rows)
        assert report.recordings + report.artists + report.unknown + report.problem_count >= len(rows)
        assert report.summary().encode()
        assert flagged(store) <= {"t1", "t2"}
        if not any(set(row) & set(IDENTIFIERS) for row in rows):
            assert store.open_flags(datetime.now(UTC)) == {}
