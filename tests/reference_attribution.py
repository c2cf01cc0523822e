"""A second reading of whom a record is about and when it counts, to be compared with what the catalog answers.

It was written from the catalog's README ("Records", "Who a record is about", "Time") and not from the code, shares none of
it, and is slow and plain on purpose: every song is looked at for every record. It works on the rows that people import.
Songs are built from the parts of their credits, so nothing is parsed here; which joined credits are acts is decided.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from tests.reference_policy import Row, contradicts_itself, in_period, instant, refused, word, words

ALL, RESTRICTS, NAMESAKE, NOTHING = "everything", "what restricts", "what refuses", "nothing"
"""What of a record counts for a recording, from the most to the least."""
SEVERAL_TOLD_ARE_NAMESAKES = True
"""Whether a name is several artists' where records tell several ids of it that are never given together."""

SOURCES = (
    "court_or_legal",
    "human_review",
    "registry",
    "cawg_assertion",
    "ern_message",
    "other_ern_message",
    "operator",
    "platform_tag",
    "artist_statement",
    "list",
    "detector",
    "user_report",
)
ID_SCHEMES = ("isni", "ipn", "ipi", "dpid")


@dataclass(frozen=True)
class Song:
    """A recording, and the parts of its credit: who leads, who is a guest of the credit or of the title.

    `ids` of a delivered song are those of each performer, in the order of leads, guests and titled; None where a table
    described the song, whose only id is `artist_id`.
    """

    track_id: str
    leads: tuple[str, ...]
    guests: tuple[str, ...] = ()
    titled: tuple[str, ...] = ()
    joiner: str = " & "
    featuring: str = " feat. "
    artist_id: str = ""
    ids: tuple[tuple[str, ...], ...] | None = None
    isrc: str | None = None
    album: str | None = None
    label: str | None = None
    year: int | None = None

    @property
    def artist(self) -> str:
        """The credit as it is printed."""
        led = self.joiner.join(self.leads)
        return led + self.featuring + self.joiner.join(self.guests) if self.guests else led

    @property
    def title(self) -> str:
        """The title, with the guests that it names."""
        title = f"Song {self.track_id}"
        return f"{title} (feat. {self.joiner.join(self.titled)})" if self.titled else title


@dataclass(frozen=True)
class Known:
    """A performer of a song: under which name, whether as a lead, with which ids."""

    name: str
    lead: bool
    ids: frozenset[str]


@dataclass(frozen=True)
class RecordVersion:
    """A record as it was received: when, and in which place of all. `at` is when it counts from."""

    row: Row
    at: datetime
    place: int


def identity_of(name: str) -> str:
    """Return who is who: NFC, cases alike (letter by letter), white space evened."""
    return unicodedata.normalize("NFC", " ".join(name.split())).lower()


