"""Which record takes whose place: the rules on a few records at a time. `test_store.py` has them with the store."""

from itertools import permutations
from typing import Any

import pytest

from catalog.consent.kinds import terms_to_json
from catalog.consent.records import parse_record
from catalog.consent.succession import (
    RecordVersion,
    lineage_of,
    numbered,
    settle_all,
    supersede,
    tell_after,
    tells_nothing_new,
)
from tests.reference_policy import Row

OPEN: Row = {"kind": "flag", "flag": "spam", "state": "open", "score": 0.8, "source": "detector"}
CONFIRMED: Row = {**OPEN, "state": "confirmed"}
CLEARED: Row = {**OPEN, "state": "cleared", "source": "human_review"}
DEMAND: Row = {"kind": "takedown"}
LIFTED: Row = {**DEMAND, "lifted_at": "2026-03-01"}
GRANT: Row = {"kind": "grant", "use": "voice", "state": "allowed"}
REFUSAL: Row = {**GRANT, "state": "not_allowed"}
DEAL: Row = {"kind": "deal"}


def told(row: Row, at: int, superseded_at: int | None = None, **more: Any) -> RecordVersion:
    """Tell a row about one song at an instant."""
    record = parse_record({"track_id": "song", **row, **more})
    return RecordVersion(
        record_id=None,
        kind=record.kind,
        subject=(record.subject.kind.value, record.subject.value),
        identity=numbered(record.identity),
        terms_id=numbered(terms_to_json(record.terms)),
        recorded_at=at,
        superseded_at=superseded_at,
        source=record.source,
        evidence=record.evidence,
        terms=record.terms,
    )


def standing(found: list[RecordVersion]) -> list[RecordVersion]:
    """Return what is in force once all is told."""
    settle_all(found)
    return [row for row in found if row.superseded_at is None]


SAME_MATTER: dict[str, tuple[Row, Row, bool]] = {
    "flags of one kind are one lineage, whoever raised them": (OPEN, {**CLEARED, "source": "user_report"}, True),
    "flags of two kinds are two": (OPEN, {**OPEN, "flag": "duplicate"}, False),
    "two words on one use are one lineage": (GRANT, REFUSAL, True),
    "two uses are two": (GRANT, {**GRANT, "use": "training"}, False),
    "a flag and a deal are two": (OPEN, DEAL, False),
}


@pytest.mark.parametrize(("one", "other", "same"), SAME_MATTER.values(), ids=SAME_MATTER.keys())
def test_of_lineages(one: Row, other: Row, same: bool) -> None:
    assert (lineage_of(told(one, 1)) == lineage_of(told(other, 2))) is same


CASE = {"evidence": "case 7"}
SHORT = {"expires_at": "1970-01-01T00:00:00.000009Z"}
LASTS = 90 * 24 * 60 * 60 * 1_000_000
# What stands when a row is told, the row, and whether it tells nothing new when it is undated.
TOLD_AGAIN: dict[str, tuple[list[RecordVersion], Row, bool]] = {
    "the first word on a lineage is new": ([], GRANT, False),
    "a grant that is in force": ([told(GRANT, 1)], GRANT, True),
    "a grant in other words is new": ([told(GRANT, 1)], REFUSAL, False),
    "a grant on other evidence is new": ([told(GRANT, 1)], {**GRANT, **CASE}, False),
    "a grant that was replaced is new again": ([told(GRANT, 1, superseded_at=2), told(REFUSAL, 2)], GRANT, False),
    "a demand that is in force beside a later one": (
        [told(DEMAND, 1), told(DEMAND, 2, effective_at="2090-01-01")],
        DEMAND,
        True,
    ),
    "a lifting is new after another demand": (
        [told(DEMAND, 1, superseded_at=2), told(LIFTED, 2), told(DEMAND, 3)],
        LIFTED,
        False,
    ),
    "a clearing is new after a flag has reopened": (
        [told(OPEN, 1, superseded_at=2), told(CLEARED, 2), told({**OPEN, **CASE}, 3)],
        CLEARED,
        False,
    ),
    "a clearing beside what a court holds against it": (
        [told(CONFIRMED, 1, source="court_or_legal"), told(CLEARED, 2)],
        CLEARED,
        True,
    ),
    "a demand of another source": ([told(DEMAND, 1)], {**DEMAND, "source": "court_or_legal"}, False),
    "a suspicion that holds": ([told(OPEN, 10 - LASTS)], OPEN, True),
    "a suspicion that has lapsed after ninety days": ([told(OPEN, 9 - LASTS)], OPEN, False),
    "a suspicion that has lapsed at its own date": ([told({**OPEN, **SHORT}, 1)], {**OPEN, **SHORT}, False),
    "what was confirmed does not lapse": ([told({**CONFIRMED, **SHORT}, 1)], {**CONFIRMED, **SHORT}, True),
    "a suspicion is kept once where it was cleared": ([told(CLEARED, 1)], OPEN, False),
    "and the second time is nothing new": ([told(CLEARED, 1), told(OPEN, 2, superseded_at=2)], OPEN, True),
    "a suspicion on evidence that came in late, yet was known when it was cleared": (
        [told(CLEARED, 2), told({**OPEN, **CASE}, 1, superseded_at=2)],
        {**OPEN, **CASE},
        True,
    ),
}


