"""Assignment of units to the variants of an experiment: deterministic, sticky, and in exact integers."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recommender.blending import RankerSettings
from recommender.requests import UnknownNameError
from recommender.variants import Experiment, ExperimentError, Variant, read_experiment

DEFAULT_VARIANT = "default"


class AssignmentReason(StrEnum):
    """Why a variant was chosen (OpenFeature's words)."""

    DEFAULT = "DEFAULT"
    OVERRIDE = "OVERRIDE"
    SPLIT = "SPLIT"


NO_EXPERIMENT = Experiment("", "", (Variant(DEFAULT_VARIANT),))


@dataclass(frozen=True, slots=True)
class Assignment:
    """The variant that answers, why, and with which probability (0 to 1) this unit was to get it."""

    variant: str
    reason: AssignmentReason
    propensity: float
    settings: RankerSettings


def assign(experiment: Experiment, unit: str, override: str | None = None) -> Assignment:
    """Return the variant for a unit (a listener, or a request without one): always the same for the same unit and salt.

    SHA-256 of salt and unit, its first 64 bits read as a fraction of 2^64, falls into one of the variants' shares.
    Raises RequestError for an override that names no variant.
    """
    if override is not None:
        named = {variant.name: variant for variant in experiment.variants}
        if override not in named:
            raise UnknownNameError(
                "variant", f"{override!r} is not a variant of the running experiment; there are {', '.join(named)}"
            )
        return Assignment(override, AssignmentReason.OVERRIDE, 1.0, named[override].settings)
    total = sum(variant.weight for variant in experiment.variants)
    digest = hashlib.sha256(f"{experiment.salt}\x1f{unit}".encode()).digest()
    place = int.from_bytes(digest[:8]) * total >> 64
    for variant in experiment.variants:
        if place < variant.weight:
            break
        place -= variant.weight
    reason = AssignmentReason.DEFAULT if experiment is NO_EXPERIMENT else AssignmentReason.SPLIT
    return Assignment(variant.name, reason, variant.weight / total, variant.settings)


def load_experiment(path: Path) -> Experiment:
    """Read an experiment; without a file there is none, and the variant "default" answers everybody.

    Raises ExperimentError naming the file, the key and what it should be: also for a variant with a policy of its own, under
    which a listener would be shown what their request did not ask for.
    """
    try:
        experiment = read_experiment(path)
    except FileNotFoundError:
        return NO_EXPERIMENT
    if own := [variant.name for variant in experiment.variants if variant.policy is not None]:
        raise ExperimentError(
            f"{path}: variants.{own[0]}.policy: requests say under which policy they are answered; leave it out, or judge "
            "the variant with `python -m eval run --variants`"
        )
    return experiment
