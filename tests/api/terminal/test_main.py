"""The command line: every command, every format, and one clear line on standard error for whatever is wrong."""

import contextlib
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.schemas.playlists import PlaylistResponse
from api.terminal.main import main
from catalog.consent.disclosures import EXEMPT_FACETS
from catalog.stores import CATALOG_FILE, open_store
from recommender.bundles import current_version
from tests.processes import copy_of, environment, kill, run, start


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have set something."""
    for name in [name for name in os.environ if name.startswith("CONSONANCE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def run_here(*words: object) -> Ended:
        capsys.readouterr()
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Ended(status, captured.out, captured.err)

    return run_here


@pytest.fixture(scope="module")
def home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home to read and to log answers in; its catalog and bundle stay as they are."""
    return copy_of(demo_home, tmp_path_factory.mktemp("read"))


@pytest.fixture
def changing(demo_home: Path, tmp_path: Path) -> Path:
    """A home of one test's own."""
    return copy_of(demo_home, tmp_path / "home")


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def answered(ended: Ended) -> PlaylistResponse:
    assert ended.status == 0, ended.err
    return PlaylistResponse.model_validate_json(ended.out)


def assert_complaint(ended: Ended, *said: str, status: int | None = None) -> None:
    """It ended with one line on standard error that says this, and nothing on standard output."""
    assert ended.status in ((1, 2) if status is None else (status,)), ended
    assert ended.out == ""
    assert ended.err.startswith("consonance: ")
    assert ended.err.count("\n") == 1
    assert ended.err.endswith("\n")
    assert len(ended.err) < 1_000
    for words in said:
        assert words in ended.err


COMMANDS = (
    *("demo", "import", "build", "playlist", "explain", "consent", "consent show", "consent takedown"),
    *("consent grant", "consent flag", "consent reasons"),
    *("serve", "exposures", "doctor"),
)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_command_helps(command: Command, name: str) -> None:
    ended = command(*name.split(), "--help")
    assert ended.status == 0
    assert ended.out.startswith(f"usage: consonance {name}".rstrip())
    assert ended.err == ""


def test_help_names_every_command_and_shows_examples(command: Command) -> None:
    out = command("--help").out
    assert all(name.split()[0] in out for name in COMMANDS)
    assert 'consonance playlist "rainy sunday jazz' in out


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
        rows = list(csv.DictReader(io.StringIO(ended.out)))
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
        assert ended.out.count("licence ") == len(playlist.tracks)

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


class TestConsent:
    def test_what_is_on_record_is_shown(self, command: Command, home: Path) -> None:
        playlist = answered(command("playlist", "rainy sunday jazz", "--format", "json", "--home", home))
        for track in playlist.tracks[:5]:
            ended = command("consent", "show", track.track_id, "--home", home)
            assert ended.status == 0
            assert track.title in ended.out
            assert "Allowed" in ended.out
            assert "What happened, and what lies ahead" in ended.out
            assert track.consent.basis is not None
            assert track.consent.basis.licensor is None or track.consent.basis.licensor in " ".join(ended.out.split())

    def test_a_take_down_for_one_territory_holds_there_alone(self, command: Command, changing: Path) -> None:
        playlist = answered(command("playlist", "rainy sunday jazz", "--format", "json", "--home", changing))
        track_id = next(
            track.track_id
            for track in playlist.tracks
            if track.consent.basis and track.consent.basis.territories == ["Worldwide"]
        )
        words = ("consent", "takedown", track_id, "--territory", "de", "--reason", "a claim", "--home", changing)
        assert command(*words).out.startswith(f"taken down DE: {track_id}")
        show = ("consent", "show", track_id, "--home", changing, "--territory")
        assert "Withheld in Germany" in command(*show, "DE").out
        assert "Allowed" in command(*show, "FR").out

    def test_a_take_down_of_an_unknown_track_among_known_ones_changes_nothing(
        self, command: Command, changing: Path
    ) -> None:
        playlist = answered(command("playlist", "jazz", "--length", 1, "--format", "json", "--home", changing))
        known = playlist.tracks[0].track_id
        words = ("consent", "takedown", known, "nope", "--reason", "x", "--home", changing)
        assert_complaint(command(*words), "'nope'", status=2)
        assert "Allowed" in command("consent", "show", known, "--home", changing).out


