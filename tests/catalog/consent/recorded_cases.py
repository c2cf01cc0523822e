"""Cases of what is on record about one song, and the decisions on them under rules."""

from dataclasses import replace
from datetime import date
from typing import Any

from catalog.consent.disclosures import AiFacet
from catalog.consent.findings import ConsentContext
from catalog.consent.flags import FlagMode
from catalog.consent.policy import NO_PREFERENCES, Decision, Preferences, TrackFacts, decide
from catalog.consent.presets import Policy, Preset
from catalog.consent.records import ConsentRecord, parse_record
from catalog.tracks import TrackId
from tests.reference_policy import Row, Rules
from tests.strategies import (
    ARTISTS,
    CREDITS,
    NOON,
    OPERATORS_PRESETS,
    PRESETS,
    Case,
)

IN_GERMANY = ConsentContext("DE", NOON)
EVERY_PRESET = [Rules(preset) for preset in (*PRESETS, *OPERATORS_PRESETS)]


def policy_of(rules: Rules) -> Policy:
    """Set a policy to rules."""
    return Policy(
        "the operator's",
        Preset[rules.column.upper()],
        suspicion_high=rules.high,
        suspicion_mid=rules.mid,
        human_cutoff=date(rules.cutoff_year, 1, 1),
        blocked_facets=frozenset(AiFacet(facet) for facet in rules.blocked_facets),
        flag_modes=tuple((source, FlagMode(mode)) for source, mode in rules.modes),
        audit=rules.preset == "audit_only",
    )


def read(row: Row) -> ConsentRecord:
    """Read a row that may name the sender of the delivery that it came in, which no import can."""
    fields = {name: value for name, value in row.items() if name != "sender"}
    return replace(parse_record(fields), sender=row.get("sender"))


def facts(case: Case, *more: Row) -> TrackFacts:
    records = tuple(read(row) for row in (*case.rows, *more))
    return TrackFacts(TrackId("song"), records, case.first_published, set(CREDITS.get(case.artist, ())), case.label)


def decided(case: Case, rules: Rules, *more: Row, preferences: Preferences = NO_PREFERENCES) -> Decision:
    return decide(facts(case, *more), case.context, policy_of(rules), preferences)


def finding(decision: Decision) -> tuple[str, str, frozenset[str]]:
    return decision.verdict, decision.primary, frozenset(decision.codes)


def declared(level: str, assurance: str = "asserted", **facets: str) -> Row:
    named = [{"facet": facet, "level": share} for facet, share in facets.items()]
    return {"kind": "disclosure", "track_id": "song", "level": level, "facets": named, "assurance": assurance}


def stated(kind: str, **fields: Any) -> Row:
    return {"kind": kind, "track_id": "song", **fields}


def flagged(name: str, state: str = "confirmed", score: float | None = None, source: str = "operator") -> Row:
    return stated("flag", flag=name, state=state, score=score, source=source)


def delivered(row: Row, sender: str | None) -> Row:
    return {**row, "sender": sender, "source": "ern_message"}


def on_record(*records: Row, first_published: int | None = None) -> Case:
    return Case(records, first_published, IN_GERMANY, ARTISTS[0], None)


HUMAN = {"kind": "party", "artist": "Ada Quill", "party_kind": "person", "verified_human": True}
