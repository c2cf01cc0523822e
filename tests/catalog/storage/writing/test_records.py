from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent import (
    SUSPICION_LASTS,
    Block,
    ConsentRecord,
    Flag,
    Grant,
    GrantState,
    RecordError,
    RightsClaim,
    parse_record,
    source_rank,
    terms_to_json,
)
from catalog.stores import CATALOG_FILE, CatalogStore, open_store
from tests.catalog.storage.songs import (
    BY_DETECTOR,
    CLEARED,
    CONFIRMED,
    DAY,
    GRANT,
    LIFTED,
    OPEN,
    REFUSAL,
    TAKEDOWN,
    TRACKS,
    append,
    on,
    put,
    rows_in,
    said,
    standing,
    without_lapse,
)
from tests.positions import positions
from tests.strategies import Row, disclosures, flags, grants, rows, takedowns


def outcome(*told: Row) -> list[tuple[str, str]]:
    """Return what stands in the end, as (state or kind, source), after telling each row in a transaction of its own."""
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        for row in told:
            append(store, row)
        records = standing(store)
        return sorted((getattr(record.terms, "state", record.kind), record.source) for record in records)


def test_a_take_down_is_lifted_by_a_later_record_of_the_same_scope(store: CatalogStore) -> None:
    put(store, TRACKS)
    append(store, on(0, TAKEDOWN))
    append(store, on(1, LIFTED))
    (record,) = standing(store)
    assert record.terms == parse_record(LIFTED).terms


def test_lifting_a_take_down_in_one_territory_leaves_the_one_everywhere_in_force() -> None:
    told = outcome(TAKEDOWN, {**LIFTED, "territories": ["DE"]})
    assert told == [("takedown", "operator"), ("takedown", "operator")]


def test_a_take_down_repeated_after_it_was_lifted_is_in_force_however_late_the_lifting_arrives(
    store: CatalogStore,
) -> None:
    put(store, TRACKS)
    append(store, on(0, TAKEDOWN))
    append(store, on(2, TAKEDOWN))
    append(store, on(1, LIFTED))
    assert sorted(record.terms == parse_record(TAKEDOWN).terms for record in standing(store)) == [False, True]


def test_a_lifting_dated_ahead_is_refused_and_an_undated_take_down_counts(store: CatalogStore) -> None:
    put(store, TRACKS)
    with pytest.raises(RecordError, match="recorded_at: 2299-12-15T00:00:00"):
        append(store, on(100_000, LIFTED))
    append(store, TAKEDOWN)
    assert parse_record(TAKEDOWN).terms in [record.terms for record in standing(store)]


def test_one_more_demand_for_later_never_ends_one_that_is_in_force(store: CatalogStore) -> None:
    put(store, TRACKS)
    append(store, TAKEDOWN)
    append(store, {**TAKEDOWN, "effective_at": "2090-01-01"})
    assert parse_record(TAKEDOWN).terms in [record.terms for record in standing(store)]


def test_the_newest_grant_of_a_source_wins_and_an_older_one_that_arrives_late_does_not() -> None:
    assert outcome(on(0, GRANT), on(1, REFUSAL)) == [("not_allowed", "operator")]
    assert outcome(on(1, REFUSAL), on(0, GRANT)) == [("not_allowed", "operator")]
    assert outcome(on(0, GRANT), on(2, GRANT), on(1, REFUSAL)) == [("allowed", "operator")]


def test_grants_for_other_territories_and_by_other_sources_stand_beside_each_other() -> None:
    told = outcome(GRANT, {**REFUSAL, "territories": ["DE"]}, {**REFUSAL, "source": "registry"})
    assert told == [("allowed", "operator"), ("not_allowed", "operator"), ("not_allowed", "registry")]


def test_each_source_has_one_disclosure_its_newest(store: CatalogStore) -> None:
    put(store, TRACKS)
    disclosure: Row = {"kind": "disclosure", "track_id": "song"}
    for day, level, source in ((0, "none", "label"), (2, "all", "label"), (1, "partly", "label"), (0, "none", "other")):
        append(store, on(day, disclosure, level=level, source=source))
    found = sorted((record.source, terms_to_json(record.terms)) for record in standing(store))
    assert found == [
        ("label", '{"assurance":"asserted","level":"all"}'),
        ("other", '{"assurance":"asserted","level":"none"}'),
    ]


