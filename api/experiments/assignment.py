"""Assignment of units to the variants of experiments: deterministic, sticky, and in exact integers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from recommender.blending import RankerSettings
from recommender.requests import PlaylistRequest, RequestError, UnknownNameError
from recommender.variants import BUCKETS, Experiment, Variant, bucket

DEFAULT_VARIANT = "default"
HELD_OUT = "holdout"

NO_EXPERIMENT: tuple[Experiment, ...] = ()

Said = Mapping[str, Any]
"""A request's values of the fields that experiments target by (`TARGETED`)."""


class AssignmentReason(StrEnum):
    """Why a variant was chosen: OpenFeature's words, and two of our own."""

    DEFAULT = "DEFAULT"
    DISABLED = "DISABLED"
    HOLDOUT = "HOLDOUT"
    OVERRIDE = "OVERRIDE"
    SPLIT = "SPLIT"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a unit gets of one experiment: which variant, why, and with which probability (0 to 1) of those who come in.

    `bucket` (0 to 9,999) is the unit's by the experiment's salt, which decides the variant. Where the unit is not in, the
    variant is "default" and the reason DEFAULT, or DISABLED where the experiment is stopped.
    """

    experiment: str
    version: int
    layer: str
    variant: str
    bucket: int
    reason: AssignmentReason
    propensity: float

    @property
    def counted(self) -> bool:
        """Whether an analysis may count the answer: one that was chosen by hand never."""
        return self.reason in (AssignmentReason.SPLIT, AssignmentReason.HOLDOUT)


DEFAULT = Assignment("", 0, "", DEFAULT_VARIANT, 0, AssignmentReason.DEFAULT, 1.0)


@dataclass(frozen=True, slots=True)
class Assignments:
    """What a unit gets of all experiments: `of` those that it is in, the `variants` that answer, which change different things.

    `teams` are the two variants whose lists are to be drawn together, where one of the `variants` says so.
    """

    of: tuple[Assignment, ...] = ()
    variants: tuple[Variant, ...] = ()
    teams: tuple[Variant, ...] = ()

    @property
    def first(self) -> Assignment:
        """The assignment that stands for all where there is room for one: the first, or the default."""
        return self.of[0] if self.of else DEFAULT

    @property
    def settings(self) -> RankerSettings:
        """The settings of all variants together."""
        return _merged(self.variants)

    @property
    def interleave(self) -> tuple[tuple[str, RankerSettings], ...]:
        """Names and whole settings of the two whose lists are to be drawn together; empty where one list answers."""
        return tuple((team.name, _merged((*self.variants, team))) for team in self.teams)

    @property
    def policy(self) -> str | None:
        """The policy that a variant wants; only one that tightens what the request asks for decides."""
        return self._changes.get("policy")

    @property
    def reader(self) -> str | None:
        """Which reader is to read the prompt: "own" is ours; None where nothing is said."""
        return self._changes.get("reader")

    @property
    def bundle(self) -> str | None:
        """The version of the bundle to rank with; None for the one in use."""
        return self._changes.get("bundle")

    @property
    def _changes(self) -> dict[str, Any]:
        return {name: value for one in self.variants for name, value in one.changes.items()}


def _merged(variants: Sequence[Variant]) -> RankerSettings:
    changes = {name: value for one in variants for name, value in one.changes.items()}
    return RankerSettings(**{one.name: changes[one.name] for one in fields(RankerSettings) if one.name in changes})


def said_by(request: PlaylistRequest, *, named: bool) -> Said:
    """Return what a request says in the fields by which experiments target; `named`: whether a listener or unit was."""
    return {
        "territory": request.territory,
        "commercial_model": request.commercial_model.value,
        "policy": request.policy,
        "named": named,
    }


def assign(
    experiments: Sequence[Experiment], unit: str, said: Said | None = None, override: str | None = None
) -> Assignments:
    """Return what a unit (a listener, or a request without one) gets: always the same for the same unit and files.

    `said` is what its request says (`said_by`). An `override` such as "experiment=variant", several with commas between them,
    or the name of a variant that only one experiment has, gets these variants and no others. Raises UnknownNameError for one that
    names no variant, RequestError for two of one experiment.
    """
    given: list[tuple[Experiment, Variant | None, Assignment]]
    if override is not None:
        chosen = [_overridden(experiments, one.strip()) for one in override.split(",")]
        if len({one.name for one, _ in chosen}) < len(chosen):
            raise RequestError("variant", f"{override!r} names two variants of one experiment; name one of each")
        given = [(one, variant, _given(one, unit, variant.name, AssignmentReason.OVERRIDE)) for one, variant in chosen]
    else:
        found = zip(experiments, evaluate(experiments, unit, said or {}), strict=True)
        given = [(one, one.named(got.variant) if one.variants else None, got) for one, got in found if got.counted]
    variants = tuple(variant for _, variant, _ in given if variant)
    teams = tuple(one.named(team) for one, variant, _ in given if variant for team in variant.interleave)
    return Assignments(tuple(got for _, _, got in given), variants, teams)


def evaluate(experiments: Sequence[Experiment], unit: str, said: Said) -> list[Assignment]:
    """Return what a unit gets of each experiment, in their order, those that it is not in among them."""
    held = {one.layer for one in experiments if one.runs and bucket(one.salt, unit) < round(one.holdout * BUCKETS)}
    return [_evaluated(one, unit, said, held) for one in experiments]


def _evaluated(experiment: Experiment, unit: str, said: Said, held: set[str]) -> Assignment:
    if not experiment.runs:
        return _given(experiment, unit, DEFAULT_VARIANT, AssignmentReason.DISABLED)
    if experiment.holdout:
        if experiment.layer in held:
            return _given(experiment, unit, HELD_OUT, AssignmentReason.HOLDOUT, experiment.holdout)
    elif experiment.layer not in held and _comes_in(experiment, unit, said):
        place = bucket(experiment.salt, unit, sum(experiment.parts))
        for variant, part in zip(experiment.variants, experiment.parts, strict=True):
            if place < part:
                chance = part / sum(experiment.parts)
                return _given(experiment, unit, variant.name, AssignmentReason.SPLIT, chance)
            place -= part
    return _given(experiment, unit, DEFAULT_VARIANT, AssignmentReason.DEFAULT)


def _comes_in(experiment: Experiment, unit: str, said: Said) -> bool:
    first, last = experiment.buckets
    return (
        all(said.get(name) in values for name, values in experiment.targets.items())
        and (last - first == BUCKETS - 1 or first <= bucket(experiment.layer, unit) <= last)
        and (
            experiment.traffic == 1
            or bucket(f"{experiment.salt}\x1ftraffic", unit) < round(experiment.traffic * BUCKETS)
        )
    )


def _given(
    experiment: Experiment, unit: str, variant: str, reason: AssignmentReason, propensity: float = 1.0
) -> Assignment:
    place = bucket(experiment.salt, unit)
    return Assignment(experiment.name, experiment.version, experiment.layer, variant, place, reason, propensity)


def _overridden(experiments: Sequence[Experiment], override: str) -> tuple[Experiment, Variant]:
    found = [(one, variant) for one in experiments for variant in one.variants]
    named = [pair for pair in found if override in (pair[1].name, f"{pair[0].name}={pair[1].name}")]
    if len(named) != 1:
        are = ", ".join(f"{one.name}={variant.name}{'' if one.runs else ' (stopped)'}" for one, variant in found)
        raise UnknownNameError("variant", f"{override!r} names no variant of an experiment; there are {are or 'none'}")
    return named[0]
