"""Lists that were made elsewhere, judged as they are: whatever they hold takes its place in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from catalog.consent import ReasonCode
from catalog.importers.cells import number
from catalog.importers.reports import CatalogImportError, ImportReport, RowError
from catalog.importers.table_files import read_rows
from catalog.tracks import Position, TrackId
from eval.queries import DatasetError, Query, read_id
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

    Formats, delimiters, encodings and numbers are those of imports (`catalog.importers.table_files`), told by the file's name.
    Raises DatasetError naming the first line, or row of Parquet, that is wrong, also one that lists a track a second time, and
    where the ranks and the scores of a list are of two orders, or some of its lines have no score.
    """
    lists: dict[str, dict[TrackId, tuple[int, float | None, float | None]]] = {}
    report = ImportReport(str(path))
    try:
        for row in read_rows(path, report):
            try:
                query_id, track_id = row.require("query_id", read_id), TrackId(row.require("track_id", read_id))
                rank = row.require("rank", _exact) if row.has("rank") else None
                score = row.require("score", _exact) if rank is None or row.has("score") else None
                tracks = lists.setdefault(query_id, {})
                if track_id in tracks:
                    raise RowError("track_id", f"{track_id!r} is listed twice for query {query_id!r}; keep one of them")
                tracks[track_id] = row.line, score, rank
            except RowError as error:
                raise DatasetError(
                    f"{path}, line {row.line}, {error.field}: {error.reason} (the columns are query_id, track_id, and rank or "
                    f"score; there are {', '.join(map(repr, row.values))})"
                ) from error
    except (CatalogImportError, pa.ArrowException) as error:
        why = str(error).removeprefix(f"{path}: ")
        raise DatasetError(f"{path} cannot be read as lists ({why}); write it anew") from error
    if report.problems:
        raise DatasetError(f"{report.problems[0]}; mend that line")
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
