"""Deliveries dated ahead of their receipt keep their laws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import ConsentContext, Delivery, Statement, parse_record
from catalog.tracks import Track, TrackId
from tests.catalog.storage.taking_in import (
    IN_GERMANY,
    LAW,
    STEP,
    assert_views_agree,
    clock_at,
    empty_store,
    severities,
    views,
)
from tests.reference_policy import Row
from tests.strategies import NOON
from tests.worlds import ISRCS

SENDER = "PADPIDA2026030103C"
RELEASE = "ICPN:0000000000017"


@dataclass(frozen=True)
class Sent:
    """A message about the release: does it bring a deal, a block; how many days before noon it was really created."""

    number: int
    licensed: bool
    blocked: bool
    days_ago: int
    copy: int = 0
    ahead_days: int | None = None

    def delivery(self) -> Delivery:
        created = NOON - timedelta(days=self.days_ago)
        if self.ahead_days is not None:
            created = NOON + timedelta(days=self.ahead_days)
        statements = [
            self.statement("deals", created, {"kind": "deal"} if self.licensed else None),
            self.statement("blocks", created, {"kind": "block", "reason": "disable_search"} if self.blocked else None),
        ]
        digest = f"{self.number}/{self.copy}"
        message = f"M-{self.number}"
        return Delivery(message, SENDER, "Harbour", created, "ERN 4.3.2", digest, (), tuple(statements))

    def statement(self, about: str, created: datetime, row: Row | None) -> Statement:
        said = []
        if row is not None:
            record = parse_record({**row, "isrc": ISRCS[0], "source": "ern_message"})
            said.append(replace(record, sender=SENDER, stated_at=created))
        return Statement(f"{about}/{SENDER}/{RELEASE}", tuple(said))


def end_of(messages: Sequence[Sent]) -> dict[tuple[str, str], tuple[str, str, frozenset[str]]]:
    """Return what is found once messages have come in this order, ten seconds apart."""
    with empty_store() as store:
        with store.writing() as writer:
            writer.put_tracks([Track(TrackId("song"), "Rain", "Ada Quill", isrc=ISRCS[0])])
        for number, message in enumerate(messages):
            with clock_at(NOON + number * STEP), store.writing() as writer:
                writer.deliver(message.delivery())
        now = NOON + timedelta(hours=1)
        found = views(store, ConsentContext(IN_GERMANY, now), now)
    assert_views_agree(found)
    return {(name, track): views[0] for name, tracks in found.items() for track, views in tracks.items()}


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[Sent, bool]]:
    """Messages, the oldest first, and of each whether it came dated ahead first."""
    count = draw(st.integers(1, 5))
    return [
        (Sent(number, draw(st.booleans()), draw(st.integers(0, 3)) == 0, count - number), draw(st.integers(0, 2)) == 0)
        for number in range(count)
    ]


@LAW
@given(deliveries(), st.data())
def test_deliveries_dated_ahead_never_end_in_less_than_their_right_dates_do(
    sent: list[tuple[Sent, bool]], data: st.DataObject
) -> None:
    rightly = severities(end_of([message for message, _ in sent]))
    coming = []
    for message, misdated in sent:
        if misdated:
            coming.append(replace(message, ahead_days=data.draw(st.sampled_from((1, 365, 366))), copy=1))
        if not misdated or data.draw(st.booleans()):
            coming.append(message)
    shuffled = data.draw(st.permutations(coming))
    found = severities(end_of(shuffled))
    assert all(found[key] >= rightly[key] for key in rightly), shuffled


@LAW
@given(deliveries(), st.data())
def test_a_delivery_that_comes_again_with_a_right_date_counts_whole(
    sent: list[tuple[Sent, bool]], data: st.DataObject
) -> None:
    wrong = [replace(message, ahead_days=365 + message.number, copy=1) for message, misdated in sent if misdated]
    rightly = [message for message, _ in sent]
    shuffled = data.draw(st.permutations([*wrong, *rightly]))
    for one in wrong:
        # The right one comes after the wrong one.
        right = next(message for message in rightly if message.number == one.number)
        shuffled = [*(message for message in shuffled if message != right), right]
    assert end_of(shuffled) == end_of(rightly)
