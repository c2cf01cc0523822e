"""What may be recommended: the policy table, and `decide`, which reads it.

Pure: no clock, no file. It works in two steps. `observe` turns each record into findings (bits) for one context; findings
only ever add up, so the order of records cannot matter and a million tracks are observed by or-ing arrays of bits
(`catalog.permits`). `conclude` reads the table once for a set of findings. Deny overrides: every rule is evaluated, the
most restrictive verdict wins, and the lowest-numbered rule of that verdict gives the primary reason.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, IntFlag, StrEnum, auto
from functools import lru_cache

from catalog.disclosures import AiDisclosure, AiLevel, Assurance
from catalog.flags import Flag, FlagKind, FlagState, Takedown
from catalog.records import ConsentRecord, Terms, terms_to_json
from catalog.rights import (
    Block,
    BlockReason,
    CommercialModel,
    Deal,
    Derivation,
    Grant,
    GrantedUse,
    GrantState,
    Party,
    PartyKind,
    Relation,
    UseType,
)
from catalog.tracks import Territory, TrackId


class Verdict(StrEnum):
    """What a decision says about a track."""

    ALLOW = "allow"
    ALLOW_LABELLED = "allow_labelled"
    EXCLUDE = "exclude"


class ReasonCode(StrEnum):
    """Why a track is allowed, labelled or withheld."""

    CONSENT_UNAVAILABLE = "CONSENT_UNAVAILABLE"
    TAKEDOWN_ACTIVE = "TAKEDOWN_ACTIVE"
    RECOMMENDATION_DISABLED = "RECOMMENDATION_DISABLED"
    OPTED_OUT = "OPTED_OUT"
    BLOCK_ACCESS = "BLOCK_ACCESS"
    TERRITORY_NOT_LICENSED = "TERRITORY_NOT_LICENSED"
    USE_NOT_LICENSED = "USE_NOT_LICENSED"
    MODEL_NOT_LICENSED = "MODEL_NOT_LICENSED"
    DEAL_EXPIRED = "DEAL_EXPIRED"
    DEAL_NOT_STARTED = "DEAL_NOT_STARTED"
    NO_DEAL = "NO_DEAL"
    RIGHTS_CONFLICT = "RIGHTS_CONFLICT"
    IMPERSONATION = "IMPERSONATION"
    CONTENT_MISMATCH = "CONTENT_MISMATCH"
    UNLICENSED_GENERATOR = "UNLICENSED_GENERATOR"
    VOICE_NOT_AUTHORISED = "VOICE_NOT_AUTHORISED"
    AI_SOURCE_UNLICENSED = "AI_SOURCE_UNLICENSED"
    AI_SOURCE_UNKNOWN = "AI_SOURCE_UNKNOWN"
    AI_DISCLOSURE_INCONSISTENT = "AI_DISCLOSURE_INCONSISTENT"
    SPAM = "SPAM"
    DUPLICATE = "DUPLICATE"
    ENGAGEMENT_ANOMALY = "ENGAGEMENT_ANOMALY"
    SPAM_SUSPECTED = "SPAM_SUSPECTED"
    DUPLICATE_SUSPECTED = "DUPLICATE_SUSPECTED"
    ENGAGEMENT_ANOMALY_SUSPECTED = "ENGAGEMENT_ANOMALY_SUSPECTED"
    AI_FULL = "AI_FULL"
    AI_PARTIAL = "AI_PARTIAL"
    AI_SUSPECTED = "AI_SUSPECTED"
    UNLICENSED_GENERATOR_SUSPECTED = "UNLICENSED_GENERATOR_SUSPECTED"
    AI_PERSONA = "AI_PERSONA"
    AI_UNDECLARED = "AI_UNDECLARED"
    OK = "OK"
    NO_RULE_MATCHED = "NO_RULE_MATCHED"


class Preset(IntEnum):
    """The columns of the table, from the most to the least restrictive."""

    HUMAN_ONLY = 0
    STRICT = 1
    LABELLED_AI = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """A preset with its parameters. Scores at or above `suspicion_high` or `suspicion_mid` count as such."""

    name: str
    preset: Preset
    version: str = "1"
    suspicion_high: float = 0.90
    suspicion_mid: float = 0.70
    human_cutoff: date = date(2022, 1, 1)


POLICIES = {
    policy.name: policy
    for policy in (
        Policy("strict", Preset.STRICT),
        Policy("labelled_ai", Preset.LABELLED_AI),
        Policy("human_only", Preset.HUMAN_ONLY),
    )
}


def policy_named(name: str) -> Policy:
    """Return a preset. Raises ValueError naming the presets there are."""
    if name not in POLICIES:
        raise ValueError(f"{name!r} is not a policy; the presets are {', '.join(POLICIES)}")
    return POLICIES[name]


@dataclass(frozen=True, slots=True)
class ConsentContext:
    """Where, how and when a track would be used; `at` is an instant in UTC."""

    territory: Territory
    at: datetime
    commercial_model: CommercialModel = CommercialModel.FREE_OF_CHARGE
    use: UseType = UseType.ON_DEMAND_STREAM


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """Everything on record about one track that a decision may rest on."""

    track_id: TrackId
    records: tuple[ConsentRecord, ...] = ()
    first_published: int | None = None
    """The year of first publication."""


class Finding(IntFlag):
    """What one record says in one context. The union of a track's findings is all that a decision depends on."""

    TAKEDOWN = auto()
    SEARCH_DISABLED = auto()
    OPTED_OUT = auto()
    BLOCKED = auto()
    RIGHTS_CONFLICT = auto()
    IMPERSONATION = auto()
    CONTENT_MISMATCH = auto()
    GENERATOR_UNLICENSED = auto()
    GENERATOR_SUSPECTED = auto()
    VOICE_USED = auto()
    VOICE_ALLOWED = auto()
    VOICE_REFUSED = auto()
    AI_NONE = auto()
    AI_NONE_BACKED = auto()
    AI_PARTLY = auto()
    AI_PARTLY_EXEMPT = auto()
    AI_ALL = auto()
    AI_INCONSISTENT = auto()
    SOURCE_ALLOWED = auto()
    SOURCE_REFUSED = auto()
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


