"""Field types that the bodies share: texts, names, codes and instants, each checked as it is read."""

import unicodedata
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from catalog.consent import CommercialModel
from catalog.instants import instant_text, parse_instant
from catalog.tracks import parse_territory, parse_territory_or_worldwide
from recommender.requests import MAX_PROMPT_CHARACTERS

MAX_IDS = 1000

DEFAULT_POLICY = "strict"


def _sendable(text: str) -> str:
    """Refuse lone surrogates, which JSON can write and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("is not valid Unicode: it has half of a surrogate pair") from error
    return text


def _short_enough(text: str) -> str:
    """Limit a prompt by its normalised form too: one of 2,000 characters may grow to 36,000."""
    longest = max(len(text), len(unicodedata.normalize("NFKC", text)))
    if longest > MAX_PROMPT_CHARACTERS:
        raise ValueError(f"has {longest:,} characters; a prompt may have {MAX_PROMPT_CHARACTERS:,}")
    return text


def _known_model(name: str) -> str:
    if name not in set(CommercialModel):
        raise ValueError(f"{name!r} is not a commercial model; there are {', '.join(CommercialModel)}")
    return name


def _readable_instant(text: str) -> str:
    parse_instant(text)
    return text


def _written(value: object) -> object:
    return instant_text(value) if isinstance(value, datetime) else value


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number: JSON knows no difference between 2 and 2.0."""

WholeOrNone = Annotated[int | None, BeforeValidator(_whole)]
"""A whole number that may be left out. Of limits on `Whole | None` no JSON schema would be made."""

Text = Annotated[str, AfterValidator(_sendable)]

Prompt = Annotated[Text, AfterValidator(_short_enough), Field(max_length=MAX_PROMPT_CHARACTERS)]
"""What a listener says, up to 2,000 characters also after normalisation (NFKC); it may be empty where something else speaks."""

Name = Annotated[Text, Field(min_length=1, max_length=200)]

Names = Annotated[list[Name], Field(max_length=MAX_IDS)]

TerritoryCode = Annotated[Text, Field(pattern="^[A-Za-z]{2}$", examples=["DE"]), AfterValidator(parse_territory)]

ScopeCode = Annotated[
    Text,
    Field(pattern="^([A-Za-z]{2}|[Ww][Oo][Rr][Ll][Dd][Ww][Ii][Dd][Ee])$"),
    AfterValidator(parse_territory_or_worldwide),
]

ModelName = Annotated[
    Text,
    AfterValidator(_known_model),
    Field(description="how the listener pays", json_schema_extra={"enum": list(CommercialModel)}),
]

InstantText = Annotated[Text, AfterValidator(_readable_instant), Field(max_length=40)]
"""ISO 8601; without an offset it is UTC."""


UtcInstant = Annotated[str, BeforeValidator(_written)]
"""ISO 8601 in UTC, ending in Z; an instant is written so."""


class Body(BaseModel):
    """The fields that a request may contain, and nothing else: no conversions, no unknown fields, only finite numbers."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