@pytest.mark.parametrize(("lineage", "row", "nothing_new"), TOLD_AGAIN.values(), ids=TOLD_AGAIN.keys())
def test_of_what_is_told_without_a_date(lineage: list[RecordVersion], row: Row, nothing_new: bool) -> None:
    assert tells_nothing_new([told(row, 9)], lineage, dated=False) is nothing_new


@pytest.mark.parametrize(
    ("row", "at", "nothing_new"),
    [(GRANT, 1, True), (GRANT, 2, False), (REFUSAL, 1, False), ({**GRANT, **CASE}, 1, False)],
    ids=["the same", "at another instant", "in other words", "on other evidence"],
)
def test_what_is_dated_tells_nothing_new_only_where_the_very_same_was_told(
    row: Row, at: int, nothing_new: bool
) -> None:
    """Even one that was replaced since."""
    lineage = [told(GRANT, 1, superseded_at=3), told(REFUSAL, 3)]
    assert tells_nothing_new([told(row, at)], lineage, dated=True) is nothing_new


def test_what_has_no_date_comes_after_all_of_its_matter_one_after_the_other() -> None:
    for before, at in (([5, 20], [21, 22]), ([20, 5], [21, 22]), ([5], [9, 10]), ([], [9, 10])):
        new = [told(GRANT, 9), told(REFUSAL, 9)]
        tell_after([told(GRANT, one) for one in before], new)
        assert [one.recorded_at for one in new] == at


AGAIN: Row = {**OPEN, **CASE}
BY_USERS: Row = {**OPEN, "source": "user_report"}
# What is told in this order, and until when each counts: None still does, its own instant never did.
SETTLED: dict[str, tuple[list[Row], list[int | None]]] = {
    "each word replaces the one before": ([GRANT, REFUSAL, GRANT], [2, 3, None]),
    "one more demand replaces nothing": ([DEMAND, {**DEMAND, "effective_at": "2090-01-01"}], [None, None]),
    "a lifting replaces every demand, and a lifting": ([DEMAND, DEMAND, LIFTED, LIFTED, DEMAND], [3, 3, 4, None, None]),
    "clearing replaces what lower ranks said, and the same rank": (
        [OPEN, BY_USERS, {**CONFIRMED, "source": "human_review:two"}, CLEARED],
        [4, 4, 4, None],
    ),
    "clearing leaves what a higher rank said": ([{**OPEN, "source": "court_or_legal"}, CLEARED], [None, None]),
    "a suspicion leaves what others suspect": ([OPEN, BY_USERS], [None, None]),
    "confirming replaces a source's own suspicion": ([OPEN, CONFIRMED], [2, None]),
    "a confirmed flag stands against its source's suspicion": ([CONFIRMED, AGAIN], [None, 2]),
    "but not against another source's": ([CONFIRMED, BY_USERS], [None, None]),
    "a cleared flag stands against the same evidence": ([AGAIN, CLEARED, AGAIN], [2, None, 3]),
    "and against none": ([AGAIN, CLEARED, OPEN], [2, None, 3]),
    "but not against new evidence": ([OPEN, CLEARED, AGAIN], [2, None, None]),
    "nor against a higher rank": ([CLEARED, {**OPEN, "source": "court_or_legal"}], [None, None]),
    "nor against a confirmation": ([CLEARED, CONFIRMED], [None, None]),
    "a clearing that was replaced stands against nothing": (
        [CLEARED, {**CLEARED, "state": "confirmed"}, OPEN],
        [2, None, None],
    ),
    "evidence brought against a clearing is weighed by the next": (
        [CLEARED, AGAIN, CLEARED, AGAIN],
        [3, 3, None, 4],
    ),
    "a confirmation that was cleared stands against nothing": ([CONFIRMED, CLEARED, AGAIN], [2, None, None]),
}


@pytest.mark.parametrize(("rows", "until"), SETTLED.values(), ids=SETTLED.keys())
def test_settling(rows: list[Row], until: list[int | None]) -> None:
    lineage = [told(row, at) for at, row in enumerate(rows, 1)]
    changed = supersede(lineage)
    assert [row.superseded_at for row in lineage] == until
    assert changed == [row for row, ended in zip(lineage, until, strict=True) if ended is not None]
    assert supersede(lineage) == []


