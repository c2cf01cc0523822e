"""Consent records: a subject, what is stated about it, and who said so; read from their JSON form.

The JSON form is the one that users import (one object a line). A record is never changed; a later one takes its place
(`ConsentRecord.identity` says which one).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Self

from catalog.choices import not_one_of
from catalog.consent.disclosures import AiDisclosure
from catalog.consent.fields import RecordError, Row, checked, instant, needed, read, text, truth
from catalog.consent.flags import Flag, Takedown
from catalog.consent.kinds import KIND_OF, KINDS, Terms, terms_to_json
from catalog.consent.rights import Block, Deal, Derivation, Grant, Party, RightsClaim, TerritoryScope
from catalog.names import identity
from catalog.tracks import ISRC_URN, parse_isrc, parse_track_id

OPEN_LICENCE = "creative_commons"
"""The source of a deal that is the recording's own Creative Commons licence."""

MAX_DETAILS = 4_000
"""Characters of what a record may tell beside what decides."""

_NAMING = frozenset({"track_id", "isrc", "artist_id", "artist", "label", "album", "as_lead"})
_PROVENANCE = frozenset(
    {"id", "source_id", "message_id", "sender_dpid", "received_at", "content_sha256", "parser_version"}
)
_OF_EVERY_KIND = _NAMING | _PROVENANCE | {"kind", "recorded_at", "source", "evidence"}


class SubjectKind(StrEnum):
    """How a record names the recordings that it speaks about; all but the first two may cover several.

    `lead_artist` and `lead_artist_id` leave out those on which the artist is a guest.
    """

    TRACK = "track_id"
    ISRC = "isrc"
    ARTIST_ID = "artist_id"
    LEAD_ARTIST_ID = "lead_artist_id"
    ARTIST = "artist"
    LEAD_ARTIST = "lead_artist"
    LABEL = "label"
    ALBUM = "album"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a record speaks about. An `artist` or `label` is named by the identity form of its name, an `album` by `album_key`."""

    kind: SubjectKind
    value: str

    @classmethod
    def track(cls, name: str) -> Self:
        """Return a recording by its id, bare or as exports write it: what they call `urn:isrc:` is named by its ISRC."""
        if name.lower().startswith(ISRC_URN):
            return cls(SubjectKind.ISRC, parse_isrc(name))
        return cls(SubjectKind.TRACK, parse_track_id(name))

    @classmethod
    def artist(cls, name: str, *, as_lead: bool = False) -> Self:
        """Return an artist by name, on all recordings or only `as_lead`."""
        return cls(SubjectKind.LEAD_ARTIST if as_lead else SubjectKind.ARTIST, identity(name))

    @classmethod
    def artist_id(cls, value: str, *, as_lead: bool = False) -> Self:
        """Return an artist by id, on all recordings or only `as_lead`."""
        return cls(SubjectKind.LEAD_ARTIST_ID if as_lead else SubjectKind.ARTIST_ID, value)

    @classmethod
    def label(cls, name: str) -> Self:
        """Return a label by name."""
        return cls(SubjectKind.LABEL, identity(name))


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One statement about a subject.

    `recorded_at` is when we came to know it; None means "when it is stored". What came in a delivery has its `sender` (a
    DPID) and `stated_at`, when the message was created, which decides what takes its place. `details` is a JSON object of
    what the record tells beside what decides (who granted it, which detector saw it).
    """

    subject: Subject
    terms: Terms
    recorded_at: datetime | None = None
    source: str = "operator"
    evidence: str | None = None
    sender: str | None = None
    stated_at: datetime | None = None
    details: str | None = None

    @property
    def kind(self) -> str:
        """The record's kind, as in the JSON form."""
        return KIND_OF[type(self.terms)]

    @property
    def identity(self) -> str:
        """What a later record of the same subject and kind must share to take this one's place.

        Deals add up, but for an open licence: a catalog names one a track. A flag replaces the flag of its kind and source;
        a grant, the grant for the same use in the same territories; the lifting of a take-down, those for the same
        territories and uses; a block, the one for the same reason and scope; a derivation, what was said of the same
        origin; a claim, that of the same controller; a disclosure or a party, what the same source said before. What came
        in a delivery is replaced by the next delivery instead (`catalog.consent.deliveries`).
        """
        match self.terms:
            case Flag(kind=kind):
                return f"{kind}/{self.source}"
            case Grant(use=use, territories=scope):
                return f"{use}/{_scope_text(scope)}/{self.source}"
            case Takedown(territories=scope, use_types=uses):
                return f"{_scope_text(scope)}/{_joined(uses)}"
            case Block(reason=reason, territories=scope, use_types=uses, commercial_models=models):
                return f"{reason}/{_scope_text(scope)}/{_joined(uses, models)}/{self.source}"
            case Derivation(relation=relation, source_party=party, source_track=track):
                return f"{relation}/{party or ''}\x1f{track or ''}/{self.source}"
            case RightsClaim(level=level, controller=controller, role=role, territories=scope):
                return f"{level}/{controller}/{role}/{_scope_text(scope)}/{self.source}"
            case Deal() if self.source != OPEN_LICENCE:
                return f"{terms_to_json(self.terms)}/{self.source}"
            case Deal() | AiDisclosure() | Party():
                return self.source


