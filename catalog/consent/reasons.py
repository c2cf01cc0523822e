"""Why a track is allowed, labelled or withheld: the reason codes one by one, what each means and what would change it."""

from dataclasses import dataclass
from enum import StrEnum


class ReasonCode(StrEnum):
    """A row of the policy table, as answers name it; in the order of the table, which settles what is named first."""

    CONSENT_UNAVAILABLE = "CONSENT_UNAVAILABLE"
    TAKEDOWN_ACTIVE = "TAKEDOWN_ACTIVE"
    RECOMMENDATION_DISABLED = "RECOMMENDATION_DISABLED"
    OPTED_OUT = "OPTED_OUT"
    BLOCK_ACCESS = "BLOCK_ACCESS"
    TERRITORY_NOT_LICENSED = "TERRITORY_NOT_LICENSED"
    USE_NOT_LICENSED = "USE_NOT_LICENSED"
    MODEL_NOT_LICENSED = "MODEL_NOT_LICENSED"
    DEAL_EXPIRED = "DEAL_EXPIRED"
    DEAL_NOT_STARTED = "DEAL_NOT_STARTED"
    NO_DEAL = "NO_DEAL"
    RIGHTS_CONFLICT = "RIGHTS_CONFLICT"
    IMPERSONATION = "IMPERSONATION"
    CONTENT_MISMATCH = "CONTENT_MISMATCH"
    UNLICENSED_GENERATOR = "UNLICENSED_GENERATOR"
    VOICE_NOT_AUTHORISED = "VOICE_NOT_AUTHORISED"
    AI_SOURCE_UNLICENSED = "AI_SOURCE_UNLICENSED"
    AI_SOURCE_UNKNOWN = "AI_SOURCE_UNKNOWN"
    AI_DISCLOSURE_INCONSISTENT = "AI_DISCLOSURE_INCONSISTENT"
    SPAM = "SPAM"
    DUPLICATE = "DUPLICATE"
    ENGAGEMENT_ANOMALY = "ENGAGEMENT_ANOMALY"
    SPAM_SUSPECTED = "SPAM_SUSPECTED"
    DUPLICATE_SUSPECTED = "DUPLICATE_SUSPECTED"
    ENGAGEMENT_ANOMALY_SUSPECTED = "ENGAGEMENT_ANOMALY_SUSPECTED"
    AI_FULL = "AI_FULL"
    AI_PARTIAL = "AI_PARTIAL"
    AI_SUSPECTED = "AI_SUSPECTED"
    UNLICENSED_GENERATOR_SUSPECTED = "UNLICENSED_GENERATOR_SUSPECTED"
    AI_PERSONA = "AI_PERSONA"
    AI_UNDECLARED = "AI_UNDECLARED"
    USER_PREFERENCE = "USER_PREFERENCE"
    OK = "OK"
    NO_RULE_MATCHED = "NO_RULE_MATCHED"


@dataclass(frozen=True, slots=True)
class Reason:
    """What a code says about a recording, and what would change it: sentences for those whose music it is."""

    meaning: str
    remedy: str


