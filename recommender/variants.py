"""Experiments and their variants, as their files describe them: a server answers with them, the laboratory judges them."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from catalog.choices import choose
from catalog.consent import CommercialModel
from catalog.tracks import parse_territory
from recommender.blending import RankerSettings

MAX_WEIGHT = 1_000_000

BUCKETS: Final = 10_000
"""Into so many buckets SHA-256 puts the units of each layer, of each experiment and of each ramp."""

OWN_READER: Final = "own"

TARGETED: Final = ("territory", "commercial_model", "policy", "named")
"""The fields of a request that decide whether its unit comes in."""


class ExperimentError(ValueError):
    """An experiment's file that cannot be used: which file, which key, and what it should be."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of the ranker. It gets `weight` (0 to 1,000,000) parts of the units; 0 is reached by override only.

    `policy` names the policy that it ranks under where that tightens what the request asks for. `reader` is "own" where our own
    reader reads prompts even if a language model is set; `bundle` is another version of the built model. `interleave` names two
    variants of the same experiment whose lists are drawn together.
    """

    name: str
    weight: int = 1
    settings: RankerSettings = field(default_factory=RankerSettings)
    policy: str | None = None
    reader: str | None = None
    bundle: str | None = None
    interleave: tuple[str, ...] = ()

    @property
    def changes(self) -> dict[str, Any]:
        """What it changes of how everybody is answered, by name; settings by their own."""
        shipped = RankerSettings()
        settings = {one.name: getattr(self.settings, one.name) for one in fields(shipped)}
        others = {name: getattr(self, name) for name in ("policy", "reader", "bundle", "interleave")}
        changed = {name: value for name, value in settings.items() if value != getattr(shipped, name)}
        return changed | {name: value for name, value in others.items() if value}


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment, or the holdout of a layer, which has no variants. Another salt splits the same units independently.

    A unit may come in where its bucket of the `layer` lies in `buckets` (the first and the last, 0 to 9,999), by a share of
    `traffic` (0 to 1), and where its request says one of the values of each field in `targeting`. `holdout` (0 to 1) is the
    share of the layer's units that no experiment there gets. `version` 0 is a lone `experiment.toml` of the form before 0.5,
    which all units are in, split in 2^64 parts instead of buckets.
    """

    name: str
    salt: str
    variants: tuple[Variant, ...] = ()
    version: int = 0
    layer: str = ""
    buckets: tuple[int, int] = (0, BUCKETS - 1)
    traffic: float = 1.0
    state: str = "running"
    targeting: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    holdout: float = 0.0

    @property
    def runs(self) -> bool:
        """Whether it assigns anybody."""
        return self.state == "running"

    @property
    def parts(self) -> tuple[int, ...]:
        """How many of the buckets each variant gets, in their order; in the form before 0.5 its weight."""
        return (
            bucket_shares([one.weight for one in self.variants])
            if self.version
            else tuple(one.weight for one in self.variants)
        )

    def named(self, variant: str) -> Variant:
        """Return the variant of a name. Raises KeyError."""
        return {one.name: one for one in self.variants}[variant]


def bucket(salt: str, unit: str, parts: int = BUCKETS) -> int:
    """Return in which of `parts` equal parts, from 0, a unit lies: the first 64 bits of SHA-256 over salt and unit, in order.

    Between the two stands U+001F. `api/experiments/bucket.js` returns the same.
    """
    digest = hashlib.sha256(f"{salt}\x1f{unit}".encode()).digest()
    return int.from_bytes(digest[:8]) * parts >> 64