NOTHING = Finding(0)
_DEAL_SHIFT = len(Finding)
"""The bits above the named findings tell which kinds of deal there are: one bit for each way a deal can fit a context."""

_LEVELS = Finding.AI_NONE | Finding.AI_NONE_BACKED | Finding.AI_PARTLY | Finding.AI_PARTLY_EXEMPT | Finding.AI_ALL
_DECLARED = _LEVELS | Finding.AI_INCONSISTENT

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
    key=lambda shortcomings: (shortcomings.bit_count(), shortcomings),
)
"""Every way a deal can fall short of a context, the closest first; the first of all is a deal that licenses it."""
_FIT_BIT = {shortcomings: 1 << (_DEAL_SHIFT + rank) for rank, shortcomings in enumerate(_FITS)}
LICENSED = _FIT_BIT[0]


def observe(terms: Terms, context: ConsentContext, policy: Policy) -> int:
    """Return the findings (bits) of what one record in force states. `conclude` needs no more than a track's union."""
    match terms:
        case Deal():
            return _observe_deal(terms, context)
        case AiDisclosure():
            return _observe_disclosure(terms)
        case Grant():
            return _observe_grant(terms, context)
        case Flag():
            return _observe_flag(terms, context, policy)
        case Takedown():
            stops = (
                terms.period.covers(context.at)
                and terms.territories.covers(context.territory)
                and terms.covers_use(context.use)
            )
            return Finding.TAKEDOWN if stops else NOTHING
        case Derivation():
            return _observe_derivation(terms)
        case Block():
            return _BLOCKS[terms.reason] if terms.territories.covers(context.territory) else NOTHING
        case Party():
            persona = Finding.AI_PERSONA if terms.party_kind is PartyKind.AI_PERSONA else NOTHING
            return persona | (Finding.HUMAN_EVIDENCE if terms.verified_human else NOTHING)


