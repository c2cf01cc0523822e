"""Which variants a unit gets of the experiments in force."""

import hashlib
from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from api.experiments.assignment import NO_EXPERIMENT, Assignment, assign, evaluate
from recommender.blending import RankerSettings
from recommender.requests import RequestError
from recommender.variants import BUCKETS, Experiment, Variant, bucket, bucket_shares

UNITS = [f"listener {number}" for number in range(20_000)]


def experiment(*weights: int, name: str = "trial", salt: str = "spring", version: int = 1, **more: Any) -> Experiment:
    variants = tuple(Variant(f"v{place}", weight) for place, weight in enumerate(weights))
    return Experiment(name, salt, variants, version, more.pop("layer", name), **more)


def holdout(share: float, layer: str) -> Experiment:
    return Experiment("nothing new", "held", version=1, layer=layer, holdout=share)


def given(one: Experiment, unit: str, *others: Experiment, **said: Any) -> Assignment:
    return evaluate([one, *others], unit, said)[0]


def test_a_variant_that_there_is_not_is_refused_with_those_that_there_are_and_which_are_stopped() -> None:
    running, ended = experiment(1, 1), experiment(1, name="ended", state="stopped")
    with pytest.raises(RequestError, match=r"there are trial=v0, trial=v1, ended=v0 \(stopped\)"):
        assign([running, ended], "u", override="nobody")


def shares(trial: Experiment) -> list[int]:
    variants = Counter(given(trial, unit).variant for unit in UNITS)
    return [variants[variant.name] for variant in trial.variants]


def chi_square(observed: list[int], expected: list[float]) -> float:
    return sum((seen - due) ** 2 / due for seen, due in zip(observed, expected, strict=True))


EITHER_FORM = pytest.mark.parametrize("version", [0, 1])


@EITHER_FORM
def test_units_are_split_by_weight(version: int) -> None:
    # Three variants: two degrees of freedom, of which 13.8 is the 0.999 quantile.
    assert chi_square(shares(experiment(1, 1, 2, version=version)), [5000, 5000, 10_000]) < 13.8


def test_ten_equal_variants_get_equal_shares() -> None:
    # Nine degrees of freedom: 27.9.
    assert chi_square(shares(experiment(*[1] * 10)), [2000.0] * 10) < 27.9


def test_another_salt_splits_independently() -> None:
    one, other = experiment(1, 1), experiment(1, 1, salt="summer")
    together = Counter((given(one, unit).variant, given(other, unit).variant) for unit in UNITS)
    cells = [together[first, second] for first in ("v0", "v1") for second in ("v0", "v1")]
    # Against a quarter each, three degrees of freedom: 16.3.
    assert chi_square(cells, [5000.0] * 4) < 16.3


@EITHER_FORM
def test_an_assignment_is_known_for_ever(version: int) -> None:
    # `printf 'spring\x1flistener 0' | sha256sum` and so on begin with these digits; from 8 on it is the second half.
    digits = "b3580db0"
    halves = ["v1" if digit >= "8" else "v0" for digit in digits]
    assert [given(experiment(1, 1, version=version), unit).variant for unit in UNITS[:8]] == halves


def test_a_bucket_is_known_for_ever() -> None:
    # `printf 'spring\x1flistener 0' | sha256sum` begins with b1fabe0b095ce048: that times 10,000 over 2^64.
    assert bucket("spring", "listener 0") == 0xB1FABE0B095CE048 * 10_000 // 2**64


def test_all_buckets_are_given_away_and_propensities_are_their_shares() -> None:
    trial = experiment(1, 1, 1)
    assert bucket_shares((1, 1, 1)) == (3334, 3333, 3333)
    assert bucket_shares((3, 0, 7)) == (3000, 0, 7000)
    assert sum(trial.parts) == BUCKETS
    assert {given(trial, unit).propensity for unit in UNITS[:99]} == {0.3334, 0.3333}


def test_units_of_the_form_before_stay_but_for_those_in_buckets_across_a_boundary() -> None:
    weights = (1, 1, 1)
    old, new = experiment(*weights, version=0), experiment(*weights)
    moved = {given(new, unit).bucket for unit in UNITS if given(old, unit).variant != given(new, unit).variant}
    assert moved <= {3333, 6666}


