"""Findings: what one consent record says in one context, as bits that are joined with those of the other records.

The order of records cannot matter then, and a million tracks are observed by or-ing arrays of bits (`catalog.consent.permits`).
How close a deal comes to a context is a number beside them, of which a track's lowest counts.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag, auto

from catalog.consent.disclosures import AiDisclosure, AiLevel, Assurance
from catalog.consent.flags import Flag, FlagKind, FlagMode, FlagState, Takedown
from catalog.consent.kinds import Terms
from catalog.consent.presets import Policy
from catalog.consent.reasons import ReasonCode
from catalog.consent.rights import (
    Block,
    BlockReason,
    ClaimLevel,
    CommercialModel,
    Deal,
    Derivation,
    Grant,
    GrantedUse,
    GrantState,
    Party,
    PartyKind,
    Relation,
    RightsClaim,
    UseType,
    covers_model,
    covers_use,
)
from catalog.tracks import Territory


@dataclass(frozen=True, slots=True)
class ConsentContext:
    """Where, how and when a track would be used.

    `at` is an instant in UTC; `service_dpid` is our own DPID, None where the operator has not set it.
    """

    territory: Territory
    at: datetime
    commercial_model: CommercialModel = CommercialModel.FREE_OF_CHARGE
    use: UseType = UseType.ON_DEMAND_STREAM
    service_dpid: str | None = None


class Finding(IntFlag):
    """What one record says in one context. The union of a track's findings is all that a verdict depends on."""

    # What follows from the others together: `catalog.consent.rules` adds it.
    LICENSED = auto()
    SOURCE_LICENSED = auto()
    UNDECLARED = auto()
    # What one record says.
    TAKEDOWN = auto()
    WITHDRAWN = auto()
    SEARCH_DISABLED = auto()
    OPTED_OUT = auto()
    BLOCKED = auto()
    USE_DENIED = auto()
    RIGHTS_CONFLICT = auto()
    IMPERSONATION = auto()
    CONTENT_MISMATCH = auto()
    GENERATOR_UNLICENSED = auto()
    GENERATOR_SUSPECTED = auto()
    VOICE_USED = auto()
    VOICE_UNKNOWN = auto()
    VOICE_REFUSED = auto()
    VOICE_GRANTED = auto()
    SOURCE_NAMED = auto()
    SOURCE_UNKNOWN = auto()
    SOURCE_REFUSED = auto()
    SOURCE_GRANTED = auto()
    AI_NONE = auto()
    AI_NONE_BACKED = auto()
    AI_PARTLY = auto()
    AI_PARTLY_EXEMPT = auto()
    AI_ALL = auto()
    AI_INCONSISTENT = auto()
    AI_FACET_BLOCKED = auto()
    SPAM = auto()
    DUPLICATE = auto()
    ENGAGEMENT = auto()
    SPAM_SUSPECTED = auto()
    DUPLICATE_SUSPECTED = auto()
    ENGAGEMENT_SUSPECTED = auto()
    AI_SUSPECTED_HIGH = auto()
    AI_SUSPECTED_MID = auto()
    AI_PERSONA = auto()
    HUMAN_EVIDENCE = auto()
    # What a source of flags in the mode `label` says.
    IMPERSONATION_LABEL = auto()
    CONTENT_MISMATCH_LABEL = auto()
    GENERATOR_LABEL = auto()
    INCONSISTENT_LABEL = auto()
    AI_HIGH_LABEL = auto()
    AI_MID_LABEL = auto()
    SPAM_LABEL = auto()
    SPAM_SUSPECTED_LABEL = auto()
    DUPLICATE_LABEL = auto()
    DUPLICATE_SUSPECTED_LABEL = auto()
    ENGAGEMENT_LABEL = auto()
    ENGAGEMENT_SUSPECTED_LABEL = auto()
    # What decides nothing about the track by itself.
    NO_AI_NEIGHBOUR = auto()
    TRAINING_REFUSED = auto()


NOTHING = Finding(0)

_TERRITORY, _USE, _MODEL, _EXPIRED, _NOT_STARTED = 1, 2, 4, 8, 16
_SHORTCOMINGS = {
    _TERRITORY: (5, ReasonCode.TERRITORY_NOT_LICENSED),
    _USE: (5, ReasonCode.USE_NOT_LICENSED),
    _MODEL: (5, ReasonCode.MODEL_NOT_LICENSED),
    _EXPIRED: (6, ReasonCode.DEAL_EXPIRED),
    _NOT_STARTED: (6, ReasonCode.DEAL_NOT_STARTED),
}
_FITS = sorted(
    (shortcomings for shortcomings in range(32) if not (shortcomings & _EXPIRED and shortcomings & _NOT_STARTED)),
    key=lambda shortcomings: (shortcomings.bit_count(), shortcomings & _TERRITORY, shortcomings),
)
"""Every way a deal can fall short of a context, the closest first, of equal ones those for this place; the first licenses it."""
_SHORTCOMING = {shortcomings: shortcoming for shortcoming, shortcomings in enumerate(_FITS)}

