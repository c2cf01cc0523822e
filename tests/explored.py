"""A simulated log of a variant that explores: pools with parts, listeners with tastes, lists drawn and written as Parquet."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.arrays import Numbers, Positions
from catalog.stores import open_store
from catalog.tracks import Track, TrackId
from recommender.blending import CHANNELS, RankerSettings
from recommender.training.counterfactual import Weighed, judged, next_chances, place_chances
from recommender.training.feedback import LoggedAnswer
from tests.homes import fill
from tests.strategies import NOON

PLACES = 10
POOL = 3 * PLACES + 15
EXPLORE = 0.8

EVERY = tuple(f"t{number:03}" for number in range(400))
REFUSING = "t007"

MISLED = (0.5, 1.0, 2.5, 1.0, 1.0, 1.0, 0.2)
"""What listeners of the first simulator make of each channel beside what it is shipped with."""

SATISFIED = (1.0,) * len(CHANNELS)
"""Those of the second like best what is ranked best as shipped."""

_WORTH = np.array([3.4, 2.5, 2.0, 2.2, 0.5, 0.5, 2.1])
_SEEN = 1 / np.log2(np.arange(PLACES) + 2)


@dataclass(frozen=True, eq=False)
class Explored:
    """Answers that a log may hold, with the chance that each track of the pool is welcome at each place, (places, pool).

    Listeners look at the first places more, like some kinds of music more than others and have moods of their own.
    """

    answers: Sequence[LoggedAnswer]
    welcome: Sequence[Numbers]
    places: int = PLACES

    @classmethod
    def of(
        cls, answers: int, units: int, tastes: Sequence[float] = MISLED, seed: int = 0, places: int = PLACES
    ) -> "Explored":
        rng, pool = np.random.default_rng(seed), 3 * places + 15
        moods, whose = rng.normal(0, 0.5, units), np.arange(answers) * units // answers
        logged, welcome = [], []
        for number, unit in enumerate(whose.tolist()):
            parts = rng.beta(1, 2, (len(CHANNELS), pool)) * _WORTH[:, None]
            parts = parts[:, np.argsort(-parts.sum(axis=0), kind="stable")]
            liking = 0.5 * np.array(tastes) @ parts + moods[unit] + rng.normal(0, 0.7, pool) - 3.5
            welcome.append(_SEEN[:places, None] / (1 + np.exp(-liking)))
            logged.append(
                LoggedAnswer(
                    f"r{number:05}",
                    NOON + timedelta(minutes=number * 7919 % answers),
                    hashlib.sha256(str(unit).encode()).hexdigest(),
                    tuple(EVERY[track] for track in rng.permutation(len(EVERY))[:pool]),
                    parts.sum(axis=0) / EXPLORE,
                    parts,
                    np.zeros(pool),
                    RankerSettings(),
                    EXPLORE,
                    np.zeros(pool, np.int64),
                    None,
                    np.zeros(0, np.int64),
                    np.zeros(0),
                )
            )
        return cls(logged, welcome, places)

    def log(self, seed: int) -> list[LoggedAnswer]:
        """Return a log: of every pool the list that was drawn, and what its listener welcomed."""
        rng = np.random.default_rng(seed)
        drawn = [self._draw(row, rng) for row in range(len(self.answers))]
        return [replace(one, shown=shown, rewards=said) for one, (shown, said) in zip(self.answers, drawn, strict=True)]

    def chances(self, settings: RankerSettings) -> list[Numbers]:
        """Return the chance of each track at each place under settings."""
        return [place_chances(one.scores(settings) / EXPLORE, self.places) for one in self.answers]

    def values(self, chances: Sequence[Numbers]) -> Numbers:
        """Return what each list brings on average, where tracks stand at places with these chances."""
        return np.array([float((some * liked).sum()) for some, liked in zip(chances, self.welcome, strict=True)])

    def redrawn(
        self, units: int | None, target: Sequence[Numbers], logged: Sequence[Numbers], rng: np.random.Generator
    ) -> list[Weighed]:
        """Draw lists and outcomes, weighed for a target: of `units` drawn alike from all, or (None) of each once."""
        of_unit: dict[str, list[int]] = {}
        for row, one in enumerate(self.answers):
            of_unit.setdefault(one.unit, []).append(row)
        rows = list(of_unit.values())
        chosen = range(len(rows)) if units is None else rng.integers(0, len(rows), units).tolist()
        return [
            Weighed.of(f"{number}", *self._draw(row, rng), self.answers[row].parts, (target[row], logged[row]))
            for number, unit in enumerate(chosen)
            for row in rows[unit]
        ]

    def _draw(self, row: int, rng: np.random.Generator) -> tuple[Positions, Numbers]:
        shown = np.argsort(-(self.answers[row].strengths + rng.gumbel(size=len(self.answers[row].pool))))[: self.places]
        liked = rng.random(self.places) < self.welcome[row][np.arange(self.places), shown]
        return shown, liked.astype(np.float64)


def covered(
    world: Explored, target: RankerSettings, redraws: int, units: int | None, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Return by estimator how often intervals of the value, and of the gain, covered the simulator's truth in redrawn logs."""
    rng = np.random.default_rng(seed)
    chances, logged = world.chances(target), world.chances(RankerSettings())
    value, before = world.values(chances).mean(), world.values(logged).mean()
    hits: dict[str, list[tuple[bool, bool]]] = {}
    for _ in range(redraws):
        found = judged(world.redrawn(units, chances, logged, rng))
        for name, one in found.estimates.items():
            gained = one.gain_low <= value - before <= one.gain_high
            hits.setdefault(name, []).append((one.low <= value <= one.high, gained))
    return {name: tuple(np.mean(said, axis=0).tolist()) for name, said in hits.items()}


