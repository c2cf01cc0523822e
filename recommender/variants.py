"""Experiments and their variants, as their files describe them: a server answers with them, the laboratory judges them."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from typing_extensions import TypedDict  # pydantic reads that of `typing` from Python 3.12 on

from catalog.choices import choose
from catalog.consent import CommercialModel
from catalog.settings import text_of
from catalog.tracks import parse_territory
from recommender.blending import RankerSettings

MAX_WEIGHT = 1_000_000

BUCKETS: Final = 10_000
"""Into so many buckets SHA-256 puts the units of each layer, of each experiment and of each ramp."""

LOG_SCHEMA: Final = 2
"""The number of the columns that are logged of answers, as `eval/EXPOSURES.md` tells them; 1 is that of before 0.5.0."""

_AS_SAID = ConfigDict(extra="forbid")
_LONE: Final = ("name", "salt", "variants")
"""The keys of the form before 0.5."""


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


def _settings(value: object) -> object:
    return RankerSettings.from_mapping(value) if isinstance(value, Mapping) else value


def _tables(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return tuple({"name": name, **table} if isinstance(table, Mapping) else table for name, table in value.items())


_Text = Annotated[str, Field(min_length=1)]
_Share = Annotated[float, Field(strict=True, ge=0, le=1)]
_Bucket = Annotated[int, Field(strict=True, ge=0, lt=BUCKETS)]
_Territory = Annotated[str, AfterValidator(parse_territory)]
_Model = Annotated[str, AfterValidator(lambda text: choose(CommercialModel, text).value)]


class Targeting(TypedDict, total=False):
    """The fields of a request that decide whether its unit comes in, each with the values that do."""

    __pydantic_config__ = _AS_SAID  # type: ignore[misc]

    territory: Annotated[tuple[_Territory, ...], Field(min_length=1)]
    commercial_model: Annotated[tuple[_Model, ...], Field(min_length=1)]
    policy: Annotated[tuple[_Text, ...], Field(min_length=1)]
    named: Annotated[
        tuple[Annotated[bool, Field(strict=True)]],
        BeforeValidator(lambda said: said if isinstance(said, tuple) else (said,)),
    ]


@dataclass(frozen=True, slots=True, config=_AS_SAID)
class Variant:
    """A variant of the ranker. It gets `weight` (0 to 1,000,000) parts of the units; 0 is reached by override only.

    `policy` names the policy that it ranks under where that tightens what the request asks for. `reader` is "own" where our own
    reader reads prompts even if a language model is set; `bundle` is another version of the built model. `interleave` names two
    variants of the same experiment whose lists are drawn together.
    """

    name: Annotated[str, AfterValidator(parse_name)]
    weight: Annotated[int, Field(strict=True, ge=0, le=MAX_WEIGHT)] = 1
    settings: Annotated[RankerSettings, BeforeValidator(_settings)] = RankerSettings()
    policy: _Text | None = None
    reader: Literal["own"] | None = None
    bundle: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] | None = None
    interleave: tuple[_Text, ...] = ()

    @property
    def changes(self) -> dict[str, Any]:
        """The settings and other fields that differ from the defaults, by name."""
        shipped, own = asdict(RankerSettings()), asdict(self.settings)
        others = {name: getattr(self, name) for name in ("policy", "reader", "bundle", "interleave")}
        changed = {name: value for name, value in own.items() if value != shipped[name]}
        return changed | {name: value for name, value in others.items() if value}


@dataclass(frozen=True, slots=True, config=_AS_SAID)
class Experiment:
    """An experiment, or the holdout of a layer, which has no variants. Another salt splits the same units independently.

    A unit may come in where its bucket of the `layer` lies in `buckets` (the first and the last, 0 to 9,999), by a share of
    `traffic` (0 to 1), and where its request says one of the values of each field in `targeting`. `holdout` (0 to 1) is the
    share of the layer's units that no experiment there gets. `version` 0 is a lone `experiment.toml` of the form before 0.5,
    which all units are in, split in 2^64 parts instead of buckets.
    """

    name: Annotated[str, Field(pattern=r"^[^,=\x00-\x1f\x7f]{1,100}$")]
    salt: _Text
    variants: Annotated[tuple[Variant, ...], BeforeValidator(_tables)] = ()
    version: Annotated[int, Field(strict=True, ge=0, lt=2**31)] = 0
    layer: str = ""
    buckets: tuple[_Bucket, _Bucket] = (0, BUCKETS - 1)
    traffic: _Share = 1.0
    state: Literal["running", "stopped"] = "running"
    targeting: Targeting = Field(default_factory=Targeting)
    holdout: _Share = 0.0

    @property
    def runs(self) -> bool:
        """Whether it assigns units to variants."""
        return self.state == "running"

    @property
    def targets(self) -> Mapping[str, tuple[Any, ...]]:
        """The values of each field of a request for which its unit takes part."""
        return cast(Mapping[str, tuple[Any, ...]], self.targeting)

    @property
    def parts(self) -> tuple[int, ...]:
        """How many of the buckets each variant gets, in their order; in the form before 0.5 its weight."""
        weights = tuple(one.weight for one in self.variants)
        return bucket_shares(weights) if self.version else weights

    def named(self, variant: str) -> Variant:
        """Return the variant of a name. Raises KeyError."""
        return {one.name: one for one in self.variants}[variant]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.holdout and (self.variants or not self.layer):
            raise ValueError("holdout: it has a layer, and no variants")
        if not self.holdout and not any(one.weight for one in self.variants):
            raise ValueError(
                "variants: describe each in a table such as [variants.control], and give one a weight, or a holdout a share"
            )
        if self.buckets[0] > self.buckets[1]:
            raise ValueError(f"buckets = {list(self.buckets)}: the first lies after the last")
        plain = [
            one.name for one in self.variants if not {"policy", "reader", "bundle", "interleave"} & one.changes.keys()
        ]
        for one, part in zip(self.variants, self.parts, strict=True):
            if one.weight and not part:
                raise ValueError(f"variants.{one.name}.weight = {one.weight} is less than one of {BUCKETS:,} buckets")
            teams = one.interleave
            if teams and (one.settings != RankerSettings() or len(teams) != 2 or len({*teams} & {*plain}) != 2):
                raise ValueError(
                    f"variants.{one.name}.interleave = {list(teams)} are not two variants that change settings alone "
                    f"({', '.join(plain)}), or it has settings itself"
                )
        return self


_EXPERIMENT = TypeAdapter(Experiment)
_KEYS: Final[Mapping[str, Sequence[str]]] = {
    "variants": [one.name for one in fields(Variant) if one.name != "name"],
    "targeting": [*Targeting.__annotations__],
}


def bucket(salt: str, unit: str, parts: int = BUCKETS) -> int:
    """Return in which of `parts` equal parts, from 0, a unit lies: the first 64 bits of SHA-256 over salt and unit, in order.

    Between the two stands U+001F. `api/experiments/bucket.js` returns the same.
    """
    return int.from_bytes(hashlib.sha256(f"{salt}\x1f{unit}".encode()).digest()[:8]) * parts >> 64


@cache
def bucket_shares(weights: tuple[int, ...]) -> tuple[int, ...]:
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
        described = tomllib.loads(text_of(path))
    except FileNotFoundError:
        raise
    except (OSError, RecursionError, ValueError) as error:
        raise ExperimentError(f"{path}: cannot be read as TOML: {error}") from error
    try:
        return _experiment(described)
    except ValueError as error:
        raise ExperimentError(f"{path}: {error}") from error


def read_experiments(paths: Iterable[Path]) -> tuple[Experiment, ...]:
    """Read experiments that run beside each other, each of a version; return them in the order of their names.

    Raises ExperimentError as `read_experiment` does, and where two cannot run together: it is the later file that is told.
    """
    read = {path: read_experiment(path) for path in paths}
    for path, one in read.items():
        if not one.version:
            raise ExperimentError(f"{path}: version is missing; write version = 1, and a higher one with each change")
    for (first, one), (path, other) in combinations(read.items(), 2):
        if problem := _in_the_way(one, other):
            raise ExperimentError(f"{path}: {problem} (beside {first})")
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
    elif one.variants and other.variants and one.buckets[0] <= other.buckets[1] and other.buckets[0] <= one.buckets[1]:
        return (
            f"buckets = {list(other.buckets)} overlap with those of {one.name!r} in layer {one.layer!r}, "
            f"{list(one.buckets)}; give it buckets that are free, or another layer"
        )
    return None


def _experiment(described: Mapping[str, Any]) -> Experiment:
    versioned = "version" in described
    if not versioned and (unknown := [key for key in described if key not in _LONE]):
        raise ValueError(
            f"{unknown[0]} is no key without version; write version = 1, and a higher one with each change"
        )
    if versioned and described["version"] == 0:
        raise ValueError("version = 0: versions begin with 1")
    if absent := [key for key in ("name", "salt") if key not in described and (key == "name" or not versioned)]:
        raise ValueError(
            f"{absent[0]} is missing; an experiment has a name, version = 1 (with it no salt is needed), and a table for each "
            "variant, such as [variants.louder] with settings = {names = 2.0}"
        )
    name = described["name"]
    own = {"salt": name, **({} if "holdout" in described else {"layer": name})} if versioned else {}
    try:
        return _EXPERIMENT.validate_python({**own, **described})
    except ValidationError as error:
        raise ValueError(_said(error.errors(include_url=False)[0], [*described.get("variants", ())])) from error


def _said(found: Mapping[str, Any], variants: Sequence[str]) -> str:
    """Return what a validation found, by the keys of the file: variants stand there by name."""
    place = [str(key) for key in found["loc"]]
    if not place:
        return str(found["ctx"]["error"])
    if place[0] == "variants" and len(place) > 1:
        place[1] = variants[int(place[1])]
    if found["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        known = _KEYS.get(place[0], ()) if len(place) > 1 else [one.name for one in fields(Experiment)]
        near = sorted(known, key=lambda name: -SequenceMatcher(None, name, place[-1]).ratio())
        return f"{'.'.join(place)} is not a key of an experiment; there are {', '.join(near)}"
    said = "" if found["type"] == "missing" else f" = {found['input']!r}"
    return f"{'.'.join(place)}{said}: {found['msg'].removeprefix('Value error, ').replace('Input', 'it')}"
