"""Whom a record reaches, in a store: by name, by id, beside others, among namesakes, and in whatever order all comes in."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from catalog.consent import ConsentContext, Delivery, Permits, Preferences, decide, parse_record
from catalog.consent.presets import POLICIES
from catalog.credits import Performer, Role
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Artist, Position, Track, TrackId
from tests.homes import fill, licensed
from tests.positions import positions
from tests.strategies import NOON, Row

REFUSAL: Row = {"kind": "grant", "use": "recommendation", "state": "not_allowed"}
ALLOWED: Row = {"kind": "grant", "use": "ai_source", "state": "allowed"}
VERIFIED: Row = {"kind": "party", "party_kind": "person", "verified_human": True}
SUSPICION: Row = {"kind": "flag", "flag": "spam", "state": "confirmed"}
TAKEDOWN: Row = {"kind": "takedown", "reason": "requested"}

OWLS = [
    Track(TrackId("owl"), "Night", "DJ Сова"),
    Track(TrackId("hill"), "Night", "DJ Гора"),
    Track(TrackId("bird"), "Night", "DJ 青い鳥"),
    Track(TrackId("dj"), "Night", "DJ"),
]
MIRA = [
    Track(TrackId("own"), "One", "Mira Vale"),
    Track(TrackId("feat"), "Two", "Jon Marsh feat. Mira Vale"),
    Track(TrackId("beside"), "Three", "Jon Marsh & Mira Vale"),
    Track(TrackId("title"), "Four (feat. Mira Vale)", "Jon Marsh"),
    Track(TrackId("joined"), "Five", "Ida Mole; Mira Vale"),
    Track(TrackId("other"), "Six", "Mirà Vale"),
    Track(TrackId("trio"), "Seven", "Mira Vale Trio"),
    Track(TrackId("jon"), "Eight", "Jon Marsh"),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path) as opened:
        yield opened


def reached(store: CatalogStore, kind: str = "grant") -> set[str]:
    """Return the tracks for which a record of a kind counts."""
    _, facts = store.facts(positions(store.track_count()))
    return {found.track_id for found in facts.values() if any(record.kind == kind for record in found.records)}


def playing(store: CatalogStore, policy: str = "strict") -> set[TrackId]:
    """Return the tracks that may be recommended, on which list, gate and story have to agree."""
    context, chosen = ConsentContext("DE", NOON), POLICIES[policy]
    everything = positions(store.track_count())
    _, facts = store.facts(everything)
    _, histories = store.histories(everything)
    gate = {facts[position].track_id for position in everything if decide(facts[position], context, chosen).allowed}
    mask = Permits(store).permitted(context, chosen).mask
    assert {facts[position].track_id for position in everything if mask[position]} == gate
    now = max((entry.told.recorded_at for history in histories.values() for entry in history.entries), default=0)
    for position in everything:
        told = {entry.record for entry in histories[position].standing_at(now) if entry.counts}
        assert told == set(facts[position].records)
    return gate


def test_a_refusal_reaches_nobody_of_another_name(store: CatalogStore) -> None:
    fill(store, OWLS, [*licensed(OWLS), {**REFUSAL, "artist": "DJ Сова"}])
    assert playing(store) == {"hill", "bird", "dj"}


def test_a_verified_human_vouches_for_nobody_of_another_name(store: CatalogStore) -> None:
    fill(store, OWLS, [*licensed(OWLS), {**VERIFIED, "name": "dj СОВА"}])
    assert playing(store, "human_only") == {"owl"}


def test_a_refusal_reaches_every_recording_that_the_name_leads_or_guests_on(store: CatalogStore) -> None:
    fill(store, MIRA, [{**REFUSAL, "artist": "Mira Vale"}])
    assert reached(store) == {"own", "feat", "beside", "title", "joined"}


def test_as_lead_leaves_the_guest_out(store: CatalogStore) -> None:
    fill(store, MIRA, [{**REFUSAL, "artist": "Mira Vale", "as_lead": True}])
    assert reached(store) == {"own", "beside", "joined"}


def test_what_vouches_or_allows_reaches_only_a_credit_of_exactly_this_name(store: CatalogStore) -> None:
    fill(store, MIRA, [{**VERIFIED, "name": "Mira Vale"}, {**ALLOWED, "artist": "Mira Vale"}])
    assert reached(store, "party") == reached(store) == {"own"}


def test_a_suspicion_by_name_reaches_all_that_credit_it(store: CatalogStore) -> None:
    fill(store, MIRA, [{**SUSPICION, "artist": "Mira Vale"}])
    assert reached(store, "flag") == {"own", "feat", "beside", "title", "joined"}


def test_a_name_that_two_artists_bear_is_vouched_for_by_id_only_and_refused_for_both(store: CatalogStore) -> None:
    two = [
        Track(TrackId("one"), "One", "Mira Vale", artist_id="a-1"),
        Track(TrackId("two"), "Two", "Mira Vale", artist_id="a-2"),
    ]
    fill(store, two, [*licensed(two), {**VERIFIED, "name": "Mira Vale"}])
    assert playing(store, "human_only") == set()
    fill(store, said=[{**VERIFIED, "party_id": "a-1"}])
    assert playing(store, "human_only") == {"one"}
    fill(store, said=[{**REFUSAL, "artist": "Mira Vale"}])
    assert playing(store) == set()


def test_a_name_stops_vouching_when_another_artist_of_it_comes(store: CatalogStore) -> None:
    one = Track(TrackId("one"), "One", "Mira Vale", artist_id="a-1")
    fill(store, [one], [*licensed([one]), {**VERIFIED, "name": "Mira Vale"}])
    assert playing(store, "human_only") == {"one"}
    epoch = store.consent_epoch()
    fill(store, [Track(TrackId("two"), "Two", "Mira Vale", artist_id="a-2")])
    assert playing(store, "human_only") == set()
    assert store.changed_since(epoch)[1] == [0, 1]


NAMESAKES = [
    Track(TrackId("with-id"), "One", "Mira Vale", artist_id="a-1"),
    Track(TrackId("without"), "Two", "Mira Vale"),
    Track(TrackId("guest"), "Three", "Jon Marsh feat. Mira Vale"),
    Track(TrackId("another"), "Four", "Mira Vale", artist_id="a-2"),
]


def test_a_refusal_by_id_reaches_that_id_and_namesakes_without_one(store: CatalogStore) -> None:
    fill(store, NAMESAKES, [{**REFUSAL, "artist_id": "a-1"}, {**TAKEDOWN, "artist_id": "a-1"}])
    assert reached(store) == reached(store, "takedown") == {"with-id", "without", "guest"}


def test_a_suspicion_or_a_vouching_by_id_never_passes_to_a_namesake(store: CatalogStore) -> None:
    fill(store, NAMESAKES, [{**SUSPICION, "artist_id": "a-1"}, {**VERIFIED, "party_id": "a-1"}])
    assert reached(store, "flag") == reached(store, "party") == {"with-id"}


def test_ids_that_are_given_together_are_one_artist(store: CatalogStore) -> None:
    fill(store, [Track(TrackId("one"), "One", "Mira Vale", artist_id="0000000000000001")])
    with store.writing() as writer:
        writer.put_artists([Artist("Somebody", ids={"isni": "0000000000000001", "musicbrainz": "mb-1"})])
        writer.append([parse_record({**VERIFIED, "party_id": "own-7", "isni": "0000000000000001"})])
    fill(store, said=[{**ALLOWED, "artist_id": "mb-1"}, {**REFUSAL, "artist_id": "own-7"}])
    _, facts = store.facts([Position(0)])
    assert sorted(record.kind for record in facts[Position(0)].records) == ["grant", "grant", "party"]


def test_an_id_that_is_told_of_a_name_is_that_of_the_one_artist_who_bears_it(store: CatalogStore) -> None:
    fill(store, [Track(TrackId("one"), "One", "Mira Vale"), Track(TrackId("two"), "Two", "Mirà Vale")])
    with store.writing() as writer:
        writer.put_artists([Artist("Mira Vale", ids={"isni": "0000000000000001"})])
    fill(store, said=[{**VERIFIED, "party_id": "0000000000000001"}])
    assert reached(store, "party") == {"one"}


def test_performers_of_a_delivery_are_known_by_their_ids_and_not_cut(store: CatalogStore) -> None:
    duo = (Performer("Ash & Ember", Role.LEAD, ("i-1",)), Performer("Mira Vale", Role.FEATURED, ("i-2",)))
    tracks = [
        Track(TrackId("duo"), "One (feat. Ida Mole)", "Ash & Ember", performers=duo),
        Track(
            TrackId("sole"),
            "Two",
            "Mira Vale",
            artist_id="i-2",
            performers=(Performer("Mira Vale", ids=("i-2", "s:7")),),
        ),
        Track(TrackId("namesake"), "Three", "Mira Vale"),
    ]
    fill(store, tracks, [{**REFUSAL, "artist_id": "s:7"}, {**VERIFIED, "party_id": "s:7"}])
    assert reached(store) == {"duo", "sole", "namesake"}
    assert reached(store, "party") == {"sole"}
    fill(store, said=[{**TAKEDOWN, "artist": "Ember"}, {**SUSPICION, "artist": "Ida Mole"}])
    assert reached(store, "takedown") == set()
    assert reached(store, "flag") == {"duo"}


def test_a_delivered_guest_leaves_the_name_that_is_shown_one_artists(store: CatalogStore) -> None:
    with_guest = (Performer("Mira Vale", ids=("i-2",)), Performer("Ida Mole", Role.FEATURED, ("i-3",)))
    tracks = [
        Track(TrackId("guested"), "One (feat. Ida Mole)", "Mira Vale", artist_id="i-2", performers=with_guest),
        Track(TrackId("sole"), "Two", "Mira Vale", artist_id="i-2", performers=with_guest[:1]),
    ]
    fill(store, tracks, [{**VERIFIED, "name": "Mira Vale"}, {**ALLOWED, "artist_id": "i-2"}])
    assert reached(store, "party") == {"guested", "sole"}
    assert reached(store) == {"sole"}


def test_an_id_told_of_a_name_reaches_those_with_other_ids_who_may_be_meant(store: CatalogStore) -> None:
    """With an id of another scheme, beside others or not, unless recordings show whose the id is."""
    beside = (Performer("Ada Quill"), Performer("Mira Vale", ids=("mb-1",)))
    fill(
        store,
        [Track(TrackId("beside"), "One", "Ada Quill & Mira Vale", performers=beside)],
        [{**REFUSAL, "artist_id": "isni-1"}],
    )
    with store.writing() as writer:
        writer.put_artists([Artist("Mira Vale", ids={"isni": "isni-1"})])
    assert reached(store) == {"beside"}
    fill(store, [Track(TrackId("second"), "Two", "Mira Vale", artist_id="mb-2")])
    assert reached(store) == {"beside", "second"}
    fill(
        store,
        [
            Track(TrackId("shown"), "Three", "Mira Vale", artist_id="isni-1"),
            Track(TrackId("bare"), "Four", "Mira Vale"),
        ],
    )
    assert reached(store) == {"shown", "bare"}


def test_ids_given_together_in_two_records_are_one_artists_of_whom_a_table_tells(store: CatalogStore) -> None:
    fill(
        store,
        [Track(TrackId("guest"), "One (feat. Mira Vale)", "Ada Quill"), Track(TrackId("own"), "Two", "Mira Vale")],
    )
    with store.writing() as writer:
        writer.put_artists([Artist("Mira Vale", ids={"isni": "isni-1", "musicbrainz": "mb-1"})])
    fill(store, said=[{"kind": "party", "party_id": "own-7", "isni": "isni-1", "party_kind": "ai_persona"}])
    assert reached(store, "party") == {"guest", "own"}


def test_a_name_that_recordings_show_and_a_record_tells_is_told(store: CatalogStore) -> None:
    beside = (Performer("Mira Vale", ids=("i-2",)), Performer("Ada Quill"))
    tracks = [
        Track(TrackId("beside"), "One", "Mira Vale & Ada Quill", performers=beside),
        Track(TrackId("guest"), "Two (feat. Mira Vale)", "Ada Quill"),
    ]
    fill(store, tracks, [{"kind": "party", "party_id": "i-2", "name": "Mira Vale", "party_kind": "ai_persona"}])
    assert reached(store, "party") == {"beside", "guest"}


def test_a_recording_that_is_delivered_under_another_name_keeps_what_is_refused_by_id_or_as_lead(
    store: CatalogStore,
) -> None:
    now = {"also_credited": "Bo Hale", "delivered_at": "2026-01-01", "delivered_by": "x"}
    own = Track(TrackId("own"), "One", "Bo Hale", artist_id="i-9", performers=(Performer("Bo Hale", ids=("i-9",)),))
    fill(store, [own])
    fill(store, [Track(TrackId("own"), "One", "Ada Quill feat. Bo Hale", artist_id="i-1", attributes=now)])
    fill(store, said=[{**TAKEDOWN, "artist_id": "i-9"}, {**REFUSAL, "artist": "Bo Hale", "as_lead": True}])
    assert reached(store, "takedown") == reached(store) == {"own"}


def test_tracks_described_twice_in_one_transaction_count_once(store: CatalogStore) -> None:
    fill(store, [Track(TrackId("with-id"), "One", "Mira Vale", artist_id="i-2")])
    with store.writing() as writer:
        writer.put_tracks([Track(TrackId("without"), "Two", "Mira Vale")])
        writer.put_tracks([Track(TrackId("without"), "Two again", "Mira Vale")])
    fill(store, said=[{**VERIFIED, "name": "Mira Vale"}])
    assert reached(store, "party") == set()


def test_ids_are_told_apart_whether_recordings_come_together_or_not(store: CatalogStore) -> None:
    both = (Performer("Mira Vale", ids=("i-1", "i-2")),)
    tracks = [
        Track(TrackId("mira"), "One", "Mira Vale", artist_id="i-1"),
        Track(TrackId("ida"), "Two", "Ida Mole", artist_id="i-2"),
        Track(TrackId("both"), "Three", "Mira Vale", artist_id="i-1", performers=both),
    ]
    fill(store, tracks, [{**VERIFIED, "party_id": "i-2"}])
    assert "mira" not in reached(store, "party")


def test_a_suspicion_passes_to_no_namesake_in_any_order_of_tracks(store: CatalogStore) -> None:
    duo = (Performer("Ada Quill", ids=("i-1",)), Performer("Bo Hale", ids=("i-9",)))
    tracks = [
        Track(TrackId("duo"), "One", "Ada Quill & Bo Hale", performers=duo),
        Track(TrackId("guest"), "Two (feat. Bo Hale)", "Cy Dale"),
        Track(TrackId("alone"), "Three", "Bo Hale"),
    ]
    for order in permutations(tracks):
        with TemporaryDirectory() as folder, open_store(Path(folder)) as other:
            with other.writing() as writer:
                writer.put_artists([Artist("Bo Hale", ids={"isni": "i-9"})])
            for track in order:
                fill(other, [track])
            fill(other, said=[{**SUSPICION, "artist_id": "i-9"}])
            assert reached(other, "flag") == {"duo"}


ACT = [Track(TrackId(f"act-{number}"), f"Song {number}", "Ash, Vale & Ember") for number in range(2)]


def test_an_act_of_its_own_is_not_cut_until_its_parts_are_somebodys(store: CatalogStore) -> None:
    fill(store, ACT, [{**REFUSAL, "artist": "Ember"}])
    assert reached(store) == set()
    fill(store, [Track(TrackId(f"e-{number}"), f"Ember {number}", "Ember") for number in range(2)])
    assert reached(store) == {"act-0", "act-1", "e-0", "e-1"}


def test_what_is_reached_does_not_depend_on_the_order_in_which_tracks_come(store: CatalogStore) -> None:
    tracks = [
        *ACT,
        Track(TrackId("ember"), "Alone", "Ember"),
        Track(TrackId("with"), "Moss (with Ember)", "Jon Marsh"),
        Track(TrackId("among"), "Fern", "Jon Marsh, Ash, Vale & Ember"),
    ]
    said = [{**REFUSAL, "artist": "Ember"}, {**TAKEDOWN, "artist": "Ash, Vale & Ember"}]
    found = {in_order(order, said) for order in permutations(tracks)}
    assert len(found) == 1


def in_order(tracks: Sequence[Track], said: Sequence[Row]) -> frozenset[tuple[str, str, str]]:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        for track in tracks:
            fill(store, [track], said if track is tracks[2] else ())
        _, facts = store.facts(positions(len(tracks)))
        return frozenset(
            (found.track_id, record.kind, record.subject.value) for found in facts.values() for record in found.records
        )


def test_a_track_that_is_credited_to_somebody_else_moves_under_their_records(store: CatalogStore) -> None:
    fill(store, MIRA, [{**REFUSAL, "artist": "Mira Vale"}])
    fill(store, [Track(TrackId("own"), "One", "Ida Mole")])
    assert reached(store) == {"feat", "beside", "title", "joined"}


def test_a_refusal_never_reaches_fewer_recordings_of_its_name_than_a_block_does(store: CatalogStore) -> None:
    fill(store, [*MIRA, *ACT], [*licensed([*MIRA, *ACT]), {**REFUSAL, "artist": "Mira Vale"}])
    blocking = Preferences(blocked_artists=frozenset({"Mira Vale"}))
    _, facts = store.facts(positions(store.track_count()))
    hidden = {
        one.track_id
        for one in facts.values()
        if "USER_PREFERENCE" in decide(one, ConsentContext("DE", NOON), POLICIES["strict"], blocking).codes
    }
    assert hidden == reached(store) | {"other"}


def test_a_label_is_one_in_any_case_and_another_in_other_letters(store: CatalogStore) -> None:
    labelled = [
        Track(TrackId("a"), "A", "Ada Quill", label="Half-Lit Recordings"),
        Track(TrackId("b"), "B", "Ada Quill", label="Half Lit Recordings"),
    ]
    fill(store, labelled, [{**TAKEDOWN, "label": "half-lit RECORDINGS"}])
    assert reached(store, "takedown") == {"a"}


def test_an_album_of_a_name_that_two_artists_bear_is_refused_but_not_licensed(store: CatalogStore) -> None:
    albums = [Track(TrackId(one), one, "Mira Vale", artist_id=one, album="Best Of") for one in ("a-1", "a-2")]
    fill(
        store,
        albums,
        [
            {"kind": "deal", "album": "Best of", "artist": "Mira Vale"},
            {**TAKEDOWN, "album": "BEST OF", "artist": "mira vale"},
        ],
    )
    assert reached(store, "deal") == set()
    assert reached(store, "takedown") == {"a-1", "a-2"}


def test_what_a_record_reaches_is_told_with_what_is_near(store: CatalogStore) -> None:
    fill(store, [*MIRA, *ACT])
    told = store.reached_by([parse_record({**REFUSAL, "artist": "Mira Vale"})])
    assert (told.recordings, told.nobody, told.near) == (5, (), {"mirà vale": 1})
    told = store.reached_by([parse_record({**REFUSAL, "artist": "Ember"})])
    assert (told.recordings, told.nobody, told.near) == (0, ("ember",), {"ash, vale & ember": 2})
    told = store.reached_by([parse_record({**REFUSAL, "artist": "Mira Valle"})])
    assert (told.nobody, set(told.near)) == (("mira valle",), {"mira vale", "mirà vale", "mira vale trio"})
    assert "it reaches nobody under 'mira valle'" in told.told()


# Found by those who tried to break it


@pytest.mark.parametrize("unseen", ["\u200b", "\u200f", "\u00ad", "\ufeff", "\u202b"])
def test_a_character_that_nobody_sees_evades_no_refusal(store: CatalogStore, unseen: str) -> None:
    evading = [
        Track(TrackId("a"), "One", f"Mira{unseen} Vale"),
        Track(TrackId("b"), "Two", f"Jon Marsh feat.{unseen} Mira Vale{unseen}"),
    ]
    fill(store, evading, [{**REFUSAL, "artist": "Mira Vale"}])
    assert reached(store) == {"a", "b"}


def test_semicolons_and_a_second_recording_lift_no_refusal(store: CatalogStore) -> None:
    fill(store, [Track(TrackId("a"), "One", "Lena Ho; Mona Ho")], [{**REFUSAL, "artist": "Mona Ho"}])
    fill(store, [Track(TrackId("b"), "Two", "Lena Ho; Mona Ho")])
    assert reached(store) == {"a", "b"}


def test_a_name_that_holds_a_joiner_is_reached_inside_other_credits(store: CatalogStore) -> None:
    tyler = [
        Track(TrackId("a"), "One", "Ada, The Maker"),
        Track(TrackId("b"), "Two", "Jon Marsh feat. Ada, The Maker"),
        Track(TrackId("c"), "Three", "Ada, The Maker & Bo"),
    ]
    fill(store, tyler, [{**REFUSAL, "artist": "Ada, The Maker"}])
    assert reached(store) == {"a", "b", "c"}


def test_ids_that_a_recording_gives_together_gain_nothing_that_another_name_is_vouched_for(store: CatalogStore) -> None:
    ann = Track(TrackId("ann"), "One", "Ann Vale", artist_id="i-1", performers=(Performer("Ann Vale", ids=("i-1",)),))
    bob = Track(TrackId("bob"), "Two", "Bob Hale", artist_id="i-2", performers=(Performer("Bob Hale", ids=("i-2",)),))
    both = Track(
        TrackId("both"), "Three", "Bob Hale", artist_id="i-2", performers=(Performer("Bob Hale", ids=("i-2", "i-1")),)
    )
    fill(store, [ann, bob], [{**VERIFIED, "party_id": "i-1"}])
    fill(store, [both])
    assert "bob" not in reached(store, "party")


@pytest.mark.parametrize("source", ["user_report", "list:harbour-watch", "detector", "artist_statement"])
def test_only_an_operators_word_or_a_better_one_says_whose_an_id_is(store: CatalogStore, source: str) -> None:
    fill(
        store,
        [Track(TrackId("ann"), "One", "Ann Vale", artist_id="i-1"), Track(TrackId("cid"), "Two", "Cid Male")],
        [{**VERIFIED, "party_id": "i-1"}],
    )
    fill(store, said=[{"kind": "party", "party_id": "i-1", "name": "Cid Male", "source": source}])
    assert "cid" not in reached(store, "party")


def told(artist: str, sender: str, day: int) -> Delivery:
    at = datetime(2026, 2, day, tzinfo=UTC)
    described = {"delivered_by": sender, "delivered_at": at.isoformat()}
    track = Track(TrackId("QZNPR2600070"), f"Moss {day}", artist, isrc="QZNPR2600070", attributes=described)
    return Delivery(f"m{day}{sender}", sender, sender, at, "ERN 4.3.2", f"{sender}{day}", (track,), ())


def test_nobody_takes_a_refusal_away_by_delivering_a_recording_under_another_name(store: CatalogStore) -> None:
    fill(store, said=[{**REFUSAL, "artist": "Marta Quell"}])
    for delivery in (told("Marta Quell", "A", 1), told("Someone Else", "B", 2)):
        with store.writing() as writer:
            writer.deliver(delivery)
    assert reached(store) == {"QZNPR2600070"}
    (track,) = store.all_tracks()
    assert (track.artist, track.title) == ("Someone Else", "Moss 2")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_senders_who_credit_a_recording_to_others_each_ones_refusals_reach_it_in_any_order(
    store: CatalogStore, order: tuple[int, ...]
) -> None:
    said = [("Marta Quell", "A", 1), ("Someone Else", "B", 2), ("Marta Quell & Bo", "A", 3)]
    for place in order:
        with store.writing() as writer:
            writer.deliver(told(*said[place]))
    (track,) = store.all_tracks()
    assert (track.artist, track.attributes["also_credited"]) == ("Marta Quell & Bo", "Marta Quell; Someone Else")
    for name in ("Marta Quell", "Bo", "Someone Else", "Nobody"):
        fill(store, said=[{**TAKEDOWN, "artist": name}])
    _, facts = store.facts([Position(0)])
    assert len(facts[Position(0)].records) == 3