def bucket_shares(weights: Sequence[int]) -> tuple[int, ...]:
    """Return how many buckets each of some weights gets: those that begin in its share of the whole."""
    total, before, shares = sum(weights), 0, []
    for weight in weights:
        shares.append(-(-(before + weight) * BUCKETS // total) + (-before * BUCKETS // total))
        before += weight
    return tuple(shares)


def read_experiment(path: Path) -> Experiment:
    """Read an experiment.

        name = "more names"
        version = 2                # whole number, grows with each change
        layer = "ranking"          # experiments in one layer never share a unit; its name, if it is alone
        salt = "2026-03"           # its name, if not given
        buckets = [0, 4999]        # of the layer's 10,000, both ends included: whose units may come in
        traffic = 0.5              # share of these that is in; only grows
        state = "running"          # or "stopped": nobody is assigned

        [targeting]                # a unit is in only where its request says one of these
        territory = ["DE", "FR"]
        named = true               # only requests with a listener

        [variants.control]
        weight = 1

        [variants.names]
        weight = 1
        settings = {names = 4.0}

        [variants.careful]
        weight = 0
        policy = "human_only"

    A file without variants but `holdout = 0.05` keeps this share of the units of its `layer` out of all experiments there. One
    without `version` is of the form before 0.5: name, salt and variants. Raises FileNotFoundError where there is none,
    ExperimentError naming the file, the key and what it should be.
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


def read_experiments(paths: Iterable[Path]) -> tuple[Experiment, ...]:
    """Read experiments that run beside each other, each of a version, in the order of their names.

    Raises ExperimentError as `read_experiment` does, and where two cannot run together.
    """
    read = {path: read_experiment(path) for path in sorted(paths)}
    for path, one in read.items():
        if not one.version:
            raise ExperimentError(f"{path}: version is missing; write version = 1, and a higher one with each change")
    for (_, one), (path, other) in combinations(read.items(), 2):
        if problem := _in_the_way(one, other):
            raise ExperimentError(f"{path}: {problem}")
    return tuple(sorted(read.values(), key=lambda one: one.name))


def _in_the_way(one: Experiment, other: Experiment) -> str | None:
    """Say why two experiments cannot run together; None where they can."""
    if one.name == other.name:
        return f"name = {one.name!r} is another file's too; give each its own"
    if not (one.runs and other.runs):
        return None
    if one.layer != other.layer:
        changed = [{name for variant in each.variants for name in variant.changes} for each in (one, other)]
        if both := sorted(changed[0] & changed[1]):
            return f"{both[0]} is changed in layer {one.layer!r} too, by {one.name!r}; put both into one layer"
    elif one.holdout and other.holdout:
        return f"holdout: layer {one.layer!r} has one already, {one.name!r}"
    elif one.variants and other.variants and _overlap(one.buckets, other.buckets):
        return (
            f"buckets = {list(other.buckets)} overlap with those of {one.name!r} in layer {one.layer!r}, "
            f"{list(one.buckets)}; a unit is in one of them"
        )
    return None


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _experiment(described: Mapping[str, Any]) -> Experiment:
    if "version" not in described:
        _only(described, "name", "salt", "variants")
        variants = _variants(described)
        return Experiment(_text(described, "name"), _text(described, "salt"), variants)
    name, holdout = _name(described, "name"), "holdout" in described
    base = ("name", "version", "layer", "salt", "state")
    _only(described, *base, *(["holdout"] if holdout else ["buckets", "traffic", "targeting", "variants"]))
    experiment = Experiment(
        name,
        _text({"salt": name, **described}, "salt"),
        version=_whole(described, "version", 1, 2**31 - 1),
        layer=_text(described if holdout else {"layer": name, **described}, "layer"),
        state=_one_of(described.get("state", "running"), "state", "running", "stopped"),
    )
    if holdout:
        return replace(experiment, holdout=_share(described["holdout"], "holdout", 1 / BUCKETS))
    experiment = replace(
        experiment,
        variants=_variants(described),
        buckets=_buckets(described.get("buckets", [0, BUCKETS - 1])),
        traffic=_share(described.get("traffic", 1.0), "traffic"),
        targeting=_targeting(described.get("targeting", {})),
    )
    for variant, share in zip(experiment.variants, experiment.parts, strict=True):
        if variant.weight and not share:
            raise ValueError(
                f"variants.{variant.name}.weight = {variant.weight} is less than one of {BUCKETS:,} buckets"
            )
    return experiment


def _variants(described: Mapping[str, Any]) -> tuple[Variant, ...]:
    tables = described.get("variants")
    if not isinstance(tables, dict) or not tables:
        raise ValueError("variants: describe each variant in a table such as [variants.control]")
    variants = tuple(_variant(name, variant) for name, variant in tables.items())
    if not any(variant.weight for variant in variants):
        raise ValueError("variants: all weights are 0; give at least one variant a weight")
    plain = [one.name for one in variants if not {"policy", "reader", "bundle", "interleave"} & one.changes.keys()]
    for one in variants:
        teams = one.interleave
        if teams and (one.settings != RankerSettings() or len(set(teams)) != 2 or not set(teams) <= set(plain)):
            raise ValueError(
                f"variants.{one.name}.interleave = {list(teams)} are not two variants that change settings alone "
                f"({', '.join(plain)}), or it has settings itself"
            )
    return variants


def _variant(name: str, described: object) -> Variant:
    key = f"variants.{name}"
    if not isinstance(described, dict):
        raise ValueError(f"{key} = {described!r} is not a table")
    _only(described, "weight", "settings", "policy", "reader", "bundle", "interleave", within=f"{key}.")
    weight = _whole({"weight": 1, **described}, "weight", 0, MAX_WEIGHT, f"{key}.")
    settings = described.get("settings", {})
    if not isinstance(settings, dict):
        raise ValueError(f"{key}.settings = {settings!r} is not a table such as {{dense = 1.0}}")
    policy = _text(described, "policy", f"{key}.") if "policy" in described else None
    reader = _one_of(described["reader"], f"{key}.reader", OWN_READER) if "reader" in described else None
    bundle = _text(described, "bundle", f"{key}.") if "bundle" in described else None
    if bundle and not re.fullmatch(r"[0-9a-f]{16}", bundle):
        raise ValueError(
            f"{key}.bundle = {bundle!r} is not the version of a bundle: 16 of the digits 0 to 9 and a to f"
        )
    teams = described.get("interleave", [])
    if not isinstance(teams, list) or not all(isinstance(team, str) for team in teams):
        raise ValueError(f"{key}.interleave = {teams!r} is not a list of two variants' names")
    try:
        return Variant(name, weight, RankerSettings.from_mapping(settings), policy, reader, bundle, tuple(teams))
    except ValueError as error:
        raise ValueError(f"{key}.settings: {error}") from error


def _targeting(described: object) -> dict[str, tuple[Any, ...]]:
    if not isinstance(described, dict):
        raise ValueError(f"targeting = {described!r} is not a table")
    _only(described, *TARGETED, within="targeting.")
    targeting: dict[str, tuple[Any, ...]] = {}
    for name, values in described.items():
        if name == "named":
            if not isinstance(values, bool):
                raise ValueError(f"targeting.named = {values!r} is neither true nor false")
            targeting[name] = (values,)
            continue
        if not (isinstance(values, list) and values and all(isinstance(value, str) for value in values)):
            raise ValueError(f"targeting.{name} = {values!r} is not a list of texts")
        try:
            if name == "territory":
                values = [parse_territory(value) for value in values]
            elif name == "commercial_model":
                values = [choose(CommercialModel, value).value for value in values]
        except ValueError as error:
            raise ValueError(f"targeting.{name}: {error}") from error
        targeting[name] = tuple(values)
    return targeting


def _buckets(value: object) -> tuple[int, int]:
    match value:
        case [int(first), int(last)] if type(first) is type(last) is int and 0 <= first <= last < BUCKETS:
            return first, last
    raise ValueError(f"buckets = {value!r} are not the first and the last of 0 to {BUCKETS - 1:,}, such as [0, 4999]")


def _share(value: object, key: str, least: float = 0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 1:
        raise ValueError(f"{key} = {value!r} is not a share from {least:g} to 1")
    return float(value)


def _whole(described: Mapping[str, Any], key: str, least: int, most: int, within: str = "") -> int:
    value = described[key]
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{within}{key} = {value!r} is not a whole number from {least} to {most:,}")
    return value


def _one_of(value: object, key: str, *known: str) -> str:
    if value not in known:
        raise ValueError(f"{key} = {value!r} is not {' or '.join(map(repr, known))}")
    return str(value)


def _name(described: Mapping[str, Any], key: str) -> str:
    name = _text(described, key)
    if not re.fullmatch(r"[^,=\x00-\x1f\x7f]{1,100}", name):
        raise ValueError(f"{key} = {name!r} holds a comma or an equals sign, or is longer than 100 characters")
    return name


def _text(described: Mapping[str, Any], key: str, within: str = "") -> str:
    value = described.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{within}{key} = {value!r} is not a text; an experiment needs one")
    return value


def _only(described: Mapping[str, Any], *known: str, within: str = "") -> None:
    if unknown := [key for key in described if key not in known]:
        raise ValueError(f"{within}{unknown[0]} is not a key of an experiment; there are {', '.join(known)}")
