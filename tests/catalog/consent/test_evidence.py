"""What shows that people made a recording, and that `human_only` never lets one in of which nothing does."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent.disclosures import AiDisclosure, AiLevel
from catalog.consent.findings import ConsentContext
from catalog.consent.policy import Decision, TrackFacts, decide, human_evidence
from catalog.consent.presets import POLICIES, Policy, Preset
from catalog.consent.records import ConsentRecord, parse_record
from catalog.consent.rights import Party
from catalog.tracks import TrackId
from tests.catalog.consent.recorded_cases import facts, policy_of
from tests.reference_policy import Rules
from tests.strategies import LICENSED, NOON, Case, Row, cases, operators_rules

VERIFIED: Row = {"kind": "party", "artist": "Ada Quill", "verified_human": True, "source": "registry"}
PERSONA: Row = {"kind": "party", "artist": "Ada Quill", "party_kind": "ai_persona"}
FREE_OF_AI: Row = {"kind": "disclosure", "track_id": "song", "level": "none", "source": "ern_message"}
ARTWORK: Row = {
    "kind": "disclosure",
    "track_id": "song",
    "level": "partly",
    "facets": [{"facet": "artwork", "level": "all"}],
}
MADE_WITH_AI: Row = {"kind": "disclosure", "track_id": "song", "level": "all"}
SOURCE_LICENSED: Row = {"kind": "grant", "track_id": "song", "use": "ai_source", "state": "allowed"}
SPAM: Row = {"kind": "flag", "track_id": "song", "flag": "spam", "state": "confirmed"}


def decision(*said: Row, year: int | None = None, policy: Policy = POLICIES["human_only"]) -> Decision:
    records = tuple(parse_record(row) for row in (LICENSED, *said))
    return decide(TrackFacts(TrackId("song"), records, year), ConsentContext("DE", NOON), policy)


def evidence(*said: Row, year: int | None = None, policy: Policy = POLICIES["human_only"]) -> list[str | int]:
    """Return the evidence as kind and source of a record, or the year."""
    found = human_evidence(decision(*said, year=year, policy=policy))
    return [one if isinstance(one, int) else f"{one.kind} {one.source}" for one in found]


def test_each_thing_that_shows_people_is_told_with_who_said_so() -> None:
    assert evidence(VERIFIED) == ["party registry"]
    assert evidence(year=2021) == [2021]
    assert evidence(FREE_OF_AI) == ["disclosure ern_message"]
    assert evidence(ARTWORK) == ["disclosure operator"]
    assert evidence(FREE_OF_AI, VERIFIED, year=1999) == ["disclosure ern_message", "party registry", 1999]


def test_what_shows_nothing_is_no_evidence() -> None:
    unverified = {**VERIFIED, "verified_human": False}
    assert evidence(unverified, year=2022) == []
    assert evidence() == []
    assert human_evidence(decide(None, ConsentContext("DE", NOON), POLICIES["human_only"])) == ()


def test_a_declaration_that_a_better_source_overrules_is_no_evidence() -> None:
    assert evidence(FREE_OF_AI, {**ARTWORK, "source": "registry"}) == ["disclosure registry"]
    assert evidence(FREE_OF_AI, {**MADE_WITH_AI, "source": "registry"}, year=1999) == []


def test_the_year_is_evidence_before_the_cutoff_of_the_policy_in_use() -> None:
    early = replace(POLICIES["human_only"], human_cutoff=POLICIES["human_only"].human_cutoff.replace(year=2000))
    assert evidence(year=2014) == [2014]
    assert evidence(year=2014, policy=early) == []


def test_evidence_is_told_under_every_policy_but_never_beside_what_speaks_against_it() -> None:
    for name in ("strict", "labelled_ai", "editorial_safe", "audit_only"):
        assert evidence(VERIFIED, year=1999, policy=POLICIES[name]) == ["party registry", 1999]
        for against in ((MADE_WITH_AI, SOURCE_LICENSED), (PERSONA,), (SPAM,)):
            assert evidence(*against, VERIFIED, year=1999, policy=POLICIES[name]) == []


@settings(max_examples=4 * settings().max_examples)
@given(cases(), operators_rules())
def test_whatever_human_only_lets_in_has_evidence_and_nothing_else_has(case: Case, rules: Rules) -> None:
    on_record = facts(case)
    own = replace(policy_of(rules), preset=Preset.HUMAN_ONLY, audit=False)
    for policy in (*POLICIES.values(), own):
        column = replace(policy, preset=Preset.HUMAN_ONLY, audit=False)
        let_in = decide(on_record, case.context, column).allowed
        found = human_evidence(decide(on_record, case.context, policy))
        assert bool(found) is let_in
        assert all(shows_people(one, policy) for one in found)


def shows_people(one: ConsentRecord | int, policy: Policy) -> bool:
    """Whether a piece of evidence is what it is taken for."""
    if isinstance(one, int):
        return one < policy.human_cutoff.year
    if isinstance(one.terms, AiDisclosure):
        return not one.terms.inconsistent and (one.terms.level is AiLevel.NONE or one.terms.only_exempt)
    return isinstance(one.terms, Party) and one.terms.verified_human


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(case: Case, chance: Random) -> None:
    rows = list(case.rows)
    chance.shuffle(rows)
    shuffled = replace(case, rows=tuple(rows))
    one, other = (decide(facts(asked), case.context, POLICIES["human_only"]) for asked in (case, shuffled))
    assert human_evidence(one) == human_evidence(other)