@dataclass(frozen=True)
class World:
    """A catalog: its songs, its table of artists (name and ids), and all that was ever told of parties."""

    songs: Sequence[Song]
    artists: Sequence[tuple[str, tuple[str, ...]]] = ()
    parties: Sequence[Row] = field(default=())

    # Credits

    @cached_property
    def recordings(self) -> Counter[str]:
        """How many recordings there are under exactly a credit."""
        return Counter(identity_of(song.artist) for song in self.songs)

    def is_act(self, parts: Sequence[str], joiner: str) -> bool:
        """Say whether joined names are an act of its own, which is not cut."""
        act = self.recordings[identity_of(joiner.join(parts))]
        if len(parts) < 2 or act < 2 or joiner == "; ":
            return False
        somebodies = [part for part in parts if self.recordings[identity_of(part)]]
        by_chance = all(len(part.split()) == 1 and self.recordings[identity_of(part)] < act for part in somebodies)
        return by_chance and len(somebodies) < len(parts)

    def performers(self, song: Song) -> list[Known]:
        """Return who performs a song, each once."""
        found: dict[str, Known] = {}
        parts = [(name, True) for name in song.leads] + [(name, False) for name in (*song.guests, *song.titled)]
        if song.ids is not None:
            for (name, lead), ids in zip(parts, song.ids, strict=True):
                one = found.setdefault(identity_of(name), Known(identity_of(name), lead, frozenset()))
                found[one.name] = Known(one.name, one.lead or lead, one.ids | set(ids))
            return list(found.values())
        for group, lead in ((song.leads, True), (song.guests, False), (song.titled, False)):
            names = [song.joiner.join(group)] if self.is_act(group, song.joiner) else group
            for name in names:
                found.setdefault(identity_of(name), Known(identity_of(name), lead, frozenset()))
        # The one id of a table is that of the whole credit.
        whole = identity_of(song.artist)
        if song.artist_id and whole in found:
            found[whole] = Known(whole, found[whole].lead, frozenset({song.artist_id}))
        return list(found.values())

    def cut(self, song: Song) -> list[Known]:
        """Return the joined names that were cut: whoever is called exactly so is meant too."""
        if song.ids is not None or song.joiner == "; ":
            return []
        groups = ((song.leads, True), (song.guests, False), (song.titled, False))
        return [
            Known(identity_of(song.joiner.join(group)), lead, frozenset())
            for group, lead in groups
            if len(group) > 1 and not self.is_act(group, song.joiner)
        ]

    # Ids

    @cached_property
    def together(self) -> list[set[str]]:
        """Sets of ids that are one artist's."""
        given = [set(ids) for _, ids in self.artists]
        given += [set(party_ids(row)) for row in self.parties if tells_ids(row)]
        for song in self.songs:
            given += [set(ids) for ids in song.ids or ()]
            given.append({song.artist_id} if song.artist_id else set())
        joined: list[set[str]] = []
        for ids in filter(None, given):
            near = [other for other in joined if other & ids]
            joined = [other for other in joined if not other & ids]
            joined.append(ids.union(*near))
        return joined

    def artist_of(self, ids: Iterable[str]) -> str:
        """Return one name for all the ids of an artist; nothing where there are none."""
        for one in ids:
            return min(next((ids for ids in self.together if one in ids), {one}))
        return ""

    @cached_property
    def told(self) -> dict[str, set[str]]:
        """Artists (one of the ids of each) by the name that a table or a record tells that they bear."""
        told: dict[str, set[str]] = {}
        for name, ids in self.artists:
            if ids:
                told.setdefault(identity_of(name), set()).add(self.artist_of(ids))
        for row in filter(tells_ids, self.parties):
            for name in party_names(row):
                if party_ids(row):
                    told.setdefault(identity_of(name), set()).add(self.artist_of(party_ids(row)))
        return told

    @cached_property
    def borne(self) -> dict[str, set[str]]:
        """The artists of the catalog who bear each name, by an id; "" is one without, who is credited alone under it."""
        borne: dict[str, set[str]] = {}
        for song in self.songs:
            for one in self.performers(song):
                borne.setdefault(one.name, set()).update({self.artist_of(one.ids)} - {""})
            whole = self.whole(song)
            borne.setdefault(whole.name, set()).add(self.artist_of(whole.ids))
        return borne

    def whole(self, song: Song) -> Known:
        """Return the whole credit as if it were one performer: a record may name it, and a table may give its id."""
        own = next((one for one in self.performers(song) if one.name == identity_of(song.artist)), None)
        return own or Known(identity_of(song.artist), True, frozenset({song.artist_id} - {""}))

    def told_to_be(self, one: Known) -> set[str]:
        """Return the artist whom a performer certainly is by what a table tells of the name, if one artist bears it."""
        told = self.told.get(one.name, set())
        return told if len(self.borne[one.name]) <= 1 and (len(told) == 1 or not SEVERAL_TOLD_ARE_NAMESAKES) else set()

    # Records

    def counts(self, row: Row, song: Song) -> str:
        """Return what of a record counts for a song, by how certainly it is meant."""
        kind, value = subject(row)
        if kind in ("track_id", "isrc"):
            return ALL if value == (song.track_id if kind == "track_id" else song.isrc) else NOTHING
        if kind == "label":
            return ALL if song.label is not None and identity_of(value) == identity_of(song.label) else NOTHING
        if kind == "artist_id":
            return self.counts_of_id(value, song, row.get("as_lead") is True)
        if kind == "album" and (song.album is None or identity_of(row["album"]) != identity_of(song.album)):
            return NOTHING
        name = identity_of(value)
        if name == identity_of(song.artist):
            return ALL if len(self.borne[name]) == 1 else RESTRICTS
        credited = [*self.performers(song), *self.cut(song)]
        if any(one.name == name and (one.lead or kind == "album" or not row.get("as_lead")) for one in credited):
            return RESTRICTS
        return NOTHING

    def counts_of_id(self, artist_id: str, song: Song, as_lead: bool) -> str:
        """Return what of a record about an artist's id counts for a song."""
        artist, performers, whole = self.artist_of([artist_id]), self.performers(song), self.whole(song)
        if (whole.ids and self.artist_of(whole.ids) == artist) or artist in self.told_to_be(whole):
            return ALL if song.ids is None or len(performers) == 1 else RESTRICTS
        sole = len(performers) == 1
        by_id = [one for one in performers if one.ids and self.artist_of(one.ids) == artist]
        told_to_be = [one for one in performers if artist in self.told_to_be(one)]
        namesakes = [one for one in (*performers, whole) if artist in self.may_be(one)]
        # Whoever is a guest, by id or as told, is not a lead whose name only others bear too.
        for meant, counts in ((by_id + told_to_be, ALL if sole else RESTRICTS), (namesakes, NAMESAKE)):
            if meant:
                return counts if any(one.lead or not as_lead for one in meant) else NOTHING
        return NOTHING

    def may_be(self, one: Known) -> set[str]:
        """Return the artists whose name a performer bears, as others do too; with an id, those whom no recording shows."""
        borne, told = self.borne[one.name], self.told.get(one.name, set())
        return told - borne if one.ids else told | borne

    def on_record(self, song: Song, told: Sequence[RecordVersion]) -> list[Row]:
        """Return the rows that count for a song, reduced to what counts of each, out of those that nothing replaced."""
        found = []
        for one in told:
            row = part_of(one.row, self.counts(one.row, song))
            if row is not None:
                found.append(row)
        return found


