from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent.disclosures import AiFacet
from catalog.consent.findings import ConsentContext
from catalog.consent.flags import SUSPICION_LASTS, FlagMode
from catalog.consent.permits import DECIDED_ONE_BY_ONE, Permits, learnable
from catalog.consent.policy import decide
from catalog.consent.presets import POLICIES, Policy, Preset
from catalog.consent.records import parse_record
from catalog.consent.rights import CommercialModel
from catalog.consent.rules import Standing
from catalog.storage.store import SqliteCatalogStore
from catalog.stores import CatalogStore, open_store
from catalog.tracks import TERRITORIES as EVERYWHERE
from catalog.tracks import Position, Track, TrackId
from tests.positions import positions
from tests.reference_policy import reference_decide
from tests.strategies import INSTANTS, NOON, PRESETS, TERRITORIES, Row, contexts, rows

TRACKS = [
    Track(
        TrackId("song"),
        "Paper Lanterns",
        "Ada Quill",
        isrc="QZAB12600001",
        album="Harbour",
        label="North Pier",
        year=1999,
    ),
    Track(TrackId("tide"), "Tide Table", "Ada Quill", album="Harbour", year=2021),
    Track(TrackId("lamp"), "Lamplight", "The Ferrymen", artist_id="ferry-1", label="North Pier", year=2022),
    Track(TrackId("moss"), "Moss", "Kestrel Choir", isrc="QZAB12600004", album="Harbour"),
    Track(TrackId("glow"), "Glow", "Kestrel Choir", label="Kestrel Records", year=2023),
    Track(TrackId("ford"), "The Ford", "Ida Mole"),
    Track(TrackId("weir"), "The Weir", "Ida Mole", year=1980),
    Track(TrackId("late"), "Late Arrival", "Ida Mole", label="North Pier", year=2025),
]
SUBJECTS: dict[str, tuple[Row, set[str]]] = {
    "song": ({"track_id": "song"}, {"song"}),
    "tide": ({"track_id": "tide"}, {"tide"}),
    "isrc": ({"isrc": "QZAB12600001"}, {"song"}),
    "label": ({"label": "North Pier"}, {"song", "lamp", "late"}),
    "artist": ({"artist_id": "ferry-1"}, {"lamp"}),
    "album": ({"album": "Harbour", "artist": "Ada Quill"}, {"song", "tide"}),
    "glow": ({"track_id": "glow"}, {"glow"}),
    "ford": ({"track_id": "ford"}, {"ford"}),
    "late": ({"track_id": "late"}, {"late"}),
    "nobody": ({"track_id": "nobody"}, set()),
}
PERFORMERS: dict[str, set[str]] = {"Ada Quill": {"song", "tide"}, "Ida Mole": {"ford", "weir", "late"}, "Nobody": set()}
DEAL: Row = {"kind": "deal"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path) as opened:
        yield opened


def write(store: CatalogStore, tracks: Sequence[Track] = (), said: Sequence[Row] = ()) -> None:
    with store.writing() as writer:
        writer.put_tracks(tracks)
        writer.append([parse_record(row) for row in said])


def about(subject: str, row: Row) -> Row:
    """Say something about a subject instead of about the strategies' song."""
    plain = {name: value for name, value in row.items() if name not in ("track_id", "artist")}
    if row["kind"] == "party":
        return {**plain, "artist": list(PERFORMERS)[len(subject) % len(PERFORMERS)]}
    return {**plain, **SUBJECTS[subject][0]}


def asked(at: datetime = NOON, territory: str = "DE") -> ConsentContext:
    return ConsentContext(territory, at)


def check(permits: Permits, store: CatalogStore, context: ConsentContext, policy: str | Policy) -> None:
    """Compare what is permitted with a decision about each track."""
    policy = POLICIES[policy] if isinstance(policy, str) else policy
    permitted = permits.permitted(context, policy)
    count = store.track_count()
    epoch, facts = store.facts(positions(count))
    decided = [decide(facts[position], context, policy) for position in positions(count)]
    allowed = [decision.allowed for decision in decided]
    assert permitted.standings.tolist() == [decision.standing for decision in decided]
    assert permitted.mask.tolist() == allowed
    assert permitted.epoch == epoch
    assert permitted.count == sum(allowed)
    unlearned = [position for position, one in enumerate(decided) if one.standing & Standing.NOT_LEARNED]
    assert permitted.not_learned.tolist() == unlearned
    bits = sum(1 << position for position, permit in enumerate(allowed) if permit)
    assert int.from_bytes(permitted.bitmap.tobytes(), "little") == bits
    assert permitted.digest == sha256(permitted.bitmap.tobytes()).hexdigest()