@pytest.mark.parametrize(("rows", "until"), SETTLED.values(), ids=SETTLED.keys())
def test_settling_in_any_order_of_arrival(rows: list[Row], until: list[int | None]) -> None:
    for arrival in permutations(enumerate(rows, 1)):
        lineage: list[RecordVersion] = []
        for at, row in arrival:
            lineage.append(told(row, at))
            supersede(lineage)
        assert [row.superseded_at for row in sorted(lineage, key=lambda row: row.recorded_at)] == until


@pytest.mark.parametrize(
    "rows",
    [[REFUSAL, GRANT], [OPEN, CLEARED], [CONFIRMED, AGAIN], [DEMAND, LIFTED], [AGAIN, CLEARED, CONFIRMED]],
    ids=["choices", "a clearing", "a confirmation", "a lifting", "flags"],
)
def test_of_what_is_told_of_one_instant_nothing_takes_anothers_place(rows: list[Row]) -> None:
    """Which of them came first would decide; so what restricts counts."""
    for arrival in permutations(rows):
        lineage = [told(row, 2) for row in arrival]
        supersede(lineage)
        assert [row.superseded_at for row in lineage] == [None] * len(rows)
        assert supersede([told(rows[0], 1), *lineage])[0].superseded_at is (
            None if rows[0] == DEMAND and LIFTED not in rows else 2
        )


def test_evidence_of_the_instant_of_a_clearing_was_weighed_whichever_came_first() -> None:
    for first, then in permutations([told(AGAIN, 1), told(CLEARED, 1)]):
        lineage = [first, then, told({**AGAIN, "source": "detector:b"}, 2)]
        supersede(lineage)
        assert lineage[2].superseded_at == 2


def test_a_clearing_that_arrives_late_brings_back_what_a_suspicion_replaced() -> None:
    """The suspicion said nothing new against the clearing, so it replaces nothing any more."""
    with_evidence, without = told(AGAIN, 2), told(OPEN, 3)
    supersede([with_evidence, without])
    assert [row.superseded_at for row in (with_evidence, without)] == [3, None]
    assert supersede([with_evidence, without, told(CLEARED, 1)]) == [with_evidence, without]
    assert [row.superseded_at for row in (with_evidence, without)] == [None, 3]


def test_what_stands_is_settled_by_kind_subject_and_matter_and_keeps_its_order() -> None:
    elsewhere = {**REFUSAL, "track_id": "tide"}
    rows = [REFUSAL, elsewhere, OPEN, {**OPEN, "flag": "duplicate"}, CLEARED, GRANT, DEAL]
    found = [told(row, at, superseded_at=4) for at, row in enumerate(rows, 1)]
    assert standing(found[::-1]) == [found[place] for place in (6, 5, 4, 3, 1)]


def test_what_one_source_says_of_an_artist_and_of_its_ai_stand_beside_each_other() -> None:
    """Both have the same identity, the source's."""
    found = [
        told({"kind": "party", "party_id": "ferry-1", "track_id": None, "party_kind": "group"}, 1),
        told({"kind": "disclosure", "artist_id": "ferry-1", "track_id": None, "level": "none"}, 2),
    ]
    assert found[0].identity == found[1].identity
    assert standing(found) == found


def test_identities_are_numbered_as_in_every_catalog_there_is() -> None:
    """They are stored: another number would make every record a stranger to its successor."""
    assert numbered("spam_volume/detector") == 3813687562717777763
    assert numbered("") == -1970711489451281740
    assert numbered(parse_record({"track_id": "song", **OPEN}).identity) == numbered("spam_volume/detector")


LATER = {"start": "2090-01-01"}
BLOCK: Row = {"kind": "block", "reason": "legal", "source": "court_or_legal"}


@pytest.mark.parametrize(
    ("first", "then", "kept"),
    [
        (REFUSAL, {**GRANT, **LATER}, True),
        (REFUSAL, {**REFUSAL, **LATER}, True),
        (REFUSAL, {**GRANT, "end": "1960-01-01"}, True),
        (REFUSAL, GRANT, False),
        (REFUSAL, {**REFUSAL, "end": "2090-01-01"}, False),
        (BLOCK, {**BLOCK, **LATER}, True),
        (BLOCK, {**BLOCK, "end": "1960-01-01"}, False),
    ],
)
def test_what_does_not_hold_yet_takes_nothings_place(first: Row, then: Row, kept: bool) -> None:
    found = [told(first, 1), told(then, 2)]
    assert (found[0] in standing(found)) is kept


@pytest.mark.parametrize(("source", "lifts"), [("user_report", False), ("operator", False), ("court_or_legal", True)])
def test_a_take_down_is_lifted_by_a_source_of_its_rank(source: str, lifts: bool) -> None:
    found = [told(DEMAND, 1, source="court_or_legal"), told(LIFTED, 2, source=source)]
    assert (found[0] in standing(found)) is not lifts
