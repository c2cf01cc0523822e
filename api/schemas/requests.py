"""Requests for playlists: what a listener may ask, and what may be changed of a list."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import ConfigDict, Field, StrictBool, StrictInt, model_validator
from pydantic.config import JsonDict

from api.schemas.fields import (
    DEFAULT_POLICY,
    Body,
    ModelName,
    Name,
    Names,
    Prompt,
    TerritoryCode,
    Text,
    Whole,
    WholeOrNone,
)
from api.wording import HIDE_AI, POLICY_DESCRIPTIONS
from catalog.consent import CommercialModel, Preferences
from catalog.tracks import Territory, TrackId
from recommender.prompts.corrections import KINDS, POLARITIES, Correction, refused
from recommender.prompts.wishes import DEFAULT_LENGTH, WISH_VALUES
from recommender.requests import MAX_LENGTH, MAX_MINUTES, MAX_PROMPT_CHARACTERS, MAX_SEED, PlaylistRequest

MAX_HISTORY = 50

MAX_CORRECTIONS = 100

OVERRIDES = (
    "`experiment=variant`, several with commas between them, or a variant's name that one experiment alone has: answers as these "
    "say and counts in no analysis; needs a key of scope `experiments`"
)

MAX_VALUE = 1e6
"""No year, tempo or duration is beyond it, either way."""


class PreferencesBody(Body):
    """What a listener never wants to hear: music labelled as made with AI, artists, labels."""

    hide_ai: bool = Field(default=False, description=HIDE_AI)
    blocked_artists: Names = Field(default=[])
    blocked_labels: Names = Field(default=[])

    def to_preferences(self) -> Preferences:
        """Return them in the policy's terms."""
        return Preferences(self.hide_ai, frozenset(self.blocked_artists), frozenset(self.blocked_labels))


Words = Annotated[Text, Field(min_length=1, max_length=5 * MAX_PROMPT_CHARACTERS)]
"""Names or words as an interpretation tells them: a topic may be longer than its prompt, which it tells in English."""

Value = (
    StrictBool
    | Annotated[StrictInt, Field(ge=-MAX_VALUE, le=MAX_VALUE)]
    | Annotated[float, Field(ge=-MAX_VALUE, le=MAX_VALUE)]
    | Words
    | Annotated[
        list[Annotated[float, Field(ge=-MAX_VALUE, le=MAX_VALUE)] | Words | None], Field(min_length=2, max_length=2)
    ]
)
"""What a wish takes depends on its kind, as `GET /v1/catalog/codes` tells."""


Kind = Annotated[Text, Field(json_schema_extra={"enum": list(KINDS)})]


Unread = Annotated[Any, Field(description="as an answer tells it; it is not read")]


class ToldBody(Body):
    """What an entry of an answer's `interpretation` tells beside its wish, so that it may be sent back whole."""

    text: Unread = None
    unverified: Unread = None
    unmet: Unread = None
    role: Unread = None
    span: Unread = None
    said: Unread = None


class DropBody(ToldBody):
    """What was read and is not to count: all wishes of a kind, or the one of this value; an entry of `interpretation` is one."""

    kind: Kind
    value: Value | None = None
    polarity: Unread = None
    hard: Unread = None

    @model_validator(mode="after")
    def _can_be_dropped(self) -> Self:
        return _checked(self, Correction(self.kind, self.value, drop=True))


class WishBody(ToldBody):
    """A wish as `interpretation` has it, whose entries change nothing. Names, tags and titles may be as people write them."""

    kind: Kind = Field(examples=["energy"])
    value: Value = Field(
        examples=["low"], description="; ".join(f"{kind}: {words}" for kind, words in WISH_VALUES.items())
    )
    polarity: Annotated[Text, Field(json_schema_extra={"enum": list(POLARITIES)})] = "want"
    hard: bool = Field(False, description="whether it must hold for every track")

    @model_validator(mode="after")
    def _can_be_wished_for(self) -> Self:
        return _checked(self, Correction(self.kind, self.value, self.polarity, self.hard))


