"""Lists that were made elsewhere, judged as they are: whatever they hold takes its place in them."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.consent import ReasonCode
from catalog.importers.cells import number
from catalog.tracks import Position, TrackId
from eval.queries import DatasetError, Query, json_lines, once, optional, read_id, required
from eval.systems.system import Pool, in_order
from recommender.scored_tracks import ScoredTracks


@dataclass(frozen=True, eq=False)
class GivenLists:
    """Lists from anywhere, by query id: the score of each track, higher is better; equal ones count by expectation.

    `settings` says where they are from, for the table of a run. They are not judged where the catalog does not know more than
    half of what they hold, unless `allow_unknown`.
    """

    settings: str
    by_query: Mapping[str, Mapping[TrackId, float]]
    allow_unknown: bool = False

    def ranked(self, query_id: str, places: Mapping[TrackId, Position]) -> ScoredTracks:
        """Return the list of a query, best first; nothing where there is none. `places` has a place for each of its tracks."""
        given = self.by_query.get(query_id, {})
        positions = np.array([places[track_id] for track_id in given], dtype=np.int64)
        scores = in_order(np.array(list(given.values())))
        order = np.argsort(-scores, kind="stable")
        return ScoredTracks(positions[order], scores[order])

    def strange(
        self, queries: Sequence[Query], pool: Pool, withheld: Mapping[TrackId, ReasonCode]
    ) -> dict[str, dict[str, Any]]:
        """Return what no system would return or lack, each with its `count` of ids and the first three (`some`).

        `withheld` tracks and those `unknown` to the catalog; `known`, which their query lists as liked, disliked or excluded;
        `not_asked`, query ids that are not judged; `missing`, judged queries without a list.
        """
        judged = {query.query_id: query for query in queries}
        listed = dict.fromkeys(one for query_id in judged for one in self.by_query.get(query_id, ()))
        found: dict[str, list[str]] = {
            "withheld": [one for one in listed if one in withheld and one in pool.positions],
            "unknown": [one for one in listed if one not in pool.positions],
            "known": [
                one
                for query in queries
                for one in sorted(
                    {*query.liked, *query.disliked, *query.exclude} & self.by_query.get(query.query_id, {}).keys()
                )
            ],
            "not_asked": [one for one in self.by_query if one not in judged],
            "missing": [one for one in judged if one not in self.by_query],
        }
        return {what: {"count": len(ids), "some": ids[:3]} for what, ids in found.items() if ids}


def read_lists(path: Path, *, allow_unknown: bool = False) -> GivenLists:
    """Read lists from a table with the columns `query_id`, `track_id` and `rank` or `score`; of both the score counts.

    Its format is told by the file's name: .parquet, .csv (with a line that names the columns) or .jsonl. Raises DatasetError
    naming the first line, or row of Parquet, that is wrong, also one that lists a track a second time, and where the ranks and
    the scores of a list are of two orders, or some of its lines have no score.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DatasetError(
            f"{path}: lists are read from files that end in {', '.join(_READERS)}; save it as one of these"
        )
    lists: dict[str, dict[TrackId, tuple[int, float | None, float | None]]] = {}
    try:
        for line, row in reader(path):
            try:
                query_id, track_id = required(row, "query_id", read_id), TrackId(required(row, "track_id", read_id))
                rank = optional(row, "rank", _exact, None)
                score = optional(row, "score", _exact, None) if rank is not None else required(row, "score", _exact)
                tracks = lists.setdefault(query_id, {})
                if track_id in tracks:
                    raise ValueError(f"track_id: {track_id!r} is listed twice for query {query_id!r}; keep one of them")
                tracks[track_id] = line, score, rank
            except ValueError as error:
                raise DatasetError(
                    f"{path}, line {line}, {error} (the columns are query_id, track_id, and rank or score; there are "
                    f"{', '.join(map(repr, row))})"
                ) from error
    except (OSError, ValueError, csv.Error, pa.ArrowException) as error:
        raise DatasetError(f"{path} cannot be read as lists ({error}); write it anew") from error
    if not lists:
        raise DatasetError(f"{path} lists nothing; write a row for each track of each list")
    if wrong := [line for tracks in lists.values() for line in _contradicting([*tracks.values()])]:
        raise DatasetError(
            f"{path}, line {min(wrong)}: by rank it stands elsewhere than by score, or it has no score and other lines of its "
            "list have; give one of the two columns, and in every line"
        )
    return GivenLists(
        f"lists of {path.name}, as they are",
        {
            query_id: {one: -(rank or 0.0) if score is None else score for one, (_, score, rank) in tracks.items()}
            for query_id, tracks in lists.items()
        },
        allow_unknown,
    )


def _contradicting(told: Sequence[tuple[int, float | None, float | None]]) -> list[int]:
    """Return which lines (line, score, rank) of a list have a higher score than one of a better rank, or none and others have."""
    without = [line for line, score, _ in told if score is None]
    return (without if len(without) < len(told) else []) + [
        line
        for (_, one, _), (_, other, line) in pairwise(
            sorted((rank, -score, line) for line, score, rank in told if score is not None and rank is not None)
        )
        if other < one
    ]


def _exact(value: object) -> float:
    """Read a number. Raises ValueError for a whole one of so many digits that others would be read as the same."""
    read = number(value)
    if (digits := str(value).strip()).lstrip("+-").isdecimal() and int(digits) != read:
        raise ValueError(f"{digits} has more digits than are told apart; give ranks, or smaller numbers")
    return read


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        once([(name, None) for name in reader.fieldnames or () if name])
        for row in reader:
            yield reader.line_num, {name: value or None for name, value in row.items()}


def _parquet(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    yield from enumerate(pq.read_table(path).to_pylist(), 1)


_READERS: Mapping[str, Callable[[Path], Iterator[tuple[int, Mapping[str, Any]]]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": json_lines,
}