def test_reason_and_propensity_say_how_it_came_about() -> None:
    (split,) = assign([experiment(1, 3)], "somebody").of
    assert (split.reason, split.counted) == ("SPLIT", True)
    assert split.propensity == {"v0": 0.25, "v1": 0.75}[split.variant]
    (override,) = assign([experiment(1, 3)], "somebody", override="v0").of
    assert (override.variant, override.reason, override.propensity, override.counted) == ("v0", "OVERRIDE", 1.0, False)
    default = assign(NO_EXPERIMENT, "somebody")
    assert (default.of, default.settings, default.interleave) == ((), RankerSettings(), ())
    assert (default.first.variant, default.first.reason, default.first.propensity) == ("default", "DEFAULT", 1.0)


def test_a_variant_without_weight_is_reached_by_override_only() -> None:
    trial = experiment(1, 0)
    assert shares(trial) == [20_000, 0]
    assert assign([trial], "somebody", override="trial=v1").first.variant == "v1"


@pytest.mark.parametrize("override", ["v9", "trial=v9", "other=v0", "", "v0,v9"])
def test_an_unknown_variant_is_refused_with_those_there_are(override: str) -> None:
    with pytest.raises(RequestError, match="trial=v0, trial=v1") as refused:
        assign([experiment(1, 1)], "somebody", override=override)
    assert refused.value.field == "variant"


def test_an_override_gets_what_it_names_and_nothing_of_other_experiments() -> None:
    both = [experiment(1, 1), experiment(1, 1, name="other")]
    (only,) = assign(both, "somebody", override="other=v1").of
    assert (only.experiment, only.variant) == ("other", "v1")
    pair = assign(both, "somebody", override="trial=v0, other=v1").of
    assert [(one.experiment, one.variant, one.counted) for one in pair] == [
        ("trial", "v0", False),
        ("other", "v1", False),
    ]
    with pytest.raises(RequestError, match="trial=v0, trial=v1, other=v0"):  # two experiments have it
        assign(both, "somebody", override="v0")


def test_a_ramp_brings_units_in_and_moves_none_that_are_in() -> None:
    seen: dict[str, str] = {}
    for traffic in (0.0, 0.01, 0.29, 0.5, 1.0):
        trial = experiment(1, 1, traffic=traffic)
        now = {unit: one.variant for unit in UNITS if (one := given(trial, unit)).counted}
        assert seen.items() <= now.items()
        assert abs(len(now) / len(UNITS) - traffic) < 0.012  # four standard errors
        seen = now


def test_experiments_in_one_layer_share_no_unit_and_together_have_all() -> None:
    halves = [
        experiment(1, 1, name=name, salt=name, layer="ranking", buckets=buckets)
        for name, buckets in (("one", (0, 4999)), ("other", (5000, 9999)))
    ]
    counts = Counter(len(assign(halves, unit).of) for unit in UNITS[:5000])
    assert counts == {1: 5000}


def test_a_holdout_gets_no_experiment_of_its_layer_and_those_of_others() -> None:
    trial, elsewhere = experiment(1, 1, layer="ranking"), experiment(1, 1, name="elsewhere")
    together = [trial, elsewhere, holdout(0.05, "ranking")]
    found = [assign(together, unit).of for unit in UNITS]
    held = [of for of in found if of[-1].reason == "HOLDOUT"]
    assert {tuple((one.experiment, one.reason) for one in of) for of in held} == {
        (("elsewhere", "SPLIT"), ("nothing new", "HOLDOUT"))
    }
    assert {(of[-1].variant, of[-1].propensity, of[-1].counted) for of in held} == {("holdout", 0.05, True)}
    assert abs(len(held) / len(UNITS) - 0.05) < 0.007  # four standard errors
    rest = [of for of in found if of[-1].reason != "HOLDOUT"]
    assert {tuple(one.experiment for one in of) for of in rest} == {("trial", "elsewhere")}


