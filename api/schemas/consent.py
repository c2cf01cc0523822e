"""Consent: a track and the story of its consent, and the records, take-downs and deliveries that change it."""

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal, Self, get_type_hints

from pydantic import BaseModel, Field, create_model
from pydantic.dataclasses import dataclass

from api.schemas.fields import (
    DEFAULT_POLICY,
    MAX_IDS,
    Body,
    InstantText,
    ModelName,
    Name,
    ScopeCode,
    TerritoryCode,
    Text,
)
from api.schemas.tracks import BasisResponse, basis_of
from catalog.consent import (
    REASONS,
    CommercialModel,
    ConsentRecord,
    Event,
    Happening,
    Reached,
    ReasonCode,
    Spoken,
    Story,
    SubjectKind,
    TerritoryScope,
    Turn,
    is_confidential,
    openly,
    period_of,
    terms_to_json,
    withholding,
)
from catalog.importers.ern.messages import Message
from catalog.importers.ern.values import Problem
from catalog.instants import instant, instant_text
from catalog.stores import DeliveryChanges
from catalog.tracks import TERRITORIES, Track

_DESCRIBED = (
    *("track_id", "isrc", "title", "artist", "artist_id", "album", "label", "year", "duration_s"),
    *("genres", "moods", "instruments", "tags", "tempo_bpm", "energy", "valence"),
    *("explicit", "instrumental", "language", "licence"),
)

_TYPES = get_type_hints(Track)
_FIELDS: dict[str, Any] = {name: (_TYPES[name], ...) for name in _DESCRIBED}

TrackDescription: type[BaseModel] = create_model(
    "TrackDescription",
    __doc__='A track as the catalog describes it; null or an empty list is "not known".',
    **_FIELDS,
)


class ContextQuery(Body):
    """For whom something is decided: by default for a listener here."""

    territory: TerritoryCode | None = Field(None, description="the service's own if not given")
    policy: Name = Field(
        DEFAULT_POLICY,
        examples=["strict", "labelled_ai", "human_only", "editorial_safe"],
        description="the rules of what may be recommended",
    )
    commercial_model: ModelName = CommercialModel.FREE_OF_CHARGE.value


class ConsentQuery(ContextQuery):
    """A context to decide in, and what is known: all by default as a listener here and now would meet it."""

    at: InstantText | None = Field(
        None, examples=["2026-01-31T12:00:00Z"], description="when it would be played; `known_at`, or now, if not given"
    )
    known_at: InstantText | None = Field(
        None, examples=["2026-01-31T12:00:00Z"], description="answer by what was on record then; now if not given"
    )


class ReasonResponse(BaseModel):
    """A row of the policy table that matched. `withholds` says whether it keeps the track out: then `remedy` is called for."""

    code: ReasonCode
    withholds: bool
    meaning: str
    remedy: str


class MessageResponse(BaseModel):
    """The delivery (DDEX message) that brought a record, or replaced it."""

    sender: str
    message_id: str
    created_at: str

    @classmethod
    def of(cls, message: Spoken | None) -> Self | None:
        """Return a message, None for none."""
        return (
            None
            if message is None
            else cls(
                sender=message.sender,
                message_id=message.message_id,
                created_at=instant_text(instant(message.created_at)),
            )
        )


class RecordResponse(BaseModel):
    """A consent record: what it speaks about, who said it, when we came to know it, and what it states.

    `states` is the JSON form of imports, without scores and free texts. `about` says whether it is on the track itself or
    on all recordings of an artist, label or release. `source` is null where it is not everybody's to know: who asked for
    what takes a recording away, or made a choice, is told to the administrator only.
    """

    kind: str
    about: SubjectKind
    states: dict[str, Any]
    source: str | None
    recorded_at: str | None

    @classmethod
    def of(cls, record: ConsentRecord, *, may_see_who: bool) -> Self:
        """Return what of a record may be read by everybody, or by those who may see who said it."""
        return cls(
            kind=record.kind,
            about=record.subject.kind,
            states=json.loads(terms_to_json(openly(record.terms, with_who=may_see_who))),
            source=record.source if may_see_who or not is_confidential(record.terms) else None,
            recorded_at=instant_text(record.recorded_at) if record.recorded_at else None,
        )


