"""What a decision says beside its verdict: label, deal relied on, id, standing, and what keeps a track out."""

from dataclasses import replace
from itertools import permutations

import pytest

from catalog.consent.disclosures import AiFacet
from catalog.consent.policy import NO_PREFERENCES, Preferences, decide, precedence, withholding
from catalog.consent.presets import POLICIES
from catalog.consent.records import parse_record
from catalog.consent.rights import CommercialModel, UseType
from catalog.consent.rules import Standing, Verdict
from catalog.tracks import TrackId
from tests.catalog.consent.statements import (
    HUMAN,
    IN_GERMANY,
    INSTANT,
    NO,
    NO_VOCALS,
    NOON,
    SOURCE_ALLOWED,
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
from tests.strategies import LICENSED

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
        decide(None, IN_GERMANY, POLICIES["strict"], track_id=TrackId("song")).decision_id,
    ]
    assert len(set(ids)) == len(ids)


def test_an_id_is_the_same_in_every_release() -> None:
    """Exposures and complaints on record name decisions by it."""
    context = replace(IN_GERMANY, service_dpid="PADPIDA2026030101A")
    decision = decide(facts(LICENSED, HUMAN, declared("all"), first_published=1999), context, POLICIES["strict"])
    assert decision.decision_id == "2cfaaece2949303ccde8468d"
    assert (
        decide(None, IN_GERMANY, POLICIES["strict"], track_id=TrackId("song")).decision_id == "a6ef08c9e5aa8a731a718109"
    )


def test_no_id_lets_anybody_try_out_who_asked_why_or_how_strongly_it_is_suspected() -> None:
    for asked, otherwise in (
        (takedown(reason="a", source="operator"), takedown(reason="b", source="artist_statement")),
        (takedown(withdrawn_by="Kestrel Records"), takedown(withdrawn_by="North Pier")),
        (flag("duplicate", source="operator"), flag("duplicate", source="human_review")),
        (flag("duplicate", "open", 0.95), flag("duplicate", "open", 0.96)),
        (block("legal", source="operator"), block("legal", source="Kestrel Records")),
        (grant("training", "not_allowed"), grant("training", "not_allowed", source="artist_statement")),
    ):
        assert decided(LICENSED, asked).decision_id == decided(LICENSED, otherwise).decision_id
        assert decided(LICENSED, asked).decision_id != decided(LICENSED).decision_id


def test_what_a_listener_hides_is_in_the_id_where_the_track_is_withheld_anyway() -> None:
    hidden = replace(facts(takedown()), artists={"ada quill"})
    blocking = Preferences(blocked_artists=frozenset({"ada quill"}))
    ids = {decide(hidden, IN_GERMANY, POLICIES["strict"], liked).decision_id for liked in (NO_PREFERENCES, blocking)}
    assert len(ids) == 2


def test_what_a_listener_asked_for_is_in_the_id_of_a_track_that_it_does_not_hide() -> None:
    """The same track may be played for all of them, but who asked for what is a part of the question."""
    preferences = [
        NO_PREFERENCES,
        Preferences(hide_ai=True),
        Preferences(blocked_artists=frozenset({"a", "b"})),
        Preferences(blocked_artists=frozenset({"a"}), blocked_labels=frozenset({"b"})),
        Preferences(blocked_labels=frozenset({"a", "b"})),
    ]
    decisions = [decide(facts(LICENSED), IN_GERMANY, POLICIES["strict"], wished) for wished in preferences]
    assert {decision.verdict for decision in decisions} == {Verdict.ALLOW}
    assert len({decision.decision_id for decision in decisions}) == len(preferences)
    respelled = Preferences(blocked_artists=frozenset({"B", "A"}))
    assert decide(facts(LICENSED), IN_GERMANY, POLICIES["strict"], respelled).decision_id == decisions[2].decision_id


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
