"""The systems by name, each made from a laboratory when it is asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np

from catalog.arrays import Positions
from catalog.consent import ConsentContext
from catalog.sorted_sets import union
from catalog.tracks import Position, TrackId
from eval.queries import Asked
from eval.systems.baselines import (
    UserItems,
    bm25,
    bm25_all_words,
    chance,
    dense,
    factorised,
    item_knn,
    popularity,
    word_index,
)
from eval.systems.blends import pipeline, rank_fusion, summed
from eval.systems.holdout import Laboratory
from eval.systems.system import Scorer, System, ranked, remembering
from recommender.blending import CHANNELS, RankerSettings
from recommender.indexes.lexical import LexicalIndex

PRODUCT = "hybrid"
FUSED = ("bm25", "dense", "cf")
BLENDED = ("popularity", "bm25", "dense", "item-knn", "cf")
BLENDS = tuple(f"{one}+{other}" for one, other in combinations(BLENDED, 2))
BASELINES = ("random", "popularity", "bm25", "bm25-all-words", "dense", "item-knn", "cf", *BLENDS, "rrf")
PEERS = ("bm25s", "implicit", "st-faiss")
SYSTEMS = (*BASELINES, PRODUCT, *PEERS)
DEFAULT = (*BASELINES, PRODUCT)
"""All systems; and those that run unless others are named: peers come with an extra and are asked for by name."""


class LineupError(RuntimeError):
    """A system that cannot be made here, and the remedy."""


@dataclass(eq=False)
class Lineup:
    """Makes systems from a laboratory for a context and a policy; scorers that several systems use are made once."""

    laboratory: Laboratory
    positions: Mapping[TrackId, Position]
    context: ConsentContext
    policy: str
    _scorers: dict[str, Scorer] = field(default_factory=dict, init=False)

    def systems(self, names: Sequence[str], without: Sequence[str] = ()) -> dict[str, System]:
        """Return the systems of these names, and the product once more without each channel of `without`.

        Raises LineupError for a name that there is not, and where a peer is not installed.
        """
        for what, among, given in (("system", SYSTEMS, names), ("channel", CHANNELS, without)):
            if unknown := [name for name in given if name not in among]:
                raise LineupError(f"{unknown[0]!r} is not a {what}; there are {', '.join(among)}")
        made = {name: self._system(name) for name in names}
        for channel in without:
            made[f"{PRODUCT}-without-{channel}"] = self._product(RankerSettings.from_mapping({channel: 0.0}))
        return made

    def known(self, asked: Asked) -> Positions:
        """Return the tracks that are known of the asker: those they like or played, and those of artists they played."""
        by_track, by_artist = self._heard.plays(asked)
        of_artists = np.flatnonzero(np.isin(self.laboratory.product.model.features.artist, list(by_artist)))
        return union(np.fromiter(by_track, np.int64, len(by_track)), of_artists)

    def _system(self, name: str) -> System:
        if name == PRODUCT:
            return self._product(RankerSettings())
        if name == "rrf":
            return rank_fusion({part: self._scorer(part) for part in FUSED})
        if name in PEERS:
            return self._peer(name)
        if name in BLENDS:
            return summed([self._scorer(part) for part in name.split("+")])
        return ranked(self._scorer(name))

    def _product(self, ranker: RankerSettings) -> System:
        return pipeline(self.laboratory.product.recommend, self.context, self.policy, ranker)

    def _scorer(self, name: str) -> Scorer:
        if name not in self._scorers:
            self._scorers[name] = remembering(self._makers[name]())
        return self._scorers[name]

    @property
    def _makers(self) -> Mapping[str, Callable[[], Scorer]]:
        model, listening = self.laboratory.product.model, self.laboratory.listening
        return {
            "random": lambda: chance(len(model)),
            "popularity": lambda: popularity(listening, model.features),
            "bm25": lambda: bm25(self._words),
            "bm25-all-words": lambda: bm25_all_words(self._words),
            "dense": lambda: dense(model.encoder, self.laboratory.vectors),
            "item-knn": lambda: item_knn(listening, self._heard),
            "cf": lambda: factorised(listening, self._heard),
        }

    @cached_property
    def _words(self) -> LexicalIndex:
        return word_index(self.laboratory.texts)

    @cached_property
    def _heard(self) -> UserItems:
        return UserItems(self.laboratory.product.catalog, self.laboratory.product.model.features, self.positions)

    def _peer(self, name: str) -> System:
        try:
            # Peers are an extra: whoever does not compare with them need not install them.
            from eval.systems.peers import bm25s_as_it_comes, implicit_alone, tutorial_faiss
        except ImportError as error:
            raise LineupError(
                f"{name} is a peer, and peers need {error.name}, which is not installed; "
                "run `make lab`, or leave it out"
            ) from error
        if name == "bm25s":
            return ranked(bm25s_as_it_comes(self.laboratory.tracks))
        if name == "implicit":
            return implicit_alone(self.laboratory.listening, len(self.laboratory.product.model), self._heard)
        return tutorial_faiss(self.laboratory.vectors)