def check_each(permits: Permits, store: CatalogStore, context: ConsentContext, preset: str) -> None:
    """Compare how many are permitted in each territory with what is permitted there."""
    counts = permits.counts(context, POLICIES[preset])
    assert set(counts) == EVERYWHERE
    for territory in (*TERRITORIES, "JP"):
        there = Permits(store).permitted(replace(context, territory=territory), POLICIES[preset])
        assert counts[territory] == there.count


statements = st.lists(st.tuples(st.sampled_from(list(SUBJECTS)), rows()), max_size=5)
licences = st.lists(st.sampled_from(list(SUBJECTS)), max_size=5)


@settings(max_examples=60)
@given(
    licensed=licences,
    steps=st.lists(statements, min_size=1, max_size=3),
    asks=st.lists(st.tuples(contexts(), st.sampled_from(PRESETS)), min_size=1, max_size=4),
)
def test_the_mask_is_what_deciding_on_each_track_gives_also_after_further_records_and_tracks(
    licensed: list[str], steps: list[list[tuple[str, Row]]], asks: list[tuple[ConsentContext, str]]
) -> None:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        write(store, TRACKS[:6], [about(subject, DEAL) for subject in licensed])
        permits = Permits(store)
        for context, preset in asks:
            check(permits, store, context, preset)
        for number, step in enumerate(steps):
            write(store, TRACKS[: 6 + number], [about(*said) for said in step])
            for context, preset in asks:
                check(permits, store, context, preset)
                check(Permits(store), store, context, preset)
            check_each(permits, store, *asks[0])
            for at in (*INSTANTS, *INSTANTS[::-2]):
                check(permits, store, replace(asks[0][0], at=at), asks[0][1])
                check_each(permits, store, replace(asks[0][0], at=at), asks[0][1])


def from_a_source_of_its_own(number: int, row: Row) -> Row:
    """Keep a statement from taking another's place; whose disclosure it is matters and stays."""
    if row["kind"] == "disclosure":
        return row
    return {**row, "source": f"source {number}"}


@settings(max_examples=60)
@given(
    licensed=licences,
    said=st.lists(st.tuples(st.sampled_from(list(SUBJECTS)), rows()), max_size=8),
    asks=st.lists(st.tuples(contexts(), st.sampled_from(PRESETS)), min_size=1, max_size=3),
)
def test_the_mask_is_what_an_independent_reading_of_the_policy_gives(
    licensed: list[str], said: list[tuple[str, Row]], asks: list[tuple[ConsentContext, str]]
) -> None:
    told = [(subject, DEAL) for subject in licensed]
    kept: dict[Any, tuple[set[str], Row]] = {}
    for number, (subject, row) in enumerate([*told, *said]):
        if row["kind"] == "flag" and row["state"] == "cleared":
            continue
        told_row = about(subject, from_a_source_of_its_own(number, row))
        covered = PERFORMERS[told_row["artist"]] if row["kind"] == "party" else SUBJECTS[subject][1]
        kept[succession_key(told_row, number, subject)] = (covered, told_row)
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        write(store, TRACKS, [row for _, row in kept.values()])
        for context, preset in asks:
            allowed = Permits(store).permitted(context, POLICIES[preset]).mask.tolist()
            for track, permitted in zip(TRACKS, allowed, strict=True):
                found = [row for covered, row in kept.values() if track.track_id in covered]
                verdict, *_ = reference_decide(found, track.year, context, preset)
                assert permitted == (verdict != "exclude"), (track.track_id, found)