def observe_first_published(year: int | None, policy: Policy) -> int:
    """Return the findings of a first publication: before the cutoff, it is evidence of a human."""
    return Finding.HUMAN_EVIDENCE if year is not None and year < policy.human_cutoff.year else NOTHING


def _observe_deal(deal: Deal, context: ConsentContext) -> int:
    shortcomings = 0
    if not deal.territories.covers(context.territory):
        shortcomings |= _TERRITORY
    if not deal.covers_use(context.use):
        shortcomings |= _USE
    if not deal.covers_model(context.commercial_model):
        shortcomings |= _MODEL
    if deal.period.ended_by(context.at):
        shortcomings |= _EXPIRED
    elif deal.period.begins_after(context.at):
        shortcomings |= _NOT_STARTED
    return _FIT_BIT[shortcomings]


def _observe_disclosure(disclosure: AiDisclosure) -> Finding:
    findings = Finding.AI_INCONSISTENT if disclosure.inconsistent else NOTHING
    match disclosure.effective:
        case AiLevel.ALL:
            return findings | Finding.AI_ALL
        case AiLevel.PARTLY:
            return findings | (Finding.AI_PARTLY_EXEMPT if disclosure.only_exempt else Finding.AI_PARTLY)
        case AiLevel.NONE:
            return Finding.AI_NONE if disclosure.assurance is Assurance.ASSERTED else Finding.AI_NONE_BACKED


_GRANT_FINDINGS = {
    GrantedUse.AI_SOURCE: (Finding.SOURCE_ALLOWED, Finding.SOURCE_REFUSED),
    GrantedUse.VOICE: (Finding.VOICE_ALLOWED, Finding.VOICE_REFUSED),
    GrantedUse.RECOMMENDATION: (NOTHING, Finding.OPTED_OUT),
    GrantedUse.TRAINING: (NOTHING, NOTHING),
}


def _observe_grant(grant: Grant, context: ConsentContext) -> Finding:
    if not (grant.period.covers(context.at) and grant.territories.covers(context.territory)):
        return NOTHING
    allowed, refused = _GRANT_FINDINGS[grant.use]
    return _by_state(grant.state, allowed, refused)


def _by_state(state: GrantState, allowed: Finding, refused: Finding) -> Finding:
    """Constrained without terms counts as refused (CAWG); unknown says nothing."""
    if state is GrantState.ALLOWED:
        return allowed
    return NOTHING if state is GrantState.UNKNOWN else refused


def _observe_derivation(derivation: Derivation) -> Finding:
    if derivation.relation is Relation.VOICE_OF:
        return Finding.VOICE_USED | _by_state(derivation.licence_state, Finding.VOICE_ALLOWED, Finding.VOICE_REFUSED)
    if derivation.relation is Relation.GENERATED_FROM:
        return _by_state(derivation.licence_state, Finding.SOURCE_ALLOWED, Finding.SOURCE_REFUSED)
    return NOTHING


_BLOCKS = {
    BlockReason.LEGAL: Finding.BLOCKED,
    BlockReason.RIGHTS_CONFLICT: Finding.RIGHTS_CONFLICT,
    BlockReason.DISABLE_SEARCH: Finding.SEARCH_DISABLED,
}

