"""The consent policy: who is believed; where, how and when it holds. Each rule stands in `test_rules.py`."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations, pairwise, permutations

import pytest

from catalog.consent.policy import decide
from catalog.consent.presets import POLICIES, Policy, Preset
from catalog.consent.reasons import ReasonCode
from catalog.consent.rights import CommercialModel, UseType
from catalog.consent.rules import Standing
from catalog.tracks import TrackId
from tests.catalog.consent.statements import (
    IN_GERMANY,
    INSTANT,
    LABEL,
    NO,
    NOON,
    PERSONA,
    SOURCE_ALLOWED,
    SOURCE_ORDER,
    SOURCE_REFUSED,
    block,
    deal,
    decided,
    declared,
    facts,
    flag,
    grant,
    takedown,
)
from tests.reference_policy import Row
from tests.strategies import LICENSED, PRESETS


@pytest.mark.parametrize("preset", PRESETS)
def test_consent_that_cannot_be_read_withholds(preset: str) -> None:
    decision = decide(None, IN_GERMANY, POLICIES[preset], track_id=TrackId("song"))
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
