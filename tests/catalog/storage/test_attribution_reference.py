"""Whom a record is about, and when it counts, agrees with a second reading of the catalog's README, and keeps its laws."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from catalog.consent import ConsentContext, Preferences, Verdict, decide, parse_record
from catalog.consent.presets import POLICIES
from catalog.credits import read_credit
from catalog.names import identity, search_form
from catalog.stores import CatalogStore
from catalog.tracks import Track, TrackId
from tests.catalog.storage.taking_in import (
    AGREEMENT,
    GIVEN_IDS,
    IN_GERMANY,
    LATER,
    LAW,
    TEXTS,
    Taken,
    append,
    at_once,
    clock_at,
    empty_store,
    gates,
    outcome,
    severities,
    take_in,
    views,
)
from tests.positions import positions
from tests.reference_attribution import (
    Song,
    allows,
    identity_of,
    restricts,
)
from tests.reference_policy import Row, instant, reference_decide
from tests.worlds import NAMES, Event, Input, inputs, stated


@AGREEMENT
@given(inputs())
def test_list_gate_story_and_replay_agree_with_each_other_and_with_the_second_reading(given: Input) -> None:
    with empty_store() as store:
        taken = take_in(store, given)
        now = taken.last + timedelta(minutes=2)
        context = ConsentContext(IN_GERMANY, now)
        found = views(store, context, now)
    check(taken, context, found)


def check(taken: Taken, context: ConsentContext, found: dict[str, dict[str, list[Any]]]) -> None:
    world, told = taken.world(), taken.standing()
    for name, tracks in found.items():
        for track_id, (gate, story, replay, listed) in tracks.items():
            song = taken.songs[track_id]
            where = (name, song)
            assert story == gate, (where, "story and gate")
            assert replay == gate, (where, "replay and gate")
            allowed = gate[0] != Verdict.EXCLUDE
            assert listed[0] == allowed, (where, "list and gate")
            assert not allowed or listed[1] == (gate[0] == Verdict.ALLOW_LABELLED), (where, "label of list and gate")
            rows = world.on_record(song, told)
            expected = reference_decide(rows, song.year, context, name)
            assert gate == expected, (where, gate, expected, rows)


# Order


def order_counts(event: Event) -> bool:
    """Whether the place of a record among others without a date, or dated ahead, says which is the later one."""
    return event.row is not None and (instant(event.row, "recorded_at") or LATER) >= LATER


@LAW
@given(inputs(), st.data())
def test_the_order_in_which_tracks_and_records_arrive_does_not_matter(given: Input, data: st.DataObject) -> None:
    """But of records without a date, or dated ahead, those of one matter: the later counts."""
    events = [event for transaction in given.transactions for event in transaction]
    shuffled = data.draw(st.permutations(events))
    in_order = iter([event for event in events if order_counts(event)])
    shuffled = [next(in_order) if order_counts(event) else event for event in shuffled]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=3)))
    assert outcome(at_once(events)) == outcome(at_once(shuffled, cuts))


# Names


@LAW
@given(inputs(), st.data())
def test_a_record_about_a_name_changes_nothing_for_those_who_credit_only_others(
    given: Input, data: st.DataObject
) -> None:
    """Whatever forms they share: what search folds decides nothing."""
    name = data.draw(st.sampled_from(NAMES))
    rows = data.draw(st.lists(stated((name,), (name,), 1), min_size=1, max_size=4))
    about_name = [row for row in rows if names_an_artist(row)]
    with empty_store() as store:
        taken = take_in(store, given)
        now = taken.last + timedelta(minutes=5)
        before = gates(store, now)
        with clock_at(taken.last), store.writing() as writer:
            for row in about_name:
                append(writer, [row], taken.last, taken)
        after = gates(store, now)
    for (preset, track_id), found in after.items():
        song = taken.songs[track_id]
        parts = (*song.leads, *song.guests, *song.titled, song.artist)
        if identity_of(name) not in map(identity_of, parts):
            assert found == before[preset, track_id], (preset, song, about_name)


def names_an_artist(row: Row) -> bool:
    """Whether a row is about a name, and tells no ids of it."""
    return bool(row.get("artist")) and not any(row.get(other) for other in ("track_id", "isrc", "label", *GIVEN_IDS))


@LAW
@given(inputs(records=3), st.data())
def test_a_refusal_reaches_no_fewer_recordings_of_its_own_name_than_a_listeners_block(
    given: Input, data: st.DataObject
) -> None:
    refusal: Row = {"kind": "grant", "use": "recommendation", "state": "not_allowed", "source": "artist_statement"}
    with empty_store() as store:
        taken = take_in(store, given)
        now = taken.last + timedelta(minutes=2)
        credited = sorted({name for song in taken.songs.values() for name in (*song.leads, *song.guests, *song.titled)})
        name = data.draw(st.sampled_from(credited))
        blocked = hidden(store, now, Preferences(blocked_artists=frozenset({name})))
        with clock_at(now), store.writing() as writer:
            writer.append([parse_record({**refusal, "artist": name})])
        refused = {track_id for (_, track_id), found in gates(store, now).items() if "OPTED_OUT" in found[2]}
    for track_id in blocked - refused:
        song = taken.songs[track_id]
        assert identity_of(name) not in map(identity_of, (*song.leads, *song.guests, *song.titled)), (name, song)


def hidden(store: CatalogStore, now: datetime, wished: Preferences) -> set[str]:
    """Return the tracks that a listener's preferences hide."""
    context, strict = ConsentContext(IN_GERMANY, now), POLICIES["strict"]
    facts = store.facts(positions(store.track_count()))[1].values()
    return {one.track_id for one in facts if "USER_PREFERENCE" in decide(one, context, strict, wished).codes}