def catalog_of_all(home: Path) -> None:
    """Fill a home's catalog with every track that a log may hold; one of them refuses to be trained on."""
    tracks = [Track(TrackId(name), name, f"Artist {name}") for name in EVERY]
    with open_store(home) as store:
        fill(store, tracks, [{"kind": "grant", "track_id": REFUSING, "use": "training", "state": "not_allowed"}])


def write_log(home: Path, answers: Sequence[LoggedAnswer], **columns: Sequence[Any]) -> None:
    """Write a log as `consonance exposures` does, with other `columns` in place of what they would hold; likes follow."""
    texts, numbers = pa.list_(pa.string()), pa.list_(pa.float64())
    kinds = {
        "request_id": pa.string(),
        "at": pa.timestamp("us", tz="UTC"),
        "unit": pa.string(),
        "reason": pa.string(),
        "tracks": texts,
        "propensities": numbers,
        "pool": texts,
        "strengths": numbers,
        "pool_parts": pa.map_(pa.string(), numbers),
        "pool_kinds": pa.list_(pa.int32()),
        "max_ai_share": pa.float64(),
        "settings": pa.string(),
    }
    rows = [
        {
            "request_id": one.request_id,
            "at": one.at,
            "unit": one.unit,
            "reason": "SPLIT",
            "tracks": [one.pool[track] for track in one.shown],
            "propensities": next_chances(one.strengths, one.shown)[np.arange(len(one.shown)), one.shown].tolist(),
            "pool": one.pool,
            "strengths": one.strengths.tolist(),
            "pool_parts": list(zip(CHANNELS, one.parts.tolist(), strict=True)),
            **{name: values[number] for name, values in columns.items()},
        }
        for number, one in enumerate(answers)
    ]
    folder = home / "exposures"
    folder.mkdir(parents=True, exist_ok=True)
    written = pa.schema([(name, kind) for name, kind in kinds.items() if name != "settings" or name in columns])
    pq.write_table(pa.Table.from_pylist(rows, written), folder / "exposures-000001.parquet")
    liked = [
        {"request_id": one.request_id, "kind": "like", "track_id": one.pool[track]}
        for one in answers
        for track in one.shown[one.rewards > 0]
    ]
    outcome = pa.schema([(name, pa.string()) for name in ("request_id", "kind", "track_id")])
    pq.write_table(pa.Table.from_pylist(liked, outcome), folder / "outcomes-000001.parquet")
