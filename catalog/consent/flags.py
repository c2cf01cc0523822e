"""Suspicions and take-downs: what somebody holds against a recording, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from catalog.consent.rights import ALWAYS, ANYWHERE, Period, TerritoryScope, UseType


class FlagKind(StrEnum):
    """What is suspected or confirmed."""

    SPAM_VOLUME = "spam_volume"
    DUPLICATE = "duplicate"
    TITLE_STUFFING = "title_stuffing"
    SHORT_TRACK_GAMING = "short_track_gaming"
    IMPERSONATION = "impersonation"
    CONTENT_MISMATCH = "content_mismatch"
    CONSUMER_ENGAGEMENT_ANOMALY = "consumer_engagement_anomaly"
    USER_ACCOUNT_ANOMALY = "user_account_anomaly"
    AI_SUSPECTED = "ai_suspected"
    DISCLOSURE_INCONSISTENT = "disclosure_inconsistent"
    UNLICENSED_GENERATOR = "unlicensed_generator"


class FlagMode(StrEnum):
    """What the flags of one source may do: be counted only, put a label on, or withhold as the policy says."""

    OBSERVE = "observe"
    LABEL = "label"
    WITHHOLD = "withhold"


class FlagState(StrEnum):
    """How far the suspicion was looked into. A cleared flag does not reopen without new evidence."""

    OPEN = "open"
    UNDER_REVIEW = "under_review"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    EXPIRED = "expired"


SUSPICION_LASTS = timedelta(days=90)
"""An open flag without an expiry of its own lapses after this long: suspicion is never a fact."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A suspicion about a recording. `score` lies in [0, 1]; None was entered by a person and counts in full."""

    kind: FlagKind
    state: FlagState
    score: float | None = None
    expires_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the suspicion stands, neither confirmed nor cleared."""
        return self.state in (FlagState.OPEN, FlagState.UNDER_REVIEW)


@dataclass(frozen=True, slots=True)
class Takedown:
    """A demand to stop using a recording, in force over `period` (from when it took effect until it was lifted).

    `withdrawn_by` names a licensor who withdrew the recording with a delivery (ERN 3 TakeDown, a purge): that ends the
    licensor's own deals, which the delivery replaced, and says why; a deal of somebody else still licenses the recording.
    """

    territories: TerritoryScope = ANYWHERE
    use_types: frozenset[UseType] = frozenset()
    period: Period = ALWAYS
    reason: str | None = None
    withdrawn_by: str | None = None
