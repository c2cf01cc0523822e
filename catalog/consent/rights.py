"""Deals, grants, derivations, blocks and parties: who may use a recording, where, how and when.

Names follow DDEX (ERN 4.3.2 and its allowed value sets). A field that is None or empty covers everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from catalog.tracks import WORLDWIDE, Territory


class UseType(StrEnum):
    """DDEX UseType, the values that matter to a recommender."""

    ON_DEMAND_STREAM = "OnDemandStream"
    NON_INTERACTIVE_STREAM = "NonInteractiveStream"
    CONTENT_INFLUENCED_STREAM = "ContentInfluencedStream"
    TIME_INFLUENCED_STREAM = "TimeInfluencedStream"
    STREAM = "Stream"
    CONDITIONAL_DOWNLOAD = "ConditionalDownload"
    PERMANENT_DOWNLOAD = "PermanentDownload"
    TRAINING_GENERATIVE_AI = "UseForTrainingGenerativeAI"
    TRAINING_NON_GENERATIVE_AI = "UseForTrainingNonGenerativeAI"
    DATA_MINING = "UseForDataMining"

    def covers(self, use: "UseType") -> bool:
        """Whether a licence for this use licenses `use`: `Stream` is the parent of the four kinds of stream."""
        return self is use or (self is UseType.STREAM and use.value.endswith("Stream"))


class CommercialModel(StrEnum):
    """DDEX CommercialModelType."""

    ADVERTISEMENT_SUPPORTED = "AdvertisementSupportedModel"
    AS_PER_CONTRACT = "AsPerContract"
    DEVICE_FEE = "DeviceFeeModel"
    FREE_OF_CHARGE = "FreeOfChargeModel"
    PAY_AS_YOU_GO = "PayAsYouGoModel"
    PERFORMANCE_ROYALTIES = "PerformanceRoyaltiesModel"
    RIGHTS_CLAIM = "RightsClaimModel"
    SUBSCRIPTION = "SubscriptionModel"
    USER_DEFINED = "UserDefined"


@dataclass(frozen=True, slots=True)
class TerritoryScope:
    """The territories that a record names: `included` or `excluded`, never both; both empty means worldwide.

    Raises ValueError when both are given, as the DDEX schema does.
    """

    included: frozenset[Territory] = frozenset()
    excluded: frozenset[Territory] = frozenset()

    def __post_init__(self) -> None:
        if self.included and self.excluded:
            raise ValueError("territories and excluded_territories cannot both be given")

    @classmethod
    def named(cls, included: Iterable[Territory], excluded: Iterable[Territory] = ()) -> Self:
        """Return the scope of codes, of which `Worldwide` among the included ones stands for no limit."""
        codes = frozenset(included)
        return cls(frozenset() if WORLDWIDE in codes else codes, frozenset(excluded))

    def covers(self, territory: Territory) -> bool:
        """Whether `territory` lies in this scope."""
        return territory in self.included if self.included else territory not in self.excluded


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open interval [start, end) of UTC instants; None leaves a side open.

    Raises ValueError when the end lies before the start.
    """

    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"the end {self.end.isoformat()} lies before the start {self.start.isoformat()}")

    def covers(self, at: datetime) -> bool:
        """Whether `at` lies in this period."""
        return not self.begins_after(at) and not self.ended_by(at)

    def begins_after(self, at: datetime) -> bool:
        """Whether this period is still to come at `at`."""
        return self.start is not None and at < self.start

    def ended_by(self, at: datetime) -> bool:
        """Whether this period is over at `at`."""
        return self.end is not None and at >= self.end


ANYWHERE = TerritoryScope()
ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class Deal:
    """A licence to use a recording (DDEX DealTerms).

    `channels` are the services that it is for (DDEX DistributionChannel), or those that it is not for; services are named by
    their DPID. Raises ValueError when both are given, as the DDEX schema does.
    """

    territories: TerritoryScope = ANYWHERE
    use_types: frozenset[UseType] = frozenset()
    commercial_models: frozenset[CommercialModel] = frozenset()
    period: Period = ALWAYS
    licensor: str | None = None
    channels: frozenset[str] = frozenset()
    excluded_channels: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.channels and self.excluded_channels:
            raise ValueError("channels and excluded_channels cannot both be given")

    def is_for(self, service_dpid: str | None) -> bool:
        """Whether it is a deal for the service of this DPID; one without a DPID is in no list of them."""
        return service_dpid in self.channels if self.channels else service_dpid not in self.excluded_channels


def covers_use(named: frozenset[UseType], use: UseType) -> bool:
    """Whether a set of uses covers `use`; an empty one covers them all."""
    return not named or any(one.covers(use) for one in named)


def covers_model(named: frozenset[CommercialModel], model: CommercialModel) -> bool:
    """Whether a set of commercial models covers `model`; an empty one covers them all."""
    return not named or model in named


