"""Importing community lists: suspicion only, about whom an identifier names, and about nobody else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog.consent import SUSPICION_LASTS, Flag, FlagKind, FlagState, Subject, SubjectKind
from catalog.importers.ai_lists import SCORE
from catalog.stores import CatalogStore
from catalog.tracks import Artist, Track, TrackId
from tests.catalog.importers.ai_lists.listed_catalog import (
    ADA_ISNI,
    ADA_MUSICBRAINZ,
    ADA_SPOTIFY,
    FERRYMEN_SPOTIFY,
    IDA_ISNI,
    LIST,
    NOBODY_ISNI,
    counts,
    flag_of,
    flagged,
    flags_on,
    imported,
    reasons,
    said,
)


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
            writer.put_tracks([Track(TrackId("t9"), "Late", "New Name", isrc="QZABC2400009")])
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
            writer.put_tracks([Track(TrackId("t7"), "Lock", "Ada Quill")])
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
        report = imported(
            store, path, "isrc,name,artist,score", ",Ada Quill,,", ",,Kestrel Choir,", ",,,1", "QZABC2400001,,Ida,"
        )
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
