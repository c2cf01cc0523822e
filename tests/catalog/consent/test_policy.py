"""The consent policy: what each rule says. What must hold always stands in `test_policy_reference.py`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise, permutations
from typing import Any

import pytest

from catalog.consent.disclosures import AiFacet
from catalog.consent.findings import ConsentContext
from catalog.consent.flags import FlagMode
from catalog.consent.policy import NO_PREFERENCES, Decision, Preferences, TrackFacts, decide, precedence, withholding
from catalog.consent.presets import POLICIES, Policy, Preset
from catalog.consent.reasons import ReasonCode
from catalog.consent.records import parse_record
from catalog.consent.rights import CommercialModel, UseType
from catalog.consent.rules import Standing, Verdict
from tests.reference_policy import Row
from tests.strategies import LICENSED, PRESETS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
IN_GERMANY = ConsentContext("DE", NOON)

SEVERITY = {Verdict.ALLOW: 0, Verdict.ALLOW_LABELLED: 1, Verdict.EXCLUDE: 2}


def facts(*records: Row, first_published: int | None = None) -> TrackFacts:
    return TrackFacts("song", tuple(map(parse_record, records)), first_published)


def decided(
    *records: Row, policy: str = "strict", context: ConsentContext = IN_GERMANY, year: int | None = None
) -> Decision:
    return decide(facts(*records, first_published=year), context, POLICIES[policy])


def deal(**limits: Any) -> Row:
    return {"kind": "deal", "track_id": "song", **limits}


def declared(level: str, **other: Any) -> Row:
    """A disclosure; names of facets take their level, anything else is a field."""
    fields = {name: value for name, value in other.items() if name in ("assurance", "source")}
    facets = [{"facet": name, "level": value} for name, value in other.items() if name not in fields]
    return {"kind": "disclosure", "track_id": "song", "level": level, "facets": facets} | fields


def grant(use: str, state: str, **limits: Any) -> Row:
    return {"kind": "grant", "track_id": "song", "use": use, "state": state, **limits}


def flag(name: str, state: str = "confirmed", score: float | None = None, **limits: Any) -> Row:
    return {"kind": "flag", "track_id": "song", "flag": name, "state": state, "score": score, **limits}


def takedown(**limits: Any) -> Row:
    return {"kind": "takedown", "track_id": "song", "reason": "requested by the artist", **limits}


def block(reason: str, **limits: Any) -> Row:
    return {"kind": "block", "track_id": "song", "reason": reason, **limits}


def derived(relation: str, licence: str = "unknown") -> Row:
    return {"kind": "derivation", "track_id": "song", "relation": relation, "licence_state": licence}


def performer(**fields: Any) -> Row:
    return {"kind": "party", "artist": "Ada Quill", **fields}


SOURCE_ORDER = (
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

NO_VOCALS = Policy("no AI vocals", Preset.LABELLED_AI, blocked_facets=frozenset({AiFacet.VOCALS}))

YES, LABEL, NO = Verdict.ALLOW, Verdict.ALLOW_LABELLED, Verdict.EXCLUDE
NEVER = (NO, NO, NO)
ALWAYS = (YES, YES, YES)

HUMAN = performer(party_kind="person", verified_human=True)
PERSONA = performer(party_kind="ai_persona")
SOURCE_ALLOWED = grant("ai_source", "allowed")
SOURCE_REFUSED = grant("ai_source", "not_allowed")

# What is on record beside a deal without limits; what human_only, strict and labelled_ai say; the primary reason.
TABLE: dict[str, tuple[list[Row], tuple[Verdict, Verdict, Verdict], str]] = {
    # Rules 2 to 4
    "a take-down in force withholds": ([takedown()], NEVER, "TAKEDOWN_ACTIVE"),
    "DisableSearch withholds": ([block("disable_search")], NEVER, "RECOMMENDATION_DISABLED"),
    "an artist who wants no recommendation is not recommended": (
        [grant("recommendation", "not_allowed")],
        NEVER,
        "OPTED_OUT",
    ),
    "a recommendation constrained without terms is a refusal": (
        [grant("recommendation", "constrained")],
        NEVER,
        "OPTED_OUT",
    ),
    "a refusal to be recommended beats a permission": (
        [grant("recommendation", "allowed"), grant("recommendation", "not_allowed")],
        NEVER,
        "OPTED_OUT",
    ),
    "a legal block withholds": ([block("legal")], NEVER, "BLOCK_ACCESS"),
    # Rules 8 to 10
    "a conflict of rights withholds": ([block("rights_conflict")], NEVER, "RIGHTS_CONFLICT"),
    "confirmed impersonation withholds": ([flag("impersonation")], NEVER, "IMPERSONATION"),
    "strongly suspected impersonation withholds": ([flag("impersonation", "open", 0.9)], NEVER, "IMPERSONATION"),
    "a person's report of impersonation counts in full": ([flag("impersonation", "open")], NEVER, "IMPERSONATION"),
    "confirmed content mismatch withholds": ([flag("content_mismatch")], NEVER, "CONTENT_MISMATCH"),
    "a generator known to be unlicensed withholds": ([flag("unlicensed_generator")], NEVER, "UNLICENSED_GENERATOR"),
    "a voice nobody licensed withholds": ([HUMAN, derived("voice_of")], NEVER, "VOICE_NOT_AUTHORISED"),
    "a voice that was refused withholds": (
        [HUMAN, derived("voice_of"), grant("voice", "not_allowed")],
        NEVER,
        "VOICE_NOT_AUTHORISED",
    ),
    "a voice that was refused withholds even where its licence was stated": (
        [HUMAN, derived("voice_of", "allowed"), grant("voice", "not_allowed")],
        NEVER,
        "VOICE_NOT_AUTHORISED",
    ),
    "a voice that was refused withholds even where somebody else allowed it": (
        [HUMAN, derived("voice_of"), grant("voice", "allowed"), grant("voice", "not_allowed", source="registry")],
        NEVER,
        "VOICE_NOT_AUTHORISED",
    ),
    "a voice refused in its derivation withholds even where a grant allows it": (
        [HUMAN, derived("voice_of", "not_allowed"), grant("voice", "allowed")],
        NEVER,
        "VOICE_NOT_AUTHORISED",
    ),
    "a grant of a voice whose state is not known is no grant": (
        [HUMAN, derived("voice_of"), grant("voice", "unknown")],
        NEVER,
        "VOICE_NOT_AUTHORISED",
    ),
    # Rule 11
    "a grant of a source whose state is not known is no grant": (
        [declared("all"), grant("ai_source", "unknown")],
        (NO, NO, LABEL),
        "AI_SOURCE_UNKNOWN",
    ),
    "AI throughout from a refused source is withheld": (
        [declared("all"), SOURCE_REFUSED],
        NEVER,
        "AI_SOURCE_UNLICENSED",
    ),
    "AI throughout from a source refused in its derivation is withheld": (
        [declared("all"), derived("generated_from", "constrained")],
        NEVER,
        "AI_SOURCE_UNLICENSED",
    ),
    "AI throughout from an unknown source is labelled or withheld": (
        [declared("all")],
        (NO, NO, LABEL),
        "AI_SOURCE_UNKNOWN",
    ),
    "AI vocals from an unknown source are labelled or withheld": (
        [declared("partly", vocals="all")],
        (NO, NO, LABEL),
        "AI_SOURCE_UNKNOWN",
    ),
    "AI in unnamed parts from an unknown source is labelled or withheld": (
        [declared("partly")],
        (NO, NO, LABEL),
        "AI_SOURCE_UNKNOWN",
    ),
    "a grant covers the sources whose own licence is not known": (
        [declared("all"), derived("generated_from"), SOURCE_ALLOWED],
        (NO, LABEL, LABEL),
        "AI_FULL",
    ),
    # Rule 12
    "a declaration of no AI that names AI vocals contradicts itself": (
        [declared("none", vocals="partly"), SOURCE_ALLOWED],
        (NO, NO, LABEL),
        "AI_DISCLOSURE_INCONSISTENT",
    ),
    "a declaration of AI throughout that names human vocals contradicts itself": (
        [declared("all", vocals="none"), SOURCE_ALLOWED],
        (NO, NO, LABEL),
        "AI_DISCLOSURE_INCONSISTENT",
    ),
    "a declaration confirmed to be inconsistent is labelled or withheld": (
        [declared("none"), flag("disclosure_inconsistent")],
        (NO, NO, LABEL),
        "AI_DISCLOSURE_INCONSISTENT",
    ),
    # Rule 13
    "confirmed spam withholds": ([HUMAN, flag("spam")], NEVER, "SPAM"),
    "confirmed title stuffing is spam": ([HUMAN, flag("title_stuffing")], NEVER, "SPAM"),
    "confirmed gaming with short tracks is spam": ([HUMAN, flag("short_track_gaming")], NEVER, "SPAM"),
    "a confirmed duplicate withholds": ([HUMAN, flag("duplicate")], NEVER, "DUPLICATE"),
    "confirmed artificial streaming withholds": (
        [HUMAN, flag("consumer_engagement_anomaly")],
        NEVER,
        "ENGAGEMENT_ANOMALY",
    ),
    "confirmed streaming by false accounts withholds": (
        [HUMAN, flag("user_account_anomaly")],
        NEVER,
        "ENGAGEMENT_ANOMALY",
    ),
    # Rule 14
    "suspected spam is withheld except under labelled_ai": (
        [HUMAN, flag("spam", "open", 0.7)],
        (NO, NO, YES),
        "SPAM_SUSPECTED",
    ),
    "a suspected duplicate is withheld except under labelled_ai": (
        [HUMAN, flag("duplicate", "under_review", 0.99)],
        (NO, NO, YES),
        "DUPLICATE_SUSPECTED",
    ),
    "suspected artificial streaming is withheld except under labelled_ai": (
        [HUMAN, flag("consumer_engagement_anomaly", "open", 0.7)],
        (NO, NO, YES),
        "ENGAGEMENT_ANOMALY_SUSPECTED",
    ),
    # Rules 15 and 16
    "licensed AI throughout is labelled": ([declared("all"), SOURCE_ALLOWED], (NO, LABEL, LABEL), "AI_FULL"),
    "AI throughout licensed in its derivation is labelled": (
        [declared("all"), derived("generated_from", "allowed")],
        (NO, LABEL, LABEL),
        "AI_FULL",
    ),
    "licensed AI vocals are labelled": (
        [declared("partly", vocals="all"), SOURCE_ALLOWED],
        (NO, LABEL, LABEL),
        "AI_PARTIAL",
    ),
    "licensed AI in unnamed parts is no exempt AI": (
        [declared("partly"), SOURCE_ALLOWED],
        (NO, LABEL, LABEL),
        "AI_PARTIAL",
    ),
    "licensed AI in production and vocals is no exempt AI": (
        [declared("partly", production="all", vocals="partly"), SOURCE_ALLOWED],
        (NO, LABEL, LABEL),
        "AI_PARTIAL",
    ),
    "AI in production and artwork needs no licence": (
        [declared("partly", production="partly", artwork="all", vocals="none")],
        (LABEL, LABEL, LABEL),
        "AI_PARTIAL",
    ),
    "AI in post-production needs no licence, even where one was refused": (
        [declared("partly", post_production="partly"), SOURCE_REFUSED],
        (LABEL, LABEL, LABEL),
        "AI_PARTIAL",
    ),
    # Rule 17
    "strongly suspected undeclared AI is labelled or withheld": (
        [HUMAN, flag("ai_suspected", "open", 0.9)],
        (NO, NO, LABEL),
        "AI_SUSPECTED",
    ),
    "confirmed undeclared AI is labelled or withheld": ([HUMAN, flag("ai_suspected")], (NO, NO, LABEL), "AI_SUSPECTED"),
    "a bare denial does not outweigh a strong suspicion": (
        [declared("none"), flag("ai_suspected", "open", 0.9)],
        (NO, NO, LABEL),
        "AI_SUSPECTED",
    ),
    "a verified denial outweighs a suspicion": (
        [declared("none", assurance="verified"), flag("ai_suspected", "open", 0.99)],
        ALWAYS,
        "OK",
    ),
    "possible undeclared AI is allowed under strict, labelled under labelled_ai": (
        [HUMAN, flag("ai_suspected", "open", 0.7)],
        (NO, YES, LABEL),
        "AI_SUSPECTED",
    ),
    "a denial outweighs a middling suspicion": ([declared("none"), flag("ai_suspected", "open", 0.89)], ALWAYS, "OK"),
    "a suspicion of disclosed AI says nothing new": (
        [declared("partly", production="all"), flag("ai_suspected")],
        (LABEL, LABEL, LABEL),
        "AI_PARTIAL",
    ),
    "a suspected unlicensed generator is labelled or withheld whatever was declared": (
        [declared("none", assurance="verified"), flag("unlicensed_generator", "open", 0.9)],
        (NO, NO, LABEL),
        "UNLICENSED_GENERATOR_SUSPECTED",
    ),
    # Rule 18
    "an AI persona that declared nothing is labelled or withheld": ([PERSONA], (NO, NO, LABEL), "AI_PERSONA"),
    "an AI persona cannot deny AI": ([PERSONA, declared("none", assurance="verified")], (NO, NO, LABEL), "AI_PERSONA"),
    "an AI persona that declared licensed AI is treated as declared": (
        [PERSONA, declared("all"), SOURCE_ALLOWED],
        (NO, LABEL, LABEL),
        "AI_FULL",
    ),
    # Rule 19
    "silence about AI is allowed except under human_only": ([], (NO, YES, YES), "AI_UNDECLARED"),
    "silence of a verified human is allowed": ([HUMAN], ALWAYS, "AI_UNDECLARED"),
    "an unverified person is no evidence of a human": (
        [performer(party_kind="person")],
        (NO, YES, YES),
        "AI_UNDECLARED",
    ),
    "the early start of a deal is no evidence of a human": (
        [deal(start="1999-01-01")],
        (NO, YES, YES),
        "AI_UNDECLARED",
    ),
    "AI vocals are no voice of somebody else, nor is a refused voice without a derivation": (
        [HUMAN, grant("voice", "not_allowed")],
        ALWAYS,
        "AI_UNDECLARED",
    ),
    "a licensed voice is allowed": ([HUMAN, derived("voice_of", "allowed")], ALWAYS, "AI_UNDECLARED"),
    "a voice licensed by grant is allowed": (
        [HUMAN, derived("voice_of"), grant("voice", "allowed")],
        ALWAYS,
        "AI_UNDECLARED",
    ),
    "a resemblance of style needs no licence": ([HUMAN, derived("style_of", "not_allowed")], ALWAYS, "AI_UNDECLARED"),
    "a source matters only to declared AI": ([HUMAN, SOURCE_REFUSED], ALWAYS, "AI_UNDECLARED"),
    "a refusal of training does not withhold": ([HUMAN, grant("training", "not_allowed")], ALWAYS, "AI_UNDECLARED"),
    "a weak suspicion counts as none": (
        [HUMAN, flag("spam", "open", 0.69), flag("ai_suspected", "open", 0.69), flag("impersonation", "open", 0.89)],
        ALWAYS,
        "AI_UNDECLARED",
    ),
    "a cleared or expired flag says nothing": (
        [HUMAN, flag("spam", "cleared"), flag("impersonation", "expired"), flag("ai_suspected", "cleared", 1.0)],
        ALWAYS,
        "AI_UNDECLARED",
    ),
    "an open suspicion of an inconsistent declaration says nothing": (
        [HUMAN, flag("disclosure_inconsistent", "open", 1.0)],
        ALWAYS,
        "AI_UNDECLARED",
    ),
    "a suspected generator below the high threshold says nothing": (
        [HUMAN, flag("unlicensed_generator", "open", 0.89)],
        ALWAYS,
        "AI_UNDECLARED",
    ),
    # Rule 21
    "a track declared free of AI is allowed": ([declared("none")], ALWAYS, "OK"),
    "naming facets without AI contradicts nothing": ([declared("none", vocals="none")], ALWAYS, "OK"),
}


@pytest.mark.parametrize(("records", "verdicts", "primary"), TABLE.values(), ids=TABLE.keys())
def test_rule(records: list[Row], verdicts: tuple[Verdict, ...], primary: str) -> None:
    decisions = [decided(LICENSED, *records, policy=preset) for preset in PRESETS]
    assert [(decision.verdict, decision.primary) for decision in decisions] == [(said, primary) for said in verdicts]


# What a source that may only label says beside a deal without limits: as above.
LABELLED: dict[str, tuple[list[Row], tuple[Verdict, Verdict, Verdict], str]] = {
    "confirmed impersonation": ([HUMAN, flag("impersonation")], (LABEL, LABEL, LABEL), "IMPERSONATION"),
    "strongly suspected impersonation": (
        [HUMAN, flag("impersonation", "open", 0.9)],
        (LABEL, LABEL, LABEL),
        "IMPERSONATION",
    ),
    "somewhat suspected impersonation": ([HUMAN, flag("impersonation", "open", 0.89)], ALWAYS, "AI_UNDECLARED"),
    "confirmed content mismatch": ([HUMAN, flag("content_mismatch")], (LABEL, LABEL, LABEL), "CONTENT_MISMATCH"),
    "a generator known to be unlicensed": (
        [HUMAN, flag("unlicensed_generator")],
        (LABEL, LABEL, LABEL),
        "UNLICENSED_GENERATOR_SUSPECTED",
    ),
    "a generator suspected to be unlicensed": (
        [HUMAN, flag("unlicensed_generator", "open", 0.9)],
        (LABEL, LABEL, LABEL),
        "UNLICENSED_GENERATOR_SUSPECTED",
    ),
    "a declaration confirmed to be inconsistent": (
        [declared("none"), flag("disclosure_inconsistent")],
        (LABEL, LABEL, LABEL),
        "AI_DISCLOSURE_INCONSISTENT",
    ),
    "confirmed spam": ([HUMAN, flag("spam")], (LABEL, LABEL, LABEL), "SPAM_SUSPECTED"),
    "suspected spam": ([HUMAN, flag("spam", "open", 0.7)], (LABEL, LABEL, YES), "SPAM_SUSPECTED"),
    "a confirmed duplicate": ([HUMAN, flag("duplicate")], (LABEL, LABEL, LABEL), "DUPLICATE_SUSPECTED"),
    "a suspected duplicate": ([HUMAN, flag("duplicate", "open", 0.7)], (LABEL, LABEL, YES), "DUPLICATE_SUSPECTED"),
    "confirmed artificial streaming": (
        [HUMAN, flag("user_account_anomaly")],
        (LABEL, LABEL, LABEL),
        "ENGAGEMENT_ANOMALY_SUSPECTED",
    ),
    "suspected artificial streaming": (
        [HUMAN, flag("consumer_engagement_anomaly", "open", 0.7)],
        (LABEL, LABEL, YES),
        "ENGAGEMENT_ANOMALY_SUSPECTED",
    ),
    "confirmed undeclared AI": ([HUMAN, flag("ai_suspected")], (LABEL, LABEL, LABEL), "AI_SUSPECTED"),
    "strongly suspected undeclared AI": (
        [HUMAN, flag("ai_suspected", "open", 0.9)],
        (LABEL, LABEL, LABEL),
        "AI_SUSPECTED",
    ),
    "somewhat suspected undeclared AI": (
        [HUMAN, flag("ai_suspected", "open", 0.7)],
        (LABEL, YES, LABEL),
        "AI_SUSPECTED",
    ),
    "hardly suspected undeclared AI": ([HUMAN, flag("ai_suspected", "open", 0.69)], ALWAYS, "AI_UNDECLARED"),
    "strongly suspected AI against a bare denial": (
        [declared("none"), flag("ai_suspected", "open", 0.9)],
        (LABEL, LABEL, LABEL),
        "AI_SUSPECTED",
    ),
    "somewhat suspected AI against a bare denial": (
        [declared("none"), flag("ai_suspected", "open", 0.89)],
        ALWAYS,
        "OK",
    ),
    "strongly suspected AI against a verified denial": (
        [declared("none", assurance="verified"), flag("ai_suspected")],
        ALWAYS,
        "OK",
    ),
    "suspected AI that was declared": (
        [declared("partly", production="all"), flag("ai_suspected", "open", 0.7)],
        (LABEL, LABEL, LABEL),
        "AI_PARTIAL",
    ),
    "a suspicion that has lapsed": (
        [HUMAN, flag("spam", "open", 1.0, expires_at="2026-03-01T12:00:00Z")],
        ALWAYS,
        "AI_UNDECLARED",
    ),
}


@pytest.mark.parametrize(("records", "verdicts", "primary"), LABELLED.values(), ids=LABELLED.keys())
def test_a_source_that_may_only_label_puts_a_label_on(
    records: list[Row], verdicts: tuple[Verdict, ...], primary: str
) -> None:
    policies = [replace(POLICIES[preset], flag_modes=(("detector:aurora-2", FlagMode.LABEL),)) for preset in PRESETS]
    told = [{**row, "source": "detector:aurora-2"} if row["kind"] == "flag" else row for row in records]
    decisions = [decide(facts(LICENSED, *told), IN_GERMANY, policy) for policy in policies]
    assert [(decision.verdict, decision.primary) for decision in decisions] == [(said, primary) for said in verdicts]


# Every row of the table at once, in the order of its numbers: whatever stands first gives the reason.
EVERY_WITHHOLDING_ROW: list[tuple[str, Row]] = [
    ("TAKEDOWN_ACTIVE", takedown()),
    ("RECOMMENDATION_DISABLED", block("disable_search")),
    ("OPTED_OUT", grant("recommendation", "not_allowed")),
    ("BLOCK_ACCESS", block("legal")),
    ("TERRITORY_NOT_LICENSED", deal(territories=["FR"], end="2020-01-01")),
    ("RIGHTS_CONFLICT", block("rights_conflict")),
    ("IMPERSONATION", flag("impersonation")),
    ("CONTENT_MISMATCH", flag("content_mismatch")),
    ("UNLICENSED_GENERATOR", flag("unlicensed_generator")),
    ("VOICE_NOT_AUTHORISED", derived("voice_of")),
    ("AI_SOURCE_UNKNOWN", declared("all")),
    ("SPAM", flag("spam")),
    ("DUPLICATE", flag("duplicate")),
    ("ENGAGEMENT_ANOMALY", flag("user_account_anomaly")),
]


def test_the_reason_is_the_first_row_that_withholds_however_many_do() -> None:
    for first in range(len(EVERY_WITHHOLDING_ROW)):
        rest = EVERY_WITHHOLDING_ROW[first:]
        licensed = [] if any(row["kind"] == "deal" for _, row in rest) else [LICENSED]
        decision = decided(*licensed, *(row for _, row in reversed(rest)))
        assert decision.primary == rest[0][0]
        assert [code for code in decision.codes if code in dict(rest)] == [code for code, _ in rest]


def test_reasons_stand_in_the_order_of_the_table() -> None:
    said = [
        (flag("spam", "open", 0.7), "SPAM_SUSPECTED"),
        (flag("duplicate", "open", 0.7), "DUPLICATE_SUSPECTED"),
        (flag("user_account_anomaly", "open", 0.7), "ENGAGEMENT_ANOMALY_SUSPECTED"),
        (flag("ai_suspected", "open", 0.9), "AI_SUSPECTED"),
        (flag("unlicensed_generator", "open", 0.9), "UNLICENSED_GENERATOR_SUSPECTED"),
        (PERSONA, "AI_PERSONA"),
    ]
    assert decided(LICENSED, *(row for row, _ in reversed(said))).codes == tuple(code for _, code in said)
    inconsistent = decided(LICENSED, declared("none", vocals="all"), flag("spam"), policy="labelled_ai")
    assert inconsistent.codes == ("AI_SOURCE_UNKNOWN", "AI_DISCLOSURE_INCONSISTENT", "SPAM")


# What is on record beside a deal without limits, and all that is said of it, in the order of the table.
IN_ORDER: dict[str, tuple[list[Row], str, tuple[str, ...]]] = {
    "a refused source stands before what contradicts itself": (
        [declared("none", vocals="all"), SOURCE_REFUSED, flag("spam")],
        "labelled_ai",
        ("AI_SOURCE_UNLICENSED", "AI_DISCLOSURE_INCONSISTENT", "SPAM"),
    ),
    "a suspicion of manipulation stands before licensed AI": (
        [flag("user_account_anomaly", "open", 0.7), declared("all"), SOURCE_ALLOWED],
        "labelled_ai",
        ("ENGAGEMENT_ANOMALY_SUSPECTED", "AI_FULL"),
    ),
    "licensed AI stands before a suspected generator": (
        [flag("unlicensed_generator", "open", 0.9), declared("partly"), SOURCE_ALLOWED],
        "labelled_ai",
        ("AI_PARTIAL", "UNLICENSED_GENERATOR_SUSPECTED"),
    ),
    "a persona stands before its silence": (
        [PERSONA, HUMAN],
        "strict",
        ("AI_PERSONA", "AI_UNDECLARED"),
    ),
}


@pytest.mark.parametrize(("records", "preset", "codes"), IN_ORDER.values(), ids=IN_ORDER.keys())
def test_in_order(records: list[Row], preset: str, codes: tuple[str, ...]) -> None:
    assert decided(LICENSED, *records, policy=preset).codes == codes


def test_ai_in_a_blocked_facet_stands_where_licensed_ai_does() -> None:
    suspected = (flag("unlicensed_generator", "open", 0.9), flag("spam", "open", 0.7))
    for level, code in (("all", "AI_FULL"), ("partly", "AI_PARTIAL")):
        decision = decide(facts(LICENSED, SOURCE_ALLOWED, declared(level), *suspected), IN_GERMANY, NO_VOCALS)
        assert decision.codes == ("SPAM_SUSPECTED", code, "UNLICENSED_GENERATOR_SUSPECTED")


BY_DETECTOR = {"source": "detector"}
LABELS_IN_ORDER: dict[str, tuple[list[Row], tuple[str, ...]]] = {
    "an unknown source stands before a contradiction": (
        [declared("all"), {**flag("disclosure_inconsistent"), **BY_DETECTOR}],
        ("AI_SOURCE_UNKNOWN", "AI_DISCLOSURE_INCONSISTENT"),
    ),
    "artificial streaming stands before licensed AI": (
        [declared("all"), SOURCE_ALLOWED, {**flag("user_account_anomaly"), **BY_DETECTOR}],
        ("ENGAGEMENT_ANOMALY_SUSPECTED", "AI_FULL"),
    ),
    "suspected artificial streaming does too": (
        [declared("all"), SOURCE_ALLOWED, {**flag("user_account_anomaly", "open", 0.7), **BY_DETECTOR}],
        ("ENGAGEMENT_ANOMALY_SUSPECTED", "AI_FULL"),
    ),
    "possible AI stands before a persona": (
        [PERSONA, {**flag("ai_suspected", "open", 0.7), **BY_DETECTOR}],
        ("AI_SUSPECTED", "AI_PERSONA", "AI_UNDECLARED"),
    ),
}


@pytest.mark.parametrize(("records", "codes"), LABELS_IN_ORDER.values(), ids=LABELS_IN_ORDER.keys())
def test_in_order_where_a_source_may_only_label(records: list[Row], codes: tuple[str, ...]) -> None:
    policy = replace(POLICIES["strict"], flag_modes=(("detector", FlagMode.LABEL),))
    assert decide(facts(LICENSED, *records), IN_GERMANY, policy).codes == codes


def test_a_label_stands_where_the_row_does_that_would_withhold() -> None:
    labelled = [
        ("IMPERSONATION", flag("impersonation")),
        ("CONTENT_MISMATCH", flag("content_mismatch")),
        ("AI_DISCLOSURE_INCONSISTENT", flag("disclosure_inconsistent")),
        ("SPAM_SUSPECTED", flag("spam")),
        ("DUPLICATE_SUSPECTED", flag("duplicate")),
        ("ENGAGEMENT_ANOMALY_SUSPECTED", flag("user_account_anomaly")),
        ("AI_SUSPECTED", flag("ai_suspected")),
        ("UNLICENSED_GENERATOR_SUSPECTED", flag("unlicensed_generator")),
    ]
    between = [
        block("rights_conflict"),
        derived("voice_of"),
        flag("spam", source="human_review"),
        PERSONA,
    ]
    policy = replace(POLICIES["strict"], flag_modes=(("detector", FlagMode.LABEL),))
    told = [{**row, "source": "detector"} for _, row in reversed(labelled)]
    suspected = [
        {**flag(name, "open", 0.7), "source": "detector"} for name in ("spam", "duplicate", "user_account_anomaly")
    ]
    for flags in (told, [*told[:2], *suspected, *told[5:]]):
        assert decide(facts(LICENSED, *between, *flags), IN_GERMANY, policy).codes == (
            "RIGHTS_CONFLICT",
            "IMPERSONATION",
            "CONTENT_MISMATCH",
            "VOICE_NOT_AUTHORISED",
            "AI_DISCLOSURE_INCONSISTENT",
            "SPAM",
            "SPAM_SUSPECTED",
            "DUPLICATE_SUSPECTED",
            "ENGAGEMENT_ANOMALY_SUSPECTED",
            "AI_SUSPECTED",
            "UNLICENSED_GENERATOR_SUSPECTED",
            "AI_PERSONA",
            "AI_UNDECLARED",
        )


def test_a_deal_that_falls_short_in_everything_says_so_in_the_order_of_the_table() -> None:
    limits = {"territories": ["FR"], "use_types": ["PermanentDownload"], "commercial_models": ["SubscriptionModel"]}
    reasons = ("TERRITORY_NOT_LICENSED", "USE_NOT_LICENSED", "MODEL_NOT_LICENSED")
    assert decided(deal(**limits, end="2020-01-01"), declared("none")).codes == (*reasons, "DEAL_EXPIRED")
    assert decided(deal(**limits, start="2030-01-01"), declared("none")).codes == (*reasons, "DEAL_NOT_STARTED")


# The deals on record, and the reasons why none of them licenses an on-demand stream, free of charge, in Germany, at noon.
DEALS: dict[str, tuple[list[Row], set[str]]] = {
    "no deal is no deal": ([], {"NO_DEAL"}),
    "a deal for another territory": ([deal(territories=["FR"])], {"TERRITORY_NOT_LICENSED"}),
    "a deal that excludes the territory": ([deal(excluded_territories=["DE"])], {"TERRITORY_NOT_LICENSED"}),
    "a deal for another use": ([deal(use_types=["PermanentDownload"])], {"USE_NOT_LICENSED"}),
    "a deal for another kind of stream": ([deal(use_types=["NonInteractiveStream"])], {"USE_NOT_LICENSED"}),
    "a deal for another commercial model": ([deal(commercial_models=["SubscriptionModel"])], {"MODEL_NOT_LICENSED"}),
    "a deal that is over": ([deal(end="2026-03-01T12:00:00Z")], {"DEAL_EXPIRED"}),
    "a deal that is to come": ([deal(start="2026-03-01T12:00:00.000001Z")], {"DEAL_NOT_STARTED"}),
    "a deal over before it began": (
        [deal(start="2026-03-01T12:00:00Z", end="2026-03-01T12:00:00Z")],
        {"DEAL_EXPIRED"},
    ),
    "two deals do not add up to one": (
        [deal(territories=["FR"]), deal(commercial_models=["SubscriptionModel"])],
        {"TERRITORY_NOT_LICENSED"},
    ),
    "the deal that came closest gives the reason": (
        [deal(territories=["FR"], use_types=["PermanentDownload"]), deal(end="2020-01-01")],
        {"DEAL_EXPIRED"},
    ),
    "a deal that falls short twice gives both reasons": (
        [deal(territories=["FR"], end="2020-01-01")],
        {"TERRITORY_NOT_LICENSED", "DEAL_EXPIRED"},
    ),
    "of deals equally close the first by the rules gives the reasons": (
        [deal(use_types=["PermanentDownload"], end="2020-01-01"), deal(territories=["FR"], start="2030-01-01")],
        {"USE_NOT_LICENSED", "DEAL_EXPIRED"},
    ),
}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(("records", "reasons"), DEALS.values(), ids=DEALS.keys())
def test_without_a_licensing_deal_a_track_is_withheld_for(records: list[Row], reasons: set[str], preset: str) -> None:
    decision = decided(*records, HUMAN, policy=preset)
    assert decision.verdict is Verdict.EXCLUDE
    assert decision.basis is None
    assert set(decision.codes) - {ReasonCode.AI_UNDECLARED} == reasons


def test_every_reason_can_be_the_primary_one() -> None:
    primaries = {primary for _, _, primary in TABLE.values()}
    primaries |= {decided(*records, HUMAN).primary for records, _ in DEALS.values()}
    primaries |= {decide(None, IN_GERMANY, POLICIES["strict"]).primary}
    blocking = Preferences(blocked_artists=frozenset({"ada quill"}))
    hidden = replace(facts(LICENSED), artists={"ada quill"})
    primaries |= {decide(hidden, IN_GERMANY, POLICIES["strict"], blocking).primary}
    assert set(ReasonCode) - primaries == {ReasonCode.NO_RULE_MATCHED}


@pytest.mark.parametrize("preset", PRESETS)
def test_consent_that_cannot_be_read_withholds(preset: str) -> None:
    decision = decide(None, IN_GERMANY, POLICIES[preset], track_id="song")
    assert (decision.track_id, decision.verdict, decision.codes) == ("song", NO, (ReasonCode.CONSENT_UNAVAILABLE,))
    assert (decision.standing, decision.ai) == (Standing(0), "undeclared")


@pytest.mark.parametrize("year", [1999, 2021])
def test_a_publication_before_the_cutoff_is_evidence_of_a_human(year: int) -> None:
    assert decided(LICENSED, policy="human_only", year=year).allowed


@pytest.mark.parametrize("year", [2022, 2026])
def test_a_publication_since_the_cutoff_is_no_evidence_of_a_human(year: int) -> None:
    assert not decided(LICENSED, policy="human_only", year=year).allowed


def test_an_early_publication_does_not_prove_an_ai_persona_human() -> None:
    assert not decided(LICENSED, PERSONA, policy="human_only", year=1999).allowed


def test_labelled_ai_takes_an_inconsistent_declaration_at_its_highest_level() -> None:
    """Refused sources stay withheld, exempt facets stay exempt; the label is on in any case."""
    refused = decided(LICENSED, declared("none", vocals="all"), SOURCE_REFUSED, policy="labelled_ai")
    assert (refused.verdict, refused.primary, refused.ai) == (NO, "AI_SOURCE_UNLICENSED", "all")
    exempt = decided(LICENSED, declared("none", production="partly"), SOURCE_REFUSED, policy="labelled_ai")
    assert (exempt.verdict, exempt.ai) == (LABEL, "partly")
    assert set(exempt.codes) == {ReasonCode.AI_DISCLOSURE_INCONSISTENT, ReasonCode.AI_PARTIAL}


def test_only_labelled_ai_goes_by_the_level_of_an_inconsistent_declaration() -> None:
    decision = decided(LICENSED, declared("none", vocals="all"), SOURCE_REFUSED)
    assert decision.codes == (ReasonCode.AI_DISCLOSURE_INCONSISTENT,)


@pytest.mark.parametrize("level", ["partly", "all"])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_source_that_one_allowed_and_another_refused_is_refused_and_nothing_else_is_said(
    level: str, preset: str
) -> None:
    decision = decided(
        LICENSED, declared(level), SOURCE_ALLOWED, {**SOURCE_REFUSED, "source": "registry"}, policy=preset
    )
    assert decision.codes == ("AI_SOURCE_UNLICENSED",)


def test_every_matching_reason_is_recorded_and_the_first_rule_of_the_verdict_is_the_primary_one() -> None:
    decision = decided(takedown(), flag("spam"), flag("duplicate", "open", 0.8), declared("all"))
    assert decision.primary is ReasonCode.TAKEDOWN_ACTIVE
    assert set(decision.codes) == {"TAKEDOWN_ACTIVE", "NO_DEAL", "SPAM", "DUPLICATE_SUSPECTED", "AI_SOURCE_UNKNOWN"}


def test_a_licence_is_named_as_ok_only_under_a_valid_deal() -> None:
    assert decided(declared("none")).codes == (ReasonCode.NO_DEAL,)


def test_a_label_outweighs_an_earlier_rule_that_allows() -> None:
    decision = decided(LICENSED, flag("spam", "open", 0.8), flag("ai_suspected", "open", 0.8), policy="labelled_ai")
    assert (decision.verdict, decision.primary) == (LABEL, ReasonCode.AI_SUSPECTED)
    assert ReasonCode.SPAM_SUSPECTED in decision.codes


# Who is believed


@pytest.mark.parametrize(("better", "worse"), list(pairwise(SOURCE_ORDER)))
def test_of_two_declarations_the_better_source_counts(better: str, worse: str) -> None:
    for level, other in (("none", "all"), ("all", "none")):
        decision = decided(LICENSED, declared(other, source=worse), declared(level, source=better))
        assert decision.ai == level


def test_a_source_without_a_rank_of_its_own_is_believed_like_the_operator() -> None:
    unknown = declared("none", source="The Harbour Archive")
    assert decided(LICENSED, unknown, declared("all", source="platform_tag")).ai == "none"
    assert decided(LICENSED, unknown, declared("all", source="ern_message")).ai == "all"


def test_of_equal_denials_of_one_rank_the_one_that_is_only_asserted_counts_in_any_order() -> None:
    asserted = declared("none", source="registry:a")
    backed = declared("none", source="registry:b", assurance="corroborated")
    for order in ((asserted, backed), (backed, asserted)):
        assert not decided(LICENSED, *order, flag("ai_suspected", "open", 0.95)).allowed


def test_of_equal_declarations_of_one_rank_the_same_one_is_shown_in_any_order() -> None:
    """The first by what they say."""
    two = (declared("partly", vocals="all", source="a"), declared("partly", lyrics="all", source="b"))
    shown = {decided(LICENSED, *order).ai_facets for order in permutations(two)}
    assert shown == {("lyrics",)}


def test_of_sources_of_one_rank_the_more_restrictive_counts() -> None:
    """An inconsistent declaration first, then more AI, then AI that is not exempt, then a bare assertion."""
    said = [
        declared("none", vocals="partly"),
        declared("all"),
        declared("partly", vocals="partly"),
        declared("partly", production="partly"),
        declared("none"),
        declared("none", assurance="verified"),
    ]
    suspicion = flag("ai_suspected", "open", 1.0)
    for restrictive, lenient in combinations(said, 2):
        both = decided(LICENSED, suspicion, lenient, restrictive)
        alone = decided(LICENSED, suspicion, restrictive)
        assert (both.verdict, both.codes, both.ai, both.ai_facets) == (
            alone.verdict,
            alone.codes,
            alone.ai,
            alone.ai_facets,
        )


# Where, how and when


def test_a_valid_deal_is_not_hurt_by_an_expired_or_foreign_one() -> None:
    assert decided(LICENSED, deal(end="2020-01-01"), deal(territories=["FR"])).allowed


@pytest.mark.parametrize(
    "use",
    [
        UseType.STREAM,
        UseType.ON_DEMAND_STREAM,
        UseType.NON_INTERACTIVE_STREAM,
        UseType.CONTENT_INFLUENCED_STREAM,
        UseType.TIME_INFLUENCED_STREAM,
    ],
)
def test_a_deal_for_streams_licenses_every_kind_of_stream(use: UseType) -> None:
    assert decided(deal(use_types=["Stream"]), context=replace(IN_GERMANY, use=use)).allowed


@pytest.mark.parametrize("use", [UseType.PERMANENT_DOWNLOAD, UseType.CONDITIONAL_DOWNLOAD, UseType.DATA_MINING])
def test_a_deal_for_streams_licenses_nothing_else(use: UseType) -> None:
    assert not decided(deal(use_types=["Stream"]), context=replace(IN_GERMANY, use=use)).allowed


def test_a_deal_for_one_kind_of_stream_does_not_license_streams_of_any_kind() -> None:
    assert not decided(deal(use_types=["OnDemandStream"]), context=replace(IN_GERMANY, use=UseType.STREAM)).allowed


@pytest.mark.parametrize(
    ("named", "asked", "stopped"),
    [
        ("Stream", UseType.ON_DEMAND_STREAM, True),
        ("Stream", UseType.STREAM, True),
        ("OnDemandStream", UseType.ON_DEMAND_STREAM, True),
        ("OnDemandStream", UseType.STREAM, True),
        ("OnDemandStream", UseType.NON_INTERACTIVE_STREAM, False),
        ("PermanentDownload", UseType.STREAM, False),
    ],
)
def test_a_takedown_of_a_use_stops_that_use_and_streams_that_include_it(
    named: str, asked: UseType, stopped: bool
) -> None:
    decision = decided(LICENSED, takedown(use_types=[named]), context=replace(IN_GERMANY, use=asked))
    assert decision.allowed is not stopped


def test_a_non_commercial_licence_does_not_reach_paid_or_advertised_services() -> None:
    licence = deal(use_types=["Stream"], commercial_models=["FreeOfChargeModel"])
    models = [
        model
        for model in CommercialModel
        if decided(licence, context=replace(IN_GERMANY, commercial_model=model)).allowed
    ]
    assert models == [CommercialModel.FREE_OF_CHARGE]


@pytest.mark.parametrize(
    "elsewhere",
    [
        takedown(territories=["FR"]),
        takedown(excluded_territories=["DE"]),
        block("legal", territories=["FR"]),
        block("rights_conflict", excluded_territories=["DE"]),
        grant("recommendation", "not_allowed", territories=["FR"]),
    ],
)
def test_what_is_stated_for_another_territory_says_nothing_here(elsewhere: Row) -> None:
    assert decided(LICENSED, elsewhere).allowed
    assert not decided(LICENSED, elsewhere, context=replace(IN_GERMANY, territory="FR")).allowed


PERIOD = {"start": "2026-03-01T12:00:00Z", "end": "2026-03-02T00:00:00+02:00"}
OVER = datetime(2026, 3, 1, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "inside"), [(NOON - INSTANT, False), (NOON, True), (OVER - INSTANT, True), (OVER, False)]
)
def test_periods_begin_at_their_start_and_are_over_at_their_end(at: datetime, inside: bool) -> None:
    context = replace(IN_GERMANY, at=at)
    assert decided(deal(**PERIOD), context=context).allowed is inside
    in_force = {"effective_at": PERIOD["start"], "lifted_at": PERIOD["end"]}
    assert decided(LICENSED, takedown(**in_force), context=context).allowed is not inside
    refusal = grant("recommendation", "not_allowed", **PERIOD)
    assert decided(LICENSED, refusal, context=context).allowed is not inside


@pytest.mark.parametrize(("at", "stands"), [(OVER - INSTANT, True), (OVER, False)])
def test_a_suspicion_lapses_at_the_instant_it_expires(at: datetime, stands: bool) -> None:
    suspicion = flag("impersonation", "open", 1.0, expires_at=PERIOD["end"])
    assert decided(LICENSED, suspicion, context=replace(IN_GERMANY, at=at)).allowed is not stands


def test_what_was_confirmed_does_not_lapse() -> None:
    assert not decided(LICENSED, flag("impersonation", expires_at="2020-01-01")).allowed


def test_a_policy_says_which_scores_count() -> None:
    suspicion = facts(LICENSED, flag("spam", "open", 0.75), flag("ai_suspected", "open", 0.92))
    assert not decide(suspicion, IN_GERMANY, POLICIES["strict"]).allowed
    lenient = Policy("lenient", Preset.STRICT, suspicion_high=0.95, suspicion_mid=0.8)
    assert decide(suspicion, IN_GERMANY, lenient).primary is ReasonCode.AI_SUSPECTED
    assert decide(suspicion, IN_GERMANY, lenient).allowed


# What a decision says


def test_the_ai_label_says_what_was_declared_and_where() -> None:
    assert decided(LICENSED).ai == "undeclared"
    assert decided(LICENSED, declared("none")).ai == "none"
    partly = decided(LICENSED, declared("partly", vocals="all", lyrics="partly", artwork="none"))
    assert (partly.ai, partly.ai_facets) == ("partly", ("lyrics", "vocals"))


def test_an_allowed_track_names_the_deal_relied_on_and_who_recorded_it() -> None:
    decision = decided(deal(end="2020-01-01"), deal(licensor="Kestrel Records", source="ern_message"))
    assert decision.basis is not None
    assert (decision.basis.licensor, decision.basis_source) == ("Kestrel Records", "ern_message")


def test_different_facts_or_questions_have_different_decision_ids() -> None:
    ids = [
        decided(LICENSED).decision_id,
        decided(LICENSED, year=1999).decision_id,
        decided(LICENSED, HUMAN).decision_id,
        decided(LICENSED, policy="labelled_ai").decision_id,
        decided(LICENSED, context=replace(IN_GERMANY, territory="FR")).decision_id,
        decided(LICENSED, context=replace(IN_GERMANY, at=NOON + INSTANT)).decision_id,
        decided(LICENSED, context=replace(IN_GERMANY, use=UseType.STREAM)).decision_id,
        decided(LICENSED, context=replace(IN_GERMANY, commercial_model=CommercialModel.SUBSCRIPTION)).decision_id,
        decided().decision_id,
        decide(None, IN_GERMANY, POLICIES["strict"], track_id="song").decision_id,
    ]
    assert len(set(ids)) == len(ids)


def test_an_id_is_the_same_in_every_release() -> None:
    """Exposures and complaints on record name decisions by it."""
    context = replace(IN_GERMANY, service_dpid="PADPIDA2026030101A")
    decision = decide(facts(LICENSED, HUMAN, declared("all"), first_published=1999), context, POLICIES["strict"])
    assert decision.decision_id == "2cfaaece2949303ccde8468d"
    assert decide(None, IN_GERMANY, POLICIES["strict"], track_id="song").decision_id == "a6ef08c9e5aa8a731a718109"


def test_what_a_listener_hides_is_in_the_id_where_the_track_is_withheld_anyway() -> None:
    hidden = replace(facts(takedown()), artists={"ada quill"})
    blocking = Preferences(blocked_artists=frozenset({"ada quill"}))
    ids = {decide(hidden, IN_GERMANY, POLICIES["strict"], liked).decision_id for liked in (NO_PREFERENCES, blocking)}
    assert len(ids) == 2


def test_of_two_deals_that_license_a_track_the_same_one_is_relied_on_in_any_order() -> None:
    """The first by what they say, of the same words the first by their source."""
    deals = [deal(licensor="Kestrel Records"), deal(licensor="Harbour Records", source="operator:b")]
    deals += [deal(licensor="Harbour Records", source="operator:a")]
    for order in permutations(deals):
        decision = decided(*order)
        assert decision.basis is not None
        assert (decision.basis.licensor, decision.basis_source) == ("Harbour Records", "operator:a")


# What is on record, and the standing it gives a track in a list, under strict.
PERMITTED, BESIDE_NO_AI, UNLEARNED = Standing.PERMITTED, Standing.NO_AI_NEIGHBOUR, Standing.NOT_LEARNED
STANDINGS: dict[str, tuple[list[Row], Standing]] = {
    "an allowed track is permitted": ([LICENSED], PERMITTED),
    "a labelled one with its label": ([LICENSED, declared("all"), SOURCE_ALLOWED], PERMITTED | Standing.LABELLED),
    "a withheld one is not": ([], Standing(0)),
    "who wants no AI beside them has none": (
        [LICENSED, grant("ai_placement", "not_allowed")],
        PERMITTED | BESIDE_NO_AI,
    ),
    "a condition without terms is a refusal": (
        [LICENSED, grant("ai_placement", "constrained")],
        PERMITTED | BESIDE_NO_AI,
    ),
    "who allows AI beside them may have it": ([LICENSED, grant("ai_placement", "allowed")], PERMITTED),
    "a choice that is not known says nothing": ([LICENSED, grant("ai_placement", "unknown")], PERMITTED),
    "nor does one for elsewhere": ([LICENSED, grant("ai_placement", "not_allowed", territories=["FR"])], PERMITTED),
    "what may not be learned from is still played": (
        [LICENSED, grant("training", "not_allowed")],
        PERMITTED | UNLEARNED,
    ),
    "a refusal to be learned from anywhere counts everywhere": (
        [LICENSED, grant("training", "constrained", territories=["FR"])],
        PERMITTED | UNLEARNED,
    ),
    "until it ends": ([LICENSED, grant("training", "not_allowed", end="2026-03-01T12:00:00Z")], PERMITTED),
    "what may be learned from is": ([LICENSED, grant("training", "allowed")], PERMITTED),
    "a withheld track is not learned from either": ([grant("training", "not_allowed")], UNLEARNED),
}


@pytest.mark.parametrize(("records", "standing"), STANDINGS.values(), ids=STANDINGS.keys())
def test_standing(records: list[Row], standing: Standing) -> None:
    assert decided(*records).standing == standing


def test_what_a_listener_hides_is_not_permitted_and_keeps_what_else_it_stands_for() -> None:
    records = [LICENSED, declared("all"), SOURCE_ALLOWED, grant("training", "not_allowed")]
    hidden = decide(facts(*records), IN_GERMANY, POLICIES["strict"], Preferences(hide_ai=True))
    assert (hidden.verdict, hidden.primary, hidden.standing) == (NO, "USER_PREFERENCE", Standing.NOT_LEARNED)
    assert hidden.codes == ("AI_FULL", "USER_PREFERENCE")


def test_a_listeners_wish_stands_before_the_last_rule_and_gives_no_reason_where_there_is_another() -> None:
    by = Preferences(blocked_labels=frozenset({"North Pier"}))
    for records, primary, codes in (
        ([LICENSED, declared("none")], "USER_PREFERENCE", ("USER_PREFERENCE", "OK")),
        ([declared("none")], "NO_DEAL", ("NO_DEAL", "USER_PREFERENCE")),
    ):
        decision = decide(replace(facts(*records), label="North Pier"), IN_GERMANY, POLICIES["strict"], by)
        assert (decision.primary, decision.codes) == (primary, codes)


WISHES: dict[str, tuple[Preferences, list[Row], bool]] = {
    "no wish hides nothing": (Preferences(), [declared("all"), SOURCE_ALLOWED], False),
    "hiding AI hides what is labelled": (Preferences(hide_ai=True), [declared("all"), SOURCE_ALLOWED], True),
    "and nothing else": (Preferences(hide_ai=True), [declared("none")], False),
    "an artist is hidden": (Preferences(blocked_artists=frozenset({"ada quill"})), [], True),
    "in any form that finds the name": (Preferences(blocked_artists=frozenset({"Ádá QUILL"})), [], True),
    "and one who is credited beside another": (Preferences(blocked_artists=frozenset({"nina vale"})), [], True),
    "another is not": (Preferences(blocked_artists=frozenset({"ida mole"})), [], False),
    "a label is hidden": (Preferences(blocked_labels=frozenset({"North Pier"})), [], True),
    "another label is not": (Preferences(blocked_labels=frozenset({"Kestrel Records"})), [], False),
}


@pytest.mark.parametrize(("wish", "records", "hidden"), WISHES.values(), ids=WISHES.keys())
def test_of_what_a_listener_hides(wish: Preferences, records: list[Row], hidden: bool) -> None:
    on_record = replace(
        facts(LICENSED, *records), artists={"ada quill feat. nina vale", "ada quill", "nina vale"}, label="North Pier"
    )
    decision = decide(on_record, IN_GERMANY, POLICIES["strict"], wish)
    assert decision.allowed is not hidden


# What keeps a track out: each of it would have to change.
WITHHELD_FOR: dict[str, tuple[list[Row], tuple[str, ...]]] = {
    "what may be recommended is withheld for nothing": ([LICENSED], ()),
    "what says nothing against it is left out": (
        [takedown(), LICENSED, flag("ai_suspected", "open", 0.8)],
        ("TAKEDOWN_ACTIVE",),
    ),
    "every reason has to go": ([takedown(), flag("spam")], ("TAKEDOWN_ACTIVE", "NO_DEAL", "SPAM")),
    "a wish of the listener's stands beside them": (
        [declared("all"), SOURCE_ALLOWED, deal(territories=["FR"])],
        ("TERRITORY_NOT_LICENSED",),
    ),
}


@pytest.mark.parametrize(("records", "codes"), WITHHELD_FOR.values(), ids=WITHHELD_FOR.keys())
def test_withheld_for(records: list[Row], codes: tuple[str, ...]) -> None:
    assert withholding(decided(*records)) == codes


def test_a_listeners_wish_is_among_what_keeps_a_track_out() -> None:
    hidden = replace(facts(takedown(), LICENSED, declared("none")), artists={"ada quill"})
    blocking = Preferences(blocked_artists=frozenset({"ada quill"}))
    decision = decide(hidden, IN_GERMANY, POLICIES["strict"], blocking)
    assert withholding(decision) == ("TAKEDOWN_ACTIVE", "USER_PREFERENCE")


def test_what_cannot_be_read_is_withheld_for_that() -> None:
    assert withholding(decide(None, IN_GERMANY, POLICIES["strict"])) == ("CONSENT_UNAVAILABLE",)


def test_ai_in_a_blocked_facet_is_withheld_and_nothing_else_is() -> None:
    for disclosure, primary in (
        (declared("all"), "AI_FULL"),
        (declared("partly"), "AI_PARTIAL"),
        (declared("partly", vocals="partly", lyrics="all"), "AI_PARTIAL"),
        (declared("partly", production="all", vocals="partly"), "AI_PARTIAL"),
    ):
        decision = decide(facts(LICENSED, SOURCE_ALLOWED, disclosure), IN_GERMANY, NO_VOCALS)
        assert (decision.verdict, decision.primary) == (NO, primary)
    for disclosure in (declared("none"), declared("partly", lyrics="all"), declared("partly", production="all")):
        assert decide(facts(LICENSED, SOURCE_ALLOWED, disclosure), IN_GERMANY, NO_VOCALS).allowed


def test_an_exempt_facet_can_be_blocked() -> None:
    no_artwork = replace(NO_VOCALS, blocked_facets=frozenset({AiFacet.ARTWORK}))
    decision = decide(facts(LICENSED, declared("partly", artwork="all")), IN_GERMANY, no_artwork)
    assert (decision.verdict, decision.primary) == (NO, "AI_PARTIAL")


def test_of_equal_declarations_the_one_in_a_blocked_facet_counts_in_the_decision_and_in_what_keeps_it_out() -> None:
    lyrics, vocals = declared("partly", lyrics="all", source="a"), declared("partly", vocals="all", source="b")
    for order in ([lyrics, vocals], [vocals, lyrics]):
        decision = decide(facts(LICENSED, SOURCE_ALLOWED, *order), IN_GERMANY, NO_VOCALS)
        assert (decision.verdict, decision.ai_facets) == (NO, ("vocals",))
        assert withholding(decision) == ("AI_PARTIAL",)


def test_precedence_is_that_of_disclosures_only() -> None:
    terms = parse_record(LICENSED).terms
    with pytest.raises(TypeError, match=r"^Deal.* is not a disclosure$"):
        precedence(terms, "operator", None, set(), frozenset())
