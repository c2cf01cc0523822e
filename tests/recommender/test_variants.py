"""An experiment's file, as it is read for a server and for the laboratory."""

import os
from pathlib import Path

import pytest

from recommender.variants import ExperimentError, read_experiment, read_experiments


def test_an_experiment_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(
        'name = "trial"\nsalt = "spring"\n[variants.control]\n[variants.names]\nweight = 3\nsettings = {names = 4.0}\n'
        '[variants.careful]\nweight = 0\npolicy = "human_only"\n'
    )
    trial = read_experiment(path)
    assert [(one.name, one.weight, one.settings.names, one.policy) for one in trial.variants] == [
        ("control", 1, 1.0, None),
        ("names", 3, 4.0, None),
        ("careful", 0, 1.0, "human_only"),
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name = ", "TOML"),
        ('salt = "s"\n[variants.a]', "name"),
        ('name = "n"\n[variants.a]', "salt"),
        ('name = "n"\nsalt = "s"', "variants"),
        ('name = "n"\nsalt = "s"\nvariants = {}', "variants"),
        ('name = "n"\nsalt = "s"\nvariants = {a = 1}', "variants.a"),
        ('name = "n"\nsalt = "s"\nseed = 1\n[variants.a]', "seed"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nweight = 0.5', "variants.a.weight"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nweight = -1', "variants.a.weight"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nweight = true', "variants.a.weight"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nweight = 0', "give one a weight"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nshare = 1', "variants.a.share"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nsettings = 1', "variants.a.settings"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nsettings = {dense = nan}', "dense"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nsettings = {danse = 1}', "danse"),
        ('name = "n"\nsalt = "s"\n[variants.a]\npolicy = 3', "variants.a.policy = 3"),
        ("version = 1\n[variants.a]", "name"),
        ('name = "a=b"\nversion = 1\n[variants.a]', "name = 'a=b'"),
        ('name = "n"\nversion = 0\n[variants.a]', "version = 0"),
        ('name = "n"\nversion = "2"\n[variants.a]', "version = '2'"),
        ('name = "n"\nversion = 1', "variants"),
        ('name = "n"\nversion = 1\nlayer = 1\n[variants.a]', "layer = 1"),
        (
            'name = "n"\nversion = 1\nstate = "paused"\n[variants.a]',
            "state = 'paused': it should be 'running' or 'stopped'",
        ),
        (
            'name = "n"\nversion = 1\nbuckets = [0, 10000]\n[variants.a]',
            "buckets.1 = 10000: it should be less than 10000",
        ),
        ('name = "n"\nversion = 1\nbuckets = [5, 4]\n[variants.a]', "buckets"),
        ('name = "n"\nversion = 1\nbuckets = [false, true]\n[variants.a]', "buckets"),
        ('name = "n"\nversion = 1\ntraffic = 1.1\n[variants.a]', "traffic = 1.1: it should be less than or equal to 1"),
        ('name = "n"\nversion = 1\ntraffic = true\n[variants.a]', "traffic"),
        ('name = "n"\nversion = 1\nlyer = "l"\n[variants.a]', "lyer is not a key of an experiment; there are layer, "),
        (
            'name = "n"\nversion = 1\n[targeting]\nnamd = true\n[variants.a]',
            "targeting.namd is not .*; there are named, .*territory",
        ),
        (
            'name = "n"\nversion = 1\n[variants.a]\nwight = 1',
            "variants.a.wight is not .*; there are weight, .*policy",
        ),
        ('name = "n"\nversion = 1\ntargeting = 1\n[variants.a]', "targeting = 1"),
        ('name = "n"\nversion = 1\n[targeting]\nprompt = ["x"]\n[variants.a]', "targeting.prompt is not a key"),
        ('name = "n"\nversion = 1\n[targeting]\nterritory = "DE"\n[variants.a]', "targeting.territory = 'DE'"),
        ('name = "n"\nversion = 1\n[targeting]\nterritory = ["XX"]\n[variants.a]', "targeting.territory.0 = 'XX'"),
        ('name = "n"\nversion = 1\n[targeting]\ncommercial_model = ["X"]\n[variants.a]', "targeting.commercial_model"),
        ('name = "n"\nversion = 1\n[targeting]\npolicy = []\n[variants.a]', "targeting.policy"),
        ('name = "n"\nversion = 1\n[targeting]\nnamed = "yes"\n[variants.a]', "targeting.named.0 = 'yes'"),
        ('name = "n"\nversion = 1\n[variants.a]\nreader = "other"', "variants.a.reader = 'other': it should be 'own'"),
        ('name = "n"\nversion = 1\n[variants.a]\nbundle = "../x"', "variants.a.bundle = '../x'"),
        ('name = "n"\nversion = 1\n[variants.a]\nweight = 1000000\n[variants.b]', "variants.b.weight = 1 is less than"),
        ('name = "n"\nversion = 1\n[variants.a]\ninterleave = "b"', "variants.a.interleave = 'b'"),
        ('name = "n"\nversion = 1\n[variants.a]\ninterleave = ["a", "b"]\n[variants.b]', "variants.a.interleave"),
        ('name = "n"\nversion = 1\n[variants.a]\ninterleave = ["b", "b"]\n[variants.b]', "variants.a.interleave"),
        ('name = "n"\nversion = 1\nlayer = "l"\nholdout = 0', "a holdout a share"),
        ('name = "n"\nversion = 1\nholdout = 0.1', "layer"),
        (
            'name = "n"\nversion = 1\nlayer = "l"\nholdout = 0.1\n[variants.a]',
            "holdout: it has a layer, and no variants",
        ),
        ('name = "n"\nsalt = "s"\n[variants.""]', "'' cannot be a name"),
        ('name = "n"\nsalt = "s"\n[variants."a/b"]', "'a/b' cannot be a name"),
        ('name = "n"\nsalt = "s"\n[variants."a,b"]', "'a,b' cannot be a name"),
        ('name = "n"\nsalt = "s"\n[variants."a:b"]', "'a:b' cannot be a name"),
        ('name = "n"\nsalt = "s"\n[variants."a "]', "'a ' cannot be a name"),
    ],
)
def test_a_wrong_experiment_names_its_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(text)
    with pytest.raises(ExperimentError, match=named) as refused:
        read_experiment(path)
    assert str(path) in str(refused.value)


