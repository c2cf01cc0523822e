"""What an app lets people choose from: names to complete, territories, policies, and what every code means."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, Field

from api.schemas.consent import ContextQuery
from api.schemas.events import Event
from api.schemas.fields import DEFAULT_POLICY, Body, Name
from api.wording import (
    AI,
    EVENTS,
    EVIDENCE,
    MODELS,
    POLARITIES,
    POLICY_CHOICES,
    POLICY_DESCRIPTIONS,
    USES,
    WITHHELD,
    policy_words,
)
from catalog.consent import REASONS, ConsentSettings, Preset, ReasonCode, Verdict, verdicts_of
from catalog.names import search_form
from recommender.indexes.completions import Completion
from recommender.playlists import REASON_CODES
from recommender.prompts.wishes import WISH_VALUES
from recommender.sentences import CONTRADICTIONS, NOT_UNDERSTOOD, SHORTFALLS

MAX_TYPED, MAX_COMPLETIONS = 100, 50


def _searchable(typed: str) -> str:
    if not 1 <= len(form := search_form(typed)) <= MAX_TYPED:
        raise ValueError(f"has {len(form)} characters that can be looked for; type 1 to {MAX_TYPED}")
    return typed


class NothingQuery(Body):
    """No parameters: one that is sent all the same is a mistake."""


class CompletionQuery(ContextQuery):
    """What was typed, and for whom it is completed."""

    q: Annotated[Name, AfterValidator(_searchable)] = Field(
        description=f"the beginning of a name or of a word in it: 1 to {MAX_TYPED} characters once accents, case, signs and a "
        'leading "the" are folded',
        examples=["sigur ro"],
    )
    limit: int = Field(10, ge=1, le=MAX_COMPLETIONS, strict=False, description="names at most")


class CompletionsResponse(BaseModel):
    """The names that fit best: whole ones, then what begins so, then where a word does; none where consent cannot be read."""

    completions: list[Completion]


class TerritoryResponse(BaseModel):
    """A territory, its English name, and how many tracks may be recommended there now by default."""

    code: str = Field(description="ISO 3166-1 alpha-2", examples=["DE"])
    name: str
    tracks: int


class TerritoriesResponse(BaseModel):
    """All territories, those with most tracks first."""

    territories: list[TerritoryResponse]


class PolicyResponse(BaseModel):
    """A policy that requests may name, what it lets play, and how a listener chooses it.

    `preset` is the column of the policy table that it reads, by which `codes` tell what a reason leads to.
    """

    name: str
    description: str
    choice: str
    preset: Literal["human_only", "strict", "labelled_ai"]
    default: bool


class PoliciesResponse(BaseModel):
    """The policies that this server offers."""

    policies: list[PolicyResponse]

    @classmethod
    def of(cls, consent: ConsentSettings) -> Self:
        """Return the policies that an operator's settings offer."""
        descriptions = POLICY_DESCRIPTIONS | dict(consent.descriptions)
        return cls.model_validate(
            {
                "policies": [
                    {
                        "name": name,
                        "description": descriptions[name],
                        "choice": POLICY_CHOICES.get(name, policy_words(name)),
                        "preset": consent.policies[name].preset.name.lower(),
                        "default": name == DEFAULT_POLICY,
                    }
                    for name in consent.offered
                ]
            }
        )


class CodeResponse(BaseModel):
    """A code and what it means; of a kind of wish, what values it takes."""

    code: str
    meaning: str


class ReasonCodeResponse(CodeResponse):
    """A reason of a decision, also in a few `words`, what would change it, and the `verdicts` that it may lead to, by preset.

    Of all reasons of a track the most restrictive decides.
    """

    code: ReasonCode
    words: str
    remedy: str
    verdicts: dict[Literal["human_only", "strict", "labelled_ai"], list[Verdict]]


class CodesResponse(BaseModel):
    """Every code that requests and answers hold; `{placeholders}` of a meaning take the code's values in their order."""

    reasons: list[ReasonCodeResponse]
    commercial_models: list[CodeResponse]
    use_types: list[CodeResponse]
    events: list[CodeResponse]
    wishes: list[CodeResponse]
    polarities: list[CodeResponse]
    ai_labels: list[CodeResponse]
    track_reasons: list[CodeResponse]
    not_understood: list[CodeResponse]
    contradictions: list[CodeResponse]
    shortfalls: list[CodeResponse]
    evidence: list[CodeResponse]

    @classmethod
    def all(cls) -> Self:
        """Return the codes as the tables have them."""
        tables: dict[str, Mapping[Any, str]] = {
            "commercial_models": MODELS,
            "use_types": USES,
            "events": {kind: EVENTS[kind] for kind in get_args(Event.model_fields["kind"].annotation)},
            "wishes": WISH_VALUES,
            "polarities": POLARITIES,
            "ai_labels": AI,
            "track_reasons": REASON_CODES,
            "not_understood": NOT_UNDERSTOOD,
            "contradictions": CONTRADICTIONS,
            "shortfalls": SHORTFALLS,
            "evidence": EVIDENCE,
        }
        reasons = [
            {
                "code": code,
                "meaning": reason.meaning,
                "words": WITHHELD[code],
                "remedy": reason.remedy,
                "verdicts": {preset.name.lower(): verdicts_of(code, preset) for preset in Preset},
            }
            for code, reason in REASONS.items()
        ]
        told = {name: [{"code": code, "meaning": table[code]} for code in table] for name, table in tables.items()}
        return cls.model_validate({"reasons": reasons, **told})
