"""The log of a home as it is read: the Parquet of `consonance exposures`, whose columns `eval/EXPOSURES.md` describes."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recommender.variants import LOG_SCHEMA

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
    "positions": pa.list_(pa.int32()),
    "known_at": pa.timestamp("us", tz="UTC"),
    "schema": pa.int32(),
    "code": _TEXT,
}
"""Columns that files written before 0.5.0 do not have."""

_COLUMNS = {
    **dict.fromkeys(("request_id", "unit", "variant", "reason", "policy", "territory", "commercial_model"), _TEXT),
    **dict.fromkeys(("event_id", "kind", "track_id"), _TEXT),
    "at": pa.timestamp("us", tz="UTC"),
    "tracks": _TEXTS,
    "propensities": _NUMBERS,
    "timings_ms": pa.map_(_TEXT, pa.float64()),
    "versions": pa.struct({"bundle": _TEXT, "policy": _TEXT}),
    "position": pa.int32(),
    "value": pa.float64(),
    **_ADDED,
}

_ALWAYS = ("request_id", "at", "unit", "variant", "reason", "tracks", "versions", "schema", "event_id", "kind")
"""Columns that have something in every row of a file that has them."""

_REMEDY = "restore it from a backup, or move it away"


class LogError(RuntimeError):
    """A log that is not there, cannot be read, or from which nothing can be judged or learned: which, and the remedy."""


def read_segments(home: Path, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield columns of each segment of `exposures` or `outcomes`, in the order of their writing.

    One that a segment of before 0.5.0 does not have is null there. Raises LogError where no answers were written, a file
    cannot be read or was written by a later version, what every row has is missing in one, an answer stands in the log
    twice, or a variant's propensity is no share.
    """
    if not home.is_dir():
        raise LogError(f"there is no folder {home}; name another home")
    paths = sorted((home / "exposures").glob(f"{name}-*.parquet"))
    if not paths and name == "exposures":
        raise LogError(
            f"{home}/exposures holds no answers; run `consonance exposures --home {home}` after some were given. Before "
            "there is traffic, serve a copy of the home and drive it with `python -m eval ab run`"
        )
    told = [*columns, *(("request_id", "schema", "code") if name == "exposures" else ())]
    schema = pa.schema({column: _COLUMNS[column] for column in told})
    yield schema.empty_table().select(columns)
    held: dict[str, Path] = {}
    for path in paths:
        try:
            there = pq.read_schema(path).names
            table = pq.read_table(path, columns=[one for one in schema.names if one in there or one not in _ADDED])
            for column in set(schema.names) - set(table.column_names):
                table = table.append_column(column, pa.nulls(len(table), _COLUMNS[column]))
            table = table.select(schema.names).cast(schema)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise LogError(f"{path} cannot be read ({error}); {_REMEDY}") from error
        if wrong := next(_wrong(table, there), None):
            raise LogError(f"{path} {wrong}")
        for answer in table["request_id"].to_pylist() if name == "exposures" else ():
            if answer in held:
                where = "twice" if held[answer] == path else f"that {held[answer]} holds"
                raise LogError(
                    f"{path} holds the answer {answer!r} {where}, and each is logged once; move away the copy"
                )
            held[answer] = path
        yield table.select(columns)


def unsealed(home: Path) -> tuple[int, int]:
    """Return how many answers and events of a home's journal stand in no segment yet; zeros where it cannot be read."""
    path = home / "exposures" / "log.sqlite"
    waiting = (
        "SELECT count(*) FROM {0} WHERE sequence > (SELECT coalesce(max(last), 0) FROM segments WHERE name = '{0}')"
    )
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as journal:
            answers, events = (
                journal.execute(waiting.format(name)).fetchone()[0] for name in ("exposures", "outcomes")
            )
    except sqlite3.Error:
        return 0, 0
    return answers, events


def _wrong(table: pa.Table, there: Collection[str]) -> Iterator[str]:
    """Yield what a segment, which has the columns that are `there`, cannot have been written with, and the remedy."""
    for column in _ALWAYS:
        if column in there and column in table.column_names and (missing := table[column].null_count):
            yield f"has no {column} in {missing:,} of {len(table):,} rows; {_REMEDY}"
    if "schema" in there:
        lacking = [column for column in table.column_names if column not in there]
        if lacking and pc.max(table["schema"]).as_py() == LOG_SCHEMA:
            yield f"lacks columns that number {LOG_SCHEMA} (schema) has: {', '.join(lacking)}; {_REMEDY}"
        for row in table.filter(pc.field("schema") > LOG_SCHEMA).slice(0, 1).to_pylist():
            yield (
                f"has columns of number {row['schema']} (schema), written by Consonance {row['code']}, and this version "
                f"knows none above {LOG_SCHEMA}; read it with that one"
            )
    if "experiments" in table.column_names:
        entries = pa.Table.from_struct_array(pc.list_flatten(table["experiments"]))
        share = pc.field("propensity")
        named = pc.field("experiment").is_valid() & pc.field("variant").is_valid() & pc.field("reason").is_valid()
        if others := len(entries) - len(entries.filter(named & (share > 0) & (share <= 1))):
            yield (
                f"names no variant with a propensity above 0, to 1, in {others:,} of {len(entries):,} assignments "
                f"(experiments); {_REMEDY}"
            )
