"""The log of a home as it is read: the Parquet of `consonance exposures`, whose columns `eval/EXPOSURES.md` describes."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_TEXT, _TEXTS, _NUMBERS = pa.string(), pa.list_(pa.string()), pa.list_(pa.float64())

ASSIGNED = pa.list_(
    pa.struct(
        {
            **dict.fromkeys(("experiment", "layer", "variant", "reason"), _TEXT),
            "version": pa.int32(),
            "bucket": pa.int32(),
            "propensity": pa.float64(),
        }
    )
)
"""The type of `experiments`."""

_ADDED = {
    "experiments": ASSIGNED,
    "artists": _TEXTS,
    "ai": _TEXTS,
    "withheld": pa.int64(),
    "pool": _TEXTS,
    "strengths": _NUMBERS,
    "pool_parts": pa.map_(_TEXT, _NUMBERS),
    "pool_kinds": pa.list_(pa.int32()),
    "max_ai_share": pa.float64(),
    "settings": _TEXT,
}
"""Columns that files written before 0.5.0 do not have."""

_COLUMNS = {
    **dict.fromkeys(("request_id", "unit", "variant", "reason", "policy", "territory", "commercial_model"), _TEXT),
    **dict.fromkeys(("event_id", "kind", "track_id"), _TEXT),
    "at": pa.timestamp("us", tz="UTC"),
    "tracks": _TEXTS,
    "propensities": _NUMBERS,
    "timings_ms": pa.map_(_TEXT, pa.float64()),
    "versions": pa.struct({"policy": _TEXT}),
    "position": pa.int32(),
    "value": pa.float64(),
    **_ADDED,
}


class LogError(RuntimeError):
    """A log that is not there, cannot be read, or from which nothing can be judged or learned: which, and the remedy."""


def read_segments(home: Path, name: str, columns: Iterable[str]) -> Iterator[pa.Table]:
    """Yield columns of each segment of `exposures` or `outcomes`, in the order of their writing.

    One that a segment of before 0.5.0 does not have is null there. Raises LogError where no answers were written, or a
    file cannot be read.
    """
    paths = sorted((home / "exposures").glob(f"{name}-*.parquet"))
    if not paths and name == "exposures":
        raise LogError(
            f"{home}/exposures holds no answers; run `consonance exposures --home {home}` after some were given"
        )
    schema = pa.schema([(column, _COLUMNS[column]) for column in columns])
    yield schema.empty_table()
    for path in paths:
        try:
            there = pq.read_schema(path).names
            table = pq.read_table(path, columns=[one for one in schema.names if one in there or one not in _ADDED])
            for column in set(schema.names) - set(table.column_names):
                table = table.append_column(column, pa.nulls(len(table), _COLUMNS[column]))
            table = table.select(schema.names).cast(schema)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise LogError(f"{path} cannot be read ({error}); restore it from a backup, or move it away") from error
        yield table
