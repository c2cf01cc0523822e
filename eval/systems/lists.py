"""Lists that were made elsewhere, judged as they are: whatever they hold takes its place in them."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.consent import ReasonCode
from catalog.importers.cells import number
from catalog.tracks import Position, TrackId
from eval.queries import DatasetError, Query, json_lines, optional, read_id, required
from eval.systems.system import Pool
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
        # Float32 would make some scores equal that are not: of scores only the order counts, and which are equal.
        scores = np.unique(np.array(list(given.values())), return_inverse=True)[1].astype(np.float32)
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
    naming the first line, or row of Parquet, that is wrong, also one that lists a track a second time.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DatasetError(
            f"{path}: lists are read from files that end in {', '.join(_READERS)}; save it as one of these"
        )
    lists: dict[str, dict[TrackId, float]] = {}
    try:
        for line, row in reader(path):
            try:
                query_id, track_id = required(row, "query_id", read_id), TrackId(required(row, "track_id", read_id))
                score, rank = optional(row, "score", number, None), optional(row, "rank", number, None)
                if score is None and rank is None:
                    raise ValueError("rank: is missing, and so is score; give one of them")
                tracks = lists.setdefault(query_id, {})
                if track_id in tracks:
                    raise ValueError(f"track_id: {track_id!r} is listed twice for query {query_id!r}; keep one of them")
                tracks[track_id] = score if score is not None else -(rank or 0.0)
            except ValueError as error:
                raise DatasetError(
                    f"{path}, line {line}, {error} (the columns are query_id, track_id, and rank or score)"
                ) from error
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise DatasetError(f"{path} cannot be read as lists ({error}); write it anew") from error
    if not lists:
        raise DatasetError(f"{path} lists nothing; write a row for each track of each list")
    return GivenLists(f"lists of {path.name}, as they are", lists, allow_unknown)


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield reader.line_num, {name: value or None for name, value in row.items()}


def _parquet(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    yield from enumerate(pq.read_table(path).to_pylist(), 1)


_READERS: Mapping[str, Callable[[Path], Iterator[tuple[int, Mapping[str, Any]]]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": json_lines,
}
