"""`consonance import`: every source, and files that cannot be imported."""

import os
from pathlib import Path

import pytest

from catalog.stores import open_store
from tests.api.terminal.conftest import Command, assert_complaint, written

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
        assert "use, worldwide, however listeners pay" in " ".join(shown.split())
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

    @pytest.mark.parametrize(("known", "status"), [(0, 1), (3, 1), (4, 0)])
    def test_rows_of_plays_that_name_only_unknown_tracks_are_left_out(
        self, command: Command, tmp_path: Path, known: int, status: int
    ) -> None:
        """Rows are counted, not plays: the four unknown ones are of one listener, track and no instant, and add up."""
        home, tracks = tmp_path / "home", written(tmp_path, "tracks.csv", TRACKS.replace("uid", "track_id"))
        command("import", "tracks", tracks, "--home", home)
        rows = [*(f"u{n},one" for n in range(known)), *["u,gone"] * 4]
        plays = written(tmp_path, "plays.csv", "\n".join(["user_id,track_id", *rows]))

        ended = command("import", "interactions", plays, "--home", home)

        assert ended.status == status
        assert ended.out.startswith(f"{plays}: left out 4 of {known + 4} rows read\ninteractions: {known} added")
        assert ("more than half" in ended.err) == (status == 1)

    def test_more_than_half_left_out_fails_with_the_same_summary_and_every_problem_is_written(
        self, command: Command, tmp_path: Path
    ) -> None:
        rows = [f"t{n},{'' if n else 'Dawn'},Bo" for n in range(13)]
        tracks = written(tmp_path, "tracks.csv", "\n".join(["track_id,title,artist", *rows]))
        problems = tmp_path / "problems.txt"

        ended = command("import", "tracks", tracks, "--home", tmp_path / "home", "--problems", problems)

        assert ended.status == 1
        assert ended.out.startswith(f"{tracks}: left out 12 of 13 rows read\ntracks: 1 added")
        assert "12 of 13 rows" in ended.err.splitlines()[-1]
        told = problems.read_text("utf-8").splitlines()
        assert told == [f"{tracks}, line {n + 2}, title: is missing; the row was left out" for n in range(1, 13)]

    def test_a_refused_import_leaves_no_file_of_problems_in_the_way_of_the_next(
        self, command: Command, tmp_path: Path
    ) -> None:
        tracks, problems = tmp_path / "tracks.csv", tmp_path / "problems.txt"
        tracks.write_text("name,who\nRain,Ada Quill\n", "utf-8")
        assert command("import", "tracks", tracks, "--home", tmp_path / "home", "--problems", problems).status != 0
        assert not problems.exists()

    def test_problems_go_into_a_new_file_only_and_nothing_is_imported_where_they_cannot(
        self, command: Command, tmp_path: Path
    ) -> None:
        tracks = written(tmp_path, "tracks.csv", TRACKS.replace("uid", "track_id"))
        before = tracks.read_bytes()
        for there, said in ((tracks, "is there already"), (tmp_path / "nowhere" / "p.txt", "folder that is there")):
            ended = command("import", "tracks", tracks, "--home", tmp_path / "home", "--problems", there)
            assert_complaint(ended, str(there), status=1)
            assert said in ended.err or "remove it" in ended.err
        assert tracks.read_bytes() == before

    def test_a_home_whose_catalog_has_gone_gets_no_new_one(self, command: Command, tmp_path: Path) -> None:
        """A new one would know of no take-down, and of none of the tracks that bundles and log speak of."""
        tracks = written(tmp_path, "tracks.csv", TRACKS.replace("uid", "track_id"))
        home = tmp_path / "home"
        assert command("import", "tracks", tracks, "--home", home).status == 0
        (home / "current").write_text("a bundle")
        (home / "catalog.sqlite").unlink()
        for words in (["import", "tracks", tracks], ["consent", "show", "t1"], ["backup", tmp_path / "b"]):
            assert "consonance restore" in command(*words, "--home", home).err
        assert not (home / "catalog.sqlite").exists()

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
            (["songs", "tracks.csv"], ["'songs' is not one of", "tracks"]),
            (["tracks", "tracks.csv"], ["has no column 'track_id'", "'uid'", "--column"]),
            (["tracks", "tracks.csv", "--column", "uid"], ["--column 'uid'", "uid=track_id"]),
            (["tracks", "tracks.csv", "--column", "nope=track_id"], ["'nope'", "'uid'"]),
            (["tracks", "tracks.csv", "--column", "uid=track_id", "--assert-deal", " "], ["--assert-deal", "reason"]),
            (["artists", "tracks.csv", "--assert-deal", "x"], ["--assert-deal"]),
            (["interactions", "tracks.csv", "--set", "user_id"], ["--set 'user_id'", "user_id=me"]),
            (["interactions", "tracks.csv", "--set", "listener=me"], ["--set: 'listener'", "user_id"]),
            (["jamendo", "tracks.csv", "--set", "track_id=1"], ["--set is for tables"]),
            (["consent", "tracks.csv"], ["tracks.csv", ".jsonl"]),
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
