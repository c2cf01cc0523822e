"""Playlists: the answer, which the command line prints too, and what a change of one did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, computed_field
from pydantic.dataclasses import dataclass
from pydantic_core import from_json, to_json

from api.experiments.assignment import Assignments
from api.schemas.fields import UtcInstant
from api.schemas.requests import PreferencesBody
from api.schemas.sentences import sentence_of
from api.schemas.tracks import ConsentResponse, TrackResponse
from catalog.consent import Decision, ReasonCode
from recommender.playlists import Contradiction, Interpretation, NotUnderstood, Playlist, Shortfall, Versions


@dataclass(frozen=True)
class WishResponse(Interpretation):
    """A wish read from the prompt. A `hard` one holds for every track, but for `unverified` of which it is not known.

    `unmet` tracks do not meet it: of a hard wish, those kept in their places, or that meet another of its kind. What the
    request itself says about the list's size overrules the prompt. `role` is what the words are (wish, name, example,
    subject), `polarity` how they are meant, `span` where they stand in the prompt, `said` the same in plain words.
    """


class WithheldResponse(BaseModel):
    """What consent kept from this listener, by primary reason: so many `of` the tracks nearest to the words, and those named.

    These are as many as the list was to have, fewer where hard wishes leave fewer; 0 where no words tell what is near.
    """

    count: int
    of: int = 0
    by_reason: dict[str, int]

    @classmethod
    def counted(cls, by_reason: Mapping[str, int], considered: int) -> Self:
        """Sum the counts of reasons."""
        return cls(count=sum(by_reason.values()), of=considered, by_reason=dict(sorted(by_reason.items())))


@dataclass(frozen=True)
class ShortfallResponse(Shortfall):
    """Why there is less than was asked for, and what to relax."""


@dataclass(frozen=True)
class NotUnderstoodResponse(NotUnderstood):
    """Something in the request that did not count: words, an id or a name, and why."""


@dataclass(frozen=True)
class ContradictionResponse(Contradiction):
    """Words or fields that cannot hold together, why, and which was kept; "" where neither."""


class PlaceResponse(BaseModel):
    """A track and its place."""

    track_id: str
    position: int


class MovedResponse(PlaceResponse):
    """A track, its place, and the place that it had before."""

    before: int


class LeftResponse(PlaceResponse):
    """A track that is gone from the place that it had, and why.

    `because` is `removed` (somebody took it out), `replaced` (others took its place), `restored` (the earlier version that was
    made again is without it), `rules` (a rule about the whole list lets it stand nowhere), or the reason code by which consent
    withholds it.
    """

    because: Literal["removed", "replaced", "restored", "rules"] | ReasonCode


class ChangesResponse(BaseModel):
    """What became of the tracks of the version before."""

    stayed: list[PlaceResponse]
    moved: list[MovedResponse]
    came: list[PlaceResponse]
    left: list[LeftResponse]


class ExperimentResponse(BaseModel):
    """Which variant of an experiment answered, why (OpenFeature's words), and how probable it was to.

    Outside of all experiments "" did.
    """

    experiment: str = ""
    variant: str
    reason: str
    propensity: float


@dataclass(frozen=True)
class VersionsResponse(Versions):
    """What the answer rests on."""


class PlaylistResponse(BaseModel):
    """An answer. `withheld` is null where the request declined it.

    `logged`: `durable` where it was on the disk before it was sent, `buffered` where it is within a second. `version` counts the
    changes of a list from 1, `changes` tell what the last one did, `left` what consent took out since.
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
    experiment: ExperimentResponse = Field(description="the first of `experiments`, or none")
    experiments: list[ExperimentResponse] = Field(description="all that this answer was made with")
    versions: VersionsResponse
    seed: int
    timings_ms: dict[str, float]
    logged: Literal["durable", "buffered"] = "buffered"
    version: int = 1
    changes: ChangesResponse | None = None
    left: list[LeftResponse] = []
    own_sentence: str = Field("", description="what its maker says of the list in one line; empty where nothing")
    cover: int = Field(0, description="which drawing stands for the list, 0 to 9999")

    @computed_field  # type: ignore[prop-decorator]  # pydantic turns a property into a field
    @property
    def sentence(self) -> str:
        """One line about the list: its maker's own, or else what most of its tracks are, of what was asked for."""
        return self.own_sentence or sentence_of(self.interpretation, self.tracks)

    @classmethod
    def of(
        cls,
        playlist: Playlist,
        playlist_id: str,
        request_id: str,
        assignments: Assignments,
        *,
        durable: bool = False,
    ) -> Self:
        """Return a playlist as an answer under its ids; `durable`: whether it is on the disk before it is sent."""
        request, asked = playlist.request, playlist.request.preferences
        kept = frozenset(track_id for _, track_id in request.keep)
        overruled = {"length", "minutes"} if request.length or request.minutes else set[str]()
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
                    {**asdict(wish), "hard": wish.hard and wish.kind not in overruled}
                    for wish in playlist.interpretation
                ],
                "tracks": [TrackResponse.of(one, kept=one.track.track_id in kept) for one in playlist.tracks],
                "not_understood": list(map(asdict, playlist.not_understood)),
                "contradictions": list(map(asdict, playlist.contradictions)),
                "withheld": None
                if playlist.withheld is None
                else WithheldResponse.counted(playlist.withheld, playlist.considered),
                "shortfall": asdict(playlist.shortfall) if playlist.shortfall else None,
                "experiment": assignments.first,
                "experiments": assignments.of,
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
        left: list[LeftResponse] = []
        gone: Counter[str] = Counter(self.withheld.by_reason if self.withheld else {})
        for track in self.tracks:
            decision = decided.get(track.track_id)
            if decision is not None and decision.allowed:
                kept.append(track.model_copy(update={"consent": ConsentResponse.of(decision)}))
            else:
                because = decision.primary if decision else ReasonCode.CONSENT_UNAVAILABLE
                left.append(LeftResponse(track_id=track.track_id, position=track.position, because=because))
                gone[because] += 1
        considered = (self.withheld.of if self.withheld else 0) + len(left)
        return self.model_copy(
            update={
                "tracks": kept,
                "left": left,
                "withheld": WithheldResponse.counted(gone, considered) if gone or self.withheld else None,
                "policy": policy,
                "versions": replace(self.versions, policy=identity, consent_epoch=consent_epoch),
            }
        )


class DifferenceResponse(BaseModel):
    """The first place in which a replay differs (`tracks.3.score`), what stood there then, and what stands there now."""

    where: str
    then: Any
    now: Any


class ReplayResponse(BaseModel):
    """An answer made again, for an audit: nobody was shown it, and it is not logged as one.

    `compared_with` tells what was left to compare it with: the logged row always, the stored `answer` while its list is kept.
    They are the `same` where only ids and the milliseconds of steps differ. `because` says what may have made a difference.
    `withheld_now` are the tracks that consent withholds today: their recordings are not linked.
    """

    request_id: str
    same: bool
    compared_with: list[Literal["log", "answer"]]
    difference: DifferenceResponse | None
    because: str | None
    withheld_now: list[LeftResponse]
    answer: PlaylistResponse


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
    "version": 1,
    "changes": None,
    "left": [],
    "own_sentence": "",
    "cover": 0,
    "experiment": {"variant": "", "reason": "UNKNOWN", "propensity": 1.0},
    "experiments": [],
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
    "why": [],
    "moods": [],
    "instruments": [],
    "links": {},
    "energy": None,
    "tempo_bpm": None,
    "kept": False,
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
