"""`consonance doctor`: what is well, stale, missing or broken."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.experiments.files import ExperimentFiles
from api.experiments.in_force import ExperimentsInForce
from api.settings import Settings
from catalog.stores import CATALOG_FILE
from recommender.bundles import current_version
from tests.api.terminal.conftest import Command, assert_complaint, written
from tests.homes import reweighed


class TestDoctor:
    def test_a_home_that_is_well_is_ok_throughout(self, command: Command, home: Path) -> None:
        ended = command("doctor", "--home", home)
        assert ended.status == 0
        for policy in ("strict", "labelled_ai", "human_only"):
            assert f"consent, {policy}" in ended.out
        assert "every byte checked" in ended.out
        assert "1 kept, 0.2" in ended.out
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

    @pytest.mark.parametrize(
        ("name", "finding"),
        [
            ("exposures/log.sqlite", "log"),
            ("exposures/pseudonym.key", "log"),
            ("exposures", "log"),
            ("current", "bundle"),
        ],
    )
    @pytest.mark.parametrize("kind", ["pipe", "folder", "noise"])
    def test_what_is_no_file_or_noise_is_broken_and_never_waited_for(
        self, command: Command, changing: Path, name: str, finding: str, kind: str
    ) -> None:
        path = changing / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "noise" or name == "exposures":
            path.write_bytes(b"\xff\x00" * 100)
        else:
            path.mkdir()
        ended = command("doctor", "--home", changing)
        assert ended.status == 1
        assert f"broken: {finding};" in ended.err

    def test_a_catalog_that_was_lost_or_altered_is_broken(self, command: Command, changing: Path) -> None:
        with closing(sqlite3.connect(changing / CATALOG_FILE)) as file, file:
            file.execute("UPDATE consent_records SET superseded_at = 1 WHERE record_id = 1")
        ended = command("doctor", "--home", changing)
        assert "broken: catalog;" in ended.err
        assert "1 subjects of consent records have other records than were written" in " ".join(ended.out.split())
        (changing / CATALOG_FILE).unlink()
        assert "broken: catalog;" in command("doctor", "--home", changing).err

    def test_an_experiment_that_cannot_be_read_is_broken(self, command: Command, changing: Path) -> None:
        (changing / "experiment.toml").write_text('name = "x"\n')
        ended = command("doctor", "--home", changing)
        assert ended.status == 1
        assert "broken: experiments" in ended.err
        written(changing, "experiment.toml", 'name = "x"\nsalt = "s"\n[variants.a]\n')
        assert "x, version 0, running" in " ".join(command("doctor", "--home", changing).out.split())
        (changing / "experiments").mkdir()
        odd = " ".join(command("doctor", "--home", changing).out.split())
        assert "is not read beside" in odd
        assert "run `consonance experiments move`" in odd

    @pytest.mark.parametrize(
        ("kind", "said"),
        [
            ("link", "x.toml: cannot be read as TOML: is no file"),
            ("pipe", "x.toml: cannot be read as TOML: is no file"),
            ("nested", "x.toml: cannot be read as TOML: maximum recursion depth exceeded"),
            ("gone", "is gone or says nothing, and was in force: x; put it back, or start the server anew"),
            ("file", "experiments is no folder; put it back, or remove it"),
            ("bundle", "experiment 'x' stands still, for variants.a.bundle"),
        ],
    )
    def test_experiments_that_a_server_refuses_are_broken_and_the_other_checks_go_on(
        self, command: Command, changing: Path, kind: str, said: str
    ) -> None:
        folder = changing / "experiments"
        folder.mkdir()
        lines = f'bundle = "{reweighed(changing, "names").version}"\n' if kind == "bundle" else ""
        file = written(folder, "x.toml", f'name = "x"\nversion = 1\n[variants.a]\n{lines}')
        reweighed(changing, "dense")
        ExperimentFiles.of(changing, Settings(changing)).put_in_force()
        assert command("doctor", "--home", changing).status == 0
        match kind:
            case "bundle":
                (changing / "bundles" / lines[10:26] / "ranker.json").unlink()
                assert said in command("experiments", "check", file, "--home", changing).err
            case "nested":
                file.write_text(f"a = {'[' * 100_000}")
            case _:
                file.unlink()
                if kind in ("gone", "file"):
                    folder.rmdir()
        if kind == "link":
            file.symlink_to("gone")
        elif kind == "pipe":
            os.mkfifo(file)
        elif kind == "file":
            folder.write_text("x")
        ended = command("doctor", "--home", changing)
        assert ended.status == 1
        assert ended.err.splitlines()[-1] == "consonance: broken: experiments; the remedies stand above"
        told = "".join(ended.out.split())  # a long path is broken anywhere
        assert "".join(said.split()) in told
        assert "keysok" in told

    def test_experiments_that_were_removed_before_the_server_was_started_anew_are_not_missed(
        self, command: Command, changing: Path
    ) -> None:
        files = ExperimentFiles.of(changing, Settings(changing))
        files.folder.mkdir()
        file = written(files.folder, "x.toml", 'name = "x"\nversion = 1\n[variants.a]\n')
        described = file.read_text()
        files.put_in_force()
        shutil.rmtree(files.folder)
        assert command("doctor", "--home", changing).status == 1
        ExperimentsInForce(files, str)
        assert command("doctor", "--home", changing).status == 0
        files.folder.mkdir()
        file.write_text(described)
        assert ExperimentsInForce(files, str).value[0].runs  # the same version may come back
        shutil.rmtree(files.folder)
        assert command("doctor", "--home", changing).status == 1

    def test_a_home_without_anything_says_what_to_do(self, command: Command, tmp_path: Path) -> None:
        ended = command("doctor", "--home", tmp_path / "new")
        assert ended.status == 0
        assert "missing" in ended.out
        assert "consonance import" in ended.out
        assert not (tmp_path / "new").exists()