@pytest.mark.parametrize(
    ("said", "comes_in"),
    [
        ({"territory": "DE", "named": True}, True),
        ({"territory": "FR", "named": True}, True),
        ({"territory": "US", "named": True}, False),
        ({"territory": "DE", "named": False}, False),
        ({"named": True}, False),
    ],
)
def test_only_requests_that_are_targeted_come_in(said: dict[str, Any], *, comes_in: bool) -> None:
    trial = experiment(1, 1, targeting={"territory": ("DE", "FR"), "named": (True,)})
    assert given(trial, "somebody", **said).counted is comes_in


def test_buckets_by_the_documented_salts_decide_who_is_held_out_comes_in_and_gets_which_variant() -> None:
    weights = (1, 2, 4)
    variants = tuple(Variant(f"v{number}", weight) for number, weight in enumerate(weights))
    held = Experiment("held", "of the holdout", version=1, layer="l", holdout=0.12345)
    tried = Experiment("e", "s", variants, 1, "l", (1000, 7999), traffic=0.34565)
    boundaries = [0, *(-(-10_000 * sum(weights[: number + 1]) // 7) for number in range(3))]

    def by_hand(salt: str, unit: str) -> int:
        return int(hashlib.sha256(f"{salt}\x1f{unit}".encode()).hexdigest()[:16], 16) * 10_000 >> 64

    for unit in (f"unit {number}" for number in range(5_000)):
        told = [one.variant for one in evaluate([held, tried], unit, {})]
        if by_hand("of the holdout", unit) < 1234:
            assert told == ["holdout", "default"]
        elif 1000 <= by_hand("l", unit) <= 7999 and by_hand("s\x1ftraffic", unit) < 3456:
            assert told == ["default", f"v{bisect_right(boundaries, by_hand('s', unit)) - 1}"]
        else:
            assert told == ["default", "default"]


def test_a_stopped_experiment_and_a_stopped_holdout_assign_nobody() -> None:
    trial = experiment(1, 1, state="stopped")
    assert (given(trial, "somebody").variant, given(trial, "somebody").reason) == ("default", "DISABLED")
    assert assign([trial], "somebody").of == ()
    stopped = replace(holdout(1.0, "trial"), state="stopped")
    assert given(experiment(1), "somebody", stopped).variant == "v0"


def test_settings_of_layers_are_merged() -> None:
    names = Experiment("a", "a", (Variant("louder", settings=RankerSettings(names=4)),), 1, "a")
    gaps = Experiment("b", "b", (Variant("wide", settings=RankerSettings(artist_gap=9), policy="human_only"),), 1, "b")
    found = assign([names, gaps], "somebody")
    assert found.settings == RankerSettings(names=4, artist_gap=9)
    assert (found.policy, found.reader, found.bundle) == ("human_only", None, None)


def test_an_interleaving_variant_names_two_lists_with_the_settings_of_other_layers_in_both() -> None:
    variants = (Variant("control", 0), Variant("louder", 0, RankerSettings(names=4)))
    both = Experiment("a", "a", (*variants, Variant("both", interleave=("control", "louder"))), 1, "a")
    gaps = Experiment("b", "b", (Variant("wide", settings=RankerSettings(artist_gap=9)),), 1, "b")
    assert assign([both, gaps], "somebody").interleave == (
        ("control", RankerSettings(artist_gap=9)),
        ("louder", RankerSettings(names=4, artist_gap=9)),
    )


@pytest.mark.slow
def test_layers_are_independent_of_each_other_over_a_million_units() -> None:
    """Ten parts of the buckets of one layer against ten of another, and against a split and a ramp in the first."""
    ten = BUCKETS // 10
    salts = ("ranking", "words", "names", "names\x1ftraffic")
    places = [[bucket(salt, f"listener {number}") // ten for number in range(1_000_000)] for salt in salts]
    for one, other in combinations(places, 2):
        together = Counter(zip(one, other, strict=True))
        cells = [together[first, second] for first in range(10) for second in range(10)]
        # Against a hundredth each: 99 degrees of freedom, of which 148.2 is the 0.999 quantile.
        assert chi_square(cells, [10_000.0] * 100) < 148.2
