"""An experiment's file, as it is read for a server and for the laboratory."""

from pathlib import Path

import pytest

from recommender.variants import ExperimentError, read_experiment


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
        ('name = "n"\nsalt = "s"\n[variants.a]\nweight = 0', "weights"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nshare = 1', "variants.a.share"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nsettings = 1', "variants.a.settings"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nsettings = {dense = nan}', "dense"),
        ('name = "n"\nsalt = "s"\n[variants.a]\nsettings = {danse = 1}', "danse"),
        ('name = "n"\nsalt = "s"\n[variants.a]\npolicy = 3', "variants.a.policy = 3"),
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


def test_a_file_that_is_not_there_is_told_apart_from_a_wrong_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_experiment(tmp_path / "experiment.toml")