def subject(row: Row) -> tuple[str, str]:
    """Return how a row names its subject, and the name of it."""
    if row["kind"] == "party":
        return ("artist_id", row["party_id"]) if row.get("party_id") else ("artist", row.get("artist") or row["name"])
    for kind in ("track_id", "isrc"):
        if row.get(kind):
            return kind, row[kind]
    if row.get("album"):
        return "album", row["artist"]
    return next((kind, row[kind]) for kind in ("artist_id", "label", "artist") if row.get(kind))


def party_ids(row: Row) -> list[str]:
    """Return the ids that a record about a party gives together, as tracks and performers have them."""
    written = {"ipn": "ipn:", "ipi": "ipi:"}
    return [written.get(scheme, "") + row[scheme] for scheme in ("party_id", *ID_SCHEMES) if row.get(scheme)]


def tells_ids(row: Row) -> bool:
    """Say whether a source may tell whose an id is: an operator, or one who is believed before."""
    return rank(row) <= SOURCES.index("operator")


def party_names(row: Row) -> list[str]:
    """Return the names that a record about a party tells of it."""
    return [row[name] for name in ("artist", "name") if row.get(name)]


# What restricts


def restricts(row: Row) -> bool:
    """Say whether a row holds something against a recording."""
    kind = row["kind"]
    if kind in ("takedown", "block"):
        return True
    if kind in ("grant", "rights_claim"):
        return refused([word(row.get("state" if kind == "grant" else "claim_status") or "unknown")])
    if kind == "flag":
        return word(row["state"]) in ("open", "under_review", "confirmed")
    if kind == "derivation":
        return word(row.get("licence_state") or "unknown") != "allowed"
    if kind == "party":
        return word(row.get("party_kind") or "unknown") == "ai_persona"
    return kind == "disclosure" and (word(row["level"]) != "none" or contradicts_itself(row))


