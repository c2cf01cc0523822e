"""Instants in UTC: read from ISO 8601, written as such, and as the microseconds since 1970 in which they are stored."""

from datetime import UTC, date, datetime, timedelta

_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """Return an instant as microseconds since 1970, UTC."""
    return (instant - _EPOCH_START) // timedelta(microseconds=1)


def instant(microseconds: int) -> datetime:
    """Return the instant of microseconds since 1970, in UTC."""
    return _EPOCH_START + timedelta(microseconds=microseconds)


def in_utc(moment: date) -> datetime:
    """Return a date or a date and time in UTC: one without an offset is UTC, a date alone is its midnight.

    Raises OverflowError where the calendar (years 1 to 9999) does not reach.
    """
    if not isinstance(moment, datetime):
        return datetime.combine(moment, datetime.min.time(), UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 date or date and time; without an offset it is UTC, a date alone is its midnight.

    Raises ValueError naming the text.
    """
    try:
        return in_utc((date if len(text) == len("2026-01-01") else datetime).fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a date or time such as 2026-01-31 or 2026-01-31T12:00:00Z") from error


def instant_text(instant: datetime) -> str:
    """Write an instant as ISO 8601 in UTC, ending in Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
