"""`consonance doctor`: what is well, stale, missing or broken."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from catalog.stores import CATALOG_FILE
from recommender.bundles import current_version
from tests.api.terminal.conftest import Command, assert_complaint, written


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

    def test_a_home_without_anything_says_what_to_do(self, command: Command, tmp_path: Path) -> None:
        ended = command("doctor", "--home", tmp_path / "new")
        assert ended.status == 0
        assert "missing" in ended.out
        assert "consonance import" in ended.out
        assert not (tmp_path / "new").exists()
