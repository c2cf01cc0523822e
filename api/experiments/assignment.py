"""Assignment of units to the variants of an experiment: deterministic, sticky, and in exact integers."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from recommender.blending import RankerSettings
from recommender.requests import UnknownNameError

DEFAULT_VARIANT = "default"
MAX_WEIGHT = 1_000_000


class ExperimentError(ValueError):
    """An experiment's file that cannot be used: which file, which key, and what it should be."""


class AssignmentReason(StrEnum):
    """Why a variant was chosen (OpenFeature's words)."""

    DEFAULT = "DEFAULT"
    OVERRIDE = "OVERRIDE"
    SPLIT = "SPLIT"


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of the ranker. It gets `weight` (0 to 1,000,000) parts of the units; 0 is reached by override only."""

    name: str
    weight: int = 1
    settings: RankerSettings = field(default_factory=RankerSettings)


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment. Another salt splits the same units independently."""

    name: str
    salt: str
    variants: tuple[Variant, ...]


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

        name = "more names"
        salt = "2026-03"

        [variants.control]
        weight = 1

        [variants.names]
        weight = 1
        settings = {names = 4.0}

    Raises ExperimentError naming the file, the key and what it should be.
    """
    try:
        described = tomllib.loads(path.read_text())
    except FileNotFoundError:
        return NO_EXPERIMENT
    except (OSError, ValueError) as error:
        raise ExperimentError(f"{path}: cannot be read as TOML: {error}") from error
    try:
        return _experiment(described)
    except ValueError as error:
        raise ExperimentError(f"{path}: {error}") from error


def _experiment(described: Mapping[str, Any]) -> Experiment:
    _only(described, "name", "salt", "variants")
    variants = described.get("variants")
    if not isinstance(variants, dict) or not variants:
        raise ValueError("variants: describe each variant in a table such as [variants.control]")
    experiment = Experiment(
        _text(described, "name"),
        _text(described, "salt"),
        tuple(_variant(name, variant) for name, variant in variants.items()),
    )
    if not any(variant.weight for variant in experiment.variants):
        raise ValueError("variants: all weights are 0; give at least one variant a weight")
    return experiment


def _variant(name: str, described: object) -> Variant:
    key = f"variants.{name}"
    if not isinstance(described, dict):
        raise ValueError(f"{key} = {described!r} is not a table")
    _only(described, "weight", "settings", within=f"{key}.")
    weight = described.get("weight", 1)
    if type(weight) is not int or not 0 <= weight <= MAX_WEIGHT:
        raise ValueError(f"{key}.weight = {weight!r} is not a whole number from 0 to {MAX_WEIGHT:,}")
    settings = described.get("settings", {})
    if not isinstance(settings, dict):
        raise ValueError(f"{key}.settings = {settings!r} is not a table such as {{dense = 1.0}}")
    try:
        return Variant(name, weight, RankerSettings.from_mapping(settings))
    except ValueError as error:
        raise ValueError(f"{key}.settings: {error}") from error


def _text(described: Mapping[str, Any], key: str) -> str:
    value = described.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} = {value!r} is not a text; an experiment needs one")
    return value


def _only(described: Mapping[str, Any], *known: str, within: str = "") -> None:
    if unknown := [key for key in described if key not in known]:
        raise ValueError(f"{within}{unknown[0]} is not a key of an experiment; there are {', '.join(known)}")