Said = TypeVar("Said", bound=Body)


def _checked(body: Said, correction: Correction) -> Said:
    if wrong := refused(correction):
        raise ValueError(": ".join(wrong))
    return body


class KeepBody(Body):
    """A track and the place, from 1, in which it stands."""

    track_id: Name
    position: Whole = Field(ge=1, le=MAX_LENGTH)


Wishes = Annotated[list[WishBody], Field(max_length=MAX_CORRECTIONS)]
Drops = Annotated[list[DropBody], Field(max_length=MAX_CORRECTIONS)]
Keeps = Annotated[list[KeepBody], Field(max_length=MAX_LENGTH)]


def corrections_of(drop: Sequence[DropBody], wishes: Sequence[WishBody], turn: int) -> tuple[Correction, ...]:
    """Return what a person says of the prompt that has `turn` others before it: first what goes, then what comes."""
    gone = (Correction(one.kind, one.value, drop=True, turn=turn) for one in drop)
    come = (Correction(one.kind, one.value, one.polarity, one.hard, turn=turn) for one in wishes)
    return (*gone, *come)


EXAMPLE: JsonDict = {
    "prompt": "rainy sunday jazz, no vocals",
    "minutes": 45,
    "territory": "DE",
    "policy": "strict",
    "commercial_model": CommercialModel.FREE_OF_CHARGE.value,
    "wishes": [{"kind": "energy", "value": "low"}],
    "preferences": {"hide_ai": True},
    "seed": 7,
}


class PlaylistBody(Body):
    """A listener's wish. `length` or `minutes` decide over the prompt's own words, minutes over a length; else it is 20 tracks."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    prompt: Prompt = Field(
        "",
        description="what the listener would like to hear; it may be left out beside `seed_tracks`, `liked_tracks`, `wishes` or `keep`",
    )
    length: WholeOrNone = Field(
        None, ge=1, le=MAX_LENGTH, description=f"tracks; {DEFAULT_LENGTH} where nothing else says"
    )
    minutes: float | None = Field(
        None, ge=1, le=MAX_MINUTES, description="how long the list lasts; beside it `length` decides nothing"
    )
    territory: TerritoryCode | None = Field(None, description="where it will be heard; the service's own if not given")
    policy: Name = Field(
        DEFAULT_POLICY,
        examples=["strict", "labelled_ai", "human_only", "editorial_safe"],
        description="\n\n".join(f"`{name}`: {words}" for name, words in POLICY_DESCRIPTIONS.items()),
    )
    commercial_model: ModelName = CommercialModel.FREE_OF_CHARGE.value
    user_id: Name | None = Field(None, description="opens this listener's history; needs a key of scope `personal`")
    unit: Name | None = Field(None, description="whom to assign to an experiment's variant; it opens nothing")
    seed_tracks: Names = Field(default=[], description="ids of tracks that the list shall be like")
    liked_tracks: Names = Field(
        default=[], description="ids of tracks that the listener likes, which do not come again"
    )
    disliked_tracks: Names = Field(
        default=[], description="ids of tracks that shall not be in the list, and what is like them sinks"
    )
    history: Annotated[list[Prompt], Field(max_length=MAX_HISTORY)] = Field(
        default=[], description="earlier prompts of the conversation, the oldest first; the last three are read"
    )
    previous_tracks: Names = Field(
        default=[], description="the list before, in its order: what 'louder' and 'the first one' speak of"
    )
    exclude_tracks: Names = Field(default=[], description="ids of tracks that shall not be in the list")
    exclude_artists: Names = Field(default=[], description="names of artists of whom nothing shall be in the list")
    seed: Whole = Field(0, ge=0, lt=MAX_SEED + 1, description="0 is the best list, others are about as good")
    variant: Name | None = Field(None, description=OVERRIDES)
    withheld: bool = Field(True, description="whether to count what consent kept out")
    relax: bool = Field(True, description="whether to count what a short list would gain without each wish")
    wishes: Wishes = Field(default=[], description="wishes beside the words, or in place of how they were understood")
    drop: Drops = Field(default=[], description="what of the words is not to count, as interpretations tell it")
    keep: Keeps = Field(default=[], description="tracks that stand in a place, whatever comes around them")
    preferences: PreferencesBody = Field(PreferencesBody(), description="what the listener never wants to hear")

    def to_request(self, territory: Territory) -> PlaylistRequest:
        """Return the recommender's request; `territory` counts where none was given."""
        return PlaylistRequest(
            prompt=self.prompt,
            territory=self.territory or territory,
            length=self.length,
            minutes=self.minutes,
            policy=self.policy,
            commercial_model=CommercialModel(self.commercial_model),
            user_id=self.user_id,
            seed_tracks=tuple(map(TrackId, self.seed_tracks)),
            liked_tracks=tuple(map(TrackId, self.liked_tracks)),
            disliked_tracks=tuple(map(TrackId, self.disliked_tracks)),
            history=tuple(self.history),
            previous_tracks=tuple(map(TrackId, self.previous_tracks)),
            exclude_tracks=tuple(map(TrackId, self.exclude_tracks)),
            exclude_artists=tuple(self.exclude_artists),
            seed=self.seed,
            withheld=self.withheld,
            preferences=self.preferences.to_preferences(),
            corrections=corrections_of(self.drop, self.wishes, turn=len(self.history)),
            keep=tuple((place.position, TrackId(place.track_id)) for place in self.keep),
            relax=self.relax,
        )


