"""Simulated listeners: who they are, when they come, and what they do with a list.

They are given a prompt and the ids of the tracks in their order, never a score, a reason or the name of a variant. Tastes are
lifts: how much more often a listener plays an artist or a tag than all listeners do. How far down a list somebody looks is a
cascade (Craswell et al., WSDM 2008), with a chance of going on that is each listener's own. The constants are assumptions of ours.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np

from catalog.stores import CatalogStore
from catalog.tracks import Track

PROFILES: Final = {"simulated": 1.0, "indifferent": 0.0}
"""Kinds of listeners, and how much tracks matter to them. The indifferent do the same at a place whatever stands there."""

# Share of a listener's tracks that their taste is not learned from; they say what it is worth (`Crowd.agreement`).
_HELD_OUT: Final = 0.2

# Of each kind of trait: how much its lift counts for a taste, and how much one that was just played tires (log odds).
_KINDS: Final = {"track": (0.0, 1.0), "artist": (0.5, 0.4), "tag": (0.1, 0.05)}
_PRIOR, _SAMPLE, _MOST_LIKED, _QUIRK, _BASE, _SECONDS = 10.0, 50, 3.0, 0.5, 0.3, 200.0
_SESSIONS, _LISTS_A_SESSION, _HOURS_AWAY, _HOURS_BETWEEN, _HOURS_TO_RECOVER = 6, 3.0, 24.0, 0.5, 12.0
PEOPLE, VISITS, QUIRKS, REQUESTS = range(4)
"""What `Crowd.chance` decides about; numbers behind it tell one from another."""

Outcome = dict[str, Any]
"""What a listener did with a track, in the words of `POST /v1/events`: `kind`, `track_id`, `position`, and of plays and skips the
seconds heard as `value`."""


@dataclass(slots=True)
class _Listener:
    """`ease` and `mood` are log odds, `attention` the chance of going on to the next place, `patience` the skips in a row after
    which a list is given up, `keenness` (0 to 1) how readily somebody likes, saves and removes, `liking` their taste in standard
    deviations, by row of the track, `heard` what still tires, by trait.
    """

    ease: float
    attention: float
    patience: int
    keenness: float
    liking: Callable[[int], float]
    mood: float = 0.0
    heard: dict[int, float] = field(default_factory=dict)


class Crowd:
    """The listeners of a catalog, `names` by number, and the row of each track by id. The same seed, visits and lists give the
    same outcomes.

    `agreement` has, for each track that was held out of the tastes of those who came so far, the chance that the taste puts it
    before any track (0 to 1): 0.5 on average where tastes are worth nothing.
    """

    def __init__(self, store: CatalogStore, caring: float, seed: int) -> None:
        """Read who plays what; `caring` is of `PROFILES`. The store has to stay open. Raises ValueError where nobody played."""
        self._store, self._caring, self._seed = store, caring, seed
        self.names = list(dict.fromkeys(name for name, *_ in store.track_plays()))
        if not self.names:
            raise ValueError("nobody played a track of this home; import plays (`consonance import interactions`)")
        numbers: dict[tuple[str, str], int] = defaultdict(lambda: len(numbers))
        tracks = list(store.all_tracks())
        self.rows = {str(track.track_id): row for row, track in enumerate(tracks)}
        self._lasts = [track.duration_s if caring and track.duration_s else _SECONDS for track in tracks]
        self._traits = [[numbers[trait] for trait in _traits(track)] for track in tracks]
        self._tags = {words: number for (kind, words), number in numbers.items() if kind == "tag"}
        self._counts, self._tires = zip(*(_KINDS[kind] for kind, _ in numbers), strict=True)
        plays = Counter(int(row) for _, row, *_ in store.track_plays())
        heard = np.repeat([plays[row] for row in range(len(tracks))], list(map(len, self._traits)))
        self._shares = ((np.bincount(np.concatenate(self._traits), heard) + 0.5) / plays.total()).tolist()
        self.agreement: list[float] = []
        self._coming = np.cumsum(0.1 + self.chance(VISITS).pareto(1.5, len(self.names)))
        self._listener = cache(self._drawn)

    def chance(self, *purpose: int) -> np.random.Generator:
        """Return the source of chance for a purpose: it draws the same whatever was drawn for others."""
        return np.random.default_rng([self._seed, *purpose])

    def visits(self, requests: int, prompts: int) -> Iterator[tuple[int, int, float]]:
        """Yield who asks for which of so many prompts, both by number, and for how many hours they were away before.

        They come in sessions of three lists on average, many at a time, some listeners far more often than most. Whoever comes first
        is made: their taste is learned.
        """
        rng = self.chance(VISITS, requests)
        come = np.searchsorted(self._coming, rng.random(requests) * self._coming[-1]).tolist()
        lists = rng.geometric(1 / _LISTS_A_SESSION, requests).tolist()
        slots = (
            (_LISTS_A_SESSION * (session + _SESSIONS * turn), session, turn)
            for session in range(requests)
            for turn in range(lists[session])
        )
        for _, session, turn in sorted(slots)[:requests]:
            self._listener(come[session])
            yield come[session], int(rng.integers(prompts)), _HOURS_BETWEEN if turn else rng.exponential(_HOURS_AWAY)

    def listen(
        self, who: int, hours: float, prompt: str, track_ids: Sequence[str], rng: np.random.Generator
    ) -> list[Outcome]:
        """Go through a list, `hours` after the one before, until attention or patience ends; `rng` decides.

        The lists of a listener have to come in the order of `visits`. Raises KeyError for a track that the catalog does not have.
        What a prompt says of a tag (`no`, `not`) is not read.
        """
        one, outcomes, skipped, left = self._listener(who), list[Outcome](), 0, math.exp(-hours / _HOURS_TO_RECOVER)
        one.mood, one.heard = (
            one.mood * left,
            {trait: count * left for trait, count in one.heard.items() if count > 0.01},
        )
        named = {number for said in [_words(prompt)] for tag, number in self._tags.items() if tag in said}
        for position, track_id in enumerate(track_ids, 1):
            goes_on, plays, long, likes, saves, swing = rng.random(6).tolist()
            if goes_on > one.attention or skipped == one.patience:
                break
            row = self.rows[track_id]
            pleased = 1 / (1 + math.exp(-self._pleasure(who, row, named)))
            played = plays < pleased
            heard = round(self._lasts[row] * (0.5 + 0.5 * long if played else 0.3 * long), 1)
            keen = likes < one.keenness * (pleased if played else 1 - pleased)
            done = {
                "play": played,
                "skip": not played,
                "like": played and keen,
                "save": played and saves < one.keenness * pleased,
                "remove": not played and keen,
            }
            outcomes += [
                {
                    "kind": kind,
                    "track_id": track_id,
                    "position": position,
                    "value": heard if kind in ("play", "skip") else None,
                }
                for kind, happened in done.items()
                if happened
            ]
            one.heard |= {trait: one.heard.get(trait, 0.0) + (1.0 if played else 0.3) for trait in self._traits[row]}
            one.mood = 0.9 * one.mood + (0.1 if played else -0.1) + 0.2 * (swing - 0.5)
            skipped = 0 if played else skipped + 1
        return outcomes

    def _pleasure(self, who: int, row: int, named: set[int]) -> float:
        """Return the log odds that a listener plays a track rather than skipping it.

        What nobody can know of a taste is heavy-tailed: Student's t with 3 degrees of freedom.
        """
        one, traits = self._listener(who), self._traits[row]
        liked = min(max(one.liking(row), -_MOST_LIKED), _MOST_LIKED) + _QUIRK * self.chance(
            QUIRKS, who, row
        ).standard_t(3)
        fits = len(named.intersection(traits)) / len(named) - 0.5 if named else 0.0
        tired = sum(one.heard.get(trait, 0.0) * self._tires[trait] for trait in traits)
        return float(np.clip(_BASE + one.ease + one.mood + self._caring * (liked + fits - tired), -30, 30))

    def _drawn(self, who: int) -> _Listener:
        """Draw a listener, and learn their taste from a part of what they played; how easily they are pleased is heavy-tailed."""
        rng = self.chance(PEOPLE, who)
        rows = np.array(list(self._store.listener_plays(self.names[who])[0]))
        held = rng.random(len(rows)) < _HELD_OUT
        counts = Counter(trait for row in rows[~held] for trait in self._traits[row])

        def lift(row: int) -> float:
            return math.fsum(
                self._counts[trait] * math.log((counts[trait] / self._shares[trait] + _PRIOR) / (len(rows) + _PRIOR))
                for trait in self._traits[row]
            )

        others = np.array([lift(row) for row in rng.integers(len(self._traits), size=_SAMPLE)])
        self.agreement += [float(0.5 + np.sign(lift(row) - others).mean() / 2) for row in rows[held]]
        mean, spread = float(others.mean()), float(others.std()) or 1.0
        return _Listener(
            ease=0.5 * rng.standard_t(3),
            attention=rng.beta(18, 2),
            patience=2 + int(rng.poisson(2)),
            keenness=rng.beta(1, 4),
            liking=lambda row: (lift(row) - mean) / spread,
        )


def _words(text: str) -> str:
    return " ".join(["", *re.findall(r"[^\W_]+", text.casefold()), ""])  # a blank before and behind each


def _traits(track: Track) -> list[tuple[str, str]]:
    tags = dict.fromkeys(map(_words, (*track.genres, *track.moods, *track.tags)))
    return [("track", track.track_id), ("artist", track.artist_id or track.artist), *(("tag", words) for words in tags)]
