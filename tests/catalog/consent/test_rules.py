"""The rows of the policy table: what each says under each preset. What must hold always stands in `test_policy_laws.py`."""

from dataclasses import replace

import pytest

from catalog.consent.flags import FlagMode
from catalog.consent.policy import decide
from catalog.consent.presets import POLICIES
from catalog.consent.rules import Verdict
from tests.catalog.consent.statements import (
    ALWAYS,
    HUMAN,
    IN_GERMANY,
    LABEL,
    NEVER,
    NO,
    PERSONA,
    SOURCE_ALLOWED,
    SOURCE_REFUSED,
    YES,
    block,
    deal,
    decided,
    declared,
    derived,
    facts,
    flag,
    grant,
    performer,
    takedown,
)
from tests.reference_policy import Row
from tests.strategies import LICENSED, PRESETS

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