_FLAG_FINDINGS = {
    # Confirmed; open with a high score; open with a middling one.
    FlagKind.IMPERSONATION: (Finding.IMPERSONATION, Finding.IMPERSONATION, NOTHING),
    FlagKind.CONTENT_MISMATCH: (Finding.CONTENT_MISMATCH, Finding.CONTENT_MISMATCH, NOTHING),
    FlagKind.UNLICENSED_GENERATOR: (Finding.GENERATOR_UNLICENSED, Finding.GENERATOR_SUSPECTED, NOTHING),
    FlagKind.DISCLOSURE_INCONSISTENT: (Finding.AI_INCONSISTENT, NOTHING, NOTHING),
    FlagKind.AI_SUSPECTED: (Finding.AI_SUSPECTED_HIGH, Finding.AI_SUSPECTED_HIGH, Finding.AI_SUSPECTED_MID),
    FlagKind.SPAM_VOLUME: (Finding.SPAM, Finding.SPAM_SUSPECTED, Finding.SPAM_SUSPECTED),
    FlagKind.TITLE_STUFFING: (Finding.SPAM, Finding.SPAM_SUSPECTED, Finding.SPAM_SUSPECTED),
    FlagKind.SHORT_TRACK_GAMING: (Finding.SPAM, Finding.SPAM_SUSPECTED, Finding.SPAM_SUSPECTED),
    FlagKind.DUPLICATE: (Finding.DUPLICATE, Finding.DUPLICATE_SUSPECTED, Finding.DUPLICATE_SUSPECTED),
    FlagKind.CONSUMER_ENGAGEMENT_ANOMALY: (
        Finding.ENGAGEMENT,
        Finding.ENGAGEMENT_SUSPECTED,
        Finding.ENGAGEMENT_SUSPECTED,
    ),
    FlagKind.USER_ACCOUNT_ANOMALY: (Finding.ENGAGEMENT, Finding.ENGAGEMENT_SUSPECTED, Finding.ENGAGEMENT_SUSPECTED),
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


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table: when it matches, what each preset (human_only, strict, labelled_ai) says, and the reason."""

    number: float
    code: ReasonCode
    matches: Callable[[int], bool]
    human_only: Verdict = Verdict.EXCLUDE
    strict: Verdict = Verdict.EXCLUDE
    labelled_ai: Verdict = Verdict.EXCLUDE

    def verdict(self, preset: Preset) -> Verdict:
        """What this row says under a preset."""
        return (self.human_only, self.strict, self.labelled_ai)[preset]


def _any(bits: int) -> Callable[[int], bool]:
    return lambda findings: bool(findings & bits)


def _source_licensed(findings: int) -> bool:
    return bool(findings & Finding.SOURCE_ALLOWED) and not findings & Finding.SOURCE_REFUSED


def _wholly_ai_licensed(findings: int) -> bool:
    return bool(findings & Finding.AI_ALL) and _source_licensed(findings)


def _partly_ai_licensed(findings: int) -> bool:
    return bool(findings & Finding.AI_PARTLY) and _source_licensed(findings)


def _none_under_a_deal(findings: int) -> bool:
    return bool(findings & (Finding.AI_NONE | Finding.AI_NONE_BACKED) and findings & LICENSED)


def _uses_ai(findings: int) -> bool:
    return bool(findings & (Finding.AI_ALL | Finding.AI_PARTLY))


def _voice_unauthorised(findings: int) -> bool:
    allowed = findings & Finding.VOICE_ALLOWED and not findings & Finding.VOICE_REFUSED
    return bool(findings & Finding.VOICE_USED) and not allowed


def _source_refused(findings: int) -> bool:
    return _uses_ai(findings) and bool(findings & Finding.SOURCE_REFUSED)


def _source_unknown(findings: int) -> bool:
    return _uses_ai(findings) and not findings & (Finding.SOURCE_REFUSED | Finding.SOURCE_ALLOWED)


def _undeclared(findings: int) -> bool:
    return not findings & _DECLARED


def _suspected(findings: int) -> bool:
    unbacked = _undeclared(findings) or findings & Finding.AI_NONE
    return bool(unbacked and findings & Finding.AI_SUSPECTED_HIGH)


def _suspected_somewhat(findings: int) -> bool:
    return (
        _undeclared(findings) and bool(findings & Finding.AI_SUSPECTED_MID) and not findings & Finding.AI_SUSPECTED_HIGH
    )


def _persona(findings: int) -> bool:
    silent = _undeclared(findings) or findings & (Finding.AI_NONE | Finding.AI_NONE_BACKED)
    return bool(silent and findings & Finding.AI_PERSONA)


def _undeclared_unsuspected(findings: int) -> bool:
    return _undeclared(findings) and not findings & (Finding.AI_SUSPECTED_MID | Finding.AI_SUSPECTED_HIGH)


def _undeclared_without_human(findings: int) -> bool:
    return _undeclared_unsuspected(findings) and not findings & Finding.HUMAN_EVIDENCE


def _undeclared_with_human(findings: int) -> bool:
    return _undeclared_unsuspected(findings) and bool(findings & Finding.HUMAN_EVIDENCE)


_ALLOW, _LABEL = Verdict.ALLOW, Verdict.ALLOW_LABELLED

RULES = (
    # Rules 5 to 7, the reasons why no deal licenses the context, are read in `_missing_licence`.
    Rule(2, ReasonCode.TAKEDOWN_ACTIVE, _any(Finding.TAKEDOWN)),
    Rule(3, ReasonCode.RECOMMENDATION_DISABLED, _any(Finding.SEARCH_DISABLED)),
    Rule(3.5, ReasonCode.OPTED_OUT, _any(Finding.OPTED_OUT)),
    Rule(4, ReasonCode.BLOCK_ACCESS, _any(Finding.BLOCKED)),
    Rule(8, ReasonCode.RIGHTS_CONFLICT, _any(Finding.RIGHTS_CONFLICT)),
    Rule(9, ReasonCode.IMPERSONATION, _any(Finding.IMPERSONATION)),
    Rule(9, ReasonCode.CONTENT_MISMATCH, _any(Finding.CONTENT_MISMATCH)),
    Rule(9.5, ReasonCode.UNLICENSED_GENERATOR, _any(Finding.GENERATOR_UNLICENSED)),
    Rule(10, ReasonCode.VOICE_NOT_AUTHORISED, _voice_unauthorised),
    Rule(11, ReasonCode.AI_SOURCE_UNLICENSED, _source_refused),
    Rule(11, ReasonCode.AI_SOURCE_UNKNOWN, _source_unknown, labelled_ai=_LABEL),
    Rule(12, ReasonCode.AI_DISCLOSURE_INCONSISTENT, _any(Finding.AI_INCONSISTENT), labelled_ai=_LABEL),
    Rule(13, ReasonCode.SPAM, _any(Finding.SPAM)),
    Rule(13, ReasonCode.DUPLICATE, _any(Finding.DUPLICATE)),
    Rule(13, ReasonCode.ENGAGEMENT_ANOMALY, _any(Finding.ENGAGEMENT)),
    Rule(14, ReasonCode.SPAM_SUSPECTED, _any(Finding.SPAM_SUSPECTED), labelled_ai=_ALLOW),
    Rule(14, ReasonCode.DUPLICATE_SUSPECTED, _any(Finding.DUPLICATE_SUSPECTED), labelled_ai=_ALLOW),
    Rule(14, ReasonCode.ENGAGEMENT_ANOMALY_SUSPECTED, _any(Finding.ENGAGEMENT_SUSPECTED), labelled_ai=_ALLOW),
    Rule(15, ReasonCode.AI_FULL, _wholly_ai_licensed, strict=_LABEL, labelled_ai=_LABEL),
    Rule(16, ReasonCode.AI_PARTIAL, _partly_ai_licensed, strict=_LABEL, labelled_ai=_LABEL),
    Rule(
        16, ReasonCode.AI_PARTIAL, _any(Finding.AI_PARTLY_EXEMPT), human_only=_LABEL, strict=_LABEL, labelled_ai=_LABEL
    ),
    Rule(17, ReasonCode.AI_SUSPECTED, _suspected, labelled_ai=_LABEL),
    Rule(17, ReasonCode.AI_SUSPECTED, _suspected_somewhat, strict=_ALLOW, labelled_ai=_LABEL),
    Rule(17, ReasonCode.UNLICENSED_GENERATOR_SUSPECTED, _any(Finding.GENERATOR_SUSPECTED), labelled_ai=_LABEL),
    Rule(18, ReasonCode.AI_PERSONA, _persona, labelled_ai=_LABEL),
    Rule(19, ReasonCode.AI_UNDECLARED, _undeclared_with_human, human_only=_ALLOW, strict=_ALLOW, labelled_ai=_ALLOW),
    Rule(19, ReasonCode.AI_UNDECLARED, _undeclared_without_human, strict=_ALLOW, labelled_ai=_ALLOW),
    Rule(21, ReasonCode.OK, _none_under_a_deal, _ALLOW, _ALLOW, _ALLOW),
)

_SEVERITY = {Verdict.ALLOW: 0, Verdict.ALLOW_LABELLED: 1, Verdict.EXCLUDE: 2}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the table says about a set of findings: the verdict, its primary reason, and every code that matched."""

    verdict: Verdict
    primary: ReasonCode
    codes: tuple[ReasonCode, ...]


@lru_cache(maxsize=65536)
def conclude(findings: int, policy: Policy) -> Conclusion:
    """Read the table for the union of a track's findings.

    An inconsistent disclosure has no level to go by (rule 12), except that `labelled_ai` goes by the highest one stated.
    """
    if findings & Finding.AI_INCONSISTENT and policy.preset is not Preset.LABELLED_AI:
        findings ^= findings & _LEVELS
    matched = [(rule.number, rule.code, rule.verdict(policy.preset)) for rule in RULES if rule.matches(findings)]
    matched += [(number, code, Verdict.EXCLUDE) for number, code in _missing_licence(findings)]
    if not matched:
        return Conclusion(Verdict.EXCLUDE, ReasonCode.NO_RULE_MATCHED, (ReasonCode.NO_RULE_MATCHED,))
    matched.sort(key=lambda match: match[0])
    verdict = max((verdict for _, _, verdict in matched), key=_SEVERITY.__getitem__)
    primary = next(code for _, code, said in matched if said is verdict)
    return Conclusion(verdict, primary, tuple(dict.fromkeys(code for _, code, _ in matched)))


def _missing_licence(findings: int) -> list[tuple[int, ReasonCode]]:
    """Why no deal licenses the context (rules 5 to 7), from the deal that came closest."""
    for shortcomings in _FITS:
        if findings & _FIT_BIT[shortcomings]:
            return [reason for bit, reason in _SHORTCOMINGS.items() if shortcomings & bit]
    return [(7, ReasonCode.NO_DEAL)]


AiLabel = str
"""`none`, `partly`, `all` or `undeclared`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict on one track with everything needed to say why, and to decide again.

    `basis` is the deal relied on, with who recorded it. `inputs` and `first_published` are the facts that were read.
    """

    track_id: TrackId
    verdict: Verdict
    primary: ReasonCode
    codes: tuple[ReasonCode, ...]
    ai: AiLabel
    ai_facets: tuple[str, ...]
    basis: Deal | None
    basis_source: str | None
    context: ConsentContext
    policy: Policy
    inputs: tuple[ConsentRecord, ...]
    first_published: int | None = None

    @property
    def allowed(self) -> bool:
        """Whether the track may be recommended."""
        return self.verdict is not Verdict.EXCLUDE

    @property
    def decision_id(self) -> str:
        """A digest of the inputs and the verdict: the same decision always has the same id."""
        context = self.context
        inputs = sorted(
            f"{record.kind} {record.subject.value} {record.source} {terms_to_json(record.terms)}"
            for record in self.inputs
        )
        parts = (
            self.track_id,
            context.territory,
            context.at.isoformat(),
            context.commercial_model,
            context.use,
            repr(self.policy),
            str(self.first_published),
            self.verdict,
            *self.codes,
            *inputs,
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def decide(facts: TrackFacts | None, context: ConsentContext, policy: Policy, track_id: TrackId = "") -> Decision:
    """Decide on one track. `facts` None means that consent could not be read: the track is withheld.

    The same facts, context and policy always give the same decision, whatever the order of the records.
    """
    if facts is None:
        return Decision(
            track_id,
            Verdict.EXCLUDE,
            ReasonCode.CONSENT_UNAVAILABLE,
            (ReasonCode.CONSENT_UNAVAILABLE,),
            "undeclared",
            (),
            None,
            None,
            context,
            policy,
            (),
        )
    records = in_force(facts.records)
    conclusion = conclude(_findings(records, facts.first_published, context, policy), policy)
    disclosure = next((record.terms for record in records if isinstance(record.terms, AiDisclosure)), None)
    basis = _basis(records, context)
    return Decision(
        facts.track_id,
        conclusion.verdict,
        conclusion.primary,
        conclusion.codes,
        disclosure.effective.value if disclosure else "undeclared",
        tuple(sorted(disclosure.ai_facets)) if disclosure else (),
        basis[0],
        basis[1],
        context,
        policy,
        facts.records,
        facts.first_published,
    )


def _findings(
    records: Iterable[ConsentRecord], first_published: int | None, context: ConsentContext, policy: Policy
) -> int:
    findings = observe_first_published(first_published, policy)
    for record in records:
        findings |= observe(record.terms, context, policy)
    return findings


SOURCE_RANKS = (
    "court_or_legal",
    "human_review",
    "registry",
    "cawg_assertion",
    "ern_message",
    "operator",
    "platform_tag",
    "artist_statement",
    "detector",
    "user_report",
)
"""Who is believed first where sources contradict each other; a name that is not here ranks with the operator."""


def source_rank(source: str) -> int:
    """Return how early a source is believed, 0 first."""
    name = source.lower()
    return SOURCE_RANKS.index(name if name in SOURCE_RANKS else "operator")


def in_force(records: Iterable[ConsentRecord]) -> tuple[ConsentRecord, ...]:
    """Drop the disclosures that a better source overrules.

    Sources of one rank that disagree are settled by the more restrictive statement.
    """
    records = tuple(records)
    disclosures = [record for record in records if isinstance(record.terms, AiDisclosure)]
    if len(disclosures) < 2:
        return records
    best = min(disclosures, key=_disclosure_order)
    return tuple(record for record in records if record is best or not isinstance(record.terms, AiDisclosure))


def _disclosure_order(record: ConsentRecord) -> tuple[int, bool, int, bool, bool, str]:
    terms = record.terms
    if not isinstance(terms, AiDisclosure):
        raise TypeError(f"{terms!r} is not a disclosure")
    level = list(AiLevel).index(terms.effective)
    backed = terms.assurance is not Assurance.ASSERTED
    return source_rank(record.source), not terms.inconsistent, -level, terms.only_exempt, backed, terms_to_json(terms)


def _basis(records: Iterable[ConsentRecord], context: ConsentContext) -> tuple[Deal | None, str | None]:
    """Return the deal to rely on and its source: of those that license the context, the first by what they say."""
    licensing = [
        (record.terms, record.source)
        for record in records
        if isinstance(record.terms, Deal) and _observe_deal(record.terms, context) == LICENSED
    ]
    if len(licensing) < 2:
        return licensing[0] if licensing else (None, None)
    return min(licensing, key=lambda basis: (terms_to_json(basis[0]), basis[1]))
