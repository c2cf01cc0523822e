"""Variants are judged from yesterday's log, or it is said why not."""

from pathlib import Path

import pytest

from eval.__main__ import DONE, FAILED, WRONG_WORDS, main
from eval.counterfactual import counterfactual
from eval.measures.significance import MetricValue
from recommender.blending import RankerSettings
from recommender.training.counterfactual import ESTIMATORS
from recommender.training.segments import LogError
from tests.explored import Explored, write_log
from tests.homes import silent

TARGETS = {"as logged": RankerSettings(), "more tags": RankerSettings(tags=2.0, dense=0.5)}

EXPERIMENT = """
name = "more tags"
salt = "1"
[variants.control]
[variants.tags]
settings = {tags = 2.0, dense = 0.5}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home")
    write_log(path, Explored.of(600, 300).log(1), reason=["OVERRIDE", *["SPLIT"] * 599])
    return path


def test_what_each_variant_would_have_brought_stands_beside_what_was_logged(home: Path) -> None:
    table = counterfactual(home, TARGETS, silent)
    logged, other = table.rows
    assert table.note == "1 left out: a caller named the variant"
    assert (logged["variant"], logged["answers"], logged["units"]) == ("as logged", 599, 300)
    assert isinstance(same := logged["ips"], MetricValue)
    assert same.value == pytest.approx(logged["logged"])
    assert logged["effective"] == pytest.approx(599)
    assert isinstance(gain := other["gain (dr)"], MetricValue)
    assert gain.low > 0  # listeners like what tags say, and not what is dense
    assert all(isinstance(other[name], MetricValue) for name in ESTIMATORS)
    assert other["judged"]
    assert "gain (dr)_low" in table.to_pandas()


def test_the_command_prints_the_table_and_leaves_out_accounts_that_are_listed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (variants := tmp_path / "experiment.toml").write_text(EXPERIMENT)
    (accounts := tmp_path / "accounts.txt").write_text(Explored.of(2, 2).answers[1].unit)
    words = ["counterfactual", "--home", str(home), "--variants", str(variants)]
    assert main([*words, "--suspected", str(accounts), "--welcomed", "like,save", "--places", "5"]) == DONE
    told = capsys.readouterr().out
    assert "Welcomed tracks a list (like, save)" in told
    assert "2 left out: the unit is listed as suspected" in told
    assert "tags" in told


def test_a_log_too_thin_for_every_variant_is_told_and_fails(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (variants := tmp_path / "experiment.toml").write_text(EXPERIMENT)
    assert main(["counterfactual", "--home", str(home), "--variants", str(variants), "--explore", "0"]) == FAILED
    told = capsys.readouterr()
    assert "tags is not judged: the log shows too little of what these weights would" in told.out
    assert "no variant can be judged" in told.err
    assert main(["counterfactual", "--home", str(home), "--variants", str(variants), "--explore", "-1"]) == WRONG_WORDS
    assert "explore = -1.0 is not a temperature" in capsys.readouterr().err


def test_a_home_that_never_explored_is_told_what_to_do(tmp_path: Path) -> None:
    write_log(tmp_path, Explored.of(3, 3).log(1), pool=[[]] * 3)
    with pytest.raises(LogError, match=r"3 left out: nothing was drawn.*let a variant explore"):
        counterfactual(tmp_path, TARGETS, silent)
