"""What would make the numbers mean nothing, looked for in every run: leaks, systems that know the answers, and sources.

A leak: something that was learned from holds what a query wants. An informed system: where a coin decided which half of the
fitting tracks is wanted, nobody honest finds more of that half than of the other. A source: something that says where a
row comes from, and nothing about the music, sets the wanted tracks apart, so that a ranker can learn it instead of the
request.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.stats import norm

from catalog.arrays import Codes, Mask, Positions
from catalog.tracks import Track, TrackId
from eval.queries import Query
from eval.systems.system import Pool

LEAKED, LEAST_LEAKED = 0.9, 5
"""The share of a query's wanted tracks that one listener or playlist holds, and the fewest of them, that are no accident.

Tastes overlap: where nothing leaks, some listener holds as much for 2 to 3 % of the queries made from playlists and plays (at
0.8, for a tenth).
"""

INFORMED = 0.001
"""Chance below which a system that favours what the coin chose is called informed."""

ALMOST_ALL, COMMON = 0.95, 0.8
"""A trait of almost all wanted tracks, and of no more than so much of the pool, gives a source away."""

VALUES = 12
"""Distinct values up to which each value of an attribute is a trait of its own."""

_NOT = "not: "


_sealed: set[str] = set()


@contextmanager
def sealed(files: Iterable[Path]) -> Iterator[None]:
    """Let nobody in this process open these files: a system that looks up the answers fails, and says at which file.

    For what opens files in Python. Raises PermissionError in the one who tries.
    """
    _watch()
    added = {os.path.realpath(file) for file in files} - _sealed
    _sealed.update(added)
    try:
        yield
    finally:
        _sealed.difference_update(added)


@cache
def _watch() -> None:
    """Watch what is opened, once a process: there is no way to take an audit hook away again."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if _sealed and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if path in _sealed:
            raise PermissionError(
                f"{path} holds the answers: a system that is judged must not read it; mend the system"
            )


@dataclass(frozen=True, slots=True)
class Leak:
    """A query of whose `wanted` tracks (or artists, where only those are known) the listener or playlist `name` holds `held`."""

    query_id: str
    kind: str
    name: str
    held: int
    wanted: int


def leaks(
    queries: Sequence[Query],
    listening: csr_matrix,
    rows: Sequence[tuple[str, str]],
    positions: Mapping[TrackId, int],
    artist: Codes,
) -> tuple[Leak, ...]:
    """Return who of those that could be learned from holds nine tenths of what a query wants, which is five things at least.

    `listening` has a row for each of `rows`, a column for each track and, behind them, each artist; `artist` (tracks,) says
    whose a track is. Of rows that hold no track artists are compared. In the order of queries, the largest first.
    """
    if not rows or not queries:
        return ()
    size = len(artist)
    held = (listening > 0).astype(np.float32)
    artists_alone = np.diff(held[:, :size].indptr) == 0
    known = [[positions[track_id] for track_id in query.wanted if track_id in positions] for query in queries]
    found = [
        (query, row, count, wanted)
        for unit, columns, among in (
            (known, held[:, :size], ~artists_alone),
            ([np.unique(artist[one]).tolist() for one in known], held[:, size:], artists_alone),
        )
        for query, row, count, wanted in _holding(unit, columns)
        if among[row]
    ]
    found.sort(key=lambda one: (one[0], -one[2], one[1]))
    return tuple(Leak(queries[query].query_id, *rows[row], count, wanted) for query, row, count, wanted in found)


def _holding(wanted: Sequence[Sequence[int]], held: csr_matrix) -> Iterator[tuple[int, int, int, int]]:
    """Yield (query, row, how much of what it wants the row holds, how much it wants) where that is almost all."""
    sizes = np.array([len(columns) for columns in wanted], dtype=np.int64)
    columns = np.array([column for of_query in wanted for column in of_query], dtype=np.int64)
    asked = csr_matrix(
        (np.ones(len(columns), np.float32), (np.repeat(np.arange(len(wanted)), sizes), columns)),
        shape=(len(wanted), held.shape[1]),
    )
    both = (asked @ held.T).tocoo()
    for query, row, count in zip(both.row.tolist(), both.col.tolist(), both.data.tolist(), strict=True):
        if count >= max(LEAST_LEAKED, LEAKED * sizes[query]):
            yield query, row, int(count), int(sizes[query])


@dataclass(frozen=True, slots=True)
class Coin:
    """How many tracks that the coin chose, and how many that it did not, a system put first; and how likely that is."""

    relevant: int
    decoys: int
    p_value: float

    @property
    def informed(self) -> bool:
        """Whether the system found more of what is wanted than somebody can who does not know the answers."""
        return self.p_value < INFORMED


def coins(queries: Sequence[Query], lists: Mapping[str, Sequence[Positions]], pool: Pool) -> dict[str, Coin]:
    """Return for each system whether its lists know how the coin fell; empty where no query has decoys.

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
        found[name] = Coin(relevant, drawn - relevant, p_value)
    return found


@dataclass(frozen=True, slots=True)
class Trait:
    """Something about rows that need not say anything about the music, as shares (0 to 1) of tracks that have it.

    `pool` of what could be returned, `wanted` of what is to be found, and by system of the first ten places. It gives a
    `source` away where almost all that is wanted has it and a part of the pool has not.
    """

    name: str
    pool: float
    wanted: float
    listed: Mapping[str, float]

    @property
    def source(self) -> bool:
        """Whether a ranker could learn this instead of the request."""
        return self.wanted >= ALMOST_ALL and self.pool <= COMMON


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
        found.append(Trait(name, of_pool, of_wanted, {system: _share(has[places]) for system, places in shown.items()}))
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
        if len(distinct) <= VALUES:
            for one in distinct:
                yield f"{attribute} = {one}", np.array([value == one for value in values])


def _share(has: npt.NDArray[np.bool_]) -> float:
    return float(has.mean()) if len(has) else float("nan")
