"""The policies that there are: the presets of the table, and an operator's own from `consent.toml`, each with a digest."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import IntEnum
from functools import cached_property, partial
from typing import Any, TypeVar

from catalog.choices import meant, not_one_of
from catalog.consent.disclosures import AiFacet
from catalog.consent.fields import number, one_of
from catalog.consent.flags import FlagMode
from catalog.consent.rights import UseType
from catalog.consent.sources import starting_mode

Value = TypeVar("Value")


class Preset(IntEnum):
    """The columns of the table, from the most to the least restrictive."""

    HUMAN_ONLY = 0
    STRICT = 1
    LABELLED_AI = 2


@dataclass(frozen=True)
class Policy:
    """A column of the table with its parameters.

    Scores of suspicions at or above `suspicion_high` or `suspicion_mid` count as such (0 to 1). `human_cutoff`: a first
    publication in an earlier year is evidence of a human. AI in `blocked_facets` is withheld even where it is licensed.
    `max_ai_share` limits the labelled tracks of a list (0 to 1; None sets no limit). `flag_modes` are pairs of a source and
    what its flags may do. `audit` withholds nothing and says what it would have withheld.
    """

    name: str
    preset: Preset
    version: str = "1"
    suspicion_high: float = 0.90
    suspicion_mid: float = 0.70
    human_cutoff: date = date(2022, 1, 1)
    blocked_facets: frozenset[AiFacet] = frozenset()
    max_ai_share: float | None = None
    flag_modes: tuple[tuple[str, FlagMode], ...] = ()
    audit: bool = False

    def mode_of(self, source: str) -> FlagMode:
        """Return what the flags of a source may do."""
        return next((mode for name, mode in self.flag_modes if name.lower() == source.lower()), starting_mode(source))

    def tightens(self, other: "Policy", *, hide_ai: bool) -> bool:
        """Whether it permits nothing that another withholds: each parameter alone makes it as strict, or stricter.

        Of listeners who `hide_ai` that is not so of `strict` beside `labelled_ai`, which labels suspicions that `strict` allows.
        """
        least = [1.0 if one.max_ai_share is None else one.max_ai_share for one in (self, other)]
        unlabelled = hide_ai and (self.preset, other.preset) == (Preset.STRICT, Preset.LABELLED_AI)
        return (
            self.preset <= other.preset
            and not unlabelled
            and self.suspicion_high <= other.suspicion_high
            and self.suspicion_mid <= other.suspicion_mid
            and self.human_cutoff <= other.human_cutoff
            and self.blocked_facets >= other.blocked_facets
            and least[0] <= least[1]
            and sorted(self.flag_modes) == sorted(other.flag_modes)
            and self.audit <= other.audit
        )

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits over every parameter: equal ones decide alike."""
        parameters = {
            "preset": self.preset.name,
            "suspicion_high": self.suspicion_high,
            "suspicion_mid": self.suspicion_mid,
            "human_cutoff": self.human_cutoff.isoformat(),
            "blocked_facets": sorted(self.blocked_facets),
            "max_ai_share": self.max_ai_share,
            "flag_modes": sorted(self.flag_modes),
            "audit": self.audit,
        }
        return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:12]

    @cached_property
    def identity(self) -> str:
        """Name, version and digest, as answers give them."""
        return f"{self.name}-{self.version}-{self.digest}"

    @cached_property
    def human_only(self) -> "Policy":
        """The strictest column of the table with the same parameters."""
        return replace(self, preset=Preset.HUMAN_ONLY, audit=False)


AUDIT_ONLY = Policy("audit_only", Preset.STRICT, audit=True)

POLICIES: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy("strict", Preset.STRICT),
        Policy("labelled_ai", Preset.LABELLED_AI),
        Policy("human_only", Preset.HUMAN_ONLY),
        Policy("editorial_safe", Preset.STRICT, max_ai_share=0.0),
        AUDIT_ONLY,
    )
}


class ConsentSettingsError(RuntimeError):
    """A `consent.toml` that cannot be used; the message names the file, the key, the value and what to write instead."""


@dataclass(frozen=True)
class ConsentSettings:
    """What an operator sets about consent: `policies` by name, who we are in deliveries, and the use of every request.

    `service_dpid` is our own DPID, as deals name the services that they are for. `descriptions` tell listeners what an
    operator's own policy lets play.
    """

    policies: Mapping[str, Policy] = field(default_factory=lambda: POLICIES)
    service_dpid: str | None = None
    use: UseType = UseType.ON_DEMAND_STREAM
    descriptions: Mapping[str, str] = field(default_factory=dict)

    @property
    def offered(self) -> tuple[str, ...]:
        """The names of the policies that a request may ask for: all but the one that withholds nothing."""
        return tuple(name for name, policy in self.policies.items() if not policy.audit)

    def policy(self, name: str) -> Policy:
        """Return a policy that a request may ask for. Raises ValueError naming those that there are."""
        if name not in self.offered:
            raise ValueError(
                f"{name!r} is not a policy here; there are {', '.join(self.offered)}{meant(name, self.offered)}"
            )
        return self.policies[name]

    def policy_then(self, name: str) -> Policy:
        """Return the policy that an earlier answer was given under; where it is gone, the most restrictive one."""
        return self.policies[name if name in self.offered else "human_only"]

    @property
    def audit_only(self) -> Policy:
        """The policy that withholds nothing, which only a server's own setting can choose."""
        return self.policies[AUDIT_ONLY.name]


