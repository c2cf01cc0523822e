"""The laws of the consent policy: what must hold of every decision, always."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.consent.findings import ConsentContext
from catalog.consent.policy import Decision, Preferences, TrackFacts, decide
from catalog.consent.presets import POLICIES
from catalog.consent.reasons import ReasonCode
from catalog.consent.rules import Verdict
from tests.catalog.consent.recorded_cases import (
    EVERY_PRESET,
    HUMAN,
    decided,
    finding,
    on_record,
    policy_of,
    read,
    stated,
)
from tests.examples import examples
from tests.reference_policy import Row, Rules
from tests.strategies import (
    FLAGGING,
    LICENSED,
    MODES,
    PRESETS,
    Case,
    cases,
    deals,
    flags,
    narrowings,
    operators_rules,
    preferences,
    restrictions,
    rows,
)

INSTANT = timedelta(microseconds=1)
SEVERITY = {Verdict.ALLOW: 0, Verdict.ALLOW_LABELLED: 1, Verdict.EXCLUDE: 2}

LAW = examples(1, at_night=4)


def severity(decision: Decision) -> int:
    return SEVERITY[decision.verdict]


@LAW
@given(cases(), restrictions(), operators_rules(), preferences())
def test_a_takedown_a_flag_a_block_or_a_refusal_never_eases_a_verdict(
    case: Case, restriction: Row, own: Rules, liked: Preferences
) -> None:
    for rules in [*EVERY_PRESET, own]:
        before = decided(case, rules, preferences=liked)
        assert severity(decided(case, rules, restriction, preferences=liked)) >= severity(before)


# The laws of deals are about licences. A deal that was delivered does more: its sender is believed about AI, and that may
# take a track away; `test_of_what_deliveries_declare` in `test_policy_reference.py` has the cases.


@LAW
@given(cases(), deals(), operators_rules(), preferences())
def test_another_deal_never_removes_a_track(case: Case, another: Row, own: Rules, liked: Preferences) -> None:
    for rules in [*EVERY_PRESET, own]:
        before = decided(case, rules, preferences=liked)
        assert severity(decided(case, rules, another, preferences=liked)) <= severity(before)


@LAW
@given(cases(), deals(), st.data(), operators_rules(), preferences())
def test_a_narrower_deal_never_adds_a_track_and_neither_does_its_end(
    case: Case, whole: Row, data: st.DataObject, own: Rules, liked: Preferences
) -> None:
    rest = replace(case, rows=tuple(row for row in case.rows if row is not LICENSED))
    narrower = data.draw(st.sampled_from(narrowings(whole)))
    for rules in [*EVERY_PRESET, own]:
        before, after, gone = (
            severity(decided(rest, rules, *left, preferences=liked)) for left in ([whole], [narrower], [])
        )
        assert before <= after <= gone


@LAW
@given(cases(), operators_rules(), preferences())
def test_human_only_permits_no_more_than_strict_and_strict_no_more_than_labelled_ai(
    case: Case, own: Rules, liked: Preferences
) -> None:
    """A listener who hides AI hides what only `labelled_ai` labels, too: the law is about the table."""
    unhidden = replace(liked, hide_ai=False)
    for parameters in (Rules("strict"), own):
        human_only, strict, labelled_ai = (
            decided(case, replace(parameters, preset=preset), preferences=unhidden).allowed for preset in PRESETS
        )
        assert human_only <= strict <= labelled_ai


@LAW
@given(cases(), operators_rules(), st.data(), preferences())
def test_a_policy_that_tightens_another_permits_nothing_that_the_other_withholds(
    case: Case, own: Rules, data: Any, liked: Preferences
) -> None:
    other = data.draw(operators_rules().map(lambda rules: replace(rules, modes=own.modes)))
    for one, than in product((own, other, *(replace(own, preset=preset) for preset in PRESETS)), repeat=2):
        if policy_of(one).tightens(policy_of(than), hide_ai=liked.hide_ai):
            allowed = [decided(case, rules, preferences=liked).allowed for rules in (one, than)]
            assert allowed[0] <= allowed[1]


def test_what_tightens_what() -> None:
    order = [POLICIES[name] for name in ("human_only", "strict", "labelled_ai")]
    for (place, one), (than, other) in product(enumerate(order), repeat=2):
        assert one.tightens(other, hide_ai=False) is (place <= than)
    assert POLICIES["editorial_safe"].tightens(POLICIES["strict"], hide_ai=True)
    assert not POLICIES["strict"].tightens(POLICIES["editorial_safe"], hide_ai=False)
    assert not POLICIES["human_only"].tightens(POLICIES["editorial_safe"], hide_ai=False)  # it may label some AI
    assert not POLICIES["strict"].tightens(POLICIES["labelled_ai"], hide_ai=True)
    assert not POLICIES["audit_only"].tightens(POLICIES["strict"], hide_ai=False)


@LAW
@given(cases(), st.lists(rows(), min_size=2, max_size=4), st.randoms(use_true_random=False), operators_rules())
def test_the_order_of_records_changes_nothing(case: Case, more: list[Row], chance: Any, own: Rules) -> None:
    shuffled = [*case.rows, *more]
    chance.shuffle(shuffled)
    for rules in [*EVERY_PRESET, own]:
        one, other = decided(case, rules, *more), decided(replace(case, rows=tuple(shuffled)), rules)
        assert replace(one, facts=None) == replace(other, facts=None)
        assert one.decision_id == other.decision_id


@LAW
@given(cases(), operators_rules())
def test_some_rule_always_matches(case: Case, own: Rules) -> None:
    for rules in [*EVERY_PRESET, own]:
        assert ReasonCode.NO_RULE_MATCHED not in decided(case, rules).codes


@LAW
@given(cases(), operators_rules())
def test_an_allowed_track_rests_on_one_deal_that_licenses_all_of_the_context(case: Case, own: Rules) -> None:
    licensing = [
        read(row).terms
        for row in case.rows
        if row["kind"] == "deal" and decided(replace(case, rows=(row, HUMAN)), Rules("strict")).allowed
    ]
    for rules in (*map(Rules, PRESETS), replace(own, preset=PRESETS[0])):
        decision = decided(case, rules)
        assert decision.basis in licensing if licensing else not decision.allowed


@LAW
@given(cases(), operators_rules(), preferences())
def test_a_decision_can_be_replayed_from_what_it_holds(case: Case, own: Rules, liked: Preferences) -> None:
    for rules in [*EVERY_PRESET, own]:
        decision = decided(case, rules, preferences=liked)
        assert decision.facts is not None
        held = TrackFacts(
            decision.track_id,
            decision.inputs,
            decision.facts.first_published,
            decision.facts.artists,
            decision.facts.label,
        )
        again = decide(held, decision.context, decision.policy, decision.preferences)
        assert again == decision
        assert again.decision_id == decision.decision_id


@LAW
@given(cases(), operators_rules(), preferences())
def test_preferences_only_take_away(case: Case, own: Rules, liked: Preferences) -> None:
    for rules in [*EVERY_PRESET, own]:
        plain, wished = decided(case, rules), decided(case, rules, preferences=liked)
        assert set(wished.codes) - {ReasonCode.USER_PREFERENCE} == set(plain.codes)
        if ReasonCode.USER_PREFERENCE in wished.codes:
            assert wished.verdict is Verdict.EXCLUDE
        else:
            assert finding(wished) == finding(plain)
        assert not (liked.hide_ai and wished.verdict is Verdict.ALLOW_LABELLED)


def set_to(rules: Rules, source: str, mode: str) -> Rules:
    """Set the mode of one source, and leave the others."""
    others = [(name, other) for name, other in rules.modes if name.lower() != source.lower()]
    return replace(rules, modes=(*others, (source, mode)))


@LAW
@given(cases(), st.sampled_from(FLAGGING), st.data(), operators_rules(), preferences())
def test_what_is_only_observed_changes_nothing(
    case: Case, source: str, data: st.DataObject, own: Rules, liked: Preferences
) -> None:
    observed = data.draw(st.lists(flags([source]), min_size=1, max_size=3))
    for rules in (set_to(rules, source, "observe") for rules in [*EVERY_PRESET, own]):
        before = decided(case, rules, preferences=liked)
        assert finding(decided(case, rules, *observed, preferences=liked)) == finding(before)


@LAW
@given(cases(), st.sampled_from(FLAGGING), st.data(), operators_rules(), preferences())
def test_a_source_that_may_do_more_never_eases_a_verdict(
    case: Case, source: str, data: st.DataObject, own: Rules, liked: Preferences
) -> None:
    said = data.draw(st.lists(flags([source]), min_size=1, max_size=3))
    for rules in [*EVERY_PRESET, own]:
        observe, label, withhold = (
            severity(decided(case, set_to(rules, source, mode), *said, preferences=liked)) for mode in MODES
        )
        assert observe <= label <= withhold


@LAW
@given(cases(), st.lists(flags(["detector:aurora-2"]), min_size=1, max_size=3))
def test_a_source_that_may_only_label_never_withholds(case: Case, said: list[Row]) -> None:
    for rules in (set_to(rules, "detector:aurora-2", "label") for rules in map(Rules, PRESETS)):
        rest = replace(case, rows=tuple(row for row in case.rows if row["kind"] != "flag"))
        assert decided(rest, rules, *said).allowed == decided(rest, rules).allowed


PERIODS: dict[str, tuple[list[Row], str, str, bool]] = {
    "a deal": ([stated("deal")], "start", "end", True),
    "a take-down": ([LICENSED, stated("takedown")], "effective_at", "lifted_at", False),
    "a block": ([LICENSED, stated("block", reason="legal")], "start", "end", False),
    "a refusal": ([LICENSED, stated("grant", use="recommendation", state="not_allowed")], "start", "end", False),
    "a claim on the work": (
        [LICENSED, stated("rights_claim", controller="Harbour Songs", level="work", claim_status="not_allowed")],
        "start",
        "end",
        False,
    ),
}


@LAW
@given(
    st.sampled_from(list(PERIODS)),
    st.integers(0, 10**15).map(lambda microseconds: datetime(1999, 1, 1, tzinfo=UTC) + microseconds * INSTANT),
    st.integers(1, 10**13),
    st.integers(-840, 840),
)
def test_periods_are_half_open_to_the_microsecond_in_any_zone(
    kind: str, begin: datetime, lasting: int, zone: int
) -> None:
    records, start, end, allows = PERIODS[kind]
    over = begin + lasting * INSTANT
    abroad = timezone(timedelta(minutes=zone))
    bounded = {**records[-1], start: begin.astimezone(abroad).isoformat(), end: over.isoformat()}
    for at in (begin - INSTANT, begin, over - INSTANT, over):
        case = replace(on_record(*records[:-1], bounded), context=ConsentContext("DE", at))
        assert decided(case, Rules("strict")).allowed is ((begin <= at < over) is allows)
