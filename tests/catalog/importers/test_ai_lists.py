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

from catalog.consent.findings import ConsentContext
from catalog.consent.flags import SUSPICION_LASTS, Flag, FlagKind, FlagMode, FlagState
from catalog.consent.policy import Verdict, decide
from catalog.consent.presets import ConsentSettings, read_consent_settings
from catalog.consent.records import ConsentRecord, Subject, SubjectKind
from catalog.consent.rights import Deal
from catalog.importers.ai_lists import COLUMNS, IDENTIFIERS, SCORE, AiListReport, import_ai_list, list_source
from catalog.importers.reports import CatalogImportError
from catalog.importers.tables import import_table
from catalog.storage.store import SqliteCatalogStore
from catalog.stores import CatalogStore
from catalog.tracks import Artist, Track

LIST = "list:harbour-watch"
AS_SHIPPED = ConsentSettings()

ADA_ISNI = "0000000990000018"
ADA_MUSICBRAINZ = "0f5e2a11-93d4-4c55-8a6e-1b2c3d4e5f60"
ADA_SPOTIFY = "1AdaQuill0000000000AbC"
IDA_ISNI = "0000000990000026"
NOBODY_ISNI = "0000000990000034"
FERRYMEN_SPOTIFY = "2Ferrymen0000000000AbC"

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
    Artist("The Ferrymen", ids={"spotify": FERRYMEN_SPOTIFY}),
    Artist("Kestrel Choir", ids={"isni": "not known", "spotify": "-"}),
    Artist("Without Tracks", ids={"isni": NOBODY_ISNI}),
]


class Catalog(SqliteCatalogStore):
    """A store in which tracks without an artist_id have none, and nothing in its place."""

    def credited_artists(self) -> Iterator[tuple[str, str]]:
        for artist_id, key in super().credited_artists():
            yield "" if artist_id == key else artist_id, key


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with filled(tmp_path / "home") as store:
        yield store


