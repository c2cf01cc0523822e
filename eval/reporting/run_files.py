"""Reading and writing a run's folder: the same run writes the same bytes.

Times, and when and by whom a run was made, differ from run to run and are therefore kept apart.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from eval.measures.significance import MetricValue
from eval.queries import DatasetError, Gains

Content = TypeVar("Content")

APART = ("timings", "made")
"""The files of a folder that another run writes differently (`timings.json`, if it was asked for, and `made.json`)."""

GAINS = "gains.jsonl"
"""What was left to find of each query; runs of earlier versions have no such file."""

PAGE = "report.html"
"""What `python -m eval report` makes of a folder: of another run's numbers, once these are written anew."""

FACTS = ("query_id", "cluster", "system", "prompt", "turn", "kinds")
"""The columns of `per_query.parquet` that are not measures."""

WHOLE_RUN = ("about", "controls", "policies", "worst")


def read_run(folder: Path) -> dict[str, Any]:
    """Return the fields of a run that `write_run` wrote.

    Raises DatasetError naming the file that is missing, damaged or of another run.
    """
    per_query = _read(folder / "per_query.parquet", _per_query)
    systems, ids = (per_query.column(name).to_pylist() for name in ("system", "query_id"))

    def whole(content: bytes) -> dict[str, dict[str, MetricValue]]:
        metrics = json.loads(content)
        if list(metrics) != list(dict.fromkeys(systems)):
            raise ValueError("it is of another run than per_query.parquet")
        return {
            system: {
                name: metric_value(value)
                for name, value in by_name.items()
                if name.removeprefix("macro/") not in per_query.column_names
            }
            for system, by_name in metrics.items()
        }

    def lists(content: bytes) -> dict[str, dict[str, list[str]]]:
        rows = [json.loads(line) for line in content.splitlines()]
        if [(row["system"], row["query_id"]) for row in rows] != list(zip(systems, ids, strict=True)):
            raise ValueError("it is of another run than per_query.parquet")
        return {
            system: {row["query_id"]: row["tracks"] for row in rows if row["system"] == system}
            for system in dict.fromkeys(systems)
        }

    def gains(content: bytes) -> Gains:
        found = {row["query_id"]: row["gains"] for row in map(json.loads, content.splitlines())}
        if list(found) != list(dict.fromkeys(ids)):
            raise ValueError("it is of another run than per_query.parquet")
        return found

    wanted = folder / GAINS
    return {
        "per_query": per_query,
        "whole": _read(folder / "metrics.json", whole),
        "lists": _read(folder / "run.jsonl", lists),
        "gains": _read(wanted, gains) if wanted.exists() else {},
        **{name: _read(path, _object) if (path := folder / f"{name}.json").exists() else {} for name in APART},
        **_read(folder / "run.json", _whole_run),
    }


def queries_of(folder: Path) -> str | None:
    """Return the digest of the queries (`eval.identity`) of the run in a folder, None where it holds none that can be told."""
    with suppress(DatasetError):
        told = _read(folder / "run.json", _object)
        return str(told["about"]["identity"]["queries"]) if "identity" in told.get("about", {}) else None
    return None


def write_run(
    folder: Path,
    per_query: pa.Table,
    values: Mapping[str, Mapping[str, MetricValue]],
    lists: Mapping[str, Mapping[str, Sequence[str]]],
    gains: Gains,
    whole_run: Mapping[str, Any],
    apart: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write `metrics.json`, `per_query.parquet`, `run.jsonl`, `gains.jsonl`, and the rest in `run.json`; where the disk is full,
    what was there stays. Of the gains, and of what is kept `apart` by the names of `APART`, a file is written where it holds
    anything, and is otherwise gone, as is the page that was made of what was there.
    """
    table = pa.BufferOutputStream()
    pq.write_table(per_query, table)
    rows = [
        json.dumps({"query_id": query_id, "system": system, "tracks": list(tracks)}, ensure_ascii=False) + "\n"
        for system, by_query in lists.items()
        for query_id, tracks in by_query.items()
    ]
    contents = {
        "metrics.json": _json(
            {system: {name: asdict(value) for name, value in by_name.items()} for system, by_name in values.items()}
        ),
        "run.json": _json(whole_run),
        "run.jsonl": "".join(rows).encode(),
        "per_query.parquet": table.getvalue().to_pybytes(),
    }
    contents |= {f"{name}.json": _json(apart[name]) for name in APART if apart[name]}
    if gains:
        wanted = [{"query_id": query_id, "gains": found} for query_id, found in gains.items()]
        contents[GAINS] = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in wanted).encode()
    folder.mkdir(parents=True, exist_ok=True)
    replace_files({folder / name: content for name, content in contents.items()})
    for name in {GAINS, PAGE, *(f"{name}.json" for name in APART)} - contents.keys():
        (folder / name).unlink(missing_ok=True)


def as_json(value: Any) -> Any:
    """Return a JSON-serialisable value: tuples as lists, NaN and infinities as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    return value


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write files so that a reader sees old or new ones, never half of one; where one cannot be written, the old ones stay.

    Raises OSError.
    """
    halves = {path: path.with_name(f"{path.name}.half") for path in contents}
    try:
        for path, half in halves.items():
            half.write_bytes(contents[path])
        for path, half in halves.items():
            half.replace(path)
    finally:
        for half in halves.values():
            half.unlink(missing_ok=True)


def metric_value(found: Mapping[str, float | None]) -> MetricValue:
    """Return a mean with its interval as JSON holds it; what is not a number stands there as null."""
    return MetricValue(*(math.nan if part is None else part for part in (found["value"], found["low"], found["high"])))


def _json(value: object) -> bytes:
    return (json.dumps(as_json(value), ensure_ascii=False, indent=1) + "\n").encode()


def _read(path: Path, parse: Callable[[bytes], Content]) -> Content:
    try:
        return parse(path.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        told = f"{error} is missing" if isinstance(error, KeyError) else error
        raise DatasetError(
            f"{path} cannot be read as part of a run ({told}); name a folder that `python -m eval run --out` wrote, "
            "or run it again"
        ) from error


def _per_query(content: bytes) -> pa.Table:
    table = pq.read_table(pa.BufferReader(content))
    for name in FACTS:
        table.column(name)
    return table


def _object(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("it is not an object")
    return found


def _whole_run(content: bytes) -> dict[str, Any]:
    found = _object(content)
    return {name: found[name] for name in WHOLE_RUN}
