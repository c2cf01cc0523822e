"""Experiments: what is in force, and flags as OpenFeature's remote evaluation asks for them and hears of them."""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import BaseModel, Field

from api.experiments.assignment import Assignment, AssignmentReason
from api.schemas.fields import DEFAULT_POLICY, ModelName, Name, TerritoryCode
from catalog.consent import CommercialModel
from recommender.variants import Experiment


class ExperimentsResponse(BaseModel):
    """The experiments in force, and why the files as they stand are not, where that is so."""

    experiments: Sequence[Experiment]
    refused: str | None = None


class FlagContext(BaseModel):
    """Whom a flag is evaluated for (`targetingKey`: the listener or unit), and what their requests say; the rest counts for nothing."""

    targeting_key: Name = Field(alias="targetingKey")
    territory: TerritoryCode | None = Field(None, description="the service's own if not given")
    commercial_model: ModelName = CommercialModel.FREE_OF_CHARGE.value
    policy: Name = DEFAULT_POLICY
    named: bool = True


class FlagBody(BaseModel):
    """What OpenFeature clients send."""

    context: FlagContext


class FlagResponse(BaseModel):
    """An experiment as a flag: its value is the name of the variant; without one the caller's own default counts."""

    key: str
    value: str | None = None
    variant: str
    reason: str
    metadata: Mapping[str, str | int]

    @classmethod
    def of(cls, got: Assignment) -> Self:
        """Return an assignment in OpenFeature's words, which know no holdout."""
        return cls(
            key=got.experiment,
            value=got.variant if got.counted else None,
            variant=got.variant,
            reason=AssignmentReason.SPLIT if got.counted else got.reason,
            metadata={"version": got.version, "layer": got.layer, "bucket": got.bucket},
        )


class FlagsResponse(BaseModel):
    """All experiments as flags."""

    flags: Sequence[FlagResponse]
