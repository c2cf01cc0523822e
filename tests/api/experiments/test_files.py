"""The experiments of a home: what is in force, and what cannot follow it."""

import json
import logging
from pathlib import Path

import pytest

from api.experiments.assignment import assign
from api.experiments.files import ExperimentFiles
from api.settings import Settings
from recommender.variants import ExperimentError

FIRST = (
    'name = "names"\nversion = 1\nlayer = "ranking"\nsalt = "s"\nbuckets = [1000, 4999]\ntraffic = 0.5\n'
    "[targeting]\nnamed = true\n[variants.control]\n[variants.louder]\nsettings = {names = 2.0}\n"
)
SECOND = FIRST.replace("version = 1", "version = 2")
LONE = 'name = "old"\nsalt = "s"\n[variants.a]\n[variants.b]\n'


@pytest.fixture
def files(tmp_path: Path) -> ExperimentFiles:
    (tmp_path / "experiments").mkdir()
    return ExperimentFiles.of(tmp_path, Settings(tmp_path))


def write(files: ExperimentFiles, text: str, name: str = "names") -> None:
    (files.folder / f"{name}.toml").write_text(text)


def test_without_files_nothing_is_in_force(tmp_path: Path) -> None:
    assert ExperimentFiles.of(tmp_path, Settings(tmp_path)).put_in_force() == ()
    assert list(tmp_path.iterdir()) == []


def test_a_lone_file_of_the_form_before_counts_where_there_is_no_folder(tmp_path: Path) -> None:
    files = ExperimentFiles.of(tmp_path, Settings(tmp_path))
    files.lone.write_text(LONE)
    (read,) = files.put_in_force()
    assert (read.name, read.version) == ("old", 0)
    files.lone.write_text(LONE.replace("[variants.b]", "[variants.b]\nweight = 7"))  # as it always could be
    assert files.put_in_force()[0].parts == (1, 7)
    files.folder.mkdir()
    assert files.read() == ()


def test_a_named_lone_file_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(LONE)
    (tmp_path / "experiments").mkdir()
    files = ExperimentFiles.of(tmp_path, Settings(tmp_path, experiment=tmp_path / "mine.toml"))
    with pytest.raises(ExperimentError, match=r"CONSONANCE_EXPERIMENT = .*mine\.toml is not read beside .*unset it"):
        files.read()


