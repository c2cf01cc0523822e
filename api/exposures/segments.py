"""Segments: Parquet files of logged rows, for the analyst."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_SINCE_2 = (
    *("experiments", "code", "request", "reading", "policy_digest", "artists", "ai", "withheld"),
    *("pool", "strengths", "pool_parts", "pool_kinds", "max_ai_share", "teams"),
    *("settings", "known_at", "places", "beside"),
)
"""The columns that rows of answers of schema 1 do not have."""

_INSTANTS = frozenset({"at", "known_at"})
_MAPS = frozenset({"parts", "pool_parts", "timings_ms"})


def write_segment(name: str, entries: Sequence[str], path: Path) -> None:
    """Write entries of the journal, of `exposures` or `outcomes`, and flush them to the disk. Raises OSError.

    What an entry of an earlier version does not have is null.
    """
    # pyarrow takes 0.2 s and 60 MB to import; only a process that seals pays for it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(
        [_cells(row_of(entry)) for entry in entries], pa.schema(_answers() if name == "exposures" else _events())
    )
    with path.open("wb") as file:
        pq.write_table(table, file)
        file.flush()
        os.fsync(file.fileno())


def _answers() -> Mapping[str, "pa.DataType"]:
    import pyarrow as pa

    instant, numbers, texts = pa.timestamp("us", tz="UTC"), pa.list_(pa.float64()), pa.list_(pa.string())
    wish = pa.struct({"kind": pa.string(), "value": pa.string(), "text": pa.string(), "hard": pa.bool_()})
    experiment = pa.struct(
        {
            **dict.fromkeys(("experiment", "layer", "variant", "reason"), pa.string()),
            **dict.fromkeys(("version", "bucket"), pa.int32()),
            "propensity": pa.float64(),
        }
    )
    versions = pa.struct(
        {
            **dict.fromkeys(("catalog", "bundle", "policy"), pa.string()),
            "consent_epoch": pa.int64(),
            "reader": pa.string(),
        }
    )
    return {
        "request_id": pa.string(),
        "at": instant,
        "unit": pa.string(),
        "variant": pa.string(),
        "reason": pa.string(),
        "experiments": pa.list_(experiment),
        "prompt": pa.string(),
        "wishes": pa.list_(wish),
        "policy": pa.string(),
        "territory": pa.string(),
        "commercial_model": pa.string(),
        "tracks": texts,
        "scores": numbers,
        "parts": pa.map_(pa.string(), numbers),
        "propensities": numbers,
        "slate_propensity": pa.float64(),
        "eligible_count": pa.int64(),
        "eligible_hash": pa.string(),
        "versions": versions,
        "seed": pa.int64(),
        "timings_ms": pa.map_(pa.string(), pa.float64()),
        "schema": pa.int32(),
        **dict.fromkeys(("code", "request", "reading", "policy_digest"), pa.string()),
        "positions": pa.list_(pa.int32()),
        "artists": texts,
        "ai": texts,
        "withheld": pa.int64(),
        "pool": texts,
        "strengths": numbers,
        "pool_parts": pa.map_(pa.string(), numbers),
        "pool_kinds": pa.list_(pa.int32()),
        "max_ai_share": pa.float64(),
        "teams": texts,
        "settings": pa.string(),
        "known_at": instant,
        "places": pa.list_(pa.int32()),
        "beside": pa.list_(pa.int32()),
    }


def _events() -> Mapping[str, "pa.DataType"]:
    import pyarrow as pa

    return {
        "event_id": pa.string(),
        "request_id": pa.string(),
        "at": pa.timestamp("us", tz="UTC"),
        "kind": pa.string(),
        "track_id": pa.string(),
        "position": pa.int32(),
        "value": pa.float64(),
        "reason": pa.string(),
        "text": pa.string(),
    }


def row_of(entry: str) -> dict[str, Any]:
    """Return a row of the journal as it is told: an answer of before 0.5.0 has null for what was not logged then."""
    row: dict[str, Any] = json.loads(entry)
    for name in ("use", "named"):  # what only `play_of` reads
        row.pop(name, None)
    return {"schema": 1, **dict.fromkeys(_SINCE_2), **row} if "unit" in row else row


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    instants = {
        name: datetime.fromisoformat(row[name]).astimezone(UTC) for name in _INSTANTS if row.get(name) is not None
    }
    return {**row, **instants, **{name: list(row[name].items()) for name in _MAPS if row.get(name) is not None}}
