"""Consent records: a subject, what is stated about it, and who said so; read from and written as JSON.

The JSON form is the one that users import (one object a line): `parse_record` reads it, `terms_to_json` writes what was
stated. A record is never changed; a later one takes its place (`ConsentRecord.identity` says which one).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any, Self, TypeVar

from catalog.consent.disclosures import AiDisclosure, AiFacet, AiLevel, Assurance
from catalog.consent.flags import Flag, FlagKind, FlagState, Takedown
from catalog.consent.rights import (
    Block,
    BlockReason,
    ClaimLevel,
    CommercialModel,
    ControllerRole,
    Deal,
    Derivation,
    Grant,
    GrantedUse,
    GrantState,
    Party,
    PartyKind,
    Period,
    Relation,
    RightsClaim,
    TerritoryScope,
    UseType,
)
from catalog.instants import instant_text, parse_instant
from catalog.names import identity
from catalog.tracks import WORLDWIDE, parse_isrc, parse_territory

Terms = Deal | AiDisclosure | Grant | Flag | Takedown | Derivation | Block | Party | RightsClaim

KINDS: Mapping[str, type[Terms]] = {
    "deal": Deal,
    "disclosure": AiDisclosure,
    "grant": Grant,
    "flag": Flag,
    "takedown": Takedown,
    "derivation": Derivation,
    "block": Block,
    "party": Party,
    "rights_claim": RightsClaim,
}
KIND_OF = {terms: kind for kind, terms in KINDS.items()}

OPEN_LICENCE = "creative_commons"
"""The source of a deal that is the recording's own Creative Commons licence."""

PARTY_ID_SCHEMES = ("dpid", "ipi", "ipn", "isni")
"""Identifiers that a party may have, by their lower-case names."""

FLAG_SHORT_NAMES = {"spam": FlagKind.SPAM_VOLUME}


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


