"""The policy table: its rules, and what they conclude from the findings of a track.

Deny overrides: every rule is evaluated, the most restrictive verdict wins, and the lowest-numbered rule of that verdict gives
the primary reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag, StrEnum, auto
from functools import lru_cache

from catalog.consent.findings import Finding, shortcomings_at
from catalog.consent.presets import Policy, Preset
from catalog.consent.reasons import ReasonCode


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


def _has(*each: int, without: int = 0) -> Callable[[int], bool]:
    """Return a condition: one of the findings of each set is there, and none of `without`."""
    sets, unwanted = [int(some) for some in each], int(without)  # ten times faster to compare than flags
    return lambda findings: not findings & unwanted and all(findings & some for some in sets)


_USES_AI = Finding.AI_ALL | Finding.AI_PARTLY
_SOURCE_TOLD = Finding.SOURCE_REFUSED | Finding.SOURCE_LICENSED
_UNDECLARED = Finding.UNDECLARED
_DENIED_OR_SILENT = Finding.UNDECLARED | Finding.AI_NONE
_SUSPECTED = Finding.AI_SUSPECTED_MID | Finding.AI_SUSPECTED_HIGH
_SUSPECTED_OR_HUMAN = _SUSPECTED | Finding.HUMAN_EVIDENCE
_NO_AI = Finding.AI_NONE | Finding.AI_NONE_BACKED
_ALLOW, _LABEL = Verdict.ALLOW, Verdict.ALLOW_LABELLED

RULES = (
    # Rules 5 to 7, the reasons why no deal licenses the context, come from the deal that is closest to it.
    Rule(2, ReasonCode.TAKEDOWN_ACTIVE, _has(Finding.TAKEDOWN)),
    Rule(2, ReasonCode.TAKEDOWN_ACTIVE, _has(Finding.WITHDRAWN, without=Finding.LICENSED)),
    Rule(3, ReasonCode.RECOMMENDATION_DISABLED, _has(Finding.SEARCH_DISABLED)),
    Rule(3.5, ReasonCode.OPTED_OUT, _has(Finding.OPTED_OUT)),
    Rule(4, ReasonCode.BLOCK_ACCESS, _has(Finding.BLOCKED)),
    Rule(5, ReasonCode.USE_NOT_LICENSED, _has(Finding.USE_DENIED)),
    Rule(8, ReasonCode.RIGHTS_CONFLICT, _has(Finding.RIGHTS_CONFLICT)),
    Rule(9, ReasonCode.IMPERSONATION, _has(Finding.IMPERSONATION)),
    Rule(9, ReasonCode.CONTENT_MISMATCH, _has(Finding.CONTENT_MISMATCH)),
    Rule(9.5, ReasonCode.UNLICENSED_GENERATOR, _has(Finding.GENERATOR_UNLICENSED)),
    Rule(10, ReasonCode.VOICE_NOT_AUTHORISED, _has(Finding.VOICE_USED, Finding.VOICE_REFUSED)),
    Rule(10, ReasonCode.VOICE_NOT_AUTHORISED, _has(Finding.VOICE_UNKNOWN, without=Finding.VOICE_GRANTED)),
    Rule(11, ReasonCode.AI_SOURCE_UNLICENSED, _has(_USES_AI, Finding.SOURCE_REFUSED)),
    Rule(11, ReasonCode.AI_SOURCE_UNKNOWN, _has(_USES_AI, without=_SOURCE_TOLD), labelled_ai=_LABEL),
    Rule(12, ReasonCode.AI_DISCLOSURE_INCONSISTENT, _has(Finding.AI_INCONSISTENT), labelled_ai=_LABEL),
    Rule(13, ReasonCode.SPAM, _has(Finding.SPAM)),
    Rule(13, ReasonCode.DUPLICATE, _has(Finding.DUPLICATE)),
    Rule(13, ReasonCode.ENGAGEMENT_ANOMALY, _has(Finding.ENGAGEMENT)),
    Rule(14, ReasonCode.SPAM_SUSPECTED, _has(Finding.SPAM_SUSPECTED), labelled_ai=_ALLOW),
    Rule(14, ReasonCode.DUPLICATE_SUSPECTED, _has(Finding.DUPLICATE_SUSPECTED), labelled_ai=_ALLOW),
    Rule(14, ReasonCode.ENGAGEMENT_ANOMALY_SUSPECTED, _has(Finding.ENGAGEMENT_SUSPECTED), labelled_ai=_ALLOW),
    Rule(15, ReasonCode.AI_FULL, _has(Finding.AI_ALL, Finding.SOURCE_LICENSED), strict=_LABEL, labelled_ai=_LABEL),
    Rule(
        16, ReasonCode.AI_PARTIAL, _has(Finding.AI_PARTLY, Finding.SOURCE_LICENSED), strict=_LABEL, labelled_ai=_LABEL
    ),
    Rule(
        16, ReasonCode.AI_PARTIAL, _has(Finding.AI_PARTLY_EXEMPT), human_only=_LABEL, strict=_LABEL, labelled_ai=_LABEL
    ),
    Rule(15, ReasonCode.AI_FULL, _has(Finding.AI_ALL, Finding.AI_FACET_BLOCKED)),
    Rule(16, ReasonCode.AI_PARTIAL, _has(Finding.AI_PARTLY | Finding.AI_PARTLY_EXEMPT, Finding.AI_FACET_BLOCKED)),
    Rule(17, ReasonCode.AI_SUSPECTED, _has(_DENIED_OR_SILENT, Finding.AI_SUSPECTED_HIGH), labelled_ai=_LABEL),
    Rule(17, ReasonCode.AI_SUSPECTED, _has(_UNDECLARED, Finding.AI_SUSPECTED_MID), strict=_ALLOW, labelled_ai=_LABEL),
    Rule(17, ReasonCode.UNLICENSED_GENERATOR_SUSPECTED, _has(Finding.GENERATOR_SUSPECTED), labelled_ai=_LABEL),
    Rule(18, ReasonCode.AI_PERSONA, _has(_UNDECLARED | _NO_AI, Finding.AI_PERSONA), labelled_ai=_LABEL),
    Rule(19, ReasonCode.AI_UNDECLARED, _has(_UNDECLARED, without=_SUSPECTED), _ALLOW, _ALLOW, _ALLOW),
    Rule(
        19, ReasonCode.AI_UNDECLARED, _has(_UNDECLARED, without=_SUSPECTED_OR_HUMAN), strict=_ALLOW, labelled_ai=_ALLOW
    ),
    Rule(21, ReasonCode.OK, _has(_NO_AI, Finding.LICENSED), _ALLOW, _ALLOW, _ALLOW),
    # What a source in the mode `label` says: the same rows, of which none withholds.
    Rule(9, ReasonCode.IMPERSONATION, _has(Finding.IMPERSONATION_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(9, ReasonCode.CONTENT_MISMATCH, _has(Finding.CONTENT_MISMATCH_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(12, ReasonCode.AI_DISCLOSURE_INCONSISTENT, _has(Finding.INCONSISTENT_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(14, ReasonCode.SPAM_SUSPECTED, _has(Finding.SPAM_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(14, ReasonCode.DUPLICATE_SUSPECTED, _has(Finding.DUPLICATE_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(14, ReasonCode.ENGAGEMENT_ANOMALY_SUSPECTED, _has(Finding.ENGAGEMENT_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(14, ReasonCode.SPAM_SUSPECTED, _has(Finding.SPAM_SUSPECTED_LABEL), _LABEL, _LABEL, _ALLOW),
    Rule(14, ReasonCode.DUPLICATE_SUSPECTED, _has(Finding.DUPLICATE_SUSPECTED_LABEL), _LABEL, _LABEL, _ALLOW),
    Rule(14, ReasonCode.ENGAGEMENT_ANOMALY_SUSPECTED, _has(Finding.ENGAGEMENT_SUSPECTED_LABEL), _LABEL, _LABEL, _ALLOW),
    Rule(17, ReasonCode.AI_SUSPECTED, _has(_DENIED_OR_SILENT, Finding.AI_HIGH_LABEL), _LABEL, _LABEL, _LABEL),
    Rule(17, ReasonCode.AI_SUSPECTED, _has(_UNDECLARED, Finding.AI_MID_LABEL), _LABEL, _ALLOW, _LABEL),
    Rule(17, ReasonCode.UNLICENSED_GENERATOR_SUSPECTED, _has(Finding.GENERATOR_LABEL), _LABEL, _LABEL, _LABEL),
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
    matched = matching(findings, closest, policy)
    verdict = max((verdict for _, _, verdict in matched), key=_SEVERITY.__getitem__)
    primary = next(code for _, code, said in matched if said is verdict)
    if policy.audit and verdict is Verdict.EXCLUDE:
        verdict = Verdict.ALLOW_LABELLED
    codes = tuple(dict.fromkeys(code for _, code, _ in matched))
    return Conclusion(verdict, primary, codes, _standing(findings, verdict))


def matching(findings: int, closest: int, policy: Policy) -> list[tuple[float, ReasonCode, Verdict]]:
    """Return the rows of the table that match: number, code and what they say, in order."""
    read = _with_what_follows(findings, closest, policy.preset)
    matched = [
        (rule.number, rule.code, (rule.human_only, rule.strict, rule.labelled_ai)[policy.preset])
        for rule in RULES
        if rule.matches(read)
    ]
    matched += [(number, code, Verdict.EXCLUDE) for number, code in shortcomings_at(closest)]
    return sorted(matched, key=lambda match: (match[0], _PLACES[match[1]])) or [
        (99, ReasonCode.NO_RULE_MATCHED, Verdict.EXCLUDE)
    ]


def verdicts_of(code: ReasonCode, preset: Preset) -> list[Verdict]:
    """Return what a reason may conclude under a preset, the mildest first; those that stand in no row always withhold."""
    said = {(rule.human_only, rule.strict, rule.labelled_ai)[preset] for rule in RULES if rule.code is code}
    return sorted(said or {Verdict.EXCLUDE}, key=_SEVERITY.__getitem__)


def _with_what_follows(findings: int, closest: int, preset: Preset) -> int:
    """Add what follows from all findings together.

    Licensed: by a deal; in its sources, where a grant covers all that it was made from, or each source that was named is
    licensed by itself.
    """
    read = findings if closest else findings | Finding.LICENSED
    if not findings & _DECLARED:
        read |= Finding.UNDECLARED
    if findings & Finding.AI_INCONSISTENT and preset is not Preset.LABELLED_AI:
        read ^= findings & _LEVELS
    each_named = findings & Finding.SOURCE_NAMED and not findings & Finding.SOURCE_UNKNOWN
    if (findings & Finding.SOURCE_GRANTED or each_named) and not findings & Finding.SOURCE_REFUSED:
        read |= Finding.SOURCE_LICENSED
    return int(read)


def _standing(findings: int, verdict: Verdict) -> Standing:
    return Standing(
        Standing.PERMITTED * (verdict is not Verdict.EXCLUDE)
        | Standing.LABELLED * (verdict is Verdict.ALLOW_LABELLED)
        | Standing.NO_AI_NEIGHBOUR * bool(findings & Finding.NO_AI_NEIGHBOUR)
        | Standing.NOT_LEARNED * bool(findings & Finding.TRAINING_REFUSED)
    )