def succession_key(row: Row, number: int, subject: str) -> Any:
    """Return what a later statement must share to take this one's place: here only disclosures and take-downs can."""
    if row["kind"] == "disclosure":
        return subject, "disclosure", row.get("source", "operator")
    if row["kind"] == "takedown":
        scope = {"territories", "excluded_territories", "use_types"} & row.keys()
        worldwide = row.get("territories") == ["Worldwide"]
        named = {name: sorted(row[name]) for name in scope if not (worldwide and name == "territories")}
        return subject, "takedown", repr(sorted(named.items()))
    return number


PERIODS: list[tuple[str, Row]] = [
    ("deal", {"start": "2026-03-01T12:00:00Z"}),
    ("deal", {"end": "2026-03-01T12:00:00Z"}),
    ("deal", {"start": "2026-03-01T11:59:59.999999Z", "end": "2026-03-01T12:00:00.000001Z"}),
    ("takedown", {"effective_at": "2026-03-01T12:00:00Z"}),
    ("takedown", {"lifted_at": "2026-03-01T12:00:00Z"}),
    ("grant", {"use": "recommendation", "state": "not_allowed", "start": "2026-03-01T12:00:00Z"}),
    ("flag", {"flag": "spam", "state": "open", "expires_at": "2026-03-01T12:00:00Z"}),
    ("block", {"reason": "legal", "start": "2026-03-01T12:00:00Z"}),
    (
        "rights_claim",
        {"controller": "P", "level": "work", "claim_status": "not_allowed", "start": "2026-03-01T12:00:00Z"},
    ),
]
MICROSECOND = timedelta(microseconds=1)
AROUND_NOON = [NOON - timedelta(days=1), NOON - MICROSECOND, NOON, NOON + MICROSECOND, NOON + timedelta(days=1)]


@pytest.mark.parametrize(("kind", "period"), PERIODS, ids=[f"{kind} {' '.join(row)}" for kind, row in PERIODS])
@pytest.mark.parametrize("later", [False, True], ids=["compiled", "updated in place"])
def test_a_boundary_is_exact_whichever_instant_was_asked_for_before(
    store: CatalogStore, kind: str, period: Row, later: bool
) -> None:
    licence = [] if kind == "deal" else [about("song", DEAL)]
    write(store, TRACKS, [*licence, about("tide", DEAL)])
    permits = Permits(store)
    if later:
        for at in AROUND_NOON:
            check(permits, store, asked(at), "strict")
    write(store, said=[about("song", {"kind": kind, **period})])
    for at in [*AROUND_NOON, *reversed(AROUND_NOON), *AROUND_NOON[::2], NOON, NOON - MICROSECOND]:
        check(permits, store, asked(at), "strict")


def test_a_suspicion_without_an_expiry_lapses_ninety_days_after_it_was_recorded(store: CatalogStore) -> None:
    flag = {"kind": "flag", "flag": "spam", "state": "open", "recorded_at": NOON.isoformat()}
    write(store, TRACKS, [about("song", DEAL), about("song", flag)])
    permits, lapse = Permits(store), NOON + SUSPICION_LASTS
    for at, allowed in ((NOON, False), (lapse - MICROSECOND, False), (lapse, True), (NOON, False)):
        assert permits.permitted(asked(at), POLICIES["strict"]).mask[0] == allowed


def test_the_better_source_of_several_disclosures_decides(store: CatalogStore) -> None:
    said = [("all", "user_report"), ("none", "registry"), ("partly", "artist_statement")]
    disclosures = [{"kind": "disclosure", "level": level, "source": source} for level, source in said]
    write(store, TRACKS, [about("song", DEAL), *(about("song", row) for row in disclosures)])
    for preset in PRESETS:
        check(Permits(store), store, asked(), preset)
    assert Permits(store).permitted(asked(), POLICIES["human_only"]).mask[0]


OURS, THEIRS = "PADPIDA2026030103C", "PADPIDA2026030104D"
NO_LYRICS = Policy("no AI lyrics", Preset.LABELLED_AI, blocked_facets=frozenset({AiFacet.LYRICS}))
NO_VOCALS = Policy("no AI vocals", Preset.LABELLED_AI, blocked_facets=frozenset({AiFacet.VOCALS}))


def delivered(store: CatalogStore, said: Sequence[tuple[Row, str | None]]) -> None:
    """Write records with the sender of the delivery that they came in, which no import can state."""
    with store.writing() as writer:
        writer.append([replace(parse_record(row), sender=sender) for row, sender in said])