def test_deals_blocks_and_derivations_add_up(store: CatalogStore) -> None:
    put(store, TRACKS)
    deal: Row = {"kind": "deal", "track_id": "song"}
    append(store, {**deal, "territories": ["DE"]}, {**deal, "territories": ["FR"]}, {**deal, "source": "label"})
    append(store, {"kind": "block", "track_id": "song", "reason": "legal"})
    append(store, {"kind": "block", "track_id": "song", "reason": "rights_conflict"})
    append(store, {"kind": "derivation", "track_id": "song", "relation": "voice_of", "source_party": "Jo"})
    append(store, {"kind": "derivation", "track_id": "song", "relation": "voice_of", "source_party": "Ida"})
    assert Counter(record.kind for record in standing(store)) == {"deal": 3, "block": 2, "derivation": 2}


def test_a_cleared_flag_does_not_reopen_without_new_evidence() -> None:
    assert outcome(OPEN, CLEARED, OPEN) == [("cleared", "human_review")]
    assert outcome(OPEN, CLEARED, {**OPEN, "score": 0.95}) == [("cleared", "human_review")]
    assert outcome(OPEN, BY_DETECTOR, {**OPEN, "source": "user_report"}) == [("cleared", "detector")]
    assert outcome(on(0, OPEN), on(1, CLEARED), on(2, OPEN)) == [("cleared", "human_review")]


def test_evidence_that_was_known_when_a_flag_was_cleared_is_not_new() -> None:
    with_case = {**OPEN, "evidence": "case 7"}
    assert outcome(with_case, CLEARED, with_case) == [("cleared", "human_review")]
    assert outcome(on(0, with_case), on(1, CLEARED), on(2, with_case)) == [("cleared", "human_review")]


def test_a_cleared_flag_reopens_with_new_evidence_and_can_be_cleared_again() -> None:
    again = {**OPEN, "evidence": "case 8"}
    assert ("open", "detector") in outcome({**OPEN, "evidence": "case 7"}, CLEARED, again)
    assert outcome({**OPEN, "evidence": "case 7"}, CLEARED, again, CLEARED) == [("cleared", "human_review")]


def test_clearing_by_human_review_clears_what_a_detector_said_of_that_kind_only() -> None:
    other = {**OPEN, "flag": "duplicate"}
    assert outcome(OPEN, other, CLEARED) == [("cleared", "human_review"), ("open", "detector")]
    assert outcome(CONFIRMED, CLEARED) == [("cleared", "human_review")]


def test_nobody_clears_what_a_source_of_higher_rank_said() -> None:
    by_operator = {**CLEARED, "source": "operator"}
    confirmed = {**CONFIRMED, "source": "court_or_legal"}
    assert set(outcome(confirmed, by_operator)) == {("confirmed", "court_or_legal"), ("cleared", "operator")}
    assert ("open", "court_or_legal") in outcome(OPEN, by_operator, {**OPEN, "source": "court_or_legal"})


def test_an_open_flag_does_not_take_a_confirmed_ones_place() -> None:
    assert outcome(CONFIRMED, OPEN) == [("confirmed", "detector")]
    assert outcome(CONFIRMED, {**OPEN, "evidence": "case 9"}) == [("confirmed", "detector")]
    assert outcome(on(1, OPEN), on(0, CONFIRMED)) == [("confirmed", "detector")]


def test_an_open_flag_without_an_expiry_lapses_after_ninety_days_and_fresh_evidence_keeps_it_alive(
    store: CatalogStore,
) -> None:
    put(store, TRACKS)
    append(store, on(0, OPEN))
    append(store, on(30, OPEN))
    (record,) = standing(store)
    assert isinstance(record.terms, Flag)
    assert record.terms.expires_at == DAY + timedelta(days=30) + SUSPICION_LASTS


@pytest.mark.parametrize(
    ("rows", "in_force"),
    [
        ([REFUSAL, GRANT], [GRANT]),
        ([CONFIRMED, OPEN], [CONFIRMED]),
        ([TAKEDOWN, LIFTED], [LIFTED]),
        ([LIFTED, TAKEDOWN], [LIFTED, TAKEDOWN]),
        ([REFUSAL, {**GRANT, "start": "2090-01-01"}], [REFUSAL, {**GRANT, "start": "2090-01-01"}]),
    ],
)
def test_what_is_said_without_dates_in_one_call_is_said_one_after_the_other(
    store: CatalogStore, rows: list[Row], in_force: list[Row]
) -> None:
    """Also when it is said again."""
    put(store, TRACKS)
    for added in (len(rows), 0):
        assert append(store, *rows).added == added
        terms = [record.terms for record in standing(store)]
        assert terms == [parse_record(row).terms for row in in_force]


