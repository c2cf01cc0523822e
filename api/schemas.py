"""The API's words: what a request may say, and the answer, which the command line prints too. Strict: nothing is guessed."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.experiments.assignment import Assignment
from api.words import HIDE_AI, POLICIES, evidence_words
from catalog.consent.evidence import human_evidence
from catalog.consent.policy import Decision, Preferences
from catalog.consent.reasons import ReasonCode
from catalog.consent.rights import CommercialModel, Period, TerritoryScope
from catalog.instants import instant_text, parse_instant
from catalog.tracks import WORLDWIDE, Territory, parse_territory
from recommender.playlists import Playlist, PlaylistTrack
from recommender.prompts.wishes import DEFAULT_LENGTH
from recommender.requests import MAX_LENGTH, MAX_MINUTES, MAX_PROMPT_CHARACTERS, MAX_SEED, PlaylistRequest

MAX_IDS = 1000
MAX_HISTORY = 50
MAX_EVENTS = 500


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


def _says_something(text: str) -> str:
    if all(character.isspace() or unicodedata.category(character) in ("Cc", "Cf") for character in text):
        raise ValueError("is empty; say what you would like to hear")
    return text


def _known_model(name: str) -> str:
    if name not in set(CommercialModel):
        raise ValueError(f"{name!r} is not a commercial model; there are {', '.join(CommercialModel)}")
    return name


def _scope_code(text: str) -> str:
    return WORLDWIDE if text.strip().lower() == WORLDWIDE.lower() else parse_territory(text)


def _readable_instant(text: str) -> str:
    parse_instant(text)
    return text


Text = Annotated[str, AfterValidator(_sendable)]

Earlier = Annotated[Text, AfterValidator(_short_enough)]
"""A prompt of earlier in the conversation; it may be empty."""

Prompt = Annotated[Earlier, AfterValidator(_says_something)]
"""Words of a listener, 1 to 2,000 characters also after normalisation (NFKC)."""

Name = Annotated[Text, Field(min_length=1, max_length=200)]
"""An id or a name."""

Names = Annotated[list[Name], Field(max_length=MAX_IDS)]

TerritoryCode = Annotated[Text, AfterValidator(parse_territory), Field(examples=["DE"])]
"""ISO 3166-1 alpha-2."""

ModelName = Annotated[Text, AfterValidator(_known_model), Field(json_schema_extra={"enum": list(CommercialModel)})]
"""A DDEX CommercialModelType."""

InstantText = Annotated[
    Text, AfterValidator(_readable_instant), Field(max_length=40, examples=["2026-01-31T12:00:00Z"])
]
"""ISO 8601; without an offset it is UTC."""


class Body(BaseModel):
    """What a request may contain, and nothing else: no conversions, no unknown fields, only finite numbers."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class PreferencesBody(Body):
    """What a listener never wants to hear: music labelled as made with AI, artists, labels."""

    hide_ai: bool = Field(default=False, description=HIDE_AI)
    blocked_artists: Names = []
    blocked_labels: Names = []

    def to_preferences(self) -> Preferences:
        """Return them in the policy's terms."""
        return Preferences(self.hide_ai, frozenset(self.blocked_artists), frozenset(self.blocked_labels))


class PlaylistBody(Body):
    """A listener's wish. Without `length` and `minutes` the prompt's own words decide, else 20 tracks."""

    prompt: Prompt = Field(examples=["rainy sunday jazz, no vocals, 45 minutes"])
    length: int | None = Field(
        None, ge=1, le=MAX_LENGTH, description=f"tracks; {DEFAULT_LENGTH} where nothing else says"
    )
    minutes: float | None = Field(None, ge=1, le=MAX_MINUTES)
    territory: TerritoryCode | None = Field(None, description="where it will be heard; the service's own if not given")
    policy: Name = Field(
        "strict",
        examples=["strict", "labelled_ai", "human_only", "editorial_safe"],
        description="\n\n".join(f"`{name}`: {words}" for name, words in POLICIES.items()),
    )
    commercial_model: ModelName = CommercialModel.FREE_OF_CHARGE.value
    user_id: Name | None = None
    seed_tracks: Names = []
    liked_tracks: Names = []
    disliked_tracks: Names = []
    history: Annotated[list[Earlier], Field(max_length=MAX_HISTORY)] = []
    exclude_tracks: Names = []
    exclude_artists: Names = []
    seed: int = Field(0, ge=0, le=MAX_SEED)
    variant: Name | None = Field(None, description="overrides the experiment's assignment, for tests")
    withheld: bool = Field(True, description="whether to count what consent kept out")
    preferences: PreferencesBody = PreferencesBody()

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
            seed_tracks=tuple(self.seed_tracks),
            liked_tracks=tuple(self.liked_tracks),
            disliked_tracks=tuple(self.disliked_tracks),
            history=tuple(self.history),
            exclude_tracks=tuple(self.exclude_tracks),
            exclude_artists=tuple(self.exclude_artists),
            seed=self.seed,
            withheld=self.withheld,
            preferences=self.preferences.to_preferences(),
        )