EnteredBy = Annotated[str | None, Field(exclude_if=lambda told: told is None)]
"""Through what a word came: an API key, a command, an imported file, a delivery. It is there for the administrator only, where it
is known; nobody else learns that there is such a field."""


def _brought(happening: Happening, *, may_see_who: bool) -> dict[str, Any]:
    """Return through what a word came, as far as the reader may see that.

    A delivery that replaces a record is not named either: where a deal ends it would tell who withdrew it.
    """
    hidden = happening.turn is Turn.REPLACED or is_confidential(happening.record.terms)
    return {
        "message": None if hidden and not may_see_who else MessageResponse.of(happening.message),
        "entered_by": happening.entered_by if may_see_who else None,
    }


class StandingRecord(RecordResponse):
    """A record that nothing has replaced. `in_force` says whether it holds at the instant that was asked about."""

    in_force: bool
    message: MessageResponse | None
    entered_by: EnteredBy = None

    @classmethod
    def at(cls, standing: Happening, story: Story, *, may_see_who: bool) -> Self:
        """Return a record as it stands in a story."""
        return cls(
            **dict(RecordResponse.of(standing.record, may_see_who=may_see_who)),
            in_force=period_of(standing.record.terms).covers(story.decision.context.at),
            **_brought(standing, may_see_who=may_see_who),
        )


class HappeningResponse(BaseModel):
    """What happened to one record; of one that was replaced, `message` and `entered_by` are those of what took its place."""

    what: Turn
    record: RecordResponse
    message: MessageResponse | None
    entered_by: EnteredBy = None


class EventResponse(BaseModel):
    """What happened at one instant, and what was, or will be, decided from then on by what is known then."""

    at: str
    happened: list[HappeningResponse]
    verdict: Literal["allow", "allow_labelled", "exclude"]
    primary: ReasonCode

    @classmethod
    def of(cls, event: Event, *, may_see_who: bool) -> Self:
        """Return an event."""
        happened = [
            HappeningResponse(
                what=happening.turn,
                record=RecordResponse.of(happening.record, may_see_who=may_see_who),
                **_brought(happening, may_see_who=may_see_who),
            )
            for happening in event.happenings
        ]
        return cls(at=instant_text(event.at), happened=happened, verdict=event.verdict.value, primary=event.primary)


class TimelineResponse(BaseModel):
    """Events in order; `earlier` and `later` count those left out before and after them."""

    events: list[EventResponse]
    earlier: int
    later: int


class PlaysInResponse(BaseModel):
    """In which territories it may be recommended, all else being equal, and in which not."""

    allowed: list[str]
    withheld: list[str]


class ConsentStoryResponse(BaseModel):
    """What is decided on a track in one context, why, what would change it, and how that came about."""

    track_id: str
    territory: str
    commercial_model: str
    policy: str
    at: str
    known_at: str
    verdict: Literal["allow", "allow_labelled", "exclude"]
    primary: ReasonCode
    reasons: list[ReasonResponse]
    ai: Literal["none", "partly", "all", "undeclared"]
    ai_facets: list[str]
    basis: BasisResponse | None
    plays_in: PlaysInResponse
    records: list[StandingRecord]
    timeline: TimelineResponse
    next_change: EventResponse | None
    decision_id: str
    consent_epoch: int

    @classmethod
    def of(cls, track: Track, story: Story, consent_epoch: int, *, may_see_who: bool) -> Self:
        """Return a story as data, with or without who asked for what takes the recording away."""
        decision, withholds = story.decision, withholding(story.decision)
        return cls.model_validate(
            {
                "track_id": track.track_id,
                "territory": decision.context.territory,
                "commercial_model": decision.context.commercial_model.value,
                "policy": decision.policy.identity,
                "at": instant_text(decision.context.at),
                "known_at": instant_text(story.known_at),
                "verdict": decision.verdict.value,
                "primary": decision.primary,
                "reasons": [
                    ReasonResponse(
                        code=code,
                        withholds=code in withholds,
                        meaning=REASONS[code].meaning,
                        remedy=REASONS[code].remedy,
                    )
                    for code in decision.codes
                ],
                "ai": decision.ai,
                "ai_facets": list(decision.ai_facets),
                "basis": basis_of(decision),
                "plays_in": PlaysInResponse(
                    allowed=sorted(story.plays_in), withheld=sorted(TERRITORIES - story.plays_in)
                ),
                "records": [
                    StandingRecord.at(standing, story, may_see_who=may_see_who) for standing in story.on_record
                ],
                "timeline": TimelineResponse(
                    events=[EventResponse.of(event, may_see_who=may_see_who) for event in story.events],
                    earlier=story.earlier,
                    later=story.later,
                ),
                "next_change": EventResponse.of(story.next_change, may_see_who=may_see_who)
                if story.next_change
                else None,
                "decision_id": decision.decision_id,
                "consent_epoch": consent_epoch,
            }
        )