class GrantedUse(StrEnum):
    """What a grant speaks about.

    `ai_source`: the licence of what an AI recording was made from. `voice`: the use of a person's voice or likeness.
    `training`: may we learn from it. `recommendation`: the choice of artist or rightsholder to be recommended at all.
    `ai_placement`: their choice to stand beside AI music in a list.
    """

    AI_SOURCE = "ai_source"
    VOICE = "voice"
    TRAINING = "training"
    RECOMMENDATION = "recommendation"
    AI_PLACEMENT = "ai_placement"


class GrantState(StrEnum):
    """Three-valued consent (AIPREF) and CAWG's `constrained`, which without terms counts as not allowed."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not_allowed"
    CONSTRAINED = "constrained"
    UNKNOWN = "unknown"

    @property
    def refuses(self) -> bool:
        """Whether it refuses; constrained without terms counts as refused (CAWG)."""
        return self in (GrantState.NOT_ALLOWED, GrantState.CONSTRAINED)


@dataclass(frozen=True, slots=True)
class Grant:
    """Consent to one use, given or refused by an artist or rightsholder."""

    use: GrantedUse
    state: GrantState
    territories: TerritoryScope = ANYWHERE
    period: Period = ALWAYS


class Relation(StrEnum):
    """How a recording derives from another recording, work or person: DDEX ResourceRelationshipType and three of ours."""

    CONTAINS_SAMPLES_FROM = "ContainsSamplesFrom"
    HAS_CONTENT_FROM = "HasContentFrom"
    IS_COVER_OF = "IsCoverOf"
    IS_EDITED_VERSION_OF = "IsEditedVersionOf"
    IS_SPED_UP_OF = "IsSpedUpOf"
    IS_SLOWED_DOWN_OF = "IsSlowedDownOf"
    IS_SAMPLED_BY = "IsSampledBy"
    GENERATED_FROM = "generated_from"
    VOICE_OF = "voice_of"
    STYLE_OF = "style_of"


@dataclass(frozen=True, slots=True)
class Derivation:
    """What a recording was made from, and whether that source licensed it."""

    relation: Relation
    licence_state: GrantState = GrantState.UNKNOWN
    source_party: str | None = None
    source_track: str | None = None


class BlockReason(StrEnum):
    """Why a recording is kept out apart from its deals."""

    LEGAL = "legal"
    RIGHTS_CONFLICT = "rights_conflict"
    DISABLE_SEARCH = "disable_search"


@dataclass(frozen=True, slots=True)
class Block:
    """A legal block (RightsClaimPolicy BlockAccess too), an open conflict of rights, or DDEX's DisableSearch."""

    reason: BlockReason
    territories: TerritoryScope = ANYWHERE
    use_types: frozenset[UseType] = frozenset()
    commercial_models: frozenset[CommercialModel] = frozenset()
    period: Period = ALWAYS


class ClaimLevel(StrEnum):
    """What a claim is on: the recording, or the musical work that it performs."""

    RECORDING = "recording"
    WORK = "work"


class ControllerRole(StrEnum):
    """DDEX RightsControllerRole."""

    ADMINISTRATING_RECORD_COMPANY = "AdministratingRecordCompany"
    LOCAL_PAYEE = "LocalPayee"
    RIGHTS_ADMINISTRATOR = "RightsAdministrator"
    RIGHTS_CONTROLLER = "RightsController"
    RIGHTS_HOLDER = "RightsHolder"
    ROYALTY_ADMINISTRATOR = "RoyaltyAdministrator"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class RightsClaim:
    """Who says to control a right (DDEX ResourceRightsController and WorkRightsController), and for which uses.

    `share` lies in [0, 100] percent, None where it is not known. `state` is the controller's word on the uses: a claim on
    the work that does not allow a use denies it; all else is on record to be shown.
    """

    controller: str
    level: ClaimLevel = ClaimLevel.RECORDING
    role: ControllerRole = ControllerRole.UNKNOWN
    share: float | None = None
    territories: TerritoryScope = ANYWHERE
    use_types: frozenset[UseType] = frozenset()
    period: Period = ALWAYS
    state: GrantState = GrantState.UNKNOWN


class PartyKind(StrEnum):
    """What a party is."""

    PERSON = "person"
    GROUP = "group"
    ORGANISATION = "organisation"
    AI_PERSONA = "ai_persona"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Party:
    """A performer: what kind of party, and whether a human was verified behind the name.

    `ids` are pairs of scheme and value, sorted: isni, ipn, ipi, dpid.
    """

    party_kind: PartyKind = PartyKind.UNKNOWN
    verified_human: bool = False
    name: str | None = None
    ids: tuple[tuple[str, str], ...] = ()