NO_DEAL = len(_FITS)


def observe(terms: Terms, source: str, context: ConsentContext, policy: Policy) -> int:
    """Return the findings (bits) of what one record in force states; `source` decides the mode of its flags.

    A deal states nothing but how close it comes to the context, its `shortcoming`.
    """
    match terms:
        case Deal():
            return NOTHING
        case AiDisclosure():
            return _observe_disclosure(terms, policy)
        case Grant():
            return _observe_grant(terms, context)
        case Flag():
            found = _observe_flag(terms, context, policy)
            as_the_mode_says = {FlagMode.OBSERVE: NOTHING, FlagMode.LABEL: _AS_LABEL[found], FlagMode.WITHHOLD: found}
            return as_the_mode_says[policy.mode_of(source)]
        case Takedown():
            if not _stops(terms, context):
                return NOTHING
            return Finding.TAKEDOWN if terms.withdrawn_by is None else Finding.WITHDRAWN
        case Derivation():
            return _observe_derivation(terms)
        case Block():
            applies = _stops(terms, context) and covers_model(terms.commercial_models, context.commercial_model)
            return _BLOCKS[terms.reason] if applies else NOTHING
        case Party():
            persona = Finding.AI_PERSONA if terms.party_kind is PartyKind.AI_PERSONA else NOTHING
            return persona | (Finding.HUMAN_EVIDENCE if terms.verified_human else NOTHING)
        case RightsClaim():
            denied = terms.level is ClaimLevel.WORK and terms.state.refuses and _stops(terms, context)
            return Finding.USE_DENIED if denied else NOTHING


def observe_first_published(year: int | None, policy: Policy) -> int:
    """Return the findings of a first publication: before the cutoff, it is evidence of a human."""
    return Finding.HUMAN_EVIDENCE if year is not None and year < policy.human_cutoff.year else NOTHING


def shortcoming(terms: Terms, context: ConsentContext) -> int:
    """Return how far a deal is from licensing a context: 0 licenses it, `NO_DEAL` is no deal, or one for other services."""
    if not (isinstance(terms, Deal) and terms.is_for(context.service_dpid)):
        return NO_DEAL
    return _SHORTCOMING[
        _TERRITORY * (not terms.territories.covers(context.territory))
        | _USE * (not covers_use(terms.use_types, context.use))
        | _MODEL * (not covers_model(terms.commercial_models, context.commercial_model))
        | _EXPIRED * terms.period.ended_by(context.at)
        | _NOT_STARTED * terms.period.begins_after(context.at)
    ]


def shortcomings_at(shortcoming: int) -> list[tuple[int, ReasonCode]]:
    """Return why deals no closer than `shortcoming` do not license a context: rows of the table (5 to 7) and codes."""
    if shortcoming == NO_DEAL:
        return [(7, ReasonCode.NO_DEAL)]
    return [reason for bit, reason in _SHORTCOMINGS.items() if _FITS[shortcoming] & bit]


def _stops(terms: Takedown | Block | RightsClaim, context: ConsentContext) -> bool:
    """Whether a prohibition covers a context; one kind of stream named stops a request for streams of any kind too."""
    covered = covers_use(terms.use_types, context.use) or any(context.use.covers(named) for named in terms.use_types)
    return covered and terms.territories.covers(context.territory) and terms.period.covers(context.at)


def _observe_disclosure(disclosure: AiDisclosure, policy: Policy) -> Finding:
    findings = Finding.AI_INCONSISTENT if disclosure.inconsistent else NOTHING
    match disclosure.effective:
        case AiLevel.ALL:
            findings |= Finding.AI_ALL
        case AiLevel.PARTLY:
            findings |= Finding.AI_PARTLY_EXEMPT if disclosure.only_exempt else Finding.AI_PARTLY
        case AiLevel.NONE:
            return findings | (
                Finding.AI_NONE if disclosure.assurance is Assurance.ASSERTED else Finding.AI_NONE_BACKED
            )
    return findings | (Finding.AI_FACET_BLOCKED if disclosure.touches(policy.blocked_facets) else NOTHING)


_GRANT_FINDINGS = {
    GrantedUse.AI_SOURCE: (Finding.SOURCE_GRANTED, Finding.SOURCE_REFUSED),
    GrantedUse.VOICE: (Finding.VOICE_GRANTED, Finding.VOICE_REFUSED),
    GrantedUse.RECOMMENDATION: (NOTHING, Finding.OPTED_OUT),
    GrantedUse.AI_PLACEMENT: (NOTHING, Finding.NO_AI_NEIGHBOUR),
    GrantedUse.TRAINING: (NOTHING, Finding.TRAINING_REFUSED),
}


