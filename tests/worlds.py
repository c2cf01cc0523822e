"""Random small catalogs and what is said about them, for properties of whom a record is about and when it counts.

Few names and few ids, some of which look alike when folded, so that records often meet, share a name, or should not.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from catalog.credits import Performer, Role
from catalog.tracks import Artist, Track, TrackId
from tests.reference_attribution import Song
from tests.strategies import (
    INSTANTS,
    NOON,
    Row,
    blocks,
    claims,
    deals,
    derivations,
    disclosures,
    flags,
    grants,
    parties,
    takedowns,
    written,
)

NAMES = (
    "Ada Quill",
    "Mira",
    "Сова",
    "Гора",
    "MØ",
    "M",
    "Łona",
    "Ona",
    "Weiß",
    "Weiss",
    "The Bell",
    "Bell",
    "Zoë",
    "Zoe",
)
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "Ada Quill": ("Ada Quill", "ada  quill", "ADA QUILL", " Ada Quill "),
    "Сова": ("Сова", "СОВА"),
    "Zoë": ("Zoë", "Zoe\u0308", "ZOË"),
    "Weiß": ("Weiß", "weiß"),
}
"""How a name is written too: all mean the same one."""
IDS = ("q1", "q2", "q3", "q4")
ALBUMS = ("Harbour", "Tides")
LABELS = ("North Pier", "Northern Pier")
ISRCS = ("QZAB12600001", "QZAB12600002")
JOINERS = (" & ", ", ", "; ", " и ")

DATES: tuple[str | None, ...] = (
    None,
    None,
    None,
    *(written(instant, 0) for instant in INSTANTS[:3]),
    written(NOON + timedelta(seconds=30), 0),
    written(NOON + timedelta(days=365), 2),
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01",
)

_REFUSED: Row = {"kind": "grant", "track_id": "song", "use": "recommendation", "state": "not_allowed"}
PLAIN: tuple[Row, ...] = (
    {"kind": "deal", "track_id": "song"},
    {"kind": "deal", "track_id": "song", "territories": ["DE"]},
    {"kind": "disclosure", "track_id": "song", "level": "none"},
    {"kind": "disclosure", "track_id": "song", "level": "all"},
    {"kind": "disclosure", "track_id": "song", "level": "partly", "source": "registry"},
    _REFUSED,
    {**_REFUSED, "state": "allowed"},
    {**_REFUSED, "use": "ai_source", "state": "allowed"},
    {**_REFUSED, "use": "ai_source"},
    {"kind": "flag", "track_id": "song", "flag": "ai_suspected", "state": "open", "score": 0.95},
    {"kind": "flag", "track_id": "song", "flag": "ai_suspected", "state": "cleared"},
    {"kind": "flag", "track_id": "song", "flag": "impersonation", "state": "confirmed"},
    {"kind": "takedown", "track_id": "song"},
    {"kind": "takedown", "track_id": "song", "lifted_at": written(NOON - timedelta(days=1), 0)},
    {"kind": "block", "track_id": "song", "reason": "legal"},
    {
        "kind": "rights_claim",
        "track_id": "song",
        "controller": "Harbour Songs",
        "level": "work",
        "claim_status": "not_allowed",
    },
    {"kind": "derivation", "track_id": "song", "relation": "voice_of", "source_party": "Ida Mole"},
    {"kind": "party", "artist": "song", "party_kind": "person", "verified_human": True},
    {"kind": "party", "artist": "song", "party_kind": "ai_persona"},
    {"kind": "party", "artist": "song"},
)
"""Records without limits, which decide much."""


@dataclass(frozen=True)
class Event:
    """What comes in: a song, a row of the table of artists, or a record."""

    song: Song | None = None
    artist: tuple[str, tuple[str, ...]] | None = None
    row: Row | None = None


@dataclass(frozen=True)
class Input:
    """Transactions in the order in which they are committed."""

    transactions: tuple[tuple[Event, ...], ...]


def spelled(name: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return name.flatmap(lambda one: st.sampled_from(SPELLINGS.get(one, (one,))))


@st.composite
def songs(draw: st.DrawFn, names: tuple[str, ...], number: int) -> Song:
    """A song by some of a few names: alone, joined, with guests in the credit or the title, described or delivered."""
    shape = draw(st.sampled_from(("100", "100", "100", "200", "200", "110", "101", "210", "120", "111", "102")))
    count = sum(map(int, shape))
    chosen = draw(st.lists(st.sampled_from(names), min_size=min(count, len(names)), max_size=count, unique=True))
    leads, guests, titled = (int(size) for size in shape)
    led, behind = chosen[:leads], chosen[leads : leads + guests]
    in_title = chosen[leads + guests : leads + guests + titled]
    delivered = draw(st.integers(0, 5)) == 0
    ids = None
    artist_id = ""
    if delivered:
        some = st.sampled_from([(), (), *((one,) for one in IDS)])
        ids = tuple(draw(some) for _ in chosen)
        artist_id = ids[0][0] if leads == 1 and not behind and ids[0] else ""
    elif count == 1 or draw(st.integers(0, 5)) == 0:
        artist_id = draw(st.sampled_from(("", "", *IDS)))
    return Song(
        f"t{number}",
        tuple(led),
        tuple(behind),
        tuple(in_title),
        draw(st.sampled_from(JOINERS)),
        draw(st.sampled_from((" feat. ", " при участии ", " ft. "))),
        artist_id,
        ids,
        draw(st.sampled_from((None, None, *ISRCS))),
        draw(st.sampled_from((None, *ALBUMS))),
        draw(st.sampled_from((None, *LABELS))),
        draw(st.sampled_from((None, 1999, 2024))),
    )


def stated(names: tuple[str, ...], acts: tuple[str, ...], tracks: int) -> st.SearchStrategy[Row]:
    """Records of every kind about every kind of subject, dated oddly."""
    who = spelled(st.sampled_from(names)) | st.sampled_from(acts)
    lead: st.SearchStrategy[Row] = st.sampled_from(({}, {}, {"as_lead": True}))
    artists = st.builds(lambda name, more: {"artist": name, **more}, who, lead)
    ids = st.builds(lambda one, more: {"artist_id": one, **more}, st.sampled_from(IDS), lead)
    albums = st.builds(lambda name, album: {"artist": name, "album": album}, who, st.sampled_from(ALBUMS))
    subjects = st.one_of(
        st.integers(0, tracks - 1).map(lambda number: {"track_id": f"t{number}"}),
        artists,
        artists,
        artists,
        ids,
        ids,
        albums,
        st.sampled_from([{"label": label} for label in (*LABELS, "north  pier")]),
        st.sampled_from([{"isrc": isrc} for isrc in ISRCS]),
    )
    given_ids: list[dict[str, str]] = [
        {},
        {},
        {"isni": "q1"},
        {"isni": "q2"},
        {"dpid": "q3"},
        {"isni": "q1", "dpid": "q4"},
    ]
    performers = st.one_of(
        st.builds(lambda name, more: {"artist": name, **more}, who, st.sampled_from(given_ids)),
        st.builds(
            lambda one, name, more: {"party_id": one, **name, **more},
            st.sampled_from(IDS),
            st.just({}) | who.map(lambda name: {"name": name}),
            st.sampled_from(given_ids),
        ),
    )
    plain = st.sampled_from(PLAIN)
    of_any_kind = st.one_of(
        disclosures(), grants(), flags(), derivations(), deals(), takedowns(), blocks(), parties(), claims()
    )

    def about(row: Row, subject: Row, performer: Row, dated: str | None, evidence: str | None) -> Row:
        told: dict[str, Any] = {key: value for key, value in row.items() if key not in ("track_id", "artist")}
        told |= performer if row["kind"] == "party" else subject
        told |= {"recorded_at": dated} if dated else {}
        return told | ({"evidence": evidence} if evidence and row["kind"] == "flag" else {})

    evidence = st.sampled_from((None, None, "e1", "e2"))
    return st.builds(
        about, st.one_of(plain, plain, of_any_kind), subjects, performers, st.sampled_from(DATES), evidence
    )


@st.composite
def inputs(draw: st.DrawFn, records: int = 6, names: tuple[str, ...] = NAMES) -> Input:
    """Songs, artists and records in any order, in one or several transactions."""
    some = tuple(draw(st.lists(st.sampled_from(names), min_size=2, max_size=4, unique=True)))
    count = draw(st.integers(2, 8))
    made = [draw(songs(some, number)) for number in range(count)]
    # Acts have several recordings: a credit of several names comes again.
    for number in range(draw(st.integers(0, 2))):
        again = made[draw(st.integers(0, count - 1))]
        made.append(Song(f"t{count + number}", again.leads, again.guests, again.titled, again.joiner, again.featuring))
    acts = tuple(song.artist for song in made)
    events = [Event(song=song) for song in made]
    ids = st.lists(st.sampled_from(IDS), max_size=2, unique=True).map(tuple)
    named = draw(st.lists(st.sampled_from(some), max_size=2, unique=True))
    events += [Event(artist=(name, draw(ids))) for name in named]
    events += [Event(row={"kind": "deal", "track_id": song.track_id}) for song in made if draw(st.integers(0, 3))]
    events += [Event(row=row) for row in draw(st.lists(stated(some, acts, len(made)), max_size=records))]
    shuffled = draw(st.permutations(events)) if draw(st.booleans()) else events
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=2)))
    bounds = [0, *cuts, len(shuffled)]
    parts = [tuple(shuffled[start:end]) for start, end in itertools.pairwise(bounds)]
    return Input(tuple(part for part in parts if part))


def track_of(song: Song) -> Track:
    """Describe a song as the catalog takes it in."""
    performers: tuple[Performer, ...] = ()
    if song.ids is not None:
        parts = [(name, Role.LEAD) for name in song.leads]
        parts += [(name, Role.FEATURED) for name in (*song.guests, *song.titled)]
        performers = tuple(Performer(name, role, ids) for (name, role), ids in zip(parts, song.ids, strict=True))
    return Track(
        TrackId(song.track_id),
        song.title,
        song.artist,
        artist_id=song.artist_id,
        isrc=song.isrc,
        album=song.album,
        year=song.year,
        label=song.label,
        performers=performers,
    )


def artist_of(row: tuple[str, tuple[str, ...]]) -> Artist:
    """Describe an artist as the catalog takes it in."""
    return Artist(row[0], ids=dict(zip(("isni", "musicbrainz"), row[1], strict=False)))
