"""Playlists: what a request may say, and the answer, which the command line prints too."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import from_json, to_json

from api.experiments.assignment import Assignment
from api.schemas.fields import DEFAULT_POLICY, Body, Earlier, ModelName, Name, Names, Prompt, TerritoryCode, UtcInstant
from api.wording import HIDE_AI, POLICY_DESCRIPTIONS, evidence_words
from catalog.consent import CommercialModel, Decision, Preferences, ReasonCode, human_evidence
from catalog.tracks import WORLDWIDE, Territory, TrackId
from recommender.playlists import (
    Contradiction,
    Interpretation,
    NotUnderstood,
    Playlist,
    PlaylistTrack,
    Shortfall,
    Versions,
)
from recommender.prompts.wishes import DEFAULT_LENGTH
from recommender.requests import MAX_LENGTH, MAX_MINUTES, MAX_SEED, PlaylistRequest

MAX_HISTORY = 50


class PreferencesBody(Body):
    """What a listener never wants to hear: music labelled as made with AI, artists, labels."""

    hide_ai: bool = Field(default=False, description=HIDE_AI)
    blocked_artists: Names = Field(default=[])
    blocked_labels: Names = Field(default=[])

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
        DEFAULT_POLICY,
        examples=["strict", "labelled_ai", "human_only", "editorial_safe"],
        description="\n\n".join(f"`{name}`: {words}" for name, words in POLICY_DESCRIPTIONS.items()),
    )
    commercial_model: ModelName = CommercialModel.FREE_OF_CHARGE.value
    user_id: Name | None = None
    seed_tracks: Names = Field(default=[])
    liked_tracks: Names = Field(default=[])
    disliked_tracks: Names = Field(default=[])
    history: Annotated[list[Earlier], Field(max_length=MAX_HISTORY)] = Field(default=[])
    previous_tracks: Names = Field(
        default=[], description="the list before, in its order: what 'louder' and 'the first one' speak of"
    )
    exclude_tracks: Names = Field(default=[])
    exclude_artists: Names = Field(default=[])
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
        )


@dataclass(frozen=True)
class WishResponse(Interpretation):
    """A wish read from the prompt. A `hard` one holds for every track, but for `unverified` of which it is not known.

    What the request itself says about the list's size overrules the prompt. `role` is what the words are (wish, name,
    example, subject), `polarity` how they are meant, `span` where they stand in the prompt, `said` the same in plain words.
    """


class PeriodResponse(BaseModel):
    """From `start` until before `end`; null leaves a side open."""

    start: UtcInstant | None
    end: UtcInstant | None


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
        evidence = [evidence_words(found, decision.policy.human_cutoff.year) for found in human_evidence(decision)]
        return cls.model_validate(
            {
                "verdict": decision.verdict.value,
                "codes": decision.codes,
                "ai": decision.ai,
                "ai_facets": decision.ai_facets,
                "human_evidence": list(dict.fromkeys(evidence)),
                "basis": basis_of(decision),
                "decision_id": decision.decision_id,
            }
        )


class TrackResponse(BaseModel):
    """A track in its place, counted from 1, with MusicBrainz's id of the recording and the path or address of its audio. `parts` are the channels' shares of `score`."""

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
    mbid: str | None = None
    location: str | None = None

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
            mbid=track.mbid,
            location=track.location,
        )


class WithheldResponse(BaseModel):
    """What consent kept from this listener, by primary reason."""

    count: int
    by_reason: dict[str, int]

    @classmethod
    def of(cls, by_reason: Mapping[str, int]) -> Self:
        """Sum the counts of reasons."""
        return cls(count=sum(by_reason.values()), by_reason=dict(sorted(by_reason.items())))


@dataclass(frozen=True)
class ShortfallResponse(Shortfall):
    """Why there is less than was asked for, and what to relax."""


@dataclass(frozen=True)
class NotUnderstoodResponse(NotUnderstood):
    """Something in the request that did not count: words, an id or a name, and why."""


@dataclass(frozen=True)
class ContradictionResponse(Contradiction):
    """Words or fields that cannot hold together, why, and which was kept; "" where neither."""


class ExperimentResponse(BaseModel):
    """Which variant answered, why (OpenFeature's words), and how probable it was to."""

    variant: str
    reason: str
    propensity: float


@dataclass(frozen=True)
class VersionsResponse(Versions):
    """What the answer rests on."""


class PlaylistResponse(BaseModel):
    """An answer. `withheld` is null where the request declined it.

    `logged`: `durable` where it was on the disk before it was sent, `buffered` where it is within a second.
    """

    playlist_id: str
    request_id: str
    title: str
    prompt: str
    policy: str
    preferences: PreferencesBody
    territory: str
    commercial_model: str
    at: UtcInstant
    interpretation: list[WishResponse]
    tracks: list[TrackResponse]
    not_understood: list[NotUnderstoodResponse] = []
    contradictions: list[ContradictionResponse] = []
    withheld: WithheldResponse | None
    shortfall: ShortfallResponse | None
    experiment: ExperimentResponse
    versions: VersionsResponse
    seed: int
    timings_ms: dict[str, float]
    logged: Literal["durable", "buffered"] = "buffered"

    @classmethod
    def of(
        cls,
        playlist: Playlist,
        playlist_id: str,
        request_id: str,
        assignment: Assignment,
        *,
        durable: bool = False,
    ) -> Self:
        """Return a playlist as an answer under its ids; `durable`: whether it is on the disk before it is sent."""
        request, asked = playlist.request, playlist.request.preferences
        overruled = {"length": request.length or request.minutes, "minutes": request.minutes}
        return cls.model_validate(
            {
                "playlist_id": playlist_id,
                "request_id": request_id,
                "title": playlist.title,
                "prompt": request.prompt,
                "policy": playlist.policy,
                "preferences": PreferencesBody(
                    hide_ai=asked.hide_ai,
                    blocked_artists=sorted(asked.blocked_artists),
                    blocked_labels=sorted(asked.blocked_labels),
                ),
                "territory": request.territory,
                "commercial_model": request.commercial_model,
                "at": playlist.at,
                "interpretation": [
                    {**asdict(wish), "hard": wish.hard and not overruled.get(wish.kind)}
                    for wish in playlist.interpretation
                ],
                "tracks": [TrackResponse.of(position, ranked) for position, ranked in enumerate(playlist.tracks, 1)],
                "not_understood": list(map(asdict, playlist.not_understood)),
                "contradictions": list(map(asdict, playlist.contradictions)),
                "withheld": None if playlist.withheld is None else WithheldResponse.of(playlist.withheld),
                "shortfall": asdict(playlist.shortfall) if playlist.shortfall else None,
                "experiment": assignment,
                "versions": asdict(playlist.versions),
                "seed": request.seed,
                "timings_ms": playlist.timings_ms,
                "logged": "durable" if durable else "buffered",
            },
            from_attributes=True,
        )

    @classmethod
    def stored(cls, text: str) -> Self:
        """Read an answer that any version has logged: what it lacks, or says in another form, is unsaid if it only describes.

        Its consent is unsaid then, as it is decided anew. Raises ValueError where it does not tell what was shown, and on
        which terms.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            said = from_json(text)
            for found in error.errors(include_input=False, include_context=False, include_url=False):
                _unsay(said, found["loc"], missing=found["type"] == "missing")
            return cls.model_validate_json(to_json(said))

    def checked_again(self, decisions: Sequence[Decision], consent_epoch: int) -> Self:
        """Return this answer with today's decisions: what may no longer be played is taken out and counted.

        The tracks that stay keep their positions. A track without a decision is taken out. The policy named is the one that
        decided now: an operator may have changed it, or run a staging server that withholds nothing.
        """
        named = {decision.policy.name: decision.policy.identity for decision in decisions}
        ((policy, identity),) = (named or {self.policy: self.versions.policy}).items()
        decided = {str(decision.track_id): decision for decision in decisions}
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
                "versions": replace(self.versions, policy=identity, consent_epoch=consent_epoch),
            }
        )


_UNSAID: Mapping[str | int, Any] = {
    "title": "",
    "prompt": "",
    "at": "",
    "interpretation": [],
    "not_understood": [],
    "contradictions": [],
    "withheld": None,
    "shortfall": None,
    "policy": "",
    "preferences": {},
    "seed": 0,
    "timings_ms": {},
    "logged": "buffered",
    "experiment": {"variant": "", "reason": "UNKNOWN", "propensity": 1.0},
    "versions": {"catalog": "", "bundle": "", "policy": "", "consent_epoch": 0},
}
"""What stands for what an answer does not say. Without its policy it is read under the most restrictive one."""

_UNSAID_OF_TRACK: Mapping[str | int, Any] = {
    "isrc": None,
    "title": "",
    "artist": "",
    "album": None,
    "year": None,
    "duration_s": None,
    "score": 0.0,
    "parts": {},
    "reasons": [],
    "consent": {"verdict": "allow", "codes": [], "ai": "undeclared", "ai_facets": [], "basis": None, "decision_id": ""},
}


def _unsay(said: Any, place: Sequence[str | int], *, missing: bool) -> None:
    unsaid = _UNSAID
    if len(place) > 2 and place[0] == "tracks":
        said, unsaid, place = said["tracks"][place[1]], _UNSAID_OF_TRACK, place[2:]
    # What a listener did not want to hear is never passed over because it cannot be read.
    if not place or place[0] not in unsaid or (place[0] == "preferences" and not missing):
        raise ValueError(f"it has no {'.'.join(map(str, place))} that can be read")
    said[place[0]] = unsaid[place[0]]


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
        period=PeriodResponse.model_validate(deal.period, from_attributes=True),
        source=decision.basis_source,
    )