class RecordError(ValueError):
    """A consent record that cannot be taken: which field, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


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
            case Flag():
                return f"{self.terms.kind}/{self.source}"
            case Grant():
                return f"{self.terms.use}/{_scope_text(self.terms.territories)}/{self.source}"
            case Takedown():
                return f"{_scope_text(self.terms.territories)}/{','.join(sorted(self.terms.use_types))}"
            case AiDisclosure() | Party():
                return self.source
            case Block():
                scope = _scope_text(self.terms.territories)
                uses = ",".join(sorted(self.terms.use_types) + sorted(self.terms.commercial_models))
                return f"{self.terms.reason}/{scope}/{uses}/{self.source}"
            case Derivation():
                origin = f"{self.terms.source_party or ''}\x1f{self.terms.source_track or ''}"
                return f"{self.terms.relation}/{origin}/{self.source}"
            case RightsClaim():
                scope = _scope_text(self.terms.territories)
                return f"{self.terms.level}/{self.terms.controller}/{self.terms.role}/{scope}/{self.source}"
            case Deal() if self.source == OPEN_LICENCE:
                return self.source
            case _:
                return f"{terms_to_json(self.terms)}/{self.source}"


def album_key(artist: str, album: str) -> str:
    """Name an album for use as a subject: titles such as "Greatest Hits" need their artist."""
    return f"{identity(artist)}\x1f{identity(album)}"


def parse_record(row: Mapping[str, Any]) -> ConsentRecord:
    """Read one record from its JSON form.

    Enumerations are taken in any case. Raises RecordError naming the field and what it should be; a field that there is
    not is refused too, because a misspelt limit would be no limit at all.
    """
    kind = str(_required(row, "kind")).lower()
    if kind not in _PARSERS:
        raise RecordError("kind", f"{row['kind']!r} is not one of {', '.join(KINDS)}")
    for field in row:
        if field not in _FIELDS[kind]:
            likeliest = get_close_matches(str(field), _FIELDS[kind], n=1)
            meant = f"; did you mean {likeliest[0]}?" if likeliest else f"; it has {', '.join(sorted(_FIELDS[kind]))}"
            raise RecordError(str(field), f"is no field of a {kind}{meant}")
    subject = _subject(row, kind)
    try:
        terms = _PARSERS[kind](row)
    except RecordError:
        raise
    except ValueError as error:
        raise RecordError(kind, str(error)) from error
    return ConsentRecord(
        subject,
        terms,
        recorded_at=_instant(row, "recorded_at"),
        source=_text(row, "source") or "operator",
        evidence=_text(row, "evidence"),
        details=_details(row, kind),
    )


def terms_to_json(terms: Terms) -> str:
    """Write what was stated as canonical JSON: the same statement always gives the same text."""
    return json.dumps(_terms_row(terms), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def terms_from_json(kind: str, text: str) -> Terms:
    """Read what `terms_to_json` wrote."""
    return _PARSERS[kind](json.loads(text))


def _terms_row(terms: Terms) -> dict[str, Any]:
    row: dict[str, Any]
    match terms:
        case Deal():
            row = {
                **_scope_row(terms.territories),
                "use_types": sorted(terms.use_types),
                "commercial_models": sorted(terms.commercial_models),
                "start": _instant_text(terms.period.start),
                "end": _instant_text(terms.period.end),
                "licensor": terms.licensor,
                "channels": sorted(terms.channels),
                "excluded_channels": sorted(terms.excluded_channels),
            }
        case AiDisclosure():
            facets = [{"facet": facet, "level": level} for facet, level in terms.facets]
            row = {
                "level": terms.level,
                "facets": facets,
                "assurance": terms.assurance,
                "contradictions": list(terms.contradictions),
            }
        case Grant():
            row = {
                "use": terms.use,
                "state": terms.state,
                **_scope_row(terms.territories),
                "start": _instant_text(terms.period.start),
                "end": _instant_text(terms.period.end),
            }
        case Flag():
            row = {
                "flag": terms.kind,
                "state": terms.state,
                "score": terms.score,
                "expires_at": _instant_text(terms.expires_at),
            }
        case Takedown():
            row = {
                **_scope_row(terms.territories),
                "use_types": sorted(terms.use_types),
                "effective_at": _instant_text(terms.period.start),
                "lifted_at": _instant_text(terms.period.end),
                "reason": terms.reason,
                "withdrawn_by": terms.withdrawn_by,
            }
        case Derivation():
            row = {
                "relation": terms.relation,
                "licence_state": terms.licence_state,
                "source_party": terms.source_party,
                "source_track": terms.source_track,
            }
        case Block():
            row = {
                "reason": terms.reason,
                **_scope_row(terms.territories),
                "use_types": sorted(terms.use_types),
                "commercial_models": sorted(terms.commercial_models),
                "start": _instant_text(terms.period.start),
                "end": _instant_text(terms.period.end),
            }
        case Party():
            row = {
                "party_kind": terms.party_kind,
                "verified_human": terms.verified_human,
                "name": terms.name,
                **dict(terms.ids),
            }
        case RightsClaim():
            row = {
                "controller": terms.controller,
                "level": terms.level,
                "role": terms.role,
                "share": terms.share,
                **_scope_row(terms.territories),
                "use_types": sorted(terms.use_types),
                "start": _instant_text(terms.period.start),
                "end": _instant_text(terms.period.end),
                "claim_status": terms.state,
            }
    return {key: value for key, value in row.items() if value not in (None, [])}


def _deal(row: Mapping[str, Any]) -> Deal:
    return Deal(
        _scope(row),
        frozenset(_choices(UseType, row, "use_types")),
        frozenset(_choices(CommercialModel, row, "commercial_models")),
        Period(_instant(row, "start"), _instant(row, "end")),
        _text(row, "licensor"),
        frozenset(_texts(row, "channels")),
        frozenset(_texts(row, "excluded_channels")),
    )


def _disclosure(row: Mapping[str, Any]) -> AiDisclosure:
    facets: dict[AiFacet, AiLevel] = {}
    for facet_row in _list(row, "facets"):
        if not isinstance(facet_row, Mapping):
            raise RecordError("facets", f'{facet_row!r} is not an object like {{"facet": "vocals", "level": "all"}}')
        facet, level = _choice(AiFacet, facet_row, "facet"), _choice(AiLevel, facet_row, "level")
        facets[facet] = max(level, facets.get(facet, level), key=list(AiLevel).index)
    return AiDisclosure(
        _choice(AiLevel, row, "level"),
        tuple(sorted(facets.items())),
        _choice(Assurance, row, "assurance", Assurance.ASSERTED),
        tuple(_texts(row, "contradictions")),
    )


def _grant(row: Mapping[str, Any]) -> Grant:
    return Grant(
        _choice(GrantedUse, row, "use"),
        _choice(GrantState, row, "state"),
        _scope(row),
        Period(_instant(row, "start"), _instant(row, "end")),
    )


def _flag(row: Mapping[str, Any]) -> Flag:
    name = row.get("flag")
    kind = FLAG_SHORT_NAMES.get(name.lower()) if isinstance(name, str) else None
    return Flag(
        kind or _choice(FlagKind, row, "flag"),
        _choice(FlagState, row, "state"),
        _number(row, "score", 1),
        _instant(row, "expires_at"),
    )


def _takedown(row: Mapping[str, Any]) -> Takedown:
    return Takedown(
        _scope(row),
        frozenset(_choices(UseType, row, "use_types")),
        Period(_instant(row, "effective_at"), _instant(row, "lifted_at")),
        _text(row, "reason"),
        _text(row, "withdrawn_by"),
    )


def _derivation(row: Mapping[str, Any]) -> Derivation:
    return Derivation(
        _choice(Relation, row, "relation"),
        _choice(GrantState, row, "licence_state", GrantState.UNKNOWN),
        _text(row, "source_party"),
        _text(row, "source_track"),
    )


def _block(row: Mapping[str, Any]) -> Block:
    return Block(
        _choice(BlockReason, row, "reason"),
        _scope(row),
        frozenset(_choices(UseType, row, "use_types")),
        frozenset(_choices(CommercialModel, row, "commercial_models")),
        Period(_instant(row, "start"), _instant(row, "end")),
    )


def _party(row: Mapping[str, Any]) -> Party:
    verified = row.get("verified_human", False)
    if not isinstance(verified, bool):
        raise RecordError("verified_human", f"{verified!r} is not true or false")
    ids = ((scheme, _text(row, scheme)) for scheme in PARTY_ID_SCHEMES)
    return Party(
        _choice(PartyKind, row, "party_kind", PartyKind.UNKNOWN),
        verified,
        _text(row, "name"),
        tuple((scheme, value) for scheme, value in ids if value),
    )


def _rights_claim(row: Mapping[str, Any]) -> RightsClaim:
    controller = _text(row, "controller")
    if not controller:
        raise RecordError("controller", "is missing; name the party that claims the right")
    return RightsClaim(
        controller,
        _choice(ClaimLevel, row, "level", ClaimLevel.RECORDING),
        _choice(ControllerRole, row, "role", ControllerRole.UNKNOWN),
        _number(row, "share", 100),
        _scope(row),
        frozenset(_choices(UseType, row, "use_types")),
        Period(_instant(row, "start"), _instant(row, "end")),
        _choice(GrantState, row, "claim_status", GrantState.UNKNOWN),
    )


_PARSERS: Mapping[str, Callable[[Mapping[str, Any]], Terms]] = {
    "deal": _deal,
    "disclosure": _disclosure,
    "grant": _grant,
    "flag": _flag,
    "takedown": _takedown,
    "derivation": _derivation,
    "block": _block,
    "party": _party,
    "rights_claim": _rights_claim,
}


_PROVENANCE = {"id", "source_id", "message_id", "sender_dpid", "received_at", "content_sha256", "parser_version"}
_DETAILS = {
    "deal": {"release"},
    "disclosure": {"declared_by", "schema_version"},
    "grant": {"grantor", "revocable", "terms_ref", "compensation_ref", "model_id", "product"},
    "flag": {"threshold", "detector", "detector_version", "features_digest", "opened_at", "decided_at", "reviewer"},
    "takedown": {"requester"},
    "derivation": {"source_work", "weight", "method", "provider"},
    "block": {"requester"},
    "party": {"names"},
    "rights_claim": {"work"},
}
"""What a record of each kind may tell beside what decides; it is kept as it came."""

MAX_DETAILS = 4_000
"""Characters of what is kept so."""

_NAMED = {"track_id", "isrc", "artist_id", "artist", "label", "album", "as_lead"}
_EVERY_RECORD = {"kind", *_NAMED, "recorded_at", "source", "evidence", *_PROVENANCE}
_SCOPE = {"territories", "excluded_territories"}
_PERIOD = {"start", "end"}
_FIELDS = {
    kind: frozenset(_EVERY_RECORD | fields | _DETAILS[kind])
    for kind, fields in {
        "deal": {*_SCOPE, *_PERIOD, "use_types", "commercial_models", "licensor", "channels", "excluded_channels"},
        "disclosure": {"level", "facets", "assurance", "contradictions"},
        "grant": {*_SCOPE, *_PERIOD, "use", "state"},
        "flag": {"flag", "state", "score", "expires_at"},
        "takedown": {*_SCOPE, "use_types", "effective_at", "lifted_at", "reason", "withdrawn_by"},
        "derivation": {"relation", "licence_state", "source_party", "source_track"},
        "block": {*_SCOPE, *_PERIOD, "reason", "use_types", "commercial_models"},
        "party": {"party_id", "party_kind", "name", "verified_human", *PARTY_ID_SCHEMES},
        "rights_claim": {*_SCOPE, *_PERIOD, "controller", "level", "role", "share", "use_types", "claim_status"},
    }.items()
}


def _details(row: Mapping[str, Any], kind: str) -> str | None:
    told = {field: row[field] for field in sorted(_DETAILS[kind] | _PROVENANCE) if row.get(field) not in (None, "")}
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


def _subject(row: Mapping[str, Any], kind: str) -> Subject:
    as_lead = row.get("as_lead") or False
    if not isinstance(as_lead, bool):
        raise RecordError("as_lead", f"{as_lead!r} is not true or false")
    artist = _text(row, "artist")
    if kind == "party":
        if party_id := _text(row, "party_id"):
            return Subject.artist_id(party_id)
        name = artist or _text(row, "name")
        if not name:
            raise RecordError("artist", "a party is named by artist, party_id or name")
        return Subject.artist(name)
    if track_id := _text(row, "track_id"):
        return Subject(SubjectKind.TRACK, track_id)
    if isrc := _text(row, "isrc"):
        try:
            return Subject(SubjectKind.ISRC, parse_isrc(isrc))
        except ValueError as error:
            raise RecordError("isrc", str(error)) from error
    if album := _text(row, "album"):
        if not artist:
            raise RecordError(
                "artist", f"the album {album!r} needs its artist: other artists may have one of that title"
            )
        return Subject(SubjectKind.ALBUM, album_key(artist, album))
    if artist_id := _text(row, "artist_id"):
        return Subject.artist_id(artist_id, as_lead=as_lead)
    if label := _text(row, "label"):
        return Subject.label(label)
    if artist:
        return Subject.artist(artist, as_lead=as_lead)
    raise RecordError(
        "track_id", "is missing; name the subject by track_id, isrc, artist_id, artist, label or album and artist"
    )


def _required(row: Mapping[str, Any], field: str) -> Any:
    value = row.get(field)
    if value is None or value == "":
        raise RecordError(field, "is missing")
    return value


def _text(row: Mapping[str, Any], field: str) -> str | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RecordError(field, f"{value!r} is not a text")
    text = str(value).strip()
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RecordError(field, f"{value!r} is not valid Unicode") from error
    if "\0" in text:
        raise RecordError(field, f"{value!r} holds a NUL, which no text does")
    return text or None


def _list(row: Mapping[str, Any], field: str) -> list[Any]:
    value = row.get(field)
    if value is None or value == "":
        return []
    if isinstance(value, str):
        value = [part.strip() for part in value.split(";") if part.strip()]
    if not isinstance(value, list):
        raise RecordError(field, f"{value!r} is not a list")
    if not value and field != "facets":
        raise RecordError(field, "is an empty list; leave it out to cover everything")
    return value


Choice = TypeVar("Choice", bound=StrEnum)


def _choose(choices: type[Choice], value: object, field: str) -> Choice:
    choice: Choice | None = _by_name(choices).get(value.strip().lower()) if isinstance(value, str) else None
    if choice is None:
        raise RecordError(field, f"{value!r} is not one of {', '.join(choices)}")
    return choice


@cache
def _by_name(choices: type[StrEnum]) -> Mapping[str, Any]:
    return {choice.value.lower(): choice for choice in choices}


def _choice(choices: type[Choice], row: Mapping[str, Any], field: str, default: Choice | None = None) -> Choice:
    if default is not None and row.get(field) in (None, ""):
        return default
    return _choose(choices, _required(row, field), field)


def _choices(choices: type[Choice], row: Mapping[str, Any], field: str) -> list[Choice]:
    return [_choose(choices, value, field) for value in _list(row, field)]


def _number(row: Mapping[str, Any], field: str, highest: float) -> float | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        raise RecordError(field, f"{value!r} is not a number from 0 to {highest:g}")
    return float(value)


def _texts(row: Mapping[str, Any], field: str) -> list[str]:
    values = _list(row, field)
    texts = [_text({field: value}, field) for value in values]
    return sorted({text for text in texts if text})


def _scope(row: Mapping[str, Any]) -> TerritoryScope:
    included = _territories(row, "territories")
    excluded = _territories(row, "excluded_territories")
    if WORLDWIDE.lower() in included:
        included = set()
    return TerritoryScope(frozenset(included), frozenset(excluded))


def _territories(row: Mapping[str, Any], field: str) -> set[str]:
    codes = set()
    for value in _list(row, field):
        if isinstance(value, str) and value.strip().lower() == WORLDWIDE.lower() and field == "territories":
            codes.add(WORLDWIDE.lower())
            continue
        try:
            codes.add(parse_territory(value if isinstance(value, str) else repr(value)))
        except ValueError as error:
            raise RecordError(field, str(error)) from error
    return codes


def _scope_row(scope: TerritoryScope) -> dict[str, list[str]]:
    return {"territories": sorted(scope.included), "excluded_territories": sorted(scope.excluded)}


def _scope_text(scope: TerritoryScope) -> str:
    return f"+{','.join(sorted(scope.included))}-{','.join(sorted(scope.excluded))}"


def _instant(row: Mapping[str, Any], field: str) -> datetime | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise RecordError(field, f"{value!r} is not a text such as 2026-01-31 or 2026-01-31T12:00:00Z")
    try:
        return parse_instant(value)
    except ValueError as error:
        raise RecordError(field, str(error)) from error


def _instant_text(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)
