"""`consonance playlist` in every format, and `consonance explain`."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from catalog.consent import EXEMPT_FACETS
from tests.api.terminal.conftest import Command, answered


class TestPlaylist:
    def test_a_table_is_what_people_get(self, command: Command, home: Path) -> None:
        ended = command("playlist", "rainy sunday jazz, no vocals", "--home", home)
        assert ended.status == 0
        assert ended.out.startswith("Rainy sunday jazz, no vocals")
        assert "Withheld: " in ended.out
        assert ended.err == ""

    def test_json_is_the_schema_of_the_api(self, command: Command, home: Path) -> None:
        playlist = answered(command("playlist", "rainy sunday jazz", "--length", 7, "--format", "json", "--home", home))
        assert [track.position for track in playlist.tracks] == list(range(1, 8))
        assert playlist.prompt == "rainy sunday jazz"
        assert playlist.territory == "DE"
        assert playlist.policy == "strict"
        assert all(track.consent.basis for track in playlist.tracks)

    def test_jspf_is_a_playlist_in_json(self, command: Command, home: Path) -> None:
        ended = command("playlist", "dark techno", "--length", 3, "--format", "jspf", "--home", home)
        assert len(json.loads(ended.out)["playlist"]["track"]) == 3

    def test_xspf_is_a_playlist_in_xml(self, command: Command, home: Path) -> None:
        ended = command("playlist", "dark techno", "--length", 3, "--format", "xspf", "--home", home)
        assert ended.out.startswith('<?xml version="1.0" encoding="UTF-8"?>')
        assert len(ET.fromstring(ended.out).findall("{*}trackList/{*}track")) == 3

    def test_m3u8_has_two_lines_or_more_a_track(self, command: Command, home: Path) -> None:
        ended = command("playlist", "dark techno", "--length", 3, "--format", "m3u8", "--home", home)
        assert ended.out.startswith("#EXTM3U\n")
        assert ended.out.count("#EXTINF:") == 3

    def test_csv_has_a_row_a_track(self, command: Command, home: Path) -> None:
        ended = command("playlist", "dark techno", "--length", 3, "--format", "csv", "--home", home)
        rows = list(csv.DictReader(io.StringIO(ended.out.removeprefix("\ufeff"))))
        assert [row["position"] for row in rows] == ["1", "2", "3"]

    def test_minutes_are_kept(self, command: Command, home: Path) -> None:
        playlist = answered(command("playlist", "dark techno", "--minutes", "30", "--format", "json", "--home", home))
        assert sum(track.duration_s or 0 for track in playlist.tracks) == pytest.approx(1800, abs=120)

    def test_a_territory_may_be_written_in_lower_case(self, command: Command, home: Path) -> None:
        playlist = answered(command("playlist", "jazz", "--territory", "us", "--format", "json", "--home", home))
        assert playlist.territory == "US"

    def test_the_same_seed_gives_the_same_list_and_another_gives_another(self, command: Command, home: Path) -> None:
        words = ("playlist", "jazz", "--format", "json", "--home", home, "--at", "2026-06-01T12:00:00Z")
        lists = [[track.track_id for track in answered(command(*words, "--seed", seed)).tracks] for seed in (5, 5, 6)]
        assert lists[0] == lists[1] != lists[2]

    def test_an_instant_is_answered_as_of_then(self, command: Command, home: Path) -> None:
        playlist = answered(command("playlist", "jazz", "--at", "2001-01-01", "--format", "json", "--home", home))
        starts = [track.consent.basis.period.start for track in playlist.tracks if track.consent.basis]
        assert all(start is None or start <= "2001-01-01" for start in starts)

    def test_policy_and_commercial_model_are_heard(self, command: Command, home: Path) -> None:
        words = ("playlist", "jazz", "--policy", "human_only", "--commercial-model", "SubscriptionModel")
        playlist = answered(command(*words, "--format", "json", "--home", home))
        assert playlist.policy == "human_only"
        assert {track.consent.basis.commercial_model for track in playlist.tracks if track.consent.basis} == {
            "SubscriptionModel"
        }
        declared = [track.consent for track in playlist.tracks if track.consent.ai not in ("none", "undeclared")]
        assert all(
            consent.ai == "partly" and set(consent.ai_facets) <= {facet.value for facet in EXEMPT_FACETS}
            for consent in declared
        )

    def test_a_listener_whom_nobody_knows_is_a_listener(self, command: Command, home: Path) -> None:
        known = answered(command("playlist", "jazz", "--user", "u00001", "--format", "json", "--home", home))
        unknown = answered(command("playlist", "jazz", "--user", "nobody at all", "--format", "json", "--home", home))
        assert len(known.tracks) == len(unknown.tracks) == 20

    def test_the_home_may_come_from_the_environment(
        self, command: Command, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CONSONANCE_HOME", str(home))
        assert answered(command("playlist", "jazz", "--format", "json")).tracks

    def test_the_territory_may_come_from_the_environment(
        self, command: Command, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CONSONANCE_TERRITORY", "fr")
        assert answered(command("playlist", "jazz", "--format", "json", "--home", home)).territory == "FR"


class TestExplain:
    def test_a_playlist_is_explained_track_by_track(self, command: Command, home: Path) -> None:
        playlist = answered(command("playlist", "rainy sunday jazz", "--format", "json", "--home", home))
        ended = command("explain", playlist.playlist_id, "--home", home)
        assert ended.status == 0
        for track in playlist.tracks:
            assert track.track_id in ended.out
        assert len(re.findall(r"^ +licence ", ended.out, re.MULTILINE)) == len(playlist.tracks)

    def test_a_track_taken_down_since_is_withheld(self, command: Command, changing: Path) -> None:
        playlist = answered(command("playlist", "rainy sunday jazz", "--format", "json", "--home", changing))
        gone = playlist.tracks[0].track_id
        before = command("explain", playlist.playlist_id, "--home", changing).out
        told = command("consent", "takedown", gone, "--reason", "a dispute", "--home", changing)
        assert told.status == 0
        assert gone in told.out
        after = command("explain", playlist.playlist_id, "--home", changing).out
        again = answered(command("playlist", "rainy sunday jazz", "--format", "json", "--home", changing))
        assert gone in before
        assert gone not in after
        assert "TAKEDOWN_ACTIVE" in after
        assert gone not in {track.track_id for track in again.tracks}
        assert len(again.tracks) == 20
        shown = command("consent", "show", gone, "--home", changing).out
        assert "Withheld in Germany" in shown
        assert "a dispute" in shown
