"""`consonance build`, and `consonance demo`, which builds its own catalog."""

from pathlib import Path

import pytest

from api.settings import Settings
from api.terminal.commands.build import needed_here
from catalog.stores import CATALOG_FILE, open_store
from recommender.bundles import current_version
from tests.api.terminal.conftest import Command, written
from tests.explored import Explored, catalog_of_all, write_log
from tests.homes import copied_home
from tests.processes import copy_of, run


class TestBuild:
    def test_building_twice_encodes_nothing_says_what_stays_and_keeps_the_version(self, changing: Path) -> None:
        version = current_version(changing)
        status, out, err = run("build", "--home", changing)
        assert status == 0
        assert "Encoding texts: 0\n" in err
        kept = ["the encoder", "how tags are read", "words of many languages", "what tags mean"]
        kept += ["what listening teaches", "what channels are worth"]
        assert [line.split(": ")[1] for line in err.splitlines() if line.startswith("As before")] == kept
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


def test_a_bundle_stays_that_an_experiment_names_even_where_its_file_is_wrong(tmp_path: Path) -> None:
    old, named = "1111111111111111", "2222222222222222"
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "wrong.toml").write_text(f'[variants.before]\nbundle = "{named}"\nweight = "many"\n')
    assert needed_here(tmp_path, Settings(tmp_path), [named, old]) == [named]


class TestDemo:
    def test_a_second_time_nothing_is_made_or_built(self, changing: Path) -> None:
        before = {
            path.relative_to(changing): path.stat().st_mtime_ns
            for path in changing.rglob("*")
            if path.is_file() and path.name not in (CATALOG_FILE, "playlists.sqlite")
        }
        status, out, err = run("demo", "late night coding", "--home", changing)
        assert (status, err) == (0, "")
        assert out.startswith("Late night coding")
        assert "fictional" in out
        assert f"--home {changing}\n" in out.replace("\r", "")
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


@pytest.mark.slow
def test_what_the_log_teaches_becomes_a_candidate_that_nobody_switched_on(command: Command, tmp_path: Path) -> None:
    """Of listed accounts nothing is learned."""
    home = copied_home(tmp_path / "home")
    catalog_of_all(home)
    answers = Explored.of(600, 300).log(1)
    write_log(home, answers)
    ended = command("build", "--learn-from-log", "--home", home)
    assert ended.status == 0
    assert "factors learned from 400 answers would have brought +" in ended.out
    assert "nothing is switched on" in ended.out
    (candidate,) = (home / "candidates").glob("learned-*.toml")
    assert str(candidate) in ended.out.replace("\n", "")
    assert 'state = "stopped"' in candidate.read_text("utf-8")
    listed = written(tmp_path, "accounts.txt", "\n".join(one.unit for one in answers))
    ended = command("build", "--learn-from-log", "--suspected", listed, "--home", home)
    assert ended.status == 1
    assert "600 left out: the unit is listed as suspected" in ended.err