class RefineBody(Body):
    """A change of a list in words, by wishes, or both. What it does not speak of stays as it was."""

    prompt: Prompt = Field("", examples=["a bit calmer, and no drums"], description="a follow-up")
    wishes: Wishes = Field(default=[], description="wishes beside the words, or in place of how they were understood")
    drop: Drops = Field(default=[], description="what of the words is not to count, as interpretations tell it")
    keep: Names = Field(default=[], description="tracks of the list that stay where they stand from now on")
    release: Names = Field(default=[], description="tracks that were kept and need not stay any more")
    remove: Names = Field(default=[], description="tracks that go, and never come back into this list")
    more: Names = Field(default=[], description="tracks of which there shall be more like: they stay where they stand")
    less: Names = Field(default=[], description="tracks that go for good, and what is like them sinks")
    block: Names = Field(default=[], description="names of artists who are never heard in this list from now on")
    seed: WholeOrNone = Field(None, ge=0, lt=MAX_SEED + 1, description="another seed; as before if not given")


class SwapBody(Body):
    """The place of a list that another track shall have."""

    position: Whole = Field(ge=1, le=MAX_LENGTH, description="the place of the track that goes")


class ReorderBody(Body):
    """The tracks of a list in their new order, each once."""

    track_ids: Annotated[list[Name], Field(min_length=1, max_length=MAX_LENGTH)] = Field(
        description="the ids of all tracks of the list, in their new order"
    )


class RestoreBody(Body):
    """The version that a list is to be again."""

    version: Whole = Field(ge=1, lt=MAX_SEED + 1, description="the number of a version, from 1")


class ChangeBody(Body):
    """What a list is called, how it looks and how it lives. What is not given stays."""

    title: Annotated[Text, Field(min_length=1, max_length=200)] | None = Field(
        None, description="what it is called, in up to 200 characters"
    )
    sentence: Annotated[Text, Field(max_length=300)] | None = Field(
        None, description="one line about it, in up to 300 characters; empty for what its tracks tell"
    )
    cover: WholeOrNone = Field(None, ge=0, le=9999, description="which drawing stands for it")
    kept: bool | None = Field(None, description="kept lists never expire; a key may keep as many as its quota says")
    refresh: Literal["never", "daily", "weekly"] | None = Field(
        None, description="whether the list is made anew, at the first reading of a day or week; kept tracks stay"
    )
