"""Deals as the messages of the tests state them."""

from datetime import UTC, datetime

from catalog.consent import CommercialModel, Deal, Delivery, Period, TerritoryScope, UseType
from catalog.consent.rights import ANYWHERE, covers_model, covers_use
from catalog.tracks import Territory
from tests.ern_messages import (
    RAIN,
    SENDER_NAME,
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
        one.territories.covers(territory)
        and one.period.covers(at)
        and covers_model(one.commercial_models, model)
        and covers_use(one.use_types, use)
        for one in deals(delivery, isrc)
    )
