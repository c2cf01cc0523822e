"""Plans, held against what experiments of that size then find."""

from itertools import pairwise
from math import inf, sqrt
from pathlib import Path

import numpy as np
import pytest

from eval.__main__ import main
from eval.experiments.comparing import ALPHA, boundary, compare, ratio
from eval.experiments.planning import Plan, plan, words
from eval.experiments.trial import parse_metric, read_windows
from eval.measures.significance import POWER
from eval.notebooks.planted import Planted
from eval.notebooks.workspace import quietly
from eval.queries import DatasetError
from tests.eval.experiments.logged import home_of_songs, logged

LIKE = parse_metric("like")


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_of_songs(tmp_path_factory.mktemp("songs"))


def of_units(units: int, value: float = 1.0, deviation: float = 1.0, shares: tuple[float, float] = (0.5, 0.5)) -> Plan:
    return Plan(7, units, shares, value, deviation, ALPHA)


def test_the_lift_that_is_found_is_found_with_the_power_that_was_asked_for() -> None:
    for shares in ((0.5, 0.5), (0.8, 0.1)):
        one = of_units(5_000, shares=shares)
        assert one.power(one.detectable()) == pytest.approx(POWER)
        assert one.needed(one.detectable()) == pytest.approx(5_000)
    assert of_units(1_000_000).detectable() == pytest.approx(
        2.80 * sqrt(4 / 1_000_000), rel=0.01
    )  # Bloom's 2.80 errors


def test_bounds_for_any_look_find_less_and_too_few_units_nothing() -> None:
    one = of_units(2_000)
    assert one.detectable(always=True) / one.detectable() == pytest.approx((boundary(2_000) + 0.84) / 2.80, rel=0.05)
    assert of_units(10).detectable() == inf


def test_a_planted_lift_is_found_as_often_as_was_planned() -> None:
    """Units of which a few do far more than others, and a variant that makes each do a tenth more: 200 experiments."""
    rng = np.random.default_rng(1)
    rate, taste = rng.lognormal(0, 0.8, 200 * 400).reshape(200, 400), rng.beta(4, 6, (200, 400))
    answers = 1.0 + rng.poisson(3 * rate)
    pilot = np.stack([rng.poisson(answers * taste), answers], axis=2).astype(float)
    values = np.array([ratio(one) for one in pilot[:20]]).mean(axis=0)
    lift = of_units(400, value=values[0], deviation=values[1]).detectable()
    found = 0
    for row in range(200):
        treated = rng.random(400) < 0.5
        likes = rng.poisson(answers[row] * taste[row] * np.where(treated, 1 + lift, 1))
        found += compare(np.stack([likes, answers[row]], axis=1).astype(float), treated).p_value <= ALPHA
    assert found / 200 == pytest.approx(POWER, abs=0.08)


def test_a_plan_looks_back_as_far_as_the_log_goes(songs: Path) -> None:
    logged(songs, Planted(days=10, before=5))
    plans = plan(songs, LIKE, [1, 1], quietly)
    assert [one.days for one in plans] == [1, 2, 3, 7, 14]
    assert all(one.units < other.units for one, other in pairwise(plans))
    half = plan(songs, LIKE, [1, 1], quietly, traffic=0.5)
    assert half[-1].units == round(plans[-1].units / 2)
    several = plan(songs, LIKE, [2, 1, 1], quietly)[-1]
    assert several.detectable() > plans[-1].detectable()


def test_what_units_did_before_shortens_an_experiment(songs: Path) -> None:
    logged(songs, Planted(before=28, days=14))
    ((_, week),) = read_windows(songs, [7])
    sums = week.sums(LIKE)
    assert ratio(sums)[1] < 0.97 * ratio(sums[:, :2])[1]
    assert ratio(sums)[0] == pytest.approx(ratio(sums[:, :2])[0])


def test_the_command_says_how_long_to_run(songs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logged(songs)
    path = tmp_path / "experiment.toml"
    path.write_text('name = "n"\nsalt = "s"\n[variants.new]\nweight = 1\n[variants.control]\nweight = 3\n')
    assert main(["ab", "plan", "--home", str(songs), "--effect", "0.5", "--variants", str(path)]) == 0
    assert "A lift of like by +50.0% is found in" in capsys.readouterr().out
    assert main(["ab", "plan", "--home", str(songs), "--effect", "0.001"]) == 0
    assert "days or more" in capsys.readouterr().out
    plans = plan(songs, LIKE, [1, 1], quietly)
    assert words(LIKE, plans, None).startswith(f"In {plans[-1].days} days {plans[-1].units:,} units come in")
    with pytest.raises(DatasetError, match="too few units"):
        plan(songs, LIKE, [1, 1], quietly, traffic=0.001)


@pytest.mark.parametrize("metric", ["save", "like/dislike"])
def test_a_kind_of_events_that_never_happened_is_named(songs: Path, metric: str) -> None:
    logged(songs)
    with pytest.raises(
        DatasetError,
        match=rf"holds no `{metric.rpartition('/')[2]}` in the days that are looked back on \(\d+\); plan with",
    ):
        plan(songs, parse_metric(metric), [1, 1], quietly)


@pytest.mark.parametrize("effect", ["0", "-1.5", "nan", "inf"])
def test_what_is_no_lift_is_refused_with_the_range(effect: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ab", "plan", f"--effect={effect}"]) == 2
    assert "--effect: " in (told := capsys.readouterr().err)
    assert f"{effect} is no lift; write a share from -1 (all are lost) up, other than 0" in told


def test_a_home_without_answers_says_how_to_get_some_and_one_that_is_not_there_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ab", "plan", "--home", str(tmp_path)]) == 1
    assert "serve a copy of the home and drive it with `python -m eval ab run`" in capsys.readouterr().err
    for step in (["plan", "--home"], ["analyse"]):
        assert main(["ab", *step, str(tmp_path / "nohome")]) == 1
        assert f"there is no folder {tmp_path / 'nohome'}; name another home" in capsys.readouterr().err
