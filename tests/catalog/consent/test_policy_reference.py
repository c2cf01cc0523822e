"""The consent policy agrees with a second reading of its document, whatever is on record."""

from itertools import combinations, permutations, product

import pytest
from hypothesis import given, settings

from catalog.consent.policy import NO_PREFERENCES, Preferences, decide
from catalog.consent.presets import POLICIES
from catalog.consent.rules import Verdict
from tests.catalog.consent.recorded_cases import (
    EVERY_PRESET,
    HUMAN,
    IN_GERMANY,
    decided,
    declared,
    delivered,
    facts,
    finding,
    flagged,
    on_record,
    policy_of,
    stated,
)
from tests.reference_policy import Row, Rules, reference_decide
from tests.strategies import (
    CREDITS,
    FLAGS,
    LICENSED,
    NAMED_SOURCES,
    NOON,
    OPERATORS_PRESETS,
    SENDERS,
    SERVICES,
    Case,
    cases,
    operators_rules,
    preferences,
)

# Beside other properties, by default 2000 examples.
AGREEMENT = settings(max_examples=20 * settings().max_examples)


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
