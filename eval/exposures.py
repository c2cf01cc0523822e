"""Units of an experiment: what was answered to each and what followed, from the Parquet files of `consonance exposures`.

What every column of those files holds stands in `eval/EXPOSURES.md`.
"""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from eval.queries import DatasetError

OUTCOMES = ["play", "skip", "save", "remove", "swap", "lock", "like", "dislike", "export", "share", "block", "report"]
"""The kinds of outcomes that the server takes; each is a column."""

ADDED = {"schema", "experiments", "artists", "ai", "withheld"}
"""Columns that files written before 0.5.0 do not have."""

ASSIGNED = pa.list_(
    pa.struct(
        {
            **dict.fromkeys(("experiment", "layer", "variant", "reason"), pa.string()),
            "version": pa.int32(),
            "bucket": pa.int32(),
            "propensity": pa.float64(),
        }
    )
)
"""The type of `experiments`."""

_INSTANT = pa.timestamp("us", tz="UTC")
_TEXT = pa.string()
_UNIT = ["unit", "variant", "reason"]


def units(home: Path | str) -> pa.Table:
    """Return a table (`.to_pandas()`) with one row for each unit, variant and reason of its assignment, in the order of their first answers.

    Columns: `unit` (a listener's pseudonym; the request's id where nobody was named, so that each such answer is a unit of its
    own), `variant`, `reason` (`SPLIT` in an experiment, `OVERRIDE` where a caller named the variant, which no comparison should
    count, `DEFAULT` without one), `answers`, how many outcomes of each kind (`OUTCOMES`) followed these answers, and when the
    `first` and the `last` answer was given (UTC). Raises DatasetError where nothing was written, or a file cannot be read.
    """
    answers = read_answers(home, dict.fromkeys(["request_id", *_UNIT], _TEXT))
    outcomes = read_outcomes(home, {"request_id": _TEXT, "kind": _TEXT})
    followed = outcomes.join(answers.select(["request_id", *_UNIT]), "request_id", join_type="inner")
    counted = answers.group_by(_UNIT).aggregate([("request_id", "count"), ("at", "min"), ("at", "max")])
    table = counted.rename_columns([*_UNIT, "answers", "first", "last"])
    for kind in OUTCOMES:
        of_kind = followed.filter(pc.field("kind") == kind).group_by(_UNIT).aggregate([("kind", "count")])
        table = table.join(of_kind.rename_columns([*_UNIT, kind]), _UNIT, join_type="left outer")
        table = table.set_column(len(table.column_names) - 1, kind, pc.fill_null(table[kind], 0))
    ordered = table.sort_by([("first", "ascending"), *((name, "ascending") for name in _UNIT)])
    return ordered.select([*_UNIT, "answers", *OUTCOMES, "first", "last"])


def read_answers(home: Path | str, columns: Mapping[str, pa.DataType]) -> pa.Table:
    """Return `at` and columns of all answers, in the order of their writing; one that older files have not is null there.

    Raises DatasetError where nothing was written, or a file cannot be read.
    """
    answers = _read(home, "exposures", {"at": _INSTANT, **columns})
    if not len(answers):
        raise DatasetError(
            f"{home}/exposures holds no answers; run `consonance exposures --home {home}` after some were given"
        )
    return answers


def read_outcomes(home: Path | str, columns: Mapping[str, pa.DataType]) -> pa.Table:
    """Return `at` and columns of all events, in the order of their writing. Raises DatasetError where a file cannot be read."""
    return _read(home, "outcomes", {"at": _INSTANT, **columns})


def _read(home: Path | str, name: str, columns: Mapping[str, pa.DataType]) -> pa.Table:
    """Return columns of all segments of a name, in the order of the segments."""
    schema = pa.schema(columns.items())
    tables = [schema.empty_table()]
    for path in sorted((Path(home) / "exposures").glob(f"{name}-*.parquet")):
        try:
            there = pq.read_schema(path).names
            wanted = [one for one in schema.names if one not in ADDED or one in there]
            read = pq.read_table(path, columns=wanted)
            for one in schema.names:
                if one not in wanted:
                    read = read.append_column(one, pa.nulls(len(read), schema.field(one).type))
            tables.append(read.select(schema.names).cast(schema))
        except (pa.ArrowException, ValueError) as error:
            raise DatasetError(f"{path} cannot be read ({error}); restore it from a backup, or move it away") from error
    return pa.concat_tables(tables)