# More and less


@LAW
@given(inputs(), st.data())
def test_a_restricting_record_lets_no_track_through(given: Input, data: st.DataObject) -> None:
    events = [event for transaction in given.transactions for event in transaction]
    names = tuple(sorted({name for event in events if event.song for name in event.song.leads})) or NAMES[:1]
    acts = tuple(event.song.artist for event in events if event.song) or NAMES[:1]
    more = data.draw(stated(names, acts, 4).filter(only_restricts))
    more = {**more, "source": "The Second Harbour"}
    with empty_store() as store:
        taken = take_in(store, given)
        now = taken.last + timedelta(minutes=2)
        before = severities(gates(store, now))
        with clock_at(taken.last), store.writing() as writer:
            writer.append([parse_record(more)])
        after = severities(gates(store, now))
    assert all(after[key] >= before[key] for key in before), (more, before, after)


def only_restricts(row: Row) -> bool:
    """Whether a row restricts, in whatever policy, and does nothing else: it tells no ids and declares nothing of AI."""
    return restricts(row) and not allows(row) and row["kind"] != "disclosure" and not tells_ids(row)


def only_allows(row: Row) -> bool:
    """Whether a row allows and does nothing else: a verified human may be said to be an AI persona in one breath."""
    return allows(row) and not restricts(row) and not tells_ids(row)


def tells_ids(row: Row) -> bool:
    return row["kind"] == "party" and any(row.get(other) for other in GIVEN_IDS)


@LAW
@given(inputs(), st.data())
def test_without_an_allowing_record_no_track_is_let_through(given: Input, data: st.DataObject) -> None:
    events = [event for transaction in given.transactions for event in transaction]
    allowing = [at for at, event in enumerate(events) if event.row and only_allows(event.row)]
    assume(allowing)
    gone = data.draw(st.sampled_from(allowing))
    whole = severities(outcome(at_once(events)))
    rest = severities(outcome(at_once([event for at, event in enumerate(events) if at != gone])))
    assert all(rest[key] >= whole[key] for key in whole), (events[gone], whole, rest)


# Any characters


@TEXTS
@given(st.text(), st.text())
def test_no_credit_is_too_strange_to_be_read(artist: str, title: str) -> None:
    for number in (0, 1, 5):
        credit = read_credit(artist, title, lambda _, number=number: number)  # type: ignore[misc]
        assert all(isinstance(one.name, str) for one in credit.performers)


