"""Whether a track may be recommended: `decide`, from what is on record, in a context, under a policy.

What shows that people made a recording follows from the same (`human_evidence`).

Pure: no clock, no file. It works in two steps. `catalog.consent.findings.observe` turns each record into findings (bits) for one
context; `catalog.consent.rules.conclude` reads the policy table once for the union of a track's findings.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from catalog.consent.disclosures import AiDisclosure, AiFacet, AiLevel, Assurance
from catalog.consent.findings import (
    NO_DEAL,
    ConsentContext,
    observe,
    observe_first_published,
    shortcoming,
)
from catalog.consent.kinds import Terms, is_confidential, openly, terms_to_json
from catalog.consent.presets import Policy
from catalog.consent.reasons import ReasonCode
from catalog.consent.records import ConsentRecord
from catalog.consent.rights import Deal, Party
from catalog.consent.rules import Conclusion, Standing, Verdict, conclude, matching
from catalog.consent.sources import SOURCE_KINDS, source_kind, source_rank
from catalog.names import label_form, search_form
from catalog.tracks import TrackId


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

    @property
    def said(self) -> tuple[str, ...]:
        """One canonical text; none without preferences, for which ids stay those of releases that left preferences out."""
        if self == NO_PREFERENCES:
            return ()
        return (f"preferences {json.dumps([self.hide_ai, sorted(self.blocked_artists), sorted(self.blocked_labels)])}",)

    def hide(self, facts: TrackFacts, verdict: Verdict) -> bool:
        """Whether the listener does not want a track of this verdict."""
        return (
            (self.hide_ai and verdict is Verdict.ALLOW_LABELLED)
            or (bool(self.blocked_artists) and not self.blocked_artists.isdisjoint(map(search_form, facts.artists)))
            or (bool(self.blocked_labels) and label_form(facts.label or "") in self.blocked_labels)
        )


NO_PREFERENCES = Preferences()


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict on one track with everything needed to say why, and to decide again.

    `ai` is `none`, `partly`, `all` or `undeclared`. `basis` is the deal relied on, with who recorded it. `facts` is what was
    read, None where nothing could be; `findings` (bits) and `closest`, the shortcoming of its closest deal, are what the table
    is read for.
    """

    track_id: TrackId
    verdict: Verdict
    primary: ReasonCode
    codes: tuple[ReasonCode, ...]
    standing: Standing
    ai: str
    ai_facets: tuple[str, ...]
    basis: Deal | None
    basis_source: str | None
    context: ConsentContext
    policy: Policy
    preferences: Preferences
    facts: TrackFacts | None
    findings: int = 0
    closest: int = NO_DEAL

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
        """A digest of the inputs and the verdict: the same decision always has the same id, in every release.

        Everybody may read it, so nothing that is confidential is in it: it could be found by trying out a few words.
        """
        context, facts = self.context, self.facts
        inputs = sorted(
            f"{record.kind} {record.subject.kind} {record.subject.value} "
            f"{'' if is_confidential(record.terms) else f'{record.source} {record.sender} '}"
            f"{terms_to_json(openly(record.terms))}"
            for record in self.inputs
        )
        parts = (
            self.track_id,
            context.territory,
            context.at.isoformat(),
            context.commercial_model,
            context.use,
            context.service_dpid or "",
            self.policy.identity,
            str(facts.first_published) if facts else "",
            self.verdict,
            *self.codes,
            *inputs,
            *self.preferences.said,
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


NAMELESS = TrackId("")
"""The track of a decision for which no id is given."""


def decide(
    facts: TrackFacts | None,
    context: ConsentContext,
    policy: Policy,
    preferences: Preferences = NO_PREFERENCES,
    *,
    track_id: TrackId = NAMELESS,
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
        findings,
        closest,
    )


def withholding(decision: Decision) -> tuple[ReasonCode, ...]:
    """Return the codes that keep a track out, each of which would have to change; none where it may be recommended."""
    if decision.allowed or decision.facts is None:
        return () if decision.allowed else decision.codes
    matched = matching(decision.findings, decision.closest, decision.policy)
    excluding = {code for _, code, verdict in matched if verdict is Verdict.EXCLUDE}
    return tuple(code for code in decision.codes if code in {*excluding, ReasonCode.USER_PREFERENCE})


def human_evidence(decision: Decision) -> tuple[ConsentRecord | int, ...]:
    """Return all that shows that people made a recording, whatever the order of its records.

    That is a declaration on AI, which then says that there is none or only in exempt facets; parties verified to be human;
    and the year of a first publication before the policy's cutoff. Under every policy there is evidence only where
    `human_only`, with that policy's parameters, would let the recording in: where nothing speaks against it.
    """
    facts, policy = decision.facts, decision.policy.human_only
    if facts is None or conclude(decision.findings, decision.closest, policy).verdict is Verdict.EXCLUDE:
        return ()
    told = (
        record
        for record in in_force(facts.records, policy.blocked_facets)
        if isinstance(record.terms, AiDisclosure) or (isinstance(record.terms, Party) and record.terms.verified_human)
    )
    return (
        *sorted(told, key=lambda record: (record.kind, record.source, terms_to_json(record.terms))),
        *(year for year in (facts.first_published,) if year is not None and year < policy.human_cutoff.year),
    )


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
    licensing = [
        (record.terms, record.source)
        for record in records
        if isinstance(record.terms, Deal) and shortcoming(record.terms, context) == 0
    ]
    if len(licensing) == 1:  # writing out what the only one says takes as long as all else of a decision
        return licensing[0]
    return min(licensing, key=lambda basis: (terms_to_json(basis[0]), basis[1]), default=(None, None))
