"""Negative controls of every run, apart from leaks (`eval.systems.holdout`): systems that know the answers, and sources.

An informed system: where a coin decided which half of the fitting tracks is wanted, nobody honest finds more of that half
than of the other. A source: something that says where a row comes from, and nothing about the music, sets the wanted tracks
apart, so that a ranker can learn it instead of the request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from catalog.arrays import Mask, Positions
from catalog.tracks import Track, TrackId
from eval.queries import Query
from eval.systems.system import Pool

INFORMED = 0.001
"""Chance below which a system that favours what the coin chose is called informed."""

ALMOST_ALL, COMMON = 0.95, 0.8
"""A trait of almost all wanted tracks, and of no more than so much of the pool, gives a source away."""

VALUES = 12
"""Distinct values up to which each value of an attribute is a trait of its own."""

_NOT = "not: "


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin's relevant tracks and decoys among a system's first places, with the one-sided p-value.

    A system is `informed` that found significantly more relevant tracks than decoys.
    """

    relevant: int
    decoys: int
    p_value: float
    informed: bool


def coins(queries: Sequence[Query], lists: Mapping[str, Sequence[Positions]], pool: Pool) -> dict[str, Coin]:
    """Test each system for knowledge of the coin; empty where no query has decoys.

    `lists` has one list a query. Of R wanted tracks and D decoys in the pool, a list's first n hold by chance a
    hypergeometric number of wanted ones: mean n R / (R + D). The sum over queries is compared with that, to one side, by
    its normal approximation with a continuity correction. No more than half of the R + D are read of a list: whoever
    returns all of them betrays by their order alone what they know.
    """
    tossed = [
        (row, _returnable(query.wanted, pool), _returnable(query.decoys, pool))
        for row, query in enumerate(queries)
        if query.decoys
    ]
    found = {}
    for name, ranked in lists.items() if tossed else ():
        relevant = drawn = 0
        expected = variance = 0.0
        for row, wanted, decoys in tossed:
            fitting = np.concatenate([wanted, decoys])
            first = ranked[row][np.isin(ranked[row], fitting)][: len(fitting) // 2]
            n, size, share = len(first), len(fitting), len(wanted) / max(len(fitting), 1)
            relevant, drawn = relevant + int(np.isin(first, wanted).sum()), drawn + n
            expected += n * share
            variance += n * share * (1 - share) * (size - n) / max(size - 1, 1)
        p_value = float(norm.sf((relevant - expected - 0.5) / np.sqrt(variance))) if variance else 1.0
        found[name] = Coin(relevant, drawn - relevant, p_value, p_value < INFORMED)
    return found


@dataclass(frozen=True, slots=True)
class Trait:
    """A property of rows that need not be about the music, as shares (0 to 1) of tracks that have it.

    `pool` of what could be returned, `wanted` of what is to be found, and by system of the first ten places. It gives a
    `source` away, which a ranker could learn instead of the request, where almost all that is wanted has it and a part of
    the pool has not.
    """

    name: str
    pool: float
    wanted: float
    listed: Mapping[str, float]
    source: bool


def traits(
    tracks: Sequence[Track],
    played: Mask,
    pool: Pool,
    queries: Sequence[Query],
    lists: Mapping[str, Sequence[Positions]],
    most: int = 12,
) -> tuple[Trait, ...]:
    """Return the traits that set the wanted tracks apart most, largest difference of shares first, `most` at most.

    Traits are which fields are filled, whether anybody `played` a track, and the values of the operator's own attributes
    where they are few. A trait is told the way round in which more of what is wanted has it. None where the pool holds
    nothing that is wanted.
    """
    wanted = np.concatenate([np.zeros(0, np.int64), *(_returnable(query.wanted, pool) for query in queries)])
    if not len(wanted):
        return ()
    shown = {
        name: np.concatenate([np.zeros(0, np.int64), *(ranked[:10] for ranked in of)]) for name, of in lists.items()
    }
    found = []
    for name, has in _columns(tracks, played):
        of_pool, of_wanted = _share(has[pool.mask]), _share(has[wanted])
        if of_pool > of_wanted:
            name, has = f"{_NOT}{name}", ~has
            of_pool, of_wanted = 1 - of_pool, 1 - of_wanted
        of_lists = {system: _share(has[places[places >= 0]]) for system, places in shown.items()}
        found.append(Trait(name, of_pool, of_wanted, of_lists, of_wanted >= ALMOST_ALL and of_pool <= COMMON))
    found.sort(key=lambda trait: (not trait.source, trait.pool - trait.wanted, trait.name.startswith(_NOT), trait.name))
    return tuple(found[:most])


def _returnable(track_ids: Iterable[TrackId], pool: Pool) -> Positions:
    positions = pool.known(list(track_ids))
    return positions[pool.mask[positions]]


def _columns(tracks: Sequence[Track], played: Mask) -> Iterable[tuple[str, Mask]]:
    yield "played by anybody", played
    yield "tagged", np.array([bool(t.genres or t.moods or t.instruments or t.tags) for t in tracks])
    for field in (
        "title",
        "album",
        "year",
        "duration_s",
        "tempo_bpm",
        "energy",
        "label",
        "isrc",
        "language",
        "popularity",
    ):
        yield f"with {field}", np.array([getattr(track, field) not in (None, "") for track in tracks])
    for attribute in sorted({name for track in tracks for name in track.attributes}):
        values = [track.attributes.get(attribute, "") for track in tracks]
        distinct = sorted(set(values) - {""})
        if len(distinct) > VALUES or "" in values:
            yield f"with {attribute}", np.array([value != "" for value in values])
        for one in distinct if len(distinct) <= VALUES else ():
            yield f"{attribute} = {one}", np.array([value == one for value in values])


def _share(has: Mask) -> float:
    return float(has.mean()) if len(has) else float("nan")
