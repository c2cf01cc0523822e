from pathlib import Path

import pytest

from api.experiments.assignment import NO_EXPERIMENT, assign, load_experiment
from recommender.requests import RequestError
from recommender.variants import Experiment, ExperimentError, Variant

UNITS = [f"listener {number}" for number in range(20_000)]


def experiment(*weights: int, salt: str = "spring") -> Experiment:
    return Experiment("trial", salt, tuple(Variant(f"v{place}", weight) for place, weight in enumerate(weights)))


def shares(trial: Experiment) -> list[int]:
    variants = [assign(trial, unit).variant for unit in UNITS]
    return [variants.count(variant.name) for variant in trial.variants]


def chi_square(observed: list[int], expected: list[float]) -> float:
    return sum((seen - due) ** 2 / due for seen, due in zip(observed, expected, strict=True))


def test_units_are_split_by_weight() -> None:
    # Three variants: two degrees of freedom, of which 13.8 is the 0.999 quantile.
    assert chi_square(shares(experiment(1, 1, 2)), [5000, 5000, 10_000]) < 13.8


def test_ten_equal_variants_get_equal_shares() -> None:
    # Nine degrees of freedom: 27.9.
    assert chi_square(shares(experiment(*[1] * 10)), [2000.0] * 10) < 27.9


def test_another_salt_splits_independently() -> None:
    one, other = experiment(1, 1), experiment(1, 1, salt="summer")
    together = [(assign(one, unit).variant, assign(other, unit).variant) for unit in UNITS]
    cells = [together.count((first, second)) for first in ("v0", "v1") for second in ("v0", "v1")]
    # Against a quarter each, three degrees of freedom: 16.3.
    assert chi_square(cells, [5000.0] * 4) < 16.3


def test_a_unit_always_gets_the_same_variant() -> None:
    first = [assign(experiment(1, 1), unit) for unit in UNITS[:100]]
    assert first == [assign(experiment(1, 1), unit) for unit in UNITS[:100]]


def test_an_assignment_is_known_for_ever() -> None:
    # `printf 'spring\x1flistener 0' | sha256sum` and so on begin with these digits; from 8 on it is the second half.
    digits = "b3580db0"
    halves = ["v1" if digit >= "8" else "v0" for digit in digits]
    assert [assign(experiment(1, 1), unit).variant for unit in UNITS[:8]] == halves


def test_reason_and_propensity_say_how_it_came_about() -> None:
    split = assign(experiment(1, 3), "somebody")
    assert split.reason == "SPLIT"
    assert split.propensity == {"v0": 0.25, "v1": 0.75}[split.variant]
    override = assign(experiment(1, 3), "somebody", "v0")
    assert (override.variant, override.reason, override.propensity) == ("v0", "OVERRIDE", 1.0)
    default = assign(NO_EXPERIMENT, "somebody")
    assert (default.variant, default.reason, default.propensity) == ("default", "DEFAULT", 1.0)


def test_a_variant_without_weight_is_reached_by_override_only() -> None:
    trial = experiment(1, 0)
    assert shares(trial) == [20_000, 0]
    assert assign(trial, "somebody", "v1").variant == "v1"


def test_an_unknown_variant_is_refused_with_those_there_are() -> None:
    with pytest.raises(RequestError, match="v0, v1") as refused:
        assign(experiment(1, 1), "somebody", "v9")
    assert refused.value.field == "variant"


def test_without_a_file_there_is_no_experiment(tmp_path: Path) -> None:
    assert load_experiment(tmp_path / "experiment.toml") is NO_EXPERIMENT


def test_a_variant_with_a_policy_of_its_own_answers_nobody(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text('name = "trial"\nsalt = "spring"\n[variants.control]\n[variants.open]\npolicy = "labelled_ai"\n')
    with pytest.raises(ExperimentError, match=r"experiment\.toml: variants\.open\.policy: requests say .*leave it out"):
        load_experiment(path)


def test_a_wrong_experiment_is_not_taken_for_none(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text("name = ")
    with pytest.raises(ExperimentError, match="TOML"):
        load_experiment(path)