class TakedownBody(Body):
    """A demand to stop using tracks, everywhere or in some territories, from now on."""

    track_ids: Annotated[list[Name], Field(min_length=1, max_length=MAX_IDS)] = Field(description="ids of the tracks")
    territories: Annotated[list[ScopeCode], Field(min_length=1)] | None = Field(
        None, description="where their use stops (ISO 3166-1 alpha-2); everywhere if not given"
    )
    reason: Annotated[Text, Field(min_length=1, max_length=2000)] = Field(description="who asks for it, and why")

    @property
    def scope(self) -> TerritoryScope:
        """The territories it covers."""
        return TerritoryScope.named(self.territories or ())


class TakedownResponse(BaseModel):
    """A take-down that is in force, durably, for every answer from now on."""

    consent_epoch: int
    track_ids: list[str]
    effective_at: str


class RecordsBody(Body):
    """Consent records, each in the form of one line of `consonance import consent`."""

    records: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_IDS)] = Field(
        examples=[[{"kind": "grant", "track_id": "trk_0042", "use": "training", "state": "not_allowed"}]]
    )


@dataclass(frozen=True)
class ReachedResponse(Reached):
    """What the records reach: how many recordings, the names or ids under which nobody is certainly meant, and `near`
    names, with their recordings, that are not reached.
    """


class RecordsResponse(BaseModel):
    """Records that are durable: how many are new, repeat what is in force, or speak of what the catalog does not have.

    `counted_from_receipt` are the places of those that were dated ahead.
    """

    consent_epoch: int
    added: int
    unchanged: int
    unknown: int
    counted_from_receipt: list[int]
    reached: ReachedResponse


@dataclass(frozen=True)
class DeliveryProblem(Problem):
    """Something in a message that was left out or deserves a look, and its place in the message."""


class DeliveryTracks(BaseModel):
    """How many recordings a message brought, or described anew."""

    added: int
    changed: int


class DeliveryResponse(BaseModel):
    """A message that was taken in, durably; `records` counts what it states. `problem_count` counts those not told too.

    `sender` is the DPID of who sent it, or the name where it has none.
    """

    stored: bool = Field(description="false for a test message, which is only read and reported")
    message_id: str
    sender: str
    created_at: str
    schema_version: str = Field(serialization_alias="schema", description="such as ERN 4.3.2")
    tracks: DeliveryTracks
    records: int
    problems: list[DeliveryProblem]
    problem_count: int
    known: bool = Field(description="false where it ends deals of which none was ever held")
    ended: int = Field(description="recordings of which deals of the sender ended")
    stale_by: str | None = Field(description="the id of the sender's later message that counts instead of this one")
    notes: list[str] = Field(description="what follows from the message, in words")
    consent_epoch: int

    @classmethod
    def of(cls, message: Message, changes: DeliveryChanges | None, notes: list[str], consent_epoch: int) -> Self:
        """Return what taking in a message did, and what follows in words; without `changes`, it was not stored."""
        delivery = message.delivery
        stored, changes = changes is not None, changes or DeliveryChanges()
        return cls(
            stored=stored,
            message_id=delivery.message_id,
            sender=delivery.sender,
            created_at=instant_text(delivery.created_at),
            schema_version=delivery.schema,
            tracks=DeliveryTracks.model_validate(changes.tracks, from_attributes=True),
            records=changes.consent.added,
            problems=[DeliveryProblem(**asdict(found)) for found in message.problems],
            problem_count=message.problem_count,
            known=changes.known,
            ended=len(changes.ended),
            stale_by=changes.stale_by,
            notes=notes,
            consent_epoch=consent_epoch,
        )