def allows(row: Row) -> bool:
    """Say whether a row allows, vouches, lifts or clears."""
    kind = row["kind"]
    if kind == "grant" or kind == "rights_claim":
        return word(row.get("state" if kind == "grant" else "claim_status") or "unknown") == "allowed"
    return (
        kind == "deal"
        or (kind == "disclosure" and not restricts(row))
        or (kind == "flag" and word(row["state"]) in ("cleared", "expired"))
        or (kind == "takedown" and bool(row.get("lifted_at")))
        or (kind == "derivation" and word(row.get("licence_state") or "unknown") == "allowed")
        or (kind == "party" and row.get("verified_human") is True)
    )


def part_of(row: Row, counts: str) -> Row | None:
    """Return what of a row counts: all of it, what restricts, or what passes to namesakes too."""
    if counts == ALL:
        return row
    if counts == NOTHING or not restricts(row):
        return None
    if counts == NAMESAKE:
        return row if row["kind"] in ("grant", "takedown", "block", "rights_claim") else None
    if row["kind"] == "party":
        return {**row, "verified_human": False}
    return {**row, "source": "user_report"} if row["kind"] == "disclosure" else row


# When it counts


def ahead(row: Row, received: datetime) -> bool:
    """Say whether a row is dated more than a minute ahead of its receipt."""
    dated = instant(row, "recorded_at")
    return dated is not None and dated > received + timedelta(minutes=1)


def tell(rows: Iterable[tuple[Row, datetime]]) -> list[RecordVersion]:
    """Return when each row counts from, in the order of their arrival.

    A row without a date, or that is dated later than its receipt, comes after all that there are of its matter.
    """
    told: list[RecordVersion] = []
    for place, (row, received) in enumerate(rows):
        at = instant(row, "recorded_at")
        if at is None or at > received:
            before = (one.at for one in told if same(one.row, row) or are_flags_of_a_kind(one.row, row))
            at = max([received, *(one + timedelta(microseconds=1) for one in before)])
        if row["kind"] == "flag" and not row.get("expires_at") and word(row["state"]) in ("open", "under_review"):
            lapses = min(at, datetime.max.replace(tzinfo=UTC) - timedelta(days=90)) + timedelta(days=90)
            row = {**row, "expires_at": lapses.isoformat()}
        told.append(RecordVersion(row, at, place))
    return told


def source_of(row: Row) -> str:
    return word(row.get("source") or "operator")


def rank(row: Row) -> int:
    kind = source_of(row).split(":")[0]
    return SOURCES.index(kind if kind in SOURCES else "operator")


def about(row: Row) -> tuple[Any, ...]:
    """Return what a row is about, in a form that later rows about the same share."""
    kind, value = subject(row)
    if kind in ("artist", "label"):
        value = identity_of(value)
    if kind == "album":
        value = identity_of(value) + "/" + identity_of(row["album"])
    return (
        row["kind"],
        kind,
        value,
        kind in ("artist", "artist_id") and row["kind"] != "party" and row.get("as_lead") is True,
    )


def flag_kind(row: Row) -> str:
    name = word(row["flag"])
    return "spam_volume" if name == "spam" else name


def places(row: Row) -> tuple[Any, ...]:
    included = frozenset(words(row, "territories"))
    return (
        frozenset() if "worldwide" in included else included,
        frozenset(words(row, "excluded_territories")),
    )


def same(one: Row, other: Row) -> bool:
    """Say whether the later of two rows takes the earlier one's place, whichever that is (a flag's states apart)."""
    if about(one) != about(other):
        return False
    kind = one["kind"]
    if kind == "takedown":
        return matter(one)[:-1] == matter(other)[:-1]
    return matter(one) == matter(other)


