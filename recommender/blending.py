"""Score fusion: a weighted sum of the channels' scores, with weights that were learned for each query class."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import numpy as np

from catalog.arrays import Positions, Ranks, Scores
from catalog.sorted_sets import union
from catalog.tracks import Position
from recommender.scored_tracks import ScoredTracks

RANK_CONSTANT = 60
LEAST_TEMPERATURE = 0.001
"""Below it a draw is the best list but for ties, and strengths leave what a double holds exactly."""


class QueryClass(StrEnum):
    """The query class: words; words with names of artists or tracks; examples alone; or the listener's history."""

    WORDS = "words"
    NAMES = "names"
    EXAMPLES = "examples"
    HISTORY = "history"


CHANNELS = ("dense", "lexical", "tags", "names", "neighbours", "collaborative", "popularity")
"""Dense vectors, BM25, tags read from the prompt, exact names, item neighbours, factors, and popularity."""


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """What a variant of the ranker may change; the defaults are the product's.

    Factors (0 to 10) say how much each channel counts beside what was learned for it, 0 switches it off. `artist_gap` (0 to
    20) is how many tracks lie between two by one artist where the list allows it. `explore` (0, or from 0.001 to 10) is the
    temperature, in log-odds as scores are, at which the request's seed draws the list from the best candidates; at 0 none is.
    """

    dense: float = 1.0
    lexical: float = 1.0
    tags: float = 1.0
    names: float = 1.0
    neighbours: float = 1.0
    collaborative: float = 1.0
    popularity: float = 1.0
    artist_gap: int = 3
    explore: float = 0.0

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Self:
        """Read settings by name; those left out keep their defaults.

        Raises ValueError naming an unknown setting or a value out of range, and what is allowed.
        """
        known = [field.name for field in fields(cls)]
        for name, value in settings.items():
            if name not in known:
                raise ValueError(f"{name!r} is not a ranker setting; there are {', '.join(known)}")
            kind, said, most = (int, "an integer", 20) if name == "artist_gap" else (int | float, "a number", 10)
            if isinstance(value, bool) or not isinstance(value, kind) or not 0 <= value <= most:
                raise ValueError(f"{name} = {value!r} is not {said} from 0 to {most}")
        if 0 < settings.get("explore", 0) < LEAST_TEMPERATURE:
            raise ValueError(f"explore = {settings['explore']!r} is neither 0 nor from {LEAST_TEMPERATURE} to 10")
        return cls(**settings)


Teams = Mapping[str, RankerSettings]
"""The settings of two variants, by name, whose lists are drafted into one (`recommender.lists.interleaving`)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Channel weights: log-odds that a score of 1 adds, or with `by_rank` the weights of reciprocal rank fusion."""

    of: Mapping[str, float]
    by_rank: bool = False


SHIPPED: Mapping[QueryClass, Weights] = {
    situation: Weights(dict(zip(CHANNELS, weights, strict=True)))
    for situation, weights in {
        QueryClass.WORDS: (3.4, 2.5, 2.0, 2.2, 0.5, 0.5, 2.1),
        QueryClass.NAMES: (4.0, 2.4, 0.5, 2.4, 0.5, 0.6, 1.4),
        QueryClass.EXAMPLES: (0.3, 2.0, 0.0, 2.0, 1.0, 3.4, 0.5),
        QueryClass.HISTORY: (1.0, 1.2, 1.7, 2.0, 2.5, 1.7, 0.3),
    }.items()
}
"""The weights of a catalog that nobody has listened to yet.

From a conditional logit over open conversations, moved by hand to what open descriptions, playlists, listeners and the demo
want as well, and rounded. `python -m eval weights` learns weights from queries and says, out of fold, whether they do better.
"""


@dataclass(frozen=True, slots=True)
class Ranker:
    """The weights by query class, as a bundle keeps them."""

    weights: Mapping[QueryClass, Weights]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        kept = json.loads((folder / "ranker.json").read_text("utf-8"))
        return cls({QueryClass(name): Weights(entry["weights"], entry["by_rank"]) for name, entry in kept.items()})

    def save(self, folder: Path) -> None:
        """Write the weights into a folder."""
        kept = {name.value: {"weights": dict(one.of), "by_rank": one.by_rank} for name, one in self.weights.items()}
        (folder / "ranker.json").write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")


