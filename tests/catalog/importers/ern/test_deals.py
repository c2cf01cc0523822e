"""What messages license, take down, block and hide: one message for each case."""

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.consent import Block, BlockReason, CommercialModel, Deal, Period, Takedown, UseType
from catalog.consent.rights import ANYWHERE
from catalog.importers.ern.messages import read_message
from tests.catalog.importers.ern.licences import (
    ADVERTISED,
    AUTUMN,
    ON_DEMAND,
    SPRING,
    SUBSCRIPTION,
    THIS_YEAR,
    USUAL,
    all_but,
    deals,
    licensed,
    only,
    since,
)
from tests.ern_messages import (
    DEALS,
    RAIN,
    SENDER,
    SENDER_NAME,
    TAKEN_DOWN,
    TIDE,
    deal,
    matters,
    new_release,
    read,
    reasons,
    records,
    release_deal,
    statement,
    terms,
)

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