def test_all_files_of_another_folder_are_read(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("b", "a"):
        (elsewhere / f"{name}.toml").write_text(f'name = "{name}"\nversion = 1\n[variants.v]\n')
    (elsewhere / "notes.txt").write_text("no experiment")
    files = ExperimentFiles.of(tmp_path, Settings(tmp_path, experiments=elsewhere))
    assert [one.name for one in files.read()] == ["a", "b"]


def test_what_comes_into_force_is_told_once_with_its_version(
    files: ExperimentFiles, caplog: pytest.LogCaptureFixture
) -> None:
    write(files, FIRST)
    with caplog.at_level(logging.INFO):
        files.put_in_force()
        files.put_in_force()
    assert [record.getMessage() for record in caplog.records] == ["Experiment names is in force: version 1, running"]


@pytest.mark.parametrize(
    ("later", "problem"),
    [
        (
            FIRST.replace("= 2.0", "= 3.0"),
            "version = 1, but 1 was in force and said something else; write a higher one",
        ),
        (SECOND.replace('salt = "s"', 'salt = "t"'), "salt = 't' was 's', so that units would move"),
        (SECOND.replace("ranking", "words"), "layer = 'words' was 'ranking'"),
        (SECOND.replace("[variants.control]", "[variants.control]\nweight = 2"), "weights = "),
        (SECOND.replace("[variants.control]\n", ""), "weights = "),
        (SECOND.replace("named = true", "named = false"), "targeting = "),
        (SECOND.replace("traffic = 0.5", "traffic = 0.4"), "traffic = 0.4 was 0.5; it only grows"),
        (SECOND.replace("1000, 4999", "1001, 4999"), r"buckets = \[1001, 4999\] were \[1000, 4999\]; they only grow"),
    ],
)
def test_a_version_that_would_move_units_is_refused_after_a_restart_too(
    files: ExperimentFiles, later: str, problem: str
) -> None:
    write(files, FIRST)
    files.put_in_force()
    write(files, later)
    with pytest.raises(ExperimentError, match=f"experiment 'names': {problem}"):
        files.put_in_force()
    files.folder.joinpath("names.toml").unlink()
    files.put_in_force()
    write(files, later)
    with pytest.raises(ExperimentError, match=f"experiment 'names': {problem}"):
        files.read()


def test_a_version_may_bring_in_more_units_change_settings_and_stop(files: ExperimentFiles) -> None:
    write(files, FIRST)
    units = [f"u{number}" for number in range(2000)]
    before = assigned(files, units)
    write(
        files, SECOND.replace("traffic = 0.5", "traffic = 0.9").replace("1000, 4999", "0, 9999").replace("2.0", "3.0")
    )
    after = assigned(files, units)
    assert before.items() < after.items()
    write(files, FIRST.replace("version = 1", 'version = 3\nstate = "stopped"'))
    with pytest.raises(ExperimentError, match="traffic"):  # the units of a stopped one are kept for its return
        files.put_in_force()
    write(
        files,
        SECOND.replace("version = 2", 'version = 3\nstate = "stopped"')
        .replace("0.5", "1.0")
        .replace("1000, 4", "0, 9"),
    )
    assert assigned(files, units) == {}
    write(files, SECOND)
    with pytest.raises(ExperimentError, match="version = 2, but 3 was in force"):
        files.put_in_force()


def assigned(files: ExperimentFiles, units: list[str]) -> dict[str, str]:
    experiments = files.put_in_force()
    return {unit: got.of[0].variant for unit in units if (got := assign(experiments, unit, {"named": True})).of}


def test_a_holdout_begins_with_the_experiments_of_its_layer_or_before_for_it_would_take_units_out_of_them(
    files: ExperimentFiles,
) -> None:
    def hold(name: str, layer: str) -> None:
        write(files, f'name = "{name}"\nversion = 1\nlayer = "{layer}"\nholdout = 0.05\n', name)

    hold("first", "ranking")
    write(files, FIRST)
    assert len(files.put_in_force()) == 2
    (files.folder / "first.toml").unlink()  # units may come in
    assert len(files.put_in_force()) == 1
    hold("second", "ranking")
    with pytest.raises(
        ExperimentError, match=r"'second': holdout = 0\.05 would take units out of names.* another layer"
    ):
        files.put_in_force()
    hold("second", "another")
    assert len(files.put_in_force()) == 2


def test_one_wrong_file_keeps_all_from_coming_into_force(files: ExperimentFiles) -> None:
    write(files, FIRST)
    write(files, 'name = "other"\nsalt = "s"\n', "other")
    with pytest.raises(ExperimentError, match=r"other\.toml: variants"):
        files.put_in_force()
    assert not (files.home / "exposures" / "experiments.json").exists()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('policy = "lenient"', r"variants\.louder\.policy = 'lenient' is not a policy here; there are strict,"),
        ('bundle = "0123456789abcdef"', r"variants\.louder\.bundle = '0123456789abcdef' is not in .*bundles"),
    ],
)
def test_a_variant_that_means_nothing_here_is_refused(files: ExperimentFiles, line: str, problem: str) -> None:
    write(files, f"{FIRST}{line}\n")
    with pytest.raises(ExperimentError, match=problem):
        files.read()
    if "bundle" in line:
        manifest = files.home / "bundles" / "0123456789abcdef" / "manifest.json"
        manifest.parent.mkdir(parents=True)
        manifest.touch()
        assert files.read()[0].named("louder").bundle == "0123456789abcdef"


def test_files_in_place_of_others_are_read_with_the_rest(files: ExperimentFiles, tmp_path: Path) -> None:
    write(files, FIRST)
    files.put_in_force()
    draft = tmp_path / "draft.toml"
    draft.write_text(SECOND.replace("0.5", "0.6"))
    assert [(one.version, one.traffic) for one in files.read(draft)] == [(2, 0.6)]
    assert files.read()[0].version == 1
    draft.write_text(SECOND.replace('"names"', '"more"'))
    with pytest.raises(ExperimentError, match="overlap"):
        files.read(draft)


def test_a_damaged_record_of_what_was_in_force_is_told(files: ExperimentFiles) -> None:
    write(files, FIRST)
    files.put_in_force()
    kept = files.home / "exposures" / "experiments.json"
    assert json.loads(kept.read_text())["names"]["version"] == 1
    kept.write_text("{")
    with pytest.raises(ExperimentError, match=r"experiments\.json: .*restore it"):
        files.read()