class Event(Body):
    """What a listener did with a track of an answer, or with the answer."""

    event_id: Name = Field(description="made by the sender; an event sent again under the same id counts once")
    request_id: Name = Field(description="`request_id` of the answer")
    kind: Literal["play", "skip", "save", "remove", "like", "dislike", "report"]
    at: InstantText | None = Field(None, description="when it happened; now if not given")
    track_id: Name | None = None
    position: int | None = Field(None, ge=1, le=MAX_LENGTH)
    value: float | None = Field(None, description="seconds heard, a rating: whatever the kind is measured in")


class EventsBody(Body):
    """Events, or one event by itself."""

    events: Annotated[list[Event], Field(min_length=1, max_length=MAX_EVENTS)]

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


class TakedownBody(Body):
    """A demand to stop using tracks, everywhere or in some territories, from now on."""

    track_ids: Annotated[list[Name], Field(min_length=1, max_length=MAX_IDS)]
    territories: Annotated[list[Annotated[Text, AfterValidator(_scope_code)]], Field(min_length=1)] | None = None
    reason: Annotated[Text, Field(min_length=1, max_length=2000)]

    @property
    def scope(self) -> TerritoryScope:
        """The territories it covers."""
        named = self.territories or [WORLDWIDE]
        return TerritoryScope() if WORLDWIDE in named else TerritoryScope(frozenset(named))


class TakedownResponse(BaseModel):
    """A take-down that is in force, durably, for every answer from now on."""

    consent_epoch: int
    track_ids: list[str]
    effective_at: str


class WishResponse(BaseModel):
    """A wish read from the prompt. A `hard` one holds for every track, but for `unverified` of which it is not known.

    What the request itself says about the list's size overrules the prompt. One of kind `ai` repeats what the prompt says
    about AI, and is never a rule: that is for `policy` and `preferences.hide_ai`.
    """

    kind: str
    value: Any
    text: str
    hard: bool
    unverified: int = 0


class PeriodResponse(BaseModel):
    """From `start` until before `end`; null leaves a side open."""

    start: str | None
    end: str | None

    @classmethod
    def of(cls, period: Period) -> Self:
        """Return a period as text."""
        start, end = period.start, period.end
        return cls(start=instant_text(start) if start else None, end=instant_text(end) if end else None)


class BasisResponse(BaseModel):
    """The deal or licence relied on: `territories` or all but `excluded_territories`; `territory` is this listener's."""

    licensor: str | None
    territory: str
    territories: list[str]
    excluded_territories: list[str]
    use: str
    commercial_model: str
    period: PeriodResponse
    source: str | None


class ConsentResponse(BaseModel):
    """Why a track may be here, and what is declared about the use of AI in it.

    `codes` are the rows of the policy table that matched. `human_evidence` tells in words what shows that people made it,
    whatever the policy; under `human_only` every track has some.
    """

    verdict: Literal["allow", "allow_labelled"]
    codes: list[ReasonCode]
    ai: Literal["none", "partly", "all", "undeclared"]
    ai_facets: list[str]
    human_evidence: list[str] = []
    basis: BasisResponse | None
    decision_id: str

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """Return what a decision to allow says. Scores of suspicions stay inside."""
        return cls.model_validate(
            {
                "verdict": decision.verdict.value,
                "codes": list(decision.codes),
                "ai": decision.ai,
                "ai_facets": list(decision.ai_facets),
                "human_evidence": list(
                    dict.fromkeys(
                        evidence_words(found, decision.policy.human_cutoff.year) for found in human_evidence(decision)
                    )
                ),
                "basis": basis_of(decision),
                "decision_id": decision.decision_id,
            }
        )


class TrackResponse(BaseModel):
    """A track in its place, counted from 1. `parts` are the channels' shares of `score`."""

    position: int
    track_id: str
    isrc: str | None
    title: str
    artist: str
    album: str | None
    year: int | None
    duration_s: float | None
    score: float
    parts: dict[str, float]
    reasons: list[str]
    consent: ConsentResponse

    @classmethod
    def of(cls, position: int, ranked: PlaylistTrack) -> Self:
        """Return a ranked track in its place."""
        track = ranked.track
        return cls(
            position=position,
            track_id=track.track_id,
            isrc=track.isrc,
            title=track.title,
            artist=track.artist,
            album=track.album,
            year=track.year,
            duration_s=track.duration_s,
            score=ranked.score,
            parts=dict(ranked.parts),
            reasons=list(ranked.reasons),
            consent=ConsentResponse.of(ranked.decision),
        )


class WithheldResponse(BaseModel):
    """What consent kept from this listener, by primary reason."""

    count: int
    by_reason: dict[str, int]

    @classmethod
    def of(cls, by_reason: Iterable[str] | dict[str, int]) -> Self:
        """Count reasons, or sum their counts."""
        counts = Counter(by_reason)
        return cls(count=counts.total(), by_reason=dict(sorted(counts.items())))