def filled(home: Path) -> CatalogStore:
    store = Catalog.open(home)
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
        assert (
            reason
            == "leads to 2 artists of the catalog, such as 'a2', 'a3'; say which one with an artist_id; the row was left out"
        )

    def test_our_own_id_tells_artists_of_one_name_apart(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "artist_id,isni", f"a3,{IDA_ISNI}")
        assert (flagged(store), counts(report)) == ({"t4"}, {"artists": 1})

    def test_identifiers_that_contradict_each_other_are_ambiguous(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "artist_id,isni", f"a6,{ADA_ISNI}")
        assert (flagged(store), counts(report)) == (set(), {"ambiguous": 1})
        ((_, field, reason),) = reasons(report)
        assert (field, "leave only the identifiers of the one that is meant" in reason) == ("artist_id, isni", True)

    @pytest.mark.parametrize("row", ["a1,,", "a1,0000000990000034,", f"nobody,{ADA_ISNI},"])
    def test_an_identifier_that_nobody_here_has_says_nothing_against_the_others(
        self, store: CatalogStore, path: Path, row: str
    ) -> None:
        assert counts(imported(store, path, "artist_id,isni,spotify", row)) == {"artists": 1}

    def test_an_artist_whom_the_catalog_knows_by_name_only_is_left_alone(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "spotify", FERRYMEN_SPOTIFY)
        assert (flagged(store), counts(report)) == (set(), {"ambiguous": 1})
        assert "by the name only" in reasons(report)[0][2]
        assert "import the tracks with an artist_id" in reasons(report)[0][2]

    def test_a_name_that_some_tracks_bear_without_an_id_is_ambiguous_unless_the_entry_tells_which_artist(
        self, store: CatalogStore, path: Path
    ) -> None:
        with store.writing() as writer:
            writer.put_tracks([Track("t7", "Lock", "Ada Quill")])
        report = imported(store, path, "spotify,artist_id", f"{ADA_SPOTIFY},")
        assert (flagged(store), counts(report)) == (set(), {"ambiguous": 1})
        assert counts(imported(store, path, "spotify,artist_id", f"{ADA_SPOTIFY},a1")) == {"artists": 1}
        assert flags_on(store, "t7") == []

    def test_an_artist_of_whom_our_own_id_is_known_is_told_apart_from_others_of_that_name(
        self, store: CatalogStore, path: Path
    ) -> None:
        with store.writing() as writer:
            writer.put_artists([Artist("Ida Mole", ids={"artist_id": "a3", "isni": IDA_ISNI})])
        assert counts(imported(store, path, "isni", IDA_ISNI)) == {"artists": 1}
        assert flagged(store) == {"t4"}

    def test_an_artist_whose_own_id_no_track_has_is_unknown_whatever_the_name(
        self, store: CatalogStore, path: Path
    ) -> None:
        with store.writing() as writer:
            writer.put_artists([Artist("Kestrel Choir", ids={"artist_id": "a99", "isni": NOBODY_ISNI})])
        assert counts(imported(store, path, "isni", NOBODY_ISNI)) == {"unknown": 1}

    def test_any_of_an_artists_identifiers_leads_to_them(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "isni,spotify", f"{NOBODY_ISNI},{ADA_SPOTIFY}")
        assert (flagged(store), counts(report)) == ({"t1", "t2"}, {"artists": 1})

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
        told = (
            "a name alone may be somebody else's; give an identifier, artist_id, isni, musicbrainz, spotify; "
            "the row was left out"
        )
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

    def test_an_entry_that_is_removed_ends_what_this_list_said_at_once_and_nothing_that_others_say(
        self, store: CatalogStore, path: Path
    ) -> None:
        others = [("detector:aurora-2", 0.8), ("user_report", 0.7), ("list:pier-watch", 0.7)]
        for source, score in others:
            said(store, Flag(FlagKind.AI_SUSPECTED, FlagState.OPEN, score), source)
        imported(store, path, "isrc", "QZABC2400001")
        report = imported(store, path, "isrc,removed,score", "QZABC2400001,they showed their session files,high")
        assert (counts(report), report.removed, report.problems) == ({}, 1, [])
        states = {record.source: flag_of(record).state for record in flags_on(store, "t1")}
        assert states == {LIST: FlagState.EXPIRED} | {source: FlagState.OPEN for source, _ in others}
        (own,) = (record for record in flags_on(store, "t1") if record.source == LIST)
        assert own.evidence == "they showed their session files"
        assert store.open_flags(datetime.now(UTC)) == {LIST: 0} | {source: 1 for source, _ in others}

    def test_what_others_say_after_a_removal_counts_also_without_new_evidence(
        self, store: CatalogStore, path: Path
    ) -> None:
        imported(store, path, "isrc,removed", "QZABC2400001,yes")
        for _ in range(2):
            imported(store, path.with_name("pier-watch.csv"), "isrc", "QZABC2400001")
        assert store.open_flags(datetime.now(UTC)) == {LIST: 0, "list:pier-watch": 1}

    def test_a_removal_told_again_changes_nothing_and_who_is_listed_again_is_suspected_again(
        self, store: CatalogStore, path: Path
    ) -> None:
        imported(store, path, "artist_id", "a1")
        for _ in range(2):
            imported(store, path, "artist_id,removed", "a1,true")
        epoch = store.consent_epoch()
        assert imported(store, path, "artist_id,removed", "a1,true").changes["consent"].added == 0
        assert store.consent_epoch() == epoch
        imported(store, path, "artist_id,removed", "a1,")
        assert self.flag(store).state is FlagState.OPEN

    def test_a_removal_does_not_reopen_what_was_cleared(self, store: CatalogStore, path: Path) -> None:
        imported(store, path, "isrc", "QZABC2400001")
        said(store, Flag(FlagKind.AI_SUSPECTED, FlagState.CLEARED), "human_review")
        imported(store, path, "isrc,removed", "QZABC2400001,true")
        imported(store, path, "isrc,removed", "QZABC2400001,")
        assert store.open_flags(datetime.now(UTC))[LIST] == 0

    @pytest.mark.parametrize("removed", [False, None, "no", "", 0, {"by": "whom"}, "x" * 2_000])
    def test_what_does_not_say_that_an_entry_was_removed_leaves_it_listed(
        self, store: CatalogStore, path: Path, removed: object
    ) -> None:
        path = path.with_suffix(".jsonl")
        report = imported(store, path, json.dumps({"isrc": "QZABC2400001", "removed": removed}))
        assert (counts(report), flagged(store)) == ({"recordings": 1}, {"t1"})
        assert self.flag(store).state is FlagState.OPEN

    @pytest.mark.parametrize("rows", [("a1,,yes", f",{ADA_ISNI},"), (f",{ADA_ISNI},", "a1,,yes")])
    def test_what_one_entry_lists_another_does_not_remove(
        self, store: CatalogStore, path: Path, rows: tuple[str, str]
    ) -> None:
        report = imported(store, path, "artist_id,isni,removed", *rows)
        assert (counts(report), report.removed, report.problems) == ({"artists": 1}, 0, [])
        assert self.flag(store).state is FlagState.OPEN

    def test_a_row_that_was_left_out_does_not_keep_a_later_one_out(self, store: CatalogStore, path: Path) -> None:
        report = imported(store, path, "artist_id,score", "a1,high", "a1,0.8")
        assert counts(report) == {"artists": 1}
        assert self.flag(store).score == 0.8

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
            writer.put_tracks([Track("t8", "Reed", "Jo Wren", "a8"), Track("t9", "Fern", "Kit Vale", "a9")])
        report = imported(store, path, "spotify,name", *rows, f"{ADA_SPOTIFY},Ada Quill", ",Hob Tarn")
        assert hint.replace("4 artists", "6 artists") in report.summary().splitlines()

    def test_a_list_of_our_own_ids_needs_tracks_that_have_them(self, tmp_path: Path, path: Path) -> None:
        with Catalog.open(tmp_path / "other") as store:
            with store.writing() as writer:
                writer.put_tracks([Track("t1", "Dawn", "Ada Quill")])
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
        position = store.positions_of(["t1"])["t1"]
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
