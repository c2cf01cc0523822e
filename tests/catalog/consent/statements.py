"""What may be on record about one track, in few words, and what is decided then: for tests of the policy."""

from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.consent.disclosures import AiFacet
from catalog.consent.findings import ConsentContext
from catalog.consent.policy import Decision, TrackFacts, decide
from catalog.consent.presets import POLICIES, Policy, Preset
from catalog.consent.records import parse_record
from catalog.consent.rules import Verdict
from catalog.tracks import TrackId
from tests.reference_policy import Row

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
IN_GERMANY = ConsentContext("DE", NOON)

SEVERITY = {Verdict.ALLOW: 0, Verdict.ALLOW_LABELLED: 1, Verdict.EXCLUDE: 2}


def facts(*records: Row, first_published: int | None = None) -> TrackFacts:
    return TrackFacts(TrackId("song"), tuple(map(parse_record, records)), first_published)


def decided(
    *records: Row, policy: str = "strict", context: ConsentContext = IN_GERMANY, year: int | None = None
) -> Decision:
    return decide(facts(*records, first_published=year), context, POLICIES[policy])


def deal(**limits: Any) -> Row:
    return {"kind": "deal", "track_id": "song", **limits}


def declared(level: str, **other: Any) -> Row:
    """A disclosure; names of facets take their level, anything else is a field."""
    fields = {name: value for name, value in other.items() if name in ("assurance", "source")}
    facets = [{"facet": name, "level": value} for name, value in other.items() if name not in fields]
    return {"kind": "disclosure", "track_id": "song", "level": level, "facets": facets} | fields


def grant(use: str, state: str, **limits: Any) -> Row:
    return {"kind": "grant", "track_id": "song", "use": use, "state": state, **limits}


def flag(name: str, state: str = "confirmed", score: float | None = None, **limits: Any) -> Row:
    return {"kind": "flag", "track_id": "song", "flag": name, "state": state, "score": score, **limits}


def takedown(**limits: Any) -> Row:
    return {"kind": "takedown", "track_id": "song", "reason": "requested by the artist", **limits}


def block(reason: str, **limits: Any) -> Row:
    return {"kind": "block", "track_id": "song", "reason": reason, **limits}


def derived(relation: str, licence: str = "unknown") -> Row:
    return {"kind": "derivation", "track_id": "song", "relation": relation, "licence_state": licence}


def performer(**fields: Any) -> Row:
    return {"kind": "party", "artist": "Ada Quill", **fields}


SOURCE_ORDER = (
    "court_or_legal",
    "human_review",
    "registry",
    "cawg_assertion",
    "ern_message",
    "operator",
    "platform_tag",
    "artist_statement",
    "detector",
    "user_report",
)

NO_VOCALS = Policy("no AI vocals", Preset.LABELLED_AI, blocked_facets=frozenset({AiFacet.VOCALS}))

YES, LABEL, NO = Verdict.ALLOW, Verdict.ALLOW_LABELLED, Verdict.EXCLUDE
NEVER = (NO, NO, NO)
ALWAYS = (YES, YES, YES)

HUMAN = performer(party_kind="person", verified_human=True)
PERSONA = performer(party_kind="ai_persona")
SOURCE_ALLOWED = grant("ai_source", "allowed")
SOURCE_REFUSED = grant("ai_source", "not_allowed")
