"""A playlist and its parts: tracks with reasons and decisions, what was read from the prompt, and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from catalog.consent import Decision
from catalog.tracks import Track
from recommender import moved

if TYPE_CHECKING:
    from recommender.requests import PlaylistRequest


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a track is in a list: a `code` of `REASON_CODES`, what it speaks of, and the same in English."""

    code: str
    values: tuple[str, ...]
    words: str


REASON_CODES: Final[Mapping[str, str]] = {
    "artist": "it is by somebody who was named",
    "title": "it has a title that was named",
    "album": "it is on an album that was named",
    "label": "it was released on a label that was named",
    "tagged": "it bears these tags, which were asked for",
    "titled": "these words of the prompt stand in its title",
    "meets": "it meets a wish of this kind, with this value",
    "listening": "it fits what this listener plays: for this listener alone",
    "played_with": "people play it together with what was named",
    "near": "it is the nearest by meaning, of this place",
    "tags_fit": "its tags, or its artist's, fit what was asked for",
    "popular": "it is among the most played of its catalog",
    "left": "it is the best of what is permitted and left",
    "kept": "the listener keeps it in this place",
}
"""What the codes of reasons mean."""


@dataclass(frozen=True, slots=True)
class PlaylistTrack:
    """A track in its place (`position`, from 1), with why it is there: `parts` are the channels' shares of `score`."""

    position: int
    track: Track
    score: float
    parts: Mapping[str, float]
    why: tuple[Reason, ...]
    decision: Decision

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is there, in English."""
        return tuple(reason.words for reason in self.why)


@dataclass(frozen=True, slots=True)
class Interpretation:
    """Something read from the prompt. `text` is the words it came from; a hard wish holds for every track returned.

    `unverified` counts the returned tracks of which the catalog does not know whether they meet it. `role` is "wish", "name",
    "example" or "subject", `polarity` one of `recommender.prompts.spans.Polarity`; `span` is where the words stand in the
    prompt (start, end), None for those of an earlier turn. `said` says it in words.
    """

    kind: str
    value: Any
    text: str
    hard: bool
    unverified: int = 0
    role: str = "wish"
    polarity: str = "want"
    span: tuple[int, int] | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Droppable:
    """A wish that may be dropped, by `kind` and `value`, and how it is `said`."""

    kind: str
    value: Any
    said: str


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What a short list would gain: how many `tracks` more without the wishes of `drop`, under `policy` where that is another."""

    drop: tuple[Droppable, ...]
    tracks: int
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a playlist is shorter than asked: `missing` of a `unit` (tracks or minutes), because of what, and what to relax."""

    missing: float
    because: str
    relax: tuple[Relaxation, ...] = ()
    unit: str = "tracks"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Something in a request that did not count: the words, id or name, and why."""

    text: str
    because: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Words or fields of a request that cannot hold together, why, and which of them was kept; "" where neither."""

    texts: tuple[str, ...]
    because: str
    kept: str


@dataclass(frozen=True, slots=True)
class Versions:
    """What an answer rests on. `consent_epoch` grows with every committed change of consent, `reader` read the prompt."""

    catalog: str
    bundle: str
    policy: str
    consent_epoch: int
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Playlist:
    """An answer under the policy of that name.

    `withheld` counts by primary reason what consent kept from this listener, among `considered` tracks near the words; None if
    not asked for.
    """

    title: str
    request: "PlaylistRequest"
    policy: str
    at: datetime
    interpretation: tuple[Interpretation, ...]
    tracks: tuple[PlaylistTrack, ...]
    withheld: Mapping[str, int] | None
    shortfall: Shortfall | None
    versions: Versions
    eligible_count: int
    eligible_hash: str
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    not_understood: tuple[NotUnderstood, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    considered: int = 0


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        return moved(__name__, name, "PlaylistRequest")