class ShortfallResponse(BaseModel):
    """Why there is less than was asked for, and what to relax."""

    missing: float
    because: str
    relax: list[str]


class NotUnderstoodResponse(BaseModel):
    """Something in the request that did not count: words, an id or a name, and why."""

    text: str
    because: str


class ExperimentResponse(BaseModel):
    """Which variant answered, why (OpenFeature's words), and how probable it was to."""

    variant: str
    reason: str
    propensity: float


class VersionsResponse(BaseModel):
    """What the answer rests on."""

    catalog: str
    bundle: str
    policy: str
    consent_epoch: int


class PlaylistResponse(BaseModel):
    """An answer. `withheld` is null where the request declined it."""

    playlist_id: str
    request_id: str
    title: str
    prompt: str
    policy: str
    preferences: PreferencesBody
    territory: str
    commercial_model: str
    at: str
    interpretation: list[WishResponse]
    tracks: list[TrackResponse]
    not_understood: list[NotUnderstoodResponse] = []
    withheld: WithheldResponse | None
    shortfall: ShortfallResponse | None
    experiment: ExperimentResponse
    versions: VersionsResponse
    seed: int
    timings_ms: dict[str, float]

    @classmethod
    def of(cls, playlist: Playlist, playlist_id: str, request_id: str, assignment: Assignment) -> Self:
        """Return a playlist as an answer under its ids."""
        request, shortfall, versions = playlist.request, playlist.shortfall, playlist.versions
        overruled = {"length": request.length or request.minutes, "minutes": request.minutes}
        return cls(
            playlist_id=playlist_id,
            request_id=request_id,
            title=playlist.title,
            prompt=request.prompt,
            policy=playlist.policy,
            preferences=PreferencesBody(
                hide_ai=request.preferences.hide_ai,
                blocked_artists=sorted(request.preferences.blocked_artists),
                blocked_labels=sorted(request.preferences.blocked_labels),
            ),
            territory=request.territory,
            commercial_model=request.commercial_model,
            at=instant_text(playlist.at),
            interpretation=[
                WishResponse(
                    kind=wish.kind,
                    value=wish.value,
                    text=wish.text,
                    hard=wish.hard and not overruled.get(wish.kind),
                    unverified=wish.unverified,
                )
                for wish in playlist.interpretation
            ],
            tracks=[TrackResponse.of(position, ranked) for position, ranked in enumerate(playlist.tracks, 1)],
            not_understood=[
                NotUnderstoodResponse(text=one.text, because=one.because) for one in playlist.not_understood
            ],
            withheld=None if playlist.withheld is None else WithheldResponse.of(dict(playlist.withheld)),
            shortfall=None
            if shortfall is None
            else ShortfallResponse(missing=shortfall.missing, because=shortfall.because, relax=list(shortfall.relax)),
            experiment=ExperimentResponse(
                variant=assignment.variant, reason=assignment.reason, propensity=assignment.propensity
            ),
            versions=VersionsResponse(
                catalog=versions.catalog,
                bundle=versions.bundle,
                policy=versions.policy,
                consent_epoch=versions.consent_epoch,
            ),
            seed=request.seed,
            timings_ms=dict(playlist.timings_ms),
        )

    def checked_again(self, decisions: Sequence[Decision], consent_epoch: int) -> Self:
        """Return this answer with today's decisions: what may no longer be played is taken out and counted.

        The tracks that stay keep their positions. A track without a decision is taken out. The policy named is the one that
        decided now: an operator may have changed it, or run a staging server that withholds nothing.
        """
        policies = {decision.policy for decision in decisions}
        named = {policy.name: policy.identity for policy in policies} or {self.policy: self.versions.policy}
        ((policy, identity),) = named.items()
        decided = {decision.track_id: decision for decision in decisions}
        kept: list[TrackResponse] = []
        gone: Counter[str] = Counter(self.withheld.by_reason if self.withheld else {})
        for track in self.tracks:
            decision = decided.get(track.track_id)
            if decision is not None and decision.allowed:
                kept.append(track.model_copy(update={"consent": ConsentResponse.of(decision)}))
            else:
                gone[decision.primary if decision else ReasonCode.CONSENT_UNAVAILABLE] += 1
        return self.model_copy(
            update={
                "tracks": kept,
                "withheld": WithheldResponse.of(gone) if gone or self.withheld else None,
                "policy": policy,
                "versions": self.versions.model_copy(update={"policy": identity, "consent_epoch": consent_epoch}),
            }
        )


def basis_of(decision: Decision) -> BasisResponse | None:
    """Return the deal that a decision relies on."""
    deal, context = decision.basis, decision.context
    if deal is None:
        return None
    return BasisResponse(
        licensor=deal.licensor,
        territory=context.territory,
        territories=sorted(deal.territories.included) or [WORLDWIDE],
        excluded_territories=sorted(deal.territories.excluded),
        use=context.use,
        commercial_model=context.commercial_model,
        period=PeriodResponse.of(deal.period),
        source=decision.basis_source,
    )
