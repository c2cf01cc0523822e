"""Events: what a listener did with an answer, and how many of them counted."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from api.schemas.fields import Body, InstantText, Name, Text, WholeOrNone
from recommender.requests import MAX_LENGTH

MAX_EVENTS = 500

MAX_EVENTS_BYTES = 256 * 1024
"""Of a body of events: 500 of about 500 bytes."""


EventKind = Literal[
    "play", "skip", "save", "remove", "swap", "lock", "like", "dislike", "export", "share", "block", "report"
]


class Event(Body):
    """What a listener did with a track of an answer, or with the answer."""

    event_id: Name = Field(
        description="made by the sender, unique within its request: sent again under it an event counts once"
    )
    request_id: Name = Field(description="`request_id` of the answer")
    event_token: Annotated[str, Field(max_length=64)] = Field(
        "", description="`event_token` of the answer; who has a key of scope `events` needs none"
    )
    kind: EventKind
    at: InstantText | None = Field(
        None, description="when it happened, not before the answer; in UTC where it has no offset; now if not given"
    )
    track_id: Name | None = Field(None, description="a track of that answer")
    position: WholeOrNone = Field(None, ge=1, le=MAX_LENGTH, description="where it stood in that answer")
    value: float | None = Field(None, description="seconds heard, a rating: whatever the kind is measured in")
    reason: Literal["wrong", "ai", "not_licensed", "offensive", "other"] | None = Field(
        None, description="why it is reported"
    )
    text: Annotated[Text, Field(max_length=500)] | None = Field(None, description="a line about a report")

    @model_validator(mode="after")
    def _only_reports_say_why(self) -> Self:
        if self.kind != "report" and (self.reason is not None or self.text is not None):
            raise ValueError("only a report has a reason and a text")
        return self


class EventsBody(Body):
    """Events, or one event by itself."""

    events: Annotated[list[Event], Field(min_length=1, max_length=MAX_EVENTS)] = Field(
        description=f"what listeners did with answers; the body has {MAX_EVENTS_BYTES:,} bytes at most"
    )

    @model_validator(mode="before")
    @classmethod
    def _one_by_itself(cls, body: Any) -> Any:
        return {"events": [body]} if isinstance(body, dict) and "event_id" in body else body


class EventsResponse(BaseModel):
    """How many events were new, how many had come before, and the ids of those whose request nobody knows."""

    recorded: int
    duplicate: int
    unknown_request: int
    unknown_request_events: list[str]