REASONS = {
    ReasonCode.CONSENT_UNAVAILABLE: Reason(
        "The records about this recording could not be read, or the catalog does not have it.",
        "The operator restores the store; nothing plays on a guess meanwhile.",
    ),
    ReasonCode.TAKEDOWN_ACTIVE: Reason(
        "A take-down covers this territory and use, or its licensor withdrew it and nobody else licenses it.",
        "Whoever asked for it lifts it, or its licensor delivers the release again with a deal.",
    ),
    ReasonCode.RECOMMENDATION_DISABLED: Reason(
        "Its delivery says that it is not to be found or recommended, or not to be shown yet.",
        "The licensor delivers it again without that instruction, or its display date comes.",
    ),
    ReasonCode.OPTED_OUT: Reason(
        "The artist or a rightsholder chose that it is not recommended.",
        "Whoever chose so allows recommendation again.",
    ),
    ReasonCode.BLOCK_ACCESS: Reason(
        "A court, a legal claim or a rights claim policy keeps it out.",
        "The block is given an end, or the claim policy is delivered anew without it.",
    ),
    ReasonCode.TERRITORY_NOT_LICENSED: Reason(
        "There are deals, and the closest of them does not cover this territory.",
        "The licensor adds the territory to a deal.",
    ),
    ReasonCode.USE_NOT_LICENSED: Reason(
        "There are deals, and the closest of them does not cover this use; or a publisher denies the use of the work.",
        "The licensor adds the use (a stream) to a deal, or the publisher allows it.",
    ),
    ReasonCode.MODEL_NOT_LICENSED: Reason(
        "There are deals, and the closest of them does not cover how listeners pay here.",
        "The licensor adds the commercial model to a deal.",
    ),
    ReasonCode.DEAL_EXPIRED: Reason(
        "The deal that came closest has ended.",
        "The licensor extends it or delivers a new one.",
    ),
    ReasonCode.DEAL_NOT_STARTED: Reason(
        "The deal that comes closest has not begun.",
        "Nothing: it begins on its start date.",
    ),
    ReasonCode.NO_DEAL: Reason(
        "Nobody has given us a deal for it, or the newest delivery carries none: no deal is no deal.",
        "The licensor delivers a deal for this service.",
    ),
    ReasonCode.RIGHTS_CONFLICT: Reason(
        "Several parties claim the same right in this territory.",
        "The parties settle it, and the conflict is given an end.",
    ),
    ReasonCode.IMPERSONATION: Reason(
        "It passes itself off as another artist, as was confirmed or is strongly suspected.",
        "A review clears it, or the artist confirms that it is theirs.",
    ),
    ReasonCode.CONTENT_MISMATCH: Reason(
        "It was filed under an artist whose recording it is not, as was confirmed or is strongly suspected.",
        "The delivery is corrected, and a review clears it.",
    ),
    ReasonCode.UNLICENSED_GENERATOR: Reason(
        "It was made with an AI generator that is known to be unlicensed.",
        "A review clears it on evidence that the generator was licensed.",
    ),
    ReasonCode.VOICE_NOT_AUTHORISED: Reason(
        "It uses a person's voice or likeness, and nothing shows that they agreed.",
        "The person grants the use of their voice, or the record of its use is corrected.",
    ),
    ReasonCode.AI_SOURCE_UNLICENSED: Reason(
        "It is declared to be made with AI from sources that were not licensed.",
        "The rightsholders of the sources license them, and that is put on record.",
    ),
    ReasonCode.AI_SOURCE_UNKNOWN: Reason(
        "It is declared to be made with AI, and nothing shows that its sources or generator were licensed.",
        "The licensor puts the licence of its sources or generator on record.",
    ),
    ReasonCode.AI_DISCLOSURE_INCONSISTENT: Reason(
        "What is declared about the use of AI contradicts itself.",
        "The licensor delivers a declaration that agrees with the credits.",
    ),
    ReasonCode.SPAM: Reason(
        "It was confirmed to be spam: mass uploads, stuffed titles, or tracks cut short for payment.",
        "A review clears it.",
    ),
    ReasonCode.DUPLICATE: Reason(
        "It was confirmed to be a copy of another recording.",
        "A review clears it.",
    ),
    ReasonCode.ENGAGEMENT_ANOMALY: Reason(
        "Its plays were confirmed not to be real.",
        "A review clears it.",
    ),
    ReasonCode.SPAM_SUSPECTED: Reason(
        "It is suspected to be spam.",
        "A review clears it, or the suspicion lapses without fresh evidence.",
    ),
    ReasonCode.DUPLICATE_SUSPECTED: Reason(
        "It is suspected to be a copy of another recording.",
        "A review clears it, or the suspicion lapses without fresh evidence.",
    ),
    ReasonCode.ENGAGEMENT_ANOMALY_SUSPECTED: Reason(
        "Its plays are suspected not to be real.",
        "A review clears it, or the suspicion lapses without fresh evidence.",
    ),
    ReasonCode.AI_FULL: Reason(
        "It is declared to be made wholly with AI.",
        "A policy that lets licensed AI music play, with its label.",
    ),
    ReasonCode.AI_PARTIAL: Reason(
        "It is declared to be made partly with AI.",
        "A policy that lets licensed AI music play, with its label.",
    ),
    ReasonCode.AI_SUSPECTED: Reason(
        "Nobody declares the use of AI, or only the uploader denies it, and AI is suspected.",
        "The licensor declares what was used, a review clears it, or the suspicion lapses.",
    ),
    ReasonCode.UNLICENSED_GENERATOR_SUSPECTED: Reason(
        "It is suspected to be made with an AI generator that was not licensed.",
        "A review clears it, or the suspicion lapses without fresh evidence.",
    ),
    ReasonCode.AI_PERSONA: Reason(
        "Its performer is an AI persona, and nothing is declared about AI in the recording.",
        "The licensor declares the use of AI and the licence of its sources.",
    ),
    ReasonCode.AI_UNDECLARED: Reason(
        "Nothing is declared about AI; some policies then want evidence that people made it.",
        "The licensor declares it, the artist is verified, or a first publication before the cutoff is on record.",
    ),
    ReasonCode.USER_PREFERENCE: Reason(
        "The listener chose not to hear AI music, this artist or this label.",
        "Only the listener can change it.",
    ),
    ReasonCode.OK: Reason(
        "It is licensed and declared free of AI.",
        "Nothing needs to change.",
    ),
    ReasonCode.NO_RULE_MATCHED: Reason(
        "No rule of the policy allows it.",
        "This should not happen where a deal is valid: tell the operator.",
    ),
}
