from datetime import UTC, datetime, timedelta

from catalog.consent.kinds import period_of
from catalog.consent.rights import Deal, Period

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_what_is_stated_holds_in_its_period() -> None:
    deal = Deal(period=Period(NOON, NOON + timedelta(days=1)))
    assert [period_of(deal).covers(NOON + timedelta(days=day)) for day in (-1, 0, 1)] == [False, True, False]
