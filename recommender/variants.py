"""Variants of the ranker, as an experiment's file describes them: a server answers with them, the laboratory judges them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recommender.blending import RankerSettings

MAX_WEIGHT = 1_000_000


class ExperimentError(ValueError):
    """An experiment's file that cannot be used: which file, which key, and what it should be."""


def parse_name(name: str) -> str:
    """Return a name that can be part of a system's name, of a file's and of `compare A:NAME B:NAME`.

    Raises ValueError where it is empty, longer than 100 characters, has blanks at its ends, or holds "/", ",", ":" or what
    cannot be printed.
    """
    if not 0 < len(name) <= 100 or name != name.strip() or not name.isprintable() or set("/,:") & set(name):
        raise ValueError(f"{name!r} cannot be a name; write up to 100 characters without / , : and blanks at its ends")
    return name


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of the ranker. It gets `weight` (0 to 1,000,000) parts of the units; 0 is reached by override only.

    `policy` names the policy that it ranks under in place of the request's own; None leaves that to the request.
    """

    name: str
    weight: int = 1
    settings: RankerSettings = field(default_factory=RankerSettings)
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment. Another salt splits the same units independently."""

    name: str
    salt: str
    variants: tuple[Variant, ...]


def read_experiment(path: Path) -> Experiment:
    """Read an experiment.

        name = "more names"
        salt = "2026-03"

        [variants.control]
        weight = 1

        [variants.names]
        weight = 1
        settings = {names = 4.0}

        [variants.careful]
        weight = 0
        policy = "human_only"

    Raises FileNotFoundError where there is none, ExperimentError naming the file, the key and what it should be.
    """
    try:
        described = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise
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
    key = f"variants.{parse_name(name)}"
    if not isinstance(described, dict):
        raise ValueError(f"{key} = {described!r} is not a table")
    _only(described, "weight", "settings", "policy", within=f"{key}.")
    weight = described.get("weight", 1)
    if type(weight) is not int or not 0 <= weight <= MAX_WEIGHT:
        raise ValueError(f"{key}.weight = {weight!r} is not a whole number from 0 to {MAX_WEIGHT:,}")
    settings = described.get("settings", {})
    if not isinstance(settings, dict):
        raise ValueError(f"{key}.settings = {settings!r} is not a table such as {{dense = 1.0}}")
    policy = _text(described, "policy", f"{key}.") if "policy" in described else None
    try:
        return Variant(name, weight, RankerSettings.from_mapping(settings), policy)
    except ValueError as error:
        raise ValueError(f"{key}.settings: {error}") from error


def _text(described: Mapping[str, Any], key: str, within: str = "") -> str:
    value = described.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{within}{key} = {value!r} is not a text; an experiment needs one")
    return value


def _only(described: Mapping[str, Any], *known: str, within: str = "") -> None:
    if unknown := [key for key in described if key not in known]:
        raise ValueError(f"{within}{unknown[0]} is not a key of an experiment; there are {', '.join(known)}")
