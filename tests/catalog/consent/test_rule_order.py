"""The order of the policy table: which of several rows that match gives the reason."""

from dataclasses import replace

import pytest

from catalog.consent.flags import FlagMode
from catalog.consent.policy import Preferences, decide
from catalog.consent.presets import POLICIES
from catalog.consent.reasons import ReasonCode
from catalog.consent.rules import Verdict
from tests.catalog.consent.statements import (
    HUMAN,
    IN_GERMANY,
    NO_VOCALS,
    PERSONA,
    SOURCE_ALLOWED,
    SOURCE_REFUSED,
    block,
    deal,
    decided,
    declared,
    derived,
    facts,
    flag,
    grant,
    takedown,
)
from tests.catalog.consent.test_rules import TABLE
from tests.reference_policy import Row
from tests.strategies import LICENSED, PRESETS

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
        {"MODEL_NOT_LICENSED"},
    ),
    "an ended deal for this place comes closer than one in force for another": (
        [deal(territories=["FR"]), deal(territories=["DE"], end="2026-01-01")],
        {"DEAL_EXPIRED"},
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
