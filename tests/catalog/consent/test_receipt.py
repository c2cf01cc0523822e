"""When a record or message counts that is dated ahead of its receipt."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from catalog.consent.fields import RecordError
from catalog.consent.kinds import Terms
from catalog.consent.receipt import Speaking, Spoken, received, speaking_of
from catalog.consent.records import parse_record
from tests.strategies import NOON, Row

DEAL = parse_record({"kind": "deal", "track_id": "t"}).terms
BLOCK = parse_record({"kind": "block", "track_id": "t", "reason": "legal"}).terms
LATE = datetime.max.replace(tzinfo=UTC)

ALLOWING: list[Row] = [
    {"kind": "deal"},
    {"kind": "grant", "use": "voice", "state": "allowed"},
    {"kind": "grant", "use": "voice", "state": "unknown"},
    {"kind": "takedown", "lifted_at": "2026-01-01"},
    {"kind": "flag", "flag": "spam", "state": "cleared"},
    {"kind": "flag", "flag": "spam", "state": "expired"},
    {"kind": "disclosure", "level": "none"},
    {"kind": "derivation", "relation": "voice_of", "licence_state": "allowed"},
    {"kind": "rights_claim", "controller": "C", "claim_status": "allowed"},
    {"kind": "party", "artist": "Ada Quill", "verified_human": True},
]
RESTRICTING: list[Row] = [
    {"kind": "grant", "use": "voice", "state": "not_allowed"},
    {"kind": "grant", "use": "voice", "state": "constrained"},
    {"kind": "takedown"},
    {"kind": "flag", "flag": "spam", "state": "open"},
    {"kind": "flag", "flag": "spam", "state": "confirmed"},
    {"kind": "disclosure", "level": "all"},
    {"kind": "disclosure", "level": "none", "facets": [{"facet": "vocals", "level": "all"}]},
    {"kind": "derivation", "relation": "voice_of"},
    {"kind": "block", "reason": "legal"},
    {"kind": "rights_claim", "controller": "C", "claim_status": "not_allowed"},
    {"kind": "party", "artist": "Ada Quill", "party_kind": "ai_persona"},
]


def dated(row: Row, at: datetime) -> Row:
    return {"track_id": "t", **row, "recorded_at": at.isoformat()}


@pytest.mark.parametrize("row", ALLOWING, ids=str)
@pytest.mark.parametrize("at", [NOON + timedelta(minutes=1, microseconds=1), NOON + timedelta(days=300), LATE])
def test_what_allows_lifts_or_clears_is_refused_when_dated_ahead(row: Row, at: datetime) -> None:
    with pytest.raises(RecordError, match=r"recorded_at.*lies ahead"):
        received(parse_record(dated(row, at)), NOON)


@pytest.mark.parametrize("row", RESTRICTING, ids=str)
@pytest.mark.parametrize("at", [NOON + timedelta(seconds=30), NOON + timedelta(days=300), LATE])
def test_what_restricts_counts_from_its_receipt_when_dated_ahead(row: Row, at: datetime) -> None:
    assert received(parse_record(dated(row, at)), NOON).recorded_at is None


@pytest.mark.parametrize("row", [*ALLOWING, *RESTRICTING], ids=str)
def test_a_minute_ahead_is_a_clocks_error_and_the_past_is_as_it_is(row: Row) -> None:
    assert received(parse_record(dated(row, NOON + timedelta(minutes=1))), NOON).recorded_at is None
    assert received(parse_record(dated(row, NOON)), NOON).recorded_at == NOON


def message(
    number: int, created: int, received_at: int, message_id: str = "", matter: int = 0, part_of: int | None = None
) -> Spoken:
    """A message with instants in minutes."""
    at, came = created * 60_000_000, received_at * 60_000_000
    return Spoken(at, "", number, message_id or f"m{number}", came, matter, part_of)


def counting(*messages: Spoken) -> set[tuple[int, str]]:
    """Return whose deals and blocks count."""
    speaking = Speaking.of(messages)
    said: dict[str, Terms] = {"deal": DEAL, "block": BLOCK}
    return {
        (one.delivery_id, name)
        for one in messages
        for name, terms in said.items()
        if speaking.counts(one.delivery_id, terms)
    }


EARLIER, AHEAD = message(1, 10, 10), message(2, 999, 20)


def test_a_message_dated_ahead_grants_nothing_and_ends_what_was_licensed_but_not_what_withheld() -> None:
    for order in permutations([EARLIER, AHEAD]):
        assert counting(*order) == {(1, "block"), (2, "block")}


def test_a_message_created_after_its_receipt_counts_whole_and_one_before_does_not_undo_it() -> None:
    for order in permutations([EARLIER, AHEAD, message(3, 21, 22)]):
        assert counting(*order) == {(3, "deal"), (3, "block")}
    for order in permutations([EARLIER, AHEAD, message(3, 15, 22)]):
        assert counting(*order) == {(3, "block"), (2, "block")}


def test_the_same_message_with_a_right_date_counts_whole() -> None:
    for order in permutations([EARLIER, AHEAD, message(3, 15, 22, "m2")]):
        assert counting(*order) == {(3, "deal"), (3, "block")}


def test_of_a_part_that_a_later_message_on_the_whole_does_not_state_nothing_is_left() -> None:
    album, single = 1, 2
    stated = [message(1, 10, 10, matter=album), message(1, 10, 10, matter=single, part_of=album)]
    later = message(2, 20, 20, matter=album)
    for order in permutations([*stated, later]):
        assert not speaking_of(order)[single].counts(1, DEAL)
    moved = message(3, 15, 15, matter=single, part_of=3)
    for order in permutations([*stated, later, moved]):
        assert speaking_of(order)[single].counts(3, DEAL)


def test_a_message_dated_ahead_under_an_id_that_came_before_ends_what_that_one_licensed() -> None:
    again = message(2, 999, 20, "m1")
    assert counting(message(1, 10, 10, "m1"), again) == {(1, "block"), (2, "block")}