TRACKS = """uid,title,artist,duration_s,licence
one,Slow Rain,Marta Quell,215,
two,Fast Snow,Ida Holm,180,CC-BY-4.0
three,,Nobody,100,
"""


class TestImport:
    def test_every_source_comes_in(self, command: Command, tmp_path: Path) -> None:
        home = tmp_path / "home"
        tracks = written(tmp_path, "tracks.csv", TRACKS)
        artists = written(tmp_path, "artists.tsv", "artist\ttags\tcountry\nMarta Quell\tjazz:3;slow\tDE\n")
        plays = written(tmp_path, "plays.csv", "user_id,track_id,plays\nada,one,3\nada,gone,1\nbea,two,2\n")
        lists = written(tmp_path, "lists.jsonl", '{"playlist_id": "p", "track_ids": ["one", "two", "gone"]}\n')
        consent = written(tmp_path, "consent.jsonl", '{"kind": "block", "track_id": "two", "reason": "legal"}\n')

        ended = command(
            *("import", "tracks", tracks, "--column", "uid=track_id"),
            *("--assert-deal", "our own recordings", "--home", home),
        )
        assert ended.status == 0
        assert "3 rows read" in ended.out
        assert "tracks: 2 added" in ended.out
        assert "consent: 3 added" in ended.out
        assert f"{tracks}, line 4, title:" in ended.out
        for source, path, said in (
            ("artists", artists, "artists: 1 added"),
            ("interactions", plays, "2 added, 0 changed, 0 unchanged; 1 that name a track or artist"),
            ("playlists", lists, "1 added, 0 changed, 0 unchanged; 1 that name a track or artist"),
            ("consent", consent, "consent: 1 added"),
        ):
            ended = command("import", source, path, "--home", home)
            assert ended.status == 0, ended.err
            assert said in ended.out
        shown = command("consent", "show", "one", "--home", home).out
        assert "operator licenses every use, worldwide" in " ".join(shown.split())
        assert "by our own recordings" in " ".join(shown.split())
        blocked = command("consent", "show", "two", "--home", home).out
        assert "blocked for legal reasons" in " ".join(blocked.split())

    def test_importing_twice_changes_nothing(self, command: Command, tmp_path: Path) -> None:
        tracks = written(tmp_path, "tracks.csv", TRACKS.replace("uid", "track_id"))
        words = ("import", "tracks", tracks, "--assert-deal", "ours", "--home", tmp_path / "home")
        command(*words)
        with open_store(tmp_path / "home") as store:
            epoch = store.consent_epoch()
        again = command(*words)
        assert "tracks: 0 added, 0 changed, 2 unchanged" in again.out
        assert "consent: 0 added, 0 changed, 3 unchanged" in again.out
        with open_store(tmp_path / "home") as store:
            assert store.consent_epoch() == epoch

    def test_progress_is_told_on_standard_error(self, command: Command, tmp_path: Path) -> None:
        tracks = written(tmp_path, "tracks.csv", TRACKS.replace("uid", "track_id"))
        assert command("import", "tracks", tracks, "--home", tmp_path / "home").err == "Importing tracks: 3\n"

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["tracks", "none.csv"], ["none.csv", "nothing was imported"]),
            (["tracks", "folder"], ["folder", ".csv"]),
            (["tracks", "folder.csv"], ["folder.csv", "nothing was imported"]),
            (["jamendo", "tracks.csv"], ["tracks.csv"]),
            (["jamendo", "none"], ["none", "nothing was imported"]),
            (["songs", "tracks.csv"], ["invalid choice: 'songs'", "tracks"]),
            (["tracks", "tracks.csv"], ["has no column 'track_id'", "'uid'", "--column"]),
            (["tracks", "tracks.csv", "--column", "uid"], ["--column 'uid'", "uid=track_id"]),
            (["tracks", "tracks.csv", "--column", "nope=track_id"], ["'nope'", "'uid'"]),
            (["tracks", "tracks.csv", "--column", "uid=track_id", "--assert-deal", " "], ["--assert-deal", "reason"]),
            (["artists", "tracks.csv", "--assert-deal", "x"], ["--assert-deal"]),
            (["consent", "tracks.csv"], ["tracks.csv", ".jsonl"]),
            (["tracks", "latin.csv"], ["latin.csv", "line 2", "UTF-8"]),
            (["tracks", "tracks.parquet"], ["tracks.parquet", "Parquet"]),
            (["tracks", "tracks.csv.gz"], ["tracks.csv.gz", "gzip"]),
        ],
        ids=lambda value: " ".join(value)[:50],
    )
    def test_a_file_that_cannot_be_imported_is_told_in_one_line_and_changes_nothing(
        self, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: list[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("tracks.csv", "tracks.parquet", "tracks.csv.gz"):
            written(tmp_path, name, TRACKS)
        (tmp_path / "latin.csv").write_bytes("track_id,title,artist\n1,Café,Ida\n".encode("latin-1"))
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder.csv").mkdir()
        assert_complaint(command("import", *words, "--home", "home"), *said)
        if (tmp_path / "home").exists():
            with open_store(tmp_path / "home") as store:
                assert (store.track_count(), store.consent_epoch()) == (0, 0)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file; run the tests as another user")
    def test_a_file_that_may_not_be_read_is_told(self, command: Command, tmp_path: Path) -> None:
        path = written(tmp_path, "tracks.csv", TRACKS)
        path.chmod(0)
        assert_complaint(command("import", "tracks", path, "--home", tmp_path / "home"), str(path), status=1)


class TestBuild:
    def test_building_twice_encodes_nothing_and_keeps_the_version(self, changing: Path) -> None:
        version = current_version(changing)
        status, out, err = run("build", "--home", changing)
        assert status == 0
        assert "Encoding texts: 0\n" in err
        assert f"bundle {version} with 3,610 tracks is in use" in out
        assert current_version(changing) == version

    def test_after_an_import_only_what_changed_is_encoded(self, tmp_path: Path, changing: Path) -> None:
        rows = "track_id,title,artist,tags\nn1,Zugzwang,Ada Quill,chess jazz\nn2,Zwischenzug,Ada Quill,chess jazz\n"
        tracks = written(tmp_path, "new.csv", rows)
        version = current_version(changing)
        run("import", "tracks", tracks, "--assert-deal", "ours", "--home", changing)
        status, out, err = run("build", "--home", changing)
        assert status == 0
        assert "Encoding texts: 2\n" in err
        assert "with 3,612 tracks" in out
        assert current_version(changing) != version
        _, out, _ = run("playlist", "Zugzwang by Ada Quill", "--length", "3", "--home", changing)
        assert "Zugzwang" in out


class TestDoctor:
    def test_a_home_that_is_well_is_ok_throughout(self, command: Command, home: Path) -> None:
        ended = command("doctor", "--home", home)
        assert ended.status == 0
        for policy in ("strict", "labelled_ai", "human_only"):
            assert f"consent, {policy}" in ended.out
        assert "every byte checked" in ended.out
        for state in ("stale", "missing", "broken"):
            assert f" {state} " not in ended.out

    def test_a_bundle_older_than_its_catalog_is_stale_and_the_remedy_stands_there(
        self, command: Command, changing: Path, tmp_path: Path
    ) -> None:
        tracks = written(tmp_path, "new.csv", "track_id,title,artist\nn1,Zugzwang,Ada Quill\n")
        command("import", "tracks", tracks, "--home", changing)
        ended = command("doctor", "--home", changing)
        assert ended.status == 0
        assert " stale " in ended.out
        assert "Remedy: run `consonance build`" in ended.out

    def test_a_flipped_byte_is_found_and_told_with_both_sums(self, command: Command, changing: Path) -> None:
        path = changing / "bundles" / (current_version(changing) or "") / "vectors.faiss"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.unlink()  # Its bytes are shared with the home it was copied from.
        path.write_bytes(content)
        ended = command("doctor", "--home", changing)
        assert ended.status == 1
        assert " broken " in ended.out
        assert ended.err.splitlines()[-1] == "consonance: broken: bundle; the remedies stand above"
        assert "SHA-256" in ended.out
        refused = command("playlist", "jazz", "--home", changing)
        assert_complaint(refused, "vectors.faiss", "SHA-256", "consonance build", status=1)

    def test_a_catalog_that_is_none_is_broken(self, command: Command, tmp_path: Path) -> None:
        (tmp_path / CATALOG_FILE).write_bytes(b"no catalog at all" * 1000)
        ended = command("doctor", "--home", tmp_path)
        assert ended.status == 1
        assert " broken " in ended.out
        assert ended.err == "consonance: broken: catalog; the remedies stand above\n"

    def test_an_experiment_that_cannot_be_read_is_broken(self, command: Command, changing: Path) -> None:
        (changing / "experiment.toml").write_text('name = "x"\n')
        ended = command("doctor", "--home", changing)
        assert ended.status == 1
        assert "broken: experiment" in ended.err

    def test_a_home_without_anything_says_what_to_do(self, command: Command, tmp_path: Path) -> None:
        ended = command("doctor", "--home", tmp_path / "new")
        assert ended.status == 0
        assert "missing" in ended.out
        assert "consonance import" in ended.out
        assert not (tmp_path / "new").exists()


class TestDemo:
    def test_a_second_time_nothing_is_made_or_built(self, changing: Path) -> None:
        before = {
            path.relative_to(changing): path.stat().st_mtime_ns
            for path in changing.rglob("*")
            if path.is_file() and path.name != CATALOG_FILE
        }
        status, out, err = run("demo", "late night coding", "--home", changing)
        assert (status, err) == (0, "")
        assert out.startswith("Late night coding")
        assert "fictional" in out
        assert before == {path: (changing / path).stat().st_mtime_ns for path in before}

    def test_a_home_with_another_catalog_is_refused_and_left_alone(self, command: Command, tmp_path: Path) -> None:
        home = tmp_path / "home"
        tracks = written(tmp_path, "mine.csv", "track_id,title,artist\nmine,Slow Rain,Marta Quell\n")
        command("import", "tracks", tracks, "--home", home)
        ended = command("demo", "--home", home)
        assert ended.status == 1
        assert "holds another catalog" in ended.err.splitlines()[-1]
        with open_store(home) as store:
            assert [track.track_id for track in store.all_tracks()] == ["mine"]
        assert sorted(path.name for path in home.iterdir() if "sqlite" not in path.name) == []

    def test_it_goes_below_the_default_home_and_not_into_it(
        self, command: Command, demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        copy_of(demo_home, tmp_path / "consonance" / "demo")
        assert str(tmp_path / "consonance" / "demo") in command("demo").out
        assert "missing" in command("doctor").out


def test_exposures_are_sealed_once_and_listed_each_time(command: Command, changing: Path) -> None:
    for prompt in ("jazz", "techno"):
        command("playlist", prompt, "--home", changing)
    first = command("exposures", "--home", changing).out.splitlines()
    second = command("exposures", "--home", changing).out.splitlines()
    assert [line.endswith("exposures-000001.parquet  (new)") for line in first] == [True]
    assert second == [first[0].removesuffix("  (new)")]


WRONG_WORDS = {
    "no command": [],
    "unknown command": ["dance"],
    "unknown policy": ["playlist", "jazz", "--policy", "lenient"],
    "bad territory": ["playlist", "jazz", "--territory", "Germany"],
    "territory nobody assigned": ["playlist", "jazz", "--territory", "QQ"],
    "length 0": ["playlist", "jazz", "--length", "0"],
    "length -5": ["playlist", "jazz", "--length", "-5"],
    "length 1001": ["playlist", "jazz", "--length", "1001"],
    "length many": ["playlist", "jazz", "--length", "9" * 10_000],
    "minutes nan": ["playlist", "jazz", "--minutes", "nan"],
    "minutes inf": ["playlist", "jazz", "--minutes", "inf"],
    "minutes -1": ["playlist", "jazz", "--minutes=-1"],
    "minutes in words": ["playlist", "jazz", "--minutes", "twenty"],
    "length and minutes": ["playlist", "jazz", "--minutes", "5", "--length", "5"],
    "empty prompt": ["playlist", ""],
    "prompt of blanks": ["playlist", " \t\n"],
    "prompt of zero-width characters": ["playlist", "\u200b\u200c\u200d\ufeff"],
    "prompt of controls": ["playlist", "\x1b\x07"],
    "prompt of bidirectional controls": ["playlist", "\u202e\u202c"],
    "long prompt": ["playlist", "a" * 100_000],
    "prompt that grows": ["playlist", "\ufdfa" * 2_000],
    "prompt of surrogates": ["playlist", "slow \ud800 rain"],
    "prompt not UTF-8": ["playlist", "slow \udcff rain"],
    "user of surrogates": ["playlist", "jazz", "--user", "\udcff"],
    "at nonsense": ["playlist", "jazz", "--at", "nonsense"],
    "at the 31st of June": ["playlist", "jazz", "--at", "2026-06-31"],
    "at before time": ["playlist", "jazz", "--at", "0001-01-01T00:00:00+14:00"],
    "seed -1": ["playlist", "jazz", "--seed", "-1"],
    "huge seed": ["playlist", "jazz", "--seed", "9" * 30],
    "seed in words": ["playlist", "jazz", "--seed", "x"],
    "unknown format": ["playlist", "jazz", "--format", "mp3"],
    "unknown commercial model": ["playlist", "jazz", "--commercial-model", "Barter"],
    "playlist of surrogates": ["explain", "\udcff"],
    "unknown track": ["consent", "show", "nope"],
    "track of surrogates": ["consent", "show", "\udcff"],
    "take-down without a reason": ["consent", "takedown", "nope"],
    "take-down of an unknown track": ["consent", "takedown", "nope", "--reason", "x"],
    "reason of surrogates": ["consent", "takedown", "nope", "--reason", "\udcff"],
    "port 0": ["serve", "--port", "0"],
    "port 65536": ["serve", "--port", "65536"],
    "no workers": ["serve", "--workers", "0"],
    "empty home": ["doctor", "--home", ""],
}


@pytest.mark.parametrize("words", WRONG_WORDS.values(), ids=WRONG_WORDS)
def test_wrong_words_end_with_status_2_and_one_line(command: Command, home: Path, words: list[str]) -> None:
    at_home = ["--home", str(home)] if len(words) > 1 and "--home" not in words else []
    assert_complaint(command(*words, *at_home), status=2)


@pytest.mark.parametrize("words", [["explain", "nope"], ["explain", "../../etc/passwd"], ["explain", "\x1b[2J"]])
def test_an_unknown_playlist_is_status_1(command: Command, home: Path, words: list[str]) -> None:
    ended = command(*words, "--home", home)
    assert_complaint(ended, "there is no playlist", status=1)
    assert "\x1b" not in ended.err


@pytest.mark.parametrize("name", ["demo", "build", "playlist jazz", "explain x", "doctor", "exposures", "serve"])
def test_a_home_that_is_a_file_is_told(command: Command, tmp_path: Path, name: str) -> None:
    file = written(tmp_path, "file", "")
    assert_complaint(command(*name.split(), "--home", file), str(file), "name a folder", status=2)


@pytest.mark.parametrize(
    "words",
    [["build"], ["playlist", "jazz"], ["explain", "x"], ["consent", "show", "x"]],
    ids=lambda words: words[0],
)
def test_a_home_without_a_catalog_says_what_to_run(command: Command, tmp_path: Path, words: list[str]) -> None:
    assert_complaint(command(*words, "--home", tmp_path / "new"), "run `consonance", status=1)


def test_a_setting_of_the_environment_that_is_wrong_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSONANCE_TERRITORY", "Atlantis")
    assert_complaint(command("doctor"), "CONSONANCE_TERRITORY", "Atlantis", status=2)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(max_size=60))
@example("\x00")
@example("[red]x[/] [/]")
@example("'; DROP TABLE tracks; --")
@example("{0.__class__} %s %(x)s \\")
@example("\u202eniar wols\u202c \u200b\ufeff rain")
@example("9" * 400 + " minutes")
@example("0 tracks, 1e999 bpm, from 99999 to 0")
def test_any_words_end_in_a_list_or_in_one_line(home: Path, prompt: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["playlist", "--home", str(home), "--length", "3", "--", prompt])
    ended = Ended(status, out.getvalue(), err.getvalue())
    if status:
        assert_complaint(ended, status=2)
    else:
        assert ended.out
        assert ended.err == ""


@pytest.mark.parametrize("words", ["playlist jazz", "playlist jazz --format json", "doctor", "--help"])
def test_a_closed_pipe_ends_silently(home: Path, words: str) -> None:
    at_home = ["--home", str(home)] if words != "--help" else []
    process = subprocess.Popen(
        [sys.executable, "-m", "api.terminal.main", *words.split(), *at_home],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert "Broken" not in err
    assert "Traceback" not in err
    assert "Exception" not in err


def test_the_output_is_utf_8_whatever_the_terminal_was_set_to(home: Path) -> None:
    words = ("playlist", "caf\u00e9 jazz", "--format", "json", "--home", home)
    status, out, err = run(*words, PYTHONIOENCODING="ascii:strict")
    assert (status, err) == (0, "")
    assert PlaylistResponse.model_validate_json(out).prompt == "caf\u00e9 jazz"


def test_the_installed_command_is_the_same(home: Path) -> None:
    installed = shutil.which("consonance", path=str(Path(sys.executable).parent))
    assert installed is not None, "install the project: pip install -e ."
    shown = subprocess.run([installed, "doctor", "--home", home], capture_output=True, text=True, check=True)
    assert "every byte checked" in shown.stdout


@pytest.fixture
def long_import(tmp_path: Path) -> tuple[Path, Path]:
    """A file of tracks that takes a while, and a home with one track."""
    home = tmp_path / "home"
    first = written(tmp_path, "first.csv", "track_id,title,artist\nfirst,Slow Rain,Marta Quell\n")
    assert run("import", "tracks", first, "--home", home)[0] == 0
    rows = "".join(f"t{n},Title {n},Artist {n % 97}\n" for n in range(60_000))
    return written(tmp_path, "many.csv", f"track_id,title,artist\n{rows}"), home


def test_control_c_amid_an_import_changes_nothing_and_says_so(long_import: tuple[Path, Path]) -> None:
    path, home = long_import
    # A shell that runs tests in the background lets them, and what they start, ignore Control-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = start("import", "tracks", path, "--home", home)
    signal.signal(signal.SIGINT, before)
    try:
        wal = home / f"{CATALOG_FILE}-wal"
        patience = time.monotonic() + 60
        while not (wal.exists() and wal.stat().st_size > 100_000) and time.monotonic() < patience:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        kill(process)
    assert (process.returncode, out) == (1, "")
    assert err == "consonance: stopped; nothing is half done\n"
    with open_store(home) as store:
        assert [track.track_id for track in store.all_tracks()] == ["first"]