@TEXTS
@given(st.text(st.characters(categories=("L", "M", "N")), min_size=1), st.sampled_from(("", "Rain", "Rain (Live)")))
def test_whoever_is_credited_alone_is_the_whole_credit(name: str, title: str) -> None:
    credit = read_credit(name, title, lambda _: 0)
    assert [identity(one.name) for one in credit.performers] == [identity(name)]


@TEXTS
@given(st.text())
def test_an_identity_is_its_own_and_is_found_by_the_same_form(name: str) -> None:
    assert identity(identity(name)) == identity(name)
    assert search_form(identity(name)) == search_form(name)


@LAW
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=1, max_size=5, unique_by=identity),
    st.data(),
)
def test_a_deal_and_a_refusal_reach_whom_they_name_whatever_its_characters(
    acts: list[str], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(acts))
    assume(identity(name))
    with empty_store() as store:
        with store.writing() as writer:
            writer.put_tracks([Track(TrackId(f"t{at}"), "Rain", credit) for at, credit in enumerate(acts)])
            writer.append([parse_record({"kind": "deal", "artist": name})])
        found = gates(store, datetime.now(UTC))
        allowed = {track for (name, track), one in found.items() if name == "strict" and one[0] != Verdict.EXCLUDE}
        assert allowed == {f"t{acts.index(name)}"}
        with store.writing() as writer:
            writer.append(
                [parse_record({"kind": "grant", "artist": name, "use": "recommendation", "state": "not_allowed"})]
            )
        refused = {track_id for (_, track_id), one in gates(store, datetime.now(UTC)).items() if "OPTED_OUT" in one[2]}
        assert f"t{acts.index(name)}" in refused


# Whom a table tells of: the smallest cases in which the second reading and the catalog part.


def found_of(songs: Sequence[Song], rows: Sequence[Row], artists: Sequence[tuple[str, tuple[str, ...]]] = ()) -> Any:
    """Return the codes that `strict` finds of the first of some songs."""
    events = [*(Event(song=song) for song in songs), *(Event(artist=one) for one in artists)]
    found = outcome(Input(((*events, *(Event(row=row) for row in rows)),)))
    return found["strict", TrackId(songs[0].track_id)]


DUET = Song("duet", ("Ada Quill", "Mira"))
ALONE = Song("alone", ("Mira",))
WITH_ID = Song("known", ("Mira",), artist_id="q3")


def test_who_is_told_to_bear_a_name_is_possibly_meant_where_it_is_credited_beside_others() -> None:
    rows = [{"kind": "deal", "track_id": "duet"}, {"kind": "disclosure", "level": "all", "artist_id": "q1"}]
    assert found_of([DUET], rows, [("Mira", ("q1",))])[0] == "exclude"


def test_a_name_of_which_two_ids_are_told_licenses_nothing_for_either() -> None:
    told = [
        {"kind": "party", "artist": "Mira", "isni": one, "source": source} for one, source in (("q1", "a"), ("q2", "b"))
    ]
    assert found_of([ALONE], [*told, {"kind": "deal", "artist_id": "q1"}])[1] == "NO_DEAL"


def test_an_id_that_was_corrected_licenses_nothing() -> None:
    wrong = {"kind": "party", "artist": "Mira", "isni": "q1", "recorded_at": "2020-01-01"}
    right = {"kind": "party", "artist": "Mira", "isni": "q2", "recorded_at": "2021-01-01"}
    assert found_of([ALONE], [wrong, right, {"kind": "deal", "artist_id": "q1"}])[1] == "NO_DEAL"


def test_a_dpid_that_is_given_together_with_an_id_is_the_same_artists() -> None:
    party = {"kind": "party", "party_id": "q3", "dpid": "q4"}
    rows = [party, {"kind": "deal", "track_id": "known"}, {"kind": "takedown", "artist_id": "q4"}]
    assert found_of([WITH_ID], rows)[1] == "TAKEDOWN_ACTIVE"
