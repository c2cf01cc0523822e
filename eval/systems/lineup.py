"""The systems by name, each made from a laboratory when it is asked for."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib.metadata import EntryPoint, entry_points
from itertools import combinations
from typing import Any

import numpy as np

from catalog.arrays import Positions, Scores
from catalog.consent import ConsentContext
from catalog.sorted_sets import union
from eval.checking import check_lists
from eval.evaluation import open_pool
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
from eval.systems.lists import GivenLists
from eval.systems.system import Pool, Scorer, System, in_order, ranked, remembering
from recommender.blending import CHANNELS, RankerSettings
from recommender.indexes.lexical import LexicalIndex
from recommender.requests import RequestError
from recommender.scored_tracks import ScoredTracks
from recommender.variants import Variant, parse_name

PRODUCT = "hybrid"
FUSED = ("bm25", "dense", "cf")
BLENDED = ("popularity", "bm25", "dense", "item-knn", "cf")
BLENDS = tuple(f"{one}+{other}" for one, other in combinations(BLENDED, 2))
BASELINES = ("random", "popularity", "bm25", "bm25-all-words", "dense", "item-knn", "cf", *BLENDS, "rrf")
PEERS = ("bm25s", "implicit", "st-faiss")
SYSTEMS = (*BASELINES, PRODUCT, *PEERS)
DEFAULT = (*BASELINES, PRODUCT)
"""All systems; and those that run unless others are named: peers come with an extra and are asked for by name."""

GROUP = "consonance.systems"
"""The group of entry points under which installed packages name systems of their own."""

Own = System | Scorer | Callable[[Laboratory, Pool], System | Scorer]
"""What an analyst may bring: a system, or a factory that makes one of what may be learned from and what may be returned."""


class LineupError(RuntimeError):
    """A system that cannot be made here, or not be used, and the remedy."""


def installed() -> dict[str, EntryPoint]:
    """Return the systems of installed packages by name, each of which loads its factory."""
    return {point.name: point for point in entry_points(group=GROUP)}


def without(channel: str) -> Variant:
    """Return the product in which a channel counts for nothing. Raises LineupError for a name that is no channel."""
    if channel not in CHANNELS:
        raise LineupError(f"{channel!r} is not a channel; there are {', '.join(CHANNELS)}")
    return Variant(f"without-{channel}", settings=RankerSettings.from_mapping({channel: 0.0}))


def ablations(without: Iterable[str]) -> dict[str, str]:
    """Return the channel that each ablation of the product leaves out, by the ablation's name."""
    return {f"{PRODUCT}-without-{channel}": channel for channel in without}


