"""What may be recommended: the policy table, and `decide`, which reads it.

Pure: no clock, no file. It works in two steps. `catalog.consent.findings.observe` turns each record into findings (bits) for one
context; `conclude` reads the table once for the union of a track's findings. Deny overrides: every rule is evaluated, the
most restrictive verdict wins, and the lowest-numbered rule of that verdict gives the primary reason.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag, StrEnum, auto
from functools import lru_cache

from catalog.consent.disclosures import AiDisclosure, AiFacet, AiLevel, Assurance
from catalog.consent.findings import (
    NO_DEAL,
    ConsentContext,
    Finding,
    observe,
    observe_first_published,
    shortcoming,
    shortcomings_at,
)
from catalog.consent.presets import Policy, Preset
from catalog.consent.reasons import ReasonCode
from catalog.consent.records import ConsentRecord, Terms, terms_to_json
from catalog.consent.rights import Deal
from catalog.consent.sources import SOURCE_KINDS, source_kind, source_rank
from catalog.names import label_form, search_form
from catalog.tracks import TrackId


class Verdict(StrEnum):
    """What a decision says about a track."""

    ALLOW = "allow"
    ALLOW_LABELLED = "allow_labelled"
    EXCLUDE = "exclude"


class Standing(IntFlag):
    """What a list has to know of a track: whether it may be there, with a label, beside AI music, learned from."""

    PERMITTED = auto()
    LABELLED = auto()
    NO_AI_NEIGHBOUR = auto()
    NOT_LEARNED = auto()


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """Everything on record about one track that a decision may rest on.

    `first_published` is a year. `artists`, all whom the credit names (identity forms), and `label` are what listeners may
    block. `known_at` None means that these are the records committed now, an instant that they are those known then.
    """

    track_id: TrackId
    records: tuple[ConsentRecord, ...] = ()
    first_published: int | None = None
    artists: frozenset[str] | set[str] = frozenset()
    label: str | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a listener does not want to hear (rule 20): what is labelled as AI, artists, labels, by names as people type them.

    Names are kept in the forms that find them (`search_form`, `label_form`): a block reaches near forms too. A track is an
    artist's also where others are credited beside them.
    """

    hide_ai: bool = False
    blocked_artists: frozenset[str] = frozenset()
    blocked_labels: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocked_artists", frozenset(filter(None, map(search_form, self.blocked_artists))))
        object.__setattr__(self, "blocked_labels", frozenset(filter(None, map(label_form, self.blocked_labels))))

    def hide(self, facts: TrackFacts, verdict: Verdict) -> bool:
        """Whether the listener does not want a track of this verdict."""
        return (
            (self.hide_ai and verdict is Verdict.ALLOW_LABELLED)
            or (bool(self.blocked_artists) and not self.blocked_artists.isdisjoint(map(search_form, facts.artists)))
            or (bool(self.blocked_labels) and label_form(facts.label or "") in self.blocked_labels)
        )


NO_PREFERENCES = Preferences()

_LEVELS = Finding.AI_NONE | Finding.AI_NONE_BACKED | Finding.AI_PARTLY | Finding.AI_PARTLY_EXEMPT | Finding.AI_ALL
_DECLARED = _LEVELS | Finding.AI_INCONSISTENT


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
    """Whether a grant covers all that it was made from, or each source that was named is licensed by itself."""
    each_named = findings & Finding.SOURCE_NAMED and not findings & Finding.SOURCE_UNKNOWN
    return bool(findings & Finding.SOURCE_GRANTED or each_named) and not findings & Finding.SOURCE_REFUSED


def _wholly_ai_licensed(findings: int) -> bool:
    return bool(findings & Finding.AI_ALL) and _source_licensed(findings)


def _partly_ai_licensed(findings: int) -> bool:
    return bool(findings & Finding.AI_PARTLY) and _source_licensed(findings)


def _wholly_ai_blocked(findings: int) -> bool:
    return bool(findings & Finding.AI_ALL and findings & Finding.AI_FACET_BLOCKED)