def test_many_records_said_again_change_nothing(store: CatalogStore) -> None:
    others = [{**GRANT, "track_id": f"other-{number}"} for number in range(600)]
    for added in (602, 0):
        assert append(store, GRANT, *others, REFUSAL).added == added


def test_a_demand_of_a_court_outlives_the_lifting_of_the_same_demand_by_others(store: CatalogStore) -> None:
    put(store, TRACKS)
    by_court = {**TAKEDOWN, "source": "court_or_legal"}
    append(store, {**TAKEDOWN, "source": "user_report"}, by_court)
    append(store, LIFTED)
    assert parse_record(by_court).terms in [record.terms for record in standing(store)]


def test_records_imported_twice_change_nothing(tmp_path: Path) -> None:
    told = [TAKEDOWN, LIFTED, GRANT, REFUSAL, CONFIRMED, OPEN, CLEARED, {**OPEN, "source": "user_report"}]
    dated = [on(day, {**row, "track_id": "tide"}) for day, row in enumerate(told)]
    with open_store(tmp_path) as store:
        put(store, TRACKS)
        append(store, *told, *dated, *reversed(dated))
        facts, count, epoch = store.facts(positions(4)), rows_in(tmp_path / CATALOG_FILE), store.consent_epoch()
        assert append(store, *told, *dated).added == 0
        assert append(store, *reversed(dated)).added == 0
        assert (store.facts(positions(4)), store.consent_epoch()) == (facts, epoch)
        assert rows_in(tmp_path / CATALOG_FILE) == count


@settings(max_examples=40)
@given(st.lists(st.one_of(flags(), grants(), takedowns(), disclosures()), max_size=6), st.booleans())
def test_any_records_imported_twice_leave_what_stands(found: list[Row], dated: bool) -> None:
    """An undated clearing after an undated confirmation is told again, and so is the confirmation."""
    told = [on(day, row) for day, row in enumerate(found)] if dated else found
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        append(store, *told)
        before = said(without_lapse(standing(store)))
        added = append(store, *told).added
        assert said(without_lapse(standing(store))) == before
        assert not (added and dated)


def reference_standing(found: Sequence[ConsentRecord]) -> Counter[tuple[str, str, str]]:
    """Read the rules of succession from their words: records of one subject, none of one instant, told in order."""
    newest: dict[Any, list[ConsentRecord]] = {}
    flagged: dict[str, dict[str, ConsentRecord]] = {}
    weighed: dict[tuple[str, str], set[str | None]] = {}
    demands: dict[Any, list[ConsentRecord]] = {}
    for record in sorted(found, key=lambda record: record.recorded_at or DAY):
        terms: Any = record.terms
        if record.kind == "takedown":
            of_scope = demands.setdefault((terms.territories, terms.use_types), [])
            if terms.period.end is not None:  # whoever is believed more than who lifts it goes on demanding it
                rank = source_rank(record.source)
                of_scope[:] = [demand for demand in of_scope if source_rank(demand.source) < rank]
            of_scope.append(record)
            continue
        if record.kind != "flag":
            key: Any = (record.kind, terms_to_json(terms), record.source)
            if record.kind == "grant":
                key = ("grant", terms.use, terms.territories, record.source)
            elif record.kind in ("disclosure", "party"):
                key = (record.kind, record.source)
            elif record.kind == "block":
                scope = (terms.territories, terms.use_types, terms.commercial_models)
                key = ("block", terms.reason, scope, record.source)
            elif record.kind == "derivation":
                key = ("derivation", terms.relation, terms.source_party, terms.source_track, record.source)
            elif record.kind == "rights_claim":
                who = (terms.level, terms.controller, terms.role, terms.territories)
                key = ("rights_claim", who, record.source)
            if not begins_later_or_allows_no_more(record):
                newest[key] = []
            newest.setdefault(key, []).append(record)
            continue
        of_kind, rank = flagged.setdefault(terms.kind, {}), source_rank(record.source)
        everybody = {source: other.terms.state for source, other in of_kind.items() if isinstance(other.terms, Flag)}
        stays_cleared = any(
            state == "cleared" and source_rank(source) <= rank and record.evidence in weighed[terms.kind, source]
            for source, state in everybody.items()
        )
        if terms.state == "cleared":
            for source in [source for source in of_kind if rank <= source_rank(source)]:
                del of_kind[source]
            evidence = {other.evidence for other in found if flag_until(other, terms.kind, record.recorded_at)}
            weighed[terms.kind, record.source] = evidence | {None}
        if terms.is_open and (stays_cleared or everybody.get(record.source) == "confirmed"):
            continue
        of_kind[record.source] = record
    flags_left = [record for of_kind in flagged.values() for record in of_kind.values()]
    others = [record for told in newest.values() for record in told]
    return said([*others, *flags_left, *(record for of_scope in demands.values() for record in of_scope)])


