"""Importing community lists: suspicion only, about whom an identifier names, and about nobody else."""

import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.findings import ConsentContext
from catalog.flags import SUSPICION_LASTS, Flag, FlagKind, FlagMode, FlagState
from catalog.importers.ai_lists import COLUMNS, IDENTIFIERS, SCORE, AiListReport, import_ai_list, list_source
from catalog.importers.reports import CatalogImportError
from catalog.importers.tables import import_table
from catalog.policy import Verdict, decide
from catalog.presets import ConsentSettings, read_consent_settings
from catalog.records import ConsentRecord, Subject, SubjectKind
from catalog.rights import Deal
from catalog.store import CatalogStore
from catalog.tracks import Artist, Track

LIST = "list:harbour-watch"
AS_SHIPPED = ConsentSettings()

ADA_ISNI = "0000000990000018"
ADA_MUSICBRAINZ = "0f5e2a11-93d4-4c55-8a6e-1b2c3d4e5f60"
ADA_SPOTIFY = "1AdaQuill0000000000AbC"
IDA_ISNI = "0000000990000026"
NOBODY_ISNI = "0000000990000034"

TRACKS = [
    Track("t1", "Dawn", "Ada Quill", "a1", "QZABC2400001"),
    Track("t2", "Noon", "Ada Quill", "a1"),
    # Two artists share this name: one is a human, one is said to be AI.
    Track("t3", "Dusk", "Ida Mole", "a2", "QZABC2400003"),
    Track("t4", "Night", "Ida Mole", "a3"),
    Track("t5", "Tide", "The Ferrymen"),
    Track("t6", "Moss", "Kestrel Choir", "a6"),
]
ARTISTS = [
    Artist("Ada Quill", ids={"isni": ADA_ISNI, "musicbrainz": ADA_MUSICBRAINZ, "spotify": ADA_SPOTIFY}),
    Artist("Ida Mole", ids={"isni": IDA_ISNI}),
    Artist("The Ferrymen", ids={"spotify": "2Ferrymen0000000000AbC"}),
    Artist("Kestrel Choir", ids={"isni": "not known", "spotify": "-"}),
    Artist("Without Tracks", ids={"isni": NOBODY_ISNI}),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with filled(tmp_path / "home" / "catalog.sqlite") as store:
        yield store


def filled(path: Path) -> CatalogStore:
    store = CatalogStore.open(path)
    with store.writing() as writer:
        writer.put_tracks(TRACKS)
        writer.put_artists(ARTISTS)
        writer.append([ConsentRecord(Subject(SubjectKind.TRACK, track.track_id), Deal()) for track in TRACKS])
    return store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "harbour-watch.csv"


def imported(
    store: CatalogStore, path: Path, *lines: str, consent: ConsentSettings = AS_SHIPPED, **options: Any
) -> AiListReport:
    """Write the lines of a list and import it."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return import_ai_list(store, path, consent, **options)


def flags_on(store: CatalogStore, track_id: str) -> list[ConsentRecord]:
    position = store.positions_of([track_id])[track_id]
    return [record for record in store.facts([position])[1][position].records if isinstance(record.terms, Flag)]


def flagged(store: CatalogStore) -> set[str]:
    return {track.track_id for track in TRACKS if flags_on(store, track.track_id)}


def flag_of(record: ConsentRecord) -> Flag:
    assert isinstance(record.terms, Flag)
    return record.terms


def counts(report: AiListReport) -> dict[str, int]:
    """What was counted, zeros left out."""
    found = {name: getattr(report, name) for name in ("recordings", "artists", "ambiguous", "unknown", "name_only")}
    return {name: count for name, count in found.items() if count}


def reasons(report: AiListReport) -> list[tuple[int | None, str, str]]:
    return [(problem.line, problem.field, problem.reason) for problem in report.problems]


def said(store: CatalogStore, flag: Flag, source: str, at: datetime | None = None) -> None:
    """Record what somebody says about the recording t1 by its ISRC."""
    with store.writing() as writer:
        subject = Subject(SubjectKind.ISRC, "QZABC2400001")
        writer.append([ConsentRecord(subject, flag, recorded_at=at, source=source)])


class TestRecordings:
    def test_a_recording_named_by_isrc_or_track_id_is_suspected_in_the_middle(
        self, store: CatalogStore, path: Path
    ) -> None:
        report = imported(store, path, "isrc,track_id", "qz-abc-24-00001,", ",t6")
        assert counts(report) == {"recordings": 2}
        assert report.problems == []
        assert flagged(store) == {"t1", "t6"}
        (record,) = flags_on(store, "t6")
        flag = flag_of(record)
        assert (flag.kind, flag.state, flag.score) == (FlagKind.AI_SUSPECTED, FlagState.OPEN, SCORE)
        assert (record.source, record.evidence) == (LIST, None)

    def test_the_score_and_the_evidence_of_an_entry_are_kept(self, store: CatalogStore, path: Path) -> None:
        imported(store, path, "track_id,score,evidence,url", "t1,0.35,same voice on 40 albums,https://example.org/1")
        (record,) = flags_on(store, "t1")
        assert flag_of(record).score == 0.35
        assert record.evidence == "same voice on 40 albums https://example.org/1"

    def test_an_isrc_counts_before_a_track_id_which_may_be_another_catalogs(
        self, store: CatalogStore, path: Path
    ) -> None:
        imported(store, path, "track_id,isrc", "t6,QZABC2400001")
        assert flagged(store) == {"t1"}

    def test_a_listed_recording_does_not_make_its_artist_suspect(self, store: CatalogStore, path: Path) -> None:
        imported(store, path, "track_id,artist_id,isni", f"t1,a1,{ADA_ISNI}")
        assert flagged(store) == {"t1"}

    def test_an_isrc_that_is_none_does_not_let_the_row_fall_back_on_its_artist(
        self, store: CatalogStore, path: Path
    ) -> None:
        report = imported(store, path, "isrc,artist_id", "QZ-1,a1")
        assert (flagged(store), counts(report)) == (set(), {})
        ((line, field, reason),) = reasons(report)
        assert (line, field) == (2, "isrc")
        assert reason.endswith("the row was left out")

    def test_a_recording_that_comes_later_is_suspected_from_the_start(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "isrc", "QZABC2400009")
        assert (counts(report), report.problems) == ({"unknown": 1}, [])
        with store.writing() as writer:
            writer.put_tracks([Track("t9", "Late", "New Name", isrc="QZABC2400009")])
        assert len(flags_on(store, "t9")) == 1


class TestArtists:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("artist_id", "a1"),
            ("isni", ADA_ISNI),
            ("isni", "0000 0009 9000 0018"),
            ("isni", f"https://isni.org/isni/{ADA_ISNI}"),
            ("musicbrainz", ADA_MUSICBRAINZ.upper()),
            ("musicbrainz", f"https://musicbrainz.org/artist/{ADA_MUSICBRAINZ}/relationships"),
            ("spotify", ADA_SPOTIFY),
            ("spotify", f"spotify:artist:{ADA_SPOTIFY}"),
            ("spotify", f"https://open.spotify.com/artist/{ADA_SPOTIFY}?si=abc"),
        ],
    )
    def test_an_identifier_of_one_artist_leads_to_all_their_recordings_and_no_others(
        self, store: CatalogStore, path: Path, column: str, value: str
    ) -> None:
        report = imported(store, path, column, value)
        assert (counts(report), report.problems) == ({"artists": 1}, [])
        assert flagged(store) == {"t1", "t2"}
        (record,) = flags_on(store, "t2")
        assert record.subject == Subject(SubjectKind.ARTIST_ID, "a1")

    def test_an_identifier_of_a_name_that_two_artists_share_is_ambiguous(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "isni,name", f"{IDA_ISNI},Ida Mole")
        assert (flagged(store), counts(report)) == (set(), {"ambiguous": 1})
        ((line, field, reason),) = reasons(report)
        assert (line, field) == (2, "isni")
        assert reason == "leads to 2 artists of the catalog, such as 'a2', 'a3'; the row was left out"

    def test_our_own_id_tells_artists_of_one_name_apart(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "artist_id,isni", f"a3,{IDA_ISNI}")
        assert (flagged(store), counts(report)) == ({"t4"}, {"artists": 1})

    def test_identifiers_that_contradict_each_other_are_ambiguous(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "artist_id,isni", f"a6,{ADA_ISNI}")
        assert (flagged(store), counts(report)) == (set(), {"ambiguous": 1})
        assert reasons(report)[0][1] == "artist_id, isni"

    @pytest.mark.parametrize("row", ["a1,,", "a1,0000000990000034,", f"nobody,{ADA_ISNI},"])
    def test_an_identifier_that_nobody_here_has_says_nothing_against_the_others(
        self, store: CatalogStore, path: Path, row: str
    ) -> None:
        assert counts(imported(store, path, "artist_id,isni,spotify", row)) == {"artists": 1}

    @pytest.mark.parametrize("row", ["ferrymen,", ",2Ferrymen0000000000AbC"])
    def test_an_artist_whom_the_catalog_knows_by_name_only_is_left_alone(
        self, store: CatalogStore, path: Path, row: str
    ) -> None:
        """Tracks without an artist_id have the name in its place, which others may share."""
        report = imported(store, path, "artist_id,spotify", row)
        assert (flagged(store), counts(report)) == (set(), {"ambiguous": 1})
        assert "by name only" in reasons(report)[0][2]

    def test_artists_whom_the_catalog_has_not_are_counted_and_not_kept(self, store: CatalogStore, path: Path) -> None:
        epoch = store.consent_epoch()
        report = imported(store, path, "artist_id,isni", "nobody,", f",{NOBODY_ISNI}")
        assert (counts(report), report.problems) == ({"unknown": 2}, [])
        assert store.consent_epoch() == epoch

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("isni", "0000000990000015"),
            ("isni", "not known"),
            ("spotify", "-"),
            ("spotify", f"https://open.spotify.com/track/{ADA_SPOTIFY}"),
            ("musicbrainz", f"https://musicbrainz.org/release/{ADA_MUSICBRAINZ}"),
            ("musicbrainz", "Ada Quill"),
        ],
    )
    def test_what_is_no_identifier_is_told_and_matches_no_placeholder(
        self, store: CatalogStore, path: Path, column: str, value: str
    ) -> None:
        report = imported(store, path, column, value)
        assert (flagged(store), counts(report)) == (set(), {})
        ((line, field, reason),) = reasons(report)
        assert (line, field) == (2, column)
        assert repr(value)[:40] in reason

    def test_a_name_alone_is_left_out_with_the_reason(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "isrc,name,artist", ",Ada Quill,", ",,Kestrel Choir", ",,", "QZABC2400001,,Ida")
        assert (flagged(store), counts(report)) == ({"t1"}, {"recordings": 1, "name_only": 2})
        told = "a name alone may be somebody else's; give an identifier; the row was left out"
        assert reasons(report)[:2] == [(2, "", told), (3, "", told)]
        assert "names no recording and no artist" in reasons(report)[2][2]


class TestTime:
    def flag(self, store: CatalogStore) -> Flag:
        (record,) = flags_on(store, "t1")
        return flag_of(record)

    @pytest.mark.parametrize("days", [60, 200], ids=["while it lasts", "after it lapsed"])
    def test_importing_a_list_again_renews_its_flags(self, store: CatalogStore, path: Path, days: int) -> None:
        before = datetime.now(UTC)
        told = before - timedelta(days=days)
        said(store, Flag(FlagKind.AI_SUSPECTED, FlagState.OPEN, SCORE), LIST, told)
        assert self.flag(store).expires_at == told + SUSPICION_LASTS
        imported(store, path, "isrc", "QZABC2400001")
        expires_at = self.flag(store).expires_at
        assert expires_at is not None
        assert expires_at >= before + SUSPICION_LASTS

    def test_what_a_newer_version_no_longer_names_lapses_by_itself(self, store: CatalogStore, path: Path) -> None:
        imported(store, path, "isrc", "QZABC2400001")
        first = self.flag(store)
        imported(store, path, "track_id", "t6")
        assert self.flag(store) == first
        assert store.open_flags(datetime.now(UTC)) == {LIST: 2}
        assert store.open_flags(datetime.now(UTC) + SUSPICION_LASTS) == {LIST: 0}

    def test_the_newer_score_counts(self, store: CatalogStore, path: Path) -> None:
        imported(store, path, "isrc,score", "QZABC2400001,0.9")
        imported(store, path, "isrc,score", "QZABC2400001,0.2")
        assert self.flag(store).score == 0.2

    @pytest.mark.parametrize("evidence", ["", "https://example.org/1"])
    def test_a_flag_that_was_cleared_does_not_reopen(self, store: CatalogStore, path: Path, evidence: str) -> None:
        lines = "isrc,url", f"QZABC2400001,{evidence}"
        imported(store, path, *lines)
        said(store, Flag(FlagKind.AI_SUSPECTED, FlagState.CLEARED), "human_review")
        for _ in range(2):
            imported(store, path, *lines)
            assert self.flag(store).state is FlagState.CLEARED
        assert store.open_flags(datetime.now(UTC))[LIST] == 0

    def test_new_evidence_reopens_it(self, store: CatalogStore, path: Path) -> None:
        imported(store, path, "isrc,url", "QZABC2400001,https://example.org/1")
        said(store, Flag(FlagKind.AI_SUSPECTED, FlagState.CLEARED), "human_review")
        imported(store, path, "isrc,url", "QZABC2400001,https://example.org/2")
        assert FlagState.OPEN in {flag_of(record).state for record in flags_on(store, "t1")}

    def test_two_lists_speak_for_themselves(self, store: CatalogStore, path: Path) -> None:
        imported(store, path, "isrc", "QZABC2400001")
        imported(store, path.with_name("pier-watch.csv"), "isrc", "QZABC2400001")
        assert {record.source for record in flags_on(store, "t1")} == {LIST, "list:pier-watch"}


class TestMode:
    def verdicts(self, store: CatalogStore, consent: ConsentSettings) -> tuple[Verdict, Verdict]:
        """Decide on t1 under strict and labelled_ai."""
        position = store.positions_of(["t1"])["t1"]
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
        assert told[0] == f"{path}: 6 rows read"
        counted = "recordings matched: 1, artists matched: 1, ambiguous: 1, unknown: 2, name only: 1"
        assert f"{LIST}: {counted}" in told
        assert "2 problems:" in told


ENTRY = {"isni": ADA_ISNI, "score": 0.5}


class TestFiles:
    @pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".jsonl.gz"])
    def test_every_format_says_the_same(self, store: CatalogStore, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"Harbour Watch{suffix}"
        delimiter = "\t" if suffix == ".tsv" else ","
        if suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist([ENTRY]), path)
        elif "jsonl" in suffix:
            row = json.dumps(ENTRY).encode()
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
    with TemporaryDirectory() as folder, filled(Path(folder) / "catalog.sqlite") as store:
        path = Path(folder) / "harbour-watch.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
        report = import_ai_list(store, path, AS_SHIPPED)
        assert report.rows == len(rows)
        assert report.recordings + report.artists + report.unknown + report.problem_count >= len(rows)
        assert report.summary().encode()
        assert flagged(store) <= {"t1", "t2"}
        if not any(set(row) & set(IDENTIFIERS) for row in rows):
            assert store.open_flags(datetime.now(UTC)) == {}
