"""Leaks of the answers: training rows that hold what a query wants, and files that are sealed while systems rank."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from catalog.arrays import Codes
from catalog.tracks import Position, TrackId
from eval.queries import Query

LEAKED, LEAST_LEAKED = 0.9, 5
"""The share of a query's wanted tracks that one listener or playlist holds, and the fewest of them, that are no accident.

Tastes overlap: where nothing leaks, some listener holds as much for 2 to 3 % of the queries made from playlists and plays (at
0.8, for a tenth).
"""

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
    positions: Mapping[TrackId, Position],
    artist: Codes,
) -> tuple[Leak, ...]:
    """Return the training rows that hold at least nine tenths, and five, of what a query wants.

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
    almost = both.data >= np.maximum(LEAST_LEAKED, LEAKED * sizes[both.row])
    for query, row, count in zip(both.row[almost].tolist(), both.col[almost].tolist(), both.data[almost], strict=True):
        yield query, row, int(count), int(sizes[query])