def begins_later_or_allows_no_more(record: ConsentRecord) -> bool:
    """Say whether a choice, block or claim takes no earlier one's place: it has not begun, or it allowed until earlier."""
    terms, told = record.terms, record.recorded_at or DAY
    if not isinstance(terms, Grant | Block | RightsClaim):
        return False
    refuses = isinstance(terms, Block) or terms.state in (GrantState.NOT_ALLOWED, GrantState.CONSTRAINED)
    over = terms.period.end is not None and terms.period.end <= told
    return (terms.period.start is not None and terms.period.start > told) or (over and not refuses)


def flag_until(record: ConsentRecord, kind: str, at: datetime | None) -> bool:
    is_flag = isinstance(record.terms, Flag) and record.terms.kind == kind
    return is_flag and record.recorded_at is not None and at is not None and record.recorded_at <= at


few_flags = st.sampled_from([OPEN, CONFIRMED, CLEARED, BY_DETECTOR, {**OPEN, "source": "user_report"}])
histories = st.lists(
    st.tuples(
        st.one_of(few_flags, few_flags, rows(), grants(), takedowns(), st.sampled_from([TAKEDOWN, LIFTED])),
        st.sampled_from(["operator", "detector", "human_review"]),
        st.sampled_from([None, None, "case 7", "case 8"]),
    ),
    max_size=9,
)


def song_history(history: Iterable[tuple[Row, str, str | None]]) -> list[ConsentRecord]:
    told = []
    for day, (row, source, evidence) in enumerate(history):
        told.append(parse_record(on(day, row, source=row.get("source", source), evidence=evidence)))
    return told


@settings(max_examples=80)
@given(history=histories, data=st.data())
def test_what_stands_depends_on_when_things_were_said_and_not_on_the_order_of_arrival(
    history: list[tuple[Row, str, str | None]], data: st.DataObject
) -> None:
    told = song_history(history)
    arriving = data.draw(st.permutations(told))
    cut = data.draw(st.integers(0, len(told)))
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        for part in (arriving[:cut], arriving[cut:], arriving[:cut]):
            with store.writing() as writer:
                writer.append(part)
        assert said(without_lapse(standing(store))) == reference_standing(without_lapse(told))


def test_nothing_is_ever_deleted(tmp_path: Path) -> None:
    path = tmp_path / CATALOG_FILE
    with open_store(tmp_path) as store:
        put(store, TRACKS)
        for count, row in enumerate([OPEN, CLEARED, {**OPEN, "evidence": "case 8"}, CONFIRMED, CLEARED], 1):
            append(store, row)
            assert rows_in(path) == count


def test_what_is_told_beside_what_decides_comes_back_with_the_record(store: CatalogStore) -> None:
    put(store, TRACKS)
    append(store, {**GRANT, "grantor": "Ada Quill"})
    (record,) = standing(store)
    assert record.details == '{"grantor":"Ada Quill"}'


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "grant", "track_id": "song", "use": "recommendation", "state": "not_allowed"},
        {"kind": "block", "track_id": "song", "reason": "legal"},
        {"kind": "rights_claim", "track_id": "song", "controller": "Quill Publishing", "claim_status": "not_allowed"},
    ],
    ids=["grant", "block", "rights_claim"],
)
def test_what_begins_later_leaves_what_holds_on_record(store: CatalogStore, said: Row) -> None:
    put(store, TRACKS)
    append(store, on(1, said))
    append(store, on(2, said, start="2299-01-01"))
    assert len(standing(store)) == 2
    append(store, on(0, said))  # what comes late has all of them told again
    assert len(standing(store)) == 2