def test_of_several_disclosures_the_one_that_a_decision_goes_by_decides_for_each_policy(store: CatalogStore) -> None:
    """Which one it is depends on who sent the track's deals, and on the facets that the policy blocks."""
    source = {"kind": "grant", "use": "ai_source", "state": "allowed"}
    write(store, TRACKS, [about(subject, row) for subject in ("label", "album") for row in (DEAL, source)])
    lyrics = {"kind": "disclosure", "level": "partly", "facets": [{"facet": "lyrics", "level": "all"}]}
    vocals = {"kind": "disclosure", "level": "partly", "facets": [{"facet": "vocals", "level": "all"}]}
    none, throughout = ({"kind": "disclosure", "level": level} for level in ("none", "all"))
    write(store, said=[about("song", {**lyrics, "source": "a"}), about("song", {**vocals, "source": "b"})])
    delivered(
        store,
        [
            (about("tide", {**DEAL, "source": "ern_message"}), OURS),
            (about("tide", {**throughout, "source": "ern_message"}), THEIRS),
            (about("tide", {**none, "source": "ern_message:ours"}), OURS),
            (about("artist", {**throughout, "source": "ern_message"}), THEIRS),
            (about("artist", {**none, "source": "ern_message:ours"}), OURS),
            (about("late", {**none, "source": "ern_message:ours"}), OURS),
        ],
    )
    permits = Permits(store)
    for policy in (*PRESETS, NO_LYRICS, NO_VOCALS, "strict", NO_LYRICS):
        check(permits, store, asked(), policy)
    standings = {policy.name: permits.permitted(asked(), policy).mask[0] for policy in (NO_LYRICS, NO_VOCALS)}
    assert standings == {"no AI lyrics": False, "no AI vocals": False}
    assert permits.permitted(asked(), POLICIES["human_only"]).mask.tolist()[:3] == [False, True, False]


def test_a_mode_that_a_policy_sets_counts_at_once_for_that_policy_alone(store: CatalogStore) -> None:
    flagged = about("song", {"kind": "flag", "flag": "spam", "state": "confirmed", "source": "detector"})
    write(store, TRACKS, [about("song", DEAL), flagged])
    permits = Permits(store)
    for mode in FlagMode:
        check(permits, store, asked(), replace(POLICIES["strict"], flag_modes=(("detector", mode),)))


def test_what_a_listener_hides_is_left_out_and_everything_else_stays(store: CatalogStore) -> None:
    refused = {"kind": "grant", "use": "training", "state": "not_allowed"}
    write(store, TRACKS[:3], [about("label", DEAL), about("album", DEAL), about("album", refused)])
    before = Permits(store).permitted(asked(), POLICIES["strict"])
    after = before.without(np.array([True, False, False]))
    assert (before.mask.tolist(), after.mask.tolist()) == ([True, True, True], [False, True, True])
    assert after.standings.tolist() == [Standing.NOT_LEARNED, *before.standings.tolist()[1:]]
    assert (after.count, after.epoch, after.not_learned.tolist()) == (2, before.epoch, [0, 1])


def test_a_new_track_is_seen_at_once_by_compiled_contexts(store: CatalogStore) -> None:
    write(store, TRACKS[:3], [about("label", DEAL)])
    permits = Permits(store)
    check(permits, store, asked(), "strict")
    write(store, TRACKS)
    check(permits, store, asked(), "strict")
    assert permits.permitted(asked(), POLICIES["strict"]).mask.tolist() == [True, False, True, *[False] * 4, True]


def test_a_changed_year_counts_at_once(store: CatalogStore) -> None:
    write(store, TRACKS[:1], [about("song", DEAL)])
    permits = Permits(store)
    assert permits.permitted(asked(), POLICIES["human_only"]).mask.tolist() == [True]
    write(store, [Track(TrackId("song"), "Paper Lanterns", "Ada Quill", year=2024)])
    assert permits.permitted(asked(), POLICIES["human_only"]).mask.tolist() == [False]


