"""What is read from the messages of `tests/catalog/importers/ern/messages`: one of them for each case."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.consent.deliveries import Delivery
from catalog.consent.disclosures import AiDisclosure, AiFacet, AiLevel
from catalog.consent.flags import Takedown
from catalog.consent.records import Subject, SubjectKind
from catalog.consent.rights import (
    ALWAYS,
    ANYWHERE,
    Block,
    BlockReason,
    ClaimLevel,
    CommercialModel,
    ControllerRole,
    Deal,
    Derivation,
    GrantState,
    Party,
    PartyKind,
    Period,
    Relation,
    RightsClaim,
    TerritoryScope,
    UseType,
)
from catalog.importers.ern.messages import read_message
from catalog.importers.reports import CatalogImportError
from catalog.tracks import Territory
from tests.ern_messages import (
    CREATED,
    DEALS,
    FOLDER,
    RAIN,
    SENDER,
    SENDER_NAME,
    TAKEN_DOWN,
    TIDE,
    deal,
    matters,
    new_release,
    only_a_test,
    purge,
    read,
    reasons,
    recording,
    records,
    release_deal,
    statement,
    terms,
)

SPRING, SUMMER, AUTUMN = (datetime(2026, month, 15, tzinfo=UTC) for month in (4, 7, 10))
SUBSCRIPTION, ADVERTISED = CommercialModel.SUBSCRIPTION, CommercialModel.ADVERTISEMENT_SUPPORTED
ON_DEMAND = frozenset({UseType.ON_DEMAND_STREAM})


def only(*codes: Territory) -> TerritoryScope:
    return TerritoryScope(frozenset(codes))


def all_but(*codes: Territory) -> TerritoryScope:
    return TerritoryScope(excluded=frozenset(codes))


def since(year: int, month: int, day: int) -> Period:
    return Period(datetime(year, month, day, tzinfo=UTC))


THIS_YEAR = since(2026, 1, 1)
USUAL = Deal(ANYWHERE, ON_DEMAND, frozenset({SUBSCRIPTION}), THIS_YEAR, SENDER_NAME)


def deals(delivery: Delivery, isrc: str = RAIN) -> list[Deal]:
    return [one for one in terms(delivery, "deal", isrc) if isinstance(one, Deal)]


def licensed(
    delivery: Delivery,
    territory: Territory,
    at: datetime = SPRING,
    model: CommercialModel = SUBSCRIPTION,
    use: UseType = UseType.ON_DEMAND_STREAM,
    isrc: str = RAIN,
) -> bool:
    return any(
        one.territories.covers(territory) and one.period.covers(at) and one.covers_model(model) and one.covers_use(use)
        for one in deals(delivery, isrc)
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.xml")), ids=lambda path: path.stem)
def test_every_message_of_the_folder_is_read(path: Path) -> None:
    delivery = read(path.name).delivery
    assert (delivery.message_id in ("m-1", "m-9"), delivery.sender, delivery.sender_name) == (True, SENDER, SENDER_NAME)
    assert delivery.created_at == datetime.fromisoformat(CREATED)
    assert len(matters(delivery)) == len(delivery.statements) > 0


@pytest.mark.parametrize("version", ["38", "381", "382", "383", "41", "411", "42", "43", "431", "432"])
def test_every_version_is_taken_and_named(version: str) -> None:
    delivery = read_message(new_release(version), "m.xml").delivery
    assert delivery.schema == "ERN " + ".".join(version)
    assert deals(delivery) == [USUAL]
    assert read_message(purge(version), "p.xml").delivery.schema == delivery.schema


def test_a_record_says_who_stated_it_when_and_in_which_message() -> None:
    delivery = read("deal_worldwide_431.xml").delivery
    (record,) = statement(delivery, DEALS).records
    assert (record.source, record.sender, record.evidence) == ("ern_message", SENDER, "message m-1")
    assert (record.stated_at, record.recorded_at) == (delivery.created_at, None)
    assert record.subject == Subject(SubjectKind.ISRC, RAIN)


def test_equal_files_have_equal_digests_and_others_do_not() -> None:
    one, again, other = (
        read_message(new_release("432", message_id=name), "m.xml").delivery for name in ("m-1", "m-1", "m-2")
    )
    assert one.digest == again.digest != other.digest
    assert len(one.digest) == 64


def test_every_release_and_recording_has_its_statements_though_they_are_empty() -> None:
    delivery = read("takedown_no_deal.xml").delivery
    about = f"resource/{SENDER}/{RAIN}"
    assert matters(delivery) == {DEALS} | {
        f"{about}/{matter}" for matter in ("disclosure", "search", "relations", "controllers")
    }
    assert not any(one.records or one.ends for one in delivery.statements)


def test_versions_before_disable_search_and_disclosures_say_nothing_about_them() -> None:
    about = f"resource/{SENDER}/{RAIN}"
    assert f"{about}/search" not in matters(read("deal_on_behalf_41.xml").delivery)
    assert f"{about}/search" in matters(read("display_start.xml").delivery)
    assert f"{about}/disclosure" not in matters(read("display_start.xml").delivery)
    assert f"{about}/disclosure" in matters(read("deal_worldwide_431.xml").delivery)


# Deals


@pytest.mark.parametrize("name", ["deal_worldwide_431.xml", "deal_worldwide_382.xml"])
def test_a_worldwide_deal_names_no_territory(name: str) -> None:
    delivery = read(name).delivery
    assert deals(delivery) == [Deal(ANYWHERE, ON_DEMAND, frozenset({SUBSCRIPTION, ADVERTISED}), THIS_YEAR, SENDER_NAME)]


def test_a_deal_for_territories_is_one_of_every_recording_of_the_release() -> None:
    delivery = read("deal_territories_43.xml").delivery
    for isrc in (RAIN, TIDE):
        assert [one.territories for one in deals(delivery, isrc)] == [only("FR", "DE")]


def test_excluded_territories_are_kept_as_such() -> None:
    assert [one.territories for one in deals(read("deal_excluded_territories.xml").delivery)] == [all_but("US", "CA")]


def test_instants_are_exact_whatever_their_time_zone() -> None:
    (found,) = deals(read("deal_instants_with_offset.xml").delivery)
    assert found.period == Period(datetime(2026, 2, 28, 22, tzinfo=UTC), datetime(2026, 9, 1, 5, tzinfo=UTC))


def test_days_begin_at_midnight_utc_and_the_last_one_counts_in_full() -> None:
    (found,) = deals(read("deal_dates_383.xml").delivery)
    assert found.period == Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))


def test_several_periods_are_several_deals() -> None:
    found = {one.period for one in deals(read("deal_several_periods.xml").delivery)}
    assert found == {Period(THIS_YEAR.start, datetime(2026, 2, 1, tzinfo=UTC)), since(2026, 6, 1)}


def test_a_deal_without_models_or_uses_covers_them_all() -> None:
    (found,) = deals(read("deal_without_models_or_uses.xml").delivery)
    assert (found.use_types, found.commercial_models) == (frozenset(), frozenset())


def test_unknown_values_beside_known_ones_are_left_out_and_reported() -> None:
    message = read("deal_partly_unknown_values.xml")
    assert deals(message.delivery) == [Deal(only("FR"), ON_DEMAND, frozenset({SUBSCRIPTION}), THIS_YEAR, SENDER_NAME)]
    for value in ("2136", "TelepathyModel", "Hum"):
        assert value in reasons(message)


def test_a_deal_with_nothing_but_unknown_values_never_becomes_one_for_everything() -> None:
    message = read("deal_only_unknown_values.xml")
    assert statement(message.delivery, DEALS).records == ()
    for value in ("AN", "TelepathyModel", "Hum"):
        assert value in reasons(message)


def test_an_excluded_territory_that_nobody_knows_never_widens_a_deal() -> None:
    message = read("deal_excluding_unknown_territory.xml")
    assert not licensed(message.delivery, "US")
    assert not licensed(message.delivery, "CA")
    assert "US-NY" in reasons(message)


def test_uses_that_are_none_of_ours_are_passed_over_in_silence() -> None:
    message = read("deal_other_uses.xml")
    assert [one.use_types for one in deals(message.delivery)] == [ON_DEMAND]
    assert not message.problems


def test_the_older_spelling_of_generative_training_is_understood() -> None:
    (found,) = deals(read("deal_generative_ai_383.xml").delivery)
    assert found.use_types == {UseType.TRAINING_GENERATIVE_AI}


@pytest.mark.parametrize("name", ["deal_other_service.xml", "deal_other_service_382.xml"])
def test_a_deal_for_one_service_names_its_dpid(name: str) -> None:
    (found,) = deals(read(name).delivery)
    assert found.channels == {"PADPIDA2026010177S"}
    assert not found.excluded_channels


def test_a_service_without_a_dpid_is_named_by_its_name() -> None:
    (found,) = deals(read("deal_excluded_service.xml").delivery)
    assert found.excluded_channels == {"Seashell Radio"}
    assert not found.channels


def test_who_it_was_sent_on_behalf_of_is_the_licensor() -> None:
    delivery = read("deal_on_behalf_41.xml").delivery
    assert [one.licensor for one in deals(delivery)] == ["Lighthouse Tapes"]
    assert (delivery.sender, delivery.sender_name) == (SENDER, SENDER_NAME)


def test_a_pre_order_deal_is_taken_as_it_stands() -> None:
    (found,) = deals(read("deal_preorder.xml").delivery)
    assert found.use_types == {UseType.PERMANENT_DOWNLOAD}
    assert found.period == since(2026, 10, 1)


def test_a_track_release_with_a_number_of_its_senders_has_a_matter_under_its_main_release() -> None:
    delivery = read("deal_track_release.xml").delivery
    own = f"{DEALS}/PROPRIETARY:NP-0002"
    assert {DEALS, own} <= matters(delivery)
    found = statement(delivery, own)
    assert (found.part_of, found.formerly) == (DEALS, (f"deals/{SENDER}/PROPRIETARY:NP-0002",))
    assert {record.subject.value for record in statement(delivery, DEALS).records} == {RAIN, TIDE}
    assert [record.subject.value for record in statement(delivery, own).records] == [TIDE]
    assert licensed(delivery, "DE", isrc=TIDE)
    assert not licensed(delivery, "DE", isrc=RAIN)


def test_a_track_release_without_an_identifier_goes_by_its_release_and_recording() -> None:
    delivery = read("deal_track_release_without_id.xml").delivery
    found = statement(delivery, f"{DEALS}/{TIDE}")
    assert (found.part_of, found.formerly) == (DEALS, ())
    assert {record.subject.value for record in statement(delivery, DEALS).records} == {RAIN, TIDE}
    assert licensed(delivery, "DE", isrc=TIDE)
    assert not licensed(delivery, "DE", isrc=RAIN)
    assert licensed(delivery, "FR", isrc=RAIN)


def test_a_deal_that_names_two_releases_is_a_deal_of_both() -> None:
    delivery = read("deal_of_two_releases.xml").delivery
    assert [record.subject.value for record in statement(delivery, f"{DEALS}/PROPRIETARY:NP-0002").records] == [TIDE]
    assert {record.subject.value for record in statement(delivery, DEALS).records} == {RAIN, TIDE}


def test_a_deal_of_a_release_that_is_not_described_is_reported() -> None:
    message = read("deal_of_unknown_release.xml")
    assert "R7" in reasons(message)
    assert deals(message.delivery) == [USUAL]


def test_a_recording_on_two_releases_is_licensed_by_both() -> None:
    delivery = read("two_releases_one_recording.xml").delivery
    assert {DEALS, f"deals/{SENDER}/ISRC:{RAIN}"} <= matters(delivery)
    assert [one.territories for one in deals(delivery)] == [only("FR"), only("DE")]


def test_groups_within_the_group_of_resources_belong_to_the_release() -> None:
    delivery = read("grouped_resources.xml").delivery
    assert deals(delivery, TIDE) == deals(delivery, RAIN) == [USUAL]


def test_a_period_that_cannot_be_read_licenses_nothing() -> None:
    for wrong in ({"start": "soon"}, {"end": "2026-13-01T00:00:00Z"}, {"end": "2025-01-01T00:00:00Z"}):
        message = read_message(new_release("432", deals=release_deal(deal("432", **wrong))), "m.xml")
        assert not deals(message.delivery), wrong
        assert message.problems, wrong


# Take-downs


@pytest.mark.parametrize("name", ["takedown_no_deal.xml", "takedown_no_deal_382.xml"])
def test_an_update_without_deals_leaves_nothing_in_force(name: str) -> None:
    found = statement(read(name).delivery, DEALS)
    assert (found.records, found.ends) == ((), None)


def test_a_closed_period_is_a_deal_that_has_ended() -> None:
    (found,) = deals(read("takedown_closed_period.xml").delivery)
    assert found.period == Period(THIS_YEAR.start, datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize("name", ["takedown_purge.xml", "takedown_purge_382.xml"])
def test_a_purge_ends_all_that_its_release_ever_covered(name: str) -> None:
    delivery = read(name).delivery
    (found,) = delivery.statements
    assert (found.matter, found.records, delivery.tracks) == (DEALS, (), ())
    assert found.ends == Takedown(reason="purged by its licensor", withdrawn_by=SENDER_NAME)


def test_a_takedown_in_one_country_leaves_the_deal_elsewhere_and_before() -> None:
    delivery = read("takedown_flag_383.xml").delivery
    assert licensed(delivery, "DE", AUTUMN)
    assert licensed(delivery, "FR", datetime(2026, 5, 31, 23, 59, tzinfo=UTC))
    assert not licensed(delivery, "FR", datetime(2026, 6, 1, tzinfo=UTC))
    assert not licensed(delivery, "FR", AUTUMN, ADVERTISED)
    assert terms(delivery, "takedown") == [
        Takedown(only("FR"), period=since(2026, 6, 1), reason="taken down by its licensor", withdrawn_by=SENDER_NAME)
    ]


def test_a_takedown_alone_licenses_nothing() -> None:
    delivery = read("takedown_flag_everywhere_382.xml").delivery
    assert not deals(delivery)
    (found,) = terms(delivery, "takedown")
    assert isinstance(found, Takedown)
    assert (found.territories, found.period) == (ANYWHERE, since(2026, 6, 1))


def test_a_takedown_of_one_use_leaves_the_other_kinds_of_stream() -> None:
    delivery = read("takedown_flag_one_use_381.xml").delivery
    assert not licensed(delivery, "FR")
    for use in (UseType.NON_INTERACTIVE_STREAM, UseType.CONTENT_INFLUENCED_STREAM, UseType.TIME_INFLUENCED_STREAM):
        assert licensed(delivery, "FR", use=use)
    (found,) = terms(delivery, "takedown")
    assert isinstance(found, Takedown)
    assert found.use_types == ON_DEMAND


def test_a_takedown_under_one_model_is_only_subtracted() -> None:
    """A take-down on record knows no models: it would take down the other one too."""
    delivery = read("takedown_flag_one_model_381.xml").delivery
    assert licensed(delivery, "FR")
    assert not licensed(delivery, "FR", model=ADVERTISED)
    assert not terms(delivery, "takedown")


def test_a_takedown_everywhere_but_in_one_country_leaves_that_country() -> None:
    delivery = read("takedown_flag_excluded_territories_38.xml").delivery
    assert [licensed(delivery, code) for code in ("JP", "FR", "DE", "US")] == [True, False, False, False]


def test_a_takedown_that_says_false_is_a_deal() -> None:
    delivery = read("takedown_flag_false_382.xml").delivery
    assert deals(delivery) == [USUAL]
    assert not terms(delivery, "takedown")


def test_a_takedown_of_one_release_leaves_the_deals_of_another() -> None:
    delivery = read("takedown_flag_other_release_382.xml").delivery
    assert [record.kind for record in statement(delivery, DEALS).records] == ["deal"]
    assert [record.kind for record in statement(delivery, f"deals/{SENDER}/ISRC:{RAIN}").records] == ["takedown"]


def test_cancelling_all_deals_ends_them_at_the_start_of_its_period() -> None:
    delivery = read("all_deals_cancelled_382.xml").delivery
    assert [one.period for one in deals(delivery)] == [Period(THIS_YEAR.start, datetime(2026, 7, 1, tzinfo=UTC))]
    (found,) = terms(delivery, "takedown")
    assert isinstance(found, Takedown)
    assert found.period == since(2026, 7, 1)


BLOCKED = "<RightsClaimPolicy><RightsClaimPolicyType>BlockAccess</RightsClaimPolicyType></RightsClaimPolicy>"


@pytest.mark.parametrize("restricts", [{"flag": TAKEN_DOWN}, {"more": BLOCKED}], ids=["takedown", "block"])
@pytest.mark.parametrize(
    "unknown", [{"territories": ("2136",)}, {"excluded": ("2136",)}, {"uses": ("Hum",)}, {"start": "soon"}], ids=str
)
def test_what_takes_away_takes_away_more_rather_than_less_where_it_is_not_understood(
    restricts: dict[str, str], unknown: dict[str, Any]
) -> None:
    version = "383" if "flag" in restricts else "432"
    away = deal(version, **{"models": (), "uses": (), **restricts, **unknown})
    message = read_message(new_release(version, deals=release_deal(deal(version), away)), "m.xml")
    (record,) = (one for one in records(message.delivery) if one.kind in ("takedown", "block"))
    assert isinstance(record.terms, Takedown | Block)
    assert (record.terms.territories, record.terms.use_types) == (ANYWHERE, frozenset())
    assert record.terms.period.covers(SPRING)
    assert message.problems


def test_a_deal_without_a_territory_or_a_period_licenses_nothing() -> None:
    timeless = deal("432").replace("<StartDateTime>2026-01-01T00:00:00Z</StartDateTime>", "")
    message = read_message(new_release("432", deals=release_deal(deal("432", territories=()), timeless)), "m.xml")
    assert not deals(message.delivery)
    assert len(message.problems) == 2


# Blocks


def test_block_access_is_a_legal_block_and_no_deal() -> None:
    delivery = read("rights_claim_block_access.xml").delivery
    assert deals(delivery) == [USUAL]
    models = frozenset({SUBSCRIPTION, CommercialModel.RIGHTS_CLAIM})
    assert terms(delivery, "block") == [Block(BlockReason.LEGAL, only("DE"), ON_DEMAND, models, THIS_YEAR)]


def test_other_claim_policies_are_ordinary_deals() -> None:
    delivery = read("rights_claim_monetize.xml").delivery
    assert [one.territories for one in deals(delivery)] == [ANYWHERE, only("FR")]
    assert {model for one in deals(delivery) for model in one.commercial_models} == {CommercialModel.RIGHTS_CLAIM}
    assert not terms(delivery, "block")


def test_blocking_uploads_blocks_nothing_else() -> None:
    delivery = read("rights_claim_block_uploads.xml").delivery
    assert [record.kind for record in statement(delivery, DEALS).records] == ["deal"]


def test_a_display_start_hides_a_release_until_then() -> None:
    delivery = read("display_start.xml").delivery
    until = Period(None, datetime(2026, 5, 1, tzinfo=UTC))
    assert terms(delivery, "block") == [Block(BlockReason.DISABLE_SEARCH, only("FR"), period=until)]
    assert deals(delivery) == [USUAL]


def test_a_display_start_in_the_terms_of_a_deal_hides_it_in_its_territories() -> None:
    delivery = read("display_start_383.xml").delivery
    until = Period(None, datetime(2026, 5, 1, tzinfo=UTC))
    assert terms(delivery, "block") == [Block(BlockReason.DISABLE_SEARCH, only("FR"), period=until)]
    assert [one.period for one in deals(delivery)] == [since(2026, 6, 1)]


def test_disable_search_is_a_block_of_that_recording_only() -> None:
    delivery = read("disable_search.xml").delivery
    assert terms(delivery, "block") == [Block(BlockReason.DISABLE_SEARCH)]
    assert statement(delivery, f"resource/{SENDER}/{TIDE}/search").records == ()


def test_disable_search_is_read_since_43() -> None:
    assert terms(read("disable_search_43.xml").delivery, "block") == [Block(BlockReason.DISABLE_SEARCH)]


# Disclosures: every combination is in test_ern_disclosures


def test_generated_vocals_beside_a_human_guitarist() -> None:
    (found,) = terms(read("ai_partly_vocals.xml").delivery, "disclosure")
    assert found == AiDisclosure(AiLevel.PARTLY, ((AiFacet.INSTRUMENTS, AiLevel.NONE), (AiFacet.VOCALS, AiLevel.ALL)))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ai_none_yet_generated.xml", ("none", "LeadVocalist")),
        ("ai_all_yet_human.xml", ("all", "Ada Quill", "LeadVocalist")),
        ("ai_unknown_value.xml", ("Mostly",)),
        ("ai_persona_yet_none.xml", ("none", "Tin Oracle")),
        ("ai_release_none_yet_partly.xml", ("none", "partly")),
        ("ai_vocals_yet_sung.xml", ("HasVocalPerformance",)),
    ],
)
def test_a_contradiction_names_its_values_and_is_reported(name: str, words: tuple[str, ...]) -> None:
    message = read(name)
    (found,) = terms(message.delivery, "disclosure")
    assert isinstance(found, AiDisclosure)
    assert found.inconsistent
    assert found.contradictions
    for contradiction in found.contradictions:
        assert contradiction in reasons(message)
        assert "\n" not in contradiction
    for word in words:
        assert word.lower() in " ".join(found.contradictions).lower()


def test_an_unknown_level_counts_as_the_highest() -> None:
    (found,) = terms(read("ai_unknown_value.xml").delivery, "disclosure")
    assert isinstance(found, AiDisclosure)
    assert found.level is AiLevel.ALL


def test_fields_of_later_versions_are_ignored_and_reported() -> None:
    message = read("ai_fields_in_43.xml")
    assert not terms(message.delivery, "disclosure")
    assert "AI" in reasons(message)


def test_a_generated_act_is_a_persona() -> None:
    delivery = read("ai_persona.xml").delivery
    assert terms(delivery, "party") == [Party(PartyKind.AI_PERSONA, name="Tin Oracle")]
    matter = statement(delivery, f"resource/{SENDER}/{RAIN}/disclosure")
    assert {record.kind for record in matter.records} == {"disclosure", "party"}
    (found,) = terms(delivery, "disclosure")
    assert isinstance(found, AiDisclosure)
    assert not found.inconsistent


def test_a_generated_cover_adds_to_what_is_declared_and_to_nothing_else() -> None:
    delivery = read("ai_artwork.xml").delivery
    assert terms(delivery, "disclosure", RAIN) == [
        AiDisclosure(AiLevel.PARTLY, ((AiFacet.ARTWORK, AiLevel.ALL), (AiFacet.VOCALS, AiLevel.ALL)))
    ]
    assert terms(delivery, "disclosure", TIDE) == [AiDisclosure(AiLevel.NONE)]
    assert terms(delivery, "disclosure", "QZNPR2600003") == []


def test_the_release_speaks_for_a_silent_recording() -> None:
    assert terms(read("ai_release_level.xml").delivery, "disclosure") == [AiDisclosure(AiLevel.ALL)]


def test_a_partly_generated_release_is_explained_by_one_of_its_recordings() -> None:
    delivery = read("ai_release_partly_explained.xml").delivery
    assert len(terms(delivery, "disclosure", RAIN)) == 1
    assert terms(delivery, "disclosure", TIDE) == []


def test_a_partly_generated_release_that_nothing_explains_makes_its_recordings_partly_so() -> None:
    delivery = read("ai_release_partly_unexplained.xml").delivery
    for isrc in (RAIN, TIDE):
        assert terms(delivery, "disclosure", isrc) == [AiDisclosure(AiLevel.PARTLY)]


def test_each_edition_with_an_isrc_is_a_recording_of_its_own() -> None:
    delivery = read("ai_one_edition.xml").delivery
    assert {track.isrc: track.title for track in delivery.tracks} == {RAIN: "Tin Rain", TIDE: "Tin Rain"}
    assert deals(delivery, TIDE) == deals(delivery, RAIN) == [USUAL]
    assert terms(delivery, "disclosure", RAIN) == []
    assert terms(delivery, "disclosure", TIDE) == [
        AiDisclosure(AiLevel.PARTLY, ((AiFacet.POST_PRODUCTION, AiLevel.ALL),))
    ]


# Relations and controllers


def test_relations_name_their_origin_and_unknown_ones_are_reported() -> None:
    message = read("relations.xml")
    assert terms(message.delivery, "derivation") == [
        Derivation(Relation.CONTAINS_SAMPLES_FROM, GrantState.UNKNOWN, source_track="QZOTH1900007"),
        Derivation(Relation.IS_COVER_OF, GrantState.UNKNOWN, source_track=TIDE),
        Derivation(Relation.GENERATED_FROM, GrantState.UNKNOWN, source_track="QZOTH1900008"),
        Derivation(Relation.STYLE_OF, GrantState.UNKNOWN, source_track="QZOTH1900009"),
    ]
    assert "OverheardBy" in reasons(message)


def test_controllers_are_on_record_with_each_of_their_delegations() -> None:
    delivery = read("rights_controllers.xml").delivery
    label, ada = "North Pier", "Ada Quill"
    assert terms(delivery, "rights_claim") == [
        RightsClaim(
            label, ClaimLevel.RECORDING, ControllerRole.RIGHTS_CONTROLLER, 60, only("FR"), ON_DEMAND, THIS_YEAR
        ),
        RightsClaim(
            label,
            ClaimLevel.RECORDING,
            ControllerRole.RIGHTS_CONTROLLER,
            60,
            ANYWHERE,
            frozenset({UseType.PERMANENT_DOWNLOAD}),
            ALWAYS,
        ),
        RightsClaim(ada, ClaimLevel.WORK, ControllerRole.RIGHTS_HOLDER),
    ]


# Identifiers


def test_a_wrong_check_digit_is_reported_and_taken() -> None:
    message = read("wrong_check_digit.xml")
    assert f"deals/{SENDER}/ICPN:2000000000016" in matters(message.delivery)
    assert deals(message.delivery) == [USUAL]
    for number in ("2000000000016", "0000000123456780"):
        assert number in reasons(message)


def test_right_check_digits_are_passed_over_in_silence() -> None:
    assert not read("grid_beside_icpn.xml").problems


@pytest.mark.parametrize(
    ("name", "release"),
    [("grid_beside_icpn.xml", "ICPN:2000000000015"), ("catalog_number.xml", "CATALOG:NP 12")],
)
def test_a_release_is_named_by_the_first_identifier_that_it_has(name: str, release: str) -> None:
    assert f"deals/{SENDER}/{release}" in matters(read(name).delivery)


def test_a_recording_without_an_isrc_is_known_by_its_senders_number() -> None:
    delivery = read("recording_by_proprietary_id.xml").delivery
    (record,) = statement(delivery, DEALS).records
    assert record.subject == Subject(SubjectKind.TRACK, f"{SENDER}:NP-T-77")
    (track,) = delivery.tracks
    assert (track.track_id, track.isrc) == (f"{SENDER}:NP-T-77", None)
    assert f"resource/{SENDER}/{SENDER}:NP-T-77/relations" in matters(delivery)


def test_an_isrc_is_read_however_it_is_written() -> None:
    delivery = read("isrc_with_hyphens_382.xml").delivery
    assert [track.isrc for track in delivery.tracks] == [RAIN]
    assert deals(delivery) == [USUAL]


def test_a_recording_without_an_identifier_is_reported_and_the_rest_is_taken() -> None:
    message = read("recording_without_id.xml")
    assert "NOT-AN-ISRC" in reasons(message)
    assert [track.isrc for track in message.delivery.tracks] == [TIDE]
    assert deals(message.delivery, TIDE) == [USUAL]


def test_a_recording_without_an_artist_is_no_track_but_its_statements_count() -> None:
    message = read("recording_without_artist.xml")
    assert message.delivery.tracks == ()
    assert deals(message.delivery) == [USUAL]
    assert message.problems


# Tracks


def test_everything_that_describes_a_track_is_read() -> None:
    (track,) = read("metadata.xml").delivery.tracks
    assert (track.track_id, track.isrc, track.title, track.artist) == (RAIN, RAIN, "Tin Rain", "Ada Quill")
    assert (track.album, track.label, track.genres) == ("Harbour", "North Pier", ("Folk", "Sea Shanty"))
    assert (track.duration_s, track.year, track.explicit, track.language) == (3723.5, 2019, True, "de")
    assert track.attributes["delivered_by"] == SENDER
    assert datetime.fromisoformat(track.attributes["delivered_at"]) == datetime.fromisoformat(CREATED)
    assert track.attributes["ern_version"].endswith("4.3.2")


def test_version_38_describes_a_track_by_territory() -> None:
    (track,) = read("metadata_382.xml").delivery.tracks
    assert (track.title, track.artist, track.album, track.label) == ("Tin Rain", "Ada Quill", "Harbour", "North Pier")
    assert (track.genres, track.duration_s, track.year) == (("Folk", "Sea Shanty"), 181, 2020)
    assert (track.explicit, track.language) == (False, "de")


def test_version_41_describes_a_track_by_its_release() -> None:
    (track,) = read("metadata_41.xml").delivery.tracks
    assert (track.title, track.artist, track.album, track.label) == ("Tin Rain", "Ada Quill", "Harbour", "North Pier")
    assert (track.genres, track.year, track.explicit, track.language) == (("Folk",), 2020, False, "fr")


def test_the_default_language_names_a_track() -> None:
    (track,) = read("several_languages.xml").delivery.tracks
    assert (track.title, track.artist) == ("Tin Rain", "Ada Quill")


def test_worldwide_details_come_before_those_of_one_country() -> None:
    (track,) = read("territories_disagree_382.xml").delivery.tracks
    assert (track.title, track.artist) == ("Tin Rain", "Ada Quill")


def test_children_may_stand_in_the_namespace_too() -> None:
    delivery = read("qualified_children.xml").delivery
    assert deals(delivery) == [USUAL]
    assert [track.title for track in delivery.tracks] == ["Tin Rain"]


def test_a_sender_without_a_dpid_is_known_by_its_name() -> None:
    delivery = read_message(new_release("382", sender="np-internal-4"), "m.xml").delivery
    assert (delivery.sender, delivery.sender_name) == (SENDER_NAME, SENDER_NAME)


def test_an_instant_without_an_offset_is_utc() -> None:
    delivery = read_message(new_release("432", created_at="2026-02-01T10:00:00"), "m.xml").delivery
    assert delivery.created_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


def test_a_recording_on_no_release_is_described_and_licensed_by_nobody() -> None:
    both = recording("432") + recording("432", reference="A2", isrc=TIDE, title="Tide Table")
    delivery = read_message(new_release("432", resources=both), "m.xml").delivery
    assert {track.isrc for track in delivery.tracks} == {RAIN, TIDE}
    assert not records(delivery, TIDE)


# Messages refused as a whole


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ((b"<MessageId>m-1</MessageId>", b""), "MessageId"),
        ((b"2026-02-01T10:00:00Z", b"yesterday"), "yesterday"),
        ((b"<MessageCreatedDateTime>2026-02-01T10:00:00Z</MessageCreatedDateTime>", b""), "MessageCreatedDateTime"),
        ((b"http://ddex.net/xml/ern/432", b"http://ddex.net/xml/ern/44"), "ern/44"),
        ((b"http://ddex.net/xml/ern/432", b"http://harbour.example/xml"), "harbour.example"),
        ((b"ern:NewReleaseMessage", b"ern:CatalogListMessage"), "CatalogListMessage"),
    ],
)
def test_a_message_that_cannot_be_placed_is_refused_with_its_reason(wrong: tuple[bytes, bytes], named: str) -> None:
    with pytest.raises(CatalogImportError) as refused:
        read_message(new_release("432").replace(*wrong), "m.xml")
    assert "m.xml" in str(refused.value)
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_message_without_a_sender_is_refused() -> None:
    content = new_release("432", sender="", sender_name="")
    with pytest.raises(CatalogImportError, match="MessageSender"):
        read_message(content, "m.xml")


def test_a_barcode_of_twelve_digits_is_the_one_of_thirteen_that_begins_with_a_zero() -> None:
    """Otherwise a sender that changes from UPC to EAN would leave its earlier deals in force."""
    assert purge_matters("012345678905") == purge_matters("0012345678905") == {f"deals/{SENDER}/ICPN:0012345678905"}


def purge_matters(icpn: str) -> set[str]:
    return matters(read_message(purge("432", icpn=icpn), "purge.xml").delivery)


def test_a_test_message_is_read_and_says_what_it_is() -> None:
    live, test = read_message(new_release("432"), "m.xml"), read_message(only_a_test("432"), "m.xml")
    assert (live.is_test, test.is_test) == (False, True)
    assert test.delivery.statements == live.delivery.statements