def _observe_grant(grant: Grant, context: ConsentContext) -> Finding:
    # What is learned is learned for everywhere, so a refusal anywhere counts.
    in_scope = grant.use is GrantedUse.TRAINING or grant.territories.covers(context.territory)
    if not (in_scope and grant.period.covers(context.at)) or grant.state is GrantState.UNKNOWN:
        return NOTHING
    allowed, refused = _GRANT_FINDINGS[grant.use]
    return refused if grant.state.refuses else allowed


_DERIVATION_FINDINGS = {
    # Said to be licensed; not known; refused.
    Relation.VOICE_OF: (
        Finding.VOICE_USED,
        Finding.VOICE_USED | Finding.VOICE_UNKNOWN,
        Finding.VOICE_USED | Finding.VOICE_REFUSED,
    ),
    Relation.GENERATED_FROM: (Finding.SOURCE_NAMED, Finding.SOURCE_UNKNOWN, Finding.SOURCE_REFUSED),
}


def _observe_derivation(derivation: Derivation) -> Finding:
    allowed, unknown, refused = _DERIVATION_FINDINGS.get(derivation.relation, (NOTHING, NOTHING, NOTHING))
    if derivation.licence_state is GrantState.UNKNOWN:
        return unknown
    return refused if derivation.licence_state.refuses else allowed


_BLOCKS = {
    BlockReason.LEGAL: Finding.BLOCKED,
    BlockReason.RIGHTS_CONFLICT: Finding.RIGHTS_CONFLICT,
    BlockReason.DISABLE_SEARCH: Finding.SEARCH_DISABLED,
}


_SPAM = (Finding.SPAM, Finding.SPAM_SUSPECTED, Finding.SPAM_SUSPECTED)
_ENGAGEMENT = (Finding.ENGAGEMENT, Finding.ENGAGEMENT_SUSPECTED, Finding.ENGAGEMENT_SUSPECTED)
_FLAG_FINDINGS = {
    # Confirmed; open with a high score; open with a middling one.
    FlagKind.IMPERSONATION: (Finding.IMPERSONATION, Finding.IMPERSONATION, NOTHING),
    FlagKind.CONTENT_MISMATCH: (Finding.CONTENT_MISMATCH, Finding.CONTENT_MISMATCH, NOTHING),
    FlagKind.UNLICENSED_GENERATOR: (Finding.GENERATOR_UNLICENSED, Finding.GENERATOR_SUSPECTED, NOTHING),
    FlagKind.DISCLOSURE_INCONSISTENT: (Finding.AI_INCONSISTENT, NOTHING, NOTHING),
    FlagKind.AI_SUSPECTED: (Finding.AI_SUSPECTED_HIGH, Finding.AI_SUSPECTED_HIGH, Finding.AI_SUSPECTED_MID),
    FlagKind.DUPLICATE: (Finding.DUPLICATE, Finding.DUPLICATE_SUSPECTED, Finding.DUPLICATE_SUSPECTED),
    FlagKind.SPAM_VOLUME: _SPAM,
    FlagKind.TITLE_STUFFING: _SPAM,
    FlagKind.SHORT_TRACK_GAMING: _SPAM,
    FlagKind.CONSUMER_ENGAGEMENT_ANOMALY: _ENGAGEMENT,
    FlagKind.USER_ACCOUNT_ANOMALY: _ENGAGEMENT,
}

_AS_LABEL = {
    NOTHING: NOTHING,
    Finding.IMPERSONATION: Finding.IMPERSONATION_LABEL,
    Finding.CONTENT_MISMATCH: Finding.CONTENT_MISMATCH_LABEL,
    Finding.GENERATOR_UNLICENSED: Finding.GENERATOR_LABEL,
    Finding.GENERATOR_SUSPECTED: Finding.GENERATOR_LABEL,
    Finding.AI_INCONSISTENT: Finding.INCONSISTENT_LABEL,
    Finding.AI_SUSPECTED_HIGH: Finding.AI_HIGH_LABEL,
    Finding.AI_SUSPECTED_MID: Finding.AI_MID_LABEL,
    Finding.SPAM: Finding.SPAM_LABEL,
    Finding.SPAM_SUSPECTED: Finding.SPAM_SUSPECTED_LABEL,
    Finding.DUPLICATE: Finding.DUPLICATE_LABEL,
    Finding.DUPLICATE_SUSPECTED: Finding.DUPLICATE_SUSPECTED_LABEL,
    Finding.ENGAGEMENT: Finding.ENGAGEMENT_LABEL,
    Finding.ENGAGEMENT_SUSPECTED: Finding.ENGAGEMENT_SUSPECTED_LABEL,
}


def _observe_flag(flag: Flag, context: ConsentContext, policy: Policy) -> Finding:
    confirmed, high, mid = _FLAG_FINDINGS[flag.kind]
    if flag.state is FlagState.CONFIRMED:
        return confirmed
    if not flag.is_open or (flag.expires_at is not None and context.at >= flag.expires_at):
        return NOTHING
    score = 1.0 if flag.score is None else flag.score
    if score >= policy.suspicion_high:
        return high
    return mid if score >= policy.suspicion_mid else NOTHING
