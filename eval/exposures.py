"""Units of an experiment: what was answered to each and what followed, from the Parquet files of `consonance exposures`.

What every column of those files holds stands in `eval/EXPOSURES.md`.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from eval.queries import DatasetError
from recommender.training.segments import LogError, read_segments

OUTCOMES = ["play", "skip", "save", "remove", "swap", "lock", "like", "dislike", "export", "share", "block", "report"]

_UNIT = ["unit", "variant", "reason"]


def units(home: Path | str) -> pa.Table:
    """Return a table (`.to_pandas()`) with one row for each unit, variant and reason of its assignment, in the order of their first answers.

    Columns: `unit` (a listener's pseudonym; the id of a list's first request where nobody was named, so that each such list is a unit of its
    own), `variant`, `reason` (`SPLIT` in an experiment, `OVERRIDE` where a caller named the variant, which no comparison should
    count, `DEFAULT` without one), `answers`, how many outcomes of each kind (`OUTCOMES`) followed these answers, and when the
    `first` and the `last` answer was given (UTC). Raises DatasetError where nothing was written, or a file cannot be read.
    """
    answers = read_log(home, "exposures", ["request_id", "at", *_UNIT])
    outcomes = read_log(home, "outcomes", ["request_id", "kind"])
    followed = outcomes.join(answers.select(["request_id", *_UNIT]), "request_id", join_type="inner")
    table = (
        answers.group_by(_UNIT)
        .aggregate([("request_id", "count"), ("at", "min"), ("at", "max")])
        .rename_columns([*_UNIT, "answers", "first", "last"])
    )
    for kind in OUTCOMES:
        of_kind = followed.filter(pc.field("kind") == kind).group_by(_UNIT).aggregate([("kind", "count")])
        table = table.join(of_kind.rename_columns([*_UNIT, kind]), _UNIT, join_type="left outer")
        table = table.set_column(len(table.column_names) - 1, kind, pc.fill_null(table[kind], 0))
    return table.sort_by([("first", "ascending"), *((name, "ascending") for name in _UNIT)]).select(
        [*_UNIT, "answers", *OUTCOMES, "first", "last"]
    )


def read_log(home: Path | str, name: str, columns: Sequence[str]) -> pa.Table:
    """Return columns of all `exposures` or `outcomes`, in the order of their writing; one that older files have not is null there.

    Raises DatasetError where no answers were written, or a file cannot be read.
    """
    try:
        return pa.concat_tables(read_segments(Path(home), name, columns))
    except LogError as error:
        raise DatasetError(str(error)) from error
