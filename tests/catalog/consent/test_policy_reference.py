"""The consent policy agrees with a second reading of its document, and keeps its laws, whatever is on record."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import combinations, permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent.disclosures import AiFacet
from catalog.consent.findings import ConsentContext
from catalog.consent.flags import FlagMode
from catalog.consent.policy import NO_PREFERENCES, Decision, Preferences, TrackFacts, decide
from catalog.consent.presets import POLICIES, Policy, Preset
from catalog.consent.reasons import ReasonCode
from catalog.consent.records import ConsentRecord, parse_record
from catalog.consent.rules import Verdict
from tests.reference_policy import Row, Rules, reference_decide
from tests.strategies import (
    ARTISTS,
    CREDITS,
    FLAGGING,
    FLAGS,
    LICENSED,
    MODES,
    NAMED_SOURCES,
    NOON,
    OPERATORS_PRESETS,
    PRESETS,
    SENDERS,
    SERVICES,
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
IN_GERMANY = ConsentContext("DE", NOON)
SEVERITY = {Verdict.ALLOW: 0, Verdict.ALLOW_LABELLED: 1, Verdict.EXCLUDE: 2}
EVERY_PRESET = [Rules(preset) for preset in (*PRESETS, *OPERATORS_PRESETS)]

# Beside other properties, by default 2000 and 400 examples.
AGREEMENT = settings(max_examples=20 * settings().max_examples)
LAW = settings(max_examples=4 * settings().max_examples)


def policy_of(rules: Rules) -> Policy:
    """Set a policy to rules."""
    return Policy(
        "the operator's",
        Preset[rules.column.upper()],
        suspicion_high=rules.high,
        suspicion_mid=rules.mid,
        human_cutoff=date(rules.cutoff_year, 1, 1),
        blocked_facets=frozenset(AiFacet(facet) for facet in rules.blocked_facets),
        flag_modes=tuple((source, FlagMode(mode)) for source, mode in rules.modes),
        audit=rules.preset == "audit_only",
    )


def read(row: Row) -> ConsentRecord:
    """Read a row that may name the sender of the delivery that it came in, which no import can."""
    fields = {name: value for name, value in row.items() if name != "sender"}
    return replace(parse_record(fields), sender=row.get("sender"))


def facts(case: Case, *more: Row) -> TrackFacts:
    records = tuple(read(row) for row in (*case.rows, *more))
    return TrackFacts("song", records, case.first_published, set(CREDITS.get(case.artist, ())), case.label)


def decided(case: Case, rules: Rules, *more: Row, preferences: Preferences = NO_PREFERENCES) -> Decision:
    return decide(facts(case, *more), case.context, policy_of(rules), preferences)


def finding(decision: Decision) -> tuple[str, str, frozenset[str]]:
    return decision.verdict, decision.primary, frozenset(decision.codes)


def severity(decision: Decision) -> int:
    return SEVERITY[decision.verdict]


# Agreement


@AGREEMENT
@given(cases(), operators_rules(), preferences())
def test_every_decision_agrees_with_the_second_reading(case: Case, own: Rules, liked: Preferences) -> None:
    on_record = facts(case)
    policies = [(Rules(name), policy) for name, policy in POLICIES.items()]
    for rules, policy in [*policies, (own, policy_of(own))]:
        for wished in (NO_PREFERENCES, liked):
            expected = reference_decide(
                case.rows,
                case.first_published,
                case.context,
                rules,
                artists=CREDITS[case.artist],
                label=case.label,
                preferences=wished,
            )
            assert finding(decide(on_record, case.context, policy, wished)) == expected


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("wished", [NO_PREFERENCES, Preferences(hide_ai=True)])
def test_what_cannot_be_read_is_withheld_under_every_policy(name: str, wished: Preferences) -> None:
    expected = reference_decide(None, None, IN_GERMANY, name, preferences=wished)
    assert finding(decide(None, IN_GERMANY, POLICIES[name], wished)) == expected


def declared(level: str, assurance: str = "asserted", **facets: str) -> Row:
    named = [{"facet": facet, "level": share} for facet, share in facets.items()]
    return {"kind": "disclosure", "track_id": "song", "level": level, "facets": named, "assurance": assurance}


def stated(kind: str, **fields: Any) -> Row:
    return {"kind": kind, "track_id": "song", **fields}


def flagged(name: str, state: str = "confirmed", score: float | None = None, source: str = "operator") -> Row:
    return stated("flag", flag=name, state=state, score=score, source=source)


def delivered(row: Row, sender: str | None) -> Row:
    return {**row, "sender": sender, "source": "ern_message"}


def on_record(*records: Row, first_published: int | None = None) -> Case:
    return Case(records, first_published, IN_GERMANY, ARTISTS[0], None)


def assert_second_reading_agrees(*records: Row, first_published: int | None = None) -> None:
    case = on_record(*records, first_published=first_published)
    for rules in EVERY_PRESET:
        found = finding(decided(case, rules))
        assert found == reference_decide(records, first_published, IN_GERMANY, rules), (rules, records)


DECLARATIONS = [
    declared("none"),
    declared("none", assurance="verified"),
    declared("partly"),
    declared("partly", lyrics="partly"),
    declared("partly", post_production="partly"),
    declared("all"),
    declared("none", vocals="partly"),
    declared("none", artwork="partly"),
    declared("all", instruments="none"),
    {**declared("none"), "contradictions": ["none, yet a generator is credited as Composer"]},
]
HUMAN = {"kind": "party", "artist": "Ada Quill", "party_kind": "person", "verified_human": True}
PERSONA = {"kind": "party", "artist": "Ada Quill", "party_kind": "ai_persona"}
SOURCE_ALLOWED = stated("grant", use="ai_source", state="allowed")
SOURCE_REFUSED = stated("grant", use="ai_source", state="not_allowed")
ONE_LICENSED = stated("derivation", relation="generated_from", source_party="Ada Quill", licence_state="allowed")
ONE_UNKNOWN = stated("derivation", relation="generated_from", source_party="Ida Mole")
VOICE = stated("derivation", relation="voice_of", source_party="Ida Mole")


SITUATIONS: list[list[Row]] = [
    *([declaration] for declaration in DECLARATIONS),
    *([flagged(kind, state, 0.9)] for kind in FLAGS for state in ("open", "confirmed", "cleared")),
    *([flagged(kind, source="detector:aurora-2")] for kind in FLAGS[:2]),
    [flagged("ai_suspected", "under_review", 0.7)],
    [flagged("spam", "open", 0.7)],
    [SOURCE_ALLOWED],
    [SOURCE_REFUSED],
    [ONE_LICENSED],
    [ONE_UNKNOWN],
    [VOICE],
    [{**VOICE, "licence_state": "allowed"}],
    [stated("grant", use="voice", state="allowed")],
    [stated("grant", use="voice", state="constrained")],
    [stated("grant", use="recommendation", state="not_allowed")],
    [stated("grant", use="ai_placement", state="not_allowed")],
    [stated("grant", use="training", state="not_allowed")],
    *([stated("block", reason=reason)] for reason in ("legal", "rights_conflict", "disable_search")),
    [stated("block", reason="legal", commercial_models=["SubscriptionModel"])],
    [stated("rights_claim", controller="Harbour Songs", level="work", claim_status="constrained")],
    [stated("rights_claim", controller="Harbour Songs", level="recording", claim_status="not_allowed")],
    [stated("takedown")],
    [stated("takedown", withdrawn_by="Kestrel Records")],
    [stated("deal", territories=["FR"])],
    [stated("deal", commercial_models=["SubscriptionModel"])],
    [stated("deal", start="2030-01-01")],
    [stated("deal", channels=[SERVICES[0]])],
    [HUMAN],
    [PERSONA],
]


@pytest.mark.parametrize("licences", [[LICENSED], []], ids=["licensed", "unlicensed"])
def test_any_two_situations_together_agree_with_the_second_reading(licences: list[Row]) -> None:
    for one, other in combinations(SITUATIONS, 2):
        assert_second_reading_agrees(*licences, *one, *other)


def test_every_combination_about_ai_agrees_with_the_second_reading() -> None:
    declarations: list[list[Row]] = [[], *([declaration] for declaration in DECLARATIONS)]
    sources = [[], [SOURCE_ALLOWED], [SOURCE_REFUSED], [ONE_LICENSED], [ONE_LICENSED, ONE_UNKNOWN]]
    suspicions = [[], *([flagged("ai_suspected", "open", score)] for score in (0.7, 0.9)), [flagged("ai_suspected")]]
    others = [
        [],
        [flagged("unlicensed_generator", "open", 0.9)],
        [flagged("disclosure_inconsistent")],
        [flagged("spam", "open", 0.7)],
        [VOICE],
    ]
    performers = [[], [HUMAN], [PERSONA]]
    licences: list[list[Row]] = [[LICENSED], []]
    for parts in product(declarations, sources, suspicions, others, performers, licences):
        assert_second_reading_agrees(*(row for part in parts for row in part))


def test_any_two_declarations_by_any_two_sources_agree_with_the_second_reading() -> None:
    suspected = flagged("ai_suspected", "open", 0.9)
    for one, other in permutations(DECLARATIONS, 2):
        assert_second_reading_agrees(LICENSED, SOURCE_ALLOWED, suspected, one, other)
    for one, other in combinations(DECLARATIONS[::2], 2):
        for here, there in product((*NAMED_SOURCES, "Court_Or_Legal", "USER_REPORT"), repeat=2):
            assert_second_reading_agrees(LICENSED, suspected, {**one, "source": here}, {**other, "source": there})


ENDED = {"end": NOON.isoformat()}
OURS, THEIRS = SENDERS
SENT: dict[str, tuple[list[Row], str]] = {
    "the sender of the deal is believed before another sender": (
        [delivered(LICENSED, OURS), delivered(declared("none"), OURS), delivered(declared("all"), THEIRS)],
        "none",
    ),
    "another sender is still believed before the operator": (
        [delivered(LICENSED, OURS), delivered(declared("none"), THEIRS), declared("all")],
        "none",
    ),
    "of two senders with deals the more restrictive counts": (
        [
            delivered(LICENSED, OURS),
            delivered(LICENSED, THEIRS),
            delivered(declared("none"), OURS),
            delivered(declared("all"), THEIRS),
        ],
        "all",
    ),
    "a sender whose deal is over is still a sender of deals": (
        [
            delivered({**LICENSED, **ENDED}, THEIRS),
            delivered(LICENSED, OURS),
            delivered(declared("none"), OURS),
            delivered(declared("all"), THEIRS),
        ],
        "all",
    ),
    "where no deal has a sender all senders are alike": (
        [LICENSED, delivered(declared("none"), OURS), delivered(declared("all"), THEIRS)],
        "all",
    ),
    "so is the sender of a deal for another service": (
        [
            delivered({**LICENSED, "channels": [SERVICES[0]]}, THEIRS),
            delivered(LICENSED, OURS),
            delivered(declared("none"), OURS),
            delivered(declared("all"), THEIRS),
        ],
        "all",
    ),
    "a message of no known sender is another's where a deal has one": (
        [delivered(LICENSED, OURS), delivered(declared("none"), OURS), delivered(declared("all"), None)],
        "none",
    ),
}


@pytest.mark.parametrize(("records", "believed"), SENT.values(), ids=SENT.keys())
def test_of_what_deliveries_declare(records: list[Row], believed: str) -> None:
    assert_second_reading_agrees(*records)
    assert decided(on_record(*records), Rules("strict")).ai == believed


@pytest.mark.parametrize("name", ["detector:aurora-2", "Detector:AURORA-2"])
def test_a_mode_is_that_of_one_source_however_its_name_is_written(name: str) -> None:
    rules = Rules("strict", modes=((name, "withhold"),))
    for source in ("detector:aurora-2", "DETECTOR:aurora-2"):
        assert not decided(on_record(LICENSED, flagged("spam", source=source)), rules).allowed
    for source in ("detector", "detector:aurora-3"):
        assert decided(on_record(LICENSED, flagged("spam", source=source)), rules).allowed


def test_an_operators_share_and_log_decide_as_strict() -> None:
    """What the share of AI in a list leaves out is the list's business."""
    assert POLICIES["editorial_safe"].max_ai_share == 0
    for declaration, grant in product(DECLARATIONS, (SOURCE_ALLOWED, SOURCE_REFUSED)):
        case = on_record(LICENSED, declaration, grant)
        strict, safe, audit = (finding(decided(case, Rules(name))) for name in ("strict", *OPERATORS_PRESETS))
        assert safe == strict
        assert audit[1:] == strict[1:]
        assert audit[0] == (Verdict.ALLOW_LABELLED if strict[0] == Verdict.EXCLUDE else strict[0])


# Laws: what must hold, always


@LAW
@given(cases(), restrictions(), operators_rules(), preferences())
def test_a_takedown_a_flag_a_block_or_a_refusal_never_eases_a_verdict(
    case: Case, restriction: Row, own: Rules, liked: Preferences
) -> None:
    for rules in [*EVERY_PRESET, own]:
        before = decided(case, rules, preferences=liked)
        assert severity(decided(case, rules, restriction, preferences=liked)) >= severity(before)


# The laws of deals are about licences. A deal that was delivered does more: its sender is believed about AI, and that may
# take a track away; `test_of_what_deliveries_declare` has the cases.


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
