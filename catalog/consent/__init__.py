"""What is on record about the use of music, and what follows from it: pure rules, which know no SQL, no clock and no file.

Whoever is outside imports a name from here; the room's own modules import each other.
"""

from catalog.consent.confidential import is_confidential, openly
from catalog.consent.deliveries import Delivery, Statement, subject_of
from catalog.consent.disclosures import EXEMPT_FACETS, AiDisclosure, AiFacet, AiLevel, Assurance
from catalog.consent.evidence import human_evidence
from catalog.consent.fields import RecordError
from catalog.consent.findings import ConsentContext
from catalog.consent.flags import SUSPICION_LASTS, Flag, FlagKind, FlagMode, FlagState, Takedown
from catalog.consent.history import Entry, History
from catalog.consent.kinds import KIND_OF, Terms, period_of, terms_from_json, terms_to_json
from catalog.consent.permits import Permits, Permitted, learnable
from catalog.consent.policy import NO_PREFERENCES, Decision, Preferences, TrackFacts, decide, in_force, withholding
from catalog.consent.presets import ConsentSettings, ConsentSettingsError, Policy, Preset, read_consent_settings
from catalog.consent.reach import Reach, counting, restricts
from catalog.consent.reader import ConsentColumns, ConsentReader, Reached, Stated
from catalog.consent.reasons import REASONS, ReasonCode
from catalog.consent.receipt import Speaking, Spoken, is_ahead, received, speaking_of
from catalog.consent.records import OPEN_LICENCE, ConsentRecord, Subject, SubjectKind, album_key, parse_record
from catalog.consent.rights import (
    ALWAYS,
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
    covers_model,
)
from catalog.consent.rules import Standing, Verdict, verdicts_of
from catalog.consent.sources import SOURCE_KINDS, source_rank
from catalog.consent.succession import (
    REPLACED_BY_TERMS,
    RecordVersion,
    lineage_of,
    numbered,
    settle_all,
    supersede,
    tell_after,
    tells_nothing_new,
)
from catalog.consent.timeline import Event, Happening, Story, Turn, tell

__all__ = [
    "ALWAYS",
    "EXEMPT_FACETS",
    "KIND_OF",
    "NO_PREFERENCES",
    "OPEN_LICENCE",
    "REASONS",
    "REPLACED_BY_TERMS",
    "SOURCE_KINDS",
    "SUSPICION_LASTS",
    "AiDisclosure",
    "AiFacet",
    "AiLevel",
    "Assurance",
    "Block",
    "BlockReason",
    "ClaimLevel",
    "CommercialModel",
    "ConsentColumns",
    "ConsentContext",
    "ConsentReader",
    "ConsentRecord",
    "ConsentSettings",
    "ConsentSettingsError",
    "ControllerRole",
    "Deal",
    "Decision",
    "Delivery",
    "Derivation",
    "Entry",
    "Event",
    "Flag",
    "FlagKind",
    "FlagMode",
    "FlagState",
    "Grant",
    "GrantState",
    "GrantedUse",
    "Happening",
    "History",
    "Party",
    "PartyKind",
    "Period",
    "Permits",
    "Permitted",
    "Policy",
    "Preferences",
    "Preset",
    "Reach",
    "Reached",
    "ReasonCode",
    "RecordError",
    "RecordVersion",
    "Relation",
    "RightsClaim",
    "Speaking",
    "Spoken",
    "Standing",
    "Stated",
    "Statement",
    "Story",
    "Subject",
    "SubjectKind",
    "Takedown",
    "Terms",
    "TerritoryScope",
    "TrackFacts",
    "Turn",
    "UseType",
    "Verdict",
    "album_key",
    "counting",
    "covers_model",
    "decide",
    "human_evidence",
    "in_force",
    "is_ahead",
    "is_confidential",
    "learnable",
    "lineage_of",
    "numbered",
    "openly",
    "parse_record",
    "period_of",
    "read_consent_settings",
    "received",
    "restricts",
    "settle_all",
    "source_rank",
    "speaking_of",
    "subject_of",
    "supersede",
    "tell",
    "tell_after",
    "tells_nothing_new",
    "terms_from_json",
    "terms_to_json",
    "verdicts_of",
    "withholding",
]