def test_more_changes_than_are_decided_one_by_one_are_all_seen(store: CatalogStore) -> None:
    tracks = [
        Track(TrackId(f"t{number}"), "Title", "Ada Quill", label="North Pier")
        for number in range(DECIDED_ONE_BY_ONE + 5)
    ]
    write(store, tracks, [{"kind": "deal", "label": "North Pier"}])
    permits = Permits(store)
    assert permits.permitted(asked(), POLICIES["strict"]).count == len(tracks)
    write(store, said=[{"kind": "takedown", "track_id": track.track_id} for track in tracks[1:]])
    assert permits.permitted(asked(), POLICIES["strict"]).count == 1


class Watched(SqliteCatalogStore):
    """A catalog that notes which tracks are decided on one by one, and how often all records are read."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.decided: list[list[int]] = []
        self.times_read = 0

    def facts(self, positions: Iterable[int], *more: Any, **named: Any) -> Any:
        self.decided.append(sorted(positions))
        return super().facts(list(map(Position, self.decided[-1])), *more, **named)

    def consent_columns(self) -> Any:
        self.times_read += 1
        return super().consent_columns()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with Watched(tmp_path) as opened:
        write(opened, TRACKS[:6], [about(subject, DEAL) for subject in ("song", "tide", "glow", "ford")])
        yield opened


TAKEN_DOWN: Row = {"kind": "takedown"}


def test_records_are_read_once_and_what_changes_is_decided_on_alone(watched: Watched) -> None:
    permits = Permits(watched)
    asks = [(asked(territory=territory), POLICIES["strict"]) for territory in ("DE", "FR", "US")]
    first = [permits.permitted(*ask).count for ask in asks[:2]]
    assert (first, watched.decided, watched.times_read) == ([4, 4], [], 1)
    write(watched, said=[about("tide", TAKEN_DOWN)])
    assert permits.permitted(*asks[0]).count == 3
    assert (watched.decided, watched.times_read) == ([[1]], 1)
    assert permits.permitted(*asks[2]).count == 3
    assert (watched.decided, watched.times_read) == ([[1]], 1)
    write(watched, said=[{**TAKEN_DOWN, "track_id": "nobody"}])
    assert permits.permitted(*asks[0]).count == 3
    assert (watched.decided, watched.times_read) == ([[1], []], 1)
    write(watched, TRACKS, [about("late", DEAL)])
    assert permits.permitted(*asks[0]).count == 4
    assert (watched.decided, watched.times_read) == ([[1], [], [6, 7]], 1)


def test_after_many_changes_all_records_are_read_anew(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.consent.permits.DECIDED_ONE_BY_ONE", 2)
    permits = Permits(watched)
    asks = [(asked(territory=territory), POLICIES["strict"]) for territory in ("DE", "FR", "US", "GB")]
    permits.permitted(*asks[0])
    for said, ask, count, decided, times_read in (
        (["song", "tide"], 0, 2, [[0, 1]], 1),
        ([], 1, 2, [], 1),
        (["glow"], 2, 1, [[4]], 2),
        (["lamp"], 2, 1, [[2]], 2),
        (["moss", "ford"], 2, 0, [[3, 5]], 3),
    ):
        watched.decided.clear()
        write(watched, said=[{**TAKEN_DOWN, "track_id": track_id} for track_id in said])
        assert permits.permitted(*asks[ask]).count == count
        assert (watched.decided, watched.times_read) == (decided, times_read)
    watched.decided.clear()
    write(watched, TRACKS, [about("late", DEAL)])
    for ask in (2, 3):
        assert permits.permitted(*asks[ask]).count == 1
        assert (watched.decided, watched.times_read) == ([[6, 7]], 3)


def keep(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep so many contexts of a few tracks."""
    monkeypatch.setattr("catalog.consent.permits.KEPT_BYTES", (count + 1) * 2048)


