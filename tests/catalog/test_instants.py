"""Instants: read from ISO 8601, written and read back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.instants import instant, instant_text, microseconds, parse_instant

MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", MIDNIGHT),
        ("2026-01-31T00:00:00", MIDNIGHT),
        ("2026-01-31T00:00:00Z", MIDNIGHT),
        ("2026-01-30T19:00:00-05:00", MIDNIGHT),
        ("2026-01-31T00:00:00.000001Z", datetime(2026, 1, 31, 0, 0, 0, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_without_a_zone_is_utc_and_a_date_is_its_midnight(text: str, moment: datetime) -> None:
    assert parse_instant(text) == moment
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "2026", "2026-1-31", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date or time such as 2026-01-31"):
        parse_instant(text)


@given(st.integers(-(10**16), 10**17))
def test_an_instant_is_written_in_utc_and_read_back(count: int) -> None:
    moment = instant(count)
    there = moment.astimezone(timezone(timedelta(hours=2)))
    assert microseconds(moment) == microseconds(there) == count
    assert instant_text(there) == instant_text(moment)
    assert instant_text(moment).endswith("Z")
    assert parse_instant(instant_text(moment)) == moment