def _partly_ai_blocked(findings: int) -> bool:
    partly = findings & (Finding.AI_PARTLY | Finding.AI_PARTLY_EXEMPT)
    return bool(partly and findings & Finding.AI_FACET_BLOCKED)


def _withdrawn(findings: int) -> bool:
    return bool(findings & Finding.WITHDRAWN) and not findings & Finding.LICENSED


def _none_under_a_deal(findings: int) -> bool:
    return bool(findings & (Finding.AI_NONE | Finding.AI_NONE_BACKED) and findings & Finding.LICENSED)


def _uses_ai(findings: int) -> bool:
    return bool(findings & (Finding.AI_ALL | Finding.AI_PARTLY))


def _voice_unauthorised(findings: int) -> bool:
    unauthorised = findings & Finding.VOICE_UNKNOWN and not findings & Finding.VOICE_GRANTED
    return bool(findings & Finding.VOICE_USED and (unauthorised or findings & Finding.VOICE_REFUSED))


def _source_refused(findings: int) -> bool:
    return _uses_ai(findings) and bool(findings & Finding.SOURCE_REFUSED)


def _source_unknown(findings: int) -> bool:
    return _uses_ai(findings) and not findings & Finding.SOURCE_REFUSED and not _source_licensed(findings)


def _undeclared(findings: int) -> bool:
    return not findings & _DECLARED


def _suspected(findings: int) -> bool:
    unbacked = _undeclared(findings) or findings & Finding.AI_NONE
    return bool(unbacked and findings & Finding.AI_SUSPECTED_HIGH)


def _suspected_somewhat(findings: int) -> bool:
    return _undeclared(findings) and bool(findings & Finding.AI_SUSPECTED_MID)


def _suspected_by_label(findings: int) -> bool:
    unbacked = _undeclared(findings) or findings & Finding.AI_NONE
    return bool(unbacked and findings & Finding.AI_HIGH_LABEL)


def _suspected_somewhat_by_label(findings: int) -> bool:
    return _undeclared(findings) and bool(findings & Finding.AI_MID_LABEL)


def _persona(findings: int) -> bool:
    silent = _undeclared(findings) or findings & (Finding.AI_NONE | Finding.AI_NONE_BACKED)
    return bool(silent and findings & Finding.AI_PERSONA)


def _undeclared_unsuspected(findings: int) -> bool:
    return _undeclared(findings) and not findings & (Finding.AI_SUSPECTED_MID | Finding.AI_SUSPECTED_HIGH)


def _undeclared_without_human(findings: int) -> bool:
    return _undeclared_unsuspected(findings) and not findings & Finding.HUMAN_EVIDENCE


_ALLOW, _LABEL = Verdict.ALLOW, Verdict.ALLOW_LABELLED

