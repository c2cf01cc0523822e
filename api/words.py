"""The codes of an answer in plain words, for people: the command line and the page say the same."""

import re

from catalog.policy import ReasonCode, Verdict
from catalog.records import SubjectKind
from catalog.rights import CommercialModel, GrantedUse, GrantState

WITHHELD = {
    ReasonCode.CONSENT_UNAVAILABLE: "consent could not be read",
    ReasonCode.TAKEDOWN_ACTIVE: "taken down by those who hold the rights",
    ReasonCode.RECOMMENDATION_DISABLED: "not to be recommended, as its delivery says",
    ReasonCode.OPTED_OUT: "artist or rightsholder chose not to be recommended",
    ReasonCode.BLOCK_ACCESS: "blocked for legal reasons",
    ReasonCode.TERRITORY_NOT_LICENSED: "not licensed where you listen",
    ReasonCode.USE_NOT_LICENSED: "not licensed for streaming",
    ReasonCode.MODEL_NOT_LICENSED: "not licensed for this way of paying",
    ReasonCode.DEAL_EXPIRED: "the licence has ended",
    ReasonCode.DEAL_NOT_STARTED: "the licence has not begun",
    ReasonCode.NO_DEAL: "no licence on record",
    ReasonCode.RIGHTS_CONFLICT: "its rights are in dispute",
    ReasonCode.IMPERSONATION: "may pass itself off as another artist",
    ReasonCode.CONTENT_MISMATCH: "filed under the wrong artist",
    ReasonCode.UNLICENSED_GENERATOR: "made with an unlicensed AI generator",
    ReasonCode.VOICE_NOT_AUTHORISED: "uses a voice without permission",
    ReasonCode.AI_SOURCE_UNLICENSED: "AI music made from unlicensed sources",
    ReasonCode.AI_SOURCE_UNKNOWN: "AI music made from unknown sources",
    ReasonCode.AI_DISCLOSURE_INCONSISTENT: "what is said about its use of AI contradicts itself",
    ReasonCode.SPAM: "spam",
    ReasonCode.DUPLICATE: "a copy of another track",
    ReasonCode.ENGAGEMENT_ANOMALY: "plays that were not real",
    ReasonCode.SPAM_SUSPECTED: "suspected spam",
    ReasonCode.DUPLICATE_SUSPECTED: "suspected copy of another track",
    ReasonCode.ENGAGEMENT_ANOMALY_SUSPECTED: "suspected of plays that were not real",
    ReasonCode.AI_FULL: "made with AI",
    ReasonCode.AI_PARTIAL: "made partly with AI",
    ReasonCode.AI_SUSPECTED: "undeclared use of AI suspected",
    ReasonCode.UNLICENSED_GENERATOR_SUSPECTED: "suspected use of an unlicensed AI generator",
    ReasonCode.AI_PERSONA: "the performer is an AI persona",
    ReasonCode.AI_UNDECLARED: "nothing shows that people made it",
    ReasonCode.OK: "declared free of AI, and licensed",
    ReasonCode.NO_RULE_MATCHED: "no rule allows it",
}
"""Why consent keeps a track out, by reason code."""

MODELS = {
    CommercialModel.ADVERTISEMENT_SUPPORTED: "with advertising",
    CommercialModel.AS_PER_CONTRACT: "as per contract",
    CommercialModel.DEVICE_FEE: "by device fee",
    CommercialModel.FREE_OF_CHARGE: "free of charge",
    CommercialModel.PAY_AS_YOU_GO: "pay as you go",
    CommercialModel.PERFORMANCE_ROYALTIES: "for performance royalties",
    CommercialModel.RIGHTS_CLAIM: "by rights claim",
    CommercialModel.SUBSCRIPTION: "by subscription",
    CommercialModel.USER_DEFINED: "as the parties defined",
}
"""How a listener pays, by commercial model."""

POLICIES = {
    "strict": "Licensed music only. Music made with AI plays only where what it was made from is licensed, and it is labelled.",
    "labelled_ai": "Licensed music only. Music made with AI may play even where its sources are unknown; it is always labelled.",
    "human_only": "Licensed music only, and only where something shows that people made it. No AI performances.",
}
"""What a preset lets play, by its name."""

AI = {
    "none": "no AI, as declared",
    "partly": "AI in part",
    "all": "made with AI",
    "undeclared": "AI not declared",
}
"""What is declared about AI, by label."""

VERDICTS = {
    Verdict.ALLOW: "Allowed",
    Verdict.ALLOW_LABELLED: "Allowed with a label",
    Verdict.EXCLUDE: "Withheld",
}
"""What was decided on a track."""

SOURCES = {
    "artist_statement": "the artist's statement",
    "cawg_assertion": "a CAWG assertion",
    "court_or_legal": "a court or lawyer",
    "creative_commons": "Creative Commons",
    "detector": "a detector",
    "ern_message": "DDEX delivery",
    "human_review": "human review",
    "operator": "this catalog's operator",
    "platform_tag": "a platform's tag",
    "registry": "a registry",
    "user_report": "a listener's report",
}
"""Who said so, by the source of a record; a source of another name stands for itself."""

SUBJECTS = {
    SubjectKind.TRACK: "track",
    SubjectKind.ISRC: "ISRC",
    SubjectKind.ARTIST_ID: "artist",
    SubjectKind.ARTIST: "artist",
    SubjectKind.LABEL: "label",
    SubjectKind.ALBUM: "album",
}
"""What a record speaks about."""

GRANTED_USES = {
    GrantedUse.AI_SOURCE: "use of what its AI was made from",
    GrantedUse.VOICE: "use of the voice",
    GrantedUse.TRAINING: "learning from it",
    GrantedUse.RECOMMENDATION: "being recommended",
}
"""What a grant allows or refuses."""

GRANT_STATES = {
    GrantState.ALLOWED: "allowed",
    GrantState.NOT_ALLOWED: "not allowed",
    GrantState.CONSTRAINED: "allowed on conditions only",
    GrantState.UNKNOWN: "not known",
}
"""Whether a use was granted, or the source of a derivation licensed."""

_MOVES_THE_CURSOR = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def on_one_line(text: str) -> str:
    """Return text that a terminal shows where it is put: control characters and changes of direction become spaces."""
    return " ".join(_MOVES_THE_CURSOR.sub(" ", text).split())
