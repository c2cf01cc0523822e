"""The story of a recording is true: each verdict in it is what was, or will be, decided at that instant."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent.deliveries import Delivery, Statement
from catalog.consent.findings import ConsentContext
from catalog.consent.policy import decide
from catalog.consent.presets import POLICIES
from catalog.consent.reader import Entry, History
from catalog.consent.reasons import ReasonCode
from catalog.consent.records import ConsentRecord, Subject, SubjectKind, parse_record
from catalog.consent.rights import Deal
from catalog.consent.rules import Verdict
from catalog.consent.succession import RecordVersion, numbered, supersede
from catalog.consent.timeline import SHOWN_AHEAD, SHOWN_BEFORE, Story, Turn, tell
from catalog.instants import microseconds
from catalog.stores import CatalogStore, open_store
from catalog.tracks import TERRITORIES, Position, Track, TrackId

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STRICT = POLICIES["strict"]
DEAL: dict[str, Any] = {"kind": "deal", "track_id": "t", "licensor": "Harbour Records", "recorded_at": "2025-01-01"}

Row = Mapping[str, Any]


def history_of(*said: Row) -> History:
    """Return the history of one track about which this was said, each at its own instant."""
    found = [parse_record({"track_id": "t", **row}) for row in said]
    told = [
        RecordVersion(
            number,
            record.kind,
            (record.subject.kind.value, record.subject.value),
            numbered(record.identity),
            hash(str(record.terms)),
            microseconds(record.recorded_at or NOON),
            None,
            record.source,
            record.evidence,
            record.terms,
        )
        for number, record in enumerate(found)
    ]
    lineages: dict[tuple[str, int], list[RecordVersion]] = {}
    for one in told:
        lineages.setdefault((one.kind, one.identity), []).append(one)
    for lineage in lineages.values():
        supersede(lineage)
    entries = sorted(zip(found, told, strict=True), key=lambda entry: entry[1].recorded_at)
    return History(
        TrackId("t"), 2014, {"ada quill"}, None, tuple(Entry(record, one, None, None) for record, one in entries), ()
    )


def story_of(*said: Row, at: datetime = NOON, known_at: datetime | None = None, territory: str = "DE") -> Story:
    return tell(history_of(*said), ConsentContext(territory, at), STRICT, known_at or at)


def turns(story: Story) -> list[tuple[str, list[Turn], Verdict]]:
    return [(f"{event.at:%Y-%m-%d}", [one.turn for one in event.happenings], event.verdict) for event in story.events]


def test_each_event_says_what_followed() -> None:
    story = story_of(
        {**DEAL, "start": "2025-06-01", "end": "2027-01-01"},
        {"kind": "takedown", "reason": "x", "recorded_at": "2025-08-01"},
        {"kind": "takedown", "reason": "x", "lifted_at": "2025-09-01", "recorded_at": "2025-09-01"},
    )
    assert turns(story) == [
        ("2025-01-01", [Turn.TOLD], Verdict.EXCLUDE),
        ("2025-06-01", [Turn.BEGINS], Verdict.ALLOW),
        ("2025-08-01", [Turn.TOLD], Verdict.EXCLUDE),
        ("2025-09-01", [Turn.TOLD, Turn.REPLACED], Verdict.ALLOW),
        ("2027-01-01", [Turn.ENDS], Verdict.EXCLUDE),
    ]


def test_the_next_change_is_the_first_date_on_which_something_else_follows() -> None:
    story = story_of(
        {**DEAL, "end": "2027-01-01"},
        {**DEAL, "licensor": "Ida Music", "end": "2027-06-01"},
        {"kind": "grant", "use": "training", "state": "not_allowed", "end": "2026-09-01", "recorded_at": "2025-01-01"},
    )
    assert story.next_change is not None
    assert story.next_change.at == datetime(2027, 6, 1, tzinfo=UTC)
    assert [one.turn for one in story.next_change.happenings] == [Turn.ENDS]
    assert (story.next_change.verdict, story.next_change.primary) == (Verdict.EXCLUDE, ReasonCode.DEAL_EXPIRED)


def test_without_anything_ahead_nothing_changes_by_itself() -> None:
    assert story_of(DEAL).next_change is None


def test_a_suspicion_that_lapses_is_a_change() -> None:
    spam = {"kind": "flag", "flag": "spam", "state": "open", "recorded_at": "2026-02-01", "expires_at": "2026-05-01"}
    story = story_of(DEAL, spam)
    assert story.decision.primary is ReasonCode.SPAM_SUSPECTED
    assert story.next_change is not None
    assert ([one.turn for one in story.next_change.happenings], story.next_change.verdict) == (
        [Turn.LAPSES],
        Verdict.ALLOW,
    )


def test_by_what_was_known_then_later_records_are_not_in_the_story() -> None:
    takedown = {"kind": "takedown", "reason": "x", "recorded_at": "2026-02-01"}
    story = story_of(DEAL, takedown, at=datetime(2026, 1, 15, tzinfo=UTC))
    assert story.decision.allowed
    assert [one.record.kind for one in story.on_record] == ["deal"]
    assert len(story.events) == 1
    assert not story_of(DEAL, takedown).decision.allowed


def test_a_replaced_record_is_on_record_as_long_as_its_replacement_is_not_known() -> None:
    refused = {"kind": "grant", "use": "recommendation", "state": "not_allowed", "recorded_at": "2025-02-01"}
    allowed = {**refused, "state": "allowed", "recorded_at": "2026-02-01"}
    before = story_of(DEAL, refused, allowed, at=NOON, known_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert before.decision.primary is ReasonCode.OPTED_OUT
    assert story_of(DEAL, refused, allowed).decision.allowed


def test_a_long_history_keeps_its_latest_and_next_dates_and_counts_the_rest() -> None:
    past = [{**DEAL, "licensor": f"Label {day}", "recorded_at": f"{NOON - timedelta(days=day):%Y-%m-%d}"} for day in range(1, 101)]  # fmt: skip
    ahead = [{**DEAL, "licensor": f"Label {day}", "start": f"{NOON + timedelta(days=day):%Y-%m-%d}"} for day in range(200, 230)]  # fmt: skip
    story = story_of(*past, *ahead)
    dates = [event.at for event in story.events]
    assert dates == sorted(dates)
    assert len(dates) == SHOWN_BEFORE + SHOWN_AHEAD
    assert story.earlier == 101 - SHOWN_BEFORE
    assert story.later == 30 - SHOWN_AHEAD


def test_events_of_one_instant_are_one_event() -> None:
    licensors = [f"Label {number}" for number in range(20)]
    story = story_of(*({**DEAL, "licensor": licensor} for licensor in licensors))
    assert [len(event.happenings) for event in story.events] == [20]


@pytest.mark.parametrize(
    ("said", "plays"),
    [
        ([DEAL], TERRITORIES),
        ([], frozenset()),
        ([{**DEAL, "territories": ["DE", "FR"]}], {"DE", "FR"}),
        ([{**DEAL, "excluded_territories": ["JP"]}], TERRITORIES - {"JP"}),
        ([DEAL, {"kind": "takedown", "reason": "x", "territories": ["AT"]}], TERRITORIES - {"AT"}),
        ([DEAL, {"kind": "block", "reason": "legal"}], frozenset()),
    ],
)
def test_it_plays_where_every_territory_decided_by_itself_lets_it(said: list[Row], plays: frozenset[str]) -> None:
    history = history_of(*said)
    facts = history.known_at(NOON)
    story = tell(history, ConsentContext("DE", NOON), STRICT, NOON)
    assert story.plays_in == plays
    assert plays == {name for name in TERRITORIES if decide(facts, ConsentContext(name, NOON), STRICT).allowed}


days = st.integers(0, 30).map(lambda day: f"{NOON + timedelta(days=day):%Y-%m-%d}")
rows = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("deal"), "licensor": st.sampled_from(["Harbour", "Ida"]), "recorded_at": days},
        optional={"start": days, "territories": st.just(["DE"])},
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("grant"),
            "use": st.just("recommendation"),
            "state": st.sampled_from(["allowed", "not_allowed"]),
            "recorded_at": days,
        },
        optional={"end": st.just("2026-05-01"), "territories": st.just(["DE"])},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("takedown"), "reason": st.just("x"), "recorded_at": days}, optional={"lifted_at": days}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("flag"),
            "flag": st.sampled_from(["spam", "duplicate"]),
            "state": st.sampled_from(["open", "cleared", "confirmed"]),
            "recorded_at": days,
        },
        optional={"expires_at": days},
    ),
)


@given(st.lists(rows, max_size=8), st.integers(0, 40), st.integers(0, 40))
def test_between_two_events_nothing_ever_changes(said: list[Row], at: int, known: int) -> None:
    """Every verdict in between is that of the event before, so no event is missing and none is invented."""
    history = history_of(*said)
    context = ConsentContext("DE", NOON + timedelta(days=at))
    known_at = NOON + timedelta(days=known)
    story = tell(history, context, STRICT, known_at)
    assert (story.earlier, story.later) == (0, 0)
    shown = {event.at: event for event in story.events}
    current: tuple[Verdict, ReasonCode] | None = None
    for hours in range(-24, 24 * 90, 12):
        instant = NOON - timedelta(hours=12) + timedelta(hours=hours)
        if instant in shown:
            current = (shown[instant].verdict, shown[instant].primary)
        facts = history.known_at(min(instant, known_at))
        decided = decide(facts, replace(context, at=instant), STRICT)
        assert current in (None, (decided.verdict, decided.primary))
        if current is None:
            assert decided.primary is ReasonCode.NO_DEAL


@given(st.lists(rows, max_size=8))
def test_what_is_on_record_is_what_decisions_read(said: list[Row]) -> None:
    history = history_of(*said)
    known_at = NOON + timedelta(days=15)
    story = tell(history, ConsentContext("DE", NOON), STRICT, known_at)
    assert [one.record for one in story.on_record] == list(history.known_at(known_at).records)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path) as store:
        with store.writing() as writer:
            writer.put_tracks([Track(TrackId("t"), "Slow Rain", "Ada Quill", isrc="QZABC2100001")])
        yield store


def deliver(store: CatalogStore, number: int, created_at: datetime, *deals: Deal) -> None:
    """Take in a message of one sender about one release."""
    said: Iterable[ConsentRecord] = (
        ConsentRecord(Subject(SubjectKind.ISRC, "QZABC2100001"), deal, source="ern_message", sender="PADPIDA1", stated_at=created_at)
        for deal in deals
    )  # fmt: skip
    statement = Statement("deals/PADPIDA1/ICPN:0000000000017", tuple(said))
    message = Delivery(
        f"M-{number}", "PADPIDA1", "Harbour Distribution", created_at, "ERN 4.3.2", f"{number}", (), (statement,)
    )
    with store.writing() as writer:
        writer.deliver(message)


def test_deliveries_are_named_whether_they_bring_repeat_or_withdraw(store: CatalogStore) -> None:
    created, licence = datetime(2026, 11, 1, tzinfo=UTC), Deal(licensor="Harbour Records")
    deliver(store, 17, created, licence)
    deliver(store, 18, created + timedelta(days=1), licence)
    deliver(store, 16, created - timedelta(days=1), licence)
    deliver(store, 19, created + timedelta(days=2))
    now = datetime.now(UTC)
    _, histories = store.histories([Position(0)])
    story = tell(histories[Position(0)], ConsentContext("DE", now), STRICT, now)
    happened = [
        (one.turn, one.message.message_id if one.message else None, event.verdict)
        for event in story.events
        for one in event.happenings
    ]
    assert happened == [
        (Turn.TOLD, "M-17", Verdict.ALLOW),
        (Turn.REPEATED, "M-18", Verdict.ALLOW),
        (Turn.SET_ASIDE, "M-16", Verdict.ALLOW),
        (Turn.REPLACED, "M-19", Verdict.EXCLUDE),
    ]
    assert {one.message.sender for event in story.events for one in event.happenings if one.message} == {
        "Harbour Distribution"
    }
    assert not story.on_record
