"""Experiments: what is in force, and flags as OpenFeature's remote evaluation asks for them and hears of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, Field

from api.experiments.assignment import Assignment, AssignmentReason
from api.schemas.fields import DEFAULT_POLICY, ModelName, Name, TerritoryCode
from catalog.consent import CommercialModel
from recommender.variants import BUCKETS, Experiment


class VariantInForce(BaseModel):
    """A variant: how many of the buckets it gets, and what it changes of how everybody is answered."""

    name: str
    buckets: int
    changes: dict[str, Any]


class ExperimentInForce(BaseModel):
    """An experiment, or the holdout of a layer, as its file describes it; `version` 0 is of the form before 0.5."""

    name: str
    version: int
    layer: str
    salt: str
    state: str
    buckets: tuple[int, int]
    traffic: float
    targeting: dict[str, list[Any]]
    holdout: float
    variants: list[VariantInForce]

    @classmethod
    def of(cls, one: Experiment) -> Self:
        """Return an experiment as it is told."""
        parts = [part * BUCKETS // max(sum(one.parts), 1) for part in one.parts]
        variants = [
            VariantInForce(name=variant.name, buckets=part, changes=variant.changes)
            for variant, part in zip(one.variants, parts, strict=True)
        ]
        told = {name: getattr(one, name) for name in cls.model_fields if name != "variants"}
        return cls.model_validate({**told, "variants": variants})


class ExperimentsResponse(BaseModel):
    """The experiments in force, and why the files as they stand are not, where that is so."""

    experiments: list[ExperimentInForce]
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