def test_more_contexts_than_are_kept_are_all_answered(store: CatalogStore, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(9, monkeypatch)
    write(store, TRACKS, [about("song", {"kind": "deal", "territories": ["DE"]})])
    permits = Permits(store)
    asks = [
        (ConsentContext(territory, NOON, model), preset)
        for territory, model, preset in product(TERRITORIES, CommercialModel, PRESETS)
    ]
    assert len(asks) > 9
    for context, preset in asks + asks:
        allowed = permits.permitted(context, POLICIES[preset]).mask.tolist()
        assert allowed == [context.territory == "DE", *[False] * 7]


def test_the_contexts_asked_for_last_are_kept_and_no_more_of_them(
    store: CatalogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very same answer comes back until something changes or too many others were asked for since."""
    keep(9, monkeypatch)
    write(store, TRACKS, [about("song", DEAL)])
    permits = Permits(store)
    instants = [NOON + timedelta(days=day) for day in range(3)]
    policies = [replace(POLICIES["strict"], version=str(number)) for number in range(10)]
    kept = [permits.permitted(asked(), policy) for policy in policies[:-1]]
    for at in instants:
        assert all(permits.permitted(asked(at), policy) is one for policy, one in zip(policies, kept, strict=False))
    permits.permitted(asked(), policies[0])
    permits.permitted(asked(), policies[-1])
    assert permits.permitted(asked(), policies[0]) is kept[0]
    assert all(permits.permitted(asked(), policies[place]) is kept[place] for place in range(2, 9))
    assert permits.permitted(asked(), policies[1]) is not kept[1]


def test_an_answer_is_kept_from_the_instant_a_deal_begins_until_it_ends(store: CatalogStore) -> None:
    write(store, TRACKS, [about("song", {**DEAL, "start": NOON.isoformat(), "end": (NOON + MICROSECOND).isoformat()})])
    permits = Permits(store)
    at_noon, later = permits.permitted(asked(), POLICIES["strict"]), asked(NOON + MICROSECOND)
    assert permits.permitted(asked(), POLICIES["strict"]) is at_noon
    assert permits.permitted(later, POLICIES["strict"]) is permits.permitted(later, POLICIES["strict"])
    assert permits.permitted(later, POLICIES["strict"]) is not at_noon


def test_an_answer_given_out_never_changes(store: CatalogStore) -> None:
    write(store, TRACKS, [about("song", DEAL)])
    permits = Permits(store)
    before = permits.permitted(asked(), POLICIES["strict"])
    write(store, said=[{"kind": "takedown", "track_id": "song"}])
    after = permits.permitted(asked(), POLICIES["strict"])
    assert (before.count, after.count) == (1, 0)
    assert before.digest != after.digest


def test_an_empty_catalog_permits_nothing(store: CatalogStore) -> None:
    permitted = Permits(store).permitted(asked(), POLICIES["strict"])
    assert (permitted.count, len(permitted.mask), len(permitted.bitmap)) == (0, 0, 0)
    write(store, said=[about("song", DEAL)])
    assert Permits(store).permitted(asked(), POLICIES["strict"]).count == 0


GRANTS: list[tuple[Mapping[str, Any], bool]] = [
    ({"use": "training", "state": "not_allowed"}, False),
    ({"use": "training", "state": "constrained"}, False),
    ({"use": "training", "state": "not_allowed", "territories": ["FR"]}, False),
    ({"use": "training", "state": "not_allowed", "end": NOON.isoformat()}, True),
    ({"use": "training", "state": "not_allowed", "start": NOON.isoformat()}, False),
    ({"use": "training", "state": "allowed"}, True),
    ({"use": "training", "state": "unknown"}, True),
    ({"use": "recommendation", "state": "not_allowed"}, True),
]


@pytest.mark.parametrize(("grant", "allowed"), GRANTS)
def test_a_track_is_learned_from_unless_training_is_refused_now(store: CatalogStore, grant: Row, allowed: bool) -> None:
    write(store, TRACKS, [about("album", {"kind": "grant", **grant})])
    assert learnable(store, NOON).tolist() == [allowed, allowed, *[True] * 6]


def test_a_withdrawn_refusal_lets_a_track_be_learned_from_again(store: CatalogStore) -> None:
    refused: Row = {"kind": "grant", "use": "training", "state": "not_allowed"}
    write(store, TRACKS, [about("song", refused)])
    write(store, said=[about("song", {**refused, "state": "allowed"})])
    assert np.all(learnable(store, NOON))


def test_learning_from_an_empty_catalog_is_learning_from_nothing(store: CatalogStore) -> None:
    assert learnable(store, datetime(2026, 1, 1, tzinfo=UTC)).shape == (0,)