def album_key(artist: str, album: str) -> str:
    """Name an album for use as a subject: titles such as "Greatest Hits" need their artist."""
    return f"{identity(artist)}\x1f{identity(album)}"


def parse_record(row: Row) -> ConsentRecord:
    """Read one record from its JSON form.

    Enumerations are taken in any case. Raises RecordError naming the field and what it should be; a field that there is
    not is refused too, because a misspelt limit would be no limit at all.
    """
    name = str(needed(row, "kind", str)).lower()
    if name not in KINDS:
        raise RecordError("kind", not_one_of(row["kind"], KINDS))
    kind = KINDS[name]
    for field in row:
        if field not in kind.names and field not in _OF_EVERY_KIND:
            fields = sorted(kind.names | _OF_EVERY_KIND)
            likeliest = get_close_matches(str(field), fields, n=1)
            meant = f"did you mean {likeliest[0]}?" if likeliest else f"it has {', '.join(fields)}"
            raise RecordError(str(field), f"is no field of a {name}; {meant}")
    return ConsentRecord(
        _subject(row, name),
        checked(name, kind.read, row),
        recorded_at=read(row, "recorded_at", instant),
        source=read(row, "source", text) or "operator",
        evidence=read(row, "evidence", text),
        details=_details(row, _PROVENANCE | kind.details),
    )


def _details(row: Row, fields: Iterable[str]) -> str | None:
    told = {field: row[field] for field in sorted(fields) if row.get(field) not in (None, "")}
    if not told:
        return None
    try:
        text = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except ValueError as error:
        raise RecordError(next(iter(told)), f"{next(iter(told.values()))!r} cannot be kept: {error}") from error
    if len(text) > MAX_DETAILS:
        raise RecordError(
            max(told, key=lambda field: len(str(told[field]))), f"is longer than {MAX_DETAILS:,} characters"
        )
    return text


def _name(value: object) -> str | None:
    name = text(value)
    if name and not identity(name):
        raise ValueError(f"{name!a} has no character that anybody sees, and so names nobody")
    return name


def _subject(row: Row, kind: str) -> Subject:
    as_lead = checked("as_lead", truth, row.get("as_lead") or False)
    artist = read(row, "artist", _name)
    if kind == "party":
        if party_id := read(row, "party_id", text):
            return Subject.artist_id(party_id)
        name = artist or read(row, "name", _name)
        if not name:
            raise RecordError("artist", "a party is named by artist, party_id or name")
        return Subject.artist(name)
    if track_id := read(row, "track_id", text):
        return checked("track_id", Subject.track, track_id)
    if isrc := read(row, "isrc", text):
        return Subject(SubjectKind.ISRC, checked("isrc", parse_isrc, isrc))
    if album := read(row, "album", _name):
        if not artist:
            raise RecordError(
                "artist", f"the album {album!r} needs its artist: other artists may have one of that title"
            )
        return Subject(SubjectKind.ALBUM, album_key(artist, album))
    if artist_id := read(row, "artist_id", text):
        return Subject.artist_id(artist_id, as_lead=as_lead)
    if label := read(row, "label", _name):
        return Subject.label(label)
    if artist:
        return Subject.artist(artist, as_lead=as_lead)
    raise RecordError(
        "track_id", "is missing; name the subject by track_id, isrc, artist_id, artist, label or album and artist"
    )


def _scope_text(scope: TerritoryScope) -> str:
    return f"+{_joined(scope.included)}-{_joined(scope.excluded)}"


def _joined(*names: Iterable[str]) -> str:
    return ",".join(name for some in names for name in sorted(some))