def read_consent_settings(text: str) -> ConsentSettings:
    """Read the text of an operator's `consent.toml`; without a text, everything is as shipped.

    `channel` and `use` stand at the top; `[sources]` gives the mode (observe, label, withhold) of a source's flags;
    `[policies.NAME]` makes a preset of one's own: `version` and `preset` (human_only, strict, labelled_ai) are required,
    `suspicion_high`, `suspicion_mid`, `human_cutoff`, `blocked_facets`, `max_ai_share` and `description` are not.
    Raises ConsentSettingsError.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConsentSettingsError(f"{error}; it is TOML in UTF-8") from error
    _only(table, "the file", ("channel", "use", "sources", "policies"))
    modes = tuple(
        (source.lower(), _read(one_of(FlagMode), mode, f"sources.{source}"))
        for source, mode in sorted(_table(table.get("sources", {}), "sources").items())
    )
    policies = {name: replace(policy, flag_modes=modes) for name, policy in POLICIES.items()}
    descriptions = {}
    for name, parameters in _table(table.get("policies", {}), "policies").items():
        if name in POLICIES:
            raise ConsentSettingsError(f"policies.{name} is a preset of ours; give yours a name of its own")
        given = _table(parameters, f"policies.{name}")
        policies[name] = replace(_policy(name, given), flag_modes=modes)
        descriptions[name] = _text(given, f"policies.{name}", "description") or f"The operator's own policy {name!r}."
    return ConsentSettings(
        policies,
        _text(table, "the file", "channel"),
        _read(one_of(UseType), table.get("use", UseType.ON_DEMAND_STREAM.value), "use"),
        descriptions,
    )


def _policy(name: str, given: Mapping[str, Any]) -> Policy:
    where = f"policies.{name}"
    _only(
        given,
        where,
        (
            "version",
            "preset",
            "suspicion_high",
            "suspicion_mid",
            "human_cutoff",
            "blocked_facets",
            "max_ai_share",
            "description",
        ),
    )
    version = _text(given, where, "version")
    if version is None:
        raise ConsentSettingsError(f'{where}.version is missing; write version = "1" and raise it with every change')
    policy = Policy(name, _read(_preset, given.get("preset"), f"{where}.preset"), version)
    cutoff = given.get("human_cutoff", policy.human_cutoff)
    if isinstance(cutoff, datetime) or not isinstance(cutoff, date):
        raise ConsentSettingsError(f"{where}.human_cutoff = {cutoff!r} is not a date such as 2022-01-01")
    facets = given.get("blocked_facets", [])
    if not isinstance(facets, list):
        raise ConsentSettingsError(f'{where}.blocked_facets = {facets!r} is not a list such as ["vocals"]')

    def fraction(key: str) -> Any:
        return _read(partial(number, 1), given[key], f"{where}.{key}") if key in given else getattr(policy, key)

    high, mid = fraction("suspicion_high"), fraction("suspicion_mid")
    if mid > high:
        raise ConsentSettingsError(f"{where}.suspicion_mid = {mid} lies above suspicion_high = {high}; lower it")
    return replace(
        policy,
        suspicion_high=high,
        suspicion_mid=mid,
        human_cutoff=cutoff,
        blocked_facets=frozenset(_read(one_of(AiFacet), facet, f"{where}.blocked_facets") for facet in facets),
        max_ai_share=fraction("max_ai_share"),
    )


def _only(table: Mapping[str, Any], where: str, keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            raise ConsentSettingsError(f"{where} has {key!r}, which is none of {', '.join(keys)}")


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConsentSettingsError(f"{where} = {value!r} is not a table such as [{where}]")
    return value


def _text(table: Mapping[str, Any], where: str, key: str) -> str | None:
    value = table.get(key)
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise ConsentSettingsError(f"{key} = {value!r} in {where} is not a text")
    return value.strip() if value else None


def _preset(value: object) -> Preset:
    columns = {preset.name.lower(): preset for preset in Preset}
    if not (isinstance(value, str) and value in columns):
        raise ValueError(not_one_of(value, columns))
    return columns[value]


def _read(parse: Callable[[Any], Value], value: object, where: str) -> Value:
    try:
        return parse(value)
    except ValueError as error:
        raise ConsentSettingsError(f"{where} = {error}") from error