RULES = (
    # Rules 5 to 7, the reasons why no deal licenses the context, come from the deal that is closest to it.
    Rule(2, ReasonCode.TAKEDOWN_ACTIVE, _any(Finding.TAKEDOWN)),
    Rule(2, ReasonCode.TAKEDOWN_ACTIVE, _withdrawn),
    Rule(3, ReasonCode.RECOMMENDATION_DISABLED, _any(Finding.SEARCH_DISABLED)),
    Rule(3.5, ReasonCode.OPTED_OUT, _any(Finding.OPTED_OUT)),
    Rule(4, ReasonCode.BLOCK_ACCESS, _any(Finding.BLOCKED)),
    Rule(5, ReasonCode.USE_NOT_LICENSED, _any(Finding.USE_DENIED)),
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
    Rule(15, ReasonCode.AI_FULL, _wholly_ai_blocked),
    Rule(16, ReasonCode.AI_PARTIAL, _partly_ai_blocked),
    Rule(17, ReasonCode.AI_SUSPECTED, _suspected, labelled_ai=_LABEL),
    Rule(17, ReasonCode.AI_SUSPECTED, _suspected_somewhat, strict=_ALLOW, labelled_ai=_LABEL),
    Rule(17, ReasonCode.UNLICENSED_GENERATOR_SUSPECTED, _any(Finding.GENERATOR_SUSPECTED), labelled_ai=_LABEL),
    Rule(18, ReasonCode.AI_PERSONA, _persona, labelled_ai=_LABEL),
    Rule(19, ReasonCode.AI_UNDECLARED, _undeclared_unsuspected, human_only=_ALLOW, strict=_ALLOW, labelled_ai=_ALLOW),
    Rule(19, ReasonCode.AI_UNDECLARED, _undeclared_without_human, strict=_ALLOW, labelled_ai=_ALLOW),
    Rule(21, ReasonCode.OK, _none_under_a_deal, _ALLOW, _ALLOW, _ALLOW),
    # What a source in the mode `label` says: the same rows, of which none withholds.
    Rule(9, ReasonCode.IMPERSONATION, _any(Finding.IMPERSONATION_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(9, ReasonCode.CONTENT_MISMATCH, _any(Finding.CONTENT_MISMATCH_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(12, ReasonCode.AI_DISCLOSURE_INCONSISTENT, _any(Finding.INCONSISTENT_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(14, ReasonCode.SPAM_SUSPECTED, _any(Finding.SPAM_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(14, ReasonCode.DUPLICATE_SUSPECTED, _any(Finding.DUPLICATE_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(14, ReasonCode.ENGAGEMENT_ANOMALY_SUSPECTED, _any(Finding.ENGAGEMENT_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(14, ReasonCode.SPAM_SUSPECTED, _any(Finding.SPAM_SUSPECTED_LABEL), _LABEL, _LABEL, _ALLOW),
    Rule(14, ReasonCode.DUPLICATE_SUSPECTED, _any(Finding.DUPLICATE_SUSPECTED_LABEL), _LABEL, _LABEL, _ALLOW),
    Rule(14, ReasonCode.ENGAGEMENT_ANOMALY_SUSPECTED, _any(Finding.ENGAGEMENT_SUSPECTED_LABEL), _LABEL, _LABEL, _ALLOW),
    Rule(17, ReasonCode.AI_SUSPECTED, _suspected_by_label, _LABEL, _LABEL, _LABEL),
    Rule(17, ReasonCode.AI_SUSPECTED, _suspected_somewhat_by_label, _LABEL, _ALLOW, _LABEL),
    Rule(17, ReasonCode.UNLICENSED_GENERATOR_SUSPECTED, _any(Finding.GENERATOR_LABEL), _LABEL, _LABEL, _LABEL),
)

_PLACES = {code: place for place, code in enumerate(ReasonCode)}
"""Codes of one row of the table, in the order in which it names them."""
_SEVERITY = {Verdict.ALLOW: 0, Verdict.ALLOW_LABELLED: 1, Verdict.EXCLUDE: 2}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the table says about a set of findings: the verdict, its primary reason, every code that matched, the standing."""

    verdict: Verdict
    primary: ReasonCode
    codes: tuple[ReasonCode, ...]
    standing: Standing


@lru_cache(maxsize=65536)
def conclude(findings: int, closest: int, policy: Policy) -> Conclusion:
    """Read the table for the union of a track's findings and the shortcoming of its closest deal.

    An inconsistent disclosure has no level to go by (rule 12), except that `labelled_ai` goes by the highest one stated.
    """
    matched = _matched(findings, closest, policy)
    verdict = max((verdict for _, _, verdict in matched), key=_SEVERITY.__getitem__)
    primary = next(code for _, code, said in matched if said is verdict)
    if policy.audit and verdict is Verdict.EXCLUDE:
        verdict = Verdict.ALLOW_LABELLED
    codes = tuple(dict.fromkeys(code for _, code, _ in matched))
    return Conclusion(verdict, primary, codes, _standing(findings, verdict))


def _matched(findings: int, closest: int, policy: Policy) -> list[tuple[float, ReasonCode, Verdict]]:
    """Return the rows of the table that match: number, code and what they say, in order."""
    read = findings if closest else findings | Finding.LICENSED
    if findings & Finding.AI_INCONSISTENT and policy.preset is not Preset.LABELLED_AI:
        read ^= findings & _LEVELS
    matched = [(rule.number, rule.code, rule.verdict(policy.preset)) for rule in RULES if rule.matches(read)]
    matched += [(number, code, Verdict.EXCLUDE) for number, code in shortcomings_at(closest)]
    return sorted(matched, key=lambda match: (match[0], _PLACES[match[1]])) or [
        (99, ReasonCode.NO_RULE_MATCHED, Verdict.EXCLUDE)
    ]


def _standing(findings: int, verdict: Verdict) -> Standing:
    standing = Standing(0) if verdict is Verdict.EXCLUDE else Standing.PERMITTED
    if verdict is Verdict.ALLOW_LABELLED:
        standing |= Standing.LABELLED
    if findings & Finding.NO_AI_NEIGHBOUR:
        standing |= Standing.NO_AI_NEIGHBOUR
    if findings & Finding.TRAINING_REFUSED:
        standing |= Standing.NOT_LEARNED
    return standing


AiLabel = str
"""`none`, `partly`, `all` or `undeclared`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict on one track with everything needed to say why, and to decide again.

    `basis` is the deal relied on, with who recorded it. `facts` is what was read, None where nothing could be.
    """

    track_id: TrackId
    verdict: Verdict
    primary: ReasonCode
    codes: tuple[ReasonCode, ...]
    standing: Standing
    ai: AiLabel
    ai_facets: tuple[str, ...]
    basis: Deal | None
    basis_source: str | None
    context: ConsentContext
    policy: Policy
    preferences: Preferences
    facts: TrackFacts | None

    @property
    def allowed(self) -> bool:
        """Whether the track may be recommended."""
        return self.verdict is not Verdict.EXCLUDE

    @property
    def inputs(self) -> tuple[ConsentRecord, ...]:
        """The records that were read."""
        return self.facts.records if self.facts else ()

    @property
    def decision_id(self) -> str:
        """A digest of the inputs and the verdict: the same decision always has the same id."""
        context, facts = self.context, self.facts
        inputs = sorted(
            f"{record.kind} {record.subject.kind} {record.subject.value} {record.source} {record.sender} "
            f"{terms_to_json(record.terms)}"
            for record in self.inputs
        )
        parts = (
            self.track_id,
            context.territory,
            context.at.isoformat(),
            context.commercial_model,
            context.use,
            context.channel or "",
            self.policy.identity,
            str(facts.first_published) if facts else "",
            self.verdict,
            *self.codes,
            *inputs,
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def decide(
    facts: TrackFacts | None,
    context: ConsentContext,
    policy: Policy,
    preferences: Preferences = NO_PREFERENCES,
    *,
    track_id: TrackId = "",
) -> Decision:
    """Decide on one track. `facts` None means that consent could not be read: the track is withheld.

    The same facts, context, policy and preferences always give the same decision, whatever the order of the records. What
    would have been answered at another moment, knowing what was known then, follows from the facts known then
    (`CatalogStore.facts`) and `context.at`.
    """
    if facts is None:
        code = ReasonCode.CONSENT_UNAVAILABLE
        return Decision(
            track_id,
            Verdict.EXCLUDE,
            code,
            (code,),
            Standing(0),
            "undeclared",
            (),
            None,
            None,
            context,
            policy,
            preferences,
            None,
        )
    records = in_force(facts.records, policy.blocked_facets)
    findings, closest = _observed(records, facts.first_published, context, policy)
    found = conclude(findings, closest, policy)
    if preferences.hide(facts, found.verdict):
        found = _hidden(found)
    disclosure = next((record.terms for record in records if isinstance(record.terms, AiDisclosure)), None)
    basis = _basis(records, context) if closest == 0 else (None, None)
    return Decision(
        facts.track_id,
        found.verdict,
        found.primary,
        found.codes,
        found.standing,
        disclosure.effective.value if disclosure else "undeclared",
        tuple(sorted(disclosure.ai_facets)) if disclosure else (),
        basis[0],
        basis[1],
        context,
        policy,
        preferences,
        facts,
    )


def withholding(decision: Decision) -> tuple[ReasonCode, ...]:
    """Return the codes that keep a track out, each of which would have to change; none where it may be recommended."""
    if decision.allowed or decision.facts is None:
        return () if decision.allowed else decision.codes
    records = in_force(decision.facts.records, decision.policy.blocked_facets)
    found = _observed(records, decision.facts.first_published, decision.context, decision.policy)
    excluding = {code for _, code, verdict in _matched(*found, decision.policy) if verdict is Verdict.EXCLUDE}
    return tuple(code for code in decision.codes if code in {*excluding, ReasonCode.USER_PREFERENCE})


def _observed(
    records: Iterable[ConsentRecord], first_published: int | None, context: ConsentContext, policy: Policy
) -> tuple[int, int]:
    findings, closest = int(observe_first_published(first_published, policy)), NO_DEAL
    for record in records:
        findings |= int(observe(record.terms, record.source, context, policy))  # flags are ten times slower to join
        closest = min(closest, shortcoming(record.terms, context))
    return findings, closest


def _hidden(found: Conclusion) -> Conclusion:
    """Add rule 20, which stands before the last one; a track that is withheld anyway keeps its reason."""
    last = (ReasonCode.OK,) if ReasonCode.OK in found.codes else ()
    codes = (*(code for code in found.codes if code not in last), ReasonCode.USER_PREFERENCE, *last)
    primary = found.primary if found.verdict is Verdict.EXCLUDE else ReasonCode.USER_PREFERENCE
    return Conclusion(Verdict.EXCLUDE, primary, codes, found.standing & ~(Standing.PERMITTED | Standing.LABELLED))


def in_force(
    records: Iterable[ConsentRecord], blocked_facets: frozenset[AiFacet] = frozenset()
) -> tuple[ConsentRecord, ...]:
    """Drop the disclosures that a better source overrules.

    Sources of one rank that disagree are settled by the more restrictive statement. A delivery's word counts most when it
    is that of a sender whose deal is on record.
    """
    records = tuple(records)
    disclosures = [record for record in records if isinstance(record.terms, AiDisclosure)]
    if len(disclosures) < 2:
        return records
    senders = {record.sender for record in records if isinstance(record.terms, Deal)} - {None}
    best = min(
        disclosures,
        key=lambda record: precedence(record.terms, record.source, record.sender, senders, blocked_facets),
    )
    return tuple(record for record in records if record is best or not isinstance(record.terms, AiDisclosure))


Precedence = tuple[int, bool, int, bool, bool, bool, str]
"""Sorts disclosures, the one that counts first."""


def precedence(
    terms: Terms, source: str, sender: str | None, senders: Collection[str | None], blocked_facets: frozenset[AiFacet]
) -> Precedence:
    """Return how early a disclosure is believed; `senders` are those of the track's deals.

    Raises TypeError for anything but a disclosure.
    """
    if not isinstance(terms, AiDisclosure):
        raise TypeError(f"{terms!r} is not a disclosure")
    foreign = source_kind(source) == "ern_message" and senders and sender not in senders
    rank = SOURCE_KINDS.index("other_ern_message") if foreign else source_rank(source)
    level = list(AiLevel).index(terms.effective)
    backed = terms.assurance is not Assurance.ASSERTED
    unblocked = not terms.touches(blocked_facets)
    return rank, not terms.inconsistent, -level, unblocked, terms.only_exempt, backed, terms_to_json(terms)


def _basis(records: Iterable[ConsentRecord], context: ConsentContext) -> tuple[Deal | None, str | None]:
    """Return the deal to rely on and its source: of those that license the context, the first by what they say."""
    licensing = (
        (record.terms, record.source)
        for record in records
        if isinstance(record.terms, Deal) and shortcoming(record.terms, context) == 0
    )
    return min(licensing, key=lambda basis: (terms_to_json(basis[0]), basis[1]), default=(None, None))
