"""Outcomes: events that followed an answer, which of them could have happened, and what is kept of plays for long."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a listener's clock may be from this server's."""

REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One event that followed an answer. `position` counts from 1; `value` is whatever the kind is measured in.

    A report may say its `reason` and a line of `text`.
    """

    event_id: str
    request_id: str
    at: datetime
    kind: str
    track_id: str | None = None
    position: int | None = None
    value: float | None = None
    reason: str | None = None
    text: str | None = None


def impossible(event: Outcome, shown: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the fields of an event (name, reason) that cannot be, given the logged row of the answer it followed."""
    tracks = shown["tracks"]
    place = _places(shown).get(event.position or 0)
    if event.position and place is None:
        yield "position", f"{event.position} is not a place of that list, which has {len(tracks)}"
    if event.track_id is not None and event.track_id not in tracks:
        yield "track_id", f"{event.track_id!r} was not in that list"
    elif place is not None and event.track_id not in (None, place):
        yield "position", f"{event.position} is not where {event.track_id!r} stood in that list"
    earliest = min(datetime.fromisoformat(shown["at"]), now) - CLOCKS_DIFFER
    if not earliest <= event.at <= now + CLOCKS_DIFFER:
        when = "before that list was made" if event.at < earliest else "still to come"
        yield "at", f"{event.at.isoformat()} is {when}; leave it out for now"
    if event.kind == "play" and event.value is not None and event.value < 0:
        yield "value", f"{event.value} seconds were not played"


def _places(shown: Mapping[str, Any]) -> dict[int, str]:
    """Return the tracks of an answer by place; where one is kept beyond a short list, some places are empty."""
    tracks = shown.get("tracks", ())
    return dict(zip(shown.get("positions") or range(1, len(tracks) + 1), tracks, strict=True))


Play = tuple[str, str, float | None, str | None, str | None, str | None, str | None]
"""A row of the plays that are kept: recording, instant (ISO 8601, UTC), seconds, territory, use, commercial model, and the
listener's pseudonym, None for a listener who was not named."""


def play_of(event: Mapping[str, Any], shown: Mapping[str, Any]) -> Play | None:
    """Return what is kept of an event, given the logged row of the answer it followed; None unless a recording was played."""
    recording = event.get("track_id") or _places(shown).get(event.get("position") or 0)
    if event.get("kind") != "play" or recording is None:
        return None
    return (
        recording,
        datetime.fromisoformat(event["at"]).astimezone(UTC).isoformat(),
        event.get("value"),
        shown.get("territory"),
        shown.get("use"),
        shown.get("commercial_model"),
        shown.get("unit") if shown.get("named", shown.get("unit") != event["request_id"]) else None,
    )