@dataclass(eq=False)
class Lineup:
    """Makes systems from a laboratory for a context and a policy; scorers that several systems use are made once."""

    laboratory: Laboratory
    pool: Pool
    context: ConsentContext
    policy: str
    _scorers: dict[str, Scorer] = field(default_factory=dict, init=False)

    def systems(self, names: Sequence[str], variants: Sequence[Variant] = ()) -> dict[str, System]:
        """Return the systems of these names, and the product once more as each variant, as `hybrid-NAME`.

        Raises LineupError for a name that there is not, where a peer is not installed, and for a variant that is called like
        another system or whose policy permits what the run's does not; EvaluationError for a policy that permits nothing.
        """
        known = (*SYSTEMS, *installed())
        if unknown := [name for name in names if name not in known]:
            raise LineupError(f"{unknown[0]!r} is not a system; there are {', '.join(known)}")
        called = [*dict.fromkeys(names), *(f"{PRODUCT}-{parse_name(variant.name)}" for variant in variants)]
        if twice := [name for place, name in enumerate(called) if name in called[:place]]:
            raise LineupError(
                f"two systems are called {twice[0]!r}: variant {twice[0].removeprefix(f'{PRODUCT}-')!r}, and what --without "
                "leaves, another variant, or a system of a package; call the variant otherwise"
            )
        return {name: self._system(name) for name in names} | {
            f"{PRODUCT}-{variant.name}": self._variant(variant) for variant in variants
        }

    def own(self, extra: Mapping[str, Own | GivenLists], taken: Collection[str]) -> dict[str, System | GivenLists]:
        """Return what an analyst brings, by name.

        Raises LineupError for a name that is taken, for what is no system, and naming what cannot be made; ValueError for what
        cannot be a name; for lists what `check_lists` raises.
        """
        if twice := [name for name in map(parse_name, extra) if name in taken]:
            raise LineupError(f"two systems are called {twice[0]!r}; call yours otherwise")
        return {
            name: check_lists(name, one, self.pool) if isinstance(one, GivenLists) else self._own(name, one)
            for name, one in extra.items()
        }

    def known(self, asked: Asked) -> Positions:
        """Return the tracks that are known of the asker: those they like or played, and those of artists they played."""
        by_track, by_artist = self._heard.plays(asked)
        return union(
            np.fromiter(by_track, np.int64, len(by_track)),
            np.flatnonzero(np.isin(self.laboratory.product.model.features.artist, list(by_artist))),
        )

    def _system(self, name: str) -> System:
        if name == PRODUCT:
            return pipeline(self.laboratory.product.recommend, self.context, self.policy)
        if name == "rrf":
            return rank_fusion({part: self._scorer(part) for part in FUSED})
        if name in PEERS:
            return self._peer(name)
        if name in BLENDS:
            return summed([self._scorer(part) for part in name.split("+")])
        return ranked(self._scorer(name)) if name in SYSTEMS else self._own(name, _named(name, installed()[name].load))

    def _variant(self, variant: Variant) -> System:
        """Return the product as a variant: under a policy of its own it ranks what that permits, all of it in the pool."""
        if served := sorted({"reader", "bundle", "interleave"} & variant.changes.keys()):
            raise LineupError(
                f"variant {variant.name!r}: {served[0]} is for servers; settings and policy are judged here"
            )
        product, policy = self.laboratory.product, variant.policy or self.policy
        system = pipeline(product.recommend, self.context, policy, variant.settings)
        if policy == self.policy:
            return system
        mask = open_pool(product, self.context, policy, self.pool.candidates).mask
        if looser := int((mask & ~self.pool.mask).sum()):
            raise LineupError(
                f"variant {variant.name!r}: {policy} permits {looser:,} tracks that {self.policy} withholds, and a variant may "
                f"only withhold more; run with --policy {policy}"
            )
        told = f"under {policy}, {int(mask.sum()):,} of {int(self.pool.mask.sum()):,} tracks, others count as missed"
        return replace(system, settings=f"{system.settings}; {told}")

    def _own(self, name: str, own: Own) -> System:
        """Return a system of somebody's own, whose answers are checked as far as their form goes."""
        made: object = (
            own
            if isinstance(own, System | Scorer) or not callable(own)
            # Of its own: arrays that it may change. What ours are made of stays as it is.
            else _named(name, own, replace(self.laboratory, listening=self.laboratory.listening.copy()), self.pool)
        )
        if isinstance(made, Scorer):
            made = ranked(replace(made, score=partial(_scores, name, made, len(self.pool.mask))))
        if not isinstance(made, System):
            raise LineupError(f"{name} is a {type(made).__name__}; give a System or Scorer of eval.systems.system")
        return replace(made, rank=partial(_ranking, name, made))

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
        return UserItems(self.laboratory.product.catalog, self.laboratory.product.model.features, self.pool.positions)

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


def _named(name: str, own: Callable[..., Any], *given: object) -> Any:
    """Return what somebody's own code returns. Raises LineupError naming the system where it raises, unless it refuses a prompt."""
    try:
        return own(*given)
    except (LineupError, RequestError):
        raise
    except Exception as error:
        raise LineupError(f"{name} fails ({type(error).__name__}: {error}); mend the system") from error


def _scores(name: str, scorer: Scorer, size: int, asked: Asked) -> Scores:
    scores: Any = np.asarray(scorer.score(asked))
    if scores.shape != (size,) or scores.dtype.kind not in "biuf" or np.isnan(scores).any():
        raise LineupError(
            f"{name} scored {asked.prompt!r} by {scores.shape} numbers, {scores.dtype}, or some of them are NaN; score each of "
            f"{size:,} tracks by a real number, -inf what is not returned"
        )
    return in_order(scores)


def _ranking(name: str, system: System, asked: Asked, k: int, pool: Pool) -> ScoredTracks:
    found = _named(name, system.rank, asked, k, pool)
    positions, scores = (_named(name, np.asarray, getattr(found, part, None)) for part in ("positions", "scores"))
    if (
        not positions.shape == scores.shape == (scores.size,)
        or scores.dtype.kind not in "biuf"
        or (positions.dtype.kind not in "iu" and positions.size)
    ):
        raise LineupError(
            f"{name} answered {asked.prompt!r} with {type(found).__name__}; return ScoredTracks with a real number for each whole "
            "position"
        )
    return ScoredTracks(positions.astype(np.int64), in_order(scores))