def test_an_experiment_of_a_version_says_who_comes_in(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_text(
        'name = "names"\nversion = 3\nlayer = "ranking"\nbuckets = [0, 4999]\ntraffic = 0.5\n'
        '[targeting]\nterritory = ["de", "FR"]\ncommercial_model = ["freeofchargemodel"]\nnamed = true\n'
        '[variants.control]\nreader = "own"\n[variants.old]\nbundle = "0123456789abcdef"\n'
        "[variants.louder]\nsettings = {names = 4.0}\n[variants.quieter]\nsettings = {names = 0.5}\n"
        '[variants.both]\ninterleave = ["louder", "quieter"]\n'
    )
    (read,) = read_experiments([path])
    assert (read.name, read.salt, read.version, read.layer, read.runs) == ("names", "names", 3, "ranking", True)
    assert (read.buckets, read.traffic) == ((0, 4999), 0.5)
    assert read.targeting == {
        "territory": ("DE", "FR"),
        "commercial_model": ("FreeOfChargeModel",),
        "named": (True,),
    }
    assert [one.changes for one in read.variants] == [
        {"reader": "own"},
        {"bundle": "0123456789abcdef"},
        {"names": 4.0},
        {"names": 0.5},
        {"interleave": ("louder", "quieter")},
    ]


ONE = 'name = "one"\nversion = 1\nlayer = "ranking"\nbuckets = [0, 4999]\n[variants.a]\nsettings = {names = 2.0}\n'


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (ONE, r"other\.toml: name = 'one' is another file's too"),
        (ONE.replace('"one"', '"two"'), r"buckets = \[0, 4999\] overlap with those of 'one'"),
        (ONE.replace('"one"', '"two"').replace("0, 4999", "4999, 9999"), "overlap"),
        (
            ONE.replace('"one"', '"two"').replace("ranking", "words"),
            "names is changed in layer 'ranking' too, by 'one'",
        ),
        ('name = "two"\nsalt = "s"\n[variants.a]\n', r"other\.toml: version is missing; write version = 1"),
    ],
)
def test_experiments_that_cannot_run_together_are_refused(tmp_path: Path, other: str, problem: str) -> None:
    (tmp_path / "one.toml").write_text(ONE)
    (tmp_path / "other.toml").write_text(other)
    with pytest.raises(ExperimentError, match=problem):
        read_experiments(sorted(tmp_path.glob("*.toml")))


@pytest.mark.parametrize(
    ("described", "absent"),
    [("[variants.a]\n", "name"), ('name = "a"\n[variants.a]\n', "salt"), ("version = 1\n", "name")],
)
def test_what_a_file_lacks_is_told_with_all_that_it_needs(tmp_path: Path, described: str, absent: str) -> None:
    (tmp_path / "one.toml").write_text(described)
    with pytest.raises(
        ExperimentError, match=f"{absent} is missing; an experiment has a name, version = 1 .* a table for each"
    ):
        read_experiment(tmp_path / "one.toml")


@pytest.mark.parametrize(
    "other",
    [
        ONE.replace('"one"', '"two"').replace("0, 4999", "5000, 9999"),
        ONE.replace('"one"', '"two"').replace("ranking", "words").replace("names = 2.0", "dense = 2.0"),
        'state = "stopped"\n' + ONE.replace('"one"', '"two"'),
        'name = "two"\nversion = 1\nlayer = "ranking"\nholdout = 0.05\n',
    ],
)
def test_experiments_that_get_in_nobodys_way_run_together(tmp_path: Path, other: str) -> None:
    (tmp_path / "one.toml").write_text(ONE)
    (tmp_path / "other.toml").write_text(other)
    assert [one.name for one in read_experiments(sorted(tmp_path.glob("*.toml")))] == ["one", "two"]


def test_a_layer_has_one_holdout(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(f'name = "{name}"\nversion = 1\nlayer = "l"\nholdout = 0.1\n')
    with pytest.raises(ExperimentError, match=r"two\.toml: holdout: layer 'l' has one already, 'one'"):
        read_experiments(sorted(tmp_path.glob("*.toml")))


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "link to nothing", "link to itself", "nested", "noise"])
def test_what_is_no_file_or_no_text_is_refused_by_name_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "odd.toml"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "nested":
            path.write_text(f"a = {'[' * 100_000}")
        case "noise":
            path.write_bytes(b"\xff\xfe\x00")
        case _:
            path.symlink_to({"device": "/dev/zero", "link to nothing": "gone", "link to itself": "odd.toml"}[kind])
    with pytest.raises(ExperimentError, match=r"odd\.toml: cannot be read as TOML: "):
        read_experiment(path)


def test_a_file_that_is_not_there_is_told_apart_from_a_wrong_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_experiment(tmp_path / "experiment.toml")
