"""What a request becomes on its way to a list: `Prepared` as it was understood, then `Ranked` candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.arrays import Mask, Positions, Vectors
from catalog.consent import ConsentContext, Permits, Permitted, Policy
from catalog.tracks import Position
from recommender.blending import Blend, Channel, QueryClass, RankerSettings
from recommender.lists.sequencing import Aim
from recommender.model import Model
from recommender.playlists import NotUnderstood
from recommender.prompts.reading import PromptQuery
from recommender.references import Listener, References
from recommender.requests import PlaylistRequest
from recommender.scored_tracks import ScoredTracks

CANDIDATES = 150
"""Candidates asked of each channel at least; three times the list where that is more."""


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """A request as it was understood: what to look for, among which tracks and for whom. Nothing is searched for yet.

    No hard wish forbids the `fitting` tracks (bool of shape (tracks,)), of which the permitted ones are `eligible`, and the
    `verified` ones are known to meet every one. `examples` are the positions that the `vector` leans to, which is None where
    a request says nothing to look for. `permits` tell which recommender's catalog and policies it rests on.
    """

    request: PlaylistRequest
    context: ConsentContext
    policy: Policy
    model: Model
    permits: Permits
    references: References
    aim: Aim
    permitted: Permitted
    fitting: Mask
    eligible: Permitted
    verified: Permitted
    listener: Listener
    examples: tuple[Position, ...]
    not_understood: tuple[NotUnderstood, ...]
    timings_ms: Mapping[str, float]
    vector: Vectors | None = None

    @property
    def query(self) -> PromptQuery:
        """The parsed prompt."""
        return self.references.query

    @property
    def kept(self) -> dict[int, Position]:
        """The tracks that stay where they are, by place from 1."""
        return self.references.kept(self.request)

    @property
    def candidates(self) -> int:
        """How many candidates each channel is asked for."""
        return max(CANDIDATES, 3 * self.aim.most_tracks)

    @property
    def query_class(self) -> QueryClass:
        """The class of the query, which decides the channels' weights."""
        if self.listener.personal and self.listener.items:
            return QueryClass.HISTORY
        if any(self.query.mentioned) or self.query.named:
            return QueryClass.NAMES
        return QueryClass.WORDS if self.query.topic or not self.listener.items else QueryClass.EXAMPLES


@dataclass(frozen=True, eq=False, slots=True)
class Ranked:
    """Candidates for a list, best first, found by `channels` to a `depth` inside the tracks of `among`.

    Nothing is decided yet. `nearest` are the nearest tracks, permitted or not; `considered` are those near the prompt of which
    is counted what consent keeps out.
    """

    prepared: Prepared
    settings: RankerSettings
    nearest: ScoredTracks
    considered: Positions
    among: Permitted
    depth: int
    channels: Mapping[str, Channel]
    blend: Blend
    candidates: Sequence[Position]
    timings_ms: Mapping[str, float]
