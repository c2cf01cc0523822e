"""The kinds of consent record: what each may state, declared field by field; read from JSON and written as such."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from operator import attrgetter
from typing import Any

from catalog.choices import choose
from catalog.consent.disclosures import AiDisclosure, AiFacet, AiLevel, Assurance
from catalog.consent.fields import (
    TERRITORIES,
    Field,
    Row,
    checked,
    elements,
    field,
    instant,
    needed,
    number,
    one_of,
    period,
    read,
    some_of,
    text,
    texts,
    truth,
)
from catalog.consent.flags import Flag, FlagKind, FlagState, Takedown
from catalog.consent.rights import (
    ALWAYS,
    Block,
    BlockReason,
    ClaimLevel,
    CommercialModel,
    ControllerRole,
    Deal,
    Derivation,
    Grant,
    GrantedUse,
    GrantState,
    Party,
    PartyKind,
    Period,
    Relation,
    RightsClaim,
    UseType,
)
from catalog.instants import instant_text

Terms = Deal | AiDisclosure | Grant | Flag | Takedown | Derivation | Block | Party | RightsClaim

PARTY_ID_SCHEMES = ("dpid", "ipi", "ipn", "isni")


@dataclass(frozen=True)
class Kind:
    """A kind of record: the fields of what it states, in the order in which they are read.

    `details` are fields that it may tell beside, kept as they come; `naming` are more fields that name its subject.
    """

    terms: type[Terms]
    fields: tuple[Field, ...]
    details: frozenset[str]
    naming: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> frozenset[str]:
        """The JSON fields of this kind alone."""
        return self.naming | self.details | {name for field in self.fields for name in field.written}

    @cached_property
    def _written(self) -> tuple[tuple[str, Callable[[Terms], Any], Callable[[Any], object]], ...]:
        return tuple((name, get, field.write) for field in self.fields for name, get in field.written.items())

    def read(self, row: Row) -> Terms:
        """Read what a record of this kind states. Raises RecordError, or ValueError where fields do not go together."""
        return self.terms(**{field.attribute: field.read(row) for field in self.fields})

    def write(self, terms: Terms) -> dict[str, object]:
        """Return the JSON fields of what is stated, less those that say nothing."""
        return {
            name: write(value)
            for name, get, write in self._written
            if (value := get(terms)) not in (None, frozenset(), ())
        }


def _facets(value: object) -> tuple[tuple[AiFacet, AiLevel], ...]:
    """Return the levels of facets, sorted by facet; naming one twice keeps the higher level."""
    facets: dict[AiFacet, AiLevel] = {}
    for one in elements(value, may_be_none=True):
        if not isinstance(one, Mapping):
            raise ValueError(f'{one!r} is not an object like {{"facet": "vocals", "level": "all"}}')
        facet, level = needed(one, "facet", one_of(AiFacet)), needed(one, "level", one_of(AiLevel))
        facets[facet] = max(level, facets.get(facet, level), key=list(AiLevel).index)
    return tuple(sorted(facets.items()))


_USE_TYPES = field("use_types", some_of(UseType), frozenset(), sorted)
_MODELS = field("commercial_models", some_of(CommercialModel), frozenset(), sorted)
_PARTY_IDS = Field(
    "ids",
    lambda row: tuple((scheme, value) for scheme in PARTY_ID_SCHEMES if (value := read(row, scheme, text))),
    {scheme: partial(lambda scheme, party: dict(party.ids).get(scheme), scheme) for scheme in PARTY_ID_SCHEMES},
    str,
)

KINDS: Mapping[str, Kind] = {
    "deal": Kind(
        Deal,
        (
            TERRITORIES,
            _USE_TYPES,
            _MODELS,
            period(),
            field("licensor", text),
            field("channels", texts, frozenset(), sorted),
            field("excluded_channels", texts, frozenset(), sorted),
        ),
        details=frozenset({"release"}),
    ),
    "disclosure": Kind(
        AiDisclosure,
        (
            field("facets", _facets, (), lambda facets: [{"facet": facet, "level": level} for facet, level in facets]),
            field("level", one_of(AiLevel), required=True),
            field("assurance", one_of(Assurance), Assurance.ASSERTED),
            field("contradictions", lambda value: tuple(sorted(texts(value))), (), list),
        ),
        details=frozenset({"declared_by", "schema_version"}),
    ),
    "grant": Kind(
        Grant,
        (
            field("use", one_of(GrantedUse), required=True),
            field("state", one_of(GrantState), required=True),
            TERRITORIES,
            period(),
        ),
        details=frozenset({"grantor", "revocable", "terms_ref", "compensation_ref", "model_id", "product"}),
    ),
    "flag": Kind(
        Flag,
        (
            field(
                "flag",
                lambda value: choose(FlagKind, "spam_volume" if str(value).lower() == "spam" else value),
                required=True,
                attribute="kind",
            ),
            field("state", one_of(FlagState), required=True),
            field("score", partial(number, 1)),
            field("expires_at", instant, write=instant_text),
        ),
        details=frozenset(
            {"threshold", "detector", "detector_version", "features_digest", "opened_at", "decided_at", "reviewer"}
        ),
    ),
    "takedown": Kind(
        Takedown,
        (
            TERRITORIES,
            _USE_TYPES,
            period("effective_at", "lifted_at"),
            field("reason", text),
            field("withdrawn_by", text),
        ),
        details=frozenset({"requester"}),
    ),
    "derivation": Kind(
        Derivation,
        (
            field("relation", one_of(Relation), required=True),
            field("licence_state", one_of(GrantState), GrantState.UNKNOWN),
            field("source_party", text),
            field("source_track", text),
        ),
        details=frozenset({"source_work", "weight", "method", "provider"}),
    ),
    "block": Kind(
        Block,
        (field("reason", one_of(BlockReason), required=True), TERRITORIES, _USE_TYPES, _MODELS, period()),
        details=frozenset({"requester"}),
    ),
    "party": Kind(
        Party,
        (
            Field(
                "verified_human",
                lambda row: checked("verified_human", truth, row.get("verified_human", False)),
                {"verified_human": attrgetter("verified_human")},
                bool,
            ),
            field("party_kind", one_of(PartyKind), PartyKind.UNKNOWN),
            field("name", text),
            _PARTY_IDS,
        ),
        details=frozenset({"names"}),
        naming=frozenset({"party_id"}),
    ),
    "rights_claim": Kind(
        RightsClaim,
        (
            field("controller", text, required=True, remedy="; name the party that claims the right"),
            field("level", one_of(ClaimLevel), ClaimLevel.RECORDING),
            field("role", one_of(ControllerRole), ControllerRole.UNKNOWN),
            field("share", partial(number, 100)),
            TERRITORIES,
            _USE_TYPES,
            period(),
            field("claim_status", one_of(GrantState), GrantState.UNKNOWN, attribute="state"),
        ),
        details=frozenset({"work"}),
    ),
}

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

KIND_OF: Mapping[type[Terms], str] = {kind.terms: name for name, kind in KINDS.items()}


def period_of(terms: Terms) -> Period:
    """Return when what is stated holds: its period, until when a suspicion lapses, always where it has neither."""
    match terms:
        case Deal() | Grant() | Takedown() | Block() | RightsClaim():
            return terms.period
        case Flag() if terms.is_open:
            return Period(end=terms.expires_at)
        case _:
            return ALWAYS


@lru_cache(maxsize=16384)  # a catalog says the same few thousand things over and over
def terms_to_json(terms: Terms) -> str:
    """Write what was stated as canonical JSON: the same statement always gives the same text."""
    return _CANONICAL.encode(KINDS[KIND_OF[type(terms)]].write(terms))


def terms_from_json(kind: str, text: str) -> Terms:
    """Read what `terms_to_json` wrote."""
    return KINDS[kind].read(json.loads(text))


def is_confidential(terms: Terms) -> bool:
    """Whether who stated it is confidential: take-downs and blocks, flags, and choices.

    A choice that allows is so too: it is replaced by the same source's refusal alone, and would tell whose that was.
    """
    return isinstance(terms, Takedown | Block | Flag | Grant)


def openly(terms: Terms, *, with_who: bool = False) -> Terms:
    """Return a statement without a take-down's reason and licensor, and a flag's score; `with_who` keeps the licensor."""
    match terms:
        case Takedown():
            return replace(terms, reason=None, withdrawn_by=terms.withdrawn_by if with_who else None)
        case Flag():
            return replace(terms, score=None)
        case _:
            return terms
