"""Keeping up whom a record may be about: the rows of `credits`, made from tracks and from ids that were given together.

A credit is read with the catalog's help (`catalog.credits`), so a change of some tracks may change how others are read. The
rows name what they depend on, and are made anew with it: in whatever order tracks come in, the rows end up the same.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from catalog.consent import Reach, SubjectKind, album_key
from catalog.credits import Credit, Performer, Recordings, Role, read_credit
from catalog.grouping import grouped
from catalog.names import identity, search_form
from catalog.storage.rows import TRACK_COUNT, Row, among, batches, execute_for, performers_of, to_json
from catalog.storage.schema import artist_ids, artist_names, track_credits, tracks
from catalog.storage.subjects import WHOLE, WITHIN
from catalog.storage.sums import keep_tracks
from catalog.tracks import Position

AT_ONCE = 5_000

ALSO_CREDITED, CREDITS_APART = "also_credited", "; "
"""The attribute of a track that holds the other credits under which it was delivered, and what parts them."""

_HAS_POSITION = among(tracks.c.position, "values")
_DESCRIBED = select(
    *tracks.c["position", "title", "artist", "artist_id", "artist_key", "performers", "album", "attributes"]
).where(_HAS_POSITION)
_CHANGED_IN = update(tracks).where(_HAS_POSITION).values(epoch=bindparam("now"))
_COUNTED = (
    select(*tracks.c["artist_key", "artist_id"], func.count().label("recordings"))
    .where(among(tracks.c.artist_key, "values"))
    .group_by(*tracks.c["artist_key", "artist_id"])
)
_NAMING = select(track_credits.c.position).where(
    among(track_credits.c.value, "values"), track_credits.c.kind == SubjectKind.ARTIST.value
)
_NAMING_WITHIN = _NAMING.where(track_credits.c.role == WITHIN)
_UNMAKE = delete(track_credits).where(among(track_credits.c.position, "values"))
_MAKE = insert(track_credits)
_NAME = insert(artist_names).on_conflict_do_nothing()
_OF_IDS = select(artist_ids).where(among(artist_ids.c.artist_id, "values"))
_OF_NAMES = select(artist_ids).where(among(artist_ids.c.name, "values"))
_OF_ARTISTS = select(artist_ids).where(among(artist_ids.c.artist, "values"))
_JOIN = update(artist_ids).where(among(artist_ids.c.artist, "values")).values(artist=bindparam("one"))
_BEAR = insert(artist_ids).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class _Known:
    """What the catalog knows of names and ids: the ids of those that bear a name, and groups of ids.

    `borne` are the ids of the tracks under a credit ("" for a track without one) and of performers of a name, `told` those
    that somebody says a name has.
    """

    borne: Mapping[str, set[str]]
    told: Mapping[str, set[str]]
    artist_of: Mapping[str, str]
    ids_of: Mapping[str, Sequence[str]]

    def together(self, ids: Iterable[str]) -> set[str]:
        """Return ids and all that were given together with them."""
        return {one for id_ in ids for one in (id_, *self.ids_of.get(self.artist_of.get(id_, id_), ()))}

    def are_one_artists(self, ids: Iterable[str]) -> bool:
        """Whether ids are those of one artist, and there are some."""
        return len({self.artist_of.get(id_, id_) for id_ in ids}) == 1

    def is_one_artists(self, name: str) -> bool:
        """Whether one artist of the catalog alone bears a name."""
        return self.are_one_artists(self.borne.get(name, ()))


class Attribution:
    """Maintains the table `credits` within one transaction; call `refresh` before reading it and before the commit."""

    def __init__(self, connection: Connection, epoch: int) -> None:
        self._connection = connection
        self._epoch = epoch
        self._new: dict[Position, tuple[str, str]] = {}
        self._before: set[str] = set()
        self._told: set[str] = set()
        self._counted: dict[str, Counter[str]] = {}

    def note_tracks(self, rows: Iterable[Row], before: Iterable[str] = ()) -> None:
        """Note the rows of tracks that are new or described anew, and the credits (identity form) that some had `before`."""
        self._new.update((row["position"], (row["artist_key"], row["artist_id"])) for row in rows)
        self._before.update(before)

    def bear(self, pairs: Iterable[tuple[Sequence[str], str]], *, told: bool) -> None:
        """Note ids that were given together, with the name (any form) that they are for.

        `told` is for what somebody says by name of an artist, not of a recording. Ids that a recording gives together stay
        apart where one is known under other names only: a sender must not gain what is vouched for under another's id.
        """
        given = dict.fromkeys((tuple(dict.fromkeys(ids)), identity(name)) for ids, name in pairs)
        for portion in batches(list(given), AT_ONCE):
            stored = self._among(_OF_IDS, {id_ for some, _ in portion for id_ in some})
            artist_of = {row.artist_id: row.artist for row in stored}
            borne = {(row.artist_id, row.name) for row in stored if row.told == told}
            rows: list[Row] = []
            for some, name in portion:
                artists = {artist_of.get(id_, id_) for id_ in some}
                if len(artists) > 1:
                    self._bear_rows(rows)
                    rows = []
                    if told or self._bear_one_name(artists, name):
                        artist_of |= self._join(artists, some)
                for id_ in some:
                    artist = artist_of.setdefault(id_, id_)
                    if (id_, name) not in borne:
                        borne.add((id_, name))
                        rows.append({"artist_id": id_, "name": name, "artist": artist, "told": int(told)})
            self._bear_rows(rows)

    def _bear_rows(self, rows: list[Row]) -> None:
        execute_for(self._connection, _BEAR, rows)
        self._told.update(row["name"] for row in rows)

    def _bear_one_name(self, artists: set[str], name: str) -> bool:
        """Whether each of several artists of whom names are known bears this one."""
        names = grouped((row.artist, row.name) for row in self._among(_OF_ARTISTS, artists))
        return all(name in known for known in names.values())

    def _join(self, artists: set[str], ids: Iterable[str]) -> dict[str, str]:
        """Make several artists one, and return whose the ids are then."""
        one, joined = min(artists), self._among(_OF_ARTISTS, artists)
        self._connection.execute(_JOIN, {"values": to_json(list(artists)), "one": one})
        self._told.update(row.name for row in joined)
        return dict.fromkeys((*ids, *(row.artist_id for row in joined)), one)

    def refresh(self) -> None:
        """Rewrite the rows of the tracks that changed, and of those whose credits are read differently because of them."""
        if not (self._new or self._told):
            return
        everything = len(self._new) == self._connection.scalar(TRACK_COUNT)
        others = set() if everything else self._depending() - self._new.keys()
        for positions in batches(sorted(self._new.keys() | others), AT_ONCE):
            self._make(positions)
        if others:
            self._connection.execute(_CHANGED_IN, {"values": to_json(sorted(others)), "now": self._epoch})
        self._new, self._before, self._told, self._counted = {}, set(), set(), {}

    def _depending(self) -> set[Position]:
        """Return the positions of the tracks whose rows rest on what changed: by bearers, as acts, or as names within.

        One more recording may make somebody of a name within an act; a name that is a performer already stays one.
        """
        names = {name for name, _ in self._new.values()}
        self._count(names)
        new = Counter(self._new.values())
        borne_anew = {name for (name, id_), count in new.items() if self._counted[name][id_] == count}
        apart = self._told | self._before | borne_anew
        apart |= {name for name in names if read_credit(name, "", lambda _: 0).joined}
        return {row.position for row in (*self._among(_NAMING, apart), *self._among(_NAMING_WITHIN, names - apart))}

    def _count(self, names: Iterable[str]) -> None:
        """Count the recordings under each of the credits, and by which ids, once a refresh."""
        uncounted = set(names) - self._counted.keys()
        self._counted.update((name, Counter()) for name in uncounted)
        for row in self._among(_COUNTED, uncounted):
            self._counted[row.artist_key][row.artist_id] += row.recordings

    def _recordings(self, name: str) -> int:
        return self._counted[name].total() if name in self._counted else 0

    def _make(self, positions: Sequence[Position]) -> None:
        described = self._among(_DESCRIBED, positions)
        names = asked = {row.artist_key for row in described}
        read: dict[Position, Credit] = {}
        while asked:  # what is asked about next may hang on the answers
            self._count(asked)
            names = names | asked
            for row in described:
                if row.position not in read or read[row.position].within or read[row.position].joined:
                    read[row.position] = _read(row, self._recordings)
            asked = {identity(name) for credit in read.values() for name in credit.within}
            asked.update(identity(one.name) for credit in read.values() for one in (*credit.performers, *credit.joined))
            asked -= names
        known = self._known(names, {id_ for credit in read.values() for id_ in _ids(credit)})
        rows = [made for row in described for made in _rows(row, read[row.position], known)]
        self._connection.execute(_UNMAKE, {"values": to_json(positions)})
        names_found = [
            {"name": name, "search": search_form(name)}
            for name in sorted({row["value"] for row in rows if row["kind"] == SubjectKind.ARTIST.value})
        ]
        execute_for(self._connection, _MAKE, rows)
        execute_for(self._connection, _NAME, names_found)
        keep_tracks(self._connection, positions)

    def _known(self, names: set[str], ids: set[str]) -> _Known:
        borne = defaultdict(set, {name: set(self._counted[name]) for name in names})
        told: dict[str, set[str]] = defaultdict(set)
        for row in self._among(_OF_NAMES, names):
            (told if row.told else borne)[row.name].add(row.artist_id)
        ids = {*ids, *(id_ for some in (*borne.values(), *told.values()) for id_ in some)} - {""}
        together = self._among(_OF_ARTISTS, {row.artist for row in self._among(_OF_IDS, ids)})
        ids_of = grouped((row.artist, row.artist_id) for row in together)
        return _Known(borne, told, {row.artist_id: row.artist for row in together}, ids_of)

    def _among(self, statement: Executable, values: Collection[str | int]) -> Sequence[Any]:
        """Return the rows of a statement about some values, without asking where there are none."""
        return self._connection.execute(statement, {"values": to_json(list(values))}).fetchall() if values else ()


def _read(row: Any, recordings: Recordings) -> Credit:
    credit = read_credit(row.artist, row.title, recordings)
    if ALSO_CREDITED in row.attributes:
        told = json.loads(row.attributes).get(ALSO_CREDITED, "")
        others = read_credit(told, "", recordings)
        credit = replace(
            credit,
            joined=(*credit.joined, *others.performers, *others.joined, Performer(told)),
            within=(*credit.within, *others.within),
        )
    if row.performers == "[]":
        return credit
    # Whom a delivery names one by one is not cut; guests that only its texts name are there all the same.
    delivered = performers_of(row.performers)
    named = {identity(one.name) for one in delivered}
    guests = (one for one in credit.performers if one.role is Role.FEATURED and identity(one.name) not in named)
    return Credit((*delivered, *guests), credit.within, credit.joined if ALSO_CREDITED in row.attributes else ())


def _ids(credit: Credit) -> Iterator[str]:
    return (id_ for one in credit.performers for id_ in one.ids)


def _rows(track: Any, credit: Credit, known: _Known) -> list[Row]:
    """Return the rows of a track: its credit as it stands, its performers, the names within, and the ids of all these."""
    whole = track.artist_key
    alone = known.is_one_artists(whole)
    found: dict[tuple[str, str], tuple[Reach, bool, str]] = {}

    def add(kind: SubjectKind, value: str, role: str, reach: Reach) -> None:
        one = reach, role != Role.FEATURED.value, role
        before = found.get((kind.value, value))
        if value and (before is None or one[:2] > before[:2]):
            found[kind.value, value] = one

    def bear(name: str, ids: Collection[str], role: str, meant: Reach) -> None:
        """Add those whom a name may mean, told to bear it or bearing it elsewhere, beside the `ids` that come with it here."""
        tells, bears = known.together(known.told.get(name, ())), known.together(known.borne.get(name, ()))
        if known.are_one_artists(tells) and (not bears or known.is_one_artists(name)):
            for id_ in tells:
                add(SubjectKind.ARTIST_ID, id_, role, meant)
        for id_ in tells - bears if ids else tells | bears:
            add(SubjectKind.ARTIST_ID, id_, role, Reach.NAMESAKE)

    certainly = Reach.CERTAIN if alone else Reach.POSSIBLE
    add(SubjectKind.ARTIST, whole, WHOLE, certainly)
    if track.album:
        add(SubjectKind.ALBUM, album_key(track.artist, track.album), WHOLE, certainly)
        for one in (*credit.performers, *credit.joined):
            add(SubjectKind.ALBUM, album_key(one.name, track.album), one.role.value, Reach.POSSIBLE)
    sole = len(credit.performers) == 1
    own = known.together([track.artist_id, *(_ids(credit) if sole else ())]) - {""}
    # A table's one id is that of the whole credit; a delivery's is that of one performer, others may be on it.
    meant = Reach.CERTAIN if sole or track.performers == "[]" else Reach.POSSIBLE
    for id_ in own:
        add(SubjectKind.ARTIST_ID, id_, WHOLE, meant)
    bear(whole, own, WHOLE, meant)
    for one in credit.performers:
        for id_ in known.together(one.ids):
            add(SubjectKind.ARTIST_ID, id_, one.role.value, Reach.POSSIBLE)
        if (name := identity(one.name)) != whole:
            add(SubjectKind.ARTIST, name, one.role.value, Reach.POSSIBLE)
            bear(name, one.ids, one.role.value, Reach.POSSIBLE)
    for one in credit.joined:
        add(SubjectKind.ARTIST, identity(one.name), one.role.value, Reach.POSSIBLE)
        if ALSO_CREDITED in track.attributes:
            bear(identity(one.name), (), one.role.value, Reach.POSSIBLE)
    within = {identity(name) for name in credit.within} - {value for _, value in found}
    rows = [(kind, value, role, int(reach)) for (kind, value), (reach, _, role) in found.items()]
    rows += [(SubjectKind.ARTIST.value, name, WITHIN, int(Reach.POSSIBLE)) for name in sorted(within)]
    return [
        {"position": track.position, "kind": kind, "value": value, "role": role, "reach": reach}
        for kind, value, role, reach in rows
    ]