def matter(row: Row) -> tuple[Any, ...]:
    """Return what, beside its subject, two rows share of which the later counts."""
    kind, source = row["kind"], row.get("source") or "operator"
    uses = frozenset(words(row, "use_types"))
    match kind:
        case "flag":
            return flag_kind(row), source
        case "grant":
            return word(row["use"]), places(row), source
        case "takedown":
            return places(row), uses, None
        case "disclosure" | "party":
            return (source,)
        case "block":
            return word(row["reason"]), places(row), uses, frozenset(words(row, "commercial_models")), source
        case "derivation":
            return word(row["relation"]), row.get("source_party"), row.get("source_track"), source
        case "rights_claim":
            level = word(row.get("level") or "recording")
            return level, row["controller"], word(row.get("role") or "unknown"), places(row), source
    # Deals add up: one that says the very same is the same one.
    period = (instant(row, "start"), instant(row, "end"))
    services = frozenset(row.get("channels") or []), frozenset(row.get("excluded_channels") or [])
    return places(row), uses, frozenset(words(row, "commercial_models")), period, row.get("licensor"), services, source


def standing(told: Sequence[RecordVersion]) -> list[RecordVersion]:
    """Return what nothing later has replaced."""
    left: list[RecordVersion] = []
    for one in told:
        if one.row["kind"] == "flag":
            if flag_is_over(one, told):
                continue
        elif any(same(one.row, other.row) and other.at > one.at and may_replace(other, one) for other in told):
            continue
        left.append(one)
    return left


def may_replace(other: RecordVersion, one: RecordVersion) -> bool:
    """Say whether a later row of the same matter takes an earlier one's place."""
    row = other.row
    if row["kind"] == "takedown":
        return bool(row.get("lifted_at")) and rank(row) <= rank(one.row)
    if row["kind"] not in ("grant", "block", "rights_claim"):
        return True
    starts = instant(row, "start")
    begun = starts is None or starts <= other.at
    return begun and (restricts(row) or in_period(row, "start", "end", other.at))


def flag_is_over(one: RecordVersion, told: Sequence[RecordVersion]) -> bool:
    """Say whether a flag was replaced, cleared, or could not reopen what was cleared or confirmed."""
    of_kind = [other for other in told if are_flags_of_a_kind(one.row, other.row)]
    standing: list[RecordVersion] = []
    cleared: list[RecordVersion] = []
    for at in sorted({other.at for other in of_kind}):
        of_then = [other for other in of_kind if other.at == at and not cannot_open(other, standing, cleared, of_kind)]
        clearing = [other for other in of_then if word(other.row["state"]) == "cleared"]
        standing = [
            before
            for before in standing
            if source_of(before.row) not in [source_of(other.row) for other in of_then]
            and all(rank(before.row) < rank(clear.row) for clear in clearing)
        ]
        standing += of_then
        cleared += clearing
    return one not in standing


def are_flags_of_a_kind(one: Row, other: Row) -> bool:
    """Say whether two rows flag the same of the same subject, whoever says so."""
    return one["kind"] == "flag" and about(one) == about(other) and flag_kind(one) == flag_kind(other)


def cannot_open(
    one: RecordVersion,
    standing: Sequence[RecordVersion],
    cleared: Sequence[RecordVersion],
    of_kind: Sequence[RecordVersion],
) -> bool:
    """Say whether a flag would open what its source has confirmed, or what was cleared, with no new evidence."""
    if word(one.row["state"]) not in ("open", "under_review"):
        return False
    own = [before for before in standing if source_of(before.row) == source_of(one.row)]
    if any(word(before.row["state"]) == "confirmed" for before in own):
        return True
    evidence = one.row.get("evidence")
    is_new = bool(evidence) and all(other.row.get("evidence") != evidence for other in of_kind if other.at < one.at)
    return not is_new and any(rank(one.row) >= rank(clear.row) for clear in cleared)
