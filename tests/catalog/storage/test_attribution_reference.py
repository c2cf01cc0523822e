"""Whom a record is about, and when it counts, agrees with a second reading of the catalog's README, and keeps its laws."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Self
from unittest.mock import patch

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from catalog.consent.deliveries import Delivery, Statement
from catalog.consent.fields import RecordError
from catalog.consent.findings import ConsentContext
from catalog.consent.permits import Permits
from catalog.consent.policy import Decision, Preferences, decide
from catalog.consent.presets import POLICIES
from catalog.consent.records import parse_record
from catalog.consent.rules import Standing, Verdict
from catalog.credits import read_credit
from catalog.names import identity, search_form
from catalog.stores import CATALOG_FILE, CatalogStore, open_store
from catalog.tracks import Track
from tests.reference_attribution import (
    ID_SCHEMES,
    RecordVersion,
    Song,
    World,
    ahead,
    allows,
    identity_of,
    restricts,
    standing,
    tell,
)
from tests.reference_policy import VERDICTS, Row, instant, reference_decide
from tests.strategies import NOON
from tests.worlds import ISRCS, NAMES, Event, Input, artist_of, inputs, stated, track_of

# By default 400 and 100 examples, and 2000 of mere texts.
AGREEMENT = settings(max_examples=4 * settings().max_examples)
LAW = settings()
TEXTS = settings(max_examples=20 * settings().max_examples)
STEP = timedelta(seconds=10)
IN_GERMANY = "DE"
GIVEN_IDS = ("party_id", "artist_id", *ID_SCHEMES)


@cache
def _empty() -> Path:
    """Make an empty catalog once: to copy it is faster than to make another."""
    folder = Path(mkdtemp(prefix="empty-"))
    with open_store(folder):
        pass
    return folder / CATALOG_FILE


@contextmanager
def empty_store() -> Iterator[CatalogStore]:
    shared = Path("/dev/shm")
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        shutil.copy(_empty(), Path(folder))
        with open_store(Path(folder)) as store:
            yield store


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Let the catalog receive what comes now at this instant."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(instant.timestamp(), tz)

    with patch("catalog.storage.writer.datetime", Clock):
        yield


class Taken:
    """What was taken in, as the second reading keeps it."""

    def __init__(self) -> None:
        self.songs: dict[str, Song] = {}
        self.artists: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.rows: list[tuple[Row, datetime]] = []
        self.last = NOON

    def standing(self) -> list[RecordVersion]:
        return standing(tell(self.rows))

    def world(self) -> World:
        parties = [row for row, _ in self.rows if row["kind"] == "party"]
        return World(list(self.songs.values()), list(self.artists.values()), parties)


def take_in(store: CatalogStore, given: Input, start: datetime = NOON, step: timedelta = STEP) -> Taken:
    """Take in what is given; what is dated ahead is refused where it allows, and taken where it restricts."""
    taken = Taken()
    for number, transaction in enumerate(given.transactions):
        now = start + number * step
        taken.last = now
        with clock_at(now), store.writing() as writer:
            for kind in dict.fromkeys(map(kind_of, transaction)):
                add(writer, [event for event in transaction if kind_of(event) == kind], now, taken)
    return taken


def kind_of(event: Event) -> str:
    return "songs" if event.song is not None else "artists" if event.artist is not None else "rows"


def add(writer: Any, events: Sequence[Event], now: datetime, taken: Taken) -> None:
    """Take in what is of one kind; what is dated ahead comes one by one, for it may be refused."""
    songs = [event.song for event in events if event.song is not None]
    artists = [event.artist for event in events if event.artist is not None]
    if songs:
        writer.put_tracks(map(track_of, songs))
        taken.songs |= {song.track_id: song for song in songs}
    if artists:
        writer.put_artists(map(artist_of, artists))
        taken.artists |= {artist[0]: artist for artist in artists}
    rows = [event.row for event in events if event.row is not None]
    for is_ahead, some in groupby(rows, lambda row: ahead(row, now)):
        for batch in ([row] for row in some) if is_ahead else [list(some)]:
            append(writer, batch, now, taken)


def append(writer: Any, rows: Sequence[Row], now: datetime, taken: Taken) -> None:
    try:
        writer.append([parse_record(row) for row in rows])
    except RecordError as error:
        assert error.field == "recorded_at", error  # noqa: PT017
        assert all(ahead(row, now) for row in rows), rows
        assert not all(restricts(row) for row in rows) or any(allows(row) or eases(row) for row in rows), rows
        return
    for row in rows:
        assert not (ahead(row, now) and allows(row) and not restricts(row)), row
    taken.rows += [(row, now) for row in rows]


def eases(row: Row) -> bool:
    """Say whether a row that restricts may end one that restricts more: those with an end of their own."""
    return bool(row.get("end") or row.get("lifted_at"))


def finding(decision: Decision) -> tuple[str, str, frozenset[str]]:
    return decision.verdict, decision.primary, frozenset(decision.codes)


def views(store: CatalogStore, context: ConsentContext, now: datetime) -> dict[str, dict[str, list[Any]]]:
    """Return, by preset and track, what list, gate, story and replay say."""
    ids = store.track_ids()
    positions = list(range(len(ids)))
    facts = store.facts(positions)[1]
    replayed = store.facts(positions, known_at=now)[1]
    histories = store.histories(positions)[1]
    permits = Permits(store)
    found: dict[str, dict[str, list[Any]]] = {}
    for name, policy in POLICIES.items():
        standings = permits.permitted(context, policy).standings
        found[name] = {}
        for position in positions:
            gate = finding(decide(facts[position], context, policy))
            story = finding(decide(histories[position].known_at(now), context, policy))
            replay = finding(decide(replayed[position], context, policy))
            standing = Standing(int(standings[position]))
            listed = (Standing.PERMITTED in standing, Standing.LABELLED in standing)
            found[name][ids[position]] = [gate, story, replay, listed]
    return found


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


def assert_views_agree(found: dict[str, dict[str, list[Any]]]) -> None:
    for name, tracks in found.items():
        for track_id, (gate, story, replay, listed) in tracks.items():
            assert gate == story == replay, (name, track_id)
            assert listed[0] == (gate[0] != Verdict.EXCLUDE), (name, track_id)


def gates(store: CatalogStore, now: datetime) -> dict[tuple[str, str], tuple[str, str, frozenset[str]]]:
    """Return what the gate finds, by preset and track."""
    found = {}
    for position, facts in store.facts(range(store.track_count()))[1].items():
        for name, policy in POLICIES.items():
            context = ConsentContext(IN_GERMANY, now)
            found[name, store.track_ids()[position]] = finding(decide(facts, context, policy))
    return found


# Order


def order_counts(event: Event) -> bool:
    """Whether the place of a record among others without a date, or dated ahead, says which is the later one."""
    return event.row is not None and (instant(event.row, "recorded_at") or LATER) >= LATER


LATER = NOON + STEP


def at_once(events: Sequence[Event], cuts: Sequence[int] = ()) -> Input:
    bounds = [0, *cuts, len(events)]
    parts = [tuple(events[start:end]) for start, end in pairwise(bounds)]
    return Input(tuple(part for part in parts if part))


def outcome(given: Input) -> dict[tuple[str, str], tuple[str, str, frozenset[str]]]:
    """Return what the gate finds where everything is received in the same second."""
    with empty_store() as store:
        take_in(store, given, start=LATER, step=timedelta(0))
        return gates(store, LATER + timedelta(minutes=2))


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
    facts = store.facts(range(store.track_count()))[1].values()
    return {one.track_id for one in facts if "USER_PREFERENCE" in decide(one, context, strict, wished).codes}


# More and less


def severities(found: dict[tuple[str, str], tuple[str, str, frozenset[str]]]) -> dict[tuple[str, str], int]:
    return {key: VERDICTS.index(verdict) for key, (verdict, _, _) in found.items()}


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


def tells_ids(row: Row) -> bool:
    return row["kind"] == "party" and any(row.get(other) for other in GIVEN_IDS)


@LAW
@given(inputs(), st.data())
def test_without_an_allowing_record_no_track_is_let_through(given: Input, data: st.DataObject) -> None:
    events = [event for transaction in given.transactions for event in transaction]
    allowing = [at for at, event in enumerate(events) if event.row and allows(event.row) and not tells_ids(event.row)]
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
    assume(name.strip())
    with empty_store() as store:
        with store.writing() as writer:
            writer.put_tracks([Track(f"t{at}", "Rain", credit) for at, credit in enumerate(acts)])
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


# Deliveries dated ahead


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
            writer.put_tracks([Track("song", "Rain", "Ada Quill", isrc=ISRCS[0])])
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


# Whom a table tells of: the smallest cases in which the second reading and the catalog part.


def found_of(songs: Sequence[Song], rows: Sequence[Row], artists: Sequence[tuple[str, tuple[str, ...]]] = ()) -> Any:
    """Return the codes that `strict` finds of the first of some songs."""
    events = [*(Event(song=song) for song in songs), *(Event(artist=one) for one in artists)]
    found = outcome(Input(((*events, *(Event(row=row) for row in rows)),)))
    return found["strict", songs[0].track_id]


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