@dataclass(frozen=True, eq=False, slots=True)
class Channel:
    """One channel's candidates, best first, and its scoring function, 0 to 1, for any positions."""

    found: ScoredTracks
    score: Callable[[Positions], Scores]


@dataclass(frozen=True, slots=True)
class Blend:
    """Candidates of all channels, best first. `parts` float32 (channels, candidates) sum up to `scores`.

    `ranks` int32 (channels, candidates) are the places, from 1, that the channels gave; 0 where one did not find a track.
    """

    positions: Positions
    scores: Scores
    channels: tuple[str, ...]
    parts: Scores
    ranks: Ranks

    def __len__(self) -> int:
        return len(self.positions)

    def scores_of(self, positions: Sequence[Position]) -> Scores:
        """Return the scores of the candidates at `positions`, float32 of shape (len(positions),)."""
        return self.scores[self.rows_of(positions)]

    def rows_of(self, positions: Sequence[Position]) -> Positions:
        """Return the row of each candidate at `positions`, int64 of shape (len(positions),)."""
        order = np.argsort(self.positions)
        return order[np.searchsorted(self.positions, positions, sorter=order)]


def blended(channels: Mapping[str, Channel], weights: Weights, settings: RankerSettings) -> Blend:
    """Blend channels: each candidate's score is the sum of the channels' weighted scores of it, whichever found it.

    Where weights are by rank it is the sum of weight / (60 + rank) over the channels that found it (Cormack, Clarke and
    Buettcher, 2009). Equal scores are ordered by position.
    """
    positions, ranks = candidates(channels)
    if not len(positions):
        return Blend(positions, np.zeros(0, np.float32), (), np.zeros((0, 0), np.float32), np.zeros((0, 0), np.int32))
    worth = np.array([[weights.of.get(name, 0.0) * float(getattr(settings, name))] for name in channels], np.float32)
    if weights.by_rank:
        scores = np.where(ranks > 0, 1 / (RANK_CONSTANT + ranks), 0)
    else:
        scores = np.stack([channel.score(positions) for channel in channels.values()])
    parts = (worth * scores).astype(np.float32)
    return ordered(Blend(positions, parts.sum(axis=0), tuple(channels), parts, ranks))


def candidates(channels: Mapping[str, Channel], *others: Positions) -> tuple[Positions, Ranks]:
    """Return the union of the channels' candidates and `others`, in the order of positions, with their ranks.

    Ranks are int32 of shape (channels, candidates), from 1; 0 where a channel did not find a track.
    """
    found = [channel.found.positions for channel in channels.values()]
    positions = union(*others, *found)
    ranks = np.zeros((len(channels), len(positions)), dtype=np.int32)
    for row, ranked in enumerate(found):
        ranks[row, np.searchsorted(positions, ranked)] = np.arange(1, len(ranked) + 1)
    return positions, ranks


def joined(blends: Sequence[tuple[Blend, Sequence[Position]]]) -> Blend:
    """Concatenate candidates of several blends, each with the scores, parts and ranks of its own blend.

    No candidate may come twice. They are in the order in which they are given.
    """
    channels = tuple(dict.fromkeys(name for blend, _ in blends for name in blend.channels))
    chosen = [(blend, blend.rows_of(positions)) for blend, positions in blends]

    def by_channel(of: Callable[[Blend], Scores | Ranks]) -> Any:
        def row(name: str, blend: Blend, at: Positions) -> Any:
            told = of(blend)
            return told[blend.channels.index(name), at] if name in blend.channels else np.zeros(len(at), told.dtype)

        return np.stack([np.concatenate([row(name, *one) for one in chosen]) for name in channels])

    return Blend(
        np.concatenate([blend.positions[at] for blend, at in chosen]),
        np.concatenate([blend.scores[at] for blend, at in chosen]),
        channels,
        by_channel(lambda blend: blend.parts),
        by_channel(lambda blend: blend.ranks),
    )


def scaled(blend: Blend, factors: Scores) -> Blend:
    """Multiply each candidate's score, and its parts, by a factor (float32 of shape (candidates,)), and order again."""
    return ordered(Blend(blend.positions, blend.scores * factors, blend.channels, blend.parts * factors, blend.ranks))


def ordered(blend: Blend) -> Blend:
    """Order candidates by score, the best first; equal scores by position."""
    order = np.lexsort((blend.positions, -blend.scores))
    return Blend(
        blend.positions[order], blend.scores[order], blend.channels, blend.parts[:, order], blend.ranks[:, order]
    )
